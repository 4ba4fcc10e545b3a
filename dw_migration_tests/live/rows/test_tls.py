"""Rows go over under TLS too, whose bytes only libpq can read; and nobody who poses as the server gets any."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest

from dw_migration.errors import NoConnection
from dw_migration.live.embedded import Server
from dw_migration.live.rows.frames import can_hand_on
from dw_migration_tests.conftest import FAST, older_binaries
from dw_migration_tests.live.rows.ground import Ground
from dw_migration_tests.outside import password_of

ROWS = """
INSERT INTO t SELECT i, repeat('v', i % 100) FROM generate_series(1, 20000) i;
INSERT INTO t VALUES (0, repeat('large', 1000000));
"""


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that vouches for itself, for this address, and its key."""
    paths = folder / f"{name}.crt", folder / f"{name}.key"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-out", str(paths[0]), "-keyout", str(paths[1])]
    subprocess.run(["openssl", "req", *options, *files], check=True, capture_output=True)
    return paths


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """A server with TLS, and the certificate that it shows."""
    binaries = older_binaries()
    if binaries is None or shutil.which("openssl") is None:
        pytest.skip(
            "the server of the wheel has no TLS, and there is no other one, or no openssl to make a certificate"
        )
    shown, key = certificate(tmp_path, "server")
    with (
        tempfile.TemporaryDirectory(prefix="dw-tests-") as folder,
        Server(Path(folder) / "server", binaries, settings=FAST, tcp=True) as server,
        psycopg.connect(server.url(), autocommit=True) as session,
    ):
        ((data,),) = session.execute("SHOW data_directory").fetchall()
        owner = Path(data).stat()
        for file, name in ((shown, "server.crt"), (key, "server.key")):
            placed = Path(data) / name
            placed.touch(mode=0o600)
            placed.write_bytes(file.read_bytes())
            os.chown(placed, owner.st_uid, owner.st_gid)
        session.execute("ALTER SYSTEM SET ssl = on")
        session.execute("SELECT pg_reload_conf()")
        yield server, shown


@pytest.fixture
def over_tls(tls_server: tuple[Server, Path]) -> Iterator[Callable[[Path], Ground]]:
    """A ground of which both sides demand this certificate of their server."""
    made: list[Ground] = []

    def make(trusted: Path) -> Ground:
        server, _ = tls_server
        with psycopg.connect(server.url(), autocommit=True) as session:
            session.execute("CREATE DATABASE old")
            session.execute("CREATE DATABASE new")
        address = f"postgresql://postgres:{password_of(server)}@127.0.0.1:{server.port}"
        demand = urlencode({"sslmode": "verify-full", "sslrootcert": str(trusted)})
        urls = [f"{address}/{name}?{demand}" for name in ("old", "new")]
        made.append(replace(Ground.over(server.url("old"), server.url("new")), source_url=urls[0], target_url=urls[1]))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_rows_go_over(tls_server: tuple[Server, Path], over_tls: Callable[[Path], Ground]) -> None:
    ground = over_tls(tls_server[1])
    ground.make("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    ground.make(ROWS, on_both=False)
    sides = ground.sides()
    assert [side.session.pgconn.ssl_in_use for side in sides] == [True, True]
    assert not can_hand_on(*sides)
    copied = ground.copy(ground.plan("t", key=["id"]))
    assert (copied.error, copied.still_off) == (None, ())
    assert ground.same("t")


def test_a_server_with_another_certificate_gets_nothing(tmp_path: Path, over_tls: Callable[[Path], Ground]) -> None:
    ground = over_tls(certificate(tmp_path, "other")[0])
    ground.make("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    for opened in (ground.ends.open_source, ground.ends.open_target):
        with pytest.raises(NoConnection, match="certificate"):
            opened()
