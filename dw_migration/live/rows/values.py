"""The values that columns really hold, and whether those that shall replace them fit."""

from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest

from dw_migration.errors import ServerError
from dw_migration.live.rows.side import Side
from dw_migration.resolutions.casting import overflows
from dw_migration.resolutions.compiled import OLD, old_rows
from dw_migration.resolutions.compiling import MOST_JOINED, Entries, array_literal, compared
from dw_migration.resolutions.resolution import LookupTable
from dw_migration.resolutions.shape import ColumnShape, TableShape
from dw_migration.resolutions.template import Distinct
from dw_migration.sql import Sql, deparsed, identifier, joined, sql

MOST_VALUES = 1_000
"""Of which a person is told; of others only how many there are."""

_BLOCK = 50_000
_UNFIT = frozenset({"0A", "22", "23", "42", "44", "P0"})
"""Classes of errors that a value itself brings about: it cannot be read, or the type's own checks refuse it."""


def distinct_values(source: Side, table: TableShape, column: str, *, most: int = MOST_VALUES) -> Distinct:
    """What the column holds, the most frequent first; reads the whole table. Raises: as `Side.rows`."""
    return _first(source, _counted(table, column), most)


def unmapped_values(
    source: Side, table: TableShape, column: str, known: Iterable[str], *, most: int = MOST_VALUES
) -> Distinct:
    """Those that are none of `known`; reads the whole table. Raises: as `Side.rows`."""
    others = sql(
        "SELECT d.v, d.n FROM ({}) AS d (v, n) WHERE NOT EXISTS (SELECT FROM pg_catalog.unnest({}::text[]) AS k (v)"
        ' WHERE k.v COLLATE pg_catalog."C" = d.v)',
        _counted(table, column),
        array_literal(known),
    )
    return _first(source, others, most)


def unmatched_values(
    source: Side, target: Side, table: TableShape, column: str, lookup: LookupTable, *, most: int = MOST_VALUES
) -> Distinct:
    """Those that the lookup table in the target has no entry for; reads the whole table, and holds few of its values.

    Raises: as `Side.rows`.
    """
    found: list[tuple[str, int]] = []
    number = 0
    for block in _blocks(source, _counted(table, column)):
        others = target.rows(_without_entry(block, lookup))
        number += len(others)
        found = nsmallest(most, [*found, *others], key=lambda each: (-each[1], each[0]))
    return Distinct(tuple(found), number - len(found))


def entries_of(target: Side, lookup: LookupTable, *, most: int = MOST_JOINED) -> Entries | None:
    """What the lookup table says; None: more than that, to be met in the target. Raises: as `Side.rows`."""
    key, value = _key_of(lookup), sql("l.{}::text", identifier(lookup.value_column))
    query = sql("SELECT {}, {} FROM {} WHERE {} IS NOT NULL LIMIT {}", key, value, _table_of(lookup), key, most + 1)
    found = target.rows(query)
    return tuple(found) if len(found) <= most else None


def duplicate_keys(target: Side, lookup: LookupTable, *, most: int = MOST_VALUES) -> Distinct:
    """Old values that the lookup table has several entries for, and how many; a row can get only one.

    Raises: as `Side.rows`.
    """
    key = _key_of(lookup)
    twice = sql(
        "SELECT {}, pg_catalog.count(*) FROM {} WHERE {} IS NOT NULL GROUP BY 1 HAVING pg_catalog.count(*) > 1",
        *(key, _table_of(lookup), key),
    )
    return _first(target, twice, most)


def columns_of(target: Side, lookup: LookupTable) -> tuple[str, ...]:
    """The lookup table's columns; nothing where there is no such table. Raises: as `Side.rows`."""
    query = sql(
        "SELECT a.attname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE n.nspname = {} AND c.relname = {} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY a.attnum",
        *lookup.address,
    )
    return tuple(name for (name,) in target.rows(query))


def nulls_of(source: Side, table: TableShape, column: str) -> int:
    """How many rows have no value there; reads the whole table. Raises: as `Side.rows`."""
    nulls = sql("SELECT pg_catalog.count(*) FROM {} WHERE {}.{} IS NULL", _rows_of(table), OLD, identifier(column))
    return int(source.rows(nulls)[0][0])


def has_unfit_entries(target: Side, lookup: LookupTable, column: ColumnShape) -> bool:
    """Whether the new column's type refuses some value of the lookup table. Raises: as `Side.rows`."""
    value = sql("l.{}::text::{}", identifier(lookup.value_column), deparsed(column.type))
    return not _is_taken(target, sql("SELECT pg_catalog.count({}) FROM {}", value, _table_of(lookup)))


def unfit_values(target: Side, column: ColumnShape, values: Iterable[str]) -> tuple[str, ...]:
    """Those that the new column's type refuses, or would cut; the target is asked, and writes nothing.

    Raises: as `Side.rows`, for what no value is to blame for.
    """
    given = tuple(dict.fromkeys(values))
    long = tuple(each for each in given if overflows(each, column))
    return long + _refused(target, column, [each for each in given if each not in set(long)])


def _refused(target: Side, column: ColumnShape, values: Sequence[str]) -> tuple[str, ...]:
    """By halves, since one statement tells only that some value is refused."""
    if not values or _are_fit(target, column, values):
        return ()
    if len(values) == 1:
        return (values[0],)
    half = len(values) // 2
    return _refused(target, column, values[:half]) + _refused(target, column, values[half:])


def _are_fit(target: Side, column: ColumnShape, values: Sequence[str]) -> bool:
    given = sql("pg_catalog.unnest({}::text[]) AS v", array_literal(values))
    return _is_taken(target, sql("SELECT pg_catalog.count(v::{}) FROM {}", deparsed(column.type), given))


def _is_taken(target: Side, query: Sql) -> bool:
    try:
        target.rows(query)
    except ServerError as error:
        if (error.sqlstate or "")[:2] not in _UNFIT:
            raise
        return False
    return True


# --- queries ----------------------------------------------------------------------------------------------------------


def _counted(table: TableShape, column: str) -> Sql:
    """`SELECT value, number of rows` of what is not NULL."""
    return sql(
        "SELECT {} AS v, pg_catalog.count(*) AS n FROM {} WHERE {}.{} IS NOT NULL GROUP BY 1",
        *(compared(column), _rows_of(table), OLD, identifier(column)),
    )


def _rows_of(table: TableShape) -> Sql:
    return old_rows(table.address, only=not table.partitioned)


def _first(side: Side, counted: Sql, most: int) -> Distinct:
    query = sql(
        "SELECT v, n, pg_catalog.count(*) OVER () FROM ({}) AS d (v, n) ORDER BY n DESC, v LIMIT {}", counted, most
    )
    rows = side.rows(query)
    number = rows[0][2] if rows else 0
    return Distinct(tuple((value, count) for value, count, _ in rows), number - len(rows))


def _blocks(side: Side, counted: Sql) -> Iterator[list[tuple[str, int]]]:
    with side.transaction():
        side.run(sql("DECLARE dw_values NO SCROLL CURSOR FOR {}", counted))
        while block := side.rows(sql("FETCH {} FROM dw_values", _BLOCK)):
            yield block


def _without_entry(block: Sequence[tuple[str, int]], lookup: LookupTable) -> Sql:
    values, counts = array_literal(value for value, _ in block), array_literal(str(count) for _, count in block)
    return sql(
        "SELECT d.v, d.n FROM ROWS FROM (pg_catalog.unnest({}::text[]), pg_catalog.unnest({}::bigint[])) AS d (v, n)"
        " WHERE NOT EXISTS (SELECT FROM {} WHERE {} = d.v)",
        *(values, counts, _table_of(lookup), _key_of(lookup)),
    )


def _key_of(lookup: LookupTable) -> Sql:
    return sql('(l.{}::text COLLATE pg_catalog."C")', identifier(lookup.key_column))


def _table_of(lookup: LookupTable) -> Sql:
    return joined([identifier(*lookup.address), Sql("AS l")], " ")
