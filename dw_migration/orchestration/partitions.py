"""Sources as partitions: a key is a source's name; none is ever taken away, for its history would go with it."""

from collections.abc import Iterable, Iterator, Sequence

import dagster as dg


def partitions_of(target: str) -> dg.DynamicPartitionsDefinition:
    """The sources of a target: `warehouse_sources`."""
    return dg.DynamicPartitionsDefinition(name=f"{target}_sources")


def add_missing(instance: dg.DagsterInstance, target: str, sources: Iterable[str]) -> tuple[str, ...]:
    """The sources that had no partition yet, and have one now."""
    name = f"{target}_sources"
    known = set(instance.get_dynamic_partitions(name))
    missing = tuple(source for source in sources if source not in known)
    if missing:
        instance.add_dynamic_partitions(name, list(missing))
    return missing


def stretches(known: Sequence[str], wanted: Iterable[str]) -> Iterator[tuple[str, str]]:
    """First and last of each unbroken stretch of wanted keys, in the order of their adding: a run takes one."""
    chosen = set(wanted)
    stretch: list[str] = []
    for key in known:
        if key in chosen:
            stretch.append(key)
        elif stretch:
            yield stretch[0], stretch[-1]
            stretch = []
    if stretch:
        yield stretch[0], stretch[-1]
