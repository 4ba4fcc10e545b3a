"""Something is dropped, and made again by the same plan."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Create, Drop
from dw_migration.rule import Severity, Verdict


def makes_again(change: Change, around: Around) -> Iterator[Verdict]:
    """It had to go out of the way of another change, or can only be changed so; what it becomes is judged there.

    Owner, privileges and comment come back with it, and who waits for it finds it again. A column is never made again:
    its values would be gone.
    """
    if isinstance(change, Drop) and change.kind not in {"column", "table"} and around.comes_back(change):
        yield Verdict(Severity.SAFE, f"drops {change.kind} {change.address} for a moment: it is made again")
    elif isinstance(change, Create) and around.is_made_again(change):
        yield Verdict(Severity.SAFE, f"makes {change.kind} {change.address} again, as it was")
