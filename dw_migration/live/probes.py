"""Asks the target's rows what a plan's findings want to know: it only reads, waits for nobody, and never takes long."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Protocol

import psycopg

from dw_migration.plan import JudgedChange, Plan, Proof, proofs_of
from dw_migration.rule import MOST_COUNTED, Finding

Connection = psycopg.Connection[tuple[Any, ...]]

TIMEOUT = timedelta(seconds=5)
"""For one question, by default."""
_PATIENCE = 12
"""All questions of a plan together take no longer than so many times what one may."""
_LONGEST_WAIT = timedelta(milliseconds=500)
"""For a lock."""
_IMMUTABLE = """
    select not exists (
        select from pg_catalog.unnest(%s::text[]) as called (name)
        where not exists (select from pg_catalog.pg_proc p
                          where p.proname = called.name and p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace)
           or exists (select from pg_catalog.pg_proc p
                      where p.proname = called.name and p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
                        and p.provolatile = 'v'))
"""


class Question(Protocol):
    """A probe of a rule, or a proof of a revision."""

    @property
    def query(self) -> str: ...  # noqa: D102
    @property
    def calls(self) -> tuple[str, ...]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rows say; without a count, why not."""

    count: int | None = None
    why_not: str = ""

    def told(self, counts: str) -> str:
        """`3 rows hold NULL`, or why that is not known."""
        if self.count is None:
            return f"not counted: {self.why_not}"
        most = f"more than {MOST_COUNTED:,}" if self.count > MOST_COUNTED else f"{self.count:,}"
        return f"{most} {counts}"


def probed(connection: Connection, plan: Plan, timeout: timedelta = TIMEOUT) -> Plan:
    """The plan with what its probes found: what the rows prove harmless is less severe, and becomes a proof.

    What cannot be counted stays as severe as it was, and says so. Takes ACCESS SHARE on the tables that are asked, one
    after another, in transactions that only read.
    """
    asking = _Asking(connection, timeout)
    proofs: list[Proof] = []
    changes = tuple(_with_evidence(judged, asking, proofs) for judged in plan.changes)
    return replace(plan, changes=changes, proofs=tuple(dict.fromkeys(proofs)))


def _with_evidence(judged: JudgedChange, asking: "_Asking", proofs: list[Proof]) -> JudgedChange:
    if not any(each.probe for each in judged.findings):
        return judged
    findings = tuple(_answered(each, asking) for each in judged.findings)
    for old, new in zip(judged.findings, findings, strict=True):
        if new.severity < old.severity:
            proofs += proofs_of(judged, new)
    return replace(judged, findings=findings)


def _answered(finding: Finding, asking: "_Asking") -> Finding:
    if finding.probe is None:
        return finding
    answer = asking.ask(finding.probe)
    told = replace(finding, evidence=answer.told(finding.probe.counts))
    if answer.count == 0 and finding.probe.harmless is not None:
        return replace(told, severity=finding.probe.harmless, remedy="")
    return told


def disproved(connection: Connection, proofs: Sequence[Proof], timeout: timedelta = TIMEOUT) -> list[str]:
    """What of the proofs does not hold any more, or cannot be asked: `3 rows hold NULL (column ...)`."""
    asking = _Asking(connection, timeout)
    answers = ((each, asking.ask(each)) for each in proofs)
    return [answer.told(each.counts) for each, answer in answers if answer.count != 0]


@dataclass(slots=True)
class _Asking:
    """Questions one after another, each once."""

    connection: Connection
    timeout: timedelta
    known: dict[str, Answer] = field(default_factory=dict)
    took: float = 0.0

    def ask(self, question: Question) -> Answer:
        """The answer, in a transaction of its own, which is rolled back."""
        if question.query not in self.known:
            if self.took > _PATIENCE * self.timeout.total_seconds():
                return Answer(why_not="other questions took too long (policy.probe_timeout)")
            began = time.monotonic()
            self.known[question.query] = self._ask(question)
            self.took += time.monotonic() - began
        return self.known[question.query]

    def _ask(self, question: Question) -> Answer:
        try:
            with self.connection.transaction(force_rollback=True):
                self._prepare()
                if not self._is_harmless(question.calls):
                    return Answer(why_not=f"it calls {', '.join(question.calls)}, which may do more than look")
                row = self.connection.execute(question.query.encode()).fetchone()
                return Answer(int(row[0]) if row else 0)
        except psycopg.errors.LockNotAvailable:
            return Answer(why_not="another session holds a lock on the table")
        except psycopg.errors.QueryCanceled:
            return Answer(why_not=f"it takes longer than {self.timeout.total_seconds():g} s (policy.probe_timeout)")
        except psycopg.Error as error:
            if self.connection.broken or not error.sqlstate:
                raise
            # What the server says of it could quote a row.
            return Answer(why_not=f"the target refuses the question ({type(error).__name__}, {error.sqlstate})")

    def _prepare(self) -> None:
        wait = min(self.timeout, _LONGEST_WAIT)
        self.connection.execute("SET TRANSACTION READ ONLY")
        self.connection.execute(
            "SELECT pg_catalog.set_config('statement_timeout', %s, true),"
            " pg_catalog.set_config('lock_timeout', %s, true),"
            " pg_catalog.set_config('search_path', 'pg_catalog', true)",
            [_milliseconds(self.timeout), _milliseconds(wait)],
        )

    def _is_harmless(self, calls: Iterable[str]) -> bool:
        names = [name.strip('"') for name in calls]
        if not names:
            return True
        row = self.connection.execute(_IMMUTABLE, [names]).fetchone()
        return bool(row and row[0])


def _milliseconds(time_: timedelta) -> str:
    return str(max(1, round(time_.total_seconds() * 1000)))
