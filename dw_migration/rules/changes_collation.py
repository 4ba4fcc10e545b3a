"""Texts are compared by other rules: those of a column, of a domain, or what a collation itself says."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change
from dw_migration.kinds.collation import Collation
from dw_migration.kinds.column import Column
from dw_migration.kinds.composite import Composite
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.range_type import RangeType
from dw_migration.rule import Severity, Verdict


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
    yield Verdict(
        Severity.TRANSFORMABLE,
        f"{what}: rows sort and compare otherwise, and values that were unlike may be equal",
        "look at queries of the warehouse that rely on the order",
    )


def _of(each: Column | Domain | RangeType) -> tuple[str, str]:
    return each.collation_schema, each.collation


def _told(collation: tuple[str, str]) -> str:
    return ".".join(filter(None, collation)) or "that of its type"


def _by_name(each: Composite) -> dict[str, tuple[str, str]]:
    """Of each attribute that has a collation of its own."""
    collations = zip(each.collation_schemas, each.collations, strict=True)
    return {name: of for name, of in zip(each.attributes, collations, strict=True) if of[1]}
