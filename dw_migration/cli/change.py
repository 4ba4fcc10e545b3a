"""To change the target: `sync`, `models`, `plan`, `approve`, `apply`, `rollback`, `renamed`, `revision`, `purge`."""

import os
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import click
import typer

from dw_migration.cli.look import checked
from dw_migration.cli.options import (
    Adopt,
    AllowBreaking,
    Backup,
    Check,
    Command,
    Fills,
    Message,
    OneSource,
    Rehearse,
    Sources,
    Workers,
    epilog,
)
from dw_migration.cli.session import session_of
from dw_migration.errors import BadConfig, DwMigrationError

if TYPE_CHECKING:
    from datetime import timedelta

    from dw_migration.config import Config, Source
    from dw_migration.migrate import Outcome

PANEL = "Change the target"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group to the app."""
    examples: dict[Callable[..., int], tuple[str, ...]] = {
        sync: ("sync", "sync shop crm", "sync shop --allow-breaking"),
        models: ("models", "models shop"),
        plan: (
            "plan shop",
            'plan shop -m "orders get a currency"',
            "plan shop --rehearse",
            "plan shop --fill orders.currency=\"'EUR'\"",
            "plan --check",
        ),
        approve: ("approve shop 3fa2c9", 'approve shop 3fa2c9 --by ana --note "column unused since May"'),
        renamed: ("renamed shop orders.note remark", "renamed shop orders.note remark --no"),
        apply: (
            "apply shop",
            "apply shop --dry-run",
            "apply shop --to +1",
            "apply shop --safe-part",
            "apply shop --rehearse --backup",
        ),
    }
    for command, shown in examples.items():
        app.command(cls=Command, rich_help_panel=PANEL, epilog=epilog(*shown))(command)
    app.command(
        cls=Command,
        rich_help_panel=PANEL,
        epilog=epilog("rollback shop -1", "rollback shop 3fa2c9", "rollback shop base --yes --drop-schema"),
        context_settings={"ignore_unknown_options": True},  # -1 and -2 are values; _a_value refuses the others
    )(rollback)
    app.command(
        cls=Command, rich_help_panel=PANEL, epilog=epilog('revision shop -m "a view of big orders"', "apply shop")
    )(revision)
    app.command(
        cls=Command,
        rich_help_panel=PANEL,
        epilog=epilog("purge --dry-run", "purge shop", "purge shop --older-than 7d"),
    )(purge)


def user_name() -> str:
    """Who runs this, as the operating system says."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without an entry, and no USER
        return f"uid {os.getuid()}"


def _values(fill: list[str] | None) -> tuple[str, ...]:
    """What `--fill` was given. Raises: BadConfig, before any source is looked at, where it is no value of one row."""
    from dw_migration.fills import said

    for each in fill or ():
        said(each)
    return tuple(fill or ())


def sync(
    context: typer.Context,
    sources: Sources = None,
    *,
    message: Message = None,
    fill: Fills = None,
    allow_breaking: AllowBreaking = False,
    adopt: Adopt = False,
    workers: Workers = 4,
) -> int:
    """Bring the target in step: models, plan, apply and verify in one.

    The daily command. Changes that could lose data are held (exit code 4)
    until `approve`, or done with --allow-breaking; one source's trouble
    never stops the others.
    """
    from dw_migration import migrate
    from dw_migration.cli import report

    session, by, fills = session_of(context), user_name(), _values(fill)
    outcomes = session.outcomes(
        sources,
        lambda config, source, began: migrate.sync(
            config,
            source,
            message=message,
            fills=fills,
            allow_breaking=allow_breaking,
            adopt=adopt,
            by=by,
            progress=began,
        ),
        workers=workers,
    )
    return session.report(outcomes, report.told_done, table=True)


def models(context: typer.Context, sources: Sources = None, *, workers: Workers = 4) -> int:
    """Write models.py of each source anew.

    SQLAlchemy models of what the target will hold, in the source's folder
    of the workspace; the former file is kept where it differs.
    """
    from dw_migration import migrate
    from dw_migration.cli import report

    session = session_of(context)
    outcomes = session.outcomes(
        sources, lambda config, source, began: migrate.models(config, source, progress=began), workers=workers
    )
    return session.report(outcomes, report.told_models)


def plan(
    context: typer.Context,
    sources: Sources = None,
    *,
    message: Message = None,
    fill: Fills = None,
    rehearse: Rehearse = None,
    check: Check = False,
    workers: Workers = 4,
) -> int:
    """Write the revision and its DDL file, for review; the target stays as it is.

    Shows what `diff` shows and writes it down: an Alembic revision with
    its way up and down. Exits with 0 whatever it finds, but for --check.
    With --rehearse it is run up, down and up again in a scratch database;
    where that fails it exits with 1.
    With --fill a new NOT NULL column can be added where rows are: the
    ledger keeps what was said, and later plans go by it.
    """
    from dw_migration import migrate
    from dw_migration.cli import report

    session, by, fills = session_of(context), user_name(), _values(fill)
    outcomes = session.outcomes(
        sources,
        lambda config, source, began: migrate.plan(
            config,
            source,
            message=message,
            fills=fills,
            rehearsal=rehearse.value if rehearse else None,
            by=by,
            progress=began,
        ),
        workers=workers,
    )
    return session.report(checked(outcomes, check=check), report.told_plan)


def approve(
    context: typer.Context,
    source: OneSource,
    revision: Annotated[str, typer.Argument(help="Its id, or a unique beginning of it.", show_default=False)],
    *,
    sha256: Annotated[
        str | None,
        typer.Option(
            "--sha256", metavar="DIGITS", help="Of the DDL that was read, or its first 12 or more.", show_default=False
        ),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who consents; default: the user who runs this.")
    ] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Why; kept in the ledger.")] = "",
) -> int:
    """Consent to the breaking changes of exactly this revision.

    Bound to the sha256 of its DDL: a revision written anew needs consent
    anew. Read it first: `plan` names the DDL file. With --sha256 it is
    refused where the revision says something else by now.
    """
    from dw_migration import migrate
    from dw_migration.cli import report

    session = session_of(context)
    who = user_name() if by is None else by
    if not who.strip():
        raise BadConfig("--by is empty: name who consents")
    outcomes = session.outcomes(
        [source],
        lambda config, found, _: migrate.approve(config, found, revision, sha256=sha256, by=who, note=note),
    )
    return session.report(outcomes, report.told_plan)


def renamed(
    context: typer.Context,
    source: OneSource,
    old: Annotated[str, typer.Argument(help="A table, or table.column, that the plan drops.", show_default=False)],
    new: Annotated[str, typer.Argument(help="What it could be under another name.", show_default=False)],
    *,
    no: Annotated[bool, typer.Option("--no", help="They are two: the old one goes, with its rows.")] = False,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Who says so; default: the user who runs this.")
    ] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Why; kept in the ledger.")] = "",
) -> int:
    """Say whether what goes and what comes are one under another name.

    A source that was copied or rebuilt has other oids, and what it renamed
    looks dropped and added: the finding may_be_renamed asks. The answer
    holds for every source of this target with such a table.
    """
    from dw_migration import migrate
    from dw_migration.cli import report

    session = session_of(context)
    who = user_name() if by is None else by
    outcomes = session.outcomes(
        [source],
        lambda config, found, _: migrate.renamed(config, found, old, new, same=not no, by=who, note=note),
    )
    return session.report(outcomes, report.told_found)


def apply(
    context: typer.Context,
    sources: Sources = None,
    *,
    to: Annotated[
        str | None, typer.Option("--to", metavar="REVISION|+N", help="How far; default: all that is pending.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the DDL that would run, try it, and roll that back.")
    ] = False,
    safe_part: Annotated[
        bool, typer.Option("--safe-part", help="Plan and apply what needs no consent; the rest is held.")
    ] = False,
    fill: Fills = None,
    allow_breaking: AllowBreaking = False,
    adopt: Adopt = False,
    backup: Backup = None,
    rehearse: Rehearse = None,
    workers: Workers = 4,
) -> int:
    """Run the pending revisions, and verify the result.

    Each batch is applied wholly or not at all; an interrupted run is
    continued by the next. Revisions that could lose data wait for
    `approve` (exit code 4), or are run with --allow-breaking. With
    --backup the tables that a revision touches are saved by pg_dump first.
    With --dry-run the DDL is printed, and tried in one transaction that is
    rolled back, but for what runs in none, or reads or rewrites a large
    table: that is said. Others wait no longer for it than for apply.
    With --safe-part what is safe or transformable of a held plan goes ahead
    as a revision of its own, without what needs a breaking change; the rest
    is planned behind it, and held (exit code 4).
    With --rehearse nothing runs unless it has gone well in a scratch
    database.
    """
    from dw_migration import migrate
    from dw_migration.cli import report

    if dry_run and rehearse:
        raise BadConfig("--dry-run runs nothing, and --rehearse does: give one of them")

    session, by, fills = session_of(context), user_name(), _values(fill)
    outcomes = session.outcomes(
        sources,
        lambda config, source, began: migrate.apply(
            config,
            source,
            to=to,
            dry_run=dry_run,
            in_part=safe_part,
            fills=fills,
            allow_breaking=allow_breaking,
            adopt=adopt,
            backup=backup.value if backup else None,
            rehearsal=rehearse.value if rehearse else None,
            by=by,
            progress=began,
        ),
        workers=workers,
    )
    if dry_run:
        return session.report(outcomes, report.told_dry_run, further=("ddl", "tried", "untried"))
    return session.report(outcomes, report.told_done, table=True)


def _a_value(context: click.Context, value: str) -> str:
    """The value, unless it is an option that we do not have: all of those are let through for the sake of -1."""
    if value.startswith("-") and not re.fullmatch(r"-[0-9]+", value):
        raise click.NoSuchOption(value, ctx=context)
    return value


def rollback(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Name of a source.", callback=_a_value, show_default=False)],
    to: Annotated[
        str,
        typer.Argument(
            metavar="[-N|REVISION|base]", help="How far: so many revisions, to this one, to nothing.", callback=_a_value
        ),
    ] = "base",
    *,
    drop_schema: Annotated[bool, typer.Option("--drop-schema", help="Drop the emptied schemas too.")] = False,
    allow_breaking: AllowBreaking = False,
    backup: Backup = None,
    restore: Annotated[
        bool, typer.Option("--restore", help="Fill what comes back empty from the backup of apply --backup.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> int:
    """Take revisions back: the last ones, down to one, or all.

    A source alone means base: everything that we made for it goes. That
    is asked first. Where rows would be lost it is held (exit code 4) but
    for --allow-breaking. Unmanaged objects stay.
    """
    from dw_migration import migrate
    from dw_migration.cli import report

    session, by = session_of(context), user_name()
    if (to == "base" or drop_schema) and not yes:
        _ask(source, to, drop_schema=drop_schema)
    outcomes = session.outcomes(
        [source],
        lambda config, found, began: migrate.rollback(
            config,
            found,
            to,
            drop_schema=drop_schema,
            allow_breaking=allow_breaking,
            backup=backup.value if backup else None,
            restore=restore,
            by=by,
            progress=began,
        ),
    )
    return session.report(outcomes, report.told_done)


def _ask(source: str, to: str, *, drop_schema: bool) -> None:
    """Return if the person says yes. Raises: BadConfig where nobody can be asked."""
    from dw_migration.cli.lines import shown

    what = f"roll {shown(source)} back to {shown(to)}" + (" and drop its schemas" if drop_schema else "")
    if not sys.stdin.isatty():
        raise BadConfig(f"to {what} needs a yes, and nobody can be asked here: add --yes, or name a revision or -1")
    if not typer.confirm(f"Really {what}?", err=True):
        raise DwMigrationError("not confirmed: nothing was done")


def revision(
    context: typer.Context,
    source: OneSource,
    *,
    message: Annotated[
        str, typer.Option("--message", "-m", metavar="TEXT", help="What it does.", show_default=False)
    ] = "",
    give_up: Annotated[
        str, typer.Option(metavar="ID", help="Give up one that waits, and delete its file.", show_default=False)
    ] = "",
) -> int:
    """Write an empty revision behind the head, for steps of your own.

    Fill in its upgrade() and downgrade(); `apply` runs it as it runs ours:
    under the same lock, once, in the ledger. Statements that could lose
    rows, and code that cannot be judged, wait for `approve`.
    """
    from dw_migration import migrate
    from dw_migration.cli import report

    if bool(message) == bool(give_up):
        raise BadConfig("expected --message, or --give-up alone: say which")
    session, by = session_of(context), user_name()

    def act(config: "Config", found: "Source", _: object) -> "Outcome":
        if give_up:
            return migrate.give_up(config, found, give_up, by=by)
        return migrate.revision(config, found, message, by=by)

    return session.report(session.outcomes([source], act), report.told_revision)


def _duration(text: str | None) -> "timedelta | None":
    """The time that `30d`, `1h30m` say, as in the config. Raises: BadConfig."""
    if text is None:
        return None
    from dw_migration.config import duration

    try:
        return duration(text)
    except ValueError as error:
        raise BadConfig(f"--older-than: {error}") from None


def purge(
    context: typer.Context,
    sources: Sources = None,
    *,
    older_than: Annotated[
        str | None,
        typer.Option(
            "--older-than", metavar="TIME", help="As 30d or 12h; default: policy.retire_for.", show_default=False
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and drop nothing.")] = False,
    workers: Workers = 4,
) -> int:
    """Drop for good what was retired long enough.

    With policy.drops: retire, tables and columns that the source dropped
    keep their rows in the target for policy.retire_for. Afterwards the
    way back of their revision brings them back empty, and asks first.
    """
    from dw_migration import migrate
    from dw_migration.cli import report

    session, by, age = session_of(context), user_name(), _duration(older_than)
    outcomes = session.outcomes(
        sources,
        lambda config, source, began: migrate.purge(
            config, source, older_than=age, dry_run=dry_run, by=by, progress=began
        ),
        workers=workers,
    )
    return session.report(outcomes, report.told_found)
