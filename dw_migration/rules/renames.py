"""Something gets another name."""

from collections.abc import Iterator

from dw_migration.changes import Change, Rename
from dw_migration.rule import Severity, Verdict

READ_BY_NAME = frozenset({"schema", "table", "column", "attribute"})


def renames(change: Change) -> Iterator[Verdict]:
    """A renamed schema, table, column or attribute keeps its rows, and what reads it by the old name must follow."""
    if isinstance(change, Rename) and change.kind in READ_BY_NAME and not change.aside:
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"{change.kind} {change.came_from or change.old.address} becomes {change.address}: "
            "the same one, by its oid in the source",
            "queries and views of the warehouse that name it must follow",
        )
