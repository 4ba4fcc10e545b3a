"""An SQL expression that a person wrote over the old row: one expression and nothing else, and what it calls."""

import difflib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from dw_migration.errors import BadConfig
from dw_migration.resolutions.document import shown

QualifiedName = tuple[str, ...]
"""A name as it is written: alone, or behind its schema."""

_MOST_CHARACTERS = 100_000
_CLAUSES = frozenset({"targetList", "limitOption", "op"})
"""What a SELECT of one expression has."""


@dataclass(frozen=True, slots=True)
class Expression:
    """What an expression needs."""

    functions: tuple[QualifiedName, ...]
    outermost: tuple[QualifiedName, ...]
    """Those of them that are called outside of subqueries."""
    operators: tuple[QualifiedName, ...]
    """Only those that are written with their schema; all others are PostgreSQL's own."""


def parsed_expression(text: str, columns: Collection[str]) -> Expression:
    """What the expression calls; `columns` are those of the old row.

    Raises: BadConfig where it is no expression, or more than one, or names a column that is not there.
    """
    bare = _tree(f"SELECT {text}")
    if len(bare["stmts"]) != 1 or "stmt_len" in bare["stmts"][0]:
        raise BadConfig("found a semicolon; expected one expression")
    select = _only_select(bare)
    # in brackets too: so it has no name behind it, and no comment that hides what follows
    if select is None or _only_select(_tree(f"SELECT ({text})")) is None:
        raise BadConfig("found more than one expression, or a clause behind it; expected one expression")
    nodes, outer = list(_nodes(select)), list(_nodes(select, into_queries=False))
    if not any(kind == "SubLink" for kind, _ in nodes):
        _check_columns([node for kind, node in nodes if kind == "ColumnRef"], columns)
    return Expression(_functions(nodes), _functions(outer), tuple(each for each in _operators(nodes) if len(each) > 1))


def _functions(nodes: Collection[tuple[str, Any]]) -> tuple[QualifiedName, ...]:
    return tuple(_names(node["funcname"]) for kind, node in nodes if kind == "FuncCall")


def _operators(nodes: Collection[tuple[str, Any]]) -> Iterator[QualifiedName]:
    yield from (_names(node["name"]) for kind, node in nodes if kind == "A_Expr")
    yield from (_names(node) for kind, node in nodes if kind == "operName")


def _tree(statement: str) -> Any:
    if len(statement) > _MOST_CHARACTERS:
        raise BadConfig(f"has more than {_MOST_CHARACTERS:,} characters; expected a shorter one, or a lookup_table")
    lib: Any = import_module("postgast.native").lib  # 0.1 s, and mypy cannot read its stubs
    result = lib.pg_query_parse(statement.encode())
    try:
        if result.error:
            said = result.error.contents.message.decode(errors="replace")
            raise BadConfig(f"is no SQL expression: {shown(said)[1:-1]}")
        return json.loads(bytes(result.parse_tree))
    except RecursionError:
        raise BadConfig("is nested too deeply; expected a simpler expression") from None
    finally:
        lib.pg_query_free_parse_result(result)


def _only_select(tree: Any) -> Any:
    """The SELECT, if it is of one expression without a name and has no other clause; else None."""
    match tree:
        case {"stmts": [{"stmt": {"SelectStmt": {"targetList": [{"ResTarget": target}], **rest} as select}}]}:
            is_plain = rest.keys() <= _CLAUSES and rest.get("op") == "SETOP_NONE" and "name" not in target
            return select if is_plain else None
    return None


def _nodes(tree: Any, *, into_queries: bool = True) -> Iterator[tuple[str, Any]]:
    left = [tree]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            yield from each.items()
            left += [node for kind, node in each.items() if into_queries or kind != "SubLink"]
        elif isinstance(each, list):
            left += each


def _names(parts: Any) -> QualifiedName:
    return tuple(each["String"]["sval"] for each in parts)


def _check_columns(references: Collection[Any], columns: Collection[str]) -> None:
    for each in references:
        fields = [field["String"]["sval"] if "String" in field else "*" for field in each["fields"]]
        name = fields[-1] if fields[:-1] in ([], ["o"]) else ".".join(fields)
        if name in columns:
            continue
        near = difflib.get_close_matches(name.lower(), columns, n=1)
        expected = f'"{near[0]}"?' if near else "a column of the old table, alone or behind o."
        raise BadConfig(f"found the column {shown(name)}; expected {expected}")
