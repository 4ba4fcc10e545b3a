"""Changes as ordered batches of statements, with findings and the state that they start from."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat

from dw_migration.around import Around
from dw_migration.catalog import LeftOut
from dw_migration.changes import Alter, Change, Create, Difference, Drop, Rename, Retired
from dw_migration.costs import Cost
from dw_migration.effects import effect_of
from dw_migration.kind import Address
from dw_migration.rule import Finding, Severity
from dw_migration.rules import judge
from dw_migration.sql import Statement

MOST_LOCKS = 3_000
"""Half of what a server's lock table holds by default: with more in one transaction it is "out of shared memory"."""
_ALTERING = 8
"""A statement that alters a table may rebuild its indexes."""


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
    costs: tuple[Cost, ...] = ()
    """Of each statement; empty where nobody asked the target."""

    @property
    def severity(self) -> Severity:
        """The worst of the findings; safe without any."""
        return max((finding.severity for finding in self.findings), default=Severity.SAFE)

    @property
    def told(self) -> tuple[Finding, ...]:
        """What a person should read: what warns, and what the rows were asked about."""
        return tuple(each for each in self.findings if each.severity or each.evidence)


@dataclass(frozen=True, slots=True)
class Proof:
    """What the rows proved harmless, and must prove again before the plan is applied."""

    query: str
    """One SELECT that gives one number; what it counts must not be there."""
    counts: str
    """What it counts, and where: `rows of dw__shop__public.users hold NULL in email`."""
    calls: tuple[str, ...] = ()
    """As of a probe."""
    at: int | None = None
    """The batch, from 0, before whose statements it is asked, under their locks; None: before the first of all."""


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
    proofs: tuple[Proof, ...] = ()
    """What makes it less dangerous than its changes by themselves are."""
    down_proofs: tuple[Proof, ...] = ()
    """What the rows must prove before the way down, or it makes other values of them."""
    retired: tuple[Retired, ...] = ()

    @property
    def severity(self) -> Severity:
        """The worst of the changes."""
        return max((change.severity for change in self.changes), default=Severity.SAFE)

    def __bool__(self) -> bool:
        return bool(self.changes)


def plan_of(
    difference: Difference,
    transformations: Iterable[Transformation] = (),
    *,
    locks: int = MOST_LOCKS,
    costs: Sequence[tuple[Cost, ...]] = (),
) -> Plan:
    """The difference, judged and in batches, each of which takes about so many locks at most."""
    around, placed = Around.of(difference), _placed(difference.changes, locks)
    back, placed_back = Around.back(difference), _placed(difference.back, locks)
    changes = tuple(
        JudgedChange(change, judge(change, around), tuple(each.text for each in change.statements), costs=cost)
        for change, cost in zip(difference.changes, costs or repeat(()), strict=False)
    )
    return Plan(
        tuple(_asked_again(number, judged, around, placed) for number, judged in enumerate(changes)),
        _batches_of(placed),
        _batches_of(placed_back),
        tuple(f"{each.kind} {each.address}" for each in difference.back if _loses_rows(each)),
        tuple(transformations),
        down_proofs=tuple(dict.fromkeys(_proofs_of_losses(back, placed_back))),
        retired=difference.retired,
    )


def proofs_of(judged: JudgedChange, finding: Finding) -> Iterator[Proof]:
    """What its rows must prove for the change to be harmless; nothing of a finding without a probe."""
    if probe := finding.probe:
        counts = f"{probe.counts} ({judged.change.kind} {judged.change.address})"
        yield Proof(probe.query, counts, probe.calls)
        yield from (Proof(query, counts, probe.calls, at) for at, query in probe.again)


def _proofs_of_losses(around: Around, placed: "_Placed") -> Iterator[Proof]:
    """That no value would become another in silence."""
    for number, change in enumerate(around.changes):
        if isinstance(change, Alter | Create):
            judged = _asked_again(number, JudgedChange(change, judge(change, around), ()), around, placed)
            for each in judged.findings:
                if each.probe and each.probe.loses:
                    yield from proofs_of(judged, each)


def _loses_rows(change: Change) -> bool:
    return isinstance(change, Drop) and change.old.holds_data and not change.successor


def in_batches(changes: Iterable[Change], locks: int = MOST_LOCKS) -> tuple[Batch, ...]:
    """The statements in order, cut where one must be committed first, runs in no transaction, or no more locks fit."""
    return _batches_of(_placed(changes, locks))


_Placed = list[list[tuple[int, Statement]]]
"""The batches: each statement with the number of its change."""


def _placed(changes: Iterable[Change], locks: int) -> _Placed:
    batches: _Placed = []
    held = 0
    for number, change in enumerate(changes):
        more = _locks_of(change)
        held += more
        for at, each in enumerate(change.statements):
            if not batches or _is_apart(batches[-1][-1][1], each) or (at == 0 and held > locks):
                batches.append([])
                held = more
            batches[-1].append((number, each))
    return batches


def _batches_of(placed: _Placed) -> tuple[Batch, ...]:
    return tuple(Batch(tuple(each.text for _, each in batch), batch[0][1].transactional) for batch in placed)


def _asked_again(number: int, judged: JudgedChange, around: Around, placed: _Placed) -> JudgedChange:
    """The change, whose probes of what it would lose in silence say where they are asked again, and how."""
    if not any(each.probe and each.probe.loses for each in judged.findings):
        return judged
    again: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for at in _converting(number, around, placed):
        for each in judge(judged.change, _around_batch(at, around, placed)):
            if each.probe and each.probe.loses:
                again[each.rule, each.message].append((at, each.probe.query))
    findings = tuple(
        replace(each, probe=replace(each.probe, again=tuple(again[each.rule, each.message])))
        if each.probe and each.probe.loses
        else each
        for each in judged.findings
    )
    return replace(judged, findings=findings)


def _converting(number: int, around: Around, placed: _Placed) -> list[int]:
    """The batches before whose statements nobody can change any more what the change makes other values of."""
    change = around.changes[number]
    if isinstance(change, Create) and change.successor_of:
        aside = change.successor_of.address
        moves = {at for at, each in enumerate(around.changes) if isinstance(each, Rename) and each.address == aside}
        return [at for at, batch in enumerate(placed) if any(of in moves for of, _ in batch)]
    return _retyping(number, placed) or _retyping(None, placed)


def _retyping(number: int | None, placed: _Placed) -> list[int]:
    """The batches in which a statement of this change, or of any, turns values into others."""
    return [
        at
        for at, batch in enumerate(placed)
        if any(number in {None, of} and effect_of(each.text).form == "ALTER TYPE" for of, each in batch)
    ]


def _around_batch(at: int, around: Around, placed: _Placed) -> Around:
    """What is around before the batch: what stands in a later one, or in itself, is still ahead."""
    past = {number for batch in placed[:at] for number, _ in batch}
    past -= {number for batch in placed[at:] for number, _ in batch}
    return replace(around, ahead=tuple(each for number, each in enumerate(around.changes) if number not in past))


def _is_apart(last: Statement, each: Statement) -> bool:
    return not each.transactional or (last.transactional, last.alone) != (each.transactional, each.alone)


def _locks_of(change: Change) -> int:
    """About how many entries of the server's lock table it takes until its transaction ends."""
    if isinstance(change, Create):
        return change.new.locks + sum(part.locks for part in change.parts)
    if isinstance(change, Drop):
        return change.old.locks + sum(part.locks for part in change.parts)
    return _ALTERING * len(change.statements)


def transformations_of(
    difference: Difference, renamed: Mapping[Address, Transformation], left_out: Iterable[LeftOut] = ()
) -> tuple[Transformation, ...]:
    """A line for each object of the plan that has another name than in the source, and for what is left out.

    The columns of a new table that only change their case are counted with the table.
    """
    lines: list[Transformation] = []
    for change in difference.changes:
        parts = change.parts if isinstance(change, Create) else ()
        own = [renamed[each.address] for each in parts if each.address in renamed]
        plain = [each for each in own if each.why.startswith("naming.case")]
        if line := renamed.get(change.address):
            lines.append(replace(line, what=f"{line.what}, {len(plain)} columns too") if plain else line)
            own = [each for each in own if each not in plain]
        lines += own
    lines += [Transformation(each.address, "", f"{each.kind} left out", each.reason) for each in left_out]
    return tuple(lines)
