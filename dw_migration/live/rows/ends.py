"""The two ends of a COPY: libpq connections that are waited for in steps, so that Ctrl-C and a stop get through."""

import select
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from dw_migration.errors import NoConnection
from dw_migration.live.connections import SourceSession
from dw_migration.live.rows.side import Side
from dw_migration.sql import Sql

_STEP, _STEP_TLS = 200, 10
"""Milliseconds without a look at what libpq holds: bytes that TLS has read already wake no poll."""


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes that go over at once, as its two ends hand them to each other."""

    data: bytearray | memoryview
    """Good until the next block is asked for."""
    rows: int
    """Rows that end in it."""
    size: int
    """Bytes of rows."""


class End:
    """A libpq connection, which is waited for in steps."""

    def __init__(self, side: Side, columns: Collection[str] = ()) -> None:
        self.side, self.columns = side, columns
        self.pgconn = side.session.pgconn
        self._readable, self._writable = select.poll(), select.poll()
        with side.told():
            self.step = _STEP_TLS if self.pgconn.ssl_in_use else _STEP
            self._readable.register(self.pgconn.socket, select.POLLIN)
            self._writable.register(self.pgconn.socket, select.POLLIN | select.POLLOUT)

    def end(self) -> int:
        """How many rows the server says that its COPY had."""
        with self.side.told(self.columns):
            return self._rows_of(self._result())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back what this needed beside the session."""

    def _send(self, query: Sql) -> None:
        self.pgconn.send_query(query.text.encode())
        self._flush()

    def _check_begun(self, status: ExecStatus) -> None:
        result = self._result()
        if result is None or result.status != status:
            self._rows_of(result)
            raise _out_of_step(result)

    def _flush(self) -> None:
        """Everything is sent."""
        while self.pgconn.flush():
            self._await_room()

    def _await_room(self) -> None:
        """There may be room to send. What the server says meanwhile is read, or both would wait for each other."""
        ready = self._writable.poll(self.step)
        if any(event & ~select.POLLOUT for _, event in ready):
            self.pgconn.consume_input()

    def _await_input(self) -> None:
        """The server said something, or a step of time has passed."""
        self._readable.poll(self.step)
        self.pgconn.consume_input()
        while self.pgconn.notifies():  # libpq would keep them
            pass

    def _result(self) -> PGresult | None:
        while self.pgconn.is_busy():
            self._await_input()
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


class SourceEnd(End):
    """The one that sends."""

    is_inside_row = False
    """Whether the last block ends in the middle of a row."""

    def __init__(self, side: Side) -> None:
        super().__init__(side)
        session = side.session
        self.patience = session.patience.total_seconds() if isinstance(session, SourceSession) else None
        self._since = time.monotonic()

    def begin(self, query: Sql) -> None:
        """Send the COPY; it has begun."""
        with self.side.told():
            self._send(query)
            self._check_begun(ExecStatus.COPY_OUT)

    def blocks(self, size: int, *, beside: int) -> Iterator[Block]:
        """Blocks of about `size` bytes until no more come; `end` says whether these were all.

        `beside`: so many of the last messages are no rows. The loop runs once a row: nothing may stand in it that can
        wait. Raises: as `Side.told`; NoConnection where the server is silent.
        """
        data, messages, seen = bytearray(), 0, 0
        get = self.pgconn.get_copy_data
        with self.side.told():
            while True:
                length, row = get(1)
                if length > 0:
                    data += row
                    messages += 1
                    if len(data) >= size:
                        with self._untimed():
                            yield Block(data, messages, len(data))
                        data.clear()
                        messages, seen = 0, -1
                elif length == 0:
                    if messages != seen:
                        self._lives()
                        seen = messages
                    self._await_input()
                else:
                    yield Block(data, messages - beside, len(data))
                    return

    def end(self) -> int:
        """As of any end."""
        self._lives()
        return super().end()

    def _lives(self) -> None:
        """Rows came: bytes that never become one are no sign of life."""
        self._since = time.monotonic()

    @contextmanager
    def _untimed(self) -> Iterator[None]:
        """In the block, it is not the server that is waited for."""
        began = time.monotonic()
        yield
        self._since += time.monotonic() - began

    def _check_life(self) -> None:
        if self.patience is not None and time.monotonic() - self._since > self.patience:
            raise NoConnection(
                f"{self.side.where}: no row came for {self.patience:g} s: the connection is given up, and nothing that "
                f"was under way is kept: run it again once the server answers",
                where=self.side.where,
                may_pass=True,
            )

    def _await_input(self) -> None:
        self._check_life()
        super()._await_input()


class TargetEnd(End):
    """The one that receives."""

    def begin(self, query: Sql) -> None:
        """Send the COPY; it has begun."""
        with self.side.told(self.columns):
            self._send(query)
            self._check_begun(ExecStatus.COPY_IN)

    def put(self, block: Block) -> None:
        """The block is sent, and libpq keeps nothing of it."""
        with self.side.told(self.columns):
            while not self.pgconn.put_copy_data(block.data):
                self._flush()
            self._flush()

    def end(self) -> int:
        """Say that these were all; how many rows the server took."""
        with self.side.told(self.columns):
            self.pgconn.put_copy_end()
            self._flush()
        return super().end()

    def abandon(self) -> None:
        """Say that the rest will not come, so that the server fails too; a lost server keeps nothing either."""
        with suppress(psycopg.Error):
            self._give_up()

    def _give_up(self) -> None:
        self.pgconn.put_copy_end(b"the rows did not all come")
        self._flush()
        self._rows_of(self._result())
