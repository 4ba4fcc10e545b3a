"""A first resolutions file: for every breaking change what could be done, for a person to go through."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dw_migration.resolutions.casting import type_named
from dw_migration.resolutions.comparison import Comparison, RowChange, What
from dw_migration.resolutions.resolution import SCHEMA_FILE, Action, keys_of
from dw_migration.resolutions.shape import TableName
from dw_migration.rule import Severity
from dw_migration.sql import deparsed, identifier, sql

MOST_MAPPED = 50
"""Distinct values for which a mapping is proposed; for more, an expression."""

Column = tuple[TableName, str]


@dataclass(frozen=True, slots=True)
class Distinct:
    """The values that a column really holds, as text, and how many rows have each; without NULL."""

    values: tuple[tuple[str, int], ...]
    """The most frequent first."""
    more: int = 0
    """How many others there are."""

    @property
    def number(self) -> int:
        """Of all distinct values."""
        return len(self.values) + self.more


def columns_to_map(comparison: Comparison) -> tuple[Column, ...]:
    """The old columns of which the template wants the distinct values."""
    found = (
        (change.old_table, change.old_column)
        for change in comparison.of(Severity.BREAKING)
        if change.what is What.TYPE_CHANGED and change.old_table is not None and change.old_column is not None
    )
    return tuple(dict.fromkeys(found))


def template(comparison: Comparison, distinct: Mapping[Column, Distinct]) -> dict[str, Any]:
    """The file's content: by table one entry a breaking change; what a person has to say stands as null."""
    entries: dict[str, list[dict[str, Any]]] = {}
    keys = keys_of(comparison.old.tables)
    for change in _to_decide(comparison):
        key = keys[change.old_table] if change.old_table else change.table
        entries.setdefault(key, []).append(_entry(change, distinct))
    return {"$schema": SCHEMA_FILE, "resolutions": entries}


def _to_decide(comparison: Comparison) -> Iterator[RowChange]:
    """The breaking changes; one of a column that has another type and is required too is decided once."""
    breaking = comparison.of(Severity.BREAKING)
    retyped = {(each.old_table, each.new_column) for each in breaking if each.what is What.TYPE_CHANGED}
    seen = set()
    for each in breaking:
        is_covered = each.what is not What.TYPE_CHANGED and (each.old_table, each.new_column) in retyped
        if is_covered or (each.new_column is not None and (each.old_table, each.new_column) in seen):
            continue
        seen.add((each.old_table, each.new_column))
        yield each


def _entry(change: RowChange, distinct: Mapping[Column, Distinct]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "description": f"{change.found}: {change.action}",
        "old_column": change.old_column,
        "new_column": change.new_column,
        "action": str(_proposed(change)),
        "value_mapping": None,
        "lookup_table": None,
        "default_value": None,
    }
    if change.what is What.TYPE_CHANGED and change.old_table and change.old_column:
        return entry | _of_type(change, distinct.get((change.old_table, change.old_column)))
    return entry


def _proposed(change: RowChange) -> Action:
    match change.what:
        case What.TABLE_REMOVED:
            return Action.DROP_TABLE
        case What.COLUMN_REQUIRED:
            return Action.DEFAULT
        case What.COLUMN_REMOVED:
            return Action.IGNORE
    return Action.RENAME if change.old_column and change.new_column else Action.IGNORE


def _of_type(change: RowChange, found: Distinct | None) -> dict[str, Any]:
    if found is not None and 0 < found.number <= MOST_MAPPED:
        values = dict(found.values)
        return {"action": str(Action.TRANSFORM), "value_mapping": dict.fromkeys(values), "counts": values}
    new = type_named(change.new_type)
    # a cast to a type with a limit would cut longer values without a word
    written = "text" if new.has_characters else new.text
    cast = sql("o.{}::{}", identifier(change.old_column or ""), deparsed(written))
    return {"action": str(Action.EXPRESSION), "expression": cast.text}
