"""What lies between the rows of an old schema and those of a new one: pairs of tables and columns, and changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dw_migration.resolutions.shape import Shape, TableName, TableShape
from dw_migration.rule import Severity


class What(StrEnum):
    """What was found; the word that the changes file has for it."""

    TABLE_RENAMED = "table renamed"
    TABLE_ADDED = "table added"
    TABLE_REMOVED = "table removed"
    COLUMN_RENAMED = "column renamed"
    COLUMN_ADDED = "column added"
    COLUMN_REQUIRED = "column required"
    """Added as NOT NULL without a default, or filled with NULLs before and NOT NULL now."""
    COLUMN_REMOVED = "column removed"
    TYPE_CHANGED = "type changed"
    LENGTH_CHANGED = "length changed"
    KEY_CHANGED = "key changed"


@dataclass(frozen=True, slots=True)
class Score:
    """How alike two names, columns or tables are, and why."""

    value: float
    """From 0, nothing in common, to 1, certainly the same."""
    reason: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """One change, and what the rows have to do with it."""

    what: What
    severity: Severity
    table: str
    """The old table's name; the new one's for what is only there."""
    found: str
    """One sentence: what was found, with types or names, and counts from the real rows where they were asked for."""
    action: str
    """One sentence: what becomes of the rows, or what a person has to decide."""
    old_table: TableName | None = None
    new_table: TableName | None = None
    old_column: str | None = None
    new_column: str | None = None
    old_type: str = ""
    new_type: str = ""
    score: Score | None = None
    """Of a rename that is not known for certain."""


@dataclass(frozen=True, slots=True)
class ColumnPair:
    """An old column and the new one that gets its values."""

    old: str
    new: str
    score: Score | None = None
    """None: they are the same, by name or by lineage."""


@dataclass(frozen=True, slots=True)
class TablePair:
    """An old table and the new one that gets its rows."""

    old: TableShape
    new: TableShape
    columns: tuple[ColumnPair, ...]
    """In the order of the new table's columns."""
    score: Score | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything between two schemas, as far as rows go."""

    old: Shape
    new: Shape
    pairs: tuple[TablePair, ...] = ()
    """By the old table's name."""
    changes: tuple[RowChange, ...] = ()
    """By table, the worst first."""
    notes: tuple[str, ...] = ()
    """What else a person should know: large objects that stay behind, tables that were not asked for."""

    def of(self, severity: Severity) -> tuple[RowChange, ...]:
        """The changes of this severity."""
        return tuple(each for each in self.changes if each.severity is severity)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known for certain of what became of what: by lineage, or by the names that the config gives."""

    tables: Mapping[TableName, TableName] = field(default_factory=dict)
    """Old to new."""
    columns: Mapping[tuple[TableName, str], str] = field(default_factory=dict)
    """Old table and column to the new column."""
    renamed: frozenset[tuple[TableName, str]] = frozenset()
    """Old tables (with an empty column) and columns that another name was given: news, unlike what the config's naming
    makes of a name."""
