"""Sources, revisions, base, batches, approvals and history."""

from typing import Any

import psycopg

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE dw_migration.source (
    name text PRIMARY KEY,
    identity text NOT NULL,
    head text,
    base_head text,
    given_head text,
    source_fingerprint text,
    target_fingerprint text,
    summary text NOT NULL DEFAULT '{}',
    seen timestamptz,
    status text NOT NULL DEFAULT 'new',
    reason text NOT NULL DEFAULT '',
    since timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    events bigint NOT NULL DEFAULT 0,
    last_hash text NOT NULL DEFAULT ''
);
COMMENT ON COLUMN dw_migration.source.head IS 'the revision that is applied';
COMMENT ON COLUMN dw_migration.source.base_head IS 'first line of the desired catalog; the rest: managed_object';
COMMENT ON COLUMN dw_migration.source.summary IS 'JSON: what was told when it was last in sync';
COMMENT ON COLUMN dw_migration.source.given_head IS 'likewise of the target; null: not read again yet';

CREATE TABLE dw_migration.target_schema (
    name text PRIMARY KEY,
    source text NOT NULL REFERENCES dw_migration.source,
    source_schema text NOT NULL
);
COMMENT ON TABLE dw_migration.target_schema IS 'a schema of the target belongs to one source only';

CREATE TABLE dw_migration.revision (
    source text NOT NULL REFERENCES dw_migration.source,
    id text NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    parent text,
    state text NOT NULL CHECK (state IN ('planned', 'applied', 'rolled back', 'superseded')),
    hand_written boolean NOT NULL,
    version text NOT NULL,
    severity text NOT NULL,
    message text NOT NULL,
    script text NOT NULL,
    ddl text NOT NULL,
    up text NOT NULL,
    down text NOT NULL,
    loses_rows text NOT NULL,
    sha256 text NOT NULL,
    starts_from text NOT NULL,
    desired bytea,
    created timestamptz NOT NULL,
    planned_by text NOT NULL,
    applied timestamptz,
    duration interval,
    run text,
    applied_by text,
    PRIMARY KEY (source, id)
);
COMMENT ON COLUMN dw_migration.revision.desired IS 'the base catalog once it is applied: JSON lines, zlib';
CREATE UNIQUE INDEX revision_single_history ON dw_migration.revision (source, coalesce(parent, ''))
    WHERE state <> 'superseded';

CREATE TABLE dw_migration.schema_version (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL REFERENCES dw_migration.source,
    revision text NOT NULL,
    version text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    description text NOT NULL
);

CREATE TABLE dw_migration.managed_object (
    source text NOT NULL REFERENCES dw_migration.source,
    address text NOT NULL,
    desired text NOT NULL,
    given text,
    PRIMARY KEY (source, address)
);

CREATE TABLE dw_migration.batch (
    source text NOT NULL REFERENCES dw_migration.source,
    revision text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    number integer NOT NULL,
    sha256 text NOT NULL,
    run text NOT NULL,
    started timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    done timestamptz,
    PRIMARY KEY (source, revision, direction, number)
);

CREATE TABLE dw_migration.approval (
    source text NOT NULL,
    revision text NOT NULL,
    sha256 text NOT NULL,
    by text NOT NULL,
    note text NOT NULL,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    PRIMARY KEY (source, revision, sha256),
    FOREIGN KEY (source, revision) REFERENCES dw_migration.revision (source, id)
);

CREATE TABLE dw_migration.event (
    source text NOT NULL REFERENCES dw_migration.source,
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    revision text,
    what text NOT NULL,
    by text NOT NULL,
    run text NOT NULL,
    details text NOT NULL,
    previous text NOT NULL,
    hash text NOT NULL,
    PRIMARY KEY (source, number)
);
CREATE FUNCTION dw_migration.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$ BEGIN RAISE EXCEPTION 'the history of dw_migration is append-only' USING ERRCODE = '42501'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dw_migration.event
    FOR EACH STATEMENT EXECUTE FUNCTION dw_migration.refuse_change();
"""


def upgrade(connection: psycopg.Connection[Any]) -> None:
    """Everything that a new ledger has."""
    connection.execute(TABLES.encode())
