"""A source's schemas, read and put under the names that they have in the target."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import psycopg

from dw_migration.catalog import Catalog, uncollected
from dw_migration.config import Config, Naming, Source
from dw_migration.errors import BadConfig, BadNames, NoConnection, Unsupported
from dw_migration.kind import Address, DatabaseObject, Query
from dw_migration.kinds.aggregate import Aggregate
from dw_migration.kinds.extension import Extension
from dw_migration.kinds.function import Function
from dw_migration.live.clashes import Home, check_no_clash
from dw_migration.live.connections import Identity, connect_source, find_sources, identity, translated
from dw_migration.live.extensions import homes_of, needed_extensions
from dw_migration.live.grantees import grantable
from dw_migration.live.obtaining import obtainable
from dw_migration.live.reader import Snapshot, fingerprint, read, schemas_of
from dw_migration.live.roles import check_role
from dw_migration.live.selection import carried, chosen_schemas, looked_at, naming_rules, selected
from dw_migration.naming import Names, Renaming, Space, name_faults, source_path
from dw_migration.plan import Transformation

Connection = psycopg.Connection[tuple[Any, ...]]
_LIMIT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Reading:
    """One state of a source, under its own names."""

    source: str
    identity: Identity
    snapshot: Snapshot

    @property
    def catalog(self) -> Catalog:
        """The objects under the source's names."""
        return self.snapshot.catalog


@dataclass(frozen=True, slots=True)
class Desired:
    """What the target shall hold for a source."""

    catalog: Catalog
    originals: Mapping[Address, str]
    """The source's own names of tables and columns."""
    schemas: Mapping[str, str]
    """Target schema to source schema."""
    transformations: Mapping[Address, Transformation]
    """By address, what has another name than in the source, and why."""
    lacking: frozenset[Address] = frozenset()
    """What would be there, could it be carried over."""
    lacks: tuple[str, ...] = ()
    """What cannot be carried over although the config lets it, each with the reason and the remedy."""


def read_source(config: Config, source: Source, *, application_name: str) -> Reading:
    """The source's selected schemas and tables, as one real state.

    Raises: BadConfig for schemas and tables of the config that are not there, naming the nearest, for more partitions
    than `objects.max_partitions`, and for a role that `policy.strict_roles` forbids; NoConnection, NotAllowed,
    SourceChanging.
    """
    with opened_source(config, source, application_name=application_name) as session:
        return reading_of(config, source, session)


def reading_of(config: Config, source: Source, session: Connection) -> Reading:
    """The reading, over a session that is open already; raises as `read_source`."""
    found = schemas_of(session)
    schemas = chosen_schemas(source, found)
    check_size(config.objects.max_partitions, source, session, [found[name] for name in schemas])
    snapshot = read(session, schemas, looked_at(config.objects))
    snapshot = replace(snapshot, catalog=carried(config.objects, snapshot.catalog))
    return Reading(source.name, identity(session), selected(source, snapshot))


_PARTITIONS = """
    select pg_catalog.format('%%I.%%I', n.nspname, p.relname), pg_catalog.count(*) as own,
           pg_catalog.sum(pg_catalog.count(*)) over () as every
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition and c.relkind in ('r', 'p')
    join pg_catalog.pg_class p on p.oid = i.inhparent
    join pg_catalog.pg_namespace n on n.oid = p.relnamespace
    where c.relnamespace = any(%s::oid[])
    group by n.nspname, p.relname order by own desc, 1 limit 1
"""


def check_size(most: int, source: Source, session: Connection, schemas: Iterable[int]) -> None:
    """Nothing, where the schemas have no more partitions than `most`; one query, before anything is read.

    Raises: BadConfig with the number, and the table that has the most of them.
    """
    found = session.execute(_PARTITIONS, [sorted(schemas)]).fetchone()
    if found is None or found[2] <= most:
        return
    table, own, every = found
    raise BadConfig(
        f"{source.where}: {every} partitions, {own} of them in table {table}; expected at most {most} "
        "(objects.max_partitions): detach or merge old ones, name only schemas without them in "
        f"{source.where}.schemas, or raise the limit (docs/objects.md says what a partition costs)"
    )


def source_fingerprint(config: Config, source: Source, *, application_name: str) -> str:
    """The fingerprint alone, as `read_source` would find it; cheap."""
    with opened_source(config, source, application_name=application_name) as session:
        return fingerprint_of(config, source, session)


def fingerprint_of(config: Config, source: Source, session: Connection) -> str:
    """The fingerprint, over a session that is open already; raises as `read_source`."""
    found = schemas_of(session)
    schemas = [found[name] for name in chosen_schemas(source, found)]
    return fingerprint(session, schemas, looked_at(config.objects))


def check_found(config: Config, source: Source) -> None:
    """Nothing, for one database. Raises: what keeps a pattern's from being found."""
    if source.is_pattern:
        find_sources(source, application_name="dw/look", strict_tls=config.policy.strict_tls)
        told = f"{source.where}: its databases could not be found a moment ago: run it again"
        raise NoConnection(told, where=source.where, may_pass=True)


@contextmanager
def opened_source(
    config: Config, source: Source, *, application_name: str, limit: timedelta = _LIMIT
) -> Iterator[Connection]:
    """A session on the source for the block, with errors made ours; no statement may take longer than `limit`.

    Raises: BadConfig for a role that `policy.strict_roles` forbids; NoConnection, NotAllowed.
    """
    check_found(config, source)
    session = connect_source(
        source, application_name=application_name, statement_timeout=limit, strict_tls=config.policy.strict_tls
    )
    with session, translated(source.where, session):
        if config.policy.strict_roles:
            check_role(source, session)
        yield session


# --- names -----------------------------------------------------------------------------------------------------------


@uncollected()
def desired_of(config: Config, source: Source, reading: Reading, target: Connection) -> Desired:
    """The reading under target names, with extensions where the target has them.

    Raises: BadNames with every clash at once, within the source or with another one; Unsupported for a table that
    cannot be carried over.
    """
    naming, database = config.naming_of(source), reading.identity.database
    members = [(schema, name) for space, schema, name in reading.snapshot.members if space == Space.COLLATION]
    found = obtainable(target, _shaped(config, reading.catalog), config.objects.collations, members)
    catalog = grantable(target, found.catalog)
    homes = homes_of(target, needed_extensions(catalog))
    names = _names(config, source, reading, homes)
    renamed, unreadable = _renamed(catalog, names)
    catalog = catalog.unable(unreadable)
    renamed = {address: each for address, each in renamed.items() if address in catalog.objects}
    if faults := _faults(database, renamed):
        raise BadNames(faults)
    desired = _placed(catalog.become(renamed), homes)
    originals = {new.address: old.name for old, new in renamed.items() if old.kind in {"table", "column"}}
    schemas = _schemas(renamed)
    check_no_clash(config, Home(source.name, database, schemas), target)
    return Desired(
        desired,
        originals,
        schemas,
        _transformations(naming, database, renamed),
        frozenset(_addresses(catalog.lacking, names)),
        _told({**found.lacks, **unreadable}),
    )


def _told(lacks: Mapping[Address, str]) -> tuple[str, ...]:
    return tuple(f"left out, with what stands on it: {a.kind} {a}: {why}" for a, why in sorted(lacks.items()))


def names_of(config: Config, source: Source, reading: Reading) -> tuple[Home, tuple[str, ...]]:
    """The target schemas that the source would use, and every fault of its new names; the target is not asked."""
    names = _names(config, source, reading, {})
    renamed, _ = _renamed(_shaped(config, reading.catalog), names)
    database = reading.identity.database
    return Home(source.name, database, _schemas(renamed)), _faults(database, renamed)


_CODE = frozenset(
    {
        *("view", "materialized view", "function", "aggregate", "operator", "trigger", "rule", "policy"),
        "text search dictionary",
    }
)
"""Kinds without rows, of which one that cannot be renamed is left out: all others of the source go on."""


def _renamed(catalog: Catalog, names: Names) -> tuple[dict[Address, DatabaseObject], dict[Address, str]]:
    """The objects under new names by their old addresses; and why some have none. Raises: Unsupported for a table's."""
    renamed, unreadable = {}, {}
    for address, each in catalog.objects.items():
        try:
            renamed[address] = each.renamed(names)
        except Unsupported as fault:
            if address.kind not in _CODE:
                raise
            unreadable[address] = f"{fault}: write it otherwise in the source, or exclude it"
    return renamed, unreadable


def _addresses(lacking: Mapping[Address, DatabaseObject], names: Names) -> Iterator[Address]:
    """What they would be called; nothing of what has a name that cannot be told either."""
    for each in lacking.values():
        try:
            yield each.renamed(names).address
        except Unsupported:
            if isinstance(each, Query):
                yield each.address._replace(
                    schema=names.schema(each.schema), name=names.name(each.schema, each.name, Space.RELATION)
                )


def _names(config: Config, source: Source, reading: Reading, homes: Mapping[str, str]) -> Names:
    rules = naming_rules(config.naming_of(source))
    foreign = {place: homes.get(extension, place[1]) for place, extension in reading.snapshot.members.items()}
    return Names(
        rules,
        source=source.name,
        database=reading.identity.database,
        foreign=foreign,
        columns=_columns(reading.catalog),
        roots=reading.catalog.roots,
        objects=_objects(reading.catalog),
    )


def _shaped(config: Config, catalog: Catalog) -> Catalog:
    """The catalog as `objects.partitions` wants it."""
    return catalog.flattened() if config.objects.partitions == "flatten" else catalog


def _schemas(renamed: Mapping[Address, DatabaseObject]) -> dict[str, str]:
    return {new.address.schema: old.schema for old, new in renamed.items() if old.kind == "schema"}


def _columns(catalog: Catalog) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for address in catalog.objects:
        if address.kind == "column":
            found.setdefault((address.schema, address.owner), []).append(address.name)
    return found


def _objects(catalog: Catalog) -> frozenset[tuple[str, str]]:
    """What code may name: relations, types, functions."""
    objects = catalog.objects.values()
    named = {(schema, name) for each in objects for _, schema, name in each.occupies()}
    return frozenset(named | {(each.schema, each.name) for each in objects if isinstance(each, (Function, Aggregate))})


def _path(address: Address) -> tuple[str, ...]:
    if address.kind == "index":
        return (address.schema, address.name)
    return tuple(filter(None, (address.schema, address.owner, address.name)))


def _faults(database: str, renamed: Mapping[Address, DatabaseObject]) -> tuple[str, ...]:
    """What is wrong with the new names: two objects become one, or one does not fit."""
    own = [
        (old, new)
        for old, new in renamed.items()
        if old.kind not in {"comment", "default", "ownership", "extension"} and not new.is_right
    ]
    return name_faults(each for old, new in own for each in _renamings(database, old, new))


def _renamings(database: str, old: Address, new: DatabaseObject) -> Iterable[Renaming]:
    now, path = new.address, source_path(database, *_path(old))
    if old.kind == "schema":
        yield Renaming("schema", ("schema",), path, now.schema)
    elif old.kind in {"column", "attribute", "constraint"}:
        yield Renaming(old.kind, (old.kind, now.schema, now.owner), path, now.name)
    kind, path = ("sequence", f"{path} (its identity sequence)") if old.kind == "column" else (old.kind, path)
    for namespace, schema, name in new.occupies():
        yield Renaming(kind, (namespace, schema), path, name)


# --- what the target has ------------------------------------------------------------------------------------------


def _placed(desired: Catalog, homes: Mapping[str, str]) -> Catalog:
    objects = {
        address: replace(each, schema=homes[each.name]) if isinstance(each, Extension) else each
        for address, each in desired.objects.items()
    }
    return desired.replacing(objects)


# --- what became of what ---------------------------------------------------------------------------------------------

_TOLD = frozenset({"table", "enum", "composite", "range type", "domain", "sequence", "column", "attribute"})


def _transformations(
    naming: Naming, database: str, renamed: Mapping[Address, DatabaseObject]
) -> dict[Address, Transformation]:
    """Every schema, and each table, type, sequence and column whose own name changes, by address in the target."""
    lines = {}
    for old, new in renamed.items():
        now = new.address
        if old.kind == "schema":
            why = f"naming.schema: {naming.schema}"
            lines[now] = Transformation(source_path(database, old.schema), now.schema, "schema renamed", why)
        elif old.kind in _TOLD and old.name != now.name:
            path = source_path(database, *_path(old))
            lines[now] = Transformation(path, str(now), f"{old.kind} renamed", _why(naming, path, old.name, now.name))
    return lines


def _why(naming: Naming, path: str, old: str, new: str) -> str:
    if path in naming.overrides:
        return "naming.overrides"
    return f"naming.case: {naming.case}" if old.lower() == new.lower() else "naming.replace"


def told(value: Identity) -> dict[str, Any]:
    """The identity as the ledger keeps it: evidence, no secrets."""
    plain: dict[str, Any] = json.loads(
        json.dumps({name: getattr(value, name) for name in value.__slots__}, default=str)
    )
    return plain
