"""Catalog: a snapshot of the objects of some schemas at one moment."""

import gc
import hashlib
import heapq
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Any, TypeVar

from dw_migration.errors import Unsupported
from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.kinds import KIND_OF, KINDS
from dw_migration.kinds.column import Column
from dw_migration.kinds.partition import Partition
from dw_migration.kinds.table import Table

Node = TypeVar("Node")
_FOLLOWERS = frozenset({"ownership", "constraint", "clustering", "replica identity", "partition", "typed table"})
"""Kinds that come with what they are about, although nothing stands on them."""
REMARKS = frozenset({"comment", "grant", "default privileges"})
"""Kinds that come with what they are about, and for whose sake nothing else does."""
_RELATIONS = frozenset({"table", "view", "materialized view"})
RANK = {kind.kind: rank for rank, kind in enumerate(KINDS)}


@contextmanager
def uncollected() -> Iterator[None]:
    """While many objects are made, also as a decorator: Python's cyclic collector would look through them in vain.

    It takes a third of the time of a reading. Blocks may lie in one another, also those of several threads.
    """
    runs = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if runs:
            gc.enable()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An object that is not carried over, and why."""

    kind: str
    address: str
    reason: str


@dataclass(frozen=True)
class Catalog:
    """Objects by address, what each stands on beyond its own fields, and the proof of identity of each."""

    objects: Mapping[Address, DatabaseObject] = field(default_factory=dict)
    stands_on: Mapping[Address, frozenset[Address]] = field(default_factory=dict)
    """What pg_depend tells beyond `needs`."""
    identity: Mapping[Address, tuple[int, ...]] = field(default_factory=dict)
    """(oid, attnum or 0, oid of the row type or 0): equal in two snapshots of one lineage means the same object."""
    left_out: tuple[LeftOut, ...] = ()
    counted: Mapping[str, int] = field(default_factory=dict)
    """How many more objects the settings leave, by kind."""
    lacking: Mapping[Address, DatabaseObject] = field(default_factory=dict, compare=False)
    """What would be here, and cannot be carried over: it may have been before it became what it is."""
    fingerprint: str = ""
    """Of the system catalogs, as `live.reader` takes it: moves with any DDL, and with nothing else."""
    version: int = 0
    """The server's, as in server_version_num."""

    def __len__(self) -> int:
        return len(self.objects)

    @property
    def left_behind(self) -> dict[str, int]:
        """How many objects are not carried over, by kind."""
        return dict(Counter(each.kind for each in self.left_out) + Counter(self.counted))

    # -- order --------------------------------------------------------------------------------------------------------

    def needs(self, address: Address) -> Iterator[Address]:
        """What the object stands on, as far as it is in this catalog."""
        for needed in self.objects[address].needs():
            if needed in self.objects:
                yield needed
        for needed in self.stands_on.get(address, ()):
            if needed in self.objects and needed != address:
                yield needed

    @cached_property
    def dependents(self) -> Mapping[Address, tuple[Address, ...]]:
        """What stands on each object."""
        found: dict[Address, list[Address]] = defaultdict(list)
        for address in self.objects:
            for needed in set(self.needs(address)):
                found[needed].append(address)
        return {address: tuple(sorted(those)) for address, those in found.items()}

    def in_creation_order(self) -> list[DatabaseObject]:
        """The objects, each behind what it stands on; among equals by kind, then by name."""
        order = in_order(self.objects, lambda address: set(self.needs(address)), by_rank)
        return [self.objects[address] for address in order]

    @cached_property
    def whole_of(self) -> Mapping[tuple[str, str], tuple[str, str]]:
        """The partitioned table that each partition is attached to, by schema and name."""
        return {
            (each.schema, each.table): (each.whole_schema, each.whole_table)
            for each in self.objects.values()
            if isinstance(each, Partition)
        }

    def wholes(self, table: tuple[str, str]) -> list[tuple[str, str]]:
        """The tables that it is a part of, from the inside out; the last one has the columns."""
        found = []
        while table in self.whole_of:
            table = self.whole_of[table]
            found.append(table)
        return found

    @cached_property
    def roots(self) -> Mapping[tuple[str, ...], tuple[str, str]]:
        """Of each partition, and of each inherited column, the table that the columns are from in the end."""
        found: dict[tuple[str, ...], tuple[str, str]] = {table: self.wholes(table)[-1] for table in self.whole_of}
        for each in self.objects.values():
            if isinstance(each, Column) and each.whole_table:
                found[each.schema, each.table, each.name] = self._origin(each)
        return found

    def _origin(self, column: Column) -> tuple[str, str]:
        while column.whole_table:
            above = self.objects.get(Address("column", column.whole_schema, column.whole_table, column.name))
            if not isinstance(above, Column):
                return column.whole_schema, column.whole_table
            column = above
        return column.schema, column.table

    # -- other catalogs -----------------------------------------------------------------------------------------------

    @uncollected()
    def renamed(self, names: Renamer) -> "Catalog":
        """The same objects under other names."""
        return self.become({address: each.renamed(names) for address, each in self.objects.items()})

    def become(self, new: Mapping[Address, DatabaseObject]) -> "Catalog":
        """The same objects, as what each has become."""
        now = {address: each.address for address, each in new.items()}
        return replace(
            self,
            objects={now[address]: each for address, each in new.items()},
            stands_on={
                now[address]: frozenset(now.get(needed, needed) for needed in those)
                for address, those in self.stands_on.items()
                if address in now
            },
            identity={now[address]: proof for address, proof in self.identity.items() if address in now},
        )

    def only(self, addresses: Collection[Address]) -> "Catalog":
        """The catalog with only these objects."""
        kept = {address: each for address, each in self.objects.items() if address in addresses}
        return self.replacing(kept)

    def replacing(self, objects: Mapping[Address, DatabaseObject]) -> "Catalog":
        """The catalog with these objects instead of its own."""
        return replace(
            self,
            objects=objects,
            stands_on={a: those for a, those in self.stands_on.items() if a in objects},
            identity={a: proof for a, proof in self.identity.items() if a in objects},
        )

    def without(self, unwanted: Mapping[Address, str]) -> "Catalog":
        """The catalog without these objects, for these reasons, and without all that stands on them."""
        if not unwanted:
            return self
        gone: dict[Address, str] = {}
        waiting = [(address, reason) for address, reason in unwanted.items() if address in self.objects]
        while waiting:
            address, reason = waiting.pop()
            if address in gone:
                continue
            gone[address] = reason
            waiting += [(each, f"stands on {address.kind} {address}") for each in self.dependents.get(address, ())]
        rest = {address: each for address, each in self.objects.items() if address not in gone}
        lost = tuple(
            LeftOut(address.kind, str(address), reason)
            for address, reason in sorted(gone.items())
            if not self.objects[address].is_right
        )
        return replace(self.replacing(rest), left_out=(*self.left_out, *lost))

    def unable(self, unwanted: Mapping[Address, str]) -> "Catalog":
        """The catalog without these, as by `without`: nobody wants them gone, they cannot be carried over."""
        rest = self.without(unwanted)
        lost = {address: each for address, each in self.objects.items() if address not in rest.objects}
        return replace(rest, lacking={**rest.lacking, **lost})

    def selecting(self, wanted: Callable[[str, str], bool] | None) -> "Catalog":
        """The catalog of the tables wanted (schema, name), with what they need; None means all tables.

        A foreign key to a table that is not wanted is left out, and said to be. An extension comes only where
        something stands on it.
        """
        if wanted is None:
            return self._with_needed_extensions()
        unwanted = {a: "not selected" for a in self.objects if a.kind in _RELATIONS and not wanted(a.schema, a.name)}
        rest = self.without(unwanted)
        tables = {(a.schema, a.name) for a in rest.objects if a.kind in _RELATIONS}
        told = tuple(each for each in rest.left_out if each not in self.left_out and self._is_of(each, tables))
        lacking = {
            a: each
            for a, each in self.lacking.items()
            if not (a.owner or a.kind in _RELATIONS) or wanted(a.schema, a.owner or a.name)
        }
        return replace(rest, left_out=(*self.left_out, *told), lacking=lacking)._with_what_tables_need()

    def without_partitions(self) -> "Catalog":
        """The catalog without tables that are partitions, and all that stands on them."""
        return self.without(
            {
                Address("table", schema, name=name): f"its rows belong to table {'.'.join(whole)}"
                for (schema, name), whole in self.whole_of.items()
            }
        )

    def flattened(self) -> "Catalog":
        """The catalog with each partitioned table as one plain table, its partitions left out."""
        plain = self.without_partitions()
        tables = {
            address: replace(each, partition_by="")
            for address, each in plain.objects.items()
            if isinstance(each, Table) and each.partition_by
        }
        return plain.replacing({**plain.objects, **tables}) if tables else plain

    def _is_of(self, each: LeftOut, tables: Collection[tuple[str, str]]) -> bool:
        return (
            any(each.address.startswith(f"{schema}.{name}.") for schema, name in tables) and each.kind == "constraint"
        )

    def _with_what_tables_need(self) -> "Catalog":
        """Without what stands by itself and serves no table; comments and owners go with what they are about."""
        kept: set[Address] = set()
        waiting = [
            a for a in self.objects if a.kind in _RELATIONS or (a.owner and a.kind not in REMARKS and self._on_table(a))
        ]
        while waiting:
            address = waiting.pop()
            if address not in kept:
                kept.add(address)
                waiting += self.needs(address)
        kept |= {a for a in self.objects if a.kind in _FOLLOWERS and set(self.objects[a].needs()) <= kept}
        kept |= {a for a in self.objects if a.kind == "cast" and set(self.needs(a)) <= kept}
        kept |= {a for a in self.objects if a.kind in REMARKS and set(self.objects[a].needs()) <= kept}
        return self.only(kept)

    def _on_table(self, address: Address) -> bool:
        return any(Address(kind, address.schema, name=address.owner) in self.objects for kind in _RELATIONS)

    def needing(self, kinds: AbstractSet[str]) -> "Catalog":
        """The catalog with only those objects of these kinds on which others stand; the rest is counted."""
        unasked = {address for address in self.objects if address.kind in kinds}
        needed = {address for address in self.objects if address.kind not in kinds | REMARKS}
        waiting = list(unasked.intersection(chain.from_iterable(self.objects[a].needs() for a in needed)))
        for address, others in self.stands_on.items():
            if address in needed:
                waiting += others & unasked
        while waiting:
            address = waiting.pop()
            if address not in needed:
                needed.add(address)
                waiting += self.needs(address)
        # Expressions stand on a cast's function, and never on the cast itself.
        needed |= {a for a in self.objects if a.kind == "cast" and set(self.needs(a)) <= needed}
        left = Counter(address.kind for address in self.objects if address.kind in kinds and address not in needed)
        needed |= {a for a in self.objects if a.kind in REMARKS and set(self.objects[a].needs()) <= needed}
        lacking = {address: each for address, each in self.lacking.items() if address.kind not in kinds}
        return replace(self.only(needed), counted=dict(Counter(self.counted) + left), lacking=lacking)

    def _with_needed_extensions(self) -> "Catalog":
        unneeded = [a for a in self.objects if self.objects[a].shared and not self.dependents.get(a)]
        if not unneeded:
            return self
        rest = {address: each for address, each in self.objects.items() if address not in set(unneeded)}
        counted = {**self.counted, "extension": len(unneeded)}
        return replace(self.replacing(rest), counted=counted)

    # -- values -------------------------------------------------------------------------------------------------------

    @cached_property
    def digest(self) -> str:
        """Hash of what the objects are: the same on any server that holds the same objects."""
        lines = sorted(
            json.dumps([address, self.objects[address].compared()], ensure_ascii=False) for address in self.objects
        )
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:12]

    def lines(self) -> Iterator[str]:
        """JSON text: a first line of the catalog, then a line an object."""
        yield json.dumps(
            {
                "version": self.version,
                "fingerprint": self.fingerprint,
                "counted": dict(self.counted),
                "left_out": [(each.kind, each.address, each.reason) for each in self.left_out],
            }
        )
        for address in sorted(self.objects):
            yield json.dumps(
                [
                    address.kind,
                    self.objects[address].values(),
                    self.identity.get(address, ()),
                    sorted(self.stands_on.get(address, ())),
                ],
                ensure_ascii=False,
            )

    def to_json(self) -> str:
        """The whole catalog as JSON lines."""
        return "\n".join(self.lines())

    @classmethod
    @uncollected()
    def from_json(cls, text: str) -> "Catalog":
        """The catalog that `to_json` wrote."""
        first, *rest = text.split("\n")
        head = json.loads(first)
        objects, identity, stands_on = {}, {}, {}
        for line in rest:
            kind, values, proof, needed = json.loads(line)
            each = restored(kind, values)
            address = each.address
            objects[address] = each
            if proof:
                identity[address] = tuple(proof)
            if needed:
                stands_on[address] = frozenset(Address(*one) for one in needed)
        left_out = tuple(LeftOut(*each) for each in head["left_out"])
        return cls(objects, stands_on, identity, left_out, head["counted"], {}, head["fingerprint"], head["version"])


def restored(kind: str, values: Iterable[Any]) -> DatabaseObject:
    """The object of this kind with these fields; lists, as JSON and drivers give them, become tuples."""
    return KIND_OF[kind](*[tuple(value) if type(value) is list else value for value in values])


def by_rank(address: Address) -> tuple[Any, ...]:
    """The order between objects that do not stand on one another."""
    return (RANK[address.kind], *address[1:])


class Ring(Unsupported):
    """Nodes that stand on one another, so that there is no order of them."""

    def __init__(self, nodes: Collection[object]) -> None:
        told = ", ".join(sorted(map(str, nodes))[:10])
        remedy = "change them by a hand-written revision"
        super().__init__(f"these stand on one another in a ring: {told}: no order creates them: {remedy}")
        self.nodes = nodes


def in_order(
    nodes: Iterable[Node], needs: Callable[[Node], Collection[Node]], rank: Callable[[Node], Any]
) -> list[Node]:
    """The nodes, each behind those it needs, by rank among equals. Raises: Ring."""
    waiting: dict[Node, int] = {}
    unlocks: dict[Node, list[Node]] = defaultdict(list)
    for node in nodes:
        needed = needs(node)
        waiting[node] = len(needed)
        for each in needed:
            unlocks[each].append(node)
    number = {node: at for at, node in enumerate(waiting)}
    ready = [(rank(node), number[node], node) for node, count in waiting.items() if not count]
    heapq.heapify(ready)
    done: list[Node] = []
    while ready:
        node = heapq.heappop(ready)[2]
        done.append(node)
        for each in unlocks[node]:
            waiting[each] -= 1
            if not waiting[each]:
                heapq.heappush(ready, (rank(each), number[each], each))
    if len(done) < len(waiting):
        raise Ring([node for node, count in waiting.items() if count])
    return done
