"""Whether a source can be read, and what its checks with the target and with other sources need."""

from dataclasses import dataclass, replace
from typing import LiteralString

from dw_migration.config import Config, Source
from dw_migration.errors import BadConfig, DwMigrationError
from dw_migration.live.clashes import Home
from dw_migration.live.connections import connect_source, identity
from dw_migration.live.doctor.checks import (
    NAME,
    OLDEST,
    Checks,
    Connection,
    Doctored,
    apart,
    row_of,
    shown_place,
    transport,
    version_of,
)
from dw_migration.live.extensions import needed_extensions
from dw_migration.live.roles import powers, told
from dw_migration.live.source import Reading, check_found, names_of, reading_of


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found at one source, and what its checks with the target and with other sources need."""

    source: Source
    checks: tuple[Doctored, ...]
    home: Home | None = None
    extensions: frozenset[str] = frozenset()
    relations: int = 0


def examined(config: Config, source: Source) -> Seen:
    """All that can be said of a source without the target and the others."""
    checks = Checks(source.where)
    try:
        check_found(config, source)
        strict = config.policy.strict_tls
        session = connect_source(source, application_name=NAME, strict_tls=strict)
    except DwMigrationError as error:
        checks.failed("reachable", error)
        return Seen(source, tuple(checks.found))
    with session:
        checks.guarded("reachable", session, lambda: _source_server(session, checks))
        checks.guarded("transport", session, lambda: transport(config, source, session, checks))
        checks.guarded("read-only", session, lambda: _read_only(session, checks))
        checks.guarded("role", session, lambda: _role(config, source, session, checks))
        seen = _read(config, source, session, checks)
    return replace(seen, checks=tuple(checks.found))


def _source_server(session: Connection, checks: Checks) -> None:
    who = identity(session)
    checks.right("reachable", shown_place(who, session))
    if who.server_version < OLDEST:
        found = f"PostgreSQL {version_of(who)} is older than what is tested"
        checks.wrong("version", found, f"upgrade the server to {OLDEST // 10000} or later", is_error=False)
    else:
        checks.right("version", f"PostgreSQL {version_of(who)}")


def _read_only(session: Connection, checks: Checks) -> None:
    """By the server's word: nothing is tried."""
    query: LiteralString = (
        "SELECT pg_catalog.current_setting('default_transaction_read_only'),"
        " pg_catalog.current_setting('transaction_read_only')"
    )
    if set(row_of(session, query)) == {"on"}:
        checks.right("read-only", "the session may only read")
    else:
        checks.wrong("read-only", "the session may write", "name the server itself: what is in between drops settings")


def _role(config: Config, source: Source, session: Connection, checks: Checks) -> None:
    found = powers(session)
    if not found:
        checks.right("role", "can only read")
        return
    remedy = "; ".join(each.remedy for each in found)
    remedy = f"name a role in {source.where} that may only CONNECT, or have an administrator run: {remedy}"
    is_error = config.policy.strict_roles
    checks.wrong("role", f"it could write, although we never do: {told(found)}", remedy, is_error=is_error)


def _read(config: Config, source: Source, session: Connection, checks: Checks) -> Seen:
    seen = Seen(source, ())

    def look() -> None:
        nonlocal seen
        try:
            reading = reading_of(config, source, session)
        except BadConfig as error:
            for line in str(error).splitlines():
                checks.failed("objects", BadConfig(line))
            return
        seen = _named(config, source, reading, checks)

    checks.guarded("objects", session, look)
    return seen


def _named(config: Config, source: Source, reading: Reading, checks: Checks) -> Seen:
    objects = reading.catalog.objects
    tables = sum(address.kind == "table" for address in objects)
    checks.right("objects", f"{tables} tables in {', '.join(sorted({a.schema for a in objects if a.schema})[:20])}")
    home, faults = names_of(config, source, reading)
    for fault in faults:
        checks.wrong("names", *_name_fault(fault))
    if not faults:
        checks.right("names", f"all fit, in {', '.join(sorted(home.schemas)[:20])}")
    relations = sum(address.kind in {"table", "index", "sequence"} for address in objects)
    return Seen(source, (), home, frozenset(needed_extensions(reading.catalog)), relations)


def _name_fault(fault: str) -> tuple[str, str]:
    """What is wrong, and the override that settles it."""
    found, override, rest = fault.partition(": naming.overrides: ")
    return (found, f"naming.overrides: {rest}") if override else apart(fault)
