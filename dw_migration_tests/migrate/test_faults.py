"""Whatever breaks while a revision of many batches goes up or down, and in whatever order: the next run ends it."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.errors import DwMigrationError, ServerError
from dw_migration.live import batches
from dw_migration.live.embedded import found_binaries, newest
from dw_migration_tests.conftest import running
from dw_migration_tests.migrate.test_online import CHANGE, Killed, Known, head, invalid, rows, structure
from dw_migration_tests.outside import Shop, brought_with_rows, crash, opened_shop, small_disk

Fault = Callable[[Shop, psycopg.Connection[Any], ExitStack], None]


def _dropped(_shop: Shop, connection: psycopg.Connection[Any], _left: ExitStack) -> None:
    """The server ends the session."""
    with psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [connection.info.backend_pid])


def _killed(shop: Shop, connection: psycopg.Connection[Any], left: ExitStack) -> None:
    """The process is gone, and its session with it."""
    _dropped(shop, connection, left)
    raise Killed


def _restarted(shop: Shop, _connection: psycopg.Connection[Any], _left: ExitStack) -> None:
    """The server goes down without a checkpoint, and comes up again."""
    crash(shop.server)
    shop.server.start()


def _locked(shop: Shop, _connection: psycopg.Connection[Any], left: ExitStack) -> None:
    """Another session has the table for itself until the run has ended; not where the run has it."""
    other = left.enter_context(psycopg.connect(shop.target))
    other.execute("SET lock_timeout = 100")
    with suppress(psycopg.errors.LockNotAvailable):
        other.execute(f"LOCK TABLE {shop.schema}.orders IN ACCESS EXCLUSIVE MODE")


FAULTS: tuple[Fault, ...] = (_dropped, _killed, _restarted, _locked)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A source and a target on a server of their own."""
    with running(newest(found_binaries())) as server, opened_shop(server, tmp_path, "fault_shop") as made:
        yield made


@pytest.fixture
def known(shop: Shop) -> Known:
    """The shop's config and source, in sync; then rows came. It waits for locks no longer than it must."""
    return brought_with_rows(shop, policy={"lock_timeout": "50ms", "lock_budget": "300ms"})


def _disturbed(shop: Shop, fault: Fault, step: int, act: Callable[[], object]) -> bool:
    """Whether this fault came, at the n-th statement or mark of the act, which may have fewer."""
    at = 0

    def disturbing(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(connection: psycopg.Connection[Any], *arguments: Any, **options: Any) -> Any:
            nonlocal at
            at += 1
            if at == step:
                fault(shop, connection, left)
            return real(connection, *arguments, **options)

        return call

    with pytest.MonkeyPatch.context() as patch, ExitStack() as left:
        for name in ("_mark", "execute", "is_done"):
            patch.setattr(batches, name, disturbing(getattr(batches, name)))
        try:
            act()
        except (Killed, DwMigrationError):
            if at < step:
                raise
    return at >= step


@pytest.mark.parametrize("seeds", [range(4), pytest.param(range(1000, 1500), marks=pytest.mark.soak)], ids=["4", "500"])
def test_faults_in_any_order_leave_what_an_undisturbed_run_leaves(shop: Shop, known: Known, seeds: range) -> None:
    """After each: the rows are all there. After the faults: one run ends it, once, and nothing invalid is left."""
    before, kept, first = structure(shop), rows(shop), head(shop)
    shop.on(shop.source, CHANGE)
    migrate.sync(*known, allow_breaking=True)
    after, second = structure(shop), head(shop)
    migrate.rollback(*known, "-1")
    came = 0
    for seed in seeds:
        rng = random.Random(seed)  # noqa: S311 - a test, no secret
        for act, ended, state in (
            (lambda: migrate.apply(*known, allow_breaking=True), second, after),
            (lambda: None if head(shop) == first else migrate.rollback(*known, "-1"), first, before),
        ):
            for _ in range(rng.randint(1, 4)):
                came += _disturbed(shop, rng.choice(FAULTS), rng.randint(1, 40), act)
                assert rows(shop) == kept, f"seed {seed}"
            act()
            assert (head(shop), structure(shop), rows(shop), invalid(shop)) == (ended, state, kept, []), f"seed {seed}"
    assert came >= len(seeds)
    told = f"SELECT what, count(*) FROM dw_migration.event WHERE revision = '{second}' GROUP BY what"
    done = dict(shop.on(shop.target, told))
    assert done["applied"] == done["rolled back"] == len(seeds) + 1


def test_a_full_disk_is_told_and_nothing_is_changed(shop: Shop, known: Known) -> None:
    """A rewrite that there is no room for; with room, it goes on."""
    shop.on(shop.target, f"INSERT INTO {shop.schema}.orders SELECT n, 1, n, 'x' FROM generate_series(51, 50000) n")
    shop.on(shop.source, "ALTER TABLE orders ALTER total TYPE bigint")
    migrate.plan(*known)
    with psycopg.connect(shop.target, autocommit=True) as target, small_disk(target) as tablespace:
        shop.on(shop.target, f"ALTER TABLE {shop.schema}.orders SET TABLESPACE {tablespace}")
        before, kept = structure(shop), rows(shop)
        with pytest.raises(ServerError, match="make room there") as caught:
            migrate.apply(*known)
        assert caught.value.sqlstate == "53100"
        assert (structure(shop), rows(shop)) == (before, kept)
    assert migrate.apply(*known).verified
    assert rows(shop) == kept
