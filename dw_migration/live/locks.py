"""One run a source: an advisory lock on the very connection that applies, and who is in the way of a table lock."""

import hashlib
import random
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from dw_migration.errors import Locked
from dw_migration.live.connections import translated

Connection = psycopg.Connection[tuple[Any, ...]]

LOCK_CLASS = 25719
"""First number of our advisory locks: "dw" in ASCII. The second is the source's, or 0 for the ledger itself."""

PATIENCE = timedelta(seconds=2)
"""How long a lock is waited for: a session whose client died may need a moment to end."""

_HOLDER = """
SELECT a.pid, coalesce(a.application_name, ''), a.backend_start, coalesce(a.state, '')
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_stat_activity a USING (pid)
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
   AND l.classid = %s::oid AND l.objid = %s::oid
"""

# Not their queries: literals in them can be values of rows.
_IN_THE_WAY = """
SELECT DISTINCT a.pid, coalesce(a.application_name, ''), coalesce(a.xact_start, a.backend_start), coalesce(a.state, '')
  FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_class c ON c.oid = l.relation
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_stat_activity a USING (pid)
 WHERE l.granted AND n.nspname = ANY (%s) AND l.pid <> pg_catalog.pg_backend_pid()
   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
 ORDER BY 3 LIMIT 5
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """A session that has what we want."""

    pid: int
    application_name: str
    since: datetime
    state: str

    def __str__(self) -> str:
        name = f" ({self.application_name})" if self.application_name else ""
        return f"pid {self.pid}{name}, {self.state or 'of another role'}, since {self.since:%Y-%m-%d %H:%M:%S} UTC"


def lock_number(source: str) -> int:
    """The source's number among our advisory locks, above 0; a rare collision only makes two sources take turns."""
    return int.from_bytes(hashlib.sha256(source.encode()).digest()[:4], "big") % (2**31 - 1) + 1


@contextmanager
def lock(connection: Connection, source: str, *, wait: timedelta = PATIENCE) -> Iterator[None]:
    """In the block nobody else plans or applies for the source; polled, since a waiter and a CONCURRENTLY build
    would wait for each other unseen.

    Raises: Locked, naming who holds it, if it is not free within `wait`.
    """
    acquire(connection, source, wait=wait)
    try:
        yield
    finally:
        _release(connection, source)


def acquire(connection: Connection, source: str, *, wait: timedelta = PATIENCE) -> None:
    """Take the lock until the session ends; see `lock`."""
    deadline, chances = time.monotonic() + wait.total_seconds(), 20
    while not _tried(connection, source):
        found = holders(connection, source)
        if time.monotonic() >= deadline and (found or chances <= 0):
            raise Locked(f"{source}: another run works on it: {_told(found)}: try again later")
        chances -= not found  # it has just ended: the lock is free, or the next one's
        time.sleep(random.uniform(0.05, 0.25))  # noqa: S311 - jitter, not a secret


def _tried(connection: Connection, source: str) -> bool:
    query = "SELECT pg_catalog.pg_try_advisory_lock(%s, %s), pg_catalog.pg_backend_pid()"
    with translated("target", connection):
        row = connection.execute(query, (LOCK_CLASS, lock_number(source))).fetchone()
    return bool(row and row[0])


def _release(connection: Connection, source: str) -> None:
    """Give it back; a lost session has given it back by itself, an aborted transaction is ended first."""
    if connection.closed or connection.broken:
        return
    try:
        if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            connection.rollback()
        connection.execute("SELECT pg_catalog.pg_advisory_unlock(%s, %s)", (LOCK_CLASS, lock_number(source)))
        if not connection.autocommit:
            connection.rollback()
    except psycopg.Error:
        connection.close()  # the server gives it back with the session


def holds(connection: Connection, source: str) -> bool:
    """Whether this very session holds the source's lock, by the server's own word."""
    query = _HOLDER + " AND l.pid = pg_catalog.pg_backend_pid()"
    with translated("target", connection):
        return bool(connection.execute(query, (LOCK_CLASS, lock_number(source))).fetchall())


def check_held(connection: Connection, source: str) -> None:
    """Nothing, if this session holds the lock. Raises: Locked: what was done since is not committed."""
    if not holds(connection, source):
        raise Locked(f"{source}: the lock of this run was lost; nothing more is committed: run it again")


def holders(connection: Connection, source: str) -> tuple[Holder, ...]:
    """Who holds the source's lock."""
    with translated("target", connection):
        rows = connection.execute(_HOLDER, (LOCK_CLASS, lock_number(source))).fetchall()
    return tuple(Holder(*row) for row in rows)


def in_the_way(connection: Connection, schemas: Collection[str]) -> tuple[Holder, ...]:
    """Sessions with locks on relations of these schemas, the oldest first."""
    with translated("target", connection):
        return tuple(Holder(*row) for row in connection.execute(_IN_THE_WAY, (list(schemas),)).fetchall())


def lock_room(connection: Connection) -> int:
    """Half of what the target's lock table holds: more locks than that a transaction of ours never takes."""
    row = connection.execute(
        "select pg_catalog.current_setting('max_locks_per_transaction')::int"
        " * (pg_catalog.current_setting('max_connections')::int"
        " + pg_catalog.current_setting('max_prepared_transactions')::int)"
    ).fetchone()
    return int(row[0]) // 2 if row else 3_000


def _told(found: tuple[Holder, ...]) -> str:
    return "; ".join(map(str, found)) or "it has just ended"
