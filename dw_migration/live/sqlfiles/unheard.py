"""What became of a statement outside of transactions, of whose end nobody heard: the catalog tells, if it can."""

from typing import Any

from dw_migration.live.sqlfiles.asking import Logic, Query
from dw_migration.live.sqlfiles.session import Place
from dw_migration.sql import identifier, sql
from dw_migration.sqlfiles.judging import parsed

_INDEX = """
SELECT n.nspname, i.indisvalid AND i.indisready
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
 WHERE c.relname = %s AND n.nspname = coalesce(nullif(%s, ''), %s, pg_catalog.current_schema())
"""
_REPEATED = frozenset({"vacuum_stmt", "reindex_stmt", "cluster_stmt", "alter_system_stmt", "repack_stmt"})
"""To run them again does no harm."""
_UNKNOWN: tuple[str, Any] = ("", None)


def outcome(place: Place, statement: str) -> Logic[bool | None]:
    """Whether it was done; None: only a person can tell. What a killed build of an index left is removed."""
    kind, node = parsed(statement) or _UNKNOWN
    match kind:
        case "index_stmt" if node.idxname:
            return (yield from _is_built(place, node.relation.schemaname, node.idxname))
        case "drop_stmt" if node.concurrent:
            *schema, name = (item.string.sval for item in node.objects[0].list.items)
            return not (yield from _index(place, "".join(schema), name))
        case "createdb_stmt":
            return (yield from _has_database(node.dbname))
        case "dropdb_stmt":
            return not (yield from _has_database(node.dbname))
    return False if kind in _REPEATED else None


def clear(place: Place, statement: str) -> Logic[None]:
    """Remove the invalid index that a build which failed has left, so that it can be built again."""
    kind, node = parsed(statement) or _UNKNOWN
    if kind == "index_stmt" and node.concurrent and node.idxname:
        yield from _is_built(place, node.relation.schemaname, node.idxname)


def _is_built(place: Place, schema: str, name: str) -> Logic[bool]:
    found = yield from _index(place, schema, name)
    if found and not found[0][1]:
        yield Query(sql("DROP INDEX CONCURRENTLY {}", identifier(found[0][0], name)).text.encode())
        return False
    return bool(found)


def _index(place: Place, schema: str, name: str) -> Logic[list[tuple[str, bool]]]:
    path = place.path[0] if place.path else None
    rows: list[tuple[str, bool]] = yield Query(_INDEX, (name, schema, path))
    return rows


def _has_database(name: str) -> Logic[bool]:
    return bool((yield Query("SELECT FROM pg_catalog.pg_database WHERE datname = %s", (name,))))
