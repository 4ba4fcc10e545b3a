"""What the watch noted of each source."""

from typing import Any

import psycopg

revision = "0002"
down_revision = "0001"

TABLES = """
CREATE TABLE dw_migration.watch (
    source text PRIMARY KEY,
    looked timestamptz,
    source_fingerprint text,
    verdict text,
    since timestamptz,
    judged timestamptz,
    head text,
    error text,
    target_fingerprint text,
    target_verdict text,
    target_since timestamptz,
    target_head text,
    unreachable_since timestamptz,
    recovered timestamptz
);
COMMENT ON TABLE dw_migration.watch IS 'a source may be looked at before it is registered';
COMMENT ON COLUMN dw_migration.watch.looked IS 'when it answered last';
COMMENT ON COLUMN dw_migration.watch.source_fingerprint IS 'of the last answer; as source.source_fingerprint';
COMMENT ON COLUMN dw_migration.watch.judged IS 'when the verdict was found by reading and comparing';
COMMENT ON COLUMN dw_migration.watch.head IS 'the revision that was applied then';
COMMENT ON COLUMN dw_migration.watch.target_verdict IS 'whether managed objects were changed by hand';
COMMENT ON COLUMN dw_migration.watch.unreachable_since IS 'of the last time that it was; null once it is in sync again';
COMMENT ON COLUMN dw_migration.watch.recovered IS 'when it answered again; null: not yet';

ALTER TABLE dw_migration.revision ADD COLUMN source_fingerprint text;
COMMENT ON COLUMN dw_migration.revision.source_fingerprint IS 'of the source that the target equals once it is applied';

CREATE INDEX revision_waiting ON dw_migration.revision (source) WHERE state IN ('planned', 'rolled back');
"""


def upgrade(connection: psycopg.Connection[Any]) -> None:
    """A note a source, and a quick way to the revisions that wait."""
    connection.execute(TABLES.encode())
