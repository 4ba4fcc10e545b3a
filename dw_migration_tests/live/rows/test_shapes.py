"""Shapes of real tables, on both versions of PostgreSQL."""

import threading
from collections.abc import Callable

import psycopg
import pytest
from pydantic import SecretStr

from dw_migration.config import Connection
from dw_migration.live.connections import Session, connect_source
from dw_migration.live.embedded import Server
from dw_migration.live.rows.shapes import read_shape
from dw_migration.resolutions.shape import ForeignKey, Shape, TableShape
from dw_migration_tests.conftest import MakesDatabase, MakesRole

Connect = Callable[[str], psycopg.Connection]
Opens = Callable[[str], Session]

TABLES = """
CREATE SCHEMA shop; CREATE SCHEMA other; CREATE SCHEMA dw_migration;
CREATE TYPE shop.mood AS ENUM ('sad', 'a "b"', 'ok');
CREATE DOMAIN shop.code AS varchar(7) NOT NULL DEFAULT 'x';
CREATE DOMAIN shop.narrow AS shop.code CHECK (VALUE <> '');
CREATE TABLE shop.customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    gone int,
    name varchar(80) DEFAULT 'it''s',
    feels shop.mood,
    code shop.narrow,
    price numeric(10,2),
    loud text GENERATED ALWAYS AS (upper(name)) STORED,
    tags text[]
);
ALTER TABLE shop.customers DROP COLUMN gone;
CREATE TABLE shop."Order ""1""%s {}" (
    a int, b int NOT NULL, customer bigint REFERENCES shop.customers, UNIQUE (a, b), UNIQUE (customer));
CREATE UNIQUE INDEX ON shop."Order ""1""%s {}" (b) INCLUDE (a);
CREATE UNIQUE INDEX ON shop."Order ""1""%s {}" (a) WHERE a > 0;
CREATE TABLE shop.events (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE shop.events_1 PARTITION OF shop.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE shop.events_2 PARTITION OF shop.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')
    PARTITION BY RANGE (id);
CREATE TABLE shop.events_2a PARTITION OF shop.events_2 DEFAULT;
CREATE TABLE other.notes (at timestamp(3), body text COLLATE "C");
CREATE TABLE dw_migration.ledger (a int);
CREATE VIEW shop.seen AS SELECT 1 AS a;
INSERT INTO shop.events SELECT n, '2024-06-01' FROM generate_series(1, 30) n;
INSERT INTO shop.events SELECT n, '2025-06-01' FROM generate_series(1, 12) n;
ANALYZE shop.events_1; ANALYZE shop.events_2a;
CREATE FUNCTION shop.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER fires BEFORE INSERT ON shop.events_1 FOR EACH ROW EXECUTE FUNCTION shop.f();
CREATE TRIGGER quiet BEFORE INSERT ON shop.customers FOR EACH ROW EXECUTE FUNCTION shop.f();
ALTER TABLE shop.customers DISABLE TRIGGER quiet;
ALTER TABLE other.notes ENABLE ROW LEVEL SECURITY;
"""


@pytest.fixture
def opens() -> Opens:
    """Opens a session as analysing does."""
    return lambda url: connect_source(Connection(url=SecretStr(url)), application_name="dw/test")


@pytest.fixture
def url(any_server: Server, database: MakesDatabase, connect: Connect) -> str:
    """A database with those tables."""
    made = database(server=any_server)
    connect(made).execute(TABLES.encode())
    return made


@pytest.fixture
def shape(url: str, opens: Opens) -> Shape:
    with opens(url) as session:
        return read_shape(session, "databases.old", ["shop", "other", "dw_migration", "nowhere"])


def customers(shape: Shape) -> TableShape:
    return shape.tables["shop", "customers"]


def test_tables_are_those_with_rows_and_partitions_are_parts_of_their_parent(shape: Shape) -> None:
    assert sorted(shape.tables) == [
        ("other", "notes"),
        ("shop", 'Order "1"%s {}'),
        ("shop", "customers"),
        ("shop", "events"),
    ]
    events = shape.tables["shop", "events"]
    assert events.partitioned
    assert events.rows == 42
    assert events.bytes > 0
    assert events.key == ("id", "at")
    assert events.triggers == ("fires",)


def test_columns_are_told_with_types_and_what_fills_them(shape: Shape) -> None:
    told = {each.name: each for each in customers(shape).columns}
    assert list(told) == ["id", "email", "name", "feels", "code", "price", "loud", "tags"]
    assert [each.position for each in told.values()] == [1, 2, 4, 5, 6, 7, 8, 9]
    assert {name: each.type for name, each in told.items()} == {
        "id": "bigint",
        "email": "text",
        "name": "character varying(80)",
        "feels": "shop.mood",
        "code": "shop.narrow",
        "price": "numeric(10,2)",
        "loud": "text",
        "tags": "text[]",
    }
    assert (told["id"].identity, told["loud"].generated, told["loud"].default) == ("a", "s", "")
    assert (told["feels"].kind, told["feels"].labels) == ("e", ("sad", 'a "b"', "ok"))
    assert told["name"].default == "'it''s'::character varying"
    assert told["email"].not_null
    assert not told["name"].not_null


def test_a_domain_tells_the_type_under_it_and_what_it_demands(shape: Shape) -> None:
    code = customers(shape).column("code")
    assert code
    assert (code.kind, code.base_type, code.not_null) == ("d", "character varying(7)", True)
    assert code.default == "'x'::character varying"


def test_keys_are_primary_or_unique_over_columns_that_are_never_null(shape: Shape) -> None:
    assert (customers(shape).key, customers(shape).uniques) == (("id",), (("email",),))
    orders = shape.tables["shop", 'Order "1"%s {}']
    assert orders.key == ("b",)
    assert set(orders.uniques) == {("a", "b"), ("customer",)}
    assert shape.tables["other", "notes"].key == ()


def test_references_name_both_ends(shape: Shape) -> None:
    (found,) = shape.tables["shop", 'Order "1"%s {}'].foreign_keys
    assert found == ForeignKey(found.name, ("customer",), ("shop", "customers"), ("id",))


def test_a_table_that_was_never_analyzed_says_so(shape: Shape) -> None:
    assert customers(shape).rows == -1


def test_triggers_that_are_off_do_not_count(shape: Shape) -> None:
    assert customers(shape).triggers == ()


def test_text_is_ordered_by_its_collation_or_the_databases(shape: Shape) -> None:
    body = shape.tables["other", "notes"].column("body")
    email = customers(shape).column("email")
    assert body
    assert email
    assert body.collation == "C"
    assert email.collation
    assert [each.collation for each in customers(shape).columns if each.type == "bigint"] == [""]


def test_connect_alone_suffices_and_policies_are_told(
    url: str, any_server: Server, role: MakesRole, opens: Opens, shape: Shape
) -> None:
    name = role(server=any_server)
    database_name = url.partition("?")[0].rpartition("/")[2]
    with opens(any_server.url(database_name, user=name)) as session:
        seen = read_shape(session, "databases.old", ["shop", "other"])
    assert seen.tables.keys() == shape.tables.keys()
    assert seen.tables["shop", "customers"] == customers(shape)
    assert seen.tables["other", "notes"].row_security
    assert not shape.tables["other", "notes"].row_security


def test_large_objects_are_counted(url: str, connect: Connect, opens: Opens) -> None:
    connect(url).execute("SELECT lo_create(0), lo_create(0)")
    with opens(url) as session:
        assert read_shape(session, "databases.old", ["shop"]).large_objects == 2


def test_the_same_collation_of_two_databases_of_a_server_is_equal(
    server: Server, database: MakesDatabase, connect: Connect, opens: Opens
) -> None:
    found = []
    for url in (database(server=server), database(server=server)):
        connect(url).execute("CREATE TABLE public.t (a text, b name)")
        with opens(url) as session:
            found.append(read_shape(session, "databases.old", ["public"]).tables["public", "t"].columns)
    assert found[0] == found[1]


def test_a_table_that_is_locked_for_a_moment_is_waited_for(url: str, connect: Connect, opens: Opens) -> None:
    blocker = connect(url)
    blocker.execute("BEGIN")
    blocker.execute("LOCK shop.customers")
    with opens(url) as session:
        session.execute("SET lock_timeout = 1")
        ended: list[Shape] = []
        reading = threading.Thread(target=lambda: ended.append(read_shape(session, "databases.old", ["shop"])))
        reading.start()
        blocker.execute("COMMIT")
        reading.join()
    assert ended
