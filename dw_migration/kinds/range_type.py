"""Range types; the multirange type that PostgreSQL makes with each folds into it."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Named, Renamer, moved
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, joined, sql, statement


@dataclass(frozen=True, slots=True)
class RangeType(Named):
    """A range type. Source: https://www.postgresql.org/docs/current/rangetypes.html#RANGETYPES-DEFINING."""

    kind: ClassVar[str] = "range type"
    catalog: ClassVar[str] = "pg_type"
    namespaces: ClassVar[tuple[Space, ...]] = (Space.TYPE,)
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_range where rngtypid >= 16384)"
    query: ClassVar[str] = """
        select t.oid, 0, 0, n.nspname as schema, t.typname as name, pg_catalog.format_type(r.rngsubtype, null) as of,
               coalesce(oc.nspname, '') as class_schema, coalesce(oc.opcname, '') as class,
               coalesce(cn.nspname, '') as collation_schema, coalesce(c.collname, '') as collation,
               coalesce(fn.nspname, '') as canonical_schema, coalesce(f.proname, '') as canonical,
               coalesce(dn.nspname, '') as difference_schema, coalesce(d.proname, '') as difference,
               m.typname as multirange
        from pg_catalog.pg_range r
        join pg_catalog.pg_type t on t.oid = r.rngtypid
        join pg_catalog.pg_namespace n on n.oid = t.typnamespace
        join pg_catalog.pg_type s on s.oid = r.rngsubtype
        join pg_catalog.pg_type m on m.oid = r.rngmultitypid
        left join (
            select o.oid, o.opcname, o.opcdefault, n.nspname
            from pg_catalog.pg_opclass o join pg_catalog.pg_namespace n on n.oid = o.opcnamespace
        ) oc on oc.oid = r.rngsubopc and not oc.opcdefault
        left join pg_catalog.pg_collation c on c.oid = r.rngcollation and r.rngcollation <> s.typcollation
        left join pg_catalog.pg_namespace cn on cn.oid = c.collnamespace
        left join pg_catalog.pg_proc f on f.oid = r.rngcanonical
        left join pg_catalog.pg_namespace fn on fn.oid = f.pronamespace
        left join pg_catalog.pg_proc d on d.oid = r.rngsubdiff
        left join pg_catalog.pg_namespace dn on dn.oid = d.pronamespace
        where t.typnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend e
                          where e.classid = 1247 and e.objid = t.oid and e.deptype = 'e')
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(t.oid, t.xmin, r.xmin, m.xmin), 0))
        from pg_catalog.pg_range r
        join pg_catalog.pg_type t on t.oid = r.rngtypid
        left join pg_catalog.pg_type m on m.oid = r.rngmultitypid
        where t.typnamespace = any(%(schemas)s::oid[])
    """

    of: str
    """The type of its bounds."""
    class_schema: str
    class_: str
    """The operator class that orders them; empty where it is the default one."""
    collation_schema: str
    collation: str
    """Empty where it is the type's own."""
    canonical_schema: str
    canonical: str
    difference_schema: str
    difference: str
    """The functions, empty for none."""
    multirange: str

    def occupies(self) -> tuple[tuple[str, str, str], ...]:
        return ((Space.TYPE, self.schema, self.name), (Space.TYPE, self.schema, self.multirange))

    def renamed(self, names: Renamer) -> Self:
        def qualified(schema: str, name: str, space: Space) -> tuple[str, str]:
            return names.qualified(schema, name, space) if name else (schema, name)

        class_schema, class_ = qualified(self.class_schema, self.class_, Space.OTHER)
        collation_schema, collation = qualified(self.collation_schema, self.collation, Space.COLLATION)
        canonical_schema, canonical = qualified(self.canonical_schema, self.canonical, Space.ROUTINE)
        difference_schema, difference = qualified(self.difference_schema, self.difference, Space.ROUTINE)
        return type(self)(
            names.schema(self.schema),
            names.name(self.schema, self.name, Space.TYPE),
            names.type(self.of),
            class_schema,
            class_,
            collation_schema,
            collation,
            canonical_schema,
            canonical,
            difference_schema,
            difference,
            names.name(self.schema, self.multirange, Space.TYPE),
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        options = (
            (True, sql("SUBTYPE = {}", deparsed(self.of))),
            (self.class_, sql("SUBTYPE_OPCLASS = {}", identifier(self.class_schema, self.class_))),
            (self.collation, sql("COLLATION = {}", identifier(self.collation_schema, self.collation))),
            (self.canonical, sql("CANONICAL = {}", identifier(self.canonical_schema, self.canonical))),
            (self.difference, sql("SUBTYPE_DIFF = {}", identifier(self.difference_schema, self.difference))),
            (True, sql("MULTIRANGE_TYPE_NAME = {}", identifier(self.schema, self.multirange))),
        )
        told = joined(text for is_told, text in options if is_told)
        return (statement("CREATE TYPE {} AS RANGE ({})", self.identifier, told),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP TYPE {}", self.identifier),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return moved(Sql("TYPE"), self, new)

    # Under rows it cannot be swapped: its constructors keep their names, and the new one's would clash with them.
    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        if replace(old, multirange=self.multirange) != self:
            return None
        was = identifier(old.schema, old.multirange)
        return (statement("ALTER TYPE {} RENAME TO {}", was, identifier(self.multirange)),)
