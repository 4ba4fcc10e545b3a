"""Create, Drop, Alter, Rename: what leads from one catalog to another, in an order that PostgreSQL accepts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar, NamedTuple

from dw_migration.catalog import RANK, Catalog, by_rank, in_order
from dw_migration.errors import NotOurs, Unsupported
from dw_migration.kind import Address, DatabaseObject, Query
from dw_migration.kinds.aggregate import Aggregate
from dw_migration.kinds.column import Column
from dw_migration.kinds.composite import Composite
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.enum import Enum
from dw_migration.kinds.function import Function
from dw_migration.kinds.index import Index
from dw_migration.kinds.partition import Partition
from dw_migration.kinds.table import Table
from dw_migration.kinds.typed_table import TypedTable
from dw_migration.naming import Names
from dw_migration.parts import levelled
from dw_migration.rebuilt import Rebuilt, rebuilt
from dw_migration.sql import Statement, identifier, statement
from dw_migration.target_names import NUMBERED, NewNames, Roots, aside_name, renamer, set_aside

# --- What a change is ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Create:
    """An object is made, with what is folded into its CREATE."""

    action: ClassVar[str] = "create"
    new: DatabaseObject
    parts: tuple[DatabaseObject, ...] = ()
    statements: tuple[Statement, ...] = ()
    again: bool = False
    """It was there before and had to be dropped for another change."""
    came_from: Address | None = None
    """For tables: what it was called in the source, where another one has that name now."""
    successor_of: DatabaseObject | None = None
    """For tables: the one whose name and rows it takes over."""

    @property
    def kind(self) -> str:
        """The kind of the object."""
        return self.new.kind

    @property
    def address(self) -> Address:
        """Which object."""
        return self.new.address


@dataclass(frozen=True, slots=True)
class Drop:
    """An object is taken away."""

    action: ClassVar[str] = "drop"
    old: DatabaseObject
    parts: tuple[DatabaseObject, ...] = ()
    """What goes with it."""
    statements: tuple[Statement, ...] = ()
    again: bool = False
    """It is made again, since only another change needed it out of the way."""
    came_from: Address | None = None
    """What it was called until a rename of this plan moved it aside."""
    successor: DatabaseObject | None = None
    """For tables: the one that takes its rows over first."""

    @property
    def kind(self) -> str:
        """The kind of the object."""
        return self.old.kind

    @property
    def address(self) -> Address:
        """Which object."""
        return self.old.address


@dataclass(frozen=True, slots=True)
class Alter:
    """An object becomes another of the same name."""

    action: ClassVar[str] = "alter"
    old: DatabaseObject
    new: DatabaseObject
    statements: tuple[Statement, ...] = ()
    came_from: Address | None = None
    """As of Create."""

    @property
    def kind(self) -> str:
        """The kind of the object."""
        return self.new.kind

    @property
    def address(self) -> Address:
        """Which object."""
        return self.new.address


@dataclass(frozen=True, slots=True)
class Rename:
    """An object gets another name, or its labels do, and stays the same object."""

    action: ClassVar[str] = "rename"
    old: DatabaseObject
    new: DatabaseObject
    statements: tuple[Statement, ...] = ()
    aside: bool = False
    """The name is one for the meantime: nobody asked for it."""
    came_from: Address | None = None
    """What it was called before it was moved aside."""

    @property
    def kind(self) -> str:
        """The kind of the object."""
        return self.new.kind

    @property
    def address(self) -> Address:
        """Which object, under its new name."""
        return self.new.address


Change = Create | Drop | Alter | Rename

# --- Three-way -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Base:
    """What the last applied revision wanted, and how the target spelt it."""

    desired: Catalog = field(default_factory=Catalog)
    given: Catalog = field(default_factory=Catalog)


@dataclass(frozen=True, slots=True)
class Difference:
    """What there is to do, and what is left alone."""

    changes: tuple[Change, ...]
    back: tuple[Change, ...]
    """The same way back."""
    drift: tuple[Address, ...] = ()
    """Managed objects that somebody changed in the target by hand."""
    unmanaged: tuple[Address, ...] = ()
    """Objects in our schemas that were never ours."""
    doubtful: tuple[tuple[DatabaseObject, DatabaseObject], ...] = ()
    """(current, desired) that differ in text, which the server may settle as equal."""


def diff(
    base: Base,
    current: Catalog,
    desired: Catalog,
    *,
    settled: Collection[Address] = (),
    registered: Collection[str] = (),
    adopt: bool = False,
    put_back: bool = False,
) -> Difference:
    """What leads from current to desired, dropping only what base says we made.

    settled: addresses whose texts differ in spelling alone. registered: schemas that the ledger says are this source's.
    adopt: objects in the way that are not ours become ours. put_back: drift is undone.
    Raises: NotOurs, naming what is in the way; Unsupported for a change that nothing carries over.
    """
    renames = _without_others_rights(exact_renames(base, current, desired), desired)
    was, now = renames.was, renames.now
    state = _Decision(renames, desired, frozenset(settled), frozenset(registered), adopt=adopt, put_back=put_back)
    state.decide()
    ours = set(was.objects) | set(desired.objects)
    forward = transition(now, state.result, state.replaced, ours)
    kept = _irreversible(forward)
    left = {address: state.result.objects[address] for address in kept}
    before = now.replacing({**now.objects, **left, **dict(_reordered(now, state.result))})
    backward = transition(state.result, before, state.replaced, ours)
    return Difference(
        changes=(*renames.forward, *_with_origins(forward, state.result, renames)),
        back=(*backward, *renames.backward),
        drift=tuple(sorted(state.drift)),
        unmanaged=tuple(
            sorted(address for address in now.objects if address not in ours and not _is_shared(now, address))
        ),
        doubtful=tuple(state.doubtful),
    )


def _without_others_rights(renames: "Renames", desired: Catalog) -> "Renames":
    """The renames, where the target has no grants but ours and those that become ours."""
    now = renames.now
    ours = renames.was.objects.keys() | desired.objects.keys()
    kept = {address: each for address, each in now.objects.items() if not each.is_right or address in ours}
    return renames if len(kept) == len(now.objects) else replace(renames, now=now.replacing(kept))


def _with_origins(changes: Iterable[Change], result: Catalog, renames: "Renames") -> Iterator[Change]:
    """The changes, where a table says whose name it has; if nothing else changes in it, a change that only says so."""
    created = set()
    for each in changes:
        origins = renames.overruled if isinstance(each, Create) else renames.aside if isinstance(each, Drop) else {}
        if isinstance(each, Create):
            created.add(each.address)
        yield replace(each, came_from=origins[each.address]) if each.address in origins else each
    for address, origin in renames.overruled.items():
        if address in result.objects and address not in created:
            table = result.objects[address]
            yield Alter(table, table, came_from=origin)


def _is_shared(catalog: Catalog, address: Address) -> bool:
    return catalog.objects[address].shared


def _irreversible(changes: Iterable[Change]) -> set[Address]:
    """What the way back leaves as it is.

    PostgreSQL can add a label to an enum, and not take it back. A schema may hold what others put there since: it
    goes with `rollback --drop-schema`.
    """
    return {
        each.address
        for each in changes
        if (isinstance(each, Create) and each.kind == "schema")
        or (isinstance(each, Alter) and any(one.alone for one in each.statements))
    }


def _reordered(now: Catalog, result: Catalog) -> Iterator[tuple[Address, DatabaseObject]]:
    """Types of typed tables as the way back leaves them: a column that was dropped comes back as the last one."""
    for each in now.objects.values():
        if isinstance(each, TypedTable):
            address = Address("composite", each.type_schema, name=each.type)
            old, new = now.objects.get(address), result.objects.get(address)
            if isinstance(old, Composite) and isinstance(new, Composite):
                yield address, old.ordered(sorted(old.attributes, key=lambda name: name not in new.attributes))


_CALLED = frozenset({"function", "aggregate", "operator", "cast"})


class _Decision:
    """For each object, whether it stays as it is, becomes what is desired, or goes."""

    def __init__(
        self,
        renames: "Renames",
        desired: Catalog,
        settled: frozenset[Address],
        registered: frozenset[str],
        *,
        adopt: bool,
        put_back: bool,
    ) -> None:
        self.was, self.given, self.now, self.desired = renames.was, renames.given, renames.now, desired
        self.settled, self.registered, self.adopt, self.put_back = settled, registered, adopt, put_back
        self.objects = dict(self.now.objects)
        self.replaced: set[Address] = set()
        self.drift: set[Address] = set()
        self.doubtful: list[tuple[DatabaseObject, DatabaseObject]] = []
        self.in_the_way: list[Address] = []

    def decide(self) -> None:
        for address in self.desired.objects:
            self._decide_wanted(address)
        for address in self.was.objects:
            if address not in self.desired.objects and address in self.objects:
                self._decide_unwanted(address)
        if self.in_the_way:
            raise NotOurs(_in_the_way(self.in_the_way))

    @property
    def result(self) -> Catalog:
        """The target as it will be."""
        before = {a: those for a, those in self.now.stands_on.items() if a not in self.desired.objects}
        return replace(self.now, objects=self.objects, stands_on={**before, **self.desired.stands_on})

    def _decide_wanted(self, address: Address) -> None:
        new, now, was = self.desired.objects[address], self.now.objects.get(address), self.was.objects.get(address)
        if now is None:
            if was is not None and was == new:
                self.drift.add(address)
            if was is None or was != new or self.put_back:
                self.objects[address] = new
        elif self._is_another(address):
            self.replaced.add(address)
            self.objects[address] = new
        elif now != new:
            self._decide_different(address, was, now, new)
        elif (now.whole, *now.needs()) != (new.whole, *new.needs()) or self._is_otherwise(now, new):
            self.objects[address] = new  # nothing to do, but for what it goes with
        elif was is None and not (now.shared or now.is_right or self.adopt or self._is_registered(address)):
            self.in_the_way.append(address)

    def _is_otherwise(self, now: DatabaseObject, new: DatabaseObject) -> bool:
        """Whether a column is equal, and yet inherited no more; or is of a table that is rebuilt, with other names."""
        if isinstance(now, Column) and isinstance(new, Column):
            is_renamed, table = now.not_null_name != new.not_null_name, now.parent
            return new.comes_otherwise(now) or (is_renamed and self._is_rebuilt(table))
        if isinstance(now, Partition) and isinstance(new, Partition):
            whole = Address("table", now.whole_schema, name=now.whole_table)
            return now.not_nulls != new.not_nulls and self._is_rebuilt(whole)
        return False

    def _is_rebuilt(self, table: Address) -> bool:
        return self.now.objects[table] != self.desired.objects[table]

    def _decide_different(
        self, address: Address, was: DatabaseObject | None, now: DatabaseObject, new: DatabaseObject
    ) -> None:
        if was is None and not (now.is_right or self.adopt):
            self.in_the_way.append(address)
            return
        if address in self.settled or (was == new and self.given.objects.get(address) == now):
            return  # spelt otherwise by the target's server, and known to be equal
        if self._stands_still(address):
            self.doubtful.append((now, new))
        if was == new:
            self.drift.add(address)
        if was != new or self.put_back:
            self.objects[address] = new

    def _stands_still(self, address: Address) -> bool:
        """Whether it stands on the same as before: only then the target, as it is now, can tell what two texts mean."""
        needed = set(self.desired.needs(address))
        return needed == set(self.now.needs(address)) and all(
            each.kind not in _CALLED or self.now.objects[each] == self.desired.objects[each] for each in needed
        )

    def _is_registered(self, address: Address) -> bool:
        return address.kind == "schema" and address.schema in self.registered

    def _decide_unwanted(self, address: Address) -> None:
        if not self.objects[address].shared:
            del self.objects[address]

    def _is_another(self, address: Address) -> bool:
        """Whether a column of this name was dropped and another one added: it has another number in the same table."""
        if address.kind != "column":
            return False
        then, since = self.was.identity.get(address), self.desired.identity.get(address)
        table = Address("table", address.schema, name=address.owner)
        same_table = self.was.identity.get(table) == self.desired.identity.get(table)
        return then is not None and since is not None and same_table and then != since


def _in_the_way(addresses: list[Address]) -> str:
    schemas = sorted({address.schema for address in addresses if address.kind == "schema"})
    if schemas:
        return (
            f"schema {', '.join(schemas)} is in the target already and not in the ledger: it is somebody else's, and "
            "not touched. Rename or drop it, give ours another name (naming.schema, naming.overrides), or take it over "
            "with `apply --adopt`"
        )
    named = ", ".join(f"{address.kind} {address}" for address in sorted(addresses)[:10])
    return (
        f"in the target already, and not made by us: {named}. Rename or drop what is in the way, or take it over with "
        "`apply --adopt`"
    )


_NOT_NULLS_HAVE_NAMES = 180_000
"""The version since which NOT NULL is a constraint with a name."""

# --- From one state to another ---------------------------------------------------------------------------------------


class _Step(NamedTuple):
    """A node of the graph of what is to be done."""

    does: str
    address: Address

    def __str__(self) -> str:
        return f"{self.does} {self.address.kind} {self.address}"


def transition(
    old: Catalog, new: Catalog, replaced: Collection[Address] = (), ours: Collection[Address] | None = None
) -> tuple[Change, ...]:
    """The changes from one state to the other, in order; objects that are equal in both stay.

    replaced: addresses that are dropped and created although PostgreSQL could alter them.
    ours: what may be dropped on the way; None for all. Raises: NotOurs, Unsupported.
    """
    remade = rebuilt(old, new)
    before, after = levelled(remade.old, new, remade.successors)
    if ours is not None and before is not old:
        ours = {
            *ours,
            *(now for was, now in zip(old.objects, remade.old.objects, strict=True) if was in ours),
            *(before.objects.keys() - remade.old.objects.keys()),
            *(after.objects.keys() - new.objects.keys()),
        }
    work = _Transition(before, after, replaced, ours, remade)
    work.expand()
    moves = (Rename(old.objects[a], remade.old.objects[b], texts, aside=True) for a, b, texts in remade.moves(old))
    return (*moves, *work.changes())


class _Transition:
    def __init__(
        self,
        old: Catalog,
        new: Catalog,
        replaced: Collection[Address],
        ours: Collection[Address] | None,
        remade: Rebuilt,
    ) -> None:
        self.old, self.new, self.ours, self.remade = old, new, ours, remade
        self.dropped = {address for address in old.objects if address not in new.objects}
        self.created = {address for address in new.objects if address not in old.objects}
        self.altered: dict[Address, tuple[Statement, ...]] = {}
        self.swapped: dict[Address, tuple[DatabaseObject, ...]] = {}
        """What takes the place of its old self while rows stand on it, and those of the rows that stay."""
        self.users: dict[Address, tuple[Address, ...]] = {}
        """What `_users` found."""
        self.columns: dict[int, dict[tuple[str, str], list[Column]]] = {}
        """What `_columns` found."""
        self.replaced = set(replaced)
        self.again: set[Address] = set()
        self.taken_in: dict[Address, list[Address]] = defaultdict(list)
        """What each object of a partitioned table has taken in: it goes with that."""
        for address, each in old.objects.items():
            if each.whole:
                self.taken_in[each.whole].append(address)

    # -- what must go out of the way ----------------------------------------------------------------------------------

    def expand(self) -> None:
        for address in tuple(self.dropped):
            self._drop_dependents(address)
            self._drop_taken_in(address)
        for address, new in self.new.objects.items():
            old = self.old.objects.get(address)
            if old is None or address in self.dropped:
                continue
            if (old is not new and (old != new or _comes_otherwise(old, new))) or address in self.replaced:
                self._expand_altered(address, old, new)
        for aside in self.remade.successors:
            for now, was in self.remade.columns(aside):
                self._clear_the_way(was.address, now.disturbs(was))
        for address, new in self.new.objects.items():
            if new.overrides and address in self.old.objects and self._is_undone(address, new.overrides):
                self.altered[address] = new.create()
        for twin, taken in self._twins:
            is_ours = twin in self.old.objects and (self.ours is None or twin in self.ours)
            if is_ours and not self.created.isdisjoint(self._takes(taken)):
                self._recreate(twin, because=twin)
        for address, holder in self._of_row_types(self.old):
            if holder not in self.dropped:
                raise Unsupported(
                    f"{address.kind} {address} cannot get another type while rows of {holder.kind} {holder} are of the "
                    "row type of its table: change both by a hand-written revision"
                )

    def _of_row_types(self, catalog: Catalog) -> Iterator[tuple[Address, Address]]:
        """Each column that gets another type, with each column of another table that is of its table's row type."""
        for address in self.altered:
            old, new = self.old.objects[address], self.new.objects[address]
            if isinstance(old, Column) and "type" in new.disturbs(old):
                for holder in catalog.dependents.get(old.parent, ()):
                    if holder.kind == "column" and catalog.objects[holder].parent != old.parent:
                        yield address, holder

    @cached_property
    def _twins(self) -> tuple[tuple[Address, Address], ...]:
        """Indexes of partitions that those of the whole could take in, in the place of the others that they have."""
        new = self.remade.new  # in which what is attached is not by itself
        indexes = [each for each in new.objects.values() if isinstance(each, Index)] if new.whole_of else []
        taken = {replace(each, name=""): each.address for each in indexes if each.whole_name}
        alike = ((each.address, taken.get(replace(each, name=""))) for each in indexes if not each.whole_name)
        return tuple((twin, other) for twin, other in alike if other)

    def _takes(self, index: Address) -> tuple[Address, Address]:
        """What takes the index of a partition in: that of the whole, and being attached."""
        return self.remade.new.objects[index].whole or index, Address("partition", index.schema, name=index.owner)

    def _is_undone(self, address: Address, overridden: Address) -> bool:
        """Whether what it overrides is made or changed, so that it must be said again."""
        if address in self.dropped or address in self.altered:
            return False
        changed = self.created | self.dropped | self.altered.keys()
        places = [(overridden.schema, overridden.owner), *self.new.wholes((overridden.schema, overridden.owner))]
        return any(Address(overridden.kind, *place, overridden.name) in changed for place in places)

    def _expand_altered(self, address: Address, old: DatabaseObject, new: DatabaseObject) -> None:
        statements = None if address in self.replaced else new.alter(old)
        disturbed = frozenset() if statements is None else new.disturbs(old)
        if "rows" in disturbed and self._swap(address, old, new):
            return
        if statements is not None:
            self.altered[address] = statements
            self._clear_the_way(address, disturbed)
        elif address in self.replaced or not self._swap(address, old, new):
            self._recreate(address, because=address)

    def _clear_the_way(self, address: Address, reasons: frozenset[str]) -> None:
        for each in self._dependents(address):
            if reasons & self.old.objects[each].disturbed_by:
                self._recreate(each, because=address)

    def _swap(self, address: Address, old: DatabaseObject, new: DatabaseObject) -> bool:
        """Whether it is swapped, since rows stand on it, maybe by way of other types; what else does is made again."""
        users = self._users(address)
        if not users or address in self.swapped:
            return bool(users)
        if new.through(old) is None:
            named = ", ".join(f"{each.kind} {each}" for each in users[:5])
            raise Unsupported(
                f"{address.kind} {address} can only be dropped and created, and {named} would lose rows: "
                "change it by a hand-written revision"
            )
        there = [each for each in users if each in self.new.objects and each not in self.dropped]
        self.altered[address] = ()
        self.swapped[address] = tuple(self.new.objects[each] for each in there if self.old.objects[each].holds_data)
        for each in there:
            if self.old.objects[each].holds_data:
                self._clear_the_way(each, frozenset({"type", "swap"}))
            else:
                self._permit(each, address)
                self._swap(each, self.old.objects[each], self.new.objects[each])
        for each in self._dependents(address):
            if self._whole(each, address) not in users:
                self._recreate_dependent(each, address)
        return True

    def _users(self, address: Address) -> tuple[Address, ...]:
        """What stands on it and holds rows itself, or is a type on which rows stand."""
        found = self.users.get(address)
        if found is None:
            wholes = dict.fromkeys(self._whole(each, address) for each in self._dependents(address))
            found = self.users[address] = tuple(
                each
                for each in wholes
                if self.old.objects[each].parent != address and (self.old.objects[each].holds_data or self._users(each))
            )
        return found

    def _whole(self, each: Address, address: Address) -> Address:
        """What changes with it when `address`, on which it stands, does: a composite type with its attribute."""
        held = self.old.objects[each]
        return held.parent if held.inseparable and held.parent and held.parent != address else each

    def _recreate_dependent(self, each: Address, address: Address) -> None:
        """Drop and create what stands on it; a part of it goes with it in any case."""
        is_part = self.old.objects[each].parent == address
        self._recreate(self._whole(each, address), because=each if is_part else address)

    def _recreate(self, address: Address, *, because: Address) -> None:
        """Drop and create it, with all that stands on it."""
        if address in self.dropped:
            return
        held = self.old.objects[address]
        if held.holds_data and address != because:
            raise Unsupported(
                f"{because.kind} {because} cannot change without dropping {held.kind} {address}, which holds rows: "
                "change it by a hand-written revision"
            )
        if not self._goes_along(held):
            self._permit(address, because)
        self.altered.pop(address, None)
        self.dropped.add(address)
        if address in self.new.objects:
            self.created.add(address)
            if self.new.objects[address] == held:
                self.again.add(address)
        self._drop_dependents(address)
        self._drop_taken_in(address)
        if (whole := held.whole) and whole in self.old.objects and held.parent not in self.dropped:
            self._recreate(whole, because=because)

    def _goes_along(self, held: DatabaseObject) -> bool:
        """Whether it belongs to what is made again, and can be as it was: an index, a comment, a trigger."""
        if held.parent not in self.dropped or held.parent not in self.created:
            return False
        old, new = self.old.objects[held.parent], self.new.objects[held.parent]
        return not (isinstance(old, Query) and isinstance(new, Query)) or set(old.columns) <= set(new.columns)

    def _drop_taken_in(self, address: Address) -> None:
        for each in self.taken_in.get(address, ()):
            if each not in self.dropped:
                self._recreate(each, because=address)

    def _drop_dependents(self, address: Address) -> None:
        for each in self._dependents(address):
            if each not in self.dropped and not self._lets_go(each, address):
                self._recreate_dependent(each, address)

    def _lets_go(self, each: Address, address: Address) -> bool:
        """Whether it is altered so that it no longer stands there."""
        old, new = self.old.objects[each], self.new.objects.get(each)
        if new is None or address in self.new.needs(each):
            return False
        return each.kind == "table" if new == old else new.alter(old) is not None

    def _permit(self, address: Address, because: Address) -> None:
        if self.ours is not None and address not in self.ours:
            raise NotOurs(
                f"{address.kind} {address} is not ours and stands on {because.kind} {self.remade.called(because)}, "
                "which has to "
                "change: drop it, or change what it stands on by hand"
            )

    def _dependents(self, address: Address) -> tuple[Address, ...]:
        """What stands on it and cannot without it; who may do what with it is given back by the way."""
        found = self.old.dependents.get(address, ())
        return tuple(each for each in found if not self.old.objects[each].is_right)

    # -- order --------------------------------------------------------------------------------------------------------

    def changes(self) -> Iterator[Change]:
        homes = {address: self._home(address) for address in self.created}
        homes.update((address, address) for address in self._merged(homes))
        parts: dict[Address, list[Address]] = defaultdict(list)
        for address, home in homes.items():
            if home != address:
                parts[self.new.objects[address].parent or home].append(address)
        carriers = {address: self._carrier(address) for address in self.dropped}
        self._untie(carriers)
        loads: dict[Address, list[Address]] = defaultdict(list)
        for address, carrier in carriers.items():
            if carrier != address:
                loads[carrier].append(address)
        for step in self._in_order(homes, carriers):
            yield self._change(step, parts, loads)

    def _change(
        self, step: _Step, parts: Mapping[Address, list[Address]], loads: Mapping[Address, list[Address]]
    ) -> Change:
        address = step.address
        if step.does in {"drop", "revoke"}:
            old = self.old.objects[address]
            gone = tuple(self.old.objects[each] for each in sorted(loads.get(address, ())))
            if heir := self.remade.successors.get(address):
                carrying, origin = self.remade.carried(address), self.remade.origins[address]
                return Drop(old, gone, (*carrying, *old.drop()), came_from=origin, successor=self.new.objects[heir])
            after = self._detached(old) if isinstance(old, Partition) else ()
            return Drop(old, gone, (*old.drop(), *after), again=address in self.again)
        if step.does == "leave":
            aside = set_aside(self.old.objects[address])
            return Drop(aside, (), aside.drop(), again=True, came_from=address)
        new = self.new.objects[address]
        if step.does == "alter":
            return Alter(self.old.objects[address], new, self._altering(address, parts))
        folded = self._folded(address, parts)
        texts = tuple(self._text(part, parts) for part in self._in_place(address, parts))
        finish = tuple(statement for each in (new, *folded) for statement in each.finish())
        before = self.remade.asides.get(address)
        names = self._attaching(new) if isinstance(new, Partition) else ()
        return Create(
            new,
            tuple(folded),
            (*names, *new.create(texts), *finish, *self._taking_in(new)),
            again=address in self.again,
            successor_of=self.old.objects[before] if before and before in self.remade.successors else None,
        )

    def _altering(self, address: Address, parts: Mapping[Address, list[Address]]) -> tuple[Statement, ...]:
        """What alters it; of a swap all but the end, which waits for all that stood on the old one."""
        users = self.swapped.get(address)
        if users is None:
            return self.altered[address]
        old, new = self.old.objects[address], self.new.objects[address]
        texts = tuple(self._text(part, parts) for part in self._in_place(address, parts))
        through = new.through(old) or ""
        retyped = (statement for user in users for statement in user.recast(through))
        return (*old.rename(set_aside(old)), *new.create(texts), *retyped)

    def _in_place(self, address: Address, parts: Mapping[Address, list[Address]]) -> list[DatabaseObject]:
        return sorted((self.new.objects[each] for each in parts.get(address, ())), key=lambda each: each.place)

    def _text(self, part: DatabaseObject, parts: Mapping[Address, list[Address]]) -> str:
        texts = tuple(self._text(each, parts) for each in self._in_place(part.address, parts))
        if isinstance(part, Column) and self._names[part.schema, part.not_null_name] - {part.table}:
            return part.defined(texts, by_name=True)  # PostgreSQL would choose one that no other table has
        return part.folded(texts)

    @cached_property
    def _names(self) -> Mapping[tuple[str, str], set[str]]:
        """Tables that have constraints of these names: of those that are there all, of new ones the NOT NULLs."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for each in self.old.objects.values():
            if isinstance(each, Partition):
                for name in each.named.values():
                    found[each.schema, name].add(each.table)
            elif isinstance(each, Constraint):
                found[each.schema, each.name].add(each.owner)
        for each in (*self.old.objects.values(), *self.new.objects.values()):
            if isinstance(each, Column) and each.not_null_name:
                found[each.schema, each.not_null_name].add(each.table)
        return found

    def _taking_in(self, new: DatabaseObject) -> Iterator[Statement]:
        """What a key or an index of a partitioned table alone has taken in: others do that by themselves."""
        if isinstance(new, Index | Constraint) and new.only:
            for each in self.new.objects.values():
                if isinstance(each, Index | Constraint) and each.whole == new.address:
                    names = identifier(new.schema, new.name), identifier(each.schema, each.name)
                    yield statement("ALTER INDEX {} ATTACH PARTITION {}", *names)

    # -- names of NOT NULLs of partitions -----------------------------------------------------------------------------

    def _attaching(self, new: Partition) -> tuple[Statement, ...]:
        """What gives NOT NULLs their names, which cannot change while the table is attached."""
        place = (new.schema, new.table)
        if new.parent in self.created:  # it has copied those of the whole
            whole = (new.whole_schema, new.whole_table)
            of_whole = self._not_nulls(self.new, whole)
            unsaid = {each.name for each in self._columns(self.old, whole) if not each.not_null}
            was: Mapping[str, str] = {column: name for column, name in of_whole.items() if column not in unsaid}
        else:
            was = self._not_nulls(self.old, place)
        return self._renamed(place, was, new.named)

    def _detached(self, old: Partition) -> tuple[Statement, ...]:
        place = (old.schema, old.table)
        if old.address in self.new.objects or old.parent not in self.new.objects:
            return ()
        return self._renamed(place, old.named, self._not_nulls(self.new, place))

    def _renamed(self, place: tuple[str, str], was: Mapping[str, str], now: Mapping[str, str]) -> tuple[Statement, ...]:
        if self.new.version < _NOT_NULLS_HAVE_NAMES:
            return ()
        pairs = ((was[column], name) for column, name in now.items() if was.get(column) and name)
        return tuple(
            statement("ALTER TABLE {} RENAME CONSTRAINT {} TO {}", identifier(*place), identifier(old), identifier(new))
            for old, new in pairs
            if old != new
        )

    def _not_nulls(self, catalog: Catalog, place: tuple[str, str]) -> Mapping[str, str]:
        """The names of a table's NOT NULLs by their columns."""
        partition = catalog.objects.get(Address("partition", place[0], name=place[1]))
        if isinstance(partition, Partition):
            return partition.named
        return {each.name: each.not_null_name for each in self._columns(catalog, place)}

    def _columns(self, catalog: Catalog, place: tuple[str, str]) -> Sequence[Column]:
        if id(catalog) not in self.columns:
            found = self.columns[id(catalog)] = defaultdict(list)
            for each in catalog.objects.values():
                if isinstance(each, Column):
                    found[each.schema, each.table].append(each)
        return self.columns[id(catalog)][place]

    def _folded(self, address: Address, parts: Mapping[Address, list[Address]]) -> list[DatabaseObject]:
        found = []
        for part in self._in_place(address, parts):
            found += [part, *self._folded(part.address, parts)]
        return found

    def _home(self, address: Address) -> Address:
        """The object into whose CREATE this one is folded: itself, or an ancestor that is created too."""
        each = self.new.objects[address]
        while each.folds and (each.parent in self.created or each.parent in self.swapped):
            each = self.new.objects[each.parent]
        return each.address

    def _merged(self, homes: Mapping[Address, Address]) -> Iterator[Address]:
        """Parts that a CREATE would make one with others: of each sort one may stand there."""
        seen = set()
        parts = [self.new.objects[address] for address, home in homes.items() if home != address]
        for part in sorted(parts, key=lambda each: each.place):
            alike = part.alike()
            if alike is not None and (part.parent, alike) in seen:
                yield part.address
            seen.add((part.parent, alike))

    def _carrier(self, address: Address) -> Address:
        """The object whose DROP takes this one along: itself, or an ancestor that is dropped or swapped too."""
        each = self.old.objects[address]
        if each.is_right and (each.parent in self.new.objects or self._has_successor(each.parent)):
            return address
        gone = self.dropped | self.swapped.keys()
        while holder := next((one for one in self._holders(each) if one in gone), None):
            each = self.old.objects[holder]
        return each.address

    def _holders(self, each: DatabaseObject) -> Iterator[Address | None]:
        """Whose DROP takes it along; from a table that stands aside goes before what is in the way of its successor."""
        if each.parent not in self.remade.origins or not self._is_in_the_way(each):
            yield each.parent
        yield each.whole

    def _is_in_the_way(self, each: DatabaseObject) -> bool:
        if isinstance(each, Partition):
            return each.parent in self.remade.successors
        return any(map(self._has_name, (each.address, *self.old.needs(each.address))))

    def _has_name(self, address: Address) -> bool:
        """Whether it is a part of a table, with a name that no other has."""
        each = self.old.objects[address]
        return bool(each.occupies()) and each.parent in self.remade.origins and not isinstance(each, Table | Column)

    def _has_successor(self, address: Address | None) -> bool:
        """Whether a function gives way to one with other arguments, which has by the way what may be done with it."""
        place = _called(self.old.objects[address]) if address else None
        return place is not None and any(_called(self.new.objects[each]) == place for each in self.created)

    def _going(self, address: Address) -> _Step:
        """What takes it away; what is revoked on an object that stays, or comes back, is so once that stands."""
        if address in self.swapped:
            return _Step("leave", address)
        old = self.old.objects[address]
        return _Step("revoke" if old.is_right and old.parent in self.new.objects else "drop", address)

    def _untie(self, carriers: dict[Address, Address]) -> None:
        """Let go first, and by itself, what ties dropped objects into a ring: foreign keys between tables."""
        ties: dict[Address, dict[Address, set[Address]]] = defaultdict(lambda: defaultdict(set))
        for address, carrier in carriers.items():
            for each in self._dependents(address):
                holder = carriers.get(each, carrier)
                if holder not in {carrier, each}:
                    ties[holder][carrier].add(each)
        ring = _in_rings(ties)
        for holder in ring:
            for other in ring & ties[holder].keys():
                carriers.update((each, each) for each in ties[holder][other])

    def _in_order(self, homes: Mapping[Address, Address], carriers: Mapping[Address, Address]) -> list[_Step]:
        needs: dict[_Step, set[_Step]] = {}
        needs.update((self._going(address), set()) for address in set(carriers.values()) & self.dropped)
        for does, addresses in (
            ("create", {home for home in homes.values() if home in self.created}),
            ("alter", self.altered),
            ("leave", self.swapped),
        ):
            needs.update((_Step(does, address), set()) for address in addresses)
        made = {
            address: _Step("create" if home in self.created else "alter", home)
            for address, home in (*homes.items(), *((altered, altered) for altered in self.altered))
        }
        gone = {a: self._going(carrier) for a, carrier in carriers.items()}
        gone.update((address, _Step("leave", address)) for address in self.swapped)
        for steps, catalog in ((made, self.new), (gone, self.old)):
            steps.update((a, step) for a, each in catalog.objects.items() if (step := self._altered_with(each)))
        for address, step in made.items():
            for each in self.new.needs(address):
                self._link(needs, step, after=made.get(each))
        for address in self.swapped:
            self._link(needs, gone[address], after=made[address])
        for address, step in gone.items():
            for each in self._dependents(address):
                self._link(needs, step, after=gone.get(each) or self._altered_step(each))
        for address in (*self.altered, *(a for a, step in gone.items() if step.does == "leave" and a in made)):
            for each in self._dependents(address):
                # What was swapped goes only once the new one stands, and so does a table whose rows are carried over.
                after = gone.get(each)
                waits = after is None or after.does != "drop" or after.address in self.remade.successors
                self._link(needs, made[address], after=None if waits else after)
        self._place_partitions(made, gone, needs)
        self._place_row_types(made, gone, needs)
        self._place_rows(made, gone, needs)
        self._free_the_names(made, gone, needs)
        return in_order(needs, needs.__getitem__, _rank)

    def _place_partitions(
        self, made: Mapping[Address, _Step], gone: Mapping[Address, _Step], needs: dict[_Step, set[_Step]]
    ) -> None:
        """An index of a partition before the one that takes it in; a table behind those whose columns it has."""
        members: dict[tuple[str, str], set[_Step]] = defaultdict(set)
        for address, step in made.items():
            new = self.new.objects[address]
            if (whole := new.whole) and whole in made and made[whole].address == whole:
                self._link(needs, made[whole], after=step)
            if new.overrides:
                self._link(needs, step, after=made.get(new.overrides) or gone.get(new.overrides))
            if address.kind in {"column", "default"} or getattr(new, "type", "") == "c":
                members[address.schema, address.owner].add(step)
        for twin, taken in self._twins:
            for each in self._takes(taken) if twin in made else ():
                self._link(needs, made[twin], after=made.get(each))
        for address in self.created:
            if address.kind == "table":
                for place in self.new.wholes((address.schema, address.name)):
                    for step in members.get(place, ()):
                        self._link(needs, made[address], after=step)
        self._place_columns(made, gone, needs)
        for address, step in gone.items():
            overridden = self.old.objects[address].overrides
            if overridden and overridden in gone:
                self._link(needs, gone[overridden], after=step)

    def _place_row_types(
        self, made: Mapping[Address, _Step], gone: Mapping[Address, _Step], needs: dict[_Step, set[_Step]]
    ) -> None:
        """A column of a row type goes before a column of that gets another type, and comes after it."""
        for address, holder in self._of_row_types(self.old):
            self._link(needs, made[address], after=gone.get(holder))
        for address, holder in self._of_row_types(self.new):
            if holder in made:
                self._link(needs, made[holder], after=made[address])

    def _place_rows(
        self, made: Mapping[Address, _Step], gone: Mapping[Address, _Step], needs: dict[_Step, set[_Step]]
    ) -> None:
        """Rows are carried once the successor has its partitions, and before it has what looks at each row."""
        for aside, heir in self.remade.successors.items():
            step, tree = gone[aside], self._tree(heir)
            self._link(needs, step, after=made[heir])
            for address, each in made.items():
                new = self.new.objects[address]
                if isinstance(new, Partition) and new.parent in tree and new.parent != heir:
                    self._link(needs, step, after=each)
                elif self._looks_at_rows(new, tree):
                    self._link(needs, each, after=step)

    def _looks_at_rows(self, new: DatabaseObject, tree: Collection[Address]) -> bool:
        if new.kind in {"trigger", "rule", "row security"}:
            return new.parent in tree
        if isinstance(new, Constraint):
            return new.type == "f" and any(each in tree for each in new.needs())
        return new.kind == "materialized view" and new.address in self.created

    def _tree(self, table: Address) -> set[Address]:
        """The table and its partitions on all levels, as they will be."""
        place = (table.schema, table.name)
        below = (each for each in self.new.whole_of if place in self.new.wholes(each))
        return {table, *(Address("table", schema, name=name) for schema, name in below)}

    def _place_columns(
        self, made: Mapping[Address, _Step], gone: Mapping[Address, _Step], needs: dict[_Step, set[_Step]]
    ) -> None:
        """An inherited column behind the one that reaches down to it; before it where both tables define it.

        When both go, the inherited one goes last. One that is replaced is gone before that one comes, and comes when it
        is gone.
        """
        for catalog, steps in ((self.new, made), (self.old, gone)):
            for address, step in steps.items():
                each = catalog.objects[address]
                if not isinstance(each, Column) or step.address != address:
                    continue
                above = steps.get(_above(each))
                if above and above.address.kind == "column":
                    first, then = (step, above) if steps is made and each.local else (above, step)
                    self._link(needs, then, after=first)
        for address in gone.keys() & made.keys():
            old, new = self.old.objects[address], self.new.objects[address]
            if isinstance(old, Column) and isinstance(new, Column):
                self._link(needs, made[address], after=gone.get(_above(old)))
                if above := made.get(_above(new)):
                    self._link(needs, above, after=gone[address])
        for address, step in gone.items():
            if address.kind == "table":
                for place in self.old.wholes((address.schema, address.name)):
                    # It may be partitioned by a column of the whole.
                    for column in self._dependents(Address("table", place[0], name=place[1])):
                        if column.kind == "column" and column in gone:
                            self._link(needs, gone[column], after=step)

    def _altered_with(self, each: DatabaseObject) -> _Step | None:
        """What makes or drops it, where that is a change of the whole to which it belongs."""
        if not each.inseparable or each.parent is None or each.parent in self.swapped:
            return None
        return self._altered_step(each.parent)

    def _altered_step(self, address: Address) -> _Step | None:
        return _Step("alter", address) if address in self.altered else None

    @staticmethod
    def _link(needs: dict[_Step, set[_Step]], step: _Step, *, after: _Step | None) -> None:
        if after is not None and after != step:
            needs[step].add(after)

    def _free_the_names(
        self, made: Mapping[Address, _Step], gone: Mapping[Address, _Step], needs: dict[_Step, set[_Step]]
    ) -> None:
        """A name is free only when what had it is gone, or has another; so are the bounds of a partition."""
        freed = {
            name: gone[a] for a in self.dropped if gone[a].does == "drop" for name in _names_of(self.old.objects[a])
        }
        for a in self.altered:
            freed |= dict.fromkeys(_names_of(self.old.objects[a]) - _names_of(self.new.objects[a]), made[a])
        for address in (*self.created, *self.altered):
            for name in _names_of(self.new.objects[address]):
                self._link(needs, made[address], after=freed.get(name))
        left = defaultdict[tuple[str, str], list[_Step]](list)
        alone = defaultdict[tuple[str, str], list[_Step]](list)
        for address, step in made.items():
            if isinstance(key := self.new.objects[address], Index | Constraint) and key.only:
                alone[key.schema, address.owner].append(step)  # or what is attached would get one, too
        for address, step in gone.items():
            if isinstance(old := self.old.objects[address], Partition):
                left[old.whole_schema, old.whole_table].append(step)
        for address, step in made.items():
            if isinstance(new := self.new.objects[address], Partition):
                for each in left[new.whole_schema, new.whole_table]:
                    self._link(needs, step, after=each)
                for each in alone[new.whole_schema, new.whole_table]:
                    self._link(needs, each, after=step)


def _comes_otherwise(old: DatabaseObject, new: DatabaseObject) -> bool:
    return isinstance(old, Column) and isinstance(new, Column) and new.comes_otherwise(old)


def _above(column: Column) -> Address:
    return Address("column", column.whole_schema, column.whole_table, column.name)


def _in_rings(edges: Mapping[Address, Collection[Address]]) -> set[Address]:
    """What lies on a ring, or on a way from one to another."""
    left = {address: set(others) & edges.keys() for address, others in edges.items()}
    while True:
        reached = set().union(*left.values())
        ends = {address for address, others in left.items() if address not in reached or not others & left.keys()}
        if not ends:
            return set(left)
        left = {address: others - ends for address, others in left.items() if address not in ends}


def _names_of(each: DatabaseObject) -> set[tuple[str, ...]]:
    """What it is called, wherever that must be the only one of its name."""
    return {("", *each.address), *each.occupies()}


def _rank(step: _Step) -> tuple[object, ...]:
    """Drops first and from the outside in; then kind by kind, by name; what is revoked, with what is granted."""
    rank = RANK[step.address.kind]
    is_last = step.does in {"create", "alter", "revoke"}
    return (1, rank, *step.address[1:]) if is_last else (0, -rank, *step.address[1:])


# --- Renames ---------------------------------------------------------------------------------------------------------


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


def exact_renames(base: Base, current: Catalog, desired: Catalog) -> Renames:
    """What the source renamed, told by identity; nothing where lineage is not proven."""
    found = Renames(base.desired, base.given, current)
    if not has_lineage(base.desired, desired):
        return found
    for stage in (_renamed_schemas, _renamed_objects, _renamed_members):
        new_names = {
            address: name for address, name in stage(found.was, desired).items() if address in found.now.objects
        }
        if new_names:
            found = _staged(found, new_names, _moved_aside(found, new_names))
    if routines := _renamed_routines(found, desired):
        addresses = [a for a, each in found.now.objects.items() if _called(each) in routines]
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
    found = {}
    for address, proof in was.identity.items():
        name = after.get((address[:3], proof), address.name)
        if address.kind in NUMBERED and name != address.name:
            found[address] = name
    return found | _renamed_constraints(was.renamed(renamer(found, was.roots)) if found else was, desired)


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
        if place := _called(old):
            names[place].add(_called(after.get((address.kind, found.was.identity.get(address, ())))))
    for address, each in found.now.objects.items():
        if (place := _called(each)) and address not in found.was.objects:
            names[place].add(None)  # not ours to rename
    return {
        place: new[1]
        for place, those in names.items()
        for new in those
        if len(those) == 1 and new and new not in names and new[0] == place[0]
    }


def _called(each: DatabaseObject | None) -> tuple[str, str] | None:
    """Schema and name of a function or an aggregate, without what it takes."""
    return (each.schema, each.name) if isinstance(each, Function | Aggregate) else None


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
    wanted = set().union(*(_names_of(_as(objects[address], name)) for address, name in new_names.items()))
    holders = {address for address, each in objects.items() if wanted & _names_of(each)}
    return {
        address: aside_name(address.name or address.schema, "dropped")
        for address in holders
        if address not in new_names and address.kind in _RENAMED
    }


def _staged(found: Renames, new_names: NewNames, aside: NewNames) -> Renames:
    names = renamer({**new_names, **aside}, {**found.was.roots, **found.now.roots})
    forward = tuple(_in_sequence(found.now, new_names, aside))
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
        held = {name: address for address in waiting for name in _names_of(objects[address])}
        free = [a for a, name in waiting.items() if {held.get(n, a) for n in _names_of(_as(objects[a], name))} == {a}]
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
