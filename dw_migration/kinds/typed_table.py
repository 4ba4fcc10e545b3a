"""OF: the composite type whose attributes a table has for its columns, now and after any change."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.naming import Space
from dw_migration.sql import Statement, identifier, statement


@dataclass(frozen=True, slots=True)
class TypedTable(DatabaseObject):
    """A table's tie to its type. Source: https://www.postgresql.org/docs/current/sql-altertable.html."""

    kind: ClassVar[str] = "typed table"
    catalog: ClassVar[str] = ""
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_class where reloftype <> 0)"
    query: ClassVar[str] = """
        select 0, 0, 0, n.nspname as schema, c.relname as table, tn.nspname as type_schema, t.typname as type
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_type t on t.oid = c.reloftype
        join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace
        where c.relkind in ('r', 'p') and c.relpersistence <> 't' and c.relnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 1259 and d.objid = c.oid and d.deptype = 'e')
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(c.oid, c.reloftype), 0))
        from pg_catalog.pg_class c where c.reloftype <> 0 and c.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    table: str
    type_schema: str
    type: str

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, name=self.table)

    @property
    def parent(self) -> Address:
        return Address("table", self.schema, name=self.table)

    @property
    def disturbed_by(self) -> frozenset[str]:
        return frozenset({"attributes"})

    def needs(self) -> tuple[Address, ...]:
        return (self.parent, Address("composite", self.type_schema, name=self.type))

    def renamed(self, names: Renamer) -> Self:
        return replace(
            self,
            schema=names.schema(self.schema),
            table=names.name(self.schema, self.table, Space.RELATION),
            type_schema=names.schema(self.type_schema),
            type=names.name(self.type_schema, self.type, Space.RELATION),
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        table, of = identifier(self.schema, self.table), identifier(self.type_schema, self.type)
        return (statement("ALTER TABLE {} OF {}", table, of),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("ALTER TABLE {} NOT OF", identifier(self.schema, self.table)),)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:  # noqa: ARG002 - of no type it can get other columns
        return None
