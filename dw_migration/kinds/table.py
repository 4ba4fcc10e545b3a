"""Tables, also partitioned ones and partitions; columns, defaults, constraints, indexes are objects of their own."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, Named, Renamer, moved, options_changed, storage_parameters
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, joined, sql, statement

_PARTITION_BY = "CREATE TABLE x (y int) PARTITION BY {}"
_LIKE = Sql("INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE")
"""All but what attaching brings: identity, and indexes under names of their own; compression each column has itself."""


@dataclass(frozen=True, slots=True)
class Table(Named):
    """A table. Source: https://www.postgresql.org/docs/current/sql-createtable.html."""

    kind: ClassVar[str] = "table"
    catalog: ClassVar[str] = "pg_class"
    namespaces: ClassVar[tuple[Space, ...]] = (Space.RELATION, Space.TYPE)
    holds_data: ClassVar[bool] = True
    locks: ClassVar[int] = 6
    query: ClassVar[str] = """
        select c.oid, 0, c.reltype, n.nspname as schema, c.relname as name, c.relpersistence = 'u' as unlogged,
               coalesce(nullif(am.amname, 'heap'), '') as access_method,
               coalesce(c.reloptions, '{}') as options,
               case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) else '' end as partition_by,
               coalesce(pn.nspname, '') as part_of_schema, coalesce(p.relname, '') as part_of,
               case when c.relispartition then '{}'
                    else array(select u.name from pg_catalog.pg_inherits h
                               join pg_catalog.pg_class hc on hc.oid = h.inhparent
                               join pg_catalog.pg_namespace hn on hn.oid = hc.relnamespace
                               cross join lateral (values (1, hn.nspname::text), (2, hc.relname::text)) u (at, name)
                               where h.inhrelid = c.oid order by h.inhseqno, u.at) end as inherits
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        left join pg_catalog.pg_am am on am.oid = c.relam
        left join pg_catalog.pg_inherits i on i.inhrelid = c.oid and c.relispartition
        left join pg_catalog.pg_class p on p.oid = i.inhparent
        left join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
        where c.relkind in ('r', 'p') and c.relpersistence <> 't'
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

    unlogged: bool
    access_method: str
    """Empty for heap."""
    options: tuple[str, ...]
    """Storage parameters as in pg_class: `fillfactor=70`."""
    partition_by: str = ""
    """What stands behind PARTITION BY; empty for a table that is not partitioned."""
    part_of_schema: str = field(default="", compare=False)
    part_of: str = field(default="", compare=False)
    """Of a partition the table whose columns it has, for creation alone: where it is attached, its partition tells."""
    inherits: tuple[str, ...] = field(default=(), compare=False)
    """Schema and name of each table that it inherits from, in order, for creation alone."""

    @property
    def parent(self) -> Address | None:
        return Address("table", self.part_of_schema, name=self.part_of) if self.part_of else None

    def needs(self) -> tuple[Address, ...]:
        schema = Address("schema", self.schema)
        return (schema, self.parent) if self.parent else (schema, *self._ancestors())

    def _ancestors(self) -> Iterator[Address]:
        pairs = zip(self.inherits[::2], self.inherits[1::2], strict=True)
        return (Address("table", schema, name=name) for schema, name in pairs)

    def renamed(self, names: Renamer) -> Self:
        return replace(
            self,
            schema=names.schema(self.schema),
            name=names.name(self.schema, self.name, Space.RELATION),
            partition_by=self.partition_by
            and names.expression(self.partition_by, schema=self.schema, relation=self.name, wrapper=_PARTITION_BY),
            part_of_schema=self.part_of_schema and names.schema(self.part_of_schema),
            part_of=self.part_of and names.name(self.part_of_schema, self.part_of, Space.RELATION),
            inherits=tuple(
                new
                for each in self._ancestors()
                for new in (names.schema(each.schema), names.name(each.schema, each.name, Space.RELATION))
            ),
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:
        unlogged = "UNLOGGED " if self.unlogged else ""
        like = (sql("LIKE {} {}", identifier(self.part_of_schema, self.part_of), _LIKE).text,) if self.part_of else ()
        body = ",\n".join("    " + part for part in (*like, *parts) if part)
        text = f"CREATE {unlogged}TABLE {self.identifier} (" + (f"\n{body}\n)" if body else ")")
        if self.inherits:
            ancestors = joined(identifier(each.schema, each.name) for each in self._ancestors())
            text += f" INHERITS ({ancestors})"
        if self.partition_by:
            text += f" PARTITION BY {deparsed(self.partition_by)}"
        if self.access_method:
            text += f" USING {identifier(self.access_method)}"
        if self.options:
            text += f" WITH ({storage_parameters(self.options)})"
        return (Statement(text),)

    def drop(self) -> tuple[Statement, ...]:
        dropped = statement("DROP TABLE {}", self.identifier)
        if not self.part_of:
            return (dropped,)
        # Foreign keys to the whole stand on each attached partition.
        whole = identifier(self.part_of_schema, self.part_of)
        return (statement("ALTER TABLE {} DETACH PARTITION {}", whole, self.identifier), dropped)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return moved(Sql("TABLE"), self, new)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        # With another partition key it does not come here: it is rebuilt.
        return (*self._persistence(old), *self._access_method(old), *self._options(old))

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
