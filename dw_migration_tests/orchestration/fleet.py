"""Many sources on one server, of which five can be broken in five ways; and a target, looked at by itself."""

import json
import secrets
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from dw_migration.live.embedded import Server

TABLES = """
CREATE TABLE public.customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE public.orders (
    id bigint PRIMARY KEY,
    customer bigint REFERENCES public.customers,
    total numeric(12, 2) NOT NULL DEFAULT 0,
    note text
);
CREATE INDEX ON public.orders (customer);
"""
BROKEN = ("down", "hanging", "barred", "colliding")
"""Nothing listens; something listens and is silent; the role may not connect; two tables are one in lower case."""
FAULTS = {
    "down": "refused",
    "hanging": "no answer",
    "barred": "GRANT CONNECT",
    "colliding": "orders",
}
"""What a person reads of each."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Sources of one server, each with the same tables, and their target."""

    server: Server
    folder: Path
    prefix: str
    sources: tuple[str, ...]
    reader: str
    """A role without any rights."""
    ports: Mapping[str, int]
    """Of what is no server."""

    @property
    def config(self) -> Path:
        """The product's config file."""
        return self.folder / "dw_migration.yaml"

    @property
    def target(self) -> str:
        """The target's URL."""
        return self.server.url(f"{self.prefix}_dw")

    @property
    def broken(self) -> Mapping[str, str]:
        """By fault, the source that has it: spread over the fleet, and never neighbours."""
        step = len(self.sources) // (len(BROKEN) + 1)
        return {fault: self.sources[step * number + 1] for number, fault in enumerate(BROKEN)}

    @property
    def held(self) -> str:
        """The source whose change would lose rows."""
        return self.sources[-2]

    @property
    def healthy(self) -> tuple[str, ...]:
        """All others."""
        return tuple(each for each in self.sources if each not in (*self.broken.values(), self.held))

    def url(self, source: str) -> str:
        """Where a source is."""
        return self.server.url(self._database(source))

    def schema(self, source: str) -> str:
        """Where it stands in the target."""
        return f"dw__{self._database(source)}__public"

    def _database(self, source: str) -> str:
        return f"{self.prefix}_{source}"

    # --- what happens to it -------------------------------------------------------------------------------------------

    def write_config(self, sources: Mapping[str, Mapping[str, object]] | None = None, **policy: object) -> None:
        """All sources, these with other keys than their URL; no schedule, which would come when it likes."""
        known = {each: {"url": self.url(each)} for each in self.sources} | dict(sources or {})
        content = {"target": {"url": self.target}, "sources": known, "policy": policy}
        self.config.write_text(json.dumps(content | {"workspace": "workspace", "schedule": None}))

    def break_four(self) -> None:
        """One source a fault."""
        broken = self.broken
        away = {fault: {"host": "127.0.0.1", "port": self.ports[fault], "user": self.reader} for fault in self.ports}
        keys = {broken[f]: {**keys, "database": self._database(broken[f])} for f, keys in away.items()}
        barred = self._database(broken["barred"])
        self.write_config(keys | {broken["barred"]: {"url": self.server.url(barred, user=self.reader)}})
        on(self.server.url(), f'REVOKE CONNECT ON DATABASE "{barred}" FROM public')
        on(self.url(broken["colliding"]), 'CREATE TABLE public."Orders" (id bigint PRIMARY KEY)')

    def mend(self) -> None:
        """Four times what a person does about it."""
        barred = self._database(self.broken["barred"])
        on(self.server.url(), f'GRANT CONNECT ON DATABASE "{barred}" TO {self.reader}')
        on(self.url(self.broken["colliding"]), 'DROP TABLE public."Orders"')
        self.write_config({self.broken["barred"]: {"url": self.server.url(barred, user=self.reader)}})

    def lose_a_column(self) -> None:
        """In the held source; the target has rows with values in it."""
        on(self.target, f'INSERT INTO "{self.schema(self.held)}".orders (id, note) VALUES (1, $$by hand$$)')
        on(self.url(self.held), "ALTER TABLE public.orders DROP COLUMN note")

    def add_column(self, sources: Iterable[str], column: str) -> None:
        """What applications do to their databases, whenever they like."""
        for each in sources:
            on(self.url(each), f"ALTER TABLE public.orders ADD COLUMN {column} text")

    # --- what the target holds ----------------------------------------------------------------------------------------

    def revisions(self) -> dict[str, int]:
        """How many each source has."""
        return dict(on(self.target, "SELECT source, count(*) FROM dw_migration.revision GROUP BY source"))

    def with_column(self, column: str) -> set[str]:
        """The sources that have the column in the target."""
        rows = on(self.target, f"SELECT table_schema FROM information_schema.columns WHERE column_name = '{column}'")
        return {each for each in self.sources if (self.schema(each),) in rows}


@contextmanager
def fleet_of(number: int, server: Server, folder: Path, tables: str = TABLES) -> Iterator[Fleet]:
    """So many sources, all of them well; dropped at the end."""
    prefix = f"fleet_{secrets.token_hex(3)}"
    names = tuple(f"shop_{each:03}" for each in range(number))
    with ExitStack() as stack:
        ports = {"hanging": _port(stack, listening=True), "down": _port(stack, listening=False)}
        fleet = Fleet(server, folder, prefix, names, f"{prefix}_reader", ports)
        stack.enter_context(_role(fleet))
        stack.enter_context(_databases(fleet, tables))
        fleet.write_config()
        yield fleet


def on(url: str, text: str) -> list[tuple[Any, ...]]:
    """What the statements give, the last one's rows."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(text.encode())
        while cursor.nextset():
            pass
        return cursor.fetchall() if cursor.description else []


@contextmanager
def _databases(fleet: Fleet, tables: str) -> Iterator[None]:
    template = f"{fleet.prefix}_template"
    made = [template, f"{fleet.prefix}_dw", *(f"{fleet.prefix}_{each}" for each in fleet.sources)]
    with psycopg.connect(fleet.server.url(), autocommit=True) as connection:
        try:
            for name in made:
                like = "template0" if name in made[:2] else template
                connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, (name, like))))
                if name == template:
                    on(fleet.server.url(template), tables)
            yield
        finally:
            for name in made:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def _role(fleet: Fleet) -> Iterator[None]:
    password = secrets.token_hex(16)
    fleet.server.add_password(fleet.reader, password)
    on(fleet.server.url(), f"CREATE ROLE {fleet.reader} LOGIN PASSWORD '{password}'")
    try:
        yield
    finally:
        on(fleet.server.url(), f"DROP ROLE {fleet.reader}")


def _port(stack: ExitStack, *, listening: bool) -> int:
    """A port of which nobody else can make a server: connections are taken by the kernel, or refused."""
    held = stack.enter_context(socket.socket())
    held.bind(("127.0.0.1", 0))
    if listening:
        held.listen(64)
    return int(held.getsockname()[1])
