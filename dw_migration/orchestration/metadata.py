"""Outcomes as metadata that a person can read; text from databases is made inert, since it is somebody else's."""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence

import dagster as dg
import yaml

from dw_migration.migrate import Outcome, TargetColumn
from dw_migration.plan import JudgedChange

Metadata = dict[str, dg.MetadataValue]

MOST_ROWS = 200
MOST_NAMES = 100
"""Of tables, in one cell."""
MOST_DIFFERENCES = 50
PUTS_BACK = "puts back what was changed by hand"
MOST_DDL = 20_000
"""Characters: it is stored with each event, and the file has the rest."""
JOBS = frozenset({"sync", "plan", "apply", "rollback", "approve", "purge"})
"""What there is a job for, by the command's name."""


def inert(text: str) -> str:
    """The text on one line, whatever is not printable (escape sequences, direction marks, NUL) spelt out."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _inert_lines(text: str) -> str:
    return "\n".join(inert(line) for line in text.split("\n"))


def highlighted(ddl: str) -> str:
    """Markdown that shows the DDL as SQL and nothing else."""
    return fenced("sql", _shortened(ddl))


def fenced(language: str, code: str) -> str:
    """Markdown that shows the text as code: its fence is longer than any in the text."""
    shown = _inert_lines(code)
    longest = max((len(each) for each in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{shown}\n{fence}"


def _shortened(ddl: str) -> str:
    if len(ddl) <= MOST_DDL:
        return ddl
    head = ddl[:MOST_DDL].rpartition("\n")[0]
    return f"{head}\n-- and {ddl.count(chr(10), len(head))} more lines: the DDL file has them all"


# --- what each asset tells -------------------------------------------------------------------------------------------


def of_models(outcome: Outcome) -> Metadata:
    """For `source_models`: where models.py is, and what of the source is not carried over."""
    return {
        "status": plain_text(outcome.status),
        **_paths(outcome, "models"),
        **_schemas(outcome),
        **table("left out", ("kind", "number"), sorted(outcome.left_out.items())),
        **lines("warnings", "warning", outcome.warnings),
        **_durations(outcome, "read", "models"),
    }


def of_ddl(outcome: Outcome) -> Metadata:
    """For `target_ddl`: the revision, its changes, the worst of them first, its SQL, and what a person does next."""
    return {
        **_state(outcome),
        "severity": plain_text(str(outcome.severity)),
        "number of changes": dg.MetadataValue.int(len(outcome.changes)),
        **_changes(outcome.changes),
        **({"DDL": dg.MetadataValue.md(highlighted(outcome.ddl))} if outcome.ddl else {}),
        **named({"sha256 of the DDL": outcome.sha256}),
        **_rehearsal(outcome),
        **_paths(outcome, "ddl", "revision"),
        **_next(outcome),
        **_durations(outcome, "diff", "probe", "plan"),
    }


def of_schema(outcome: Outcome) -> Metadata:
    """For `target_schema`: what stands in the target now, and whether it was looked at again."""
    return {
        **_state(outcome),
        **({} if outcome.verified is None else {"verified": dg.MetadataValue.bool(outcome.verified)}),
        _done_with(outcome): plain_text(", ".join(outcome.applied) or "nothing"),
        **_rehearsal(outcome),
        **_schemas(outcome),
        **_columns(outcome.columns),
        **lines("changed by hand in the target", "object", outcome.drift),
        **lines(PUTS_BACK, "statement", outcome.puts_back, most=MOST_DIFFERENCES),
        **lines("unmanaged in the target", "object", outcome.unmanaged),
        **lines("warnings", "warning", outcome.warnings),
        **_next(outcome),
        **_durations(outcome, "drift", "apply", "rollback", "verify"),
    }


def of_waiting_schema(waits: Outcome, standing: Outcome) -> Metadata:
    """For `target_schema` while a person has to go on: what stood there before, and stands there still."""
    why = "waits for consent" if waits.status == "held" else "waits to be applied"
    return {
        **named({"status": waits.status, "reason": waits.error, "since": standing.since}),
        **named({"revision": standing.revision, "version": standing.version, why: waits.revision}),
        "applied": plain_text(", ".join(waits.applied) or f"nothing: it {why}"),
        **_schemas(standing),
        **_next(waits),
    }


def of_approval(outcome: Outcome, *, by: str, note: str) -> Metadata:
    """For `approval`: who consented to what, and what a person does next."""
    told = {"revision": outcome.revision, "sha256 of the DDL": outcome.sha256, "by": by, "note": note}
    return {**named(told), **_paths(outcome, "ddl"), **_next(outcome)}


def of_purge(outcome: Outcome) -> Metadata:
    """For `target_schema`: what of the retired went for good, or would."""
    told = {"status": outcome.status, "purged": outcome.message, "revision": outcome.revision}
    return {**named(told), **lines("warnings", "warning", outcome.warnings), **_durations(outcome, "purge")}


def of_differences(
    compared: str, differences: Iterable[str], next_command: str, puts_back: Iterable[str] = ()
) -> Metadata:
    """For a check: what was compared, what differs, at most fifty of it, and what a person does next."""
    return {
        "compared": plain_text(compared),
        **lines("differences", "difference", differences, most=MOST_DIFFERENCES),
        **lines(PUTS_BACK, "statement", puts_back, most=MOST_DIFFERENCES),
        **_command(next_command),
    }


def of_failures(failures: Iterable[Outcome]) -> Metadata:
    """For a failed run: an error a source."""
    return {inert(each.source): plain_text(each.error or each.message or each.status) for each in failures}


# --- what a person does next -----------------------------------------------------------------------------------------


def _next(outcome: Outcome) -> Metadata:
    """The command, and the job that does the same; for consent, what its launchpad wants to know."""
    if not outcome.sha256 or _verb(outcome.next_command) != "approve":
        return _command(outcome.next_command)
    return {**_command(outcome.next_command), "launchpad": dg.MetadataValue.md(consent(outcome))}


def _command(command: str) -> Metadata:
    verb = _verb(command)
    return named({"next command": command, "next job": verb if verb in JOBS else ""})


def _verb(command: str) -> str:
    return next(iter(command.split()[1:]), "")


def consent(held: Outcome) -> str:
    """Markdown with the config by which the job `approve` consents to exactly this; who does it is left to fill in."""
    config = {"revision": held.revision, "sha256": held.sha256, "by": "", "note": ""}
    return fenced("yaml", yaml.safe_dump({"ops": {"approve": {"config": config}}}, sort_keys=False).rstrip())


# --- their parts -----------------------------------------------------------------------------------------------------


def _state(outcome: Outcome) -> Metadata:
    return named(
        {
            "status": outcome.status,
            "reason": outcome.error,
            "message": outcome.message,
            "since": outcome.since,
            "revision": outcome.revision,
            "version": outcome.version,
        }
    )


def _rehearsal(outcome: Outcome) -> Metadata:
    found = outcome.rehearsal
    if found is None:
        return {}
    how = f"{'went through' if found.ok else 'failed'} on {found.where}"
    told = plain_text(f"{how}, with {found.rows} rows of {found.tables} tables")
    return {"rehearsal": told, **lines("rehearsal notes", "note", (*found.faults, *found.told))}


def _schemas(outcome: Outcome) -> Metadata:
    columns = ("schema in the target", "schema in the source", "number of tables", "tables")
    return {
        **table("schemas", columns, (_schema_row(outcome, *pair) for pair in sorted(outcome.schemas.items()))),
        "tables": dg.MetadataValue.int(outcome.tables),
    }


def _schema_row(outcome: Outcome, schema: str, source_schema: str) -> tuple[str | int, ...]:
    names = outcome.tables_of.get(schema, ())
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return schema, source_schema, len(names), ", ".join(names[:MOST_NAMES]) + more


def _columns(columns: Sequence[TargetColumn]) -> Metadata:
    """In Dagster's own form, which its UI shows as a table's columns, and its search finds."""
    if not columns:
        return {}
    schema = dg.TableSchema([_column(each) for each in columns])
    return {"dagster/column_schema": dg.MetadataValue.table_schema(schema)}


def _column(each: TargetColumn) -> dg.TableColumn:
    name = inert(f"{each.schema}.{each.table}.{each.name}")
    return dg.TableColumn(name, inert(each.type), constraints=dg.TableColumnConstraints(nullable=not each.not_null))


def _changes(changes: tuple[JudgedChange, ...]) -> Metadata:
    worst_first = sorted(changes, key=lambda each: -each.severity)
    columns = ("severity", "action", "kind", "object", "findings")
    return table("changes", columns, (_change_row(each) for each in worst_first))


def _change_row(judged: JudgedChange) -> tuple[str, ...]:
    findings = "; ".join(": ".join(filter(None, (each.message, each.evidence, each.remedy))) for each in judged.told)
    change = judged.change
    return (str(judged.severity), change.action, change.kind, str(change.address), findings)


def _paths(outcome: Outcome, *names: str) -> Metadata:
    titles = {"models": "models.py", "ddl": "DDL file", "revision": "revision file"}
    found = {titles[name]: inert(str(outcome.paths[name])) for name in names if name in outcome.paths}
    told = {title: dg.MetadataValue.path(path) for title, path in found.items()}
    return {**told, **_code_references(found)}


def _code_references(files: Mapping[str, str]) -> Metadata:
    """Links that open the files in an editor."""
    if not files:
        return {}
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "Class `(LocalFileCodeReference|CodeReferencesMetadataValue)`", dg.BetaWarning
        )
        references = dg.CodeReferencesMetadataValue(
            code_references=[dg.LocalFileCodeReference(file_path=path, label=title) for title, path in files.items()]
        )
    return {"dagster/code_references": references}


def _durations(outcome: Outcome, *chapters: str) -> Metadata:
    taken = ((chapter, outcome.durations[chapter]) for chapter in chapters if chapter in outcome.durations)
    return {f"{chapter} (seconds)": dg.MetadataValue.float(round(seconds, 3)) for chapter, seconds in taken}


def named(told: Mapping[str, str | None]) -> Metadata:
    """Texts under their names, those that there are."""
    return {name: plain_text(said) for name, said in told.items() if said}


def _done_with(outcome: Outcome) -> str:
    return "taken back" if outcome.status == "rolled_back" else "applied"


def plain_text(said: str) -> dg.MetadataValue:
    """Plain text, which keeps its lines."""
    return dg.MetadataValue.text(_inert_lines(said))


def lines(title: str, column: str, rows: Iterable[str], most: int = MOST_ROWS) -> Metadata:
    """A table of one column; nothing without rows."""
    return table(title, (column,), ((each,) for each in rows), most)


def table(
    title: str, columns: tuple[str, ...], rows: Iterable[tuple[str | int, ...]], most: int = MOST_ROWS
) -> Metadata:
    """A table of plain text, which Dagster renders without reading any markup; nothing without rows."""
    schema = dg.TableSchema([dg.TableColumn(name) for name in columns])
    records = [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in _first(most, rows, len(columns))]
    return {title: dg.MetadataValue.table(records, schema)} if records else {}


def _first(most: int, rows: Iterable[tuple[str | int, ...]], columns: int) -> Iterator[tuple[str | int, ...]]:
    given = list(rows)
    for row in given[:most]:
        yield tuple(inert(cell) if isinstance(cell, str) else cell for cell in row)
    if len(given) > most:
        yield (f"and {len(given) - most} more", *[""] * (columns - 1))


def plain(metadata: Mapping[str, object]) -> dict[str, object]:
    """Metadata read back: numbers and texts; a table as its records."""
    return {name: _plain(value) for name, value in metadata.items()}


def _plain(value: object) -> object:
    if isinstance(value, dg.TableMetadataValue):
        return [dict(record.data) for record in value.records]
    return value.value if isinstance(value, dg.MetadataValue) else value
