"""The locks that a batch needs, taken before its first statement, all in one order.

Whoever changes several tables, one after another, keeps those who use the first ones waiting while he himself waits
for the last; and two who do so in other orders end in a deadlock.
"""

import time
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

import psycopg

from dw_migration.effects import Mode, Place, effect_of
from dw_migration.sql import Sql, identifier, sql

Connection = psycopg.Connection[tuple[Any, ...]]

_MODES = (Mode.SHARE, Mode.SRE, Mode.AE)
"""From the weakest to the strongest; a SHARE UPDATE EXCLUSIVE one is in no reader's or writer's way."""

# Somebody else's table can be referred to, and not be locked.
_OURS = """
select n.nspname::text, c.relname::text
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname = any(%s) and pg_catalog.pg_has_role(c.relowner, 'USAGE')
"""


def take_locks(
    connection: Connection,
    schemas: Collection[str],
    statements: Iterable[str],
    patience: timedelta,
    *,
    at_least: int = 2,
) -> int:
    """Lock what the statements lock of the tables that are there, if these are so many, by name: how many it locked.

    It waits no longer than `patience` for all of them together, and is to be tried again as a whole: raises
    psycopg.errors.LockNotAvailable. The transaction's own lock_timeout is `patience` afterwards.
    """
    ours = {Place(*row) for row in connection.execute(_OURS, (list(schemas),)).fetchall()}
    wanted = needed(statements, ours) if ours else {}
    if len(wanted) < at_least:
        return 0  # the statement itself waits for it with nothing in its hands
    deadline = time.monotonic() + patience.total_seconds()
    for place, mode in sorted(wanted.items()):
        _wait_at_most(connection, deadline - time.monotonic())
        table = identifier(place.schema, place.name)
        connection.execute(sql("LOCK TABLE {} IN {} MODE", table, Sql(mode.value)).text.encode())
    _wait_at_most(connection, patience.total_seconds())
    return len(wanted)


def needed(statements: Iterable[str], among: Collection[Place]) -> dict[Place, Mode]:
    """The strongest lock that the statements take on each of these tables, of those that somebody waits for."""
    found: dict[Place, Mode] = {}
    for text in statements:
        for place, mode in effect_of(text).locks:
            if place in among and mode in _MODES:
                found[place] = max(found.get(place, mode), mode, key=_MODES.index)
    return found


def _wait_at_most(connection: Connection, seconds: float) -> None:
    milliseconds = str(max(1, round(seconds * 1000)))
    connection.execute("SELECT pg_catalog.set_config('lock_timeout', %s, true)", (milliseconds,))
