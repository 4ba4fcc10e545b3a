"""Our own way up and down a source's history: lock, run, ledger and commit in one, then read again."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import psycopg

from dw_migration.errors import BadConfig, BrokenHistory, DwMigrationError, NoConnection
from dw_migration.live.apply import (
    Outcome,
    Terms,
    before_unknown,
    entry_of,
    learn,
    note,
    note_failure,
    on,
    read_again,
    run_on,
)
from dw_migration.live.borrowed import transactional
from dw_migration.live.connections import translation
from dw_migration.live.ledger import Actor, Ledger
from dw_migration.live.locks import acquire, check_held, holds, lock
from dw_migration.live.stop import stoppable
from dw_migration.live.versions import write_version
from dw_migration.live.workspace import Workspace, is_open
from dw_migration.revision import one_line

Connection = psycopg.Connection[tuple[Any, ...]]

_alembic_now = threading.Lock()
"""Alembic's `op` and `context` belong to the whole process."""

_WHAT = {"up": "applied", "down": "rolled back"}


def apply_revision(
    connection: Connection,
    workspace: Workspace,
    revision: str,
    terms: Terms,
    *,
    after: Callable[[Connection], None] | None = None,
    reconnect: Callable[[], Connection] | None = None,
) -> Outcome:
    """Apply one revision, the next behind the head, and write the ledger in the same transaction.

    The connection is in autocommit. `after` runs once it is committed and read again, still under the lock.
    Raises: ConsentNeeded, StalePlan, BrokenHistory, Locked, ServerError, NoConnection: nothing of a batch is half done.
    """
    return _travelled(_Step(connection, workspace, revision, "up", terms, reconnect), after)


def roll_back(
    connection: Connection,
    workspace: Workspace,
    revision: str,
    terms: Terms,
    *,
    within: Callable[[], None] | None = None,
    after: Callable[[Connection], None] | None = None,
    reconnect: Callable[[], Connection] | None = None,
) -> Outcome:
    """Take one revision, the head, back; its parent's base is the base again. See `apply_revision`.

    `within` runs in the last transaction, behind its statements: both are kept, or neither. Not of a hand-written one.
    """
    return _travelled(_Step(connection, workspace, revision, "down", terms, reconnect, within), after)


@dataclass(frozen=True, slots=True)
class _Step:
    connection: Connection
    workspace: Workspace
    revision: str
    direction: str
    terms: Terms
    reconnect: Callable[[], Connection] | None
    within: Callable[[], None] | None = None

    @property
    def source(self) -> str:
        return self.workspace.source

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.connection)


def _travelled(step: _Step, after: Callable[[Connection], None] | None) -> Outcome:
    with _locked(step.connection, step.source), on(step.terms), _failure_noted(step):
        restored = step.workspace.restore(step.ledger.revisions(step.source, superseded=True))
        step.workspace.head()
        unknown = any(each.id == step.revision for each in restored.unknown)
        by_hand = unknown or entry_of(step.ledger, step.source, step.revision).revision.hand_written
        may_be_unknown = step.direction == "up" and not by_hand
        before = before_unknown(step.connection, step.source, step.revision) if may_be_unknown else None
        outcome = _by_alembic(step) if by_hand else _by_ourselves(step)
        now = outcome.connection or step.connection
        if before is not None:
            learn(now, step.source, step.revision, before)
        finish(now, step.workspace)
        if after is not None:
            after(now)
    return outcome


def finish(connection: Connection, workspace: Workspace) -> None:
    """What follows a commit: the target is read again, and the folder's catalog is the head's."""
    source, ledger = workspace.source, Ledger(connection)
    if ledger.unread(source):
        read_again(connection, source)
    if ledger.knows_base(source):  # else the file, of another target, says more
        workspace.write_catalog(ledger.head(source), ledger.desired(source))


@contextmanager
def _locked(connection: Connection, source: str) -> Iterator[None]:
    """In the block this session holds the source's lock; it is given back if it was taken here."""
    if holds(connection, source):
        yield
        return
    with lock(connection, source):
        yield


@contextmanager
def _failure_noted(step: _Step) -> Iterator[None]:
    """A failure goes into the history, if the server can still be reached."""
    try:
        yield
    except DwMigrationError as error:
        note_failure(step.connection, step.source, step.revision, step.terms.actor, error)
        raise


def _by_ourselves(step: _Step) -> Outcome:
    entry = entry_of(step.ledger, step.source, step.revision)
    up = step.direction == "up"
    batches = entry.revision.up if up else entry.revision.down
    before, behind = entry.revision.parent, entry.id
    with transactional(step.connection):
        outcome = run_on(step.connection, step.source, step.revision, step.direction, batches)
        if step.within is not None:
            step.within()
        write_version(step.connection, step.source, *((before, behind) if up else (behind, before)))
        note(step.connection, step.source, outcome, step.terms.actor)
        check_held(step.connection, step.source)
        try:
            step.connection.commit()
        except psycopg.Error as error:
            return _after_lost_commit(step, outcome, error)
    return outcome


def _after_lost_commit(step: _Step, outcome: Outcome, error: psycopg.Error) -> Outcome:
    """Never repeated: once the old session is gone, and the lock ours, the ledger tells how it ended."""
    ours = translation(error, "target")
    if not isinstance(ours, NoConnection):
        raise ours from None
    step.connection.close()
    lost = f"{step.source}: the connection was lost at COMMIT of {step.revision}"
    if step.reconnect is None:
        told = f"{lost}: how it ended stands in the ledger: run it again, which looks there first"
        raise NoConnection(told, where="target", may_pass=True)
    found = step.reconnect()
    acquire(found, step.source, wait=step.terms.lock_budget)
    events = [each for each in Ledger(found).history(step.source) if each.run == step.terms.actor.run]
    if any((each.revision, each.what) == (step.revision, _WHAT[step.direction]) for each in events):
        return replace(outcome, connection=found)
    found.close()
    raise NoConnection(f"{lost}, and nothing of it was kept: run it again", where="target", may_pass=True)


def _by_alembic(step: _Step) -> Outcome:
    """A hand-written revision, by Alembic in this process, over our connection; env.py writes the ledger."""
    from alembic import command  # noqa: PLC0415 - costs 0.3 s, and is seldom needed
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    began = time.monotonic()
    shared = {"connection": step.connection, "terms": step.terms, "configure_logging": False}
    config = Config(str(step.workspace.ini), attributes=shared)
    try:
        with _alembic_now, stoppable(step.connection):
            if step.direction == "up":
                command.upgrade(config, step.revision)
            else:
                command.downgrade(config, step.workspace.revision_files()[step.revision].parent or "base")
    except CommandError as error:
        if isinstance(error.__cause__, DwMigrationError):
            raise error.__cause__ from None
        raise BrokenHistory(f"{step.source}: Alembic says: {one_line(str(error), 500)}") from None
    return Outcome(step.revision, step.direction, timedelta(seconds=time.monotonic() - began))


# --- which ones -------------------------------------------------------------------------------------------------------


def take_over(ledger: Ledger, workspace: Workspace, actor: Actor) -> tuple[str, ...]:
    """The revisions that only the workspace knew, and the ledger now does.

    Ours, where the ledger is new; what somebody wrote, as its file says now; whose place others took is given up.
    """
    source = workspace.source
    entries = ledger.revisions(source, superseded=True)
    known = {each.id: each for each in entries}
    for deleted in workspace.restore(entries).deleted:
        ledger.give_up(source, deleted, actor)
    kept = workspace.catalog()
    taken = []
    for each in workspace.chain():
        entry = known.get(each.id)
        if entry is not None and (not is_open(entry) or (entry.script == each.text and entry.state != "superseded")):
            continue
        revision = each.parsed()
        desired = kept[1] if kept and kept[0] == each.id else None
        if revision.hand_written:
            ledger.add_hand_written(source, revision, each.text, actor, desired)
        else:
            ledger.restore(revision, script=each.text, ddl=workspace.ddl(each.id), desired=desired, actor=actor)
        taken.append(each.id)
    return tuple(taken)


def way_up(ledger: Ledger, workspace: Workspace, to: str | None = None) -> tuple[str, ...]:
    """The pending revisions in order, hand-written ones of the workspace too, up to `to` or the last."""
    applied = {each.id for each in ledger.revisions(workspace.source) if each.state == "applied"}
    ids = [each.id for each in workspace.chain() if each.id not in applied]
    return tuple(ids) if to is None else _until(ids, to, f"{workspace.source}: pending")


def way_down(ledger: Ledger, source: str, to: str = "-1") -> tuple[str, ...]:
    """The applied revisions that are taken back, the head first: `-1`, `-2`, `base`, or the one to arrive at."""
    applied = [each.id for each in ledger.revisions(source) if each.state == "applied"][::-1]
    if to == "base":
        return tuple(applied)
    if to.startswith("-") and to[1:].isdigit():
        return tuple(applied[: int(to[1:])])
    return _until(applied, to, f"{source}: applied")[:-1]


def _until(ids: list[str], beginning: str, which: str) -> tuple[str, ...]:
    """The ids up to the one that begins so. Raises: BadConfig if none does, or more than one."""
    found = [number for number, each in enumerate(ids, 1) if each.startswith(beginning)]
    if len(found) != 1:
        raise BadConfig(f"{which} are {', '.join(ids) or 'none'}: expected one that begins with {one_line(beginning)}")
    return tuple(ids[: found[0]])
