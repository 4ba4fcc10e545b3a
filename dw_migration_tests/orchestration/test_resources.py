"""Where the settings stand, and when they are read."""

from pathlib import Path

import pytest

from dw_migration.config import CONFIG_VARIABLE
from dw_migration.errors import BadConfig, UnknownSource
from dw_migration.orchestration.resources import Settings, Sources

WRITTEN = "target: {url: postgresql://dw@h/w, password: '${SECRET}'}\nsources: {shop: {url: postgresql://r@h/s}}\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config file, in a folder where the command line finds no other."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(CONFIG_VARIABLE, raising=False)
    path = tmp_path / "dw.yaml"
    path.write_text(WRITTEN)
    return path


def test_a_file_is_read_when_it_is_asked_for(file: Path) -> None:
    sources = Sources(Settings(file))
    assert list(sources.load().sources) == ["shop"]
    file.write_text(WRITTEN.replace("shop", "library"))
    assert list(sources.load().sources) == ["library"]


def test_without_a_file_it_is_the_one_of_the_command_line(file: Path) -> None:
    default = file.rename(file.parent / "dw_migration.yaml")
    assert Settings().load().path == default


def test_the_variable_names_the_file_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(file))
    assert Settings().load().path == file


def test_a_file_that_is_not_there_yet_is_missed_by_runs_and_not_by_definitions(file: Path) -> None:
    settings = Settings(file.parent / "absent.yaml")
    assert settings.at_load() is None
    assert Settings().at_load() is None
    with pytest.raises(BadConfig, match=r"absent\.yaml: cannot be read"):
        settings.load()


def test_a_faulty_file_is_told_when_definitions_load(file: Path) -> None:
    file.write_text(WRITTEN + "polcy: {}\n")
    with pytest.raises(BadConfig, match=r'dw\.yaml:3: polcy: unknown key; did you mean "policy"\?'):
        Settings(file).at_load()


def test_variables_that_are_not_set_yet_are_no_fault_of_definitions(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET", raising=False)
    file.write_text(WRITTEN + "workspace: ${SECRET}/there\nschedule: '@daily'\n")
    config = Settings(file).at_load()
    assert config is not None
    assert config.schedule == "@daily"
    with pytest.raises(BadConfig, match="the environment variable SECRET is not set"):
        Settings(file).load()


def test_attributes_stand_for_a_file_and_their_paths_start_from_the_project(tmp_path: Path) -> None:
    settings = Settings(attributes={"target": {"url": "postgresql://dw@h/w"}, "workspace": "there"}, folder=tmp_path)
    assert settings.load().workspace == tmp_path / "there"


def test_the_workspace_of_the_environment_is_that_of_attributes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORK_DIR", str(tmp_path / "work"))
    assert Settings(attributes={"target": {"url": "postgresql://dw@h/w"}}).load().workspace == tmp_path / "work"


def test_no_attribute_is_shown() -> None:
    settings = Settings(attributes={"target": {"url": "postgresql://dw@h/w", "password": "hunter2"}})
    assert "hunter2" not in repr(Sources(settings))
    assert "hunter2" not in repr(settings.load())


def test_a_source_that_the_config_does_not_name_is_an_error_of_its_own(file: Path) -> None:
    sources = Sources(Settings(file))
    with pytest.raises(UnknownSource, match=r'no source .shpo. in the config; did you mean "shop"\?\na partition'):
        sources.named(sources.load(), "shpo")
