"""To try it out on a PostgreSQL server of its own: `demo`, `dev`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dw_migration.cli.options import Command, epilog
from dw_migration.cli.session import Session, session_of

if TYPE_CHECKING:
    from rich.console import Console

PANEL = "Try it out"
Folder = Annotated[
    Path | None, typer.Argument(metavar="[FOLDER]", help="Where it all goes; default: a folder of its own.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group to the app."""
    app.command(cls=Command, rich_help_panel=PANEL, epilog=epilog("demo", "demo /tmp/demo --keep"))(demo)
    app.command(cls=Command, rich_help_panel=PANEL, epilog=epilog("dev", "dev --port 3001"))(dev)


def demo(
    context: typer.Context,
    folder: Folder = None,
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave folder and server's data when it is done.")] = False,
) -> int:
    """Show the main job, from source to warehouse, on a server of its own.

    Needs no PostgreSQL, no config and no network: it starts a server in
    the folder and removes it at the end.
    """
    from dw_migration.demo import run_demo

    session = session_of(context)
    with session.only_documents_on_stdout():
        code = run_demo(folder, _console(session), keep=keep)
    if session.format == "json":
        session.document({"exit_code": code, "sources": []})
    return code


def dev(
    context: typer.Context,
    folder: Folder = None,
    *,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Where the web interface listens.")] = 3000,
) -> int:
    """Start Dagster's web interface on the demo's databases; Ctrl-C ends it."""
    from dw_migration.demo import run_dev

    session = session_of(context)
    with session.only_documents_on_stdout():
        return run_dev(folder, port, _console(session))


def _console(session: Session) -> "Console":
    """Where the story is told: the demo's own words have markup, and what it shows of databases is escaped."""
    from rich.console import Console

    stream = session.err if session.format == "json" else session.out
    return Console(file=stream.file, highlight=False, emoji=False)
