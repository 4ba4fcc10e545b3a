"""A constraint goes, and what it promised with it."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Drop
from dw_migration.kinds.constraint import Constraint
from dw_migration.rule import Severity, Verdict

_PROMISED = {
    "p": "rows have no key any more: what joins by it, or writes ON CONFLICT, must follow",
    "u": "values may come twice: what joins by them, or writes ON CONFLICT, must follow",
    "f": "rows may name others that are not there",
    "c": "rows may hold what it refused",
    "x": "rows may overlap",
}


def drops_constraint(change: Change, around: Around) -> Iterator[Verdict]:
    """No row is lost with a constraint, but who reads the table relied on what it promised."""
    if isinstance(change, Drop) and isinstance(change.old, Constraint) and not around.comes_back(change):
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"drops constraint {change.address}: {_PROMISED[change.old.type]}",
            "tell those who read the table",
        )
