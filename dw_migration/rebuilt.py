"""Tables that nothing turns into what they become: set aside, made anew, and their rows carried over."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from dw_migration.catalog import Catalog
from dw_migration.kind import Address
from dw_migration.kinds.column import Column
from dw_migration.kinds.composite import Composite
from dw_migration.kinds.table import Table
from dw_migration.kinds.typed_table import TypedTable
from dw_migration.sql import Statement, identifier, joined, names, sql, statement
from dw_migration.target_names import aside_name, renamer

_NAME = re.compile(r'"(?:[^"]|"")*"|\w+')


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The old state, where such tables stand aside, so that the new ones can be made beside them."""

    old: Catalog
    new: Catalog
    asides: Mapping[Address, Address] = field(default_factory=dict)
    """The names of what stands aside, by what it was called: tables, and partitions that go with them."""
    successors: Mapping[Address, Address] = field(default_factory=dict)
    """The tables that take over the rows, by the names of those that stand aside."""

    @property
    def origins(self) -> dict[Address, Address]:
        """What each was called that stands aside."""
        return {aside: origin for origin, aside in self.asides.items()}

    def called(self, address: Address) -> Address:
        """What this object, or this part of a table, was called before tables were set aside."""
        owner = self.origins.get(Address("table", address.schema, name=address.owner))
        return self.origins.get(address) or (address._replace(owner=owner.name) if owner else address)

    def moves(self, old: Catalog) -> Iterator[tuple[Address, Address, tuple[Statement, ...]]]:
        """What sets each aside, with the sequences of its columns: they have names of their own."""
        for origin, aside in self.asides.items():
            sequences = (
                statement(
                    "ALTER SEQUENCE {} RENAME TO {}",
                    identifier(was.sequence_schema, was.sequence),
                    identifier(now.sequence),
                )
                for was, now in zip(_own_columns(old, origin), _own_columns(self.old, aside), strict=True)
                if was.sequence
            )
            yield origin, aside, (*old.objects[origin].rename(self.old.objects[aside]), *sequences)

    def columns(self, aside: Address) -> list[tuple[Column, Column]]:
        """The columns of the successor that rows fill, each with that of the table that stands aside."""
        old = {each.name: each for each in _columns(self.old, aside)}
        columns = _columns(self.new, self.successors[aside])
        return [(each, old[each.name]) for each in columns if each.name in old and not each.generated]

    def carried(self, aside: Address) -> tuple[Statement, ...]:
        """What writes the rows of a table that stands aside into its successor."""
        pairs, table = self.columns(aside), self.successors[aside]
        here, there = identifier(table.schema, table.name), identifier(aside.schema, aside.name)
        columns = sql(" ({})", names(each.name for each, _ in pairs)) if pairs else sql("")
        given = sql(" OVERRIDING SYSTEM VALUE") if any(each.identity == "a" for each, _ in pairs) else sql("")
        values = joined(each.converted(was, self._through(each)) for each, was in pairs)
        rows = statement("INSERT INTO {}{}{} SELECT {} FROM {}", here, columns, given, values, there)
        return (rows, *(each for now, was in pairs for each in now.continued(was)))

    def _through(self, column: Column) -> str:
        """The type by way of which values get to the column's, if that is swapped."""
        swapped = (each for each in self.new.needs(column.address) if _is_swapped(self.old, self.new, each))
        return next((self.new.objects[each].through(self.old.objects[each]) or "" for each in swapped), "")


def rebuilt(old: Catalog, new: Catalog) -> Rebuilt:
    """The old state with those tables aside that get another partition key, or one at all, or none any more.

    So does one where PostgreSQL would have to change the type of a column of the key, and one that is of a type whose
    attributes come in another order than its columns would: PostgreSQL adds columns at the end. Partitions that stay
    with such a table go with it: which rows are whose is decided anew.
    """
    changed = {
        address
        for address, each in new.objects.items()
        if isinstance(each, Table)
        and isinstance(was := old.objects.get(address), Table)
        and (
            was.partition_by != each.partition_by
            or (each.partition_by and _has_retyped_key(old, new, each))
            or _has_another_order(old, new, each)
        )
    }
    if not changed:
        return Rebuilt(old, new)
    along = {
        Address("table", *place[:1], name=place[1])
        for place in old.whole_of
        if any(
            Address("table", whole[0], name=whole[1]) in changed
            for whole in {*old.wholes(place)}.intersection(new.wholes(place))
        )
    }
    new_names = _names_aside(old, new, sorted(changed | along))
    moved = {address: address._replace(name=name) for address, name in new_names.items() if address.kind == "table"}
    successors = {moved[address]: address for address in changed - along}
    aside = old.renamed(renamer(new_names, old.roots))
    rights = {address: each for address, each in old.objects.items() if each.is_right}  # which the new ones get
    kept = {address: each for address, each in aside.objects.items() if not each.is_right}
    return Rebuilt(aside.replacing(kept | rights), new, moved, successors)


def _has_retyped_key(old: Catalog, new: Catalog, table: Table) -> bool:
    named = set(_NAME.findall(table.partition_by))
    return any(
        identifier(column.name).text in named
        and isinstance(was := old.objects.get(column.address), Column)
        and (column.disturbs(was) or any(_is_swapped(old, new, each) for each in new.needs(column.address)))
        for column in _columns(new, table.address)
    )


def _has_another_order(old: Catalog, new: Catalog, table: Table) -> bool:
    tie = new.objects.get(Address("typed table", table.schema, name=table.name))
    of = new.objects.get(Address("composite", tie.type_schema, name=tie.type)) if isinstance(tie, TypedTable) else None
    if not isinstance(of, Composite):
        return False
    there = [each.name for each in _own_columns(old, table.address) if each.name in of.attributes]
    return list(of.attributes[: len(there)]) != there


def _is_swapped(old: Catalog, new: Catalog, address: Address) -> bool:
    """Whether it is a type that PostgreSQL cannot turn into what it becomes, while a column is of it."""
    was, now = old.objects.get(address), new.objects[address]
    return was is not None and was != now and (now.alter(was) is None or "rows" in now.disturbs(was))


def _names_aside(old: Catalog, new: Catalog, tables: Collection[Address]) -> dict[Address, str]:
    """Names for the meantime, of the tables and of the sequences of their columns."""
    taken = {(a.schema, a.name) for catalog in (old, new) for a in catalog.objects if not a.owner}
    wanted = list(tables)
    for table in tables:
        sequences = ((each.sequence_schema, each.sequence) for each in _own_columns(old, table) if each.sequence)
        wanted += [Address("sequence", schema, name=name) for schema, name in sequences]
    found = {}
    for address in wanted:
        number = 1
        while (address.schema, name := aside_name(address.name, f"before{'' if number == 1 else number}")) in taken:
            number += 1
        taken.add((address.schema, name))
        found[address] = name
    return found


def _columns(catalog: Catalog, table: Address) -> list[Column]:
    """The columns of the table, in order; of a partition, those of its whole."""
    wholes = catalog.wholes((table.schema, table.name))
    return _own_columns(catalog, Address("table", wholes[-1][0], name=wholes[-1][1]) if wholes else table)


def _own_columns(catalog: Catalog, table: Address) -> list[Column]:
    found = [
        each
        for each in catalog.objects.values()
        if isinstance(each, Column) and (each.schema, each.table) == (table.schema, table.name)
    ]
    return sorted(found, key=lambda each: each.position)
