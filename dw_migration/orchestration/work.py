"""What a run does with its sources, each in a thread of its own, and how it ends when somebody stops it."""

from collections.abc import Callable, Collection, Generator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass, field
from typing import TypeVar

import dagster as dg

from dw_migration import migrate
from dw_migration.config import Config, Source
from dw_migration.errors import DwMigrationError, NoConnection
from dw_migration.migrate import Outcome, Stop
from dw_migration.orchestration.checks import Look, Verdict, checks_of, is_error, is_held, waits
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.options import Options
from dw_migration.orchestration.requests import MADE, TRIGGER
from dw_migration.orchestration.resources import Sources, Target, failed, persistent

_ASKED_AGAIN = 1.0
"""Seconds after which those that are still at work are asked to stop once more."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run was asked for."""

    assets: Mapping[str, dg.AssetKey]
    """By our names for them, in the order of the flow; none where checks run alone."""
    checks: tuple[dg.AssetCheckKey, ...]
    options: Options
    run_id: str
    unasked: bool
    """Whether a sensor or the schedule started it, and no person."""

    @classmethod
    def of(cls, context: dg.AssetExecutionContext, names: Names) -> "Asked":
        """What this run was asked for. Raises: Failure, if it contradicts itself."""
        selected = context.selected_asset_keys
        assets = {asset: names.key(asset) for asset in MADE if names.key(asset) in selected}
        options = Options(**context.op_execution_context.op_config)
        if found := options.contradiction(assets.keys()):
            raise dg.Failure(found, allow_retries=False)
        checks = tuple(sorted(context.selected_asset_check_keys))
        return cls(assets, checks, options, context.run.run_id, unasked=TRIGGER in context.run.tags)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one source."""

    outcome: Outcome
    brought: Mapping[str, Outcome] = field(default_factory=dict)
    """By asset; nothing where it failed, or where checks ran alone."""
    standing: Outcome | None = None
    """Of one that waits for a person: what stands in the target meanwhile."""
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    unchecked: str = ""
    """Why not everything was checked."""

    @property
    def has_failed(self) -> bool:
        """Whether it is an error. To wait for consent is none, unless nothing stands in the target meanwhile."""
        if is_held(self.outcome):
            return "target_schema" in self.brought and self.standing is None
        return is_error(self.outcome)


@dataclass(frozen=True, slots=True)
class Work:
    """What a run does with each of its sources."""

    config: Config
    sources: Sources
    target: Target
    asked: Asked
    stop: Stop = field(default_factory=Stop)

    @property
    def checks(self) -> Set[str]:
        """The names of the checks that are asked for."""
        return {key.name for key in self.asked.checks}

    def done(self, name: str) -> Done:
        """What became of the source: an error is told, and never raised."""
        try:
            source = self.sources.named(self.config, name)
        except DwMigrationError as error:
            return Done(failed(name, error))
        return self._brought(source) if self.asked.assets else self._checked(source)

    def _brought(self, source: Source) -> Done:
        """The assets, and what can be said of them."""
        brought = self._bring(source)
        *_, outcome = brought.values()
        found: dict[str, Verdict] = {}
        told = migrate.attempted(lambda _: self._judged(source, brought, found), source)
        if is_error(outcome):
            return Done(outcome, verdicts=found)
        standing = self._standing(source) if waits(outcome) else None
        return Done(outcome, brought, standing, found, _unchecked(found, told))

    def _bring(self, source: Source) -> dict[str, Outcome]:
        found = self.target.brought(
            self.config,
            source,
            self.asked.assets.keys(),
            run_id=self.asked.run_id,
            progress=self.sources.progress,
            options=self.asked.options,
            unasked=self.asked.unasked,
            stop=self.stop,
        )
        return {asset: found[asset] for asset in self.asked.assets}

    def _checked(self, source: Source) -> Done:
        """The checks alone: they look, and write nothing."""
        found: dict[str, Verdict] = {}
        outcome = persistent(lambda each: self._judged(each, {}, found), self.config, source, self.stop)
        return Done(outcome, verdicts=found, unchecked=_unchecked(found, outcome))

    def _judged(self, source: Source, brought: Mapping[str, Outcome], found: dict[str, Verdict]) -> Outcome:
        """Fills in the verdicts, each by itself, until nobody answers. Raises: the first error that was in the way."""
        look = Look(self.config, source, brought)
        errors: list[DwMigrationError] = []
        for check in checks_of(look, self.checks):
            try:
                if verdict := check.verdict(look):
                    found[check.name] = verdict
            except NoConnection:
                raise
            except DwMigrationError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return Outcome(source.name, "checked")

    def _standing(self, source: Source) -> Outcome | None:
        found = migrate.attempted(lambda each: migrate.standing(self.config, each), source)
        return found if found.status == "applied" else None


def _unchecked(found: Mapping[str, Verdict], told: Outcome) -> str:
    """Why not every check has a verdict that says something."""
    crashes = (f"{check}: {verdict.crash}" for check, verdict in found.items() if verdict.crash)
    return "; ".join(filter(None, (told.error, *crashes)))


def as_finished(act: Callable[[str], T], names: Collection[str], at_once: int, stop: Stop) -> Generator[T]:
    """Results in the order in which they come; whoever stops listening stops what has begun, and what has not."""
    with ThreadPoolExecutor(at_once, thread_name_prefix="source") as pool:
        started = [pool.submit(act, name) for name in names]
        try:
            for done in as_completed(started):
                yield done.result()
        finally:
            unfinished = {each for each in started if not each.cancel() and not each.done()}
            while unfinished:
                stop.ask()
                unfinished = wait(unfinished, timeout=_ASKED_AGAIN).not_done
