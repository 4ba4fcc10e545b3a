"""What the statements of a file can do to data, and where they make things outside of their module."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from dw_migration.rule import Finding, Severity, Verdict
from dw_migration.sqlfiles.file import Script

_JUDGED = re.compile(r"\b(?:create|alter|drop|truncate|delete|update|merge)\b", re.IGNORECASE)
"""Words of which one is in every statement that a rule has something to say of."""
_WITH_ROWS = {
    "OBJECT_TABLE": "table",
    "OBJECT_SCHEMA": "schema",
    "OBJECT_SEQUENCE": "sequence",
    "OBJECT_TYPE": "type",
    "OBJECT_DOMAIN": "domain",
    "OBJECT_EXTENSION": "extension",
}
_MADE = {
    "create_stmt": "relation",
    "view_stmt": "view",
    "create_seq_stmt": "sequence",
    "create_table_as_stmt": "into.rel",
}
_READ_BACK = "take them elsewhere first, or have it approved: --allow-breaking"


def findings(script: Script, schema: str | None) -> tuple[Finding, ...]:
    """What was found in the statements, each with its place in the file."""
    return tuple(_found(script, schema))


def _found(script: Script, schema: str | None) -> Iterator[Finding]:
    for step in script.steps:
        if _JUDGED.search(step.text) and (statement := parsed(step.text)):
            judged = ((rule, kind, node) for kind, node in _with(*statement) for rule in (loses_rows, outside_schema))
            for rule, kind, node in judged:
                for each in rule(kind, node, schema):
                    message = f"{script.file}:{step.place.line}: {each.message}"
                    yield Finding(rule.__name__, each.severity, message, each.remedy)


def loses_rows(kind: str, node: Any, _schema: str | None) -> Iterator[Verdict]:
    """Rows are removed or overwritten, or what holds them is."""
    match kind:
        case "drop_stmt" if what := _WITH_ROWS.get(object_type(node.remove_type)):
            yield Verdict(Severity.BREAKING, f"drops a {what}, with what it holds", _READ_BACK)
        case "truncate_stmt":
            yield Verdict(
                Severity.BREAKING, f"removes all rows of {_relation(node.relations[0].range_var)}", _READ_BACK
            )
        case "delete_stmt" if not node.HasField("where_clause"):
            yield Verdict(Severity.BREAKING, f"removes all rows of {_relation(node.relation)}", _READ_BACK)
        case "update_stmt" if not node.HasField("where_clause"):
            yield Verdict(Severity.TRANSFORMABLE, f"overwrites values of all rows of {_relation(node.relation)}")
        case "dropdb_stmt":
            yield Verdict(Severity.BREAKING, f"drops the database {node.dbname}", _READ_BACK)
        case "drop_owned_stmt":
            yield Verdict(Severity.BREAKING, "drops all that roles own", _READ_BACK)
        case "merge_stmt" if "CMD_DELETE" in _merged(node):
            yield Verdict(Severity.BREAKING, f"removes rows of {_relation(node.relation)}", _READ_BACK)
        case "alter_table_stmt":
            for command in node.cmds:
                yield from _of_command(command.alter_table_cmd, _relation(node.relation))


def _merged(node: Any) -> set[str]:
    return {_name("CmdType", each.merge_when_clause.command_type) for each in node.merge_when_clauses}


def _with(kind: str, node: Any) -> Iterator[tuple[str, Any]]:
    """The statement, and those that stand in its WITH."""
    yield kind, node
    if "with_clause" in node.DESCRIPTOR.fields_by_name and node.HasField("with_clause"):
        for each in node.with_clause.ctes:
            query = each.common_table_expr.ctequery
            inner = str(query.WhichOneof("node"))
            yield from _with(inner, getattr(query, inner))


def _of_command(command: Any, table: str) -> Iterator[Verdict]:
    match _name("AlterTableType", command.subtype):
        case "AT_DropColumn":
            yield Verdict(Severity.BREAKING, f"drops the column {command.name} of {table}, with its values", _READ_BACK)
        case "AT_AlterColumnType":
            yield Verdict(
                Severity.TRANSFORMABLE, f"changes the type of {table}.{command.name}: all rows may be rewritten"
            )


def outside_schema(kind: str, node: Any, schema: str | None) -> Iterator[Verdict]:
    """An object is made in another schema than the module's own."""
    if schema is None or kind not in _MADE:
        return
    relation = node
    for part in _MADE[kind].split("."):
        relation = getattr(relation, part)
    if relation.schemaname not in {"", schema}:
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"makes {_relation(relation)}, outside of the module's schema {schema}",
            f"write {{{{tables.{relation.relname}}}}}",
        )


def _relation(relation: Any) -> str:
    return f"{relation.schemaname}.{relation.relname}" if relation.schemaname else str(relation.relname)


def parsed(text: str) -> tuple[str, Any] | None:
    """A statement's kind and node; None: the server will say what is wrong with it, or knows more than the parser."""
    postgast: Any = import_module("postgast")
    try:
        tree = postgast.parse(text).stmts[0].stmt
    except (postgast.PgQueryError, IndexError):
        return None
    kind = str(tree.WhichOneof("node"))
    return kind, getattr(tree, kind)


def object_type(value: int) -> str:
    """The parser's name of a sort of object: `OBJECT_TABLE`."""
    return _name("ObjectType", value)


def _name(enum: str, value: int) -> str:
    protobuf: Any = import_module("postgast.pg_query_pb2")
    return str(getattr(protobuf, enum).Name(value))
