"""A server's schemas as a Catalog: one real state, or none."""

import re
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import blake2b
from itertools import starmap

import psycopg
from psycopg.rows import TupleRow

from dw_migration.catalog import Catalog, LeftOut, uncollected
from dw_migration.errors import SourceChanging
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds import KINDS
from dw_migration.kinds.column import Column
from dw_migration.naming import Place, Space

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
    "pg_proc": 1255,
    "pg_trigger": 2620,
    "pg_rewrite": 2618,
    "pg_policy": 3256,
    "pg_statistic_ext": 3381,
    "pg_operator": 2617,
    "pg_cast": 2605,
    "pg_collation": 3456,
    "pg_ts_config": 3602,
    "pg_ts_dict": 3600,
}

_LANGUAGE = 2612

SYSTEM = "nspname like 'pg\\_%' or nspname = 'information_schema' or nspname = 'dw_migration'"

# Whose dependencies are those of another: array, row and multirange types, functions that make ranges, indexes of
# constraints, sequences of identity columns, expressions of generated columns, columns and queries of views,
# constraints of triggers.
FOLDED = """
    select 1247, t.typarray, 0, 1247, t.oid, 0 from pg_catalog.pg_type t
    where t.typarray <> 0 and t.typtype in ('e', 'd', 'r') and t.typnamespace = any(%(schemas)s::oid[])
    union all
    select 1247, part, 0, 1247, r.rngtypid, 0 from pg_catalog.pg_range r
    join pg_catalog.pg_type m on m.oid = r.rngmultitypid
    cross join pg_catalog.unnest(array[m.oid, m.typarray]) part
    where m.typnamespace = any(%(schemas)s::oid[])
    union all
    select 1255, d.objid, 0, 1247, r.rngtypid, 0 from pg_catalog.pg_range r
    join pg_catalog.pg_type t on t.oid = r.rngtypid
    join pg_catalog.pg_depend d on d.refobjid in (r.rngtypid, r.rngmultitypid)
    where d.refclassid = 1247 and d.classid = 1255 and d.deptype = 'i'
      and t.typnamespace = any(%(schemas)s::oid[])
    union all
    select 1247, part, 0, 1259, c.oid, 0 from pg_catalog.pg_class c
    join pg_catalog.pg_type t on t.oid = c.reltype
    cross join pg_catalog.unnest(array[t.oid, t.typarray]) part
    where c.relkind in ('r', 'p', 'c', 'v', 'm') and c.relnamespace = any(%(schemas)s::oid[])
    union all
    select 1259, a.attrelid, a.attnum, 1259, a.attrelid, 0 from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    where c.relkind in ('v', 'm') and c.relnamespace = any(%(schemas)s::oid[])
    union all
    select 2618, r.oid, 0, 1259, r.ev_class, 0 from pg_catalog.pg_rewrite r
    join pg_catalog.pg_class c on c.oid = r.ev_class
    where r.rulename = '_RETURN' and c.relnamespace = any(%(schemas)s::oid[])
    union all
    select 2606, t.tgconstraint, 0, 2620, t.oid, 0 from pg_catalog.pg_trigger t
    where t.tgconstraint <> 0 and not t.tgisinternal
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
    union all
    select 1247, t.typarray, 0, 3079, d.refobjid, 0 from pg_catalog.pg_depend d
    join pg_catalog.pg_type t on t.oid = d.objid and t.typarray <> 0
    where d.classid = 1247 and d.deptype = 'e' and d.refclassid = 3079 and d.objid >= 16384
"""

# Edges that no field tells: everything "normal" on what a user made, except on its schema; and the columns of indexes
# and of statistics. A column of a partition stands for that of the whole table, and for the partition.
EDGES = """
    select d.classid, d.objid, d.objsubid, d.refclassid, needed.oid, needed.subid
    from pg_catalog.pg_depend d
    left join pg_catalog.pg_class p on d.refclassid = 1259 and d.refobjsubid > 0 and p.oid = d.refobjid
                                       and p.relispartition
    left join pg_catalog.pg_attribute a on a.attrelid = p.oid and a.attnum = d.refobjsubid
    left join pg_catalog.pg_attribute w on w.attrelid = pg_catalog.pg_partition_root(p.oid) and w.attname = a.attname
    cross join lateral (
        select coalesce(w.attrelid, d.refobjid) as oid, coalesce(w.attnum, d.refobjsubid) as subid
        union all select p.oid, 0 where w.attrelid is not null
    ) needed
    where (d.deptype = 'n' or d.deptype = 'a' and d.classid = 1259 and d.refclassid = 1259 and d.refobjsubid > 0
                              and exists (select from pg_catalog.pg_class i
                                          where i.oid = d.objid and i.relkind in ('i', 'I'))
                           or d.deptype = 'a' and d.classid = 3381)
      and d.refobjid >= 16384 and d.objid >= 16384
      and d.refclassid <> 2615
      and not (d.classid = 1259 and d.refclassid = 1247 and d.objsubid = 0 -- which the tie of a typed table says
               and exists (select from pg_catalog.pg_class o where o.oid = d.objid and o.reloftype = d.refobjid))
      and d.classid in (1255, 1259, 1247, 2604, 2605, 2606, 2617, 2618, 2620, 3256, 3381, 3456, 3600, 3602)
"""

# Members of extensions: their names are not ours to change.
MEMBERS = """
    select m.space, n.nspname, m.name, e.extname
    from pg_catalog.pg_depend d
    join pg_catalog.pg_extension e on e.oid = d.refobjid and e.extname <> 'plpgsql'
    join (
        select 'relation' as space, 1259 as classid, oid, relname as name, relnamespace as namespace
        from pg_catalog.pg_class
        union all select 'type', 1259, oid, relname, relnamespace from pg_catalog.pg_class where reltype <> 0
        union all select 'type', 1247, oid, typname, typnamespace from pg_catalog.pg_type
        union all select 'routine', 1255, oid, proname, pronamespace from pg_catalog.pg_proc
        union all select 'other', 2617, oid, oprname, oprnamespace from pg_catalog.pg_operator
        union all select 'other', 2616, oid, opcname, opcnamespace from pg_catalog.pg_opclass
        union all select 'collation', 3456, oid, collname, collnamespace from pg_catalog.pg_collation
        union all select 'text search configuration', 3602, oid, cfgname, cfgnamespace from pg_catalog.pg_ts_config
        union all select 'text search dictionary', 3600, oid, dictname, dictnamespace from pg_catalog.pg_ts_dict
    ) m on m.classid = d.classid and m.oid = d.objid
    join pg_catalog.pg_namespace n on n.oid = m.namespace
    where d.deptype = 'e' and d.refclassid = 3079
"""

# What stands in the schemas, or belongs to the whole database, and no kind carries over. What may hold passwords
# (options of foreign servers and user mappings, conninfo of subscriptions) is not looked at.
UNCARRIED = """
    select what, coalesce(address, (pg_catalog.pg_identify_object(classid, oid, 0)).identity), why
    from (
        select 'foreign table' as what, c.oid, 1259 as classid, c.relnamespace as namespace,
               null as address, 'its server may need a password' as why
        from pg_catalog.pg_class c where c.relkind = 'f'
        union all
        select 'invalid index', c.oid, 1259, c.relnamespace, null, 'nothing uses it'
        from pg_catalog.pg_index i
        join pg_catalog.pg_class c on c.oid = i.indexrelid where not i.indisvalid and c.relkind = 'i'
        union all
        select 'default', d.oid, 2604, c.relnamespace,
               pg_catalog.format('%%s.%%s.%%s', n.nspname, c.relname, a.attname), 'only tables have theirs carried over'
        from pg_catalog.pg_attrdef d
        join pg_catalog.pg_class c on c.oid = d.adrelid and c.relkind not in ('r', 'p', 'f')
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = d.adnum
        union all
        select 'statistics', s.oid, 3381, s.stxnamespace, null, 'its table is not carried over'
        from pg_catalog.pg_statistic_ext s
        join pg_catalog.pg_class c on c.oid = s.stxrelid where c.relkind not in ('r', 'p', 'm')
        union all
        select case t.typtype when 'p' then 'shell type' else 'base type' end, t.oid, 1247, t.typnamespace, null,
               case t.typtype when 'p' then 'a mere name' else 'its functions are written in C' end
        from pg_catalog.pg_type t
        where (t.typtype = 'b' and t.typcategory <> 'A' or t.typtype = 'p') and t.typnamespace <> 11
        union all
        select 'shell operator', o.oid, 2617, o.oprnamespace, null, 'a mere name'
        from pg_catalog.pg_operator o where o.oprcode = 0
        union all
        select 'operator class', o.oid, 2616, o.opcnamespace, null, 'only a superuser can make one'
        from pg_catalog.pg_opclass o
        union all
        select 'operator family', o.oid, 2753, o.opfnamespace, null, 'only a superuser can make one'
        from pg_catalog.pg_opfamily o
        union all
        select 'conversion', o.oid, 2607, o.connamespace, null, 'its function is written in C'
        from pg_catalog.pg_conversion o
        union all
        select 'collation', o.oid, 3456, o.collnamespace, null, 'it is of another encoding'
        from pg_catalog.pg_collation o
        where o.collencoding not in (-1, (select encoding from pg_catalog.pg_database
                                          where datname = pg_catalog.current_database()))
        union all
        select 'text search parser', o.oid, 3601, o.prsnamespace, null, 'its functions are written in C'
        from pg_catalog.pg_ts_parser o
        union all
        select 'text search template', o.oid, 3764, o.tmplnamespace, null, 'its functions are written in C'
        from pg_catalog.pg_ts_template o
        union all
        select 'cast', k.oid, 2605, 0, null, 'both types are of others: it would change them for the whole database'
        from pg_catalog.pg_cast k
        where not exists (select from pg_catalog.pg_type t
                          where t.oid >= 16384 and t.oid in (k.castsource, k.casttarget)
                            and not exists (select from pg_catalog.pg_depend d
                                            where d.classid = 1247 and d.objid in (t.oid, t.typelem)
                                              and d.deptype = 'e'))
        union all
        select 'cast', k.oid, 2605, t.typnamespace, null, 'only a superuser can make one WITHOUT FUNCTION'
        from pg_catalog.pg_cast k join pg_catalog.pg_type t on t.oid in (k.castsource, k.casttarget)
        where k.castmethod = 'b' and t.oid >= 16384
        union all
        select 'transform', t.oid, 3576, 0, null, 'its functions are written in C' from pg_catalog.pg_transform t
        union all
        select 'language', l.oid, 2612, 0, null, 'it belongs to the whole database' from pg_catalog.pg_language l
        union all
        select 'access method', a.oid, 2601, 0, null, 'its function is written in C' from pg_catalog.pg_am a
        union all
        select 'event trigger', e.oid, 3466, 0, null, 'it belongs to the whole database'
        from pg_catalog.pg_event_trigger e
        union all
        select 'foreign-data wrapper', f.oid, 2328, 0, null, 'it belongs to the whole database'
        from pg_catalog.pg_foreign_data_wrapper f
        union all
        select 'foreign server', f.oid, 1417, 0, null, 'it belongs to the whole database'
        from pg_catalog.pg_foreign_server f
        union all
        select 'user mapping', u.umid, 1418, 0, pg_catalog.format('%%s on server %%s', u.usename, u.srvname),
               'it may hold a password'
        from pg_catalog.pg_user_mappings u
        union all
        select 'publication', p.oid, 6104, 0, null, 'it belongs to the whole database'
        from pg_catalog.pg_publication p
        union all
        select 'subscription', 16384, 6100, 0, s.subname, 'it may hold a password' -- 13 shows its oid to nobody
        from pg_catalog.pg_subscription s
        where s.subdbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
    ) every
    where oid >= 16384 and (namespace = 0 or namespace = any(%(schemas)s::oid[]))
      and not exists (select from pg_catalog.pg_depend d
                      where d.classid = every.classid and d.objid = every.oid
                        and (d.deptype = 'e' or d.deptype = 'i' and d.classid in (2605, 2753)))
    order by what, 2
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
    members: Mapping[Place, str]
    """What belongs to an extension, and to which."""


def schemas_of(connection: Connection) -> dict[str, int]:
    """Every schema that is not the system's, with its oid."""
    query = f"select nspname, oid from pg_catalog.pg_namespace where not ({SYSTEM}) order by nspname"  # noqa: S608 - a constant
    return dict(connection.execute(query).fetchall())


Kinds = Sequence[type[DatabaseObject]]


def fingerprint(connection: Connection, schemas: Collection[int], kinds: Kinds = KINDS) -> str:
    """Hash of the watched columns of these kinds: two equal ones mean that no DDL on one of them came between."""
    parts = " union all ".join(f"select '{kind.kind}', ({kind.watched})" for kind in _found_kinds(connection, kinds))
    version = connection.info.server_version // 10000
    rows: dict[str, int | None] = dict(
        connection.execute(for_version(parts, version), {"schemas": sorted(schemas)}).fetchall()
    )
    folded = 0
    for name in sorted(kind.kind for kind in KINDS):
        folded = hash_of(f"{folded}/{name}/{rows.get(name)}")
    return f"{folded:016x}"


def hash_of(text: str) -> int:
    """A stable 64-bit hash."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def read(connection: Connection, schemas: Collection[str], kinds: Kinds = KINDS, *, patience: float = 20.0) -> Snapshot:
    """One real state of these schemas, as far as it is of these kinds.

    The connection is in autocommit, read-only and with an empty search_path. Takes ACCESS SHARE at most, each for a
    moment. Raises: SourceChanging where no two fingerprints around a reading agree within `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return _attempt(connection, schemas, kinds)
        except _MovedError as moved:
            if time.monotonic() > deadline:
                raise SourceChanging(
                    f"the schemas {', '.join(sorted(schemas))} were not at rest once in {patience:.0f} s: {moved}: "
                    "run again when the migration that is going on there has ended"
                ) from None


class _MovedError(Exception):
    """Why an attempt gave no real state: another one may."""


def _attempt(connection: Connection, schemas: Collection[str], kinds: Kinds) -> Snapshot:
    """A reading between two equal fingerprints. Raises: _MovedError."""
    found = {name: oid for name, oid in schemas_of(connection).items() if name in schemas}
    try:
        before = fingerprint(connection, found.values(), kinds)
        snapshot = _read_between(connection, found.values(), kinds, before)
    except LOST as lost:
        # Something was dropped under pg_get_expr and its like, or a lock was not to be had at once.
        raise _MovedError(lost.diag.message_primary) from None
    if any(Address("schema", name) not in snapshot.catalog.objects for name in found):
        raise _MovedError("a schema was renamed")
    return snapshot


LOST = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.InternalError_,
    psycopg.errors.UndefinedObject,
    psycopg.errors.UndefinedTable,
    psycopg.errors.DeadlockDetected,
)
"""What a reading ends in when the application's own DDL comes between: another one may succeed."""


@uncollected()
def _read_between(connection: Connection, schemas: Collection[int], kinds: Kinds, before: str) -> Snapshot:
    """The snapshot. Raises: _MovedError where the fingerprint moved, or pg_get_* found nothing or another state."""
    objects = _Objects()
    # The server works on the next query while the rows of the last become objects: that saves a third of the time.
    with snapshot_of(connection), _working_ahead() as ahead:
        # First what shows the newest state in any snapshot, while that is young.
        found = sorted(_found_kinds(connection, kinds), key=lambda kind: "pg_get_indexdef" not in kind.query)
        queries = [*(kind.query for kind in found), FOLDED, EDGES, UNCARRIED, MEMBERS]
        rows = ahead.map(partial(_rows, connection, schemas), queries)
        for kind in found:
            objects.take(kind, next(rows))
        stands_on, unknown = objects.edges(next(rows), next(rows))
        uncarried = tuple(starmap(LeftOut, next(rows)))
        members = {(Space(space), schema, name): extension for space, schema, name, extension in next(rows)}
    with _working_ahead() as ahead:
        after = ahead.submit(fingerprint, connection, schemas, kinds)
        unmet = objects.unmet()
        if after.result() != before:
            raise _MovedError("it changed each time it was read")
    catalog = objects.catalog(stands_on, uncarried, before, connection.info.server_version)
    return Snapshot(catalog.unable(_described(connection, unknown) | unmet | _unreadable(stands_on)), members)


def _unreadable(stands_on: Mapping[Address, Collection[Address]]) -> dict[Address, str]:
    """The views that stand on themselves, by way of others or not, and those that stand on such."""
    views = {address: others for address, others in stands_on.items() if address.kind == "view"}
    while clear := {address for address, others in views.items() if views.keys().isdisjoint(others)}:
        views = {address: others for address, others in views.items() if address not in clear}
    return dict.fromkeys(views, "stands on a view that is made of itself: nobody can read it; define it anew")


def _found_kinds(connection: Connection, kinds: Kinds) -> list[type[DatabaseObject]]:
    """Those kinds of which the database has any: where there is little to read, planning the queries costs most."""
    found = connection.execute(f"select {', '.join(kind.found_where or 'true' for kind in kinds)}").fetchone()
    return [kind for kind, is_there in zip(kinds, found or (), strict=True) if is_there]


@contextmanager
def snapshot_of(connection: Connection) -> Iterator[None]:
    """A short read-only transaction over one snapshot."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        yield


@contextmanager
def _working_ahead() -> Iterator[ThreadPoolExecutor]:
    """A thread, which does no more than it has begun once the block ends."""
    thread = ThreadPoolExecutor(1, "dw_migration_reader")
    try:
        yield thread
    finally:
        thread.shutdown(cancel_futures=True)


def _rows(connection: Connection, schemas: Collection[int], query: str) -> list[TupleRow]:
    text = for_version(query, connection.info.server_version // 10000)
    return connection.execute(text, {"schemas": sorted(schemas)}, binary=True).fetchall()


class _Objects:
    """What is read, as it comes in."""

    def __init__(self) -> None:
        self.by_address: dict[Address, DatabaseObject] = {}
        self.identity: dict[Address, tuple[int, ...]] = {}
        self.node: dict[ObjectId, Address] = {}

    def take(self, kind: type[DatabaseObject], rows: list[TupleRow]) -> None:
        """Make an object of this kind of each row. Raises: _MovedError for a row without a definition."""
        catalog = CATALOG_OID.get(kind.catalog)
        arrays = [at for at, value in enumerate(rows[0]) if type(value) is list] if rows else []
        for row in rows:
            if None in row:
                raise _MovedError(f"a {kind.kind} changed while it was read")
            values = list(row)
            for at in arrays:
                values[at] = tuple(row[at])
            oid, subid, row_type, *fields = values
            each = kind(*fields)
            address = each.address
            self.by_address[address] = each
            if catalog:
                self.identity[address] = (oid, subid, row_type)
                self.node[catalog, oid, subid] = address

    def catalog(
        self,
        stands_on: Mapping[Address, frozenset[Address]],
        uncarried: tuple[LeftOut, ...],
        fingerprint: str,
        version: int,
    ) -> Catalog:
        """The objects as one catalog."""
        return Catalog(self.by_address, stands_on, self.identity, uncarried, {}, {}, fingerprint, version)

    def edges(
        self, folded: list[TupleRow], edges: list[TupleRow]
    ) -> tuple[dict[Address, frozenset[Address]], dict[ObjectId, set[Address]]]:
        """What each object stands on by pg_depend; and what was not read, with those that stand on it."""
        node = self.node
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
            if (catalog == CATALOG_OID["pg_collation"] and not self._insists(address, needed)) or (
                catalog == _LANGUAGE and needed is None
            ):
                continue  # whether it has the language, the target is asked
            if needed is None:
                unknown[catalog, oid, subid].add(address)
            elif needed != address or (subid and address.kind == "view"):  # each view has an edge to itself as a whole
                found[address].add(needed)
        return {address: frozenset(those) for address, those in found.items()}, unknown

    def _insists(self, address: Address, collation: Address | None) -> bool:
        """Whether it stands on the collation itself: columns and types can do without, or have it from their types."""
        if collation is None:
            return address.kind not in {"column", "attribute", "domain", "range type"}
        each = self.by_address[address]
        return not isinstance(each, Column) or bool(each.collation)

    def unmet(self) -> dict[Address, str]:
        """Objects whose own fields name something that was not read."""
        return {
            address: f"stands on {needed.kind} {needed}, which is not carried over"
            for address, each in self.by_address.items()
            for needed in each.needs()
            if needed not in self.by_address and not self._is_of_the_whole(needed)
        }

    def _is_of_the_whole(self, needed: Address) -> bool:
        """Whether it is a partition's column: that of the whole table stands for it."""
        place = Address("partition", needed.schema, name=needed.owner)
        return needed.kind == "column" and place in self.by_address


def _described(connection: Connection, unknown: Mapping[ObjectId, set[Address]]) -> dict[Address, str]:
    """Why the objects that stand on these cannot be carried over."""
    if not unknown:
        return {}
    places = sorted(unknown)
    query = """
        select pg_catalog.pg_describe_object(classid, objid, objsubid)
        from unnest(%s::oid[], %s::oid[], %s::int4[]) with ordinality u(classid, objid, objsubid, at)
        order by at
    """
    rows = connection.execute(query, [list(each) for each in zip(*places, strict=True)]).fetchall()
    return {
        address: f"stands on {described or 'an object'}, which is not carried over"
        for place, (described,) in zip(places, rows, strict=True)
        for address in unknown[place]
    }


def read_target(connection: Connection, schemas: Collection[str]) -> Catalog:
    """The target's catalog of these schemas; those that are not there are simply not in it."""
    return read(connection, schemas).catalog
