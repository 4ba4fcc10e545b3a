"""Whatever change waits, what is left of a case is a state of its own: the target gets there, and from there to all."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dw_migration.changes import Alter, Create, Difference, Drop, Drops, Rename, diff, held_back
from dw_migration.errors import DwMigrationError
from dw_migration.kind import Address
from dw_migration.live.embedded import Server
from dw_migration.live.settle import settled
from dw_migration.plan import plan_of
from dw_migration_tests.life import RETIRED, Case, Stage, Step, fill
from dw_migration_tests.test_cases import CASES

CHANGING = [path for path in CASES if not {"error", "target"} & Case.of(path).sections.keys()]
SAMPLE = random.Random(11).sample(CHANGING, min(25, len(CHANGING)))  # noqa: S311 - a sample, no secret


@pytest.fixture(scope="module")
def stage(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Source and target on the newest server."""
    stage = Stage(server, server, tmp_path_factory.mktemp("held_back"))
    with stage.opened:
        stage.set_up()
        yield stage


def changed(difference: Difference) -> list[Address]:
    """What changes, and is not only out of the way, or said, again."""
    return list(
        dict.fromkeys(
            each.address
            for each in difference.changes
            if not isinstance(each, Rename)
            and not (isinstance(each, Drop | Create) and each.again)
            and not (isinstance(each, Alter) and each.old == each.new)
        )
    )


def before_the_change_is_carried_over(stage: Stage, case: Case) -> Step:
    """The stage of the case, and what there is to do."""
    stage.reset()
    stage.shape(
        partitions="flatten" if case.has("flattened") else "keep",
        grants="keep" if case.has("grants kept") else "skip",
    )
    stage.online = case.has("online")
    stage.drops = RETIRED if case.has("drops retired") else Drops()
    stage.run_app(case.sections["before"])
    stage.forward()
    fill(stage, case)
    stage.run_app(case.sections["after"])
    return stage.look()


def carried_over(stage: Stage, step: Step) -> None:
    stage.run(step.plan.up)
    stage.hidden |= {each.kept.name for each in step.plan.retired if each.kept.kind == "column"}
    stage.settle_down(step.desired)


def one_waits(stage: Stage, path: Path) -> None:
    case = Case.of(path)
    if stage.target_server.version[0] < case.needs:
        pytest.skip(f"needs PostgreSQL {case.needs}")
    try:
        step = before_the_change_is_carried_over(stage, case)
    except DwMigrationError:
        pytest.skip("its plan is refused")
    addresses = changed(step.difference)
    if len(addresses) <= 1:
        pytest.skip("one change is all or nothing")
    waiting = random.Random(str(path.name)).choice(addresses)  # noqa: S311
    current = stage.given(step.desired)
    left = held_back(stage.base, current, step.desired.catalog, {waiting})
    known = {"registered": stage.schemas(), "drops": stage.drops}
    part = diff(stage.base, current, left, **known)  # type: ignore[arg-type]
    same = settled(stage.target, part.doubtful)
    part = diff(stage.base, current, left, settled=same, **known) if same else part  # type: ignore[arg-type]
    there = waiting in stage.base.desired.objects or waiting in step.desired.catalog.objects
    assert not there or waiting not in changed(part)
    carried_over(stage, Step(replace(step.desired, catalog=left), part, plan_of(part)))
    if stage.drops.policy == "retire":
        stage.drops = replace(stage.drops, label="fedcba987654")
    carried_over(stage, stage.look())


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_one_change_of_a_sample_waits(path: Path, stage: Stage) -> None:
    one_waits(stage, path)


@pytest.mark.soak
@pytest.mark.parametrize("path", CHANGING, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_one_change_of_each_case_waits(path: Path, stage: Stage) -> None:
    one_waits(stage, path)
