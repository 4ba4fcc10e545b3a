"""Outcomes tell what stands in the target and what is waited for, also where nothing was read again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.live.embedded import Server
from dw_migration.migrate import TargetColumn
from dw_migration_tests.outside import Shop, opened_shop

Known = tuple[Config, Source]


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source with two tables, and an empty target."""
    with opened_shop(server, tmp_path, "told_shop") as made:
        yield made


@pytest.fixture
def known(shop: Shop) -> Known:
    """What the functions of `migrate` take."""
    config = load_config(shop.config())
    return config, config.sources["shop"]


def test_tables_are_told_by_schema_also_where_nothing_is_read(shop: Shop, known: Known) -> None:
    shop.on(shop.source, 'CREATE SCHEMA "Other"; CREATE TABLE "Other".t (i int); CREATE SCHEMA empty')
    tables = {shop.schema: ("orders", "users"), f"dw__{shop.name}__other": ("t",)}
    for outcome in (migrate.sync(*known), migrate.sync(*known), migrate.diff(*known), migrate.verify(*known)):
        assert (outcome.tables_of, outcome.tables) == (tables, 3)


def test_a_summary_of_a_former_version_is_no_hindrance(shop: Shop, known: Known) -> None:
    """It has no tables: they are told after the next change."""
    first = migrate.sync(*known)
    ((text,),) = shop.on(shop.target, "SELECT summary FROM dw_migration.source")
    kept = {name: value for name, value in json.loads(text).items() if name != "tables_of"}
    shop.on(shop.target, f"UPDATE dw_migration.source SET summary = '{json.dumps(kept)}'")
    again = migrate.sync(*known)
    assert (again.tables_of, again.tables, again.fingerprint) == ({}, 2, first.fingerprint)
    shop.on(shop.source, "CREATE TABLE later ()")
    migrate.sync(*known)
    assert migrate.sync(*known).tables_of == {shop.schema: ("later", "orders", "users")}


def test_columns_are_told_in_their_tables_order_where_something_changes(shop: Shop, known: Known) -> None:
    orders = [("id", "bigint", True), ("buyer", "bigint", False), ("total", "integer", False)]
    orders.append(("note", "character varying(80)", False))
    users = [("id", "bigint", True), ("email", "text", True)]
    expected = tuple(
        TargetColumn(shop.schema, table, *each) for table, columns in (("orders", orders), ("users", users))
        for each in columns
    )  # fmt: skip
    assert [migrate.diff(*known).columns, migrate.plan(*known).columns] == [expected] * 2
    assert [migrate.sync(*known).columns, migrate.sync(*known).columns] == [expected, ()]
    shop.on(shop.source, "ALTER TABLE orders DROP buyer, ADD later date")
    migrate.sync(*known, allow_breaking=True)
    shop.on(shop.source, 'ALTER TABLE "Users" ADD "Phone" text')
    names = [each.name for each in migrate.sync(*known).columns]
    assert names == ["id", "total", "note", "later", "id", "email", "phone"]


def test_no_more_columns_are_told_than_people_read(shop: Shop, known: Known) -> None:
    wide = ", ".join(f"c{number} int" for number in range(300))
    shop.on(shop.source, f"CREATE TABLE a ({wide}); CREATE TABLE b ({wide})")
    columns = migrate.sync(*known).columns
    assert [(each.table, each.name) for each in (columns[0], columns[299], columns[-1])] == [
        ("a", "c0"), ("a", "c299"), ("b", "c199"),
    ]  # fmt: skip
    assert len(columns) == 500


def test_what_stands_in_the_target_is_told_after_every_way(shop: Shop, known: Known) -> None:
    """`sync`, `rollback` and `apply` tell the same of the same state, and the SQL that ran."""
    first = migrate.sync(*known)
    shop.on(shop.source, "CREATE TABLE later (i int)")
    second = migrate.sync(*known)
    back = migrate.rollback(*known, "-1")
    assert (back.fingerprint, back.tables_of, back.tables) == (first.fingerprint, first.tables_of, 2)
    assert f"DROP TABLE {shop.schema}.later" in back.ddl
    again = migrate.apply(*known)
    assert (again.fingerprint, again.tables_of, again.ddl) == (second.fingerprint, second.tables_of, second.ddl)
    assert migrate.apply(*known).ddl == ""
    gone = migrate.rollback(*known, drop_schema=True)
    assert (gone.tables_of, gone.schemas, gone.tables) == ({}, {}, 0)
    assert gone.fingerprint not in {first.fingerprint, second.fingerprint, ""}


def test_a_revision_that_waits_is_told_with_what_consent_is_bound_to(shop: Shop, known: Known) -> None:
    """Until it is applied; a safe one waits for nobody's consent."""
    assert migrate.plan(*known).approved is None
    migrate.sync(*known)
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    held = migrate.sync(*known)
    ((sha256,),) = shop.on(shop.target, "SELECT sha256 FROM dw_migration.revision WHERE state = 'planned'")
    for outcome in (held, migrate.plan(*known), migrate.status(*known)):
        assert (outcome.status, outcome.revision, outcome.sha256, outcome.approved) == (
            "held", held.revision, sha256, False,
        )  # fmt: skip
    assert held.revision
    approved = migrate.approve(*known, held.revision, by="ann")
    for outcome in (approved, migrate.status(*known)):
        assert (outcome.status, outcome.revision, outcome.sha256, outcome.approved) == (
            "pending", held.revision, sha256, True,
        )  # fmt: skip
    done = migrate.sync(*known)
    assert (done.status, done.sha256, done.approved, done.ddl) == ("in_sync", sha256, None, held.ddl)


def test_what_is_held_by_somebody_elses_object_has_no_revision(shop: Shop, known: Known) -> None:
    """Neither when it is found, nor in `status`."""
    version = migrate.sync(*known).version
    shop.on(shop.target, f"CREATE VIEW public.theirs AS SELECT note FROM {shop.schema}.orders")
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    found = migrate.attempted(lambda each: migrate.sync(known[0], each), known[1])
    told = migrate.status(*known)
    for outcome in (found, told):
        assert (outcome.status, outcome.revision, outcome.approved) == ("held", None, None)
    assert told.version == version
    assert "public.theirs" in told.message
