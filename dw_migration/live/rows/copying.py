"""Tables in their order: begun, copied by several workers, put in order again, or gone on with after any end."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypedDict, TypeVar

import psycopg

from dw_migration.config import Connection
from dw_migration.errors import BadConfig, DwMigrationError, NoConnection, SourceChanging
from dw_migration.live.connections import connect_source, connect_target, identity
from dw_migration.live.ledger import Actor, Ledger
from dw_migration.live.locks import acquire
from dw_migration.live.rows.apart import StillOff, put_back, referenced, tables_apart, take_off, to_take_off
from dw_migration.live.rows.checks import NewTable, checked
from dw_migration.live.rows.chunks import BATCH, Chunk, Copies, Copy, Mode, Totals, ranges
from dw_migration.live.rows.hashes import RowHash, common_hashes, table_hash
from dw_migration.live.rows.loading import Job
from dw_migration.live.rows.pump import Moved, Rate
from dw_migration.live.rows.rejects import Retried
from dw_migration.live.rows.sequences import advance
from dw_migration.live.rows.side import Side
from dw_migration.live.rows.snapshots import Snapshot, SnapshotGone, as_reader, exported, storage
from dw_migration.live.rows.transfer import as_writer, copy_chunk, retry
from dw_migration.resolutions.compiled import TablePlan
from dw_migration.resolutions.shape import TableName
from dw_migration.revision import one_line
from dw_migration.sql import Sql, identifier, sql

Progress = Callable[[TableName, int, int, int], None]
"""Told of the new table, its rows and bytes so far, and how many rows are expected; by any worker's thread."""

_T = TypeVar("_T")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_MORE_SNAPSHOTS = 4
"""How often a run takes another one where its own is gone."""
_FOLLOWED = Sql(
    "SELECT CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_control_checkpoint()', 'EXECUTE')"
    " THEN (pg_catalog.pg_control_checkpoint()).timeline_id END"
)
"""The timeline that a standby follows; NULL where the role may not know."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Where rows come from and where they go."""

    source: Connection
    target: Connection
    application_name: str = "dw/rows"
    lock_timeout: timedelta = timedelta(seconds=1)
    patience: timedelta = timedelta(minutes=10)
    """For a row, or for the source's answer; a table without a key is hashed in one statement that takes no longer."""
    strict_tls: bool = False

    def open_source(self) -> Side:
        """A session that may only read, with no limit to its statements but `patience`."""
        session = connect_source(
            self.source,
            application_name=self.application_name,
            statement_timeout=timedelta(),
            patience=self.patience,
            strict_tls=self.strict_tls,
        )
        return self._patient(Side(session, self.source.where))

    def open_target(self) -> Side:
        """A session that may write."""
        session = connect_target(
            self.target,
            application_name=self.application_name,
            lock_timeout=self.lock_timeout,
            strict_tls=self.strict_tls,
        )
        return self._patient(Side(session, self.target.where))

    def _patient(self, side: Side) -> Side:
        """Each waits in its transaction for the other."""
        longest = self.patience + timedelta(minutes=1)
        try:
            side.run(sql("SET idle_in_transaction_session_timeout = {}", longest // timedelta(milliseconds=1)))
        except BaseException:
            side.session.close()
            raise
        return side


@dataclass(frozen=True, slots=True)
class Terms:
    """How a copy is made."""

    mode: Mode = Mode.NONE
    batch: int = BATCH
    workers: int = 1
    rate: int | None = None
    """Bytes a second, of all workers together."""
    strict: bool = False
    """Whether a refused row stops its table."""
    keep_values: bool = False
    """Whether rejects hold the refused values."""
    hashes: bool = True
    snapshot_age: timedelta = timedelta(hours=12)
    """How long the source may be kept from cleaning up."""
    lock_budget: timedelta = timedelta(minutes=1)
    """How long locks and lost connections are tried again."""
    actor: Actor = field(default_factory=Actor)


@dataclass(frozen=True, slots=True)
class TableCopied:
    """What became of one table."""

    plan: TablePlan
    totals: Totals
    was_there: bool = False
    """Whether a run before had copied all of it."""
    error: DwMigrationError | None = None
    """Why some of it is missing."""
    still_off: tuple[StillOff, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the table was copied in one transaction, since it has no key to cut it by."""
        return not self.plan.key


def copy_table(
    ends: Ends,
    plan: TablePlan,
    terms: Terms = Terms(),
    *,
    rows: int = 0,
    progress: Progress | None = None,
) -> TableCopied:
    """As `copy_tables`, of one."""
    (copied,) = copy_tables(ends, (plan,), terms, rows={plan.new: rows}, progress=progress)
    return copied


def copy_tables(
    ends: Ends,
    plans: Sequence[TablePlan],
    terms: Terms = Terms(),
    *,
    rows: Mapping[TableName, int] | None = None,
    progress: Progress | None = None,
) -> tuple[TableCopied, ...]:
    """What became of each table, in the order given, which is that of their foreign keys.

    Run again after any end it goes on where it stopped. An error of one table stops that one; a lost server all. Where
    the snapshot is gone, say since a standby's recovery ended its session, another one is taken, four times at most.
    `rows` are estimates by new table. Holds the source's clean-up back, and per chunk ACCESS SHARE on the old table; on
    new tables see `take_off`.
    Raises, before the first row: Locked if another run writes to one of the schemas; StalePlan, NotAllowed, BadConfig
    (a table is not empty), NoConnection, ServerError.
    """
    done = _attempted(ends, plans, terms, rows or {}, progress)
    for _ in range(_MORE_SNAPSHOTS):
        if not any(isinstance(each.error, SnapshotGone) for each in done):
            break
        try:  # each table has begun by now, in its mode
            again = _attempted(ends, plans, replace(terms, mode=Mode.NONE), rows or {}, progress)
        except NoConnection:
            break  # what the first attempt told holds
        done = tuple(map(_of_both, done, again))
    return done


def _of_both(before: TableCopied, after: TableCopied) -> TableCopied:
    """What two attempts in one run made of a table: one that the first completed lacks what the second left off."""
    return replace(before, still_off=after.still_off) if after.was_there else after


def _attempted(
    ends: Ends, plans: Sequence[TablePlan], terms: Terms, expected: Mapping[TableName, int], progress: Progress | None
) -> tuple[TableCopied, ...]:
    """What became of each table with the rows of one snapshot."""
    with opened_run(ends, plans, terms) as run:
        found = run.checked(plans)
        tables = [_begun(run, each, new, expected.get(each.new, 0)) for each, new in found]
        _copied(run, tables, {each.new: _Meter(each.new, expected.get(each.new, 0), progress) for each in plans})
        return _finished(run, tables)


def retry_rejects(
    ends: Ends, plans: Sequence[TablePlan], terms: Terms = Terms()
) -> tuple[tuple[TablePlan, Retried], ...]:
    """What became of the rejects of each table that was copied under its plan's specification, in one new snapshot.

    Raises: as `copy_tables`, and as `load`.
    """
    with opened_run(ends, plans, terms) as run:
        retried = []
        for plan, new in run.checked(plans, writes=False):
            copy = run.copies.find(ends.source.where, plan)
            if copy is not None:
                retried.append((plan, _retried(run, run.job(plan, copy, new))))
        return tuple(retried)


def _retried(run: "Run", job: Job) -> Retried:
    with run.target.transaction():
        take_off(run.target, job.plan.new, triggers_alone=True)
    try:
        with run.pair() as (source, target):
            return retry(source, target, run.snapshot, job)
    finally:
        put_back(run.target, job.plan.new, foreign_keys=False)


# --- a run ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Run:
    """What all tables and workers of a run share."""

    ends: Ends
    terms: Terms
    target: Side
    """The session that holds the locks, and makes what is not rows."""
    snapshot: Snapshot
    rate: Rate | None
    is_one: bool = False
    """Whether both ends are the same database, or the source is a standby of it."""
    common: tuple[RowHash, ...] = ()
    """How both servers hash alike, the cheapest first; none where rows are only counted."""
    over: DwMigrationError | None = None
    """Why no further chunk is begun."""
    _idle: list[tuple[Side, Side]] = field(default_factory=list)
    _open: set[Side] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def copies(self) -> Copies:
        """The ledger's notes, over the session of the locks."""
        return Copies(self.target)

    def checked(self, plans: Sequence[TablePlan], *, writes: bool = True) -> list[tuple[TablePlan, NewTable]]:
        """Each plan with its new table, all of them checked before anything is done to one.

        `writes`: whether rows are to come, so that those which a table has already must be provided for.
        """
        if writes:
            self._check_apart(plans)
        with self.pair() as (source, _):
            found = [(each, checked(source, self.target, each)) for each in plans]
        for plan, new in found if writes else ():
            self._check_mode(plan, new)
            self._check_owned(plan)
        return found

    def _check_apart(self, plans: Sequence[TablePlan]) -> None:
        """What is read must not be written: to empty it would be the end of its rows."""
        read = {each.old for each in plans} if self.is_one else set()
        for each in plans:
            if each.new in read:
                raise BadConfig(
                    f"{_shown(each)}: is read and written in one database, or its standby: expected another one, or "
                    "another schema"
                )

    def _check_owned(self, plan: TablePlan) -> None:
        before = self.copy_before(plan)
        if before is None or before.state != "copied":
            mode, anew = (before.mode if before else self.terms.mode), before is None
            to_take_off(self.target, plan.new, **_off(plan, mode, anew=anew))

    def _check_mode(self, plan: TablePlan, new: NewTable) -> None:
        if self.terms.mode is Mode.UPSERT and not plan.key:
            raise BadConfig(f"{_shown(plan)}: rows are overwritten by their key, and it shares none with the old table")
        is_new = self.copy_before(plan) is None
        if self.terms.mode is Mode.NONE and is_new and not new.is_empty(self.target):
            raise BadConfig(
                f"{_shown(plan)}: the table has rows already, which are not from this copy: say whether to add to them "
                f"(--append), to overwrite those with the same key (--upsert), or to remove all (--truncate)"
            )

    def copy_before(self, plan: TablePlan) -> Copy | None:
        """The copy that a run before began or ended, and that this one goes on with."""
        copy = self.copies.find(self.ends.source.where, plan)
        if copy is None:
            return None
        goes_on = copy.state == "copying" and self.terms.mode in {copy.mode, Mode.NONE, Mode.APPEND}
        is_there = copy.state == "copied" and self.terms.mode in {Mode.NONE, Mode.APPEND}
        return copy if goes_on or is_there else None

    def job(self, plan: TablePlan, copy: Copy | None, new: NewTable) -> Job:
        """What the chunks of the table must know."""
        with self.pair() as (source, target):
            if self.terms.hashes and not self.common:
                self.common = common_hashes(source, target)
            hashed_as = table_hash(self.target, plan, self.common) if self.common else None
            files = storage(source, *plan.old)
        terms = self.terms
        return Job(plan, copy, new, files, hashed_as, terms.strict, terms.keep_values, self.rate)

    @contextmanager
    def pair(self) -> Iterator[tuple[Side, Side]]:
        """Two sessions for a worker; after an error they are closed, whatever state they are in."""
        with self._guard:
            pair = self._idle.pop() if self._idle else None
        pair = pair or self._opened_pair()
        try:
            yield pair
        except BaseException:
            self._close(pair)
            raise
        with self._guard:
            self._idle.append(pair)

    def _opened_pair(self) -> tuple[Side, Side]:
        with ExitStack() as stack:
            source = self.ends.open_source()
            stack.callback(source.session.close)
            target = self.ends.open_target()
            stack.pop_all()
        as_reader(source)
        as_writer(target)
        with self._guard:
            self._open |= {source, target}
        return source, target

    def _close(self, pair: tuple[Side, Side]) -> None:
        with self._guard:
            self._open -= set(pair)
        for each in pair:
            each.session.close()

    def cancel(self) -> None:
        """The servers end what the workers wait for."""
        with self._guard:
            for each in self._open:
                with suppress(psycopg.Error):
                    each.session.cancel_safe(timeout=5)

    def close_sessions(self) -> None:
        """Close those of the workers."""
        while self._idle:
            self._close(self._idle.pop())


@contextmanager
def opened_run(ends: Ends, plans: Sequence[TablePlan], terms: Terms) -> Iterator[Run]:
    """A run, alone in its schemas; what a run before left off tables that are not copied now is put back first.

    Where the schemas are a source's, no run that changes them works meanwhile; one that does is waited for.
    """
    schemas = sorted({each.new[0] for each in plans})
    with ExitStack() as stack:
        target = ends.open_target()
        stack.callback(target.session.close)
        ledger = Ledger(target.session)
        ledger.ensure()
        for schema in schemas:
            acquire(target.session, f"rows of {schema}")
        for source in sorted(ledger.holders(schemas)):
            acquire(target.session, source, wait=terms.lock_budget)
        now = {each.new for each in plans}
        for table in tables_apart(target, schemas):
            if table not in now:
                put_back(target, table)
        holder = ends.open_source()
        stack.callback(holder.session.close)
        is_one = _is_one(holder, target) or _is_standby_of(holder, target)
        snapshot = stack.enter_context(exported(holder, terms.snapshot_age))
        rate = Rate(terms.rate) if terms.rate else None
        run = Run(ends, terms, target, snapshot, rate, is_one=is_one)
        stack.callback(run.close_sessions)
        yield run


def _is_one(source: Side, target: Side) -> bool:
    """Whether both are sessions on one database: then the one sees the locks that the other holds."""
    held = sql(
        "SELECT classid, objid FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND pid = {} AND database ="
        " (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) ORDER BY 1, 2",
        target.session.info.backend_pid,
    )
    return source.rows(held) == target.rows(held)


def _is_standby_of(source: Side, target: Side) -> bool:
    """Whether the target's writes come to the source by replication; the clone of its server has another timeline."""
    old, new = identity(source.session), identity(target.session)
    same = old.system_identifier, old.database_oid
    if not old.in_recovery or old.system_identifier is None or same != (new.system_identifier, new.database_oid):
        return False
    return source.rows(_FOLLOWED) == [(new.timeline,)]


def _shown(plan: TablePlan) -> str:
    return one_line(identifier(*plan.new).text)


# --- a table --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Table:
    """A table under way."""

    job: Job
    chunks: tuple[Chunk, ...]
    needs: frozenset[TableName]
    """Those that must be complete before: it looks something up in them, or its foreign keys stand."""
    was_there: bool
    error: DwMigrationError | None = None
    still_off: tuple[StillOff, ...] = ()
    futures: list[Future[None]] = field(default_factory=list)


def _begun(run: Run, plan: TablePlan, new: NewTable, expected: int) -> _Table:
    """The table, cut into chunks, emptied where that was asked for, and with what is slow taken off it."""
    before = run.copy_before(plan)
    mode = before.mode if before else run.terms.mode
    was_there = before is not None and before.state == "copied"
    with run.pair() as (source, _), run.snapshot.seen_by(source):
        cuts = () if before else tuple(ranges(source, plan, batch=run.terms.batch, rows=expected))

    def begin() -> Copy:
        with run.target.transaction():
            if not was_there:
                _take_off(run.target, plan, mode, anew=before is None)
            return before or run.copies.begin(
                run.ends.source.where, plan, mode, cuts, snapshot=run.snapshot.id, actor=run.terms.actor
            )

    copy = _persistently(begin, run.terms.lock_budget)
    needs = referenced(run.target, plan.new) | {each.table for each in plan.staged}
    return _Table(run.job(plan, copy, new), run.copies.chunks(copy), needs - {plan.new}, was_there)


def _take_off(target: Side, plan: TablePlan, mode: Mode, *, anew: bool) -> None:
    off = _off(plan, mode, anew=anew)
    take_off(target, plan.new, **off)
    if off["emptied"]:
        target.run(sql("TRUNCATE {}", identifier(*plan.new)))


class _Off(TypedDict):
    """What is taken off: see `take_off`."""

    key: list[str]
    emptied: bool
    triggers_alone: bool


def _off(plan: TablePlan, mode: Mode, *, anew: bool) -> _Off:
    key = [each.new for each in plan.key]
    return {"key": key, "emptied": mode is Mode.TRUNCATE and anew, "triggers_alone": not mode.starts_empty}


def _finished(run: Run, tables: Sequence[_Table]) -> tuple[TableCopied, ...]:
    """Each with its indexes and constraints; foreign keys last, since they need the rows of all."""
    for table in tables:
        _put_back(run, table, foreign_keys=False)
    for table in tables:
        _put_back(run, table, foreign_keys=True)
    return tuple(_closed(run, each) for each in tables)


def _put_back(run: Run, table: _Table, *, foreign_keys: bool) -> None:
    plan, deadline = table.job.plan, time.monotonic() + run.terms.lock_budget.total_seconds()
    while True:
        table.still_off = put_back(run.target, plan.new, foreign_keys=foreign_keys)
        if not any(each.error.may_pass for each in table.still_off) or time.monotonic() >= deadline:
            return
        time.sleep(random.uniform(0, _LONGEST_PAUSE / 10))  # noqa: S311 - jitter, not a secret


def _closed(run: Run, table: _Table) -> TableCopied:
    """What became of the table; the ledger says that it is copied, where it is."""
    plan, totals = table.job.plan, run.copies.totals(table.job.noted)
    error = table.error or (run.over if totals.copied < totals.chunks else None)
    if error is None and not table.was_there:
        try:
            with run.pair() as (source, _):
                advance(source, run.target, plan)
            run.copies.finish(table.job.noted)
        except DwMigrationError as failure:
            error = failure
    return TableCopied(plan, totals, table.was_there, error, table.still_off)


# --- chunks, by workers ---------------------------------------------------------------------------------------------


class _Meter:
    """What a table has moved, over all of its workers; what an attempt that failed moved does not count."""

    def __init__(self, table: TableName, expected: int, progress: Progress | None) -> None:
        self.table, self.expected, self.progress = table, expected, progress
        self._guard = threading.Lock()
        self._rows, self._bytes = 0, 0

    @contextmanager
    def attempt(self) -> Iterator[Moved]:
        """What the attempt tells of its blocks."""
        moved = [0, 0]

        def tell(rows: int, size: int) -> None:
            moved[:] = moved[0] + rows, moved[1] + size
            self._add(rows, size)

        try:
            yield tell
        except BaseException:
            self._add(-moved[0], -moved[1])
            raise

    def _add(self, rows: int, size: int) -> None:
        with self._guard:
            self._rows, self._bytes = self._rows + rows, self._bytes + size
            if self.progress:
                self.progress(self.table, self._rows, self._bytes, self.expected)


def _copied(run: Run, tables: Sequence[_Table], meters: Mapping[TableName, _Meter]) -> None:
    """Copy every chunk that is not copied yet, in order, by as many workers as the terms say."""
    by_name = {each.job.plan.new: each for each in tables}
    pool = ThreadPoolExecutor(run.terms.workers, "dw_rows")
    try:
        for table in tables:
            _await([by_name[each] for each in table.needs & by_name.keys()], table)
            for chunk in table.chunks:
                if not chunk.copied:
                    meter = meters[table.job.plan.new]
                    table.futures.append(pool.submit(copy_context().run, _copy, run, table, chunk, meter))
        _await(tables)
    except BaseException:
        run.over = run.over or DwMigrationError("the run was interrupted: run it again, and it goes on")
        while any(each.running() for table in tables for each in table.futures):
            run.cancel()
            time.sleep(_FIRST_PAUSE)
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _await(tables: Sequence[_Table], for_: _Table | None = None) -> None:
    """The tables' chunks have ended; where one of them failed, the table that waits for it is not begun."""
    futures = [future for each in tables for future in each.futures]
    for each in wait(futures, return_when=FIRST_EXCEPTION).done:
        each.result()
    failed = next((each for each in tables if each.error), None)
    if for_ is not None and failed is not None:
        for_.error = DwMigrationError(
            f"{for_.job.name}: not begun, since {failed.job.name} before it is not complete: mend that one first"
        )


def _copy(run: Run, table: _Table, chunk: Chunk, meter: _Meter) -> None:
    """Copy the chunk, unless what went before says that it is in vain."""
    try:
        if run.over is None and table.error is None:
            _persistently(lambda: _attempt(run, table.job, chunk, meter), run.terms.lock_budget)
    except DwMigrationError as error:
        table.error = table.error or error
        if isinstance(error, NoConnection | SnapshotGone):
            run.over = error


def _attempt(run: Run, job: Job, chunk: Chunk, meter: _Meter) -> None:
    with run.pair() as (source, target), meter.attempt() as moved:
        copy_chunk(source, target, run.snapshot, replace(job, moved=moved), chunk)


def _persistently(act: Callable[[], _T], budget: timedelta) -> _T:
    """What it gives; tried again with pauses, as long as the budget lasts, where another moment may be better.

    A source that was changed, or whose snapshot is gone, stays so for this run.
    """
    deadline, longest = time.monotonic() + budget.total_seconds(), _FIRST_PAUSE
    while True:
        try:
            return act()
        except DwMigrationError as error:
            pause = random.uniform(0, longest)  # noqa: S311 - jitter, not a secret
            if not error.may_pass or isinstance(error, SourceChanging) or time.monotonic() + pause > deadline:
                raise
        time.sleep(pause)
        longest = min(_LONGEST_PAUSE, longest * 2)
