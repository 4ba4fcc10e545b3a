"""An UPDATE a portion of the table at a time, along a key, with a commit and a mark behind each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, LiteralString, Protocol

import psycopg

from dw_migration.errors import DwMigrationError
from dw_migration.live.attempts import RETRIED, Pauses, set_session
from dw_migration.live.stop import stoppable
from dw_migration.sql import Sql, deparsed, identifier, joined, names, sql

ROWS = 10_000
"""Of a portion."""
_ROWS_OF_A_BLOCK = 50
"""About so many; where there is no key to go along, a portion is of blocks."""
_SETTINGS = {"statement_timeout": "0", "TimeZone": "UTC", "DateStyle": "ISO", "extra_float_digits": "1"}
"""So that a key's value is the same text in each run."""

_BLOCKS: LiteralString = """
WITH RECURSIVE tree AS (
    SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = %s AND c.relname = %s
    UNION SELECT i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid
)
SELECT coalesce(pg_catalog.max(pg_catalog.pg_relation_size(c.oid)
                               / pg_catalog.current_setting('block_size')::int8), 0)::text
  FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid WHERE c.relkind = 'r'
"""


_KEY: LiteralString = """
SELECT k.names
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL (
       SELECT ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (number, at)
                      JOIN pg_catalog.pg_attribute a
                        ON a.attrelid = i.indrelid AND a.attnum = k.number AND a.attnotnull
                     WHERE k.at <= i.indnkeyatts ORDER BY k.at)) k (names)
 WHERE n.nspname = %s AND c.relname = %s AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL
   AND pg_catalog.cardinality(k.names) = i.indnkeyatts
 ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1
"""


def key_of(connection: psycopg.Connection[tuple[Any, ...]], place: tuple[str, str]) -> tuple[str, ...]:
    """The columns of the table's primary key; else of a unique index, all of them NOT NULL; else none."""
    row = connection.execute(_KEY, place).fetchone()
    return tuple(row[0]) if row else ()


class Progress(Protocol):
    """A mark of how far it is, in the ledger."""

    is_done: bool
    held: dict[str, Any]
    """`rows` that were changed, and `batches` that are committed, by former runs too; the rest is the engine's own."""

    def write(self, *, is_done: bool = False, **held: Any) -> None:
        """Note it, in the transaction that did it."""


@dataclass(frozen=True, slots=True)
class Portions:
    """The work: which statement, along what, and on which terms."""

    connection: psycopg.Connection[tuple[Any, ...]]
    place: tuple[str, str]
    """Schema and name of the table."""
    keys: tuple[str, ...]
    """The columns to go along, none of them NULL; none: along the blocks of its file, and of its heirs' files."""
    statement: str
    """The whole UPDATE; what stands behind its WHERE takes an ` AND ...` behind it."""
    rows: int
    settings: Mapping[str, str]
    """Of each transaction."""
    lock_timeout: timedelta
    lock_budget: timedelta
    check: Callable[[], None]
    """What must hold still before a commit."""
    commit: Callable[[], None]
    fault: Callable[[psycopg.Error], Exception]
    """Our error; the transaction is rolled back, if it can be."""
    retried: Callable[[], None] = lambda: None
    """Called before another attempt."""

    def run(self, mark: Progress, told: Callable[[], None] = lambda: None) -> None:
        """Go on until the mark says that it is done; `told` is called behind each portion.

        It goes as far as the last key of when it began: a table that grows all the while would have no end. Locks: ROW
        EXCLUSIVE on the table, the rows of a portion until its commit; a lock that is not given within `lock_timeout`
        is tried for again for `lock_budget`. Raises: what `check` and `fault` give.
        """
        along = _AlongKey(self) if self.keys else _AlongBlocks(self)
        if not mark.held:
            self._in_transaction(mark, lambda: _begin(along, mark))
        while not mark.is_done:
            self._in_transaction(mark, lambda: self._next(along, mark))
            told()

    def _in_transaction(self, mark: Progress, act: Callable[[], None]) -> None:
        """Do and commit it; where a lock is in the way it is tried again for a while."""
        pauses, before = Pauses(self.lock_budget), mark.held
        milliseconds = str(max(1, round(self.lock_timeout.total_seconds() * 1000)))
        while True:
            mark.held, mark.is_done = before, False  # an attempt that was rolled back has not moved it
            try:
                settings = {**self.settings, **_SETTINGS, "lock_timeout": milliseconds}
                set_session(self.connection, settings, for_transaction=True)
                act()
                self.check()
                self.commit()
            except DwMigrationError:
                if not self.connection.closed:
                    self.connection.rollback()
                raise
            except psycopg.Error as error:
                if self.connection.broken:
                    raise self.fault(error) from None
                self.connection.rollback()
                if error.sqlstate in RETRIED:
                    self.retried()
                    if pauses.another():
                        continue
                raise self.fault(error) from None
            else:
                return

    def _next(self, along: "_AlongKey | _AlongBlocks", mark: Progress) -> None:
        """Change the next rows, and note how far it is."""
        after, until = mark.held["after"], mark.held["until"]
        upto = along.upto(after, until)
        if upto is None:
            mark.write(is_done=True)
            return
        change = sql("{} AND {}", deparsed(self.statement), along.between(after, upto))
        with stoppable(self.connection):
            changed = self.connection.execute(change.text.encode(), binary=True).rowcount
        held = mark.held
        mark.write(is_done=upto == until, after=upto, batches=held["batches"] + 1, rows=held["rows"] + changed)

    def first(self, query: str, *values: object) -> list[str] | None:
        """The first row, all texts; None where there is none."""
        with stoppable(self.connection):
            row = self.connection.execute(query.encode(), values or None).fetchone()
        return None if row is None else list(row)


def _begin(along: "_AlongKey | _AlongBlocks", mark: Progress) -> None:
    """Note the last key, behind which nothing is looked at."""
    last = along.last()
    mark.write(is_done=last is None, batches=0, rows=0, after=None, until=last)


@dataclass(frozen=True, slots=True)
class _AlongKey:
    work: Portions

    @property
    def key(self) -> Sql:
        return sql("({})", names(self.work.keys))

    def last(self, rows: Sql | None = None) -> list[str] | None:
        """The key of the last of these rows, as texts: behind ORDER BY `id` alone would be the text of that name."""
        texts = joined(sql("r.{}::text", identifier(each)) for each in self.work.keys)
        backwards = joined(sql("r.{} DESC", identifier(each)) for each in self.work.keys)
        of = rows or identifier(*self.work.place)
        return self.work.first(sql("SELECT {} FROM {} AS r ORDER BY {} LIMIT 1", texts, of, backwards).text)

    def upto(self, after: Sequence[str] | None, until: Sequence[str]) -> list[str] | None:
        rows = sql(
            "(SELECT {} FROM {} AS r WHERE {} ORDER BY {} LIMIT {})",
            names(self.work.keys),
            identifier(*self.work.place),
            self.between(after, until),
            joined(sql("r.{}", identifier(each)) for each in self.work.keys),
            self.work.rows,
        )
        return self.last(rows)

    def between(self, after: Sequence[str] | None, upto: Sequence[str]) -> Sql:
        """Behind the one, up to the other: rows of values without types, which PostgreSQL reads as the columns'."""
        ahead = [sql("{} <= {}", self.key, _literals(upto))]
        if after is not None:
            ahead.append(sql("{} > {}", self.key, _literals(after)))
        return joined(ahead, " AND ")


@dataclass(frozen=True, slots=True)
class _AlongBlocks:
    """A row that moves meanwhile may be met again, or not at all: for what the statement itself tells as done."""

    work: Portions

    def last(self) -> list[str] | None:
        """How many blocks the largest of the files has."""
        found = self.work.first(_BLOCKS, *self.work.place)
        return None if found == ["0"] else found

    def upto(self, after: Sequence[str] | None, until: Sequence[str]) -> list[str] | None:
        done, last = int(after[0]) if after else 0, int(until[0])
        return None if done >= last else [str(min(last, done + max(1, self.work.rows // _ROWS_OF_A_BLOCK)))]

    def between(self, after: Sequence[str] | None, upto: Sequence[str]) -> Sql:
        first, last = (f"({each[0]},0)" for each in (after or ["0"], upto))
        return sql("ctid >= {}::pg_catalog.tid AND ctid < {}::pg_catalog.tid", first, last)


def _literals(values: Sequence[str]) -> Sql:
    return sql("({})", joined(sql("{}", each) for each in values))
