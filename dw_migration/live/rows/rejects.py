"""Rows that a server refuses: found by halving their range, noted in the ledger, and tried again once mended."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import LiteralString

from dw_migration.live.rows.chunks import Chunk, Copies, Mode, keys
from dw_migration.live.rows.loading import Job, Loaded, arrived, check_equal, load
from dw_migration.live.rows.side import Refused, Side
from dw_migration.resolutions.compiled import OLD, Range
from dw_migration.sql import Sql, sql

_WHOLE_ROW = sql("ROW({}.*)", OLD)
MOST = 1_000
"""Rejects of one chunk: with more, not the rows are at fault, and each of them costs a few round trips."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was refused."""

    key: tuple[str, ...]
    """In the old table."""
    column: str | None
    """Whose value was refused, as far as the server says; None: `sha256` and `value` are of the whole old row."""
    sha256: str | None
    """None for NULL."""
    value: str | None
    """Only where the job keeps values."""
    sqlstate: str
    reason: str


def load_or_reject(source: Side, target: Side, job: Job, chunk: Chunk) -> Loaded:
    """The chunk's rows, written and not committed, without those that were refused, which are noted instead.

    Raises: Refused, where the job is strict, the table has no key to tell its rows by, or too many are refused; as
    `load`.
    """
    if job.strict or not job.plan.key:
        return load(source, target, job, chunk.range)
    loaded, rejects = Loaded(), list[Reject]()
    for each in _halving(source, target, job, chunk.range):
        if isinstance(each, Loaded):
            loaded += each
            continue
        reject, error = each
        rejects.append(reject)
        if len(rejects) > MOST:
            raise error
    _note(target, job, chunk, rejects)
    return loaded


def _halving(source: Side, target: Side, job: Job, rows: Range) -> Iterator[Loaded | tuple[Reject, Refused]]:
    """The rows in order: what was loaded at once, and single rows that were refused."""
    try:
        with source.transaction(), target.transaction():
            loaded = load(source, target, job, rows)
    except Refused as error:
        refused = error
    else:
        yield loaded
        return
    count = count_rows(source, job, rows)
    if count == 0:
        raise refused
    if count == 1:
        yield _rejected(source, job, rows, refused), refused
        return
    (middle,) = keys(source, job.plan, rows, skipped=count // 2 - 1)
    yield from _halving(source, target, job, Range(rows.lower, tuple(middle)))
    yield from _halving(source, target, job, Range(tuple(middle), rows.upper))


def count_rows(source: Side, job: Job, rows: Range) -> int:
    """How many rows the old table has in the range, without a look at their values."""
    query = sql("SELECT pg_catalog.count(*) FROM {}{}", job.plan.old_rows, job.plan.where(rows))
    ((count,),) = source.rows(query)
    return int(count)


def _rejected(source: Side, job: Job, rows: Range, error: Refused) -> Reject:
    """The one row of the range, with the value that was refused, or all of it where that cannot be told."""
    (key,) = keys(source, job.plan, rows)
    column = next((each for each in job.plan.columns if each.name == error.column), None)
    try:
        with source.transaction():
            sha256, value = _value(source, job, rows, column.expression if column else _WHOLE_ROW)
    except Refused:  # the expression itself is what fails
        column = None
        sha256, value = _value(source, job, rows, _WHOLE_ROW)
    return Reject(tuple(key), column.name if column else None, sha256, value, error.sqlstate or "", error.reason)


def _value(source: Side, job: Job, rows: Range, value: Sql) -> tuple[str | None, str | None]:
    """Its sha256, in the database's encoding, and where it is kept itself."""
    bytes_ = Sql("pg_catalog.convert_to(t, pg_catalog.getdatabaseencoding())")
    shown = Sql("t") if job.keep_values else Sql("NULL")
    row = sql("SELECT ({})::pg_catalog.text AS t FROM {}{}", value, job.plan.rows, job.plan.where(rows))
    query = sql("SELECT pg_catalog.encode(pg_catalog.sha256({}), 'hex'), {} FROM ({}) AS s", bytes_, shown, row)
    ((sha256, kept),) = source.rows(query)
    return sha256, kept


# --- in the ledger --------------------------------------------------------------------------------------------------

_NOTED: LiteralString = (
    "INSERT INTO dw_migration.reject (copy, chunk, key, column_name, sha256, value, sqlstate, reason)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
_OPEN: LiteralString = (
    "SELECT number, chunk, key FROM dw_migration.reject"
    " WHERE copy = %s AND state = 'rejected' ORDER BY number FOR UPDATE"
)
_SETTLED: LiteralString = (
    "UPDATE dw_migration.reject SET state = %s, value = NULL, at = pg_catalog.clock_timestamp() WHERE number = %s"
)
_AGAIN: LiteralString = (
    "UPDATE dw_migration.reject SET column_name = %s, sha256 = %s, value = %s, sqlstate = %s, reason = %s,"
    " at = pg_catalog.clock_timestamp() WHERE number = %s"
)


def _note(target: Side, job: Job, chunk: Chunk, rejects: list[Reject]) -> None:
    for each in rejects:
        values = job.noted.id, chunk.number, json.dumps(each.key), *_told(each)
        with target.told():
            target.session.execute(_NOTED, values)


def _told(each: Reject) -> tuple[str | None, ...]:
    return each.column, each.sha256, each.value, each.sqlstate, each.reason


# --- again ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of a table's rejects."""

    copied: int
    gone: int
    """The old table has them no more."""
    still: int


@dataclass(frozen=True, slots=True)
class _Noted:
    number: int
    chunk: int
    row: Range


def retry_rejects(source: Side, target: Side, job: Job) -> Retried:
    """Write the rejects that are accepted now, inside transactions that the caller has open on both sides.

    Raises: as `load`.
    """
    with target.told():
        rows = target.session.execute(_OPEN, (job.noted.id,)).fetchall()
    noted = [_Noted(number, chunk, Range(at=tuple(json.loads(key)))) for number, chunk, key in rows]
    ends = [_retried(source, target, job, each) for each in noted]
    return Retried(ends.count("copied"), ends.count("gone"), ends.count("rejected"))


def _retried(source: Side, target: Side, job: Job, noted: _Noted) -> str:
    """The state of the reject after another try: copied, gone or rejected."""
    try:
        with source.transaction(), target.transaction():
            return _loaded_now(source, target, job, noted)
    except Refused as error:
        again = _rejected(source, job, noted.row, error)
        with target.told():
            target.session.execute(_AGAIN, (*_told(again), noted.number))
        return "rejected"


def _loaded_now(source: Side, target: Side, job: Job, noted: _Noted) -> str:
    before = arrived(target, job, noted.row)
    loaded = load(source, target, job, noted.row)
    if job.mode is not Mode.UPSERT:  # which is verified on its stage
        check_equal(job, loaded.digest, arrived(target, job, noted.row) - before)
    Copies(target).add(job.noted, noted.chunk, loaded.digest)
    state = "copied" if loaded.digest.rows else "gone"
    with target.told():
        target.session.execute(_SETTLED, (state, noted.number))
    return state
