"""Runs on Celery workers: executed there, told canceled when they are, and failed when their worker is gone."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import psycopg
import pytest
from dagster._core.launcher import WorkerStatus
from psycopg.conninfo import conninfo_to_dict

from dw_migration.live.embedded import Server
from dw_migration.orchestration.runs import add_partitions
from dw_migration_tests.conftest import MakesDatabase
from dw_migration_tests.orchestration.conftest import MakesProject, alter, target_of, url_of
from dw_migration_tests.orchestration.farm import Daemon, Farm, daemon_of, farm_of

# dagster-celery registers the same task with every run that it launches
pytestmark = pytest.mark.filterwarnings("ignore:Task name 'execute_job' is already registered")
SOURCES = ("east", "north", "west")
TABLE = 'CREATE TABLE "Orders" ("Id" integer PRIMARY KEY, "State" text)'
WAITS = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%'"
REVISIONS = "SELECT source, id FROM dw_migration.revision ORDER BY source, id"


@pytest.fixture
def config(project: MakesProject) -> Path:
    """A project of three sources."""
    return project(dict.fromkeys(SOURCES, TABLE))


@pytest.fixture
def farm(server: Server, database: MakesDatabase, config: Path, tmp_path: Path) -> Iterator[Farm]:
    """A farm for the project."""
    storage = str(conninfo_to_dict(database())["dbname"])
    with farm_of(server, storage, config, tmp_path / "home") as ready:
        yield ready


@pytest.fixture
def daemon(farm: Farm, config: Path) -> Iterator[Daemon]:
    """What starts runs on the farm; all sources have their partition."""
    with daemon_of(farm) as ready:
        assert add_partitions(config, instance=ready.instance) == SOURCES
        yield ready


def run_of(daemon: Daemon, run_id: str) -> dg.DagsterRun:
    run = daemon.instance.get_run_by_id(run_id)
    assert run is not None
    return run


def ended(daemon: Daemon, run_id: str) -> str:
    """How the run ended, once it has."""
    daemon.farm.wait(lambda: run_of(daemon, run_id).is_finished)
    return run_of(daemon, run_id).status.value


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def pid_of(daemon: Daemon, run_id: str) -> int:
    """The process that executed the run."""
    told = " ".join(
        event.dagster_event.message or "" for event in daemon.instance.all_logs(run_id) if event.dagster_event
    )
    return int(re.findall(r"Started process for run \(pid: (\d+)\)", told)[0])


def made(daemon: Daemon, run_id: str) -> set[tuple[str, str | None]]:
    """Which assets of which sources the run told of."""
    events = daemon.instance.all_logs(run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    told = [each.dagster_event.step_materialization_data.materialization for each in events if each.dagster_event]
    return {(each.asset_key.to_user_string(), each.partition) for each in told}


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def health(daemon: Daemon, run_id: str) -> WorkerStatus:
    return daemon.instance.run_launcher.check_run_worker_health(run_of(daemon, run_id)).status


def test_a_run_is_executed_by_a_worker_and_the_next_finds_nothing_to_do(
    farm: Farm, daemon: Daemon, config: Path
) -> None:
    first = daemon.launch("east", "north")
    assert ended(daemon, first) == "SUCCESS"
    assert parent_of(pid_of(daemon, first)) == farm.running["worker"].pid
    assets = ("source_models", "target_ddl", "target_schema")
    assert made(daemon, first) == {(asset, source) for asset in assets for source in ("east", "north")}
    revisions = rows(target_of(config), REVISIONS)
    assert [source for source, _ in revisions] == ["east", "north"]

    assert ended(daemon, daemon.launch("east", "north")) == "SUCCESS"
    assert rows(target_of(config), REVISIONS) == revisions

    assert farm.stop("worker") == 0
    assert farm.secret not in farm.logs


def test_a_run_that_is_canceled_or_loses_its_worker_says_so_and_the_next_goes_on(
    farm: Farm, daemon: Daemon, config: Path, connect: Callable[[str], psycopg.Connection]
) -> None:
    assert ended(daemon, daemon.launch("west", "west")) == "SUCCESS"
    alter(url_of(config, "west"), 'ALTER TABLE "Orders" ADD COLUMN "Note" text')
    orders = f'"dw__{conninfo_to_dict(url_of(config, "west"))["dbname"]}__public".orders'
    reader = connect(target_of(config))
    reader.execute(f"BEGIN; SELECT FROM {orders}".encode())

    canceled = daemon.launch("west", "west")
    farm.wait(lambda: rows(target_of(config), WAITS))
    assert daemon.instance.run_coordinator.cancel_run(canceled)
    assert ended(daemon, canceled) == "CANCELED"

    killed = daemon.launch("west", "west")
    farm.wait(lambda: rows(target_of(config), WAITS))
    assert health(daemon, killed) is WorkerStatus.RUNNING
    farm.kill("worker")
    farm.start_worker()  # under the same name
    daemon.monitor()
    assert run_of(daemon, killed).status is dg.DagsterRunStatus.FAILURE

    reader.execute("ROLLBACK")
    shutil.rmtree(config.parent / "workspace")  # as on another host
    assert ended(daemon, daemon.launch("west", "west")) == "SUCCESS"
    assert rows(target_of(config), f"SELECT note FROM {orders}") == []
