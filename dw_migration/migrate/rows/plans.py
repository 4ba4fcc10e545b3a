"""The tables of a copy, compiled and in their order."""

from collections.abc import Iterable
from dataclasses import dataclass

from dw_migration.live.rows.side import Side
from dw_migration.live.rows.values import entries_of
from dw_migration.resolutions.comparison import Comparison
from dw_migration.resolutions.compiled import TablePlan
from dw_migration.resolutions.compiling import Entries, compile_table, is_dropped, lookups_of
from dw_migration.resolutions.ordering import in_copy_order
from dw_migration.resolutions.resolution import LookupTable, Resolutions
from dw_migration.resolutions.shape import TableName


@dataclass(frozen=True, slots=True)
class Plans:
    """What a copy does."""

    tables: tuple[TablePlan, ...]
    """In the order in which they are copied."""
    rings: tuple[tuple[TableName, ...], ...]
    """New tables whose foreign keys refer to one another, or to their own table."""


def plans_of(comparison: Comparison, resolutions: Resolutions, target: Side) -> Plans:
    """How every table that is not dropped is copied.

    Small lookup tables are read now, and sent along; those that this copy fills are met in the target, when they are
    filled. Raises: BadConfig for decisions that cannot be carried out; as `Side.rows`.
    """
    decided = resolutions.by_table(comparison.old.tables)
    pairs = [each for each in comparison.pairs if not is_dropped(decided[each.old.address])]
    looked_up = {each.new.address: lookups_of(each, decided[each.old.address]) for each in pairs}
    order = in_copy_order(pairs, {name: [each.address for each in those] for name, those in looked_up.items()})
    needed = {each for those in looked_up.values() for each in those if each.address not in looked_up}
    entries = _entries(target, needed)
    tables = (compile_table(each, decided[each.old.address], lookups=entries) for each in order.pairs)
    return Plans(tuple(tables), order.rings)


def _entries(target: Side, lookups: Iterable[LookupTable]) -> dict[LookupTable, Entries]:
    found = ((each, entries_of(target, each)) for each in lookups)
    return {lookup: entries for lookup, entries in found if entries is not None}
