"""What is missing before anything can run: config, connections, privileges, names, each with its remedy."""

import os
import re
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, LiteralString

import psycopg

from dw_migration.config import Config, Source
from dw_migration.config import Connection as Place
from dw_migration.errors import BadConfig, DwMigrationError, NotOurs
from dw_migration.live.clashes import Home, schema_clashes
from dw_migration.live.connections import (
    Identity,
    connect_source,
    connect_target,
    identity,
    translated,
    unprotected,
)
from dw_migration.live.extensions import needed_extensions, obstacles
from dw_migration.live.ledger import VERSIONS, Ledger
from dw_migration.live.reader import read, schemas_of
from dw_migration.live.roles import powers, told
from dw_migration.live.selection import chosen_schemas, selected
from dw_migration.live.source import Reading, names_of
from dw_migration.revision import one_line
from dw_migration.sql import quoted

Connection = psycopg.Connection[tuple[Any, ...]]

OLDEST = 140000
"""The oldest version of PostgreSQL that is supported."""
_THREADS = 16
_PATIENCE = 30.0
"""Seconds that each round of threads gets: connecting, reading, and nothing that hangs."""


@dataclass(frozen=True, slots=True)
class Doctored:
    """One line of `doctor`."""

    subject: str
    """`config`, `target`, `sources.shop`."""
    check: str
    ok: bool
    found: str
    remedy: str = ""
    severity: str = "error"
    """`error` or `warning`, where it is not ok."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was found at one source, and what its checks with the target and with other sources need."""

    source: Source
    checks: tuple[Doctored, ...]
    home: Home | None = None
    extensions: frozenset[str] = frozenset()
    relations: int = 0


def doctor(config: Config, sources: Iterable[Source]) -> tuple[Doctored, ...]:
    """Config, connections, versions, privileges on both sides, extensions, free names: each with its remedy.

    All that is wrong at once, nothing is written, and no source's trouble hides another's: each is looked at in a
    thread of its own, for a limited time.
    """
    seen = _in_threads(lambda source: _examined(config, source), tuple(sources), patience=_PATIENCE)
    found = [*_config(config), *_target(config, seen), *(check for each in seen for check in each.checks)]
    subjects = ["config", "target", *(each.source.where for each in seen)]
    return tuple(sorted(found, key=lambda check: subjects.index(check.subject)))


def _in_threads(
    examine: Callable[[Source], _Seen], sources: tuple[Source, ...], *, patience: float
) -> tuple[_Seen, ...]:
    """What was seen, in the order given; a source that does not end in time is told as such, and left behind."""
    waiting: SimpleQueue[Source] = SimpleQueue()
    found: dict[str, _Seen] = {}
    for each in sources:
        waiting.put(each)

    def work() -> None:
        with suppress(Empty):
            while True:
                source = waiting.get_nowait()
                found[source.name] = _survived(examine, source)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(_THREADS, len(sources)))]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + patience * -(-len(sources) // _THREADS)
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return tuple(found.get(each.name) or _hanging(each, patience) for each in sources)


def _survived(examine: Callable[[Source], _Seen], source: Source) -> _Seen:
    try:
        return examine(source)
    except Exception as error:  # one source's trouble never hides the others
        found = f"the check itself failed: {type(error).__name__}"
        return _Seen(source, (_wrong(source.where, "reachable", found, "please report it"),))


def _hanging(source: Source, patience: float) -> _Seen:
    found = f"no answer within {patience:.0f} s"
    return _Seen(source, (_wrong(source.where, "reachable", found, "look at the server, and at the way there"),))


# --- words ------------------------------------------------------------------------------------------------------------


def _right(subject: str, check: str, found: str) -> Doctored:
    return Doctored(subject, check, ok=True, found=found)


def _wrong(subject: str, check: str, found: str, remedy: str, *, is_error: bool = True) -> Doctored:
    return Doctored(subject, check, ok=False, found=found, remedy=remedy, severity="error" if is_error else "warning")


def _failed(subject: str, check: str, error: DwMigrationError) -> Doctored:
    found, remedy = _apart(str(error).removeprefix(f"{subject}: "))
    return _wrong(subject, check, found, remedy)


def _apart(message: str) -> tuple[str, str]:
    """What was found, and what to do: all messages of this project end with the latter."""
    for ending in (r"\. (?=[A-Z])", r"; (?=did you mean|there are:)", r": (?=have the owner run: )", r": (?!.*: )"):
        found = re.fullmatch(rf"(.*?\S){ending}(.*)", message, re.DOTALL)
        if found:
            return found[1], found[2]
    return message, ""


@dataclass(slots=True)
class _Checks:
    """The checks of one subject, gathered; one that breaks off does not stop those behind it."""

    subject: str
    found: list[Doctored] = field(default_factory=list)

    def right(self, check: str, found: str) -> None:
        self.found.append(_right(self.subject, check, found))

    def wrong(self, check: str, found: str, remedy: str, *, is_error: bool = True) -> None:
        self.found.append(_wrong(self.subject, check, found, remedy, is_error=is_error))

    def failed(self, check: str, error: DwMigrationError) -> None:
        self.found.append(_failed(self.subject, check, error))

    def guarded(self, check: str, session: Connection, look: Callable[[], None]) -> None:
        """Look; what is raised is told as this check's failure."""
        try:
            with translated(self.subject, session):
                look()
        except DwMigrationError as error:
            self.failed(check, error)


# --- config -----------------------------------------------------------------------------------------------------------


def _config(config: Config) -> Iterator[Doctored]:
    yield _right("config", "readable", str(config.path or "from the environment"))
    folder = _nearest_folder(config.workspace)
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        yield _right("config", "workspace", str(config.workspace))
        return
    what = f"{config.workspace} cannot be written" + ("" if folder == config.workspace else f", because of {folder}")
    remedy = f"mend the permissions of {folder}, or name another folder under workspace (or in $WORK_DIR)"
    yield _wrong("config", "workspace", what, remedy)


def _nearest_folder(path: Path) -> Path:
    """The path, or what is there of it."""
    return next(each for each in (path, *path.parents) if each.exists() or each.is_symlink())


# --- target -----------------------------------------------------------------------------------------------------------


def _target(config: Config, seen: tuple[_Seen, ...]) -> tuple[Doctored, ...]:
    checks = _Checks("target")
    try:
        strict = config.policy.strict_tls
        session = connect_target(config.target, application_name=_NAME, read_only=True, strict_tls=strict)
    except DwMigrationError as error:
        checks.failed("reachable", error)
        return tuple(checks.found)
    with session:
        _look_at_target(config, session, seen, checks)
    return tuple(checks.found)


def _look_at_target(config: Config, session: Connection, seen: tuple[_Seen, ...], checks: _Checks) -> None:
    looks: dict[str, Callable[[], None]] = {
        "reachable": lambda: _server(session, checks),
        "transport": lambda: _transport(config, config.target, session, checks),
        "privileges": lambda: _privileges(session, checks),
        "ledger": lambda: _ledger(session, checks),
        "settings": lambda: _settings(session, checks),
        "lock table": lambda: _lock_table(session, seen, checks),
        "extensions": lambda: _extensions(session, seen, checks),
        "free names": lambda: _free_names(config, session, seen, checks),
    }
    for check, look in looks.items():
        checks.guarded(check, session, look)


def _server(session: Connection, checks: _Checks) -> None:
    who = identity(session)
    checks.right("reachable", _shown(who, session))
    if who.server_version < OLDEST:
        remedy = f"upgrade the server to {OLDEST // 10000} or later"
        checks.wrong("version", f"PostgreSQL {_version(who)} is not supported", remedy)
    else:
        checks.right("version", f"PostgreSQL {_version(who)}")


def _shown(who: Identity, session: Connection) -> str:
    standby = ", a standby" if who.in_recovery else ""
    return one_line(f"{who.database} at {session.info.host}:{session.info.port} as {who.user}{standby}")


def _version(who: Identity) -> str:
    return f"{who.server_version // 10000}.{who.server_version % 10000}"


def _transport(config: Config, place: Place, session: Connection, checks: _Checks) -> None:
    found = unprotected(place, session)
    if found:
        remedy = f"set {place.where}.sslmode to verify-full (or require, where no certificates are at hand)"
        checks.wrong("transport", found, remedy, is_error=config.policy.strict_tls)
    else:
        checks.right("transport", "TLS" if session.pgconn.ssl_in_use else "within this machine, or as the config says")


_PRIVILEGES: LiteralString = """
SELECT pg_catalog.current_database(), current_user,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP')
"""


def _privileges(session: Connection, checks: _Checks) -> None:
    database, user, *may = _row(session, _PRIVILEGES)
    missing = [word for word, is_given in zip(("CREATE", "TEMPORARY"), may, strict=True) if not is_given]
    if missing:
        what = {"CREATE": "create schemas", "TEMPORARY": "make temporary tables"}
        found = f"the role {quoted(user)} may not {' or '.join(what[each] for each in missing)} in {quoted(database)}"
        grant = f"GRANT {', '.join(missing)} ON DATABASE {quoted(database)} TO {quoted(user)};"
        checks.wrong("privileges", one_line(found), one_line(f"have the database's owner run: {grant}"))
    else:
        checks.right("privileges", "may create schemas")


def _ledger(session: Connection, checks: _Checks) -> None:
    ledger = Ledger(session)
    if not ledger.exists():
        checks.right("ledger", "none yet: the first plan or sync makes it")
        return
    version = ledger.version()
    ledger.check_history()
    count = len(ledger.history())
    newer = "" if version == VERSIONS[-1] else f" (migrated to {VERSIONS[-1]} by the next plan or sync)"
    checks.right("ledger", f"version {version}{newer}; {count} events, their chain is intact")
    _owned(session, checks)


_FOREIGN: LiteralString = """
SELECT n.nspname, pg_catalog.pg_get_userbyid(n.nspowner), current_user
  FROM pg_catalog.pg_namespace n
 WHERE (n.nspname = 'dw_migration' OR n.nspname IN (SELECT name FROM dw_migration.target_schema))
   AND NOT pg_catalog.pg_has_role(n.nspowner, 'USAGE')
 ORDER BY 1
"""


def _owned(session: Connection, checks: _Checks) -> None:
    """Whether we may change what was made under another role."""
    for name, owner, user in session.execute(_FOREIGN).fetchall():
        found = f"the schema {quoted(name)} was made by the role {quoted(owner)}, and we are {quoted(user)}"
        grant = f"GRANT {quoted(owner)} TO {quoted(user)};"
        remedy = f"name {quoted(owner)} as user in target, or have an administrator run: {grant}"
        checks.wrong("privileges", one_line(found), one_line(remedy))


def _settings(session: Connection, checks: _Checks) -> None:
    (interval,) = _row(session, "SELECT pg_catalog.current_setting('client_connection_check_interval', true)")
    if interval in {None, "", "0"}:
        found = "client_connection_check_interval cannot be set: what we run goes on for a while after we are killed"
        remedy = "nothing to do, if the server is on Windows: look for sessions named dw/... after a crash"
        checks.wrong("settings", found, remedy, is_error=False)
    else:
        checks.right("settings", f"client_connection_check_interval {interval}")


_LOCK_TABLE: LiteralString = """
SELECT pg_catalog.current_setting('max_locks_per_transaction')::int
       * (pg_catalog.current_setting('max_connections')::int
          + pg_catalog.current_setting('max_prepared_transactions')::int),
       pg_catalog.current_setting('max_locks_per_transaction')::int
"""


def _lock_table(session: Connection, seen: tuple[_Seen, ...], checks: _Checks) -> None:
    """Whether a first revision, which locks each relation that it makes, fits into half of it."""
    room, each_one = _row(session, _LOCK_TABLE)
    largest = max(seen, key=lambda each: each.relations, default=None)
    if largest is None or largest.relations <= room // 2:
        checks.right("lock table", f"room for {room:,} locks")
        return
    found = (
        f"room for {room:,} locks, and {largest.source.name} has {largest.relations:,} tables, indexes and sequences"
    )
    value = each_one * -(-2 * largest.relations // room)
    remedy = f"ALTER SYSTEM SET max_locks_per_transaction = {value}, and restart the server"
    checks.wrong("lock table", found, remedy, is_error=False)


def _extensions(session: Connection, seen: tuple[_Seen, ...], checks: _Checks) -> None:
    needed = {name for each in seen for name in each.extensions}
    found = obstacles(session, needed)
    for each in found:
        users = ", ".join(one.source.name for one in seen if each.name in one.extensions)
        checks.wrong("extensions", f"{each.found} ({users})", each.remedy)
    if not found:
        checks.right("extensions", f"has or can have {', '.join(sorted(needed))}" if needed else "none are needed")


_SCHEMA_OWNERS: LiteralString = """
SELECT nspname, pg_catalog.pg_get_userbyid(nspowner) FROM pg_catalog.pg_namespace WHERE nspname = ANY (%s)
"""


def _free_names(config: Config, session: Connection, seen: tuple[_Seen, ...], checks: _Checks) -> None:
    """Whether the schemas that the sources would use are theirs, or not there yet and only one's."""
    ledger = Ledger(session)
    is_there = ledger.exists()
    wanted = {(schema, each.source.name): each.source for each in seen if each.home for schema in each.home.schemas}
    there: dict[str, str] = dict(session.execute(_SCHEMA_OWNERS, [[schema for schema, _ in wanted]]).fetchall())
    holders = {schema: ledger.holder(schema) if is_there else None for schema, _ in wanted}
    for (schema, name), source in sorted(wanted.items(), key=lambda pair: pair[0]):
        if holders[schema] != name and (holders[schema] or schema in there):
            checks.found.append(_taken(source, schema, holders[schema], there.get(schema, "")))
    free = {schema for schema, holder in holders.items() if holder is None}
    checks.found += _clashes(config, seen, free)
    checks.right("free names", f"looked for {len(holders)} schemas")


def _clashes(config: Config, seen: tuple[_Seen, ...], among: Collection[str]) -> Iterator[Doctored]:
    """The target schemas that more than one source would use, and none has yet."""
    homes = [each.home for each in seen if each.home]
    unsettled = [replace(h, schemas={n: s for n, s in h.schemas.items() if n in among}) for h in homes]
    faults = schema_clashes(config, unsettled)
    for each in seen:
        for message in faults.get(each.source.name, ()):
            found, marker, rest = message.partition(": give one of them ")
            yield _wrong(each.source.where, "names", found, f"{marker[2:]}{rest}")


def _taken(source: Source, schema: str, holder: str | None, owner: str) -> Doctored:
    other_name = f'sources.{source.name}.naming: {{schema: "..."}}'
    if holder is not None:
        found = f"the schema {schema} belongs to the source {holder}"
        return _wrong(source.where, "free names", one_line(found), f"give one of the two another name: {other_name}")
    found = f"the schema {quoted(schema)} is in the target already, is owned by {quoted(owner)}, and not ours"
    remedy = f"rename or drop it, give ours another name ({other_name}), or take it over: dw-migration apply "
    return _wrong(source.where, "free names", one_line(found), f"{remedy}{source.name} --adopt")


def _row(session: Connection, query: LiteralString) -> tuple[Any, ...]:
    row = session.execute(query).fetchone()
    if row is None:
        raise NotOurs("the server answers unlike PostgreSQL")
    return row


# --- sources ----------------------------------------------------------------------------------------------------------


def _examined(config: Config, source: Source) -> _Seen:
    checks = _Checks(source.where)
    try:
        strict = config.policy.strict_tls
        session = connect_source(source, application_name=_NAME, strict_tls=strict)
    except DwMigrationError as error:
        checks.failed("reachable", error)
        return _Seen(source, tuple(checks.found))
    with session:
        checks.guarded("reachable", session, lambda: _source_server(session, checks))
        checks.guarded("transport", session, lambda: _transport(config, source, session, checks))
        checks.guarded("read-only", session, lambda: _read_only(session, checks))
        checks.guarded("role", session, lambda: _role(config, source, session, checks))
        seen = _read(config, source, session, checks)
    return replace(seen, checks=tuple(checks.found))


def _source_server(session: Connection, checks: _Checks) -> None:
    who = identity(session)
    checks.right("reachable", _shown(who, session))
    if who.server_version < OLDEST:
        found = f"PostgreSQL {_version(who)} is older than what is tested"
        checks.wrong("version", found, f"upgrade the server to {OLDEST // 10000} or later", is_error=False)
    else:
        checks.right("version", f"PostgreSQL {_version(who)}")


def _read_only(session: Connection, checks: _Checks) -> None:
    """By the server's word: nothing is tried."""
    query: LiteralString = (
        "SELECT pg_catalog.current_setting('default_transaction_read_only'),"
        " pg_catalog.current_setting('transaction_read_only')"
    )
    if set(_row(session, query)) == {"on"}:
        checks.right("read-only", "the session may only read")
    else:
        checks.wrong("read-only", "the session may write", "name the server itself: what is in between drops settings")


def _role(config: Config, source: Source, session: Connection, checks: _Checks) -> None:
    found = powers(session)
    if not found:
        checks.right("role", "can only read")
        return
    remedy = "; ".join(each.remedy for each in found)
    remedy = f"name a role in {source.where} that may only CONNECT, or have an administrator run: {remedy}"
    is_error = config.policy.strict_roles
    checks.wrong("role", f"it could write, although we never do: {told(found)}", remedy, is_error=is_error)


def _read(config: Config, source: Source, session: Connection, checks: _Checks) -> _Seen:
    seen = _Seen(source, ())

    def look() -> None:
        nonlocal seen
        try:
            schemas = chosen_schemas(source, schemas_of(session))
            reading = Reading(source.name, identity(session), selected(source, read(session, schemas)))
        except BadConfig as error:
            for line in str(error).splitlines():
                checks.failed("objects", BadConfig(line))
            return
        seen = _named(config, source, reading, checks)

    checks.guarded("objects", session, look)
    return seen


def _named(config: Config, source: Source, reading: Reading, checks: _Checks) -> _Seen:
    objects = reading.catalog.objects
    tables = sum(address.kind == "table" for address in objects)
    checks.right("objects", f"{tables} tables in {', '.join(sorted({a.schema for a in objects if a.schema})[:20])}")
    home, faults = names_of(config, source, reading)
    for fault in faults:
        checks.wrong("names", *_name_fault(fault))
    if not faults:
        checks.right("names", f"all fit, in {', '.join(sorted(home.schemas)[:20])}")
    relations = sum(address.kind in {"table", "index", "sequence"} for address in objects)
    return _Seen(source, (), home, frozenset(needed_extensions(reading.catalog)), relations)


def _name_fault(fault: str) -> tuple[str, str]:
    """What is wrong, and the override that settles it."""
    found, override, rest = fault.partition(": naming.overrides: ")
    return (found, f"naming.overrides: {rest}") if override else _apart(fault)


_NAME = "dw/doctor"
