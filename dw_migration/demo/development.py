"""Dagster's web interface on the demo's databases: a code server, the web server and the daemon, stopped together."""

import os
import socket
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from dw_migration.config import CONFIG_VARIABLE
from dw_migration.demo import databases
from dw_migration.demo.serving import Processes, serve
from dw_migration.demo.signals import ended_by_signals
from dw_migration.errors import BadConfig, DwMigrationError
from dw_migration.live.embedded import Server
from dw_migration.orchestration.runs import add_partitions, instance_in

FOLDER = Path(".demo")


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
        with console.status("making three source databases, with rows, an empty warehouse, and two shops"):
            databases.make(folder, server)
    databases.write_settings(folder, server)
    with instance_in(folder) as instance:
        add_partitions(folder / databases.CONFIG, instance=instance)


def _serve(folder: Path, server: Server, port: int, console: Console, stack: ExitStack) -> None:
    """Runs until one of the three ends, which is an error, or until it is interrupted."""
    code = Path(server.host, "code.sock")
    stack.callback(code.unlink, missing_ok=True)
    settings = {"DAGSTER_HOME": str(folder), CONFIG_VARIABLE: str(folder / databases.CONFIG)}
    processes = stack.enter_context(Processes(folder, os.environ | settings))
    with console.status("starting Dagster"):
        serve(processes, code, port)
    console.print(f"http://127.0.0.1:{port}/locations/dw_migration/asset-groups/warehouse/lineage", highlight=False)
    console.print("Ctrl-C stops it")
    processes.wait(lambda: False, patience=float("inf"))


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise BadConfig(f"port {port} is taken: name another with --port") from None
