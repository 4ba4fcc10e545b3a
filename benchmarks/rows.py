"""Cost of copying rows, beside psql, pg_dump and INSERTs between the same two servers in the same run.

`python benchmarks/rows.py` prints the figures; `--write` puts them into RESULTS.md. Each copy is made by processes of
its own, in turns with the others. Source and target are clusters of their own, so that their CPU can be told apart.
"""

import argparse
import json
import os
import platform
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from dw_migration.live.embedded import Server, found_binaries, newest

BEGIN, END = "<!-- rows.py -->", "<!-- end of rows.py -->"
TICK = 1 / os.sysconf("SC_CLK_TCK")
SETTINGS = {
    "autovacuum": "off",  # nothing works but what is measured
    "checkpoint_timeout": "1h",
    "max_wal_size": "16GB",
    "min_wal_size": "4GB",
    "shared_buffers": "1GB",
}

# --- Tables ----------------------------------------------------------------------------------------------------------

PRODUCTS, CUSTOMERS = 10_000, 1_000_000
STATUSES = ("new", "paid", "packed", "shipped", "returned")
NARROW = {
    "id": ("bigint", "i"),
    "customer": ("integer", f"i * 7919 % {CUSTOMERS}"),
    "product": ("text", f"'P' || lpad((i * 31 % {PRODUCTS})::text, 8, '0')"),
    "status": ("text", f"('{{{','.join(STATUSES)}}}'::text[])[i % {len(STATUSES)} + 1]"),
    "quantity": ("integer", "i % 20 + 1"),
    "amount": ("numeric(10,2)", "(i * 37 % 1000000)::numeric / 100"),
    "ordered": ("timestamptz", "'2020-01-01'::timestamptz + i * interval '31 seconds'"),
    "paid": ("boolean", "i % 3 = 0"),
}
"""Columns with their types, and what fills them in row `i`; about 67 bytes a row as text."""
WIDE = NARROW | {
    "title": ("text", "'About ' || md5(i::text)"),
    "body": ("text", "repeat(md5(i::text) || ' ', 20)"),
    "tags": ("text[]", "array['tag ' || i % 100, 'topic ' || i % 7]"),
    "properties": (
        "jsonb",
        "jsonb_build_object('views', i % 1000, 'author', md5((i % 1000)::text), 'language', 'en', 'pinned', i % 9 = 0)",
    ),
}
"""The same, with four columns more; about 890 bytes a row."""
LOOKUPS = f"""
create schema lookup;
create table lookup.product (code text primary key, id integer not null);
insert into lookup.product select 'P' || lpad(i::text, 8, '0'), i from generate_series(0, {PRODUCTS - 1}) i;
create table lookup.customer (number integer primary key, id bigint not null);
insert into lookup.customer select i, i * 10::bigint from generate_series(0, {CUSTOMERS - 1}) i;
"""


@dataclass(frozen=True, slots=True)
class Table:
    """What is copied."""

    name: str
    columns: Mapping[str, tuple[str, str]]
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """What becomes of a column on its way; each is one of those below."""

    name: str
    schema: str
    """The target's, where the tables have this form."""
    old: str = ""
    new: str = ""
    type: str = ""
    decision: Mapping[str, Any] = field(default_factory=dict)
    """As a resolutions file has it, without the columns."""

    def columns(self, table: Table) -> Iterator[str]:
        """Of the table in the target, as they stand in CREATE TABLE."""
        for name, (type_, _) in table.columns.items():
            yield f"{self.new} {self.type} not null" if name == self.old else f"{name} {type_} not null"

    def resolutions(self, table: Table) -> bytes:
        """The resolutions file."""
        columns = {"old_column": self.old, "new_column": self.new}
        decided = [{**columns, **self.decision}] if self.decision else []
        return json.dumps({"resolutions": {table.name: decided}}).encode()


def looked_up(table: str, key: str) -> Mapping[str, Any]:
    """The decision that the table tells the new value."""
    lookup = {"schema": "lookup", "table": table, "key_column": key, "value_column": "id"}
    return {"action": "transform", "lookup_table": lookup}


MAPPED = {"action": "transform", "value_mapping": {each: number for number, each in enumerate(STATUSES)}}
PLAIN = Form("plain", "public")
RENAMED = Form("a rename", "renamed", "ordered", "placed", "timestamptz", {"action": "rename"})
CAST = Form("a cast, integer to numeric", "recast", "quantity", "quantity", "numeric(12,2)", {"action": "rename"})
MAP = Form("a value map of 5", "mapped", "status", "status", "smallint", MAPPED)
FEW = Form("a lookup of 10,000", "few", "product", "product_id", "integer", looked_up("product", "code"))
MANY = Form("a lookup of 1 million", "many", "customer", "customer_id", "bigint", looked_up("customer", "number"))
FORMS = (PLAIN, RENAMED, CAST, MAP, FEW, MANY)

# --- Places ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A server, and the process that its others come from."""

    server: Server
    session: psycopg.Connection[tuple[Any, ...]]
    postmaster: int

    @classmethod
    def on(cls, server: Server) -> "Place":
        """A running server's."""
        session = psycopg.connect(server.url(), autocommit=True)
        return cls(server, session, int(stat(session.info.backend_pid)[1]))

    @property
    def url(self) -> str:
        """Of its database; the password stands in a file."""
        return self.server.url()

    def run(self, text: str) -> None:
        """Run statements, each in a transaction of its own; one ends at the end of a line."""
        for each in text.strip().split(";\n"):
            self.session.execute(each.encode())

    def cpu(self) -> float:
        """Seconds of all its processes until now, those that have ended included."""
        while True:
            children = self.children()
            try:
                total = sum(map(int, stat(self.postmaster)[11:15])) + sum(map(own, children))
            except FileNotFoundError:  # it has ended meanwhile
                continue
            if children == self.children():
                return total * TICK

    def children(self) -> Sequence[int]:
        """Its processes, but for the postmaster."""
        return [
            int(each) for each in Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children").read_text().split()
        ]


def stat(pid: int) -> list[str]:
    """What the kernel says of a process, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def own(pid: int) -> int:
    """Ticks of the process itself."""
    return sum(map(int, stat(pid)[11:13]))


@dataclass(frozen=True, slots=True)
class Places:
    """Where rows come from and where they go."""

    source: Place
    target: Place
    tables: Sequence[Table]

    def prepare(self) -> None:
        """Make the source's tables, and the target's in every form."""
        for table in self.tables:
            columns = ", ".join(f"{name} {type_} not null" for name, (type_, _) in table.columns.items())
            values = ", ".join(value for _, value in table.columns.values())
            self.source.run(f"create table {table.name} ({columns})")
            self.source.run(f"insert into {table.name} select {values} from generate_series(1::bigint, {table.rows}) i")
            self.source.run(f"alter table {table.name} add primary key (id)")
        self.source.run("vacuum (freeze, analyze);\ncheckpoint")
        self.target.run(LOOKUPS)
        for form in FORMS:
            self.target.run(f"create schema if not exists {form.schema}")
            for table in self.tables:
                columns = ", ".join(form.columns(table))
                self.target.run(f"create table {form.schema}.{table.name} ({columns}, primary key (id))")
        self.target.run("vacuum (freeze, analyze)")

    def empty(self) -> None:
        """No row in any form, and nothing left to be written."""
        names = ", ".join(f"{form.schema}.{table.name}" for form in FORMS for table in self.tables)
        self.target.run(f"truncate {names};\ncheckpoint")

    def expect(self, form: Form, table: Table, rows: int) -> None:
        """Raise unless so many rows have come."""
        found = self.target.session.execute(f"select count(*) from {form.schema}.{table.name}".encode()).fetchone()
        if found != (rows,):
            raise SystemExit(f"the copy did not do what is measured: found {found} rows, expected {rows}")


@contextmanager
def places(tables: Sequence[Table]) -> Iterator[Places]:
    """Two servers of our own with the tables, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="dw-bench-") as folder:
        Path(folder).chmod(0o711)  # the servers may run as another user
        servers = [
            Server(Path(folder) / each, newest(found_binaries()), settings=SETTINGS) for each in ("source", "target")
        ]
        try:
            for each in servers:
                each.start()
            source, target = map(Place.on, servers)
            made = Places(source, target, tables)
            made.prepare()
            yield made
        finally:
            for each in servers:
                each.remove()


# --- Ways to copy ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Way:
    """A command that copies a table."""

    name: str
    command: Callable[["Way", Places, Table], str]
    form: Form = PLAIN
    hashes: bool = False
    slice: int = 1
    """One row of so many is copied, and the figures are multiplied."""

    def rows(self, table: Table) -> int:
        """How many are copied."""
        return table.rows // self.slice


def through_psql(format_: str, _way: Way, places: Places, table: Table) -> str:
    """`psql | psql`."""
    return " | ".join(
        shlex.join(
            ["psql", "-qX", "-v", "ON_ERROR_STOP=1", place.url, "-c", f"copy {table.name} {end} (format {format_})"]
        )
        for place, end in ((places.source, "to stdout"), (places.target, "from stdin"))
    )


def through_dump(_way: Way, places: Places, table: Table) -> str:
    """`pg_dump | pg_restore`, without compression: between two processes of one machine it only costs."""
    dump = shlex.join(["pg_dump", "-Fc", "-Z0", "--data-only", "-t", f"public.{table.name}", places.source.url])
    return f"{dump} | {shlex.join(['pg_restore', '--data-only', '-d', places.target.url])}"


def by_inserts(way: Way, places: Places, table: Table) -> str:
    """What `inserted` does."""
    return in_python(
        inserted, source=places.source.url, target=places.target.url, table=table.name, rows=way.rows(table)
    )


def by_us(way: Way, places: Places, table: Table) -> str:
    """What `copied` does."""
    return in_python(
        copied,
        source=places.source.url,
        target=places.target.url,
        table=table.name,
        schema=way.form.schema,
        resolutions=way.form.resolutions(table).decode(),
        hashes=way.hashes,
    )


def in_python(act: Callable[..., None], **arguments: Any) -> str:
    """The command that calls a function of ours with these."""
    return shlex.join([sys.executable, __file__, "--child", act.__name__, json.dumps(arguments)])


TEXT = Way("`psql \\| psql`, text", partial(through_psql, "text"))
BINARY = Way("`psql \\| psql`, binary", partial(through_psql, "binary"))
OTHERS = (
    TEXT,
    BINARY,
    Way("`pg_dump -Fc -Z0 \\| pg_restore`", through_dump),
    Way("INSERTs of 1,000 rows, of a tenth and scaled", by_inserts, slice=10),
)
OURS = {
    (form, hashes): Way(f"ours, {form.name}{', hashes' if hashes else ''}", by_us, form, hashes)
    for hashes in (False, True)
    for form in FORMS
}
WAYS = (*OTHERS, *OURS.values())

# --- In processes of their own: each imports what it measures ---------------------------------------------------------


def inserted(*, source: str, target: str, table: str, rows: int) -> None:
    """Copy by a cursor of the server and INSERTs of 1,000 rows, each composed by the client."""
    with (
        psycopg.connect(source) as reading,
        psycopg.connect(target, cursor_factory=psycopg.ClientCursor) as writing,
        reading.cursor("rows") as old,
        writing.cursor() as new,
    ):
        old.execute(f"select * from {table} where id <= {rows}".encode())
        while block := old.fetchmany(1000):
            row = f"({', '.join(['%s'] * len(block[0]))})"
            values = [psycopg.types.json.Jsonb(v) if isinstance(v, dict) else v for each in block for v in each]
            new.execute(f"insert into {table} values {', '.join([row] * len(block))}".encode(), values)


def copied(*, source: str, target: str, table: str, schema: str, resolutions: str, hashes: bool) -> None:
    """Copy as `data copy --live --truncate` does, and print as JSON what it cost before the first row, and the peak."""
    from dw_migration.config import Config  # noqa: PLC0415
    from dw_migration.live.rows.chunks import Mode  # noqa: PLC0415
    from dw_migration.live.rows.copying import Ends, Terms, copy_tables  # noqa: PLC0415
    from dw_migration.live.rows.shapes import read_shape  # noqa: PLC0415
    from dw_migration.migrate.rows.plans import plans_of  # noqa: PLC0415
    from dw_migration.resolutions.comparing import compare  # noqa: PLC0415
    from dw_migration.resolutions.resolution import read_resolutions  # noqa: PLC0415

    config = Config.model_validate({"target": {"url": target}, "sources": {"shop": {"url": source}}})
    ends = Ends(config.sources["shop"], config.target)
    old, new = ends.open_source(), ends.open_target()
    with old.session, new.session:
        shapes = read_shape(old.session, old.where, ["public"]), read_shape(new.session, new.where, [schema])
        comparison = compare(*shapes, schemas=[("public", schema)], tables=[table])
        plans = plans_of(comparison, read_resolutions(resolutions.encode(), __file__).content, new)
    begun = time.process_time()
    (done,) = copy_tables(ends, plans.tables, Terms(mode=Mode.TRUNCATE, hashes=hashes, workers=1))
    if done.error or done.totals.rejects:
        raise SystemExit(f"the copy did not do what is measured: {done}")
    print(json.dumps({"begun": begun, "peak": peak()}))


def peak() -> float:
    """MiB of this process. Its rusage would count what its parent had before the program was loaded."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


# --- Measuring -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds: of CPU, but for the wall's."""

    wall: float
    client: float
    source: float
    target: float
    begun: float = 0.0
    """Of the client's, those before the first row: the start of Python, its modules, both schemas."""
    peak: float = 0.0
    """MiB of the client."""

    @property
    def cpu(self) -> float:
        """Of all three."""
        return self.client + self.source + self.target

    @property
    def of_rows(self) -> float:
        """Of all three, without the start."""
        return self.cpu - self.begun

    def times(self, factor: int) -> "Spent":
        """As for so many times the rows."""
        seconds = {name: getattr(self, name) * factor for name in ("wall", "client", "source", "target")}
        return replace(self, **seconds)


Found = Mapping[Way, Spent]


def spent(way: Way, places: Places, table: Table) -> Spent:
    """What one copy took, into an empty table."""
    places.empty()
    environment = os.environ | {"PATH": f"{places.source.server.binaries.folder}:{os.environ['PATH']}"}
    before = [client_cpu(), places.source.cpu(), places.target.cpu()]
    began = time.perf_counter()
    command = way.command(way, places, table)
    done = subprocess.run(["sh", "-c", command], check=True, stdout=subprocess.PIPE, text=True, env=environment)
    wall = time.perf_counter() - began
    after = [client_cpu(), places.source.cpu(), places.target.cpu()]
    places.expect(way.form, table, way.rows(table))
    told = json.loads(done.stdout or "{}")
    return Spent(wall, *(b - a for a, b in zip(before, after, strict=True)), **told).times(way.slice)


def client_cpu() -> float:
    """Seconds of the commands that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(places: Places, table: Table, repeat: int) -> Found:
    """Medians of every way, each round all of them in turns; what is copied first, to warm up, does not count."""
    spent(OURS[PLAIN, True], places, table)
    rounds = [{way: spent(way, places, table) for way in WAYS} for _ in range(repeat)]
    return {way: middle([each[way] for each in rounds]) for way in WAYS}


def middle(all_: Sequence[Spent]) -> Spent:
    """The median of each figure."""
    return Spent(**{name: median(asdict(each)[name] for each in all_) for name in Spent.__slots__})


# --- Telling ---------------------------------------------------------------------------------------------------------

MEMORY = 200
"""MiB that the client may have at most."""
FROM_PLAIN = {MAP: 1.15, FEW: 1.5}


@dataclass(frozen=True, slots=True)
class Aim:
    """How many times the CPU of another way one may take."""

    way: Way
    other: Way
    most: float


AIMS = (
    Aim(OURS[PLAIN, False], TEXT, 1.0),
    Aim(OURS[PLAIN, False], BINARY, 1.2),
    Aim(OURS[PLAIN, True], TEXT, 1.4),
    Aim(OURS[PLAIN, True], BINARY, 1.7),
    *(
        Aim(OURS[form, hashes], OURS[PLAIN, hashes], most)
        for form, most in FROM_PLAIN.items()
        for hashes in (False, True)
    ),
)


def told(found: Mapping[str, tuple[Table, Found]], version: str, repeat: int) -> str:
    """The figures as Markdown."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GiB, PostgreSQL {version}, Python {platform.python_version()}"
    begun = median(it.begun for _, those in found.values() for it in those.values() if it.begun)
    lines = [
        "## Rows",
        "",
        f"{machine}, {datetime.now(UTC):%Y-%m-%d}. Rounds: {repeat}, in each of them every way in its turn; figures are"
        " medians. Two servers and the client on one machine, tables in memory, those of the target empty before and"
        " with nothing but their primary key. Client, source and target are seconds of CPU; us/row and ratios are of"
        " all three, those of plain among ours with hashes, or without. Ours is one worker, in chunks of 100,000 rows"
        f" with their ledger; of its client's CPU {begun:.2f} s are the start: Python, its modules, both schemas.",
    ]
    for kind, (table, those) in found.items():
        lines += ["", f"{kind.capitalize()}: {table.rows:,} rows of {len(table.columns)} columns.", "", *HEAD]
        lines += [line(way, those, table) for way in WAYS]
    return "\n".join([*lines, "", *aims(found)])


HEAD = (
    "| way | client | source | target | us/row | of psql text | of psql binary | of plain | wall | rows/s | peak MiB |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
)


def line(way: Way, found: Found, table: Table) -> str:
    """One row of the table."""
    it, is_ours = found[way], way.command is by_us
    ratios = [it.cpu / found[each].cpu for each in (TEXT, BINARY)]
    from_plain = f"{it.cpu / found[OURS[PLAIN, way.hashes]].cpu:.2f}" if is_ours else ""
    return (
        f"| {way.name} | {it.client:.2f} | {it.source:.2f} | {it.target:.2f} | {it.cpu / table.rows * 1e6:.2f} "
        f"| {ratios[0]:.2f} | {ratios[1]:.2f} | {from_plain} | {it.wall:.1f} | {table.rows / it.wall:,.0f} "
        f"| {f'{it.peak:.0f}' if is_ours else ''} |"
    )


def aims(found: Mapping[str, tuple[Table, Found]]) -> Iterator[str]:
    """What was wanted, and what came of it."""
    heads = [f"{kind} | without the start" for kind in found]
    yield f"| aim, of CPU | at most | {' | '.join(heads)} |"
    yield f"| --- | ---: |{' ---: | ---: |' * len(found)}"
    for aim in AIMS:
        pairs = [(those[aim.way], those[aim.other]) for _, those in found.values()]
        ratios = [each for way, other in pairs for each in (way.cpu / other.cpu, way.of_rows / other.of_rows)]
        shown = " | ".join(judged(each, aim.most) for each in ratios)
        yield f"| {aim.way.name}, to {aim.other.name} | {aim.most} | {shown} |"
    peaks = [max(each.peak for each in those.values()) for _, those in found.values()]
    shown = " | ".join(f"{judged(each, MEMORY, '.0f')} |" for each in peaks)
    yield f"| peak MiB of our client | {MEMORY} | {shown} |"


def judged(value: float, most: float, as_: str = ".2f") -> str:
    """The figure, and by how much it is missed."""
    return f"{value:{as_}}" if value <= most else f"{value:{as_}}, missed by {value / most - 1:.0%}"


def main() -> None:
    """Measure, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=5_000_000, help="of the narrow table")
    parser.add_argument("--wide-rows", type=int, default=500_000, help="of the wide table")
    parser.add_argument("--repeat", type=int, default=3, help="rounds")
    parser.add_argument("--write", action="store_true", help="put the figures into RESULTS.md")
    options = parser.parse_args()
    kinds = {"narrow": Table("fact", NARROW, options.rows), "wide": Table("posts", WIDE, options.wide_rows)}
    with places(tuple(kinds.values())) as made:
        found = {kind: (table, measured(made, table, options.repeat)) for kind, table in kinds.items()}
        text = told(found, ".".join(map(str, made.source.server.version)), options.repeat)
    print(text)
    if options.write:
        from schema import write  # noqa: PLC0415 - our own processes load nothing of it

        write(text, BEGIN, END)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        {each.__name__: each for each in (inserted, copied)}[sys.argv[2]](**json.loads(sys.argv[3]))
    else:
        main()
