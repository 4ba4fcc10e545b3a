"""What is wrong with a file, with its line and column."""

import re
from bisect import bisect_right
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file, both from 1."""

    line: int
    column: int

    @classmethod
    def of(cls, text: str, offset: int) -> "Place":
        """The place of a character of the text."""
        return Lines(text[:offset]).place(offset)

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class Lines:
    """Where the lines of a text begin; they end as PostgreSQL has it."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]

    def place(self, offset: int) -> Place:
        """The place of a character of the text."""
        number = bisect_right(self._starts, offset)
        return Place(number, offset - self._starts[number - 1] + 1)


class SqlFault(ValueError):  # noqa: N818 - what is found, and not an error of ours
    """A fault in a text: what is wrong, and what to do; who knows the file tells where."""

    def __init__(self, offset: int, message: str) -> None:
        self.offset, self.message = offset, message
        """Of the character at which it was found."""
        super().__init__(message)
