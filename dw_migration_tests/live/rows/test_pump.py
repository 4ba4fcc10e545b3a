"""Rows go over as they are, and all of them or none, whatever either server does meanwhile."""

import _thread
import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dw_migration.errors import DwMigrationError, NoConnection, ServerError, Unsupported
from dw_migration.live.rows import pump as pump_module
from dw_migration.live.rows.pump import Pipe, Pumped, Rate, pump
from dw_migration.live.rows.side import Refused, Side
from dw_migration.live.stop import Stop
from dw_migration.sql import Sql
from dw_migration_tests.live.rows.fake import (
    COPY_DONE,
    COPY_OUT,
    NOTICE,
    READY,
    SETTING,
    Answer,
    complete,
    endless,
    failure,
    fake_source,
    hangs_up,
    hangs_up_in_a_large_row,
    in_pieces,
    message,
    row,
    saying,
    trickles,
)
from dw_migration_tests.live.rows.ground import Ground

SECRET = "CARD4111"


@pytest.fixture(autouse=True, params=["sockets", "libpq"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the rows go: from socket to socket, or through libpq, as they do under TLS."""
    if request.param == "libpq":
        monkeypatch.setattr(pump_module, "can_hand_on", lambda *_: False)
    return str(request.param)


TYPES = {
    "bool": "true, false, NULL",
    "smallint": "-32768, 32767",
    "integer": "-2147483648, 0",
    "bigint": "-9223372036854775808, 9223372036854775807",
    "numeric": "'NaN', 1.50, 0, -0.000000000000000000001, 1e100",
    "numeric(10,2)": "1.5, 'NaN'",
    "real": "'NaN', '-Infinity', 1.1, '-0'",
    "double precision": "'NaN', 'Infinity', 0.1, '-0', 1e-300",
    "text": r"'', NULL, E'a\tb\nc\\d\r', '\.', E'x\n\\.\ny', '\N', '😀 größe', repeat('x', 3000000)",
    "character varying(5)": "'abc', ''",
    "character(5)": "'abc', ''",
    '"char"': "'a', ''",
    "name": "'a name'",
    "bytea": r"'\x00ff5c0a', ''",
    "date": "'infinity', '-infinity', '0044-03-15 BC', '2020-02-29'",
    "timestamp without time zone": "'infinity', '4713-01-01 00:00:00 BC', '2020-02-29 12:34:56.789012'",
    "timestamp with time zone": "'-infinity', '0001-01-01 00:00:00+00 BC', '2020-02-29 12:34:56.789012+05'",
    "time without time zone": "'24:00:00', '00:00:00.000001'",
    "time with time zone": "'12:00:00+05:30'",
    "interval": "'1 mon', '30 days', '-1 year 2 days 03:04:05.6'",
    "uuid": "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
    "inet": "'10.0.0.1/8', '::1'",
    "cidr": "'10.0.0.0/8'",
    "macaddr": "'08:00:2b:01:02:03'",
    "jsonb": """'{"b": [1.0, null], "a": ""}', 'null'""",
    "bit varying": "B'1010', B''",
    "integer[]": "'{1,NULL,3}', '{}', '[5:6]={1,2}', '{{1,2},{3,4}}'",
    "text[]": """'{"", NULL, "NULL", "a,b", "\\""}'""",
    "int4range": "'[1,5)', 'empty', '(,)'",
    "tstzrange": "'[2020-01-01,infinity)'",
    "oid": "4294967295",
}
"""Those that have a binary form that means the same everywhere."""

TEXTS = {
    "json": """'{"b" : 1, "a":  [], "a": null}', '1.0'""",
    "mood": "'sad', 'it''s', NULL",
    "mood[]": """'{sad,NULL,"it''s"}'""",
    "pair": """'(1,)', '(,"a ""b"", c")', '(2,"")'""",
    "email": "'a@b'",
    "point": "'(1,2.5)'",
    "money": "'-12.34'",
    "tsvector": "'a:1 fat:2A'",
    "regclass": "'pg_catalog.pg_class'",
}
"""Those that go over as text."""

USER_TYPES = """
CREATE TYPE mood AS ENUM ('sad', 'it''s');
CREATE TYPE pair AS (a integer, b text);
CREATE DOMAIN email AS text CHECK (VALUE ~ '@');
"""


def filled(types: dict[str, str]) -> tuple[str, str]:
    """A table with a column of each type, and rows: one with all NULL, and one for each value of the longest list."""
    columns = ", ".join(f"c{number} {type_}" for number, type_ in enumerate(types))
    insertions = [
        f"INSERT INTO t (c{number}) SELECT v FROM (SELECT unnest(ARRAY[{values}]::{type_}[])) s (v)"
        if not type_.endswith("[]")
        else f"INSERT INTO t (c{number}) VALUES {', '.join(f'({each})' for each in values.split('; '))}"
        for number, (type_, values) in enumerate(types.items())
    ]
    return f"CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {columns})", "; ".join(insertions)


def arrays(types: dict[str, str]) -> dict[str, str]:
    """With `; ` between values that are arrays, which cannot stand in one."""
    return {
        type_: values.replace("', '", "'; '") if type_.endswith("[]") else values for type_, values in types.items()
    }


def test_every_type_goes_over_in_binary(from_any: Ground) -> None:
    table, rows = filled(arrays(TYPES))
    from_any.make(table)
    from_any.make(rows, on_both=False)
    plan = from_any.plan("t", key=["id"])
    copied = from_any.copy(plan)
    assert (copied.error, copied.still_off) == (None, ())
    assert from_any.same("t")
    assert from_any.rows("SELECT DISTINCT hashed_as FROM dw_migration.chunk") == [("text",)]  # bits have no hash


def test_every_type_goes_over_as_text(from_any: Ground) -> None:
    table, rows = filled(arrays(TYPES | TEXTS))
    from_any.target.execute("CREATE TYPE apart AS ENUM ('x')")  # oids differ
    from_any.make(USER_TYPES)
    from_any.make(table)
    from_any.make(rows, on_both=False)
    numbers = range(len(TYPES), len(TYPES | TEXTS))
    copied = from_any.copy(from_any.plan("t", key=["id"], text=[f"c{number}" for number in numbers]))
    assert (copied.error, copied.still_off) == (None, ())
    assert from_any.same("t")


# --- an error on either side ----------------------------------------------------------------------------------------


@contextmanager
def piped(ground: Ground, target: str = "CREATE TABLE t (id integer, v text)") -> Iterator[tuple[Side, Side]]:
    """A worker's two sessions, each in a transaction, and a table to copy to."""
    ground.target.execute(target.encode())
    source, into = ground.sides()
    source.session.execute("BEGIN")
    into.session.execute("BEGIN")
    yield source, into


def pipe(select: str = "SELECT i, 'v' || i FROM generate_series(1, 100000) i", **fields: Any) -> Pipe:
    return Pipe(Sql(select), Sql("public.t"), Sql("id, v"), "binary", written=["id", "v"], **fields)


def count(ground: Ground) -> int:
    """Rows that anybody can see."""
    return int(ground.rows("SELECT count(*) FROM t")[0][0])


@pytest.mark.parametrize("form", ["binary", "text"])
def test_what_went_over_is_counted(ground: Ground, form: Any) -> None:
    told: list[tuple[int, int]] = []
    with piped(ground) as (source, target):
        pumped = pump(source, target, replace(pipe(moved=lambda *moved: told.append(moved)), form=form))
        target.session.execute("COMMIT")
    assert pumped.rows == count(ground) == 100_000
    assert pumped.bytes == sum(size for _, size in told)
    assert sum(rows for rows, _ in told) == 100_000


def test_an_empty_table_is_copied(ground: Ground) -> None:
    with piped(ground) as (source, target):
        assert pump(source, target, pipe("SELECT 1, 'x' WHERE false")).rows == 0


def test_a_value_that_the_source_cannot_give_ends_both_in_transactions_that_go_on(ground: Ground) -> None:
    with piped(ground) as (source, target):
        target.session.execute("SAVEPOINT s")
        source.session.execute("SAVEPOINT s")
        with pytest.raises(Refused, match=r"sources\.shop: division by zero.*\[22012\]") as caught:
            pump(source, target, pipe("SELECT 10 / (i - 50000), 'v' FROM generate_series(1, 100000) i"))
        assert caught.value.reason == "division by zero"
        target.session.execute("ROLLBACK TO s")
        source.session.execute("ROLLBACK TO s")
        assert pump(source, target, pipe()).rows == 100_000


@pytest.mark.parametrize(
    ("table", "select", "reason"),
    [
        ("id integer, v text CHECK (v <> 'v1500')", "i, 'v' || i", "check violation: constraint t_v_check"),
        ("id integer NOT NULL, v text", "nullif(i, 1500), 'v'", "not null violation: column id"),
        ("id integer, v varchar(5)", "i, repeat('CARD4111', (i = 1500)::int)", "string data right truncation"),
        ("id integer PRIMARY KEY, v text", "i % 1500, 'v'", "unique violation: constraint t_pkey"),
    ],
)  # fmt: skip
def test_a_row_that_the_target_refuses_is_told_without_its_values(
    ground: Ground, table: str, select: str, reason: str
) -> None:
    with piped(ground, f"CREATE TABLE t ({table})") as (source, target):
        with pytest.raises(Refused) as caught:
            pump(source, target, pipe(f"SELECT {select} FROM generate_series(1, 100000) i"))
        assert caught.value.reason.startswith(reason)
        assert SECRET not in str(caught.value) + repr(caught.value.__context__)
        source.session.execute("ROLLBACK")  # both can be used again
        target.session.execute("ROLLBACK")
        assert target.session.execute("SELECT 1").fetchone() == (1,)
    assert count(ground) == 0


def test_the_column_of_a_value_that_cannot_be_read_is_told(ground: Ground) -> None:
    with piped(ground, 'CREATE TABLE t (id integer, v integer, "a: b" integer)') as (source, target):
        select, columns = Sql("SELECT '1', 2, 'CARD4111'"), Sql('id, v, "a: b"')
        with pytest.raises(Refused) as caught:
            pump(source, target, Pipe(select, Sql("public.t"), columns, "text", written=["id", "v", "a: b", "a"]))
    assert caught.value.column == "a: b"
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_lost_connection_leaves_nothing(ground: Ground, side: str) -> None:
    with piped(ground) as sides:
        lost = sides[0] if side == "source" else sides[1]
        onlooker = ground.source if side == "source" else ground.target
        pid = lost.session.info.backend_pid
        with pytest.raises(NoConnection) as caught:
            pump(*sides, pipe(moved=lambda *_: onlooker.execute("SELECT pg_terminate_backend(%s)", (pid,)) and None))
        assert caught.value.may_pass
        assert lost.session.closed
    assert count(ground) == 0


def test_a_stop_ends_a_copy_that_waits(ground: Ground) -> None:
    stop = Stop()
    with piped(ground) as (source, target):
        asker = threading.Timer(0.3, stop.ask)
        asker.start()
        with stop.heard(), pytest.raises(ServerError, match="57014"):
            pump(source, target, pipe("SELECT 1, pg_sleep(60)::text"))
        asker.join()
    assert count(ground) == 0


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGINT raises KeyboardInterrupt, even where whoever started the tests has set it to be ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_gets_through_to_a_copy_that_waits(ground: Ground) -> None:
    with piped(ground) as (_, target), fake_source(saying(COPY_OUT, row("1", "one"))) as source:
        interrupter = threading.Timer(0.3, _thread.interrupt_main)
        interrupter.start()
        with pytest.raises(KeyboardInterrupt):
            pump(source, target, pipe())
        interrupter.join()
        assert source.session.closed
        assert target.session.closed
    assert count(ground) == 0


# --- a server that is not what it says ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (saying(COPY_OUT, row("1", "one"), COPY_DONE, complete(2), READY), r"sent 2 rows, and target that it took 1"),
        (saying(COPY_OUT, row("1", "one"), failure("XX000", "it broke"), READY), r"it broke \[XX000\]"),
        (saying(COPY_OUT, row("1", "one"), COPY_DONE, failure("XX000", "late"), READY), r"late \[XX000\]"),
        (saying(COPY_OUT, row("1", "one"), COPY_DONE, READY), r"sent 0 rows, and target that it took 1"),
        (saying(COPY_OUT, row("1", "one", "more"), COPY_DONE, complete(1), READY), r"22P04"),
        (saying(COPY_OUT, row("1"), COPY_DONE, complete(1), READY), r"22P04"),
        (saying(failure("42501", "permission denied for table t"), READY), r"permission denied for table t"),
        (saying(complete(0), READY), r"answered a COPY with COMMAND_OK"),
        (saying(message(b"G", b"\0\0\2\0\0\0\0")), r"answered a COPY with COPY_IN"),
        (saying(message(b"?", b"what")), r"sources\.shop"),
        (saying(COPY_OUT, row("1", "one"), b"d\0\0\0\3"), r"sources\.shop"),
        (saying(COPY_OUT, message(b"Q", b"DROP TABLE t\0"), COPY_DONE, complete(0), READY), r"sources\.shop"),
        (saying(READY), r"sources\.shop"),
        (hangs_up, r"sources\.shop"),
        (hangs_up_in_a_large_row, r"sources\.shop"),
    ],
)
def test_a_source_that_breaks_the_protocol_leaves_nothing(ground: Ground, answer: Answer, expected: str) -> None:
    with piped(ground) as (_, target), fake_source(answer, patience=timedelta(seconds=2)) as source:
        with pytest.raises(DwMigrationError, match=expected):
            pump(source, target, as_text())
        assert target.session.closed or target.session.execute("ROLLBACK")
    assert count(ground) == 0


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8191, 1_000_000])
def test_messages_may_come_in_any_pieces(ground: Ground, size: int) -> None:
    rows = [row(str(number), "x" * (number % 40)) for number in range(100 if size < 10 else 20_000)]
    messages = [
        NOTICE,
        COPY_OUT,
        SETTING,
        *rows[:50],
        NOTICE,
        NOTICE,
        *rows[50:],
        COPY_DONE,
        complete(len(rows)),
        READY,
    ]
    with piped(ground) as (_, target), fake_source(in_pieces(size, *messages)) as source:
        assert pump(source, target, as_text()) == Pumped(len(rows), sum(len(each) - 5 for each in rows))
        target.session.execute("COMMIT")
    assert ground.rows("SELECT count(*), sum(length(v)) FROM t") == [
        (len(rows), sum(number % 40 for number in range(len(rows))))
    ]


def as_text(**fields: Any) -> Pipe:
    return Pipe(Sql("SELECT"), Sql("public.t"), Sql("id, v"), "text", **fields)


def test_a_source_that_sends_more_than_it_counted_is_not_believed(ground: Ground) -> None:
    answer = endless(COPY_OUT, row("1", "x" * 1000))
    with (
        piped(ground) as (_, target),
        fake_source(answer) as source,
        pytest.raises(ServerError, match="counted 10 rows, and sends more"),
    ):
        pump(source, target, as_text(most=10))
    assert count(ground) == 0


@pytest.mark.parametrize(
    "answer",
    [
        saying(COPY_OUT, row("1", "one")),
        endless(COPY_OUT, NOTICE),
        endless(COPY_OUT, message(b"d")),
        endless(COPY_OUT, message(b"A", b"\0\0\0\1channel\0payload\0")),
        trickles,
        saying(),
    ],
    ids=["silent", "notices", "empty messages", "notifications", "a row without end", "never begun"],
)
def test_a_source_from_which_no_row_comes_is_given_up(ground: Ground, answer: Answer) -> None:
    with piped(ground) as (_, target), fake_source(answer, patience=timedelta(seconds=0.5)) as source:
        with pytest.raises(NoConnection, match=r"sources\.shop: no row came for 0\.5 s") as caught:
            pump(source, target, as_text())
        assert caught.value.may_pass
        assert source.session.closed
    assert count(ground) == 0


def resident() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_memory_does_not_grow_with_the_rows(ground: Ground) -> None:
    seen: list[int] = []
    with piped(ground, "CREATE UNLOGGED TABLE t (id integer, v text)") as (source, target):
        select = "SELECT i, repeat('x', 10000) FROM generate_series(1, 10000) i"
        pump(source, target, pipe(select, moved=lambda *_: seen.append(resident())))
    assert len(seen) > 300
    assert max(seen) - seen[0] < 16 * 1024 * 1024


LARGE = "SELECT i, CASE i WHEN 2 THEN repeat('large', 10000000) ELSE 'small' END FROM generate_series(1, 3) i"


def test_a_large_row_goes_over(ground: Ground, way: str) -> None:
    told: list[tuple[int, int, int]] = []
    with piped(ground) as (source, target):
        pumped = pump(source, target, pipe(LARGE, moved=lambda *moved: told.append((resident(), *moved))))
        target.session.execute("COMMIT")
    assert ground.rows("SELECT id, v = repeat('large', 10000000) FROM t") == [(1, False), (2, True), (3, False)]
    assert (pumped.rows, pumped.bytes) == (3, sum(size for _, _, size in told))
    assert [sum(rows for _, rows, _ in told), min(size for _, _, size in told) > 0] == [3, True]
    if way == "sockets":  # libpq holds all of it
        assert max(size for _, _, size in told) <= pump_module.BUFFER
        assert max(memory for memory, _, _ in told) - told[0][0] < 16 * 1024 * 1024


def test_a_large_row_that_is_refused_leaves_sessions_that_go_on(ground: Ground) -> None:
    with piped(ground, "CREATE TABLE t (id integer, v text CHECK (length(v) < 1000))") as (source, target):
        target.session.execute("SAVEPOINT s")
        with pytest.raises(Refused, match="t_v_check"):
            pump(source, target, pipe(LARGE))
        target.session.execute("ROLLBACK TO s")
        assert pump(source, target, pipe()).rows == 100_000


@pytest.mark.parametrize("side", [0, 1], ids=["source", "target"])
def test_a_connection_that_is_lost_in_a_large_row_leaves_nothing(ground: Ground, side: int) -> None:
    select = LARGE.replace("(1, 3)", "(1, 1000000)")
    with piped(ground) as sides:
        lost, onlooker = sides[side], (ground.source, ground.target)[side]
        pid = lost.session.info.backend_pid
        with pytest.raises(NoConnection):
            pump(
                *sides,
                pipe(select, moved=lambda *_: onlooker.execute("SELECT pg_terminate_backend(%s)", (pid,)) and None),
            )
        assert lost.session.closed
        assert sides[1].session.closed or sides[1].session.execute("ROLLBACK")
    assert count(ground) == 0


def test_a_closed_session_is_told(ground: Ground) -> None:
    with piped(ground) as (source, target):
        source.session.close()
        with pytest.raises(NoConnection, match=r"sources\.shop"):
            pump(source, target, pipe())
    assert count(ground) == 0


# --- settings -------------------------------------------------------------------------------------------------------


def test_the_pure_python_implementation_is_refused(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump_module, "__impl__", "python")
    with piped(ground) as (source, target), pytest.raises(Unsupported, match=r"install psycopg\[binary\]"):
        pump(source, target, pipe())


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        """Now."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Later."""
        self.now += seconds


def test_a_rate_is_kept_over_all_that_take_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(pump_module, "time", clock)
    rate = Rate(100_000)
    for _ in range(40):
        rate.take(rate.block)
    assert rate.block == 25_000
    assert clock.now == pytest.approx(110.0)


def test_a_low_rate_writes_small_blocks(ground: Ground) -> None:
    told: list[tuple[int, int]] = []
    with piped(ground) as (source, target):
        select = "SELECT i, repeat('x', 1000) FROM generate_series(1, 500) i"
        pump(source, target, pipe(select, rate=Rate(2_000_000), moved=lambda *moved: told.append(moved)))
    assert max(size for _, size in told) < 502_000
    assert sum(size for _, size in told) > 500_000


def test_the_fake_server_ends() -> None:
    async def never(_: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    before = threading.active_count()
    with fake_source(never):
        pass
    assert threading.active_count() == before
