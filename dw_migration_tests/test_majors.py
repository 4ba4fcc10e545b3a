"""Sources and targets of every major version: the cases live their lives across them. `--accept` writes the table."""

import random
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from dw_migration.errors import DwMigrationError
from dw_migration.live.embedded import Server
from dw_migration_tests.conftest import running
from dw_migration_tests.life import Case, Stage, live_through
from dw_migration_tests.majors import MAJORS, fetched, installed
from dw_migration_tests.test_cases import CASES

pytestmark = pytest.mark.soak
TABLE = Path(__file__).parents[1] / "docs" / "versions.md"
HEAD = """\
# Which versions of PostgreSQL go together

Sources and targets of PostgreSQL {oldest} to {newest}, on {date}: of how many cases each
pair went the whole way: built, changed, back down, up again, nothing left to do. A case that needs what one of the two
lacks is not among them. `make soak` runs this with a sample of the cases, with all of them
`make soak ARGS="-k majors --cases 1000"`; `--accept` writes this page.

| source | {columns} |
| --- |{rule}
"""


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[int, Server | str]]:
    """Of each major version a server, or why there is none."""
    found: dict[int, Server | str] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dw-majors-")))
        folder.chmod(0o755)
        here = installed()
        for major in MAJORS:
            try:
                found[major] = stack.enter_context(running(here[major] if major in here else fetched(major, folder)))
            except (OSError, subprocess.SubprocessError) as fault:
                found[major] = f"no PostgreSQL {major}: {fault}"
        yield found


@pytest.fixture(scope="module")
def passed(pytestconfig: pytest.Config) -> Iterator[dict[tuple[int, int], str]]:
    """What came of each pair; told at the end."""
    results: dict[tuple[int, int], str] = {}
    yield results
    table = as_table(results)
    print(f"\n{table}")  # noqa: T201 - the table is what this run is for
    if pytestconfig.getoption("accept"):
        TABLE.write_text(table)


def as_table(results: dict[tuple[int, int], str]) -> str:
    """The page, as far as pairs were run."""
    columns = " | ".join(f"target {target}" for target in MAJORS)
    head = HEAD.format(
        oldest=MAJORS[0],
        newest=MAJORS[-1],
        date=datetime.now(UTC).date(),
        columns=columns,
        rule=" --- |" * len(MAJORS),
    )
    lines = [
        f"| {source} | " + " | ".join(results.get((source, target), "not run") for target in MAJORS) + " |"
        for source in MAJORS
    ]
    return head + "\n".join(lines) + "\n"


@pytest.mark.parametrize("target", MAJORS)
@pytest.mark.parametrize("source", MAJORS)
def test_cases_live_across_major_versions(  # noqa: PLR0917 - fixtures
    source: int,
    target: int,
    servers: dict[int, Server | str],
    passed: dict[tuple[int, int], str],
    tmp_path: Path,
    pytestconfig: pytest.Config,
) -> None:
    for server in (servers[source], servers[target]):
        if isinstance(server, str):
            pytest.skip(server)
    cases = [case for case in map(Case.of, CASES) if case.needs <= min(source, target)]
    chosen = random.Random(source * 100 + target)  # noqa: S311 - a sample, no secret
    sample = chosen.sample(cases, min(pytestconfig.getoption("cases"), len(cases)))
    failed = []
    stage = Stage(servers[source], servers[target], tmp_path)  # type: ignore[arg-type] - those that are text are skipped
    with stage.opened:
        stage.set_up()
        for case in sample:
            try:
                live_through(stage, case)
            except (AssertionError, DwMigrationError, psycopg.Error) as fault:
                failed.append(f"{case.path.parent.name}/{case.path.stem}: {type(fault).__name__}: {fault}")
    passed[source, target] = f"{len(sample) - len(failed)} of {len(sample)}"
    assert not failed, "\n".join(failed)
