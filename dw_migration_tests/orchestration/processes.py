"""The product as it is deployed: code server, web server and daemon, PostgreSQL storage, the project's dagster.yaml."""

import os
import secrets
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from dw_migration.config import CONFIG_VARIABLE
from dw_migration.demo.serving import DAEMON, Processes, start_code_server, start_daemon, start_web_server
from dw_migration.demo.signals import ended_by_signals
from dw_migration.live.embedded import SUPERUSER, Server
from dw_migration_tests.orchestration.ui import Ui

ROOT = Path(__file__).parents[2]
HURRIED, DAGSTERS_OWN = "dw_migration_tests.orchestration.hurried_daemon", "dagster._daemon"


@dataclass(frozen=True, slots=True)
class Deployment:
    """Three processes on one home, and what a person does with them."""

    processes: Processes
    ui: Ui
    storage: str
    """The URL of Dagster's own database."""
    daemon: str
    """The module that runs as the daemon."""

    @property
    def home(self) -> Path:
        """DAGSTER_HOME; each process has its log there, under its name."""
        return self.processes.folder

    @property
    def storage_name(self) -> str:
        """The name of that database."""
        return str(conninfo_to_dict(self.storage)["dbname"])

    def start_daemon(self) -> None:
        """Let things happen by themselves: sensors tick, backfills go on, queued runs start."""
        with ended_by_signals():
            start_daemon(self.processes, self.daemon)

    def kill_daemon(self) -> None:
        """As a machine dies: without a word."""
        self.processes.kill(DAEMON)


@contextmanager
def deployed(
    server: Server,
    config: Path,
    home: Path,
    *,
    running: Sequence[str] | None = None,
    daemon: str = HURRIED,
    patience: float = 600.0,
) -> Iterator[Deployment]:
    """All three, ready; Dagster's storage is a database of its own on this server, gone at the end.

    `running`: the sensors that are left running; None: all that are by default. `patience`: seconds for each thing
    that somebody waits for.
    """
    name = f"dagster_{secrets.token_hex(4)}"
    code = Path(server.host, f"{name}.sock")
    home.mkdir(exist_ok=True)
    shutil.copy(ROOT / "dagster.yaml", home)
    with _database(server, name), Processes(home, _environment(server, name, config, home)) as processes:
        ui = Ui(f"http://127.0.0.1:{(port := free_port())}", patience)
        with ended_by_signals():  # or they would ignore SIGINT where we do
            start_code_server(processes, code)
            start_web_server(processes, port)
        processes.wait(lambda: _answers(ui) and ui.loaded())
        made = Deployment(processes, ui, server.url(name), daemon)
        if running is not None:
            _leave_running(ui, running)
        made.start_daemon()
        yield made


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _leave_running(ui: Ui, names: Sequence[str]) -> None:
    for each, status in ui.sensors().items():
        if status == "RUNNING" and each not in names:
            ui.stop_sensor(each)


def _answers(ui: Ui) -> bool:
    try:
        ui.ask("{ version }")
    except OSError:
        return False
    return True


def _environment(server: Server, storage: str, config: Path, home: Path) -> dict[str, str]:
    """What a deployment sets. The server listens on a socket alone, which only libpq's own variables can name."""
    dagster = {"HOST": "", "PORT": str(server.port), "USER": SUPERUSER, "PASSWORD": "", "DATABASE": storage}
    return {
        **os.environ,
        **{f"DAGSTER_PG_{key}": value for key, value in dagster.items()},
        "PGHOST": server.host,
        "PGPASSFILE": str(server.passfile),
        "DAGSTER_HOME": str(home),
        CONFIG_VARIABLE: str(config),
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def _database(server: Server, name: str) -> Iterator[None]:
    _run(server, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        yield
    finally:
        _run(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(server: Server, statement: sql.Composed) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(statement)
