"""Something goes that holds no rows, and that no reader names."""

from collections.abc import Iterator, Mapping

from dw_migration.around import Around
from dw_migration.changes import Change, Drop
from dw_migration.rule import Severity, Verdict

WHY: Mapping[str, str] = {
    "default": "rows that are there keep their values; what writes rows here must give one",
    "partition column": "a partition's own spelling of what the whole has",
    "comment": "a text for people",
    "statistics": "the planner knows less",
    "clustering": "a mark for CLUSTER, which nobody runs by it",
    "replica identity": "what a publication of the target says of old rows",
    "ownership": "the sequence no longer goes with the column",
    "typed table": "a tie of the table to its type: no row changes",
    "schema": "it is empty by then",
    "extension": "it belongs to the whole database, and stays",
}
"""Why each kind that is safe to drop is so; the others have rules of their own."""


def drops(change: Change, around: Around) -> Iterator[Verdict]:
    """What goes here holds no rows, and no query names it."""
    if isinstance(change, Drop) and not around.comes_back(change) and (why := WHY.get(change.kind)):
        yield Verdict(Severity.SAFE, f"drops {change.kind} {change.address}: {why}")
