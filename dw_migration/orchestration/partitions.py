"""Sources as partitions: a key is a source's name; none is ever taken away, for its history would go with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from dw_migration.config import Source

SOURCES_PER_RUN = 50
"""A run takes seconds to start and a quarter of a second a source: fifty share the start, and one lost loses little."""
FIRST, LAST = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
"""Tags of a run over a range of partitions."""


def partitions_of(name: str) -> dg.DynamicPartitionsDefinition:
    """The sources of a warehouse: `warehouse_sources`."""
    return dg.DynamicPartitionsDefinition(name=f"{name}_sources")


def known_sources(instance: dg.DagsterInstance, name: str) -> tuple[str, ...]:
    """The sources that have a partition, in the order of their adding, which is that of every range."""
    return tuple(instance.get_dynamic_partitions(f"{name}_sources"))


def add_missing(instance: dg.DagsterInstance, name: str, sources: Iterable[str]) -> tuple[str, ...]:
    """The sources that had no partition yet, and have one now."""
    known = set(known_sources(instance, name))
    missing = tuple(source for source in sources if source not in known)
    if missing:
        instance.add_dynamic_partitions(f"{name}_sources", list(missing))
    return missing


def stretches(known: Sequence[str], wanted: Iterable[str], at_most: int | None = None) -> Iterator[tuple[str, str]]:
    """First and last of each unbroken stretch of wanted keys, in the order of their adding: a run takes one."""
    chosen = set(wanted)
    stretch: list[str] = []
    for key in known:
        if stretch and (key not in chosen or len(stretch) == at_most):
            yield stretch[0], stretch[-1]
            stretch = []
        if key in chosen:
            stretch.append(key)
    if stretch:
        yield stretch[0], stretch[-1]


def names_in(known: Sequence[str], first: str, last: str) -> tuple[str, ...]:
    """The keys from the first to the last; none where one of the two is not known."""
    if first not in known or last not in known:
        return ()
    return tuple(known[known.index(first) : known.index(last) + 1])


def range_tags(first: str, last: str) -> dict[str, str]:
    """The tags that make a run take these partitions and all between."""
    return {FIRST: first, LAST: last}


def names_of_run(known: Sequence[str], tags: Mapping[str, str]) -> tuple[str, ...]:
    """The sources that a run with these tags works on."""
    if "dagster/partition" in tags:
        return (tags["dagster/partition"],)
    return names_in(known, tags.get(FIRST, ""), tags.get(LAST, ""))


@dataclass(frozen=True, slots=True)
class Compared:
    """The partitions beside the sources of the config."""

    missing: tuple[str, ...]
    """Sources that have no partition yet."""
    present: tuple[str, ...]
    """Sources that have one, in the order of their adding."""
    retired: tuple[str, ...]
    """Partitions that no source of the config stands behind any more."""
    unasked: tuple[str, ...]
    """Patterns whose server did not answer: what became of their databases is not known."""


def compared(known: Sequence[str], sources: Sequence[Source]) -> Compared:
    """What is there on either side, for sources as `sources_named(keep_unreachable=True)` gives them."""
    named = dict.fromkeys(each.name for each in sources if not each.is_pattern)
    unasked = tuple(each.name for each in sources if each.is_pattern)
    mute = tuple(f"{each}." for each in unasked)
    there = set(known)
    return Compared(
        missing=tuple(each for each in named if each not in there),
        present=tuple(each for each in known if each in named),
        retired=tuple(each for each in known if each not in named and not each.startswith(mute)),
        unasked=unasked,
    )
