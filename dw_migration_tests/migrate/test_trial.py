"""A dry run tries what apply would run, says what it did not try and why, and leaves nothing."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source
from dw_migration.live import taking, trial
from dw_migration.live.embedded import Server
from dw_migration.live.privileges import Keeper
from dw_migration.migrate import Outcome
from dw_migration_tests.outside import CommandLine, Shop, brought_with_rows, opened_shop, until

Known = tuple[Config, Source]


@pytest.fixture
def shop(any_server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source with two tables, and a target that has rows."""
    with opened_shop(any_server, tmp_path, "trial_shop") as made:
        yield made


@pytest.fixture
def known(shop: Shop) -> Known:
    """The shop's config and source, in sync; then rows came."""
    return brought_with_rows(shop)


def dry(shop: Shop, known: Known, **options: Any) -> Outcome:
    """What a dry run of the plan finds, which changes nothing: neither in the target nor in the ledger."""
    before = shop.state(), standing(shop)
    found = migrate.apply(*known, dry_run=True, **options)
    assert (shop.state(), standing(shop)) == before
    return found


def standing(shop: Shop) -> list[tuple[Any, ...]]:
    """The whole ledger that tells what ran."""
    told = (
        ("source", "status || reason || coalesce(head, '')"),
        ("revision", "id || state"),
        ("event", "what"),
        ("batch", "number::text"),
        ("approval", "revision"),
        ("retired", "kept"),
    )
    there = {name for (name,) in shop.on(shop.target, "SELECT relname FROM pg_class WHERE relkind = 'r'")}
    queries = (f"SELECT '{t}', {what}::text FROM dw_migration.{t}" for t, what in told if t in there)
    return sorted(shop.on(shop.target, " UNION ALL ".join(queries)))


def planned(shop: Shop, known: Known, change: str) -> Outcome:
    shop.on(shop.source, change)
    return migrate.plan(*known)


def untried(found: Outcome) -> list[tuple[str, str]]:
    """What was left out, and why, without where it stands and how large its tables are."""
    return [(each.statement.partition(" ON ")[0], each.why.partition(" (")[0]) for each in found.untried]


def test_all_is_tried_that_runs_in_a_transaction_and_rewrites_nothing(shop: Shop, known: Known) -> None:
    planned(
        shop,
        known,
        "ALTER TABLE orders ADD priority int; ALTER TABLE orders DROP total; CREATE TABLE parts (id int PRIMARY KEY);"
        "ALTER TABLE orders ALTER note TYPE varchar(200); CREATE VIEW cheap AS SELECT id, priority FROM orders",
    )
    found = dry(shop, known)
    assert (found.status, found.exit_code, found.error, found.untried) == ("pending", 0, None, ())
    assert found.tried == 5
    assert "ADD COLUMN priority" in found.ddl
    assert any("is breaking: apply holds it" in each for each in found.warnings)


def test_what_is_not_tried_is_named_with_its_reason(shop: Shop, known: Known) -> None:
    """Outside of a transaction, a table written anew, and what stands on either."""
    planned(
        shop,
        known,
        "CREATE INDEX orders_note_idx ON orders (note); ALTER TABLE orders ADD UNIQUE (note, id);"
        "ALTER TABLE orders ALTER total TYPE text; ALTER TABLE orders ADD priority int",
    )
    found = dry(shop, known)
    place = f"{shop.schema}.orders"
    assert found.error is None
    assert untried(found) == [
        (f"ALTER TABLE {place} ALTER COLUMN total TYPE text", f"it writes all of {place} anew"),
        ("CREATE UNIQUE INDEX CONCURRENTLY orders_note_id_key", "it runs in no transaction"),
        (
            f"ALTER TABLE {place} ADD CONSTRAINT orders_note_id_key UNIQUE USING INDEX orders_note_id_key",
            "it stands on what was left out",
        ),
        ("CREATE INDEX CONCURRENTLY orders_note_idx", "it runs in no transaction"),
    ]
    assert found.tried == 1
    assert (
        found.untried[0].place == f"ddl/{migrate.status(*known).revision}.sql:" + found.untried[0].place.split(":")[1]
    )


def test_a_label_that_is_used_at_once_is_told_apart_from_an_error(shop: Shop, known: Known) -> None:
    shop.on(shop.source, "CREATE TYPE mood AS ENUM ('calm'); ALTER TABLE orders ADD mood mood")
    assert migrate.sync(*known).status == "in_sync"
    planned(shop, known, "ALTER TYPE mood ADD VALUE 'wild'")
    planned(shop, known, "ALTER TABLE orders ALTER mood SET DEFAULT 'wild'")
    found = dry(shop, known)
    assert (found.error, found.tried) == (None, 1)
    assert [each.why.partition(",")[0] for each in found.untried] == [
        "it uses a label that is added by the same revision"
    ]


def test_a_large_table_is_not_read_while_readers_wait(
    shop: Shop, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The forms that read it in a transaction of their own would, in this one, keep the locks of all others."""
    planned(shop, known, "ALTER TABLE orders ALTER total SET NOT NULL; ALTER TABLE orders ADD CHECK (total > 0)")
    assert dry(shop, known).untried == ()
    monkeypatch.setattr(trial, "SMALL", 1)
    found = dry(shop, known)
    place = f"{shop.schema}.orders"
    assert found.error is None
    assert {why for _, why in untried(found)} == {f"it reads all of {place}"}
    assert {each.statement.split(place)[1].split("_")[0] for each in found.untried} == {
        " ALTER COLUMN total SET NOT NULL",
        " VALIDATE CONSTRAINT total",
        " VALIDATE CONSTRAINT orders",
    }


def test_a_statement_that_fails_is_told_as_such(shop: Shop, known: Known) -> None:
    """Its place, what the server says, exit code 1, and no value of a row; the DDL is told all the same."""
    planned(shop, known, "ALTER TABLE orders ADD CHECK (total < 40); ALTER TABLE orders ADD priority int")
    found = dry(shop, known, allow_breaking=True)
    assert (found.status, found.exit_code, found.tried) == ("pending", 1, None)
    assert found.error
    assert "VALIDATE CONSTRAINT orders_total_check" in found.error
    assert "[23514]" in found.error
    assert "note 40" not in found.error
    assert "ADD COLUMN priority" in found.ddl


def test_a_target_that_was_changed_since_is_told(shop: Shop, known: Known) -> None:
    planned(shop, known, "ALTER TABLE orders ADD priority int")
    shop.on(shop.target, f"ALTER TABLE {shop.schema}.orders ALTER note TYPE text")
    found = dry(shop, known)
    assert found.exit_code == 1
    assert found.error
    assert "somebody changed it by hand" in found.error


def test_nobody_waits_longer_for_it_than_lock_timeout(
    shop: Shop, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind it, while it waits for a reader that lets nobody in: they wait for it, and then no more.

    Each of its own waits has lock_timeout as its end, by the server's word; and it gives up when its budget is spent.
    """
    planned(shop, known, 'ALTER TABLE orders ADD priority int; ALTER TABLE "Users" ADD age int')
    config, source = known
    policy = config.policy.model_copy(update={"lock_budget": config.policy.lock_timeout * 3})
    hasty = config.model_copy(update={"policy": policy}), source
    limits, real = list[int](), taking._wait_at_most

    def noted(connection: psycopg.Connection[Any], seconds: float) -> None:
        real(connection, seconds)
        row = connection.execute("SELECT setting::int FROM pg_settings WHERE name = 'lock_timeout'").fetchone()
        limits.append(row[0] if row else 0)

    monkeypatch.setattr(taking, "_wait_at_most", noted)
    with psycopg.connect(shop.target) as reader, readers_of(shop, "users") as served:
        reader.execute(f"SELECT FROM {shop.schema}.users LIMIT 1".encode())
        found: list[Outcome] = []
        thread = threading.Thread(target=lambda: found.append(migrate.apply(*hasty, dry_run=True)))
        thread.start()
        until(lambda: waits_for_us(shop) or not thread.is_alive())
        assert thread.is_alive()
        before = len(served)
        until(lambda: len(served) > before + 1)  # the first of them may have read before
        thread.join()
        assert reader.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    assert found[0].exit_code == 1
    assert found[0].error
    assert "in the way: pid" in found[0].error
    longest = policy.lock_timeout.total_seconds() * 1000
    assert limits
    assert all(0 < each <= longest for each in limits)


@contextmanager
def readers_of(shop: Shop, table: str) -> Iterator[list[None]]:
    """In the block, somebody reads the table over and over; each time that he is served counts."""
    served, is_done = list[None](), threading.Event()

    def reading() -> None:
        with psycopg.connect(shop.target, autocommit=True, application_name="reader") as reader:
            while not is_done.wait(0.02):
                reader.execute(f"SELECT FROM {shop.schema}.{table}".encode())
                served.append(None)

    thread = threading.Thread(target=reading)
    thread.start()
    try:
        yield served
    finally:
        is_done.set()
        thread.join()


def waits_for_us(shop: Shop) -> bool:
    """Whether that reader waits for a session of ours just now, by the server's word."""
    query = (
        "SELECT FROM pg_stat_activity w JOIN pg_stat_activity h ON h.pid = ANY (pg_blocking_pids(w.pid))"
        " WHERE w.application_name = 'reader' AND h.application_name = 'dw/shop'"
    )
    with psycopg.connect(shop.target) as connection:
        return bool(connection.execute(query).rowcount)


@pytest.mark.parametrize("kind", ["view", "table"])
def test_what_many_statements_lock_is_let_go_of_once_others_have_waited(
    shop: Shop, known: Known, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Also where no table is locked ahead; and no question is asked any more about what is left."""
    shop.on(shop.source, ";".join(f"CREATE VIEW v{n} AS SELECT id FROM orders" for n in range(20)))
    shop.on(shop.source, ";".join(f"CREATE TABLE t{n} (id int)" for n in range(20)))
    migrate.sync(*known)
    views = (f"CREATE OR REPLACE VIEW v{n} AS SELECT id, note FROM orders" for n in range(20))
    tables = (f"ALTER TABLE t{n} ADD a int" for n in range(20))
    planned(shop, known, ";".join(views if kind == "view" else tables))
    real, begun = Keeper.before, list[int]()

    def slowly(keeper: Keeper, number: int) -> None:
        begun.append(number)
        time.sleep(0.2)
        real(keeper, number)

    monkeypatch.setattr(Keeper, "before", slowly)
    with readers_of(shop, "v0" if kind == "view" else "t0") as served:
        found = migrate.apply(*known, dry_run=True)
        before = len(served)
        until(lambda: len(served) > before)
    assert found.error is None
    assert found.tried
    # Each takes 0.2 s or more, and none begins after one: however slow the machine is, these are no more than five.
    assert len(begun) * 0.2 <= known[0].policy.lock_timeout.total_seconds()
    assert found.tried <= len(begun)
    assert (found.tried + len(found.untried), {each.why for each in found.untried}) == (
        20,
        {"others would have waited longer than 1 s for its locks"},
    )


def test_what_takes_longer_than_lock_timeout_is_left_out(shop: Shop, known: Known) -> None:
    """It is stopped among the rows: of 50 no more are looked at than fit into that time, at 0.1 s each."""
    shop.on(shop.source, "CREATE SEQUENCE looked_at")
    migrate.sync(*known)
    shop.on(shop.source, "CREATE FUNCTION slow(v int) RETURNS int IMMUTABLE LANGUAGE plpgsql"
                         " AS $$ BEGIN PERFORM nextval('looked_at'), pg_sleep(0.1); RETURN v; END $$")  # fmt: skip
    planned(shop, known, "ALTER TABLE orders ADD CHECK (slow(total) >= 0); ALTER TABLE orders ADD priority int")
    before = standing(shop)
    found = migrate.apply(*known, dry_run=True)
    assert standing(shop) == before
    assert found.error is None
    assert any("it takes longer than 1 s" in each.why for each in found.untried)
    ((looked_at,),) = shop.on(shop.target, f"SELECT last_value FROM {shop.schema}.looked_at")
    assert 1 < looked_at <= 11


def test_revisions_behind_one_another_see_what_the_first_did(shop: Shop, known: Known) -> None:
    for column in ("one", "two"):
        shop.on(shop.source, f"ALTER TABLE orders ADD {column} int")
        migrate.sync(*known)
    migrate.rollback(*known, "-2", allow_breaking=True)
    found = dry(shop, known)
    assert (found.error, found.tried, found.untried) == (None, 2, ())
    assert dry(shop, known, to="+1").tried == 1


def test_one_that_is_half_applied_is_tried_from_where_it_stands(shop: Shop, known: Known) -> None:
    planned(shop, known, "CREATE INDEX a_idx ON orders (note); ALTER TABLE orders ADD CHECK (total < 40)")
    assert migrate.apply(*known, allow_breaking=True, dry_run=True).exit_code == 1
    with pytest.raises(Exception, match="23514"):
        migrate.apply(*known, allow_breaking=True)
    found = dry(shop, known, allow_breaking=True)
    assert found.exit_code == 1
    shop.on(shop.target, f"UPDATE {shop.schema}.orders SET total = 1")
    assert dry(shop, known, allow_breaking=True).error is None


def test_what_is_hand_written_is_said_to_be_left_out_with_what_stands_behind_it(shop: Shop, known: Known) -> None:
    assert (dry(shop, known).status, dry(shop, known).tried) == ("in_sync", 0)
    shop.on(shop.source, "ALTER TABLE orders ADD one int")
    migrate.sync(*known)
    migrate.rollback(*known, "-1", allow_breaking=True)
    one = migrate.status(*known).revision
    assert one
    versions = shop.workspace / "shop" / "alembic" / "versions"
    for name, behind in (("aaaaaaaaaaaa", one), ("bbbbbbbbbbbb", "aaaaaaaaaaaa")):
        (versions / f"{name}.py").write_text(
            f'"""ours"""\nrevision = "{name}"\ndown_revision = "{behind}"\n'
            "def upgrade(): raise RuntimeError\ndef downgrade(): raise RuntimeError\n"
        )
    migrate.apply(*known, dry_run=True)  # from now on the ledger knows the files
    found = dry(shop, known)
    assert (found.error, found.tried) == (None, 1)
    assert [(each.place, each.why) for each in found.untried] == [
        ("aaaaaaaaaaaa", "it is hand-written: Alembic runs it"),
        ("bbbbbbbbbbbb", "it stands behind aaaaaaaaaaaa"),
    ]


def test_the_command_line_tells_it(shop: Shop, known: Known, capsys: pytest.CaptureFixture[str]) -> None:
    run = CommandLine(capsys)
    planned(shop, known, "CREATE INDEX orders_note_idx ON orders (note); ALTER TABLE orders ADD priority int")
    told = run(shop.folder / "dw_migration.yaml", "apply", "shop", "--dry-run")
    assert told.code == 0
    assert "--   tried and rolled back: 1 statement\n" in told.out
    assert "it runs in no transaction" in told.out
    document = run(shop.folder / "dw_migration.yaml", "apply", "shop", "--dry-run", "--format", "json").document
    one = document["sources"][0]
    assert (one["tried"], [sorted(each) for each in one["untried"]]) == (1, [["place", "statement", "why"]])
