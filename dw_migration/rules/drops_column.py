"""A column goes, or an attribute of a composite type, and its values with it."""

from collections.abc import Iterator

from dw_migration.changes import Change, Drop
from dw_migration.rule import Severity, Verdict


def drops_column(change: Change) -> Iterator[Verdict]:
    """A dropped column takes its values along; one that is added again under the same name is empty."""
    if isinstance(change, Drop) and change.kind == "column" and change.retired_as:
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"retires column {change.came_from or change.address}: its values stay in {change.retired_as}, readers "
            "lose it",
            "rollback brings it back; purge drops it after policy.retire_for",
        )
    elif isinstance(change, Drop) and change.kind in {"column", "attribute"} and change.old.holds_data:
        again = ", and adds an empty one of that name" if change.again else ""
        yield Verdict(
            Severity.BREAKING,
            f"drops {change.kind} {change.came_from or change.address} and its values{again}",
            "keep a copy if the values are still wanted, then approve the revision",
        )
