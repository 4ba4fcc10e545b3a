"""What people have said of things that look alike: whether they are one under another name."""

from typing import Any

import psycopg

revision = "0009"
down_revision = "0008"

TABLES = """
CREATE TABLE dw_migration.said (
    kind text NOT NULL CHECK (kind IN ('table', 'column')),
    old text NOT NULL,
    new text NOT NULL,
    shape text NOT NULL,
    same boolean NOT NULL,
    source text NOT NULL REFERENCES dw_migration.source,
    by text NOT NULL,
    note text NOT NULL,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    PRIMARY KEY (kind, old, new, shape)
);
COMMENT ON TABLE dw_migration.said IS 'whether what goes and what comes are one: holds for every source of this shape';
COMMENT ON COLUMN dw_migration.said.shape IS 'sha256 of the columns of both tables';
COMMENT ON COLUMN dw_migration.said.source IS 'where it was said';
"""


def upgrade(connection: psycopg.Connection[Any]) -> None:
    """A table of its own."""
    connection.execute(TABLES.encode())
