"""A column, a domain, or an attribute of a composite type gets another type."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from dw_migration.changes import Alter, Change
from dw_migration.kinds.column import Column
from dw_migration.kinds.composite import Composite
from dw_migration.kinds.domain import Domain
from dw_migration.rule import Severity, Verdict

_NUMBERS = frozenset({"numeric", "real", "double precision", "text"})
WIDENS: dict[str, frozenset[str]] = {
    "smallint": frozenset({"integer", "bigint"}) | _NUMBERS,
    "integer": frozenset({"bigint", "numeric", "double precision", "text"}),
    "bigint": frozenset({"numeric", "text"}),
    "real": frozenset({"double precision", "text"}),
    "character varying": frozenset({"text"}),
    "date": frozenset({"timestamp without time zone", "timestamp with time zone", "text"}),
    "boolean": frozenset({"text"}),
}
"""From each type, those that hold every value of it."""


class _Type(NamedTuple):
    name: str
    limits: tuple[int, ...]


_ANY = frozenset({_Type("text", ()), _Type("character varying", ())})
"""Types that hold every value of every other."""


def changes_type(change: Change) -> Iterator[Verdict]:
    """A wider type carries all values over; a narrower or an unlike one may refuse or shorten them."""
    for what, old, new in _retyped(change) if isinstance(change, Alter) else ():
        turns = f"{what} turns from {old} into {new}"
        if widens(old, new):
            yield Verdict(Severity.TRANSFORMABLE, f"{turns}: every value fits")
        else:
            yield Verdict(
                Severity.BREAKING,
                f"{turns}: values may not fit, or lose digits",
                "look at the values in the target, mend those that do not fit, then approve the revision",
            )


def _retyped(change: Alter) -> Iterator[tuple[str, str, str]]:
    """What gets another type, which it had, and which it gets."""
    match change.old, change.new:
        case (Column() as old, Column() as new) | (Domain() as old, Domain() as new) if old.type != new.type:
            yield f"{change.kind} {change.address}", old.type, new.type
        case Composite() as old, Composite() as new:
            was = dict(zip(old.attributes, old.types, strict=True))
            for name, of in zip(new.attributes, new.types, strict=True):
                if was.get(name, of) != of:
                    yield f"attribute {change.address}.{name}", was[name], of


def widens(old: str, new: str) -> bool:
    """Whether every value of the one type is a value of the other, without loss."""
    if old.endswith("[]") and new.endswith("[]"):
        return widens(old.removesuffix("[]"), new.removesuffix("[]"))
    before, after = _parsed(old), _parsed(new)
    if after in _ANY and before.name != "character":  # whose blanks at the end are lost
        return True
    if before.name != after.name:
        return after.name in WIDENS.get(before.name, ()) and not after.limits
    if before.name == "numeric" and before.limits and after.limits:
        (digits, scale), (new_digits, new_scale) = before.limits, after.limits
        return new_scale >= scale and new_digits - new_scale >= digits - scale
    return not after.limits or (bool(before.limits) and before.limits <= after.limits)


def _parsed(text: str) -> _Type:
    limits = re.search(r"\(([\d,]+)\)", text)
    name = re.sub(r"\([\d,]+\)", "", text)
    return _Type(name, tuple(int(part) for part in limits[1].split(",")) if limits else ())
