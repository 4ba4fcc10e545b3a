"""The sensor `new_sql_files`: gives every module its partition, and has its pending files run."""

import hashlib
from collections.abc import Iterator, Sequence

import dagster as dg

from dw_migration.live.sqlfiles.history import State
from dw_migration.live.sqlfiles.running import Standing
from dw_migration.migrate import sqlfiles
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.requests import TRIGGER
from dw_migration.orchestration.resources import Sources
from dw_migration.orchestration.sqlfiles.assets import RUN_SQL_FILES, modules_of

NAME, EVERY = "new_sql_files", 60


def sensor(names: Names) -> dg.SensorDefinition:
    """The sensor; of a file that failed the same text is not run again, nor where policy.on_drift only reports."""

    @dg.sensor(
        name=names.of(NAME),
        job_name=names.of(RUN_SQL_FILES),
        required_resource_keys={names.of("sources")},
        minimum_interval_seconds=EVERY,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Adds a partition for every module of hand-written SQL files, and starts a run for each that has "
        "pending ones, if policy.on_drift is sync. A text that failed is not tried again until it is changed.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        sources: Sources = getattr(context.resources, names.of("sources"))
        config = sources.load()
        modules = list(sqlfiles.modules_of(config))
        if not modules:
            return dg.SensorResult(skip_reason="no SQL files")
        partitions = modules_of(names.warehouse)
        known = set(context.instance.get_dynamic_partitions(partitions.name or ""))
        missing = [module for module in modules if module not in known]
        pending = _pending(sqlfiles.status(config))
        starts = config.policy.on_drift == "sync"
        ready = {module: files for module, files in pending.items() if module in known}  # a new one's turn is the next
        requests = list(_requests(ready)) if starts else []
        said = f"{len(modules)} modules; pending: {', '.join(pending) or 'none'}"
        return dg.SensorResult(
            run_requests=requests,
            skip_reason=None if requests else said,
            dynamic_partitions_requests=[partitions.build_add_request(missing)] if missing else [],
        )

    return look


def _pending(standings: Sequence[Standing]) -> dict[str, list[Standing]]:
    """Files that are to run, by module; nothing of a module of which something else must be settled first."""
    found: dict[str, list[Standing]] = {}
    for each in standings:
        if each.state in {State.PENDING, State.FAILED, State.INTERRUPTED}:
            found.setdefault(each.module, []).append(each)
    unsettled = {each.module for each in standings if each.state in {State.CHANGED, State.MISSING}}
    return {module: files for module, files in found.items() if module not in unsettled}


def _requests(pending: dict[str, list[Standing]]) -> Iterator[dg.RunRequest]:
    for module, files in pending.items():
        state = hashlib.sha256("\0".join(each.checksum for each in files).encode()).hexdigest()[:16]
        yield dg.RunRequest(run_key=f"{module}:{state}", partition_key=module, tags={TRIGGER: NAME})
