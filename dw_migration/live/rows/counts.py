"""What the rows themselves say of the changes: how many are NULL, too long, twice there, or left behind."""

from dataclasses import replace
from typing import NamedTuple

from dw_migration.errors import NotAllowed, ServerError
from dw_migration.live.connections import Session, translated
from dw_migration.live.stop import stoppable
from dw_migration.resolutions.comparison import Comparison, RowChange, TablePair, What
from dw_migration.resolutions.compiled import OLD, old_rows
from dw_migration.resolutions.conversions import conversion, limit_of
from dw_migration.resolutions.shape import TableName, TableShape
from dw_migration.rule import Severity
from dw_migration.sql import Sql, identifier, joined, sql


class _Count(NamedTuple):
    """An aggregate over the old rows, and what its number means."""

    aggregate: Sql
    told: str
    """`{} rows are NULL`, with the number to fill in."""
    decides: tuple[str, str] | None = None
    """The change is transformable where the number is 0, and else breaking: the action of either."""


def with_counts(comparison: Comparison, session: Session) -> Comparison:
    """The comparison, with counts from the old rows in what was found; no value leaves the server.

    One query a table at most, each within the session's statement_timeout; what could not be counted is a note.
    Whether rounded digits and a new key are breaking is up to the rows. Raises: NoConnection.
    """
    found, notes = dict(enumerate(comparison.changes)), list(comparison.notes)
    for address, counts in _by_table(comparison).items():
        table = comparison.old.tables[address]
        try:
            rows, numbers = _counted(session, comparison.old.place, table, [each.aggregate for each in counts.values()])
        except (ServerError, NotAllowed) as error:
            notes.append(f"{table.schema}.{table.name}: its rows were not counted: {error}")
            continue
        for (at, count), number in zip(counts.items(), numbers, strict=True):
            found[at] = _told(found[at], count, number, rows)
    changes = sorted(found.values(), key=lambda each: (each.table, -each.severity))
    return replace(comparison, changes=tuple(changes), notes=tuple(notes))


def _by_table(comparison: Comparison) -> dict[TableName, dict[int, _Count]]:
    """What to count of each old table, by the change's number."""
    found: dict[TableName, dict[int, _Count]] = {}
    pairs = {each.old.address: each for each in comparison.pairs}
    for at, change in enumerate(comparison.changes):
        count = _count(change, pairs.get(change.old_table)) if change.old_table else None
        if count and change.old_table:
            found.setdefault(change.old_table, {})[at] = count
    return found


def _counted(session: Session, where: str, table: TableShape, aggregates: list[Sql]) -> tuple[int, tuple[int, ...]]:
    numbers = joined([Sql("pg_catalog.count(*)"), *aggregates])
    query = sql("SELECT {} FROM {}", numbers, old_rows(table.address, only=not table.partitioned))
    with translated(where, session), stoppable(session):
        rows, *counted = session.execute(query.text.encode()).fetchall()[0]
    return rows, tuple(counted)


def _told(change: RowChange, count: _Count, number: int, rows: int) -> RowChange:
    found = f"{change.found}: {count.told.format(f'{number:,} of {rows:,}')}"
    if count.decides is None:
        return replace(change, found=found)
    severity = Severity.BREAKING if number else Severity.TRANSFORMABLE
    return replace(change, severity=severity, found=found, action=count.decides[number > 0])


def _count(change: RowChange, pair: TablePair | None) -> _Count | None:
    """What the rows can say of the change; None: nothing."""
    if change.what is What.TABLE_REMOVED:
        return _Count(Sql("pg_catalog.count(*)"), "{} rows are left behind")
    if change.what is What.KEY_CHANGED:
        return _twice(change, pair)
    if change.old_column is None:
        return None
    return _of_column(change, sql("{}.{}", OLD, identifier(change.old_column)))


def _of_column(change: RowChange, column: Sql) -> _Count | None:
    if change.what is What.COLUMN_REMOVED:
        return _Count(sql("pg_catalog.count({})", column), "{} rows have a value there")
    if change.what is What.COLUMN_REQUIRED:
        return _Count(_where(sql("{} IS NULL", column)), "{} rows are NULL")
    if change.what in {What.TYPE_CHANGED, What.LENGTH_CHANGED}:
        return _ill_fitting(change, column)
    return None


def _where(condition: Sql) -> Sql:
    return sql("pg_catalog.count(*) FILTER (WHERE {})", condition)


def _twice(change: RowChange, pair: TablePair | None) -> _Count | None:
    """Rows whose new key an earlier row has; None where the key is not made of old columns alone, or is unique."""
    if pair is None or change.severity is not Severity.BREAKING:
        return None
    came_from = {each.new: each.old for each in pair.columns}
    if any(each not in came_from for each in pair.new.key):
        return None
    key = joined([sql("{}.{}", OLD, identifier(came_from[each])) for each in pair.new.key])
    aggregate = sql("pg_catalog.count(*) - pg_catalog.count(DISTINCT ROW({}))", key)
    actions = "the rows are unique by it", "mend those that are there twice: the new table refuses them"
    return _Count(aggregate, "{} rows have the key of another one", actions)


def _ill_fitting(change: RowChange, column: Sql) -> _Count | None:
    limit = limit_of(change.new_type)
    if limit is not None and change.severity is Severity.BREAKING and not change.old_type.endswith("[]"):
        longer = sql("pg_catalog.char_length({}::pg_catalog.text) > {}", column, limit)
        return _Count(_where(longer), f"{{}} values are longer than {limit}")
    turned = conversion(change.old_type, change.new_type)
    rounded = _ROUNDED.get((change.old_type, change.new_type)) if turned and turned.loses_digits else None
    if rounded is None:
        return None
    actions = "a cast: every value is kept", "take a type that holds them, or say by an expression what becomes of them"
    return _Count(_where(rounded(column)), "{} values lose digits", actions)


def _as_real(column: Sql) -> Sql:
    return sql("{}::pg_catalog.float4::pg_catalog.float8 <> {}::pg_catalog.float8", column, column)


def _as_numeric(column: Sql) -> Sql:
    # infinity is no numeric before PostgreSQL 14
    return sql(
        "CASE WHEN {} IN ('infinity', '-infinity') THEN false ELSE {}::pg_catalog.numeric::pg_catalog.float4 <> {} END",
        column,
        column,
        column,
    )


_ROUNDED = {("integer", "real"): _as_real, ("real", "numeric"): _as_numeric}
