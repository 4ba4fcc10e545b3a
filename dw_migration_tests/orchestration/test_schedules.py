"""The daily sweep."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from dw_migration.config import config_of
from dw_migration.errors import BadConfig
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.resources import Settings
from dw_migration.orchestration.schedules import schedules
from dw_migration_tests.orchestration.ticks import Project

TARGET = "target: {url: postgresql://dw@h/w}\nsources: {a: {url: postgresql://r@h/s}}\n"


@pytest.fixture
def project(tmp_path: Path, kept: dg.DagsterInstance) -> Project:
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


def test_it_runs_without_being_switched_on_and_says_whose_time_it_is(project: Project) -> None:
    schedule = project.repository.get_schedule_def("daily_sync")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert schedule.execution_timezone == "UTC"
    assert "UTC" in str(schedule.description)


def test_every_source_with_a_partition_is_swept_in_ranges(project: Project) -> None:
    source = {"url": "postgresql://r@h/s"}
    project.change(sources=dict.fromkeys(("a", "b", "c", "new"), source))
    project.add("a", "b", "retired", "c")
    swept = project.sweep()
    assert project.asked_for(swept) == [("a", "b"), ("c",)]
    assert {request.tags["dw_migration/trigger"] for request in swept.run_requests} == {"daily_sync"}
    assert {request.tags["dw_migration/target"] for request in swept.run_requests} == {"warehouse"}
    assert {request.asset_selection for request in swept.run_requests} == {None}


def test_no_run_takes_more_than_fifty(project: Project) -> None:
    names = [f"s{number:03}" for number in range(120)]
    project.change(sources={name: {"url": "postgresql://r@h/s"} for name in names})
    project.add()
    taken = project.asked_for(project.sweep())
    assert list(map(len, taken)) == [50, 50, 20]
    assert [name for names in taken for name in names] == names


def test_one_moment_has_one_run_a_range_and_the_next_day_another(project: Project) -> None:
    project.change(sources={name: {"url": "postgresql://r@h/s"} for name in ("a", "b")})
    project.add("a", "retired", "b")

    def keys(day: int) -> set[str]:
        return {request.run_key for request in project.sweep(datetime(2026, 5, day, 5, tzinfo=UTC)).run_requests}

    assert len(keys(1)) == 2
    assert keys(1) == keys(1)
    assert keys(1).isdisjoint(keys(2))


def test_where_only_plans_are_allowed_it_plans(project: Project) -> None:
    project.add()
    project.change(policy={"on_drift": "plan"})
    (request,) = project.sweep().run_requests
    assert {key.to_user_string() for key in request.asset_selection} == {"source_models", "target_ddl"}


def test_where_only_reports_are_allowed_it_says_so_and_starts_nothing(project: Project) -> None:
    project.add()
    project.change(policy={"on_drift": "report"})
    swept = project.sweep()
    assert swept.run_requests == []
    assert "policy.on_drift is report" in swept.skip_message


def test_without_partitions_it_says_who_adds_them(project: Project) -> None:
    project.add("retired")
    swept = project.sweep()
    assert swept.run_requests == []
    assert "new_sources adds them" in swept.skip_message
