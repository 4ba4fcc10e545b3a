"""Hand-written SQL files: a row for each that ran, and the chain of what happened."""

from typing import Any

import psycopg

revision = "0004"
down_revision = "0003"

TABLES = """
CREATE TABLE {migrations} (
    module text NOT NULL,
    version text NOT NULL,
    filename text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('versioned', 'repeatable')),
    description text NOT NULL,
    checksum text NOT NULL,
    text text NOT NULL,
    rollback_sql text,
    origin text NOT NULL DEFAULT 'run' CHECK (origin IN ('run', 'baseline', 'import')),
    state text NOT NULL CHECK (state IN ('applied', 'started', 'failed', 'rolled back', 'gone')),
    ran text,
    steps text NOT NULL DEFAULT '[]',
    done integer NOT NULL DEFAULT 0,
    begun boolean NOT NULL DEFAULT false,
    error text NOT NULL DEFAULT '',
    number bigint NOT NULL,
    applied_at timestamptz,
    duration interval,
    by text NOT NULL,
    run text NOT NULL,
    PRIMARY KEY (module, version)
);
COMMENT ON COLUMN {migrations}.checksum IS 'SHA-256 of the text with line ends made equal';
COMMENT ON COLUMN {migrations}.text IS 'the file as it was written';
COMMENT ON COLUMN {migrations}.rollback_sql IS 'the way back, as it was written; null: there was none';
COMMENT ON COLUMN {migrations}.state IS 'gone: applied, and that its file is not there any more was accepted';
COMMENT ON COLUMN {migrations}.ran IS 'SHA-256 of the statements with their names filled in';
COMMENT ON COLUMN {migrations}.steps IS 'JSON: SHA-256 of each of these statements';
COMMENT ON COLUMN {migrations}.done IS 'how many of them are committed';
COMMENT ON COLUMN {migrations}.begun IS 'one more was begun outside of transactions, and its end was not noted';
COMMENT ON COLUMN {migrations}.number IS 'the last event about it';

CREATE TABLE {events} (
    module text NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    version text,
    what text NOT NULL,
    by text NOT NULL,
    run text NOT NULL,
    details text NOT NULL,
    previous text NOT NULL,
    hash text NOT NULL,
    PRIMARY KEY (module, number)
);
COMMENT ON TABLE {events} IS 'what happened, oldest first in each module; hash is over the other columns';
"""
"""Of the ledger, or of a module's own schema."""


def upgrade(connection: psycopg.Connection[Any]) -> None:
    """A note a file, and the history of its module; versions may be those of modules too, as `sql/<module>`."""
    connection.execute(b"ALTER TABLE dw_migration.schema_version DROP CONSTRAINT schema_version_source_fkey")
    own = TABLES.format(migrations="dw_migration.sql_migration", events="dw_migration.sql_event")
    connection.execute(own.encode())
    connection.execute(
        b"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dw_migration.sql_event"
        b" FOR EACH STATEMENT EXECUTE FUNCTION dw_migration.refuse_change()"
    )
