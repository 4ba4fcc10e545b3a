"""Dagster's web interface on the demo's databases: a code server, the web server and the daemon, stopped together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from dw_migration.config import CONFIG_VARIABLE
from dw_migration.demo import databases
from dw_migration.demo.signals import ended_by_signals
from dw_migration.errors import BadConfig, DwMigrationError, NoConnection
from dw_migration.live.embedded import Server
from dw_migration.orchestration.runs import add_partitions, instance_in

FOLDER = Path(".demo")
PATIENCE = 180.0
"""Seconds for each of the three to come up."""


def run_dev(folder: Path | None, port: int, console: Console) -> int:
    """Exit code 0 after Ctrl-C, when all has stopped; 1 if one of the processes ended by itself."""
    where = (folder or FOLDER).absolute()
    try:
        with ended_by_signals(), ExitStack() as stack:
            _check_free(port)
            server = stack.enter_context(databases.server_in(where))
            _prepare(where, server, console)
            _serve(where, server, port, console, stack)
    except KeyboardInterrupt:
        console.print("stopped")
        return 0
    except DwMigrationError as error:
        console.print(f"[red]failed[/]: {escape(str(error))}", highlight=False)
        return error.exit_code
    return 1


def _prepare(folder: Path, server: Server, console: Console) -> None:
    if not databases.is_made(folder, server):
        with console.status("making three source databases, with rows, and an empty warehouse"):
            databases.make(folder, server)
    databases.write_settings(folder, server)
    with instance_in(folder) as instance:
        add_partitions(folder / databases.CONFIG, instance=instance)


def _serve(folder: Path, server: Server, port: int, console: Console, stack: ExitStack) -> None:
    """Runs until one of the three ends, which is an error, or until it is interrupted."""
    code = Path(server.host, "code.sock")
    code.unlink(missing_ok=True)
    stack.callback(code.unlink, missing_ok=True)
    workspace = _workspace(folder, code)
    environment = os.environ | {"DAGSTER_HOME": str(folder), CONFIG_VARIABLE: str(folder / databases.CONFIG)}
    running: dict[str, subprocess.Popen[bytes]] = {}

    def start(name: str, *arguments: str) -> None:
        running[name] = stack.enter_context(_process(folder / f"{name}.log", arguments, environment, folder))

    with console.status("starting Dagster"):
        served = ("--module-name", "dw_migration.definitions", "--location-name", "dw_migration")
        start("code-server", "dagster", "api", "grpc", "--socket", str(code), *served)
        _wait(code.exists, folder, running)
        start("daemon", "dagster._daemon", "run", "--workspace", str(workspace))
        start("webserver", "dagster_webserver", "-w", str(workspace), "-h", "127.0.0.1", "-p", str(port))
        _wait(lambda: _answers(port), folder, running)
    console.print(f"http://127.0.0.1:{port}/locations/dw_migration/asset-groups/warehouse/lineage", highlight=False)
    console.print("Ctrl-C stops it")
    _wait(lambda: False, folder, running, patience=float("inf"))


# --- processes -------------------------------------------------------------------------------------------------------


@contextmanager
def _process(
    log: Path, arguments: tuple[str, ...], environment: Mapping[str, str], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A module of this Python, run in a session of its own: Ctrl-C reaches us alone, and we end all that it started."""
    module, *rest = arguments
    with log.open("wb") as written:
        process = subprocess.Popen(  # noqa: S603 - our own list
            [sys.executable, "-m", module, *rest],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Asked first, so that it can tell the others; then whatever of its session is left."""
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _wait(
    claim: Callable[[], bool],
    folder: Path,
    running: Mapping[str, subprocess.Popen[bytes]],
    *,
    patience: float = PATIENCE,
) -> None:
    """Until the claim holds. Raises: NoConnection, if a process ends before, or in time nothing comes."""
    deadline = time.monotonic() + patience
    while not claim():
        for name, process in running.items():
            if process.poll() is not None:
                raise NoConnection(
                    f"Dagster's {name} ended with exit code {process.returncode}:\n{_tail(folder, name)}"
                )
        if time.monotonic() > deadline:
            raise NoConnection(f"Dagster does not come up: see the logs in {folder}")
        time.sleep(0.2)


def _tail(folder: Path, name: str) -> str:
    return "\n".join((folder / f"{name}.log").read_text(errors="replace").splitlines()[-20:])


def _workspace(folder: Path, code: Path) -> Path:
    """The workspace file, which names the code server's socket."""
    path = folder / "workspace.yaml"
    entry = {"grpc_server": {"socket": str(code), "location_name": "dw_migration"}}
    path.write_text(json.dumps({"load_from": [entry]}, indent=2) + "\n", encoding="utf-8")
    return path


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise BadConfig(f"port {port} is taken: name another with --port") from None
