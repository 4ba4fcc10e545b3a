"""Hand-written SQL files from Python: a library ships its migrations, and runs them in its host's database."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from dw_migration.errors import BadConfig
from dw_migration.live.connections import translation
from dw_migration.live.ledger import Actor
from dw_migration.live.sqlfiles.amending import record_rollback
from dw_migration.live.sqlfiles.asking import Logic, Query, carry_out, carry_out_async
from dw_migration.live.sqlfiles.history import Event, History, State
from dw_migration.live.sqlfiles.running import Ran, Standing, Task, apply, standings, try_out
from dw_migration.live.sqlfiles.session import Place, Terms, in_our_session
from dw_migration.sqlfiles.filename import Version
from dw_migration.sqlfiles.modules import read_module, version_of
from dw_migration.sqlfiles.new import new_file
from dw_migration.sqlfiles.template import Names

T = TypeVar("T")


@dataclass(frozen=True)
class _Migrations:
    """What both kinds share: which files, under which name, for which schema."""

    path: Path
    module: str
    schema: str | None
    variables: Mapping[str, str]
    terms: Terms

    def place(self) -> Logic[Place]:
        """The module as its files are now."""
        history = History.in_schema(self.schema)
        if self.schema is None:  # said once, since a file may change the path
            ((schema,),) = yield Query("SELECT pg_catalog.current_schema()")
            history = History.in_schema(schema)
        return Place(
            read_module(self.path, self.module, self.schema),
            Names(self.schema, self.variables),
            history,
            None if self.schema is None else (self.schema,),
        )

    def pending(self) -> Logic[tuple[Standing, ...]]:
        found = yield from standings((yield from self.place()))
        return tuple(each for each in found if each.state in {State.PENDING, State.FAILED, State.INTERRUPTED})

    def apply(self, only: Version | None = None, *, dry_run: bool = False) -> Logic[tuple[Ran, ...]]:
        place = yield from self.place()
        task = Task({self.module: place}, (self.module,), only=only)
        return (yield from (try_out if dry_run else apply)(task, self.terms))

    def single(self, version: str) -> Logic[Ran]:
        ran = yield from self.apply(version_of(version))
        if not ran:
            raise BadConfig(f"{self.module}: no file of the version {version} is pending: see history()")
        return ran[0]

    def history(self) -> Logic[tuple[Event, ...]]:
        place = yield from self.place()
        return (yield from place.history.chain(self.module))

    def is_applied(self, version: str) -> Logic[bool]:
        place = yield from self.place()
        record = (yield from place.history.records(self.module)).get(version_of(version))
        return record is not None and record.is_applied

    def record_rollback(self, version: str, reason: str) -> Logic[Ran]:
        place = yield from self.place()
        return (yield from record_rollback(place, version_of(version), reason, self.terms))


def _migrations(
    path: Path | str, module: str | None, schema: str | None, variables: Mapping[str, str] | None, terms: Terms | None
) -> _Migrations:
    folder = Path(path)
    return _Migrations(folder, module or folder.name, schema, variables or {}, terms or Terms(Actor("", "")))


class SqlMigrations:
    """A module's files, on a connection of its host, which is in no transaction when one of these is called.

    History is kept in `schema_migrations` of the module's schema (without one: where the search_path makes tables), so
    that no right elsewhere is needed and a dump carries it. `variables` stand for `{{var.NAME}}`.
    """

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        path: Path | str,
        module: str | None = None,
        *,
        schema: str | None = None,
        variables: Mapping[str, str] | None = None,
        terms: Terms | None = None,
    ) -> None:
        self._connection = connection
        self._migrations = _migrations(path, module, schema, variables, terms)

    def pending(self) -> tuple[Standing, ...]:
        """The files that the next `apply_pending` runs, in order. Raises: BadSqlFiles."""
        return self._done(self._migrations.pending())

    def apply_pending(self, *, dry_run: bool = False) -> tuple[Ran, ...]:
        """The files that were run, in order, each in its transaction; `dry_run`: all in one that is rolled back.

        Raises: BadSqlFiles and HistoryChanged before anything runs; Locked; ServerError, NotAllowed, NoConnection with
        file, line and statement, of a file of which nothing stays; what ran before it stays.
        """
        return self._done(self._migrations.apply(dry_run=dry_run))

    def apply_single(self, version: str) -> Ran:
        """Run one file, before which nothing is pending. Raises: as `apply_pending`; BadConfig."""
        return self._done(self._migrations.single(version))

    def history(self) -> tuple[Event, ...]:
        """What happened, oldest first. Raises: BrokenHistory if somebody changed it."""
        return self._done(self._migrations.history())

    def is_applied(self, version: str) -> bool:
        """Whether the file of this version (or of this name) ran, and was not taken back."""
        return self._done(self._migrations.is_applied(version))

    def create(self, name: str) -> Path:
        """An empty file with the next number. Raises: BadConfig."""
        return new_file(self._migrations.path, name)

    def record_rollback(self, version: str, reason: str = "") -> Ran:
        """Note that somebody took a file back by hand: it is pending again. Raises: BadConfig."""
        return self._done(self._migrations.record_rollback(version, reason))

    def _done(self, logic: Logic[T]) -> T:
        connection = self._connection
        before = _checked(connection)
        with _told(self._migrations.module):
            connection.autocommit = True
            try:
                return carry_out(connection, in_our_session(logic))
            finally:
                if not connection.closed:
                    connection.autocommit = before


class AsyncSqlMigrations:
    """As `SqlMigrations`, on an async connection."""

    def __init__(
        self,
        connection: psycopg.AsyncConnection[Any],
        path: Path | str,
        module: str | None = None,
        *,
        schema: str | None = None,
        variables: Mapping[str, str] | None = None,
        terms: Terms | None = None,
    ) -> None:
        self._connection = connection
        self._migrations = _migrations(path, module, schema, variables, terms)

    async def pending(self) -> tuple[Standing, ...]:
        """As of `SqlMigrations`."""
        return await self._done(self._migrations.pending())

    async def apply_pending(self, *, dry_run: bool = False) -> tuple[Ran, ...]:
        """As of `SqlMigrations`."""
        return await self._done(self._migrations.apply(dry_run=dry_run))

    async def apply_single(self, version: str) -> Ran:
        """As of `SqlMigrations`."""
        return await self._done(self._migrations.single(version))

    async def history(self) -> tuple[Event, ...]:
        """As of `SqlMigrations`."""
        return await self._done(self._migrations.history())

    async def is_applied(self, version: str) -> bool:
        """As of `SqlMigrations`."""
        return await self._done(self._migrations.is_applied(version))

    async def create(self, name: str) -> Path:
        """As of `SqlMigrations`."""
        return new_file(self._migrations.path, name)

    async def record_rollback(self, version: str, reason: str = "") -> Ran:
        """As of `SqlMigrations`."""
        return await self._done(self._migrations.record_rollback(version, reason))

    async def _done(self, logic: Logic[T]) -> T:
        connection = self._connection
        before = _checked(connection)
        with _told(self._migrations.module):
            await connection.set_autocommit(True)
            try:
                return await carry_out_async(connection, in_our_session(logic))
            finally:
                if not connection.closed:
                    await connection.set_autocommit(before)


@contextmanager
def _told(module: str) -> Iterator[None]:
    """In the block, what the server says to a query of ours is told as an error of ours."""
    try:
        yield
    except psycopg.Error as error:
        raise translation(error, module, show_raised=True) from None


def _checked(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> bool:
    """Whether it is in autocommit. Raises: BadConfig if it is in a transaction, or in a pipeline."""
    if not connection.closed and connection.pgconn.pipeline_status != psycopg.pq.PipelineStatus.OFF:
        raise BadConfig("the connection is in a pipeline: leave that first: each file waits for what it is answered")
    if not connection.closed and connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        raise BadConfig("the connection is in a transaction: commit or roll back first: each file is one of its own")
    return connection.autocommit
