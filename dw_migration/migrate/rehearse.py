"""Pending revisions run up, down and up again in a scratch database that is like the target."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psycopg

from dw_migration.catalog import Catalog
from dw_migration.errors import DwMigrationError, NotRehearsed, ServerError
from dw_migration.kind import Address
from dw_migration.live.apply import Terms
from dw_migration.live.backup import Dumper, restore
from dw_migration.live.connections import connect_target
from dw_migration.live.generating import generated
from dw_migration.live.ledger import Ledger
from dw_migration.live.reader import read_target
from dw_migration.live.retired import without_retired
from dw_migration.live.sampling import Sample, sample
from dw_migration.live.scratch import (
    APPLICATION,
    ScratchServer,
    build,
    build_tables,
    equip_as,
    lacking,
    scratch_server,
)
from dw_migration.live.settle import compare
from dw_migration.live.sizes import read_sizes
from dw_migration.live.travel import apply_revision, roll_back
from dw_migration.live.versions import write_version
from dw_migration.live.workspace import Workspace
from dw_migration.migrate.outcome import Rehearsal, Step
from dw_migration.migrate.planned import is_held
from dw_migration.migrate.run import Run
from dw_migration.migrate.saved import Scope
from dw_migration.revision import one_line

Connection = psycopg.Connection[tuple[Any, ...]]
Rows = Literal["sampled", "generated", "none"]

_MOST_STATEMENTS = 5
_MOST_TOLD = 10
_LONGEST = 500
_LEFT = frozenset({"enum", "schema", "composite", "extension"})
"""Kinds of which the way back leaves something: a label, the order of a type's attributes, or the object itself."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """An empty database of our own, and the server that it is on."""

    server: ScratchServer
    connection: Connection


@contextmanager
def scratch_for(run: Run) -> Iterator[Scratch]:
    """In the block, a database to rehearse in. Raises: NotRehearsed where there is none."""
    with scratch_server(run.config, run.target) as server, server.database() as connection:
        yield Scratch(server, connection)


def rehearse(run: Run, scratch: Scratch, revisions: Sequence[str], rows: Rows) -> Rehearsal:
    """What came of running these pending revisions, all behind the head, up, down and up again in that database.

    The target is only read, and the result is noted in its ledger. Locks: ACCESS SHARE on the tables whose rows are
    sampled, one after the other. Raises: NotRehearsed where the target's schema cannot be built there.
    """
    if begun := run.ledger.interrupted(run.name):
        raise NotRehearsed(f"only a whole revision can be rehearsed: {begun.told(run.name)}")
    with run.chapter("rehearse"), _folder(run) as workspace:
        stage = _staged(run, scratch, workspace, rows)
        _run_through(stage, tuple(revisions))
    found = Rehearsal(
        tuple(revisions),
        _where(scratch),
        stage.sample.tables,
        stage.sample.rows,
        tuple(stage.steps),
        tuple(stage.faults),
        tuple(dict.fromkeys(stage.told + stage.sample.told)),
    )
    for each in revisions:
        _note(run, each, found)
    return found


def check_consent(run: Run) -> None:
    """Raises NotRehearsed where the code of a hand-written revision would run before somebody has consented to it."""
    for each in run.ledger.pending(run.name):
        if each.revision.hand_written and is_held(run, each):
            raise NotRehearsed(
                f"{run.name}: {each.id} is written by hand and waits for consent: its code runs in no database before: "
                f"read it, run dw-migration approve {run.name} {each.id}, and then this again"
            )


def restore_backup(
    run: Run, server: ScratchServer, programs: Dumper, dump: Path, *, scope: Scope, revision: str
) -> None:
    """Prove that the backup can be restored, in a database of its own, which is gone afterwards; the ledger notes it.

    One of tables: their rows into the same tables, before foreign keys and triggers. Raises: ServerError where it
    cannot, NotRehearsed where the tables cannot be made there.
    """
    with run.chapter("restore"), server.database() as scratch:
        if scope == "database" and server.is_own:
            equip_as(server, scratch.info.dbname, run.target)
        if scope == "affected":
            current = read_target(run.target, run.ledger.schemas(run.name))
            build_tables(scratch, current.without(lacking(server, scratch, current.objects)))
        restore(scratch, programs, dump, only_rows=scope == "affected")
    run.ledger.backup_restored(run.name, revision, dump.name, run.actor)


def told_faults(found: Rehearsal) -> str:
    """That the rehearsal failed, and of what."""
    return f"the rehearsal of {', '.join(found.revisions)} failed: {'; '.join(found.faults)}: nothing was applied"


def sha256_of(run: Run, revision: str) -> str:
    """Of the revision's statements, also of one that only the folder knows."""
    known = {each.id: each.revision for each in run.ledger.revisions(run.name)}
    return (known.get(revision) or run.workspace.revision_files()[revision].parsed()).sha256


def _note(run: Run, revision: str, found: Rehearsal) -> None:
    run.ledger.rehearsed(
        run.name,
        revision,
        {
            "ok": found.ok,
            "sha256": sha256_of(run, revision),
            "where": found.where,
            "rows": found.rows,
            "seconds": round(sum(each.seconds for each in found.steps), 3),
            "faults": list(found.faults[:_MOST_TOLD]),
        },
        run.actor,
    )


@contextmanager
def _folder(run: Run) -> Iterator[Workspace]:
    """In the block, a copy of the source's folder, without its backups."""
    with tempfile.TemporaryDirectory(prefix="dw-rehearsal-folder-") as made:
        folder = Path(made) / "source"
        shutil.copytree(run.workspace.folder, folder, ignore=shutil.ignore_patterns("backups", "*.bak"), symlinks=True)
        yield Workspace(folder, run.name)


# --- the stage --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Stage:
    """The scratch database, like the target, with a ledger of its own, and what was found so far."""

    connection: Connection
    workspace: Workspace
    terms: Terms
    known: set[Address] = field(default_factory=set)
    """What differs from what is desired before anything runs: somebody changed it by hand."""
    sample: Sample = field(default_factory=Sample)
    steps: list[Step] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def source(self) -> str:
        return self.workspace.source

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.connection)

    def now(self) -> Catalog:
        """What stands in the source's schemas."""
        found = read_target(self.connection, self.ledger.schemas(self.source))
        return without_retired(found, self.ledger, self.source)


def _staged(run: Run, scratch: Scratch, workspace: Workspace, rows: Rows) -> _Stage:
    policy, connection = run.config.policy, scratch.connection
    terms = Terms(run.actor, policy.lock_timeout, policy.lock_budget, allow_breaking=True)
    stage = _Stage(connection, workspace, terms)
    current = read_target(run.target, run.ledger.schemas(run.name))
    wanted = _catalogs(run)
    everything = {address: found for each in (current, *wanted.values()) for address, found in each.objects.items()}
    lost = lacking(scratch.server, connection, everything)
    stage.told += _unlike(run, scratch)
    stage.told += dict.fromkeys(f"{reason}: the rehearsal goes without" for reason in lost.values())
    managed = run.ledger.desired(run.name).objects.keys()
    _check_without(current, lost, managed)

    def fill() -> None:
        if rows == "sampled":
            with _reading(run) as target:
                sizes = read_sizes(target, [address for address in current.objects if address.kind == "table"])
                stage.sample = sample(target, connection, current.without(lost), sizes)
        elif rows == "generated":
            stage.sample = generated(connection, current.without(lost))

    stage.told += build(connection, current.without(lost), managed, fill)
    _with_ledger(run, stage, {revision: catalog.without(lost) for revision, catalog in wanted.items()})
    return stage


def _catalogs(run: Run) -> dict[str, Catalog]:
    """What the applied head and those that wait want, as far as it is known."""
    head = run.ledger.head(run.name)
    ids = [each.id for each in run.ledger.revisions(run.name) if each.state != "applied" or each.id == head]
    return {each: catalog for each in ids if (catalog := run.ledger.desired_of(run.name, each)) is not None}


def _unlike(run: Run, scratch: Scratch) -> Iterator[str]:
    """What a person should know of the server."""
    ours, theirs = scratch.connection.info.server_version // 10_000, run.target.info.server_version // 10_000
    if ours != theirs:
        yield f"the rehearsal's server is PostgreSQL {ours}, and the target's is {theirs}"
    if scratch.connection.info.parameter_status("is_superuser") == "on":
        where = scratch.server.place.where
        yield f"the role of {where} is a superuser, and code of the target runs as that role: CREATEDB is enough for it"


@contextmanager
def _reading(run: Run) -> Iterator[Connection]:
    """A session on the target that writes nothing, and asks no longer than a probe may."""
    policy = run.config.policy
    with connect_target(
        run.config.target,
        application_name=APPLICATION,
        read_only=True,
        lock_timeout=policy.lock_timeout,
        statement_timeout=policy.probe_timeout,
        strict_tls=policy.strict_tls,
    ) as connection:
        yield connection


def _check_without(current: Catalog, lost: dict[Address, str], managed: Any) -> None:
    """Raises NotRehearsed where something of ours stands on what the server lacks."""
    gone = [a for a in current.objects.keys() - current.without(lost).objects.keys() if a not in lost and a in managed]
    gone = [each for each in sorted(gone) if not current.objects[each].is_right]
    if gone:
        raise NotRehearsed(
            f"the target's schema cannot be built for a rehearsal: {'; '.join(sorted(set(lost.values())))}, and "
            f"{', '.join(f'{a.kind} {a}' for a in gone[:5])} stand on it: name a server that has it under "
            "policy.rehearsal; nothing was applied"
        )


def _with_ledger(run: Run, stage: _Stage, wanted: Mapping[str, Catalog]) -> None:
    """Give the scratch database a ledger with the source's revisions, and its head where the target's is."""
    ledger, source, actor = stage.ledger, run.name, run.actor
    ledger.ensure()
    ledger.register(source, {}, run.ledger.schemas(source), actor)
    for each in run.ledger.revisions(source):
        desired = wanted.get(each.id)
        ledger.restore(each.revision, script=each.script, ddl=each.ddl, desired=desired, actor=actor)
    head = run.ledger.head(source)
    if head is not None:
        ledger.stamp(source, head, actor)
        with stage.connection.transaction():
            write_version(stage.connection, source, None, head)
    desired, now = ledger.desired(source), stage.now()
    if head is not None:
        ledger.store_base(source, desired, now.only(desired.objects))
    found = compare(stage.connection, now, desired)
    stage.known = {*found.missing, *(new.address for _, new in found.different)}


# --- up, down and up again --------------------------------------------------------------------------------------------


def _run_through(stage: _Stage, revisions: tuple[str, ...]) -> None:
    before = stage.now()
    after: list[Catalog] = []
    for direction in ("up", "down", "up"):
        for revision in revisions if direction == "up" else revisions[::-1]:
            if not _stepped(stage, revision, direction):
                return
        if direction == "down":
            _check_back(stage, before)
        else:
            after.append(stage.now())
    if after[0].digest != after[1].digest:
        differs = _differences(stage, after[1], after[0])
        stage.faults += [f"the second way up leads elsewhere than the first: {each}" for each in differs]


def _stepped(stage: _Stage, revision: str, direction: str) -> bool:
    """Whether this way of the revision went through, to what it should lead to."""
    way = apply_revision if direction == "up" else roll_back
    try:
        took = way(stage.connection, stage.workspace, revision, stage.terms)
    except DwMigrationError as error:
        state = f" [{error.sqlstate}]" if isinstance(error, ServerError) and error.sqlstate else ""
        stage.faults.append(one_line(f"{revision} {direction}: failed{state}: {error}", _LONGEST))
        return False
    except Exception as error:  # of a revision that somebody wrote: its text could hold rows
        stage.faults.append(f"{revision} {direction}: failed: {type(error).__name__}")
        return False
    slowest = sorted(took.seconds, key=lambda each: -each[1])[:_MOST_STATEMENTS]
    told = tuple((one_line(text, 120), round(seconds, 3)) for text, seconds in slowest)
    stage.steps.append(Step(revision, direction, round(took.duration.total_seconds(), 3), told))
    stage.told += [f"{revision} {direction}: in spite of {each}" for each in took.passed_over]
    if direction == "up":
        found = compare(stage.connection, stage.now(), stage.ledger.desired(stage.source)).apart_from(stage.known)
        stage.faults += [one_line(f"{revision} up: {each}", _LONGEST) for each in found.told()[:_MOST_TOLD]]
    return True


def _check_back(stage: _Stage, before: Catalog) -> None:
    """What the way back does not bring back is a fault, but for what PostgreSQL cannot take back."""
    now = stage.now()
    differing = [a for a, each in now.objects.items() if before.objects.get(a) != each]
    left = sorted(a for a in differing if a.kind in _LEFT)
    stage.told += [f"the way back leaves {a.kind} {a} as the way up made it" for a in left[:_MOST_TOLD]]
    found = _differences(stage, now, before, apart=left)
    stage.faults += [f"the way back does not lead to where it began: {each}" for each in found]


def _differences(stage: _Stage, now: Catalog, expected: Catalog, apart: Sequence[Address] = ()) -> list[str]:
    found = compare(stage.connection, now, expected).apart_from(apart)
    more = sorted(a for a in now.objects.keys() - expected.objects.keys() if a not in apart)
    told = [*found.told(), *(f"{a.kind} {a} is there, and should not be" for a in more)]
    return [one_line(each, _LONGEST) for each in told[:_MOST_TOLD]]


def _where(scratch: Scratch) -> str:
    version = scratch.connection.info.server_version
    place = "a server of its own" if scratch.server.is_own else scratch.server.place.where
    return f"PostgreSQL {version // 10_000}.{version % 10_000}, {place}"
