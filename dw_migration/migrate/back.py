"""Consent, and the way back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from dw_migration.config import Config, Source
from dw_migration.errors import BadConfig, BrokenHistory, ConsentNeeded, NotOurs
from dw_migration.live.apply import check_proofs
from dw_migration.live.backup import Dumper
from dw_migration.live.bystanders import in_schemas
from dw_migration.live.ledger import Entry, Interrupted
from dw_migration.live.retired import gone_for_good
from dw_migration.live.stake import at_stake
from dw_migration.live.travel import way_down, way_up
from dw_migration.migrate.apart import put_in_order
from dw_migration.migrate.half import check_half, take_half_back
from dw_migration.migrate.outbox import telling
from dw_migration.migrate.outcome import Outcome, Progress
from dw_migration.migrate.own import take_over_folder
from dw_migration.migrate.run import Run, running, unwatched
from dw_migration.migrate.saved import Scope, backups_for, check_dumper, put_back, save
from dw_migration.migrate.told import head_of, of_catalog, outcome_of
from dw_migration.revision import body_text
from dw_migration.sql import identifier, sql

Connection = psycopg.Connection[tuple[Any, ...]]
_FEWEST_DIGITS = 12
"""Of a sha256 that a person types: fewer could be met by trying."""


def approve(
    config: Config, source: Source, revision: str, *, sha256: str | None = None, by: str, note: str = ""
) -> Outcome:
    """Consent to exactly this revision's DDL; `sha256`, or its first 12 digits or more, says which DDL was read.

    Raises: BrokenHistory where the revision is another by now, or does not wait; BadConfig if there is none.
    """
    with running(config, source, by=by) as run:
        take_over_folder(run)
        try:
            entry = run.ledger.revision(run.name, revision)
            run.ledger.approve(run.name, entry.id, _meant(entry, sha256), run.actor, note)
        except (BadConfig, BrokenHistory) as error:
            refusal = error
        else:
            run.ledger.set_status(run.name, "pending", f"{entry.id} is approved by {by}, and waits to be applied")
            return outcome_of(run, "pending", entry=entry, next_command=f"dw-migration apply {run.name}")
    raise refusal  # out here, where it does not become the source's status


def _meant(entry: Entry, sha256: str | None) -> str:
    """The sha256 that consent is given to: the revision's, where that is not said or begins as said."""
    known = entry.revision.sha256
    begins_so = sha256 is None or (len(sha256) >= _FEWEST_DIGITS and known.startswith(sha256.lower()))
    return known if begins_so else str(sha256)


@telling
def rollback(
    config: Config,
    source: Source,
    to: str = "base",
    *,
    drop_schema: bool = False,
    allow_breaking: bool = False,
    backup: Scope | None = None,
    restore: bool = False,
    by: str = "",
    run_id: str = "",
    progress: Progress = unwatched,
) -> Outcome:
    """Back down to a revision, by `-N`, or to `base`; ConsentNeeded (exit code 4) where rows would be lost.

    backup: as of `apply`, before each revision is taken back. restore: what a revision had dropped is filled again from
    the backup with which it was applied, in the transaction that brings it back. Raises: BadConfig before anything
    runs, where pg_dump or a backup is missing.
    """
    with running(config, source, progress, by=by, run_id=run_id) as run:
        try:
            begun = _half_applied(run)
            way = way_down(run.ledger, run.name, to) if begun is None else _behind_half(run, to)
            if not allow_breaking:
                _check_stake(run, way, to)
                if begun is not None:
                    check_half(run, begun)
            programs = check_dumper(run, "affected" if restore else backup)
            saved = Saved(programs, backup, backups_for(run, programs, way) if restore and programs else {})
        except (BadConfig, ConsentNeeded) as error:
            refusal = error
        else:
            stays = () if begun is None else take_half_back(run, begun)
            done = _taken_back(run, way, to, saved, drop_schema=drop_schema, allow_breaking=allow_breaking)
            if begun is None:
                return done
            return replace(done, applied=(begun.revision, *done.applied), warnings=(*done.warnings, *stays))
    raise refusal  # out here, where it does not become the source's status


def _half_applied(run: Run) -> Interrupted | None:
    begun = run.ledger.interrupted(run.name)
    return begun if begun is not None and begun.direction == "up" else None


def _behind_half(run: Run, to: str) -> tuple[str, ...]:
    """What else goes back with a revision that is half applied, which is the first step."""
    steps = to.removeprefix("-")
    if to.startswith("-") and steps.isdigit():
        to = f"-{max(0, int(steps) - 1)}"
    return way_down(run.ledger, run.name, to)


@dataclass(frozen=True, slots=True)
class Saved:
    """What is saved on the way back, and where from it is filled again."""

    programs: Dumper | None
    scope: Scope | None
    backups: Mapping[str, Path]
    """By revision."""


def _taken_back(
    run: Run, way: tuple[str, ...], to: str, saved: Saved, *, drop_schema: bool, allow_breaking: bool
) -> Outcome:
    put_in_order(run)
    downs = {each.id: each.revision.down for each in run.ledger.revisions(run.name)}
    for revision in way:
        if saved.programs and saved.scope:
            save(run, saved.programs, saved.scope, revision, "down")
        within = None
        if saved.programs and revision in saved.backups:
            within = partial(put_back, run, saved.programs, revision, saved.backups[revision])
        run.down(revision, allow_breaking=allow_breaking, within=within)
    head = head_of(run)
    status_ = "pending" if way_up(run.ledger, run.workspace) else "in_sync"
    run.ledger.set_status(run.name, status_, f"rolled back to {to}")
    if drop_schema and head is None:
        _drop_schemas(run)
    return outcome_of(
        run,
        "rolled_back",
        entry=head,
        **of_catalog(run.ledger.desired(run.name)),
        ddl="\n".join(body_text(downs[each]) for each in way),
        applied=way,
        next_command=f"dw-migration apply {run.name}",
    )


def _check_stake(run: Run, way: tuple[str, ...], to: str) -> None:
    """Raises ConsentNeeded, before the first step, where the way back drops rows."""
    steps = [each.revision for each in run.ledger.revisions(run.name) if each.id in way]
    found = at_stake(run.target, run.ledger.desired(run.name).objects, steps)
    found += [f"{gone} (purged)" for each in steps for gone in gone_for_good(run.ledger, each)]
    if found:
        raise ConsentNeeded(
            f"{run.name}: going back to {to} loses the rows of {', '.join(found[:10])}: run rollback with "
            "--allow-breaking if that is meant"
        )
    is_whole = run.ledger.interrupted(run.name) is None  # half-way other names may hold
    for each in way[:1] if is_whole else ():  # the others, under the names that hold then, when it is their turn
        check_proofs(run.target, run.ledger.revision(run.name, each), "down", run.terms(allow_breaking=False))


def _drop_schemas(run: Run) -> None:
    """Drop the source's schemas, unless something that is not ours stands in them."""
    schemas = sorted(run.ledger.schemas(run.name))
    found = in_schemas(run.target, schemas)
    if found:
        named = "; ".join(map(str, found[:10]))
        raise NotOurs(
            f"{run.name}: the schemas are not dropped, since they hold what is not ours: {named}: move or drop it first"
        )
    with run.target.transaction():
        for name in schemas:
            run.target.execute(sql("drop schema if exists {}", identifier(name)).text.encode())
        run.ledger.release(run.name, schemas, run.actor)
