"""Batches of statements: committed one by one with their marks, resumed where they stopped, retried at locks.

A batch that fills a column is committed portion by portion, and its mark tells how far it is.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from dw_migration.errors import BrokenHistory, ConsentNeeded, DwMigrationError, ServerError
from dw_migration.fills import Filling, filling_of
from dw_migration.live import portions
from dw_migration.live.attempts import RETRIED, Pauses, execute, kept_out, now_in_the_way, set_session
from dw_migration.live.connections import translated, translation
from dw_migration.live.measuring import measured
from dw_migration.live.mending import is_done
from dw_migration.live.privileges import Held, Keeper, dumped, loaded
from dw_migration.live.taking import take_locks
from dw_migration.plan import Batch
from dw_migration.revision import one_line, sha256_of
from dw_migration.sql import names

Connection = psycopg.Connection[tuple[Any, ...]]

_DUPLICATE_TABLE = "42P07"
_LONGEST_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Job:
    """One revision's way up or down."""

    source: str
    revision: str
    direction: str
    batches: tuple[Batch, ...]
    schemas: tuple[str, ...]
    """The source's schemas in the target: on the path, for functions that call others by their bare names."""
    run: str
    lines: tuple[int, ...] = ()
    """Line of each statement in the DDL file."""
    lock_timeout: timedelta = timedelta(seconds=1)
    lock_budget: timedelta = timedelta(minutes=2)
    asked: frozenset[int] = frozenset()
    """The batches before whose statements the rows are asked, under all of their locks."""

    def settings(self, lock_timeout: timedelta) -> dict[str, str]:
        """The session in which the statements run."""
        return {
            "search_path": f"pg_catalog, {names(self.schemas)}, pg_temp" if self.schemas else "pg_catalog, pg_temp",
            "lock_timeout": str(max(1, lock_timeout // timedelta(milliseconds=1))),
            "statement_timeout": "0",
            "check_function_bodies": "off",  # as pg_dump does: a body may name what comes later
            "standard_conforming_strings": "on",
            "client_min_messages": "warning",
            "TimeZone": "UTC",
        }

    def place(self, batch: int, number: int) -> str:
        """`shop: statement 3 of 7 (ddl/3fa2c91b04de.sql:42): CREATE TABLE ...`."""
        total = sum(len(each.statements) for each in self.batches)
        text = one_line(self.batches[batch].statements[number], _LONGEST_SHOWN)
        position = f"statement {self._position(batch, number) + 1} of {total}"
        return f"{self.source}: {position} ({self.file(batch, number)}): {text}"

    def file(self, batch: int, number: int) -> str:
        """`ddl/3fa2c91b04de.sql:42`; of a way without a file, the revision."""
        position = self._position(batch, number)
        return f"ddl/{self.revision}.sql:{self.lines[position]}" if position < len(self.lines) else self.revision

    def _position(self, batch: int, number: int) -> int:
        return sum(len(each.statements) for each in self.batches[:batch]) + number


@dataclass(slots=True)
class Tally:
    """What the way took."""

    attempts: int = 0
    """Transactions that were tried."""
    waited_for: dict[str, None] = field(default_factory=dict)
    """Sessions that were in the way of one of them, in order."""
    seconds: dict[tuple[int, int], float] = field(default_factory=dict)
    """Of each statement, by its batch and place there, what its last attempt took."""


def run_batches(connection: Connection, job: Job, check: Callable[[], None], ask: Callable[[int], None]) -> Tally:
    """What it took. The last transaction is left open, its marks erased, for the caller to commit.

    The connection is in no transaction, and opens them by itself. `check` runs at the beginning of each, and before
    each commit; `ask` where a batch is asked about. What is committed already by a former run is passed over.
    """
    done, held = committed(connection, job)
    way = _Way(connection, job, check, ask, Tally())
    is_open = False
    for number, batch in enumerate(job.batches):
        if number < done:
            continue
        if batch.transactional:
            is_open = number == len(job.batches) - 1
            held = _in_transaction(way, number, held, last=is_open)
        else:
            _in_none(way, number, held)
            way.tally.attempts += 1
    if not is_open:
        begin(connection, job, check)
    erase_marks(connection, job.source)
    way.tally.attempts = max(1, way.tally.attempts)
    return way.tally


def erase_marks(connection: Connection, source: str) -> None:
    """Forget how far the source's revision is, in the transaction that ends its way."""
    with translated("target", connection):
        connection.execute("DELETE FROM dw_migration.batch WHERE source = %s", (source,))


def started(connection: Connection, source: str, revision: str, direction: str) -> bool:
    """Whether a former run has begun this way of the revision."""
    query = "SELECT FROM dw_migration.batch WHERE source = %s AND revision = %s AND direction = %s"
    with translated("target", connection):
        return bool(connection.execute(query, (source, revision, direction)).rowcount)


def committed(connection: Connection, job: Job) -> tuple[int, Held]:
    """How many batches are committed, and what they hold. Raises: BrokenHistory if they were others, or another's."""
    query = (
        "SELECT revision, direction, number, sha256, done, held FROM dw_migration.batch WHERE source = %s"
        " ORDER BY number"
    )
    with translated("target", connection):
        marks = connection.execute(query, (job.source,)).fetchall()
        connection.rollback()
    for revision, direction, number, sha256, *_ in marks:
        if (revision, direction) != (job.revision, job.direction):
            raise BrokenHistory(
                f"{job.source}: the revision {revision} stopped half-way {direction}: run that one again first"
            )
        if number >= len(job.batches) or sha256_of([job.batches[number]]) != sha256:
            raise BrokenHistory(
                f"{job.source}: batch {number + 1} of the revision {revision} was applied with other statements: "
                f"restore the revision's file from the ledger"
            )
    done = [held for *_, at, held in marks if at is not None]
    return len(done), _loaded(done[-1]) if done else {}


def _loaded(held: Any) -> Held:
    """Of a batch that fills a column, how far that is stands beside."""
    return loaded(held["privileges"] if isinstance(held, dict) else held)


# --- in a transaction -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Way:
    """A job at work."""

    connection: Connection
    job: Job
    check: Callable[[], None]
    ask: Callable[[int], None]
    tally: Tally

    def note_who_is_in_the_way(self) -> None:
        """After an attempt that was rolled back, and before the next."""
        self.tally.attempts += 1
        self.tally.waited_for |= dict.fromkeys(map(str, now_in_the_way(self.connection, self.job.schemas)))

    @contextmanager
    def timed(self, batch: int, at: int) -> Iterator[None]:
        """Count what the block takes that runs the statement."""
        began = time.monotonic()
        yield
        self.tally.seconds[batch, at] = time.monotonic() - began


def _in_transaction(way: _Way, number: int, held: Held, *, last: bool) -> Held:
    """What is held now; its mark is committed with it, and the last is left open."""
    pauses = Pauses(way.job.lock_budget)
    way.tally.attempts += 1
    while True:
        keeper = Keeper(way.connection, way.job.schemas, way.job.batches[number].statements, held)
        if _tried(way, pauses, keeper, number=number, last=last):
            return keeper.held


def _tried(way: _Way, pauses: "Pauses", keeper: Keeper, *, number: int, last: bool) -> bool:
    """Whether it went through; False: a lock was in the way, and another attempt may follow."""
    connection, job = way.connection, way.job
    begin(connection, job, way.check)
    at = 0
    try:
        at_least = 1 if number in job.asked else 2
        take_locks(connection, job.schemas, keeper.statements, job.lock_timeout, at_least=at_least)
        if number in job.asked:
            way.ask(number)
        for at, text in enumerate(keeper.statements):
            keeper.before(at)
            with way.timed(number, at), measured(connection, text):
                execute(connection, text)
            keeper.after(at)
        if not last:
            _mark(connection, job, number, keeper.held, done=True)
            way.check()
            connection.commit()
    except ConsentNeeded:
        connection.rollback()
        raise
    except psycopg.Error as error:
        if not connection.broken:
            connection.rollback()
            if error.sqlstate in RETRIED:
                way.note_who_is_in_the_way()
                if pauses.another():
                    return False
        raise _failure(connection, job, (number, at), error) from None
    return True


def begin(connection: Connection, job: Job, check: Callable[[], None]) -> None:
    """Open a transaction with the job's settings, in which `check` holds; whatever `check` raises ends it."""
    settings = job.settings(job.lock_timeout)
    with translated("target", connection):
        set_session(connection, settings, for_transaction=True)
    try:
        check()
    except DwMigrationError:
        connection.rollback()
        raise


# --- in none ----------------------------------------------------------------------------------------------------------


def _in_none(way: _Way, number: int, held: Held) -> None:
    """The one statement is marked as started, run, and marked as done; a former start is looked after first.

    What is there before the first start is not ours: then nothing is marked, or the next run would take it for ours.
    """
    connection, job, check = way.connection, way.job, way.check
    text = job.batches[number].statements[0]
    begin(connection, job, check)
    before = _is_marked(connection, job, number)
    connection.commit()
    done = _looked_after(connection, job, text, started=before)
    begin(connection, job, check)
    _mark(connection, job, number, held, done=False)
    connection.commit()
    if not done:
        try:
            if filling := filling_of(text):
                with way.timed(number, 0):
                    _fill(way, number, filling, held)
            else:
                with _autocommit(connection), _session(connection, job), way.timed(number, 0):
                    _run_alone(connection, job, number, text)
        except DwMigrationError:
            _forget_if_nothing_is_left(connection, job, number, text)
            raise
    begin(connection, job, check)
    _mark(connection, job, number, held, done=True)
    connection.commit()


def _forget_if_nothing_is_left(connection: Connection, job: Job, number: int, text: str) -> None:
    """Erase the mark of a build that failed as the first batch: all is as it was, and another plan may come.

    So it is with a fill that has changed no row yet.
    """
    if number or connection.broken or connection.closed or not text.startswith(("CREATE ", "UPDATE ")):
        return
    begin(connection, job, lambda: None)
    with translated("target", connection):
        connection.execute(
            "DELETE FROM dw_migration.batch WHERE source = %s AND revision = %s AND number = 0 AND done IS NULL"
            " AND coalesce((held -> 'fill' ->> 'rows')::bigint, 0) = 0",
            (job.source, job.revision),
        )
    connection.commit()


def _looked_after(connection: Connection, job: Job, text: str, *, started: bool) -> bool:
    """Whether it need not be run (again)."""
    with _autocommit(connection), _session(connection, job):
        return is_done(connection, text, started=started)


def _run_alone(connection: Connection, job: Job, number: int, text: str) -> None:
    """It waits for others for the whole budget at once: such a statement keeps nobody waiting behind it."""
    pauses = Pauses(job.lock_budget)
    while True:
        try:
            with measured(connection, text, transactional=False):
                execute(connection, text)
        except psycopg.Error as error:
            if connection.broken:
                raise _failure(connection, job, (number, 0), error) from None
            failure = _failure(connection, job, (number, 0), error)
            if error.sqlstate != _DUPLICATE_TABLE:  # then it is somebody else's
                is_done(connection, text, started=True)  # removes what the attempt left
            if error.sqlstate not in RETRIED or not pauses.another():
                raise failure from None
        else:
            return


# --- filled -----------------------------------------------------------------------------------------------------------


def _fill(way: _Way, number: int, filling: Filling, held: Held) -> None:
    """Fill the column, portion by portion, from where a former run stopped."""
    connection, job = way.connection, way.job
    begin(connection, job, way.check)
    mark = _found(way, number, held)
    keys = mark.held["key"] if mark.held else portions.key_of(connection, filling.place)
    mark.key = tuple(keys)
    connection.commit()
    portions.Portions(
        connection,
        filling.place,
        mark.key,
        job.batches[number].statements[0],
        portions.ROWS,
        job.settings(job.lock_timeout),
        job.lock_timeout,
        job.lock_budget,
        way.check,
        connection.commit,
        lambda error: _failure(connection, job, (number, 0), error),
        way.note_who_is_in_the_way,
    ).run(mark)


@dataclass(slots=True)
class _Filled:
    """How far it is, beside what the batch holds of privileges."""

    connection: Connection
    job: Job
    number: int
    privileges: Held
    is_done: bool
    held: dict[str, Any]
    key: tuple[str, ...] = ()

    def write(self, *, is_done: bool = False, **held: Any) -> None:
        """Note it, in the transaction that did it; that the batch is done, is noted apart."""
        self.is_done, self.held = is_done, self.held | held | {"key": self.key, "done": is_done}
        job, noted = self.job, {"privileges": dumped(self.privileges), "fill": self.held}
        with translated("target", self.connection):
            self.connection.execute(
                "UPDATE dw_migration.batch SET run = %s, held = %s WHERE (source, revision, direction, number) ="
                " (%s, %s, %s, %s)",
                (job.run, Jsonb(noted), job.source, job.revision, job.direction, self.number),
            )


def _found(way: _Way, number: int, held: Held) -> _Filled:
    """What a former run has noted of this batch."""
    query = "SELECT held -> 'fill' FROM dw_migration.batch WHERE source = %s AND number = %s"
    with translated("target", way.connection):
        row = way.connection.execute(query, (way.job.source, number)).fetchone()
    found = row[0] if row and row[0] else {}
    return _Filled(way.connection, way.job, number, held, bool(found.get("done")), found)


# --- the session ------------------------------------------------------------------------------------------------------


@contextmanager
def _autocommit(connection: Connection) -> Iterator[None]:
    connection.autocommit = True
    try:
        yield
    finally:
        if not connection.closed:
            connection.autocommit = False


@contextmanager
def _session(connection: Connection, job: Job) -> Iterator[None]:
    """The job's settings outside of a transaction; afterwards they are as before."""
    settings = job.settings(job.lock_budget)
    with translated("target", connection):
        before = {name: _current(connection, name) for name in settings}
        set_session(connection, settings, for_transaction=False)
    try:
        yield
    finally:
        if not connection.broken and not connection.closed:
            set_session(connection, before, for_transaction=False)


def _current(connection: Connection, name: str) -> str:
    row = connection.execute("SELECT pg_catalog.current_setting(%s)", (name,)).fetchone()
    return str(row[0]) if row else ""


def _is_marked(connection: Connection, job: Job, number: int) -> bool:
    """Whether a former run has begun the batch."""
    query = "SELECT FROM dw_migration.batch WHERE source = %s AND number = %s"
    with translated("target", connection):
        return bool(connection.execute(query, (job.source, number)).rowcount)


def _mark(connection: Connection, job: Job, number: int, held: Held, *, done: bool) -> None:
    """Note the batch as started or done, and what is held."""
    with translated("target", connection):
        connection.execute(
            "INSERT INTO dw_migration.batch (source, revision, direction, number, sha256, run, held, done)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, CASE WHEN %s THEN pg_catalog.clock_timestamp() END)"
            " ON CONFLICT (source, revision, direction, number) DO UPDATE SET run = EXCLUDED.run, done = EXCLUDED.done",
            (
                job.source,
                job.revision,
                job.direction,
                number,
                sha256_of([job.batches[number]]),
                job.run,
                Jsonb(dumped(held)),
                done,
            ),
        )


# --- a statement fails ------------------------------------------------------------------------------------------------


def _failure(connection: Connection, job: Job, at: tuple[int, int], error: psycopg.Error) -> DwMigrationError:
    """Our error: which statement, where it stands, what the server said, for locks who is in the way; the way back."""
    state = error.sqlstate
    ours = translation(error, job.place(*at), connection)
    if state == "55P03" and not connection.broken:
        return kept_out(ours, connection, job.schemas, job.lock_budget, state)
    if at[0] and job.direction == "up" and type(ours) is ServerError:
        way = f"mend what is in the way and apply it again, or go back by dw-migration rollback {job.source} -1"
        return ServerError(f"{ours}; the batches before it are committed: {way}", sqlstate=state)
    return ours
