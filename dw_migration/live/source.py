"""A source's schemas, read and put under the names that they have in the target."""

import difflib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import psycopg

from dw_migration.catalog import Catalog, LeftOut
from dw_migration.config import Config, Naming, Source
from dw_migration.errors import BadConfig, BadNames, Unsupported
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.column import Column
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.extension import Extension
from dw_migration.live.connections import Identity, connect_source, identity, translated
from dw_migration.live.reader import Snapshot, fingerprint, read, schemas_of
from dw_migration.naming import Names, NamingRules, Renaming, Replacement, name_faults, source_path
from dw_migration.plan import Transformation

Connection = psycopg.Connection[tuple[Any, ...]]


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


def read_source(config: Config, source: Source, *, application_name: str) -> Reading:
    """The source's selected schemas and tables, as one real state.

    Raises: BadConfig for schemas and tables of the config that are not there, naming the nearest; NoConnection,
    NotAllowed, SourceChanging.
    """
    session = connect_source(source, application_name=application_name, strict_tls=config.policy.strict_tls)
    with session, translated(source.where, session):
        snapshot = read(session, _chosen_schemas(source, schemas_of(session)))
        return Reading(source.name, identity(session), _selected(source, snapshot))


def source_fingerprint(config: Config, source: Source, *, application_name: str) -> str:
    """The fingerprint alone, as `read_source` would find it; cheap."""
    session = connect_source(source, application_name=application_name, strict_tls=config.policy.strict_tls)
    with session, translated(source.where, session):
        found = schemas_of(session)
        return fingerprint(session, [found[name] for name in _chosen_schemas(source, found)])


def _chosen_schemas(source: Source, found: Mapping[str, int]) -> Collection[str]:
    if source.schemas == "all":
        return tuple(found)
    missing = [name for name in source.schemas if name not in found]
    if missing:
        raise BadConfig(
            "\n".join(f"{source.where}.schemas: no schema {name!r}{_nearest(name, found)}" for name in missing)
        )
    return source.schemas


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1, 0.5) or [each for each in names if each.lower() == name.lower()]
    return f'; did you mean "{near[0]}"?' if near else f"; there are: {', '.join(names[:20]) or 'none'}"


def _selected(source: Source, snapshot: Snapshot) -> Snapshot:
    """The snapshot of the tables that the config wants."""
    patterns = () if source.tables == "all" else tuple(source.tables)
    if not patterns and not source.exclude:
        return replace(snapshot, catalog=snapshot.catalog.selecting(None))
    tables = [(a.schema, a.name) for a in snapshot.catalog.objects if a.kind == "table"]
    _check_patterns(source, patterns, tables)

    def wanted(schema: str, name: str) -> bool:
        chosen = not patterns or any(_matches(pattern, schema, name) for pattern in patterns)
        return chosen and not any(_matches(pattern, schema, name) for pattern in source.exclude)

    return replace(snapshot, catalog=snapshot.catalog.selecting(wanted))


def _matches(pattern: str, schema: str, name: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(f"{schema}.{name}", pattern)


def _check_patterns(source: Source, patterns: Iterable[str], tables: Collection[tuple[str, str]]) -> None:
    names = {name for _, name in tables} | {f"{schema}.{name}" for schema, name in tables}
    missing = [each for each in patterns if not any(_matches(each, schema, name) for schema, name in tables)]
    if missing:
        raise BadConfig(
            "\n".join(f"{source.where}.tables: no table {each!r}{_nearest(each, names)}" for each in missing)
        )


# --- names -----------------------------------------------------------------------------------------------------------


def desired_of(config: Config, source: Source, reading: Reading, target: Connection) -> Desired:
    """The reading under target names, with extensions where the target has them.

    Raises: BadNames with every clash at once; Unsupported for an extension that the target cannot have.
    """
    homes = _extension_homes(target, reading)
    naming = config.naming_of(source)
    rules = naming_rules(naming)
    foreign = {name: homes.get(extension, name[0]) for name, extension in reading.snapshot.members.items()}
    database = reading.identity.database
    catalog = _without_unknown_collations(config, target, reading.catalog)
    names = Names(rules, source=source.name, database=database, foreign=foreign, columns=_columns(catalog))
    renamed = {address: each.renamed(names) for address, each in catalog.objects.items()}
    _check_names(database, renamed)
    desired = _placed(catalog.renamed(names), homes)
    originals = {new.address: old.name for old, new in renamed.items() if old.kind in {"table", "column"}}
    schemas = {new.address.schema: old.schema for old, new in renamed.items() if old.kind == "schema"}
    return Desired(desired, originals, schemas, _transformations(naming, database, renamed))


def naming_rules(naming: Naming) -> NamingRules:
    """The config's naming, as naming.Names takes it."""
    replacements = tuple(Replacement(each.pattern, each.with_) for each in naming.replace)
    return NamingRules(naming.schema, naming.case, replacements, naming.overrides)


def _columns(catalog: Catalog) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for address in catalog.objects:
        if address.kind == "column":
            found.setdefault((address.schema, address.owner), []).append(address.name)
    return found


def _path(address: Address) -> tuple[str, ...]:
    if address.kind == "index":
        return (address.schema, address.name)
    return tuple(part for part in (address.schema, address.owner, address.name) if part)


def _check_names(database: str, renamed: Mapping[Address, DatabaseObject]) -> None:
    """Raises BadNames, unless no two objects become one and every name fits."""
    own = [
        (old, new) for old, new in renamed.items() if old.kind not in {"comment", "default", "ownership", "extension"}
    ]
    faults = name_faults(each for old, new in own for each in _renamings(database, old, new))
    if faults:
        raise BadNames(tuple(faults))


def _renamings(database: str, old: Address, new: DatabaseObject) -> Iterable[Renaming]:
    now, path = new.address, source_path(database, *_path(old))
    if old.kind == "schema":
        yield Renaming("schema", ("schema",), path, now.schema)
    elif old.kind in {"column", "constraint"}:
        yield Renaming(old.kind, (old.kind, now.schema, now.owner), path, now.name)
    for namespace, schema, name in new.occupies():
        yield Renaming(old.kind, (namespace, schema), path, name)
    if isinstance(new, Column) and new.sequence:
        yield Renaming("sequence", ("relation", new.sequence_schema), f"{path} (its identity sequence)", new.sequence)


# --- extensions, collations ------------------------------------------------------------------------------------------


def _extension_homes(target: Connection, reading: Reading) -> dict[str, str]:
    """Where each needed extension is in the target, or will be."""
    needed = {e.name: e.schema for e in reading.catalog.objects.values() if isinstance(e, Extension)}
    if not needed:
        return {}
    there: dict[str, str] = dict(
        target.execute(
            "select e.extname, n.nspname from pg_catalog.pg_extension e"
            " join pg_catalog.pg_namespace n on n.oid = e.extnamespace"
        ).fetchall()
    )
    _check_available(target, [name for name in needed if name not in there])
    schemas = schemas_of(target)
    return {name: there.get(name) or (home if home in schemas else "public") for name, home in needed.items()}


def _check_available(target: Connection, names: Collection[str]) -> None:
    rows = target.execute("select name from pg_catalog.pg_available_extensions where name = any(%s)", [list(names)])
    missing = sorted(set(names) - {name for (name,) in rows.fetchall()})
    if missing:
        raise Unsupported(
            f"the target's server cannot have the extension {', '.join(missing)}, on which objects of the source "
            "stand: install its package there, or leave out the tables that need it (exclude:)"
        )


def _placed(desired: Catalog, homes: Mapping[str, str]) -> Catalog:
    objects = {
        address: replace(each, schema=homes[each.name]) if isinstance(each, Extension) else each
        for address, each in desired.objects.items()
    }
    return desired.replacing(objects)


def _without_unknown_collations(config: Config, target: Connection, catalog: Catalog) -> Catalog:
    """The catalog without collations that the target does not have; each is told as left out."""
    used = {
        each.collation
        for each in catalog.objects.values()
        if isinstance(each, (Column, Domain)) and each.collation and each.collation_schema == "pg_catalog"
    }
    if not used:
        return catalog
    query = (
        "select collname from pg_catalog.pg_collation where collnamespace = 11 and collname = any(%s)"
        " and collencoding in (-1, (select encoding from pg_catalog.pg_database"
        " where datname = pg_catalog.current_database()))"
    )
    unknown = used - {name for (name,) in target.execute(query, [list(used)]).fetchall()}
    if not unknown:
        return catalog
    if config.objects.collations == "keep":
        named = ", ".join(sorted(unknown))
        raise Unsupported(f"the target does not have the collation {named}: set objects.collations: strip_unknown")
    told, objects = list(catalog.left_out), dict(catalog.objects)
    for address, each in catalog.objects.items():
        if isinstance(each, (Column, Domain)) and each.collation in unknown and each.collation_schema == "pg_catalog":
            objects[address] = replace(each, collation="", collation_schema="")
            told.append(LeftOut("collation", str(address), f"the target does not have {each.collation}"))
    return replace(catalog.replacing(objects), left_out=tuple(told))


# --- what became of what ---------------------------------------------------------------------------------------------

_TOLD = frozenset({"table", "enum", "domain", "sequence", "column"})


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
