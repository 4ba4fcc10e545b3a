"""How a value is sent that shall arrive in a column of the new table: cast, unharmed, and as text where it must be."""

import re
from dataclasses import dataclass, replace

from dw_migration.resolutions.shape import ColumnShape
from dw_migration.sql import Sql, deparsed, sql

PORTABLE = frozenset(
    {
        *("smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean", "oid", "uuid"),
        *("text", "character varying", "character", "bpchar", '"char"', "name", "bytea", "jsonb"),
        *("date", "time without time zone", "time with time zone", "interval"),
        *("timestamp without time zone", "timestamp with time zone"),
        *("inet", "cidr", "macaddr", "macaddr8"),
        *("int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"),
    }
)
"""Types that have one binary form and one extended hash on every server; also the elements of such arrays."""

_LIMITS = re.compile(r"\((?P<limit>\d+)(?:,(?P<scale>-?\d+))?\)")
_DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}


@dataclass(frozen=True, slots=True)
class Type:
    """A type of PostgreSQL's own, by the text of format_type; without a name: somebody's, which others do not have."""

    name: str = ""
    limit: int | None = None
    scale: int | None = None
    is_array: bool = False
    text: str = "text"
    """All of it; `text` for what others do not have, since only its text can be sent."""

    @property
    def has_characters(self) -> bool:
        """Whether its limit counts characters, and a cast to it cuts without a word."""
        return self.limit is not None and self.name in {"character varying", "character", "bit", "bit varying"}

    @property
    def is_portable(self) -> bool:
        """Whether its values travel and hash in binary form."""
        return self.name in PORTABLE or self.name.startswith("interval")


TEXT = Type("text")
_UNKNOWN = Type()


@dataclass(frozen=True, slots=True)
class Carried:
    """An expression over the old row, and what it yields."""

    expression: Sql
    type: str
    is_text: bool = False


def type_of(column: ColumnShape) -> Type:
    """The type itself; of a domain: the one under it."""
    return type_named(column.base_type or column.type)


def type_named(text: str) -> Type:
    """The type that format_type() writes so, with an empty search_path."""
    if "." in text:  # PostgreSQL's own are written without a schema
        return _UNKNOWN
    found = _LIMITS.search(text)
    name = _LIMITS.sub("", text)
    limit, scale = (found["limit"], found["scale"]) if found else (None, None)
    return Type(name.removesuffix("[]"), _number(limit), _number(scale), name.endswith("[]"), text)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def carried(value: Sql, old: ColumnShape, new: ColumnShape) -> Carried:
    """An old column's values, for the new one.

    What could be cut by a cast is sent without limits and as text, so that the target refuses it.
    """
    source, target = type_of(old), type_of(new)
    if not source.name:
        value, source = sql("{}::text", value), TEXT
    if source.text == target.text and not old.base_type:
        return _sent(value, target, new)
    return _cast(value, source, target, new)


def carried_text(value: Sql, new: ColumnShape) -> Carried:
    """An expression that yields text, for the new column."""
    return _cast(value, TEXT, type_of(new), new)


def carried_expression(value: Sql, new: ColumnShape) -> Carried:
    """An expression that yields a type that only the server knows, for the new column."""
    return _cast(sql("({})", value), _UNKNOWN, type_of(new), new)


def literal(text: str | None, new: ColumnShape) -> Carried:
    """A value that a person wrote, None for NULL, in the type in which `carried` sends to that column."""
    target = type_of(new)
    value = Sql("NULL") if text is None else sql("{}", text)
    return _sent(_to(value, target), target, new)


def overflows(text: str, new: ColumnShape) -> bool:
    """Whether a cast to the column's type would cut the text."""
    target = type_of(new)
    counted = text if target.name.startswith("bit") else text.rstrip(" ")
    return target.has_characters and not target.is_array and len(counted) > (target.limit or 0)


def refusing(value: Sql, new: ColumnShape) -> Sql:
    """An expression that fails for every value but NULL, for which it is NULL; no error of it tells the value."""
    # no constant: PostgreSQL would evaluate that beforehand, for no row at all
    failing = sql("(pg_catalog.left({}::text, 0) || {})::integer", value, "there is no entry for this value")
    target = type_of(new)
    return _sent(_to(sql("{}::text", failing), target), target, new).expression


def _sent(value: Sql, target: Type, new: ColumnShape) -> Carried:
    """A value of the type, in the form in which it travels."""
    if target.name == "xml" and not target.is_array:  # what it is written as has lost its declaration
        return Carried(sql("({})::text", value), "text", is_text=True)
    return Carried(value, target.text, new.kind == "d" or not target.is_portable)


def _to(value: Sql, target: Type) -> Sql:
    return sql("{}::{}", value, deparsed(target.text))


def _cast(value: Sql, source: Type, target: Type, new: ColumnShape) -> Carried:
    if target.has_characters and not _holds(source, target):
        text = value if source is TEXT else sql("{}::text", value)
        return Carried(_uncut(text, target), "text", is_text=True)
    if target.name == "numeric" and target.limit and not target.is_array and not _holds(source, target):
        rounded = sql("pg_catalog.round({}::numeric, {})", value, target.scale or 0)
        return Carried(rounded, "numeric", is_text=True)
    return _sent(_to(value, target), target, new)


def _uncut(text: Sql, target: Type) -> Sql:
    """The text as the column gives it back: without the blanks that its limit, or its type, takes from the end."""
    if target.is_array or target.name.startswith("bit"):
        return text
    if target.name == "character":
        return sql("pg_catalog.rtrim({}, ' ')", text)
    limit = target.limit or 0
    fits = sql("pg_catalog.char_length(pg_catalog.rtrim({}, ' ')) <= {}", text, limit)
    return sql("CASE WHEN {} THEN pg_catalog.left({}, {}) ELSE {} END", fits, text, limit, text)


def _holds(source: Type, target: Type) -> bool:
    """Whether every value of the one type fits the other's limits."""
    if source.is_array != target.is_array or target.limit is None:
        return target.limit is None
    if target.name == "numeric":
        whole = target.limit - (target.scale or 0)
        if source.name == "numeric" and source.limit is not None:
            scale = source.scale or 0
            return (target.scale or 0) >= scale and whole >= source.limit - scale
        return whole >= _DIGITS.get(source.name, whole + 1)
    is_alike = source.name.startswith("bit") == target.name.startswith("bit") and source.has_characters
    return is_alike and target.limit >= (source.limit or 0)


def keeps_order(old: ColumnShape, new: ColumnShape) -> bool:
    """Whether the new column's values stand in the order of the old one's, and are as many."""
    source, target = type_of(old), type_of(new)
    if source.is_array or target.is_array or not source.name or not target.name:
        return False
    if source == replace(target, text=source.text):
        return source.name in _ORDERED
    return _keeps_order(source, target)


_NUMBERS = ("smallint", "integer", "bigint", "numeric")
_MOMENTS = ("date", "timestamp without time zone", "timestamp with time zone")
_TEXTS = ("character varying", "text")
_ORDERED = frozenset({*_NUMBERS, *_MOMENTS, *_TEXTS, "uuid", "bytea", "character"})


def _keeps_order(source: Type, target: Type) -> bool:
    if source.name in _TEXTS and target.name in _TEXTS:
        return True  # what would be cut is refused
    if source.name in _MOMENTS and target.name in _MOMENTS:
        is_as_fine = source.name == "date" or target.limit is None or (source.limit or 6) <= target.limit
        return is_as_fine and _MOMENTS.index(source.name) <= _MOMENTS.index(target.name)
    if source.name in _NUMBERS and target.name in _NUMBERS:
        is_upward = _NUMBERS.index(source.name) <= _NUMBERS.index(target.name)
        return is_upward and (target.name != "numeric" or target.limit is None or _holds(source, target))
    return False
