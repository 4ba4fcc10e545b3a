"""What the sensors see, tell and ask for, on real databases."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest

from dw_migration import migrate
from dw_migration.config import load_config
from dw_migration.errors import BadConfig, NoConnection
from dw_migration.live.embedded import Server
from dw_migration.live.locks import lock
from dw_migration.migrate import Sighting
from dw_migration.orchestration import requests
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.sensors import source_drift
from dw_migration_tests.conftest import MakesDatabase
from dw_migration_tests.orchestration.conftest import MakesProject, Ran, alter, url_of, with_source
from dw_migration_tests.orchestration.ticks import Project, ran, told
from dw_migration_tests.outside import ended, started

SHOP = """
CREATE TABLE public."Orders" ("Id" integer PRIMARY KEY, "State" text NOT NULL DEFAULT 'new');
INSERT INTO public."Orders" VALUES (1);
"""
ADD, DROP = 'ALTER TABLE public."Orders" ADD "Note" text', 'ALTER TABLE public."Orders" DROP "State"'
HOSTILE = "x\x1b[31m\n\u202e</script>"


@pytest.fixture
def shop(project: MakesProject, instance: dg.DagsterInstance) -> Project:
    """Of one source, with its partition."""
    made = Project(project({"shop": SHOP}), instance)
    made.add()
    return made


@pytest.fixture
def three(project: MakesProject, instance: dg.DagsterInstance) -> Project:
    """Of the sources a, b and c, with their partitions in this order."""
    made = Project(project(dict.fromkeys("abc", SHOP)), instance)
    made.add()
    return made


@pytest.fixture
def silent() -> Iterator[str]:
    """The url of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"postgresql://reader@127.0.0.1:{listening.getsockname()[1]}/d?sslmode=disable"


def _schema(project: Project, source: str) -> str:
    return f"dw__{url_of(project.config, source).rpartition('/')[2].partition('?')[0]}__public"


def _head(project: Project) -> str:
    ((head,),) = project.in_target("SELECT head FROM dw_migration.source WHERE name = 'shop'")
    return str(head)


def _recorded(tick: Any, instance: dg.DagsterInstance) -> None:
    """As the daemon does."""
    for event in tick.asset_events:
        instance.report_runless_asset_event(event)


# --- source_drift: what is asked for ----------------------------------------------------------------------------------


def test_sources_never_brought_over_are_asked_for_in_one_run(three: Project) -> None:
    tick = three.tick("source_drift")
    assert three.asked_for(tick) == [("a", "b", "c")]
    (request,) = tick.run_requests
    assert request.job_name == "sync"
    assert request.tags["dw_migration/target"] == "warehouse"
    assert request.tags["dw_migration/trigger"] == "source_drift"


def test_what_is_in_sync_is_told_in_numbers(three: Project) -> None:
    three.bring()
    tick = three.tick("source_drift")
    assert (tick.run_requests, tick.asset_events) == ([], [])
    assert tick.skip_message == "3 looked at: 3 in sync"


def test_each_unbroken_stretch_of_changed_sources_gets_a_run(three: Project) -> None:
    three.bring()
    for source in ("a", "c"):
        alter(url_of(three.config, source), ADD)
    assert three.asked_for(three.tick("source_drift")) == [("a",), ("c",)]
    alter(url_of(three.config, "b"), ADD)
    assert three.asked_for(three.tick("source_drift")) == [("a", "b", "c")]


def test_the_run_of_one_source_says_what_it_is_about(shop: Project) -> None:
    shop.bring()
    alter(url_of(shop.config, "shop"), DROP)
    (request,) = shop.tick("source_drift").run_requests
    fingerprint = request.tags["dw_migration/fingerprint"]
    assert fingerprint
    assert request.run_key == f"shop:{fingerprint}:{_head(shop)}"
    assert request.partition_key == request.tags["dw_migration/source"] == "shop"
    assert request.tags["dw_migration/severity"] == "breaking"


@pytest.mark.parametrize(("policy", "jobs"), [("sync", ["sync"]), ("plan", ["plan"]), ("report", [])])
def test_the_policy_says_what_is_done_about_a_change(shop: Project, policy: str, jobs: list[str]) -> None:
    shop.bring()
    shop.change(policy={"on_drift": policy})
    alter(url_of(shop.config, "shop"), ADD)
    tick = shop.tick("source_drift")
    assert [request.job_name for request in tick.run_requests] == jobs
    assert [event.partition for event in tick.asset_events] == ["shop"]
    assert jobs or tick.skip_message == "1 looked at: 1 changed: shop"


def test_a_planned_change_waits_for_a_person(shop: Project) -> None:
    shop.bring()
    shop.change(policy={"on_drift": "plan"})
    alter(url_of(shop.config, "shop"), ADD)
    (request,) = shop.tick("source_drift").run_requests
    assert shop.run(request).success
    tick = shop.tick("source_drift")
    assert tick.run_requests == []
    assert tick.skip_message == "1 looked at: 1 waiting to be applied: shop"


def test_what_is_held_is_asked_for_again_only_when_it_changes_again(shop: Project) -> None:
    shop.bring()
    alter(url_of(shop.config, "shop"), DROP)
    migrate.sync(load_config(shop.config), shop.source("shop"))
    shop.tick("source_drift")
    held = shop.tick("source_drift")
    assert held.run_requests == []
    assert held.skip_message == "1 looked at: 1 held for consent: shop"
    alter(url_of(shop.config, "shop"), ADD)
    assert shop.asked_for(shop.tick("source_drift")) == [("shop",)]


def test_what_a_run_works_on_is_not_asked_for(three: Project) -> None:
    three.start("sync", {"dw_migration/target": "warehouse", "dagster/partition": "b"})
    assert three.asked_for(three.tick("source_drift")) == [("a",), ("c",)]


def test_nor_what_somebody_works_on_who_started_it_by_hand(three: Project) -> None:
    three.start("__ASSET_JOB", {"dagster/asset_partition_range_start": "b", "dagster/asset_partition_range_end": "c"})
    three.start("__ASSET_JOB", {"dagster/partition": "a"})
    tick = three.tick("source_drift")
    assert tick.run_requests == []
    assert tick.skip_message == "3 looked at: 3 being worked on: a, b, c"


def test_a_run_that_is_lost_takes_no_source_out_of_the_sensors_and_is_named(
    three: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To Dagster one whose process was killed is under way for ever; but where somebody holds a lock, it does live."""
    three.start("sync", {"dw_migration/target": "warehouse", "dagster/partition": "b"})
    three.start("sync", {"dw_migration/target": "warehouse", "dagster/partition": "c"})
    lives, lost = three.instance.get_runs()
    assert lost.tags["dagster/partition"] == "b"
    monkeypatch.setattr(requests, "LOST_AFTER", timedelta(minutes=-1))
    with psycopg.connect(three.target, autocommit=True) as connection, lock(connection, "c"):
        asked_for = three.asked_for(three.tick("source_drift"))
        said = three.tick("target_drift").skip_message
    assert asked_for == [("a", "b")]
    assert said.endswith(f"1 lost runs (started, and nobody works on their sources: terminate them): {lost.run_id}")
    assert lives.run_id not in said


def test_the_same_state_is_not_tried_for_ever(shop: Project) -> None:
    """A run that fails is not asked for again each minute; any change is a new state."""
    shop.in_target(f'CREATE SCHEMA "{_schema(shop, "shop")}"')
    (request,) = shop.tick("source_drift").run_requests
    assert not shop.run(request).success
    again = shop.tick("source_drift")
    assert again.run_requests == []
    assert "1 in a state that had its run already" in again.skip_message
    assert again.skip_message.endswith(": shop")
    alter(url_of(shop.config, "shop"), ADD)
    assert shop.asked_for(shop.tick("source_drift")) == [("shop",)]


def test_a_tick_that_was_lost_is_repeated_to_the_letter(three: Project) -> None:
    """The daemon was killed before it wrote down what the tick gave: the keys are the same, one run or several."""
    three.bring()
    for source in ("a", "b"):
        alter(url_of(three.config, source), ADD)
    lost, again = three.tick("source_drift"), three.tick("source_drift")
    assert [request.run_key for request in lost.run_requests] == [request.run_key for request in again.run_requests]
    assert [event.partition for event in again.asset_events] == ["a", "b"]


def test_a_run_that_was_asked_for_leaves_nothing_to_ask_for_and_nothing_to_do(shop: Project) -> None:
    (request,) = shop.tick("source_drift").run_requests
    assert shop.run(request).success
    assert shop.tick("source_drift").skip_message == "1 looked at: 1 in sync"
    assert shop.run(request).success
    assert shop.revisions() == {"shop": 1}


def test_a_state_that_comes_back_is_a_change_each_time(shop: Project) -> None:
    """Fingerprints are not unique over time: a rename there and back leaves the catalog as it was."""
    alter(url_of(shop.config, "shop"), 'CREATE INDEX one ON public."Orders" ("State")')
    shop.bring()
    fingerprints = []
    for _ in range(2):
        for old, new in (("one", "other"), ("other", "one")):
            alter(url_of(shop.config, "shop"), f'ALTER INDEX "{old}" RENAME TO "{new}"')
            (request,) = shop.tick("source_drift").run_requests
            assert shop.run(request).success
            fingerprints.append(request.tags["dw_migration/fingerprint"])
    assert fingerprints[:2] == fingerprints[2:]
    assert shop.tick("source_drift").skip_message == "1 looked at: 1 in sync"


def test_a_run_takes_no_more_sources_than_the_component_says(three: Project) -> None:
    three.sources_per_run = 2
    assert three.asked_for(three.tick("source_drift")) == [("a", "b"), ("c",)]


# --- source_drift: what a person took back ----------------------------------------------------------------------------


def _columns(project: Project, source: str) -> set[str]:
    found = f"SELECT attname FROM pg_attribute WHERE attrelid = '{_schema(project, source)}.orders'::regclass"
    return {str(name) for (name,) in project.in_target(f"{found} AND attnum > 0 AND NOT attisdropped")}


def _took_back(project: Project, to: str = "-1", source: str = "shop") -> None:
    migrate.rollback(load_config(project.config), project.source(source), to, allow_breaking=True)


@pytest.fixture
def taken_back(project: MakesProject, kept: dg.DagsterInstance) -> Project:
    """Of one source, whose new column a person took back."""
    shop = Project(project({"shop": SHOP}), kept)
    shop.bring()
    alter(url_of(shop.config, "shop"), ADD)
    (request,) = shop.tick("source_drift").run_requests
    assert shop.run(request).success
    assert _columns(shop, "shop") == {"id", "state", "note"}
    _took_back(shop)
    return shop


def test_what_a_person_took_back_comes_back_by_no_sensor(taken_back: Project) -> None:
    """Nor after what moves the fingerprint and changes nothing."""
    for _ in range(2):
        tick = taken_back.tick("source_drift")
        assert (tick.run_requests, tick.skip_message) == ([], "1 looked at: 1 taken back: waiting to be applied: shop")
        alter(url_of(taken_back.config, "shop"), 'GRANT SELECT ("Note") ON public."Orders" TO PUBLIC')


def test_nor_by_a_run_that_was_asked_for_before(shop: Project) -> None:
    shop.bring()
    alter(url_of(shop.config, "shop"), ADD)
    (request,) = shop.tick("source_drift").run_requests
    assert shop.run_by_hand("sync", "shop").success
    _took_back(shop)
    assert shop.run(request).success
    assert "note" not in _columns(shop, "shop")


@pytest.mark.parametrize("policy", ["sync", "plan"])
def test_nor_by_the_sweep_which_tells_what_stands_and_what_to_do(taken_back: Project, policy: str) -> None:
    taken_back.change(policy={"on_drift": policy})
    (swept, *_) = taken_back.sweep().run_requests
    ran = Ran(taken_back.run(swept))
    assert ran.success
    assert _columns(taken_back, "shop") == {"id", "state"}
    assert taken_back.revisions() == {"shop": 2}
    asset = "target_schema" if policy == "sync" else "target_ddl"
    told_ = ran.told("shop", asset)
    assert told_["status"] == "left_alone"
    assert "was taken back, and waits until a person applies it" in told_["reason"]
    assert (told_["next command"], told_["next job"]) == ("dw-migration apply shop", "apply")
    if policy == "sync":
        assert told_["version"] == "1.0.0", "of what stands there"
        assert not ran.passed("shop")["target_equals_source"]
        assert ran.passed("shop")["no_target_drift"]
    assert taken_back.tick("source_drift").run_requests == []


def test_a_sweep_that_leaves_one_alone_brings_the_others(project: MakesProject, kept: dg.DagsterInstance) -> None:
    two = Project(project(dict.fromkeys("ab", SHOP)), kept)
    two.bring()
    for source in "ab":
        alter(url_of(two.config, source), ADD)
    (request,) = two.tick("source_drift").run_requests
    assert two.run(request).success
    _took_back(two, source="b")
    alter(url_of(two.config, "a"), 'ALTER TABLE public."Orders" ADD "Later" text')
    (swept, *_) = two.sweep().run_requests
    ran = Ran(two.run(swept))
    assert ran.success
    assert (_columns(two, "a"), _columns(two, "b")) == ({"id", "state", "note", "later"}, {"id", "state"})
    told_ = {source: ran.told(source, "target_schema")["status"] for source in "ab"}
    assert told_ == {"a": "in_sync", "b": "left_alone"}


def test_nor_by_what_puts_back_changes_made_by_hand(taken_back: Project) -> None:
    taken_back.change(policy={"target_drift": "restore"})
    _by_hand(taken_back, "shop", "ALTER state DROP DEFAULT")
    tick = taken_back.tick("target_drift")
    assert (tick.run_requests, tick.skip_message) == ([], "1 looked at: 1 taken back: waiting to be applied: shop")


def test_nor_where_nothing_stands_any_more(taken_back: Project) -> None:
    """Back to base: there is no state that could be told meanwhile, and that is no failure of anybody."""
    _took_back(taken_back, "base")
    tick = taken_back.tick("source_drift")
    assert (tick.run_requests, tick.skip_message) == ([], "1 looked at: 1 taken back: waiting to be applied: shop")
    (swept, *_) = taken_back.sweep().run_requests
    ran = Ran(taken_back.run(swept))
    assert ran.success
    assert ran.assets == {"shop": {"source_models", "target_ddl"}}
    assert taken_back.in_target(f"SELECT to_regclass('{_schema(taken_back, 'shop')}.orders')") == [(None,)]


@pytest.mark.parametrize("job", ["sync", "apply"])
def test_a_person_brings_back_what_was_taken_back(taken_back: Project, job: str) -> None:
    assert taken_back.run_by_hand(job, "shop").success
    assert _columns(taken_back, "shop") == {"id", "state", "note"}
    assert taken_back.tick("source_drift").skip_message == "1 looked at: 1 in sync"


def test_another_change_of_the_source_is_carried_over(taken_back: Project) -> None:
    alter(url_of(taken_back.config, "shop"), 'ALTER TABLE public."Orders" ADD "Later" text')
    (request,) = taken_back.tick("source_drift").run_requests
    assert taken_back.run(request).success
    assert _columns(taken_back, "shop") == {"id", "state", "note", "later"}


# --- source_drift: what is told ---------------------------------------------------------------------------------------


def test_a_person_reads_what_changed(shop: Project) -> None:
    shop.bring()
    alter(url_of(shop.config, "shop"), ADD)
    (event,) = shop.tick("source_drift").asset_events
    assert (event.asset_key, event.partition) == (dg.AssetKey("source_schema"), "shop")
    read = told([event])["shop"]
    (change,) = [record.data for record in event.metadata["changes"].records]
    assert (change["action"], change["kind"], change["severity"]) == ("create", "column", "safe")
    assert read["status"] == "changed"
    assert read["fingerprint"] == event.tags["dagster/data_version"]
    assert read["next command"] == "dw-migration sync shop"


def test_a_change_is_told_once(shop: Project) -> None:
    shop.change(policy={"on_drift": "report"})
    first = shop.tick("source_drift")
    assert [event.partition for event in first.asset_events] == ["shop"]
    _recorded(first, shop.instance)
    second = shop.tick("source_drift")
    assert second.asset_events == []
    assert second.skip_message == "1 looked at: 1 not brought over yet: shop"
    alter(url_of(shop.config, "shop"), ADD)
    assert [event.partition for event in shop.tick("source_drift").asset_events] == ["shop"]


def test_too_many_changes_are_told_tick_by_tick(three: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_drift, "MOST_EVENTS", 2)
    events, asked_for = [], []
    for _ in range(3):
        tick = three.tick("source_drift")
        _recorded(tick, three.instance)
        events.append([event.partition for event in tick.asset_events])
        asked_for += three.asked_for(tick)
        assert all(three.run(request).success for request in tick.run_requests)
    assert events == [["a", "b"], ["c"], []]
    assert asked_for == [("a", "b"), ("c",)], "who was not told yet is not asked for"


def test_what_is_left_to_the_next_tick_is_said(three: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_drift, "MOST_EVENTS", 1)
    three.change(policy={"on_drift": "report"})
    said = three.tick("source_drift").skip_message
    assert said == "3 looked at: 1 not brought over yet: a; 2 changed, and left to the next tick: b, c"


def test_names_of_a_source_are_told_as_text(shop: Project) -> None:
    shop.bring()
    alter(url_of(shop.config, "shop"), f'ALTER TABLE public."Orders" ADD "{HOSTILE}" text')
    (event,) = shop.tick("source_drift").asset_events
    (change,) = [record.data for record in event.metadata["changes"].records]
    assert r"x\x1b[31m\n\u202e</script>" in change["object"]
    assert all(line.isprintable() for value in event.metadata.values() for line in str(value.value).split("\n"))


def test_broken_sources_are_told_and_stop_nobody(three: Project, silent: str) -> None:
    three.bring()
    three.change(sources=three.settings["sources"] | {"mute": {"url": silent, "connect_timeout": "1s"}})
    with_source(three.config, "refused", url="postgresql://r@127.0.0.1:1/d")
    with_source(three.config, "gone", url=url_of(three.config, "a").replace("@/", "@/no_such_"))
    three.add()
    tick = three.tick("source_drift")
    assert tick.run_requests == []
    assert tick.skip_message == "6 looked at: 3 in sync; 3 unreachable: mute, refused, gone"
    alter(url_of(three.config, "a"), ADD)
    assert three.asked_for(three.tick("source_drift")) == [("a",)]


def test_partitions_without_a_source_are_told_and_left_alone(three: Project) -> None:
    three.bring()
    sources = three.settings["sources"]
    del sources["b"]
    three.change(sources=sources)
    said = three.tick("source_drift").skip_message
    assert said == "2 looked at: 2 in sync; 1 retired (a partition, and no source in the config): b"
    alter(url_of(three.config, "a"), ADD)
    alter(url_of(three.config, "c"), ADD)
    assert three.asked_for(three.tick("source_drift")) == [("a",), ("c",)]


def test_whose_time_ran_out_is_not_waited_for(shop: Project, silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.bring()
    with_source(shop.config, "mute", url=silent)
    shop.add()
    monkeypatch.setenv("DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS", "1.5")
    tick = shop.tick("source_drift")
    assert tick.skip_message == "2 looked at: 1 in sync; 1 not reached in time: mute"
    assert json.loads(tick.cursor) == {"v": 1, "next": "mute"}


def test_the_next_tick_begins_where_the_time_ran_out() -> None:
    names = ("a", "b", "c")
    assert source_drift.in_turn(names, None) == names
    seen = [
        Sighting("a", "in_sync"),
        Sighting("b", "unseen", error="the look before has not ended"),
        Sighting("c", "unseen"),
    ]
    cursor = source_drift.resumed_at(seen)
    assert json.loads(cursor) == {"v": 1, "next": "c"}
    assert source_drift.in_turn(names, cursor) == ("c", "a", "b")
    assert source_drift.in_turn(("a", "b"), cursor) == ("a", "b"), "the source went away"
    assert source_drift.in_turn(names, source_drift.resumed_at(seen[:1])) == names, "all were seen"


def test_a_target_that_is_down_fails_the_tick(shop: Project) -> None:
    secret = "hunter2-not-to-be-told"
    shop.change(target={"url": "postgresql://w@127.0.0.1:1/w", "password": secret})
    for sensor in ("source_drift", "target_drift", "source_recovered"):
        with pytest.raises(NoConnection, match="target") as error:
            shop.tick(sensor)
        assert secret not in str(error.value)


def test_a_faulty_config_fails_the_tick(shop: Project) -> None:
    shop.change(polcy={})
    for sensor in ("source_drift", "target_drift", "source_recovered", "new_sources"):
        with pytest.raises(BadConfig, match='did you mean "policy"'):
            shop.tick(sensor)


# --- target_drift -----------------------------------------------------------------------------------------------------


def _by_hand(project: Project, source: str, change: str) -> None:
    project.in_target(f"ALTER TABLE {_schema(project, source)}.orders {change}")


def _drift_checks(project: Project) -> dict[str, str]:
    """By source, how Dagster shows the check."""
    key = dg.AssetCheckKey(dg.AssetKey("target_schema"), "no_target_drift")
    found = project.instance.event_log_storage.get_asset_check_partition_info([key])
    return {str(each.partition_key): each.latest_execution_status.value for each in found if each.partition_key}


def test_a_change_by_hand_shows_in_the_check_until_it_is_undone(three: Project) -> None:
    three.bring()
    assert three.tick("target_drift").skip_message == "3 looked at: 3 in sync"
    _by_hand(three, "b", "ADD extra text, ALTER state DROP NOT NULL")
    tick = three.tick("target_drift")
    assert three.asked_for(tick) == [("b",)]
    assert three.run(tick.run_requests[0]).success
    assert _drift_checks(three) == {"b": "FAILED"}
    assert three.tick("target_drift").skip_message == "3 looked at: 2 in sync; 1 changed: b"
    _by_hand(three, "b", "ALTER state SET NOT NULL")
    assert three.run(three.tick("target_drift").run_requests[0]).success
    assert _drift_checks(three) == {"b": "SUCCEEDED"}
    assert three.tick("target_drift").skip_message == "3 looked at: 3 in sync"


def test_a_run_for_the_check_alone_changes_nothing(shop: Project) -> None:
    shop.bring()
    _by_hand(shop, "shop", "DROP state")
    (request,) = shop.tick("target_drift").run_requests
    assert request.asset_selection == []
    assert [key.name for key in request.asset_check_keys] == ["no_target_drift"]
    assert request.tags["dw_migration/trigger"] == "target_drift"
    result = shop.run(request)
    assert result.success
    assert result.get_asset_materialization_events() == []
    assert shop.revisions() == {"shop": 1}
    columns = f"SELECT attname FROM pg_attribute WHERE attrelid = '{_schema(shop, 'shop')}.orders'::regclass"
    assert ("state",) not in shop.in_target(columns)


def test_by_policy_a_run_puts_back_what_was_changed_by_hand(shop: Project) -> None:
    shop.bring()
    shop.change(policy={"target_drift": "restore"})
    _by_hand(shop, "shop", "ALTER state DROP DEFAULT")
    (request,) = shop.tick("target_drift").run_requests
    assert request.run_key.startswith(f"shop:{request.tags['dw_migration/fingerprint']}:{_head(shop)}:")
    assert (request.job_name, request.asset_selection, request.asset_check_keys) == ("sync", None, None)
    assert shop.run(request).success
    assert shop.tick("target_drift").skip_message == "1 looked at: 1 in sync"


SET, RESET = "SET (fillfactor = 50)", "RESET (fillfactor)"
"""By hand, there and back: the target looks the same each time."""


def test_a_change_by_hand_that_comes_back_is_put_back_each_time(shop: Project) -> None:
    shop.bring()
    shop.change(policy={"target_drift": "restore"})
    for _ in range(2):
        _by_hand(shop, "shop", SET)
        (request,) = shop.tick("target_drift").run_requests
        assert shop.run(request).success
        assert shop.tick("target_drift").skip_message == "1 looked at: 1 in sync"


def test_a_change_by_hand_that_comes_back_shows_in_the_check_each_time(shop: Project) -> None:
    shop.bring()
    keys = set()
    for change, shown in ((SET, "FAILED"), (RESET, "SUCCEEDED"), (SET, "FAILED"), (RESET, "SUCCEEDED")):
        _by_hand(shop, "shop", change)
        (request,) = shop.tick("target_drift").run_requests
        assert shop.run(request).success
        assert _drift_checks(shop) == {"shop": shown}
        keys.add(request.run_key)
    assert len(keys) == 4


@pytest.mark.parametrize("on_drift", ["plan", "report"])
def test_nothing_is_put_back_where_that_would_apply_what_the_policy_holds_back(shop: Project, on_drift: str) -> None:
    shop.bring()
    shop.change(policy={"on_drift": on_drift, "target_drift": "restore"})
    _by_hand(shop, "shop", SET)
    (request,) = shop.tick("target_drift").run_requests
    alter(url_of(shop.config, "shop"), ADD)
    assert shop.run(request).success, "it was asked for before the source changed"
    assert _columns(shop, "shop") == {"id", "state"}
    shop.tick("source_drift")
    tick = shop.tick("target_drift")
    assert tick.run_requests == []
    assert tick.skip_message.startswith("1 looked at: 1 changed and not put back, since the source changed too")
    assert shop.run_by_hand("sync", "shop").success
    assert _columns(shop, "shop") == {"id", "state", "note"}
    assert shop.tick("target_drift").skip_message == "1 looked at: 1 in sync"


def test_where_a_plan_waits_nothing_is_put_back_either(shop: Project) -> None:
    shop.bring()
    shop.change(policy={"on_drift": "plan", "target_drift": "restore"})
    alter(url_of(shop.config, "shop"), ADD)
    migrate.plan(load_config(shop.config), shop.source("shop"))
    _by_hand(shop, "shop", SET)
    tick = shop.tick("target_drift")
    assert tick.run_requests == []
    assert "or a revision waits" in tick.skip_message


def test_what_is_left_as_it_was_changed_by_hand_is_notified(shop: Project, receiver: str, heard: Path) -> None:
    shop.bring()
    shop.change(policy={"on_drift": "report", "target_drift": "restore", "notify": receiver})
    alter(url_of(shop.config, "shop"), ADD)
    shop.tick("source_drift")
    _by_hand(shop, "shop", SET)
    shop.tick("target_drift")
    assert _events(heard) == [("drifted", "shop"), ("drifted", "shop")]


def test_what_cannot_be_put_back_without_consent_waits_for_it(shop: Project) -> None:
    shop.bring()
    shop.change(policy={"target_drift": "restore"})
    _by_hand(shop, "shop", "ALTER state DROP NOT NULL")
    shop.in_target(f"INSERT INTO {_schema(shop, 'shop')}.orders (id, state) VALUES (1, NULL)")
    (request,) = shop.tick("target_drift").run_requests
    assert shop.run(request).success
    held = shop.tick("target_drift")
    assert (held.run_requests, held.skip_message) == ([], "1 looked at: 1 held for consent: shop")


def test_what_was_never_brought_over_has_no_drift(shop: Project) -> None:
    tick = shop.tick("target_drift")
    assert (tick.run_requests, tick.skip_message) == ([], "1 looked at: 1 not brought over yet: shop")


# --- notices ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def heard(tmp_path: Path) -> Path:
    """A file to which the command of `receiver` writes what it was told, a line a notice."""
    return tmp_path / "heard"


@pytest.fixture
def receiver(tmp_path: Path, heard: Path) -> str:
    """A command for `policy.notify`."""
    script = tmp_path / "receiver"
    script.write_text(f"#!/bin/sh\ncat >> '{heard}'\necho >> '{heard}'\n")
    script.chmod(0o755)
    return str(script)


def _events(heard: Path) -> list[tuple[str, str]]:
    notices = [json.loads(line) for line in heard.read_text().splitlines()] if heard.exists() else []
    return [(each["event"], each["source"]) for each in notices]


def test_drift_is_notified_once_where_no_run_tells_it(shop: Project, receiver: str, heard: Path) -> None:
    shop.bring()
    shop.change(policy={"on_drift": "report", "notify": receiver})
    alter(url_of(shop.config, "shop"), ADD)
    for _ in range(2):
        shop.tick("source_drift")
    assert _events(heard) == [("drifted", "shop")]
    _by_hand(shop, "shop", "DROP state")
    for _ in range(2):
        shop.tick("target_drift")
    assert _events(heard) == [("drifted", "shop"), ("drifted", "shop")]


def test_where_a_run_follows_the_run_tells_it(shop: Project, receiver: str, heard: Path) -> None:
    shop.bring()
    shop.change(policy={"notify": receiver, "target_drift": "restore"})
    alter(url_of(shop.config, "shop"), ADD)
    _by_hand(shop, "shop", "DROP state")
    assert shop.asked_for(shop.tick("source_drift")) == [("shop",)]
    assert shop.asked_for(shop.tick("target_drift")) == [("shop",)]
    assert _events(heard) == []


def test_a_receiver_that_fails_does_not_fail_the_tick(shop: Project, receiver: str) -> None:
    shop.bring()
    shop.change(policy={"on_drift": "report", "notify": f"{receiver}/not/there --token hunter2"})
    alter(url_of(shop.config, "shop"), ADD)
    assert shop.tick("source_drift").skip_message == "1 looked at: 1 changed: shop"


def test_a_notice_that_fails_does_not_take_the_others_with_it(
    three: Project, tmp_path: Path, heard: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    three.bring()
    picky = tmp_path / "picky"
    picky.write_text(f"#!/bin/sh\nread -r notice\necho \"$notice\" | grep -q '\"source\": \"a\"' && exit 1\n"
                     f"echo \"$notice\" >> '{heard}'\n")  # fmt: skip
    picky.chmod(0o755)
    three.change(policy={"on_drift": "report", "notify": str(picky)})
    for source in "abc":
        alter(url_of(three.config, source), ADD)
    three.tick("source_drift")
    assert _events(heard) == [("drifted", "b"), ("drifted", "c")]
    assert "1 notices were not sent, and will not be: a" in capfd.readouterr().err


# --- new_sources ------------------------------------------------------------------------------------------------------


def test_sources_of_the_config_get_their_partitions(three: Project) -> None:
    with_source(three.config, "new", url=url_of(three.config, "a"))
    tick = three.tick("new_sources")
    (added,) = tick.dynamic_partitions_requests
    assert (added.partitions_def_name, list(added.partition_keys)) == ("warehouse_sources", ["new"])
    assert tick.skip_message == "4 sources: 1 new: new"


def test_no_partition_is_ever_taken_away(three: Project) -> None:
    three.change(sources={"b": three.settings["sources"]["b"]})
    tick = three.tick("new_sources")
    assert list(tick.dynamic_partitions_requests) == []
    assert tick.skip_message == "1 sources: 2 retired (a partition, and no source in the config): a, c"


def test_databases_that_a_pattern_finds_are_sources(
    shop: Project, server: Server, database: MakesDatabase, tmp_path: Path
) -> None:
    mark = tmp_path.name[-4:].replace("_", "0")
    for name in (f"tenant_{mark}_1", f"tenant_{mark}_2"):
        database(name)
    found = {"server": server.url(), "databases": f"tenant_{mark}_*"}
    shop.change(sources=shop.settings["sources"] | {"tenants": found})
    (added,) = shop.tick("new_sources").dynamic_partitions_requests
    assert list(added.partition_keys) == [f"tenants.tenant_{mark}_1", f"tenants.tenant_{mark}_2"]


def test_of_a_server_that_does_not_answer_nothing_is_concluded(shop: Project) -> None:
    shop.add("tenants.one")
    pattern = {"server": "postgresql://r@127.0.0.1:1/d", "databases": "tenant_*"}
    shop.change(sources=shop.settings["sources"] | {"tenants": pattern})
    tick = shop.tick("new_sources")
    assert list(tick.dynamic_partitions_requests) == []
    assert tick.skip_message == "1 sources: 1 patterns whose server does not answer: tenants"
    assert shop.tick("source_drift").run_requests[0].partition_key == "shop"


# --- source_recovered -------------------------------------------------------------------------------------------------


def _reachable(project: Project, source: str, *, is_so: bool) -> None:
    name = url_of(project.config, source).rpartition("/")[2].partition("?")[0]
    project.in_target(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {is_so}')


@pytest.fixture
def back(three: Project) -> Project:
    """Of three sources, a and b of which were down, and are back."""
    three.bring()
    for source in "ab":
        _reachable(three, source, is_so=False)
    assert three.tick("source_drift").skip_message == "3 looked at: 2 unreachable: a, b; 1 in sync"
    assert three.tick("source_recovered").skip_message == "no source came back lately"
    for source in "ab":
        _reachable(three, source, is_so=True)
    assert three.tick("source_drift").skip_message == "3 looked at: 3 in sync"
    return three


def test_sources_that_came_back_get_a_run_once(back: Project) -> None:
    tick = back.tick("source_recovered")
    assert back.asked_for(tick) == [("a", "b")]
    (request,) = tick.run_requests
    assert (request.job_name, request.tags["dw_migration/trigger"]) == ("sync", "source_recovered")
    assert back.tick("source_recovered", tick.cursor).skip_message == "no source came back lately"
    lost = back.tick("source_recovered")
    assert [each.run_key for each in lost.run_requests] == [request.run_key]


def test_who_comes_back_while_a_run_works_on_it_has_its_turn_afterwards(back: Project) -> None:
    back.start("sync", {"dw_migration/target": "warehouse", "dagster/partition": "a"})
    busy = back.tick("source_recovered")
    assert back.asked_for(busy) == [("b",)]
    assert all(back.run(request).success for request in busy.run_requests)
    (run,) = back.instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    back.instance.report_run_failed(run)
    after = back.tick("source_recovered", busy.cursor)
    assert back.asked_for(after) == [("a",)]
    assert back.tick("source_recovered", after.cursor).skip_message == "no source came back lately"


def test_the_policy_says_what_is_done_about_a_source_that_came_back(back: Project) -> None:
    back.change(policy={"on_drift": "plan"})
    assert [each.job_name for each in back.tick("source_recovered").run_requests] == ["plan"]
    back.change(policy={"on_drift": "report"})
    tick = back.tick("source_recovered")
    assert (tick.run_requests, tick.skip_message) == ([], "2 came back: 2 left alone: a, b")


# --- several at once --------------------------------------------------------------------------------------------------


def test_sensors_schedule_and_a_person_at_once_make_one_revision(
    project: MakesProject, kept: dg.DagsterInstance
) -> None:
    """Three processes, as they are in a deployment: two of them are runs, one is a command line."""
    shop = Project(project({"shop": SHOP}), kept)
    shop.add()
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(shop.tick, ["source_drift", "source_drift"])
    of_sensor, *same = (*first.run_requests, *second.run_requests)  # none, of one that found the other at work
    (of_schedule, _) = shop.sweep().run_requests
    assert {each.run_key for each in same} <= {of_sensor.run_key}
    with ProcessPoolExecutor(2, get_context("spawn")) as processes, started(shop.config, "sync") as by_hand:
        runs = [processes.submit(ran, shop.config, shop.home, dict(each.tags)) for each in (of_sensor, of_schedule)]
        assert [each.result() for each in runs] == [True, True]
        assert ended(by_hand).code in (0, 1), "a command line does not wait for a run"
    assert shop.revisions() == {"shop": 1}
    events = "SELECT what, count(*) FROM dw_migration.event WHERE what IN ('planned', 'applied') GROUP BY 1"
    assert dict(shop.in_target(events)) == {"planned": 1, "applied": 1}


def test_four_targets_from_one_process_do_not_meet(
    tmp_path: Path, database: MakesDatabase, instance: dg.DagsterInstance
) -> None:
    """A code server ticks for all of its warehouses at once, and a process may bring several of them over at once."""
    projects = []
    for number in range(4):
        source, config = database(), tmp_path / f"{number}.yaml"
        alter(source, f"CREATE TABLE public.only_{number} (id int PRIMARY KEY)")
        content = {"target": {"url": database()}, "sources": {f"s{number}": {"url": source}}, "workspace": f"w{number}"}
        config.write_text(json.dumps(content))
        projects.append(Project(config, instance, name="warehouse" if number == 0 else f"lake{number}"))
        projects[-1].add()
    with ThreadPoolExecutor(4) as pool:
        asked_for = list(pool.map(_ticked_and_brought, projects))
    assert asked_for == [[("s0",)], [("s1",)], [("s2",)], [("s3",)]]
    for number, each in enumerate(projects):
        assert each.revisions() == {f"s{number}": 1}
        tables = each.in_target("SELECT relname FROM pg_class WHERE relname LIKE 'only\\_%' AND relkind = 'r'")
        assert tables == [(f"only_{number}",)]


def _ticked_and_brought(project: Project) -> list[tuple[str, ...]]:
    tick = project.tick(Names(project.name).of("source_drift"))
    config = load_config(project.config)
    for source in config.sources.values():
        migrate.plan(config, source)
        assert migrate.apply(config, source).status == "in_sync"
    return project.asked_for(tick)


# --- approved ---------------------------------------------------------------------------------------------------------


def _consents(project: Project, source: str) -> None:
    """Somebody approves what waits, by the job."""
    waits = migrate.status(load_config(project.config), project.source(source))
    entry = migrate.plan(load_config(project.config), project.source(source))
    config = {"sha256": entry.sha256, "by": "ana", "revision": waits.revision}
    done = project.repository.get_job("approve").execute_in_process(
        instance=project.instance,
        partition_key=source,
        run_config={"ops": {"approve": {"config": config}}, "loggers": {"console": {"config": {"log_level": "ERROR"}}}},
    )
    assert done.success


@pytest.mark.parametrize("on_drift", ["sync", "report"])
def test_consent_sets_off_the_apply_once(three: Project, on_drift: str) -> None:
    three.change(policy={"on_drift": on_drift})
    for source in "abc":
        migrate.sync(load_config(three.config), three.source(source))
    assert three.tick("approved").skip_message == "nobody has consented lately"
    for source in "ac":
        alter(url_of(three.config, source), DROP)
        migrate.plan(load_config(three.config), three.source(source))
        _consents(three, source)
    three.change(policy={"on_drift": on_drift, "window": _later()})
    waiting = three.tick("approved")
    assert (waiting.run_requests, waiting.cursor) == ([], None)
    assert waiting.skip_message == "2 consents wait for policy.window"
    three.change(policy={"on_drift": on_drift})
    tick = three.tick("approved")
    assert [each.job_name for each in tick.run_requests] == ["apply", "apply"]
    assert {each.tags["dw_migration/trigger"] for each in tick.run_requests} == {"approved"}
    for request in tick.run_requests:
        assert three.run(request).success
    for source in "abc":
        assert migrate.status(load_config(three.config), three.source(source)).status == "in_sync"
    assert three.tick("approved", tick.cursor).skip_message == "nobody has consented lately"
    again = three.tick("approved")
    assert (again.run_requests, again.skip_message) == ([], "2 consents")


def test_consent_goes_as_far_as_the_revision_that_it_is_for(shop: Project) -> None:
    config, source = load_config(shop.config), shop.source("shop")
    migrate.sync(config, source)
    alter(url_of(shop.config, "shop"), DROP)
    migrate.plan(config, source)
    _consents(shop, "shop")
    approved = migrate.status(config, source).revision
    (request,) = shop.tick("approved").run_requests
    assert request.run_config == {"ops": {"migrate": {"config": {"to": approved}}}}


def _later() -> str:
    """A window that is closed now."""
    now = datetime.now(UTC)
    return f"{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M}"
