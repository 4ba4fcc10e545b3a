"""Drops that keep the rows: the table moves to `dw_retired`, the column gets another name; and both come back."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from dw_migration.catalog import Catalog
from dw_migration.changes.change import Alter, Change, Create, Drop
from dw_migration.kind import Address, DatabaseObject, Named
from dw_migration.kinds.column import Column
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.index import Index
from dw_migration.kinds.partition import Partition
from dw_migration.kinds.table import Table
from dw_migration.sql import Statement, identifier, statement

SCHEMA = "dw_retired"
"""Where retired tables stand, and the types and sequences that they need."""
PREFIX = "dw_retired_"
"""How the name of a retired column begins."""
TIES = frozenset({"partition", "inheritance", "typed table"})
"""What makes a table have the columns of something else, and no others."""
_ID = re.compile("[0-9a-f]{8,12}")
"""A revision's, as we make it; by this the names of retired columns are known."""
_LONGEST = 63
_DIGITS = 8
_SUPPORTS = frozenset({"enum", "composite", "domain", "sequence"})
"""What goes along with the table or column that needs it, where the source dropped both."""
_STAY = frozenset(
    {
        *("column", "default", "index", "constraint", "partition", "partition column", "table", "attribute"),
        *("comment", "grant", "clustering", "replica identity", "row security"),
    }
)
"""What stays on a retired object as it is, if all that it stands on does."""


@dataclass(frozen=True, slots=True)
class Retired:
    """A table, column, type or sequence that was put aside: what it was, and what it is called meanwhile."""

    was: Address
    kept: Address

    @property
    def is_hidden(self) -> bool:
        """Whether that is a name of what is put aside, which no source has: a purge drops nothing else."""
        return self.kept.schema == SCHEMA or (self.kept.kind == "column" and self.kept.name.startswith(PREFIX))


@dataclass(frozen=True, slots=True)
class Retirement:
    """The way there and back, in which what holds rows is put aside and not dropped."""

    forward: tuple[Change, ...]
    backward: tuple[Change, ...]
    retired: tuple[Retired, ...]


def retire(
    forward: tuple[Change, ...],
    backward: tuple[Change, ...],
    now: Catalog,
    result: Catalog,
    *,
    label: str,
    origins: Mapping[Address, Address],
) -> Retirement:
    """The changes, with every dropped table and column put aside that can be.

    now, result: the target before and after `forward`. label: of the revision that had them last, part of the names.
    origins: what was moved aside by the plan, and what it was called. A column that is inherited, or of a typed or a
    partitioned table, a table that inherits or is inherited from, and what stands on things that go for good, or are
    made anew meanwhile, are dropped as before.
    """
    work = _Retiring((forward, backward), now, result, label, origins)
    if not work.aside:
        return Retirement(forward, backward, ())
    return Retirement(tuple(work.there()), tuple(work.back()), work.retired)


class _Retiring:
    def __init__(
        self,
        ways: tuple[tuple[Change, ...], tuple[Change, ...]],
        now: Catalog,
        result: Catalog,
        label: str,
        origins: Mapping[Address, Address],
    ) -> None:
        self.forward, self.backward = ways
        self.now, self.result, self.origins = now, result, origins
        self.label = label if _ID.fullmatch(label) else _digest(label)
        self.made = {each.address for each in self.backward if isinstance(each, Create)}
        self.aside = self._aside()
        """The drops that are none, by address."""
        self.stays = self._staying()
        """What stays on them."""

    @property
    def retired(self) -> tuple[Retired, ...]:
        """What is put aside, partitions too, and as what."""
        whole = (each.old for each in self.aside.values())
        partitions = (part for each in self.aside.values() for part in each.parts if isinstance(part, Table))
        objects = (each for each in (*whole, *partitions) if isinstance(each, Named | Column))
        return tuple(Retired(self._origin(each.address), self._kept(each).address) for each in objects)

    # -- which ones ---------------------------------------------------------------------------------------------------

    def _aside(self) -> dict[Address, Drop]:
        """Tables and columns, with what they need; fewer, until each has all that it needs."""
        found = {
            each.address: each
            for each in self.forward
            if isinstance(each, Drop) and each.successor is None and self._may_be(each)
        }
        while True:
            kept = set(found) | {part.address for each in found.values() for part in each.parts}
            lacking = [address for address, each in found.items() if not self._has_all(each, kept)]
            if not lacking:
                break
            for address in lacking:
                del found[address]
        needed = self._needed(found)
        return {address: each for address, each in found.items() if address in needed}

    def _may_be(self, drop: Drop) -> bool:
        if drop.address not in self.now.objects or drop.address not in self.made or drop.old.shared:
            return False
        if isinstance(drop.old, Table):
            tables = [drop.old, *(part for part in drop.parts if isinstance(part, Table))]
            is_alone = all(not each.inherits for each in tables)
            return is_alone and (drop.old.schema, drop.old.name) not in self._inherited
        if isinstance(drop.old, Column):
            column = drop.old
            is_own = column.local and not (column.whole_table or column.typed or column.generated)
            is_inherited = (column.schema, column.table, column.name) in self._inherited
            is_free = column.parent not in self._tied and not self._refuses_null(column)
            return is_own and not is_inherited and is_free
        return drop.kind in _SUPPORTS and not drop.again

    def _refuses_null(self, column: Column) -> bool:
        """Whether its domain would keep out new rows, which do not know the column."""
        if column.identity or column.address._replace(kind="default") in self.now.objects:
            return False
        waiting, found = [column.address], set[Address]()
        while waiting:
            needed = self.now.needs(waiting.pop())
            more = {each for each in needed if each.kind == "domain"} - found
            found |= more
            waiting += more
        domains = [each for each in self.now.objects.values() if isinstance(each, Domain) and each.address in found]
        if any(each.default for each in domains):
            return False
        parts = (self.now.objects[part] for each in found for part in self.now.dependents.get(each, ()))
        checks = (part.expression.upper() for part in parts if isinstance(part, Constraint) and part.parent in found)
        return any(each.not_null for each in domains) or any("NULL" in check or "COALESCE" in check for check in checks)

    @cached_property
    def _inherited(self) -> set[tuple[str, ...]]:
        """Tables, and columns of them, that others have by inheritance; partitions have no columns of their own."""
        heirs = [each for each in self.now.objects.values() if isinstance(each, Column) and each.whole_table]
        tables = {(each.whole_schema, each.whole_table) for each in heirs}
        return {*tables, *((each.whole_schema, each.whole_table, each.name) for each in heirs)}

    @cached_property
    def _tied(self) -> set[Address]:
        """Tables that must have the columns of others: partitioned ones, and what this plan ties or unties."""
        tables = {each.address for each in self.now.objects.values() if isinstance(each, Table) and each.partition_by}
        made = (each.new for each in self.forward if isinstance(each, Create))
        gone = (each.old for each in self.forward if isinstance(each, Drop))
        ties = (each for each in (*made, *gone) if each.kind in TIES)
        return tables | {needed for each in ties for needed in each.needs() if needed.kind == "table"}

    def _has_all(self, drop: Drop, kept: Collection[Address]) -> bool:
        """Whether it and its columns stand on nothing that goes for good."""
        columns = (part for part in drop.parts if part.kind in {"column", "attribute", "typed table"})
        return all(self._is_met(each, kept) and each.kind != "typed table" for each in (drop.old, *columns))

    def _is_met(self, each: DatabaseObject, kept: Collection[Address]) -> bool:
        needs = set(self.now.needs(each.address)) if each.address in self.now.objects else set(each.needs())
        return all(needed in kept or self._abides(needed, each) for needed in needs)

    def _abides(self, needed: Address, each: DatabaseObject) -> bool:
        """Whether it is there afterwards, and was not out of the way meanwhile, which what stands on it forbids."""
        return needed in self.result.objects and (needed == each.parent or needed not in self._disturbed)

    @cached_property
    def _disturbed(self) -> set[Address]:
        """What is made anew, swapped, or changed so that nothing may stand on it; so is a row type."""
        found: set[Address] = set()
        for each in self.forward:
            if isinstance(each, Drop):
                found |= {each.address, *((each.came_from,) if each.came_from else ())}
            elif isinstance(each, Alter) and each.new.disturbs(each.old):
                found |= {each.address, *((each.new.parent,) if each.kind == "column" and each.new.parent else ())}
        return found

    def _needed(self, found: Mapping[Address, Drop]) -> set[Address]:
        """Tables and columns that hold rows, and what these need, by way of others too."""
        waiting = [address for address, each in found.items() if each.old.holds_data]
        needed: set[Address] = set()
        while waiting:
            address = waiting.pop()
            if address in needed:
                continue
            needed.add(address)
            for each in (found[address].old, *found[address].parts):
                waiting += [other for other in self.now.needs(each.address) if other in found]
        return needed

    def _staying(self) -> set[Address]:
        """The parts that stay on what is put aside; fewer, until each stands on what stays."""
        found = {part.address: part for each in self.aside.values() for part in each.parts if _can_stay(part)}
        while True:
            kept = self.aside.keys() | found.keys()
            lacking = [address for address, part in found.items() if not self._is_held(part, kept)]
            if not lacking:
                return set(found)
            for address in lacking:
                del found[address]

    def _is_held(self, part: DatabaseObject, kept: Collection[Address]) -> bool:
        if isinstance(part, Partition):  # of a whole that stays behind it is detached
            return Address("table", part.whole_schema, name=part.whole_table) in kept
        return self._is_met(part, kept)

    # -- names --------------------------------------------------------------------------------------------------------

    def _origin(self, address: Address) -> Address:
        return self.origins.get(address, address)

    def _name(self, schema: str, name: str) -> str:
        """Of what stands in `dw_retired`: tells schema, name, and the revision that had it last."""
        if "__" in name or name.startswith("_"):  # where one ends and the other begins could be read in two ways
            name = f"{name}_{_digest(f'{schema}.{name}')}"
        return fitting(f"{schema}__{name}__{self.label}")

    def _kept(self, each: DatabaseObject) -> Named | Column:
        if isinstance(each, Column):
            return replace(each, name=fitting(f"{PREFIX}{self._origin(each.address).name}_{self.label}"))
        assert isinstance(each, Named), each.kind  # noqa: S101 - `_may_be` lets nothing else pass
        return replace(each, schema=SCHEMA, name=self._name(each.schema, self._origin(each.address).name))

    # -- the way there ------------------------------------------------------------------------------------------------

    def there(self) -> Iterator[Change]:
        is_first = True
        for each in self.forward:
            if not isinstance(each, Drop) or each.address not in self.aside:
                yield each
                continue
            kept = self._kept(each.old)
            texts = (*self._stripped(each), *self._moved(each))
            if kept.schema == SCHEMA and is_first:
                texts = (statement("CREATE SCHEMA IF NOT EXISTS {}", identifier(SCHEMA)), *texts)
                is_first = False
            yield replace(each, statements=texts, retired_as=kept.address)

    def _stripped(self, drop: Drop) -> Iterator[Statement]:
        """What takes away that which cannot stay; a partition is detached first, and what only attaching brought."""
        gone = [part for part in drop.parts if part.address not in self.stays]
        for part in sorted(gone, key=lambda each: (not isinstance(each, Partition), each.address)):
            yield from part.drop()
            if isinstance(part, Partition):
                table = identifier(part.schema, part.table)
                for name in part.pairs.values():
                    yield statement("ALTER TABLE {} DROP CONSTRAINT {}", table, identifier(name))
        if isinstance(drop.old, Column) and self._lets_go(drop):
            yield _null(drop.old, sql_not=False)

    def _lets_go(self, drop: Drop) -> bool:
        """Whether its NOT NULL would keep out new rows, which do not know the column."""
        column = drop.old
        has_default = any(part.kind == "default" and part.address in self.stays for part in drop.parts)
        return isinstance(column, Column) and column.not_null and not column.identity and not has_default

    def _moved(self, drop: Drop) -> Iterator[Statement]:
        for old, new in self._moves(drop):
            yield from _move(old, new)

    def _moves(self, drop: Drop) -> Iterator[tuple[DatabaseObject, DatabaseObject]]:
        """Each step from one name to another, names first: in `dw_retired` no two may have one name."""
        for each in (drop.old, *(part for part in drop.parts if part.address in self.stays)):
            if isinstance(each, Column) and each.sequence:
                yield each, replace(each, sequence=self._name(each.sequence_schema, each.sequence))
            elif isinstance(each, Index | Constraint) and each.occupies():
                yield each, replace(each, name=self._name(each.schema, each.name))
        for each in (drop.old, *(part for part in drop.parts if isinstance(part, Table))):
            kept = self._kept(each)
            named = replace(kept, schema=each.address.schema)
            yield each, named
            if kept != named:
                yield named, kept

    # -- and back -----------------------------------------------------------------------------------------------------

    def back(self) -> Iterator[Change]:
        for each in self.backward:
            if isinstance(each, Create) and each.address in self.aside:
                yield replace(each, statements=tuple(self._brought_back(each)))
            elif not isinstance(each, Create) or each.address not in self.stays:
                yield each

    def _brought_back(self, create: Create) -> Iterator[Statement]:
        drop = self.aside[create.address]
        for old, new in reversed(list(self._moves(drop))):
            yield from _move(new, old)
        for part in create.parts:
            if part.address not in self.stays:
                yield from (*part.create(), *part.finish())
        if isinstance(drop.old, Column) and self._lets_go(drop):
            yield _null(drop.old, sql_not=True)


def _can_stay(part: DatabaseObject) -> bool:
    return part.kind in _STAY and not (isinstance(part, Constraint) and part.type == "f")


def fitting(name: str) -> str:
    """The name, which PostgreSQL would cut behind 63 bytes: what is too long ends in a hash of all of it."""
    if len(name.encode()) <= _LONGEST:
        return name
    return f"{name.encode()[: _LONGEST - _DIGITS - 1].decode(errors='ignore')}_{_digest(name)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def _null(column: Column, *, sql_not: bool) -> Statement:
    place = identifier(column.schema, column.table), identifier(column.name)
    if sql_not:
        return statement("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL", *place)
    return statement("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL", *place)


def _move(old: DatabaseObject, new: DatabaseObject) -> Iterable[Statement]:
    """What gives `old` the name, the schema or the sequence of `new`."""
    if isinstance(old, Column) and isinstance(new, Column) and old.sequence != new.sequence:
        was = identifier(old.sequence_schema, old.sequence)
        return (statement("ALTER SEQUENCE {} RENAME TO {}", was, identifier(new.sequence)),)
    if isinstance(old, Index | Constraint) and isinstance(new, Index | Constraint):
        # Of a partition's key that of the whole has taken in, RENAME CONSTRAINT is refused.
        was = identifier(old.schema, old.name)
        return (statement("ALTER INDEX {} RENAME TO {}", was, identifier(new.name)),)
    return old.rename(new)


def hidden_in(catalog: Catalog, names: Collection[str]) -> set[Address]:
    """The retired columns of these names, whatever their tables are called now, with all that is theirs."""
    if not names:
        return set()
    columns = [a for a in catalog.objects if a.kind == "column" and a.name in names]
    return {*columns, *(each for column in columns for each in catalog.dependents.get(column, ()))}
