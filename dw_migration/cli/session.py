"""One run of the command line: where settings come from, where output goes, and the sources worked on."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Literal, TextIO, cast

import typer

if TYPE_CHECKING:  # what is imported at the start is paid for by `--help` too
    from rich.console import Console
    from rich.text import Text

    from dw_migration.config import Config, Source
    from dw_migration.migrate import Outcome, Progress

    Act = Callable[[Config, Source, Progress], Outcome]
    from dw_migration.cli.lines import View

    Told = Callable[[Outcome, View], Iterable[Text]]


@dataclass
class Session:
    """What the global options said; filled in while the arguments are parsed."""

    config_file: Path | None = None
    format: Literal["text", "json"] = "text"
    verbose: bool = False
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)
    ends: ExitStack = field(default_factory=ExitStack)
    """What ends with the command."""

    # -- work ---------------------------------------------------------------------------------------------------------

    def config(self) -> "Config":
        """The settings. Raises: BadConfig."""
        from dw_migration.config import load_config

        if self.verbose:
            self._tell_crashes()
        return load_config(self.config_file)

    def outcomes(self, names: Iterable[str] | None, act: "Act", *, workers: int = 1) -> "tuple[Outcome, ...]":
        """What `act` did for each of these sources, or for all; in order. Raises: BadConfig."""
        from dw_migration import migrate

        config = self.config()
        with self.only_documents_on_stdout():
            sources = migrate.sources_named(config, names or (), keep_unreachable=True)
            with self._watched(len(sources)) as (began, ended):

                def acting(source: "Source") -> "Outcome":
                    try:
                        return act(config, source, began)
                    finally:
                        ended()

                outcomes = migrate.together(acting, sources, workers=workers)
        return tuple(replace(each, next_command=self._with_config(each.next_command)) for each in outcomes)

    def _tell_crashes(self) -> None:
        """Show the tracebacks of sources that failed unexpectedly, which `migrate` logs for whoever wants them."""
        from dw_migration.cli.unexpected import telling

        self.ends.enter_context(telling(self.say))

    def _with_config(self, command: str) -> str:
        """The command that a person would run next, with the settings of this one."""
        return f"{command} --config {quote(str(self.config_file))}" if command and self.config_file else command

    def only_documents_on_stdout(self) -> Any:
        """A context in which nothing but our own document reaches stdout, in JSON."""
        return redirect_stdout(self.stderr) if self.format == "json" else nullcontext()

    @contextmanager
    def _watched(self, total: int) -> "Iterator[tuple[Progress, Callable[[], None]]]":
        """What is called with a source's beginnings, and at its end; shown on stderr while it lasts."""
        if self.verbose:
            yield (lambda source, chapter: self.say(f"{source}: {chapter}")), (lambda: None)
        elif self.stderr.isatty():
            with self._bar(total) as watched:
                yield watched
        else:
            yield (lambda _source, _chapter: None), (lambda: None)

    @contextmanager
    def _bar(self, total: int) -> "Iterator[tuple[Progress, Callable[[], None]]]":
        from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
        from rich.progress import Progress as Bar

        from dw_migration.cli.lines import shown

        columns = (SpinnerColumn(), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
        with Bar(*columns, console=self.err, transient=True, redirect_stdout=False) as bar:
            task = bar.add_task("", total=total)
            yield (
                lambda source, chapter: bar.update(task, description=shown(f"{source}: {chapter}")),
                lambda: bar.advance(task),
            )

    # -- output -------------------------------------------------------------------------------------------------------

    @property
    def out(self) -> "Console":
        """Where people read the answer."""
        return _console(self.stdout)

    @property
    def err(self) -> "Console":
        """Where people read everything else."""
        return _console(self.stderr)

    @property
    def view(self) -> "View":
        """How much is shown: a terminal's scrollback is short, a file or a pipe wants all."""
        from dw_migration.cli.lines import View

        return View(verbose=self.verbose, cuts=not self.verbose and self.stdout.isatty())

    def report(
        self, outcomes: "tuple[Outcome, ...]", told: "Told", *, table: bool = False, further: tuple[str, ...] = ()
    ) -> int:
        """The exit code of all, once they are told: as text, with a table after several, or as one document."""
        from dw_migration import migrate
        from dw_migration.cli import report

        code = migrate.worst(outcomes)
        if self.format == "json":
            self.document(report.document(outcomes, code, further))
        for outcome in outcomes:
            self.lines(told(outcome, self.view))
            self._tell_error(outcome)
        if table and len(outcomes) > 1:
            self.lines(report.summary(outcomes))
        self._tell_if_none(outcomes)
        return code

    def failures(self, outcomes: "tuple[Outcome, ...]") -> int:
        """The exit code of all, once their errors are told; for commands with documents of their own."""
        from dw_migration import migrate

        for outcome in outcomes:
            self._tell_error(outcome)
        self._tell_if_none(outcomes)
        return migrate.worst(outcomes)

    def _tell_error(self, outcome: "Outcome") -> None:
        if outcome.error:
            self.say(f"{outcome.source}: {outcome.error.removeprefix(f'{outcome.source}: ')}")

    def _tell_if_none(self, outcomes: "tuple[Outcome, ...]") -> None:
        if not outcomes:
            self.say("no sources: the config names none, or no database fits its patterns")

    def lines(self, lines: "Iterable[Text]") -> None:
        """Print the lines, in text alone: in JSON there is the document."""
        if self.format == "text":
            out = self.out
            for line in lines:
                out.print(line, soft_wrap=True)

    def document(self, content: object) -> None:
        """Print the one JSON document; in ASCII, so that nothing in it can act on a terminal."""
        self.stdout.write(json.dumps(content, indent=2, default=str) + "\n")
        self.stdout.flush()

    def say(self, message: str) -> None:
        """Tell a person on stderr; what follows a line break is indented, so that it cannot pass for a line of ours."""
        from dw_migration.cli.lines import lines_of

        err = self.err
        for line in lines_of(message):
            err.print(line, soft_wrap=True)

    def fail(self, kind: str, message: str, code: int) -> int:
        """The code; the message is told on stderr, and in JSON as a document too."""
        if self.format == "json":
            self.document({"error": {"type": kind, "message": message, "exit_code": code}, "sources": []})
        self.say(message)
        return code


def session_of(context: typer.Context) -> Session:
    """The session that `main` began."""
    return cast("Session", context.obj)


def _console(stream: TextIO) -> "Console":
    """A console on the stream that takes no text for markup, and colours by what the stream and NO_COLOR allow."""
    from rich.console import Console

    return Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)
