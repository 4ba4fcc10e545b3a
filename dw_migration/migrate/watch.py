"""The watch: a cheap look at many sources, and at what is theirs in the target; the ledger keeps what it found."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from dw_migration.config import Config, Source
from dw_migration.live.connections import connect_target, translated
from dw_migration.live.ledger import Ledger
from dw_migration.live.locks import holders
from dw_migration.live.standings import (
    Recovery,
    Standing,
    TargetLook,
    looked,
    note_looks,
    note_target_looks,
    recovered,
    standings,
)
from dw_migration.migrate.fingerprints import target_fingerprints
from dw_migration.migrate.looks import SourceLooks, TargetLooks, note_of
from dw_migration.migrate.sighting import Sighting


def watch_sources(
    config: Config, sources: Sequence[Source], *, at_once: int = 16, seconds: float = 40.0
) -> tuple[Sighting, ...]:
    """One sighting a source, in the order given, in about `seconds`: who has not answered by then is not waited for.

    A source is read only where its fingerprint moved; what then shows no change is recorded as in sync. An error of
    one is its sighting. Raises: NoConnection, NotAllowed, BadConfig, BrokenHistory of the target or its ledger.
    """
    if not sources:
        return ()
    until = time.monotonic() + seconds
    with _opened(config, seconds) as ledger:
        known = standings(ledger, [each.name for each in sources])
        with _in_turns(SourceLooks(config, ledger, known, until)) as looks:
            found = _in_time(looks.look, sources, config=config, at_once=at_once, until=until)
        return _noted(ledger, known, found)


def watch_target(config: Config, sources: Sequence[Source], *, seconds: float = 40.0) -> tuple[Sighting, ...]:
    """One sighting a source of what is managed for it in the target: in_sync, drifted (by hand), absent, busy, failed.

    Raises: as `watch_sources`.
    """
    if not sources:
        return ()
    until = time.monotonic() + seconds
    with _opened(config, seconds) as ledger:
        known = standings(ledger, [each.name for each in sources])
        brought = {name: each.schemas for name, each in known.items() if each.head}
        looks = TargetLooks(config, ledger, known, until, target_fingerprints(ledger.connection, brought))
        return _noted_of_target(ledger, known, [looks.look(each) for each in sources])


def recoveries(config: Config, *, within: timedelta = timedelta(days=1)) -> tuple[Recovery, ...]:
    """The sources that could not be reached and answered again within that time, the earliest first."""
    with _opened(config) as ledger:
        return recovered(ledger, within)


def last_looks(config: Config) -> Mapping[str, datetime]:
    """When each source last answered a look or a sync; one that never did is missing."""
    with _opened(config) as ledger:
        return looked(ledger)


def worked_on(config: Config, sources: Iterable[str]) -> frozenset[str]:
    """Those of the sources that somebody plans or applies for just now, by the locks in the target."""
    with _opened(config) as ledger:
        return frozenset(name for name in sources if holders(ledger.connection, name))


@contextmanager
def _opened(config: Config, seconds: float = 0.0) -> Iterator[Ledger]:
    """The ledger, made or migrated where needed, over the one session on the target that a tick has."""
    policy = config.policy
    with (
        connect_target(
            config.target,
            application_name="dw/watch",
            lock_timeout=policy.lock_timeout,
            statement_timeout=timedelta(seconds=seconds),
            strict_tls=policy.strict_tls,
        ) as target,
        translated("target", target),
    ):
        ledger = Ledger(target)
        ledger.ensure()
        yield ledger


# --- many at once -----------------------------------------------------------------------------------------------------

_left: dict[Path, Future[Sighting]] = {}
"""Looks that had not ended when their tick did, by the source's folder: a slow source gets no second one meanwhile."""


def _in_time(
    look: Callable[[Source], Sighting], sources: Sequence[Source], *, config: Config, at_once: int, until: float
) -> list[Sighting]:
    """Each source's sighting; unseen where it has none in time. Raises: the first error of a look."""
    folders = [config.folder(each.name) for each in sources]
    pool = ThreadPoolExecutor(at_once, "dw_migration_watch")
    try:
        acts = [_still_looked_at if _is_left(folder) else look for folder in folders]
        begun = [pool.submit(act, source) for act, source in zip(acts, sources, strict=True)]
        wait(begun, max(0.0, until - time.monotonic()), FIRST_EXCEPTION)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    _left.update((folder, each) for folder, each in zip(folders, begun, strict=True) if each.running())
    return [_sighting(each, source) for each, source in zip(begun, sources, strict=True)]


def _is_left(folder: Path) -> bool:
    if folder in _left and _left[folder].done():
        del _left[folder]
    return folder in _left


def _still_looked_at(source: Source) -> Sighting:
    return Sighting(source.name, "unseen", error="the look before this one has not ended yet")


def _sighting(look: Future[Sighting], source: Source) -> Sighting:
    has_ended = look.done() and not look.cancelled()
    return look.result() if has_ended else Sighting(source.name, "unseen")


@contextmanager
def _in_turns(looks: SourceLooks) -> Iterator[SourceLooks]:
    """The looks, whose threads leave the session on the target alone after the block."""
    try:
        yield looks
    finally:
        with looks.turn:
            looks.over = True


# --- what the ledger keeps --------------------------------------------------------------------------------------------


def _noted(ledger: Ledger, known: Mapping[str, Standing], found: Sequence[Sighting]) -> tuple[Sighting, ...]:
    notes = [note_of(each, known[each.source]) for each in found if each.verdict != "unseen"]
    since = note_looks(ledger, notes, began=min(each.at for each in known.values())) if notes else {}
    return _dated(known, found, since)


def _noted_of_target(ledger: Ledger, known: Mapping[str, Standing], found: Sequence[Sighting]) -> tuple[Sighting, ...]:
    judged = [each for each in found if each.verdict in {"in_sync", "drifted"}]
    notes = [TargetLook(each.source, each.verdict, each.fingerprint, known[each.source].head) for each in judged]
    since = note_target_looks(ledger, notes) if notes else {}
    return _dated(known, found, since)


def _dated(
    known: Mapping[str, Standing], found: Sequence[Sighting], since: Mapping[str, datetime]
) -> tuple[Sighting, ...]:
    return tuple(_with_standing(each, known[each.source], since.get(each.source)) for each in found)


def _with_standing(sighting: Sighting, standing: Standing, since: datetime | None) -> Sighting:
    return replace(
        sighting,
        since=since,
        status=standing.status,
        head=standing.head,
        taken_back=standing.taken_back,
        behind=standing.waits or standing.verdict == "drifted",
    )
