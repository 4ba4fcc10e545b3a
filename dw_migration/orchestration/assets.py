"""The assets: one op takes a source from end to end, with its checks; what sensors and people tell is external."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cache, partial
from importlib.metadata import version
from typing import Any, TypeVar
from zlib import crc32

import dagster as dg

from dw_migration.kinds import KINDS
from dw_migration.migrate import Outcome, Stop
from dw_migration.orchestration import metadata
from dw_migration.orchestration.checks import check_specs, evaluations, is_held, outputs, waits
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.options import Options
from dw_migration.orchestration.partitions import partitions_of
from dw_migration.orchestration.provenance import Last, Provenance, last_materialization
from dw_migration.orchestration.requests import TARGET
from dw_migration.orchestration.resources import Sources, Target
from dw_migration.orchestration.work import Asked, Done, Work, as_finished

POOL = "target_ddl"
AT_THE_END = "at_the_end"
"""The resource that outlives an op which is interrupted."""
Event = dg.AssetMaterialization | dg.AssetCheckEvaluation | dg.Output[None]
T = TypeVar("T")
Execute = Callable[[dg.AssetExecutionContext, Sources, Target], Iterator[Any]]


# --- what there is ----------------------------------------------------------------------------------------------------


def asset_specs(names: Names) -> tuple[dg.AssetSpec, ...]:
    """The five assets; what a run makes is skippable, since a source may fail among others that do not."""
    return (
        asset_spec(
            names,
            "source_schema",
            "The schemas of a source database, which its applications change whenever they like. "
            "A materialization says that the sensor saw a change.",
            kinds={"postgres"},
        ),
        asset_spec(
            names,
            "source_models",
            "`models.py`: the SQLAlchemy models of a source, under the names that it has in the target.",
            deps=("source_schema",),
            kinds={"postgres", "python"},
            made=True,
            code_version=code_version(),
        ),
        asset_spec(
            names,
            "target_ddl",
            "The Alembic revision that brings the target in step with a source, and its DDL file. "
            "A change that could lose rows waits here until a person approves it.",
            deps=("source_models",),
            kinds={"alembic", "sql"},
            made=True,
            code_version=code_version(),
        ),
        asset_spec(
            names,
            "approval",
            "A person's consent to one revision, bound to the sha256 of its DDL: the job `approve` gives it.",
            deps=("target_ddl",),
            kinds={"person"},
        ),
        asset_spec(
            names,
            "target_schema",
            "The schemas `dw__<database>__<schema>` of a source in the target: applied, and read again.",
            deps=("target_ddl", "approval"),
            kinds={"postgres", "table"},
            made=True,
            code_version=code_version(),
        ),
    )


def asset_spec(
    names: Names,
    asset: str,
    description: str,
    *,
    kinds: set[str],
    deps: Sequence[str] = (),
    made: bool = False,
    code_version: str | None = None,
) -> dg.AssetSpec:
    """An asset of the warehouse, partitioned by source; `made`: by runs, which may pass a source over."""
    return dg.AssetSpec(
        names.key(asset),
        description=description,
        deps=[names.key(each) for each in deps],
        kinds=kinds,
        group_name=names.warehouse,
        tags={TARGET: names.warehouse},
        partitions_def=partitions_of(names.warehouse),
        code_version=code_version,
        skippable=made,
    )


def code_version() -> str:
    """What decides which DDL is made: this software's version, and the kinds of objects that it knows."""
    kinds = " ".join(each.kind for each in KINDS)
    return f"{version('dw-migration')}-{crc32(kinds.encode()):08x}"


@dg.resource(description="Ends what is under way when the run ends, however it does.")
def at_the_end(_context: dg.InitResourceContext) -> Iterator[ExitStack]:
    """Takes callbacks: where Dagster is interrupted between two events, it drops the op and does not close it."""
    with ExitStack() as stack:
        yield stack


def migration_assets(
    names: Names, *, specs: Sequence[dg.AssetSpec] = (), sources_per_run: int = 50, execute: Execute | None = None
) -> dg.AssetsDefinition:
    """The assets that runs make, one partition a source, and their checks."""
    chosen = list(specs) or [spec for spec in asset_specs(names) if spec.skippable]
    sources, target = names.of("sources"), names.of("target")

    @dg.multi_asset(
        name=names.of("migrate"),
        specs=chosen,
        check_specs=check_specs(names),
        partitions_def=partitions_of(names.warehouse),
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=sources_per_run),
        pool=names.of(POOL),
        config_schema=Options.to_fields_dict(),
        required_resource_keys={sources, target, names.of(AT_THE_END)},
    )
    def migrate_(context: dg.AssetExecutionContext) -> Iterator[Any]:
        act, resources = execute or migrate_sources, context.resources
        yield from act(context, getattr(resources, sources), getattr(resources, target))

    return migrate_


# --- what a run does --------------------------------------------------------------------------------------------------


def migrate_sources(context: dg.AssetExecutionContext, sources: Sources, target: Target) -> Iterator[Event]:
    """Materializations and check evaluations of each source as soon as it is done.

    Raises: Failure that names the sources that failed, when all are done; the others keep what they have.
    """
    names, asked = sources_of(context), Asked.of(context, target.names)
    made_from = Provenance.of(context, target.names, asked.assets.values())
    done: list[Done] = []
    work = Work(sources.load(), sources, target, asked)
    for each in finished(context, target.names, work.done, names, at_once=sources.at_once, stop=work.stop):
        _log(context, each)
        last = cache(partial(last_materialization, context.instance, each.outcome.source))
        yield from materializations(each, asked.assets, made_from, last)
        yield from evaluations(each.verdicts, asked.checks, each.outcome.source, last)
        done.append(each)
    yield from outputs(asked.checks)
    context.instance.add_run_tags(asked.run_id, run_tags(done))
    failures = [each.outcome for each in done if each.has_failed]
    if failures:
        raise failure(failures, len(names))


def sources_of(context: dg.AssetExecutionContext) -> Sequence[str]:
    """The names of the sources that the run is for. Raises: Failure, if it was started for none."""
    if not (context.has_partition_key or context.has_partition_key_range):
        raise dg.Failure("no source is chosen: start it for a partition, or for a range of them", allow_retries=False)
    keys: Sequence[str] = context.partition_keys
    return keys


def finished(
    context: dg.AssetExecutionContext,
    names: Names,
    act: Callable[[str], T],
    sources: Sequence[str],
    *,
    at_once: int,
    stop: Stop,
) -> Iterator[T]:
    """What the act gave for each source, as they come; what is under way ends with the run, however that ends."""
    ends: ExitStack = getattr(context.resources, names.of(AT_THE_END))
    ends.callback(stop.ask)  # a signal that comes while a thread starts leaves it to itself
    results = as_finished(act, sources, at_once, stop)
    ends.callback(results.close)
    return results


def materializations(
    done: Done, assets: Mapping[str, dg.AssetKey], made_from: Provenance, last: Last
) -> Iterator[dg.AssetMaterialization]:
    """What a source's outcomes make of the wanted assets, in the order of the flow; nothing of one that failed."""
    told = {"source_models": metadata.of_models, "target_ddl": metadata.of_ddl, "target_schema": metadata.of_schema}
    for asset, outcome in done.brought.items():
        is_behind = asset == "target_schema" and (waits(outcome) or outcome.status == "pending")
        stands, says = outcome, told[asset]
        if asset == "target_schema" and waits(outcome):
            if done.standing is None:
                continue
            stands, says = done.standing, partial(metadata.of_waiting_schema, outcome)
        tags = made_from.tags(assets[asset], outcome.source, stands.fingerprint, last, is_behind=is_behind)
        yield dg.AssetMaterialization(assets[asset], partition=outcome.source, metadata=says(stands), tags=tags)


def run_tags(done: Sequence[Done]) -> dict[str, str]:
    """What a list of runs can be searched for: numbers, and of a single source its name and revision."""
    outcomes = [each.outcome for each in done]
    tags = {
        "sources": str(len(done)),
        "severity": str(max(each.severity for each in outcomes)),
        "held": str(sum(map(is_held, outcomes))),
        "failed": str(sum(each.has_failed for each in done)),
        "unchecked": str(sum(bool(each.unchecked) for each in done)),
    }
    if len(outcomes) == 1:
        tags |= {"source": outcomes[0].source, "revision": outcomes[0].revision or ""}
    return {f"dw_migration/{name}": text for name, text in tags.items() if text}


def _log(context: dg.AssetExecutionContext, done: Done) -> None:
    """A line for what somebody should read; of a source in which nothing was done the other events tell enough."""
    outcome = done.outcome
    said = f"{outcome.source}: {metadata.inert(outcome.error or outcome.message or outcome.status)}"
    if done.has_failed:
        context.log.error(said)
    elif waits(outcome):
        context.log.warning(f"{said}; {metadata.inert(outcome.next_command)}")
    elif outcome.applied:
        context.log.info(f"{said}: applied {', '.join(outcome.applied)}")
    if done.unchecked not in ("", outcome.error):
        context.log.warning(f"{outcome.source}: not everything was checked: {metadata.inert(done.unchecked)}")


def failure(failures: Sequence[Outcome], among: int) -> dg.Failure:
    """A run is not tried again: that would repeat its whole range."""
    named = sorted(failures, key=lambda each: each.source)
    return dg.Failure(
        f"{len(named)} of {among} sources failed: {', '.join(each.source for each in named)}",
        metadata=metadata.of_failures(named),
        allow_retries=False,
    )
