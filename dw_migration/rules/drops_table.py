"""A table goes, and its rows with it."""

from collections.abc import Iterator

from dw_migration.changes import Change, Drop
from dw_migration.rule import Severity, Verdict


def drops_table(change: Change) -> Iterator[Verdict]:
    """A dropped table takes its rows along: nothing brings them back but a backup."""
    if isinstance(change, Drop) and change.kind == "table" and not change.successor:
        yield Verdict(
            Severity.BREAKING,
            f"drops table {change.came_from or change.address} and all of its rows",
            "keep a copy if the rows are still wanted, then approve the revision",
        )
