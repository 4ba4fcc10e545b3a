"""What a person decided of rows that do not simply fit: values, and the file in which they stand."""

import difflib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, WithJsonSchema
from pydantic.dataclasses import dataclass as checked

from dw_migration.errors import BadConfig
from dw_migration.resolutions.document import Document, Place, dotted, parsed, shown
from dw_migration.resolutions.shape import TableName

SCHEMA_ID = "urn:dw_migration:resolutions:1"
SCHEMA_FILE = "resolutions.schema.json"
_STRICT = ConfigDict(extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True)


class Action(StrEnum):
    """What becomes of the values."""

    RENAME = "rename"
    """The old column's values go to the new one, cast where the types differ."""
    TRANSFORM = "transform"
    """They are looked up: in `value_mapping`, or in `lookup_table`."""
    DEFAULT = "default"
    """`default_value` for NULL, and where there is no old column."""
    IGNORE = "ignore"
    """The old column's values stay behind; a new column gets what its table gives it."""
    DROP_TABLE = "drop_table"
    """The table's rows stay behind."""
    EXPRESSION = "expression"
    """One SQL expression over the old row."""


def _as_text(value: object) -> object:
    """The value as PostgreSQL reads it; what is no scalar as it is, to be refused."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | Decimal) else value


def _not_empty(value: str) -> str:
    if not value:
        raise ValueError('found ""; expected a name, or null')
    return value


def _known_action(value: object) -> object:
    if isinstance(value, str) and value in set(Action):
        return value
    near = difflib.get_close_matches(str(value).lower(), list(Action), n=1)
    expected = f'"{near[0]}"?' if near else f"one of {', '.join(Action)}"
    raise ValueError(f"found {shown(value) if isinstance(value, str) else _what(value)}; expected {expected}")


Name = Annotated[str, AfterValidator(_not_empty)]
Value = Annotated[
    str | None, BeforeValidator(_as_text), WithJsonSchema({"type": ["string", "number", "boolean", "null"]})
]
"""The text of a value of the new type."""


@checked(frozen=True, slots=True, config=_STRICT)
class LookupTable:
    """A table in the new database that says for each old value the new one."""

    table: Name
    key_column: Name
    """Holds the old values: compared as text, none of them twice."""
    value_column: Name
    """Holds the new ones."""
    schema: Name | None = None
    """Default: the new table's."""

    @property
    def address(self) -> TableName:
        """Schema and name, of one that is `located`."""
        return self.schema or "", self.table

    def located(self, schema: str) -> "LookupTable":
        """The same, with this schema where it has none."""
        return self if self.schema else replace(self, schema=schema)


@checked(frozen=True, slots=True, config=_STRICT)
class Resolution:
    """One decision: what becomes of a change that could lose rows, or have them refused."""

    action: Annotated[Action, BeforeValidator(_known_action)]
    """What becomes of the values."""
    description: str | None = None
    """For the reader."""
    old_column: Name | None = None
    """The column from which the values come."""
    new_column: Name | None = None
    """The column that gets them."""
    value_mapping: dict[str, Value] | None = None
    """Old value, as text, to new value; null is not decided yet. NULL itself stays NULL, and where the new column is
    NOT NULL it gets default_value."""
    null_values: tuple[str, ...] = ()
    """Old values that become NULL."""
    lookup_table: LookupTable | None = None
    """Where the new values stand, instead of value_mapping."""
    default_value: Value = None
    """For old values without an entry; with the action default for NULL, and where there is no old column."""
    expression: str | None = None
    """One SQL expression over the old row: its columns by name or as o.name, all else with its schema."""
    counts: dict[str, int] | None = None
    """How many rows had each value when the file was written; for the reader."""

    @property
    def mapping(self) -> Mapping[str, str | None]:
        """Old value to new one, None for NULL; without what is not decided yet."""
        decided = {old: new for old, new in (self.value_mapping or {}).items() if new is not None}
        return decided | dict.fromkeys(self.null_values)

    @property
    def is_decided(self) -> bool:
        """Whether it says all that its action needs."""
        return next(gaps(self), None) is None


@checked(frozen=True, slots=True, config=_STRICT)
class Resolutions:
    """All decisions, by the old table's name: `orders`, or `shop.orders` where two schemas have one."""

    resolutions: dict[str, tuple[Resolution, ...]] = field(default_factory=dict)
    schema_: Annotated[str | None, Field(alias="$schema")] = None
    """Where the description of this file stands, for editors."""

    def by_table(self, tables: Collection[TableName]) -> dict[TableName, tuple[Resolution, ...]]:
        """Those of each of the old tables."""
        return {table: self.resolutions.get(key, ()) for table, key in keys_of(tables).items()}


def keys_of(tables: Collection[TableName]) -> dict[TableName, str]:
    """What the file calls each of the old tables: with its schema where its bare name could mean another one."""
    meant = Counter(text for schema, name in tables for text in (name, f"{schema}.{name}"))
    return {(schema, name): name if meant[name] == 1 else f"{schema}.{name}" for schema, name in tables}


# --- what is not decided yet ------------------------------------------------------------------------------------------

_NEEDED: Mapping[Action, tuple[str, ...]] = {
    Action.RENAME: ("old_column", "new_column"),
    Action.TRANSFORM: ("old_column", "new_column"),
    Action.DEFAULT: ("new_column", "default_value"),
    Action.IGNORE: (),
    Action.DROP_TABLE: (),
    Action.EXPRESSION: ("new_column", "expression"),
}
_ALLOWED: Mapping[Action, tuple[str, ...]] = {
    Action.RENAME: (),
    Action.TRANSFORM: ("value_mapping", "null_values", "lookup_table", "default_value"),
    Action.DEFAULT: ("old_column",),
    Action.IGNORE: ("old_column", "new_column"),
    Action.DROP_TABLE: (),
    Action.EXPRESSION: ("old_column",),
}
_WANTED: Mapping[str, str] = {
    "old_column": "the name of an old column",
    "new_column": "the name of a new column",
    "default_value": "a value",
    "expression": "an SQL expression over the old row",
}
_DECIDING = (*_WANTED, "value_mapping", "null_values", "lookup_table")


def gaps(resolution: Resolution) -> Iterator[tuple[Place, str]]:
    """What keeps the decision from being carried out, whatever the databases hold: its key, and what is wrong."""
    action = resolution.action
    for key in _NEEDED[action]:
        if getattr(resolution, key) is None:
            yield (key,), f'found null; expected {_WANTED[key]}, which the action "{action}" needs'
    for key in _DECIDING:
        if getattr(resolution, key) and key not in {*_NEEDED[action], *_ALLOWED[action]}:
            yield (key,), f'found one; expected null, since the action "{action}" makes no use of it'
    if action is Action.TRANSFORM:
        yield from _gaps_of_transform(resolution)


def _gaps_of_transform(resolution: Resolution) -> Iterator[tuple[Place, str]]:
    is_mapped = bool(resolution.value_mapping or resolution.null_values)
    if is_mapped and resolution.lookup_table:
        yield ("lookup_table",), "found value_mapping too; expected one of them"
    if not is_mapped and not resolution.lookup_table:
        expected = 'value_mapping or lookup_table (to cast all values: action "rename", or "expression")'
        yield ("value_mapping",), f"found nothing; expected {expected}"
    for old, new in (resolution.value_mapping or {}).items():
        if new is None and old not in resolution.null_values:
            yield ("value_mapping", old), "found null; expected the new value (for NULL: name it in null_values)"
        elif new is not None and old in resolution.null_values:
            yield ("value_mapping", old), "found it in null_values too; expected it in one of them"


# --- the file ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a resolutions file, and where."""

    file: str
    line: int
    place: str
    """As `resolutions.orders[2].action`."""
    message: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (f"{self.file}:{self.line}", self.place, self.message)))


@dataclass(frozen=True, slots=True)
class ResolutionsFile:
    """A resolutions file as it was read."""

    content: Resolutions
    document: Document

    def fault(self, place: Place, message: str) -> Fault:
        """What is wrong at this place, which starts below `resolutions`."""
        whole = ("resolutions", *place)
        return Fault(self.document.name, self.document.line_of(whole), dotted(whole), message)

    def faults(self, tables: Collection[TableName]) -> Iterator[Fault]:
        """What is wrong whatever the old and new tables hold: names that none of the old `tables` has, and gaps."""
        known = frozenset(keys_of(tables).values())
        for key, those in self.content.resolutions.items():
            if key not in known:
                yield self.fault((key,), f"found {shown(key)}; expected {_nearest_table(key, known)}")
            for number, each in enumerate(those):
                for place, message in gaps(each):
                    yield self.fault((key, number, *place), message)
                if each.new_column in {before.new_column for before in those[:number]} - {None}:
                    yield self.fault((key, number, "new_column"), "is decided a second time; expected one entry")


def _nearest_table(key: str, known: Collection[str]) -> str:
    meant = sorted(each for each in known if each.endswith(f".{key}"))
    near = meant or difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"{' or '.join(map(shown, near))}{'' if meant else '?'}" if near else "the name of an old table"


def read_resolutions(written: bytes, name: str) -> ResolutionsFile:
    """The file, JSON or YAML, as far as its shape goes. Raises: BadConfig with every fault, each with its place."""
    document = parsed(written, name)
    try:
        content = _adapter().validate_python(document.content)
    except ValidationError as error:
        faults = sorted(_faults_of(error, document), key=lambda fault: (fault.line, fault.place))
        raise BadConfig("\n".join(map(str, faults))) from None
    return ResolutionsFile(content, document)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return head | _adapter().json_schema(by_alias=True)


def schema_text() -> str:
    """The JSON Schema as it is shipped, in `resolutions.schema.json` beside this module."""
    return (files("dw_migration.resolutions") / SCHEMA_FILE).read_text("utf-8")


@cache
def _adapter() -> TypeAdapter[Resolutions]:
    return TypeAdapter(Resolutions)


def _faults_of(error: ValidationError, document: Document) -> Iterator[Fault]:
    for each in error.errors(include_url=False):
        place = tuple(part for part in each["loc"] if part != "[key]")
        yield Fault(document.name, document.line_of(place), dotted(place), _message(each))


_EXPECTED: Mapping[str, str] = {
    "string_type": "text",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "dataclass_type": "a mapping",
    "int_type": "a number",
}
_SCALAR = "text, a number, true, false or null"


def _message(fault: Any) -> str:
    kind, place = fault["type"], fault["loc"]
    if kind == "unexpected_keyword_argument":
        return _unknown_key(str(place[-1]), _known_keys(place))
    if kind == "missing":
        return "is missing"
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    expected = _SCALAR if "value_mapping" in place[3:-1] or place[-1:] == ("default_value",) else _EXPECTED.get(kind)
    return f"found {_what(fault.get('input'))}; expected {expected or fault['msg']}"


def _unknown_key(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key.lower(), known, n=1)
    return f'unknown key; did you mean "{near[0]}"?' if near else f"unknown key; expected one of {', '.join(known)}"


def _known_keys(place: Sequence[str | int]) -> tuple[str, ...]:
    kind = Resolutions if len(place) == 1 else LookupTable if "lookup_table" in place[3:-1] else Resolution
    return ("$schema", "resolutions") if kind is Resolutions else kind.__slots__


def _what(value: object) -> str:
    kinds = {dict: "a mapping", list: "a list", str: "text", type(None): "null", bool: "true or false"}
    return kinds.get(type(value), "a number")
