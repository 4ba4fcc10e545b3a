"""The jobs `sync`, `plan`, `apply`, `rollback`, `approve` and `purge`, partitioned by source."""

from collections.abc import Callable, Mapping
from datetime import timedelta

import dagster as dg
from pydantic import Field

from dw_migration import migrate
from dw_migration.config import Config, Source, duration
from dw_migration.errors import BadConfig, DwMigrationError
from dw_migration.migrate import Outcome, Stop
from dw_migration.orchestration import metadata
from dw_migration.orchestration.assets import POOL, code_version, failure, run_tags
from dw_migration.orchestration.checks import is_error
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.options import SavedFirst, scope
from dw_migration.orchestration.partitions import partitions_of
from dw_migration.orchestration.provenance import DATA_VERSION, behind
from dw_migration.orchestration.requests import MADE, TARGET, Job
from dw_migration.orchestration.resources import Sources, Target, failed, persistent
from dw_migration.orchestration.work import Done, as_finished

Act = Callable[[Config, Source], Outcome]


def jobs(names: Names) -> list[Job]:
    """All of them; a step takes no process of its own, which would cost four times the work itself."""
    return [
        _of_assets(
            names,
            "sync",
            MADE,
            "Models, revision, schema and their checks: brings the target in step with the chosen sources. "
            "A change that could lose rows waits for the job `approve`.",
        ),
        _of_assets(
            names,
            "plan",
            ("source_models", "target_ddl"),
            "Models, and the revision with its DDL, for review: the target stays as it is.",
        ),
        _of_assets(
            names,
            "apply",
            ("target_schema",),
            "The revisions that wait, as far as they may go: what could lose rows needs the job `approve` first.",
        ),
        _of_op(names, "rollback", _rollback(names), "Takes revisions of one source back."),
        _of_op(names, "approve", _approve(names), "A person's consent to a revision of one source, bound to its DDL."),
        _of_op(names, "purge", _purge(names), "Drops for good what one source retired long enough ago."),
    ]


def _of_assets(names: Names, job: str, assets: tuple[str, ...], description: str) -> Job:
    return dg.define_asset_job(
        names.of(job),
        selection=[names.key(asset) for asset in assets],
        description=description,
        tags={TARGET: names.warehouse},
        executor_def=dg.in_process_executor,
    )


def _of_op(names: Names, job: str, op: dg.OpDefinition, description: str) -> dg.JobDefinition:
    @dg.graph(name=f"{op.name}_one")  # not as the job, whose graph would then have the name of the op in it
    def graph() -> None:
        op.alias(job)()  # what the launchpad is told is the same in every warehouse

    return graph.to_job(
        name=names.of(job),
        description=f"{description} {op.description}",
        partitions_def=partitions_of(names.warehouse),
        tags={TARGET: names.warehouse},
        executor_def=dg.in_process_executor,
    )


# --- back -------------------------------------------------------------------------------------------------------------


class RollbackOptions(dg.Config):
    """How far back."""

    to: str = Field(
        description="Where to arrive: `-1` takes the last revision back, `-2` the last two; the beginning of a "
        "revision's id is what stands afterwards; `base` takes back all."
    )
    allow_breaking: bool = Field(
        default=False,
        description="Whether rows may be lost: those of the tables and columns that the revisions had added.",
    )
    backup: SavedFirst = Field(
        "no", description="What pg_dump saves first: the tables that it touches, or all of them."
    )
    restore: bool = Field(
        default=False,
        description="Whether what the revisions had dropped is filled again from the backups that they were applied "
        "with.",
    )
    by: str = Field("", description="Who does it, for the ledger. Default: dagster.")


def _rollback(names: Names) -> dg.OpDefinition:
    @dg.op(
        name=names.of("rollback"),
        description="Tells `target_schema` what stands then. Where rows would be lost, it asks for `allow_breaking`.",
        required_resource_keys={names.of("sources"), names.of("target")},
        pool=names.of(POOL),
    )
    def rollback(context: dg.OpExecutionContext, config: RollbackOptions) -> None:
        sources, target = _resources(context, names)

        def act(settings: Config, source: Source) -> Outcome:
            return migrate.rollback(
                settings,
                source,
                config.to,
                allow_breaking=config.allow_breaking,
                backup=scope(config.backup),
                restore=config.restore,
                by=config.by or target.by,
                run_id=context.run_id,
                progress=sources.progress,
            )

        outcome = _outcome(context, sources, act)
        tags = behind(names, outcome.fingerprint, code_version())
        _told(context, names.key("target_schema"), tags, metadata.of_schema(outcome))

    return rollback


# --- consent ----------------------------------------------------------------------------------------------------------


class ApproveOptions(dg.Config):
    """Who consents, and to what."""

    sha256: str = Field(
        description="Of the DDL that was reviewed: `target_ddl` tells it. A revision that says anything else by now is "
        "refused."
    )
    by: str = Field(description="Who consents.")
    revision: str = Field("", description="Its id, or the beginning of it. Default: the one that waits.")
    note: str = Field("", description="Why; kept in the ledger.")


def _approve(names: Names) -> dg.OpDefinition:
    @dg.op(
        name=names.of("approve"),
        description="It applies nothing itself: the sensor `approved` starts the job `apply` next.",
        required_resource_keys={names.of("sources"), names.of("target")},
    )
    def approve(context: dg.OpExecutionContext, config: ApproveOptions) -> None:
        sources, _ = _resources(context, names)
        outcome = _outcome(context, sources, lambda settings, source: _approved(settings, source, config))
        told = metadata.of_approval(outcome, by=config.by, note=config.note)
        _told(context, names.key("approval"), {DATA_VERSION: outcome.sha256}, told)

    return approve


def _approved(config: Config, source: Source, options: ApproveOptions) -> Outcome:
    """Raises: BadConfig, BrokenHistory."""
    if not options.by.strip():
        raise BadConfig("by is empty: name who consents")
    revision = options.revision or migrate.status(config, source).revision
    if revision is None:
        raise BadConfig(f"{source.name}: no revision waits: start the job plan first")
    return migrate.approve(config, source, revision, sha256=options.sha256, by=options.by, note=options.note)


# --- for good ---------------------------------------------------------------------------------------------------------


class PurgeOptions(dg.Config):
    """What goes."""

    older_than: str = Field("", description="Retired longer ago than that, as 30d or 12h. Default: policy.retire_for.")
    dry_run: bool = Field(default=False, description="Whether it only says what would go.")


def _purge(names: Names) -> dg.OpDefinition:
    @dg.op(
        name=names.of("purge"),
        description="Tells on `target_schema` what went. The way back then brings it back empty, and asks first.",
        required_resource_keys={names.of("sources"), names.of("target")},
        pool=names.of(POOL),
    )
    def purge(context: dg.OpExecutionContext, config: PurgeOptions) -> None:
        sources, target = _resources(context, names)

        def act(settings: Config, source: Source) -> Outcome:
            return migrate.purge(
                settings,
                source,
                older_than=_age(config.older_than),
                dry_run=config.dry_run,
                by=target.by,
                run_id=context.run_id,
                progress=sources.progress,
            )

        outcome = _outcome(context, sources, act)
        key, told = names.key("target_schema"), metadata.of_purge(outcome)
        context.log_event(dg.AssetObservation(key, partition=context.partition_key, metadata=told))

    return purge


def _age(text: str) -> timedelta | None:
    """The time that it says, as in the config; None: nothing is said. Raises: BadConfig."""
    try:
        return duration(text) if text else None
    except ValueError as error:
        raise BadConfig(f"older_than: {error}") from None


# --- with the one source ----------------------------------------------------------------------------------------------


def _resources(context: dg.OpExecutionContext, names: Names) -> tuple[Sources, Target]:
    return getattr(context.resources, names.of("sources")), getattr(context.resources, names.of("target"))


def _outcome(context: dg.OpExecutionContext, sources: Sources, act: Act) -> Outcome:
    """What became of the source that was chosen; the run is tagged with it. Raises: Failure."""
    if not context.has_partition_key:
        raise dg.Failure("no source is chosen: start it for one partition", allow_retries=False)
    config, stop = sources.load(), Stop()

    def done(name: str) -> Outcome:
        try:
            source = sources.named(config, name)
        except DwMigrationError as error:
            return failed(name, error)
        return persistent(lambda each: act(config, each), config, source, stop)

    (outcome,) = as_finished(done, [context.partition_key], 1, stop)
    context.instance.add_run_tags(context.run_id, run_tags([Done(outcome)]))
    if is_error(outcome):
        raise failure([outcome], 1)
    return outcome


def _told(context: dg.OpExecutionContext, key: dg.AssetKey, tags: Mapping[str, str], told: metadata.Metadata) -> None:
    context.log_event(dg.AssetMaterialization(key, partition=context.partition_key, metadata=told, tags=tags))
