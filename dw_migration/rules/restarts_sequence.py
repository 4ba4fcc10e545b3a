"""A sequence counts otherwise."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change
from dw_migration.kind import must_restart
from dw_migration.kinds.column import Column
from dw_migration.kinds.sequence import Sequence
from dw_migration.rule import Severity, Verdict


def restarts_sequence(change: Change, around: Around) -> Iterator[Verdict]:
    """One whose limits leave out where it stands starts again, and gives numbers that rows have already."""
    match around.pair(change):
        case (Sequence() as old, Sequence() as new):
            limits = (old.start, old.minimum, old.maximum), (new.start, new.minimum, new.maximum)
        case (Column() as old, Column() as new) if old.identity and new.identity:
            limits = _limits(old), _limits(new)
        case _:
            return
    if limits[0] == limits[1]:
        return
    if must_restart(*limits, same_type=old.type == new.type):
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"{new.kind} {new.address} starts again at {limits[1][0]}: it may give numbers that rows have already",
            "set it behind the highest number once the revision is applied, where rows are written in the target",
        )


def _limits(column: Column) -> tuple[int, int, int]:
    start, _, minimum, maximum, *_ = column.sequence_options
    return start, minimum, maximum
