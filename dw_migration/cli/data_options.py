"""Options that the commands about rows have in common."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dw_migration.migrate.rows.asked import Asked

Prefix = Annotated[str, typer.Option("--prefix", metavar="PREFIX", help="What the names of all files begin with.")]
Tables = Annotated[
    list[str] | None, typer.Option("--tables", metavar="GLOB", help="Only these tables. Repeatable, or with commas.")
]
Exclude = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="GLOB", help="Not these. Repeatable, or with commas.")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder of the files; default: results in the workspace.")
]
ChangesFile = Annotated[
    Path | None,
    typer.Option("--changes-file", metavar="FILE", help="Default: <prefix>_migration_changes.json in that folder."),
]
ResolutionsFile = Annotated[
    Path | None,
    typer.Option("--resolutions", metavar="FILE", help="Default: <prefix>_manual_resolutions.json in that folder."),
]


def listed(globs: Iterable[str] | None) -> tuple[str, ...]:
    """The names and globs, whether they were given one by one or with commas."""
    parts = (part.strip() for each in globs or () for part in each.split(","))
    return tuple(part for part in parts if part)


def asked_of(
    prefix: str,
    changes: Path | None,
    resolutions: Path | None,
    out: Path | None,
    *,
    tables: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
) -> "Asked":
    """What the options ask for."""
    from dw_migration.migrate.rows.asked import Asked

    return Asked(
        prefix, changes=changes, resolutions=resolutions, out=out, tables=listed(tables), exclude=listed(exclude)
    )
