"""One moment of the source for all tables and workers of a run.

Source: https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from psycopg import IsolationLevel

from dw_migration.errors import DwMigrationError, SourceChanging
from dw_migration.live.rows.side import Side
from dw_migration.sql import Sql, identifier, sql

_EXPORTED = Sql("SELECT pg_catalog.pg_export_snapshot(), pg_catalog.pg_current_snapshot()::text")
_MILLISECONDS = timedelta(milliseconds=1)


class SnapshotGone(SourceChanging):
    """The run's moment cannot be had any more; another run takes a new one, and goes on."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment that other sessions can look at, while its holder lives."""

    holder: Side
    name: str
    """For SET TRANSACTION SNAPSHOT."""
    id: str
    """What PostgreSQL shows of it: kept with each chunk, it says which of them are of one moment."""
    until: float

    @contextmanager
    def seen_by(self, source: Side) -> Iterator[None]:
        """In the block, a transaction of the session that sees this moment: short, for it holds locks on tables.

        Raises: SnapshotGone.
        """
        self._check_age()
        with source.transaction():
            try:
                source.run(sql("SET TRANSACTION SNAPSHOT {}", self.name))
            except DwMigrationError:
                self._check_holder()
                raise
            yield

    def _check_age(self) -> None:
        if time.monotonic() > self.until:
            raise SnapshotGone(
                f"{self.holder.where}: the snapshot is as old as it may get, since the server can clean up nothing "
                f"meanwhile: what is copied stays; run it again, and the rest comes from a new snapshot"
            )

    def _check_holder(self) -> None:
        try:
            self.holder.run(Sql("SELECT"))
        except DwMigrationError as error:
            raise SnapshotGone(
                f"{self.holder.where}: the session that held the snapshot is gone: {error}: what is copied stays; run "
                f"it again, and the rest comes from a new snapshot"
            ) from None


def as_reader(source: Side) -> None:
    """The session's transactions see one moment each, and write nothing."""
    source.session.isolation_level = IsolationLevel.REPEATABLE_READ
    source.session.read_only = True


@contextmanager
def exported(holder: Side, most_age: timedelta) -> Iterator[Snapshot]:
    """The present moment, for as long as the block; the server itself ends it soon after `most_age`.

    Holds back the source's VACUUM, and no lock on any table. Works for a role that may only read, and on a standby.
    """
    as_reader(holder)
    until = time.monotonic() + most_age.total_seconds()
    longest = most_age // _MILLISECONDS + 60_000
    holder.run(sql("SET idle_in_transaction_session_timeout = {}", min(longest, 2**31 - 1)))
    with holder.transaction():
        ((name, shown),) = holder.rows(_EXPORTED)
        yield Snapshot(holder, name, shown, until)


def storage(source: Side, schema: str, table: str) -> str:
    """In which files the table's rows are now, whatever the snapshot: TRUNCATE empties it for every snapshot alike."""
    name = sql("pg_catalog.to_regclass({})", identifier(schema, table).text)
    tree = sql("SELECT {} AS relid UNION SELECT relid FROM pg_catalog.pg_partition_tree({})", name, name)
    ((files,),) = source.rows(
        sql(
            "SELECT pg_catalog.string_agg(pg_catalog.concat(relid::oid, ':', pg_catalog.pg_relation_filenode(relid)),"
            " ',' ORDER BY relid::oid) FROM ({}) AS tree",
            tree,
        )
    )
    return str(files)
