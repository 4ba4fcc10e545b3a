"""Sources as partitions."""

from pathlib import Path

import dagster as dg

from dw_migration.config import Source, config_of
from dw_migration.orchestration.partitions import (
    add_missing,
    compared,
    known_sources,
    names_in,
    names_of_run,
    partitions_of,
    range_tags,
    stretches,
)


def test_the_partitions_are_named_after_the_target() -> None:
    assert partitions_of("warehouse").name == "warehouse_sources"


def test_a_source_gets_its_partition_once(instance: dg.DagsterInstance) -> None:
    assert add_missing(instance, "warehouse", ["b", "a"]) == ("b", "a")
    assert add_missing(instance, "warehouse", ["a", "c"]) == ("c",)
    assert known_sources(instance, "warehouse") == ("b", "a", "c")


def test_a_source_that_the_config_no_longer_names_keeps_its_partition(instance: dg.DagsterInstance) -> None:
    add_missing(instance, "warehouse", ["old"])
    add_missing(instance, "warehouse", ["new"])
    assert "old" in known_sources(instance, "warehouse")


def test_two_warehouses_have_partitions_of_their_own(instance: dg.DagsterInstance) -> None:
    add_missing(instance, "warehouse", ["shop"])
    assert add_missing(instance, "lake", ["shop"]) == ("shop",)
    assert known_sources(instance, "lake") == ("shop",)


def test_ranges_hold_what_is_wanted_and_nothing_between() -> None:
    known = ["a", "b", "gone", "c", "d", "e"]
    assert list(stretches(known, ["a", "b", "c", "e"])) == [("a", "b"), ("c", "c"), ("e", "e")]
    assert list(stretches(known, known)) == [("a", "e")]
    assert list(stretches(known, [])) == []


def test_a_long_range_is_cut() -> None:
    assert list(stretches("abcdefg", "abcefg", 2)) == [("a", "b"), ("c", "c"), ("e", "f"), ("g", "g")]


def test_a_range_is_spelt_out_again() -> None:
    known = ["b", "a", "c", "d"]
    assert names_in(known, "a", "d") == ("a", "c", "d")
    assert [names_in(known, *ends) for ends in stretches(known, ["b", "a", "d"])] == [("b", "a"), ("d",)]
    assert names_in(known, "a", "nobody") == names_in(known, "", "") == ()


def test_the_sources_of_a_run_stand_in_its_tags() -> None:
    known = ["a", "b", "c", "d"]
    assert names_of_run(known, range_tags("b", "d")) == ("b", "c", "d")
    assert names_of_run(known, {"dagster/partition": "c"}) == ("c",)
    assert names_of_run(known, {}) == ()


def _sources(*names: str, patterns: tuple[str, ...] = ()) -> tuple[Source, ...]:
    plain = {name: {"url": "postgresql://r@h/d"} for name in names}
    found = {name: {"server": "postgresql://r@h", "databases": "tenant_*"} for name in patterns}
    content = {"target": {"url": "postgresql://w@h/w"}, "sources": plain | found}
    return tuple(config_of(content, Path.cwd()).sources.values())


def test_partitions_and_sources_are_set_side_by_side() -> None:
    found = compared(["c", "old", "a"], _sources("a", "b", "c"))
    assert (found.missing, found.present, found.retired, found.unasked) == (("b",), ("c", "a"), ("old",), ())


def test_of_a_pattern_that_cannot_be_asked_nothing_is_concluded() -> None:
    found = compared(["a", "tenants.x", "old.y"], _sources("a", patterns=("tenants",)))
    assert found.unasked == ("tenants",)
    assert found.retired == ("old.y",)
    assert (found.missing, found.present) == ((), ("a",))
