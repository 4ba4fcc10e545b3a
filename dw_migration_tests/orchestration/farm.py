"""The files of deploy/celery at work: a broker, a code server and a worker, as deploy/run starts them."""

import json
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import pytest
from dagster._cli.job import execute_launch_command
from dagster._cli.workspace.cli_target import RepositoryOpts, WorkspaceOpts
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration

from dw_migration.config import CONFIG_VARIABLE
from dw_migration.demo.signals import ended_by_signals
from dw_migration.live.embedded import SUPERUSER, Server
from dw_migration.orchestration.partitions import range_tags
from dw_migration_tests.orchestration.processes import free_port

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Farm:
    """Processes in sessions of their own, each with its log in the folder."""

    folder: Path
    secret: str
    """The broker's password."""
    environment: Mapping[str, str]
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def logs(self) -> str:
        """What all of them wrote."""
        return "\n".join(log.read_text(errors="replace") for log in self.folder.glob("*.log"))

    def start(self, name: str, *command: str) -> None:
        """One of deploy/run's processes, or a command of another name."""
        with (self.folder / f"{name}.log").open("ab") as log, ended_by_signals():
            self.running[name] = subprocess.Popen(
                command or (str(DEPLOY / "run"), name),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                cwd=self.folder, env=dict(self.environment), start_new_session=True,
            )  # fmt: skip

    def start_worker(self) -> None:
        """It takes runs on return."""
        ready = self._times_ready()
        self.start("worker")
        self.wait(lambda: self._times_ready() > ready)

    def stop(self, name: str) -> int:
        """The exit code of a process that was asked to end, as systemd asks: it alone."""
        process = self.running.pop(name)
        process.terminate()
        try:
            return process.wait(PATIENCE)
        finally:
            _kill(process)

    def kill(self, name: str) -> None:
        """As a machine dies: without a word, and its children with it."""
        _kill(self.running.pop(name))

    def wait(self, claim: Callable[[], object]) -> None:
        """Until it holds; all processes must live."""
        deadline = time.monotonic() + PATIENCE
        while not claim():
            for name, process in self.running.items():
                assert process.poll() is None, f"{name}: {(self.folder / f'{name}.log').read_text()[-3000:]}"
            assert time.monotonic() < deadline, self.logs[-5000:]
            time.sleep(0.2)

    def _times_ready(self) -> int:
        log = self.folder / "worker.log"
        return log.read_text().count(" ready.") if log.exists() else 0


@contextmanager
def farm_of(server: Server, storage: str, config: Path, folder: Path) -> Iterator[Farm]:
    """All of it, ready; `storage` is the name of Dagster's database."""
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed: apt-get install redis-server")
    folder.mkdir()
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copy(DEPLOY / "celery" / name, folder)
    farm = _planned(server, storage, config, folder)
    try:
        farm.start("redis", "redis-server", str(folder / "redis.conf"))
        farm.start("code-server")
        farm.start_worker()
        farm.wait(lambda: _listens(int(farm.environment["CODE_SERVER_PORT"])))
        yield farm
    finally:
        for process in reversed(farm.running.values()):
            process.terminate()
        for process in farm.running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            _kill(process)


@dataclass(frozen=True, slots=True)
class Daemon:
    """What Dagster's daemon does with runs, done when it is asked; nothing else happens by itself."""

    farm: Farm
    process: WorkspaceProcessContext

    @property
    def instance(self) -> dg.DagsterInstance:
        """The farm's, in this process."""
        return self.process.instance

    def launch(self, first: str, last: str) -> str:
        """The id of a new run of the job `sync`."""
        run = execute_launch_command(
            instance=self.instance,
            workspace_opts=WorkspaceOpts(workspace=(str(self.farm.folder / "workspace.yaml"),)),
            repository_opts=RepositoryOpts(location="dw_migration"),
            job_name="sync",
            tags=json.dumps(range_tags(first, last)),
        )
        self.instance.launch_run(run.run_id, self.process.create_request_context())
        return run.run_id

    def monitor(self) -> None:
        """A look at all runs under way."""
        assert not any(execute_run_monitoring_iteration(self.process, logging.getLogger("monitor")))


@contextmanager
def daemon_of(farm: Farm) -> Iterator[Daemon]:
    """Works with the same files, from this process."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in farm.environment.items():
            patch.setenv(name, value)
        for name in ("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"):
            patch.setenv(name, Path(farm.environment[f"{name}_FILE"]).read_text().strip())
        files = WorkspaceFileTarget([str(farm.folder / "workspace.yaml")])
        with (
            dg.DagsterInstance.from_config(str(farm.folder)) as instance,
            WorkspaceProcessContext(instance, files) as process,
        ):
            yield Daemon(farm, process)


def _planned(server: Server, storage: str, config: Path, folder: Path) -> Farm:
    port, secret = free_port(), secrets.token_hex(16)
    lines = f"bind 127.0.0.1\nport {port}\nrequirepass {secret}\nsave ''\nappendonly no\ndir {folder}\n"
    (folder / "redis.conf").write_text(lines)
    for number, name in enumerate(("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND")):
        (folder / name).write_text(f"redis://:{secret}@127.0.0.1:{port}/{number}\n")
    return Farm(folder, secret, _environment(server, storage, config, folder))


def _environment(server: Server, storage: str, config: Path, folder: Path) -> dict[str, str]:
    """As in environment.example; but the server listens on a socket, which only libpq's own variables can name."""
    dagster = {"HOST": "", "PORT": str(server.port), "USER": SUPERUSER, "PASSWORD": "", "DATABASE": storage}
    return {
        **os.environ,
        **{f"DAGSTER_PG_{key}": value for key, value in dagster.items()},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PGHOST": server.host,
        "PGPASSFILE": str(server.passfile),
        "DAGSTER_HOME": str(folder),
        CONFIG_VARIABLE: str(config),
        "CELERY_BROKER_URL_FILE": str(folder / "CELERY_BROKER_URL"),
        "CELERY_RESULT_BACKEND_FILE": str(folder / "CELERY_RESULT_BACKEND"),
        "CODE_SERVER_HOST": "127.0.0.1",
        "CODE_SERVER_PORT": str(free_port()),
        "WORKER_SLOTS": "2",
        "PYTHONPATH": str(ROOT),
    }


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
