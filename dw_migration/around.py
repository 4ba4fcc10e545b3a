"""The plan around a change: what is in the target before it and after, and where the rows are that are asked."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from dw_migration.catalog import Catalog
from dw_migration.changes import Alter, Change, Create, Difference, Drop, Rename
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.column import Column
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.index import Index
from dw_migration.kinds.materialized_view import MaterializedView
from dw_migration.kinds.partition import Partition
from dw_migration.kinds.table import Table
from dw_migration.sql import Sql, deparsed, identifier, joined, sql
from dw_migration.sql import names as listed

Pair = tuple[DatabaseObject, DatabaseObject]


@dataclass(frozen=True)
class Around:
    """What a rule may know besides its change."""

    before: Catalog = field(default_factory=Catalog)
    """The target as it is, under the names that the plan's renames give."""
    after: Catalog = field(default_factory=Catalog)
    """The target as it will be."""
    changes: tuple[Change, ...] = ()
    ahead: tuple[Change, ...] | None = None
    """Those of them that are not made yet when the rows are asked; None: all."""
    alike: Mapping[Address, tuple[Address, str]] = field(default_factory=dict)
    """As of the difference."""

    @classmethod
    def of(cls, difference: Difference) -> "Around":
        """The plan that the difference is."""
        return cls(difference.before, difference.after, difference.changes, alike=difference.alike)

    @classmethod
    def back(cls, difference: Difference) -> "Around":
        """Its way back."""
        return cls(difference.after, difference.before, difference.back)

    # -- what becomes of what -----------------------------------------------------------------------------------------

    def pair(self, change: Change) -> Pair | None:
        """What it was and what it is, of an object that is altered, or dropped and made otherwise; else None."""
        if isinstance(change, Alter):
            return change.old, change.new
        if isinstance(change, Create) and not self.is_made_again(change) and change.address in self._dropped:
            return self._dropped[change.address], change.new
        return None

    def is_made_again(self, change: Change) -> bool:
        """Whether it only had to go out of the way; a column never does: its values go."""
        return isinstance(change, Create | Drop) and change.again and change.kind != "column"

    def comes_back(self, change: Drop) -> bool:
        """Whether the plan makes it again, as it was or otherwise; of a column its name alone."""
        return change.again or change.address in self._made

    def inside(self, change: Change) -> Iterator[Change]:
        """What a table that is made anew, and takes over the rows, would be changed by if it stayed the same one."""
        if not (isinstance(change, Create) and change.successor_of):
            return
        table = change.address
        old = {each.name: each for each in self.columns(table.schema, table.name)}
        new = {each.name: each for each in change.parts if isinstance(each, Column)}
        if self.after.wholes((table.schema, table.name)):
            new = old  # those of the table that it is attached to
        yield from (Drop(each) for name, each in old.items() if name not in new)
        for name, each in new.items():
            if name not in old:
                yield Create(each, tuple(part for part in change.parts if part.parent == each.address))
            elif each != old[name]:
                yield Alter(old[name], each)
        for part in change.parts:
            if isinstance(part, Constraint) and part != self.before.objects.get(part.address):
                yield Create(part)

    @cached_property
    def _dropped(self) -> dict[Address, DatabaseObject]:
        gone = (each for change in self.changes if isinstance(change, Drop) for each in (change.old, *change.parts))
        return {each.address: each for each in gone if each.kind != "column"}

    @cached_property
    def _made(self) -> set[Address]:
        made = (each for change in self.changes if isinstance(change, Create) for each in (change.new, *change.parts))
        return {each.address for each in made}

    # -- the rows -----------------------------------------------------------------------------------------------------

    def is_new(self, schema: str, table: str) -> bool:
        """Whether the plan makes the table, and no rows come into it from another."""
        return (schema, table) in self._new

    @cached_property
    def _new(self) -> set[tuple[str, str]]:
        created = (each for each in self.changes if isinstance(each, Create) and not each.successor_of)
        return {(each.new.schema, each.new.name) for each in created if isinstance(each.new, Table)}

    def rows(self, schema: str, table: str, *, alone: bool = False) -> Sql | None:
        """What stands behind FROM: the table as it is now, its columns under the names that they get.

        None where it is not there yet, or somebody else knows its columns. alone: without those that inherit it, of
        which no key knows.
        """
        there = self.before.objects.get(Address("table", schema, name=table))
        if there is None:
            return None
        place = identifier(*self._place(schema, table))
        if alone and isinstance(there, Table) and not there.partition_by:
            place = sql("ONLY {}", place)
        names = {each.name: self._column(each) for each in self.columns(schema, table)}
        if all(name == was for name, was in names.items()):
            return place
        renamed = joined(sql("{} AS {}", identifier(was), identifier(name)) for name, was in names.items())
        return sql("(SELECT {} FROM {}) AS {}", renamed, place, identifier(table))

    def rows_of_view(self, schema: str, view: str) -> Sql | None:
        """What stands behind FROM: the rows of a materialized view, by its query where the plan fills it anew.

        None where it is empty.
        """
        address = Address("materialized view", schema, name=view)
        new = self.after.objects.get(address)
        if not isinstance(new, MaterializedView) or not new.populated:
            return None
        if new == self.before.objects.get(address) and address not in self._made:
            return identifier(*self._place(schema, view))
        return sql("({}) AS {} ({})", deparsed(new.definition), identifier(view), listed(new.columns))

    def is_in_key(self, column: Column) -> bool:
        """Whether rows may not be equal in it, be it together with other columns, or in a part of the table."""
        word = re.compile(rf'(?<![\w"]){re.escape(identifier(column.name).text)}(?![\w"])')
        return any(
            column.name in each.columns if isinstance(each, Constraint) else word.search(each.definition)
            for each in self._keys.get(column.parent, ())
        )

    @cached_property
    def _keys(self) -> dict[Address, list[Constraint | Index]]:
        found: dict[Address, list[Constraint | Index]] = defaultdict(list)
        for each in self.after.objects.values():
            if (isinstance(each, Constraint) and each.type in "pu") or (isinstance(each, Index) and each.unique):
                found[each.parent].append(each)
        return found

    def columns(self, schema: str, table: str) -> tuple[Column, ...]:
        """The columns that the table has now; of a partition those of the whole."""
        wholes = self.before.wholes((schema, table))
        return self._columns.get(wholes[-1] if wholes else (schema, table), ())

    @cached_property
    def _columns(self) -> dict[tuple[str, str], tuple[Column, ...]]:
        found: dict[tuple[str, str], list[Column]] = defaultdict(list)
        gone = set() if self.ahead is None else self._columns_gone - _columns_gone_by(self.ahead)
        for each in self.before.objects.values():
            if isinstance(each, Column) and each.address not in gone:
                found[each.schema, each.table].append(each)
        return {table: tuple(those) for table, those in found.items()}

    def stay(self, schema: str, table: str, names: Collection[str]) -> bool:
        """Whether the table has these columns already, and they keep their types: so that rows can be asked now."""
        there = {each.name: each for each in self.columns(schema, table)}
        return all(name in there and self._stays(there[name]) for name in names)

    def _stays(self, column: Column) -> bool:
        wholes = self.after.wholes((column.schema, column.table))
        schema, table = wholes[-1] if wholes else (column.schema, column.table)
        new = self.after.objects.get(Address("column", schema, table, column.name))
        is_same = isinstance(new, Column) and (new.type, new.collation) == (column.type, column.collation)
        return is_same and column.address not in self._columns_gone

    @cached_property
    def _columns_gone(self) -> set[Address]:
        return _columns_gone_by(self.changes)

    def values_of(self, type_: Address, what: Sql) -> Sql | None:
        """What stands behind FROM: `value` from each column of the type, each made so of `{}`, the column's name.

        None where no column is of it, or something else holds its values too: an array, a composite type, a domain.
        """
        name = identifier(type_.schema, type_.name).text
        parts = []
        for each in self.before.dependents.get(type_, ()):
            column = self.before.objects[each]
            if isinstance(column, Column):
                rows = self.rows(column.schema, column.table)
                if column.type != name or rows is None:
                    return None
                value = Sql(what.text.replace("{}", identifier(column.name).text))
                parts.append(sql("SELECT {} AS value FROM {}", value, rows))
            elif each.kind in _HOLDERS:
                return None
        return sql("({}) AS held", joined(parts, " UNION ALL ")) if parts else None

    def partitions(self, schema: str, table: str) -> list[Partition]:
        """Those that the table has after the plan."""
        return self._partitions.get((schema, table), [])

    @cached_property
    def _partitions(self) -> dict[tuple[str, str], list[Partition]]:
        found: dict[tuple[str, str], list[Partition]] = defaultdict(list)
        for each in self.after.objects.values():
            if isinstance(each, Partition):
                found[each.whole_schema, each.whole_table].append(each)
        return found

    # -- domains ------------------------------------------------------------------------------------------------------

    @cached_property
    def domains(self) -> Mapping[str, Domain]:
        """By the name of the type, as columns have it."""
        return {each.identifier.text: each for each in self.after.objects.values() if isinstance(each, Domain)}

    def checks_of(self, domain: Domain) -> tuple[Constraint, ...]:
        """Its own ones, after the plan."""
        return tuple(self._checks.get(domain.address, ()))

    @cached_property
    def _checks(self) -> dict[Address, list[Constraint]]:
        found: dict[Address, list[Constraint]] = defaultdict(list)
        for each in self.after.objects.values():
            if isinstance(each, Constraint) and each.on_domain:
                found[each.parent].append(each)
        return found

    # -- former names -------------------------------------------------------------------------------------------------

    def _place(self, schema: str, table: str) -> tuple[str, str]:
        """Schema and name of the table as they are now."""
        for each in self._renames:
            if each.kind == "schema" and each.new.address.schema == schema:
                schema = each.old.address.schema
            elif each.new.address == Address("table", schema, name=table):
                schema, table = each.old.address.schema, each.old.address.name
        return schema, table

    def _column(self, column: Column) -> str:
        """The column's name as it is now."""
        address = column.address
        for each in self._renames:
            if each.new.address == address:
                address = each.old.address
        return address.name

    @cached_property
    def _renames(self) -> list[Rename]:
        """The last one first."""
        ahead = self.changes if self.ahead is None else self.ahead
        return [each for each in ahead if isinstance(each, Rename) and each.kind in _PLACES][::-1]


def _columns_gone_by(changes: Collection[Change]) -> set[Address]:
    return {each.address for each in changes if isinstance(each, Drop) and each.kind == "column"}


_PLACES = frozenset({"schema", "table", "column"})
_HOLDERS = frozenset({"composite", "domain", "range type", "table", "attribute", "materialized view"})
