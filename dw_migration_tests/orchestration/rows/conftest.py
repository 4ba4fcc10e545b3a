"""Sources that no test connects to, and runs that find of their rows what the test says."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import dagster as dg
import pytest
import yaml

from dw_migration.config import Config
from dw_migration.errors import DwMigrationError
from dw_migration.migrate import Stop
from dw_migration.migrate.rows.asked import Asked, CopyOptions
from dw_migration.migrate.rows.outcome import CopyOutcome, Underway, Watching
from dw_migration.orchestration.rows.resource import Rows
from dw_migration_tests.orchestration.conftest import Site

Found = CopyOutcome | DwMigrationError
SECRET = "S3cr3t-of-a-row"
"""Stands for a value of a row, wherever an outcome may carry one."""


@dataclass
class Told(Rows):
    """Gives what commands would find: how runs tell it is the matter here."""

    found: Mapping[str, Found]
    """By source."""
    underway: tuple[Underway, ...] = ()
    asked: list[tuple[str, Asked, CopyOptions | None]] = field(default_factory=list)
    """What was asked for: the command and its arguments."""
    meanwhile: Callable[[Stop], None] = lambda _: None
    """What happens while rows are on their way."""

    def copy(
        self,
        config: Config,  # noqa: ARG002 - nobody is asked
        asked: Asked,
        options: CopyOptions,
        *,
        watching: Watching,
        stop: Stop,
    ) -> CopyOutcome:
        """What was said."""
        self.asked.append(("copy", asked, options))
        for each in self.underway:
            watching(each)
        self.meanwhile(stop)
        return self._found(asked)

    def verify(self, config: Config, asked: Asked, *, watching: Watching) -> CopyOutcome:  # noqa: ARG002 - likewise
        """Likewise."""
        self.asked.append(("verify", asked, None))
        return self._found(asked)

    def _found(self, asked: Asked) -> CopyOutcome:
        found = self.found[asked.prefix]
        if isinstance(found, DwMigrationError):
            raise found
        return found


class MakesShop(Protocol):
    """What the fixture `shop` gives."""

    def __call__(self, rows: Told) -> Site:
        """A project of the sources that something was found of."""


@pytest.fixture
def shop(tmp_path: Path, instance: dg.DagsterInstance) -> MakesShop:
    """Makes a project whose databases are nowhere."""

    def make(rows: Told) -> Site:
        sources = {name: {"url": "postgresql://r@nowhere.invalid/s"} for name in rows.found}
        config = tmp_path / "dw_migration.yaml"
        target = {"url": "postgresql://w@nowhere.invalid/dw"}
        config.write_text(yaml.safe_dump({"target": target, "sources": sources, "workspace": "workspace"}))
        return Site(config, instance, rows)

    return make


def threads() -> list[threading.Thread]:
    """Of runs, that are still alive."""
    return [each for each in threading.enumerate() if each.name.startswith("source")]
