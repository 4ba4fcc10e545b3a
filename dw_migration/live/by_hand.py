"""The way of a hand-written revision: what its code may ask for while it runs, and what of it is done already."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from dw_migration.errors import BadConfig, BrokenHistory
from dw_migration.live.connections import translated

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(slots=True)
class Way:
    """A hand-written revision at work."""

    connection: Connection
    source: str
    revision: str
    direction: str
    run: str
    lock_timeout: timedelta
    lock_budget: timedelta
    check: Callable[[], None]
    """What must hold still before a commit."""
    calls: int = 0
    """Of `dw_migration.batches`: each has a mark of its own, by its number."""
    is_mixed: bool = False
    """Whether something else has run, which nobody could pass over if a commit followed and the rest did not."""
    has_marked: bool = False
    """Whether a mark was written in the transaction that is open: else nothing may have been."""

    def next_mark(self, sha256: str) -> "Mark":
        """That of the call that begins now. Raises: BrokenHistory where a former run made another call here."""
        if self.is_mixed or (not self.has_marked and self._has_written()):
            raise BrokenHistory(
                f"{self.source}: the revision {self.revision} calls dw_migration.batches behind something else, which "
                f"would run twice if it were stopped in between: use batches.execute there, or two revisions"
            )
        number, self.calls = self.calls, self.calls + 1
        with translated("target", self.connection):
            row = self.connection.execute(
                "SELECT sha256, done IS NOT NULL, held FROM dw_migration.batch"
                " WHERE (source, revision, direction, number) = (%s, %s, %s, %s)",
                (self.source, self.revision, self.direction, number),
            ).fetchone()
        if row and row[0] != sha256:
            raise BrokenHistory(
                f"{self.source}: call {number + 1} of dw_migration.batches in {self.revision} was begun with other "
                f"arguments: restore the file as it was"
            )
        return Mark(self, number, sha256, is_done=bool(row and row[1]), held=dict(row[2]) if row else {})

    def _has_written(self) -> bool:
        """Whether the open transaction has changed anything: a function in a SELECT can, and a driver's statement."""
        with translated("target", self.connection):
            row = self.connection.execute("SELECT pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL").fetchone()
        return bool(row and row[0])

    def commit(self) -> None:
        """What was done so far stays."""
        self.connection.commit()
        self.has_marked = False


@dataclass(slots=True)
class Mark:
    """How far one call has come, in the ledger's table `batch`."""

    way: Way
    number: int
    sha256: str
    is_done: bool
    held: dict[str, Any]

    def write(self, *, is_done: bool = False, **held: Any) -> None:
        """Note how far it is, in the transaction that did it."""
        self.is_done, self.held = is_done, self.held | held
        way = self.way
        way.has_marked = True
        with translated("target", way.connection):
            way.connection.execute(
                "INSERT INTO dw_migration.batch (source, revision, direction, number, sha256, run, held, done)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, CASE WHEN %s THEN pg_catalog.clock_timestamp() END)"
                " ON CONFLICT (source, revision, direction, number) DO UPDATE"
                " SET run = EXCLUDED.run, held = EXCLUDED.held, done = EXCLUDED.done",
                (
                    way.source,
                    way.revision,
                    way.direction,
                    self.number,
                    self.sha256,
                    way.run,
                    Jsonb(self.held),
                    is_done,
                ),
            )


_way_now: ContextVar[Way | None] = ContextVar("_way_now", default=None)


@contextmanager
def walking(way: Way) -> Iterator[None]:
    """In the block, `way_now` gives it."""
    token = _way_now.set(way)
    try:
        yield
    finally:
        _way_now.reset(token)


def way_now() -> Way:
    """The revision that runs here. Raises: BadConfig where none does."""
    way = _way_now.get()
    if way is None:
        raise BadConfig(
            "dw_migration.batches is for the upgrade() and downgrade() of a revision in a source's workspace, run by "
            "dw-migration apply or alembic upgrade; --sql cannot print it, since it commits in between"
        )
    return way


def note_other(statement: str) -> None:
    """Note that something else than `dw_migration.batches` has run; what only reads does no harm."""
    way = _way_now.get()
    if way is not None and not statement.lstrip().lower().startswith(("select", "show")):
        way.is_mixed = True
