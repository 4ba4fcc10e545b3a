"""What a file's name says: which version it is, and whether it is the way back or repeatable."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import total_ordering

_SUFFIX = ".sql"
_DOWN = re.compile(r"(?P<up>.+?)(?:\.down|[._]rollback)", re.IGNORECASE)
_REPEATABLE = re.compile(r"R__(?P<name>.+)")
_UNDO = re.compile(r"U(?P<rest>\d.*)")
_NUMBERED = re.compile(r"(?:V(?P<version>\d+(?:[._]\d+)*)__|(?P<number>\d+)(?:[_-]+|\Z))(?P<name>.*)")


class Kind(StrEnum):
    """What a file is for."""

    VERSIONED = "versioned"
    """It runs once."""
    REPEATABLE = "repeatable"
    """It runs again when its content changed."""
    DOWN = "down"
    """It takes the versioned file of its name back."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A place in the order of a module's files: by number, not by text; those without a number come last, by name."""

    label: str
    """As the file says it: `001`, `1.2`, `20240126120000`; the whole name where it holds no number."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of which the label is made; none where it is a name."""
        if not re.fullmatch(r"\d+(?:[._]\d+)*", self.label):
            return ()
        numbers = [int(each) for each in re.split(r"[._]", self.label)]
        while len(numbers) > 1 and numbers[-1] == 0:
            numbers.pop()  # 1.0 is 1
        return tuple(numbers)

    @property
    def key(self) -> tuple[bool, tuple[int, ...], str]:
        """What is compared: 001 and 1 are one version."""
        numbers = self.numbers
        return (not numbers, numbers, "" if numbers else self.label)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __lt__(self, other: "Version") -> bool:
        return self.key < other.key

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True)
class FileName:
    """A file's name, read."""

    name: str
    kind: Kind
    version: Version
    description: str
    """The words of the name."""
    is_numbered: bool

    @property
    def warning(self) -> str:
        """What is odd about the name; empty: nothing."""
        if self.is_numbered or self.kind is Kind.REPEATABLE:
            return ""
        return (
            f"{self.name}: has no number, so it comes after those that have one, by its name: expected 001_name.sql, "
            f"V1__name.sql, 20240126120000_name.sql or R__name.sql"
        )


def read_name(name: str) -> FileName | None:
    """What the name says; None for what does not end in .sql."""
    if not name.endswith(_SUFFIX) or name.startswith("."):
        return None
    stem = name.removesuffix(_SUFFIX)
    if (repeatable := _REPEATABLE.fullmatch(stem)) and not _DOWN.fullmatch(stem):
        return FileName(name, Kind.REPEATABLE, Version(stem), _words(repeatable["name"]), is_numbered=False)
    kind, stem = _kind(stem)
    numbered = _NUMBERED.fullmatch(stem)
    if numbered is None:
        return FileName(name, kind, Version(stem), _words(stem), is_numbered=False)
    version = Version((numbered["version"] or numbered["number"]).replace("_", "."))
    return FileName(name, kind, version, _words(numbered["name"]), is_numbered=True)


def _kind(stem: str) -> tuple[Kind, str]:
    if undo := _UNDO.fullmatch(stem):
        return Kind.DOWN, f"V{undo['rest']}"
    if down := _DOWN.fullmatch(stem):
        return Kind.DOWN, down["up"]
    return Kind.VERSIONED, stem.removesuffix(".up")


def _words(text: str) -> str:
    return re.sub(r"[_\s-]+", " ", text).strip()
