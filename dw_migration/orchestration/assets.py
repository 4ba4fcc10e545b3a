"""The assets `source_models`, `target_ddl` and `target_schema`: one op that takes each source from end to end."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

import dagster as dg

from dw_migration.errors import ConsentNeeded, DwMigrationError
from dw_migration.migrate import Outcome
from dw_migration.orchestration import metadata
from dw_migration.orchestration.partitions import partitions_of
from dw_migration.orchestration.resources import WATCHER, Sources, Target, failed

POOL = "target_ddl"
DATA_VERSION = "dagster/data_version"
"""Dagster adds this tag by itself only to results that speak for the whole range of a run."""

Execute = Callable[[dg.AssetExecutionContext, Sources, Target], Iterator[dg.AssetMaterialization]]


def asset_specs(target: str) -> tuple[dg.AssetSpec, ...]:
    """The three assets, each skippable: a held source has DDL and no schema."""
    return (
        dg.AssetSpec(
            "source_models",
            description="`models.py`: the SQLAlchemy models of a source, under the names that it has in the target.",
            kinds={"postgres", "python"},
            group_name=target,
            skippable=True,
        ),
        dg.AssetSpec(
            "target_ddl",
            deps=["source_models"],
            description="The Alembic revision that brings the target in step with a source, and its DDL file. "
            "A change that could lose rows waits here until a person approves it.",
            kinds={"alembic", "sql"},
            group_name=target,
            skippable=True,
        ),
        dg.AssetSpec(
            "target_schema",
            deps=["target_ddl"],
            description="The schemas `dw__<database>__<schema>` of a source in the target: applied, and read again.",
            kinds={"postgres", "table"},
            group_name=target,
            skippable=True,
        ),
    )


def migration_assets(
    target: str, *, specs: Sequence[dg.AssetSpec] = (), sources_per_run: int = 50, execute: Execute | None = None
) -> dg.AssetsDefinition:
    """The assets of a target, one partition a source."""

    @dg.multi_asset(
        name="migrate",
        specs=list(specs or asset_specs(target)),
        partitions_def=partitions_of(target),
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=sources_per_run),
        pool=POOL,
    )
    def migrate(
        context: dg.AssetExecutionContext, sources: Sources, target: Target
    ) -> Iterator[dg.AssetMaterialization]:
        yield from (execute or migrate_sources)(context, sources, target)

    return migrate


def migrate_sources(
    context: dg.AssetExecutionContext, sources: Sources, target: Target
) -> Iterator[dg.AssetMaterialization]:
    """Materializations of each source as soon as it is done.

    Raises: Failure that names the sources that failed, when all are done; the others keep what they have.
    """
    wanted = {key.to_user_string() for key in context.selected_asset_keys}
    config, run_id, progress = sources.load(), context.run.run_id, WATCHER.get()

    def act(name: str) -> Outcome:
        try:
            source = sources.named(config, name)
        except DwMigrationError as error:
            return failed(name, error)
        return target.brought(config, source, wanted, run_id=run_id, progress=progress)

    failures = []
    for outcome in as_finished(act, context.partition_keys, sources.at_once):
        _log(context, outcome)
        if has_failed(outcome):
            failures.append(outcome)
        else:
            yield from materializations(outcome, wanted)
    if failures:
        raise _failure(failures, len(context.partition_keys))


def as_finished(act: Callable[[str], Outcome], names: Collection[str], at_once: int) -> Iterator[Outcome]:
    """Outcomes in the order in which they come; whoever stops listening stops what has not begun."""
    with ThreadPoolExecutor(at_once, thread_name_prefix="source") as pool:
        started = [pool.submit(act, name) for name in names]
        try:
            for done in as_completed(started):
                yield done.result()
        finally:
            for each in started:
                each.cancel()


def has_failed(outcome: Outcome) -> bool:
    """Whether it is an error; to be held for consent is none."""
    return outcome.status == "failed" or outcome.exit_code in (1, 2)


def is_held(outcome: Outcome) -> bool:
    """Whether it waits for a person's consent."""
    return outcome.status == "held" or outcome.exit_code == ConsentNeeded.exit_code


def materializations(outcome: Outcome, wanted: Collection[str]) -> Iterator[dg.AssetMaterialization]:
    """What a source's outcome makes of the wanted assets; the schema of a held one is not made."""
    tags = {DATA_VERSION: outcome.fingerprint} if outcome.fingerprint else {}
    told = {"source_models": metadata.of_models, "target_ddl": metadata.of_ddl, "target_schema": metadata.of_schema}
    for key, of in told.items():
        if key in wanted and not (key == "target_schema" and is_held(outcome)):
            yield dg.AssetMaterialization(key, partition=outcome.source, metadata=of(outcome), tags=tags)


def _log(context: dg.AssetExecutionContext, outcome: Outcome) -> None:
    said = f"{outcome.source}: {metadata.inert(outcome.error or outcome.message or outcome.status)}"
    if has_failed(outcome):
        context.log.error(said)
    elif is_held(outcome):
        context.log.warning(f"{said}; {metadata.inert(outcome.next_command)}".removesuffix("; "))
    else:
        context.log.info(said)


def _failure(failures: Iterable[Outcome], among: int) -> dg.Failure:
    """A run is not tried again: that would repeat its whole range."""
    named = sorted(failures, key=lambda each: each.source)
    return dg.Failure(
        f"{len(named)} of {among} sources failed: {', '.join(each.source for each in named)}",
        metadata=metadata.of_failures(named),
        allow_retries=False,
    )
