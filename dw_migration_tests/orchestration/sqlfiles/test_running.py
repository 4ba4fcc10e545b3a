"""SQL files in Dagster: a partition a module, run by a job or by the sensor that sees new ones."""

from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from dw_migration.orchestration.metadata import plain
from dw_migration.orchestration.partitions import range_tags
from dw_migration_tests.orchestration.conftest import MakesProject, target_of
from dw_migration_tests.orchestration.ticks import QUIET, Project

USERS = "CREATE TABLE {{tables.users}} (id integer PRIMARY KEY);\n-- migrate:down\nDROP TABLE {{tables.users}};\n"
MODULES = "warehouse_sql_modules"


@pytest.fixture
def place(project: MakesProject, instance: dg.DagsterInstance) -> Project:
    """A warehouse with the modules auth and reports, and no file yet."""
    made = Project(project({}), instance)
    modules = {"auth": {"schema": "auth"}, "reports": {"schema": "reports", "after": ["auth"]}}
    made.change(sql={"path": "migrations", "modules": modules})
    return made


def put(place: Project, module: str, name: str, text: str) -> Path:
    """A file."""
    path = place.config.parent / "migrations" / module / f"{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def run(place: Project, *modules: str, config: dict[str, Any] | None = None) -> dg.ExecuteInProcessResult:
    """A run of the job for these modules."""
    place.instance.add_dynamic_partitions(MODULES, list(modules))
    job = place.definitions.resolve_job_def("run_sql_files")
    asked = {"ops": {"run_files": {"config": config}}} if config else {}
    return job.execute_in_process(
        instance=place.instance,
        tags=range_tags(modules[0], modules[-1]),
        run_config={**QUIET, **asked},
        raise_on_error=False,
    )


def made(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    """What was told of each module."""
    events = result.get_asset_materialization_events()
    found = [event.step_materialization_data.materialization for event in events]
    return {str(each.partition): plain(each.metadata) for each in found}


def passed(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    """By module, whether its files are unchanged."""
    return {str(each.partition): each.passed for each in result.get_asset_check_evaluations()}


def tables(place: Project) -> list[str]:
    """Of both modules."""
    query = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('auth', 'reports') ORDER BY 1"
    with psycopg.connect(target_of(place.config)) as connection:
        return [name for (name,) in connection.execute(query.encode())]


def test_the_files_of_modules_run_in_their_order(place: Project) -> None:
    put(place, "auth", "1_users", USERS)
    put(place, "reports", "1_r", "-- requires: auth/1\nCREATE TABLE {{tables.r}} AS SELECT * FROM auth.users;")
    result = run(place, "reports", "auth")
    assert result.success
    assert {module: (told["files"], told["version"]) for module, told in made(result).items()} == {
        "auth": (1, "1"),
        "reports": (1, "1"),
    }
    assert passed(result) == {"auth": True, "reports": True}
    assert tables(place) == ["auth.users", "reports.r"]
    assert made(run(place, "auth"))["auth"]["files"] == 0


def test_a_module_that_fails_does_not_stop_the_others(place: Project) -> None:
    put(place, "auth", "1_users", "SELECT 1/0;")
    put(place, "reports", "1_r", "CREATE TABLE {{tables.r}} ();")
    result = run(place, "auth", "reports")
    assert not result.success
    assert made(result).keys() == {"reports"}
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert "1 of 2 modules failed, or wait for a person: auth" in str(failed.step_failure_data.error)
    told = plain(failed.step_failure_data.user_failure_data.metadata)
    assert told["auth"].startswith("auth/1_users.sql:1: statement 1 of 1: SELECT 1/0")


def test_what_can_lose_rows_waits_for_a_run_that_says_so(place: Project) -> None:
    put(place, "auth", "1_users", USERS)
    put(place, "auth", "2_drop", "DROP TABLE {{tables.users}};")
    assert not run(place, "auth").success
    assert tables(place) == []
    assert run(place, "auth", config={"to": "1"}).success
    assert run(place, "auth", config={"allow_breaking": True}).success
    assert tables(place) == []


def test_a_changed_file_fails_the_check(place: Project) -> None:
    path = put(place, "auth", "1_users", USERS)
    run(place, "auth")
    path.write_text(f"{USERS}\n")
    job = dg.define_asset_job("checks", selection=dg.AssetSelection.checks_for_assets("sql_migrations"))
    result = (
        dg.Definitions.merge(place.definitions, dg.Definitions(jobs=[job], executor=dg.in_process_executor))
        .resolve_job_def("checks")
        .execute_in_process(
            instance=place.instance, tags=range_tags("auth", "auth"), run_config=QUIET, raise_on_error=False
        )
    )
    assert (passed(result), made(result)) == ({"auth": False}, {})
    (evaluation,) = result.get_asset_check_evaluations()
    (difference,) = plain(evaluation.metadata)["differences"]
    assert "1_users.sql is changed: applied" in str(difference)
    assert not run(place, "auth").success


def test_the_sensor_sees_modules_and_new_files(place: Project) -> None:
    assert place.tick("new_sql_files").skip_message == "2 modules; pending: none"
    put(place, "auth", "1_users", USERS)
    tick = place.tick("new_sql_files")
    assert [each.partition_keys for each in tick.dynamic_partitions_requests] == [["auth", "reports"]]
    assert tick.run_requests == []
    place.instance.add_dynamic_partitions(MODULES, ["auth", "reports"])
    tick = place.tick("new_sql_files")
    assert [each.partition_key for each in tick.run_requests] == ["auth"]
    key = tick.run_requests[0].run_key
    assert place.tick("new_sql_files").run_requests[0].run_key == key  # which Dagster takes once
    put(place, "auth", "1_users", f"{USERS}-- another text\n")
    assert place.tick("new_sql_files").run_requests[0].run_key != key
    run(place, "auth")
    assert place.tick("new_sql_files").skip_message == "2 modules; pending: none"


def test_the_sensor_starts_nothing_where_the_policy_only_reports(place: Project) -> None:
    put(place, "auth", "1_users", USERS)
    place.change(policy={"on_drift": "report"})
    tick = place.tick("new_sql_files")
    assert (tick.run_requests, tick.skip_message) == ([], "2 modules; pending: auth")


def test_the_sensor_passes_over_a_module_whose_files_changed(place: Project) -> None:
    path = put(place, "auth", "1_users", USERS)
    run(place, "auth")
    path.write_text(f"{USERS}\n")
    put(place, "auth", "2_more", "SELECT 1;")
    assert place.tick("new_sql_files").skip_message == "2 modules; pending: none"


def test_a_module_that_is_no_more_is_told(place: Project) -> None:
    result = run(place, "gone")
    assert not result.success
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    told = plain(failed.step_failure_data.user_failure_data.metadata)
    assert told["gone"].startswith("gone: there is no such module: expected auth, reports")
