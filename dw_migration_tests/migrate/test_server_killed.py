"""The server itself goes down at a statement of a revision of many batches, comes back, and `apply` goes on."""

import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.errors import DwMigrationError
from dw_migration.live.embedded import Server, found_binaries, newest
from dw_migration_tests.migrate.test_online import CHANGE, Known, head, invalid, killed_at, rows, structure
from dw_migration_tests.outside import Shop, brought_with_rows, crash, opened_shop


@pytest.fixture
def server() -> Iterator[Server]:
    """One of its own, whose commits are on the disk when they are said to be."""
    with tempfile.TemporaryDirectory(prefix="dw-tests-") as folder:
        made = Server(Path(folder) / "server", newest(found_binaries()), settings={"synchronous_commit": "on"})
        try:
            made.start()
            yield made
        finally:
            made.remove()


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source and its target on that server."""
    with opened_shop(server, tmp_path, "down_shop") as made:
        yield made


@pytest.fixture
def known(shop: Shop) -> Known:
    """In sync; then rows came."""
    return brought_with_rows(shop, policy={"lock_budget": "5s"})


@pytest.mark.parametrize("stride", [13, pytest.param(1, marks=pytest.mark.soak)], ids=["some", "all"])
def test_down_at_a_statement_it_goes_on_where_it_stopped(shop: Shop, known: Known, stride: int) -> None:
    """Up and down: the same structure, all rows, nothing invalid."""

    def kill(_: psycopg.Connection[Any]) -> None:
        crash(shop.server)

    before, kept, first = structure(shop), rows(shop), head(shop)
    shop.on(shop.source, CHANGE)
    migrate.sync(*known, allow_breaking=True)
    after, second = structure(shop), head(shop)
    migrate.rollback(*known, "-1")
    step, was_killed = 1, True
    while was_killed:
        was_killed = killed_at(step, kill, lambda: migrate.apply(*known, allow_breaking=True))
        shop.server.start()
        assert (head(shop) == first) == was_killed
        migrate.apply(*known, allow_breaking=True)
        assert (head(shop), structure(shop), rows(shop), invalid(shop)) == (second, after, kept, [])
        if killed_at(step, kill, lambda: migrate.rollback(*known, "-1")):
            shop.server.start()
            migrate.rollback(*known, "-1")
        assert (head(shop), structure(shop), rows(shop), invalid(shop)) == (first, before, kept, [])
        step += stride
    assert migrate.verify(*known).exit_code == 3  # the source still has it


@pytest.mark.soak
def test_down_at_any_moment_it_goes_on_where_it_stopped(shop: Shop, known: Known) -> None:
    """Also while a statement runs, or a commit is on its way."""
    before, kept, first = structure(shop), rows(shop), head(shop)
    shop.on(shop.source, CHANGE)
    migrate.sync(*known, allow_breaking=True)
    after, second = structure(shop), head(shop)
    migrate.rollback(*known, "-1")
    chance = random.Random(7)  # noqa: S311 - not a secret
    for _ in range(30):
        timer = threading.Timer(chance.uniform(0.05, 1.2), crash, [shop.server])
        timer.start()
        with suppress(DwMigrationError):
            migrate.apply(*known, allow_breaking=True)
        timer.join()
        shop.server.start()
        time.sleep(0.1)
        if head(shop) == first:
            migrate.apply(*known, allow_breaking=True)
        assert (head(shop), structure(shop), rows(shop), invalid(shop)) == (second, after, kept, [])
        migrate.rollback(*known, "-1")
        assert (head(shop), structure(shop), rows(shop), invalid(shop)) == (first, before, kept, [])
