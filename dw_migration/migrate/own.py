"""What somebody wrote: a new revision file to fill in, and what of such waits."""

from datetime import UTC, datetime

from dw_migration.config import Config, Source
from dw_migration.errors import BadConfig
from dw_migration.live.ledger import Entry
from dw_migration.live.source import told
from dw_migration.live.travel import take_over
from dw_migration.live.workspace import is_open, write
from dw_migration.migrate.outcome import Outcome
from dw_migration.migrate.run import Run, half_way, running
from dw_migration.migrate.seen import check_schemas_free, read_desired
from dw_migration.migrate.told import outcome_of
from dw_migration.revision import one_line, own_revision, own_script_text
from dw_migration.sql import names


def revision(config: Config, source: Source, message: str, *, by: str = "") -> Outcome:
    """An empty revision file behind the head, for somebody to fill in; status `written`.

    Nothing but the file is written; the ledger knows it from the next command on. Raises: BadConfig where a revision
    of ours waits, since a new plan would take its place, or the source has none at all; BrokenHistory.
    """
    with running(config, source, by=by) as run:
        half_way(run)
        take_over_folder(run)
        refusal = _refusal(run)
        if not refusal:
            made = own_revision(run.name, run.workspace.head(), message, datetime.now(UTC))
            path = run.workspace.path(made)
            write(path, own_script_text(made, str(names(sorted(run.ledger.schemas(run.name))[:1]))))
            following = f"dw-migration apply {run.name} --dry-run"
            paths = {"workspace": run.workspace.folder, "revision": path}
            return outcome_of(run, "written", revision=made.id, paths=paths, next_command=following)
    raise BadConfig(refusal)  # out here, where it does not become the source's status


def give_up(config: Config, source: Source, revision: str, *, by: str = "") -> Outcome:
    """A hand-written revision that waits is superseded, and its file deleted; its text stays in the ledger.

    Raises: BadConfig where it is none that waits, or another stands behind it; BrokenHistory where it is half applied.
    """
    with running(config, source, by=by) as run:
        take_over_folder(run)
        found = [each for each in run.ledger.pending(run.name) if each.id.startswith(revision) and is_open(each)]
        refusal = "" if len(found) == 1 else f"found {len(found)} hand-written revisions that wait and begin so"
        if found and not refusal and run.workspace.head() != found[0].id:
            refusal = f"{run.workspace.head()} stands behind it: give that up first"
        if not refusal:
            run.ledger.give_up(run.name, found[0].id, run.actor)
            run.workspace.remove([found[0].id])
            left = run.ledger.pending(run.name)
            status = "pending" if left else "in_sync"
            run.ledger.set_status(run.name, status, f"{found[0].id} is given up")
            return outcome_of(run, status, entry=left[0] if left else None)
    raise BadConfig(f"{run.name}: --give-up {one_line(revision)}: {refusal}")


def _refusal(run: Run) -> str:
    if run.ledger.head(run.name) is None:
        return f"{run.name}: nothing is applied yet: run dw-migration sync {run.name} first"
    ours = [each for each in run.ledger.pending(run.name) if not each.revision.hand_written]
    if ours:
        return f"{run.name}: the revision {ours[0].id} waits: apply it first, since a new plan would take its place"
    return ""


def take_over_folder(run: Run) -> None:
    """What the folder knows and the ledger does not: the ledger is new, or somebody wrote a revision of their own.

    For a new ledger, what belongs to the source is read from the source itself.
    """
    if not run.ledger.schemas(run.name) and run.workspace.revision_files():
        reading, desired = read_desired(run)
        check_schemas_free(run, desired)
        run.ledger.register(run.name, told(reading.identity), desired.schemas, run.actor)
    take_over(run.ledger, run.workspace, run.actor)


def waiting_own(run: Run) -> Entry | None:
    """The first of the revisions that wait, where one of them is hand-written: no plan takes its place."""
    pending = run.ledger.pending(run.name)
    return pending[0] if any(each.revision.hand_written for each in pending) else None
