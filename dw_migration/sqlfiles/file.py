"""One hand-written file: what it says of itself, and the statements of its ways up and back."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TypeVar

from dw_migration.errors import BadSqlFiles
from dw_migration.sqlfiles.fault import Lines, Place, SqlFault
from dw_migration.sqlfiles.filename import FileName, Kind, Version
from dw_migration.sqlfiles.statements import Section, SqlStatement, sections, split, unwrapped
from dw_migration.sqlfiles.template import Names, fill

_HEADER_LINE = re.compile(r"[ \t]*(?:--[^\r\n]*)?(?:\r\n?|\n|\Z)")
_PAIR = re.compile(r"--[ \t]*(?P<key>[A-Za-z]+)[ \t]*:[ \t]*(?P<value>[^\r\n]*)")
_VERSION = re.compile(r"\d+(\.\d+)*")
_REQUIRED = re.compile(r"(?:(?P<module>[^/\s]+)/)?(?P<version>[^/\s]+)")
_UNITS = {"ms": 1, "s": 1_000, "min": 60_000, "m": 60_000, "h": 3_600_000}
_DURATION = re.compile(r"(\d+)[ \t]*(ms|s|min|m|h)?")
_MOST_MILLISECONDS = 2**31
_NO, _YES = frozenset({"none", "no", "false", "off"}), frozenset({"yes", "true", "on", "single", "file"})
_ALONE = re.compile(
    r"(?:VACUUM|ALTER\s+SYSTEM|ALTER\s+DATABASE\b.*\bSET\s+TABLESPACE|DISCARD\s+ALL|(?:CREATE|DROP)\s+(?:DATABASE|TABLESPACE|SUBSCRIPTION)"
    r"|(?:CREATE|DROP)\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY|REINDEX\b.*?\b(?:CONCURRENTLY|DATABASE|SYSTEM|SCHEMA)"
    r"|ALTER\s+TABLE\b.*\bDETACH\s+PARTITION\b.*\bCONCURRENTLY|CLUSTER\s*\Z)\b",
    re.IGNORECASE | re.DOTALL,
)
"""What PostgreSQL refuses inside of a transaction."""
_START = 200
_OTHER_TEXT = re.compile(
    r"(?i)\b(?:client_encoding\b(?!['\"]?\s*(?:=|\bTO\b|,)\s*['\"]?UTF-?8)"
    r"|standard_conforming_strings['\"]?\s*(?:=|\bTO\b|,)\s*['\"]?(?:off|false|0|no))|\bSET\s+NAMES\b(?!\s*['\"]?UTF-?8)"
)
_UNLOCKS = re.compile(r"\bpg_advisory_unlock_all\b|\A\s*DISCARD\s+ALL\b", re.IGNORECASE)
_NAMELESS = re.compile(r"CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+ON\b", re.IGNORECASE)
_MAY_COMMIT = re.compile(r"CALL\b|DO\b.*\b(?:COMMIT|ROLLBACK|CALL)\b", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"\s+|--[^\r\n]*|/\*(?:[^*/]|\*(?!/)|/(?!\*))*\*/")


@dataclass(frozen=True, slots=True)
class Header:
    """What the comments at a file's beginning say."""

    description: str = ""
    version: str = ""
    author: str = ""
    date: str = ""
    requires: tuple[tuple[str, Version], ...] = ()
    """Module (empty: its own) and version of what must have run before."""
    transactional: bool = True
    timeout: timedelta | None = None
    """Of each statement."""


@dataclass(frozen=True, slots=True)
class Step:
    """A statement to run."""

    text: str
    place: Place
    data: str | None = None

    @property
    def runs_alone(self) -> bool:
        """Whether PostgreSQL refuses it inside of a transaction."""
        return bool(_ALONE.match(self.bare))

    @property
    def may_commit(self) -> bool:
        """Whether it may end the transaction that it runs in."""
        return self.runs_alone or bool(_MAY_COMMIT.match(self.bare))

    @property
    def bare(self) -> str:
        """Without the comments before it."""
        at = 0
        while found := _COMMENT.match(self.text, at):
            at = found.end()
        return self.text[at:]

    @property
    def sha256(self) -> str:
        """Of statement and data."""
        return hashlib.sha256("\0".join((self.text, self.data or "")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Script:
    """A file's way up or back, ready to run."""

    file: str
    steps: tuple[Step, ...]
    transactional: bool
    timeout: timedelta | None

    def place(self, number: int) -> str:
        """`auth/001_users.sql:12: statement 3 of 5`, of a step by its number from 0."""
        return f"{self.file}:{self.steps[number].place.line}: statement {number + 1} of {len(self.steps)}"

    @property
    def sha256(self) -> str:
        """Of what is run, its names filled in."""
        return hashlib.sha256("".join(step.sha256 for step in self.steps).encode()).hexdigest()


@dataclass(frozen=True)
class SqlFile:
    """A file of a module, as it is now."""

    module: str
    name: FileName
    text: str = field(repr=False)
    """As it was written, without a byte order mark."""
    down: "SqlFile | None" = None
    """The file that holds the way back, where it is one of its own."""

    @property
    def kind(self) -> Kind:
        """What it is for."""
        return self.name.kind

    @property
    def version(self) -> Version:
        """Its place among the module's files."""
        return self.name.version

    @property
    def label(self) -> str:
        """`auth/001_users.sql`."""
        return f"{self.module}/{self.name.name}"

    @cached_property
    def checksum(self) -> str:
        """SHA-256 over the text with line ends made equal."""
        return checksum(self.text)

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.text)

    @cached_property
    def header(self) -> Header:
        """What it says of itself. Raises: BadSqlFiles."""
        with self._told():
            return _header(self.text)

    @property
    def description(self) -> str:
        """By its header, else by its name."""
        return self.header.description or self.name.description

    @property
    def way_back(self) -> str | None:
        """The text of the way back, as it was written; None where there is none. Raises: BadSqlFiles."""
        if self.down is not None:
            return self.down.text
        parts = self._parts
        return None if parts.down is None else self.text[parts.down.start : parts.down.end]

    def script(self, names: Names) -> Script:
        """The way up. Raises: BadSqlFiles with the place of what is wrong."""
        return self._script(names, self._parts.up)

    def down_script(self, names: Names) -> Script | None:
        """The way back; None where there is none. Raises: BadSqlFiles."""
        if self.down is not None:
            return self.down.script(names)
        return None if self._parts.down is None else self._script(names, self._parts.down)

    @cached_property
    def _parts(self) -> "_Parts":
        with self._told():
            found = _parts(self.text)
        if found.down is not None and self.down is not None:
            raise BadSqlFiles(
                (
                    f"{self.label}: its way back stands behind -- migrate:down, and in {self.down.name.name} too: "
                    f"keep one of them",
                )
            )
        return found

    def _script(self, names: Names, part: Section) -> Script:
        with self._told():
            filled = fill(self.text, names, part.start, part.end)
            statements, is_wrapped = unwrapped(filled.statements())
            transactional = self.header.transactional and part.transactional
            for each in statements:
                _check(each, filled.origin(each.offset), transactional=transactional)
            if is_wrapped and not transactional:
                raise SqlFault(
                    part.start,
                    "BEGIN and COMMIT stand around all of it, yet it is to run in no transaction: keep one of both",
                )
        steps = (Step(each.text, self._lines.place(filled.origin(each.offset)), each.data) for each in statements)
        return Script(self.label, tuple(steps), transactional, self.header.timeout)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """In the block, a fault of the text is told with the file's name, line and column."""
        try:
            yield
        except SqlFault as fault:
            told = f"{self.label}:{Place.of(self.text, fault.offset)}: {fault.message}"
        else:
            return
        raise BadSqlFiles((told,))


def checksum(text: str) -> str:
    """SHA-256 over the text with line ends made equal, and without a byte order mark."""
    return hashlib.sha256(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Parts:
    up: Section
    down: Section | None


def _parts(text: str) -> _Parts:
    found = sections(text)
    by_way: dict[str, Section] = {}
    for each in found:
        if each.way in by_way:
            raise SqlFault(each.opened, f"a second -- migrate:{each.way}: put both parts together")
        by_way[each.way] = each
    first = found[0].opened if found else len(text)
    before = split(text[:first])
    if "up" not in by_way:
        return _Parts(Section("up", "", 0, 0, first), by_way.get("down"))
    if before:
        raise SqlFault(before[0].offset, "this stands before -- migrate:up, and would not be run: put it behind it")
    return _Parts(by_way["up"], by_way.get("down"))


def _check(statement: SqlStatement, origin: int, *, transactional: bool) -> None:
    """Nothing, if it can be run where it stands. Raises: SqlFault."""
    word = statement.head.split(" ")[0].upper()
    if statement.is_control:
        raise SqlFault(
            origin,
            f"{word} is about the transaction, which is ours: leave it out (one BEGIN and COMMIT around the whole file "
            f"may stay); with -- transaction: none each statement is a transaction by itself",
        )
    if transactional and Step(statement.text, Place(1, 1)).runs_alone:
        raise SqlFault(
            origin,
            "PostgreSQL refuses this inside of a transaction: say -- transaction: none at the file's beginning, and "
            "best give it a file of its own",
        )
    if _OTHER_TEXT.search(statement.text[:_START]):
        raise SqlFault(
            origin,
            "files are UTF-8, and their quotes are standard: what says otherwise would change what is kept of them",
        )
    if _UNLOCKS.search(statement.text):
        raise SqlFault(origin, "this gives back the lock of the run, so that another one could begin: leave it out")
    if _NAMELESS.match(Step(statement.text, Place(1, 1)).bare):
        raise SqlFault(
            origin,
            "give this index a name: one whose build fails is left invalid, and only by its name can it be found and "
            "built again",
        )
    if statement.copies_out:
        raise SqlFault(origin, "COPY TO STDOUT gives its rows to nobody here: leave it out")


# --- header -----------------------------------------------------------------------------------------------------------


def _header(text: str) -> Header:
    given: dict[str, tuple[int, str]] = {}
    at = 0
    while at < len(text) and (line := _HEADER_LINE.match(text, at)) and line.end() > at:
        if pair := _PAIR.match(line[0].lstrip(" \t")):
            given.setdefault(pair["key"].lower(), (at, pair["value"].strip()))
        at = line.end()
    texts = {key: value for key, (_, value) in given.items()}
    return Header(
        description=texts.get("description") or texts.get("migration", ""),
        version=_read(given, "version", _version_of) or "",
        author=texts.get("author", ""),
        date=texts.get("date", ""),
        requires=_read(given, "requires", _requires) or (),
        transactional=_read(given, "transaction", _transactional) is not False,
        timeout=_read(given, "timeout", _timeout),
    )


_Read = TypeVar("_Read")


def _read(given: dict[str, tuple[int, str]], key: str, read: Callable[[str], _Read]) -> _Read | None:
    if key not in given or not given[key][1]:
        return None
    at, value = given[key]
    try:
        return read(value)
    except ValueError as fault:
        raise SqlFault(at, f"-- {key}: found {value[:60]}; expected {fault}") from None


def _version_of(value: str) -> str:
    if not _VERSION.fullmatch(value):
        raise ValueError("numbers with dots, as 1.2.0")
    return value


def _requires(value: str) -> tuple[tuple[str, Version], ...]:
    found = [_REQUIRED.fullmatch(part.strip()) for part in value.split(",") if part.strip()]
    if not all(found):
        raise ValueError("module/version, with commas between several: billing/003, core/12")
    return tuple((each["module"] or "", Version(each["version"])) for each in found if each)


def _transactional(value: str) -> bool:
    if value.lower() not in _NO | _YES:
        raise ValueError("none, or nothing")
    return value.lower() in _YES


def _timeout(value: str) -> timedelta:
    found = _DURATION.fullmatch(value)
    milliseconds = int(found[1]) * _UNITS[found[2] or "s"] if found else 0
    if not 0 < milliseconds < _MOST_MILLISECONDS:
        raise ValueError("a duration of at most 24 days, as 30s or 5min")
    return timedelta(milliseconds=milliseconds)
