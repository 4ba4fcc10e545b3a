"""One command's work on one source: connection, ledger, folder, lock and clock."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from dw_migration.config import Config, Source
from dw_migration.live.apply import Terms
from dw_migration.live.connections import (
    connect_target,
    translated,
)
from dw_migration.live.ledger import Actor, Ledger
from dw_migration.live.locks import lock
from dw_migration.live.workspace import Workspace
from dw_migration.migrate.outcome import Progress

Connection = psycopg.Connection[tuple[Any, ...]]


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

    def terms(self, *, allow_breaking: bool = False) -> Terms:
        """How revisions are applied, by the policy."""
        policy = self.config.policy
        return Terms(self.actor, policy.lock_timeout, policy.lock_budget, allow_breaking)


def application(source: Source) -> str:
    """The name of our sessions, by which orphans are found."""
    return f"dw/{source.name}"[:63]


def _connected(config: Config, source: Source) -> Connection:
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
