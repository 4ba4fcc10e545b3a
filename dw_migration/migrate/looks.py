"""One look at one source, or at what is managed for it in the target: it is read only where its fingerprint moved."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Any

from dw_migration.changes import Base
from dw_migration.config import Config, Source
from dw_migration.errors import BrokenHistory, DwMigrationError, Locked, NoConnection, ServerError
from dw_migration.live.connections import translated
from dw_migration.live.ledger import Actor, Ledger
from dw_migration.live.locks import holders, lock
from dw_migration.live.reader import read_target
from dw_migration.live.settle import compare
from dw_migration.live.source import Reading, fingerprint_of, opened_source, reading_of
from dw_migration.live.standings import Look, Standing, standings, told
from dw_migration.live.workspace import Workspace
from dw_migration.migrate.fingerprints import refresh_base, with_config
from dw_migration.migrate.look import differing
from dw_migration.migrate.outcome import Outcome
from dw_migration.migrate.planned import waiting_for
from dw_migration.migrate.restoring import drifted_in, restoring
from dw_migration.migrate.run import Run, application, standing_of, unwatched
from dw_migration.migrate.seen import Seen, desired_for, known_schemas, seen_between
from dw_migration.migrate.sighting import Sighting, is_news, known_target_verdict, known_verdict
from dw_migration.migrate.told import head_of, outcome_of, summary_of

QUERY_CANCELED = "57014"
LONGEST_STATEMENT = 15.0
"""Seconds: a source that lets a look wait for so long is unreachable, and others get their turn."""


@dataclass(slots=True)
class SourceLooks:
    """Looks at sources, from many threads; they take turns on the one session on the target."""

    config: Config
    ledger: Ledger
    standings: Mapping[str, Standing]
    until: float
    """By time.monotonic(): no look begins then."""
    turn: Lock = field(default_factory=Lock)
    over: bool = False
    """Whether the session on the target is somebody else's again."""
    fingerprints: dict[str, str] = field(default_factory=dict)
    """Of the sources that answered."""

    def look(self, source: Source) -> Sighting:
        """The sighting; an error of the source is one. Raises: NoConnection where the target cannot be asked."""
        try:
            return self._looked(source)
        except Exception as error:  # one bad source never stops the others
            return self._sighting(source, _verdict_of(error), error=told(standing_of(error)[1]))

    def _looked(self, source: Source) -> Sighting:
        if self._is_over():
            return self._sighting(source, "unseen")
        limit = timedelta(seconds=min(max(1.0, self.until - time.monotonic()), LONGEST_STATEMENT))
        standing, name = self.standings[source.name], application(source)
        with _answering(source), opened_source(self.config, source, application_name=name, limit=limit) as session:
            found = self._found(source, fingerprint_of(self.config, source, session))
            if verdict := known_verdict(standing, found):
                return self._sighting(source, verdict, error=standing.error if verdict == "failed" else None)
            reading = reading_of(self.config, source, session) if standing.head else None
        with self.turn:
            return self._sighting(source, "unseen") if self._is_over() else self._judged(source, reading)

    def _is_over(self) -> bool:
        return self.over or time.monotonic() >= self.until

    def _found(self, source: Source, of_source: str) -> str:
        self.fingerprints[source.name] = with_config(self.config, source, of_source)
        return self.fingerprints[source.name]

    def _judged(self, source: Source, reading: Reading | None) -> Sighting:
        """The verdict on a source that moved, if no run worked on it meanwhile; what is in sync is recorded as such."""
        run = _run_of(self.config, source, self.ledger)
        with translated("target", run.target):
            if holders(run.target, run.name):
                return self._sighting(source, "busy")
            seen = self._seen(run, reading) if reading else None
            with _alone(run, self.standings[run.name]) as is_alone:
                return self._settled(run, seen) if is_alone else self._sighting(source, "busy")

    def _seen(self, run: Run, reading: Reading) -> Seen:
        self._found(run.source, reading.catalog.fingerprint)
        return seen_between(run, reading, desired_for(run, reading))

    def _settled(self, run: Run, seen: Seen | None) -> Sighting:
        standing = self.standings[run.name]
        if seen is None:
            return self._sighting(run.source, "absent")
        if seen.plan:
            planned = self._is_planned(run, seen)
            return self._sighting(run.source, "drifted", outcome=differing(run, seen), planned=planned)
        if standing.status == "in_sync" and not standing.waits and not seen.difference.drift:
            refresh_base(run, seen)
            found = (self.fingerprints[run.name], seen.current.fingerprint, summary_of(seen))
            run.ledger.record_fingerprints(run.name, *found, by_watch=True)
        return self._sighting(run.source, "in_sync")

    def _is_planned(self, run: Run, seen: Seen) -> bool:
        """Whether what waits brings exactly this; if so, the ledger knows this state of the source from now on."""
        waiting = waiting_for(run, seen)
        if waiting is not None:
            run.ledger.note_planned_from(run.name, waiting.id, self.fingerprints[run.name])
        return waiting is not None

    def _sighting(self, source: Source, verdict: str, **more: Any) -> Sighting:
        standing, found = self.standings[source.name], self.fingerprints.get(source.name, "")
        before = (standing.verdict, standing.judged_fingerprint)
        news = verdict not in {"busy", "unseen"} and is_news(verdict, found, *before)
        known = {"planned": bool(found) and found == standing.planned_fingerprint}
        return Sighting(source.name, verdict, found, news, **{**known, **more})


def note_of(sighting: Sighting, standing: Standing) -> Look:
    """What the ledger keeps of the sighting."""
    if sighting.verdict == "busy":
        return Look(sighting.source, None, error=sighting.error)
    answered = bool(sighting.fingerprint)
    return Look(
        sighting.source,
        sighting.verdict,
        answered=answered,
        fingerprint=sighting.fingerprint if answered else None,
        head=standing.head,
        judged=answered and known_verdict(standing, sighting.fingerprint) is None,
        error=sighting.error,
    )


@contextmanager
def _answering(source: Source) -> Iterator[None]:
    """In the block, a source that takes too long to answer is one that cannot be reached."""
    try:
        yield
    except ServerError as error:
        if error.sqlstate != QUERY_CANCELED:
            raise
        raise NoConnection(str(error), where=source.where, may_pass=True) from None


def _verdict_of(error: Exception) -> str:
    """The verdict that an error is. Raises: the error, where the target cannot be reached."""
    if isinstance(error, NoConnection):
        if not error.where.startswith("sources."):
            raise error
        return "unreachable"
    return "busy" if isinstance(error, DwMigrationError) and error.may_pass else "failed"


# --- the target -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TargetLooks:
    """Looks at what is managed in the target, one after the other."""

    config: Config
    ledger: Ledger
    standings: Mapping[str, Standing]
    until: float
    fingerprints: Mapping[str, str]
    """Of what is managed for each source that was brought over."""

    def look(self, source: Source) -> Sighting:
        """The sighting; an error that is about this source alone is one. Raises: NoConnection."""
        try:
            with translated("target", self.ledger.connection):
                return self._looked(source)
        except Exception as error:  # one bad source never stops the others
            return self._sighting(source, _verdict_of(error), error=told(standing_of(error)[1]))

    def _looked(self, source: Source) -> Sighting:
        standing = self.standings[source.name]
        if standing.head is None:
            return self._sighting(source, "absent")
        if time.monotonic() >= self.until:
            return self._sighting(source, "unseen")
        found = self.fingerprints[source.name]
        verdict = known_target_verdict(standing, found)
        return self._sighting(source, verdict, found) if verdict else self._judged(source)

    def _judged(self, source: Source) -> Sighting:
        """The verdict on what moved, if no run worked on it meanwhile."""
        run = _run_of(self.config, source, self.ledger)
        if holders(run.target, run.name):
            return self._sighting(source, "busy")
        current = read_target(run.target, known_schemas(run))
        base = _base(run)
        differing = compare(run.target, current, base.desired)
        with _alone(run, self.standings[run.name]) as is_alone:
            if not is_alone:
                return self._sighting(source, "busy")
        if differing.equal:
            return self._sighting(source, "in_sync", current.fingerprint)
        puts_back = restoring(base, current, drifted_in(differing))
        outcome = _by_hand(run, tuple(differing.told()), puts_back)
        return self._sighting(source, "drifted", current.fingerprint, outcome=outcome)

    def _sighting(self, source: Source, verdict: str, found: str = "", **more: Any) -> Sighting:
        standing = self.standings[source.name]
        before = (standing.target_verdict or "in_sync", standing.judged_target)
        news = verdict in {"in_sync", "drifted"} and is_news(verdict, found, *before)
        return Sighting(source.name, verdict, found, news, **more)


def _base(run: Run) -> Base:
    base = run.ledger.base(run.name)
    if base is None:
        raise BrokenHistory(f"{run.name}: the ledger does not tell what the applied revision wants: run sync")
    return base


def _by_hand(run: Run, differences: tuple[str, ...], puts_back: tuple[str, ...]) -> Outcome:
    return outcome_of(
        run,
        "drifted",
        entry=head_of(run),
        ddl="",
        drift=differences,
        puts_back=puts_back,
        verified=False,
        exit_code=3,
        next_command=f"dw-migration diff {run.name}",
    )


# --- both -------------------------------------------------------------------------------------------------------------


def _run_of(config: Config, source: Source, ledger: Ledger) -> Run:
    """The source's run over a session that is shared."""
    workspace = Workspace(config.folder(source.name), source.name)
    return Run(config, source, Actor(), unwatched, ledger.connection, ledger, workspace)


@contextmanager
def _alone(run: Run, standing: Standing) -> Iterator[bool]:
    """Whether no run works on the source, or did since the ledger was asked; if so, none begins in the block."""
    with ExitStack() as stack:
        try:
            stack.enter_context(lock(run.target, run.name, wait=timedelta()))
        except Locked:
            yield False
            return
        now = standings(run.ledger, [run.name])[run.name]
        yield (now.events, now.head) == (standing.events, standing.head)
