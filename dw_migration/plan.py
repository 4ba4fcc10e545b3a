"""Changes as ordered batches of statements, with findings and the state that they start from."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from dw_migration.changes import Change
from dw_migration.rule import Finding, Severity
from dw_migration.sql import Statement


@dataclass(frozen=True, slots=True)
class Batch:
    """Statements that are committed together, or one that runs in no transaction."""

    statements: tuple[str, ...]
    transactional: bool = True


@dataclass(frozen=True, slots=True)
class JudgedChange:
    """A change, what the rules found, and the statements that make it."""

    change: Change
    findings: tuple[Finding, ...]
    statements: tuple[str, ...]

    @property
    def severity(self) -> Severity:
        """The worst of the findings; safe without any."""
        return max((finding.severity for finding in self.findings), default=Severity.SAFE)


@dataclass(frozen=True, slots=True)
class Transformation:
    """A line of the table that tells what became of a source object and why."""

    source: str
    target: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What brings one target from one state to another, and back."""

    changes: tuple[JudgedChange, ...]
    up: tuple[Batch, ...]
    down: tuple[Batch, ...]
    loses_rows: tuple[str, ...] = ()
    """Addresses of tables and columns whose rows the way down would lose."""
    transformations: tuple[Transformation, ...] = ()

    @property
    def severity(self) -> Severity:
        """The worst of the changes."""
        return max((change.severity for change in self.changes), default=Severity.SAFE)

    def __bool__(self) -> bool:
        return bool(self.changes)


def in_batches(statements: Iterable[Statement]) -> tuple[Batch, ...]:
    """The statements in order, cut where one must be committed before the next, or runs in no transaction."""
    batches: list[Batch] = []
    for (transactional, alone), group in groupby(statements, key=lambda each: (each.transactional, each.alone)):
        texts = [each.text for each in group]
        if transactional:
            batches.append(Batch(tuple(texts)))
        else:
            batches += [Batch((text,), transactional=False) for text in texts]
        del alone
    return tuple(batches)
