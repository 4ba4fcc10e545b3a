"""What a catalog says, sorted the way a module of models needs it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from dw_migration.catalog import Catalog, by_rank, in_order
from dw_migration.kind import Address, DatabaseObject, Query
from dw_migration.kinds.attribute import Attribute
from dw_migration.kinds.column import Column
from dw_migration.kinds.comment import Comment
from dw_migration.kinds.composite import Composite
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.default import Default
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.enum import Enum
from dw_migration.kinds.extension import Extension
from dw_migration.kinds.index import Index
from dw_migration.kinds.materialized_view import MaterializedView
from dw_migration.kinds.ownership import Ownership
from dw_migration.kinds.range_type import RangeType
from dw_migration.kinds.schema import Schema
from dw_migration.kinds.sequence import Sequence
from dw_migration.kinds.statistics import Statistics
from dw_migration.kinds.table import Table
from dw_migration.kinds.view import View

Object = TypeVar("Object", bound=DatabaseObject)
MARKS = frozenset({"clustering", "replica identity"})
EXPRESSED = MARKS | {
    each.kind
    for each in (
        Attribute,
        Column,
        Comment,
        Composite,
        Constraint,
        Default,
        Domain,
        Enum,
        Extension,
        Index,
        MaterializedView,
        Ownership,
        RangeType,
        Schema,
        Sequence,
        Statistics,
        Table,
        View,
    )
}
"""Kinds that the models make, or only show: views; schemas and extensions must be there before."""
Place = tuple[str, str]
"""Schema and name of a table or domain."""


@dataclass(frozen=True)
class Facts:
    """A catalog's objects by kind and table, and the names that the source has for them."""

    catalog: Catalog
    originals: Mapping[Address, str]

    def every(self, kind: type[Object]) -> list[Object]:
        """The objects of one kind, by address."""
        found = [each for each in self.catalog.objects.values() if isinstance(each, kind)]
        return sorted(found, key=lambda each: each.address)

    def original(self, of: DatabaseObject) -> str:
        """The name in the source, in its original case."""
        return self.originals.get(of.address, of.address.name)

    def comment(self, of: DatabaseObject) -> str:
        """The comment on the object, or nothing."""
        _, schema, owner, name, _ = of.address
        return self._comment(Address("comment", schema, owner, name, of.kind))

    def column_comment(self, of: Query, column: str) -> str:
        """The comment on a view's column, or nothing."""
        return self._comment(Address("comment", of.schema, of.name, column, f"column of a {of.kind}"))

    def _comment(self, address: Address) -> str:
        found = self.catalog.objects.get(address)
        return found.text if isinstance(found, Comment) else ""

    def default(self, of: Column) -> str:
        """The default's expression, or nothing."""
        found = self.catalog.objects.get(Address("default", of.schema, of.table, of.name))
        return found.expression if isinstance(found, Default) else ""

    @cached_property
    def tables(self) -> list[Table]:
        """The tables, by schema and name."""
        return self.every(Table)

    @cached_property
    def views(self) -> list[View | MaterializedView]:
        """The views, by schema and name."""
        return sorted((*self.every(View), *self.every(MaterializedView)), key=lambda each: (each.schema, each.name))

    @cached_property
    def types(self) -> list[Enum | Domain | Composite | RangeType]:
        """The types, each behind those that it stands on."""
        kinds = Enum | Domain | Composite | RangeType
        found = {address: each for address, each in self.catalog.objects.items() if isinstance(each, kinds)}
        return [
            found[address] for address in in_order(found, lambda each: self._standing(each) & found.keys(), by_rank)
        ]

    def _standing(self, address: Address) -> set[Address]:
        """What a type stands on, also by way of its attributes."""
        parts = [each for each in self.catalog.dependents.get(address, ()) if each.kind == "attribute"]
        own = [part for part in parts if self.catalog.objects[part].parent == address]
        return {needed for each in (address, *own) for needed in self.catalog.needs(each)} - {address}

    @cached_property
    def sequences(self) -> list[Sequence]:
        """The sequences, by schema and name."""
        return self.every(Sequence)

    @cached_property
    def columns(self) -> dict[Place, list[Column]]:
        """The columns of each table, in their order."""
        found: dict[Place, list[Column]] = defaultdict(list)
        for column in sorted(self.every(Column), key=lambda each: each.position):
            found[column.schema, column.table].append(column)
        return found

    @cached_property
    def constraints(self) -> dict[Place, list[Constraint]]:
        """The constraints of each table or domain: keys, uniques, checks, exclusions, foreign keys."""
        found: dict[Place, list[Constraint]] = defaultdict(list)
        for constraint in sorted(self.every(Constraint), key=lambda each: ("pucxf".index(each.type), each.name)):
            found[constraint.schema, constraint.owner].append(constraint)
        return found

    @cached_property
    def indexes(self) -> dict[Place, list[Index]]:
        """The indexes of each table."""
        found: dict[Place, list[Index]] = defaultdict(list)
        for index in self.every(Index):
            found[index.schema, index.table].append(index)
        return found

    @cached_property
    def attached(self) -> dict[Place, list[DatabaseObject]]:
        """What is said of each table in statements of its own: sequences that belong to a column, marks of indexes."""
        found: dict[Place, list[DatabaseObject]] = defaultdict(list)
        for each in sorted(self.catalog.objects.values(), key=lambda each: each.address):
            if isinstance(each, Ownership):
                found[each.table_schema, each.table].append(each)
            elif each.kind in MARKS and each.parent:
                found[each.parent.schema, each.parent.name].append(each)
        return found
