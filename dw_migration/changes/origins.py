"""Which tables a change is about, and what they were called before the renames of its way."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from dw_migration.changes.change import Change, Create, Drop, Rename
from dw_migration.changes.difference import Difference
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.constraint import Constraint

ROWS_IN = frozenset({"table", "materialized view"})
"""Kinds that have a file of rows."""


class Located(NamedTuple):
    """A change, and the renames that have run before it."""

    change: Change
    renames: Sequence[Rename]

    def origin(self, table: Address) -> Address:
        """What the table was called before all of them."""
        for each in reversed(self.renames):
            if each.kind == "schema" and table.schema == each.new.address.schema:
                table = table._replace(schema=each.old.address.schema)
            elif table == each.new.address:
                table = each.old.address
        return table


def located(changes: Iterable[Change], earlier: Iterable[Rename] = ()) -> Iterator[Located]:
    """Each change with the renames before it; `earlier`: those of the way that led where this one begins."""
    passed = list(earlier)
    for each in changes:
        yield Located(each, tuple(passed))
        if isinstance(each, Rename):
            passed.append(each)


def renames_in(changes: Iterable[Change]) -> tuple[Rename, ...]:
    """The renames among the changes."""
    return tuple(each for each in changes if isinstance(each, Rename))


def tables_of(change: Change) -> Iterator[Address]:
    """The tables that the change is about, and those that its foreign keys refer to."""
    for each in _objects(change):
        if each.kind in ROWS_IN:
            yield each.address
        elif each.parent and each.parent.kind in ROWS_IN:
            yield each.parent
        if isinstance(each, Constraint) and each.foreign_table:
            yield Address("table", each.foreign_schema, name=each.foreign_table)


def _objects(change: Change) -> tuple[DatabaseObject, ...]:
    if isinstance(change, Drop):
        return (change.old, *change.parts)
    if isinstance(change, Create):
        return (change.new, *change.parts)
    return (change.old, change.new)


def made_in(changes: Iterable[Change]) -> frozenset[Address]:
    """Tables that the changes make: nobody else sees them before they are committed."""
    return frozenset(each.address for each in changes if isinstance(each, Create) and each.kind in ROWS_IN)


def tables_in(difference: Difference) -> frozenset[Address]:
    """Tables that are there already and that either way is about, by the names that they have now."""
    found: set[Address] = set()
    for way, earlier in ((difference.changes, ()), (difference.back, renames_in(difference.changes))):
        made = made_in(way)
        for each in located(way, earlier):
            found |= {each.origin(table) for table in tables_of(each.change) if table not in made}
    return frozenset(found)
