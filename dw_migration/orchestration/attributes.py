"""The component's attributes as they are written: templates filled in, and every fault told with its place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import dagster as dg
import pydantic

from dw_migration.config import Connection, Written, literal
from dw_migration.errors import BadConfig
from dw_migration.live.selection import nearest

Keys = tuple[str | int, ...]
_TEXTS = Connection.DEFERRED - {"port"}
_MARK = "\0"
"""Behind a template: Dagster takes what is filled in for Python, and a password such as 1e5 would be a number."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of one component, in a defs.yaml or in a program."""

    context: dg.ResolutionContext = field(default_factory=dg.ResolutionContext.default, repr=False)

    @property
    def written(self) -> Written | None:
        """Where they stand, if it is a file."""
        return self if self.name else None

    @property
    def name(self) -> str:
        """The file; empty where they were given in a program."""
        tree = self.context.source_position_tree
        return tree.position.filename if tree else ""

    def line_of(self, path: Keys) -> int:
        """The line, from 1, of the key at the path, or of the nearest one above it that is written."""
        tree = self.context.source_position_tree
        position = tree and tree.lookup_closest_and_path([*self.context.path, *path], None)[0]
        return position.start.line if position else 0

    def check_known(self, given: Iterable[str], known: Iterable[str]) -> None:
        """Nothing, if all that is given is known. Raises: BadConfig, naming the nearest."""
        names = tuple(known)
        self._raise({(each,): f"unknown attribute{nearest(each, names)}" for each in given if each not in names})

    def refused(self, error: pydantic.ValidationError) -> BadConfig:
        """What pydantic found, without the values."""
        faults = error.errors(include_url=False, include_input=False)
        return self.fault({each["loc"]: each["msg"].removeprefix("Value error, ") for each in faults})

    def filled(self, value: object, *path: str | int) -> object:
        """The value at the path with its templates filled in. Raises: BadConfig."""
        if isinstance(value, Mapping):
            return {key: self.filled(below, *path, key) for key, below in value.items()}
        if isinstance(value, list | tuple):
            return [self.filled(below, *path, number) for number, below in enumerate(value)]
        if path[-1] in _TEXTS:
            return self._text(value, path)
        return self._resolved(value, path) if _is_template(value) else value

    def _text(self, value: object, path: Keys) -> object:
        """What a connection is made of, to the letter; a `${` that a template brought is no variable of ours."""
        if isinstance(value, bool | int | float):
            self._raise({path: "found a number or a truth value; expected text: put it in quotes"})
        if not _is_template(value):
            return value
        if self._resolved(value, path) is None:
            self._raise({path: "the template is empty: set the variable where definitions load, or write ${NAME}"})
        text = str(self._resolved(f"{value}{_MARK}", path)).removesuffix(_MARK)
        return text if "${" in str(value) else literal(text)

    def _resolved(self, value: object, path: Keys) -> object:
        context = self.context
        for key in path:
            context = context.at_path(key)
        filled: object = context.resolve_value(value, as_type=object)
        return filled

    def _raise(self, faults: Mapping[Keys, str]) -> None:
        if faults:
            raise self.fault(faults)

    def fault(self, faults: Mapping[Keys, str]) -> BadConfig:
        """The error that tells each fault by its path, with its line where there is a file."""
        return BadConfig("\n".join(f"{self._place(path)}{message}" for path, message in faults.items()))

    def _place(self, path: Keys) -> str:
        file = f"{self.name}:{self.line_of(path)}: " if self.name else ""
        return f"{file}{'.'.join(map(str, path))}: "


def _is_template(value: object) -> bool:
    return isinstance(value, str) and any(mark in value for mark in ("{{", "{%", "{#"))
