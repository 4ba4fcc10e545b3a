"""Tables are copied once, in any order of accidents, and stand there afterwards as they should."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from dw_migration.errors import BadConfig, DwMigrationError, Locked, NoConnection, NotAllowed, ServerError, StalePlan
from dw_migration.live.ledger import Actor
from dw_migration.live.locks import lock
from dw_migration.live.rows.chunks import Mode
from dw_migration.live.rows.copying import Terms, copy_tables
from dw_migration.live.rows.side import Refused
from dw_migration.live.rows.snapshots import SnapshotGone
from dw_migration.live.stop import Stop
from dw_migration.resolutions.compiled import StagedLookup
from dw_migration.sql import Sql
from dw_migration_tests.conftest import MakesRole
from dw_migration_tests.live.rows.ground import Ground
from dw_migration_tests.outside import small_disk

TABLE = "CREATE TABLE t (id integer PRIMARY KEY, v text, n numeric)"
ROWS = "INSERT INTO t SELECT i, 'v' || i, i / 7.0 FROM generate_series(1, 1000) i"
QUICK = Terms(batch=100, lock_budget=timedelta(seconds=5))


@pytest.fixture
def made(ground: Ground) -> Ground:
    """A table on both sides, with rows at the source."""
    ground.make(TABLE)
    ground.make(ROWS, on_both=False)
    return ground


def ids(ground: Ground) -> list[int]:
    return [each for (each,) in ground.rows("SELECT id FROM t ORDER BY 1")]


# --- modes ----------------------------------------------------------------------------------------------------------


def test_a_table_that_is_copied_is_not_copied_again(made: Ground) -> None:
    plan = made.plan("t", key=["id"])
    first = made.copy(plan, batch=300, actor=Actor("ada", "run1"))
    assert (first.error, first.was_there, first.whole) == (None, False, False)
    assert (first.totals.rows, first.totals.copied, first.totals.chunks) == (1000, 4, 4)
    assert made.same("t")
    chunks = made.rows("SELECT * FROM dw_migration.chunk ORDER BY number")
    for mode in (Mode.NONE, Mode.APPEND):
        again = made.copy(plan, mode=mode)
        assert (again.error, again.was_there, again.totals) == (None, True, first.totals)
    assert made.rows("SELECT * FROM dw_migration.chunk ORDER BY number") == chunks
    assert made.rows("SELECT place, mode, state, rows, by, run FROM dw_migration.copy") == [
        ("sources.shop", "none", "copied", 1000, "ada", "run1")
    ]


def test_rows_that_are_there_must_be_provided_for(made: Ground) -> None:
    made.target.execute("INSERT INTO t VALUES (1, 'mine', 1), (9999, 'mine', 1)")
    plan = made.plan("t", key=["id"])
    with pytest.raises(BadConfig, match=r"public\.t: the table has rows already.*--append.*--upsert.*--truncate"):
        made.copy(plan)
    assert made.rows("SELECT count(*) FROM dw_migration.copy") == [(0,)]
    assert ids(made) == [1, 9999]
    assert made.copy(plan, mode=Mode.UPSERT).error is None
    assert ids(made) == [*range(1, 1001), 9999]
    assert made.copy(plan, mode=Mode.TRUNCATE).error is None
    assert ids(made) == list(range(1, 1001))
    assert made.same("t")


def test_append_adds_once(made: Ground) -> None:
    made.target.execute("INSERT INTO t VALUES (9999, 'mine', 1)")
    plan = made.plan("t", key=["id"])
    for _ in range(2):
        assert made.copy(plan, mode=Mode.APPEND, batch=300).error is None
        assert ids(made) == [*range(1, 1001), 9999]


def test_truncate_and_upsert_begin_anew_each_time(made: Ground) -> None:
    plan = made.plan("t", key=["id"])
    made.copy(plan)
    made.source.execute("UPDATE t SET v = 'new' WHERE id = 5; DELETE FROM t WHERE id = 6")
    assert made.copy(plan, mode=Mode.UPSERT).error is None
    assert made.rows("SELECT id, v FROM t WHERE id IN (5, 6) ORDER BY 1") == [(5, "new"), (6, "v6")]
    assert made.copy(plan, mode=Mode.TRUNCATE).error is None
    assert made.same("t")
    assert made.rows("SELECT mode, state FROM dw_migration.copy ORDER BY id") == [
        ("none", "superseded"),
        ("upsert", "superseded"),
        ("truncate", "copied"),
    ]


def test_rows_of_another_specification_are_not_taken_for_ours(made: Ground) -> None:
    made.copy(made.plan("t", key=["id"]))
    other = made.plan("t", key=["id"], changed={"v": "o.v || '!'"})
    with pytest.raises(BadConfig, match="has rows already"):
        made.copy(other)
    assert made.copy(other, mode=Mode.TRUNCATE).error is None
    assert made.rows("SELECT v FROM t WHERE id = 1") == [("v1!",)]


def test_rows_cannot_be_overwritten_without_a_key(made: Ground) -> None:
    with pytest.raises(BadConfig, match="shares none with the old table"):
        made.copy(made.plan("t"), mode=Mode.UPSERT)


def test_a_table_without_a_key_is_copied_whole_and_begins_anew_after_a_failure(made: Ground) -> None:
    made.target.execute("ALTER TABLE t DROP CONSTRAINT t_pkey, ADD CHECK (v <> 'v900')")
    plan = made.plan("t")
    failed = made.copy(plan, batch=100)
    assert isinstance(failed.error, Refused)
    assert failed.whole
    assert ids(made) == []
    made.target.execute("ALTER TABLE t DROP CONSTRAINT t_v_check")
    copied = made.copy(plan)
    assert (copied.error, copied.totals.rows, copied.totals.chunks) == (None, 1000, 1)
    assert made.same("t")


def test_what_the_target_fills_itself_is_left_to_it(ground: Ground) -> None:
    ground.make("""CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text,
        twice text GENERATED ALWAYS AS (v || v) STORED, "default" integer DEFAULT 5)""")
    ground.make("INSERT INTO t (v) SELECT 'v' || i FROM generate_series(1, 10) i", on_both=False)
    plan = ground.plan("t", key=["id"])
    assert "twice" not in {each.name for each in plan.columns}
    assert ground.copy(plan).error is None
    assert ground.same("t")


def test_partitioned_tables_are_copied_from_their_parent(ground: Ground) -> None:
    ground.make("""CREATE TABLE t (id integer PRIMARY KEY, v text) PARTITION BY RANGE (id);
        CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (500); CREATE TABLE t2 PARTITION OF t DEFAULT""")
    ground.make("INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 1000) i", on_both=False)
    assert ground.copy(ground.plan("t", key=["id"], only=False), batch=300).error is None
    assert ground.same("t")


def test_rows_of_tables_that_inherit_are_left_to_these(ground: Ground) -> None:
    ground.make("CREATE TABLE t (id integer PRIMARY KEY, v text); CREATE TABLE heir (w text) INHERITS (t)")
    ground.make("INSERT INTO t VALUES (1, 'a'); INSERT INTO heir VALUES (1, 'b', 'c'), (2, 'd', 'e')", on_both=False)
    results = copy_tables(ground.ends, [ground.plan("t", key=["id"]), ground.plan("heir")], QUICK)
    assert [(each.error, each.totals.rows) for each in results] == [(None, 1), (None, 2)]
    assert ground.same("t")


def test_hostile_names_are_names(ground: Ground) -> None:
    table, column = """a"b'c%s{}\n; --""", """x"y'%(z)s\\"""
    made = sql.SQL("CREATE TABLE {} (id integer PRIMARY KEY, {} text UNIQUE)").format(
        sql.Identifier(table), sql.Identifier(column)
    )
    for each in (ground.source, ground.target):
        each.execute(made)
    ground.source.execute(sql.SQL("INSERT INTO {} SELECT i, i FROM generate_series(1, 500) i").format(
        sql.Identifier(table)))  # fmt: skip
    copied = ground.copy(ground.plan(table, key=["id"]), batch=100)
    assert (copied.error, copied.still_off, copied.totals.rows) == (None, (), 500)


# --- several tables -------------------------------------------------------------------------------------------------

RING = """
CREATE TABLE a (id integer PRIMARY KEY, b integer);
CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a, self integer REFERENCES b);
ALTER TABLE a ADD CONSTRAINT to_b FOREIGN KEY (b) REFERENCES b;
CREATE INDEX a_b ON a (b);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'fired'; END $$;
"""
TRIGGERS = "CREATE TRIGGER fires BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()"


def ring(ground: Ground) -> list[Any]:
    """Plans of two tables that refer to each other."""
    ground.make(RING)
    ground.target.execute(TRIGGERS)
    ground.make("""SET session_replication_role = replica;
        INSERT INTO a SELECT i, 2001 - i FROM generate_series(1, 2000) i;
        INSERT INTO b SELECT i, 2001 - i, i % 2000 + 1 FROM generate_series(1, 2000) i;
        RESET session_replication_role""", on_both=False)  # fmt: skip
    return [ground.plan(each, key=["id"]) for each in ("a", "b")]


STANDING = """
SELECT (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace),
       to_regclass('a_b') IS NOT NULL,
       (SELECT string_agg(tgenabled::text, '') FROM pg_trigger WHERE tgname = 'fires'),
       (SELECT count(*) FROM dw_migration.taken_off)
"""


@pytest.mark.parametrize("workers", [1, 4])
def test_a_ring_of_foreign_keys_and_triggers_is_whole_afterwards(ground: Ground, workers: int) -> None:
    results = copy_tables(ground.ends, ring(ground), replace(QUICK, workers=workers))
    assert [(each.error, each.still_off, each.totals.rows) for each in results] == [(None, (), 2000)] * 2
    assert ground.same("a")
    assert ground.same("b")
    assert ground.rows(STANDING) == [(3, True, "O", 0)]


def test_progress_ends_at_the_whole(ground: Ground) -> None:
    told: list[tuple[Any, ...]] = []
    plans = ring(ground)
    copy_tables(
        ground.ends,
        plans,
        replace(QUICK, workers=3),
        rows={plans[0].new: 2000},
        progress=lambda *all_: told.append(all_),
    )
    for plan, expected in zip(plans, (2000, 0), strict=True):
        last = [each for each in told if each[0] == plan.new][-1]
        assert (last[1], last[2] > 0, last[3]) == (2000, True, expected)


def test_an_error_of_one_table_stops_that_one(ground: Ground) -> None:
    plans = ring(ground)
    ground.target.execute("ALTER TABLE a ADD CHECK (id <> 700)")
    first, second = copy_tables(ground.ends, plans, replace(QUICK, strict=True))
    assert isinstance(first.error, Refused)
    assert 0 < first.totals.rows < 2000
    assert (second.error, second.totals.rows) == (None, 2000)
    # foreign keys that lead to rows that are not there wait
    assert [each.what.name for each in second.still_off] == ["b_a_fkey"]
    assert ground.rows(STANDING) == [(2, True, "O", 1)]
    ground.target.execute("ALTER TABLE a DROP CONSTRAINT a_id_check")
    again = copy_tables(ground.ends, plans, QUICK)
    assert [(each.error, each.still_off, each.was_there) for each in again] == [(None, (), False), (None, (), True)]
    assert ground.rows(STANDING) == [(3, True, "O", 0)]


def test_a_table_waits_for_those_that_its_foreign_keys_lead_to_where_they_stand(ground: Ground) -> None:
    ground.make(
        "CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer REFERENCES p)"
    )
    ground.make(
        "INSERT INTO p SELECT generate_series(1, 3000); INSERT INTO t SELECT i, i FROM generate_series(1, 3000) i",
        on_both=False,
    )
    ground.target.execute("INSERT INTO p VALUES (0); INSERT INTO t VALUES (0, 0)")
    plans = [ground.plan("p", key=["id"]), ground.plan("t", key=["id"])]
    terms = replace(QUICK, mode=Mode.APPEND, workers=4)
    results = copy_tables(ground.ends, plans, terms)
    assert [(each.error, each.totals.rows, each.totals.rejects) for each in results] == [(None, 3000, 0)] * 2


def test_a_table_is_not_begun_while_one_that_it_needs_is_incomplete(ground: Ground) -> None:
    ground.make("CREATE TABLE words (w text PRIMARY KEY, n integer); CREATE TABLE t (id integer PRIMARY KEY, v text)")
    ground.make(
        "INSERT INTO words SELECT 'w' || i, i FROM generate_series(1, 100) i;"
        "INSERT INTO t SELECT i, 'w' || i FROM generate_series(1, 100) i",
        on_both=False,
    )
    ground.target.execute("ALTER TABLE t ALTER v TYPE integer USING NULL; ALTER TABLE words ADD CHECK (n <> 50)")
    lookup = StagedLookup("v", ("public", "words"), "w", "n", Sql("0"))
    plans = [ground.plan("words", key=["w"]), replace(ground.plan("t", key=["id"]), staged=(lookup,))]
    first, second = copy_tables(ground.ends, plans, replace(QUICK, strict=True, workers=2))
    assert isinstance(first.error, Refused)
    assert "not begun, since public.words before it is not complete" in str(second.error)
    assert ids(ground) == []
    ground.target.execute("ALTER TABLE words DROP CONSTRAINT words_n_check")
    assert [each.error for each in copy_tables(ground.ends, plans, replace(QUICK, workers=2))] == [None, None]
    assert ground.rows("SELECT count(*), sum(v) FROM t") == [(100, 5050)]


def test_all_tables_are_of_one_moment(ground: Ground) -> None:
    ground.make(
        "CREATE TABLE a (id integer PRIMARY KEY, n integer); CREATE TABLE b (id integer PRIMARY KEY, n integer)"
    )
    ground.make(
        "INSERT INTO a SELECT i, 1 FROM generate_series(1, 1000) i; INSERT INTO b SELECT id, 0 FROM a",
        on_both=False,
    )

    def meddle(*_: Any) -> None:
        with psycopg.connect(ground.source_url) as other:
            other.execute(
                "WITH taken AS (UPDATE a SET n = 0 WHERE n = 1 AND id > 500 RETURNING id)"
                "UPDATE b SET n = 1 FROM taken WHERE b.id = taken.id; INSERT INTO b VALUES ((random() * -1e9)::int, 7)"
            )

    plans = [ground.plan(each, key=["id"]) for each in ("a", "b")]
    results = copy_tables(ground.ends, plans, replace(QUICK, workers=2), progress=meddle)
    assert [each.error for each in results] == [None, None]
    assert ground.rows("SELECT (SELECT sum(n) FROM a), (SELECT sum(n) FROM b)") == [(1000, 0)]
    assert ground.rows("SELECT count(DISTINCT snapshot) FROM dw_migration.chunk") == [(1,)]


# --- before the first row -------------------------------------------------------------------------------------------


def test_row_security_that_applies_to_us_is_an_error_before_the_first_row(made: Ground, role: MakesRole) -> None:
    ours = role()
    made.target.execute(f"GRANT ALL ON t TO {ours}; GRANT CREATE ON DATABASE {made.target.info.dbname} TO {ours}")
    made.target.execute("ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (true)")
    with pytest.raises(NotAllowed, match=r"target: row security applies to us on public\.t"):
        as_role(made, ours, target=True).copy(made.plan("t", key=["id"]))
    assert ids(made) == []


def test_row_security_at_the_source_is_an_error_and_never_fewer_rows(made: Ground, role: MakesRole) -> None:
    ours = role()
    made.source.execute(f"GRANT SELECT ON t TO {ours}")
    made.source.execute("ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id > 5)")
    with pytest.raises(NotAllowed, match="row-level security"):
        as_role(made, ours).copy(made.plan("t", key=["id"]))
    assert ids(made) == []


def as_role(ground: Ground, name: str, *, target: bool = False) -> Ground:
    """The ground, where we are this role on one side."""
    changed = ground.target_url if target else ground.source_url
    url = changed.replace("postgres@", f"{name}@").replace("//postgres:", f"//{name}:")
    assert url != changed
    return replace(ground, target_url=url) if target else replace(ground, source_url=url)


def test_a_role_that_may_only_read_the_source_is_enough(made: Ground, role: MakesRole) -> None:
    ours = role()
    made.source.execute(f"GRANT SELECT ON t TO {ours}; ALTER ROLE {ours} SET default_transaction_read_only = on")
    assert as_role(made, ours).copy(made.plan("t", key=["id"]), batch=300, workers=2).error is None
    assert made.same("t")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "ALTER TABLE t ALTER id TYPE bigint",
            "planned as integer; the source gives integer, and the target expects big",
        ),
        ("ALTER TABLE t ALTER n TYPE numeric(10,2)", r"expects numeric\(10,2\)"),
        ("ALTER TABLE t DROP COLUMN v", "the target expects no such column"),
        ("DROP TABLE t", r"there is no table public\.t"),
        ("ALTER TABLE t ALTER id TYPE timestamp USING now()", "expects timestamp"),
    ],
)
def test_a_target_that_was_changed_since_is_told_before_the_first_row(made: Ground, change: str, told: str) -> None:
    plan = made.plan("t", key=["id"])
    made.target.execute(change.encode())
    with pytest.raises(StalePlan, match=told):
        made.copy(plan)


def test_a_source_whose_types_were_changed_since_is_told_before_the_first_row(made: Ground) -> None:
    plan = made.plan("t", key=["id"])
    made.source.execute("ALTER TABLE t ALTER id TYPE bigint")
    with pytest.raises(StalePlan, match="the source gives bigint"):
        made.copy(plan)


def test_types_under_domains_are_compared(ground: Ground) -> None:
    ground.make("CREATE DOMAIN d AS numeric(6,2); CREATE DOMAIN dd AS d; CREATE TABLE t (id integer PRIMARY KEY, v dd)")
    ground.make("INSERT INTO t VALUES (1, 1.25)", on_both=False)
    assert ground.copy(ground.plan("t", key=["id"])).error is None
    assert ground.same("t")


def test_another_run_in_the_schema_is_waited_for_and_told(made: Ground) -> None:
    with lock(made.target, "rows of public"), pytest.raises(Locked, match="rows of public: another run works on it"):
        made.copy(made.plan("t", key=["id"]))


def test_what_an_earlier_run_left_off_other_tables_is_put_back_first(ground: Ground) -> None:
    plans = ring(ground)
    ground.make(TABLE)
    ground.make(ROWS, on_both=False)
    interrupted(ground, plans)
    assert ground.rows(STANDING) != [(3, True, "O", 0)]
    assert ground.copy(ground.plan("t", key=["id"])).error is None
    ((_, index, trigger, _),) = ground.rows(STANDING)
    assert (index, trigger) == (True, "O")
    assert [each.error for each in copy_tables(ground.ends, plans, QUICK)] == [None, None]
    assert ground.rows(STANDING) == [(3, True, "O", 0)]


def interrupted(ground: Ground, plans: list[Any], terms: Terms = QUICK) -> None:
    """A run that ends as by Ctrl-C, after some chunks."""
    moved = threading.Event()

    def interrupt(_: Any, rows: int, *__: int) -> None:
        if rows > 500:
            moved.set()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_tables(ground.ends, plans, terms, progress=interrupt)
    assert moved.is_set()


def test_an_interrupted_run_is_gone_on_with(ground: Ground) -> None:
    plans = ring(ground)
    interrupted(ground, plans)
    ground.target.execute("CREATE TABLE done AS SELECT * FROM dw_migration.chunk WHERE copied_at IS NOT NULL")
    assert ground.rows("SELECT FROM done")
    sessions = "SELECT FROM pg_stat_activity WHERE application_name = 'dw/rows' AND datname = current_database()"
    while ground.rows(sessions):
        pass
    assert [each.error for each in copy_tables(ground.ends, plans, replace(QUICK, workers=2))] == [None, None]
    assert ground.rows("SELECT * FROM done EXCEPT SELECT * FROM dw_migration.chunk") == []
    assert ground.same("a")
    assert ground.same("b")


def test_a_stop_ends_the_run_of_all_workers(made: Ground) -> None:
    stop = Stop()
    with stop.heard():
        result = copy_tables(
            made.ends, [made.plan("t", key=["id"])], replace(QUICK, workers=2), progress=lambda *_: stop.ask()
        )[0]
    assert isinstance(result.error, ServerError)
    assert result.error.sqlstate == "57014"
    assert made.copy(made.plan("t", key=["id"])).error is None
    assert made.same("t")


# --- lost servers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_lost_connection_is_made_again_within_the_run(made: Ground, side: str) -> None:
    onlooker = made.source if side == "source" else made.target
    kill = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'dw/rows'
                 AND datname = current_database() AND query LIKE 'COPY%'"""
    killed = [0]

    def meddle(*_: Any) -> None:
        if killed[0] < 3:
            with psycopg.connect(made.source_url if onlooker is made.source else made.target_url) as other:
                killed[0] += len(other.execute(kill.encode()).fetchall())

    result = copy_tables(
        made.ends, [made.plan("t", key=["id"])], replace(QUICK, lock_budget=timedelta(seconds=60)), progress=meddle
    )[0]
    assert killed[0] >= 1
    assert (result.error, result.totals.rows) == (None, 1000)
    assert made.same("t")


EXPORTING = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'dw/rows'
                AND datname = current_database() AND state = 'idle in transaction' AND query LIKE '%export%'"""


def test_after_a_lost_snapshot_the_copy_goes_on_with_another(ground: Ground) -> None:
    plans, killed = ring(ground), [0]

    def meddle(_: Any, rows: int, *__: int) -> None:
        if rows > 500 and not killed[0]:
            with psycopg.connect(ground.source_url) as other:
                killed[0] += len(other.execute(EXPORTING.encode()).fetchall())

    results = copy_tables(ground.ends, plans, QUICK, progress=meddle)
    assert [each.error for each in results] == [None, None]
    assert ground.rows("SELECT count(DISTINCT snapshot) FROM dw_migration.chunk") == [(2,)]
    assert ground.rows(STANDING) == [(3, True, "O", 0)]
    assert ground.same("a")
    assert ground.same("b")


def test_a_foreign_key_that_needed_the_other_attempt_is_no_fault(ground: Ground) -> None:
    """The first table is complete when the snapshot is lost, and what its foreign key leads to is not."""
    plans, killed = ring(ground), [0]

    def meddle(table: Any, rows: int, *_: int) -> None:
        if table == plans[1].new and rows > 500 and not killed[0]:
            with psycopg.connect(ground.source_url) as other:
                killed[0] += len(other.execute(EXPORTING.encode()).fetchall())

    results = copy_tables(ground.ends, plans, replace(QUICK, workers=1), progress=meddle)
    assert killed == [1]
    assert [(each.error, each.was_there, each.still_off) for each in results] == [(None, False, ())] * 2
    assert ground.rows(STANDING) == [(3, True, "O", 0)]


def test_a_snapshot_that_is_lost_again_and_again_ends_the_run_and_another_goes_on(ground: Ground) -> None:
    plans = ring(ground)

    def meddle(*_: Any) -> None:
        with psycopg.connect(ground.source_url) as other:
            other.execute(EXPORTING.encode())

    results = copy_tables(ground.ends, plans, QUICK, progress=meddle)
    assert any(isinstance(each.error, SnapshotGone) for each in results)
    assert results[1].totals.rows < 2000
    assert [each.error for each in copy_tables(ground.ends, plans, QUICK)] == [None, None]
    assert ground.rows(STANDING) == [(3, True, "O", 0)]
    assert ground.same("a")
    assert ground.same("b")


def test_a_source_that_is_gone_before_the_first_row_is_told(made: Ground) -> None:
    plan = made.plan("t", key=["id"])
    with pytest.raises(NoConnection, match=r"sources\.shop"):
        replace(made, source_url=made.source_url.replace(made.source.info.dbname, "not_there")).copy(plan)


def test_a_full_disk_at_the_target_is_told_and_gone_on_from(ground: Ground) -> None:
    ground.make("CREATE TABLE t (id integer PRIMARY KEY, v text)", on_both=False)
    ground.make("INSERT INTO t SELECT i, repeat(md5(i::text), 30) FROM generate_series(1, 9000) i", on_both=False)
    with small_disk(ground.target) as tablespace:
        ground.target.execute(f"CREATE TABLE t (id integer PRIMARY KEY, v text) TABLESPACE {tablespace}")
        plan = ground.plan("t", key=["id"])
        failed = ground.copy(plan, batch=1000)
        assert isinstance(failed.error, ServerError)
        assert failed.error.sqlstate == "53100"
        assert "make room there" in str(failed.error)
        assert 0 < failed.totals.rows < 9000
        assert ground.rows("SELECT count(*) FROM t") == [(failed.totals.rows,)]
        ground.target.execute("ALTER TABLE t SET TABLESPACE pg_default")
        assert ground.copy(plan, batch=1000).error is None
        assert ground.same("t")


def test_a_lock_in_the_way_is_waited_for(made: Ground) -> None:
    plan = made.plan("t", key=["id"])
    made.target.execute("BEGIN; LOCK TABLE t IN SHARE MODE")
    freed = threading.Timer(1.5, made.target.execute, ("COMMIT",))
    freed.start()
    result = copy_tables(made.ends, [plan], replace(QUICK, lock_budget=timedelta(seconds=60)))[0]
    freed.join()
    assert result.error is None


def test_a_lock_that_is_kept_is_told(made: Ground) -> None:
    plan = made.plan("t", key=["id"])
    made.target.execute("BEGIN; LOCK TABLE t IN SHARE MODE")
    result = copy_tables(made.ends, [plan], replace(QUICK, lock_budget=timedelta(seconds=0)))[0]
    made.target.execute("COMMIT")
    assert isinstance(result.error, DwMigrationError)
    assert "[55P03]" in str(result.error)
    assert made.copy(plan).error is None
