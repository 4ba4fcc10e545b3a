"""What Dagster loads: without a config, without a server."""

from pathlib import Path

import dagster as dg
import pytest

from dw_migration.config import CONFIG_VARIABLE
from dw_migration.definitions import defs


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
    assert {"source_models", "target_ddl", "target_schema"} <= specs.keys()
    assert {spec.group_name for spec in specs.values()} == {"warehouse"}
    assert {getattr(spec.partitions_def, "name", None) for spec in specs.values()} == {"warehouse_sources"}
    assert {"target", "sources"} <= (loaded.resources or {}).keys()


def test_one_leads_to_the_next(loaded: dg.Definitions) -> None:
    specs = {spec.key.to_user_string(): spec for spec in loaded.resolve_all_asset_specs()}
    assert [dep.asset_key.to_user_string() for dep in specs["target_ddl"].deps] == ["source_models"]
    assert [dep.asset_key.to_user_string() for dep in specs["target_schema"].deps] == ["target_ddl"]


def test_all_steps_of_a_run_share_its_process(loaded: dg.Definitions) -> None:
    assert loaded.executor is dg.in_process_executor
