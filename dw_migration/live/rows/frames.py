"""Rows from socket to socket: a row of a COPY is the same message in both directions, so nobody has to look into it.

libpq makes an object of every row, and holds all of the largest; here a block holds many rows, and a row that is larger
than a block goes over in pieces. What is no row stays in the socket, for libpq to read.
Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY and protocol-message-formats.html
"""

import os
import socket
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import psycopg
from psycopg.pq import ExecStatus

from dw_migration.live.rows.ends import Block, SourceEnd, TargetEnd
from dw_migration.live.rows.side import Side
from dw_migration.sql import Sql

_HEADER = struct.Struct("!BI")
"""A message's kind, and its length, which counts itself but not the kind."""
_SHORTEST = 4
_ROW, _BEGUN, _DONE = b"dHc"
_ASIDE = frozenset(b"NSA")
"""Notices, settings and notifications: they may come at any time."""
_SCRATCH = 4096


def can_hand_on(*sides: Side) -> bool:
    """Whether the messages stand in the sockets as they are, and not wrapped by TLS or GSSAPI."""
    return not any(_may_be_wrapped(side) for side in sides)


def _may_be_wrapped(side: Side) -> bool:
    pgconn = side.session.pgconn
    with side.told():
        try:
            return pgconn.ssl_in_use or pgconn.used_gssapi
        except psycopg.NotSupportedError:  # a libpq before 16 cannot tell
            return True


class FrameSource(SourceEnd):
    """The one that sends. Its libpq waits for the end of a statement, and never hears of a row."""

    def __init__(self, side: Side) -> None:
        super().__init__(side)
        self._socket = _socket_of(side)

    def begin(self, query: Sql) -> None:
        """As of any source."""
        with self.side.told():
            self._send(query)  # from here on libpq reads nothing until it is asked
            if self._next() == _BEGUN:
                self._drop_message()
            else:
                self._check_begun(ExecStatus.COPY_OUT)

    def blocks(self, size: int, *, beside: int) -> Iterator[Block]:
        """As of any source; whole messages with their headers, and a larger one in pieces."""
        held = _Held(memoryview(bytearray(size)))
        with self.side.told():
            while held.is_inside_row or self._next() == _ROW:
                room, size_before = held.room, held.size
                came = held.walk(self._peek(room))
                if not came or not self._fill(room[:came]):
                    return  # the connection is lost
                if held.size > size_before:
                    self._lives()
                if held.is_full:
                    yield from self._pieces(held) if held.whole == 0 else self._whole(held)
            if self._next() == _DONE:
                self._drop_message()
                yield from self._whole(held, beside)

    def _whole(self, held: "_Held", beside: int = 0) -> Iterator[Block]:
        """What is held of whole rows; so many of them are none."""
        with self._untimed():
            yield Block(held.data[: held.whole], held.rows - beside, held.size)
        held.give_up()

    def _pieces(self, held: "_Held") -> Iterator[Block]:
        """A row that is larger than the block, which its beginning fills."""
        left = held.missing
        self.is_inside_row = True
        with self._untimed():
            yield Block(held.data, 0, len(held.data) - _HEADER.size)
        while left:
            self._lives()
            piece = held.data[:left]
            if not self._fill(piece):
                return  # the connection is lost
            left -= len(piece)
            with self._untimed():
                yield Block(piece, int(left == 0), len(piece))
        self.is_inside_row = False
        held.filled = 0

    def close(self) -> None:
        """As of any end."""
        self._socket.close()

    def _next(self) -> int | None:
        """The kind of the next message that is not aside; None where the connection is lost."""
        kind = bytearray(1)
        while self._peek(kind):
            if kind[0] not in _ASIDE:
                return kind[0]
            self._drop_message()
        return None

    def _drop_message(self) -> None:
        header = bytearray(_HEADER.size)
        self._fill(header)
        left = _HEADER.unpack(header)[1] - _SHORTEST
        scratch = memoryview(bytearray(_SCRATCH))
        while left > 0 and (came := self._receive(scratch[:left])):
            left -= came

    def _fill(self, into: memoryview | bytearray) -> bool:
        """Whether all of it came."""
        left = memoryview(into)
        while left and (came := self._receive(left)):
            left = left[came:]
        return not left

    def _peek(self, into: memoryview | bytearray) -> int:
        return self._receive(into, socket.MSG_PEEK)

    def _receive(self, into: memoryview | bytearray, flags: int = 0) -> int:
        """How many bytes came, at least one; 0 where the connection is lost: libpq will say why."""
        while True:
            self._check_life()
            try:
                return int(self._socket.recv_into(into, 0, flags))
            except BlockingIOError:
                self._readable.poll(self.step)
            except OSError:
                return 0


@dataclass(slots=True)
class _Held:
    """What was taken from the socket and not handed on yet: whole rows, and the beginning of another."""

    data: memoryview
    filled: int = 0
    """Bytes of all that."""
    whole: int = 0
    """Bytes of whole rows."""
    rows: int = 0

    @property
    def room(self) -> memoryview:
        """For more."""
        return self.data[self.filled :]

    @property
    def is_full(self) -> bool:
        """Whether there is none."""
        return self.filled == len(self.data)

    @property
    def is_inside_row(self) -> bool:
        """Whether what comes next belongs to the row that was begun."""
        return self.whole < self.filled

    @property
    def size(self) -> int:
        """Bytes of whole rows without their headers."""
        return self.whole - self.rows * _HEADER.size

    @property
    def missing(self) -> int:
        """Bytes of the row that was begun, of which the header is here."""
        _, length = _HEADER.unpack_from(self.data, self.whole)
        return 1 + int(length) - (self.filled - self.whole)

    def walk(self, came: int) -> int:
        """Count in so many bytes of the room; how many of them are of rows.

        Runs once a row. Raises: psycopg.OperationalError where the server does not keep to the protocol.
        """
        data, at, rows, end = self.data, self.whole, self.rows, self.filled + came
        unpack, last = _HEADER.unpack_from, end - _HEADER.size
        kind, length = _ROW, _SHORTEST
        while at <= last:
            kind, length = unpack(data, at)
            if kind != _ROW or length < _SHORTEST:
                break
            at += 1 + length
            rows += 1
        if kind == _ROW and length < _SHORTEST:
            raise psycopg.OperationalError("the server sent a row of less than no bytes, unlike PostgreSQL")
        if at > end:  # where the last of them ends
            at, rows = at - 1 - length, rows - 1
        elif at < end and data[at] != _ROW:
            end = at
        of_rows = end - self.filled
        self.filled, self.whole, self.rows = end, at, rows
        return of_rows

    def give_up(self) -> None:
        """Forget the whole rows."""
        rest = self.filled - self.whole
        self.data[:rest] = self.data[self.whole : self.filled]
        self.filled, self.whole, self.rows = rest, 0, 0


class FrameTarget(TargetEnd):
    """The one that receives; its libpq begins and ends the COPY, and never hears of a row."""

    def __init__(self, side: Side, columns: Collection[str]) -> None:
        super().__init__(side, columns)
        self._socket = _socket_of(side)

    def put(self, block: Block) -> None:
        """The block is sent."""
        left = memoryview(block.data)
        with self.side.told(self.columns):
            while left:
                try:
                    left = left[self._socket.send(left) :]
                except BlockingIOError:
                    self._await_room()
                except OSError as error:
                    self._give_up()  # libpq has heard why
                    raise psycopg.OperationalError(f"the server takes no more rows: {error.strerror}") from None

    def close(self) -> None:
        """As of any end."""
        self._socket.close()


def _socket_of(side: Side) -> socket.socket:
    with side.told():
        duplicate = os.dup(side.session.pgconn.socket)
    return socket.socket(fileno=duplicate)
