"""Rows from a COPY at one server into a COPY at another, as bytes that nobody looks into.

Source: https://www.postgresql.org/docs/current/libpq-copy.html
"""

import select
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, __impl__
from psycopg.pq.abc import PGresult

from dw_migration.errors import DwMigrationError, NoConnection, NotConverged, ServerError, Unsupported
from dw_migration.live.connections import SourceSession
from dw_migration.live.rows.side import Side
from dw_migration.live.stop import stoppable
from dw_migration.sql import Sql, sql

BUFFER = 256 * 1024
"""Bytes that are written at once: PostgreSQL sends a message a row, which by itself costs more than its bytes."""
_SMALLEST_BUFFER = 8 * 1024
_STEP, _STEP_TLS = 200, 10
"""Milliseconds without a look at what libpq holds: bytes that TLS has read already wake no poll."""

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
    times the buffer or the largest row. Waits in steps, so that Ctrl-C and a stop get through, and never longer for a
    row than the source session's `patience`.
    Raises: Refused, ServerError, NotAllowed, NoConnection, NotConverged, Unsupported.
    """
    _check_implementation()
    try:
        with target.told(), stoppable(source.session), stoppable(target.session):
            return _pumped(_Source(source), _Target(target, pipe.written), pipe)
    finally:
        source.close_unless_settled()
        target.close_unless_settled()


def _check_implementation() -> None:
    if __impl__ == "python":
        raise Unsupported(
            "psycopg runs as pure Python, which takes five times the CPU a row: install psycopg[binary] (or [c]), and "
            "do not set PSYCOPG_IMPL"
        )


def _pumped(source: "_Source", target: "_Target", pipe: Pipe) -> Pumped:
    target.begin(pipe.back_in, ExecStatus.COPY_IN)
    try:
        source.begin(pipe.out, ExecStatus.COPY_OUT)
        with source.side.told():
            size = _moved(source, target, pipe)
        sent = source.end()  # only here it says whether that was all
    except DwMigrationError:
        target.abandon()
        raise
    received = target.end()
    if sent != received:
        raise NotConverged(
            f"{source.side.where} says that it sent {sent} rows, and {target.side.where} that it took {received}: "
            f"nothing of them was kept: a trigger in the target leaves rows out, or something in between changes them"
        )
    return Pumped(received, size)


def _moved(source: "_Source", target: "_Target", pipe: Pipe) -> int:
    """How many bytes, the format's own among them. The loop runs once a row: nothing may stand in it that can wait."""
    flow = _Flow(source, target, pipe)
    buffer, full, messages = bytearray(), flow.block, 0
    get = source.pgconn.get_copy_data
    while True:
        size, row = get(1)
        if size > 0:
            buffer += row
            messages += 1
            if len(buffer) >= full:
                flow.write(buffer, messages)
                messages = 0
        elif size == 0:
            source.await_row(flow.rows + messages)
        else:
            flow.write(buffer, messages - (pipe.form == "binary"))  # whose end is a message of its own
            return flow.bytes


@dataclass(slots=True)
class _Flow:
    """The blocks that go over."""

    source: "_Source"
    target: "_Target"
    pipe: Pipe
    rows: int = 0
    bytes: int = 0
    block: int = field(init=False)

    def __post_init__(self) -> None:
        self.block = self.pipe.rate.block if self.pipe.rate else BUFFER

    def write(self, buffer: bytearray, rows: int) -> None:
        """Write and empty the buffer."""
        self.rows += rows
        self.bytes += len(buffer)
        self._check_number()
        self.target.put(buffer)
        if self.pipe.rate:
            self.pipe.rate.take(len(buffer))
        if self.pipe.moved:
            self.pipe.moved(rows, len(buffer))
        buffer.clear()

    def _check_number(self) -> None:
        most = self.pipe.most
        if most is not None and self.rows > most:
            raise ServerError(
                f"{self.source.side.where}: the server counted {most} rows, and sends more: nothing of them was kept: "
                f"check what answers there"
            )


# --- the two ends ---------------------------------------------------------------------------------------------------


class _End:
    """A libpq connection, which is waited for in steps."""

    def __init__(self, side: Side, columns: Collection[str] = ()) -> None:
        self.side, self.columns = side, columns
        self.pgconn = side.session.pgconn
        self._readable, self._writable = select.poll(), select.poll()
        with side.told():
            self.step = _STEP_TLS if self.pgconn.ssl_in_use else _STEP
            self._readable.register(self.pgconn.socket, select.POLLIN)
            self._writable.register(self.pgconn.socket, select.POLLIN | select.POLLOUT)

    def begin(self, query: Sql, status: ExecStatus) -> None:
        """Send the COPY; it has begun."""
        with self.side.told(self.columns):
            self.pgconn.send_query(query.text.encode())
            self.flush()
            result = self._result()
            if result is None or result.status != status:
                self._rows_of(result)
                raise _out_of_step(result)

    def end(self) -> int:
        """How many rows the server says that its COPY had."""
        with self.side.told(self.columns):
            return self._rows_of(self._result())

    def flush(self) -> None:
        """Everything is sent. What the server says meanwhile is read, or both would wait for each other."""
        while self.pgconn.flush():
            ready = self._writable.poll(self.step)
            if any(event & ~select.POLLOUT for _, event in ready):
                self.pgconn.consume_input()

    def await_input(self) -> None:
        """The server said something, or a step of time has passed."""
        self._readable.poll(self.step)
        self.pgconn.consume_input()
        while self.pgconn.notifies():  # libpq would keep them
            pass

    def _result(self) -> PGresult | None:
        while self.pgconn.is_busy():
            self.await_input()
        return self.pgconn.get_result()

    def _rows_of(self, first: PGresult | None) -> int:
        """The rows that the results tell of, which are read to the end: else the session cannot be used again."""
        rows, failed, result = 0, None, first
        while result is not None:
            if result.status == ExecStatus.FATAL_ERROR:
                failed = failed or error_from_result(result)
            elif result.status != ExecStatus.COMMAND_OK:
                raise _out_of_step(result)
            rows, result = rows + (result.command_tuples or 0), self._result()
        if failed:
            raise failed
        return rows


def _out_of_step(result: PGresult | None) -> psycopg.Error:
    found = ExecStatus(result.status).name if result else "nothing"
    return psycopg.OperationalError(f"the server answered a COPY with {found}, unlike PostgreSQL")


class _Source(_End):
    """The one that sends."""

    def __init__(self, side: Side) -> None:
        super().__init__(side)
        session = side.session
        self.patience = session.patience.total_seconds() if isinstance(session, SourceSession) else None
        self._seen, self._since = -1, time.monotonic()

    def await_row(self, seen: int) -> None:
        """More of a row is there, or a step of time has passed; `seen` is how many came so far.

        The clock runs from the last row: bytes that never become one are no sign of life.
        """
        if seen != self._seen:
            self._seen, self._since = seen, time.monotonic()
        with self.side.told():
            self.await_input()

    def await_input(self) -> None:
        """As of any end. Raises: NoConnection where the server is silent."""
        if self.patience is not None and time.monotonic() - self._since > self.patience:
            raise NoConnection(
                f"{self.side.where}: no row came for {self.patience:g} s: the connection is given up, and nothing that "
                f"was under way is kept: run it again once the server answers",
                where=self.side.where,
                may_pass=True,
            )
        super().await_input()

    def end(self) -> int:
        """As of any end."""
        self._since = time.monotonic()
        return super().end()


class _Target(_End):
    """The one that receives."""

    def put(self, block: bytearray) -> None:
        """The block is sent, and libpq keeps nothing of it."""
        with self.side.told(self.columns):
            while not self.pgconn.put_copy_data(block):
                self.flush()
            self.flush()

    def end(self) -> int:
        """Say that these were all; how many rows the server took."""
        with self.side.told(self.columns):
            self.pgconn.put_copy_end()
            self.flush()
        return super().end()

    def abandon(self) -> None:
        """Say that the rest will not come, so that the server fails too; a lost server keeps nothing either."""
        with suppress(psycopg.Error):
            self.pgconn.put_copy_end(b"the rows did not all come")
            self.flush()
            self._rows_of(self._result())
