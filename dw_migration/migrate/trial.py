"""What a dry run of the revisions that wait tells: their DDL, whether the server takes it, and what was not tried."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from dw_migration.errors import DwMigrationError
from dw_migration.live.ledger import Entry
from dw_migration.live.trial import Trial, Untried, try_out
from dw_migration.migrate.outcome import Outcome
from dw_migration.migrate.planned import is_held
from dw_migration.migrate.run import Run
from dw_migration.migrate.told import head_of, outcome_of


def tried_outcome(run: Run, waiting: Sequence[str], entries: Sequence[Entry], *, allow_breaking: bool) -> Outcome:
    """The outcome of a dry run of these revisions: `pending`, or `in_sync` where none waits.

    Where the server, or a check of apply, refuses what would run, `error` and the exit code say so; the status stays,
    since nothing is changed: not in the target, and not in the ledger. Locks: as `try_out`.
    """
    known = {each.id: each for each in entries if not each.revision.hand_written}
    ours = [known[each] for each in takewhile(known.__contains__, waiting)]
    trial, refused = Trial(), dict[str, Any]()
    try:
        with run.chapter("try"):
            trial = try_out(run.target, ours, run.terms(allow_breaking=_is_allowed(run, allow_breaking=allow_breaking)))
    except DwMigrationError as error:
        if run.is_cut_off:
            raise
        refused = {"error": str(error), "exit_code": error.exit_code}
    behind = (Untried(each, "", _why_by_hand(each, waiting[len(ours)])) for each in waiting[len(ours) :])
    held = [each.id for each in ours if is_held(run, each, allow_breaking=allow_breaking)]
    return outcome_of(
        run,
        "pending" if waiting else "in_sync",
        entry=head_of(run),
        ddl="\n".join(each.ddl for each in entries),
        tried=None if refused else trial.tried,
        untried=(*trial.untried, *behind),
        warnings=[f"the revision {each} is breaking: apply holds it until it is approved" for each in held],
        **refused,
    )


def _is_allowed(run: Run, *, allow_breaking: bool) -> bool:
    return allow_breaking or run.config.policy.breaking == "allow"


def _why_by_hand(revision: str, first: str) -> str:
    return "it is hand-written: Alembic runs it" if revision == first else f"it stands behind {first}"
