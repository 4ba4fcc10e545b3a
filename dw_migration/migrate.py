"""The story: config to ledger, in one readable function; and the chapters of it that have a command of their own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dw_migration.config import Config, Source
from dw_migration.plan import JudgedChange, Transformation
from dw_migration.rule import Severity

Progress = Callable[[str, str], None]
"""Called with the source's name and what begins: `read`, `models`, `plan`, `apply`, `verify`, `done`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one command did, or found, for one source."""

    source: str
    status: str
    """in_sync, changed (applied, or pending for diff and plan), drifted, pending, held, failed, absent."""
    revision: str | None = None
    version: str | None = None
    severity: Severity = Severity.SAFE
    changes: tuple[JudgedChange, ...] = ()
    transformations: tuple[Transformation, ...] = ()
    unmanaged: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    """Managed objects that somebody changed in the target by hand, as `kind address`."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """By kind, what the source has and is not carried over."""
    warnings: tuple[str, ...] = ()
    schemas: Mapping[str, str] = field(default_factory=dict)
    """Target schema to source schema."""
    tables: int = 0
    message: str = ""
    ddl: str = ""
    """Text of the DDL file of the revision that this is about; empty without changes."""
    paths: Mapping[str, Path] = field(default_factory=dict)
    """`workspace`, `models`, `ddl`, `revision`: the files written or used."""
    applied: tuple[str, ...] = ()
    """Ids of revisions that were applied, or taken back, in order."""
    fingerprint: str = ""
    """Digest of the desired catalog: Dagster's data version."""
    since: str = ""
    """When the status began, as ISO 8601 in UTC."""
    durations: Mapping[str, float] = field(default_factory=dict)
    """Seconds by chapter."""
    error: str | None = None
    exit_code: int = 0
    next_command: str = ""
    """What a person would run now, or empty."""
    verified: bool | None = None
    """Whether the target was read again and is what the source is; None where nobody looked."""


@dataclass(frozen=True, slots=True)
class Doctored:
    """One line of `doctor`."""

    subject: str
    """`config`, `target`, `sources.shop`."""
    check: str
    ok: bool
    found: str
    remedy: str = ""
    severity: str = "error"
    """`error` or `warning`, where it is not ok."""


def _placeholder(*_: object) -> None:
    """Progress that nobody watches."""


def sources_named(config: Config, names: Iterable[str] = ()) -> tuple[Source, ...]:
    """The sources with these names, or all of them; `databases:` patterns are looked up on their servers.

    Raises: BadConfig, naming the nearest known source.
    """
    raise NotImplementedError


def diff(config: Config, source: Source, *, progress: Progress = _placeholder) -> Outcome:
    """What would change, with findings; writes nothing. Exit code 3 where there is something, 4 is never used."""
    raise NotImplementedError


def models(config: Config, source: Source, *, progress: Progress = _placeholder) -> Outcome:
    """models.py, written anew."""
    raise NotImplementedError


def plan(config: Config, source: Source, *, message: str | None = None, by: str = "", progress: Progress = _placeholder) -> Outcome:
    """The revision and its DDL file; status `pending`, `held` or `in_sync`."""
    raise NotImplementedError


def apply(
    config: Config,
    source: Source,
    *,
    to: str | None = None,
    dry_run: bool = False,
    allow_breaking: bool = False,
    adopt: bool = False,
    by: str = "",
    run_id: str = "",
    progress: Progress = _placeholder,
) -> Outcome:
    """Pending revisions applied, up to `to` (a revision or `+N`); status `in_sync`, `held` (exit code 4) or `failed`."""
    raise NotImplementedError


def sync(
    config: Config,
    source: Source,
    *,
    message: str | None = None,
    allow_breaking: bool = False,
    adopt: bool = False,
    by: str = "",
    run_id: str = "",
    progress: Progress = _placeholder,
) -> Outcome:
    """Models, plan, apply and verify in one; status `in_sync` (with `applied` and `changes` where any) or `held`."""
    raise NotImplementedError


def verify(config: Config, source: Source, *, progress: Progress = _placeholder) -> Outcome:
    """Whether the target is what the source is; exit code 3 where not."""
    raise NotImplementedError


def drift(config: Config, source: Source) -> Outcome:
    """Fingerprints of source and target against the ledger; exit code 3 where one moved."""
    raise NotImplementedError


def status(config: Config, source: Source) -> Outcome:
    """What the ledger says: in_sync, drifted, pending, held, failed, absent; since when."""
    raise NotImplementedError


def approve(config: Config, source: Source, revision: str, *, by: str, note: str = "") -> Outcome:
    """Consent to exactly this revision's DDL."""
    raise NotImplementedError


def rollback(
    config: Config,
    source: Source,
    to: str = "base",
    *,
    drop_schema: bool = False,
    allow_breaking: bool = False,
    by: str = "",
    run_id: str = "",
    progress: Progress = _placeholder,
) -> Outcome:
    """Back down to a revision, `-N`, or `base`; ConsentNeeded (exit code 4) where rows would be lost."""
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One revision in a source's history."""

    source: str
    revision: str
    parent: str | None
    version: str
    severity: str
    message: str
    status: str
    """planned, applied, rolled back, superseded."""
    created: str
    applied: str
    by: str
    run_id: str
    duration: float | None


def history(config: Config, source: Source) -> tuple[HistoryEntry, ...]:
    """The source's revisions, newest first."""
    raise NotImplementedError


def catalog_json(config: Config, source: Source) -> dict[str, object]:
    """The source's catalog under its own names, for `read`."""
    raise NotImplementedError


def doctor(config: Config, sources: Iterable[Source]) -> tuple[Doctored, ...]:
    """Config, connections, versions, privileges on both sides, extensions, free names: each with its remedy."""
    raise NotImplementedError


def together(
    act: Callable[[Source], Outcome], sources: Iterable[Source], *, workers: int = 4
) -> tuple[Outcome, ...]:
    """The outcome of each source, in the order given; an error of one is its outcome, and never stops the others."""
    raise NotImplementedError


def worst(outcomes: Iterable[Outcome]) -> int:
    """The exit code of all together: 1, then 4, then 3, then 0 (2 is for usage and config)."""
    codes = {outcome.exit_code for outcome in outcomes}
    return next((code for code in (1, 2, 4, 3) if code in codes), 0)
