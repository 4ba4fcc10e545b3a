"""A JSON or YAML file as plain values, and the lines on which they stand."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dw_migration.config import too_deep
from dw_migration.errors import BadConfig

Place = tuple[str | int, ...]
"""Keys and numbers that lead to a value from the top."""

_MOST_VALUES = 2_000_000
_DEEPEST = 20
_MOST_DIGITS = 1_000
_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<rest>(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)")
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}
_DECODER = json.JSONDecoder()
_NULLS = frozenset({"", "~"})
_TEXT = "tag:yaml.org,2002:str"
_TAGS = frozenset(
    f"tag:yaml.org,2002:{each}"
    for each in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge", "map", "seq")
)
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
"""What neither PostgreSQL nor UTF-8 can hold."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds: mappings, lists, texts, numbers as int or Decimal, true, false and null."""

    name: str
    content: Any
    lines: Mapping[Place, int]

    def line_of(self, place: Place) -> int:
        """The line, from 1, of the value at the place, or of the nearest one above it that is written."""
        return next((self.lines[place[:at]] for at in range(len(place), 0, -1) if place[:at] in self.lines), 1)


def parsed(written: bytes, name: str) -> Document:
    """The document: JSON where its name says so or it begins with `{`, else YAML.

    In both a quoted text stays text, null is null, true is a boolean; in YAML a bare word that is none of JSON's stays
    text (`no`, `2024-01-01`). Raises: BadConfig with the line: not UTF-8, neither JSON nor YAML, nested too deeply, a
    key that stands twice, a character that PostgreSQL cannot hold.
    """
    try:
        text = written.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as fault:
        raise _fault(name, written.count(b"\n", 0, fault.start) + 1, "is not UTF-8: save it as UTF-8") from None
    is_yaml = name.endswith((".yaml", ".yml")) or not (name.endswith(".json") or text.lstrip().startswith("{"))
    return (_Yaml(text, name) if is_yaml else _Json(text, name)).document()


def _fault(name: str, line: int | None, message: str) -> BadConfig:
    return BadConfig(f"{name}:{line}: {message}" if line else f"{name}: {message}")


@dataclass
class _Parser:
    text: str
    name: str
    lines: dict[Place, int] = field(default_factory=dict)
    values: int = 0

    def document(self) -> Document:
        return Document(self.name, self.root(), self.lines)

    def root(self) -> Any:
        raise NotImplementedError

    def fault(self, line: int | None, message: str) -> BadConfig:
        return _fault(self.name, line, message)

    def count(self, line: int, place: Place) -> None:
        self.values += 1
        if len(place) > _DEEPEST:
            raise self.too_deep(line)
        if self.values > _MOST_VALUES:
            raise self.fault(line, "unfolds without end: is there an anchor that holds itself?")
        self.lines.setdefault(place, line)

    def too_deep(self, line: int) -> BadConfig:
        return self.fault(line, f"is nested more than {_DEEPEST} levels deep: remove some")

    def writable(self, value: str, line: int) -> str:
        strange = _UNWRITABLE.search(value)
        if strange:
            raise self.fault(line, f"holds the character U+{ord(strange[0]):04X}, which PostgreSQL cannot: remove it")
        return value

    def number(self, written: re.Match[str], line: int) -> int | Decimal:
        if len(written[0]) > _MOST_DIGITS:
            raise self.fault(line, f"a number has more than {_MOST_DIGITS} digits: put it in quotes")
        return Decimal(written[0]) if written["rest"] else int(written[0])


class _Json(_Parser):
    """JSON read by hand, since Python's own reader tells no lines, and takes NaN and the same key twice."""

    at = 0
    line = 1
    _counted = 0

    def root(self) -> Any:
        value = self.value(())
        self.expect(self.skip() == "", "the end of the file")
        return value

    def skip(self) -> str:
        """The next character that is no space; nothing at the end."""
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at
        self.line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self.text[self.at : self.at + 1]

    def expect(self, holds: bool, what: str) -> None:  # noqa: FBT001 - an assertion
        if not holds:
            raise self.fault(self.line, f"is not JSON: expected {what}")

    def take(self, character: str) -> None:
        self.expect(self.skip() == character, f"a {character}")
        self.at += 1

    def value(self, place: Place) -> Any:
        first = self.skip()
        self.count(self.line, place)
        if first == "{":
            return self.mapping(place)
        if first == "[":
            return self.list(place)
        return self.string() if first == '"' else self.scalar()

    def scalar(self) -> Any:
        for word, value in _WORDS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        number = _NUMBER.match(self.text, self.at)
        self.expect(number is not None, "a value: text, number, true, false, null, { or [")
        assert number is not None  # noqa: S101 - as expected
        self.at = number.end()
        return self.number(number, self.line)

    def string(self) -> str:
        try:
            value, self.at = _DECODER.raw_decode(self.text, self.at)
        except json.JSONDecodeError as fault:
            line = self.text.count("\n", 0, fault.pos) + 1
            raise self.fault(line, f"is not JSON: {fault.msg[0].lower()}{fault.msg[1:]}") from None
        return self.writable(str(value), self.line)

    def mapping(self, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in self.items("}"):
            self.expect(self.skip() == '"', "a key in double quotes")
            line, key = self.line, self.string()
            if key in found:
                raise self.fault(line, f"the key {shown(key)} stands here a second time: remove one")
            self.lines[(*place, key)] = line
            self.take(":")
            found[key] = self.value((*place, key))
        return found

    def list(self, place: Place) -> list[Any]:
        found: list[Any] = []
        for number, _ in enumerate(self.items("]")):
            found.append(self.value((*place, number)))
        return found

    def items(self, end: str) -> Iterator[None]:
        """Once for each item, which the caller reads; takes the brackets and the commas."""
        self.at += 1
        if self.skip() == end:
            self.at += 1
            return
        while True:
            yield
            self.expect(self.skip() in {",", end}, f"a comma or {end}")
            self.at += 1
            if self.text[self.at - 1] == end:
                return


class _Yaml(_Parser):
    def root(self) -> Any:
        import yaml  # noqa: PLC0415  (only where a file is read)

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            if line := too_deep(yaml.parse(self.text, Loader=loader), _DEEPEST):
                raise self.too_deep(line)
            node = yaml.compose(self.text, Loader=loader)
        except yaml.reader.ReaderError as error:
            line = self.text.count("\n", 0, error.position) + 1
            raise self.fault(line, "is neither JSON nor YAML: it holds a character that both forbid") from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            said = ": ".join(filter(None, (error.context, error.problem)))
            # what stands in quotes is text of the file
            problem = re.sub(r"""\s(['"])(?!<|.\1).*""", "", said)
            raise self.fault(mark.line + 1 if mark else None, f"is neither JSON nor YAML: {problem}") from None
        return None if node is None else self.value(node, ())

    def value(self, node: Any, place: Place) -> Any:
        line = int(node.start_mark.line) + 1
        self.count(line, place)
        if node.tag not in _TAGS:
            raise self.fault(line, "holds a !tag; expected plain values: quote the value if it begins with !")
        if node.id == "mapping":
            return self.mapping(node, place)
        if node.id == "sequence":
            return [self.value(item, (*place, number)) for number, item in enumerate(node.value)]
        return self.scalar(node, line)

    def scalar(self, node: Any, line: int) -> Any:
        written = str(node.value)
        if node.style or node.tag == _TEXT:
            return self.writable(written, line)
        if written in _WORDS or written in _NULLS:
            return _WORDS.get(written)
        number = _NUMBER.fullmatch(written)
        return self.number(number, line) if number else self.writable(written, line)

    def mapping(self, node: Any, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = int(key.start_mark.line) + 1
            if key.id != "scalar":
                raise self.fault(line, "a key is a list or a mapping; expected a name: quote {name} and [name]")
            name = self.writable(str(key.value), line)
            if name in found:
                raise self.fault(line, f"the key {shown(name)} stands here a second time: remove one")
            self.lines[(*place, name)] = line
            found[name] = self.value(value, (*place, name))
        return found


def shown(value: object) -> str:
    """The value in quotes on one line, its control characters escaped, and not all of it if it is long."""
    text = str(value) if len(str(value)) <= 60 else f"{str(value)[:60]}..."  # noqa: PLR2004  (half a line)
    return '"' + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text) + '"'


def dotted(place: Place) -> str:
    """`resolutions.orders[2].action`."""
    parts = [f"[{each}]" if isinstance(each, int) else f".{_key(each)}" for each in place]
    return "".join(parts).removeprefix(".")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name) else shown(name)
