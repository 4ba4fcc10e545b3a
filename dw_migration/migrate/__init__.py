"""The story: config to ledger. Each command of the command line is one function here, for one source."""

from dw_migration.live.doctor import Doctored, doctor
from dw_migration.migrate.back import approve, rollback
from dw_migration.migrate.look import catalog_json, diff, drift, history, status, verify
from dw_migration.migrate.many import attempted, sources_named, together, worst
from dw_migration.migrate.outcome import HistoryEntry, Outcome, Progress
from dw_migration.migrate.story import apply, plan, sync
from dw_migration.migrate.written import models

__all__ = [
    "Doctored",
    "HistoryEntry",
    "Outcome",
    "Progress",
    "apply",
    "approve",
    "attempted",
    "catalog_json",
    "diff",
    "doctor",
    "drift",
    "history",
    "models",
    "plan",
    "rollback",
    "sources_named",
    "status",
    "sync",
    "together",
    "verify",
    "worst",
]
