"""A shop that is kept in step, looked at from outside: the command line, pg_dump, and the bytes of the workspace."""

import hashlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import sql

from dw_migration import migrate
from dw_migration.cli import main
from dw_migration.config import Config, Source, load_config
from dw_migration.live.embedded import Server

TABLES = """
CREATE TABLE public."Users" ("Id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Email" text NOT NULL);
CREATE TABLE public.orders (
    id bigint PRIMARY KEY, buyer bigint REFERENCES public."Users", total integer, note varchar(80));
CREATE INDEX ON public.orders (buyer);
"""


class Ran(NamedTuple):
    """What a command line did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def told(self) -> str:
        """All that a person sees, white space aside."""
        return " ".join(f"{self.out} {self.err}".split())


@dataclass
class Shop:
    """The source `shop` and its target, each a database of its own on one server, and a folder with the config."""

    server: Server
    folder: Path
    name: str
    """Of the source's database; the target's is `<name>_dw`."""
    made: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)

    @property
    def source(self) -> str:
        """The source's url."""
        return self.server.url(self.name)

    @property
    def target(self) -> str:
        """The target's url."""
        return self.server.url(f"{self.name}_dw")

    @property
    def schema(self) -> str:
        """The target schema, as it is written in SQL."""
        return f"dw__{self.name}__public"

    @property
    def workspace(self) -> Path:
        """All that we write, but for the ledger."""
        return self.folder / "workspace"

    def make_database(self, name: str, tables: str = "") -> str:
        """A further database, by its url; it is dropped with the others."""
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        self.made.append(name)
        if tables:
            self.on(self.server.url(name), tables)
        return self.server.url(name)

    def make_role(self) -> str:
        """A role that may log in, and own things here: it is dropped after the databases."""
        name, password = f"role_{secrets.token_hex(4)}", secrets.token_hex(16)
        self.on(self.server.url(), f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        self.server.add_password(name, password)
        self.roles.append(name)
        return name

    def config(self, name: str = "dw_migration.yaml", **changes: Any) -> Path:
        """A config file: the shop's, with these sections instead of its own."""
        content = {"target": {"url": self.target}, "sources": {"shop": {"url": self.source}}, "workspace": "workspace"}
        path = self.folder / name
        path.write_text(json.dumps(content | changes))
        return path

    def on(self, url: str, text: str) -> list[tuple[Any, ...]]:
        """What the statements give, the last one's rows."""
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(text.encode())
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def state(self) -> tuple[str, str]:
        """The target by pg_dump, without what the ledger notes of failures; and all bytes of the workspace."""
        return dumped(self.server, f"{self.name}_dw", "--exclude-table-data=dw_migration.*"), hash_of(self.workspace)


def password_of(server: Server) -> str:
    """The superuser's, which stands in its password file alone."""
    return server.passfile.read_text().splitlines()[0].rpartition(":")[2]


def until(claim: Callable[[], bool]) -> None:
    """It holds."""
    deadline = time.monotonic() + 120
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def dumped(server: Server, database: str, *options: str) -> str:
    """The database as pg_dump tells it, without its random keys."""
    command = [str(server.binaries.tool("pg_dump")), *options, database]
    done = subprocess.run(command, env=os.environ | server.environment(), capture_output=True, text=True, check=True)
    return re.sub(r"(?m)^\\(un)?restrict .*$", "", done.stdout)


def hash_of(folder: Path) -> str:
    """One hash for names and bytes of all files below."""
    each = (
        f"{path.relative_to(folder)} {path.is_file() and path.read_bytes()!r}" for path in sorted(folder.rglob("*"))
    )
    return hashlib.sha256("\n".join(each).encode()).hexdigest()


@contextmanager
def opened_shop(server: Server, folder: Path, name: str, tables: str = TABLES) -> Iterator[Shop]:
    """A shop that lives as long as the block."""
    shop = Shop(server, folder, name)
    try:
        shop.make_database(name, tables)
        shop.make_database(f"{name}_dw")
        shop.config()
        yield shop
    finally:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            for each in reversed(shop.made):
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(each)))
            for each in shop.roles:
                connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(each)))


class CommandLine:
    """Runs `dw-migration` in this process, as its entry point does."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, config: Path, *arguments: str) -> Ran:
        """What it printed, and its exit code."""
        self._capsys.readouterr()
        code = main([*arguments, "--config", str(config)])
        return Ran(code, *self._capsys.readouterr())


def started(config: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """`python -m dw_migration`, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "dw_migration", *arguments, "--config", str(config)],
        env={**os.environ, **(environment or {}), "PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> Ran:
    """What the process did, once it has."""
    out, err = process.communicate()
    return Ran(process.returncode, out, err)


@contextmanager
def small_disk(target: psycopg.Connection[Any]) -> Iterator[str]:
    """A tablespace of the server with room for little; what is in it at the end is moved out of it."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small file system")
    folder = Path(tempfile.mkdtemp(prefix="dw-small-"))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=False).returncode:
        folder.rmdir()
        pytest.skip("this machine lets nobody mount a small file system")
    name = "small_" + secrets.token_hex(4)
    try:
        owner = Path(str((target.execute("SHOW data_directory").fetchone() or ("",))[0])).stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        folder.chmod(0o700)
        target.execute(f"CREATE TABLESPACE {name} LOCATION '{folder}'")
        yield name
    finally:
        with suppress(psycopg.Error):
            target.execute(f"ALTER TABLE ALL IN TABLESPACE {name} SET TABLESPACE pg_default")
            target.execute(f"DROP TABLESPACE {name}")
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()


def brought_with_rows(shop: Shop, **sections: Any) -> tuple[Config, Source]:
    """The config with these sections, and its source, in sync; then rows came into the target."""
    config = load_config(shop.config(**sections))
    known = config, config.sources["shop"]
    migrate.sync(*known)
    shop.on(
        shop.target,
        f"INSERT INTO {shop.schema}.users OVERRIDING SYSTEM VALUE SELECT n, 'n' FROM generate_series(1, 50) n;"
        f"INSERT INTO {shop.schema}.orders SELECT n, n, n, 'note ' || n FROM generate_series(1, 50) n",
    )
    return known


def crash(server: Server) -> None:
    """As `pg_ctl stop -m immediate`: no session ends what it does, nothing is written any more."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        (row,) = connection.execute("SHOW data_directory").fetchall()
    pid = int((Path(row[0]) / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])
