"""The report on a source and its target, from real databases."""

import json
from pathlib import Path

import dagster as dg
import pytest

from dw_migration.orchestration.rows.metadata import MOST_REPORT, _shortened
from dw_migration_tests.orchestration.conftest import MakesSite, Site, alter, target_of, url_of

SHOP = """
CREATE TABLE public."Orders" ("Id" integer PRIMARY KEY, "State" text NOT NULL, "Note" text);
INSERT INTO public."Orders" VALUES (1, 'new', 'a note of theirs');
"""


def _schema(site: Site, source: str) -> str:
    return f'"dw__{url_of(site.config, source).rsplit("/", 1)[1].partition("?")[0]}__public"'


def test_two_sides_that_are_one_have_nothing_to_decide(site: MakesSite) -> None:
    shop = site({"shop": SHOP})
    shop.run("sync", "shop")
    ran = shop.make("data_analysis", of="shop")
    assert ran.success, ran.failure
    told = ran.told("shop", "data_analysis")
    assert (told["safe"], told["transformable"], told["breaking"], told["number of tables"]) == (0, 0, 0, 1)
    assert "No changes found" in str(told["report"])
    assert told["next command"] == "dw-migration data copy --prefix shop"
    assert json.loads(Path(str(told["changes file"])).read_text())["changes"] == []
    assert Path(str(told["report file"])).is_file()


def test_what_a_person_must_decide_is_counted_and_the_report_is_markdown(site: MakesSite) -> None:
    shop = site({"shop": SHOP})
    shop.run("sync", "shop")
    alter(target_of(shop.config), f"ALTER TABLE {_schema(shop, 'shop')}.orders DROP COLUMN note")
    ran = shop.make("data_analysis", of="shop")
    assert isinstance(ran.made["shop", "data_analysis"].metadata["report"], dg.MarkdownMetadataValue)
    told = ran.told("shop", "data_analysis")
    assert told["breaking"] == 1
    assert "### BREAKING (1)" in str(told["report"])
    assert told["next command"] == "dw-migration data resolve --prefix shop"
    assert "a note of theirs" not in str(told)


def test_a_source_that_was_never_brought_over_is_told_and_the_others_are_kept(site: MakesSite) -> None:
    shop = site({"a": SHOP, "b": SHOP})
    shop.run("sync", "a")
    assert shop.make("data_analysis", of="a").assets == {"a": {"data_analysis"}}
    never = shop.make("data_analysis", of="b")
    assert (never.success, never.made) == (False, {})
    assert "dw-migration sync b" in str(never.failure["b"])


@pytest.mark.parametrize("lines", [10, 10_000])
def test_a_report_is_stored_as_far_as_it_is_not_too_long(lines: int) -> None:
    report = "| a | b | c |\n" * lines
    shown = _shortened(report)
    assert len(shown) <= MOST_REPORT + 100
    assert (shown == report) is (lines == 10)
    assert shown == report or "the report file has them all" in shown
