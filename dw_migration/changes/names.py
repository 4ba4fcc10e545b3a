"""What an object is called, wherever another must not be called so."""

from dw_migration.kind import DatabaseObject
from dw_migration.kinds.aggregate import Aggregate
from dw_migration.kinds.function import Function


def names_of(each: DatabaseObject) -> set[tuple[str, ...]]:
    """What it is called, wherever that must be the only one of its name."""
    return {("", *each.address), *each.occupies()}


def called(each: DatabaseObject | None) -> tuple[str, str] | None:
    """Schema and name of a function or an aggregate, without what it takes."""
    return (each.schema, each.name) if isinstance(each, Function | Aggregate) else None
