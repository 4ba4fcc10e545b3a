"""Rows for a rehearsal that are made up: nothing of the target's rows leaves it."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, LiteralString

import psycopg

from dw_migration.catalog import Catalog
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.partition import Partition
from dw_migration.live.sampling import Filling, Place, Sample
from dw_migration.sql import identifier, joined, names, sql

Connection = psycopg.Connection[tuple[Any, ...]]

MOST_ROWS = 20
"""Of each table."""
_NULL_EACH = 5
"""So many rows after one that has NULL wherever it may."""
_LITERAL = re.compile(r"'((?:[^']|'')*)'|(?<![\w.'\"])(-?\d+(?:\.\d+)?)(?![\w.'\"])")
_TYPES: LiteralString = """
SELECT t.oid::bigint, t.typname, t.typtype::text, t.typcategory::text, t.typelem::bigint, t.typbasetype::bigint,
       t.typtypmod,
       ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder),
       ARRAY(SELECT a.atttypid::bigint FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
       (SELECT r.rngsubtype::bigint FROM pg_catalog.pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid) LIMIT 1)
  FROM pg_catalog.pg_type t
"""
_OF_COLUMNS: LiteralString = """
SELECT n.nspname, c.relname, a.attname, a.atttypid::bigint, a.atttypmod, a.attnotnull
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped
"""


def generated(scratch: Connection, catalog: Catalog) -> Sample:
    """Rows in the tables of the scratch database, which has no foreign keys yet: the same each time.

    At most `MOST_ROWS` of each table, or of each that has partitions. Values are of the columns' types, and those that
    checks and bounds of partitions name; a row that a constraint refuses is none. A table that gets none is told.
    """
    return _Generating(scratch, catalog).done()


@dataclass(frozen=True, slots=True)
class _Type:
    name: str
    sort: str
    """As typtype."""
    category: str
    of: int
    """Of an array, its elements' type."""
    base: int
    """Of a domain."""
    modifier: int
    labels: tuple[str, ...]
    attributes: tuple[int, ...]
    bounds: int | None
    """Of a range or multirange."""


class _Generating(Filling):
    def fill(self) -> None:
        self.types = {
            oid: _Type(name, sort, category, of, base, modifier, tuple(labels), tuple(attributes), bounds)
            for oid, name, sort, category, of, base, modifier, labels, attributes, bounds in self._asked(_TYPES)
        }
        self.of: dict[tuple[str, str, str], tuple[int, int, bool]] = {
            (schema, table, column): (type_, modifier, required)
            for schema, table, column, type_, modifier, required in self._asked(
                _OF_COLUMNS, sorted({schema for schema, _ in self.tables})
            )
        }
        named = self._named_values()
        for place in self.tables:
            if place not in self.catalog.whole_of and self.columns.get(place):
                self._filled(place, named.get(place, {}))

    def _asked(self, query: LiteralString, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.scratch.execute(query, parameters).fetchall()

    def _named_values(self) -> Mapping[Place, Mapping[str, list[str]]]:
        """What checks and bounds name, by table and column."""
        found: dict[Place, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for each in self.catalog.objects.values():
            if isinstance(each, Constraint) and each.type == "c" and not each.on_domain:
                place, text, about = (each.schema, each.owner), each.expression, each.expression
            elif isinstance(each, Partition):
                place, text = self.catalog.wholes((each.schema, each.table))[-1], each.bound
                about = " ".join(
                    table.partition_by
                    for table in map(self.tables.get, self.catalog.wholes((each.schema, each.table)))
                    if table is not None
                )
            else:
                continue
            values = [one.replace("''", "'") if one else other for one, other in _LITERAL.findall(text)]
            for column in self.columns.get(place, ()):
                if re.search(rf'(?<![\w"]){re.escape(identifier(column).text)}(?![\w"])', about):
                    found[place][column] += values
        return found

    def _filled(self, place: Place, named: Mapping[str, list[str]]) -> None:
        columns, refused, rows = self.columns[place], "", 0
        for number in range(1, MOST_ROWS + 1):
            values = joined(
                sql("{}", text) if text is not None else sql("NULL")
                for text in (self._value(place, column, number, named.get(column, [])) for column in columns)
            )
            writing = sql(
                "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})", identifier(*place), names(columns), values
            )
            try:
                with self.scratch.transaction():
                    rows += self.scratch.execute(writing.text.encode()).rowcount
            except psycopg.Error as error:
                refused = error.sqlstate or "lost"
        self.found.rows += rows
        self.found.tables += bool(rows)
        if not rows:
            self.found.told.append(f"table {'.'.join(place)}: no row that was made up fits it [{refused}]")

    def _value(self, place: Place, column: str, number: int, named: list[str]) -> str | None:
        type_, modifier, required = self.of[*place, column]
        if number % _NULL_EACH == 0 and not required:
            return None
        if named and number % 2:
            return named[number // 2 % len(named)]
        return self._text(type_, modifier, number)

    def _text(self, oid: int, modifier: int, number: int) -> str | None:
        """A value of the type as text; None for a type of which nothing is known."""
        of = self.types[oid]
        if of.sort == "d":
            return self._text(of.base, of.modifier, number)
        if of.labels:
            return of.labels[number % len(of.labels)]
        if of.bounds:
            ends = (self._text(of.bounds, -1, each) for each in (number, number + 1))
            made = f"[{','.join(map(_quoted, ends))})"
            return f"{{{made}}}" if of.sort == "m" else made
        if of.sort == "c":
            return f"({','.join(_quoted(self._text(each, -1, number)) for each in of.attributes)})"
        if of.category == "A":
            return f"{{{_quoted(self._text(of.of, modifier, number))}}}"
        return _plain(of.name, of.category, modifier, number)


def _quoted(text: str | None) -> str:
    if text is None:
        return ""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _plain(name: str, category: str, modifier: int, number: int) -> str | None:
    day = date(2024, 1, 1) + timedelta(days=number)
    if name == "numeric" and modifier >= 0:
        precision, scale = (modifier - 4) >> 16 & 0xFFFF, (modifier - 4) & 0x7FF
        return str(number % 10 ** max(precision - scale, 0))
    if category == "S":
        text, limit = f"row {number}", modifier - 4 if modifier >= 0 else 63
        return text if len(text) <= limit else chr(ord("a") + number % 26)
    if category == "V":
        bits = modifier if modifier > 0 else 8
        return format(number % 2 ** min(bits, 30), f"0{bits}b")
    return {
        "bool": "ft"[number % 2],
        "date": f"{day}",
        "timestamp": f"{day} 12:00",
        "timestamptz": f"{day} 12:00+00",
        "time": f"{number % 24:02}:00",
        "timetz": f"{number % 24:02}:00+00",
        "interval": f"{number} days",
        "uuid": f"{number:032x}",
        "json": f'{{"n": {number}}}',
        "jsonb": f'{{"n": {number}}}',
        "xml": f"<n>{number}</n>",
        "bytea": f"\\x{number:02x}",
        "inet": f"10.0.0.{number}",
        "cidr": f"10.0.0.{number}/32",
        "macaddr": f"08:00:2b:01:02:{number:02x}",
        "macaddr8": f"08:00:2b:01:02:03:04:{number:02x}",
        "tsvector": f"row{number}",
        "tsquery": f"row{number}",
        "point": f"({number},{number})",
        "lseg": f"(0,0),({number},{number})",
        "box": f"(0,0),({number},{number})",
        "path": f"((0,0),({number},{number}))",
        "polygon": f"((0,0),({number},0),({number},{number}))",
        "line": f"{{1,{number},0}}",
        "circle": f"<(0,0),{number}>",
    }.get(name, str(number) if category == "N" else None)
