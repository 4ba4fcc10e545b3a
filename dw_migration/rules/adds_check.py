"""A new check, of a table or of a domain."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Alter, Change, Create
from dw_migration.expressions import called_in
from dw_migration.kinds.constraint import Constraint
from dw_migration.rule import Probe, Severity, Verdict, counting
from dw_migration.sql import Sql, deparsed, sql


def adds_check(change: Change, around: Around) -> Iterator[Verdict]:
    """Rows that do not fulfil a new check stop it."""
    new = _looks_at_rows(change, around)
    if new is None:
        return
    what, pair = f"check {new.address}", around.pair(change)
    rows = _rows(new, around)
    if not new.on_domain and (rows is None or around.is_new(new.schema, new.owner)):
        yield Verdict(Severity.SAFE, f"adds {what}: its table is new")
    elif pair and isinstance(pair[0], Constraint) and pair[0].validated and pair[0].expression == new.expression:
        yield Verdict(Severity.SAFE, f"makes {what} anew: every row fulfils it already")
    elif not (new.validated and new.enforced):
        yield Verdict(Severity.SAFE, f"adds {what}: it looks at no row that is there")
    elif new.on_domain and not around.before.dependents.get(new.parent):
        yield Verdict(Severity.SAFE, f"adds {what}: nothing is of the domain yet")
    else:
        yield Verdict(
            Severity.BREAKING,
            f"adds {what}: rows that do not fulfil it stop it",
            "mend such rows first, then approve the revision",
            probe=_probe(new, rows, around) if rows else None,
        )


def _looks_at_rows(change: Change, around: Around) -> Constraint | None:
    """The check that is made, or that begins to hold for rows that were there before it."""
    if isinstance(change, Create | Alter) and isinstance(change.new, Constraint) and change.new.type == "c":
        if around.is_made_again(change):
            return None
        if isinstance(change, Create) or (isinstance(change.old, Constraint) and not change.old.validated):
            return change.new
    return None


def _rows(new: Constraint, around: Around) -> Sql | None:
    return around.values_of(new.parent, Sql("{}")) if new.on_domain else around.rows(new.schema, new.owner)


def _probe(new: Constraint, rows: Sql, around: Around) -> Probe:
    refused = sql("{} WHERE NOT ({})", rows, deparsed(new.expression))
    if new.on_domain:
        return Probe(counting(refused), "values do not fulfil it", Severity.SAFE, called_in(new.expression))
    changed = [name for name in new.columns if not around.stay(new.schema, new.owner, (name,))]
    if not changed:
        return Probe(counting(refused), "rows do not fulfil it", Severity.SAFE, called_in(new.expression))
    return Probe(counting(rows), "rows are there, and a column of it is new or changes its type", Severity.SAFE)
