"""From one state to another: what goes out of the way, and in which order."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from dw_migration.catalog import RANK, Catalog, Ring, in_order
from dw_migration.changes.change import Alter, Change, Create, Drop, Rename
from dw_migration.changes.names import called, names_of
from dw_migration.errors import NotOurs, Unsupported
from dw_migration.kind import Address, DatabaseObject, Named, Query
from dw_migration.kinds.column import Column
from dw_migration.kinds.composite import Composite
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.grant import Grant
from dw_migration.kinds.index import Index
from dw_migration.kinds.inheritance import Inheritance
from dw_migration.kinds.partition import Partition
from dw_migration.kinds.partition_column import PartitionColumn
from dw_migration.kinds.table import Table
from dw_migration.kinds.typed_table import TypedTable
from dw_migration.naming import Space
from dw_migration.parts import levelled
from dw_migration.rebuilt import Rebuilt, rebuilt
from dw_migration.sql import Statement, identifier, statement
from dw_migration.target_names import aside_name, set_aside

_NOT_NULLS_HAVE_NAMES = 180_000
"""The version since which NOT NULL is a constraint with a name."""


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
    moves = (Rename(old.objects[a], remade.old.objects[b], texts, aside=True) for a, b, texts in remade.moves(old))
    return (*moves, *_unringed(old, new, replaced, ours, remade))


def _unringed(
    old: Catalog, new: Catalog, replaced: Collection[Address], ours: Collection[Address] | None, remade: Rebuilt
) -> tuple[Change, ...]:
    """The changes in order; what would be altered on a ring is dropped and created, if it is mere words.

    A view goes from a table that goes to a new one, of which a key has the name of the old one's key.
    """
    while True:
        try:
            return tuple(_expanded(old, new, replaced, ours, remade).changes())
        except Ring as ring:
            steps = (node for node in ring.nodes if isinstance(node, _Step) and node.does == "alter")
            words = {step.address for step in steps if step.address.kind in _WORDS}.difference(replaced)
            if not words:
                raise
            replaced = {*replaced, *words}


def _expanded(
    old: Catalog, new: Catalog, replaced: Collection[Address], ours: Collection[Address] | None, remade: Rebuilt
) -> "_Transition":
    """What must go out of the way; partitions are detached for it where it would not go otherwise."""
    again: set[Address] = set()
    while True:
        before, after = levelled(remade.old, new, remade.successors, again)
        may_go = ours
        if ours is not None and before is not old:
            may_go = {
                *ours,
                *(now for was, now in zip(old.objects, remade.old.objects, strict=True) if was in ours),
                *(before.objects.keys() - remade.old.objects.keys()),
                *(after.objects.keys() - new.objects.keys()),
            }
        work = _Transition(before, after, {*replaced, *again}, may_go, remade)
        work.expand()
        held = set(work.held_fast()) - again
        if not held:
            return work
        again |= held


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
                self.altered[address] = (*self.altered.get(address, ()), *new.create())
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

    def held_fast(self) -> Iterator[Address]:
        """Partitions with an index that goes without the one that took it in; with a key, where the latter goes."""
        for address, each in self.old.objects.items():
            part, holder = Address("partition", address.schema, name=address.owner), each.taken_in_by
            if holder is None or part not in self.old.objects or part in self.dropped:
                continue
            if holder != each.whole if holder in self.dropped else address in self.dropped:
                yield part

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
        """Whether what it overrides is made or changed, so that it must be said again; a grant only if that shrinks."""
        is_right = self.old.objects[address].is_right
        if address in self.dropped or (address in self.altered and not is_right):
            return False
        changed = self.dropped | self.altered.keys() | (set() if is_right else self.created)
        places = [(overridden.schema, overridden.owner), *self.new.wholes((overridden.schema, overridden.owner))]
        return any(overridden._replace(schema=schema, owner=owner) in changed for schema, owner in places)

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
        there = [each for each in users if each in self.new.objects and each not in self.dropped]
        if new.through(old) is None:
            if not there:
                return False
            named = ", ".join(f"{each.kind} {each}" for each in there[:5])
            raise Unsupported(
                f"{address.kind} {address} can only be dropped and created, and {named} would lose rows: "
                "change it by a hand-written revision"
            )
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
        needed = [] if new is None else list(self.new.needs(each))
        if new is None or address in needed:
            return False
        if address.kind == "constraint" and any(a.kind == "constraint" and a in self.created for a in needed):
            return False  # a table has one primary key: another comes when this one is gone
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
            if isinstance(old, PartitionColumn):
                old = self._as_above(old)
            after = self._detached(old) if isinstance(old, Partition) else ()
            return Drop(old, gone, (*self._sparing_heirs(old, old.drop()), *after), again=address in self.again)
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
            (*names, *self._making(new, texts), *finish, *self._taking_in(new)),
            again=address in self.again,
            successor_of=self.old.objects[before] if before and before in self.remade.successors else None,
        )

    def _making(self, new: DatabaseObject, texts: tuple[str, ...]) -> tuple[Statement, ...]:
        """What makes it; a sequence under another name first, if a type has its name.

        PostgreSQL makes none where such a type is, and yet lets one be called so.
        """
        if not isinstance(new, Named) or new.kind != "sequence" or (new.schema, new.name) not in self._types:
            return new.create(texts)
        first = replace(new, name=aside_name(new.name, "made"))
        return (*first.create(texts), *first.rename(new))

    @cached_property
    def _types(self) -> set[tuple[str, str]]:
        """Schema and name of all types, before and after."""
        every = (each for catalog in (self.old, self.new) for each in catalog.objects.values())
        return {(schema, name) for each in every for space, schema, name in each.occupies() if space == Space.TYPE}

    def _altering(self, address: Address, parts: Mapping[Address, list[Address]]) -> tuple[Statement, ...]:
        """What alters it; of a swap all but the end, which waits for all that stood on the old one."""
        users = self.swapped.get(address)
        if users is None:
            return tuple(self._sparing_heirs(self.new.objects[address], self.altered[address]))
        old, new = self.old.objects[address], self.new.objects[address]
        texts = tuple(self._text(part, parts) for part in self._in_place(address, parts))
        through = new.through(old) or ""
        retyped = (statement for user in users for statement in user.recast(through))
        return (*old.rename(set_aside(old)), *new.create(texts), *retyped)

    def _sparing_heirs(self, each: DatabaseObject, statements: Iterable[Statement]) -> Iterator[Statement]:
        """The statements; a column that may be NULL from now on lets alone those that inherit it, and may not."""
        heirs = self._heirs(each.address._replace(kind="column"))
        kept = [heir for heir in heirs if self._refuses_null(heir)]
        for made in statements:
            if kept and isinstance(each, Column | PartitionColumn) and made == each.may_be_null():
                yield each.may_be_null(here=True)
                yield from (heir.may_be_null(here=True) for heir in heirs if heir not in kept)
            else:
                yield made

    def _heirs(self, address: Address) -> list[Column]:
        """The columns that are inherited from this one, on all levels."""
        found = list(self._below.get(address, ()))
        for each in found:
            found += self._below.get(each.address, ())
        return found

    @cached_property
    def _below(self) -> Mapping[Address, list[Column]]:
        found: dict[Address, list[Column]] = defaultdict(list)
        for each in self.new.objects.values():
            if isinstance(each, Column) and each.whole_table:
                found[_above(each)].append(each)
        return found

    def _refuses_null(self, heir: Column) -> bool:
        own = self.new.objects.get(heir.address._replace(kind="partition column"))
        return isinstance(own, PartitionColumn) and own.not_null

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
                if isinstance(each, Index | Constraint) and each.taken_in_by == new.address:
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
            if self._is_key_of_heir(each):
                break
            each = self.new.objects[each.parent]
        return each.address

    def _is_key_of_heir(self, each: DatabaseObject) -> bool:
        """Whether it is a primary key on an inherited column, of which CREATE TABLE would say NOT NULL once more."""
        if not (isinstance(each, Constraint) and each.type == "p"):
            return False
        here = (self.new.objects.get(Address("column", each.schema, each.owner, name)) for name in each.columns)
        return any(isinstance(column, Column) and not column.local for column in here)

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
        goes_with_partition = isinstance(each, Grant) and each.partition in self.dropped
        stays = each.parent in self.new.objects or self._has_successor(each.parent) or self._becomes_view(each.parent)
        if each.is_right and stays and not goes_with_partition:
            return address
        while holder := next((a for a in self._holders(each) if a in self.dropped or a in self.swapped), None):
            each = self.old.objects[holder]
        return each.address

    def _holders(self, each: DatabaseObject) -> Iterator[Address | None]:
        """Whose DROP takes it along; from a table that stands aside goes before what is in the way of its successor."""
        if each.parent not in self.remade.origins or not self._is_in_the_way(each):
            yield each.parent
        yield each.whole
        if isinstance(each, Grant):
            yield each.partition

    def _is_in_the_way(self, each: DatabaseObject) -> bool:
        if isinstance(each, Partition):
            return each.parent in self.remade.successors
        return any(map(self._has_name, (each.address, *self.old.needs(each.address))))

    def _has_name(self, address: Address) -> bool:
        """Whether it is a part of a table, with a name that no other has."""
        each = self.old.objects[address]
        return bool(each.occupies()) and each.parent in self.remade.origins and not isinstance(each, Table | Column)

    def _becomes_view(self, address: Address | None) -> bool:
        """Whether a view gives way to a materialized one, or that to it: that has what is not revoked before."""
        return address is not None and address._replace(kind=_VIEWS.get(address.kind, "")) in self.new.objects

    def _has_successor(self, address: Address | None) -> bool:
        """Whether a function gives way to one with other arguments, which has by the way what may be done with it."""
        place = called(self.old.objects[address]) if address else None
        return place in self._new_routines if place else False

    @cached_property
    def _new_routines(self) -> set[tuple[str, str] | None]:
        return {called(self.new.objects[each]) for each in self.created}

    def _as_above(self, old: PartitionColumn) -> PartitionColumn:
        """What is left to do for it to be as the column above, where that may be NOT NULL by now, too."""
        for each in (old.address._replace(kind="column"), old.overrides):
            if isinstance(new := self.new.objects.get(each), Column):
                return replace(old, whole_not_null=old.whole_not_null or (old.not_null and new.not_null))
        return old

    def _going(self, address: Address) -> _Step:
        """What takes it away; what is revoked on an object that stays, or comes back, is so once that stands."""
        if address in self.swapped:
            return _Step("leave", address)
        old = self.old.objects[address]
        back = self.new.objects.get(old.parent) if old.is_right and old.parent else None
        is_there = back is not None and not (isinstance(old, Grant) and old.is_on_lost_column_of(back))
        return _Step("revoke" if is_there else "drop", address)

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
                if not (step.does == "alter" and address.kind in _MARKS and each in self.altered):
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
            if (whole := new.taken_in_by) and whole in made and made[whole].address == whole:
                # What comes with a table that inherits is valid, whatever it is above.
                is_first = getattr(new, "validated", False) and not getattr(self.new.objects[whole], "validated", True)
                first, then = (made[whole], step) if is_first else (step, made[whole])
                self._link(needs, then, after=first)
            if new.overrides:
                self._link(needs, step, after=made.get(new.overrides) or gone.get(new.overrides))
            if address.kind in {"column", "default", "partition column"} or getattr(new, "type", "") == "c":
                members[address.schema, address.owner].add(step)
        self._place_twins(made, needs)
        self._place_attached(made, gone, needs)
        for address in self.created:
            if address.kind == "table":
                for place in self.new.wholes((address.schema, address.name)):
                    for step in members.get(place, ()):
                        self._link(needs, made[address], after=step)
        self._place_columns(made, gone, needs)
        self._place_heirs(made, gone, needs)
        self._place_typed(made, needs)
        self._place_attributes(made, gone, needs)
        for address, step in gone.items():
            overridden = self.old.objects[address].overrides
            if overridden and overridden in gone:
                self._link(needs, gone[overridden], after=step)

    def _place_attached(
        self, made: Mapping[Address, _Step], gone: Mapping[Address, _Step], needs: dict[_Step, set[_Step]]
    ) -> None:
        """A partition, and an heir, once the table above has lost the columns that it has not, or has otherwise."""
        columns: dict[tuple[str, str], set[_Step]] = defaultdict(set)
        for address, step in gone.items():
            if step.does == "drop" and address.kind == step.address.kind == "column":
                columns[address.schema, address.owner].add(step)
        for address, step in made.items():
            new = self.new.objects[address]
            if isinstance(new, Partition):
                above = self.new.wholes((new.schema, new.table))
            elif isinstance(new, Inheritance) and address in self.created:
                above = [(new.from_schema, new.from_table)]
            else:
                continue
            for each in (each for place in above for each in columns[place]):
                self._link(needs, step, after=each)

    def _place_twins(self, made: Mapping[Address, _Step], needs: dict[_Step, set[_Step]]) -> None:
        """Indexes of a partition that are alike: those that are taken in first, the one of the oldest at the head."""
        for twin, taken in self._twins:
            for each in self._takes(taken) if twin in made else ():
                self._link(needs, made[twin], after=made.get(each))
        alike: dict[Index, list[Index]] = defaultdict(list)
        for new in map(self.new.objects.__getitem__, made):
            if isinstance(new, Index) and new.whole:
                alike[replace(new, name="")].append(new)
        for group in alike.values():
            group.sort(key=lambda index: (index.whole in self.created, index.whole))
            for first, second in pairwise(group):
                self._link(needs, made[second.address], after=made[first.address])

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

        When both go, the inherited one goes last, unless it goes with its table: that comes last, and goes first. One
        that is replaced is gone before that one comes, and comes when it is gone.
        """
        for catalog, steps in ((self.new, made), (self.old, gone)):
            for address, step in steps.items():
                each = catalog.objects[address]
                if not isinstance(each, Column) or (above := steps.get(_above(each))) is None:
                    continue
                if above.address.kind == "column":
                    is_alone = step.address == address
                    is_first = is_alone and each.local if steps is made else not is_alone
                    first, then = (step, above) if is_first else (above, step)
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

    def _place_heirs(
        self, made: Mapping[Address, _Step], gone: Mapping[Address, _Step], needs: dict[_Step, set[_Step]]
    ) -> None:
        """An heir comes with what the column above it has by then; what stands on its column goes before that goes."""
        for address in gone:
            if isinstance(old := self.old.objects[address], Column):
                for going in filter(None, map(gone.get, self._aboves(old))):  # which takes it along
                    for dependent in self._dependents(address):
                        self._link(needs, going, after=gone.get(dependent))
        for address, step in made.items():
            if isinstance(heir := self.new.objects[address], Column) and step.address.kind == "table":
                self._link(needs, step, after=made.get(_above(heir)._replace(kind="partition column")))

    def _place_typed(self, made: Mapping[Address, _Step], needs: dict[_Step, set[_Step]]) -> None:
        """Columns of a table that is of a type come in the order of the attributes."""
        for tie in self.new.objects.values():
            if isinstance(tie, TypedTable):
                of = self.new.objects.get(Address("composite", tie.type_schema, name=tie.type))
                names = of.attributes if isinstance(of, Composite) else ()
                added = (made.get(Address("column", tie.schema, tie.table, name)) for name in names)
                for first, second in pairwise(filter(None, added)):
                    self._link(needs, second, after=first)

    def _place_attributes(
        self, made: Mapping[Address, _Step], gone: Mapping[Address, _Step], needs: dict[_Step, set[_Step]]
    ) -> None:
        """A column may be NULL once it has no identity any more, nor is in an index by which its rows are known."""
        for address in self.altered:
            old, new = self.old.objects[address], self.new.objects[address]
            if not (isinstance(old, Column) and isinstance(new, Column)):
                continue
            if old.identity and not new.identity:
                here = address._replace(kind="partition column")
                for step in filter(None, (gone.get(here), made.get(here))):
                    self._link(needs, step, after=made[address])
            if old.not_null and not new.not_null:
                known_by = Address("replica identity", address.schema, name=address.owner)
                for each in (gone.get(known_by), made.get(known_by) if known_by in self.altered else None):
                    self._link(needs, made[address], after=each)

    def _aboves(self, old: Column) -> Iterator[Address]:
        """The columns of the tables above from which it is inherited, from the next to the first."""
        above: DatabaseObject | None = old
        while isinstance(above, Column) and above.whole_table:
            yield _above(above)
            above = self.old.objects.get(_above(above))

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
            name: gone[a] for a in self.dropped if gone[a].does == "drop" for name in names_of(self.old.objects[a])
        }
        for a in self.altered:
            freed |= dict.fromkeys(names_of(self.old.objects[a]) - names_of(self.new.objects[a]), made[a])
        for address in (*self.created, *self.altered):
            for name in names_of(self.new.objects[address]):
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


_MARKS = frozenset({"clustering", "replica identity"})
"""What names an index of a table, and lets go of it whatever becomes of the table."""
_WORDS = frozenset({"aggregate", "default", "function", "policy", "rule", "trigger", "view"})
"""Kinds that have no rows, no values and no files: dropped and created they are what they were."""
_VIEWS = {"view": "materialized view", "materialized view": "view"}


def _in_rings(edges: Mapping[Address, Collection[Address]]) -> set[Address]:
    """What lies on a ring, or on a way from one to another."""
    left = {address: set(others) & edges.keys() for address, others in edges.items()}
    while True:
        reached = set().union(*left.values())
        ends = {address for address, others in left.items() if address not in reached or not others & left.keys()}
        if not ends:
            return set(left)
        left = {address: others - ends for address, others in left.items() if address not in ends}


def _rank(step: _Step) -> tuple[object, ...]:
    """Drops first and from the outside in; then kind by kind, by name; what is revoked, with what is granted."""
    rank = RANK[step.address.kind]
    is_last = step.does in {"create", "alter", "revoke"}
    return (1, rank, *step.address[1:]) if is_last else (0, -rank, *step.address[1:])
