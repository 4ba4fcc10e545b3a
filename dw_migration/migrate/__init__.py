"""The story: config to ledger. Each command of the command line is one function here, for one source."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dw_migration.live.doctor import Doctored, doctor
    from dw_migration.live.standings import Recovery
    from dw_migration.live.stop import Stop
    from dw_migration.migrate.back import approve, rollback
    from dw_migration.migrate.checklist import revisions_among, standing_of_revision
    from dw_migration.migrate.evidence import folder_head, models_differences, models_made_from, one_head, standing
    from dw_migration.migrate.look import catalog_json, diff, drift, history, status, verify
    from dw_migration.migrate.many import attempted, persistently, source_named, sources_named, together, worst
    from dw_migration.migrate.outcome import HistoryEntry, Outcome, Progress, Rehearsal, TargetColumn
    from dw_migration.migrate.own import give_up, revision
    from dw_migration.migrate.retired import purge
    from dw_migration.migrate.saying import renamed
    from dw_migration.migrate.sighting import Sighting
    from dw_migration.migrate.story import apply, plan, sync
    from dw_migration.migrate.watch import last_looks, recoveries, watch_sources, watch_target, worked_on
    from dw_migration.migrate.written import models

_NAMES = {
    "dw_migration.live.doctor": ("Doctored", "doctor"),
    "dw_migration.live.standings": ("Recovery",),
    "dw_migration.live.stop": ("Stop",),
    "dw_migration.migrate.back": ("approve", "rollback"),
    "dw_migration.migrate.checklist": ("revisions_among", "standing_of_revision"),
    "dw_migration.migrate.evidence": (
        "folder_head",
        "models_differences",
        "models_made_from",
        "one_head",
        "standing",
    ),
    "dw_migration.migrate.look": ("catalog_json", "diff", "drift", "history", "status", "verify"),
    "dw_migration.migrate.many": ("attempted", "persistently", "source_named", "sources_named", "together", "worst"),
    "dw_migration.migrate.outcome": ("HistoryEntry", "Outcome", "Progress", "Rehearsal", "TargetColumn"),
    "dw_migration.migrate.own": ("give_up", "revision"),
    "dw_migration.migrate.saying": ("renamed",),
    "dw_migration.migrate.retired": ("purge",),
    "dw_migration.migrate.sighting": ("Sighting",),
    "dw_migration.migrate.story": ("apply", "plan", "sync"),
    "dw_migration.migrate.watch": ("last_looks", "recoveries", "watch_sources", "watch_target", "worked_on"),
    "dw_migration.migrate.written": ("models",),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = [
    "Doctored",
    "HistoryEntry",
    "Outcome",
    "Progress",
    "Recovery",
    "Rehearsal",
    "Sighting",
    "Stop",
    "TargetColumn",
    "apply",
    "approve",
    "attempted",
    "catalog_json",
    "diff",
    "doctor",
    "drift",
    "folder_head",
    "give_up",
    "history",
    "last_looks",
    "models",
    "models_differences",
    "models_made_from",
    "one_head",
    "persistently",
    "plan",
    "purge",
    "recoveries",
    "renamed",
    "revision",
    "revisions_among",
    "rollback",
    "source_named",
    "sources_named",
    "standing",
    "standing_of_revision",
    "status",
    "sync",
    "together",
    "verify",
    "watch_sources",
    "watch_target",
    "worked_on",
    "worst",
]


def __getattr__(name: str) -> Any:
    """What others import from here, when they do: a command loads what it needs, and no other command."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
