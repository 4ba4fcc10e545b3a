"""Run requests for sources: the same state of the same sources asks for the same run, however often it is seen."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from dw_migration import migrate
from dw_migration.migrate import Sighting
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.partitions import names_in, names_of_run, range_tags, stretches
from dw_migration.orchestration.scene import Scene

Job = Any
"""What `define_asset_job` gives; Dagster does not export its type."""
TARGET, TRIGGER = "dw_migration/target", "dw_migration/trigger"
"""Tags of our runs: the warehouse's name, and what started it."""
MADE = ("source_models", "target_ddl", "target_schema")
"""The assets that runs make."""
UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
LOST_AFTER = timedelta(minutes=10)
"""Of a run that lives somebody holds the lock of a source, but for pauses of seconds, and the time to load its code."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A source that a run is wanted for."""

    source: str
    state: str
    """What asks for it, such as `state_of`: a run that was made for it is not asked for again."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Of a run for this source alone."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """Of a run for this source alone."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What becomes of wanted sources."""

    requests: tuple[dg.RunRequest, ...] = ()
    underway: tuple[str, ...] = ()
    """Those that an unfinished run works on."""
    tried: tuple[str, ...] = ()
    """Those that a run was made for in the very same state: it failed, or somebody stopped it."""
    lost: tuple[str, ...] = ()
    """Runs that are said to be under way, and are not."""


def state_of(sighting: Sighting, *, since: datetime | None = None) -> str:
    """What was seen, on top of which revision: a fingerprint may come back, and what failed leaves the head in place.

    `since`: when it began, where a run does not move the head.
    """
    began = [since.isoformat()] if since else []
    return ":".join([sighting.fingerprint, sighting.head or "base", *began])


def asked(
    here: Scene, wanted: Iterable[Wanted], *, job: str, trigger: str, checks: Sequence[dg.AssetCheckKey] = ()
) -> Asked:
    """A request for each unbroken stretch of the wanted sources' partitions, but for those that need none.

    With `checks` the runs evaluate these, and make nothing.
    """
    by_source = {each.source: each for each in wanted}
    busy, lost = worked_on(here)
    made, tried = [], []
    for ends in stretches(here.known, by_source.keys() - busy, here.per_run):
        together = [by_source[source] for source in names_in(here.known, *ends)]
        tags = {**_tags(together), **started_by(trigger, here.names)}
        request = run_request(
            ends, key=_key(together), job=here.names.of(job), tags=tags, checks=checks, config=_config(together)
        )
        if _was_made(here.instance, request):
            tried += [each.source for each in together]
        else:
            made.append(request)
    return Asked(tuple(made), tuple(each for each in by_source if each in busy), tuple(tried), lost)


def worked_on(here: Scene) -> tuple[frozenset[str], tuple[str, ...]]:
    """The sources of all unfinished runs of this warehouse, whoever started them; and the ids of those that are lost.

    Dagster's default launcher cannot tell whether a run's process is there still: one that was killed, or was running
    when the host went down, is under way for ever, and its sources would never have another run.
    """
    records = here.instance.get_run_records(filters=dg.RunsFilter(statuses=UNFINISHED))
    ours = {
        each.dagster_run.run_id: (each, names_of_run(here.known, each.dagster_run.tags))
        for each in records
        if _is_of(each.dagster_run, here.names) and not _makes_nothing(each.dagster_run)
    }
    silent = {run_id: sources for run_id, (record, sources) in ours.items() if sources and _is_long_under_way(record)}
    held = migrate.worked_on(here.config, _all_of(silent.values())) if silent else frozenset()
    lost = tuple(run_id for run_id, sources in silent.items() if held.isdisjoint(sources))
    return _all_of(sources for run_id, (_, sources) in ours.items() if run_id not in lost), lost


def _all_of(groups: Iterable[Collection[str]]) -> frozenset[str]:
    return frozenset(source for group in groups for source in group)


def _is_of(run: dg.DagsterRun, names: Names) -> bool:
    """A backfill, and whoever materializes assets by hand, start runs without our tags."""
    assets = map(names.key, MADE)
    return run.tags.get(TARGET) == names.warehouse or not (run.asset_selection or frozenset()).isdisjoint(assets)


def _makes_nothing(run: dg.DagsterRun) -> bool:
    """Whether it evaluates checks alone: it holds no lock, and nobody has to wait for it."""
    return bool(run.asset_check_selection) and not run.asset_selection


def _is_long_under_way(record: dg.RunRecord) -> bool:
    """Those that never came up, or are being canceled, Dagster's own run monitoring ends."""
    began = datetime.fromtimestamp(record.start_time, UTC) if record.start_time else record.create_timestamp
    is_started = record.dagster_run.status is dg.DagsterRunStatus.STARTED
    return is_started and datetime.now(UTC) - began >= LOST_AFTER


def run_request(
    ends: tuple[str, str],
    *,
    key: str,
    tags: Mapping[str, str],
    job: str | None = None,
    assets: Sequence[dg.AssetKey] | None = None,
    checks: Sequence[dg.AssetCheckKey] = (),
    config: Mapping[str, Any] | None = None,
) -> dg.RunRequest:
    """One run for the partitions from the first to the last; a single one is no range, and shown as what it is."""
    first, last = ends
    alone = first == last
    return dg.RunRequest(
        run_key=key,
        job_name=job,
        run_config=config,
        asset_selection=[] if checks else assets,
        asset_check_keys=checks or None,
        partition_key=first if alone else None,
        tags=tags if alone else {**tags, **range_tags(first, last)},
    )


def started_by(trigger: str, names: Names) -> dict[str, str]:
    """Tags of a run for this warehouse that nobody started by hand."""
    return {TARGET: names.warehouse, TRIGGER: trigger}


def _key(together: Sequence[Wanted]) -> str:
    pairs = sorted((each.source, each.state) for each in together)
    return ":".join(pairs[0]) if len(pairs) == 1 else hashlib.sha256(repr(pairs).encode()).hexdigest()


def _tags(together: Sequence[Wanted]) -> Mapping[str, str]:
    return together[0].tags if len(together) == 1 else {}


def _config(together: Sequence[Wanted]) -> Mapping[str, Any]:
    return together[0].config if len(together) == 1 else {}


def _was_made(instance: dg.DagsterInstance, request: dg.RunRequest) -> bool:
    """Whether there was a run for it. Dagster makes no second one of a key either, but the tick would not say so."""
    tags = {"dagster/run_key": str(request.run_key), TARGET: request.tags[TARGET]}
    return bool(instance.get_run_ids(filters=dg.RunsFilter(tags=tags), limit=1))
