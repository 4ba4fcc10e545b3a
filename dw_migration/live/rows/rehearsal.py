"""A dry run of one table: what both servers say of its copy before a row is moved."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from dw_migration.live.connections import translated
from dw_migration.resolutions.compiled import CompiledColumn, TablePlan
from dw_migration.resolutions.shape import ColumnShape, TableName, TableShape
from dw_migration.sql import Sql, identifier, joined, sql

Connection = psycopg.Connection[tuple[Any, ...]]

_LIMITED = re.compile(r"(?P<type>character varying|character|numeric)\((?P<length>\d+)(?:,(?P<scale>-?\d+))?\)")
SECONDS_A_ROW, SECONDS_A_BYTE = 1.5e-6, 1.2e-8
"""About what a copy costs beside its network: see benchmarks/RESULTS.md."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a copy would do."""

    rows: int
    """At the source, counted."""
    bytes: int
    """As the source estimates, without indexes."""
    faults: tuple[str, ...]
    """What the target would refuse, each with its number of rows."""

    @property
    def seconds(self) -> float:
        """A rough estimate."""
        return self.rows * SECONDS_A_ROW + self.bytes * SECONDS_A_BYTE


def rehearse(source: Connection, where: str, plan: TablePlan, old: TableShape, new: TableShape) -> Rehearsed:
    """Count, and evaluate every expression over every row, in one pass where none fails; writes nothing.

    Takes ACCESS SHARE on the old table. Raises: NoConnection, NotAllowed, ServerError.
    """
    tests = [test for each in plan.columns for test in _tests(each, _named(new, each.name))]
    with translated(where, source):
        try:
            rows, *counts = _counted(source, plan, [test for _, test in tests])
        except psycopg.DataError as error:
            rows, *counts = _counted(source, plan, [])
            return Rehearsed(rows, old.bytes, tuple(_unreadable(source, plan)) or (_condition(error),))
    faults = (f"{said}: {rows_of(count)}" for (said, _), count in zip(tests, counts, strict=True) if count)
    return Rehearsed(rows, old.bytes, tuple(faults))


def orphans(source: Connection, where: str, plans: Sequence[TablePlan], new: TableShape) -> Iterator[str]:
    """Rows whose foreign key would find no copied row; keys to tables that are not copied are passed over.

    Takes ACCESS SHARE on both old tables. Raises: as `rehearse`.
    """
    by_table = {each.new: each for each in plans}
    child = by_table[new.address]
    for key in new.foreign_keys:
        parent = by_table.get(key.to)
        if parent is None or not _fills(child, key.columns) or not _fills(parent, key.to_columns):
            continue
        query = _orphans(child, key.columns, parent, key.to_columns)
        with translated(where, source):
            (count,) = source.execute(query.text.encode()).fetchone() or (0,)
        if count:
            yield f"foreign key {key.name}: no row of {_written(key.to)} for {rows_of(count)}"


def rows_of(count: int) -> str:
    """The number in words: `1 row`, `1,000 rows`."""
    return "1 row" if count == 1 else f"{count:,} rows"


def _named(table: TableShape, name: str) -> ColumnShape:
    found = table.column(name)
    if found is None:
        raise LookupError(f"{_written(table.address)} has no column {name}")
    return found


def _written(table: TableName) -> str:
    return identifier(*table).text


def _counted(source: Connection, plan: TablePlan, tests: Sequence[Sql]) -> tuple[int, ...]:
    counts = [sql("pg_catalog.count(*)"), *(sql("pg_catalog.count(*) FILTER (WHERE {})", test) for test in tests)]
    row = source.execute(sql("SELECT {} FROM {}", joined(counts), plan.rows).text.encode()).fetchone()
    return row or (0,)


def _tests(column: CompiledColumn, new: ColumnShape) -> Iterator[tuple[str, Sql]]:
    """What the target would refuse of the column: the words, and the condition over the old row."""
    value = sql("({})", column.expression)
    if new.not_null:
        yield f"column {new.name}: NULL, and it is NOT NULL", sql("{} IS NULL", value)
    limit = _LIMITED.fullmatch(new.base_type or new.type)
    if limit and limit["type"] == "numeric":
        whole = int(limit["length"]) - int(limit["scale"] or 0)
        over = sql(
            "pg_catalog.abs(pg_catalog.round({}::numeric, {})) >= pg_catalog.power(10::numeric, {})",
            value,
            int(limit["scale"] or 0),
            whole,
        )
        # NaN is greater than all numbers here, and fits every numeric
        yield (
            f"column {new.name}: more than {whole} digits before the point",
            sql("{} AND {}::text <> 'NaN'", over, value),
        )
    elif limit:
        text = sql("pg_catalog.rtrim({}::text, ' ')", value)
        yield (
            f"column {new.name}: longer than {limit['length']}",
            sql("pg_catalog.char_length({}) > {}", text, int(limit["length"])),
        )


def _unreadable(source: Connection, plan: TablePlan) -> Iterator[str]:
    """The columns whose expression fails for some row: the server's condition, never the value."""
    for each in plan.columns:
        try:
            _counted(source, plan, [sql("({}) IS NULL", each.expression)])
        except psycopg.DataError as error:
            yield f"column {each.name}: {_condition(error)}"


def _condition(error: psycopg.DataError) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    return f"a value cannot be converted ({words}, {error.sqlstate})"


def _fills(plan: TablePlan, columns: Sequence[str]) -> bool:
    return set(columns) <= {each.name for each in plan.columns} - {each.column for each in plan.staged}


def _orphans(child: TablePlan, columns: Sequence[str], parent: TablePlan, to: Sequence[str]) -> Sql:
    pairs = list(zip(columns, to, strict=True))
    meets = [sql("p.{} OPERATOR(pg_catalog.=) c.{}", identifier(b), identifier(a)) for a, b in pairs]
    given = [sql("c.{} IS NOT NULL", identifier(a)) for a in columns]
    return sql(
        "SELECT pg_catalog.count(*) FROM ({}) c WHERE {} AND NOT EXISTS (SELECT FROM ({}) p WHERE {})",
        child.select(),
        joined(given, " AND "),
        parent.select(),
        joined(meets, " AND "),
    )
