"""Domains; their checks are constraints of their own."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Named, Renamer, moved
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, sql, statement


@dataclass(frozen=True, slots=True)
class Domain(Named):
    """A domain. Source: https://www.postgresql.org/docs/current/sql-createdomain.html."""

    kind: ClassVar[str] = "domain"
    catalog: ClassVar[str] = "pg_type"
    namespaces: ClassVar[tuple[Space, ...]] = (Space.TYPE,)
    query: ClassVar[str] = """
        select t.oid, 0, 0, n.nspname as schema, t.typname as name,
               pg_catalog.format_type(t.typbasetype, t.typtypmod) as type,
               coalesce(cn.nspname, '') as collation_schema, coalesce(c.collname, '') as collation,
               t.typnotnull as not_null,
               coalesce(pg_catalog.pg_get_expr(t.typdefaultbin, 0), '') as default
        from pg_catalog.pg_type t
        join pg_catalog.pg_namespace n on n.oid = t.typnamespace
        join pg_catalog.pg_type b on b.oid = t.typbasetype
        left join pg_catalog.pg_collation c on c.oid = t.typcollation and t.typcollation <> b.typcollation
        left join pg_catalog.pg_namespace cn on cn.oid = c.collnamespace
        where t.typtype = 'd' and t.typnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 1247 and d.objid = t.oid and d.deptype = 'e')
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(t.oid, t.xmin), 0))
        from pg_catalog.pg_type t
        where t.typtype = 'd' and t.typnamespace = any(%(schemas)s::oid[])
    """

    type: str
    collation_schema: str
    collation: str
    not_null: bool
    default: str

    def renamed(self, names: Renamer) -> Self:
        collation_schema, collation = self.collation_schema, self.collation
        if collation:
            collation_schema, collation = names.qualified(collation_schema, collation, Space.COLLATION)
        return replace(
            self,
            schema=names.schema(self.schema),
            name=names.name(self.schema, self.name, Space.TYPE),
            type=names.type(self.type),
            collation_schema=collation_schema,
            collation=collation,
            default=self.default and names.expression(self.default, schema=self.schema, relation=self.name),
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:
        text = sql("CREATE DOMAIN {} AS {}", self.identifier, deparsed(self.type)).text
        if self.collation:
            text += sql(" COLLATE {}", identifier(self.collation_schema, self.collation)).text
        if self.default:
            text += sql(" DEFAULT {}", deparsed(self.default)).text
        if self.not_null:
            text += " NOT NULL"
        return (Statement("\n    ".join((text, *parts))),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP DOMAIN {}", self.identifier),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return moved(Sql("DOMAIN"), self, new)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        if (self.type, self.collation_schema, self.collation) != (old.type, old.collation_schema, old.collation):
            return None
        return (*self._default(old), *self._nullability(old))

    def _default(self, old: Self) -> tuple[Statement, ...]:
        if self.default == old.default:
            return ()
        if not self.default:
            return (statement("ALTER DOMAIN {} DROP DEFAULT", self.identifier),)
        return (statement("ALTER DOMAIN {} SET DEFAULT {}", self.identifier, deparsed(self.default)),)

    def _nullability(self, old: Self) -> tuple[Statement, ...]:
        if self.not_null == old.not_null:
            return ()
        if self.not_null:
            return (statement("ALTER DOMAIN {} SET NOT NULL", self.identifier),)
        return (statement("ALTER DOMAIN {} DROP NOT NULL", self.identifier),)

    def through(self, old: Self) -> str | None:
        # The same type may be swapped too, and is another one by then.
        return old.type if self.type != old.type else "text"
