"""Whether there are rows at stake where tables and columns would be dropped."""

from collections.abc import Iterable
from typing import Any

import psycopg

from dw_migration.kind import Address
from dw_migration.revision import Revision
from dw_migration.sql import identifier, sql

Connection = psycopg.Connection[tuple[Any, ...]]


def at_stake(connection: Connection, managed: Iterable[Address], revisions: Iterable[Revision]) -> list[str]:
    """Which of the losses of their ways down, told as `table dw__shop__public.users`, stand in a table that has rows.

    One that has another name by now could be any table: then any row counts. Those of a hand-written one all count:
    what it made is not managed. Takes ACCESS SHARE on each such table for a moment, and reads one row at most.
    """
    losses, by_hand = list[str](), list[str]()
    for each in revisions:
        (by_hand if each.hand_written else losses).extend(each.loses_rows)
    named = {f"{address.kind} {address}": address for address in managed}
    known = [loss for loss in losses if loss in named]
    unknown = [loss for loss in losses if loss not in named]
    found = [loss for loss in known if _has_rows(connection, named[loss])]
    if unknown and any(_has_rows(connection, address) for address in named.values() if address.kind == "table"):
        found += unknown
    return sorted([*found, *by_hand])


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
