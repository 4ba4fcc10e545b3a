"""Whether rows arrived as they left: their number, and the sum of their hashes, which both servers compute alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from dw_migration.errors import ServerError
from dw_migration.live.rows.side import Side
from dw_migration.resolutions.compiled import CompiledColumn, Range, TablePlan
from dw_migration.sql import Sql, deparsed, identifier, joined, sql


class RowHash(StrEnum):
    """How a row is hashed. PostgreSQL promises the first two across no versions, so both servers are asked."""

    RECORD = "record"
    """Over the values in their binary form; since PostgreSQL 14, and the cheapest by half."""
    TEXT = "text"
    """Over the row as text."""
    SHA256 = "sha256"
    """Over the row as UTF-8; the same wherever a value's text is. Not md5, which FIPS forbids."""


@dataclass(frozen=True, slots=True)
class Digest:
    """Some rows, whatever their order. Sums, since an exclusive or would miss a pair of equal rows."""

    rows: int = 0
    hash: int = 0

    def __add__(self, other: Self) -> "Digest":
        return Digest(self.rows + other.rows, self.hash + other.hash)

    def __sub__(self, other: Self) -> "Digest":
        return Digest(self.rows - other.rows, self.hash - other.hash)


_RECORDS_SINCE = 140000
_NO_SUCH_FUNCTION = "42883"
# One value of each family that has a binary form of its own. ASCII alone: the encodings are compared by themselves.
_PROBE = Sql(
    "1::int2, 2::int4, -3::int8, 1.50::numeric, 1.5::float4, 'NaN'::float8, true, 'a'::text, 'b'::varchar, 'c'::bpchar,"
    " '2020-02-29 12:00:00.5'::timestamp, '2020-02-29 12:00:00+00'::timestamptz, '4713-01-01 BC'::date, '12:30'::time,"
    " '1 mon 2 days'::interval, '00'::bytea, '{1,NULL}'::int4[], '{a}'::text[], '{\"a\": 1}'::jsonb, NULL::int4,"
    " '00000000-0000-0000-0000-000000000001'::uuid, '10.0.0.1'::inet, '[1,2)'::int4range"
)


def common_hashes(source: Side, target: Side) -> tuple[RowHash, ...]:
    """The forms that give the same on both servers, the cheapest first."""
    forms = [form for form in _possible(source, target) if _probed(source, form) == _probed(target, form)]
    return (*forms, RowHash.SHA256)


def table_hash(target: Side, plan: TablePlan, common: Sequence[RowHash]) -> RowHash:
    """The first of these that can hash the table's columns: of some types, as of bit, PostgreSQL has no hash."""
    nulls = joined(_as_hashed(sql("NULL::{}", deparsed(each.type)), each) for each in _hashed(plan) if not each.is_text)
    try:
        target.rows(sql("SELECT {}", _hash(common[0], nulls)))
    except ServerError as error:
        if error.sqlstate != _NO_SUCH_FUNCTION:
            raise
        return common[1]
    return common[0]


def _possible(source: Side, target: Side) -> tuple[RowHash, ...]:
    """By versions, and by encodings, of which the first two hash the bytes."""
    sessions = source.session.info, target.session.info
    if len({each.parameter_status("server_encoding") for each in sessions}) > 1:
        return ()
    old = min(each.server_version for each in sessions) < _RECORDS_SINCE
    return (RowHash.TEXT,) if old else (RowHash.RECORD, RowHash.TEXT)


def _probed(side: Side, form: RowHash) -> list[tuple[Any, ...]]:
    return side.rows(sql("SELECT {}", _hash(form, _PROBE)))


def source_digest(source: Side, plan: TablePlan, form: RowHash, chunk: Range | None) -> Digest:
    """Of the rows as they are to arrive, but for what only the target looks up. Raises: Refused."""
    return _digest(source, source_row_hash(plan, form), sql("{}{}", plan.rows, plan.where(chunk)))


def target_digest(target: Side, plan: TablePlan, form: RowHash, rows: Sql) -> Digest:
    """Of the new table's rows; `rows` is what stands behind FROM, with the new table as `n`."""
    return _digest(target, target_row_hash(plan, form), rows)


def source_row_hash(plan: TablePlan, form: RowHash) -> Sql:
    """The hash of one row at the source, over what stands behind the plan's FROM."""
    return _hash(form, joined(_as_hashed(each.expression, each) for each in _hashed(plan)))


def target_row_hash(plan: TablePlan, form: RowHash) -> Sql:
    """The hash of the same row in the target, over the new table as `n`."""
    return _hash(form, joined(_as_hashed(sql("n.{}", identifier(each.name)), each) for each in _hashed(plan)))


def _digest(side: Side, row_hash: Sql, rows: Sql) -> Digest:
    query = sql("SELECT pg_catalog.count(*), coalesce(pg_catalog.sum({}), 0)::text FROM {}", row_hash, rows)
    ((count, total),) = side.rows(query)
    return Digest(count, int(total))


def _hashed(plan: TablePlan) -> list[CompiledColumn]:
    looked_up = {each.column for each in plan.staged}
    return [each for each in plan.columns if each.name not in looked_up]


def _as_hashed(value: Sql, column: CompiledColumn) -> Sql:
    return sql("({})::pg_catalog.text", value) if column.is_text else value


def _hash(form: RowHash, values: Sql) -> Sql:
    if form is RowHash.RECORD:
        return sql("pg_catalog.hash_record_extended(ROW({}), 0)", values)
    text = sql("ROW({})::pg_catalog.text", values)
    if form is RowHash.TEXT:
        return sql("pg_catalog.hashtextextended({}, 0)", text)
    sha256 = sql("pg_catalog.sha256(pg_catalog.convert_to({}, 'UTF8'))", text)
    return sql("('x' || pg_catalog.left(pg_catalog.encode({}, 'hex'), 16))::bit(64)::bigint", sha256)
