"""A project of real databases, and an instance of Dagster that lives as long as the test."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import dagster as dg
import psycopg
import pytest
import yaml

from dw_migration_tests.conftest import MakesDatabase


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
