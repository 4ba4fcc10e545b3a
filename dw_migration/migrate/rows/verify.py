"""`data verify`: whether both sides have the same rows now, and `data rejects`: which rows the target refused."""

import time
from collections.abc import Iterator

from dw_migration.config import Config
from dw_migration.live.ledger import Ledger
from dw_migration.live.rows.copying import Terms
from dw_migration.live.rows.standing import RejectedRow, rejected_rows
from dw_migration.live.rows.verifying import TableCompared, compare_tables
from dw_migration.migrate.rows.asked import Asked
from dw_migration.migrate.rows.copy import ends_of, held, shown, unwatched, written
from dw_migration.migrate.rows.outcome import CopyOutcome, TableOutcome, Underway, Watching
from dw_migration.migrate.rows.prepared import Prepared, prepare
from dw_migration.migrate.rows.resolve import opened_scope

_DIFFERENT = 3


def verify(config: Config, asked: Asked, *, watching: Watching = unwatched) -> CopyOutcome:
    """Both sides compared by number and hash a chunk; where they differ, the rows by their keys, in `faults`.

    Writes nothing to either, but for the ledger's tables where they are missing. Exit code 3 where rows differ.
    Raises: as `copy`.
    """
    began = time.monotonic()
    prepared = prepare(config, asked)
    if outcome := held(prepared, asked, live=False):
        return outcome
    with opened_scope(config, prepared.scope) as (_, target):
        plans = prepared.plans(target)
    found = []
    for each in compare_tables(ends_of(config, prepared.scope), plans.tables, Terms()):
        found.append(each)
        watching(_underway(prepared, each, time.monotonic() - began))
    tables = tuple(_outcome(prepared, each) for each in found)
    failed = any(each.error for each in tables)
    equal = all(each.is_equal for each in found)
    return CopyOutcome(
        asked.prefix,
        live=False,
        status="failed" if failed else "equal" if equal else "different",
        tables=tables,
        seconds=time.monotonic() - began,
        paths=prepared.paths,
        exit_code=1 if failed else 0 if equal else _DIFFERENT,
        next_command="" if equal else f"dw-migration data copy --prefix {asked.prefix} --live --catch-up",
    )


def _underway(prepared: Prepared, found: TableCompared, seconds: float) -> Underway:
    rows = found.source.rows
    return Underway(shown(prepared, found.plan.old), rows, 0, rows, seconds, is_done=True)


def _outcome(prepared: Prepared, found: TableCompared) -> TableOutcome:
    status = "failed" if found.error else "equal" if found.is_equal else "different"
    return TableOutcome(
        shown(prepared, found.plan.old),
        written(found.plan.new),
        status,
        rows=found.source.rows,
        chunks=found.chunks,
        faults=tuple(_faults(found)),
        error=str(found.error) if found.error else None,
    )


def _faults(found: TableCompared) -> Iterator[str]:
    """The rows that differ, by their keys; values are told to nobody."""
    if found.is_equal or found.error:
        return
    rows = f"{found.source.rows:,} rows at the source, {found.target.rows:,} in the target"
    yield f"{found.differing_chunks} of {found.chunks} chunks differ: {rows}"
    for each in found.rows:
        yield f"{each.how}: {', '.join(each.key)}"
    if found.more:
        yield "and others"


def rejects(config: Config, asked: Asked, *, limit: int = 1_000) -> tuple[RejectedRow, ...]:
    """The rows that copies of this prefix still lack, by table. Raises: as `copy`."""
    prepared = prepare(config, asked)
    schemas = sorted({new for _, new in prepared.scope.schemas})
    with opened_scope(config, prepared.scope) as (source, target):
        if not Ledger(target.session).exists():
            return ()
        return tuple(rejected_rows(target, source.where, schemas, limit=limit))
