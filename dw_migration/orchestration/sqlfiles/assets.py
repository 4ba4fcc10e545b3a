"""The asset `sql_migrations` with its check, a partition a module, and the job that makes it."""

import warnings
from collections.abc import Iterator
from typing import Any

import dagster as dg

from dw_migration.orchestration.assets import POOL
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.requests import TARGET, Job
from dw_migration.orchestration.sqlfiles.running import ASSET, CHECK, FilesConfig, run_modules

RUN_SQL_FILES, OP = "run_sql_files", "run_files"


def modules_of(warehouse: str) -> dg.DynamicPartitionsDefinition:
    """The modules of a warehouse: `warehouse_sql_modules`."""
    return dg.DynamicPartitionsDefinition(name=f"{warehouse}_sql_modules")


def files_spec(names: Names) -> dg.AssetSpec:
    """`sql_migrations`; any source's schema may be named in a file, and no mapping of Dagster's tells which."""
    return dg.AssetSpec(
        names.key(ASSET),
        description="The hand-written SQL files of a module, run once and in order, each with its history. "
        "A materialization says which files have run; of a source's schema they may make views.",
        deps=[dg.AssetDep(names.key("target_schema"), partition_mapping=dg.AllPartitionMapping())],
        kinds={"postgres", "sql"},
        group_name=names.warehouse,
        tags={TARGET: names.warehouse},
        partitions_def=modules_of(names.warehouse),
        skippable=True,
    )


def files_asset(names: Names, spec: dg.AssetSpec) -> dg.AssetsDefinition:
    """The asset as it is shown, with its check."""

    @dg.multi_asset(
        name=names.of(OP),
        specs=[spec],
        check_specs=[_check(names)],
        partitions_def=modules_of(names.warehouse),
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=names.of(POOL),
        config_schema=FilesConfig.to_fields_dict(),
        required_resource_keys={names.of("sources"), names.of("target")},
    )
    def run_files_(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yield from run_modules(context, names)

    return run_files_


def run_sql_files(names: Names) -> Job:
    """The job."""
    return dg.define_asset_job(
        names.of(RUN_SQL_FILES),
        selection=[names.key(ASSET)],
        description="Runs the pending SQL files of the chosen modules, in order. Statements that can lose rows wait "
        "for a run whose config says `allow_breaking: true`.",
        executor_def=dg.in_process_executor,
    )


def _check(names: Names) -> dg.AssetCheckSpec:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Specifying a partitions_def on an AssetCheckSpec", dg.PreviewWarning)
        return dg.AssetCheckSpec(
            CHECK,
            asset=names.key(ASSET),
            description="What ran is what the files say: none was changed or taken away since, and nobody wrote into "
            "their history.",
            partitions_def=modules_of(names.warehouse),
        )
