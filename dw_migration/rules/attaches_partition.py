"""A table becomes a part of another one, or for other rows than before."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.bounds import column_of, fits
from dw_migration.changes import Change, Create
from dw_migration.kind import Address
from dw_migration.kinds.partition import Partition
from dw_migration.kinds.table import Table
from dw_migration.rule import Probe, Severity, Verdict, counting
from dw_migration.sql import Sql, joined, sql


def attaches_partition(change: Change, around: Around) -> Iterator[Verdict]:
    """A row outside of the bounds stops it, and so does one in the default partition that belongs into the new one."""
    if not (isinstance(change, Create) and isinstance(change.new, Partition)) or change.again:
        return
    new = change.new
    default = _default(new, around)
    is_new, message = around.is_new(new.schema, new.table), f"attaches {new.schema}.{new.table} {new.bound}"
    own = None if is_new else around.rows(new.schema, new.table)
    if is_new and default is None:
        yield Verdict(Severity.SAFE, f"{message}: a new partition")
    else:
        yield Verdict(
            Severity.BREAKING,
            f"{message}: rows that fit other bounds stop it"
            + (", also those in the default partition" * bool(default)),
            "move such rows first, then approve the revision",
            probe=_probe(new, own, default, around),
        )


def _probe(new: Partition, own: Sql | None, default: Sql | None, around: Around) -> Probe | None:
    """What counts the rows that are out of place, or all of those that PostgreSQL will look at."""
    whole = around.after.objects.get(Address("table", new.whole_schema, name=new.whole_table))
    partition_by = whole.partition_by if isinstance(whole, Table) else ""
    is_inner = (new.whole_schema, new.whole_table) in around.after.whole_of  # whose bounds count too
    key, here = column_of(partition_by), None if is_inner else fits(partition_by, new.bound)
    places = [(new.schema, new.table)] * (own is not None) + [(new.whole_schema, new.whole_table)] * bool(default)
    told, what = [each for each in (own, default) if each], "rows are to be looked at"
    if here is not None and all(around.stay(*place, (key,)) for place in places):
        what = "rows are out of place"
        told = [sql("{} WHERE {} IS NOT TRUE", own, here)] if own else []
        told += [sql("{} WHERE {}", default, here)] if default else []
    if not told:
        return None
    asked = joined((sql("SELECT FROM {}", each) for each in told), " UNION ALL ")
    return Probe(counting(sql("({}) AS asked", asked)), what, Severity.SAFE)


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
