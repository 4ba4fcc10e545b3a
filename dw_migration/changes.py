"""Create, Drop, Alter, Rename: what leads from one catalog to another, in an order that PostgreSQL accepts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, NamedTuple

from dw_migration.catalog import RANK, Catalog, in_order
from dw_migration.errors import NotOurs, Unsupported
from dw_migration.kind import Address, DatabaseObject
from dw_migration.naming import Names, NamingRules, source_path
from dw_migration.sql import Statement

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
    """An object gets another name, and stays the same object."""

    action: ClassVar[str] = "rename"
    old: DatabaseObject
    new: DatabaseObject
    statements: tuple[Statement, ...] = ()

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
    renames = exact_renames(base, current, desired)
    was, now = renames.was, renames.now
    state = _Decision(renames, desired, frozenset(settled), frozenset(registered), adopt=adopt, put_back=put_back)
    state.decide()
    ours = set(was.objects) | set(desired.objects)
    forward = transition(now, state.result, state.replaced, ours)
    kept = _irreversible(forward)
    before = now.replacing({**now.objects, **{address: state.result.objects[address] for address in kept}})
    backward = transition(state.result, before, state.replaced, ours)
    return Difference(
        changes=(*renames.forward, *forward),
        back=(*backward, *renames.backward),
        drift=tuple(sorted(state.drift)),
        unmanaged=tuple(
            sorted(address for address in now.objects if address not in ours and not _is_shared(now, address))
        ),
        doubtful=tuple(state.doubtful),
    )


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
        stands_on = {**self.now.stands_on, **self.desired.stands_on}
        return replace(self.now, objects=self.objects, stands_on=stands_on)

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
        elif was is None and not (now.shared or self.adopt or self._is_registered(address)):
            self.in_the_way.append(address)

    def _decide_different(
        self, address: Address, was: DatabaseObject | None, now: DatabaseObject, new: DatabaseObject
    ) -> None:
        if was is None and not self.adopt:
            self.in_the_way.append(address)
            return
        if address in self.settled or (was == new and self.given.objects.get(address) == now):
            return  # spelt otherwise by the target's server, and known to be equal
        self.doubtful.append((now, new))
        if was == new:
            self.drift.add(address)
        if was != new or self.put_back:
            self.objects[address] = new

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
    work = _Transition(old, new, replaced, ours)
    work.expand()
    return tuple(work.changes())


class _Transition:
    def __init__(
        self, old: Catalog, new: Catalog, replaced: Collection[Address], ours: Collection[Address] | None
    ) -> None:
        self.old, self.new, self.ours = old, new, ours
        self.dropped = {address for address in old.objects if address not in new.objects}
        self.created = {address for address in new.objects if address not in old.objects}
        self.altered: dict[Address, tuple[Statement, ...]] = {}
        self.replaced = set(replaced)
        self.again: set[Address] = set()

    # -- what must go out of the way ----------------------------------------------------------------------------------

    def expand(self) -> None:
        for address in tuple(self.dropped):
            self._drop_dependents(address)
        for address, new in self.new.objects.items():
            old = self.old.objects.get(address)
            if old is not None and ((old is not new and old != new) or address in self.replaced):
                self._expand_altered(address, old, new)

    def _expand_altered(self, address: Address, old: DatabaseObject, new: DatabaseObject) -> None:
        statements = None if address in self.replaced else new.alter(old)
        if statements is None:
            statements = self._swapped(address, old, new) if address not in self.replaced else None
        else:
            reasons = new.disturbs(old)
            for each in self._dependents(address):
                if reasons & self.old.objects[each].disturbed_by:
                    self._recreate(each, because=address)
        if statements is None:
            self._recreate(address, because=address)
        else:
            self.altered[address] = statements

    def _swapped(self, address: Address, old: DatabaseObject, new: DatabaseObject) -> tuple[Statement, ...] | None:
        """A swap, where rows stand on what can only be replaced; all else that stands on it is made again."""
        dependents = self._dependents(address)
        users = tuple(each for each in dependents if self.old.objects[each].holds_data)
        if not users:
            return None
        there = tuple(self.new.objects[each] for each in users if each in self.new.objects)
        statements = new.swap(old, there)
        if statements is None:
            named = ", ".join(f"{each.kind} {each}" for each in users[:5])
            raise Unsupported(
                f"{address.kind} {address} can only be dropped and created, and {named} would lose rows: "
                "change it by a hand-written revision"
            )
        for each in dependents:
            if each not in users:
                self._recreate(each, because=address)
        return statements

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
        self._permit(address, because)
        self.altered.pop(address, None)
        self.dropped.add(address)
        if address in self.new.objects:
            self.created.add(address)
            if self.new.objects[address] == held:
                self.again.add(address)
        for each in self._dependents(address):
            self._recreate(each, because=address)

    def _drop_dependents(self, address: Address) -> None:
        for each in self._dependents(address):
            if each in self.new.objects and each not in self.dropped:
                self._recreate(each, because=address)

    def _permit(self, address: Address, because: Address) -> None:
        if self.ours is not None and address not in self.ours:
            raise NotOurs(
                f"{address.kind} {address} is not ours and stands on {because.kind} {because}, which has to change: "
                "drop it, or change what it stands on by hand"
            )

    def _dependents(self, address: Address) -> tuple[Address, ...]:
        return self.old.dependents.get(address, ())

    # -- order --------------------------------------------------------------------------------------------------------

    def changes(self) -> Iterator[Change]:
        homes = {address: self._home(address) for address in self.created}
        parts: dict[Address, list[Address]] = defaultdict(list)
        for address, home in homes.items():
            if home != address:
                parts[self.new.objects[address].parent or home].append(address)
        carriers = {address: self._carrier(address) for address in self.dropped}
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
        if step.does == "drop":
            old = self.old.objects[address]
            gone = tuple(self.old.objects[each] for each in sorted(loads.get(address, ())))
            return Drop(old, gone, old.drop(), again=address in self.again)
        new = self.new.objects[address]
        if step.does == "alter":
            return Alter(self.old.objects[address], new, self.altered[address])
        folded = self._folded(address, parts)
        texts = tuple(self._text(part, parts) for part in self._in_place(address, parts))
        finish = tuple(statement for each in (new, *folded) for statement in each.finish())
        return Create(new, tuple(folded), (*new.create(texts), *finish), again=address in self.again)

    def _in_place(self, address: Address, parts: Mapping[Address, list[Address]]) -> list[DatabaseObject]:
        return sorted((self.new.objects[each] for each in parts.get(address, ())), key=lambda each: each.place)

    def _text(self, part: DatabaseObject, parts: Mapping[Address, list[Address]]) -> str:
        return part.folded(tuple(self._text(each, parts) for each in self._in_place(part.address, parts)))

    def _folded(self, address: Address, parts: Mapping[Address, list[Address]]) -> list[DatabaseObject]:
        found = []
        for part in self._in_place(address, parts):
            found += [part, *self._folded(part.address, parts)]
        return found

    def _home(self, address: Address) -> Address:
        """The object into whose CREATE this one is folded: itself, or an ancestor that is created too."""
        each = self.new.objects[address]
        while each.folds and each.parent in self.created:
            each = self.new.objects[each.parent]
        return each.address

    def _carrier(self, address: Address) -> Address:
        """The object whose DROP takes this one along: itself, or an ancestor that is dropped too."""
        each = self.old.objects[address]
        while each.parent in self.dropped:
            each = self.old.objects[each.parent]
        return each.address

    def _in_order(self, homes: Mapping[Address, Address], carriers: Mapping[Address, Address]) -> list[_Step]:
        needs: dict[_Step, set[_Step]] = {}
        for does, addresses in (
            ("drop", set(carriers.values())),
            ("create", set(homes.values())),
            ("alter", self.altered),
        ):
            needs.update((_Step(does, address), set()) for address in addresses)
        made = {a: _Step("create", home) for a, home in homes.items()} | {a: _Step("alter", a) for a in self.altered}
        gone = {a: _Step("drop", carrier) for a, carrier in carriers.items()}
        for address in made:
            for each in self.new.needs(address):
                self._link(needs, made[address], after=made.get(each))
        for address in self.dropped:
            for each in self._dependents(address):
                self._link(needs, gone[address], after=gone.get(each) or self._altered_step(each))
        for address in self.altered:
            for each in self._dependents(address):
                self._link(needs, made[address], after=gone.get(each))
        self._free_the_names(made, gone, needs)
        return in_order(needs, needs.__getitem__, _rank)

    def _altered_step(self, address: Address) -> _Step | None:
        return _Step("alter", address) if address in self.altered else None

    @staticmethod
    def _link(needs: dict[_Step, set[_Step]], step: _Step, *, after: _Step | None) -> None:
        if after is not None and after != step:
            needs[step].add(after)

    def _free_the_names(
        self, made: Mapping[Address, _Step], gone: Mapping[Address, _Step], needs: dict[_Step, set[_Step]]
    ) -> None:
        """A name is free only when what had it is gone."""
        freed = {name: gone[a] for a in self.dropped for name in (("", *a), *self.old.objects[a].occupies())}
        for address in self.created:
            for name in (("", *address), *self.new.objects[address].occupies()):
                self._link(needs, made[address], after=freed.get(name))


def _rank(step: _Step) -> tuple[object, ...]:
    """Drops first and from the outside in; then kind by kind, by name."""
    rank = RANK[step.address.kind]
    return (0, -rank, *step.address[1:]) if step.does == "drop" else (1, rank, *step.address[1:])


# --- Renames ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Renames:
    """The renames, there and back, and the three catalogs under the new names."""

    was: Catalog
    given: Catalog
    now: Catalog
    forward: tuple[Rename, ...] = ()
    backward: tuple[Rename, ...] = ()


NewNames = Mapping[Address, str]
_MEMBERS = frozenset({"column", "constraint"})


def renamer(new_names: NewNames) -> Names:
    """Old names within the target to new ones; what is not named keeps its name."""
    overrides = {source_path("", *_path(address)): name for address, name in new_names.items()}
    return Names(NamingRules(schema="{schema}", case="preserve", overrides=overrides), source="", database="")


def _path(address: Address) -> tuple[str, ...]:
    if address.kind == "schema":
        return (address.schema,)
    if address.kind in _MEMBERS:
        return (address.schema, address.owner, address.name)
    return (address.schema, address.name)


def has_lineage(base: Catalog, desired: Catalog) -> bool:
    """Whether desired is a later state of the very database that base was read from, not of a copy or rebuilding.

    Oids alone prove nothing: a restored database counts its own from the same start.
    """
    after = {proof[:2]: (address.name, proof[2]) for address, proof in desired.identity.items()}
    columns: dict[int, list[bool]] = defaultdict(list)
    for address, (oid, attnum, _) in base.identity.items():
        if address.kind == "column":
            columns[oid].append(after.get((oid, attnum), ("",))[0] == address.name)
    kept = against = 0
    for address, (oid, _, row_type) in base.identity.items():
        if address.kind != "table":
            continue
        if after.get((oid, 0), ("", 0))[1] == row_type and 2 * sum(columns[oid]) >= len(columns[oid]):
            kept += 1
        elif address in desired.identity:
            against += 1
    return kept > 0 and kept >= 4 * against


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
            found = _staged(found, new_names | _moved_aside(found, new_names))
    return found


def _renamed_schemas(was: Catalog, desired: Catalog) -> dict[Address, str]:
    after = {proof: address for address, proof in desired.identity.items() if address.kind == "schema"}
    return {
        address: after[proof].schema
        for address, proof in was.identity.items()
        if address.kind == "schema" and proof in after and after[proof] != address and address not in desired.objects
    }


def _renamed_objects(was: Catalog, desired: Catalog) -> dict[Address, str]:
    """Tables, types, sequences, indexes; where the old name lives on as another object, the name wins."""
    after = {(address.kind, proof): address for address, proof in desired.identity.items()}
    found = {}
    for address, proof in was.identity.items():
        new = after.get((address.kind, proof))
        if new is None or address.kind in {"schema", "extension", "column", "default", "constraint"}:
            continue
        if new.schema == address.schema and new.name != address.name and address not in desired.objects:
            found[address] = new.name
    return found


def _renamed_members(was: Catalog, desired: Catalog) -> dict[Address, str]:
    """Columns by their numbers; constraints by owner and definition, since these are often made anew."""
    after = {
        (address[:3], proof): address.name for address, proof in desired.identity.items() if address.kind == "column"
    }
    found = {}
    for address, proof in was.identity.items():
        name = after.get((address[:3], proof), address.name)
        if address.kind == "column" and name != address.name:
            found[address] = name
    return found | _renamed_constraints(was.renamed(renamer(found)) if found else was, desired)


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


def _moved_aside(found: Renames, new_names: NewNames) -> dict[Address, str]:
    """What has a new name already, and is on its way out: it must not be in the way until it is dropped."""
    aside = {}
    for address, name in new_names.items():
        taken = Address(address.kind, name) if address.kind == "schema" else address._replace(name=name)
        if taken in found.now.objects and taken not in new_names:
            aside[taken] = f"{name[:50]}__dropped"
    return aside


def _staged(found: Renames, new_names: NewNames) -> Renames:
    names = renamer(new_names)
    forward = tuple(_in_sequence(found.now, new_names))
    backward = tuple(Rename(each.new, each.old, each.new.rename(each.old)) for each in reversed(forward))
    return Renames(
        found.was.renamed(names),
        found.given.renamed(names),
        found.now.renamed(names),
        (*found.forward, *forward),
        (*backward, *found.backward),
    )


def _in_sequence(now: Catalog, new_names: NewNames) -> Iterator[Rename]:
    """One rename after another, each to a name that is free by then; rings go by way of a name aside."""
    waiting = dict(new_names)
    objects = {address: now.objects[address] for address in waiting}
    while waiting:
        free = [address for address, name in waiting.items() if _renamed_address(address, name) not in waiting]
        for address in free:
            yield _rename(objects[address], address, waiting.pop(address))
        if not free:
            address, name = next(iter(waiting.items()))
            step = _rename(objects[address], address, f"{name[:50]}__moving")
            yield step
            del waiting[address]
            waiting[step.address], objects[step.address] = name, step.new


def _renamed_address(address: Address, name: str) -> Address:
    return address._replace(schema=name) if address.kind == "schema" else address._replace(name=name)


def _rename(each: DatabaseObject, address: Address, name: str) -> Rename:
    new = each.renamed(renamer({address: name}))
    return Rename(each, new, each.rename(new))
