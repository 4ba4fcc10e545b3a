"""A run that somebody stops: the server ends the statement under way, nothing of it is kept, and the history tells."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
import yaml
from dagster._core.definitions.reconstruct import ReconstructableRepository
from dagster._grpc.types import ExecuteRunArgs

from dw_migration import migrate
from dw_migration.config import load_config
from dw_migration.live.stop import stoppable
from dw_migration.migrate import Stop
from dw_migration.orchestration import SourceDatabases
from dw_migration.orchestration.assets import migrate_sources
from dw_migration.orchestration.partitions import add_missing, range_tags
from dw_migration.orchestration.resources import Settings
from dw_migration.orchestration.runs import QUIET, materialize_all
from dw_migration_tests.conftest import MakesDatabase
from dw_migration_tests.orchestration.conftest import MakesProject, alter, target_of, url_of

Connects = Callable[[str], psycopg.Connection]
ORDERS = 'CREATE TABLE public."Orders" ("Id" integer PRIMARY KEY, "State" text)'
ADD = 'ALTER TABLE public."Orders" ADD COLUMN "Note" text'
WAITING = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'dw/%'
   AND wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%'"""
BLOCKED = """
SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'dw/%'
   AND wait_event_type = 'Lock'"""
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'dw/%'"
CANCELLED = "canceling statement due to user request [57014]"
LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 25719"


def _patient(config: Path) -> None:
    """A lock is waited for at the server, longer than the test should last."""
    content = yaml.safe_load(config.read_text())
    content["policy"] = {"lock_timeout": "30s", "lock_budget": "1m"}
    config.write_text(yaml.safe_dump(content, sort_keys=False))


def _block(connect: Connects, config: Path, source: str) -> psycopg.Connection:
    """A session that reads the source's table in the target, in a transaction that stays open."""
    reader = connect(target_of(config))
    reader.execute("BEGIN")
    reader.execute(f"SELECT FROM {_orders(config, source)}")
    return reader


def _orders(config: Path, source: str) -> str:
    """The source's table in the target."""
    return '"dw__' + url_of(config, source).rsplit("/", 1)[1].partition("?")[0] + '__public".orders'


def _until(
    connection: psycopg.Connection,
    query: str,
    expected: Callable[[Any], bool] = bool,
    process: subprocess.Popen[str] | None = None,
) -> None:
    """Wait until the query's rows are as expected; the process that shall bring it about must live."""
    while not expected(connection.execute(query).fetchall()):
        assert process is None or process.poll() is None, process.communicate()[0]
        time.sleep(0.05)


def _history(config: Path, source: str) -> list[tuple[str, str]]:
    with psycopg.connect(target_of(config)) as connection:
        query = "SELECT what, details FROM dw_migration.event WHERE source = %s ORDER BY number"
        return connection.execute(query, (source,)).fetchall()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance on the disk, which a process of its own finds too."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        yield instance


def _launched(
    config: Path, instance: dg.DagsterInstance, job: str, source: str, run_config: Mapping[str, Any] | None = None
) -> tuple[str, subprocess.Popen[str]]:
    """A run, and its process as Dagster's launcher starts it."""
    add_missing(instance, "warehouse", [source])
    recon = ReconstructableRepository.for_module("dw_migration.definitions", "defs", str(Path.cwd()))
    chosen = recon.get_reconstructable_job(job)
    origin = chosen.get_python_origin()
    run = instance.create_run_for_job(
        chosen.get_definition(), tags={"dagster/partition": source}, job_code_origin=origin, run_config=run_config
    )
    arguments = ExecuteRunArgs(job_origin=origin, run_id=run.run_id, instance_ref=instance.get_ref())
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments.get_command_args()],
        env={**os.environ, "DW_MIGRATION_CONFIG": str(config)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return run.run_id, process


def test_a_terminated_run_leaves_nothing_behind_but_a_line_in_the_history(
    project: MakesProject, home: dg.DagsterInstance, connect: Connects
) -> None:
    config = project({"shop": ORDERS})
    materialize_all(config, instance=home)
    alter(url_of(config, "shop"), ADD)
    _patient(config)
    reader, watcher = _block(connect, config, "shop"), connect(target_of(config))
    run_id, process = _launched(config, home, "sync", "shop")
    _until(watcher, WAITING, process=process)
    _terminate(home, run_id, process)
    assert watcher.execute(LOCKS).fetchone() == (0,)
    assert watcher.execute(SESSIONS).fetchone() == (0,)
    what, details = _history(config, "shop")[-1]
    assert what == "failed"
    assert CANCELLED in details
    reader.execute("ROLLBACK")
    (again,) = materialize_all(config, instance=home)
    assert again.success
    assert [what for what, _ in _history(config, "shop")].count("applied") == 2


def _terminate(instance: dg.DagsterInstance, run_id: str, process: subprocess.Popen[str]) -> None:
    """As the web interface does it; the run is cancelled."""
    run = instance.get_run_by_id(run_id)
    assert run is not None
    instance.report_run_canceling(run)
    process.send_signal(signal.SIGTERM)
    output = process.communicate()[0]
    ended = instance.get_run_by_id(run_id)
    assert ended is not None
    assert ended.status is dg.DagsterRunStatus.CANCELED, output


def test_a_terminated_copy_leaves_no_row_and_the_next_one_brings_all(
    project: MakesProject, home: dg.DagsterInstance, connect: Connects
) -> None:
    config = project({"shop": f"{ORDERS}; INSERT INTO public.\"Orders\" SELECT n, 'new' FROM generate_series(1, 99) n"})
    materialize_all(config, instance=home)
    _patient(config)
    orders, live = _orders(config, "shop"), {"ops": {"copy_rows": {"config": {"live": True}}}}
    writer, watcher = connect(target_of(config)), connect(target_of(config))
    writer.execute("BEGIN")
    writer.execute(f"LOCK TABLE {orders} IN SHARE MODE")
    run_id, process = _launched(config, home, "copy_data", "shop", live)
    _until(watcher, BLOCKED, process=process)
    _terminate(home, run_id, process)
    _until(watcher, SESSIONS, [(0,)].__eq__)
    writer.execute("ROLLBACK")
    assert watcher.execute(f"SELECT count(*) FROM {orders}").fetchone() == (0,)
    _, again = _launched(config, home, "copy_data", "shop", live)
    output = again.communicate()[0]
    assert watcher.execute(f"SELECT count(*) FROM {orders}").fetchone() == (99,), output


def test_what_is_under_way_ends_with_the_run_though_dagster_drops_the_op(
    project: MakesProject, instance: dg.DagsterInstance, connect: Connects
) -> None:
    """As it does where the signal comes while it writes an event."""
    config = project({"quick": ORDERS, "slow": ORDERS})
    materialize_all(config, instance=instance)
    alter(url_of(config, "slow"), ADD)
    _patient(config)
    _block(connect, config, "slow")
    watcher = connect(target_of(config))
    dropped = []

    class Dropped(SourceDatabases):
        def execute(self, *arguments: Any) -> Iterator[Any]:
            dropped.append(migrate_sources(*arguments))
            yield next(dropped[0])
            _until(watcher, WAITING)
            raise dg.Failure("interrupted")

    component = Dropped()
    dg.materialize(
        [component.assets()],
        resources=component.resources(Settings(config)),
        instance=instance,
        tags=range_tags("quick", "slow"),
        run_config=QUIET,
        raise_on_error=False,
    )
    assert not [each for each in threading.enumerate() if each.name.startswith("source")]
    assert watcher.execute(WAITING).fetchall() == []
    what, details = _history(config, "slow")[-1]
    assert what == "failed"
    assert CANCELLED in details


def test_a_stop_that_comes_first_lets_no_statement_begin(database: MakesDatabase, connect: Connects) -> None:
    connection, stop = connect(database()), Stop()
    stop.ask()
    with stop.heard(), pytest.raises(psycopg.errors.QueryCanceled), stoppable(connection):
        connection.execute("CREATE TABLE t ()")
    assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)


def test_a_stop_ends_those_alone_that_hear_it(database: MakesDatabase, connect: Connects) -> None:
    url, stop = database(), Stop()
    heard, other, watcher = connect(url), connect(url), connect(url)

    def listening() -> None:
        with stop.heard(), stoppable(heard):
            heard.execute("SELECT pg_sleep(600)")

    def deaf() -> tuple[Any, ...] | None:
        with stoppable(other):
            return other.execute("SELECT pg_advisory_lock(1)").fetchone()

    watcher.execute("SELECT pg_advisory_lock(1)")
    with ThreadPoolExecutor(2) as pool:
        ended, goes_on = pool.submit(listening), pool.submit(deaf)
        _until(
            watcher, "SELECT FROM pg_stat_activity WHERE wait_event IN ('PgSleep', 'advisory')", lambda r: len(r) == 2
        )
        stop.ask()
        assert isinstance(ended.exception(), psycopg.errors.QueryCanceled)
        assert not goes_on.done()
        watcher.execute("SELECT pg_advisory_unlock(1)")
        assert goes_on.result() is not None


def test_after_a_statement_the_session_is_no_longer_cancelled(database: MakesDatabase, connect: Connects) -> None:
    """What the history is written with is not stopped."""
    connection, stop = connect(database()), Stop()
    with stop.heard(), stoppable(connection):
        connection.execute("CREATE TABLE t ()")
    stop.ask()
    assert connection.execute("SELECT pg_sleep(0.1)").rowcount == 1


def test_a_stopped_source_is_told_as_failed(project: MakesProject) -> None:
    path = project({"shop": ORDERS})
    config = load_config(path)
    source, stop = migrate.source_named(config, "shop"), Stop()
    stop.ask()
    with stop.heard():
        outcome = migrate.persistently(lambda each: migrate.sync(config, each), source, stop=stop.asked)
    assert outcome.status == "failed"
    assert "stopped before it began" in str(outcome.error)
