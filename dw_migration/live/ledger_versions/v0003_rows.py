"""Rows: copies of tables, their chunks, what was taken off a table meanwhile, and rows that were refused."""

from typing import Any

import psycopg

revision = "0003"
down_revision = "0002"

TABLES = """
CREATE TABLE dw_migration.copy (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place text NOT NULL,
    old_schema text NOT NULL,
    old_table text NOT NULL,
    new_schema text NOT NULL,
    new_table text NOT NULL,
    specification text NOT NULL,
    mode text NOT NULL CHECK (mode IN ('none', 'append', 'upsert', 'truncate')),
    state text NOT NULL DEFAULT 'copying' CHECK (state IN ('copying', 'copied', 'superseded')),
    rows bigint,
    bytes bigint,
    snapshot text NOT NULL,
    started timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    finished timestamptz,
    run text NOT NULL,
    by text NOT NULL
);
COMMENT ON TABLE dw_migration.copy IS 'the rows of one old table, on their way to a new one';
COMMENT ON COLUMN dw_migration.copy.place IS 'of the old table, in the config';
COMMENT ON COLUMN dw_migration.copy.specification IS 'sha256 of what decides which values arrive';
COMMENT ON COLUMN dw_migration.copy.snapshot IS 'in which it was cut into chunks';
CREATE UNIQUE INDEX copy_single ON dw_migration.copy (place, old_schema, old_table, new_schema, new_table)
    WHERE state <> 'superseded';

CREATE TABLE dw_migration.chunk (
    copy bigint NOT NULL REFERENCES dw_migration.copy ON DELETE CASCADE,
    number integer NOT NULL,
    lower text,
    upper text,
    rows bigint,
    bytes bigint,
    hash numeric,
    hashed_as text,
    snapshot text,
    copied_at timestamptz,
    duration interval,
    PRIMARY KEY (copy, number)
);
COMMENT ON COLUMN dw_migration.chunk.lower IS 'JSON: the key above which its rows are; null: from the first';
COMMENT ON COLUMN dw_migration.chunk.upper IS 'JSON: the key of its last row; null: to the last';
COMMENT ON COLUMN dw_migration.chunk.hash IS 'sum over the rows that it wrote';
COMMENT ON COLUMN dw_migration.chunk.copied_at IS 'null: not yet';

CREATE TABLE dw_migration.taken_off (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    new_schema text NOT NULL,
    new_table text NOT NULL,
    on_schema text NOT NULL,
    on_table text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('constraint', 'index', 'trigger', 'foreign key')),
    name text NOT NULL,
    definition text NOT NULL,
    comment text,
    taken_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    UNIQUE (on_schema, on_table, kind, name)
);
COMMENT ON TABLE dw_migration.taken_off IS 'to be put back when the copy into new_table ends';
COMMENT ON COLUMN dw_migration.taken_off.on_table IS 'the table itself, a partition of it, or one that references it';
COMMENT ON COLUMN dw_migration.taken_off.definition IS 'as PostgreSQL wrote it; of a trigger: tgenabled';

CREATE TABLE dw_migration.reject (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    copy bigint NOT NULL,
    chunk integer NOT NULL,
    key text NOT NULL,
    column_name text,
    sha256 text,
    value text,
    sqlstate text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    state text NOT NULL DEFAULT 'rejected' CHECK (state IN ('rejected', 'copied', 'gone')),
    FOREIGN KEY (copy, chunk) REFERENCES dw_migration.chunk ON DELETE CASCADE
);
CREATE INDEX ON dw_migration.reject (copy, chunk);
COMMENT ON TABLE dw_migration.reject IS 'rows that the target, or an expression, refused';
COMMENT ON COLUMN dw_migration.reject.key IS 'JSON: of the row in the old table';
COMMENT ON COLUMN dw_migration.reject.column_name IS 'whose value was refused; null: sha256 and value are of the row';
COMMENT ON COLUMN dw_migration.reject.value IS 'kept only where that was asked for';
COMMENT ON COLUMN dw_migration.reject.state IS 'copied: by a later try; gone: the old table has it no more';
"""


def upgrade(connection: psycopg.Connection[Any]) -> None:
    """A note a copy, a chunk, a thing taken off and a row refused."""
    connection.execute(TABLES.encode())
