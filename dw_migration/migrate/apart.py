"""Indexes and constraints that a copy of rows has off, as what reads or changes the schema takes them."""

from collections.abc import Collection
from dataclasses import replace

from dw_migration.catalog import Catalog
from dw_migration.kind import Address
from dw_migration.live.locks import holders
from dw_migration.live.reader import read_target
from dw_migration.live.retired import without_retired
from dw_migration.live.rows.apart import are_off, put_back, tables_apart
from dw_migration.live.rows.side import Side
from dw_migration.migrate.run import Run


def read_managed(run: Run, schemas: Collection[str]) -> Catalog:
    """The target's schemas as they are, with what a copy at work has off for a while as the ledger knows it.

    What is retired is not in it. Without a copy at work, what is off is not there. Raises: as `read_target`.
    """
    off = off_for_a_while(run, schemas)
    current = without_retired(read_target(run.target, schemas), run.ledger, run.name)
    off |= off_for_a_while(run, schemas)  # it may have begun meanwhile, or ended
    base = run.ledger.base(run.name) if off else None
    if base is None:
        return current
    given = base.given.objects
    back = {
        address: each
        for address, each in given.items()
        if address not in current.objects and (address in off or not off.isdisjoint(each.needs()))
    }
    if back:
        number = len(off & back.keys())
        run.note(f"rows are copied just now, with {number} indexes and constraints off, which come back after")
    return replace(current, objects={**current.objects, **back})


def off_for_a_while(run: Run, schemas: Collection[str]) -> frozenset[Address]:
    """What a copy of rows that is at work in these schemas has off; no catalog is read."""
    off = are_off(_side(run), schemas)
    ours = run.target.info.backend_pid
    return off if off and any(each.pid != ours for each in holders(run.target, run.name)) else frozenset()


def put_in_order(run: Run) -> None:
    """Put back what a copy that did not come to its end has off; what cannot be is noted, with the reason.

    Under the source's lock, so that no copy is at work. Locks, and raises: as `live.rows.apart.put_back`.
    """
    side = _side(run)
    for table in tables_apart(side, tuple(run.ledger.schemas(run.name))):
        for each in put_back(side, table):
            run.note(f"off since a copy of rows: {each}: mend the rows, and run the copy or this again")


def _side(run: Run) -> Side:
    return Side(run.target, "target")
