"""Whether either side saw any DDL since both were last found equal."""

from collections.abc import Iterable

from dw_migration.live.reader import fingerprint, hash_of, schemas_of
from dw_migration.live.source import source_fingerprint
from dw_migration.migrate.outcome import Outcome
from dw_migration.migrate.run import Run, application
from dw_migration.migrate.seen import KINDS_KNOWN
from dw_migration.migrate.told import head_of, outcome_of
from dw_migration.rule import Severity


def unchanged_since(run: Run) -> Outcome | None:
    """The outcome where neither side saw any DDL since they were last found equal; None: read and compare."""
    state = run.ledger.source(run.name)
    entry = head_of(run)
    if state is None or entry is None or state.status != "in_sync" or state.pending:
        return None
    if not (run.workspace.folder / "models.py").exists():
        return None
    with run.chapter("drift"):
        if (state.source_fingerprint, state.target_fingerprint) != fingerprints_now(run, tuple(state.schemas)):
            return None
    told = dict(state.summary) | {"unmanaged": tuple(state.summary.get("unmanaged", ()))}
    return outcome_of(run, "in_sync", entry=entry, **told, severity=Severity.SAFE, ddl="", verified=True)


def fingerprints_now(run: Run, schemas: tuple[str, ...]) -> tuple[str, str]:
    """Of the source, with what the config says of it; and of the target."""
    of_source = source_fingerprint(run.config, run.source, application_name=application(run.source))
    return with_config(run, of_source), target_fingerprint(run, schemas)


def with_config(run: Run, of_source: str) -> str:
    """The source's fingerprint together with the settings that shape what is made of it."""
    source, naming = run.source, run.config.naming_of(run.source)
    shape = repr((source.schemas, source.tables, source.exclude, naming, run.config.objects, KINDS_KNOWN))
    return f"{of_source}/{hash_of(shape):016x}"


def target_fingerprint(run: Run, schemas: Iterable[str]) -> str:
    """Of the target's schemas of this name, those that are there."""
    found = schemas_of(run.target)
    return fingerprint(run.target, [found[name] for name in schemas if name in found])
