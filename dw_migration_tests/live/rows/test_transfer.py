"""A chunk is there with its ledger entry and equal to what the source has, or nothing of it is."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from dw_migration.errors import NotConverged, SourceChanging, StalePlan
from dw_migration.live.ledger import Actor
from dw_migration.live.rows.checks import checked
from dw_migration.live.rows.chunks import Chunk, Copies, Copy, Mode
from dw_migration.live.rows.hashes import Digest, RowHash, common_hashes, source_digest, table_hash, target_digest
from dw_migration.live.rows.loading import Job
from dw_migration.live.rows.side import Refused, Side
from dw_migration.live.rows.snapshots import Snapshot, SnapshotGone, as_reader, exported, storage
from dw_migration.live.rows.transfer import as_writer, copy_chunk
from dw_migration.resolutions.compiled import Range, StagedLookup, TablePlan
from dw_migration.sql import Sql
from dw_migration_tests.live.rows.ground import Ground

TABLE = "CREATE TABLE t (id integer PRIMARY KEY, v text, n numeric)"
ROWS = "INSERT INTO t SELECT i, 'v' || i, i / 7.0 FROM generate_series(1, 1000) i"
CUTS = (Range(None, ("400",)), Range(("400",), None))


@dataclass
class Bench:
    """Two sessions as a worker has them, a snapshot, and a copy of `t` with two chunks."""

    ground: Ground
    source: Side
    target: Side
    snapshot: Snapshot
    job: Job
    chunks: tuple[Chunk, ...]

    def copy(self, number: int, **changes: Any) -> bool:
        """Whether the chunk was copied now."""
        return copy_chunk(
            self.source, self.target, self.snapshot, replace(self.job, **changes), self.chunks[number - 1]
        )

    @property
    def ids(self) -> list[int]:
        """Those of the target."""
        return [each for (each,) in self.ground.rows("SELECT id FROM t ORDER BY 1")]

    @property
    def copied(self) -> list[tuple[Any, ...]]:
        """The chunks that the ledger has as copied, with their rows."""
        return self.ground.rows(
            "SELECT number, rows FROM dw_migration.chunk WHERE copied_at IS NOT NULL ORDER BY number"
        )


@contextmanager
def bench(ground: Ground, plan: TablePlan, mode: Mode = Mode.NONE, **fields: Any) -> Iterator[Bench]:
    """A table under way."""
    source, target = ground.sides()
    holder = ground.sides()[0]
    as_reader(source)
    as_writer(target)
    with exported(holder, timedelta(hours=1)) as snapshot:
        hashed_as = table_hash(target, plan, common_hashes(source, target))
        copies = Copies(target)
        copy = copies.begin("sources.shop", plan, mode, CUTS, snapshot=snapshot.id, actor=Actor())
        new = checked(source, target, plan)
        job = Job(plan, copy, new, storage(source, *plan.old), hashed_as, **fields)
        yield Bench(ground, source, target, snapshot, job, copies.chunks(copy))


@pytest.fixture
def made(ground: Ground) -> Ground:
    """A table with rows at the source."""
    ground.make(TABLE)
    ground.make(ROWS, on_both=False)
    return ground


def test_rows_and_ledger_come_together(made: Ground) -> None:
    with bench(made, made.plan("t", key=["id"])) as table:
        assert table.copy(2)
        assert table.ids == list(range(401, 1001))
        assert table.copied == [(2, 600)]
        assert not table.copy(2)
        assert table.copy(1)
        assert made.same("t")
        noted = made.rows(
            "SELECT sum(hash), min(hashed_as), min(snapshot), bool_and(bytes > 0) FROM dw_migration.chunk"
        )
    digest = made.rows("SELECT sum(hash_record_extended(ROW(id, v, n), 0)) FROM t")[0][0]
    assert noted == [(digest, "record", table.snapshot.id, True)]


@pytest.mark.parametrize(
    "meddling",
    [
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v := 'x'; RETURN NEW; END $$;"
        " CREATE TRIGGER m BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
        " CREATE TRIGGER m BEFORE INSERT ON t FOR EACH ROW WHEN (NEW.id = 500) EXECUTE FUNCTION f()",
        "INSERT INTO t VALUES (100000, 'not ours')",
    ],
    ids=["a changed value", "a missing row", "a row of others"],
)
def test_what_arrives_otherwise_is_not_kept(made: Ground, meddling: str) -> None:
    made.target.execute(meddling.encode())
    before = made.rows("SELECT count(*) FROM t")
    with bench(made, made.plan("t", key=["id"])) as table:
        with pytest.raises(NotConverged, match="kept"):
            table.copy(2)
        assert table.copied == []
    assert made.rows("SELECT count(*) FROM t") == before


def test_without_hashes_rows_are_counted_alone(made: Ground) -> None:
    with bench(made, made.plan("t", key=["id"])) as table:
        assert table.copy(1, hashed_as=None)
        assert table.copied == [(1, 400)]
        assert made.rows("SELECT hash, hashed_as FROM dw_migration.chunk WHERE number = 1") == [(None, None)]


def test_a_copy_whose_end_was_not_heard_is_not_repeated(made: Ground) -> None:
    with bench(made, made.plan("t", key=["id"])) as table:
        other = made.ends.open_target()
        as_writer(other)
        with other.session:
            # a session that was cut off while it commits
            with other.transaction():
                assert Copies(other).claim(table.job.copy, table.chunks[0])
                ended = threading.Event()

                def again() -> None:
                    table.target.session.execute("SET lock_timeout = '30s'")
                    try:
                        results.append(table.copy(1))
                    except Exception as error:  # told below
                        results.append(error)
                    ended.set()

                results: list[Any] = []
                thread = threading.Thread(target=again)
                thread.start()
                while not made.rows("SELECT FROM pg_locks WHERE NOT granted"):
                    assert not ended.is_set()
                other.session.execute("UPDATE dw_migration.chunk SET copied_at = now(), rows = 400 WHERE number = 1")
            thread.join()
        # it waited for how that ended, and is told to look again
        assert [getattr(each, "sqlstate", each) for each in results] == ["40001"]
        assert results[0].may_pass
        assert not table.copy(1)
        assert table.ids == []


def test_a_copy_that_began_anew_elsewhere_writes_no_more(made: Ground) -> None:
    plan = made.plan("t", key=["id"])
    with bench(made, plan) as table:
        other = Copies(made.sides()[1])
        other.begin("sources.shop", plan, Mode.NONE, CUTS, snapshot="", actor=Actor())
        with pytest.raises(StalePlan):
            table.copy(1)
        assert table.ids == []


# --- modes ----------------------------------------------------------------------------------------------------------


def test_append_leaves_what_is_there(made: Ground) -> None:
    made.target.execute("INSERT INTO t VALUES (-1, 'mine'), (5000, 'mine')")
    with bench(made, made.plan("t", key=["id"]), Mode.APPEND) as table:
        assert table.copy(1)
        assert table.copy(2)
        assert table.ids == [-1, *range(1, 1001), 5000]
        assert table.copied == [(1, 400), (2, 600)]


def test_upsert_overwrites_by_key(made: Ground) -> None:
    made.target.execute("INSERT INTO t VALUES (3, 'mine'), (500, 'mine'), (5000, 'mine')")
    with bench(made, made.plan("t", key=["id"]), Mode.UPSERT) as table:
        assert table.copy(1)
        assert table.copy(2)
        assert table.ids == [*range(1, 1001), 5000]
        assert made.rows("SELECT id FROM t WHERE v = 'mine'") == [(5000,)]
        assert table.copied == [(1, 400), (2, 600)]


def test_upsert_of_keys_alone_adds_those_that_are_missing(ground: Ground) -> None:
    ground.make("CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY)")
    ground.make("INSERT INTO t OVERRIDING SYSTEM VALUE SELECT generate_series(1, 500)", on_both=False)
    ground.target.execute("INSERT INTO t OVERRIDING SYSTEM VALUE VALUES (3), (1000)")
    with bench(ground, ground.plan("t", key=["id"]), Mode.UPSERT) as table:
        assert table.copy(1)
        assert table.ids == [*range(1, 401), 1000]


def test_an_upsert_that_a_trigger_changes_is_not_kept(made: Ground) -> None:
    made.target.execute(
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v := 'x'; RETURN NEW; END $$;"
        " CREATE TRIGGER m BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()"
    )
    with bench(made, made.plan("t", key=["id"]), Mode.UPSERT) as table:
        with pytest.raises(NotConverged):
            table.copy(1)
        assert table.ids == []


# --- lookups in the target ------------------------------------------------------------------------------------------


def looked_up(ground: Ground, default: Sql | None) -> TablePlan:
    """A plan whose `v` becomes a number that `words` in the target has."""
    ground.make(TABLE, on_both=False)
    ground.make("INSERT INTO t SELECT i, 'w' || i % 10, 0 FROM generate_series(1, 1000) i", on_both=False)
    ground.target.execute(
        "CREATE TABLE t (id integer PRIMARY KEY, v integer, n numeric); CREATE TABLE words (w text, n smallint);"
        "INSERT INTO words SELECT 'w' || i, i FROM generate_series(0, 8) i"
    )
    plan = ground.plan("t", key=["id"])
    return replace(plan, staged=(StagedLookup("v", ("public", "words"), "w", "n", default),))


def test_a_staged_lookup_meets_its_table_in_the_target(ground: Ground) -> None:
    plan = looked_up(ground, Sql("-1"))
    ground.make("UPDATE t SET v = NULL WHERE id = 5", on_both=False)
    with bench(ground, plan) as table:
        assert table.copy(1)
        assert table.copy(2)
        assert ground.rows("SELECT id % 10, v, count(*) FROM t GROUP BY 1, 2 ORDER BY 1, 2") == [
            *((number, number, 100) for number in range(5)),
            (5, 5, 99),
            (5, None, 1),
            *((number, number, 100) for number in range(6, 9)),
            (9, -1, 100),
        ]


def test_null_gets_the_default_too_where_the_column_takes_none(ground: Ground) -> None:
    plan = looked_up(ground, Sql("-1"))
    (lookup,) = plan.staged
    ground.target.execute("ALTER TABLE t ALTER v SET NOT NULL")
    ground.make("UPDATE t SET v = NULL WHERE id = 5", on_both=False)
    with bench(ground, replace(plan, staged=(replace(lookup, for_null=Sql("-1")),))) as table:
        assert table.copy(1)
        assert ground.rows("SELECT v FROM t WHERE id IN (4, 5) ORDER BY id") == [(4,), (-1,)]


def test_a_value_without_an_entry_is_refused(ground: Ground) -> None:
    with bench(ground, looked_up(ground, None), strict=True) as table:
        with pytest.raises(Refused, match=r"a value of v has no entry in public\.words"):
            table.copy(1)
        ground.target.execute("INSERT INTO words VALUES ('w9', 9)")
        assert table.copy(1)


def test_a_lookup_with_an_entry_twice_is_not_taken(ground: Ground) -> None:
    plan = looked_up(ground, Sql("-1"))
    ground.target.execute("INSERT INTO words VALUES ('w1', 100); ALTER TABLE t DROP CONSTRAINT t_pkey")
    with bench(ground, plan) as table:
        with pytest.raises(NotConverged, match="more than once"):
            table.copy(1)
        assert table.ids == []


def test_a_staged_lookup_can_be_upserted(ground: Ground) -> None:
    plan = looked_up(ground, Sql("-1"))
    ground.target.execute("INSERT INTO t VALUES (1, 100, 100)")
    with bench(ground, plan, Mode.UPSERT) as table:
        assert table.copy(1)
        assert ground.rows("SELECT * FROM t WHERE id = 1") == [(1, 1, 0)]


# --- the snapshot ---------------------------------------------------------------------------------------------------


def test_all_chunks_are_of_one_moment(made: Ground) -> None:
    with bench(made, made.plan("t", key=["id"])) as table:
        table.copy(1)
        made.source.execute("UPDATE t SET v = 'later'; INSERT INTO t VALUES (2000, 'later')")
        table.copy(2)
        assert made.rows("SELECT count(*) FROM t WHERE v = 'later'") == [(0,)]


@pytest.mark.parametrize("change", ["TRUNCATE t", "ALTER TABLE t ALTER n TYPE text", "DROP TABLE t; " + TABLE])
def test_a_table_that_lost_its_rows_for_the_snapshot_is_no_empty_table(made: Ground, change: str) -> None:
    with bench(made, made.plan("t", key=["id"])) as table:
        made.source.execute(change.encode())
        with pytest.raises(SourceChanging, match="was truncated or rewritten"):
            table.copy(1)
        assert (table.copied, table.ids) == ([], [])


def test_a_column_that_is_dropped_meanwhile_is_an_error_and_shifts_none(made: Ground) -> None:
    with bench(made, made.plan("t", key=["id"])) as table:
        made.source.execute("ALTER TABLE t DROP COLUMN v")
        with pytest.raises(Exception, match=r"column o\.v does not exist \[42703\]"):
            table.copy(1)
        made.source.execute("ALTER TABLE t ADD COLUMN v text")
        assert not table.ids


def test_no_lock_on_the_source_outlives_a_chunk(made: Ground) -> None:
    with bench(made, made.plan("t", key=["id"])) as table:
        table.copy(1)
        locks = made.source.execute("SELECT FROM pg_locks WHERE relation = 't'::regclass").fetchall()
    assert locks == []


def test_a_snapshot_whose_holder_is_gone_is_told(made: Ground) -> None:
    with bench(made, made.plan("t", key=["id"])) as table:
        pid = table.snapshot.holder.session.info.backend_pid
        made.source.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        with pytest.raises(SnapshotGone, match="run it again"):
            table.copy(1)
        assert table.ids == []


def test_a_snapshot_has_an_age(made: Ground) -> None:
    with bench(made, made.plan("t", key=["id"])) as table:
        table.snapshot = replace(table.snapshot, until=0.0)
        with pytest.raises(SnapshotGone, match="as old as it may get"):
            table.copy(1)


# --- hashes ---------------------------------------------------------------------------------------------------------


def test_versions_and_encodings_decide_how_rows_are_hashed(from_any: Ground) -> None:
    source, target = from_any.sides()
    assert common_hashes(source, target)[0] is RowHash.RECORD
    assert common_hashes(source, target)[-1] is RowHash.SHA256


def test_databases_of_two_encodings_hash_their_text_as_one(ground: Ground) -> None:
    name = "latin_" + ground.source.info.dbname
    with psycopg.connect(ground.source_url, autocommit=True) as maker:
        maker.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        try:
            latin = Ground.over(ground.source_url.replace(ground.source.info.dbname, name), ground.target_url)
            latin.make(TABLE)
            latin.make("INSERT INTO t VALUES (1, 'größe')", on_both=False)
            copied = latin.copy(latin.plan("t", key=["id"]))
            assert copied.error is None
            assert latin.rows("SELECT v FROM t") == [("größe",)]
            assert latin.rows("SELECT hashed_as FROM dw_migration.chunk") == [("sha256",)]
            latin.close()
        finally:
            maker.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("form", list(RowHash))
def test_every_form_sees_one_changed_value(made: Ground, form: RowHash) -> None:
    source, target = made.sides()
    made.target.execute(ROWS)
    plan = made.plan("t", key=["id"], text=["v"])
    sent = source_digest(source, plan, form, None)
    assert sent == target_digest(target, plan, form, Sql("public.t AS n"))
    made.target.execute("UPDATE t SET v = v || '.' WHERE id = 77")
    assert sent != target_digest(target, plan, form, Sql("public.t AS n"))
    assert sent.rows == 1000
    assert Digest(3, -5) + Digest(1, 5) - Digest(2, 0) == Digest(2, 0)


def test_a_type_without_a_hash_is_hashed_as_text(ground: Ground) -> None:
    ground.make("CREATE TABLE t (id integer PRIMARY KEY, b bit(3))")
    source, target = ground.sides()
    assert table_hash(target, ground.plan("t"), common_hashes(source, target)) is RowHash.TEXT


def test_a_copy_has_one_state(made: Ground) -> None:
    with bench(made, made.plan("t", key=["id"])) as table:
        assert table.job.copy == Copy(table.job.copy.id, Mode.NONE, "copying", table.job.plan.specification)
