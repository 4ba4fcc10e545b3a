"""How copies stand, by the ledger's word."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from dw_migration.live.rows.chunks import Copies
from dw_migration.live.rows.rejects import Reject
from dw_migration.live.rows.side import Side
from dw_migration.resolutions.compiled import TablePlan
from dw_migration.resolutions.shape import TableName
from dw_migration.sql import Sql

_STANDING: LiteralString = """
SELECT coalesce(pg_catalog.sum(h.rows), 0)::int8,
       coalesce(pg_catalog.sum(h.rows) FILTER (WHERE h.copied_at >= %(since)s), 0)::int8,
       coalesce(pg_catalog.sum(h.bytes) FILTER (WHERE h.copied_at >= %(since)s), 0)::int8,
       pg_catalog.count(*) FILTER (WHERE h.copied_at >= %(since)s),
       coalesce(pg_catalog.array_agg(DISTINCT h.snapshot) FILTER (WHERE h.snapshot IS NOT NULL), '{}'),
       (SELECT pg_catalog.count(*) FROM dw_migration.reject r WHERE r.copy = %(copy)s AND r.state = 'rejected')
  FROM dw_migration.chunk h WHERE h.copy = %(copy)s
"""
_REJECTS: LiteralString = """
SELECT r.key, r.column_name, r.sha256, r.value, r.sqlstate, r.reason,
       c.old_schema, c.old_table, c.new_schema, c.new_table, r.at
  FROM dw_migration.reject r JOIN dw_migration.copy c ON c.id = r.copy
 WHERE c.place = %(place)s AND c.new_schema = ANY (%(schemas)s) AND c.state <> 'superseded' AND r.state = 'rejected'
 ORDER BY c.old_schema, c.old_table, r.number
 LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A copy, as far as it came."""

    rows: int
    """Of all its chunks that are copied."""
    now: int
    """Those of them that were copied since the moment that was asked for; likewise `bytes` and `chunks`."""
    bytes: int
    chunks: int
    snapshots: tuple[str, ...]
    """Those that its rows are from."""
    rejected: int


@dataclass(frozen=True, slots=True)
class RejectedRow(Reject):
    """A row that the target refused, as the ledger keeps it."""

    old: TableName
    new: TableName
    at: datetime


def clock(target: Side) -> datetime:
    """The moment, by the target's clock, by which the ledger goes."""
    ((now,),) = target.rows(Sql("SELECT pg_catalog.clock_timestamp()"))
    assert isinstance(now, datetime)  # noqa: S101 - psycopg's type for it
    return now


def standing(target: Side, place: str, plan: TablePlan, since: datetime) -> Standing | None:
    """How the copy under this very specification stands; None: there is none."""
    copy = Copies(target).find(place, plan)
    if copy is None:
        return None
    with target.told():
        ((rows, now, size, chunks, snapshots, rejected),) = target.session.execute(
            _STANDING, {"copy": copy.id, "since": since}
        )
    return Standing(rows, now, size, chunks, tuple(snapshots), rejected)


def rejected_rows(target: Side, place: str, schemas: list[str], *, limit: int = 1_000) -> Iterator[RejectedRow]:
    """The rows that copies from this place into these schemas still lack, the first of them; by table."""
    with target.told():
        found = target.session.execute(_REJECTS, {"place": place, "schemas": schemas, "limit": limit}).fetchall()
    for key, column, sha256, value, sqlstate, reason, *old, new_schema, new, at in found:
        yield RejectedRow(
            tuple(json.loads(key)), column, sha256, value, sqlstate, reason, (old[0], old[1]), (new_schema, new), at
        )
