"""Rows from an old shop to a new one, from outside: the command line, and what stands in both databases."""

import json
import os
import random
import signal
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dw_migration.live.embedded import Server
from dw_migration.live.rows.copying import Ends
from dw_migration.migrate.rows import copy
from dw_migration_tests.conftest import MakesDatabase, MakesRole
from dw_migration_tests.outside import CommandLine, Ran, ended, password_of, started, until

OLD = """
CREATE TABLE customers (id int PRIMARY KEY, "Name" text NOT NULL);
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int NOT NULL REFERENCES customers,
                     status text, category text NOT NULL, amount numeric(8, 2) NOT NULL, memo text);
INSERT INTO customers SELECT n, 'Customer ' || n FROM generate_series(1, 50) n;
INSERT INTO orders (customer, status, category, amount, memo)
SELECT 1 + n % 50, (ARRAY['open', 'paid'])[n % 3], (ARRAY['books', 'games'])[1 + n % 2], n, 'CARD4111' || n
  FROM generate_series(1, 1000) n;
"""
NEW = """
CREATE TABLE categories (id int PRIMARY KEY, name text NOT NULL UNIQUE);
INSERT INTO categories VALUES (1, 'books'), (2, 'games');
CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                     customer_id bigint NOT NULL REFERENCES customers, status smallint,
                     category_id int NOT NULL REFERENCES categories,
                     amount numeric(8, 2) NOT NULL CONSTRAINT not_negative CHECK (amount >= 0), placed date NOT NULL);
CREATE INDEX orders_customer ON orders (customer_id);
"""
STATUS = {
    "action": "transform",
    "old_column": "status",
    "new_column": "status",
    "value_mapping": {"open": 1, "paid": 2},
}
CATEGORY = {
    "action": "transform",
    "old_column": "category",
    "new_column": "category_id",
    "lookup_table": {"table": "categories", "key_column": "name", "value_column": "id"},
}
PLACED = {"action": "default", "new_column": "placed", "default_value": "2024-02-29"}
MEMO = {"action": "ignore", "old_column": "memo"}
DECIDED = (STATUS, CATEGORY, PLACED, MEMO)

EXPECTED = """
SELECT id, customer, CASE status WHEN 'open' THEN 1 WHEN 'paid' THEN 2 END, category, amount, date '2024-02-29'
  FROM orders ORDER BY id
"""
FOUND = """
SELECT o.id, customer_id, status, c.name, amount, placed FROM orders o JOIN categories c ON c.id = category_id
 ORDER BY o.id
"""
CHUNKS = "FROM dw_migration.chunk JOIN dw_migration.copy c ON c.id = copy WHERE new_table = 'orders'"
STANDING = """
SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid IN (
    'orders'::regclass, 'customers'::regclass)
UNION ALL SELECT indrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
 WHERE indrelid IN ('orders'::regclass, 'customers'::regclass)
ORDER BY 1, 2
"""


@dataclass
class Move:
    """An old database and a new one, and the folder with their config."""

    run: CommandLine
    folder: Path
    old: str
    new: str

    def config(self, **databases: str) -> Path:
        """The config, with other urls for these."""
        urls = {"old": self.old, "new": self.new, **databases}
        path = self.folder / "dw_migration.yaml"
        content = {
            "target": {"url": self.new},
            "databases": {name: {"url": url} for name, url in urls.items()},
            "policy": {"lock_budget": "3s"},
        }
        path.write_text(json.dumps(content))
        return path

    def __call__(self, command: str, *options: str, code: int = 0) -> Ran:
        """`data ...`, which ends with this code."""
        ran = self.run(self.config(), "data", command, *options, "--prefix", "move")
        assert ran.code == code, ran.told
        assert "Traceback" not in ran.told
        return ran

    def analyze(self, *options: str, code: int = 0) -> Ran:
        """The changes, written anew."""
        return self("analyze", "--from", "old", "--to", "new", *options, code=code)

    def decide(self, *orders: dict[str, Any], **others: list[dict[str, Any]]) -> None:
        """Analyse, and write these decisions, an entry a line."""
        self.analyze()
        tables = {"orders": orders, **others}
        lines = [f'"{name}": [\n' + ",\n".join(map(json.dumps, those)) + "\n]" for name, those in tables.items()]
        self.decisions.write_text('{"resolutions": {\n' + ",\n".join(lines) + "\n}}")

    @property
    def results(self) -> Path:
        """Where the files lie."""
        return self.folder / "migration_workspace" / "results"

    @property
    def decisions(self) -> Path:
        """What a person decided."""
        return self.results / "move_manual_resolutions.json"

    def on(self, url: str, text: str) -> list[tuple[Any, ...]]:
        """What the statements give, the last one's rows."""
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(text.encode())
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def count(self, table: str = "orders") -> int:
        """The new table's rows."""
        return int(self.on(self.new, f"SELECT count(*) FROM {table}")[0][0])

    def are_there(self) -> bool:
        """Whether all rows came as they should, and indexes and constraints stand again."""
        assert self.on(self.new, "SELECT kind, name FROM dw_migration.taken_off") == []
        return self.on(self.new, FOUND) == self.on(self.old, EXPECTED)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(capsys)


@pytest.fixture
def move(run: CommandLine, database: MakesDatabase, tmp_path: Path) -> Move:
    """Both shops on the newest server."""
    made = Move(run, tmp_path, database(), database())
    made.on(made.old, OLD)
    made.on(made.new, NEW)
    return made


# --- the whole story --------------------------------------------------------------------------------------------------


def test_the_rows_of_an_old_shop_come_to_a_new_one(
    run: CommandLine, database: MakesDatabase, any_server: Server, tmp_path: Path
) -> None:
    move = Move(run, tmp_path, database(server=any_server), database())
    move.on(move.old, OLD)
    move.on(move.new, NEW)
    stood = move.on(move.new, STANDING)

    found = move.analyze("--check", "--format", "json", code=4).document
    breaking = [each for each in found["changes"] if each["severity"] == "breaking"]
    assert {(each["old_column"], each["new_column"]) for each in breaking} == {
        ("status", "status"),
        ("category", "category_id"),
        (None, "placed"),
        ("memo", None),
    }
    assert "data resolve --prefix move" in move("copy", code=4).told
    move("resolve")
    assert "found null; expected" in move("validate", code=2).told, "nothing is decided yet"
    move.decide(*DECIDED)
    move("validate")

    assert "nothing was written" in move("copy").told
    assert move.count() == 0
    copied = move("copy", "--live", "--format", "json").document
    assert {each["table"]: (each["status"], each["rows"]) for each in copied["tables"]} == {
        "customers": ("copied", 50),
        "orders": ("copied", 1000),
    }
    assert move.are_there()
    assert move.on(move.new, STANDING) == stood
    assert move.on(move.new, "INSERT INTO orders VALUES (DEFAULT, 1, 1, 1, 0, 'now') RETURNING id") == [(1001,)]
    move.on(move.new, "DELETE FROM orders WHERE id = 1001")

    move("verify")
    again = move("copy", "--live", "--format", "json").document
    assert {(each["status"], each["rows"]) for each in again["tables"]} == {("unchanged", 0)}
    assert "no row was refused" in move("rejects").told


def test_what_changed_since_is_caught_up(move: Move) -> None:
    move.decide(*DECIDED)
    move("copy", "--live", "--batch-size", "100")
    move.on(
        move.old,
        """UPDATE orders SET amount = 4711 WHERE id = 250; DELETE FROM orders WHERE id = 777;
           INSERT INTO customers VALUES (51, 'late');
           INSERT INTO orders (customer, category, amount) VALUES (51, 'books', 1)""",
    )
    told = move("verify", code=3).told
    assert [word for word in ("other: 250", "extra: 777", "missing: 1001", "--catch-up") if word not in told] == []
    caught = move("copy", "--live", "--catch-up", "--format", "json").document
    assert sum(each["removed"] for each in caught["tables"]) == 1
    assert move.are_there()
    move("verify")


def test_xml_and_hstore_arrive_as_they_were(
    run: CommandLine, database: MakesDatabase, older_server: Server, tmp_path: Path
) -> None:
    move = Move(run, tmp_path, database(server=older_server), database(server=older_server))
    table = "CREATE TABLE kept (id int PRIMARY KEY, x xml, h public.hstore, hs public.hstore[])"
    for url in (move.old, move.new):
        if move.on(url, "SELECT count(*) FROM pg_available_extensions WHERE name = 'hstore'") == [(0,)]:
            pytest.skip("the older server has no hstore: it comes with PostgreSQL's contrib")
        move.on(url, f"CREATE EXTENSION hstore; {table}")
    move.on(
        move.old,
        r"""INSERT INTO kept VALUES (1, '<a b="1">\.&amp;</a>', 'a=>1, b=>NULL, "c d"=>"e\\f\"g"', '{a=>b,NULL}'),
               (2, '<?xml version="1.0"?><z/>', '', '{}'), (3, NULL, NULL, NULL)""",
    )
    move.analyze()
    move("copy", "--live")
    kept = "SELECT id, x::text, h::text, hs::text FROM kept ORDER BY id"
    assert move.on(move.new, kept) == move.on(move.old, kept)
    assert len(move.on(move.new, kept)) == 3
    move("verify")


@pytest.mark.parametrize(
    "options",
    [
        ["--catch-up"],
        ["--retry-rejects"],
        ["--live", "--retry-rejects", "--truncate"],
        ["--live", "--retry-rejects", "--catch-up"],
    ],
)
def test_options_that_do_not_fit_are_bad_usage(move: Move, options: list[str]) -> None:
    told = move("copy", *options, code=2).told
    assert options[-1] in told
    assert move.count() == 0


def test_a_second_copy_says_that_nothing_is_new(move: Move) -> None:
    move.decide(*DECIDED)
    move("copy", "--live")
    again = move("copy", "--live", "--format", "json").document
    assert (again["status"], {each["status"] for each in again["tables"]}) == ("unchanged", {"unchanged"})


def test_a_row_that_is_refused_is_put_aside_and_comes_once_it_is_mended(move: Move) -> None:
    move.on(move.old, "UPDATE orders SET amount = -411.10 WHERE id = 137")
    move.decide(*DECIDED)
    refused = move("copy", "--live", code=3)
    assert move.count() == 999
    shown = move("rejects", code=3)
    assert [word for word in ("orders", "137", "not_negative", "--retry-rejects") if word not in shown.told] == []
    assert "411.10" not in refused.told + shown.told, "the value is told only where that was asked for"
    move("verify")

    move.on(move.old, "UPDATE orders SET amount = 411.10 WHERE id = 137")
    move("copy", "--live", "--retry-rejects")
    move("rejects")
    assert move.are_there()


def test_a_strict_copy_fails_at_a_row_that_is_refused(move: Move) -> None:
    move.on(move.old, "UPDATE orders SET amount = -1 WHERE id = 137")
    move.decide(*DECIDED)
    assert "not_negative" in move("copy", "--live", "--strict", code=1).told
    assert move.count() == 0
    move.on(move.old, "UPDATE orders SET amount = 1 WHERE id = 137")
    move("copy", "--live", "--strict")
    assert move.are_there()


def test_names_are_names_whatever_they_hold(run: CommandLine, database: MakesDatabase, tmp_path: Path) -> None:
    move = Move(run, tmp_path, database(), database())
    for url, type_ in ((move.old, "int"), (move.new, "bigint")):
        move.on(url, f"""CREATE TABLE "a ""b"" %s {{0}}\n;--" ("k'%(x)s" {type_} PRIMARY KEY, "$$ :v" text)""")
    move.on(
        move.old,
        """INSERT INTO "a ""b"" %s {0}\n;--" SELECT n, E'%s {} \\\\. \\n' || n FROM generate_series(1, 10) n""",
    )
    move.analyze()
    move("copy")
    move("copy", "--live")
    move("verify")
    assert move.count('"a ""b"" %s {0}\n;--"') == 10


def test_values_stand_only_in_files_that_are_their_owners_alone(move: Move) -> None:
    """CARD4111 is a status that has to be mapped, and the beginning of values that are too long."""
    move.on(move.new, "ALTER TABLE orders ADD memo varchar(10)")
    move.on(move.old, "UPDATE orders SET status = 'CARD4111' WHERE id = 1")
    told = [move.analyze().told]
    move("resolve")
    assert "CARD4111" in move.decisions.read_text()
    move.on(move.old, "UPDATE orders SET status = 'open' WHERE id = 1")
    move.decide(STATUS, CATEGORY, PLACED, {"action": "rename", "old_column": "memo", "new_column": "memo"})
    told += [move("copy", code=3).told, move("copy", "--live", code=3).told, move("rejects", code=3).told]
    assert not [each for each in told if "CARD4111" in each]
    open_to_others = [each for each in move.results.iterdir() if stat.S_IMODE(each.stat().st_mode) & 0o077]
    assert not [each.name for each in open_to_others if "CARD4111" in each.read_text()]
    names = {each.name.partition("_20")[0] for each in set(move.results.iterdir()) - set(open_to_others)}
    assert names == {
        "move_manual_resolutions.json",
        "move_migration_result_dryrun",
        "move_migration_result_live",
    }


def test_a_catch_up_moves_sequences_and_fires_no_trigger(move: Move) -> None:
    move.on(
        move.new,
        """CREATE SCHEMA other; CREATE TABLE other.log (t text);
           CREATE FUNCTION other.f() RETURNS trigger LANGUAGE plpgsql
           AS 'BEGIN INSERT INTO other.log VALUES (TG_OP); RETURN NEW; END';
           CREATE TRIGGER t BEFORE INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION other.f()""",
    )
    move.decide(*DECIDED)
    move("copy", "--live")
    move.on(
        move.old,
        "DELETE FROM orders WHERE id = 1; INSERT INTO orders (customer, category, amount) VALUES (1, 'books', 1)",
    )
    move("copy", "--live", "--catch-up")
    assert move.are_there()
    assert move.on(move.new, "SELECT * FROM other.log") == []
    assert move.on(move.new, "INSERT INTO orders VALUES (DEFAULT, 1, 1, 1, 0, 'now') RETURNING id") == [(1002,)]
    assert move.on(move.new, "SELECT * FROM other.log") == [("INSERT",)]


def test_a_table_that_cannot_be_caught_up_is_told_and_stops_no_other(move: Move) -> None:
    move.on(move.old, "CREATE TABLE visits (at int); INSERT INTO visits VALUES (1)")
    move.on(move.new, "CREATE TABLE visits (at bigint)")
    move.decide(*DECIDED)
    move("copy", "--live")
    move("copy", "--live", "--catch-up")
    move.on(move.old, "INSERT INTO visits VALUES (2); UPDATE orders SET amount = 4711 WHERE id = 250")
    assert "visits: differs, and has no key" in move("copy", "--live", "--catch-up", code=1).told
    assert move.are_there()


def test_a_lock_that_lasts_fails_a_catch_up(move: Move) -> None:
    move.decide(*DECIDED)
    move("copy", "--live")
    move.on(move.old, "UPDATE orders SET amount = 4711 WHERE id = 250")
    with psycopg.connect(move.new) as other:
        other.execute("LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE")
        assert "55P03" in move("copy", "--live", "--catch-up", code=1).told
    move("copy", "--live", "--catch-up")
    assert move.are_there()


def test_a_unique_index_that_could_not_be_put_back_is_once_the_rows_are_caught_up(move: Move) -> None:
    move.on(move.new, "CREATE UNIQUE INDEX of_name ON customers (name)")
    move.on(move.old, """UPDATE customers SET "Name" = 'twice' WHERE id IN (3, 4)""")
    move.decide(*DECIDED)
    assert "of_name" in move("copy", "--live", code=1).told
    move.on(move.old, """UPDATE customers SET "Name" = 'once' WHERE id = 4""")
    move("copy", "--live", "--catch-up")
    assert move.are_there()


def test_nobody_was_refused_before_anything_was_copied(move: Move) -> None:
    move.analyze()
    move("rejects")


# --- decisions that cannot be carried out -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("validate",), ("copy",), ("copy", "--live")], ids=" ".join)
def test_decisions_that_are_not_json(move: Move, command: tuple[str, ...]) -> None:
    move.analyze()
    move.decisions.write_text('{"resolutions": {\n"orders": [{"action" "ignore"}]\n}}')
    assert f"{move.decisions}:2: " in move(*command, code=2).told
    assert move.count() == 0


@pytest.mark.parametrize(
    ("entry", "place", "words"),
    [
        ({**STATUS, "old_column": "state"}, "orders[0].old_column", 'found "state"; expected "status"?'),
        ({**STATUS, "value_mapping": {"open": 1}}, "orders[0].value_mapping", 'has no entry for "paid" (333 rows)'),
        (
            {**STATUS, "value_mapping": {"open": 1, "paid": "much"}},
            "orders[0].value_mapping.paid",
            'found "much"; expected a value of smallint',
        ),
        ({**STATUS, "value_mapping": {"open": 1, "paid": 99999}}, "orders[0].value_mapping.paid", 'found "99999"'),
        ({**STATUS, "action": "transfrom"}, "orders[0].action", 'found "transfrom"; expected "transform"?'),
    ],
    ids=["no such old column", "unmapped", "no number", "too large", "no such action"],
)
def test_decisions_that_do_not_fit(move: Move, entry: dict[str, Any], place: str, words: str) -> None:
    """Each is told with its place, by `validate` and before a row is copied."""
    move.decide(entry, *DECIDED[1:])
    for command in (("validate",), ("copy",), ("copy", "--live")):
        told = move(*command, code=2).told
        assert f"{move.decisions}:3: resolutions.{place}: " in told
        assert words in told
    assert move.count() == 0
    move.decide(*DECIDED)
    move("copy", "--live")
    assert move.are_there()


def test_a_decision_about_a_column_that_is_not_there_decides_nothing(move: Move) -> None:
    move.decide({**STATUS, "new_column": "stat"}, *DECIDED[1:])
    told = move("validate", code=2).told
    assert f'{move.decisions}:3: resolutions.orders[0].new_column: found "stat"; expected "status"?' in told
    assert "breaking orders: column status: text becomes smallint" in move("copy", "--live", code=4).told
    assert move.count() == 0


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("1; DELETE FROM public.orders", "found a semicolon; expected one expression"),
        ("public.spy()", "calls spy, which is volatile"),
        ("(SELECT public.spy())", "calls spy, which is volatile"),
        ("nextval('public.orders_id_seq')", "calls nextval, which is volatile"),
        ("pg_read_file('/etc/passwd')", "calls pg_read_file, which is volatile"),
        ("amount +", "is no SQL expression"),
        ("amont", 'found the column "amont"; expected "amount"?'),
        ("'much'", "the old database refuses it"),
    ],
)
def test_expressions_that_no_copy_may_run(move: Move, expression: str, words: str) -> None:
    move.on(
        move.old,
        """CREATE TABLE loot (); CREATE FUNCTION spy() RETURNS int LANGUAGE plpgsql
           AS 'BEGIN INSERT INTO public.loot DEFAULT VALUES; RETURN 1; END'""",
    )
    wanted = {"action": "expression", "old_column": "status", "new_column": "status", "expression": expression}
    move.decide(wanted, *DECIDED[1:], loot=[{"action": "drop_table"}])
    for command in (("validate",), ("copy",), ("copy", "--live")):
        told = move(*command, code=2).told
        assert "resolutions.orders[0].expression: " in told
        assert words in told
    assert move.on(move.old, "SELECT count(*), (SELECT last_value FROM orders_id_seq) FROM loot") == [(0, 1000)]
    assert move.on(move.old, "SELECT count(*) FROM orders") == [(1000,)]
    assert move.count() == 0


# --- tables that are not as a copy would like them --------------------------------------------------------------------


def test_rows_of_others_are_not_mixed_with_ours_unless_that_is_asked_for(move: Move) -> None:
    move.on(move.new, "INSERT INTO customers VALUES (7, 'ours'), (700, 'ours too')")
    move.decide(*DECIDED)
    told = move("copy", "--live", code=2).told
    assert [word for word in ("public.customers", "--append", "--upsert", "--truncate") if word not in told] == []
    assert move.on(move.new, "SELECT * FROM customers ORDER BY 1") == [(7, "ours"), (700, "ours too")]
    assert move.count() == 0

    move("copy", "--live", "--upsert")
    assert move.on(move.new, "SELECT name FROM customers WHERE id IN (7, 700) ORDER BY id") == [
        ("Customer 7",),
        ("ours too",),
    ]
    assert move.are_there()
    move("copy", "--live", "--truncate")
    assert move.count("customers") == 50
    assert move.are_there()


def test_a_dry_run_tells_of_rows_of_others(move: Move) -> None:
    move.on(move.new, "INSERT INTO customers VALUES (7, 'ours')")
    move.decide(*DECIDED)
    assert "customers: the new table has rows already" in move("copy", code=3).told
    move("copy", "--truncate")
    move("copy", "--live", "--truncate")
    move("copy")


def test_a_database_is_not_copied_onto_itself(move: Move) -> None:
    """To empty the new table would be the end of the old one."""
    move("analyze", "--from", "old", "--to", "old")
    for mode in ("--truncate", "--append", "--upsert"):
        assert "is read and written in one database" in move("copy", "--live", mode, code=2).told
    assert move.on(move.old, "SELECT count(*) FROM orders") == [(1000,)]


def test_nothing_is_emptied_where_another_table_is_not_ours(move: Move, role: MakesRole) -> None:
    owner = role()
    move.decide(*DECIDED)
    move("copy", "--live")
    move.on(
        move.new,
        f"GRANT ALL ON SCHEMA public, dw_migration TO {owner}; ALTER TABLE customers OWNER TO {owner};"
        f"GRANT ALL ON ALL TABLES IN SCHEMA public, dw_migration TO {owner}",
    )
    url = move.new.replace("postgres@", f"{owner}@")
    told = move.run(move.config(new=url), "data", "copy", "--live", "--truncate", "--prefix", "move")
    assert told.code == 1, told.told
    assert "belong to other roles" in told.told
    assert (move.count("customers"), move.count()) == (50, 1000)


def test_rows_are_appended_to_those_of_others(move: Move) -> None:
    move.on(move.new, "INSERT INTO customers VALUES (7, 'ours'), (700, 'ours too')")
    move.decide(*DECIDED)
    told = move("copy", "--live", "--append", "--tables", "customers", code=3).told
    assert "rejected" in told, "the customer whose key is there"
    assert move.on(move.new, "SELECT count(*), count(*) FILTER (WHERE name LIKE 'ours%') FROM customers") == [(51, 2)]


def test_a_table_without_a_key_is_copied_whole(move: Move) -> None:
    move.on(move.old, "CREATE TABLE visits (at int); INSERT INTO visits SELECT 1 FROM generate_series(1, 500)")
    move.on(move.new, "CREATE TABLE visits (at bigint)")
    move.decide(*DECIDED)
    for command in (("copy",), ("copy", "--live", "--batch-size", "100")):
        told = {each["table"]: each for each in move(*command, "--format", "json").document["tables"]}
        assert "it is copied whole" in " ".join(told["visits"]["notes"])
        assert "it is copied whole" not in " ".join(told["orders"]["notes"])
    assert move.count("visits") == 500
    move("verify")
    move("copy", "--live")
    assert move.count("visits") == 500


def test_two_modes_at_once_are_bad_usage(move: Move) -> None:
    move.decide(*DECIDED)
    told = move("copy", "--live", "--append", "--truncate", code=2).told
    assert "--truncate and --append exclude one another" in told


# --- what does not answer, or dies ------------------------------------------------------------------------------------


def test_an_old_database_that_is_down(move: Move) -> None:
    move.decide(*DECIDED)
    config = move.config(old="postgresql://u@127.0.0.1:9/x")
    ran = move.run(config, "data", "copy", "--live", "--prefix", "move")
    assert ran.code == 1
    assert "databases.old: cannot reach 127.0.0.1:9/x as u: connection refused" in ran.told
    assert move.count() == 0


@dataclass
class Wire:
    """A way to a server that lets so many bytes of answers through, and then breaks, or is silent."""

    server: Server
    most: int
    is_cut: bool
    """False: it stays open, and nothing comes any more."""
    delay: float = 0.0
    """Seconds that a block takes, and now and then ten times that, as where one is lost and sent again."""
    passed: int = 0
    _listener: socket.socket = field(init=False)
    _open: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, url: str) -> str:
        """The same database by way of the wire."""
        password = password_of(self.server)
        port = self._listener.getsockname()[1]
        name = conninfo_to_dict(url)["dbname"]
        return f"postgresql://postgres:{password}@127.0.0.1:{port}/{name}?sslmode=disable"

    @property
    def is_worn(self) -> bool:
        """Whether as many bytes have passed as may."""
        return self.passed >= self.most

    def close(self) -> None:
        """All ends are closed."""
        self._listener.close()
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(f"{self.server.host}/.s.PGSQL.{self.server.port}")
                self._open += [client, server]
                threading.Thread(target=self._carry, args=(client, server), daemon=True).start()
                threading.Thread(
                    target=self._carry, args=(server, client), kwargs={"counts": True}, daemon=True
                ).start()

    def _carry(self, source: socket.socket, target: socket.socket, *, counts: bool = False) -> None:
        with suppress(OSError):
            while block := source.recv(4096):
                self.passed += len(block) if counts else 0
                time.sleep(self.delay * random.choice((1, 1, 1, 1, 10)))  # noqa: S311 - no secret
                if not self.is_worn:
                    target.sendall(block)
                elif self.is_cut:
                    break
            target.shutdown(socket.SHUT_RDWR)


@pytest.fixture(params=["cut", "silent"])
def wire(request: pytest.FixtureRequest, server: Server) -> Iterator[Wire]:
    """To the newest server."""
    made = Wire(server, 300_000, is_cut=request.param == "cut")
    yield made
    made.close()


def test_an_old_database_that_stops_answering_costs_nothing_but_the_time(
    move: Move, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told as that; the ledger says what came, and the next run goes on."""
    impatient(monkeypatch)
    move.on(
        move.old,
        "INSERT INTO orders (customer, category, amount) SELECT 1, 'books', n FROM generate_series(1, 20000) n",
    )
    move.decide(*DECIDED)
    ran = move.run(
        move.config(old=wire.url(move.old)), "data", "copy", "--live", "--batch-size", "500", "--prefix", "move"
    )
    assert wire.is_worn
    assert ran.code == 1, ran.told
    assert "databases.old: " in ran.told
    noted = f"SELECT coalesce(sum(chunk.rows), 0) {CHUNKS}"
    assert move.on(move.new, noted) == [(move.count(),)]
    move("copy", "--live")
    assert move.count() == 21_000
    assert move.are_there()
    move("verify")


def test_a_slow_and_lossy_way_to_the_old_database_costs_time_alone(move: Move, server: Server) -> None:
    move.decide(*DECIDED)
    slow = Wire(server, 10**9, is_cut=False, delay=0.015)
    try:
        config = move.config(old=slow.url(move.old))
        ran = move.run(config, "data", "copy", "--live", "--batch-size", "500", "--workers", "1", "--prefix", "move")
        assert ran.code == 0, ran.told
        assert move.run(config, "data", "verify", "--prefix", "move").code == 0
    finally:
        slow.close()
    assert slow.passed > 50_000
    assert move.are_there()


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies wait two seconds for a row."""
    ends_of = copy.ends_of

    def soon(*arguments: Any) -> Ends:
        return replace(ends_of(*arguments), patience=timedelta(seconds=2))

    monkeypatch.setattr(copy, "ends_of", soon)


def test_a_killed_copy_is_gone_on_with_and_every_row_comes_once(move: Move) -> None:
    move.on(
        move.old, "INSERT INTO orders (customer, category, amount) SELECT 1, 'books', n FROM generate_series(1, 9000) n"
    )
    stood = move.on(move.new, STANDING)
    move.decide(*DECIDED)
    process = started(
        move.config(), "data", "copy", "--live", "--batch-size", "500", "--limit-rate", "100k", "--prefix", "move"
    )
    until(lambda: process.poll() is not None or chunks(move) > 0)
    os.kill(process.pid, signal.SIGKILL)
    ended(process)
    resumed = move("copy", "--live", "--format", "json").document
    assert sum(each["rows"] + each["skipped"] for each in resumed["tables"]) == 10_050
    assert move.are_there()
    assert move.on(move.new, STANDING) == stood
    move("verify")


def chunks(move: Move) -> int:
    """How many of the orders' are noted as copied."""
    ((ledger,),) = move.on(move.new, "SELECT to_regclass('dw_migration.chunk')")
    noted = f"SELECT count(copied_at) {CHUNKS}"
    return int(move.on(move.new, noted)[0][0]) if ledger else 0
