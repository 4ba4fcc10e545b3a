"""Types as PostgreSQL writes them, and which hold every value of which."""

import re
from typing import NamedTuple

TIMESTAMPS = frozenset({"timestamp without time zone", "timestamp with time zone"})
WIDENS: dict[str, frozenset[str]] = {
    "smallint": frozenset({"integer", "bigint", "numeric", "real", "double precision", "text"}),
    "integer": frozenset({"bigint", "numeric", "double precision", "text"}),
    "bigint": frozenset({"numeric", "text"}),
    "real": frozenset({"double precision", "text"}),
    "character varying": frozenset({"text"}),
    "date": TIMESTAMPS | {"text"},
    "boolean": frozenset({"text"}),
}
"""From each type, those that hold every value of it."""
_DIGITS = {"smallint": 5, "integer": 10, "bigint": 19}
_LIMITS = re.compile(r"\(([\d,-]+)\)")


class TypeName(NamedTuple):
    """A type without its limits, which are apart: `numeric(10,2)[]` is `numeric`, (10, 2), an array."""

    name: str
    limits: tuple[int, ...]
    is_array: bool = False

    @property
    def numeric(self) -> tuple[int, int]:
        """Digits and scale; `numeric(10)` has the scale 0."""
        digits, *scale = self.limits
        return digits, scale[0] if scale else 0


_ANY = frozenset({TypeName("text", ()), TypeName("character varying", ())})
"""Types that hold every value of every other."""


def type_name(text: str) -> TypeName:
    """What format_type() wrote, taken apart."""
    limits = _LIMITS.search(text)
    name = _LIMITS.sub("", text, count=1)
    numbers = tuple(int(each) for each in limits[1].split(",")) if limits else ()
    return TypeName(name.removesuffix("[]"), numbers, name.endswith("[]"))


def widens(old: str, new: str) -> bool:
    """Whether every value of the one type is a value of the other, without loss; both as format_type() writes them."""
    before, after = type_name(old), type_name(new)
    if after in _ANY and before.is_array:
        return True
    if before.is_array != after.is_array:
        return False
    if after._replace(is_array=False) in _ANY and before.name not in {"character", after.name}:
        return True  # a character's blanks at the end are lost
    if before.name == after.name:
        return before.name != "bit" and holds(before, after)  # which is padded to its length by nobody
    return after.name in WIDENS.get(before.name, ()) and has_room(before, after)


def has_room(before: TypeName, after: TypeName) -> bool:
    """Whether the limits of another type are none, or those of a numeric with room for all digits of an integer."""
    if after.name != "numeric" or not after.limits:
        return not after.limits
    digits, scale = after.numeric
    return digits - scale >= _DIGITS.get(before.name, digits + 1)


def holds(before: TypeName, after: TypeName) -> bool:
    """Whether the new limits let every old value through; without limits a type holds all that there are."""
    if not after.limits or not before.limits:
        return not after.limits
    if before.name != "numeric":
        return before.limits <= after.limits
    (digits, scale), (new_digits, new_scale) = before.numeric, after.numeric
    return new_scale >= scale and new_digits - new_scale >= digits - scale
