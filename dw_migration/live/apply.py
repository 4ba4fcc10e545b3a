"""The one function that runs a revision: under `alembic upgrade` and under our own apply (`travel`) alike."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from dw_migration.catalog import Catalog
from dw_migration.changes import Base
from dw_migration.errors import BrokenHistory, ConsentNeeded, DwMigrationError, StalePlan
from dw_migration.kind import Address
from dw_migration.live.batches import Job, erase_marks, run_batches, started
from dw_migration.live.by_hand import Way, walking
from dw_migration.live.connections import translated
from dw_migration.live.ledger import Actor, Entry, Ledger
from dw_migration.live.locks import acquire, check_held, holds
from dw_migration.live.probes import TIMEOUT, disproved
from dw_migration.live.reader import read_target
from dw_migration.live.retired import check_there, gone_for_good, make_anew, make_room, without_retired
from dw_migration.live.settle import compare
from dw_migration.live.stake import at_stake
from dw_migration.live.versions import read_version
from dw_migration.plan import Batch, Proof
from dw_migration.revision import frozen_batches, statement_lines
from dw_migration.rule import Severity

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms this process applies."""

    actor: Actor = field(default_factory=Actor)
    lock_timeout: timedelta = timedelta(seconds=1)
    lock_budget: timedelta = timedelta(minutes=2)
    allow_breaking: bool = False
    """Consent given with the command itself."""
    probe_timeout: timedelta = TIMEOUT
    """For each question to the rows."""
    backup: str = ""
    """The file that this process has saved for this way of the revision."""


@dataclass(slots=True)
class Outcome:
    """What one revision's way took."""

    revision: str
    direction: str
    duration: timedelta = timedelta()
    attempts: int = 1
    waited_for: tuple[str, ...] = ()
    """Sessions that were in the way of an attempt: `pid 42 (psql), idle in transaction, since ...`."""
    passed_over: tuple[str, ...] = ()
    """What its proofs no longer held of, and was done all the same, since consent came with the command."""
    seconds: tuple[tuple[str, float], ...] = ()
    """Each statement that was run, and what it took."""
    connection: Connection | None = None
    """Only where the old one was lost at COMMIT: the one to go on with."""


terms_now: ContextVar[Terms | None] = ContextVar("terms_now", default=None)
outcome_now: ContextVar[Outcome | None] = ContextVar("outcome_now", default=None)


@contextmanager
def on(terms: Terms) -> Iterator[None]:
    """In the block, `run` goes by these terms."""
    token = terms_now.set(terms)
    try:
        yield
    finally:
        terms_now.reset(token)


# --- the one function -------------------------------------------------------------------------------------------------


def run(context: "MigrationContext", source: str, revision: str, direction: str, written: Any) -> None:
    """Run a revision's batches where Alembic stands: all but the last are committed, the last is left open for it.

    Under `--sql` the statements are printed. Raises: ConsentNeeded, StalePlan, BrokenHistory, Locked, ServerError.
    """
    batches = frozen_batches(written)
    if context.as_sql:
        _print(context, batches)
        return
    if context.connection is None:
        raise BrokenHistory(f"{source}: Alembic has no connection: call it through the env.py of dw_migration")
    connection: Any = context.connection.connection.driver_connection
    connection.commit()  # what Alembic wrote for itself: its empty version table
    outcome_now.set(run_on(connection, source, revision, direction, batches))


def _print(context: "MigrationContext", batches: tuple[Batch, ...]) -> None:
    for number, batch in enumerate(batches):
        if number:
            context.impl.static_output("COMMIT;\n")
        if number and batch.transactional:
            context.impl.static_output("BEGIN;\n")
        for text in batch.statements:
            context.impl.static_output(f"{text};\n")
    if batches and not batches[-1].transactional:
        context.impl.static_output("BEGIN;\n")


def run_on(connection: Connection, source: str, revision: str, direction: str, batches: tuple[Batch, ...]) -> Outcome:
    """Check, run, and leave the last transaction open."""
    began, terms, ledger = time.monotonic(), terms_now.get() or Terms(), Ledger(connection)
    entry = entry_of(ledger, source, revision)
    if batches != (entry.revision.up if direction == "up" else entry.revision.down):
        raise BrokenHistory(
            f"{source}: the file of the revision {revision} was edited, its statements are not those of the ledger: "
            f"delete the file, it is restored by apply; a step of your own is a revision of its own"
        )
    passed_over = list[str]()
    job = job_of(ledger, entry, direction, terms)
    if not holds(connection, source):
        acquire(connection, source)
    _check_history(ledger, entry, direction)
    _check_consent(ledger, entry, direction, terms)
    resumed = started(connection, source, revision, direction)
    connection.rollback()
    if direction == "down":
        _check_comes_back(connection, entry)
    if not resumed:
        _check_state(connection, entry, direction)
        if direction == "up":
            _make_room(connection, entry)
        passed_over += check_proofs(connection, entry, direction, terms)
        if direction == "up":
            _set_backup_aside(connection, entry, terms)
        connection.rollback()

    def ask(number: int) -> None:
        passed_over.extend(check_proofs(connection, entry, direction, terms, number))

    def check() -> None:
        check_held(connection, source)
        _check_history(ledger, entry, direction)
        _check_consent(ledger, entry, direction, terms)

    tally = run_batches(connection, job, check, ask)
    took = timedelta(seconds=time.monotonic() - began)
    passed_over = list(dict.fromkeys(passed_over))
    seconds = tuple((batches[batch].statements[at], spent) for (batch, at), spent in tally.seconds.items())
    return Outcome(revision, direction, took, tally.attempts, tuple(tally.waited_for), tuple(passed_over), seconds)


def job_of(ledger: Ledger, entry: Entry, direction: str, terms: Terms) -> Job:
    """The revision's way, as these terms have it."""
    up, revision = direction == "up", entry.revision
    batches = revision.up if up else revision.down
    return Job(
        revision.source,
        entry.id,
        direction,
        batches,
        tuple(ledger.schemas(revision.source)),
        terms.actor.run,
        statement_lines(entry.ddl, batches) if up else (),
        terms.lock_timeout,
        terms.lock_budget,
        frozenset(each.at for each in _proofs_of(entry, direction) if each.at is not None),
    )


def check_before(connection: Connection, entry: Entry, terms: Terms) -> None:
    """Nothing, if the way up could begin now, or go on. Raises as `run_on`; nothing is written.

    The connection opens transactions by itself, and is in none.
    """
    _check_history(Ledger(connection), entry, "up")
    if not started(connection, entry.revision.source, entry.id, "up"):
        connection.rollback()
        _check_state(connection, entry, "up")
        make_room(connection, entry.revision)
        connection.rollback()
        check_proofs(connection, entry, "up", terms)
    connection.rollback()


def run_by_hand(connection: Connection, source: str, revision: str, direction: str, act: Callable[[], None]) -> Outcome:
    """As `run_on`, for a revision whose code somebody wrote: `act` runs it, in the transaction that is left open.

    What it commits in between (`dw_migration.batches`) has marks, which are erased in that transaction.
    """
    began, terms, ledger = time.monotonic(), terms_now.get() or Terms(), Ledger(connection)
    entry = entry_of(ledger, source, revision)

    def check() -> None:
        check_held(connection, source)
        _check_history(ledger, entry, direction)
        _check_consent(ledger, entry, direction, terms)

    check()
    begun = ledger.interrupted(source)
    if begun and (begun.revision, begun.direction) != (revision, direction):
        raise BrokenHistory(begun.told(source))
    if direction == "up" and not ledger.knows_desired(source, revision) and ledger.knows_base(source):
        ledger.learn_desired(source, revision, ledger.desired(source))  # it manages what its parent does
    connection.commit()
    way = Way(connection, source, revision, direction, terms.actor.run, terms.lock_timeout, terms.lock_budget, check)
    with walking(way):
        act()
    check()
    erase_marks(connection, source)
    return Outcome(revision, direction, timedelta(seconds=time.monotonic() - began))


def entry_of(ledger: Ledger, source: str, revision: str) -> Entry:
    """The revision of exactly this id, if it was not superseded. Raises: BrokenHistory."""
    if ledger.exists():
        for each in ledger.revisions(source):
            if each.id == revision:
                return each
    raise BrokenHistory(
        f"{source}: the ledger does not know the revision {revision}: run dw-migration apply, which takes the "
        f"workspace's revisions over, or restore the schema dw_migration"
    )


# --- checks -----------------------------------------------------------------------------------------------------------


def _check_history(ledger: Ledger, entry: Entry, direction: str) -> None:
    """Nothing, if ledger and Alembic's table agree, and stand where this way begins."""
    source = entry.revision.source
    head, version = ledger.head(source), read_version(ledger.connection, source)
    if head != version:
        raise BrokenHistory(
            f"{source}: Alembic's version table says {version or 'base'}, the ledger says {head or 'base'}: somebody "
            f"wrote one of them by hand: `alembic stamp` the one that is true"
        )
    expected = entry.revision.parent if direction == "up" else entry.id
    if head != expected:
        raise BrokenHistory(
            f"{source}: the revision {entry.id} goes {direction} from {expected or 'base'}, and the target is at "
            f"{head or 'base'}: another run was faster, or the order is wrong: look at dw-migration history"
        )


def _check_consent(ledger: Ledger, entry: Entry, direction: str, terms: Terms) -> None:
    if terms.allow_breaking:
        return
    revision = entry.revision
    if direction == "down":
        losses = at_stake(ledger.connection, ledger.desired(revision.source).objects, [revision])
        if losses := [*losses, *gone_for_good(ledger, revision)]:
            raise ConsentNeeded(
                f"{revision.source}: taking {revision.id} back loses the rows of {', '.join(losses[:10])}: run "
                f"rollback with --allow-breaking (alembic: -x allow_breaking=yes) if that is meant"
            )
    if direction == "up" and revision.severity is Severity.BREAKING:
        if ledger.approval(revision.source, revision.id, revision.sha256):
            return
        raise ConsentNeeded(
            f"{revision.source}: the revision {revision.id} is breaking and waits for consent: read "
            f"{'its file' if revision.hand_written else f'ddl/{revision.id}.sql'}, then dw-migration approve "
            f"{revision.source} {revision.id}"
        )


def _make_room(connection: Connection, entry: Entry) -> None:
    """Nothing, if there is room for what is put aside."""
    make_room(connection, entry.revision)
    connection.commit()


def _set_backup_aside(connection: Connection, entry: Entry, terms: Terms) -> None:
    """A backup of a former try does not count where this one begins without: rows that came since are not in it."""
    ledger = Ledger(connection)
    found = ledger.backup(entry.revision.source, entry.id)
    if found and not found.is_late and found.file != terms.backup:
        ledger.set_backup_aside(entry.revision.source, entry.id, found.file, terms.actor)
    connection.commit()


def _check_comes_back(connection: Connection, entry: Entry) -> None:
    """Nothing, if all that the batches which are left bring back is there; what was purged is made anew."""
    interrupted = Ledger(connection).interrupted(entry.revision.source)
    make_anew(connection, entry.revision)
    connection.commit()
    check_there(connection, entry.revision, entry.revision.down[interrupted.done if interrupted else 0 :])
    connection.rollback()


def _proofs_of(entry: Entry, direction: str) -> tuple[Proof, ...]:
    return entry.revision.proofs if direction == "up" else entry.revision.down_proofs


def check_proofs(
    connection: Connection, entry: Entry, direction: str, terms: Terms, at: int | None = None
) -> list[str]:
    """What of the proofs that are asked there does not hold. Raises: ConsentNeeded, unless it came with the command.

    An approval is no such consent: it was given to what the rows said when the plan was judged.
    """
    proofs = [each for each in _proofs_of(entry, direction) if each.at == at]
    broken = disproved(connection, proofs, terms.probe_timeout) if proofs else []
    if broken and not terms.allow_breaking:
        source, revision, told = entry.revision.source, entry.id, "; ".join(broken[:10])
        if direction == "down":
            raise ConsentNeeded(
                f"{source}: taking {revision} back makes other values of some: {told}: mend the rows, or run rollback "
                "with --allow-breaking (alembic: -x allow_breaking=yes) if that is meant"
            )
        remedy = "run plan again and approve what it says then"
        if at:
            remedy = f"run dw-migration apply {source} --allow-breaking if they may: some of its batches are applied"
        raise ConsentNeeded(
            f"{source}: the revision {revision} was harmless by the rows of its time, and is not now: {told}: mend the "
            f"rows, or {remedy}"
        )
    return broken


def _check_state(connection: Connection, entry: Entry, direction: str) -> None:
    """Nothing, if what is managed in the target is what this way starts from."""
    source = entry.revision.source
    ledger = Ledger(connection)
    base = ledger.base(source)
    unknown = base is None and ledger.head(source) is not None
    unread = ledger.unread(source)
    connection.rollback()
    if unknown or (direction == "down" and unread):
        return
    known = (base or Base()).given
    expected = {entry.revision.starts_from, known.digest} if direction == "up" else {known.digest}
    now = _managed(connection, source, base)
    if now.digest in expected or _without_labels_left(ledger, source, now, known) in expected:
        return
    with _reading(connection):
        differs = compare(connection, now, (base or Base()).desired).told()
    raise StalePlan(
        f"{source}: the revision {entry.id} starts {direction} from {' or '.join(sorted(expected))}, but the "
        f"target is at {now.digest}: somebody changed it by hand: {'; '.join(differs[:10]) or 'its spelling'}: look at "
        "dw-migration drift, and " + ("plan again" if direction == "up" else "put it back, or sync first")
    )


def _managed(connection: Connection, source: str, base: Base | None) -> Catalog:
    """The target's managed objects as they are now."""
    with _reading(connection):
        now = read_target(connection, Ledger(connection).schemas(source))
    return now.only((base or Base()).desired.objects)


def _without_labels_left(ledger: Ledger, source: str, now: Catalog, known: Catalog) -> str:
    """The digest of what was found, with the enums as they were where a revision taken back has left its labels.

    PostgreSQL takes no label of an enum away; the way up adds those that are not there.
    """
    differing = [a for a, each in now.objects.items() if a.kind == "enum" and known.objects.get(a) != each]
    taken_back = [each.id for each in ledger.pending(source) if each.state == "rolled back"] if differing else []
    left = [catalog.objects for each in taken_back if (catalog := ledger.desired_of(source, each))]
    ledger.connection.rollback()
    known_again = {
        a: known.objects[a]
        for a in differing
        if a in known.objects and any(those.get(a) == now.objects[a] for those in left)
    }
    return now.replacing({**now.objects, **known_again}).digest


@dataclass(frozen=True, slots=True)
class Before:
    """The target before a revision of which nobody knows what it leads to."""

    catalog: Catalog
    managed: frozenset[Address]


def before_unknown(connection: Connection, source: str, revision: str) -> Before | None:
    """The target as it is, where the ledger does not know what the revision leads to; None elsewhere.

    So it is with revisions that were made for another target, of which the folder tells no more than the last's.
    """
    ledger = Ledger(connection)
    known = ledger.knows_desired(source, revision) or not ledger.knows_base(source)
    if known or ledger.interrupted(source) is not None:  # what its first batches made could be anybody's
        return None
    with _reading(connection):
        managed = frozenset(ledger.desired(source).objects)
        return Before(read_target(connection, ledger.schemas(source)), managed)


def learn(connection: Connection, source: str, revision: str, before: Before) -> None:
    """Note what the revision, just applied, has led to: what was managed, and what came with it."""
    ledger = Ledger(connection)
    with _reading(connection):
        now = without_retired(read_target(connection, ledger.schemas(source)), ledger, source)
    found = now.only([a for a in now.objects if a in before.managed or a not in before.catalog.objects])
    ledger.learn_desired(source, revision, found)
    ledger.store_base(source, found, found)


def read_again(connection: Connection, source: str) -> None:
    """Store how the target spells what is managed: after each way up or down, since a rename changes other texts.

    What differs from what is desired in more than its spelling was changed by hand, and stays seen as such.
    """
    ledger = Ledger(connection)
    with _reading(connection):
        base = ledger.base(source) or Base()
        now = read_target(connection, ledger.schemas(source))
        managed = now.only(base.desired.objects)
        drifted = {old.address for old, _ in compare(connection, managed, base.desired).different}
        kept = {address: base.given.objects.get(address, base.desired.objects[address]) for address in drifted}
        ledger.store_given(source, managed.replacing({**managed.objects, **kept}))
        if not drifted:
            ledger.record_fingerprints(source, target_fingerprint=now.fingerprint)


def note(connection: Connection, source: str, outcome: Outcome, actor: Actor) -> None:
    """Write the ledger, in the transaction that did it."""
    ledger = Ledger(connection)
    write = ledger.applied if outcome.direction == "up" else ledger.rolled_back
    told = {"waited_for": outcome.waited_for, "passed_over": outcome.passed_over}
    details = {"attempts": outcome.attempts} | {name: what for name, what in told.items() if what}
    write(source, outcome.revision, actor, duration=outcome.duration, details=details)


def note_failure(
    connection: Connection, source: str, revision: str | None, actor: Actor, error: DwMigrationError
) -> None:
    """A failure goes into the history, if the server can still be reached; no other error comes of it."""
    ledger, what = Ledger(connection), "held" if isinstance(error, ConsentNeeded) else "failed"
    with suppress(DwMigrationError, psycopg.Error):
        ledger.record(source, what, actor, revision, error=type(error).__name__, reason=str(error))
        ledger.set_status(source, what, str(error))


@contextmanager
def _reading(connection: Connection) -> Iterator[None]:
    """In the block, the connection is in autocommit, and names nothing by the search_path, as the reader wants it."""
    was = connection.autocommit
    connection.autocommit = True
    try:
        with translated("target", connection):
            connection.execute("SELECT pg_catalog.set_config('search_path', '', false)")
        yield
    finally:
        if not connection.closed:
            connection.autocommit = was
