"""Cost of a fleet: backfills, the look at every source, memory and pages, on Dagster as it is deployed.

`python benchmarks/fleet.py` prints the figures for 200 sources; `--write` puts them into RESULTS.md. Dagster's three
processes, its storage, the sources and the warehouse share this machine.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from schema import write

from dw_migration.demo.serving import CODE_SERVER, DAEMON, WEB_SERVER
from dw_migration.live.embedded import Server, found_binaries, newest
from dw_migration_tests.orchestration.fleet import Fleet, fleet_of
from dw_migration_tests.orchestration.processes import DAGSTERS_OWN, Deployment, deployed
from dw_migration_tests.orchestration.ui import Run, Ui

BEGIN, END = "<!-- fleet.py -->", "<!-- end of fleet.py -->"
MANY = 1000
"""Partition keys, for definitions and pages."""
PROCESSES = (CODE_SERVER, WEB_SERVER, DAEMON)
TICK = 1 / os.sysconf("SC_CLK_TCK")

# --- Places ----------------------------------------------------------------------------------------------------------


@contextmanager
def places(number: int) -> Iterator[tuple[Fleet, Deployment]]:
    """A fleet on a server of our own, and Dagster on it with no sensor running, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="dw-bench-") as folder:
        settings = {"fsync": "off", "max_connections": "300"}
        server = Server(Path(folder) / "server", newest(found_binaries()), settings=settings)
        try:
            server.start()
            with (
                fleet_of(number, server, Path(folder)) as fleet,
                deployed(
                    server, fleet.config, Path(folder) / "home", running=[], daemon=DAGSTERS_OWN, patience=3600.0
                ) as dagster,
            ):
                yield fleet, dagster
        finally:
            server.remove()


def add_partitions(ui: Ui, names: Iterable[str]) -> None:
    """As a person adds them."""
    mutation = (
        "mutation($key: String!, $repository: RepositorySelector!) { addDynamicPartition(partitionKey: $key,"
        ' partitionsDefName: "warehouse_sources", repositorySelector: $repository) { __typename } }'
    )
    repository = {"repositoryName": "__repository__", "repositoryLocationName": "dw_migration"}
    for each in names:
        ui.ask(mutation, key=each, repository=repository)


# --- What it costs ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds."""

    wall: float
    """From the click to the end, with the daemon's own pauses."""
    span: float
    """From the first run's start to the last one's end; a tick's own time."""
    cpu: float
    """Of Dagster's processes and of the runs; for a tick, of the process that looks."""
    runs: int = 0


def cpu_of(pid: int) -> float:
    """Seconds of a process, and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) * TICK


def pss_of(pid: int) -> float:
    """MiB of a process and its children, shared pages counted by share."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    own = next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return own + sum(pss_of(int(each)) for each in children)


def memory(dagster: Deployment) -> dict[str, float]:
    """MiB, by process."""
    return {name: pss_of(dagster.processes.pid(name)) for name in PROCESSES}


def spent_on(dagster: Deployment, act: Callable[[], Sequence[Run]]) -> Spent:
    """What the runs took that it started, and waited for."""
    before = sum(cpu_of(dagster.processes.pid(name)) for name in PROCESSES)
    began = time.monotonic()
    runs = act()
    wall = time.monotonic() - began
    if bad := [each for each in runs if each.status != "SUCCESS"]:
        raise SystemExit(f"the step did not do what is measured: {bad}")
    after = sum(cpu_of(dagster.processes.pid(name)) for name in PROCESSES)
    span = max(each.ended for each in runs) - min(each.started for each in runs)
    return Spent(wall, span, after - before, len(runs))


def backfill(ui: Ui, sources: Sequence[str]) -> Sequence[Run]:
    """The runs of one backfill over all of them."""
    return ui.runs({"dagster/backfill": ui.finished(ui.backfill(sources)).id})


def run_each(ui: Ui, sources: Sequence[str]) -> Sequence[Run]:
    """A run a source, all wanted at once."""
    return ui.ended([ui.launched("sync", {"dagster/partition": each}) for each in sources])


def tick(dagster: Deployment, number: int) -> Spent:
    """One look at every source, with nothing to be found."""
    ui, code_server = dagster.ui, dagster.processes.pid(CODE_SERVER)
    before, began = cpu_of(code_server), time.time()
    seen = ui.next_tick("source_drift", began)
    if f"{number:,} in sync" not in seen.said:
        raise SystemExit(f"the tick did not see what is measured: {seen}")
    took = (seen.ended or 0.0) - seen.at
    return Spent(time.time() - began, took, cpu_of(code_server) - before)


def ticks(dagster: Deployment, number: int, repeat: int) -> list[Spent]:
    """After a first one, which notes what it sees."""
    dagster.ui.start_sensor("source_drift")
    dagster.ui.next_tick("source_drift", 0.0)
    found = [tick(dagster, number) for _ in range(repeat)]
    dagster.ui.stop_sensor("source_drift")
    return found


# --- Definitions and pages -------------------------------------------------------------------------------------------

LOAD = """
import time
began = time.perf_counter()
import dagster
imported = time.perf_counter()
from dw_migration.definitions import defs
defs().get_repository_def().get_all_jobs()
print(imported - began, time.perf_counter() - imported)
"""
PAGES = {
    "keys and statuses": "partitionKeysByDimension { name partitionKeys } assetPartitionStatuses"
    " { ... on DefaultPartitionStatuses { materializedPartitions failedPartitions unmaterializedPartitions"
    " materializingPartitions } }",
    "numbers": "partitionStats { numMaterialized numPartitions numFailed numMaterializing }",
    "latest of each partition": "latestMaterializationByPartition { timestamp partition runId }",
}
"""What the pages of an asset's partitions ask for."""


def loads(fleet: Fleet, repeat: int) -> tuple[float, float]:
    """Seconds to import Dagster, and to load our definitions after that, for a config of so many sources."""
    config = fleet.folder / "many.yaml"
    content = json.loads(fleet.config.read_text())
    url = fleet.url(fleet.sources[0])
    content["sources"] = {f"shop_{each:04}": {"url": url} for each in range(MANY)}
    config.write_text(json.dumps(content, indent=1))
    environment = os.environ | {"DW_MIGRATION_CONFIG": str(config)}

    def load() -> list[float]:
        done = subprocess.run([sys.executable, "-c", LOAD], check=True, capture_output=True, text=True, env=environment)
        return [float(each) for each in done.stdout.split()]

    imported, loaded = zip(*(load() for _ in range(repeat + 1)), strict=True)
    return median(imported[1:]), median(loaded[1:])


def pages(ui: Ui, repeat: int) -> dict[str, float]:
    """Seconds of each query."""
    found = {}
    for name, query in PAGES.items():
        asked = f'{{ assetNodeOrError(assetKey: {{path: ["target_schema"]}}) {{ ... on AssetNode {{ {query} }} }} }}'
        found[name] = median(seconds(lambda: ui.ask(asked)) for _ in range(repeat))  # noqa: B023 - called at once
    return found


def seconds(act: Callable[[], object]) -> float:
    """Of the clock."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


# --- Telling ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was measured."""

    sources: int
    alone: int
    """How many had a run each."""
    first: Spent
    nothing: list[Spent]
    each: Spent
    looks: list[Spent]
    at_rest: Mapping[str, float]
    afterwards: Mapping[str, float]
    loads: tuple[float, float]
    pages: Mapping[str, float]


def measured(fleet: Fleet, dagster: Deployment, repeat: int, alone: int) -> Figures:
    """The figures, one after the other on the same processes."""
    ui, sources = dagster.ui, fleet.sources
    add_partitions(ui, sources)
    ui.until(ui.daemon_is_up)
    at_rest = memory(dagster)
    first = spent_on(dagster, lambda: backfill(ui, sources))
    nothing = [spent_on(dagster, lambda: backfill(ui, sources)) for _ in range(repeat)]
    each = spent_on(dagster, lambda: run_each(ui, sources[:alone]))
    looks = ticks(dagster, len(sources), repeat)
    afterwards = memory(dagster)
    add_partitions(ui, (f"more_{number:04}" for number in range(MANY - len(sources))))
    shown = pages(ui, repeat)
    return Figures(len(sources), alone, first, nothing, each, looks, at_rest, afterwards, loads(fleet, repeat), shown)


def told(found: Figures, version: str) -> str:
    """The figures as Markdown."""
    machine = f"{os.cpu_count()} cores, PostgreSQL {version}, Python {platform.python_version()}"
    nothing, look = _median(found.nothing), _median(found.looks)
    imported, loaded = found.loads
    lines = [
        "## Fleet",
        "",
        f"{found.sources} sources of two tables, {machine}, {datetime.now(UTC):%Y-%m-%d}; Dagster's three processes,"
        " its storage, sources and warehouse on one machine. Seconds a source; the span is from the first run's start"
        " to the last one's end, the wall has the daemon's pauses too (30 s each), CPU is Dagster's and the runs',"
        " without PostgreSQL's.",
        "",
        "| what | sources | runs | wall | span | CPU |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        _line("first backfill", found.sources, found.first),
        _line("backfill with nothing to do", found.sources, nothing),
        _line("a run a source, nothing to do", found.alone, found.each),
        "",
        f"A run a source is {found.each.span / found.alone / (nothing.span / found.sources):.0f} times the span, and "
        f"{found.each.cpu / found.alone / (nothing.cpu / found.sources):.0f} times the CPU, of runs of 50.",
        "",
        "| what | |",
        "| --- | ---: |",
        f"| tick of `source_drift`, nothing to find: CPU a source | {look.cpu / found.sources * 1000:.1f} ms |",
        f"| the same: how long it takes for all | {look.span:.1f} s |",
        *_memory("at rest", found.at_rest),
        *_memory("after all of this", found.afterwards),
        f"| definitions for {MANY:,} sources, after importing Dagster ({imported:.1f} s) | {loaded:.2f} s |",
        *(f"| {MANY:,} partitions, page's query: {name} | {took:.2f} s |" for name, took in found.pages.items()),
    ]
    return "\n".join(lines)


def _median(spent: Iterable[Spent]) -> Spent:
    each = list(spent)
    return Spent(*(median(getattr(one, name) for one in each) for name in ("wall", "span", "cpu")), each[0].runs)


def _line(what: str, sources: int, spent: Spent) -> str:
    parts = " | ".join(f"{part / sources:.3f}" for part in (spent.wall, spent.span, spent.cpu))
    return f"| {what} | {sources} | {spent.runs} | {parts} |"


def _memory(when: str, found: Mapping[str, float]) -> Iterator[str]:
    parts = ", ".join(f"{name} {size:.0f}" for name, size in found.items())
    yield f"| memory {when} ({parts}) | {sum(found.values()):.0f} MiB |"


def main() -> None:
    """Measure, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--alone", type=int, default=8, help="sources that get a run each")
    parser.add_argument("--repeat", type=int, default=3, help="rounds of what changes nothing")
    parser.add_argument("--write", action="store_true", help="put the figures into RESULTS.md")
    options = parser.parse_args()
    with places(options.sources) as (fleet, dagster):
        found = measured(fleet, dagster, options.repeat, min(options.alone, options.sources))
        text = told(found, ".".join(map(str, fleet.server.version)))
    print(text)
    if options.write:
        write(text, BEGIN, END)


if __name__ == "__main__":
    main()
