"""The sensor `approved`: asks for the job `apply` of each source whose revision somebody has consented to."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from dw_migration import migrate
from dw_migration.errors import BrokenHistory
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
        "one for each, up to that revision, whatever `policy.on_drift` says, since a person began it; within "
        "`policy.window`.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        here = scene(context, names)
        told = _told_since(context, names.key("approval"))
        window = here.config.policy.window
        if told and window is not None and not window.holds(datetime.now(UTC)):
            return dg.SensorResult(skip_reason=f"{len(told):,} consents wait for policy.window", cursor=context.cursor)
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
        Wanted(
            each.partition_key,
            f"approved:{each.storage_id}",
            {"dw_migration/source": each.partition_key},
            _config(here.names, each),
        )
        for each in told
        if each.partition_key in present and _waits(here, each)
    ]
    return asked(replace(here, per_run=1), wanted, job="apply", trigger="approved")


def _waits(here: Scene, consent: dg.EventLogRecord) -> bool:
    """Whether what was consented to is neither applied yet, nor replaced by another plan."""
    (source,) = here.named([consent.partition_key or ""])
    try:
        known = migrate.history(here.config, source)
    except BrokenHistory:
        return True  # the run says so, and the others go on
    return _revision(consent) in {each.revision for each in known if each.status in {"planned", "rolled back"}}


def _config(names: Names, consent: dg.EventLogRecord) -> dict[str, Any]:
    """Of the run: it goes as far as the revision that was consented to, and no further."""
    return {"ops": {names.of("migrate"): {"config": {"to": _revision(consent)}}}}


def _revision(consent: dg.EventLogRecord) -> str:
    told = consent.asset_materialization
    return str(told.metadata["revision"].value) if told and "revision" in told.metadata else ""


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
