"""Plain statements turned into such as let readers and writers of a table with rows go on, in batches of their own."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

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

    def way(changes: tuple[Change, ...], earlier: Iterable[Change] = ()) -> tuple[Change, ...]:
        work = _Way(changes, sizes, version, always=always)
        return tuple(work.turned(each) for each in located(changes, renames_in(earlier)))

    return replace(difference, changes=way(difference.changes), back=way(difference.back, difference.changes))


class _Way:
    def __init__(self, changes: Collection[Change], sizes: Sizes, version: int, *, always: bool) -> None:
        self.changes, self.sizes, self.version, self.always = changes, sizes, version, always
        self.made = made_in(changes)
        self.dropped = {each.address: each for each in changes if isinstance(each, Drop)}
        self.created = {each.address: each for each in changes if isinstance(each, Create)}

    def turned(self, here: Located) -> Change:
        """The change with the statements that it has online; the same where it has none."""
        change = here.change
        each = change.old if isinstance(change, Drop) else change.new
        if each.parent is None or not change.statements or not self._is_filled(here, each.parent):
            return change
        return replace(change, statements=self._statements(here))

    def _statements(self, here: Located) -> tuple[Statement, ...]:
        match change := here.change:
            case Create(new=Index() | Constraint() as new) if _is_built(new):
                return self._built(change, new, here)
            case Create(new=Constraint() as new) if self._can_be_invalid(new, here):
                return (*replace(new, validated=False).create(), *map(_apart, new.validate()))
            case Drop(old=Index() | Constraint() as old):
                return self._dropped(change, old, here)
            case Alter(new=Constraint()):
                return tuple(map(_apart, change.statements))
            case Alter(new=Column() as new):
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
            aside = aside_name(new.name, "new")
            return (new.built_concurrently(aside), *_gone(drop.old), *_taken(new, aside, change))
        if drop is not None and (isinstance(new, Constraint) or new.unique):
            return change.statements  # or nothing would keep its rows apart meanwhile
        return (new.built_concurrently(new.name), *_taken(new, new.name, change))

    def _dropped(self, change: Drop, old: Index | Constraint, here: Located) -> tuple[Statement, ...]:
        if self._is_partitioned(here, old.parent):
            return change.statements
        if self._comes_later(change):
            return ()
        return change.statements if change.address in self.created else _gone(old)

    def _comes_later(self, drop: Drop) -> bool:
        """Whether what is dropped stays until its successor is built: nothing that it stands on changes before."""
        successor = self.created.get(drop.address)
        if successor is None or drop.again or not (_is_built(drop.old) and _is_built(successor.new)):
            return False
        return not any(_moves_the_ground(each, drop.old.parent) for each in self.changes)

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


def _moves_the_ground(change: Change, table: Address | None) -> bool:
    """Whether it may take something away on which an index of the table stands, or make that another."""
    if isinstance(change, Create | Rename):
        return False
    if change.kind == "column":
        return change.old.parent == table and (isinstance(change, Drop) or bool(change.new.disturbs(change.old)))
    if isinstance(change, Drop):
        return change.kind not in _STANDS_ON_NONE_OF
    return bool(change.new.disturbs(change.old))


def _not_null_checked(change: Alter, new: Column) -> Iterator[Statement]:
    """The statements, where a check that was validated before tells SET NOT NULL that it need not look."""
    check = aside_name(new.name, "not_null")
    for each in change.statements:
        if each == new.set_not_null():
            yield new.checked(check)
            yield _apart(new.check_validated(check))
            yield each
            yield new.check_gone(check)
        else:
            yield each
