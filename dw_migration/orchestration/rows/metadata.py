"""What became of rows, as metadata that a person can read: numbers and names, and no value of any row."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg
import yaml

from dw_migration.migrate.rows.analyze import Analysis
from dw_migration.migrate.rows.outcome import CopyOutcome, TableOutcome
from dw_migration.orchestration.metadata import Metadata, fenced, inert, lines, named, plain_text, table
from dw_migration.orchestration.rows.work import Done
from dw_migration.resolutions.comparison import RowChange
from dw_migration.resolutions.report import report_markdown, totals
from dw_migration.rule import Severity

MOST_REPORT = 50_000
"""Characters: it is stored with each event, and the file has the rest."""
CONFIG = "config"
"""Under which a materialization tells what its run was told."""
_WORST = ("failed", "different", "rejected")


# --- what is told of a copy -------------------------------------------------------------------------------------------


def of_copy(outcome: CopyOutcome, config: Mapping[str, Any]) -> Metadata:
    """For `target_data`: what came, how fast, what the target refused, how each table is, and what the run was told."""
    return {
        "status": plain_text(outcome.status),
        "dagster/row_count": dg.MetadataValue.int(outcome.rows + sum(each.skipped for each in outcome.tables)),
        "rows copied": dg.MetadataValue.int(outcome.rows),
        "rows removed": dg.MetadataValue.int(sum(each.removed for each in outcome.tables)),
        "rejects": dg.MetadataValue.int(outcome.rejected),
        "bytes": dg.MetadataValue.int(outcome.bytes),
        **_rate(outcome),
        **_whole(outcome),
        **lines("snapshots", "snapshot", outcome.snapshots),
        **named({"next command": outcome.next_command}),
        CONFIG: dg.MetadataValue.json(dict(config)),
    }


def of_dry_run(outcome: CopyOutcome, launchpad: Mapping[str, Any]) -> Metadata:
    """For a dry run: what a copy would do, under other names than what was done; `launchpad` is told to do it."""
    config = yaml.safe_dump(dict(launchpad), sort_keys=False).rstrip()
    return {
        "status": plain_text(outcome.status),
        "rows to copy": dg.MetadataValue.int(outcome.rows),
        "bytes to copy": dg.MetadataValue.int(outcome.bytes),
        "findings": dg.MetadataValue.int(findings(outcome)),
        **_whole(outcome),
        **named({"next command": outcome.next_command, "next job": "copy_data"}),
        "launchpad": dg.MetadataValue.md(fenced("yaml", config)),
    }


def _rate(outcome: CopyOutcome) -> Metadata:
    """Nothing where no rows came: a rate of 0 would be a dent in its plot."""
    if not outcome.rows or outcome.seconds <= 0:
        return {}
    return {"rows a second": dg.MetadataValue.float(round(outcome.rows / outcome.seconds, 1))}


def _whole(outcome: CopyOutcome) -> Metadata:
    """What every copy has, whether rows came or not."""
    return {
        "seconds": dg.MetadataValue.float(round(outcome.seconds, 3)),
        "number of tables": dg.MetadataValue.int(len(outcome.tables)),
        **_tables("tables", outcome.tables),
        **lines("notes", "note", outcome.notes),
        **_paths(outcome.paths),
    }


def has_moved(outcome: CopyOutcome) -> bool:
    """Whether other rows stand in the target than before."""
    return any(each.rows or each.removed for each in outcome.tables)


def findings(outcome: CopyOutcome) -> int:
    """How many there are. Their texts name values that are in the rows: the result file has them, for whoever may."""
    return sum(len(each.faults) for each in outcome.tables)


def summary(outcome: CopyOutcome) -> str:
    """One line for the log."""
    number = len(outcome.tables)
    rows = f"{outcome.rows:,} rows of {number} {'table' if number == 1 else 'tables'} in {outcome.seconds:,.1f} s"
    more = {"refused": outcome.rejected, "findings": findings(outcome)}
    told = "".join(f", {count:,} {name}" for name, count in more.items() if count)
    said = f"{outcome.status}: {rows}{told}" if outcome.live else f"{outcome.status}, nothing was written: {rows}{told}"
    return f"{said}; {inert(outcome.next_command)}" if told and outcome.next_command else said


_COLUMNS = ("table", "into", "status", "rows", "skipped", "removed", "rejected", "bytes", "seconds", "findings", "note")


def _tables(title: str, tables: Sequence[TableOutcome]) -> Metadata:
    """Those that want a person first, then the largest."""
    return table(title, _COLUMNS, map(_row, sorted(tables, key=_rank)))


def _rank(table: TableOutcome) -> tuple[int, int]:
    wants = _WORST.index(table.status) if table.status in _WORST else len(_WORST) + (not table.faults)
    return wants, -table.rows


def _row(table: TableOutcome) -> tuple[str | int, ...]:
    note = "; ".join((table.error, *table.notes) if table.error else table.notes)
    numbers = (table.rows, table.skipped, table.removed, table.rejected, table.bytes)
    return (table.table, table.into, table.status, *numbers, f"{table.seconds:.1f}", len(table.faults), note)


def _paths(paths: Mapping[str, Any]) -> Metadata:
    return {f"{name} file": dg.MetadataValue.path(inert(str(path))) for name, path in paths.items()}


# --- what is told of an analysis --------------------------------------------------------------------------------------


def of_analysis(analysis: Analysis, source: str) -> Metadata:
    """For `data_analysis`: the report, and how much of it there is of each severity."""
    comparison = analysis.comparison
    is_open = bool(comparison.of(Severity.BREAKING))
    return {
        **{name: dg.MetadataValue.int(count) for name, count in totals(comparison).items()},
        "number of tables": dg.MetadataValue.int(len(comparison.pairs)),
        "report": dg.MetadataValue.md(_shortened(report_markdown(comparison, source))),
        **_paths(analysis.paths),
        **named({"next command": resolving(source) if is_open else f"dw-migration data copy --prefix {source}"}),
    }


def _shortened(report: str) -> str:
    if len(report) <= MOST_REPORT:
        return report
    head = report[:MOST_REPORT].rpartition("\n")[0]
    return f"{head}\n\nand {report.count(chr(10), len(head))} more lines: the report file has them all"


def resolving(source: str) -> str:
    """The command that asks a person for decisions."""
    return f"dw-migration data resolve --prefix {source}"


# --- what is told of a failure ----------------------------------------------------------------------------------------


def reason(done: Done[CopyOutcome]) -> str:
    """Why nothing can be said to be there, and the command by which a person clears the way."""
    outcome = done.found
    if outcome is None:
        return done.error
    if outcome.status == "held":
        count = len(outcome.unresolved)
        said = f"{count} breaking {'change waits' if count == 1 else 'changes wait'} for a decision, nothing was copied"
        return f"{outcome.error or said}: {outcome.next_command or resolving(done.source)}"
    failed = [each.table for each in outcome.tables if each.status == "failed"]
    said = outcome.error or f"{len(failed)} of {len(outcome.tables)} tables failed: {', '.join(failed)}"
    return f"{said}: {outcome.next_command}" if outcome.faults else said


def of_failures(failures: Sequence[Done[CopyOutcome]]) -> Metadata:
    """For a failed run: an error a source, the changes that wait for a decision, and the tables that failed."""
    told: Metadata = {}
    for each in failures:
        told[inert(each.source)] = plain_text(reason(each))
        if each.found:
            told |= _unresolved(f"changes of {inert(each.source)}", each.found.unresolved)
            told |= _tables(f"tables of {inert(each.source)}", [t for t in each.found.tables if t.error])
    return told


def of_errors(failures: Iterable[Done[Any]]) -> Metadata:
    """For a run without anything to show: an error a source."""
    return {inert(each.source): plain_text(each.error) for each in failures}


def _unresolved(title: str, changes: Sequence[RowChange]) -> Metadata:
    rows = ((each.table, str(each.what), each.found, each.action) for each in changes)
    return table(title, ("table", "what", "found", "action"), rows)
