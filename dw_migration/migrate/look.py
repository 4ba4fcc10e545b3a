"""Commands that change nothing: diff, verify, drift, status, history, read."""

from dataclasses import asdict
from datetime import UTC

from dw_migration.config import Config, Source
from dw_migration.live.ledger import Entry
from dw_migration.live.settle import compare
from dw_migration.live.source import read_source
from dw_migration.migrate.apart import read_managed
from dw_migration.migrate.fingerprints import fingerprints_now, unchanged_since
from dw_migration.migrate.outcome import HistoryEntry, Outcome, Progress
from dw_migration.migrate.restoring import drifted_in, restoring
from dw_migration.migrate.run import Run, application, half_way, running, unwatched
from dw_migration.migrate.seen import Seen, base_of, known_schemas, look_at, read_desired
from dw_migration.migrate.told import head_of, of_catalog, outcome_of
from dw_migration.rule import Severity


def diff(config: Config, source: Source, *, progress: Progress = unwatched) -> Outcome:
    """What would change, with findings; writes nothing. Exit code 3 where there is something."""
    with running(config, source, progress, writes=False) as run:
        half_way(run)
        if unchanged := (unchanged_since(run) if run.ledger.exists() else None):
            return unchanged
        seen = look_at(run)
        if not seen.plan and not seen.difference.drift:
            return outcome_of(run, "in_sync", seen, head_of(run), ddl="", severity=Severity.SAFE)
        return differing(run, seen)


def differing(run: Run, seen: Seen) -> Outcome:
    """What lies between source and target: `changed` by the source, or only `drifted`, by hand in the target."""
    return outcome_of(
        run,
        "changed" if seen.plan else "drifted",
        seen,
        head_of(run),
        ddl="",
        severity=seen.plan.severity,
        exit_code=3,
        next_command=f"dw-migration sync {run.name}",
    )


def verify(config: Config, source: Source, *, progress: Progress = unwatched) -> Outcome:
    """Whether the target is what the source is; exit code 3 where not."""
    with running(config, source, progress, writes=False) as run:
        if run.ledger.exists() and (begun := run.ledger.interrupted(run.name)):
            run.note(begun.told(run.name))
        _, desired = read_desired(run)
        with run.chapter("verify"):
            current = read_managed(run, {*known_schemas(run), *desired.schemas})
            found = compare(run.target, current, desired.catalog)
        base = base_of(run)
        stale = sorted(a for a in base.desired.objects if a in current.objects and a not in desired.catalog.objects)
        differs = (*found.told(), *(f"not in the source any more: {a.kind} {a}" for a in stale))
        managed = {*desired.catalog.objects, *base.desired.objects}
        by_hand = drifted_in(compare(run.target, current, base.desired)) if differs else ()
        puts_back = restoring(base, current, by_hand)
        return outcome_of(
            run,
            "drifted" if differs else "in_sync",
            entry=head_of(run),
            ddl="",
            schemas=desired.schemas,
            **of_catalog(desired.catalog),
            drift=tuple(differs),
            puts_back=puts_back,
            unmanaged=tuple(
                f"{a.kind} {a}"
                for a, each in sorted(current.objects.items(), key=lambda pair: pair[0])
                if not (a in managed or each.shared or each.is_right)
            ),
            left_out=desired.catalog.left_behind,
            warnings=(f"{len(found.settled)} texts are spelt otherwise by the target's server, and mean the same",)
            if found.settled
            else (),
            verified=not differs,
            exit_code=3 if differs else 0,
            next_command=f"dw-migration sync {run.name}" if differs else "",
        )


def drift(config: Config, source: Source) -> Outcome:
    """Fingerprints of source and target against the ledger; exit code 3 where one moved.

    The target is read where its own did, and told only if something managed is not as it was.
    """
    with running(config, source, writes=False) as run:
        state = run.ledger.source(run.name) if run.ledger.exists() else None
        if state is None or state.head is None:
            return outcome_of(run, "absent", exit_code=3, next_command=f"dw-migration sync {run.name}")
        of_source, of_target = fingerprints_now(run, tuple(state.schemas))
        moved: list[str] = []
        puts_back: tuple[str, ...] = ()
        if state.source_fingerprint is None:
            moved.append("the source was not compared since a revision was applied or taken back")
        elif of_source != state.source_fingerprint:
            moved.append("the source changed since it was last in sync")
        if of_target != state.target_fingerprint:
            base, current = base_of(run), read_managed(run, known_schemas(run))
            found = compare(run.target, current, base.desired)
            if not found.equal:  # a grant moves the target too, and so does a copy of rows that is at work
                moved.append("the target was changed by hand")
                puts_back = restoring(base, current, drifted_in(found))
        return outcome_of(
            run,
            "drifted" if moved else "in_sync",
            entry=head_of(run),
            ddl="",
            drift=tuple(moved),
            puts_back=puts_back,
            exit_code=3 if moved else 0,
            next_command=f"dw-migration diff {run.name}" if moved else "",
        )


def status(config: Config, source: Source) -> Outcome:
    """What the ledger says: in_sync, drifted, pending, held, failed, absent; since when."""
    with running(config, source, writes=False) as run:
        state = run.ledger.source(run.name) if run.ledger.exists() else None
        if state is None:
            return outcome_of(run, "absent", next_command=f"dw-migration sync {run.name}")
        entry = next(iter(run.ledger.pending(run.name)), None) or (None if state.status == "held" else head_of(run))
        commands = {"held": "approve", "pending": "apply", "drifted": "sync", "failed": "sync"}
        command = commands.get(state.status)
        begun = run.ledger.interrupted(run.name)
        if begun is not None:
            command = "apply" if begun.direction == "up" else "rollback"
        revision = f" {state.pending[0]}" if command == "approve" and state.pending else ""
        revision = " -1" if command == "rollback" else revision
        told = (begun.told(run.name) if begun else state.reason) or (entry.revision.message if entry else "")
        said = (
            f"{each.address} gets {each.expression}, as {each.by or 'nobody'} has said ({each.at:%Y-%m-%d})"
            for each in run.ledger.fills(run.name)
        )
        return outcome_of(
            run,
            "failed" if begun is not None and state.status == "in_sync" else state.status or "absent",
            entry=entry,
            ddl="",
            version=entry.revision.version if entry else state.version,
            since=state.since.astimezone(UTC).isoformat(timespec="seconds"),
            message="; ".join(filter(None, (told, *said))),
            tables=state.summary.get("tables", 0),
            next_command=f"dw-migration {command} {run.name}{revision}" if command else "",
        )


def history(config: Config, source: Source) -> tuple[HistoryEntry, ...]:
    """The source's revisions, newest first, superseded ones too. Raises: BrokenHistory where it was tampered with."""
    with running(config, source, writes=False) as run:
        if not run.ledger.exists():
            return ()
        run.ledger.check_history(run.name)
        entries = run.ledger.revisions(run.name, superseded=True)
        return tuple(_history_entry(each) for each in reversed(entries))


def _history_entry(entry: Entry) -> HistoryEntry:
    revision = entry.revision
    return HistoryEntry(
        revision.source,
        revision.id,
        revision.parent,
        revision.version,
        str(revision.severity),
        revision.message,
        entry.state,
        revision.created.astimezone(UTC).isoformat(timespec="seconds"),
        entry.applied.astimezone(UTC).isoformat(timespec="seconds") if entry.applied else "",
        entry.applied_by or entry.planned_by,
        entry.run or "",
        entry.duration.total_seconds() if entry.duration is not None else None,
    )


def catalog_json(config: Config, source: Source) -> dict[str, object]:
    """The source's catalog under its own names, for `read`: objects by kind, what is left out and counted."""
    catalog = read_source(config, source, application_name=application(source)).catalog
    by_kind: dict[str, list[dict[str, object]]] = {}
    for each in catalog.in_creation_order():
        by_kind.setdefault(each.kind, []).append(asdict(each))  # type: ignore[call-overload]
    left_out = [{"kind": each.kind, "address": each.address, "reason": each.reason} for each in catalog.left_out]
    counted = {"left_out": left_out, "not_modelled": dict(catalog.counted)}
    return {"fingerprint": catalog.fingerprint, "version": catalog.version, "objects": by_kind, **counted}
