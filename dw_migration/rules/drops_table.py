"""A table goes, and its rows with it."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Drop
from dw_migration.rule import Probe, Severity, Verdict, counting


def drops_table(change: Change, around: Around) -> Iterator[Verdict]:
    """A dropped table takes its rows along: nothing brings them back but a backup."""
    if isinstance(change, Drop) and change.kind == "table" and change.retired_as:
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"retires table {change.came_from or change.address}: its rows stay in {change.retired_as}, readers lose "
            "it",
            "rollback brings it back; purge drops it after policy.retire_for",
        )
    elif isinstance(change, Drop) and change.kind == "table" and not change.successor:
        rows = around.rows(change.address.schema, change.address.name)
        yield Verdict(
            Severity.BREAKING,
            f"drops table {change.came_from or change.address} and all of its rows",
            "keep a copy if the rows are still wanted, then approve the revision",
            probe=Probe(counting(rows), "rows would go") if rows else None,
        )
