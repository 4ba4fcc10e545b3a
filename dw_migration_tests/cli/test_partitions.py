"""`partitions`, on an instance of Dagster that keeps its storage in a folder."""

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from dw_migration_tests.cli.conftest import Run

DOWN = "storage: {postgres: {postgres_url: 'postgresql+psycopg2://dagster:hunter2@/d?host=/nowhere'}}\n"


@pytest.fixture
def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """$DAGSTER_HOME; without settings Dagster keeps everything in that folder."""
    made = folder / "home"
    made.mkdir()
    (made / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    monkeypatch.setenv("DAGSTER_HOME", str(made))
    return made


def _without(folder: Path, name: str) -> None:
    content = _config(folder)
    del content["sources"][name]
    (folder / "dw_migration.yaml").write_text(yaml.safe_dump(content))


def _config(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((folder / "dw_migration.yaml").read_text())
    return content


def _statuses(document: Any) -> dict[str, str]:
    return {each["source"]: each["status"] for each in document["sources"]}


@pytest.mark.usefixtures("home")
def test_every_source_gets_its_partition_once_and_keeps_it(run: Run, folder: Path) -> None:
    first = run("partitions", "--format", "json")
    assert first.code == 0
    assert first.document["partitions"] == "warehouse_sources"
    assert _statuses(first.document) == {"shop": "added", "crm": "added"}
    _without(folder, "crm")
    second = run("partitions", "--format", "json")
    assert second.code == 0
    assert _statuses(second.document) == {"shop": "known", "crm": "retired"}


@pytest.mark.usefixtures("home")
def test_a_person_reads_what_was_done(run: Run, folder: Path) -> None:
    assert "2 added, 0 known, 0 retired, 0 unreachable" in run("partitions").out
    _without(folder, "crm")
    told = run("partitions").out
    assert "crm   retired  not in the config any more; the partition stays" in told
    assert "0 added, 1 known, 1 retired, 0 unreachable" in told


def test_the_home_and_the_warehouse_can_be_named(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME")
    ran = run("partitions", "--home", "home", "--name", "lake", "--format", "json")
    assert ran.document["partitions"] == "lake_sources"
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    assert set(_statuses(run("partitions", "--format", "json").document).values()) == {"added"}


@pytest.mark.usefixtures("home")
def test_a_server_that_cannot_be_asked_is_told_and_does_not_stop_the_others(run: Run, folder: Path) -> None:
    content = _config(folder)
    content["sources"]["tenants"] = {"server": "postgresql://r@/x?host=/nowhere", "databases": "tenant_*"}
    (folder / "dw_migration.yaml").write_text(yaml.safe_dump(content))
    ran = run("partitions", "--format", "json")
    assert ran.code == ran.document["exit_code"] == 1
    assert _statuses(ran.document) == {"shop": "added", "crm": "added", "tenants": "unreachable"}


def test_without_a_home_it_says_what_to_set(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    ran = run("partitions", "--format", "json")
    assert ran.code == 2
    assert "DAGSTER_HOME is not set" in ran.document["error"]["message"]
    assert "--home" in ran.err


def test_a_storage_that_is_down_is_an_error_without_secrets(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)  # dagster-postgres waits twelve seconds in all
    (home / "dagster.yaml").write_text(DOWN)
    ran = run("partitions")
    assert ran.code == 1
    assert "Dagster's storage does not answer" in ran.err
    assert "hunter2" not in ran.out + ran.err
    assert len(ran.err.splitlines()) == 1
