"""Bounds of partitions as conditions on rows, where one column decides."""

import re

from dw_migration.kinds.partition import Partition
from dw_migration.sql import Sql, deparsed, joined, sql

_NAME = r'"(?:[^"]|"")+"|[a-z_]\w*'
_VALUE = r"'(?:[^']|'')*'|-?[\d.]+|true|false|NULL"
_KEY = re.compile(rf"(RANGE|LIST) \(({_NAME})\)")
_FROM_TO = re.compile(rf"FOR VALUES FROM \((MINVALUE|{_VALUE})\) TO \((MAXVALUE|{_VALUE})\)", re.DOTALL)
_IN = re.compile(rf"FOR VALUES IN \(((?:{_VALUE})(?:, (?:{_VALUE}))*)\)", re.DOTALL)

_HASH = re.compile(r"FOR VALUES WITH \(modulus (\d+), remainder \d+\)")


def fits(partition_by: str, bound: str) -> Sql | None:
    """The condition of a row that belongs there; None where the texts alone do not tell it.

    So it is with hash, DEFAULT, several columns, expressions, and other operators or collations than the column's.
    """
    key = _KEY.fullmatch(partition_by)
    if key is None:
        return None
    name = deparsed(key[2])
    if key[1] == "RANGE" and (ends := _FROM_TO.fullmatch(bound)):
        told = [sql("{} IS NOT NULL", name)]
        told += [sql("{} >= {}", name, deparsed(ends[1]))] if ends[1] != "MINVALUE" else []
        told += [sql("{} < {}", name, deparsed(ends[2]))] if ends[2] != "MAXVALUE" else []
        return sql("({})", joined(told, " AND "))
    if key[1] == "LIST" and (listed := _IN.fullmatch(bound)):
        values = re.findall(_VALUE, listed[1])
        return sql("({})", joined((_is(name, one) for one in values), " OR "))
    return None


def _is(name: Sql, value: str) -> Sql:
    return sql("{} IS NULL", name) if value == "NULL" else sql("{} = {}", name, deparsed(value))


def column_of(partition_by: str) -> str:
    """The column that decides alone; empty where there is none."""
    key = _KEY.fullmatch(partition_by)
    return key[2].strip('"').replace('""', '"') if key else ""


def fits_none(partition_by: str, partitions: list[Partition]) -> Sql | None:
    """The condition of a row that belongs into none of them; None where the texts alone do not tell it."""
    told = [fits(partition_by, each.bound) for each in partitions]
    known = [each for each in told if each is not None]
    if len(known) < len(told):
        return None
    return sql("({}) IS NOT TRUE", joined(known, " OR ")) if known else sql("true")


def takes_all(partition_by: str, partitions: list[Partition]) -> bool:
    """Whether every row belongs into one of them: there is a default, or one for each remainder."""
    bounds = {each.bound for each in partitions}
    hashed = [_HASH.fullmatch(each) for each in bounds]
    of = {each[1] for each in hashed if each}
    is_hashed = partition_by.startswith("HASH ") and len(of) == 1 and len(bounds) == int(next(iter(of)))
    return "DEFAULT" in bounds or is_hashed
