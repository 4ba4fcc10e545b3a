"""Sources as partitions."""

import dagster as dg

from dw_migration.orchestration.partitions import add_missing, partitions_of, stretches


def test_the_partitions_are_named_after_the_target() -> None:
    assert partitions_of("warehouse").name == "warehouse_sources"


def test_a_source_gets_its_partition_once(instance: dg.DagsterInstance) -> None:
    assert add_missing(instance, "warehouse", ["b", "a"]) == ("b", "a")
    assert add_missing(instance, "warehouse", ["a", "c"]) == ("c",)
    assert list(instance.get_dynamic_partitions("warehouse_sources")) == ["b", "a", "c"]


def test_a_source_that_the_config_no_longer_names_keeps_its_partition(instance: dg.DagsterInstance) -> None:
    add_missing(instance, "warehouse", ["old"])
    add_missing(instance, "warehouse", ["new"])
    assert "old" in instance.get_dynamic_partitions("warehouse_sources")


def test_ranges_hold_what_is_wanted_and_nothing_between() -> None:
    known = ["a", "b", "gone", "c", "d", "e"]
    assert list(stretches(known, ["a", "b", "c", "e"])) == [("a", "b"), ("c", "c"), ("e", "e")]
    assert list(stretches(known, known)) == [("a", "e")]
    assert list(stretches(known, [])) == []
