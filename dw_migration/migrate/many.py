"""Many sources at once."""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from dw_migration.config import Config, Source
from dw_migration.errors import BadConfig, ConsentNeeded, DwMigrationError
from dw_migration.live.connections import find_sources, translation
from dw_migration.live.selection import nearest
from dw_migration.migrate.outcome import Outcome
from dw_migration.migrate.run import application

log = logging.getLogger(__name__)


def sources_named(config: Config, names: Iterable[str] = (), *, keep_unreachable: bool = False) -> tuple[Source, ...]:
    """The sources with these names, or all of them; `databases:` patterns are looked up on their servers.

    `keep_unreachable`: among all, a pattern whose server cannot be asked stands for itself, and fails at its turn.
    Raises: BadConfig, naming the nearest known source; NoConnection for a server that has to be asked.
    """
    wanted = tuple(dict.fromkeys(names))
    found: dict[str, Source] = {}
    for entry in config.sources.values():
        if (entry.is_pattern and not wanted) or any(
            name.startswith(f"{entry.name}.") for name in wanted if entry.is_pattern
        ):
            found |= {each.name: each for each in _there(config, entry, keep=keep_unreachable and not wanted)}
        elif not entry.is_pattern:
            found[entry.name] = entry
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise BadConfig("\n".join(f"no source {name!r} in the config{nearest(name, found)}" for name in unknown))
    return tuple(found[name] for name in wanted or found)


def _there(config: Config, entry: Source, *, keep: bool) -> tuple[Source, ...]:
    try:
        return find_sources(entry, application_name=application(entry), strict_tls=config.policy.strict_tls)
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


def attempted(act: Callable[[Source], Outcome], source: Source) -> Outcome:
    """The outcome; an error becomes one. A crash is told by its kind and place: its text could hold values of rows."""
    try:
        return act(source)
    except DwMigrationError as error:
        status_ = "held" if error.exit_code == ConsentNeeded.exit_code else "failed"
        return Outcome(source.name, status_, error=str(error), exit_code=error.exit_code)
    except psycopg.Error as error:
        return Outcome(source.name, "failed", error=str(translation(error, source.where)), exit_code=1)
    except Exception as error:  # one bad source never stops the others, and is told as failed
        log.debug("unexpected error for %s", source.name, exc_info=True)
        return Outcome(source.name, "failed", error=f"{type(error).__name__} at {_place_of(error)}", exit_code=1)


def _place_of(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"


def worst(outcomes: Iterable[Outcome]) -> int:
    """The exit code of all together: 1, then 2 (config), then 4, then 3, then 0."""
    codes = {outcome.exit_code for outcome in outcomes}
    return next((code for code in (1, 2, 4, 3) if code in codes), 0)
