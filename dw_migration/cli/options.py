"""Options and arguments that several commands have; the global ones are taken before a command and after it."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import click
import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

EXIT_CODES = (
    "Exit codes: 0 done, nothing left; 1 failed; 2 bad usage or config; 3 changes pending or drift found; "
    "4 held: breaking changes wait for consent. The worst of all sources counts: 1, then 4, then 3."
)

Sources = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SOURCE]...", help="Names of sources; none means all.", show_default=False),
]
OneSource = Annotated[str, typer.Argument(metavar="SOURCE", help="Name of a source.", show_default=False)]
Workers = Annotated[int, typer.Option("--workers", min=1, metavar="N", help="How many sources at the same time.")]
AllowBreaking = Annotated[
    bool, typer.Option("--allow-breaking", help="Do what can lose data too, without waiting for consent.")
]
Adopt = Annotated[bool, typer.Option("--adopt", help="Take over what is in the way in the target and not ours.")]
Message = Annotated[
    str | None,
    typer.Option(
        "--message", "-m", metavar="TEXT", help="What the revision is called; made from its changes if left out."
    ),
]


class BackupOf(StrEnum):
    """What `--backup` saves."""

    AFFECTED = "affected"
    DATABASE = "database"


Backup = Annotated[
    BackupOf | None,
    typer.Option(
        "--backup",
        metavar="[=database]",
        help="Save by pg_dump first what is named by what runs, or the whole database.",
        show_default=False,
    ),
]


class RehearsedWith(StrEnum):
    """The rows with which `--rehearse` runs."""

    SAMPLED = "sampled"
    GENERATED = "generated"
    NONE = "none"


Rehearse = Annotated[
    RehearsedWith | None,
    typer.Option(
        "--rehearse",
        metavar="[=generated|none]",
        help="Run it up, down and up again first, in a scratch database: with rows of the target, made up, or none.",
        show_default=False,
    ),
]
_ALONE = {
    "--backup": f"--backup={BackupOf.AFFECTED}",
    "--rehearse": f"--rehearse={RehearsedWith.SAMPLED}",
}
"""What an option that may stand without a value means then."""
Fills = Annotated[
    list[str] | None,
    typer.Option(
        "--fill",
        metavar="TABLE.COLUMN=EXPR",
        help="What rows that are there get in a column that is NOT NULL from now on; again for each column.",
        show_default=False,
    ),
]
Check = Annotated[bool, typer.Option("--check", help="Exit with 3 where changes are pending, 4 where they are held.")]


def epilog(*examples: str) -> str:
    """What stands at the end of a command's help: examples, then the exit codes."""
    return "\n\n".join(("Examples:", *(f"  dw-migration {example}" for example in examples), "", EXIT_CODES))


def _remembered(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Hand a global option that was given to the session; so the later of two wins."""
    if value and parameter.name and context.obj is not None:
        setattr(context.obj, parameter.name, value)


def _global_options() -> list[click.Parameter]:
    common: dict[str, Any] = {
        "callback": _remembered,
        "expose_value": False,
        "is_eager": True,
        "rich_help_panel": "Global options (before or after the command)",
    }
    return [
        TyperOption(
            param_decls=["config_file", "--config"],
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Settings; otherwise $DW_MIGRATION_CONFIG, dw_migration.yaml here, or the environment.",
            **common,
        ),
        TyperOption(
            param_decls=["format", "--format"],
            type=click.Choice(["text", "json"]),
            help="json: one document on stdout, all else on stderr.",
            **common,
        ),
        TyperOption(
            param_decls=["verbose", "--verbose"], is_flag=True, default=False, help="Show all there is.", **common
        ),
    ]


def _with_help(params: list[click.Parameter], callback: Callable[..., Any] | None) -> list[click.Parameter]:
    """The parameters, arguments with their help: click from 8.5 on erases what this Typer has set."""
    annotations = getattr(callback, "__annotations__", {})
    for each in params:
        if isinstance(each, TyperArgument) and not each.help:
            told = getattr(annotations.get(each.name), "__metadata__", (None,))
            each.help = getattr(told[0], "help", None)
    return params


class Command(TyperCommand):
    """A command that takes the global options too."""

    def __init__(self, name: str | None, *, params: list[click.Parameter] | None = None, **settings: Any) -> None:
        known = _with_help(params or [], settings.get("callback"))
        super().__init__(name, params=[*known, *_global_options()], **settings)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click, which lets no option stand with a value or without one."""
        known = {name for each in self.params for name in each.opts}
        return super().parse_args(ctx, [_ALONE.get(each, each) if each in known else each for each in args])


class Group(TyperGroup):
    """The app, with the global options."""

    def __init__(self, *, params: list[click.Parameter] | None = None, **settings: Any) -> None:
        super().__init__(params=[*(params or ()), *_global_options()], **settings)
