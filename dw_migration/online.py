"""Plain statements turned into such as let readers and writers of a table with rows go on, in batches of their own."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from dw_migration.catalog import Catalog
from dw_migration.changes import Alter, Change, Create, Difference, Drop, Rename
from dw_migration.changes.origins import Located, located, made_in, renames_in
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.column import Column
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.index import Index
from dw_migration.sql import Statement
from dw_migration.target_names import aside_name

_PARTITIONED_KEYS_CAN_WAIT = 180_000
"""The version since which a foreign key of a partitioned table can be NOT VALID."""

_STANDS_ON_NONE_OF = frozenset(
    {
        *("index", "constraint", "comment", "statistics", "trigger", "policy", "rule", "view", "materialized view"),
        *("default", "grant", "ownership", "clustering", "replica identity", "row security", "sequence"),
        "default privileges",
    }
)
"""Kinds that neither an index nor a key ever stands on."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much a table holds, with all that inherits it."""

    bytes: int
    rows: int | None = None
    """As the planner estimates; None where nobody has looked yet."""
    partitioned: bool = False


Sizes = Mapping[Address, Size]
"""Of tables and materialized views, by the names that they have before the plan."""


def online(difference: Difference, sizes: Sizes, *, version: int, always: bool = False) -> Difference:
    """The same difference, whose ways make nobody wait longer than need be for a table that has rows.

    sizes: of the tables in question. version: the target's, as in server_version_num. always: also for empty tables.
    What results is the same, to the names of constraints and indexes. What has no such form stays as it is: what is
    partitioned has no CONCURRENTLY, an exclusion constraint no USING INDEX, another type no way but its own.
    """

    def way(changes: tuple[Change, ...], old: Catalog, earlier: Iterable[Change] = ()) -> tuple[Change, ...]:
        work = _Way(tuple(located(changes, renames_in(earlier))), old, taken, sizes, version, always=always)
        return work.without_gaps()

    taken = {
        (schema, name)
        for catalog in (difference.before, difference.after)
        for each in catalog.objects.values()
        for _, schema, name in each.occupies()
    }
    return replace(
        difference,
        changes=way(difference.changes, difference.before),
        back=way(difference.back, difference.after, difference.changes),
    )


class _Way:
    def __init__(
        self,
        places: tuple[Located, ...],
        old: Catalog,
        taken: Collection[tuple[str, str]],
        sizes: Sizes,
        version: int,
        *,
        always: bool,
    ) -> None:
        self.places, self.old, self.taken = places, old, taken
        self.sizes, self.version, self.always = sizes, version, always
        self.plain: set[Address] = set()
        """What stays as it is, or a key or constraint were off between two batches."""
        changes = self.changes = tuple(each.change for each in places)
        self.made = made_in(changes)
        self.dropped = {each.address: each for each in changes if isinstance(each, Drop)}
        self.created = {each.address: each for each in changes if isinstance(each, Create)}
        self.place = {each.change.address: each for each in places if isinstance(each.change, Create)}
        """Of what is created, with the renames before it."""
        self.asides: set[tuple[str, str]] = set()
        """Names for the meantime that are given."""

    def without_gaps(self) -> tuple[Change, ...]:
        """The changes turned: what keeps rows apart or in order is gone in no batch but that of its successor."""
        while True:
            self.asides.clear()
            found = tuple(map(self.turned, self.places))
            between = {each.address for each in self._in_gaps(found)} - self.plain
            if not between:
                return found
            self.plain |= between

    def _in_gaps(self, turned: tuple[Change, ...]) -> Iterator[Change]:
        """What cuts the transaction between a key's or constraint's end, and its successor's beginning."""
        for first, gone in enumerate(turned):
            if not (isinstance(gone, Drop) and gone.statements and self._guards(self.places[first])):
                continue
            for each in turned[first + 1 :]:
                is_successor = isinstance(each, Create) and each.address == gone.address
                if any(not one.transactional or one.alone for one in each.statements[: 1 if is_successor else None]):
                    yield each
                if is_successor:
                    break

    def _guards(self, here: Located) -> bool:
        """Whether it keeps rows of a filled table as they should be, and its successor will."""
        old = here.change.old if isinstance(here.change, Drop) else None
        is_guard = isinstance(old, Constraint) or (isinstance(old, Index) and old.unique)
        if old is None or not is_guard or old.parent is None or old.address not in self.created:
            return False
        tables = [old.parent]
        if isinstance(old, Constraint) and old.foreign_table:
            tables.append(Address("table", old.foreign_schema, name=old.foreign_table))
        return any(self._is_filled(here, each) for each in tables)

    def turned(self, here: Located) -> Change:
        """The change with the statements that it has online; the same where it has none."""
        change = here.change
        each = change.old if isinstance(change, Drop) else change.new
        if change.address in self.plain or each.parent is None or not change.statements:
            return change
        if not self._is_filled(here, each.parent):
            return change
        return replace(change, statements=self._statements(here))

    def _statements(self, here: Located) -> tuple[Statement, ...]:
        match change := here.change:
            case Create(new=Index() | Constraint() as new) if _is_built(new):
                return self._built(change, new, here)
            case Create(new=Constraint() as new) if self._can_be_invalid(new, here):
                return self._validated_after(new)
            case Drop(old=Index() | Constraint() as old):
                return self._dropped(change, old, here)
            case Alter(new=Constraint()):
                return tuple(map(_apart, change.statements))
            case Alter(new=Column() as new) | Create(new=Column() as new):
                return tuple(_not_null_checked(change, new))
        return change.statements

    def _is_filled(self, here: Located, table: Address) -> bool:
        size = self.sizes.get(here.origin(table))
        return table not in self.made and size is not None and (self.always or size.bytes > 0)

    def _is_partitioned(self, here: Located, table: Address) -> bool:
        size = self.sizes.get(here.origin(table))
        return size is not None and size.partitioned

    # -- indexes and keys ----------------------------------------------------------------------------------------------

    def _built(self, change: Create, new: Index | Constraint, here: Located) -> tuple[Statement, ...]:
        """Its index is built before anything is locked, under a name for the meantime where a former one has its own.

        What a partitioned table has takes in what its partitions have, and that was built before it.
        """
        drop = self.dropped.get(new.address)
        if self._is_partitioned(here, new.parent):
            return change.statements
        if drop is not None and self._comes_later(drop):
            aside = self._free(new.schema, aside_name(new.name, "new"))
            keys = self._standing_on(drop.old)
            off = (statement for key in keys for statement in self.dropped[key.address].statements)
            on = (statement for key in keys for statement in replace(key, validated=False).create())
            return (new.built_concurrently(aside), *off, *_gone(drop.old), *_taken(new, aside, change), *on)
        if drop is not None and (isinstance(new, Constraint) or new.unique):
            return change.statements  # or nothing would keep its rows apart meanwhile
        return (new.built_concurrently(new.name), *_taken(new, new.name, change))

    def _free(self, schema: str, name: str) -> str:
        """The name, or one like it that nothing has, be it somebody else's."""
        number, found = 1, name
        while (schema, found) in self.taken or (schema, found) in self.asides:
            number += 1
            found = f"{name}{number}"
        self.asides.add((schema, found))
        return found

    def _validated_after(self, new: Constraint) -> tuple[Statement, ...]:
        """Every new row is looked at from the first statement on, and those that are there at the end."""
        drop, validation = self.dropped.get(new.address), map(_apart, new.validate())
        if self._goes_with_key(new):
            return tuple(validation)
        gone = drop.statements if drop is not None and self._comes_later(drop) else ()
        return (*gone, *replace(new, validated=False).create(), *validation)

    def _dropped(self, change: Drop, old: Index | Constraint, here: Located) -> tuple[Statement, ...]:
        if self._is_partitioned(here, old.parent):
            return change.statements
        if self._comes_later(change) or (isinstance(old, Constraint) and self._goes_with_key(old)):
            return ()
        return change.statements if change.address in self.created else _gone(old)

    def _comes_later(self, drop: Drop) -> bool:
        """Whether what is dropped stays until its successor is built: nothing that it stands on changes before."""
        successor = self.created.get(drop.address)
        if successor is None or drop.again or drop.address in self.plain:
            return False
        old, new = drop.old, successor.new
        if not (_is_built(old) and _is_built(new)) and not self._is_looked_after(old, new):
            return False
        return not self._ground_moves(drop)

    def _is_looked_after(self, old: DatabaseObject, new: DatabaseObject) -> bool:
        """Whether both are checks or foreign keys whose rows can be looked at later, and their keys stay."""
        if not (isinstance(old, Constraint) and isinstance(new, Constraint)) or {old.type, new.type} - {"f", "c"}:
            return False
        referred = {(each.foreign_schema, each.foreign_table) for each in (old, new)}
        keys = (each.old for each in self.dropped.values() if each.kind in {"index", "constraint"})
        is_referred = any(
            each.parent and (each.parent.schema, each.parent.name) in referred for each in keys if _is_built(each)
        )
        return not is_referred and self._can_be_invalid(new, self.place[new.address])

    def _standing_on(self, key: DatabaseObject) -> list[Constraint]:
        """Foreign keys that go only since the key does: they are off no longer than it is."""
        return [
            each.new
            for each in self.created.values()
            if isinstance(each.new, Constraint)
            and self._key_under(each.new) == key.address
            and self._goes_with_key(each.new)
        ]

    def _goes_with_key(self, each: Constraint) -> bool:
        drop, made, under = self.dropped.get(each.address), self.created.get(each.address), self._key_under(each)
        if drop is None or made is None or not made.again or under is None or each.address in self.plain:
            return False
        here = self.place[each.address]
        if not self._is_filled(here, each.parent) or self._is_partitioned(here, each.parent):
            return False
        is_apart = made.new == drop.old and self._can_be_invalid(made.new, here)  # type: ignore[arg-type]
        return is_apart and self._comes_later(self.dropped[under]) and not self._ground_moves(drop)

    def _key_under(self, each: Constraint) -> Address | None:
        """The one key that is dropped of the table that it refers to, of just these columns; else None."""
        there = Address("table", each.foreign_schema, name=each.foreign_table)
        found = [
            drop.old
            for drop in self.dropped.values()
            if isinstance(drop.old, Constraint | Index) and drop.old.parent == there and _is_built(drop.old)
        ]
        keys = [key for key in found if isinstance(key, Constraint) or key.unique]
        if each.type != "f" or len(keys) != 1 or not isinstance(keys[0], Constraint):
            return None
        return keys[0].address if {*keys[0].columns} == {*each.foreign_columns} else None

    def _ground_moves(self, drop: Drop) -> bool:
        """Whether a change may take something away on which it stands, or make that another."""
        if drop.address not in self.old.objects:
            return True
        ground: set[Address] = set()
        waiting = [drop.address]
        while waiting:
            for needed in self.old.needs(waiting.pop()):
                if needed not in ground:
                    ground.add(needed)
                    waiting.append(needed)
        return any(_moves(each, ground) for each in self.changes)

    def _can_be_invalid(self, new: Constraint, here: Located) -> bool:
        if new.type not in "fc" or not new.validated or not new.enforced:
            return False
        if new.type == "c" or self.version >= _PARTITIONED_KEYS_CAN_WAIT:
            return True
        there = Address("table", new.foreign_schema, name=new.foreign_table)
        return not any(self._is_partitioned(here, table) for table in (new.parent, there))


def _is_built(each: DatabaseObject) -> bool:
    """Whether it is an index, or a key that can use one that was built before."""
    return isinstance(each, Index) or (isinstance(each, Constraint) and each.type in "pu" and not each.period)


def _taken(new: Index | Constraint, index: str, change: Create) -> tuple[Statement, ...]:
    """What makes the built index what is wanted."""
    if isinstance(new, Constraint):
        return (new.create_using(index), *change.statements[1:])
    renamed = replace(new, name=index).rename(new) if index != new.name else ()
    return (*renamed, *change.statements[1:])


def _gone(old: DatabaseObject) -> tuple[Statement, ...]:
    return (old.dropped_concurrently(),) if isinstance(old, Index) else old.drop()


def _apart(each: Statement) -> Statement:
    """A validation holds its locks while it reads the table: nothing else is to be locked meanwhile."""
    return replace(each, alone=True) if " VALIDATE CONSTRAINT " in each.text else each


def _moves(change: Change, ground: Collection[Address]) -> bool:
    """Whether it may take away some of the ground, or make that another; what is retired only gets another name."""
    if isinstance(change, Create | Rename) or change.kind in _STANDS_ON_NONE_OF:
        return False
    if isinstance(change, Drop):
        touched = {change.address, *(part.address for part in change.parts)}
        is_gone = change.retired_as is None
    else:
        touched, is_gone = {change.address}, bool(change.new.disturbs(change.old))
    whole = change.old.parent if change.kind != "column" else None
    return is_gone and not ({*touched, whole} if whole else touched).isdisjoint(ground)


def _not_null_checked(change: Alter | Create, new: Column) -> Iterator[Statement]:
    """The statements, where a check that was validated before tells SET NOT NULL that it need not look.

    What fills the column runs twice, in no transaction: before the check, since that would refuse whoever updates a row
    that has no value yet; and behind it, for the rows that came meanwhile.
    """
    check = aside_name(new.name, "not_null")
    fills = [replace(each, transactional=False) for each in change.statements if each.text.startswith("UPDATE ")]
    for each in change.statements:
        if each.text.startswith("UPDATE "):
            yield from fills
        elif each == new.set_not_null() and (fills or isinstance(change, Alter)):
            yield new.checked(check)
            yield from fills
            yield _apart(new.check_validated(check))
            yield each
            yield new.check_gone(check)
        else:
            yield each
