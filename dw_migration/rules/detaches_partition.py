"""A table is no longer a part of another one."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Drop
from dw_migration.kinds.inheritance import Inheritance
from dw_migration.kinds.partition import Partition
from dw_migration.rule import Probe, Severity, Verdict, counting


def detaches_partition(change: Change, around: Around) -> Iterator[Verdict]:
    """The rows of a detached partition stay in it, and are not seen in the whole any more; so with what inherited."""
    if not (isinstance(change, Drop) and isinstance(change.old, Partition | Inheritance)):
        return
    old = change.old
    if around.comes_back(change) and not _moves(change, around):
        return
    whole = (old.whole_schema, old.whole_table) if isinstance(old, Partition) else (old.from_schema, old.from_table)
    rows = around.rows(old.schema, old.table)
    yield Verdict(
        Severity.BREAKING,
        f"table {old.schema}.{old.table} is no part of {'.'.join(whole)} any more: who reads that misses its rows",
        "let readers of the whole read both, then approve the revision",
        probe=Probe(counting(rows), "rows leave the whole", Severity.TRANSFORMABLE) if rows else None,
    )


def _moves(change: Drop, around: Around) -> bool:
    """Whether it comes back as a part of another whole."""
    old, new = change.old, around.after.objects.get(change.address)
    if not isinstance(old, Partition) or not isinstance(new, Partition):
        return False
    return (old.whole_schema, old.whole_table) != (new.whole_schema, new.whole_table)
