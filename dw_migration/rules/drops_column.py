"""A column goes, or an attribute of a composite type, and its values with it."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Drop
from dw_migration.kinds.column import Column
from dw_migration.rule import Probe, Severity, Verdict, counting
from dw_migration.sql import identifier, sql


def drops_column(change: Change, around: Around) -> Iterator[Verdict]:
    """A dropped column takes its values along; one that is added again under the same name is empty."""
    if isinstance(change, Drop) and change.kind == "column" and change.retired_as:
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"retires column {change.came_from or change.address}: its values stay in {change.retired_as}, readers "
            "lose it",
            "rollback brings it back; purge drops it after policy.retire_for",
        )
        return
    if not (isinstance(change, Drop) and change.kind in {"column", "attribute"}):
        return
    what = f"{change.kind} {change.came_from or change.address}"
    if not change.old.holds_data and around.comes_back(change):
        yield Verdict(Severity.TRANSFORMABLE, f"{what} is computed otherwise: its values are computed anew")
    elif not change.old.holds_data:
        yield Verdict(
            Severity.BREAKING,
            f"drops {what}, which is computed from others",
            "let its readers compute it themselves, then approve the revision",
        )
    else:
        again = ", and adds an empty one of that name" if change.again else ""
        yield Verdict(
            Severity.BREAKING,
            f"drops {what} and its values{again}",
            "keep a copy if the values are still wanted, then approve the revision",
            probe=_values(change.old, around) if isinstance(change.old, Column) else None,
        )


def _values(column: Column, around: Around) -> Probe | None:
    rows = around.rows(column.schema, column.table)
    if rows is None:
        return None
    return Probe(counting(sql("{} WHERE {} IS NOT NULL", rows, identifier(column.name))), "rows hold a value")
