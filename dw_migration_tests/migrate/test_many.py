"""Many sources: found with as few questions as can be, and tried again where time may mend what failed."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import errors, migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.live.connections import find_sources
from dw_migration.live.embedded import Server
from dw_migration.migrate import Outcome, many
from dw_migration_tests.conftest import MakesDatabase
from dw_migration_tests.outside import Shop, opened_shop

HERE = Config.model_validate({"target": {"host": "h"}, "sources": {"shop": {"host": "h"}}}).sources["shop"]


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source and an empty target."""
    with opened_shop(server, tmp_path, "many_shop") as made:
        yield made


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(many, "_LONGEST_TURN", 0.01)
    monkeypatch.setattr(logging.getLogger("dw_migration.migrate"), "handlers", [])  # of a command line's --verbose


class Failing:
    """Fails with these errors in turn, and then succeeds; counts."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.tries = 0

    def __call__(self, source: Source) -> Outcome:
        """The next failure, or an outcome."""
        self.tries += 1
        if self.failures:
            raise self.failures.pop(0)
        return Outcome(source.name, "in_sync", warnings=("a model was edited",))


def away() -> errors.NoConnection:
    return errors.NoConnection("sources.shop: no answer", where="sources.shop", may_pass=True)


def locked() -> errors.Locked:
    return errors.Locked("shop: another run works on it")


# --- tried again ---


@pytest.mark.parametrize(
    "error",
    [
        away(),
        errors.SourceChanging("shop: it moves"),
        errors.ServerError("deadlock", sqlstate="40P01"),
        errors.ServerError("conflict with recovery", sqlstate="40001"),
        errors.ServerError("lock timeout", sqlstate="55P03"),
    ],
    ids=str,
)
def test_what_time_may_mend_is_tried_again_and_told(error: errors.DwMigrationError) -> None:
    act = Failing(error, error)
    outcome = migrate.persistently(act, HERE)
    assert (act.tries, outcome.status) == (3, "in_sync")
    assert outcome.warnings == ("a model was edited", f"tried 3 times: {error}")


@pytest.mark.parametrize(
    "error",
    [
        errors.NoConnection("sources.shop: the user or the password is wrong", where="sources.shop"),
        errors.BadConfig("no such schema"),
        errors.BadNames(("two names become one",)),
        errors.NotAllowed("no right"),
        errors.NotOurs("a view of theirs"),
        errors.ConsentNeeded("breaking"),
        errors.StalePlan("plan again"),
        errors.BrokenHistory("two heads"),
        errors.NotConverged("our bug"),
        errors.Unsupported("a kind"),
        errors.ServerError("division by zero", sqlstate="22012"),
        psycopg.errors.UniqueViolation("a value"),
        ZeroDivisionError("a value"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_a_person_has_to_mend_is_tried_once(error: Exception) -> None:
    act = Failing(error)
    outcome = migrate.persistently(act, HERE)
    assert (act.tries, outcome) == (1, migrate.attempted(Failing(error), HERE))


def test_attempts_have_an_end(shop: Shop) -> None:
    """The last error is told as if it were the only one."""
    config = load_config(shop.config(sources={"shop": {"host": str(shop.folder), "database": "nowhere"}}))
    tried: list[str] = []

    def act(source: Source) -> Outcome:
        tried.append(source.name)
        return migrate.sync(config, source)

    outcome = migrate.persistently(act, config.sources["shop"], attempts=4)
    assert (len(tried), outcome.status, outcome.exit_code) == (4, "failed", 1)
    assert "there is no socket" in str(outcome.error)
    assert outcome.warnings == ("tried 4 times",)


def test_a_source_without_a_connection_left_is_asked_by_one_at_a_time_until_it_has_one(shop: Shop) -> None:
    """TRUST 32: the role's only connection is taken; once it is free, the next try succeeds."""
    user = shop.make_role()
    shop.on(shop.server.url(), f"ALTER ROLE {user} CONNECTION LIMIT 1")
    shop.on(shop.source, f"GRANT USAGE ON SCHEMA public TO {user}")
    url = shop.server.url(shop.name, user=user)
    config = load_config(shop.config(sources={"shop": {"url": url}}))
    taken = psycopg.connect(url)
    seen: list[int] = []

    def act(source: Source) -> Outcome:
        ((others,),) = shop.on(shop.target, f"SELECT count(*)::int FROM pg_stat_activity WHERE usename = '{user}'")
        seen.append(others)
        if len(seen) == 3:
            taken.close()
            ended = "SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = "
            while shop.on(shop.target, f"{ended}'{user}'") == [(False,)]:
                pass
        return migrate.sync(config, source)

    outcome = migrate.persistently(act, config.sources["shop"], attempts=5)
    assert (outcome.status, seen) == ("in_sync", [1, 1, 1])
    assert [each.startswith("tried 3 times: ") and "(53300)" in each for each in outcome.warnings] == [True]


def test_another_run_is_waited_for_as_long_as_the_budget_whatever_the_attempts() -> None:
    act = Failing(*[locked() for _ in range(9)])
    outcome = migrate.persistently(act, HERE, attempts=1)
    assert (act.tries, outcome.status) == (10, "in_sync")
    act = Failing(locked())
    outcome = migrate.persistently(act, HERE, lock_budget=timedelta())
    assert (act.tries, outcome.status, outcome.warnings) == (1, "failed", ())


def test_attempts_are_counted_apart_from_waiting_for_another_run() -> None:
    act = Failing(locked(), locked(), away(), locked(), away())
    assert migrate.persistently(act, HERE, attempts=3).status == "in_sync"
    act = Failing(locked(), locked(), away(), locked(), away())
    assert migrate.persistently(act, HERE, attempts=2).status == "failed"


def test_runs_that_start_together_make_one_revision(shop: Shop) -> None:
    """The sensor, the schedule and a person: each finds the source in sync in the end."""
    config = load_config(shop.config())

    def once(_number: int) -> Outcome:
        return migrate.persistently(lambda each: migrate.sync(config, each), config.sources["shop"])

    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(once, range(3)))
    assert [each.status for each in outcomes] == ["in_sync"] * 3, [each.error for each in outcomes]
    assert sorted(len(each.applied) for each in outcomes) == [0, 0, 1]
    assert len(migrate.history(config, config.sources["shop"])) == 1


@pytest.mark.parametrize("error", [away(), locked()], ids=str)
def test_a_stop_ends_the_waiting_at_once(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it this test would last for hours."""
    monkeypatch.setattr(many, "_FIRST_PAUSE", 1e5)
    monkeypatch.setattr(many, "_LONGEST_PAUSE", 1e5)
    monkeypatch.setattr(many, "_LONGEST_TURN", 1e5)
    stop, act = threading.Event(), Failing(error, error, error)
    threading.Timer(0.1, stop.set).start()
    outcome = migrate.persistently(act, HERE, attempts=10, lock_budget=timedelta(days=9), stop=stop)
    assert (act.tries, outcome.status, outcome.error) == (1, "failed", str(error))


# --- found ---


@pytest.fixture
def tenants(server: Server, database: MakesDatabase, tmp_path: Path) -> Callable[..., Config]:
    """A config with a pattern of three databases, two of whose names are plain."""
    for name in ("many_a", "many_b", "many_C"):
        database(name)

    def config(**keys: str) -> Config:
        given = {"server": server.url(), "databases": "many_*", **keys}
        content = {"target": {"host": "h"}, "sources": {"shop": {"host": "h"}, "tenants": given}}
        return Config.model_validate(content, context={"folder": tmp_path})

    return config


def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The patterns whose servers were asked for their databases."""
    entries: list[str] = []

    def noted(source: Source, **settings: Any) -> tuple[Source, ...]:
        entries.append(source.name)
        return find_sources(source, **settings)

    monkeypatch.setattr(many, "find_sources", noted)
    return entries


def test_a_server_is_asked_once_for_any_number_of_names(
    tenants: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    entries, config = asked(monkeypatch), tenants()
    names = [each.name for each in migrate.sources_named(config)]
    assert entries == ["tenants"]
    assert [each.name for each in migrate.sources_named(config, names[1:])] == names[1:]
    assert entries == ["tenants"] * 2
    migrate.sources_named(config, ["shop"])
    assert entries == ["tenants"] * 2


def test_one_source_whose_name_is_plain_is_known_without_asking(
    tenants: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the very same as the server's answer; for other names that is asked for."""
    entries, config = asked(monkeypatch), tenants()
    found = {each.name: each for each in migrate.sources_named(config)}
    entries.clear()
    hashed = next(name for name in found if name.startswith("tenants.many_c-"))
    for name, questions in (("shop", 0), ("tenants.many_a", 0), ("tenants.many_b", 0), (hashed, 1)):
        known = migrate.source_named(config, name)
        assert (known, known.name, len(entries)) == (found[name], name, questions)
    assert known.login().keywords["dbname"] == "many_C"


@pytest.mark.parametrize("name", ["tenants", "tenants.other", "tenants.MANY_A", "tenants.", "nobody"])
def test_a_name_that_is_no_source_is_refused_with_the_nearest(tenants: Callable[..., Config], name: str) -> None:
    with pytest.raises(errors.BadConfig, match=f"no source '{name}' in the config"):
        migrate.source_named(tenants(), name)


def test_a_database_that_is_not_there_is_told_when_it_is_read(tenants: Callable[..., Config]) -> None:
    config = tenants()
    source = migrate.source_named(config, "tenants.many_gone")
    outcome = migrate.attempted(lambda each: Outcome(each.name, str(migrate.catalog_json(config, each))), source)
    assert "there is no such database" in str(outcome.error)


def test_servers_that_let_us_wait_are_waited_for_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    everybody_is_asked = threading.Barrier(3, timeout=60)

    def silent(source: Source, **_: object) -> tuple[Source, ...]:
        everybody_is_asked.wait()
        raise errors.NoConnection("no answer in time", where=source.where)

    monkeypatch.setattr(many, "find_sources", silent)
    patterns = {f"p{number}": {"server": "postgresql://h", "databases": "*"} for number in range(3)}
    content = {"target": {"host": "h"}, "sources": {**patterns, "shop": {"host": "h"}}}
    config = Config.model_validate(content, context={"folder": tmp_path})
    found = migrate.sources_named(config, keep_unreachable=True)
    assert [(each.name, each.is_pattern) for each in found] == [*((name, True) for name in patterns), ("shop", False)]


def test_who_is_late_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither who is asked, nor who waits for a turn; they are told before they answer."""
    order: list[str] = []
    told, answered = threading.Event(), threading.Semaphore(0)

    def late(source: Source, **_: object) -> tuple[Source, ...]:
        told.wait(60)
        order.append("answered")
        answered.release()
        return (source,)

    monkeypatch.setattr(many, "find_sources", late)
    patterns = {f"p{number}": {"server": "postgresql://h", "databases": "*"} for number in range(20)}
    content = {"target": {"host": "h"}, "sources": {**patterns, "shop": {"host": "h"}}}
    config = Config.model_validate(content, context={"folder": tmp_path})
    found = migrate.sources_named(config, keep_unreachable=True, limit=timedelta(milliseconds=50))
    order.append("told")
    told.set()
    assert answered.acquire(timeout=60)
    assert order[0] == "told"
    assert [(each.name, each.is_pattern) for each in found] == [*((name, True) for name in patterns), ("shop", False)]
    told.clear()
    with pytest.raises(errors.NoConnection, match=r"sources\.p0: no answer in time"):
        migrate.sources_named(config, limit=timedelta(milliseconds=50))
    told.set()
