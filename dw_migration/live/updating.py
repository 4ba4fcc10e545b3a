"""An UPDATE in batches by key with a commit between, for hand-written revisions: killed anywhere, it goes on there."""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import LiteralString

import psycopg

from dw_migration.errors import BadConfig
from dw_migration.hand_written import columns_set, is_update
from dw_migration.live.attempts import RETRIED, execute, kept_out
from dw_migration.live.by_hand import Way, way_now
from dw_migration.live.connections import translated, translation
from dw_migration.live.portions import ROWS, Portions
from dw_migration.revision import one_line
from dw_migration.sql import deparsed, identifier, sql

_log = logging.getLogger("alembic.batches")
"""Below `alembic`, whose messages a workspace's alembic.ini shows."""

_TABLE: LiteralString = """
SELECT n.nspname, c.relname, ARRAY(
       SELECT a.attname FROM pg_catalog.pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY k (number, at)
         JOIN pg_catalog.pg_attribute a ON a.attnum = k.number
        WHERE i.indrelid = c.oid AND a.attrelid = c.oid AND i.indisprimary AND k.at <= i.indnkeyatts ORDER BY k.at)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.oid = pg_catalog.to_regclass(%s) AND c.relkind IN ('r', 'p')
"""
_UNIQUE: LiteralString = """
SELECT FROM pg_catalog.pg_index i
 WHERE i.indrelid = pg_catalog.to_regclass(%s) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
   AND ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (number, at)
               JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND a.attnotnull
              WHERE k.at <= i.indnkeyatts ORDER BY k.at) = %s::text[]
"""


@dataclass(frozen=True, slots=True)
class Updated:
    """How far an update is."""

    table: str
    rows: int
    """That were changed, by former runs too."""
    batches: int
    """That are committed."""
    done: bool


def update(
    table: str,
    values: str,
    *,
    where: str = "true",
    key: str | Sequence[str] = (),
    rows: int = ROWS,
    progress: Callable[[Updated], None] | None = None,
) -> int:
    """How many rows were changed: `UPDATE table SET values WHERE where`, so many rows of the table at a time.

    key: the columns that it goes along, which a unique index holds and that are NOT NULL; default: the primary key.
    Each batch is a transaction with a mark in the ledger; a run that was stopped goes on behind the last one, and each
    row is changed once. Rows with a key beyond the last of when it began are not looked at; nor are those that come
    in behind it. Locks: ROW EXCLUSIVE on the table, the rows of a batch until its commit; a lock that is not given
    within `policy.lock_timeout` is tried for again for `policy.lock_budget`. Raises: BadConfig, BrokenHistory, Locked,
    ServerError, NoConnection.
    """
    way = way_now()
    told = json.dumps([table, values, where, key])
    mark = way.next_mark(hashlib.sha256(told.encode()).hexdigest())
    if mark.is_done:
        return int(mark.held["rows"])
    if rows < 1:
        raise BadConfig(f"batches.update: found rows={rows}; expected 1 or more")
    if not is_update(values, where):
        raise BadConfig("batches.update: expected what stands behind SET, and behind WHERE, of one UPDATE")
    place, keys = _place(way, table, (key,) if isinstance(key, str) else tuple(key))
    if moved := sorted(columns_set(values) & set(keys)):
        raise BadConfig(
            f"batches.update: sets {', '.join(map(one_line, moved))}, which it goes along, and a row that moves is "
            f"met again: name another unique index by key=, or use batches.execute"
        )
    way.check()
    way.commit()  # what batches.execute did: an attempt that is rolled back must not undo it

    def tell() -> None:
        found = Updated(table, int(mark.held["rows"]), int(mark.held["batches"]), mark.is_done)
        _log.info("%s: %s: %s rows changed in %s batches", way.source, one_line(table), found.rows, found.batches)
        if progress is not None:
            progress(found)

    Portions(
        way.connection,
        place,
        keys,
        sql("UPDATE {} SET {}\n WHERE ({}\n)", identifier(*place), deparsed(values), deparsed(where)).text,
        rows,
        {},
        way.lock_timeout,
        way.lock_budget,
        way.check,
        way.commit,
        lambda error: _fault(way, place, error),
    ).run(mark, tell)
    return int(mark.held["rows"])


def execute_once(statement: str) -> None:
    """Run one statement to the letter; a run that goes on after a batch was committed passes over it.

    It is committed with the next batch of an `update`, or with the revision. Raises: as `update`.
    """
    way = way_now()
    mark = way.next_mark(hashlib.sha256(statement.encode()).hexdigest())
    if mark.is_done:
        return
    with translated(f"{way.source}: {way.revision}", way.connection):
        execute(way.connection, statement)
    mark.write(is_done=True)


def _place(way: Way, table: str, asked: tuple[str, ...]) -> tuple[tuple[str, str], tuple[str, ...]]:
    """Schema and name of the table, and the columns to go along. Raises: BadConfig."""
    with translated("target", way.connection):
        row = way.connection.execute(_TABLE, (table,)).fetchone()
        if row is None:
            raise BadConfig(f"batches.update: there is no table {one_line(table)} in the target")
        if asked and not way.connection.execute(_UNIQUE, (table, list(asked))).rowcount:
            raise BadConfig(
                f"batches.update: no unique index of {one_line(table)} is on {', '.join(map(one_line, asked))}, all of "
                f"them NOT NULL: name the columns of one that is"
            )
    schema, name, primary = row
    if not (asked or primary):
        raise BadConfig(f"batches.update: {one_line(table)} has no primary key: say key=, columns of a unique index")
    return (schema, name), asked or tuple(primary)


def _fault(way: Way, place: tuple[str, str], error: psycopg.Error) -> Exception:
    where = f"{way.source}: {way.revision}, update of {identifier(*place)}"
    ours = translation(error, where, way.connection)
    if way.connection.broken or error.sqlstate not in RETRIED:
        return ours
    return kept_out(ours, way.connection, [place[0]], way.lock_budget, error.sqlstate)
