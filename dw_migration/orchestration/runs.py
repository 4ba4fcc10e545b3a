"""Runs in this very process, for the demo and for scripts: no daemon, no other process."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import dagster as dg

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.migrate import Progress
from dw_migration.orchestration import metadata
from dw_migration.orchestration.component import SourceDatabases
from dw_migration.orchestration.names import DEFAULT
from dw_migration.orchestration.partitions import add_missing, known_sources, range_tags, stretches
from dw_migration.orchestration.resources import Settings, Sources

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
    """By source, or by the pattern whose server cannot be asked; under an empty name what stopped the whole run."""


@contextmanager
def instance_in(home: Path) -> Iterator[dg.DagsterInstance]:
    """The instance whose dagster.yaml stands in this folder."""
    instance = dg.DagsterInstance.from_config(str(home))
    try:
        yield instance
    finally:
        instance.dispose()


def add_partitions(config: Path, *, instance: dg.DagsterInstance, target: str = DEFAULT) -> tuple[str, ...]:
    """The sources that had no partition yet, and have one now; a pattern whose server cannot be asked gets none."""
    sources = migrate.sources_named(load_config(config), keep_unreachable=True)
    return add_missing(instance, target, [each.name for each in sources if not each.is_pattern])


def materialize_all(
    config: Path,
    sources: Sequence[str] = (),
    *,
    instance: dg.DagsterInstance,
    target: str = DEFAULT,
    at_once: int = 4,
    progress: Progress | None = None,
) -> tuple[Run, ...]:
    """One run for each unbroken range of the sources' partitions; for all sources it is a single one.

    Patterns whose server cannot be asked are told by a further run that never was.
    """
    settings = load_config(config)
    found = migrate.sources_named(settings, sources, keep_unreachable=True)
    names = [each.name for each in found if not each.is_pattern]
    add_missing(instance, target, names)
    component = SourceDatabases(name=target, at_once=at_once)
    resources = _resources(component, config, progress)
    ranges = stretches(known_sources(instance, target), names)
    runs = tuple(_run(component, resources, ends, instance) for ends in ranges)
    return runs + _unasked(settings, [each for each in found if each.is_pattern])


def _resources(component: SourceDatabases, config: Path, progress: Progress | None) -> dict[str, object]:
    resources = component.resources(Settings(config))
    if progress is None:
        return resources
    key = component.names().of("sources")
    return resources | {key: replace(cast(Sources, resources[key]), progress=progress)}


def _unasked(settings: Config, patterns: Sequence[Source]) -> tuple[Run, ...]:
    found = [migrate.attempted(lambda each: migrate.status(settings, each), pattern) for pattern in patterns]
    errors = {each.source: metadata.inert(each.error or each.status) for each in found}
    return (Run("", success=False, materialized=(), errors=errors),) if errors else ()


def _run(
    component: SourceDatabases, resources: Mapping[str, object], ends: tuple[str, str], instance: dg.DagsterInstance
) -> Run:
    result = dg.materialize(
        [component.assets()],
        resources=resources,
        instance=instance,
        tags=range_tags(*ends),
        run_config=QUIET,
        raise_on_error=False,
    )
    return Run(result.run_id, result.success, tuple(_materialized(result)), _errors(result))


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
