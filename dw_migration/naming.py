"""Source names to target names, wherever they stand, also inside expressions; and what is wrong with the new ones."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, lru_cache, partial
from importlib import import_module
from itertools import count
from typing import Any, NamedTuple

from dw_migration.errors import Unsupported
from dw_migration.queries import Entry, Places, Reference, places
from dw_migration.sql import quoted, quoted_literal

LONGEST_NAME = 63
"""Bytes of UTF-8 that PostgreSQL keeps of a name."""

SYSTEM_COLUMNS = frozenset({"tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"})
OUR_SCHEMAS = frozenset({"dw_migration", "information_schema"})

_LONGEST_SHOWN = 500
"""Characters of an expression that an error repeats."""
_TOO_DEEP = "it is nested too deeply"


class Space(StrEnum):
    """Within what a name means one object of a schema: PostgreSQL has one for each of its catalogs."""

    RELATION = "relation"
    """Tables and views, which have types of their names besides; sequences and indexes, which have none."""
    TYPE = "type"
    ROUTINE = "routine"
    """Functions, procedures and aggregates."""
    COLLATION = "collation"
    STATISTICS = "statistics"
    DICTIONARY = "text search dictionary"
    CONFIGURATION = "text search configuration"
    OTHER = "other"
    """Operators, operator classes, parsers, templates: what is not renamed within the target."""


Place = tuple[Space, str, str]
"""Of what stands in a schema by itself: space, schema and name."""

# --- The rules -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replacement:
    """A regular expression, and what stands in place of each match, as in re.sub."""

    pattern: str
    with_: str


@dataclass(frozen=True, slots=True)
class NamingRules:
    """How a name becomes another: an override said by hand, else the replacements in order, then the case."""

    schema: str = "dw__{database}__{schema}"
    """Takes {source}, {database} and {schema}, each in the case wished for; what is around them stands as written."""
    case: str = "lower"
    """`lower`, `snake` or `preserve`."""
    replace: tuple[Replacement, ...] = ()
    """For names of every kind, a schema's own included; not for the names of sources and databases."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """`source_path` of a schema, of an object in it, of a column or constraint: its name in the target, as it is."""

    def cased(self, name: str) -> str:
        """The name in the case wished for."""
        return _CASES[self.case](name)

    def renamed(self, name: str) -> str:
        """The name after replacements and case."""
        for replacement in self.replace:
            name = re.sub(replacement.pattern, replacement.with_, name)
        return self.cased(name)


def source_path(*names: str) -> str:
    """A name's path as in the overrides, `ShopDB.public.Order.Id`; a name with a dot or a quote stands in quotes."""
    path = ".".join(names)
    if '"' not in path and path.count(".") == len(names) - 1:
        return path
    return ".".join('"' + name.replace('"', '""') + '"' if "." in name or '"' in name else name for name in names)


def _snake(name: str) -> str:
    """`HTTPServerID` as `http_server_id`; names without capitals, spaces and hyphens stay as they are."""
    neighbours = zip(" " + name, name, name[1:] + " ", strict=False)
    humps = "".join("_" + char if _starts_word(before, char, after) else char for before, char, after in neighbours)
    return re.sub(r"[\s-]+", "_", humps).lower()


def _starts_word(before: str, char: str, after: str) -> bool:
    follows = before.islower() or before.isdigit() or (before.isupper() and after.islower())
    return char.isupper() and follows


def _as_is(name: str) -> str:
    return name


_CASES: Mapping[str, Callable[[str], str]] = {"lower": str.lower, "snake": _snake, "preserve": _as_is}

QUERY = "{}"
"""The wrapper of a statement that stands by itself."""
ROUTINE, PROCEDURE = "CREATE FUNCTION x{}", "CREATE PROCEDURE x{}"
"""Wrappers of what stands behind the name of a function with a body in SQL, and behind a procedure's."""
ARGUMENTS, RESULT = "CREATE FUNCTION x({}) RETURNS int LANGUAGE sql", "CREATE FUNCTION x() RETURNS {} LANGUAGE sql"
"""Wrappers of what a function takes, and of what it returns."""
AGGREGATE = "CREATE AGGREGATE x({}) (sfunc = y)"
"""The wrapper of what an aggregate takes."""
TRIGGER, CONSTRAINT_TRIGGER, RULE = "CREATE TRIGGER x{}", "CREATE CONSTRAINT TRIGGER x{}", "CREATE RULE x AS{}"
"""Wrappers of what stands behind a trigger's name, and behind a rule's AS."""
BODY = "''"
"""What stands in a wrapper for a body that is a string."""
_WITH_QUERIES = frozenset(
    {
        QUERY,
        TRIGGER,
        CONSTRAINT_TRIGGER,
        RULE,
        AGGREGATE,
        ARGUMENTS,
        RESULT,
        ROUTINE,
        PROCEDURE,
        ROUTINE + BODY,
        PROCEDURE + BODY,
    }
)

# --- The names of one source -----------------------------------------------------------------------------------------

# What a text must hold for a name in it to change: a quoted name, a name before a dot, or a name in a literal.
_TELLING = re.compile(r'"|[a-z0-9_$)\]]\.(?![0-9])|regnamespace|\)::reg')
_BARE = re.compile(r"[a-z_][a-z0-9_$]*")
_NAME = r'"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*'
_NAMED_LITERAL = re.compile(rf"'({_NAME})\.({_NAME})'")
_QUALIFIED = re.compile(rf"({_NAME})\.({_NAME})", re.IGNORECASE)
_BEFORE_RELATION = frozenset({"FROM", "JOIN", "INTO", "UPDATE", "ONLY"})
_TYPE = re.compile(rf"({_NAME})\.({_NAME})((?:\(.*\))?(?:\[\])*)", re.DOTALL)


class Code(NamedTuple):
    """A body of a function under its new names."""

    text: str
    proven: int
    """How many names of objects of the source stand in it, and are rewritten."""
    left: tuple[str, ...]
    """Names that nothing proves: they stand as they were."""


class Names:
    """Source names to target names, of one source database; pure, and remembers what it was asked."""

    def __init__(
        self,
        rules: NamingRules,
        *,
        source: str,
        database: str,
        foreign: Mapping[Place, str] | None = None,
        columns: Mapping[tuple[str, str], Collection[str]] | None = None,
        objects: Collection[tuple[str, str]] = frozenset(),
        roots: Mapping[tuple[str, ...], tuple[str, str]] | None = None,
    ) -> None:
        """Take what is not renamed, and what columns there are.

        foreign: each object that an extension owns, to the schema where it lives in the target.
        roots: of each partition, and each column that is inherited, the table by which it is named.
        columns: of a relation, so that texts which cannot hold a renamed bare name need not be read.
        objects: (schema, name) of relations, types and functions, for texts that only a person can have qualified.
        """
        self._rules = rules
        self._source = source
        self._database = database
        self._foreign = foreign or {}
        self._columns = columns or {}
        self._objects = objects
        self._roots = roots or {}
        self._targets: dict[tuple[str, ...], str] = {}
        self._settled: dict[tuple[str, str], bool] = {}

    def schema(self, schema: str) -> str:
        """The schema's name in the target; PostgreSQL's own keep theirs."""
        target = self._targets.get((schema,))
        if target is None:
            target = self._targets[(schema,)] = self._new_schema(schema)
        return target

    def name(self, schema: str, name: str, space: Space) -> str:  # noqa: ARG002 - who renames within the target asks
        """The new name of what stands in the schema by itself."""
        return self._target(schema, name)

    def member(self, schema: str, owner: str, name: str) -> str:
        """The new name of a column of a relation: where that is from another table, as there."""
        root = self._roots.get((schema, owner, name)) or self._roots.get((schema, owner)) or (schema, owner)
        return self._member(*root, name)

    def constraint(self, schema: str, owner: str, name: str) -> str:
        """The new name of a constraint of a relation or domain: as if it were a column's, which may bear the same."""
        return self._member(schema, owner, name)

    def trigger(self, schema: str, owner: str, name: str) -> str:
        """The new name of a trigger, rule or policy of a relation: as a constraint's."""
        return self._member(schema, owner, name)

    def label(self, schema: str, name: str, label: str) -> str:  # noqa: ARG002 - others rename labels
        """The same: labels are data."""
        return label

    def field(self, name: str) -> str:
        """The new name of an attribute of a composite value, whose type is not to be seen in an expression."""
        return self._rules.renamed(name)

    def qualified(self, schema: str, name: str, space: Space) -> tuple[str, str]:
        """Schema and name in the target; what PostgreSQL or an extension owns keeps its name."""
        if _is_system(schema):
            return schema, name
        home = self._foreign.get((space, schema, name))
        return (self.schema(schema), self.name(schema, name, space)) if home is None else (home, name)

    def type(self, text: str) -> str:
        """A type as format_type() writes it under an empty search_path, with its new name.

        Raises: Unsupported for a text that is neither qualified nor a type of PostgreSQL's own.
        """
        if match := _TYPE.fullmatch(text):
            schema, name = self.qualified(_meant(match[1]), _meant(match[2]), Space.TYPE)
            return f"{quoted(schema)}.{quoted(name)}{match[3]}"
        if "." in text or ('"' in text and not re.fullmatch(r'"(char|any)"(\[\])?', text)):
            raise Unsupported(f"type {text!r} of {self._database}: not a type as format_type() writes it")
        return text

    def expression(self, text: str, *, schema: str = "", relation: str = "", wrapper: str = "SELECT ({})") -> str:
        """The text with every name in it renamed, and else byte for byte as it was.

        text: what PostgreSQL wrote under an empty search_path; a query by itself has the wrapper `{}`.
        schema, relation: whose columns the unqualified names are.
        wrapper: the statement that makes it SQL: `CREATE INDEX ON x {}` from USING on, `ALTER TABLE x ADD {}` for a
            constraint, `ALTER DOMAIN x ADD {}`, `CREATE TABLE x (y int) PARTITION BY {}`, `CREATE STATISTICS x ON {}
            FROM y`, `CREATE TRIGGER x AFTER UPDATE ON y FOR EACH ROW WHEN ({}) EXECUTE FUNCTION z()`.

        Raises: Unsupported for a text that cannot be read, or whose names cannot be told apart.
        """
        if not _TELLING.search(text) and self._keeps_bare(schema, relation):
            return text
        try:
            return self._written(_anatomy(text, wrapper), schema, relation)
        except _UnreadableError as fault:
            owner = source_path(*filter(None, (self._database, schema, relation)))
            shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
            raise Unsupported(f"cannot rename the names in an expression of {owner}: {shown!r}: {fault}") from fault

    def code(self, text: str, schema: str, *, has_path: bool) -> Code:
        """A function's body, as its author wrote it, with the names that are sure, and what is left of the source's.

        Sure are those with a schema, and those in quotes; and in a literal `'schema.name'`. Left are those in other
        texts, and without a path of its own (`has_path`) relations of the schema that are named without it: what these
        mean, only the search_path of their time says. What cannot be scanned stays as it is, and is left as a whole.
        """
        try:
            tokens = _tokens(text)
        except _UnreadableError as fault:
            return Code(text, 0, (f"what cannot be read ({fault})",))
        parts: list[str] = []
        encoded, end, proven = text.encode(), 0, 0
        for start, after, written, is_known in self._in_code(tokens):
            parts += (encoded[end:start].decode(), written)
            end, proven = after, proven + is_known
        left = self._unproven(tokens, schema, has_path=has_path)
        return Code("".join((*parts, encoded[end:].decode())), proven, left)

    def _in_code(self, tokens: list["_Token"]) -> Iterator[tuple[int, int, str, bool]]:
        """From where to where, what stands there now, and whether it is known as an object of the source."""
        at = 0
        while at < len(tokens):
            token = tokens[at]
            last = _chain_end(tokens, at) if _is_word(token.text) else at
            if _is_word(token.text):
                chain = tokens[at : last + 1 : 2]
                is_known = tuple(_meant(each.text) for each in chain[:2]) in self._objects
                yield token.start, tokens[last].end, self._in_chain(chain, _space_in_code(tokens, at, last)), is_known
            elif match := _NAMED_LITERAL.fullmatch(token.text):
                parts = (_meant(match[1]), _meant(match[2]))
                if parts in self._objects:
                    schema, name = self._qualified(parts, Space.RELATION)
                    yield token.start, token.end, quoted_literal(f"{quoted(schema)}.{quoted(name)}"), True
            at = last + 1

    def _in_chain(self, chain: list["_Token"], space: Space) -> str:
        texts = [token.text for token in chain]
        meant = tuple(map(_meant, texts))
        if meant[:2] in self._objects:
            schema, name = self.qualified(meant[0], meant[1], space)
            rest = [quoted(self.member(meant[0], meant[1], each)) for each in meant[2:]]
            return ".".join((quoted(schema), quoted(name), *rest))
        return ".".join(quoted(self._alias(_meant(text))) if text[0] == '"' else text for text in texts)

    def _unproven(self, tokens: list["_Token"], schema: str, *, has_path: bool) -> tuple[str, ...]:
        found = {name for token in tokens if _is_text(token.text) for name in self._named_in(token.text)}
        if not has_path:
            pairs = zip(tokens, tokens[1:], [*tokens[2:], None], strict=False)
            found |= {
                _meant(name.text)
                for before, name, after in pairs
                if before.text.upper() in _BEFORE_RELATION
                and _is_word(name.text)
                and (after is None or after.text != ".")
                and (schema, _meant(name.text)) in self._objects
            }
        return tuple(sorted(found))

    def _named_in(self, literal: str) -> Iterator[str]:
        if _NAMED_LITERAL.fullmatch(literal):
            return  # which is rewritten
        for match in _QUALIFIED.finditer(literal):
            schema, name = _meant(match[1]), _meant(match[2])
            if (schema, name) in self._objects:
                yield f"{schema}.{name}"

    def path(self, schemas: Iterable[str]) -> tuple[str, ...]:
        """The schemas of a search_path, those that are carried over under their new names."""
        known = {schema for schema, _ in self._objects}
        return tuple(self.schema(each) if each in known else each for each in schemas)

    def _qualified(self, names: tuple[str, ...], space: Space) -> tuple[str, str]:
        schema, name = names
        return self.qualified(schema, name, space)

    def _member(self, schema: str, owner: str, name: str) -> str:
        return name if name in SYSTEM_COLUMNS else self._target(schema, owner, name)

    def _target(self, *path: str) -> str:
        target = self._targets.get(path)
        if target is None:
            overrides = self._rules.overrides
            target = overrides.get(source_path(self._database, *path)) if overrides else None
            target = self._targets[path] = self._rules.renamed(path[-1]) if target is None else target
        return target

    def _new_schema(self, schema: str) -> str:
        if _is_system(schema):
            return schema
        target = self._rules.overrides.get(source_path(self._database, schema))
        return self._templated(schema) if target is None else target

    def _templated(self, schema: str) -> str:
        cased = self._rules.cased
        return self._rules.schema.format(
            source=cased(self._source), database=cased(self._database), schema=self._rules.renamed(schema)
        )

    def _keeps_bare(self, schema: str, relation: str) -> bool:
        """Whether no bare name in an expression of the relation changes: no rule but case touches `a_b`."""
        if not self._rules.replace and not self._rules.overrides:
            return True
        root = self._roots.get((schema, relation), (schema, relation))
        keeps = self._settled.get(root)
        if keeps is None:
            keeps = self._settled[root] = self._keeps_columns(*root)
        return keeps

    def _keeps_columns(self, schema: str, relation: str) -> bool:
        columns = self._columns.get((schema, relation))
        bare = [name for name in columns or () if _BARE.fullmatch(name)]
        return columns is not None and all(self.member(schema, relation, name) == name for name in bare)

    def _written(self, pieces: "_Pieces", schema: str, relation: str) -> str:
        """The pieces under their new names, in the form of the old ones where those stay."""
        return "".join(
            piece if isinstance(piece, str) else self._renamed_piece(piece, schema, relation) for piece in pieces
        )

    def _renamed_piece(self, piece: "_Piece", schema: str, relation: str) -> str:
        if isinstance(piece, _Literal):
            return quoted_literal(self._written(piece.pieces, schema, relation))
        if isinstance(piece, _Level):
            return self._apart(piece)
        if piece.role in {"output", "joined"}:
            return self._agreed(piece)
        targets = self._mentioned(piece, schema, relation)
        if len(targets) != len(piece.names):  # it was found by search_path, and is qualified now
            return ".".join(map(quoted, targets))
        parts = zip(piece.names, piece.texts, targets, strict=True)
        return ".".join(text if name == target else quoted(target) for name, text, target in parts)

    def _mentioned(self, mention: "_Mention", schema: str, relation: str) -> tuple[str, ...]:
        names, own = mention.names, (schema, relation)
        readings: Mapping[str, Callable[[], tuple[str, ...]]] = {
            "column": lambda: self._column(names, *own),
            "row": lambda: self._row(names, *own),
            "key": lambda: (self.member(*(mention.of or own), *names),),
            "object": lambda: self._qualified(names, mention.space),
            "operator": lambda: self._qualified(names + mention.of, Space.OTHER)[:1],
            "unqualified": lambda: self._found(names, schema),
            "schema": lambda: (self.schema(*names),),
            "alias": lambda: tuple(map(self._alias, names)),
            "qualifier": lambda: self._qualified(mention.of, Space.RELATION)[1:],
            "member": lambda: self._member_of(mention),
            "field": lambda: tuple(map(self.field, names)),
        }
        return readings[mention.role]()

    def _alias(self, name: str) -> str:
        """What a query calls something itself: a name without quotes stays, for nobody else knows it."""
        return name if _BARE.fullmatch(name) else self._rules.renamed(name)

    def _member_of(self, mention: "_Mention") -> tuple[str, ...]:
        """A column in a query; what it joins by must have one name on all sides."""
        (name,) = mention.names
        schema, relation = mention.of
        keeps = _is_system(schema) or (Space.RELATION, schema, relation) in self._foreign
        return (name if keeps else self.member(schema, relation, name),)

    def _apart(self, level: "_Level") -> str:
        """Nothing, if all that stands in one FROM list has names of its own."""
        new = [
            self._alias(each.name) if each.is_alias else self._qualified(each.relation, Space.RELATION)[1]
            for each in level.entries
        ]
        if len(set(new)) < len({each.name for each in level.entries}):
            raise _UnreadableError(f"two of {', '.join(each.name for each in level.entries)} get one name")
        return ""

    def _agreed(self, piece: "_Mention") -> str:
        """What makes a column that a query gives or joins by have the name by which the query calls it."""
        expected, (written,) = self._alias(*piece.names), self._member_of(piece)
        if written == expected:
            return ""
        if piece.role == "joined":
            raise _UnreadableError(f"USING ({piece.names[0]}) joins by a column that gets another name")
        return f" AS {quoted(expected)}"

    def _found(self, names: tuple[str, ...], schema: str) -> tuple[str, ...]:
        """Where a name without a schema leads: beside the expression, as a search_path would have it."""
        if not schema:
            raise _UnreadableError(f"{names[0]!r} has no schema, and neither has the expression")
        return self._qualified((schema, *names), Space.RELATION)

    def _column(self, names: tuple[str, ...], schema: str, relation: str) -> tuple[str, ...]:
        *owner, column = names
        if not relation:
            raise _UnreadableError(f"{column!r} is a column, and there is no relation whose it could be")
        if len(owner) == 2:  # noqa: PLR2004, schema and relation
            return *self._qualified(tuple(owner), Space.RELATION), self.member(owner[0], owner[1], column)
        target = self.member(schema, relation, column)
        return (*self._row(tuple(owner), schema, relation), target) if owner else (target,)

    def _row(self, names: tuple[str, ...], schema: str, relation: str) -> tuple[str, ...]:
        if names == (relation,):
            return (self.name(schema, relation, Space.RELATION),)
        if names in {("old",), ("new",)}:
            return names
        if len(names) == 2:  # noqa: PLR2004, schema and relation
            return self._qualified(names, Space.RELATION)
        raise _UnreadableError(f"{source_path(*names)} is not the relation that the expression belongs to")


def _is_system(schema: str) -> bool:
    return schema.startswith("pg_") or schema == "information_schema"


# --- The names in an expression --------------------------------------------------------------------------------------


class _UnreadableError(ValueError):
    """Why the names of a text could not be told apart."""


class _Mention(NamedTuple):
    """Names joined by dots, at one place of a text."""

    role: str
    names: tuple[str, ...]
    texts: tuple[str, ...]
    """The names as they are written."""
    of: tuple[str, ...] = ()
    """key: another relation, whose the column is; operator: the operator after the names."""
    space: Space = Space.OTHER
    """object: where it is to be looked for."""


class _Literal(NamedTuple):
    """A string literal that is cast to regclass or the like; its pieces are the text inside."""

    pieces: "_Pieces"


class _Level(NamedTuple):
    """A FROM list with more than one name."""

    entries: tuple[Entry, ...]


_Piece = _Mention | _Literal | _Level
_Pieces = tuple[str | _Piece, ...]


class _Token(NamedTuple):
    text: str
    start: int
    """Bytes from the beginning, as the end."""
    end: int


class _Reading(NamedTuple):
    """What the tree says about the tokens of a text."""

    tokens: list[_Token]
    columns: frozenset[int]
    """Where a reference to a column starts, in bytes."""
    keys: Mapping[int, tuple[str, ...]]
    """Which tokens are names in lists of columns, and whose, unless of the expression's own relation."""
    space: Space = Space.OTHER
    """Of names of which nothing beside them tells it."""


# Parse tree as JSON: strings escape their quotes, so that a key can never be mistaken for a value.
_STRING = rb'\{"String":\{"sval":"((?:[^"\\]|\\.)*)"\}\},?'
_COLUMN = re.compile(rb'"ColumnRef":\{"fields":\[(?:' + _STRING + rb'|\{"A_Star":\{\}\},?)+\],"location":(\d+)')
_ELEMENT = re.compile(rb'"(?:IndexElem|PartitionElem|StatsElem)":\{"name":"((?:[^"\\]|\\.)*)"')
_KEYS = re.compile(rb'"(?:keys|including|fk_attrs|pk_attrs|fk_del_set_cols)":\[((?:' + _STRING + rb")+)\]")

_REG_TYPES: Mapping[str, Space] = {
    "regclass": Space.RELATION,
    "regtype": Space.TYPE,
    "regproc": Space.ROUTINE,
    "regprocedure": Space.TYPE,
    "regoper": Space.OTHER,
    "regoperator": Space.TYPE,
    "regcollation": Space.COLLATION,
    "regdictionary": Space.DICTIONARY,
    "regconfig": Space.CONFIGURATION,
    "regnamespace": Space.OTHER,
}
"""What the names in a literal of such a type are, where no bracket follows: of routines with arguments, the types."""
_LED_BY: Mapping[str, Space] = {
    "::": Space.TYPE,
    "AS": Space.TYPE,
    "RETURNING": Space.TYPE,
    "COLLATE": Space.COLLATION,
    "REFERENCES": Space.RELATION,
    "SUPPORT": Space.ROUTINE,
}
"""What stands before a name tells what it is of."""


@lru_cache(maxsize=50_000)
def _anatomy(text: str, wrapper: str) -> _Pieces:
    """The text cut at its names: nothing of any source in it, so that a thousand like sources share it."""
    before, after = wrapper.split("{}")
    tree = _parsed(before + text + after)
    tokens = _tokens(text)
    is_whole = wrapper in _WITH_QUERIES  # whose body may hold a semicolon
    if not _is_closed(tokens, semicolons=is_whole) or tree.count(b'{"stmt":{') != 1:
        raise _UnreadableError("it is more than one expression")
    if is_whole or b'"SubLink":{' in tree:
        return _query_pieces(text, tokens, _places(tree), len(before.encode()))
    columns = _columns(tree, len(before.encode()), tokens)
    return _pieces(text, _Reading(tokens, columns, _keys(tree, tokens)))


@cache
def _postgast(module: str) -> Any:
    """PostgreSQL's parser, when first needed: 0.1 s. By its name, since mypy cannot read its stubs."""
    return import_module(f"postgast.{module}")


def _parsed(statement: str) -> bytes:
    """The parse tree as JSON: its protobuf form costs five times that, and breaks at 60 nested operators."""
    lib = _postgast("native").lib
    result = lib.pg_query_parse(statement.encode())
    try:
        if result.error:
            message = result.error.contents.message.decode(errors="replace")
            raise _UnreadableError(_TOO_DEEP if message.startswith("memory exhausted") else message)
        return bytes(result.parse_tree)
    finally:
        lib.pg_query_free_parse_result(result)


def _tokens(text: str) -> list[_Token]:
    encoded = text.encode()
    try:
        scanned = _postgast("scan").scan(text).tokens
    except _postgast("errors").PgQueryError as error:
        raise _UnreadableError(str(error)) from error
    return [_Token(encoded[(start := token.start) : (end := token.end)].decode(), start, end) for token in scanned]


def _is_closed(tokens: list[_Token], *, semicolons: bool) -> bool:
    """Whether the text ends nothing that it did not begin: so it cannot leave the place where it is put."""
    depth = 0
    for token in tokens:
        depth += (token.text in "([") - (token.text in ")]")
        if depth < 0 or (token.text == ";" and not semicolons):
            return False
    return depth == 0


def _columns(tree: bytes, offset: int, tokens: list[_Token]) -> frozenset[int]:
    found = frozenset(int(match[2]) - offset for match in _COLUMN.finditer(tree))
    seen = sum(token.start in found and _is_word(token.text) for token in tokens)
    if not tree.count(b'"ColumnRef":{') == len(found) == seen:
        raise _UnreadableError("its columns are not where they are said to be")
    return found


def _keys(tree: bytes, tokens: list[_Token]) -> dict[int, tuple[str, ...]]:
    """Names in lists of columns: the tree says which there are and not where, the tokens where and not which."""
    expected = [json.loads(b'"%b"' % name) for name in _listed_names(tree)]
    if not expected:
        return {}
    found = dict(_list_places(tokens, 0 if b'"StatsElem":{' in tree else 1))
    if sorted(expected) != sorted(_meant(tokens[at].text) for at in found):
        raise _UnreadableError(f"cannot find the columns {expected} in it")
    return found


def _listed_names(tree: bytes) -> Iterator[bytes]:
    yield from _ELEMENT.findall(tree)
    for match in _KEYS.finditer(tree):
        yield from re.findall(_STRING, match[1])


def _list_places(tokens: list[_Token], level: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each token that is a whole name at the start of an item of a list, and of what other relation the list is."""
    depth, is_list, owner = 0, level == 0, tuple[str, ...]()
    for at, token in enumerate(tokens):
        if depth == 0 and token.text == "WHERE":
            return
        if token.text in "([":
            if depth == 0 and level == 1:
                is_list, owner = _text(tokens, at - 1) != "WITH", _referenced(tokens, at)
            depth += 1
        elif token.text in ")]":
            depth -= 1
        elif _starts_item(tokens, at, depth, level) and (is_list or depth == 0) and _is_written_name(token.text):
            yield at, owner


def _starts_item(tokens: list[_Token], at: int, depth: int, level: int) -> bool:
    """Whether a name alone stands here: after a bracket, a comma or PERIOD; or, outside of lists, after NOT NULL."""
    before = _text(tokens, at - 1)
    begins = before in {"", "(", ",", "PERIOD"} if depth == level else depth == 0 and before == "NULL"
    return begins and _text(tokens, at + 1) not in {"(", "."}


def _referenced(tokens: list[_Token], at: int) -> tuple[str, ...]:
    """Schema and relation, if a foreign key's REFERENCES stands before the list."""
    if _text(tokens, at - 2) == "REFERENCES":
        raise _UnreadableError(f"{tokens[at - 1].text} has no schema")
    if _text(tokens, at - 4) != "REFERENCES":
        return ()
    return _meant(tokens[at - 3].text), _meant(tokens[at - 1].text)


def _text(tokens: list[_Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) else ""


def _pieces(text: str, reading: _Reading) -> _Pieces:
    encoded, end = text.encode(), 0
    pieces: list[str | _Mention | _Literal] = []
    for first, last, piece in _mentions(reading):
        pieces += (encoded[end : first.start].decode(), piece)
        end = last.end
    return (*pieces, encoded[end:].decode())


def _mentions(reading: _Reading) -> Iterator[tuple[_Token, _Token, _Mention | _Literal]]:
    tokens, at = reading.tokens, 0
    while at < len(tokens):
        is_word = _is_word(tokens[at].text)
        last = _chain_end(tokens, at) if is_word else at
        piece = _mention(reading, at, last) if is_word else _literal(tokens, at)
        if piece:
            yield tokens[at], tokens[last], piece
        at = last + 1


def _chain_end(tokens: list[_Token], at: int) -> int:
    """The last token of the names that dots join from here on."""
    while _text(tokens, at + 1) == "." and _is_word(_text(tokens, at + 2)):
        at += 2
    return at


def _mention(reading: _Reading, first: int, last: int) -> _Mention | None:
    tokens = reading.tokens
    is_column = tokens[first].start in reading.columns
    follows, leads = _text(tokens, first - 1) == ".", _text(tokens, last + 1) == "."
    if not (is_column or follows or leads or first < last or first in reading.keys):
        return None  # PostgreSQL's own ("substring"(x), "char", COLLATE "C"), or no name of an object at all
    texts = tuple(token.text for token in tokens[first : last + 1 : 2])
    names, tail = tuple(map(_meant, texts)), _text(tokens, last + 2) if leads else ""
    if follows:
        return _Mention("field", names, texts)
    if first in reading.keys:
        return _Mention("key", names, texts, reading.keys[first])
    if is_column:
        return _column_mention(names, texts, tail)
    return _object_mention(names, texts, tail, _space(tokens, first, last, reading.space))


def _space(tokens: list[_Token], first: int, last: int, other: Space) -> Space:
    """What the names from the first to the last token are of, as far as their neighbours tell."""
    before = _text(tokens, first - 1)
    if before in _LED_BY:
        return _LED_BY[before]
    if _text(tokens, last + 1) != "(":
        return other
    # Behind what an index sorts its operator class stands, which may have options.
    is_behind_key = before == ")" or (_is_word(before) and _is_written_name(before))
    return Space.OTHER if is_behind_key else Space.ROUTINE


def _column_mention(names: tuple[str, ...], texts: tuple[str, ...], tail: str) -> _Mention | None:
    if texts[0][0] != '"' and texts[0].isupper():  # VALUE of a domain, MINVALUE of a partition
        return None
    return _Mention("row" if tail else "column", names, texts)


def _object_mention(names: tuple[str, ...], texts: tuple[str, ...], tail: str, space: Space) -> _Mention | None:
    if tail and len(names) == 1:
        return _Mention("operator", names, texts, (tail,))
    if tail or len(names) > 2:  # noqa: PLR2004, schema and name
        raise _UnreadableError(f"{source_path(*names)} has too many parts")
    return _Mention("object", names, texts, space=space)


def _literal(tokens: list[_Token], at: int) -> _Literal | None:
    """The literal, if it is cast to regclass or the like: names hide in it."""
    if not tokens[at].text.endswith("'"):
        return None
    early = _text(tokens, at + 1) == "::" and _text(tokens, at + 2) in _REG_TYPES
    late = [_text(tokens, at + step) for step in range(1, 5)] == ["::", "text", ")", "::"]
    kind = _text(tokens, at + 2) if early else _text(tokens, at + 5)
    if not (early or late) or kind not in _REG_TYPES:
        return None
    return _reg_literal(tokens[at].text, kind, late=late, is_array=_text(tokens, at + (3 if early else 6)) == "[")


def _reg_literal(literal: str, kind: str, *, late: bool, is_array: bool) -> _Literal:
    """The names in the literal; `late` when it is looked up at each use, along the search_path of then."""
    if is_array or not literal.startswith("'"):
        raise _UnreadableError(f"names in {literal} of type {kind}")
    inside = literal[1:-1].replace("''", "'")
    tokens = _tokens(inside)
    alone = len(tokens) == 1 and _is_word(inside)
    if alone and (kind == "regnamespace" or (late and kind == "regclass" and not inside.startswith("pg_"))):
        role = "schema" if kind == "regnamespace" else "unqualified"
        return _Literal((_Mention(role, (_meant(inside),), (inside,)),))
    return _Literal(_pieces(inside, _Reading(tokens, frozenset(), {}, _REG_TYPES[kind])))


def relabelled(text: str, labels: Mapping[tuple[str, str], Mapping[str, str]]) -> str:
    """The text with other labels in the literals of these types: `'ok'::app.mood`, `'{ok,"so so"}'::app.mood[]`."""
    tokens, encoded, end = _tokens(text), text.encode(), 0
    parts: list[str] = []
    for at, token in enumerate(tokens):
        cast, schema, dot, name, bracket = (_text(tokens, at + step) for step in range(1, 6))
        if not (token.text.startswith("'") and (cast, dot) == ("::", ".")):
            continue
        if new := labels.get((_meant(schema), _meant(name))):
            inside = token.text[1:-1].replace("''", "'")
            written = _ELEMENT_OF_ARRAY.sub(partial(_relabelled, new), inside) if bracket == "[" else new.get(inside)
            parts += (encoded[end : token.start].decode(), quoted_literal(inside if written is None else written))
            end = token.end
    return "".join((*parts, encoded[end:].decode()))


_ELEMENT_OF_ARRAY = re.compile(r'"(?:[^"\\]|\\.)*"|[^{},"]+')
_BARE_ELEMENT = re.compile(r"(?!null$)[^\s{},\"\\]+", re.IGNORECASE)


def _relabelled(labels: Mapping[str, str], match: re.Match[str]) -> str:
    element = match[0]
    label = re.sub(r"\\(.)", r"\1", element[1:-1]) if element[0] == '"' else element
    new = labels.get(label) if element[0] == '"' or element.upper() != "NULL" else None
    if new is None:
        return element
    return new if _BARE_ELEMENT.fullmatch(new) else '"' + re.sub(r'(["\\])', r"\\\1", new) + '"'


# -- in queries


def _places(tree: bytes) -> Places:
    try:
        return places(json.loads(tree))
    except RecursionError:
        raise _UnreadableError(_TOO_DEEP) from None


def _query_pieces(text: str, tokens: list[_Token], found: Places, offset: int) -> _Pieces:
    encoded, end = text.encode(), 0
    pieces: list[str | _Piece] = [_Mention("joined", (name,), (), of) for of, name in found.joined if of]
    pieces += map(_Level, found.levels)
    for start, after, piece in _query_mentions(tokens, found, offset):
        pieces += (encoded[end:start].decode(), piece)
        end = after
    return (*pieces, encoded[end:].decode())


_Placed = tuple[int, int, "_Mention | _Literal"]
"""From where to where, in bytes, and what stands there."""


def _query_mentions(tokens: list[_Token], found: Places, offset: int) -> Iterator[_Placed]:
    at, lists_columns = 0, False
    while at < len(tokens):
        is_word = _is_word(tokens[at].text)
        last = _chain_end(tokens, at) if is_word else at
        lists_columns = tokens[at].text != "ON" and (lists_columns or (found.is_trigger and tokens[at].text == "OF"))
        if lists_columns and is_word and tokens[at].text != "OF":
            yield _placed([tokens[at]], "key")
        elif is_word:
            yield from _of_chain(tokens, at, last, found, offset)
        elif literal := _literal(tokens, at):
            yield tokens[at].start, tokens[at].end, literal
        at = last + 1


def _of_chain(tokens: list[_Token], first: int, last: int, found: Places, offset: int) -> Iterator[_Placed]:
    """What names joined by dots mean; a chain may be a column, an object, an alias."""
    place, chain = tokens[first].start + offset, tokens[first : last + 1 : 2]
    if reference := found.columns.get(place):
        yield from _of_reference(chain, reference)
    elif place in found.members:
        yield _placed(chain, "member", found.members[place])
    elif found.relations.get(place) and len(chain) == 1:
        yield _placed(chain, "alias")
    elif _text(tokens, first - 1) == ".":
        yield _placed(chain, "field")
    elif len(chain) > 1 or _text(tokens, last + 1) == ".":
        after = _text(tokens, last + 1)
        tail = _text(tokens, last + 2) if after == "." else ""
        space = _space_in_query(tokens, first, last, found, place)
        if mention := _object_mention(*_named(chain), tail, space):
            yield chain[0].start, chain[-1].end, mention
    elif _is_alias(tokens, first, found, place):
        yield _placed(chain, "alias")


def _space_in_query(tokens: list[_Token], first: int, last: int, found: Places, place: int) -> Space:
    if place in found.relations:
        return Space.RELATION
    return Space.TYPE if place in found.types else _space(tokens, first, last, Space.OTHER)


def _space_in_code(tokens: list[_Token], first: int, last: int) -> Space:
    """As _space, of what its author may have written in small letters."""
    before = _text(tokens, first - 1).upper()
    if before in _BEFORE_RELATION or before in _LED_BY:
        return _LED_BY.get(before, Space.RELATION)
    return Space.ROUTINE if _text(tokens, last + 1) == "(" else Space.RELATION


def _is_alias(tokens: list[_Token], at: int, found: Places, place: int) -> bool:
    """Of names without quotes none has to be known as an alias: it keeps its name."""
    if _text(tokens, at - 1) in {"COLLATE", "SET"}:  # a collation, or a setting
        return False
    return tokens[at].text[0] == '"' and place not in found.fixed and place not in found.types


def _of_reference(chain: list[_Token], reference: Reference) -> Iterator[_Placed]:
    owner, column = (chain[:-1], chain[-1]) if reference.has_column else (chain, None)
    if reference.of is None and reference.qualifier is None:  # of what the query stands in
        if mention := _column_mention(*_named(chain), "" if reference.has_column else "."):
            yield chain[0].start, chain[-1].end, mention
        return
    if len(owner) > 1:
        yield _placed(owner, "object", space=Space.RELATION)
    elif owner and reference.qualifier:
        yield _placed(owner, *_of_entry(reference.qualifier))
    if column is None:
        return
    yield _placed([column], "member", reference.of) if reference.of else _placed([column], "alias")
    if reference.is_output and reference.of:
        yield column.end, column.end, _Mention("output", (_meant(column.text),), (), reference.of)


def _of_entry(entry: Entry) -> tuple[str, tuple[str, ...]]:
    return ("alias", ()) if entry.is_alias else ("qualifier", entry.relation)


def _named(chain: Iterable[_Token]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    texts = tuple(token.text for token in chain)
    return tuple(map(_meant, texts)), texts


def _placed(chain: list[_Token], role: str, of: tuple[str, ...] = (), space: Space = Space.OTHER) -> _Placed:
    return chain[0].start, chain[-1].end, _Mention(role, *_named(chain), of, space)


def _is_text(text: str) -> bool:
    """Whether it is a string, in whatever quotes."""
    return text.endswith("'") or (text[0] == "$" and text.endswith("$"))


def _is_word(text: str) -> bool:
    return text[:1] == '"' or ((text[:1].isalpha() or text[:1] == "_") and text[-1] not in "'\"")


def _is_written_name(text: str) -> bool:
    """Whether PostgreSQL writes a name so: keywords have capitals, and names with capitals have quotes."""
    return text[0] == '"' or _BARE.fullmatch(text) is not None


def _meant(text: str) -> str:
    """The name that a written name means."""
    return text[1:-1].replace('""', '"') if text[0] == '"' else text.lower()


# --- What is wrong with new names ------------------------------------------------------------------------------------


class Renaming(NamedTuple):
    """One object's new name, and where that must be the only one of its kind. A named tuple, for its quick hash."""

    kind: str
    namespace: tuple[str, ...]
    """What the target must be unique in: ("schema",), ("relation", schema), ("column", schema, table) ..."""
    source_path: str
    """As `source_path` makes it."""
    target: str


def name_faults(renamings: Iterable[Renaming]) -> tuple[str, ...]:
    """One message for each name that does not fit or is another's already, with the override that settles it."""
    found = set(renamings)
    if len({(each.namespace, each.target) for each in found}) == len(found) and not any(map(_is_unfit, found)):
        return ()
    every = sorted(found, key=_order)
    settling = _Settling(every)
    unfit = [settling.message(each, fault, base) for each in every for fault, base in _unfit(each)]
    return (*filter(None, unfit), *filter(None, _clashes(every, settling)))


def _order(renaming: Renaming) -> tuple[object, ...]:
    return renaming.namespace, renaming.target, renaming.source_path, renaming.kind


def _is_unfit(renaming: Renaming) -> bool:
    return next(_unfit(renaming), None) is not None


def _unfit(renaming: Renaming) -> Iterator[tuple[str, str]]:
    """Why the name cannot be at all, and what another could begin with."""
    target = renaming.target
    if not target:
        yield "a name cannot be empty", renaming.kind.replace(" ", "_")
    elif (size := len(target.encode())) > LONGEST_NAME:
        yield f"it has {size} bytes, of which {LONGEST_NAME} fit", target
    elif renaming.namespace == ("schema",) and (target.startswith("pg_") or target in OUR_SCHEMAS):
        yield "it is reserved", f"dw__{target}"
    elif renaming.kind == "column" and target in SYSTEM_COLUMNS:
        yield "PostgreSQL gives every table one of that name", f"source_{target}"


def _clashes(every: list[Renaming], settling: "_Settling") -> Iterator[str]:
    groups: dict[tuple[object, ...], list[Renaming]] = {}
    for renaming in every:
        groups.setdefault((renaming.namespace, renaming.target), []).append(renaming)
    for group in groups.values():
        waiting = {each.source_path: each for each in group if each.source_path not in settling.proposed}
        keeper, *others = sorted(waiting.values(), key=_strangeness) or group
        fault = f"so is {_shown(keeper.source_path)}"
        yield from (settling.message(other, fault, other.target) for other in others)


def _strangeness(renaming: Renaming) -> tuple[int, str]:
    """Least for the one that is written most like the new name: it keeps it."""
    letters = zip(reversed(renaming.source_path), reversed(renaming.target), strict=False)
    return -sum(old == new for old, new in letters), renaming.source_path


class _Settling:
    """Proposes for each object one name that is free wherever the object stands."""

    def __init__(self, renamings: Iterable[Renaming]) -> None:
        self.proposed: dict[str, str] = {}
        self._taken: dict[tuple[str, ...], set[str]] = {}
        self._places: dict[str, set[tuple[str, ...]]] = {}
        for renaming in renamings:
            self._taken.setdefault(renaming.namespace, set()).add(renaming.target)
            self._places.setdefault(renaming.source_path, set()).add(renaming.namespace)

    def message(self, renaming: Renaming, fault: str, base: str) -> str:
        """The fault with its remedy; nothing where an earlier remedy for the same object settles this too."""
        path = renaming.source_path
        if path in self.proposed:
            return ""
        self.proposed[path] = free = self._free(path, base)
        place = "".join(f" in {_shown(source_path(*names))}" for names in [renaming.namespace[1:]] if names)
        called = f"{renaming.kind} {_shown(path)} would be called {_shown(renaming.target)}{place}"
        return f"{called}, but {fault}: naming.overrides: {{{_yaml(path)}: {_value(free)}}}"

    def _free(self, path: str, base: str) -> str:
        taken = [self._taken[place] for place in self._places[path]]
        endings = ("" if number == 1 else f"_{number}" for number in count(1))
        names = (_cut(base, LONGEST_NAME - len(ending)) + ending for ending in endings)
        free = next(name for name in names if not any(name in names for names in taken))
        for names_there in taken:
            names_there.add(free)
        return free


def _cut(name: str, size: int) -> str:
    """As much of the name as fits into so many bytes, without half a character."""
    return name.encode()[:size].decode(errors="ignore")


def _shown(text: str) -> str:
    return text if text.isprintable() and text else _yaml(text)


def _value(name: str) -> str:
    return name if re.fullmatch(r"[a-z]\w*[_\d]\w*", name, re.ASCII) else _yaml(name)


def _yaml(text: str) -> str:
    """The text in quotes, as YAML reads it; nothing in it that a terminal would obey."""
    return '"' + "".join(map(_yaml_char, text)) + '"'


def _yaml_char(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    return char if char.isprintable() else f"\\U{ord(char):08x}"
