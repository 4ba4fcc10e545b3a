"""What a revision's way down would make other values of."""

from typing import Any

import psycopg

revision = "0011"
down_revision = "0010"


def upgrade(connection: psycopg.Connection[Any]) -> None:
    """A column of revisions; what was planned before asks nothing."""
    connection.execute(b"ALTER TABLE dw_migration.revision ADD COLUMN down_proofs text NOT NULL DEFAULT '[]'")
    connection.execute(
        b"COMMENT ON COLUMN dw_migration.revision.down_proofs IS"
        b" 'JSON as of proofs; asked before the revision is taken back'"
    )
