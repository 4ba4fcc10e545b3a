"""Values must be unique from now on: a primary key, a unique constraint or a unique index."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dw_migration.around import Around
from dw_migration.changes import Change, Create
from dw_migration.expressions import called_in
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.column import Column
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.index import Index
from dw_migration.kinds.materialized_view import MaterializedView
from dw_migration.rule import Probe, Severity, Verdict, counting
from dw_migration.sql import Sql, deparsed, identifier, joined, sql

_NAME = r'(?:"(?:[^"]|"")+"|[a-z_]\w*)'
_PLAIN = re.compile(rf"btree \(({_NAME}(?:, {_NAME})*)\)(?: INCLUDE \([^()]*\))?(?: WHERE \((.*)\))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Key:
    what: str
    schema: str
    table: str
    columns: tuple[str, ...]
    """Empty where it is of expressions."""
    where: str = ""
    nulls_count: bool = False
    of_view: bool = False
    """A materialized one."""

    @property
    def parent(self) -> Address:
        """Its table."""
        return Address("table", self.schema, name=self.table)


def adds_key(change: Change, around: Around) -> Iterator[Verdict]:
    """Rows with equal values stop a new key."""
    key = _key(change.new) if isinstance(change, Create) else None
    if key is None:
        return
    if key.of_view:
        yield from _of_view(key, around)
        return
    if around.is_made_again(change):
        return
    pair = around.pair(change)
    rows = around.rows(key.schema, key.table, alone=True)
    if around.is_new(key.schema, key.table) or rows is None:
        yield Verdict(Severity.SAFE, f"adds {key.what}: its table is new")
    elif pair and (before := _key(pair[0])) and _is_as_strict(before, key):
        yield Verdict(Severity.SAFE, f"makes {key.what} anew: rows were unique by these columns before")
    elif _is_of_nulls(key, around):
        yield Verdict(Severity.SAFE, f"adds {key.what}: a column of it is new, and holds NULL in every row")
    else:
        yield _stopped(key, rows, around)


def _of_view(key: _Key, around: Around) -> Iterator[Verdict]:
    """Also where the index is made again: its view is filled anew by then."""
    rows = around.rows_of_view(key.schema, key.table)
    if rows is None:
        yield Verdict(Severity.SAFE, f"adds {key.what}: its view is empty")
    else:
        yield _stopped(key, rows, around)


def _stopped(key: _Key, rows: Sql, around: Around) -> Verdict:
    return Verdict(
        Severity.BREAKING,
        f"adds {key.what}: rows with equal values stop it",
        "keep one of the rows that are equal, then approve the revision",
        probe=_probe(key, rows, around),
    )


def _key(each: DatabaseObject) -> _Key | None:
    if isinstance(each, Constraint) and each.type in "pu":
        word = "primary key" if each.type == "p" else "unique constraint"
        columns = () if each.period else each.columns
        return _Key(f"{word} {each.address}", each.schema, each.owner, columns, nulls_count=each.nulls_not_distinct)
    if isinstance(each, Index) and each.unique:
        found = _PLAIN.fullmatch(each.definition)
        names = tuple(_unquoted(name) for name in re.findall(_NAME, found[1])) if found else ()
        where, of_view = (found and found[2]) or "", each.of == "materialized view"
        return _Key(f"unique index {each.address}", each.schema, each.table, names, where, of_view=of_view)
    return None


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _is_as_strict(before: _Key, key: _Key) -> bool:
    """Whether what was unique before is unique by the new key."""
    covered = bool(before.columns) and set(before.columns) <= set(key.columns)
    return covered and not before.where and before.nulls_count >= key.nulls_count


def _is_of_nulls(key: _Key, around: Around) -> bool:
    there = {each.name for each in around.columns(key.schema, key.table)}
    created = [each for each in around.changes if isinstance(each, Create) and each.new.parent == key.parent]
    filled = {each.address.name for each in created if isinstance(each.new, Column) and _is_filled(each, each.new)}
    return not key.nulls_count and any(name not in there and name not in filled for name in key.columns)


def _is_filled(change: Create, column: Column) -> bool:
    """Whether the rows that are there get a value."""
    return bool(change.parts or column.identity or column.generated)


def _probe(key: _Key, rows: Sql, around: Around) -> Probe:
    if not key.columns or not (key.of_view or around.stay(key.schema, key.table, key.columns)):
        beyond = sql("(SELECT FROM {} OFFSET 1) AS others", rows)
        what = "rows besides the first could be equal to others"
        return Probe(counting(beyond), what, Severity.SAFE, _called(key, around))
    names = [identifier(name) for name in key.columns]
    told = [] if key.nulls_count else [sql("{} IS NOT NULL", name) for name in names]
    told += [sql("({})", deparsed(key.where))] if key.where else []
    where = sql(" WHERE {}", joined(told, " AND ")) if told else sql("")
    twice = sql("(SELECT FROM {}{} GROUP BY {} HAVING count(*) > 1) AS twice", rows, where, joined(names))
    calls = (*_called(key, around), *called_in(key.where))
    return Probe(counting(twice), "values come more than once", Severity.SAFE, calls)


def _called(key: _Key, around: Around) -> tuple[str, ...]:
    """What the query of a materialized view calls."""
    view = around.after.objects.get(Address("materialized view", key.schema, name=key.table))
    return called_in(view.definition) if isinstance(view, MaterializedView) else ()
