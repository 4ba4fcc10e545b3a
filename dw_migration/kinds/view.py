"""Views; what they need of their columns is folded into them."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Query, moved, options_changed, storage_parameters
from dw_migration.sql import Sql, Statement, deparsed, sql, statement
from dw_migration.sql import names as listed


@dataclass(frozen=True, slots=True)
class View(Query):
    """A view. Source: https://www.postgresql.org/docs/current/sql-createview.html."""

    kind: ClassVar[str] = "view"
    catalog: ClassVar[str] = "pg_class"
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_class where oid >= 16384 and relkind = 'v')"
    query: ClassVar[str] = """
        select c.oid, 0, c.reltype, n.nspname as schema, c.relname as name,
               array(select a.attname::text from pg_catalog.pg_attribute a
                     where a.attrelid = c.oid and a.attnum > 0 order by a.attnum) as columns,
               array(select pg_catalog.format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute a
                     where a.attrelid = c.oid and a.attnum > 0 order by a.attnum) as types,
               pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';') as definition,
               coalesce(c.reloptions, '{}') as options
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'v' and c.relpersistence <> 't' and c.relnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 1259 and d.objid = c.oid and d.deptype = 'e')
    """
    # Names and columns are watched with those of all relations.
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(r.oid, r.xmin), 0))
        from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class
        where c.relkind = 'v' and c.relnamespace = any(%(schemas)s::oid[])
    """

    options: tuple[str, ...]
    """As in pg_class: `security_barrier=true`, `check_option=local`."""

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return (self._created(sql("CREATE VIEW")),)

    def _created(self, verb: Sql) -> Statement:
        options = sql(" WITH ({})", storage_parameters(self.options)) if self.options else sql("")
        columns = sql(" ({})", listed(self.columns)) if self.columns else sql("")
        return statement("{} {}{}{} AS\n{}", verb, self.identifier, columns, options, deparsed(self.definition))

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP VIEW {}", self.identifier),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return moved(Sql("VIEW"), self, new)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        """PostgreSQL can only add columns behind those that are there, and keeps their types."""
        if replace(self, options=old.options) == old:
            changes = options_changed(old.options, self.options)
            return tuple(statement("ALTER VIEW {} {}", self.identifier, each) for each in changes)
        there = len(old.columns)
        if (self.columns[:there], self.types[:there]) != (old.columns, old.types):
            return None
        return (self._created(sql("CREATE OR REPLACE VIEW")),)
