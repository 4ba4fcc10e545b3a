"""What a copy of rows has off for a while is nobody's change by hand; what it left off comes back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.config import Config, load_config
from dw_migration.errors import Locked
from dw_migration.live.connections import connect_target
from dw_migration.live.embedded import Server
from dw_migration.live.ledger import Ledger
from dw_migration.live.locks import lock
from dw_migration.live.rows.apart import put_back, take_off
from dw_migration.live.rows.side import Side
from dw_migration.migrate import Outcome
from dw_migration.migrate.fingerprints import note_as_before, target_fingerprint
from dw_migration.migrate.rows.analyze import analyze
from dw_migration.migrate.rows.asked import Asked, CopyOptions
from dw_migration.migrate.rows.copy import copy
from dw_migration_tests.outside import Shop, opened_shop

NAME = "shop_apart"


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source with rows, in sync with its target."""
    with opened_shop(server, tmp_path, NAME) as made:
        made.on(made.source, """INSERT INTO "Users" ("Email") SELECT n::text FROM generate_series(1, 9) n""")
        made.on(made.source, "INSERT INTO orders SELECT n, 1 + n % 9, n, n FROM generate_series(1, 99) n")
        made.on(made.source, "COMMENT ON CONSTRAINT orders_buyer_fkey ON orders IS 'who buys'")
        assert asked(made, migrate.sync).status == "in_sync"
        yield made


def settings(shop: Shop, **changes: Any) -> Config:
    return load_config(shop.config(**changes))


def asked(shop: Shop, command: Any, **changes: Any) -> Outcome:
    """What a command tells of the source."""
    config = settings(shop, **changes)
    return migrate.attempted(lambda each: command(config, each), config.sources["shop"])


def looked(shop: Shop, **changes: Any) -> str:
    config = settings(shop, **changes)
    (sighting,) = migrate.watch_target(config, [config.sources["shop"]])
    return sighting.verdict


@contextmanager
def copying(shop: Shop) -> Iterator[Side]:
    """In the block a copy is at work, with what is slow off the table of orders."""
    with connect_target(settings(shop).target, application_name="dw/rows") as session, lock(session, "shop"):
        side = Side(session, "target")
        with side.transaction():
            assert {each.kind for each in take_off(side, (shop.schema, "orders"))} == {
                "constraint",
                "foreign key",
                "index",
            }
        yield side


def is_known_to_be_so(session: Any, shop: Shop) -> bool:
    """Whether the ledger has the fingerprint that the target has."""
    state = Ledger(session).source("shop")
    return state is not None and state.target_fingerprint == target_fingerprint(session, [shop.schema])


def test_while_rows_are_copied_nothing_is_changed_by_hand(shop: Shop) -> None:
    with copying(shop) as side:
        for command in (migrate.drift, migrate.diff, migrate.verify):
            outcome = asked(shop, command)
            assert (outcome.status, outcome.exit_code) == ("in_sync", 0), command
            assert "rows are copied just now" in " ".join(outcome.warnings), command
        assert looked(shop) == "busy"
        waiting = asked(shop, migrate.sync)
        assert waiting.status == "failed"
        assert "another run works on it" in str(waiting.error)
        assert "dw/rows" in str(waiting.error)
        assert put_back(side, (shop.schema, "orders")) == ()
    with connect_target(settings(shop).target, application_name="test") as session:
        assert not is_known_to_be_so(session, shop), "the constraints are others by their oid"
        note_as_before(Side(session, "target"), [shop.schema])
        assert is_known_to_be_so(session, shop)
    for command in (migrate.drift, migrate.diff, migrate.verify, migrate.sync):
        outcome = asked(shop, command)
        assert (outcome.status, outcome.warnings) == ("in_sync", ()), command


def test_a_change_by_hand_is_told_while_rows_are_copied(shop: Shop) -> None:
    shop.on(shop.target, f"ALTER TABLE {shop.schema}.users ALTER email DROP NOT NULL")
    with copying(shop):
        for command in (migrate.drift, migrate.diff, migrate.verify):
            assert asked(shop, command).exit_code == 3, command
    with connect_target(settings(shop).target, application_name="test") as session:
        put_back(Side(session, "target"), (shop.schema, "orders"))
        note_as_before(Side(session, "target"), [shop.schema])
    assert asked(shop, migrate.drift).exit_code == 3


def test_what_a_dead_copy_left_off_is_told_and_comes_back_with_the_next_sync(shop: Shop) -> None:
    before = shop.state()[0]
    with copying(shop):
        pass
    for command in (migrate.drift, migrate.diff, migrate.verify):
        assert asked(shop, command).exit_code == 3, command
    assert looked(shop) == "drifted"
    outcome = asked(shop, migrate.sync)
    assert (outcome.status, outcome.warnings) == ("in_sync", ())
    assert shop.on(shop.target, "SELECT name FROM dw_migration.taken_off") == []
    assert shop.state()[0] == before


def test_what_cannot_come_back_is_told_with_its_reason(shop: Shop) -> None:
    with copying(shop):
        shop.on(shop.target, f"INSERT INTO {shop.schema}.orders VALUES (1, 7, 7, 'nobody')")
    outcome = asked(shop, migrate.sync)
    assert (outcome.status, outcome.exit_code) == ("drifted", 3)
    (warning,) = [each for each in outcome.warnings if "off since a copy" in each]
    assert "orders_buyer_fkey" in warning
    assert "nobody" not in warning
    shop.on(shop.target, f"DELETE FROM {shop.schema}.orders")
    assert asked(shop, migrate.sync).status == "in_sync"
    assert asked(shop, migrate.drift).status == "in_sync"


def test_after_a_copy_source_and_target_are_in_sync_as_before(shop: Shop) -> None:
    config = settings(shop)
    question = Asked(prefix="shop")
    analyze(config, prefix="shop", from_="shop", to="target")
    done = copy(config, question, CopyOptions(live=True))
    assert (done.status, done.rows) == ("copied", 108)
    assert asked(shop, migrate.drift).status == "in_sync"
    assert looked(shop) == "in_sync"


def test_a_sync_at_work_is_waited_for_and_named(shop: Shop) -> None:
    config = settings(shop, policy={"lock_budget": "1s"})
    question = Asked(prefix="shop")
    analyze(config, prefix="shop", from_="shop", to="target")
    with (
        connect_target(config.target, application_name="dw/shop") as session,
        lock(session, "shop"),
        pytest.raises(Locked, match=r"shop: another run works on it: pid .*dw/shop"),
    ):
        copy(config, question, CopyOptions(live=True))
    with psycopg.connect(shop.target) as session:
        assert session.execute(f"SELECT FROM {shop.schema}.orders".encode()).rowcount == 0
    assert copy(config, question, CopyOptions(live=True)).status == "copied"
