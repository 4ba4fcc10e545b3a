"""What a command did or found, as values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dw_migration.live.trial import Untried
from dw_migration.plan import JudgedChange, Transformation
from dw_migration.rule import Severity

Progress = Callable[[str, str], None]
"""Called with the source's name and what begins: `read`, `models`, `plan`, `apply`, `verify`, `done`."""


@dataclass(frozen=True, slots=True)
class TargetColumn:
    """A column of the target, as far as people ask for it."""

    schema: str
    table: str
    name: str
    type: str
    not_null: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One way of one revision in a rehearsal."""

    revision: str
    direction: str
    seconds: float
    statements: tuple[tuple[str, float], ...] = ()
    """The slowest, each with its seconds, the slowest first."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of running revisions up, down and up again in a scratch database."""

    revisions: tuple[str, ...]
    where: str
    """As in `PostgreSQL 18.6, a server of its own`."""
    tables: int
    rows: int
    """How many of the target's rows were there, and of how many tables."""
    steps: tuple[Step, ...]
    faults: tuple[str, ...]
    """What failed, with its sqlstate, and what was otherwise than it should be."""
    told: tuple[str, ...] = ()
    """What it went without, and what the way back leaves."""

    @property
    def ok(self) -> bool:
        """Whether it went through."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class Ticked:
    """One line of the checklist before production."""

    name: str
    """ddl read, backup, rehearsal, estimate, way back, consent."""
    done: bool
    found: str
    """What the ledger says of it."""
    remedy: str = ""
    """The command that does it; empty where it is done, or no command does it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one command did, or found, for one source."""

    source: str
    status: str
    """in_sync, changed (applied, or pending for diff and plan), drifted, pending, held, failed, absent, purged, ...


    Left alone (`left_alone`): no person started it, and only a person may go on; `error` says why.
    Held with a revision: it waits for consent. Held without one: what is in the way is not ours, or the way back would
    lose rows; `error` or `message` says which.
    """
    revision: str | None = None
    version: str | None = None
    severity: Severity = Severity.SAFE
    changes: tuple[JudgedChange, ...] = ()
    went_ahead: tuple[JudgedChange, ...] = ()
    """What was applied on its own, without those `changes` that wait for consent and what needs them."""
    transformations: tuple[Transformation, ...] = ()
    unmanaged: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    """Managed objects that somebody changed in the target by hand, as `kind address`."""
    puts_back: tuple[str, ...] = ()
    """The statements that make them what the applied revision wants, in order; of this the source was not asked."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """By kind, what the source has and is not carried over."""
    names_in_code: Mapping[str, int] = field(default_factory=dict)
    """Names of the source's objects in bodies of functions: `proven` are rewritten, `left` are not; or nothing."""
    warnings: tuple[str, ...] = ()
    schemas: Mapping[str, str] = field(default_factory=dict)
    """Target schema to source schema."""
    tables: int = 0
    tables_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By target schema, the names of its tables, sorted."""
    columns: tuple[TargetColumn, ...] = ()
    """Of the first tables, as they are with the changes told here; empty where nothing changes."""
    message: str = ""
    ddl: str = ""
    """Text of the DDL file of the revision that this is about, or what ran; empty without changes."""
    sha256: str = ""
    """Of the statements of the revision that this is about: what consent is bound to."""
    approved: bool | None = None
    """Whether somebody has consented to exactly this revision; None where it does not wait for that."""
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
    rehearsal: Rehearsal | None = None
    checklist: tuple[Ticked, ...] = ()
    """Of the one revision that was asked for: what there is to see to before it runs in production."""
    verified: bool | None = None
    """Whether the target was read again and is what the source is; None where nobody looked."""
    tried: int | None = None
    """How many statements of a dry run the server took; None where nothing was tried."""
    untried: tuple[Untried, ...] = ()
    """What a dry run left out, and why."""


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
