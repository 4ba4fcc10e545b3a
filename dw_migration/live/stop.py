"""To stop from another thread: the server cancels the statement that is under way, and no other begins."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]


class Stop:
    """A wish that the threads which hear it end: what their transaction did is rolled back, and the history tells."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._guard = threading.Lock()
        self._under_way: set[Connection] = set()

    def ask(self) -> None:
        """Ask; and again while a thread goes on: a server forgets a request that comes before its statement."""
        self.asked.set()
        with self._guard:  # nobody goes on to another statement, which the request could hit
            for connection in self._under_way:
                with suppress(psycopg.Error):
                    connection.cancel_safe(timeout=5)

    @contextmanager
    def heard(self) -> Iterator[None]:
        """In the block, this thread is stopped by it."""
        token = _heard.set(self)
        try:
            yield
        finally:
            _heard.reset(token)

    @contextmanager
    def covering(self, connection: Connection) -> Iterator[None]:
        """In the block, what runs on the connection is cancelled by `ask`."""
        with self._guard:
            if self.asked.is_set():
                raise psycopg.errors.QueryCanceled("stopped before it began")
            self._under_way.add(connection)
        try:
            yield
        finally:
            with self._guard:
                self._under_way.discard(connection)


_heard: ContextVar[Stop | None] = ContextVar("_heard", default=None)


@contextmanager
def stoppable(connection: Connection) -> Iterator[None]:
    """In the block, the connection's statement ends with QueryCanceled where a stop that this thread hears is asked."""
    stop = _heard.get()
    if stop is None:
        yield
        return
    with stop.covering(connection):
        yield
