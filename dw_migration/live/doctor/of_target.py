"""Whether the target is ready: version, privileges, ledger, settings, extensions, free names."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import LiteralString

from dw_migration.config import Config, Source
from dw_migration.errors import DwMigrationError
from dw_migration.live.clashes import schema_clashes
from dw_migration.live.connections import connect_target, identity
from dw_migration.live.doctor.checks import (
    NAME,
    OLDEST,
    Checks,
    Connection,
    Doctored,
    row_of,
    shown_place,
    transport,
    version_of,
    wrong,
)
from dw_migration.live.doctor.of_source import Seen
from dw_migration.live.extensions import obstacles
from dw_migration.live.ledger import VERSIONS, Ledger
from dw_migration.revision import one_line
from dw_migration.sql import quoted


def target_checks(config: Config, seen: tuple[Seen, ...]) -> tuple[Doctored, ...]:
    """All that can be said of the target, and of the sources together with it; those have their own subjects."""
    checks = Checks("target")
    try:
        strict = config.policy.strict_tls
        session = connect_target(config.target, application_name=NAME, read_only=True, strict_tls=strict)
    except DwMigrationError as error:
        checks.failed("reachable", error)
        return tuple(checks.found)
    with session:
        _look_at_target(config, session, seen, checks)
    return tuple(checks.found)


def _look_at_target(config: Config, session: Connection, seen: tuple[Seen, ...], checks: Checks) -> None:
    looks: dict[str, Callable[[], None]] = {
        "reachable": lambda: _server(session, checks),
        "transport": lambda: transport(config, config.target, session, checks),
        "privileges": lambda: _privileges(session, checks),
        "ledger": lambda: _ledger(session, checks),
        "settings": lambda: _settings(session, checks),
        "lock table": lambda: _lock_table(session, seen, checks),
        "extensions": lambda: _extensions(session, seen, checks),
        "free names": lambda: _free_names(config, session, seen, checks),
    }
    for check, look in looks.items():
        checks.guarded(check, session, look)


def _server(session: Connection, checks: Checks) -> None:
    who = identity(session)
    checks.right("reachable", shown_place(who, session))
    if who.server_version < OLDEST:
        remedy = f"upgrade the server to {OLDEST // 10000} or later"
        checks.wrong("version", f"PostgreSQL {version_of(who)} is not supported", remedy)
    else:
        checks.right("version", f"PostgreSQL {version_of(who)}")


_PRIVILEGES: LiteralString = """
SELECT pg_catalog.current_database(), current_user,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP')
"""


def _privileges(session: Connection, checks: Checks) -> None:
    database, user, *may = row_of(session, _PRIVILEGES)
    missing = [word for word, is_given in zip(("CREATE", "TEMPORARY"), may, strict=True) if not is_given]
    if missing:
        what = {"CREATE": "create schemas", "TEMPORARY": "make temporary tables"}
        found = f"the role {quoted(user)} may not {' or '.join(what[each] for each in missing)} in {quoted(database)}"
        grant = f"GRANT {', '.join(missing)} ON DATABASE {quoted(database)} TO {quoted(user)};"
        checks.wrong("privileges", one_line(found), one_line(f"have the database's owner run: {grant}"))
    else:
        checks.right("privileges", "may create schemas")


def _ledger(session: Connection, checks: Checks) -> None:
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


def _owned(session: Connection, checks: Checks) -> None:
    """Whether we may change what was made under another role."""
    for name, owner, user in session.execute(_FOREIGN).fetchall():
        found = f"the schema {quoted(name)} was made by the role {quoted(owner)}, and we are {quoted(user)}"
        grant = f"GRANT {quoted(owner)} TO {quoted(user)};"
        remedy = f"name {quoted(owner)} as user in target, or have an administrator run: {grant}"
        checks.wrong("privileges", one_line(found), one_line(remedy))


def _settings(session: Connection, checks: Checks) -> None:
    (interval,) = row_of(session, "SELECT pg_catalog.current_setting('client_connection_check_interval', true)")
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


def _lock_table(session: Connection, seen: tuple[Seen, ...], checks: Checks) -> None:
    """Whether a first revision, which locks each relation that it makes, fits into half of it."""
    room, each_one = row_of(session, _LOCK_TABLE)
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


def _extensions(session: Connection, seen: tuple[Seen, ...], checks: Checks) -> None:
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


def _free_names(config: Config, session: Connection, seen: tuple[Seen, ...], checks: Checks) -> None:
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


def _clashes(config: Config, seen: tuple[Seen, ...], among: Collection[str]) -> Iterator[Doctored]:
    """The target schemas that more than one source would use, and none has yet."""
    homes = [each.home for each in seen if each.home]
    unsettled = [replace(h, schemas={n: s for n, s in h.schemas.items() if n in among}) for h in homes]
    faults = schema_clashes(config, unsettled)
    for each in seen:
        for message in faults.get(each.source.name, ()):
            found, marker, rest = message.partition(": give one of them ")
            yield wrong(each.source.where, "names", found, f"{marker[2:]}{rest}")


def _taken(source: Source, schema: str, holder: str | None, owner: str) -> Doctored:
    other_name = f'sources.{source.name}.naming: {{schema: "..."}}'
    if holder is not None:
        found = f"the schema {schema} belongs to the source {holder}"
        return wrong(source.where, "free names", one_line(found), f"give one of the two another name: {other_name}")
    found = f"the schema {quoted(schema)} is in the target already, is owned by {quoted(owner)}, and not ours"
    remedy = f"rename or drop it, give ours another name ({other_name}), or take it over: dw-migration apply "
    return wrong(source.where, "free names", one_line(found), f"{remedy}{source.name} --adopt")
