"""A function, an aggregate, an operator or a cast goes."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Drop
from dw_migration.rule import Severity, Verdict

_CALLED = frozenset({"function", "aggregate", "operator", "cast"})


def drops_function(change: Change, around: Around) -> Iterator[Verdict]:
    """Queries of the warehouse that call what is dropped fail; PostgreSQL sees only views among its callers."""
    if isinstance(change, Drop) and change.kind in _CALLED and not around.comes_back(change):
        yield Verdict(
            Severity.BREAKING,
            f"drops {change.kind} {change.address}: what calls it fails",
            "let its callers do without it, then approve the revision",
        )
