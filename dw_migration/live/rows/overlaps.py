"""Which share of their values two columns have in common, from a small sample that is the same on both sides."""

from collections.abc import Mapping, Sequence

from dw_migration.errors import NotAllowed, ServerError
from dw_migration.live.connections import Session, translated
from dw_migration.live.stop import stoppable
from dw_migration.resolutions.compiled import OLD, old_rows
from dw_migration.resolutions.pairing import Overlaps
from dw_migration.resolutions.shape import TableShape
from dw_migration.sql import Sql, identifier, joined, sql

_SAMPLE = 1_000
_FEWEST = 5
"""Columns of fewer distinct values have them in common by chance."""


def overlaps(old: Session, new: Session) -> Overlaps:
    """What `compare` asks for values. The smallest hashes of each column are compared: no value leaves its server.

    Each table is read once a column; what cannot be read, or not within statement_timeout, tells nothing.
    """

    def shares(
        before: TableShape, columns: Sequence[str], after: TableShape, others: Sequence[str]
    ) -> Mapping[tuple[str, str], float]:
        theirs = _samples(new, after, others)
        ours = _samples(old, before, columns) if any(theirs.values()) else {}
        found = ((one, other, _share(ours[one], theirs[other])) for one in ours for other in theirs)
        return {(one, other): share for one, other, share in found if share is not None}

    return shares


def _share(ours: frozenset[int], theirs: frozenset[int]) -> float | None:
    """The share of all distinct values that both have, estimated from the smallest hashes; None: too few to say."""
    if min(len(ours), len(theirs)) < _FEWEST:
        return None
    sample = set(sorted(ours | theirs)[:_SAMPLE])
    return len(ours & theirs & sample) / len(sample)


def _samples(session: Session, table: TableShape, columns: Sequence[str]) -> dict[str, frozenset[int]]:
    query = sql("SELECT {}", joined([_smallest(table, each) for each in columns]))
    try:
        with translated("values", session), stoppable(session):
            row = session.execute(query.text.encode()).fetchall()[0]
    except (ServerError, NotAllowed):
        return {}
    return dict(zip(columns, map(frozenset, row), strict=True))


def _smallest(table: TableShape, column: str) -> Sql:
    value = sql('{}.{}::pg_catalog.text COLLATE pg_catalog."C"', OLD, identifier(column))
    rows = old_rows(table.address, only=not table.partitioned)
    return sql(
        "ARRAY(SELECT DISTINCT pg_catalog.hashtextextended({}, 0) FROM {} WHERE {} IS NOT NULL ORDER BY 1 LIMIT {})",
        value,
        rows,
        value,
        _SAMPLE,
    )
