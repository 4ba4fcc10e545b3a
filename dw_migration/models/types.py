"""PostgreSQL's names of types, as format_type writes them, to SQLAlchemy's."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from dw_migration.models.writing import ALCHEMY, POSTGRESQL

Named = tuple[str, str]
"""Schema and name."""


class Known(NamedTuple):
    """A type that SQLAlchemy has a class for."""

    module: str
    name: str
    python: str
    """What stands in `Mapped[...]`: a builtin, `Any`, a member of a module, or a Range."""


_PLAIN = {
    "smallint": Known(ALCHEMY, "SmallInteger", "int"),
    "integer": Known(ALCHEMY, "Integer", "int"),
    "bigint": Known(ALCHEMY, "BigInteger", "int"),
    "numeric": Known(ALCHEMY, "Numeric", "decimal.Decimal"),
    "real": Known(ALCHEMY, "REAL", "float"),
    "double precision": Known(ALCHEMY, "Double", "float"),
    "boolean": Known(ALCHEMY, "Boolean", "bool"),
    "text": Known(ALCHEMY, "Text", "str"),
    "character varying": Known(ALCHEMY, "String", "str"),
    "character": Known(ALCHEMY, "CHAR", "str"),
    "bytea": Known(ALCHEMY, "LargeBinary", "bytes"),
    "date": Known(ALCHEMY, "Date", "datetime.date"),
    "timestamp without time zone": Known(ALCHEMY, "DateTime", "datetime.datetime"),
    "timestamp with time zone": Known(ALCHEMY, "DateTime", "datetime.datetime"),
    "time without time zone": Known(ALCHEMY, "Time", "datetime.time"),
    "time with time zone": Known(ALCHEMY, "Time", "datetime.time"),
    "interval": Known(POSTGRESQL, "INTERVAL", "datetime.timedelta"),
    "uuid": Known(ALCHEMY, "Uuid", "uuid.UUID"),
    "money": Known(POSTGRESQL, "MONEY", "str"),
    "json": Known(POSTGRESQL, "JSON", "Any"),
    "jsonb": Known(POSTGRESQL, "JSONB", "Any"),
    "jsonpath": Known(POSTGRESQL, "JSONPATH", "str"),
    "inet": Known(POSTGRESQL, "INET", "Any"),
    "cidr": Known(POSTGRESQL, "CIDR", "Any"),
    "macaddr": Known(POSTGRESQL, "MACADDR", "str"),
    "macaddr8": Known(POSTGRESQL, "MACADDR8", "str"),
    "oid": Known(POSTGRESQL, "OID", "int"),
    "regclass": Known(POSTGRESQL, "REGCLASS", "str"),
    "regconfig": Known(POSTGRESQL, "REGCONFIG", "str"),
    "tsvector": Known(POSTGRESQL, "TSVECTOR", "str"),
    "tsquery": Known(POSTGRESQL, "TSQUERY", "str"),
    "bit": Known(POSTGRESQL, "BIT", "str"),
    "bit varying": Known(POSTGRESQL, "BIT", "str"),
}
_BOUNDS = {
    "int4": "int", "int8": "int", "num": "decimal.Decimal", "date": "datetime.date",
    "ts": "datetime.datetime", "tstz": "datetime.datetime",
}  # fmt: skip
for _of, _python in _BOUNDS.items():
    _PLAIN[f"{_of}range"] = Known(POSTGRESQL, f"{_of}range".upper(), f"Range[{_python}]")
    _PLAIN[f"{_of}multirange"] = Known(POSTGRESQL, f"{_of}multirange".upper(), f"list[Range[{_python}]]")

_COLLATED = {"Text", "String", "CHAR"}
_STRINGS = {"name", '"char"', "bpchar", "xml"}

_MODIFIER = re.compile(r"\((-?\d+)(?:,(-?\d+))?\)")
_QUALIFIED = re.compile(r'("(?:[^"]|"")+"|[^".()\[\] ]+)\.("(?:[^"]|"")+"|[^".()\[\] ]+)')


@dataclass(frozen=True, slots=True)
class Rendered:
    """A type in a generated module."""

    text: str
    """`String(20)`."""
    python: str
    """`str`."""


@dataclass(frozen=True, slots=True)
class Types:
    """Renders types; `local` gives the name under which the module has imported something."""

    local: Callable[[str, str], str]
    named: Mapping[Named, Rendered] = field(default_factory=dict)
    """The types that the module itself defines: enums and domains."""

    def knowing(self, name: Named, rendered: Rendered) -> "Types":
        """The same, with one more type that the module defines."""
        return replace(self, named={**self.named, name: rendered})

    def rendered(self, text: str, collation: str = "", collation_schema: str = "") -> Rendered:
        """The type as the module writes it."""
        if collation and collation_schema != "pg_catalog":
            return self._by_name(f"{text} COLLATE {_quoted(collation_schema)}.{_quoted(collation)}", text)
        if text.endswith("[]"):
            item = self.rendered(text.removesuffix("[]"), collation, collation_schema)
            array = self.local(POSTGRESQL, "ARRAY")
            return Rendered(f"{array}({item.text})", f"{self.local('builtins', 'list')}[{item.python}]")
        known = self.named.get(qualified(text) or ("", ""))
        return known or self._known(text, collation) or self._by_name(_collated(text, collation), text)

    def _known(self, text: str, collation: str) -> Rendered | None:
        modifier = _MODIFIER.search(text)
        base = text.replace(modifier[0], "") if modifier else text
        known = _PLAIN.get("interval" if base.startswith("interval ") else base)
        if not known or (collation and known.name not in _COLLATED) or (base == "bit" and not modifier):
            return None
        if base == "character" and not modifier:
            return None
        numbers = [number for number in modifier.groups() if number is not None] if modifier else []
        known, arguments = _arguments(known, base, numbers)
        if collation:
            arguments.append(f"collation={collation!r}")
        name = self.local(known.module, known.name)
        return Rendered(f"{name}({', '.join(arguments)})" if arguments else name, self.python(known.python))

    def python(self, text: str) -> str:
        """What stands in `Mapped[...]`, with its imports."""
        if inner := re.fullmatch(r"(\w+)\[(.*)\]", text):
            return f"{self.python(inner[1])}[{self.python(inner[2])}]"
        if text == "Range":
            return self.local(POSTGRESQL, text)
        if text in ("Any", "Optional"):
            return self.local("typing", text)
        module, _, name = text.rpartition(".")
        return f"{self.local(module, '')}.{name}" if module else self.local("builtins", text)

    def _by_name(self, spec: str, text: str) -> Rendered:
        self.local("sqlalchemy.types", "UserDefinedType")
        known = _PLAIN.get(text.split("(", maxsplit=1)[0])
        string = text in _STRINGS or (known is not None and known.python == "str")
        # The driver takes a single % for a placeholder.
        return Rendered(f"_Named({spec.replace('%', '%%')!r})", self.python("str" if string else "Any"))


def _arguments(known: Known, base: str, numbers: list[str]) -> tuple[Known, list[str]]:
    """The class to take, which differs where there is a precision, and what stands in its parentheses."""
    if base.startswith(("timestamp", "time ")):
        zone = base.endswith("with time zone")
        if numbers:
            known = known._replace(module=POSTGRESQL, name="TIMESTAMP" if base.startswith("timestamp") else "TIME")
        return known, [*(["timezone=True"] if zone else []), *(f"precision={number}" for number in numbers)]
    if base.startswith("interval"):
        fields = base.removeprefix("interval").strip()
        return known, [*([f"fields={fields!r}"] if fields else []), *(f"precision={number}" for number in numbers)]
    return known, [*numbers, *(["varying=True"] if base == "bit varying" else [])]


def _collated(text: str, collation: str) -> str:
    return f"{text} COLLATE {_quoted(collation)}" if collation else text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def qualified(text: str) -> Named | None:
    """Schema and name of a type that is written `schema.name`, quoted or not; None for any other."""
    found = _QUALIFIED.fullmatch(text)
    return (unquoted(found[1]), unquoted(found[2])) if found else None


def unquoted(name: str) -> str:
    """The identifier that the text stands for."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
