"""One logic for sync and async connections: it asks, and who drives it does what is asked.

A logic is a generator: what it yields is done on the connection, and it gets the answer, or psycopg's error, where it
stands. So that it may tidy up, it is never left where it stands, whatever happens outside.
"""

import asyncio
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from dw_migration.live.stop import stoppable
from dw_migration.sql import Sql

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Query:
    """A query of ours, with its parameters; answered with its rows."""

    text: LiteralString | bytes
    parameters: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """A statement of ours of which nobody needs the answer: it goes with the next query, and fails there."""

    text: Sql


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A statement of a file, as it stands there, with the lines that its COPY reads; a second one behind it fails."""

    text: str
    data: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Statements of a file, sent together, and run one after the other until one fails: then Stopped."""

    statements: tuple[Verbatim, ...]


class Stopped(Exception):  # noqa: N818 - it says where
    """A statement of a batch failed; those before it have run, and those behind it have not."""

    def __init__(self, number: int, error: psycopg.Error) -> None:
        self.number, self.error = number, error
        """From 0; and why."""
        super().__init__(str(error))


@dataclass(frozen=True, slots=True)
class Sleep:
    """Nothing, for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class InTransaction:
    """Answered with whether the session is in a transaction, or None where it is lost."""


Asked = Query | Write | Verbatim | Batch | Sleep | InTransaction
Logic = Generator[Asked, Any, T]


def server_time() -> Logic[datetime]:
    """By the server's clock, however the session writes dates."""
    ((microseconds,),) = yield Query("SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::int8")
    return _EPOCH + timedelta(microseconds=microseconds)


class _Writes:
    """What goes with the next query."""

    def __init__(self) -> None:
        self._texts: list[bytes] = []

    def with_those(self, asked: Asked) -> tuple[Asked, ...]:
        """What is to be done now, in order; nothing yet where it is written with the next."""
        if isinstance(asked, Write):
            self._texts.append(asked.text.text.encode())
            return ()
        texts, self._texts = self._texts, []
        if not texts or isinstance(asked, InTransaction):  # who asks that tidies up, and what was not sent is not there
            return (asked,)
        if isinstance(asked, Query) and not asked.parameters:
            text = asked.text if isinstance(asked.text, bytes) else asked.text.encode()
            return (Query(b"; ".join((*texts, text))),)
        return (Query(b"; ".join(texts)), asked)


def carry_out(connection: psycopg.Connection[Any], logic: Logic[T]) -> T:
    """What the logic comes to on this connection, which is in autocommit. Raises: what the logic raises."""
    answer: Any = None
    error: BaseException | None = None
    writes = _Writes()
    while True:
        try:
            asked = writes.with_those(logic.throw(error) if error else logic.send(answer))
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]
        answer, error = None, None
        try:
            for each in asked:
                answer = _done(connection, each)
        except BaseException as raised:
            error = raised


def _done(connection: psycopg.Connection[Any], asked: Asked) -> Any:
    match asked:
        case Sleep(seconds):
            return time.sleep(seconds)
        case InTransaction():
            return _in_transaction(connection)
        case Batch(statements):
            return _batch_done(connection, statements)
    if isinstance(asked, Verbatim) and asked.data is None:
        with stoppable(connection), psycopg.RawCursor(connection, row_factory=tuple_row) as raw:
            raw.execute(asked.text.encode(), (), prepare=False)
            return None
    with stoppable(connection), _cursor(connection) as cursor:
        match asked:
            case Verbatim(text, data):
                with cursor.copy(text.encode()) as copy:
                    copy.write((data or "").encode())
                return None
            case Query(text, parameters):
                cursor.execute(text, parameters or None, prepare=False)
                while cursor.nextset():  # the answer is the last one's
                    pass
                return cursor.fetchall() if cursor.description else []


def _cursor(connection: psycopg.Connection[Any]) -> psycopg.Cursor[Any]:
    """Whatever cursors and rows the host has its connection make."""
    return psycopg.Cursor(connection, row_factory=tuple_row)


def _async_cursor(connection: psycopg.AsyncConnection[Any]) -> psycopg.AsyncCursor[Any]:
    return psycopg.AsyncCursor(connection, row_factory=tuple_row)


def _batch_done(connection: psycopg.Connection[Any], statements: tuple[Verbatim, ...]) -> None:
    cursors = [_cursor(connection) for _ in statements]
    try:
        with stoppable(connection), connection.pipeline() as pipeline:
            for cursor, each in zip(cursors, statements, strict=True):
                cursor.execute(each.text.encode(), prepare=False)
            pipeline.sync()
    except psycopg.Error as error:
        raise Stopped(_ended(cursors), error) from None


async def _batch_done_async(connection: psycopg.AsyncConnection[Any], statements: tuple[Verbatim, ...]) -> None:
    cursors = [_async_cursor(connection) for _ in statements]
    try:
        async with connection.pipeline() as pipeline:
            for cursor, each in zip(cursors, statements, strict=True):
                await cursor.execute(each.text.encode(), prepare=False)
            await pipeline.sync()
    except psycopg.Error as error:
        raise Stopped(_ended(cursors), error) from None


def _ended(cursors: Sequence[psycopg.Cursor[Any] | psycopg.AsyncCursor[Any]]) -> int:
    """How many have their result."""
    return sum(1 for cursor in cursors if cursor.statusmessage is not None)


async def carry_out_async(connection: psycopg.AsyncConnection[Any], logic: Logic[T]) -> T:
    """The same on an async connection."""
    answer: Any = None
    error: BaseException | None = None
    writes = _Writes()
    while True:
        try:
            asked = writes.with_those(logic.throw(error) if error else logic.send(answer))
        except StopIteration as ended:
            return ended.value  # type: ignore[no-any-return]
        answer, error = None, None
        try:
            for each in asked:
                answer = await _done_async(connection, each)
        except BaseException as raised:
            error = raised


async def _done_async(connection: psycopg.AsyncConnection[Any], asked: Asked) -> Any:
    match asked:
        case Sleep(seconds):
            return await asyncio.sleep(seconds)
        case InTransaction():
            return _in_transaction(connection)
        case Batch(statements):
            return await _batch_done_async(connection, statements)
    if isinstance(asked, Verbatim) and asked.data is None:
        async with psycopg.AsyncRawCursor(connection, row_factory=tuple_row) as raw:
            await raw.execute(asked.text.encode(), (), prepare=False)
            return None
    async with _async_cursor(connection) as cursor:
        match asked:
            case Verbatim(text, data):
                async with cursor.copy(text.encode()) as copy:
                    await copy.write((data or "").encode())
                return None
            case Query(text, parameters):
                await cursor.execute(text, parameters or None, prepare=False)
                while cursor.nextset():
                    pass
                return await cursor.fetchall() if cursor.description else []


def _in_transaction(connection: "psycopg.Connection[Any] | psycopg.AsyncConnection[Any]") -> bool | None:
    if connection.closed or connection.broken:
        return None
    return connection.info.transaction_status != TransactionStatus.IDLE
