"""To begin: `init`, `doctor`."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from dw_migration.cli.options import Command, Sources, epilog
from dw_migration.cli.session import Session, session_of
from dw_migration.errors import BadConfig

if TYPE_CHECKING:
    from dw_migration.migrate import Doctored

PANEL = "Begin"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group to the app."""
    app.command(cls=Command, rich_help_panel=PANEL, epilog=epilog("init", "init conf/warehouse.yaml"))(init)
    app.command(cls=Command, rich_help_panel=PANEL, epilog=epilog("doctor", "doctor shop --format json"))(doctor)


def init(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Default: dw_migration.yaml.")] = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if there is one.")] = False,
) -> int:
    """Write a commented starter config.

    It explains every key and shows every default. A file that is there
    already is not touched without --force.
    """
    from dw_migration.cli.lines import line
    from dw_migration.config import DEFAULT_FILE

    session = session_of(context)
    path = file or session.config_file or Path(DEFAULT_FILE)
    _write_starter(path, force=force)
    next_command = "dw-migration doctor" + (f" --config {quote(str(path))}" if path != Path(DEFAULT_FILE) else "")
    if session.format == "json":
        session.document({"written": str(path), "next_command": next_command})
    session.lines((line(f"wrote {path}: fill in target and sources"), line(f"next: {next_command}")))
    return 0


def _write_starter(path: Path, *, force: bool) -> None:
    from dw_migration.config import starter_config

    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(starter_config())
    except FileExistsError:
        raise BadConfig(f"{path} is there already: name another file, or overwrite it with --force") from None
    except OSError as error:
        raise BadConfig(f"{path} cannot be written: {error.strerror}: name another place") from None


def doctor(context: typer.Context, sources: Sources = None) -> int:
    """Check config, connections, versions and privileges on both sides.

    Also extensions and free names. What is not as it should be comes with
    its remedy. Nothing is written. A warning is no failure.
    """
    from dw_migration.cli import report

    session = session_of(context)
    with session.only_documents_on_stdout():
        checks, code = _checks(session, sources or [])
    code = code or int(any(not check.ok and check.severity == "error" for check in checks))
    if session.format == "json":
        session.document({"checks": [report.check_json(check) for check in checks], "exit_code": code})
    session.lines(each for check in checks for each in report.told_check(check))
    return code


def _checks(session: Session, names: list[str]) -> "tuple[tuple[Doctored, ...], int]":
    """The checks, and the exit code of what stopped them early."""
    from dw_migration import migrate

    try:
        config = session.config()
    except BadConfig as error:
        return (migrate.Doctored("config", "readable", ok=False, found=str(error)),), error.exit_code
    return migrate.doctor(config, migrate.sources_named(config, names, keep_unreachable=True)), 0
