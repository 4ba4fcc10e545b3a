"""What there is to do, told from three catalogs: what we made, what is there, what is wanted."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from dw_migration.catalog import Catalog
from dw_migration.changes.change import Alter, Change, Create, Drop
from dw_migration.changes.renames import Base, Renames, Told, renames_between
from dw_migration.changes.retire import Retired, Retirement, retire
from dw_migration.changes.transition import transition
from dw_migration.errors import NotOurs
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.column import Column
from dw_migration.kinds.composite import Composite
from dw_migration.kinds.partition import Partition


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
    before: Catalog = field(default_factory=Catalog)
    """The target as it is, under the names that the renames give."""
    after: Catalog = field(default_factory=Catalog)
    """The target as it will be."""
    retired: tuple[Retired, ...] = ()
    """What is put aside with its rows, where it would be dropped otherwise."""
    alike: Mapping[Address, tuple[Address, str]] = field(default_factory=dict)
    """Of what goes, what it could be under another name, and why: nobody has said yet."""


@dataclass(frozen=True, slots=True)
class Drops:
    """What becomes of tables and columns that the source has no more: `policy.drops`."""

    policy: Literal["drop", "retire", "keep"] = "drop"
    label: str = ""
    """Of the revision that had them last: part of the names of what is retired."""


def diff(
    base: Base,
    current: Catalog,
    desired: Catalog,
    *,
    settled: Collection[Address] = (),
    registered: Collection[str] = (),
    adopt: bool = False,
    put_back: bool = False,
    drops: Drops = Drops(),
    told: Told = (),
) -> Difference:
    """What leads from current to desired, dropping only what base says we made.

    settled: addresses whose texts differ in spelling alone. registered: schemas that the ledger says are this source's.
    adopt: objects in the way that are not ours become ours. put_back: drift is undone. drops: what the source drops is
    dropped, or put aside, or left as it is, as far as it holds rows. told: renames that a person has said.
    Raises: NotOurs, naming what is in the way; Unsupported for a change that nothing carries over.
    """
    renames = _without_others_rights(renames_between(base, current, desired, told), desired)
    was, now = renames.was, renames.now
    state = _Decision(renames, desired, frozenset(settled), frozenset(registered), adopt=adopt, put_back=put_back)
    if drops.policy == "keep":
        state.keep()
    state.decide()
    ours = set(was.objects) | set(desired.objects)
    forward = transition(now, state.result, state.replaced, ours)
    kept = _irreversible(forward)
    left = {address: state.result.objects[address] for address in kept}
    before = now.replacing({**now.objects, **left, **dict(_reordered(now, state.result))})
    backward = transition(state.result, before, state.replaced, ours)
    ways = Retirement(forward, backward, ())
    if drops.policy == "retire":
        ways = retire(forward, backward, now, state.result, label=drops.label, origins=renames.aside)
    return Difference(
        changes=(*renames.forward, *_with_origins(ways.forward, state.result, renames)),
        back=(*ways.backward, *renames.backward),
        drift=tuple(sorted(state.drift)),
        unmanaged=tuple(
            sorted(
                address
                for address in now.objects
                if (address not in ours or address in state.kept) and not _is_shared(now, address)
            )
        ),
        doubtful=tuple(state.doubtful),
        retired=ways.retired,
        before=now,
        after=state.result,
    )


def _without_others_rights(renames: Renames, desired: Catalog) -> Renames:
    """The renames, where the target has no grants but ours and those that become ours."""
    now = renames.now
    ours = renames.was.objects.keys() | desired.objects.keys()
    kept = {address: each for address, each in now.objects.items() if not each.is_right or address in ours}
    return renames if len(kept) == len(now.objects) else replace(renames, now=now.replacing(kept))


def _with_origins(changes: Iterable[Change], result: Catalog, renames: Renames) -> Iterator[Change]:
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
    """Composite types in use as the way back leaves them: an attribute that was dropped comes back as the last one."""
    for address, old in now.objects.items():
        new = result.objects.get(address)
        if not isinstance(old, Composite) or not isinstance(new, Composite) or old.alter(new) is not None:
            continue
        users = [each for each in result.dependents.get(address, ()) if result.objects[each].parent != address]
        if any(each.kind in _HOLDING for each in users):
            yield address, old.ordered(sorted(old.attributes, key=lambda name: name not in new.attributes))


_HOLDING = frozenset({"column", "attribute", "domain", "range type", "typed table"})
"""What stands on a type and may have rows, maybe by way of others."""
_CALLED = frozenset({"function", "aggregate", "operator", "cast"})


class _Decision:
    """For each object, whether it stays as it is, becomes what is desired, or goes."""

    def __init__(
        self,
        renames: Renames,
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
        self.kept: set[Address] = set()
        self.keeps = False
        """What the source dropped and the policy leaves."""

    def keep(self) -> None:
        """Leave what the source dropped and holds rows, with what is its own and what it needs."""
        self.keeps = True
        gone = {a for a in self.was.objects if a not in self.desired.objects and a in self.objects}
        waiting = [address for address in gone if address.kind in {"table", "column"}]
        waiting += [address for address in gone if self._roots_of(address) & set(waiting)]
        while waiting:
            address = waiting.pop()
            if address not in self.kept:
                self.kept.add(address)
                waiting += [each for each in self.now.needs(address) if each in gone]

    def _roots_of(self, address: Address) -> set[Address]:
        """What it is a part of, directly or by way of others."""
        found: set[Address] = set()
        parent = self.objects[address].parent
        while parent is not None and parent in self.objects and parent not in found:
            found.add(parent)
            parent = self.objects[parent].parent
        return found

    def decide(self) -> None:
        for address in self.desired.objects:
            self._decide_wanted(address)
        for address in self.was.objects:
            if address not in self.desired.objects and address in self.objects and address not in self.kept:
                self._decide_unwanted(address)
        if self.in_the_way:
            raise NotOurs(_in_the_way(self.in_the_way, keeps=self.keeps))
        if missing := self._missing():
            named = ", ".join(f"{each.kind} {each}" for each in sorted(missing)[:10])
            raise NotOurs(
                f"somebody dropped {named} in the target, and the source changes what belongs to it: make it again by "
                "`policy.target_drift: restore`, or by hand (`dw-migration drift` has the statements)"
            )

    def _missing(self) -> set[Address]:
        """What somebody dropped by hand, and is not put back, though parts of it are to be made."""
        parents = {each.parent for a, each in self.objects.items() if a not in self.now.objects}
        return {each for each in parents if each in self.drift and each not in self.objects}

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


def _in_the_way(addresses: list[Address], *, keeps: bool) -> str:
    schemas = sorted({address.schema for address in addresses if address.kind == "schema"})
    if schemas:
        return (
            f"schema {', '.join(schemas)} is in the target already and not in the ledger: it is somebody else's, and "
            "not touched. Rename or drop it, give ours another name (naming.schema, naming.overrides), or take it over "
            "with `apply --adopt`"
        )
    named = ", ".join(f"{address.kind} {address}" for address in sorted(addresses)[:10])
    left = ", or left there by policy.drops: keep" if keeps else ""
    return (
        f"in the target already, and not made by us{left}: {named}. Rename or drop what is in the way, or take "
        "it over with `apply --adopt`"
    )
