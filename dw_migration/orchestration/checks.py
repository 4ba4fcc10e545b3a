"""The checks of a source, each partitioned as the assets are: functions that look at it and say what they found."""

import logging
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial

import dagster as dg
import psycopg

# exported nowhere else, and Dagster fills it in itself only in runs of one partition
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData as _Judged,
)

from dw_migration import migrate
from dw_migration.config import Config, Source
from dw_migration.errors import BrokenHistory, DwMigrationError
from dw_migration.migrate import Outcome
from dw_migration.migrate.run import place_of
from dw_migration.models import ModelsFailed
from dw_migration.orchestration import metadata
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.partitions import partitions_of
from dw_migration.orchestration.provenance import Last, last_materialization
from dw_migration.orchestration.resources import Sources
from dw_migration.plan import JudgedChange

log = logging.getLogger(__name__)

SEEN_WITHIN = timedelta(hours=26)
"""The daily sweep looks at every source: a day, and two hours in which it may be late."""
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: it is passed where there is no difference."""

    compared: str
    """What was compared, and how."""
    differences: tuple[str, ...] = ()
    next_command: str = ""
    """What a person would run now, where there are differences."""
    severity: dg.AssetCheckSeverity = ERROR
    puts_back: tuple[str, ...] = ()
    """The statements that put back what was changed by hand."""
    crash: str = ""
    """Kind and place of an unexpected error, because of which nothing can be said."""

    @property
    def passed(self) -> bool:
        """Whether all is as it should be, as far as anybody can say."""
        return not (self.differences or self.crash)


class Look:
    """One source, looked at as far as its checks ask: first at what the run did, then at the databases themselves."""

    def __init__(self, config: Config, source: Source, brought: Mapping[str, Outcome]) -> None:
        """`brought`: what the run did, by asset; nothing where checks run alone."""
        self.config, self.source, self.brought = config, source, brought

    @property
    def planned(self) -> Outcome | None:
        """What the run planned, or that there was nothing to plan."""
        return self.brought.get("target_ddl")

    @property
    def synced(self) -> Outcome | None:
        """What the run did, if that compared source and target."""
        return self.planned if "target_schema" in self.brought else None

    @property
    def has_failed(self) -> bool:
        """Whether the run could not do what it was asked for."""
        return any(map(is_error, self.brought.values()))

    @cached_property
    def verified(self) -> Outcome:
        """Source and target, read now."""
        return migrate.verify(self.config, self.source)


# --- the checks -------------------------------------------------------------------------------------------------------


def models_equal_target(look: Look) -> Verdict | None:
    """What models.py tells of stands in the target, by Alembic's own comparison."""
    planned = look.planned
    if planned and planned.status in {"held", "pending", "left_alone"}:
        return None  # models.py tells already of what the target shall become
    if planned and not planned.applied and planned.fingerprint == migrate.models_made_from(look.config, look.source):
        return Verdict(f"models.py, which is as it was written, with the catalog that stands, {planned.fingerprint}")
    compared, next_command = "models.py with the target, by Alembic", f"dw-migration sync {look.source.name}"
    try:
        return Verdict(compared, migrate.models_differences(look.config, look.source), next_command)
    except ModelsFailed as fault:
        return Verdict(compared, (str(fault),), next_command)


def single_head(look: Look) -> Verdict | None:
    """The revisions of folder and ledger make one line, and nobody tampered with it."""
    if look.planned and not look.has_failed:
        head = look.planned.revision or "base"
        return Verdict(f"each revision's file and parent with the ledger, as the run began; the last one is {head}")
    compared = "each revision's parent with the files of the folder, and the ledger's hashes with one another"
    try:
        head = (migrate.folder_head if look.has_failed else migrate.one_head)(look.config, look.source) or "base"
    except BrokenHistory as fault:
        return Verdict(compared, (str(fault),), f"dw-migration history {look.source.name}")
    return None if look.has_failed else Verdict(f"{compared}; the last one is {head}")


def breaking_changes_approved(look: Look) -> Verdict:
    """No revision waits for a person's consent."""
    waits, compared = look.planned or migrate.status(look.config, look.source), "what is pending with what is approved"
    if not is_held(waits):
        return Verdict(compared)
    told = f"the revision {waits.revision}, whose DDL has the sha256 {waits.sha256}, waits for consent"
    worst = [each for each in waits.changes if each.severity == waits.severity]
    return Verdict(compared, (told, *_told(worst)), waits.next_command, WARN)


def target_equals_source(look: Look) -> Verdict:
    """The target's schemas are what the source's are, under the target's names."""
    synced = look.synced
    if synced is None:
        return Verdict("source and target, both read now", look.verified.drift, look.verified.next_command)
    if waits(synced):
        why = "it waits for consent" if is_held(synced) else synced.error
        return Verdict(f"{_how(synced)}; {why}", _told(synced.changes), synced.next_command, WARN)
    return Verdict(_how(synced), synced.drift, synced.next_command)


def no_target_drift(look: Look) -> Verdict:
    """Nobody changed a managed object of the target by hand."""
    done = look.brought.get("target_schema")
    if done is not None and (look.synced or not is_held(done)):
        compared = f"{_how(done)}; what is managed, with the last applied revision"
        return Verdict(compared, done.drift, done.next_command, puts_back=done.puts_back)
    found = look.verified if look.verified.verified else migrate.diff(look.config, look.source)
    compared = "the managed objects of the target, read now, with the last applied revision"
    return Verdict(compared, found.drift, found.next_command, puts_back=found.puts_back)


def _how(done: Outcome) -> str:
    """By which evidence the run said so."""
    if done.durations.keys() & {"read", "verify"}:
        return "what was read in this run"
    return "the fingerprints of source and target, with those of when both were last read and found equal"


def _told(changes: Iterable[JudgedChange]) -> tuple[str, ...]:
    return tuple(f"{each.change.action} {each.change.kind} {each.change.address}" for each in changes)


def is_held(outcome: Outcome) -> bool:
    """Whether a revision of it waits for a person's consent."""
    return outcome.status == "held" and outcome.revision is not None


def waits(outcome: Outcome) -> bool:
    """Whether a person has to go on with it: another state stands in the target than the run tells of."""
    return is_held(outcome) or outcome.status == "left_alone"


def is_error(outcome: Outcome) -> bool:
    """Whether it failed, or a person has to clear the way; to wait for consent is no error."""
    return outcome.exit_code in (1, 2, 4) and not is_held(outcome)


@dataclass(frozen=True, slots=True)
class Check:
    """A check that runs with the assets, or alone."""

    asset: str
    judge: Callable[[Look], Verdict | None]
    """None: it cannot be said now. Its name is the check's, its docstring the description."""
    of_files: bool = False
    """Whether the folder alone can tell, where bringing the source over failed."""

    @property
    def name(self) -> str:
        """The check's name in Dagster."""
        return self.judge.__name__

    def verdict(self, look: Look) -> Verdict | None:
        """What it says of the source; it fails where it crashes. Raises: what keeps the databases from answering."""
        try:
            return self.judge(look)
        except (DwMigrationError, psycopg.Error):
            raise
        except Exception as error:  # a defect of one check says nothing of the others
            log.debug("unexpected error in %s of %s", self.name, look.source.name, exc_info=True)
            crash = f"{type(error).__name__} at {place_of(error)}"
            return Verdict("nothing, for the check itself failed", (f"not known: {crash}",), crash=crash)


CHECKS = (
    Check("source_models", models_equal_target),
    Check("target_ddl", single_head, of_files=True),
    Check("target_ddl", breaking_changes_approved),
    Check("target_schema", target_equals_source),
    Check("target_schema", no_target_drift),
)


def checks_of(look: Look, names: Collection[str]) -> Iterator[Check]:
    """The checks with these names, but for those that nothing can be said of after what the run did."""
    return (each for each in CHECKS if each.name in names and (each.of_files or not look.has_failed))


# --- as Dagster knows them --------------------------------------------------------------------------------------------


def check_specs(names: Names) -> list[dg.AssetCheckSpec]:
    """The checks of the assets that runs make, partitioned by source."""
    return [check_spec(each.name, names.key(each.asset), each.judge.__doc__ or "", names) for each in CHECKS]


def check_spec(check: str, asset: dg.AssetKey, description: str, names: Names) -> dg.AssetCheckSpec:
    """A check of an asset, partitioned by source."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Specifying a partitions_def on an AssetCheckSpec", dg.PreviewWarning)
        return dg.AssetCheckSpec(
            check, asset=asset, description=description, partitions_def=partitions_of(names.warehouse)
        )


def evaluations(
    verdicts: Mapping[str, Verdict], keys: Iterable[dg.AssetCheckKey], source: str, last: Last
) -> Iterator[dg.AssetCheckEvaluation]:
    """The verdicts on one source as Dagster keeps them: in a run over several it does not divide them by itself."""
    for key in keys:
        if key.name in verdicts:
            yield _evaluation(key, source, verdicts[key.name], last(key.asset_key))


def _evaluation(
    key: dg.AssetCheckKey, source: str, verdict: Verdict, judged: dg.EventLogRecord | None
) -> dg.AssetCheckEvaluation:
    """To Dagster a verdict without the materialization that is judged is of an older state, and is not shown."""
    next_command = "" if verdict.passed else verdict.next_command
    return dg.AssetCheckEvaluation(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=verdict.passed,
        metadata=metadata.of_differences(verdict.compared, verdict.differences, next_command, verdict.puts_back),
        target_materialization_data=_target(judged),
        severity=verdict.severity,
        partition=source,
    )


def _target(told: dg.EventLogRecord | None) -> _Judged | None:
    return told and _Judged(storage_id=told.storage_id, run_id=told.run_id, timestamp=told.timestamp)


def outputs(keys: Iterable[dg.AssetCheckKey]) -> Iterator[dg.Output[None]]:
    """What ends the checks of a run: without it the log says that the op forgot them."""
    for key in keys:
        yield dg.Output(None, output_name=f"{key.asset_key.to_python_identifier()}_{key.name}")


# --- whether anybody looks --------------------------------------------------------------------------------------------


def recently_checked(names: Names) -> dg.AssetChecksDefinition:
    """The check `checked_recently` of `source_schema`: somebody has looked at the source not long ago."""
    spec = check_spec("checked_recently", names.key("source_schema"), _checked_recently.__doc__ or "", names)

    @dg.multi_asset_check(
        name=names.of("checked_recently"),
        specs=[spec],
        can_subset=True,
        required_resource_keys={names.of("sources")},
    )
    def checked_recently(
        context: dg.AssetCheckExecutionContext,
    ) -> Iterator[dg.AssetCheckEvaluation | dg.Output[None]]:
        sources: Sources = getattr(context.resources, names.of("sources"))
        looks = migrate.last_looks(sources.load())
        for source in context.partition_keys:
            verdict = _checked_recently(source, looks.get(source), datetime.now(UTC))
            last = partial(last_materialization, context.instance, source)
            yield from evaluations({spec.name: verdict}, [spec.key], source, last)
        yield from outputs([spec.key])

    return checked_recently


def _checked_recently(source: str, looked: datetime | None, now: datetime) -> Verdict:
    """The source answered a sensor, or a run worked on it, within the last 26 hours."""
    told = f"at {looked.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if looked else "never"
    is_late = looked is None or now - looked > SEEN_WITHIN
    late = (f"it last answered {told}, and somebody should look within {SEEN_WITHIN}",) if is_late else ()
    return Verdict(
        f"the last time that it answered a look or a run, {told}, with now", late, f"dw-migration doctor {source}"
    )
