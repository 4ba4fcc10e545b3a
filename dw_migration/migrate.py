"""The story: config to ledger, in one readable function; and the chapters of it that have a command of their own."""

import difflib
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from dw_migration.catalog import Catalog
from dw_migration.changes import Alter, Base, Difference, Drop
from dw_migration.changes import diff as difference_of
from dw_migration.config import Config, Source
from dw_migration.errors import BadConfig, ConsentNeeded, DwMigrationError, NotConverged, NotOurs, StalePlan
from dw_migration.kind import Address
from dw_migration.kinds import KINDS
from dw_migration.live.apply import Terms
from dw_migration.live.bystanders import in_schemas, standing_on
from dw_migration.live.connections import (
    connect_target,
    find_sources,
    translated,
    translation,
)
from dw_migration.live.ledger import Actor, Entry, Ledger
from dw_migration.live.locks import lock
from dw_migration.live.reader import fingerprint, hash_of, read_target, schemas_of
from dw_migration.live.settle import Comparison, compare, settled
from dw_migration.live.source import Desired, Reading, desired_of, read_source, source_fingerprint, told
from dw_migration.live.travel import apply_revision, roll_back, take_over, way_down, way_up
from dw_migration.live.workspace import Workspace
from dw_migration.models import Header, Written, start_models
from dw_migration.plan import JudgedChange, Plan, Transformation, plan_of
from dw_migration.revision import Revision, ddl_text, revision_of, script_text
from dw_migration.rule import Severity
from dw_migration.sql import identifier, sql

Connection = psycopg.Connection[tuple[Any, ...]]
log = logging.getLogger(__name__)

Progress = Callable[[str, str], None]
"""Called with the source's name and what begins: `read`, `models`, `plan`, `apply`, `verify`, `done`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one command did, or found, for one source."""

    source: str
    status: str
    """in_sync, changed (applied, or pending for diff and plan), drifted, pending, held, failed, absent."""
    revision: str | None = None
    version: str | None = None
    severity: Severity = Severity.SAFE
    changes: tuple[JudgedChange, ...] = ()
    transformations: tuple[Transformation, ...] = ()
    unmanaged: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    """Managed objects that somebody changed in the target by hand, as `kind address`."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """By kind, what the source has and is not carried over."""
    warnings: tuple[str, ...] = ()
    schemas: Mapping[str, str] = field(default_factory=dict)
    """Target schema to source schema."""
    tables: int = 0
    message: str = ""
    ddl: str = ""
    """Text of the DDL file of the revision that this is about; empty without changes."""
    paths: Mapping[str, Path] = field(default_factory=dict)
    """`workspace`, `models`, `ddl`, `revision`: the files written or used."""
    applied: tuple[str, ...] = ()
    """Ids of revisions that were applied, or taken back, in order."""
    fingerprint: str = ""
    """Digest of the desired catalog: Dagster's data version."""
    since: str = ""
    """When the status began, as ISO 8601 in UTC."""
    durations: Mapping[str, float] = field(default_factory=dict)
    """Seconds by chapter."""
    error: str | None = None
    exit_code: int = 0
    next_command: str = ""
    """What a person would run now, or empty."""
    verified: bool | None = None
    """Whether the target was read again and is what the source is; None where nobody looked."""


@dataclass(frozen=True, slots=True)
class Doctored:
    """One line of `doctor`."""

    subject: str
    """`config`, `target`, `sources.shop`."""
    check: str
    ok: bool
    found: str
    remedy: str = ""
    severity: str = "error"
    """`error` or `warning`, where it is not ok."""


KINDS_KNOWN = tuple(kind.kind for kind in KINDS)
"""A version that knows more kinds reads again, whatever the fingerprints say."""


def unwatched(_source: str, _chapter: str) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One revision in a source's history."""

    source: str
    revision: str
    parent: str | None
    version: str
    severity: str
    message: str
    status: str
    """planned, applied, rolled back, superseded."""
    created: str
    applied: str
    by: str
    run_id: str
    duration: float | None


# --- One source, one run ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Run:
    """One command's work on one source: its connection to the target, its ledger and folder, and its clock."""

    config: Config
    source: Source
    actor: Actor
    progress: Progress
    target: Connection
    ledger: Ledger
    workspace: Workspace
    durations: dict[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name

    @contextmanager
    def chapter(self, name: str) -> Iterator[None]:
        """In the block, this is what is going on; its seconds are noted."""
        self.progress(self.name, name)
        began = time.monotonic()
        try:
            yield
        finally:
            self.durations[name] = self.durations.get(name, 0.0) + time.monotonic() - began

    def terms(self, *, allow_breaking: bool = False) -> Terms:
        """How revisions are applied, by the policy."""
        policy = self.config.policy
        return Terms(self.actor, policy.lock_timeout, policy.lock_budget, allow_breaking)


def _application(source: Source) -> str:
    return f"dw/{source.name}"[:63]


def _connected(config: Config, source: Source) -> Connection:
    policy = config.policy
    name = _application(source)
    return connect_target(
        config.target, application_name=name, lock_timeout=policy.lock_timeout, strict_tls=policy.strict_tls
    )


@contextmanager
def _running(
    config: Config,
    source: Source,
    progress: Progress = unwatched,
    *,
    by: str = "",
    run_id: str = "",
    writes: bool = True,
) -> Iterator[Run]:
    """The run; one that writes holds the source's lock, in a folder that can be written and a ledger that is there."""
    workspace = Workspace(config.folder(source.name), source.name)
    if writes:
        workspace.prepare(config.path)
    with _connected(config, source) as target, translated("target", target):
        run = Run(config, source, Actor(by, run_id), progress, target, Ledger(target), workspace)
        if not writes:
            yield run
            return
        run.ledger.ensure()
        with lock(target, source.name):
            workspace.restore(run.ledger.revisions(source.name, superseded=True))
            workspace.head()
            yield run


# --- Reading and comparing -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """Source and target at one moment, and what lies between them."""

    reading: Reading
    desired: Desired
    base: Base
    current: Catalog
    difference: Difference
    plan: Plan


def _desired(run: Run) -> tuple[Reading, Desired]:
    with run.chapter("read"):
        reading = read_source(run.config, run.source, application_name=_application(run.source))
        return reading, desired_of(run.config, run.source, reading, run.target)


def _known(run: Run) -> dict[str, str]:
    return run.ledger.schemas(run.name) if run.ledger.exists() else {}


def _base(run: Run) -> Base:
    return (run.ledger.base(run.name) if run.ledger.exists() else None) or Base()


def _check_schemas_free(run: Run, desired: Desired) -> None:
    """Raises NotOurs where another source holds one of the target schemas."""
    for name in desired.schemas if run.ledger.exists() else ():
        holder = run.ledger.holder(name)
        if holder not in {None, run.name}:
            raise NotOurs(
                f"the target schema {name} belongs to the source {holder}: give one of the two another name "
                f"(sources.{run.name}.naming.schema)"
            )


def _seen(run: Run, *, adopt: bool = False) -> Seen:
    """Read both sides, and say what lies between. Raises: NotOurs, BadNames, Unsupported, and what reading raises."""
    reading, desired = _desired(run)
    _check_schemas_free(run, desired)
    with run.chapter("diff"):
        base, known = _base(run), _known(run)
        current = read_target(run.target, {*known, *desired.schemas})
        put_back = run.config.policy.target_drift == "restore"

        def compared(same: Iterable[Address] = ()) -> Difference:
            return difference_of(
                base, current, desired.catalog, settled=set(same), registered=set(known), adopt=adopt, put_back=put_back
            )

        difference = compared()
        same = settled(run.target, difference.doubtful)
        difference = compared(same) if same else difference
        plan_ = plan_of(difference, desired.transformations)
        _check_bystanders(run, current, difference)
    return Seen(reading, desired, base, current, difference, plan_)


def _lock_room(target: Connection) -> int:
    """Half of what the target's lock table holds: more locks than that a transaction of ours never takes."""
    row = target.execute(
        "select pg_catalog.current_setting('max_locks_per_transaction')::int"
        " * (pg_catalog.current_setting('max_connections')::int"
        " + pg_catalog.current_setting('max_prepared_transactions')::int)"
    ).fetchone()
    return int(row[0]) // 2 if row else 3_000


def _check_bystanders(run: Run, current: Catalog, difference: Difference) -> None:
    """Raises NotOurs where an object of somebody else stands on what has to go or change."""
    in_question = [
        each.old.address
        for each in difference.changes
        if isinstance(each, Drop) or (isinstance(each, Alter) and each.new.disturbs(each.old))
    ]
    parts = [part.address for each in difference.changes if isinstance(each, Drop) for part in each.parts]
    found = standing_on(run.target, current, [*in_question, *parts])
    if found:
        named = "; ".join(map(str, found[:10]))
        raise NotOurs(
            f"{run.name}: held: {named}: not ours, and stands on what has to be dropped or changed: nothing is "
            "dropped by CASCADE: ask the owner to drop or change it, then run this again"
        )


# --- Outcomes --------------------------------------------------------------------------------------------------------


def _outcome(run: Run, status_: str, seen: Seen | None = None, entry: Entry | None = None, **more: Any) -> Outcome:
    """What every command tells, from what it saw and the revision that it is about."""
    paths = {"workspace": run.workspace.folder, "models": run.workspace.folder / "models.py"}
    found: dict[str, Any] = {"paths": paths, "durations": dict(run.durations), "schemas": _known(run)}
    if seen is not None:
        found |= _of_seen(seen)
    if entry is not None:
        found |= _of_entry(run, entry, paths)
    return Outcome(run.name, status_, **(found | more))


def _of_seen(seen: Seen) -> dict[str, Any]:
    desired = seen.desired.catalog
    left_out = dict(desired.counted)
    for each in desired.left_out:
        left_out[each.kind] = left_out.get(each.kind, 0) + 1
    return {
        "severity": seen.plan.severity,
        "changes": seen.plan.changes,
        "transformations": seen.plan.transformations,
        "unmanaged": tuple(f"{address.kind} {address}" for address in seen.difference.unmanaged),
        "drift": tuple(f"{address.kind} {address}" for address in seen.difference.drift),
        "left_out": left_out,
        "schemas": seen.desired.schemas,
        "tables": sum(address.kind == "table" for address in desired.objects),
        "fingerprint": desired.digest,
    }


def _of_entry(run: Run, entry: Entry, paths: dict[str, Path]) -> dict[str, Any]:
    paths |= {"revision": run.workspace.path(entry.revision), "ddl": run.workspace.folder / "ddl" / f"{entry.id}.sql"}
    return {
        "revision": entry.id,
        "version": entry.revision.version,
        "severity": entry.revision.severity,
        "message": entry.revision.message,
        "ddl": entry.ddl,
    }


def _head(run: Run) -> Entry | None:
    head = run.ledger.head(run.name) if run.ledger.exists() else None
    return next((each for each in run.ledger.revisions(run.name) if each.id == head), None) if head else None


# --- The story -------------------------------------------------------------------------------------------------------


def sync(
    config: Config,
    source: Source,
    *,
    message: str | None = None,
    allow_breaking: bool = False,
    adopt: bool = False,
    by: str = "",
    run_id: str = "",
    progress: Progress = unwatched,
) -> Outcome:
    """Models, plan, apply and verify in one; status `in_sync` (with `applied` and `changes` where any) or `held`.

    Writes models.py, revision and DDL file in the source's folder, and the target, each only where something changes.
    Locks: the source's advisory lock throughout; what LOCKS in the DDL takes, while it is applied. Raises: the errors
    of `errors`; nothing is half done, and the next run goes on from there.
    """
    with _running(config, source, progress, by=by, run_id=run_id) as run:
        if not adopt and (unchanged := _unchanged(run)):
            return unchanged
        _apply_waiting(run)
        seen = _seen(run, adopt=adopt)
        models_ = _models_started(run, seen)
        try:
            entry = _planned(run, seen, message=message)
            if entry is None:
                outcome = _in_sync(run, seen)
            elif _is_held(run, entry, allow_breaking=allow_breaking):
                outcome = _held(run, seen, entry)
            else:
                outcome = _applied(run, seen, entry, allow_breaking=allow_breaking)
        finally:
            with run.chapter("models"):
                written = models_.result()
        run.progress(run.name, "done")
        return replace(outcome, warnings=(*outcome.warnings, *_models_warnings(written)), durations=dict(run.durations))


def _unchanged(run: Run) -> Outcome | None:
    """The outcome where neither side saw any DDL since they were last found equal; None: read and compare."""
    state = run.ledger.source(run.name)
    entry = _head(run)
    if state is None or entry is None or state.status != "in_sync" or state.pending:
        return None
    if not (run.workspace.folder / "models.py").exists():
        return None
    with run.chapter("drift"):
        if (state.source_fingerprint, state.target_fingerprint) != _fingerprints(run, tuple(state.schemas)):
            return None
    desired = run.ledger.desired(run.name)
    return _outcome(
        run,
        "in_sync",
        entry=entry,
        severity=Severity.SAFE,
        ddl="",
        verified=True,
        fingerprint=desired.digest,
        tables=sum(address.kind == "table" for address in desired.objects),
    )


def _fingerprints(run: Run, schemas: tuple[str, ...]) -> tuple[str, str]:
    """Of the source, with what the config says of it; and of the target."""
    of_source = source_fingerprint(run.config, run.source, application_name=_application(run.source))
    return _with_config(run, of_source), _target_fingerprint(run, schemas)


def _with_config(run: Run, of_source: str) -> str:
    """The source's fingerprint together with the settings that shape what is made of it."""
    source, naming = run.source, run.config.naming_of(run.source)
    shape = repr((source.schemas, source.tables, source.exclude, naming, run.config.objects, KINDS_KNOWN))
    return f"{of_source}/{hash_of(shape):016x}"


def _target_fingerprint(run: Run, schemas: Iterable[str]) -> str:
    found = schemas_of(run.target)
    return fingerprint(run.target, [found[name] for name in schemas if name in found])


def _apply_waiting(run: Run) -> None:
    """Apply revisions that wait and may go; those that cannot are superseded by the plan that follows."""
    take_over(run.ledger, run.workspace, run.actor)
    for revision in way_up(run.ledger, run.workspace):
        entry = next((each for each in run.ledger.pending(run.name) if each.id == revision), None)
        if entry is not None and _is_held(run, entry):
            return
        try:
            with run.chapter("apply"):
                apply_revision(run.target, run.workspace, revision, run.terms())
        except StalePlan:
            return


def _planned(run: Run, seen: Seen, *, message: str | None = None) -> Entry | None:
    """The revision that holds the plan, written to folder and ledger; None where there is nothing to do."""
    with run.chapter("plan"):
        if not seen.plan:
            run.workspace.remove([each.id for each in run.ledger.supersede(run.name, run.actor)])
            return None
        run.ledger.register(run.name, told(seen.reading.identity), seen.desired.schemas, run.actor)
        revision = _revision(run, seen, message)
        run.workspace.remove([each.id for each in run.ledger.supersede(run.name, run.actor, but=revision.id)])
        if not any(each.id == revision.id for each in run.ledger.pending(run.name)):
            _write(run, seen, revision)
        return run.ledger.revision(run.name, revision.id)


def _revision(run: Run, seen: Seen, message: str | None) -> Revision:
    head = _head(run)
    return revision_of(
        seen.plan,
        source=run.name,
        parent=head.id if head else None,
        previous_version=head.revision.version if head else None,
        starts_from=seen.current.only(seen.base.desired.objects).digest,
        created=datetime.now(UTC),
        message=message,
    )


def _write(run: Run, seen: Seen, revision: Revision) -> None:
    """Ledger first: from there the folder can be restored."""
    script, (ddl, _) = script_text(revision), ddl_text(revision, seen.plan)
    run.ledger.plan(revision, script=script, ddl=ddl, desired=seen.desired.catalog, actor=run.actor)
    run.workspace.write(revision, script, ddl)


def _is_held(run: Run, entry: Entry, *, allow_breaking: bool = False) -> bool:
    if entry.revision.severity is not Severity.BREAKING or allow_breaking or run.config.policy.breaking == "allow":
        return False
    return run.ledger.approval(run.name, entry.id, entry.revision.sha256) is None


def _held(run: Run, seen: Seen | None, entry: Entry) -> Outcome:
    reason = f"the revision {entry.id} is breaking and waits for consent"
    run.ledger.set_status(run.name, "held", reason)
    return _outcome(
        run,
        "held",
        seen,
        entry,
        exit_code=ConsentNeeded.exit_code,
        error=f"{reason}: read {run.workspace.folder / 'ddl' / (entry.id + '.sql')}, then approve it",
        next_command=f"dw-migration approve {run.name} {entry.id}",
    )


def _applied(run: Run, seen: Seen, entry: Entry, *, allow_breaking: bool) -> Outcome:
    """The revision applied, and the target read again: nothing may be left."""
    _consent(run, entry, allow_breaking=allow_breaking)
    with run.chapter("apply"):
        apply_revision(run.target, run.workspace, entry.id, run.terms())
    return _verified(run, seen, entry, applied=(entry.id,))


def _consent(run: Run, entry: Entry, *, allow_breaking: bool) -> None:
    """Write down the approval that --allow-breaking, or the policy, is."""
    is_free = run.ledger.approval(run.name, entry.id, entry.revision.sha256) is not None
    if entry.revision.severity is not Severity.BREAKING or is_free:
        return
    note = "--allow-breaking" if allow_breaking else "policy.breaking: allow"
    run.ledger.approve(run.name, entry.id, entry.revision.sha256, run.actor, note)


def _verified(run: Run, seen: Seen, entry: Entry, *, applied: tuple[str, ...]) -> Outcome:
    with run.chapter("verify"):
        given = run.ledger.base(run.name)
        found = compare(run.target, given.given if given else Catalog(), seen.desired.catalog)
        if not found.equal:
            reason = "; ".join(found.told()[:10])
            run.ledger.set_status(run.name, "failed", reason)
            raise NotConverged(
                f"{run.name}: {entry.id} is applied, and the target still differs: {reason}: this is a defect of "
                f"dw-migration: `dw-migration rollback {run.name} -1` goes back"
            )
        _note_in_sync(run, seen)
    return _outcome(run, "in_sync", seen, run.ledger.revision(run.name, entry.id), applied=applied, verified=True)


def _note_in_sync(run: Run, seen: Seen) -> None:
    schemas = seen.desired.schemas
    of_source = _with_config(run, seen.reading.catalog.fingerprint)
    run.ledger.record_fingerprints(run.name, of_source, _target_fingerprint(run, schemas))
    run.ledger.set_status(run.name, "in_sync")


def _in_sync(run: Run, seen: Seen) -> Outcome:
    """Nothing to do; what the source's server, or the target's, spells otherwise by now is noted."""
    entry = _head(run)
    if entry is not None:
        if seen.base.desired != seen.desired.catalog or seen.base.given.digest != seen.current.digest:
            run.ledger.store_base(run.name, seen.desired.catalog, seen.current)
        if not seen.difference.drift:
            _note_in_sync(run, seen)
        else:
            run.ledger.set_status(run.name, "drifted", f"{len(seen.difference.drift)} objects changed by hand")
    drifted = bool(seen.difference.drift)
    return _outcome(
        run, "drifted" if drifted else "in_sync", seen, entry, ddl="", severity=Severity.SAFE, verified=not drifted
    )


# --- models ----------------------------------------------------------------------------------------------------------


def _models_started(run: Run, seen: Seen) -> Any:
    """models.py in the making, in a process of its own, while the server applies."""
    desired = seen.desired
    header = Header(run.name, seen.reading.identity.database, run.target.info.dbname, datetime.now(UTC))
    return start_models(run.workspace.folder, desired.catalog, desired.originals, header)


def _models_warnings(written: Written) -> tuple[str, ...]:
    if not written.edited:
        return ()
    return (
        f"models.py was edited by hand: the edit is kept in {written.backup}; put it into models_extra.py\n{written.diff}",
    )


def models(config: Config, source: Source, *, progress: Progress = unwatched) -> Outcome:
    """models.py, written anew; no other file and neither database is changed."""
    with _running(config, source, progress, writes=False) as run:
        run.workspace.prepare(config.path)
        seen = _seen(run)
        with run.chapter("models"):
            written = _models_started(run, seen).result()
        return _outcome(run, "written", seen, _head(run), ddl="", warnings=_models_warnings(written))


# --- diff, plan, apply -----------------------------------------------------------------------------------------------


def diff(config: Config, source: Source, *, progress: Progress = unwatched) -> Outcome:
    """What would change, with findings; writes nothing. Exit code 3 where there is something."""
    with _running(config, source, progress, writes=False) as run:
        if unchanged := (_unchanged(run) if run.ledger.exists() else None):
            return unchanged
        seen = _seen(run)
        entry = _head(run)
        if not seen.plan and not seen.difference.drift:
            return _outcome(run, "in_sync", seen, entry, ddl="", severity=Severity.SAFE)
        status_ = "changed" if seen.plan else "drifted"
        return _outcome(
            run,
            status_,
            seen,
            entry,
            ddl="",
            severity=seen.plan.severity,
            exit_code=3,
            next_command=f"dw-migration sync {run.name}",
        )


def plan(
    config: Config, source: Source, *, message: str | None = None, by: str = "", progress: Progress = unwatched
) -> Outcome:
    """The revision and its DDL file; status `pending`, `held` or `in_sync`."""
    with _running(config, source, progress, by=by) as run:
        return _plan(run, message=message)


def _plan(run: Run, *, message: str | None = None, adopt: bool = False) -> Outcome:
    take_over(run.ledger, run.workspace, run.actor)
    seen = _seen(run, adopt=adopt)
    entry = _planned(run, seen, message=message)
    if entry is None:
        return _in_sync(run, seen)
    if _is_held(run, entry):
        return replace(_held(run, seen, entry), exit_code=0)
    run.ledger.set_status(run.name, "pending", f"{entry.id} waits to be applied")
    return _outcome(run, "pending", seen, entry, next_command=f"dw-migration apply {run.name}")


def apply(
    config: Config,
    source: Source,
    *,
    to: str | None = None,
    dry_run: bool = False,
    allow_breaking: bool = False,
    adopt: bool = False,
    by: str = "",
    run_id: str = "",
    progress: Progress = unwatched,
) -> Outcome:
    """Pending revisions applied, up to `to` (a revision or `+N`).

    Status `in_sync`, `pending` (some are left), `held` (exit code 4). With `dry_run` the DDL that would run is told.
    """
    with _running(config, source, progress, by=by, run_id=run_id) as run:
        if adopt:
            _plan(run, adopt=True)
        if not run.ledger.schemas(run.name):
            _registered_from_files(run)
        take_over(run.ledger, run.workspace, run.actor)
        waiting = _up_to(way_up(run.ledger, run.workspace), to, run)
        entries = [each for each in run.ledger.pending(run.name) if each.id in waiting]
        if dry_run:
            ddl = "\n".join(each.ddl for each in entries)
            return _outcome(run, "pending" if waiting else "in_sync", entry=_head(run), ddl=ddl)
        return _apply_each(run, waiting, allow_breaking=allow_breaking)


def _up_to(waiting: tuple[str, ...], to: str | None, run: Run) -> tuple[str, ...]:
    if to is None or to == "head":
        return waiting
    if to.startswith("+") and to[1:].isdigit():
        return waiting[: int(to[1:])]
    return way_up(run.ledger, run.workspace, to)


def _registered_from_files(run: Run) -> None:
    """A new ledger: what belongs to the source is read from the source itself, before its files are taken over."""
    if not run.workspace.revision_files():
        return
    reading, desired = _desired(run)
    _check_schemas_free(run, desired)
    run.ledger.register(run.name, told(reading.identity), desired.schemas, run.actor)


def _apply_each(run: Run, waiting: tuple[str, ...], *, allow_breaking: bool) -> Outcome:
    applied: list[str] = []
    for revision in waiting:
        entry = next((each for each in run.ledger.pending(run.name) if each.id == revision), None)
        if entry is not None:
            if _is_held(run, entry, allow_breaking=allow_breaking):
                return replace(_held(run, None, entry), applied=tuple(applied))
            _consent(run, entry, allow_breaking=allow_breaking)
        with run.chapter("apply"):
            apply_revision(run.target, run.workspace, revision, run.terms())
        applied.append(revision)
    with run.chapter("verify"):
        found = _against_ledger(run)
    left = way_up(run.ledger, run.workspace)
    status_ = "pending" if left else "in_sync"
    if not found.equal:
        raise NotConverged(f"{run.name}: applied, and the target differs: {'; '.join(found.told()[:10])}")
    if applied:
        run.ledger.set_status(run.name, status_)
    tables = sum(address.kind == "table" for address in run.ledger.desired(run.name).objects)
    return _outcome(run, status_, entry=_head(run), applied=tuple(applied), verified=True, tables=tables)


def _against_ledger(run: Run) -> Comparison:
    """The target as it is, against what the applied head wants."""
    base = _base(run)
    return compare(run.target, read_target(run.target, _known(run)), base.desired)


# --- verify, drift, status, history ----------------------------------------------------------------------------------


def verify(config: Config, source: Source, *, progress: Progress = unwatched) -> Outcome:
    """Whether the target is what the source is; exit code 3 where not."""
    with _running(config, source, progress, writes=False) as run:
        _, desired = _desired(run)
        with run.chapter("verify"):
            current = read_target(run.target, {*_known(run), *desired.schemas})
            found = compare(run.target, current, desired.catalog)
        stale = sorted(
            a for a in _base(run).desired.objects if a in current.objects and a not in desired.catalog.objects
        )
        differs = (*found.told(), *(f"not in the source any more: {a.kind} {a}" for a in stale))
        managed = {*desired.catalog.objects, *_base(run).desired.objects}
        left_out = dict(desired.catalog.counted)
        return _outcome(
            run,
            "drifted" if differs else "in_sync",
            entry=_head(run),
            ddl="",
            schemas=desired.schemas,
            tables=sum(address.kind == "table" for address in desired.catalog.objects),
            drift=tuple(differs),
            unmanaged=tuple(
                f"{a.kind} {a}" for a in sorted(current.objects) if a not in managed and not current.objects[a].shared
            ),
            left_out=left_out,
            fingerprint=desired.catalog.digest,
            warnings=(f"{len(found.settled)} texts are spelt otherwise by the target's server, and mean the same",)
            if found.settled
            else (),
            verified=not differs,
            exit_code=3 if differs else 0,
            next_command=f"dw-migration sync {run.name}" if differs else "",
        )


def drift(config: Config, source: Source) -> Outcome:
    """Fingerprints of source and target against the ledger; exit code 3 where one moved."""
    with _running(config, source, writes=False) as run:
        state = run.ledger.source(run.name) if run.ledger.exists() else None
        if state is None or state.head is None:
            return _outcome(run, "absent", exit_code=3, next_command=f"dw-migration sync {run.name}")
        of_source, of_target = _fingerprints(run, tuple(state.schemas))
        moved = []
        if of_source != state.source_fingerprint:
            moved.append("the source changed since it was last in sync")
        if of_target != state.target_fingerprint:
            moved.append("the target was changed by hand")
        return _outcome(
            run,
            "drifted" if moved else "in_sync",
            entry=_head(run),
            ddl="",
            drift=tuple(moved),
            exit_code=3 if moved else 0,
            next_command=f"dw-migration diff {run.name}" if moved else "",
        )


def status(config: Config, source: Source) -> Outcome:
    """What the ledger says: in_sync, drifted, pending, held, failed, absent; since when."""
    with _running(config, source, writes=False) as run:
        state = run.ledger.source(run.name) if run.ledger.exists() else None
        if state is None:
            return _outcome(run, "absent", next_command=f"dw-migration sync {run.name}")
        entry = next(iter(run.ledger.pending(run.name)), None) or _head(run)
        commands = {"held": "approve", "pending": "apply", "drifted": "sync", "failed": "sync"}
        command = commands.get(state.status)
        revision = f" {state.pending[0]}" if command == "approve" and state.pending else ""
        return _outcome(
            run,
            state.status or "absent",
            entry=entry,
            ddl="",
            since=state.since.astimezone(UTC).isoformat(timespec="seconds"),
            message=state.reason or (entry.revision.message if entry else ""),
            tables=sum(address.kind == "table" for address in run.ledger.desired(run.name).objects),
            next_command=f"dw-migration {command} {run.name}{revision}" if command else "",
        )


def history(config: Config, source: Source) -> tuple[HistoryEntry, ...]:
    """The source's revisions, newest first, superseded ones too. Raises: BrokenHistory where it was tampered with."""
    with _running(config, source, writes=False) as run:
        if not run.ledger.exists():
            return ()
        run.ledger.check_history(run.name)
        entries = run.ledger.revisions(run.name, superseded=True)
        return tuple(_history_entry(each) for each in reversed(entries))


def _history_entry(entry: Entry) -> HistoryEntry:
    revision = entry.revision
    return HistoryEntry(
        revision.source,
        revision.id,
        revision.parent,
        revision.version,
        str(revision.severity),
        revision.message,
        entry.state,
        revision.created.astimezone(UTC).isoformat(timespec="seconds"),
        entry.applied.astimezone(UTC).isoformat(timespec="seconds") if entry.applied else "",
        entry.applied_by or entry.planned_by,
        entry.run or "",
        entry.duration.total_seconds() if entry.duration is not None else None,
    )


def catalog_json(config: Config, source: Source) -> dict[str, object]:
    """The source's catalog under its own names, for `read`: objects by kind, what is left out and counted."""
    catalog = read_source(config, source, application_name=_application(source)).catalog
    by_kind: dict[str, list[dict[str, object]]] = {}
    for each in catalog.in_creation_order():
        by_kind.setdefault(each.kind, []).append(asdict(each))  # type: ignore[call-overload]
    left_out = [{"kind": each.kind, "address": each.address, "reason": each.reason} for each in catalog.left_out]
    counted = {"left_out": left_out, "not_modelled": dict(catalog.counted)}
    return {"fingerprint": catalog.fingerprint, "version": catalog.version, "objects": by_kind, **counted}


# --- consent and the way back ----------------------------------------------------------------------------------------


def approve(config: Config, source: Source, revision: str, *, by: str, note: str = "") -> Outcome:
    """Consent to exactly this revision's DDL."""
    with _running(config, source, by=by) as run:
        entry = run.ledger.revision(run.name, revision)
        run.ledger.approve(run.name, entry.id, entry.revision.sha256, run.actor, note)
        run.ledger.set_status(run.name, "pending", f"{entry.id} is approved by {by}, and waits to be applied")
        return _outcome(run, "pending", entry=entry, next_command=f"dw-migration apply {run.name}")


def rollback(
    config: Config,
    source: Source,
    to: str = "base",
    *,
    drop_schema: bool = False,
    allow_breaking: bool = False,
    by: str = "",
    run_id: str = "",
    progress: Progress = unwatched,
) -> Outcome:
    """Back down to a revision, by `-N`, or to `base`; ConsentNeeded (exit code 4) where rows would be lost."""
    with _running(config, source, progress, by=by, run_id=run_id) as run:
        way = way_down(run.ledger, run.name, to)
        losses = [
            loss for each in run.ledger.revisions(run.name) if each.id in way for loss in each.revision.loses_rows
        ]
        if losses and not allow_breaking and (holding := _holding_rows(run, losses)):
            raise ConsentNeeded(
                f"{run.name}: going back to {to} loses the rows of {', '.join(holding[:10])}: run rollback with "
                "--allow-breaking if that is meant"
            )
        for revision in way:
            with run.chapter("rollback"):
                roll_back(run.target, run.workspace, revision, run.terms(allow_breaking=True))
        head = _head(run)
        run.ledger.set_status(
            run.name, "pending" if way_up(run.ledger, run.workspace) else "in_sync", f"rolled back to {to}"
        )
        if drop_schema and head is None:
            _drop_schemas(run)
        return _outcome(
            run, "rolled_back", entry=head, ddl="", applied=way, next_command=f"dw-migration apply {run.name}"
        )


def _holding_rows(run: Run, losses: Iterable[str]) -> list[str]:
    """Which of the tables and columns that would be dropped stand in a table that has rows."""
    current = read_target(run.target, _known(run))
    named = {f"{address.kind} {address}": address for address in current.objects}
    tables = {loss: named[loss] for loss in losses if loss in named}
    return sorted(loss for loss, address in tables.items() if _has_rows(run.target, address))


def _has_rows(target: Connection, address: Address) -> bool:
    table = identifier(address.schema, address.owner or address.name)
    row = target.execute(sql("select exists (select from {})", table).text.encode()).fetchone()
    return bool(row and row[0])


def _drop_schemas(run: Run) -> None:
    """Drop the source's schemas, unless something that is not ours stands in them."""
    schemas = sorted(run.ledger.schemas(run.name))
    found = in_schemas(run.target, schemas)
    if found:
        named = "; ".join(map(str, found[:10]))
        raise NotOurs(
            f"{run.name}: the schemas are not dropped, since they hold what is not ours: {named}: move or drop it first"
        )
    with run.target.transaction():
        for name in schemas:
            run.target.execute(sql("drop schema if exists {}", identifier(name)).text.encode())
        run.ledger.release(run.name, schemas, run.actor)


# --- many sources ----------------------------------------------------------------------------------------------------


def sources_named(config: Config, names: Iterable[str] = ()) -> tuple[Source, ...]:
    """The sources with these names, or all of them; `databases:` patterns are looked up on their servers.

    Raises: BadConfig, naming the nearest known source; NoConnection for a server that has to be asked.
    """
    wanted = tuple(dict.fromkeys(names))
    found: dict[str, Source] = {}
    for entry in config.sources.values():
        if (
            entry.is_pattern
            and not wanted
            or any(name.startswith(f"{entry.name}.") for name in wanted if entry.is_pattern)
        ):
            there = find_sources(entry, application_name=_application(entry), strict_tls=config.policy.strict_tls)
            found |= {each.name: each for each in there}
        elif not entry.is_pattern:
            found[entry.name] = entry
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise BadConfig("\n".join(f"no source {name!r} in the config{_nearest(name, found)}" for name in unknown))
    return tuple(found[name] for name in wanted or found)


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1, 0.5)
    return f'; did you mean "{near[0]}"?' if near else f"; there are: {', '.join(names[:20]) or 'none'}"


def together(act: Callable[[Source], Outcome], sources: Iterable[Source], *, workers: int = 4) -> tuple[Outcome, ...]:
    """The outcome of each source, in the order given; an error of one is its outcome, and never stops the others."""
    chosen = tuple(sources)
    if len(chosen) <= 1:
        return tuple(attempted(act, each) for each in chosen)
    with ThreadPoolExecutor(max_workers=min(workers, len(chosen))) as pool:
        return tuple(pool.map(lambda each: attempted(act, each), chosen))


def attempted(act: Callable[[Source], Outcome], source: Source) -> Outcome:
    """The outcome; an error becomes one. A crash is told by its kind and place: its text could hold values of rows."""
    try:
        return act(source)
    except DwMigrationError as error:
        status_ = "held" if error.exit_code == ConsentNeeded.exit_code else "failed"
        return Outcome(source.name, status_, error=str(error), exit_code=error.exit_code)
    except psycopg.Error as error:
        return Outcome(source.name, "failed", error=str(translation(error, source.where)), exit_code=1)
    except Exception as error: # one bad source never stops the others, and is told as failed
        log.debug("unexpected error for %s", source.name, exc_info=True)
        return Outcome(source.name, "failed", error=f"{type(error).__name__} at {_place_of(error)}", exit_code=1)


def _place_of(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"


def worst(outcomes: Iterable[Outcome]) -> int:
    """The exit code of all together: 1, then 2 (config), then 4, then 3, then 0."""
    codes = {outcome.exit_code for outcome in outcomes}
    return next((code for code in (1, 2, 4, 3) if code in codes), 0)
