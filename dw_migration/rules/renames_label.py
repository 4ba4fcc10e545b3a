"""Labels of an enum get other names."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Rename
from dw_migration.kinds.enum import Enum
from dw_migration.rule import Severity, Verdict


def renames_label(change: Change, around: Around) -> Iterator[Verdict]:  # noqa: ARG001 - a change says it all
    """Rows that hold a renamed label hold the new one at once; what names the old one in the warehouse must follow."""
    if isinstance(change, Rename) and isinstance(change.old, Enum) and isinstance(change.new, Enum):
        pairs = zip(change.old.labels, change.new.labels, strict=True)
        moved = [f"{old!r} becomes {new!r}" for old, new in pairs if old != new]
        if moved:
            yield Verdict(
                Severity.TRANSFORMABLE,
                f"of the labels of {change.address} {', '.join(moved)}: the same ones, by their oids in the source",
                "queries, views and functions of the warehouse that name them must follow",
            )
