"""The command line: the app, what it does with errors, and the exit code."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import TextIOWrapper
from itertools import pairwise
from typing import Annotated, Any

import click
import typer
from typer.main import get_command

from dw_migration.cli import change, data, look, partitions, sql, start, try_out
from dw_migration.cli.options import EXIT_CODES, Group
from dw_migration.cli.session import Session
from dw_migration.errors import DwMigrationError

INTERRUPTED = 130
_USAGE = 2

app = typer.Typer(
    cls=Group,
    name="dw-migration",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks show the values of local variables
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_CODES,
)
for group in (start, look, change, data, sql, partitions, try_out):
    group.add_to(app)


def _tell_version(wanted: bool) -> None:  # noqa: FBT001 - the callback of a flag is called so
    if wanted:
        typer.echo(f"dw-migration {_version()}")
        raise typer.Exit


@app.callback()
def _app(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keep one PostgreSQL warehouse in step with many source PostgreSQL databases.

    Sources are only read. What changed there becomes a small, reviewable
    and reversible revision of the target; what could lose data waits for
    consent. Begin with `init` and `doctor`; `sync` is the daily command.
    """


def _version() -> str:
    """The version of the installed distribution, or of the folder that this runs from."""
    from importlib import metadata

    try:
        return metadata.version("dw-migration")
    except metadata.PackageNotFoundError:
        return _version_of_folder()


def _version_of_folder() -> str:
    import tomllib
    from pathlib import Path

    described = Path(__file__).parents[2] / "pyproject.toml"
    return str(tomllib.loads(described.read_text())["project"]["version"]) if described.exists() else "unknown"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 failed, 2 bad usage or config, 3 changes pending or drift, 4 held, 130 interrupted."""
    _never_fail_on_a_character()
    given = list(sys.argv[1:] if arguments is None else arguments)
    session = Session()
    run = get_command(app).main
    with session.ends:
        return _guarded(
            lambda: run(given, prog_name="dw-migration", standalone_mode=False, obj=session), session, given
        )


def _guarded(run: Callable[[], Any], session: Session, given: list[str]) -> int:
    """What `run` returns, as an exit code; every error becomes a line, never a traceback."""
    try:
        code = int(run() or 0)
    except click.ClickException as error:
        return _bad_usage(error, session, given)
    except click.Abort:
        return session.fail("Aborted", "no answer: nothing was done", 1)
    except DwMigrationError as error:
        return session.fail(error.told_as, str(error), error.exit_code)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        return _nobody_listens()
    except Exception as error:
        return _unexpected(error, session)
    if code == INTERRUPTED:
        session.fail(
            "Interrupted", "interrupted: what was committed stays, and nothing else; run the same command again", code
        )
    return code


def _bad_usage(error: click.ClickException, session: Session, given: list[str]) -> int:
    if _wants_json(given):
        session.format = "json"
    context = getattr(error, "ctx", None)
    hint = f"\n`{context.command_path} --help` says more" if context is not None else ""
    message = error.format_message()
    return session.fail("BadUsage", f"{message}{hint}", _USAGE) if message else _USAGE


def _wants_json(given: list[str]) -> bool:
    """Whether JSON was asked for, told even where the arguments could not be parsed."""
    return "--format=json" in given or ("--format", "json") in pairwise(given)


def _unexpected(error: Exception, session: Session) -> int:
    from dw_migration.cli.unexpected import described, traced

    if session.verbose:
        session.say(traced(error))
    return session.fail("Unexpected", described(error, verbose=session.verbose), 1)


def _nobody_listens() -> int:
    """1, and no complaint at exit: the reader of our output went away (`| head`)."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _never_fail_on_a_character() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
