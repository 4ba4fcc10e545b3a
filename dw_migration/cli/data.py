"""Commands about rows that look and decide: `data analyze`, `data resolve`, `data validate`."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dw_migration.cli import copy
from dw_migration.cli.data_options import ChangesFile, Exclude, Out, Prefix, ResolutionsFile, Tables, asked_of, listed
from dw_migration.cli.options import Command, Group, epilog
from dw_migration.cli.session import Session, session_of

if TYPE_CHECKING:
    from rich.text import Text

    from dw_migration.migrate.rows.analyze import Analysis
    from dw_migration.migrate.rows.resolve import Resolved
    from dw_migration.resolutions.resolution import Fault

PANEL = "Rows"
_MOST_LINES = 400
_FAULTY, _PENDING, _HELD = 2, 3, 4

From = Annotated[
    str, typer.Option("--from", metavar="NAME", help="Old database: a source, one of databases:, or target.")
]
To = Annotated[str, typer.Option("--to", metavar="NAME", help="New database, likewise.")]
Schemas = Annotated[
    list[str] | None,
    typer.Option("--schema", metavar="OLD:NEW", help="Schemas that belong together; one name for both. Repeatable."),
]


def add_to(app: typer.Typer) -> None:
    """Add the group `data` to the app."""
    group = typer.Typer(cls=Group, no_args_is_help=True, help="Compare two schemas, and carry the rows over.")
    examples: dict[Callable[..., int], tuple[str, ...]] = {
        analyze: (
            "data analyze --from shop --to target --prefix shop",
            "data analyze --from old --to new --schema dbo:public --tables orders --prefix move",
        ),
        resolve: ("data resolve --prefix shop",),
        validate: ("data validate --prefix shop",),
    }
    for command, shown in examples.items():
        group.command(cls=Command, epilog=epilog(*shown))(command)
    copy.add_to(group)
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
            tables=listed(tables),
            exclude=listed(exclude),
            out=out,
            values=values,
            counts=count,
        )
    code = _code(found) if check else 0
    if session.format == "json":
        session.document({**_document(found), "exit_code": code})
    session.lines(_told(found, session, prefix))
    return code


def resolve(
    context: typer.Context,
    *,
    prefix: Prefix,
    changes_file: ChangesFile = None,
    resolutions: ResolutionsFile = None,
    out: Out = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write it anew; the one that is there is kept as .bak.")
    ] = False,
) -> int:
    """Write the file for a person's decisions: an entry for every breaking change, with a proposal.

    For values that are to be mapped it holds those that are really there,
    so that only its owner can read it.
    """
    from dw_migration.migrate.rows.resolve import resolve as resolving

    session = session_of(context)
    with session.only_documents_on_stdout():
        found = resolving(session.config(), asked_of(prefix, changes_file, resolutions, out), force=force)
    if session.format == "json":
        open_ = [str(each) for each in found.faults]
        session.document({"path": str(found.path), "entries": found.entries, "open": open_, "exit_code": 0})
    session.lines(_told_resolved(found, prefix))
    return 0


def _told_resolved(found: "Resolved", prefix: str) -> "Iterator[Text]":
    from dw_migration.cli.lines import line

    yield line(f"{found.path}: {found.entries} breaking changes, {len(found.faults)} gaps to be filled")
    for each in found.faults:
        yield line(str(each), indent=2)
    yield line("next: go through it, then ", (f"dw-migration data validate --prefix {prefix}", "bold"))


def validate(
    context: typer.Context,
    *,
    prefix: Prefix,
    changes_file: ChangesFile = None,
    resolutions: ResolutionsFile = None,
    out: Out = None,
) -> int:
    """Check the decisions against the changes and both databases: every fault at once, each with its place.

    Reads all rows of columns that are mapped; writes nothing. Exits with
    2 where something is wrong.
    """
    from dw_migration.migrate.rows.validate import validate as validating

    session = session_of(context)
    with session.only_documents_on_stdout():
        faults = validating(session.config(), asked_of(prefix, changes_file, resolutions, out))
    code = _FAULTY if faults else 0
    if session.format == "json":
        told = [{"file": f.file, "line": f.line, "place": f.place, "message": f.message} for f in faults]
        session.document({"faults": told, "exit_code": code})
    session.lines(_told_faults(faults, prefix))
    return code


def _told_faults(faults: "Sequence[Fault]", prefix: str) -> "Iterator[Text]":
    from dw_migration.cli.lines import line

    yield from (line(str(each)) for each in faults)
    if faults:
        yield line(f"{len(faults)} faults: mend them, and run it again")
    else:
        yield line("nothing is wrong; next: ", (f"dw-migration data copy --prefix {prefix}", "bold"))


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
