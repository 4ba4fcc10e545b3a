"""A column or a domain starts to refuse NULL."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Create
from dw_migration.kinds.column import Column
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.partition_column import PartitionColumn
from dw_migration.rule import Probe, Severity, Verdict, counting
from dw_migration.sql import Sql, identifier, sql


def requires_value(change: Change, around: Around) -> Iterator[Verdict]:
    """A new NOT NULL without a default fails where the table has rows; so does one on a column that holds NULLs."""
    if isinstance(change, Create) and isinstance(change.new, Column):
        yield from _of_new(change, change.new, around)
    elif (isinstance(change, Create) and isinstance(change.new, PartitionColumn)) or around.pair(change):
        yield from _of_old(change, around)


def _of_new(change: Create, column: Column, around: Around) -> Iterator[Verdict]:
    if column.not_null and not (change.parts or column.identity or column.generated):
        rows = around.rows(column.schema, column.table)
        yield Verdict(
            Severity.BREAKING,
            f"adds column {change.address} as NOT NULL without a default: a table with rows refuses it",
            "give the column a default in the source, or empty the table first, then approve the revision",
            probe=Probe(counting(rows), "rows are there", Severity.SAFE) if rows else None,
        )


def _of_old(change: Change, around: Around) -> Iterator[Verdict]:
    pair = around.pair(change)
    old, new = pair or (None, getattr(change, "new", None))
    if not isinstance(new, Column | PartitionColumn | Domain) or not new.not_null:
        return
    if isinstance(old, Column | PartitionColumn | Domain) and old.not_null:
        return
    if isinstance(new, PartitionColumn) and (old is None and new.whole_not_null):
        return
    if isinstance(new, PartitionColumn) and around.is_new(new.schema, new.table):
        return
    if isinstance(new, Domain) and not around.before.dependents.get(new.address):
        yield Verdict(Severity.SAFE, f"domain {new.address} becomes NOT NULL: nothing is of it yet")
        return
    yield Verdict(
        Severity.BREAKING,
        f"{new.kind} {new.address} becomes NOT NULL: rows that hold NULL refuse it",
        "fill the NULLs in the target first, then approve the revision",
        probe=_probe(new, around),
    )


def _probe(new: Column | PartitionColumn | Domain, around: Around) -> Probe | None:
    if isinstance(new, Domain):
        rows, name = around.values_of(new.address, Sql("{}")), "value"
    else:
        rows, name = around.rows(new.schema, new.table), new.name
    if rows is None:
        return None
    return Probe(counting(sql("{} WHERE {} IS NULL", rows, identifier(name))), "rows hold NULL", Severity.SAFE)
