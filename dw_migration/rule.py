"""What a rule is: it looks at a change and yields findings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dw_migration.changes import Change


class Severity(IntEnum):
    """How dangerous a change is; the worst of several counts."""

    SAFE = 0
    TRANSFORMABLE = 1
    BREAKING = 2

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule has to say of one change."""

    rule: str
    severity: Severity
    message: str
    remedy: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule yields; its rule's name is added by `judge`."""

    severity: Severity
    message: str
    remedy: str = ""
    evidence: str = ""


Rule = Callable[["Change"], Iterator[Verdict]]


def found(rule: Rule, change: "Change") -> Iterator[Finding]:
    """The rule's findings on one change: the rule's name is the function's."""
    for verdict in rule(change):
        yield Finding(rule.__name__, verdict.severity, verdict.message, verdict.remedy, verdict.evidence)
