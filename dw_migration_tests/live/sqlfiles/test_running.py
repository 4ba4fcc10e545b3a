"""Files run once, in order, each with its history; what keeps one from running is told, and nothing is half done."""

import threading
from contextlib import closing
from datetime import timedelta

import psycopg
import pytest

from dw_migration.errors import (
    BadConfig,
    BadSqlFiles,
    BrokenHistory,
    DwMigrationError,
    HistoryChanged,
    Locked,
    NotAllowed,
    ServerError,
)
from dw_migration.live.ledger import Actor
from dw_migration.live.locks import lock_number
from dw_migration.live.sqlfiles.library import SqlMigrations
from dw_migration.live.sqlfiles.session import Terms
from dw_migration_tests.conftest import MakesRole
from dw_migration_tests.live.sqlfiles.conftest import Ground

TABLE = "CREATE TABLE {{tables.users}} (id integer PRIMARY KEY, name text);\n"
USERS = f"{TABLE}-- migrate:down\nDROP TABLE {{{{tables.users}}}};\n"


def test_files_run_once_in_the_order_of_their_numbers(ground: Ground) -> None:
    ground.write(f2_b="INSERT INTO users VALUES (2, 'b');", f10_c="UPDATE users SET name = 'c';", f001_a=USERS)
    assert [each.filename for each in ground.migrations.pending()] == ["001_a.sql", "2_b.sql", "10_c.sql"]
    ran = ground.migrations.apply_pending()
    assert [(each.version, each.filename, each.what) for each in ran] == [
        ("001", "001_a.sql", "applied"),
        ("2", "2_b.sql", "applied"),
        ("10", "10_c.sql", "applied"),
    ]
    assert all(each.milliseconds >= 0 and len(each.checksum) == 64 for each in ran)
    assert ground.rows("SELECT * FROM auth.users") == [(2, "c")]
    assert (ground.migrations.apply_pending(), ground.migrations.pending()) == ((), ())
    assert [(each.version, each.what) for each in ground.migrations.history()] == [
        *(("001", "applied"), ("2", "applied"), ("10", "applied")),
    ]


def test_one_schema_holds_all_that_a_library_needs(ground: Ground) -> None:
    ground.write(f1_a=USERS)
    ground.migrations.apply_pending()
    assert ground.rows(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE relkind = 'r' AND n.nspname !~ '^(pg_|information)' ORDER BY 2"
    ) == [("auth", "schema_migrations"), ("auth", "schema_migrations_event"), ("auth", "users")]


def test_a_module_without_a_schema_goes_by_the_sessions_path(ground: Ground) -> None:
    ground.write(f1_a="CREATE TABLE {{tables.t}} ();")
    SqlMigrations(ground.connection, ground.folder).apply_pending()
    assert ground.rows("SELECT 'public.t'::regclass::text, count(*) FROM public.schema_migrations") == [("t", 1)]


def test_the_path_holds_nothing_else(ground: Ground) -> None:
    with psycopg.connect(ground.url, autocommit=True) as other:
        other.execute("CREATE TABLE public.secret ()")
    ground.write(f1_a="SELECT * FROM secret;")
    with pytest.raises(ServerError, match=r'auth/1_a\.sql:1: statement 1 of 1: .*relation "secret" does not exist'):
        ground.migrations.apply_pending()


def test_a_function_of_somebody_in_public_is_not_called(ground: Ground) -> None:
    with psycopg.connect(ground.url, autocommit=True) as mallory:
        mallory.execute("CREATE TABLE public.loot (who text)")
        mallory.execute(
            "CREATE FUNCTION public.lower(integer) RETURNS text LANGUAGE sql AS"
            " $$ INSERT INTO public.loot VALUES (current_user) RETURNING who $$"
        )
    ground.write(f1_a="SELECT lower(1);")
    with pytest.raises(ServerError, match="function lower"):
        ground.migrations.apply_pending()
    assert ground.rows("SELECT * FROM loot") == []


def test_a_dry_run_leaves_nothing(ground: Ground) -> None:
    ground.write(f1_a=USERS, f2_b="-- transaction: none\nVACUUM;", f3_c="INSERT INTO users VALUES (1, 'a');")
    ran = ground.migrations.apply_pending(dry_run=True)
    assert [(each.version, each.what) for each in ran] == [("1", "tried"), ("2", "left out"), ("3", "tried")]
    assert ground.rows("SELECT to_regnamespace('auth') IS NULL") == [(True,)]


def test_a_dry_run_tells_what_would_fail(ground: Ground) -> None:
    ground.write(f1_a=f"{USERS}", f2_b="ALTER TABLE users ADD CHECK (id > 0);\nINSERT INTO users VALUES (-1);")
    with pytest.raises(ServerError, match=r"auth/2_b\.sql:2: statement 2 of 2"):
        ground.migrations.apply_pending(dry_run=True)
    assert ground.rows("SELECT to_regnamespace('auth') IS NULL") == [(True,)]


def test_a_statement_that_fails_is_told_and_nothing_of_its_file_stays(ground: Ground) -> None:
    ground.write(
        f1_a=USERS,
        f2_b="INSERT INTO users VALUES (1, 'CARD4111');\n\n\nINSERT INTO users\n  VALUES (1, 'CARD4111');\nSELECT 1;",
        f3_c="SELECT 1;",
    )
    with pytest.raises(ServerError, match=r"auth/2_b\.sql:4: statement 2 of 3: .*duplicate key.*\[23505\]"):
        ground.migrations.apply_pending()
    assert ground.rows("SELECT count(*) FROM auth.users") == [(0,)]
    assert ground.states() == [("1_a.sql", "applied"), ("2_b.sql", "failed")]
    (pending, _) = ground.migrations.pending()
    assert (pending.state, "statement 2 of 3" in pending.reason) == ("failed", True)
    assert [(each.what, each.version) for each in ground.migrations.history()] == [("applied", "1"), ("failed", "2")]
    ground.write(f2_b="INSERT INTO users VALUES (1, 'a');")
    assert len(ground.migrations.apply_pending()) == 2


def test_a_deferred_constraint_fails_at_the_end(ground: Ground) -> None:
    ground.write(
        f1_a="CREATE TABLE t (a integer PRIMARY KEY, b integer REFERENCES t DEFERRABLE INITIALLY DEFERRED);",
        f2_b="INSERT INTO t VALUES (1, 2);",
    )
    with pytest.raises(ServerError, match=r"auth/2_b\.sql: at its end, where deferred constraints are checked"):
        ground.migrations.apply_pending()
    assert ground.rows("SELECT count(*) FROM auth.t") == [(0,)]


def test_every_fault_is_told_before_anything_runs(ground: Ground) -> None:
    ground.write(f1_a=USERS, f2_b="SELECT {{tabels.x}};", f3_c="SELECT 'x", f4_d="COMMIT;")
    with pytest.raises(BadSqlFiles) as caught:
        ground.migrations.apply_pending()
    assert [each.partition(": ")[0] for each in caught.value.faults] == [
        "auth/2_b.sql:1:8",
        "auth/3_c.sql:1:8",
        "auth/4_d.sql:1:1",
    ]
    assert ground.rows("SELECT to_regclass('auth.users') IS NULL") == [(True,)]


def test_a_second_statement_cannot_hide_in_one(ground: Ground) -> None:
    ground.write(f1_a="SELECT {{schema}}.f();")
    with pytest.raises(ServerError):
        ground.migrations.apply_pending()


def test_the_data_of_copy_is_loaded(ground: Ground) -> None:
    ground.write(
        f1_a=f"{TABLE}COPY users FROM stdin;\n1\ta 'quote\n2\t\\N\n\\.\n"
        'COPY users (name, id) FROM STDIN WITH (FORMAT csv);\n"{{x}}, y",3\n\\.\n'
        "UPDATE users SET name = 'z' WHERE id = 2;"
    )
    ground.migrations.apply_pending()
    assert ground.rows("SELECT * FROM auth.users ORDER BY id") == [(1, "a 'quote"), (2, "z"), (3, "{{x}}, y")]


def test_a_file_of_fifty_megabytes_runs(ground: Ground) -> None:
    rows = "".join(f"{number}\t{'x' * 240}\n" for number in range(200_000))
    ground.write(f1_a=f"{TABLE}COPY users FROM stdin;\n{rows}\\.\n", f2_b=f"SELECT length('{'y' * 2_000_000}');")
    assert (ground.folder / "1_a.sql").stat().st_size > 48_000_000
    assert [each.version for each in ground.migrations.apply_pending()] == ["1", "2"]
    assert ground.rows("SELECT count(*), sum(length(name)) FROM auth.users") == [(200_000, 48_000_000)]


def test_a_row_that_copy_refuses_is_told_without_its_values(ground: Ground) -> None:
    ground.write(f1_a="CREATE TABLE t (a integer);\n\nCOPY t FROM stdin;\n1\nCARD4111\n\\.\n")
    with pytest.raises(ServerError, match=r"auth/1_a\.sql:3: statement 2 of 2: COPY t FROM stdin") as caught:
        ground.migrations.apply_pending()
    assert "CARD4111" not in str(caught.value)


# --- checksums and order ----------------------------------------------------------------------------------------------


def test_a_changed_file_stops_everything_with_a_diff(ground: Ground) -> None:
    ground.write(f1_a=USERS)
    ground.migrations.apply_pending()
    ground.write(f1_a=USERS.replace("name text", "name varchar"), f2_b="SELECT 1;")
    with pytest.raises(HistoryChanged) as caught:
        ground.migrations.apply_pending()
    told = str(caught.value)
    assert "auth/1_a.sql: was changed after it was applied" in told
    assert "-CREATE TABLE {{tables.users}} (id integer PRIMARY KEY, name text);" in told
    assert "+CREATE TABLE {{tables.users}} (id integer PRIMARY KEY, name varchar);" in told
    assert ground.states() == [("1_a.sql", "applied")]


def test_other_line_ends_are_no_change_and_blanks_are(ground: Ground) -> None:
    ground.write(f1_a="SELECT 1;\nSELECT 2;\n")
    ground.migrations.apply_pending()
    (ground.folder / "1_a.sql").write_bytes("\ufeffSELECT 1;\r\nSELECT 2;\r\n".encode())
    assert ground.migrations.apply_pending() == ()
    ground.write(f1_a="SELECT 1; \nSELECT 2;\n")
    with pytest.raises(HistoryChanged):
        ground.migrations.apply_pending()


def test_a_missing_file_stops_everything(ground: Ground) -> None:
    ground.write(f1_a=USERS, f2_b="SELECT 1;")
    ground.migrations.apply_pending()
    (ground.folder / "1_a.sql").unlink()
    with pytest.raises(HistoryChanged, match=r"auth/1_a\.sql: applied .* UTC, and is not there any more"):
        ground.migrations.apply_pending()


def test_a_file_that_comes_too_late_is_refused_unless_that_is_meant(ground: Ground) -> None:
    ground.write(f1_a=USERS, f3_c="SELECT 1;")
    ground.migrations.apply_pending()
    ground.write(f2_b="SELECT 1;")
    with pytest.raises(HistoryChanged, match=r"auth/2_b\.sql: comes before 3, which is applied: .*--out-of-order"):
        ground.migrations.apply_pending()
    late = SqlMigrations(ground.connection, ground.folder, schema="auth", terms=Terms(out_of_order=True))
    assert [each.version for each in late.apply_pending()] == ["2"]


def test_two_files_of_one_version_are_refused(ground: Ground) -> None:
    ground.write(f1_a="SELECT 1;", f001_b="SELECT 1;")
    with pytest.raises(BadSqlFiles, match="are both version 1"):
        ground.migrations.apply_pending()


def test_a_renumbered_label_is_the_same_version(ground: Ground) -> None:
    ground.write(f1_a=USERS)
    ground.migrations.apply_pending()
    (ground.folder / "1_a.sql").rename(ground.folder / "001_a.sql")
    assert ground.migrations.apply_pending() == ()


def test_a_repeatable_file_runs_again_when_it_changed(ground: Ground) -> None:
    ground.write(f1_a=USERS, R__v="CREATE OR REPLACE VIEW v AS SELECT id FROM {{tables.users}};")
    assert [each.filename for each in ground.migrations.apply_pending()] == ["1_a.sql", "R__v.sql"]
    ground.write(R__v="CREATE OR REPLACE VIEW v AS SELECT id, name FROM {{tables.users}};")
    assert [each.filename for each in ground.migrations.apply_pending()] == ["R__v.sql"]
    assert ground.migrations.apply_pending() == ()


def test_a_repeatable_file_runs_again_when_its_names_mean_another_thing(ground: Ground) -> None:
    ground.write(R__v="CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '{{var.who}}' $$;")

    def migrations(who: str) -> SqlMigrations:
        return SqlMigrations(ground.connection, ground.folder, schema="auth", variables={"who": who})

    assert len(migrations("ana").apply_pending()) == 1
    assert migrations("ana").apply_pending() == ()
    assert len(migrations("bob").apply_pending()) == 1
    assert ground.rows("SELECT auth.f()") == [("bob",)]


def test_a_history_that_was_tampered_with_is_told(ground: Ground) -> None:
    ground.write(f1_a=USERS, f2_b="SELECT 1;")
    ground.migrations.apply_pending()
    for tampering in (
        "UPDATE auth.schema_migrations_event SET by = 'somebody' WHERE number = 1",
        "DELETE FROM auth.schema_migrations_event WHERE number = 1",
        "DELETE FROM auth.schema_migrations_event WHERE number = 2",
    ):
        with psycopg.connect(ground.url) as mallory:
            mallory.execute(tampering.encode())
            mallory.commit()
            with pytest.raises(BrokenHistory, match="tampered with"):
                ground.migrations.history()
            mallory.execute("TRUNCATE auth.schema_migrations_event, auth.schema_migrations")
            mallory.execute("DROP TABLE auth.users")
            mallory.commit()
        ground.migrations.apply_pending()


# --- statements outside of transactions -------------------------------------------------------------------------------

INDEX = "-- transaction: none\nINSERT INTO users VALUES (1, 'a');\nCREATE INDEX CONCURRENTLY i ON users (name);\n"


def test_statements_outside_of_transactions(ground: Ground) -> None:
    ground.write(f1_a=USERS, f2_b=f"{INDEX}INSERT INTO users VALUES (2, 'b');\nVACUUM users;\n")
    ground.migrations.apply_pending()
    assert ground.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'auth.i'::regclass") == [(True,)]
    assert ground.rows("SELECT count(*) FROM auth.users") == [(2,)]
    assert ground.states() == [("1_a.sql", "applied"), ("2_b.sql", "applied")]


def test_what_failed_is_gone_on_with_behind_what_is_done(ground: Ground) -> None:
    ground.write(f1_a=USERS, f2_b=f"{INDEX}INSERT INTO users VALUES (1, 'a');\nINSERT INTO users VALUES (3, 'c');\n")
    with pytest.raises(ServerError, match=r"auth/2_b\.sql:4: statement 3 of 4"):
        ground.migrations.apply_pending()
    assert ground.rows("SELECT state, done FROM auth.schema_migrations WHERE version = '2'") == [("failed", 2)]
    edited = f"{INDEX}INSERT INTO users VALUES (2, 'b');\nINSERT INTO users VALUES (3, 'c');\n"
    ground.write(f2_b=edited.replace("(1, 'a')", "(9, 'a')"))
    with pytest.raises(
        HistoryChanged, match="its first 2 of 4 statements are done, and statement 1 is another one now"
    ):
        ground.migrations.apply_pending()
    ground.write(f2_b=edited)
    assert [each.version for each in ground.migrations.apply_pending()] == ["2"]
    assert ground.rows("SELECT id FROM auth.users ORDER BY id") == [(1,), (2,), (3,)]


def test_a_build_that_failed_leaves_no_invalid_index(ground: Ground) -> None:
    ground.write(
        f1_a=f"{TABLE}INSERT INTO users VALUES (1, 'a'), (2, 'a');",
        f2_b="-- transaction: none\nCREATE UNIQUE INDEX CONCURRENTLY i ON users (name);\n",
    )
    with pytest.raises(ServerError, match="23505"):
        ground.migrations.apply_pending()
    with psycopg.connect(ground.url) as mender:
        mender.execute("UPDATE auth.users SET name = 'b' WHERE id = 2")
    ground.migrations.apply_pending()
    assert ground.rows(
        "SELECT indexrelid::regclass::text, indisvalid FROM pg_index"
        " WHERE NOT indisprimary AND indrelid = 'auth.users'::regclass"
    ) == [("auth.i", True)]


# --- the session ------------------------------------------------------------------------------------------------------


def test_what_a_file_sets_is_not_for_those_after_it(ground: Ground, role: MakesRole) -> None:
    other = role()
    ground.write(
        f1_a=f"SET work_mem = '5MB';\nSELECT pg_catalog.set_config('search_path', '', false);\nSET ROLE {other};",
        f2_b="CREATE TABLE t AS SELECT current_setting('work_mem') AS w, current_user::text AS u;",
    )
    path = ground.connection.execute("SHOW search_path").fetchone()
    ground.connection.commit()
    ground.migrations.apply_pending()
    ((work_mem, user),) = ground.rows("SELECT w, u FROM auth.t")
    assert (work_mem != "5MB", user) == (True, "postgres")
    assert ground.connection.execute("SHOW search_path").fetchone() == path


def test_a_connection_in_a_pipeline_is_refused(ground: Ground) -> None:
    ground.write(f1_a=USERS)
    ground.connection.autocommit = True
    with ground.connection.pipeline(), pytest.raises(BadConfig, match="the connection is in a pipeline"):
        ground.migrations.apply_pending()
    assert len(ground.migrations.apply_pending()) == 1


def test_a_connection_in_a_transaction_is_refused(ground: Ground) -> None:
    ground.write(f1_a=USERS)
    ground.connection.execute("SELECT 1")
    with pytest.raises(BadConfig, match="the connection is in a transaction"):
        ground.migrations.apply_pending()
    ground.connection.rollback()
    ground.migrations.apply_pending()
    assert not ground.connection.autocommit


def test_a_timeout_of_the_header_ends_a_statement(ground: Ground) -> None:
    ground.write(f1_a="-- timeout: 100ms\nSELECT pg_sleep(60);")
    with pytest.raises(ServerError, match=r"\[57014\]"):
        ground.migrations.apply_pending()


def test_a_lock_is_tried_for_again_and_then_told(ground: Ground) -> None:
    ground.write(f1_a=USERS)
    ground.migrations.apply_pending()
    ground.write(f2_b="ALTER TABLE users ADD x integer;")
    terms = Terms(Actor("ana", "r"), lock_timeout=timedelta(milliseconds=50), lock_budget=timedelta(seconds=1))
    impatient = SqlMigrations(ground.connection, ground.folder, schema="auth", terms=terms)
    with psycopg.connect(ground.url) as reader:
        reader.execute("SELECT * FROM auth.users")
        with pytest.raises(ServerError, match=r"auth/2_b\.sql:1: .*\[55P03\]"):
            impatient.apply_pending()
        ends = threading.Timer(0.3, reader.rollback)
        ends.start()
        patient = SqlMigrations(
            ground.connection, ground.folder, schema="auth", terms=Terms(lock_timeout=timedelta(milliseconds=50))
        )
        assert len(patient.apply_pending()) == 1
        ends.join()


def test_another_run_is_waited_for_and_then_told(ground: Ground) -> None:
    ground.write(f1_a="SELECT 1;")
    terms = Terms(lock_budget=timedelta(milliseconds=200))
    with psycopg.connect(ground.url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(25719, %s)", (lock_number("sql:auth"),))
        with pytest.raises(Locked, match="auth: another run has its files in hand: pid"):
            SqlMigrations(ground.connection, ground.folder, schema="auth", terms=terms).apply_pending()


def test_a_role_that_may_not_make_the_schema_is_told_the_grant(ground: Ground, role: MakesRole) -> None:
    ground.write(f1_a="SELECT 1;")
    with (
        closing(psycopg.connect(ground.url, user=role())) as weak,
        pytest.raises(NotAllowed, match=r"GRANT CREATE ON DATABASE .* TO "),
    ):
        SqlMigrations(weak, ground.folder, schema="auth").apply_pending()


def test_an_extension_that_is_not_there_is_told(ground: Ground) -> None:
    ground.write(f1_a=USERS, f2_b="CREATE EXTENSION no_such_extension;")
    with pytest.raises(DwMigrationError, match=r"auth/2_b\.sql:1"):
        ground.migrations.apply_pending()
