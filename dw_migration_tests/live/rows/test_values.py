"""Values that columns really hold, counted; and those that shall replace them, tried by PostgreSQL."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from pydantic import SecretStr

from dw_migration.config import Connection
from dw_migration.live.connections import connect_source
from dw_migration.live.embedded import Server
from dw_migration.live.rows import values
from dw_migration.live.rows.expressions import refused_calls
from dw_migration.live.rows.shapes import read_shape
from dw_migration.live.rows.side import Side
from dw_migration.live.rows.values import (
    columns_of,
    distinct_values,
    duplicate_keys,
    entries_of,
    has_unfit_entries,
    nulls_of,
    unfit_values,
    unmapped_values,
    unmatched_values,
)
from dw_migration.resolutions.expression import parsed_expression
from dw_migration.resolutions.resolution import LookupTable
from dw_migration.resolutions.shape import ColumnShape, TableShape
from dw_migration.resolutions.template import Distinct
from dw_migration_tests.conftest import MakesDatabase

Connect = Callable[[str], psycopg.Connection]

HOSTILE = ["'", "\\", '"', "{}", "%s", "a,b", "", "NULL", "\n", "é"]
TABLES = """
CREATE SCHEMA shop;
CREATE TYPE shop.mood AS ENUM ('ok', 'a "b"');
CREATE DOMAIN shop.short AS varchar(3) CHECK (VALUE <> 'no');
CREATE TABLE shop."T ""1"" %s" (id int, "S" text, m shop.mood);
CREATE TABLE shop.child () INHERITS (shop."T ""1"" %s");
INSERT INTO shop.child VALUES (9, 'of the child');
CREATE TABLE shop.kinds (name text, id int, label text);
"""
KINDS = LookupTable(table="kinds", key_column="name", value_column="id", schema="shop")


@pytest.fixture
def url(any_server: Server, database: MakesDatabase, connect: Connect) -> str:
    made = database(server=any_server)
    connection = connect(made)
    connection.execute(TABLES.encode())
    rows = [(each,) for at, each in enumerate(HOSTILE) for _ in range(at + 1)] + [(None,)] * 3
    connection.cursor().executemany(b'INSERT INTO shop."T ""1"" %%s" ("S") VALUES (%s)', rows)
    return made


@pytest.fixture
def side(url: str) -> Iterator[Side]:
    """Read-only, as every session of `data validate`."""
    with connect_source(Connection(url=SecretStr(url)), application_name="dw/test") as session:
        yield Side(session, "databases.old")


@pytest.fixture
def table(side: Side) -> TableShape:
    return read_shape(side.session, "databases.old", ["shop"]).tables["shop", 'T "1" %s']


def column(type_: str, base_type: str = "") -> ColumnShape:
    return ColumnShape("v", type_, 1, base_type=base_type)


def test_distinct_values_come_with_their_counts_the_most_frequent_first(side: Side, table: TableShape) -> None:
    counted = [(each, at + 1) for at, each in enumerate(HOSTILE)][::-1]
    assert distinct_values(side, table, "S") == Distinct(tuple(counted))
    assert distinct_values(side, table, "S", most=2) == Distinct(tuple(counted[:2]), more=8)
    assert distinct_values(side, table, "m") == Distinct(())
    assert nulls_of(side, table, "S") == 3


def test_unmapped_values_are_those_without_an_entry(side: Side, table: TableShape) -> None:
    assert unmapped_values(side, table, "S", HOSTILE) == Distinct(())
    assert unmapped_values(side, table, "S", HOSTILE[1:]) == Distinct((("'", 1),))
    assert unmapped_values(side, table, "S", []).number == 10


@pytest.mark.parametrize("block", [1, 3, 50_000])
def test_unmatched_values_are_those_that_the_lookup_table_lacks(
    side: Side, table: TableShape, url: str, connect: Connect, *, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "_BLOCK", block)
    known = [each for each in HOSTILE if each not in {"é", "%s"}]
    connect(url).cursor().executemany(b"INSERT INTO shop.kinds VALUES (%s, 1)", [(each,) for each in [*known, None]])
    assert unmatched_values(side, side, table, "S", KINDS) == Distinct((("é", 10), ("%s", 5)))
    assert unmatched_values(side, side, table, "S", KINDS, most=1) == Distinct((("é", 10),), more=1)


def test_entries_of_a_lookup_table_are_read_unless_they_are_many(side: Side, url: str, connect: Connect) -> None:
    connect(url).execute("INSERT INTO shop.kinds VALUES ('a', 1), ('b', NULL), (NULL, 3)")
    assert sorted(entries_of(side, KINDS) or ()) == [("a", "1"), ("b", None)]
    assert entries_of(side, KINDS, most=1) is None
    assert columns_of(side, KINDS) == ("name", "id", "label")
    assert columns_of(side, LookupTable(table="none", key_column="a", value_column="b", schema="shop")) == ()


def test_old_values_with_several_entries_are_told(side: Side, url: str, connect: Connect) -> None:
    assert duplicate_keys(side, KINDS) == Distinct(())
    connect(url).execute("INSERT INTO shop.kinds VALUES ('a', 1), ('a', 2), ('b', 1), (NULL, 1), (NULL, 2)")
    assert duplicate_keys(side, KINDS) == Distinct((("a", 2),))


@pytest.mark.parametrize(
    ("of", "given", "refused"),
    [
        (column("smallint"), ["1", "-7", "70000", "x", "", "1.5"], {"70000", "x", "", "1.5"}),
        (column("character varying(3)"), ["abc", "abcd", "ab   ", "a'\\"], {"abcd"}),
        (column("numeric(4,1)"), ["123.45", "1234.5", "NaN"], {"1234.5"}),
        (column("date"), ["2024-02-29", "2023-02-29", "infinity"], {"2023-02-29"}),
        (column("boolean"), ["true", "yes", "maybe"], {"maybe"}),
        (column("shop.mood"), ["ok", 'a "b"', "no"], {"no"}),
        (column("shop.short", "character varying(3)"), ["yes", "no", "long"], {"no", "long"}),
        (column("jsonb"), ["{}", "{"], {"{"}),
        (column("integer[]"), ["{1,2}", "1"], {"1"}),
        (column("text"), HOSTILE, set()),
        (column("regclass"), ["pg_catalog.pg_class", "nowhere"], {"nowhere"}),
    ],
)
def test_values_are_tried_by_the_new_column_s_type(
    side: Side, of: ColumnShape, given: list[str], refused: set[str]
) -> None:
    assert set(unfit_values(side, of, given)) == refused


def test_entries_are_tried_without_being_told(side: Side, url: str, connect: Connect) -> None:
    connect(url).execute("INSERT INTO shop.kinds VALUES ('a', 1, '5'), ('b', 2, NULL)")
    label = LookupTable(table="kinds", key_column="name", value_column="label", schema="shop")
    assert not has_unfit_entries(side, label, column("integer"))
    connect(url).execute("INSERT INTO shop.kinds VALUES ('c', 1, 'CARD4111')")
    assert has_unfit_entries(side, label, column("integer"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lower(a) || coalesce(b, 'x')", []),
        ("(SELECT max(k.id) FROM shop.kinds k WHERE k.name = a)", []),
        ("now()::text", []),
        ("random()::text", ["random"]),
        ("nextval('shop.s')::text", ["nextval"]),
        ("pg_catalog.set_config('a.b', a, false)", ["set_config"]),
        ("shop.writes(a)", ["writes"]),
        ("a OPERATOR(shop.<~>) b", ["<~>"]),
        ("(SELECT shop.writes(a))", ["writes"]),
        ("pg_read_file('/etc/passwd')", ["pg_read_file"]),
        ("max(a)", ["max"]),
        ("row_number() OVER ()", ["row_number"]),
        ("unnest(ARRAY[a, b])", ["unnest"]),
        ("lo_creat(-1)", ["lo_creat"]),
    ],
)
def test_an_expression_calls_nothing_that_writes_or_makes_other_rows(
    side: Side, url: str, connect: Connect, text: str, told: list[str]
) -> None:
    connect(url).execute(
        "CREATE FUNCTION shop.writes(text) RETURNS text LANGUAGE sql AS 'DELETE FROM shop.kinds; SELECT $1';"
        "CREATE FUNCTION shop.writes(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1';"
        "CREATE OPERATOR shop.<~> (LEFTARG = text, RIGHTARG = text, FUNCTION = shop.writes)"
    )
    reasons = refused_calls(side, parsed_expression(text, ["a", "b"]))
    assert [each.split(",")[0].removeprefix("calls ") for each in reasons] == told
