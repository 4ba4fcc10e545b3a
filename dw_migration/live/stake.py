"""Whether there are rows at stake where tables and columns would be dropped."""

from collections.abc import Iterable
from typing import Any

import psycopg

from dw_migration.kind import Address
from dw_migration.sql import identifier, sql

Connection = psycopg.Connection[tuple[Any, ...]]


def at_stake(connection: Connection, managed: Iterable[Address], losses: Iterable[str]) -> list[str]:
    """Which of the losses, told as `table dw__shop__public.users`, stand in a table that has rows.

    Takes ACCESS SHARE on each such table for a moment, and reads one row at most.
    """
    named = {f"{address.kind} {address}": address for address in managed}
    return sorted(loss for loss in losses if loss in named and _has_rows(connection, named[loss]))


def _has_rows(connection: Connection, address: Address) -> bool:
    place = address.schema, address.owner or address.name
    there = connection.execute(
        "select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = %s and c.relname = %s",
        place,
    )
    if not there.rowcount:
        return False
    row = connection.execute(sql("select exists (select from {})", identifier(*place)).text.encode()).fetchone()
    return bool(row and row[0])
