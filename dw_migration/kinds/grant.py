"""Grants: what a role other than the owner may do with an object, where that is not as PostgreSQL has it by itself."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Query, Renamer, regranted
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, joined, quoted, sql

_OF_VIEW = "column of a "
_CALLED = frozenset({"function", "aggregate"})
_TYPES = frozenset({"enum", "composite", "range type", "domain"})
_WORDS = {
    "sequence": "SEQUENCE",
    "schema": "SCHEMA",
    **dict.fromkeys(_CALLED, "ROUTINE"),
    **dict.fromkeys(_TYPES, "TYPE"),
}


@dataclass(frozen=True, slots=True)
class Grant(DatabaseObject):
    """What one role may do with one object. Source: https://www.postgresql.org/docs/current/ddl-priv.html."""

    kind: ClassVar[str] = "grant"
    catalog: ClassVar[str] = ""
    is_right: ClassVar[bool] = True
    locks: ClassVar[int] = 1
    found_where: ClassVar[str] = """
        exists (select from pg_catalog.pg_class where oid >= 16384 and relacl is not null)
        or exists (select from pg_catalog.pg_attribute where attrelid >= 16384 and attacl is not null)
        or exists (select from pg_catalog.pg_proc where oid >= 16384 and proacl is not null)
        or exists (select from pg_catalog.pg_type where oid >= 16384 and typacl is not null)
        or exists (select from pg_catalog.pg_namespace n
                   left join pg_catalog.pg_init_privs i on i.classoid = 2615 and i.objoid = n.oid
                   where (n.oid >= 16384 or n.nspname = 'public') and n.nspacl is distinct from i.initprivs)
    """
    # What initdb gives everybody in the schema public is nobody's grant.
    query: ClassVar[str] = """
        select 0, 0, 0, o.of, o.schema, o.owner, o.name, o.types, coalesce(r.rolname::text, '') as grantee,
               e.privileges, e.grantable, e.usual, coalesce(wn.nspname, '') as whole_schema,
               coalesce(wc.relname, '') as whole_table
        from (
            select case when c.relkind in ('r', 'p') then 'table' when c.relkind = 'v' then 'view'
                        when c.relkind = 'm' then 'materialized view' else 'sequence' end as of,
                   n.nspname::text as schema, '' as owner, c.relname::text as name, '{}'::text[] as types,
                   case c.relkind when 'S' then 's' else 'r' end as sort, c.relowner as holder, c.relacl as acl,
                   1259 as classid, c.oid
            from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p', 'v', 'm', 'S') and c.relpersistence <> 't' and c.relacl is not null
              and n.oid = any(%(schemas)s::oid[])
            union all
            select case c.relkind when 'v' then 'column of a view' when 'm' then 'column of a materialized view'
                                  else 'column' end,
                   n.nspname, c.relname, a.attname, '{}', 'c', c.relowner, a.attacl, 1259, c.oid
            from pg_catalog.pg_attribute a
            join pg_catalog.pg_class c on c.oid = a.attrelid
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p', 'v', 'm') and c.relpersistence <> 't'
              and a.attnum > 0 and not a.attisdropped and a.attacl is not null and n.oid = any(%(schemas)s::oid[])
            union all
            select case p.prokind when 'a' then 'aggregate' else 'function' end, n.nspname, '', p.proname,
                   array(select pg_catalog.format_type(u.type, null)
                         from pg_catalog.unnest(p.proargtypes::oid[]) with ordinality u(type, at) order by at),
                   'f', p.proowner, p.proacl, 1255, p.oid
            from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
            where p.proacl is not null and n.oid = any(%(schemas)s::oid[])
            union all
            select case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'r' then 'range type'
                                  else 'composite' end,
                   n.nspname, '', t.typname, '{}', 'T', t.typowner, t.typacl, 1247, t.oid
            from pg_catalog.pg_type t
            join pg_catalog.pg_namespace n on n.oid = t.typnamespace
            left join pg_catalog.pg_class c on c.oid = t.typrelid
            where t.typtype in ('e', 'd', 'r', 'c') and coalesce(c.relkind = 'c', true) and t.typacl is not null
              and n.oid = any(%(schemas)s::oid[])
            union all
            select 'schema', n.nspname, '', '', '{}', 'n', n.nspowner, n.nspacl, 2615, n.oid
            from pg_catalog.pg_namespace n where n.nspacl is not null and n.oid = any(%(schemas)s::oid[])
        ) o
        left join pg_catalog.pg_init_privs i on o.of = 'schema' and i.classoid = 2615 and i.objoid = o.oid
        cross join lateral (
            select x.grantee,
                   coalesce(pg_catalog.array_agg(distinct x.privilege_type order by x.privilege_type)
                            filter (where x.is_there), '{}') as privileges,
                   coalesce(pg_catalog.array_agg(distinct x.privilege_type order by x.privilege_type)
                            filter (where x.is_there and x.is_grantable), '{}') as grantable,
                   coalesce(pg_catalog.array_agg(distinct x.privilege_type order by x.privilege_type)
                            filter (where not x.is_there), '{}') as usual
            from (
                select true as is_there, g.grantee, g.privilege_type, g.is_grantable
                from pg_catalog.aclexplode(o.acl) g
                where not exists (select from pg_catalog.aclexplode(i.initprivs) b
                                  where b.grantee = g.grantee and b.privilege_type = g.privilege_type)
                union all
                select false, d.grantee, d.privilege_type, false
                from pg_catalog.aclexplode(pg_catalog.acldefault(o.sort::"char", o.holder)) d
            ) x
            where x.grantee <> o.holder
            group by x.grantee
        ) e
        left join pg_catalog.pg_roles r on r.oid = e.grantee
        left join (
            pg_catalog.pg_class wc join pg_catalog.pg_namespace wn on wn.oid = wc.relnamespace
        ) on o.of = 'column' and wc.oid = pg_catalog.pg_partition_root(o.oid) and wc.oid <> o.oid
        where (e.privileges <> e.usual or e.grantable <> '{}') and (e.grantee = 0 or r.oid is not null)
          and not exists (select from pg_catalog.pg_depend p
                          where p.classid = o.classid and p.objid = o.oid and p.objsubid = 0
                            and p.deptype in ('e', 'i'))
    """
    # Those of functions, types and schemas are watched with these.
    watched: ClassVar[str] = """
        select sum(h) from (
            select pg_catalog.hash_record_extended(row(c.oid, c.relowner, c.relacl::text[]), 0) as h
            from pg_catalog.pg_class c where c.relacl is not null and c.relnamespace = any(%(schemas)s::oid[])
            union all
            select pg_catalog.hash_record_extended(row(a.attrelid, a.attnum, a.attacl::text[]), 0)
            from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
            where a.attacl is not null and c.relnamespace = any(%(schemas)s::oid[])
        ) u
    """

    of: str
    """The kind of the object; besides `column of a view` and the like."""
    schema: str
    owner: str
    """Of a column its relation."""
    name: str
    types: tuple[str, ...]
    """Of what a function takes."""
    grantee: str
    """Empty for PUBLIC."""
    privileges: tuple[str, ...]
    grantable: tuple[str, ...]
    """Those of them that the role may give to others."""
    usual: tuple[str, ...]
    """What the role may by itself: of a function, everybody EXECUTE."""
    whole_schema: str = field(default="", compare=False)
    whole_table: str = field(default="", compare=False)
    """Of a column of a partition the table that has the column in the end."""

    @property
    def address(self) -> Address:
        object_ = self.name if self.owner else self.parent.name
        to = f"to {quoted(self.grantee) if self.grantee else 'PUBLIC'}"
        return Address(self.kind, self.schema, self.owner, f"{object_} {to}" if object_ else to, self.of)

    @property
    def parent(self) -> Address:
        if self.of == "schema":
            return Address("schema", self.schema)
        if self.of.startswith(_OF_VIEW):
            return Address(self.of.removeprefix(_OF_VIEW), self.schema, name=self.owner)
        if self.whole_table:
            return Address(self.of, self.whole_schema, self.whole_table, self.name)
        takes = f"({', '.join(self.types)})" if self.of in _CALLED else ""
        return Address(self.of, self.schema, self.owner, self.name + takes)

    @property
    def partition(self) -> Address | None:
        """The partition on whose column it is: it goes with that, though the column stays above."""
        return Address("table", self.schema, name=self.owner) if self.whole_table else None

    @property
    def overrides(self) -> Address | None:
        """Of a column what the role may do with the whole table: what is revoked there is so on all columns."""
        if not self.owner:
            return None
        of = self.of.removeprefix(_OF_VIEW) if self.of.startswith(_OF_VIEW) else "table"
        return replace(self, of=of, owner="", name=self.owner).address

    def is_on_lost_column_of(self, relation: DatabaseObject) -> bool:
        """Whether it is on a column of a view that this one has not."""
        return bool(self.owner) and isinstance(relation, Query) and self.name not in relation.columns

    def needs(self) -> tuple[Address, ...]:
        partition = (Address("partition", self.schema, name=self.owner),) if self.whole_table else ()
        return (self.parent, *partition)

    def renamed(self, names: Renamer) -> Self:
        return replace(
            self,
            schema=names.schema(self.schema),
            owner=self.owner and names.name(self.schema, self.owner, Space.RELATION),
            name=self._new_name(names),
            types=tuple(map(names.type, self.types)),
            whole_schema=self.whole_schema and names.schema(self.whole_schema),
            whole_table=self.whole_table and names.name(self.whole_schema, self.whole_table, Space.RELATION),
        )

    def _new_name(self, names: Renamer) -> str:
        if self.of in _CALLED:
            return names.name(self.schema, self.name, Space.ROUTINE)
        if self.owner:
            return names.member(self.whole_schema or self.schema, self.whole_table or self.owner, self.name)
        return self.name and names.name(self.schema, self.name, Space.TYPE if self.of in _TYPES else Space.RELATION)

    @property
    def _what(self) -> Sql:
        if self.of == "schema":
            return sql("SCHEMA {}", identifier(self.schema))
        place = identifier(self.schema, self.owner or self.name)
        if self.of in _CALLED:
            place = sql("{}({})", place, joined(map(deparsed, self.types)))
        return sql("{} {}", Sql(_WORDS.get(self.of, "TABLE")), place)

    def _rights(self) -> dict[str, bool]:
        return {each: each in self.grantable for each in self.privileges}

    def _from(self, old: dict[str, bool], new: dict[str, bool]) -> tuple[Statement, ...]:
        column = self.name if self.owner else ""
        return tuple(regranted(self._what, self.grantee, old, new, column=column))

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return self._from(dict.fromkeys(self.usual, False), self._rights())

    def drop(self) -> tuple[Statement, ...]:
        return self._from(self._rights(), dict.fromkeys(self.usual, False))

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        return self._from(old._rights(), self._rights())
