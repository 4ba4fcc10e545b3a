"""The command for Dagster's partitions: `partitions`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dw_migration.cli.options import Command, epilog
from dw_migration.cli.session import Session, session_of

if TYPE_CHECKING:
    from rich.text import Text

    from dw_migration.orchestration.partitions import Compared

PANEL = "In Dagster"
_MEANS = {
    "added": "",
    "known": "",
    "retired": "not in the config any more; the partition stays, and its history with it",
    "unreachable": "its server cannot be asked which databases there are",
}


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group to the app."""
    app.command(
        cls=Command, rich_help_panel=PANEL, epilog=epilog("partitions", "partitions --home /srv/dagster --format json")
    )(partitions)


def partitions(
    context: typer.Context,
    *,
    home: Annotated[
        Path | None, typer.Option("--home", metavar="DIR", help="Folder of dagster.yaml; default: $DAGSTER_HOME.")
    ] = None,
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="The warehouse's, as in defs.yaml.")
    ] = "warehouse",
) -> int:
    """Give every source of the config its partition in Dagster.

    The sensor new_sources does the same by itself. None is ever taken
    away: what the config no longer names is told as retired.
    """
    session = session_of(context)
    with session.only_documents_on_stdout():
        found = _brought_up_to_date(session, home, name)
    told = list(_told(found))
    code = int(bool(found.unasked))
    if session.format == "json":
        rows = [{"source": source, "status": status} for source, status in told]
        session.document({"partitions": f"{name}_sources", "sources": rows, "exit_code": code})
    session.lines(_lines(told))
    return code


def _brought_up_to_date(session: Session, home: Path | None, name: str) -> "Compared":
    """What was found; the missing partitions are there now."""
    from dw_migration import migrate
    from dw_migration.orchestration.home import instance_at
    from dw_migration.orchestration.partitions import add_missing, compared, known_sources

    config = session.config()
    with instance_at(home) as instance:
        sources = migrate.sources_named(config, keep_unreachable=True)
        found = compared(known_sources(instance, name), sources)
        add_missing(instance, name, found.missing)
    return found


def _told(found: "Compared") -> Iterator[tuple[str, str]]:
    """Each source with what it is."""
    groups = (found.missing, found.present, found.retired, found.unasked)
    for status, sources in zip(_MEANS, groups, strict=True):
        yield from ((source, status) for source in sources)


def _lines(told: list[tuple[str, str]]) -> "Iterator[Text]":
    from dw_migration.cli.lines import columns, line

    yield from columns([line((source, "bold")), line(status), line(_MEANS[status])] for source, status in told)
    counts = (f"{sum(each == status for _, each in told):,} {status}" for status in _MEANS)
    yield line(", ".join(counts))
