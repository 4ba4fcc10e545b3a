"""What it means for the values that a column gets another type: they fit, or a person has to decide."""

import re
from dataclasses import dataclass

from dw_migration.resolutions.comparison import What
from dw_migration.resolutions.shape import ColumnShape
from dw_migration.rule import Severity
from dw_migration.widening import TIMESTAMPS, WIDENS, TypeName, has_room, holds, type_name

_LOSES_DIGITS = frozenset({("integer", "real"), ("real", "numeric")})
_LIMITED = TIMESTAMPS | {
    "character varying",
    "bit varying",
    "numeric",
    "time without time zone",
    "time with time zone",
    "interval",
}
"""Types whose limits say how much they hold; those of others say what they are."""
_MOST_LABELS = 10


@dataclass(frozen=True, slots=True)
class Conversion:
    """What becomes of the values of a column whose type changes."""

    what: What
    severity: Severity
    found: str
    action: str
    loses_digits: bool = False
    """Whether some values of the old type have no equal in the new one: the rows decide."""


def conversion(old: str, new: str) -> Conversion | None:
    """What becomes of values of one type in another, both as format_type() writes them; None: the type is the same."""
    before, after = type_name(old), type_name(new)
    if before == after:
        return None
    found = f"{old} becomes {new}"
    if before.is_array == after.is_array and before.name == after.name and before.name in _LIMITED:
        return _relimited(before, after, found)
    if before.is_array == after.is_array and _fits(before, after):
        return _cast(before, after, found)
    action = "map its values (transform), or give an expression that makes the new value"
    return Conversion(What.TYPE_CHANGED, Severity.BREAKING, found, action)


def conversion_of(old: ColumnShape, new: ColumnShape) -> Conversion | None:
    """As `conversion`, for columns of whatever types: those that users made are the same under the same name."""
    if old.kind == new.kind == "e":
        return _relabelled(old, new)
    if old.kind == new.kind and _own_name(old.type) == _own_name(new.type) != "":
        return conversion(old.base_type, new.base_type) if old.kind == "d" else None
    if old.kind == "d":
        found = f"{old.type}, a domain over {old.base_type}, becomes {new.type}"
        every = Conversion(What.TYPE_CHANGED, Severity.TRANSFORMABLE, found, "a cast: every value fits")
        return every if old.base_type == new.type else conversion(old.type, new.type)
    return conversion(old.type, new.type)


def limit_of(type_: str) -> int | None:
    """The most characters that the type holds; None for all that is not varchar(n)."""
    parsed = type_name(type_)
    is_limited = parsed.name == "character varying" and parsed.limits and not parsed.is_array
    return parsed.limits[0] if is_limited else None


def _fits(before: TypeName, after: TypeName) -> bool:
    is_cast = after.name in WIDENS.get(before.name, ()) or (before.name, after.name) in _LOSES_DIGITS
    return is_cast and has_room(before, after)


def _cast(before: TypeName, after: TypeName, found: str) -> Conversion:
    loses = (before.name, after.name) in _LOSES_DIGITS
    action = "a cast: every value fits"
    if loses:
        action = "a cast: values of many digits are rounded, count them"
    elif before.name == "date" and after.name in TIMESTAMPS:
        action = f"a cast: midnight{' in UTC' if after.name == 'timestamp with time zone' else ''} of that day"
    return Conversion(What.TYPE_CHANGED, Severity.TRANSFORMABLE, found, action, loses)


def _relimited(before: TypeName, after: TypeName, found: str) -> Conversion:
    if holds(before, after):
        return Conversion(What.LENGTH_CHANGED, Severity.TRANSFORMABLE, found, "every value fits")
    action = "values beyond the new limit are refused: shorten them by an expression, or widen the new column"
    return Conversion(What.LENGTH_CHANGED, Severity.BREAKING, found, action)


def _relabelled(old: ColumnShape, new: ColumnShape) -> Conversion | None:
    missing = [each for each in old.labels if each not in new.labels]
    if missing:
        named = ", ".join(missing[:_MOST_LABELS]) + (
            f" and {len(missing) - _MOST_LABELS} more" if len(missing) > _MOST_LABELS else ""
        )
        found = f"{old.type} becomes {new.type}, which lacks the labels {named}"
        return Conversion(What.TYPE_CHANGED, Severity.BREAKING, found, "map these labels to others (transform)")
    if _own_name(old.type) == _own_name(new.type) or old.labels == new.labels:
        return None
    found = f"{old.type} becomes {new.type}, which has all of its labels"
    return Conversion(What.TYPE_CHANGED, Severity.TRANSFORMABLE, found, "every label is kept")


_NAME = r'"(?:[^"]|"")+"|[^".\s(\[]+'
_USERS_TYPE = re.compile(rf"(?:{_NAME})\.({_NAME})((?:\(.*\))?(?:\[\])*)", re.DOTALL)


def _own_name(type_: str) -> str:
    """What a type that users made is called, wherever it lives and however it is written; nothing for PostgreSQL's."""
    found = _USERS_TYPE.fullmatch(type_)
    return "" if found is None else re.sub(r'[_"\s-]', "", found[1]).lower() + found[2]
