"""The ledger keeps what it is told, tells tampering, and lets one source in where one belongs."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration.catalog import Catalog
from dw_migration.errors import BadConfig, BrokenHistory, Locked, NotAllowed, NotOurs
from dw_migration.kind import DatabaseObject
from dw_migration.kinds import KIND_OF
from dw_migration.live import ledger as ledger_module
from dw_migration.live import ledger_versions
from dw_migration.live.embedded import Server
from dw_migration.live.ledger import VERSIONS, Actor, Ledger
from dw_migration.live.locks import check_held, holders, holds, lock
from dw_migration.live.versions import read_version, version_table, write_version
from dw_migration.plan import Batch, Plan
from dw_migration.revision import Revision, ddl_text, revision_of, script_text
from dw_migration.rule import Severity
from dw_migration_tests.conftest import MakesDatabase, MakesRole

Connect = Callable[[str], psycopg.Connection[Any]]
ADA = Actor("ada", "run1")


@pytest.fixture
def target(database: MakesDatabase, connect: Connect) -> psycopg.Connection[Any]:
    return connect(database())


@pytest.fixture
def ledger(target: psycopg.Connection[Any]) -> Ledger:
    made = Ledger(target)
    made.ensure()
    made.register("shop", {"system_identifier": 7}, {"dw__shop__public": "public"}, ADA)
    return made


def catalog(*names: str, version: int = 180000) -> Catalog:
    objects: list[DatabaseObject] = [KIND_OF["schema"](name) for name in names]  # type: ignore[call-arg]
    return Catalog({each.address: each for each in objects}, version=version, fingerprint="f")


def plan(
    ledger: Ledger, *statements: str, parent: str | None = None, severity: Severity = Severity.SAFE, desired: Any = None
) -> Revision:
    made = revision_of(
        Plan((), (Batch(statements),), (Batch(()),)),
        source="shop",
        parent=parent,
        previous_version=None,
        starts_from="0",
        created=datetime(2026, 1, 2, tzinfo=UTC),
        message="made",
    )
    revision = replace(made, severity=severity)
    ledger.plan(
        revision, script=script_text(revision), ddl=ddl_text(revision)[0], desired=desired or catalog("a"), actor=ADA
    )
    return revision


# --- its own tables ---------------------------------------------------------------------------------------------------


def test_the_known_versions_are_the_files() -> None:
    files = sorted(Path(str(ledger_versions.__file__)).parent.glob("v*.py"))
    assert tuple(path.name[1:5] for path in files) == VERSIONS


def test_many_make_it_at_once(database: MakesDatabase) -> None:
    url, errors = database(), list[BaseException]()

    def make() -> None:
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                Ledger(connection).ensure()
                assert connection.autocommit
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_target_without_a_ledger_is_told_as_such(target: psycopg.Connection[Any]) -> None:
    assert not Ledger(target).exists()
    assert Ledger(target).version() is None


def test_a_role_that_may_not_make_it_is_told(
    database: MakesDatabase, server: Server, role: MakesRole, connect: Connect
) -> None:
    name = role()
    database("forbidden")
    connection = connect(str(server.url("forbidden", user=name)))
    with pytest.raises(NotAllowed, match="permission denied for database"):
        Ledger(connection).ensure()


@pytest.fixture
def old(target: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A ledger of the first version, with a source and a revision that waits."""
    with monkeypatch.context() as patch:
        patch.setattr(ledger_module, "VERSIONS", VERSIONS[:1])
        made = Ledger(target)
        made.ensure()
        made.register("shop", {"system_identifier": 7}, {"dw__shop__public": "public"}, ADA)
        plan(made, "SELECT 1")
    return made


def test_an_older_ledger_is_migrated_once_and_keeps_its_rows(old: Ledger) -> None:
    url, before = old.connection.info.dsn, (old.source("shop"), old.revisions("shop"), old.history())

    def migrate(_: int) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            Ledger(connection).ensure()

    assert old.version() == VERSIONS[0]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(migrate, range(2)))
    assert old.version() == VERSIONS[-1]
    assert (old.source("shop"), old.revisions("shop"), old.history()) == before
    old.check_history()


def test_an_older_ledger_is_read_as_it_is(old: Ledger) -> None:
    ledger = Ledger(old.connection)
    assert ledger.exists()
    state = ledger.source("shop")
    assert state is not None
    assert (len(state.pending), state.schemas) == (1, {"dw__shop__public": "public"})
    assert ledger.version() == VERSIONS[0]


def test_a_newer_ledger_is_not_touched(ledger: Ledger) -> None:
    ledger.connection.execute("UPDATE dw_migration.alembic_version_ledger SET version_num = '9999'")
    with pytest.raises(BrokenHistory, match="upgrade this one; nothing was written"):
        Ledger(ledger.connection).ensure()


# --- sources ----------------------------------------------------------------------------------------------------------


def test_a_target_schema_belongs_to_one_source(ledger: Ledger) -> None:
    with pytest.raises(NotOurs, match="belongs to the source shop, and other would use it too"):
        ledger.register("other", {}, {"dw__other__a": "a", "dw__shop__public": "public"})
    assert ledger.source("other") is None
    assert ledger.holder("dw__other__a") is None
    ledger.register("shop", {"system_identifier": 7}, {"dw__shop__sales": "sales"})
    assert ledger.schemas("shop") == {"dw__shop__public": "public", "dw__shop__sales": "sales"}


def test_registering_again_is_no_news(ledger: Ledger) -> None:
    ledger.register("shop", {"system_identifier": 7}, {"dw__shop__public": "public"}, ADA)
    assert [each.what for each in ledger.history("shop")] == ["registered"]
    ledger.register("shop", {"system_identifier": 8}, {"dw__shop__public": "public"}, ADA)
    assert [each.what for each in ledger.history("shop")] == ["registered", "registered"]


def test_status_keeps_its_time_until_it_changes(ledger: Ledger) -> None:
    ledger.set_status("shop", "failed", "because\nof this")
    first = ledger.source("shop")
    ledger.set_status("shop", "failed", "again")
    second = ledger.source("shop")
    ledger.record_fingerprints("shop", source_fingerprint="s")
    ledger.record_fingerprints("shop", target_fingerprint="t")
    ledger.set_status("shop", "in sync")
    third = ledger.source("shop")
    assert first is not None
    assert second is not None
    assert third is not None
    assert (first.since, first.reason) == (second.since, "because\\nof this")
    assert (third.since > second.since, third.status) == (True, "in sync")
    assert (third.source_fingerprint, third.target_fingerprint) == ("s", "t")


def test_what_was_in_sync_with_one_head_is_not_known_to_be_with_another(ledger: Ledger) -> None:
    first = plan(ledger, "SELECT 1")
    ledger.record_fingerprints("shop", "s", "t", {"tables": 1})
    ledger.applied("shop", first.id, ADA)
    state = ledger.source("shop")
    assert state is not None
    assert (state.head, state.source_fingerprint, state.target_fingerprint) == (first.id, None, None)
    assert state.summary == {"tables": 1}


# --- revisions --------------------------------------------------------------------------------------------------------


def test_a_revision_comes_back_whole(ledger: Ledger) -> None:
    made = plan(ledger, "SELECT '%s :x {} \\'", "two\nlines", severity=Severity.BREAKING)
    entry = ledger.revision("shop", made.id[:4])
    assert entry.revision == made
    assert (entry.state, entry.script, entry.planned_by) == ("planned", script_text(made), "ada")
    assert ledger.pending("shop") == (entry,)
    assert ledger.head("shop") is None
    assert ledger.desired_of("shop", made.id) == catalog("a")


def test_the_same_plan_is_one_revision(ledger: Ledger) -> None:
    first = plan(ledger, "SELECT 1")
    again = plan(ledger, "SELECT 1")
    assert first.id == again.id
    assert [each.what for each in ledger.history("shop")] == ["registered", "planned"]


def test_a_source_has_one_history(ledger: Ledger) -> None:
    first = plan(ledger, "SELECT 1")
    with pytest.raises(BrokenHistory, match="another revision stands behind base"):
        plan(ledger, "SELECT 2")
    given_up = ledger.supersede("shop", ADA)
    assert [each.id for each in given_up] == [first.id]
    second = plan(ledger, "SELECT 2")
    assert [each.id for each in ledger.revisions("shop")] == [second.id]
    assert [each.id for each in ledger.revisions("shop", superseded=True)] == [first.id, second.id]
    ledger.supersede("shop", ADA)
    assert plan(ledger, "SELECT 1").id == first.id
    assert [each.state for each in ledger.revisions("shop")] == ["planned"]


def test_an_unknown_beginning_is_told_with_what_there_is(ledger: Ledger) -> None:
    first = plan(ledger, "SELECT 1")
    with pytest.raises(BadConfig, match="found none"):
        ledger.revision("shop", "zz")
    second = plan(ledger, "SELECT 2", parent=first.id)
    with pytest.raises(BadConfig, match=f"found {first.id}, {second.id}"):
        ledger.revision("shop", "")


def test_consent_is_bound_to_the_letter_and_falls_with_the_plan(ledger: Ledger) -> None:
    first = plan(ledger, "SELECT 1", severity=Severity.BREAKING)
    assert ledger.approval("shop", first.id, first.sha256) is None
    ledger.approve("shop", first.id, first.sha256, ADA, "fine")
    given = ledger.approval("shop", first.id, first.sha256)
    assert given is not None
    assert (given.by, given.note) == ("ada", "fine")
    assert ledger.approval("shop", first.id, "another") is None
    ledger.supersede("shop", ADA)
    with pytest.raises(BrokenHistory, match="is superseded"):
        ledger.approve("shop", first.id, first.sha256, ADA)
    plan(ledger, "SELECT 1", severity=Severity.BREAKING)
    assert ledger.approval("shop", first.id, first.sha256) is None


def test_versions_and_base_follow_the_head(ledger: Ledger, target: psycopg.Connection[Any]) -> None:
    first = plan(ledger, "SELECT 1", desired=catalog("a"))
    second = plan(ledger, "SELECT 2", parent=first.id, desired=catalog("a", "b"))
    ledger.applied("shop", first.id, ADA)
    ledger.store_given("shop", catalog("a"))
    ledger.applied("shop", second.id, ADA)
    assert ledger.unread("shop")
    assert ledger.desired("shop") == catalog("a", "b")
    ledger.store_given("shop", catalog("a", "b", "never ours"))
    base = ledger.base("shop")
    assert base is not None
    assert base.given == catalog("a", "b")
    ledger.rolled_back("shop", second.id, ADA)
    assert ledger.head("shop") == first.id
    assert ledger.desired("shop") == catalog("a")
    assert [each.id for each in ledger.pending("shop")] == [second.id]
    rows = target.execute("SELECT revision, description FROM dw_migration.schema_version ORDER BY number").fetchall()
    assert rows == [(first.id, "made"), (second.id, "made"), (first.id, f"back from {second.id}")]


def test_a_stamp_is_believed_and_recorded(ledger: Ledger) -> None:
    first = plan(ledger, "SELECT 1")
    second = plan(ledger, "SELECT 2", parent=first.id)
    ledger.stamp("shop", second.id, ADA)
    assert [each.state for each in ledger.revisions("shop")] == ["applied", "applied"]
    ledger.stamp("shop", None, ADA)
    assert [each.state for each in ledger.revisions("shop")] == ["rolled back", "rolled back"]
    assert ledger.base("shop") is None or not ledger.desired("shop").objects


# --- base -------------------------------------------------------------------------------------------------------------


def test_only_rows_that_differ_are_written(ledger: Ledger, target: psycopg.Connection[Any]) -> None:
    """30,000 objects go in by COPY; of a second base only what is new, other or gone is touched."""
    names = [f"s{number}" for number in range(30_000)]
    ledger.store_base("shop", catalog(*names), catalog(*names))
    query = "SELECT address, xmin::text FROM dw_migration.managed_object"
    before = dict(target.execute(query).fetchall())
    ledger.store_base("shop", catalog(*names[1:], "new"), catalog(*names[1:], "new"))
    after = dict(target.execute(query).fetchall())
    assert len(before) == len(after) == 30_000
    assert len(before.items() - after.items()) == len(after.items() - before.items()) == 1
    base = ledger.base("shop")
    assert base is not None
    assert base.desired == base.given == catalog(*names[1:], "new")


# --- history ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE dw_migration.event SET by = 'eve' WHERE number = 2",
        "DELETE FROM dw_migration.event WHERE number = 2",
        "DELETE FROM dw_migration.event WHERE number = 3",
        "UPDATE dw_migration.event SET at = at + interval '1 s' WHERE number = 1",
        "INSERT INTO dw_migration.event SELECT source, 4, at, revision, what, by, run, details, hash, hash"
        " FROM dw_migration.event WHERE number = 3",
    ],
)
def test_history_that_was_tampered_with_is_seen(
    ledger: Ledger, target: psycopg.Connection[Any], tampering: str
) -> None:
    first = plan(ledger, "SELECT 1")
    ledger.approve("shop", first.id, first.sha256, ADA)
    ledger.check_history()
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        target.execute("DELETE FROM dw_migration.event")
    target.execute("SET session_replication_role = replica")  # as a superuser could
    target.execute(tampering)
    with pytest.raises(BrokenHistory, match="tampered with"):
        ledger.check_history("shop")


# --- locks ------------------------------------------------------------------------------------------------------------


def test_the_lock_is_held_by_one_and_given_back(target: psycopg.Connection[Any], connect: Connect) -> None:
    other = connect(target.info.dsn)
    with lock(target, "shop"):
        assert holds(target, "shop")
        assert not holds(other, "shop")
        assert [each.pid for each in holders(other, "shop")] == [target.info.backend_pid]
        with pytest.raises(Locked), lock(other, "shop"):
            pass
        with lock(other, "crm"):
            pass
        with pytest.raises(Locked, match="was lost"):
            check_held(other, "shop")
    with lock(other, "shop"):
        pass


def test_a_dead_holder_leaves_no_lock(target: psycopg.Connection[Any], connect: Connect) -> None:
    other = connect(target.info.dsn)
    with lock(other, "shop"):
        target.execute("SELECT pg_terminate_backend(%s, 10000)", [other.info.backend_pid])
        with lock(target, "shop"):
            pass


# --- Alembic's table --------------------------------------------------------------------------------------------------


def test_version_tables_never_meet() -> None:
    sources = ["shop", "a.b", "a_b", "a-b", "ledger", "x" * 47, "x" * 48, "x" * 49, "tenants.t-1", "tenants.t_1", "_"]
    names = [version_table(source) for source in sources]
    assert len(set(names)) == len(sources)
    assert all(len(name) <= 63 for name in names)
    assert names[0] == "alembic_version_shop"
    assert "alembic_version_ledger" not in names


def test_the_version_moves_from_where_it_is(ledger: Ledger) -> None:
    connection = ledger.connection
    assert read_version(connection, "shop") is None
    write_version(connection, "shop", None, "a")
    write_version(connection, "shop", "a", "b")
    with pytest.raises(BrokenHistory, match="is not at a"):
        write_version(connection, "shop", "a", "c")
    assert read_version(connection, "shop") == "b"
    write_version(connection, "shop", "b", None)
    assert read_version(connection, "shop") is None
