"""Copies brought up to the present: chunks that differ by now are loaded again, and what is gone is removed."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from dw_migration.errors import BadConfig, DwMigrationError
from dw_migration.live.rows.apart import StillOff, put_back, take_off
from dw_migration.live.rows.chunks import Chunk, Copies, Copy, Mode
from dw_migration.live.rows.copying import Ends, Run, Terms, opened_run
from dw_migration.live.rows.loading import Job, arrived
from dw_migration.live.rows.pump import Pipe, pump
from dw_migration.live.rows.rejects import load_or_reject
from dw_migration.live.rows.sequences import advance
from dw_migration.live.rows.side import Side
from dw_migration.live.rows.verifying import digests
from dw_migration.resolutions.compiled import OLD, Range, TablePlan
from dw_migration.resolutions.shape import TableName
from dw_migration.sql import Sql, deparsed, identifier, joined, names, sql

_KEYS = Sql("pg_temp.dw_keys")


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What became of one table that was copied before."""

    chunks: int
    changed: int
    """Chunks that were loaded again."""
    removed: int = 0
    """Rows of the target that the source has no more."""
    error: DwMigrationError | None = None
    still_off: tuple[StillOff, ...] = ()


def catch_up(ends: Ends, plans: Sequence[TablePlan], terms: Terms) -> dict[TableName, CaughtUp]:
    """By new table what became of it; all of their rows are from one new snapshot then.

    The plans stand in the order of their foreign keys: rows come in that order, and go in the other. Rows are
    overwritten by their key, so keys that refer to them hold all the time. Each chunk is one transaction; an error of
    one table stops that one: so a table that differs, and has no key or rows that are not the copy's. Triggers are off
    meanwhile. Raises: as `copy_tables`.
    """
    with opened_run(ends, plans, terms) as run:
        tables = [_Table.of(run, plan) for plan in plans]
        try:
            for table in tables:
                table.load()
            for table in reversed(tables):
                table.remove()
        finally:
            for table in tables:
                table.still_off = put_back(run.target, table.job.plan.new)
        return {each.job.plan.new: each.outcome for each in tables}


@dataclass(slots=True)
class _Table:
    run: Run
    job: Job
    copy: Copy
    chunks: tuple[Chunk, ...]
    differing: list[Chunk]
    removed: int = 0
    error: DwMigrationError | None = None
    still_off: tuple[StillOff, ...] = ()

    @classmethod
    def of(cls, run: Run, plan: TablePlan) -> "_Table":
        """The table, with what a run before noted of it."""
        ((_, new),) = run.checked([plan], writes=False)
        copy = run.copies.find(run.ends.source.where, plan)
        if copy is None:
            raise BadConfig(f"{identifier(*plan.new)}: was not copied under these decisions: copy it first")
        return cls(run, run.job(plan, copy, new), copy, run.copies.chunks(copy), [])

    @property
    def outcome(self) -> CaughtUp:
        """What became of it."""
        return CaughtUp(len(self.chunks), len(self.differing), self.removed, self.error, self.still_off)

    def load(self) -> None:
        """Load the chunks that differ again."""
        by_range = {each.range: each for each in self.chunks}
        try:
            for cut, source, target in digests(self.run, self.job, list(by_range)):
                if source != target:
                    if not self.differing:
                        self._begin()
                    self.differing.append(by_range[cut])
                    self._load(by_range[cut])
        except DwMigrationError as error:
            self.error = error

    def _begin(self) -> None:
        """Triggers are off. Raises: BadConfig where rows could not be told from one another, or from others."""
        plan, name = self.job.plan, identifier(*self.job.plan.new)
        if not plan.key:
            raise BadConfig(
                f"{name}: differs, and has no key by which rows could be caught up: copy it anew with --truncate"
            )
        if not self.copy.mode.starts_empty:
            raise BadConfig(
                f"{name}: was copied with {self.copy.mode}, beside rows that are not the copy's, which a catch-up "
                f"would remove: leave it out, or copy it with --upsert again"
            )
        with self.run.target.transaction():
            take_off(self.run.target, plan.new, triggers_alone=True)

    def _load(self, chunk: Chunk) -> None:
        upserting = replace(self.job, copy=replace(self.copy, mode=Mode.UPSERT))
        with self._both() as (source, target):
            Copies(target).forget_rejects(self.copy, chunk)
            load_or_reject(source, target, upserting, chunk)

    def remove(self) -> None:
        """Remove from the chunks that differed what the source has no more, and note what they are now."""
        try:
            for chunk in self.differing if self.error is None else ():
                self._remove(chunk)
            if self.error is None and self.differing:
                with self.run.pair() as (source, _):
                    advance(source, self.run.target, self.job.plan)
            if self.error is None:
                self.run.copies.note_seen(self.copy, self.run.snapshot.id)
        except DwMigrationError as error:
            self.error = error

    def _remove(self, chunk: Chunk) -> None:
        began = time.monotonic()
        with self._both() as (source, target):
            self.removed += _removed(source, target, self.job, chunk.range)
            Copies(target).note_copied(
                self.copy,
                chunk,
                arrived(target, self.job, chunk.range),
                size=0,
                hashed_as=self.job.hashed_as,
                snapshot=self.run.snapshot.id,
                duration=timedelta(seconds=time.monotonic() - began),
            )

    @contextmanager
    def _both(self) -> Iterator[tuple[Side, Side]]:
        """Two sessions, each in a transaction; the target's is kept wholly or not at all."""
        with self.run.pair() as (source, target), self.run.snapshot.seen_by(source), target.transaction():
            target.run(Sql("SET CONSTRAINTS ALL IMMEDIATE"))
            yield source, target


def _removed(source: Side, target: Side, job: Job, cut: Range) -> int:
    """How many rows of the range the source does not have; they are gone from the target."""
    plan = job.plan
    key = [each.new for each in plan.key]
    target.run(
        sql(
            "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA",
            _KEYS,
            names(key),
            job.new.address,
        )
    )
    pump(source, target, Pipe(_keys_of(plan, cut), _KEYS, names(key), "text", written=key))
    same = joined([sql("k.{} = n.{}", identifier(each), identifier(each)) for each in key], " AND ")
    kept = sql("EXISTS (SELECT FROM {} AS k WHERE {})", _KEYS, same)
    tests = plan.where_new(cut)
    gone = sql("{} AND NOT {}", tests, kept) if tests.text else sql(" WHERE NOT {}", kept)
    ((count,),) = target.rows(
        sql("WITH gone AS (DELETE FROM {}{} RETURNING 1) SELECT pg_catalog.count(*) FROM gone", job.new.rows, gone)
    )
    return int(count)


def _keys_of(plan: TablePlan, cut: Range) -> Sql:
    columns = [sql("{}.{}::{}", OLD, identifier(each.old), deparsed(each.new_type)) for each in plan.key]
    return sql("SELECT {} FROM {}{}", joined(columns), plan.old_rows, plan.where(cut))
