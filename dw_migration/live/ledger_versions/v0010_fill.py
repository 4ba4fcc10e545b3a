"""What people have said that rows get in columns which are NOT NULL from now on."""

from typing import Any

import psycopg

revision = "0010"
down_revision = "0009"

TABLES = """
CREATE TABLE dw_migration.fill (
    source text NOT NULL REFERENCES dw_migration.source,
    schema text NOT NULL,
    "table" text NOT NULL,
    "column" text NOT NULL,
    expression text NOT NULL,
    by text NOT NULL,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    spent text,
    PRIMARY KEY (source, schema, "table", "column")
);
COMMENT ON TABLE dw_migration.fill IS 'what rows get in a column that is NOT NULL from now on, as somebody has said';
COMMENT ON COLUMN dw_migration.fill.spent IS 'the applied revision since which the column is NOT NULL; null: it counts';
"""


def upgrade(connection: psycopg.Connection[Any]) -> None:
    """A table of its own."""
    connection.execute(TABLES.encode())
