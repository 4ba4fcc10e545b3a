"""How each source stands by the ledger: as it was when last in sync, and what the watch noted since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

from psycopg.rows import RowFactory, class_row, tuple_row

from dw_migration.live.connections import translated
from dw_migration.live.ledger import Ledger
from dw_migration.revision import one_line

_STANDINGS: LiteralString = """
SELECT n.name AS source, s.head, coalesce(s.status, '') AS status, s.events,
       EXISTS (SELECT FROM dw_migration.revision r WHERE r.source = s.name AND r.state IN ('planned', 'rolled back'))
           AS waits,
       EXISTS (SELECT FROM dw_migration.revision r WHERE r.source = n.name AND r.state = 'rolled back') AS taken_back,
       (SELECT r.source_fingerprint FROM dw_migration.revision r
         WHERE r.source = n.name AND r.state IN ('planned', 'rolled back') ORDER BY r.number DESC LIMIT 1)
           AS planned_fingerprint,
       ARRAY(SELECT t.name FROM dw_migration.target_schema t WHERE t.source = s.name) AS schemas,
       s.source_fingerprint, s.target_fingerprint,
       w.verdict, w.since, w.source_fingerprint AS judged_fingerprint, w.head AS judged_head,
       coalesce(w.judged > pg_catalog.statement_timestamp() - %s, false) AS judged_lately, w.error,
       w.target_verdict, w.target_since, w.target_fingerprint AS judged_target, w.target_head AS judged_target_head,
       pg_catalog.statement_timestamp() AS at
  FROM unnest(%s::text[]) AS n (name)
  LEFT JOIN dw_migration.source s ON s.name = n.name
  LEFT JOIN dw_migration.watch w ON w.source = n.name
"""
LONGEST_ERROR = 2_000
LATELY = timedelta(minutes=10)
"""So long an error is believed that somebody can mend without changing what was looked at."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ledger holds of one source."""

    source: str
    head: str | None
    status: str
    """As `SourceState.status`; empty where the source was never registered."""
    events: int | None
    """How many the history has: another number means that a run did something."""
    waits: bool
    """Whether a revision waits to be applied."""
    taken_back: bool
    """Whether one of those that wait was applied before, and a person took it back."""
    planned_fingerprint: str | None
    """Of the source that the target will be equal to once all that waits is applied."""
    schemas: Sequence[str]
    source_fingerprint: str | None
    """When it was last in sync, at this head; likewise the target's."""
    target_fingerprint: str | None
    verdict: str | None
    """Of the last look at the source."""
    since: datetime | None
    judged_fingerprint: str | None
    """What the last verdict that says how the source stands was about, and the head then."""
    judged_head: str | None
    judged_lately: bool
    error: str | None
    target_verdict: str | None
    """Of the last look at the target; what follows is likewise."""
    target_since: datetime | None
    judged_target: str | None
    judged_target_head: str | None
    at: datetime
    """When the ledger said so."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a source found, to be noted."""

    source: str
    verdict: str | None
    """None: it answered, and how it stands could not be said just then."""
    answered: bool = True
    fingerprint: str | None = None
    """What the verdict is about, and the head then; None where it is about neither."""
    head: str | None = None
    judged: bool = False
    """Whether the verdict was found by reading and comparing just now."""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class TargetLook:
    """What one look at a source's schemas in the target found, to be noted."""

    source: str
    verdict: str
    fingerprint: str
    head: str | None


@dataclass(frozen=True, slots=True)
class Recovery:
    """A source that could not be reached for a while, and answers again."""

    source: str
    since: datetime
    """When it was first found unreachable."""
    back: datetime


def told(error: str) -> str:
    """The error's text as it is kept: on one line, and none without an end."""
    return one_line("; ".join(error.splitlines()), LONGEST_ERROR)


def standings(ledger: Ledger, sources: Iterable[str]) -> dict[str, Standing]:
    """By source how it stands, also where the ledger does not know it; one query."""
    found = _rows(ledger, _STANDINGS, LATELY, list(sources), as_=class_row(Standing))
    return {each.source: each for each in found}


# --- notes ------------------------------------------------------------------------------------------------------------

# In the order of the names, so that two watches do not wait for each other; and never over what was noted meanwhile.
_NOTE: LiteralString = """
INSERT INTO dw_migration.watch AS w
       (source, verdict, since, looked, source_fingerprint, head, judged, error, unreachable_since)
SELECT source, verdict, pg_catalog.statement_timestamp(),
       CASE WHEN answered THEN pg_catalog.statement_timestamp() END, fingerprint, head,
       CASE WHEN judged THEN pg_catalog.statement_timestamp() END, error,
       CASE WHEN verdict = 'unreachable' THEN pg_catalog.statement_timestamp() END
  FROM unnest(%s::text[], %s::text[], %s::bool[], %s::text[], %s::text[], %s::bool[], %s::text[])
       AS look (source, verdict, answered, fingerprint, head, judged, error)
 ORDER BY source
    ON CONFLICT (source) DO UPDATE SET
       verdict = coalesce(EXCLUDED.verdict, w.verdict),
       since = CASE WHEN coalesce(EXCLUDED.verdict, w.verdict) IS DISTINCT FROM w.verdict THEN EXCLUDED.since
                    ELSE w.since END,
       looked = coalesce(EXCLUDED.looked, w.looked),
       source_fingerprint = coalesce(EXCLUDED.source_fingerprint, w.source_fingerprint),
       head = CASE WHEN EXCLUDED.source_fingerprint IS NULL THEN w.head ELSE EXCLUDED.head END,
       judged = coalesce(EXCLUDED.judged, w.judged),
       error = EXCLUDED.error,
       unreachable_since = CASE WHEN EXCLUDED.unreachable_since IS NULL THEN w.unreachable_since
                                WHEN w.recovered IS NULL THEN coalesce(w.unreachable_since, EXCLUDED.unreachable_since)
                                ELSE EXCLUDED.unreachable_since END,
       recovered = CASE WHEN EXCLUDED.unreachable_since IS NOT NULL THEN NULL
                        WHEN w.unreachable_since IS NOT NULL THEN coalesce(w.recovered, EXCLUDED.looked) END
 WHERE w.judged IS NULL OR w.judged <= coalesce(%s, 'infinity'::timestamptz)
RETURNING source, since
"""
_NOTE_TARGET: LiteralString = """
INSERT INTO dw_migration.watch AS w (source, target_verdict, target_since, target_fingerprint, target_head)
SELECT source, verdict, pg_catalog.statement_timestamp(), fingerprint, head
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS look (source, verdict, fingerprint, head)
 ORDER BY source
    ON CONFLICT (source) DO UPDATE SET
       target_verdict = EXCLUDED.target_verdict,
       target_since = CASE WHEN w.target_verdict = EXCLUDED.target_verdict THEN w.target_since
                           ELSE EXCLUDED.target_since END,
       target_fingerprint = EXCLUDED.target_fingerprint, target_head = EXCLUDED.target_head
RETURNING source, target_since
"""


def note_looks(ledger: Ledger, looks: Sequence[Look], *, began: datetime | None = None) -> dict[str, datetime]:
    """By source since when its verdict holds; in one statement, without those judged by somebody since `began`."""
    columns = (
        [each.source for each in looks],
        [each.verdict for each in looks],
        [each.answered for each in looks],
        [each.fingerprint for each in looks],
        [each.head for each in looks],
        [each.judged for each in looks],
        [told(each.error) if each.error else None for each in looks],
    )
    return dict(_rows(ledger, _NOTE, *columns, began))


def note_target_looks(ledger: Ledger, looks: Sequence[TargetLook]) -> dict[str, datetime]:
    """By source since when the verdict on its schemas in the target holds; in one statement."""
    columns = (
        [each.source for each in looks],
        [each.verdict for each in looks],
        [each.fingerprint for each in looks],
        [each.head for each in looks],
    )
    return dict(_rows(ledger, _NOTE_TARGET, *columns))


# --- what the notes tell ----------------------------------------------------------------------------------------------

_RECOVERED: LiteralString = """
SELECT source, unreachable_since AS since, recovered AS back FROM dw_migration.watch
 WHERE recovered > pg_catalog.statement_timestamp() - %s ORDER BY recovered, source
"""
_LOOKED: LiteralString = """
SELECT coalesce(s.name, w.source), greatest(s.seen, w.looked)
  FROM dw_migration.source s FULL JOIN dw_migration.watch w ON w.source = s.name
 WHERE coalesce(s.seen, w.looked) IS NOT NULL
"""


def recovered(ledger: Ledger, within: timedelta) -> tuple[Recovery, ...]:
    """The sources that answer again since less than that, the earliest first."""
    return tuple(_rows(ledger, _RECOVERED, within, as_=class_row(Recovery)))


def looked(ledger: Ledger) -> dict[str, datetime]:
    """When each source last answered a look or a sync."""
    return dict(_rows(ledger, _LOOKED))


def _rows(ledger: Ledger, query: LiteralString, *values: object, as_: RowFactory[Any] = tuple_row) -> list[Any]:
    with translated("target", ledger.connection), ledger.connection.cursor(row_factory=as_) as cursor:
        return cursor.execute(query, values).fetchall()
