"""Settings, read and checked once: a frozen `Config`, or every fault at once with its place and its remedy."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from string import Formatter
from types import UnionType
from typing import Annotated, Any, ClassVar, Literal, Protocol, Self, Union, cast, get_args, get_origin
from urllib.parse import quote, urlsplit

import pydantic
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from dw_migration.errors import BadConfig

DEFAULT_FILE = "dw_migration.yaml"
CONFIG_VARIABLE = "DW_MIGRATION_CONFIG"

Environ = Mapping[str, str]

# --- ${NAME} --------------------------------------------------------------------------------------------------------

_REFERENCE = re.compile(r"\$\$\{|\$\{(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)\})?")


def literal(text: str) -> str:
    """The text written so that no `${` in it is taken for a variable."""
    return text.replace("${", "$${")


def _resolved(text: str, environ: Environ, where: str, quoted: Callable[[str], str] = str) -> str:
    """The text with its `${NAME}`s filled in once; what they hold is not looked at again, only `quoted`."""

    def value(found: re.Match[str]) -> str:
        if found[0] == "$${":
            return "${"
        if found["name"] is None:
            raise BadConfig(f"{where}: ${{ is not followed by NAME}}: write ${{NAME}}, or $${{ for the characters ${{")
        return quoted(_variable(found["name"], environ, where))

    return _REFERENCE.sub(value, text)


def _variable(name: str, environ: Environ, where: str) -> str:
    if name not in environ:
        raise BadConfig(
            f"{where}: the environment variable {name} is not set: set it where this runs "
            f"(or write $${{{name}}} if the characters themselves are meant)"
        )
    value = environ[name]
    if not value.isprintable() and any("\ud800" <= character <= "\udfff" for character in value):
        raise BadConfig(f"{where}: the environment variable {name} is not UTF-8: set it again in a UTF-8 locale")
    return value


# --- the types of values --------------------------------------------------------------------------------------------

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_DURATION = re.compile(r"(?:\d+(?:ms|[smhdw]))+")


def duration(value: object) -> timedelta:
    """The time that `30d`, `1h30m`, `100ms` say. Raises: ValueError."""
    if isinstance(value, timedelta):
        return value
    text = str(value).replace(" ", "")
    if not _DURATION.fullmatch(text):
        raise ValueError(f"found {_shown(value)}; expected a duration such as 100ms, 1s, 2m, 1h30m or 30d")
    parts = re.findall(r"(\d+)([a-z]+)", text)
    try:
        return timedelta(milliseconds=sum(int(number) * _UNITS[unit] for number, unit in parts))
    except OverflowError:
        raise ValueError(f"found {_shown(value)}; expected a duration below a million years") from None


def _duration_text(value: timedelta) -> str:
    milliseconds = value // timedelta(milliseconds=1)
    unit = max((u for u in _UNITS if milliseconds % _UNITS[u] == 0), key=_UNITS.__getitem__) if milliseconds else "s"
    return f"{milliseconds // _UNITS[unit]}{unit}"


def _above_zero(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("found 0; expected more, since the server takes 0 for no limit at all")
    return value


def _at_least_one(value: int) -> int:
    if value < 1:
        raise ValueError(f"found {value}; expected a whole number above 0")
    return value


Duration = Annotated[timedelta, BeforeValidator(duration), PlainSerializer(_duration_text)]
Limit = Annotated[Duration, AfterValidator(_above_zero)]


def _listed(value: object) -> object:
    """A list as it is; text as the list that its commas make."""
    return tuple(part for part in (p.strip() for p in value.split(",")) if part) if isinstance(value, str) else value


def _all_or_names(value: object) -> object:
    if value == "all":
        return value
    names = _listed(value)
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"found {_what(value)}; expected all, or a list of names and globs")
    if not names:
        raise ValueError("found an empty list; expected all, or at least one name or glob")
    return tuple(names)


Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
AllOrNames = Annotated[Literal["all"] | tuple[str, ...], PlainValidator(_all_or_names)]


def _absolute(value: object, info: ValidationInfo) -> Path:
    """The path made absolute; a relative one starts from the config file's folder."""
    folder = (info.context or {}).get("folder") or Path.cwd()
    if not isinstance(value, str | Path) or not str(value) or "\0" in str(value):
        raise ValueError(f"found {_what(value)}; expected a path")
    return Path(os.path.normpath(folder / Path(value).expanduser()))


AbsolutePath = Annotated[Path, BeforeValidator(_absolute)]

_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_-])?")
_NAME_LENGTH = 100  # it becomes a folder's name, of at most 255 bytes, together with a found database's


def _source_name(name: str) -> str:
    if not _NAME.fullmatch(name) or "..." in name or len(name) > _NAME_LENGTH:
        raise ValueError(
            f"found the name {_shown(name)}; expected lower-case letters, digits, _ . and - (no ..., neither . nor - "
            f"first, no . last, at most {_NAME_LENGTH}), for it is a partition key and a folder: for example "
            f"{valid_source_name(name)}"
        )
    return name


def valid_source_name(text: str) -> str:
    """The text in lower case, with `_` for whatever a source's name cannot hold."""
    name = re.sub(r"\.{3,}", ".", re.sub(r"[^a-z0-9_.-]+", "_", text.lower()))[:_NAME_LENGTH].rstrip(".")
    return name if name[:1] not in {"", ".", "-"} else f"_{name[1:]}"


def _found_name(entry: str, database: str) -> str:
    """`<entry>.<database>`; a database's name that had to be changed brings a hash, so that no two become one."""
    name = valid_source_name(database)
    mark = "" if name == database else "-" + hashlib.sha256(database.encode()).hexdigest()[:8]
    return f"{entry}.{name}{mark}"


SourceName = Annotated[str, AfterValidator(_source_name)]

# --- the sections ---------------------------------------------------------------------------------------------------

_STRICT = ConfigDict(extra="forbid", hide_input_in_errors=True, coerce_numbers_to_str=True)
_NULL_HAS_A_MEANING = frozenset({"schedule"})


def _without_nulls(known: Mapping[str, Any], section: Any) -> Any:
    """The section without its empty known keys: `policy:` with nothing below it means the defaults."""
    if not isinstance(section, dict):
        return section
    return {k: v for k, v in section.items() if v is not None or k not in known or k in _NULL_HAS_A_MEANING}


class _Section(BaseModel):
    model_config = ConfigDict(**_STRICT, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _nulls_mean_defaults(cls, section: Any) -> Any:
        return _without_nulls(cls.model_fields, section)


@dataclass(frozen=True, slots=True)
class Login:
    """What psycopg's `make_conninfo` takes: every `${NAME}` filled in, the password among the keywords."""

    url: str = field(repr=False)
    keywords: Mapping[str, str] = field(repr=False)
    """libpq's names, e.g. `dbname`; they win over the url."""


_SSLMODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


class Connection(_Section):
    """One database: raw texts as written; `login()` reads the environment and files when it is called."""

    url: SecretStr | None = None
    host: str | None = None
    port: str | None = None
    user: str | None = None
    password: SecretStr | None = None
    password_file: str | None = None
    database: str | None = None
    service: str | None = None
    passfile: str | None = None
    sslmode: str | None = None
    sslrootcert: str | None = None
    sslcert: str | None = None
    sslkey: str | None = None
    connect_timeout: Limit | None = None
    pooler: Literal["none", "session"] = "none"
    """`session` vouches that a pooler in between keeps one server session for each of ours."""

    KEYWORDS: ClassVar[dict[str, str]] = {
        "host": "host",
        "port": "port",
        "user": "user",
        "password": "password",
        "database": "dbname",
        "service": "service",
        "passfile": "passfile",
        "sslmode": "sslmode",
        "sslrootcert": "sslrootcert",
        "sslcert": "sslcert",
        "sslkey": "sslkey",
    }
    DEFERRED: ClassVar[frozenset[str]] = frozenset({*KEYWORDS, "url", "server", "password_file"})
    """Keys whose `${NAME}` is read at use, so that one source's missing secret does not stop the others."""

    _where: str = PrivateAttr("connection")
    _environ: Environ | None = PrivateAttr(None)
    _folder: Path | None = PrivateAttr(None)

    @property
    def where(self) -> str:
        """Its place in the config: `target`, `sources.shop`, `databases.old`."""
        return self._where

    @field_validator("sslmode")
    @classmethod
    def _sslmode_is_one(cls, value: str) -> str:
        if "${" not in value and value not in _SSLMODES:
            raise ValueError(f"found {_shown(value)}; expected {_either(_SSLMODES)}")
        return value

    @field_validator("port")
    @classmethod
    def _port_is_a_number(cls, value: str) -> str:
        return value if "${" in value else _port(value)

    @field_validator("url", "server", check_fields=False)
    @classmethod
    def _url_is_one(cls, value: SecretStr) -> SecretStr:
        if "${" not in value.get_secret_value():
            _check_url(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        faults = "; ".join(self._contradictions())
        if faults:
            raise ValueError(faults)
        return self

    def _contradictions(self) -> Iterator[str]:
        if self.password is not None and self.password_file is not None:
            yield "found password and password_file; expected one of them"
        if not any((self._url, self.host, self.database, self.service)):
            yield "does not say where the database is; expected url, or host and database, or service"

    @property
    def _url(self) -> SecretStr | None:
        return self.url

    @classmethod
    def of_url(cls, url: str, where: str) -> Self:
        """The database of a url of our own making."""
        made = cls(url=SecretStr(url))
        made._place(where, None, None)
        return made

    def _place(self, where: str, environ: Environ | None, folder: Path | None) -> None:
        self._where, self._environ, self._folder = where, environ, folder

    def login(self) -> Login:
        """The url and keywords with every `${NAME}` and file read now.

        Raises: BadConfig, which names the key and the variable or file, never a value that may be secret.
        """
        written = {key: getattr(self, key) for key in self.KEYWORDS if getattr(self, key) is not None}
        keywords = {self.KEYWORDS[key]: self._text(key, value) for key, value in written.items()}
        if self.password_file is not None:
            keywords["password"] = self._password_from_file(self.password_file)
        if "port" in keywords:
            self._checked("port", _port, keywords["port"])
        for key in {"passfile", "sslrootcert", "sslcert", "sslkey"} & keywords.keys():
            keywords[key] = self._file(keywords[key])
        return Login(self._url_text(), keywords)

    def _text(self, key: str, value: str | SecretStr, quoted: Callable[[str], str] = str) -> str:
        raw = value.get_secret_value() if isinstance(value, SecretStr) else value
        environ = os.environ if self._environ is None else self._environ
        text = _resolved(raw, environ, f"{self._where}.{key}", quoted)
        if "\0" in text:
            raise BadConfig(f"{self._where}.{key}: holds a NUL character, which no PostgreSQL setting can")
        return text

    def _url_text(self) -> str:
        """The url; what a variable puts before its `@` is percent-encoded, so a password there may hold anything."""
        if self._url is None:
            return ""
        key = "url" if self.url is not None else "server"
        login, at, rest = self._url.get_secret_value().rpartition("@")
        text = self._text(key, login, lambda value: quote(value, safe="")) + at + self._text(key, rest)
        self._checked(key, _check_url, text)
        return text

    def _checked(self, key: str, check: Callable[[str], object], text: str) -> None:
        try:
            check(text)
        except ValueError as fault:
            raise BadConfig(f"{self._where}.{key}: {fault}") from None

    def _file(self, name: str) -> str:
        return name if name == "system" else str((self._folder or Path.cwd()) / Path(name).expanduser())

    def _password_from_file(self, name: str) -> str:
        key, path = f"{self._where}.password_file", self._file(self._text("password_file", name))
        try:
            password = Path(path).read_bytes().decode()
        except UnicodeDecodeError:
            raise BadConfig(f"{key}: {path} is not UTF-8 text: write the password alone into it") from None
        except OSError as fault:
            raise BadConfig(f"{key}: cannot read {path}: {fault.strerror}: mend the path or its permissions") from None
        password = password.removeprefix("\ufeff").rstrip("\r\n")
        if not password or "\0" in password:
            raise BadConfig(f"{key}: {path} is empty or binary: write the password alone into it")
        return password


def _port(text: str) -> str:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) < 65536:  # noqa: PLR2004  (TCP's own limit)
        raise ValueError("expected a port from 1 to 65535")
    return text


def _check_url(text: str) -> None:
    """Nothing, for a url that libpq splits as its writer meant. Raises: ValueError, which quotes none of it."""
    scheme, _, rest = text.partition("://")
    if scheme.startswith(("postgresql+", "postgres+")):
        raise ValueError(f"found {scheme}://, which is SQLAlchemy's; expected postgresql://")
    if scheme not in {"postgresql", "postgres"}:
        raise ValueError("expected postgresql://user@host:port/database")
    # libpq would take the rest of such a password for the host, and tell it in its errors
    if rest.count("@") > 1 or "/" in rest.rpartition("@")[0] or re.search(r"%(?![0-9A-Fa-f]{2})", rest):
        raise ValueError(
            "holds an @, / or % that must be percent-encoded (%40, %2F, %25): or take the password out of the url "
            "and put it under password, where every character stands for itself"
        )


class SourceNaming(_Section):
    """What a source may name in its own way."""

    schema_: str = Field(alias="schema")

    @field_validator("schema_")
    @classmethod
    def _template(cls, value: str) -> str:
        return _check_template(value)


class Source(Connection):
    """A database that we read, or (`databases`) all those of a server whose names match."""

    server: SecretStr | None = None
    databases: Names = ()
    schemas: AllOrNames = "all"
    tables: AllOrNames = "all"
    exclude: Names = ()
    naming: SourceNaming | None = None

    _name: str = PrivateAttr("source")

    @property
    def name(self) -> str:
        """The source's name: its partition key and folder."""
        return self._name

    @property
    def where(self) -> str:
        """Its place in the config; for a found database with the database's part: `sources.tenants.tenant_1`."""
        return f"sources.{self._name}"

    @property
    def is_pattern(self) -> bool:
        """It stands for the databases of a server, to be found when asked; `of_database` narrows it to one."""
        return bool(self.databases)

    def of_database(self, database: str) -> Source:
        """The source that one found database is: named `<entry>.<database>`, and with the entry's settings."""
        found = self.model_copy(update={"databases": (), "database": literal(database)})
        found._name = _found_name(self._name, database)
        return found

    @property
    def _url(self) -> SecretStr | None:
        return self.url if self.url is not None else self.server

    def _contradictions(self) -> Iterator[str]:
        yield from super()._contradictions()
        if self.server is not None and not self.databases:
            yield 'found server without databases; expected databases: "tenant_*" beside it, or url for one database'
        if self.server is not None and self.url is not None:
            yield "found server and url; expected one of them"


class Replace(_Section):
    """A regular expression over source names, and what to put in its place."""

    pattern: str
    with_: str = Field(alias="with")

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as fault:
            raise ValueError(f"found {_shown(value)}, not a regular expression: {fault}") from None
        return value

    @model_validator(mode="after")
    def _groups_exist(self) -> Self:
        try:
            re.compile(f"(?:{self.pattern})|").sub(self.with_, "")
        except (re.error, IndexError) as fault:
            raise ValueError(f"with: found {_shown(self.with_)}, which does not fit the pattern: {fault}") from None
        return self


_PLACEHOLDERS = frozenset({"source", "database", "schema"})


def _check_template(value: str) -> str:
    """The template. Nothing but the plain placeholders: format fields can reach into objects."""
    try:
        written = [(name, spec or conversion) for _, name, spec, conversion in Formatter().parse(value)]
    except ValueError:
        written = [("", None)]
    if not value or any(name is not None and (name not in _PLACEHOLDERS or extra) for name, extra in written):
        raise ValueError(
            f"found {_shown(value)}; expected a name with {{database}} and {{schema}} (or {{source}}) in it, "
            f"as dw__{{database}}__{{schema}}"
        )
    return value


@pydantic.dataclasses.dataclass(frozen=True, slots=True, config=_STRICT)
class Naming:
    """How source names become target names (a dataclass: a model's `schema` would shadow pydantic's own)."""

    schema: str = "dw__{database}__{schema}"
    case: Literal["lower", "snake", "preserve"] = "lower"
    replace: tuple[Replace, ...] = ()
    overrides: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _nulls_mean_defaults(cls, section: Any) -> Any:
        return _without_nulls(cls.__dataclass_fields__, section)

    @field_validator("schema")
    @classmethod
    def _template(cls, value: str) -> str:
        return _check_template(value)


_Carried = Literal["keep", "needed", "skip"]


class Objects(_Section):
    """Which kinds are carried over; `needed`: what a carried object stands on."""

    views: _Carried = "keep"
    functions: _Carried = "needed"
    triggers: _Carried = "skip"
    rules: _Carried = "skip"
    policies: _Carried = "skip"
    grants: Literal["keep", "skip"] = "skip"
    partitions: Literal["keep", "flatten"] = "keep"
    max_partitions: Annotated[int, AfterValidator(_at_least_one)] = 20_000
    """Of one source: with more nothing is read."""
    collations: Literal["keep", "strip_unknown", "strip"] = "strip_unknown"
    security_definer: bool = False
    languages: Names = ("sql", "plpgsql")


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Window:
    """The hours, in UTC, in which changes are applied; over midnight too: they are of the day they open on."""

    opens: time
    closes: time
    days: tuple[int, ...] = tuple(range(7))
    """0 is Monday."""

    def holds(self, moment: datetime) -> bool:
        """The window is open at that moment, in UTC."""
        at, day = moment.time(), moment.weekday()
        if self.opens <= self.closes:
            return self.opens <= at < self.closes and day in self.days
        return (at >= self.opens and day in self.days) or (at < self.closes and (day - 1) % 7 in self.days)


def _window(value: object) -> Window | None:
    if value is None or isinstance(value, Window):
        return value
    days, _, hours = str(value).strip().rpartition(" ")
    try:
        opens, closes = (time.fromisoformat(part.strip()) for part in hours.split("-"))
        chosen = _days(days) if days else tuple(range(7))
    except ValueError:
        expected = 'expected hours in UTC, as "22:00-05:30", or "sat,sun 22:00-05:30", "mon-fri 22:00-05:30"'
        raise ValueError(f"found {_shown(value)}; {expected}") from None
    return Window(opens.replace(tzinfo=None), closes.replace(tzinfo=None), chosen)


def _days(text: str) -> tuple[int, ...]:
    """The days of `sat,sun` or `mon-fri`, which may pass over Sunday. Raises: ValueError."""
    found: set[int] = set()
    for part in text.lower().split(","):
        first, _, last = (each.strip() for each in part.partition("-"))
        begins, ends = _DAYS.index(first), _DAYS.index(last or first)
        found |= {day % 7 for day in range(begins, ends + 1 if ends >= begins else ends + 8)}
    return tuple(sorted(found))


def _window_text(value: Window | None) -> str | None:
    if value is None:
        return None
    days = "" if len(value.days) == len(_DAYS) else ",".join(_DAYS[day] for day in value.days) + " "
    return f"{days}{value.opens:%H:%M}-{value.closes:%H:%M}"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who is sent notices: a url that takes POST, or a command's words. Either may hold a secret."""

    url: str = field(default="", repr=False)
    command: tuple[str, ...] = field(default=(), repr=False)

    @property
    def host(self) -> str:
        """The url's host."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_exposed(self) -> bool:
        """Whether others could read along: http on the way to another host."""
        is_local = re.fullmatch(r"localhost|127\.[0-9.]+|::1", self.host)
        return urlsplit(self.url).scheme == "http" and not is_local


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def _receiver(text: str) -> Receiver:
    """The receiver that the text is, with no `${` left in it. Raises: ValueError, which quotes none of it."""
    text = text.strip()
    if _SCHEME.match(text):
        return Receiver(url=_checked_hook(text))
    return Receiver(command=_checked_command(_words(text)))


def _checked_hook(url: str) -> str:
    if not re.fullmatch(r"[!-~]+", url):
        raise ValueError("holds a blank or another character that a url must have percent-encoded")
    try:
        parts = urlsplit(url)
        complete = bool(parts.hostname) and parts.port != 0
    except ValueError:
        complete = False
    if not complete or parts.scheme not in {"http", "https"}:
        raise ValueError("expected https://host/path, or a command with its arguments")
    if "@" in parts.netloc:
        raise ValueError("holds a login before its @, which is not sent: expected https://host/path, or a command")
    return url


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        raise ValueError("has a quotation mark or a backslash without its partner") from None


def _checked_command(words: Iterable[str]) -> tuple[str, ...]:
    command = tuple(words)
    if not command or not command[0] or any("\0" in word for word in command):
        raise ValueError("expected https://host/path, or a command with its arguments")
    if re.match(r"\w+=", command[0]):
        raise ValueError("begins with NAME=value, and there is no shell: set the variable where this runs")
    return command


class Policy(_Section):
    """What may happen without asking, and how long others may be made to wait."""

    breaking: Literal["hold", "allow"] = "hold"
    drops: Literal["drop", "retire", "keep"] = "drop"
    target_drift: Literal["report", "restore"] = "report"
    lock_timeout: Limit = timedelta(seconds=1)
    lock_budget: Limit = timedelta(minutes=2)
    probe_timeout: Limit = timedelta(seconds=5)
    """For each question to the target's rows, how dangerous a change is."""
    online: Literal["auto", "always", "never"] = "auto"
    on_drift: Literal["sync", "plan", "report"] = "sync"
    retire_for: Duration = timedelta(days=30)
    window: Annotated[Window | None, PlainValidator(_window), PlainSerializer(_window_text)] = None
    rehearsal: str | None = None
    """The entry of `databases` on whose server a rehearsal makes its scratch database; None: on one of our own."""
    notify: SecretStr | None = None
    """Its `${NAME}`s are filled in at use: see `Config.receiver`."""
    strict_roles: bool = False
    strict_tls: bool = False

    @field_validator("notify")
    @classmethod
    def _notify_is_a_receiver(cls, value: SecretStr) -> SecretStr:
        if "${" not in value.get_secret_value():
            _receiver(value.get_secret_value())
        return value


_MODULE = re.compile(r"[^\s/\\]+")


def _module_name(name: str) -> str:
    if not _MODULE.fullmatch(name) or name in {".", ".."} or not name.isprintable():
        raise ValueError(f"found the module {_shown(name)}; expected the name of a folder, without blanks and slashes")
    return name


class SqlModule(_Section):
    """Files with a history of their own."""

    path: AbsolutePath | None = None
    """Of its folder; None: the one of its name below `sql.path`."""
    schema_: str | None = Field(default=None, alias="schema")
    """In which its files make their objects."""
    after: Names = ()
    """Modules that run before it."""


class Sql(_Section):
    """Hand-written SQL files."""

    path: Annotated[AbsolutePath, Field(validate_default=True)] = Path("migrations")
    modules: dict[Annotated[str, AfterValidator(_module_name)], SqlModule] = Field(default_factory=dict)
    vars: dict[str, str] = Field(default_factory=dict)
    """What `{{var.NAME}}` stands for."""
    ledger: Literal["target", "module"] = "target"
    """Where the history is: `module`: in `schema_migrations` of each module's own schema."""


_CRON = re.compile(
    r"@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)|(?:[\w*/,?#-]+ +){4}[\w*/,?#-]+", re.ASCII
)


class Config(_Section):
    """All settings. Secrets show as asterisks in its repr and JSON."""

    target: Connection
    sources: dict[SourceName, Source] = Field(default_factory=dict)
    naming: Naming = Field(default_factory=Naming)
    objects: Objects = Field(default_factory=Objects)
    policy: Policy = Field(default_factory=Policy)
    workspace: Annotated[AbsolutePath, Field(validate_default=True)] = Path("migration_workspace")
    schedule: str | None = "0 5 * * *"
    databases: dict[str, Connection] = Field(default_factory=dict)
    sql: Annotated[Sql, Field(validate_default=True)] = Field(default_factory=lambda: cast("Sql", {}))

    _path: Path | None = PrivateAttr(None)
    _environ: Environ | None = PrivateAttr(None)
    _folder: Path | None = PrivateAttr(None)

    @property
    def base(self) -> Path:
        """The folder from which relative paths start."""
        return self._folder or Path.cwd()

    @property
    def path(self) -> Path | None:
        """The file that it was read from; None: the environment."""
        return self._path

    def folder(self, source: str) -> Path:
        """The source's own folder in the workspace. Raises: BadConfig for what is no source's name."""
        if not _NAME.fullmatch(source) or "..." in source:
            raise BadConfig(f"{_shown(source)} is no source's name: expected lower-case letters, digits, _ . and -")
        return self.workspace / source

    def receiver(self) -> Receiver | None:
        """Who is sent notices, with every `${NAME}` read now; None: nobody. Raises: BadConfig, which quotes none of it.

        A variable alone may hold a url or a whole command; within a command it is part of one word, whatever it holds.
        """
        if self.policy.notify is None:
            return None
        try:
            found = self._receiver(self.policy.notify.get_secret_value().strip())
        except ValueError as fault:
            raise BadConfig(f"policy.notify: {fault}") from None
        if found.is_exposed and self.policy.strict_tls:
            raise BadConfig("policy.notify: is http:// to another host, which policy.strict_tls forbids: use https://")
        return found

    def _receiver(self, written: str) -> Receiver:
        environ = os.environ if self._environ is None else self._environ
        if _SCHEME.match(written) or _REFERENCE.fullmatch(written):
            return _receiver(_resolved(written, environ, "policy.notify"))
        return Receiver(command=_checked_command(_resolved(word, environ, "policy.notify") for word in _words(written)))

    @property
    def secret_variables(self) -> frozenset[str]:
        """The environment's variables that urls and passwords of connections are made of."""
        places = (self.target, *self.sources.values(), *self.databases.values())
        texts = (each.get_secret_value() for place in places for each in (place._url, place.password) if each)
        return frozenset(found["name"] for text in texts for found in _REFERENCE.finditer(text) if found["name"])

    def naming_of(self, source: Source) -> Naming:
        """How this source's names become target names: `naming`, with what the source says in its own way."""
        return self.naming if source.naming is None else replace(self.naming, schema=source.naming.schema_)

    @field_validator("schedule")
    @classmethod
    def _schedule_is_cron(cls, value: str | None) -> str | None:
        if value is not None and not _CRON.fullmatch(value):
            raise ValueError(f'found {_shown(value)}; expected five cron fields, as "0 5 * * *", or null for none')
        return value

    @model_validator(mode="after")
    def _found_names_stay_apart(self) -> Self:
        patterns = [name for name, source in self.sources.items() if source.is_pattern]
        for name in self.sources:
            for entry in patterns:
                if name.startswith(f"{entry}."):
                    raise ValueError(
                        f"the source {name} could be a database found by {entry}, which are named {entry}.<database>: "
                        f"rename one of the two"
                    )
        return self

    @model_validator(mode="after")
    def _rehearsal_is_known(self) -> Self:
        name = self.policy.rehearsal
        if name is not None and name not in self.databases:
            known = ", ".join(self.databases) or "none"
            raise ValueError(f"policy.rehearsal names {_shown(name)}; expected an entry of databases, found {known}")
        return self

    def model_post_init(self, context: Any) -> None:
        """Tell every connection its place, its environment and its folder."""
        told = context or {}
        self._path, environ, folder = told.get("path"), told.get("environ"), told.get("folder")
        self._environ, self._folder = environ, folder
        self.target._place("target", environ, folder)
        for name, database in self.databases.items():
            database._place(f"databases.{name}", environ, folder)
        for name, source in self.sources.items():
            source._place(f"sources.{name}", environ, folder)
            source._name = name


# --- YAML -----------------------------------------------------------------------------------------------------------

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_VALUES = 200_000
_DEEPEST = 20
_DEEPEST_EVENTS = 100
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{t}" for t in ("str", "int", "float", "bool", "null", "timestamp", "value"))
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Written(Protocol):
    """Where settings stand in a file."""

    @property
    def name(self) -> str:
        """The file."""

    def line_of(self, path: tuple[str | int, ...]) -> int:
        """The line, from 1, of the key at the path, or of the nearest one above it that is written."""


def too_deep(events: Iterable[Any], most: int) -> int | None:
    """The line on which what yaml.parse gives is nested more deeply than that; None: nowhere.

    libyaml's composer takes the process down with what is nested without end.
    """
    depth = 0
    for event in events:
        kind = type(event).__name__
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        if depth > most:
            return int(event.start_mark.line) + 1
    return None


class _Document:
    """A YAML file as mappings, lists, texts and None, with the lines on which its keys stand.

    A scalar stays the text that was written: `password: 0123` is no octal number, and a source may be called `no`.
    """

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.text = text
        self._values = 0
        self._root = self._composed()
        self.content = self._mapping_or_fault()

    def fault(self, message: str, line: int | None) -> BadConfig:
        return BadConfig(f"{self.name}:{line}: {message}" if line else f"{self.name}: {message}")

    def line_of(self, path: tuple[str | int, ...]) -> int:
        """The line, from 1, of the key at the path, or of the nearest one above it that is written."""
        node, line = self._root, self._root.start_mark.line + 1
        for part in path:
            found = next(((k, v) for name, k, v in self._children(node) if name == part), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        return int(line)

    def _children(self, node: Any) -> Iterator[tuple[str | int, Any, Any]]:
        if node.id == "mapping":
            yield from ((key.value, key, value) for key, value in node.value if key.id == "scalar")
        elif node.id == "sequence":
            yield from ((number, item, item) for number, item in enumerate(node.value))

    def _composed(self) -> Any:
        import yaml  # noqa: PLC0415  (only where a file is read)

        strange = _UNPRINTABLE.search(self.text)
        if strange:
            code, line = ord(strange[0]), self.text.count("\n", 0, strange.start()) + 1
            raise self.fault(f"holds the character U+{code:04X}, which YAML forbids: remove it", line)
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            if deep := too_deep(yaml.parse(self.text, Loader=loader), _DEEPEST_EVENTS):
                raise self.fault("is nested too deeply to be read", deep)
            return yaml.compose(self.text, Loader=loader)
        except yaml.MarkedYAMLError as error:
            raise self._syntax_fault(error) from None

    def _syntax_fault(self, error: Any) -> BadConfig:
        """The problem and its line, without what stands there: it may be a password."""
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        written = self.text.splitlines()[mark.line] if mark and mark.line < len(self.text.splitlines()) else ""
        if "\t" in written[: len(written) - len(written.lstrip())]:
            return self.fault("is indented with a tab: YAML wants spaces", line)
        said = (error.context, error.problem or "cannot be read")
        # a quotation of more than one character, such as an anchor's name, is cut off; the parser's own <tokens> stay
        problem = ": ".join(re.sub(r"""\s(['"])(?!<|.\1).*""", "", text) for text in said if text)
        advice = "put a value in quotes if it begins with one of * & ! % @ ` or holds a colon with a space"
        return self.fault(f"is not YAML: {problem}: {advice}", line)

    def _mapping_or_fault(self) -> dict[str, Any]:
        if self._root is None:
            raise self.fault("is empty: `dw-migration init` writes one to start from", None)
        if self._root.id != "mapping":
            raise self.fault("expected a mapping (target: ..., sources: ...) and found something else", 1)
        content: dict[str, Any] = self._plain(self._root, 0)
        return content

    def _plain(self, node: Any, depth: int) -> Any:
        self._values += 1
        if self._values > _MOST_VALUES or depth > _DEEPEST:
            raise self.fault("unfolds without end: is there an anchor that holds itself?", node.start_mark.line + 1)
        if node.id == "mapping":
            return self._mapping(node, depth)
        if node.id == "sequence":
            self._check_tag(node, "tag:yaml.org,2002:seq")
            return [self._plain(item, depth + 1) for item in node.value]
        self._check_tag(node, *_PLAIN_TAGS)
        is_null = not node.style and node.value in _NULLS and node.tag == "tag:yaml.org,2002:null"
        return None if is_null else node.value

    def _mapping(self, node: Any, depth: int) -> dict[str, Any]:
        self._check_tag(node, "tag:yaml.org,2002:map")
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                merged = self._merged(value, depth) | merged
                continue
            name = self._key(key)
            if name in own:
                raise self.fault(f"the key {_shown(name)} stands here a second time: remove one", _line(key))
            own[name] = self._plain(value, depth + 1)
        return merged | own

    def _merged(self, node: Any, depth: int) -> dict[str, Any]:
        contents = self._plain(node, depth + 1)
        merged: dict[str, Any] = {}
        for content in contents if isinstance(contents, list) else [contents]:
            if not isinstance(content, dict):
                raise self.fault("<< expects a mapping, or a list of mappings", _line(node))
            merged = content | merged
        return merged

    def _key(self, key: Any) -> str:
        if key.id != "scalar":
            raise self.fault("a key is a list or a mapping; expected a name: quote {name} and [name]", _line(key))
        self._check_tag(key, *_PLAIN_TAGS)
        return str(key.value)

    def _check_tag(self, node: Any, *allowed: str) -> None:
        if node.tag not in {*allowed, "!"}:
            raise self.fault("holds a !tag; expected plain values: quote the value if it begins with !", _line(node))


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1


# --- reading --------------------------------------------------------------------------------------------------------


def load_config(path: Path | None = None, *, environ: Environ = os.environ) -> Config:
    """The settings: of the file, else of $DW_MIGRATION_CONFIG, else of dw_migration.yaml here, else of the environment.

    Raises: BadConfig with every fault found, each with its line, its key and what to do.
    """
    chosen = chosen_file(path, environ)
    if chosen is None:
        return _checked(_from_environment(environ), None, Path.cwd(), environ)
    document = _Document(_text_of(chosen), str(chosen))
    return _checked(document.content, document, chosen.absolute().parent, environ, chosen.absolute())


def config_of(
    content: Mapping[str, Any], folder: Path, *, environ: Environ = os.environ, written: Written | None = None
) -> Config:
    """The settings that stand in a program, or in the attributes of a component; paths start from the folder.

    Raises: BadConfig with every fault found, each with its key and what to do, and its line where one is known.
    """
    return _checked(content, written, folder, environ)


def chosen_file(path: Path | None, environ: Environ = os.environ) -> Path | None:
    """The config file: this one, else $DW_MIGRATION_CONFIG, else dw_migration.yaml here; None: the environment."""
    if path is not None:
        return path
    if environ.get(CONFIG_VARIABLE):
        return Path(environ[CONFIG_VARIABLE])
    return Path(DEFAULT_FILE) if Path(DEFAULT_FILE).exists() else None


def _text_of(path: Path) -> str:
    try:
        written = path.read_bytes()
    except OSError as fault:
        raise BadConfig(
            f"{path}: cannot be read: {fault.strerror}: mend --config or ${CONFIG_VARIABLE}, or let "
            f"`dw-migration init` write one"
        ) from None
    try:
        return written.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as fault:
        line = written.count(b"\n", 0, fault.start) + 1
        raise BadConfig(f"{path}:{line}: is not UTF-8: save it as UTF-8") from None


_KEYS_OF_VARIABLES = {
    "HOST": "host",
    "PORT": "port",
    "USER": "user",
    "PASSWORD": "password",
    "DATABASE": "database",
}


def _from_environment(environ: Environ) -> dict[str, Any]:
    """The settings that SOURCE_PG_*, TARGET_PG_* and TABLES describe."""
    source, target = _connection_of("SOURCE_PG", environ), _connection_of("TARGET_PG", environ)
    _check_environment(source, target)
    if environ.get("SOURCE_PG_SCHEMA"):
        source["schemas"] = literal(environ["SOURCE_PG_SCHEMA"])
    if environ.get("TABLES"):
        source["tables"] = literal(environ["TABLES"])
    return {"target": target, "sources": {valid_source_name(environ["SOURCE_PG_DATABASE"]): source}}


def _connection_of(prefix: str, environ: Environ) -> dict[str, Any]:
    names = {key: f"{prefix}_{name}" for name, key in _KEYS_OF_VARIABLES.items()}
    return {key: f"${{{name}}}" for key, name in names.items() if environ.get(name)}


def _check_environment(source: dict[str, Any], target: dict[str, Any]) -> None:
    if not source and not target:
        raise BadConfig(
            f"no configuration: found no --config FILE, no ${CONFIG_VARIABLE}, no {DEFAULT_FILE} in {Path.cwd()}, and "
            f"none of the environment variables SOURCE_PG_HOST, _PORT, _USER, _PASSWORD, _DATABASE, _SCHEMA, "
            f"TARGET_PG_HOST, _PORT, _USER, _PASSWORD, _DATABASE, TABLES, WORK_DIR: `dw-migration init` writes a "
            f"{DEFAULT_FILE} to start from"
        )
    sides = {"SOURCE_PG_DATABASE": source, "TARGET_PG_DATABASE": target}
    missing = [name for name, side in sides.items() if "database" not in side]
    if missing:
        raise BadConfig(
            f"the environment describes half a configuration: set {' and '.join(missing)} too "
            f"(there is no {DEFAULT_FILE} in {Path.cwd()}; `dw-migration init` writes one)"
        )


def _checked(
    content: Mapping[str, Any], document: Written | None, folder: Path, environ: Environ, path: Path | None = None
) -> Config:
    faults: list[_Fault] = []
    filled = _filled(_with_workspace(content, environ), (), environ, faults)
    # os.environ is kept as None: it cannot be copied or pickled, and is looked up again at use
    context = {"folder": folder, "path": path, "environ": None if environ is os.environ else environ}
    try:
        config = Config.model_validate(filled, context=context)
    except ValidationError as error:
        reported = {fault.path for fault in faults}
        faults += [fault for fault in _faults_of(error) if fault.path not in reported]
    if faults:
        raise BadConfig("\n".join(_in_order(faults, document)))
    return config


def _with_workspace(content: Mapping[str, Any], environ: Environ) -> dict[str, Any]:
    """The content, with the workspace that $WORK_DIR names where it names none."""
    named = content.get("workspace") is not None or not environ.get("WORK_DIR")
    return dict(content) if named else {**content, "workspace": "${WORK_DIR}"}


def _filled(value: Any, path: tuple[str | int, ...], environ: Environ, faults: list[_Fault]) -> Any:
    """The value with its `${NAME}`s filled in, except in what is read at use."""
    if isinstance(value, dict):
        return {key: _filled(below, (*path, key), environ, faults) for key, below in value.items()}
    if isinstance(value, list):
        return [_filled(below, (*path, number), environ, faults) for number, below in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value
    try:
        # at use: only the form of the references is checked here
        at_use = _is_deferred(path)
        filled = _resolved(value, _Anything() if at_use else environ, _dotted(path))
    except BadConfig as fault:
        faults.append(_Fault(path, str(fault).removeprefix(f"{_dotted(path)}: ")))
        return value
    return value if at_use else filled


class _Anything(dict[str, str]):
    """An environment in which every variable is set."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return ""


_DEPTH_OF_CONNECTIONS = {"target": 2, "sources": 3, "databases": 3}


def _is_deferred(path: tuple[str | int, ...]) -> bool:
    if path == ("policy", "notify"):
        return True
    return _DEPTH_OF_CONNECTIONS.get(str(path[0])) == len(path) and path[-1] in Connection.DEFERRED


# --- faults ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fault:
    path: tuple[str | int, ...]
    message: str


def _in_order(faults: list[_Fault], document: Written | None) -> list[str]:
    """One line a fault, as `file:line: key: message`, by line."""
    texts = [(0, f"{_dotted(f.path)}: {f.message}" if f.path else f.message) for f in faults]
    if document is not None:
        lines = [document.line_of(f.path) for f in faults]
        texts = [(line, f"{document.name}:{line}: {text}") for line, (_, text) in zip(lines, texts, strict=True)]
    return [text for _, text in sorted(dict.fromkeys(texts))]


def _dotted(path: tuple[str | int, ...]) -> str:
    parts = (part if isinstance(part, int) or re.fullmatch(r"[\w-]+", part) else _shown(part) for part in path)
    return ".".join(map(str, parts))


def _faults_of(error: ValidationError) -> list[_Fault]:
    faults = error.errors(include_url=False)
    return [_Fault(tuple(p for p in fault["loc"] if p != "[key]"), _message(fault)) for fault in faults]


_EXPECTED = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text",
    "tuple_type": "a list",
    "model_type": "a mapping of settings",
    "dict_type": "a mapping of settings",
    "dataclass_type": "a mapping of settings",
}


def _message(fault: Any) -> str:
    """What pydantic found, in our words: values are shown only where no secret can stand."""
    kind, found, context = fault["type"], fault.get("input"), fault.get("ctx", {})
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return _unknown_key(str(fault["loc"][-1]), _known_keys(fault["loc"][:-1]))
    if kind == "missing":
        return "is missing: `dw-migration init` writes a starter config that explains every key"
    if kind == "value_error":
        return str(context["error"])
    shown = _shown(found) if isinstance(found, str) and kind in ("literal_error", "bool_parsing") else _what(found)
    return f"found {shown}; expected {context.get('expected') or _EXPECTED.get(kind, fault['msg'])}"


def _unknown_key(key: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(key.lower(), known, n=1)
    return f'unknown key; did you mean "{near[0]}"?' if near else f"unknown key; expected one of {', '.join(known)}"


def _known_keys(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """The keys of the section at the path, as they are written in the file."""
    kind: Any = Config
    for part in path:
        kind = _type_below(kind, part)
    return tuple(info.alias or name for name, info in _fields(kind).items())


def _fields(kind: Any) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = getattr(kind, "model_fields", None) or getattr(kind, "__pydantic_fields__", {})
    return fields


def _type_below(kind: Any, part: str | int) -> Any:
    fields = _fields(kind)
    if fields:
        below = next(info.annotation for name, info in fields.items() if part in (name, info.alias))
    else:
        below = next(kind for kind in reversed(get_args(kind)) if kind is not Ellipsis)  # a dict's value, a list's item
    if get_origin(below) in (Union, UnionType):
        below = next(kind for kind in get_args(below) if kind is not type(None))
    return below


def _shown(value: object) -> str:
    """The value in quotes on one line, its control characters escaped, and not all of it if it is long."""
    text = str(value) if len(str(value)) <= 60 else f"{str(value)[:60]}..."  # noqa: PLR2004  (half a line)
    return '"' + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text) + '"'


def _what(value: object) -> str:
    kinds = {dict: "a mapping", list: "a list", tuple: "a list", str: "text", type(None): "nothing"}
    return kinds.get(type(value), "something else")


def _either(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


# --- the starter ----------------------------------------------------------------------------------------------------

_STARTER = """\
# Settings of dw_migration: one PostgreSQL warehouse (target) kept in step with many databases (sources).
# ${NAME} anywhere is filled in from the environment; $${ stands for the characters ${ themselves.
# For connections that happens when they are opened, so a missing secret stops only its own source; for notify at use.
# Relative paths start from this file's folder. A key left out has the value shown here.

target:                                     # the one database that is written
  url: postgresql://dw@localhost:5432/warehouse
  password: ${TARGET_PG_PASSWORD}           # any characters; in a url they would need %-encoding
  # Instead of url, or on top of it (these win):
  # host: localhost
  # port: 5432
  # user: dw
  # database: warehouse
  # service: warehouse                      # a section of pg_service.conf
  # password_file: secrets/target           # a file that holds the password alone
  # passfile: secrets/pgpass                # without any password: PGPASSFILE and ~/.pgpass, as with psql
  # sslmode: verify-full                    # disable, allow, prefer, require, verify-ca, verify-full
  # sslrootcert: certs/ca.pem               # likewise sslcert, sslkey
  # sslcert: certs/client.pem
  # sslkey: certs/client.key
  # connect_timeout: 5s
  # pooler: none                            # session: there is a pooler in between, and it is in session mode

sources:                                    # databases that are read, never written
  shop:                                     # the source's name: its partition key and its folder
    url: postgresql://reader@localhost:5432/shop
    password: ${SHOP_PG_PASSWORD}
    # schemas: [public]                     # default: all, but those of the system
    # tables: all                           # or names and globs: [orders, "order_*"]
    # exclude: ["tmp_*"]
    # naming: {schema: "dw__shop__{schema}"} # this source's own way
  # tenants:                                # many databases of one server, found when asked
  #   server: postgresql://reader@tenants-db
  #   password: ${TENANTS_PG_PASSWORD}
  #   databases: "tenant_*"                 # each becomes the source tenants.<database>

naming:                                     # source names -> target names
  schema: dw__{database}__{schema}
  case: lower                               # lower, snake, preserve
  replace: []                               # [{pattern: "^tbl", with: ""}]: old prefixes, in this order
  overrides: {}                             # {"ShopDB.public.Order": orders}: one name; also settles collisions

objects:                                    # keep, skip; needed: only what a carried object stands on
  views: keep
  functions: needed
  triggers: skip
  rules: skip
  policies: skip
  grants: skip                              # keep, skip
  partitions: keep                          # keep; flatten: a partitioned table becomes one plain table
  max_partitions: 20000                     # a source with more is refused before it is read
  collations: strip_unknown                 # keep; strip_unknown: without those the target lacks; strip: without any
  security_definer: false                   # true: carry functions that run with their owner's rights
  languages: [sql, plpgsql]                 # of the functions that may be carried

policy:
  breaking: hold                            # hold: wait for `approve`; allow: apply changes that can lose data
  drops: drop                               # drop; retire: put aside for retire_for; keep: leave in the target
  target_drift: report                      # changes made by hand in the target: report, restore
  lock_timeout: 1s                          # longest that others wait for one attempt of ours
  lock_budget: 2m                           # how long attempts are repeated
  probe_timeout: 5s                         # how long one question to the rows may take, how dangerous a change is
  online: auto                              # CONCURRENTLY, NOT VALID and the like: auto, always, never
  on_drift: sync                            # when a source changed: sync, plan, report
  retire_for: 30d
  window: null                              # "22:00-05:30", "sat,sun 00:00-12:00": apply only then, UTC
  rehearsal: null                           # a name from databases: on that server --rehearse makes a scratch database
                                            # and drops it again; null: on a server of its own, started for it
  notify: null                              # ${HOOK}: who is told of what is held, failed or drifted: an https url
                                            # that takes a POST, or a command that reads JSON on stdin
  strict_roles: false                       # true: refuse a source role that could write
  strict_tls: false                         # true: refuse connections to other hosts without TLS

workspace: migration_workspace              # one folder a source, made for git; default: $WORK_DIR, then this
schedule: "0 5 * * *"                       # the daily sweep, as cron; null: none
databases: {}                               # more connections by name, for `data` and policy.rehearsal:
                                            # {legacy: {url: postgresql://reader@old-db/shop}}
sql:                                        # hand-written SQL files; a folder is a module, with a history of its own
  path: migrations
  modules: {}                               # {reports: {schema: reports, after: [core]}}; path: where it is elsewhere
  vars: {}                                  # what {{var.NAME}} stands for
  ledger: target                            # module: history in schema_migrations of each module's own schema
"""


def starter_config() -> str:
    """The commented YAML that `dw-migration init` writes."""
    return _STARTER
