"""What a run does with the rows of its sources, and how it ends."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, Self, TypeVar

import dagster as dg

from dw_migration.config import Config, Source
from dw_migration.errors import DwMigrationError
from dw_migration.migrate import Outcome, Stop
from dw_migration.orchestration.assets import finished, sources_of
from dw_migration.orchestration.metadata import Metadata
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.provenance import Last, Provenance, last_materialization
from dw_migration.orchestration.resources import Sources, persistent
from dw_migration.orchestration.rows.resource import Rows

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What became of one source."""

    source: str
    found: T | None = None
    """None: it ended in an error."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """A run over sources; an error of one is told when its turn is over, and never stops the others."""

    context: dg.AssetExecutionContext
    names: Names
    asked: Sequence[str]
    """The sources."""
    made_from: Provenance
    config: Config
    sources: Sources
    rows: Rows
    stop: Stop = field(default_factory=Stop)

    @classmethod
    def of(cls, context: dg.AssetExecutionContext, names: Names) -> Self:
        """What this run has to work with. Raises: Failure, if it was started for no source; BadConfig."""
        asked = sources_of(context)
        made_from = Provenance.of(context, names, context.selected_asset_keys)
        sources: Sources = getattr(context.resources, names.of("sources"))
        rows: Rows = getattr(context.resources, names.of("rows"))
        return cls(context, names, asked, made_from, sources.load(), sources, rows)

    def finished(self, act: Callable[[Source], T], at_once: int) -> Iterator[Done[T]]:
        """What the act gave for each source, as they come; where time may mend an error, it is tried again."""
        done = partial(self._done, act)
        return finished(self.context, self.names, done, self.asked, at_once=at_once, stop=self.stop)

    def tags(self, asset: dg.AssetKey, source: str, version: str = "") -> dict[str, str]:
        """Of a materialization: its data version if it has one, and those of what it was made from."""
        return self.made_from.tags(asset, source, version, self.last(source), is_behind=False)

    def last(self, source: str) -> Last:
        """What was told last of the source's assets."""
        return partial(last_materialization, self.context.instance, source)

    def _done(self, act: Callable[[Source], T], name: str) -> Done[T]:
        found: list[T] = []

        def acting(source: Source) -> Outcome:
            found[:] = [act(source)]
            return Outcome(source.name, "done")

        try:
            source = self.sources.named(self.config, name)
        except DwMigrationError as error:
            return Done(name, error=str(error))
        outcome = persistent(acting, self.config, source, self.stop)
        return Done(name, found[0]) if found else Done(name, error=outcome.error or outcome.status)


def failure(failures: Collection[Done[T]], among: int, told: Metadata) -> dg.Failure:
    """A run is not tried again: that would repeat its whole range."""
    named = ", ".join(sorted(each.source for each in failures))
    return dg.Failure(f"{len(failures)} of {among} sources failed: {named}", metadata=told, allow_retries=False)
