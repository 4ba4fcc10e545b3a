"""Partitions and tables that inherit, where that changes: both catalogs with these as tables by themselves."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from dw_migration.catalog import Catalog
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.column import Column
from dw_migration.kinds.comment import Comment
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.default import Default
from dw_migration.kinds.index import Index
from dw_migration.kinds.inheritance import Inheritance
from dw_migration.kinds.partition import Partition
from dw_migration.kinds.partition_column import PartitionColumn
from dw_migration.kinds.table import Table

Place = tuple[str, str]
Members = Mapping[Place, list[DatabaseObject]]


def levelled(
    old: Catalog, new: Catalog, leaving: Collection[Address] = (), again: Collection[Address] = ()
) -> tuple[Catalog, Catalog]:
    """Both catalogs, where each table that is attached, detached or given other bounds has all that it is made of.

    Between the two it is by itself: what its whole has, and what becomes of that, is its own then.
    leaving: tables of old that go, and must be by themselves before.
    again: partitions that are detached and attached although they are equal in both.
    """
    old, new = _disinherited(old, new)
    turned = {
        (address.schema, address.name)
        for address in {*_attached(old), *_attached(new)}
        if (old.objects.get(address) != new.objects.get(address) or address in again)
        and _table((address.schema, address.name)) in old.objects
        and (_table((address.schema, address.name)) in new.objects or _table((address.schema, address.name)) in leaving)
    }
    if not turned:
        return old, new
    before = _apart(old, turned, None)
    foreign_keys: dict[Place, list[Constraint]] = defaultdict(list)
    for each in before.objects.values():
        if isinstance(each, Constraint) and each.type == "f" and (each.schema, each.owner) in turned:
            foreign_keys[each.schema, each.owner].append(each)
    return before, _apart(new, turned, foreign_keys)


def _disinherited(old: Catalog, new: Catalog) -> tuple[Catalog, Catalog]:
    """Both catalogs, where what a table has from one that it begins or ceases to inherit from is its own."""
    ties: set[tuple[Place, Place]] = set()
    for catalog, other in ((old, new), (new, old)):
        for address, each in catalog.objects.items():
            if isinstance(each, Inheritance) and address not in other.objects:
                ties.add(((each.schema, each.table), (each.from_schema, each.from_table)))
    if not ties:
        return old, new
    kept = {tie for tie in ties if all(_table(tie[0]) in each.objects for each in (old, new))}
    return _untied(old, kept), _untied(new, kept)


def _table(place: Place) -> Address:
    return Address("table", place[0], name=place[1])


def _untied(catalog: Catalog, ties: Collection[tuple[Place, Place]]) -> Catalog:
    objects = dict(catalog.objects)
    for address, each in catalog.objects.items():
        if not isinstance(each, Column | Constraint | Default | PartitionColumn):
            continue
        if ((address.schema, address.owner), (each.whole_schema, each.whole_table)) not in ties:
            continue
        if isinstance(each, PartitionColumn | Default):
            del objects[address]
        if isinstance(each, Column):
            own = catalog.objects.get(Address("partition column", *address[1:]))
            plain = _with_own(each, own if isinstance(own, PartitionColumn) else None)
            objects[address] = replace(plain, whole_schema="", whole_table="", local=True)
        else:
            objects.update((new.address, new) for new in _by_itself(each))
    return replace(catalog, objects=objects)


def _attached(catalog: Catalog) -> Iterator[Address]:
    return (Address("partition", schema, name=name) for schema, name in catalog.whole_of)


def _apart(catalog: Catalog, turned: Collection[Place], known: Mapping[Place, list[Constraint]] | None) -> Catalog:
    """The catalog with these tables by themselves, as far as they are partitions in it."""
    parts = [place for place in turned if place in catalog.whole_of]
    concerned = {place for part in parts for place in (part, *catalog.wholes(part))}
    members: dict[Place, list[DatabaseObject]] = defaultdict(list)
    for address, each in catalog.objects.items():
        home = (address.schema, address.name if address.kind == "table" else address.owner)
        if home in concerned:
            members[home].append(each)
    objects, stands_on = dict(catalog.objects), dict(catalog.stands_on)
    for part in parts:
        wholes = catalog.wholes(part)
        for each in members[part]:
            objects.pop(each.address)
            objects.update((new.address, new) for new in _by_itself(each))
        pairs = [
            place.pairs
            for each in (part, *wholes[:-1])
            if isinstance(place := catalog.objects[Address("partition", each[0], name=each[1])], Partition)
        ]
        made = list(_inherited(part, wholes, members, pairs, None if known is None else known.get(part, ())))
        for each, theirs in made:
            objects.setdefault(each.address, each)
            stands_on.setdefault(each.address, catalog.stands_on.get(theirs, frozenset()))
        moved = {theirs: each.address for each, theirs in made if isinstance(each, Column)}
        for each in members[part]:
            needed = catalog.stands_on.get(each.address, frozenset())
            stands_on[each.address] = frozenset(moved.get(address, address) for address in needed)
    return replace(catalog, objects=objects, stands_on={a: those for a, those in stands_on.items() if a in objects})


def _by_itself(each: DatabaseObject) -> Iterator[DatabaseObject]:
    """What a member of a partition is once that is a table by itself."""
    match each:
        case Table():
            yield replace(each, part_of_schema="", part_of="")
        case Index():
            yield replace(each, whole_schema="", whole_table="", whole_name="")
        case Constraint():
            yield replace(each, whole_schema="", whole_table="", whole_name="", whole_index="")
        case Comment(of="partition column"):
            yield replace(each, of="column")
        case Default():
            if each.expression:
                yield replace(each, whole_schema="", whole_table="", whole_expression="")
        case PartitionColumn():
            pass
        case _:
            yield each


def _inherited(
    part: Place,
    wholes: list[Place],
    members: Members,
    pairs: list[dict[str, str]],
    known: Collection[Constraint] | None,
) -> Iterator[tuple[DatabaseObject, Address]]:
    """What the partition has from the tables that it is a part of, and which object of theirs that is."""
    schema, table = part
    defaults: dict[str, Default] = {}
    own: dict[str, PartitionColumn] = {}
    for level, place in enumerate((part, *wholes)):
        for each in members[place]:
            if isinstance(each, Default):
                defaults.setdefault(each.column, each)
            elif isinstance(each, PartitionColumn):
                own.setdefault(each.name, each)
            elif isinstance(each, Constraint) and place != part:
                name = each.name
                for names in reversed(pairs[:level] if each.type == "f" else ()):
                    name = names.get(name, name)
                yield from ((ours, each.address) for ours in _constraint(replace(each, name=name), part, known))
    for each in members[wholes[-1]]:
        if isinstance(each, Column):
            yield _column(each, part, own.get(each.name)), each.address
    for column, default in defaults.items():
        if default.expression:
            yield Default(schema, table, column, default.expression), default.address


def _column(of: Column, part: Place, own: PartitionColumn | None) -> Column:
    plain = replace(of, schema=part[0], table=part[1], identity="", sequence_schema="", sequence="", not_null_name="")
    return _with_own(replace(plain, sequence_options=(), statistics=-1, options=()), own)


def _with_own(column: Column, own: PartitionColumn | None) -> Column:
    if own is None:
        return column
    storage = column.storage if own.storage == own.whole_storage else own.storage
    made = replace(column, not_null=own.not_null, storage=storage, compression=own.compression)
    return replace(
        made,
        statistics=column.statistics if own.statistics == -1 else own.statistics,
        options=own.options or column.options,
    )


def _constraint(of: Constraint, part: Place, known: Collection[Constraint] | None) -> Iterator[Constraint]:
    """A check; a foreign key, of those known where that is said: what is not there, attaching makes."""
    ours = replace(of, schema=part[0], owner=part[1])
    if (of.type == "c" and not of.no_inherit) or (of.type == "f" and known is None):
        yield ours
    elif of.type == "f":
        yield from (each for each in known or () if replace(each, name=of.name) == ours)
