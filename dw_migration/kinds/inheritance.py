"""INHERITS: from which tables a table has columns and checks, beside its own."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.naming import Space
from dw_migration.sql import Statement, identifier, statement


@dataclass(frozen=True, slots=True)
class Inheritance(DatabaseObject):
    """A table's tie to one of those that it inherits from; its CREATE TABLE says them all.

    Source: https://www.postgresql.org/docs/current/ddl-inherit.html.
    """

    kind: ClassVar[str] = "inheritance"
    catalog: ClassVar[str] = ""
    folds: ClassVar[bool] = True
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_inherits)"
    query: ClassVar[str] = """
        select 0, 0, 0, n.nspname as schema, c.relname as table, pn.nspname as from_schema, p.relname as from_table
        from pg_catalog.pg_inherits i
        join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relkind = 'r' and not c.relispartition
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_class p on p.oid = i.inhparent
        join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
        where c.relpersistence <> 't' and c.relnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 1259 and d.objid = c.oid and d.deptype = 'e')
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(i.inhrelid, i.inhparent, i.inhseqno), 0))
        from pg_catalog.pg_inherits i
        join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relkind = 'r' and not c.relispartition
        where c.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    table: str
    from_schema: str
    from_table: str

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, self.table, identifier(self.from_schema, self.from_table).text)

    @property
    def parent(self) -> Address:
        return Address("table", self.schema, name=self.table)

    def needs(self) -> tuple[Address, ...]:
        return (self.parent, Address("table", self.from_schema, name=self.from_table))

    def renamed(self, names: Renamer) -> Self:
        return replace(
            self,
            schema=names.schema(self.schema),
            table=names.name(self.schema, self.table, Space.RELATION),
            from_schema=names.schema(self.from_schema),
            from_table=names.name(self.from_schema, self.from_table, Space.RELATION),
        )

    def folded(self, parts: tuple[str, ...] = ()) -> str:  # noqa: ARG002 - nothing folds into it
        return ""

    def _tied(self, *, to: bool) -> tuple[Statement, ...]:
        heir, parent = identifier(self.schema, self.table), identifier(self.from_schema, self.from_table)
        if to:
            return (statement("ALTER TABLE {} INHERIT {}", heir, parent),)
        return (statement("ALTER TABLE {} NO INHERIT {}", heir, parent),)

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return self._tied(to=True)

    def drop(self) -> tuple[Statement, ...]:
        return self._tied(to=False)
