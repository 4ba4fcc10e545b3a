"""Whether either side saw any DDL since both were last found equal."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import psycopg

from dw_migration.config import Config, Source
from dw_migration.live.ledger import Ledger
from dw_migration.live.locks import lock
from dw_migration.live.reader import fingerprint, hash_of, read_target, schemas_of
from dw_migration.live.rows.side import Side
from dw_migration.live.settle import compare
from dw_migration.live.source import source_fingerprint
from dw_migration.migrate.outcome import Outcome
from dw_migration.migrate.run import Run, application
from dw_migration.migrate.seen import KINDS_KNOWN, Seen
from dw_migration.migrate.told import head_of, of_summary, outcome_of
from dw_migration.rule import Severity

Connection = psycopg.Connection[tuple[Any, ...]]
_PATIENCE = timedelta(seconds=30)
"""How long a sync that came right after a copy is waited for."""


def unchanged_since(run: Run, *, noted: bool = False) -> Outcome | None:
    """The outcome where neither side saw any DDL since they were last found equal; None: read and compare.

    noted: the ledger is told that the source was seen so.
    """
    state = run.ledger.source(run.name)
    entry = head_of(run)
    if state is None or entry is None or state.status != "in_sync" or state.pending or run.has_news:
        return None
    if state.summary.get("lacks"):  # the target may have it by now, which no fingerprint tells
        return None
    if not (run.workspace.folder / "models.py").exists():
        return None
    with run.chapter("drift"):
        found = fingerprints_now(run, tuple(state.schemas))
        if (state.source_fingerprint, state.target_fingerprint) != found:
            return None
    if noted:
        run.ledger.record_fingerprints(run.name, *found)
    told = of_summary(state.summary)
    return outcome_of(run, "in_sync", entry=entry, **told, severity=Severity.SAFE, ddl="", verified=True)


def fingerprints_now(run: Run, schemas: tuple[str, ...]) -> tuple[str, str]:
    """Of the source, with what the config says of it; and of the target."""
    of_source = source_fingerprint(run.config, run.source, application_name=application(run.source))
    return with_config(run.config, run.source, of_source), target_fingerprint(run.target, schemas)


def with_config(config: Config, source: Source, of_source: str) -> str:
    """The source's fingerprint together with the settings that shape what is made of it."""
    naming = config.naming_of(source)
    shape = repr((source.schemas, source.tables, source.exclude, naming, config.objects, KINDS_KNOWN))
    return f"{of_source}/{hash_of(shape):016x}"


def target_fingerprint(target: Connection, schemas: Iterable[str]) -> str:
    """Of the target's schemas of this name, those that are there."""
    return fingerprint(target, _oids(schemas, schemas_of(target)))


def target_fingerprints(target: Connection, sources: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """By source that of its schemas in the target; in one query, if no source saw any DDL since this was asked last."""
    found = schemas_of(target)
    groups = [_oids(schemas, found) for schemas in sources.values()]
    return dict(zip(sources, _fingerprints(target, groups), strict=True)) if groups else {}


def _oids(schemas: Iterable[str], found: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(found[name] for name in schemas if name in found)


_PARTS = 8
_MOST_REMEMBERED = 10_000
_remembered: dict[tuple[tuple[int, ...], ...], tuple[str, list[str]]] = {}
"""The fingerprint of many groups of schemas together, and of each one then: equal means that none of them moved."""


def _fingerprints(target: Connection, groups: Sequence[tuple[int, ...]]) -> list[str]:
    """Of each group; those that did not move are asked for together, since each question looks through all there is."""
    key, schemas = tuple(groups), [oid for group in groups for oid in group]
    together = fingerprint(target, schemas)
    if len(groups) == 1:
        return [together]
    before, found = _remembered.get(key, ("", []))
    if before == together:
        return found
    size = -(-len(groups) // _PARTS)
    parts = [_fingerprints(target, groups[at : at + size]) for at in range(0, len(groups), size)]
    found = [each for part in parts for each in part]
    if fingerprint(target, schemas) == together:
        _remember(key, (together, found))
    return found


def _remember(key: tuple[tuple[int, ...], ...], found: tuple[str, list[str]]) -> None:
    if len(_remembered) >= _MOST_REMEMBERED:
        _remembered.clear()
    _remembered[key] = found


def note_as_before(target: Side, schemas: Collection[str]) -> None:
    """Note how the sources' schemas in the target look after a copy of rows, if they are as the ledger wants them.

    Else their fingerprints stay as they were, which tells that somebody has to look. Locks: the sources', for a moment.
    Raises: Locked, ServerError, NoConnection.
    """
    ledger = Ledger(target.session)
    for source in sorted(ledger.holders(schemas)):
        with target.told(), lock(target.session, source, wait=_PATIENCE):
            base, state = ledger.base(source), ledger.source(source)
            if base is None or state is None:
                continue
            if state.target_fingerprint == target_fingerprint(target.session, state.schemas):
                continue
            current = read_target(target.session, state.schemas)
            if compare(target.session, current, base.desired).equal:
                ledger.record_fingerprints(source, target_fingerprint=current.fingerprint)


def refresh_base(run: Run, seen: Seen) -> None:
    """Note what the source's server, or the target's, spells otherwise by now, although nothing changed."""
    if seen.base.desired != seen.desired.catalog or seen.base.given.digest != seen.current.digest:
        run.ledger.store_base(run.name, seen.desired.catalog, seen.current)
