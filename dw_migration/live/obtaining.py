"""What of a source the target's server can have; the rest is left out, each with what to do about it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from dw_migration.catalog import Catalog
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.collation import Collation
from dw_migration.kinds.function import Function
from dw_migration.kinds.text_search_dictionary import TextSearchDictionary
from dw_migration.live.collations import Place, Setting, collated
from dw_migration.live.extensions import needed_extensions, obstacles
from dw_migration.sql import quoted

Connection = psycopg.Connection[tuple[Any, ...]]
Reasons = Iterator[tuple[Address, str]]

_SCRATCH = "dw_migration_scratch"
_REFUSALS = (
    psycopg.errors.FeatureNotSupported,
    psycopg.errors.InvalidParameterValue,
    psycopg.errors.UndefinedObject,
    psycopg.errors.ConfigFileError,
)
"""How a server says that it cannot have something, whoever asks, and whenever."""


@dataclass(frozen=True, slots=True)
class Obtainable:
    """What of a catalog the target can have."""

    catalog: Catalog
    lacks: Mapping[Address, str]
    """What it cannot have, with the reason and the remedy; what stands on it is left out of the catalog too."""


def obtainable(
    target: Connection, catalog: Catalog, collations: Setting, members: Collection[Place] = ()
) -> Obtainable:
    """The catalog, under the source's names, without what the target's server cannot have; and what that is.

    collations: as in the config. members: those of extensions. Raises: Unsupported where all collations are to
    be kept and the target cannot have one.
    """
    refused = dict(_refused(target, catalog, tries_collations=collations != "strip"))
    lacking = {
        **dict(_missing_extensions(target, catalog)),
        **dict(_missing_languages(target, catalog)),
        **{address: why for address, why in refused.items() if address.kind != "collation"},
    }
    kept = collated(target, catalog, collations, refused, members)
    return Obtainable(kept.unable(lacking), lacking | refused)


def _missing_extensions(target: Connection, catalog: Catalog) -> Reasons:
    for each in obstacles(target, needed_extensions(catalog)):
        yield Address("extension", name=each.name), f"{each.found}: {each.remedy}"


def _missing_languages(target: Connection, catalog: Catalog) -> Reasons:
    """Functions whose language nothing brings along."""
    functions = {
        address: each.language
        for address, each in catalog.objects.items()
        if isinstance(each, Function) and not any(needed.kind == "extension" for needed in catalog.needs(address))
    }
    if not functions:
        return
    there = {name for (name,) in target.execute("select lanname from pg_catalog.pg_language").fetchall()}
    for address, language in functions.items():
        if language not in there:
            yield (
                address,
                f"the target does not have the language {language}: have a superuser install it there, as by "
                f"CREATE EXTENSION {quoted(language)}, or take it out of objects.languages",
            )


def _refused(target: Connection, catalog: Catalog, *, tries_collations: bool) -> Reasons:
    """Collations and dictionaries that the server refuses to make, which is tried in a transaction without end."""
    tried = [each for each in catalog.objects.values() if _is_the_servers(each, collations=tries_collations)]
    if not tried:
        return
    with target.transaction(force_rollback=True):
        target.execute(f"create schema {_SCRATCH}".encode())
        for each in tried:
            try:
                with target.transaction(force_rollback=True):
                    for statement in replace(each, schema=_SCRATCH).create():  # type: ignore[type-var]
                        target.execute(statement.text.encode())
            except _REFUSALS as error:
                yield each.address, f"the target's server refuses it: {error.diag.message_primary}: {_remedy(each)}"


def _is_the_servers(each: DatabaseObject, *, collations: bool) -> bool:
    """Whether the server may lack what it is made of: a locale, or files of words."""
    if isinstance(each, TextSearchDictionary):
        return each.template_schema == "pg_catalog"
    return isinstance(each, Collation) and collations


def _remedy(each: DatabaseObject) -> str:
    if isinstance(each, Collation):
        return f"give it a server with the provider {each.provided_by} and the locale {each.locale}"
    return "put its files into the folder tsearch_data of the server"
