"""Nobody waits behind us: what a batch locks, in which order, and what it does when somebody is in the way."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration.effects import Mode, Place
from dw_migration.live.taking import needed
from dw_migration_tests.conftest import MakesDatabase
from dw_migration_tests.live.warehouse import FIRST, SCHEMA, TERMS, Warehouse, batch
from dw_migration_tests.outside import until

Connect = Callable[[str], psycopg.Connection[Any]]
LAST = f"ALTER TABLE {SCHEMA}.zz ADD COLUMN a int"
TWO = ([batch(LAST, f"ALTER TABLE {SCHEMA}.users ADD COLUMN a int")], [batch()])
QUICK = replace(TERMS, lock_timeout=timedelta(milliseconds=100))

_ASKS = """
SELECT DISTINCT virtualtransaction FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_LOCKS = f"""
SELECT c.relname, l.granted FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE c.relnamespace = '{SCHEMA}'::regnamespace AND c.relkind = 'r' AND l.mode = 'AccessExclusiveLock'
"""


@pytest.fixture
def warehouse(database: MakesDatabase, connect: Connect, tmp_path: Path) -> Warehouse:
    """Two tables, and a revision that changes both, the last one by name first."""
    url = database()
    made = Warehouse(url, connect(url), connect(database()), tmp_path)
    made.set_up()
    made.plan([*FIRST[0], batch(f"CREATE TABLE {SCHEMA}.zz (id int)")], [batch()])
    made.apply()
    made.plan(*TWO)
    return made


def in_the_background(act: Callable[[], object]) -> threading.Thread:
    """It has begun."""
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_the_strongest_lock_on_each_table_is_told() -> None:
    among = {Place(SCHEMA, "users"), Place(SCHEMA, "zz")}
    statements = (
        f"CREATE INDEX i ON {SCHEMA}.zz (id)",
        f"ALTER TABLE {SCHEMA}.zz ADD FOREIGN KEY (id) REFERENCES {SCHEMA}.users",
        f"ALTER TABLE {SCHEMA}.zz VALIDATE CONSTRAINT i",
        f"DROP TABLE {SCHEMA}.elsewhere",
    )
    assert needed(statements, among) == {Place(SCHEMA, "zz"): Mode.SRE, Place(SCHEMA, "users"): Mode.SRE}


def test_nothing_is_held_while_another_table_is_waited_for(warehouse: Warehouse, connect: Connect) -> None:
    """Of two tables the first by name is waited for, whichever the statements begin with, and the other is free."""
    reader, watcher = connect(warehouse.url), connect(warehouse.url)
    reader.execute("BEGIN")
    reader.execute(f"SELECT FROM {SCHEMA}.users")
    applying = in_the_background(lambda: warehouse.apply(terms=QUICK))
    seen: list[Any] = []
    until(lambda: bool(seen.extend(watcher.execute(_LOCKS).fetchall()) or seen))
    assert set(seen) == {("users", False)}
    reader.execute("COMMIT")
    applying.join()
    assert warehouse.state() == warehouse.state_of_model()


def test_readers_pass_while_a_reader_is_in_the_way(warehouse: Warehouse, connect: Connect) -> None:
    """One holds the table and does not end: others still read it, and it is changed once that one has ended."""
    reader, other, watcher = (connect(warehouse.url) for _ in range(3))
    reader.execute("BEGIN")
    reader.execute(f"SELECT FROM {SCHEMA}.users")
    applying = in_the_background(lambda: warehouse.apply(terms=QUICK))
    asked: set[Any] = set()
    until(lambda: len(asked.update(watcher.execute(_ASKS).fetchall()) or asked) > 1)  # it looked between two attempts
    for _ in range(20):
        assert other.execute(f"SELECT count(*) FROM {SCHEMA}.users").fetchone() == (0,)
    assert applying.is_alive()
    reader.execute("COMMIT")
    applying.join()
    assert warehouse.state() == warehouse.state_of_model()
    details = warehouse.ledger.history("shop")[-1].details
    assert details["attempts"] > 1
    assert f"pid {reader.info.backend_pid}" in {told.split(",")[0] for told in details["waited_for"]}


def test_a_deadlock_is_ours_to_try_again(warehouse: Warehouse, connect: Connect) -> None:
    """An application that takes two tables in the other order is not the one that is turned away."""
    application, watcher = connect(warehouse.url), connect(warehouse.url)
    application.execute("SET deadlock_timeout TO '10min'")
    application.execute("BEGIN")
    application.execute(f"LOCK TABLE {SCHEMA}.zz")
    patient = replace(TERMS, lock_timeout=timedelta(minutes=5))
    applying = in_the_background(lambda: warehouse.apply(terms=patient))
    until(lambda: set(watcher.execute(_LOCKS).fetchall()) >= {("users", True), ("zz", False)})
    application.execute(f"LOCK TABLE {SCHEMA}.users")
    application.execute("COMMIT")
    applying.join()
    assert warehouse.state() == warehouse.state_of_model()
    assert warehouse.ledger.history("shop")[-1].details["attempts"] == 2
