"""What is wrong with a file, with its line and column."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file, both from 1."""

    line: int
    column: int

    @classmethod
    def of(cls, text: str, offset: int) -> "Place":
        """The place of a character of the text."""
        before = text.rfind("\n", 0, offset) + 1
        return cls(text.count("\n", 0, offset) + 1, offset - before + 1)

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class SqlFault(ValueError):  # noqa: N818 - what is found, and not an error of ours
    """A fault in a text: what is wrong, and what to do; who knows the file tells where."""

    def __init__(self, offset: int, message: str) -> None:
        self.offset, self.message = offset, message
        """Of the character at which it was found."""
        super().__init__(message)
