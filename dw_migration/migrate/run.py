"""One command's work on one source: connection, ledger, folder, lock and clock."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from dw_migration.config import Config, Source
from dw_migration.errors import ConsentNeeded, DwMigrationError, NotOurs, ServerError
from dw_migration.live.apply import Terms
from dw_migration.live.bystanders import standing_on
from dw_migration.live.connections import (
    connect_target,
    translated,
)
from dw_migration.live.ledger import Actor, Ledger
from dw_migration.live.locks import lock
from dw_migration.live.reader import read_target
from dw_migration.live.source import check_found
from dw_migration.live.travel import apply_revision, roll_back
from dw_migration.live.workspace import Workspace
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

    def up(self, revision: str) -> None:
        """Apply one revision, by the policy."""
        self._travel(apply_revision, "apply", revision)

    def down(self, revision: str) -> None:
        """Take one revision back; what it loses was agreed to before."""
        self._travel(roll_back, "rollback", revision, allow_breaking=True)

    def _travel(self, way: Any, chapter: str, revision: str, *, allow_breaking: bool = False) -> None:
        policy = self.config.policy
        terms = Terms(self.actor, policy.lock_timeout, policy.lock_budget, allow_breaking)
        with self.chapter(chapter), self._bystanders_named():
            took = way(
                self.target, self.workspace, revision, terms, reconnect=lambda: connected(self.config, self.source)
            )
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
    """The run; one that writes holds the source's lock, in a folder that can be written and a ledger that is there."""
    check_found(config, source)
    workspace = Workspace(config.folder(source.name), source.name)
    if writes:
        workspace.prepare(config.path)
    with connected(config, source) as target, translated("target", target):
        run = Run(config, source, Actor(by, run_id), progress, target, Ledger(target), workspace)
        if not writes:
            yield run
            return
        run.ledger.ensure()
        with lock(target, source.name):
            _restored(run)
            with _failure_noted(run):
                yield run


def _restored(run: Run) -> None:
    """The folder as the ledger tells. Raises: BrokenHistory for edited files and for more than one head."""
    run.workspace.restore(run.ledger.revisions(run.name, superseded=True))
    run.workspace.head()
    head = run.ledger.head(run.name)
    if head and not run.workspace.has_catalog:
        run.workspace.write_catalog(head, run.ledger.desired(run.name))


@contextmanager
def _failure_noted(run: Run) -> Iterator[None]:
    """An error becomes the source's status, where the ledger can still be reached."""
    try:
        yield
    except DwMigrationError as error:
        if not (run.target.closed or run.target.broken):
            held = error.exit_code == ConsentNeeded.exit_code
            run.ledger.set_status(run.name, "held" if held else "failed", str(error))
        raise
