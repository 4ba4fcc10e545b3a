"""What a batch dropped and a later one makes again keeps its owner and its privileges."""

from typing import Any

import psycopg

revision = "0005"
down_revision = "0004"


def upgrade(connection: psycopg.Connection[Any]) -> None:
    """A column of batches; none may be half-way by an older version that held nothing, which is as good as nothing."""
    connection.execute(b"ALTER TABLE dw_migration.batch ADD COLUMN held jsonb NOT NULL DEFAULT '[]'")
    connection.execute(
        b"COMMENT ON COLUMN dw_migration.batch.held IS 'owners and privileges of what is dropped and still to be made'"
    )
