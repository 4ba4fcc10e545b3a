"""A table whose name was another's: rows stay where the name is."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Alter, Change, Create
from dw_migration.rule import Severity, Verdict


def keeps_rows_by_name(change: Change, around: Around) -> Iterator[Verdict]:  # noqa: ARG001 - a change says it all
    """Where tables of the source exchange their names, the rows in the target stay with the names, and are others'."""
    if isinstance(change, Create | Alter) and change.came_from is not None:
        yield Verdict(
            Severity.BREAKING,
            f"table {change.address} was {change.came_from} in the source, where another table has that name now: "
            "the rows in the target stay with the names",
            "approve the revision, then copy the rows of both tables anew",
        )
