"""The demo and the web interface on it, from end to end."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from rich.console import Console

from dw_migration.config import load_config
from dw_migration.demo import databases, run_demo
from dw_migration.live.embedded import Status

PATIENCE = 240.0


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where a demo may live; whatever it leaves is removed."""
    yield tmp_path / "demo"
    databases.server_in(tmp_path / "demo").remove()


def _told(folder: Path, **options: bool) -> tuple[int, str]:
    console = Console(file=io.StringIO(), width=200)
    code = run_demo(folder, console, **options)
    assert isinstance(console.file, io.StringIO)
    return code, console.file.getvalue()


def test_the_demo_shows_the_main_job(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dw_migration.demo.story.DDL", 'ALTER TABLE dbo."Users" ADD COLUMN "Phone" varchar(100)')
        code, told = _told(folder)
    assert code == 1, "what differs from the expected fails"
    assert "not as expected: the one change is: added column dw__stackoverflow2010__dbo.users.email" in told

    code, told = _told(folder)
    assert code == 0, f"a demo begins anew where one was: {told}"
    assert "added column dw__stackoverflow2010__dbo.users.email" in told
    assert told.count("yes") == 2 * len(databases.SOURCES)
    assert databases.server_in(folder).status() is Status.STOPPED


def test_its_config_holds_no_password_and_its_reader_no_rights(folder: Path) -> None:
    server = databases.server_in(folder)
    with server:
        databases.make(folder, server)
        written = (folder / databases.CONFIG).read_text() + (folder / databases.HOME).read_text()
        passwords = {line.rpartition(":")[2] for line in server.passfile.read_text().splitlines()}
        assert not [each for each in passwords if each in written]
        config = load_config(folder / databases.CONFIG)
        assert set(config.sources) == set(databases.SOURCES)
        assert set(config.databases) == set(databases.SHOPS)
        with (
            psycopg.connect(server.url("StackOverflow2010", user=databases.READER)) as reader,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            reader.execute('SELECT * FROM dbo."Users"')
        for name, table in zip(databases.READABLE, ("titles", "orders"), strict=True):
            with psycopg.connect(server.url(name, user=databases.READER)) as reader:
                assert reader.execute(f"SELECT FROM {table}").rowcount > 0
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    reader.execute(f"DELETE FROM {table}")


def test_the_demo_leaves_databases_alone_that_somebody_works_with(folder: Path) -> None:
    server = databases.server_in(folder)
    with server:
        databases.make(folder, server)
        with psycopg.connect(server.url(databases.WAREHOUSE), application_name="psql"):
            code, told = _told(folder, keep=True)
        assert code == 1
        assert "in use by psql" in told
    assert server.status() is Status.STOPPED


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_interrupted_demo_leaves_nothing_running(folder: Path, number: signal.Signals) -> None:
    with _started("run_demo(Path(sys.argv[1]), Console())", folder) as process:
        _until((folder / databases.CONFIG).exists, process)
        process.send_signal(number)
        assert process.wait(PATIENCE) == 130
    assert databases.server_in(folder).status() is Status.STOPPED


def test_the_web_interface_shows_the_sources_and_stops_with_all_that_it_started(folder: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with _started(f"run_dev(Path(sys.argv[1]), {port}, Console())", folder) as process:
        _until(lambda: _answer(port, "{ version }") is not None, process)
        shown = _answer(port, "{ assetNodes { assetKey { path } groupName partitionKeys } }")
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    assert {each["assetKey"]["path"][0] for each in shown["assetNodes"]} >= {"source_models", "target_ddl"}
    partitions = {each["assetKey"]["path"][0]: tuple(each["partitionKeys"]) for each in shown["assetNodes"]}
    assert partitions.pop("sql_migrations") in {(), ("reports",)}  # the sensor adds it, when its turn comes
    assert set(partitions.values()) == {tuple(databases.SOURCES)}
    assert databases.server_in(folder).status() is Status.STOPPED
    assert _answer(port, "{ version }") is None


def _started(call: str, folder: Path) -> "subprocess.Popen[bytes]":
    script = f"""
import sys
from pathlib import Path
from rich.console import Console
from dw_migration.demo import run_demo, run_dev
sys.exit({call})
"""
    # as a shell starts what stands before a `&`: with SIGINT ignored
    return subprocess.Popen(
        ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-c", script, str(folder)],
        stdout=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )


def _until(claim: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while not claim():
        assert process.poll() is None
        if time.monotonic() > deadline:
            process.kill()
            pytest.fail("it does not come up")
        time.sleep(0.1)


def _answer(port: int, query: str) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - a URL of our own
            return json.load(answer)["data"]
    except OSError:
        return None
