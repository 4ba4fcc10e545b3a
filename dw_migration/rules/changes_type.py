"""A column, a domain, a range, or an attribute of a composite type gets another type."""

from collections.abc import Iterator
from typing import NamedTuple

from dw_migration.around import Around
from dw_migration.changes import Change
from dw_migration.kinds.column import Column
from dw_migration.kinds.composite import Composite
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.enum import Enum
from dw_migration.kinds.range_type import RangeType
from dw_migration.rule import Probe, Severity, Verdict, counting
from dw_migration.sql import Sql, deparsed, identifier, joined, sql
from dw_migration.widening import TypeName, type_name, widens

_INTEGERS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
_EXACT = frozenset({*_INTEGERS, "numeric"})
_TEXTS = frozenset({"text", "character varying", "character"})
UNTOLD = "not counted: only the change itself can tell which"
_NO_RETURN = frozenset({"json", "xml", "point", "money"})
"""Types whose values cannot be compared, or have no one text."""


def changes_type(change: Change, around: Around) -> Iterator[Verdict]:
    """A wider type carries all values over; a narrower or an unlike one may refuse or shorten them."""
    for each in _retyped(change, around):
        turns = f"{each.what} turns from {each.old} into {each.new}"
        if widens(each.old, each.new):
            yield Verdict(Severity.TRANSFORMABLE, f"{turns}: every value fits")
        else:
            yield Verdict(
                Severity.BREAKING,
                f"{turns}: values may not fit, or lose digits",
                "look at the values in the target, mend those that do not fit, then approve the revision",
                evidence=UNTOLD,
                probe=_probe(each, around) if each.rows else None,
            )


class _Retyped(NamedTuple):
    """What gets another type, which it had, and which it gets; and where its values are."""

    what: str
    old: str
    new: str
    rows: Sql | None = None
    name: Sql = Sql("value")
    in_key: bool = False


def _retyped(change: Change, around: Around) -> Iterator[_Retyped]:
    match around.pair(change):
        case (Column() as old, Column() as new) if old.type != new.type:
            rows = around.rows(new.schema, new.table)
            in_key = around.is_in_key(new)
            yield _Retyped(f"column {new.address}", old.type, new.type, rows, identifier(new.name), in_key)
        case (Domain() as old, Domain() as new) if old.type != new.type:
            rows = around.values_of(old.address, Sql(f"{{}}::{old.type}"))
            yield _Retyped(f"domain {new.address}", old.type, new.type, rows)
        case (RangeType() as old, RangeType() as new) if old.of != new.of:
            yield _Retyped(f"range type {new.address}", old.of, new.of)
        case (Composite() as old, Composite() as new):
            was = dict(zip(old.attributes, old.types, strict=True))
            for name, of in zip(new.attributes, new.types, strict=True):
                if was.get(name, of) != of:
                    yield _Retyped(f"attribute {new.address}.{name}", was[name], of)


def _probe(of: _Retyped, around: Around) -> Probe | None:
    """What counts the values that do not fit, or come out as others; None where only the change itself can tell."""
    refused = _refused(of, type_name(of.old), type_name(of.new)) or _unknown_label(of.name, of.old, of.new, around)
    if refused is None or of.rows is None:
        return None
    asked = counting(sql("{} WHERE {}", of.rows, refused))
    return Probe(asked, f"values do not fit {of.new}, or come out as others", Severity.TRANSFORMABLE, loses=True)


def _refused(of: _Retyped, before: TypeName, after: TypeName) -> Sql | None:
    """The condition of a value that does not fit; it fails for none."""
    if "[]" in of.old + of.new or "." in of.old + of.new:
        return None
    if before.name in _EXACT:
        return _of_number(of.name, after)
    if before.name in _TEXTS:
        return _of_text(of, after)
    if before.name == "timestamp without time zone" and after.name == "date":
        return sql("{} <> date_trunc('day', {})", of.name, of.name)
    return None


def _of_number(name: Sql, after: TypeName) -> Sql | None:
    if after.name in _INTEGERS:
        limit = _INTEGERS[after.name]
        return sql("({} NOT BETWEEN {} AND {} OR {} <> round({}))", name, -limit, limit - 1, name, name)
    if after.name == "numeric" and after.limits:
        digits, scale = (*after.limits, 0)[:2]
        top, rounded = 10 ** max(digits - scale, 0), sql("round({}::numeric, {})", name, scale)
        return sql("(abs({}) >= {} OR {} <> {})", rounded, top, name, rounded)
    return None


def _of_text(of: _Retyped, after: TypeName) -> Sql | None:
    text = sql("{}::text", of.name)
    if after.name in {"character varying", "character"} and after.limits:
        blanks = sql(" OR {} <> rtrim({})", text, text) if after.name == "character" else sql("")
        return sql("(char_length({}) > {}{})", text, after.limits[0], blanks)
    if after.name in _TEXTS | _NO_RETURN:
        return None
    # PostgreSQL 16 on; one before cannot be asked, and the finding says so. A cast that fails is not tried.
    other = _other(text, after, of.new, in_key=of.in_key)
    return sql("CASE WHEN pg_input_is_valid({}, {}) THEN {} ELSE true END", text, of.new, other)


def _other(text: Sql, after: TypeName, new: str, *, in_key: bool) -> Sql:
    """The condition of a text that the type takes, and makes another value of: `1.239`, `2024-01-01 13:45`, `now`.

    In a key also of one that is not spelt as the type spells it: `01` and `1` are two texts, and one number.
    """
    if after.name == "numeric":
        is_other = sql("{}::numeric <> {}::{}", text, text, deparsed(new)) if after.limits else sql("false")
        return sql("({} OR trim_scale({}::numeric)::text <> {})", is_other, text, text) if in_key else is_other
    if (after.name in _INTEGERS or new == "uuid") and not in_key:
        return sql("false")
    return sql("{}::{}::text <> {}", text, deparsed(new), text)


def _unknown_label(name: Sql, old: str, new: str, around: Around) -> Sql | None:
    """For an enum that is made of texts: which are none of its labels."""
    if type_name(old).name not in _TEXTS:
        return None
    for each in around.after.objects.values():
        if isinstance(each, Enum) and each.identifier.text == new and each.labels:
            return sql("{}::text NOT IN ({})", name, joined([sql("{}", label) for label in each.labels]))
    return None
