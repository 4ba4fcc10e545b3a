"""What the op `copy_rows` does: a copy of each source's rows, a dry run of it, or a look whether the rows match."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
from pydantic import Field

from dw_migration.config import Source
from dw_migration.migrate.rows.asked import Asked, CopyOptions, Mode
from dw_migration.migrate.rows.outcome import CopyOutcome
from dw_migration.migrate.rows.places import TARGET
from dw_migration.orchestration.checks import Verdict, evaluations, outputs
from dw_migration.orchestration.metadata import inert
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.provenance import DATA_VERSION
from dw_migration.orchestration.rows import metadata
from dw_migration.orchestration.rows.check import ROWS_MATCH, of_copy, of_verify
from dw_migration.orchestration.rows.progress import Progress
from dw_migration.orchestration.rows.resource import place
from dw_migration.orchestration.rows.work import Done, Work, failure

COPY_ROWS = "copy_rows"
"""The op: what a person says in the launchpad stands under its name."""
Event = dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckEvaluation | dg.Output[None]
_DEFAULT = CopyOptions()


class CopyConfig(dg.Config):
    """What a person may say when starting a run."""

    live: bool = Field(
        default=False, description="Whether rows are copied. Default: a dry run, which tells what a copy would do."
    )
    mode: Mode = Field(
        _DEFAULT.mode,
        description="What becomes of rows that a table of the target has already. `empty`: there must be none; "
        "`append`: they stay; `upsert`: those with the same key are replaced; `truncate`: all are removed first.",
    )
    tables: list[str] = Field([], description="Names or globs of the source's tables. Default: all.")
    exclude: list[str] = Field([], description="Names or globs of the source's tables that are left out.")
    workers: int = Field(_DEFAULT.workers, ge=1, description="How many connections copy at the same time.")
    batch_size: int = Field(_DEFAULT.batch_size, ge=1, description="Rows a chunk, which is one transaction.")
    strict: bool = Field(
        default=False,
        description="Whether the first row that the target refuses fails its table. Default: such rows are put aside.",
    )
    catch_up: bool = Field(
        default=False,
        description="Whether chunks that were copied before are compared again, and loaded again where they differ.",
    )

    def asked(self, source: str) -> Asked:
        """The source with its target; what a person decided stands in the results under the source's name."""
        tables, exclude = tuple(self.tables), tuple(self.exclude)
        return Asked(source, from_=place(source), to=TARGET, tables=tables, exclude=exclude)

    def options(self, by: str, run_id: str) -> CopyOptions:
        """As the copy takes them."""
        said = self.model_dump(exclude={"tables", "exclude"})
        return CopyOptions(**said, by=by, run_id=run_id)

    def said(self, **changed: Any) -> dict[str, Any]:
        """What differs from the defaults, as the launchpad takes it."""
        return self.model_dump(exclude_defaults=True) | changed


def copy_sources(context: dg.AssetExecutionContext, names: Names) -> Iterator[Event]:
    """Events of each source as soon as it is done; where the check runs alone, rows are compared and none copied.

    Raises: Failure that names the sources that failed or wait for a person's decisions, when all are done.
    """
    copying = _Copying(context, names)
    done: list[Done[CopyOutcome]] = []
    for each in copying.finished():
        copying.log(each)
        yield from copying.events(each)
        done.append(each)
    yield from outputs(copying.checks)
    context.instance.add_run_tags(context.run.run_id, copying.tags(done))
    failures = [each for each in done if has_failed(each)]
    if failures:
        raise failure(failures, len(done), metadata.of_failures(failures))


def has_failed(done: Done[CopyOutcome]) -> bool:
    """Whether it is an error. To wait for decisions is one: no rows stand in the target meanwhile."""
    return done.found is None or done.found.status in {"failed", "held"}


class _Copying:
    """One run of the op."""

    def __init__(self, context: dg.AssetExecutionContext, names: Names) -> None:
        self._context, self._names = context, names
        self._work = Work.of(context, names)
        self._config = CopyConfig(**context.op_execution_context.op_config)
        self._key = names.key("target_data")
        self.checks = sorted(context.selected_asset_check_keys)

    @property
    def _brings(self) -> bool:
        """Whether the asset is asked for, and not its check alone."""
        return self._key in self._context.selected_asset_keys

    def finished(self) -> Iterator[Done[CopyOutcome]]:
        """One source after the other: a copy has workers of its own."""
        return self._work.finished(self._copied if self._brings else self._verified, at_once=1)

    def _copied(self, source: Source) -> CopyOutcome:
        by = getattr(self._context.resources, self._names.of("target")).by
        options = self._config.options(by, self._context.run.run_id)
        asked, stop = self._config.asked(source.name), self._work.stop
        return self._work.rows.copy(self._work.config, asked, options, watching=self._progress(source), stop=stop)

    def _verified(self, source: Source) -> CopyOutcome:
        asked = self._config.asked(source.name)
        return self._work.rows.verify(self._work.config, asked, watching=self._progress(source))

    def _progress(self, source: Source) -> Progress:
        return Progress(source.name, self._context.log.info)

    # --- what is told -------------------------------------------------------------------------------------------------

    def events(self, done: Done[CopyOutcome]) -> Iterator[Event]:
        """What became of a source; nothing of one that failed."""
        if done.found is None or has_failed(done):
            return
        if self._brings:
            yield self._told(done.source, done.found)
        verdict = self._verdict(done.found)
        found = {ROWS_MATCH: verdict} if verdict else {}
        yield from evaluations(found, self.checks, done.source, self._work.last(done.source))

    def _told(self, source: str, outcome: CopyOutcome) -> dg.AssetMaterialization | dg.AssetObservation:
        if outcome.live:
            told, tags = metadata.of_copy(outcome, self._config.said()), self._tags(source, outcome)
            return dg.AssetMaterialization(self._key, partition=source, metadata=told, tags=tags)
        # a materialization would fill the partition, hide the last copy's numbers, and start what waits for rows;
        # the price is that a backfill of dry runs counts its partitions as failed
        launchpad = {"ops": {self._names.of(COPY_ROWS): {"config": self._config.said(live=True)}}}
        return dg.AssetObservation(self._key, partition=source, metadata=metadata.of_dry_run(outcome, launchpad))

    def _tags(self, source: str, outcome: CopyOutcome) -> dict[str, str]:
        """The data version is the run that last moved a row: so what stands on the rows is stale when they changed."""
        before = None if metadata.has_moved(outcome) else self._work.last(source)(self._key)
        version = (before.event_log_entry.tags or {}).get(DATA_VERSION) if before else None
        return self._work.tags(self._key, source, version or self._context.run.run_id)

    def _verdict(self, outcome: CopyOutcome) -> Verdict | None:
        return of_copy(outcome) if self._brings else of_verify(outcome)

    def log(self, done: Done[CopyOutcome]) -> None:
        """A line for what became of a source."""
        if done.found is None or has_failed(done):
            self._context.log.error(f"{done.source}: {inert(metadata.reason(done))}")
        elif done.found.rejected or done.found.status == "different" or metadata.findings(done.found):
            self._context.log.warning(f"{done.source}: {metadata.summary(done.found)}")
        else:
            self._context.log.info(f"{done.source}: {metadata.summary(done.found)}")

    def tags(self, done: Sequence[Done[CopyOutcome]]) -> dict[str, str]:
        """What a list of runs can be searched for."""
        held = sum(each.found is not None and each.found.status == "held" for each in done)
        told = {"sources": len(done), "held": held, "failed": sum(map(has_failed, done))}
        source = {"source": done[0].source} if len(done) == 1 else {}
        live = {"live": str(self._config.live).lower()} if self._brings else {}
        return {f"dw_migration/{name}": str(text) for name, text in (told | source | live).items()}
