"""Create, Drop, Alter, Rename: one object each, with the statements that do it."""

from dataclasses import dataclass
from typing import ClassVar

from dw_migration.kind import Address, DatabaseObject
from dw_migration.sql import Statement


@dataclass(frozen=True, slots=True)
class Fill:
    """What the rows get in a column that is NOT NULL from now on, as a person has said."""

    expression: str
    is_one: bool
    """Whether it is the same value in all of them."""
    calls: tuple[str, ...] = ()
    """Functions of which nobody knows that they change nothing."""


class _Leading:
    """What leads to an object: it is told by that."""

    __slots__ = ()
    new: DatabaseObject

    @property
    def kind(self) -> str:
        """The kind of the object."""
        return self.new.kind

    @property
    def address(self) -> Address:
        """Which object, under its new name."""
        return self.new.address


@dataclass(frozen=True, slots=True)
class Create(_Leading):
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
    fill: Fill | None = None
    """For columns: what the rows that are there get."""


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
    retired_as: Address | None = None
    """What it is called from now on, with all of its rows: it is put aside, and nothing of it is dropped."""

    @property
    def kind(self) -> str:
        """The kind of the object."""
        return self.old.kind

    @property
    def address(self) -> Address:
        """Which object."""
        return self.old.address


@dataclass(frozen=True, slots=True)
class Alter(_Leading):
    """An object becomes another of the same name."""

    action: ClassVar[str] = "alter"
    old: DatabaseObject
    new: DatabaseObject
    statements: tuple[Statement, ...] = ()
    came_from: Address | None = None
    """As of Create."""
    fill: Fill | None = None
    """As of Create: where they have NULL."""


@dataclass(frozen=True, slots=True)
class Rename(_Leading):
    """An object gets another name, or its labels do, and stays the same object."""

    action: ClassVar[str] = "rename"
    old: DatabaseObject
    new: DatabaseObject
    statements: tuple[Statement, ...] = ()
    aside: bool = False
    """The name is one for the meantime: nobody asked for it."""
    came_from: Address | None = None
    """What it was called before it was moved aside."""
    said: bool = False
    """Whether a person said that it is the same one; else its oid in the source tells."""


Change = Create | Drop | Alter | Rename
