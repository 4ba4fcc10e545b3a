"""Runs in this very process, for the demo and for scripts: no daemon, no other process."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg

from dw_migration import migrate
from dw_migration.config import load_config
from dw_migration.migrate import Progress
from dw_migration.orchestration import metadata
from dw_migration.orchestration.component import SourceDatabases
from dw_migration.orchestration.partitions import add_missing, stretches
from dw_migration.orchestration.resources import WATCHER

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""A run's events are kept in the instance; the terminal belongs to whoever started it."""


@dataclass(frozen=True, slots=True)
class Materialized:
    """One asset of one source, as Dagster recorded it."""

    source: str
    asset: str
    told: Mapping[str, object]
    """Its metadata as plain values; a table is a list of mappings."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run did."""

    id: str
    success: bool
    materialized: tuple[Materialized, ...]
    errors: Mapping[str, object] = field(default_factory=dict)
    """By source; what stopped the whole run stands under an empty name."""


@contextmanager
def instance_in(home: Path) -> Iterator[dg.DagsterInstance]:
    """The instance whose dagster.yaml stands in this folder."""
    instance = dg.DagsterInstance.from_config(str(home))
    try:
        yield instance
    finally:
        instance.dispose()


def add_partitions(config: Path, *, instance: dg.DagsterInstance, target: str = "warehouse") -> tuple[str, ...]:
    """The sources of the config that had no partition yet, and have one now."""
    return add_missing(instance, target, [each.name for each in migrate.sources_named(load_config(config))])


def materialize_all(
    config: Path,
    sources: Sequence[str] = (),
    *,
    instance: dg.DagsterInstance,
    target: str = "warehouse",
    at_once: int = 4,
    progress: Progress | None = None,
) -> tuple[Run, ...]:
    """One run for each unbroken range of the sources' partitions; for all sources it is a single one."""
    component = SourceDatabases(target=target, at_once=at_once)
    names = [each.name for each in migrate.sources_named(load_config(config), sources)]
    add_missing(instance, target, names)
    token = WATCHER.set(progress or WATCHER.get())
    try:
        known = instance.get_dynamic_partitions(f"{target}_sources")
        return tuple(_run(component, config, ends, instance) for ends in stretches(known, names))
    finally:
        WATCHER.reset(token)


def _run(component: SourceDatabases, config: Path, ends: tuple[str, str], instance: dg.DagsterInstance) -> Run:
    result = dg.materialize(
        [component.assets()],
        resources=component.resources(str(config)),
        instance=instance,
        tags=_range(*ends),
        run_config=QUIET,
        raise_on_error=False,
    )
    return Run(result.run_id, result.success, tuple(_materialized(result)), _errors(result))


def _range(first: str, last: str) -> dict[str, str]:
    return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}


def _materialized(result: dg.ExecuteInProcessResult) -> Iterator[Materialized]:
    for event in result.get_asset_materialization_events():
        made = event.step_materialization_data.materialization
        yield Materialized(str(made.partition), made.asset_key.to_user_string(), metadata.plain(made.metadata))


def _errors(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    """Of each failed source; an error that is no Failure of ours speaks for the whole run."""
    return {name: text for each in _failures(result.all_events) for name, text in each.items()}


def _failures(events: Iterable[dg.DagsterEvent]) -> Iterator[dict[str, object]]:
    for event in events:
        if event.is_step_failure:
            data = event.step_failure_data
            told = data.user_failure_data.metadata if data.user_failure_data else {}
            error = data.error and (data.error.cause or data.error)
            yield metadata.plain(told) or {"": metadata.inert(error.message.strip() if error else "unknown")}
