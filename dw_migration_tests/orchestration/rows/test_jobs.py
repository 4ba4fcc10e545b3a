"""The job `copy_data` and the schedule `nightly_copy`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from dw_migration.orchestration.names import Names
from dw_migration.orchestration.partitions import range_tags
from dw_migration.orchestration.rows.copying import CopyConfig
from dw_migration.orchestration.rows.jobs import copy_data, nightly_copy
from dw_migration_tests.orchestration.ticks import Project

KEY = dg.AssetKey("target_data")


@pytest.fixture
def project(tmp_path: Path, kept: dg.DagsterInstance) -> Project:
    """Of sources that no test here connects to, in the order a, b, c; all of them have a partition."""
    sources = {name: {"url": "postgresql://r@nowhere.invalid/s"} for name in "abc"}
    config = tmp_path / "dw_migration.yaml"
    config.write_text(yaml.safe_dump({"target": {"url": "postgresql://w@nowhere.invalid/dw"}, "sources": sources}))
    made = Project(config, kept)
    made.add()
    return made


def _copied(project: Project, source: str, **said: Any) -> None:
    """What a live run leaves behind."""
    told = {"config": dg.MetadataValue.json(CopyConfig(**said).said())}
    project.instance.report_runless_asset_event(dg.AssetMaterialization(KEY, partition=source, metadata=told))


def _night(project: Project, after: int = 0) -> Any:
    """The tick of this day, or so many days later."""
    return project.sweep(datetime.now(UTC) + timedelta(days=after), "nightly_copy")


def _asked(tick: Any) -> dict[str, Any]:
    """What each source's run is told."""
    return {each.partition_key: each.run_config["ops"]["copy_rows"]["config"] for each in tick.run_requests}


def test_the_job_is_the_data_with_its_check_in_one_process(project: Project) -> None:
    job = project.repository.get_job("copy_data")
    assert job.asset_layer.selected_asset_keys == {KEY}
    assert {key.name for key in job.asset_layer.asset_graph.asset_check_keys} >= {"rows_match"}
    assert job.executor_def is dg.in_process_executor
    assert "live: true" in str(copy_data(Names()).description)
    assert copy_data(Names("lake")).name == "lake_copy_data"


def test_a_copy_does_not_count_among_the_runs_that_change_schemas() -> None:
    """dagster.yaml lets two of those through at the same time, and a copy takes hours."""
    assert "dw_migration/target" not in (copy_data(Names()).tags or {})


def test_the_schedule_is_off_until_somebody_switches_it_on() -> None:
    schedule = nightly_copy(Names())
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert schedule.execution_timezone == "UTC"
    assert "UTC" in str(schedule.description)
    lake = nightly_copy(Names("lake"))
    assert (lake.name, lake.job_name) == ("lake_nightly_copy", "lake_copy_data")


def test_it_catches_up_on_what_somebody_has_copied_and_begins_nothing(project: Project) -> None:
    _copied(project, "a", live=True)
    _copied(project, "c", live=True)
    night = _night(project)
    assert _asked(night) == {source: {"live": True, "catch_up": True} for source in "ac"}
    assert {each.tags["dw_migration/trigger"] for each in night.run_requests} == {"nightly_copy"}
    assert [each.tags["dw_migration/source"] for each in night.run_requests] == ["a", "c"]


def test_it_takes_the_tables_of_the_last_copy_and_empties_none(project: Project) -> None:
    _copied(project, "a", live=True)
    _copied(project, "a", live=True, mode="truncate", tables=["o*"], exclude=["old"], workers=8)
    assert _asked(_night(project)) == {
        "a": {"live": True, "catch_up": True, "tables": ["o*"], "exclude": ["old"], "workers": 8}
    }


def test_what_it_asks_for_is_what_the_op_takes(project: Project) -> None:
    _copied(project, "a", live=True, tables=["orders"])
    (request,) = _night(project).run_requests
    assert dg.validate_run_config(project.repository.get_job("copy_data"), request.run_config)


def test_rows_that_somebody_only_told_of_are_not_its_business(project: Project) -> None:
    project.instance.report_runless_asset_event(dg.AssetMaterialization(KEY, partition="a"))
    assert _night(project).run_requests == []


def test_a_copy_that_is_under_way_is_not_asked_for_again(project: Project) -> None:
    for source in "abc":
        _copied(project, source, live=True)
    project.start("copy_data", range_tags("a", "b"))
    assert set(_asked(_night(project))) == {"c"}


def test_a_run_that_was_killed_keeps_nobody_away_for_ever(project: Project) -> None:
    _copied(project, "a", live=True)
    project.start("copy_data", {"dagster/partition": "a"})
    assert _asked(_night(project)) == {}
    assert set(_asked(_night(project, after=2))) == {"a"}


def test_a_night_has_one_run_a_source_and_the_next_night_another(project: Project) -> None:
    _copied(project, "a", live=True)

    at = datetime(2026, 5, 1, 1, tzinfo=UTC)

    def keys(night: datetime) -> set[str]:
        return {each.run_key for each in project.sweep(night, "nightly_copy").run_requests}

    assert len(keys(at)) == 1
    assert keys(at) == keys(at)
    assert keys(at).isdisjoint(keys(at + timedelta(days=1)))


def test_where_nothing_was_copied_it_says_who_begins(project: Project) -> None:
    night = _night(project)
    assert night.run_requests == []
    assert "job copy_data with `live: true`" in night.skip_message


def test_a_source_that_is_no_more_is_passed_over(project: Project) -> None:
    project.add("retired")
    _copied(project, "retired", live=True)
    assert _night(project).run_requests == []
