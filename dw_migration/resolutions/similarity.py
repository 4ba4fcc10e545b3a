"""How alike two names, columns or tables are: a score and its reason, never a certainty."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from dw_migration.naming import NamingRules
from dw_migration.resolutions.comparison import Score
from dw_migration.resolutions.conversions import conversion_of
from dw_migration.resolutions.shape import ColumnShape, TableShape
from dw_migration.rule import Severity

_SNAKE = NamingRules(case="snake")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_SHORT_FOR = {
    "acc": "account", "acct": "account", "addr": "address", "amt": "amount", "avg": "average", "cat": "category",
    "cnt": "count", "cust": "customer", "dept": "department", "desc": "description", "dest": "destination",
    "dob": "birthdate", "dst": "destination", "dt": "date", "emp": "employee", "grp": "group", "img": "image",
    "inv": "invoice", "lat": "latitude", "lng": "longitude", "lon": "longitude", "max": "maximum", "min": "minimum",
    "msg": "message", "nbr": "number", "no": "number", "nr": "number", "num": "number", "org": "organization",
    "pct": "percent", "prod": "product", "pwd": "password", "qty": "quantity", "ref": "reference", "src": "source",
    "tel": "telephone", "trx": "transaction", "ts": "timestamp", "txn": "transaction", "usr": "user",
    "val": "value", "yr": "year",
}  # fmt: skip
_COMMON = frozenset({
    "at", "by", "code", "date", "flag", "has", "id", "is", "key", "name", "no", "number", "of", "on", "ref", "text",
    "the", "time", "timestamp", "to", "type", "uid", "uuid", "value",
})  # fmt: skip
"""Words that many names have, and that say little of what a column is about."""

_WEIGHT_OF_COMMON = 0.4
_EXTENDED_OTHERWISE = 0.75
"""Where each name has words that the other lacks: first_name and last_name."""
_PLURAL, _SHORTENED, _BEGINNING = 0.95, 0.9, 0.7
_SHORTEST_BEGINNING, _SHORTEST_MISSPELT, _MISSPELT = 3, 5, 0.85

# --- names ------------------------------------------------------------------------------------------------------------


def similarity(old: str, new: str) -> Score:
    """How alike two names are: 1 where they differ in case and separators alone, 0 without a word in common."""
    if old == new:
        return Score(1.0, "the names are the same")
    before, after = words(old), words(new)
    if before and "".join(before) == "".join(after):
        return Score(1.0, "the names differ in case and separators alone")
    likenesses = list(_matches(before, after))
    if not likenesses:
        return Score(0.0, "the names have no word in common")
    weight = sum(_weight(each) for each in (*before, *after))
    alike = sum(each.value * (_weight(each.old) + _weight(each.new)) for each in likenesses) / weight
    both_go_on = len(likenesses) < min(len(before), len(after))
    return Score(round(alike * (_EXTENDED_OTHERWISE if both_go_on else 1), 2), _told(likenesses))


@lru_cache(maxsize=100_000)
def words(name: str) -> tuple[str, ...]:
    """`HTTPServerID2` as http, server, id, 2."""
    return tuple(_WORD.findall(_SNAKE.cased(name)))


def _weight(word: str) -> float:
    return _WEIGHT_OF_COMMON if word in _COMMON else 1.0


class _Likeness(NamedTuple):
    value: float
    why: str
    old: str
    new: str


def _matches(before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[_Likeness]:
    """The best pairs of words, each word once."""
    found = [each for old in dict.fromkeys(before) for new in dict.fromkeys(after) if (each := _likeness(old, new))]
    taken_old: set[str] = set()
    taken_new: set[str] = set()
    for each in sorted(found, key=lambda each: -each.value):
        if each.old not in taken_old and each.new not in taken_new:
            taken_old.add(each.old)
            taken_new.add(each.new)
            yield each


@lru_cache(maxsize=100_000)
def _likeness(old: str, new: str) -> _Likeness | None:
    if old == new:
        return _Likeness(1.0, f"both have the word {old}", old, new)
    short, long = sorted((old, new), key=len)
    if _singular(old) == _singular(new):
        return _Likeness(_PLURAL, f"{old} and {new} differ in number", old, new)
    if _SHORT_FOR.get(short, short) == _SHORT_FOR.get(long, long):
        return _Likeness(_SHORTENED, f"{short} is short for {long}", old, new)
    if len(short) >= _SHORTEST_BEGINNING and long.startswith(short):
        return _Likeness(_BEGINNING, f"{long} begins with {short}", old, new)
    alike = SequenceMatcher(None, old, new).ratio() if len(short) >= _SHORTEST_MISSPELT else 0.0
    return _Likeness(alike, f"{old} and {new} are spelt nearly alike", old, new) if alike >= _MISSPELT else None


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word.removesuffix("s") if not word.endswith("ss") else word


def _told(likenesses: list[_Likeness]) -> str:
    return ", ".join(each.why for each in likenesses)


# --- columns ----------------------------------------------------------------------------------------------------------

_OF_NAME, _OF_TYPE, _OF_POSITION = 0.8, 0.12, 0.08
_FAR = 4
"""Columns that are as many places apart have nothing in common as far as places go."""
_OF_VALUES = 0.6
"""How much of what is missing to certainty is made up for where all values are the same."""


def column_similarity(old: ColumnShape, new: ColumnShape, apart: int, overlap: float | None = None) -> Score:
    """How alike two columns are, by name, type and position, and by their values where these are known.

    `apart`: by how many places; `overlap`: the share of their distinct values that both have.
    """
    name = similarity(old.name, new.name)
    change = conversion_of(old, new)
    type_ = 1.0 if change is None else 0.8 if change.severity is not Severity.BREAKING else 0.0
    value = _OF_NAME * name.value + _OF_TYPE * type_ + _OF_POSITION * max(0.0, 1 - apart / _FAR)
    reasons = [name.reason, *_of_type(type_), *(["they stand at the same place"] if not apart else [])]
    if overlap is not None:
        value += (1 - value) * _OF_VALUES * overlap
        reasons.append(f"{overlap:.0%} of their values are the same")
    return Score(round(value, 2), ", ".join(reasons))


def _of_type(alike: float) -> Iterator[str]:
    if alike:
        yield "the type is the same" if alike == 1 else "the type is a wider one"


# --- tables -----------------------------------------------------------------------------------------------------------

_OF_COLUMNS_ALONE = 0.8
_TELLING_COLUMNS = 3
"""So many columns with telling names in common make up for names of tables that have nothing in common."""


def table_similarity(old: TableShape, new: TableShape) -> Score:
    """How alike two tables are, by their names and the share of columns that both have."""
    name = similarity(old.name, new.name)
    before, after = column_names(old), column_names(new)
    common = before & after
    share = 2 * len(common) / max(1, len(before) + len(after))
    telling = sum(1 for each in common if is_telling(each))
    by_columns = _OF_COLUMNS_ALONE * share if telling >= _TELLING_COLUMNS else 0.0
    value = max((name.value + share) / 2, by_columns)
    counted = f"{len(common)} of {max(len(before), len(after))} columns have the same names"
    return Score(round(value, 2), f"{name.reason}, {counted}")


def column_names(table: TableShape) -> frozenset[str]:
    """The names of its columns, in lower case and without separators."""
    return _bare(tuple(each.name for each in table.columns))


@lru_cache(maxsize=20_000)
def _bare(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset("".join(words(each)) or each for each in names)


def is_telling(name: str) -> bool:
    """Whether a column's name, as `column_names` has it, is one that few tables have."""
    return name not in _COMMON
