"""Something goes, and something alike comes: they could be one."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Drop
from dw_migration.rule import Severity, Verdict


def may_be_renamed(change: Change, around: Around) -> Iterator[Verdict]:
    """A copy or a rebuilding of the source has other oids: what was renamed there looks dropped and added, and loses
    its rows, unless a person says that it is the same one.
    """
    if isinstance(change, Drop) and change.address in around.alike:
        yield Verdict(
            Severity.BREAKING,
            f"{change.kind} {change.address} could be {around.alike[change.address]}",
            "say whether it is: dw-migration renamed SOURCE OLD NEW, with --no if it is another, and plan again",
        )
