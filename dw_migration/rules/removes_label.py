"""An enum loses labels, or their order."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change
from dw_migration.kinds.enum import Enum
from dw_migration.rule import Probe, Severity, Verdict, counting
from dw_migration.sql import Sql, joined, sql


def removes_label(change: Change, around: Around) -> Iterator[Verdict]:
    """Rows that hold a removed label stop the change; other labels and another order mean a rewrite of the tables."""
    match around.pair(change):
        case (Enum() as old, Enum() as new):
            yield from _of(old, new, around)


def _of(old: Enum, new: Enum, around: Around) -> Iterator[Verdict]:
    gone = [label for label in old.labels if label not in new.labels]
    if gone:
        named = ", ".join(map(repr, gone[:5]))
        yield Verdict(
            Severity.BREAKING,
            f"removes {named} from the labels of {new.address}: rows that hold one cannot stay as they are",
            "give such rows another label first, then approve the revision",
            probe=_probe(old, gone, around),
        )
    elif new.alter(old) is None:
        yield Verdict(Severity.TRANSFORMABLE, f"orders the labels of {new.address} anew: its tables are rewritten")
    else:
        yield Verdict(Severity.SAFE, f"adds labels to {new.address}: rows that are there keep theirs")


def _probe(old: Enum, gone: list[str], around: Around) -> Probe | None:
    rows = around.values_of(old.address, Sql("{}::text"))
    if rows is None:
        return None
    held = sql("{} WHERE value IN ({})", rows, joined([sql("{}", label) for label in gone]))
    return Probe(counting(held), "values are such a label", Severity.TRANSFORMABLE)
