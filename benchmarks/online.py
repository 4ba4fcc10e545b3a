"""How long readers and writers stand still while a large table changes: online, and by the plain forms of the same.

`python benchmarks/online.py` prints the figures; `--write` puts them into RESULTS.md. pgbench reads and writes single
rows of the table all the time; each change is made and taken back twice, with `policy.online` auto and never. The
longest stall is that of one transaction of pgbench, from its beginning to its end, among those that overlap the change;
the throughput is compared with that of the seconds before it.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from schema import write

from dw_migration import migrate
from dw_migration.config import Config, load_config
from dw_migration.live.embedded import Server, found_binaries, newest

BEGIN, END = "<!-- online.py -->", "<!-- end of online.py -->"
SCHEMA = "dw__app__public"
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "1h", "autovacuum": "off"}
TABLES = """
CREATE TABLE buyers (id integer PRIMARY KEY);
CREATE TABLE orders (id integer NOT NULL, buyer integer, total integer, note text);
CREATE UNIQUE INDEX orders_id_idx ON orders (id);
CREATE INDEX orders_old_idx ON orders (total);
"""
CHANGES = {
    "index": "CREATE INDEX orders_buyer_idx ON orders (buyer)",
    "index replaced": "DROP INDEX orders_old_idx; CREATE INDEX orders_old_idx ON orders (total, id)",
    "index dropped": "DROP INDEX orders_old_idx",
    "check": "ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0)",
    "foreign key": "ALTER TABLE orders ADD CONSTRAINT orders_buyer_fkey FOREIGN KEY (buyer) REFERENCES buyers",
    "NOT NULL": "ALTER TABLE orders ALTER total SET NOT NULL",
    "unique key": "ALTER TABLE orders ADD CONSTRAINT orders_note_key UNIQUE (note, id)",
    "primary key": "ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id)",
    "filled column": "ALTER TABLE orders ADD price integer NOT NULL",
    "uuid column": "ALTER TABLE orders ADD key uuid NOT NULL DEFAULT gen_random_uuid()",
    "all at once": "",
}
"""What the source does, each behind the same start."""
FILLS = {"filled column": ["orders.price=total * 2"]}
"""What is said with it."""
APART = {"index dropped", "filled column", "uuid column"}
"""What is not done with all others: an index that goes cannot be replaced, too; each row is written anew."""
READER, WRITER = 0, 1
BUYERS = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """A server with source and target, and the files of pgbench."""

    server: Server
    folder: Path
    rows: int

    def config(self, online: str) -> Config:
        """The same source and target under this policy."""
        path = self.folder / f"{online}.yaml"
        target, source = self.server.url("warehouse"), self.server.url("app")
        path.write_text(
            f"target: {{url: '{target}'}}\nsources: {{app: {{url: '{source}'}}}}\n"
            f"workspace: workspace\npolicy: {{online: {online}}}\n"
        )
        return load_config(path)

    def on(self, database: str, text: str) -> None:
        """Run the statements."""
        with psycopg.connect(self.server.url(database), autocommit=True) as connection:
            connection.execute(text.encode())

    def check_rows(self) -> None:
        """Raises RuntimeError where a change has lost rows: then nothing that was measured is worth anything."""
        with psycopg.connect(self.server.url("warehouse")) as connection:
            found = connection.execute(f"SELECT count(*) FROM {SCHEMA}.orders".encode()).fetchone()
        if found != (self.rows,):
            raise RuntimeError(f"expected {self.rows} rows, and found {found}")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one change did to others."""

    change: str
    online: str
    took: float
    stall: dict[int, float]
    """Of readers and of writers, in seconds."""
    kept: float
    """Transactions a second while it ran, of those before."""


@contextmanager
def place(rows: int) -> Iterator[Place]:
    """Source and target in step, the target's tables filled."""
    with tempfile.TemporaryDirectory(prefix="dw-bench-") as name:
        server = Server(Path(name) / "server", newest(found_binaries()), settings=SETTINGS)
        server.start()
        try:
            made = Place(server, Path(name), rows)
            for database in ("app", "warehouse"):
                made.on("postgres", f"CREATE DATABASE {database} TEMPLATE template0")
            made.on("app", TABLES)
            migrate.sync(made.config("auto"), made.config("auto").sources["app"])
            made.on(
                "warehouse",
                f"INSERT INTO {SCHEMA}.buyers SELECT generate_series(0, {BUYERS - 1});"
                f"INSERT INTO {SCHEMA}.orders SELECT n, n % {BUYERS}, n % 1000, 'note ' || n"
                f" FROM generate_series(1, {rows}) n;",
            )
            made.on("warehouse", "VACUUM ANALYZE")
            made.on("warehouse", "CHECKPOINT")
            yield made
        finally:
            server.remove()


# --- Others ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Transaction:
    """One of pgbench's."""

    sort: int
    began: float
    ended: float


@contextmanager
def traffic(at: Place, clients: int) -> Iterator[Path]:
    """Readers and writers at work; they write down each transaction."""
    folder = Path(tempfile.mkdtemp(dir=at.folder))
    folder.chmod(0o755)
    scripts = {
        "read.sql": f"SELECT note FROM {SCHEMA}.orders WHERE id = :id;",
        "write.sql": f"UPDATE {SCHEMA}.orders SET total = (total + 1) % 1000 WHERE id = :id;",
    }
    for name, text in scripts.items():
        (folder / name).write_text(f"\\set id random(1, {at.rows})\n{text}\n")
    tool = next(each.tool("pgbench") for each in found_binaries() if each.tool("pgbench").exists())
    command = [
        *(tool, "--no-vacuum", "--client", str(clients), "--jobs", "2", "--time", "86400", "--log"),
        *("--log-prefix", folder / "log", "--file", folder / "read.sql@4", "--file", folder / "write.sql@1"),
        at.server.url("warehouse"),
    ]
    with (folder / "out").open("w") as out:
        running = subprocess.Popen(command, env=os.environ | at.server.environment(), stdout=out, stderr=out)
        try:
            yield folder
            if running.poll() is not None:
                raise RuntimeError((folder / "out").read_text())
        finally:
            running.terminate()
            running.wait()


def transactions(folder: Path) -> Iterator[Transaction]:
    """All that pgbench wrote down."""
    for log in folder.glob("log.*"):
        for line in log.read_text().splitlines():
            words = line.split()
            if len(words) < 6:
                continue  # it was ended while it wrote
            ended = int(words[4]) + int(words[5]) / 1e6
            yield Transaction(int(words[3]), ended - int(words[2]) / 1e6, ended)


# --- Changes ----------------------------------------------------------------------------------------------------------


def measured(at: Place, change: str, online: str, *, clients: int, pause: float) -> Figures:
    """Make the change in the source, bring the target after it under traffic, and take both back."""
    config = at.config(online)
    source = config.sources["app"]
    texts = [each for name, each in CHANGES.items() if each and name not in APART]
    at.on("app", CHANGES[change] or "; ".join(texts))
    with traffic(at, clients) as folder:
        time.sleep(pause)
        began = time.time()
        outcome = migrate.sync(config, source, allow_breaking=True, fills=FILLS.get(change, ()))
        ended = time.time()
        time.sleep(1)  # what waits to the end is written down then
    if outcome.error:
        raise RuntimeError(outcome.error)
    migrate.rollback(config, source, "-1", allow_breaking=True)
    at.on("app", f"DROP SCHEMA public CASCADE; CREATE SCHEMA public; SET search_path TO public; {TABLES}")
    migrate.sync(config, source, allow_breaking=True)
    at.check_rows()
    return figures(change, online, (began, ended), pause, list(transactions(folder)))


def figures(change: str, online: str, during: tuple[float, float], pause: float, found: list[Transaction]) -> Figures:
    """What the traffic tells of those seconds."""
    began, ended = during
    overlapping = [each for each in found if each.began < ended and each.ended > began]
    stall = {
        sort: max((each.ended - each.began for each in overlapping if each.sort == sort), default=0.0)
        for sort in (READER, WRITER)
    }
    calm = sum(began - pause / 2 <= each.ended < began for each in found) / (pause / 2)
    busy = sum(began <= each.ended < ended for each in found) / (ended - began)
    return Figures(change, online, ended - began, stall, busy / calm if calm else 0.0)


def report(at: Place, clients: int, found: list[Figures]) -> Iterator[str]:
    """The table."""
    version = ".".join(map(str, at.server.binaries.version))
    yield "## Online changes\n"
    yield (
        f"A table of {at.rows:,} rows, {clients} clients of pgbench (four reads to a write), {os.cpu_count()} cores, "
        f"PostgreSQL {version}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}. Longest stall of one "
        "transaction; throughput while the whole `sync` ran, of that in the seconds before. `never`: plain forms.\n"
    )
    yield "| change | online | sync s | reader's stall s | writer's stall s | throughput kept |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    for each in found:
        stalls = f"{each.stall[READER]:.3f} | {each.stall[WRITER]:.3f}"
        yield f"| {each.change} | {each.online} | {each.took:.1f} | {stalls} | {each.kept:.0%} |"


def main() -> None:
    """Measure, print, and write if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--pause", type=float, default=10, help="seconds of traffic before each change")
    parser.add_argument("--changes", nargs="+", choices=list(CHANGES), default=list(CHANGES))
    parser.add_argument("--write", action="store_true", help="put the figures into RESULTS.md")
    given = parser.parse_args()
    with place(given.rows) as at:
        found = [
            measured(at, change, online, clients=given.clients, pause=given.pause)
            for change in given.changes
            for online in ("auto", "never")
        ]
        text = "\n".join(report(at, given.clients, found))
    sys.stdout.write(f"{text}\n")
    if given.write:
        write(text, BEGIN, END)


if __name__ == "__main__":
    main()
