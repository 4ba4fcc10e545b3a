"""A server's schemas as a Catalog: one real state, or none."""

import re
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import psycopg
from psycopg.rows import TupleRow

from dw_migration.catalog import Catalog, restored
from dw_migration.errors import SourceChanging
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds import KINDS

Connection = psycopg.Connection[TupleRow]
ObjectId = tuple[int, int, int]
"""Oid of the system catalog, oid, attnum or 0: as in pg_depend."""

CATALOG_OID = {
    "pg_class": 1259,
    "pg_type": 1247,
    "pg_attrdef": 2604,
    "pg_constraint": 2606,
    "pg_namespace": 2615,
    "pg_extension": 3079,
}

SYSTEM = "nspname like 'pg\\_%' or nspname = 'information_schema' or nspname = 'dw_migration'"

# Whose dependencies are those of another: array and row types, indexes of constraints, sequences of identity
# columns, expressions of generated columns.
FOLDED = """
    select 1247, t.typarray, 0, 1247, t.oid, 0 from pg_catalog.pg_type t
    where t.typarray <> 0 and t.typtype in ('e', 'd') and t.typnamespace = any(%(schemas)s::oid[])
    union all
    select 1247, c.reltype, 0, 1259, c.oid, 0 from pg_catalog.pg_class c
    where c.reltype <> 0 and c.relkind = 'r' and c.relnamespace = any(%(schemas)s::oid[])
    union all
    select 1259, k.conindid, 0, 2606, k.oid, 0 from pg_catalog.pg_constraint k
    where k.contype in ('p', 'u', 'x') and k.connamespace = any(%(schemas)s::oid[])
    union all
    select d.classid, d.objid, 0, 1259, d.refobjid, d.refobjsubid from pg_catalog.pg_depend d
    join pg_catalog.pg_class c on c.oid = d.objid and c.relkind = 'S'
    where d.deptype = 'i' and d.classid = 1259 and d.refclassid = 1259
    union all
    select 2604, ad.oid, 0, 1259, ad.adrelid, ad.adnum from pg_catalog.pg_attrdef ad
    join pg_catalog.pg_attribute a on a.attrelid = ad.adrelid and a.attnum = ad.adnum and a.attgenerated <> ''
    union all
    select d.classid, d.objid, 0, 3079, d.refobjid, 0 from pg_catalog.pg_depend d
    where d.deptype = 'e' and d.refclassid = 3079 and d.objid >= 16384
"""

# Edges that no field tells: everything "normal" on what a user made, except on its schema.
EDGES = """
    select d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid
    from pg_catalog.pg_depend d
    where d.deptype = 'n' and d.refobjid >= 16384 and d.objid >= 16384
      and d.refclassid <> 2615 and d.classid in (1259, 1247, 2604, 2606)
"""

# Members of extensions: their names are not ours to change.
MEMBERS = """
    select n.nspname, m.name, e.extname
    from pg_catalog.pg_depend d
    join pg_catalog.pg_extension e on e.oid = d.refobjid and e.extname <> 'plpgsql'
    join (
        select 1259 as classid, oid, relname as name, relnamespace as namespace from pg_catalog.pg_class
        union all select 1247, oid, typname, typnamespace from pg_catalog.pg_type
        union all select 1255, oid, proname, pronamespace from pg_catalog.pg_proc
        union all select 2617, oid, oprname, oprnamespace from pg_catalog.pg_operator
        union all select 2616, oid, opcname, opcnamespace from pg_catalog.pg_opclass
        union all select 3456, oid, collname, collnamespace from pg_catalog.pg_collation
        union all select 3602, oid, cfgname, cfgnamespace from pg_catalog.pg_ts_config
        union all select 3600, oid, dictname, dictnamespace from pg_catalog.pg_ts_dict
    ) m on m.classid = d.classid and m.oid = d.objid
    join pg_catalog.pg_namespace n on n.oid = m.namespace
    where d.deptype = 'e' and d.refclassid = 3079
"""

# What stands in the schemas and is not modelled yet.
UNMODELLED = """
    select what, count(*) from (
        select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
                              when 'c' then 'composite type' when 'p' then 'partitioned table'
                              else 'partition' end as what, c.oid, 1259 as classid, c.relnamespace as namespace
        from pg_catalog.pg_class c
        where c.relkind in ('v', 'm', 'f', 'c', 'p') or (c.relkind = 'r' and c.relispartition)
        union all
        select case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
               p.oid, 1255, p.pronamespace
        from pg_catalog.pg_proc p
        union all
        select 'range type', t.oid, 1247, t.typnamespace from pg_catalog.pg_type t where t.typtype = 'r'
        union all
        select 'base type', t.oid, 1247, t.typnamespace from pg_catalog.pg_type t
        where t.typtype = 'b' and t.typcategory <> 'A'
        union all
        select 'trigger', t.oid, 2620, c.relnamespace from pg_catalog.pg_trigger t
        join pg_catalog.pg_class c on c.oid = t.tgrelid where not t.tgisinternal
        union all
        select 'rule', r.oid, 2618, c.relnamespace from pg_catalog.pg_rewrite r
        join pg_catalog.pg_class c on c.oid = r.ev_class where r.rulename <> '_RETURN'
        union all
        select 'policy', p.oid, 3256, c.relnamespace from pg_catalog.pg_policy p
        join pg_catalog.pg_class c on c.oid = p.polrelid
        union all
        select 'row security', c.oid, 0, c.relnamespace from pg_catalog.pg_class c where c.relrowsecurity
        union all
        select 'inheritance', c.oid, 0, c.relnamespace from pg_catalog.pg_inherits i
        join pg_catalog.pg_class c on c.oid = i.inhrelid where c.relkind = 'r' and not c.relispartition
        union all
        select 'invalid index', c.oid, 1259, c.relnamespace from pg_catalog.pg_index i
        join pg_catalog.pg_class c on c.oid = i.indexrelid where not i.indisvalid and c.relkind = 'i'
        union all
        select 'statistics', s.oid, 3381, s.stxnamespace from pg_catalog.pg_statistic_ext s
        union all
        select 'statistics target', a.attrelid, 0, c.relnamespace from pg_catalog.pg_attribute a
        join pg_catalog.pg_class c on c.oid = a.attrelid
        where a.attnum > 0 and a.attstattarget > {{17: -1 | 0}} and c.relkind in ('r', 'i')
        union all
        select 'operator', o.oid, 2617, o.oprnamespace from pg_catalog.pg_operator o
        union all
        select 'collation', o.oid, 3456, o.collnamespace from pg_catalog.pg_collation o
        union all
        select 'text search configuration', o.oid, 3602, o.cfgnamespace from pg_catalog.pg_ts_config o
        union all
        select 'text search dictionary', o.oid, 3600, o.dictnamespace from pg_catalog.pg_ts_dict o
    ) every
    where namespace = any(%(schemas)s::oid[])
      and not exists (select from pg_catalog.pg_depend d
                      where d.classid = every.classid and d.objid = every.oid
                        and (d.deptype = 'e' or d.deptype = 'i' and d.classid = 1255))
    group by what
"""

_SINCE = re.compile(r"\{\{(\d+): (.*?) \| (.*?)\}\}")


@lru_cache(maxsize=256)
def for_version(query: str, version: int) -> str:
    """The query as this major version of PostgreSQL understands it."""
    return _SINCE.sub(lambda match: match[2] if version >= int(match[1]) else match[3], query)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one reading of a server gives."""

    catalog: Catalog
    members: Mapping[tuple[str, str], str]
    """(schema, name) of what belongs to an extension, and which."""


def schemas_of(connection: Connection) -> dict[str, int]:
    """Every schema that is not the system's, with its oid."""
    query = f"select nspname, oid from pg_catalog.pg_namespace where not ({SYSTEM}) order by nspname"  # noqa: S608 - a constant
    return dict(connection.execute(query).fetchall())


def fingerprint(connection: Connection, schemas: Collection[int]) -> str:
    """Hash of the watched columns of all kinds: two equal ones mean that no DDL came between."""
    parts = " union all ".join(f"select '{kind.kind}', ({kind.watched})" for kind in KINDS)
    version = connection.info.server_version // 10000
    rows = connection.execute(for_version(parts, version), {"schemas": sorted(schemas)}).fetchall()
    folded = 0
    for name, value in sorted(rows):
        folded = hash_of(f"{folded}/{name}/{value}")
    return f"{folded:016x}"


def hash_of(text: str) -> int:
    """A stable 64-bit hash."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def read(connection: Connection, schemas: Collection[str], *, patience: float = 20.0) -> Snapshot:
    """One real state of these schemas.

    The connection is in autocommit, read-only and with an empty search_path. Takes ACCESS SHARE at most, each for a
    moment. Raises: SourceChanging where no two fingerprints around a reading agree within `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        snapshot = _attempt(connection, schemas)
        if snapshot:
            return snapshot
        if time.monotonic() > deadline:
            raise SourceChanging(
                f"the schemas {', '.join(sorted(schemas))} changed each time they were read, for {patience:.0f} s: "
                "run again when the migration that is going on there has ended"
            )


def _attempt(connection: Connection, schemas: Collection[str]) -> Snapshot | None:
    """A reading between two equal fingerprints, or None."""
    try:
        oids = {oid for name, oid in schemas_of(connection).items() if name in schemas}
        before = fingerprint(connection, oids)
        with snapshot_of(connection):
            snapshot = _read_once(connection, oids, before)
        return snapshot if snapshot and fingerprint(connection, oids) == before else None
    except (
        psycopg.errors.LockNotAvailable,
        psycopg.errors.InternalError_,
        psycopg.errors.UndefinedObject,
        psycopg.errors.UndefinedTable,
        psycopg.errors.DeadlockDetected,
    ):
        # Something was dropped under pg_get_expr and its like, or a lock was not to be had at once: read again.
        return None


@contextmanager
def snapshot_of(connection: Connection) -> Iterator[None]:
    """A short read-only transaction over one snapshot."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        yield


def _read_once(connection: Connection, schemas: Collection[int], before: str) -> Snapshot | None:
    version = connection.info.server_version // 10000
    parameters = {"schemas": sorted(schemas)}

    def rows(query: str) -> list[TupleRow]:
        return connection.execute(for_version(query, version), parameters, binary=True).fetchall()

    objects: dict[Address, DatabaseObject] = {}
    identity: dict[Address, tuple[int, ...]] = {}
    node: dict[ObjectId, Address] = {}
    for kind in KINDS:
        oid_of = CATALOG_OID.get(kind.catalog)
        for oid, subid, row_type, *values in rows(kind.query):
            if None in values:
                return None  # pg_get_* found nothing, or another state: it was changed meanwhile
            each = restored(kind.kind, values)
            address = each.address
            objects[address] = each
            if oid_of:
                identity[address] = (oid, subid, row_type)
                node[oid_of, oid, subid] = address
    members = {(schema, name): extension for schema, name, extension in rows(MEMBERS)}
    stands_on, missing = _edges(connection, rows(FOLDED), rows(EDGES), node)
    missing |= _unmet(objects)
    catalog = Catalog(objects, stands_on, identity, (), dict(rows(UNMODELLED)), before, connection.info.server_version)
    return Snapshot(catalog.without(missing), members)


def _edges(
    connection: Connection, folded: list[TupleRow], edges: list[TupleRow], node: dict[ObjectId, Address]
) -> tuple[dict[Address, frozenset[Address]], dict[Address, str]]:
    """What each object stands on by pg_depend; and those that stand on what was not read, with what it is."""
    for *part, catalog, oid, subid in folded:
        if whole := node.get((catalog, oid, subid)):
            node.setdefault((part[0], part[1], part[2]), whole)
    found: dict[Address, set[Address]] = defaultdict(set)
    unknown: dict[ObjectId, set[Address]] = defaultdict(set)
    for *this, catalog, oid, subid in edges:
        address = node.get((this[0], this[1], this[2]))
        if address is None:
            continue
        needed = node.get((catalog, oid, subid))
        if needed is None:
            unknown[catalog, oid, subid].add(address)
        elif needed != address:
            found[address].add(needed)
    return {address: frozenset(those) for address, those in found.items()}, _described(connection, unknown)


def _described(connection: Connection, unknown: Mapping[ObjectId, set[Address]]) -> dict[Address, str]:
    missing = {}
    for place, addresses in sorted(unknown.items()):
        row = connection.execute("select pg_catalog.pg_describe_object(%s, %s, %s)", place).fetchone()
        for address in addresses:
            missing[address] = f"stands on {row[0] if row else 'an object'}, which is not carried over"
    return missing


def _unmet(objects: Mapping[Address, DatabaseObject]) -> dict[Address, str]:
    """Objects whose own fields name something that was not read."""
    return {
        address: f"stands on {needed.kind} {needed}, which is not carried over"
        for address, each in objects.items()
        for needed in each.needs()
        if needed not in objects
    }


def read_target(connection: Connection, schemas: Collection[str]) -> Catalog:
    """The target's catalog of these schemas; those that are not there are simply not in it."""
    return read(connection, schemas).catalog
