"""A database of our own for a rehearsal: made for it alone, and gone afterwards, however that ends."""

import fcntl
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from dw_migration.catalog import Catalog
from dw_migration.changes import Base, diff
from dw_migration.config import Config
from dw_migration.config import Connection as Place
from dw_migration.errors import DwMigrationError, NotRehearsed
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.default_privileges import DefaultPrivileges
from dw_migration.kinds.extension import Extension
from dw_migration.kinds.grant import Grant
from dw_migration.kinds.policy import Policy
from dw_migration.live.connections import connect_target, translated, translation
from dw_migration.live.embedded import Server, found_binaries, newest
from dw_migration.live.grantees import roles_of
from dw_migration.sql import identifier, names, sql

Connection = psycopg.Connection[tuple[Any, ...]]

APPLICATION = "dw/rehearsal"
_MAJOR = 10_000
_FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_wal_size": "4GB"}
"""What it holds may be lost with the machine."""
_PREFIX = "dw-rehearsal-"
_ROLE = "dw_rehearsal"
_YOUNG = 60.0
"""Seconds in which a folder may be there, and not yet be locked."""
_EXTENSIONS = """
SELECT e.extname, n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
 WHERE n.nspname = 'public'
"""
_LATE = frozenset({"trigger", "rule", "policy", "row security", "materialized view"})
"""Kinds that would change rows that are filled in, or are filled from them."""


@dataclass(frozen=True, slots=True)
class ScratchServer:
    """A server on which databases may be made and dropped."""

    place: Place
    """As whom it runs, code of sources too: on a server of our own as no superuser."""
    superuser: Place | None = None
    """Of a server that was started for this, and goes with all that is on it."""
    strict_tls: bool = False

    @property
    def is_own(self) -> bool:
        """Whether it was started for this."""
        return self.superuser is not None

    def connect(self, database: str | None = None) -> Connection:
        """A session there. Raises: NotRehearsed."""
        return self._opened(self.place, database)

    def administer(self, database: str | None = None) -> Connection:
        """A session that may make databases, and on a server of our own anything. Raises: NotRehearsed."""
        return self._opened(self.superuser or self.place, database)

    def _opened(self, place: Place, database: str | None) -> Connection:
        try:
            return connect_target(place, application_name=APPLICATION, database=database, strict_tls=self.strict_tls)
        except DwMigrationError as error:
            raise NotRehearsed(f"there is no database for the rehearsal: {error}: nothing was changed") from None

    @contextmanager
    def database(self) -> Iterator[Connection]:
        """In the block, a session on a new and empty database, which is dropped afterwards.

        Raises: NotRehearsed where it cannot be made.
        """
        name = f"dw_rehearsal_{secrets.token_hex(8)}"
        self._make(name)
        try:
            with self.connect(name) as session:
                yield session
        finally:
            if not self.is_own:
                self._drop(name)

    def _make(self, name: str) -> None:
        """All or nothing: where it fails, that is told, and not what comes of dropping it."""
        owned = sql(" OWNER {}", identifier(_ROLE)) if self.is_own else sql("")
        told_whose = sql("COMMENT ON DATABASE {} IS {}", identifier(name), "of a rehearsal of dw_migration")
        with self.administer() as admin:
            try:
                admin.execute(sql("CREATE DATABASE {}{} TEMPLATE template0", identifier(name), owned).text.encode())
                admin.execute(told_whose.text.encode())
            except BaseException as error:
                with suppress(NotRehearsed):
                    self._drop(name)
                if not isinstance(error, psycopg.Error):
                    raise
                told = translation(error, self.place.where, admin)
                raise NotRehearsed(
                    f"the database for the rehearsal cannot be made ({name}): {told}: let that role create databases "
                    "(ALTER ROLE ... CREATEDB), or name another entry of databases under policy.rehearsal; nothing was "
                    "changed"
                ) from None

    def _drop(self, name: str) -> None:
        """No other has a name with so many random digits: what has it was made here."""
        dropping = sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(name)).text.encode()
        try:
            with self.administer() as admin, translated(self.place.where, admin):
                admin.execute(dropping)
        except DwMigrationError as error:
            told = f"the rehearsal's database {name} could not be dropped, drop it by hand: {error}"
            raise NotRehearsed(told) from None


@contextmanager
def scratch_server(config: Config, target: Connection) -> Iterator[ScratchServer]:
    """In the block, the server that `policy.rehearsal` names, or one of our own, of the target's major version.

    Raises: NotRehearsed where there is none.
    """
    if config.policy.rehearsal is not None:
        yield ScratchServer(config.databases[config.policy.rehearsal], strict_tls=config.policy.strict_tls)
        return
    major = target.info.server_version // _MAJOR
    found = found_binaries()
    fitting = tuple(each for each in found if each.version[0] == major)
    if not fitting:
        there = ", ".join(map(str, found)) or "none"
        raise NotRehearsed(
            f"no server programs of PostgreSQL {major} for a rehearsal, found {there}: install them, or name an entry "
            "of databases under policy.rehearsal, on whose server a database may be made; nothing was changed"
        )
    _sweep()
    with _folder() as folder, Server(folder / "server", newest(fitting), settings=_FAST) as server:
        yield _of_our_own(server)


def _of_our_own(server: Server) -> ScratchServer:
    """The server, with a role that owns what is made there, and may do nothing else."""
    where, password = "the rehearsal's server", secrets.token_urlsafe(24)
    superuser = Place.of_url(server.url(), where)
    with connect_target(superuser, application_name=APPLICATION) as admin:
        admin.execute(sql("CREATE ROLE {} LOGIN PASSWORD {}", identifier(_ROLE), password).text.encode())
    server.add_password(_ROLE, password)
    return ScratchServer(Place.of_url(server.url(user=_ROLE), where), superuser)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder of our own, locked; the server in it goes with it."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        folder.chmod(0o711)  # for root the server runs as another user
        with (folder / "in_use").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield folder
    finally:
        _removed(folder)


def _sweep() -> None:
    """Remove what rehearsals left that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError), (folder / "in_use").open("r+") as file:
            is_ours = folder.stat().st_uid == os.geteuid() and time.time() - folder.stat().st_mtime > _YOUNG
            if is_ours:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _removed(folder)


def _removed(folder: Path) -> None:
    try:
        Server(folder / "server").remove()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# --- what it lacks ----------------------------------------------------------------------------------------------------


def lacking(
    server: ScratchServer, connection: Connection, objects: Mapping[Address, DatabaseObject]
) -> dict[Address, str]:
    """Which of these objects cannot be made there, and why: extensions and roles that it does not have.

    On a server of our own its superuser makes the roles, and the extensions that are in no schema of these objects.
    """
    extensions = {each.name: each.schema for each in objects.values() if isinstance(each, Extension)}
    roles = {role for each in objects.values() for role in _named(each)}
    if server.is_own:
        elsewhere = {name: home for name, home in extensions.items() if Address("schema", home) not in objects}
        equip(server, connection.info.dbname, roles, elsewhere)
    lost_extensions = extensions.keys() - _there(connection, "SELECT name FROM pg_catalog.pg_available_extensions")
    lost_roles = roles - _there(connection, "SELECT rolname FROM pg_catalog.pg_roles")
    found = {}
    for address, each in objects.items():
        if isinstance(each, Extension) and each.name in lost_extensions:
            found[address] = f"the rehearsal's server does not have the extension {each.name}"
        elif missing := _named(each) & lost_roles:
            found[address] = f"the rehearsal's server has no role {', '.join(sorted(missing))}"
    return found


def equip(server: ScratchServer, database: str, roles: Collection[str], extensions: Mapping[str, str]) -> None:
    """Make roles, none of which may log in, and extensions (each with its schema) as far as they can be had."""
    with server.administer(database) as admin:
        for role in sorted(set(roles) - _there(admin, "SELECT rolname FROM pg_catalog.pg_roles")):
            admin.execute(sql("CREATE ROLE {}", identifier(role)).text.encode())
            admin.execute(sql("GRANT {} TO {}", identifier(role), identifier(_ROLE)).text.encode())
        available = _there(admin, "SELECT name FROM pg_catalog.pg_available_extensions")
        for name, home in extensions.items():
            if name in available:
                admin.execute(sql("CREATE SCHEMA IF NOT EXISTS {}", identifier(home)).text.encode())
                admin.execute(sql("GRANT USAGE ON SCHEMA {} TO PUBLIC", identifier(home)).text.encode())
                making = sql("CREATE EXTENSION IF NOT EXISTS {} SCHEMA {} CASCADE", identifier(name), identifier(home))
                admin.execute(making.text.encode())


def equip_as(server: ScratchServer, database: str, target: Connection) -> None:
    """Give a server of our own the target's roles, and those of its extensions that are in the schema public."""
    extensions: dict[str, str] = dict(target.execute(_EXTENSIONS.encode()).fetchall())
    roles = _there(target, "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'")
    equip(server, database, roles, extensions)


def _named(each: DatabaseObject) -> set[str]:
    """The roles that it names."""
    if isinstance(each, Policy):
        return {role for role in each.roles if role}
    return set(roles_of(each)) if isinstance(each, Grant | DefaultPrivileges) else set()


def _there(connection: Connection, query: str) -> set[str]:
    return {name for (name,) in connection.execute(query.encode())}


# --- building ---------------------------------------------------------------------------------------------------------


def build_tables(connection: Connection, wanted: Catalog) -> None:
    """Make the objects that stand before rows are filled in, in the empty database. Raises: as `build`."""
    _make_homes(connection, wanted)
    _made(connection, Catalog(), without_late(wanted), wanted.objects)


def build(
    connection: Connection, wanted: Catalog, ours: Collection[Address], fill: Callable[[], None] = lambda: None
) -> list[str]:
    """Make the objects in the empty database; what cannot be made there and is not `ours` is told.

    `fill` is called once the tables are there, and before what looks at their rows or changes them.
    Raises: NotRehearsed for one of ours.
    """
    first = without_late(wanted)
    _make_homes(connection, wanted)
    told = _made(connection, Catalog(), first, ours)
    fill()
    return told + _made(connection, first, wanted, ours)


def _make_homes(connection: Connection, wanted: Catalog) -> None:
    """The schemas of extensions, which need not be ours."""
    for each in wanted.objects.values():
        if isinstance(each, Extension) and Address("schema", each.schema) not in wanted.objects:
            connection.execute(sql("CREATE SCHEMA IF NOT EXISTS {}", identifier(each.schema)).text.encode())


def without_late(wanted: Catalog) -> Catalog:
    """The objects that stand before rows are filled in: no foreign keys, nothing that acts on rows or keeps them."""
    late = {each.address: "" for each in wanted.objects.values() if each.kind in _LATE or _is_late(each)}
    return wanted.without(late)


def _is_late(each: DatabaseObject) -> bool:
    return isinstance(each, Constraint) and not each.on_domain and (each.type == "f" or not each.validated)


def _made(connection: Connection, before: Catalog, wanted: Catalog, ours: Collection[Address]) -> list[str]:
    path = f"pg_catalog, {names(schemas)}" if (schemas := _schemas(wanted)) else "pg_catalog"
    told = []
    for change in diff(Base(before, before), before, wanted).changes:
        try:
            with connection.transaction():
                connection.execute("SELECT pg_catalog.set_config('search_path', %s, true)", [path])
                connection.execute("SET LOCAL check_function_bodies = off")
                for each in change.statements:
                    connection.execute(each.text.encode(), binary=True)
        except psycopg.Error as error:
            what = f"{change.kind} {change.address}"
            fault = translation(error, "the rehearsal's server", connection)
            if change.address in ours or connection.broken:
                raise NotRehearsed(
                    f"the target's schema cannot be built for a rehearsal: {what}: {fault}: name a server that takes "
                    "it under policy.rehearsal; nothing was applied"
                ) from None
            told.append(f"the rehearsal goes without {what}: {fault}")
    return told


def _schemas(wanted: Catalog) -> list[str]:
    return sorted({address.schema for address in wanted.objects if address.kind == "schema"})
