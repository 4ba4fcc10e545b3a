"""What a plan says of locks and rewrites is what PostgreSQL does."""

import re
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration.effects import Mode, Place, effect_of, keeps_its_file
from dw_migration.fills import filling_of
from dw_migration.live.embedded import Server
from dw_migration.sql import names
from dw_migration_tests.life import Case, Stage
from dw_migration_tests.test_cases import CASES

_STRENGTH = {mode.value: at for at, mode in enumerate(Mode)}


@pytest.fixture(scope="module", params=["newest", "older"])
def stage(
    request: pytest.FixtureRequest, server: Server, older_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """Source and target on the newest server, and on an older one."""
    which = server if request.param == "newest" else older_server
    made = Stage(which, which, tmp_path_factory.mktemp(request.param))
    with made.opened:
        made.set_up()
        yield made


_ABOUT_TABLES = re.compile(
    r"UPDATE|(ALTER|CREATE|DROP|COMMENT ON|REFRESH) (OR REPLACE |UNIQUE |CONSTRAINT |UNLOGGED )*"
    r"(TABLE|INDEX|DOMAIN|MATERIALIZED|TRIGGER|RULE|POLICY|STATISTICS|COLUMN|SEQUENCE|VIEW)"
)


def _forms(path: Path) -> set[str]:
    """The words in capitals that the statements of a case's plan begin with: what is to be measured at least once."""
    plan = Case.of(path).sections.get("plan", "")
    found = set()
    for line in plan.splitlines():
        words = [word for word in re.sub(r"'[^']*'|\([^()]*\)", "", line).rstrip(";").split() if word.isupper()]
        if _ABOUT_TABLES.match(line):
            found.add(" ".join(words[:6]))
    return found


def _covering() -> list[Path]:
    """Few cases that have all forms."""
    forms = {path: _forms(path) for path in CASES}
    left, chosen = set().union(*forms.values()), []
    while left:
        best = max(sorted(forms), key=lambda path: len(forms[path] & left))
        chosen.append(best)
        left -= forms[best]
    return chosen


_HELD = """
select l.relation::int8, l.mode from pg_catalog.pg_locks l
where l.pid = pg_catalog.pg_backend_pid() and l.locktype = 'relation' and l.relation::int8 = any(%s)
"""
_THERE = """
select c.oid::int8, n.nspname::text, c.relname::text, c.relfilenode::int8
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm') and n.nspname like 'dw\\_\\_%'
"""
_BELOW = """
with recursive tree as (
    select inhparent as top, inhrelid as oid from pg_catalog.pg_inherits
    union select t.top, i.inhrelid from tree t join pg_catalog.pg_inherits i on i.inhparent = t.oid
)
select top::int8, oid::int8 from tree
"""


def _mode(name: str) -> str:
    """`AccessExclusiveLock` is ACCESS EXCLUSIVE."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Lock")).upper()


def _measured(stage: Stage, text: str) -> tuple[dict[Place, str], bool, dict[Place, set[Place]]]:
    """The strongest lock on each table that was there, whether one has another file, and what is below each table."""
    target: Any = stage.target
    there = {row[0]: (Place(row[1], row[2]), row[3]) for row in target.execute(_THERE).fetchall()}
    below: dict[Place, set[Place]] = {place: set() for place, _ in there.values()}
    for top, oid in target.execute(_BELOW).fetchall():
        if top in there and oid in there:
            below[there[top][0]].add(there[oid][0])
    with target.transaction():
        path = f"pg_catalog, {names(sorted(stage.schemas()))}, pg_temp" if stage.schemas() else "pg_catalog"
        target.execute("SELECT set_config('search_path', %s, true)", [path])
        target.execute("SET LOCAL check_function_bodies = off")
        target.execute("SET LOCAL timezone = 'UTC'")
        target.execute(text.encode(), binary=True)
        held: dict[Place, str] = {}
        for oid, mode in target.execute(_HELD, [list(there)]).fetchall():
            place, told = there[oid][0], _mode(mode)
            if _STRENGTH.get(told, -1) > _STRENGTH.get(held.get(place, ""), -1):
                held[place] = told
        after = {row[0]: row[3] for row in target.execute(_THERE).fetchall()}
    rewritten = any(oid in after and after[oid] != file for oid, (_, file) in there.items())
    return held, rewritten, below


def _check(stage: Stage, path: Path) -> None:
    case = Case.of(path)
    if stage.target_server.version[0] < case.needs or "error" in case.sections:
        pytest.skip(f"needs PostgreSQL {case.needs}, or has no plan")
    stage.reset()
    stage.shape(
        partitions="flatten" if case.has("flattened") else "keep", grants="keep" if case.has("grants kept") else "skip"
    )
    stage.online, stage.fills = case.has("online"), ()
    stage.run_app(case.sections["before"])
    stage.forward()
    if "rows" in case.sections:
        stage.run_app(case.sections["rows"])
        stage.copy_rows()
    stage.target.execute(case.sections.get("target", "").encode())
    stage.run_app(case.sections["after"])
    stage.fills = tuple(case.sections.get("fill", "").splitlines())
    step = stage.look()
    before, after = stage.given(), step.desired.catalog
    wrong = []
    for each in step.difference.changes:
        for statement in each.statements:
            effect = effect_of(statement.text, each, before, after)
            if not statement.transactional and not filling_of(statement.text):
                stage.target.execute(statement.text.encode())
                assert {mode for _, mode in effect.locks} == {Mode.SUE}
                continue
            held, rewritten, below = _measured(stage, statement.text)
            if not filling_of(statement.text):  # of others it is not told: readers and writers do not wait for it
                held = {place: mode for place, mode in held.items() if mode != Mode.RE}
            declared: dict[Place, str] = {}
            for place, mode in effect.locks:
                if place not in below:
                    continue  # a view, or what the statement makes
                declared[place] = max(declared.get(place, ""), mode.value, key=lambda one: _STRENGTH.get(one, -1))
            allowed = set().union(*(below[place] for place in declared))
            surplus = {place: mode for place, mode in held.items() if declared.get(place) != mode}
            surplus = {place: mode for place, mode in surplus.items() if place not in allowed or place in declared}
            missing = {place: mode for place, mode in declared.items() if place not in held}
            if surplus or missing or rewritten != effect.rewrites:
                wrong.append((statement.text, surplus, missing, f"rewritten: {rewritten}"))
    assert wrong == []


@pytest.mark.parametrize("path", _covering(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_each_form_locks_and_rewrites_as_told(path: Path, stage: Stage) -> None:
    _check(stage, path)


@pytest.mark.soak
@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_each_case_locks_and_rewrites_as_told(path: Path, stage: Stage) -> None:
    _check(stage, path)


TYPES = (
    *("character varying(5)", "character varying(9)", "character varying", "text", "character(5)", "character(9)"),
    *("numeric(6,2)", "numeric(9,2)", "numeric(9,3)", "numeric", "smallint", "integer", "bigint", "oid"),
    *("timestamp(3) without time zone", "timestamp without time zone", "timestamp with time zone"),
    *("timestamp(3) with time zone", "timestamp(6) without time zone", "interval(3)", "interval", "interval(6)"),
    *("time(3) without time zone", "time without time zone", "time with time zone", "date"),
    *("bit(5)", "bit varying(5)", "bit varying(9)", "bit varying", "cidr", "inet", "json", "jsonb", "xml"),
    *("character varying(5)[]", "character varying(9)[]", "integer[]"),
)


def test_a_type_keeps_its_file_as_told(stage: Stage) -> None:
    """Every conversion that PostgreSQL makes by itself, in our sessions' time zone."""
    target: Any = stage.target
    target.execute("SET timezone TO 'UTC'")
    file, wrong = "SELECT pg_relation_filenode('public.of_types')", []
    for old, new in permutations(TYPES, 2):
        with target.transaction(force_rollback=True):
            target.execute(f"CREATE TABLE public.of_types (a {old})")
            (before,) = target.execute(file).fetchone()
            try:
                with target.transaction():
                    target.execute(f"ALTER TABLE public.of_types ALTER a TYPE {new}")
            except psycopg.errors.DatatypeMismatch:
                continue  # only by USING
            (after,) = target.execute(file).fetchone()
            if (before == after) != keeps_its_file(old, new):
                wrong.append(f"{old} to {new} keeps it: {before == after}")
    assert wrong == []
