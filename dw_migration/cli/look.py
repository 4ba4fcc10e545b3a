"""To look, writing nothing: `status`, `diff`, `drift`, `verify`, `history`, `read`, `rules`."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from dw_migration.cli.options import Check, Command, Sources, Workers, epilog
from dw_migration.cli.session import session_of

if TYPE_CHECKING:
    from dw_migration.config import Config, Source
    from dw_migration.migrate import HistoryEntry, Outcome, Progress

PANEL = "Look (nothing is written)"
_CODES = {"failed": 1, "held": 4, "pending": 3, "changed": 3, "drifted": 3, "absent": 3}


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group to the app."""
    examples: dict[Callable[..., int], tuple[str, ...]] = {
        status: ("status", "status --check", "status shop crm --format json", "status 3fa2c9"),
        diff: ("diff", "diff shop --verbose", "diff shop --format json"),
        drift: ("drift", "drift shop"),
        verify: ("verify", "verify shop"),
        history: ("history shop", "history --format json"),
        read: ("read shop", "read shop > shop.json"),
        rules: ("rules", "rules requires_value", "rules --format json"),
    }
    for command, shown in examples.items():
        app.command(cls=Command, rich_help_panel=PANEL, epilog=epilog(*shown))(command)


def checked(outcomes: "Iterable[Outcome]", *, check: bool) -> "tuple[Outcome, ...]":
    """The outcomes with exit codes of a command that exits with 0 whatever it finds, but for `--check`.

    What kept it from looking at all stays a failure: a crash is never "no changes".
    """
    return tuple(
        outcome if outcome.exit_code in (1, 2) else replace(outcome, exit_code=_CODES.get(outcome.status, 0) * check)
        for outcome in outcomes
    )


def status(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SOURCE|REVISION]...",
            help="Names of sources, or revisions: a unique beginning of the id is enough. None means all sources.",
            show_default=False,
        ),
    ] = None,
    *,
    check: Check = False,
    workers: Workers = 4,
) -> int:
    """Show one line a source: in sync, drifted, pending, held, failed; since when.

    It is what the ledger in the target says; sources are not asked. Of a
    revision it ends with the checklist before production: DDL read,
    backup, rehearsal, estimate of waits, way back, consent. Exits with 0
    whatever it finds, but for --check.
    """
    from dw_migration import migrate
    from dw_migration.cli import report

    session = session_of(context)
    words = tuple(sources or ())
    revisions = migrate.revisions_among(session.config(), words) if words else {}
    names = [each for each in words if each not in revisions]
    outcomes: tuple[Outcome, ...] = ()
    if names or not words:
        outcomes = session.outcomes(names, lambda config, source, _: migrate.status(config, source), workers=workers)
    for source, revision in revisions.values():
        outcomes += session.outcomes([source.name], _asked_of(revision))
    outcomes = checked(outcomes, check=check)
    code = session.report(outcomes, lambda *_: ())
    session.lines(report.told_statuses(outcomes))
    return code


def _asked_of(revision: str) -> "Callable[[Config, Source, Progress], Outcome]":
    from dw_migration import migrate

    return lambda config, source, _: migrate.standing_of_revision(config, source, revision)


def diff(context: typer.Context, sources: Sources = None, *, workers: Workers = 4) -> int:
    """Show what would change, how dangerous each change is, and why.

    Reads source and target, writes nothing. Each change has a sign:
    + comes, - goes, ~ becomes another, → gets another name. With
    --verbose the statements are shown too. Exits with 3 where there is
    something to do.
    """
    from dw_migration import migrate
    from dw_migration.cli import report

    session = session_of(context)
    outcomes = session.outcomes(
        sources, lambda config, source, began: migrate.diff(config, source, progress=began), workers=workers
    )
    return session.report(outcomes, report.told_plan)


def drift(context: typer.Context, sources: Sources = None, *, workers: Workers = 4) -> int:
    """Compare fingerprints of source and target with the ledger; cheap.

    Says whether the source changed since the last revision, and whether
    somebody changed a managed object in the target by hand. Exits with 3
    where one did.
    """
    from dw_migration import migrate
    from dw_migration.cli import report

    session = session_of(context)
    outcomes = session.outcomes(sources, lambda config, source, _: migrate.drift(config, source), workers=workers)
    return session.report(outcomes, report.told_found)


def verify(context: typer.Context, sources: Sources = None, *, workers: Workers = 4) -> int:
    """Prove that the target is what the source is, or show what differs.

    Reads both sides anew and compares every object. Exits with 3 where
    something differs.
    """
    from dw_migration import migrate
    from dw_migration.cli import report

    session = session_of(context)
    outcomes = session.outcomes(
        sources, lambda config, source, began: migrate.verify(config, source, progress=began), workers=workers
    )
    return session.report(outcomes, report.told_found, table=True)


def history(context: typer.Context, sources: Sources = None, *, workers: Workers = 4) -> int:
    """Show the revisions of each source: versions, who, when, how long.

    Newest first, as the ledger tells them; also those that were taken back.
    """
    from dw_migration import migrate
    from dw_migration.cli import report

    session = session_of(context)
    found: dict[str, tuple[HistoryEntry, ...]] = {}

    def act(config: "Config", source: "Source", _: "Progress") -> "Outcome":
        found[source.name] = migrate.history(config, source)
        return migrate.Outcome(source.name, "in_sync")

    outcomes = session.outcomes(sources, act, workers=workers)
    entries = [entry for outcome in outcomes for entry in found.get(outcome.source, ())]
    if session.format == "json":
        session.document(report.history_json(entries, outcomes, migrate.worst(outcomes)))
    session.lines(report.told_history(entries))
    return session.failures(outcomes)


def read(context: typer.Context, sources: Sources = None, *, workers: Workers = 4) -> int:
    """Print the catalog of each source, as JSON.

    Under the source's own names, before anything is renamed for the
    target. It is JSON with --format text too.
    """
    from dw_migration import migrate

    session = session_of(context)
    session.format = "json"
    found: dict[str, dict[str, object]] = {}

    def act(config: "Config", source: "Source", _: "Progress") -> "Outcome":
        found[source.name] = migrate.catalog_json(config, source)
        return migrate.Outcome(source.name, "in_sync")

    outcomes = session.outcomes(sources, act, workers=workers)
    told = [{"source": each.source, "catalog": found.get(each.source), "error": each.error} for each in outcomes]
    session.document({"sources": told, "exit_code": migrate.worst(outcomes)})
    return session.failures(outcomes)


def rules(
    context: typer.Context, rule: Annotated[str | None, typer.Argument(help="One of them; by default all.")] = None
) -> int:
    """Show what each rule looks for in a change, and why.

    Neither config nor databases are needed. docs/rules.md tells which of
    them stands for a rule of squawk, strong_migrations or pg-schema-diff.
    """
    from dw_migration.cli import report
    from dw_migration.rules import described

    session = session_of(context)
    found = described(rule)
    if session.format == "json":
        session.document({"rules": [each._asdict() for each in found], "exit_code": 0})
    session.lines(report.told_rules(found))
    return 0
