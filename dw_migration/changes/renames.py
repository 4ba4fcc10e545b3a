"""What the source renamed, told by identity or by a person: the renames, and the catalogs under the new names."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dw_migration.catalog import Catalog, by_rank
from dw_migration.changes.change import Rename
from dw_migration.changes.names import called, names_of
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.enum import Enum
from dw_migration.kinds.table import Table
from dw_migration.kinds.typed_table import TypedTable
from dw_migration.naming import Names
from dw_migration.target_names import NUMBERED, NewNames, Roots, aside_name, renamer


@dataclass(frozen=True, slots=True)
class Base:
    """What the last applied revision wanted, and how the target spelt it."""

    desired: Catalog = field(default_factory=Catalog)
    given: Catalog = field(default_factory=Catalog)


@dataclass(frozen=True, slots=True)
class Renames:
    """The renames, there and back, and the three catalogs under the new names."""

    was: Catalog
    given: Catalog
    now: Catalog
    forward: tuple[Rename, ...] = ()
    backward: tuple[Rename, ...] = ()
    overruled: Mapping[Address, Address] = field(default_factory=dict)
    """Tables of the source that exchanged their names with others: the name now, and what it was."""
    aside: Mapping[Address, Address] = field(default_factory=dict)
    """What is moved aside: the name now, and what it was."""


_RENAMED = frozenset(
    {
        *("schema", "table", "view", "materialized view", "enum", "composite", "range type", "domain", "sequence"),
        *("index", "statistics", "column", "attribute", "constraint"),
        *("collation", "text search dictionary", "text search configuration"),
    }
)
_BY_NAME = frozenset(
    {
        "schema",
        "extension",
        "column",
        "attribute",
        "default",
        "constraint",
        "function",
        "aggregate",
        "operator",
        "cast",
        "trigger",
        "rule",
        "policy",
    }
)
"""Kinds whose renames are found otherwise, or not at all."""
_WITNESSES = frozenset({"enum", "composite", "range type", "domain", "sequence", "index", "statistics", "constraint"})
"""Kinds besides tables that tell by their oids whether this is the same database."""
_TRUSTED = 4
"""How often what speaks for it must outnumber what speaks against it."""


def has_lineage(base: Catalog, desired: Catalog) -> bool:
    """Whether desired is a later state of the very database that base was read from, not of a copy or rebuilding.

    Oids alone prove nothing: a restored database counts its own from the same start. What has kept both its oid and
    its name speaks for it; a table whose name is another's now speaks against it.
    """
    after = {(address.kind, *proof): address.name for address, proof in desired.identity.items()}
    same_columns = _same_columns(base, desired, after)
    kept = against = 0
    for address, proof in base.identity.items():
        name = after.get((address.kind, *proof))
        if address.kind in _WITNESSES:
            kept += name == address.name
        elif address.kind == "table":
            is_same = name == address.name or (
                name is not None and 2 * sum(same := same_columns[proof[0]]) >= len(same)
            )
            kept += is_same
            against += not is_same and address in desired.identity
    return kept > 0 and kept >= _TRUSTED * against


def _same_columns(base: Catalog, desired: Catalog, after: Mapping[tuple[object, ...], str]) -> dict[int, list[bool]]:
    """For each table's oid, whether each of its columns still has its number and its name; of a partition, the name."""
    wholes = {
        proof[0]: root
        for address, proof in desired.identity.items()
        if address.kind == "table" and (root := desired.roots.get((address.schema, address.name)))
    }
    same: dict[int, list[bool]] = defaultdict(list)
    for address, proof in base.identity.items():
        if address.kind == "column":
            whole = wholes.get(proof[0])
            is_there = whole is not None and Address("column", *whole, address.name) in desired.objects
            same[proof[0]].append(is_there or after.get(("column", *proof)) == address.name)
    return same


Told = Sequence[Mapping[Address, str]]
"""The new names that a person has said: of tables, then of columns under the new names of their tables."""


def renames_between(base: Base, current: Catalog, desired: Catalog, told: Told = ()) -> Renames:
    """What the source renamed, told by identity; where lineage is not proven, only what a person has said."""
    found = Renames(base.desired, base.given, current)
    if not has_lineage(base.desired, desired):
        for said in told:
            new_names = {address: name for address, name in said.items() if address in found.now.objects}
            if new_names:
                found = _staged(found, new_names, _moved_aside(found, new_names), said=True)
        return found
    for stage in (_renamed_schemas, _renamed_objects, _renamed_members):
        new_names = {
            address: name for address, name in stage(found.was, desired).items() if address in found.now.objects
        }
        if new_names:
            found = _staged(found, new_names, _moved_aside(found, new_names))
    if routines := _renamed_routines(found, desired):
        addresses = [a for a, each in found.now.objects.items() if called(each) in routines]
        found = _under(found, renamer({}, _roots(found), routines=routines), addresses)
    if labels := _renamed_labels(found, desired):
        addresses = [Address("enum", schema, name=name) for schema, name in labels]
        found = _under(found, renamer({}, _roots(found), labels), addresses)
    return replace(found, overruled=_overruled(found.was, desired))


def _renamed_schemas(was: Catalog, desired: Catalog) -> dict[Address, str]:
    after = {proof: address for address, proof in desired.identity.items() if address.kind == "schema"}
    candidates = {
        address: after[proof]
        for address, proof in was.identity.items()
        if address.kind == "schema" and after.get(proof, address) != address
    }
    return {address: new.schema for address, new in _followed(candidates, desired).items()}


def _renamed_objects(was: Catalog, desired: Catalog) -> dict[Address, str]:
    """Tables, types, sequences, indexes."""
    return {address: new.name for address, new in _followed(_candidates(was, desired), desired).items()}


def _candidates(was: Catalog, desired: Catalog) -> dict[Address, Address]:
    after = {(address.kind, proof): address for address, proof in desired.identity.items()}
    found = {}
    for address, proof in was.identity.items():
        new = after.get((address.kind, proof))
        if new is None or address.kind in _BY_NAME:
            continue
        if new.schema == address.schema and new.name != address.name:
            found[address] = new
    return found


def _followed(candidates: Mapping[Address, Address], desired: Catalog) -> dict[Address, Address]:
    """Those whose old name nothing has now, or one that is renamed as well; elsewhere, as in a swap, the name wins.

    But not where a partitioned table has taken the name of a plain one, or the reverse: neither can become the other.
    """
    followed = {
        a: n
        for a, n in candidates.items()
        if a.kind == "table" and _is_partitioned(desired, a) != _is_partitioned(desired, n)
    }
    while True:
        taken = set(followed.values())
        more = {a: n for a, n in candidates.items() if a not in followed and (a not in desired.objects or a in taken)}
        if not more:
            return followed
        followed |= more


def _is_partitioned(catalog: Catalog, address: Address) -> bool:
    table = catalog.objects.get(address)
    return isinstance(table, Table) and bool(table.partition_by)


def _overruled(was: Catalog, desired: Catalog) -> dict[Address, Address]:
    after = {proof: address for address, proof in desired.identity.items() if address.kind == "table"}
    return {
        after[proof]: address
        for address, proof in was.identity.items()
        if address.kind == "table" and address in desired.objects and after.get(proof, address) != address
    }


def _renamed_members(was: Catalog, desired: Catalog) -> dict[Address, str]:
    """Columns and attributes by their numbers; constraints by owner and definition, since these are often made anew."""
    after = {
        (address[:3], proof): address.name for address, proof in desired.identity.items() if address.kind in NUMBERED
    }
    let_go = _types_let_go(was, desired)
    found = {}
    for address, proof in was.identity.items():
        name = after.get((address[:3], proof), address.name)
        if address.kind in NUMBERED and name != address.name and address[:3] not in let_go:
            found[address] = name
    return found | _renamed_constraints(was.renamed(renamer(found, was.roots)) if found else was, desired)


def _types_let_go(was: Catalog, desired: Catalog) -> set[tuple[str, str, str]]:
    """Of whose attributes none is renamed: a table that is let go of the type would have its columns renamed, too."""
    return {
        ("attribute", each.type_schema, each.type)
        for address, each in was.objects.items()
        if isinstance(each, TypedTable) and desired.objects.get(address) != each
    }


def _renamed_constraints(was: Catalog, desired: Catalog) -> dict[Address, str]:
    new: dict[tuple[str, str], list[DatabaseObject]] = defaultdict(list)
    for address, each in desired.objects.items():
        if address.kind == "constraint" and address not in was.objects:
            new[address.schema, address.owner].append(each)
    found = {}
    for address, each in was.objects.items():
        if address.kind == "constraint" and address not in desired.objects:
            for candidate in new[address.schema, address.owner]:
                if each.renamed(renamer({address: candidate.address.name})) == candidate:
                    found[address] = candidate.address.name
                    new[address.schema, address.owner].remove(candidate)
                    break
    return found


def _renamed_labels(found: Renames, desired: Catalog) -> dict[tuple[str, str], dict[str, str]]:
    """Labels by their oids, of enums that are in the target; but not where that has a label which another is to get."""
    labels = {}
    for address, old in found.was.objects.items():
        new, now = desired.objects.get(address), found.now.objects.get(address)
        is_same = found.was.identity.get(address) == desired.identity.get(address) is not None
        if not (is_same and isinstance(old, Enum) and isinstance(new, Enum) and isinstance(now, Enum)):
            continue
        since = dict(zip(new.numbers, new.labels, strict=True))
        pairs = {label: since.get(number, label) for number, label in zip(old.numbers, old.labels, strict=False)}
        moved = {label: name for label, name in pairs.items() if label != name and label in now.labels}
        if moved and len({moved.get(label, label) for label in now.labels}) == len(now.labels):
            labels[address.schema, address.name] = moved
    return labels


def _renamed_routines(found: Renames, desired: Catalog) -> dict[tuple[str, str], str]:
    """Functions and aggregates by their oids; all of one name, or none: a call shows no more than the name."""
    after = {(address.kind, proof): desired.objects[address] for address, proof in desired.identity.items()}
    names: dict[tuple[str, str], set[tuple[str, str] | None]] = defaultdict(set)
    for address, old in found.was.objects.items():
        if place := called(old):
            names[place].add(called(after.get((address.kind, found.was.identity.get(address, ())))))
    for address, each in found.now.objects.items():
        if (place := called(each)) and address not in found.was.objects:
            names[place].add(None)  # not ours to rename
    return {
        place: new[1]
        for place, those in names.items()
        for new in those
        if len(those) == 1 and new and new not in names and new[0] == place[0]
    }


def _roots(found: Renames) -> Roots:
    return {**found.was.roots, **found.now.roots}


def _under(found: Renames, names: Names, addresses: Iterable[Address]) -> Renames:
    """All three catalogs under these names, and the renames of these objects, which nothing stands in the way of."""
    before = [found.now.objects[address] for address in sorted(addresses)]
    pairs = [(each, each.renamed(names)) for each in before]
    return replace(
        found,
        was=found.was.renamed(names),
        given=found.given.renamed(names),
        now=found.now.renamed(names),
        forward=(*found.forward, *(Rename(old, new, old.rename(new)) for old, new in pairs)),
        backward=(*(Rename(new, old, new.rename(old)) for old, new in pairs), *found.backward),
    )


def _moved_aside(found: Renames, new_names: NewNames) -> dict[Address, str]:
    """What has a new name already, and is on its way out: it must not be in the way until it is dropped."""
    objects = found.now.objects
    wanted = set().union(*(names_of(_as(objects[address], name)) for address, name in new_names.items()))
    holders = {address for address, each in objects.items() if wanted & names_of(each)}
    return {
        address: aside_name(address.name or address.schema, "dropped")
        for address in holders
        if address not in new_names and address.kind in _RENAMED
    }


def _staged(found: Renames, new_names: NewNames, aside: NewNames, *, said: bool = False) -> Renames:
    names = renamer({**new_names, **aside}, {**found.was.roots, **found.now.roots})
    forward = tuple(replace(each, said=said) for each in _in_sequence(found.now, new_names, aside))
    origins = {each.address: each.old.address for each in forward if each.old.address in aside}
    backward = tuple(Rename(each.new, each.old, each.new.rename(each.old)) for each in reversed(forward))
    return Renames(
        found.was.renamed(names),
        found.given.renamed(names),
        found.now.renamed(names),
        (*found.forward, *forward),
        (*backward, *found.backward),
        aside={**found.aside, **origins},
    )


def _in_sequence(now: Catalog, new_names: NewNames, aside: NewNames) -> Iterator[Rename]:
    """One rename after another, each to a name that is free by then; rings go by way of a name aside."""
    waiting = dict(sorted({**new_names, **aside}.items(), key=lambda each: by_rank(each[0])))
    origins: dict[Address, Address] = {}
    objects = {address: now.objects[address] for address in waiting}
    while waiting:
        held = {name: address for address in waiting for name in names_of(objects[address])}
        free = [a for a, name in waiting.items() if {held.get(n, a) for n in names_of(_as(objects[a], name))} == {a}]
        for address in free:
            step = _rename(objects[address], waiting.pop(address))
            yield replace(step, aside=address in aside, came_from=origins.get(address))
        if not free:
            address, name = next(iter(waiting.items()))
            step = _rename(objects[address], aside_name(name, "moving"))
            yield replace(step, aside=True)
            del waiting[address]
            waiting[step.address], objects[step.address] = name, step.new
            origins[step.address] = address


def _as(each: DatabaseObject, name: str) -> DatabaseObject:
    return each.renamed(renamer({each.address: name}))


def _rename(each: DatabaseObject, name: str) -> Rename:
    new = _as(each, name)
    return Rename(each, new, each.rename(new))
