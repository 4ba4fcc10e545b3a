"""The component in somebody else's project: found, scaffolded and checked by Dagster's command line, and run."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module, metadata
from pathlib import Path
from typing import Protocol

import dagster as dg
import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from dw_migration.live.embedded import Server
from dw_migration.orchestration.partitions import add_missing
from dw_migration.orchestration.runs import QUIET
from dw_migration_tests.conftest import MakesDatabase, MakesRole
from dw_migration_tests.orchestration.conftest import alter

DEFINITIONS = """\
from pathlib import Path
import dagster as dg

@dg.definitions
def defs() -> dg.Definitions:
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
"""
OURS = """\
import dagster as dg
from dw_migration import SourceDatabases

class Ours(SourceDatabases):
    steward: str

    def get_asset_spec(self, spec: dg.AssetSpec) -> dg.AssetSpec:
        return super().get_asset_spec(spec).replace_attributes(tags={"steward": self.steward})

    def execute(self, context, sources, target):
        context.log.info(f"ask {self.steward}")
        yield from super().execute(context, sources, target)
"""
LAKE = """\
  name: lake
  steward: ada
  target:
    host: ${LAKE_PG_HOST}
    port: ${LAKE_PG_PORT}
    user: ${LAKE_PG_USER}
    password: "{{ env.LAKE_PASSWORD }}"
    database: ${LAKE_PG_DATABASE}
  sources:
    shop:
      host: ${SOURCE_PG_HOST}
      port: ${SOURCE_PG_PORT}
      user: ${SOURCE_PG_USER}
      password: ${SOURCE_PG_PASSWORD}
      database: ${SOURCE_PG_DATABASE}
"""
PASSWORD = "1e5 ${x}{{ y }}@/%"  # all that a template, a url or YAML could take for its own


class Project:
    """A Dagster project in a folder of its own, that is not installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = f"somebody_{secrets.token_hex(4)}"
        self.defs = folder / self.name / "defs"
        self.defs.mkdir(parents=True)
        tables = f'[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "{self.name}"\n'
        (folder / "pyproject.toml").write_text(f'[project]\nname = "{self.name}"\nversion = "1"\n{tables}')
        (folder / self.name / "__init__.py").touch()
        (folder / self.name / "definitions.py").write_text(DEFINITIONS)

    def write(self, component: str, text: str) -> Path:
        """The defs.yaml of a component."""
        path = self.defs / component / "defs.yaml"
        path.parent.mkdir()
        path.write_text(text)
        return path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Dagster's command line, in the project's folder."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "DAGSTER_DISABLE_TELEMETRY": "yes"}
        command = [str(Path(sys.executable).with_name("dg")), *arguments]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def load(self) -> dg.Definitions:
        """The definitions, in this process."""
        found: dg.Definitions = import_module(f"{self.name}.definitions").defs()
        return found


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A new project, which this process can import."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


class AsVariables(Protocol):
    """What the fixture `as_variables` gives."""

    def __call__(self, prefix: str, database: str) -> dict[str, str]:
        """A database as the command line reads it where there is no config file."""


@pytest.fixture
def as_variables(role: MakesRole, connect: Callable[[str], psycopg.Connection], server: Server) -> AsVariables:
    """Tells databases by variables, the password of a role too."""
    user = role("LOGIN SUPERUSER")
    connect(server.url()).execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(user), PASSWORD))

    def told(prefix: str, database: str) -> dict[str, str]:
        name = conninfo_to_dict(database)["dbname"]
        given = {"HOST": server.host, "PORT": server.port, "USER": user, "PASSWORD": PASSWORD, "DATABASE": name}
        return {f"{prefix}_PG_{key}": str(value) for key, value in given.items()}

    return told


def _made(defs: dg.Definitions, instance: dg.DagsterInstance, job: str, warehouse: str) -> set[str]:
    """The assets that a run of the job makes of the source `shop`."""
    add_missing(instance, warehouse, ["shop"])
    result = defs.resolve_job_def(job).execute_in_process(
        instance=instance, partition_key="shop", run_config=QUIET, raise_on_error=False
    )
    events = result.get_asset_materialization_events()
    return {event.step_materialization_data.materialization.asset_key.to_user_string() for event in events}


def test_the_environment_knows_the_component() -> None:
    points = metadata.entry_points(group="dagster_dg_cli.registry_modules")
    assert "dw_migration" in {point.value for point in points}


def test_dg_lists_it(project: Project) -> None:
    listed = project.run("list", "components", "--json")
    assert listed.returncode == 0, listed.stderr
    assert "dw_migration.SourceDatabases" in listed.stdout
    assert "Keeps the schemas of one warehouse in step" in listed.stdout


def test_what_dg_scaffolds_works_as_it_is_and_beside_another_warehouse(
    project: Project,
    as_variables: AsVariables,
    database: MakesDatabase,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scaffolded = project.run("scaffold", "defs", "dw_migration.SourceDatabases", "warehouse")
    assert scaffolded.returncode == 0, scaffolded.stderr
    project.write("lake", f"type: {project.name}.ours.Ours\nattributes:\n{LAKE}")
    (project.folder / project.name / "ours.py").write_text(OURS)
    monkeypatch.setenv("LAKE_PASSWORD", PASSWORD)
    checked = project.run("check", "defs")
    assert checked.returncode == 0, checked.stdout + checked.stderr

    shop = database()
    alter(shop, "CREATE TABLE notes (id integer PRIMARY KEY)")
    variables = as_variables("TARGET", database()) | as_variables("SOURCE", shop) | as_variables("LAKE", database())
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    defs, brought = project.load(), {"source_models", "target_ddl", "target_schema"}
    assert _made(defs, instance, "sync", "warehouse") == brought
    assert _made(defs, instance, "lake_sync", "lake") == {f"lake/{asset}" for asset in brought}
    assert "ask ada" in {event.user_message for run in instance.get_runs() for event in instance.all_logs(run.run_id)}
    written = {str(path.relative_to(project.folder)) for path in project.folder.glob("*/shop/models.py")}
    assert written == {"migration_workspace/shop/models.py", "lake_migration_workspace/shop/models.py"}


def test_dg_tells_a_fault_with_its_line_and_no_secret(project: Project) -> None:
    attributes = "  target:\n    url: postgresql://dw@h/w\n    password: hunter2\n    pooller: none\n"
    path = project.write("warehouse", f"type: dw_migration.SourceDatabases\nattributes:\n{attributes}")
    checked = project.run("check", "defs")
    assert checked.returncode == 1
    told = checked.stdout + checked.stderr
    assert f'{path}:6: target.pooller: unknown key; did you mean "pooler"?' in told
    assert "hunter2" not in told
