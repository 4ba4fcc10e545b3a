"""The instance of Dagster, and its settings."""

import logging
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict

from dw_migration.errors import BadConfig, NoConnection
from dw_migration.live.embedded import SUPERUSER, Server
from dw_migration.orchestration.home import instance_at
from dw_migration_tests.conftest import MakesDatabase

ROOT = Path(__file__).parents[2]
SECRET = "hunter2-%@:/?#"


def _settings(text: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(text)
    return content


@pytest.fixture
def home(server: Server, database: MakesDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the project's own dagster.yaml, and the storage that its variables name."""
    name = str(conninfo_to_dict(database())["dbname"])
    # the server listens on a socket alone, which only libpq's own variables can name
    storage = {"HOST": "", "PORT": str(server.port), "USER": SUPERUSER, "PASSWORD": "", "DATABASE": name}
    for variable, value in storage.items():
        monkeypatch.setenv(f"DAGSTER_PG_{variable}", value)
    monkeypatch.setenv("PGHOST", server.host)
    monkeypatch.setenv("PGPASSFILE", str(server.passfile))
    (tmp_path / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text())
    return tmp_path


def test_project_and_demo_differ_only_in_where_things_are_stored() -> None:
    project = _settings((ROOT / "dagster.yaml").read_text())
    demo = _settings(files("dw_migration.demo").joinpath("dagster.yaml").read_text())
    assert project.pop("storage").keys() == demo.pop("storage").keys() == {"postgres"}
    del demo["compute_logs"]
    assert project == demo


def test_dagster_takes_the_projects_settings(home: Path) -> None:
    with instance_at(home) as instance:
        concurrency = instance.get_concurrency_config()
        assert concurrency.pool_config.default_pool_limit == 2
        limits = concurrency.run_queue_config.tag_concurrency_limits if concurrency.run_queue_config else ()
        assert {each["key"]: each["limit"] for each in limits} == {"dw_migration/target": 2, "dw_migration/source": 1}
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_resume_run_attempts == 0
        assert not instance.run_retries_enabled
        assert instance.get_sensor_settings()["use_threads"]


def test_what_is_stored_is_there_the_next_time(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with instance_at() as instance:
        instance.add_dynamic_partitions("warehouse_sources", ["a"])
    with instance_at(home) as instance:
        assert list(instance.get_dynamic_partitions("warehouse_sources")) == ["a"]


def test_without_a_home_it_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with pytest.raises(BadConfig, match=r"\$DAGSTER_HOME is not set: set it"), instance_at():
        pass


def test_a_home_without_settings_is_refused(tmp_path: Path) -> None:
    """Dagster itself would make a storage of its own there, which nobody else reads."""
    with pytest.raises(BadConfig, match=r"there is no dagster\.yaml in"), instance_at(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("storage: {postgres: {postgres_url: {env: NOT_SET}}}", "the environment variable NOT_SET is not set"),
        ("storage: {\n", "line 2 is not YAML"),
        (f"storage: {{postgres: {{postgres_url: {{password: '{SECRET}'}}}}}}", "`dagster instance info` says"),
    ],
)
def test_faulty_settings_are_told_and_never_quoted(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text(text)
    with pytest.raises(BadConfig) as error, instance_at(tmp_path):
        pass
    assert said in str(error.value)
    assert str(tmp_path / "dagster.yaml") in str(error.value)
    assert SECRET not in str(error.value)


def test_a_storage_that_is_down_is_told_at_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)  # dagster-postgres waits twelve seconds in all
    monkeypatch.setenv("DAGSTER_PG_PORT", "1")
    monkeypatch.setenv("DAGSTER_PG_PASSWORD", SECRET)
    said = r"Dagster's storage does not answer.*nothing was changed"
    with pytest.raises(NoConnection, match=said) as error, instance_at(home):
        pass
    assert str(home / "dagster.yaml") in str(error.value)
    assert "\n" not in str(error.value)
    assert SECRET not in str(error.value) + caplog.text
    assert "Retrying" not in caplog.text


def test_a_storage_that_goes_away_is_told_too(home: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)

    def work() -> None:
        with instance_at(home) as instance:
            monkeypatch.setenv("PGHOST", f"{server.host}/gone")
            instance.get_dynamic_partitions("warehouse_sources")

    with pytest.raises(NoConnection, match="storage does not answer"):
        work()


def test_the_log_of_others_is_left_alone(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    with instance_at(home):
        logging.getLogger().warning("something else")
    assert "something else" in caplog.text
