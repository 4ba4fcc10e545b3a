"""Less than what is desired: what some changes, and all that needs them, would bring is left as it is."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cached_property

from dw_migration.catalog import Catalog
from dw_migration.changes.names import names_of
from dw_migration.changes.renames import Base, exact_renames, has_lineage
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.inheritance import Inheritance
from dw_migration.kinds.partition import Partition
from dw_migration.kinds.typed_table import TypedTable
from dw_migration.target_names import renamer

_CAN_GET_MORE = frozenset({"schema", "table"})
"""Kinds whose parts can change though they themselves stay as they were."""


def held_back(base: Base, current: Catalog, desired: Catalog, waiting: Collection[Address]) -> Catalog:
    """What is desired but for the changes of these objects, and of what needs them: those stay as base has them.

    It is a state that the source could have been in, so that what leads from it to `desired` can be planned behind it.
    waiting: by the names that desired gives. What is renamed is so here too.
    """
    was = exact_renames(base, current, desired).was
    work = _HeldBack(was, desired, waiting)
    work.expand()
    return work.catalog(same_database=has_lineage(base.desired, desired))


def under_former_names(base: Base, current: Catalog, desired: Catalog) -> Catalog | None:
    """What is desired, with no table, column and so on renamed; None where two things would have one name then."""
    was = exact_renames(base, current, desired).was
    pairs = zip(base.desired.objects, was.objects, strict=True)
    names = {new: old.name or old.schema for old, new in pairs if _own_name(old) != _own_name(new)}
    former = desired.renamed(renamer({new: name for new, name in names.items() if new in desired.objects}, was.roots))
    taken = [name for each in former.objects.values() for name in names_of(each)]
    return former if len(former) == len(desired) and len(taken) == len(set(taken)) else None


def _own_name(address: Address) -> str:
    return address.name or address.schema


class _HeldBack:
    def __init__(self, was: Catalog, desired: Catalog, waiting: Collection[Address]) -> None:
        self.was, self.desired = was, desired
        self.held = {each for each in waiting if each in was.objects or each in desired.objects}
        self.changing: set[Address] = set()

    def catalog(self, *, same_database: bool) -> Catalog:
        """What is left of desired; of what is held the identity that base knows, if that is of the same database."""
        kept = {a: self.was.objects[a] for a in self.was.objects if a in self.held}
        objects = {a: each for a, each in self.desired.objects.items() if a not in self.held}
        stands_on = {a: those for a, those in self.desired.stands_on.items() if a in objects}
        stands_on |= {a: those for a, those in self.was.stands_on.items() if a in kept}
        identity = {a: proof for a, proof in self.desired.identity.items() if a in objects}
        if same_database:
            identity |= {a: proof for a, proof in self.was.identity.items() if a in kept}
        return replace(self.desired, objects={**kept, **objects}, stands_on=stands_on, identity=identity)

    def expand(self) -> None:
        """Hold what needs what is held, until nothing more does."""
        addresses = dict.fromkeys((*self.was.objects, *self.desired.objects))
        self.changing = {each for each in addresses if self._changes(each)}
        while True:
            kept = self.was.objects.keys() & self.held
            taken = {name for a in kept for name in names_of(self.was.objects[a])}
            more = {a for a in self.changing if a not in self.held and self._waits_too(a, taken)}
            more |= self._under(kept) - self.held
            if not more:
                return
            self.held |= more

    def _changes(self, address: Address) -> bool:
        was, new = self.was.objects.get(address), self.desired.objects.get(address)
        same = self.was.identity.get(address) == self.desired.identity.get(address)
        return was != new or (address.kind == "column" and not same)

    def _waits_too(self, address: Address, taken: AbstractSet[tuple[str, ...]]) -> bool:
        """Whether what becomes of it needs what is held; `taken`: names that stay in use."""
        if any(each in self.held for each in self._together.get(_group(address, self._families), ())):
            return True
        new = self.desired.objects.get(address)
        if new is None:  # goes with what it stood on
            return any(a in self.held and a not in self.desired.objects for a in self.was.needs(address))
        if not taken.isdisjoint(names_of(new)):
            return True
        return any(a in self.held and not self._will_do(a, new) for a in self.desired.needs(address))

    def _will_do(self, needed: Address, new: DatabaseObject) -> bool:
        """Whether it stands on what is held as well as on what that becomes."""
        return needed in self.was.objects and needed == new.parent and needed.kind in _CAN_GET_MORE

    def _under(self, kept: Collection[Address]) -> set[Address]:
        """What changes, or goes, and must not: what is kept stands on it, as does what stands on that and stays."""
        seen = set(kept)
        seen |= {a for each in kept for a in self.was.dependents.get(each, ()) if a not in self.changing}
        waiting, found = list(seen), set[Address]()
        while waiting:
            for needed in self.was.needs(waiting.pop()):
                if needed in self.changing and (needed not in self.desired.objects or needed.kind not in _CAN_GET_MORE):
                    found.add(needed)
                elif needed not in seen:
                    seen.add(needed)
                    waiting.append(needed)
        return found

    # -- what changes as a whole ---------------------------------------------------------------------------------------

    @cached_property
    def _together(self) -> dict[object, set[Address]]:
        """What changes, by what it changes with."""
        found: dict[object, set[Address]] = defaultdict(set)
        for each in self.changing:
            if group := _group(each, self._families):
                found[group].add(each)
        return found

    @cached_property
    def _families(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Of each table that has the columns of another, and of that one, the first of their family."""
        found: dict[tuple[str, str], tuple[str, str]] = {}
        for catalog in (self.was, self.desired):
            for each in catalog.objects.values():
                if isinstance(each, Partition):
                    above = each.whole_schema, each.whole_table
                elif isinstance(each, Inheritance):
                    above = each.from_schema, each.from_table
                elif isinstance(each, TypedTable):
                    above = each.type_schema, each.type
                else:
                    continue
                one, other = (found.get(place, place) for place in (above, (each.schema, each.table)))
                found |= {place: one for place, first in found.items() if first == other} | {above: one, other: one}
                found[each.schema, each.table] = one
        return found


def _group(address: Address, families: Mapping[tuple[str, str], tuple[str, str]]) -> object:
    """What it changes with: its family, its composite type, the operators; None where it changes by itself."""
    if address.kind == "operator":
        return "operators"
    place = address.schema, address.owner or address.name
    if address.kind in {"attribute", "composite"}:
        return families.get(place, place)
    return families.get(place)
