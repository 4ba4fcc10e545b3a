"""Each guard is needed: with it an invariant holds, and without it the harm comes that it is there for.

A guard is taken away by patching it in this process, and both times the same scenario runs.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration.errors import BrokenHistory, ConsentNeeded, DwMigrationError, Locked, StalePlan
from dw_migration.live import apply, batches, locks, travel
from dw_migration.rule import Severity
from dw_migration_tests.conftest import MakesDatabase
from dw_migration_tests.live.warehouse import FIRST, SCHEMA, SECOND, Warehouse, batch

Connect = Callable[[str], psycopg.Connection[Any]]
Connection = psycopg.Connection[Any]

COUNTED = (
    [batch(f"INSERT INTO {SCHEMA}.users VALUES (nextval('{SCHEMA}.next'))"), batch("SELECT 1")],
    [batch(f"TRUNCATE {SCHEMA}.users")],
)
"""A step whose first batch leaves a row each time that it is run, and is committed before the second."""


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def warehouse(database: MakesDatabase, connect: Connect, tmp_path: Path) -> Warehouse:
    """A target with one table, and a planned step that can be counted."""
    url = database()
    made = Warehouse(url, connect(url), connect(database()), tmp_path)
    made.set_up()
    made.plan([*FIRST[0], batch(f"CREATE SEQUENCE {SCHEMA}.next")], FIRST[1])
    made.apply()
    return made


@pytest.fixture
def other(warehouse: Warehouse, connect: Connect) -> Warehouse:
    """Another process on the same target."""
    return replace(warehouse, connection=connect(warehouse.url))


@pytest.fixture(params=["guarded", "mutated"])
def is_mutated(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "mutated")


def rows(warehouse: Warehouse) -> int:
    with psycopg.connect(warehouse.url) as connection:
        return len(connection.execute(f"SELECT FROM {SCHEMA}.users".encode()).fetchall())


def meanwhile(patch: pytest.MonkeyPatch, warehouse: Warehouse, act: Callable[[], None]) -> None:
    """While the warehouse's own session is in its first batch, and has not run a statement, something else happens."""
    real, waiting = batches.execute, [act]

    def execute(connection: Connection, text: str) -> None:
        if connection is warehouse.connection and waiting:
            waiting.pop()()
        real(connection, text)

    patch.setattr(batches, "execute", execute)


def killed_behind_its_first_batch(other: Warehouse) -> type[DwMigrationError] | None:
    """How the other process was refused; else it has committed one batch, and is gone."""
    real, begun = batches.begin, list[str]()

    def begin(connection: Connection, job: batches.Job, check: Callable[[], None]) -> None:
        begun.append(job.revision)
        if len(begun) > 1:
            connection.close()
            raise Killed
        real(connection, job, check)

    with pytest.MonkeyPatch.context() as patch, suppress(Killed):
        patch.setattr(batches, "begin", begin)
        return told(other.apply)
    return None


def told(act: Callable[[], None]) -> type[DwMigrationError] | None:
    """How the product refused, if it did."""
    try:
        act()
    except DwMigrationError as error:
        return type(error)
    return None


def test_the_lock_lets_each_step_run_once(
    warehouse: Warehouse, other: Warehouse, monkeypatch: pytest.MonkeyPatch, *, is_mutated: bool
) -> None:
    """Another process comes when this one has looked how far the revision is, and has not done anything."""
    warehouse.plan(*COUNTED)
    if is_mutated:
        monkeypatch.setattr(locks, "_tried", lambda *_: True)
        monkeypatch.setattr(locks, "holds", lambda *_: True)
    found: list[type[DwMigrationError] | None] = []
    meanwhile(monkeypatch, warehouse, lambda: found.append(killed_behind_its_first_batch(other)))
    warehouse.apply()
    assert (rows(warehouse), found) == ((2, [None]) if is_mutated else (1, [Locked]))


def test_a_lock_that_was_lost_lets_nothing_more_be_committed(
    warehouse: Warehouse, other: Warehouse, monkeypatch: pytest.MonkeyPatch, *, is_mutated: bool
) -> None:
    """A pooler, say, gives this session's locks back; another process begins the same step, and this one goes on."""
    warehouse.plan(*COUNTED)
    if is_mutated:
        monkeypatch.setattr(apply, "check_held", lambda *_: None)
        monkeypatch.setattr(travel, "check_held", lambda *_: None)

    def lost() -> None:
        warehouse.connection.execute("SELECT pg_advisory_unlock_all()")
        assert killed_behind_its_first_batch(other) is None

    meanwhile(monkeypatch, warehouse, lost)
    assert told(warehouse.apply) == (None if is_mutated else Locked)
    assert rows(warehouse) == (2 if is_mutated else 1)


def test_the_ledger_is_written_with_what_it_tells_of(
    warehouse: Warehouse, other: Warehouse, monkeypatch: pytest.MonkeyPatch, *, is_mutated: bool
) -> None:
    """The process is killed where it is about to write the ledger."""
    second = warehouse.plan(*SECOND)

    def killed(connection: Connection, *_: Any) -> None:
        if is_mutated:  # what was done is committed by itself
            connection.commit()
        connection.close()
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(travel, "note", killed)
        with pytest.raises(Killed):
            warehouse.apply()
    is_there = other.state() == other.state_of_model()
    is_told = other.ledger.head("shop") == second.id
    assert (is_there == is_told) == (not is_mutated)
    assert told(other.apply) == (BrokenHistory if is_mutated else None)  # and nobody can go on without a person


def test_what_loses_rows_waits_for_consent(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, *, is_mutated: bool
) -> None:
    warehouse.connection.execute(f"INSERT INTO {SCHEMA}.users VALUES (1, 'ada')".encode())
    warehouse.plan([batch(f"TRUNCATE {SCHEMA}.users")], [batch("SELECT 1")], severity=Severity.BREAKING)
    if is_mutated:
        monkeypatch.setattr(apply, "_check_consent", lambda *_: None)
    assert told(warehouse.apply) == (None if is_mutated else ConsentNeeded)
    assert rows(warehouse) == (0 if is_mutated else 1)


def test_what_somebody_changed_since_is_not_dropped(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, *, is_mutated: bool
) -> None:
    """A person drops the column that the plan is to drop, and puts another one, with its values, in its place."""
    warehouse.plan(*SECOND)
    warehouse.apply()
    warehouse.plan([batch(f"ALTER TABLE {SCHEMA}.users DROP COLUMN name")], [batch("SELECT 1")])
    warehouse.connection.execute(f"INSERT INTO {SCHEMA}.users VALUES (1, 'precious')".encode())
    warehouse.connection.execute(f"ALTER TABLE {SCHEMA}.users DROP COLUMN name".encode())
    warehouse.connection.execute(f"ALTER TABLE {SCHEMA}.users RENAME email TO name".encode())
    if is_mutated:
        monkeypatch.setattr(apply, "_check_state", lambda *_: None)
    assert told(warehouse.apply) == (None if is_mutated else StalePlan)
    left = warehouse.connection.execute(f"SELECT to_jsonb(u)::text FROM {SCHEMA}.users u".encode()).fetchall()
    assert ("precious" in str(left)) == (not is_mutated)
