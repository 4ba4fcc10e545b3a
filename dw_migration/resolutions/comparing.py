"""Two shapes compared: which old table and column goes where, and what stands in the way of their rows."""

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial

from dw_migration.errors import BadConfig
from dw_migration.resolutions.comparison import Comparison, Known, RowChange, Score, TablePair, What
from dw_migration.resolutions.conversions import conversion_of
from dw_migration.resolutions.pairing import IN_OTHER_CASE, Overlaps, Sides, exact, pair_of, table_matches
from dw_migration.resolutions.shape import ColumnShape, Shape, TableName, TableShape
from dw_migration.rule import Severity
from dw_migration.sql import quoted


def compare(
    old: Shape,
    new: Shape,
    *,
    schemas: Sequence[tuple[str, str]] = (),
    tables: Sequence[str] = (),
    exclude: Sequence[str] = (),
    known: Known | None = None,
    overlaps: Overlaps | None = None,
) -> Comparison:
    """What lies between the two, table by table.

    schemas: old and new ones that belong together; default: those of one name, or the only one on each side.
    tables, exclude: names and globs of tables, with or without schema, of either side; default: all.
    known: what became of what, for certain; where both are states of one database their oids say so too.
    overlaps: asks for values in common, where columns could be the same and their names do not say so.
    Raises: BadConfig for a filter that fits no table, and for schemas that do not belong together.
    """
    ways = tuple(schemas) or default_ways(old, new)
    before = _within(old, {schema for schema, _ in ways})
    after = _within(new, {schema for _, schema in ways})
    check_filters([*before, *after], tables, exclude)
    sides = Sides(before, after, ways, known or Known(), exact(old, new), overlaps)
    wanted = partial(is_wanted, tables=tables, exclude=exclude)
    matches = table_matches(sides)
    pairs = [
        pair_of(sides, each, *matches[each]) for each in before if each in matches and wanted(each, matches[each][0])
    ]
    gone = [each for each in before if each not in matches and wanted(each)]
    come = [each for each in after.keys() - {each for each, _ in matches.values()} if wanted(each)]
    if not (pairs or gone or come):
        raise BadConfig(
            f"no table is left to compare in {_told_ways(ways)}: found {len(before)} old and {len(after)} new"
        )
    labels = _labels(before, after)
    changes = [change for pair in pairs for change in _pair_changes(sides, pair, labels[pair.old.address])]
    changes += [_removed(before[each], labels[each]) for each in gone]
    changes += [_added(after[each], labels[each]) for each in come]
    changes.sort(key=lambda each: (each.table, -each.severity, each.old_column or each.new_column or "", each.what))
    notes = [*_notes(sides, old, pairs), *_passed_over(len(before) - len(pairs) - len(gone))]
    return Comparison(old, new, tuple(map(_without_generated, pairs)), tuple(changes), tuple(notes))


def _told_ways(ways: Iterable[tuple[str, str]]) -> str:
    return ", ".join(old if old == new else f"{old}:{new}" for old, new in ways)


def _without_generated(pair: TablePair) -> TablePair:
    """The pair without columns that the new table's server fills."""
    generated = {each.name for each in pair.new.columns if each.generated}
    return replace(pair, columns=tuple(each for each in pair.columns if each.new not in generated))


# --- which tables -----------------------------------------------------------------------------------------------------


def default_ways(
    old: Shape, new: Shape, *, empty_old: Iterable[str] = (), empty_new: Iterable[str] = ()
) -> tuple[tuple[str, str], ...]:
    """Schemas of one name, or the only one with tables on each side. Raises: BadConfig, naming those that there are.

    empty_old, empty_new: schemas without tables; by these, all tables of the other side are new or removed ones.
    """
    before, after = ({schema for schema, _ in shape.tables} for shape in (old, new))
    if not before & after and len(before) == len(after) == 1:
        return ((min(before), min(after)),)
    if both := (before & {*after, *empty_new}) | (after & {*before, *empty_old}):
        return tuple((each, each) for each in sorted(both))
    there = "; ".join(
        f"{s.place} has {', '.join(sorted(of)) or 'no tables'}" for s, of in ((old, before), (new, after))
    )
    raise BadConfig(
        f"no schema has the same name on both sides: {there}: say which belong together by --schema OLD:NEW"
    )


def check_filters(there: Collection[TableName], tables: Iterable[str], exclude: Iterable[str]) -> None:
    """Nothing, if every filter fits a table. Raises: BadConfig, naming each that does not, with the nearest table."""
    names = {name for _, name in there} | {f"{schema}.{name}" for schema, name in there}
    given = [*(("tables", each) for each in tables), *(("exclude", each) for each in exclude)]
    missing = [(what, glob) for what, glob in given if not any(_fits(glob, each) for each in there)]
    if missing:
        raise BadConfig("\n".join(f"{what}: no table fits {glob!r}{_nearest(glob, names)}" for what, glob in missing))


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1, 0.5) or [each for each in names if each.lower() == name.lower()]
    return f'; did you mean "{near[0]}"?' if near else f"; there are: {', '.join(names[:20]) or 'none'}"


def is_wanted(*addresses: TableName, tables: Sequence[str], exclude: Sequence[str]) -> bool:
    """Whether the filters let a table through, by one of its names."""
    chosen = not tables or any(_fits(glob, each) for glob in tables for each in addresses)
    return chosen and not any(_fits(glob, each) for glob in exclude for each in addresses)


def _fits(glob: str, address: TableName) -> bool:
    return any(glob == name or fnmatchcase(name, glob) for name in (address[1], ".".join(address)))


def _within(shape: Shape, schemas: Collection[str]) -> dict[TableName, TableShape]:
    return {address: shape.tables[address] for address in sorted(shape.tables) if address[0] in schemas}


def _labels(before: Collection[TableName], after: Collection[TableName]) -> dict[TableName, str]:
    """What each table is called: its name, with its schema where another one has it too."""
    labels: dict[TableName, str] = {}
    for side in (after, before):
        counts: dict[str, int] = defaultdict(int)
        for _, name in side:
            counts[name] += 1
        labels |= {each: each[1] if counts[each[1]] == 1 else ".".join(each) for each in side}
    return labels


# --- what is changed --------------------------------------------------------------------------------------------------

_GUESS = "a guess: check it, and say otherwise in the resolutions"


def _removed(table: TableShape, label: str) -> RowChange:
    return RowChange(
        What.TABLE_REMOVED,
        Severity.BREAKING,
        label,
        f"the new schema has no such table{_estimate(table)}",
        "its rows are left behind: say drop_table, or have the new schema make a table for them",
        old_table=table.address,
    )


def _estimate(table: TableShape) -> str:
    return f" (about {table.rows:,} rows)" if table.rows >= 0 else ""


def _added(table: TableShape, label: str) -> RowChange:
    return RowChange(
        What.TABLE_ADDED, Severity.SAFE, label, "only the new schema has it", "it stays empty", new_table=table.address
    )


def _pair_changes(sides: Sides, pair: TablePair, label: str) -> Iterator[RowChange]:
    """The changes of one table, with which table it is filled in."""
    found = [*_renamed_table(sides, pair), *_column_changes(sides, pair), *_key_changes(pair)]
    for each in found:
        yield replace(each, table=label, old_table=pair.old.address, new_table=pair.new.address)


def _renamed_table(sides: Sides, pair: TablePair) -> Iterator[RowChange]:
    known, old = sides.known, pair.old.address
    if pair.old.name != pair.new.name and (known.tables.get(old) != pair.new.address or (old, "") in known.renamed):
        action = f"its rows go to {_shown(pair.new.address)}{_doubt(pair.score)}"
        found = f"it is called {quoted(pair.new.name)} now"
        yield RowChange(What.TABLE_RENAMED, Severity.TRANSFORMABLE, "", found, action, score=pair.score)


def _doubt(score: Score | None) -> str:
    return f" ({_GUESS})" if score is not None and score is not IN_OTHER_CASE else ""


def _shown(address: TableName) -> str:
    return ".".join(map(quoted, address))


def _column_changes(sides: Sides, pair: TablePair) -> Iterator[RowChange]:
    before = {each.name: each for each in pair.old.columns}
    by_new = {each.new: each for each in pair.columns}
    for column in pair.new.columns:
        each = by_new.get(column.name)
        if each is None:
            yield _new_column(column)
        elif column.generated:
            yield from _computed(before[each.old], column)
        else:
            yield from _paired(sides, pair.old.address, before[each.old], column, each.score)
    gone = before.keys() - {each.old for each in pair.columns}
    yield from (_removed_column(each) for each in pair.old.columns if each.name in gone)


def _new_column(column: ColumnShape) -> RowChange:
    name, type_ = quoted(column.name), column.type
    change = partial(RowChange, new_column=column.name, new_type=type_)
    if column.is_required:
        found = f"new column {name} ({type_}) is NOT NULL and has no default"
        action = "every row needs a value: say which (default, or an expression)"
        return change(What.COLUMN_REQUIRED, Severity.BREAKING, "", found, action)
    found = f"new column {name} ({type_})"
    if column.generated:
        return change(What.COLUMN_ADDED, Severity.SAFE, "", found, "the database computes it")
    if column.fills_itself:
        action = f"the database's default: {column.default or 'the next number'}"
        return change(What.COLUMN_ADDED, Severity.SAFE, "", found, action)
    return change(What.COLUMN_ADDED, Severity.SAFE, "", found, "NULL in every row")


def _removed_column(column: ColumnShape) -> RowChange:
    found = f"column {quoted(column.name)} ({column.type}) has no place in the new table"
    action = "its values are left behind: say ignore, or rename to the column that takes them"
    change = partial(RowChange, old_column=column.name, old_type=column.type)
    return change(What.COLUMN_REMOVED, Severity.BREAKING, "", found, action)


def _computed(old: ColumnShape, new: ColumnShape) -> Iterator[RowChange]:
    """Nothing where the database computed it before, too."""
    if old.generated:
        return
    found = f"column {quoted(old.name)} is generated now, and takes no values"
    action = "the database computes it; the old values are left behind: say ignore"
    yield RowChange(
        What.COLUMN_REMOVED, Severity.BREAKING, "", found, action,
        old_column=old.name, new_column=new.name, old_type=old.type, new_type=new.type,
    )  # fmt: skip


def _paired(
    sides: Sides, table: TableName, old: ColumnShape, new: ColumnShape, score: Score | None
) -> Iterator[RowChange]:
    change = partial(RowChange, old_column=old.name, new_column=new.name, old_type=old.type, new_type=new.type)
    known, place = sides.known, (table, old.name)
    if old.name != new.name and (known.columns.get(place) != new.name or place in known.renamed):
        found = f"column {quoted(old.name)} is called {quoted(new.name)} now"
        action = f"its values go there{_doubt(score)}"
        yield change(What.COLUMN_RENAMED, Severity.TRANSFORMABLE, "", found, action, score=score)
    if turned := conversion_of(old, new):
        found = f"column {quoted(old.name)}: {turned.found}"
        yield change(turned.what, turned.severity, "", found, turned.action)
    if new.not_null and not old.not_null:
        yield change(What.COLUMN_REQUIRED, Severity.BREAKING, "", *_now_required(old, new))


def _now_required(old: ColumnShape, new: ColumnShape) -> tuple[str, str]:
    found = f"column {quoted(old.name)} can be NULL, and {quoted(new.name)} is NOT NULL"
    if new.default:
        told = f"its default {new.default} is for rows that say nothing, and a NULL is said"
        return found, f"{told}: give NULLs that value (default)"
    return found, "give the rows without a value one (default)"


def _key_changes(pair: TablePair) -> Iterator[RowChange]:
    """Whether the columns of the new key tell the old rows apart."""
    became = {each.old: each.new for each in pair.columns}
    if set(pair.new.key) == {became.get(each) for each in pair.old.key}:
        return
    told = f"the key is ({', '.join(map(quoted, pair.new.key))}), and was ({', '.join(map(quoted, pair.old.key))})"
    change = partial(RowChange, What.KEY_CHANGED)
    if not pair.new.key:
        yield change(Severity.TRANSFORMABLE, "", "the new table has no key", "the table is copied whole")
    elif tells_rows_apart(pair):
        yield change(Severity.TRANSFORMABLE, "", told, "the new key is unique in the old rows too")
    else:
        action = "nothing says that the old rows are unique by it: count them, and mend those that are there twice"
        yield change(Severity.BREAKING, "", told, action)


_MAKES_UNIQUE = ("nextval(", "gen_random_uuid(", "uuid_generate_v", "uuidv7(", "uuidv4(")


def tells_rows_apart(pair: TablePair) -> bool:
    """Whether the new key holds all columns of a unique one of the old table, or one that the database numbers."""
    came_from = {each.new: each.old for each in pair.columns}
    columns = {came_from[each] for each in pair.new.key if each in came_from}
    filled = [column for each in pair.new.key if each not in came_from and (column := pair.new.column(each))]
    is_numbered = any(each.identity or any(word in each.default for word in _MAKES_UNIQUE) for each in filled)
    return is_numbered or any(unique and columns >= set(unique) for unique in (pair.old.key, *pair.old.uniques))


def _notes(sides: Sides, old: Shape, pairs: Iterable[TablePair]) -> Iterator[str]:
    """What else a person should know."""
    if old.large_objects:
        yield f"{old.large_objects:,} large objects (pg_largeobject) stay behind: no row of a table holds them"
    for pair in pairs:
        became = sides.exact.tables.get(pair.old.address, pair.new.address)
        name = _shown(pair.old.address)
        if became != pair.new.address:
            yield f"{name} goes to the table of its name; by its oid it became {_shown(became)}"
        if not pair.old.key:
            yield f"{name} has no key: it is copied whole, in one transaction"
        for side, table in (("old", pair.old), ("new", pair.new)):
            if table.row_security:
                yield f"{name}: policies of the {side} table apply to our role: copying it is refused until they do not"


def _passed_over(count: int) -> Iterator[str]:
    if count:
        yield f"tables that were not asked for: {count:,}"
