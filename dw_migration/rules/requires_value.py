"""A column starts to refuse NULL."""

from collections.abc import Iterator

from dw_migration.changes import Alter, Change, Create
from dw_migration.kinds.column import Column
from dw_migration.rule import Severity, Verdict


def requires_value(change: Change) -> Iterator[Verdict]:
    """A new NOT NULL without a default fails where the table has rows; so does one on a column that holds NULLs."""
    if isinstance(change, Create) and isinstance(change.new, Column):
        column = change.new
        if column.not_null and not (change.parts or column.identity or column.generated):
            yield Verdict(
                Severity.BREAKING,
                f"adds column {change.address} as NOT NULL without a default: a table with rows refuses it",
                "give the column a default in the source, or empty the table first, then approve the revision",
            )
    elif isinstance(change, Alter) and _begins_to_refuse(change):
        yield Verdict(
            Severity.BREAKING,
            f"column {change.address} becomes NOT NULL: rows that hold NULL refuse it",
            "fill the NULLs in the target first, then approve the revision",
        )


def _begins_to_refuse(change: Alter) -> bool:
    old, new = change.old, change.new
    return isinstance(new, Column) and isinstance(old, Column) and new.not_null and not old.not_null
