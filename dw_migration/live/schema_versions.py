"""Which semantic version a source's schema has in the target, or had: the ledger's table `schema_version`."""

import re
from datetime import datetime
from typing import Any, LiteralString

import psycopg

from dw_migration.errors import BadConfig
from dw_migration.live.connections import translated
from dw_migration.revision import one_line

BASE = "0.0.0"
"""Before the first revision, and after everything was taken back."""
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_AT: LiteralString = (
    "SELECT version FROM dw_migration.schema_version WHERE source = %s"
    " AND applied_at <= coalesce(%s, 'infinity'::timestamptz) ORDER BY number DESC LIMIT 1"
)


def current_version(connection: psycopg.Connection[Any], source: str, *, at: datetime | None = None) -> str:
    """The semantic version of the source's schema in the target, now or at that time (with its time zone).

    0.0.0 before the first revision, after all of them were taken back, and where there is no ledger. Reads one row.
    """
    if at is not None and at.tzinfo is None:
        raise BadConfig(f"{at} has no time zone: say which, as datetime(..., tzinfo=UTC)")
    with translated("target", connection):
        row = connection.execute("SELECT pg_catalog.to_regclass('dw_migration.schema_version') IS NOT NULL").fetchone()
        found = connection.execute(_AT, (source, at)).fetchone() if row and row[0] else None
    return str(found[0]) if found else BASE


def record_version(connection: psycopg.Connection[Any], source: str, version: str, description: str = "") -> None:
    """Add a version that a step of your own has led to; what was recorded before stays.

    In the caller's transaction, where there is one. Raises: BadConfig for what is no version, and for a source that the
    ledger does not know.
    """
    if not _VERSION.fullmatch(version):
        raise BadConfig(f"found the version {one_line(version)}; expected three numbers, as 2.0.1")
    with translated("target", connection):
        done = connection.execute(
            "INSERT INTO dw_migration.schema_version (source, revision, version, description)"
            " SELECT name, coalesce(head, ''), %s, %s FROM dw_migration.source WHERE name = %s",
            (version, description, source),
        )
    if not done.rowcount:
        raise BadConfig(f"the source {one_line(source)} is not registered in this target's ledger: run sync first")
