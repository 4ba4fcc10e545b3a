"""Which kinds of objects `objects` lets be carried over."""

from collections.abc import Callable

import psycopg
import pytest

from dw_migration.catalog import Catalog
from dw_migration.config import Objects
from dw_migration.live.reader import read
from dw_migration.live.selection import carried
from dw_migration_tests.conftest import MakesDatabase

SHOP = """
    CREATE FUNCTION needed() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION below(a int DEFAULT needed()) RETURNS int LANGUAGE sql AS 'SELECT a';
    CREATE FUNCTION alone() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION powerful() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
    CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TABLE t (a int DEFAULT below(), b int DEFAULT powerful(), c int);
    CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fired();
    CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;
    CREATE POLICY p ON t USING (c > 0);
    ALTER TABLE t ENABLE ROW LEVEL SECURITY;
    CREATE VIEW v AS SELECT c FROM t;
    CREATE MATERIALIZED VIEW m AS SELECT c FROM v;
    COMMENT ON TRIGGER tr ON t IS 'goes with it';
"""
CODE = {"function", "view", "materialized view", "trigger", "rule", "policy", "row security"}
Chosen = Callable[[Objects], Catalog]


@pytest.fixture
def chosen(database: MakesDatabase) -> Chosen:
    """What is carried over of a database with one object of each such kind."""
    with psycopg.connect(database(), autocommit=True) as connection:
        connection.execute(SHOP)
        connection.execute("SET search_path = ''")
        catalog = read(connection, ["public"]).catalog
    return lambda objects: carried(objects, catalog)


def code_of(catalog: Catalog) -> set[str]:
    """What there is of such kinds."""
    return {address.name or address.kind for address in catalog.objects if address.kind in CODE}


def test_by_itself_what_tables_and_views_stand_on_comes_along(chosen: Chosen) -> None:
    found = chosen(Objects())
    assert code_of(found) == {"needed()", "below(integer)", "v", "m"}
    assert {kind: found.counted[kind] for kind in CODE if kind in found.counted} == {
        **{"function": 2, "trigger": 1, "rule": 1, "policy": 1, "row security": 1},
    }
    assert not any(address.kind == "comment" for address in found.objects)
    assert [(each.kind, each.address) for each in found.left_out] == [
        ("default", "public.t.b"),
        ("function", "public.powerful()"),
    ]


def test_all_of_it_is_carried_over_where_that_is_asked_for(chosen: Chosen) -> None:
    everything = Objects(functions="keep", triggers="keep", rules="keep", policies="keep", security_definer=True)
    found = chosen(everything)
    assert code_of(found) == {
        *("needed()", "below(integer)", "alone()", "powerful()", "fired()"),
        *("tr", "r", "p", "t", "v", "m"),
    }
    assert found.left_out == ()


def test_a_trigger_brings_its_function(chosen: Chosen) -> None:
    assert "fired()" in code_of(chosen(Objects(triggers="keep")))


def test_what_stands_on_what_is_skipped_is_told(chosen: Chosen) -> None:
    found = chosen(Objects(functions="skip", views="skip"))
    assert code_of(found) == set()
    assert {(each.kind, each.address): each.reason for each in found.left_out}["default", "public.t.a"] == (
        "stands on function public.below(integer)"
    )


def test_another_language_is_not_carried_over(chosen: Chosen) -> None:
    found = chosen(Objects(triggers="keep", languages=("sql",)))
    told = {each.address: each.reason for each in found.left_out}
    assert told["public.fired()"] == "language plpgsql, which objects.languages does not name"
    assert "public.t.tr" in told
