"""The schedule `daily_sync`: every source, once a day, whatever the sensors saw."""

from collections.abc import Iterator

import dagster as dg

from dw_migration.config import Config
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.partitions import stretches
from dw_migration.orchestration.requests import run_request, started_by
from dw_migration.orchestration.resources import Settings
from dw_migration.orchestration.scene import Scene, scene

PLANNED = ("source_models", "target_ddl")
"""What is made where the policy lets nothing be applied by itself: a schedule cannot choose among jobs."""


def schedules(names: Names, settings: Settings) -> list[dg.ScheduleDefinition]:
    """The schedule, by the config's cron line; none where that is null. Raises: BadConfig."""
    cron = _cron(settings)
    return [_daily_sync(names, cron)] if cron else []


def _cron(settings: Settings) -> str | None:
    """The config's; the default as long as there is no config."""
    config = settings.at_load()
    return config.schedule if config else str(Config.model_fields["schedule"].default)


def _daily_sync(names: Names, cron: str) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=names.of("daily_sync"),
        job_name=names.of("sync"),
        cron_schedule=cron,
        execution_timezone="UTC",
        required_resource_keys={names.of("sources")},
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Brings every source over, in runs of `sources_per_run` at most, and evaluates the check "
        "`checked_recently`; times are UTC. With `policy.on_drift: plan` it only plans, with `report` it only checks.",
    )
    def sweep(context: dg.ScheduleEvaluationContext) -> dg.SkipReason | list[dg.RunRequest]:
        here = scene(context, names)
        if not here.found.present:
            return dg.SkipReason("no source of the config has a partition yet: the sensor new_sources adds them")
        time = f"{context.scheduled_execution_time:%Y-%m-%dT%H:%M}"
        return [*_sweep(here, time), *_checked_recently(here, time)]

    return sweep


def _sweep(here: Scene, time: str) -> Iterator[dg.RunRequest]:
    """None where sensors tell what changed, and a person starts runs."""
    on_drift, tags = here.config.policy.on_drift, started_by("daily_sync", here.names)
    if on_drift == "report":
        return
    assets = [here.names.key(each) for each in PLANNED] if on_drift == "plan" else None
    for ends in stretches(here.known, here.found.present, here.per_run):
        yield run_request(ends, key=f"{time}:{ends[0]}", tags=tags, assets=assets)


def _checked_recently(here: Scene, time: str) -> Iterator[dg.RunRequest]:
    """A run for all sources, as far as no partition of another lies between: the ledger tells of all at once."""
    check, tags = here.names.key("source_schema"), started_by("daily_sync", here.names)
    for ends in stretches(here.known, here.found.present):
        key = f"{time}:checked:{ends[0]}"
        yield run_request(ends, key=key, tags=tags, checks=[dg.AssetCheckKey(check, "checked_recently")])
