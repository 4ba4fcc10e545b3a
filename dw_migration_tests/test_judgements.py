"""Every judgement is right: each change is tried on rows that break it, and on rows that do not."""

import inspect
import random
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dw_migration.live.embedded import Server, found_binaries, newest
from dw_migration.live.probes import probed
from dw_migration.rule import Severity
from dw_migration.rules import RULES
from dw_migration.rules.alters import FIELDS
from dw_migration_tests.conftest import running
from dw_migration_tests.judgement import Said, moved, on_target, tried
from dw_migration_tests.life import Case, Stage
from dw_migration_tests.outside import crash

HERE = Path(__file__).parent
FILES = sorted((HERE / "judgements").glob("*/*.sql"))
CASES = [path for path in sorted((HERE / "cases").glob("*/*.sql")) if "plan" in Case.of(path).sections]


def _named(path: Path) -> str:
    return str(path.relative_to(HERE).with_suffix(""))


def _stage(server: Server, folder: Path) -> Iterator[Stage]:
    stage = Stage(server, server, folder)
    with stage.opened:
        stage.set_up()
        yield stage


@pytest.fixture(scope="module")
def stage(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Source and target on the newest server."""
    yield from _stage(server, tmp_path_factory.mktemp("newest"))


@pytest.fixture(scope="module")
def older_stage(older_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Source and target on an older server."""
    yield from _stage(older_server, tmp_path_factory.mktemp("older"))


# --- Every rule that calls a change breaking --------------------------------------------------------------------------

ELSEWHERE = {
    "becomes_unlogged": "a crash of the server shows it: below",
    "keeps_rows_by_name": "the source's rows show it: below",
    "may_be_renamed": "a source that was built anew shows it: migrate/test_renamed.py",
}


def test_each_rule_that_calls_a_change_breaking_is_tried() -> None:
    saying = {rule.__name__ for rule in RULES if "Severity.BREAKING" in inspect.getsource(inspect.getmodule(rule))}  # type: ignore[arg-type]
    assert {path.parent.name for path in FILES} | ELSEWHERE.keys() == saying


@pytest.mark.parametrize("path", FILES, ids=_named)
def test_what_is_called_breaking_breaks_and_what_is_not_does_not(path: Path, request: pytest.FixtureRequest) -> None:
    case = Case.of(path)
    stage: Stage = request.getfixturevalue("older_stage" if case.has("on the older server") else "stage")
    if stage.target_server.version[0] < case.needs:
        pytest.skip(f"needs PostgreSQL {case.needs}")
    said = Said.by(case)

    found = tried(stage, case, "rows that break it")
    assert (found.severity, found.counted, found.harm) == (Severity.BREAKING, said.counts, said.harm)
    assert any(said.harm)
    assert found.changed >= TRIED.get(_named(path), frozenset())

    if "rows that do not" in case.sections:
        found = tried(stage, case, "rows that do not")
        assert (str(found.severity), found.harm) == (said.harmless, ("", said.differs, ""))


def test_a_crash_empties_what_became_unlogged(tmp_path: Path) -> None:
    with running(newest(found_binaries())) as server:
        for stage in _stage(server, tmp_path):
            stage.reset()
            stage.run_app("CREATE TABLE t (a int)")
            stage.forward()
            on_target(stage, "INSERT INTO t VALUES (1)")
            stage.run_app("ALTER TABLE t SET UNLOGGED")
            step = stage.look()
            (judged,) = probed(stage.target, step.plan).changes
            assert [(each.rule, each.severity) for each in judged.findings] == [("becomes_unlogged", Severity.BREAKING)]
            stage.run(step.plan.up)
            count = "SELECT count(*) FROM dw__app__public.t"
            assert stage.target.execute(count.encode()).fetchall() == [(1,)]
        crash(server)
        server.start()
        with psycopg.connect(server.url("warehouse")) as target:
            assert target.execute(count.encode()).fetchall() == [(0,)]


def test_rows_that_stay_with_a_name_are_another_tables(stage: Stage) -> None:
    stage.reset()
    stage.shape()
    stage.run_app("CREATE TABLE t (a int); CREATE TABLE u (a int); INSERT INTO t VALUES (1); INSERT INTO u VALUES (2)")
    stage.forward()
    stage.copy_rows()
    stage.run_app("ALTER TABLE t RENAME TO x; ALTER TABLE u RENAME TO t; ALTER TABLE x RENAME TO u")
    step = stage.look()
    plan = probed(stage.target, step.plan)
    assert {"keeps_rows_by_name"} == {
        each.rule for judged in plan.changes for each in judged.findings if each.severity is Severity.BREAKING
    }
    stage.run(step.plan.up)
    stage.settle_down(step.desired)
    here, there = stage.rows(), stage.rows_of_source(step.desired)
    assert here == {"dw__app__public.t": [{"a": 1}], "dw__app__public.u": [{"a": 2}]}
    assert there == {"dw__app__public.t": [{"a": 2}], "dw__app__public.u": [{"a": 1}]}


# --- Every attribute --------------------------------------------------------------------------------------------------

_IN_ITS_ADDRESS = "part of its address: what has another is another object, which is dropped and made"
_WITH_ITS_RELATION = "what it is on is dropped, and something of another kind made under its name: that is judged there"
_BY_EXTENSIONS = "another one is written in C, and an extension's: nothing of it is carried over but the extension"
NOT_TRIED = {
    ("aggregate", "sort"): "PostgreSQL makes no plain aggregate of what an ordered set's takes, nor the other way",
    ("cast", "source"): _IN_ITS_ADDRESS,
    ("cast", "target"): _IN_ITS_ADDRESS,
    ("clustering", "of"): _WITH_ITS_RELATION,
    ("collation", "rules"): "rules of ICU, from PostgreSQL 16 on: they change the order, which `locale` shows",
    ("comment", "of"): _IN_ITS_ADDRESS,
    ("constraint", "on_domain"): _WITH_ITS_RELATION,
    ("default privileges", "objects"): _IN_ITS_ADDRESS,
    ("default privileges", "role"): _IN_ITS_ADDRESS,
    ("grant", "types"): _IN_ITS_ADDRESS,
    ("grant", "usual"): _IN_ITS_ADDRESS,
    ("index", "of"): _WITH_ITS_RELATION,
    ("materialized view", "access_method"): _BY_EXTENSIONS,
    ("operator", "left"): _IN_ITS_ADDRESS,
    ("operator", "right"): _IN_ITS_ADDRESS,
    ("ownership", "table_schema"): "PostgreSQL lets a sequence belong to a table of its own schema alone",
    ("range type", "canonical"): _BY_EXTENSIONS,
    ("range type", "canonical_schema"): _BY_EXTENSIONS,
    ("rule", "of"): _WITH_ITS_RELATION,
    ("statistics", "of"): _WITH_ITS_RELATION,
    ("table", "access_method"): _BY_EXTENSIONS,
    ("text search configuration", "parser"): _BY_EXTENSIONS,
    ("text search configuration", "parser_schema"): _BY_EXTENSIONS,
    ("text search dictionary", "template_schema"): _BY_EXTENSIONS,
    ("trigger", "of"): _WITH_ITS_RELATION,
}
"""Attributes whose change no row can matter to, or that none can make here, and why."""


def _attributes() -> Iterator[tuple[str, tuple[str, str]]]:
    """The file that changes it, and kind and attribute."""
    for line in (HERE / "judgements" / "attributes.txt").read_text(encoding="utf-8").splitlines():
        kind, attribute, path = line.split("\t")
        yield path, (kind, attribute)


TRIED: dict[str, set[tuple[str, str]]] = {}
"""By file, the attributes of which it is the one that changes them, with rows."""
for _path, _attribute in _attributes():
    TRIED.setdefault(_path, set()).add(_attribute)


def test_every_attribute_is_tried_with_rows() -> None:
    every = {(kind, name) for kind, those in FIELDS.items() for name in those}
    listed = [each for those in TRIED.values() for each in those]
    assert len(listed) == len(set(listed))
    assert (set(listed) | NOT_TRIED.keys(), set(listed) & NOT_TRIED.keys()) == (every, set())
    assert len(listed) >= 95
    assert TRIED.keys() <= {_named(path) for path in (*FILES, *CASES)}


def _keeps_its_word(stage: Stage, path: Path) -> frozenset[tuple[str, str]]:
    """What changes in the case, with rows in its tables: what is not called breaking goes through, and loses none."""
    case = Case.of(path)
    if stage.target_server.version[0] < case.needs:
        pytest.skip(f"needs PostgreSQL {case.needs}")
    found = moved(stage, case, random.Random(_named(path)))  # noqa: S311 - repeatable
    assert found.severity is Severity.BREAKING or (found.refused, found.lost) == ("", ())
    return found.changed


@pytest.mark.parametrize("path", [path for path in CASES if _named(path) in TRIED], ids=_named)
def test_an_attribute_that_changes_harms_no_rows_unless_it_is_called_breaking(path: Path, stage: Stage) -> None:
    assert _keeps_its_word(stage, path) >= TRIED[_named(path)]


SAMPLE = random.Random(82).sample(CASES, 40)  # noqa: S311 - a sample, no secret


@pytest.mark.parametrize("path", SAMPLE, ids=_named)
def test_a_change_harms_no_rows_unless_it_is_called_breaking(path: Path, stage: Stage) -> None:
    _keeps_its_word(stage, path)


@pytest.mark.soak
@pytest.mark.parametrize("version", ["newest", "older"])
@pytest.mark.parametrize("path", CASES, ids=_named)
def test_no_change_harms_rows_unless_it_is_called_breaking(
    path: Path, version: str, request: pytest.FixtureRequest
) -> None:
    _keeps_its_word(request.getfixturevalue("stage" if version == "newest" else "older_stage"), path)
