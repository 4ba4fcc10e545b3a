"""A revision is run up, down and up again in a scratch database that is like the target, before it may run there."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration.catalog import Catalog
from dw_migration.live import scratch
from dw_migration.live.embedded import Server
from dw_migration.migrate import rehearse
from dw_migration_tests.conftest import MakesRole
from dw_migration_tests.outside import CommandLine, Shop, ended, opened_shop, started, until

TABLES = """
    CREATE TYPE mood AS ENUM ('sad', 'happy');
    CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL, mood mood,
                        boss bigint REFERENCES users);
    CREATE TABLE orders (id int PRIMARY KEY, buyer bigint NOT NULL REFERENCES users, note varchar(20),
                         twice int GENERATED ALWAYS AS (id * 2) STORED CHECK (twice < 100000));
    CREATE TABLE days (day date, id int, note text, PRIMARY KEY (day, id)) PARTITION BY RANGE (day);
    CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE VIEW buyers AS SELECT DISTINCT buyer FROM orders;
"""
ROWS = """
    INSERT INTO users (id, email, boss) OVERRIDING SYSTEM VALUE
        SELECT n, 'secret ' || n, nullif(n - 1, 0) FROM generate_series(1, 3000) n;
    INSERT INTO orders SELECT n, 3000 - n % 3000, 'secret' FROM generate_series(1, 5000) n;
    INSERT INTO days SELECT '2024-06-01'::date, n, 'secret' FROM generate_series(1, 30) n
"""
WITHOUT_FAULT = """
    ALTER TYPE mood ADD VALUE 'calm';
    ALTER TABLE orders ADD note2 text, ALTER note TYPE varchar(40);
    CREATE INDEX ON orders (note);
    CREATE TABLE more (id int PRIMARY KEY)
"""


@pytest.fixture
def shop(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: CommandLine) -> Iterator[Shop]:
    """A source that is in sync, with rows in the target; temporary files stand in a folder of the test's own."""
    temporary = Path(tempfile.mkdtemp(prefix="dwt-"))
    temporary.chmod(0o711)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with opened_shop(server, tmp_path, "rehearsed_shop", TABLES) as made:
        assert cli(made.config(), "sync").code == 0
        made.on(made.target, f"SET search_path TO {made.schema}; {ROWS}")
        yield made
        assert list(temporary.iterdir()) == []
    temporary.rmdir()


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(capsys)


def test_what_goes_up_down_and_up_again_is_told_with_its_times(shop: Shop, cli: CommandLine) -> None:
    """Rows come with those that they reference; nothing of the target changes but the ledger, and no value is told."""
    shop.on(shop.source, WITHOUT_FAULT)
    ran = cli(shop.config(), "plan", "--rehearse", "--format", "json")
    found = ran.document["sources"][0]["rehearsal"]
    assert (ran.code, found["ok"], found["faults"]) == (0, True, [])
    assert [each["direction"] for each in found["steps"]] == ["up", "down", "up"]
    assert found["rows"] > 2000
    assert found["tables"] == 3
    assert "secret" not in ran.told
    assert any("enum" in each for each in found["told"])
    assert any(each["seconds"] > 0 for each in found["steps"][0]["statements"])
    told = shop.on(shop.target, "SELECT details FROM dw_migration.event WHERE what = 'rehearsed'")
    assert '"ok": true' in told[0][0]
    assert "rehearsal: went through on PostgreSQL" in cli(shop.config(), "plan", "--rehearse").told
    assert cli(shop.config(), "apply", "--rehearse=none").code == 0
    assert cli(shop.config(), "verify").code == 0


def test_rows_may_be_made_up(shop: Shop, cli: CommandLine) -> None:
    """Of every type, as checks and partitions have them, and with references that hold."""
    every = """
        CREATE DOMAIN word AS varchar(3) CHECK (value <> ''); CREATE TYPE pair AS (a int, b text);
        CREATE TABLE types (
            id uuid PRIMARY KEY, b bool, n numeric(3,1), f float8, c char(1), w word, d date, t timestamptz, i interval,
            j jsonb, x bytea, a int[], m mood[], p pair, r daterange, mr int4multirange, bits bit(3), ip inet, g point,
            state text NOT NULL CHECK (state IN ('new', 'it''s')), part int CHECK (part BETWEEN 1000 AND 2000));
        CREATE TABLE never (a int CHECK (a < 0 AND a > 0 AND a IS NOT NULL) NOT NULL)"""
    shop.on(shop.source, every)
    assert cli(shop.config(), "sync").code == 0
    shop.on(shop.source, "ALTER TABLE orders ALTER note TYPE varchar(40); ALTER TABLE types ADD CHECK (part <> 2000)")
    ran = cli(shop.config(), "plan", "--rehearse=generated", "--format", "json")
    found = ran.document["sources"][0]["rehearsal"]
    assert (found["tables"], [each for each in found["told"] if "made up" in each]) == (
        4,
        [f"table {shop.schema.strip(chr(34))}.never: no row that was made up fits it [23514]"],
    )
    assert found["rows"] > 60
    assert not found["ok"], "rows that the new check refuses are among those that the old one names"
    assert "[23514]" in found["faults"][0]


def test_a_fault_is_told_with_its_sqlstate_and_stops_the_apply(shop: Shop, cli: CommandLine) -> None:
    """What is not there in the rehearsal's copy of the target's rows is not there in the target either."""
    shop.on(shop.source, "ALTER TABLE orders ADD CONSTRAINT few CHECK (id < 3)")
    config = shop.config(policy={"breaking": "allow"})
    assert cli(config, "plan").code == 0
    before = shop.state()
    ran = cli(config, "apply", "--rehearse", "--format", "json")
    (found,) = ran.document["sources"]
    assert (ran.code, found["status"], found["applied"]) == (1, "failed", [])
    assert found["rehearsal"], ran.told
    assert not found["rehearsal"]["ok"]
    assert "[23514]" in found["error"]
    assert found["error"].endswith("nothing was applied")
    assert "secret" not in ran.told
    assert shop.state() == before
    assert "rehearsal: failed" in cli(config, "plan", "--rehearse").told
    assert cli(config, "apply", "--rehearse=none").code == 1  # without rows it goes through, and the target has some


def test_a_held_revision_is_rehearsed_by_plan_alone(shop: Shop, cli: CommandLine) -> None:
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    ran = cli(shop.config(), "plan", "--rehearse", "--format", "json")
    (found,) = ran.document["sources"]
    assert (ran.code, found["status"], found["rehearsal"]["ok"]) == (0, "held", True)
    ran = cli(shop.config(), "apply", "--rehearse", "--format", "json")
    assert (ran.code, ran.document["sources"][0]["rehearsal"]) == (4, None)


def test_what_a_person_wrote_is_rehearsed_too(shop: Shop, cli: CommandLine) -> None:
    """With the revisions that come before it; what its way back does not undo is a fault."""
    shop.on(shop.source, "ALTER TABLE orders ADD extra int")
    assert cli(shop.config(), "plan").code == 0
    ((revision,),) = shop.on(shop.target, "SELECT id FROM dw_migration.revision WHERE state = 'planned'")
    path = shop.workspace / "shop/alembic/versions/own.py"
    path.write_text(
        f"from alembic import op\nrevision = 'own'\ndown_revision = {revision!r}\n\n\ndef upgrade():\n"
        "    op.execute('CREATE TABLE own (id int)')\n\n\ndef downgrade():\n    pass\n"
    )
    before = shop.state()
    ran = cli(shop.config(), "apply", "--rehearse", "--format", "json")
    assert ran.code == 1
    assert "own is there, and should not be" in ran.told
    assert shop.state() == before
    planned = cli(shop.config(), "plan", "--rehearse", "--format", "json")
    assert (planned.code, planned.document["sources"][0]["rehearsal"]["revisions"]) == (1, [revision, "own"])
    path.write_text(path.read_text().replace("pass", "op.execute('DROP TABLE own')"))
    ran = cli(shop.config(), "apply", "--rehearse", "--format", "json")
    assert (ran.code, ran.document["sources"][0]["applied"]) == (0, [revision, "own"]), ran.told


def test_what_a_person_wrote_is_rehearsed_once_somebody_has_consented(shop: Shop, cli: CommandLine) -> None:
    """Before, its code runs nowhere."""
    assert cli(shop.config(), "revision", "shop", "-m", "empties").code == 0
    (path,) = (shop.workspace / "shop/alembic/versions").glob("*empties*.py")
    path.write_text(path.read_text().replace("    pass", f'    op.execute("DELETE FROM {shop.schema}.days")', 1))
    path = path.rename(path.with_name("mine.py"))
    refused = cli(shop.config(), "plan", "--rehearse")
    assert refused.code == 1
    assert "waits for consent: its code runs in no database before" in refused.told
    ((revision,),) = shop.on(shop.target, "SELECT id FROM dw_migration.revision WHERE state = 'planned'")
    assert "mine.py: nobody has said that it was read" in cli(shop.config(), "status", revision).told
    assert cli(shop.config(), "approve", "shop", revision).code == 0
    ran = cli(shop.config(), "plan", "--rehearse", "--format", "json")
    assert (ran.code, ran.document["sources"][0]["rehearsal"]["revisions"]) == (0, [revision])


def test_a_reference_that_is_generated_goes_with_its_row_where_it_leads_nowhere(shop: Shop, cli: CommandLine) -> None:
    shop.on(
        shop.source,
        "CREATE TABLE tens (id int PRIMARY KEY, tenth int GENERATED ALWAYS AS (id / 10) STORED REFERENCES orders)",
    )
    assert cli(shop.config(), "sync").code == 0
    shop.on(
        shop.target, f"SET session_replication_role = replica; INSERT INTO {shop.schema}.tens VALUES (10), (999999)"
    )
    shop.on(shop.source, "ALTER TABLE tens ADD note text")
    ran = cli(shop.config(), "plan", "--rehearse")
    assert ran.code == 0, ran.told


def test_a_server_of_the_config_is_left_as_it_was(
    shop: Shop, cli: CommandLine, role: MakesRole, older_server: Server
) -> None:
    """By a role that may make databases. That it is of another version, and what it lacks, is told."""
    name = role("LOGIN CREATEDB", older_server)
    place = {"databases": {"scratch": {"url": older_server.url(user=name)}}, "policy": {"rehearsal": "scratch"}}
    reader = role("NOLOGIN")
    shop.on(shop.target, f"GRANT SELECT ON {shop.schema}.users TO {reader}")
    shop.on(shop.source, WITHOUT_FAULT)
    databases = shop.on(older_server.url(), "SELECT datname FROM pg_database ORDER BY 1")
    ran = cli(shop.config(**place), "plan", "--rehearse", "--format", "json")
    (found,) = ran.document["sources"]
    assert (ran.code, found["rehearsal"]["faults"]) == (0, [])
    assert found["rehearsal"]["where"].endswith("databases.scratch")
    assert any(f"has no role {reader}" in each for each in found["rehearsal"]["told"])
    assert any("and the target's is" in each for each in found["rehearsal"]["told"])
    assert shop.on(older_server.url(), "SELECT datname FROM pg_database ORDER BY 1") == databases
    shop.on(shop.target, f"DROP OWNED BY {reader}")


def test_a_database_that_cannot_be_made_is_an_error_and_nothing_is_changed(
    shop: Shop, cli: CommandLine, role: MakesRole
) -> None:
    name = role("LOGIN")
    place = {"databases": {"scratch": {"url": shop.server.url(user=name)}}, "policy": {"rehearsal": "scratch"}}
    shop.on(shop.source, "ALTER TABLE orders ADD extra int")
    before = shop.state()
    ran = cli(shop.config(**place), "plan", "--rehearse")
    assert ran.code == 1
    assert "the database for the rehearsal cannot be made" in ran.told
    assert "CREATEDB" in ran.told
    assert shop.state() == before
    assert cli(shop.config(), "plan").code == 0
    before = shop.state()
    assert cli(shop.config(**place), "apply", "--rehearse").code == 1
    assert shop.state() == before
    away = {"databases": {"scratch": {"url": shop.server.url("nowhere")}}, "policy": {"rehearsal": "scratch"}}
    unreachable = cli(shop.config(**away), "plan", "--rehearse")
    assert (unreachable.code, "there is no database for the rehearsal" in unreachable.told) == (1, True)
    assert "drop it by hand" not in unreachable.told
    wrong = cli(shop.config(policy={"rehearsal": "nowhere"}), "plan", "--rehearse")
    assert (wrong.code, "expected an entry of databases, found none" in wrong.told) == (2, True)
    assert cli(shop.config(), "apply", "--rehearse", "--dry-run").code == 2


def test_nothing_is_left_where_it_is_interrupted(shop: Shop, cli: CommandLine, role: MakesRole) -> None:
    """By Ctrl-C, in the midst of a statement; the next one goes through."""
    name = role("LOGIN CREATEDB")
    place = {"databases": {"scratch": {"url": shop.server.url(user=name)}}, "policy": {"rehearsal": "scratch"}}
    shop.on(shop.source, "ALTER TABLE orders ADD extra int")
    assert cli(shop.config(**place), "plan").code == 0
    there = "SELECT count(*) FROM pg_database WHERE datname LIKE 'dw_rehearsal%'"
    process = started(shop.config(**place), "apply", "--rehearse", environment={"TMPDIR": tempfile.gettempdir()})
    builds = "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'dw_rehearsal%' AND query ~ 'CREATE TABLE'"
    until(lambda: shop.on(shop.target, builds) == [(1,)])
    os.kill(process.pid, signal.SIGINT)
    assert ended(process).code != 0
    assert shop.on(shop.target, there) == [(0,)]
    assert cli(shop.config(**place), "apply", "--rehearse").code == 0


def test_a_server_of_its_own_goes_where_it_is_interrupted(shop: Shop, cli: CommandLine) -> None:
    """With its folder: the fixture looks."""
    shop.on(shop.source, "ALTER TABLE orders ADD extra int")
    assert cli(shop.config(), "plan").code == 0
    process = started(shop.config(), "apply", "--rehearse", environment={"TMPDIR": tempfile.gettempdir()})
    until(lambda: any(Path(tempfile.gettempdir()).glob("dw-rehearsal-*/server/server/data/postmaster.pid")))
    os.kill(process.pid, signal.SIGINT)
    assert ended(process).code != 0


def test_a_first_plan_is_rehearsed_with_the_extensions_that_it_needs(
    server: Server, tmp_path: Path, cli: CommandLine
) -> None:
    """Nothing stands in the target; schema and extension are what the way back leaves."""
    tables = "CREATE EXTENSION citext; CREATE TABLE t (id int PRIMARY KEY, name citext UNIQUE)"
    with opened_shop(server, tmp_path, "rehearsed_first", tables) as made:
        ran = cli(made.config(), "apply", "--adopt", "--rehearse", "--format", "json")
        assert ran.code == 0, ran.told
        assert ran.document["sources"][0]["rehearsal"]["ok"]
        made.on(made.target, f"INSERT INTO {made.schema}.t VALUES (1, 'A')")
        made.on(made.source, "CREATE TABLE u (name citext REFERENCES t (name))")
        assert cli(made.config(), "sync").code == 0
        made.on(made.target, f"INSERT INTO {made.schema}.u VALUES ('a')")
        made.on(made.source, "ALTER TABLE u ADD more int")
        ran = cli(made.config(), "plan", "--rehearse", "--format", "json")
        found = ran.document["sources"][0]["rehearsal"]
        assert (found["ok"], found["rows"], found["told"]) == (True, 2, [])


def test_what_is_put_aside_is_rehearsed_too(shop: Shop, cli: CommandLine) -> None:
    """And so is what follows, with columns that are hidden in the target."""
    config = shop.config(policy={"drops": "retire", "breaking": "allow"})
    for change in ("ALTER TABLE orders DROP note; DROP TABLE days", "ALTER TABLE orders ADD more int"):
        shop.on(shop.source, change)
        found = cli(config, "plan", "--rehearse", "--format", "json").document["sources"][0]
        assert (found["rehearsal"]["faults"], found["exit_code"]) == ([], 0)
        assert cli(config, "apply").code == 0


def test_code_of_the_target_runs_as_no_superuser(shop: Shop, cli: CommandLine) -> None:
    """A check's function looks who runs it."""
    shop.on(
        shop.source,
        "CREATE FUNCTION looks(id int) RETURNS bool LANGUAGE plpgsql AS $$BEGIN IF current_setting('is_superuser') ="
        " 'on' AND current_setting('application_name') = 'dw/rehearsal' THEN RAISE 'superuser'; END IF; RETURN true;"
        " END$$; CREATE TABLE looked (id int CHECK (looks(id)))",
    )
    assert cli(shop.config(policy={"breaking": "allow"}), "sync").code == 0
    shop.on(shop.target, f"INSERT INTO {shop.schema}.looked VALUES (1)")
    shop.on(shop.source, "ALTER TABLE looked ADD more int")
    found = cli(shop.config(), "plan", "--rehearse", "--format", "json").document["sources"][0]["rehearsal"]
    assert (found["ok"], found["tables"]) == (True, 4)


@pytest.mark.parametrize("scope", ["--backup", "--backup=database"])
def test_a_backup_is_restored_before_its_revision_runs(shop: Shop, cli: CommandLine, scope: str) -> None:
    """Of tables without those that they reference, and of all there is; the ledger notes it."""
    shop.on(shop.source, "ALTER TABLE orders DROP note; ALTER TABLE days DROP note")
    ran = cli(shop.config(policy={"breaking": "allow"}), "apply", "--adopt", "--rehearse", scope)
    assert ran.code == 0, ran.told
    query = "SELECT what FROM dw_migration.event WHERE what LIKE 'backup%' OR what IN ('backed up', 'applied')"
    told = shop.on(shop.target, f"{query} ORDER BY number DESC LIMIT 3")
    assert told == [("applied",), ("backup restored",), ("backed up",)]


def test_a_backup_that_cannot_be_restored_stops_the_apply(
    shop: Shop, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the table, and no value."""
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    config = shop.config(policy={"breaking": "allow"})
    assert cli(config, "plan").code == 0
    build = scratch.build_tables

    def narrower(connection: psycopg.Connection[Any], wanted: Catalog) -> None:
        build(connection, wanted)
        connection.execute(f"ALTER TABLE {shop.schema}.orders ALTER note TYPE varchar(2)".encode())

    monkeypatch.setattr(rehearse, "build_tables", narrower)
    ran = cli(config, "apply", "--rehearse=none", "--backup")
    assert ran.code == 1
    assert 'cannot be restored: pg_restore: error: COPY failed for table "orders": nothing was run' in ran.told
    assert "secret" not in ran.told
    assert shop.on(shop.target, f"SELECT count(note) FROM {shop.schema}.orders") == [(5000,)]
