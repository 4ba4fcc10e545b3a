"""What was retired long enough goes for good."""

from datetime import UTC, datetime, timedelta

from dw_migration.config import Config, Source
from dw_migration.errors import NotOurs, ServerError
from dw_migration.live.apply import read_again
from dw_migration.live.attempts import RETRIED
from dw_migration.live.ledger import Kept
from dw_migration.live.retired import expired
from dw_migration.live.retired import purge as dropped
from dw_migration.migrate.outcome import Outcome, Progress
from dw_migration.migrate.run import Run, half_way, running, unwatched
from dw_migration.migrate.told import head_of, of_catalog, outcome_of


def purge(
    config: Config,
    source: Source,
    *,
    older_than: timedelta | None = None,
    dry_run: bool = False,
    by: str = "",
    run_id: str = "",
    progress: Progress = unwatched,
) -> Outcome:
    """What was retired longer ago than `older_than` (default: `policy.retire_for`) is dropped, revision by revision.

    Status `purged`; `message` says what went, or would go with `dry_run`. The way back of such a revision then brings
    tables and columns back without rows, and asks before. Locks: the source's advisory lock, and each table for a
    moment. Raises: NotOurs where something of somebody else stands on it; what was dropped before stays so;
    BrokenHistory, with nothing dropped, where a revision has stopped half-way.
    """
    age = config.policy.retire_for if older_than is None else older_than
    with running(config, source, progress, by=by, run_id=run_id) as run:
        half_way(run)
        found = expired(run.ledger, run.name, age)
        if not dry_run:
            for kept in found.values():
                _drop(run, kept)
        return _told(run, [each for kept in found.values() for each in kept], dry_run=dry_run)


def purge_expired(run: Run) -> None:
    """Drop what was retired longer than `policy.retire_for` ago, inside of `policy.window`.

    What somebody builds on or reads just now stays, and is warned of; all stays where a revision has stopped half-way.
    """
    window = run.config.policy.window
    found = expired(run.ledger, run.name, run.config.policy.retire_for)
    if not found or (window is not None and not window.holds(datetime.now(UTC))):
        return
    if begun := run.ledger.interrupted(run.name):
        run.note(f"not purged: {begun.told(run.name)}")
        return
    for kept in found.values():
        try:
            _drop(run, kept)
        except (NotOurs, ServerError) as error:
            if isinstance(error, ServerError) and error.sqlstate not in RETRIED:
                raise
            run.note(f"not purged: {error}")
        else:
            run.note(f"purged what {kept[0].revision} retired: {', '.join(f'{e.was.kind} {e.was}' for e in kept[:5])}")


def _drop(run: Run, kept: list[Kept]) -> None:
    with run.chapter("purge"):
        dropped(run.target, run.name, kept, run.actor)
        read_again(run.target, run.name)


def _told(run: Run, found: list[Kept], *, dry_run: bool) -> Outcome:
    named = [f"{each.was.kind} {each.was} (retired {each.at:%Y-%m-%d} by {each.revision})" for each in found]
    what = "would go for good" if dry_run else "gone for good"
    message = f"{what}: {', '.join(named)}" if named else "nothing was retired long enough"
    return outcome_of(
        run, "purged", **{**_of_head(run), **of_catalog(run.ledger.desired(run.name)), "message": message}
    )


def _of_head(run: Run) -> dict[str, str | None]:
    head = head_of(run)
    return {"revision": head.id, "version": head.revision.version} if head else {}
