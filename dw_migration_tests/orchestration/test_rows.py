"""Rows of real databases, from a dry run to a night in which a source has changed."""

from typing import Any

import dagster as dg
import psycopg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest
from dagster_shared.serdes import serialize_value

from dw_migration_tests.orchestration.conftest import MakesSite, Ran, Site, alter, target_of, url_of

SHOP = """
CREATE TABLE public."Customers" ("Id" integer PRIMARY KEY, "Name" text NOT NULL);
CREATE TABLE public."Orders" (
    "Id" integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Customer" integer NOT NULL REFERENCES public."Customers",
    "Total" numeric(10, 2), "Note" text
);
CREATE INDEX ON public."Orders" ("Customer");
INSERT INTO public."Customers" SELECT n, 'customer ' || n FROM generate_series(1, 10) n;
INSERT INTO public."Orders" ("Customer", "Total", "Note")
SELECT n % 10 + 1, n / 7.0, CASE WHEN n % 3 = 0 THEN 'S3cr3t-of-a-row' END FROM generate_series(1, 90) n;
"""
LIVE = {"live": True}
DATA = dg.AssetKey("target_data")


def _schema(site: Site, source: str = "shop") -> str:
    return f'"dw__{url_of(site.config, source).rsplit("/", 1)[1].partition("?")[0]}__public"'


def _orders(site: Site, source: str = "shop") -> list[tuple[Any, ...]]:
    """In the target."""
    with psycopg.connect(target_of(site.config)) as connection:
        return connection.execute(f"SELECT * FROM {_schema(site, source)}.orders ORDER BY id".encode()).fetchall()


def _theirs(site: Site, source: str = "shop") -> list[tuple[Any, ...]]:
    """In the source."""
    with psycopg.connect(url_of(site.config, source)) as connection:
        return connection.execute('SELECT * FROM public."Orders" ORDER BY "Id"').fetchall()


@pytest.fixture
def shop(site: MakesSite) -> Site:
    """Whose schema stands in the target, without rows."""
    made = site({"shop": SHOP})
    assert made.run("sync", "shop").success
    return made


def _row(told: dict[str, Any], table: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in told["tables"] if table in row["table"])
    return found


def _is_quiet(site: Site, ran: Ran) -> bool:
    """Whether no event of the run has a value of a row."""
    return "S3cr3t-of-a-row" not in "\n".join(map(serialize_value, site.instance.all_logs(ran.result.run_id)))


def test_a_dry_run_counts_and_writes_nothing(shop: Site) -> None:
    ran = shop.run("copy_data", "shop")
    assert ran.success, ran.failure
    told = ran.observed["shop", "target_data"]
    assert (told["status"], told["rows to copy"], told["number of tables"], told["findings"]) == ("checked", 100, 2, 0)
    assert ran.made == {}
    assert _orders(shop) == []
    assert _is_quiet(shop, ran)


def test_a_live_run_brings_the_rows_and_proves_it(shop: Site) -> None:
    ran = shop.run("copy_data", "shop", config=LIVE)
    assert ran.success, ran.failure
    told = ran.told("shop", "target_data")
    assert (told["status"], told["dagster/row_count"], told["rows copied"]) == ("copied", 100, 100)
    assert told["bytes"] > 0
    assert told["rows a second"] > 0
    assert told["rejects"] == 0
    assert len(told["snapshots"]) == 1
    assert _row(told, "rders")["rows"] == 90
    assert ran.passed("shop") == {"rows_match": True}
    assert _orders(shop) == _theirs(shop)
    assert _is_quiet(shop, ran)


def test_a_second_run_finds_all_of_it_there(shop: Site) -> None:
    shop.run("copy_data", "shop", config=LIVE)
    ran = shop.run("copy_data", "shop", config=LIVE)
    assert ran.success, ran.failure
    told = ran.told("shop", "target_data")
    assert (told["dagster/row_count"], told["rows copied"]) == (100, 0)
    assert "rows a second" not in told
    assert _orders(shop) == _theirs(shop)


def test_only_the_tables_that_were_named_are_copied(shop: Site) -> None:
    ran = shop.run("copy_data", "shop", config=LIVE | {"tables": ["*ustomers"]})
    assert ran.told("shop", "target_data")["rows copied"] == 10
    assert _orders(shop) == []


def test_rows_that_are_in_the_way_fail_the_run_and_stay(shop: Site) -> None:
    alter(target_of(shop.config), f"INSERT INTO {_schema(shop)}.customers VALUES (99, 'ours')")
    ran = shop.run("copy_data", "shop", config=LIVE)
    assert (ran.success, ran.made) == (False, {})
    assert "truncate" in str(ran.failure)
    again = shop.run("copy_data", "shop", config=LIVE | {"mode": "truncate"})
    assert again.success, again.failure
    assert again.told("shop", "target_data")["dagster/row_count"] == 100


def test_the_check_alone_sees_what_somebody_changed(shop: Site) -> None:
    shop.run("copy_data", "shop", config=LIVE)
    assert shop.run_checks("shop", of=["target_data"]).passed("shop") == {"rows_match": True}
    alter(target_of(shop.config), f"UPDATE {_schema(shop)}.orders SET note = 'S3cr3t-of-a-row too' WHERE id = 4")
    ran = shop.run_checks("shop", of=["target_data"])
    assert ran.passed("shop") == {"rows_match": False}
    (difference,) = ran.verdict("shop", "rows_match")["differences"]
    assert "rders" in difference["difference"]
    assert _is_quiet(shop, ran)


def test_a_change_that_needs_a_decision_fails_the_run_and_says_how_to_decide(shop: Site) -> None:
    alter(target_of(shop.config), f"ALTER TABLE {_schema(shop)}.orders DROP COLUMN note")
    ran = shop.run("copy_data", "shop", config=LIVE)
    assert (ran.success, ran.made, ran.checked) == (False, {}, {})
    assert "dw-migration data resolve" in str(ran.failure["shop"])
    (change,) = ran.failure["changes of shop"]
    assert change["what"] == "column removed"
    assert _is_quiet(shop, ran)


def test_what_a_person_decided_is_found_by_the_sources_name(shop: Site) -> None:
    alter(target_of(shop.config), f"ALTER TABLE {_schema(shop)}.orders DROP COLUMN note")
    results = shop.config.parent / "workspace" / "results"
    results.mkdir(parents=True, exist_ok=True)
    (results / "shop_manual_resolutions.json").write_text(
        '{"resolutions": {"Orders": [{"description": "", "old_column": "Note", "action": "ignore"}]}}'
    )
    ran = shop.run("copy_data", "shop", config=LIVE)
    assert ran.success, ran.failure
    assert [row[:3] for row in _orders(shop)] == [row[:3] for row in _theirs(shop)]


def test_a_row_that_the_target_refuses_is_counted_and_the_rest_comes(shop: Site) -> None:
    alter(target_of(shop.config), f"ALTER TABLE {_schema(shop)}.orders ADD CHECK (id <> 5)")
    ran = shop.run("copy_data", "shop", config=LIVE)
    assert ran.success, ran.failure
    told = ran.told("shop", "target_data")
    assert (told["status"], told["rejects"], told["rows copied"]) == ("rejected", 1, 99)
    assert ran.passed("shop") == {"rows_match": False}
    assert 5 not in {row[0] for row in _orders(shop)}
    strict = shop.run("copy_data", "shop", config=LIVE | {"mode": "truncate", "strict": True})
    assert (strict.success, strict.made) == (False, {})


def test_a_run_for_all_assets_brings_the_schema_over_and_leaves_rows_alone(site: MakesSite) -> None:
    shop = site({"shop": SHOP})
    schemas, rows = ("source_models", "target_ddl", "target_schema"), ("target_data", "data_analysis")
    ran = shop.make(*schemas, *rows, of="shop")
    assert ran.success, ran.failure
    assert ran.assets == {"shop": set(schemas)}
    assert ran.observed == {}
    afterwards = shop.make(*rows, of="shop")
    assert afterwards.assets == {"shop": {"data_analysis"}}
    assert afterwards.observed["shop", "target_data"]["status"] == "checked"
    assert _orders(shop) == []


def test_several_sources_are_copied_one_after_the_other_and_a_bad_one_alone_fails(site: MakesSite) -> None:
    both = site({"a": SHOP, "b": SHOP})
    both.run("sync", "a")
    ran = both.run("copy_data", "a", "b", config=LIVE)
    assert ran.assets == {"a": {"target_data"}}
    assert set(ran.failure) == {"b"}
    assert _orders(both, "a") == _theirs(both, "a")


def test_a_catch_up_brings_what_changed_and_removes_what_is_gone(shop: Site) -> None:
    shop.run("copy_data", "shop", config=LIVE)
    alter(
        url_of(shop.config, "shop"),
        'UPDATE public."Orders" SET "Total" = 0 WHERE "Id" = 7; DELETE FROM public."Orders" WHERE "Id" = 8;'
        'INSERT INTO public."Orders" ("Customer") VALUES (1)',
    )
    ran = shop.run("copy_data", "shop", config=LIVE | {"catch_up": True})
    assert ran.success, ran.failure
    assert ran.passed("shop") == {"rows_match": True}
    assert _orders(shop) == _theirs(shop)
    assert ran.told("shop", "target_data")["dagster/row_count"] == 100


# --- Dagster's own marks ----------------------------------------------------------------------------------------------


def _marks(site: Site) -> dict[str, str]:
    graph = site.definitions.get_repository_def().asset_graph
    resolver = CachingStaleStatusResolver(site.instance, graph, LoadingContextForTest(site.instance))
    return {each: resolver.get_status(dg.AssetKey(each), "shop").value for each in ("target_data", "data_analysis")}


def test_rows_are_fresh_until_their_schema_is_another(shop: Site) -> None:
    assert set(_marks(shop).values()) == {"MISSING"}
    shop.run("copy_data", "shop")
    assert set(_marks(shop).values()) == {"MISSING"}, "a dry run is nothing that could be fresh"
    shop.run("copy_data", "shop", config=LIVE)
    shop.make("data_analysis", of="shop")
    shop.run("sync", "shop")
    assert set(_marks(shop).values()) == {"FRESH"}
    alter(url_of(shop.config, "shop"), 'ALTER TABLE public."Orders" ADD COLUMN "Shipped" date')
    shop.run("sync", "shop")
    assert set(_marks(shop).values()) == {"STALE"}


def test_the_data_version_of_rows_is_the_run_that_last_moved_one(shop: Site) -> None:
    def version(ran: Ran) -> str:
        return str((ran.made["shop", "target_data"].tags or {})["dagster/data_version"])

    first = shop.run("copy_data", "shop", config=LIVE)
    assert version(first) == first.result.run_id
    assert version(shop.run("copy_data", "shop", config=LIVE)) == first.result.run_id
    alter(url_of(shop.config, "shop"), 'DELETE FROM public."Orders" WHERE "Id" = 8')
    caught = shop.run("copy_data", "shop", config=LIVE | {"catch_up": True})
    assert version(caught) == caught.result.run_id
