"""Whatever applies a revision, ledger, Alembic's table, workspace and target tell the same."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration.catalog import Catalog
from dw_migration.errors import (
    BrokenHistory,
    ConsentNeeded,
    DwMigrationError,
    Locked,
    NoConnection,
    NotOurs,
    ServerError,
    StalePlan,
)
from dw_migration.live import batches
from dw_migration.live.apply import Terms
from dw_migration.live.embedded import Server
from dw_migration.live.ledger import Actor, Ledger
from dw_migration.live.locks import lock
from dw_migration.live.travel import roll_back, take_over
from dw_migration.rule import Severity
from dw_migration_tests.conftest import MakesDatabase
from dw_migration_tests.live.warehouse import ACTOR, FIRST, SCHEMA, SECOND, TERMS, Warehouse, batch
from dw_migration_tests.outside import until

Connect = Callable[[str], psycopg.Connection[Any]]


@pytest.fixture
def warehouse(database: MakesDatabase, connect: Connect, tmp_path: Path) -> Warehouse:
    url = database()
    made = Warehouse(url, connect(url), connect(database()), tmp_path)
    made.set_up()
    return made


def test_a_revision_is_applied_and_taken_back(warehouse: Warehouse) -> None:
    first, second = warehouse.plan(*FIRST), warehouse.plan(*SECOND)
    warehouse.apply()
    assert warehouse.head() == second.id
    assert warehouse.state() == warehouse.state_of_model()
    base = warehouse.ledger.base("shop")
    assert base is not None
    assert base.given.digest == base.desired.digest == warehouse.state()
    warehouse.roll_back()
    assert warehouse.head() == first.id
    warehouse.roll_back()
    assert warehouse.head() is None
    assert warehouse.events() == [
        ("registered", None),
        ("planned", first.id),
        ("planned", second.id),
        ("applied", first.id),
        ("applied", second.id),
        ("rolled back", second.id),
        ("rolled back", first.id),
    ]
    warehouse.apply()
    assert warehouse.head() == second.id


def test_an_older_server_does_as_well(
    database: MakesDatabase, connect: Connect, tmp_path: Path, older_server: Server
) -> None:
    url = database(None, older_server)
    old = Warehouse(url, connect(url), connect(database(None, older_server)), tmp_path)
    old.set_up()
    old.plan(*FIRST)
    second = old.plan(*SEVERAL)
    old.apply()
    assert old.head() == second.id
    assert old.state() == old.state_of_model()
    old.alembic("downgrade", "base")
    assert old.head() is None
    assert old.state() == Catalog().digest


def test_alembic_and_we_do_one_thing(warehouse: Warehouse) -> None:
    first, second = warehouse.plan(*FIRST), warehouse.plan(*SECOND)
    assert second.id in warehouse.alembic("heads")
    assert first.id not in warehouse.alembic("current")
    warehouse.alembic("upgrade", "+1")
    assert warehouse.head() == first.id
    assert f"{first.id}" in warehouse.alembic("current")
    warehouse.apply()  # ours goes on where Alembic stopped
    assert warehouse.head() == second.id
    assert warehouse.state() == warehouse.state_of_model()
    warehouse.alembic("downgrade", "-1")
    assert warehouse.head() == first.id
    warehouse.roll_back()
    assert warehouse.head() is None
    warehouse.alembic("upgrade", "head")
    assert warehouse.head() == second.id
    base = warehouse.ledger.base("shop")
    assert base is not None
    assert base.given.digest == warehouse.state()
    assert not warehouse.ledger.unread("shop")
    assert (warehouse.workspace.catalog() or ("", None))[0] == second.id
    warehouse.alembic("downgrade", "base")
    assert warehouse.head() is None
    history = warehouse.alembic("history")
    assert f"{first.id} -> {second.id} (head), a step" in history
    assert [what for what, _ in warehouse.events()][-4:] == ["applied", "applied", "rolled back", "rolled back"]


def test_offline_mode_prints_the_statements(warehouse: Warehouse) -> None:
    _, second = warehouse.plan(*FIRST), warehouse.plan(*SECOND)
    printed = warehouse.alembic("upgrade", "head", "--sql")
    for statement in (*FIRST[0][0].statements, *SECOND[0][0].statements):
        assert f"{statement};" in printed
    assert f"version_num='{second.id}'" in printed


# --- hand-written revisions -------------------------------------------------------------------------------------------


def hand_written(warehouse: Warehouse, code: str, back: str) -> str:
    """The id of a revision that `alembic revision` made, and a person filled in."""
    warehouse.alembic("revision", "-m", 'a view of "my own"')
    head = warehouse.workspace.head()
    assert head
    path = warehouse.workspace.revision_files()[head].path
    upgrade, downgrade = "def upgrade() -> None:\n    pass", "def downgrade() -> None:\n    pass"
    text = path.read_text()
    assert upgrade in text
    text = text.replace(upgrade, upgrade.replace("pass", code)).replace(downgrade, downgrade.replace("pass", back))
    path.write_text(text)
    return head


CODE = (
    f'op.execute("CREATE VIEW {SCHEMA}.own AS SELECT id FROM {SCHEMA}.users")',
    f'op.execute("DROP VIEW {SCHEMA}.own")',
)


@pytest.mark.parametrize("by_alembic", [True, False], ids=["alembic", "ours"])
def test_a_hand_written_revision_is_recorded_and_unmanaged(warehouse: Warehouse, *, by_alembic: bool) -> None:
    first = warehouse.plan(*FIRST)
    warehouse.apply()
    managed = warehouse.ledger.desired("shop").digest
    own = hand_written(warehouse, *CODE)
    if by_alembic:
        warehouse.alembic("upgrade", "head")
    else:
        warehouse.apply()
    assert warehouse.head() == own
    entry = warehouse.ledger.revision("shop", own)
    assert entry.revision.hand_written
    assert entry.revision.message == "a view of 'my own'"
    assert entry.revision.version == "1.0.0"
    assert "CREATE VIEW" in entry.script
    assert warehouse.ledger.desired("shop").digest == managed
    if by_alembic:
        warehouse.alembic("downgrade", "-1")
    else:
        warehouse.roll_back()
    assert warehouse.head() == first.id
    warehouse.apply()
    assert warehouse.head() == own
    assert [what for what, _ in warehouse.events()][2:] == ["applied", "written", "applied", "rolled back", "applied"]


def test_a_failing_hand_written_revision_is_told_and_undone(warehouse: Warehouse) -> None:
    first = warehouse.plan(*FIRST)
    warehouse.apply()
    hand_written(warehouse, 'op.execute("CREATE TABLE x (a int DEFAULT 0); INSERT INTO x SELECT 1/0")', "pass")
    with pytest.raises(ServerError, match="division by zero"):
        warehouse.apply()
    assert warehouse.head() == first.id
    assert warehouse.connection.execute(f"SELECT to_regclass('{SCHEMA}.x')").fetchone() == (None,)
    assert "division by zero" in warehouse.alembic("upgrade", "head", fails=True)
    assert [what for what, _ in warehouse.events()][-2:] == ["failed", "failed"]


MODELS = f"""
from sqlalchemy import BigInteger, Column, Text
from sqlalchemy.orm import declarative_base

Base = declarative_base()


class Users(Base):
    __tablename__ = "users"
    __table_args__ = {{"schema": "{SCHEMA}"}}
    id = Column(BigInteger, primary_key=True, autoincrement=False)
    email = Column(Text)
"""


def test_autogenerate_sees_what_models_say_and_leaves_the_rest_alone(warehouse: Warehouse) -> None:
    warehouse.plan(*FIRST)
    warehouse.apply()
    warehouse.connection.execute(f"CREATE TABLE {SCHEMA}.not_ours (a int)")
    warehouse.connection.execute(f"CREATE INDEX not_ours_too ON {SCHEMA}.users (email)")
    warehouse.connection.execute("CREATE TABLE public.elsewhere (a int)")
    models = warehouse.workspace.folder / "models.py"
    models.write_text(MODELS)
    assert "No new upgrade operations detected" in warehouse.alembic("check")
    models.write_text(MODELS + "    extra = Column(Text)\n")
    warehouse.alembic("revision", "--autogenerate", "-m", "one more column")
    head = warehouse.workspace.head()
    assert head
    text = warehouse.workspace.revision_files()[head].text
    assert text.count("op.") == 2
    assert f"op.add_column('users', sa.Column('extra', sa.Text(), nullable=True), schema='{SCHEMA}')" in text
    warehouse.alembic("upgrade", "head")
    assert warehouse.head() == head


# --- consent ----------------------------------------------------------------------------------------------------------


def test_a_breaking_revision_waits_for_consent_under_alembic_too(warehouse: Warehouse) -> None:
    first = warehouse.plan(*FIRST, severity=Severity.BREAKING)
    with pytest.raises(ConsentNeeded, match="waits for consent"):
        warehouse.apply()
    assert "waits for consent" in warehouse.alembic("upgrade", "head", fails=True)
    assert warehouse.head() is None
    source = warehouse.ledger.source("shop")
    assert source is not None
    assert source.status == "held"
    with pytest.raises(BrokenHistory, match="look at the DDL file again"):
        warehouse.ledger.approve("shop", first.id, "another", ACTOR)
    warehouse.ledger.approve("shop", first.id[:5], first.sha256, Actor("grace"), "seen")
    warehouse.alembic("upgrade", "head")
    assert warehouse.head() == first.id
    assert ("approved", first.id) in warehouse.events()


def test_a_way_down_that_loses_rows_needs_a_word(warehouse: Warehouse) -> None:
    warehouse.plan(*FIRST, loses_rows=(f"table {SCHEMA}.users",))
    warehouse.apply()
    warehouse.connection.execute(f"INSERT INTO {SCHEMA}.users (id) VALUES (1)")
    with pytest.raises(ConsentNeeded, match="loses the rows of"):
        warehouse.roll_back()
    assert "loses the rows" in warehouse.alembic("downgrade", "base", fails=True)
    warehouse.alembic("-x", "allow_breaking=yes", "downgrade", "base")
    assert warehouse.head() is None


# --- what the plan starts from ----------------------------------------------------------------------------------------


def test_a_target_changed_by_hand_is_not_built_on(warehouse: Warehouse) -> None:
    first = warehouse.plan(*FIRST)
    warehouse.apply()
    warehouse.plan(*SECOND)
    warehouse.connection.execute(f"ALTER TABLE {SCHEMA}.users ALTER email SET NOT NULL")
    with pytest.raises(StalePlan, match="plan again"):
        warehouse.apply()
    with pytest.raises(StalePlan):
        warehouse.roll_back()
    assert "changed it by hand" in warehouse.alembic("upgrade", "head", fails=True)
    assert warehouse.head() == first.id


def test_what_was_never_ours_is_in_nobodys_way(warehouse: Warehouse) -> None:
    warehouse.plan(*FIRST)
    warehouse.apply()
    second = warehouse.plan(*SECOND)
    warehouse.connection.execute(f"CREATE INDEX ON {SCHEMA}.users (email)")
    warehouse.apply()
    assert warehouse.head() == second.id


def test_alembics_table_written_by_hand_is_seen(warehouse: Warehouse) -> None:
    warehouse.plan(*FIRST)
    second = warehouse.plan(*SECOND)
    warehouse.apply()
    warehouse.connection.execute("DELETE FROM dw_migration.alembic_version_shop")
    with pytest.raises(BrokenHistory, match="alembic stamp"):
        roll_back(warehouse.connection, warehouse.workspace, second.id, TERMS)
    warehouse.alembic("stamp", second.id)
    assert warehouse.head() == second.id


def test_an_edited_file_is_refused(warehouse: Warehouse) -> None:
    first = warehouse.plan(*FIRST)
    path = warehouse.workspace.revision_files()[first.id].path
    path.write_text(path.read_text().replace("email text", "email int"))
    with pytest.raises(BrokenHistory, match="was edited"):
        warehouse.apply()
    assert "was edited" in warehouse.alembic("upgrade", "head", fails=True)
    path.unlink()
    warehouse.workspace.restore(warehouse.ledger.revisions("shop"))
    warehouse.apply()
    assert warehouse.head() == first.id


# --- batches ----------------------------------------------------------------------------------------------------------

INDEX = f"CREATE INDEX CONCURRENTLY users_email ON {SCHEMA}.users USING btree (email)"
SEVERAL = (
    [
        batch(f"ALTER TABLE {SCHEMA}.users ADD COLUMN a int"),
        batch(INDEX, transactional=False),
        batch(f"ALTER TABLE {SCHEMA}.users ADD COLUMN b int", f"ALTER TABLE {SCHEMA}.users ADD COLUMN c int"),
    ],
    [
        batch(f"ALTER TABLE {SCHEMA}.users DROP COLUMN a, DROP COLUMN b, DROP COLUMN c"),
        batch(f"DROP INDEX CONCURRENTLY {SCHEMA}.users_email", transactional=False),
    ],
)


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("step", range(1, 12))
def test_an_interrupted_revision_goes_on_where_it_stopped(
    warehouse: Warehouse, connect: Connect, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Killed at the n-th of marks and statements, the next run, by whomever, ends where an undisturbed one does."""
    warehouse.plan(*FIRST)
    warehouse.apply()
    second = warehouse.plan(*SEVERAL)
    left = step

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(connection: psycopg.Connection[Any], *arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                connection.close()
                raise Killed
            return real(connection, *arguments, **options)

        return call

    with monkeypatch.context() as patch:
        for name in ("_mark", "execute", "is_done"):
            patch.setattr(batches, name, dying(getattr(batches, name)))
        try:
            warehouse.apply()
        except Killed:
            warehouse.connection = connect(warehouse.url)
    if step % 2:
        warehouse.apply()
    else:
        warehouse.alembic("upgrade", "head")
    assert warehouse.head() == second.id
    assert warehouse.state() == warehouse.state_of_model()
    assert warehouse.ledger.interrupted("shop") is None
    warehouse.roll_back()
    warehouse.apply()
    assert warehouse.state() == warehouse.state_of_model()


def test_an_invalid_index_of_a_killed_build_is_built_again(
    warehouse: Warehouse, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.plan(*FIRST)
    warehouse.apply()
    warehouse.plan(*SEVERAL)

    def killed(*_: Any) -> None:
        raise Killed

    with connect(warehouse.url) as reader, monkeypatch.context() as patch:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT")
        patch.setattr(batches, "_failure", killed)
        with pytest.raises(Killed):
            warehouse.apply(terms=replace(TERMS, lock_timeout=timedelta(milliseconds=50)))
    warehouse.connection = connect(warehouse.url)
    assert _is_valid(warehouse) == [(False,)]
    warehouse.apply()
    assert _is_valid(warehouse) == [(True,)]


def _is_valid(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    found = "SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass"
    return warehouse.connection.execute(found, [f"{SCHEMA}.users_email"]).fetchall()


def test_an_index_of_the_same_name_is_not_taken_for_ours(warehouse: Warehouse) -> None:
    warehouse.plan(*FIRST)
    warehouse.apply()
    warehouse.plan(*SEVERAL)
    warehouse.connection.execute(f"CREATE INDEX users_email ON {SCHEMA}.users (id)")
    with pytest.raises(NotOurs, match="is there already"):
        warehouse.apply()


def test_a_half_applied_revision_is_not_given_up(warehouse: Warehouse) -> None:
    warehouse.plan(*FIRST)
    warehouse.apply()
    second = warehouse.plan(*SEVERAL)
    warehouse.connection.execute(f"CREATE INDEX users_email ON {SCHEMA}.users (id)")
    with pytest.raises(NotOurs):
        warehouse.apply()
    with pytest.raises(BrokenHistory, match="1 batches of the revision"):
        warehouse.ledger.supersede("shop")
    warehouse.connection.execute(f"DROP INDEX {SCHEMA}.users_email")
    warehouse.apply()
    assert warehouse.head() == second.id


# --- locks and failures -----------------------------------------------------------------------------------------------


def test_a_failing_statement_is_named_and_nothing_is_half_done(warehouse: Warehouse) -> None:
    first = warehouse.plan(*FIRST)
    up = [batch(f"ALTER TABLE {SCHEMA}.users ADD COLUMN a int", f"ALTER TABLE {SCHEMA}.users ADD CHECK (email <> 'x')")]
    second = warehouse.plan(up, [batch()])
    warehouse.apply(first.id)
    warehouse.connection.execute(f"INSERT INTO {SCHEMA}.users VALUES (1, 'x')")
    with pytest.raises(ServerError) as caught:
        warehouse.apply()
    assert caught.value.sqlstate == "23514"
    line = (warehouse.workspace.ddl(second.id)).split("\n").index(up[0].statements[1] + ";") + 1
    assert f"statement 2 of 2 (ddl/{second.id}.sql:{line}): ALTER TABLE" in str(caught.value)
    assert "Failing row" not in str(caught.value)
    assert warehouse.head() == first.id
    assert warehouse.events()[-1] == ("failed", second.id)
    assert warehouse.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_lock_in_the_way_is_waited_for_and_told(warehouse: Warehouse, connect: Connect) -> None:
    first, second = warehouse.plan(*FIRST), warehouse.plan(*SECOND)
    warehouse.apply(first.id)
    reader = connect(warehouse.url)
    reader.execute("BEGIN")
    reader.execute(f"SELECT FROM {SCHEMA}.users")
    short = replace(TERMS, lock_timeout=timedelta(milliseconds=20), lock_budget=timedelta(milliseconds=300))
    with pytest.raises(ServerError, match=f"in the way: pid {reader.info.backend_pid}") as caught:
        warehouse.apply(terms=short)
    assert caught.value.sqlstate == "55P03"
    watcher = connect(warehouse.url)

    def waits() -> bool:
        return bool(watcher.execute("SELECT FROM pg_locks WHERE NOT granted").rowcount)

    def end_after_an_attempt() -> None:
        until(waits)
        until(lambda: not waits())
        reader.execute("COMMIT")

    ended = threading.Thread(target=end_after_an_attempt)
    ended.start()
    warehouse.apply(terms=replace(short, lock_timeout=timedelta(milliseconds=300), lock_budget=timedelta(minutes=1)))
    ended.join()
    assert warehouse.head() == second.id
    assert warehouse.ledger.history("shop")[-1].details["attempts"] > 1


def test_one_run_a_source(warehouse: Warehouse, connect: Connect) -> None:
    warehouse.plan(*FIRST)
    other = connect(warehouse.url)
    with lock(other, "shop"):
        with pytest.raises(Locked, match=f"pid {other.info.backend_pid}"):
            warehouse.apply()
        assert "another run works on it" in warehouse.alembic("upgrade", "head", fails=True)
    warehouse.apply()


def test_eight_at_once_apply_each_step_once(warehouse: Warehouse) -> None:
    warehouse.plan(*FIRST)
    second = warehouse.plan(*SECOND)
    errors: list[DwMigrationError] = []

    def run() -> None:
        one = replace(warehouse, connection=psycopg.connect(warehouse.url, autocommit=True))
        try:
            one.apply(terms=Terms(Actor("many", str(threading.get_ident()))))
        except DwMigrationError as error:
            errors.append(error)
        one.connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {type(error) for error in errors} <= {Locked, BrokenHistory}
    warehouse.apply()
    assert warehouse.head() == second.id
    assert [what for what, _ in warehouse.events()].count("applied") == 2


def test_a_lost_lock_stops_the_commit(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse.plan(*FIRST)
    real = batches.execute

    def losing(connection: psycopg.Connection[Any], text: str) -> None:
        real(connection, text)
        connection.execute("SELECT pg_advisory_unlock_all()")

    monkeypatch.setattr(batches, "execute", losing)
    with pytest.raises(Locked, match="lock of this run was lost"):
        warehouse.apply()
    assert warehouse.head() is None
    assert len(warehouse.connection.execute("SELECT FROM pg_namespace WHERE nspname = %s", [SCHEMA]).fetchall()) == 0


@pytest.mark.parametrize("arrived", [True, False], ids=["committed", "not committed"])
def test_a_lost_commit_is_looked_up_and_never_repeated(
    warehouse: Warehouse, connect: Connect, monkeypatch: pytest.MonkeyPatch, *, arrived: bool
) -> None:
    first = warehouse.plan(*FIRST)
    real = psycopg.Connection.commit
    pid = warehouse.connection.info.backend_pid
    killer = connect(warehouse.url)

    def commit(self: psycopg.Connection[Any]) -> None:
        applied = self.execute("SELECT FROM dw_migration.source WHERE head IS NOT NULL").rowcount
        if self is warehouse.connection and applied:
            if arrived:
                real(self)
            killer.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
            raise psycopg.OperationalError("the connection is lost")
        real(self)

    monkeypatch.setattr(psycopg.Connection, "commit", commit)
    if arrived:
        warehouse.apply(reconnect=lambda: connect(warehouse.url))
    else:
        with pytest.raises(NoConnection, match="nothing of it was kept"):
            warehouse.apply(reconnect=lambda: connect(warehouse.url))
    monkeypatch.undo()
    warehouse.connection = connect(warehouse.url)
    assert warehouse.head() == (first.id if arrived else None)
    warehouse.apply()
    assert warehouse.head() == first.id
    assert [what for what, _ in warehouse.events()].count("applied") == 1


# --- lost disks and ledgers -------------------------------------------------------------------------------------------


def test_an_empty_disk_is_restored_from_the_ledger(warehouse: Warehouse) -> None:
    warehouse.plan(*FIRST)
    second = warehouse.plan(*SECOND)
    before = {path.name: path.read_text() for path in warehouse.workspace.folder.rglob("*.*") if path.is_file()}
    warehouse.workspace.folder.rename(warehouse.folder / "lost")
    warehouse.workspace.prepare(warehouse.folder / "dw_migration.yaml")
    warehouse.workspace.restore(warehouse.ledger.revisions("shop", superseded=True))
    after = {path.name: path.read_text() for path in warehouse.workspace.folder.rglob("*.*") if path.is_file()}
    assert after == before
    warehouse.alembic("upgrade", "head")
    assert warehouse.head() == second.id


def test_an_empty_ledger_is_filled_from_the_workspace(
    warehouse: Warehouse, database: MakesDatabase, connect: Connect
) -> None:
    first, second = warehouse.plan(*FIRST), warehouse.plan(*SECOND)
    warehouse.apply()
    warehouse.url = database()
    warehouse.connection = connect(warehouse.url)
    warehouse.set_up()
    assert take_over(warehouse.ledger, warehouse.workspace, ACTOR) == (first.id, second.id)
    warehouse.apply()
    assert warehouse.head() == second.id
    assert warehouse.ledger.desired("shop").digest == warehouse.state_of_model() == warehouse.state()


def test_a_newer_ledger_is_refused(warehouse: Warehouse) -> None:
    warehouse.plan(*FIRST)
    warehouse.connection.execute("UPDATE dw_migration.alembic_version_ledger SET version_num = '9999'")
    with pytest.raises(BrokenHistory, match="newer dw_migration"):
        Ledger(warehouse.connection).ensure()
    assert "newer dw_migration" in warehouse.alembic("upgrade", "head", fails=True)
