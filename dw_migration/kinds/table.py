"""Ordinary tables; columns, defaults, constraints and indexes are objects of their own."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer, moved, options_changed, storage_parameters
from dw_migration.sql import Sql, Statement, identifier, sql, statement


@dataclass(frozen=True, slots=True)
class Table(DatabaseObject):
    """A table. Source: https://www.postgresql.org/docs/current/sql-createtable.html."""

    kind: ClassVar[str] = "table"
    catalog: ClassVar[str] = "pg_class"
    holds_data: ClassVar[bool] = True
    locks: ClassVar[int] = 6
    query: ClassVar[str] = """
        select c.oid, 0, c.reltype, n.nspname as schema, c.relname as name, c.relpersistence = 'u' as unlogged,
               coalesce(nullif(am.amname, 'heap'), '') as access_method,
               coalesce(c.reloptions, '{}') as options
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        left join pg_catalog.pg_am am on am.oid = c.relam
        where c.relkind = 'r' and not c.relispartition and c.relpersistence <> 't'
          and c.relnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 1259 and d.objid = c.oid and d.deptype = 'e')
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(
                 c.oid, c.relname, c.relnamespace, c.reltype, c.relkind, c.relpersistence, c.relam, c.reloptions,
                 c.relispartition, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, t.xmin), 0))
        from pg_catalog.pg_class c left join pg_catalog.pg_type t on t.oid = c.reltype
        where c.relkind not in ('i', 'I', 't', 'S') and c.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    name: str
    unlogged: bool
    access_method: str
    """Empty for heap."""
    options: tuple[str, ...]
    """Storage parameters as in pg_class: `fillfactor=70`."""

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, name=self.name)

    @property
    def identifier(self) -> Sql:
        """The table's name as SQL."""
        return identifier(self.schema, self.name)

    def occupies(self) -> tuple[tuple[str, str, str], ...]:
        return (("relation", self.schema, self.name), ("type", self.schema, self.name))

    def needs(self) -> tuple[Address, ...]:
        return (Address("schema", self.schema),)

    def renamed(self, names: Renamer) -> Self:
        return replace(self, schema=names.schema(self.schema), name=names.name(self.schema, self.name))

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:
        unlogged = "UNLOGGED " if self.unlogged else ""
        body = ",\n".join("    " + part for part in parts)
        text = f"CREATE {unlogged}TABLE {self.identifier} (" + (f"\n{body}\n)" if body else ")")
        if self.access_method:
            text += f" USING {identifier(self.access_method)}"
        if self.options:
            text += f" WITH ({storage_parameters(self.options)})"
        return (Statement(text),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP TABLE {}", self.identifier),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return moved(Sql("TABLE"), self, new)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        return (
            *self._persistence(old),
            *self._access_method(old),
            *self._options(old),
        )

    def _persistence(self, old: Self) -> tuple[Statement, ...]:
        if self.unlogged == old.unlogged:
            return ()
        return (
            statement("ALTER TABLE {} SET {}", self.identifier, sql("UNLOGGED") if self.unlogged else sql("LOGGED")),
        )

    def _access_method(self, old: Self) -> tuple[Statement, ...]:
        if self.access_method == old.access_method:
            return ()
        method = identifier(self.access_method or "heap")
        return (statement("ALTER TABLE {} SET ACCESS METHOD {}", self.identifier, method),)

    def _options(self, old: Self) -> tuple[Statement, ...]:
        changes = options_changed(old.options, self.options)
        return tuple(statement("ALTER TABLE {} {}", self.identifier, change) for change in changes)
