"""Rows from a COPY at one server into a COPY at another, as bytes that nobody looks into.

Source: https://www.postgresql.org/docs/current/libpq-copy.html
"""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from psycopg.pq import __impl__

from dw_migration.errors import DwMigrationError, NotConverged, ServerError, Unsupported
from dw_migration.live.rows.ends import SourceEnd, TargetEnd
from dw_migration.live.rows.frames import FrameSource, FrameTarget, can_hand_on
from dw_migration.live.rows.side import Side
from dw_migration.live.stop import stoppable
from dw_migration.sql import Sql, sql

BUFFER = 256 * 1024
"""Bytes that are written at once: PostgreSQL sends a message a row, which by itself costs more than its bytes."""
_SMALLEST_BUFFER = 8 * 1024

Moved = Callable[[int, int], None]
"""Told of rows and bytes, since it was told before."""


class Rate:
    """No more than so many bytes a second, whatever the number of threads that take from it."""

    def __init__(self, bytes_a_second: int) -> None:
        self._rate = bytes_a_second
        self._guard = threading.Lock()
        self._free_at = 0.0

    @property
    def block(self) -> int:
        """Bytes of which four or more fit into a second."""
        return min(BUFFER, max(_SMALLEST_BUFFER, self._rate // 4))

    def take(self, size: int) -> None:
        """Return when so many bytes had their time."""
        with self._guard:
            self._free_at = max(self._free_at, time.monotonic()) + size / self._rate
            pause = self._free_at - time.monotonic()
        time.sleep(max(0.0, pause))


@dataclass(frozen=True, slots=True)
class Pumped:
    """What went over."""

    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Pipe:
    """What both ends are told, and how the bytes between them are watched."""

    select: Sql
    into: Sql
    """A table, as it stands behind COPY: `shop.orders`."""
    columns: Sql
    """Of the table, as it stands behind its name."""
    form: Literal["binary", "text"]
    written: Collection[str] = ()
    """The columns' names: one of them may be told as the one whose value was refused."""
    most: int | None = None
    """Rows that the source counted before; one that sends more is not believed."""
    rate: Rate | None = None
    moved: Moved | None = None

    @property
    def out(self) -> Sql:
        """What the source is told."""
        return sql("COPY ({}) TO STDOUT (FORMAT {})", self.select, Sql(self.form))

    @property
    def back_in(self) -> Sql:
        """What the target is told."""
        return sql("COPY {} ({}) FROM STDIN (FORMAT {})", self.into, self.columns, Sql(self.form))


def pump(source: Side, target: Side, pipe: Pipe) -> Pumped:
    """What went over, inside the transactions that the caller has opened and will commit; all of it, or an error.

    After an error a session is closed, or its transaction can only be rolled back (to a savepoint). Memory: a few
    times the buffer; under TLS or GSSAPI the largest row too. Waits in steps, so that Ctrl-C and a stop get through,
    and never longer for a row (or as much of a large one as the buffer holds) than the source session's `patience`.
    Raises: Refused, ServerError, NotAllowed, NoConnection, NotConverged, Unsupported.
    """
    _check_implementation()
    try:
        sending, receiving = _ends(source, target, pipe.written)
        with target.told(), stoppable(source.session), stoppable(target.session), sending, receiving:
            return _pumped(sending, receiving, pipe)
    finally:
        source.close_unless_settled()
        target.close_unless_settled()


def _check_implementation() -> None:
    if __impl__ == "python":
        raise Unsupported(
            "psycopg runs as pure Python, which takes five times the CPU a row: install psycopg[binary] (or [c]), and "
            "do not set PSYCOPG_IMPL"
        )


def _ends(source: Side, target: Side, written: Collection[str]) -> tuple[SourceEnd, TargetEnd]:
    if can_hand_on(source, target):
        return FrameSource(source), FrameTarget(target, written)
    return SourceEnd(source), TargetEnd(target, written)


def _pumped(source: SourceEnd, target: TargetEnd, pipe: Pipe) -> Pumped:
    target.begin(pipe.back_in)
    try:
        source.begin(pipe.out)
        size = _moved(source, target, pipe)
        sent = source.end()  # only here it says whether that was all
    except DwMigrationError:
        if source.is_inside_row:
            target.side.session.close()  # it takes whatever comes for the rest of the row
        else:
            target.abandon()
        raise
    received = target.end()
    if sent != received:
        raise NotConverged(
            f"{source.side.where} says that it sent {sent} rows, and {target.side.where} that it took {received}: "
            f"nothing of them was kept: a trigger in the target leaves rows out, or something in between changes them"
        )
    return Pumped(received, size)


def _moved(source: SourceEnd, target: TargetEnd, pipe: Pipe) -> int:
    """How many bytes, the format's own among them."""
    rows = size = 0
    beside = int(pipe.form == "binary")  # whose end is a message of its own
    for block in source.blocks(pipe.rate.block if pipe.rate else BUFFER, beside=beside):
        rows, size = rows + block.rows, size + block.size
        if pipe.most is not None and rows > pipe.most + beside:
            raise ServerError(
                f"{source.side.where}: the server counted {pipe.most} rows, and sends more: nothing of them was kept: "
                f"check what answers there"
            )
        target.put(block)
        if pipe.rate:
            pipe.rate.take(block.size)
        if pipe.moved:
            pipe.moved(block.rows, block.size)
    return size
