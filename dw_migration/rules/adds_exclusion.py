"""A new exclusion constraint."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Create
from dw_migration.kinds.constraint import Constraint
from dw_migration.rule import Probe, Severity, Verdict, counting
from dw_migration.sql import sql


def adds_exclusion(change: Change, around: Around) -> Iterator[Verdict]:
    """Rows that exclude one another stop it; which do, only its index can tell: it is known harmless for one row."""
    if not (isinstance(change, Create) and isinstance(change.new, Constraint) and change.new.type == "x"):
        return
    if change.again:
        return
    new = change.new
    rows = around.rows(new.schema, new.owner, alone=True)
    if rows is None or around.is_new(new.schema, new.owner):
        yield Verdict(Severity.SAFE, f"adds exclusion constraint {new.address}: its table is new")
    else:
        beyond = sql("(SELECT FROM {} OFFSET 1) AS others", rows)
        yield Verdict(
            Severity.BREAKING,
            f"adds exclusion constraint {new.address}: rows that exclude one another stop it",
            "mend such rows first, then approve the revision",
            probe=Probe(counting(beyond), "rows besides the first could exclude others", Severity.SAFE),
        )
