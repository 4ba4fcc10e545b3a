"""What is taken off a table comes back as it was, whatever ends the run in between."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from dw_migration.errors import NotAllowed
from dw_migration.live.ledger import Ledger
from dw_migration.live.rows.apart import put_back, referenced, tables_apart, take_off
from dw_migration.live.rows.side import Side
from dw_migration_tests.conftest import MakesRole
from dw_migration_tests.live.rows.ground import Ground

TABLES = '''
CREATE TABLE "the parent" (id integer PRIMARY KEY, code text UNIQUE);
CREATE TABLE t (
    id integer PRIMARY KEY, "a'b%s" text, n integer CHECK (n > 0), parent integer,
    CONSTRAINT "u ""q""" UNIQUE ("a'b%s", n) DEFERRABLE,
    CONSTRAINT x EXCLUDE USING btree (n WITH =),
    CONSTRAINT fk FOREIGN KEY (parent) REFERENCES "the parent" ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE t ADD CONSTRAINT unvalidated FOREIGN KEY (parent) REFERENCES "the parent" NOT VALID;
CREATE TABLE child (t integer REFERENCES t, t2 integer CONSTRAINT self REFERENCES t);
CREATE INDEX "an ""index""" ON t (lower("a'b%s"), n DESC NULLS LAST) INCLUDE (parent) WITH (fillfactor = 70)
 WHERE n > 5;
CREATE UNIQUE INDEX again ON t (id);
COMMENT ON INDEX "an ""index""" IS 'it''s %s';
COMMENT ON CONSTRAINT "u ""q""" ON t IS 'a comment';
COMMENT ON CONSTRAINT fk ON t IS 'another';
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'fired'; END $$;
CREATE TRIGGER "tr ""1""" BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER always AFTER INSERT ON t EXECUTE FUNCTION f();
CREATE TRIGGER off BEFORE INSERT ON t EXECUTE FUNCTION f();
CREATE TRIGGER on_replica BEFORE INSERT ON t EXECUTE FUNCTION f();
CREATE CONSTRAINT TRIGGER constrained AFTER INSERT ON t DEFERRABLE FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE t ENABLE ALWAYS TRIGGER always, DISABLE TRIGGER off, ENABLE REPLICA TRIGGER on_replica;
'''
TABLE = ("public", "t")
STATE = """
SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid), obj_description(indexrelid, 'pg_class')
  FROM pg_index WHERE indrelid::regclass::text IN ('t', 'child', '"the parent"', 'p', 'p1')
UNION ALL
SELECT 'constraint', conname, conrelid::regclass || pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint')
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 't'
UNION ALL
SELECT 'trigger', tgrelid::regclass || tgname, tgenabled::text, NULL FROM pg_trigger WHERE NOT tgisinternal
 ORDER BY 1, 2, 3
"""


@pytest.fixture
def made(ground: Ground) -> Ground:
    """Tables in the target."""
    ground.target.execute(TABLES)
    Ledger(ground.target).ensure()
    return ground


@contextmanager
def writing(ground: Ground) -> Iterator[Side]:
    """A session of ours."""
    yield ground.sides()[1]


def names(ground: Ground) -> set[str]:
    """What is on the tables now; of triggers those that fire."""
    return {name for kind, name, state, _ in ground.rows(STATE) if kind != "trigger" or state in {"O", "A"}}


def test_everything_comes_back_as_it_was(made: Ground) -> None:
    before = made.rows(STATE)
    with writing(made) as target:
        with target.transaction():
            off = take_off(target, TABLE, key=["id"], emptied=True)
        assert sorted((each.kind, each.name) for each in off) == [
            ("constraint", 'u "q"'),
            ("constraint", "x"),
            ("foreign key", "child_t_fkey"),
            ("foreign key", "fk"),
            ("foreign key", "self"),
            ("foreign key", "unvalidated"),
            ("index", 'an "index"'),
            ("trigger", "always"),
            ("trigger", "constrained"),
            ("trigger", 'tr "1"'),
        ]
        assert not names(made) & {each.name for each in off}
        made.target.execute('INSERT INTO "the parent" VALUES (1); INSERT INTO t VALUES (1, NULL, 1, 1)')
        assert put_back(target, TABLE) == ()
        assert made.rows(STATE) == before
        assert made.rows("SELECT * FROM dw_migration.taken_off") == []


def test_foreign_keys_to_a_table_stay_where_it_is_not_emptied(made: Ground) -> None:
    with writing(made) as target:
        with target.transaction():
            take_off(target, TABLE, key=["id"])
        assert {"child_t_fkey", "self", "t_pkey", "again", "t_n_check"} <= names(made)
        assert "fk" not in names(made)


def test_from_a_table_with_rows_of_others_triggers_alone_are_taken(made: Ground) -> None:
    before = made.rows(STATE)
    with writing(made) as target:
        with target.transaction():
            off = take_off(target, TABLE, triggers_alone=True)
        assert {each.kind for each in off} == {"trigger"}
        assert put_back(target, TABLE, foreign_keys=False) == ()
    assert made.rows(STATE) == before


def test_what_was_taken_off_is_noted_with_it_or_not_at_all(made: Ground) -> None:
    before = made.rows(STATE)
    with writing(made) as target:
        target.session.execute("BEGIN")
        take_off(target, TABLE, key=["id"], emptied=True)
        made.target.execute("SELECT pg_terminate_backend(%s, 5000)", (target.session.info.backend_pid,))
    assert made.rows(STATE) == before
    assert made.rows("SELECT * FROM dw_migration.taken_off") == []


def test_a_second_taking_and_a_second_putting_back_change_nothing(made: Ground) -> None:
    before = made.rows(STATE)
    with writing(made) as target:
        for _ in range(2):
            with target.transaction():
                take_off(target, TABLE, key=["id"], emptied=True)
        assert tables_apart(target, ["public", "other"]) == (TABLE,)
        assert tables_apart(target, ["other"]) == ()
        for _ in range(2):
            assert put_back(target, TABLE) == ()
    assert made.rows(STATE) == before


def test_what_somebody_made_again_by_hand_is_left_as_it_is(made: Ground) -> None:
    before = made.rows(STATE)
    with writing(made) as target:
        with target.transaction():
            off = take_off(target, TABLE, key=["id"], emptied=True)
        made.target.execute("ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING btree (n WITH =)")
        made.target.execute(next(each.definition for each in off if each.kind == "index"))
        made.target.execute("""COMMENT ON INDEX "an ""index\""" IS 'it''s %s'""")
        assert put_back(target, TABLE) == ()
    assert made.rows(STATE) == before


def test_a_table_that_was_dropped_meanwhile_is_told_and_stays_noted(made: Ground) -> None:
    with writing(made) as target:
        with target.transaction():
            take_off(target, ("public", "child"))
        made.target.execute("DROP TABLE child")
        off = put_back(target, ("public", "child"))
    assert [each.what.name for each in off] == ["child_t_fkey", "self"]


def test_rows_that_break_a_constraint_leave_it_noted_and_the_rest_comes_back(made: Ground) -> None:
    with writing(made) as target:
        with target.transaction():
            take_off(target, TABLE, key=["id"])
        made.target.execute("INSERT INTO t VALUES (1, NULL, 1, 404), (2, NULL, 1, NULL)")
        off = put_back(target, TABLE)
        assert [(each.what.kind, each.what.name) for each in off] == [("constraint", "x"), ("foreign key", "fk")]
        assert all("404" not in str(each) for each in off)
        assert "foreign key fk on public.t could not be put back: target:" in str(off[1])
        made.target.execute('DELETE FROM t WHERE id = 2; INSERT INTO "the parent" VALUES (404)')
        assert put_back(target, TABLE) == ()
    assert {"x", "fk"} <= names(made)


def test_what_others_stand_on_stays(made: Ground) -> None:
    made.target.execute("""
    CREATE VIEW v AS SELECT t.id, t.n, count(*) FROM "the parent" p JOIN t USING (id) GROUP BY t.id;
    CREATE TABLE r (a integer NOT NULL UNIQUE, b integer NOT NULL UNIQUE, c integer UNIQUE WITH (fillfactor = 50));
    ALTER TABLE r REPLICA IDENTITY USING INDEX r_a_key, CLUSTER ON r_b_key;
    CREATE TABLE refers (a integer, FOREIGN KEY (a) REFERENCES r (a), code text REFERENCES "the parent" (code));
    """)
    before = made.rows(STATE)
    with writing(made) as target, target.transaction():
        assert take_off(target, ("public", "r")) == ()
        assert [each.name for each in take_off(target, ("public", "the parent"))] == []
        assert "t_pkey" not in {each.name for each in take_off(target, TABLE)}  # the view groups by it
    assert len(made.rows(STATE)) < len(before)


def test_of_a_partitioned_table_foreign_keys_and_all_triggers_are_taken(made: Ground) -> None:
    made.target.execute("""
    CREATE TABLE p (id integer PRIMARY KEY, t integer REFERENCES t) PARTITION BY RANGE (id);
    CREATE TABLE p1 PARTITION OF p DEFAULT;
    CREATE INDEX ON p (t);
    CREATE TRIGGER inherited BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION f();
    CREATE TRIGGER own BEFORE INSERT ON p1 FOR EACH ROW EXECUTE FUNCTION f();
    """)
    before = made.rows(STATE)
    with writing(made) as target:
        with target.transaction():
            off = take_off(target, ("public", "p"), key=["id"], emptied=True)
        assert [(each.kind, *each.on, each.name) for each in off] == [
            ("foreign key", "public", "p", "p_t_fkey"),
            ("trigger", "public", "p", "inherited"),
            ("trigger", "public", "p1", "inherited"),
            ("trigger", "public", "p1", "own"),
        ]
        made.target.execute("INSERT INTO p VALUES (1, NULL)")
        assert put_back(target, ("public", "p")) == ()
    assert made.rows(STATE) == before


def test_an_index_whose_function_calls_by_bare_names_comes_back(ground: Ground) -> None:
    ground.target.execute("""
    CREATE FUNCTION inner_one(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
    CREATE FUNCTION outer_one(text) RETURNS text LANGUAGE plpgsql IMMUTABLE
        AS 'BEGIN RETURN inner_one($1); END';
    ALTER FUNCTION outer_one SET search_path = public;
    CREATE TABLE t (id integer PRIMARY KEY, v text);
    CREATE INDEX i ON t (outer_one(v));
    """)
    Ledger(ground.target).ensure()
    with writing(ground) as target:
        with target.transaction():
            take_off(target, TABLE, key=["id"])
        ground.target.execute("INSERT INTO t VALUES (1, 'x')")
        assert put_back(target, TABLE) == ()
    assert "i" in names(ground)


def test_tables_of_other_roles_are_refused_by_name(made: Ground, role: MakesRole) -> None:
    ours = role()
    made.target.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public, dw_migration TO {ours}")
    made.target.execute(f"GRANT USAGE ON SCHEMA dw_migration TO {ours}")
    made.target.execute(f"ALTER TABLE t OWNER TO {ours}")
    with psycopg.connect(made.target_url) as session:
        session.execute(f"SET ROLE {ours}")
        target = Side(session, "target")
        with pytest.raises(NotAllowed, match=r"belong to other roles: foreign key child_t_fkey on public\.child"):
            take_off(target, TABLE, key=["id"], emptied=True)
        assert take_off(target, TABLE, key=["id"])


def test_the_tables_that_foreign_keys_lead_to_are_known(made: Ground) -> None:
    with writing(made) as target:
        assert referenced(target, TABLE) == {("public", "the parent")}
        assert referenced(target, ("public", "the parent")) == frozenset()
