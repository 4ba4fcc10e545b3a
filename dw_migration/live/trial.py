"""Revisions tried in one transaction that is rolled back: whether the server takes their statements."""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

import psycopg

from dw_migration.costs import in_bytes
from dw_migration.effects import Effect, Place, effect_of, keeps_its_file, statement_of
from dw_migration.errors import DwMigrationError
from dw_migration.fills import filling_of
from dw_migration.kind import Address
from dw_migration.live.apply import Terms, check_before, job_of
from dw_migration.live.attempts import RETRIED, Pauses
from dw_migration.live.batches import Job, begin, committed
from dw_migration.live.borrowed import transactional
from dw_migration.live.connections import translation
from dw_migration.live.ledger import Entry, Ledger
from dw_migration.live.locks import check_held, in_the_way, lock_room
from dw_migration.live.privileges import Held, Keeper
from dw_migration.live.sizes import read_sizes
from dw_migration.live.stop import stoppable
from dw_migration.live.taking import take_locks

Connection = psycopg.Connection[tuple[Any, ...]]
Name = tuple[str, str]

SMALL = 8 * 1024 * 1024
"""In bytes: what a table may hold whose rows are read while readers wait."""
_LOCKS_OF_A_STATEMENT = 8
_USED_TOO_EARLY = "55P04"
"""A label of an enum that is not committed yet."""
_CANCELED = "57014"
# Of anything of these, some statement may take a lock, which `take_locks` does for tables alone.
_THERE = """
select n.nspname::text, c.relname::text
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
"""
_RETYPED = re.compile(r' ALTER COLUMN ("(?:[^"]|"")*"|\w+) TYPE (.+)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Untried:
    """A statement that was not tried, and why."""

    place: str
    """`ddl/3fa2c91b04de.sql:42`."""
    statement: str
    why: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it: the server took all statements but those that were not tried."""

    tried: int = 0
    untried: tuple[Untried, ...] = ()


def try_out(connection: Connection, entries: Sequence[Entry], terms: Terms) -> Trial:
    """The statements of these pending revisions run one behind the other, and rolled back.

    Left out is what runs in no transaction, writes a table with rows anew, reads one of more than 8 MB, or stands on
    what was left out. Locks: those of apply, of all statements at once, each attempt no longer than `lock_timeout`;
    that is how long the statements may take then, too: what is not tried by that time is left out, and the locks go.
    Raises: as apply does before its first statement; ServerError, NotAllowed that names the statement.
    """
    ledger = Ledger(connection)
    with transactional(connection):
        for entry in entries[:1]:
            check_before(connection, entry, terms)
        jobs = [job_of(ledger, entry, "up", terms) for entry in entries]
        begun = [committed(connection, job) if number == 0 else (0, {}) for number, job in enumerate(jobs)]
        pauses = Pauses(terms.lock_budget)
        while True:
            attempt = _Attempt(connection, terms.lock_timeout)
            try:
                return attempt.made(jobs, begun)
            except psycopg.Error as error:
                state = error.sqlstate
                if not connection.broken:
                    connection.rollback()
                    if state in RETRIED and pauses.another():
                        continue
                raise attempt.failure(error) from None
            finally:
                if not connection.closed and not connection.broken:
                    connection.rollback()


class _Step(NamedTuple):
    """A statement, and where it stands."""

    job: Job
    batch: int
    at: int

    @property
    def text(self) -> str:
        return self.job.batches[self.batch].statements[self.at]

    @property
    def transactional(self) -> bool:
        return self.job.batches[self.batch].transactional

    @property
    def file(self) -> str:
        return self.job.file(self.batch, self.at)


@dataclass(slots=True)
class _Attempt:
    """One transaction."""

    connection: Connection
    patience: timedelta
    untried: list[Untried] = field(default_factory=list)
    lacking: dict[Name, str] = field(default_factory=dict)
    """What the statements name that were left out, and where these stand."""
    tried: int = 0
    there: frozenset[Name] = frozenset()
    """What others may use."""
    ends: float = float("inf")
    """When others have waited long enough; nobody waits yet."""
    passed: int = 0
    """How many were tried, or left out for a reason of their own."""
    step: _Step | None = None
    """What is under way."""

    def made(self, jobs: Sequence[Job], begun: Sequence[tuple[int, Held]]) -> Trial:
        """What came of all, which is rolled back by the caller. Raises: psycopg.Error, NotAllowed."""
        ahead = [
            [_Step(job, number, at) for at in range(len(job.batches[number].statements))]
            for job, (done, _) in zip(jobs, begun, strict=True)
            for number in range(done, len(job.batches))
        ]
        steps = [each for batch in ahead for each in batch]
        if ahead:
            self._lock(steps)
        held = begun[0][1] if begun else {}
        for batch in ahead:
            if self._is_over():
                break
            if self._has_room(len(batch)):
                held = self._through(batch, held if batch[0].job is jobs[0] else {})
            else:
                for each in batch:
                    self._leave(each, "it would take too many locks at once: apply commits before it")
                self.passed += len(batch)
        if self.passed < len(steps):
            self._give_up(steps[self.passed :])
        return Trial(self.tried, tuple(self.untried))

    def _is_over(self) -> bool:
        return time.monotonic() >= self.ends

    def _give_up(self, rest: Sequence[_Step]) -> None:
        """Let go of all locks, and name the rest."""
        self.connection.rollback()
        self.untried += [Untried(each.file, each.text, _why_never(each) or self._late) for each in rest]

    @property
    def _slow(self) -> str:
        return f"it takes longer than {_told(self.patience)}"

    @property
    def _late(self) -> str:
        return f"others would have waited longer than {_told(self.patience)} for its locks"

    def _lock(self, steps: Sequence[_Step]) -> None:
        """Begin, with the locks of all that is tried, so that nothing waits with others in its hands."""
        self.step = steps[0]
        job = self.step.job
        begin(self.connection, job, lambda: check_held(self.connection, job.source))
        wanted = [each.text for each in steps if not self._why_not(each)]
        self.there = frozenset((schema, name) for schema, name in self.connection.execute(_THERE.encode()))
        if take_locks(self.connection, job.schemas, wanted, self.patience, at_least=1):
            self.ends = time.monotonic() + self.patience.total_seconds()

    def _has_room(self, statements: int) -> bool:
        """Whether the server's lock table has room for so many more, besides those of others."""
        if not self.tried:
            return True
        row = self.connection.execute(
            "select pg_catalog.count(*) from pg_catalog.pg_locks where pid = pg_catalog.pg_backend_pid()"
        ).fetchone()
        return (row[0] if row else 0) + statements * _LOCKS_OF_A_STATEMENT <= lock_room(self.connection)

    def _through(self, batch: Sequence[_Step], held: Held) -> Held:
        keeper = Keeper(self.connection, batch[0].job.schemas, [each.text for each in batch], held)
        for each in batch:
            if self._is_over():
                break
            self.step = each
            if self.ends == float("inf") and _named(each.text) & self.there:
                self.ends = time.monotonic() + self.patience.total_seconds()
            keeper.before(each.at)
            self._try(each)
            keeper.after(each.at)
            self.passed += 1
        return keeper.held

    def _try(self, step: _Step) -> None:
        if why := self._why_not(step):
            self._leave(step, why)
            return
        longest = self.patience.total_seconds()
        given = min(max(self.ends - time.monotonic(), 0.001), longest)
        self._limit(given)
        self.connection.execute("SAVEPOINT dw_step")
        try:
            with stoppable(self.connection):
                self.connection.execute(step.text.encode(), binary=True)
        except psycopg.Error as error:
            why = self._why_it_says_nothing(step, error)
            if why == self._slow and given < longest / 2:
                why = self._late  # those before it took most of the time
            if not why:
                raise
            self.connection.execute("ROLLBACK TO SAVEPOINT dw_step")
            self._leave(step, why)
        else:
            self.tried += 1
        self._limit(0)
        self.connection.execute("RELEASE SAVEPOINT dw_step")

    def _limit(self, seconds: float) -> None:
        limit = str(max(1, round(seconds * 1000)) if seconds else 0)
        self.connection.execute("SELECT pg_catalog.set_config('statement_timeout', %s, true)", (limit,))

    def _leave(self, step: _Step, why: str) -> None:
        self.lacking |= dict.fromkeys(_named(step.text), step.file)
        self.untried.append(Untried(step.file, step.text, why))

    def _why_it_says_nothing(self, step: _Step, error: psycopg.Error) -> str:
        """Why a statement fails here, and need not when it is applied; empty where it would."""
        if self.connection.broken or error.sqlstate in RETRIED:
            return ""
        if error.sqlstate == _CANCELED and not _is_stopped(error):
            return self._slow
        if error.sqlstate == _USED_TOO_EARLY:
            return "it uses a label that is added by the same revision, and can be used once that is committed"
        there = sorted({self.lacking[name] for name in _named(step.text) if name in self.lacking})
        if not there:
            return ""
        return f"it stands on what was left out ({', '.join(there[:3])}): {translation(error, 'without that')}"

    # -- what is left out ----------------------------------------------------------------------------------------------

    def _why_not(self, step: _Step) -> str:
        """Why it is not even tried; empty where it is."""
        if why := _why_never(step):
            return why
        effect = effect_of(step.text)
        if not (effect.scans or effect.rewrites):
            places = list(_read_by(step.text))
        elif self._keeps_its_file(step.text, effect):
            return ""
        else:
            places = [place for place, _ in effect.locks]
        if not places:
            return ""
        sizes = read_sizes(self.connection, [Address("table", each.schema, name=each.name) for each in places])
        size, largest = max(((each.bytes, address) for address, each in sizes.items()), default=(0, None))
        if effect.rewrites and size:
            return f"it writes all of {largest} anew ({in_bytes(size)})"
        return f"it reads all of {largest} ({in_bytes(size)})" if size > SMALL else ""

    def _keeps_its_file(self, text: str, effect: Effect) -> bool:
        """Whether it only changes the type of a column, to one that the same bytes are of."""
        found = _RETYPED.search(text)
        if effect.form != "ALTER TYPE" or not found or " USING " in found[2] or " COLLATE " in found[2]:
            return False
        (schema, table), _ = effect.locks[0]
        row = self.connection.execute(
            "select pg_catalog.format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute a"
            " join pg_catalog.pg_class c on c.oid = a.attrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = %s and c.relname = %s and a.attname = %s",
            (schema, table, found[1].strip('"').replace('""', '"')),
        ).fetchone()
        return row is not None and keeps_its_file(row[0], found[2])

    # -- errors --------------------------------------------------------------------------------------------------------

    def failure(self, error: psycopg.Error) -> DwMigrationError:
        """Our error: which statement, and what the server said; for locks who is in the way."""
        where = self.step.job.place(self.step.batch, self.step.at) if self.step else "target"
        ours = translation(error, where, self.connection)
        if error.sqlstate == "55P03" and not self.connection.broken and self.step:
            found = "; ".join(map(str, in_the_way(self.connection, self.step.job.schemas))) or "nobody any more"
            ours.args = (f"{ours}: in the way: {found}",)
        return ours


def _why_never(step: _Step) -> str:
    """Why no server could try it; empty where one could."""
    if not step.transactional:
        return "it is committed portion by portion" if filling_of(step.text) else "it runs in no transaction"
    if step.text.startswith("SELECT "):  # setval
        return "it is not undone by a rollback"
    return ""


def _is_stopped(error: psycopg.Error) -> bool:
    """Whether somebody canceled it, and not its time."""
    return "timeout" not in (error.diag.message_primary or "")


def _told(time_: timedelta) -> str:
    return f"{time_.total_seconds():g} s"


def _read_by(text: str) -> Iterator[Place]:
    """The tables whose rows it writes into another, or into a materialized view."""
    if text.startswith(("INSERT ", "CREATE MATERIALIZED VIEW ")) and not text.endswith(" WITH NO DATA"):
        yield from (Place(*name) for name in _named(text))


def _named(text: str) -> set[Name]:
    """Schema and name of all that the statement names or makes, as far as it says the schema."""
    node = statement_of(text)
    return set() if node is None else {*_names_in(node), *_made_by(node)}


def _names_in(node: Any) -> Iterator[Name]:
    if node.DESCRIPTOR.name == "RangeVar":
        yield node.schemaname, node.relname
    for field_, value in node.ListFields():
        if field_.message_type is None:
            continue
        parts = value if field_.is_repeated else (value,)
        words = [each.string.sval for each in parts if each.DESCRIPTOR.name == "Node" and each.HasField("string")]
        if len(words) == len(parts) > 1:
            yield words[0], words[1]
        for each in parts:
            yield from _names_in(each)


def _made_by(node: Any) -> Iterator[Name]:
    """What it gives a name without the schema, which is its table's."""
    for sort, name in (("index_stmt", "idxname"), ("rename_stmt", "newname")):
        if node.HasField(sort):
            made = getattr(node, sort)
            yield made.relation.schemaname, getattr(made, name)
