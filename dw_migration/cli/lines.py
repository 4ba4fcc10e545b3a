"""Lines of text for people: nothing that stands in a database acts on the terminal that shows it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from rich.cells import cell_len
from rich.text import Text


@dataclass(frozen=True, slots=True)
class View:
    """How much is shown."""

    verbose: bool = False
    cuts: bool = False
    """Long lists end in a count."""


_MOST = 2_000


def shown(text: object) -> str:
    """The text on one line; controls, line breaks and marks of direction as their escapes."""
    written = str(text)
    visible = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in written[:_MOST])
    return visible if len(written) <= _MOST else f"{visible}... ({len(written) - _MOST:,} more characters)"


def line(*parts: object, indent: int = 0) -> Text:
    """A line of these parts, each a text or a pair of text and style."""
    pairs = (part if isinstance(part, tuple) else (part, "") for part in parts)
    return Text.assemble(" " * indent, *((shown(text), style) for text, style in pairs))


def lines_of(message: str, *before: object, indent: int = 0) -> Iterator[Text]:
    """The message; its further lines are indented, so that none of them can pass for one of ours."""
    first, *further = message.rstrip("\n").split("\n")
    yield line(*before, first, indent=indent)
    for each in further:
        yield line(each.expandtabs(4), indent=indent + 4)


def columns(rows: Iterable[Iterable[Text]]) -> Iterator[Text]:
    """The rows as lines, their cells under one another; never cut, whatever the width of the terminal."""
    table = [list(row) for row in rows]
    widths = [max(cell_len(cell.plain) for cell in column) for column in zip_longest(*table, fillvalue=Text())]
    for row in table:
        cells = (_padded(cell, width) for cell, width in zip(row, widths, strict=False) if width)
        text = Text("  ").join(cells)
        text.rstrip()
        yield text


def _padded(cell: Text, width: int) -> Text:
    padded = cell.copy()
    padded.append(" " * (width - cell_len(cell.plain)))
    return padded


def heading(*names: str) -> list[Text]:
    """A row of bold cells, to stand above the others."""
    return [line((name, "bold")) for name in names]
