"""SQL files beside sources: they name what a source has brought, and follow it."""

from pathlib import Path

import psycopg
import pytest
import yaml

from dw_migration import migrate
from dw_migration.config import Config, load_config
from dw_migration.errors import BadSqlFiles, NotOurs, ServerError
from dw_migration.migrate import sqlfiles
from dw_migration_tests.conftest import MakesDatabase


@pytest.fixture
def config(tmp_path: Path, database: MakesDatabase) -> Config:
    """The source shop, in step with its target, and a module for reports."""
    source = database()
    with psycopg.connect(source, autocommit=True) as session:
        session.execute('CREATE TABLE public."Orders" ("Id" integer PRIMARY KEY, "Total" numeric)')
    path = tmp_path / "dw_migration.yaml"
    settings = {
        "target": {"url": database()},
        "sources": {"shop": {"url": source}},
        "sql": {"modules": {"reports": {"schema": "reports"}}},
    }
    path.write_text(yaml.safe_dump(settings))
    loaded = load_config(path)
    (outcome,) = [migrate.sync(loaded, each) for each in migrate.sources_named(loaded)]
    assert outcome.error is None
    (tmp_path / "migrations" / "reports").mkdir(parents=True)
    return loaded


def put(config: Config, name: str, text: str) -> None:
    """A file of the reports."""
    (config.base / "migrations" / "reports" / f"{name}.sql").write_text(text)


def test_a_view_on_a_sources_table(config: Config) -> None:
    put(
        config,
        "R__totals",
        "CREATE OR REPLACE VIEW {{tables.totals}} AS SELECT total FROM {{source.shop.public}}.orders;",
    )
    assert [each.what for each in sqlfiles.apply(config).ran] == ["applied"]
    assert sqlfiles.apply(config).ran == ()
    with psycopg.connect(config.target.login().url) as session:
        assert session.execute("SELECT count(*) FROM reports.totals").fetchone() == (0,)


def test_a_source_that_is_not_there_is_told_before_anything_runs(config: Config) -> None:
    put(config, "1_t", "CREATE TABLE {{tables.t}} ();")
    put(config, "2_v", "CREATE VIEW {{tables.v}} AS SELECT * FROM {{source.shp.public}}.orders;")
    with pytest.raises(
        BadSqlFiles, match=r"reports/2_v\.sql:1:43: \{\{source\.shp\.public\}\} is no schema of a source"
    ):
        sqlfiles.apply(config)
    assert [each.state.value for each in sqlfiles.status(config)] == ["pending", "pending"]


def test_a_table_that_a_source_has_brought_is_told_with_the_template(config: Config) -> None:
    put(config, "1_v", "CREATE VIEW {{tables.v}} AS SELECT * FROM orders;")
    with pytest.raises(ServerError, match=r"write \{\{source\.shop\.public\}\}\.orders"):
        sqlfiles.apply(config)


def test_the_schema_of_a_source_is_not_a_modules(config: Config, tmp_path: Path) -> None:
    with psycopg.connect(config.target.login().url) as session:
        ((schema,),) = session.execute("SELECT name FROM dw_migration.target_schema").fetchall()
    content = yaml.safe_load((tmp_path / "dw_migration.yaml").read_text())
    content["sql"]["modules"]["reports"]["schema"] = schema
    (tmp_path / "dw_migration.yaml").write_text(yaml.safe_dump(content))
    put(config, "1_t", "CREATE TABLE {{tables.t}} ();")
    with pytest.raises(NotOurs, match="is that of shop: choose another one"):
        sqlfiles.apply(load_config(tmp_path / "dw_migration.yaml"))
