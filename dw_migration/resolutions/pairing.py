"""Which old table and column goes where: by what is known, by name, by lineage, and else by similarity."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TypeVar

from dw_migration.resolutions.comparison import ColumnPair, Known, Score, TablePair
from dw_migration.resolutions.lineage import lineage
from dw_migration.resolutions.shape import Shape, TableName, TableShape
from dw_migration.resolutions.similarity import column_names, column_similarity, is_telling, table_similarity, words

Overlaps = Callable[[TableShape, Sequence[str], TableShape, Sequence[str]], Mapping[tuple[str, str], float]]
"""Of an old and a new table and some columns of each: which share of their distinct values both columns have."""

_ALIKE_COLUMNS, _ALIKE_TABLES = 0.65, 0.6
"""Below these scores nothing is proposed: a wrong guess costs more than one more question."""
_AS_GOOD = 0.05
"""Candidates that differ by less are equals, and none of them is taken: a place or two decides nothing."""
_MOST_SHARING = 50
"""A word or column that more tables have says nothing of which one it is."""
IN_OTHER_CASE = Score(1.0, "the names differ in case alone")

Old = TypeVar("Old", bound=Hashable)
New = TypeVar("New", bound=Hashable)
_Found = Iterable[tuple[Old, New, Score | None]]
_Stage = Callable[[list[Old], list[New]], _Found[Old, New]]


@dataclass(frozen=True, slots=True)
class Sides:
    """What is compared, and what is known of it."""

    before: Mapping[TableName, TableShape]
    after: Mapping[TableName, TableShape]
    ways: tuple[tuple[str, str], ...]
    known: Known
    exact: Known
    """By lineage between the two shapes."""
    overlaps: Overlaps | None

    def new_schemas(self, table: TableName) -> list[str]:
        """Where the old table may have gone."""
        return [new for old, new in self.ways if old == table[0]]


def exact(old: Shape, new: Shape) -> Known:
    """What became of what by lineage; oids tell only within one server or its clone, for all count from one start."""
    is_one = old.system_identifier is not None and old.system_identifier == new.system_identifier
    return lineage(old, new) if is_one else Known()


def _matched(
    old: Iterable[Old], new: Iterable[New], stages: Iterable[_Stage[Old, New]]
) -> dict[Old, tuple[New, Score | None]]:
    """One to one: what an earlier stage has found is not looked at by a later one."""
    found: dict[Old, tuple[New, Score | None]] = {}
    free_old, free_new = list(old), list(new)
    for stage in stages:
        taken: set[New] = set()
        for one, other, score in stage(free_old, free_new):
            if one not in found and other not in taken:
                found[one] = other, score
                taken.add(other)
        free_old = [each for each in free_old if each not in found]
        free_new = [each for each in free_new if each not in taken]
    return found


def _unambiguous(old: Iterable[tuple[Hashable, Old]], new: Iterable[tuple[Hashable, New]]) -> Iterator[tuple[Old, New]]:
    """What has the same key, where it has it alone on its side."""
    before: dict[Hashable, list[Old]] = defaultdict(list)
    after: dict[Hashable, list[New]] = defaultdict(list)
    for key, one in old:
        before[key].append(one)
    for key, other in new:
        after[key].append(other)
    for key, ones in before.items():
        others = after.get(key, [])
        if len(ones) == len(others) == 1:
            yield ones[0], others[0]


def _best(candidates: Iterable[tuple[Old, New, Score]], least: float) -> Iterator[tuple[Old, New, Score]]:
    """The best first, each once on either side; where two are as good as one another, none is taken."""
    left = sorted((each for each in candidates if each[2].value >= least), key=lambda each: -each[2].value)
    while left:
        one, other, score = left[0]
        equals = [each for each in left[1:] if score.value - each[2].value < _AS_GOOD]
        is_torn, is_wooed = any(each[0] == one for each in equals), any(each[1] == other for each in equals)
        if not is_torn and not is_wooed:
            yield one, other, score
            is_torn = is_wooed = True  # both are taken
        left = [each for each in left if not (is_torn and each[0] == one) and not (is_wooed and each[1] == other)]


def table_matches(sides: Sides) -> dict[TableName, tuple[TableName, Score | None]]:
    """The new table that each old one becomes; without a score it is known, or has the same name."""

    def named(known: Known, old: list[TableName], new: list[TableName]) -> _Found[TableName, TableName]:
        there = set(new)
        return ((each, known.tables[each], None) for each in old if known.tables.get(each) in there)

    def same(old: list[TableName], new: list[TableName]) -> _Found[TableName, TableName]:
        there = set(new)
        tried = ((each, (schema, each[1])) for each in old for schema in sides.new_schemas(each))
        return ((each, other, None) for each, other in tried if other in there)

    def folded(old: list[TableName], new: list[TableName]) -> _Found[TableName, TableName]:
        keyed = [((s, each[1].lower()), each) for each in old for s in sides.new_schemas(each)]
        there = [((each[0], each[1].lower()), each) for each in new]
        return ((one, other, IN_OTHER_CASE) for one, other in _unambiguous(keyed, there))

    def alike(old: list[TableName], new: list[TableName]) -> _Found[TableName, TableName]:
        return _best(_alike_tables(sides, old, new), _ALIKE_TABLES)

    stages = (partial(named, sides.known), same, folded, partial(named, sides.exact), alike)
    return _matched(sides.before, sides.after, stages)


def _alike_tables(
    sides: Sides, old: Iterable[TableName], new: Iterable[TableName]
) -> Iterator[tuple[TableName, TableName, Score]]:
    """Candidates with their scores: only those that have a telling word or column in common are looked at."""
    having: dict[str, set[TableName]] = defaultdict(set)
    for each in new:
        for trait in _traits(sides.after[each]):
            having[trait].add(each)
    telling = {trait: those for trait, those in having.items() if len(those) <= _MOST_SHARING}
    for one in old:
        table, ways = sides.before[one], sides.new_schemas(one)
        for other in sorted(set().union(*(telling.get(trait, set()) for trait in _traits(table)))):
            if other[0] in ways:
                yield one, other, table_similarity(table, sides.after[other])


def _traits(table: TableShape) -> Iterator[str]:
    yield from (f"column {each}" for each in column_names(table) if is_telling(each))
    yield from (f"word {each[:3]}" for each in words(table.name))


def pair_of(sides: Sides, old_name: TableName, new_name: TableName, score: Score | None) -> TablePair:
    """Also with columns that are generated now."""
    old, new = sides.before[old_name], sides.after[new_name]
    found = _column_matches(sides, old, new)
    by_new = {other: ColumnPair(one, other, score) for one, (other, score) in found.items()}
    return TablePair(old, new, tuple(by_new[each.name] for each in new.columns if each.name in by_new), score)


def _column_matches(sides: Sides, old: TableShape, new: TableShape) -> dict[str, tuple[str, Score | None]]:
    """New columns, and how alike, by old ones."""

    def known(source: Known, names: list[str], there: list[str]) -> _Found[str, str]:
        found = ((each, source.columns.get((old.address, each))) for each in names)
        return ((one, other, None) for one, other in found if other in there)

    def same(names: list[str], there: list[str]) -> _Found[str, str]:
        return ((each, each, None) for each in names if each in there)

    def folded(names: list[str], there: list[str]) -> _Found[str, str]:
        before, after = ([(each.lower(), each) for each in side] for side in (names, there))
        return ((one, other, IN_OTHER_CASE) for one, other in _unambiguous(before, after))

    def alike(names: list[str], there: list[str]) -> _Found[str, str]:
        return _best(_alike_columns(sides, old, names, new, there), _ALIKE_COLUMNS)

    proven = sides.exact if sides.exact.tables.get(old.address) == new.address else Known()
    stages = (partial(known, sides.known), partial(known, proven), same, folded, alike)
    return _matched([each.name for each in old.columns], [each.name for each in new.columns], stages)


def _alike_columns(
    sides: Sides, old: TableShape, names: Sequence[str], new: TableShape, there: Sequence[str]
) -> Iterator[tuple[str, str, Score]]:
    before = [(place, each) for place, each in enumerate(old.columns) if each.name in names]
    after = [(place, each) for place, each in enumerate(new.columns) if each.name in there and not each.generated]
    if not before or not after:
        return
    asked = sides.overlaps
    overlaps = asked(old, names, new, [each.name for _, each in after]) if asked else {}
    for (place, one), (new_place, other) in product(before, after):
        overlap = overlaps.get((one.name, other.name))
        yield one.name, other.name, column_similarity(one, other, abs(place - new_place), overlap)
