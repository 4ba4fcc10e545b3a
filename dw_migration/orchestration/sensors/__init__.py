"""The sensors of a warehouse; they run without being switched on."""

from collections.abc import Sequence

import dagster as dg

from dw_migration.orchestration.names import Names
from dw_migration.orchestration.requests import Job
from dw_migration.orchestration.sensors import (
    approved,
    new_sources,
    new_sql_files,
    source_drift,
    source_recovered,
    target_drift,
)


def sensors(names: Names, jobs: Sequence[Job]) -> list[dg.SensorDefinition]:
    """The sensors `source_drift`, `target_drift`, `new_sources`, `source_recovered`, `approved`, `new_sql_files`."""
    return [
        source_drift.sensor(names, jobs),
        target_drift.sensor(names),
        new_sources.sensor(names),
        source_recovered.sensor(names, jobs),
        approved.sensor(names, jobs),
        new_sql_files.sensor(names),
    ]
