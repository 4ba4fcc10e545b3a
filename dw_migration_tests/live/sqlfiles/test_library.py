"""A library runs its own migrations in its host's database, sync or async, and so may many at once."""

import asyncio
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from dw_migration import AsyncSqlMigrations, SqlMigrations
from dw_migration.errors import BadConfig, HistoryChanged, NoConnection, NotAllowed, ServerError
from dw_migration_tests.conftest import MakesDatabase, MakesRole
from dw_migration_tests.live.sqlfiles.conftest import Ground

USERS = "CREATE TABLE {{tables.users}} (id integer PRIMARY KEY);"


def test_async_and_sync_are_one(ground: Ground) -> None:
    ground.write(f1_a=USERS, f2_b="INSERT INTO users VALUES (1);", f3_c="COPY users FROM stdin;\n2\n\\.\nSELECT 1/0;")

    async def story() -> None:
        async with await psycopg.AsyncConnection.connect(ground.url) as connection:
            migrations = AsyncSqlMigrations(connection, ground.folder, schema="auth")
            assert len(await migrations.pending()) == 3
            assert (await migrations.apply_single("1")).filename == "1_a.sql"
            with pytest.raises(ServerError, match=r"auth/3_c\.sql:4: statement 2 of 2: SELECT 1/0"):
                await migrations.apply_pending()
            assert (await migrations.is_applied("2"), await migrations.is_applied("3_c.sql")) == (True, False)
            path = await migrations.create("users get a name")
            assert path.name == "4_users_get_a_name.sql"
            (ground.folder / "3_c.sql").unlink()
            path.unlink()
            assert (await migrations.record_rollback("2", "by hand")).what == "rolled back"
            assert [each.what for each in await migrations.history()] == ["applied", "applied", "failed", "rolled back"]

    asyncio.run(story())
    assert ground.rows("SELECT id FROM auth.users") == [(1,)]
    assert [each.version.label for each in ground.migrations.pending()] == ["2"]


def test_a_cancelled_task_leaves_nothing(ground: Ground) -> None:
    ground.write(f1_a=USERS, f2_b="INSERT INTO users VALUES (1);\nSELECT pg_sleep(60);")

    async def story() -> None:
        async with await psycopg.AsyncConnection.connect(ground.url) as connection:
            migrations = AsyncSqlMigrations(connection, ground.folder, schema="auth")
            task = asyncio.create_task(migrations.apply_pending())
            sleeping = "SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
            while not ground.rows(sleeping):
                await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(story())
    assert ground.rows("SELECT count(*) FROM auth.users") == [(0,)]


def test_one_file_alone(ground: Ground) -> None:
    ground.write(f1_a=USERS, f2_b="INSERT INTO users VALUES (1);")
    with pytest.raises(HistoryChanged, match=r"1_a\.sql comes before it, and is pending"):
        ground.migrations.apply_single("2")
    assert ground.migrations.apply_single("001").version == "1"
    assert ground.migrations.apply_single("2_b.sql").version == "2"
    with pytest.raises(BadConfig, match="no file of the version 2 is pending"):
        ground.migrations.apply_single("2")


def test_a_role_with_rights_in_its_own_schema_alone(ground: Ground, role: MakesRole) -> None:
    ground.write(f1_a=USERS)
    owner = role()
    with psycopg.connect(ground.url, autocommit=True) as admin:
        admin.execute(f"CREATE SCHEMA auth AUTHORIZATION {owner}".encode())
    with psycopg.connect(ground.url, user=owner) as connection:
        assert len(SqlMigrations(connection, ground.folder, schema="auth").apply_pending()) == 1


def test_rows_and_cursors_of_the_host_are_its_own(ground: Ground) -> None:
    ground.write(f1_a=USERS, f2_b="-- transaction: none\nSET work_mem = '5MB';\nVACUUM users;")
    with psycopg.connect(ground.url, row_factory=dict_row, cursor_factory=psycopg.ClientCursor) as connection:
        migrations = SqlMigrations(connection, ground.folder, schema="auth")
        assert len(migrations.apply_pending()) == 2
        assert [each.what for each in migrations.history()] == ["applied", "started", "applied"]


def test_what_the_server_does_not_allow_is_told_as_an_error_of_ours(ground: Ground, role: MakesRole) -> None:
    ground.write(f1_a="SELECT 1;")
    with psycopg.connect(ground.url, autocommit=True) as admin:
        admin.execute("CREATE SCHEMA auth")
    with (
        psycopg.connect(ground.url, user=role()) as weak,
        pytest.raises(NotAllowed, match="permission denied for schema"),
    ):
        SqlMigrations(weak, ground.folder, schema="auth").apply_pending()


def test_a_closed_connection_is_told(ground: Ground) -> None:
    ground.connection.close()
    with pytest.raises(NoConnection):
        ground.migrations.pending()


def test_two_modules_in_one_schema(ground: Ground, tmp_path: Path) -> None:
    other = tmp_path / "billing"
    other.mkdir()
    (other / "1_b.sql").write_text("CREATE TABLE {{tables.bills}} ();")
    ground.write(f1_a=USERS)
    ground.migrations.apply_pending()
    SqlMigrations(ground.connection, other, schema="auth").apply_pending()
    assert ground.rows("SELECT module, version FROM auth.schema_migrations ORDER BY 1") == [
        ("auth", "1"),
        ("billing", "1"),
    ]


def test_a_schema_and_tables_with_odd_names(ground: Ground) -> None:
    schema = 'we"ird %s {migrations} größe'
    ground.write(
        f1_a='CREATE TABLE {{tables.%s "x"}} (n integer);', f2_b='INSERT INTO {{tables.%s "x"}} VALUES (1 % 2);'
    )
    migrations = SqlMigrations(ground.connection, ground.folder, 'o%s"dd', schema=schema)
    assert len(migrations.apply_pending()) == 2
    assert [each.version for each in migrations.history()] == ["1", "2"]
    assert migrations.pending() == ()


PROCESS = """
import sys, psycopg
from dw_migration import SqlMigrations
with psycopg.connect(sys.argv[1]) as connection:
    print(len(SqlMigrations(connection, sys.argv[2], schema="auth").apply_pending()))
"""


def test_twenty_processes_that_start_at_once(database: MakesDatabase, tmp_path: Path) -> None:
    folder = tmp_path / "auth"
    folder.mkdir()
    (folder / "001_t.sql").write_text("CREATE TABLE {{tables.t}} (n integer);")
    for number in range(2, 201):
        (folder / f"{number:03}_x.sql").write_text(f"INSERT INTO t VALUES ({number});")
    url = database()
    command = [sys.executable, "-c", PROCESS, url, str(folder)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(20)]
    counts = [int(each.communicate(timeout=300)[0]) for each in running]
    assert [each.returncode for each in running] == [0] * 20
    assert sorted(counts) == [0] * 19 + [200]
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*), count(DISTINCT n) FROM auth.t").fetchone() == (199, 199)
        assert connection.execute("SELECT count(*) FROM auth.schema_migrations_event").fetchone() == (200,)
