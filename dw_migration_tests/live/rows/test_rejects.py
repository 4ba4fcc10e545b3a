"""Refused rows are left out one by one, told without their values, and written once they are mended."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from dw_migration.live.rows import rejects as rejects_module
from dw_migration.live.rows.chunks import Mode
from dw_migration.live.rows.copying import Terms, retry_rejects
from dw_migration.live.rows.rejects import Retried
from dw_migration.live.rows.side import Refused
from dw_migration.resolutions.compiled import StagedLookup
from dw_migration_tests.live.rows.ground import Ground

SECRET = "CARD4111"
NOTED = "SELECT key, column_name, sha256, value, sqlstate, reason, state FROM dw_migration.reject ORDER BY number"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def made(ground: Ground, target: str, rows: str = "i, 'v' || i, i", number: int = 1000) -> None:
    """A table with loose columns at the source, and one that refuses some of its rows."""
    ground.make("CREATE TABLE t (id integer PRIMARY KEY, v text, n integer)", on_both=False)
    ground.make(f"INSERT INTO t SELECT {rows} FROM generate_series(1, {number}) i", on_both=False)
    ground.target.execute(target.encode())


def written(ground: Ground) -> int:
    return int(ground.rows("SELECT count(*) FROM t")[0][0])


def keys(ground: Ground) -> list[Any]:
    return [json.loads(key) for key, *_ in ground.rows(NOTED)]


@pytest.mark.parametrize("form", ["binary", "text"])
def test_refused_rows_are_left_out_and_noted(ground: Ground, form: str) -> None:
    made(
        ground,
        "CREATE TABLE t (id integer PRIMARY KEY, v text CHECK (v <> 'v300'), n integer NOT NULL)",
        "i, 'v' || i, nullif(i, 777)",
    )
    text = ["v"] if form == "text" else []
    copied = ground.copy(ground.plan("t", key=["id"], text=text), batch=400)
    assert (copied.error, copied.totals.rejects, copied.totals.rows, written(ground)) == (None, 2, 998, 998)
    # chunks of a table come in any order
    assert sorted(ground.rows(NOTED)) == [
        (
            '["300"]',
            None,
            sha256_of_row(ground, 300),
            None,
            "23514",
            "check violation: constraint t_v_check",
            "rejected",
        ),
        ('["777"]', "n", None, None, "23502", "not null violation: column n", "rejected"),
    ]


def sha256_of_row(ground: Ground, id_: int) -> str:
    row = ground.source.execute("SELECT ROW(t.*)::text FROM t WHERE id = %s", (id_,)).fetchone()
    return sha256(row[0]) if row else ""


def test_the_column_of_a_refused_value_is_known_and_its_value_hashed(ground: Ground) -> None:
    made(ground, "CREATE TABLE t (id integer PRIMARY KEY, v text, n integer)")
    ground.make("UPDATE t SET v = 'CARD4111' WHERE id = 5", on_both=False)
    ground.target.execute("DROP TABLE t; CREATE DOMAIN short AS text CHECK (length(value) < 6);"
                          "CREATE TABLE t (id integer PRIMARY KEY, v short, n integer)")  # fmt: skip
    copied = ground.copy(ground.plan("t", key=["id"], text=["v"]))
    assert (copied.error, copied.totals.rows) == (None, 999)
    ((key, column, hashed, value, state, reason, _),) = ground.rows(NOTED)
    assert (key, column, hashed, value, state) == ('["5"]', "v", sha256(SECRET), None, "23514")
    assert SECRET not in reason


def test_a_value_is_kept_where_that_is_asked_for(ground: Ground) -> None:
    made(ground, "CREATE TABLE t (id integer PRIMARY KEY, v text CHECK (v <> 'v5'), n integer)")
    ground.copy(ground.plan("t", key=["id"]), keep_values=True)
    assert [value for _, _, _, value, *_ in ground.rows(NOTED)] == ["(5,v5,5)"]


def test_a_row_that_the_source_cannot_compute_is_a_reject_too(ground: Ground) -> None:
    made(ground, "CREATE TABLE t (id integer PRIMARY KEY, v text, n integer)")
    plan = ground.plan("t", key=["id"], changed={"n": "(100 / (o.id - 500))::integer"})
    copied = ground.copy(plan, batch=300)
    assert (copied.error, copied.totals.rows, written(ground)) == (None, 999, 999)
    assert ground.rows(NOTED) == [
        ('["500"]', None, sha256_of_row(ground, 500), None, "22012", "division by zero", "rejected")
    ]


def test_a_strict_copy_writes_nothing_of_such_a_chunk(ground: Ground) -> None:
    made(ground, "CREATE TABLE t (id integer PRIMARY KEY, v text CHECK (v <> 'v300'), n integer)")
    copied = ground.copy(ground.plan("t", key=["id"]), strict=True)
    assert isinstance(copied.error, Refused)
    assert "v300" not in str(copied.error)
    assert (written(ground), ground.rows(NOTED)) == (0, [])


def test_a_table_without_a_key_is_refused_whole(ground: Ground) -> None:
    made(ground, "CREATE TABLE t (id integer, v text CHECK (v <> 'v300'), n integer)")
    copied = ground.copy(ground.plan("t"))
    assert isinstance(copied.error, Refused)
    assert copied.whole
    assert written(ground) == 0


def test_where_nearly_all_are_refused_the_rows_are_not_at_fault(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rejects_module, "MOST", 5)
    made(ground, "CREATE TABLE t (id integer PRIMARY KEY, v text, n integer CHECK (n > 100))", number=300)
    copied = ground.copy(ground.plan("t", key=["id"]))
    assert isinstance(copied.error, Refused)
    assert (written(ground), ground.rows(NOTED)) == (0, [])


def test_deferred_constraints_refuse_their_rows_at_once(ground: Ground) -> None:
    made(
        ground,
        "CREATE TABLE p (id integer PRIMARY KEY); INSERT INTO p SELECT generate_series(1, 900);"
        "CREATE TABLE t (id integer PRIMARY KEY, v text, n integer REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
        number=903,
    )
    ground.target.execute("INSERT INTO t VALUES (0, 'mine', 1)")  # so that the foreign key stays
    copied = ground.copy(ground.plan("t", key=["id"]), mode=Mode.APPEND)
    assert (copied.error, copied.totals.rows) == (None, 900)
    assert keys(ground) == [["901"], ["902"], ["903"]]


def test_rows_with_hostile_keys_are_told_apart(ground: Ground) -> None:
    ground.make("""CREATE TABLE t ("k''" text, "%s" text, bad boolean, PRIMARY KEY ("k''", "%s"))""")
    ground.make(
        r"""INSERT INTO t SELECT k, i::text, i = 7 FROM generate_series(1, 9) i,
            unnest(ARRAY['a''b', E'n\nl', '%s', 'q"q', '\', '{}', '😀']) k""",
        on_both=False,
    )
    ground.target.execute("ALTER TABLE t ADD CHECK (NOT bad)")
    copied = ground.copy(ground.plan("t", key=["k''", "%s"]), batch=10)
    assert (copied.error, copied.totals.rows) == (None, 56)
    assert sorted(keys(ground)) == sorted([each, "7"] for each in ("a'b", "n\nl", "%s", 'q"q', "\\", "{}", "😀"))


def test_a_value_without_an_entry_in_the_target_is_a_reject(ground: Ground) -> None:
    made(
        ground,
        "CREATE TABLE t (id integer PRIMARY KEY, v integer, n integer); CREATE TABLE words (w text, n integer);"
        "INSERT INTO words SELECT 'v' || i, i FROM generate_series(1, 1000) i WHERE i <> 300",
    )
    plan = replace(ground.plan("t", key=["id"]), staged=(StagedLookup("v", ("public", "words"), "w", "n", None),))
    copied = ground.copy(plan, batch=300)
    assert (copied.error, copied.totals.rows) == (None, 999)
    assert ground.rows(NOTED) == [
        ('["300"]', "v", sha256("v300"), None, "23503", "no entry in the lookup table: column v", "rejected")
    ]
    ground.target.execute("INSERT INTO words VALUES ('v300', 300)")
    assert retry_rejects(ground.ends, [plan]) == ((plan, Retried(copied=1, gone=0, still=0)),)
    assert written(ground) == 1000


# --- again ----------------------------------------------------------------------------------------------------------


def test_rejects_are_written_once_they_are_mended(ground: Ground) -> None:
    made(
        ground,
        "CREATE TABLE t (id integer PRIMARY KEY, v text CHECK (v NOT IN ('v3', 'v7', 'v9')), n integer);"
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'fired'; END $$;"
        "CREATE TRIGGER fires BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
        number=20,
    )
    plan = ground.plan("t", key=["id"])
    ground.copy(plan, batch=7)
    assert keys(ground) == [["3"], ["7"], ["9"]]
    ground.make("UPDATE t SET v = 'mended' WHERE id = 3; DELETE FROM t WHERE id = 7", on_both=False)
    assert retry_rejects(ground.ends, [plan]) == ((plan, Retried(copied=1, gone=1, still=1)),)
    assert ground.rows("SELECT v FROM t WHERE id = 3") == [("mended",)]
    assert [state for *_, state in ground.rows(NOTED)] == ["copied", "gone", "rejected"]
    assert retry_rejects(ground.ends, [plan], Terms()) == ((plan, Retried(copied=0, gone=0, still=1)),)
    assert ground.rows("SELECT tgenabled FROM pg_trigger WHERE tgname = 'fires'") == [("O",)]
    sums = "SELECT sum(rows), sum(hash) FROM dw_migration.chunk"
    assert ground.rows(sums) == ground.rows("SELECT count(*), sum(hash_record_extended(ROW(id, v, n), 0)) FROM t")


def test_tables_that_were_copied_otherwise_have_no_rejects_to_try(ground: Ground) -> None:
    made(ground, "CREATE TABLE t (id integer PRIMARY KEY, v text CHECK (v <> 'v3'), n integer)", number=20)
    ground.copy(ground.plan("t", key=["id"]))
    other = ground.plan("t", key=["id"], changed={"v": "o.v || 'x'"})
    assert retry_rejects(ground.ends, [other]) == ()
