"""Files are run, in order, each with its history: one logic, whatever drives it."""

import difflib
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice, zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg

from dw_migration.errors import BadSqlFiles, DwMigrationError, HistoryChanged, NotOurs, ServerError
from dw_migration.live.connections import translation
from dw_migration.live.sqlfiles.asking import (
    Batch,
    InTransaction,
    Logic,
    Query,
    Stopped,
    Verbatim,
    Write,
    server_time,
)
from dw_migration.live.sqlfiles.history import Record, State
from dw_migration.live.sqlfiles.session import (
    Pauses,
    Place,
    Terms,
    in_transaction,
    locked,
    make_schema,
    put_back,
    ready,
    rolled_back,
    set_up,
    settings,
    unlocked,
)
from dw_migration.live.sqlfiles.unheard import clear, outcome
from dw_migration.live.sqlfiles.unknown import templates, unknown_relations
from dw_migration.revision import one_line
from dw_migration.rule import Finding
from dw_migration.sql import Sql, sql
from dw_migration.sqlfiles.file import Script, SqlFile, Step
from dw_migration.sqlfiles.filename import Kind, Version
from dw_migration.sqlfiles.modules import Module, in_order, required_of
from dw_migration.sqlfiles.relations import schemas_of

_SHOWN = 120
_ENVELOPE = 100
"""Bytes around a statement on its way."""
_MOST_LINES = 40
_TOGETHER = 8_000
"""Bytes of statements that are sent at once. A socket with nothing in it takes them: psycopg's pipeline waits for ever
where it does not, https://github.com/psycopg/psycopg/issues/685."""
_MOST_CHARACTERS = 2_000
_NO_SCHEMA_CHOSEN, _NO_SUCH_TABLE = "3F000", "42P01"
_MISSING = re.compile(r'relation "(?P<name>[^".]+)" does not exist')
_SETS = re.compile(r"(?:SET|RESET)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one file stands."""

    module: str
    version: Version
    filename: str
    state: State
    description: str = ""
    checksum: str = ""
    applied_at: datetime | None = None
    duration: timedelta | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one file."""

    module: str
    version: str
    filename: str
    checksum: str
    milliseconds: int
    what: str = "applied"
    """applied, tried (and rolled back), left out (of a dry run), rolled back."""


# --- how files stand --------------------------------------------------------------------------------------------------


def standings(place: Place) -> Logic[tuple[Standing, ...]]:
    """How each file stands that is there, or was; in order."""
    return _standings(place, (yield from place.history.records(place.module.name)))


def _standings(place: Place, records: Mapping[Version, Record]) -> tuple[Standing, ...]:
    found = [_standing(place, each, records.get(each.version)) for each in place.module.files]
    there = {(each.kind, each.version) for each in place.module.files}
    for record in records.values():
        is_left = record.state in {"applied", "started"} or (record.state == "failed" and record.done > 0)
        if is_left and (record.kind, record.version) not in there:
            found.append(_gone(record))
    return tuple(sorted(found, key=lambda each: each.version))


def _standing(place: Place, file: SqlFile, record: Record | None) -> Standing:
    state, reason = _state(place, file, record)
    known = record if record and record.is_applied else None
    return Standing(
        file.module,
        file.version,
        file.name.name,
        state,
        file.description,
        file.checksum,
        known.applied_at if known else None,
        known.duration if known else None,
        reason,
    )


def _state(place: Place, file: SqlFile, record: Record | None) -> tuple[State, str]:
    if record is None or record.state == "rolled back":
        return State.PENDING, ""
    if record.state == "started":
        return State.INTERRUPTED, f"{record.done} of {len(record.steps)} statements are done"
    if record.state == "failed":
        return State.FAILED, record.error
    if file.kind is Kind.REPEATABLE:
        is_same = record.checksum == file.checksum and record.ran in {None, file.script(place.names).sha256}
        return (State.APPLIED, "") if is_same else (State.PENDING, "its content changed")
    if record.checksum != file.checksum:
        return State.CHANGED, f"applied {_when(record)} as {record.checksum[:12]}, now {file.checksum[:12]}"
    return State.APPLIED, ""


def _gone(record: Record) -> Standing:
    state = State.MISSING if record.is_applied else State.INTERRUPTED if record.state == "started" else State.FAILED
    done = f"{record.done} of {len(record.steps)} statements are done"
    reason = f"applied {_when(record)}" if record.is_applied else done
    return Standing(
        record.module,
        record.version,
        record.filename,
        state,
        record.description,
        record.checksum,
        record.applied_at,
        record.duration,
        reason,
    )


def _when(record: Record) -> str:
    return f"{record.applied_at:%Y-%m-%d %H:%M:%S} UTC" if record.applied_at else "at an unknown time"


# --- up ---------------------------------------------------------------------------------------------------------------


Gate = Callable[[SqlFile, Script, tuple[Finding, ...]], None]
"""Is shown a file, what of it is to run, and what the server knows of that."""


Backup = Callable[[str, frozenset[str]], Path | None]
"""Saves these schemas under this name before files run, and says where; None where there is nothing to save."""


@dataclass(frozen=True)
class Task:
    """Files that are to be run, of modules that are looked at together."""

    places: Mapping[str, Place]
    modules: tuple[str, ...]
    """Those of them whose files may run."""
    to: Version | None = None
    """The last version; repeatable files are left out then."""
    only: Version | None = None
    """The one version."""
    gate: Gate | None = None
    """Raises what keeps a file from being run."""
    backup: Backup | None = None


def apply(task: Task, terms: Terms) -> Logic[tuple[Ran, ...]]:
    """Run what is pending, in order, each with its history; nothing at all where one of them cannot be run.

    Raises: BadSqlFiles, HistoryChanged, Locked, what the gate raises, and for a statement that fails ServerError,
    NotAllowed, NoConnection: what ran before it stays.
    """
    locks = yield from locked(task.modules, terms)
    try:
        work = yield from _work(task, terms)
        saved = yield from save(work, task.backup)
        for name in {each.file.module: None for each in work}:
            yield from ready(task.places[name])
        return (yield from run(work, terms, saved))
    finally:
        yield from unlocked(locks)


def try_out(task: Task, terms: Terms) -> Logic[tuple[Ran, ...]]:
    """Run what is pending in one transaction that is rolled back; what runs in no transaction is left out.

    Raises: as `apply`; nothing stays in any case.
    """
    work = yield from _work(task, terms)
    ran = []
    yield Query("BEGIN")
    try:
        for name in task.modules:
            yield from make_schema(task.places[name])
        for each in work:
            if not each.script.transactional:
                ran.append(each.ran("left out", 0))
                continue
            ran.append((yield from FileRun(each, terms).trial()))
        yield Query("SET CONSTRAINTS ALL IMMEDIATE")
        return tuple(ran)
    finally:
        yield from rolled_back()


@dataclass(frozen=True)
class Work:
    """One file that is to be run."""

    place: Place
    file: SqlFile
    script: Script
    record: Record | None

    @property
    def label(self) -> str:
        """Of its version, as the history has it."""
        return (self.record.version if self.record else self.file.version).label

    @property
    def done(self) -> int:
        """Statements that a former run has committed."""
        return self.record.done if self.record and self.record.state in {"started", "failed"} else 0

    def ran(self, what: str, milliseconds: int) -> Ran:
        """What is told of it."""
        file = self.file
        return Ran(file.module, file.version.label, file.name.name, file.checksum, milliseconds, what)


def run(
    work: Sequence[Work], terms: Terms, saved: Mapping[str, str], *, what: str = "applied"
) -> Logic[tuple[Ran, ...]]:
    """Run the files one after the other, each in a session that is set as it was before the first.

    What was saved before them, by module, is noted first.
    """
    ran, before = [], (yield from settings())
    for place in {each.file.module: each.place for each in work if each.file.module in saved}.values():
        name = place.module.name
        yield from in_transaction(place.history.note(name, None, "backed up", terms.actor, file=saved[name]))
    for each in work:
        ran.append((yield from FileRun(each, terms, before, what=what).run()))
    return tuple(ran)


def _work(task: Task, terms: Terms) -> Logic[tuple[Work, ...]]:
    """What is to be run, all of it checked. Raises: BadSqlFiles, HistoryChanged, what the gate raises."""
    modules = {name: place.module for name, place in task.places.items()}
    records: dict[str, dict[Version, Record]] = {}
    for name, place in task.places.items():
        records[name] = yield from place.history.records(name)
    for name in task.modules:
        yield from _check_history(task.places[name], records[name])
    pending = tuple(each for each in in_order(modules) if _is_wanted(task, each, records[each.module]))
    if not terms.out_of_order:
        _check_order(pending, task, records)
    _check_required(modules, pending, records)
    faults: list[str] = []
    work = [found for each in pending if (found := _prepared(task.places[each.module], each, records, faults))]
    if faults:
        raise BadSqlFiles(tuple(faults))
    for each in work:
        _check_same_beginning(each)
    yield from pass_gate(work, task.gate)
    return tuple(work)


def save(work: Sequence[Work], backup: Backup | None) -> Logic[dict[str, str]]:
    """Back up what the files of each module name; the dumps' names by module. Raises: what the backup raises."""
    saved: dict[str, str] = {}
    if backup is None:
        return saved
    for name, place in {each.file.module: each.place for each in work}.items():
        own = place.path[0] if place.path else None
        schemas = {each for one in work if one.file.module == name for each in schemas_of(one.script, own)}
        there = yield Query("SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname = ANY (%s)", (list(schemas),))
        if path := backup(name, frozenset(schema for (schema,) in there)):
            saved[name] = path.name
    return saved


def pass_gate(work: Sequence[Work], gate: Gate | None) -> Logic[None]:
    """Show each file to the gate. Raises: what that raises."""
    if gate is not None:
        unknown = yield from unknown_relations([(each.place, each.script) for each in work])
        for each in work:
            gate(each.file, each.script, unknown.get(each.script.file, ()))


def _is_wanted(task: Task, file: SqlFile, records: Mapping[Version, Record]) -> bool:
    if file.module not in task.modules:
        return False
    if task.only is not None and file.version != task.only:
        return False
    if task.to is not None and (file.kind is Kind.REPEATABLE or file.version > task.to):
        return False
    state, _ = _state(task.places[file.module], file, records.get(file.version))
    return state in {State.PENDING, State.FAILED, State.INTERRUPTED}


def _prepared(
    place: Place, file: SqlFile, records: Mapping[str, Mapping[Version, Record]], faults: list[str]
) -> Work | None:
    try:
        file.way_back  # noqa: B018 - what is wrong with it is told before anything runs
        script = file.script(place.names)
    except BadSqlFiles as error:
        faults += error.faults
        return None
    return Work(place, file, script, records[file.module].get(file.version))


def _check_history(place: Place, records: Mapping[Version, Record]) -> Logic[None]:
    """Nothing, if what ran is what the files say. Raises: HistoryChanged with every difference."""
    yield from place.history.chain(place.module.name)
    told = []
    for each in _standings(place, records):
        if each.state is State.CHANGED:
            told.append((yield from _told_changed(place, records[each.version])))
        elif each.state is State.MISSING or (
            each.state in {State.INTERRUPTED, State.FAILED} and each.version not in _versions(place)
        ):
            told.append(f"{each.module}/{each.filename}: {each.reason}, and is not there any more: put it back")
    if told:
        told.append(f"or accept it: dw-migration sql repair {place.module.name} --reason WHY")
        raise HistoryChanged("\n".join(told))


def _versions(place: Place) -> frozenset[Version]:
    return frozenset(each.version for each in place.module.files)


def _told_changed(place: Place, record: Record) -> Logic[str]:
    file = place.module.find(record.version)
    if file is None:
        return ""
    before = yield from place.history.text(record)
    lines = difflib.unified_diff(
        before.splitlines(), file.text.splitlines(), f"applied {_when(record)}", "now", lineterm="", n=1
    )
    shown = [one_line(line, _SHOWN) for line in islice(lines, _MOST_LINES)]
    told = (
        f"{file.label}: was changed after it was applied {_when(record)}: then {record.checksum}, now {file.checksum}: "
        f"put it back, and write another file"
    )
    return "\n".join([told, *(f"    {line}" for line in shown)])


def _check_order(pending: Sequence[SqlFile], task: Task, records: Mapping[str, Mapping[Version, Record]]) -> None:
    """Nothing, if what is pending comes behind all that was applied. Raises: HistoryChanged."""
    told: list[str] = []
    for each in pending:
        if each.kind is Kind.VERSIONED:
            known = records[each.module].values()
            applied = {record.version for record in known if record.is_applied and record.kind is Kind.VERSIONED}
            told += _too_late(each, {version for version in applied if bool(version.numbers) == each.name.is_numbered})
            if task.only is not None:
                told += _too_early(each, task.places[each.module].module, applied)
    if told:
        raise HistoryChanged("\n".join(told))


def _too_late(file: SqlFile, applied: Collection[Version]) -> Iterator[str]:
    last = max(applied, default=file.version)
    if file.version < last:
        yield (
            f"{file.label}: comes before {last}, which is applied: give it a later number, or run it out of order: "
            f"--out-of-order"
        )


def _too_early(file: SqlFile, module: Module, applied: Collection[Version]) -> Iterator[str]:
    for other in module.versioned:
        if other.version < file.version and other.version not in applied:
            yield f"{file.label}: {other.name.name} comes before it, and is pending: run that one first"


def _check_required(
    modules: Mapping[str, Module], pending: Sequence[SqlFile], records: Mapping[str, Mapping[Version, Record]]
) -> None:
    running = {(each.module, each.version) for each in pending}
    told = []
    for each in pending:
        for other in required_of(modules, each):
            record = records[other.module].get(other.version)
            if (other.module, other.version) not in running and (record is None or not record.is_applied):
                told.append(
                    f"{each.label}: requires {other.label}, which is pending: run the module {other.module} too"
                )
    if told:
        raise BadSqlFiles(tuple(told))


def _check_same_beginning(work: Work) -> None:
    """Nothing, if the statements that are done are those of the file. Raises: HistoryChanged."""
    record, done = work.record, work.done
    if record is None or not (done or record.begun):
        return
    if work.script.transactional:
        raise HistoryChanged(
            f"{work.file.label}: {done} of its {len(record.steps)} statements are done, each by itself: say "
            f"-- transaction: none as before, or take these back by hand and have the file run anew: dw-migration sql "
            f"repair {work.file.module} {work.file.version} --done 0 --reason WHY"
        )
    counted = done + record.begun
    now = tuple(step.sha256 for step in work.script.steps)
    for number, (before, after) in enumerate(zip_longest(record.steps[:counted], now[:counted])):
        if before != after:
            raise HistoryChanged(
                f"{work.file.label}: its first {done} of {len(record.steps)} statements are done, and statement "
                f"{number + 1} is another one now: put that back; what is behind these may be mended"
            )


# --- one file ---------------------------------------------------------------------------------------------------------


class FileRun:
    """One file's way up, or back."""

    def __init__(
        self, work: Work, terms: Terms, before: Mapping[str, str] = MappingProxyType({}), *, what: str = "applied"
    ) -> None:
        self.work, self.terms, self.before, self.what = work, terms, before, what
        """`before` is what is set in the session, which the file may change."""
        self.place, self.file, self.history = work.place, work.file, work.place.history
        self.script = work.script
        self.began = time.monotonic()
        self.at, self.at_since = datetime.now(UTC), self.began
        """The server's clock, when it was looked at last, and when that was by ours."""

    @property
    def milliseconds(self) -> int:
        """Since it began."""
        return round((time.monotonic() - self.began) * 1000)

    def run(self) -> Logic[Ran]:
        """Run it, and note it. Raises: ServerError and the like, noted too; NotOurs, if only a person can go on."""
        try:
            yield from self._in_transaction() if self.script.transactional else self._statement_by_statement()
        except NotOurs:
            raise
        except DwMigrationError as error:
            yield from self._note_failure(error)
            if remedy := (yield from self._template(error)):
                raise ServerError(f"{error}: {remedy}", sqlstate=_NO_SUCH_TABLE) from None
            raise
        finally:
            if (yield InTransaction()) is False:
                yield from put_back(self.before)
        return self.work.ran(self.what, self.milliseconds)

    def trial(self) -> Logic[Ran]:
        """Run it in the transaction that the session is in. Raises: ServerError and the like."""
        yield from set_up(self.place, self.script, self.terms.lock_timeout)
        yield Query("SELECT")
        base = yield from settings()
        yield from self._steps()
        yield from put_back(base)
        return self.work.ran("tried", self.milliseconds)

    def _in_transaction(self) -> Logic[None]:
        def everything() -> Logic[None]:
            yield from self._steps()
            yield from self._as_ourselves()
            yield from self._note()

        yield from self._committed(everything)

    def _committed(self, what: Callable[[], Logic[None]], *, sets_up: bool = True) -> Logic[None]:
        """What is done in a transaction, which is tried again where a lock is in its way."""
        pauses = Pauses(self.terms.lock_budget)
        while True:
            try:
                yield Write(Sql("BEGIN"))
                if sets_up:
                    yield from set_up(self.place, self.script, self.terms.lock_timeout)
                yield from self._look_at_clock()
                yield from what()
                yield from self._commit()
            except DwMigrationError as error:
                yield from self._rolled_back()
                if not (isinstance(error, ServerError) and error.may_pass and (yield from pauses.another())):
                    raise
            except BaseException:
                yield from self._rolled_back()
                raise
            else:
                return

    def _rolled_back(self) -> Logic[None]:
        self.history.forget(self.file.module)
        yield from rolled_back()

    def _look_at_clock(self) -> Logic[None]:
        self.at = yield from server_time()
        self.at_since = time.monotonic()

    @property
    def now(self) -> datetime:
        """By the server's clock."""
        return self.at + timedelta(seconds=time.monotonic() - self.at_since)

    def _steps(self) -> Logic[None]:
        """Run all statements, small ones together."""
        first = 0
        for steps in _together(self.script.steps):
            if len(steps) == 1:
                yield from self._run(first, steps[0])
            else:
                yield from self._run_together(first, steps)
            first += len(steps)

    def _run_together(self, first: int, steps: Sequence[Step]) -> Logic[None]:
        try:
            yield Batch(tuple(Verbatim(step.text) for step in steps))
        except Stopped as stopped:
            number = first + min(stopped.number, len(steps) - 1)
            where = f"{self.script.place(number)}: {one_line(self.script.steps[number].bare, _SHOWN)}"
            raise _failure(stopped.error, where) from None

    def _run(self, number: int, step: Step) -> Logic[None]:
        try:
            yield Verbatim(step.text, step.data)
        except psycopg.Error as error:
            raise _failure(error, f"{self.script.place(number)}: {one_line(step.bare, _SHOWN)}") from None

    def _commit(self) -> Logic[None]:
        try:
            yield Query("COMMIT")
        except psycopg.Error as error:
            raise _failure(
                error,
                f"{self.script.file}: at its end, where deferred constraints are checked and its history is written",
            ) from None

    def _as_ourselves(self) -> Logic[None]:
        """The rest of the transaction is the role's that runs the files, whichever the file has set."""
        for name in ("session_authorization", "role"):
            if name in self.before:
                yield Write(sql("SELECT pg_catalog.set_config({}, {}, true)", name, self.before[name]))

    # statement by statement

    def _statement_by_statement(self) -> Logic[None]:
        """Each is committed with its number; one that PostgreSQL runs in no transaction is noted before it.

        On the way back none is noted: until all are done the file is applied.
        """
        yield from set_up(self.place, self.script, self.terms.lock_timeout, for_session=True)
        yield Query("SELECT")
        if self.what == "rolled back":
            for number, step in enumerate(self.script.steps):
                if step.may_commit:
                    yield from self._waiting_long(number, step)
                else:
                    yield from self._committed(partial(self._run, number, step), sets_up=False)
            yield from self._noted(self._note)
            return
        record = yield from self._note_start()
        first = self.work.done
        if record.begun:
            first += yield from self._unheard(first)
        for number, step in enumerate(self.script.steps):
            if number < first:
                if _SETS.match(step.bare):  # the session is another one
                    yield from self._run(number, step)
            elif step.may_commit:
                yield from self._alone(number, step, record, is_again=number == first and self.work.record is not None)
            else:
                yield from self._committed(partial(self._by_itself, number, step, record), sets_up=False)
        yield from self._noted(self._note)

    def _by_itself(self, number: int, step: Step, record: Record) -> Logic[None]:
        yield from self._run(number, step)
        yield from self._as_ourselves()
        yield from self.history.update(record, done=number + 1)

    def _alone(self, number: int, step: Step, record: Record, *, is_again: bool) -> Logic[None]:
        """It waits for locks for the whole budget at once: such a statement keeps nobody waiting behind it."""
        if is_again:
            yield from clear(self.place, step.bare)
        yield from self._noted(partial(self.history.update, record, begun=True, done=number))
        yield from self._waiting_long(number, step)
        yield from self._noted(partial(self.history.update, record, begun=False, done=number + 1))

    def _waiting_long(self, number: int, step: Step) -> Logic[None]:
        ((before,),) = yield Query("SELECT pg_catalog.current_setting('lock_timeout')")
        budget = str(max(1, self.terms.lock_budget // timedelta(milliseconds=1)))
        yield Query("SELECT pg_catalog.set_config('lock_timeout', %s, false)", (budget,))
        try:
            yield from self._run(number, step)
        finally:
            if (yield InTransaction()) is False:
                yield Query("SELECT pg_catalog.set_config('lock_timeout', %s, false)", (before,))

    def _unheard(self, number: int) -> Logic[bool]:
        """Whether the statement that was begun is done. Raises: NotOurs where only a person can tell."""
        step, module, version = self.script.steps[number], self.file.module, self.file.version
        is_done = yield from outcome(self.place, step.bare)
        if is_done is None:
            raise NotOurs(
                f"{self.script.place(number)}: {one_line(step.bare, _SHOWN)}: was begun, and nobody heard its end: "
                f"look whether it did what it should, then say so: dw-migration sql repair {module} {version} --done "
                f"{number + 1} --reason WHY, or --done {number} to have it run again"
            )
        return is_done

    # the history

    def _noted(self, what: Callable[[], Logic[None]]) -> Logic[None]:
        """What is written to the history, in a transaction of its own."""
        try:
            yield Write(Sql("BEGIN"))
            yield from self._as_ourselves()
            yield from self._look_at_clock()
            yield from what()
            yield Query("COMMIT")
        except BaseException:
            yield from self._rolled_back()
            raise

    def _note_start(self) -> Logic[Record]:
        begun, done = bool(self.work.record and self.work.record.begun), self.work.done

        def start() -> Logic[None]:
            number = yield from self.history.note(
                self.file.module, self.file.version, "started", self.terms.actor, checksum=self.file.checksum, done=done
            )
            yield from self._write(number, state="started", done=done, begun=begun)

        yield from self._noted(start)
        records = yield from self.history.records(self.file.module)
        return records[self.file.version]

    def _note(self) -> Logic[None]:
        """That it ran to its end."""
        number = yield from self.history.note(
            self.file.module,
            self.file.version,
            self.what,
            self.terms.actor,
            self.now,
            checksum=self.file.checksum,
            milliseconds=self.milliseconds,
        )
        if self.what == "rolled back":
            yield from self.history.update(self._record, state="rolled back", number=number, done=0)
            yield from self.history.write_version_back(self._record)
            return
        yield from self._write(
            number,
            state="applied",
            done=len(self.script.steps),
            origin="run",
            applied_at=self.now,
            duration=timedelta(milliseconds=self.milliseconds),
        )
        yield from self.history.write_version(self.file)

    @property
    def _record(self) -> Record:
        if self.work.record is None:
            raise ValueError(f"{self.file.label} is not in the history")
        return self.work.record

    def _write(self, number: int, **fields: Any) -> Logic[None]:
        written = {"version": self.work.label, "begun": False, "error": ""} | fields
        yield from self.history.write(self.file, self.script, self.terms.actor, number, **written)

    def _template(self, error: DwMigrationError) -> Logic[str]:
        """How a relation that is not on the path is named, if a source has brought one of that name."""
        missing = _MISSING.search(str(error)) if getattr(error, "sqlstate", None) == _NO_SUCH_TABLE else None
        if missing is None or not self.place.names.sources or (yield InTransaction()) is not False:
            return ""
        return (yield from templates(self.place, missing["name"]))

    def _note_failure(self, error: DwMigrationError) -> Logic[None]:
        """Write it to the history, if the server can still be reached; no other error comes of it."""
        told = one_line(str(error), _MOST_CHARACTERS)

        def failure() -> Logic[None]:
            number = yield from self.history.note(
                self.file.module, self.file.version, "failed", self.terms.actor, error=told
            )
            record = (yield from self.history.records(self.file.module)).get(self.file.version)
            if self.what == "rolled back" and record is not None:
                yield from self.history.update(record, number=number)
            elif record is not None and record.state == "started":
                yield from self.history.update(record, state="failed", error=told, number=number, begun=False)
            else:
                yield from self._write(number, state="failed", done=0, error=told)

        try:
            if (yield InTransaction()) is False:
                yield from self._noted(failure)
        except psycopg.Error:
            yield from self._rolled_back()


def _together(steps: Sequence[Step]) -> Iterator[tuple[Step, ...]]:
    """The steps as they are sent; one that brings data, or is large, by itself."""
    batch: list[Step] = []
    size = 0
    for step in steps:
        own = len(step.text.encode()) + _ENVELOPE
        if batch and (step.data is not None or batch[-1].data is not None or size + own > _TOGETHER):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(step)
        size += own
    if batch:
        yield tuple(batch)


def _failure(error: psycopg.Error, where: str) -> DwMigrationError:
    ours = translation(error, where, show_raised=True)
    if error.sqlstate == _NO_SCHEMA_CHOSEN:
        remedy = "write {{tables.NAME}}, and say which schema is the module's: sql.modules.<name>.schema"
        return ServerError(f"{ours}: {remedy}", sqlstate=error.sqlstate)
    return ours
