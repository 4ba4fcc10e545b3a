"""The resources `sources` and `target`: they know where the settings stand, and read them when a run asks."""

import os
from collections.abc import Callable, Mapping, Set
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dw_migration import migrate
from dw_migration.config import Config, Source, Written, chosen_file, config_of, load_config
from dw_migration.errors import DwMigrationError, UnknownSource
from dw_migration.migrate import Outcome, Progress, Stop
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.options import Options, scope
from dw_migration.orchestration.partitions import SOURCES_PER_RUN


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the settings stand: in a config file, or among the attributes of the component."""

    file: Path | None = None
    """None: where the command line looks for it."""
    attributes: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The sections of a config file, in its place."""
    folder: Path = field(default_factory=Path.cwd)
    """From which the attributes' relative paths start."""
    written: Written | None = field(default=None, repr=False)
    """Where the attributes stand."""

    def load(self) -> Config:
        """The settings, read now. Raises: BadConfig."""
        return self._read(os.environ)

    def at_load(self) -> Config | None:
        """The settings as far as they are known when definitions load; None where there is no file yet.

        A variable that is not set yet is no fault: runs may have another environment. Raises: BadConfig.
        """
        file = chosen_file(self.file)
        there = self.attributes or (file is not None and file.exists())
        return self._read(_AsFarAsSet(os.environ)) if there else None

    def _read(self, environ: Mapping[str, str]) -> Config:
        if self.attributes:
            return config_of(self.attributes, self.folder, environ=environ, written=self.written)
        return load_config(self.file, environ=environ)


class _AsFarAsSet(dict[str, str]):
    """An environment in which a variable that is not set stands for itself."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return f"${{{name}}}"


def _unwatched(source: str, chapter: str) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The databases that are read. No field of it is shown by Dagster: settings may hold secrets."""

    settings: Settings = field(default_factory=Settings)
    at_once: int = 4
    """How many are worked on at the same time."""
    per_run: int = SOURCES_PER_RUN
    """How many a run takes at most that a sensor or the schedule asks for."""
    progress: Progress = field(default=_unwatched, repr=False)

    def load(self) -> Config:
        """The settings, read now: neither they nor their secrets are part of definitions or run config."""
        return self.settings.load()

    def named(self, config: Config, name: str) -> Source:
        """The source that a partition stands for. Raises: UnknownSource, if the config does not name it any more."""
        try:
            return migrate.source_named(config, name)
        except UnknownSource as error:
            kept = "a partition outlives its source, for its history: choose others, or put the source into the config"
            raise UnknownSource(f"{error}\n{kept}") from None


@dataclass(frozen=True, slots=True)
class Target:
    """The one database that is written."""

    names: Names = field(default_factory=Names)
    """What the definitions of this warehouse are called."""
    by: str = "dagster"
    """Who did it, for the ledger."""

    def brought(
        self,
        config: Config,
        source: Source,
        wanted: Set[str],
        *,
        run_id: str,
        progress: Progress,
        options: Options,
        unasked: bool = False,
        stop: Stop | None = None,
    ) -> dict[str, Outcome]:
        """What became of the wanted assets of a source; an error is an outcome too.

        `options` are for these assets; `unasked` if no person started the run.
        """
        written: list[Outcome] = []

        def act(each: Source) -> Outcome:
            said: dict[str, Any] = {"fills": options.fill, "by": self.by, "progress": progress}
            of_plan: dict[str, Any] = {"message": options.message, "unasked": unasked, **said}
            if {"target_ddl", "target_schema"} <= wanted:
                return migrate.sync(config, each, run_id=run_id, **of_plan)
            if "source_models" in wanted:
                written[:] = [migrate.models(config, each, progress=progress)]
            if "target_ddl" in wanted:
                return migrate.plan(config, each, rehearsal=options.rehearsal, **of_plan)
            if "target_schema" in wanted:
                in_part, rehearsal, backup = options.safe_part, options.rehearsal, scope(options.backup)
                asked: dict[str, Any] = {"to": options.to, "in_part": in_part, "rehearsal": rehearsal, "backup": backup}
                return migrate.apply(config, each, run_id=run_id, **asked, **said)
            return written[0]

        outcome = persistent(act, config, source, stop)
        of_models = written[0] if written and not outcome.error else outcome
        return {asset: of_models if asset == "source_models" else outcome for asset in wanted}


def persistent(act: Callable[[Source], Outcome], config: Config, source: Source, stop: Stop | None) -> Outcome:
    """The outcome, tried again where time may mend it, until a stop is asked for."""
    with stop.heard() if stop else nullcontext():
        return migrate.persistently(
            act, source, lock_budget=config.policy.lock_budget, stop=stop.asked if stop else None
        )


def failed(name: str, error: DwMigrationError) -> Outcome:
    """The outcome of a source that could not even be begun."""
    return Outcome(name, "failed", error=str(error), exit_code=error.exit_code)
