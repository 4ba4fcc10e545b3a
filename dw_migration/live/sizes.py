"""How much the tables of a plan hold in the target."""

from collections.abc import Collection
from typing import Any

import psycopg

from dw_migration.kind import Address
from dw_migration.live.connections import translated
from dw_migration.online import Size, Sizes

Connection = psycopg.Connection[tuple[Any, ...]]

# By the size of its files a table without rows is told for certain, whatever policies hide and whoever has analyzed it.
_SIZES = """
with recursive tree as (
    select c.oid as root, c.oid
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join rows from (pg_catalog.unnest(%s::text[]), pg_catalog.unnest(%s::text[])) asked (schema, name)
         on (asked.schema, asked.name) = (n.nspname::text, c.relname::text)
    where c.relkind in ('r', 'p', 'm')
    union
    select t.root, i.inhrelid from tree t join pg_catalog.pg_inherits i on i.inhparent = t.oid
), sized as (
    select t.root, c.reltuples, case when c.relkind = 'p' then 0 else pg_catalog.pg_relation_size(c.oid) end as bytes
    from tree t join pg_catalog.pg_class c on c.oid = t.oid
    where c.relkind in ('r', 'p', 'm')
)
select case r.relkind when 'm' then 'materialized view' else 'table' end, n.nspname::text, r.relname::text,
       r.relkind = 'p', coalesce(pg_catalog.sum(s.bytes), 0)::int8,
       case when not pg_catalog.bool_or(s.reltuples < 0 and s.bytes > 0)
            then pg_catalog.sum(s.reltuples) filter (where s.bytes > 0)::int8 end
from sized s
join pg_catalog.pg_class r on r.oid = s.root
join pg_catalog.pg_namespace n on n.oid = r.relnamespace
group by r.oid, r.relkind, n.nspname, r.relname
"""


def read_sizes(connection: Connection, tables: Collection[Address]) -> Sizes:
    """Of each of the tables that is there; locks: ACCESS SHARE on them, for a moment."""
    if not tables:
        return {}
    schemas, names = [each.schema for each in tables], [each.name for each in tables]
    with translated("target", connection):
        rows = connection.execute(_SIZES, (schemas, names)).fetchall()
    return {
        Address(kind, schema, name=name): Size(size, count, partitioned)
        for kind, schema, name, partitioned, size, count in rows
    }
