"""Something goes, and something alike comes: they could be one."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change, Create, Drop
from dw_migration.kind import Address
from dw_migration.rule import Severity, Verdict


def may_be_renamed(change: Change, around: Around) -> Iterator[Verdict]:
    """A copy or a rebuilding of the source has other oids: what was renamed there looks dropped and added, and loses
    its rows, unless a person says that it is the same one. Where what goes is kept, what comes asks: it would be empty.
    """
    for old, why in _asked_by(change, around):
        yield Verdict(
            Severity.BREAKING,
            f"{old.kind} {old} could be {why}",
            "say whether it is: dw-migration renamed SOURCE OLD NEW, with --no if it is another, and plan again",
        )


def _asked_by(change: Change, around: Around) -> Iterator[tuple[Address, str]]:
    """What goes, and what it could be."""
    if isinstance(change, Drop) and change.address in around.alike:
        yield change.address, around.alike[change.address][1]
    if isinstance(change, Create):
        dropped = {each.address for each in around.changes if isinstance(each, Drop)}
        yield from (
            (old, why) for old, (new, why) in around.alike.items() if new == change.address and old not in dropped
        )
