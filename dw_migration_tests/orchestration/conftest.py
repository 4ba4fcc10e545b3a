"""A project of real databases, and an instance of Dagster that lives as long as the test."""

import shutil
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import dagster as dg
import psycopg
import pytest
import yaml

from dw_migration.orchestration.component import SourceDatabases
from dw_migration.orchestration.metadata import plain
from dw_migration.orchestration.partitions import add_missing, range_tags
from dw_migration.orchestration.requests import MADE
from dw_migration.orchestration.resources import Settings
from dw_migration.orchestration.rows.resource import Rows
from dw_migration.orchestration.runs import QUIET
from dw_migration_tests.conftest import MakesDatabase

OF_ONE = ("rollback", "approve", "purge")
OPS = {**{each: each for each in OF_ONE}, "copy_data": "copy_rows"}
"""By job; all others have the one op."""


class MakesProject(Protocol):
    """What the fixture `project` gives: the path of a config whose sources hold what these scripts made."""

    def __call__(self, scripts: Mapping[str, str]) -> Path:
        """A database a source, filled by its script; and an empty target."""


@pytest.fixture
def project(tmp_path: Path, database: MakesDatabase) -> MakesProject:
    """Makes databases, and the config that names them."""

    def make(scripts: Mapping[str, str]) -> Path:
        urls = {name: database() for name in scripts}
        for name, script in scripts.items():
            alter(urls[name], script)
        config = {"target": {"url": database()}, "sources": {name: {"url": url} for name, url in urls.items()}}
        path = tmp_path / "dw_migration.yaml"
        path.write_text(yaml.safe_dump(config | {"workspace": "workspace"}, sort_keys=False))
        return path

    return make


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """Keeps runs and partitions in memory."""
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the storage of an instance on which nothing happened yet: to make one takes seconds."""
    home = tmp_path_factory.mktemp("home")
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.from_config(str(home)) as made:
        made.get_dynamic_partitions("of all storages the last that is made")
        made.get_runs(limit=1)
    return home


@pytest.fixture
def kept(empty_home: Path, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Keeps runs and partitions in files, so that several threads, sensors and runs share them."""
    home = shutil.copytree(empty_home, tmp_path / "dagster_home")
    with dg.DagsterInstance.from_config(str(home)) as in_files:
        yield in_files


def alter(url: str, script: str) -> None:
    """What an application does to its database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script.encode())


def url_of(config: Path, source: str) -> str:
    """Where a source of the project is."""
    return str(yaml.safe_load(config.read_text())["sources"][source]["url"])


def with_source(config: Path, name: str, **keys: object) -> None:
    """Add a source to the project's config."""
    content = yaml.safe_load(config.read_text())
    content["sources"][name] = keys
    config.write_text(yaml.safe_dump(content, sort_keys=False))


def target_of(config: Path) -> str:
    """Where the project's target is."""
    return str(yaml.safe_load(config.read_text())["target"]["url"])


@dataclass(frozen=True)
class Ran:
    """What a run left in the instance."""

    result: dg.ExecuteInProcessResult

    @property
    def success(self) -> bool:
        """Whether the run succeeded."""
        return bool(self.result.success)

    @property
    def made(self) -> dict[tuple[str, str], dg.AssetMaterialization]:
        """Materializations by source and asset."""
        events = self.result.get_asset_materialization_events()
        found = [event.step_materialization_data.materialization for event in events]
        return {(str(each.partition), each.asset_key.to_user_string()): each for each in found}

    @property
    def assets(self) -> dict[str, set[str]]:
        """What was materialized, by source."""
        found: dict[str, set[str]] = {}
        for source, asset in self.made:
            found.setdefault(source, set()).add(asset)
        return found

    def told(self, source: str, asset: str) -> dict[str, Any]:
        """The metadata of a materialization, as plain values."""
        return plain(self.made[source, asset].metadata)

    @property
    def observed(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Observations by source and asset, as plain values."""
        events = self.result.filter_events(lambda each: each.event_type is dg.DagsterEventType.ASSET_OBSERVATION)
        found = [event.asset_observation_data.asset_observation for event in events]
        return {(str(each.partition), each.asset_key.to_user_string()): plain(each.metadata) for each in found}

    @property
    def checked(self) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
        """Evaluations by source and check."""
        found = self.result.get_asset_check_evaluations()
        return {(str(each.partition), each.check_name): each for each in found}

    def passed(self, source: str) -> dict[str, bool]:
        """By check, whether it is passed."""
        return {check: each.passed for (partition, check), each in self.checked.items() if partition == source}

    def verdict(self, source: str, check: str) -> dict[str, Any]:
        """The metadata of an evaluation, as plain values."""
        return plain(self.checked[source, check].metadata)

    @property
    def failure(self) -> dict[str, Any]:
        """The errors of the failed sources."""
        for event in self.result.all_events:
            if event.is_step_failure and event.step_failure_data.user_failure_data:
                return plain(event.step_failure_data.user_failure_data.metadata)
        return {}


@dataclass(frozen=True)
class Site:
    """The definitions of a project, run in this process on an instance."""

    config: Path
    instance: dg.DagsterInstance
    rows: Rows = field(default_factory=Rows)

    @cached_property
    def definitions(self) -> dg.Definitions:
        """As a code location has them."""
        component = SourceDatabases()
        built = component.build_defs(dg.ComponentTree.for_test().load_context)
        return dg.Definitions.merge(
            dg.Definitions(
                assets=built.assets,
                asset_checks=built.asset_checks,
                jobs=built.jobs,
                resources=component.resources(Settings(self.config)) | {"rows": self.rows},
            ),
            dg.Definitions(executor=dg.in_process_executor),
        )

    def run(self, job: str, *sources: str, config: Mapping[str, Any] | None = None, **selection: Any) -> Ran:
        """A run of the job for these partitions, from the first to the last."""
        add_missing(self.instance, "warehouse", sources)
        op = {"ops": {OPS.get(job, "migrate"): {"config": config}}} if config else {}
        result = self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            partition_key=sources[0] if job in OF_ONE else None,
            tags=None if job in OF_ONE else range_tags(sources[0], sources[-1]),
            run_config={**QUIET, **op},
            raise_on_error=False,
            **selection,
        )
        return Ran(result)

    def make(self, *assets: str, of: str) -> Ran:
        """A run for these assets of one source, as a person starts it from their page."""
        add_missing(self.instance, "warehouse", [of])
        result = self.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=self.instance,
            partition_key=of,
            asset_selection=[dg.AssetKey(each) for each in assets],
            run_config=QUIET,
            raise_on_error=False,
        )
        return Ran(result)

    def run_checks(self, *sources: str, of: Collection[str] = MADE, only: str = "") -> Ran:
        """A run of the checks of these assets, or of only one of them, and of nothing else."""
        add_missing(self.instance, "warehouse", sources)
        checks = dg.AssetSelection.checks_for_assets(*of)
        if only:
            checks = dg.AssetSelection.checks(*(dg.AssetCheckKey(dg.AssetKey(asset), only) for asset in of))
        job = dg.define_asset_job("checks", selection=checks, executor_def=dg.in_process_executor)
        result = (
            dg.Definitions.merge(self.definitions, dg.Definitions(jobs=[job]))
            .resolve_job_def("checks")
            .execute_in_process(
                instance=self.instance,
                tags=range_tags(sources[0], sources[-1]),
                run_config=QUIET,
                raise_on_error=False,
            )
        )
        return Ran(result)


@pytest.fixture
def site(project: MakesProject, instance: dg.DagsterInstance) -> "MakesSite":
    """Makes a project, and its definitions on the test's instance."""

    def make(scripts: Mapping[str, str]) -> Site:
        return Site(project(scripts), instance)

    return make


class MakesSite(Protocol):
    """What the fixture `site` gives."""

    def __call__(self, scripts: Mapping[str, str]) -> Site:
        """The definitions of a project with these sources."""
