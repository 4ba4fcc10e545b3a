"""Partitions: which table is a part of which partitioned table, and for what rows."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.naming import Space
from dw_migration.sql import Statement, deparsed, identifier, statement

_BOUND = "CREATE TABLE x PARTITION OF y {}"


@dataclass(frozen=True, slots=True)
class Partition(DatabaseObject):
    """A table's place in a partitioned table; the table itself, with what it has of its own, is a table.

    It is attached once it has the indexes of the whole under its own names for them: PostgreSQL takes those in, where
    it would otherwise make more under names that it chooses; and ATTACH keeps out no readers and writers of the whole.
    Source: https://www.postgresql.org/docs/current/ddl-partitioning.html.
    """

    kind: ClassVar[str] = "partition"
    catalog: ClassVar[str] = ""
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_inherits)"
    query: ClassVar[str] = """
        select 0, 0, 0, n.nspname as schema, c.relname as table, pn.nspname as whole_schema, p.relname as whole_table,
               pg_catalog.pg_get_expr(c.relpartbound, c.oid) as bound, coalesce(k.names, '{}') as foreign_keys,
               array(select u.name from pg_catalog.pg_constraint k
                     join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
                     cross join lateral (values (1, a.attname::text), (2, k.conname::text)) u (at, name)
                     where k.conrelid = c.oid and k.contype = 'n' order by a.attnum, u.at) as not_nulls
        from pg_catalog.pg_inherits i
        join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition and c.relkind in ('r', 'p')
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_class p on p.oid = i.inhparent
        join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
        left join (
            select k.conrelid, k.of_whole, array_agg(k.name order by k.at) as names from (
                select k.conrelid, w.conrelid as of_whole, u.name, (w.conname, u.at) as at
                from pg_catalog.pg_constraint k
                join pg_catalog.pg_constraint w on w.oid = k.conparentid and w.conrelid <> k.conrelid
                cross join lateral (values (1, w.conname::text), (2, k.conname::text)) u (at, name)
                where k.contype = 'f'
            ) k group by k.conrelid, k.of_whole
        ) k on k.conrelid = c.oid and k.of_whole = p.oid
        where c.relpersistence <> 't' and c.relnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 1259 and d.objid = c.oid and d.deptype = 'e')
    """
    # Also of indexes, and of tables that inherit.
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(
                 i.inhrelid, i.inhparent, i.inhseqno, i.xmin, c.relpartbound::text), 0))
        from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
        where c.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    table: str
    whole_schema: str
    whole_table: str
    bound: str
    """`FOR VALUES ...` or `DEFAULT`."""
    foreign_keys: tuple[str, ...] = field(default=(), compare=False)
    """Names of the whole's foreign keys, each with that of the partition's, which is nowhere shown while attached."""
    not_nulls: tuple[str, ...] = field(default=(), compare=False)
    """PostgreSQL 18 on: columns, each with the name of its NOT NULL, for creation alone."""

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, name=self.table)

    @property
    def parent(self) -> Address:
        return Address("table", self.schema, name=self.table)

    def needs(self) -> tuple[Address, ...]:
        return (self.parent, Address("table", self.whole_schema, name=self.whole_table))

    def renamed(self, names: Renamer) -> Self:
        return replace(
            self,
            schema=names.schema(self.schema),
            table=names.name(self.schema, self.table, Space.RELATION),
            whole_schema=names.schema(self.whole_schema),
            whole_table=names.name(self.whole_schema, self.whole_table, Space.RELATION),
            bound=names.expression(self.bound, schema=self.whole_schema, relation=self.whole_table, wrapper=_BOUND),
            foreign_keys=tuple(
                new
                for of_whole, own in self.pairs.items()
                for new in (
                    names.constraint(self.whole_schema, self.whole_table, of_whole),
                    names.constraint(self.schema, self.table, own),
                )
            ),
            not_nulls=tuple(
                new
                for column, name in self.named.items()
                for new in (
                    names.member(self.schema, self.table, column),
                    names.constraint(self.schema, self.table, name),
                )
            ),
        )

    @property
    def pairs(self) -> dict[str, str]:
        """The names of the partition's foreign keys by those of the whole's."""
        return dict(zip(self.foreign_keys[::2], self.foreign_keys[1::2], strict=True))

    @property
    def named(self) -> dict[str, str]:
        """The names of NOT NULLs by their columns."""
        return dict(zip(self.not_nulls[::2], self.not_nulls[1::2], strict=True))

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        whole, part = identifier(self.whole_schema, self.whole_table), identifier(self.schema, self.table)
        return (statement("ALTER TABLE ONLY {} ATTACH PARTITION {} {}", whole, part, deparsed(self.bound)),)

    def drop(self) -> tuple[Statement, ...]:
        whole, part = identifier(self.whole_schema, self.whole_table), identifier(self.schema, self.table)
        return (statement("ALTER TABLE {} DETACH PARTITION {}", whole, part),)
