"""Outcomes, from what was seen and the revision that it is about."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from heapq import nsmallest
from pathlib import Path
from typing import Any

from dw_migration.catalog import Catalog
from dw_migration.kinds.column import Column
from dw_migration.kinds.function import Function
from dw_migration.live.ledger import Entry
from dw_migration.migrate.outcome import Outcome, TargetColumn
from dw_migration.migrate.restoring import restoring
from dw_migration.migrate.run import Run
from dw_migration.migrate.seen import Seen, known_schemas
from dw_migration.rule import Severity

_MOST_COLUMNS = 500
_KEPT = ("tables", "tables_of", "fingerprint", "unmanaged", "left_out", "names_in_code")


def outcome_of(run: Run, status_: str, seen: Seen | None = None, entry: Entry | None = None, **more: Any) -> Outcome:
    """What every command tells, from what it saw and the revision that it is about."""
    paths = {"workspace": run.workspace.folder, "models": run.workspace.folder / "models.py"}
    found: dict[str, Any] = {"paths": paths, "durations": dict(run.durations), "schemas": known_schemas(run)}
    if seen is not None:
        found |= _of_seen(seen) | {"columns": columns_of(seen) if seen.plan else ()}
    if entry is not None:
        found |= _of_entry(run, entry, paths)
    warnings = (*run.notes, *more.pop("warnings", ()))
    return Outcome(run.name, status_, **(found | more), warnings=warnings)


def summary_of(seen: Seen) -> dict[str, Any]:
    """What is told again while nothing changes, as JSON takes it: the ledger keeps it."""
    told = _of_seen(seen)
    return {name: told[name] for name in _KEPT} | {"lacks": seen.desired.lacks}


def of_summary(summary: Mapping[str, Any]) -> dict[str, Any]:
    """What `summary_of` kept, as an Outcome takes it; a former version kept less."""
    told = {name: summary[name] for name in ("tables", "fingerprint", "left_out", "names_in_code") if name in summary}
    tables_of = {schema: tuple(names) for schema, names in summary.get("tables_of", {}).items()}
    return told | {"tables_of": tables_of, "unmanaged": tuple(summary.get("unmanaged", ()))}


def of_catalog(desired: Catalog) -> dict[str, Any]:
    """What a desired catalog alone tells."""
    tables_of: dict[str, list[str]] = defaultdict(list)
    for address in sorted(desired.objects):
        if address.kind == "table":
            tables_of[address.schema].append(address.name)
    return {
        "tables": sum(map(len, tables_of.values())),
        "tables_of": {schema: tuple(names) for schema, names in tables_of.items()},
        "fingerprint": desired.digest,
        "names_in_code": _names_in_code(desired),
    }


def _names_in_code(desired: Catalog) -> dict[str, int]:
    functions = [each for each in desired.objects.values() if isinstance(each, Function)]
    told = {"proven": sum(each.proven for each in functions), "left": sum(len(each.unproven) for each in functions)}
    return told if any(told.values()) else {}


def columns_of(seen: Seen) -> tuple[TargetColumn, ...]:
    """The first columns, by table, in the order that they have there."""
    columns = (each for each in seen.desired.catalog.objects.values() if isinstance(each, Column))
    first = nsmallest(_MOST_COLUMNS, columns, key=lambda each: (each.schema, each.table, each.position))
    return tuple(TargetColumn(each.schema, each.table, each.name, each.type, each.not_null) for each in first)


def ddl_of(run: Run, revisions: Collection[str]) -> str:
    """The DDL files of these revisions, in the order in which they are applied."""
    return "\n".join(each.ddl for each in run.ledger.revisions(run.name) if each.id in revisions)


def _of_seen(seen: Seen) -> dict[str, Any]:
    desired = seen.desired.catalog
    return {
        "severity": seen.plan.severity,
        "changes": seen.plan.changes,
        "transformations": seen.plan.transformations,
        "unmanaged": tuple(f"{address.kind} {address}" for address in seen.difference.unmanaged),
        "drift": tuple(f"{address.kind} {address}" for address in seen.difference.drift),
        "puts_back": restoring(seen.base, seen.current, seen.difference.drift),
        "left_out": desired.left_behind,
        "schemas": seen.desired.schemas,
        **of_catalog(desired),
    }


def _of_entry(run: Run, entry: Entry, paths: dict[str, Path]) -> dict[str, Any]:
    paths |= {"revision": run.workspace.file_of(entry.revision), "ddl": run.workspace.to_read(entry.revision)}
    return {
        "revision": entry.id,
        "version": entry.revision.version,
        "severity": entry.revision.severity,
        "message": entry.revision.message,
        "ddl": entry.ddl,
        "sha256": entry.revision.sha256,
        "approved": _approved(run, entry),
    }


def _approved(run: Run, entry: Entry) -> bool | None:
    """Whether there is consent to the revision; None where it is applied, or needs none."""
    if entry.state == "applied" or entry.revision.severity is not Severity.BREAKING:
        return None
    return run.ledger.approval(run.name, entry.id, entry.revision.sha256) is not None


def head_of(run: Run) -> Entry | None:
    """The applied head, or None."""
    return run.ledger.head_entry(run.name) if run.ledger.exists() else None
