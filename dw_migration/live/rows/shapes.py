"""The shape of a server's tables, read set by set: columns, keys, references, sizes."""

import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from dw_migration.errors import SourceChanging
from dw_migration.live.connections import Session, identity
from dw_migration.live.reader import LOST, for_version, schemas_of, snapshot_of
from dw_migration.resolutions.shape import ColumnShape, ForeignKey, Shape, TableName, TableShape

# Stands before each query: every table, and every partition with the table that it is a part of in the end.
_PARTS = """
    with recursive part (oid, root) as (
        select c.oid, c.oid from pg_catalog.pg_class c
        where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't'
          and c.relnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 1259 and d.objid = c.oid and d.deptype = 'e')
        union all
        select i.inhrelid, p.root from part p
        join pg_catalog.pg_class parent on parent.oid = p.oid and parent.relkind = 'p'
        join pg_catalog.pg_inherits i on i.inhparent = p.oid
        join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition
    )
"""

_TABLES = """
    select c.oid, c.reltype, n.nspname, c.relname, c.relkind = 'p', pg_catalog.row_security_active(c.oid),
           coalesce(s.rows, -1), coalesce(s.bytes, 0), coalesce(t.triggers, '{}')
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join (
        -- before PostgreSQL 14, a table that was never analyzed says 0
        select p.root,
               sum(l.reltuples::bigint) filter (where l.reltuples > 0 or l.reltuples = 0 and l.relpages > 0) as rows,
               sum(pg_catalog.pg_table_size(l.oid)) as bytes
        from part p join pg_catalog.pg_class l on l.oid = p.oid and l.relkind = 'r' group by p.root
    ) s on s.root = c.oid
    left join (
        select p.root, array_agg(distinct g.tgname::text order by g.tgname::text) as triggers
        from part p join pg_catalog.pg_trigger g on g.tgrelid = p.oid
        where not g.tgisinternal and g.tgenabled in ('O', 'A') group by p.root
    ) t on t.root = c.oid
    where c.oid in (select root from part)
    order by n.nspname, c.relname
"""

# Of a domain over domains the last one counts; a length stands at one of them, if at any. What tells how a collation
# orders has another name in each version of PostgreSQL; without a version of it the server itself stands for one.
_COLUMNS = """
    , base (oid, type, limits, not_null, default_, depth) as (
        select t.oid, t.typbasetype, t.typtypmod, t.typnotnull, t.typdefault, 1
        from pg_catalog.pg_type t where t.typtype = 'd'
        union all
        select b.oid, t.typbasetype, greatest(b.limits, t.typtypmod), b.not_null or t.typnotnull,
               coalesce(b.default_, t.typdefault), b.depth + 1
        from base b join pg_catalog.pg_type t on t.oid = b.type and t.typtype = 'd'
    ), domain as (
        select distinct on (oid) oid, pg_catalog.format_type(type, limits) as type, not_null, default_
        from base order by oid, depth desc
    ), database as (
        select to_jsonb(d) as had, {{15: pg_catalog.pg_database_collation_actual_version(d.oid) | null}} as version
        from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()
    ), ordering as (
        select co.oid, co.collisdeterministic as deterministic,
               case co.collprovider when 'd' then coalesce(d.had ->> 'datlocprovider', 'c')
                                    else co.collprovider::text end as provider,
               case co.collprovider
                   when 'd' then coalesce(d.had ->> 'datlocale', d.had ->> 'daticulocale', d.had ->> 'datcollate')
                   else coalesce(to_jsonb(co) ->> 'colllocale', to_jsonb(co) ->> 'colliculocale', co.collcollate)
                   end as locale,
               case co.collprovider when 'd' then d.version
                                    else pg_catalog.pg_collation_actual_version(co.oid) end as version
        from pg_catalog.pg_collation co cross join database d
    )
    select a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnum,
           a.attnotnull or coalesce(d.not_null, false),
           case when a.attgenerated <> '' then ''
                else coalesce(pg_catalog.pg_get_expr(ad.adbin, ad.adrelid), d.default_, '') end,
           a.attidentity::text, a.attgenerated::text, t.typtype::text, coalesce(d.type, ''), coalesce(e.labels, '{}'),
           case when a.attcollation = 0 then ''
                when co.provider in ('b', 'c') and co.locale in ('C', 'POSIX') then 'C'
                when co.provider = 'b' and co.locale = 'C.UTF-8' then 'C'
                else co.locale || ' ' || co.provider || ' ' ||
                     coalesce(co.version, 'of ' || pg_catalog.pg_postmaster_start_time()) ||
                     case when co.deterministic then '' else ' nondeterministic' end end
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_type t on t.oid = a.atttypid
    left join pg_catalog.pg_attrdef ad on ad.adrelid = a.attrelid and ad.adnum = a.attnum
    left join domain d on d.oid = a.atttypid
    left join ordering co on co.oid = a.attcollation
    left join (
        select enumtypid, array_agg(enumlabel::text order by enumsortorder) as labels
        from pg_catalog.pg_enum group by enumtypid
    ) e on e.enumtypid = a.atttypid
    where a.attnum > 0 and not a.attisdropped and a.attrelid in (select root from part)
      and a.attname !~ '^dw_retired_.*_[0-9a-f]{8,12}$' -- which nobody fills, and no source has
    order by a.attrelid, a.attnum
"""

# The primary key first, then the narrowest key of columns that are never NULL.
_UNIQUES = """
    select i.indrelid, k.columns, i.indimmediate and k.not_null
    from pg_catalog.pg_index i
    join pg_catalog.pg_class x on x.oid = i.indexrelid
    join pg_catalog.pg_am m on m.oid = x.relam and m.amname = 'btree'
    cross join lateral (
        select array_agg(a.attname::text order by u.at) as columns,
               pg_catalog.bool_and(a.attnotnull) as not_null, count(*) as width
        from pg_catalog.unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) with ordinality u (attnum, at)
        join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = u.attnum
    ) k
    where i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
      and i.indrelid in (select root from part)
    order by i.indrelid, i.indisprimary desc, k.width, x.relname
"""

_REFERENCES = """
    select k.conrelid, k.conname, f.columns, n.nspname, c.relname, f.to_columns
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class c on c.oid = k.confrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join lateral (
        select array_agg(a.attname::text order by u.at) as columns,
               array_agg(b.attname::text order by u.at) as to_columns
        from unnest(k.conkey, k.confkey) with ordinality u (attnum, to_attnum, at)
        join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum
        join pg_catalog.pg_attribute b on b.attrelid = k.confrelid and b.attnum = u.to_attnum
    ) f
    where k.contype = 'f' and k.conparentid = 0 and k.conrelid in (select root from part)
    order by k.conrelid, k.conname
"""

_LARGE_OBJECTS = " select count(*) from pg_catalog.pg_largeobject_metadata"
_PATIENCE = 20.0
"""Seconds for which a reading is tried again that found a table locked, or gone in the middle."""


def read_shape(session: Session, place: str, schemas: Collection[str]) -> Shape:
    """The tables of these schemas with rows, in one snapshot; a schema that is not there has none.

    The session is in autocommit and has an empty search_path; CONNECT alone suffices. Takes ACCESS SHARE on each table
    for a moment. Raises: SourceChanging, where tables stay locked or keep changing.
    """
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            with snapshot_of(session):
                return _read(session, place, schemas)
        except LOST as lost:
            if time.monotonic() > until:
                told = f"{place}: the tables were not at rest once in {_PATIENCE:.0f} s: {lost.diag.message_primary}"
                raise SourceChanging(f"{told}: run it again when the migration that is going on has ended") from None


def _read(session: Session, place: str, schemas: Collection[str]) -> Shape:
    who = identity(session)
    found = [oid for name, oid in schemas_of(session).items() if name in schemas]
    rows = partial(_rows, session, found)
    columns, uniques, references = _grouped(rows(_COLUMNS)), _grouped(rows(_UNIQUES)), _grouped(rows(_REFERENCES))
    tables = [_table(row, columns, uniques, references) for row in rows(_TABLES)]
    large_objects = rows(_LARGE_OBJECTS)[0][0]
    by_name: dict[TableName, TableShape] = {each.address: each for each in tables}
    return Shape(place, who.database, who.server_version, who.system_identifier, by_name, large_objects)


def _rows(session: Session, schemas: list[int], query: str) -> list[tuple[Any, ...]]:
    text = for_version(_PARTS + query, session.info.server_version // 10000)
    return session.execute(text, {"schemas": schemas}).fetchall()


_Grouped = Mapping[int, list[tuple[Any, ...]]]


def _grouped(rows: list[tuple[Any, ...]]) -> _Grouped:
    """The rows by table, without its oid; arrays as tuples."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for oid, *row in rows:
        found[oid].append(tuple(tuple(each) if isinstance(each, list) else each for each in row))
    return found


def _table(row: tuple[Any, ...], columns: _Grouped, uniques: _Grouped, references: _Grouped) -> TableShape:
    oid, row_type, schema, name, partitioned, row_security, estimate, size, triggers = row
    known = uniques.get(oid, [])
    key = next((each for each, tells_all in known if tells_all), ())
    return TableShape(
        schema,
        name,
        tuple(ColumnShape(*each) for each in columns.get(oid, [])),
        key=key,
        uniques=tuple(dict.fromkeys(each for each, _ in known if each != key)),
        foreign_keys=tuple(ForeignKey(fk, own, (s, t), theirs) for fk, own, s, t, theirs in references.get(oid, [])),
        rows=int(estimate),
        bytes=int(size),
        partitioned=partitioned,
        oid=oid,
        row_type=row_type,
        row_security=row_security,
        triggers=tuple(triggers),
    )
