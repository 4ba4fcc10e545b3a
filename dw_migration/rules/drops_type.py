"""A type, a sequence or what text search stands on goes."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Drop
from dw_migration.rule import Severity, Verdict

_NAMED = frozenset(
    {
        *("enum", "composite", "range type", "domain", "sequence", "collation"),
        *("text search dictionary", "text search configuration"),
    }
)


def drops_type(change: Change, around: Around) -> Iterator[Verdict]:
    """Nothing that PostgreSQL knows of stands on it, or it would refuse; queries that name it fail."""
    if isinstance(change, Drop) and change.kind in _NAMED and not around.comes_back(change):
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"drops {change.kind} {change.address}: no column is of it, and queries that name it fail",
            "queries of the warehouse that name it must follow",
        )
