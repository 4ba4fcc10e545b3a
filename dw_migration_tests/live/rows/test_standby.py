"""A standby as the source: its recovery may cancel what reads, and its primary is no place to copy to."""

import secrets
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from dw_migration.errors import BadConfig
from dw_migration.live.embedded import Server
from dw_migration.live.rows.copying import Terms, copy_table
from dw_migration_tests.conftest import MakesDatabase
from dw_migration_tests.live.rows.ground import Ground
from dw_migration_tests.outside import password_of, until

ROWS = 2_000


def data_of(server: Server) -> Path:
    with psycopg.connect(server.url()) as connection:
        (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
    return Path(folder)


@pytest.fixture
def primary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, which others may follow."""
    folder = tmp_path_factory.mktemp("primary")
    with Server(folder, settings={"fsync": "off", "wal_level": "replica", "autovacuum": "off"}) as server:
        yield server


@pytest.fixture
def standby(primary: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that follows it, and lets no reader keep it from that."""
    password = password_of(primary)
    follows = f"host={primary.host} port={primary.port} user=postgres password={password}"
    settings = {"primary_conninfo": follows, "max_standby_streaming_delay": "0", "hot_standby_feedback": "off"}
    server = Server(tmp_path_factory.mktemp("standby"), settings={"fsync": "off"} | settings)
    with server:
        data = data_of(server)
        own = password_of(server)
    owner, copied = data.stat(), data.with_name("copied")
    command = [str(primary.binaries.tool("pg_basebackup")), "-D", str(copied), "-X", "stream", "-c", "fast"]
    subprocess.run([*command, "-d", primary.url()], check=True, capture_output=True)
    (copied / "postgresql.auto.conf").unlink()
    for name in ("postgresql.conf", "pg_hba.conf"):
        shutil.copy(data / name, copied / name)
    (copied / "standby.signal").touch()
    for each in (copied, *copied.rglob("*")):
        shutil.chown(each, owner.st_uid, owner.st_gid)
    shutil.rmtree(data)
    copied.rename(data)
    server.passfile.write_text(server.passfile.read_text().replace(own, password))
    with server:
        yield server


def made(primary: Server, standby: Server, database: MakesDatabase) -> Ground:
    """A table of the primary, as its standby has it, and the same one without rows elsewhere."""
    name = f"old_{secrets.token_hex(4)}"
    with psycopg.connect(primary.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    table = "CREATE TABLE t (id integer PRIMARY KEY, v text)"
    with psycopg.connect(primary.url(name), autocommit=True) as connection:
        connection.execute(table.encode())
        connection.execute("INSERT INTO t SELECT n, repeat('x', 500) FROM generate_series(1, %s) n", (ROWS,))
    until(lambda: is_there(standby, name))
    ground = Ground.over(standby.url(name), database())
    ground.target.execute(table.encode())
    return ground


def is_there(standby: Server, name: str) -> bool:
    """Whether the table's rows have come to the standby."""
    try:
        with psycopg.connect(standby.url(name)) as connection:
            return connection.execute("SELECT count(*) FROM t").fetchone() == (ROWS,)
    except psycopg.Error:
        return False  # the database itself is still on its way


def test_what_a_recovery_cancels_is_read_again(primary: Server, standby: Server, database: MakesDatabase) -> None:
    ground = made(primary, standby, database)
    name = ground.source.info.dbname
    plan = ground.plan("t", key=["id"])
    canceled = "SELECT confl_snapshot + confl_lock FROM pg_stat_database_conflicts WHERE datname = current_database()"
    exporting = """SELECT FROM pg_stat_activity WHERE application_name = 'dw/rows' AND datname = current_database()
                      AND query LIKE '%export%'"""
    cleaned = threading.Event()

    def churn(_: object, rows: int, *__: int) -> None:
        """Rows that the snapshot needs are cleaned up at the primary, once, and the standby follows."""
        if rows <= 500 or cleaned.is_set():
            return
        cleaned.set()
        assert ground.source.execute(exporting.encode()).rowcount == 1
        with psycopg.connect(primary.url(name), autocommit=True) as connection:
            connection.execute("UPDATE t SET v = v || 'y' WHERE id > 1000")
            connection.execute("VACUUM t")
        until(lambda: ground.source.execute(exporting.encode()).rowcount == 0)

    terms = Terms(batch=100, lock_budget=timedelta(seconds=30))
    done = copy_table(ground.ends, plan, terms, progress=churn)
    assert done.error is None
    assert cleaned.is_set()
    assert ground.source.execute(canceled.encode()).fetchone() != (0,), "nothing was cancelled"
    assert ground.rows("SELECT count(DISTINCT snapshot) FROM dw_migration.chunk") == [(2,)]
    assert ground.rows("SELECT count(*), count(DISTINCT id) FROM t") == [(ROWS, ROWS)]
    ground.close()


def test_a_standby_is_not_copied_onto_its_own_primary(
    primary: Server, standby: Server, database: MakesDatabase
) -> None:
    ground = made(primary, standby, database)
    name = ground.source.info.dbname
    own = Ground.over(standby.url(name), primary.url(name))
    with pytest.raises(BadConfig, match="in one database, or its standby"):
        own.copy(own.plan("t", key=["id"]))
    assert own.rows("SELECT count(*) FROM t") == [(ROWS,)]
    own.close()
    ground.close()
