"""One chunk: its rows, their verification and the ledger's entry in one transaction of the target."""

import time
from datetime import timedelta

from psycopg import IsolationLevel

from dw_migration.live.rows.chunks import Chunk, Copies, Mode
from dw_migration.live.rows.hashes import Digest
from dw_migration.live.rows.loading import NOTHING, Job, Loaded, arrived, check_equal
from dw_migration.live.rows.rejects import Retried, load_or_reject, retry_rejects
from dw_migration.live.rows.side import Side
from dw_migration.live.rows.snapshots import Snapshot
from dw_migration.resolutions.compiled import Range
from dw_migration.sql import Sql


def as_writer(target: Side) -> None:
    """The session's transactions see what others had committed when they began: their rows are not taken for ours."""
    target.session.isolation_level = IsolationLevel.REPEATABLE_READ


def copy_chunk(source: Side, target: Side, snapshot: Snapshot, job: Job, chunk: Chunk) -> bool:
    """Whether it was copied now; False: the ledger says that it was before, perhaps by a COMMIT that nobody heard of.

    Raises: Refused (see `load_or_reject`), NotConverged, SourceChanging, ServerError, NotAllowed, NoConnection; nothing
    of the chunk is there then, unless the COMMIT itself got no answer: try again with a new session, and it turns out.
    """
    began = time.monotonic()
    with snapshot.seen_by(source), target.transaction():
        copies = Copies(target)
        if not copies.claim(job.noted, chunk):
            return False
        _prepare(target, chunk.range)
        loaded = _verified(source, target, job, chunk)
        copies.note_copied(
            job.noted,
            chunk,
            loaded.digest,
            size=loaded.bytes,
            hashed_as=job.hashed_as,
            snapshot=snapshot.id,
            duration=timedelta(seconds=time.monotonic() - began),
        )
    return True


def _prepare(target: Side, rows: Range) -> None:
    """What a row breaks, it breaks at once; and the chunk is read by its key, though no statistics are there yet."""
    target.run(Sql("SET CONSTRAINTS ALL IMMEDIATE"))
    if rows.lower is not None or rows.upper is not None:
        target.run(Sql("SET LOCAL enable_seqscan = off"))


def _verified(source: Side, target: Side, job: Job, chunk: Chunk) -> Loaded:
    before = _before(target, job, chunk)
    loaded = load_or_reject(source, target, job, chunk)
    if job.mode is not Mode.UPSERT:  # which is verified on its stage
        check_equal(job, loaded.digest, arrived(target, job, chunk.range) - before)
    return loaded


def _before(target: Side, job: Job, chunk: Chunk) -> Digest:
    return arrived(target, job, chunk.range) if job.mode is Mode.APPEND else NOTHING


def retry(source: Side, target: Side, snapshot: Snapshot, job: Job) -> Retried:
    """What became of the rejects of a copy, in one transaction. Raises: as `copy_chunk`."""
    with snapshot.seen_by(source), target.transaction():
        target.run(Sql("SET CONSTRAINTS ALL IMMEDIATE"))
        return retry_rejects(source, target, job)
