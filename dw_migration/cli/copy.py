"""Commands that carry rows over: `data copy`, `data verify`, `data rejects`."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from getpass import getuser
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dw_migration.cli.data_options import ChangesFile, Exclude, Out, Prefix, ResolutionsFile, Tables, asked_of
from dw_migration.cli.options import Command, epilog
from dw_migration.cli.session import Session, session_of

if TYPE_CHECKING:
    from rich.text import Text

    from dw_migration.migrate.rows.asked import Mode
    from dw_migration.migrate.rows.outcome import CopyOutcome, TableOutcome, Underway

_RATE = {"": 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000}
_EVERY = 5.0
"""Seconds between two lines of progress where there is no terminal, with --verbose."""
_MOST_FAULTS = 20
_STYLES = {"copied": "green", "checked": "green", "equal": "green", "unchanged": "dim", "failed": "red"}


def add_to(group: typer.Typer) -> None:
    """Add these commands to the group `data`."""
    examples: dict[Callable[..., int], tuple[str, ...]] = {
        copy: (
            "data copy --prefix shop",
            "data copy --prefix shop --live --workers 4",
            "data copy --prefix shop --live --catch-up",
        ),
        verify: ("data verify --prefix shop",),
        rejects: ("data rejects --prefix shop",),
    }
    for command, shown in examples.items():
        group.command(cls=Command, epilog=epilog(*shown))(command)


def copy(
    context: typer.Context,
    *,
    prefix: Prefix,
    changes_file: ChangesFile = None,
    resolutions: ResolutionsFile = None,
    out: Out = None,
    live: Annotated[bool, typer.Option("--live", help="Copy. Without it nothing is written: a dry run.")] = False,
    tables: Tables = None,
    exclude: Exclude = None,
    truncate: Annotated[bool, typer.Option("--truncate", help="Empty the new tables first.")] = False,
    append: Annotated[bool, typer.Option("--append", help="Add to rows that are there already.")] = False,
    upsert: Annotated[bool, typer.Option("--upsert", help="Overwrite rows that have the same key.")] = False,
    workers: Annotated[int, typer.Option("--workers", min=1, metavar="N", help="Copy so many chunks at once.")] = 2,
    batch_size: Annotated[int, typer.Option("--batch-size", min=1, metavar="ROWS", help="Rows a chunk.")] = 100_000,
    limit_rate: Annotated[
        str | None, typer.Option("--limit-rate", metavar="BYTES", help="Most bytes a second: 500k, 20M.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail a table at the first row that is refused.")] = False,
    catch_up: Annotated[
        bool, typer.Option("--catch-up", help="Load chunks again that differ by now, remove what is gone.")
    ] = False,
    retry_rejects: Annotated[
        bool, typer.Option("--retry-rejects", help="Try only the rows again that were refused.")
    ] = False,
    keep_values: Annotated[
        bool, typer.Option("--keep-values", help="Keep refused values in the ledger, not only their hashes.")
    ] = False,
) -> int:
    """Copy the rows as the changes and a person's decisions say; a dry run unless --live.

    A dry run asks both servers to check every expression, counts rows,
    and lists what the target would refuse. A copy goes chunk by chunk:
    rows, their hash and the ledger's entry together. Run again after any
    end it goes on where it stopped. Exits with 4 where breaking changes
    wait for decisions, 3 where rows were refused.
    """
    from dw_migration.migrate.rows.asked import CopyOptions
    from dw_migration.migrate.rows.copy import copy as copying

    session = session_of(context)
    mode = _mode(truncate=truncate, append=append, upsert=upsert)
    _check_again(live=live, catch_up=catch_up, retry_rejects=retry_rejects, mode=mode)
    options = CopyOptions(
        live=live,
        mode=mode,
        workers=workers,
        batch_size=batch_size,
        limit_rate=_bytes(limit_rate),
        strict=strict,
        catch_up=catch_up,
        retry_rejects=retry_rejects,
        keep_values=keep_values,
        by=getuser(),
    )
    asked = asked_of(prefix, changes_file, resolutions, out, tables=tables, exclude=exclude)
    with session.only_documents_on_stdout(), _watched(session) as watching:
        outcome = copying(session.config(), asked, options, watching=watching)
    return _report(session, outcome)


def verify(
    context: typer.Context,
    *,
    prefix: Prefix,
    changes_file: ChangesFile = None,
    resolutions: ResolutionsFile = None,
    out: Out = None,
    tables: Tables = None,
    exclude: Exclude = None,
) -> int:
    """Compare the rows of both sides by number and hash, and name those that differ by their keys.

    Over the same expressions as the copy, in one snapshot of the source.
    Exits with 3 where rows differ.
    """
    from dw_migration.migrate.rows.verify import verify as verifying

    session = session_of(context)
    asked = asked_of(prefix, changes_file, resolutions, out, tables=tables, exclude=exclude)
    with session.only_documents_on_stdout(), _watched(session) as watching:
        outcome = verifying(session.config(), asked, watching=watching)
    return _report(session, outcome)


def rejects(
    context: typer.Context,
    *,
    prefix: Prefix,
    changes_file: ChangesFile = None,
    resolutions: ResolutionsFile = None,
    out: Out = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="Show so many at most.")] = 1_000,
) -> int:
    """Show the rows that the target refused: table, key, column, and the server's reason.

    The value itself only where the copy was told to keep it. Exits with 3
    where there are any.
    """
    from dw_migration.migrate.rows.verify import rejects as refused

    session = session_of(context)
    with session.only_documents_on_stdout():
        found = refused(session.config(), asked_of(prefix, changes_file, resolutions, out), limit=limit)
    code = 3 if found else 0
    if session.format == "json":
        session.document({"rejects": [_reject(each) for each in found], "exit_code": code})
    session.lines(_told_rejects(found, prefix))
    return code


# --- arguments --------------------------------------------------------------------------------------------------------


def _mode(*, truncate: bool, append: bool, upsert: bool) -> "Mode":
    given: list[Mode] = [
        name  # type: ignore[misc]
        for name, wanted in (("truncate", truncate), ("append", append), ("upsert", upsert))
        if wanted
    ]
    if len(given) > 1:
        raise typer.BadParameter(f"{' and '.join(f'--{each}' for each in given)} exclude one another: give one of them")
    return given[0] if given else "empty"


def _check_again(*, live: bool, catch_up: bool, retry_rejects: bool, mode: "Mode") -> None:
    """Options that go on with a copy which is there already fit one another."""
    if catch_up and retry_rejects:
        raise typer.BadParameter("--catch-up and --retry-rejects exclude one another: give one of them")
    given = "--catch-up" if catch_up else "--retry-rejects" if retry_rejects else ""
    if given and not live:
        raise typer.BadParameter(f"{given} writes rows, and has no dry run: add --live")
    if retry_rejects and mode != "empty":
        raise typer.BadParameter(f"--retry-rejects and --{mode} exclude one another: give one of them")


def _bytes(text: str | None) -> int | None:
    if text is None:
        return None
    number, unit = (text[:-1], text[-1]) if text[-1:].isalpha() else (text, "")
    if not number.isdecimal() or not int(number) or unit not in _RATE:
        raise typer.BadParameter(f"--limit-rate: found {text!r}; expected bytes a second, as 500k, 20M or 1G")
    return int(number) * _RATE[unit]


# --- while it goes on -------------------------------------------------------------------------------------------------


@contextmanager
def _watched(session: Session) -> "Iterator[Callable[[Underway], None]]":
    """What is told of tables under way: bars in a terminal, lines now and then with --verbose, else nothing."""
    if session.verbose or not session.stderr.isatty():
        yield _Lines(session) if session.verbose else (lambda _: None)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from dw_migration.cli.lines import shown

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}", markup=False),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=session.err, transient=True, redirect_stdout=False) as bars:
        tasks: dict[str, Any] = {}

        def tell(underway: "Underway") -> None:
            if underway.table not in tasks:
                total = underway.expected if underway.expected > 0 else None
                tasks[underway.table] = bars.add_task(shown(underway.table), total=total, rate="")
            bars.update(tasks[underway.table], completed=underway.rows, rate=_rate(underway))

        yield tell


def _rate(underway: "Underway") -> str:
    seconds = max(underway.seconds, 1e-3)
    return f"{underway.rows / seconds:,.0f} rows/s, {underway.bytes / seconds / 1e6:,.1f} MB/s"


class _Lines:
    """A line a table every few seconds."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._told: dict[str, float] = {}

    def __call__(self, underway: "Underway") -> None:
        now = time.monotonic()
        if underway.is_done or now - self._told.get(underway.table, 0.0) >= _EVERY:
            self._told[underway.table] = now
            self._session.say(f"{underway.table}: {underway.rows:,} rows, {_rate(underway)}")


# --- what is told -----------------------------------------------------------------------------------------------------


def _report(session: Session, outcome: "CopyOutcome") -> int:
    from dw_migration.migrate.rows.copy import document

    if session.format == "json":
        session.document(document(outcome))
    session.lines(_told(outcome))
    if outcome.error:
        session.say(outcome.error)
    return outcome.exit_code


def _told(outcome: "CopyOutcome") -> "Iterator[Text]":
    from dw_migration.cli.lines import columns, heading, line

    yield line(outcome.prefix, "  ", (outcome.status, _STYLES.get(outcome.status, "yellow")), *_numbers(outcome))
    for change in outcome.unresolved:
        yield line("breaking ", (change.table, "bold"), f": {change.found}: {change.action}", indent=2)
    for fault in outcome.faults:
        yield line(fault, indent=2)
    if outcome.tables:
        names = ("table", "into", "status", "rows", "before", "rejected", "note")
        yield from columns([heading(*names), *([line(cell) for cell in _row(each)] for each in outcome.tables)])
    for table in outcome.tables:
        yield from _told_faults(table)
    for note in outcome.notes:
        yield line(f"note: {note}")
    for name, path in outcome.paths.items():
        yield line(f"{name}: {path}")
    if outcome.next_command:
        yield line("next: ", (outcome.next_command, "bold"))


def _numbers(outcome: "CopyOutcome") -> Iterator[str]:
    if outcome.tables:
        yield f"  {outcome.rows:,} rows of {len(outcome.tables)} tables in {outcome.seconds:,.1f} s"
    if not outcome.live and outcome.status == "checked":
        yield "; nothing was written: a dry run"


def _row(table: "TableOutcome") -> tuple[str, ...]:
    counts = (f"{each:,}" if each else "" for each in (table.rows, table.skipped, table.rejected))
    return (table.table, table.into, table.status, *counts, "; ".join(table.notes))


def _told_faults(table: "TableOutcome") -> "Iterator[Text]":
    from dw_migration.cli.lines import line

    for fault in table.faults[:_MOST_FAULTS]:
        yield line(f"{table.table}: {fault}", indent=2)
    if len(table.faults) > _MOST_FAULTS:
        yield line(f"{table.table}: and {len(table.faults) - _MOST_FAULTS} more", indent=2)
    if table.error:
        yield line((f"{table.table}: {table.error}", "red"), indent=2)


def _reject(found: Any) -> dict[str, Any]:
    from dataclasses import asdict

    plain = asdict(found)
    return {**plain, "old": ".".join(found.old), "new": ".".join(found.new), "at": found.at.isoformat()}


def _told_rejects(found: Any, prefix: str) -> "Iterator[Text]":
    from dw_migration.cli.lines import columns, heading, line

    if not found:
        yield line("no row was refused")
        return
    rows = [
        [
            line(each.old[1]),
            line(", ".join(each.key)),
            line(each.column or ""),
            line(each.reason),
            line(each.value or ""),
        ]
        for each in found
    ]
    yield from columns([heading("table", "key", "column", "reason", "value"), *rows])
    yield line(f"next: mend them, then dw-migration data copy --prefix {prefix} --live --retry-rejects")
