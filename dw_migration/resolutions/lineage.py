"""What became of what where the new schema is a later state of the old one: the oids tell, exactly."""

from dw_migration.resolutions.comparison import Known
from dw_migration.resolutions.shape import Shape, TableShape

_TRUSTED = 9
"""How often what speaks for it must outnumber what speaks against it: 90 %."""


def lineage(old: Shape, new: Shape) -> Known:
    """Tables by oid and row type, their columns by attnum, all under one name or another; nothing without proof.

    Proof is that nearly all tables kept their oids and names. Oids alone are none: each server counts from one start.
    """
    after = {_proof(each): each for each in new.tables.values() if each.oid}
    same = {each.address: after[_proof(each)] for each in old.tables.values() if _proof(each) in after}
    kept = sum(_is_itself(old.tables[address], now) for address, now in same.items())
    against = sum(each.address in new.tables and _proof(each) not in after for each in old.tables.values())
    against += len(same) - kept
    if not kept or kept < _TRUSTED * against:
        return Known()
    tables = {address: now.address for address, now in same.items()}
    columns = {
        (address, column.name): numbered[column.position]
        for address, now in same.items()
        for numbered in ({each.position: each.name for each in now.columns},)
        for column in old.tables[address].columns
        if column.position in numbered
    }
    return Known(tables, columns)


def _proof(table: TableShape) -> tuple[int, int]:
    return table.oid, table.row_type


def _is_itself(before: TableShape, after: TableShape) -> bool:
    """Whether it kept its name, or most of its columns theirs."""
    numbered = {each.position: each.name for each in after.columns}
    same = sum(numbered.get(each.position) == each.name for each in before.columns)
    return before.name == after.name or 2 * same >= max(1, len(before.columns))
