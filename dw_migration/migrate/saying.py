"""A person says whether what goes and what comes are one under another name, and what rows get in a new column."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from dw_migration.catalog import Catalog
from dw_migration.config import Config, Source
from dw_migration.errors import BadConfig
from dw_migration.fills import Said, columns_in, functions_in, said
from dw_migration.kind import Address
from dw_migration.kinds.column import Column
from dw_migration.kinds.default import Default
from dw_migration.migrate.alike import similar
from dw_migration.migrate.outcome import Outcome
from dw_migration.migrate.run import Run, half_way, running
from dw_migration.migrate.seen import base_of, read_desired
from dw_migration.migrate.told import outcome_of
from dw_migration.revision import one_line


def renamed(
    config: Config, source: Source, old: str, new: str, *, same: bool = True, by: str = "", note: str = ""
) -> Outcome:
    """Note that `old` (`orders`, `orders.note`) is `new` under another name, or with `same=False` that it is not.

    It holds for every source of this target whose table has this shape before and after; the next plan goes by it.
    Status `noted`. Raises: BadConfig where these two are not asked about, naming what is; BrokenHistory.
    """
    with running(config, source, by=by) as run:
        half_way(run)
        refusal = _said(run, old, new, same=same, note=note)
        if not refusal:
            message = f"{old} is {new}" if same else f"{old} is not {new}"
            return outcome_of(run, "noted", message=message, next_command=f"dw-migration plan {run.name}")
    raise BadConfig(refusal)  # out here, where it does not become the source's status


def _said(run: Run, old: str, new: str, *, same: bool, note: str) -> str:
    """Why it cannot be noted; empty where it is."""
    found = similar(run.ledger, base_of(run), read_desired(run)[1].catalog)
    asked = {(each.old, each.new): each for each in (*found.answered, *(alike for alike, _ in found.open.values()))}
    alike = asked.get((old, new)) or asked.get((old, f"{old.rpartition('.')[0]}.{new}"))
    if alike is None:
        named = ", ".join(f"{one} {other}" for one, other in sorted(asked)) or "nothing"
        return f"{run.name}: nobody asks whether {one_line(old)} is {one_line(new)}: asked is {one_line(named, 1_000)}"
    run.ledger.say(run.name, alike, run.actor, note, same=same)
    return ""


# --- what rows get ----------------------------------------------------------------------------------------------------


def say_fills(config: Config, source: Source, fills: Sequence[str], *, by: str = "") -> tuple[str, ...]:
    """Note what rows get in columns that are NOT NULL from now on: `orders.note=EXPR`; each plan goes by it.

    What is NOT NULL in the target already is not noted, and told. Raises: BadConfig where a column is not known or is
    no such one, or EXPR no value of one row; BrokenHistory.
    """
    asked = tuple(map(said, fills))
    with running(config, source, by=by) as run:
        half_way(run)
        desired, given = read_desired(run)[1].catalog, base_of(run).given
        found = [_column(run, desired, each) for each in asked]
        refusal = next((each for each in found if isinstance(each, str)), "")
        told: list[str] = []
        if not refusal:
            columns = [each for each in found if isinstance(each, Column)]
            pairs = [(one, _of_source(desired, one, each)) for one, each in zip(columns, asked, strict=True)]
            refusal = next((why for column, each in pairs for why in _why_not(run, desired, given, column, each)), "")
            told += [] if refusal else _noted(run, given, pairs)
    if refusal:
        raise BadConfig(refusal)  # out here, where it does not become the source's status
    return tuple(told)


def _column(run: Run, desired: Catalog, each: Said) -> Column | str:
    """The column that is meant, or why none is."""
    columns = [one for one in desired.objects.values() if isinstance(one, Column)]
    found = [one for one in columns if (one.table, one.name) == each[1:3] and each.schema in {"", one.schema}]
    place = one_line(each.place)
    if len(found) > 1:
        schemas = ", ".join(sorted(one.schema for one in found))
        return f"{run.name}: --fill {place}: such a column is in {schemas}: write SCHEMA.TABLE.COLUMN"
    if not found:
        near = get_close_matches(f"{each.table}.{each.column}", {f"{one.table}.{one.name}" for one in columns}, 1)
        meant = f": did you mean {one_line(near[0])}" if near else ""
        return f"{run.name}: --fill {place}: the target is to have no such column{meant}"
    return found[0]


def _why_not(run: Run, desired: Catalog, given: Catalog, column: Column, each: Said) -> Iterator[str]:
    """Why the column cannot get this."""
    begins, old = f"{run.name}: --fill {one_line(each.place)}", given.objects.get(column.address)
    if column.whole_table and not column.local:
        yield f"{begins}: it is inherited: say it of {one_line(f'{column.whole_table}.{column.name}')}"
    if not column.not_null:
        yield f"{begins}: the column may be NULL: nothing has to be filled"
    has_own = _default(desired, column) or column.identity or column.generated
    if each.is_default:
        yield f"{begins}: the source has no default for it"
        return
    if not isinstance(old, Column) and has_own:
        yield f"{begins}: its rows get a value of its own: the column has a default, an identity or an expression"
    known = {one.name for one in desired.objects.values() if isinstance(one, Column) and one.parent == column.parent}
    for *table, name in sorted(columns_in(each.expression)):
        if name not in known or table not in ([], [column.table]):
            yield f"{begins}: {one_line('.'.join((*table, name)))} is no column of {one_line(column.table)}"
    if many := _not_for_one_row(run, each):
        yield f"{begins}: {', '.join(many)} gives no one value for a row: an aggregate, a window or a set"


def _default(desired: Catalog, column: Column) -> str:
    """The expression of the column's default; empty where it has none."""
    found = desired.objects.get(Address("default", column.schema, column.table, column.name))
    return found.expression if isinstance(found, Default) else ""


def _of_source(desired: Catalog, column: Column, each: Said) -> Said:
    """What was said, with the source's own default where it is that."""
    default = _default(desired, column) if each.is_default else ""
    return each._replace(expression=default) if default else each


_MANY = """
SELECT p.proname FROM pg_catalog.pg_proc p WHERE p.proname = ANY (%s)
 GROUP BY 1 HAVING pg_catalog.bool_and(p.prokind IN ('a', 'w') OR p.proretset) ORDER BY 1
"""


def _not_for_one_row(run: Run, each: Said) -> list[str]:
    names = sorted({function[-1] for function in functions_in(each.expression)})
    return [str(name) for (name,) in run.target.execute(_MANY, (names,))] if names else []


def _noted(run: Run, given: Catalog, pairs: Sequence[tuple[Column, Said]]) -> Iterator[str]:
    """What was not, since it would change nothing; of a source that nothing is applied of, all tables are new."""
    for column, each in pairs:
        old = given.objects.get(column.address)
        if isinstance(old, Column) and old.not_null:
            yield f"--fill {one_line(each.place)}: the column is NOT NULL in the target already: nothing is filled"
        elif run.ledger.source(run.name) is not None:
            run.ledger.say_fill(run.name, column.address, each.expression, run.actor)
