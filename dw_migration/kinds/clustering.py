"""CLUSTER ON: the index by which CLUSTER orders a table."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, identifier, sql, statement


@dataclass(frozen=True, slots=True)
class Clustering(DatabaseObject):
    """A table's mark of its clustering index. Source: https://www.postgresql.org/docs/current/sql-cluster.html."""

    kind: ClassVar[str] = "clustering"
    catalog: ClassVar[str] = ""
    query: ClassVar[str] = """
        select 0, 0, 0, n.nspname as schema, r.relname as table, c.relname as index, k.oid is not null as of_constraint,
               case r.relkind when 'm' then 'materialized view' else 'table' end as of
        from pg_catalog.pg_index i
        join pg_catalog.pg_class c on c.oid = i.indexrelid
        join pg_catalog.pg_class r on r.oid = i.indrelid and r.relkind in ('r', 'm')
        join pg_catalog.pg_namespace n on n.oid = r.relnamespace
        left join pg_catalog.pg_constraint k on k.conindid = c.oid and k.contype in ('p', 'u', 'x')
        where i.indisclustered and i.indisvalid and r.relnamespace = any(%(schemas)s::oid[])
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(i.indrelid, i.indexrelid), 0))
        from pg_catalog.pg_index i join pg_catalog.pg_class r on r.oid = i.indrelid
        where i.indisclustered and r.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    table: str
    index: str
    of_constraint: bool
    of: str = "table"
    """The kind of what is ordered."""

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, name=self.table)

    @property
    def parent(self) -> Address:
        return Address(self.of, self.schema, name=self.table)

    def needs(self) -> tuple[Address, ...]:
        kind = "constraint" if self.of_constraint else "index"
        return (self.parent, Address(kind, self.schema, self.table, self.index))

    def renamed(self, names: Renamer) -> Self:
        constraint = names.constraint(self.schema, self.table, self.index)
        index = constraint if self.of_constraint else names.name(self.schema, self.index, Space.RELATION)
        table = names.name(self.schema, self.table, Space.RELATION)
        return replace(self, schema=names.schema(self.schema), table=table, index=index)

    @property
    def _place(self) -> Sql:
        return sql("{} {}", Sql(self.of.upper()), identifier(self.schema, self.table))

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return (statement("ALTER {} CLUSTER ON {}", self._place, identifier(self.index)),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("ALTER {} SET WITHOUT CLUSTER", self._place),)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:  # noqa: ARG002 - the new mark replaces the old one
        return self.create()
