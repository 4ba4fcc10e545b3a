"""Ticks of sensors and the schedule as Dagster's code server evaluates them, and the runs that they ask for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import yaml

from dw_migration import migrate
from dw_migration.config import Source, load_config
from dw_migration.orchestration import SourceDatabases
from dw_migration.orchestration.partitions import add_missing, names_of_run

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Project:
    """A project's definitions, and the instance that they run on."""

    config: Path
    instance: dg.DagsterInstance
    name: str = "warehouse"
    sources_per_run: int = 50

    @cached_property
    def definitions(self) -> dg.Definitions:
        """The definitions, as a code server loads them; the config is read by each tick."""
        component = SourceDatabases(name=self.name, config=str(self.config), sources_per_run=self.sources_per_run)
        return component.build_defs(dg.ComponentTree.for_test().load_context)

    @cached_property
    def repository(self) -> dg.RepositoryDefinition:
        """Likewise, as Dagster sees them."""
        return self.definitions.get_repository_def()

    @property
    def settings(self) -> dict[str, Any]:
        """The config file's content."""
        content: dict[str, Any] = yaml.safe_load(self.config.read_text())
        return content

    def change(self, **sections: Any) -> None:
        """Put these sections into the config file, in the place of its own."""
        self.config.write_text(yaml.safe_dump(self.settings | sections, sort_keys=False))

    def add(self, *sources: str) -> None:
        """Give sources their partitions: those named, or all of the config."""
        add_missing(self.instance, self.name, sources or self.settings["sources"])

    def tick(self, sensor: str, cursor: str | None = None) -> Any:
        """What the code server answers the daemon."""
        chosen = self.repository.get_sensor_def(sensor)
        context = dg.build_sensor_context(
            instance=self.instance, cursor=cursor, repository_def=self.repository, resources=self._resources(chosen)
        )
        with dg.partition_loading_context(dynamic_partitions_store=self.instance):
            return chosen.evaluate_tick(context)

    def sweep(self, at: datetime = datetime(2026, 5, 1, 5, tzinfo=UTC), schedule: str = "daily_sync") -> Any:
        """Likewise, of a schedule."""
        chosen = self.repository.get_schedule_def(schedule)
        context = dg.build_schedule_context(
            instance=self.instance,
            scheduled_execution_time=at,
            repository_def=self.repository,
            resources=self._resources(chosen),
        )
        return chosen.evaluate_tick(context)

    def _resources(self, chosen: dg.SensorDefinition | dg.ScheduleDefinition) -> dict[str, object]:
        known = self.definitions.resources or {}
        return {name: known[name] for name in chosen.required_resource_keys}

    def run(self, request: dg.RunRequest, job: str = "sync") -> dg.ExecuteInProcessResult:
        """The run that is asked for, as the daemon makes it."""
        chosen = self.repository.get_job(request.job_name or job)
        if request.asset_selection is not None or request.asset_check_keys:
            chosen = chosen.get_subset(
                asset_selection=set(request.asset_selection or ()),
                asset_check_selection=set(request.asset_check_keys) if request.asset_check_keys else None,
            )
        tags = {**request.tags, "dagster/run_key": str(request.run_key)}
        return chosen.execute_in_process(
            instance=self.instance, tags=tags, run_config={**QUIET, **request.run_config}, raise_on_error=False
        )

    def run_by_hand(self, job: str, source: str) -> dg.ExecuteInProcessResult:
        """The run that a person starts for one source."""
        chosen = self.repository.get_job(job)
        return chosen.execute_in_process(
            instance=self.instance, partition_key=source, run_config=QUIET, raise_on_error=False
        )

    def start(self, job: str, tags: Mapping[str, str]) -> None:
        """A run that does not end, as a person or a backfill starts it."""
        chosen = self.repository.get_job(job)
        assets = None if job in ("sync", "plan", "apply", "copy_data") else frozenset({dg.AssetKey("target_schema")})
        self.instance.create_run_for_job(
            job_def=chosen, tags=tags, asset_selection=assets, status=dg.DagsterRunStatus.STARTED
        )

    def source(self, name: str) -> Source:
        """One source of the config."""
        return load_config(self.config).sources[name]

    def bring(self) -> None:
        """All sources brought over, and seen to be; without models.py, which takes a process of its own."""
        self.add()
        config = load_config(self.config)
        for source in config.sources.values():
            migrate.plan(config, source)
            assert migrate.apply(config, source).status == "in_sync"
        self.tick("source_drift")

    def asked_for(self, tick: Any) -> list[tuple[str, ...]]:
        """The sources of each run that a tick asks for."""
        known = self.instance.get_dynamic_partitions(f"{self.name}_sources")
        return [names_of_run(known, request.tags) for request in tick.run_requests]

    @property
    def home(self) -> Path:
        """The folder of the instance."""
        return Path(self.instance.root_directory)

    @property
    def target(self) -> str:
        """The target's url."""
        return str(self.settings["target"]["url"])

    def in_target(self, query: str) -> list[tuple[Any, ...]]:
        """What somebody's statement in the target gives."""
        with psycopg.connect(self.target, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def revisions(self) -> dict[str, int]:
        """How many revisions each source has in the ledger."""
        query = "SELECT source, count(*) FROM dw_migration.revision GROUP BY 1"
        return {str(source): int(count) for source, count in self.in_target(query)}


def told(events: Iterable[dg.AssetMaterialization]) -> dict[str, dict[str, Any]]:
    """By partition the metadata of the events, as plain values."""
    return {str(each.partition): {name: value.value for name, value in each.metadata.items()} for each in events}


def ran(config: Path, home: Path, tags: dict[str, str]) -> bool:
    """Whether a run with these tags succeeded, in this process: Dagster starts no two of them at once in one."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        job = Project(config, instance).repository.get_job("sync")
        return bool(job.execute_in_process(instance=instance, tags=tags, run_config=QUIET).success)
