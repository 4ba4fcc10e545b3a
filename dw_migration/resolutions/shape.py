"""The shape of tables that hold rows: what copying and comparing must know of them, whoever made them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

TableName = tuple[str, str]
"""Schema and name."""


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """A column, as its server tells it with an empty search_path."""

    name: str
    type: str
    """With its limits; what is not PostgreSQL's own is qualified: `shop.mood`, `numeric(10,2)`."""
    position: int
    """attnum: with the table's oid it names the column whatever it is called."""
    not_null: bool = False
    default: str = ""
    identity: str = ""
    """`a` for ALWAYS, `d` for BY DEFAULT, or empty."""
    generated: str = ""
    """`s` for STORED, `v` for VIRTUAL, or empty: its values are the server's."""
    kind: str = "b"
    """As pg_type.typtype: `b` base, `c` composite, `d` domain, `e` enum, `r` range, `m` multirange."""
    base_type: str = ""
    """Of a domain: the type under it, with its limits; else empty."""
    labels: tuple[str, ...] = ()
    """Of an enum, in its order."""
    collation: str = ""
    """Name, provider and version of the collation that orders it, and the database's where it is the default; empty
    for types without one. Equal on two servers: both put its values into one order."""

    @property
    def fills_itself(self) -> bool:
        """Whether a row that says nothing of it gets a value other than NULL."""
        return bool(self.default or self.identity or self.generated)

    @property
    def is_required(self) -> bool:
        """Whether a row must say something of it."""
        return self.not_null and not self.fills_itself


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from one table to another."""

    name: str
    columns: tuple[str, ...]
    to: TableName
    to_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table with rows of its own or of its partitions; partitions themselves are parts of their parent."""

    schema: str
    name: str
    columns: tuple[ColumnShape, ...]
    key: tuple[str, ...] = ()
    """The primary key's columns, or those of a unique index over NOT NULL columns; empty without one."""
    uniques: tuple[tuple[str, ...], ...] = ()
    """Columns of further unique constraints."""
    foreign_keys: tuple[ForeignKey, ...] = ()
    rows: int = 0
    """As the server estimates; -1 where it was never analyzed."""
    bytes: int = 0
    """On disk, without indexes."""
    partitioned: bool = False
    oid: int = 0
    row_type: int = 0
    """Oid of its row type: with the table's oid its proof of identity."""
    row_security: bool = False
    """Whether policies would apply to us."""
    triggers: tuple[str, ...] = ()
    """Triggers of users that would fire for rows that are written."""

    @property
    def address(self) -> TableName:
        """Schema and name."""
        return self.schema, self.name

    def column(self, name: str) -> ColumnShape | None:
        """The column of that name."""
        return next((each for each in self.columns if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Shape:
    """The tables of some schemas of one database, at one moment."""

    place: str
    """Its place in the config: `sources.shop`, `target`, `databases.old`."""
    database: str
    server_version: int
    """As 180006."""
    system_identifier: int | None
    tables: Mapping[TableName, TableShape] = field(default_factory=dict)
    large_objects: int = 0
    """How many rows pg_largeobject_metadata has: they are never carried over, and are told."""
