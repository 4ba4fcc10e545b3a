"""`objects.grants`, and grants of the warehouse, through a whole life with the ledger."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.live.embedded import Server
from dw_migration_tests.conftest import MakesDatabase, MakesRole


class Shop:
    """One source on the newest server, and a warehouse."""

    def __init__(self, source: str, target: str, folder: Path, grants: str, **selected: Any) -> None:
        self.source, self.target = source, target
        sources = {"shop": {"url": source, **selected}}
        content = {"target": {"url": target}, "sources": sources, "objects": {"grants": grants}}
        (folder / "dw_migration.yaml").write_text(yaml.safe_dump(content))
        self.config: Config = load_config(folder / "dw_migration.yaml")
        self.one: Source = migrate.sources_named(self.config)[0]

    def app(self, text: str) -> None:
        """What the application does."""
        with psycopg.connect(self.source, autocommit=True) as connection:
            connection.execute(text.encode())

    def warehouse(self, text: str) -> list[tuple[Any, ...]]:
        """What somebody does, or asks, in the warehouse."""
        with psycopg.connect(self.target, autocommit=True) as connection:
            cursor = connection.execute(text.encode())
            return cursor.fetchall() if cursor.description else []


RETYPED = "DROP VIEW v; ALTER TABLE t ALTER n TYPE bigint; CREATE VIEW v AS SELECT n FROM t"


def test_what_the_warehouse_granted_outlives_sync_and_rollback(
    database: MakesDatabase, role: MakesRole, tmp_path: Path
) -> None:
    reader, late = role(), role()
    shop = Shop(database(), database(), tmp_path, "skip")
    shop.app("CREATE TABLE t (n int); CREATE VIEW v AS SELECT n FROM t; GRANT SELECT ON v TO PUBLIC")
    schema = next(iter(migrate.sync(shop.config, shop.one).schemas))
    shop.warehouse(f"GRANT SELECT ON {schema}.v TO {reader}")
    told = f"SELECT grantee::regrole::text FROM pg_class, aclexplode(relacl) WHERE oid = '{schema}.v'::regclass"
    shop.app(RETYPED)
    outcome = migrate.sync(shop.config, shop.one, allow_breaking=True)
    assert (outcome.status, outcome.verified, outcome.unmanaged) == ("in_sync", True, ())
    assert {each for (each,) in shop.warehouse(told)} == {"postgres", reader}
    shop.warehouse(f"GRANT UPDATE ON {schema}.v TO {late}; REVOKE SELECT ON {schema}.v FROM {reader}")
    assert migrate.drift(shop.config, shop.one).drift == ()
    assert migrate.sync(shop.config, shop.one).status == "in_sync"
    migrate.rollback(shop.config, shop.one, "-1")
    assert {each for (each,) in shop.warehouse(told)} == {"postgres", late}


def test_a_role_that_the_target_lacks_is_a_warning_and_the_rest_is_in_sync(
    database: MakesDatabase, role: MakesRole, older_server: Server, tmp_path: Path
) -> None:
    reader = role()
    shop = Shop(database(), database(server=older_server), tmp_path, "keep")
    shop.app(f"CREATE TABLE t (n int); GRANT SELECT ON t TO {reader}, pg_monitor")
    outcome = migrate.sync(shop.config, shop.one)
    assert (outcome.status, outcome.left_out["role"]) == ("in_sync", 1)
    assert f"the target has no role {reader}: CREATE ROLE {reader} there, then dw-migration plan" in outcome.warnings
    assert [each.change.address.name for each in outcome.changes if each.change.kind == "grant"] == ["t to pg_monitor"]


@pytest.mark.parametrize("grants", ["skip", "keep"])
def test_who_may_read_the_schema_public_is_no_grant_of_the_application(
    database: MakesDatabase, tmp_path: Path, grants: str
) -> None:
    shop = Shop(database(), database(), tmp_path, grants)
    shop.app("CREATE TABLE t (n int)")
    assert {each.change.kind for each in migrate.sync(shop.config, shop.one).changes} == {"schema", "table"}


@pytest.mark.parametrize("tables", ["all", ["t"]])
def test_grants_come_with_what_is_carried_over_and_bring_nothing_along(
    database: MakesDatabase, tmp_path: Path, tables: Any
) -> None:
    shop = Shop(database(), database(), tmp_path, "keep", tables=tables, exclude=["u"])
    shop.app(
        """
        CREATE TABLE t (n int); CREATE TABLE u (n int); CREATE TYPE state AS ENUM ('a');
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
        GRANT SELECT ON t, u TO pg_monitor; GRANT UPDATE (n) ON u TO pg_monitor;
        GRANT EXECUTE ON FUNCTION f() TO pg_monitor; GRANT USAGE ON SCHEMA public TO pg_monitor;
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO pg_monitor;
        """
    )
    outcome = migrate.sync(shop.config, shop.one)
    granted = [each.change.address for each in outcome.changes if each.change.kind in {"grant", "default privileges"}]
    assert [(each.name, each.of) for each in granted] == [
        ("t to pg_monitor", "table"),
        ("to pg_monitor", "schema"),
        ("TABLES of postgres to pg_monitor", ""),
    ]
    assert outcome.left_out == {"function": 1}
    assert migrate.verify(shop.config, shop.one).unmanaged == ()


RULES = "ALTER DEFAULT PRIVILEGES IN SCHEMA public"


def test_a_grant_in_the_source_is_drift_only_where_grants_come_along(
    database: MakesDatabase, role: MakesRole, tmp_path: Path
) -> None:
    reader, url = role(), database()
    codes = []
    for grants in ("skip", "keep"):
        (tmp_path / grants).mkdir()
        shop = Shop(url, database(), tmp_path / grants, grants)
        shop.app("CREATE TABLE IF NOT EXISTS t (n int)")
        migrate.sync(shop.config, shop.one)
        shop.app(f"GRANT SELECT ON t TO {reader}; {RULES} GRANT SELECT ON TABLES TO {reader}")
        codes.append(migrate.drift(shop.config, shop.one).exit_code)
        shop.app(f"REVOKE ALL ON t FROM {reader}; {RULES} REVOKE ALL ON TABLES FROM {reader}")
    assert codes == [0, 3]
