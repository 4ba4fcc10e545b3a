"""`data resolve` and `data validate` on real databases: a template, and every fault of what a person made of it."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration.config import Config, load_config
from dw_migration.errors import BadConfig, NotOurs
from dw_migration.live.rows.side import Side
from dw_migration.migrate.rows.analyze import analyze, analyzed
from dw_migration.migrate.rows.asked import Asked
from dw_migration.migrate.rows.plans import plans_of
from dw_migration.migrate.rows.resolve import Resolved, read_file, resolve
from dw_migration.migrate.rows.validate import validate
from dw_migration_tests.conftest import MakesDatabase

Connect = Callable[[str], psycopg.Connection]

OLD = """
CREATE TABLE orders (id int PRIMARY KEY, status text, category text NOT NULL, code varchar(9), gone text);
INSERT INTO orders SELECT n, CASE WHEN n % 3 = 0 THEN 'it''s "done"' WHEN n < 8 THEN 'open' END,
                          'kind ' || n % 2, 'c' || n, 'g' FROM generate_series(1, 9) n;
CREATE TABLE legacy (a int);
CREATE TABLE fine (a int PRIMARY KEY, d date);
"""
NEW = """
CREATE TABLE kinds (id int PRIMARY KEY, name text);
INSERT INTO kinds VALUES (1, 'kind 0');
CREATE TABLE orders (id bigint PRIMARY KEY, status smallint, category_id int NOT NULL REFERENCES kinds,
                     code varchar(9), placed date NOT NULL, twice bigint GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE fine (a int PRIMARY KEY, d timestamp);
"""
DECIDED = [
    {
        "action": "transform",
        "old_column": "status",
        "new_column": "status",
        "value_mapping": {'it\'s "done"': 1, "open": 2},
    },
    {
        "action": "transform",
        "old_column": "category",
        "new_column": "category_id",
        "lookup_table": {"table": "kinds", "key_column": "name", "value_column": "id"},
        "default_value": 1,
    },
    {"action": "ignore", "old_column": "gone"},
    {"action": "default", "new_column": "placed", "default_value": "2024-02-29"},
]
DROPPED = {"legacy": [{"action": "drop_table"}]}


class Place:
    """Two databases that were analysed, and the folder of the results."""

    def __init__(self, folder: Path, old: str, new: str) -> None:
        self.old, self.new, self.results = old, new, folder / "migration_workspace" / "results"
        path = folder / "dw_migration.yaml"
        path.write_text(json.dumps({"target": {"url": new}, "databases": {"old": {"url": old}}}))
        self.config: Config = load_config(path)
        self.asked = Asked(prefix="move")
        self.analyze()

    def analyze(self) -> None:
        """Write the changes anew."""
        analyze(self.config, from_="old", to="target", prefix="move")

    @property
    def file(self) -> Path:
        """The resolutions."""
        return self.results / "move_manual_resolutions.json"

    def resolve(self, **options: Any) -> Resolved:
        """Write their template."""
        return resolve(self.config, self.asked, **options)

    def decide(self, *orders: dict[str, Any], **others: list[dict[str, Any]]) -> None:
        """Write these decisions, an entry a line."""
        tables = {"orders": list(orders), **DROPPED, **others}
        lines = [
            f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(each) for each in those) + "\n]"
            for name, those in tables.items()
        ]
        self.file.write_text('{"resolutions": {\n' + ",\n".join(lines) + "\n}}")

    def faults(self) -> list[str]:
        """Each without the file's path."""
        return [str(each).removeprefix(f"{self.file}:") for each in validate(self.config, self.asked)]


@pytest.fixture
def place(database: MakesDatabase, connect: Connect, tmp_path: Path) -> Place:
    old, new = database(), database()
    connect(old).execute(OLD.encode())
    connect(new).execute(NEW.encode())
    return Place(tmp_path, old, new)


# --- resolve ----------------------------------------------------------------------------------------------------------


def test_a_template_is_written_with_the_values_that_are_there(place: Place) -> None:
    found = place.resolve()
    assert found.path == place.file
    made = json.loads(place.file.read_text())["resolutions"]
    assert {key: [each["action"] for each in those] for key, those in made.items()} == {
        "legacy": ["drop_table"],
        "orders": ["transform", "ignore", "default", "transform"],
    }
    by_column = {each["new_column"]: each for each in made["orders"]}
    assert by_column["status"]["value_mapping"] == {"open": None, 'it\'s "done"': None}
    assert by_column["status"]["counts"] == {"open": 5, 'it\'s "done"': 3}
    assert (found.entries, len(found.faults)) == (5, 5)
    assert {each.message.partition(";")[0] for each in found.faults} == {"found null"}


def test_the_template_is_its_owner_s_alone_whatever_the_umask(place: Place) -> None:
    before = os.umask(0)
    try:
        place.resolve()
    finally:
        os.umask(before)
    assert stat.S_IMODE(place.file.stat().st_mode) == 0o600
    assert sorted(each.name for each in place.results.iterdir()) == [
        "move_manual_resolutions.json",
        "move_migration_changes.json",
        "move_migration_report.txt",
        "resolutions.schema.json",
    ]


def test_what_a_person_wrote_is_never_lost(place: Place) -> None:
    place.resolve()
    first = place.file.read_text()
    place.resolve()  # the same again is no matter
    place.file.write_text("mine")
    with pytest.raises(BadConfig, match="is there already, and may hold decisions"):
        place.resolve()
    place.resolve(force=True)
    assert place.file.read_text() == first
    kept = place.file.with_name(f"{place.file.name}.bak")
    assert (kept.read_text(), stat.S_IMODE(kept.stat().st_mode)) == ("mine", 0o600)


def test_a_link_is_not_followed(place: Place, tmp_path: Path) -> None:
    place.file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotOurs):
        place.resolve(force=True)
    assert not (tmp_path / "elsewhere").exists()


def test_without_changes_there_is_nothing_to_decide(place: Place, connect: Connect) -> None:
    connect(place.old).execute("DROP TABLE orders, legacy")
    connect(place.new).execute("DROP TABLE orders")
    place.analyze()
    assert place.faults() == []
    assert place.resolve().entries == 0
    assert place.faults() == []


# --- validate ---------------------------------------------------------------------------------------------------------


def test_decisions_that_settle_everything_have_no_fault_and_compile(place: Place, connect: Connect) -> None:
    place.decide(*DECIDED)
    assert place.faults() == []
    file = read_file(place.file)
    assert file is not None
    comparison, _ = analyzed(place.config, place.results / "move_migration_changes.json")
    plans = plans_of(comparison, file.content, Side(connect(place.new), "target"))
    assert [each.old[1] for each in plans.tables] == ["fine", "orders"]
    rows = connect(place.old).execute(plans.tables[1].select().text.encode()).fetchall()
    assert len(rows) == 9
    assert {row[2] for row in rows} == {1}


def test_a_file_in_yaml_is_taken_too(place: Place) -> None:
    text = "resolutions:\n  legacy: [{action: drop_table}]\n  orders:\n" + "".join(
        f"    - {json.dumps(each)}\n" for each in DECIDED
    )
    place.file.with_suffix(".yaml").write_text(text)
    assert place.faults() == []


def test_changes_without_a_file_name_the_command_that_makes_one(place: Place) -> None:
    with pytest.raises(BadConfig, match="run `dw-migration data resolve` first"):
        place.faults()


def test_what_is_not_json_is_told_with_its_line(place: Place) -> None:
    place.file.write_text("{\n]")
    with pytest.raises(BadConfig, match=r"json:2: is not JSON: expected a key in double quotes"):
        place.faults()


def test_the_template_itself_waits_for_every_decision(place: Place) -> None:
    place.resolve()
    told = [each.split(": ")[1].removeprefix("resolutions.orders") for each in place.faults()]
    assert told == [
        '[0].value_mapping."kind 1"',
        '[0].value_mapping."kind 0"',
        "[2].default_value",
        "[3].value_mapping.open",
        '[3].value_mapping."it\'s "done""',
    ]


def test_every_fault_is_told_at_once_each_with_its_place(place: Place) -> None:
    place.decide(
        {"action": "transform", "old_column": "status", "new_column": "status", "value_mapping": {"open": "x"}},
        {"action": "transform", "old_column": "category", "new_column": "category_id",
         "lookup_table": {"table": "kinds", "key_column": "name", "value_column": "id"}},
        {"action": "ignore", "old_column": "gon"},
        {"action": "default", "new_column": "placed", "default_value": "2023-02-29"},
        {"action": "rename", "old_column": "code", "new_column": "twice"},
        {"action": "expression", "new_column": "id", "expression": "id; DROP TABLE orders"},
        {"action": "expression", "new_column": "code", "expression": "random()::text"},
        order=[],
        fine=[{"action": "expression", "new_column": "d", "expression": "no_such(a)"}],
    )  # fmt: skip
    assert place.faults() == [
        "2: resolutions.orders: column gone (text) has no place in the new table: 9 of 9 rows have a value there; "
        "expected an entry for it: its values are left behind: say ignore, or rename to the column that takes them",
        '3: resolutions.orders[0].value_mapping: has no entry for "it\'s "done"" (3 rows); expected one, or a '
        "default_value",
        '3: resolutions.orders[0].value_mapping.open: found "x"; expected a value of smallint',
        '4: resolutions.orders[1].lookup_table: has no entry for "kind 1" (5 rows); expected one, or a default_value',
        '5: resolutions.orders[2].old_column: found "gon"; expected "gone"?',
        '6: resolutions.orders[3].default_value: found "2023-02-29"; expected a value of date',
        "7: resolutions.orders[4].new_column: is generated by the new table; expected the action ignore",
        "8: resolutions.orders[5].expression: found a semicolon; expected one expression",
        "9: resolutions.orders[6].expression: calls random, which is volatile: it could write, or give another value "
        "later; expected another expression",
        '14: resolutions.order: found "order"; expected "orders"?',
        "18: resolutions.fine[0].expression: the old database refuses it: databases.old: function no_such(integer) "
        "does not exist [42883]",
    ]


@pytest.mark.parametrize(
    ("lookup", "told"),
    [
        ({"table": "kind"}, '.table: found "public.kind"; expected a table of the new database'),
        ({"key_column": "nam"}, '.key_column: found "nam"; expected "name"?'),
        ({"value_column": "zzz"}, '.value_column: found "zzz"; expected a column of the lookup table'),
        ({"value_column": "name"}, ".value_column: holds values that integer refuses"),
    ],
)
def test_a_lookup_table_is_looked_at_in_the_new_database(
    place: Place, lookup: dict[str, str], told: str, connect: Connect
) -> None:
    connect(place.new).execute("INSERT INTO kinds VALUES (2, 'kind 1')")
    table = {"table": "kinds", "key_column": "name", "value_column": "id"} | lookup
    place.decide(DECIDED[0], DECIDED[1] | {"lookup_table": table}, *DECIDED[2:])
    assert place.faults() == [f"4: resolutions.orders[1].lookup_table{told}"]


def test_an_old_value_may_stand_in_a_lookup_table_once(place: Place, connect: Connect) -> None:
    connect(place.new).execute("INSERT INTO kinds VALUES (2, 'kind 1'), (3, 'kind 1')")
    place.decide(*DECIDED)
    assert place.faults() == [
        '4: resolutions.orders[1].lookup_table.key_column: has "kind 1" 2 times; expected each old value once'
    ]


def test_a_lookup_table_that_this_copy_fills_is_believed(place: Place, connect: Connect) -> None:
    connect(place.old).execute("CREATE TABLE kinds (id int PRIMARY KEY, name text)")
    place.analyze()
    undefaulted = {key: value for key, value in DECIDED[1].items() if key != "default_value"}
    place.decide(DECIDED[0], undefaulted, *DECIDED[2:])
    assert place.faults() == []
    comparison, _ = analyzed(place.config, place.results / "move_migration_changes.json")
    file = read_file(place.file)
    assert file is not None
    plans = plans_of(comparison, file.content, Side(connect(place.new), "target"))
    assert [each.old[1] for each in plans.tables] == ["fine", "kinds", "orders"]
    assert [each.column for each in plans.tables[2].staged] == ["category_id"]


def test_null_needs_a_value_where_the_new_column_takes_none(place: Place, connect: Connect) -> None:
    connect(place.new).execute("ALTER TABLE orders ALTER status SET NOT NULL")
    place.analyze()
    place.decide(*DECIDED)
    assert place.faults() == [
        '3: resolutions.orders[0].default_value: "status" is NULL in 1 row, and "status" is NOT NULL; expected '
        "a default_value"
    ]
    place.decide(DECIDED[0] | {"default_value": 0}, *DECIDED[1:])
    assert place.faults() == []


def test_an_expression_runs_read_only_and_over_no_row(place: Place, connect: Connect) -> None:
    connect(place.old).execute(
        "CREATE FUNCTION writes(int) RETURNS int LANGUAGE sql AS 'DELETE FROM public.orders; SELECT 1'"
    )
    told = {
        "public.writes(id)": "calls writes, which is volatile",
        "id / 0": None,
        "date '2024-01-01'": "the old database refuses it: databases.old: cannot cast type date to bigint [42846]",
    }
    for text, reason in told.items():
        place.decide(*DECIDED, {"action": "expression", "new_column": "id", "expression": text})
        assert [reason in each for each in place.faults() if reason] == ([True] if reason else [])
    assert connect(place.old).execute("SELECT count(*) FROM orders").fetchone() == (9,)


def test_decisions_on_tables_that_are_not_asked_for_are_left_alone(place: Place) -> None:
    place.decide({"action": "ignore", "old_column": "no_such"}, fine=[{"action": "ignore", "old_column": "d"}])
    analyze(place.config, from_="old", to="target", prefix="move", tables=["fine"])
    assert place.faults() == []


def test_hostile_values_stay_values(place: Place, connect: Connect) -> None:
    hostile = ["'); DROP TABLE orders; --", "\\", "%s {} $1", '","', "{", "\n", "é\u202e"]
    connect(place.old).execute("DELETE FROM orders WHERE id > 7")
    for number, value in enumerate(hostile, 1):
        connect(place.old).execute("UPDATE orders SET status = %s WHERE id = %s", (value, number))
    place.resolve()
    made = json.loads(place.file.read_text())["resolutions"]["orders"]
    mapping = next(each for each in made if each["new_column"] == "status")["value_mapping"]
    assert set(mapping) == set(hostile)
    place.decide(DECIDED[0] | {"value_mapping": dict.fromkeys(hostile, 1)}, *DECIDED[1:])
    assert place.faults() == []
    place.decide(DECIDED[0] | {"value_mapping": dict.fromkeys(hostile[1:], 1)}, *DECIDED[1:])
    (fault,) = place.faults()
    assert fault == (
        '3: resolutions.orders[0].value_mapping: has no entry for "\'); DROP TABLE orders; --" (1 row); expected one, '
        "or a default_value"
    )


def test_a_column_that_a_wrong_guess_leaves_without_a_value_is_told(place: Place, connect: Connect) -> None:
    connect(place.old).execute("CREATE TABLE users (user_name text NOT NULL)")
    connect(place.new).execute("CREATE TABLE users (username text NOT NULL, login text)")
    place.analyze()
    place.decide(*DECIDED, users=[{"action": "rename", "old_column": "user_name", "new_column": "login"}])
    assert place.faults() == [
        '11: resolutions.users: column "username" is NOT NULL and gets no value; expected an entry'
    ]
