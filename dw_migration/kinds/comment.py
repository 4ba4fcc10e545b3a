"""Comments on all other kinds."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.sql import Sql, Statement, identifier, sql, statement


@dataclass(frozen=True, slots=True)
class Comment(DatabaseObject):
    """A comment. Source: https://www.postgresql.org/docs/current/sql-comment.html."""

    kind: ClassVar[str] = "comment"
    catalog: ClassVar[str] = ""
    query: ClassVar[str] = """
        select 0, 0, 0, o.of, o.schema, o.owner, o.name, d.description as text
        from pg_catalog.pg_description d
        join (
            select 1259 as classid, c.oid, 0 as subid, n.nspname as schema,
                   case when c.relkind = 'i' then r.relname else '' end as owner, c.relname as name,
                   case c.relkind when 'r' then 'table' when 'S' then 'sequence' else 'index' end as of
            from pg_catalog.pg_class c
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            left join pg_catalog.pg_index i on i.indexrelid = c.oid and c.relkind = 'i'
            left join pg_catalog.pg_class r on r.oid = i.indrelid
            where c.relkind in ('r', 'S', 'i') and not c.relispartition and c.relnamespace = any(%(schemas)s::oid[])
            union all
            select 1259, c.oid, a.attnum, n.nspname, c.relname, a.attname, 'column'
            from pg_catalog.pg_attribute a
            join pg_catalog.pg_class c on c.oid = a.attrelid
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where a.attnum > 0 and c.relkind = 'r' and not c.relispartition
              and c.relnamespace = any(%(schemas)s::oid[])
            union all
            select 2606, k.oid, 0, n.nspname, coalesce(c.relname, t.typname), k.conname,
                   case when k.contypid = 0 then 'constraint' else 'domain constraint' end
            from pg_catalog.pg_constraint k
            join pg_catalog.pg_namespace n on n.oid = k.connamespace
            left join pg_catalog.pg_class c on c.oid = k.conrelid
            left join pg_catalog.pg_type t on t.oid = k.contypid
            where k.contype in ('p', 'u', 'f', 'c', 'x') and k.connamespace = any(%(schemas)s::oid[])
            union all
            select 1247, t.oid, 0, n.nspname, '', t.typname, case t.typtype when 'e' then 'enum' else 'domain' end
            from pg_catalog.pg_type t
            join pg_catalog.pg_namespace n on n.oid = t.typnamespace
            where t.typtype in ('e', 'd') and t.typnamespace = any(%(schemas)s::oid[])
            union all
            select 2615, n.oid, 0, n.nspname, '', '', 'schema'
            from pg_catalog.pg_namespace n where n.oid = any(%(schemas)s::oid[])
        ) o on o.classid = d.classoid and o.oid = d.objoid and o.subid = d.objsubid
        where not (o.of = 'schema' and o.schema = 'public' and d.description = 'standard public schema')
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(d.objoid, d.classoid, d.objsubid, d.xmin), 0))
        from pg_catalog.pg_description d
        where d.objoid >= 16384 or d.classoid = 2615
    """

    of: str
    """The kind of what is described; `domain constraint` where PostgreSQL's COMMENT says so."""
    schema: str
    owner: str
    name: str
    text: str

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, self.owner, self.name, self.of)

    @property
    def parent(self) -> Address:
        kind = "constraint" if self.of == "domain constraint" else self.of
        return Address(kind, self.schema, self.owner, self.name)

    def needs(self) -> tuple[Address, ...]:
        return (self.parent,)

    def renamed(self, names: Renamer) -> Self:
        name = self.name
        if name:
            own = self.owner and self.of != "index"
            name = names.member(self.schema, self.owner, name) if own else names.name(self.schema, name)
        owner = self.owner and names.name(self.schema, self.owner)
        return replace(self, schema=names.schema(self.schema), owner=owner, name=name)

    def _place(self) -> Sql:
        relation = identifier(self.schema, self.owner)
        match self.of:
            case "schema":
                return sql("SCHEMA {}", identifier(self.schema))
            case "column":
                return sql("COLUMN {}", identifier(self.schema, self.owner, self.name))
            case "constraint":
                return sql("CONSTRAINT {} ON {}", identifier(self.name), relation)
            case "domain constraint":
                return sql("CONSTRAINT {} ON DOMAIN {}", identifier(self.name), relation)
            case of:
                word = {"enum": "TYPE"}.get(of, of.upper())
                return sql("{} {}", Sql(word), identifier(self.schema, self.name))

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return (statement("COMMENT ON {} IS {}", self._place(), self.text),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("COMMENT ON {} IS NULL", self._place()),)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:  # noqa: ARG002 - the new text replaces the old one
        return self.create()
