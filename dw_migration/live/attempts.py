"""Attempts at something that takes locks: what is worth another one, the pauses between, and who was in the way."""

import random
import time
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import psycopg

from dw_migration.errors import DwMigrationError, ServerError
from dw_migration.live.locks import Holder, in_the_way
from dw_migration.live.stop import stoppable

Connection = psycopg.Connection[tuple[Any, ...]]

RETRIED = frozenset({"55P03", "40P01", "40001"})
"""Lock not available, deadlock, serialization failure: another moment may be better."""
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


def execute(connection: Connection, text: str) -> None:
    """Run one statement verbatim; `binary` means the extended protocol, which refuses a second one behind a `;`."""
    with stoppable(connection):
        connection.execute(text.encode(), binary=True)


def set_session(connection: Connection, settings: dict[str, str], *, for_transaction: bool) -> None:
    """Set them until the session ends, or the transaction."""
    for name, value in settings.items():
        connection.execute("SELECT pg_catalog.set_config(%s, %s, %s)", (name, value, for_transaction))


class Pauses:
    """Pauses between attempts, with full jitter, as long as the budget lasts."""

    def __init__(self, budget: timedelta) -> None:
        self.deadline = time.monotonic() + budget.total_seconds()
        self.longest = _FIRST_PAUSE

    def another(self) -> bool:
        """Whether there is time for another attempt: then it has waited for it."""
        pause = random.uniform(0, self.longest)  # noqa: S311 - jitter, not a secret
        self.longest = min(_LONGEST_PAUSE, self.longest * 2)
        if time.monotonic() + pause >= self.deadline:
            return False
        time.sleep(pause)
        return True


def kept_out(
    ours: DwMigrationError, connection: Connection, schemas: Collection[str], budget: timedelta, sqlstate: str | None
) -> ServerError:
    """The error of the last attempt, with how long it was tried, and who is in the way."""
    told = "; ".join(map(str, now_in_the_way(connection, schemas))) or "nobody any more"
    return ServerError(f"{ours}: tried for {budget.total_seconds():.0f} s; in the way: {told}", sqlstate=sqlstate)


def now_in_the_way(connection: Connection, schemas: Collection[str]) -> tuple[Holder, ...]:
    """Sessions with locks on relations of these schemas; the transaction, which failed, ends."""
    found = in_the_way(connection, schemas)
    connection.rollback()
    return found
