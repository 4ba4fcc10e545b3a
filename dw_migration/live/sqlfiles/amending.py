"""The history is amended: files are taken back, accepted as they are, or noted without being run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dw_migration.errors import BadConfig, BadSqlFiles, HistoryChanged
from dw_migration.live.sqlfiles.asking import Logic, server_time
from dw_migration.live.sqlfiles.history import Record, State
from dw_migration.live.sqlfiles.running import Backup, Gate, Ran, Standing, Work, pass_gate, run, save, standings
from dw_migration.live.sqlfiles.session import Place, Terms, in_transaction, locked, ready, unlocked
from dw_migration.sqlfiles.file import Script, SqlFile
from dw_migration.sqlfiles.filename import FileName, Kind, Version
from dw_migration.sqlfiles.modules import required_of

_DONE = {"baseline": "baselined", "import": "imported"}


@dataclass(frozen=True, slots=True)
class Back:
    """How far back a module goes."""

    to: Version | None = None
    """The version that stays, with all before it."""
    steps: int | None = None
    """So many versions; neither of both: all."""


def roll_back(
    places: Mapping[str, Place],
    name: str,
    back: Back,
    terms: Terms,
    *,
    gate: Gate | None = None,
    backup: Backup | None = None,
) -> Logic[tuple[Ran, ...]]:
    """Take files of a module back, the last first, each with its history; nothing where one has no way back.

    Raises: BadSqlFiles, BadConfig, HistoryChanged (what others require), what the gate raises; for a statement that
    fails as `apply`.
    """
    place = places[name]
    locks = yield from locked((name,), terms)
    try:
        records = yield from place.history.records(name)
        yield from place.history.chain(name)
        chosen = _chosen(name, records, back)
        yield from _check_not_required(places, chosen)
        work = _ways_back(place, chosen)
        yield from pass_gate(work, gate)
        saved = yield from save(work, backup)
        return (yield from run(work, terms, saved, what="rolled back"))
    finally:
        yield from unlocked(locks)


def _chosen(name: str, records: Mapping[Version, Record], back: Back) -> tuple[Record, ...]:
    applied = [each for each in records.values() if each.is_applied and each.kind is Kind.VERSIONED]
    applied.sort(key=lambda each: each.version, reverse=True)
    if back.steps is not None:
        return tuple(applied[: back.steps])
    if back.to is None:
        return tuple(applied)
    if back.to not in {each.version for each in applied}:
        there = ", ".join(each.version.label for each in reversed(applied)) or "none"
        raise BadConfig(f"{name}: the version {back.to} is not applied: expected one that is to stay: {there}")
    return tuple(each for each in applied if each.version > back.to)


def _check_not_required(places: Mapping[str, Place], chosen: tuple[Record, ...]) -> Logic[None]:
    """Nothing, if no file that stays says that it needs one of these. Raises: HistoryChanged."""
    modules = {name: place.module for name, place in places.items()}
    going = {(each.module, each.version) for each in chosen}
    for name, place in places.items():
        records = yield from place.history.records(name)
        for file in place.module.versioned:
            record = records.get(file.version)
            if record is None or not record.is_applied or (name, file.version) in going:
                continue
            for other in required_of(modules, file):
                if (other.module, other.version) in going:
                    raise HistoryChanged(f"{other.label}: {file.label} requires it, and stays: take that back first")


def _ways_back(place: Place, chosen: tuple[Record, ...]) -> tuple[Work, ...]:
    faults: list[str] = []
    found = []
    for record in chosen:
        try:
            found.append(_way_back(place, record))
        except BadSqlFiles as error:
            faults += error.faults
    if faults:
        raise BadSqlFiles(tuple(faults))
    return tuple(found)


def _way_back(place: Place, record: Record) -> Work:
    """By what was recorded with it, else by what its file says now."""
    file = place.module.find(record.version)
    label = f"{record.module}/{record.filename}"
    if record.origin == "baseline":
        raise BadSqlFiles((f"{label}: was there before the baseline, and never run: it cannot be taken back",))
    script = _script_back(place, record, file)
    if script is None:
        raise BadSqlFiles(
            (
                f"{label}: has no way back: write it behind -- migrate:down in a file {record.version}_name.down.sql, "
                f"or take it back by hand",
            )
        )
    return Work(place, file or _recorded(record, ""), script, record)


def _script_back(place: Place, record: Record, file: SqlFile | None) -> Script | None:
    if file is not None and record.rollback in {None, file.way_back}:
        return file.down_script(place.names)
    return None if record.rollback is None else _recorded(record, record.rollback).script(place.names)


def _recorded(record: Record, text: str) -> SqlFile:
    """A file that holds this text alone, in the place of one that is changed or gone."""
    name = FileName(record.filename, record.kind, record.version, record.description, is_numbered=True)
    return SqlFile(record.module, name, text)


# --- accepted as it is ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Repair:
    """What a person accepts."""

    reason: str
    version: Version | None = None
    """None: of all files of the module."""
    done: int | None = None
    """So many statements of the file that was interrupted are done."""


def repair(place: Place, wanted: Repair, terms: Terms) -> Logic[tuple[Standing, ...]]:
    """What was accepted: changed files with their new text, missing ones as gone, the number of statements done.

    No object of a user is touched. Raises: BadConfig.
    """
    if not wanted.reason.strip():
        raise BadConfig("a repair needs its reason: --reason WHY, for those who read the history")
    name = place.module.name
    locks = yield from locked((name,), terms)
    try:
        records = yield from place.history.records(name)
        found = yield from standings(place)
        chosen = tuple(each for each in found if _is_meant(each, wanted))
        if wanted.version is not None and not chosen:
            raise BadConfig(f"{name}: nothing is to be repaired at the version {wanted.version}: see sql status")
        yield from in_transaction(
            in_turn(_accept(place, records[each.version], each, wanted, terms) for each in chosen)
        )
        return chosen
    finally:
        yield from unlocked(locks)


def _is_meant(standing: Standing, wanted: Repair) -> bool:
    if wanted.version is not None and standing.version != wanted.version:
        return False
    if wanted.done is not None:
        return standing.state in {State.INTERRUPTED, State.FAILED}
    if wanted.version is not None:
        return standing.state not in {State.APPLIED, State.PENDING}
    return standing.state in {State.CHANGED, State.MISSING}


def _accept(place: Place, record: Record, standing: Standing, wanted: Repair, terms: Terms) -> Logic[None]:
    file = place.module.find(record.version)
    number = yield from place.history.note(
        record.module,
        record.version,
        "repaired",
        terms.actor,
        reason=wanted.reason,
        was=standing.state.value,
        before=record.checksum,
        after=file.checksum if file else None,
        done=wanted.done,
    )
    if wanted.done is not None:
        if not 0 <= wanted.done <= len(record.steps):
            raise BadConfig(f"--done {wanted.done}: {record.filename} has {len(record.steps)} statements")
        yield from place.history.update(record, state="failed", done=wanted.done, begun=False, number=number)
    elif file is None:
        yield from place.history.update(record, state="gone", number=number)
    elif standing.state in {State.FAILED, State.INTERRUPTED}:
        if record.done or record.begun:
            raise BadConfig(
                f"{record.filename}: {record.done} of its {len(record.steps)} statements are done: say how many are: "
                f"--done N; 0 has it run anew"
            )
        yield from place.history.update(record, state="rolled back", error="", number=number)
    else:
        yield from place.history.update(
            record,
            filename=file.name.name,
            checksum=file.checksum,
            text=file.text,
            rollback_sql=file.way_back,
            number=number,
        )


# --- noted without being run ------------------------------------------------------------------------------------------


def baseline(place: Place, version: Version, terms: Terms) -> Logic[tuple[Ran, ...]]:
    """Note the files up to this version as applied: the database has what they would make. Raises: HistoryChanged."""
    name = place.module.name
    place.module.check_known(version)
    chosen = [each for each in place.module.versioned if not each.version > version]
    locks = yield from locked((name,), terms)
    try:
        yield from ready(place)
        records = yield from place.history.records(name)
        if any(each.state != "rolled back" for each in records.values()):
            raise HistoryChanged(f"{name}: has a history already: a baseline is for a database without one")
        yield from in_transaction(in_turn(note_applied(place, each, "baseline", terms) for each in chosen))
        return tuple(noted(each, "baselined") for each in chosen)
    finally:
        yield from unlocked(locks)


def note_applied(place: Place, file: SqlFile, origin: str, terms: Terms, at: datetime | None = None) -> Logic[None]:
    """Note one file as applied, inside the caller's transaction; `at`: default now."""
    what = _DONE[origin]
    number = yield from place.history.note(file.module, file.version, what, terms.actor, checksum=file.checksum)
    now = yield from server_time()
    yield from place.history.write(
        file,
        None,
        terms.actor,
        number,
        state="applied",
        origin=origin,
        applied_at=at or now,
        duration=timedelta(),
        begun=False,
        error="",
    )


def record_rollback(place: Place, version: Version, reason: str, terms: Terms) -> Logic[Ran]:
    """Note that somebody took a file back by hand: it is pending again. Raises: BadConfig."""
    name = place.module.name
    locks = yield from locked((name,), terms)
    try:
        record = (yield from place.history.records(name)).get(version)
        if record is None or not record.is_applied:
            raise BadConfig(f"{name}: the version {version} is not applied: nothing was taken back")
        yield from in_transaction(_taken_back(place, record, version, reason, terms))
        return Ran(name, record.version.label, record.filename, record.checksum, 0, "rolled back")
    finally:
        yield from unlocked(locks)


def _taken_back(place: Place, record: Record, version: Version, reason: str, terms: Terms) -> Logic[None]:
    number = yield from place.history.note(
        record.module, version, "rolled back", terms.actor, reason=reason, by_hand=True
    )
    yield from place.history.update(record, state="rolled back", number=number, done=0)


def in_turn(logics: Iterable[Logic[None]]) -> Logic[None]:
    """One after the other."""
    for each in logics:
        yield from each


def noted(file: SqlFile, what: str) -> Ran:
    """What is told of a file that was not run."""
    return Ran(file.module, file.version.label, file.name.name, file.checksum, 0, what)
