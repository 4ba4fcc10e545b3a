"""REPLICA IDENTITY other than the primary key: what logical replication tells of an old row."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, identifier, sql, statement


@dataclass(frozen=True, slots=True)
class ReplicaIdentity(DatabaseObject):
    """A table's replica identity. Source: https://www.postgresql.org/docs/current/sql-altertable.html."""

    kind: ClassVar[str] = "replica identity"
    catalog: ClassVar[str] = ""
    query: ClassVar[str] = """
        select 0, 0, 0, n.nspname as schema, r.relname as table, r.relreplident::text as identity,
               coalesce(c.relname, '') as index, k.oid is not null as of_constraint
        from pg_catalog.pg_class r
        join pg_catalog.pg_namespace n on n.oid = r.relnamespace
        left join pg_catalog.pg_index i on i.indrelid = r.oid and i.indisreplident
        left join pg_catalog.pg_class c on c.oid = i.indexrelid
        left join pg_catalog.pg_constraint k on k.conindid = c.oid and k.contype in ('p', 'u', 'x')
        where r.relreplident <> 'd' and r.relkind in ('r', 'p')
          and (r.relreplident <> 'i' or c.oid is not null) and r.relnamespace = any(%(schemas)s::oid[])
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(r.oid, r.relreplident, i.indexrelid), 0))
        from pg_catalog.pg_class r left join pg_catalog.pg_index i on i.indrelid = r.oid and i.indisreplident
        where r.relreplident <> 'd' and r.relkind in ('r', 'p') and r.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    table: str
    identity: str
    """As in pg_class.relreplident: `f` full, `n` nothing, `i` an index."""
    index: str
    of_constraint: bool

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, name=self.table)

    @property
    def parent(self) -> Address:
        return Address("table", self.schema, name=self.table)

    def needs(self) -> tuple[Address, ...]:
        if not self.index:
            return (self.parent,)
        kind = "constraint" if self.of_constraint else "index"
        return (self.parent, Address(kind, self.schema, self.table, self.index))

    def renamed(self, names: Renamer) -> Self:
        index = self.index
        if index:
            constraint = names.constraint(self.schema, self.table, index)
            index = constraint if self.of_constraint else names.name(self.schema, index, Space.RELATION)
        table = names.name(self.schema, self.table, Space.RELATION)
        return replace(self, schema=names.schema(self.schema), table=table, index=index)

    def _set(self, what: Sql) -> tuple[Statement, ...]:
        return (statement("ALTER TABLE {} REPLICA IDENTITY {}", identifier(self.schema, self.table), what),)

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        if self.index:
            return self._set(sql("USING INDEX {}", identifier(self.index)))
        return self._set(sql("FULL") if self.identity == "f" else sql("NOTHING"))

    def drop(self) -> tuple[Statement, ...]:
        return self._set(sql("DEFAULT"))

    def alter(self, old: Self) -> tuple[Statement, ...] | None:  # noqa: ARG002 - the new one replaces the old one
        return self.create()
