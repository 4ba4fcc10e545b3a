"""What sensors and the schedule have before them: the settings as they are now, sources, partitions, and the time."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import dagster as dg

from dw_migration import migrate
from dw_migration.config import Config, Source
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.partitions import SOURCES_PER_RUN, Compared, compared, known_sources
from dw_migration.orchestration.resources import Sources

ASKING = 1 / 6
"""Of the time of a tick, for all servers of patterns together: one that hangs takes no more from the others."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment of a warehouse."""

    names: Names
    instance: dg.DagsterInstance
    config: Config
    sources: tuple[Source, ...]
    """Of the config; a pattern whose server does not answer stands for itself."""
    known: tuple[str, ...]
    """All partitions, in the order of their adding."""
    per_run: int = SOURCES_PER_RUN
    """How many sources a run takes at most."""
    began: float = field(default_factory=time.monotonic)

    @property
    def found(self) -> Compared:
        """The partitions beside the sources."""
        return compared(self.known, self.sources)

    def named(self, names: Iterable[str]) -> list[Source]:
        """The sources with these names, in their order."""
        by_name = {each.name: each for each in self.sources}
        return [by_name[name] for name in names]

    def left(self, share: float) -> float:
        """Seconds left of this share of the time that Dagster gives a sensor's tick."""
        return self.began + _seconds_of_a_tick() * share - time.monotonic()


def _seconds_of_a_tick() -> float:
    """After which Dagster gives up a sensor's tick."""
    return float(os.environ.get("DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS", "60"))


def scene(context: dg.SensorEvaluationContext | dg.ScheduleEvaluationContext, names: Names) -> Scene:
    """What is there now. Raises: BadConfig."""
    began = time.monotonic()
    resource: Sources = getattr(context.resources, names.of("sources"))
    config = resource.load()
    limit = timedelta(seconds=_seconds_of_a_tick() * ASKING)
    sources = migrate.sources_named(config, keep_unreachable=True, limit=limit)
    known = known_sources(context.instance, names.warehouse)
    return Scene(names, context.instance, config, sources, known, resource.per_run, began)
