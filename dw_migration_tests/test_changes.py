"""What is to do, seen from three sides."""

from collections.abc import Iterator

import pytest

from dw_migration.changes import Base, diff, has_lineage
from dw_migration.config import Objects
from dw_migration.errors import NotOurs
from dw_migration.live.embedded import Server
from dw_migration.live.settle import compare
from dw_migration.plan import MOST_LOCKS
from dw_migration_tests.life import Stage, plan_text

SCHEMA = "dw__app__public"


@pytest.fixture(scope="module")
def every_stage(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One pair of databases for all of these tests."""
    stage = Stage(server, server, tmp_path_factory.mktemp("changes"))
    with stage.opened:
        stage.set_up()
        yield stage


@pytest.fixture
def stage(every_stage: Stage) -> Stage:
    """The pair, empty."""
    every_stage.reset()
    every_stage.shape()
    return every_stage


def built(stage: Stage, text: str) -> None:
    stage.run_app(text)
    stage.forward()


def hand(stage: Stage, text: str) -> None:
    """What somebody does in the target by hand."""
    stage.target.execute(f"SET search_path TO {SCHEMA}".encode())
    stage.target.execute(text.encode())
    stage.target.execute("SET search_path TO ''")


TABLE = "CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT 1 CHECK (n > 0)); CREATE INDEX t_n ON t (n)"


# --- Three sides ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by_hand", "drifted"),
    [
        ("ALTER TABLE t ALTER n SET DEFAULT 2", "default"),
        ("ALTER TABLE t ALTER n DROP DEFAULT", "default"),
        ("ALTER TABLE t ALTER n TYPE bigint", "column"),
        ("ALTER TABLE t ALTER n SET NOT NULL", "column"),
        ("DROP INDEX t_n", "index"),
        ("ALTER TABLE t DROP CONSTRAINT t_n_check", "constraint"),
        ("ALTER TABLE t DROP CONSTRAINT t_n_check; ALTER TABLE t ADD CONSTRAINT t_n_check CHECK (n > 1)", "constraint"),
    ],
)
def test_drift_of_the_target_is_told_and_put_back_only_on_demand(stage: Stage, by_hand: str, drifted: str) -> None:
    built(stage, TABLE)
    hand(stage, by_hand)
    left = stage.look().difference
    assert {address.kind for address in left.drift} == {drifted}
    assert left.changes == ()
    stage.run(stage.look(put_back=True).plan.up)
    assert compare(stage.target, stage.given(), stage.base.desired).equal


def test_drift_is_not_undone_by_a_change_beside_it(stage: Stage) -> None:
    built(stage, TABLE)
    hand(stage, "ALTER TABLE t ALTER n SET DEFAULT 2")
    stage.run_app("ALTER TABLE t ADD m int")
    assert plan_text(stage.look().plan) == f"ALTER TABLE {SCHEMA}.t ADD COLUMN m integer;"


def test_unmanaged_objects_are_left_alone_and_told(stage: Stage) -> None:
    built(stage, TABLE)
    hand(stage, "CREATE TABLE mine (id int); CREATE INDEX mine_too ON t (id, n); ALTER TABLE t ADD also int")
    stage.run_app("ALTER TABLE t DROP n")
    with pytest.raises(NotOurs, match=r"index dw__app__public\.t\.mine_too is not ours"):
        stage.look()
    hand(stage, "DROP INDEX mine_too")
    step = stage.look()
    told = {f"{address.kind} {address}" for address in step.difference.unmanaged}
    assert told == {f"table {SCHEMA}.mine", f"column {SCHEMA}.mine.id", f"column {SCHEMA}.t.also"}
    stage.run(step.plan.up)
    assert {address.name for address in stage.given().objects if address.kind == "table"} == {"t", "mine"}


QUERIES = """
    CREATE TABLE t (id int, n int);
    CREATE VIEW v AS SELECT id, n FROM t;
    CREATE MATERIALIZED VIEW m AS SELECT id, n FROM t;
"""
RETYPED = """
    DROP VIEW v; DROP MATERIALIZED VIEW m; ALTER TABLE t ALTER n TYPE bigint;
    CREATE VIEW v AS SELECT id, n FROM t; CREATE MATERIALIZED VIEW m AS SELECT id, n FROM t;
"""
HUNG_ON = """
    CREATE INDEX mine ON m (n);
    COMMENT ON INDEX mine IS 'of the warehouse';
    COMMENT ON MATERIALIZED VIEW m IS 'of the warehouse';
    COMMENT ON COLUMN v.n IS 'of the warehouse';
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER instead INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION f();
    CREATE RULE nowhere AS ON DELETE TO v DO INSTEAD NOTHING;
"""


def test_what_others_hung_on_what_is_made_again_comes_back_with_it(stage: Stage) -> None:
    built(stage, QUERIES)
    hand(stage, HUNG_ON)
    unmanaged = stage.look().difference.unmanaged
    assert len(unmanaged) == 7
    stage.run_app(RETYPED)
    step = stage.look()
    assert step.difference.unmanaged == unmanaged
    for batches in (step.plan.up, step.plan.down):
        stage.run(batches)
        assert stage.given().objects.keys() >= set(unmanaged)


def test_what_others_hung_on_a_column_that_goes_is_in_the_way(stage: Stage) -> None:
    built(stage, QUERIES)
    hand(stage, "CREATE INDEX mine ON m (n)")
    stage.run_app("DROP MATERIALIZED VIEW m; CREATE MATERIALIZED VIEW m AS SELECT id FROM t")
    with pytest.raises(NotOurs, match=r"index dw__app__public\.m\.mine is not ours"):
        stage.look()


def test_a_view_of_others_on_a_view_that_is_made_again_is_in_the_way(stage: Stage) -> None:
    built(stage, QUERIES)
    hand(stage, "CREATE VIEW mine AS SELECT n FROM v")
    stage.run_app(RETYPED)
    with pytest.raises(NotOurs, match=r"view dw__app__public\.mine is not ours and stands on view"):
        stage.look()


def test_grants_of_others_are_no_drift_and_nobody_is_told_of_them(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where the source's are skipped, nor where they are kept: then those that are the same become ours."""
    built(stage, TABLE)
    hand(stage, "GRANT SELECT ON t TO pg_monitor; GRANT SELECT (id) ON t TO PUBLIC")
    quiet = stage.look().difference
    assert (quiet.changes, quiet.drift, quiet.unmanaged) == ((), (), ())
    kept = stage.config.model_copy(update={"objects": Objects(grants="keep")})
    monkeypatch.setattr(stage, "config", kept)
    stage.run_app("GRANT SELECT ON t TO pg_monitor; GRANT INSERT ON t TO pg_monitor")
    step = stage.look()
    granted = f"GRANT INSERT ON TABLE {SCHEMA}.t TO pg_monitor;"
    assert plan_text(step.plan) == f"-- finding: changes_rights transformable\n{granted}"
    stage.run(step.plan.up)
    stage.settle_down(step.desired)
    hand(stage, "REVOKE SELECT ON t FROM pg_monitor")
    assert [str(each) for each in stage.look().difference.drift] == [f"{SCHEMA}.t to pg_monitor"]
    stage.run(stage.look(put_back=True).plan.up)
    stage.run(step.plan.down)
    assert not stage.look().difference.unmanaged


def test_a_table_with_grants_of_others_can_be_dropped(stage: Stage) -> None:
    built(stage, TABLE)
    hand(stage, "GRANT SELECT ON t TO pg_monitor; GRANT SELECT (id) ON t TO PUBLIC")
    stage.run_app("DROP TABLE t")
    stage.run(stage.look().plan.up)
    assert not [address for address in stage.given().objects if address.kind != "schema"]


def test_what_is_in_the_way_is_not_touched(stage: Stage) -> None:
    built(stage, TABLE)
    hand(stage, "CREATE TABLE u (id int)")
    stage.run_app("CREATE TABLE u (id int)")
    with pytest.raises(NotOurs, match=r"table dw__app__public\.u"):
        stage.look()


def test_a_schema_that_was_there_is_not_touched(stage: Stage) -> None:
    stage.target.execute(f"CREATE SCHEMA {SCHEMA}".encode())
    stage.run_app(TABLE)
    with pytest.raises(NotOurs, match="in the target already and not in the ledger"):
        stage.look()


def test_adopting_takes_over_what_is_there(stage: Stage) -> None:
    stage.run_app(TABLE)
    stage.target.execute(f"CREATE SCHEMA {SCHEMA}".encode())
    hand(stage, "CREATE TABLE t (id int PRIMARY KEY, n bigint, more text); INSERT INTO t VALUES (1, 2, 'x')")
    step = stage.look(adopt=True)
    stage.run(step.plan.up)
    stage.settle_down(step.desired)
    assert stage.target.execute(f"SELECT * FROM {SCHEMA}.t".encode()).fetchall() == [(1, 2, "x")]
    assert [str(each) for each in stage.look().difference.unmanaged] == [f"{SCHEMA}.t.more"]


def test_what_both_sides_dropped_is_no_change(stage: Stage) -> None:
    built(stage, TABLE)
    hand(stage, "DROP INDEX t_n")
    stage.run_app("DROP INDEX t_n")
    assert stage.look().difference.changes == ()


def test_what_both_sides_changed_alike_is_no_change(stage: Stage) -> None:
    built(stage, TABLE)
    hand(stage, "ALTER TABLE t ALTER n SET DEFAULT 7")
    stage.run_app("ALTER TABLE t ALTER n SET DEFAULT 7")
    assert stage.look().difference.changes == ()


# --- Spelling ---------------------------------------------------------------------------------------------------------

SPELLINGS = """
CREATE TABLE t (a varchar(9) CHECK (a IN ('x', 'y', 'it''s')), b varchar(9) CONSTRAINT b CHECK (b IN ('x') OR b > 'z'));
CREATE INDEX t_a ON t (a) WHERE a IN ('x', 'y');
CREATE TABLE u (a varchar(9), b boolean GENERATED ALWAYS AS (a IN ('x', 'y')) STORED);
CREATE DOMAIN d AS varchar(9) CHECK (VALUE IN ('x', 'y'));
CREATE POLICY p ON t USING (a IN ('x', 'y')) WITH CHECK (a IN ('x', 'z'));
CREATE RULE r AS ON UPDATE TO t WHERE NEW.a IN ('x', 'y') DO NOTHING;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER g BEFORE UPDATE OF a ON t FOR EACH ROW WHEN (NEW.a IN ('x', 'y')) EXECUTE FUNCTION f();
"""


def test_another_spelling_is_settled_as_no_change(stage: Stage) -> None:
    built(stage, SPELLINGS)
    given = stage.given()
    found = compare(stage.target, given, stage.base.desired)
    assert found.equal
    settled = {each.kind for each in found.settled}
    assert settled >= {"constraint", "index", "column", "policy", "rule", "trigger"}, "written alike: the test is empty"
    assert stage.look().difference.changes == ()


def test_another_spelling_is_settled_without_a_ledger_that_knows_it(stage: Stage) -> None:
    """As after an upgrade of the target's server: what it gave back then is not what it gives now."""
    built(stage, SPELLINGS)
    stage.base = Base(stage.base.desired, stage.base.desired)
    step = stage.look()
    assert step.difference.changes == ()


def test_a_changed_list_is_a_change_however_it_is_spelt(stage: Stage) -> None:
    built(stage, SPELLINGS)
    stage.run_app("ALTER TABLE t DROP CONSTRAINT t_a_check; ALTER TABLE t ADD CHECK (a IN ('x', 'z', 'it''s'))")
    assert [each.kind for each in stage.look().difference.changes] == ["constraint", "constraint"]


# --- Lineage ----------------------------------------------------------------------------------------------------------

OLD = """
CREATE TYPE mood AS ENUM ('ok');
CREATE TABLE a (id serial PRIMARY KEY, x int, y mood); CREATE INDEX a_x ON a (x);
CREATE TABLE b (id serial PRIMARY KEY, x int, y int REFERENCES a);
CREATE TABLE c (id serial PRIMARY KEY, x int, y int REFERENCES b);
CREATE TABLE d (id serial PRIMARY KEY, x int, y int REFERENCES c);
"""


def rebuilt(stage: Stage, text: str) -> None:
    """The source as a dump would bring it back: all oids are others."""
    stage.app.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    stage.run_app(text)


def test_a_restored_source_is_no_change(stage: Stage) -> None:
    built(stage, OLD)
    rebuilt(stage, OLD)
    step = stage.look()
    assert not has_lineage(stage.base.desired, step.desired.catalog)
    assert step.difference.changes == ()


def test_oids_of_another_database_make_no_renames(stage: Stage) -> None:
    """A copy that was restored in another order has the oids of one table under the name of another."""
    built(stage, OLD)
    identity = stage.base.desired.identity
    shifted = {"a": "b", "b": "c", "c": "d", "d": "a"}
    tables = [each for each in identity if each.kind in {"table", "column"}]
    moved = {
        each: identity[
            each._replace(owner=shifted[each.owner]) if each.owner else each._replace(name=shifted[each.name])
        ]
        for each in tables
    }
    others = {each: (proof[0] + 10_000, *proof[1:]) for each, proof in identity.items() if each not in tables}
    stage.run_app("DROP TABLE d; CREATE TABLE e (id serial PRIMARY KEY, x int, y int REFERENCES c)")
    step = stage.look()
    catalog = step.desired.catalog
    copied = {each: (moved | others).get(each, proof) for each, proof in catalog.identity.items()}
    desired = catalog.__class__(catalog.objects, catalog.stands_on, copied)
    assert not has_lineage(stage.base.desired, desired)
    difference = diff(stage.base, stage.given(), desired, registered=stage.schemas())
    assert {each.action for each in difference.changes} == {"create", "drop"}


def test_a_copied_database_makes_no_renames_of_what_it_renamed_before(stage: Stage) -> None:
    """What a copy calls otherwise is dropped and created, and waits for consent."""
    built(stage, OLD)
    rebuilt(stage, OLD.replace("TABLE d ", "TABLE e "))
    changes = stage.look().difference.changes
    assert not [each for each in changes if each.action == "rename"]


def test_a_few_rebuilt_tables_do_not_hide_a_rename(stage: Stage) -> None:
    built(stage, OLD)
    stage.run_app("DROP TABLE d; CREATE TABLE d (id serial PRIMARY KEY, x int, y int REFERENCES c)")
    stage.run_app("ALTER TABLE a RENAME x TO z")
    assert plan_text(stage.look().plan).splitlines() == [
        "-- finding: renames transformable",
        f"ALTER TABLE {SCHEMA}.a RENAME COLUMN x TO z;",
    ]


# --- Many tables ------------------------------------------------------------------------------------------------------


def test_a_thousand_tables_fit_into_a_server_as_it_comes(stage: Stage) -> None:
    """One transaction of all would be "out of shared memory"; what fits into one stays in one."""
    for start in range(0, 1000, 50):
        stage.app.execute(
            "".join(
                f"CREATE TABLE t{n} (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n text UNIQUE DEFAULT 'x',"
                f" r int REFERENCES t{n - n % 50}); CREATE INDEX ON t{n} (r); COMMENT ON TABLE t{n} IS 'x';"
                for n in range(start, start + 50)
            )
        )
    step = stage.forward()
    assert 1000 * 12 / MOST_LOCKS < len(step.plan.up) < 100
    assert all(batch.transactional for batch in step.plan.up)
    stage.run(step.plan.down)
    assert {each.kind for each in stage.given().objects} == {"schema"}
    for n in range(999, -1, -1):
        stage.app.execute(f"DROP TABLE t{n}")


def test_what_fits_into_one_transaction_is_one(stage: Stage) -> None:
    stage.run_app("".join(f"CREATE TABLE t{n} (id int PRIMARY KEY, n int);" for n in range(100)))
    assert len(stage.look().plan.up) == 1
