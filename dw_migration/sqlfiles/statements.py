"""A text cut into statements where psql would cut it; sections and the data of COPY apart.

Source: psql's own rules, https://www.postgresql.org/docs/current/app-psql.html and its psqlscan.l.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from dw_migration.sqlfiles.fault import SqlFault

_LETTER = r"A-Za-z_\x80-\U0010ffff"
_PARTS = rf"""
      (?P<line>--[^\r\n]*)
    | (?P<block>/\*)
    | (?<![{_LETTER}0-9$]) (?P<escaped>[eE]'[^'\\]*(?:(?:\\.|'')[^'\\]*)*(?P<closed_escaped>')?)
    | (?P<string>'[^']*(?:''[^']*)*(?P<closed_string>')?)
    | (?P<name>"[^"]*(?:""[^"]*)*(?P<closed_name>")?)
    | (?<![{_LETTER}0-9$]) (?P<dollar>\$(?:[{_LETTER}][{_LETTER}0-9]*)?\$)
    | (?P<mark>[;()\\])
"""
_QUICK = re.compile(_PARTS, re.VERBOSE | re.DOTALL)
_THOROUGH = re.compile(rf"{_PARTS} | (?P<word>[{_LETTER}][{_LETTER}0-9$]*)", re.VERBOSE | re.DOTALL)
_ANYTHING = re.compile(r"\S")
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_END_OF_DATA = re.compile(r"^\\\.[ \t]*\r?$", re.MULTILINE)
_META = re.compile(r"\\(?P<name>\S*)[^\r\n]*")
_IGNORED_META = frozenset({"restrict", "unrestrict"})
"""Which pg_dump writes, so that nothing but its own lines can be psql's."""
_SECTION = re.compile(r"--[ \t]*migrate:(?P<way>up|down)\b(?P<options>.*)", re.IGNORECASE)
_MOST_WORDS = 6
_WORDS = {
    "create": 10**9,
    "copy": 10**9,
    "start": 6,
    "begin": 6,
    "set": 3,
    "prepare": 2,
    "rollback": 2,
    "commit": 3,
    "end": 3,
}
"""How many must be looked at to know what a statement that begins so is about; one of any other."""
_WITH_BODY = re.compile(r"create (or replace )?(function|procedure)\b")
_CONTROL = re.compile(
    r"(begin|start transaction|commit|end|rollback|abort|savepoint|release|prepare transaction|set transaction"
    r"|set session characteristics)\b"
)
_BEGINS = re.compile(r"(begin( (work|transaction))?|start transaction)\Z")
_ENDS = re.compile(r"(commit|end)( (work|transaction))?\Z")


@dataclass(frozen=True, slots=True)
class SqlStatement:
    """One statement, as it stands in a text."""

    text: str
    """Without its semicolon."""
    offset: int
    head: str
    """Its first words, in lower case, with single blanks."""
    copies_out: bool = False
    """Whether it is a COPY TO STDOUT."""
    data_range: tuple[int, int] | None = None
    data: str | None = None
    """The lines that a COPY FROM STDIN reads, and where they stand."""

    @property
    def is_control(self) -> bool:
        """Whether it begins or ends a transaction, or a part of one."""
        return bool(_CONTROL.match(self.head))


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a text that a comment `-- migrate:up` or `-- migrate:down` opens."""

    way: str
    options: str
    """What stands behind it in its line."""
    opened: int
    """Where the comment stands."""
    start: int
    end: int

    @property
    def transactional(self) -> bool:
        """Unless it says `transaction:false`."""
        return "transaction:false" not in self.options.lower().split()


def split(text: str) -> tuple[SqlStatement, ...]:
    """The statements of the text, in order; empty ones are left out.

    Raises: SqlFault for a quote or comment that does not end, a command of psql, COPY's data without an end.
    """
    return tuple(each for each in _scanned(text) if isinstance(each, SqlStatement))


def sections(text: str) -> tuple[Section, ...]:
    """The sections, in order; none where the text has no such comment. Raises: as `split`."""
    found = [each for each in _scanned(text) if isinstance(each, Section)]
    ends = [*(each.opened for each in found[1:]), len(text)]
    return tuple(replace(each, end=end) for each, end in zip(found, ends, strict=False))  # one more, where none is


def unwrapped(statements: tuple[SqlStatement, ...]) -> tuple[tuple[SqlStatement, ...], bool]:
    """The statements without the BEGIN and COMMIT around all of them, and whether there were these."""
    if len(statements) > 1 and _BEGINS.match(statements[0].head) and _ENDS.match(statements[-1].head):
        return statements[1:-1], True
    return statements, False


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    """A statement that is being read."""

    start: int | None = None
    words: list[str] = field(default_factory=list)
    outer: list[str] = field(default_factory=list)
    """Those of the words that stand in no parentheses."""
    parentheses: int = 0
    bodies: int = 0
    """Open BEGINs and CASEs of a function's body in SQL."""

    def begin(self, text: str, start: int, end: int) -> None:
        """It begins here, if it has not yet, and anything stands here: a number say, which is no token of ours."""
        if self.start is None and (found := _ANYTHING.search(text, start, end)):
            self.start = found.start()

    @property
    def head(self) -> str:
        """The first words."""
        return " ".join(self.words[:_MOST_WORDS])

    @property
    def tokens(self) -> re.Pattern[str]:
        """Those that matter now: words tell what a statement is, and cost most."""
        most = _WORDS.get(self.words[0], 1) if self.words else 1
        return _THOROUGH if len(self.words) < most else _QUICK

    def word(self, word: str) -> None:
        """Another one; those of a body are kept in view, since its semicolons end nothing."""
        self.words.append(word)
        if not self.parentheses:
            self.outer.append(word)
        if self.parentheses == 0 and self.words[0] == "create" and _WITH_BODY.match(self.head):
            if word == "begin" or (word == "case" and self.bodies):
                self.bodies += 1
            elif word == "end" and self.bodies:
                self.bodies -= 1

    def mark(self, mark: str) -> bool:
        """Whether it ends the statement."""
        self.parentheses = max(0, self.parentheses + (mark == "(") - (mark == ")"))
        return mark == ";" and not self.parentheses and not self.bodies

    def is_copy(self) -> bool:
        """Whether data follows."""
        return self.words[:1] == ["copy"] and ("from", "stdin") in pairwise(self.outer)

    def is_copy_out(self) -> bool:
        """Whether it sends rows to whoever runs it."""
        return self.words[:1] == ["copy"] and ("to", "stdout") in pairwise(self.outer)


def _scanned(text: str) -> Iterator[SqlStatement | Section]:
    reading, at, clean = _Reading(), 0, 0
    while token := reading.tokens.search(text, at):
        kind, at = str(token.lastgroup), token.end()
        reading.begin(text, clean, token.start())
        if kind == "line":
            clean = at
            section = _SECTION.fullmatch(token[0].rstrip())
            if section and _begins_line(text, token.start()):
                yield from _ended(text, reading, token.start())
                reading = _Reading()
                yield Section(section["way"].lower(), section["options"].strip(), token.start(), at, at)
            continue
        if kind == "block":
            at = clean = _end_of_comment(text, token.start())
            continue
        if reading.start is None and token[0] != ";":
            reading.start = token.start()
        if kind == "word":
            reading.word(token[0].lower())
        elif kind == "dollar":
            at = _end_of_dollar_quote(text, token)
        elif kind != "mark":
            _check_closed(token)
        elif token[0] == "\\":
            at = clean = _passed_meta(text, token.start())
            reading.start = None if not reading.words else reading.start
        elif reading.mark(token[0]):
            data = None
            if reading.is_copy():
                data, at = _data(text, at)
            yield from _ended(text, reading, token.start(), data)
            reading, clean = _Reading(), at
    reading.begin(text, clean, len(text))
    yield from _ended(text, reading, len(text))


def _ended(text: str, reading: _Reading, end: int, data: tuple[int, int] | None = None) -> Iterator[SqlStatement]:
    if reading.start is not None:
        lines = None if data is None else text[slice(*data)]
        statement = text[reading.start : end].rstrip()
        yield SqlStatement(statement, reading.start, reading.head, reading.is_copy_out(), data, lines)


def _begins_line(text: str, offset: int) -> bool:
    before = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    return not text[before:offset].strip()


def _end_of_comment(text: str, start: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    raise SqlFault(start, "this comment does not end: close it with */")


def _end_of_dollar_quote(text: str, token: re.Match[str]) -> int:
    end = text.find(token[0], token.end())
    if end < 0:
        raise SqlFault(token.start(), f"this quote does not end: close it with {token[0]}")
    return end + len(token[0])


def _check_closed(token: re.Match[str]) -> None:
    if token[f"closed_{token.lastgroup}"] is None:
        quote = '"' if token.lastgroup == "name" else "'"
        raise SqlFault(token.start(), f"this quote does not end: close it with {quote}")


def _data(text: str, at: int) -> tuple[tuple[int, int], int]:
    """Where the lines after COPY's own stand, and where what follows them begins."""
    line_end = text.find("\n", at)
    if line_end < 0 or text[at:line_end].strip():
        raise SqlFault(at, "COPY FROM STDIN reads the lines that follow: begin them on the next line")
    end = _END_OF_DATA.search(text, line_end + 1)
    if end is None:
        raise SqlFault(at, "the data of this COPY does not end: put a line with \\. alone after it")
    return (line_end + 1, end.start()), end.end()


def _passed_meta(text: str, start: int) -> int:
    meta = _META.match(text, start)
    if meta is None or meta["name"] not in _IGNORED_META:
        shown = meta["name"] if meta else ""
        raise SqlFault(
            start,
            f"\\{shown} is a command of psql, which no server knows: write SQL in its place",
        )
    return meta.end()
