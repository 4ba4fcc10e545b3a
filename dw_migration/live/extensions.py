"""Extensions that a source needs: where they are in the target, or what keeps the target from having them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from dw_migration.catalog import Catalog
from dw_migration.kinds.extension import Extension
from dw_migration.live.reader import schemas_of
from dw_migration.sql import quoted

Connection = psycopg.Connection[tuple[Any, ...]]

_THERE = """
SELECT e.extname, n.nspname FROM pg_catalog.pg_extension e
  JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
"""

# A trusted extension needs CREATE on the database, any other a superuser.
_OBTAINABLE = """
SELECT a.name, coalesce(r.rolsuper OR NOT v.superuser OR v.trusted, r.rolsuper)
  FROM pg_catalog.pg_available_extensions a
  CROSS JOIN pg_catalog.pg_roles r
  LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
 WHERE a.name = ANY (%s) AND r.rolname = current_user
"""

_CONTRIB = frozenset(
    """
    bloom btree_gin btree_gist citext cube dict_int dict_xsyn earthdistance fuzzystrmatch hstore intarray isn lo ltree
    moddatetime pg_trgm pgcrypto seg tablefunc unaccent uuid-ossp xml2
    """.split()  # noqa: SIM905 - they read better as a paragraph
)
_PACKAGES = {
    "h3": "postgresql-{}-h3",
    "hypopg": "postgresql-{}-hypopg",
    "orafce": "postgresql-{}-orafce",
    "pg_cron": "postgresql-{}-cron",
    "pg_partman": "postgresql-{}-partman",
    "pg_repack": "postgresql-{}-repack",
    "pgaudit": "postgresql-{}-pgaudit",
    "pgrouting": "postgresql-{}-pgrouting",
    "plv8": "postgresql-{}-plv8",
    "postgis": "postgresql-{}-postgis-3",
    "semver": "postgresql-{}-semver",
    "timescaledb": "timescaledb-2-postgresql-{}",
    "vector": "postgresql-{}-pgvector",
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why the target does not have an extension, and cannot be given it by us."""

    name: str
    found: str
    remedy: str
    is_available: bool
    """The server's files are there; only the right to create it is missing."""


def needed_extensions(catalog: Catalog) -> dict[str, str]:
    """The extensions on which carried objects stand, each with its schema in the source."""
    return {each.name: each.schema for each in catalog.objects.values() if isinstance(each, Extension)}


def homes_of(target: Connection, needed: Mapping[str, str]) -> dict[str, str]:
    """Where each extension is in the target, or will be."""
    if not needed:
        return {}
    there: dict[str, str] = dict(target.execute(_THERE.encode()).fetchall())
    schemas = schemas_of(target)
    return {name: there.get(name) or (home if home in schemas else "public") for name, home in needed.items()}


def obstacles(target: Connection, needed: Iterable[str]) -> tuple[Obstacle, ...]:
    """The extensions that the target neither has nor can be given by our role, by name."""
    names = sorted(needed)
    there: dict[str, str] = dict(target.execute(_THERE.encode()).fetchall()) if names else {}
    missing = [name for name in names if name not in there]
    if not missing:
        return ()
    obtainable: dict[str, bool] = dict(target.execute(_OBTAINABLE.encode(), [missing]).fetchall())
    return tuple(_obstacle(target, name, name in obtainable) for name in missing if not obtainable.get(name))


def _obstacle(target: Connection, name: str, is_available: bool) -> Obstacle:  # noqa: FBT001 - private
    create = f"CREATE EXTENSION {quoted(name)};"
    if is_available:
        found = f"the extension {name}, on which objects of the source stand, is not in the database, and only a"
        return Obstacle(name, f"{found} superuser may create it", f"have one run there: {create}", is_available=True)
    found = f"the server cannot have the extension {name}, on which objects of the source stand"
    package = _package(name, target.info.server_version // 10000)
    remedy = f"install its package there{package}, or leave out the tables that need it (exclude:)"
    return Obstacle(name, found, remedy, is_available=False)


def _package(name: str, version: int) -> str:
    if name in _CONTRIB:
        return f" (it is one of PostgreSQL's own: postgresql-contrib, or postgresql{version}-contrib)"
    return f" (Debian: {_PACKAGES[name].format(version)})" if name in _PACKAGES else ""
