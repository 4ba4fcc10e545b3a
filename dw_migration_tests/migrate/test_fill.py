"""Rows that are there get what somebody has said in a column that is NOT NULL from now on: each of them, once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.errors import BadConfig, BrokenHistory, ConsentNeeded, DwMigrationError, ServerError
from dw_migration.live import batches, portions
from dw_migration.live.embedded import Server
from dw_migration.migrate import Outcome
from dw_migration.rule import Severity
from dw_migration_tests.outside import CommandLine, Shop, dumped, opened_shop

Known = tuple[Config, Source]
ROWS = 5_000
TABLES = """
CREATE TABLE orders (id int PRIMARY KEY, total int, note text);
CREATE TABLE "No Key" ("Weird ""Name'" int);
CREATE TABLE parted (id int, note text) PARTITION BY LIST (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
"""
LENGTH = "ALTER TABLE orders ADD length int NOT NULL"
BY_LENGTH = "orders.length=coalesce(length(note), 0)"


@pytest.fixture
def shop(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A source in step, and a target with rows, of which a tenth goes through at a time."""
    with filled_shop(server, tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def either(any_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The same, on the newest and the oldest version."""
    with filled_shop(any_server, tmp_path, monkeypatch) as made:
        yield made


@contextmanager
def filled_shop(server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr(portions, "ROWS", ROWS // 10)
    with opened_shop(server, folder, "filled_shop", TABLES) as made:
        assert migrate.sync(*opened(made)).status == "in_sync"
        many = f"generate_series(1, {ROWS}) n"
        made.on(
            made.target,
            f"SET search_path TO {made.schema};"
            f"INSERT INTO orders SELECT n, n, nullif('note ' || n, 'note 7') FROM {many};"
            f'INSERT INTO "no key" SELECT n FROM {many};'
            f"INSERT INTO parted SELECT n % 3, 'note ' || n FROM {many}",
        )
        yield made


def opened(shop: Shop, **policy: Any) -> Known:
    """What the functions of `migrate` take."""
    config = load_config(shop.config(policy=policy))
    return config, config.sources["shop"]


@pytest.fixture
def known(shop: Shop) -> Known:
    return opened(shop)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line."""
    return CommandLine(capsys)


def asked(shop: Shop, query: str) -> Any:
    """The one value that the query on the target gives."""
    return shop.on(shop.target, f"SET search_path TO {shop.schema}; {query}")[0][0]


def structure(shop: Shop) -> str:
    return dumped(shop.server, f"{shop.name}_dw", "--schema-only", "--schema", shop.schema)


def found(outcome: Outcome) -> list[tuple[str, str]]:
    """What the rule has found, and its evidence."""
    findings = [each for judged in outcome.changes for each in judged.findings if each.rule == "requires_value"]
    return [(str(each.severity), each.evidence) for each in findings]


def of_fills(shop: Shop) -> list[tuple[Any, ...]]:
    """What the ledger knows that was said: of which column, what, by whom, and whether it is spent."""
    return shop.on(
        shop.target,
        'SELECT "table" || \'.\' || "column", expression, by, spent IS NOT NULL FROM dw_migration.fill ORDER BY 1',
    )


class Killed(BaseException):
    """The process is gone."""


# --- what rows get ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("online", ["auto", "always", "never"])
def test_one_value_for_all_rows_writes_none_of_them(either: Shop, online: str) -> None:
    written = "SELECT count(DISTINCT xmin::text) FROM orders"
    before = asked(either, written), asked(either, "SELECT pg_relation_filenode('orders')")
    either.on(either.source, "ALTER TABLE orders ADD currency text NOT NULL")
    done = migrate.sync(*opened(either, online=online), fills=["orders.currency='EUR'"])
    assert (done.status, done.severity, found(done)) == (
        "in_sync",
        Severity.TRANSFORMABLE,
        [("transformable", "0 rows would get NULL")],
    )
    assert (asked(either, written), asked(either, "SELECT pg_relation_filenode('orders')")) == before
    assert either.on(either.target, f"SELECT DISTINCT currency FROM {either.schema}.orders") == [("EUR",)]
    with pytest.raises(psycopg.errors.NotNullViolation):  # the default was for a moment
        either.on(either.target, f"INSERT INTO {either.schema}.orders (id) VALUES (0)")


def test_a_stable_value_is_that_of_one_moment(shop: Shop, known: Known) -> None:
    shop.on(shop.source, "ALTER TABLE orders ADD since timestamptz NOT NULL")
    assert migrate.sync(*known, fills=["orders.since=now()"]).verified
    assert asked(shop, "SELECT count(DISTINCT since) FROM orders") == 1


@pytest.mark.parametrize(("online", "transactions"), [("auto", 10), ("always", 10), ("never", 1)])
def test_a_value_of_its_own_is_filled_in(either: Shop, online: str, transactions: int) -> None:
    """A tenth of the rows in a transaction, or all in one."""
    either.on(either.source, LENGTH)
    done = migrate.sync(*opened(either, online=online), fills=[BY_LENGTH], by="ana")
    assert (done.status, done.verified, found(done)) == (
        "in_sync",
        True,
        [("transformable", "0 rows would get NULL")],
    )
    assert asked(either, "SELECT count(DISTINCT xmin::text) FROM orders") == transactions
    assert asked(either, "SELECT count(*) FROM orders WHERE length <> coalesce(length(note), 0)") == 0
    assert of_fills(either) == [("orders.length", "coalesce(length(note), 0)", "ana", True)]
    assert migrate.rollback(*opened(either), "-1", allow_breaking=True).status == "rolled_back"
    assert of_fills(either) == [("orders.length", "coalesce(length(note), 0)", "ana", False)]
    assert migrate.apply(*opened(either)).status == "in_sync"


def test_rows_without_a_value_are_filled_and_no_others(either: Shop) -> None:
    """The column was there; the way back lets it be NULL again, and the values stay."""
    either.on(either.source, "ALTER TABLE orders ALTER note SET NOT NULL")
    assert found(migrate.plan(*opened(either))) == [("breaking", "1 rows hold NULL")]
    done = migrate.sync(*opened(either), fills=["orders.note='none, ' || id"])
    assert found(done) == [("transformable", "0 rows would get NULL")]
    assert asked(either, "SELECT count(DISTINCT xmin::text) FROM orders") == 2
    assert either.on(either.target, f"SELECT id FROM {either.schema}.orders WHERE note LIKE 'none%'") == [(7,)]
    migrate.rollback(*opened(either), "-1")
    assert asked(either, "SELECT count(*) FROM orders WHERE note IS NULL") == 0


def test_tables_without_a_key_and_partitioned_ones_are_filled_too(either: Shop) -> None:
    """Along their blocks; under names that nobody would choose."""
    either.on(
        either.source,
        'ALTER TABLE "No Key" ADD "Twice=2.x" bigint NOT NULL; ALTER TABLE parted ADD length int NOT NULL',
    )
    fills = ['"no key"."twice=2.x" = 2 * "weird ""name\'"', "parted.length=length(note)"]
    assert migrate.sync(*opened(either), fills=fills).verified
    assert asked(either, 'SELECT count(*) FROM "no key" WHERE "twice=2.x" = 2 * "weird ""name\'"') == ROWS
    assert asked(either, "SELECT count(*) FROM parted WHERE length = length(note)") == ROWS
    for table in ('"no key"', "parted"):
        assert asked(either, f"SELECT count(DISTINCT xmin::text) FROM {table}") > 1


def test_the_default_of_the_source_is_taken_where_that_is_said(shop: Shop, known: Known) -> None:
    shop.on(shop.source, "ALTER TABLE orders ALTER note SET DEFAULT 'none', ALTER note SET NOT NULL")
    assert migrate.sync(*known, fills=["orders.note=default"]).verified
    assert asked(shop, "SELECT note FROM orders WHERE id = 7") == "none"
    assert of_fills(shop)[0][1] == "'none'::text"


def test_a_default_that_gives_each_row_another_value_is_filled_in(either: Shop) -> None:
    """No row waits for the table to be written anew; numbers are taken once."""
    file = asked(either, "SELECT pg_relation_filenode('orders')")
    either.on(either.source, "ALTER TABLE orders ADD number serial, ADD key uuid NOT NULL DEFAULT gen_random_uuid()")
    done = migrate.sync(*opened(either))
    assert (done.verified, done.severity) == (True, Severity.TRANSFORMABLE)
    assert asked(either, "SELECT count(DISTINCT number) + count(DISTINCT key) FROM orders") == 2 * ROWS
    assert asked(either, "SELECT last_value FROM orders_number_seq") == ROWS
    assert asked(either, "SELECT pg_relation_filenode('orders')") == file
    assert migrate.rollback(*opened(either), "-1", allow_breaking=True).status == "rolled_back"
    assert "UPDATE" not in migrate.plan(*opened(either, online="never")).ddl


def test_what_a_default_has_half_filled_is_taken_back(
    shop: Shop, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = structure(shop)
    shop.on(shop.source, "ALTER TABLE orders ADD number serial")
    with monkeypatch.context() as patch:
        patch.setattr(portions.Portions, "_next", killing)
        with pytest.raises(Killed):
            migrate.sync(*known)
    migrate.rollback(*known, "-1", allow_breaking=True)
    assert structure(shop) == before
    assert migrate.sync(*known).verified


def killing(*_: object) -> None:
    """The process ends here."""
    raise Killed


def test_an_empty_table_needs_none(shop: Shop, known: Known) -> None:
    shop.on(shop.target, f"TRUNCATE {shop.schema}.orders")
    shop.on(shop.source, LENGTH)
    done = migrate.sync(*known, fills=[BY_LENGTH])
    assert (done.verified, "UPDATE" in done.ddl, of_fills(shop)[0][-1]) == (True, False, True)


# --- who comes between ------------------------------------------------------------------------------------------------


def test_a_row_that_comes_between_the_two_fills_is_filled(either: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    real, came = batches._in_transaction, 0

    def late(way: batches._Way, number: int, *arguments: Any, **options: Any) -> Any:
        nonlocal came
        if "ADD CONSTRAINT" in way.job.batches[number].statements[0]:
            came += 1
            either.on(
                either.target, f"INSERT INTO {either.schema}.orders (id, note) VALUES (-5, 'late'), ({ROWS + 1}, '')"
            )
        return real(way, number, *arguments, **options)

    monkeypatch.setattr(batches, "_in_transaction", late)
    either.on(either.source, LENGTH)
    assert migrate.sync(*opened(either), fills=[BY_LENGTH]).verified
    assert came == 1
    assert either.on(
        either.target, f"SELECT length FROM {either.schema}.orders WHERE id IN (-5, {ROWS + 1}) ORDER BY id"
    ) == [
        (4,),
        (0,),
    ]


def test_a_row_that_is_locked_is_waited_for_and_named(shop: Shop) -> None:
    """Until the budget is spent; what is committed stays, and the next run goes on."""
    shop.on(shop.source, LENGTH)
    hasty = opened(shop, lock_timeout="100ms", lock_budget="500ms")
    with psycopg.connect(shop.target) as other:
        other.execute(f"UPDATE {shop.schema}.orders SET total = 0 WHERE id = {ROWS // 2}")
        migrate.plan(*hasty, fills=[BY_LENGTH])
        other.rollback()
    with psycopg.connect(shop.target, application_name="nightly") as other, pytest.MonkeyPatch.context() as patch:
        real = batches._fill

        def locked(*arguments: Any) -> None:
            other.execute(f"UPDATE {shop.schema}.orders SET total = 0 WHERE id = {ROWS // 2}")
            real(*arguments)

        patch.setattr(batches, "_fill", locked)
        with pytest.raises(ServerError, match=r"tried for 0 s; in the way: .*nightly"):
            migrate.apply(*hasty)
    assert asked(shop, "SELECT count(*) FROM orders WHERE length IS NOT NULL") == ROWS // 2 - ROWS // 10
    assert migrate.apply(*hasty).verified


# --- interrupted ------------------------------------------------------------------------------------------------------


def test_killed_between_portions_it_goes_on_and_fills_each_row_once(either: Shop) -> None:
    """A sequence tells: whatever is rolled back, it never counts twice."""
    either.on(either.target, "CREATE SEQUENCE counter")
    either.on(either.source, "ALTER TABLE orders ADD number bigint NOT NULL")
    migrate.plan(*opened(either), fills=["orders.number=nextval('public.counter') + id * 0"])
    done, real = 0, portions.Portions._next

    def dying(self: portions.Portions, *arguments: Any) -> None:
        nonlocal done
        if done == 3:
            raise Killed
        real(self, *arguments)
        done += 1

    runs = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(portions.Portions, "_next", dying)
        while True:
            try:
                assert migrate.apply(*opened(either), allow_breaking=True).verified
                break
            except Killed:
                runs, done = runs + 1, 0
                filled = asked(either, "SELECT count(*) FROM orders WHERE number IS NOT NULL")
                assert filled == min(runs * 3 * ROWS // 10, ROWS)
                state = migrate.status(*opened(either))
                assert state.next_command == "dw-migration apply shop"
                if filled < ROWS:
                    assert f"of the next {filled:,} rows in {runs * 3} portions" in state.message
                with pytest.raises(BrokenHistory, match="half applied"):
                    migrate.plan(*opened(either))
    assert runs == 6  # twice ten portions, three in a run
    assert asked(either, "SELECT last_value FROM public.counter") == ROWS
    assert asked(either, "SELECT count(DISTINCT number) FROM orders") == ROWS


def test_killed_within_a_portion_it_goes_on_behind_the_last_one(
    shop: Shop, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends the session at each commit in turn: what is committed is not done again."""
    shop.on(shop.source, LENGTH)
    migrate.plan(*known, fills=[BY_LENGTH])
    real, step, left = portions.Portions._next, 0, 0

    def dying(self: portions.Portions, *arguments: Any) -> None:
        nonlocal left
        real(self, *arguments)
        left -= 1
        if left == 0:
            with psycopg.connect(shop.target, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 10000)", [self.connection.info.backend_pid])

    monkeypatch.setattr(portions.Portions, "_next", dying)
    while True:
        step += 1
        left = step
        try:
            migrate.apply(*known)
            break
        except DwMigrationError:
            assert left <= 0
    assert step > 3
    assert asked(shop, "SELECT count(DISTINCT xmin::text) FROM orders") == 10
    assert asked(shop, "SELECT count(*) FROM orders WHERE length <> coalesce(length(note), 0)") == 0


def test_what_is_half_filled_is_taken_back(shop: Shop, known: Known) -> None:
    """A row gets NULL, which consent went past: the column goes again, with consent; another value is taken then."""
    before = structure(shop)
    shop.on(shop.source, f"{LENGTH}; COMMENT ON COLUMN orders.length IS 'of the note'")
    held = migrate.sync(*known, fills=["orders.length=length(note)"])
    assert (held.status, found(held)) == ("held", [("breaking", "1 rows would get NULL")])
    with pytest.raises(ServerError, match=r"violates check constraint .*rollback shop -1"):
        migrate.sync(*known, allow_breaking=True)
    with pytest.raises(ConsentNeeded, match=r"loses the values of column .*orders\.length"):
        migrate.rollback(*known, "-1")
    assert len(migrate.rollback(*known, "-1", allow_breaking=True).applied) == 1
    assert structure(shop) == before
    assert migrate.sync(*known, fills=[BY_LENGTH]).verified


def test_a_fill_that_begins_and_fails_leaves_nothing_behind(shop: Shop, known: Known) -> None:
    """The first batch of all, and no value of the type: another can be said at once."""
    shop.on(shop.source, "ALTER TABLE orders ALTER total SET NOT NULL")
    shop.on(shop.target, f"UPDATE {shop.schema}.orders SET total = NULL WHERE id = 9")
    held = migrate.sync(*known, fills=["orders.total=note"])
    assert (held.status, found(held)[0][0]) == ("held", "breaking")
    with pytest.raises(ServerError, match="is of type integer but expression is of type text"):
        migrate.sync(*known, allow_breaking=True)
    assert migrate.sync(*known, fills=["orders.total=id"]).verified
    assert asked(shop, "SELECT total FROM orders WHERE id = 9") == 9


# --- what is said -----------------------------------------------------------------------------------------------------


def test_a_later_plan_goes_by_what_was_said(shop: Shop, known: Known) -> None:
    """Without it the column is held; who said it stands in the ledger and the history, and another one replaces it."""
    shop.on(shop.source, LENGTH)
    held = migrate.sync(*known)
    assert (held.status, held.exit_code, found(held)) == ("held", 4, [("breaking", f"{ROWS:,} rows are there")])
    (remedy,) = (each.remedy for judged in held.changes for each in judged.findings if each.rule == "requires_value")
    assert remedy.endswith("--fill orders.length=EXPR")
    first = migrate.plan(*known, fills=["orders.length=-1"], by="ben")
    second = migrate.plan(*known, fills=[BY_LENGTH], by="ana")
    assert (first.status, second.status) == ("pending", "pending")
    assert first.revision != second.revision
    assert (migrate.plan(*known).revision, migrate.diff(*known).severity) == (second.revision, Severity.TRANSFORMABLE)
    told = migrate.status(*known).message
    assert f"{shop.schema}.orders.length gets coalesce(length(note), 0), as ana has said" in told
    assert of_fills(shop) == [("orders.length", "coalesce(length(note), 0)", "ana", False)]
    said = "SELECT by, details::json ->> 'expression' FROM dw_migration.event WHERE what = 'said' ORDER BY number"
    assert shop.on(shop.target, said) == [("ben", "-1"), ("ana", "coalesce(length(note), 0)")]
    assert migrate.sync(*known, unasked=True).applied == (second.revision,)
    assert "gets" not in migrate.status(*known).message


def test_it_is_spent_by_what_it_was_said_for(shop: Shop, known: Known) -> None:
    """A column of that name that comes later is another one."""
    shop.on(shop.source, LENGTH)
    assert migrate.sync(*known, fills=[BY_LENGTH]).verified
    again = migrate.sync(*known, fills=[BY_LENGTH])
    assert again.warnings == ("--fill orders.length: the column is NOT NULL in the target already: nothing is filled",)
    shop.on(shop.source, "ALTER TABLE orders DROP length")
    assert migrate.sync(*known, allow_breaking=True).verified
    shop.on(shop.source, LENGTH)
    assert migrate.sync(*known).status == "held"


def test_what_is_filled_goes_ahead_of_what_is_held(shop: Shop, known: Known) -> None:
    shop.on(shop.source, f"{LENGTH}; ALTER TABLE orders DROP total")
    outcome = migrate.apply(*known, in_part=True, fills=[BY_LENGTH])
    assert [str(judged.change.address) for judged in outcome.went_ahead] == [f"{shop.schema}.orders.length"]
    assert (outcome.status, [judged.change.action for judged in outcome.changes]) == ("held", ["drop"])
    with pytest.raises(BadConfig, match="--safe-part"):
        migrate.apply(*known, fills=[BY_LENGTH])


REFUSED = (
    ("orders.length=1); DROP TABLE orders; --", "is no expression"),
    ("orders.length=1, note = 'x'", "is no expression"),
    ("orders.length=1 WHERE false", "is no expression"),
    ("orders.length=1) + (2", "is no expression"),
    ("orders.length=1 AS one", "is no expression"),
    ("orders.length=1 -- one", "holds a comment"),
    ("orders.length=/* one */ 1", "holds a comment"),
    ("orders.length=(SELECT 1)", "holds a subquery"),
    ("orders.length=ARRAY(TABLE orders)", "holds a subquery"),
    ("orders.length=count(*)", "holds an aggregate"),
    ("orders.length=sum(id) FILTER (WHERE true)", "holds an aggregate"),
    ("orders.length=row_number() OVER ()", "holds a window"),
    ("orders.length=$1", "holds a parameter"),
    ("orders.length=DEFAULT", "the source has no default for it"),
    ("orders.length=coalesce(DEFAULT, 1)", "holds DEFAULT"),
    ("orders.length=*", "is no expression"),
    ("orders.length=orders.*", "holds a star"),
    ("orders.length=", "expected TABLE.COLUMN=EXPR"),
    ("orders.length", "expected TABLE.COLUMN=EXPR"),
    ("length=1", "expected TABLE.COLUMN=EXPR"),
    ("a.b.c.d=1", "expected TABLE.COLUMN=EXPR"),
    ("orders.length=max(id)", "max gives no one value for a row"),
    ("orders.length=generate_series(1, 2)", "generate_series gives no one value for a row"),
    ("orders.length=width", "width is no column of orders"),
    ("orders.length=other.id", "other.id is no column of orders"),
    ("orders.lenght=1", "no such column: did you mean orders.length"),
    ("order.length=1", "no such column: did you mean orders.length"),
    ("nowhere.orders.length=1", "no such column"),
    ("orders.note=1", "may be NULL: nothing has to be filled"),
    ("orders.number=1", "its rows get a value of its own"),
    ("orders.id=1; DROP TABLE orders", "is no expression"),
)


def test_what_is_no_value_of_one_row_is_refused(shop: Shop, known: Known, run: CommandLine) -> None:
    """With exit code 2, before anything is noted or planned; how the source stands is not touched."""
    shop.on(shop.source, f"{LENGTH}; ALTER TABLE orders ADD number serial")
    before, stands = structure(shop), migrate.status(*known)
    for fill, why in REFUSED:
        ran = run(shop.config(), "plan", "shop", "--fill", fill)
        assert (ran.code, why in ran.told) == (2, True), (fill, ran)
    now = migrate.status(*known)
    assert (of_fills(shop), structure(shop), now.status, now.message) == ([], before, stands.status, stands.message)


def test_what_calls_something_unknown_waits_for_consent(shop: Shop, known: Known) -> None:
    """It may do anything: the rows are not asked about it either."""
    shop.on(
        shop.target,
        "CREATE FUNCTION public.loud(int) RETURNS int LANGUAGE sql AS 'SELECT 1 / 0'; CREATE TABLE t (i int)",
    )
    shop.on(shop.source, LENGTH)
    held = migrate.sync(*known, fills=["orders.length=public.loud(id)"])
    assert held.status == "held"
    assert found(held) == [("breaking", "not counted: it calls public.loud, which may do more than look")]


# --- around it --------------------------------------------------------------------------------------------------------


def test_the_command_line_tells_what_rows_get(shop: Shop, run: CommandLine) -> None:
    shop.on(shop.source, LENGTH)
    ran = run(shop.config(), "plan", "shop", "--fill", BY_LENGTH, "--format", "json")
    (told,) = ran.document["sources"]
    (change,) = told["changes"]
    assert (ran.code, told["status"], change["severity"]) == (0, "pending", "transformable")
    (finding,) = (each for each in change["findings"] if each["rule"] == "requires_value")
    assert finding["message"].endswith("rows that are there get coalesce(length(note), 0)")
    assert finding["query"].startswith("SELECT count(*)")
    fills = [
        effect
        for text, effect in zip(change["statements"], change["effects"], strict=True)
        if text.startswith("UPDATE ")
    ]
    table = f"{shop.schema}.orders"
    assert len(fills) == 2
    for effect in fills:
        assert effect["locks"] == [{"table": table, "mode": "ROW EXCLUSIVE"}]
        assert (effect["blocks"], effect["scans"], effect["rewrites"]) == ("", True, False)
    (status,) = run(shop.config(), "status", "shop", "--format", "json").document["sources"]
    assert "as " in status["message"]
    assert "coalesce(length(note), 0)" in status["message"]
    config = shop.config(policy={"online": "never"})
    (plain,) = run(config, "plan", "shop", "--format", "json").document["sources"]
    (effect,) = (each for each in plain["changes"][0]["effects"] if "ROW EXCLUSIVE" in str(each["locks"]))
    assert effect["blocks"] == "readers and writers"


def test_a_dry_run_leaves_it_out_and_says_why(shop: Shop, known: Known) -> None:
    shop.on(shop.source, LENGTH)
    migrate.plan(*known, fills=[BY_LENGTH])
    before = structure(shop)
    tried = migrate.apply(*known, dry_run=True)
    assert tried.exit_code == 0
    whys = {each.why.partition(":")[0].partition(" (")[0] for each in tried.untried}
    assert whys == {"it is committed portion by portion", "it stands on what was left out"}
    assert structure(shop) == before


def test_a_rehearsal_runs_it(shop: Shop, known: Known) -> None:
    shop.on(shop.source, LENGTH)
    planned = migrate.plan(*known, fills=[BY_LENGTH], rehearsal="sampled")
    assert planned.rehearsal is not None
    assert (planned.rehearsal.faults, planned.rehearsal.rows > 0) == ((), True)


def test_alembic_prints_it_and_psql_could_run_it(shop: Shop, known: Known) -> None:
    shop.on(shop.source, LENGTH)
    migrate.plan(*known, fills=[BY_LENGTH])
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "alembic", "upgrade", "head", "--sql"]
    folder = shop.workspace / "shop"
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(f"UPDATE {shop.schema}.orders SET length = coalesce(length(note), 0)") == 2
    ours = done.stdout[done.stdout.index(f"ALTER TABLE {shop.schema}.orders ADD COLUMN length") :]
    body = ours[: ours.index(f"ALTER TABLE {shop.schema}.orders DROP CONSTRAINT length__not_null")]
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute("BEGIN")
        for each in body.split(";\n"):
            connection.execute(each.encode())
        connection.execute("ROLLBACK")
    assert asked(shop, "SELECT count(*) FROM orders WHERE length = coalesce(length(note), 0)") == ROWS
