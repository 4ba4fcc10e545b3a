"""Some rows of the target for a rehearsal: read in bounded time, and filled in so that their references hold."""

import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg

from dw_migration.catalog import Catalog
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.extension import Extension
from dw_migration.kinds.table import Table
from dw_migration.online import Sizes
from dw_migration.sql import Sql, deparsed, identifier, joined, names, sql

Connection = psycopg.Connection[tuple[Any, ...]]
Place = tuple[str, str]

MOST_ROWS = 1_000
"""Of each table; as many more may come for each key that references it."""
_BUDGET = 120.0
"""Seconds for all tables together."""
_ROUNDS = 20
"""So many steps a chain of references is followed."""
_COLUMNS: LiteralString = """
SELECT n.nspname, c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped
   AND a.attgenerated = ''
 ORDER BY a.attrelid, a.attnum
"""


@dataclass(slots=True)
class Sample:
    """What was filled in."""

    rows: int = 0
    tables: int = 0
    told: list[str] = field(default_factory=list)
    """Tables of which no rows could be had, with the sqlstate; never a value."""


def sample(target: Connection, scratch: Connection, catalog: Catalog, sizes: Sizes) -> Sample:
    """Rows of the target's tables in the same tables of the scratch database, which has no foreign keys yet.

    At most `MOST_ROWS` of each, and those that they reference. What a table's rows cannot be had of is told. The
    target's session is read-only and has a statement_timeout. Locks: ACCESS SHARE on one table after the other.
    """
    return _Sampling(target, scratch, catalog, sizes).done()


class Filling:
    """Fills the tables of a scratch database that has no foreign keys yet, so that references hold at the end."""

    def __init__(self, scratch: Connection, catalog: Catalog) -> None:
        self.scratch, self.catalog = scratch, catalog
        self.tables = {
            (each.schema, each.name): each for each in catalog.in_creation_order() if isinstance(each, Table)
        }
        self.keys = [
            each
            for each in catalog.objects.values()
            if isinstance(each, Constraint) and each.type == "f" and each.validated and each.enforced
        ]
        self.columns: dict[Place, dict[str, str]] = {}
        self.found = Sample()

    @property
    def sessions(self) -> tuple[Connection, ...]:
        """Those that types are named to."""
        return (self.scratch,)

    def done(self) -> Sample:
        """What was filled in."""
        if not self.tables:
            return self.found
        schemas = sorted({schema for schema, _ in self.tables})
        for schema, table, column, type_ in self.scratch.execute(_COLUMNS, [schemas]):
            self.columns.setdefault((schema, table), {})[column] = type_
        homes = {each.schema for each in self.catalog.objects.values() if isinstance(each, Extension)}
        path = f"pg_catalog, {names(dict.fromkeys((*schemas, *sorted(homes))))}"
        for session in self.sessions:
            session.execute("SELECT pg_catalog.set_config('search_path', %s, false)", [path])
        try:
            self.fill()
            while sum(self._without_orphans(key) for key in self.keys):
                pass
        finally:
            for session in self.sessions:
                with suppress(psycopg.Error):
                    session.execute("SELECT pg_catalog.set_config('search_path', '', false)")
        return self.found

    @abstractmethod
    def fill(self) -> None:
        """Write rows, whatever they reference."""

    def _without_orphans(self, key: Constraint) -> int:
        """How many rows referenced what was not found: they reference nothing now, or went where they have to."""
        child = sql("{} c", self._named(_child(key)))
        nothing = joined(sql("{} = NULL", identifier(each)) for each in key.columns)
        try:
            with self.scratch.transaction():
                emptying = sql("UPDATE {} SET {} WHERE {}", child, nothing, self._is_orphan(key))
                return self.scratch.execute(emptying.text.encode()).rowcount
        except psycopg.Error:  # NOT NULL, a check, or a column that is generated
            removing = sql("DELETE FROM {} WHERE {}", child, self._is_orphan(key))
            gone = self.scratch.execute(removing.text.encode()).rowcount
            self.found.rows -= gone
            return gone

    def _orphans(self, key: Constraint) -> Sql:
        return sql("FROM {} c WHERE {}", self._named(_child(key)), self._is_orphan(key))

    def _is_orphan(self, key: Constraint) -> Sql:
        """Of a row `c`, that it references what is not there."""
        pairs = list(zip(key.columns, key.foreign_columns, strict=True))
        known = joined((sql("c.{} IS NOT NULL", identifier(each)) for each in key.columns), " AND ")
        same = joined((sql("p.{} = c.{}", identifier(there), identifier(here)) for here, there in pairs), " AND ")
        parent = self._named((key.foreign_schema, key.foreign_table))
        return sql("{} AND NOT EXISTS (SELECT FROM {} p WHERE {})", known, parent, same)

    def _named(self, place: Place) -> Sql:
        """The table, without those that inherit it, and with its partitions."""
        table = self.tables.get(place)
        is_whole = table is not None and bool(table.partition_by)
        return identifier(*place) if is_whole else sql("ONLY {}", identifier(*place))


class _Sampling(Filling):
    def __init__(self, target: Connection, scratch: Connection, catalog: Catalog, sizes: Sizes) -> None:
        super().__init__(scratch, catalog)
        self.target, self.sizes = target, sizes
        self.until = time.monotonic() + _BUDGET

    @property
    def sessions(self) -> tuple[Connection, ...]:
        return (self.target, self.scratch)

    def fill(self) -> None:
        for place, table in self.tables.items():
            if not table.partition_by and self.columns.get(place):
                self._tried(place, self._copied)
        for _ in range(_ROUNDS):
            if not sum(self._tried(_child(key), self._referenced, key) for key in self.keys):
                break

    def _tried(self, place: Place, act: Any, *arguments: Any) -> int:
        """How many rows it was about; a refusal of either server is told, once a table."""
        if time.monotonic() > self.until:
            self._tell("not all tables have rows: the time for reading them is over")
            return 0
        try:
            with self.scratch.transaction():
                return int(act(*arguments or (place,)))
        except psycopg.Error as error:
            self._tell(f"table {'.'.join(place)}: not all of its rows could be had [{error.sqlstate or 'lost'}]")
            return 0

    def _tell(self, text: str) -> None:
        if text not in self.found.told:
            self.found.told.append(text)

    def _copied(self, place: Place) -> int:
        columns, table = names(self.columns[place]), identifier(*place)
        reading = sql(
            "COPY (SELECT {} FROM ONLY {}{} LIMIT {}) TO STDOUT", columns, table, self._part(place), MOST_ROWS
        )
        writing = sql("COPY {} ({}) FROM STDIN", table, columns)
        with self.target.cursor() as out, self.scratch.cursor() as into:
            with (
                out.copy(reading.text.encode()) as rows,
                into.copy(writing.text.encode()) as filled,
            ):
                for block in rows:
                    filled.write(block)
            self.found.rows += into.rowcount
            self.found.tables += bool(into.rowcount)
            return into.rowcount

    def _part(self, place: Place) -> Sql:
        """Of a large table, pages from anywhere in it."""
        size = next((size for a, size in self.sizes.items() if (a.schema, a.name) == place), None)
        rows = size.rows if size is not None and size.rows else 0
        if rows < 20 * MOST_ROWS:
            return sql("")
        return sql(" TABLESAMPLE SYSTEM ({})", deparsed(f"{min(100.0, 400.0 * MOST_ROWS / rows):.6f}"))

    def _referenced(self, key: Constraint) -> int:
        """How many rows of the other table came, since rows that are here reference them."""
        parent = (key.foreign_schema, key.foreign_table)
        if parent not in self.tables:
            return 0
        types = [self.columns[parent][each] for each in key.foreign_columns]
        texts = joined(sql("c.{}::text", identifier(each)) for each in key.columns)
        asked = sql("SELECT DISTINCT {} {} LIMIT {}", texts, self._orphans(key), MOST_ROWS)
        wanted = self.scratch.execute(asked.text.encode()).fetchall()
        if not wanted:
            return 0
        columns = self.columns[parent]
        given = joined(
            sql("unnest(ARRAY[{}]::text[]::{}[])", joined(sql("{}", each) for each in values), deparsed(type_))
            for values, type_ in zip(zip(*wanted, strict=True), types, strict=True)
        )
        rows = self.target.execute(
            sql(
                "SELECT {} FROM {} p WHERE ({}) IN (SELECT * FROM ROWS FROM ({}) k)",
                joined(sql("p.{}::text", identifier(each)) for each in columns),
                self._named(parent),
                joined(sql("p.{}", identifier(each)) for each in key.foreign_columns),
                given,
            ).text.encode()
        ).fetchall()
        return self._written(parent, columns, rows)

    def _written(self, place: Place, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]) -> int:
        writing = sql("COPY {} ({}) FROM STDIN", identifier(*place), names(columns))
        with self.scratch.cursor() as cursor:
            with cursor.copy(writing.text.encode()) as copy:
                for row in rows:
                    copy.write_row(row)
            self.found.rows += max(0, cursor.rowcount)
        return len(rows)


def _child(key: Constraint) -> Place:
    return key.schema, key.owner
