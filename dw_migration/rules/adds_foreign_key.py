"""A new foreign key."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Alter, Change, Create
from dw_migration.kinds.constraint import Constraint
from dw_migration.rule import Probe, Severity, Verdict, counting
from dw_migration.sql import Sql, identifier, joined, sql

_SAME = ("columns", "foreign_schema", "foreign_table", "foreign_columns", "match_full", "period")


def adds_foreign_key(change: Change, around: Around) -> Iterator[Verdict]:
    """Rows that name one that is not there stop a new foreign key."""
    new = _looks_at_rows(change, around)
    if new is None:
        return
    what, pair = f"foreign key {new.address}", around.pair(change)
    rows = around.rows(new.schema, new.owner, alone=True)
    if rows is None or around.is_new(new.schema, new.owner):
        yield Verdict(Severity.SAFE, f"adds {what}: its table is new")
    elif not (new.validated and new.enforced):
        yield Verdict(Severity.SAFE, f"adds {what}: it looks at no row that is there")
    elif pair and isinstance(pair[0], Constraint) and pair[0].validated and _is_same(pair[0], new):
        yield Verdict(Severity.SAFE, f"makes {what} anew: every row names one that is there already")
    else:
        yield Verdict(
            Severity.BREAKING,
            f"adds {what}: rows that name one that is not in {new.foreign_schema}.{new.foreign_table} stop it",
            "copy the rows that are missed, or mend those that name them, then approve the revision",
            probe=_probe(new, rows, around),
        )


def _looks_at_rows(change: Change, around: Around) -> Constraint | None:
    if isinstance(change, Create | Alter) and isinstance(change.new, Constraint) and change.new.type == "f":
        if around.is_made_again(change):
            return None
        if isinstance(change, Create) or (isinstance(change.old, Constraint) and not change.old.validated):
            return change.new
    return None


def _is_same(old: Constraint, new: Constraint) -> bool:
    return all(getattr(old, name) == getattr(new, name) for name in _SAME)


def _probe(new: Constraint, rows: Sql, around: Around) -> Probe:
    there = around.rows(new.foreign_schema, new.foreign_table, alone=True)
    is_told = around.stay(new.schema, new.owner, new.columns) and (
        there is None or around.stay(new.foreign_schema, new.foreign_table, new.foreign_columns)
    )
    if new.period or not is_told:
        return Probe(counting(rows), "rows are there, and a column of it is new or changes its type", Severity.SAFE)
    here = [sql("here.k{}", number) for number, _ in enumerate(new.columns)]
    asked = sql("(SELECT {} FROM {}) AS here", _numbered("k", new.columns), rows)
    whole = joined([sql("{} IS NOT NULL", each) for each in here], " AND ")
    missed = sql("true") if there is None else _missed(new, here, there)
    if new.match_full:
        some = joined([sql("{} IS NOT NULL", each) for each in here], " OR ")
        where = sql("({}) AND (NOT ({}) OR {})", some, whole, missed)
    else:
        where = sql("{} AND {}", whole, missed)
    return Probe(counting(sql("{} WHERE {}", asked, where)), "rows name one that is not there", Severity.SAFE)


def _missed(new: Constraint, here: list[Sql], there: Sql) -> Sql:
    pairs = [sql("there.f{} = {}", number, each) for number, each in enumerate(here)]
    columns = _numbered("f", new.foreign_columns)
    equal = joined(pairs, " AND ")
    return sql("NOT EXISTS (SELECT FROM (SELECT {} FROM {}) AS there WHERE {})", columns, there, equal)


def _numbered(letter: str, columns: tuple[str, ...]) -> Sql:
    """`id AS k0, name AS k1`: whatever the columns are called."""
    return joined(
        [sql("{} AS {}", identifier(name), identifier(f"{letter}{number}")) for number, name in enumerate(columns)]
    )
