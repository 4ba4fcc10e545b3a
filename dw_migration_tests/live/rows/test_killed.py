"""Killed at random moments, a copy ends with every row once, and with all that belongs to the tables."""

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration.live.embedded import Server, found_binaries, newest
from dw_migration_tests.conftest import running

TABLES = """
CREATE TABLE p (id integer PRIMARY KEY, code text UNIQUE);
CREATE TABLE t (id bigint PRIMARY KEY, p integer NOT NULL REFERENCES p, v text, n numeric(12,3), at timestamptz);
CREATE INDEX t_p ON t (p);
CREATE INDEX t_v ON t (lower(v)) WHERE n > 0;
"""
TRIGGER = """
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'fired'; END $$;
CREATE TRIGGER fires BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
"""
STANDING = """
SELECT 'i', indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
 WHERE indrelid IN ('t'::regclass, 'p'::regclass)
UNION ALL SELECT 'c', conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 't', tgname, tgenabled::text FROM pg_trigger WHERE tgname = 'fires' ORDER BY 1, 2
"""
_BYTES_A_ROW = 80
HASH = "SELECT count(*), sum(hash_record_extended(t.*, 0)) FROM t"
COPIED = "SELECT count(copied_at) FROM dw_migration.chunk"
SESSIONS = "FROM pg_stat_activity WHERE application_name = 'dw/rows' AND pid <> pg_backend_pid()"


@dataclass
class Stage:
    """Two servers, a process that copies between them, and what may happen to these three."""

    source: Server
    target: Server
    batch: int
    rate: int
    """Bytes a second, so that the faults find the copy under way."""
    chance: random.Random

    def on(self, server: Server, query: str) -> list[tuple[Any, ...]]:
        """What the query gives, the last of several."""
        with psycopg.connect(server.url(), autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def copied(self) -> int:
        """How many chunks the ledger has."""
        there = self.on(self.target, "SELECT to_regclass('dw_migration.chunk') IS NOT NULL") == [(True,)]
        return int(self.on(self.target, COPIED)[0][0]) if there else 0

    def copier(self) -> subprocess.Popen[bytes]:
        """The process, begun."""
        command = [sys.executable, "-m", "dw_migration_tests.live.rows.copier", self.source.url(), self.target.url()]
        return subprocess.Popen(
            [*command, str(self.batch), str(self.rate)],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
            stderr=subprocess.DEVNULL,
        )

    def storm(self, faults: int) -> Iterator[str]:
        """What happened, each at a moment of chance; a process that ended is followed by another."""
        process = self.copier()
        try:
            for _ in range(faults):
                if process.poll() is not None:
                    process = self.copier()
                yield self._befallen(process)
        finally:
            process.kill()
            process.wait()

    def _befallen(self, process: subprocess.Popen[bytes]) -> str:
        before, goal = self.copied(), self.chance.choice([0, 1, 2])
        while process.poll() is None and self.copied() < before + goal:
            time.sleep(0.01)
        time.sleep(self.chance.uniform(0, 0.1 if goal else 1.0))
        fault = self.chance.choice(self.faults)
        fault(self, process)
        return f"{fault.__name__} at {before}"

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """As the kernel does when memory is short."""
        process.kill()

    def interrupt(self, process: subprocess.Popen[bytes]) -> None:
        """As Ctrl-C does."""
        process.send_signal(signal.SIGINT)

    def cut_off_source(self, _: subprocess.Popen[bytes]) -> None:
        """One of our sessions there, or all."""
        self._cut_off(self.source)

    def cut_off_target(self, _: subprocess.Popen[bytes]) -> None:
        """Likewise."""
        self._cut_off(self.target)

    def _cut_off(self, server: Server) -> None:
        limit = self.chance.choice([1, 1, 100])
        self.on(server, f"SELECT pg_terminate_backend(pid) {SESSIONS} ORDER BY random() LIMIT {limit}")

    def restart_source(self, _: subprocess.Popen[bytes]) -> None:
        """At once, as after a loss of power."""
        self._restart(self.source)

    def restart_target(self, _: subprocess.Popen[bytes]) -> None:
        """Likewise."""
        self._restart(self.target)

    def _restart(self, server: Server) -> None:
        folder = Path(self.on(server, "SHOW data_directory")[0][0])
        pid = int((folder / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        while (folder / "postmaster.pid").exists():
            time.sleep(0.01)
        server.start()

    faults: tuple[Callable[..., None], ...] = (
        kill, interrupt, cut_off_source, cut_off_target, restart_source, restart_target
    )  # fmt: skip


@contextmanager
def stage(rows: int, batch: int, faults: int, seed: int) -> Iterator[Stage]:
    """Servers of their own, since they are stopped; rows at the source."""
    rate, chance = rows * _BYTES_A_ROW * 2 // faults, random.Random(seed)  # noqa: S311 - chance, not a secret
    binaries = newest(found_binaries())
    with ExitStack() as stack:
        source, target = (stack.enter_context(running(binaries)) for _ in range(2))
        made = Stage(source, target, batch, rate, chance)
        for each in (made.source, made.target):
            made.on(each, TABLES)
        made.on(made.target, TRIGGER)
        made.on(
            made.source,
            f"""INSERT INTO p SELECT i, 'code ' || i FROM generate_series(1, 1000) i;
            INSERT INTO t SELECT i * 3, i % 1000 + 1, CASE WHEN i % 7 > 0 THEN md5(i::text) END, i / 7.0,
                   timestamptz '2020-01-01' + i * interval '1 minute' FROM generate_series(1, {rows}) i""",
        )
        yield made


def survives(rows: int, batch: int, faults: int, seed: int) -> None:
    with stage(rows, batch, faults, seed) as made:
        before = made.on(made.target, STANDING)
        print(f"seed {seed}: {'; '.join(made.storm(faults))}")  # noqa: T201 - to run it again
        assert made.copier().wait() == 0
        assert made.on(made.target, HASH) == made.on(made.source, HASH)
        assert made.on(made.target, "SELECT count(*), count(DISTINCT id) FROM t") == [(rows, rows)]
        assert made.on(made.target, STANDING) == before
        assert made.on(made.target, "SELECT * FROM dw_migration.taken_off") == []
        assert made.on(made.target, "SELECT * FROM dw_migration.reject") == []
        assert made.on(
            made.target, "SELECT state, rows, (SELECT sum(rows) FROM dw_migration.chunk WHERE copy = id) FROM"
            " dw_migration.copy WHERE new_table = 't'"
        ) == [("copied", rows, rows)]  # fmt: skip


def test_a_copy_that_is_killed_a_few_times_ends_whole() -> None:
    survives(40_000, 2_000, faults=10, seed=4)


@pytest.mark.soak
def test_a_copy_of_two_million_rows_that_is_killed_fifty_times_ends_whole() -> None:
    survives(2_000_000, 20_000, faults=50, seed=secrets.randbits(32))
