"""How far the rows of a source are, told in a run's log every few seconds, however many chunks go by meanwhile."""

import threading
import time
from collections.abc import Callable

from dw_migration.migrate.rows.outcome import Underway
from dw_migration.orchestration.metadata import inert

EVERY = 5.0
"""Seconds. Dagster keeps each line for ever, and takes up to 80 ms to write it."""


class Progress:
    """Watches a copy; the tables that are under way at the time share one line."""

    def __init__(
        self,
        source: str,
        tell: Callable[[str], None],
        *,
        every: float = EVERY,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`tell`: writes a line; it is called by the thread that copies."""
        self._source, self._tell, self._every, self._now = source, tell, every, now
        self._guard = threading.Lock()
        self._tables: dict[str, Underway] = {}
        self._next = now() + every

    def __call__(self, underway: Underway) -> None:
        """Take note, and tell it if it is time."""
        with self._guard:
            self._tables[underway.table] = underway
            if self._now() < self._next:
                return
            self._next = self._now() + self._every
            told = self._line()
        self._tell(told)

    def _line(self) -> str:
        tables = self._tables.values()
        done = sum(each.is_done for each in tables)
        moving = "; ".join(map(_told, (each for each in tables if not each.is_done)))
        rows = f"{sum(each.rows for each in tables):,} rows, {done} {'table' if done == 1 else 'tables'} done"
        return f"{self._source}: {rows}{': ' if moving else ''}{moving}"


def _told(table: Underway) -> str:
    """`orders 30 % of about 4,000,000 rows, 210,000 a second, about 13 s left`."""
    rate = table.rows / table.seconds if table.seconds > 0 else 0.0
    left = table.expected - table.rows
    said = f"{inert(table.table)} {_share(table)}, {rate:,.0f} a second"
    return f"{said}, about {left / rate:,.0f} s left" if rate and left > 0 else said


def _share(table: Underway) -> str:
    """How much of it is there. An estimate may be too low."""
    if table.expected <= 0 or table.rows > table.expected:
        return f"{table.rows:,} rows"
    return f"{table.rows / table.expected:.0%} of about {table.expected:,} rows".replace("%", " %", 1)
