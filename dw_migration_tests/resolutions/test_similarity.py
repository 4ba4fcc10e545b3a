"""How alike names, columns and tables are."""

import pytest

from dw_migration.resolutions.shape import ColumnShape, TableShape
from dw_migration.resolutions.similarity import column_similarity, similarity, table_similarity, words

ONE = [("user_name", "username"), ("CustomerId", "customer_id"), ("HTTPServerID", "http_server_id"), ("a", "a")]
ALIKE = [("cust_name", "customer_name"), ("qty", "quantity"), ("orders", "order"), ("adress", "address")]
UNLIKE = [("id", "uid"), ("uuid", "uid"), ("first_name", "last_name"), ("created_at", "updated_at"), ("a", "b")]


@pytest.mark.parametrize(("old", "new"), ONE)
def test_names_that_differ_in_case_and_separators_alone_are_one(old: str, new: str) -> None:
    assert similarity(old, new).value == 1


@pytest.mark.parametrize(("old", "new"), ALIKE)
def test_abbreviations_numbers_and_slips_make_names_alike_and_not_certain(old: str, new: str) -> None:
    assert 0.8 <= similarity(old, new).value < 1


@pytest.mark.parametrize(("old", "new"), UNLIKE)
def test_names_that_share_a_common_word_or_letters_are_not_alike(old: str, new: str) -> None:
    assert similarity(old, new).value < 0.5
    assert similarity(new, old).value == similarity(old, new).value


def test_the_reason_is_told_in_words() -> None:
    assert similarity("user_name", "username").reason == "the names differ in case and separators alone"
    assert similarity("id", "uid").reason == "the names have no word in common"
    assert similarity("qty_sold", "sold_quantity").reason == "both have the word sold, qty is short for quantity"


@pytest.mark.parametrize("name", ["", "''", "日本 語", "___", "%s {} \n", "a" * 63, "١٢"])
def test_any_name_has_a_likeness(name: str) -> None:
    assert similarity(name, name).value == 1
    assert 0 <= similarity(name, "id").value <= 1
    assert words("HTTPServerID2") == ("http", "server", "id", "2")


def column(name: str, type_: str = "text") -> ColumnShape:
    return ColumnShape(name, type_, 1)


def test_type_and_place_tell_columns_apart_that_have_like_names() -> None:
    email = column("email")
    near, far = (
        column_similarity(email, column("email_address"), 0),
        column_similarity(email, column("email_address"), 9),
    )
    other = column_similarity(email, column("email_address", "integer"), 0)
    assert near.value > far.value > 0.6
    assert near.value > other.value
    assert near.reason.endswith("the type is the same, they stand at the same place")


def test_type_and_place_alone_make_no_columns_alike() -> None:
    assert column_similarity(column("id", "bigint"), column("uid", "bigint"), 0).value < 0.3


def test_values_in_common_say_what_names_do_not() -> None:
    told = column_similarity(column("sku"), column("article"), 0, overlap=1.0)
    assert told.value > 0.65
    assert told.reason.endswith("100% of their values are the same")
    assert column_similarity(column("sku"), column("article"), 0, overlap=0.1).value < 0.65


def table(name: str, *columns: str) -> TableShape:
    return TableShape("public", name, tuple(map(column, columns)))


def test_tables_are_alike_by_name_and_columns() -> None:
    old = table("tbl_users", "id", "email", "birthday", "city")
    assert table_similarity(old, table("users", "id", "email", "birthday", "city")).value > 0.8
    told = table_similarity(old, table("people", "Id", "email", "birth_day", "city"))
    assert told.value == 0.8
    assert told.reason == "the names have no word in common, 4 of 4 columns have the same names"


def test_columns_that_every_table_has_make_no_tables_alike() -> None:
    assert table_similarity(table("country", "id", "name"), table("category", "id", "name")).value < 0.6
