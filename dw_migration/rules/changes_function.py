"""What expressions call does something else: a function, an aggregate, an operator, a cast."""

from collections.abc import Iterator
from dataclasses import replace

from dw_migration.around import Around
from dw_migration.changes import Change
from dw_migration.kind import Address, Called
from dw_migration.kinds.column import Column
from dw_migration.rule import Severity, Verdict

_STORED = frozenset({"index", "constraint", "column", "materialized view", "table", "partition"})
_SHOWN = 5


def changes_function(change: Change, around: Around) -> Iterator[Verdict]:
    """Stored results of the old one stay: indexes find rows no more, checks hold no more, generated columns are old."""
    pair = around.pair(change)
    if pair is None or not isinstance(pair[0], Called) or not isinstance(pair[1], Called):
        return
    old, new = pair
    what = f"{new.kind} {new.address}"
    if replace(old, comment="") == replace(new, comment=""):  # type: ignore[type-var]
        return
    stored = [f"{each.kind} {each}" for each in _standing_on(new.address, around)]
    if stored:
        named = ", ".join(stored[:_SHOWN]) + (f" and {len(stored) - _SHOWN} more" if len(stored) > _SHOWN else "")
        yield Verdict(
            Severity.BREAKING,
            f"{what} changes, and {named} keeps what the old one gave",
            "where its results change: REINDEX, add the checks anew, and UPDATE the rows of generated columns; "
            "then approve the revision",
        )
    else:
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"{what} changes: those who call it may get something else",
            "look at both definitions",
        )


def _standing_on(called: Address, around: Around) -> list[Address]:
    """What keeps results of it, and is not made anew by this plan."""
    made = {each.address for each in around.changes if each.action == "create"}
    found, waiting = set[Address](), [called]
    while waiting:
        for each in around.before.dependents.get(waiting.pop(), ()):
            if each not in found:
                found.add(each)
                waiting += [each] if each.kind in {"function", "operator", "cast", "aggregate"} else []
    return sorted(each for each in found - made if each.kind in _STORED and _keeps(each, around))


def _keeps(address: Address, around: Around) -> bool:
    each = around.before.objects[address]
    return not isinstance(each, Column) or each.generated == "s"
