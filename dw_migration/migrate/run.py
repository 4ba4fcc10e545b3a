"""One command's work on one source: connection, ledger, folder, lock and clock."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from dw_migration.config import Config, Source
from dw_migration.errors import (
    BrokenHistory,
    ConsentNeeded,
    DwMigrationError,
    Locked,
    NoConnection,
    NotOurs,
    ServerError,
)
from dw_migration.live.apply import Terms
from dw_migration.live.bystanders import standing_on
from dw_migration.live.connections import (
    connect_target,
    translated,
)
from dw_migration.live.ledger import Actor, Interrupted, Ledger, SourceState
from dw_migration.live.locks import lock
from dw_migration.live.reader import read_target
from dw_migration.live.source import check_found
from dw_migration.live.standings import Look, note_looks
from dw_migration.live.travel import apply_revision, roll_back
from dw_migration.live.workspace import Workspace
from dw_migration.migrate.notice import EVENTS, Notice
from dw_migration.migrate.outbox import is_first, is_news, ledger_answered, outbox, post, withdraw
from dw_migration.migrate.outcome import Progress

Connection = psycopg.Connection[tuple[Any, ...]]
DEPENDENT_OBJECTS_STILL_EXIST = "2BP01"


def unwatched(_source: str, _chapter: str) -> None:
    """Progress that nobody watches."""


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
    notes: list[str] = field(default_factory=list)
    """What every outcome warns of besides."""
    has_news: bool = False
    """Whether the folder has revisions that the ledger does not know, or lacks some that somebody wrote."""

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name

    @property
    def is_cut_off(self) -> bool:
        """Whether the target can no longer be asked."""
        return self.target.closed or self.target.broken

    @contextmanager
    def chapter(self, name: str) -> Iterator[None]:
        """In the block, this is what is going on; its seconds are noted."""
        self.progress(self.name, name)
        began = time.monotonic()
        try:
            yield
        finally:
            self.durations[name] = self.durations.get(name, 0.0) + time.monotonic() - began

    def note(self, text: str) -> None:
        """Let every outcome warn of it, once."""
        if text not in self.notes:
            self.notes.append(text)

    def terms(self, *, allow_breaking: bool, backup: str = "") -> Terms:
        """On which terms the policy has this run apply."""
        policy = self.config.policy
        return Terms(
            self.actor,
            policy.lock_timeout,
            policy.lock_budget,
            allow_breaking,
            probe_timeout=policy.probe_timeout,
            backup=backup,
        )

    def up(self, revision: str, *, allow_breaking: bool = False, backup: str = "") -> None:
        """Apply one revision, by the policy; allow_breaking: whatever the rows say by now; backup: saved for it."""
        allowed = allow_breaking or self.config.policy.breaking == "allow"
        self._travel(apply_revision, "apply", revision, allow_breaking=allowed, backup=backup)

    def down(self, revision: str, *, allow_breaking: bool, within: Callable[[], None] | None = None) -> None:
        """Take one revision back. `within` is done in its last transaction. Raises: ConsentNeeded."""
        way = partial(roll_back, within=within)
        self._travel(way, "rollback", revision, allow_breaking=allow_breaking)

    def _travel(self, way: Any, chapter: str, revision: str, *, allow_breaking: bool = False, backup: str = "") -> None:
        terms = self.terms(allow_breaking=allow_breaking, backup=backup)
        with self.chapter(chapter), self._bystanders_named():
            took = way(
                self.target, self.workspace, revision, terms, reconnect=lambda: connected(self.config, self.source)
            )
        if took.waited_for:
            self.note(f"{revision}: waited for locks of {'; '.join(took.waited_for)}")
        if took.passed_over:
            done = "applied" if chapter == "apply" else "taken back"
            self.note(f"{revision}: {done} in spite of {'; '.join(took.passed_over[:10])}")
        if took.connection is not None:  # the old one was lost at COMMIT
            self.target, self.ledger = took.connection, Ledger(took.connection)

    @contextmanager
    def _bystanders_named(self) -> Iterator[None]:
        """Where PostgreSQL refuses, since something stands on what is dropped, it is told what that is, and whose."""
        try:
            yield
        except ServerError as error:
            if error.sqlstate != DEPENDENT_OBJECTS_STILL_EXIST or self.target.closed:
                raise
            managed = self.ledger.desired(self.name).objects
            found = standing_on(self.target, read_target(self.target, self.ledger.schemas(self.name)), managed)
            kept = [each for each in self.ledger.retired(self.name) if each.purged is None]
            if kept and not found:
                told = ", ".join(f"{each.was.kind} {each.was}" for each in kept[:10])
                raise NotOurs(
                    f"{error}: what was retired stands on it ({told}): run dw-migration purge {self.name} --older-than "
                    "0s if its rows are no longer wanted, or go back first"
                ) from None
            named = "; ".join(map(str, found[:10])) or "something of somebody else's"
            raise NotOurs(
                f"{error}: {named} stands on it: nothing is dropped by CASCADE: ask the owner to drop or change it, "
                "then run this again"
            ) from None

    def _reconnected(self) -> Connection:
        return connected(self.config, self.source)


def application(source: Source) -> str:
    """The name of our sessions, by which orphans are found."""
    return f"dw/{source.name}"[:63]


def connected(config: Config, source: Source) -> Connection:
    """A session on the target that may write, by the policy."""
    policy = config.policy
    name = application(source)
    return connect_target(
        config.target, application_name=name, lock_timeout=policy.lock_timeout, strict_tls=policy.strict_tls
    )


@contextmanager
def running(
    config: Config,
    source: Source,
    progress: Progress = unwatched,
    *,
    by: str = "",
    run_id: str = "",
    writes: bool = True,
) -> Iterator[Run]:
    """The run; one that writes holds the source's lock, in a folder that can be written and a ledger that is there.

    What becomes of the source is noted in the ledger, and told by `policy.notify` once the lock is free.
    """
    actor = Actor(by, run_id)
    if not writes:
        with _opened(config, source, actor, progress) as run:
            yield run
        return
    with outbox(), ExitStack() as stack:
        with _outage_told(config, source, actor):
            run = stack.enter_context(_locked(config, source, actor, progress))
        with _news_told(run), _failure_noted(run), translated("target", run.target):
            _restored(run)
            yield run


def half_way(run: Run, *directions: str) -> Interrupted | None:
    """The revision that is half applied, or half taken back; None where all are whole.

    Raises: BrokenHistory where it stopped in one of these directions, or in any if none is named: what the catalog
    would tell then is neither the one state nor the other.
    """
    begun = run.ledger.interrupted(run.name) if run.ledger.exists() else None
    if begun is not None and begun.direction in (directions or ("up", "down")):
        raise BrokenHistory(begun.told(run.name))
    return begun


@contextmanager
def _opened(config: Config, source: Source, actor: Actor, progress: Progress) -> Iterator[Run]:
    check_found(config, source)
    workspace = Workspace(config.folder(source.name), source.name)
    with connected(config, source) as target, translated("target", target):
        yield Run(config, source, actor, progress, target, Ledger(target), workspace)


@contextmanager
def _locked(config: Config, source: Source, actor: Actor, progress: Progress) -> Iterator[Run]:
    with _opened(config, source, actor, progress) as run:
        run.workspace.prepare(config.path)
        run.ledger.ensure()
        with lock(run.target, source.name):
            yield run


def _restored(run: Run) -> None:
    """The folder as the ledger tells. Raises: BrokenHistory for edited files and for more than one head."""
    restored = run.workspace.restore(run.ledger.revisions(run.name, superseded=True))
    run.has_news = bool(restored.unknown or restored.deleted)
    run.workspace.head()
    head = run.ledger.head(run.name)
    if head and not run.workspace.has_catalog:
        run.workspace.write_catalog(head, run.ledger.desired(run.name))


@contextmanager
def _failure_noted(run: Run) -> Iterator[None]:
    """An error becomes the source's status, where the ledger can still be reached."""
    try:
        yield
    except Exception as error:
        if not run.is_cut_off:
            run.ledger.set_status(run.name, *standing_of(error))
            if isinstance(error, NoConnection) and error.where == run.source.where:
                note_looks(run.ledger, [Look(run.name, "unreachable", answered=False, error=str(error))])
        raise


def standing_of(error: Exception) -> tuple[str, str]:
    """The status that an error means, and why; a crash is told by its kind and place: its text could hold rows."""
    if isinstance(error, DwMigrationError):
        return "held" if error.exit_code == ConsentNeeded.exit_code else "failed", str(error)
    return "failed", f"{type(error).__name__} at {place_of(error)}"


def place_of(error: BaseException) -> str:
    """Where it was raised, as `file.py:7`."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"


# --- what a person is told --------------------------------------------------------------------------------------------


@contextmanager
def _outage_told(config: Config, source: Source, actor: Actor) -> Iterator[None]:
    """What fails before the ledger can be asked is told once: it is the same for every source. A lock is no failure."""
    try:
        yield
    except Locked:
        raise
    except Exception as error:
        status, reason = standing_of(error)
        if config.policy.notify is not None and is_first(reason):
            post(config, _notice(status, source.name, reason, actor))
        raise


@contextmanager
def _news_told(run: Run) -> Iterator[None]:
    """How the source stands after the block is told, where a person should know and it did not stand so before."""
    if run.config.policy.notify is None:
        yield
        return
    before = run.ledger.source(run.name)
    ledger_answered()
    try:
        yield
    except Exception as error:
        _tell(run, before, standing_of(error))
        raise
    _tell(run, before)


def _tell(run: Run, before: SourceState | None, failure: tuple[str, str] = ("", "")) -> None:
    """Post the notice, if there is something to tell; without a row of its own, a source is new to the ledger."""
    state = _state_now(run)
    status, reason = (state.status, state.reason) if state else failure
    if status not in EVENTS:
        withdraw(run.name)
    elif is_first(reason) if run.is_cut_off else is_news(before, status, reason):
        post(run.config, _notice(status, run.name, reason, run.actor, state))


def _state_now(run: Run) -> SourceState | None:
    try:
        return run.ledger.source(run.name)
    except DwMigrationError:  # what there is to tell fails no run
        return None


def _notice(status: str, source: str, reason: str, actor: Actor, state: SourceState | None = None) -> Notice:
    following = f"dw-migration {'diff' if status == 'drifted' else 'sync'} {source}"
    notice = Notice(status, source, reason, next_command=following, run_id=actor.run)
    if state is None:
        return notice
    return replace(notice, schemas=tuple(state.schemas), revision=state.head, version=state.version)
