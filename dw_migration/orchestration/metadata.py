"""Outcomes as metadata that a person can read; text from databases is made inert, since it is somebody else's."""

import re
from collections.abc import Iterable, Iterator, Mapping

import dagster as dg

from dw_migration.migrate import Outcome
from dw_migration.plan import JudgedChange

Metadata = dict[str, dg.MetadataValue]

MOST_ROWS = 200
MOST_DDL = 20_000
"""Characters: it is stored with each event, and the file has the rest."""


def inert(text: str) -> str:
    """The text on one line, whatever is not printable (escape sequences, direction marks, NUL) spelt out."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _inert_lines(text: str) -> str:
    return "\n".join(inert(line) for line in text.split("\n"))


def highlighted(ddl: str) -> str:
    """Markdown that shows the DDL as SQL and nothing else: its fence is longer than any in the text."""
    lines = _inert_lines(_shortened(ddl))
    longest = max((len(each) for each in re.findall(r"`+", lines)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sql\n{lines}\n{fence}"


def _shortened(ddl: str) -> str:
    if len(ddl) <= MOST_DDL:
        return ddl
    head = ddl[:MOST_DDL].rpartition("\n")[0]
    return f"{head}\n-- and {ddl.count(chr(10), len(head))} more lines: the DDL file has them all"


# --- what each asset tells -------------------------------------------------------------------------------------------


def of_models(outcome: Outcome) -> Metadata:
    """For `source_models`: where models.py is, and what of the source is not carried over."""
    return {
        "status": _text(outcome.status),
        **_paths(outcome, "models"),
        **_schemas(outcome),
        **_table("left out", ("kind", "number"), ((kind, n) for kind, n in sorted(outcome.left_out.items()))),
        **_table("warnings", ("warning",), ((each,) for each in outcome.warnings)),
        **_durations(outcome, "read", "models"),
    }


def of_ddl(outcome: Outcome) -> Metadata:
    """For `target_ddl`: the revision, its changes, the worst of them first, and its SQL."""
    return {
        **_state(outcome),
        "severity": _text(str(outcome.severity)),
        "number of changes": dg.MetadataValue.int(len(outcome.changes)),
        **_changes(outcome.changes),
        **({"DDL": dg.MetadataValue.md(highlighted(outcome.ddl))} if outcome.ddl else {}),
        **_paths(outcome, "ddl", "revision"),
        **_durations(outcome, "diff", "plan"),
    }


def of_schema(outcome: Outcome) -> Metadata:
    """For `target_schema`: what stands in the target now, and whether it was looked at again."""
    return {
        **_state(outcome),
        **({} if outcome.verified is None else {"verified": dg.MetadataValue.bool(outcome.verified)}),
        "applied": _text(", ".join(outcome.applied) or "nothing to apply"),
        **_schemas(outcome),
        **_table("changed by hand in the target", ("object",), ((each,) for each in outcome.drift)),
        **_table("unmanaged in the target", ("object",), ((each,) for each in outcome.unmanaged)),
        **_table("warnings", ("warning",), ((each,) for each in outcome.warnings)),
        **_durations(outcome, "drift", "apply", "verify"),
    }


def of_failures(failures: Iterable[Outcome]) -> Metadata:
    """For a failed run: an error a source."""
    return {inert(each.source): _text(each.error or each.message or each.status) for each in failures}


# --- their parts -----------------------------------------------------------------------------------------------------


def _state(outcome: Outcome) -> Metadata:
    told: dict[str, str | None] = {
        "status": outcome.status,
        "reason": outcome.error,
        "message": outcome.message,
        "revision": outcome.revision,
        "version": outcome.version,
        "next command": outcome.next_command,
    }
    return {name: _text(text) for name, text in told.items() if text}


def _schemas(outcome: Outcome) -> Metadata:
    rows = sorted(outcome.schemas.items())
    return {
        **_table("schemas", ("schema in the target", "schema in the source"), rows),
        "tables": dg.MetadataValue.int(outcome.tables),
    }


def _changes(changes: tuple[JudgedChange, ...]) -> Metadata:
    worst_first = sorted(changes, key=lambda each: -each.severity)
    columns = ("severity", "action", "kind", "object", "findings")
    return _table("changes", columns, (_change_row(each) for each in worst_first))


def _change_row(judged: JudgedChange) -> tuple[str, ...]:
    findings = "; ".join(": ".join(filter(None, (each.message, each.remedy))) for each in judged.findings)
    change = judged.change
    return (str(judged.severity), change.action, change.kind, str(change.address), findings)


def _paths(outcome: Outcome, *names: str) -> Metadata:
    titles = {"models": "models.py", "ddl": "DDL file", "revision": "revision file"}
    found = ((name, outcome.paths[name]) for name in names if name in outcome.paths)
    return {titles[name]: dg.MetadataValue.path(inert(str(path))) for name, path in found}


def _durations(outcome: Outcome, *chapters: str) -> Metadata:
    taken = ((chapter, outcome.durations[chapter]) for chapter in chapters if chapter in outcome.durations)
    return {f"{chapter} (seconds)": dg.MetadataValue.float(round(seconds, 3)) for chapter, seconds in taken}


def _text(text: str) -> dg.MetadataValue:
    return dg.MetadataValue.text(_inert_lines(text))


def _table(title: str, columns: tuple[str, ...], rows: Iterable[tuple[str | int, ...]]) -> Metadata:
    """A table of plain text, which Dagster renders without reading any markup; nothing without rows."""
    schema = dg.TableSchema([dg.TableColumn(name) for name in columns])
    records = [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in _first(rows, len(columns))]
    return {title: dg.MetadataValue.table(records, schema)} if records else {}


def _first(rows: Iterable[tuple[str | int, ...]], columns: int) -> Iterator[tuple[str | int, ...]]:
    given = list(rows)
    for row in given[:MOST_ROWS]:
        yield tuple(inert(cell) if isinstance(cell, str) else cell for cell in row)
    if len(given) > MOST_ROWS:
        yield (f"and {len(given) - MOST_ROWS} more", *[""] * (columns - 1))


def plain(metadata: Mapping[str, object]) -> dict[str, object]:
    """Metadata read back: numbers and texts; a table as its records."""
    return {name: _plain(value) for name, value in metadata.items()}


def _plain(value: object) -> object:
    if isinstance(value, dg.TableMetadataValue):
        return [dict(record.data) for record in value.records]
    return value.value if isinstance(value, dg.MetadataValue) else value
