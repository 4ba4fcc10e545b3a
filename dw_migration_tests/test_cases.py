"""Every case lives its whole life: built, moved forward, back, forward again, and nothing is left over."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dw_migration.live.embedded import Server
from dw_migration_tests.life import RETIRED, Case, Stage, live_through

CASES = sorted((Path(__file__).parent / "cases").glob("*/*.sql"))
SAMPLE = random.Random(7).sample(CASES, min(25, len(CASES)))  # noqa: S311 - a sample, no secret


def _named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def _stage(source: Server, target: Server, folder: Path) -> Iterator[Stage]:
    stage = Stage(source, target, folder)
    with stage.opened:
        stage.set_up()
        yield stage


@pytest.fixture(scope="module")
def stage(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Source and target on the newest server."""
    yield from _stage(server, server, tmp_path_factory.mktemp("newest"))


@pytest.fixture(scope="module")
def older_stage(older_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Source and target on an older server."""
    yield from _stage(older_server, older_server, tmp_path_factory.mktemp("older"))


def _lives(stage: Stage, path: Path, *, is_newest: bool, accepts: bool = False) -> None:
    case = Case.of(path)
    version = stage.target_server.version[0]
    if version < case.needs:
        pytest.skip(f"needs PostgreSQL {case.needs}")
    outcome = live_through(stage, case)
    if accepts:
        case.accept(outcome)
    elif is_newest:  # older servers deparse a few expressions otherwise
        assert outcome.error == case.sections.get("error", "")
        assert outcome.error or outcome.plan == case.sections["plan"]
    assert accepts or (outcome.loses, outcome.keeps) == (case.remarks("loses"), case.remarks("keeps"))


@pytest.mark.parametrize("path", CASES, ids=_named)
def test_case_lives_its_whole_life(path: Path, stage: Stage, pytestconfig: pytest.Config) -> None:
    _lives(stage, path, is_newest=True, accepts=pytestconfig.getoption("accept"))


@pytest.mark.parametrize("path", SAMPLE, ids=_named)
def test_sample_lives_on_an_older_server(path: Path, older_stage: Stage) -> None:
    _lives(older_stage, path, is_newest=False)


DROPPING = [path for path in CASES if re.search(r"DROP (TABLE|COLUMN)", Case.of(path).sections.get("plan", ""))]


@pytest.mark.soak
@pytest.mark.parametrize("path", DROPPING, ids=_named)
def test_case_loses_no_more_where_drops_are_retired(path: Path, stage: Stage) -> None:
    """Whatever is dropped comes back as it was by pg_dump, with its rows, but for what cannot be retired."""
    case = Case.of(path)
    if stage.target_server.version[0] < case.needs:
        pytest.skip(f"needs PostgreSQL {case.needs}")
    outcome = live_through(stage, case, RETIRED)
    assert not outcome.error or "error" in case.sections
    assert set(outcome.loses) <= set(case.remarks("loses")), outcome.loses


@pytest.mark.soak
@pytest.mark.parametrize("path", CASES, ids=_named)
def test_case_lives_on_an_older_server(path: Path, older_stage: Stage) -> None:
    _lives(older_stage, path, is_newest=False)
