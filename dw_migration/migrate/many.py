"""Many sources at once."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import timedelta

import psycopg
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from dw_migration.config import Config, Source
from dw_migration.errors import DwMigrationError, Locked, NoConnection, UnknownSource
from dw_migration.live.connections import find_sources, source_found, translation
from dw_migration.live.selection import nearest
from dw_migration.migrate.outbox import telling
from dw_migration.migrate.outcome import Outcome
from dw_migration.migrate.run import application, standing_of

log = logging.getLogger(__name__)

_ASKED_AT_ONCE = 16


def sources_named(
    config: Config, names: Iterable[str] = (), *, keep_unreachable: bool = False, limit: timedelta | None = None
) -> tuple[Source, ...]:
    """The sources with these names, or all of them; `databases:` patterns are looked up on their servers.

    `keep_unreachable`: among all, a pattern whose server cannot be asked stands for itself, and fails at its turn.
    `limit`: for all servers together; who has not answered by then cannot be asked. Default: each has its own.
    Raises: UnknownSource, naming the nearest known one; NoConnection for a server that has to be asked.
    """
    wanted = tuple(dict.fromkeys(names))
    there = _all_there(config, wanted, keep=keep_unreachable and not wanted, limit=limit)
    found = {each.name: each for entry in config.sources.values() for each in there.get(entry.name, ())}
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise UnknownSource("\n".join(f"no source {name!r} in the config{nearest(name, found)}" for name in unknown))
    return tuple(found[name] for name in wanted or found)


def source_named(config: Config, name: str) -> Source:
    """The one source of this name; where the name tells the database, the pattern's server is not asked.

    Raises: see `sources_named`; that the database is not there is told by the first to connect to it.
    """
    told = (source_found(entry, name) for entry in config.sources.values())
    return next(filter(None, told), None) or sources_named(config, [name])[0]


def _all_there(
    config: Config, wanted: Collection[str], *, keep: bool, limit: timedelta | None
) -> dict[str, tuple[Source, ...]]:
    """By entry of the config its sources; servers are asked at the same time, since each may let us wait."""
    entries = [each for each in config.sources.values() if each.is_pattern and _is_asked(each, wanted)]
    pool = ThreadPoolExecutor(_ASKED_AT_ONCE, "dw_migration_patterns")
    try:
        begun = [pool.submit(_there, config, each, limit) for each in entries]
        wait(begun, limit.total_seconds() if limit else None)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # the late ones end by themselves, for their limit is the same
    plain = {name: (each,) for name, each in config.sources.items() if not each.is_pattern}
    return plain | {each.name: _answer(each, there, keep=keep) for each, there in zip(entries, begun, strict=True)}


def _is_asked(entry: Source, wanted: Collection[str]) -> bool:
    return not wanted or any(name.startswith(f"{entry.name}.") for name in wanted)


def _there(config: Config, entry: Source, limit: timedelta | None) -> tuple[Source, ...]:
    return find_sources(entry, application_name=application(entry), strict_tls=config.policy.strict_tls, limit=limit)


def _answer(entry: Source, there: "Future[tuple[Source, ...]]", *, keep: bool) -> tuple[Source, ...]:
    try:
        if there.cancelled() or not there.done():
            raise NoConnection(f"{entry.where}: no answer in time", where=entry.where, may_pass=True)
        return there.result()
    except DwMigrationError:
        if keep:
            return (entry,)
        raise


def together(act: Callable[[Source], Outcome], sources: Iterable[Source], *, workers: int = 4) -> tuple[Outcome, ...]:
    """The outcome of each source, in the order given; an error of one is its outcome, and never stops the others."""
    chosen = tuple(sources)
    if len(chosen) <= 1:
        return tuple(attempted(act, each) for each in chosen)
    with ThreadPoolExecutor(max_workers=min(workers, len(chosen))) as pool:
        return tuple(pool.map(lambda each: attempted(act, each), chosen))


@telling
def attempted(act: Callable[[Source], Outcome], source: Source) -> Outcome:
    """The outcome; an error becomes one. A crash is told by its kind and place: its text could hold values of rows."""
    try:
        return act(source)
    except DwMigrationError as error:
        status_, reason = standing_of(error)
        return Outcome(source.name, status_, error=reason, exit_code=error.exit_code)
    except psycopg.Error as error:
        return Outcome(source.name, "failed", error=str(translation(error, source.where)), exit_code=1)
    except Exception as error:  # one bad source never stops the others, and is told as failed
        log.debug("unexpected error for %s", source.name, exc_info=True)
        return Outcome(source.name, "failed", error=standing_of(error)[1], exit_code=1)


_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 20.0
_LONGEST_TURN = 2.0
"""Between two looks whether another run has ended."""
_BUDGET = 60.0
"""After so many seconds from the first failure nothing is tried again: the next run, or a sensor, will."""


def persistently(
    act: Callable[[Source], Outcome],
    source: Source,
    *,
    attempts: int = 3,
    lock_budget: timedelta = timedelta(minutes=2),
    stop: threading.Event | None = None,
) -> Outcome:
    """As `attempted`, and tried again where time may mend it; if so, a warning tells how often.

    `attempts` in all, with pauses in between, none of them later than a minute after the first failure; for another
    run that works on the source, for as long as `lock_budget`. A set `stop` ends the waiting: the last error is told.
    """
    patience = _Patience(attempts, lock_budget.total_seconds(), stop or threading.Event())
    tries = Retrying(
        retry=retry_if_exception(_may_pass),
        wait=wait_random_exponential(multiplier=_FIRST_PAUSE, max=_LONGEST_PAUSE),
        stop=patience.is_over,
        sleep=patience.pause,
        reraise=True,
    )
    outcome = attempted(lambda each: tries(act, each), source)
    count = tries.statistics["attempt_number"]
    if count == 1:
        return outcome
    told = f"tried {count} times" if outcome.error else f"tried {count} times: {patience.last}"
    return replace(outcome, warnings=(*outcome.warnings, told))


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, DwMigrationError) and error.may_pass


@dataclass(slots=True)
class _Patience:
    """Whether another try is worth it, for one source."""

    left: int
    lock_budget: float
    stop: threading.Event
    until: float | None = field(default=None, init=False)
    last: BaseException | None = field(default=None, init=False)

    def is_over(self, state: RetryCallState) -> bool:
        """Whether the try that has just failed was the last one."""
        self.last = state.outcome.exception() if state.outcome else None
        if isinstance(self.last, Locked):
            return (state.seconds_since_start or 0) >= self.lock_budget
        self.left -= 1
        self.until = self.until or time.monotonic() + _BUDGET
        return self.left <= 0 or time.monotonic() >= self.until

    def pause(self, seconds: float) -> None:
        """Wait so long. Raises: the last error, as soon as a stop is asked for."""
        longest = _LONGEST_TURN if isinstance(self.last, Locked) else seconds
        if self.stop.wait(min(seconds, longest)) and self.last:
            raise self.last


def worst(outcomes: Iterable[Outcome]) -> int:
    """The exit code of all together: 1, then 2 (config), then 4, then 3, then 0."""
    codes = {outcome.exit_code for outcome in outcomes}
    return next((code for code in (1, 2, 4, 3) if code in codes), 0)
