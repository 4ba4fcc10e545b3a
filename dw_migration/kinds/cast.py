"""Casts from or to a type of the source's own."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, Called, Renamer
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, joined, sql, statement

_CONTEXTS = {"e": "", "a": " AS ASSIGNMENT", "i": " AS IMPLICIT"}


@dataclass(frozen=True, slots=True)
class Cast(Called):
    """A cast. Source: https://www.postgresql.org/docs/current/sql-createcast.html."""

    kind: ClassVar[str] = "cast"
    catalog: ClassVar[str] = "pg_cast"
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_cast where oid >= 16384)"
    # One between two types of others would change what these do for the whole database; one without a function takes
    # bytes of one type for those of another, which is for superusers alone.
    query: ClassVar[str] = """
        select k.oid, 0, 0, n.nspname as schema, pg_catalog.format_type(k.castsource, null) as source,
               pg_catalog.format_type(k.casttarget, null) as target, k.castmethod::text as method,
               k.castcontext::text as context, coalesce(fn.nspname, '') as function_schema,
               coalesce(f.proname, '') as function,
               coalesce(array(select pg_catalog.format_type(u.type, null)
                              from pg_catalog.unnest(f.proargtypes::oid[]) with ordinality u(type, at)
                              order by at), '{}') as types,
               coalesce(pg_catalog.obj_description(k.oid, 'pg_cast'), '') as comment
        from pg_catalog.pg_cast k
        join lateral (
            select t.typnamespace from pg_catalog.unnest(array[k.castsource, k.casttarget]) with ordinality u(type, at)
            join pg_catalog.pg_type t on t.oid = u.type and t.typnamespace = any(%(schemas)s::oid[])
            where not exists (select from pg_catalog.pg_depend d
                              where d.classid = 1247 and d.objid in (t.oid, t.typelem) and d.deptype = 'e')
            order by at limit 1
        ) own on true
        join pg_catalog.pg_namespace n on n.oid = own.typnamespace
        left join pg_catalog.pg_proc f on f.oid = k.castfunc
        left join pg_catalog.pg_namespace fn on fn.oid = f.pronamespace
        where k.oid >= 16384 and k.castmethod <> 'b'
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 2605 and d.objid = k.oid and d.deptype in ('e', 'i'))
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(k.oid, k.xmin), 0)) from pg_catalog.pg_cast k
        join pg_catalog.pg_type s on s.oid = k.castsource join pg_catalog.pg_type t on t.oid = k.casttarget
        where k.oid >= 16384
          and (s.typnamespace = any(%(schemas)s::oid[]) or t.typnamespace = any(%(schemas)s::oid[]))
    """

    schema: str
    """That of the first of its types which is the source's own."""
    source: str
    target: str
    method: str
    """As in pg_cast.castmethod: `f` by a function, `i` by way of text."""
    context: str
    """As in pg_cast.castcontext: `e` where it is asked for, `a` in assignments, `i` wherever it helps."""
    function_schema: str
    function: str
    types: tuple[str, ...]
    """What the function takes."""
    comment: str
    """Part of it, since nothing else has an address with types in it."""

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, name=f"({self.source} AS {self.target})")

    def renamed(self, names: Renamer) -> Self:
        place = self.function_schema, self.function
        function_schema, function = names.qualified(*place, Space.ROUTINE) if self.function else place
        return replace(
            self,
            schema=names.schema(self.schema),
            source=names.type(self.source),
            target=names.type(self.target),
            function_schema=function_schema,
            function=function,
            types=tuple(map(names.type, self.types)),
        )

    @property
    def described(self) -> Sql:
        return sql("CAST ({} AS {})", deparsed(self.source), deparsed(self.target))

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return (statement("CREATE {} {}{}", self.described, self._way(), Sql(_CONTEXTS[self.context])),)

    def _way(self) -> Sql:
        if self.method == "i":
            return sql("WITH INOUT")
        types = joined(map(deparsed, self.types))
        return sql("WITH FUNCTION {}({})", identifier(self.function_schema, self.function), types)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        """PostgreSQL changes nothing of one; its comment is part of it here."""
        return (self.commented(),) if replace(self, comment=old.comment) == old else None
