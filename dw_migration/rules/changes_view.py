"""A view gives other columns, or other rows."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change
from dw_migration.kind import Query
from dw_migration.rule import Severity, Verdict
from dw_migration.widening import widens


def changes_view(change: Change, around: Around) -> Iterator[Verdict]:
    """A column that goes or gets a narrower or unlike type breaks readers; another query gives them other rows."""
    match around.pair(change):
        case (Query() as old, Query() as new):
            yield from _of(old, new)


def _of(old: Query, new: Query) -> Iterator[Verdict]:
    types = dict(zip(new.columns, new.types, strict=True))
    gone = [name for name in old.columns if name not in types]
    was = [(name, of) for name, of in zip(old.columns, old.types, strict=True) if types.get(name, of) != of]
    other = [name for name, of in was if not widens(of, types[name])]
    what = f"{new.kind} {new.address}"
    if gone or other:
        told = [f"loses {', '.join(gone)}"] * bool(gone) + [f"gets other types for {', '.join(other)}"] * bool(other)
        yield Verdict(
            Severity.BREAKING,
            f"{what} {' and '.join(told)}: what reads that fails, or gets other values",
            "let its readers do without, then approve the revision",
        )
    elif was:
        wider = ", ".join(f"{name} as {types[name]}" for name, _ in was)
        yield Verdict(Severity.TRANSFORMABLE, f"{what} gives {wider}: every value fits")
    elif old.definition != new.definition:
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"{what} is another query: its readers may get other rows",
            "look at both definitions",
        )
    elif old.columns != new.columns:
        yield Verdict(Severity.TRANSFORMABLE, f"{what} has its columns in another order, or more of them")
