"""A column or a domain no longer refuses NULL."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change
from dw_migration.kinds.column import Column
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.partition_column import PartitionColumn
from dw_migration.rule import Severity, Verdict


def allows_null(change: Change, around: Around) -> Iterator[Verdict]:
    """No row changes, but readers that relied on a value may meet NULL."""
    match around.pair(change):
        case (Column() | PartitionColumn() | Domain() as old, Column() | PartitionColumn() | Domain() as new) if (
            old.not_null and not new.not_null
        ):
            yield Verdict(
                Severity.TRANSFORMABLE,
                f"{new.kind} {new.address} allows NULL: its readers may meet it",
                "queries of the warehouse that rely on a value must follow",
            )
