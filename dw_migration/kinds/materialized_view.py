"""Materialized views; their rows are made anew from their query."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Query, moved, options_changed, storage_parameters
from dw_migration.sql import Sql, Statement, deparsed, identifier, sql, statement
from dw_migration.sql import names as listed


@dataclass(frozen=True, slots=True)
class MaterializedView(Query):
    """A materialized view. Source: https://www.postgresql.org/docs/current/sql-creatematerializedview.html."""

    kind: ClassVar[str] = "materialized view"
    catalog: ClassVar[str] = "pg_class"
    locks: ClassVar[int] = 6
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_class where oid >= 16384 and relkind = 'm')"
    query: ClassVar[str] = """
        select c.oid, 0, c.reltype, n.nspname as schema, c.relname as name,
               array(select a.attname::text from pg_catalog.pg_attribute a
                     where a.attrelid = c.oid and a.attnum > 0 order by a.attnum) as columns,
               array(select pg_catalog.format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute a
                     where a.attrelid = c.oid and a.attnum > 0 order by a.attnum) as types,
               pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';') as definition,
               coalesce(nullif(am.amname, 'heap'), '') as access_method,
               coalesce(c.reloptions, '{}') as options, c.relispopulated as populated
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        left join pg_catalog.pg_am am on am.oid = c.relam
        where c.relkind = 'm' and c.relnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 1259 and d.objid = c.oid and d.deptype = 'e')
    """
    # Names, columns and parameters are watched with those of all relations.
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(c.oid, c.relispopulated), 0))
        from pg_catalog.pg_class c where c.relkind = 'm' and c.relnamespace = any(%(schemas)s::oid[])
    """

    access_method: str
    """Empty for heap."""
    options: tuple[str, ...]
    """Storage parameters as in pg_class: `fillfactor=70`."""
    populated: bool

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        columns = sql(" ({})", listed(self.columns)) if self.columns else sql("")
        method = sql(" USING {}", identifier(self.access_method)) if self.access_method else sql("")
        options = sql(" WITH ({})", storage_parameters(self.options)) if self.options else sql("")
        filled = sql("") if self.populated else sql("\nWITH NO DATA")
        head = sql("{}{}{}{}", self.identifier, columns, method, options)
        return (statement("CREATE MATERIALIZED VIEW {} AS\n{}{}", head, deparsed(self.definition), filled),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP MATERIALIZED VIEW {}", self.identifier),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return moved(Sql("MATERIALIZED VIEW"), self, new)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        if replace(self, options=old.options, populated=old.populated) != old:
            return None
        filled = sql("") if self.populated else sql(" WITH NO DATA")
        refresh = statement("REFRESH MATERIALIZED VIEW {}{}", self.identifier, filled)
        changes = options_changed(old.options, self.options)
        options = (statement("ALTER MATERIALIZED VIEW {} {}", self.identifier, each) for each in changes)
        return (*options, *((refresh,) if self.populated != old.populated else ()))
