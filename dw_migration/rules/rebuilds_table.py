"""A table becomes a partitioned one, or ceases to be one, its partition key changes, or the order of its type."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Create, Drop
from dw_migration.kinds.table import Table
from dw_migration.rule import Severity, Verdict


def rebuilds_table(change: Change, around: Around) -> Iterator[Verdict]:  # noqa: ARG001 - a change says it all
    """PostgreSQL cannot do that in place: the table is made anew beside the old one, and every row is written again."""
    if isinstance(change, Drop) and change.successor:
        yield Verdict(Severity.SAFE, f"drops the old table {change.came_from or change.address}: its rows have moved")
    if not (isinstance(change, Create) and isinstance(change.new, Table) and isinstance(change.successor_of, Table)):
        return
    was, now = (_told(each) for each in (change.successor_of, change.new))
    turns = f"turns from {was} into {now}"
    if was == now:
        turns = (
            "has another type in its partition key" if change.new.partition_by else "has its columns in another order"
        )
    fits = "; a row that fits no partition stops it" if change.new.partition_by else ""
    yield Verdict(
        Severity.TRANSFORMABLE,
        f"table {change.address} {turns}: it is made anew and all of its rows are written again, while "
        f"nobody else can read or write it{fits}",
        "apply it when nobody needs the table, with room on the disk for a second one",
    )


def _told(table: Table) -> str:
    return f"PARTITION BY {table.partition_by}" if table.partition_by else "a plain table"
