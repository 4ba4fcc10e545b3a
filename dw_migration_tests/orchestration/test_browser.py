"""What a person sees and clicks in Dagster's web interface, in a real browser; its pictures stand in docs/."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
import yaml
from psycopg import sql

from dw_migration.live.embedded import Server
from dw_migration_tests.orchestration.browser import Browser, browser_on
from dw_migration_tests.orchestration.fleet import on
from dw_migration_tests.orchestration.processes import ROOT, deployed
from dw_migration_tests.orchestration.ui import Ui

LINEAGE = "locations/dw_migration/asset-groups/warehouse/lineage"
SCRIPTS = {"harbour": "harbour.sql", "library": "library.sql", "shop": "stackoverflow2010.sql"}
WIDE = (2000, 760)
"""In which the graph shows more of an asset than its name."""
TALL = (1700, 1500)
"""In which a page of metadata fits."""
HOSTILE = "</script><img onerror=alert(1) src=x> ```\u202e <b id=gotcha>"
WAREHOUSE = "warehouse"
FORGERY = "0" * 64


class Seen(NamedTuple):
    """The browser, the queries behind its pages, and the databases."""

    browser: Browser
    ui: Ui
    server: Server
    storage: str
    """The URL of Dagster's own database."""

    def change(self, source: str, script: str) -> None:
        """What an application does to its database."""
        on(self.server.url(source), script)


def test_what_a_person_sees(server: Server, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    pictures = ROOT / "docs" if pytestconfig.getoption("--screenshots") else tmp_path
    with (
        databases(server, tmp_path) as config,
        deployed(server, config, tmp_path / "home", running=["new_sources", "source_drift"]) as dagster,
        browser_on(dagster.ui.url, pictures, tmp_path) as browser,
    ):
        seen = Seen(browser, dagster.ui, server, dagster.storage)
        every_source_is_a_partition(seen)
        a_partition_is_materialized_by_clicks(seen)
        a_backfill_shows_what_it_did(seen)
        a_change_that_loses_rows_waits(seen)
        the_graph_shows_all_assets(seen)
        the_ddl_is_read_as_sql(seen)
        the_checks_say_what_waits(seen)
        the_sensor_says_what_it_saw(seen)
        consent_needs_the_sha256_of_what_was_read(seen)
        names_from_a_source_stay_text(seen)
        a_thousand_sources_open(seen)
        assert browser.errors == []


@contextmanager
def databases(server: Server, folder: Path) -> Iterator[Path]:
    """Four sources, one of them hostile, and a target; the config that names them."""
    names = (*SCRIPTS, "hostile", WAREHOUSE)
    try:
        for name in names:  # which other tests may have left behind
            _run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
            _run(server, "CREATE DATABASE {} TEMPLATE template0", name)
        for name, script in SCRIPTS.items():
            on(server.url(name), files("dw_migration.demo").joinpath(script).read_text(encoding="utf-8"))
        table, comment = sql.Identifier(HOSTILE[:40]), sql.Literal(HOSTILE)
        with psycopg.connect(server.url("hostile"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE TABLE public.{} (id int PRIMARY KEY)").format(table))
            connection.execute(sql.SQL("COMMENT ON TABLE public.{} IS {}").format(table, comment))
        yield _config(server, folder)
    finally:
        for name in names:
            _run(server, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _run(server: Server, template: str, name: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(sql.SQL(template).format(sql.Identifier(name)))  # type: ignore[arg-type]


def _config(server: Server, folder: Path) -> Path:
    """Sensors report what they see, and start nothing: here a person does."""
    sources = {name: {"url": server.url(name)} for name in (*SCRIPTS, "hostile")}
    content = {
        "target": {"url": server.url(WAREHOUSE)},
        "sources": sources,
        "policy": {"on_drift": "report"},
        "workspace": "workspace",
        "schedule": None,
    }
    path = folder / "dw_migration.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


# --- what is seen -----------------------------------------------------------------------------------------------------


def every_source_is_a_partition(seen: Seen) -> None:
    seen.ui.until(lambda: set(seen.ui.partitions()) == {*SCRIPTS, "hostile"})


def a_partition_is_materialized_by_clicks(seen: Seen) -> None:
    browser = seen.browser
    browser.open(LINEAGE, size=WIDE)
    browser.click("Materialize all")
    browser.page.get_by_text("Select a partition or create one").click()
    options = browser.page.locator("li,[role=option],[role=menuitem]").filter(has_text="harbour")
    options.locator("visible=true").first.click()
    browser.page.keyboard.press("Escape")
    browser.picture("dagster-materialize")
    browser.click(re.compile("Launch (1 run|backfill)"))
    browser.seen("25% filled")
    assert seen.ui.statuses()["materialized"] == ["harbour"]


def a_backfill_shows_what_it_did(seen: Seen) -> None:
    backfill = seen.ui.backfill(seen.ui.partitions())
    assert seen.ui.finished(backfill).status == "COMPLETED_SUCCESS"
    seen.browser.open(f"runs/b/{backfill}")
    seen.browser.seen("target_schema")
    seen.browser.seen("Completed")
    seen.browser.picture("dagster-backfill")


def a_change_that_loses_rows_waits(seen: Seen) -> None:
    on(
        seen.server.url(WAREHOUSE),
        "INSERT INTO dw__library__public.readers (reader_no, name, born) VALUES (1, 'Ada', '1815-12-10')",
    )
    seen.change("library", "ALTER TABLE public.readers DROP COLUMN born, ADD COLUMN email text")
    run = seen.ui.launched("sync", {"dagster/partition": "library"})
    assert [each.status for each in seen.ui.ended([run])] == ["SUCCESS"]
    assert seen.ui.materializations("target_schema", "library")[0].told["status"] == "held"


def the_graph_shows_all_assets(seen: Seen) -> None:
    seen.browser.open(LINEAGE, size=WIDE)
    schemas, rows = ("source_models", "target_ddl", "target_schema"), ("target_data", "data_analysis")
    for asset in ("source_schema", "approval", *schemas, *rows, "sql_migrations"):
        seen.browser.seen(asset)
    seen.browser.seen("100% filled")
    seen.browser.picture("dagster-graph")


def the_ddl_is_read_as_sql(seen: Seen) -> None:
    browser = seen.browser
    browser.open("assets/target_ddl?view=partitions&partition=library", size=TALL)
    for text in ("waits for consent", "drops column dw__library__public.readers.born"):
        browser.seen(text)
    browser.seen("[Show Markdown]").click()
    browser.seen("DROP COLUMN born")
    words = browser.page.locator("code span").locator("visible=true").all_inner_texts()
    assert {"ALTER", "TABLE", "DROP", "COLUMN"} <= set(" ".join(words).split())
    browser.picture("dagster-ddl")


def the_checks_say_what_waits(seen: Seen) -> None:
    checks = {
        name: seen.ui.checks(asset, name, "library")[0]
        for asset, name in (("target_ddl", "breaking_changes_approved"), ("target_schema", "no_target_drift"))
    }
    waiting = checks["breaking_changes_approved"]
    assert (waiting.passed, waiting.severity) == (False, "WARN")
    assert checks["no_target_drift"].passed
    seen.browser.open("assets/target_ddl?view=checks")
    for name in ("breaking_changes_approved", "single_head"):
        seen.browser.seen(name)
    seen.browser.picture("dagster-checks")


def the_sensor_says_what_it_saw(seen: Seen) -> None:
    seen.change("shop", 'ALTER TABLE dbo."Users" ADD COLUMN "Pronouns" text')
    seen.ui.until(lambda: bool(seen.ui.materializations("source_schema", "shop")))
    seen.ui.next_tick("source_drift", time.time())
    seen.browser.open("locations/dw_migration/sensors/source_drift")
    seen.browser.seen("source_drift")
    seen.browser.click("View logs")
    seen.browser.seen(re.compile("4 looked at"))
    seen.browser.picture("dagster-sensor")


def consent_needs_the_sha256_of_what_was_read(seen: Seen) -> None:
    browser = seen.browser
    browser.open("locations/dw_migration/jobs/approve")
    browser.click("Launchpad", role="tab")
    browser.seen("sha256")
    browser.picture("dagster-approve")
    told = seen.ui.materializations("target_ddl", "library")[0].told
    for sha256, status in ((FORGERY, "FAILURE"), (told["sha256 of the DDL"], "SUCCESS")):
        config = {"ops": {"approve": {"config": {"sha256": sha256, "by": "Ada", "note": "birthdays are not kept"}}}}
        run = seen.ui.launched("approve", {"dagster/partition": "library"}, config)
        assert [each.status for each in seen.ui.ended([run])] == [status]
    run = seen.ui.launched("apply", {"dagster/partition": "library"})
    assert [each.status for each in seen.ui.ended([run])] == ["SUCCESS"]
    assert seen.ui.materializations("target_schema", "library")[0].told["status"] == "in_sync"


def names_from_a_source_stay_text(seen: Seen) -> None:
    browser = seen.browser
    for asset in ("source_models", "target_ddl", "target_schema"):
        browser.open(f"assets/{asset}?view=partitions&partition=hostile")
        browser.seen("Metadata")
        for shown in browser.page.get_by_text("[Show Markdown]").all():
            shown.click()
            browser.seen("CREATE TABLE")
            browser.page.keyboard.press("Escape")
        assert browser.page.locator("#gotcha, img[src=x]").count() == 0


def a_thousand_sources_open(seen: Seen) -> None:
    more = "SELECT 'warehouse_sources', 'shop_' || n FROM generate_series(1, 1000) n"
    on(seen.storage, f"INSERT INTO dynamic_partitions (partitions_def_name, partition) {more}")
    seen.browser.open("assets/target_schema?view=partitions")
    seen.browser.seen(re.compile(r"1,?004 Partitions"))
    seen.browser.seen("harbour")
