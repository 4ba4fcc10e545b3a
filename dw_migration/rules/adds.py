"""Something new, which nobody knows yet."""

from collections.abc import Iterator, Mapping

from dw_migration.around import Around
from dw_migration.changes import Change, Create
from dw_migration.kinds.column import Column
from dw_migration.kinds.index import Index
from dw_migration.rule import Severity, Verdict

_NAME = "nobody knows its name yet"
WHY: Mapping[str, str] = {
    **dict.fromkeys(("schema", "table", "view", "materialized view", "sequence"), _NAME),
    **dict.fromkeys(("enum", "composite", "range type", "domain", "collation"), _NAME),
    **dict.fromkeys(("text search dictionary", "text search configuration"), _NAME),
    **dict.fromkeys(("function", "aggregate"), f"{_NAME}, and who calls one of its name by other types still does"),
    **dict.fromkeys(("operator", "cast"), "expressions that are there keep what they stand on"),
    "extension": "it is made where it is missing, and nobody stands on it yet",
    "attribute": "values that are there get NULL for it",
    "column": "rows that are there get its default, or NULL",
    "default": "it is for rows that are still to come",
    "partition column": "a partition's own spelling of what the whole has",
    "index": "queries get faster, and none is refused",
    "statistics": "the planner knows more",
    "inheritance": "the table is read with those that it inherits from",
    "typed table": "a tie of the table to its type: no row changes",
    "clustering": "a mark for CLUSTER, which nobody runs by it",
    "replica identity": "what a publication of the target says of old rows",
    "ownership": "the sequence goes with the column",
    "comment": "a text for people",
}
"""Why each kind that is safe to add is so; the others have rules of their own."""


def adds(change: Change, around: Around) -> Iterator[Verdict]:
    """What is new breaks nobody: rows and readers that are there do not know it."""
    if not isinstance(change, Create) or change.successor_of or around.is_made_again(change) or around.pair(change):
        return
    unique = isinstance(change.new, Index) and change.new.unique
    must = isinstance(change.new, Column) and change.new.not_null and not change.parts
    if (why := WHY.get(change.kind)) and not unique and not (must and not _makes_values(change.new)):
        yield Verdict(Severity.SAFE, f"adds {change.kind} {change.address}: {why}")


def _makes_values(column: object) -> bool:
    return isinstance(column, Column) and bool(column.identity or column.generated)
