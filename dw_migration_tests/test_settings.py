"""No false drift: whatever is set for a database or a role, and however often one syncs, what is the same stays so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dw_migration.live.connections import connect_target
from dw_migration.live.embedded import SUPERUSER, Server
from dw_migration_tests.life import DATABASE, Stage, check_same

SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'Ok');
CREATE TABLE "Orders" (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "At" timestamptz DEFAULT '2024-03-01 12:00+02', day date DEFAULT '2024-02-01',
    took interval DEFAULT '1 day 02:03:04' CHECK (took > '-1 mon 2 days'),
    ratio float8 DEFAULT 0.1, small float4 DEFAULT 1e-7,
    bytes bytea DEFAULT '\\x00ff', word text DEFAULT E'a\\\\b''c', "user" mood DEFAULT 'Ok', price money DEFAULT '1.50',
    dates daterange DEFAULT '[2024-01-02,2024-02-03)', size varchar(9) CHECK (size IN ('s', 'm')), n int[],
    nothing text CHECK (nothing = NULL)
);
CREATE TABLE parts (at timestamptz, r float8) PARTITION BY RANGE (at, r);
CREATE TABLE part PARTITION OF parts
    FOR VALUES FROM ('2024-01-01 00:00+01', 0.1) TO ('2024-02-01 00:00+01', 0.30000000000000004);
CREATE INDEX ON "Orders" ((("At" AT TIME ZONE 'UTC')::date)) WHERE took < '3 days 01:00';
CREATE VIEW v AS SELECT "At" + '1 mon 3 days'::interval AS then, '2024-05-06'::date AS day, 0.1::float8 AS r
    FROM "Orders" WHERE day > '2024-12-11';
CREATE MATERIALIZED VIEW mv AS SELECT bytes || '\\x01'::bytea AS b FROM "Orders";
CREATE FUNCTION f(d date DEFAULT '2024-02-01') RETURNS interval LANGUAGE sql
    SET "DateStyle" TO 'SQL, DMY' RETURN '1 day'::interval;
CREATE RULE r AS ON UPDATE TO v DO INSTEAD UPDATE "Orders" SET took = '2 days 03:00' WHERE day = '2024-12-11';
CREATE POLICY p ON "Orders" USING (day > '2024-11-12' AND "user" = 'sad');
CREATE SEQUENCE s;
"""
CHANGE = """
ALTER TABLE "Orders" ADD later timestamptz DEFAULT '2024-03-01 12:00+02', ADD more interval DEFAULT '1 year 3 days';
ALTER TABLE "Orders" ALTER day SET DEFAULT '2024-12-11';
CREATE TABLE later (at timestamptz DEFAULT '2024-03-01 12:00+02') WITH (fillfactor = 70);
"""
SETTINGS = {
    "search_path": '"$user", public, pg_catalog, dw__app__public',
    "DateStyle": "'German, DMY'",
    "IntervalStyle": "iso_8601",
    "TimeZone": "'Asia/Kathmandu'",
    "bytea_output": "escape",
    "extra_float_digits": "'-10'",
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
    "backslash_quote": "on",
    "quote_all_identifiers": "on",
    "transform_null_equals": "on",
    "array_nulls": "off",
    "xmloption": "document",
    "lc_messages": "'C'",
    "default_table_access_method": "other",
    "default_tablespace": "pg_default",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "check_function_bodies": "off",
    "row_security": "off",
    "enable_partition_pruning": "off",
    "plan_cache_mode": "force_custom_plan",
    "session_replication_role": "replica",
    "statement_timeout": "'30s'",
}
"""What an administrator may set, each otherwise than it comes."""


@pytest.fixture
def stage(server: Server, tmp_path: Path) -> Iterator[Stage]:
    """A pair of databases of this test alone."""
    stage = Stage(server, server, tmp_path)
    with stage.opened:
        stage.set_up()
        stage.reset()
        stage.shape()
        for connection in (stage.app, stage.target):
            connection.execute("CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler")
        yield stage


def reconnected(stage: Stage) -> None:
    """As a new run finds the target."""
    stage.target = stage.opened.enter_context(connect_target(stage.config.target, application_name="tests"))


def holds_still(stage: Stage) -> None:
    """Nothing is to do and nothing drifted, however often one looks."""
    for _ in range(2):
        found = stage.look().difference
        assert (found.changes, found.drift) == ((), ())
        stage.forward()


def test_a_second_and_a_third_sync_and_a_rollback_find_nothing(stage: Stage) -> None:
    stage.run_app(SCHEMA)
    stage.forward()
    before, dumped = stage.base, stage.dump_of_target()
    holds_still(stage)
    stage.run_app(CHANGE)
    step = stage.forward()
    after = stage.base
    holds_still(stage)
    for _ in range(2):
        stage.run(step.plan.down)
        stage.base = before
        assert stage.given().digest == before.given.digest
        check_same(stage.dump_of_target(), dumped, "after the way down")
        stage.run(step.plan.up)
        stage.base = after
        holds_still(stage)


@pytest.mark.parametrize("whose", [f"DATABASE {DATABASE}", "DATABASE warehouse", f"ROLE {SUPERUSER}"])
def test_what_is_set_is_no_drift(stage: Stage, whose: str) -> None:
    stage.run_app(SCHEMA)
    stage.forward()
    try:
        for name, value in SETTINGS.items():
            stage.app.execute(f"ALTER {whose} SET {name} TO {value}".encode())
        reconnected(stage)
        holds_still(stage)
        stage.run_app(CHANGE)
        stage.forward()
        holds_still(stage)
    finally:
        stage.app.execute(f"ALTER {whose} RESET ALL".encode())
    reconnected(stage)
    holds_still(stage)
