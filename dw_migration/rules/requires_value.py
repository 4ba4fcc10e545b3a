"""A column or a domain starts to refuse NULL."""

import re
from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Alter, Change, Create, Fill
from dw_migration.expressions import called_in
from dw_migration.kinds.column import Column
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.partition_column import PartitionColumn
from dw_migration.rule import Probe, Severity, Verdict, counting
from dw_migration.sql import Sql, deparsed, identifier, joined, sql

_ASKS_FOR_NULL = re.compile(r"\b(?:NULL|CASE|COALESCE|DISTINCT|TRUE|FALSE|UNKNOWN)\b", re.IGNORECASE)


def requires_value(change: Change, around: Around) -> Iterator[Verdict]:
    """A new NOT NULL without a default fails where the table has rows; so does one on a column that holds NULLs.

    Unless somebody says what these rows get, and none of them gets NULL.
    """
    if isinstance(change, Create | Alter) and isinstance(change.new, Column) and change.fill:
        yield _of_filled(change, change.new, change.fill, around)
    elif isinstance(change, Create) and isinstance(change.new, Column):
        yield from _of_new(change, change.new, around)
    elif (isinstance(change, Create) and isinstance(change.new, PartitionColumn)) or around.pair(change):
        yield from _of_old(change, around)


def _of_new(change: Create, column: Column, around: Around) -> Iterator[Verdict]:
    if column.generated:
        if column.not_null:
            yield from _of_generated(change, column, around)
        return
    domains = _domains(column, around)
    has_value = change.parts or column.identity or any(each.default for each in domains)
    if (column.not_null or any(each.not_null for each in domains)) and not has_value:
        rows, of, say = around.rows(column.schema, column.table), f" by its type {column.type}", "empty the table first"
        if column.not_null:
            of, say = "", f"say what its rows get: --fill {_place(column)}=EXPR"
        yield Verdict(
            Severity.BREAKING,
            f"adds column {change.address} as NOT NULL{of} without a default: a table with rows refuses it",
            f"give the column a default in the source, or {say}",
            probe=Probe(counting(rows), "rows are there", Severity.SAFE) if rows else None,
        )
    elif not has_value and (checks := _checks(domains, around)):
        yield from _of_checked(change, column, checks, around)


def _of_generated(change: Create, column: Column, around: Around) -> Iterator[Verdict]:
    rows = around.rows(column.schema, column.table)
    if rows is not None:
        nulls = sql("{} WHERE ({}) IS NULL", rows, deparsed(column.expression))
        yield Verdict(
            Severity.BREAKING,
            f"adds column {change.address} as NOT NULL: rows of which it is computed as NULL refuse it",
            "mend such rows first, then approve the revision",
            probe=Probe(counting(nulls), "rows would hold NULL", Severity.SAFE, called_in(column.expression)),
        )


def _of_checked(change: Create, column: Column, checks: list[str], around: Around) -> Iterator[Verdict]:
    """Most checks let NULL through; the rows are asked, since what the target says of it is what counts."""
    rows = around.rows(column.schema, column.table)
    if rows is not None:
        refuse = joined((sql("NOT ({})", deparsed(each)) for each in checks), " OR ")
        held = sql("(SELECT NULL::{} AS value FROM {}) AS held WHERE {}", deparsed(_base(column, around)), rows, refuse)
        calls = tuple(dict.fromkeys(name for each in checks for name in called_in(each)))
        yield Verdict(
            Severity.BREAKING,
            f"adds column {change.address} without a default: rows that are there hold NULL, which a check of its "
            f"type {column.type} may refuse",
            "give the column a default in the source, or empty the table first, then approve the revision",
            probe=Probe(counting(held), "rows would hold a NULL that it refuses", Severity.SAFE, calls),
        )


def _domains(column: Column, around: Around) -> list[Domain]:
    """Those that the column is of: its type, what that is made of, and so on."""
    found, type_ = list[Domain](), column.type
    while type_ in around.domains:
        found.append(around.domains[type_])
        type_ = found[-1].type
    return found


def _base(column: Column, around: Around) -> str:
    domains = _domains(column, around)
    return domains[-1].type if domains else column.type


def _checks(domains: list[Domain], around: Around) -> list[str]:
    """Those that may refuse NULL: what only compares and calls nothing is NULL for it, and lets it through."""
    all_ = (each.expression for of in domains for each in around.checks_of(of))
    return [each for each in all_ if _ASKS_FOR_NULL.search(each) or called_in(each)]


def _of_filled(change: Create | Alter, column: Column, fill: Fill, around: Around) -> Verdict:
    """Where a row would get NULL, or its value could not be had, the statement fails half-way."""
    if isinstance(change, Create):
        told = f"adds column {change.address} as NOT NULL: rows that are there get {fill.expression}"
    else:
        told = f"column {change.address} becomes NOT NULL: rows that hold NULL get {fill.expression}"
    if fill.calls:
        told += f", which calls {', '.join(fill.calls)}, and that may do anything"
    rows = around.rows(column.schema, column.table)
    probe = None
    if rows is not None:
        probe = Probe(
            counting(sql("{} WHERE {}", rows, _without_value(change, column, fill, around))),
            "rows would get NULL",
            None if fill.calls else Severity.TRANSFORMABLE,
            fill.calls,
        )
    remedy = f"say another value, one that no row lacks: --fill {_place(column)}=EXPR"
    return Verdict(Severity.BREAKING, told, "" if fill.calls else remedy, probe=probe)


def _without_value(change: Create | Alter, column: Column, fill: Fill, around: Around) -> Sql:
    """The condition of a row that would get NULL; it fails for one whose value is none of the column's type."""
    value = sql("({})", deparsed(fill.expression))
    if all(each in around.before.objects for each in around.after.needs(column.address)):
        value = sql("{}::{}", value, deparsed(column.type))
    if isinstance(change, Create):
        return sql("{} IS NULL", value)
    return sql("{} IS NULL AND {} IS NULL", identifier(column.name), value)


def _place(column: Column) -> str:
    return identifier(column.table, column.name).text


def _of_old(change: Change, around: Around) -> Iterator[Verdict]:
    pair = around.pair(change)
    old, new = pair or (None, getattr(change, "new", None))
    if not isinstance(new, Column | PartitionColumn | Domain) or not new.not_null:
        return
    if isinstance(old, Column | PartitionColumn | Domain) and old.not_null:
        return
    if isinstance(new, PartitionColumn) and (old is None and new.whole_not_null):
        return
    if isinstance(new, PartitionColumn) and around.is_new(new.schema, new.table):
        return
    if isinstance(new, Domain) and not around.before.dependents.get(new.address):
        yield Verdict(Severity.SAFE, f"domain {new.address} becomes NOT NULL: nothing is of it yet")
        return
    by_command = f", or say what they get: --fill {_place(new)}=EXPR" if isinstance(new, Column) else ""
    yield Verdict(
        Severity.BREAKING,
        f"{new.kind} {new.address} becomes NOT NULL: rows that hold NULL refuse it",
        f"fill the NULLs in the target first, then approve the revision{by_command}",
        probe=_probe(new, around),
    )


def _probe(new: Column | PartitionColumn | Domain, around: Around) -> Probe | None:
    if isinstance(new, Domain):
        rows, name = around.values_of(new.address, Sql("{}")), "value"
    else:
        rows, name = around.rows(new.schema, new.table), new.name
    if rows is None:
        return None
    return Probe(counting(sql("{} WHERE {} IS NULL", rows, identifier(name))), "rows hold NULL", Severity.SAFE)
