"""Cost of hand-written files: a thousand applied, and looked at with nothing to do, beside psql and dbmate.

`python benchmarks/sqlfiles.py` prints the figures; `--write` puts them into RESULTS.md. Each way runs the same files in
a process of its own, in turns with the others, each on an empty database of one server. `--dbmate PATH` names dbmate's
program, where it is not on the PATH (`npm install dbmate`).
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import psycopg
from psycopg.conninfo import conninfo_to_dict
from schema import write

from dw_migration.live.embedded import Server, found_binaries, newest

BEGIN, END = "<!-- sqlfiles.py -->", "<!-- end of sqlfiles.py -->"
PSQL, OURS, LIBRARY, DBMATE = (
    "`psql -f` of each, one session",
    "`dw-migration sql apply`",
    "`SqlMigrations`",
    "`dbmate up`",
)
FILE = """-- description: number {number}

-- migrate:up
CREATE TABLE t{number} (id integer PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now());
CREATE INDEX ON t{number} (name);
INSERT INTO t{number} (id, name) SELECT i, 'name ' || i FROM generate_series(1, 10) i;
COMMENT ON TABLE t{number} IS 'made by file {number}';

-- migrate:down
DROP TABLE t{number};
"""
LIBRARY_CALL = (
    "import sys, psycopg; from dw_migration import SqlMigrations\n"
    "with psycopg.connect(sys.argv[1]) as connection:\n"
    "    print(len(SqlMigrations(connection, sys.argv[2]).apply_pending()))"
)


@dataclass(frozen=True)
class Stage:
    """A server, the files, and a config for each database."""

    server: Server
    folder: Path
    dbmate: str | None

    def fresh(self) -> str:
        """An empty database."""
        name = f"bench_{time.monotonic_ns()}"
        with psycopg.connect(self.server.url(), autocommit=True) as session:
            session.execute(f"CREATE DATABASE {name}".encode())
        config = f"target: {{url: '{self.server.url(name)}'}}\nsql: {{path: '{self.folder / 'migrations'}'}}\n"
        (self.folder / f"{name}.yaml").write_text(config)
        return name

    def run(self, way: str, database: str) -> float:
        """Seconds that the way took on this database."""
        command, environment = self.command(way, database)
        began = time.monotonic()
        subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True)
        return time.monotonic() - began

    def command(self, way: str, database: str) -> tuple[list[str], dict[str, str]]:
        """What is called, with what besides in the environment."""
        files, url = self.folder / "migrations" / "bench", self.server.url(database)
        if way == PSQL:  # which takes `-- migrate:` for comments: without the ways back
            ups = sorted((self.folder / "ups").iterdir())
            psql = str(self.server.binaries.tool("psql"))
            return [psql, "-qX", "-v", "ON_ERROR_STOP=1", *(f"-f{each}" for each in ups), url], {}
        if way == OURS:
            return [
                sys.executable,
                "-m",
                "dw_migration",
                "sql",
                "apply",
                "--config",
                f"{self.folder / database}.yaml",
            ], {}
        if way == f"{OURS} (status)":
            return [
                sys.executable,
                "-m",
                "dw_migration",
                "sql",
                "status",
                "--config",
                f"{self.folder / database}.yaml",
            ], {}
        if way == LIBRARY:
            return [sys.executable, "-c", LIBRARY_CALL, url, str(files)], {}
        parts = conninfo_to_dict(url)
        password = self.server.passfile.read_text().splitlines()[0].rpartition(":")[2]
        place = f"postgres://{parts['user']}:{password}@127.0.0.1:{self.server.port}/{database}?sslmode=disable"
        verb = ["status"] if way.endswith("(status)") else ["--no-dump-schema", "up"]
        return [str(self.dbmate), "-d", str(files), *verb], {"DATABASE_URL": place}


@contextmanager
def stage(number: int, dbmate: str | None) -> Iterator[Stage]:
    """A server of our own, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="dw-bench-") as folder:
        server = Server(Path(folder) / "server", newest(found_binaries()), tcp=True)
        try:
            server.start()
            for name in ("migrations/bench", "ups"):
                (Path(folder) / name).mkdir(parents=True)
            for each in range(1, number + 1):
                text = FILE.format(number=each)
                (Path(folder) / "migrations" / "bench" / f"{each:04}_t.sql").write_text(text)
                (Path(folder) / "ups" / f"{each:04}_t.sql").write_text(text.partition("-- migrate:down")[0])
            yield Stage(server, Path(folder), dbmate)
        finally:
            server.remove()


def measured(at: Stage, repeat: int) -> dict[str, list[float]]:
    """Seconds of each way, in turns."""
    ways = [PSQL, OURS, LIBRARY, *([DBMATE] if at.dbmate else [])]
    found: dict[str, list[float]] = {}
    for _ in range(repeat):
        for way in ways:
            database = at.fresh()
            found.setdefault(way, []).append(at.run(way, database))
            if way in {OURS, DBMATE}:
                found.setdefault(f"{way} (status)", []).append(at.run(f"{way} (status)", database))
    return found


def report(at: Stage, number: int, repeat: int, found: dict[str, list[float]]) -> Iterator[str]:
    """The table."""
    version = ".".join(map(str, at.server.binaries.version))
    yield "## SQL files\n"
    yield (
        f"{number:,} files of four statements, {os.cpu_count()} cores, PostgreSQL {version}, Python "
        f"{platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}. Medians of {repeat}, in turns, each way on an "
        f"empty database; the start of each process is in it. psql commits each statement by itself, and keeps no "
        f"history.\n"
    )
    yield "| way | seconds | of psql | ms a file |\n| --- | ---: | ---: | ---: |"
    base = median(found[PSQL])
    for way, seconds in found.items():
        own = median(seconds)
        of_psql = "" if way.endswith("(status)") else f"{own / base:.2f}"
        yield f"| {way} | {own:.2f} | {of_psql} | {own / number * 1000:.2f} |"


def main() -> None:
    """Measure, print, and write if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--repeat", type=int, default=5, help="rounds")
    parser.add_argument("--dbmate", default=shutil.which("dbmate"), help="its program")
    parser.add_argument("--write", action="store_true", help="put the figures into RESULTS.md")
    given = parser.parse_args()
    with stage(given.files, given.dbmate) as at:
        text = "\n".join(report(at, given.files, given.repeat, measured(at, given.repeat)))
    sys.stdout.write(f"{text}\n")
    if given.write:
        write(text, BEGIN, END)


if __name__ == "__main__":
    main()
