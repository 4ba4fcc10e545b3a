"""What the statements of a file can do to data, and where they make things outside of their module."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from dw_migration.rule import Finding, Severity, Verdict
from dw_migration.sqlfiles.file import Script

_JUDGED = ("create", "alter", "drop", "truncate", "delete", "update")
_WITH_ROWS = {
    "OBJECT_TABLE": "table",
    "OBJECT_SCHEMA": "schema",
    "OBJECT_SEQUENCE": "sequence",
    "OBJECT_TYPE": "type",
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
        if step.bare[:8].lower().startswith(_JUDGED) and (parsed := _parsed(step.text)):
            for rule in (loses_rows, outside_schema):
                for each in rule(*parsed, schema):
                    message = f"{script.file}:{step.place.line}: {each.message}"
                    yield Finding(rule.__name__, each.severity, message, each.remedy)


def loses_rows(kind: str, node: Any, _schema: str | None) -> Iterator[Verdict]:
    """Rows are removed or overwritten, or what holds them is."""
    match kind:
        case "drop_stmt" if what := _WITH_ROWS.get(_name("ObjectType", node.remove_type)):
            yield Verdict(Severity.BREAKING, f"drops a {what}, with what it holds", _READ_BACK)
        case "truncate_stmt":
            yield Verdict(
                Severity.BREAKING, f"removes all rows of {_relation(node.relations[0].range_var)}", _READ_BACK
            )
        case "delete_stmt" if not node.HasField("where_clause"):
            yield Verdict(Severity.BREAKING, f"removes all rows of {_relation(node.relation)}", _READ_BACK)
        case "update_stmt" if not node.HasField("where_clause"):
            yield Verdict(Severity.TRANSFORMABLE, f"overwrites values of all rows of {_relation(node.relation)}")
        case "alter_table_stmt":
            for command in node.cmds:
                yield from _of_command(command.alter_table_cmd, _relation(node.relation))


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


def _parsed(text: str) -> tuple[str, Any] | None:
    postgast: Any = import_module("postgast")
    try:
        tree = postgast.parse(text).stmts[0].stmt
    except (postgast.PgQueryError, IndexError):
        return None  # the server will say what is wrong with it, or knows more than this parser
    kind = str(tree.WhichOneof("node"))
    return kind, getattr(tree, kind)


def _name(enum: str, value: int) -> str:
    protobuf: Any = import_module("postgast.pg_query_pb2")
    return str(getattr(protobuf, enum).Name(value))
