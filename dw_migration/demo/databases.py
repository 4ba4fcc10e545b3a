"""The demo's server and what stands on it: sources with rows, an empty warehouse, two shops, Dagster's own storage."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from dw_migration.config import Connection
from dw_migration.errors import Locked
from dw_migration.live.connections import Session, connect_target, translated
from dw_migration.live.embedded import Server
from dw_migration.sql import Sql, Statement, identifier, statement


class Database(NamedTuple):
    """A source: its name on the server, the script that fills it, and which schemas are carried over."""

    name: str
    script: str
    schemas: tuple[str, ...]


SOURCES = {
    "stackoverflow2010": Database("StackOverflow2010", "stackoverflow2010.sql", ("dbo",)),
    "harbour": Database("harbour", "harbour.sql", ("registry", "berths", "billing")),
    "library-nord": Database("library-nord", "library.sql", ("public",)),
}
"""By the source's name."""
WAREHOUSE, DAGSTER = "warehouse", "dagster"
READER, WRITER, KEEPER = "dw_reader", "dw_writer", "dagster"
"""Roles: of what is read, of what is written, of Dagster's storage."""
SHOPS = {"old_shop": READER, "new_shop": WRITER}
"""Databases whose rows go from the first to the second, with the role that does it."""
READABLE = ("library-nord", "old_shop")
"""Databases of whose rows the reader may know, too; elsewhere CONNECT is all that it has."""
CONFIG, HOME, WORKSPACE, MIGRATIONS = "dw_migration.yaml", "dagster.yaml", "migration_workspace", "migrations"
DECISIONS = "decisions.json"
"""What a person decided of the shops' changes: a resolutions file."""
REPORTS = "reports.sql"
"""A hand-written file of the warehouse's own."""


def server_in(folder: Path) -> Server:
    """The demo's server, reached by its socket alone; a crash may lose it, since it can be made again."""
    return Server(folder / "postgres", settings={"fsync": "off", "synchronous_commit": "off"})


def is_made(folder: Path, server: Server) -> bool:
    """Whether the databases were made, to the last."""
    if not (folder / CONFIG).exists():
        return False
    with _session(server) as session:
        known = {name for (name,) in session.execute("SELECT datname FROM pg_catalog.pg_database")}
    return {WAREHOUSE, DAGSTER, *SHOPS, *(each.name for each in SOURCES.values())} <= known


def make(folder: Path, server: Server) -> None:
    """All databases anew, each with its rows, the config and Dagster's settings; what was there is gone.

    Raises: Locked, if somebody works with them.
    """
    (folder / CONFIG).unlink(missing_ok=True)
    with _session(server) as session:
        _refuse_if_used(session)
        for role in (READER, WRITER, KEEPER):
            _make_role(session, server, role)
        for each in SOURCES.values():
            _make_database(session, each.name, READER)
        _make_database(session, WAREHOUSE, WRITER, owner=WRITER)
        _make_database(session, DAGSTER, KEEPER, owner=KEEPER)
        for name, role in SHOPS.items():
            _make_database(session, name, role, owner="postgres" if role == READER else role)
    for name, script in _scripts():
        _fill(server, name, script)
    for made in (WORKSPACE, MIGRATIONS):
        shutil.rmtree(folder / made, ignore_errors=True)
    write_settings(folder, server)
    for shipped in (DECISIONS, REPORTS):
        (folder / shipped).write_text(_shipped(shipped), encoding="utf-8")
    (folder / CONFIG).write_text(_config(server), encoding="utf-8")


def write_settings(folder: Path, server: Server) -> None:
    """Dagster's settings, for where the server listens now."""
    url = server.url(DAGSTER, user=KEEPER).replace("postgresql://", "postgresql+psycopg2://", 1)
    (folder / HOME).write_text(_shipped("dagster.yaml").replace("STORAGE_URL", url), encoding="utf-8")


def alter_source(server: Server, source: str, ddl: str) -> None:
    """What an application does to its own database, whenever it likes."""
    with _session(server, SOURCES[source].name) as session:
        run(session, ddl)


def run(session: Session, script: str) -> None:
    """Nothing; the script has run in one transaction, as it is written."""
    with translated("demo", session):
        session.execute(script.encode())


def _fill(server: Server, name: str, script: str) -> None:
    with _session(server, name) as session:
        run(session, _shipped(script))
        if name in READABLE:
            _execute(session, statement("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}", identifier(READER)))


def _scripts() -> Iterator[tuple[str, str]]:
    """Each database that is filled, and the script that does it."""
    yield from ((each.name, each.script) for each in SOURCES.values())
    yield from ((name, f"{name}.sql") for name in SHOPS)


def _shipped(file: str) -> str:
    return files(__package__).joinpath(file).read_text(encoding="utf-8")


def _config(server: Server) -> str:
    """Settings as a person would write them; the place is the same for all, for they share a server."""
    place = f"    host: {_quoted(server.host)}\n    port: {server.port}\n    passfile: postgres/pgpass\n"
    sources = "".join(
        f"  {name}:\n{place}    user: {READER}\n    database: {_quoted(database.name)}\n"
        f"    schemas: [{', '.join(database.schemas)}]\n"
        for name, database in SOURCES.items()
    )
    shops = "".join(f"  {name}:\n{place}    user: {role}\n    database: {name}\n" for name, role in SHOPS.items())
    return (
        "# Written by `dw-migration demo`. Passwords stand in the passfile alone.\n"
        f"target:\n{place}    user: {WRITER}\n    database: {WAREHOUSE}\n".replace("    ", "  ")
        + f"sources:\n{sources}databases:\n{shops}workspace: {WORKSPACE}\n"
        + "sql: {modules: {reports: {schema: reports}}}\n"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("${", "$${").replace("'", "''") + "'"


# --- as the server's superuser ---------------------------------------------------------------------------------------


@contextmanager
def _session(server: Server, database: str = "postgres") -> Iterator[Session]:
    with connect_target(Connection(url=SecretStr(server.url(database))), application_name="dw/demo") as session:
        yield session


_USERS = """
SELECT DISTINCT application_name FROM pg_catalog.pg_stat_activity
 WHERE backend_type = 'client backend' AND pid <> pg_catalog.pg_backend_pid()
"""


def _refuse_if_used(session: Session) -> None:
    used_by = sorted(name or "unnamed" for (name,) in session.execute(_USERS))
    if used_by:
        raise Locked(f"the demo's databases are in use by {', '.join(used_by)}: stop `make dev` first")


def _make_role(session: Session, server: Server, role: str) -> None:
    """A role that may log in and nothing else; its password is random, and known to the passfile only."""
    known = f":{role}:" in server.passfile.read_text(encoding="utf-8")
    there = session.execute("SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", (role,)).fetchone() is not None
    if there and known:
        return
    password = secrets.token_hex(16)
    verb = Sql("ALTER" if there else "CREATE")
    _execute(session, statement("{} ROLE {} LOGIN PASSWORD {}", verb, identifier(role), password))
    server.add_password(role, password)


def _make_database(session: Session, database: str, reader: str, owner: str = "postgres") -> None:
    name = identifier(database)
    _execute(session, statement("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))
    _execute(session, statement("CREATE DATABASE {} OWNER {} TEMPLATE template0", name, identifier(owner)))
    _execute(session, statement("REVOKE ALL ON DATABASE {} FROM public", name))
    _execute(session, statement("GRANT CONNECT ON DATABASE {} TO {}", name, identifier(reader)))


def _execute(session: Session, command: Statement) -> None:
    with translated("demo", session):
        session.execute(command.text.encode())
