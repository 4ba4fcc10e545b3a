"""Attributes of composite types, as far as they are objects: what they are stands in their type."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.naming import Space
from dw_migration.sql import Statement, identifier, sql, statement


@dataclass(frozen=True, slots=True)
class Attribute(DatabaseObject):
    """An attribute's name and number. Source: https://www.postgresql.org/docs/current/sql-altertype.html."""

    kind: ClassVar[str] = "attribute"
    catalog: ClassVar[str] = "pg_class"
    holds_data: ClassVar[bool] = True
    folds: ClassVar[bool] = True
    inseparable: ClassVar[bool] = True
    locks: ClassVar[int] = 0
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_class where oid >= 16384 and relkind = 'c')"
    query: ClassVar[str] = """
        select c.oid, a.attnum, 0, n.nspname as schema, c.relname as composite, a.attname as name,
               exists (select from pg_catalog.pg_class t where t.reloftype = c.reltype) as has_tables
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_class c on c.oid = a.attrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where a.attnum > 0 and not a.attisdropped and c.relkind = 'c' and c.relnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 1247 and d.objid = c.reltype and d.deptype = 'e')
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(a.attrelid, a.attnum, a.xmin), 0))
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_class c on c.oid = a.attrelid
        where a.attnum > 0 and c.relkind = 'c' and c.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    composite: str
    name: str
    has_tables: bool = field(default=False, compare=False)
    """Tables are OF its type: their columns get its new name, too."""

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, self.composite, self.name)

    @property
    def parent(self) -> Address:
        return Address("composite", self.schema, name=self.composite)

    def needs(self) -> tuple[Address, ...]:
        return (self.parent,)

    def renamed(self, names: Renamer) -> Self:
        return replace(
            self,
            schema=names.schema(self.schema),
            composite=names.name(self.schema, self.composite, Space.RELATION),
            name=names.member(self.schema, self.composite, self.name),
        )

    def folded(self, parts: tuple[str, ...] = ()) -> str:  # noqa: ARG002 - nothing folds into it
        return ""

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return ()  # ALTER TYPE of the whole adds all of them at once, in their order

    def drop(self) -> tuple[Statement, ...]:
        return ()

    def rename(self, new: Self) -> tuple[Statement, ...]:
        whole, was, now = identifier(self.schema, self.composite), identifier(self.name), identifier(new.name)
        cascade = sql(" CASCADE") if self.has_tables else sql("")
        return (statement("ALTER TYPE {} RENAME ATTRIBUTE {} TO {}{}", whole, was, now, cascade),)
