"""Killed at any moment, a run leaves a true history; the next one ends well, or says what a person must look at."""

from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import psycopg
import pytest

from dw_migration.errors import DwMigrationError, NotOurs
from dw_migration.live.sqlfiles import asking
from dw_migration.live.sqlfiles.amending import Repair, repair
from dw_migration.live.sqlfiles.asking import InTransaction, Logic, carry_out
from dw_migration.live.sqlfiles.history import History
from dw_migration.live.sqlfiles.library import SqlMigrations
from dw_migration.live.sqlfiles.running import standings
from dw_migration.live.sqlfiles.session import Place, Terms
from dw_migration.sqlfiles.filename import Version
from dw_migration.sqlfiles.modules import read_module
from dw_migration.sqlfiles.template import Names
from dw_migration_tests.live.sqlfiles.conftest import Ground

TABLE = "CREATE TABLE {{tables.t}} (n serial, v text);\n"
IN_ONE = (
    "INSERT INTO t (v) VALUES ('a');\nINSERT INTO t (v) VALUES ('b');\nCREATE INDEX i ON t (v);\n"
    "COPY t (v) FROM stdin;\nc\n\\.\n"
)
ONE_BY_ONE = (
    "-- transaction: none\nINSERT INTO t (v) VALUES ('a');\nCREATE INDEX CONCURRENTLY i ON t (v);\n"
    "INSERT INTO t (v) VALUES ('b');\nVACUUM t;\nCOPY t (v) FROM stdin;\nc\n\\.\n"
)


class Killed(BaseException):
    """Our process is no more."""


def dies_at(ground: Ground, number: int, moment: str) -> bool:
    """Whether a run got as far as its n-th request to the server, and died there: before it, in it, or after it."""
    connection = psycopg.connect(ground.url, autocommit=True)
    migrations = SqlMigrations(connection, ground.folder, schema="auth")
    count = 0
    done = asking._done

    def doing(session: psycopg.Connection[Any], asked: asking.Asked) -> Any:
        nonlocal count
        if isinstance(asked, InTransaction):
            return done(session, asked)
        count += 1
        if count == number and moment == "before":
            raise Killed
        answer = done(session, asked)
        if count == number:
            raise Killed
        return answer

    logic, writes, answer = migrations._migrations.apply(), asking._Writes(), None
    try:
        while True:
            due, answer = writes.with_those(logic.send(answer)), None
            for each in due:
                answer = doing(connection, each)
    except StopIteration:
        return False
    except Killed:
        return True
    finally:
        connection.close()
        with suppress(RuntimeError):  # it would tidy up, and is not there any more
            logic.close()


def settled(ground: Ground) -> None:
    """The server has noticed that the session is gone."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    while ground.rows(query) > [(1,)]:  # the ground's own
        pass


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("text", [IN_ONE, ONE_BY_ONE], ids=["in one transaction", "one by one"])
def test_a_process_that_dies(ground: Ground, text: str, moment: str) -> None:
    ground.write(f1_a=TABLE, f2_b=text)
    number = 0
    while dies_at(ground, number := number + 1, moment):
        settled(ground)
        check_told(ground)
        assert ground.migrations.apply_pending() is not None
        check_whole(ground)
        with psycopg.connect(ground.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA auth CASCADE")
    assert number > 10


def check_told(ground: Ground) -> None:
    """What the history says of the files is so."""
    if ground.rows("SELECT to_regclass('auth.schema_migrations') IS NULL") == [(True,)]:
        return
    states = dict(ground.states())
    is_there = ground.rows("SELECT to_regclass('auth.t') IS NOT NULL") == [(True,)]
    assert is_there == (states.get("1_a.sql") == "applied")
    if states.get("2_b.sql") == "applied":
        check_whole(ground)
    elif "2_b.sql" not in states and is_there:
        assert ground.rows("SELECT count(*) FROM auth.t") == [(0,)]


def check_whole(ground: Ground) -> None:
    """Everything is there once."""
    assert ground.states() == [("1_a.sql", "applied"), ("2_b.sql", "applied")]
    assert ground.rows("SELECT v FROM auth.t ORDER BY v") == [("a",), ("b",), ("c",)]
    assert ground.rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'auth.i'::regclass") == [(True,)]
    ground.migrations.history()


@pytest.mark.parametrize("text", [IN_ONE, ONE_BY_ONE], ids=["in one transaction", "one by one"])
def test_a_session_that_the_server_ends(ground: Ground, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.write(f1_a=TABLE, f2_b=text)
    number, done, count = 0, asking._done, 0

    def doing(session: psycopg.Connection[Any], asked: asking.Asked) -> Any:
        nonlocal count
        if not isinstance(asked, InTransaction):
            count += 1
            if count == number:
                ground.rows(f"SELECT pg_terminate_backend({session.info.backend_pid})")
        return done(session, asked)

    monkeypatch.setattr(asking, "_done", doing)
    while True:
        number, count = number + 1, 0
        with closing(psycopg.connect(ground.url)) as connection:
            try:
                SqlMigrations(connection, ground.folder, schema="auth").apply_pending()
            except (DwMigrationError, psycopg.OperationalError):
                pass
            else:
                break
        count = -1_000_000
        settled(ground)
        check_told(ground)
        ground.migrations.apply_pending()
        check_whole(ground)
        with psycopg.connect(ground.url, autocommit=True) as mender:
            mender.execute("DROP SCHEMA auth CASCADE")
    assert number > 10


# --- where only a person can tell -------------------------------------------------------------------------------------

CALLS = (
    "-- transaction: none\nCREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN\n"
    "INSERT INTO auth.t (v) VALUES ('a'); COMMIT; INSERT INTO auth.t (v) VALUES ('b'); END $$;\nCALL p();\nSELECT 1;\n"
)


def place(ground: Ground) -> Place:
    """The module on the server."""
    return Place(read_module(ground.folder, schema="auth"), Names("auth"), History.in_schema("auth"), ("auth",))


def done(ground: Ground, logic: Callable[[Place], Logic[Any]]) -> Any:
    """What the logic comes to."""
    with psycopg.connect(ground.url, autocommit=True) as connection:
        return carry_out(connection, logic(place(ground)))


@pytest.mark.parametrize(("count", "rows"), [(1, 2), (2, 1)], ids=["run again", "gone on with"])
def test_a_call_of_whose_end_nobody_heard(ground: Ground, count: int, rows: int) -> None:
    ground.write(f1_a=TABLE)
    ground.migrations.apply_pending()
    ground.write(f2_b=CALLS)
    number = 0
    while ground.rows("SELECT count(*) FROM auth.t") == [(0,)]:
        with psycopg.connect(ground.url, autocommit=True) as mender:
            mender.execute("DELETE FROM auth.schema_migrations WHERE version = '2'")
            mender.execute("DELETE FROM auth.schema_migrations_event WHERE number > 1")
            mender.execute("DROP PROCEDURE IF EXISTS auth.p")
        assert dies_at(ground, number := number + 1, "after")
        settled(ground)
    with psycopg.connect(ground.url, autocommit=True) as mender:
        mender.execute("DELETE FROM auth.t WHERE v = 'b'")  # as if it had died in the middle
    (_, standing) = done(ground, standings)
    assert (standing.state, standing.reason) == ("interrupted", "1 of 3 statements are done")
    with pytest.raises(
        NotOurs, match=r"auth/2_b\.sql:4: statement 2 of 3: CALL p\(\): was begun, and nobody heard its end"
    ):
        ground.migrations.apply_pending()
    wanted = Repair("looked", Version("2"), done=count)
    done(ground, lambda at: repair(at, wanted, Terms()))
    if count == 1:
        with psycopg.connect(ground.url, autocommit=True) as mender:
            mender.execute("DELETE FROM auth.t")
    ground.migrations.apply_pending()
    assert ground.rows("SELECT count(*) FROM auth.t") == [(rows,)]
    assert [each.what for each in ground.migrations.history()][-3:] == ["repaired", "started", "applied"]
