"""What the source dropped is put aside, comes back with its rows, and goes for good when it was retired long enough."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.errors import BrokenHistory, ConsentNeeded, NotOurs
from dw_migration.live.embedded import Server
from dw_migration.live.ledger import Ledger
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
    assert migrate.sync(*known).status == "in_sync"


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
