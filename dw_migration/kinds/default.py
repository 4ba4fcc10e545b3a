"""Defaults of columns: objects of their own, since they may stand on sequences and functions."""

from dataclasses import dataclass
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.sql import Statement, deparsed, identifier, statement


@dataclass(frozen=True, slots=True)
class Default(DatabaseObject):
    """The default of one column, as pg_get_expr writes it."""

    kind: ClassVar[str] = "default"
    catalog: ClassVar[str] = "pg_attrdef"
    locks: ClassVar[int] = 1
    folds: ClassVar[bool] = True
    query: ClassVar[str] = """
        select ad.oid, 0, 0, n.nspname as schema, c.relname as table, a.attname as column,
               pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) as expression
        from pg_catalog.pg_attrdef ad
        join pg_catalog.pg_attribute a on a.attrelid = ad.adrelid and a.attnum = ad.adnum and a.attgenerated = ''
        join pg_catalog.pg_class c on c.oid = ad.adrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and not c.relispartition and c.relnamespace = any(%(schemas)s::oid[])
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(ad.oid, ad.xmin), 0))
        from pg_catalog.pg_attrdef ad join pg_catalog.pg_class c on c.oid = ad.adrelid
        where c.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    table: str
    column: str
    expression: str

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, self.table, self.column)

    @property
    def parent(self) -> Address:
        return Address("column", self.schema, self.table, self.column)

    @property
    def disturbed_by(self) -> frozenset[str]:
        return frozenset({"type"})

    def needs(self) -> tuple[Address, ...]:
        return (self.parent,)

    def renamed(self, names: Renamer) -> Self:
        return type(self)(
            names.schema(self.schema),
            names.name(self.schema, self.table),
            names.member(self.schema, self.table, self.column),
            names.expression(self.expression, schema=self.schema, relation=self.table),
        )

    def folded(self, parts: tuple[str, ...] = ()) -> str:  # noqa: ARG002 - nothing folds into it
        return f"DEFAULT {self.expression}"

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        place = identifier(self.schema, self.table), identifier(self.column)
        return (statement("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}", *place, deparsed(self.expression)),)

    def drop(self) -> tuple[Statement, ...]:
        place = identifier(self.schema, self.table), identifier(self.column)
        return (statement("ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT", *place),)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:  # noqa: ARG002 - the new default replaces the old one whole
        return self.create()
