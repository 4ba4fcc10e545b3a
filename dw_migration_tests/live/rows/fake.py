"""A server that speaks the protocol, and says what it likes to a COPY.

Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

import asyncio
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta

from dw_migration.live.connections import SourceSession
from dw_migration.live.rows.side import Side

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def message(kind: bytes, body: bytes = b"") -> bytes:
    """One message of the server."""
    return kind + struct.pack("!i", len(body) + 4) + body


READY = message(b"Z", b"T")
COPY_OUT = message(b"H", struct.pack("!bhhh", 0, 2, 0, 0))
COPY_DONE = message(b"c")
SETTING = message(b"S", b"TimeZone\0UTC\0")
NOTICE = message(b"N", b"SNOTICE\0VNOTICE\0C00000\0Mlook here\0\0")
_HELLO = b"".join(
    [
        message(b"R", struct.pack("!i", 0)),
        message(b"S", b"server_version\x0018.0\0"),
        message(b"S", b"server_encoding\0UTF8\0"),
        message(b"S", b"client_encoding\0UTF8\0"),
        message(b"S", b"standard_conforming_strings\0on\0"),
        message(b"K", struct.pack("!ii", 42, 42)),
        message(b"Z", b"I"),
    ]
)


def row(*values: str) -> bytes:
    """A row in the text form."""
    return message(b"d", "\t".join(values).encode() + b"\n")


def complete(count: int) -> bytes:
    """The end of a COPY, as the server counts it."""
    return message(b"C", b"COPY %d\0" % count)


def failure(state: str, text: str) -> bytes:
    """An error."""
    return message(b"E", f"SERROR\0VERROR\0C{state}\0M{text}\0\0".encode())


def saying(*messages: bytes) -> Answer:
    """An answer that is these messages; then it listens on."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(messages))
        await writer.drain()

    return answer


def in_pieces(size: int, *messages: bytes) -> Answer:
    """The same, but so many bytes at a time."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        whole = b"".join(messages)
        for at in range(0, len(whole), size):
            writer.write(whole[at : at + size])
            await writer.drain()
            await asyncio.sleep(0)

    return answer


def endless(first: bytes, again: bytes) -> Answer:
    """An answer that never ends."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(again * 100)
            await writer.drain()

    return answer


async def trickles(writer: asyncio.StreamWriter) -> None:
    """An answer with a row of which a byte comes now and then."""
    writer.write(COPY_OUT + b"d" + struct.pack("!i", 1_000_000))
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def hangs_up_in_a_large_row(writer: asyncio.StreamWriter) -> None:
    """An answer that breaks off when much of a row has gone over."""
    writer.write(COPY_OUT + b"d" + struct.pack("!i", 5_000_000) + b"x" * 2_000_000)
    await writer.drain()
    writer.close()


async def hangs_up(writer: asyncio.StreamWriter) -> None:
    """An answer that breaks off in the middle of a row."""
    writer.write(COPY_OUT + row("1", "one") + row("2", "two")[:-3])
    await writer.drain()
    writer.close()


@contextmanager
def fake_source(answer: Answer, *, patience: timedelta = timedelta(seconds=30)) -> Iterator[Side]:
    """A source's session on a server that gives this answer to whatever it is asked."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_served(answer), loop).result()
    try:
        port = server.sockets[0].getsockname()[1]
        address = f"host=127.0.0.1 port={port} dbname=d user=u sslmode=disable gssencmode=disable"
        session = SourceSession.connect(address, autocommit=True)
        session.where, session.patience = "sources.shop", patience
        with closing(session):
            yield Side(session, "sources.shop")
    finally:
        asyncio.run_coroutine_threadsafe(_ended(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _served(answer: Answer) -> asyncio.Server:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await _conversation(reader, writer, answer)
        writer.close()

    return await asyncio.start_server(client, "127.0.0.1", 0)


async def _conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> None:
    await reader.readexactly(struct.unpack("!i", await reader.readexactly(4))[0] - 4)
    writer.write(_HELLO)
    while True:
        kind, size = struct.unpack("!ci", await reader.readexactly(5))
        await reader.readexactly(size - 4)
        if kind == b"X":
            return
        await answer(writer)


async def _ended(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
