"""The sensor `source_drift`: looks whether sources changed, tells it, and asks for the runs that the policy wants."""

import json
from collections.abc import Iterable, Sequence

import dagster as dg

from dw_migration import migrate
from dw_migration.migrate import Sighting
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.provenance import DATA_VERSION
from dw_migration.orchestration.requests import Asked, Job, Wanted, asked, state_of
from dw_migration.orchestration.scene import Scene, scene
from dw_migration.orchestration.sensors.telling import (
    LOOKING,
    TAKEN_BACK,
    differences,
    is_changed,
    log,
    metadata_of,
    planned,
    send_notices,
    summary,
)

EVERY = 60
JOBS = {"sync": "sync", "plan": "plan"}
"""By `policy.on_drift`; `report` asks for none."""
MOST_EVENTS = 100
"""A tick: the daemon writes them one by one, each for some 20 ms. The next one tells what is left, and asks for it."""
LATER = "changed, and left to the next tick"


def sensor(names: Names, jobs: Iterable[Job]) -> dg.SensorDefinition:
    """The sensor, for the sources of this warehouse that have a partition."""

    @dg.sensor(
        name=names.of("source_drift"),
        jobs=[job for job in jobs if job.name in map(names.of, JOBS.values())],
        required_resource_keys={names.of("sources")},
        minimum_interval_seconds=EVERY,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Compares every source's fingerprint with the ledger's, and reads only what moved. A source that "
        "changed, or was never brought over, gets a materialization of `source_schema`, and by `policy.on_drift` a run "
        "of `sync` or `plan`; for one and the same state of a source there is one run.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        here = scene(context, names)
        turn = here.named(in_turn(here.found.present, context.cursor))
        sightings = migrate.watch_sources(here.config, turn, seconds=max(1.0, here.left(LOOKING)))
        changed = [each for each in sightings if is_changed(each)]
        untold = _untold(here, changed)
        later = {each.source: LATER for each in untold[MOST_EVENTS:]}  # after a run nobody would tell of them
        waiting = planned(changed)
        ask = _asked(here, [each for each in changed if each.source not in {*waiting, *later}])
        said = summary(sightings, ask, here.found, {**later, **waiting})
        log(context, said, sightings)
        if here.config.policy.on_drift != "sync":  # a run tells what becomes of it
            send_notices(context, here, [each for each in sightings if waiting.get(each.source) != TAKEN_BACK])
        return dg.SensorResult(
            run_requests=ask.requests,
            skip_reason=None if ask.requests else said,
            cursor=resumed_at(sightings),
            asset_events=[_event(here, each) for each in untold[:MOST_EVENTS]],
        )

    return look


def in_turn(names: Sequence[str], cursor: str | None) -> Sequence[str]:
    """The names, from the one on where the last tick's time ran out."""
    start = json.loads(cursor)["next"] if cursor else ""
    at = names.index(start) if start in names else 0
    return (*names[at:], *names[:at])


def resumed_at(sightings: Iterable[Sighting]) -> str:
    """The cursor: the first whose turn did not come. One that is still looked at since another tick had its own."""
    unseen = (each.source for each in sightings if each.verdict == "unseen" and not each.error)
    return json.dumps({"v": 1, "next": next(unseen, "")})


def _asked(here: Scene, changed: Iterable[Sighting]) -> Asked:
    job = JOBS.get(here.config.policy.on_drift)
    return asked(here, map(_wanted, changed), job=job, trigger="source_drift") if job else Asked()


def _wanted(sighting: Sighting) -> Wanted:
    severity = {"dw_migration/severity": str(sighting.outcome.severity)} if sighting.outcome else {}
    tags = {"dw_migration/source": sighting.source, "dw_migration/fingerprint": sighting.fingerprint, **severity}
    return Wanted(sighting.source, state_of(sighting), tags)


def _untold(here: Scene, changed: Sequence[Sighting]) -> list[Sighting]:
    """Those whose present state is not what was told of them last."""
    tags = here.instance.event_log_storage.get_latest_tags_by_partition(
        here.names.key("source_schema"),
        dg.DagsterEventType.ASSET_MATERIALIZATION,
        [DATA_VERSION],
        asset_partitions=[each.source for each in changed],
    )
    return [each for each in changed if tags.get(each.source, {}).get(DATA_VERSION) != each.fingerprint]


def _event(here: Scene, sighting: Sighting) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        here.names.key("source_schema"),
        partition=sighting.source,
        metadata=metadata_of(sighting, differences(sighting.outcome)),
        tags={DATA_VERSION: sighting.fingerprint},
    )
