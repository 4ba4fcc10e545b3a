"""Defaults of columns: objects of their own, since they may stand on sequences and functions."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.naming import Space
from dw_migration.sql import Statement, deparsed, identifier, statement


@dataclass(frozen=True, slots=True)
class Default(DatabaseObject):
    """The default of one column, as pg_get_expr writes it; of a partition's column where it is not the whole's.

    Where a table inherits a column, its default is always said: that of the other table would be its own else.
    """

    kind: ClassVar[str] = "default"
    catalog: ClassVar[str] = "pg_attrdef"
    locks: ClassVar[int] = 1
    query: ClassVar[str] = """
        select ad.oid, 0, 0, n.nspname as schema, c.relname as table, a.attname as column,
               pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) as expression, '' as whole_schema, '' as whole,
               '' as whole_expression
        from pg_catalog.pg_attrdef ad
        join pg_catalog.pg_attribute a on a.attrelid = ad.adrelid and a.attnum = ad.adnum and a.attgenerated = ''
        join pg_catalog.pg_class c on c.oid = ad.adrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and not c.relispartition and a.attinhcount = 0
          and c.relnamespace = any(%(schemas)s::oid[])
        union all
        select coalesce(d.oid, 0), 0, 0, n.nspname, c.relname, a.attname, e.own, pn.nspname, p.relname,
               case when c.relispartition then e.whole else '' end
        from pg_catalog.pg_inherits i
        join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relkind in ('r', 'p')
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_class p on p.oid = i.inhparent
        join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                                      and a.attgenerated = ''
        join pg_catalog.pg_attribute w on w.attrelid = p.oid and w.attname = a.attname
        left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        left join pg_catalog.pg_attrdef wd on wd.adrelid = w.attrelid and wd.adnum = w.attnum
        cross join lateral (
            select coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') as own,
                   coalesce(pg_catalog.pg_get_expr(wd.adbin, wd.adrelid), '') as whole
            offset 0
        ) e
        where a.attinhcount > 0 and (a.atthasdef or w.atthasdef) and (e.own <> e.whole or not c.relispartition)
          and (c.relispartition or not exists (
              select from pg_catalog.pg_inherits j
              join pg_catalog.pg_attribute b on b.attrelid = j.inhparent and b.attname = a.attname
              where j.inhrelid = c.oid and j.inhseqno < i.inhseqno))
          and c.relnamespace = any(%(schemas)s::oid[])
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
    """Empty where a partition's or an inherited column has none, and the whole's has one."""
    whole_schema: str = field(default="", compare=False)
    whole_table: str = field(default="", compare=False)
    whole_expression: str = field(default="", compare=False)

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, self.table, self.column)

    @property
    def parent(self) -> Address:
        if self.whole_table:
            return Address("table", self.schema, name=self.table)
        return Address("column", self.schema, self.table, self.column)

    @property
    def overrides(self) -> Address | None:
        return Address("default", self.whole_schema, self.whole_table, self.column) if self.whole_table else None

    @property
    def folds(self) -> bool:  # type: ignore[override]
        return not self.whole_table

    @property
    def disturbed_by(self) -> frozenset[str]:
        return frozenset({"type"})

    def needs(self) -> tuple[Address, ...]:
        if self.whole_table:
            return (self.parent, Address("column", self.whole_schema, self.whole_table, self.column))
        return (self.parent,)

    def renamed(self, names: Renamer) -> Self:
        return type(self)(
            names.schema(self.schema),
            names.name(self.schema, self.table, Space.RELATION),
            names.member(self.schema, self.table, self.column),
            self.expression and names.expression(self.expression, schema=self.schema, relation=self.table),
            self.whole_schema and names.schema(self.whole_schema),
            self.whole_table and names.name(self.whole_schema, self.whole_table, Space.RELATION),
            self.whole_expression
            and names.expression(self.whole_expression, schema=self.whole_schema, relation=self.whole_table),
        )

    def folded(self, parts: tuple[str, ...] = ()) -> str:  # noqa: ARG002 - nothing folds into it
        return f"DEFAULT {self.expression}"

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return (self._set(self.expression),)

    def drop(self) -> tuple[Statement, ...]:
        return (self._set(self.whole_expression),)

    def _set(self, expression: str) -> Statement:
        place = identifier(self.schema, self.table), identifier(self.column)
        if not expression:
            return statement("ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT", *place)
        return statement("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}", *place, deparsed(expression))

    def alter(self, old: Self) -> tuple[Statement, ...] | None:  # noqa: ARG002 - the new default replaces the old one whole
        return self.create()
