"""Texts are compared by other rules: those of a column, of a domain, or what a collation itself says."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Alter, Change, Create
from dw_migration.kind import Address
from dw_migration.kinds.collation import Collation
from dw_migration.kinds.column import Column
from dw_migration.kinds.composite import Composite
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.range_type import RangeType
from dw_migration.rule import Probe, Severity, Verdict, counting
from dw_migration.sql import sql


def changes_collation(change: Change, around: Around) -> Iterator[Verdict]:
    """No value changes, but order and equality do: queries sort otherwise, indexes are built anew, keys may clash."""
    match around.pair(change):
        case (Collation() as old, Collation() as new) if old != new:
            what = f"collation {new.address} compares otherwise"
        case (Column() | Domain() | RangeType() as old, Column() | Domain() | RangeType() as new) if _of(old) != _of(
            new
        ):
            what = f"{new.kind} {new.address} is compared by {_told(_of(new))}, and was by {_told(_of(old))}"
        case (Composite() as old, Composite() as new) if _by_name(old) != _by_name(new):
            what = f"attributes of {new.address} are compared by other collations"
        case _:
            return
    yield from _of_keys(change, around)
    yield Verdict(
        Severity.TRANSFORMABLE,
        f"{what}: rows sort and compare otherwise, and values that were unlike may be equal",
        "look at queries of the warehouse that rely on the order",
    )


def _of_keys(change: Change, around: Around) -> Iterator[Verdict]:
    """Each key in which texts that are unlike may be equal from now on: only its index can tell which."""
    for column in _compared_loosely(change, around):
        rows = around.rows(column.schema, column.table, alone=True)
        if rows is not None and around.is_in_key(column):
            beyond = sql("(SELECT FROM {} OFFSET 1) AS others", rows)
            yield Verdict(
                Severity.BREAKING,
                f"a key of {column.schema}.{column.table} has {column.name} in it: texts that become equal stop it",
                "keep one of the rows that become equal, then approve the revision",
                probe=Probe(
                    counting(beyond), "rows besides the first could be equal to others", Severity.TRANSFORMABLE
                ),
            )


def _compared_loosely(change: Change, around: Around) -> Iterator[Column]:
    """The columns that the change gives a collation in which texts of other bytes may be equal."""
    new = change.new if isinstance(change, Alter | Create) else None
    for each in (new,) if isinstance(new, Column) else around.after.objects.values():
        if isinstance(each, Column) and (collation := _collation(each, around)) and not collation.deterministic:
            of = around.domains.get(each.type)
            if new in (each, of) or (isinstance(new, Collation) and new.address == collation.address):
                yield each


def _collation(column: Column, around: Around) -> Collation | None:
    """That by which its values are compared, if it is one of ours."""
    domain = around.domains.get(column.type)
    schema, name = _of(column) if column.collation or domain is None else _of(domain)
    found = around.after.objects.get(Address("collation", schema, name=name))
    return found if isinstance(found, Collation) else None


def _of(each: Column | Domain | RangeType) -> tuple[str, str]:
    return each.collation_schema, each.collation


def _told(collation: tuple[str, str]) -> str:
    return ".".join(filter(None, collation)) or "that of its type"


def _by_name(each: Composite) -> dict[str, tuple[str, str]]:
    """Of each attribute that has a collation of its own."""
    collations = zip(each.collation_schemas, each.collations, strict=True)
    return {name: of for name, of in zip(each.attributes, collations, strict=True) if of[1]}
