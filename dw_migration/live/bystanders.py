"""Objects of others that stand on ours, or in our schemas: never dropped, named with their owners."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

from dw_migration.catalog import Catalog
from dw_migration.kind import Address
from dw_migration.kinds import KIND_OF
from dw_migration.live.reader import CATALOG_OID

Connection = psycopg.Connection[tuple[Any, ...]]

# Views stand on tables by way of their rules, and generated columns on what they are made of by way of their
# expressions; what PostgreSQL drops by itself with its owner ('a', 'i') is asked no more than what it is part of.
STANDING_ON = """
    with ours (classid, objid, subid) as (
        select * from rows from (
            pg_catalog.unnest(%s::oid[]), pg_catalog.unnest(%s::oid[]), pg_catalog.unnest(%s::int[])) r
    ), known (classid, objid) as (
        select * from rows from (pg_catalog.unnest(%s::oid[]), pg_catalog.unnest(%s::oid[])) r
    ), dependent as (
        select d.classid as by_class, d.objid as by_oid, coalesce(r.ev_class, g.attrelid, d.objid) as objid,
               case when coalesce(r.ev_class, g.attrelid) is null then d.classid else 1259 end as classid,
               coalesce(c.relowner, p.proowner, t.typowner, k.relowner) as owner,
               -- of what is asked for itself, in a table that inherits
               coalesce(f.conparentid <> 0 or f.coninhcount > 0, false)
               or exists (select from pg_catalog.pg_class h where h.oid = e.adrelid and h.relispartition) as is_part
        from ours
        join pg_catalog.pg_depend d on d.refclassid = ours.classid and d.refobjid = ours.objid
                                   and (ours.subid = 0 or d.refobjsubid = ours.subid) and d.deptype = 'n'
                                   and d.refclassid <> 2615
        left join pg_catalog.pg_rewrite r on d.classid = 2618 and r.oid = d.objid
        left join pg_catalog.pg_attrdef e on d.classid = 2604 and e.oid = d.objid
        left join pg_catalog.pg_attribute g on g.attrelid = e.adrelid and g.attnum = e.adnum and g.attgenerated <> ''
        left join pg_catalog.pg_class c
            on c.oid = coalesce(r.ev_class, g.attrelid, case when d.classid = 1259 then d.objid end)
        left join pg_catalog.pg_proc p on d.classid = 1255 and p.oid = d.objid
        left join pg_catalog.pg_type t on d.classid = 1247 and t.oid = d.objid
        left join pg_catalog.pg_constraint f on d.classid = 2606 and f.oid = d.objid
        left join pg_catalog.pg_class k on k.oid = f.conrelid
    )
    select distinct pg_catalog.pg_describe_object(w.classid, w.objid, 0), pg_catalog.pg_get_userbyid(w.owner)
    from dependent w
    where not w.is_part
      and not exists (select from known where known.classid = w.by_class and known.objid = w.by_oid)
      and not exists (select from known where known.classid = w.classid and known.objid = w.objid)
    order by 1
"""

IN_SCHEMAS = """
    select pg_catalog.pg_describe_object(o.classid, o.oid, 0), pg_catalog.pg_get_userbyid(o.owner)
    from (
        select 1259 as classid, c.oid, c.relnamespace as namespace, c.relowner as owner from pg_catalog.pg_class c
        where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        union all
        select 1255, p.oid, p.pronamespace, p.proowner from pg_catalog.pg_proc p
        union all
        select 1247, t.oid, t.typnamespace, t.typowner from pg_catalog.pg_type t where t.typtype in ('e', 'd', 'r')
    ) o
    join pg_catalog.pg_namespace n on n.oid = o.namespace
    where n.nspname = any(%s) order by 1
"""


@dataclass(frozen=True, slots=True)
class Bystander:
    """Somebody's object, as PostgreSQL describes it."""

    what: str
    owner: str

    def __str__(self) -> str:
        return f"{self.what} (owner {self.owner})"


def standing_on(connection: Connection, current: Catalog, dropped: Iterable[Address]) -> tuple[Bystander, ...]:
    """Objects that are not in `current` and stand on what is to be dropped."""
    ours = [(_class_oid(address), *current.identity[address][:2]) for address in dropped if address in current.identity]
    if not ours:
        return ()
    known = [(_class_oid(address), proof[0]) for address, proof in current.identity.items()]
    rows = connection.execute(STANDING_ON, (*_columns(ours, 3), *_columns(known, 2))).fetchall()
    return tuple(Bystander(*row) for row in rows)


def in_schemas(connection: Connection, schemas: Collection[str]) -> tuple[Bystander, ...]:
    """Everything that still stands in these schemas."""
    return tuple(Bystander(*row) for row in connection.execute(IN_SCHEMAS, (list(schemas),)).fetchall())


def _class_oid(address: Address) -> int:
    return CATALOG_OID[KIND_OF[address.kind].catalog]


def _columns(rows: list[Any], width: int) -> list[list[int]]:
    return [[row[at] for row in rows] for at in range(width)]
