"""Something gets another name."""

from collections.abc import Iterator

from dw_migration.changes import Change, Rename
from dw_migration.rule import Severity, Verdict

READ_BY_NAME = frozenset(
    {"schema", "table", "view", "materialized view", "column", "attribute", "function", "aggregate"}
)


def renames(change: Change) -> Iterator[Verdict]:
    """What has another name keeps its rows and all that stands on it, and what reads it by the old name must follow."""
    if isinstance(change, Rename) and change.kind in READ_BY_NAME and not change.aside:
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"{change.kind} {change.came_from or change.old.address} becomes {change.address}: "
            "the same one, by its oid in the source",
            "queries and views of the warehouse that name it must follow",
        )
