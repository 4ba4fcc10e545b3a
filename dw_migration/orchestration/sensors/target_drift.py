"""The sensor `target_drift`: looks whether somebody changed the target by hand, and puts it back by policy."""

from collections.abc import Collection, Container, Iterable

import dagster as dg

from dw_migration import migrate
from dw_migration.migrate import Sighting
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.requests import Asked, Wanted, asked, state_of
from dw_migration.orchestration.scene import Scene, scene
from dw_migration.orchestration.sensors.telling import LOOKING, TAKEN_BACK, WAITING, log, send_notices, summary

EVERY = 300
BEHIND = (
    "changed and not put back, since the source changed too, or a revision waits, and policy.on_drift holds it back"
)


def sensor(names: Names) -> dg.SensorDefinition:
    """The sensor, for the sources of this warehouse that have a partition."""

    @dg.sensor(
        name=names.of("target_drift"),
        job_name=names.of("sync"),
        required_resource_keys={names.of("sources")},
        minimum_interval_seconds=EVERY,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Looks whether somebody changed what is ours in the target by hand. Where that is so, or is so no "
        "more, a run evaluates the check `no_target_drift`; with `policy.target_drift: restore` a run of `sync` puts "
        "back what was changed, where that applies nothing which `policy.on_drift`, or a person, holds back.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        here = scene(context, names)
        turn = here.named(here.found.present)
        sightings = migrate.watch_target(here.config, turn, seconds=max(1.0, here.left(LOOKING)))
        restores = here.config.policy.target_drift == "restore"
        left = _left(here, sightings) if restores else {}
        ask = _restored(here, sightings, left) if restores else _checked(here, sightings)
        said = summary(sightings, ask, here.found, {**_waiting(sightings, ask.tried), **left})
        log(context, said, sightings)
        send_notices(context, here, [each for each in sightings if not restores or each.source in left])
        return dg.SensorResult(run_requests=ask.requests, skip_reason=None if ask.requests else said)

    return look


def _left(here: Scene, sightings: Iterable[Sighting]) -> dict[str, str]:
    """Those that are not put back, and why: the job `sync` would do more than that."""
    held_back = here.config.policy.on_drift != "sync"
    drifted = [each for each in sightings if each.verdict == "drifted"]
    taken_back = {each.source: TAKEN_BACK for each in drifted if each.taken_back}
    return {**{each.source: BEHIND for each in drifted if held_back and each.behind}, **taken_back}


def _restored(here: Scene, sightings: Iterable[Sighting], left: Container[str]) -> Asked:
    drifted = [each for each in sightings if each.verdict == "drifted" and each.source not in left]
    wanted = [Wanted(each.source, state_of(each, since=each.since), _tags(each)) for each in drifted]
    return asked(here, wanted, job="sync", trigger="target_drift")


def _waiting(sightings: Iterable[Sighting], tried: Collection[str]) -> dict[str, str]:
    """What became of those that had their run: a person has to consent to what puts them back."""
    return {each.source: WAITING[each.status] for each in sightings if each.source in tried and each.status in WAITING}


def _checked(here: Scene, sightings: Iterable[Sighting]) -> Asked:
    """The check evaluated again where its last evaluation says otherwise.

    A run does it: of what sensors tell themselves, Dagster 1.13 takes one evaluation of a partition, and never another.
    """
    check = dg.AssetCheckKey(here.names.key("target_schema"), "no_target_drift")
    evaluations = here.instance.event_log_storage.get_asset_check_partition_info([check])
    failed = {each.partition_key for each in evaluations if each.latest_execution_status.value == "FAILED"}
    wanted = [
        Wanted(each.source, f"checked:{state_of(each, since=each.since)}", _tags(each))
        for each in sightings
        if _is_otherwise(each, told_as_drifted=each.source in failed)
    ]
    return asked(here, wanted, job="sync", trigger="target_drift", checks=[check])


def _is_otherwise(sighting: Sighting, *, told_as_drifted: bool) -> bool:
    if sighting.verdict == "drifted":
        return sighting.news or not told_as_drifted
    return sighting.verdict == "in_sync" and told_as_drifted


def _tags(sighting: Sighting) -> dict[str, str]:
    return {"dw_migration/source": sighting.source, "dw_migration/fingerprint": sighting.fingerprint}
