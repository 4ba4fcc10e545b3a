"""What one look found, as a value."""

from dataclasses import dataclass
from datetime import datetime

from dw_migration.live.standings import Standing
from dw_migration.migrate.outcome import Outcome

AT_REST = frozenset({"in_sync", "drifted", "absent"})
"""Verdicts that hold as long as the fingerprint, and the revision that is applied, are the same."""
CHANGED = frozenset({"drifted", "absent"})


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one look at one source, or at what is managed for it in the target, found."""

    source: str
    verdict: str
    """in_sync, drifted (it changed), absent (never brought over), unreachable, busy (somebody works on it), unseen (the
    time ran out), failed (it cannot be compared)."""
    fingerprint: str = ""
    """Of what was looked at; a source's together with the settings that shape what is made of it."""
    news: bool = False
    """Whether the look before said otherwise."""
    outcome: Outcome | None = None
    """What changed, where this look read and compared."""
    error: str | None = None
    since: datetime | None = None
    """Since when the verdict holds."""
    status: str = ""
    """What the ledger says of the source: in_sync, pending, held, failed, drifted; empty where it does not know it."""
    head: str | None = None
    """The revision that is applied, by the ledger."""
    planned: bool = False
    """Whether what waits to be applied was planned from a source that looks like this."""
    taken_back: bool = False
    """Whether a person took back what waits to be applied."""
    behind: bool = False
    """Whether a revision waits, or the source had changed when it was last looked at."""


def known_verdict(standing: Standing, fingerprint: str) -> str | None:
    """What is known of a source that looks like this, without reading it; None: it moved."""
    is_at_rest = standing.status == "in_sync" and not standing.waits
    if is_at_rest and fingerprint == standing.source_fingerprint:
        return "in_sync"
    if (fingerprint, standing.head) != (standing.judged_fingerprint, standing.judged_head):
        return None
    holds = standing.verdict in AT_REST or (standing.verdict == "failed" and standing.judged_lately)
    return standing.verdict if holds else None


def known_target_verdict(standing: Standing, fingerprint: str) -> str | None:
    """Likewise of what is managed in the target."""
    if fingerprint == standing.target_fingerprint:
        return "in_sync"
    is_same = (fingerprint, standing.head) == (standing.judged_target, standing.judged_target_head)
    return standing.target_verdict if is_same else None


def is_news(verdict: str, fingerprint: str, before: str | None, fingerprint_before: str | None) -> bool:
    """Whether the verdict is another than before, or is about another state; the first in_sync is none."""
    if before is None or verdict != before:
        return verdict != (before or "in_sync")
    return verdict in CHANGED and fingerprint != fingerprint_before
