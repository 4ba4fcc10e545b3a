"""Comparisons told as text, Markdown and JSON."""

import json
from dataclasses import replace

import pytest

from dw_migration.errors import BadConfig
from dw_migration.resolutions.comparing import compare
from dw_migration.resolutions.comparison import Comparison
from dw_migration.resolutions.report import Scope, changes_json, recorded, report_markdown, report_text
from dw_migration.resolutions.shape import ColumnShape, Shape, TableShape

HOSTILE = "x\n## safe | `b` <img onerror=alert(1)> [l](javascript:x) \x1b[31m\u202e *b* _i_ https://e.com"
SCOPE = Scope("databases.old", "databases.new", (("public", "public"),), ("o*",), ("odd",))


def shape(place: str, *columns: ColumnShape, name: str = "orders") -> Shape:
    table = TableShape("public", name, columns, rows=1200)
    return Shape(place, "shop", 150018, None, {table.address: table})


@pytest.fixture
def comparison() -> Comparison:
    """One change of each severity."""
    old = shape("databases.old", ColumnShape("total", "integer", 1), ColumnShape("gone", "text", 2))
    new = shape("databases.new", ColumnShape("total", "bigint", 1), ColumnShape("paid", "boolean", 2))
    return replace(compare(old, new), notes=("three stay behind",))


@pytest.fixture
def hostile() -> Comparison:
    old = shape("databases.old", ColumnShape(HOSTILE, "integer", 1), name=HOSTILE)
    new = shape("databases.new", ColumnShape(HOSTILE, "bigint", 1), name=HOSTILE)
    return compare(old, new)


def test_the_report_tells_totals_and_then_every_change_from_safe_to_breaking(comparison: Comparison) -> None:
    assert (
        report_text(comparison, "move")
        == """\
Migration report: move

Old: databases.old, database shop, PostgreSQL 15.18
New: databases.new, database shop, PostgreSQL 15.18

Tables that are copied: 1 (about 1,200 rows)
Changes: 3 (1 safe, 1 transformable, 1 breaking)
Note: three stay behind

SAFE (1): goes by itself
  orders
    new column paid (boolean)
      -> NULL in every row

TRANSFORMABLE (1): is converted on the way: read it once
  orders
    column total: integer becomes bigint
      -> a cast: every value fits

BREAKING (1): needs a decision: dw-migration data resolve
  orders
    column gone (text) has no place in the new table
      -> its values are left behind: say ignore, or rename to the column that takes them
"""
    )


def test_between_identical_schemas_no_changes_are_found() -> None:
    same = shape("databases.old", ColumnShape("total", "integer", 1))
    found = compare(same, same)
    assert report_text(found, "move").endswith("\nNo changes found\n")
    assert report_markdown(found, "move").endswith("\nNo changes found\n")


def test_text_from_a_source_stays_on_its_line(hostile: Comparison) -> None:
    text = report_text(hostile, "move")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert [line for line in text.splitlines() if line.lstrip().startswith("##")] == []


def test_text_from_a_source_is_no_markup_in_markdown(hostile: Comparison) -> None:
    told = report_markdown(hostile, "move")
    (row,) = [line for line in told.splitlines() if line.startswith("| x")]
    assert row.count("|") == 4
    assert not {"<", "`", "*", "[", "\x1b", "\u202e"} & set(row)
    assert "://" not in row
    assert "_i_" not in row


def test_the_changes_file_is_read_as_it_was_written(comparison: Comparison, hostile: Comparison) -> None:
    for each in (comparison, hostile):
        found = recorded(json.loads(json.dumps(changes_json(each, SCOPE))), "f.json")
        assert (found.scope, found.changes) == (SCOPE, each.changes)


@pytest.mark.parametrize(
    "content", [{}, [], None, "x", {"version": 9}, {"version": 1}, {"version": 1, "changes": [{}], "schemas": [["a"]]}]
)
def test_a_file_that_no_analysis_wrote_is_refused(content: object) -> None:
    with pytest.raises(BadConfig, match=r"f\.json: "):
        recorded(content, "f.json")
