"""A first resolutions file: one entry a breaking change, valid as it stands, and open where a person must decide."""

import json
from typing import Any

from dw_migration.resolutions.comparison import Comparison, RowChange, What
from dw_migration.resolutions.resolution import read_resolutions
from dw_migration.resolutions.shape import ColumnShape, Shape, TableShape
from dw_migration.resolutions.template import Distinct, columns_to_map, template
from dw_migration.rule import Severity

OLD, NEW = ("shop", "orders"), ("dw", "orders")


def change(what: What, old: str | None = None, new: str | None = None, type_: str = "integer") -> RowChange:
    return RowChange(
        what, Severity.BREAKING, "orders", f"found {what}", "decide", OLD, NEW, old, new, "text", type_
    )  # fmt: skip


def comparison(*changes: RowChange) -> Comparison:
    columns = tuple(ColumnShape(name, "integer", at) for at, name in enumerate(("status", "due")))
    old = Shape("sources.shop", "shop", 180000, None, {OLD: TableShape(*OLD, columns)})
    return Comparison(old, Shape("target", "dw", 180000, None, {NEW: TableShape(*NEW, columns)}), changes=changes)


def entries(*changes: RowChange, distinct: Distinct | None = None) -> list[dict[str, Any]]:
    made = template(comparison(*changes), {(OLD, "status"): distinct} if distinct else {})
    read_resolutions(json.dumps(made).encode(), "made.json")
    found: list[dict[str, Any]] = made["resolutions"].get("orders", [])
    return found


def test_there_is_one_entry_a_breaking_change_with_the_keys_of_the_file() -> None:
    (entry,) = entries(change(What.COLUMN_REMOVED, old="status"))
    assert entry == {
        "description": "found column removed: decide",
        "old_column": "status",
        "new_column": None,
        "action": "ignore",
        "value_mapping": None,
        "lookup_table": None,
        "default_value": None,
    }


def test_each_change_has_the_action_that_loses_nothing_unsaid() -> None:
    proposed = {
        change(What.TABLE_REMOVED): "drop_table",
        change(What.COLUMN_REQUIRED, new="due"): "default",
        change(What.COLUMN_REQUIRED, old="due", new="due"): "default",
        change(What.LENGTH_CHANGED, old="status", new="status"): "rename",
        change(What.COLUMN_REMOVED, old="status", new="status"): "ignore",
        change(What.KEY_CHANGED): "ignore",
    }
    assert {each: entries(each)[0]["action"] for each in proposed} == proposed


def test_a_mapping_is_proposed_with_the_values_that_are_there_and_their_counts() -> None:
    (entry,) = entries(change(What.TYPE_CHANGED, "status", "status"), distinct=Distinct((("on", 7), ("%s'", 1))))
    assert (entry["action"], entry["value_mapping"]) == ("transform", {"on": None, "%s'": None})
    assert entry["counts"] == {"on": 7, "%s'": 1}


def test_for_many_values_an_expression_is_proposed_that_cuts_nothing() -> None:
    many = Distinct((("x", 1),), more=50)
    for type_, cast in (("integer", "integer"), ("character varying(3)", "text"), ("dw.mood", "text")):
        (entry,) = entries(change(What.TYPE_CHANGED, "status", "status", type_), distinct=many)
        assert (entry["action"], entry["expression"]) == ("expression", f"o.status::{cast}")


def test_a_column_that_is_required_too_is_decided_once() -> None:
    both = (
        change(What.TYPE_CHANGED, "status", "status"),
        change(What.COLUMN_REQUIRED, "status", "status"),
        change(What.COLUMN_REMOVED, old="a"),
        change(What.COLUMN_REMOVED, old="b"),
    )
    assert [each["old_column"] for each in entries(*both, distinct=Distinct((("on", 7),)))] == ["status", "a", "b"]
    assert columns_to_map(comparison(*both)) == ((OLD, "status"),)


def test_what_is_not_breaking_needs_no_entry() -> None:
    safe = RowChange(What.TABLE_ADDED, Severity.SAFE, "orders", "found", "nothing", new_table=NEW)
    assert template(comparison(safe), {}) == {"$schema": "resolutions.schema.json", "resolutions": {}}


def test_what_a_person_must_say_is_told_until_it_is_said() -> None:
    made = template(comparison(change(What.COLUMN_REQUIRED, new="due")), {})
    file = read_resolutions(json.dumps(made, indent=2).encode(), "made.json")
    assert [str(each) for each in file.faults([OLD])] == [
        "made.json:12: resolutions.orders[0].default_value: "
        'found null; expected a value, which the action "default" needs'
    ]
