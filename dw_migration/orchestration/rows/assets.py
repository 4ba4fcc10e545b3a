"""The assets `target_data` and `data_analysis`, each made by an op of its own, with a partition a source."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import dagster as dg

from dw_migration.orchestration.assets import AT_THE_END, asset_spec
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.partitions import partitions_of
from dw_migration.orchestration.rows.analyzing import analyze_sources
from dw_migration.orchestration.rows.check import rows_match
from dw_migration.orchestration.rows.copying import COPY_ROWS, CopyConfig, copy_sources

POOL = "target_rows"


def asset_specs(names: Names) -> tuple[dg.AssetSpec, dg.AssetSpec]:
    """`target_data` and `data_analysis`."""
    return (
        asset_spec(
            names,
            "target_data",
            "The rows of a source in the target, copied and compared by hash. A run copies nothing unless its config "
            "says `live: true`: without, it is a dry run, which is told as an observation.",
            deps=("target_schema",),
            kinds={"postgres", "table"},
            made=True,
        ),
        asset_spec(
            names,
            "data_analysis",
            "What lies between the rows of a source and its schemas in the target: what is safe, what is transformed, "
            "and what a person has to decide before rows can be copied.",
            deps=("source_schema", "target_schema"),
            kinds={"postgres", "markdown"},
            made=True,
            code_version=version("dw-migration"),  # of `target_data` none: another one leaves rows as they are
        ),
    )


def rows_assets(names: Names, data: dg.AssetSpec, analysis: dg.AssetSpec) -> list[dg.AssetsDefinition]:
    """Both as they are shown, the first with its check."""
    return [_target_data(names, data), _data_analysis(names, analysis)]


def _target_data(names: Names, spec: dg.AssetSpec) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=names.of(COPY_ROWS),
        specs=[spec],
        check_specs=[rows_match(names)],
        partitions_def=partitions_of(names.warehouse),
        can_subset=True,
        # a copy takes hours where a schema takes seconds: whoever stops one, or starts it again, means one source
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=1),
        pool=names.of(POOL),
        config_schema=CopyConfig.to_fields_dict(),
        required_resource_keys=_resources(names, "target"),
    )
    def copy_rows_(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yield from copy_sources(context, names)

    return copy_rows_


def _data_analysis(names: Names, spec: dg.AssetSpec) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=names.of("analyze_rows"),
        specs=[spec],
        partitions_def=partitions_of(names.warehouse),
        # never that of the schemas, with which a backfill would put it into one run: there Dagster passes it over, as
        # it does with whatever comes after an asset that tells its partitions one by one
        backfill_policy=dg.BackfillPolicy.single_run(),
        required_resource_keys=_resources(names),
    )
    def analyze_rows_(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yield from analyze_sources(context, names)

    return analyze_rows_


def _resources(names: Names, *more: str) -> set[str]:
    return {names.of(each) for each in ("sources", "rows", AT_THE_END, *more)}
