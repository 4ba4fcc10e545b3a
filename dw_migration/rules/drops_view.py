"""A view goes."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Drop
from dw_migration.rule import Severity, Verdict


def drops_view(change: Change, around: Around) -> Iterator[Verdict]:
    """What reads a dropped view fails; no rows are lost, since those of a view are others'."""
    if isinstance(change, Drop) and change.kind in {"view", "materialized view"} and not around.comes_back(change):
        yield Verdict(
            Severity.BREAKING,
            f"drops {change.kind} {change.address}: what reads it fails",
            "let its readers read the tables, or make it under a name of your own, then approve the revision",
        )
