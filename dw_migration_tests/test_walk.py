"""Whatever an application does is carried over, and back: schemas and changes at random, of every kind."""

import random
import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from dw_migration.kinds import KINDS
from dw_migration.live.embedded import Server
from dw_migration_tests.life import Stage
from dw_migration_tests.walk import FAILURES, RULES, WORDS, Slots, as_case, led, reduced, wandered

QUIET = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)
PHASES = (Phase.explicit, Phase.generate)  # a smaller number is no simpler walk: `reduced` finds that


@pytest.fixture(scope="module")
def stage(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One pair of databases for all of these tests."""
    stage = Stage(server, server, tmp_path_factory.mktemp("walk"))
    with stage.opened:
        stage.set_up()
        yield stage


def lives(stage: Stage, examples: int, chosen: int) -> None:
    """So many walks; one that fails is told as a case file."""
    ran: list[list[str]] = []

    @seed(chosen)
    @settings(max_examples=examples, deadline=None, suppress_health_check=QUIET, phases=PHASES, database=None)
    @given(number=st.integers(0, 2**32), is_rebuilt=st.booleans(), has_rows=st.booleans())
    def each_lives(number: int, is_rebuilt: bool, has_rows: bool) -> None:  # noqa: FBT001 - hypothesis passes them
        ran.clear()
        rng = random.Random(number)  # noqa: S311 - repeatable
        led(stage, wandered(stage, rng, is_rebuilt=is_rebuilt, has_rows=has_rows), ran)

    try:
        each_lives()
    except FAILURES as error:
        error.add_note(as_case(reduced(stage, ran, error)))
        raise


def test_whatever_comes_is_carried_over_and_back(stage: Stage) -> None:
    lives(stage, 12, 1)


@pytest.mark.soak
@pytest.mark.parametrize("version", ["newest", "older"])
def test_whatever_comes_for_an_hour(
    version: str, request: pytest.FixtureRequest, tmp_path: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> None:
    server = request.getfixturevalue("server" if version == "newest" else "older_server")
    until = time.monotonic() + 60 * pytestconfig.getoption("minutes") / 2
    chosen = pytestconfig.getoption("first_seed")
    stage = Stage(server, server, tmp_path)
    with stage.opened:
        stage.set_up()
        while time.monotonic() < until:
            print(f"walks with seed {chosen} on PostgreSQL {server.version[0]}")  # noqa: T201 - told as it goes on
            lives(stage, 20, chosen)
            chosen += 1


def test_every_kind_is_drawn() -> None:
    assert RULES.keys() == {kind.kind for kind in KINDS}


def test_every_slot_is_known() -> None:
    slots = {slot for rules in RULES.values() for rule in rules for slot in re.findall(r"\{([a-z_]+)\d?\}", rule)}
    owners = {"bound_by", "check", "triggered", "ruled", "guarded"}
    with_them = {"constraint", "trigger", "rule", "policy", "key", "casting"}
    assert {each for each in slots if each not in WORDS and not hasattr(Slots, f"_{each}")} == owners | with_them
