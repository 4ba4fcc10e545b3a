"""Which code of a hand-written revision's file is plain: what it does can be read, and to load it does nothing."""

import ast
import re
from collections.abc import Iterable, Iterator

_BOUND = {
    "op": ("alembic", "op"),
    "batches": ("dw_migration", "batches"),
    "sa": (None, "sqlalchemy"),
    "postgresql": ("sqlalchemy.dialects", "postgresql"),
}
"""The names that calls are read by, and the one import of each."""
_IMPORTED = frozenset({"__future__", "alembic", "collections", "datetime", "dw_migration", "sqlalchemy", "typing"})
_CODING = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


def in_other_letters(text: str) -> bool:
    """Whether Python would read the file in another encoding than the one it is judged in."""
    found = [match[1].lower() for line in re.split(r"\r\n?|\n", text)[:2] if (match := _CODING.match(line))]
    return any(each not in {"utf-8", "utf8"} for each in found)


def is_plain(node: ast.stmt) -> bool:
    """Whether it is an import, a plain value, a text, or one of the two functions, which take nothing."""
    match node:
        case ast.Import() | ast.ImportFrom(level=0):
            return all(_is_known(getattr(node, "module", None), each) for each in node.names)
        case ast.Expr(value=value):
            return isinstance(value, ast.Constant)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name not in _BOUND and is_value(value)
        case ast.AnnAssign(target=ast.Name(id=name), annotation=told, value=ast.expr() as value):
            return name not in _BOUND and is_value(value) and _is_annotation(told)
        case ast.FunctionDef(name="upgrade" | "downgrade", returns=None | ast.Constant(value=None)):
            takes = any(each != [] and each is not None for _, each in ast.iter_fields(node.args))
            return not (takes or node.decorator_list or getattr(node, "type_params", None))
        case _:
            return False


def _is_known(module: str | None, imported: ast.alias) -> bool:
    name = imported.asname or imported.name
    is_known = (module or imported.name).split(".")[0] in _IMPORTED
    return name != "*" and is_known and _BOUND.get(name) in {None, (module, imported.name)}


def _is_annotation(node: ast.expr) -> bool:
    plain = (ast.Name, ast.Constant, ast.Subscript, ast.Tuple, ast.BinOp, ast.BitOr, ast.Load)
    return all(isinstance(each, plain) for each in ast.walk(node))


def is_value(node: ast.expr) -> bool:
    """Whether it is a literal."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


# --- what `--autogenerate` writes -------------------------------------------------------------------------------------

_TYPES = frozenset(
    {
        *("ARRAY", "BIGINT", "BIT", "BOOLEAN", "BYTEA", "CHAR", "CIDR", "DATE", "DATERANGE", "DECIMAL"),
        *("DOUBLE_PRECISION", "FLOAT", "HSTORE", "INET", "INT4RANGE", "INT8RANGE", "INTEGER", "INTERVAL"),
        *("JSON", "JSONB", "MACADDR", "MONEY", "NUMERIC", "NUMRANGE", "OID", "REAL", "SMALLINT", "TEXT"),
        *("TIME", "TIMESTAMP", "TSRANGE", "TSTZRANGE", "TSVECTOR", "UUID", "VARCHAR", "BigInteger"),
        *("Boolean", "Date", "DateTime", "Double", "Float", "Integer", "Interval", "LargeBinary"),
        *("Numeric", "SmallInteger", "String", "Text", "Time", "Unicode", "UnicodeText", "Uuid"),
    }
)
_PARTS = {
    "Column": {"nullable", "primary_key", "autoincrement", "comment", "server_default"},
    "Enum": {"name"},
    "ForeignKey": {"name"},
    "ForeignKeyConstraint": {"name", "ondelete", "onupdate"},
    "PrimaryKeyConstraint": {"name"},
    "UniqueConstraint": {"name"},
}
"""SQLAlchemy's classes that write no text of the file as SQL, and those of their options that do not either."""
_CALLS = {
    "op.create_table": {"schema", "comment"},
    "op.create_index": {"schema", "unique"},
    "op.add_column": {"schema"},
}


def is_harmless(name: str, call: ast.Call) -> bool:
    """What `--autogenerate` writes for a new table, a new column that may be NULL, an index that is not unique."""
    if name not in _CALLS or not _are_plain(call, _CALLS[name]):
        return False
    match name:
        case "op.create_index":
            return not any(each.arg == "unique" and ast.unparse(each.value) != "False" for each in call.keywords)
        case "op.add_column":
            columns = [each for each in call.args if isinstance(each, ast.Call)]
            return all({"nullable=True"} == {ast.unparse(k) for k in each.keywords} for each in columns)
    return True


def _are_plain(call: ast.Call, options: Iterable[str]) -> bool:
    """Whether its arguments are names, numbers and parts, and no options but these."""
    given = [*call.args, *(each.value for each in call.keywords)]
    return {each.arg for each in call.keywords} <= set(options) and all(map(_is_part, given))


def _is_part(node: ast.expr) -> bool:
    """Whether it is a plain value, or of the classes of SQLAlchemy that write no text of the file as SQL."""
    match node:
        case ast.Constant():
            return True
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return all(map(_is_part, parts))
        case ast.Attribute(value=ast.Name(id="sa" | "postgresql"), attr=name):
            return name in _TYPES
        case ast.Call(func=ast.Attribute(value=ast.Name(id="sa" | "postgresql"), attr=name)) as call:
            if name in _PARTS:
                return _are_plain(call, _PARTS[name])
            return name in _TYPES and all(map(_is_measure, _given(call)))
    return False


def _given(call: ast.Call) -> Iterator[ast.expr | None]:
    yield from call.args
    for each in call.keywords:
        yield each.value if each.arg else None


def _is_measure(node: ast.expr | None) -> bool:
    """Whether a type can take it: a length, a flag or a type, and no text."""
    match node:
        case None:
            return False
        case ast.Constant(value=value):
            return value is None or isinstance(value, int)
    return _is_part(node) and not isinstance(node, ast.List | ast.Tuple)
