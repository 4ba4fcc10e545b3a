"""A comparison told: as text, as Markdown, and as the JSON from which later commands go on."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dw_migration.errors import BadConfig
from dw_migration.resolutions.comparison import Comparison, RowChange, Score, What
from dw_migration.resolutions.shape import Shape, TableName
from dw_migration.rule import Severity

NOTHING = "No changes found"
VERSION = 1
"""Of the changes file."""
_SECTIONS = {
    Severity.SAFE: "goes by itself",
    Severity.TRANSFORMABLE: "is converted on the way: read it once",
    Severity.BREAKING: "needs a decision: dw-migration data resolve",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What was compared: all that is needed to compare it again."""

    old: str
    """The old side's place in the config: `sources.shop`."""
    new: str
    schemas: tuple[tuple[str, str], ...]
    """Old and new ones that belong together."""
    tables: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def inert(text: str) -> str:
    """The text on one line; whatever is not printable (line breaks, escape sequences, marks of direction) spelt out."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


# --- for people -------------------------------------------------------------------------------------------------------


def report_text(comparison: Comparison, prefix: str) -> str:
    """The report as plain text: totals, what a person should know, then the changes from safe to breaking."""
    lines = [f"Migration report: {inert(prefix)}", "", *_sides(comparison), "", *_totals(comparison)]
    lines += [f"Note: {inert(each)}" for each in comparison.notes]
    for severity, meaning in _SECTIONS.items():
        lines += _section(severity, meaning, comparison.of(severity))
    return "\n".join([*lines, *(["", NOTHING] if not comparison.changes else [])]) + "\n"


def _sides(comparison: Comparison) -> Iterator[str]:
    for name, side in (("Old", comparison.old), ("New", comparison.new)):
        yield f"{name}: {inert(side.place)}, database {inert(side.database)}, PostgreSQL {_version(side)}"


def _version(shape: Shape) -> str:
    return f"{shape.server_version // 10000}.{shape.server_version % 10000}"


def _totals(comparison: Comparison) -> Iterator[str]:
    rows = sum(max(0, each.old.rows) for each in comparison.pairs)
    unknown = sum(each.old.rows < 0 for each in comparison.pairs)
    beside = f", and those of {unknown:,} tables that were never analyzed" if unknown else ""
    yield f"Tables that are copied: {len(comparison.pairs):,} (about {rows:,} rows{beside})"
    counts = ", ".join(f"{count:,} {name}" for name, count in totals(comparison).items())
    yield f"Changes: {len(comparison.changes):,} ({counts})"


def totals(comparison: Comparison) -> dict[str, int]:
    """How many changes there are of each severity."""
    return {str(each): len(comparison.of(each)) for each in Severity}


def _section(severity: Severity, meaning: str, changes: tuple[RowChange, ...]) -> Iterator[str]:
    if not changes:
        return
    yield from ("", f"{str(severity).upper()} ({len(changes):,}): {meaning}")
    table = None
    for each in changes:
        if each.table != table:
            table = each.table
            yield f"  {inert(table)}"
        yield f"    {inert(found_in(each))}"
        yield f"      -> {inert(each.action)}"


def found_in(change: RowChange) -> str:
    """What was found, with how sure that is where it is a guess."""
    if change.score is None:
        return change.found
    return f"{change.found} (similarity {change.score.value:.2f}: {change.score.reason})"


def report_markdown(comparison: Comparison, prefix: str) -> str:
    """The report as Markdown, a table a severity; text from databases shows as it is, and does nothing."""
    lines = [f"## Migration report: {_plain(prefix)}", ""]
    lines += [f"- {_plain(each)}" for each in (*_sides(comparison), *_totals(comparison), *comparison.notes)]
    for severity, meaning in _SECTIONS.items():
        changes = comparison.of(severity)
        if changes:
            lines += ["", f"### {str(severity).upper()} ({len(changes):,}): {meaning}", ""]
            lines += ["| table | found | action |", "| --- | --- | --- |", *map(_row, changes)]
    return "\n".join([*lines, *(["", NOTHING] if not comparison.changes else [])]) + "\n"


def _row(change: RowChange) -> str:
    return f"| {_plain(change.table)} | {_plain(found_in(change))} | {_plain(change.action)} |"


def _plain(text: str) -> str:
    """The text with all that Markdown or HTML could take for markup as character references."""
    return re.sub(r"[^\w\s.,:;()/%'?=-]|_|://|www\.", lambda found: _references(found[0]), inert(text))


def _references(text: str) -> str:
    return "".join(f"&#{ord(each)};" for each in text)


# --- for programs -----------------------------------------------------------------------------------------------------


def changes_json(comparison: Comparison, scope: Scope) -> dict[str, Any]:
    """The changes file: what was compared, and every change; no values of rows."""
    return {
        "version": VERSION,
        "from": {"place": scope.old, "database": comparison.old.database},
        "to": {"place": scope.new, "database": comparison.new.database},
        "schemas": [list(each) for each in scope.schemas],
        "tables": list(scope.tables),
        "exclude": list(scope.exclude),
        "totals": totals(comparison),
        "copied": [{"old": list(each.old.address), "new": list(each.new.address)} for each in comparison.pairs],
        "changes": [change_json(each) for each in comparison.changes],
        "notes": list(comparison.notes),
    }


def change_json(change: RowChange) -> dict[str, Any]:
    """One change."""
    told = asdict(change) | {"what": str(change.what), "severity": str(change.severity)}
    return told | {name: list(told[name]) for name in ("old_table", "new_table") if told[name]}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a changes file says."""

    scope: Scope
    changes: tuple[RowChange, ...]


def recorded(content: Any, name: str) -> Recorded:
    """What the content of a changes file says; `name` is the file's.

    Raises: BadConfig for what no `data analyze` wrote: files are edited, and cut off.
    """
    try:
        if content["version"] != VERSION:
            raise BadConfig(f"{name}: has version {inert(str(content['version']))}, expected {VERSION}: analyse again")
        schemas = tuple((_text(old), _text(new)) for old, new in content["schemas"])
        globs = (tuple(map(_text, content[each])) for each in ("tables", "exclude"))
        scope = Scope(_text(content["from"]["place"]), _text(content["to"]["place"]), schemas, *globs)
        return Recorded(scope, tuple(map(_change, content["changes"])))
    except (KeyError, TypeError, ValueError) as fault:
        raise BadConfig(
            f"{name}: is no file that `dw-migration data analyze` wrote ({type(fault).__name__}): analyse again"
        ) from None


def _change(told: Mapping[str, Any]) -> RowChange:
    score = told["score"]
    return RowChange(
        What(told["what"]),
        Severity[_text(told["severity"]).upper()],
        _text(told["table"]),
        _text(told["found"]),
        _text(told["action"]),
        old_table=_address(told["old_table"]),
        new_table=_address(told["new_table"]),
        old_column=None if told["old_column"] is None else _text(told["old_column"]),
        new_column=None if told["new_column"] is None else _text(told["new_column"]),
        old_type=_text(told["old_type"]),
        new_type=_text(told["new_type"]),
        score=Score(float(score["value"]), _text(score["reason"])) if score else None,
    )


def _address(names: Iterable[Any] | None) -> TableName | None:
    if names is None:
        return None
    schema, name = names
    return _text(schema), _text(name)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("expected text")
    return value
