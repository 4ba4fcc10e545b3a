"""Revisions that somebody writes go through the same gate, lock, ledger and checks as ours."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.errors import BadConfig, BrokenHistory, ConsentNeeded, ServerError
from dw_migration.live.embedded import Server
from dw_migration_tests.outside import CommandLine, Ran, Shop, ended, opened_shop, started, until

Known = tuple[Config, Source]
ROWS = 1_000


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source that is in step."""
    with opened_shop(server, tmp_path, "own_shop") as made:
        config = load_config(made.config())
        assert migrate.sync(config, config.sources["shop"]).status == "in_sync"
        yield made


@pytest.fixture
def known(shop: Shop) -> Known:
    """What the functions of `migrate` take."""
    config = load_config(shop.config())
    return config, config.sources["shop"]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line."""
    return CommandLine(capsys)


def written(known: Known, up: str, down: str = "pass") -> str:
    """The id of a revision that was made, and filled in."""
    outcome = migrate.revision(*known, "a step of mine")
    path = outcome.paths["revision"]
    head, tail = path.read_text().split("def upgrade() -> None:\n    pass")
    path.write_text(head + f"def upgrade() -> None:\n    {up}" + tail.replace("pass", down))
    assert outcome.revision
    return outcome.revision


def file_of(shop: Shop, revision: str) -> Path:
    (found,) = (shop.workspace / "shop" / "alembic" / "versions").glob(f"*_{revision}.py")
    return found


def fill(shop: Shop, rows: int = ROWS) -> None:
    shop.on(shop.target, f"INSERT INTO {shop.schema}.orders (id, total) SELECT n, 0 FROM generate_series(1, {rows}) n")


def totals(shop: Shop) -> list[tuple[object, ...]]:
    return shop.on(shop.target, f"SELECT total, count(*) FROM {shop.schema}.orders GROUP BY 1 ORDER BY 1")


def alembic(shop: Shop, *arguments: str) -> Ran:
    process = subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=shop.workspace / "shop", capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
    )  # fmt: skip
    return Ran(process.returncode, process.stdout, process.stderr)


def test_from_the_command_to_the_way_back(shop: Shop, run: CommandLine) -> None:
    config = shop.config()
    made = run(config, "revision", "shop", "-m", "a view of big orders")
    assert made.code == 0
    assert "fill in: " in made.out
    (path,) = (shop.workspace / "shop" / "alembic" / "versions").glob("*_a_view_of_big_orders_*.py")
    view = f"CREATE VIEW {shop.schema}.big AS SELECT id FROM {shop.schema}.orders WHERE total > 5"
    text = path.read_text().replace("    pass", f'    batches.execute("{view}")', 1)
    path.write_text(text.replace("    pass", f'    batches.execute("DROP VIEW {shop.schema}.big")'))
    assert view in run(config, "apply", "shop", "--dry-run").out
    applied = run(config, "apply", "shop")
    assert (applied.code, "applied revision" in applied.out) == (0, True)
    assert "a view of big orders" in run(config, "history", "shop").out
    assert run(config, "verify", "shop").code == 0
    assert run(config, "sync", "shop").code == 0
    assert run(config, "rollback", "shop", "-1").code == 0
    assert shop.on(shop.target, f"SELECT to_regclass('{shop.schema}.big')") == [(None,)]
    assert run(config, "sync", "shop").code == 0
    assert shop.on(shop.target, f"SELECT to_regclass('{shop.schema}.big') IS NOT NULL") == [(True,)]


def test_what_could_lose_rows_is_held_everywhere_until_it_is_approved(shop: Shop, known: Known) -> None:
    fill(shop)
    own = written(known, f'op.execute("DELETE FROM {shop.schema}.orders")')
    for held in (migrate.sync(*known), migrate.sync(*known, unasked=True), migrate.apply(*known)):
        assert (held.status, held.exit_code, held.revision) == ("held", 4, own)
        assert str(file_of(shop, own)) in (held.error or "")
    assert migrate.plan(*known).status == "held"
    assert migrate.status(*known).status == "held"
    refused = alembic(shop, "upgrade", "head")
    assert refused.code != 0
    assert "waits for consent" in refused.told
    assert totals(shop) == [(0, ROWS)]
    assert migrate.approve(*known, own, by="ann").status == "pending"
    assert migrate.sync(*known).applied == (own,)
    assert totals(shop) == []


def test_what_a_function_does_inside_of_a_statement_waits_for_consent(shop: Shop, known: Known) -> None:
    fill(shop)
    shop.on(shop.target, f"""
        CREATE TABLE {shop.schema}.log (n int);
        CREATE FUNCTION {shop.schema}.clean() RETURNS int LANGUAGE sql AS 'DELETE FROM {shop.schema}.orders; SELECT 1'
    """)  # fmt: skip
    own = written(known, f'batches.execute("INSERT INTO {shop.schema}.log SELECT {shop.schema}.clean()")')
    held = migrate.sync(*known, unasked=True)
    assert (held.status, held.revision) == ("held", own)
    assert totals(shop) == [(0, ROWS)]


def test_a_file_that_looks_like_ours_waits_for_consent_as_well(shop: Shop, known: Known) -> None:
    fill(shop)
    driver = "op.get_bind().connection.driver_connection"
    own = written(known, f"{driver}.execute('DELETE FROM {shop.schema}.orders')\n    {driver}.commit()")
    path = file_of(shop, own)
    path.write_text(path.read_text().replace('"""a step', '"""a step\nSHA256 = x\n', 1))
    refused = alembic(shop, "upgrade", "head")
    assert "waits for consent" in refused.told
    assert totals(shop) == [(0, ROWS)]


def test_consent_is_void_once_the_file_says_something_else(shop: Shop, known: Known) -> None:
    fill(shop)
    own = written(known, f'op.execute("DELETE FROM {shop.schema}.orders WHERE id = 1")')
    migrate.approve(*known, own, by="ann")
    path = file_of(shop, own)
    path.write_text(path.read_text().replace(" WHERE id = 1", ""))
    assert migrate.apply(*known).status == "held"
    assert alembic(shop, "upgrade", "head").code != 0
    assert totals(shop) == [(0, ROWS)]
    assert migrate.apply(*known, allow_breaking=True).applied == (own,)
    path.write_text(path.read_text().replace("DELETE", "SELECT"))
    with pytest.raises(BrokenHistory, match="was edited"):
        migrate.sync(*known)


@pytest.mark.parametrize("unasked", [False, True])
def test_a_file_that_is_missing_while_it_waits_comes_back_with_its_consent(
    shop: Shop, known: Known, *, unasked: bool
) -> None:
    fill(shop)
    own = written(known, f'op.execute("DELETE FROM {shop.schema}.orders")')
    migrate.approve(*known, own, by="ann")
    file_of(shop, own).unlink()
    assert migrate.apply(*known, dry_run=True).status == "pending"
    file_of(shop, own).unlink()
    assert migrate.sync(*known, unasked=unasked).applied == (own,)
    assert totals(shop) == []


def test_what_waits_is_given_up_by_a_command(shop: Shop, known: Known, run: CommandLine) -> None:
    own = written(known, f'op.execute("DELETE FROM {shop.schema}.orders")')
    behind = written(known, "pass")
    config = shop.config()
    assert migrate.sync(*known).status == "held"
    assert f"{behind} stands behind it" in run(config, "revision", "shop", "--give-up", own).told
    for each in (behind, own):
        assert run(config, "revision", "shop", "--give-up", each).code == 0
    assert run(config, "revision", "shop", "--give-up", own).code == 2
    assert run(config, "revision", "shop").code == 2
    assert migrate.sync(*known).status == "in_sync"
    assert [each.status for each in migrate.history(*known)] == ["superseded", "superseded", "applied"]


def test_one_that_was_applied_comes_back_from_the_ledger(shop: Shop, known: Known) -> None:
    own = written(known, f'op.execute("CREATE VIEW {shop.schema}.own AS SELECT 1")')
    migrate.apply(*known)
    text = file_of(shop, own).read_text()
    file_of(shop, own).unlink()
    assert migrate.sync(*known).status == "in_sync"
    assert file_of(shop, own).read_text() == text


def test_nothing_is_planned_before_it_is_applied(shop: Shop, known: Known) -> None:
    own = written(known, "pass")
    shop.on(shop.source, "ALTER TABLE orders ADD one int")
    found = migrate.plan(*known)
    assert (found.status, found.revision) == ("pending", own)
    assert migrate.sync(*known).applied[0] == own
    assert len(migrate.history(*known)) == 3


def test_it_is_not_written_where_it_could_not_stay(shop: Shop, known: Known) -> None:
    shop.on(shop.source, "ALTER TABLE orders ADD one int")
    waiting = migrate.plan(*known).revision
    with pytest.raises(BadConfig, match=f"{waiting} waits: apply it first"):
        migrate.revision(*known, "mine")
    migrate.rollback(*known, "base", allow_breaking=True)
    with pytest.raises(BadConfig, match="sync shop first"):
        migrate.revision(*known, "mine")


def test_what_changes_ours_is_told_as_drift_and_not_as_a_defect(shop: Shop, known: Known) -> None:
    written(known, f'op.execute("ALTER TABLE {shop.schema}.orders ALTER note SET STATISTICS 7")')
    found = migrate.apply(*known)
    assert (found.status, found.exit_code) == ("drifted", 3)


def test_a_way_back_that_loses_rows_asks(shop: Shop, known: Known) -> None:
    """Whether or not any of our tables has a row."""
    written(
        known,
        f'op.execute("CREATE TABLE {shop.schema}.own AS SELECT 1 AS a")',
        f'op.execute("DROP TABLE {shop.schema}.own")',
    )
    migrate.apply(*known)
    with pytest.raises(ConsentNeeded, match=f"the table {shop.schema}.own"):
        migrate.rollback(*known, "-1")
    assert "loses the rows" in alembic(shop, "downgrade", "-1").told
    assert migrate.rollback(*known, "-1", allow_breaking=True).status == "rolled_back"


# --- batches ----------------------------------------------------------------------------------------------------------

ONE_MORE = 'batches.update("orders", "total = total + 1", rows=10)'


def test_an_update_in_batches_does_each_row_once(shop: Shop, known: Known) -> None:
    fill(shop)
    own = written(known, ONE_MORE, ONE_MORE.replace("+", "-"))
    migrate.apply(*known, allow_breaking=True)
    assert totals(shop) == [(1, ROWS)]
    assert shop.on(shop.target, "SELECT * FROM dw_migration.batch") == []
    assert migrate.status(*known).revision == own
    migrate.rollback(*known, "-1", allow_breaking=True)
    assert totals(shop) == [(0, ROWS)]


@pytest.mark.parametrize("by_alembic", [False, True], ids=["ours", "alembic"])
def test_killed_in_the_middle_it_goes_on_there(shop: Shop, known: Known, *, by_alembic: bool) -> None:
    """And what stands before it is not done twice."""
    fill(shop)
    before, behind = (f'batches.execute("CREATE TABLE {name} ()")' for name in ("before", "behind"))
    own = written(known, f"{before}\n    {ONE_MORE}\n    {behind}")
    migrate.approve(*known, own, by="ann")
    shop.on(shop.target, f"""
        CREATE FUNCTION public.slowly() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF new.id % 10 = 0 THEN PERFORM pg_sleep(0.02); END IF; RETURN new; END $$;
        CREATE TRIGGER slowly BEFORE UPDATE ON {shop.schema}.orders FOR EACH ROW EXECUTE FUNCTION public.slowly();
    """)  # fmt: skip
    process = started(shop.config(), "apply", "shop")
    until(lambda: bool(totals(shop)[1:]))
    process.kill()
    assert ended(process).code == -9
    until(lambda: not shop.on(shop.target, "SELECT FROM pg_stat_activity WHERE application_name LIKE 'dw/%'"))
    assert 0 < totals(shop)[1][1] < ROWS  # type: ignore[operator]
    state = migrate.status(*known)
    assert f"{own} is half applied" in state.message
    assert state.next_command == "dw-migration apply shop"
    with pytest.raises(BrokenHistory, match="half applied"):
        migrate.plan(*known)
    with pytest.raises(ConsentNeeded, match="nobody can take back what is committed"):
        migrate.rollback(*known, "-1")
    if by_alembic:
        done = alembic(shop, "upgrade", "head")
        assert done.code == 0, done.told
        assert "rows changed in" in done.err
    else:
        assert migrate.sync(*known).applied == (own,)
    assert totals(shop) == [(1, ROWS)]
    assert shop.on(shop.target, "SELECT count(*) FROM pg_class WHERE relname IN ('before', 'behind')") == [(2,)]
    assert migrate.sync(*known).status == "in_sync"


def test_an_edited_file_does_not_go_on(shop: Shop, known: Known) -> None:
    fill(shop)
    own = written(known, f"{ONE_MORE}\n    batches.execute('SELECT 1/0')")
    with pytest.raises(ServerError, match="division by zero"):
        migrate.apply(*known, allow_breaking=True)
    assert totals(shop) == [(1, ROWS)]
    path = file_of(shop, own)
    path.write_text(path.read_text().replace("+ 1", "+ 2"))
    with pytest.raises(BrokenHistory, match="its file was edited since"):
        migrate.apply(*known, allow_breaking=True)
    path.unlink()
    with pytest.raises(ServerError, match="division by zero"):
        migrate.apply(*known, allow_breaking=True)
    assert totals(shop) == [(1, ROWS)]


def test_one_that_fails_half_way_is_given_up_from_where_it_stands(shop: Shop, known: Known) -> None:
    fill(shop)
    shop.on(shop.target, f"ALTER TABLE {shop.schema}.orders ADD CHECK (id < 900 OR total < 1)")
    own = written(known, f"batches.execute('CREATE TABLE made ()')\n    {ONE_MORE}")
    for _ in range(2):
        with pytest.raises(ServerError, match="check constraint"):
            migrate.apply(*known, allow_breaking=True)
    with pytest.raises(ConsentNeeded, match="call 1: a statement, call 2: 890 rows in 89 batches"):
        migrate.rollback(*known, "-1")
    back = migrate.rollback(*known, "-1", allow_breaking=True)
    assert (back.status, back.applied) == ("rolled_back", (own,))
    assert "890 rows in 89 batches" in back.warnings[0]
    assert totals(shop) == [(0, ROWS - 890), (1, 890)]
    path = file_of(shop, own)
    text = path.read_text().replace("CREATE TABLE made ()", "SELECT 1")
    path.write_text(text.replace("rows=10", 'rows=10, where="total = 0 AND id < 900"'))
    assert migrate.sync(*known).status == "held"
    assert migrate.apply(*known, allow_breaking=True).applied == (own,)
    assert totals(shop) == [(0, 101), (1, 899)]


@pytest.mark.parametrize(
    "first",
    [
        'op.execute("CREATE TABLE twice ()")',
        'op.execute("SELECT public.once_more()")',
        'op.get_bind().connection.driver_connection.execute("CREATE TABLE twice ()")',
        f'{ONE_MORE}\n    op.execute("SELECT public.once_more()")',
    ],
)
def test_what_would_run_twice_is_refused(shop: Shop, known: Known, first: str) -> None:
    shop.on(shop.target, """
        CREATE FUNCTION public.once_more() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE twice (); END $$
    """)  # fmt: skip
    written(known, f"{first}\n    {ONE_MORE}")
    if ONE_MORE not in first:
        fill(shop)
    with pytest.raises(BrokenHistory, match="would run twice"):
        migrate.apply(*known, allow_breaking=True)
    assert {total for total, _ in totals(shop)} <= {0}
    assert shop.on(shop.target, "SELECT FROM pg_class WHERE relname = 'twice'") == []


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ('"nowhere", "a = 1"', "there is no table nowhere"),
        ('"orders", "total = 1", key="total"', "no unique index of orders is on total"),
        ('"orders", "total = 1", rows=0', "expected 1 or more"),
        ('"orders", "total = 1", where="true) OR (true"', "of one UPDATE"),
        ('"orders", "total = 1 WHERE id = 1"', "of one UPDATE"),
        ('"keyless", "a = 1"', "keyless has no primary key"),
        ('"orders", "total = 1, id = id + 150"', "sets id, which it goes along"),
        ('"orders", "(total, \\"id\\") = (1, 2)"', "sets id, which it goes along"),
    ],
)
def test_bad_arguments_are_told(shop: Shop, known: Known, call: str, reason: str) -> None:
    shop.on(shop.target, f"CREATE TABLE {shop.schema}.keyless (a int)")
    written(known, f"batches.update({call})")
    with pytest.raises(BadConfig, match=reason):
        migrate.apply(*known, allow_breaking=True)


def test_it_goes_along_keys_of_several_columns_and_any_type(shop: Shop, known: Known) -> None:
    shop.on(shop.target, f"""
        CREATE TABLE {shop.schema}.own (a text, b timestamptz, c numeric, done int DEFAULT 0, PRIMARY KEY (a, b, c));
        INSERT INTO {shop.schema}.own SELECT chr(65 + n % 5) || '''"', now() - n * '1 s 1 ms 1 us'::interval, n / 7.0
          FROM generate_series(1, 300) n
    """)  # fmt: skip
    written(known, 'batches.update("own", "done = done + 1", where="c > 10", rows=7)')
    migrate.apply(*known, allow_breaking=True)
    found = shop.on(shop.target, f"SELECT done, count(*) FROM {shop.schema}.own GROUP BY 1 ORDER BY 1")
    assert found == [(0, 70), (1, 230)]


def test_rows_in_the_way_are_waited_for_and_told(shop: Shop) -> None:
    fill(shop)
    policy = {"lock_timeout": "100ms", "lock_budget": "1s"}
    config = load_config(shop.config(policy=policy))
    known = config, config.sources["shop"]
    written(known, ONE_MORE)
    with psycopg.connect(shop.target) as other:
        other.execute(f"UPDATE {shop.schema}.orders SET note = 'x' WHERE id = 500".encode())
        with pytest.raises(ServerError, match="tried for 1 s; in the way: pid"):
            migrate.apply(*known, allow_breaking=True)
        assert totals(shop) == [(0, ROWS - 490), (1, 490)]
    migrate.apply(*known, allow_breaking=True)
    assert totals(shop) == [(1, ROWS)]
