"""What became of a statement that runs in no transaction: the catalog tells, since no commit does."""

from dataclasses import dataclass
from typing import Any

import psycopg

from dw_migration.effects import statement_of
from dw_migration.errors import NotOurs
from dw_migration.live.connections import translated
from dw_migration.revision import one_line
from dw_migration.sql import identifier, sql

Connection = psycopg.Connection[tuple[Any, ...]]

_INDEX = """
SELECT i.indisvalid AND i.indisready, t.relname, pg_catalog.pg_get_indexdef(c.oid)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
 WHERE n.nspname = %s AND c.relname = %s
"""


_Shape = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Build:
    schema: str
    name: str
    table: str
    shape: _Shape


def is_done(connection: Connection, statement: str, *, started: bool) -> bool:
    """Whether the statement need not be run (again); removes the invalid index that a killed build left behind.

    started: a former run of ours has begun it. Raises: NotOurs where the name is taken by an index that this is not.
    """
    tree = statement_of(statement)
    if tree is None:
        return False
    match tree.WhichOneof("node"):
        case "index_stmt" if tree.index_stmt.concurrent:
            node = tree.index_stmt
            build = _Build(node.relation.schemaname, node.idxname, node.relation.relname, _shape(node))
            return _is_built(connection, build, started=started)
        case "drop_stmt" if tree.drop_stmt.concurrent and started:
            schema, name = (item.string.sval for item in tree.drop_stmt.objects[0].list.items)
            return _index(connection, schema, name) is None
    return False


def _is_built(connection: Connection, build: _Build, *, started: bool) -> bool:
    found = _index(connection, build.schema, build.name)
    if found is None:
        return False
    valid, table, definition = found
    if not started or table != build.table or _shape(statement_of(definition).index_stmt) != build.shape:
        raise NotOurs(
            f"the index {one_line(build.schema)}.{one_line(build.name)} is there already, on {one_line(table)}, and "
            f"was not made by dw-migration: rename or drop it, and run it again"
        )
    if not valid:
        drop = sql("DROP INDEX CONCURRENTLY {}", identifier(build.schema, build.name)).text
        with translated("target", connection):
            connection.execute(drop.encode())
    return bool(valid)


def _shape(node: Any) -> _Shape:
    """What two spellings of one index have in common, and a stranger has seldom: method, columns, their order."""
    keys = tuple((each.name, each.ordering, each.nulls_ordering) for each in _elements(node.index_params))
    included = tuple(each.name for each in _elements(node.index_including_params))
    has_condition = node.HasField("where_clause")
    return (node.unique, node.access_method or "btree", keys, included, has_condition, node.nulls_not_distinct)


def _elements(nodes: Any) -> list[Any]:
    return [each.index_elem for each in nodes]


def _index(connection: Connection, schema: str, name: str) -> tuple[bool, str, str] | None:
    """(valid, table, definition), or None where there is none."""
    with translated("target", connection):
        row = connection.execute(_INDEX, (schema, name)).fetchone()
    return None if row is None else (row[0], row[1], row[2])
