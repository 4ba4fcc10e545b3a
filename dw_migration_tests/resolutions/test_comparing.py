"""Shapes made by hand, compared."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from dw_migration.errors import BadConfig
from dw_migration.resolutions.comparing import compare
from dw_migration.resolutions.comparison import Comparison, Known, What
from dw_migration.resolutions.shape import ColumnShape, Shape, TableShape

OLD, NEW = "databases.old", "databases.new"


def table(name: str, *columns: str | ColumnShape, schema: str = "public", **more: Any) -> TableShape:
    """Columns are told as `name type`, with a `!` behind those that are NOT NULL."""
    told = [each if isinstance(each, ColumnShape) else column(each) for each in columns]
    placed = tuple(replace(each, position=at) for at, each in enumerate(told, 1))
    return TableShape(schema, name, placed, **more)


def column(told: str, **more: Any) -> ColumnShape:
    name, _, type_ = told.rstrip("!").partition(" ")
    return ColumnShape(name, type_ or "text", 0, not_null=told.endswith("!"), **more)


def shape(place: str, *tables: TableShape, system_identifier: int | None = None, **more: Any) -> Shape:
    return Shape(place, "db", 180006, system_identifier, {each.address: each for each in tables}, **more)


def compared(old: list[TableShape], new: list[TableShape], **more: Any) -> Comparison:
    return compare(shape(OLD, *old), shape(NEW, *new), **more)


def told(comparison: Comparison) -> list[tuple[str, str, str | None, str | None, str]]:
    return [
        (each.table, str(each.what), each.old_column, each.new_column, str(each.severity))
        for each in comparison.changes
    ]


def columns(comparison: Comparison) -> dict[str, str]:
    (pair,) = comparison.pairs
    return {each.old: each.new for each in pair.columns}


USERS = table("users", "id bigint!", "email", "city", "born date", key=("id",))


def test_between_two_identical_schemas_nothing_is_found_and_every_table_is_paired() -> None:
    found = compared([USERS, table("orders", "id bigint")], [USERS, table("orders", "id bigint")])
    assert found.changes == ()
    assert [(each.old.name, each.new.name, each.score) for each in found.pairs] == [
        ("orders", "orders", None),
        ("users", "users", None),
    ]
    assert [each.score for pair in found.pairs for each in pair.columns] == [None] * 5


def test_new_columns_are_safe_where_the_database_fills_them() -> None:
    new = table(
        "users",
        "id bigint!",
        "email",
        "city",
        "born date",
        "a",
        column("b!", default="now()"),
        column("c bigint!", identity="d"),
        column("d", generated="s"),
        "z!",
        key=("id",),
    )
    found = compared([USERS], [new])
    assert told(found) == [
        ("users", "column required", None, "z", "breaking"),
        ("users", "column added", None, "a", "safe"),
        ("users", "column added", None, "b", "safe"),
        ("users", "column added", None, "c", "safe"),
        ("users", "column added", None, "d", "safe"),
    ]
    assert [each.action for each in found.changes[1:]] == [
        "NULL in every row",
        "the database's default: now()",
        "the database's default: the next number",
        "the database computes it",
    ]


def test_removed_columns_and_tables_are_breaking_and_new_tables_safe() -> None:
    found = compared([USERS, table("old_stuff", "x")], [table("users", "id bigint!", key=("id",)), table("fresh", "y")])
    assert told(found) == [
        ("fresh", "table added", None, None, "safe"),
        ("old_stuff", "table removed", None, None, "breaking"),
        ("users", "column removed", "born", None, "breaking"),
        ("users", "column removed", "city", None, "breaking"),
        ("users", "column removed", "email", None, "breaking"),
    ]


def test_a_rename_is_a_guess_with_a_score_and_its_reason() -> None:
    new = table("users", "id bigint!", "email_address", "city", "born date", key=("id",))
    (change,) = compared([USERS], [new]).changes
    assert (change.what, str(change.severity)) == (What.COLUMN_RENAMED, "transformable")
    assert change.score
    assert 0.65 < change.score.value < 1
    assert "both have the word email" in change.score.reason
    assert "guess" in change.action


def test_id_and_uid_are_not_one() -> None:
    found = compared([table("users", "id bigint!", "a")], [table("users", "uid bigint!", "a")])
    assert {each.what for each in found.changes} == {What.COLUMN_REMOVED, What.COLUMN_REQUIRED}


def test_between_equals_nothing_is_guessed() -> None:
    """Whichever of the two it is, the other would be wrong, and the rows would not say so."""
    old = table("users", "a int", "phone", "b int")
    new = table("users", "phone_1", "a int", "b int", "phone_2")
    assert columns(compared([old], [new])) == {"a": "a", "b": "b"}


def test_a_column_that_becomes_a_reference_is_proposed() -> None:
    old = table("goods", "id int", "category", "status")
    new = table("goods", "id int", "category_id integer", "status integer")
    found = compared([old], [new])
    assert columns(found) == {"id": "id", "category": "category_id", "status": "status"}
    assert told(found) == [
        ("goods", "type changed", "category", "category_id", "breaking"),
        ("goods", "type changed", "status", "status", "breaking"),
        ("goods", "column renamed", "category", "category_id", "transformable"),
    ]


def test_names_in_another_case_are_one_unless_two_are() -> None:
    old = table("Users", '"Id" int', "NAME", "name")
    found = compared([table("Users", "Id int", "NAME")], [table("users", "id int", "name")])
    assert columns(found) == {"Id": "id", "NAME": "name"}
    assert {each.score.value for each in found.changes if each.score} == {1.0}
    assert "name" in columns(compared([old], [table("users", "x int", "name")]))


def test_a_table_is_found_under_another_name() -> None:
    found = compared([USERS], [replace(USERS, name="people"), table("other", "x int")])
    assert [(each.old.name, each.new.name) for each in found.pairs] == [("users", "people")]
    assert told(found)[-1] == ("users", "table renamed", None, None, "transformable")


def test_what_is_known_is_certain_and_told_only_where_it_is_news() -> None:
    people = ("public", "people")
    new = replace(USERS, name="people", columns=(*USERS.columns[:3], replace(USERS.columns[3], name="x")))
    names = {("public", "users"): people}, {(("public", "users"), "born"): "x"}
    quiet = compared([USERS], [new], known=Known(*names))
    assert quiet.changes == ()
    news = frozenset({(("public", "users"), ""), (("public", "users"), "born")})
    loud = compared([USERS], [new], known=Known(*names, news))
    assert [(each.what, each.score) for each in loud.changes] == [
        (What.TABLE_RENAMED, None),
        (What.COLUMN_RENAMED, None),
    ]


def lineages(*, swapped: bool) -> tuple[TableShape, TableShape]:
    numbers: Mapping[str, int] = {"a": 10, "b": 20}
    names = ("b", "a") if swapped else ("a", "b")
    made = [
        replace(table(name, f"{was}1", f"{was}2", "x"), oid=numbers[was], row_type=numbers[was] + 1)
        for was, name in zip(("a", "b"), names, strict=True)
    ]
    return made[0], made[1]


def test_by_lineage_columns_are_found_by_their_numbers() -> None:
    a, b = lineages(swapped=False)
    renamed = replace(a, columns=(replace(a.columns[0], name="nothing alike"), *a.columns[1:]))
    before, after = shape(OLD, a, b, system_identifier=7), shape(NEW, renamed, b, system_identifier=7)
    (change,) = compare(before, after).changes
    assert (change.what, change.old_column, change.new_column, change.score) == (
        What.COLUMN_RENAMED,
        "a1",
        "nothing alike",
        None,
    )
    assert len(compare(before, replace(after, system_identifier=8)).changes) == 2


def test_columns_that_exchange_their_names_are_followed_and_tables_are_not() -> None:
    a, b = lineages(swapped=False)
    one, two, three = a.columns
    crossed = replace(a, columns=(replace(one, name="a2"), replace(two, name="a1"), three))
    before = shape(OLD, a, b, system_identifier=7)
    found = compare(before, shape(NEW, crossed, b, system_identifier=7))
    assert {each.old: each.new for each in found.pairs[0].columns} == {"a1": "a2", "a2": "a1", "x": "x"}
    swapped = compare(before, shape(NEW, *lineages(swapped=True), system_identifier=7))
    assert [(each.old.name, each.new.name) for each in swapped.pairs] == [("a", "a"), ("b", "b")]
    assert any("by its oid it became public.b" in each for each in swapped.notes)


def test_generated_columns_of_the_new_table_get_nothing() -> None:
    old = table("t", "a int", "b int", column("c int", generated="s"))
    new = table("t", "a int", column("b int", generated="s"), column("c int", generated="s"))
    found = compared([old], [new])
    assert columns(found) == {"a": "a"}
    assert told(found) == [("t", "column removed", "b", "b", "breaking")]


def test_a_column_that_could_be_null_and_may_not_is_breaking() -> None:
    (change,) = compared([table("t", "a int")], [table("t", column("a int!", default="0"))]).changes
    assert (change.what, str(change.severity)) == (What.COLUMN_REQUIRED, "breaking")
    assert "a NULL is said" in change.action


@pytest.mark.parametrize(
    ("old", "new", "severity"),
    [
        (("a",), ("a",), None),
        (("a", "b"), ("b", "a"), None),
        (("a",), ("a", "b"), "transformable"),
        (("a",), (), "transformable"),
        (("a", "b"), ("a",), "breaking"),
        ((), ("a",), "breaking"),
        (("a",), ("c",), "transformable"),
    ],
)
def test_a_key_must_tell_the_old_rows_apart(old: tuple[str, ...], new: tuple[str, ...], severity: str | None) -> None:
    before = table("t", "a int!", "b int!", "c int!", key=old, uniques=(("c",),))
    found = compared([before], [replace(before, key=new)])
    assert [str(each.severity) for each in found.changes] == ([severity] if severity else [])


def test_a_key_that_the_database_numbers_tells_rows_apart() -> None:
    new = table("t", column("id bigint!", identity="a"), "a int", key=("id",))
    found = compared([table("t", "a int")], [new])
    assert [(each.what, str(each.severity)) for each in found.changes] == [
        (What.KEY_CHANGED, "transformable"),
        (What.COLUMN_ADDED, "safe"),
    ]


def test_a_filter_that_fits_no_table_is_an_error_that_names_it_and_the_nearest() -> None:
    with pytest.raises(BadConfig, match="tables: no table fits 'user'; did you mean \"users\""):
        compared([USERS], [USERS], tables=["user"])
    with pytest.raises(BadConfig, match="exclude: no table fits 'x_\\*'"):
        compared([USERS], [USERS], exclude=["x_*"])
    with pytest.raises(BadConfig, match="no table is left"):
        compared([USERS], [USERS], exclude=["*"])


def test_filters_go_by_old_and_new_names_with_and_without_schema() -> None:
    tables = [USERS, table("orders", "id int"), table("odds", "id int")]
    for filters in ({"tables": ["o*"]}, {"exclude": ["public.users"]}, {"tables": ["public.o*"], "exclude": ["users"]}):
        found = compared(tables, tables, **filters)
        assert [each.old.name for each in found.pairs] == ["odds", "orders"]
    assert "tables that were not asked for: 1" in compared(tables, tables, tables=["o*"]).notes


def test_schemas_belong_together_by_name_or_as_the_only_ones() -> None:
    old, new = table("t", "a", schema="dbo"), table("t", "a", schema="public")
    assert len(compared([old], [new]).pairs) == 1
    with pytest.raises(BadConfig, match=r"databases.old has dbo, x; databases.new has public: say which"):
        compared([old, table("t", "a", schema="x")], [new])
    both = [old, table("t", "a", schema="x")]
    found = compared(both, [new, table("u", "a", schema="y")], schemas=[("dbo", "public"), ("x", "y")])
    assert [(each.old.address, each.new.address) for each in found.pairs] == [(old.address, new.address)]
    assert {each.table for each in found.changes} == {"x.t", "u"}


def test_what_else_a_person_should_know_is_noted() -> None:
    old = shape(OLD, replace(table("t", "a"), row_security=True), large_objects=3)
    notes = compare(old, shape(NEW, table("t", "a"))).notes
    assert [each.split(" ", 2)[:2] for each in notes] == [
        ["3", "large"],
        ["public.t", "has"],
        ["public.t:", "policies"],
    ]


def test_the_same_shapes_are_compared_alike_in_any_order() -> None:
    tables = [table(f"t{n}", "a", f"b{n}", f"c{n} int") for n in range(20)]
    renamed = [replace(each, name=f"new_{each.name}") for each in tables]
    assert compared(tables, renamed).changes == compared(tables[::-1], renamed[::-1]).changes


def test_values_are_asked_for_only_where_names_do_not_say() -> None:
    asked: list[tuple[str, list[str], str, list[str]]] = []

    def overlaps(old: TableShape, names: Any, new: TableShape, there: Any) -> Mapping[tuple[str, str], float]:
        asked.append((old.name, list(names), new.name, list(there)))
        return {("sku", "article"): 1.0}

    old, new = table("goods", "id int", "sku", "x"), table("goods", "id int", "article", "x")
    found = compared([old, USERS], [new, USERS], overlaps=overlaps)
    assert asked == [("goods", ["sku"], "goods", ["article"])]
    assert [(each.old_column, each.new_column) for each in found.changes] == [("sku", "article")]
