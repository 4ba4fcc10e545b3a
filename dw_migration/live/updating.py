"""An UPDATE in batches by key with a commit between, for hand-written revisions: killed anywhere, it goes on there."""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from dw_migration.errors import BadConfig
from dw_migration.hand_written import columns_set, is_update
from dw_migration.live.batches import RETRIED, Pauses, execute, kept_out, set_session
from dw_migration.live.by_hand import Mark, Way, way_now
from dw_migration.live.connections import translated, translation
from dw_migration.live.stop import stoppable
from dw_migration.revision import one_line
from dw_migration.sql import Sql, deparsed, identifier, joined, names, sql

ROWS = 10_000
_log = logging.getLogger("alembic.batches")
"""Below `alembic`, whose messages a workspace's alembic.ini shows."""

_SETTINGS = {"statement_timeout": "0", "TimeZone": "UTC", "DateStyle": "ISO", "extra_float_digits": "1"}
"""So that a key's value is the same text in each run."""

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
    work = _Work(way, place, keys, values, where, rows)
    way.check()
    way.commit()  # what batches.execute did: an attempt that is rolled back must not undo it
    if not mark.held:
        _in_transaction(work, mark, _begin)
    while not mark.is_done:
        _in_transaction(work, mark, _next)
        found = Updated(table, int(mark.held["rows"]), int(mark.held["batches"]), mark.is_done)
        _log.info("%s: %s: %s rows changed in %s batches", way.source, one_line(table), found.rows, found.batches)
        if progress is not None:
            progress(found)
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


# --- one batch after another ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Work:
    way: Way
    place: tuple[str, str]
    keys: tuple[str, ...]
    values: str
    where: str
    rows: int

    @property
    def connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        return self.way.connection

    @property
    def table(self) -> Sql:
        return identifier(*self.place)

    @property
    def key(self) -> Sql:
        return sql("({})", names(self.keys))

    @property
    def order(self) -> Sql:
        """The key's columns of `r`."""
        return joined(sql("r.{}", identifier(each)) for each in self.keys)

    def last_of(self, rows: Sql) -> Sql:
        """The key of the last of these rows, as texts: behind ORDER BY `id` alone would be the text of that name."""
        texts = joined(sql("r.{}::text", identifier(each)) for each in self.keys)
        backwards = joined(sql("r.{} DESC", identifier(each)) for each in self.keys)
        return sql("SELECT {} FROM {} AS r ORDER BY {} LIMIT 1", texts, rows, backwards)


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


def _in_transaction(work: _Work, mark: Mark, act: Callable[[_Work, Mark], None]) -> None:
    """Do and commit it; where a lock is in the way it is tried again for a while."""
    way, connection, pauses = work.way, work.connection, Pauses(work.way.lock_budget)
    before = mark.held
    while True:
        mark.held = before  # an attempt that was rolled back has not moved it
        try:
            settings = _SETTINGS | {"lock_timeout": str(max(1, round(way.lock_timeout.total_seconds() * 1000)))}
            set_session(connection, settings, for_transaction=True)
            act(work, mark)
            way.check()
            way.commit()
        except psycopg.Error as error:
            where = f"{way.source}: {way.revision}, update of {work.table}"
            if connection.broken:
                raise translation(error, where, connection) from None
            connection.rollback()
            if error.sqlstate in RETRIED and pauses.another():
                continue
            raise _failure(work, where, error) from None
        else:
            return


def _failure(work: _Work, where: str, error: psycopg.Error) -> Exception:
    ours = translation(error, where, work.connection)
    if error.sqlstate not in RETRIED:
        return ours
    return kept_out(ours, work.connection, [work.place[0]], work.way.lock_budget, error.sqlstate)


def _begin(work: _Work, mark: Mark) -> None:
    """Note the last key, behind which nothing is looked at: a table that grows all the while would have no end."""
    last = _row(work, work.last_of(work.table))
    mark.write(is_done=last is None, batches=0, rows=0, after=None, until=last)


def _next(work: _Work, mark: Mark) -> None:
    """Change the next rows, and note how far it is."""
    after, until = mark.held["after"], mark.held["until"]
    ahead = [sql("{} <= {}", work.key, _literals(until))]
    if after is not None:
        ahead.append(sql("{} > {}", work.key, _literals(after)))
    rows = sql(
        "(SELECT {} FROM {} AS r WHERE {} ORDER BY {} LIMIT {})",
        names(work.keys),
        work.table,
        joined(ahead, " AND "),
        work.order,
        work.rows,
    )
    upto = _row(work, work.last_of(rows))
    if upto is None:
        mark.write(is_done=True)
        return
    ahead[0] = sql("{} <= {}", work.key, _literals(upto))
    change = sql(
        "UPDATE {} SET {}\n WHERE {} AND ({}\n)",
        work.table,
        deparsed(work.values),
        joined(ahead, " AND "),
        deparsed(work.where),
    )
    with stoppable(work.connection):
        changed = work.connection.execute(change.text.encode(), binary=True).rowcount
    held = mark.held
    mark.write(is_done=upto == until, after=upto, batches=held["batches"] + 1, rows=held["rows"] + changed)


def _row(work: _Work, query: Sql) -> list[str] | None:
    with stoppable(work.connection):
        row = work.connection.execute(query.text.encode()).fetchone()
    return None if row is None else list(row)


def _literals(values: Sequence[str]) -> Sql:
    """A row of values without types: PostgreSQL reads each as the column's."""
    return sql("({})", joined(sql("{}", each) for each in values))
