"""The sensor `approved`: asks for the job `apply` of each source whose revision somebody has consented to."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from dw_migration.orchestration.names import Names
from dw_migration.orchestration.requests import Asked, Job, Wanted, asked
from dw_migration.orchestration.scene import Scene, scene
from dw_migration.orchestration.sensors.telling import listed

EVERY = 30
WITHIN = timedelta(days=1)
"""A sensor that is switched on takes no older consent for news."""
MOST = 100


def sensor(names: Names, jobs: Iterable[Job]) -> dg.SensorDefinition:
    """The sensor, for the sources of this warehouse that have a partition."""

    @dg.sensor(
        name=names.of("approved"),
        jobs=[job for job in jobs if job.name == names.of("apply")],
        required_resource_keys={names.of("sources")},
        minimum_interval_seconds=EVERY,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks for the job `apply` of each source of which a materialization of `approval` tells consent: "
        "one for each, whatever `policy.on_drift` says, since a person began it.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        here = scene(context, names)
        told = _told_since(context, names.key("approval"))
        ask = _asked(here, told)
        said = f"{len(told):,} consents{listed(_groups(ask))}" if told else "nobody has consented lately"
        context.log.info(said)
        return dg.SensorResult(
            run_requests=ask.requests,
            skip_reason=None if ask.requests else said,
            cursor=_cursor(told, ask) or context.cursor,
        )

    return look


def _told_since(context: dg.SensorEvaluationContext, key: dg.AssetKey) -> Sequence[dg.EventLogRecord]:
    """The materializations behind the last one that was seen to, the earliest first."""
    after = int(context.cursor) if context.cursor else None
    since = None if after is not None else (datetime.now(UTC) - WITHIN).timestamp()
    wanted = dg.AssetRecordsFilter(asset_key=key, after_storage_id=after, after_timestamp=since)
    return context.instance.fetch_materializations(wanted, limit=MOST, ascending=True).records


def _asked(here: Scene, told: Iterable[dg.EventLogRecord]) -> Asked:
    present = set(here.found.present)
    wanted = [
        Wanted(each.partition_key, f"approved:{each.storage_id}", {"dw_migration/source": each.partition_key})
        for each in told
        if each.partition_key in present
    ]
    return asked(here, wanted, job="apply", trigger="approved")


def _cursor(told: Sequence[dg.EventLogRecord], ask: Asked) -> str | None:
    """The last one before the earliest whose turn did not come, since a run works on the source; None: as it was."""
    seen_to = None
    for each in told:
        if each.partition_key in ask.underway:
            break
        seen_to = str(each.storage_id)
    return seen_to


def _groups(ask: Asked) -> dict[str, tuple[str, ...]]:
    return {"being worked on": ask.underway, "with a run already": ask.tried}
