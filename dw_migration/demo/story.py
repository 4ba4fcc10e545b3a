"""The demo: three databases into one warehouse, a change at a source seen and carried over, back and forth again."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.demo import databases
from dw_migration.demo.signals import ended_by_signals
from dw_migration.errors import DwMigrationError
from dw_migration.live.embedded import Server
from dw_migration.migrate import Outcome
from dw_migration.orchestration.runs import Materialized, Run, instance_in, materialize_all

FOLDER = Path(".demo")
CHANGED = "stackoverflow2010"
DDL = 'ALTER TABLE dbo."Users" ADD COLUMN "Email" varchar(100)'
ADDED = "added column dw__stackoverflow2010__dbo.users.email"
CHAPTERS = ("read", "models", "plan", "apply", "verify", "done")
WIDE = 100
"""Columns that the table takes, whatever the terminal has."""
INTERRUPTED = 130


def run_demo(folder: Path | None, console: Console, *, keep: bool = False) -> int:
    """Exit code 0 if all went as it should. The server is stopped at the end, unless `keep`; its data stays."""
    where = (folder or FOLDER).absolute()
    server = databases.server_in(where)
    try:
        with ended_by_signals(), _running(server, keep=keep):
            return _told(where, server, console)
    except KeyboardInterrupt:
        console.print("[yellow]interrupted[/]: the server is stopped")
        return INTERRUPTED
    except DwMigrationError as error:
        console.print(f"[red]failed[/]: {escape(str(error))}", highlight=False)
        return error.exit_code


@contextmanager
def _running(server: Server, *, keep: bool) -> Iterator[None]:
    try:
        server.start()
        yield
    except BaseException:
        server.stop()
        raise
    if not keep:
        server.stop()


def _told(folder: Path, server: Server, console: Console) -> int:
    started = time.monotonic()
    version = ".".join(map(str, server.version))
    console.print(f"PostgreSQL {version} runs in {escape(str(folder))}; nothing of it is reachable from outside")
    with console.status("making three source databases, with rows, an empty warehouse, and two shops"):
        databases.make(folder, server)
    story = _Story(folder, server, console, load_config(folder / databases.CONFIG))
    story.tell()
    console.print(f"\ndone in {time.monotonic() - started:.0f} s")
    if story.faults:
        for fault in story.faults:
            console.print(f"[red]not as expected[/]: {escape(fault)}", highlight=False)
        return 1
    console.print("[bold]make dev[/] opens Dagster's web interface on it, with the history of these runs")
    console.print("Rows move too, from an old shop to a new one: see Rows in README.md, after [bold]demo --keep[/]")
    return 0


@dataclass
class _Story:
    """One telling; what differs from what was expected is collected, and told at the end."""

    folder: Path
    server: Server
    console: Console
    config: Config
    faults: list[str] = field(default_factory=list)

    def tell(self) -> None:
        """The whole of it."""
        self._first_migration()
        self._change_at_the_source()
        self._back_and_forth()
        self._everything_verified()

    def _first_migration(self) -> None:
        self._headline("three databases into one warehouse, as one run of Dagster over its partitions")
        made = self._materialized(databases.SOURCES)
        self.console.width = max(self.console.width, WIDE)
        self.console.print(_table(made))
        self._expect(
            {each.source for each in made if each.told.get("verified") is True} == set(databases.SOURCES),
            "every source is in the warehouse, and verified",
        )

    def _change_at_the_source(self) -> None:
        self._headline("somebody changes a source")
        self.console.print(f"  {databases.SOURCES[CHANGED].name}=> {DDL};", markup=False, highlight=False)
        databases.alter_source(self.server, CHANGED, DDL)
        self._drifted_is({CHANGED})
        changes = [line for each in self._materialized([CHANGED]) for line in _changes(each)]
        for line in changes:
            self.console.print(f"  [green]{escape(line)}[/]", highlight=False)
        self._expect(changes == [ADDED], f"the one change is: {ADDED}; found {changes}")
        self._drifted_is(set())

    def _drifted_is(self, expected: set[str]) -> None:
        found = migrate.together(lambda each: migrate.drift(self.config, each), self._sources())
        drifted = {each.source for each in found if each.exit_code != 0}
        self.console.print(f"  drift: {', '.join(sorted(drifted)) or 'none'}", highlight=False)
        self._expect(drifted == expected, f"drift at {sorted(expected)}; found {sorted(drifted)}")

    def _back_and_forth(self) -> None:
        self._headline("one revision back, and forward again")
        (source,) = migrate.sources_named(self.config, [CHANGED])
        back = self._one("back", migrate.rollback(self.config, source, "-1", by="demo"))
        forward = self._one("forward", migrate.apply(self.config, source, by="demo"))
        self._expect(len(back.applied) == 1, "one revision is taken back")
        self._expect(forward.applied == back.applied, "the same revision is applied again")

    def _one(self, direction: str, outcome: Outcome) -> Outcome:
        said = outcome.error or f"{', '.join(outcome.applied) or 'nothing'}, now at version {outcome.version}"
        self.console.print(f"  {direction}: {escape(said)}", highlight=False)
        self._expect(outcome.exit_code == 0, f"{direction} succeeds; found {outcome.status} {outcome.error or ''}")
        return outcome

    def _everything_verified(self) -> None:
        self._headline("is the warehouse what the sources are?")
        found = migrate.together(lambda each: migrate.verify(self.config, each), self._sources())
        for each in found:
            answer = "[green]yes[/]" if each.exit_code == 0 else "[red]no[/]"
            self.console.print(f"  {escape(each.source)}: {answer}", highlight=False)
            self._expect(each.exit_code == 0, f"{each.source} is verified; found {each.error or each.status}")

    # Its means

    def _sources(self) -> tuple[Source, ...]:
        return migrate.sources_named(self.config)

    def _headline(self, text: str) -> None:
        self.console.print(f"\n[bold]{text}[/]")

    def _expect(self, holds: bool, claim: str) -> None:  # noqa: FBT001 - reads as an assertion
        if not holds:
            self.faults.append(claim)

    def _materialized(self, sources: Iterable[str]) -> tuple[Materialized, ...]:
        """What Dagster recorded for the sources, while bars tell how far they are."""
        names = tuple(sources)
        with instance_in(self.folder) as instance, _bars(self.console, names) as progress:
            config = self.folder / databases.CONFIG
            runs = self._apart(lambda: materialize_all(config, names, instance=instance, progress=progress))
        for source, error in _errors(runs).items():
            self._expect(False, f"{source or 'the run'} succeeds; found {error}")  # noqa: FBT003 - it does not
        return tuple(each for run in runs for each in run.materialized)

    def _apart(self, work: Callable[[], tuple[Run, ...]]) -> tuple[Run, ...]:
        """The work's result; after Ctrl-C the interrupt, as soon as the work is done.

        Done in a thread of its own, since in the main one Dagster takes the signals, and some are lost with it.
        """
        with ThreadPoolExecutor(1) as thread:
            try:
                return thread.submit(work).result()
            except KeyboardInterrupt:
                self.console.print("ending with the sources at hand")
                raise


def _errors(runs: Iterable[Run]) -> dict[str, object]:
    return {source: error for run in runs for source, error in run.errors.items()}


@contextmanager
def _bars(console: Console, sources: Iterable[str]) -> Iterator[migrate.Progress]:
    """A bar a source, for as long as the block runs; yields whom to tell."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[chapter]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        bars = {name: progress.add_task(escape(name), total=len(CHAPTERS), chapter="") for name in sources}

        def tell(source: str, chapter: str) -> None:
            progress.update(bars[source], completed=_steps(chapter), chapter=chapter)

        yield tell


def _steps(chapter: str) -> int:
    if chapter not in CHAPTERS:
        return 0
    return CHAPTERS.index(chapter) + (chapter == CHAPTERS[-1])


def _table(made: Iterable[Materialized]) -> Table:
    """A line a source, from the metadata of its assets."""
    told: dict[str, dict[str, object]] = {}
    for each in made:
        told.setdefault(each.source, {}).update(each.told)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("source", "schemas", "tables", "changes", "revision", "version", "verified"):
        table.add_column(heading, no_wrap=heading != "schemas", overflow="fold")
    for source, of in sorted(told.items()):
        schemas = "\n".join(str(row["schema in the target"]) for row in _records(of, "schemas"))
        cells = (source, schemas, *(str(of.get(name, "")) for name in ("tables", "number of changes", "revision")))
        table.add_row(*map(escape, cells), escape(str(of.get("version", ""))), _yes(of.get("verified")))
    return table


def _yes(claim: object) -> str:
    return "[green]yes[/]" if claim is True else "[red]no[/]"


def _changes(made: Materialized) -> Iterator[str]:
    """`added column dw__shop__public.users.email`, for each change of a source's DDL."""
    if made.asset == "target_ddl":
        for row in _records(made.told, "changes"):
            yield f"{_done(str(row['action']), str(row['kind']))} {row['kind']} {row['object']}"


def _done(action: str, kind: str) -> str:
    if action == "create" and kind in ("column", "constraint"):
        return "added"
    return {"create": "created", "drop": "dropped", "alter": "altered", "rename": "renamed"}[action]


def _records(told: Mapping[str, object], title: str) -> list[dict[str, object]]:
    records = told.get(title, [])
    return records if isinstance(records, list) else []
