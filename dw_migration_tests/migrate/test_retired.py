"""What the source dropped is put aside, comes back with its rows, and goes for good when it was retired long enough."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.errors import BrokenHistory, ConsentNeeded, DwMigrationError, NotOurs
from dw_migration.live import batches
from dw_migration.live.embedded import Server
from dw_migration.live.ledger import Ledger
from dw_migration.migrate import seen
from dw_migration_tests.outside import CommandLine, Shop, dumped, opened_shop

Known = tuple[Config, Source]

DROPS = """
    ALTER TABLE orders DROP buyer, DROP note;
    DROP TABLE "Users";
    ALTER TABLE orders ADD note int;
"""


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source with two tables, and a target with rows in them."""
    with opened_shop(server, tmp_path, "retire_shop") as made:
        made.on(made.source, "ALTER TABLE orders ALTER buyer SET NOT NULL")
        yield made


@pytest.fixture
def known(shop: Shop) -> Known:
    """What the functions of `migrate` take; in sync, with rows."""
    return _filled(shop, drops="retire")


def _filled(shop: Shop, **policy: str) -> Known:
    config = load_config(shop.config(policy=policy))
    known = config, config.sources["shop"]
    assert migrate.sync(*known).status == "in_sync"
    shop.on(
        shop.target,
        f"INSERT INTO {shop.schema}.users (email) SELECT 'u' || n FROM generate_series(1, 50) n;"
        f"INSERT INTO {shop.schema}.orders SELECT n, n % 50 + 1, n * 3, 'note ' || n FROM generate_series(1, 200) n",
    )
    return known


def rows(shop: Shop, *tables: str) -> list[tuple[Any, ...]]:
    """How many rows each has, and one hash of all of them."""
    return [
        shop.on(
            shop.target,
            f"SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {shop.schema}.{table} t",
        )[0]
        for table in tables
    ]


def whole(shop: Shop) -> str:
    """Our schema by pg_dump, with all rows and the positions of sequences."""
    return dumped(shop.server, f"{shop.name}_dw", f"--schema={shop.schema}")


def retired(shop: Shop) -> set[str]:
    """What stands in dw_retired."""
    query = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'dw_retired'::regnamespace"
    return {name for (name,) in shop.on(shop.target, query)}


def test_what_was_dropped_comes_back_as_it_was(shop: Shop, known: Known) -> None:
    """Rows are counted and hashed before it goes and after it is back; pg_dump says the same to the letter."""
    before, counted = whole(shop), rows(shop, "users", "orders")
    shop.on(shop.source, DROPS)
    done = migrate.sync(*known)
    assert (done.status, str(done.severity), done.verified) == ("in_sync", "transformable", True)
    assert len(retired(shop)) == 1
    assert not done.unmanaged
    assert "dw_retired" not in (done.paths["models"]).read_text()
    for look in (migrate.diff, migrate.verify, migrate.sync):
        again = look(*known)
        assert (again.status, again.changes, again.unmanaged, again.drift) == ("in_sync", (), (), ())
    shop.on(shop.source, "ALTER TABLE orders ADD more int")
    assert migrate.sync(*known).status == "in_sync"
    migrate.rollback(*known, "-2", allow_breaking=True)  # a new `note` goes, which has no values yet
    assert rows(shop, "users", "orders") == counted
    assert whole(shop) == before
    assert retired(shop) == set()
    assert [each.status for each in (migrate.apply(*known), migrate.verify(*known))] == ["in_sync", "in_sync"]
    migrate.rollback(*known, "-2", allow_breaking=True)  # a new `note` goes, which has no values yet
    assert whole(shop) == before


def test_new_rows_do_not_need_what_is_retired(shop: Shop, known: Known) -> None:
    """Its NOT NULL is set aside; with rows that have no value it does not come back, and nothing is half done."""
    shop.on(shop.source, DROPS)
    migrate.sync(*known)
    shop.on(shop.target, f"INSERT INTO {shop.schema}.orders (id, total) VALUES (1000, 1)")
    before = whole(shop)
    with pytest.raises(Exception, match="contains null values"):
        migrate.rollback(*known, "-1", allow_breaking=True)
    assert whole(shop) == before
    shop.on(shop.target, f"DELETE FROM {shop.schema}.orders WHERE id = 1000")
    assert migrate.rollback(*known, "-1", allow_breaking=True).status == "rolled_back"


def test_what_was_retired_long_enough_goes(shop: Shop, known: Known, capsys: pytest.CaptureFixture[str]) -> None:
    """A dry run says what; afterwards the way back asks, and brings back what is empty."""
    run, config = CommandLine(capsys), shop.folder / "dw_migration.yaml"
    structure = dumped(shop.server, f"{shop.name}_dw", f"--schema={shop.schema}", "--schema-only")
    shop.on(shop.source, DROPS)
    migrate.sync(*known)
    assert "nothing was retired long enough" in run(config, "purge", "shop").told
    assert len(retired(shop)) == 1
    told = run(config, "purge", "--older-than", "0s", "--dry-run").told
    assert "would go for good: " in told
    assert f"table {shop.schema}.users (retired" in told
    assert len(retired(shop)) == 1
    done = run(config, "purge", "shop", "--older-than", "0s")
    assert (done.code, "gone for good" in done.told) == (0, True)
    assert retired(shop) == set()
    assert migrate.drift(*known).status == "in_sync"
    assert migrate.verify(*known).status == "in_sync"
    assert run(config, "purge", "--older-than", "soon").code == 2
    with pytest.raises(ConsentNeeded, match=r"users \(purged\)"):
        migrate.rollback(*known, "-1")
    shop.on(shop.target, f"TRUNCATE {shop.schema}.orders")  # a NOT NULL comes back, and there are no values for it
    migrate.rollback(*known, "-1", allow_breaking=True)
    now = dumped(shop.server, f"{shop.name}_dw", f"--schema={shop.schema}", "--schema-only")
    assert sorted(now.replace(",\n", "\n").splitlines()) == sorted(structure.replace(",\n", "\n").splitlines())
    assert rows(shop, "users") == [(0, None)]
    events = [(each.what, each.details) for each in _history(shop)]
    assert [what for what, _ in events].count("purged") == 1
    assert migrate.apply(*known).status == "in_sync"


def _history(shop: Shop) -> Any:
    with psycopg.connect(shop.target, autocommit=True) as connection:
        ledger = Ledger(connection)
        ledger.check_history("shop")
        return ledger.history("shop")


@pytest.mark.parametrize("found", ["CREATE TABLE dw_retired.mine (id int)", "CREATE TYPE dw_retired.mine AS ENUM ()"])
def test_a_schema_of_somebody_else_is_not_used(shop: Shop, known: Known, found: str) -> None:
    shop.on(shop.target, f"CREATE SCHEMA dw_retired; {found}")
    shop.on(shop.source, DROPS)
    before = whole(shop)
    with pytest.raises(NotOurs, match="the schema dw_retired holds mine, which dw_migration did not put there"):
        migrate.sync(*known)
    assert whole(shop) == before
    shop.on(shop.target, "DROP SCHEMA dw_retired CASCADE; CREATE SCHEMA dw_retired")
    assert migrate.sync(*known).status == "in_sync"


def test_what_somebody_dropped_is_missed_before_the_way_back(shop: Shop, known: Known) -> None:
    shop.on(shop.source, DROPS)
    migrate.sync(*known)
    shop.on(shop.target, "DROP SCHEMA dw_retired CASCADE")
    before = whole(shop)
    with pytest.raises(BrokenHistory, match="somebody dropped it: restore it from a backup"):
        migrate.rollback(*known, "-1", allow_breaking=True)
    assert whole(shop) == before


def test_what_somebody_builds_on_it_is_not_purged(shop: Shop, known: Known) -> None:
    shop.on(shop.source, DROPS)
    migrate.sync(*known)
    (name,) = retired(shop)
    shop.on(shop.target, f"CREATE VIEW public.mine AS SELECT * FROM dw_retired.{name}")
    with pytest.raises(NotOurs, match="nothing is dropped by CASCADE"):
        migrate.purge(*known, older_than=timedelta(0))
    assert retired(shop) == {name}
    assert migrate.rollback(*known, "-1", allow_breaking=True).status == "rolled_back"


def test_a_table_with_a_retired_column_is_not_attached(shop: Shop, known: Known) -> None:
    """PostgreSQL would refuse it: it is told before anything runs, with the ways out."""
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    migrate.sync(*known)
    shop.on(
        shop.source,
        "CREATE TABLE whole (id bigint, buyer bigint NOT NULL, total int, PRIMARY KEY (id)) PARTITION BY RANGE (id);"
        "ALTER TABLE whole ATTACH PARTITION orders DEFAULT",
    )
    before = whole(shop)
    with pytest.raises(NotOurs, match=r"holds the retired columns dw_retired_note_\w+, which .*--older-than 0s"):
        migrate.sync(*known)
    assert whole(shop) == before
    migrate.purge(*known, older_than=timedelta(0))
    assert migrate.sync(*known, allow_breaking=True).status == "in_sync"


def test_a_run_that_nobody_started_purges_what_has_expired(shop: Shop, known: Known) -> None:
    """Not what is retired yet, and not what somebody builds on, of which it warns."""
    shop.on(shop.source, DROPS)
    migrate.sync(*known)
    assert not migrate.sync(*known, unasked=True).warnings
    (name,) = retired(shop)
    shop.on(shop.target, f"CREATE VIEW public.mine AS SELECT * FROM dw_retired.{name}")
    config = load_config(shop.config(policy={"drops": "retire", "retire_for": "0s"}))
    assert migrate.sync(config, config.sources["shop"]).status == "in_sync"
    (warning,) = migrate.sync(config, config.sources["shop"], unasked=True).warnings
    assert warning.startswith("not purged: ")
    assert retired(shop) == {name}
    shop.on(shop.target, "DROP VIEW public.mine")
    (warning,) = migrate.sync(config, config.sources["shop"], unasked=True).warnings
    assert warning.startswith("purged what ")
    assert retired(shop) == set()
    assert migrate.verify(*known).status == "in_sync"


DROP_AND_INDEX = """
    ALTER TABLE orders DROP CONSTRAINT orders_buyer_fkey;
    DROP TABLE "Users";
    CREATE INDEX later ON orders (total)
"""
"""The table goes in the first batch, and comes back in the last."""


class KilledError(Exception):
    """What ends a run at a batch."""


def _killed(way: Any, number: int, held: Any) -> None:
    batches.begin(way.connection, way.job, way.check)
    batches._mark(way.connection, way.job, number, held, done=False)
    way.connection.commit()
    raise KilledError


def test_nothing_is_purged_while_a_revision_is_half_way(
    shop: Shop, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The way down is killed before the table is back, which is retired long enough: it still comes back."""
    counted = rows(shop, "users")
    shop.on(shop.source, DROP_AND_INDEX)
    assert migrate.sync(*known).status == "in_sync"
    shop.on(shop.target, "UPDATE dw_migration.retired SET at = now() - interval '60 days'")
    with monkeypatch.context() as patched:
        patched.setattr(batches, "_in_none", _killed)
        with pytest.raises(KilledError):
            migrate.rollback(*known, "-1")
    assert retired(shop)
    with suppress(DwMigrationError):
        migrate.sync(*known, unasked=True)
    with pytest.raises(BrokenHistory, match=r"half taken back: .* run dw-migration rollback shop -1"):
        migrate.purge(*known, older_than=timedelta(0))
    assert retired(shop)
    assert migrate.rollback(*known, "-1").status == "rolled_back"
    assert rows(shop, "users") == counted


def test_what_is_gone_is_missed_on_the_second_try_too(
    shop: Shop, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the batches that are left bring back: a table or a column that somebody dropped meanwhile."""
    shop.on(shop.source, DROP_AND_INDEX)
    migrate.sync(*known)
    with monkeypatch.context() as patched:
        patched.setattr(batches, "_in_none", _killed)
        with pytest.raises(KilledError):
            migrate.rollback(*known, "-1")
    (name,) = retired(shop)
    shop.on(shop.target, f"DROP TABLE dw_retired.{name}")
    with pytest.raises(BrokenHistory, match="somebody dropped it"):
        migrate.rollback(*known, "-1", allow_breaking=True)


def test_a_run_that_nobody_started_waits_for_readers_and_for_the_window(shop: Shop, known: Known) -> None:
    """Who reads a retired table keeps it, and does not fail the sync; outside of the window nothing is purged."""
    shop.on(shop.source, 'ALTER TABLE orders DROP buyer; DROP TABLE "Users"')
    migrate.sync(*known)
    (name,) = retired(shop)
    policy = {"drops": "retire", "retire_for": "0s", "lock_timeout": "100ms"}
    config = load_config(shop.config(policy=policy))
    with psycopg.connect(shop.target) as reader:
        reader.execute(f"SELECT FROM dw_retired.{name}".encode())
        done = migrate.sync(config, config.sources["shop"], unasked=True)
    assert (done.status, [each.startswith("not purged: ") for each in done.warnings]) == ("in_sync", [True])
    closed = (datetime.now(UTC) + timedelta(hours=2)).strftime("%H:%M-") + (
        datetime.now(UTC) + timedelta(hours=3)
    ).strftime("%H:%M")
    config = load_config(shop.config(policy={**policy, "window": closed}))
    assert not migrate.sync(config, config.sources["shop"], unasked=True).warnings
    assert retired(shop) == {name}


def test_another_source_half_way_does_not_take_the_room(
    shop: Shop, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has put aside is ours, though its revision is not applied yet."""
    other = shop.make_database(f"other_{shop.name}", "CREATE TABLE q (id int)")
    config = load_config(
        shop.config(policy={"drops": "retire"}, sources={"shop": {"url": shop.source}, "other": {"url": other}})
    )
    assert migrate.sync(*known).status == "in_sync"
    assert migrate.sync(config, config.sources["other"]).status == "in_sync"
    shop.on(shop.source, DROP_AND_INDEX)
    shop.on(other, "DROP TABLE q")
    with monkeypatch.context() as patched:
        patched.setattr(batches, "_in_none", _killed)
        with pytest.raises(KilledError):
            migrate.sync(config, config.sources["shop"])
    assert len(retired(shop)) == 1
    assert migrate.sync(config, config.sources["other"]).status == "in_sync"
    assert migrate.sync(config, config.sources["shop"]).status == "in_sync"


def test_what_the_source_dropped_can_stay_as_nobody_s(shop: Shop) -> None:
    """`policy.drops: keep`: its rows stay where they are, and it is reported as unmanaged, whatever comes after."""
    known = _filled(shop, drops="keep")
    before = rows(shop, "users", "orders")
    shop.on(shop.source, DROPS.replace("ALTER TABLE orders ADD note int;", ""))
    named = {f"table {shop.schema}.users", f"column {shop.schema}.orders.note", f"column {shop.schema}.orders.buyer"}
    for _ in range(2):
        done = migrate.sync(*known)
        assert (done.status, done.exit_code) == ("in_sync", 0)
        assert named <= set(done.unmanaged)
    assert rows(shop, "users", "orders") == before
    config = load_config(shop.config(policy={"drops": "drop"}))
    assert migrate.sync(config, config.sources["shop"]).status == "in_sync"
    assert rows(shop, "users", "orders") == before


def test_what_was_purged_comes_back_though_its_table_was_renamed(shop: Shop, known: Known) -> None:
    """Of a column; renamed, or retired itself, before the column was purged: the way back asks for the old name."""
    structure = dumped(shop.server, f"{shop.name}_dw", f"--schema={shop.schema}", "--schema-only")
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    migrate.sync(*known)
    shop.on(shop.source, "ALTER TABLE orders RENAME TO purchases")
    migrate.sync(*known, allow_breaking=True)
    migrate.purge(*known, older_than=timedelta(0))
    shop.on(shop.source, "DROP TABLE purchases")
    migrate.sync(*known)
    migrate.purge(*known, older_than=timedelta(0))
    migrate.rollback(*known, "-3", allow_breaking=True)
    now = dumped(shop.server, f"{shop.name}_dw", f"--schema={shop.schema}", "--schema-only")
    assert sorted(now.replace(",\n", "\n").splitlines()) == sorted(structure.replace(",\n", "\n").splitlines())


def test_a_column_and_its_table_purged_at_once_come_back(shop: Shop, known: Known) -> None:
    """The table goes first, with the column, and brings it back."""
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    migrate.sync(*known)
    shop.on(shop.source, "DROP TABLE orders")
    migrate.sync(*known)
    migrate.purge(*known, older_than=timedelta(0))
    migrate.rollback(*known, "-2", allow_breaking=True)
    assert shop.on(shop.target, f"SELECT note FROM {shop.schema}.orders") == []


def test_a_type_that_only_retired_columns_have_names_the_remedy(shop: Shop, known: Known) -> None:
    shop.on(shop.source, "CREATE TYPE mood AS ENUM ('well'); ALTER TABLE orders ADD m mood")
    migrate.sync(*known)
    shop.on(shop.source, "ALTER TABLE orders DROP m")
    migrate.sync(*known)
    shop.on(shop.source, "DROP TYPE mood")
    with pytest.raises(NotOurs, match=r"what was retired stands on it .*purge shop --older-than 0s"):
        migrate.sync(*known, allow_breaking=True)
    migrate.purge(*known, older_than=timedelta(0))
    assert migrate.sync(*known, allow_breaking=True).status == "in_sync"


def test_a_column_whose_domain_refuses_null_is_not_retired(shop: Shop, known: Known) -> None:
    """New rows would have none of its values: it is judged as dropped; one whose domain has a default is retired."""
    shop.on(
        shop.source,
        "CREATE DOMAIN told AS text NOT NULL; CREATE DOMAIN known AS text NOT NULL DEFAULT 'x';"
        "CREATE DOMAIN shown AS told; CREATE DOMAIN checked AS int CHECK (VALUE IS NOT NULL);"
        "CREATE TABLE of_domains (id int, a told, b known, c shown, d checked)",
    )
    migrate.sync(*known)
    shop.on(shop.target, f"INSERT INTO {shop.schema}.of_domains VALUES (1, 'a', 'b', 'c', 4)")
    shop.on(shop.source, "ALTER TABLE of_domains DROP a, DROP b, DROP c, DROP d")
    assert migrate.sync(*known).status == "held"
    assert migrate.sync(*known, allow_breaking=True).status == "in_sync"
    shop.on(shop.target, f"INSERT INTO {shop.schema}.of_domains VALUES (2)")
    query = f"SELECT attname FROM pg_attribute WHERE attrelid = '{shop.schema}.of_domains'::regclass AND attnum > 0"
    names = [name for (name,) in shop.on(shop.target, f"{query} AND NOT attisdropped ORDER BY 1")]
    assert [each.startswith("dw_retired_b_") for each in names] == [True, False]


def test_names_that_read_alike_stand_apart(shop: Shop, known: Known) -> None:
    """`a.b__c` and `a__b.c`, both retired by one revision."""
    shop.on(shop.source, "CREATE SCHEMA a; CREATE SCHEMA a__b; CREATE TABLE a.b__c (id int); CREATE TABLE a__b.c ()")
    assert migrate.sync(*known).status == "in_sync"
    shop.on(shop.source, "DROP TABLE a.b__c; DROP TABLE a__b.c")
    assert migrate.sync(*known).status == "in_sync"
    assert len(retired(shop)) == 2
    assert migrate.rollback(*known, "-1").status == "rolled_back"


def test_what_was_kept_and_comes_again_is_taken_over(shop: Shop) -> None:
    """It is told that it may be what the source dropped once; its rows stay."""
    known = _filled(shop, drops="keep")
    before = rows(shop, "orders")
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    migrate.sync(*known)
    shop.on(shop.source, "ALTER TABLE orders ADD note varchar(80)")
    with pytest.raises(NotOurs, match=r"or left there by policy\.drops: keep: column .*orders\.note"):
        migrate.sync(*known)
    assert migrate.sync(*known, adopt=True).status == "in_sync"
    assert rows(shop, "orders") == before


def test_an_id_that_is_not_ours_names_nothing(shop: Shop, known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """By their names copies of rows know retired columns: `alembic revision --rev-id` may be anything."""
    monkeypatch.setattr(seen, "_head", lambda _: "by_hand")
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    assert migrate.sync(*known).status == "in_sync"
    query = f"SELECT attname FROM pg_attribute WHERE attrelid = '{shop.schema}.orders'::regclass AND attnum > 0"
    assert len(shop.on(shop.target, f"{query} AND attname ~ '^dw_retired_note_[0-9a-f]{{8,12}}$'")) == 1
