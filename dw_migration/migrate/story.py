"""Config to ledger: sync, plan, apply."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

from dw_migration.catalog import Catalog
from dw_migration.config import Config, Source
from dw_migration.errors import BadConfig, ConsentNeeded, NotConverged, ServerError, StalePlan
from dw_migration.kind import Address
from dw_migration.live.attempts import RETRIED
from dw_migration.live.ledger import Entry, Interrupted
from dw_migration.live.reader import read_target
from dw_migration.live.settle import compare
from dw_migration.live.travel import way_up
from dw_migration.migrate.apart import put_in_order
from dw_migration.migrate.fingerprints import refresh_base, unchanged_since, with_config
from dw_migration.migrate.notice import by_hand
from dw_migration.migrate.outbox import telling
from dw_migration.migrate.outcome import Outcome, Progress, Rehearsal
from dw_migration.migrate.own import take_over_folder, waiting_own
from dw_migration.migrate.part import safe_part
from dw_migration.migrate.planned import (
    held_outcome,
    is_held,
    is_taken_back,
    left_alone_outcome,
    planned_revision,
    taken_back,
    write_consent,
)
from dw_migration.migrate.rehearse import (
    Rows,
    Scratch,
    check_consent,
    rehearse,
    restore_backup,
    scratch_for,
    told_faults,
)
from dw_migration.migrate.restoring import drifted_in, restoring
from dw_migration.migrate.retired import purge_expired
from dw_migration.migrate.run import Run, half_way, running, unwatched
from dw_migration.migrate.saved import Scope, check_dumper, save
from dw_migration.migrate.saying import say_fills
from dw_migration.migrate.seen import Seen, base_of, known_schemas, look_at
from dw_migration.migrate.told import columns_of, ddl_of, head_of, of_catalog, outcome_of, summary_of
from dw_migration.migrate.trial import tried_outcome
from dw_migration.migrate.written import models_started, models_warnings
from dw_migration.rule import Severity


@telling
def sync(
    config: Config,
    source: Source,
    *,
    message: str | None = None,
    fills: Sequence[str] = (),
    allow_breaking: bool = False,
    adopt: bool = False,
    unasked: bool = False,
    by: str = "",
    run_id: str = "",
    progress: Progress = unwatched,
) -> Outcome:
    """Models, plan, apply and verify in one; status `in_sync` (with `applied` and `changes` where any) or `held`.

    fills: noted first, as `say_fills` does, whose BadConfig is raised before anything runs.
    `unasked`: no person started it. What a person took back then stays so until the source changes again, and changes
    of a source are applied only if `policy.on_drift` is sync; else the status is `left_alone`, and `error` says why.
    What was retired long enough is purged then, which nobody else does unasked.

    Writes models.py, revision and DDL file in the source's folder, and the target, each only where something changes.
    Locks: the source's advisory lock throughout; what the statements of the DDL take, while they run. Raises: what is
    in `errors`; nothing is half done, and the next run goes on from there.
    """
    noted = _said(config, source, fills, by)
    with running(config, source, progress, by=by, run_id=run_id) as run:
        run.notes += noted
        begun = half_way(run, "down")
        if unasked and begun is None:
            purge_expired(run)
        if not adopt and (unchanged := unchanged_since(run, noted=True)):
            return unchanged
        put_in_order(run)
        take_over_folder(run)
        reason, for_a_person = _why_not_now(run), unasked and _only_a_person_applies(run)
        if begun is not None and (stopped := _stopped_outcome(run, begun, reason, for_a_person=for_a_person)):
            return stopped
        waited = () if reason or for_a_person else _apply_waiting(run, allow_breaking=allow_breaking)
        seen = look_at(run, adopt=adopt)
        models_ = models_started(run, seen)
        try:
            if unasked and (reason := _why_left_alone(run, seen)):
                outcome = left_alone_outcome(run, seen, reason)
            else:
                outcome = _brought(run, seen, message=message, allow_breaking=allow_breaking)
        finally:
            with run.chapter("models"):
                written = models_.result()
        run.progress(run.name, "done")
        told_ = (*outcome.warnings, *models_warnings(written))
        outcome = _with_waiting(run, seen, outcome, waited)
        return replace(outcome, warnings=told_, durations=dict(run.durations))


def _said(config: Config, source: Source, fills: Sequence[str], by: str) -> tuple[str, ...]:
    """What there is to tell of what rows shall get, which the ledger knows from now on."""
    return say_fills(config, source, fills, by=by) if fills else ()


def _brought(
    run: Run,
    seen: Seen,
    before_each: Callable[[str], str] = lambda _: "",
    *,
    message: str | None = None,
    allow_breaking: bool = False,
) -> Outcome:
    """Planned, and applied as far as that may be."""
    if own := waiting_own(run):
        return _waiting_outcome(run, seen, own, allow_breaking=allow_breaking)
    entry = planned_revision(run, seen, message=message)
    if entry is None:
        return _in_sync(run, seen)
    if is_held(run, entry, allow_breaking=allow_breaking):
        return held_outcome(run, seen, entry)
    if reason := _why_not_now(run):
        return _pending_outcome(run, seen, entry, reason)
    return _applied(run, seen, entry, before_each, allow_breaking=allow_breaking)


def _waiting_outcome(run: Run, seen: Seen, own: Entry, *, allow_breaking: bool = False) -> Outcome:
    """The outcome of a hand-written revision that waits: nothing is planned before it is applied, or deleted."""
    if is_held(run, own, allow_breaking=allow_breaking):
        return held_outcome(run, seen, own)
    reason = f"a revision written by hand waits ({run.workspace.file_of(own.revision).name}): nothing is planned before"
    return _pending_outcome(run, seen, own, _why_not_now(run) or reason)


def _why_not_now(run: Run) -> str:
    """That nothing is applied outside of `policy.window`; empty where it is open, or there is none."""
    window = run.config.policy.window
    if window is None or window.holds(datetime.now(UTC)):
        return ""
    return f"policy.window is {run.config.policy.model_dump()['window']} (UTC): it waits until then"


def _stopped_outcome(run: Run, begun: Interrupted, reason: str, *, for_a_person: bool) -> Outcome | None:
    """The outcome of a revision that is half applied, and does not go on now; nothing can be planned from there."""
    entry = _pending(run, begun.revision)
    if entry is not None and is_held(run, entry):
        return held_outcome(run, None, entry)
    if reason:
        return _pending_outcome(run, None, entry, f"{begun.told(run.name)}; {reason}")
    if for_a_person:
        run.ledger.set_status(run.name, "pending", begun.told(run.name))
        following = f"dw-migration apply {run.name}"
        return outcome_of(run, "left_alone", None, entry, error=begun.told(run.name), next_command=following)
    return None


def _pending_outcome(run: Run, seen: Seen | None, entry: Entry | None, reason: str) -> Outcome:
    """A revision that waits for the window to open."""
    run.ledger.set_status(run.name, "pending", f"{entry.id if entry else 'a revision'} waits: {reason}")
    following = f"dw-migration apply {run.name}"
    return outcome_of(run, "pending", seen, entry, warnings=(reason,), next_command=following)


def _with_waiting(run: Run, seen: Seen, outcome: Outcome, applied: tuple[str, ...]) -> Outcome:
    """The outcome, with what waited and was applied before."""
    if not applied:
        return outcome
    ddl = "\n".join(filter(None, (ddl_of(run, applied), outcome.ddl)))
    return replace(outcome, applied=(*applied, *outcome.applied), ddl=ddl, columns=columns_of(seen))


def _only_a_person_applies(run: Run) -> bool:
    """Whether what waits is not for a run that nobody started."""
    return run.config.policy.on_drift != "sync" or is_taken_back(run)


def _why_left_alone(run: Run, seen: Seen) -> str:
    """Why a run that nobody started changes nothing; empty where it goes on."""
    if reason := _why_taken_back(run, seen):
        return reason
    policy, source_changed = run.config.policy, seen.desired.catalog.digest != seen.base.desired.digest
    if policy.on_drift != "sync" and (source_changed or run.ledger.pending(run.name)):
        return f"the source changed, or a revision waits, and policy.on_drift is {policy.on_drift}: a person applies it"
    return ""


def _why_taken_back(run: Run, seen: Seen) -> str:
    """That a person took back what the source asks for; empty where that is not so, or the source changed since."""
    found = taken_back(run, seen)
    return (
        f"{found.id} was taken back, and waits until a person applies it, or the source changes again" if found else ""
    )


def _apply_waiting(
    run: Run, before_each: Callable[[str], str] = lambda _: "", *, allow_breaking: bool = False
) -> tuple[str, ...]:
    """The revisions that waited and were applied; those that may not go are superseded by the plan that follows.

    allow_breaking: of hand-written ones, which are not planned anew.
    """
    applied: list[str] = []
    for revision in way_up(run.ledger, run.workspace):
        entry = _pending(run, revision)
        allowed = allow_breaking and entry is not None and entry.revision.hand_written
        if entry is not None:
            if is_held(run, entry, allow_breaking=allowed):
                break
            write_consent(run, entry, allow_breaking=allowed)
        backup = before_each(revision)  # where nothing can be saved, nothing else is tried either
        try:
            run.up(revision, allow_breaking=allowed, backup=backup)
        except (StalePlan, ConsentNeeded):  # the target, or what its rows proved, is otherwise by now
            if run.ledger.interrupted(run.name) is not None:
                raise
            break
        except ServerError as error:
            if error.sqlstate in RETRIED or entry is None or _must_end(run, entry):
                raise
            break  # the source may have taken back what failed; if not, the same plan fails again
        applied.append(revision)
    return tuple(applied)


def _pending(run: Run, revision: str) -> Entry | None:
    """The revision as the ledger holds it; None: somebody wrote it just now, and only the folder knows it yet."""
    return next((each for each in run.ledger.pending(run.name) if each.id == revision), None)


def _must_end(run: Run, entry: Entry) -> bool:
    """Whether nothing else can be planned before this one is applied."""
    return entry.revision.hand_written or run.ledger.interrupted(run.name) is not None


def _applied(
    run: Run, seen: Seen, entry: Entry, before_each: Callable[[str], str], *, allow_breaking: bool = False
) -> Outcome:
    """The revision applied, and the target read again: nothing may be left."""
    write_consent(run, entry, allow_breaking=allow_breaking)
    run.up(entry.id, allow_breaking=allow_breaking, backup=before_each(entry.id))
    _verify(run, seen, entry)
    return _settled(run, seen, run.ledger.revision(run.name, entry.id), applied=(entry.id,))


def _verify(run: Run, seen: Seen, entry: Entry) -> None:
    """Nothing, if nothing is left but what somebody changed by hand before. Raises: NotConverged."""
    with run.chapter("verify"):
        given = run.ledger.base(run.name)
        found = compare(run.target, given.given if given else Catalog(), seen.desired.catalog)
        found = found.apart_from(_left_as_changed(run, seen))
        if not found.equal:
            raise NotConverged(
                f"{run.name}: {entry.id} is applied, and the target still differs: {'; '.join(found.told()[:10])}: "
                f"this is a defect of dw-migration: `dw-migration rollback {run.name} -1` goes back"
            )


def _left_as_changed(run: Run, seen: Seen) -> tuple[Address, ...]:
    """What somebody changed by hand in the target, and the policy does not put back."""
    return () if run.config.policy.target_drift == "restore" else seen.difference.drift


def _in_sync(run: Run, seen: Seen) -> Outcome:
    """Nothing to do; what the source's server, or the target's, spells otherwise by now is noted."""
    if head_of(run) is not None and not seen.difference.drift:
        refresh_base(run, seen)
    return _settled(run, seen, head_of(run), ddl="", severity=Severity.SAFE)


def _settled(run: Run, seen: Seen, entry: Entry | None, **more: Any) -> Outcome:
    """In sync, or drifted: somebody changed managed objects by hand, which only the policy undoes."""
    drifted = _left_as_changed(run, seen)
    if drifted:
        run.ledger.set_status(run.name, "drifted", by_hand([f"{each.kind} {each}" for each in drifted]))
        remedy = "policy.target_drift: restore puts them back, and so does whoever changed them"
        return outcome_of(run, "drifted", seen, entry, **more, verified=False, exit_code=3, warnings=(remedy,))
    if entry is not None:
        of_source = with_config(run.config, run.source, seen.reading.catalog.fingerprint)
        # after an apply the ledger has it from the reading that proved it
        of_target = None if more.get("applied") else seen.current.fingerprint
        run.ledger.record_fingerprints(run.name, of_source, of_target, summary_of(seen))
        run.ledger.set_status(run.name, "in_sync")
    return outcome_of(run, "in_sync", seen, entry, **more, verified=True)


@telling
def plan(
    config: Config,
    source: Source,
    *,
    message: str | None = None,
    fills: Sequence[str] = (),
    unasked: bool = False,
    rehearsal: Rows | None = None,
    by: str = "",
    progress: Progress = unwatched,
) -> Outcome:
    """The revision and its DDL file; status `pending`, `held` or `in_sync`.

    fills: as of `sync`.
    `unasked`: no person started it. What a person took back is then left as it is (`left_alone`).
    rehearsal: run it up, down and up again in a scratch database, with rows like those; where that fails the exit code
    is 1. Raises: NotRehearsed, before anything is written, where there is no such database, or a hand-written revision
    waits for consent: its code runs in no database before.
    """
    noted = _said(config, source, fills, by)
    with running(config, source, progress, by=by) as run:
        run.notes += noted
        return _plan(run, message=message, unasked=unasked, rehearsal=rehearsal)


def _plan(
    run: Run,
    *,
    message: str | None = None,
    adopt: bool = False,
    unasked: bool = False,
    rehearsal: Rows | None = None,
) -> Outcome:
    half_way(run)
    put_in_order(run)
    take_over_folder(run)
    seen = look_at(run, adopt=adopt)
    if unasked and (reason := _why_taken_back(run, seen)):
        return left_alone_outcome(run, seen, reason)
    own = waiting_own(run)
    if rehearsal is None or not (own or seen.plan):
        return _planned_outcome(run, seen, own, message=message)
    check_consent(run)
    with scratch_for(run) as scratch:
        outcome = _planned_outcome(run, seen, own, message=message)
        found = rehearse(run, scratch, way_up(run.ledger, run.workspace), rehearsal)
    if found.ok:
        return replace(outcome, rehearsal=found)
    return replace(outcome, rehearsal=found, error=told_faults(found), exit_code=1)


def _planned_outcome(run: Run, seen: Seen, own: Entry | None, *, message: str | None) -> Outcome:
    """own: the first that waits, where one of those is hand-written."""
    if own is not None:
        return replace(_waiting_outcome(run, seen, own), exit_code=0)
    entry = planned_revision(run, seen, message=message)
    if entry is None:
        return _in_sync(run, seen)
    if is_held(run, entry):
        return replace(held_outcome(run, seen, entry), exit_code=0)
    run.ledger.set_status(run.name, "pending", f"{entry.id} waits to be applied")
    return outcome_of(run, "pending", seen, entry, next_command=f"dw-migration apply {run.name}")


@telling
def apply(
    config: Config,
    source: Source,
    *,
    to: str | None = None,
    dry_run: bool = False,
    in_part: bool = False,
    fills: Sequence[str] = (),
    allow_breaking: bool = False,
    adopt: bool = False,
    backup: Scope | None = None,
    rehearsal: Rows | None = None,
    by: str = "",
    run_id: str = "",
    progress: Progress = unwatched,
) -> Outcome:
    """Pending revisions applied, up to `to` (a revision or `+N`).

    backup: save by pg_dump first, before each revision, the tables that it touches, or the whole database.
    rehearsal: run them up, down and up again in a scratch database first, with rows like those; where that fails the
    status is `failed`, and nothing is applied. Each backup is restored there before its revision runs.
    Status `in_sync`, `pending` (some are left), `held` (exit code 4). With `dry_run` the DDL that would run is told,
    and tried in a transaction that is rolled back: see `live.trial`. With `in_part` the source is read, what needs no
    consent is planned and applied (`went_ahead`), and what is left planned behind it, and held; `fills` as of `sync`.
    Raises: BadConfig where that goes with another of these.
    """
    if fills and not in_part:
        raise BadConfig("--fill is for a plan: give it to plan or sync, or to apply with --safe-part")
    if in_part and (to or dry_run or allow_breaking or rehearsal):
        others = "--to, --dry-run, --rehearse and --allow-breaking"
        raise BadConfig(f"--safe-part goes with none of {others}: leave out one of the two")
    noted = _said(config, source, fills, by)
    with running(config, source, progress, by=by, run_id=run_id) as run:
        run.notes += noted
        begun = half_way(run, "down")
        if adopt and not in_part:
            _plan(run, adopt=True)
        take_over_folder(run)
        if in_part:
            return _apply_safe_part(run, begun, _saving(run, backup), adopt=adopt)
        waiting = _up_to(way_up(run.ledger, run.workspace), to, run)
        entries = [each for each in run.ledger.pending(run.name) if each.id in waiting]
        if dry_run:
            return tried_outcome(run, waiting, entries, allow_breaking=allow_breaking)
        if waiting and (reason := _why_not_now(run)):
            return _pending_outcome(run, None, next(iter(entries), None), reason)
        free = _until_held(run, waiting, allow_breaking=allow_breaking)
        with ExitStack() as stack:
            scratch = stack.enter_context(scratch_for(run)) if rehearsal is not None and free else None
            save_each = _saving(run, backup, scratch)
            found = rehearse(run, scratch, free, rehearsal) if scratch and rehearsal else None
            if found is not None and not found.ok:
                return _failed_rehearsal(run, entries, found)
            put_in_order(run)
            return replace(_apply_each(run, waiting, save_each, allow_breaking=allow_breaking), rehearsal=found)


def _saving(run: Run, backup: Scope | None, scratch: Scratch | None = None) -> Callable[[str], str]:
    """What saves what a revision touches, restores it where there is a scratch database, and gives the file's name.

    Raises at once where nothing can be saved.
    """
    programs = check_dumper(run, backup)

    def saved(revision: str) -> str:
        path = save(run, programs, backup, revision, "up") if programs and backup else None
        if path and scratch and programs and backup:
            restore_backup(run, scratch.server, programs, path, scope=backup, revision=revision)
        return path.name if path else ""

    return saved


def _apply_safe_part(run: Run, begun: Interrupted | None, before_each: Callable[[str], str], *, adopt: bool) -> Outcome:
    """What waited and may go, and what of the plan needs no consent, applied; the rest is planned behind it."""
    reason = _why_not_now(run)
    if begun is not None and (stopped := _stopped_outcome(run, begun, reason, for_a_person=False)):
        return stopped
    put_in_order(run)
    waited = () if reason else _apply_waiting(run, before_each)
    seen = look_at(run, adopt=adopt)
    may_be_parted = not reason and run.config.policy.breaking == "hold" and waiting_own(run) is None
    part = safe_part(run, seen, adopt=adopt) if may_be_parted else None
    entry = planned_revision(run, part, in_part=part is not seen) if part else None
    if part is None or entry is None:
        return _with_waiting(run, seen, _brought(run, seen, before_each), waited)
    run.up(entry.id, backup=before_each(entry.id))
    run.ledger.set_status(
        run.name, "pending", "a part of what the source changed is applied, the rest is not planned yet"
    )
    _verify(run, part, entry)
    rest = look_at(run, adopt=adopt)
    outcome = _with_waiting(run, rest, _brought(run, rest, before_each), (*waited, entry.id))
    return replace(outcome, went_ahead=part.plan.changes)


def _until_held(run: Run, waiting: tuple[str, ...], *, allow_breaking: bool) -> tuple[str, ...]:
    """Those that may be applied now: up to the first that waits for consent."""
    held = [each.id for each in run.ledger.pending(run.name) if is_held(run, each, allow_breaking=allow_breaking)]
    return tuple(takewhile(lambda each: each not in held, waiting))


def _failed_rehearsal(run: Run, entries: list[Entry], found: Rehearsal) -> Outcome:
    reason = told_faults(found)
    run.ledger.set_status(run.name, "failed", reason)
    following = f"dw-migration plan {run.name} --rehearse"
    entry = next(iter(entries), None)
    return outcome_of(run, "failed", entry=entry, error=reason, exit_code=1, rehearsal=found, next_command=following)


def _up_to(waiting: tuple[str, ...], to: str | None, run: Run) -> tuple[str, ...]:
    if to is None or to == "head":
        return waiting
    if to.startswith("+") and to[1:].isdigit():
        return waiting[: int(to[1:])]
    return way_up(run.ledger, run.workspace, to)


def _apply_each(
    run: Run, waiting: tuple[str, ...], before_each: Callable[[str], str], *, allow_breaking: bool
) -> Outcome:
    applied: list[str] = []
    for revision in waiting:
        entry = _pending(run, revision)
        if entry is not None:
            if is_held(run, entry, allow_breaking=allow_breaking):
                return replace(held_outcome(run, None, entry), applied=tuple(applied))
            write_consent(run, entry, allow_breaking=allow_breaking)
        run.up(revision, allow_breaking=allow_breaking, backup=before_each(revision))
        applied.append(revision)
    with run.chapter("verify"):
        base, current = base_of(run), read_target(run.target, known_schemas(run))
        found = compare(run.target, current, base.desired)
    if not found.equal and any(not run.ledger.revision(run.name, each).revision.hand_written for each in applied):
        raise NotConverged(f"{run.name}: applied, and the target differs: {'; '.join(found.told()[:10])}")
    status_ = "pending" if way_up(run.ledger, run.workspace) else "in_sync" if found.equal else "drifted"
    run.ledger.set_status(run.name, status_, "" if found.equal else "; ".join(found.told()[:3]))
    return outcome_of(
        run,
        status_,
        entry=head_of(run),
        **of_catalog(run.ledger.desired(run.name)),
        ddl=ddl_of(run, applied),
        applied=tuple(applied),
        drift=tuple(found.told()),
        puts_back=restoring(base, current, drifted_in(found)),
        verified=found.equal,
        exit_code=3 if status_ == "drifted" else 0,
    )
