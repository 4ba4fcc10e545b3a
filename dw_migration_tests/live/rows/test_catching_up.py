"""A copy is brought up to what the source has now, and nothing else is touched."""

from datetime import timedelta

import pytest

from dw_migration.errors import BadConfig
from dw_migration.live.rows.catching_up import CaughtUp, catch_up
from dw_migration.live.rows.chunks import Mode
from dw_migration.live.rows.copying import Terms, copy_tables
from dw_migration.resolutions.compiled import TablePlan
from dw_migration_tests.live.rows import test_copying
from dw_migration_tests.live.rows.ground import Ground

TERMS = Terms(batch=100, lock_budget=timedelta(seconds=5))
made = test_copying.made


def caught_up(ground: Ground, *plans: TablePlan) -> list[CaughtUp]:
    found = catch_up(ground.ends, plans, TERMS)
    return [found[each.new] for each in plans]


def test_only_chunks_that_differ_are_loaded_again(made: Ground) -> None:
    plan = made.plan("t", key=["id"])
    made.copy(plan, batch=100)
    made.source.execute("UPDATE t SET v = 'new' WHERE id = 150; DELETE FROM t WHERE id BETWEEN 201 AND 210")
    made.source.execute("INSERT INTO t VALUES (5000, 'more', 1), (-5, 'less', 1)")
    (found,) = caught_up(made, plan)
    assert (found.error, found.chunks, found.changed, found.removed) == (None, 11, 4, 10)
    assert made.same("t")
    assert made.rows("SELECT count(DISTINCT snapshot) FROM dw_migration.chunk") == [(1,)]
    assert made.rows("SELECT sum(rows) FROM dw_migration.chunk") == [(992,)]
    assert caught_up(made, plan) == [CaughtUp(11, 0)]


def test_foreign_keys_hold_all_the_time(ground: Ground) -> None:
    ground.make("CREATE TABLE p (id int PRIMARY KEY, v text); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p)")
    ground.make(
        "INSERT INTO p SELECT i, 'v' FROM generate_series(1, 100) i;"
        "INSERT INTO c SELECT i, i FROM generate_series(1, 100) i",
        on_both=False,
    )
    plans = [ground.plan("p", key=["id"]), ground.plan("c", key=["id"])]
    copy_tables(ground.ends, plans, TERMS)
    ground.source.execute("DELETE FROM c WHERE id > 90; DELETE FROM p WHERE id > 90; UPDATE p SET v = 'w' WHERE id = 1")
    ground.source.execute("INSERT INTO p VALUES (200, 'new'); INSERT INTO c VALUES (200, 200), (201, 1)")
    assert [(each.error, each.removed) for each in caught_up(ground, *plans)] == [(None, 10), (None, 10)]
    assert ground.same("p")
    assert ground.same("c")


def test_rows_that_are_refused_now_are_rejects_now(made: Ground) -> None:
    made.target.execute("ALTER TABLE t ADD CHECK (v <> 'bad')")
    plan = made.plan("t", key=["id"])
    made.copy(plan, batch=100)
    made.source.execute("UPDATE t SET v = 'bad' WHERE id = 7")
    assert [each.error for each in caught_up(made, plan)] == [None]
    assert made.rows("SELECT key, state FROM dw_migration.reject") == [('["7"]', "rejected")]
    made.source.execute("UPDATE t SET v = 'good' WHERE id = 7")
    assert [each.error for each in caught_up(made, plan)] == [None]
    assert made.rows("SELECT count(*) FROM dw_migration.reject WHERE state = 'rejected'") == [(0,)]
    assert made.same("t")


@pytest.mark.parametrize(
    ("key", "mode", "told"),
    [([], Mode.NONE, "has no key"), (["id"], Mode.APPEND, "beside rows that are not the copy's")],
)
def test_what_differs_and_cannot_be_caught_up_is_left_as_it_was(
    made: Ground, key: list[str], mode: Mode, told: str
) -> None:
    plan = made.plan("t", key=key)
    made.copy(plan, mode=mode)
    made.source.execute("DELETE FROM t WHERE id = 1")
    assert [told in str(each.error) for each in caught_up(made, plan)] == [True]
    assert made.rows("SELECT count(*) FROM t") == [(1000,)]


def test_what_was_not_copied_cannot_be_caught_up(made: Ground) -> None:
    with pytest.raises(BadConfig, match="copy it first"):
        caught_up(made, made.plan("t", key=["id"]))
