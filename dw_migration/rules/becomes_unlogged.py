"""Rows no longer survive a crash."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Change
from dw_migration.kinds.sequence import Sequence
from dw_migration.kinds.table import Table
from dw_migration.rule import Severity, Verdict


def becomes_unlogged(change: Change, around: Around) -> Iterator[Verdict]:
    """An unlogged table is empty after a crash of the server, and no replica has its rows."""
    match around.pair(change):
        case (Table() | Sequence() as old, Table() | Sequence() as new) if new.unlogged and not old.unlogged:
            yield Verdict(
                Severity.BREAKING,
                f"{new.kind} {new.address} becomes UNLOGGED: a crash of the target empties it",
                "be sure that its rows can be copied again, then approve the revision",
            )
        case (Table() | Sequence() as old, Table() | Sequence() as new) if old.unlogged and not new.unlogged:
            yield Verdict(Severity.SAFE, f"{new.kind} {new.address} becomes LOGGED: it survives a crash")
