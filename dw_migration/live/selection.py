"""What of a source is wanted, and the rules by which it is named."""

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from dw_migration.catalog import REMARKS, Catalog
from dw_migration.config import Naming, Objects, Source
from dw_migration.errors import BadConfig
from dw_migration.kind import DatabaseObject
from dw_migration.kinds import KINDS
from dw_migration.kinds.function import Function
from dw_migration.live.reader import Snapshot
from dw_migration.naming import NamingRules, Replacement


def naming_rules(naming: Naming) -> NamingRules:
    """The config's naming, as naming.Names takes it."""
    replacements = tuple(Replacement(each.pattern, each.with_) for each in naming.replace)
    return NamingRules(naming.schema, naming.case, replacements, naming.overrides)


def chosen_schemas(source: Source, found: Mapping[str, int]) -> Collection[str]:
    """The schemas that the config wants. Raises: BadConfig for those that are not there, naming the nearest."""
    if source.schemas == "all":
        return tuple(found)
    missing = [name for name in source.schemas if name not in found]
    if missing:
        raise BadConfig(
            "\n".join(f"{source.where}.schemas: no schema {name!r}{nearest(name, found)}" for name in missing)
        )
    return source.schemas


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?`, or what there is."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1, 0.5) or [each for each in names if each.lower() == name.lower()]
    return f'; did you mean "{near[0]}"?' if near else f"; there are: {', '.join(names[:20]) or 'none'}"


_SETTING = {
    "views": ("view", "materialized view"),
    "functions": ("function", "aggregate", "operator", "cast"),
    "triggers": ("trigger",),
    "rules": ("rule",),
    "policies": ("policy", "row security"),
}
"""Which kinds a setting of `objects` is about."""


def looked_at(objects: Objects) -> list[type[DatabaseObject]]:
    """The kinds that are read at a source: who may do what there is read only where it is wanted."""
    return [kind for kind in KINDS if not kind.is_right or objects.grants == "keep"]


def carried(objects: Objects, catalog: Catalog) -> Catalog:
    """The catalog of what `objects` lets be carried over; what stands on the rest is told as left out."""
    unwanted = {}
    for address, each in catalog.objects.items():
        if isinstance(each, Function) and each.security_definer and not objects.security_definer:
            unwanted[address] = "SECURITY DEFINER, and objects.security_definer is false"
        elif isinstance(each, Function) and each.language not in objects.languages:
            unwanted[address] = f"language {each.language}, which objects.languages does not name"
    settings = {kind: (name, getattr(objects, name)) for name, kinds in _SETTING.items() for kind in kinds}
    for kind in REMARKS:
        settings[kind] = ("", "skip")  # which go with what they are about
    for address in catalog.objects:
        name, setting = settings.get(address.kind, ("", ""))
        if name and setting == "skip":
            others = (settings.get(each.kind, ("", "keep"))[1] for each in catalog.dependents.get(address, ()))
            if "keep" in others:
                unwanted[address] = f"objects.{name}: skip"
    counted = {kind for kind, (name, setting) in settings.items() if name and setting != "keep"}
    return catalog.without(unwanted).needing(counted)


def selected(source: Source, snapshot: Snapshot) -> Snapshot:
    """The snapshot of the tables that the config wants."""
    patterns = () if source.tables == "all" else tuple(source.tables)
    if not patterns and not source.exclude:
        return replace(snapshot, catalog=snapshot.catalog.selecting(None))
    catalog = snapshot.catalog
    there = (*catalog.objects, *catalog.lacking)
    tables = [(a.schema, a.name) for a in there if a.kind in {"table", "view", "materialized view"}]
    _check_patterns(source, patterns, tables)

    def wanted(schema: str, name: str) -> bool:
        # A partition comes with the table that it is a part of.
        named = ((schema, name), *catalog.wholes((schema, name)))
        chosen = not patterns or any(_matches(pattern, *each) for pattern in patterns for each in named)
        return chosen and not any(_matches(pattern, *each) for pattern in source.exclude for each in named)

    return replace(snapshot, catalog=snapshot.catalog.selecting(wanted))


def _matches(pattern: str, schema: str, name: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(f"{schema}.{name}", pattern)


def _check_patterns(source: Source, patterns: Iterable[str], tables: Collection[tuple[str, str]]) -> None:
    names = {name for _, name in tables} | {f"{schema}.{name}" for schema, name in tables}
    missing = [each for each in patterns if not any(_matches(each, schema, name) for schema, name in tables)]
    if missing:
        raise BadConfig(
            "\n".join(f"{source.where}.tables: no table {each!r}{nearest(each, names)}" for each in missing)
        )
