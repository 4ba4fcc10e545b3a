"""The resolutions file: JSON and YAML, every fault with its place, and the schema that describes it."""

import json
from pathlib import Path

import pytest

from dw_migration import resolutions
from dw_migration.errors import BadConfig
from dw_migration.resolutions.resolution import (
    SCHEMA_FILE,
    Action,
    LookupTable,
    Resolution,
    Resolutions,
    json_schema,
    keys_of,
    read_resolutions,
    schema_text,
)

ORDERS = ("shop", "orders")


def read(text: str, name: str = "r.json") -> Resolutions:
    return read_resolutions(text.encode(), name).content


def refused(text: str | bytes, name: str = "r.json") -> str:
    with pytest.raises(BadConfig) as raised:
        read_resolutions(text if isinstance(text, bytes) else text.encode(), name)
    return str(raised.value)


def one(**keys: object) -> Resolution:
    return read(json.dumps({"resolutions": {"orders": [keys]}})).resolutions["orders"][0]


def faults(text: str, tables: tuple[tuple[str, str], ...] = (ORDERS,)) -> list[str]:
    return [str(each) for each in read_resolutions(text.encode(), "r.json").faults(tables)]


def test_json_and_yaml_say_the_same() -> None:
    as_json = """{"resolutions": {"orders": [{
        "description": "a status", "old_column": "status", "new_column": "status_id", "action": "transform",
        "value_mapping": {"no": 1, "on hold": 2.50, "yes": true, "1": "x"}, "lookup_table": null,
        "default_value": "2024-01-01"}]}}"""
    as_yaml = """
resolutions:
  orders:
    - description: a status
      old_column: status
      new_column: status_id
      action: transform
      value_mapping: {no: 1, on hold: 2.50, yes: true, 1: "x"}
      lookup_table:
      default_value: 2024-01-01
"""
    assert read(as_json) == read(as_yaml, "r.yaml") == read(as_json, "r.yaml")
    mapping = {"no": "1", "on hold": "2.50", "yes": "true", "1": "x"}
    assert read(as_json).resolutions["orders"][0].value_mapping == mapping


def test_words_of_yaml_1_1_are_text_and_quoted_words_of_json_too() -> None:
    text = 'resolutions: {t: [{action: default, new_column: on, default_value: yes, description: "null"}]}'
    assert read(text, "r.yml").resolutions["t"][0] == Resolution(
        action=Action.DEFAULT, new_column="on", default_value="yes", description="null"
    )


def test_numbers_keep_all_of_their_digits() -> None:
    text = '{"resolutions": {"t": [{"action": "default", "new_column": "a", "default_value": 1.10000000000000000001}]}}'
    assert read(text).resolutions["t"][0].default_value == "1.10000000000000000001"


def test_every_fault_is_told_at_once_with_its_line_and_the_nearest_key() -> None:
    text = """{"resolutions": {"orders": [
        {"action": "renam", "old_colum": "a"},
        {"action": "transform",
         "lookup_table": {"table": "t", "key_column": "", "value_columns": "v"},
         "value_mapping": {"a": [1]}},
        7],
    "users": {}}, "comment": 1}"""
    assert refused(text).splitlines() == [
        'r.json:2: resolutions.orders[0].action: found "renam"; expected "rename"?',
        'r.json:2: resolutions.orders[0].old_colum: unknown key; did you mean "old_column"?',
        'r.json:4: resolutions.orders[1].lookup_table.key_column: found ""; expected a name, or null',
        "r.json:4: resolutions.orders[1].lookup_table.value_column: is missing",
        'r.json:4: resolutions.orders[1].lookup_table.value_columns: unknown key; did you mean "value_column"?',
        "r.json:5: resolutions.orders[1].value_mapping.a: found a list; expected text, a number, true, false or null",
        "r.json:6: resolutions.orders[2]: found a number; expected a mapping",
        "r.json:7: comment: unknown key; expected one of $schema, resolutions",
        "r.json:7: resolutions.users: found a mapping; expected a list",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "r.json:1: is not JSON: expected a value: text, number, true, false, null, { or ["),
        ("[]", "r.json:1: found a list; expected a mapping"),
        ("hello", "r.json:1: is not JSON: expected a value: text, number, true, false, null, { or ["),
        ('{"a": 1,\n}', "r.json:2: is not JSON: expected a key in double quotes"),
        ('{"a": NaN}', "r.json:1: is not JSON: expected a value: text, number, true, false, null, { or ["),
        ('{"a": 01}', "r.json:1: is not JSON: expected a comma or }"),
        ('{"a": "x\n', "r.json:1: is not JSON: invalid control character at"),
        ('{"a": 1} {}', "r.json:1: is not JSON: expected the end of the file"),
        ('{"a": 1,\n "a": 2}', 'r.json:2: the key "a" stands here a second time: remove one'),
        ('{"a": "\\u0000"}', "r.json:1: holds the character U+0000, which PostgreSQL cannot: remove it"),
        ('{"a": "\\ud83d"}', "r.json:1: holds the character U+D83D, which PostgreSQL cannot: remove it"),
        (b'{"a":\n "\xff"}', "r.json:2: is not UTF-8: save it as UTF-8"),
        ('{"a": ' + "[" * 100_000, "r.json:1: is nested more than 20 levels deep: remove some"),
        ('{"a": ' + "9" * 5_000 + "}", "r.json:1: a number has more than 1000 digits: put it in quotes"),
    ],
)
def test_what_is_not_json_is_refused_with_its_line(text: str | bytes, told: str) -> None:
    assert refused(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("resolutions:\n\t- a", "r.yaml:2: is neither JSON nor YAML: while scanning for the next token: found"),
        ("a: [\n", "r.yaml:2: is neither JSON nor YAML: while parsing a flow node"),
        ("a: 1\na: 2", 'r.yaml:2: the key "a" stands here a second time: remove one'),
        ("a: !!python/object:os.system x", "r.yaml:1: holds a !tag; expected plain values"),
        ("a: !x 1", "r.yaml:1: holds a !tag; expected plain values"),
        ("? [a]\n: 1", "r.yaml:1: a key is a list or a mapping; expected a name"),
        ("a: &x [*x]", "r.yaml:1: is nested more than 20 levels deep"),
        ("- " * 100_000, "r.yaml:1: is nested more than 20 levels deep"),
        ("[" * 100_000, "r.yaml:1: is nested more than 20 levels deep"),
        ("a: \x01", "r.yaml:1: is neither JSON nor YAML: it holds a character that both forbid"),
        ("", "r.yaml:1: found null; expected a mapping"),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_line(text: str, told: str) -> None:
    assert refused(text, "r.yaml").startswith(told)


def test_a_fault_of_yaml_quotes_nothing_of_the_file() -> None:
    assert "hunter2" not in refused("a: *hunter2", "r.yaml")


def test_anchors_that_unfold_without_end_are_refused() -> None:
    lines = ["a0: &a0 [" + "1, " * 30 + "]"]
    lines += [f"a{n}: &a{n} [" + f"*a{n - 1}, " * 30 + "]" for n in range(1, 12)]
    assert "unfolds without end" in refused("\n".join(lines), "r.yaml")


def test_what_is_not_decided_yet_is_told_with_its_place() -> None:
    text = """{"resolutions": {"orders": [
        {"action": "default", "new_column": "due"},
        {"action": "rename", "old_column": "a"},
        {"action": "transform", "old_column": "s", "new_column": "t", "value_mapping": {"x": null, "y": 1},
         "null_values": ["y"]},
        {"action": "transform", "old_column": "s", "new_column": "u"},
        {"action": "expression", "new_column": "t", "expression": "1", "default_value": 3},
        {"action": "drop_table", "old_column": "s"}], "order": []}}"""
    told = [each.removeprefix("r.json:").replace("resolutions.orders", "") for each in faults(text)]
    assert told == [
        '2: [0].default_value: found null; expected a value, which the action "default" needs',
        '3: [1].new_column: found null; expected the name of a new column, which the action "rename" needs',
        "4: [2].value_mapping.x: found null; expected the new value (for NULL: name it in null_values)",
        "4: [2].value_mapping.y: found it in null_values too; expected it in one of them",
        "6: [3].value_mapping: found nothing; expected value_mapping or lookup_table (to cast all values: action"
        ' "rename", or "expression")',
        '7: [4].default_value: found one; expected null, since the action "expression" makes no use of it',
        "7: [4].new_column: is decided a second time; expected one entry",
        '8: [5].old_column: found one; expected null, since the action "drop_table" makes no use of it',
        '8: resolutions.order: found "order"; expected "orders"?',
    ]


def test_null_values_become_null_and_null_alone_is_undecided() -> None:
    keys = {"action": "transform", "old_column": "a", "new_column": "b"}
    assert one(**keys, value_mapping={"x": None}).mapping == {}
    assert not one(**keys, value_mapping={"x": None}).is_decided
    decided = one(**keys, value_mapping={"x": None, "y": 1}, null_values=["x"])
    assert decided.is_decided
    assert decided.mapping == {"x": None, "y": "1"}


def test_a_table_of_two_schemas_is_named_with_its_schema() -> None:
    tables = (ORDERS, ("crm", "orders"), ("crm", "users"), ("a", "b.c"), ("b", "c"))
    assert list(keys_of(tables).values()) == ["shop.orders", "crm.orders", "users", "a.b.c", "c"]
    assert faults('{"resolutions": {"orders": [], "crm.users": []}}', tables) == [
        'r.json:1: resolutions.orders: found "orders"; expected "crm.orders" or "shop.orders"',
        'r.json:1: resolutions."crm.users": found "crm.users"; expected "crm.orders"?',
    ]


def test_a_lookup_table_has_the_new_table_s_schema_unless_it_says_one() -> None:
    lookup = LookupTable(table="kinds", key_column="name", value_column="id")
    assert lookup.located("dw").address == ("dw", "kinds")
    assert lookup.located("dw").located("other").address == ("dw", "kinds")


def test_the_shipped_schema_is_the_code_s(request: pytest.FixtureRequest) -> None:
    """`--accept` writes it."""
    made = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    path = Path(str(resolutions.__file__)).with_name(SCHEMA_FILE)
    if request.config.getoption("--accept"):
        path.write_text(made, encoding="utf-8")
    assert schema_text() == made
