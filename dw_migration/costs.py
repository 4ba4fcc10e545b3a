"""What the statements of a plan cost others: locks, how much is read or written, and who waits about how long."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from dw_migration.catalog import Catalog
from dw_migration.changes import Change, Difference
from dw_migration.changes.origins import Located, located, made_in, tables_of
from dw_migration.effects import Effect, Place, effect_of
from dw_migration.kind import Address
from dw_migration.online import Size, Sizes
from dw_migration.sql import Statement

Rates = Mapping[str, float]
"""By form of statement, the seconds that a byte of the table took on this target."""

_MEGABYTE = 1024 * 1024
_READING = (1 / (2_000 * _MEGABYTE), 1 / (50 * _MEGABYTE))
_WRITING = (1 / (400 * _MEGABYTE), 1 / (10 * _MEGABYTE))
"""Seconds a byte, from and to, of a server that nothing is known of."""
_SPREAD = 2.0
"""What was measured may take so many times as long, or as short, another time."""
_WRITES = frozenset({"CREATE INDEX", "CREATE INDEX CONCURRENTLY", "ADD KEY"})


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one statement."""

    effect: Effect = field(default_factory=Effect)
    size: Size = field(default_factory=lambda: Size(0, 0))
    """Of the largest table that it locks."""
    seconds: tuple[float, float] = (0.0, 0.0)
    """From, to: how long it works; to get its locks, each attempt waits for `lock_timeout` at most."""
    measured: bool = False
    """Whether that comes from statements that ran on this target, and not from what servers do in general."""

    @property
    def blocks(self) -> str:
        """Who waits meanwhile: readers and writers, writers, or nobody."""
        return self.effect.blocks


def costs_of(
    difference: Difference, before: Catalog, after: Catalog, sizes: Sizes, rates: Rates
) -> tuple[tuple[Cost, ...], ...]:
    """For each change of the way up, those of its statements; a table that the plan makes is nobody's yet."""
    made = made_in(difference.changes)
    return tuple(_costs(each, made, (before, after), sizes, rates) for each in located(difference.changes))


def _costs(
    here: Located, made: Collection[Address], catalogs: tuple[Catalog, Catalog], sizes: Sizes, rates: Rates
) -> tuple[Cost, ...]:
    change = here.change
    if _is_new(change, made):
        return tuple(Cost() for _ in change.statements)
    found = [effect_of(each.text, change, *catalogs) for each in change.statements]
    told = (_while_held(each, effect, found) for each, effect in zip(change.statements, found, strict=True))
    return tuple(_cost(_on_tables(each, here, made, catalogs[0]), here, sizes, rates) for each in told)


def _while_held(statement: Statement, effect: Effect, found: Collection[Effect]) -> Effect:
    """The effect of an update; in one transaction with what locks the table, all wait until that ends."""
    if effect.form != "UPDATE" or not statement.transactional:
        return effect
    held = dict.fromkeys(lock for each in found for lock in each.locks)
    return replace(effect, locks=tuple(held))


def _on_tables(effect: Effect, here: Located, made: Collection[Address], catalog: Catalog) -> Effect:
    """The effect on tables that others know: not on views, nor on what the plan makes."""

    def is_known(place: Place) -> bool:
        return any(each not in made and here.origin(each) in catalog.objects for each in _addresses(place))

    return replace(effect, locks=tuple((place, mode) for place, mode in effect.locks if is_known(place)))


def _is_new(change: Change, made: Collection[Address]) -> bool:
    """Whether nobody but the plan knows of the tables in question: it need not be parsed."""
    tables = list(tables_of(change))
    if not tables or any(table not in made for table in tables) or change.kind in {"partition", "inheritance"}:
        return False
    return not any(" PARTITION OF " in each.text or " INHERITS " in each.text for each in change.statements)


def _cost(effect: Effect, here: Located, sizes: Sizes, rates: Rates) -> Cost:
    if not effect.locks:
        return Cost()
    size = max((_size(here, place, sizes) for place, _ in effect.locks), key=lambda each: each.bytes)
    return Cost(effect, size, *_seconds(effect, size, rates))


def _addresses(place: Place) -> Iterator[Address]:
    yield Address("table", place.schema, name=place.name)
    yield Address("materialized view", place.schema, name=place.name)


def _size(here: Located, place: Place, sizes: Sizes) -> Size:
    found = (sizes.get(here.origin(each)) for each in _addresses(place))
    return next((each for each in found if each is not None), Size(0, None))


def _seconds(effect: Effect, size: Size, rates: Rates) -> tuple[tuple[float, float], bool]:
    if not effect.form:
        return (0.0, 0.0), True
    rate = rates.get(effect.form)
    if rate is not None:
        return (size.bytes * rate / _SPREAD, size.bytes * rate * _SPREAD), True
    low, high = _WRITING if effect.rewrites or effect.form in _WRITES else _READING
    return (size.bytes * low, size.bytes * high), False


# --- words ------------------------------------------------------------------------------------------------------------


def told(cost: Cost) -> str:
    """`ACCESS EXCLUSIVE on dw__shop__public.orders (5,000,000 rows, 1.2 GB), rewrites it: readers ... wait`."""
    if not cost.effect.locks:
        return ""
    locks = ", ".join(f"{mode} on {place.schema}.{place.name}" for place, mode in dict.fromkeys(cost.effect.locks))
    does = "rewrites it" if cost.effect.rewrites else "reads all of it" if cost.effect.scans else "is short"
    return f"{locks} ({_sized(cost.size)}), {does}: {_waiting(cost)}"


def _sized(size: Size) -> str:
    rows = "rows not counted yet" if size.rows is None else f"{size.rows:,} rows"
    return f"{rows}, {in_bytes(size.bytes)}"


def in_bytes(number: int) -> str:
    """`1.2 GB`."""
    amount = float(number)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1024:  # noqa: PLR2004
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TB"


def _waiting(cost: Cost) -> str:
    if not cost.effect.form:
        return f"{cost.blocks or 'nobody'} wait{'' if cost.blocks else 's'} for a moment"
    low, high = cost.seconds
    took = f"{_in_time(low)} to {_in_time(high)}"
    who = f"{cost.blocks} wait {took}" if cost.blocks else f"nobody waits while it works for {took}"
    return who if cost.measured else f"{who} (guessed: not measured on this target yet)"


def _in_time(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"  # noqa: PLR2004
