"""What an expression that PostgreSQL wrote calls, as far as its text tells."""

import re

from dw_migration.sql import KEYWORDS

_LITERAL = re.compile(r"'(?:[^']|'')*'")
_NAME = r'(?:"(?:[^"]|"")+"|[A-Za-z_][\w$]*)'
_CALL = re.compile(rf"({_NAME}(?:\.{_NAME})*)\s*\(")
_NO_CALLS = KEYWORDS | {"varying", "zone", "escape"}
_OF_NOW = re.compile(r"\b(?:CURRENT_|LOCALTIME|SESSION_USER)", re.IGNORECASE)


def called_in(expression: str) -> tuple[str, ...]:
    """The names before parentheses that are no words of the language: of PostgreSQL's own functions without a schema.

    An operator with a schema counts as `operator`, which is no function.
    """
    found = (match[1] for match in _CALL.finditer(_LITERAL.sub("''", expression)))
    return tuple(dict.fromkeys(name for name in found if name.lower() not in _NO_CALLS))


def is_computed(expression: str) -> bool:
    """Whether its value may be another at another time or place: it calls something, or asks who or when it is."""
    return bool(called_in(expression) or _OF_NOW.search(_LITERAL.sub("''", expression)))
