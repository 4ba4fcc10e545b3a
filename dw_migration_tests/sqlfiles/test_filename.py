"""Names of files: those of Flyway, dbmate and of people who number by hand."""

import pytest

from dw_migration.sqlfiles.filename import Kind, Version, read_name


@pytest.mark.parametrize(
    ("name", "kind", "version", "words"),
    [
        ("001_create_users.sql", Kind.VERSIONED, "001", "create users"),
        ("7-add.sql", Kind.VERSIONED, "7", "add"),
        ("V1__init.sql", Kind.VERSIONED, "1", "init"),
        ("V1.2_3__many  words.sql", Kind.VERSIONED, "1.2.3", "many words"),
        ("20240126120000_orders.sql", Kind.VERSIONED, "20240126120000", "orders"),
        ("003.sql", Kind.VERSIONED, "003", ""),
        ("004_x.up.sql", Kind.VERSIONED, "004", "x"),
        ("R__views.sql", Kind.REPEATABLE, "R__views", "views"),
        ("001_create_users.down.sql", Kind.DOWN, "001", "create users"),
        ("001_create_users_rollback.sql", Kind.DOWN, "001", "create users"),
        ("U1.2__init.sql", Kind.DOWN, "1.2", "init"),
        ("setup.sql", Kind.VERSIONED, "setup", "setup"),
        ("setup_rollback.sql", Kind.DOWN, "setup", "setup"),
    ],
)
def test_what_a_name_says(name: str, kind: Kind, version: str, words: str) -> None:
    found = read_name(name)
    assert found is not None
    assert (found.kind, found.version.label, found.description) == (kind, version, words)


@pytest.mark.parametrize("name", ["readme.md", "001_x.sql.bak", "001_x.SQL", ".001_x.sql", "sql"])
def test_others_are_none(name: str) -> None:
    assert read_name(name) is None


def test_order_is_by_number_and_then_by_name() -> None:
    labels = ["setup", "10", "2", "1.10", "1.9", "001", "20240126120000", "b"]
    assert [each.label for each in sorted(map(Version, labels))] == [
        *("001", "1.9", "1.10", "2", "10", "20240126120000"),
        *("b", "setup"),
    ]


@pytest.mark.parametrize(("one", "other"), [("1", "001"), ("1.0", "1"), ("1_2", "1.2")])
def test_the_same_number_is_the_same_version(one: str, other: str) -> None:
    assert Version(one) == Version(other)
    assert len({Version(one), Version(other)}) == 1


def test_a_name_without_a_number_is_told() -> None:
    found = read_name("setup.sql")
    assert found is not None
    assert "has no number" in found.warning
    numbered = read_name("1_setup.sql")
    assert numbered is not None
    assert numbered.warning == ""
