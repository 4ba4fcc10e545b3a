"""The session in which files run: its locks, its settings, and what is to be there before."""

import random
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from dw_migration.errors import Locked, NotAllowed
from dw_migration.live.ledger import MIGRATION_LOCK, Actor
from dw_migration.live.locks import LOCK_CLASS, lock_number
from dw_migration.live.sqlfiles.asking import InTransaction, Logic, Query, Sleep, Write
from dw_migration.live.sqlfiles.history import History
from dw_migration.sql import Sql, identifier, joined, sql
from dw_migration.sqlfiles.file import Script
from dw_migration.sqlfiles.modules import Module
from dw_migration.sqlfiles.template import Names

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_OURS = {
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
}
T = TypeVar("T")
_POLL = (0.02, 0.1)
_ROLES = ("session_authorization", "role")
"""Settings that pg_settings does not list."""
_SETTINGS = """
SELECT name, pg_catalog.current_setting(name) FROM pg_catalog.pg_settings
 WHERE source = 'session' AND name NOT IN ('transaction_read_only', 'transaction_isolation', 'transaction_deferrable')
UNION ALL SELECT name, pg_catalog.current_setting(name) FROM pg_catalog.unnest(%s::text[]) AS n (name)
"""
_HOLDER = """
SELECT a.pid, coalesce(a.application_name, ''), a.backend_start FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_stat_activity a USING (pid)
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = %s::oid AND l.objid = %s::oid
   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms files are run."""

    actor: Actor = field(default_factory=Actor)
    lock_timeout: timedelta = timedelta(seconds=1)
    lock_budget: timedelta = timedelta(minutes=2)
    """For all attempts at one lock; also how long another run is waited for that does not get on."""
    out_of_order: bool = False


@dataclass(frozen=True)
class Place:
    """A module on a server: its files, what their names stand for, and where its history is kept."""

    module: Module
    names: Names
    history: History
    path: tuple[str, ...] | None = None
    """The search_path behind pg_catalog; None: the session's own."""


class Pauses:
    """Pauses between attempts, with full jitter, as long as the budget lasts."""

    def __init__(self, budget: timedelta) -> None:
        self._deadline = time.monotonic() + budget.total_seconds()
        self._longest = _FIRST_PAUSE

    def another(self) -> Logic[bool]:
        """Whether there is time for another attempt: then it has waited for it."""
        pause = random.uniform(0, self._longest)  # noqa: S311 - jitter, not a secret
        self._longest = min(_LONGEST_PAUSE, self._longest * 2)
        if time.monotonic() + pause >= self._deadline:
            return False
        yield Sleep(pause)
        return True


# --- locks ------------------------------------------------------------------------------------------------------------


def locked(modules: Collection[str], terms: Terms) -> Logic[tuple[str, ...]]:
    """The modules in which nobody else runs files now, until `unlocked`; polled, as any lock of ours.

    Raises: Locked, naming who holds one, where it is not free within the budget.
    """
    held: list[str] = []
    try:
        for name in sorted(modules):
            yield from _lock(name, terms)
            held.append(name)
    except BaseException:
        yield from unlocked(held)
        raise
    return tuple(held)


def _lock(name: str, terms: Terms) -> Logic[None]:
    deadline, number = time.monotonic() + terms.lock_budget.total_seconds(), lock_number(f"sql:{name}")
    while True:
        ((is_ours,),) = yield Query("SELECT pg_catalog.pg_try_advisory_lock(%s, %s)", (LOCK_CLASS, number))
        if is_ours:
            return
        if time.monotonic() >= deadline:
            holders = yield Query(_HOLDER, (LOCK_CLASS, number))
            told = "; ".join(f"pid {pid} ({name}) since {since:%H:%M:%S} UTC" for pid, name, since in holders)
            raise Locked(f"{name}: another run has its files in hand: {told or 'it has just ended'}: try again later")
        yield Sleep(random.uniform(*_POLL))  # noqa: S311 - jitter, not a secret


def unlocked(modules: Collection[str]) -> Logic[None]:
    """Give the locks back; a lost session has given them back by itself."""
    if (yield InTransaction()) is None:
        return
    for name in modules:
        yield Query("SELECT pg_catalog.pg_advisory_unlock(%s, %s)", (LOCK_CLASS, lock_number(f"sql:{name}")))


def in_transaction(logic: Logic[object]) -> Logic[None]:
    """The logic in one transaction, of which nothing stays where it fails."""
    yield Query("BEGIN")
    try:
        yield from logic
        yield Query("COMMIT")
    except BaseException:
        yield from rolled_back()
        raise


def rolled_back() -> Logic[None]:
    """The session is in no transaction, if it is there."""
    if (yield InTransaction()):
        yield Query("ROLLBACK")


# --- what is to be there ----------------------------------------------------------------------------------------------


def ready(place: Place) -> Logic[None]:
    """Make the module's schema and the tables of its history, where they are not there. Raises: NotAllowed."""

    def made() -> Logic[None]:
        yield Query("SELECT pg_catalog.pg_advisory_xact_lock(%s, %s)", MIGRATION_LOCK)
        yield from make_schema(place)
        yield from place.history.make()

    yield from in_transaction(made())


def make_schema(place: Place) -> Logic[None]:
    """Make the module's schema where it is not there. Raises: NotAllowed with the GRANT."""
    schema = place.names.schema
    if schema is None:
        return
    ((is_there, may, database, user),) = yield Query(
        "SELECT n.oid IS NOT NULL, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),"
        " pg_catalog.current_database(), current_user"
        " FROM (SELECT 1) AS s LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = %s",
        (schema,),
    )
    if is_there:
        return
    if not may:
        grant = sql("GRANT CREATE ON DATABASE {} TO {}", identifier(database), identifier(user))
        raise NotAllowed(
            f"{place.module.name}: the schema {schema} is not there, and {user} may not make it: have the database's "
            f"owner run: {grant}; or make the schema"
        )
    yield Query(sql("CREATE SCHEMA {}", identifier(schema)).text.encode())


# --- settings ---------------------------------------------------------------------------------------------------------


def set_up(place: Place, script: Script, lock_timeout: timedelta, *, for_session: bool = False) -> Logic[None]:
    """Set up the transaction, or the session, with the next query."""
    for name, value in _values(place, script, lock_timeout).items():
        scope = Sql("false" if for_session else "true")
        yield Write(sql("SELECT pg_catalog.set_config({}, {}, {})", name, value, scope))


def _values(place: Place, script: Script, lock_timeout: timedelta) -> dict[str, str]:
    values = {
        "lock_timeout": str(max(1, lock_timeout // timedelta(milliseconds=1))),
        "statement_timeout": str((script.timeout or timedelta()) // timedelta(milliseconds=1)),
        "standard_conforming_strings": "on",
    }
    if place.path is not None:  # pg_catalog comes first by itself; anything behind would take what this cannot
        values["search_path"] = joined(identifier(each) for each in place.path).text
    return values


def in_our_session(logic: Logic[T]) -> Logic[T]:
    """The logic, in a session that takes text and dates as ours do, whatever its host has set; afterwards as before."""
    before = yield from settings()
    for name, value in _OURS.items():
        yield Query("SELECT pg_catalog.set_config(%s, %s, false)", (name, value))
    try:
        return (yield from logic)
    finally:
        if (yield InTransaction()) is False:
            yield from put_back(before)


def settings() -> Logic[dict[str, str]]:
    """What was set in this session, with its role."""
    return dict((yield Query(_SETTINGS, (list(_ROLES),))))


def put_back(before: Mapping[str, str]) -> Logic[None]:
    """What is set in this session is what was before: a file's settings are not for those that come after it."""
    now = yield from settings()
    for name in (*_ROLES, *sorted(before.keys() | now.keys() - set(_ROLES))):
        if name not in before:
            yield Query(sql("RESET {}", identifier(*name.split("."))).text.encode())
        elif before[name] != now.get(name):
            yield Query("SELECT pg_catalog.set_config(%s, %s, false)", (name, before[name]))
