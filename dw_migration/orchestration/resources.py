"""The resources `sources` and `target`: they hold where the config stands, and read it when a run asks."""

from collections.abc import Set
from contextvars import ContextVar
from pathlib import Path

import dagster as dg

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.errors import DwMigrationError
from dw_migration.migrate import Outcome, Progress


def _unwatched(source: str, chapter: str) -> None:
    """Progress that nobody watches."""


WATCHER: ContextVar[Progress] = ContextVar("watcher", default=_unwatched)
"""Who is told of the progress of runs in this thread; it cannot be a resource's field, which must be plain."""


class Sources(dg.ConfigurableResource["Sources"]):
    """The databases that are read, as the config names them."""

    config: str = ""
    """Path of the config file; empty: where the command line looks for it."""
    at_once: int = 4
    """How many are worked on at the same time."""

    def load(self) -> Config:
        """The settings, read now: neither they nor their secrets are part of definitions or run config."""
        return load_config(Path(self.config) if self.config else None)

    def named(self, config: Config, name: str) -> Source:
        """The source that a partition stands for. Raises: BadConfig, if the config no longer names it."""
        (source,) = migrate.sources_named(config, [name])
        return source


class Target(dg.ConfigurableResource["Target"]):
    """The one database that is written."""

    by: str = "dagster"
    """Who did it, for the ledger."""

    def brought(self, config: Config, source: Source, wanted: Set[str], *, run_id: str, progress: Progress) -> Outcome:
        """What became of a source when these assets of it were wanted; an error is an outcome too."""

        def act(each: Source) -> Outcome:
            if {"target_ddl", "target_schema"} <= wanted:
                return migrate.sync(config, each, by=self.by, run_id=run_id, progress=progress)
            if wanted == {"source_models"}:
                return migrate.models(config, each, progress=progress)
            if "source_models" in wanted:
                migrate.models(config, each, progress=progress)
            if "target_ddl" in wanted:
                return migrate.plan(config, each, by=self.by, progress=progress)
            return migrate.apply(config, each, by=self.by, run_id=run_id, progress=progress)

        (outcome,) = migrate.together(act, (source,), workers=1)
        return outcome


def failed(name: str, error: DwMigrationError) -> Outcome:
    """The outcome of a source that could not even be begun."""
    return Outcome(name, "failed", error=str(error), exit_code=error.exit_code)
