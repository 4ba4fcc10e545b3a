"""models.py, in the making beside the server's work."""

from datetime import UTC, datetime
from typing import Any

from dw_migration.config import Config, Source
from dw_migration.migrate.outcome import Outcome, Progress
from dw_migration.migrate.run import Run, running, unwatched
from dw_migration.migrate.seen import Seen, look_at
from dw_migration.migrate.told import head_of, outcome_of
from dw_migration.models import Header, Written, start_models


def models_started(run: Run, seen: Seen) -> Any:
    """models.py in the making, in a process of its own, while the server applies."""
    desired = seen.desired
    header = Header(run.name, seen.reading.identity.database, run.target.info.dbname, datetime.now(UTC))
    return start_models(run.workspace.folder, desired.catalog, desired.originals, header)


def models_warnings(written: Written) -> tuple[str, ...]:
    """What a person must know: an edit of models.py was set aside."""
    if not written.edited:
        return ()
    kept = f"models.py was edited by hand: the edit is kept in {written.backup}; put it into models_extra.py"
    return (f"{kept}\n{written.diff}",)


def models(config: Config, source: Source, *, progress: Progress = unwatched) -> Outcome:
    """models.py, written anew; no other file and neither database is changed."""
    with running(config, source, progress, writes=False) as run:
        run.workspace.prepare(config.path)
        seen = look_at(run)
        with run.chapter("models"):
            written = models_started(run, seen).result()
        return outcome_of(run, "written", seen, head_of(run), ddl="", warnings=models_warnings(written))
