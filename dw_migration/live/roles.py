"""What a source's role could write, although we never do: told by `doctor`, refused by `policy.strict_roles`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from dw_migration.config import Source
from dw_migration.errors import BadConfig
from dw_migration.live.connections import translated
from dw_migration.revision import one_line
from dw_migration.sql import quoted

Connection = psycopg.Connection[tuple[Any, ...]]

_ATTRIBUTES: LiteralString = """
SELECT current_user, pg_catalog.current_database(), r.rolsuper, r.rolbypassrls, r.rolcreatedb, r.rolcreaterole,
       r.rolreplication, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
  FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
"""
_MEMBERSHIPS: LiteralString = """
SELECT rolname FROM pg_catalog.pg_roles
 WHERE rolname IN ('pg_write_server_files', 'pg_execute_server_program', 'pg_write_all_data', 'pg_maintain',
                   'pg_signal_backend', 'pg_checkpoint', 'pg_create_subscription')
   AND pg_catalog.pg_has_role(oid, 'USAGE')
 ORDER BY rolname
"""
_SCHEMAS: LiteralString = """
SELECT nspname FROM pg_catalog.pg_namespace
 WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
   AND pg_catalog.has_schema_privilege(oid, 'CREATE')
 ORDER BY nspname
"""
_TABLES: LiteralString = """
SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
   AND (pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
        OR pg_catalog.has_any_column_privilege(c.oid, 'INSERT, UPDATE'))
 ORDER BY 1, 2
"""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Power:
    """Something that a role could do and a reader needs not."""

    what: str
    remedy: str
    """The statement that takes it away, or makes a role without it."""


def powers(session: Connection) -> tuple[Power, ...]:
    """What the session's role could write, most dangerous first; a superuser's other powers go without saying."""
    return tuple(_powers(session))


def check_role(source: Source, session: Connection) -> None:
    """Nothing, if the source's role can only read. Raises: BadConfig, as `policy.strict_roles` wants it."""
    with translated(source.where, session):
        found = powers(session)
    if found:
        raise BadConfig(
            f"{source.where}: the role {quoted(session.info.user)} could write there ({told(found)}), which "
            f"policy.strict_roles forbids: name a role in {source.where} that may only CONNECT, or have an "
            f"administrator run: {'; '.join(each.remedy for each in found)}"
        )


def told(found: tuple[Power, ...]) -> str:
    """All powers in one phrase."""
    return "; ".join(each.what for each in found)


def _powers(session: Connection) -> Iterator[Power]:
    row = session.execute(_ATTRIBUTES).fetchone()
    if row is None:
        return
    user, database, is_superuser, *flags, creates = row
    role = quoted(user)
    if is_superuser:
        grant = f"GRANT CONNECT ON DATABASE {quoted(database)} TO dw_reader"
        yield Power("it is a superuser", f"CREATE ROLE dw_reader LOGIN PASSWORD '...'; {grant}")
        return
    for flag, word in zip(flags, ("BYPASSRLS", "CREATEDB", "CREATEROLE", "REPLICATION"), strict=True):
        if flag:
            yield Power(f"it has {word}", f"ALTER ROLE {role} NO{word}")
    for (name,) in session.execute(_MEMBERSHIPS).fetchall():
        yield Power(f"it is a member of {name}", f"REVOKE {quoted(name)} FROM {role}")
    if creates:
        yield Power("it may create schemas", f"REVOKE CREATE ON DATABASE {quoted(database)} FROM PUBLIC, {role}")
    yield from _on_objects(session, role)


def _on_objects(session: Connection, role: str) -> Iterator[Power]:
    schemas = [one_line(quoted(name)) for (name,) in session.execute(_SCHEMAS).fetchall()]
    if schemas:
        what = f"it may create in {_counted(schemas, 'schema')}"
        yield Power(what, f"REVOKE CREATE ON SCHEMA {', '.join(schemas)} FROM PUBLIC, {role}")
    tables = [one_line(f"{quoted(schema)}.{quoted(name)}") for schema, name in session.execute(_TABLES).fetchall()]
    if tables:
        what = f"it may write to {_counted(tables, 'table')}"
        shown = ", ".join(tables[:_SHOWN]) + (", ..." if len(tables) > _SHOWN else "")
        yield Power(what, f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {shown} FROM PUBLIC, {role}")


def _counted(names: list[str], word: str) -> str:
    if len(names) == 1:
        return f"the {word} {names[0]}"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{len(names)} {word}s ({', '.join(names[:_SHOWN])}{more})"
