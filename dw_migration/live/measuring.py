"""How long a statement takes that reads or writes a whole table, noted in the ledger for the next plan's estimate."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from dw_migration.effects import Effect, effect_of
from dw_migration.live.connections import translated

Connection = psycopg.Connection[tuple[Any, ...]]

_MAY_TAKE_LONG = re.compile(r"ALTER (TABLE|DOMAIN) |CREATE (UNIQUE )?INDEX |REFRESH ")

# The scans are those of this transaction: SET NOT NULL and VALIDATE tell so whether they had to look.
_BEFORE_AND_AFTER = """
with recursive tree as (
    select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = %s and c.relname = %s
    union select i.inhrelid from tree t join pg_catalog.pg_inherits i on i.inhparent = t.oid
)
select coalesce(pg_catalog.sum(pg_catalog.pg_relation_size(c.oid)), 0)::int8,
       coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_xact_numscans(c.oid)), 0)::int8
from tree t join pg_catalog.pg_class c on c.oid = t.oid
where c.relkind in ('r', 'm')
"""
_NOTED = "INSERT INTO dw_migration.measurement (form, bytes, seconds) VALUES (%s, %s, %s)"


@contextmanager
def measured(connection: Connection, text: str, *, transactional: bool = True) -> Iterator[None]:
    """Note how long the block takes that runs the statement, if it reads a table that has rows.

    In a transaction the note is part of it. Nothing is noted of a statement that fails.
    """
    effect = effect_of(text) if _MAY_TAKE_LONG.match(text) else Effect()
    if not effect.form:
        yield
        return
    (schema, name), _ = effect.locks[0]
    size, scans = _look(connection, schema, name)
    began = time.monotonic()
    yield
    seconds = time.monotonic() - began
    if size and (not transactional or _look(connection, schema, name)[1] > scans):
        with translated("target", connection):
            connection.execute(_NOTED, (effect.form, size, seconds))


def _look(connection: Connection, schema: str, name: str) -> tuple[int, int]:
    """The bytes of the table with all that inherits it, and how often this transaction has read it."""
    row = connection.execute(_BEFORE_AND_AFTER, (schema, name)).fetchone()
    return (row[0], row[1]) if row else (0, 0)
