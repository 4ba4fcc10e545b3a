"""The sensor `new_sources`: gives every source of the config its partition."""

import dagster as dg

from dw_migration.orchestration.names import Names
from dw_migration.orchestration.partitions import partitions_of
from dw_migration.orchestration.scene import scene
from dw_migration.orchestration.sensors.telling import left_over, listed

EVERY = 120


def sensor(names: Names) -> dg.SensorDefinition:
    """The sensor, for this warehouse's config."""

    @dg.sensor(
        name=names.of("new_sources"),
        required_resource_keys={names.of("sources")},
        minimum_interval_seconds=EVERY,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Adds a partition for every source of the config, and for every database that a `databases:` "
        "pattern finds. It takes none away: a partition without a source is told as retired.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        found = scene(context, names).found
        new = [partitions_of(names.warehouse).build_add_request(list(found.missing))] if found.missing else []
        groups = {"new": found.missing, **left_over(found)}
        said = f"{len(found.missing) + len(found.present):,} sources{listed(groups)}"
        return dg.SensorResult(skip_reason=said, dynamic_partitions_requests=new)

    return look
