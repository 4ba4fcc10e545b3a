"""An enum loses labels, or their order."""

from collections.abc import Iterator

from dw_migration.changes import Alter, Change
from dw_migration.kinds.enum import Enum
from dw_migration.rule import Severity, Verdict


def removes_label(change: Change) -> Iterator[Verdict]:
    """Rows that hold a removed label stop the change; other labels and another order mean a rewrite of the tables."""
    if not (isinstance(change, Alter) and isinstance(change.new, Enum) and isinstance(change.old, Enum)):
        return
    gone = [label for label in change.old.labels if label not in change.new.labels]
    if gone:
        named = ", ".join(map(repr, gone[:5]))
        yield Verdict(
            Severity.BREAKING,
            f"removes {named} from the labels of {change.address}: rows that hold one cannot stay as they are",
            "give such rows another label first, then approve the revision",
        )
    elif change.new.alter(change.old) is None:
        yield Verdict(Severity.TRANSFORMABLE, f"orders the labels of {change.address} anew: its tables are rewritten")
