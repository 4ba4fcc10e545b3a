"""The last wall: what a generated module may consist of. Whatever else stands in it is not written."""

import ast
import re
from typing import NoReturn

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
    Identity Index Integer LargeBinary MetaData Numeric PrimaryKeyConstraint REAL Sequence SmallInteger String Table
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
    """Nothing, if the module is made of imports, classes, assignments and calls that are known. Raises: Unsupported.

    It is read piece by piece: the tree of a whole module takes a hundred times the room of its text. A piece that is
    Python by itself and ends its line means the same among others.
    """
    module = _Module()
    for piece in text.split("\n\n\n"):
        try:
            tree = ast.parse(piece + "\n")
        except (SyntaxError, ValueError, RecursionError) as error:
            raise Unsupported(f"the models would not be Python: {error}: {piece[:200]!r}") from None
        for statement in tree.body:
            module.statement(statement)
    module.end()


class _Module:
    """What the module has defined so far, and the judgement on what comes."""

    def __init__(self) -> None:
        self.callable: set[str] = set()
        self.declarative = ""
        """The name under which DeclarativeBase was imported."""
        self.known: set[str] = {"bool", "bytes", "float", "int", "list", "str"}
        self.attributes: set[str] = set()
        """Of the class that is being read, those assigned already."""
        self.modules: dict[str, str] = {}
        self.models: dict[str, set[str]] = {}
        """The attributes of each class."""
        self.later: set[tuple[str, str]] = set()
        """Classes, and attributes of them, that were named and must be found by the end."""

    def end(self) -> None:
        """Nothing, if all that was named has been defined. Raises: Unsupported."""
        for name, attribute in self.later:
            if name not in self.models or (attribute and attribute not in self.models[name]):
                raise Unsupported(f"the models would name {name}.{attribute}, which is not defined: please report it")

    # -- statements ---------------------------------------------------------------------------------------------------

    def statement(self, node: ast.stmt) -> None:
        """Nothing, if the statement is allowed where it stands. Raises: Unsupported."""
        match node:
            case ast.ImportFrom(module=str(module), names=names, level=0) if module in IMPORTS:
                self._import_from(node, module, names)
            case ast.Import(names=[ast.alias(name=name, asname=asname)]) if name in MODULES:
                self.modules[asname or name] = name
            case ast.ClassDef():
                self._class(node)
            case ast.AnnAssign(target=ast.Name(id="_statement")) if _is(node, STATEMENT):
                self.known.add("_statement")
                self.callable.add("_statement")
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
            if alias.name == "DeclarativeBase":
                self.declarative = alias.asname or alias.name

    def _class(self, node: ast.ClassDef) -> None:
        if node.name == "_Named" and _is(node, NAMED_TYPE):
            self.known.add(node.name)
            self.callable.add(node.name)
            return
        match node:
            case ast.ClassDef(bases=[ast.Name(id=base)], keywords=[], decorator_list=[]) if base == self._base(node):
                self.known.add(node.name)
            case _:
                refuse(node)
        self.attributes = self.models[node.name] = set()
        for statement in node.body:
            self._in_class(statement)
        self.attributes = set()

    def _base(self, node: ast.ClassDef) -> str:
        return self.declarative if node.name == "Base" else "Base"

    def _in_class(self, node: ast.stmt) -> None:
        match node:
            case ast.Pass():
                return
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in CLASS_VARIABLES:
                self._expression(value)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=ast.Call() as value):
                if name.startswith("__"):
                    refuse(node)
                self._annotation(annotation)
                self._expression(value)
                self.attributes.add(name)
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
                case ast.Constant(value=str(text)):
                    self.later.add((text, ""))
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
                case ast.Name(id=name) if name in self.known or name in self.attributes:
                    continue
                case ast.Name(id=name):
                    self.later.add((name, ""))
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
        if not isinstance(node.value, ast.Name) or node.attr.startswith("_"):
            refuse(node)
        else:
            self.later.add((node.value.id, node.attr))


def _is(node: ast.stmt, text: str) -> bool:
    return ast.dump(node) == ast.dump(ast.parse(text).body[0])


def refuse(node: ast.AST) -> NoReturn:
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
