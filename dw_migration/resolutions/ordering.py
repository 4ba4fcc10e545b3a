"""The order in which tables are copied: what others refer to, or look up, goes first."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from dw_migration.errors import BadConfig
from dw_migration.resolutions.comparison import TablePair
from dw_migration.resolutions.shape import TableName

Needs = Mapping[TableName, Collection[TableName]]
"""Of each new table, the others that must be there before it."""


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """Pairs in the order in which they are copied."""

    pairs: tuple[TablePair, ...]
    rings: tuple[tuple[TableName, ...], ...] = ()
    """New tables whose foreign keys refer to one another, or to their own table: these are checked after the copy."""


def in_copy_order(pairs: Iterable[TablePair], lookups: Needs | None = None) -> CopyOrder:
    """The pairs by the foreign keys of their new tables, else by name.

    `lookups`: the new tables in which a new table's values are looked up. Raises: BadConfig where such tables wait for
    one another.
    """
    by_name = {each.new.address: each for each in sorted(pairs, key=lambda each: each.new.address)}
    refers = {name: {key.to for key in each.new.foreign_keys} & by_name.keys() for name, each in by_name.items()}
    looks = {name: set((lookups or {}).get(name, ())) & by_name.keys() for name in by_name}
    order: list[TableName] = []
    rings: list[tuple[TableName, ...]] = []
    for group in _groups({name: refers[name] | looks[name] for name in by_name}):
        if len(group) > 1 or refers[group[0]] & set(group):
            rings.append(tuple(sorted(group)))
        order += _by_lookups(sorted(group), looks)
    return CopyOrder(tuple(by_name[name] for name in order), tuple(rings))


def _by_lookups(group: list[TableName], looks: Needs) -> Iterator[TableName]:
    """The tables of a ring of foreign keys, those that are looked up before those that look."""
    for part in _groups({name: set(looks[name]) & set(group) for name in group}):
        if len(part) > 1 or part[0] in looks[part[0]]:
            named = ", ".join(sorted(".".join(name) for name in part))
            raise BadConfig(
                f"{named}: values are looked up in tables that this copy fills from these very values: expected a "
                f"lookup_table that is filled already: take one of them out (--exclude), or use value_mapping"
            )
        yield part[0]


def _groups(needs: Needs) -> Iterator[list[TableName]]:
    """Tables that need one another together, each group after all that it needs: Tarjan's, without recursion."""
    index: dict[TableName, int] = {}
    lowest: dict[TableName, int] = {}
    waiting: list[TableName] = []
    for root in needs:
        work = [] if root in index else [(root, iter(sorted(needs[root])))]
        while work:
            name, others = work[-1]
            if name not in index:
                index[name] = lowest[name] = len(index)
                waiting.append(name)
            for other in others:
                if other not in index:
                    work.append((other, iter(sorted(needs[other]))))
                    break
                if other in waiting:
                    lowest[name] = min(lowest[name], index[other])
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[name])
                if lowest[name] == index[name]:
                    at = waiting.index(name)
                    yield waiting[at:]
                    del waiting[at:]
