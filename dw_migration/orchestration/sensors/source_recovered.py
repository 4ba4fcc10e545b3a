"""The sensor `source_recovered`: asks for a run of each source that answers again."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import dagster as dg

from dw_migration import migrate
from dw_migration.migrate import Recovery
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.requests import Asked, Job, Wanted, asked
from dw_migration.orchestration.scene import Scene, scene
from dw_migration.orchestration.sensors.source_drift import JOBS
from dw_migration.orchestration.sensors.telling import listed

EVERY = 60
WITHIN = timedelta(days=1)
"""Whatever came back before has had its daily sweep since."""


def sensor(names: Names, jobs: Iterable[Job]) -> dg.SensorDefinition:
    """The sensor, for the sources of this warehouse that have a partition."""

    @dg.sensor(
        name=names.of("source_recovered"),
        jobs=[job for job in jobs if job.name in map(names.of, JOBS.values())],
        required_resource_keys={names.of("sources")},
        minimum_interval_seconds=EVERY,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for a run, by `policy.on_drift`, of each source that did not answer and does so again: one "
        "for each time that it comes back.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        here = scene(context, names)
        back = _since(migrate.recoveries(here.config, within=WITHIN), context.cursor)
        ask = _asked(here, back)
        said = f"{len(back):,} came back{listed(_groups(back, ask))}" if back else "no source came back lately"
        context.log.info(said)
        return dg.SensorResult(
            run_requests=ask.requests,
            skip_reason=None if ask.requests else said,
            cursor=_cursor(back, ask.underway) or context.cursor,
        )

    return look


def _since(recoveries: Iterable[Recovery], cursor: str | None) -> list[Recovery]:
    """Those that came back after the last one that was seen to."""
    after = datetime.fromisoformat(json.loads(cursor)["after"]) if cursor else None
    return [each for each in recoveries if after is None or each.back > after]


def _cursor(back: list[Recovery], underway: Collection[str]) -> str | None:
    """The last one before the earliest whose turn did not come, since a run works on the source; None: as it was.

    What came back after that one is met again, and has had its run by then: its key says so.
    """
    earliest = min((each.back for each in back if each.source in underway), default=None)
    seen_to = [each.back for each in back if earliest is None or each.back < earliest]
    return json.dumps({"v": 1, "after": max(seen_to).isoformat()}) if seen_to else None


def _asked(here: Scene, back: Iterable[Recovery]) -> Asked:
    job = JOBS.get(here.config.policy.on_drift)
    present = set(here.found.present)
    wanted = [_wanted(each) for each in back if each.source in present]
    return asked(here, wanted, job=job, trigger="source_recovered") if job else Asked()


def _wanted(recovery: Recovery) -> Wanted:
    return Wanted(recovery.source, f"back:{recovery.back.isoformat()}", {"dw_migration/source": recovery.source})


def _groups(back: Iterable[Recovery], ask: Asked) -> dict[str, tuple[str, ...]]:
    seen_to = {*ask.underway, *ask.tried}
    left = () if ask.requests else tuple(each.source for each in back if each.source not in seen_to)
    return {"being worked on": ask.underway, "with a run already": ask.tried, "left alone": left}
