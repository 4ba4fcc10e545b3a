"""The parts of an index's definition, as pg_get_indexdef writes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from dw_migration.errors import Unsupported


@dataclass(frozen=True, slots=True)
class IndexParts:
    """`method (elements) INCLUDE (include) NULLS NOT DISTINCT WITH (options) WHERE (where)`."""

    method: str
    elements: tuple[str, ...]
    include: tuple[str, ...]
    nulls_not_distinct: bool
    options: tuple[tuple[str, str], ...]
    """Names and values, the values as literals."""
    where: str


def index_parts(definition: str) -> IndexParts:
    """The definition, taken apart. Raises: Unsupported, where something unknown stands in it."""
    method, _, rest = definition.partition(" ")
    elements, rest = _group(rest, definition)
    include: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    if rest.startswith(" INCLUDE "):
        include, rest = _group(rest.removeprefix(" INCLUDE "), definition)
    shorter = rest.removeprefix(" NULLS NOT DISTINCT")
    distinct, rest = shorter == rest, shorter
    if rest.startswith(" WITH "):
        options, rest = _group(rest.removeprefix(" WITH "), definition)
    where = rest.removeprefix(" WHERE ")
    if where == rest and rest:
        raise _strange(definition)
    pairs = tuple((name, value) for name, _, value in (option.partition("=") for option in options))
    return IndexParts(method, elements, include, not distinct, pairs, where)


def _group(text: str, definition: str) -> tuple[tuple[str, ...], str]:
    """What stands in the parentheses that the text starts with, split at its commas; and the rest of the text."""
    if not text.startswith("("):
        raise _strange(definition)
    cuts = [0]
    for at, char, depth in _outside_quotes(text):
        if char == "," and depth == 1:
            cuts.append(at)
        if char == ")" and depth == 0:
            cuts.append(at)
            pieces = (text[start + 1 : end] for start, end in pairwise(cuts))
            return tuple(piece.strip(" ") for piece in pieces), text[at + 1 :]
    raise _strange(definition)


def _outside_quotes(text: str) -> Iterator[tuple[int, str, int]]:
    """Each character that no quotes enclose, its place, and how many parentheses are open behind it."""
    quote, depth = "", 0
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        else:
            depth += (char in "([") - (char in ")]")
            yield at, char, depth


def _strange(definition: str) -> Unsupported:
    return Unsupported(f"an index definition that is not understood: {definition!r}")
