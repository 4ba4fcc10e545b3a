"""`data copy`: a dry run that asks both servers, or the rows themselves, chunk by chunk and exactly once."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dw_migration.config import Config
from dw_migration.errors import DwMigrationError
from dw_migration.live.ledger import Actor, Ledger
from dw_migration.live.rows.catching_up import CaughtUp, catch_up
from dw_migration.live.rows.checks import checked
from dw_migration.live.rows.chunks import Copies, Mode
from dw_migration.live.rows.copying import Ends, TableCopied, Terms, copy_tables, retry_rejects
from dw_migration.live.rows.rehearsal import Rehearsed, orphans, rehearse
from dw_migration.live.rows.side import Side
from dw_migration.live.rows.standing import Standing, clock, standing
from dw_migration.live.stop import Stop
from dw_migration.live.workspace import write
from dw_migration.migrate.fingerprints import note_as_before
from dw_migration.migrate.rows.asked import Asked, CopyOptions
from dw_migration.migrate.rows.outcome import CopyOutcome, TableOutcome, Underway, Watching
from dw_migration.migrate.rows.places import place_of
from dw_migration.migrate.rows.prepared import Prepared, prepare
from dw_migration.migrate.rows.resolve import opened_scope
from dw_migration.migrate.rows.results import make_folder, results
from dw_migration.resolutions.compiled import TablePlan
from dw_migration.resolutions.report import Scope, change_json
from dw_migration.resolutions.shape import TableName
from dw_migration.sql import identifier

_MODES = {"empty": Mode.NONE, "append": Mode.APPEND, "upsert": Mode.UPSERT, "truncate": Mode.TRUNCATE}
_HELD, _PENDING, _BAD = 4, 3, 2


def unwatched(_underway: Underway) -> None:
    """Progress that nobody watches."""


def copy(
    config: Config,
    asked: Asked,
    options: CopyOptions,
    *,
    watching: Watching = unwatched,
    stop: Stop | None = None,
) -> CopyOutcome:
    """What was copied, or without `options.live` what would be; a result file tells the same.

    Breaking changes that nobody decided on hold it (exit code 4), decisions that cannot be carried out fail it (2),
    both before a row is moved. An error of one table is its outcome; rows that the target refused are left (3).
    Raises: BadConfig, StalePlan, NoConnection, NotAllowed, Locked, SourceChanging.
    """
    began = time.monotonic()
    with stop.heard() if stop else nullcontext():
        prepared = prepare(config, asked)
        outcome = held(prepared, asked, live=options.live) or _done(config, prepared, asked, options, watching)
    outcome = replace(outcome, seconds=time.monotonic() - began, paths={**prepared.paths, **outcome.paths})
    return _recorded(config, asked, outcome)


def held(prepared: Prepared, asked: Asked, *, live: bool) -> CopyOutcome | None:
    """The outcome, where somebody has to decide first."""
    if not prepared.unresolved:
        return None
    return CopyOutcome(
        asked.prefix,
        live,
        "held",
        unresolved=prepared.unresolved,
        exit_code=_HELD,
        next_command=f"dw-migration data {'validate' if prepared.file else 'resolve'} --prefix {asked.prefix}",
    )


def _done(config: Config, prepared: Prepared, asked: Asked, options: CopyOptions, watching: Watching) -> CopyOutcome:
    with opened_scope(config, prepared.scope) as (source, target):
        if faults := prepared.faults(source, target):
            return CopyOutcome(
                asked.prefix,
                options.live,
                "failed",
                faults=tuple(map(str, faults)),
                error=f"the resolutions cannot be carried out: {len(faults)} faults: nothing was copied",
                exit_code=_BAD,
                next_command=f"dw-migration data validate --prefix {asked.prefix}",
            )
        plans = prepared.plans(target)
        if not options.live:
            return _Rehearsal(prepared, asked, options, plans.tables, source, target).outcome()
    return _Live(config, prepared, asked, options, watching).outcome(plans.tables)


# --- a dry run --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rehearsal:
    prepared: Prepared
    asked: Asked
    options: CopyOptions
    plans: Sequence[TablePlan]
    source: Side
    target: Side

    def outcome(self) -> CopyOutcome:
        """What a copy would do, and what stands in its way."""
        tables = tuple(map(self._table, self.plans))
        failed = any(each.error for each in tables)
        return CopyOutcome(
            self.asked.prefix,
            live=False,
            status="failed" if failed else "checked",
            tables=tables,
            notes=self.prepared.comparison.notes,
            exit_code=1 if failed else _PENDING if any(each.faults for each in tables) else 0,
            next_command=f"dw-migration data copy --prefix {self.asked.prefix} --live",
        )

    def _table(self, plan: TablePlan) -> TableOutcome:
        comparison, source = self.prepared.comparison, self.source
        old, new = comparison.old.tables[plan.old], comparison.new.tables[plan.new]
        try:
            in_the_way = tuple(self._in_the_way(plan))
            found = rehearse(source.session, source.where, plan, old, new)
            faults = (*in_the_way, *found.faults, *orphans(source.session, source.where, self.plans, new))
        except DwMigrationError as error:
            return _outcome(self.prepared, plan, "failed", error=str(error))
        return replace(
            _outcome(self.prepared, plan, "checked", faults=faults),
            rows=found.rows,
            bytes=found.bytes,
            seconds=found.seconds,
            notes=_notes(plan, found),
        )

    def _in_the_way(self, plan: TablePlan) -> Iterator[str]:
        """Rows of others. Raises: StalePlan, NotAllowed, BadConfig, ServerError, where the table cannot be written."""
        if checked(self.source, self.target, plan).is_empty(self.target) or self.options.mode != "empty":
            return
        has_ledger = Ledger(self.target.session).exists()
        copy = Copies(self.target).find(self.source.where, plan) if has_ledger else None
        if copy is None:
            yield "the new table has rows already: say --append, --upsert or --truncate"


def _notes(plan: TablePlan, found: Rehearsed | None = None) -> tuple[str, ...]:
    whole = "no key that both sides share: it is copied whole, and from the start after an interruption"
    estimate = f"about {found.seconds:,.0f} s" if found and found.seconds >= 1 else ""
    return tuple(filter(None, ("" if plan.key else whole, estimate)))


def _outcome(prepared: Prepared, plan: TablePlan, status: str, **more: object) -> TableOutcome:
    return TableOutcome(shown(prepared, plan.old), written(plan.new), status, **more)  # type: ignore[arg-type]


def shown(prepared: Prepared, table: TableName) -> str:
    """The old table as a person writes it: with its schema where two have it."""
    alone = sum(name == table[1] for _, name in prepared.comparison.old.tables) == 1
    return table[1] if alone else written(table)


def written(table: TableName) -> str:
    """A new table as a person writes it."""
    return identifier(*table).text


# --- the rows ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Live:
    config: Config
    prepared: Prepared
    asked: Asked
    options: CopyOptions
    watching: Watching

    def outcome(self, plans: Sequence[TablePlan]) -> CopyOutcome:
        """What became of all tables."""
        with self._ledger() as target:
            since = clock(target)
            try:
                tables = self._copied(plans, target, since)
            finally:
                self._noted_as_before(target, plans)
        notes = self.prepared.comparison.notes
        snapshots = tuple(sorted({each for _, found in tables for each in (found.snapshots if found else ())}))
        outcome = CopyOutcome(
            self.asked.prefix,
            live=True,
            status="copied",
            tables=tuple(each for each, _ in tables),
            notes=(*notes, *_of_snapshots(snapshots)),
            snapshots=snapshots,
        )
        return _judged(outcome)

    def _copied(
        self, plans: Sequence[TablePlan], target: Side, since: datetime
    ) -> list[tuple[TableOutcome, Standing | None]]:
        place = self.ends.source.where
        if self.options.retry_rejects:
            retry_rejects(self.ends, plans, self.terms)
            return [self._told(each, None, standing(target, place, each, since)) for each in plans]
        meter = _Meter(self.watching, {each.new: shown(self.prepared, each.old) for each in plans})
        done = copy_tables(self.ends, plans, self.terms, rows=self._expected(plans), progress=meter.moved)
        old = [each.plan for each in done if each.was_there and self.options.catch_up]
        caught = catch_up(self.ends, old, self.terms) if old else {}
        meter.end()
        return [self._told(each.plan, each, standing(target, place, each.plan, since), caught) for each in done]

    def _noted_as_before(self, target: Side, plans: Sequence[TablePlan]) -> None:
        """Indexes and constraints that are back have other oids: that nobody changed them, the ledger should know."""
        with suppress(DwMigrationError):  # then a look or the next sync compares, and notes it
            note_as_before(target, {each.new[0] for each in plans})

    def _told(
        self,
        plan: TablePlan,
        done: TableCopied | None,
        found: Standing | None,
        caught: dict[TableName, CaughtUp] | None = None,
    ) -> tuple[TableOutcome, Standing | None]:
        after = (caught or {}).get(plan.new)
        error = _error_of(done, after)
        told = _outcome(self.prepared, plan, _status(done, found, after, error), error=error, notes=_notes(plan))
        if found is not None:
            told = replace(
                told,
                rows=found.now,
                skipped=found.rows - found.now,
                bytes=found.bytes,
                chunks=found.chunks,
                rejected=found.rejected,
            )
        if done is not None:
            told = replace(told, seconds=0.0 if done.was_there else done.totals.duration.total_seconds())
        return replace(told, removed=after.removed) if after else told, found

    # --- what the copy is told ----------------------------------------------------------------------------------------

    @property
    def ends(self) -> Ends:
        """Both places."""
        return ends_of(self.config, self.prepared.scope)

    @property
    def terms(self) -> Terms:
        """As the options say."""
        options = self.options
        return Terms(
            mode=_MODES[options.mode],
            batch=options.batch_size,
            workers=options.workers,
            rate=options.limit_rate,
            strict=options.strict,
            keep_values=options.keep_values,
            lock_budget=min(self.config.policy.lock_budget, timedelta(hours=1)),
            actor=Actor(options.by, options.run_id),
        )

    def _expected(self, plans: Sequence[TablePlan]) -> dict[TableName, int]:
        tables = self.prepared.comparison.old.tables
        return {each.new: tables[each.old].rows for each in plans}

    @contextmanager
    def _ledger(self) -> Iterator[Side]:
        """A session on the new database, for what the ledger tells."""
        target = self.ends.open_target()
        with closing(target.session):
            Ledger(target.session).ensure()
            yield target


def ends_of(config: Config, scope: Scope) -> Ends:
    """The two places between which rows are copied, or compared."""
    return Ends(
        place_of(config, scope.old),
        place_of(config, scope.new),
        lock_timeout=config.policy.lock_timeout,
        strict_tls=config.policy.strict_tls,
    )


def _of_snapshots(snapshots: Sequence[str]) -> Iterator[str]:
    if len(snapshots) > 1:
        yield (
            f"the rows are from {len(snapshots)} snapshots, since the copy was gone on with: --catch-up makes them one"
        )


def _error_of(done: TableCopied | None, after: CaughtUp | None) -> str | None:
    """Why the table is not as it should be; what a catch-up has mended meanwhile is none."""
    errors = [each.error for each in (done, after) if each is not None and each.error is not None]
    last = after or done
    return "; ".join(map(str, [*errors, *(last.still_off if last else ())])) or None


def _status(done: TableCopied | None, found: Standing | None, caught: CaughtUp | None, error: str | None) -> str:
    if error:
        return "failed"
    if found is not None and found.rejected:
        return "rejected"
    was_there = done is not None and done.was_there and not (caught and caught.changed)
    return "unchanged" if was_there else "copied"


def _judged(outcome: CopyOutcome) -> CopyOutcome:
    """The outcome with the status, the code and the next command that its tables make."""
    prefix = outcome.prefix
    if any(each.error for each in outcome.tables):
        return replace(
            outcome, status="failed", exit_code=1, next_command=f"dw-migration data copy --prefix {prefix} --live"
        )
    if outcome.rejected:
        return replace(
            outcome, status="rejected", exit_code=_PENDING, next_command=f"dw-migration data rejects --prefix {prefix}"
        )
    is_new = any(each.status != "unchanged" for each in outcome.tables)
    status = "copied" if is_new else "unchanged"
    return replace(outcome, status=status, next_command=f"dw-migration data verify --prefix {prefix}")


class _Meter:
    """Hands on what the tables have moved, with the seconds since each began."""

    def __init__(self, watching: Watching, names: dict[TableName, str]) -> None:
        self._watching, self._names = watching, names
        self._guard = threading.Lock()
        self._began: dict[TableName, float] = {}
        self._last: dict[TableName, Underway] = {}

    def moved(self, table: TableName, rows: int, size: int, expected: int) -> None:
        """As `copying.Progress`."""
        with self._guard:
            began = self._began.setdefault(table, time.monotonic())
            told = Underway(self._names[table], rows, size, expected, time.monotonic() - began)
            self._last[table] = told
        self._watching(told)

    def end(self) -> None:
        """Say of each table that it is done."""
        for told in self._last.values():
            self._watching(replace(told, is_done=True))


# --- the result file --------------------------------------------------------------------------------------------------


def _recorded(config: Config, asked: Asked, outcome: CopyOutcome) -> CopyOutcome:
    """The outcome, with the file that tells it; faults name values, so the file is its owner's alone."""
    files = results(config, asked.prefix, asked.out)
    kind = "live" if outcome.live else "dryrun"
    path = files.folder / f"{asked.prefix}_migration_result_{kind}_{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.json"
    make_folder(files.folder)
    write(path, json.dumps(document(outcome), indent=2) + "\n", mode=0o600)
    return replace(outcome, paths={**outcome.paths, "result": path})


def document(outcome: CopyOutcome) -> dict[str, object]:
    """The outcome as JSON."""
    plain = asdict(replace(outcome, unresolved=(), paths={}))
    return {
        **plain,
        "rows": outcome.rows,
        "bytes": outcome.bytes,
        "rejected": outcome.rejected,
        "unresolved": [change_json(each) for each in outcome.unresolved],
        "paths": {name: str(Path(path)) for name, path in outcome.paths.items()},
    }
