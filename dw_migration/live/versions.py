"""Alembic's version table of a source: read and written as Alembic itself does."""

import hashlib
import re
from typing import Any, LiteralString

import psycopg

from dw_migration.errors import BrokenHistory
from dw_migration.live.connections import translated
from dw_migration.sql import Sql, identifier, sql

Connection = psycopg.Connection[tuple[Any, ...]]

_PREFIX = "alembic_version_"
_PLAIN = re.compile(r"[a-z0-9_]{1,47}")
_RESERVED = frozenset({"ledger"})  # the ledger's own


def version_table(source: str) -> str:
    """The table's name; a source's name that is long, or holds other characters, brings a hash."""
    if _PLAIN.fullmatch(source) and source not in _RESERVED:
        return _PREFIX + source
    slug = re.sub(r"[^a-z0-9]+", "_", source.lower())[:30].strip("_")
    return f"{_PREFIX}{slug}_{hashlib.sha256(source.encode()).hexdigest()[:12]}"


def read_version(connection: Connection, source: str) -> str | None:
    """The revision that Alembic's table names; None at base, or without a table. Raises: BrokenHistory."""
    table = _table(source)
    with translated("target", connection):
        there = connection.execute("SELECT pg_catalog.to_regclass(%s)", (table.text,)).fetchone()
        if there is None or there[0] is None:
            return None
        rows = connection.execute(_filled("SELECT version_num FROM {}", table)).fetchall()
    if len(rows) > 1:
        raise BrokenHistory(
            f"{source}: {table} names {len(rows)} revisions: a source has one history: `alembic stamp --purge` one"
        )
    return str(rows[0][0]) if rows else None


def write_version(connection: Connection, source: str, before: str | None, now: str | None) -> None:
    """Move Alembic's version. Raises: BrokenHistory if it was not at `before`."""
    table = _table(source)
    with translated("target", connection):
        create = (
            "CREATE TABLE IF NOT EXISTS {} (version_num varchar(32) NOT NULL, CONSTRAINT {} PRIMARY KEY (version_num))"
        )
        connection.execute(_filled(create, table, identifier(version_table(source)[:59] + "_pkc")))
        if before is None:
            changed = connection.execute(_filled("INSERT INTO {} VALUES ({})", table, str(now)))
        elif now is None:
            changed = connection.execute(_filled("DELETE FROM {} WHERE version_num = {}", table, before))
        else:
            update = "UPDATE {} SET version_num = {} WHERE version_num = {}"
            changed = connection.execute(_filled(update, table, now, before))
    if changed.rowcount != 1:
        raise BrokenHistory(f"{source}: {table} is not at {before or 'base'}: another run was faster: run it again")


def _table(source: str) -> Sql:
    return identifier("dw_migration", version_table(source))


def _filled(template: LiteralString, *values: str | Sql) -> bytes:
    return sql(template, *values).text.encode()
