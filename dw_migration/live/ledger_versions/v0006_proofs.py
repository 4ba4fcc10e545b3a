"""What a revision's severity rests on."""

from typing import Any

import psycopg

revision = "0006"
down_revision = "0005"


def upgrade(connection: psycopg.Connection[Any]) -> None:
    """A column of revisions; what was planned before rests on its statements alone."""
    connection.execute(b"ALTER TABLE dw_migration.revision ADD COLUMN proofs text NOT NULL DEFAULT '[]'")
    connection.execute(
        b"COMMENT ON COLUMN dw_migration.revision.proofs IS"
        b" 'JSON: query, what it counts, what it calls; asked again before the revision is applied'"
    )
