"""However many processes and threads start at once: each step runs once, and nobody gets what is another's."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from dw_migration import migrate
from dw_migration.config import Config, load_config
from dw_migration.live.connections import connect_target
from dw_migration.live.embedded import Server
from dw_migration.live.locks import lock
from dw_migration_tests.outside import CommandLine, Shop, ended, opened_shop, started


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    with opened_shop(server, tmp_path, "busy_shop") as made:
        yield made


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(capsys)


def events(shop: Shop) -> dict[str, int]:
    """How often each thing happened, by the ledger."""
    query = "SELECT what, count(*)::int FROM dw_migration.event WHERE what <> 'failed' GROUP BY what"
    return {str(what): int(count) for what, count in shop.on(shop.target, query)}


def act(config: Config, command: Callable[..., migrate.Outcome]) -> migrate.Outcome:
    """What the command did, for the one source."""
    (source,) = migrate.sources_named(config)
    return migrate.attempted(lambda each: command(config, each), source)


def test_eight_appliers_at_once_apply_once(shop: Shop, run: CommandLine) -> None:
    config = shop.config()
    assert run(config, "plan").code == 0
    done = [ended(each) for each in [started(config, "apply") for _ in range(8)]]
    for ran in done:
        assert ran.code in (0, 1), ran.told
        assert ran.code == 0 or "another run works on it: pid" in ran.told, ran.told
    assert events(shop) == {"registered": 1, "planned": 1, "applied": 1}
    assert run(config, "apply").code == 0
    assert run(config, "verify").code == 0
    assert events(shop)["applied"] == 1


def test_syncs_at_once_make_one_revision(shop: Shop, run: CommandLine) -> None:
    config = shop.config()
    done = [ended(each) for each in [started(config, "sync") for _ in range(2)]]
    assert 0 in [ran.code for ran in done], [ran.told for ran in done]
    assert all(ran.code == 0 or "another run works on it: pid" in ran.told for ran in done)
    assert events(shop) == {"registered": 1, "planned": 1, "applied": 1}
    assert len(list((shop.workspace / "shop" / "alembic" / "versions").glob("*.py"))) == 1
    assert run(config, "sync").code == 0
    assert events(shop)["planned"] == 1


BY_HAND = """
from alembic import op
revision = "{0:012x}"
down_revision = "{1}"
def upgrade():
    op.execute("CREATE TABLE {2}.by_hand_{0} ()")
def downgrade():
    op.execute("DROP TABLE {2}.by_hand_{0}")
"""


def test_four_targets_at_once_from_one_process_do_not_meet(server: Server, tmp_path: Path) -> None:
    with (
        opened_shop(server, made_folder(tmp_path, "a"), "busy_a", "CREATE TABLE of_0 (a int)") as a,
        opened_shop(server, made_folder(tmp_path, "b"), "busy_b", "CREATE TABLE of_1 (b int)") as b,
        opened_shop(server, made_folder(tmp_path, "c"), "busy_c", "CREATE TABLE of_2 (c int)") as c,
        opened_shop(server, made_folder(tmp_path, "d"), "busy_d", "CREATE TABLE of_3 (d int)") as d,
        ThreadPoolExecutor(4) as pool,
    ):
        shops = (a, b, c, d)
        configs = [load_config(each.config()) for each in shops]
        planned = list(pool.map(lambda config: act(config, migrate.plan), configs))
        assert [each.error for each in planned] == [None] * 4
        for number, (each, outcome) in enumerate(zip(shops, planned, strict=True)):
            script = BY_HAND.format(number, outcome.revision, each.schema)
            (each.workspace / "shop" / "alembic" / "versions" / f"{number:012x}_by_hand.py").write_text(script)
        applied = list(pool.map(lambda config: act(config, migrate.apply), configs))
        assert [each.error for each in applied] == [None] * 4
        assert [tables(each) for each in shops] == [[f"by_hand_{n}", f"of_{n}"] for n in range(4)]
        assert [events(each)["applied"] for each in shops] == [2] * 4


def made_folder(path: Path, name: str) -> Path:
    (path / name).mkdir()
    return path / name


def tables(shop: Shop) -> list[str]:
    query = "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname ="
    return sorted(name for (name,) in shop.on(shop.target, f"{query} '{shop.schema}'"))


HOLDER = """
import sys, time
from pathlib import Path
from dw_migration.config import load_config
from dw_migration.live.connections import connect_target
from dw_migration.live.locks import acquire
session = connect_target(load_config(Path(sys.argv[1])).target, application_name="dw/holder")
acquire(session, "shop")
print("held", flush=True)
time.sleep(3600)
"""


def test_a_holder_that_is_killed_gives_the_lock_to_the_next(shop: Shop) -> None:
    config = load_config(shop.config())
    command = [sys.executable, "-c", HOLDER, str(config.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        refused = act(config, migrate.sync)
        assert (refused.status, refused.exit_code) == ("failed", 1)
        assert "another run works on it: pid" in (refused.error or "")
        assert "(dw/holder)" in (refused.error or "")
        holder.kill()
    with connect_target(config.target, application_name="dw/next") as session:
        with lock(session, "shop", wait=timedelta(seconds=60)):
            assert act(config, migrate.sync).exit_code == 1  # the next holds it now, and nobody else
        assert act(config, migrate.sync).status == "in_sync"


def test_what_somebody_changes_between_plan_and_apply_is_seen_under_the_lock(shop: Shop, run: CommandLine) -> None:
    config = shop.config()
    assert run(config, "sync").code == 0
    shop.on(shop.source, "ALTER TABLE orders ADD more int")
    assert run(config, "plan").code == 0
    shop.on(shop.target, f"ALTER TABLE {shop.schema}.orders ALTER note TYPE text")
    before = shop.state()
    ran = run(config, "apply")
    assert ran.code == 1, ran.told
    assert "starts up from" in ran.told
    assert "but the target is at" in ran.told
    assert "plan again" in ran.told
    assert shop.state() == before
    assert events(shop)["applied"] == 1
    shop.on(shop.target, f"ALTER TABLE {shop.schema}.orders ALTER note TYPE varchar(80)")
    assert run(config, "apply").code == 0
    assert events(shop)["applied"] == 2
