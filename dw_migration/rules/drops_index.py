"""An index goes."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Drop
from dw_migration.kinds.index import Index
from dw_migration.rule import Severity, Verdict


def drops_index(change: Change, around: Around) -> Iterator[Verdict]:
    """Queries of the warehouse that used a dropped index get slow; a unique one also kept values from coming twice."""
    if isinstance(change, Drop) and isinstance(change.old, Index) and not around.comes_back(change):
        unique = "; values may come twice, and ON CONFLICT finds it no more" if change.old.unique else ""
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"drops index {change.address}: queries that use it get slow{unique}",
            "make one of your own on the target if its readers need it: it is left alone",
        )
    match around.pair(change):
        case (Index() as old, Index() as new) if old.unique and not new.unique:
            yield Verdict(
                Severity.TRANSFORMABLE,
                f"index {new.address} is not unique any more: values may come twice, and ON CONFLICT finds it no more",
                "tell those who read the table",
            )
