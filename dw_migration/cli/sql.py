"""Commands about hand-written SQL files: the group `sql`."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dw_migration.cli.change import user_name
from dw_migration.cli.options import AllowBreaking, Backup, Check, Command, Group, epilog
from dw_migration.cli.session import Session, session_of
from dw_migration.errors import BadConfig

if TYPE_CHECKING:
    from rich.text import Text

    from dw_migration.live.sqlfiles.running import Ran, Standing
    from dw_migration.rule import Finding

PANEL = "SQL files"
_PENDING = 3

Modules = Annotated[
    list[str] | None,
    typer.Argument(metavar="[MODULE]...", help="Names of modules; none means all.", show_default=False),
]
OneModule = Annotated[
    str | None,
    typer.Argument(metavar="[MODULE]", help="Name of a module; not needed where there is one.", show_default=False),
]


def add_to(app: typer.Typer) -> None:
    """Add the group `sql` to the app."""
    group = typer.Typer(cls=Group, no_args_is_help=True, help="Run hand-written SQL files, each once, in order.")
    examples: dict[Callable[..., int], tuple[str, ...]] = {
        new: ('sql new "users get a name" --module auth',),
        status: ("sql status", "sql status auth --check"),
        apply: ("sql apply", "sql apply auth --to 12", "sql apply --dry-run"),
        history: ("sql history auth",),
        verify: ("sql verify",),
        repair: ('sql repair auth --reason "a comment was mended"', 'sql repair auth 5 --done 3 --reason "looked"'),
        baseline: ("sql baseline 12 auth",),
    }
    group.command("import", cls=Command, epilog=epilog("sql import flyway", "sql import dbmate app"))(import_)
    for command, shown in examples.items():
        group.command(cls=Command, epilog=epilog(*shown))(command)
    group.command(
        cls=Command,
        epilog=epilog("sql rollback auth -1", "sql rollback auth 12"),
        context_settings={"ignore_unknown_options": True},  # -1 is a value
    )(rollback)
    app.add_typer(group, name="sql", rich_help_panel=PANEL)


def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it does, in a few words.")],
    *,
    module: Annotated[str | None, typer.Option("--module", metavar="MODULE", help="Whose file it is.")] = None,
) -> int:
    """Write an empty file with the next number."""
    from dw_migration.migrate import sqlfiles

    session = session_of(context)
    path = sqlfiles.new(session.config(), name, module)
    if session.format == "json":
        session.document({"path": str(path), "exit_code": 0})
    session.lines(iter((_line(str(path)),)))
    return 0


def status(context: typer.Context, modules: Modules = None, *, check: Check = False) -> int:
    """Show how each file stands: applied, pending, changed, missing, failed, interrupted.

    Exits with 0 whatever it finds, but for --check.
    """
    from dw_migration.migrate import sqlfiles

    session = session_of(context)
    with session.only_documents_on_stdout():
        config = session.config()
        found = sqlfiles.status(config, modules or ())
        for warning in sqlfiles.warnings(config):
            session.say(warning)
    return _told_standings(session, found, code=_code(found) if check else 0)


def verify(context: typer.Context, modules: Modules = None) -> int:
    """Check that what ran is what the files say, and that nobody changed the history.

    Exits with 3 where files are pending, changed or missing.
    """
    from dw_migration.migrate import sqlfiles

    session = session_of(context)
    with session.only_documents_on_stdout():
        config = session.config()
        sqlfiles.history(config, modules or ())
        found = sqlfiles.status(config, modules or ())
    return _told_standings(session, found, code=_code(found))


def apply(
    context: typer.Context,
    modules: Modules = None,
    *,
    to: Annotated[str | None, typer.Option("--to", metavar="VERSION", help="The last version to run.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Run them in one transaction, and roll that back.")
    ] = False,
    out_of_order: Annotated[
        bool, typer.Option("--out-of-order", help="Run those too that come before one which is applied.")
    ] = False,
    allow_breaking: AllowBreaking = False,
    backup: Backup = None,
) -> int:
    """Run what is pending, in order: each file in a transaction with its history.

    Nothing is run where a file is wrong, was changed after it ran, or can
    lose data (exit code 4, unless --allow-breaking). Of several that start
    at once one runs the files, and the others find nothing to do.
    """
    from dw_migration.migrate import sqlfiles

    session = session_of(context)
    options = sqlfiles.Options(
        to=to,
        dry_run=dry_run,
        out_of_order=out_of_order,
        allow_breaking=allow_breaking,
        by=user_name(),
        backup=backup.value if backup else None,
        tell=_telling(session),
    )
    with session.only_documents_on_stdout():
        done = sqlfiles.apply(session.config(), modules or (), options)
    findings = [each for found in done.findings.values() for each in found]
    if session.format == "json":
        from dw_migration.cli.report import finding_json

        shown = [finding_json(each) for each in findings]
        session.document({"files": _documents(done.ran), "findings": shown, "exit_code": 0})
    session.lines(_told(done.ran, "nothing to do"))
    return 0


def rollback(
    context: typer.Context,
    where: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MODULE] [-N / VERSION / base]", help="Steps, the version that stays, or base."),
    ] = None,
    *,
    allow_breaking: AllowBreaking = False,
    backup: Backup = None,
) -> int:
    """Take files back, the last first, by the way back that was recorded with each; default: the last one.

    What came after the version is taken back, and the version stays.
    """
    from dw_migration.migrate import sqlfiles

    session = session_of(context)
    module, back = _where(where or [])
    with session.only_documents_on_stdout():
        options = sqlfiles.Options(
            by=user_name(),
            allow_breaking=allow_breaking,
            backup=backup.value if backup else None,
            tell=_telling(session),
        )
        ran = sqlfiles.rollback(session.config(), module, back, options)
    if session.format == "json":
        session.document({"files": _documents(ran), "exit_code": 0})
    session.lines(_told(ran, "nothing to take back"))
    return 0


def _where(given: list[str]) -> tuple[str | None, Any]:
    from dw_migration.live.sqlfiles.amending import Back
    from dw_migration.sqlfiles.modules import version_of

    if len(given) > 2:  # noqa: PLR2004
        raise BadConfig(f"found {' '.join(given)}; expected a module, and -N, a version or base")
    module = given[0] if len(given) == 2 or (given and not re.fullmatch(r"-?\d.*|base", given[0])) else None  # noqa: PLR2004
    last = given[-1] if (given and given[-1] != module) or len(given) == 2 else "-1"  # noqa: PLR2004
    if last == "base":
        return module, Back()
    if re.fullmatch(r"-\d+", last):
        return module, Back(steps=int(last[1:]))
    if last.startswith("-"):
        raise BadConfig(f"found {last}; expected -N, a version or base")
    return module, Back(to=version_of(last))


def history(context: typer.Context, modules: Modules = None) -> int:
    """Show what happened to the files: when, by whom, with what reason."""
    from dw_migration.cli.lines import columns, heading, line
    from dw_migration.migrate import sqlfiles

    session = session_of(context)
    with session.only_documents_on_stdout():
        events = sqlfiles.history(session.config(), modules or ())
    if session.format == "json":
        session.document({"events": [asdict(each) for each in events], "exit_code": 0})
    rows = (
        [
            line(f"{each.at:%Y-%m-%d %H:%M:%S}"),
            line(each.module),
            line(each.version or ""),
            line(each.what),
            line(each.by),
            line(next((each.details[key] for key in ("reason", "error", "file") if each.details.get(key)), "")),
        ]
        for each in events
    )
    session.lines(columns([heading("when (UTC)", "module", "version", "what", "by", ""), *rows]))
    return 0


def repair(
    context: typer.Context,
    module: OneModule = None,
    version: Annotated[str | None, typer.Argument(metavar="[VERSION]", help="Of one file.", show_default=False)] = None,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="WHY", help="For those who read the history.")],
    done: Annotated[
        int | None,
        typer.Option("--done", min=0, metavar="N", help="So many statements of an interrupted file are done."),
    ] = None,
) -> int:
    """Accept files as they are: changed after they ran, gone, failed or interrupted.

    Only the history is written, with the reason; no object is touched.
    """
    from dw_migration.live.sqlfiles.amending import Repair
    from dw_migration.migrate import sqlfiles
    from dw_migration.sqlfiles.modules import version_of

    session = session_of(context)
    wanted = Repair(reason, None if version is None else version_of(version), done)
    if done is not None and version is None:
        raise BadConfig("--done: of which file: name its module and version")
    with session.only_documents_on_stdout():
        accepted = sqlfiles.repair(session.config(), module, wanted, sqlfiles.Options(by=user_name()))
    if session.format == "json":
        session.document({"accepted": [_document(each) for each in accepted], "exit_code": 0})
    session.lines(iter([_line(f"accepted: {each.module}/{each.filename}, {each.state.value}") for each in accepted]))
    if not accepted:
        session.lines(iter([_line("nothing to accept")]))
    return 0


def baseline(
    context: typer.Context,
    version: Annotated[str, typer.Argument(metavar="VERSION", help="The last that the database has already.")],
    module: OneModule = None,
) -> int:
    """Note files as applied without running them: for a database that has what they make."""
    from dw_migration.migrate import sqlfiles

    session = session_of(context)
    with session.only_documents_on_stdout():
        noted = sqlfiles.baseline(session.config(), module, version, sqlfiles.Options(by=user_name()))
    if session.format == "json":
        session.document({"files": _documents(noted), "exit_code": 0})
    session.lines(_told(noted, "nothing to note"))
    return 0


def import_(
    context: typer.Context,
    tool: Annotated[str, typer.Argument(metavar="flyway|dbmate|alembic", help="Whose history table is read.")],
    module: OneModule = None,
) -> int:
    """Note files as applied that another tool ran, by its own history table, which is left alone."""
    from dw_migration.migrate import sqlfiles

    session = session_of(context)
    with session.only_documents_on_stdout():
        done = sqlfiles.import_history(session.config(), tool, module, sqlfiles.Options(by=user_name()))
    if session.format == "json":
        session.document({"files": _documents(done.ran), "without_file": list(done.without_file), "exit_code": 0})
    for each in done.without_file:
        session.say(f"{tool} ran {each}, of which there is no file")
    session.lines(_told(done.ran, "nothing to note"))
    return 0


# --- what is shown ----------------------------------------------------------------------------------------------------


def _code(found: "Sequence[Standing]") -> int:
    return 0 if all(each.state.value == "applied" for each in found) else _PENDING


def _told_standings(session: Session, found: "Sequence[Standing]", *, code: int) -> int:
    from dw_migration.cli.lines import columns, heading, line

    if session.format == "json":
        session.document({"files": [_document(each) for each in found], "exit_code": code})
    rows = (
        [
            line(f"{each.module}/{each.filename}"),
            line((each.state.value, _STYLES.get(each.state.value, ""))),
            line(f"{each.applied_at:%Y-%m-%d %H:%M:%S}" if each.applied_at else ""),
            line(each.reason),
        ]
        for each in found
    )
    session.lines(
        columns([heading("file", "state", "applied (UTC)", ""), *rows])
        if found
        else iter([_line("no files: sql new NAME writes one")])
    )
    return code


_STYLES = {"pending": "yellow", "changed": "red", "missing": "red", "failed": "red", "interrupted": "red"}


def _document(each: "Standing") -> dict[str, Any]:
    return {
        "module": each.module,
        "version": each.version.label,
        "filename": each.filename,
        "description": each.description,
        "state": each.state.value,
        "checksum": each.checksum,
        "applied_at": each.applied_at,
        "milliseconds": round(each.duration.total_seconds() * 1000) if each.duration is not None else None,
        "reason": each.reason,
    }


def _documents(ran: "Sequence[Ran]") -> list[dict[str, Any]]:
    return [asdict(each) for each in ran]


def _telling(session: Session) -> "Callable[[Finding], None]":
    return lambda each: session.say(f"{each.severity}: {each.message}{f': {each.remedy}' if each.remedy else ''}")


def _told(ran: "Sequence[Ran]", nothing: str) -> "Iterator[Text]":
    if not ran:
        yield _line(nothing)
    for each in ran:
        yield _line(f"{each.what}: {each.module}/{each.filename} ({each.milliseconds:,} ms)")


def _line(text: str) -> "Text":
    from dw_migration.cli.lines import line

    return line(text)
