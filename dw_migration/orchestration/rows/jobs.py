"""The job `copy_data`, and the schedule `nightly_copy`, which a person switches on."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from dw_migration.orchestration.names import Names
from dw_migration.orchestration.partitions import names_of_run
from dw_migration.orchestration.requests import TRIGGER, UNFINISHED, Job
from dw_migration.orchestration.rows.copying import COPY_ROWS
from dw_migration.orchestration.rows.metadata import CONFIG
from dw_migration.orchestration.scene import Scene, scene

COPY_DATA, NIGHTLY_COPY = "copy_data", "nightly_copy"
NIGHTLY = "0 1 * * *"
"""Before the daily sweep, whose changes wait while a table is written."""


def copy_data(names: Names) -> Job:
    """The job; it has none of the tags of runs that change schemas, of which an instance lets only a few through."""
    return dg.define_asset_job(
        names.of(COPY_DATA),
        selection=[names.key("target_data")],
        description="Copies the rows of the chosen sources, one after the other, and compares them. "
        "It is a dry run unless its config says `live: true`.",
        executor_def=dg.in_process_executor,
    )


def nightly_copy(names: Names) -> dg.ScheduleDefinition:
    """The schedule; it is off until somebody switches it on."""

    @dg.schedule(
        name=names.of(NIGHTLY_COPY),
        job_name=names.of(COPY_DATA),
        cron_schedule=NIGHTLY,
        execution_timezone="UTC",
        required_resource_keys={names.of("sources")},
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Catches up on the rows of each source that somebody has copied once, with the tables of its last "
        "copy: loads again what changed, removes what is gone. A run a source; times are UTC. Off until it is switched "
        "on.",
    )
    def catch_up(context: dg.ScheduleEvaluationContext) -> dg.SkipReason | list[dg.RunRequest]:
        requests = list(_requests(scene(context, names), context.scheduled_execution_time))
        return requests or dg.SkipReason(
            "no source has rows to catch up on: a person copies them first, by the job copy_data with `live: true`; or "
            "that is still under way"
        )

    return catch_up


def _requests(here: Scene, time: datetime) -> Iterator[dg.RunRequest]:
    copied = here.instance.get_materialized_partitions(here.names.key("target_data")) - _under_way(here, time)
    for source in here.found.present:
        said = _last_config(here, source) if source in copied else None
        if said is not None:
            yield dg.RunRequest(
                run_key=f"{time:%Y-%m-%dT%H:%M}:{source}",
                partition_key=source,
                run_config={"ops": {here.names.of(COPY_ROWS): {"config": said | {"live": True, "catch_up": True}}}},
                tags={TRIGGER: NIGHTLY_COPY, "dw_migration/source": source},
            )


def _last_config(here: Scene, source: str) -> dict[str, Any] | None:
    """What the last copy of the source was told, but for its mode: what stands in the target now is what it brought.

    None: somebody said by hand that there are rows.
    """
    filter_ = dg.AssetRecordsFilter(here.names.key("target_data"), asset_partitions=[source])
    for found in here.instance.fetch_materializations(filter_, limit=1).records:
        made = found.asset_materialization
        said = made.metadata.get(CONFIG) if made else None
        if isinstance(said, dg.JsonMetadataValue) and isinstance(said.data, dict):
            return {name: value for name, value in said.data.items() if name != "mode"}
    return None


def _under_way(here: Scene, time: datetime) -> set[str]:
    """The sources whose rows a run of the job copies, or waits to copy, since the night before.

    One whose process was killed says so for ever; of one that lives somebody holds the lock, and a second one waits.
    """
    filters = dg.RunsFilter(
        job_name=here.names.of(COPY_DATA), statuses=UNFINISHED, created_after=time - timedelta(days=1)
    )
    runs = here.instance.get_runs(filters=filters)
    return {source for run in runs for source in names_of_run(here.known, run.tags)}
