"""What the op `run_files` does: the files of each module, and whether those that ran are unchanged."""

from collections.abc import Iterator, Sequence
from functools import partial

import dagster as dg
from pydantic import Field

from dw_migration.config import Config
from dw_migration.errors import BrokenHistory, DwMigrationError
from dw_migration.live.sqlfiles.history import State
from dw_migration.live.sqlfiles.running import Ran, Standing
from dw_migration.migrate import sqlfiles
from dw_migration.orchestration.checks import Verdict, evaluations, outputs
from dw_migration.orchestration.metadata import Metadata, inert
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.provenance import last_materialization
from dw_migration.orchestration.resources import Sources, Target

ASSET, CHECK = "sql_migrations", "sql_files_unchanged"
_MOST_FILES = 200
Event = dg.AssetMaterialization | dg.AssetCheckEvaluation | dg.Output[None]


class FilesConfig(dg.Config):
    """What a person may say when starting a run."""

    to: str | None = Field(None, description="The last version to run, of one module. Default: all that is pending.")
    out_of_order: bool = Field(
        default=False, description="Whether files may run that come before one which is applied."
    )
    allow_breaking: bool = Field(default=False, description="Whether statements that can lose rows may run.")

    def options(self, by: str, run_id: str) -> sqlfiles.Options:
        """As the command takes them."""
        return sqlfiles.Options(**self.model_dump(), by=by, run=run_id)


def run_modules(context: dg.AssetExecutionContext, names: Names) -> Iterator[Event]:
    """Events of each module as soon as it is done; where the check runs alone, no file runs.

    Raises: Failure that names the modules that failed or wait for a person, when all are done.
    """
    sources: Sources = getattr(context.resources, names.of("sources"))
    target: Target = getattr(context.resources, names.of("target"))
    config, key = sources.load(), names.key(ASSET)
    options = FilesConfig(**context.op_execution_context.op_config).options(target.by, context.run.run_id)
    checks = sorted(context.selected_asset_check_keys)
    failures: dict[str, str] = {}
    for module in _in_order(config, context.partition_keys):
        try:
            if key in context.selected_asset_keys:
                ran = sqlfiles.apply(config, (module,), options).ran
                yield dg.AssetMaterialization(
                    key, partition=module, metadata=_told(ran, sqlfiles.status(config, (module,)))
                )
            last = partial(last_materialization, context.instance, module)
            yield from evaluations({CHECK: _unchanged(config, module)}, checks, module, last)
        except DwMigrationError as error:
            failures[module] = inert(str(error))
    for module, said in failures.items():
        context.log.error(f"{module}: {said}")
    yield from outputs(checks)
    if failures:
        raise dg.Failure(
            f"{len(failures)} of {len(context.partition_keys)} modules failed, or wait for a person: "
            f"{', '.join(sorted(failures))}",
            metadata={module: dg.MetadataValue.text(error) for module, error in failures.items()},
            allow_retries=False,
        )


def _in_order(config: Config, modules: Sequence[str]) -> Sequence[str]:
    """The modules in the order in which they run; one that is no more comes first, and fails."""
    known = list(sqlfiles.modules_of(config))
    return sorted(modules, key=lambda module: known.index(module) if module in known else -1)


def _unchanged(config: Config, module: str) -> Verdict:
    compared = "each file that ran with its checksum, and the history's hashes with one another"
    try:
        sqlfiles.history(config, (module,))
    except BrokenHistory as fault:
        return Verdict(compared, (str(fault),), f"dw-migration sql history {module}")
    found = [each for each in sqlfiles.status(config, (module,)) if each.state in {State.CHANGED, State.MISSING}]
    differences = tuple(f"{each.filename} is {each.state.value}: {each.reason}" for each in found)
    return Verdict(compared, differences, f"dw-migration sql repair {module} --reason WHY")


def _told(ran: Sequence[Ran], standings: Sequence[Standing]) -> Metadata:
    applied = [each for each in standings if each.state is State.APPLIED]
    rows = [
        dg.TableRecord({"file": inert(each.filename), "ms": each.milliseconds, "checksum": each.checksum[:12]})
        for each in ran[:_MOST_FILES]
    ]
    return {
        "files": dg.MetadataValue.int(len(ran)),
        "applied in all": dg.MetadataValue.int(len(applied)),
        "version": dg.MetadataValue.text(applied[-1].version.label if applied else ""),
        "milliseconds": dg.MetadataValue.int(sum(each.milliseconds for each in ran)),
        **({"ran": dg.MetadataValue.table(rows)} if rows else {}),
    }
