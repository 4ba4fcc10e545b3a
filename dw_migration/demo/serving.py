"""Dagster's code server, web server and daemon, run in one folder, and ended with all that they started."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

from dw_migration.errors import NoConnection

PATIENCE = 180.0
"""Seconds for each of the three to come up."""
CODE_SERVER, WEB_SERVER, DAEMON = "code-server", "webserver", "daemon"
LOCATION = "dw_migration"


class Processes:
    """Modules of this Python, run in a folder that has the log of each; the block's end stops them."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = dict(environment)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in reversed(tuple(self._running)):
            self.end(name)

    def start(self, name: str, *arguments: str) -> None:
        """Started in a session of its own: Ctrl-C reaches us alone, and we end all that it started."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own list
                [sys.executable, "-m", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self._environment,
                start_new_session=True,
            )

    def pid(self, name: str) -> int:
        """The number of a process, which is that of its session too."""
        return self._running[name].pid

    def end(self, name: str) -> None:
        """Asked first, so that it can tell the others; then whatever of its session is left."""
        self._running[name].terminate()
        try:
            self._running[name].wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._running[name].kill()
        self.kill(name)

    def kill(self, name: str) -> None:
        """All of its session at once, without a word."""
        process = self._running.pop(name)
        with suppress(ProcessLookupError):  # it has ended, and left nothing
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def wait(self, claim: Callable[[], bool], *, patience: float = PATIENCE) -> None:
        """Until the claim holds. Raises: NoConnection, if a process ends before, or in time nothing comes."""
        deadline = time.monotonic() + patience
        while not claim():
            self._check_running()
            if time.monotonic() > deadline:
                raise NoConnection(f"Dagster does not come up: see the logs in {self.folder}")
            time.sleep(0.2)

    def _check_running(self) -> None:
        for name, process in self._running.items():
            if process.poll() is not None:
                raise NoConnection(f"Dagster's {name} ended with exit code {process.returncode}:\n{self._tail(name)}")

    def _tail(self, name: str) -> str:
        return "\n".join((self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-20:])


def serve(processes: Processes, code: Path, port: int) -> None:
    """Starts the three, the folder being Dagster's home; they are ready on return. Raises: NoConnection."""
    start_code_server(processes, code)
    start_daemon(processes)
    start_web_server(processes, port)
    processes.wait(lambda: _answers(port))


def start_code_server(processes: Processes, code: Path) -> None:
    """It listens on this socket on return, and the workspace file names it to the two others."""
    code.unlink(missing_ok=True)
    served = ("--module-name", "dw_migration.definitions", "--location-name", LOCATION)
    processes.start(CODE_SERVER, "dagster", "api", "grpc", "--socket", str(code), *served)
    entry = {"grpc_server": {"socket": str(code), "location_name": LOCATION}}
    _workspace(processes).write_text(json.dumps({"load_from": [entry]}, indent=2) + "\n", encoding="utf-8")
    processes.wait(code.exists)


def start_daemon(processes: Processes, module: str = "dagster._daemon") -> None:
    """Nobody can tell from outside when it is ready: it begins to work."""
    processes.start(DAEMON, module, "run", "--workspace", str(_workspace(processes)))


def start_web_server(processes: Processes, port: int) -> None:
    """On this machine alone."""
    processes.start(
        WEB_SERVER, "dagster_webserver", "-w", str(_workspace(processes)), "-h", "127.0.0.1", "-p", str(port)
    )


def _workspace(processes: Processes) -> Path:
    return processes.folder / "workspace.yaml"


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False
