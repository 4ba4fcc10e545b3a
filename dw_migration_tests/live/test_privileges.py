"""What is dropped and made again has its owner and its grants afterwards, on the way up and on the way down."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration.errors import NotAllowed
from dw_migration.live import batches
from dw_migration.live.embedded import Server
from dw_migration_tests.conftest import MakesDatabase, MakesRole
from dw_migration_tests.life import Stage
from dw_migration_tests.live.warehouse import FIRST, Warehouse, batch
from dw_migration_tests.live.warehouse import SCHEMA as SHOP

Connect = Callable[[str], psycopg.Connection[Any]]
SCHEMA = "dw__app__public"


@pytest.fixture(scope="module")
def newest_stage(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One pair of databases on the newest server."""
    stage = Stage(server, server, tmp_path_factory.mktemp("newest"))
    with stage.opened:
        stage.set_up()
        yield stage


@pytest.fixture(scope="module")
def older_stage(older_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One pair of databases on an older server."""
    stage = Stage(older_server, older_server, tmp_path_factory.mktemp("older"))
    with stage.opened:
        stage.set_up()
        yield stage


@pytest.fixture(params=["newest", "older"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """The pair, empty; emptied before its roles are dropped."""
    chosen: Stage = request.getfixturevalue(f"{request.param}_stage")
    chosen.reset()
    chosen.shape()
    yield chosen
    chosen.reset()


@pytest.fixture
def reader(stage: Stage) -> Iterator[str]:
    """A role of the warehouse that outlives the objects of the stage."""
    name = "stage_reader"
    stage.target.execute(f"CREATE ROLE {name}".encode())
    yield name
    stage.reset()
    stage.target.execute(f"DROP ROLE {name}".encode())


STANDING = """
    SELECT o.sort, o.name, pg_get_userbyid(o.owner), o.acl
    FROM (
        SELECT 'relation' AS sort, relname::text AS name, relowner AS owner, relnamespace AS namespace,
               coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)) AS acl
        FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
        UNION ALL
        SELECT 'column', c.relname || '.' || a.attname, relowner, relnamespace, attacl
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE attacl IS NOT NULL
          AND NOT attisdropped
        UNION ALL
        SELECT 'routine', proname, proowner, pronamespace, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc
        UNION ALL
        SELECT 'type', typname, typowner, typnamespace, coalesce(typacl, acldefault('T', typowner))
        FROM pg_type WHERE typtype IN ('e', 'd')
    ) o
    WHERE o.namespace = %s::regnamespace
"""


def standing(stage: Stage) -> dict[tuple[str, str], tuple[str, list[str]]]:
    """By sort and name: the owner, and who may do what, whoever granted it."""
    rows = stage.target.execute(STANDING, [SCHEMA]).fetchall()
    told = (
        (
            (sort, name),
            owner,
            stage.target.execute(
                "SELECT coalesce(array_agg(grantee::regrole || ':' || privilege_type || ':' || is_grantable"
                " ORDER BY 1), '{}') FROM aclexplode(%s::aclitem[])",
                [acl],
            ).fetchone(),
        )
        for sort, name, owner, acl in rows
    )
    return {key: (owner, row[0]) for key, owner, row in told if row}


def hand(stage: Stage, text: str) -> None:
    """What somebody does in the target by hand."""
    stage.target.execute(f"SET search_path TO {SCHEMA}".encode())
    stage.target.execute(text.encode())
    stage.target.execute("SET search_path TO ''")


BEFORE = """
    CREATE TYPE state AS ENUM ('new', 'old', 'lost');
    CREATE TABLE t (id serial PRIMARY KEY, n int, s state, double int GENERATED ALWAYS AS (n * 2) STORED);
    CREATE VIEW v AS SELECT id, n, s FROM t;
    CREATE VIEW on_v AS SELECT n FROM v;
    CREATE MATERIALIZED VIEW m AS SELECT n, s FROM t;
    CREATE FUNCTION f(state) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION g(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION h(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
"""
AFTER = """
    DROP VIEW on_v, v; DROP MATERIALIZED VIEW m; DROP FUNCTION f(state);
    ALTER TYPE state RENAME TO gone;
    CREATE TYPE state AS ENUM ('new', 'old');
    ALTER TABLE t ALTER s TYPE state USING s::text::state;
    DROP TYPE gone;
    ALTER TABLE t DROP double;
    ALTER TABLE t ALTER n TYPE bigint;
    ALTER TABLE t ADD double int GENERATED ALWAYS AS (n * 3) STORED;
    CREATE VIEW v AS SELECT id, n, s FROM t;
    CREATE VIEW on_v AS SELECT n FROM v;
    CREATE MATERIALIZED VIEW m AS SELECT n, s FROM t;
    CREATE FUNCTION f(state) RETURNS int LANGUAGE sql AS 'SELECT 1';
    DROP FUNCTION g(int);
    CREATE FUNCTION g(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';
    DROP FUNCTION h(int);
    CREATE FUNCTION h(int) RETURNS text LANGUAGE sql AS 'SELECT 1';
"""
GRANTED = """
    GRANT SELECT ON v, on_v, m TO {0};
    GRANT UPDATE (n) ON v TO {0} WITH GRANT OPTION;
    REVOKE DELETE ON v FROM CURRENT_USER;
    GRANT SELECT (double) ON t TO {0};
    GRANT INSERT ON on_v TO PUBLIC;
    REVOKE EXECUTE ON FUNCTION f(state), g(int), h(int) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION f(state), g(int) TO {0};
    REVOKE USAGE ON TYPE state FROM PUBLIC;
    GRANT USAGE ON TYPE state TO {0};
    GRANT USAGE ON SCHEMA {1} TO {0};
    GRANT SELECT ON t TO {0};
    ALTER VIEW on_v OWNER TO {0};
    ALTER FUNCTION h(int) OWNER TO {0};
"""


def test_there_and_back_everything_has_its_owner_and_its_grants(stage: Stage, reader: str) -> None:
    stage.run_app(BEFORE)
    stage.forward()
    hand(stage, GRANTED.format(reader, SCHEMA))
    before = standing(stage)
    stage.run_app(AFTER)
    step = stage.forward()
    texts = [text for batch in step.plan.up for text in batch.statements]
    assert not [text for text in texts if text.startswith(("GRANT", "REVOKE"))]
    assert [text for text in texts if text.startswith("DROP VIEW")]
    assert standing(stage) == before
    stage.run(step.plan.down)
    assert standing(stage) == before


def test_grants_that_changed_since_the_plan_are_those_that_are_given_back(stage: Stage, reader: str) -> None:
    stage.run_app("CREATE TABLE t (n int); CREATE VIEW v AS SELECT n FROM t")
    stage.forward()
    stage.run_app("DROP VIEW v; ALTER TABLE t ALTER n TYPE bigint; CREATE VIEW v AS SELECT n FROM t")
    step = stage.look()
    hand(stage, f"GRANT SELECT ON v TO {reader}")
    granted = standing(stage)
    stage.run(step.plan.up)
    assert standing(stage) == granted
    hand(stage, f"REVOKE SELECT ON v FROM {reader}; GRANT INSERT ON v TO {reader}")
    granted = standing(stage)
    stage.run(step.plan.down)
    assert standing(stage) == granted


def test_default_privileges_add_nothing_to_what_is_given_back(stage: Stage, reader: str) -> None:
    stage.run_app("CREATE TABLE t (n int); CREATE VIEW v AS SELECT n FROM t")
    stage.forward()
    before = standing(stage)
    hand(stage, f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT SELECT ON TABLES TO {reader}")
    stage.run_app(
        "DROP VIEW v; ALTER TABLE t ALTER n TYPE bigint; CREATE VIEW v AS SELECT n FROM t; CREATE TABLE u (n int)"
    )
    stage.forward()
    found = standing(stage)
    assert f"{reader}:SELECT:false" in found.pop(("relation", "u"))[1]
    assert found == before


def test_a_view_that_is_renamed_and_made_again_keeps_its_grants(stage: Stage, reader: str) -> None:
    """On the way down it is dropped and created under its new name, and renamed at the end."""
    stage.run_app("CREATE TABLE t (n int); CREATE VIEW v AS SELECT n FROM t")
    stage.forward()
    hand(stage, f"GRANT SELECT ON v TO {reader}")
    before = standing(stage)
    stage.run_app("ALTER VIEW v RENAME TO w; CREATE OR REPLACE VIEW w AS SELECT n, 1 AS more FROM t")
    step = stage.forward()
    assert [text.partition(" AS")[0] for text in step.plan.down[0].statements] == [
        f"DROP VIEW {SCHEMA}.w",
        f"CREATE VIEW {SCHEMA}.w (n)",
        f"ALTER VIEW {SCHEMA}.w RENAME TO v",
    ]
    stage.run(step.plan.down)
    assert standing(stage) == before


# --- over several batches ---------------------------------------------------------------------------------------------

VIEW = f"CREATE VIEW {SHOP}.v AS SELECT id FROM {SHOP}.users"
WITH_VIEW = ([*FIRST[0], batch(VIEW)], FIRST[1])


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def warehouse(database: MakesDatabase, connect: Connect, tmp_path: Path) -> Warehouse:
    """A target with a ledger."""
    url = database()
    made = Warehouse(url, connect(url), connect(database()), tmp_path)
    made.set_up()
    return made


@pytest.mark.parametrize("step", range(7))
def test_what_is_made_again_by_a_later_batch_is_given_back_there(
    warehouse: Warehouse, role: MakesRole, connect: Connect, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Also where the run is killed between the two, and another one goes on."""
    name = role()
    warehouse.plan(*WITH_VIEW)
    warehouse.apply()
    warehouse.connection.execute(f"GRANT SELECT ON {SHOP}.v TO {name} WITH GRANT OPTION".encode())
    apart = (f"DROP VIEW {SHOP}.v", f"ALTER TABLE {SHOP}.users ALTER id TYPE numeric", VIEW)
    warehouse.plan(list(map(batch, apart)), [])
    left = step

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(connection: psycopg.Connection[Any], *arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                connection.close()
                raise Killed
            return real(connection, *arguments, **options)

        return call

    with monkeypatch.context() as patch:
        for each in ("_mark", "execute"):
            patch.setattr(batches, each, dying(getattr(batches, each)))
        try:
            warehouse.apply()
        except Killed:
            warehouse.connection = connect(warehouse.url)
    warehouse.apply()
    row = warehouse.connection.execute(
        "SELECT has_table_privilege(%s, %s, 'SELECT WITH GRANT OPTION')", [name, f"{SHOP}.v"]
    ).fetchone()
    assert row == (True,)


def test_an_owner_that_cannot_be_given_back_is_told_and_nothing_is_lost(
    database: MakesDatabase, server: Server, role: MakesRole, connect: Connect, tmp_path: Path
) -> None:
    """The owner of a schema may drop what others own there, but not hand it over to them."""
    dw, analyst, url = role(), role(), database("handed_over")
    with connect(url) as admin:
        admin.execute(f"GRANT CREATE ON DATABASE handed_over TO {dw}".encode())
        mine = str(server.url("handed_over", user=dw))
        warehouse = Warehouse(mine, connect(mine), connect(database()), tmp_path)
        warehouse.set_up()
        warehouse.plan(*WITH_VIEW)
        warehouse.apply()
        admin.execute(f"ALTER VIEW {SHOP}.v OWNER TO {analyst}".encode())
        warehouse.plan([batch(f"DROP VIEW {SHOP}.v", VIEW)], [])
        with pytest.raises(NotAllowed, match=f"ALTER TABLE {SHOP}.v OWNER TO {analyst}: must be .* make {dw} a member"):
            warehouse.apply()
        row = admin.execute("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'v'").fetchone()
        assert row == (analyst,)
