"""What a check says, and the looks that both sides have in common."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg

from dw_migration.config import Config
from dw_migration.config import Connection as Place
from dw_migration.errors import DwMigrationError, NoConnection
from dw_migration.live.connections import Identity, translated, unprotected
from dw_migration.revision import one_line

Connection = psycopg.Connection[tuple[Any, ...]]

OLDEST = 140000
"""The oldest version of PostgreSQL that is supported."""
NAME = "dw/doctor"
"""Of our sessions."""


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


def right(subject: str, check: str, found: str) -> Doctored:
    """A check that is as it should be."""
    return Doctored(subject, check, ok=True, found=found)


def wrong(subject: str, check: str, found: str, remedy: str, *, is_error: bool = True) -> Doctored:
    """A check that is not, with what to do."""
    return Doctored(subject, check, ok=False, found=found, remedy=remedy, severity="error" if is_error else "warning")


def failed(subject: str, check: str, error: DwMigrationError) -> Doctored:
    """A check that ended with an error, taken apart."""
    found, remedy = apart(str(error).removeprefix(f"{subject}: "))
    return wrong(subject, check, found, remedy)


def apart(message: str) -> tuple[str, str]:
    """What was found, and what to do: all messages of this project end with the latter."""
    for ending in (r"\. (?=[A-Z])", r"; (?=did you mean|there are:)", r": (?=have the owner run: )", r": (?!.*: )"):
        found = re.fullmatch(rf"(.*?\S){ending}(.*)", message, re.DOTALL)
        if found:
            return found[1], found[2]
    return message, ""


@dataclass(slots=True)
class Checks:
    """The checks of one subject, gathered; one that breaks off does not stop those behind it."""

    subject: str
    found: list[Doctored] = field(default_factory=list)

    def right(self, check: str, found: str) -> None:
        """Note what is as it should be."""
        self.found.append(right(self.subject, check, found))

    def wrong(self, check: str, found: str, remedy: str, *, is_error: bool = True) -> None:
        """Note what is not."""
        self.found.append(wrong(self.subject, check, found, remedy, is_error=is_error))

    def failed(self, check: str, error: DwMigrationError) -> None:
        """Note what an error says."""
        self.found.append(failed(self.subject, check, error))

    def guarded(self, check: str, session: Connection, look: Callable[[], None]) -> None:
        """Look; what is raised is told as this check's failure."""
        try:
            with translated(self.subject, session):
                look()
        except DwMigrationError as error:
            self.failed(check, error)


# --- servers ---


def shown_place(who: Identity, session: Connection) -> str:
    """Database, place and role."""
    standby = ", a standby" if who.in_recovery else ""
    return one_line(f"{who.database} at {session.info.host}:{session.info.port} as {who.user}{standby}")


def version_of(who: Identity) -> str:
    """As 18.6."""
    return f"{who.server_version // 10000}.{who.server_version % 10000}"


def transport(config: Config, place: Place, session: Connection, checks: Checks) -> None:
    """Look whether somebody on the way could read along."""
    found = unprotected(place, session)
    if found:
        remedy = f"set {place.where}.sslmode to verify-full (or require, where no certificates are at hand)"
        checks.wrong("transport", found, remedy, is_error=config.policy.strict_tls)
    else:
        checks.right("transport", "TLS" if session.pgconn.ssl_in_use else "within this machine, or as the config says")


def row_of(session: Connection, query: LiteralString) -> tuple[Any, ...]:
    """The query's one row."""
    row = session.execute(query).fetchone()
    if row is None:
        raise NoConnection("the server answers unlike PostgreSQL: check what listens there")
    return row
