"""Names in double braces, filled in when a file runs: `{{tables.users}}`, `{{schema}}`, `{{source.shop.public}}`.

What is stored and hashed is the file as it was written.
"""

import difflib
import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from dw_migration.sqlfiles.fault import SqlFault
from dw_migration.sqlfiles.statements import SqlStatement, split

_HOLE = re.compile(r"(?P<braces>\{\{\{\{)|\{\{(?P<name>[^{}\n]*)\}\}|\{\{")
_COPY = re.compile(r"\bcopy\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Names:
    """What the names in a module's files stand for."""

    schema: str | None = None
    """The module's; None: it has none, and its tables are found by the search_path."""
    variables: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For each source, by its schemas' names, what these are called in the target."""

    def value(self, name: str) -> str:
        """What stands for the name, ready for SQL. Raises: LookupError, which says what there is."""
        family, _, rest = name.partition(".")
        if name == "schema" and self.schema is not None:
            return quoted(self.schema)
        if family == "tables" and rest:
            return quoted(rest) if self.schema is None else f"{quoted(self.schema)}.{quoted(rest)}"
        if family == "var" and rest in self.variables:
            return self.variables[rest]
        if family == "source" and (found := self._of_source(rest)):
            return found
        raise LookupError(self._told(name))

    def _of_source(self, rest: str) -> str | None:
        for source in sorted(self.sources, key=len, reverse=True):  # a source's name may hold dots
            if rest.startswith(f"{source}.") and (found := self.sources[source].get(rest.removeprefix(f"{source}."))):
                return quoted(found)
        return None

    def _told(self, name: str) -> str:
        family, _, rest = name.partition(".")
        if name == "schema":
            return "{{schema}} stands for nothing: the module has no schema: set sql.modules.<name>.schema"
        if family == "source":
            known = [f"{source}.{schema}" for source, schemas in self.sources.items() for schema in schemas]
            return f"{{{{{name}}}}} is no schema of a source that the target has{_nearest(rest, known)}"
        if family == "var":
            return f"{{{{{name}}}}} is not set: set sql.vars.{rest}{_nearest(rest, self.variables)}"
        return (
            f"{{{{{name}}}}} is unknown: expected tables.NAME, schema, source.NAME.SCHEMA or var.NAME; {{{{{{{{ writes "
            f"two braces"
        )


def quoted(name: str) -> str:
    """The name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f": did you mean {near[0]}?" if near else f": there is {', '.join(sorted(known))}" if known else ""


@dataclass(frozen=True, slots=True)
class Filled:
    """A part of a file with its names filled in, and where each character came from."""

    text: str
    offsets: tuple[int, ...]
    """Where in `text` pieces begin: what was written so, a name's value, what was written so ..."""
    origins: tuple[int, ...]
    """Where in the file these begin."""

    def origin(self, offset: int) -> int:
        """Where in the file the character of `text` came from."""
        piece = bisect_right(self.offsets, offset) - 1
        is_value = piece % 2 == 1  # of which every character came from the name
        return self.origins[piece] + (0 if is_value else offset - self.offsets[piece])

    def statements(self) -> tuple[SqlStatement, ...]:
        """As `split`, with places in the file."""
        try:
            return split(self.text)
        except SqlFault as fault:
            raise SqlFault(self.origin(fault.offset), fault.message) from None


def fill(written: str, names: Names, start: int = 0, end: int | None = None) -> Filled:
    """A part of a file with its names filled in, wherever they stand but in the data of COPY.

    Raises: SqlFault at a name that is unknown or does not end; as `split`.
    """
    part = written[start:end]
    pieces, offsets, origins, at, length = [], [0], [start], 0, 0
    for hole in _holes(part):
        try:
            value = "{{" if hole["braces"] else _value(names, hole)
        except LookupError as unknown:
            raise SqlFault(start + hole.start(), str(unknown.args[0])) from None
        pieces += [part[at : hole.start()], value]
        length += hole.start() - at
        offsets += [length, length + len(value)]
        origins += [start + hole.start(), start + hole.end()]
        length, at = length + len(value), hole.end()
    return Filled("".join([*pieces, part[at:]]), tuple(offsets), tuple(origins))


def _value(names: Names, hole: re.Match[str]) -> str:
    if hole["name"] is None:
        raise LookupError("these braces do not end: expected {{NAME}} on one line; {{{{ writes two braces")
    return names.value(hole["name"].strip())


def _holes(text: str) -> Iterator[re.Match[str]]:
    ranges = [each.data_range for each in split(text) if each.data_range] if _COPY.search(text) else []
    for hole in _HOLE.finditer(text):
        if not any(start <= hole.start() < end for start, end in ranges):
            yield hole
