"""What the checks of a source stand on: ledger, folder and models.py beside the target; nothing is written."""

from datetime import UTC

from dw_migration.config import Config, Source
from dw_migration.live.connections import conninfo_of
from dw_migration.live.workspace import Workspace
from dw_migration.migrate.outcome import Outcome
from dw_migration.migrate.run import application, running
from dw_migration.migrate.told import head_of, of_catalog, outcome_of
from dw_migration.models import FILE, ModelsFailed, check_models, made_from


def standing(config: Config, source: Source) -> Outcome:
    """What stands in the target by the ledger's word, whatever waits: its head, and the digest of what that wanted.

    Status `applied`, or `absent` before the first revision; `since` when the source is as `status` tells.
    """
    with running(config, source, writes=False) as run:
        state, head = run.ledger.source(run.name), head_of(run)
        if state is None or head is None:
            return outcome_of(run, "absent")
        since = state.since.astimezone(UTC).isoformat(timespec="seconds")
        told = of_catalog(run.ledger.desired(run.name))
        return outcome_of(run, "applied", entry=head, ddl="", since=since, **told)


def folder_head(config: Config, source: Source) -> str | None:
    """The revision of the source's folder that no other follows; None before the first.

    Raises: BrokenHistory, for a fork or a gap.
    """
    return Workspace(config.folder(source.name), source.name).head()


def one_head(config: Config, source: Source) -> str | None:
    """As `folder_head`. Raises: BrokenHistory, where somebody tampered with the ledger's history too."""
    head = folder_head(config, source)
    with running(config, source, writes=False) as run:
        if run.ledger.exists():
            run.ledger.check_history(run.name)
    return head


def models_made_from(config: Config, source: Source) -> str | None:
    """Digest of the catalog that models.py tells of; None where it is missing or was edited by hand."""
    return made_from(config.folder(source.name))


def models_differences(config: Config, source: Source) -> tuple[str, ...]:
    """What Alembic would change in the target to make it what models.py says.

    Raises: ModelsFailed, where it is missing or cannot be imported, or the target not be asked.
    """
    folder = config.folder(source.name)
    if not (folder / FILE).exists():
        raise ModelsFailed(f"there is no {FILE} in {folder}: run dw-migration models {source.name}")
    conninfo = conninfo_of(config.target, application_name=application(source), strict_tls=config.policy.strict_tls)
    return check_models(folder, conninfo, timeout=600)
