"""A source that was rebuilt has other oids: what looks alike is asked about once, and rows are kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.errors import BadConfig
from dw_migration.live.embedded import Server
from dw_migration.migrate import Outcome
from dw_migration_tests.outside import CommandLine, Shop, opened_shop

Known = tuple[Config, Source]

TABLES = """
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE customer (id int PRIMARY KEY, first_name text, phone_number text, mood mood, city text);
CREATE TABLE orders (id int PRIMARY KEY, customer int, note text);
"""
REBUILT = """
DROP SCHEMA public CASCADE; CREATE SCHEMA public;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE customers (id int PRIMARY KEY, first_name text, phone text, mood mood, city text);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, note text);
"""


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """The sources shop and other, of one shape, in step, with rows in the target; both were rebuilt since."""
    with opened_shop(server, tmp_path, "alike", TABLES) as made:
        made.make_database("alike_other", TABLES)
        for name in ("shop", "other"):
            assert migrate.sync(*known(made, name)).status == "in_sync"
            schema = schema_of(made, name)
            made.on(made.target, f"INSERT INTO {schema}.customer VALUES (1, 'ann', '5', 'good', 'x')")
            made.on(made.target, f"INSERT INTO {schema}.orders VALUES (1, 1, 'soon')")
        for url in (made.source, made.server.url("alike_other")):
            made.on(url, REBUILT)
        yield made


def known(shop: Shop, name: str = "shop", drops: str = "drop") -> Known:
    """What the functions of `migrate` take."""
    sources = {"shop": {"url": shop.source}, "other": {"url": shop.server.url("alike_other")}}
    config = load_config(shop.config(sources=sources, policy={"drops": drops}))
    return config, config.sources[name]


def schema_of(shop: Shop, name: str) -> str:
    return shop.schema if name == "shop" else "dw__alike_other__public"


def asked(outcome: Outcome) -> list[str]:
    """Of what somebody is asked whether it has another name."""
    return [
        finding.message.partition(":")[0].replace(f"{schema}.", "")
        for judged in outcome.changes
        for finding in judged.findings
        for schema in [judged.change.address.schema]
        if finding.rule == "may_be_renamed"
    ]


TABLE = "table customer could be table customers under another name"
COLUMN = "column orders.customer could be column orders.customer_id under another name"
OF_TABLE = "column customers.phone_number could be column customers.phone under another name"


@pytest.mark.parametrize("drops", ["drop", "retire"])
def test_what_looks_alike_waits_for_an_answer(shop: Shop, drops: str) -> None:
    held = migrate.sync(*known(shop, drops=drops))
    assert (held.status, held.exit_code) == ("held", 4)
    assert sorted(asked(held)) == [COLUMN, TABLE]
    assert shop.on(shop.target, f"SELECT first_name FROM {shop.schema}.customer") == [("ann",)]


def test_what_is_said_keeps_the_rows_and_holds_for_its_sibling(shop: Shop) -> None:
    migrate.sync(*known(shop))
    assert migrate.renamed(*known(shop), "customer", "customers", by="ana").status == "noted"
    assert sorted(asked(migrate.diff(*known(shop)))) == [OF_TABLE, COLUMN]
    migrate.renamed(*known(shop), "customer.phone_number", "customers.phone", by="ana")
    migrate.renamed(*known(shop), "orders.customer", "customer_id", by="ana")
    done = migrate.sync(*known(shop))
    assert (done.status, asked(done)) == ("in_sync", [])
    assert any("as somebody has said" in f.message for judged in done.changes for f in judged.findings)
    sibling = migrate.sync(*known(shop, "other"))
    assert (sibling.status, asked(sibling)) == ("in_sync", [])
    for name in ("shop", "other"):
        schema = schema_of(shop, name)
        assert shop.on(shop.target, f"SELECT first_name, phone, mood::text FROM {schema}.customers") == [
            ("ann", "5", "good")
        ]
        assert shop.on(shop.target, f"SELECT customer_id FROM {schema}.orders") == [(1,)]
    assert migrate.rollback(*known(shop), "-1").status == "rolled_back"
    assert shop.on(shop.target, f"SELECT phone_number FROM {shop.schema}.customer") == [("5",)]
    said = "SELECT kind, old, new, same, source, by FROM dw_migration.said ORDER BY 2"
    assert shop.on(shop.target, said) == [
        ("table", "customer", "customers", True, "shop", "ana"),
        ("column", "customer.phone_number", "customers.phone", True, "shop", "ana"),
        ("column", "orders.customer", "orders.customer_id", True, "shop", "ana"),
    ]


def test_another_shape_is_asked_about_again(shop: Shop) -> None:
    shop.on(shop.server.url("alike_other"), "ALTER TABLE orders ADD total int")
    migrate.renamed(*known(shop), "orders.customer", "customer_id", by="ana")
    assert COLUMN not in asked(migrate.diff(*known(shop)))
    assert COLUMN in asked(migrate.diff(*known(shop, "other")))


def test_what_is_another_goes_as_any_other_and_is_not_asked_about_again(shop: Shop) -> None:
    migrate.renamed(*known(shop), "orders.customer", "customer_id", same=False, by="ana")
    migrate.renamed(*known(shop), "customer", "customers", same=False, by="ana")
    migrate.renamed(*known(shop), "orders.customer", "customer_id", by="ana")
    migrate.renamed(*known(shop), "orders.customer", "customer_id", same=False, by="ben")  # what was said last holds
    held = migrate.sync(*known(shop))
    assert (held.status, asked(held)) == ("held", [])
    assert migrate.sync(*known(shop), allow_breaking=True).status == "in_sync"
    assert shop.on(shop.target, f"SELECT customer_id FROM {shop.schema}.orders") == [(None,)]


def test_where_lineage_tells_nobody_is_asked(server: Server, tmp_path: Path) -> None:
    with opened_shop(server, tmp_path, "alike_two", TABLES) as made:
        config = load_config(made.config())
        migrate.sync(config, config.sources["shop"])
        made.on(made.source, "ALTER TABLE orders DROP customer, ADD customer_id int")
        assert asked(migrate.sync(config, config.sources["shop"])) == []


def test_what_nobody_asks_cannot_be_said(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadConfig, match=r"asked is customer customers, orders\.customer orders\.customer_id"):
        migrate.renamed(*known(shop), "orders.note", "orders.id", by="ana")
    config = known(shop)[0].path
    assert config
    run = CommandLine(capsys)
    assert run(config, "renamed", "shop", "orders.note", "id").code == 2
    done = run(config, "renamed", "shop", "orders.customer", "customer_id", "--note", "seen")
    assert (done.code, "orders.customer is customer_id" in done.told) == (0, True)
    assert shop.on(shop.target, "SELECT note FROM dw_migration.said") == [("seen",)]


def test_the_safe_part_leaves_the_question_open(shop: Shop) -> None:
    """What could be one waits on both sides; the rest goes ahead, and proves nothing of the two."""
    shop.on(shop.source, "ALTER TABLE orders ADD total int; CREATE INDEX ON orders (customer_id)")
    held = migrate.apply(*known(shop), in_part=True)
    made = {f"{each.change.kind} {each.change.address.name}" for each in held.went_ahead}
    assert (held.status, made) == ("held", {"column total"})
    assert sorted(asked(held)) == [COLUMN, TABLE]
    again = migrate.apply(*known(shop), in_part=True)
    assert (again.status, again.applied, sorted(asked(again))) == ("held", (), [COLUMN, TABLE])
    migrate.renamed(*known(shop), "customer", "customers", by="ana")
    migrate.renamed(*known(shop), "customer.phone_number", "customers.phone", by="ana")
    migrate.renamed(*known(shop), "orders.customer", "customer_id", by="ana")
    assert migrate.sync(*known(shop)).status == "in_sync"
    assert shop.on(shop.target, f"SELECT first_name, phone FROM {shop.schema}.customers") == [("ann", "5")]
    assert shop.on(shop.target, f"SELECT customer_id FROM {shop.schema}.orders") == [(1,)]
    shop.on(shop.source, "ALTER TABLE orders RENAME customer_id TO buyer")
    assert migrate.sync(*known(shop)).status == "in_sync"
    assert shop.on(shop.target, f"SELECT buyer FROM {shop.schema}.orders") == [(1,)]


def test_with_keep_what_would_come_empty_asks(shop: Shop) -> None:
    held = migrate.sync(*known(shop, drops="keep"))
    assert (held.status, sorted(asked(held))) == ("held", [COLUMN, TABLE])
    part = migrate.apply(*known(shop, drops="keep"), in_part=True)
    assert (part.status, part.went_ahead, sorted(asked(part))) == ("held", (), [COLUMN, TABLE])
    migrate.renamed(*known(shop, drops="keep"), "orders.customer", "customer_id", by="ana")
    migrate.renamed(*known(shop, drops="keep"), "customer", "customers", same=False, by="ana")
    assert migrate.sync(*known(shop, drops="keep")).status == "in_sync"
    assert shop.on(shop.target, f"SELECT customer_id FROM {shop.schema}.orders") == [(1,)]
    assert shop.on(shop.target, f"SELECT first_name FROM {shop.schema}.customer") == [("ann",)]
