"""Ranges cover every key there can be, once; and the ledger has them before the first is copied."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dw_migration.errors import StalePlan
from dw_migration.live.ledger import Actor
from dw_migration.live.rows.chunks import Chunk, Copies, Copy, Mode, ranges
from dw_migration.live.rows.hashes import Digest, RowHash
from dw_migration.resolutions.compiled import KeyColumn, Range, TablePlan
from dw_migration_tests.live.rows.ground import Ground

NUMBERS = (
    "CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT i * 3, 'v' FROM generate_series(1, {}) i"
)


def cut(ground: Ground, plan: TablePlan, batch: int, rows: int = 0) -> tuple[Range, ...]:
    source, _ = ground.sides()
    return tuple(ranges(source, plan, batch=batch, rows=rows))


def counts(ground: Ground, plan: TablePlan, cuts: Sequence[Range]) -> list[int]:
    """How many of the source's rows each range has."""
    query = "SELECT count(*) FROM {}{}"
    found = [ground.source.execute(query.format(plan.rows, plan.where(each)).encode()).fetchone() for each in cuts]
    return [each[0] for each in found if each]


def test_a_table_is_cut_into_batches_without_ends(ground: Ground) -> None:
    ground.make(NUMBERS.format(10))
    plan = ground.plan("t", key=["id"])
    cuts = cut(ground, plan, 4)
    assert cuts == (Range(None, ("12",)), Range(("12",), ("24",)), Range(("24",), None))
    assert counts(ground, plan, cuts) == [4, 4, 2]


def test_the_last_range_takes_what_comes_later(ground: Ground) -> None:
    ground.make(NUMBERS.format(8))
    plan = ground.plan("t", key=["id"])
    cuts = cut(ground, plan, 4)
    assert counts(ground, plan, cuts) == [4, 4, 0]
    ground.make("INSERT INTO t VALUES (-5, 'first'), (1000, 'last')", on_both=False)
    assert counts(ground, plan, cuts) == [5, 4, 1]


def test_an_empty_table_is_one_range(ground: Ground) -> None:
    ground.make("CREATE TABLE t (id bigint PRIMARY KEY)")
    assert cut(ground, ground.plan("t", key=["id"]), 4) == (Range(),)


def test_a_table_without_a_key_is_one_range(ground: Ground) -> None:
    ground.make(NUMBERS.format(10))
    assert cut(ground, ground.plan("t"), 4) == (Range(),)


@pytest.mark.parametrize(
    ("types", "values"),
    [
        (("text", "integer"), "chr(97 + i % 7), i"),
        (("date", "numeric"), "date '2020-01-01' + i % 5, i / 7.0"),
        (("timestamp with time zone", "text"), "CASE WHEN i % 2 = 0 THEN 'infinity' ELSE now() END, 'q''%s{}' || i"),
        (("uuid", "bytea"), r"md5((i % 3)::text)::uuid, '\x00'::bytea || i::text::bytea"),
        (("character varying(20)", "smallint"), "E'a\\nb' || i % 4, i"),
    ],
)
def test_keys_of_several_columns_are_cut_in_their_order(ground: Ground, types: tuple[str, str], values: str) -> None:
    ground.make(f'CREATE TABLE t ("A b" {types[0]}, b {types[1]}, PRIMARY KEY ("A b", b))')
    ground.make(f"INSERT INTO t SELECT {values} FROM generate_series(1, 100) i", on_both=False)
    plan = ground.plan("t", key=["A b", "b"])
    cuts = cut(ground, plan, 30)
    assert counts(ground, plan, cuts) == [30, 30, 30, 10]
    assert ground.copy(plan, batch=30).error is None
    assert ground.same("t")


def test_a_key_that_both_sides_order_by_their_bytes_is_cut_so_into_few_chunks(ground: Ground) -> None:
    ground.make("CREATE TABLE t (code text PRIMARY KEY, n integer)")
    ground.make("INSERT INTO t SELECT chr(65 + i % 2 * 32) || i, i FROM generate_series(1, 320) i", on_both=False)
    plan = replace(ground.plan("t"), key=(KeyColumn("code", "code", "text", "text", "C"),))
    assert counts(ground, plan, cut(ground, plan, 10, rows=320)) == [20] * 16 + [0]
    assert counts(ground, plan, cut(ground, plan, 100, rows=320)) == [100, 100, 100, 20]
    assert ground.copy(plan, batch=100).error is None
    assert ground.same("t")


# --- the ledger -----------------------------------------------------------------------------------------------------

CUTS = (Range(None, ("a'\"%s\n",)), Range(("a'\"%s\n",), None))


def begun(ground: Ground) -> tuple[Copies, TablePlan, Copy]:
    """A copy with two chunks."""
    ground.make(NUMBERS.format(10))
    plan = ground.plan("t", key=["id"])
    copies = Copies(ground.sides()[1])
    return (
        copies,
        plan,
        copies.begin("sources.shop", plan, Mode.NONE, CUTS, snapshot="1:1:", actor=Actor("ada", "run1")),
    )


def test_chunks_are_noted_before_they_are_copied(ground: Ground) -> None:
    copies, plan, copy = begun(ground)
    assert copies.find("sources.shop", plan) == copy
    assert copies.find("sources.other", plan) is None
    assert copies.chunks(copy) == (Chunk(1, CUTS[0]), Chunk(2, CUTS[1]))
    copies.note_copied(
        copy,
        Chunk(2, CUTS[1]),
        Digest(5, 2**70),
        size=100,
        hashed_as=RowHash.RECORD,
        snapshot="1:1:",
        duration=copies.totals(copy).duration,
    )
    assert [each.copied for each in copies.chunks(copy)] == [False, True]
    totals = copies.totals(copy)
    assert (totals.rows, totals.bytes, totals.copied, totals.chunks) == (5, 100, 1, 2)


def test_a_copy_is_finished_when_every_chunk_is_copied(ground: Ground) -> None:
    copies, plan, copy = begun(ground)
    copies.finish(copy)
    assert copies.find("sources.shop", plan) == copy
    ground.target.execute("UPDATE dw_migration.chunk SET rows = 7, bytes = 70, copied_at = now()")
    copies.finish(copy)
    assert ground.rows("SELECT state, rows, bytes FROM dw_migration.copy") == [("copied", 14, 140)]


def test_a_chunk_is_claimed_by_one_and_by_nobody_once_another_run_began_anew(ground: Ground) -> None:
    copies, plan, copy = begun(ground)
    assert copies.claim(copy, Chunk(1, CUTS[0]))
    ground.target.execute("UPDATE dw_migration.chunk SET copied_at = now() WHERE number = 1")
    assert not copies.claim(copy, Chunk(1, CUTS[0]))
    copies.begin("sources.shop", plan, Mode.TRUNCATE, CUTS, snapshot="2:2:", actor=Actor())
    with pytest.raises(StalePlan, match="another run began this copy anew"):
        copies.claim(copy, Chunk(2, CUTS[1]))
    assert ground.rows("SELECT mode, state, by, run FROM dw_migration.copy ORDER BY id") == [
        ("none", "superseded", "ada", "run1"),
        ("truncate", "copying", "", ""),
    ]
