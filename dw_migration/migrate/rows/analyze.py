"""`data analyze`: two schemas compared, in any two databases of the config; nothing is written to either."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dw_migration.config import Config
from dw_migration.errors import BadConfig, StalePlan
from dw_migration.live.rows.counts import with_counts
from dw_migration.live.workspace import write
from dw_migration.migrate.rows.results import make_folder, results
from dw_migration.migrate.rows.sides import opened_sides
from dw_migration.resolutions.comparison import Comparison, Known, RowChange, What
from dw_migration.resolutions.report import Recorded, Scope, changes_json, inert, recorded, report_text


@dataclass(frozen=True, slots=True)
class Analysis:
    """What lies between two schemas, and the files that tell it."""

    comparison: Comparison
    scope: Scope
    text: str
    """The report."""
    paths: Mapping[str, Path]
    """`report` and `changes`."""


def analyze(
    config: Config,
    *,
    from_: str,
    to: str,
    prefix: str,
    schemas: Sequence[str] = (),
    tables: Sequence[str] = (),
    exclude: Sequence[str] = (),
    out: Path | None = None,
    values: bool = False,
    counts: bool = True,
) -> Analysis:
    """The comparison of two places of the config; report and changes are written, which hold no value of a row.

    schemas: `old:new`, or one name for both; default: a source's in its target, else those of one name.
    tables, exclude: names and globs of tables; values: whether columns may be compared by their values too; counts:
    whether the old rows are counted.
    Raises: BadConfig for a place, schema or filter that fits nothing; NoConnection, NotAllowed, SourceChanging.
    """
    files = results(config, prefix, out)
    with opened_sides(config, from_, to) as sides:
        ways = sides.ways(schemas)
        comparison, scope = sides.compared(ways, tables, exclude, values=values)
        comparison = with_counts(comparison, sides.old_session) if counts else comparison
    text = report_text(comparison, prefix)
    make_folder(files.folder)
    write(files.report, text)
    write(files.changes, json.dumps(changes_json(comparison, scope), indent=2) + "\n")
    return Analysis(comparison, scope, text, {"report": files.report, "changes": files.changes})


def analyzed(config: Config, changes: Path) -> tuple[Comparison, Scope]:
    """What the changes file tells, with both schemas read anew: severities, counts and guesses are the file's.

    Raises: BadConfig for a file that is missing, or no such file; StalePlan where the schemas have changed since.
    """
    told = _recorded(changes)
    with opened_sides(config, told.scope.old, told.scope.new) as sides:
        comparison, scope = sides.compared(
            told.scope.schemas, told.scope.tables, told.scope.exclude, renames=_renames(told.changes)
        )
    _check_fresh(changes, told.changes, comparison.changes)
    return replace(comparison, changes=told.changes), scope


# --- the changes file -------------------------------------------------------------------------------------------------


def _recorded(changes: Path) -> Recorded:
    try:
        content = json.loads(changes.read_bytes())
    except OSError as fault:
        raise BadConfig(f"{changes}: cannot be read: {fault.strerror}: run `dw-migration data analyze` first") from None
    except (ValueError, RecursionError):
        raise BadConfig(f"{changes}: is not JSON: run `dw-migration data analyze` again") from None
    return recorded(content, str(changes))


def _renames(changes: Iterable[RowChange]) -> Known:
    """What the file says was renamed."""
    tables, columns = {}, {}
    for each in changes:
        if each.old_table and each.new_table and each.what is What.TABLE_RENAMED:
            tables[each.old_table] = each.new_table
        if each.old_table and each.old_column and each.new_column and each.what is What.COLUMN_RENAMED:
            columns[each.old_table, each.old_column] = each.new_column
    return Known(tables, columns, frozenset([*((each, "") for each in tables), *columns]))


def _check_fresh(changes: Path, told: Iterable[RowChange], now: Iterable[RowChange]) -> None:
    """Nothing, if the file tells what there is. Raises: StalePlan."""
    before, after = {_essence(each): each for each in told}, {_essence(each): each for each in now}
    if moved := sorted(before.keys() ^ after.keys(), key=str):
        first = before.get(moved[0]) or after[moved[0]]
        which = "is no more" if moved[0] in before else "is new"
        raise StalePlan(
            f"{changes}: the schemas have changed since they were analysed: {len(moved)} changes differ; the first, "
            f"which {which}: {inert(first.table)}: {inert(first.found)}: run `dw-migration data analyze` again"
        )


def _essence(change: RowChange) -> tuple[object, ...]:
    """What a change is about, whatever the rows say of it."""
    places = (change.old_table, change.new_table, change.old_column, change.new_column)
    return (change.what, *places, change.old_type, change.new_type)
