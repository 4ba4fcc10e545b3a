"""What others refer to, or look up, is copied first."""

import pytest

from dw_migration.errors import BadConfig
from dw_migration.resolutions.comparison import TablePair
from dw_migration.resolutions.ordering import in_copy_order
from dw_migration.resolutions.shape import ForeignKey, TableName, TableShape


def named(name: str) -> TableName:
    return "new", name


def pair(name: str, *refers_to: str) -> TablePair:
    keys = tuple(ForeignKey(f"{name}_{each}", ("a",), named(each), ("id",)) for each in refers_to)
    return TablePair(TableShape("old", name, ()), TableShape("new", name, (), foreign_keys=keys), ())


def order(*pairs: TablePair, **lookups: str) -> tuple[str, list[str]]:
    found = in_copy_order(pairs, {named(name): [named(each) for each in to] for name, to in lookups.items()})
    return "".join(each.new.name for each in found.pairs), ["".join(name for _, name in ring) for ring in found.rings]


def test_tables_without_references_stand_by_name() -> None:
    assert order(pair("c"), pair("a"), pair("b")) == ("abc", [])


def test_what_is_referred_to_goes_first() -> None:
    assert order(pair("a", "b"), pair("b", "c"), pair("c")) == ("cba", [])


def test_references_to_tables_that_are_not_copied_do_not_count() -> None:
    assert order(pair("a", "z"), pair("b")) == ("ab", [])


def test_a_lookup_table_goes_first() -> None:
    assert order(pair("a"), pair("b"), a="b") == ("ba", [])


def test_rings_are_named_and_stand_where_their_tables_are_needed() -> None:
    assert order(pair("a", "b"), pair("b", "c"), pair("c", "b", "d"), pair("d")) == ("dbca", ["bc"])
    assert order(pair("a", "a")) == ("a", ["a"])


def test_in_a_ring_what_is_looked_up_goes_first() -> None:
    assert order(pair("a", "b"), pair("b", "a"), a="b") == ("ba", ["ab"])


@pytest.mark.parametrize("lookups", [{"a": "a"}, {"a": "b", "b": "a"}])
def test_lookups_that_wait_for_one_another_are_refused(lookups: dict[str, str]) -> None:
    with pytest.raises(BadConfig, match="looked up in tables that this copy fills"):
        order(pair("a"), pair("b"), **lookups)


def test_two_thousand_tables_in_one_chain_are_no_matter() -> None:
    names = [f"t{n:04}" for n in range(2_000)]
    pairs = [pair(name, *names[at + 1 : at + 3]) for at, name in enumerate(names)]
    pairs = pairs[1::2] + pairs[::2]
    assert [each.new.name for each in in_copy_order(pairs).pairs] == names[::-1]
