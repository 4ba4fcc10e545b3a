"""How long statements took that read or write a whole table: what the next plan's estimate stands on."""

from typing import Any

import psycopg

revision = "0007"
down_revision = "0006"


def upgrade(connection: psycopg.Connection[Any]) -> None:
    """A table of its own; nothing refers to it, and it may be emptied at any time."""
    connection.execute(
        b"""
        CREATE TABLE dw_migration.measurement (
            at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
            form text NOT NULL,
            bytes bigint NOT NULL CHECK (bytes > 0),
            seconds double precision NOT NULL CHECK (seconds >= 0)
        )
        """
    )
    connection.execute(b"CREATE INDEX measurement_form_at_idx ON dw_migration.measurement (form, at)")
    connection.execute(b"COMMENT ON TABLE dw_migration.measurement IS 'statements that read or wrote whole tables'")
