"""A revision of many batches, interrupted at every statement and mark, ends where an undisturbed one does."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.cli.report import change_json
from dw_migration.config import Config, Source, load_config
from dw_migration.errors import BrokenHistory, DwMigrationError
from dw_migration.live import batches
from dw_migration.live.embedded import Server
from dw_migration_tests.outside import Shop, brought_with_rows, dumped, opened_shop

Known = tuple[Config, Source]

CHANGE = """
CREATE INDEX orders_note_idx ON orders (note);
DROP INDEX orders_buyer_idx;
CREATE INDEX orders_buyer_idx ON orders (buyer, id);
ALTER TABLE orders ALTER total SET NOT NULL;
ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total > 0);
ALTER TABLE orders ADD CONSTRAINT orders_note_key UNIQUE (note, id);
"""
"""Each needs more than one batch where there are rows."""


@pytest.fixture
def shop(any_server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source with two tables, and a target that has rows."""
    with opened_shop(any_server, tmp_path, "online_shop") as made:
        yield made


@pytest.fixture
def known(shop: Shop) -> Known:
    """The shop's config and source, in sync; then rows came."""
    return brought_with_rows(shop)


def structure(shop: Shop) -> str:
    """The source's schema in the target, as pg_dump tells it."""
    return dumped(shop.server, f"{shop.name}_dw", "--schema-only", "--schema", shop.schema)


def rows(shop: Shop) -> list[tuple[Any, ...]]:
    """How many rows there are, and a hash of them."""
    return shop.on(
        shop.target, f"SELECT count(*), md5(string_agg(o::text, ',' ORDER BY id)) FROM {shop.schema}.orders o"
    )


def invalid(shop: Shop) -> list[tuple[Any, ...]]:
    """Indexes that a build left, and constraints of which nobody knows whether they hold."""
    return shop.on(
        shop.target,
        "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
        " UNION ALL SELECT conname FROM pg_constraint WHERE NOT convalidated",
    )


class Killed(BaseException):
    """The process is gone."""


Kill = Callable[[psycopg.Connection[Any]], None]


def connection_ends(connection: psycopg.Connection[Any]) -> None:
    """The server ends the session."""
    with psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [connection.info.backend_pid])


def process_ends(connection: psycopg.Connection[Any]) -> None:
    """And nobody goes on."""
    connection_ends(connection)
    raise Killed


def killed_at(step: int, kill: Kill, act: Callable[[], object]) -> bool:
    """Whether it was killed at the n-th of its statements and marks; else it has gone through."""
    left = step

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(connection: psycopg.Connection[Any], *arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                kill(connection)
            return real(connection, *arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("_mark", "execute", "is_done"):
            patch.setattr(batches, name, dying(getattr(batches, name)))
        try:
            act()
        except (Killed, DwMigrationError):
            assert left <= 0
    return left <= 0


def head(shop: Shop) -> str:
    """The revision that the ledger says is applied."""
    return str(shop.on(shop.target, "SELECT head FROM dw_migration.source")[0][0])


@pytest.mark.parametrize("kill", [process_ends, connection_ends])
@pytest.mark.parametrize("stride", [11, pytest.param(1, marks=pytest.mark.soak)], ids=["some", "all"])
def test_killed_anywhere_it_goes_on_where_it_stopped(shop: Shop, known: Known, *, stride: int, kill: Kill) -> None:
    """Up and down, at one statement or mark after another: the same structure, all rows, nothing invalid."""
    before, kept, first = structure(shop), rows(shop), head(shop)
    shop.on(shop.source, CHANGE)
    planned = migrate.sync(*known, allow_breaking=True)
    assert planned.ddl.count("-- batch ") > 8
    after, second = structure(shop), head(shop)
    assert (rows(shop), invalid(shop)) == (kept, [])
    migrate.rollback(*known, "-1")
    step, was_killed = 1, True
    while was_killed:
        was_killed = killed_at(step, kill, lambda: migrate.apply(*known, allow_breaking=True))
        assert (head(shop) == first) == was_killed
        migrate.apply(*known, allow_breaking=True)
        assert (head(shop), structure(shop), rows(shop), invalid(shop)) == (second, after, kept, [])
        if killed_at(step, kill, lambda: migrate.rollback(*known, "-1")):
            assert head(shop) == second
            migrate.rollback(*known, "-1")
        assert (head(shop), structure(shop), rows(shop), invalid(shop)) == (first, before, kept, [])
        step += stride
    assert step > 20


def test_each_statement_tells_what_it_costs_others(shop: Shop, known: Known) -> None:
    """Locks and sizes of the target's tables; the time is guessed until such a statement has run here."""
    shop.on(shop.target, f"ANALYZE {shop.schema}.orders")
    shop.on(shop.source, "ALTER TABLE orders ADD CHECK (total > 0); CREATE TABLE fresh (id int PRIMARY KEY)")
    planned = migrate.plan(*known)
    told = {each["address"]: each for each in map(change_json, planned.changes)}
    assert told[f"{shop.schema}.fresh"]["effects"] == [
        {"locks": [], "blocks": "", "rewrites": False, "scans": False, "rows": 0, "bytes": 0}
        | {"seconds": [0.0, 0.0], "measured": False}
    ]
    added, validated = told[f"{shop.schema}.orders.orders_total_check"]["effects"]
    table = f"{shop.schema}.orders"
    assert added["locks"] == [{"table": table, "mode": "ACCESS EXCLUSIVE"}]
    assert (added["blocks"], added["scans"], added["rows"]) == ("readers and writers", False, 50)
    assert validated["locks"] == [{"table": table, "mode": "SHARE UPDATE EXCLUSIVE"}]
    assert (validated["blocks"], validated["scans"], validated["measured"]) == ("", True, False)
    assert f"ACCESS EXCLUSIVE on {table} (50 rows, 8.0 kB), is short" in planned.ddl
    assert "guessed: not measured on this target yet" in planned.ddl
    migrate.sync(*known)
    noted = shop.on(shop.target, "SELECT form, bytes FROM dw_migration.measurement")
    assert noted == [("VALIDATE CONSTRAINT", 8192)]
    shop.on(shop.source, "ALTER TABLE orders ADD CHECK (total > 1)")
    again = migrate.plan(*known)
    assert [each["measured"] for each in change_json(again.changes[0])["effects"]] == [True, True]
    assert "guessed" not in again.ddl


@pytest.mark.parametrize(("policy", "batches_"), [("always", 2), ("never", 1), ("auto", 1)])
def test_the_policy_says_where(shop: Shop, policy: str, batches_: int) -> None:
    """Tables without rows too, nowhere, or where there are rows: of which there are none here."""
    config = load_config(shop.config(policy={"online": policy}))
    known = config, config.sources["shop"]
    migrate.sync(*known)
    shop.on(shop.source, "CREATE INDEX orders_note_idx ON orders (note); ALTER TABLE orders ADD note2 text")
    planned = migrate.plan(*known)
    assert planned.ddl.count("-- batch ") == batches_
    assert migrate.sync(*known).verified


def test_a_row_that_breaks_a_key_leaves_no_invalid_index(shop: Shop, known: Known) -> None:
    """The build fails, what it left is removed at once; with the row mended, it goes on."""
    shop.on(shop.target, f"UPDATE {shop.schema}.orders SET note = 'same' WHERE id < 3")
    shop.on(shop.source, "ALTER TABLE orders ADD CONSTRAINT orders_note_key UNIQUE (note)")
    with pytest.raises(DwMigrationError, match="could not create unique index"):
        migrate.sync(*known, allow_breaking=True)
    assert invalid(shop) == []
    shop.on(shop.target, f"UPDATE {shop.schema}.orders SET note = 'other' WHERE id = 1")
    assert migrate.sync(*known).verified


def test_a_stranger_of_the_name_is_never_taken_over(shop: Shop, known: Known) -> None:
    """It is refused each time, since nothing is marked before; under a name for the meantime another one is chosen."""
    stranger = f"CREATE INDEX {{}} ON {shop.schema}.orders (total DESC) WHERE total > 5"
    shop.on(shop.source, "CREATE INDEX fresh_idx ON orders (note)")
    planned = migrate.plan(*known)
    assert planned.ddl.count("-- batch ") == 1
    shop.on(shop.target, stranger.format("fresh_idx"))
    for _ in range(2):
        with pytest.raises(DwMigrationError, match="fresh_idx is there already, on orders, and was not made by"):
            migrate.apply(*known)
        assert shop.on(shop.target, "SELECT count(*) FROM dw_migration.batch") == [(0,)]
    shop.on(shop.target, f"DROP INDEX {shop.schema}.fresh_idx")
    migrate.apply(*known)
    shop.on(shop.target, stranger.format("fresh_idx__new"))
    shop.on(shop.source, "DROP INDEX fresh_idx; CREATE INDEX fresh_idx ON orders (note, id)")
    assert migrate.sync(*known).verified
    where = f"WHERE indexrelid = '{shop.schema}.fresh_idx__new'::regclass"
    kept = shop.on(shop.target, f"SELECT pg_get_indexdef(indexrelid) FROM pg_index {where}")
    assert "total DESC" in kept[0][0]


def test_a_stranger_that_came_between_is_not_taken_for_ours(shop: Shop, known: Known) -> None:
    """Begun and cut off, before the server built anything; then somebody gives another index that name."""
    shop.on(shop.source, "CREATE INDEX fresh_idx ON orders (note)")
    migrate.plan(*known)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "_run_alone", killing)
        with pytest.raises(Killed):
            migrate.apply(*known)
    shop.on(shop.target, f"CREATE INDEX fresh_idx ON {shop.schema}.orders (total)")
    with pytest.raises(DwMigrationError, match="was not made by"):
        migrate.apply(*known)
    shop.on(shop.target, f"DROP INDEX {shop.schema}.fresh_idx")
    assert migrate.apply(*known).verified


def killing(*_: object, **__: object) -> None:
    """The process ends here."""
    raise Killed


def test_rows_are_kept_in_order_between_batches(shop: Shop, known: Known) -> None:
    """A key under a foreign key is replaced: in none of the batches a second row of the key, or an orphan, gets in."""
    shop.on(
        shop.source,
        'ALTER TABLE orders DROP CONSTRAINT orders_buyer_fkey; ALTER TABLE "Users" DROP CONSTRAINT "Users_pkey",'
        ' ADD CONSTRAINT "Users_pkey" PRIMARY KEY ("Id") INCLUDE ("Email");'
        'ALTER TABLE orders ADD CONSTRAINT orders_buyer_fkey FOREIGN KEY (buyer) REFERENCES "Users";'
        'CREATE INDEX orders_note_idx ON orders (note); CREATE INDEX a_idx ON "Users" ("Email")',
    )
    wrong = (
        f"INSERT INTO {shop.schema}.users OVERRIDING SYSTEM VALUE SELECT 1, 'twin'",
        f"UPDATE {shop.schema}.orders SET buyer = 777 WHERE id = 1",
    )
    asked = 0

    def asking(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal asked
            for each in wrong:
                with pytest.raises(psycopg.IntegrityError):
                    shop.on(shop.target, each)
            asked += 1
            return real(*arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in ("_in_none", "_in_transaction"):
            patch.setattr(batches, name, asking(getattr(batches, name)))
        assert migrate.sync(*known).verified
    assert asked > 4


def test_a_build_that_fails_first_leaves_nothing_behind(shop: Shop, known: Known) -> None:
    """The source takes the key back that the rows break: then there is nothing to do, and nothing half done."""
    shop.on(shop.target, f"UPDATE {shop.schema}.orders SET note = 'same' WHERE id < 3")
    before = structure(shop)
    shop.on(shop.source, "ALTER TABLE orders ADD CONSTRAINT orders_note_key UNIQUE (note)")
    with pytest.raises(DwMigrationError, match="could not create unique index"):
        migrate.sync(*known, allow_breaking=True)
    shop.on(shop.source, "ALTER TABLE orders DROP CONSTRAINT orders_note_key")
    assert migrate.sync(*known).status == "in_sync"
    assert structure(shop) == before


HALF = "CREATE TABLE fresh (id int PRIMARY KEY); CREATE INDEX orders_note_idx ON orders (note)"
"""Two batches: what is in the first is there when the second stops."""


def stopped(act: Callable[[], object]) -> None:
    """It is killed at the first statement that runs in no transaction."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "_in_none", killing)
        with pytest.raises(Killed):
            act()


def test_what_is_half_applied_is_told_as_such(shop: Shop, known: Known) -> None:
    """Outside of the window, and where only a person applies, it waits; nothing is planned from a state between."""
    shop.on(shop.source, HALF)
    stopped(lambda: migrate.sync(*known))
    told = r"is half applied: 1 of its batches are committed, .* run dw-migration apply shop"
    state = migrate.status(*known)
    assert (state.status, state.next_command) == ("failed", "dw-migration apply shop")
    assert re.search(told, state.message)
    for act in (migrate.plan, migrate.diff, migrate.purge):
        with pytest.raises(BrokenHistory, match=told):
            act(*known)
    assert any(re.search(told, each) for each in migrate.verify(*known).warnings)
    hour = (datetime.now(UTC) + timedelta(hours=2)).hour
    for policy, status in (
        ({"window": f"{hour:02}:00-{hour:02}:01"}, "pending"),
        ({"on_drift": "report"}, "left_alone"),
    ):
        config = load_config(shop.config(policy=policy))
        outcome = migrate.sync(config, config.sources["shop"], unasked=True)
        assert (outcome.status, outcome.next_command) == (status, "dw-migration apply shop")
    assert migrate.sync(*known).verified


def test_what_is_half_taken_back_is_told_as_such(shop: Shop, known: Known) -> None:
    """Neither synced, planned, applied nor purged, with the command that goes on; then all is as it was."""
    before = structure(shop)
    shop.on(shop.source, "CREATE TABLE fresh (id int PRIMARY KEY); DROP INDEX orders_buyer_idx")
    migrate.sync(*known)
    stopped(lambda: migrate.rollback(*known, "-1"))
    told = r"is half taken back: .* run dw-migration rollback shop -1"
    state = migrate.status(*known)
    assert (state.status, state.next_command) == ("failed", "dw-migration rollback shop -1")
    for act in (migrate.sync, migrate.plan, migrate.apply, migrate.diff, migrate.purge):
        with pytest.raises(BrokenHistory, match=told):
            act(*known)
    migrate.rollback(*known, "-1")
    assert structure(shop) == before


def test_what_is_half_applied_is_taken_back(shop: Shop, known: Known) -> None:
    """Rows are in the way of a check: what was added goes, rows are written again, and the source may think again."""
    before, first = structure(shop), head(shop)
    shop.on(shop.target, f"UPDATE {shop.schema}.orders SET total = -1 WHERE id = 7")
    shop.on(
        shop.source,
        "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0), ALTER note SET NOT NULL;"
        "CREATE UNIQUE INDEX a_idx ON orders (note)",
    )
    with pytest.raises(DwMigrationError, match="positive"):
        migrate.sync(*known, allow_breaking=True)
    assert invalid(shop) == [("positive",)]
    assert len(migrate.rollback(*known, "-1").applied) == 1
    assert (structure(shop), head(shop)) == (before, first)
    shop.on(shop.target, f"UPDATE {shop.schema}.orders SET note = 'new' WHERE id = 7")
    shop.on(shop.source, "ALTER TABLE orders DROP CONSTRAINT positive")
    assert migrate.sync(*known, allow_breaking=True).verified


@pytest.mark.parametrize("dropped", ["DROP total", "DROP CONSTRAINT keeps, ADD CONSTRAINT keeps CHECK (id > 1)"])
def test_what_dropped_something_is_not_taken_back_from_half_way(shop: Shop, known: Known, dropped: str) -> None:
    """It is refused before anything is done, with what it ran."""
    shop.on(shop.source, "ALTER TABLE orders ADD CONSTRAINT keeps CHECK (id > 0)")
    migrate.sync(*known)
    shop.on(shop.target, f"DELETE FROM {shop.schema}.orders WHERE id = 1")
    shop.on(shop.source, f"ALTER TABLE orders {dropped}; CREATE INDEX orders_note_idx ON orders (note)")
    stopped(lambda: migrate.sync(*known, allow_breaking=True))
    half = structure(shop)
    with pytest.raises(BrokenHistory, match="cannot be taken back from where it stands, since it has run ALTER TABLE"):
        migrate.rollback(*known, "-1", allow_breaking=True)
    assert structure(shop) == half
