"""What Dagster loads: without a config, without a server."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

import dw_migration
from dw_migration.config import CONFIG_VARIABLE
from dw_migration.definitions import defs

ROOT = Path(__file__).parents[1]
ASSETS = {
    "source_schema",
    "source_models",
    "target_ddl",
    "approval",
    "target_schema",
    "target_data",
    "data_analysis",
    "sql_migrations",
}
JOBS = {"sync", "plan", "apply", "rollback", "approve", "purge", "copy_data", "run_sql_files"}
SENSORS = {"source_drift", "target_drift", "new_sources", "source_recovered", "approved", "new_sql_files"}
CHECKS = {
    "models_equal_target",
    "single_head",
    "breaking_changes_approved",
    "target_equals_source",
    "no_target_drift",
    "checked_recently",
    "rows_match",
    "sql_files_unchanged",
}


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dg.Definitions:
    """The definitions, loaded where no config is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "absent.yaml"))
    return defs()


def test_they_load_without_any_config(loaded: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(loaded)


def test_the_names_are_those_that_others_rely_on(loaded: dg.Definitions) -> None:
    specs = {spec.key.to_user_string(): spec for spec in loaded.resolve_all_asset_specs()}
    assert specs.keys() == ASSETS
    assert {spec.group_name for spec in specs.values()} == {"warehouse"}
    partitions = {name: getattr(spec.partitions_def, "name", None) for name, spec in specs.items()}
    assert partitions.pop("sql_migrations") == "warehouse_sql_modules"
    assert set(partitions.values()) == {"warehouse_sources"}
    repository = loaded.get_repository_def()
    assert {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")} == JOBS
    assert {sensor.name for sensor in repository.sensor_defs} == SENSORS
    assert {schedule.name for schedule in repository.schedule_defs} == {"daily_sync", "nightly_copy"}
    assert {key.name for key in repository.asset_graph.asset_check_keys} == CHECKS
    assert {"target", "sources", "rows"} <= (loaded.resources or {}).keys()


def test_one_leads_to_the_next(loaded: dg.Definitions) -> None:
    specs = {spec.key.to_user_string(): spec for spec in loaded.resolve_all_asset_specs()}
    deps = {name: {dep.asset_key.to_user_string() for dep in spec.deps} for name, spec in specs.items()}
    assert deps["source_models"] == {"source_schema"}
    assert deps["target_ddl"] == {"source_models"}
    assert deps["target_schema"] == {"target_ddl", "approval"}
    assert deps["target_data"] == {"target_schema"}
    assert deps["sql_migrations"] == {"target_schema"}
    assert deps["data_analysis"] == {"source_schema", "target_schema"}


def test_all_steps_of_a_run_share_its_process(loaded: dg.Definitions) -> None:
    assert loaded.executor is dg.in_process_executor


LOAD = """
import sys
from dw_migration.definitions import defs
names = sorted(spec.key.to_user_string() for spec in defs().resolve_all_asset_specs())
heavy = [name for name in ("sqlalchemy", "alembic", "sqlacodegen") if name in sys.modules]
print(sys.modules["dw_migration"].__file__, names, heavy)
"""


def test_an_installed_package_loads_its_own_and_nothing_heavy(tmp_path: Path) -> None:
    """Whatever project the environment stands in, and from any folder."""
    (tmp_path / "pyproject.toml").write_text(
        '[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "x"\n'
    )
    packages = tmp_path / ".venv" / "lib"
    shutil.copytree(Path(dw_migration.__file__).parent, packages / "dw_migration")
    ran = subprocess.run(
        [sys.executable, "-c", LOAD], env={**os.environ, "PYTHONPATH": str(packages)}, cwd=tmp_path,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout.strip() == f"{packages / 'dw_migration' / '__init__.py'} {sorted(ASSETS)} []"


LOAD_ALL = """
import sys
from dagster._core.remote_representation.external_data import RepositorySnap
from dw_migration.definitions import defs
RepositorySnap.from_def(defs().get_repository_def())
print([name for name in ("sqlalchemy", "alembic", "sqlacodegen") if name in sys.modules])
"""


def test_a_thousand_sources_load_without_a_connection_and_without_what_only_runs_need(tmp_path: Path) -> None:
    """As the code server loads them."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listening:
        listening.setblocking(False)
        server = f"postgresql://dw@127.0.0.1:{listening.getsockname()[1]}"
        sources = {f"shop_{number}": {"url": f"{server}/shop_{number}"} for number in range(1000)}
        sources |= {"tenants": {"server": server, "databases": "*"}}
        config = tmp_path / "dw_migration.yaml"
        config.write_text(json.dumps({"target": {"url": f"{server}/warehouse"}, "sources": sources}))
        ran = subprocess.run(
            [sys.executable, "-c", LOAD_ALL], env={**os.environ, CONFIG_VARIABLE: str(config)}, cwd=ROOT,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert ran.stdout.strip() == "[]"
