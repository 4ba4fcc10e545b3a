"""Runs in this very process, as the demo and scripts start them."""

from pathlib import Path

import dagster as dg

from dw_migration.orchestration.runs import add_partitions, instance_in, materialize_all
from dw_migration_tests.orchestration.conftest import MakesProject, url_of, with_source

ORDERS = 'CREATE TABLE public."Orders" ("Id" integer PRIMARY KEY)'
ALL = {"source_models", "target_ddl", "target_schema"}


def test_all_sources_are_one_run(project: MakesProject, instance: dg.DagsterInstance) -> None:
    told: list[tuple[str, str]] = []
    config = project({"a": ORDERS, "b": ORDERS})
    (run,) = materialize_all(config, instance=instance, progress=lambda *each: told.append(each))
    assert run.success
    assert {(each.source, each.asset) for each in run.materialized} == {(key, asset) for key in "ab" for asset in ALL}
    assert {each.told["verified"] for each in run.materialized if each.asset == "target_schema"} == {True}
    assert ("a", "read") in told
    assert {("a", "done"), ("b", "done")} <= set(told)


def test_what_stopped_a_source_is_told_under_its_name(project: MakesProject, instance: dg.DagsterInstance) -> None:
    config = project({"a": ORDERS})
    with_source(config, "broken", url=url_of(config, "a").replace("@/", "@/no_such_"))
    (run,) = materialize_all(config, ["broken"], instance=instance)
    assert not run.success
    assert set(run.errors) == {"broken"}


def test_a_pattern_that_cannot_be_asked_is_told_and_is_no_partition(
    project: MakesProject, instance: dg.DagsterInstance
) -> None:
    config = project({"a": ORDERS})
    with_source(config, "tenants", server="postgresql://u@127.0.0.1:9", databases="*")
    assert add_partitions(config, instance=instance) == ("a",)
    run, untold = materialize_all(config, instance=instance)
    assert run.success
    assert (untold.success, untold.materialized, set(untold.errors)) == (False, (), {"tenants"})
    assert "Connection refused".lower() in str(untold.errors["tenants"]).lower()
    assert list(instance.get_dynamic_partitions("warehouse_sources")) == ["a"]


def test_sources_apart_from_one_another_are_runs_of_their_own(
    project: MakesProject, instance: dg.DagsterInstance
) -> None:
    config = project({"a": "", "b": "", "c": ""})
    assert add_partitions(config, instance=instance) == ("a", "b", "c")
    runs = materialize_all(config, ["a", "c"], instance=instance)
    assert [{each.source for each in run.materialized} for run in runs] == [{"a"}, {"c"}]


def test_an_instance_is_found_by_its_folder(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with instance_in(tmp_path) as instance:
        instance.add_dynamic_partitions("warehouse_sources", ["a"])
    with instance_in(tmp_path) as again:
        assert list(again.get_dynamic_partitions("warehouse_sources")) == ["a"]
