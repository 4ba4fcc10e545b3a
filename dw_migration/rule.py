"""What a rule is: it looks at a change, and at the plan around it, and yields findings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from dw_migration.sql import Sql, sql

if TYPE_CHECKING:
    from dw_migration.around import Around
    from dw_migration.changes import Change

MOST_COUNTED = 100_000
"""A probe stops counting behind so many."""


class Severity(IntEnum):
    """How dangerous a change is; the worst of several counts."""

    SAFE = 0
    TRANSFORMABLE = 1
    BREAKING = 2

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Probe:
    """A question to the rows that are in the target before the plan, and what its answer means."""

    query: str
    """One SELECT that gives one number, made by `counting`; under the names that hold before the plan."""
    counts: str
    """What it counts: `rows hold NULL`."""
    harmless: Severity | None = None
    """What the finding is where it counts none; None: what it was, since no rows can prove it harmless."""
    calls: tuple[str, ...] = ()
    """Functions of PostgreSQL's own that it calls: it is asked only where all of them are immutable."""
    loses: bool = False
    """Whether the change makes other values of what it counts, and refuses none: it is asked under its lock too."""
    again: tuple[tuple[int, str], ...] = ()
    """The batches before whose statements that is, from 0, and the query under the names that hold there."""


def counting(rows: Sql) -> str:
    """The query that counts what is behind this FROM, up to one more than MOST_COUNTED."""
    return sql("SELECT count(*) FROM (SELECT FROM {} LIMIT {}) AS counted", rows, MOST_COUNTED + 1).text


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule has to say of one change."""

    rule: str
    severity: Severity
    message: str
    remedy: str = ""
    evidence: str = ""
    probe: Probe | None = None
    """What asks the rows; the evidence is its answer."""

    @property
    def query(self) -> str:
        """What was asked; empty where nothing was."""
        return self.probe.query if self.probe else ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule yields; its rule's name is added by `judge`."""

    severity: Severity
    message: str
    remedy: str = ""
    evidence: str = ""
    probe: Probe | None = None


Rule = Callable[["Change", "Around"], Iterator[Verdict]]


def found(rule: Rule, change: "Change", around: "Around") -> Iterator[Finding]:
    """The rule's findings on one change: the rule's name is the function's."""
    for verdict in rule(change, around):
        yield Finding(rule.__name__, verdict.severity, verdict.message, verdict.remedy, verdict.evidence, verdict.probe)
