"""Pieces of Python text: calls, strings, imports."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from dw_migration.models.allowed import MODULES, NAMED_TYPE, STATEMENT
from dw_migration.models.names import free

ALCHEMY = "sqlalchemy"
POSTGRESQL = "sqlalchemy.dialects.postgresql"
ORM = "sqlalchemy.orm"
_WIDTH = 110

# text() takes `:name` for a parameter and drops the backslash before a colon; a backslash escapes both.
_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?![:\w]))")
_ESCAPE = re.compile(r"\\(?=:\w*(?![:\w]))")


def escaped(expression: str) -> str:
    """The expression as text(), CheckConstraint and Computed must be given it, so that they give it back as it was."""
    return _PARAMETER.sub(r"\\:", _ESCAPE.sub(r"\\\\", expression))


def call(
    function: str, *arguments: str, indent: str = "", before: str = "", keywords: dict[str, str] | None = None
) -> str:
    """`function(argument, keyword=value)`, an argument a line where one line, behind what is before, is too short."""
    parts = [*arguments, *(f"{name}={value}" for name, value in (keywords or {}).items())]
    line = f"{function}({', '.join(parts)})"
    if len(before) + len(line) + len(indent) <= _WIDTH:
        return line
    inner = indent + "    "
    return f"{function}(\n{inner}" + f",\n{inner}".join(parts) + f",\n{indent})"


def listed(values: Iterable[str]) -> str:
    """A list of strings."""
    return "[" + ", ".join(map(repr, values)) + "]"


@dataclass(slots=True)
class Imports:
    """What a module imports, under names that nothing else in it has."""

    taken: set[str] = field(default_factory=set)
    """Names of classes, attributes and variables; full before the first import is asked for."""
    given: dict[tuple[str, str], str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def local(self, module: str, name: str = "") -> str:
        """The name under which a member of a module, or the module itself, is imported."""
        found = self.given.get((module, name))
        if found is None:
            found = self.given[module, name] = free(name or module, self.taken, self.used)
            self.used.add(found)
        return found

    def sa(self, name: str) -> str:
        """The local name of something that SQLAlchemy itself has."""
        return self.local(ALCHEMY, name)

    def groups(self) -> list[list[str]]:
        """Lines: of the standard library, of SQLAlchemy, and what stands behind them where it is used."""
        preamble = []
        if ("sqlalchemy.types", "UserDefinedType") in self.given:
            self.local("typing", "Any")
            preamble.append(NAMED_TYPE)
        if (ALCHEMY, "DDL") in self.given:
            self.local("typing", "Any")
            preamble.append(STATEMENT)
        standard: list[str] = []
        others: list[str] = []
        for module in sorted({module for module, _ in self.given}):
            names = sorted((name, local) for (of, name), local in self.given.items() if of == module)
            (standard if module in (*MODULES, "builtins", "typing") else others).extend(_lines(module, names))
        return [group for group in (standard, others, preamble) if group]


def _lines(module: str, names: list[tuple[str, str]]) -> list[str]:
    if module in MODULES:
        return [f"import {module}" if local == module else f"import {module} as {local}" for _, local in names]
    spelt = [name if name == local else f"{name} as {local}" for name, local in names]
    if module == "builtins":
        spelt = [each for each in spelt if " as " in each]
    line = f"from {module} import {', '.join(spelt)}"
    if len(line) > _WIDTH:
        line = f"from {module} import (\n    " + ",\n    ".join(spelt) + ",\n)"
    return [line] if spelt else []
