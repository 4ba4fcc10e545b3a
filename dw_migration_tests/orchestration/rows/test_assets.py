"""What there is of rows in Dagster."""

import dagster as dg

from dw_migration.orchestration import SourceDatabases
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.rows.assets import asset_specs


def _definitions(name: str = "warehouse") -> dict[str, dg.AssetsDefinition]:
    """By op."""
    return {each.node_def.name: each for each in SourceDatabases(name=name).rows()}


def test_every_asset_says_what_it_is() -> None:
    for spec in asset_specs(Names()):
        assert spec.description
        assert spec.kinds
        assert spec.skippable
        assert spec.group_name == "warehouse"
        assert spec.tags["dw_migration/target"] == "warehouse"
        assert spec.partitions_def == dg.DynamicPartitionsDefinition(name="warehouse_sources")


def test_each_has_an_op_of_its_own_and_copies_have_a_pool_that_schemas_do_not_wait_for() -> None:
    definitions = _definitions()
    assert {op: set(each.keys) for op, each in definitions.items()} == {
        "copy_rows": {dg.AssetKey("target_data")},
        "analyze_rows": {dg.AssetKey("data_analysis")},
    }
    assert {op: each.op.pool for op, each in definitions.items()} == {"copy_rows": "target_rows", "analyze_rows": None}
    assert set(_definitions("lake")) == {"lake_copy_rows", "lake_analyze_rows"}
    assert _definitions("lake")["lake_copy_rows"].op.pool == "lake_target_rows"


def test_a_backfill_has_a_run_a_source() -> None:
    policy = _definitions()["copy_rows"].backfill_policy
    assert policy == dg.BackfillPolicy.multi_run(max_partitions_per_run=1)


def test_owners_are_theirs_too() -> None:
    specs = [spec for each in SourceDatabases(owners=["team:data"]).rows() for spec in each.specs]
    assert {tuple(spec.owners) for spec in specs} == {("team:data",)}
