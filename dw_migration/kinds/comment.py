"""Comments on all other kinds."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, identifier, sql, statement

_OF_VIEW = "column of a "
_WORDS = {"enum": "TYPE", "composite": "TYPE", "range type": "TYPE", "key index": "INDEX"}
_SPACES = {
    **dict.fromkeys(("enum", "composite", "range type", "domain", "domain constraint"), Space.TYPE),
    "statistics": Space.STATISTICS,
    "collation": Space.COLLATION,
    "text search dictionary": Space.DICTIONARY,
    "text search configuration": Space.CONFIGURATION,
}
"""Of what is described, or of its owner: all others are relations, or belong to such."""


@dataclass(frozen=True, slots=True)
class Comment(DatabaseObject):
    """A comment. Source: https://www.postgresql.org/docs/current/sql-comment.html."""

    kind: ClassVar[str] = "comment"
    catalog: ClassVar[str] = ""
    locks: ClassVar[int] = 1
    query: ClassVar[str] = """
        select 0, 0, 0, case when k.oid is not null then 'key index' when c.relkind in ('r', 'p') then 'table'
                             when c.relkind = 'S' then 'sequence' when c.relkind = 'v' then 'view'
                             when c.relkind = 'm' then 'materialized view' else 'index' end as of,
               n.nspname as schema, coalesce(r.relname, '') as owner, c.relname as name, d.description as text
        from pg_catalog.pg_description d
        join pg_catalog.pg_class c on c.oid = d.objoid and c.relkind in ('r', 'p', 'S', 'i', 'I', 'v', 'm')
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        left join pg_catalog.pg_index i on i.indexrelid = c.oid
        left join pg_catalog.pg_class r on r.oid = i.indrelid
        left join pg_catalog.pg_constraint k on k.conindid = c.oid and k.conrelid = i.indrelid
                                             and k.contype in ('p', 'u', 'x')
        where d.classoid = 1259 and d.objsubid = 0 and c.relnamespace = any(%(schemas)s::oid[])
        union all
        select 0, 0, 0, case when c.relispartition then 'partition column' when c.relkind = 'c' then 'attribute'
                             when c.relkind = 'v' then 'column of a view'
                             when c.relkind = 'm' then 'column of a materialized view' else 'column' end,
               n.nspname, c.relname, a.attname, d.description
        from pg_catalog.pg_description d
        join pg_catalog.pg_class c on c.oid = d.objoid and c.relkind in ('r', 'p', 'c', 'v', 'm')
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid
        where d.classoid = 1259 and d.objsubid > 0 and c.relnamespace = any(%(schemas)s::oid[])
        union all
        select 0, 0, 0, case when k.contypid = 0 then 'constraint' else 'domain constraint' end,
               n.nspname, coalesce(c.relname, t.typname), k.conname, d.description
        from pg_catalog.pg_description d
        join pg_catalog.pg_constraint k on k.oid = d.objoid and k.contype in ('p', 'u', 'f', 'c', 'x')
        join pg_catalog.pg_namespace n on n.oid = k.connamespace
        left join pg_catalog.pg_class c on c.oid = k.conrelid
        left join pg_catalog.pg_type t on t.oid = k.contypid
        where d.classoid = 2606 and k.connamespace = any(%(schemas)s::oid[])
        union all
        select 0, 0, 0, case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'r' then 'range type'
                                       else 'composite' end, n.nspname, '', t.typname, d.description
        from pg_catalog.pg_description d
        join pg_catalog.pg_type t on t.oid = d.objoid and t.typtype in ('e', 'd', 'r', 'c')
        join pg_catalog.pg_namespace n on n.oid = t.typnamespace
        left join pg_catalog.pg_class c on c.oid = t.typrelid
        where d.classoid = 1247 and (t.typtype <> 'c' or c.relkind = 'c') and t.typnamespace = any(%(schemas)s::oid[])
        union all
        select 0, 0, 0, 'statistics', n.nspname, '', s.stxname, d.description
        from pg_catalog.pg_description d
        join pg_catalog.pg_statistic_ext s on s.oid = d.objoid
        join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
        where d.classoid = 3381 and s.stxnamespace = any(%(schemas)s::oid[])
        union all
        select 0, 0, 0, of, n.nspname, '', name, d.description
        from (
            select 3456 as catalog, oid, 'collation' as of, collnamespace as namespace, collname as name
            from pg_catalog.pg_collation
            union all
            select 3600, oid, 'text search dictionary', dictnamespace, dictname from pg_catalog.pg_ts_dict
            union all
            select 3602, oid, 'text search configuration', cfgnamespace, cfgname from pg_catalog.pg_ts_config
        ) o
        join pg_catalog.pg_description d on d.classoid = o.catalog and d.objoid = o.oid
        join pg_catalog.pg_namespace n on n.oid = o.namespace
        where o.namespace = any(%(schemas)s::oid[])
        union all
        select 0, 0, 0, of, n.nspname, c.relname, name, d.description
        from (
            select 2620 as catalog, oid, 'trigger' as of, tgrelid as relation, tgname as name from pg_catalog.pg_trigger
            where tgparentid = 0
            union all
            select 2618, oid, 'rule', ev_class, rulename from pg_catalog.pg_rewrite
            union all
            select 3256, oid, 'policy', polrelid, polname from pg_catalog.pg_policy
        ) o
        join pg_catalog.pg_description d on d.classoid = o.catalog and d.objoid = o.oid
        join pg_catalog.pg_class c on c.oid = o.relation
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relnamespace = any(%(schemas)s::oid[])
        union all
        select 0, 0, 0, 'schema', n.nspname, '', '', d.description
        from pg_catalog.pg_description d
        join pg_catalog.pg_namespace n on n.oid = d.objoid
        where d.classoid = 2615 and n.oid = any(%(schemas)s::oid[])
          and not (n.nspname = 'public' and d.description = 'standard public schema')
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(d.objoid, d.classoid, d.objsubid, d.xmin), 0))
        from pg_catalog.pg_description d
        left join pg_catalog.pg_class c on d.classoid = 1259 and c.oid = d.objoid
        left join pg_catalog.pg_constraint k on d.classoid = 2606 and k.oid = d.objoid
        left join pg_catalog.pg_type t on d.classoid = 1247 and t.oid = d.objoid
        left join pg_catalog.pg_statistic_ext s on d.classoid = 3381 and s.oid = d.objoid
        left join pg_catalog.pg_proc p on d.classoid = 1255 and p.oid = d.objoid
        left join pg_catalog.pg_trigger tg on d.classoid = 2620 and tg.oid = d.objoid
        left join pg_catalog.pg_rewrite w on d.classoid = 2618 and w.oid = d.objoid
        left join pg_catalog.pg_policy o on d.classoid = 3256 and o.oid = d.objoid
        left join pg_catalog.pg_class r on r.oid = coalesce(tg.tgrelid, w.ev_class, o.polrelid)
        left join pg_catalog.pg_operator op on d.classoid = 2617 and op.oid = d.objoid
        left join pg_catalog.pg_collation co on d.classoid = 3456 and co.oid = d.objoid
        left join pg_catalog.pg_ts_dict di on d.classoid = 3600 and di.oid = d.objoid
        left join pg_catalog.pg_ts_config tc on d.classoid = 3602 and tc.oid = d.objoid
        left join (pg_catalog.pg_cast ca join pg_catalog.pg_type ct on ct.oid in (ca.castsource, ca.casttarget))
          on d.classoid = 2605 and ca.oid = d.objoid
        where (d.objoid >= 16384 or d.classoid = 2615)
          and coalesce(c.relnamespace, k.connamespace, t.typnamespace, s.stxnamespace, p.pronamespace, r.relnamespace,
                       op.oprnamespace, co.collnamespace, di.dictnamespace, tc.cfgnamespace, ct.typnamespace,
                       case when d.classoid = 2615 then d.objoid end) = any(%(schemas)s::oid[])
    """

    of: str
    """The kind of what is described; besides `domain constraint`, `partition column` and, of a key, `key index`."""
    schema: str
    owner: str
    name: str
    text: str

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, self.owner, self.name, self.of)

    @property
    def parent(self) -> Address:
        if self.of == "partition column":  # itself an object only where it is not as the whole's
            return Address("table", self.schema, name=self.owner)
        kind = "constraint" if self.of in {"domain constraint", "key index"} else self.of
        if kind.startswith(_OF_VIEW):
            return Address(kind.removeprefix(_OF_VIEW), self.schema, name=self.owner)
        return Address(kind, self.schema, self.owner, self.name)

    def needs(self) -> tuple[Address, ...]:
        return (self.parent,)

    def renamed(self, names: Renamer) -> Self:
        space = _SPACES.get(self.of, Space.RELATION)
        return replace(
            self,
            schema=names.schema(self.schema),
            owner=self.owner and names.name(self.schema, self.owner, space),
            name=self.name and self._new_name(names, space),
        )

    def _new_name(self, names: Renamer, space: Space) -> str:
        if not self.owner or self.of == "index":
            return names.name(self.schema, self.name, space)
        if self.of.startswith(("column", "attribute", "partition column")):
            return names.member(self.schema, self.owner, self.name)
        new = names.trigger if self.of in {"trigger", "rule", "policy"} else names.constraint
        return new(self.schema, self.owner, self.name)

    def _place(self) -> Sql:
        relation = identifier(self.schema, self.owner)
        match self.of:
            case "schema":
                return sql("SCHEMA {}", identifier(self.schema))
            case of if of.startswith(("column", "attribute", "partition column")):
                return sql("COLUMN {}", identifier(self.schema, self.owner, self.name))
            case "constraint":
                return sql("CONSTRAINT {} ON {}", identifier(self.name), relation)
            case "trigger" | "rule" | "policy" as of:
                return sql("{} {} ON {}", Sql(of.upper()), identifier(self.name), relation)
            case "domain constraint":
                return sql("CONSTRAINT {} ON DOMAIN {}", identifier(self.name), relation)
            case of:
                word = _WORDS.get(of, of.upper())
                return sql("{} {}", Sql(word), identifier(self.schema, self.name))

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return (statement("COMMENT ON {} IS {}", self._place(), self.text),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("COMMENT ON {} IS NULL", self._place()),)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:  # noqa: ARG002 - the new text replaces the old one
        return self.create()
