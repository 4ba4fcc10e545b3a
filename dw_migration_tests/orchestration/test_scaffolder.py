"""What `dg scaffold defs` writes; that it works is shown in a whole project."""

import re
import runpy
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from dw_migration import SourceDatabases
from dw_migration.orchestration.scaffolder import Parameters, SourceDatabasesScaffolder


def _scaffold(path: Path, form: Any = "yaml", *, append: bool = False, **parameters: str) -> None:
    request = dg.ScaffoldRequest(
        type_name="dw_migration.SourceDatabases",
        target_path=path,
        scaffold_format=form,
        project_root=path,
        params=Parameters(**parameters),
        append=append,
    )
    SourceDatabasesScaffolder().scaffold(request)


def _attributes(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)["attributes"]
    return found


def test_every_connection_is_that_of_the_environment(tmp_path: Path) -> None:
    _scaffold(tmp_path)
    attributes = _attributes((tmp_path / "defs.yaml").read_text())
    assert attributes["name"] == "warehouse"
    for section, prefix in ((attributes["target"], "TARGET"), (attributes["sources"]["shop"], "SOURCE")):
        assert section == {key: f"${{{prefix}_PG_{key.upper()}}}" for key in section}
        assert section.keys() == {"host", "port", "user", "password", "database"}


def test_what_is_commented_out_are_settings_too(tmp_path: Path) -> None:
    _scaffold(tmp_path)
    written = re.sub(r"(?m)^( *)# (?= *\w+:)", r"\1", (tmp_path / "defs.yaml").read_text())
    component = SourceDatabases.resolve_from_yaml(yaml.safe_dump(_attributes(written)))
    config = component.settings(tmp_path).load()
    assert set(config.sources) == {"shop", "tenants"}
    assert config.schedule == "0 5 * * *"
    assert component.owners == ["team:data"]


@pytest.mark.parametrize("config", ["etc/dw.yaml", 'a: "b" #.yaml'])
def test_the_settings_may_stand_in_a_file(tmp_path: Path, config: str) -> None:
    _scaffold(tmp_path, config=config, name="lake")
    assert _attributes((tmp_path / "defs.yaml").read_text()) == {"name": "lake", "config": config}


def test_another_one_is_added_to_a_file_that_is_there(tmp_path: Path) -> None:
    _scaffold(tmp_path)
    _scaffold(tmp_path / "defs.yaml", append=True, name="lake", config="lake.yaml")
    names = [each["attributes"]["name"] for each in yaml.safe_load_all((tmp_path / "defs.yaml").read_text())]
    assert names == ["warehouse", "lake"]


def test_python_is_written_where_that_is_asked_for(tmp_path: Path) -> None:
    _scaffold(tmp_path, "python", name="lake")
    load = runpy.run_path(str(tmp_path / "component.py"))["load"]
    component = load(dg.ComponentTree.for_test().load_context)
    assert (component.name, component.config) == ("lake", "dw_migration.yaml")
