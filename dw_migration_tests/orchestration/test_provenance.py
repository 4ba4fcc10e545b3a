"""Dagster's own marks: what is fresh, and what is stale, by its own reckoning."""

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from dw_migration.kinds import KINDS
from dw_migration.orchestration.component import SourceDatabases
from dw_migration.orchestration.partitions import add_missing, range_tags
from dw_migration.orchestration.resources import Settings
from dw_migration.orchestration.runs import QUIET
from dw_migration_tests.orchestration.conftest import MakesSite, Ran, Site, alter, url_of

SHOP = "CREATE TABLE public.orders (id integer PRIMARY KEY, state text); INSERT INTO public.orders VALUES (1, 'new')"
ADD, DROP = "ALTER TABLE public.orders ADD note text", "ALTER TABLE public.orders DROP state"
MADE = ("source_models", "target_ddl", "target_schema")
ALL_FRESH = dict.fromkeys(MADE, "FRESH")


def marks(site: Site, source: str = "shop", definitions: dg.Definitions | None = None) -> dict[str, str]:
    """By asset what Dagster says of this partition."""
    resolver = _resolver(site, definitions)
    return {each: resolver.get_status(dg.AssetKey(each), source).value for each in MADE}


def causes(site: Site, asset: str) -> set[str]:
    """Why it is stale, in Dagster's words, and because of which asset."""
    found = _resolver(site).get_stale_causes(dg.AssetKey(asset), "shop")
    return {f"{each.reason}: {each.dependency_asset_key and each.dependency_asset_key.path[-1]}" for each in found}


def _resolver(site: Site, definitions: dg.Definitions | None = None) -> CachingStaleStatusResolver:
    graph = (definitions or site.definitions).get_repository_def().asset_graph
    return CachingStaleStatusResolver(site.instance, graph, LoadingContextForTest(site.instance))


def moved(
    site: Site,
    fingerprint: str,
    as_: type[dg.AssetMaterialization | dg.AssetObservation] = dg.AssetMaterialization,
) -> None:
    """It is told that the source changed: as the sensor does, or as an observation."""
    tags = {"dagster/data_version": fingerprint}
    site.instance.report_runless_asset_event(as_("source_schema", partition="shop", tags=tags))


def sha256_of(ran: Ran) -> str:
    return str(ran.told("shop", "target_ddl")["sha256 of the DDL"])


# --- fresh ------------------------------------------------------------------------------------------------------------


def test_after_a_sync_all_is_fresh(site: MakesSite) -> None:
    shop = site({"shop": SHOP})
    add_missing(shop.instance, "warehouse", ["shop"])
    assert set(marks(shop).values()) == {"MISSING"}
    moved(shop, "first")
    for _ in range(2):
        shop.run("sync", "shop")
        assert marks(shop) == ALL_FRESH


def test_in_a_run_over_a_range_each_source_is_fresh(site: MakesSite) -> None:
    shop = site({"a": SHOP, "b": SHOP})
    shop.run("sync", "a", "b")
    shop.run("sync", "a")
    assert marks(shop, "a") == marks(shop, "b") == ALL_FRESH


def test_after_a_plan_with_nothing_to_do_what_stands_is_fresh(site: MakesSite) -> None:
    shop = site({"shop": SHOP})
    shop.run("sync", "shop")
    shop.run("plan", "shop")
    assert marks(shop) == ALL_FRESH


def test_what_was_made_one_by_one_is_fresh(site: MakesSite) -> None:
    shop = site({"shop": SHOP})
    shop.run("sync", "shop")
    for asset in MADE:
        shop.run("sync", "shop", asset_selection=[dg.AssetKey(asset)])
        assert marks(shop) == ALL_FRESH


# --- stale ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [(), ("first",)])
def test_of_a_source_that_was_observed_to_move_the_models_are_stale(site: MakesSite, before: tuple[str, ...]) -> None:
    """Also if nothing was told of any source before."""
    shop = site({"shop": SHOP, "other": SHOP})
    for each in before:
        moved(shop, each, dg.AssetObservation)
    shop.run("sync", "shop", "other")
    moved(shop, "second", dg.AssetObservation)
    assert marks(shop) == ALL_FRESH | {"source_models": "STALE"}
    assert causes(shop, "source_models") == {"has a new dependency data version: source_schema"}
    assert marks(shop, "other") == ALL_FRESH
    shop.run("sync", "shop")
    assert marks(shop) == ALL_FRESH


def test_a_materialization_of_an_external_asset_is_no_news_to_dagster(site: MakesSite) -> None:
    """The documentation says so; where this fails, Dagster has learnt it."""
    shop = site({"shop": SHOP})
    moved(shop, "first")
    shop.run("sync", "shop")
    moved(shop, "second")
    assert marks(shop) == ALL_FRESH


def test_what_another_version_made_is_stale(site: MakesSite, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = site({"shop": SHOP})
    shop.run("sync", "shop")
    monkeypatch.setattr("dw_migration.orchestration.assets.KINDS", KINDS[:-1])
    newer = Site(shop.config, shop.instance)
    assert set(marks(newer).values()) == {"STALE"}
    assert "has a new code version: None" in causes(newer, "target_ddl")


def test_what_is_planned_makes_what_stands_stale_until_it_is_applied(site: MakesSite) -> None:
    shop = site({"shop": SHOP})
    shop.run("sync", "shop")
    alter(url_of(shop.config, "shop"), ADD)
    shop.run("plan", "shop")
    waits = ALL_FRESH | {"target_schema": "STALE"}
    assert marks(shop) == waits
    shop.run("apply", "shop", config={"to": "+0"})
    assert marks(shop) == waits
    shop.run("apply", "shop")
    assert marks(shop) == ALL_FRESH


def test_what_stands_while_a_change_waits_for_consent_is_stale(site: MakesSite) -> None:
    shop = site({"shop": SHOP})
    shop.run("sync", "shop")
    alter(url_of(shop.config, "shop"), DROP)
    for _ in range(2):
        held = shop.run("sync", "shop")
        assert marks(shop) == ALL_FRESH | {"target_schema": "STALE"}
    assert causes(shop, "target_schema") == {"has a new dependency data version: target_ddl"}
    shop.run("approve", "shop", config={"sha256": sha256_of(held), "by": "ana"})
    assert marks(shop) == ALL_FRESH | {"target_schema": "STALE"}
    shop.run("apply", "shop")
    assert marks(shop) == ALL_FRESH


def test_what_was_taken_back_is_stale(site: MakesSite) -> None:
    shop = site({"shop": SHOP})
    shop.run("sync", "shop")
    alter(url_of(shop.config, "shop"), ADD)
    shop.run("sync", "shop")
    shop.run("rollback", "shop", config={"to": "-1", "allow_breaking": True})
    assert marks(shop) == ALL_FRESH | {"target_schema": "STALE"}
    shop.run("sync", "shop")
    assert marks(shop) == ALL_FRESH


# --- what is told -----------------------------------------------------------------------------------------------------


def test_a_person_reads_from_which_data_versions_it_was_made(site: MakesSite) -> None:
    shop = site({"shop": SHOP})
    add_missing(shop.instance, "warehouse", ["shop"])
    moved(shop, "seen")
    ran = shop.run("sync", "shop")
    tags = {asset: dict(each.tags or {}) for (_, asset), each in ran.made.items()}
    version = tags["target_ddl"]["dagster/data_version"]
    assert tags["source_models"]["dagster/input_data_version/source_schema"] == "seen"
    assert tags["target_ddl"]["dagster/input_data_version/source_models"] == version
    assert tags["target_schema"]["dagster/input_data_version/target_ddl"] == version
    assert tags["target_schema"]["dagster/input_data_version/approval"] == "INITIAL"
    (code,) = {each["dagster/code_version"] for each in tags.values()}
    assert code


class Weighed(SourceDatabases):
    """Its revisions depend on an asset of the project's own, which has no partitions."""

    def get_asset_spec(self, spec: dg.AssetSpec) -> dg.AssetSpec:
        """A further input."""
        return spec.merge_attributes(deps=["rules"]) if spec.key == dg.AssetKey("target_ddl") else spec


def test_an_input_of_a_projects_own_counts_too(site: MakesSite) -> None:
    shop = site({"shop": SHOP})
    component = Weighed()
    built = component.build_defs(dg.ComponentTree.for_test().load_context)
    definitions = dg.Definitions(
        assets=[*(built.assets or ()), dg.AssetSpec("rules")],
        jobs=built.jobs,
        resources=component.resources(Settings(shop.config)),
        executor=dg.in_process_executor,
    )
    add_missing(shop.instance, "warehouse", ["shop"])
    for version in ("old", "new"):
        tags = {"dagster/data_version": version}
        shop.instance.report_runless_asset_event(dg.AssetMaterialization("rules", tags=tags))
        if version == "new":
            assert marks(shop, definitions=definitions) == ALL_FRESH | {"target_ddl": "STALE"}
        definitions.resolve_job_def("sync").execute_in_process(
            instance=shop.instance, tags=range_tags("shop", "shop"), run_config=QUIET
        )
        assert marks(shop, definitions=definitions) == ALL_FRESH
