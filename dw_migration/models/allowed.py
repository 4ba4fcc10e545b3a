"""The last wall: what a generated module may consist of. Whatever else stands in it is not written."""

import ast
import re
from collections.abc import Iterator

from dw_migration.errors import Unsupported

NAMED_TYPE = '''
class _Named(UserDefinedType[Any]):
    """A type by its name in the database: one that SQLAlchemy has no class for."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **kw: Any) -> str:
        return self.name
'''
"""The one class with code in it: allowed as it stands, and in no other form."""
STATEMENT = "_statement: Any = DDL"
"""DDL itself has no annotations, and calling it would be an error to mypy."""

_SQLALCHEMY = """
    BigInteger Boolean CHAR CheckConstraint Column Computed DDL Date DateTime Double Enum ForeignKeyConstraint
    Identity Index Integer Interval LargeBinary Numeric PrimaryKeyConstraint REAL Sequence SmallInteger String Table
    Text Time UniqueConstraint Uuid and_ event quoted_name text
"""
_POSTGRESQL = """
    ARRAY BIT CIDR DATERANGE DATEMULTIRANGE DOMAIN INET INT4MULTIRANGE INT4RANGE INT8MULTIRANGE INT8RANGE INTERVAL
    JSON JSONB JSONPATH MACADDR MACADDR8 MONEY NUMMULTIRANGE NUMRANGE OID REGCLASS REGCONFIG Range TIME TIMESTAMP
    TSMULTIRANGE TSQUERY TSRANGE TSTZMULTIRANGE TSTZRANGE TSVECTOR
"""
IMPORTS: dict[str, frozenset[str]] = {
    "builtins": frozenset({"bool", "bytes", "float", "int", "list", "str"}),
    "typing": frozenset({"Any", "Optional"}),
    "sqlalchemy": frozenset(_SQLALCHEMY.split()),
    "sqlalchemy.dialects.postgresql": frozenset(_POSTGRESQL.split()),
    "sqlalchemy.orm": frozenset({"DeclarativeBase", "Mapped", "mapped_column", "relationship"}),
    "sqlalchemy.types": frozenset({"UserDefinedType"}),
}
MODULES: dict[str, frozenset[str]] = {
    "datetime": frozenset({"date", "datetime", "time", "timedelta"}),
    "decimal": frozenset({"Decimal"}),
    "uuid": frozenset({"UUID"}),
}
CLASS_VARIABLES = frozenset({"__tablename__", "__table_args__"})
ATTRIBUTES = frozenset({"metadata", "__table__", "c", "listen", "ddl_if"})

_SAFE_NODES = (
    ast.Load, ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.keyword, ast.USub, ast.Eq,
)  # fmt: skip
# relationship() evaluates the strings that it is given.
_EVALUATED = re.compile(r"\[?[^\W\d]\w*(\.[^\W\d]\w*)?(, ?[^\W\d]\w*(\.[^\W\d]\w*)?)*\]?")


def check_module(text: str) -> None:
    """Nothing, if the module is made of imports, classes, assignments and calls that are known. Raises: Unsupported."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise Unsupported(f"the models would not be Python: {error}") from None
    _Module().check(tree)


class _Module:
    """What the module has defined so far, and the judgement on what comes."""

    def __init__(self) -> None:
        self.callable: set[str] = set()
        self.known: set[str] = {"bool", "bytes", "float", "int", "list", "str"}
        self.modules: dict[str, str] = {}
        self.models: dict[str, set[str]] = {}

    def check(self, tree: ast.Module) -> None:
        for statement in tree.body:
            if isinstance(statement, ast.ClassDef):
                self.models[statement.name] = {name for each in statement.body for name in _assigned(each)}
        for statement in tree.body:
            self._statement(statement)

    # -- statements ---------------------------------------------------------------------------------------------------

    def _statement(self, node: ast.stmt) -> None:
        if ast.dump(node) == ast.dump(ast.parse(STATEMENT).body[0]):
            self.known.add("_statement")
            self.callable.add("_statement")
            return
        match node:
            case ast.ImportFrom(module=str(module), names=names, level=0) if module in IMPORTS:
                self._import_from(node, module, names)
            case ast.Import(names=[ast.alias(name=name, asname=asname)]) if name in MODULES:
                self.modules[asname or name] = name
            case ast.ClassDef():
                self._class(node)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value):
                self._expression(value)
                self.known.add(name)
            case ast.Expr(value=ast.Call() as value):
                self._expression(value)
            case _:
                refuse(node)

    def _import_from(self, node: ast.stmt, module: str, names: list[ast.alias]) -> None:
        for alias in names:
            if alias.name not in IMPORTS[module]:
                refuse(node)
            self.known.add(alias.asname or alias.name)
            self.callable.add(alias.asname or alias.name)

    def _class(self, node: ast.ClassDef) -> None:
        self.known.add(node.name)
        if node.name == "_Named" and ast.dump(node) == ast.dump(ast.parse(NAMED_TYPE).body[0]):
            self.callable.add(node.name)
            return
        if node.decorator_list or node.keywords or len(node.bases) != 1:
            refuse(node)
        self._base(node)
        own = _Module()
        own.callable, own.modules, own.models = self.callable, self.modules, self.models
        own.known = set(self.known)
        for statement in node.body:
            own.in_class(statement)

    def _base(self, node: ast.ClassDef) -> None:
        base = node.bases[0]
        if not isinstance(base, ast.Name) or base.id not in self.known or base.id in ("_Named", node.name):
            refuse(node)

    def in_class(self, node: ast.stmt) -> None:
        match node:
            case ast.Pass():
                return
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in CLASS_VARIABLES:
                self._expression(value)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=ast.Call() as value):
                if name.startswith("__") or not name.isidentifier():
                    refuse(node)
                self._annotation(annotation)
                self._expression(value)
                self.known.add(name)
            case _:
                refuse(node)

    # -- expressions --------------------------------------------------------------------------------------------------

    def _annotation(self, node: ast.expr) -> None:
        for part in ast.walk(node):
            match part:
                case ast.Subscript() | ast.BinOp() | ast.BitOr() | ast.Load():
                    continue
                case ast.Constant(value=None):
                    continue
                case ast.Constant(value=str(text)) if text in self.models:
                    continue
                case ast.Name(id=name) if name in self.known or name in self.modules:
                    continue
                case ast.Attribute(value=ast.Name(id=name), attr=attr) if attr in self._members(name):
                    continue
                case _:
                    refuse(part)

    def _members(self, name: str) -> frozenset[str]:
        return MODULES.get(self.modules.get(name, ""), frozenset())

    def _expression(self, node: ast.expr) -> None:
        for part in ast.walk(node):
            match part:
                case ast.Call(func=func):
                    self._called(part, func)
                case ast.Name(id=name) if name in self.known or name in self.models:
                    continue
                case ast.Attribute():
                    self._attribute(part)
                case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
                    continue
                case ast.Lambda(args=ast.arguments(args=[], posonlyargs=[], kwonlyargs=[], vararg=None, kwarg=None)):
                    continue
                case ast.arguments():
                    continue
                case ast.Compare(ops=[ast.Eq()]):
                    continue
                case ast.Subscript(value=ast.Attribute(attr="c"), slice=ast.Constant(value=str())):
                    continue
                case _ if isinstance(part, _SAFE_NODES):
                    continue
                case _:
                    refuse(part)

    def _called(self, node: ast.Call, func: ast.expr) -> None:
        if any(keyword.arg is None for keyword in node.keywords):
            refuse(node)
        match func:
            case ast.Name(id=name) if name in self.callable:
                if name.startswith("relationship"):
                    self._relationship(node)
            case ast.Attribute(value=ast.Name(), attr="listen") | ast.Attribute(value=ast.Call(), attr="ddl_if"):
                return
            case _:
                refuse(node)

    @staticmethod
    def _relationship(node: ast.Call) -> None:
        for value in [*node.args, *(keyword.value for keyword in node.keywords)]:
            if (
                isinstance(value, ast.Constant)
                and isinstance(value.value, str)
                and not _EVALUATED.fullmatch(value.value)
            ):
                refuse(value)

    def _attribute(self, node: ast.Attribute) -> None:
        if node.attr in ATTRIBUTES:
            return
        if isinstance(node.value, ast.Name) and node.attr in self.models.get(node.value.id, ()):
            return
        refuse(node)


def _assigned(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def refuse(node: ast.AST) -> None:
    """Never returns. Raises: Unsupported, naming the node."""
    try:
        shown = ast.unparse(node)
    except (AttributeError, ValueError, RecursionError):
        shown = ""
    line = getattr(node, "lineno", 0)
    raise Unsupported(
        f"the models would hold a {type(node).__name__} that is not allowed, at line {line}: {shown[:200]!r}: "
        "nothing was written; please report it"
    )
