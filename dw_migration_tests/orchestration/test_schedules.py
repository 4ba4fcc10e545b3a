"""The daily sweep."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dw_migration.config import config_of
from dw_migration.errors import BadConfig
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.partitions import names_of_run
from dw_migration.orchestration.resources import Settings
from dw_migration.orchestration.schedules import schedules
from dw_migration_tests.orchestration.conftest import MakesProject, Ran
from dw_migration_tests.orchestration.ticks import Project

TARGET = "target: {url: postgresql://dw@h/w}\nsources: {a: {url: postgresql://r@h/s}}\n"


@pytest.fixture
def warehouse(tmp_path: Path, kept: dg.DagsterInstance) -> Project:
    """Of sources that no test here connects to."""
    config = tmp_path / "dw_migration.yaml"
    config.write_text(TARGET)
    return Project(config, kept)


def _crons(settings: Settings) -> list[object]:
    return [each.cron_schedule for each in schedules(Names(), settings)]


def test_the_config_says_when(tmp_path: Path) -> None:
    config = tmp_path / "dw.yaml"
    config.write_text(TARGET + 'schedule: "30 2 * * 1-5"\n')
    assert _crons(Settings(config)) == ["30 2 * * 1-5"]
    attributes = {"target": {"url": "postgresql://dw@h/w"}, "schedule": "@hourly"}
    assert _crons(Settings(attributes=attributes, folder=tmp_path)) == ["@hourly"]


def test_null_means_no_schedule_at_all(tmp_path: Path) -> None:
    config = tmp_path / "dw.yaml"
    config.write_text(TARGET + "schedule: null\n")
    assert _crons(Settings(config)) == []


def test_without_a_config_file_it_is_the_default(tmp_path: Path) -> None:
    default = config_of({"target": {"url": "postgresql://dw@h/w"}}, tmp_path).schedule
    assert _crons(Settings(tmp_path / "not_there.yaml")) == [default] == ["0 5 * * *"]


def test_a_faulty_config_file_is_told_when_definitions_load(tmp_path: Path) -> None:
    config = tmp_path / "dw.yaml"
    config.write_text(TARGET + "shedule: null\n")
    with pytest.raises(BadConfig, match=r'dw\.yaml:3: .*did you mean "schedule"'):
        schedules(Names(), Settings(config))


def test_it_runs_without_being_switched_on_and_says_whose_time_it_is(warehouse: Project) -> None:
    schedule = warehouse.repository.get_schedule_def("daily_sync")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert schedule.execution_timezone == "UTC"
    assert "UTC" in str(schedule.description)


def test_every_source_with_a_partition_is_swept_in_ranges(warehouse: Project) -> None:
    source = {"url": "postgresql://r@h/s"}
    warehouse.change(sources=dict.fromkeys(("a", "b", "c", "new"), source))
    warehouse.add("a", "b", "retired", "c")
    swept = warehouse.sweep()
    assert _swept(warehouse, swept) == [("a", "b"), ("c",)]
    assert {request.tags["dw_migration/trigger"] for request in swept.run_requests} == {"daily_sync"}
    assert {request.tags["dw_migration/target"] for request in swept.run_requests} == {"warehouse"}
    assert {request.asset_selection for request in _sweeping(swept)} == {None}


def _sweeping(tick: Any) -> list[dg.RunRequest]:
    """The runs that make something."""
    return [request for request in tick.run_requests if not request.asset_check_keys]


def _swept(warehouse: Project, tick: Any) -> list[tuple[str, ...]]:
    known = warehouse.instance.get_dynamic_partitions("warehouse_sources")
    return [names_of_run(known, request.tags) for request in _sweeping(tick)]


@pytest.mark.parametrize(("per_run", "sizes"), [(50, [50, 50, 20]), (100, [100, 20])])
def test_no_run_takes_more_than_the_component_says(warehouse: Project, per_run: int, sizes: list[int]) -> None:
    warehouse.sources_per_run = per_run
    names = [f"s{number:03}" for number in range(120)]
    warehouse.change(sources={name: {"url": "postgresql://r@h/s"} for name in names})
    warehouse.add()
    taken = _swept(warehouse, warehouse.sweep())
    assert list(map(len, taken)) == sizes
    assert [name for names in taken for name in names] == names


@pytest.mark.parametrize("policy", ["sync", "plan", "report"])
def test_under_every_policy_it_asks_whether_anybody_looked(warehouse: Project, policy: str) -> None:
    """By one run for all that lie together, which makes nothing."""
    warehouse.change(sources={name: {"url": "postgresql://r@h/s"} for name in "abc"}, policy={"on_drift": policy})
    warehouse.add("a", "b", "retired", "c")
    checks = [each for each in warehouse.sweep().run_requests if each.asset_check_keys]
    known = warehouse.instance.get_dynamic_partitions("warehouse_sources")
    assert [names_of_run(known, each.tags) for each in checks] == [("a", "b"), ("c",)]
    assert {(key.name, key.asset_key.to_user_string()) for each in checks for key in each.asset_check_keys or ()} == {
        ("checked_recently", "source_schema")
    }
    assert {tuple(each.asset_selection or ()) for each in checks} == {()}


def test_one_moment_has_one_run_a_range_and_the_next_day_another(warehouse: Project) -> None:
    warehouse.change(sources={name: {"url": "postgresql://r@h/s"} for name in ("a", "b")})
    warehouse.add("a", "retired", "b")

    def keys(day: int) -> set[str]:
        return {request.run_key for request in warehouse.sweep(datetime(2026, 5, day, 5, tzinfo=UTC)).run_requests}

    assert len(keys(1)) == 4
    assert keys(1) == keys(1)
    assert keys(1).isdisjoint(keys(2))


def test_where_only_plans_are_allowed_it_plans(warehouse: Project) -> None:
    warehouse.add()
    warehouse.change(policy={"on_drift": "plan"})
    (request,) = _sweeping(warehouse.sweep())
    assert {key.to_user_string() for key in request.asset_selection} == {"source_models", "target_ddl"}


def test_where_only_reports_are_allowed_it_makes_nothing(warehouse: Project) -> None:
    warehouse.add()
    warehouse.change(policy={"on_drift": "report"})
    assert _sweeping(warehouse.sweep()) == []


def test_whether_anybody_looked_is_evaluated(project: MakesProject, kept: dg.DagsterInstance) -> None:
    shop = Project(project({"seen": "", "unseen": ""}), kept)
    shop.add("seen")
    shop.tick("source_drift")
    shop.add()
    shop.change(policy={"on_drift": "report"})
    (request,) = shop.sweep().run_requests
    ran = Ran(shop.run(request))
    assert ran.success
    assert {source: each.passed for (source, _), each in ran.checked.items()} == {"seen": True, "unseen": False}
    assert not ran.made


def test_without_partitions_it_says_who_adds_them(warehouse: Project) -> None:
    warehouse.add("retired")
    swept = warehouse.sweep()
    assert swept.run_requests == []
    assert "new_sources adds them" in swept.skip_message
