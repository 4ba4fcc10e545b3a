"""What odd files and odd hosts do is done, or told: no table goes astray, nothing runs twice, the history is true."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from dw_migration.errors import BadSqlFiles, BrokenHistory, DwMigrationError, HistoryChanged, NotOurs, ServerError
from dw_migration.live.sqlfiles.library import SqlMigrations
from dw_migration.live.sqlfiles.session import Terms
from dw_migration_tests.conftest import MakesRole
from dw_migration_tests.live.sqlfiles.conftest import Ground

NONE = "-- transaction: none\n"


def test_a_table_is_never_made_as_a_temporary_one(ground: Ground, role: MakesRole) -> None:
    other = role()
    ground.write(f1_a=f"SET ROLE {other};\nCREATE TABLE users (i integer);")
    with pytest.raises(ServerError, match="no schema has been selected to create in"):
        ground.migrations.apply_pending()
    ground.write(f1_a="SELECT 1;", f2_b="DROP SCHEMA auth CASCADE;", f3_c="CREATE TABLE z (i integer);")
    with pytest.raises(DwMigrationError):
        ground.migrations.apply_pending()


@pytest.mark.parametrize("text", ["-- old mac\rCREATE TABLE t (i int);\rINSERT INTO t VALUES (1);\r",
                                  "CREATE TABLE t (i int);\n-- first\rINSERT INTO t VALUES (1);\n"])  # fmt: skip
def test_a_comment_ends_where_the_server_ends_it(ground: Ground, text: str) -> None:
    (ground.folder / "1_a.sql").write_bytes(text.encode())
    ground.migrations.apply_pending()
    assert ground.rows("SELECT * FROM auth.t") == [(1,)]


def test_what_begins_with_a_number_is_no_comment(ground: Ground) -> None:
    ground.write(f1_a="SELECT 1;\n12345;\n=======\n")
    with pytest.raises(ServerError, match=r"auth/1_a\.sql:2: statement 2 of 3"):
        ground.migrations.apply_pending()


def test_a_section_begins_its_line(ground: Ground) -> None:
    ground.write(f1_a="CREATE TABLE y (); -- migrate:down would drop it\nCREATE TABLE z ();")
    ground.migrations.apply_pending()
    assert ground.rows("SELECT to_regclass('auth.z') IS NOT NULL") == [(True,)]


# --- statement by statement -------------------------------------------------------------------------------------------

HALF = f"{NONE}CREATE TABLE IF NOT EXISTS t (i int);\nINSERT INTO t VALUES (1);\nSELECT 1/0;\n"


@pytest.fixture
def half(ground: Ground) -> Iterator[Ground]:
    """A file of which two statements are done."""
    ground.write(f1_a=HALF)
    with pytest.raises(ServerError):
        ground.migrations.apply_pending()
    yield ground
    assert ground.rows("SELECT * FROM auth.t") == [(1,)]


def test_what_is_half_done_does_not_become_a_transaction(half: Ground) -> None:
    half.write(f1_a=HALF.removeprefix(NONE).replace("1/0", "1"))
    with pytest.raises(HistoryChanged, match="2 of its 3 statements are done, each by itself"):
        half.migrations.apply_pending()


def test_what_is_half_done_does_not_get_another_number(half: Ground) -> None:
    (half.folder / "1_a.sql").unlink()
    half.write(f2_a=HALF.replace("1/0", "1"))
    with pytest.raises(HistoryChanged, match=r"1_a\.sql: 2 of 3 statements are done, and is not there any more"):
        half.migrations.apply_pending()


def test_settings_of_the_file_are_kept_within_it(ground: Ground) -> None:
    path = ground.connection.execute("SHOW search_path").fetchone()
    ground.connection.rollback()
    made = f"{NONE}CREATE SCHEMA other;\nSET search_path TO other;\nCREATE TABLE a ();\nSELECT 1/0;\nCREATE TABLE b ();"
    ground.write(f1_a=made)
    with pytest.raises(ServerError):
        ground.migrations.apply_pending()
    ground.write(f1_a=made.replace("1/0", "1"))
    with psycopg.connect(ground.url) as another:
        SqlMigrations(another, ground.folder, schema="auth").apply_pending()
    assert ground.rows("SELECT to_regclass('other.a') IS NOT NULL, to_regclass('other.b') IS NOT NULL") == [
        (True, True)
    ]
    assert ground.connection.execute("SHOW search_path").fetchone() == path


# --- roles, settings and texts ----------------------------------------------------------------------------------------


def test_what_a_function_sets_ends_with_the_file(ground: Ground, role: MakesRole) -> None:
    other = role()
    ground.write(
        f1_a="CREATE FUNCTION become() RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
        f"EXECUTE 'SET ROLE {other}'; PERFORM set_config('work_mem', '77MB', false); END $$;",
        f2_b="SELECT become();",
        f3_c="CREATE TABLE w AS SELECT current_user::text AS u, current_setting('work_mem') AS m;",
    )
    ground.migrations.apply_pending()
    ((user, work_mem),) = ground.rows("SELECT u, m FROM auth.w")
    assert (user, work_mem != "77MB") == ("postgres", True)
    assert ground.connection.execute("SELECT current_user").fetchone() == ("postgres",)


def test_a_host_with_another_encoding_and_other_dates(ground: Ground) -> None:
    ground.write(f1_a="CREATE TABLE t AS SELECT 'äé€'::text AS v;", f2_b=f"{NONE}COPY t FROM stdin;\n€\n\\.\n")
    with psycopg.connect(ground.url, client_encoding="latin1") as connection:
        connection.execute("SET DateStyle = 'German'")
        connection.execute("SET IntervalStyle = 'sql_standard'")
        connection.commit()
        migrations = SqlMigrations(connection, ground.folder, "bücher", schema="auth")
        assert len(migrations.apply_pending()) == 2
        assert len(migrations.history()) == 3
        assert connection.execute("SHOW client_encoding").fetchone() == ("LATIN1",)
        assert connection.execute("SHOW DateStyle").fetchone() == ("German, DMY",)
    assert sorted(ground.rows("SELECT v FROM auth.t")) == sorted([("äé€",), ("€",)])


@pytest.mark.parametrize(
    "text",
    [
        "SET client_encoding = 'LATIN1';",
        "SET NAMES 'latin1';",
        "SET standard_conforming_strings = off;",
        "SELECT pg_catalog.set_config('client_encoding', 'LATIN1', false);",
        "SELECT pg_advisory_unlock_all();",
    ],
)
def test_what_would_change_the_texts_or_the_lock_is_refused(ground: Ground, text: str) -> None:
    ground.write(f1_a=text)
    with pytest.raises(BadSqlFiles, match=r"auth/1_a\.sql:1:1"):
        ground.migrations.apply_pending()


def test_what_pg_dump_writes_at_the_beginning_is_taken(ground: Ground) -> None:
    ground.write(
        f1_a="SET statement_timeout = 0;\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n"
        "SELECT pg_catalog.set_config('search_path', '', false);\nSET check_function_bodies = false;\n"
        "CREATE TABLE auth.t (v text);\nCOPY auth.t (v) FROM stdin;\nc:\\\\dir\n\\.\n"
    )
    ground.migrations.apply_pending()
    assert ground.rows("SELECT v FROM auth.t") == [("c:\\dir",)]


def test_backslashes_are_kept_in_the_history(ground: Ground) -> None:
    text = "-- it\\'); DROP TABLE x; --\nSELECT 'c:\\dir', E'\\'';\n"
    ground.write(f1_a=text)
    with psycopg.connect(ground.url) as connection:
        connection.execute("SET standard_conforming_strings = off")
        connection.commit()
        SqlMigrations(connection, ground.folder, schema="auth").apply_pending()
        assert connection.execute("SHOW standard_conforming_strings").fetchone() == ("off",)
    assert ground.rows("SELECT text FROM auth.schema_migrations") == [(text,)]


@pytest.mark.parametrize("threshold", [0, 5])
def test_a_host_that_prepares_everything(ground: Ground, threshold: int) -> None:
    ground.write(
        f1_a="CREATE TABLE t (i int);\n" + "SELECT * FROM t;\n" * 8 + "ALTER TABLE t ADD j int;\nSELECT * FROM t;\n",
        f2_b="INSERT INTO t VALUES (1);\n" * 8 + "DEALLOCATE ALL;\nINSERT INTO t VALUES (1);\n",
        f3_c="SELECT relacl FROM pg_class LIMIT 3;\nTABLE pg_namespace;",
    )
    with psycopg.connect(ground.url, prepare_threshold=threshold) as connection:
        assert len(SqlMigrations(connection, ground.folder, schema="auth").apply_pending()) == 3


def test_a_dry_run_is_as_the_run(ground: Ground, role: MakesRole) -> None:
    other = role()
    ground.write(
        f1_a="CREATE TABLE p (i int PRIMARY KEY);\nCREATE TABLE c (i int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\n"
        f"GRANT USAGE ON SCHEMA auth TO {other};\nSET ROLE {other};\nSELECT 1;",
        f2_b="INSERT INTO c VALUES (1);\nINSERT INTO p VALUES (1);\nCREATE TABLE u ();",
    )
    assert [each.what for each in ground.migrations.apply_pending(dry_run=True)] == ["tried", "tried"]
    assert [each.what for each in ground.migrations.apply_pending()] == ["applied", "applied"]


def test_what_cannot_be_set_back_does_not_end_the_run(ground: Ground) -> None:
    ground.write(f1_a="SET transaction_read_only = off;\nCREATE TABLE t ();", f2_b="SELECT 1;")
    assert len(ground.migrations.apply_pending()) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("COPY t TO/**/STDOUT;", "gives its rows to nobody"),
        ("-- timeout: 99999999999999999h\nSELECT 1;", "a duration of at most 24 days"),
        ("-- timeout: 800h\nSELECT 1;", "a duration of at most 24 days"),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\nCOMMIT;", "BEGIN is about the transaction"),
    ],
)
def test_what_cannot_be_done_is_told(ground: Ground, text: str, message: str) -> None:
    ground.write(f1_a=text)
    with pytest.raises(BadSqlFiles, match=message):
        ground.migrations.apply_pending()


def test_a_binary_copy_is_told_by_the_server(ground: Ground) -> None:
    ground.write(f1_a="CREATE TABLE t (i int);\nCOPY t FROM STDIN (FORMAT binary);\nabc\n\\.\n")
    with pytest.raises(ServerError, match=r"auth/1_a\.sql:2: .*22P04"):
        ground.migrations.apply_pending()


def test_a_name_that_is_not_utf_8_is_told(ground: Ground) -> None:
    (ground.folder / "1_\udcff.sql").write_text("SELECT 1;")
    with pytest.raises(BadSqlFiles, match="its name is not UTF-8"):
        ground.migrations.apply_pending()


def test_the_way_back_of_a_repeatable_file_is_refused(ground: Ground) -> None:
    ground.write(R__a="SELECT 1;", R__a_rollback="SELECT 2;")
    with pytest.raises(BadSqlFiles, match="is the way back of a file that is not there"):
        ground.migrations.apply_pending()


# --- the history ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tampering",
    [
        "DELETE FROM auth.schema_migrations WHERE version = '1'",
        "UPDATE auth.schema_migrations SET checksum = 'x' WHERE version = '1'",
    ],
)
def test_rows_that_are_not_as_their_events_say_are_told(ground: Ground, tampering: str) -> None:
    ground.write(f1_a="SELECT 1;", f2_b="SELECT 2;")
    ground.migrations.apply_pending()
    with psycopg.connect(ground.url) as mallory:
        mallory.execute(tampering.encode())
    with pytest.raises(BrokenHistory, match="1 is not as its events say"):
        ground.migrations.apply_pending()


def test_the_table_of_another_tool_is_left_alone(ground: Ground) -> None:
    ground.write(f1_a="SELECT 1;")
    with psycopg.connect(ground.url) as other:
        other.execute("CREATE TABLE public.schema_migrations (version text PRIMARY KEY)")
    with pytest.raises(NotOurs, match="schema_migrations belongs to another tool"):
        SqlMigrations(ground.connection, ground.folder).apply_pending()


def test_files_that_lose_the_lock_do_not_run_twice(ground: Ground) -> None:
    ground.write(
        f1_a="CREATE TABLE t (i int);\n"
        "SELECT pg_advisory_unlock(25719, n) FROM (SELECT objid::bigint::int AS n FROM pg_locks"
        " WHERE locktype = 'advisory' AND pid = pg_backend_pid()) s;\n"
        "SELECT pg_sleep(1.5);\nINSERT INTO t VALUES (1);"
    )
    results: list[Any] = []

    def run() -> None:
        with psycopg.connect(ground.url) as connection:
            try:
                terms = Terms(lock_timeout=timedelta(seconds=5))
                results.append(
                    len(SqlMigrations(connection, ground.folder, schema="auth", terms=terms).apply_pending())
                )
            except DwMigrationError as error:
                results.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for each in threads:
        each.start()
        each.join(0.7)
    for each in threads:
        each.join()
    assert ground.rows("SELECT * FROM auth.t") == [(1,)]
    assert results.count(1) == 1
