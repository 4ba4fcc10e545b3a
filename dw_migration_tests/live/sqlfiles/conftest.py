"""A module's folder, and a database to run it in."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration.live.sqlfiles.library import SqlMigrations
from dw_migration_tests.conftest import MakesDatabase


@dataclass
class Ground:
    """The folder of the module auth, whose schema is auth, and a connection of its host."""

    folder: Path
    url: str
    connection: psycopg.Connection[Any]

    @property
    def migrations(self) -> SqlMigrations:
        """What a library gives its host."""
        return SqlMigrations(self.connection, self.folder, schema="auth")

    def write(self, **files: str) -> None:
        """Files by their names without the suffix; a leading `f` for those that begin with a digit."""
        for name, text in files.items():
            (self.folder / f"{name.removeprefix('f')}.sql").write_text(text)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What anybody can see."""
        with psycopg.connect(self.url, autocommit=True) as onlooker:
            return onlooker.execute(query.encode()).fetchall()

    def states(self) -> list[tuple[str, str]]:
        """Each file of the history with its state."""
        return self.rows("SELECT filename, state FROM auth.schema_migrations ORDER BY number, filename")


@pytest.fixture
def ground(tmp_path: Path, database: MakesDatabase) -> Iterator[Ground]:
    """An empty folder and an empty database."""
    folder = tmp_path / "auth"
    folder.mkdir()
    url = database()
    with psycopg.connect(url) as connection:
        yield Ground(folder, url, connection)
