"""Whether the rows of both sides are the same now: by number and hash a chunk, and where they differ, which rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dw_migration.errors import DwMigrationError
from dw_migration.live.rows.chunks import Copies, keys, ranges
from dw_migration.live.rows.copying import Ends, Run, Terms, opened_run
from dw_migration.live.rows.hashes import Digest, RowHash, source_digest, source_row_hash, target_row_hash
from dw_migration.live.rows.loading import Job, arrived
from dw_migration.live.rows.rejects import count_rows
from dw_migration.live.rows.side import Refused, Side
from dw_migration.resolutions.compiled import OLD, Range, TablePlan
from dw_migration.sql import deparsed, identifier, joined, sql

MOST = 100
"""Rows of a table that are told one by one."""
_NARROW = 20_000
"""Rows of a range that are compared one by one; more are halved first."""
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Differing:
    """A row that is not the same on both sides, by its key in the old table, as text of the new one's types."""

    key: Key
    how: str
    """missing (in the target), other (values), extra (the source has it no more, or never had), refused (its expression
    fails at the source)."""


@dataclass(frozen=True, slots=True)
class TableCompared:
    """How the rows of one table compare."""

    plan: TablePlan
    source: Digest = field(default_factory=Digest)
    target: Digest = field(default_factory=Digest)
    chunks: int = 0
    differing_chunks: int = 0
    rows: tuple[Differing, ...] = ()
    """The first that differ; none of a table without a key, whose rows cannot be told apart."""
    more: bool = False
    """Whether there are others."""
    error: DwMigrationError | None = None

    @property
    def is_equal(self) -> bool:
        """Whether both sides have the same rows."""
        return self.error is None and not self.differing_chunks


def compare_tables(ends: Ends, plans: Sequence[TablePlan], terms: Terms) -> Iterator[TableCompared]:
    """Each table as it is compared, in one snapshot of the source; writes nothing but the ledger's tables, if missing.

    Rows that copies with `append` or `upsert` left in the target beside theirs are no difference; nor are rejects.
    Raises: Locked while a copy writes to one of the schemas; StalePlan, NotAllowed, NoConnection, ServerError.
    """
    with opened_run(ends, plans, terms) as run:
        yield from (_compared(run, plan) for plan in plans)


def digests(run: Run, job: Job, cuts: Sequence[Range]) -> Iterator[tuple[Range, Digest | None, Digest]]:
    """Each range with what both sides have in it now; None where the source refuses some row's expression."""
    for cut in cuts:
        with run.pair() as (source, target), run.snapshot.seen_by(source), target.transaction():
            yield cut, _of_source(source, job, cut), arrived(target, job, cut)


def _of_source(source: Side, job: Job, cut: Range) -> Digest | None:
    try:
        with source.transaction():
            return source_digest(source, job.plan, _form(job), cut)
    except Refused:
        return None


def _compared(run: Run, plan: TablePlan) -> TableCompared:
    try:
        return _Comparing(run, plan).outcome()
    except DwMigrationError as error:
        return TableCompared(plan, error=error)


@dataclass(slots=True)
class _Comparing:
    run: Run
    plan: TablePlan
    source: Digest = field(default_factory=Digest)
    target: Digest = field(default_factory=Digest)
    found: list[Differing] = field(default_factory=list)

    def outcome(self) -> TableCompared:
        job, cuts = self._job()
        differing = [cut for cut in self._unequal(job, cuts) if self._narrowed(job, cut)]
        return TableCompared(
            self.plan,
            self.source,
            self.target,
            len(cuts),
            len(differing),
            tuple(self.found[:MOST]),
            more=len(self.found) > MOST,
        )

    def _job(self) -> tuple[Job, tuple[Range, ...]]:
        (checked,) = self.run.checked([self.plan], writes=False)
        copy = self.run.copies.find(self.run.ends.source.where, self.plan)
        if copy is not None:
            cuts = tuple(each.range for each in self.run.copies.chunks(copy))
        else:
            with self.run.pair() as (source, _), self.run.snapshot.seen_by(source):
                cuts = tuple(ranges(source, self.plan, batch=self.run.terms.batch))
        return self.run.job(self.plan, copy, checked[1]), cuts

    def _unequal(self, job: Job, cuts: Sequence[Range]) -> Iterator[Range]:
        for cut, at_source, at_target in digests(self.run, job, cuts):
            self.source, self.target = self.source + (at_source or Digest()), self.target + at_target
            if at_source != at_target:
                yield cut

    def _narrowed(self, job: Job, cut: Range) -> bool:
        """Whether rows of the range differ, as far as they should be the same; they are noted."""
        if not self.plan.key:
            return True
        rejects = self._rejects(job)
        spares_extra = job.copy is not None and not job.mode.starts_empty
        before = len(self.found)
        for each in _rows(self.run, job, cut):
            if len(self.found) > MOST:
                break
            if each.key not in rejects and not (spares_extra and each.how == "extra"):
                self.found.append(each)
        return len(self.found) > before or len(self.found) > MOST

    def _rejects(self, job: Job) -> frozenset[Key]:
        return Copies(self.run.target).rejected_keys(job.copy) if job.copy else frozenset()


# --- rows -----------------------------------------------------------------------------------------------------------


def _rows(run: Run, job: Job, cut: Range) -> Iterator[Differing]:
    """The rows of the range that differ, by halving it where it is long."""
    with run.pair() as (source, target), run.snapshot.seen_by(source), target.transaction():
        yield from _halved(source, target, job, cut)


def _halved(source: Side, target: Side, job: Job, cut: Range) -> Iterator[Differing]:
    at_source = _of_source(source, job, cut)
    if at_source == arrived(target, job, cut):
        return
    count = count_rows(source, job, cut)
    if count > (_NARROW if at_source else 1):
        (middle,) = keys(source, job.plan, cut, skipped=count // 2 - 1)
        yield from _halved(source, target, job, Range(cut.lower, tuple(middle)))
        yield from _halved(source, target, job, Range(tuple(middle), cut.upper))
    elif at_source is None:
        (key,) = keys(source, job.plan, cut)
        yield Differing(tuple(key), "refused")
    else:
        yield from _told(_hashes_of_source(source, job, cut), _hashes_of_target(target, job, cut))


def _told(source: Mapping[Key, int], target: Mapping[Key, int]) -> Iterator[Differing]:
    for key, hashed in source.items():
        if key not in target:
            yield Differing(key, "missing")
        elif target[key] != hashed:
            yield Differing(key, "other")
    for key in target:
        if key not in source:
            yield Differing(key, "extra")


def _hashes_of_source(source: Side, job: Job, cut: Range) -> dict[Key, int]:
    columns = [
        sql("{}.{}::{}::pg_catalog.text", OLD, identifier(each.old), deparsed(each.new_type)) for each in job.plan.key
    ]
    hashed = source_row_hash(job.plan, _form(job))
    query = sql("SELECT ARRAY[{}], {} FROM {}{}", joined(columns), hashed, job.plan.rows, job.plan.where(cut))
    return {tuple(key): int(value) for key, value in source.rows(query)}


def _hashes_of_target(target: Side, job: Job, cut: Range) -> dict[Key, int]:
    columns = [sql("n.{}::pg_catalog.text", identifier(each.new)) for each in job.plan.key]
    hashed = target_row_hash(job.plan, _form(job))
    query = sql("SELECT ARRAY[{}], {} FROM {}{}", joined(columns), hashed, job.new.rows, job.plan.where_new(cut))
    return {tuple(key): int(value) for key, value in target.rows(query)}


def _form(job: Job) -> RowHash:
    return job.hashed_as or RowHash.SHA256
