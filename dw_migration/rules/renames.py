"""Something gets another name."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Rename
from dw_migration.rule import Severity, Verdict

READ_BY_NAME = frozenset(
    {
        *("schema", "table", "view", "materialized view", "column", "attribute", "function", "aggregate", "sequence"),
        *("enum", "composite", "range type", "domain"),
        *("collation", "text search dictionary", "text search configuration"),
    }
)


def renames(change: Change, around: Around) -> Iterator[Verdict]:  # noqa: ARG001 - a change says it all
    """What has another name keeps its rows and all that stands on it, and what reads it by the old name must follow."""
    if isinstance(change, Rename) and change.kind in READ_BY_NAME and not change.aside and _has_moved(change):
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"{change.kind} {change.came_from or change.old.address} becomes {change.address}: the same one, "
            + ("as somebody has said" if change.said else "by its oid in the source"),
            "queries and views of the warehouse that name it must follow",
        )


def _has_moved(change: Rename) -> bool:
    """Not where labels of an enum alone get other names."""
    return change.old.address != change.new.address
