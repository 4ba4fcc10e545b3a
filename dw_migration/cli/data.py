"""Commands about rows: `data analyze` and what follows from it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dw_migration.cli.options import Command, Group, epilog
from dw_migration.cli.session import Session, session_of

if TYPE_CHECKING:
    from rich.text import Text

    from dw_migration.migrate.rows.analyze import Analysis

PANEL = "Rows"
_MOST_LINES = 400
_PENDING, _HELD = 3, 4

From = Annotated[
    str, typer.Option("--from", metavar="NAME", help="Old database: a source, one of databases:, or target.")
]
To = Annotated[str, typer.Option("--to", metavar="NAME", help="New database, likewise.")]
Prefix = Annotated[str, typer.Option("--prefix", metavar="PREFIX", help="What the names of all files begin with.")]
Schemas = Annotated[
    list[str] | None,
    typer.Option("--schema", metavar="OLD:NEW", help="Schemas that belong together; one name for both. Repeatable."),
]
Tables = Annotated[
    list[str] | None, typer.Option("--tables", metavar="GLOB", help="Only these tables. Repeatable, or with commas.")
]
Exclude = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="GLOB", help="Not these. Repeatable, or with commas.")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder of the files; default: results in the workspace.")
]


def add_to(app: typer.Typer) -> None:
    """Add the group `data` to the app."""
    group = typer.Typer(cls=Group, no_args_is_help=True, help="Compare two schemas, and carry the rows over.")
    group.command(
        cls=Command,
        epilog=epilog(
            "data analyze --from shop --to target --prefix shop",
            "data analyze --from old --to new --schema dbo:public --tables orders --prefix move",
        ),
    )(analyze)
    app.add_typer(group, name="data", rich_help_panel=PANEL)


def analyze(
    context: typer.Context,
    *,
    from_: From,
    to: To,
    prefix: Prefix,
    schema: Schemas = None,
    tables: Tables = None,
    exclude: Exclude = None,
    out: Out = None,
    values: Annotated[bool, typer.Option("--values", help="Compare columns by hashes of their values too.")] = False,
    count: Annotated[
        bool, typer.Option("--count/--no-count", help="Count the old rows that a change is about.")
    ] = True,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 3 where there are changes, 4 where some are breaking.")
    ] = False,
) -> int:
    """Compare two schemas: what becomes of the rows, and what a person must decide.

    Reads both sides and writes to neither; the report and the changes
    go to two files. Renames are exact where lineage is known, and else
    guesses with a score and its reason. Exits with 0 whatever it finds,
    but for --check.
    """
    from dw_migration.migrate.rows.analyze import analyze as analyzing

    session = session_of(context)
    with session.only_documents_on_stdout():
        found = analyzing(
            session.config(),
            from_=from_,
            to=to,
            prefix=prefix,
            schemas=schema or (),
            tables=_listed(tables),
            exclude=_listed(exclude),
            out=out,
            values=values,
            counts=count,
        )
    code = _code(found) if check else 0
    if session.format == "json":
        session.document({**_document(found), "exit_code": code})
    session.lines(_told(found, session, prefix))
    return code


def _listed(globs: Iterable[str] | None) -> tuple[str, ...]:
    parts = (part.strip() for each in globs or () for part in each.split(","))
    return tuple(part for part in parts if part)


def _code(found: "Analysis") -> int:
    from dw_migration.rule import Severity

    if not found.comparison.changes:
        return 0
    return _HELD if found.comparison.of(Severity.BREAKING) else _PENDING


def _document(found: "Analysis") -> dict[str, Any]:
    """The changes file's content, and where the files are."""
    from dw_migration.resolutions.report import changes_json

    content = changes_json(found.comparison, found.scope)
    return {**content, "paths": {name: str(path) for name, path in found.paths.items()}}


def _told(found: "Analysis", session: Session, prefix: str) -> "Iterator[Text]":
    """The report as it stands in its file; in a terminal not all of a long one; and what to do next."""
    from dw_migration.cli.lines import line

    report = found.text.splitlines()
    most = _MOST_LINES if session.view.cuts else len(report)
    yield from map(line, report[:most])
    if len(report) > most:
        yield line(f"and {len(report) - most:,} more lines: the report has them all")
    yield line("")
    for name, path in found.paths.items():
        yield line(f"{name}: {path}")
    following = "resolve" if _code(found) == _HELD else "copy"
    yield line("next: ", (f"dw-migration data {following} --prefix {prefix}", "bold"))
