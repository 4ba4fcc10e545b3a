"""Outcomes, from what was seen and the revision that it is about."""

from pathlib import Path
from typing import Any

from dw_migration.live.ledger import Entry
from dw_migration.migrate.outcome import Outcome
from dw_migration.migrate.run import Run
from dw_migration.migrate.seen import Seen, known_schemas


def outcome_of(run: Run, status_: str, seen: Seen | None = None, entry: Entry | None = None, **more: Any) -> Outcome:
    """What every command tells, from what it saw and the revision that it is about."""
    paths = {"workspace": run.workspace.folder, "models": run.workspace.folder / "models.py"}
    found: dict[str, Any] = {"paths": paths, "durations": dict(run.durations), "schemas": known_schemas(run)}
    if seen is not None:
        found |= _of_seen(seen)
    if entry is not None:
        found |= _of_entry(run, entry, paths)
    return Outcome(run.name, status_, **(found | more))


def summary_of(seen: Seen) -> dict[str, Any]:
    """What is told again while nothing changes, as JSON takes it: the ledger keeps it."""
    told = _of_seen(seen)
    return {name: told[name] for name in ("tables", "fingerprint", "unmanaged", "left_out")}


def _of_seen(seen: Seen) -> dict[str, Any]:
    desired = seen.desired.catalog
    left_out = dict(desired.counted)
    for each in desired.left_out:
        left_out[each.kind] = left_out.get(each.kind, 0) + 1
    return {
        "severity": seen.plan.severity,
        "changes": seen.plan.changes,
        "transformations": seen.plan.transformations,
        "unmanaged": tuple(f"{address.kind} {address}" for address in seen.difference.unmanaged),
        "drift": tuple(f"{address.kind} {address}" for address in seen.difference.drift),
        "left_out": left_out,
        "schemas": seen.desired.schemas,
        "tables": sum(address.kind == "table" for address in desired.objects),
        "fingerprint": desired.digest,
    }


def _of_entry(run: Run, entry: Entry, paths: dict[str, Path]) -> dict[str, Any]:
    paths |= {"revision": run.workspace.path(entry.revision), "ddl": run.workspace.folder / "ddl" / f"{entry.id}.sql"}
    return {
        "revision": entry.id,
        "version": entry.revision.version,
        "severity": entry.revision.severity,
        "message": entry.revision.message,
        "ddl": entry.ddl,
    }


def head_of(run: Run) -> Entry | None:
    """The applied head, or None."""
    return run.ledger.head_entry(run.name) if run.ledger.exists() else None
