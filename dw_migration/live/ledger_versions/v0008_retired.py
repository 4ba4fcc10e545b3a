"""Tables and columns that were put aside with their rows, and what a revision puts aside."""

from typing import Any

import psycopg

revision = "0008"
down_revision = "0007"

TABLES = """
ALTER TABLE dw_migration.revision ADD COLUMN retired text NOT NULL DEFAULT '[]';
COMMENT ON COLUMN dw_migration.revision.retired IS 'JSON: what the way up puts aside, and as what';

CREATE TABLE dw_migration.retired (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL REFERENCES dw_migration.source,
    revision text NOT NULL,
    kind text NOT NULL,
    was text NOT NULL,
    kept text NOT NULL,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    returned timestamptz,
    purged timestamptz,
    purged_by text,
    shell text
);
COMMENT ON TABLE dw_migration.retired IS 'what was dropped in the source, and is kept with its rows';
COMMENT ON COLUMN dw_migration.retired.was IS 'JSON: kind, schema, owner, name, of';
COMMENT ON COLUMN dw_migration.retired.kept IS 'likewise: what it is called meanwhile';
COMMENT ON COLUMN dw_migration.retired.returned IS 'when the way down brought it back';
COMMENT ON COLUMN dw_migration.retired.shell IS
    'JSON: of what is purged the statements that make it anew without rows, for the way down; null: made';
CREATE UNIQUE INDEX retired_once ON dw_migration.retired (kept) WHERE returned IS NULL;
"""


def upgrade(connection: psycopg.Connection[Any]) -> None:
    """A table, and a column of revisions; those of older versions put nothing aside."""
    connection.execute(TABLES.encode())
