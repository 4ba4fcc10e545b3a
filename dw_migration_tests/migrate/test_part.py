"""The safe part of a plan goes ahead on its own, and the rest waits as if it had been all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.errors import BadConfig, ServerError
from dw_migration.live.embedded import Server
from dw_migration.migrate import Outcome, saved, story
from dw_migration.migrate.run import Run
from dw_migration_tests.outside import CommandLine, Shop, dumped, opened_shop

Known = tuple[Config, Source]

TABLES = """
CREATE TYPE mood AS ENUM ('calm', 'wild');
CREATE TABLE users (id bigint PRIMARY KEY, email text, mood mood);
CREATE TABLE orders (id bigint PRIMARY KEY, buyer bigint REFERENCES users, total integer, note varchar(80));
CREATE INDEX ON orders (note);
CREATE VIEW notes AS SELECT id, note FROM orders;
"""


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source with two tables, and an empty target."""
    with opened_shop(server, tmp_path, "part_shop", TABLES) as made:
        yield made


def known_by(shop: Shop, **changes: Any) -> Known:
    config = load_config(shop.config(**changes))
    return config, config.sources["shop"]


def in_sync(shop: Shop, **changes: Any) -> Known:
    """The shop's config and source, in sync; then rows came."""
    known = known_by(shop, **changes)
    assert migrate.sync(*known).status == "in_sync"
    shop.on(
        shop.target,
        f"INSERT INTO {shop.schema}.users SELECT n, 'n', 'calm' FROM generate_series(1, 9) n;"
        f"INSERT INTO {shop.schema}.orders SELECT n, n, 70000 + n, 'note ' || n FROM generate_series(1, 9) n",
    )
    return known


@pytest.fixture
def known(shop: Shop) -> Known:
    """The shop's config and source, in sync; then rows came."""
    return in_sync(shop)


def structure(shop: Shop) -> str:
    """The source's schema in the target, as pg_dump tells it."""
    return dumped(shop.server, f"{shop.name}_dw", "--schema-only", "--schema", shop.schema)


def changes(found: tuple[Any, ...]) -> set[str]:
    """`create column orders.priority`, without the schema."""
    return {f"{each.change.action} {each.change.kind} {str(each.change.address).partition('.')[2]}" for each in found}


def after(shop: Shop, known: Known, change: str) -> Outcome:
    """What the safe part of the change comes to: applied, and the rest held."""
    shop.on(shop.source, change)
    return migrate.apply(*known, in_part=True)


def columns(shop: Shop) -> set[tuple[str, str]]:
    """Table and name of each in the target."""
    query = "SELECT relname, attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid AND relkind = 'r'"
    there = f"relnamespace = '{shop.schema}'::regnamespace AND attnum > 0 AND NOT attisdropped"
    return {(table, name) for table, name in shop.on(shop.target, f"{query} WHERE {there}")}


def ends_as_if_at_once(shop: Shop, known: Known, held: Outcome) -> None:
    """The rest, once approved, leads where the source is: nothing is left; and it all goes back and up again."""
    assert held.revision
    if ("orders", "total") in columns(shop):
        shop.on(shop.target, f"UPDATE {shop.schema}.orders SET total = 1")
    migrate.approve(*known, held.revision, by="ann")
    assert migrate.apply(*known).status == "in_sync"
    assert migrate.diff(*known).status == "in_sync"
    end = structure(shop)
    for table in {table for table, _ in columns(shop)}:
        shop.on(shop.target, f"TRUNCATE {shop.schema}.{table} CASCADE")  # what went left rows that refer to it
    migrate.rollback(*known, "-2", allow_breaking=True)
    migrate.apply(*known, allow_breaking=True)
    assert structure(shop) == end
    assert migrate.sync(*known).applied == ()


def test_what_needs_no_breaking_change_goes_ahead_and_the_rest_waits(shop: Shop, known: Known) -> None:
    """New columns, tables and what stands on them; not what stands on what is held, nor what goes with it."""
    found = after(
        shop, known,
        "DROP VIEW notes; ALTER TABLE orders DROP note; ALTER TABLE orders ALTER total TYPE smallint USING 1;"
        "ALTER TABLE orders ADD priority int DEFAULT 3; CREATE INDEX ON orders (priority);"
        "CREATE INDEX ON orders (total);"
        "CREATE TABLE parts (id int PRIMARY KEY, of bigint REFERENCES orders);"
        "CREATE VIEW urgent AS SELECT id FROM orders WHERE priority > 1;"
        "CREATE VIEW dear AS SELECT total, priority FROM orders",
    )  # fmt: skip
    assert (found.status, found.exit_code) == ("held", 4)
    assert changes(found.went_ahead) == {
        "create column orders.priority",
        "create index orders.orders_priority_idx",
        "create table parts",
        "create constraint parts.parts_of_fkey",
        "create view urgent",
    }
    assert changes(found.changes) == {
        "drop view notes",
        "drop index orders.orders_note_idx",
        "drop column orders.note",
        "alter column orders.total",
        "create index orders.orders_total_idx",
        "create view dear",
    }
    assert len(found.applied) == 1
    before = shop.state()
    again = migrate.apply(*known, in_part=True)
    assert (again.status, again.applied, again.revision) == ("held", (), found.revision)
    assert shop.state() == before, "a second run does nothing"
    assert migrate.sync(*known).revision == found.revision
    ends_as_if_at_once(shop, known, found)


def test_a_view_over_a_new_column_that_is_itself_in_the_way_of_a_drop(shop: Shop, known: Known) -> None:
    """Its new form does not need what is dropped, and so it goes ahead; one that still needs both waits."""
    found = after(
        shop, known,
        "DROP VIEW notes; ALTER TABLE orders DROP note; ALTER TABLE orders ADD label text;"
        "CREATE VIEW notes AS SELECT id, label AS note FROM orders",
    )  # fmt: skip
    assert found.status == "held"
    assert "create column orders.label" in changes(found.went_ahead)
    assert "drop column orders.note" in changes(found.changes)
    ends_as_if_at_once(shop, known, found)


def test_where_nothing_is_safe_all_waits(shop: Shop, known: Known) -> None:
    found = after(shop, known, "ALTER TABLE orders ALTER total TYPE smallint")
    assert (found.status, found.exit_code, found.applied, found.went_ahead) == ("held", 4, (), ())
    assert changes(found.changes) == {"alter column orders.total"}


def test_where_all_is_safe_all_is_applied(shop: Shop, known: Known) -> None:
    found = after(shop, known, "ALTER TABLE orders ADD priority int")
    assert (found.status, found.exit_code, changes(found.went_ahead)) == (
        "in_sync",
        0,
        {"create column orders.priority"},
    )
    assert migrate.apply(*known, in_part=True).applied == ()


def test_a_rename_goes_ahead_with_what_follows_it(shop: Shop, known: Known) -> None:
    found = after(
        shop, known,
        "ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME email TO mail; ALTER TABLE people DROP mood;"
        "CREATE INDEX ON people (mail); ALTER TABLE orders DROP total",
    )  # fmt: skip
    assert changes(found.went_ahead) >= {
        "rename table people",
        "rename column people.mail",
        "create index people.people_mail_idx",
    }
    assert changes(found.changes) == {"drop column people.mood", "drop column orders.total"}
    ends_as_if_at_once(shop, known, found)


def test_renames_wait_where_one_takes_the_name_of_what_waits(shop: Shop, known: Known) -> None:
    """What is new goes ahead under the former names."""
    found = after(
        shop, known,
        "ALTER TABLE orders DROP CONSTRAINT orders_buyer_fkey; DROP TABLE users; ALTER TABLE orders RENAME TO users;"
        "ALTER TABLE users ADD priority int; CREATE TABLE parts (id int)",
    )  # fmt: skip
    assert found.status == "held"
    assert changes(found.went_ahead) == {"create column orders.priority", "create table parts"}
    assert {"drop table users__dropped", "rename table users"} <= changes(found.changes)
    ends_as_if_at_once(shop, known, found)


def test_a_table_and_all_that_is_its_own_wait_together(shop: Shop, known: Known) -> None:
    found = after(
        shop, known,
        "ALTER TABLE orders DROP CONSTRAINT orders_buyer_fkey; DROP TABLE users; DROP TYPE mood;"
        "ALTER TABLE orders ADD a int",
    )  # fmt: skip
    assert "create column orders.a" in changes(found.went_ahead)
    assert {"drop table users", "drop enum mood"} <= changes(found.changes)
    ends_as_if_at_once(shop, known, found)


def test_labels_of_a_type_wait_with_those_that_go(shop: Shop, known: Known) -> None:
    shop.on(shop.target, f"UPDATE {shop.schema}.users SET mood = 'wild' WHERE id = 1")
    found = after(
        shop, known,
        "ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('calm', 'tired');"
        "ALTER TABLE users ALTER mood TYPE mood USING mood::text::mood; DROP TYPE old;"
        "ALTER TABLE users ALTER mood SET DEFAULT 'tired'; ALTER TABLE users ADD age int",
    )  # fmt: skip
    assert changes(found.went_ahead) == {"create column users.age"}
    assert "create default users.mood" in changes(found.changes)
    shop.on(shop.target, f"UPDATE {shop.schema}.users SET mood = 'calm'")
    assert migrate.sync(*known, allow_breaking=True).status == "in_sync"
    assert migrate.diff(*known).status == "in_sync"


def test_with_retire_what_is_put_aside_goes_ahead(shop: Shop) -> None:
    known = in_sync(shop, policy={"drops": "retire"})
    found = after(
        shop, known,
        "DROP VIEW notes; ALTER TABLE orders DROP note; ALTER TABLE orders ALTER total TYPE smallint USING 1;"
        "ALTER TABLE users ADD age int",
    )  # fmt: skip
    assert found.status == "held"
    assert "create column users.age" in changes(found.went_ahead)
    assert "alter column orders.total" in changes(found.changes)
    ends_as_if_at_once(shop, known, found)


def test_what_was_changed_by_hand_is_no_part_of_it(shop: Shop, known: Known) -> None:
    shop.on(shop.target, f"ALTER TABLE {shop.schema}.users ALTER email SET NOT NULL")
    found = after(shop, known, "ALTER TABLE orders DROP total; ALTER TABLE orders ADD priority int")
    assert changes(found.went_ahead) == {"create column orders.priority"}
    assert found.drift == (f"column {shop.schema}.users.email",)


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize(
    "place", [(Run, "up", 1), (story, "_verify", 1), (story, "look_at", 2), (story, "_brought", 1)]
)
def test_killed_anywhere_between_the_next_run_goes_on(
    shop: Shop, known: Known, monkeypatch: pytest.MonkeyPatch, place: tuple[Any, str, int]
) -> None:
    """Before the part is applied, and before the rest is planned behind it."""
    shop.on(shop.source, "ALTER TABLE orders DROP total; ALTER TABLE orders ADD p int")
    where, name, left = place
    real = getattr(where, name)

    def dying(*arguments: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed
        return real(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(where, name, dying)
        with pytest.raises(Killed):
            migrate.apply(*known, in_part=True)
    assert (migrate.status(*known).status == "pending") is (name != "up")
    found = migrate.apply(*known, in_part=True)
    assert found.status == "held"
    assert changes(found.changes) == {"drop column orders.total"}
    ends_as_if_at_once(shop, known, found)


@pytest.mark.parametrize("other", [{"to": "+1"}, {"dry_run": True}, {"allow_breaking": True}])
def test_options_that_say_otherwise_are_refused(shop: Shop, known: Known, other: dict[str, Any]) -> None:
    before = shop.state()
    with pytest.raises(BadConfig, match="--safe-part goes with none of"):
        migrate.apply(*known, in_part=True, **other)
    assert shop.state() == before


def test_the_command_line_tells_both(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """Two sources, of which one has nothing to do: the exit code is the worst."""
    other = shop.make_database(f"{shop.name}_b", "CREATE TABLE t (id int)")
    path = shop.config(sources={"shop": {"url": shop.source}, "other": {"url": other}})
    run = CommandLine(capsys)
    assert run(path, "sync").code == 0
    shop.on(shop.target, f"INSERT INTO {shop.schema}.orders (id, total) VALUES (1, 1)")
    shop.on(shop.source, "ALTER TABLE orders DROP total; ALTER TABLE orders ADD priority int")
    shop.on(other, "ALTER TABLE t ADD a int")
    ran = run(path, "apply", "--safe-part")
    assert ran.code == 4
    assert f"added column {shop.schema}.orders.priority" in ran.told
    assert f"waits: - column {shop.schema}.orders.total" in ran.told
    assert f"added column dw__{shop.name}_b__public.t.a" in ran.told
    document = run(path, "apply", "--safe-part", "--format", "json").document
    assert [(each["source"], each["status"], each["applied"]) for each in document["sources"]] == [
        ("shop", "held", []),
        ("other", "in_sync", []),
    ]


def test_its_rows_are_saved_first_if_asked(shop: Shop, known: Known) -> None:
    shop.on(shop.source, "ALTER TABLE orders DROP total; ALTER TABLE orders ADD priority int")
    found = migrate.apply(*known, in_part=True, backup="affected")
    assert found.status == "held"
    assert len(list((shop.workspace / "shop" / "backups").glob(f"{found.applied[0]}_*.dump"))) == 1


def test_with_breaking_allowed_rows_are_saved_first_too(shop: Shop) -> None:
    """No part is made then: all of it goes ahead at once."""
    known = in_sync(shop, policy={"breaking": "allow"})
    shop.on(shop.source, "ALTER TABLE orders DROP total")
    found = migrate.apply(*known, in_part=True, backup="affected")
    assert found.status == "in_sync"
    assert len(list((shop.workspace / "shop" / "backups").glob(f"{found.applied[0]}_*.dump"))) == 1


def test_what_was_approved_and_cannot_be_saved_is_not_applied(
    shop: Shop, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.on(shop.source, "ALTER TABLE orders DROP total")
    waiting = migrate.plan(*known).revision
    assert waiting
    migrate.approve(*known, waiting, by="ann")

    def locked(*_: Any, **__: Any) -> None:
        raise ServerError("--backup: pg_dump: canceling statement due to lock timeout: nothing was run", sqlstate=None)

    monkeypatch.setattr(saved, "back_up", locked)
    with pytest.raises(ServerError, match="nothing was run"):
        migrate.apply(*known, in_part=True, backup="affected")
    assert ("orders", "total") in columns(shop)
    assert migrate.status(*known).status == "failed"


def test_the_ledger_knows_the_part_as_what_was_asked_for(shop: Shop, known: Known) -> None:
    """So nothing of it looks like a change by hand, and the source still counts as changed."""
    after(shop, known, "ALTER TABLE orders DROP total; ALTER TABLE orders ADD priority int")
    assert migrate.drift(*known).status != "in_sync"
    assert migrate.status(*known).status == "held"
    rows = shop.on(shop.target, "SELECT what FROM dw_migration.event ORDER BY number")
    assert [what for (what,) in rows][-3:] == ["planned", "applied", "planned"]
