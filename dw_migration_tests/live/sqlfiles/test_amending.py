"""What is taken back, accepted and passed over is told in the history, and nothing else is touched."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from dw_migration.errors import BadConfig, BadSqlFiles, ConsentNeeded, HistoryChanged, ServerError
from dw_migration.live.ledger import Actor
from dw_migration.live.sqlfiles.amending import Back, Repair, baseline, repair, roll_back
from dw_migration.live.sqlfiles.asking import Logic, carry_out
from dw_migration.live.sqlfiles.history import History
from dw_migration.live.sqlfiles.running import standings
from dw_migration.live.sqlfiles.session import Place, Terms
from dw_migration.rule import Finding
from dw_migration.sqlfiles.file import Script, SqlFile
from dw_migration.sqlfiles.filename import Version
from dw_migration.sqlfiles.modules import read_module
from dw_migration.sqlfiles.template import Names
from dw_migration_tests.live.sqlfiles.conftest import Ground

TERMS = Terms(Actor("ana", "run"))
LAST = Back(steps=1)
A = "CREATE TABLE {{tables.a}} (n integer);\n-- migrate:down\nDROP TABLE {{tables.a}};\n"
B = "CREATE TABLE {{tables.b}} (n integer);\n-- migrate:down\nDROP TABLE {{tables.b}};\n"


def done(ground: Ground, logic: Callable[[Place], Logic[Any]]) -> Any:
    """What the logic comes to, of the module as it is now."""
    place = Place(read_module(ground.folder, schema="auth"), Names("auth"), History.in_schema("auth"), ("auth",))
    with psycopg.connect(ground.url, autocommit=True) as connection:
        return carry_out(connection, logic(place))


def back(ground: Ground, how: Back = LAST, **more: Any) -> list[str]:
    """The versions that were taken back."""
    ran = done(ground, lambda place: roll_back({"auth": place}, "auth", how, TERMS, **more))
    assert all(each.what == "rolled back" for each in ran)
    return [each.version for each in ran]


def tables(ground: Ground) -> list[str]:
    """Those of the module."""
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'auth' AND tablename !~ '^schema' ORDER BY 1"
    return [name for (name,) in ground.rows(query)]


@pytest.mark.parametrize(
    ("how", "versions", "left"),
    [
        (Back(steps=1), ["3"], ["a", "b"]),
        (Back(steps=2), ["3", "2"], ["a"]),
        (Back(steps=9), ["3", "2", "1"], []),
        (Back(to=Version("01")), ["3", "2"], ["a"]),
        (Back(), ["3", "2", "1"], []),
    ],
)
def test_the_last_ones_are_taken_back(ground: Ground, how: Back, versions: list[str], left: list[str]) -> None:
    ground.write(f1_a=A, f2_b=B, f3_c=A.replace(".a}", ".c}"))
    ground.migrations.apply_pending()
    assert back(ground, how) == versions
    assert tables(ground) == left
    assert [each.version.label for each in ground.migrations.pending()] == versions[::-1]
    ground.migrations.apply_pending()
    assert tables(ground) == ["a", "b", "c"]


def test_the_way_back_is_the_one_that_was_recorded(ground: Ground) -> None:
    ground.write(f1_a=A)
    ground.migrations.apply_pending()
    (ground.folder / "1_a.sql").unlink()
    assert back(ground) == ["1"]
    assert tables(ground) == []


def test_a_way_back_that_was_written_later_will_do(ground: Ground) -> None:
    ground.write(f1_a="CREATE TABLE {{tables.a}} ();")
    ground.migrations.apply_pending()
    with pytest.raises(BadSqlFiles, match=r"auth/1_a\.sql: has no way back: write it"):
        back(ground)
    (ground.folder / "1_a.down.sql").write_text("DROP TABLE {{tables.a}};")
    assert back(ground) == ["1"]


def test_nothing_is_taken_back_where_one_cannot_be(ground: Ground) -> None:
    ground.write(f1_a="CREATE TABLE {{tables.a}} ();", f2_b=B)
    ground.migrations.apply_pending()
    with pytest.raises(BadSqlFiles, match="has no way back"):
        back(ground, Back())
    assert tables(ground) == ["a", "b"]


def test_a_way_back_that_fails_leaves_the_file_applied(ground: Ground) -> None:
    ground.write(f1_a=A.replace("DROP TABLE {{tables.a}}", "DROP TABLE {{tables.a}};\nSELECT 1/0"))
    ground.migrations.apply_pending()
    with pytest.raises(ServerError, match=r"auth/1_a\.sql:4: statement 2 of 2"):
        back(ground)
    assert (tables(ground), ground.states()) == (["a"], [("1_a.sql", "applied")])
    assert [each.what for each in ground.migrations.history()] == ["applied", "failed"]


def test_a_way_back_outside_of_transactions(ground: Ground) -> None:
    ground.write(
        f1_a="CREATE TABLE {{tables.a}} (n integer);",
        f2_i="-- transaction: none\nCREATE INDEX CONCURRENTLY i ON a (n);\n"
        "-- migrate:down\nDROP INDEX CONCURRENTLY {{tables.i}};",
    )
    ground.migrations.apply_pending()
    assert back(ground) == ["2"]
    assert ground.rows("SELECT to_regclass('auth.i') IS NULL") == [(True,)]
    assert ground.states() == [("1_a.sql", "applied"), ("2_i.sql", "rolled back")]
    ground.migrations.apply_pending()


def test_a_way_back_outside_of_transactions_that_fails_leaves_the_file_applied(ground: Ground) -> None:
    ground.write(
        f1_a="CREATE TABLE IF NOT EXISTS {{tables.a}} (n integer);\nINSERT INTO a VALUES (1);\n"
        "-- migrate:down transaction:false\nSELECT 1;\nSELECT 1/0;"
    )
    ground.migrations.apply_pending()
    with pytest.raises(ServerError, match=r"auth/1_a\.sql:5: statement 2 of 2"):
        back(ground)
    assert ground.states() == [("1_a.sql", "applied")]
    assert ground.migrations.apply_pending() == ()
    assert ground.rows("SELECT count(*) FROM auth.a") == [(1,)]


def test_what_keeps_a_way_back_from_being_run_is_asked_first(ground: Ground) -> None:
    ground.write(f1_a=A)
    ground.migrations.apply_pending()

    def gate(file: SqlFile, script: Script, _: tuple[Finding, ...]) -> None:
        raise ConsentNeeded(f"{file.label}: {script.steps[0].text}")

    with pytest.raises(ConsentNeeded, match=r'auth/1_a\.sql: DROP TABLE "auth"\."a"'):
        back(ground, gate=gate)
    assert tables(ground) == ["a"]


def test_a_version_that_is_not_applied_is_no_place_to_stay(ground: Ground) -> None:
    ground.write(f1_a=A)
    ground.migrations.apply_pending()
    with pytest.raises(BadConfig, match="the version 7 is not applied: expected one that is to stay: 1"):
        back(ground, Back(to=Version("7")))


# --- repair -----------------------------------------------------------------------------------------------------------


def test_what_is_changed_or_gone_is_accepted_with_a_reason(ground: Ground) -> None:
    ground.write(f1_a=A, f2_b=B)
    ground.migrations.apply_pending()
    ground.write(f1_a=f"-- a comment\n{A}")
    (ground.folder / "2_b.sql").unlink()
    before = tables(ground)
    with pytest.raises(BadConfig, match="a repair needs its reason"):
        done(ground, lambda place: repair(place, Repair(" "), TERMS))
    accepted = done(ground, lambda place: repair(place, Repair("a comment; b moved"), TERMS))
    assert [(each.version.label, each.state.value) for each in accepted] == [("1", "changed"), ("2", "missing")]
    assert (tables(ground), ground.migrations.apply_pending()) == (before, ())
    *_, first, second = ground.migrations.history()
    assert [first.what, first.details["reason"], first.by] == ["repaired", "a comment; b moved", "ana"]
    assert first.details["before"] != first.details["after"]
    assert (second.version, second.details["after"]) == ("2", None)
    assert done(ground, lambda place: repair(place, Repair("again"), TERMS)) == ()


def test_one_version_is_accepted(ground: Ground) -> None:
    ground.write(f1_a=A, f2_b=B)
    ground.migrations.apply_pending()
    ground.write(f1_a=f"{A}\n", f2_b=f"{B}\n")
    assert len(done(ground, lambda place: repair(place, Repair("x", Version("2")), TERMS))) == 1
    with pytest.raises(HistoryChanged, match=r"1_a\.sql: was changed"):
        ground.migrations.apply_pending()
    with pytest.raises(BadConfig, match="nothing is to be repaired at the version 2"):
        done(ground, lambda place: repair(place, Repair("x", Version("2")), TERMS))


def test_a_repair_of_other_files_leaves_the_number_of_statements_that_are_done(ground: Ground) -> None:
    ground.write(f1_a=A, f2_b="-- transaction: none\nCREATE TABLE b (n integer);\nSELECT 1/0;")
    with pytest.raises(ServerError):
        ground.migrations.apply_pending()
    ground.write(f1_a=f"{A}\n")
    accepted = done(ground, lambda place: repair(place, Repair("a line"), TERMS))
    assert [each.version.label for each in accepted] == ["1"]
    with pytest.raises(BadConfig, match="1 of its 2 statements are done: say how many are"):
        done(ground, lambda place: repair(place, Repair("x", Version("2")), TERMS))
    assert ground.rows("SELECT state, done FROM auth.schema_migrations WHERE version = '2'") == [("failed", 1)]


def test_an_interrupted_file_that_is_gone_is_accepted(ground: Ground) -> None:
    ground.write(f1_a="-- transaction: none\nCREATE TABLE b (n integer);\nSELECT 1/0;")
    with pytest.raises(ServerError):
        ground.migrations.apply_pending()
    (ground.folder / "1_a.sql").unlink()
    with pytest.raises(HistoryChanged, match="is not there any more"):
        ground.migrations.apply_pending()
    done(ground, lambda place: repair(place, Repair("given up", Version("1")), TERMS))
    assert ground.migrations.apply_pending() == ()


def test_a_number_of_statements_that_a_file_has_not_is_refused(ground: Ground) -> None:
    ground.write(f1_a="-- transaction: none\nSELECT 1;\nSELECT 1/0;")
    with pytest.raises(ServerError):
        ground.migrations.apply_pending()
    with pytest.raises(BadConfig, match=r"--done 3: 1_a\.sql has 2 statements"):
        done(ground, lambda place: repair(place, Repair("x", Version("1"), done=3), TERMS))
    done(ground, lambda place: repair(place, Repair("x", Version("1"), done=2), TERMS))
    assert len(ground.migrations.apply_pending()) == 1


# --- baseline ---------------------------------------------------------------------------------------------------------


def test_a_baseline_is_for_a_database_that_has_all_that(ground: Ground) -> None:
    ground.write(f1_a=A, f2_b=B, f3_c=A.replace(".a}", ".c}"))
    with psycopg.connect(ground.url) as other:
        other.execute("CREATE SCHEMA auth; CREATE TABLE auth.a (); CREATE TABLE auth.b ()")
    noted = done(ground, lambda place: baseline(place, Version("2"), TERMS))
    assert [each.version for each in noted] == ["1", "2"]
    assert [each.version for each in ground.migrations.apply_pending()] == ["3"]
    assert ground.rows("SELECT version, origin FROM auth.schema_migrations ORDER BY 1") == [
        *(("1", "baseline"), ("2", "baseline"), ("3", "run")),
    ]
    with pytest.raises(BadSqlFiles, match="was there before the baseline, and never run"):
        back(ground, Back())
    with pytest.raises(HistoryChanged, match="has a history already"):
        done(ground, lambda place: baseline(place, Version("3"), TERMS))


def test_without_a_baseline_nothing_is_taken_for_granted(ground: Ground) -> None:
    ground.write(f1_a=A)
    with psycopg.connect(ground.url) as other:
        other.execute("CREATE SCHEMA auth; CREATE TABLE auth.a ()")
    with pytest.raises(ServerError, match="already exists"):
        ground.migrations.apply_pending()
    assert [each.state.value for each in done(ground, standings)] == ["failed"]


def test_a_baseline_before_all_files_is_refused(ground: Ground) -> None:
    ground.write(f2_b=B)
    with pytest.raises(BadConfig, match="there is no version 1: expected one of 2"):
        done(ground, lambda place: baseline(place, Version("1"), TERMS))
