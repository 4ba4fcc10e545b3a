"""A look says only what is true: that a fingerprint moved means read and compare, and only a change is drift."""

import shutil
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.config import Config, load_config
from dw_migration.errors import BrokenHistory, NoConnection
from dw_migration.live.connections import connect_target
from dw_migration.live.embedded import Server
from dw_migration.live.locks import lock
from dw_migration.migrate import Outcome, Sighting
from dw_migration_tests.conftest import MakesRole
from dw_migration_tests.outside import TABLES, Shop, opened_shop

NAME = "watched_shop"
ADD, DROP = "ALTER TABLE orders ADD more int", "ALTER TABLE orders DROP note"
MOVES_ONLY = {
    "a grant on a column": "GRANT SELECT (note) ON orders TO PUBLIC",
    "an index built anew": "REINDEX INDEX CONCURRENTLY orders_buyer_idx",
    "there and back": "ALTER TABLE orders RENAME total TO a; ALTER TABLE orders RENAME a TO total",
    "a table made again": f"DROP TABLE orders; {TABLES[TABLES.index('CREATE TABLE public.orders') :]}",
}
SECRET = "s3cret'%@:/#?"


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source with two tables, and an empty target."""
    with opened_shop(server, tmp_path, NAME) as made:
        yield made


@pytest.fixture(scope="module")
def kept(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop in sync, its databases under other names: copies of them are in sync too, oids and all."""
    with opened_shop(server, tmp_path_factory.mktemp("kept"), NAME) as made:
        assert synced(made).status == "in_sync"
        for name in tuple(made.made):
            rename(made, name, f"{name}_kept")
            made.made.append(f"{name}_kept")
        yield made


@pytest.fixture
def brought(kept: Shop, tmp_path: Path) -> Iterator[Shop]:
    """The shop, in sync."""
    shutil.copytree(kept.workspace, tmp_path / "workspace")
    names = (kept.name, f"{kept.name}_dw")
    for name in names:
        kept.on(kept.server.url(), f"CREATE DATABASE {name} TEMPLATE {name}_kept")
    made = Shop(kept.server, tmp_path, kept.name)
    yield made
    for name in (*names, f"{kept.name}_away", *made.made):
        kept.on(kept.server.url(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def settings(shop: Shop, **changes: Any) -> Config:
    return load_config(shop.config(**changes))


def synced(shop: Shop, **changes: Any) -> Outcome:
    config = settings(shop, **changes)
    return migrate.attempted(lambda each: migrate.sync(config, each), config.sources["shop"])


def look(shop: Shop, **changes: Any) -> Sighting:
    """The one sighting of the source `shop`."""
    config = settings(shop, **changes)
    (sighting,) = migrate.watch_sources(config, [config.sources["shop"]])
    return sighting


def look_at_target(shop: Shop, **changes: Any) -> Sighting:
    config = settings(shop, **changes)
    (sighting,) = migrate.watch_target(config, [config.sources["shop"]])
    return sighting


def told(sighting: Sighting) -> tuple[str, bool]:
    return sighting.verdict, sighting.news


@contextmanager
def locked(shop: Shop) -> Iterator[None]:
    """In the block another run works on the source: what a look says all the same, it says without comparing."""
    with connect_target(settings(shop).target, application_name="dw/other") as session, lock(session, "shop"):
        yield


def away(shop: Shop) -> None:
    rename(shop, shop.name, f"{shop.name}_away")


def back(shop: Shop) -> None:
    rename(shop, f"{shop.name}_away", shop.name)


def rename(shop: Shop, old: str, new: str) -> None:
    gone = f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{old}'"
    shop.on(shop.server.url(), gone)
    shop.on(shop.server.url(), f"ALTER DATABASE {old} RENAME TO {new}")


# --- what a look says -------------------------------------------------------------------------------------------------


def test_what_is_in_sync_is_not_compared(brought: Shop) -> None:
    with locked(brought):
        sighting = look(brought)
    assert told(sighting) == ("in_sync", False)
    assert (sighting.status, sighting.outcome, sighting.error) == ("in_sync", None, None)
    assert sighting.since is not None


@pytest.mark.parametrize("what", MOVES_ONLY)
def test_a_fingerprint_that_moved_is_no_drift_and_is_compared_once(brought: Shop, what: str) -> None:
    before = look(brought)
    brought.on(brought.source, MOVES_ONLY[what])
    moved = look(brought)
    assert told(moved) == ("in_sync", False)
    assert moved.fingerprint != before.fingerprint
    assert moved.since == before.since
    with locked(brought):
        assert look(brought) == moved
        assert migrate.drift(*known(brought)).status == "in_sync"


def known(shop: Shop) -> Any:
    config = settings(shop)
    return config, config.sources["shop"]


def test_what_was_made_again_is_known_by_its_new_oid(brought: Shop) -> None:
    """So that a rename of it is a rename, and loses no row."""
    brought.on(brought.source, MOVES_ONLY["a table made again"])
    assert look(brought).verdict == "in_sync"
    brought.on(brought.source, "ALTER TABLE orders RENAME note TO remark")
    outcome = synced(brought)
    assert [each.change.action for each in outcome.changes] == ["rename"]


def test_a_change_is_told_with_what_it_is_and_is_news_once(brought: Shop) -> None:
    brought.on(brought.source, ADD)
    first, second = look(brought), look(brought)
    assert (told(first), told(second)) == (("drifted", True), ("drifted", False))
    assert first.outcome is not None
    assert [str(each.change.address) for each in first.outcome.changes] == [f"{brought.schema}.orders.more"]
    assert (second.outcome, second.since, second.fingerprint) == (None, first.since, first.fingerprint)
    brought.on(brought.source, "ALTER TABLE orders ADD most int")
    assert told(look(brought)) == ("drifted", True)
    assert synced(brought).status == "in_sync"
    assert told(look(brought)) == ("in_sync", False)


def test_a_change_that_is_taken_back_is_none(brought: Shop) -> None:
    brought.on(brought.source, ADD)
    assert told(look(brought)) == ("drifted", True)
    brought.on(brought.source, "ALTER TABLE orders DROP more")
    assert told(look(brought)) == ("in_sync", True)
    assert told(look(brought)) == ("in_sync", False)


def test_what_was_never_brought_over_is_absent_with_or_without_a_ledger(shop: Shop) -> None:
    first, second = look(shop), look(shop)
    assert (told(first), told(second)) == (("absent", True), ("absent", False))
    assert (first.status, first.fingerprint) == ("", second.fingerprint)
    shop.on(shop.source, ADD)
    assert told(look(shop)) == ("absent", True)
    config = settings(shop)
    assert migrate.plan(config, config.sources["shop"]).status == "pending"
    assert (look(shop).verdict, look(shop).status) == ("absent", "pending")


def test_other_settings_are_another_state(brought: Shop) -> None:
    before = look(brought)
    sources = {"shop": {"url": brought.source, "exclude": ["orders"]}}
    after = look(brought, sources=sources)
    assert told(after) == ("drifted", True)
    assert after.fingerprint != before.fingerprint


def test_what_waits_for_a_person_stays_changed_and_is_no_news(brought: Shop) -> None:
    brought.on(brought.source, DROP)
    assert synced(brought).status == "held"
    first, second = look(brought), look(brought)
    assert (told(first), told(second)) == (("drifted", True), ("drifted", False))
    assert {first.status, second.status} == {"held"}
    assert synced(brought).status == "held"
    assert told(look(brought)) == ("drifted", False)
    with locked(brought):
        assert told(look(brought)) == ("drifted", False)


def test_what_was_applied_by_hand_is_compared_anew(brought: Shop) -> None:
    """The same source, another head: the verdict before says nothing any more; so with the way back."""
    config, source = known(brought)
    brought.on(brought.source, DROP)
    assert told(look(brought)) == ("drifted", True)
    migrate.plan(config, source)
    migrate.apply(config, source, allow_breaking=True)
    assert told(look(brought)) == ("in_sync", True)
    migrate.rollback(config, source, "-1")
    assert told(look(brought)) == ("drifted", True)


def test_what_another_run_works_on_is_not_judged(brought: Shop) -> None:
    brought.on(brought.source, ADD)
    with locked(brought):
        assert told(look(brought)) == ("busy", False)
    assert told(look(brought)) == ("drifted", True)


def test_a_change_by_hand_in_the_target_is_no_change_of_the_source(brought: Shop) -> None:
    brought.on(brought.target, f"ALTER TABLE {brought.schema}.orders ALTER note TYPE text")
    for policy in ("report", "restore"):
        brought.on(brought.source, MOVES_ONLY["a grant on a column"])
        assert told(look(brought, policy={"target_drift": policy})) == ("in_sync", False)
    assert migrate.diff(*known(brought)).status == "drifted"


def test_what_cannot_be_compared_is_told_and_not_read_again_each_time(brought: Shop) -> None:
    brought.on(brought.target, f"CREATE VIEW public.v AS SELECT note FROM {brought.schema}.orders")
    brought.on(brought.source, DROP)
    first = look(brought)
    assert told(first) == ("failed", True)
    assert "view public.v" in str(first.error)
    with locked(brought):
        second = look(brought)
    assert told(second) == ("failed", False)
    assert second.error == first.error
    brought.on(brought.target, "UPDATE dw_migration.watch SET judged = judged - interval '1 h'; DROP VIEW public.v")
    assert told(look(brought)) == ("drifted", True)


def test_a_missing_table_of_the_config_is_that_sources_trouble(brought: Shop) -> None:
    sighting = look(brought, sources={"shop": {"url": brought.source, "tables": ["ordres"]}})
    assert sighting.verdict == "failed"
    assert 'did you mean "orders"?' in str(sighting.error)


# --- who does not answer ----------------------------------------------------------------------------------------------


def test_who_was_away_and_came_back_is_told(brought: Shop) -> None:
    config = settings(brought)
    away(brought)
    first, second = look(brought), look(brought)
    assert (told(first), told(second)) == (("unreachable", True), ("unreachable", False))
    assert "there is no such database" in str(first.error)
    assert (migrate.recoveries(config), second.since) == ((), first.since)
    answered = migrate.last_looks(config)
    back(brought)
    assert told(look(brought)) == ("in_sync", True)
    (recovery,) = migrate.recoveries(config)
    assert (recovery.source, recovery.since) == ("shop", first.since)
    assert recovery.back > recovery.since
    assert migrate.last_looks(config)["shop"] > answered["shop"]
    assert told(look(brought)) == ("in_sync", False)
    assert migrate.recoveries(config) == (recovery,)
    assert migrate.recoveries(config, within=timedelta()) == ()
    assert synced(brought).status == "in_sync"
    assert migrate.recoveries(config) == ()


def test_a_second_outage_has_its_own_times(brought: Shop) -> None:
    away(brought)
    look(brought)
    back(brought)
    look(brought)
    (first,) = migrate.recoveries(settings(brought))
    away(brought)
    look(brought)
    assert migrate.recoveries(settings(brought)) == ()
    back(brought)
    look(brought)
    (second,) = migrate.recoveries(settings(brought))
    assert second.since > first.back


def test_a_run_that_found_nobody_is_remembered(brought: Shop) -> None:
    away(brought)
    assert synced(brought).status == "failed"
    assert told(look(brought)) == ("unreachable", False)
    back(brought)
    assert told(look(brought)) == ("in_sync", True)
    assert [each.source for each in migrate.recoveries(settings(brought))] == ["shop"]


def test_a_sync_that_has_nothing_to_do_counts_as_a_look(brought: Shop) -> None:
    config = settings(brought)
    first = migrate.last_looks(config)["shop"]
    assert synced(brought).status == "in_sync"
    assert migrate.last_looks(config)["shop"] > first


class Listener:
    """Takes connections, gives each the answer to its first message, and is silent then."""

    def __init__(self, answer: bytes = b"") -> None:
        self.taken = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self._answer, self._clients = answer, list[socket.socket]()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            self.taken += 1
            self._clients.append(client)
            if self._answer:
                client.recv(10_000)
                client.sendall(self._answer)

    @property
    def place(self) -> dict[str, str]:
        """A source's settings."""
        port = self.socket.getsockname()[1]
        return {"url": f"postgresql://reader@127.0.0.1:{port}/d?sslmode=disable", "connect_timeout": "1s"}

    def close(self) -> None:
        """Hang up on all of them."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for client in self._clients:
            client.close()


@pytest.fixture
def listening() -> Iterator[Callable[..., Listener]]:
    made: list[Listener] = []

    def listen(answer: bytes = b"") -> Listener:
        made.append(Listener(answer))
        return made[-1]

    yield listen
    for each in made:
        each.close()


def message(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("!i", len(content) + 4) + content


LETS_US_IN = (
    message(b"R", struct.pack("!i", 0))
    + message(b"S", b"server_version\x0018.0\0")
    + message(b"K", struct.pack("!ii", 7, 7))
    + message(b"Z", b"I")
)
TOO_MANY = message(b"E", b"SFATAL\0VFATAL\0C53300\0Msorry, too many clients already\0\0")


def test_eight_of_sixty_four_that_are_down_keep_nobody(shop: Shop, listening: Callable[..., Listener]) -> None:
    mute, lets_in = listening(), listening(LETS_US_IN)
    down = {
        **{f"refuses{n}": {"url": "postgresql://reader@127.0.0.1:1/d"} for n in range(3)},
        **{f"mute{n}": mute.place for n in range(3)},
        **{f"lets_in{n}": lets_in.place for n in range(2)},
    }
    up = {f"up{n}": {"url": shop.source} for n in range(56)}
    config = settings(shop, sources=down | up, naming={"schema": "dw__{source}__{schema}"})
    sightings = migrate.watch_sources(config, tuple(config.sources.values()), seconds=5)
    verdicts = {each.source: each.verdict for each in sightings}
    assert list(verdicts) == list(config.sources)
    assert {verdicts[name] for name in up} == {"absent"}
    assert {verdicts[f"refuses{n}"] for n in range(3)} == {verdicts[f"mute{n}"] for n in range(3)} == {"unreachable"}
    assert {verdicts[f"lets_in{n}"] for n in range(2)} <= {"unreachable", "unseen"}
    assert (mute.taken, lets_in.taken) == (3, 2)


def test_a_source_that_is_still_looked_at_gets_no_second_connection(
    brought: Shop, listening: Callable[..., Listener]
) -> None:
    lets_in = listening(LETS_US_IN)
    config = settings(brought, sources={"hangs": lets_in.place, "shop": {"url": brought.source}})
    for error in (None, "the look before this one has not ended yet"):
        hangs, shop = migrate.watch_sources(config, tuple(config.sources.values()), seconds=1)
        assert (told(hangs), told(shop)) == (("unseen", False), ("in_sync", False))
        assert hangs.error == error
    assert lets_in.taken == 1
    assert "hangs" not in migrate.last_looks(config)


def test_without_time_nobody_is_seen_and_nothing_is_noted(brought: Shop) -> None:
    config, source = known(brought)
    before = migrate.last_looks(config)
    brought.on(brought.source, ADD)
    (sighting,) = migrate.watch_sources(config, [source], seconds=0)
    assert told(sighting) == ("unseen", False)
    assert migrate.last_looks(config) == before
    assert told(look(brought)) == ("drifted", True)


def test_a_source_without_a_connection_left_is_asked_once(
    brought: Shop, role: MakesRole, listening: Callable[..., Listener]
) -> None:
    name, full = role("LOGIN CONNECTION LIMIT 1"), listening(TOO_MANY)
    url = brought.server.url(brought.name, user=name)
    with psycopg.connect(url):
        sighting = look(brought, sources={"shop": {"url": url}})
    assert told(sighting) == ("unreachable", True)
    assert "(53300)" in str(sighting.error)
    assert told(look(brought, sources={"shop": {"url": url}})) == ("in_sync", True)
    for ticks in (1, 2):
        assert look(brought, sources={"shop": full.place}).verdict == "unreachable"
        assert full.taken == ticks


def test_a_pattern_whose_server_is_down_is_unreachable_itself(brought: Shop) -> None:
    pattern = {"server": "postgresql://reader@127.0.0.1:1", "databases": "tenant_*"}
    config = settings(brought, sources={"tenants": pattern})
    (sighting,) = migrate.watch_sources(config, migrate.sources_named(config, keep_unreachable=True))
    assert (sighting.source, sighting.verdict) == ("tenants", "unreachable")


def test_no_secret_is_told(brought: Shop) -> None:
    place = {"host": "127.0.0.1", "port": "1", "user": "u", "database": "d", "password": SECRET}
    sighting = look(brought, sources={"shop": place})
    assert sighting.verdict == "unreachable"
    rows = brought.on(brought.target, "SELECT w::text FROM dw_migration.watch w")
    assert SECRET not in repr((sighting, rows))


def test_a_target_that_is_down_is_an_error(brought: Shop) -> None:
    with pytest.raises(NoConnection, match="target"):
        look(brought, target={"url": "postgresql://w@127.0.0.1:1/d"})
    brought.on(brought.target, "UPDATE dw_migration.alembic_version_ledger SET version_num = '9999'")
    with pytest.raises(BrokenHistory, match="upgrade this one"):
        look(brought)


# --- at once ----------------------------------------------------------------------------------------------------------


def test_two_watches_at_once_agree(brought: Shop) -> None:
    brought.on(brought.source, ADD)
    away_ = {"url": "postgresql://reader@127.0.0.1:1/d"}
    naming = {"schema": "dw__{source}__{schema}"}
    others = {f"other{n}": {"url": brought.source, "naming": naming} for n in range(10)}
    sources = {"shop": {"url": brought.source}, "away": away_, **others}
    config = settings(brought, sources=sources)
    chosen = tuple(config.sources.values())
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda order: migrate.watch_sources(config, order), (chosen, chosen[::-1])))
    verdicts = [{each.source: each.verdict for each in one} for one in both]
    assert {one["shop"] for one in verdicts} in ({"drifted"}, {"drifted", "busy"})
    assert {one["away"] for one in verdicts} == {"unreachable"}
    third = {each.source: told(each) for each in migrate.watch_sources(config, chosen)}
    assert third == {
        "shop": ("drifted", False),
        "away": ("unreachable", False),
        **dict.fromkeys(others, ("absent", False)),
    }


# --- the target -------------------------------------------------------------------------------------------------------


def test_the_target_as_we_left_it_is_not_compared(brought: Shop) -> None:
    with locked(brought):
        assert told(look_at_target(brought)) == ("in_sync", False)


def test_what_was_changed_by_hand_is_told_and_is_news_once(brought: Shop) -> None:
    brought.on(brought.target, f"ALTER TABLE {brought.schema}.orders ALTER note TYPE text")
    first, second = look_at_target(brought), look_at_target(brought)
    assert (told(first), told(second)) == (("drifted", True), ("drifted", False))
    assert first.outcome is not None
    (difference,) = first.outcome.drift
    assert difference.startswith(f"different column {brought.schema}.orders.note: type is 'text', expected 'char")
    assert (second.since, second.fingerprint) == (first.since, first.fingerprint)
    assert synced(brought).status == "drifted"
    assert told(look_at_target(brought)) == ("drifted", False)
    brought.on(brought.target, f"ALTER TABLE {brought.schema}.orders ALTER note TYPE varchar(80)")
    assert told(look_at_target(brought)) == ("in_sync", True)


def test_what_others_make_beside_ours_is_no_drift_and_is_compared_once(brought: Shop) -> None:
    brought.on(brought.target, f"CREATE INDEX ON {brought.schema}.orders (total)")
    moved = look_at_target(brought)
    assert told(moved) == ("in_sync", False)
    with locked(brought):
        assert look_at_target(brought) == moved
    brought.on(brought.target, f"CREATE INDEX ON {brought.schema}.orders (note)")
    with locked(brought):
        assert told(look_at_target(brought)) == ("busy", False)


def test_a_revision_that_we_applied_is_no_change_by_hand(brought: Shop) -> None:
    brought.on(brought.source, ADD)
    config, source = known(brought)
    migrate.plan(config, source)
    migrate.apply(config, source)
    assert told(look_at_target(brought)) == ("in_sync", False)
    migrate.rollback(config, source, "-1")
    assert told(look_at_target(brought)) == ("in_sync", False)


def test_what_was_never_brought_over_is_absent_in_the_target(shop: Shop) -> None:
    assert told(look_at_target(shop)) == ("absent", False)


def test_what_was_never_managed_is_not_found_missing_after_a_look_at_it(brought: Shop) -> None:
    """A look at the target says nothing of the source: the next sync reads, and finds them equal."""
    brought.on(brought.target, f"CREATE INDEX ON {brought.schema}.orders (total)")
    look_at_target(brought)
    assert migrate.drift(*known(brought)).status == "in_sync"
    assert synced(brought).status == "in_sync"
    assert migrate.drift(*known(brought)).status == "in_sync"


def test_of_many_sources_the_one_that_was_changed_is_told(brought: Shop) -> None:
    """Also where those that did not move are asked for together."""
    url = brought.make_database("watched_other", "CREATE TABLE t (a int)")
    sources = {"shop": {"url": brought.source}, "other": {"url": url}, "absent": {"url": brought.source}}
    config = settings(brought, sources=sources)
    migrate.sync(config, config.sources["other"])

    def look_at_all() -> dict[str, str]:
        return {each.source: each.verdict for each in migrate.watch_target(config, tuple(config.sources.values()))}

    for change, verdict in (
        ("SELECT", "in_sync"),
        ("ALTER TABLE {}.t ALTER a TYPE bigint", "drifted"),
        ("ALTER TABLE {}.t ALTER a TYPE int", "in_sync"),
        ("DROP TABLE {}.t", "drifted"),
    ):
        brought.on(brought.target, change.format("dw__watched_other__public"))
        for _ in range(2):
            assert look_at_all() == {"shop": "in_sync", "other": verdict, "absent": "absent"}, change
