"""A fleet of sources, kept in step by the running daemon, and seen through the web interface's own queries."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from dw_migration.live.embedded import Server
from dw_migration.orchestration.partitions import FIRST, LAST
from dw_migration_tests.orchestration.fleet import FAULTS, Fleet, fleet_of, on
from dw_migration_tests.orchestration.processes import DAGSTERS_OWN, HURRIED, deployed
from dw_migration_tests.orchestration.ui import ASSETS, Counts, Run, Tick, Ui


@pytest.mark.parametrize(
    ("number", "daemon"),
    [pytest.param(12, HURRIED, id="12"), pytest.param(200, DAGSTERS_OWN, id="200", marks=pytest.mark.soak)],
)
def test_a_fleet_is_kept_in_step_around_five_broken_sources(
    number: int, daemon: str, server: Server, tmp_path: Path
) -> None:
    with (
        fleet_of(number, server, tmp_path) as fleet,
        deployed(
            server, fleet.config, tmp_path / "home", running=["new_sources"], daemon=daemon, patience=60.0 * number
        ) as dagster,
    ):
        ui = dagster.ui
        every_source_becomes_a_partition(fleet, ui)
        one_source_comes_to_wait_for_consent(fleet, ui)
        fleet.break_four()
        backfill = a_backfill_brings_all_but_the_broken(fleet, ui)
        a_person_reads_what_is_wrong_with_each(fleet, ui, backfill)
        a_person_reads_what_waits_for_consent(fleet, ui)
        fleet.mend()
        from_failure_takes_the_broken_alone(fleet, ui, backfill)
        a_second_backfill_makes_no_revision(fleet, ui)
        the_look_at_every_source_comes_to_rest(fleet, ui)
        one_tick_sees_exactly_what_changed(fleet, ui)


@pytest.mark.parametrize(
    ("point", "made"),
    [pytest.param("true", 0, id="before its runs are made"), pytest.param("NEW.status = 'SUCCESS'", 1, id="after")],
)
def test_a_daemon_killed_in_a_tick_starts_no_run_twice(point: str, made: int, server: Server, tmp_path: Path) -> None:
    with (
        fleet_of(2, server, tmp_path) as fleet,
        deployed(server, fleet.config, tmp_path / "home", running=["new_sources"]) as dagster,
    ):
        ui = dagster.ui
        every_source_becomes_a_partition(fleet, ui)
        with ticks_that_wait(dagster.storage, point) as waiting:
            ui.start_sensor("source_drift")
            ui.until(waiting)
            dagster.kill_daemon()
            assert len(runs_of_ticks(ui)) == made
        dagster.start_daemon()
        ui.until(lambda: bool(runs_of_ticks(ui)))
        runs = ui.ended(runs_of_ticks(ui))
        ui.next_tick("source_drift", time.time())
        assert [(each.status, partitions_of(each, fleet)) for each in runs] == [("SUCCESS", set(fleet.sources))]
        assert runs_of_ticks(ui) == [each.id for each in runs]
        assert fleet.revisions() == dict.fromkeys(fleet.sources, 1)
        assert told_of(fleet, ui) == dict.fromkeys(fleet.sources, 1)


@contextmanager
def ticks_that_wait(storage: str, point: str) -> Iterator[Callable[[], bool]]:
    """In the block the daemon stands still where it would write such a state of a tick; it has come there if called."""
    lock = secrets.randbelow(2**31)
    with psycopg.connect(storage, autocommit=True) as holder:
        holder.execute("SELECT pg_advisory_lock(%s)", [lock])
        on(
            storage,
            "CREATE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" PERFORM pg_advisory_xact_lock({lock}); RETURN NEW; END $$;"
            f"CREATE TRIGGER stand_still BEFORE UPDATE ON job_ticks FOR EACH ROW WHEN ({point})"
            " EXECUTE FUNCTION stand_still()",
        )
        those = f"FROM pg_locks WHERE locktype = 'advisory' AND objid = {lock} AND NOT granted"
        yield lambda: bool(on(storage, f"SELECT pid {those}"))
        on(storage, f"SELECT pg_terminate_backend(pid) {those}")
        on(storage, "DROP FUNCTION stand_still CASCADE")


# --- what happens, step by step -----------------------------------------------------------------------------------


def every_source_becomes_a_partition(fleet: Fleet, ui: Ui) -> None:
    tick = ui.next_tick("new_sources", 0)
    ui.stop_sensor("new_sources")
    assert ui.partitions() == list(fleet.sources), tick.said


def one_source_comes_to_wait_for_consent(fleet: Fleet, ui: Ui) -> None:
    done = ui.finished(ui.backfill([fleet.held]))
    assert (done.status, set(done.counts.values())) == ("COMPLETED_SUCCESS", {Counts(1, 1, 0, 0)}), why(ui, done.id)
    fleet.lose_a_column()


def a_backfill_brings_all_but_the_broken(fleet: Fleet, ui: Ui) -> str:
    number, broken = len(fleet.sources), sorted(fleet.broken.values())
    done = ui.finished(ui.backfill(fleet.sources))
    assert done.status == "COMPLETED_FAILED"
    assert done.counts == dict.fromkeys(ASSETS, Counts(number, number - len(broken), len(broken), 0))
    for asset in ASSETS:
        statuses = ui.statuses(asset)
        assert statuses["failed"] == broken
        assert statuses["materialized"] == sorted({*fleet.healthy, fleet.held})
    return done.id


def a_person_reads_what_is_wrong_with_each(fleet: Fleet, ui: Ui, backfill: str) -> None:
    told = why(ui, backfill)
    assert set(told) == set(fleet.broken.values())
    for fault, source in fleet.broken.items():
        assert FAULTS[fault] in str(told[source]), f"{fault}: {told[source]}"


def a_person_reads_what_waits_for_consent(fleet: Fleet, ui: Ui) -> None:
    ddl, schema = (ui.materializations(asset, fleet.held)[0].told for asset in ("target_ddl", "target_schema"))
    assert (ddl["status"], schema["status"]) == ("held", "held")
    assert "waits for consent" in ddl["reason"]
    assert len(ddl["sha256 of the DDL"]) == 64
    assert schema["version"] == "1.0.0", "what stands in the target"
    check = ui.checks("target_ddl", "breaking_changes_approved", fleet.held)[0]
    assert (check.passed, check.severity) == (False, "WARN")
    assert all(each.passed for each in ui.checks("target_ddl", "breaking_changes_approved", fleet.healthy[0]))
    assert fleet.held in fleet.with_column("note")


def from_failure_takes_the_broken_alone(fleet: Fleet, ui: Ui, backfill: str) -> None:
    broken = set(fleet.broken.values())
    done = ui.finished(ui.reexecuted(backfill))
    assert done.status == "COMPLETED_SUCCESS", why(ui, done.id)
    assert done.counts == dict.fromkeys(ASSETS, Counts(len(broken), len(broken), 0, 0))
    taken = [partitions_of(each, fleet) for each in ui.runs({"dagster/backfill": done.id})]
    assert sorted(source for each in taken for source in each) == sorted(broken)
    assert not ui.statuses()["failed"]


def a_second_backfill_makes_no_revision(fleet: Fleet, ui: Ui) -> None:
    before = fleet.revisions()
    assert before == dict.fromkeys(fleet.sources, 1) | {fleet.held: 2}
    done = ui.finished(ui.backfill(fleet.sources))
    assert done.status == "COMPLETED_SUCCESS", why(ui, done.id)
    assert done.counts == dict.fromkeys(ASSETS, Counts(len(before), len(before), 0, 0))
    assert fleet.revisions() == before
    assert ui.materializations("target_schema", fleet.held)[0].told["status"] == "held"


def the_look_at_every_source_comes_to_rest(fleet: Fleet, ui: Ui) -> None:
    before = fleet.revisions()
    ui.start_sensor("source_drift")
    ui.until(lambda: f"1 held for consent: {fleet.held}" in (tick.said if (tick := last_tick(ui)) else ""))
    ui.stop_sensor("source_drift")
    assert fleet.revisions() == before


def one_tick_sees_exactly_what_changed(fleet: Fleet, ui: Ui) -> None:
    changed = {*fleet.healthy[1:3], fleet.healthy[-1]}
    before, runs, told = fleet.revisions(), {each.id for each in ui.runs()}, told_of(fleet, ui)
    fleet.add_column(changed, "coupon")
    began = time.time()
    ui.start_sensor("source_drift")
    started = ui.ended(ui.next_tick("source_drift", began).run_ids)
    assert {source for each in started for source in partitions_of(each, fleet)} == changed
    assert {each.status for each in started} == {"SUCCESS"}
    assert fleet.with_column("coupon") == changed
    assert fleet.revisions() == before | {each: before[each] + 1 for each in changed}
    calm = ui.next_tick("source_drift", time.time())
    assert f"{len(fleet.sources) - 1} in sync" in calm.said
    assert {each.id for each in ui.runs()} - runs == {each.id for each in started}, "nothing else was run"
    assert told_of(fleet, ui) == {each: number + (each in changed) for each, number in told.items()}


# --- what is seen -------------------------------------------------------------------------------------------------


def why(ui: Ui, backfill: str) -> dict[str, object]:
    """What the failed runs of a backfill say of their sources."""
    failed = [each for each in ui.runs({"dagster/backfill": backfill}) if each.status == "FAILURE"]
    return {source: told for run in failed for source, told in ui.failure(run.id).items()}


def last_tick(ui: Ui) -> Tick | None:
    """Of the sensor that looks at every source."""
    return next(iter(ui.ticks("source_drift")), None)


def runs_of_ticks(ui: Ui) -> list[str]:
    """The ids of what sensors started."""
    return [each.id for each in ui.runs() if "dagster/sensor_name" in each.tags]


def told_of(fleet: Fleet, ui: Ui) -> dict[str, int]:
    """How often the sensor told of each source."""
    return {each: len(ui.materializations("source_schema", each)) for each in fleet.sources}


def partitions_of(run: Run, fleet: Fleet) -> set[str]:
    """The sources that a run worked on: partitions come in the order of their adding, which is ours."""
    alone = run.tags.get("dagster/partition")
    first, last = (alone or run.tags[end] for end in (FIRST, LAST))
    return set(fleet.sources[fleet.sources.index(first) : fleet.sources.index(last) + 1])
