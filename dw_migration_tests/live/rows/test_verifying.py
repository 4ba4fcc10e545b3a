"""Rows are compared where they are, and those that differ are named by their keys."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dw_migration.live.rows.chunks import Mode
from dw_migration.live.rows.copying import Terms
from dw_migration.live.rows.verifying import Differing, TableCompared, compare_tables
from dw_migration.resolutions.compiled import TablePlan
from dw_migration_tests.live.rows import test_copying
from dw_migration_tests.live.rows.ground import Ground

TERMS = Terms(batch=100, lock_budget=timedelta(seconds=5))
made = test_copying.made


def compared(ground: Ground, plan: TablePlan, **terms: Any) -> TableCompared:
    (found,) = compare_tables(ground.ends, [plan], replace(TERMS, **terms))
    return found


def test_a_copy_is_equal_by_number_and_hash(made: Ground) -> None:
    plan = made.plan("t", key=["id"])
    made.copy(plan, batch=100)
    found = compared(made, plan)
    assert (found.is_equal, found.chunks, found.source.rows) == (True, 11, 1000)
    assert found.source == found.target


def test_rows_that_differ_are_named_by_their_keys(made: Ground) -> None:
    plan = made.plan("t", key=["id"])
    made.copy(plan, batch=100)
    made.target.execute("UPDATE t SET v = 'other' WHERE id = 150; DELETE FROM t WHERE id = 7")
    made.target.execute("INSERT INTO t VALUES (5000, 'extra', 1)")
    found = compared(made, plan)
    assert not found.is_equal
    assert found.differing_chunks == 3
    told = {(each.key, each.how) for each in found.rows}
    assert told == {(("150",), "other"), (("7",), "missing"), (("5000",), "extra")}


def test_a_difference_is_found_in_a_long_range_too(made: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dw_migration.live.rows.verifying._NARROW", 3)
    plan = made.plan("t", key=["id"])
    made.copy(plan, batch=1000)
    made.target.execute("UPDATE t SET n = n + 1 WHERE id IN (1, 500, 1000)")
    assert [each.key for each in compared(made, plan).rows] == [("1",), ("500",), ("1000",)]


def test_what_was_never_copied_is_compared_by_chunks_of_now(made: Ground) -> None:
    plan = made.plan("t", key=["id"])
    found = compared(made, plan, batch=300)
    assert (found.chunks, found.differing_chunks, found.more) == (4, 4, True)
    assert made.rows("SELECT count(*) FROM dw_migration.copy") == [(0,)]


def test_of_a_table_without_a_key_only_numbers_are_told(made: Ground) -> None:
    plan = made.plan("t")
    made.copy(plan)
    assert compared(made, plan).is_equal
    made.target.execute("DELETE FROM t WHERE id = 3")
    found = compared(made, plan)
    assert (found.is_equal, found.rows, found.target.rows) == (False, (), 999)


@pytest.mark.parametrize("mode", [Mode.APPEND, Mode.UPSERT])
def test_rows_of_others_beside_ours_are_no_difference(made: Ground, mode: Mode) -> None:
    made.target.execute("INSERT INTO t VALUES (9999, 'mine', 1)")
    plan = made.plan("t", key=["id"])
    made.copy(plan, mode=mode)
    assert compared(made, plan).is_equal
    made.target.execute("DELETE FROM t WHERE id = 5")
    assert compared(made, plan).rows == (Differing(("5",), "missing"),)


def test_rejects_are_known_to_be_missing(made: Ground) -> None:
    made.target.execute("ALTER TABLE t ADD CHECK (id <> 77)")
    refusing = made.plan("t", key=["id"], changed={"n": "(CASE WHEN o.id = 78 THEN 'x' ELSE o.n::text END)::numeric"})
    made.copy(refusing, batch=100)
    assert made.rows("SELECT key FROM dw_migration.reject ORDER BY 1") == [('["77"]',), ('["78"]',)]
    assert compared(made, refusing).is_equal
    made.target.execute("DELETE FROM t WHERE id = 79")
    assert compared(made, refusing).rows == (Differing(("79",), "missing"),)


def test_keys_of_other_types_are_the_same_keys(ground: Ground) -> None:
    ground.make("CREATE TABLE t (id smallint, at date, v text, PRIMARY KEY (id, at))", on_both=False)
    ground.make("INSERT INTO t SELECT i, '2020-01-01'::date + i, 'v' FROM generate_series(1, 50) i", on_both=False)
    ground.target.execute("CREATE TABLE t (id bigint, at timestamp, v text, PRIMARY KEY (id, at))")
    plan = ground.plan("t", key=["id", "at"], changed={"id": "o.id::bigint", "at": "o.at::timestamp"})
    keys = tuple(replace(each, old_type=old) for each, old in zip(plan.key, ("smallint", "date"), strict=True))
    plan = replace(plan, key=keys)
    ground.copy(plan, batch=7)
    assert compared(ground, plan).is_equal
    ground.target.execute("UPDATE t SET v = 'w' WHERE id = 20")
    assert compared(ground, plan).rows == (Differing(("20", "2020-01-21 00:00:00"), "other"),)
