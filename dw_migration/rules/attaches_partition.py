"""A table becomes a part of another one, or for other rows than before."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Create
from dw_migration.kinds.partition import Partition
from dw_migration.rule import Probe, Severity, Verdict, counting
from dw_migration.sql import Sql, sql


def attaches_partition(change: Change, around: Around) -> Iterator[Verdict]:
    """A row outside of the bounds stops it, and so does one in the default partition that belongs into the new one."""
    if not (isinstance(change, Create) and isinstance(change.new, Partition)) or change.again:
        return
    new = change.new
    default = _default(new, around)
    is_new, message = around.is_new(new.schema, new.table), f"attaches {new.schema}.{new.table} {new.bound}"
    rows = _first(None if is_new else around.rows(new.schema, new.table), default)
    if is_new and default is None:
        yield Verdict(Severity.SAFE, f"{message}: a new partition")
    else:
        yield Verdict(
            Severity.BREAKING,
            f"{message}: rows that fit other bounds stop it"
            + (", also those in the default partition" * bool(default)),
            "move such rows first, then approve the revision",
            probe=Probe(counting(rows), "rows are to be looked at", Severity.SAFE) if rows else None,
        )


def _first(table: Sql | None, default: Sql | None) -> Sql | None:
    """What is asked: the one of the two that has rows to ask, or both."""
    if table is None or default is None:
        return table or default
    return sql("(SELECT FROM {} UNION ALL SELECT FROM {}) AS asked", table, default)


def _default(new: Partition, around: Around) -> Sql | None:
    """The default partition that the whole has already."""
    for each in around.before.objects.values():
        if (
            isinstance(each, Partition)
            and (each.whole_schema, each.whole_table) == (new.whole_schema, new.whole_table)
            and each.bound == "DEFAULT"
            and each.address != new.address
        ):
            return around.rows(each.schema, each.table)
    return None
