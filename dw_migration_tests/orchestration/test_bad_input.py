"""Partitions that no source stands behind, and two code locations that write one target."""

from pathlib import Path

import psycopg
import pytest
import yaml

from dw_migration_tests.conftest import MakesDatabase
from dw_migration_tests.orchestration.conftest import MakesSite, Site, alter, target_of, url_of

NOTES = "CREATE TABLE notes (id integer PRIMARY KEY, said text)"
ALL = {"source_models", "target_ddl", "target_schema"}


def test_a_partition_that_is_no_source_fails_alone_and_the_nearest_is_told(site: MakesSite) -> None:
    ran = site({"shop": NOTES, "library": NOTES}).run("sync", "shop", "shpo", "library")
    assert not ran.success
    assert ran.assets == {"shop": ALL, "library": ALL}
    assert ran.failure.keys() == {"shpo"}
    assert "no source 'shpo' in the config; did you mean \"shop\"?" in ran.failure["shpo"]


def test_a_source_that_left_the_config_fails_alone_and_what_stands_of_it_is_left(site: MakesSite) -> None:
    here = site({"shop": NOTES, "library": NOTES})
    here.run("sync", "shop", "library")
    before = _tables(here.config)
    content = yaml.safe_load(here.config.read_text())
    del content["sources"]["shop"]
    here.config.write_text(yaml.safe_dump(content))
    ran = here.run("sync", "shop", "library")
    assert ran.assets == {"library": ALL}
    assert ran.failure.keys() == {"shop"}
    assert "a partition outlives its source, for its history" in ran.failure["shop"]
    assert _tables(here.config) == before


# --- two code locations, one target -----------------------------------------------------------------------------------


def test_two_locations_with_one_config_make_one_revision(site: MakesSite) -> None:
    here = site({"shop": NOTES})
    there = Site(here.config, here.instance)
    ran = [one.run("sync", "shop") for one in (here, there)]
    assert [each.told("shop", "target_schema")["status"] for each in ran] == ["in_sync", "in_sync"]
    assert _revisions(here.config) == 1


@pytest.mark.parametrize("schema", ["dw__{database}__{schema}", "dw__{source}__{schema}"])
def test_the_same_name_for_another_database_is_refused_and_nothing_is_lost(
    tmp_path: Path, site: MakesSite, database: MakesDatabase, schema: str
) -> None:
    here = site({"shop": NOTES})
    _change(here.config, naming={"schema": schema})
    here.run("sync", "shop")
    before = _tables(here.config)
    there = Site(tmp_path / "other.yaml", here.instance)
    there.config.write_text(here.config.read_text())
    _change(there.config, sources={"shop": {"url": database()}}, workspace="elsewhere")
    alter(url_of(there.config, "shop"), "CREATE TABLE others (id integer PRIMARY KEY)")

    ran = there.run("sync", "shop")
    assert not ran.success
    assert "is another database than" in ran.failure["shop"]
    assert _revisions(here.config) == 1
    assert _tables(here.config) == before
    assert here.run("sync", "shop").told("shop", "target_schema")["status"] == "in_sync"
    assert _tables(here.config) == before


def _change(config: Path, **sections: object) -> None:
    config.write_text(yaml.safe_dump(yaml.safe_load(config.read_text()) | sections))


def _tables(config: Path) -> list[tuple[str, str]]:
    query = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname ~ '^dw__' ORDER BY 1, 2"
    with psycopg.connect(target_of(config)) as connection:
        return connection.execute(query).fetchall()


def _revisions(config: Path) -> int:
    with psycopg.connect(target_of(config)) as connection:
        (found,) = connection.execute("SELECT count(*) FROM dw_migration.revision").fetchall()
        return int(found[0])
