"""`dw-migration sql`: what people and programs see of hand-written files, on a real target."""

from pathlib import Path

import psycopg
import pytest

from dw_migration_tests.cli.conftest import Ran, Run
from dw_migration_tests.conftest import MakesDatabase, MakesRole

USERS = "CREATE TABLE {{tables.users}} (id integer PRIMARY KEY);\n-- migrate:down\nDROP TABLE {{tables.users}};\n"


@pytest.fixture
def target(folder: Path, database: MakesDatabase) -> str:
    """The target's url; the config names it, and a schema for the module auth."""
    url = database()
    write_config(folder, url)
    (folder / "migrations" / "auth").mkdir(parents=True)
    return url


def write_config(folder: Path, url: str, sql: str = "{modules: {auth: {schema: auth}}, vars: {who: ana}}") -> None:
    """A config without sources."""
    (folder / "dw_migration.yaml").write_text(f"target: {{url: '{url}'}}\nsql: {sql}\n")


def put(folder: Path, **files: str) -> None:
    """Files of the module auth, their names behind an f."""
    for name, text in files.items():
        (folder / "migrations" / "auth" / f"{name[1:]}.sql").write_text(text)


def states(ran: Ran) -> list[tuple[str, str]]:
    """Each file with its state, of the JSON document."""
    return [(each["filename"], each["state"]) for each in ran.document["files"]]


def test_the_story_of_a_module(folder: Path, target: str, run: Run) -> None:
    assert run("sql", "status").out.strip() == "no files: sql new NAME writes one"
    assert "001_users.sql" in run("sql", "new", "users", "--module", "auth").out
    put(folder, f001_users=USERS, f002_more="INSERT INTO users VALUES (1);")
    checked = run("sql", "status", "--check", "--format", "json")
    assert (checked.code, states(checked)) == (3, [("001_users.sql", "pending"), ("002_more.sql", "pending")])
    tried = run("sql", "apply", "--dry-run")
    assert (tried.code, tried.out.count("tried: auth/")) == (0, 2)
    done = run("sql", "apply", "--to", "1", "auth", "--format", "json").document
    assert [(each["version"], each["what"], each["milliseconds"] >= 0) for each in done["files"]] == [
        ("001", "applied", True)
    ]
    assert "applied: auth/002_more.sql" in run("sql", "apply").out
    assert run("sql", "apply").out.strip() == "nothing to do"
    assert run("sql", "verify").code == 0
    back = run("sql", "rollback", "auth", "1")
    assert (back.code, "auth/002_more.sql: has no way back" in back.err) == (2, True)
    put(folder, f002_more="INSERT INTO users VALUES (1); ")
    assert run("sql", "verify").code == 3
    changed = run("sql", "apply")
    assert (changed.code, "was changed after it was applied" in changed.err) == (1, True)
    assert "accepted: auth/002_more.sql, changed" in run("sql", "repair", "auth", "--reason", "a blank").out
    told = run("sql", "history").out
    assert ("repaired" in told, "a blank" in told) == (True, True)
    with psycopg.connect(target) as onlooker:
        assert onlooker.execute("SELECT version, state FROM dw_migration.sql_migration ORDER BY 1").fetchall() == [
            *(("001", "applied"), ("002", "applied")),
        ]


def test_what_can_lose_rows_waits_for_consent(folder: Path, target: str, run: Run) -> None:
    put(folder, f1_a=USERS, f2_b="ALTER TABLE users ADD x integer;\nALTER TABLE users DROP COLUMN x;\nTRUNCATE users;")
    held = run("sql", "apply")
    assert held.code == 4
    assert "auth/2_b.sql: can lose data: auth/2_b.sql:2: drops the column x of users, with its values" in held.err
    with psycopg.connect(target) as onlooker:
        assert onlooker.execute("SELECT to_regclass('auth.users')").fetchone() == (None,)
    done = run("sql", "apply", "--allow-breaking", "--format", "json")
    assert [(each["rule"], each["severity"]) for each in done.document["findings"]] == [("loses_rows", "breaking")] * 2
    back = run("sql", "rollback", "auth", "base")
    assert (back.code, "has no way back" in back.err) == (2, True)


def test_a_way_back_that_loses_rows_waits_for_consent(folder: Path, target: str, run: Run) -> None:
    put(folder, f1_a=USERS)
    run("sql", "apply")
    assert run("sql", "rollback").code == 4
    assert run("sql", "rollback", "-1", "--allow-breaking").code == 0
    assert run("sql", "rollback").out.strip() == "nothing to take back"
    with psycopg.connect(target) as onlooker:
        assert onlooker.execute("SELECT to_regclass('auth.users')").fetchone() == (None,)


def test_an_object_outside_of_the_module_is_told(folder: Path, run: Run, target: str) -> None:  # noqa: ARG001
    put(folder, f1_a="CREATE TABLE public.t ();")
    done = run("sql", "apply")
    assert done.code == 0
    assert "auth/1_a.sql:1: makes public.t, outside of the module's schema auth: write {{tables.t}}" in done.err


def test_a_backup_is_taken_before_anything_runs(folder: Path, target: str, run: Run) -> None:
    put(folder, f1_a=USERS + "\n")
    assert run("sql", "apply", "--backup").code == 0
    backups = folder / "migration_workspace" / "backups"
    assert list(backups.glob("auth_*.dump")) == []  # the schema was made by that run
    put(folder, f2_b="TRUNCATE users;\n-- migrate:down\nDROP TABLE users")
    assert run("sql", "apply", "--backup").code == 4
    assert list(backups.glob("*.dump")) == []
    assert run("sql", "apply", "--backup", "auth", "--allow-breaking").code == 0
    (first,) = backups.glob("auth_*.dump")
    assert run("sql", "rollback", "--backup=database", "--allow-breaking").code == 0
    assert len(list(backups.glob("auth_*.dump"))) == 2
    told = run("sql", "history").out
    assert (told.count("backed up"), first.name in told) == (2, True)
    assert run("sql", "apply", "--backup=all").code == 2
    with psycopg.connect(target) as onlooker:
        assert onlooker.execute("SELECT to_regclass('auth.users')").fetchone() == (None,)


def test_a_relation_that_is_not_there_is_told_before_anything_runs(folder: Path, target: str, run: Run) -> None:
    with psycopg.connect(target, autocommit=True) as admin:
        admin.execute("CREATE TABLE public.elsewhere ()")
    put(
        folder,
        f1_a=USERS,
        f2_b="INSERT INTO users SELECT id FROM people;\nSELECT FROM public.users;",
        f3_c="WITH known AS (SELECT 1) SELECT FROM known, users, pg_class, elsewhere;",
    )
    failed = run("sql", "apply")
    told = [line for line in failed.err.splitlines() if "there is no relation" in line]
    assert (failed.code, told) == (
        1,
        [
            "transformable: auth/2_b.sql:1: there is no relation people: make it before, or mend its name",
            "transformable: auth/2_b.sql:2: there is no relation public.users: make it before, or mend its name",
            "transformable: auth/3_c.sql:1: there is no relation elsewhere: make it before, or mend its name",
        ],
    )
    again = run("sql", "apply")
    assert "no relation public.users: write {{tables.users}}" in again.err


def test_the_history_may_stand_in_the_modules_schema(folder: Path, target: str, run: Run, role: MakesRole) -> None:
    owner = role()
    with psycopg.connect(target, autocommit=True) as admin:
        admin.execute(f"CREATE SCHEMA auth AUTHORIZATION {owner}".encode())
    write_config(folder, target.replace("postgres@", f"{owner}@"), "{modules: {auth: {schema: auth}}, ledger: module}")
    put(folder, f1_a=USERS)
    assert run("sql", "apply").code == 0
    with psycopg.connect(target) as onlooker:
        assert onlooker.execute("SELECT to_regnamespace('dw_migration')").fetchone() == (None,)
        assert onlooker.execute("SELECT version FROM auth.schema_migrations").fetchall() == [("1",)]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("apply", "nope"), 2, "nope: there is no such module: expected auth"),
        (("baseline", "7"), 2, "auth: there is no version 7: expected one of none"),
        (("rollback", "auth", "--what"), 2, "found --what; expected -N, a version or base"),
        (("rollback", "auth", "9"), 2, "auth: the version 9 is not applied"),
        (("repair", "auth"), 2, "--reason"),
        (("repair", "auth", "--done", "1", "--reason", "x"), 2, "name its module and version"),
        (("new", "///", "--module", "auth"), 2, "expected words of letters and digits"),
    ],
)
@pytest.mark.usefixtures("target")
def test_bad_usage_is_told(run: Run, arguments: tuple[str, ...], code: int, message: str) -> None:
    ran = run("sql", *arguments)
    assert (ran.code, message in ran.err) == (code, True), ran.err


def test_files_that_are_wrong_are_told_at_once(folder: Path, run: Run, target: str) -> None:
    put(folder, f1_a="SELECT 'x", f001_b="", f3_c="SELECT {{var.whom}};")
    ran = run("sql", "apply")
    assert (ran.code, "are both version 1" in ran.err) == (2, True)
    (folder / "migrations" / "auth" / "001_b.sql").unlink()
    ran = run("sql", "apply")
    assert ran.code == 2
    assert "auth/1_a.sql:1:8: this quote does not end" in ran.err
    assert "auth/3_c.sql:1:8: {{var.whom}} is not set: set sql.vars.whom: did you mean who?" in ran.err
    with psycopg.connect(target) as onlooker:
        assert onlooker.execute("SELECT to_regnamespace('auth')").fetchone() == (None,)


def test_the_schema_of_a_source_is_nobody_elses(folder: Path, run: Run, target: str) -> None:
    put(folder, f1_a=USERS)
    write_config(folder, target, "{modules: {auth: {schema: dw_migration}}}")
    ran = run("sql", "apply")
    assert (ran.code, "dw_migration is that of the ledger: choose another one" in ran.err) == (4, True)


def test_the_version_of_the_header_is_told_beside_those_of_sources(folder: Path, run: Run, target: str) -> None:
    put(folder, f1_a=f"-- version: 1.2.0\n-- description: users\n{USERS}")
    assert run("sql", "apply").code == 0
    with psycopg.connect(target) as onlooker:
        told = onlooker.execute("SELECT source, revision, version, description FROM dw_migration.schema_version")
        assert told.fetchall() == [("sql/auth", "1", "1.2.0", "users")]


def test_a_way_back_adds_the_version_before(folder: Path, run: Run, target: str) -> None:
    put(folder, f1_a=f"-- version: 1.2.0\n{USERS}", f2_b="SELECT 1;\n-- migrate:down\nSELECT 1;")
    put(folder, f3_c="-- version: 2.0.0\nSELECT 1;\n-- migrate:down\nSELECT 1;")
    assert run("sql", "apply").code == 0
    assert run("sql", "rollback", "base", "--allow-breaking").code == 0
    with psycopg.connect(target) as onlooker:
        told = onlooker.execute(
            "SELECT revision, version, description FROM dw_migration.schema_version ORDER BY number"
        )
        assert told.fetchall() == [
            *(("1", "1.2.0", "a"), ("3", "2.0.0", "c")),
            *(("1", "1.2.0", "3 was taken back"), ("", "0.0.0", "1 was taken back")),
        ]


FLYWAY = """
CREATE TABLE public.flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50),
    description varchar(200), type varchar(20), script varchar(1000), checksum int,
    installed_by varchar(100), installed_on timestamp, execution_time int, success boolean);
INSERT INTO public.flyway_schema_history VALUES
    (1, '1', 'a', 'SQL', 'V1__a.sql', 1, 'ana', '2024-01-26 12:00', 3, true),
    (2, '1.2', 'b', 'SQL', 'V1_2__b.sql', 1, 'ana', '2024-01-27 12:00', 3, true),
    (3, NULL, 'v', 'SQL', 'R__v.sql', 1, 'ana', '2024-01-28 12:00', 3, true),
    (4, '2', 'c', 'SQL', 'V2__c.sql', 1, 'ana', '2024-01-29 12:00', 3, false),
    (5, '9', 'gone', 'SQL', 'V9__gone.sql', 1, 'ana', '2024-01-30 12:00', 3, true);
"""
DBMATE = """
CREATE TABLE public.schema_migrations (version varchar(128) PRIMARY KEY);
INSERT INTO public.schema_migrations VALUES ('1'), ('1.2');
"""
ALEMBIC = """
CREATE TABLE public.alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO public.alembic_version VALUES ('beef01');
"""


@pytest.fixture
def files_of_another_tool(folder: Path, target: str) -> None:  # noqa: ARG001 - whose folder it is
    """Of which some must not run again."""
    put(
        folder,
        fV1__a="SELECT 1/0;",
        fV1_2__b="SELECT 1/0;",
        fV2__c="SELECT 2;",
        fV3__beef01="",
        fR__v="SELECT 3;",
        fV4__d="",
    )


@pytest.mark.parametrize(
    ("tool", "imported", "without_file"),
    [
        ("flyway", ["V1__a.sql", "V1_2__b.sql", "R__v.sql"], ["9"]),
        ("dbmate", ["V1__a.sql", "V1_2__b.sql"], []),
        ("alembic", ["V1__a.sql", "V1_2__b.sql", "V2__c.sql", "V3__beef01.sql"], []),
    ],
)
@pytest.mark.usefixtures("files_of_another_tool")
def test_the_history_of_another_tool(
    run: Run, target: str, tool: str, imported: list[str], without_file: list[str]
) -> None:
    absent = run("sql", "import", tool)
    assert (absent.code, "is in no schema; expected it in one" in absent.err) == (2, True)
    with psycopg.connect(target) as other:
        other.execute({"flyway": FLYWAY, "dbmate": DBMATE, "alembic": ALEMBIC}[tool].encode())
    done = run("sql", "import", tool, "--format", "json").document
    assert sorted(each["filename"] for each in done["files"]) == sorted(imported)
    assert done["without_file"] == without_file
    again = run("sql", "import", tool)
    assert (again.code, "has a history already" in again.err) == (1, True)
    assert run("sql", "apply").code == 0
    assert run("sql", "verify").code == 0


def test_what_flyway_took_back_is_not_imported(folder: Path, run: Run, target: str) -> None:
    put(folder, fV1__a="SELECT 1;", fV2__c="SELECT 2;")
    undone = "(6, '1', 'a', 'UNDO_SQL', 'U1__a.sql', 1, 'ana', '2024-02-01', 3, true)"
    with psycopg.connect(target) as other:
        other.execute(f"{FLYWAY}INSERT INTO public.flyway_schema_history VALUES {undone}".encode())
    done = run("sql", "import", "flyway", "--format", "json").document
    assert [each["filename"] for each in done["files"]] == []


def test_our_own_history_is_not_taken_for_dbmates(folder: Path, run: Run, target: str) -> None:
    write_config(folder, target, "{modules: {auth: {schema: auth}, other: {schema: other}}, ledger: module}")
    put(folder, f1_a=USERS)
    (folder / "migrations" / "other").mkdir()
    (folder / "migrations" / "other" / "1_x.sql").write_text("SELECT 1;")
    assert run("sql", "apply", "auth").code == 0
    ran = run("sql", "import", "dbmate", "other")
    assert (ran.code, "is in no schema" in ran.err) == (2, True)


@pytest.mark.parametrize("written", ["V2", "2", "002", "2_b", "2_b.sql"])
def test_a_version_may_be_written_in_any_way(folder: Path, run: Run, target: str, written: str) -> None:  # noqa: ARG001
    put(folder, f1_a="SELECT 1;", f2_b="SELECT 2;", f3_c="SELECT 3;")
    done = run("sql", "apply", "auth", "--to", written, "--format", "json").document
    assert [each["version"] for each in done["files"]] == ["1", "2"]


@pytest.mark.parametrize(
    "text",
    [
        "WITH x AS (DELETE FROM t RETURNING 1) SELECT count(*) FROM x;",
        "DROP DOMAIN d CASCADE;",
        "MERGE INTO t USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE;",
        "-- transaction: none\nDROP DATABASE no_such_database;",
        "DROP OWNED BY nobody;",
        "DROP SCHEMA s CASCADE;",
    ],
)
def test_whatever_loses_rows_waits(folder: Path, run: Run, target: str, text: str) -> None:  # noqa: ARG001
    put(folder, f1_a="CREATE TABLE t (i int);", f2_b=text)
    assert run("sql", "apply").code == 4


def test_an_unknown_tool_is_told(run: Run, target: str) -> None:  # noqa: ARG001
    ran = run("sql", "import", "liquibase", "auth")
    assert (ran.code, "liquibase: expected flyway, dbmate, alembic" in ran.err) == (2, True)


def test_a_baseline(folder: Path, run: Run, target: str) -> None:  # noqa: ARG001
    put(folder, f1_a=USERS, f2_b="CREATE TABLE {{tables.b}} ();")
    assert "baselined: auth/1_a.sql" in run("sql", "baseline", "1").out
    assert "applied: auth/2_b.sql" in run("sql", "apply").out
