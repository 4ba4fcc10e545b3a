"""A new column's values are made in the target, and not those of the source."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Create
from dw_migration.expressions import is_computed
from dw_migration.kinds.column import Column
from dw_migration.kinds.default import Default
from dw_migration.rule import Severity, Verdict


def volatile_default(change: Change, around: Around) -> Iterator[Verdict]:
    """The rows that are there get numbers, times or ids of their own, others than those of the source."""
    if not (isinstance(change, Create) and isinstance(change.new, Column)) or change.new.generated:
        return
    column = change.new
    computed = [each.expression for each in change.parts if isinstance(each, Default) and is_computed(each.expression)]
    if (computed or column.identity) and not around.is_new(column.schema, column.table):
        by = f"DEFAULT {computed[0]}" if computed else "an identity"
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"adds column {column.address} with {by}: the rows that are there get values made here, not the source's",
            "copy the rows of the table anew if its values matter",
        )
