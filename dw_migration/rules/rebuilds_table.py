"""A table becomes a partitioned one, or ceases to be one, its partition key changes, or the order of its type."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.bounds import column_of, fits_none, takes_all
from dw_migration.changes import Change, Create, Drop
from dw_migration.kind import Address
from dw_migration.kinds.column import Column
from dw_migration.kinds.partition import Partition
from dw_migration.kinds.table import Table
from dw_migration.rule import Probe, Severity, Verdict, counting
from dw_migration.sql import sql
from dw_migration.widening import type_name, widens


def rebuilds_table(change: Change, around: Around) -> Iterator[Verdict]:
    """PostgreSQL cannot do that in place: the table is made anew beside the old one, and every row is written again.

    A row that fits no partition of the new one stops it.
    """
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
    yield Verdict(
        Severity.TRANSFORMABLE,
        f"table {change.address} {turns}: it is made anew and all of its rows are written again, while "
        "nobody else can read or write it",
        "apply it when nobody needs the table, with room on the disk for a second one",
    )
    yield from _of_misfits(change.new, around)


def _of_misfits(new: Table, around: Around) -> Iterator[Verdict]:
    rows = around.rows(new.schema, new.name)
    parts = around.partitions(new.schema, new.name)
    is_whole = not any(_is_partitioned(each, around) for each in parts)
    if not new.partition_by or rows is None or (is_whole and takes_all(new.partition_by, parts)):
        return
    misfits = fits_none(new.partition_by, parts)
    if misfits is not None and is_whole and _is_known(new, around):
        probe = Probe(counting(sql("{} WHERE {}", rows, misfits)), "rows fit no partition", Severity.SAFE)
    else:
        probe = Probe(counting(rows), "rows are there, and which fit only the change can tell", Severity.SAFE)
    yield Verdict(
        Severity.BREAKING,
        f"table {new.address} takes no rows that fit none of its partitions: one such row stops it",
        "mend such rows, or make a partition for them in the source, then approve the revision",
        probe=probe,
    )


def _is_known(new: Table, around: Around) -> bool:
    """Whether the column that decides has its values already, and is compared with the bounds as it will be."""
    name = column_of(new.partition_by)
    after = around.after.objects.get(Address("column", new.schema, new.name, name))
    before = next((each for each in around.columns(new.schema, new.name) if each.name == name), None)
    if before is None or not isinstance(after, Column):
        return False
    if any(isinstance(each, Drop) and each.address == before.address for each in around.changes):
        return False
    is_same = (before.type, before.collation) == (after.type, after.collation)
    in_order = widens(before.type, after.type) and type_name(after.type).name not in {"text", "character varying"}
    return is_same or in_order or new.partition_by.startswith("LIST ")


def _is_partitioned(each: Partition, around: Around) -> bool:
    table = around.after.objects.get(each.parent)
    return isinstance(table, Table) and bool(table.partition_by)


def _told(table: Table) -> str:
    return f"PARTITION BY {table.partition_by}" if table.partition_by else "a plain table"
