"""Composite types; what expressions and comments say of an attribute stands on an object of its own."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import starmap
from typing import ClassVar, Self

from dw_migration.kind import Named, Renamer, moved
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, joined, sql, statement


@dataclass(frozen=True, slots=True)
class Composite(Named):
    """A composite type, its attributes in order. Source: https://www.postgresql.org/docs/current/rowtypes.html."""

    kind: ClassVar[str] = "composite"
    catalog: ClassVar[str] = "pg_class"
    namespaces: ClassVar[tuple[Space, ...]] = (Space.RELATION, Space.TYPE)
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_class where oid >= 16384 and relkind = 'c')"
    query: ClassVar[str] = """
        select c.oid, 0, c.reltype, n.nspname as schema, c.relname as name, coalesce(a.attributes, '{}') as attributes,
               coalesce(a.types, '{}') as types, coalesce(a.collation_schemas, '{}') as collation_schemas,
               coalesce(a.collations, '{}') as collations
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        left join lateral (
            select pg_catalog.array_agg(a.attname::text order by a.attnum) as attributes,
                   pg_catalog.array_agg(pg_catalog.format_type(a.atttypid, a.atttypmod) order by a.attnum) as types,
                   pg_catalog.array_agg(coalesce(cn.nspname::text, '') order by a.attnum) as collation_schemas,
                   pg_catalog.array_agg(coalesce(co.collname::text, '') order by a.attnum) as collations
            from pg_catalog.pg_attribute a
            join pg_catalog.pg_type t on t.oid = a.atttypid
            left join pg_catalog.pg_collation co on co.oid = a.attcollation and a.attcollation <> t.typcollation
            left join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        ) a on true
        where c.relkind = 'c' and c.relnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 1247 and d.objid = c.reltype and d.deptype = 'e')
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(c.oid, c.relname, t.xmin, a.attnum, a.xmin), 0))
        from pg_catalog.pg_class c
        left join pg_catalog.pg_type t on t.oid = c.reltype
        left join pg_catalog.pg_attribute a on a.attrelid = c.oid
        where c.relkind = 'c' and c.relnamespace = any(%(schemas)s::oid[])
    """

    attributes: tuple[str, ...]
    """Their names, in order."""
    types: tuple[str, ...]
    collation_schemas: tuple[str, ...]
    collations: tuple[str, ...]
    """Each empty where it is the type's own."""

    def renamed(self, names: Renamer) -> Self:
        pairs = list(zip(self.collation_schemas, self.collations, strict=True))
        collations = [names.qualified(*pair, Space.COLLATION) if pair[1] else pair for pair in pairs]
        return replace(
            self,
            schema=names.schema(self.schema),
            name=names.name(self.schema, self.name, Space.RELATION),
            attributes=tuple(names.member(self.schema, self.name, each) for each in self.attributes),
            types=tuple(map(names.type, self.types)),
            collation_schemas=tuple(schema for schema, _ in collations),
            collations=tuple(name for _, name in collations),
        )

    def ordered(self, attributes: Iterable[str]) -> Self:
        """The same type with its attributes in this order."""
        places = [self.attributes.index(name) for name in attributes]
        return replace(
            self,
            attributes=tuple(self.attributes[at] for at in places),
            types=tuple(self.types[at] for at in places),
            collation_schemas=tuple(self.collation_schemas[at] for at in places),
            collations=tuple(self.collations[at] for at in places),
        )

    def _defined(self) -> dict[str, Sql]:
        """What stands behind the name of each attribute."""
        collations = starmap(_collated, zip(self.collation_schemas, self.collations, strict=True))
        texts = (sql("{}{}", deparsed(of), collate) for of, collate in zip(self.types, collations, strict=True))
        return dict(zip(self.attributes, texts, strict=True))

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - the attributes are told here
        attributes = joined(sql("{} {}", identifier(name), of) for name, of in self._defined().items())
        return (statement("CREATE TYPE {} AS ({})", self.identifier, attributes),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP TYPE {}", self.identifier),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return moved(Sql("TYPE"), self, new)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        kept = tuple(name for name in old.attributes if name in self.attributes)
        if self.attributes[: len(kept)] != kept:
            return None  # PostgreSQL adds attributes at the end, and moves none
        now, was = self._defined(), old._defined()
        changes = [sql("DROP ATTRIBUTE {}", identifier(name)) for name in was if name not in now]
        changes += [sql("ALTER ATTRIBUTE {} TYPE {}", identifier(name), now[name]) for name in self._retyped(old)]
        changes += [sql("ADD ATTRIBUTE {} {}", identifier(name), of) for name, of in now.items() if name not in was]
        return (statement("ALTER TYPE {} {}", self.identifier, joined(changes)),)

    def _retyped(self, old: Self) -> list[str]:
        now, was = self._defined(), old._defined()
        return [name for name, of in now.items() if was.get(name, of) != of]

    def disturbs(self, old: Self) -> frozenset[str]:
        return frozenset({"attributes", "rows"} if self._retyped(old) else {"attributes"})

    def through(self, old: Self) -> str | None:
        # The text of a value is a list, without names.
        return "text" if self.attributes == old.attributes else None


def _collated(schema: str, name: str) -> Sql:
    return sql(" COLLATE {}", identifier(schema, name)) if name else sql("")
