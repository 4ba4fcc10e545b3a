"""The one module that opens connections: read-only ones to sources, guarded ones to the target, errors made ours."""

import difflib
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, TypeVar

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from dw_migration.config import Connection, Source
from dw_migration.errors import BadConfig, DwMigrationError, NoConnection, NotAllowed, ServerError
from dw_migration.sql import quoted

Session = psycopg.Connection[tuple[Any, ...]]

# A dead peer is noticed within about a minute; a url or service file may say otherwise.
_TRANSPORT = {
    "connect_timeout": "5",
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}

# What would change the texts that the server gives, which objects a name means, or what a CREATE makes.
_SAME_EVERYWHERE = {
    "search_path": "",
    "row_security": "off",  # a policy must be an error, not fewer rows
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "lc_monetary": "C",
    "extra_float_digits": "3",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",
    "xmloption": "content",
    "default_transaction_isolation": "read committed",
    "default_table_access_method": "heap",
    "jit": "off",  # compiling a catalog query costs more than running it
}
_CHECK_CLIENT = "client_connection_check_interval"
_CHECK_CLIENT_SINCE = 140000
_IDLE_IN_TRANSACTION = timedelta(minutes=1)
_STATEMENT = timedelta(seconds=60)
_ON_THE_WAY = timedelta(seconds=5)
"""After statement_timeout an answer must be on its way: this much later it should be here."""
_MOST_MILLISECONDS = 2**31 - 1


def connect_source(
    source: Connection,
    *,
    application_name: str,
    database: str | None = None,
    statement_timeout: timedelta = _STATEMENT,
    lock_timeout: timedelta = timedelta(milliseconds=100),
    patience: timedelta | None = None,
    strict_tls: bool = False,
) -> Session:
    """An open read-only session in autocommit, `search_path` empty; `database` instead of the configured one.

    Where nothing comes from the server for as long as `patience`, the session is closed, and the statement fails;
    default: a little more than `statement_timeout`, which only a living server keeps.
    Raises: NoConnection, NotAllowed, BadConfig (the config is wrong, or names a transaction pooler).
    """
    settings = _settings(lock_timeout, statement_timeout, read_only=True)
    parameters = _parameters(source, application_name, database, strict_tls=strict_tls)
    connection = _connected(source, parameters, SourceSession)
    connection.where, connection.patience = source.where, patience or statement_timeout + _ON_THE_WAY
    with _closed_on_failure(connection):
        _set_up(source, connection, settings)
    return connection


def connect_target(
    target: Connection,
    *,
    application_name: str,
    database: str | None = None,
    read_only: bool = False,
    lock_timeout: timedelta = timedelta(seconds=1),
    statement_timeout: timedelta | None = None,
    strict_tls: bool = False,
) -> Session:
    """An open session in autocommit on the primary itself, `search_path` empty; no statement timeout unless given.

    `database` instead of the configured one.
    Raises: NoConnection (a standby too), NotAllowed, BadConfig (the config is wrong, or names a transaction pooler).
    """
    settings = _settings(lock_timeout, statement_timeout or timedelta(), read_only=read_only)
    connection = _connected(target, _parameters(target, application_name, database, strict_tls=strict_tls), Session)
    with _closed_on_failure(connection):
        if _set_up(target, connection, settings):
            raise NoConnection(
                f"{target.where}: {_place(connection.info)} is a standby, which cannot be written: mend "
                f"{target.where} to name the primary, or wait until the failover is over",
                where=target.where,
                may_pass=True,
            )
    return connection


class SourceSession(psycopg.Connection[tuple[Any, ...]]):
    """A session that waits no longer than `patience` for any sign of its server.

    A server that is stopped, or cut off by what still answers for it, would be waited for without end: its
    statement_timeout does not run, and TCP finds nothing amiss.
    """

    where = ""
    """The source's place in the config."""
    patience = _ON_THE_WAY

    def wait(self, gen: PQGen[RV], *arguments: Any, **settings: Any) -> RV:
        """As psycopg's. Raises: psycopg.OperationalError, with the session closed, where the server is silent."""
        try:
            return super().wait(_until_silent(gen, self.patience.total_seconds()), *arguments, **settings)
        except _SilentError:
            self.close()
            raise


class _SilentError(psycopg.OperationalError):
    """Nothing came from the server."""


def _until_silent(gen: PQGen[RV], patience: float) -> PQGen[RV]:
    """The generator, until nothing has come for so many seconds; psycopg looks about ten times a second."""
    ready: Any = None
    quiet_since = None
    try:
        while True:
            ready = yield gen.send(ready)
            if ready:
                quiet_since = None
                continue
            now = time.monotonic()
            quiet_since = quiet_since or now
            if now - quiet_since >= patience:
                raise _SilentError(f"the server has been silent for {patience:g} s")
    except StopIteration as ended:
        return ended.value  # type: ignore[no-any-return]


# --- who is there ---------------------------------------------------------------------------------------------------

_IDENTITY = """
SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
       pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE'),
       CASE WHEN NOT pg_catalog.pg_is_in_recovery()
            THEN pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()) END,
       d.datname, d.oid, current_user, r.rolsuper, pg_catalog.pg_is_in_recovery()
  FROM pg_catalog.pg_database d, pg_catalog.pg_roles r
 WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
   AND r.rolname OPERATOR(pg_catalog.=) current_user
"""
_SYSTEM_IDENTIFIER = "SELECT system_identifier FROM pg_catalog.pg_control_system()"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which server and database a session is on, and as whom."""

    server_version: int
    """As 180006."""
    system_identifier: int | None
    """None where the role may not read it. Clones share it, and pg_upgrade changes it."""
    timeline: int | None
    """None on a standby. A promotion raises it."""
    database: str
    database_oid: int
    user: str
    is_superuser: bool
    in_recovery: bool
    ssl: bool


def identity(connection: Session) -> Identity:
    """The identity, in two short queries that need no rights."""
    version, may_read, wal_file, database, oid, user, is_superuser, in_recovery = _row(connection, _IDENTITY)
    return Identity(
        server_version=version,
        system_identifier=_row(connection, _SYSTEM_IDENTIFIER)[0] if may_read else None,
        timeline=int(wal_file[:8], 16) if wal_file else None,
        database=database,
        database_oid=oid,
        user=user,
        is_superuser=is_superuser,
        in_recovery=in_recovery,
        ssl=bool(connection.pgconn.ssl_in_use),
    )


def _row(connection: Session, query: str) -> tuple[Any, ...]:
    where = _server("", connection)
    with translated(where, connection):
        row = connection.execute(query.encode()).fetchone()
    if row is None:
        raise NoConnection(f"{where}: {_place(connection.info)} {_STRANGE}", where=where)
    return row


_STRANGE = "answers unlike PostgreSQL: check what listens there"
_DATABASES = """
SELECT datname FROM pg_catalog.pg_database
 WHERE datallowconn AND NOT datistemplate AND pg_catalog.has_database_privilege(oid, 'CONNECT')
 ORDER BY datname
"""


def find_sources(
    source: Source, *, application_name: str, strict_tls: bool = False, limit: timedelta | None = None
) -> tuple[Source, ...]:
    """The source itself, or for a pattern one source a database of its server that matches and lets us in, by name.

    `limit`: how long a server that has let us in may be silent; default: as for any source.
    """
    if not source.is_pattern:
        return (source,)
    with (
        connect_source(
            source,
            application_name=application_name,
            statement_timeout=limit or _STATEMENT,
            patience=limit,
            strict_tls=strict_tls,
        ) as connection,
        translated(source.where, connection),
    ):
        names = [name for (name,) in connection.execute(_DATABASES)]
    return tuple(source.of_database(n) for n in names if _matches(source, n))


_HASH = re.compile(r"-[0-9a-f]{8}\Z")
"""At the end of a found source's name: the database has another name, which only its server knows."""


def source_found(source: Source, name: str) -> Source | None:
    """The source of this name, as `find_sources` would find it; None if it is none of these, or its server must say."""
    if not source.is_pattern:
        return source if source.name == name else None
    if not name.startswith(f"{source.name}.") or _HASH.search(name):
        return None
    database = name.removeprefix(f"{source.name}.")
    found = source.of_database(database)
    return found if found.name == name and _matches(source, database) else None


def _matches(source: Source, database: str) -> bool:
    return any(fnmatchcase(database, glob) for glob in source.databases)


def database_of(place: Connection) -> str | None:
    """The database's name as far as config and environment tell it: a service file may name it too.

    Raises: BadConfig.
    """
    given = _parameters(place, "", None, strict_tls=False)
    name = given.get("dbname") or os.environ.get("PGDATABASE") or given.get("user")
    return None if name is None or "service" in given else str(name)


def unprotected(place: Connection, session: Session) -> str:
    """Why others could read along or pose as the server; nothing where TLS is asked for, or the server is here."""
    given = session.info.get_parameters()
    if _is_local(given) or place.login().keywords.get("sslmode") or _sslmode(given):
        return ""
    now = "TLS is used now, but " if session.pgconn.ssl_in_use else "TLS is not used, and "
    return f"{now}no sslmode demands it on the way to {_one_line(session.info.host)}"


def conninfo_of(place: Connection, *, application_name: str, strict_tls: bool = False) -> str:
    """What libpq is told, in one text that holds the password: for a process of ours. Raises: BadConfig."""
    return make_conninfo(**_parameters(place, application_name, None, strict_tls=strict_tls))


# --- opening --------------------------------------------------------------------------------------------------------


def _parameters(place: Connection, application_name: str, database: str | None, *, strict_tls: bool) -> dict[str, Any]:
    """What libpq is told: the url, over it the separate keys, below both our transport settings."""
    login = place.login()
    written: dict[str, Any] | None = None
    with suppress(psycopg.Error):
        written = conninfo_to_dict(login.url) if login.url else {}
    if written is None:  # raised out here, since psycopg's error repeats parts of the url
        raise BadConfig(
            f"{place.where}: the url cannot be read: expected postgresql://user@host:port/database?setting=value with "
            f"special characters percent-encoded; a password is best put under password"
        )
    given = {**written, **login.keywords} | ({"dbname": database} if database is not None else {})
    if isinstance(place, Source) and place.is_pattern:
        given = {"dbname": "postgres"} | given
    if place.connect_timeout is not None:
        given["connect_timeout"] = str(max(1, round(place.connect_timeout.total_seconds())))
    _check_parameters(place, given, strict_tls=strict_tls)
    return _TRANSPORT | given | {"application_name": application_name, "client_encoding": "UTF8"}


def _check_parameters(place: Connection, given: Mapping[str, Any], *, strict_tls: bool) -> None:
    """Nothing, for what is surely no part of a password that the url holds unencoded; libpq's errors would tell it."""
    if not re.fullmatch(r"[0-9,]*", str(given.get("port", ""))):
        raise BadConfig(f"{place.where}: the port in the url is no number: percent-encode a : or / in its password")
    encrypted = {"require", "verify-ca", "verify-full"}
    if strict_tls and not _is_local(given) and _sslmode(given) not in encrypted:
        raise BadConfig(
            f"{place.where}: another host is reached without required TLS, which policy.strict_tls forbids: set "
            f"{place.where}.sslmode to verify-full (or verify-ca, require)"
        )


def _sslmode(given: Mapping[str, Any]) -> str | None:
    return given.get("sslmode") or os.environ.get("PGSSLMODE")


def _is_local(given: Mapping[str, Any]) -> bool:
    hosts = str(given.get("hostaddr") or given.get("host") or os.environ.get("PGHOST") or "/").split(",")
    if "service" in given and not ({"host", "hostaddr"} & given.keys()):
        return False
    return all(re.fullmatch(r"[/@].*|localhost|127\.[0-9.]+|::1", host) for host in hosts)


_Opened = TypeVar("_Opened", bound=Session)


def _connected(place: Connection, parameters: dict[str, Any], kind: type[_Opened]) -> _Opened:
    try:
        # never prepared by itself: under DDL a cached plan fails with "must not change result type"
        return kind.connect(**parameters, autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        refusal = _refusal(place, parameters, error)
    raise refusal  # out here it has no context, which would carry the parameters


@contextmanager
def _closed_on_failure(connection: Session) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _settings(lock_timeout: timedelta, statement_timeout: timedelta, *, read_only: bool) -> dict[str, str]:
    return _SAME_EVERYWHERE | {
        "default_transaction_read_only": "on" if read_only else "off",
        "lock_timeout": _milliseconds(lock_timeout),
        "statement_timeout": _milliseconds(statement_timeout),
        "idle_in_transaction_session_timeout": _milliseconds(_IDLE_IN_TRANSACTION),
        _CHECK_CLIENT: "1s",
    }


def _milliseconds(duration: timedelta) -> str:
    return str(min(duration // timedelta(milliseconds=1), _MOST_MILLISECONDS))


def _set_up(place: Connection, connection: Session, settings: dict[str, str]) -> bool:
    """Whether the server is a standby; the settings are made in the same round trip, unless a pooler is in between.

    Behind a pooler nothing is set: its next client, perhaps the application, would inherit it.
    """
    if connection.info.server_version < _CHECK_CLIENT_SINCE:
        settings = {name: value for name, value in settings.items() if name != _CHECK_CLIENT}
    try:
        pid, in_recovery = _settled(place, connection, settings)
    except ServerError as refused:
        if refused.sqlstate != "22023" or _CHECK_CLIENT not in settings:
            raise
        # a server on Windows refuses this one
        settings = {name: value for name, value in settings.items() if name != _CHECK_CLIENT}
        pid, in_recovery = _settled(place, connection, settings)
    if pid != connection.info.backend_pid and place.pooler != "session":
        raise BadConfig(
            f"{place.where}: {_place(connection.info)} is a pooler (it announces backend "
            f"{connection.info.backend_pid}, but backend {pid} answers): name the server itself, since locks and "
            f"settings get lost between a pooler's transactions; or, if it is in session mode, set "
            f"{place.where}.pooler to session"
        )
    return in_recovery


def _settled(place: Connection, connection: Session, settings: dict[str, str]) -> tuple[int, bool]:
    """The answering backend's pid and whether it is a standby's; sets only what the announced backend answers for."""
    calls = ", ".join(["pg_catalog.set_config(%s, %s, false)"] * len(settings))
    query = (
        "SELECT pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery(), "
        f"CASE WHEN %s OR pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) %s THEN ARRAY[{calls}] END"
    )
    ours = (place.pooler == "session", connection.info.backend_pid)
    values = [text for pair in settings.items() for text in pair]
    with translated(place.where, connection):
        row = connection.execute(query.encode(), [*ours, *values]).fetchone()
    match row:
        case (int(pid), bool(in_recovery), _):
            return pid, in_recovery
    raise NoConnection(f"{place.where}: {_place(connection.info)} {_STRANGE}", where=place.where)


# --- a server refuses us --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Refusal:
    """How a failed connection is known by libpq's or the server's words, and what to say instead."""

    pattern: str
    found: str
    remedy: str
    raises: type[NoConnection | NotAllowed] = NoConnection
    may_pass: bool = False


# The first that fits is told. There is no sqlstate at this stage.
_REFUSALS = (
    _Refusal(
        r"timeout expired|timed out",
        "no answer in time",
        "Is the host right, and does a firewall let us through? {where}.connect_timeout says how long to wait",
        may_pass=True,
    ),
    _Refusal(
        r"could not translate host name|Name or service not known|nodename nor servname|No address associated"
        r"|failure in name resolution|failed to resolve host",
        "the host is unknown",
        "Check its spelling in {where}, and that this machine's DNS knows it",
        may_pass=True,  # names come and go with the containers that bear them
    ),
    _Refusal(
        r"Connection refused",
        "connection refused",
        "Is the server running there, on that port, and listening on that address (listen_addresses)?",
        may_pass=True,
    ),
    _Refusal(
        r"No such file or directory\s+Is the server running",
        "there is no socket",
        "Is the server running on this machine? Name its unix_socket_directories as host, or a host name for TCP",
        may_pass=True,
    ),
    _Refusal(
        r"unreachable|No route to host",
        "the network has no way there",
        "Check the host, routes and VPN",
        may_pass=True,
    ),
    _Refusal(
        r"does not support SSL",
        "the server offers no TLS, but sslmode asks for it",
        "Set ssl = on at the server, or another sslmode in {where} if the way there is trusted",
    ),
    _Refusal(
        r"certificate|SSL error",
        "TLS failed: {text}",
        "Check sslrootcert and the host's name in {where}; nothing is retried without TLS",
    ),
    _Refusal(
        r"no password supplied",
        "the server wants a password, and there is none",
        "Set {where}.password or password_file, or add a line for it to the file of PGPASSFILE or ~/.pgpass",
    ),
    _Refusal(
        r"(password|SCRAM|LDAP|PAM|RADIUS|SSPI|GSSAPI) authentication failed",
        "the user or the password is wrong",
        "Check user and password in {where} (a user without a password is refused likewise)",
    ),
    _Refusal(
        r"(Peer|Ident) authentication failed",
        "the server takes only the operating system's user of that name",
        "Run as that user, or have pg_hba.conf ask for scram-sha-256 and set {where}.password",
    ),
    _Refusal(
        r"no pg_hba\.conf entry|pg_hba\.conf rejects",
        "pg_hba.conf has no entry for us: {text}",
        "Have a line added there for that user, database and address (if it says no encryption, set sslmode: require)",
    ),
    _Refusal(
        r'role ".*" does not exist',
        "there is no such role",
        "Mend the user in {where}, or: CREATE ROLE {quoted_user} LOGIN PASSWORD '...'",
    ),
    _Refusal(
        r"is not permitted to log in",
        "that role may not log in",
        "Have the server's administrator run: ALTER ROLE {quoted_user} LOGIN",
        NotAllowed,
    ),
    _Refusal(
        r"permission denied for database",
        "that role may not connect to the database",
        "Have its owner run: GRANT CONNECT ON DATABASE {quoted_database} TO {quoted_user}",
        NotAllowed,
    ),
    _Refusal(
        r"too many clients|remaining connection slots|too many connections",
        "the server has no connection left (53300)",
        "Try again later; raise max_connections, or the limit of that role or database, if it happens often",
        may_pass=True,
    ),
    _Refusal(
        r"starting up|not yet accepting connections|in recovery mode|not accepting connections",
        "the server is starting up, or takes no connections for now (57P03)",
        "Try again in a moment",
        may_pass=True,
    ),
    _Refusal(
        r"shutting down|terminating connection",
        "the server is shutting down",
        "Try again once it is back",
        may_pass=True,
    ),
    _Refusal(
        r"server closed the connection|received invalid response|expected authentication|unsupported frontend protocol"
        r"|Connection reset|lost synchronization",
        "what listens there hangs up, or does not speak PostgreSQL's protocol",
        "Check host and port in {where}, and the server's log",
        may_pass=True,
    ),
)
_MISSING_DATABASE = re.compile(r'database "(?:[^"]|"")*" does not exist|no such database')


def _refusal(place: Connection, parameters: Mapping[str, Any], error: psycopg.Error) -> DwMigrationError:
    """Our error for a connection that failed: which place, what was found, what to do; no secret."""
    text, known = str(error), _known(parameters, error)
    start = f"{place.where}: cannot reach {_shown_place(**known)}"
    if _MISSING_DATABASE.search(text):
        told = f"{start}: there is no such database: {_which_database(place, parameters)}"
        return NoConnection(told, where=place.where)
    fit = next((refusal for refusal in _REFUSALS if re.search(refusal.pattern, text)), None)
    last = _without(parameters.get("password"), _one_line(re.split(r"FATAL:|failed:", text)[-1]))
    if fit is None:
        told = f"{start}: {last}: check {place.where} and the server's log"
        return NoConnection(told, where=place.where, may_pass="FATAL:" not in text)
    words = {name: quoted(_one_line(known[name])) for name in ("user", "database")}
    said = {"where": place.where, "text": last, "quoted_user": words["user"], "quoted_database": words["database"]}
    told = f"{start}: {fit.found.format(**said)}. {fit.remedy.format(**said)}"
    if fit.raises is NotAllowed:
        return NotAllowed(told)
    return NoConnection(told, where=place.where, may_pass=fit.may_pass)


def _known(parameters: Mapping[str, Any], error: psycopg.Error) -> dict[str, str]:
    """Host, port, user and database as libpq took them, or as far as we were told."""
    tried, names = error.pgconn, {"host": "host", "port": "port", "user": "user", "database": "dbname"}
    found = {"host": tried.host, "port": tried.port, "user": tried.user, "database": tried.db} if tried else {}
    given = {name: parameters.get(keyword) for name, keyword in names.items()}
    user = given["user"] or os.environ.get("PGUSER") or "the default user"
    known = {"host": "the default host", "port": "5432", "user": user, "database": given["database"] or user}
    return known | {k: str(v) for k, v in given.items() if v} | {k: v.decode() for k, v in found.items() if v}


def _which_database(place: Connection, parameters: Mapping[str, Any]) -> str:
    """What to do about a database that is not there: the nearest that is."""
    names = _existing_databases(parameters)
    wanted = str(parameters.get("dbname", ""))
    folded = {name.lower(): name for name in names}
    near = difflib.get_close_matches(wanted.lower(), folded, n=1)
    advice = f"check the database's name in {place.where}"
    return f'did you mean "{_one_line(folded[near[0]])}"? Otherwise {advice}' if near else f"{advice}, or create it"


def _existing_databases(parameters: Mapping[str, Any]) -> list[str]:
    for maintenance in ("postgres", "template1"):
        try:
            with SourceSession.connect(**{**parameters, "dbname": maintenance}, autocommit=True) as connection:
                return [str(name) for (name,) in connection.execute(_DATABASES.encode())]
        except psycopg.Error:
            continue
    return []


# --- a server refuses a statement -----------------------------------------------------------------------------------

_LOST = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03", "25P04"})
_REMEDIES = {
    "22021": "the database's encoding may be SQL_ASCII, and its text of several encodings: convert it to UTF8",
    "25006": "this session may only read",
    "40001": "try again: another transaction was in the way",
    "40P01": "try again: it was chosen to end a deadlock",
    "42501": "have the owner grant it",
    "53100": "the server's disk is full: make room there",
    "53200": "the server is out of memory",
    "53300": "the server has no connection left: try again later",
    "55P03": "another session holds a lock that was not given within lock_timeout: try again when it has ended",
    "57014": "it was cancelled, or took longer than statement_timeout",
}

# Classes whose messages can hold values of rows, and so are told by their name alone.
_TELLS_VALUES = frozenset({"22", "38", "39", "HV", "P0"})


@contextmanager
def translated(where: str, connection: Session | None = None, *, show_raised: bool = False) -> Iterator[None]:
    """In the block, psycopg's errors become ours, with sqlstate and object names, and without any row's values.

    `show_raised`: the text of RAISE too, for SQL that a person of the project wrote.
    """
    try:
        yield
    except psycopg.Error as error:
        raise translation(error, where, connection, show_raised=show_raised) from None
    except UnicodeDecodeError:
        raise ServerError(f"{where}: the server sent text that is not UTF-8: {_REMEDIES['22021']}") from None


def translation(
    error: psycopg.Error, where: str, connection: Session | None = None, *, show_raised: bool = False
) -> NoConnection | NotAllowed | ServerError:
    """Our error for psycopg's. The original keeps no text either, since tools walk `__context__`."""
    state, said = error.sqlstate, _said(error, show_raised=show_raised)
    objects = _objects(error.diag)
    message = f"{where}: {said}{f' [{state}]' if state else ''}{f' ({objects})' if objects else ''}"
    user = connection.info.user if connection is not None and not connection.closed else "our role"
    grant = _grant(error.diag.message_primary or "", user, is_source=where.startswith(("sources.", "databases.")))
    lost = _is_lost(error)
    error.args = (said,)
    if lost:
        told = f"{message}: the connection is gone: run it again once the server answers"
        return NoConnection(told, where=_server(where, connection), may_pass=True)
    if state == "42501":
        return NotAllowed(f"{message}: {grant}")
    remedy = _REMEDIES.get(state or "")
    return ServerError(f"{message}: {remedy}" if remedy else message, sqlstate=state)


def _server(where: str, connection: Session | None) -> str:
    """The server's place in the config; `where` may name a statement."""
    if isinstance(connection, SourceSession):
        return connection.where
    return where if where.startswith("sources.") else "target"


def _is_lost(error: psycopg.Error) -> bool:
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.sqlstate.startswith("08") or error.sqlstate in _LOST


def _said(error: psycopg.Error, *, show_raised: bool) -> str:
    """The server's primary message, or only its condition's name where a row's values could stand in it."""
    raised = (error.diag.source_function or "").startswith(("exec_stmt_raise", "exec_stmt_assert"))
    tells_values = (error.sqlstate or "")[:2] in _TELLS_VALUES or raised
    unconverted = error.sqlstate is None and isinstance(error, psycopg.DataError)
    if unconverted or (tells_values and not (raised and show_raised)):
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
        return f"{name} (its text may hold values, and is not shown)"
    return _one_line(error.diag.message_primary or (str(error).splitlines() or [type(error).__name__])[0])


def _objects(diag: psycopg.errors.Diagnostic) -> str:
    schema = f"{quoted(diag.schema_name)}." if diag.schema_name else ""
    named = {
        "table": diag.table_name and schema + quoted(diag.table_name),
        "column": diag.column_name and quoted(diag.column_name),
        "type": diag.datatype_name and schema + quoted(diag.datatype_name),
        "constraint": diag.constraint_name and quoted(diag.constraint_name),
    }
    return ", ".join(f"{kind} {_one_line(name)}" for kind, name in named.items() if name)


_DENIED = re.compile(r"permission denied for (?P<kind>[a-z ]+?) (?P<name>\S.*)")
_GRANTS = {
    "schema": "USAGE ON SCHEMA {}",
    "database": "CREATE ON DATABASE {}",
    "table": "SELECT ON <its schema>.{}",
    "view": "SELECT ON <its schema>.{}",
    "materialized view": "SELECT ON <its schema>.{}",
    "foreign table": "SELECT ON <its schema>.{}",
    "sequence": "SELECT ON SEQUENCE <its schema>.{}",
    "function": "EXECUTE ON FUNCTION <its schema>.{}",
    "type": "USAGE ON TYPE <its schema>.{}",
    "language": "USAGE ON LANGUAGE {}",
    "foreign server": "USAGE ON FOREIGN SERVER {}",
}
_TARGET_GRANTS = {"schema": "USAGE, CREATE ON SCHEMA {}", "table": "ALL ON <its schema>.{}"}


def _grant(primary: str, user: str, *, is_source: bool) -> str:
    """The GRANT that mends a missing privilege, as far as the message names the object."""
    denied = _DENIED.fullmatch(primary)
    grants = _GRANTS if is_source else _GRANTS | _TARGET_GRANTS
    if denied is None or denied["kind"] not in grants:
        return f"have the owner or an administrator give {quoted(_one_line(user))} that right"
    privilege = grants[denied["kind"]].format(quoted(_one_line(denied["name"])))
    return f"have the owner run: GRANT {privilege} TO {quoted(_one_line(user))}"


# --- words ----------------------------------------------------------------------------------------------------------


def _place(info: psycopg.ConnectionInfo) -> str:
    return _shown_place(host=info.host, port=str(info.port), user=info.user, database=info.dbname)


def _shown_place(*, host: str, port: str, user: str, database: str) -> str:
    return _one_line(f"{host}:{port}/{database} as {user}")


def _one_line(text: str) -> str:
    """The text on one line, control characters escaped: a server's words must not forge lines of a log."""
    line = " ".join(text.split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in line)


def _without(secret: object, text: str) -> str:
    return text.replace(str(secret), "***") if secret else text
