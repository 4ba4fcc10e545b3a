"""Grants are carried over where the target has the role; what stands in the way is told once, with what to do."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from dw_migration.catalog import Catalog
from dw_migration.kinds.default_privileges import DefaultPrivileges
from dw_migration.kinds.schema import Schema
from dw_migration.live.embedded import Server
from dw_migration.live.grantees import grantable
from dw_migration_tests.conftest import MakesDatabase, MakesRole
from dw_migration_tests.life import Stage, plan_text

Connect = Callable[[str], psycopg.Connection[Any]]
SCHEMA = "dw__app__public"


@pytest.fixture
def stage(server: Server, older_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A source on the newest server, whose roles an older one does not have."""
    made = Stage(server, older_server, tmp_path_factory.mktemp("roles"))
    with made.opened:
        made.set_up()
        made.shape(grants="keep")
        made.reset()
        yield made
        made.reset()


def test_a_role_that_the_target_lacks_is_told_once_and_all_else_goes_on(stage: Stage) -> None:
    stage.run_app(
        """
        CREATE ROLE case_here; CREATE ROLE "case_Not there";
        CREATE TABLE t (id int); CREATE TABLE u (id int);
        GRANT SELECT ON t, u TO case_here, "case_Not there";
        ALTER DEFAULT PRIVILEGES FOR ROLE "case_Not there" IN SCHEMA public GRANT SELECT ON TABLES TO case_here;
        """
    )
    stage.target.execute("CREATE ROLE case_here")
    step = stage.forward()
    assert [(each.kind, each.address, each.reason) for each in step.desired.catalog.left_out] == [
        (
            "role",
            "case_Not there",
            'the target has no role case_Not there: CREATE ROLE "case_Not there" there, then dw-migration plan',
        )
    ]
    assert {text for text in plan_text(step.plan).split("\n") if text.startswith(("GRANT", "ALTER"))} == {
        f"GRANT SELECT ON TABLE {SCHEMA}.t TO case_here;",
        f"GRANT SELECT ON TABLE {SCHEMA}.u TO case_here;",
    }
    stage.target.execute('CREATE ROLE "case_Not there"')
    text = plan_text(stage.forward().plan)
    assert [line for line in text.split("\n") if not line.startswith("-- finding")] == [
        f'GRANT SELECT ON TABLE {SCHEMA}.t TO "case_Not there";',
        f'GRANT SELECT ON TABLE {SCHEMA}.u TO "case_Not there";',
        f'ALTER DEFAULT PRIVILEGES FOR ROLE "case_Not there" IN SCHEMA {SCHEMA} GRANT SELECT ON TABLES TO case_here;',
    ]


def test_a_privilege_that_the_target_does_not_know_is_told(stage: Stage) -> None:
    stage.run_app("CREATE TABLE t (id int); GRANT MAINTAIN ON t TO PUBLIC; GRANT MAINTAIN, SELECT ON t TO pg_monitor")
    step = stage.forward()
    assert [(each.kind, each.address, each.reason) for each in step.desired.catalog.left_out] == [
        (
            "privilege",
            "MAINTAIN",
            "PostgreSQL 17 brought it, and the target is older: 2 grants go without",
        )
    ]
    assert plan_text(step.plan).endswith(f"GRANT SELECT ON TABLE {SCHEMA}.t TO pg_monitor;")


def test_grants_of_a_source_stay_behind_by_themselves(stage: Stage) -> None:
    stage.shape()
    stage.run_app("CREATE TABLE t (id int); GRANT SELECT ON t TO PUBLIC; CREATE ROLE case_one")
    stage.run_app("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO case_one")
    step = stage.forward()
    assert "GRANT" not in plan_text(step.plan)
    assert (step.desired.catalog.left_out, dict(step.desired.catalog.counted)) == ((), {})


def test_default_privileges_of_a_role_that_is_not_ours_are_told(
    server: Server, database: MakesDatabase, role: MakesRole, connect: Connect
) -> None:
    dw, maker = role(), role()
    database("of_a_role")
    target = connect(str(server.url("of_a_role", user=dw)))
    objects = (Schema("s"), DefaultPrivileges("s", maker, "r", "pg_monitor", ("SELECT",), ()))
    catalog = Catalog({each.address: each for each in objects})
    found = grantable(target, catalog)
    assert [address.kind for address in found.objects] == ["schema"]
    assert [(each.address, each.reason) for each in found.left_out] == [
        (
            maker,
            f"default privileges of {maker} are not {dw}'s to alter: GRANT {maker} TO {dw} in the target, then "
            "dw-migration plan",
        )
    ]
    with connect(server.url()) as admin:
        admin.execute(f"GRANT {maker} TO {dw}".encode())
    assert grantable(target, catalog) == catalog
