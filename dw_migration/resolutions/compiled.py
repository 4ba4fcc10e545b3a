"""What a table's copy says to both servers: one SELECT over the old rows, and the new columns that it fills."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from dw_migration.resolutions.shape import TableName
from dw_migration.sql import Sql, deparsed, identifier, joined, sql

OLD = Sql("o")
"""The alias of the old table, in every expression."""
STAGED = Sql("s")
"""The alias of the staged rows in the target, in what is joined there."""


@dataclass(frozen=True, slots=True)
class CompiledColumn:
    """A column of the new table, and the expression over the old row that gives its value in the new type."""

    name: str
    type: str
    """The new column's, with its limits; of types that the source does not have: what is sent in their place."""
    expression: Sql
    is_text: bool = False
    """Sent and hashed as text: the source does not have the type, or both have no binary form or hash in common."""


@dataclass(frozen=True, slots=True)
class StagedLookup:
    """A lookup too large to be sent to the source: the rows come to a temporary table, and meet it in the target."""

    column: str
    """The new column that gets the value; staged under its name, as text."""
    table: TableName
    key_column: str
    value_column: str
    default: Sql | None
    """For values without an entry; None: there is none, and such rows are refused."""
    for_null: Sql | None = None
    """For NULL; None: it stays NULL."""


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A column by whose values a table is cut into chunks, on both sides alike."""

    old: str
    new: str
    old_type: str
    new_type: str
    collation: str = ""
    """`C` where the two sides would order its values differently by themselves; else empty."""


@dataclass(frozen=True, slots=True)
class Range:
    """The rows with a key above `lower` and not above `upper`, as texts that the server wrote; None: without end."""

    lower: tuple[str, ...] | None = None
    upper: tuple[str, ...] | None = None
    at: tuple[str, ...] | None = None
    """The one row with this key."""


@dataclass(frozen=True, slots=True)
class TablePlan:
    """How the rows of one old table become those of a new one."""

    old: TableName
    new: TableName
    columns: tuple[CompiledColumn, ...]
    """Those that are written; what is left out gets what the target gives it."""
    joins: tuple[Sql, ...] = ()
    """Behind the old table in the source's FROM: lookups as literals."""
    staged: tuple[StagedLookup, ...] = ()
    key: tuple[KeyColumn, ...] = ()
    """Empty: the table has none that both sides share, and is copied whole."""
    only: bool = True
    """Whether rows of inheriting tables are left to these; False for a partitioned table."""

    @property
    def specification(self) -> str:
        """sha256 of all that decides which values arrive: chunks that were copied under another one do not count."""
        parts = [self.select().text, *(f"{each.name} {each.type}" for each in self.columns), repr(self.staged)]
        return hashlib.sha256("\n".join([*self.new, *parts]).encode("utf-8", "surrogatepass")).hexdigest()

    def select(self, chunk: Range | None = None) -> Sql:
        """The SELECT that runs at the source, in the order of `columns`."""
        values = joined([sql("{} AS {}", each.expression, identifier(each.name)) for each in self.columns])
        return sql("SELECT {} FROM {}{}", values, self.rows, self.where(chunk))

    @property
    def rows(self) -> Sql:
        """What stands behind FROM at the source."""
        return joined([self.old_rows, *self.joins], " ")

    @property
    def old_rows(self) -> Sql:
        """The old table alone, likewise: what it is joined with adds no rows."""
        return old_rows(self.old, only=self.only)

    def where(self, chunk: Range | None) -> Sql:
        """The chunk at the source, as ` WHERE ...`; nothing for all rows."""
        return _where(chunk, [(sql("{}.{}", OLD, identifier(k.old)), k.old_type, k.collation) for k in self.key])

    def where_new(self, chunk: Range | None) -> Sql:
        """The same rows in the target, over the new table without an alias."""
        return _where(chunk, [(identifier(each.new), each.new_type, each.collation) for each in self.key])

    @property
    def new_columns(self) -> Sql:
        """`a, b`: what COPY fills in the target."""
        return joined([identifier(each.name) for each in self.columns])


def old_rows(table: TableName, *, only: bool) -> Sql:
    """An old table as it stands behind FROM; `only`: rows of inheriting tables are left to these."""
    return sql("{}{} AS {}", Sql("ONLY ") if only else Sql(""), identifier(*table), OLD)


def _where(chunk: Range | None, key: list[tuple[Sql, str, str]]) -> Sql:
    tests = list(_tests(chunk, key)) if chunk and key else []
    return sql(" WHERE {}", joined(tests, " AND ")) if tests else sql("")


def _tests(chunk: Range, key: list[tuple[Sql, str, str]]) -> Iterator[Sql]:
    columns = joined([ordered(column, collation) for column, _, collation in key])
    for values, compares in ((chunk.lower, Sql(">")), (chunk.upper, Sql("<=")), (chunk.at, Sql("="))):
        if values is not None:
            literals = [sql("{}::{}", v, deparsed(type_)) for v, (_, type_, _) in zip(values, key, strict=True)]
            yield sql("ROW({}) {} ROW({})", columns, compares, joined(literals))


def ordered(column: Sql, collation: str) -> Sql:
    """The column as chunks order it."""
    return sql("{} COLLATE {}", column, identifier("pg_catalog", collation)) if collation else column
