"""The settings of a project, made into definitions."""

from pathlib import Path

import dagster as dg
import pytest

from dw_migration.errors import BadConfig
from dw_migration.orchestration import SourceDatabases
from dw_migration.orchestration.resources import Sources


def _defs(component: SourceDatabases) -> dg.Definitions:
    return component.build_defs(dg.ComponentTree.for_test().load_context)


def test_the_target_names_group_and_partitions() -> None:
    specs = list(_defs(SourceDatabases(target="lake")).resolve_all_asset_specs())
    assert {spec.group_name for spec in specs} == {"lake"}
    assert {getattr(spec.partitions_def, "name", None) for spec in specs} == {"lake_sources"}


def test_the_config_is_found_from_the_projects_folder() -> None:
    context = dg.ComponentTree.for_test().load_context
    resources = SourceDatabases(config="etc/dw.yaml").build_defs(context).resources or {}
    assert resources["sources"] == Sources(config=str(context.project_root / "etc/dw.yaml"))


def test_without_a_config_the_one_of_the_command_line_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DW_MIGRATION_CONFIG", raising=False)
    (tmp_path / "dw_migration.yaml").write_text("target: {url: postgresql://dw@h/w}\nsources: {}\n")
    resources = _defs(SourceDatabases()).resources or {}
    assert resources["sources"].load().path == tmp_path / "dw_migration.yaml"


def test_a_source_that_the_config_does_not_name_is_an_error_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "dw.yaml"
    path.write_text("target: {url: postgresql://dw@h/w}\nsources: {shop: {url: postgresql://r@h/s}}\n")
    sources = Sources(config=str(path))
    with pytest.raises(BadConfig, match="shop"):
        sources.named(sources.load(), "shpo")


def test_no_secret_is_part_of_definitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    path = tmp_path / "dw.yaml"
    path.write_text("target: {url: postgresql://dw@h/w, password: '${SECRET}'}\nsources: {}\n")
    monkeypatch.setenv("DW_MIGRATION_CONFIG", str(path))
    defs = _defs(SourceDatabases())
    assert "hunter2" not in repr(defs)
    assert "hunter2" not in repr([spec.metadata for spec in defs.resolve_all_asset_specs()])
