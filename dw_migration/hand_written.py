"""What a hand-written revision does, as far as its code tells: it is read, and never run, to be judged."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

from dw_migration.effects import effect_of, functions_called, grammar_name
from dw_migration.plain_code import in_other_letters, is_harmless, is_plain, is_value
from dw_migration.rule import Severity


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a way, or a line of code that nobody can judge without running it."""

    line: int
    text: str
    """The statement as it runs; of an update in batches without their bounds; or the code."""
    severity: Severity
    message: str
    loses: str = ""
    """What rows would be gone, or overwritten; empty where none."""


class _Verdict(NamedTuple):
    severity: Severity
    message: str
    loses: str = ""


def steps_of(text: str, function: str) -> tuple[Step, ...]:
    """The steps of the file's `upgrade` or `downgrade`, each judged; whatever is not plain text is breaking.

    Raises: SyntaxError.
    """
    module = ast.parse(text)
    strange = [each for each in module.body if not is_plain(each)]
    if in_other_letters(text):
        strange = module.body
    found = [each for each in module.body if isinstance(each, ast.FunctionDef) and each.name == function]
    told = [_unjudged(each) for each in strange]
    told += [step for each in found for node in each.body for step in _steps(node)]
    return tuple(told)


def _steps(node: ast.stmt) -> Iterator[Step]:
    match node:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=of), attr=name)) as call):
            yield from _called(node, call, f"{of}.{name}")
        case _:
            yield _unjudged(node)


def _called(node: ast.stmt, call: ast.Call, name: str) -> Iterator[Step]:
    values = _values(call)
    match name, values:
        case "op.execute" | "batches.execute", ([str(text)], {**others}) if not others:
            if name == "op.execute" and _PARAMETER.search(text):
                yield _unjudged(node, "op.execute takes :name for a parameter: use batches.execute")
            else:
                yield from _of_text(node.lineno, text.replace(r"\:", ":") if name == "op.execute" else text)
        case "batches.update", ([str(table), str(values_)], {**options}):
            condition = f" WHERE {options['where']}" if "where" in options else ""
            yield from _of_text(node.lineno, " ".join(("UPDATE", table, "SET", values_)) + condition)
        case _ if is_harmless(name, call) and not _names_ledger(ast.unparse(call)):
            yield Step(node.lineno, ast.unparse(node), Severity.SAFE, "adds something new")
        case _:
            yield _unjudged(node)


_PARAMETER = re.compile(r"(?<![:\w\\]):\w")


def _values(call: ast.Call) -> tuple[list[Any], dict[str, Any]] | None:
    """What it is called with, if that is all plain values."""
    given = [*call.args, *(each.value for each in call.keywords)]
    if not all(map(is_value, given)) or any(each.arg is None for each in call.keywords):
        return None
    return [ast.literal_eval(each) for each in call.args], {
        str(each.arg): ast.literal_eval(each.value) for each in call.keywords
    }


def _unjudged(node: ast.stmt, why: str = "cannot be judged without running it") -> Step:
    code = ast.unparse(node).split("\n")[0]
    return Step(node.lineno, code, Severity.BREAKING, why, f"whatever line {node.lineno} does to them")


# --- statements -------------------------------------------------------------------------------------------------------


def _of_text(line: int, text: str) -> Iterator[Step]:
    postgast: Any = import_module("postgast")  # 0.1 s, and mypy cannot read its stubs
    try:
        parsed = postgast.parse(text).stmts
    except postgast.PgQueryError:
        yield Step(line, text, Severity.BREAKING, "PostgreSQL's grammar does not know it", "whatever it does to them")
        return
    encoded = text.encode()
    for each in parsed:
        end = each.stmt_location + each.stmt_len if each.stmt_len else len(encoded)
        own = encoded[each.stmt_location : end].decode().strip()
        sort = str(each.stmt.WhichOneof("node"))
        verdict = _judged(sort, getattr(each.stmt, sort), own)
        yield Step(line, own, *verdict)


def is_update(values: str, where: str) -> bool:
    """Whether the two are what stands behind SET and WHERE of one UPDATE, and nothing else."""
    postgast: Any = import_module("postgast")
    try:
        (changed,) = postgast.parse(" ".join(("UPDATE t SET", values))).stmts
        (asked,) = postgast.parse(" ".join(("DELETE FROM t WHERE", where))).stmts
    except (postgast.PgQueryError, ValueError):
        return False
    update, rows = changed.stmt.update_stmt, asked.stmt.delete_stmt
    more = [update.HasField(each) for each in ("where_clause", "returning_clause")]
    return not (any(more) or update.from_clause or rows.HasField("returning_clause"))


def columns_set(values: str) -> frozenset[str]:
    """The columns that stand before `=` in what stands behind SET. Raises: ValueError where it is none."""
    postgast: Any = import_module("postgast")
    try:
        (changed,) = postgast.parse(" ".join(("UPDATE t SET", values))).stmts
    except postgast.PgQueryError:
        raise ValueError(values) from None
    return frozenset(each.res_target.name for each in changed.stmt.update_stmt.target_list)


_NEW = {
    "create_stmt": "a table",
    "create_seq_stmt": "a sequence",
    "create_schema_stmt": "a schema",
    "create_enum_stmt": "a type",
    "create_range_stmt": "a type",
    "composite_type_stmt": "a type",
    "create_domain_stmt": "a domain",
    "create_stats_stmt": "statistics",
    "create_table_as_stmt": "a table",
    "comment_stmt": "a comment",
}
_NO_ROWS = {
    *("OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_INDEX", "OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_TRIGGER"),
    *("OBJECT_RULE", "OBJECT_POLICY", "OBJECT_STATISTIC_EXT", "OBJECT_COLLATION", "OBJECT_AGGREGATE"),
}
"""What can be dropped without a row."""


def _judged(sort: str, node: Any, text: str) -> _Verdict:
    if _writes_within(node):
        return _Verdict(Severity.BREAKING, "changes rows inside of a query", "the rows that it changes")
    if any(map(_names_ledger, _texts_in(node))):
        return _Verdict(Severity.BREAKING, "is about the ledger", "what the ledger holds")
    if sort not in _RUNS_NOTHING and (unknown := sorted(set(unknown_functions(node)))):
        return _Verdict(
            Severity.BREAKING, f"calls {', '.join(unknown)}, which may do anything", "whatever it does to them"
        )
    if sort in _NEW and not (sort == "create_schema_stmt" and node.schema_elts):
        return _Verdict(Severity.SAFE, f"adds {_NEW[sort]}")
    found = _JUDGES[sort](node, text) if sort in _JUDGES else None
    return found or _Verdict(Severity.BREAKING, "nobody can say what it does to rows", "the rows that it changes")


def _writes_within(node: Any) -> bool:
    """Whether a WITH or a subquery of it changes rows."""
    for field, value in node.ListFields():
        if field.message_type is None:
            continue
        for each in value if field.is_repeated else (value,):
            if field.name in {
                "insert_stmt",
                "update_stmt",
                "delete_stmt",
                "merge_stmt",
                "execute_stmt",
            } or _writes_within(each):
                return True
    return False


def _texts_in(node: Any) -> Iterator[str]:
    """All names and texts of it."""
    for field, value in node.ListFields():
        for each in value if field.is_repeated else (value,):
            if isinstance(each, str):
                yield each
            elif field.message_type is not None:
                yield from _texts_in(each)


def _names_ledger(text: str) -> bool:
    return "dw_migration" in text.lower()


_RUNS_NOTHING = frozenset({"view_stmt", "create_function_stmt"})
_KNOWN = frozenset(
    {
        *("abs", "age", "array_agg", "array_append", "array_cat", "array_length", "array_position"),
        *("array_prepend", "array_remove", "array_to_json", "array_to_string", "avg", "bool_and"),
        *("bool_or", "btrim", "cardinality", "ceil", "ceiling", "char_length", "character_length", "chr"),
        *("clock_timestamp", "coalesce", "concat", "concat_ws", "count", "date_bin", "date_part"),
        *("date_trunc", "decode", "dense_rank", "div", "encode", "exp", "extract", "first_value", "floor"),
        *("format", "gen_random_uuid", "generate_series", "generate_subscripts", "greatest", "initcap"),
        *("int4range", "int8range", "isfinite", "json_agg", "json_array_elements", "json_array_length"),
        *("json_build_array", "json_build_object", "json_object_agg", "jsonb_agg", "jsonb_array_elements"),
        *("jsonb_array_elements_text", "jsonb_array_length", "jsonb_build_array", "jsonb_build_object"),
        *("jsonb_each", "jsonb_each_text", "jsonb_object_agg", "jsonb_object_keys", "jsonb_set"),
        *("jsonb_strip_nulls", "jsonb_typeof", "justify_days", "justify_hours", "justify_interval", "lag"),
        *("last_value", "lead", "least", "left", "length", "ln", "log", "lower", "lpad", "ltrim"),
        *("make_date", "make_interval", "make_time", "make_timestamp", "make_timestamptz", "max", "md5"),
        *("min", "mod", "nextval", "now", "nullif", "num_nonnulls", "num_nulls", "numrange"),
        *("octet_length", "overlay", "position", "power", "radians", "random", "rank", "regexp_matches"),
        *("regexp_replace", "regexp_split_to_array", "regexp_split_to_table", "repeat", "replace"),
        *("reverse", "right", "round", "row_number", "rpad", "rtrim", "sha224", "sha256", "sha384"),
        *("sha512", "sign", "split_part", "sqrt", "starts_with", "statement_timestamp", "string_agg"),
        *("string_to_array", "strpos", "substr", "substring", "sum", "timezone", "to_char", "to_date"),
        *("to_json", "to_jsonb", "to_number", "to_timestamp", "to_tsvector", "transaction_timestamp"),
        *("translate", "trim", "trunc", "tsrange", "tstzrange", "unnest", "upper", "uuidv4", "uuidv7"),
    }
)
"""Functions of PostgreSQL that change nothing, as far as their names say it."""


def unknown_functions(node: Any) -> Iterator[str]:
    """The functions that it calls, but for those of PostgreSQL that change nothing."""
    for function in functions_called(node):
        if function[-1] not in _KNOWN or function[:-1] not in {(), ("pg_catalog",)}:
            yield ".".join(function)


def _made(node: Any, _: str) -> _Verdict | None:
    return None if node.replace else _Verdict(Severity.SAFE, "adds a view or a function")


def _indexed(node: Any, _: str) -> _Verdict:
    if node.unique:
        return _Verdict(Severity.BREAKING, f"refuses rows of {_place(node.relation)} that are alike")
    return _Verdict(Severity.SAFE, "adds an index")


def _labelled(node: Any, _: str) -> _Verdict | None:
    return _Verdict(Severity.SAFE, "adds a label") if node.new_val and not node.old_val else None


def _granted(node: Any, _: str) -> _Verdict:
    if node.is_grant:
        return _Verdict(Severity.TRANSFORMABLE, "gives privileges")
    return _Verdict(Severity.BREAKING, "takes privileges away")


def _inserted(node: Any, _: str) -> _Verdict:
    place = _place(node.relation)
    if node.HasField("on_conflict_clause"):
        return _Verdict(Severity.BREAKING, f"may overwrite rows of {place}", place)
    return _Verdict(Severity.TRANSFORMABLE, f"adds rows to {place}")


def _dropped(node: Any, _: str) -> _Verdict:
    sort = grammar_name("ObjectType", node.remove_type)
    kind = sort.removeprefix("OBJECT_").replace("_", " ").lower()
    dropped = ", ".join(".".join(_texts_in(each)) for each in node.objects)
    return _Verdict(Severity.BREAKING, f"drops a {kind}", "" if sort in _NO_ROWS else f"the {kind} {dropped}")


def _removed(node: Any, _: str) -> _Verdict:
    return _Verdict(Severity.BREAKING, "removes rows", _place(node.relation))


def _updated(node: Any, _: str) -> _Verdict:
    """Where it fills nothing but what is NULL, no value is lost: of this table, and not a part of a value."""
    place, filled = _place(node.relation), {each.res_target.name for each in node.target_list}
    in_parts = any(each.res_target.indirection for each in node.target_list)
    if not (node.from_clause or in_parts) and filled <= set(_tested_for_null(node.where_clause)):
        return _Verdict(Severity.TRANSFORMABLE, f"fills {', '.join(sorted(filled))} of {place} where that is NULL")
    return _Verdict(Severity.BREAKING, f"overwrites values of {place}", place)


def _tested_for_null(clause: Any) -> Iterator[str]:
    """The columns that are NULL in every row which the condition lets through."""
    sort = clause.WhichOneof("node")
    if sort == "null_test" and grammar_name("NullTestType", clause.null_test.nulltesttype) == "IS_NULL":
        fields = clause.null_test.arg.column_ref.fields
        yield fields[-1].string.sval if fields else ""
    if sort == "bool_expr" and grammar_name("BoolExprType", clause.bool_expr.boolop) == "AND_EXPR":
        for each in clause.bool_expr.args:
            yield from _tested_for_null(each)


_HARMLESS = frozenset(
    {
        *("AT_ColumnDefault", "AT_DropNotNull", "AT_SetStatistics", "AT_SetOptions", "AT_ResetOptions"),
        *("AT_SetRelOptions", "AT_ResetRelOptions", "AT_ValidateConstraint"),
    }
)


def _altered(node: Any, text: str) -> _Verdict:
    return max((_commanded(each.alter_table_cmd, node, text) for each in node.cmds), key=lambda each: each.severity)


def _commanded(command: Any, node: Any, text: str) -> _Verdict:
    sort, place = grammar_name("AlterTableType", command.subtype), _place(node.relation)
    if sort in _HARMLESS:
        return _Verdict(Severity.SAFE, f"changes {place}, and none of its rows")
    if sort == "AT_AddColumn":
        sorts = {
            grammar_name("ConstrType", each.constraint.contype)
            for each in getattr(command, "def").column_def.constraints
        }
        if sorts <= {"CONSTR_NULL", "CONSTR_DEFAULT"} or sorts == {"CONSTR_DEFAULT", "CONSTR_NOTNULL"}:
            rewrites = effect_of(text).rewrites
            severity = Severity.TRANSFORMABLE if rewrites else Severity.SAFE
            return _Verdict(severity, f"adds a column to {place}{', and writes it anew' if rewrites else ''}")
    loses = {"AT_DropColumn": f"the column {command.name} of {place}", "AT_AlterColumnType": f"{place}.{command.name}"}
    return _Verdict(Severity.BREAKING, f"changes {place} ({sort.removeprefix('AT_')})", loses.get(sort, ""))


_JUDGES: dict[str, Callable[[Any, str], _Verdict | None]] = {
    "view_stmt": _made,
    "create_function_stmt": _made,
    "index_stmt": _indexed,
    "alter_enum_stmt": _labelled,
    "grant_stmt": _granted,
    "rename_stmt": lambda _, __: _Verdict(Severity.TRANSFORMABLE, "gives something another name"),
    "refresh_mat_view_stmt": lambda _, __: _Verdict(Severity.TRANSFORMABLE, "fills a materialized view anew"),
    "insert_stmt": _inserted,
    "update_stmt": _updated,
    "delete_stmt": _removed,
    "alter_table_stmt": _altered,
    "drop_stmt": _dropped,
}


def _place(relation: Any) -> str:
    return f"{relation.schemaname}.{relation.relname}" if relation.schemaname else str(relation.relname)
