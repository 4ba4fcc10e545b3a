"""The ledger: tables in the target's schema `dw_migration` that say what ran, when, from what, approved by whom."""

import hashlib
import json
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, LiteralString, NamedTuple

import psycopg

from dw_migration.catalog import Catalog
from dw_migration.changes import Base
from dw_migration.changes.retire import Retired
from dw_migration.errors import BadConfig, BrokenHistory, Locked, NotOurs
from dw_migration.kind import Address
from dw_migration.kinds.column import Column
from dw_migration.live.connections import translated
from dw_migration.revision import (
    Revision,
    batches_json,
    batches_of,
    one_line,
    proofs_from,
    proofs_json,
    retired_of,
    retired_values,
    steps_text,
)
from dw_migration.rule import Severity

Connection = psycopg.Connection[tuple[Any, ...]]

SCHEMA = "dw_migration"
_BACKED_UP = "backed up"
_SET_ASIDE = "backup set aside"
_RESTORED = "backup restored"
_REHEARSED = "rehearsed"
VERSIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011")
"""Of the ledger's own tables; the last is what this software writes."""
VERSION_TABLE = "alembic_version_ledger"
_ENTRIES: LiteralString = (
    "SELECT id, parent, source, message, version, severity, created, starts_from, up, down, sha256, loses_rows,"
    " hand_written, proofs_, down_proofs_, retired_, state, script, ddl, planned_by, applied, duration, run, applied_by"
    # A ledger of before 0006, 0008 or 0011 has no such column: then the name means that of `otherwise`.
    " FROM (SELECT '[]'::text AS proofs, '[]'::text AS down_proofs, '[]'::text AS retired) AS otherwise"
    " CROSS JOIN LATERAL (SELECT revision.*, proofs AS proofs_, down_proofs AS down_proofs_, retired AS retired_"
    " FROM dw_migration.revision) AS r"
)
_SOURCE: LiteralString = """
SELECT s.identity, s.summary, s.head, r.version,
       ARRAY(SELECT t.name FROM dw_migration.target_schema t WHERE t.source = s.name ORDER BY t.name),
       ARRAY(SELECT t.source_schema FROM dw_migration.target_schema t WHERE t.source = s.name ORDER BY t.name),
       ARRAY(SELECT p.id FROM dw_migration.revision p
              WHERE p.source = s.name AND p.state IN ('planned', 'rolled back') ORDER BY p.number),
       s.source_fingerprint, s.target_fingerprint, s.seen, s.status, s.reason, s.since
  FROM dw_migration.source s
  LEFT JOIN dw_migration.revision r ON r.source = s.name AND r.id = s.head
 WHERE s.name = %s
"""
_FOUND: LiteralString = (
    "UPDATE dw_migration.source SET"
    " seen = CASE WHEN %(source)s::text IS NULL THEN seen ELSE pg_catalog.clock_timestamp() END,"
    " source_fingerprint = coalesce(%(source)s, source_fingerprint),"
    " target_fingerprint = coalesce(%(target)s, target_fingerprint), summary = coalesce(%(summary)s, summary)"
    " WHERE name = %(name)s"
)
_FOUND_IN_SYNC: LiteralString = (
    "WITH found AS (" + _FOUND + " RETURNING name, head, seen, source_fingerprint)"  # noqa: S608 - constants
    " INSERT INTO dw_migration.watch AS w (source, looked, source_fingerprint, verdict, since, judged, head)"
    " SELECT name, seen, source_fingerprint, 'in_sync', seen, seen, head FROM found"
    " ON CONFLICT (source) DO UPDATE SET looked = EXCLUDED.looked, source_fingerprint = EXCLUDED.source_fingerprint,"
    " verdict = EXCLUDED.verdict, since = CASE WHEN w.verdict = EXCLUDED.verdict THEN w.since ELSE EXCLUDED.since END,"
    " judged = EXCLUDED.judged, head = EXCLUDED.head, error = NULL, unreachable_since = NULL, recovered = NULL"
)
MIGRATION_LOCK = (25719, 0)
"""Advisory lock of those who migrate the ledger itself; the first number is "dw", see `locks`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A revision as the ledger holds it."""

    revision: Revision
    state: str
    """planned, applied, rolled back (also one that took the place of such), superseded."""
    script: str
    ddl: str
    planned_by: str
    applied: datetime | None
    duration: timedelta | None
    run: str | None
    applied_by: str | None

    @property
    def id(self) -> str:
        """The revision's id."""
        return self.revision.id


@dataclass(frozen=True, slots=True)
class SourceState:
    """What the ledger knows of a source."""

    name: str
    identity: Mapping[str, Any]
    schemas: Mapping[str, str]
    """Target schema to source schema."""
    head: str | None
    version: str | None
    pending: tuple[str, ...]
    source_fingerprint: str | None
    target_fingerprint: str | None
    summary: Mapping[str, Any]
    """What was told when it was last in sync."""
    seen: datetime | None
    status: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody's consent to one revision, to the letter."""

    source: str
    revision: str
    sha256: str
    by: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the history; `hash` is over all other fields, `previous` is the hash of the one before."""

    source: str
    number: int
    at: datetime
    revision: str | None
    what: str
    """registered, planned, written, approved, applied, rolled back, superseded, failed, stamped, ..."""
    by: str
    run: str
    details: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A revision of several batches of which not all were run."""

    revision: str
    direction: str
    done: int
    """How many batches are committed."""
    filled: tuple[int, int] | None = None
    """Of the one that is under way, if it fills a column: the rows, and the portions, that are committed."""

    def told(self, source: str) -> str:
        """That it stopped, where, and what goes on from there."""
        what = "applied" if self.direction == "up" else "taken back"
        command = f"apply {source}" if self.direction == "up" else f"rollback {source} -1"
        filled = "of the next {:,} rows in {:,} portions, ".format(*self.filled) if self.filled else ""
        return (
            f"{source}: the revision {self.revision} is half {what}: {self.done} of its batches are committed, {filled}"
            f"and the rest is not: run dw-migration {command}, which goes on from there"
        )


@dataclass(frozen=True, slots=True)
class Backup:
    """The last dump that was made before a revision's way."""

    file: str
    sha256: str
    is_late: bool
    """Whether the revision was begun anew without one since: rows may have come that are not in it."""
    at: datetime
    by: str
    is_restored: bool
    """Whether it was restored into a scratch database."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A retired object that did not come back."""

    number: int
    source: str
    revision: str
    """That put it aside."""
    was: Address
    kept: Address
    """What it is called meanwhile; of a column the name alone counts, its table may have another by now."""
    at: datetime
    purged: datetime | None
    """Since when its rows are gone."""
    shell: str | None
    """Of one that is purged: JSON, statements that make it anew without rows; None where it stands again."""


class Alike(NamedTuple):
    """Something that goes and something that comes, which could be one under another name."""

    kind: str
    """table, column."""
    old: str
    """Without the schema: `orders`, `orders.note`."""
    new: str
    shape: str
    """sha256 of the columns of both tables."""

    def address(self, schema: str) -> Address:
        """Of what comes."""
        owner, _, name = self.new.rpartition(".")
        return Address(self.kind, schema, owner, name)


class SaidFill(NamedTuple):
    """What rows get in a column that is NOT NULL from now on, as somebody has said."""

    schema: str
    table: str
    column: str
    """Under the names of the target."""
    expression: str
    by: str
    at: datetime

    @property
    def address(self) -> Address:
        """Of the column."""
        return Address("column", self.schema, self.table, self.column)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who writes: a person or service, and the run."""

    by: str = ""
    run: str = ""


class Ledger:
    """The ledger of one target, over a connection in autocommit or inside the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._found: str | None = None

    # --- the ledger itself --------------------------------------------------------------------------------------------

    def version(self) -> str | None:
        """The version of the ledger's tables; None where there is no ledger."""
        if not self._value("SELECT pg_catalog.to_regclass('dw_migration.alembic_version_ledger') IS NOT NULL"):
            return None
        version: str | None = self._value("SELECT version_num FROM dw_migration.alembic_version_ledger")
        return version

    def exists(self) -> bool:
        """Whether there is a ledger, of this software's version or an older one. Raises: BrokenHistory if newer."""
        self._found = self._found or self.version()
        if self._found is not None and self._found not in VERSIONS:
            raise BrokenHistory(
                f"the ledger is of version {one_line(self._found)}, this software knows {VERSIONS[-1]}: a newer "
                f"dw_migration wrote it: upgrade this one; nothing was written"
            )
        return self._found is not None

    def ensure(self) -> None:
        """Make or migrate the ledger's tables where that is needed. Raises: BrokenHistory, NotAllowed."""
        if not self.exists() or self._found != VERSIONS[-1]:
            with translated("target", self.connection):
                _migrate(self.connection)
            self._found = VERSIONS[-1]

    # --- sources ------------------------------------------------------------------------------------------------------

    def register(
        self, source: str, identity: Mapping[str, Any], schemas: Mapping[str, str], actor: Actor = Actor()
    ) -> None:
        """Note the source, and that the target schemas (the keys) belong to it.

        Raises: NotOurs if another source holds one of them.
        """
        with self._together():
            told = json.dumps(dict(identity), default=str, sort_keys=True)
            before = self._value("SELECT identity FROM dw_migration.source WHERE name = %s", source)
            self._run(
                "INSERT INTO dw_migration.source (name, identity) VALUES (%s, %s)"
                " ON CONFLICT (name) DO UPDATE SET identity = EXCLUDED.identity"
                " WHERE source.identity <> EXCLUDED.identity",
                source,
                told,
            )
            new = self._claim(source, schemas)
            if new or before != told:
                self.record(source, "registered", actor, identity=dict(identity), schemas=dict(schemas))

    def _claim(self, source: str, schemas: Mapping[str, str]) -> bool:
        known = self.schemas(source)
        for name, source_schema in schemas.items():
            self._run(
                "INSERT INTO dw_migration.target_schema VALUES (%s, %s, %s) ON CONFLICT (name) DO UPDATE"
                " SET source_schema = EXCLUDED.source_schema WHERE target_schema.source = EXCLUDED.source"
                " AND target_schema.source_schema <> EXCLUDED.source_schema",
                name,
                source,
                source_schema,
            )
            holder = self.holder(name)
            if holder != source:
                raise NotOurs(
                    f"the target schema {one_line(name)} belongs to the source {holder}, and {source} would use it "
                    f"too: give one of them another naming.schema"
                )
        return any(name not in known for name in schemas)

    def holder(self, schema: str) -> str | None:
        """The source that a target schema belongs to."""
        source: str | None = self._value("SELECT source FROM dw_migration.target_schema WHERE name = %s", schema)
        return source

    def holders(self, schemas: Collection[str]) -> frozenset[str]:
        """The sources that these target schemas belong to."""
        query: LiteralString = "SELECT DISTINCT source FROM dw_migration.target_schema WHERE name = ANY(%s)"
        return frozenset(source for (source,) in self._rows(query, list(schemas)))

    def schemas(self, source: str) -> dict[str, str]:
        """The source's target schemas, each with its source schema."""
        query: LiteralString = "SELECT name, source_schema FROM dw_migration.target_schema WHERE source = %s ORDER BY 1"
        return dict(self._rows(query, source))

    def all_schemas(self) -> dict[str, dict[str, str]]:
        """For every source its schemas, each with its name in the target."""
        found: dict[str, dict[str, str]] = {}
        for source, schema, name in self._rows("SELECT source, source_schema, name FROM dw_migration.target_schema"):
            found.setdefault(source, {})[schema] = name
        return found

    def release(self, source: str, schemas: Sequence[str], actor: Actor = Actor()) -> None:
        """Forget that these target schemas are the source's: they were dropped."""
        with self._together():
            self._run(
                "DELETE FROM dw_migration.target_schema WHERE source = %s AND name = ANY(%s)", source, list(schemas)
            )
            self.record(source, "released", actor, schemas=list(schemas))

    def source(self, name: str) -> SourceState | None:
        """One source, or None if it was never registered."""
        rows = self._rows(_SOURCE, name)
        if not rows:
            return None
        identity, summary, head, version, schemas, source_schemas, pending, of_source, of_target, *rest = rows[0]
        return SourceState(
            name,
            json.loads(identity),
            dict(zip(schemas, source_schemas, strict=True)),
            head,
            version or None,
            tuple(pending),
            of_source,
            of_target,
            json.loads(summary),
            *rest,
        )

    def record_fingerprints(
        self,
        source: str,
        source_fingerprint: str | None = None,
        target_fingerprint: str | None = None,
        summary: Mapping[str, Any] | None = None,
        *,
        by_watch: bool = False,
    ) -> None:
        """Note what source and target look like while they are in sync, and what was told of it; None: as noted before.

        With the source's fingerprint the watch takes it for reached and in sync, unless it found that itself.
        """
        told = None if summary is None else json.dumps(summary)
        found = {"name": source, "source": source_fingerprint, "target": target_fingerprint, "summary": told}
        with translated("target", self.connection):
            self.connection.execute(_FOUND if by_watch or source_fingerprint is None else _FOUND_IN_SYNC, found)

    def set_status(self, source: str, status: str, reason: str = "") -> None:
        """Note how the source stands; `since` moves only when the status does."""
        self._run(
            "UPDATE dw_migration.source SET since = CASE WHEN status = %s THEN since"
            " ELSE pg_catalog.clock_timestamp() END, status = %s, reason = %s WHERE name = %s",
            status,
            status,
            one_line(reason, 2_000),
            source,
        )

    # --- revisions ----------------------------------------------------------------------------------------------------

    def plan(
        self,
        revision: Revision,
        *,
        script: str,
        ddl: str,
        desired: Catalog,
        actor: Actor = Actor(),
        source_fingerprint: str | None = None,
        taken_back: bool = False,
    ) -> bool:
        """Record a planned revision whole; False if it is planned already, and judged the same.

        source_fingerprint: of the source that the target will be equal to once the revision is applied.
        taken_back: it brings nothing but what a person took back, and so counts as rolled back itself.
        Raises: BrokenHistory if another one stands behind the same parent: supersede it first.
        """
        state = self._state(revision)
        if state == "planned" and self._is_judged_alike(revision):
            return False
        if state == "applied":
            raise BrokenHistory(f"{revision.source}: the revision {revision.id} is applied already: plan again")
        with self._together():
            self._delete_revision(revision)
            state = "rolled back" if taken_back else "planned"
            self._insert(revision, state, script=script, ddl=ddl, desired=desired, actor=actor)
            if source_fingerprint is not None:
                self.note_planned_from(revision.source, revision.id, source_fingerprint)
            self.record(revision.source, "planned", actor, revision.id, sha256=revision.sha256, ddl=_sha256(ddl))
        return True

    def note_planned_from(self, source: str, revision: str, source_fingerprint: str) -> None:
        """Note what the source looks like to which the target will be equal once the revision is applied."""
        self._run(
            "UPDATE dw_migration.revision SET source_fingerprint = %s WHERE source = %s AND id = %s",
            source_fingerprint,
            source,
            revision,
        )

    def _state(self, revision: Revision) -> str | None:
        state: str | None = self._value(
            "SELECT state FROM dw_migration.revision WHERE source = %s AND id = %s", revision.source, revision.id
        )
        return state

    def _is_judged_alike(self, revision: Revision) -> bool:
        """Whether what is planned is as severe, and rests on the same proofs: the rows may say otherwise by now."""
        rows = self._rows(_ENTRIES + " WHERE source = %s AND id = %s", revision.source, revision.id)
        planned = _entry(rows[0]).revision
        return (planned.severity, planned.proofs) == (revision.severity, revision.proofs)

    def _delete_revision(self, revision: Revision) -> None:
        """Make room for a revision that was superseded or rolled back and is planned again: its consent is void."""
        self._void_consent(revision.source, revision.id)
        self._run("DELETE FROM dw_migration.revision WHERE source = %s AND id = %s", revision.source, revision.id)

    def _void_consent(self, source: str, revision: str) -> None:
        self._run("DELETE FROM dw_migration.approval WHERE source = %s AND revision = %s", source, revision)

    def _insert(
        self, revision: Revision, state: str, *, script: str, ddl: str, desired: Catalog | None, actor: Actor
    ) -> None:
        values = (
            revision.source,
            revision.id,
            revision.parent,
            state,
            revision.hand_written,
            revision.version,
            str(revision.severity),
            revision.message,
            script,
            ddl,
            batches_json(revision.up),
            batches_json(revision.down),
            json.dumps(revision.loses_rows),
            revision.sha256,
            revision.starts_from,
            None if desired is None else zlib.compress(desired.to_json().encode(), 3),
            revision.created,
            actor.by,
        )
        try:
            self.connection.execute(
                "INSERT INTO dw_migration.revision (source, id, parent, state, hand_written, version, severity,"
                " message, script, ddl, up, down, loses_rows, sha256, starts_from, desired, created, planned_by)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                values,
            )
        except psycopg.errors.UniqueViolation:
            raise BrokenHistory(
                f"{revision.source}: another revision stands behind {revision.parent or 'base'} already: "
                f"a source has one history: run plan again, which supersedes it"
            ) from None
        if revision.proofs:
            self._run(
                "UPDATE dw_migration.revision SET proofs = %s WHERE source = %s AND id = %s",
                proofs_json(revision.proofs),
                revision.source,
                revision.id,
            )
        if revision.down_proofs:
            self._run(
                "UPDATE dw_migration.revision SET down_proofs = %s WHERE source = %s AND id = %s",
                proofs_json(revision.down_proofs),
                revision.source,
                revision.id,
            )
        if revision.retired:
            self._run(
                "UPDATE dw_migration.revision SET retired = %s WHERE source = %s AND id = %s",
                json.dumps(retired_values(revision.retired)),
                revision.source,
                revision.id,
            )

    def add_hand_written(
        self, source: str, revision: Revision, script: str, actor: Actor = Actor(), desired: Catalog | None = None
    ) -> None:
        """Note a revision that somebody wrote, as it is now: consent to what it was before is void.

        Managed objects (`desired`, where the parent's are not known) and version stay what its parent's are. Raises:
        BrokenHistory where it is half applied.
        """
        begun = self.interrupted(source)
        if begun and begun.revision == revision.id:
            raise BrokenHistory(f"{begun.told(source)}; its file was edited since: restore it as it was")
        version = self._value(
            "SELECT version FROM dw_migration.revision WHERE source = %s AND id = %s", source, revision.parent
        )
        ours = replace(revision, source=source, version=version or "")
        state = "rolled back" if self._state(ours) == "rolled back" else "planned"
        if revision.parent is not None:
            desired = self.desired_of(source, revision.parent) or desired
        ddl = steps_text(ours, script)
        with self._together():
            self._delete_revision(ours)
            self._insert(ours, state, script=script, ddl=ddl, desired=desired, actor=actor)
            self.record(source, "written", actor, revision.id, sha256=revision.sha256)

    def give_up(self, source: str, revision: str, actor: Actor) -> None:
        """Note that a revision that waited is given up, and void consent. Raises: BrokenHistory where half applied."""
        begun = self.interrupted(source)
        if begun and begun.revision == revision:
            raise BrokenHistory(f"{begun.told(source)}; it is not given up before: see rollback")
        with self._together():
            self._void_consent(source, revision)
            self._set_state(source, revision, "superseded")
            self.record(source, "superseded", actor, revision)

    def restore(self, revision: Revision, *, script: str, ddl: str, desired: Catalog | None, actor: Actor) -> None:
        """Take a revision over from the workspace: this ledger is new, the files are not."""
        with self._together():
            self._insert(revision, "planned", script=script, ddl=ddl, desired=desired, actor=actor)
            self.record(revision.source, "restored", actor, revision.id, sha256=revision.sha256)

    def revisions(self, source: str, *, superseded: bool = False) -> tuple[Entry, ...]:
        """The source's history from base to its last planned revision, or also what was superseded."""
        rows = self._rows(
            _ENTRIES + " WHERE source = %s AND (%s OR state <> 'superseded') ORDER BY number", source, superseded
        )
        entries = [_entry(row) for row in rows]
        return tuple(entries) if superseded else tuple(_in_order(entries))

    def _knows_retired(self) -> bool:
        """Whether the ledger's tables are new enough: what only reads does not migrate them."""
        return self.exists() and str(self._found) >= "0008"

    def head_entry(self, source: str) -> Entry | None:
        """The applied revision; None at base, and for a source that is not known."""
        at_head: LiteralString = " WHERE (source, id) = (SELECT name, head FROM dw_migration.source WHERE name = %s)"
        rows = self._rows(_ENTRIES + at_head, source)
        return _entry(rows[0]) if rows else None

    def revision(self, source: str, beginning: str) -> Entry:
        """The one whose id begins so. Raises: BadConfig if there is none, or more than one."""
        found = [each for each in self.revisions(source, superseded=True) if each.id.startswith(beginning)]
        live = [each for each in found if each.state != "superseded"] or found
        if len(live) != 1:
            ids = ", ".join(each.id for each in live[:10]) or "none"
            raise BadConfig(f"{source}: expected one revision that begins with {one_line(beginning)}, found {ids}")
        return live[0]

    def named(self, beginning: str) -> tuple[tuple[str, str], ...]:
        """Source and id of the revisions whose id begins so, of any source; superseded ones if there are no others."""
        rows = self._rows(
            "SELECT source, id, state = 'superseded' FROM dw_migration.revision"
            " WHERE pg_catalog.starts_with(id, %s) ORDER BY source, number",
            beginning,
        )
        there = [row for row in rows if not row[2]] or rows
        return tuple((source, id_) for source, id_, _ in there)

    def head(self, source: str) -> str | None:
        """The applied revision's id; None at base, and for a source that is not known."""
        head: str | None = self._value("SELECT head FROM dw_migration.source WHERE name = %s", source)
        return head

    def pending(self, source: str) -> tuple[Entry, ...]:
        """Revisions behind the head, in the order in which they are applied."""
        return tuple(each for each in self.revisions(source) if each.state != "applied")

    def supersede(self, source: str, actor: Actor = Actor(), *, but: str | None = None) -> tuple[Entry, ...]:
        """The pending revisions, which are given up for a new plan; `but` is the id of one that stays.

        Raises: BrokenHistory if one of them is half applied, or somebody's own.
        """
        given_up = tuple(each for each in self.pending(source) if each.id != but)
        interrupted = self.interrupted(source)
        for each in given_up:
            if interrupted and interrupted.revision == each.id:
                raise BrokenHistory(
                    f"{source}: {interrupted.done} batches of the revision {each.id} are applied, and the rest is not: "
                    f"run apply, which goes on from there, and plan again"
                )
            if each.revision.hand_written:
                raise BrokenHistory(
                    f"{source}: the hand-written revision {each.id} is pending: apply it, or give it up: "
                    f"dw-migration revision {source} --give-up {each.id}"
                )
        with self._together():
            for each in reversed(given_up):
                self._set_state(source, each.id, "superseded")
                self.record(source, "superseded", actor, each.id)
        return given_up

    def _set_state(self, source: str, revision: str, state: str) -> None:
        self._run("UPDATE dw_migration.revision SET state = %s WHERE source = %s AND id = %s", state, source, revision)

    def applied(
        self,
        source: str,
        revision: str,
        actor: Actor,
        *,
        duration: timedelta = timedelta(),
        details: Mapping[str, Any] = MappingProxyType({"attempts": 1}),
        what: str = "applied",
    ) -> None:
        """Note, in the transaction that applies it, that the revision is the head now."""
        with self._together():
            self._run(
                "UPDATE dw_migration.revision SET state = 'applied', applied = pg_catalog.clock_timestamp(),"
                " duration = %s, run = %s, applied_by = %s WHERE source = %s AND id = %s",
                duration,
                actor.run,
                actor.by,
                source,
                revision,
            )
            self._note_version(source, revision, "{message}")
            self._retire(source, revision)
            self._spend_fills(source, revision)
            self._move(source, revision)
            seconds = round(duration.total_seconds(), 3)
            self.record(source, what, actor, revision, seconds=seconds, **details)

    def rolled_back(
        self,
        source: str,
        revision: str,
        actor: Actor,
        *,
        duration: timedelta = timedelta(),
        details: Mapping[str, Any] = MappingProxyType({"attempts": 1}),
        what: str = "rolled back",
    ) -> None:
        """Note, in the transaction that takes it back, that its parent is the head again; consent to it is void.

        Who consented saw the rows of that time; others may have come since.
        """
        with self._together():
            self._set_state(source, revision, "rolled back")
            self._void_consent(source, revision)
            self._run(
                "UPDATE dw_migration.retired SET returned = pg_catalog.clock_timestamp()"
                " WHERE source = %s AND revision = %s AND returned IS NULL",
                source,
                revision,
            )
            if self._knows_fills():
                self._run(
                    "UPDATE dw_migration.fill SET spent = NULL WHERE source = %s AND spent = %s", source, revision
                )
            parent = self._value(
                "SELECT parent FROM dw_migration.revision WHERE source = %s AND id = %s", source, revision
            )
            if parent is not None:
                self._note_version(source, parent, "back from " + revision)
            else:
                self._run(
                    "INSERT INTO dw_migration.schema_version (source, revision, version, description)"
                    " VALUES (%s, '', '0.0.0', %s)",
                    source,
                    "back from " + revision,
                )
            self._move(source, parent)
            seconds = round(duration.total_seconds(), 3)
            self.record(source, what, actor, revision, seconds=seconds, **details)

    def stamp(self, source: str, revision: str | None, actor: Actor) -> None:
        """Note that somebody says that the target is at this revision: nothing was run, nothing was checked."""
        with self._together():
            state, before = "applied", True
            for each in self.revisions(source):
                state, before = ("applied", each.id != revision) if before and revision else ("rolled back", False)
                if each.state != "planned" or state == "applied":
                    self._set_state(source, each.id, state)
                if each.state == "applied" and state != "applied":
                    self._void_consent(source, each.id)
            self._move(source, revision)
            self.record(source, "stamped", actor, revision)

    def _retire(self, source: str, revision: str) -> None:
        """Note what the revision, just applied, has put aside."""
        told = self._value("SELECT retired FROM dw_migration.revision WHERE source = %s AND id = %s", source, revision)
        for was, kept in json.loads(told or "[]"):
            self._run(
                "INSERT INTO dw_migration.retired (source, revision, kind, was, kept) VALUES (%s, %s, %s, %s, %s)",
                source,
                revision,
                was[0],
                json.dumps(was),
                json.dumps(kept),
            )

    def now(self) -> datetime:
        """The target's clock, as it stands in the ledger's rows."""
        at: datetime = self._value("SELECT pg_catalog.clock_timestamp()")
        return at

    def retired(self, source: str | None = None) -> tuple[Kept, ...]:
        """What is put aside and did not come back, purged or not, in the order in which it went; None: of all."""
        if not self._knows_retired():
            return ()
        rows = self._rows(
            "SELECT number, source, revision, was, kept, at, purged, shell FROM dw_migration.retired"
            " WHERE (%s::text IS NULL OR source = %s) AND returned IS NULL ORDER BY number",
            source,
            source,
        )
        return tuple(
            Kept(number, name, revision, Address(*json.loads(was)), Address(*json.loads(kept)), at, purged, shell)
            for number, name, revision, was, kept, at, purged, shell in rows
        )

    def retiring(self) -> tuple[Retired, ...]:
        """What revisions put aside that have stopped half-way up, of all sources, as far as they have come."""
        if not self._knows_retired():
            return ()
        rows = self._rows(
            "SELECT retired FROM dw_migration.revision WHERE (source, id) IN"
            " (SELECT source, revision FROM dw_migration.batch WHERE direction = 'up')"
        )
        return tuple(each for (told,) in rows for each in retired_of(json.loads(told)))

    def purged(self, kept: Sequence[Kept], shell: Sequence[str], actor: Actor) -> None:
        """Note that these of one revision are dropped; `shell` is what makes them anew without rows."""
        with self._together():
            for number, each in enumerate(kept):
                self._run(
                    "UPDATE dw_migration.retired SET purged = pg_catalog.clock_timestamp(), purged_by = %s, shell = %s"
                    " WHERE number = %s",
                    actor.by,
                    json.dumps(list(shell) if not number else []),
                    each.number,
                )
            first = kept[0]
            named = [f"{each.was.kind} {each.was}" for each in kept]
            self.record(first.source, "purged", actor, first.revision, objects=named)

    def made_anew(self, kept: Sequence[Kept]) -> None:
        """Note that what was purged stands again, without rows."""
        for each in kept:
            self._run("UPDATE dw_migration.retired SET shell = NULL WHERE number = %s", each.number)

    def _note_version(self, source: str, revision: str, description: str) -> None:
        self._run(
            "INSERT INTO dw_migration.schema_version (source, revision, version, description)"
            " SELECT source, id, version, replace(%s, '{message}', message) FROM dw_migration.revision"
            " WHERE source = %s AND id = %s AND version <> ''",
            description,
            source,
            revision,
        )

    def _move(self, source: str, head: str | None) -> None:
        """The fingerprints are those of this head: of the source that it was planned from, and none of the target."""
        self._run(
            "UPDATE dw_migration.source s SET head = %s, target_fingerprint = NULL, source_fingerprint ="
            " (SELECT r.source_fingerprint FROM dw_migration.revision r WHERE r.source = s.name AND r.id = %s)"
            " WHERE name = %s",
            head,
            head,
            source,
        )
        desired = Catalog() if head is None else self.desired_of(source, head)
        self._store_desired(source, desired)

    # --- base ---------------------------------------------------------------------------------------------------------

    def desired_of(self, source: str, revision: str) -> Catalog | None:
        """The desired catalog that the revision leads to; None if it was restored from files that do not tell."""
        packed = self._value(
            "SELECT desired FROM dw_migration.revision WHERE source = %s AND id = %s", source, revision
        )
        return None if packed is None else Catalog.from_json(zlib.decompress(packed).decode())

    def knows_desired(self, source: str, revision: str) -> bool:
        """Whether it is known what the revision leads to, without reading it."""
        query: LiteralString = "SELECT desired IS NOT NULL FROM dw_migration.revision WHERE source = %s AND id = %s"
        return bool(self._value(query, source, revision))

    def learn_desired(self, source: str, revision: str, desired: Catalog) -> None:
        """Note what the revision leads to, as it was found: its file alone did not tell."""
        packed = zlib.compress(desired.to_json().encode(), 3)
        self._run(
            "UPDATE dw_migration.revision SET desired = %s WHERE source = %s AND id = %s", packed, source, revision
        )

    def base(self, source: str) -> Base | None:
        """What the head wanted and how the target spelt it; None where nothing is applied.

        Where the target was not read again after the last apply (`unread`), what was desired stands for both.
        """
        heads = self._rows("SELECT base_head, given_head FROM dw_migration.source WHERE name = %s", source)
        if not heads or heads[0][0] is None:
            return None
        rows = self._rows("SELECT desired, given FROM dw_migration.managed_object WHERE source = %s", source)
        desired = _catalog(heads[0][0], [wanted for wanted, _ in rows])
        if heads[0][1] is None:
            return Base(desired, desired)
        return Base(desired, _catalog(heads[0][1], [given for _, given in rows if given is not None]))

    def desired(self, source: str) -> Catalog:
        """The desired catalog of the head: its addresses are what is managed."""
        base = self.base(source)
        return Catalog() if base is None else base.desired

    def knows_base(self, source: str) -> bool:
        """Whether it is known what is managed: not where the head was restored from files that do not tell."""
        query: LiteralString = "SELECT head IS NULL OR base_head IS NOT NULL FROM dw_migration.source WHERE name = %s"
        return bool(self._value(query, source))

    def unread(self, source: str) -> bool:
        """Whether something was applied and the target not read again since: a run died in between."""
        query: LiteralString = (
            "SELECT base_head IS NOT NULL AND given_head IS NULL FROM dw_migration.source WHERE name = %s"
        )
        return bool(self._value(query, source))

    def rates(self) -> dict[str, float]:
        """By form of statement, the seconds that a byte of a table took here, over the last twenty of each form."""
        query = (
            "SELECT form, pg_catalog.sum(seconds) / pg_catalog.sum(bytes)::float8 FROM ("
            "SELECT form, seconds, bytes, row_number() OVER (PARTITION BY form ORDER BY at DESC) AS number"
            " FROM dw_migration.measurement) m WHERE number <= 20 GROUP BY form"
        )
        return dict(self._rows(query)) if self.version() == VERSIONS[-1] else {}

    def store_base(self, source: str, desired: Catalog, given: Catalog) -> None:
        """Replace the base; only rows that differ are written."""
        with self._together():
            self._store_desired(source, desired)
            self.store_given(source, given)

    def _store_desired(self, source: str, desired: Catalog | None) -> None:
        """What is managed from now on; what the target gave for it before stays until it is read again."""
        head, lines = ("", {}) if desired is None else _lines(desired)
        with self._together():
            self._stage(lines)
            self._run(
                "DELETE FROM dw_migration.managed_object m WHERE source = %s"
                " AND NOT EXISTS (SELECT FROM pg_temp.dw_base b WHERE b.address = m.address)",
                source,
            )
            self._run(
                "UPDATE dw_migration.managed_object m SET desired = b.line FROM pg_temp.dw_base b"
                " WHERE m.source = %s AND m.address = b.address AND m.desired <> b.line",
                source,
            )
            self._run(
                "INSERT INTO dw_migration.managed_object (source, address, desired)"
                " SELECT %s, b.address, b.line FROM pg_temp.dw_base b WHERE NOT EXISTS"
                " (SELECT FROM dw_migration.managed_object m WHERE m.source = %s AND m.address = b.address)",
                source,
                source,
            )
            self._run(
                "UPDATE dw_migration.source SET base_head = nullif(%s, ''), given_head = NULL WHERE name = %s",
                head,
                source,
            )

    def store_given(self, source: str, given: Catalog) -> None:
        """How the target spells what is managed, as it was just read; objects that are not managed are passed over."""
        head, lines = _lines(given)
        with self._together():
            self._stage(lines)
            self._run(
                "UPDATE dw_migration.managed_object m SET given = b.line FROM dw_migration.managed_object o"
                " LEFT JOIN pg_temp.dw_base b ON b.address = o.address"
                " WHERE o.source = %s AND m.source = o.source AND m.address = o.address"
                " AND m.given IS DISTINCT FROM b.line",
                source,
            )
            self._run("UPDATE dw_migration.source SET given_head = %s WHERE name = %s", head, source)

    def _stage(self, lines: Mapping[str, str]) -> None:
        self._run("DROP TABLE IF EXISTS pg_temp.dw_base")
        self._run("CREATE TEMPORARY TABLE dw_base (address text PRIMARY KEY, line text NOT NULL) ON COMMIT DROP")
        with translated("target", self.connection), self.connection.cursor() as cursor:
            with cursor.copy("COPY pg_temp.dw_base FROM STDIN") as copy:
                for row in lines.items():
                    copy.write_row(row)
            cursor.execute("ANALYZE pg_temp.dw_base")

    # --- consent ------------------------------------------------------------------------------------------------------

    def approve(self, source: str, revision: str, sha256: str, actor: Actor, note: str = "") -> Entry:
        """The revision, with consent to exactly these statements.

        Raises: BrokenHistory if the revision is another by now, or is no longer pending; BadConfig if there is none.
        """
        entry = self.revision(source, revision)
        if entry.revision.sha256 != sha256:
            raise BrokenHistory(
                f"{source}: the revision {entry.id} has the sha256 {entry.revision.sha256}, and consent was given to "
                f"{one_line(sha256)}: look at the DDL file again, and approve what it says now"
            )
        if entry.state not in {"planned", "rolled back"}:
            raise BrokenHistory(f"{source}: the revision {entry.id} is {entry.state}: there is nothing to approve")
        with self._together():
            self._run(
                "INSERT INTO dw_migration.approval (source, revision, sha256, by, note) VALUES (%s, %s, %s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                source,
                entry.id,
                sha256,
                actor.by,
                note,
            )
            self.record(source, "approved", actor, entry.id, sha256=sha256, note=note)
        return entry

    def approval(self, source: str, revision: str, sha256: str) -> Approval | None:
        """The consent to exactly this revision and these statements, or None."""
        rows = self._rows(
            "SELECT source, revision, sha256, by, note, at FROM dw_migration.approval"
            " WHERE source = %s AND revision = %s AND sha256 = %s",
            source,
            revision,
            sha256,
        )
        return Approval(*rows[0]) if rows else None

    # --- what looks alike ---------------------------------------------------------------------------------------------

    def say(self, source: str, alike: Alike, actor: Actor, note: str = "", *, same: bool) -> None:
        """Note whether the two are one, for all sources of this shape; what was said last holds."""
        with self._together():
            self._run(
                "INSERT INTO dw_migration.said (kind, old, new, shape, same, source, by, note)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (kind, old, new, shape) DO UPDATE"
                " SET same = EXCLUDED.same, source = EXCLUDED.source, by = EXCLUDED.by, note = EXCLUDED.note,"
                " at = pg_catalog.clock_timestamp()",
                *alike,
                same,
                source,
                actor.by,
                note,
            )
            self.record(source, "said", actor, kind=alike.kind, old=alike.old, new=alike.new, same=same, note=note)

    def said(self) -> dict[Alike, bool]:
        """Of what looked alike, whether it is one."""
        if not self.exists() or str(self._found) < "0009":
            return {}
        rows = self._rows("SELECT kind, old, new, shape, same FROM dw_migration.said")
        return {Alike(*alike): same for *alike, same in rows}

    # --- what rows get ------------------------------------------------------------------------------------------------

    def say_fill(self, source: str, column: Address, expression: str, actor: Actor) -> None:
        """Note what rows get in the column, until it is NOT NULL; what was said last holds."""
        with self._together():
            self._run(
                'INSERT INTO dw_migration.fill (source, schema, "table", "column", expression, by)'
                ' VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (source, schema, "table", "column") DO UPDATE'
                " SET expression = EXCLUDED.expression, by = EXCLUDED.by, at = EXCLUDED.at, spent = NULL",
                source,
                column.schema,
                column.owner,
                column.name,
                expression,
                actor.by,
            )
            self.record(source, "said", actor, kind="fill", column=str(column), expression=expression)

    def fills(self, source: str) -> tuple[SaidFill, ...]:
        """What is said, and not spent yet."""
        if not self._knows_fills():
            return ()
        rows = self._rows(
            'SELECT schema, "table", "column", expression, by, at FROM dw_migration.fill'
            " WHERE source = %s AND spent IS NULL ORDER BY 1, 2, 3",
            source,
        )
        return tuple(SaidFill(*row) for row in rows)

    def _knows_fills(self) -> bool:
        """As `_knows_retired`."""
        return self.exists() and str(self._found) >= "0010"

    def _spend_fills(self, source: str, revision: str) -> None:
        """What was said of columns that the revision, just applied, has as NOT NULL, is said no more."""
        waiting = self.fills(source)
        wanted = self.desired_of(source, revision) if waiting else None
        for each in waiting:
            column = wanted.objects.get(each.address) if wanted else None
            if isinstance(column, Column) and column.not_null:
                self._run(
                    "UPDATE dw_migration.fill SET spent = %s"
                    ' WHERE (source, schema, "table", "column") = (%s, %s, %s, %s)',
                    revision,
                    source,
                    *each[:3],
                )

    # --- batches ------------------------------------------------------------------------------------------------------

    def interrupted(self, source: str) -> Interrupted | None:
        """The revision of which some batches are committed, and not all."""
        rows = self._rows(
            # A ledger of before 0005 has no column `held`; of an update in batches it counts those.
            "SELECT revision, direction, pg_catalog.sum(coalesce("
            "(pg_catalog.to_jsonb(b) -> 'held' ->> 'batches')::int, (done IS NOT NULL)::int))::int,"
            " pg_catalog.max(pg_catalog.to_jsonb(b) -> 'held' -> 'fill' ->> 'rows') FILTER (WHERE done IS NULL),"
            " pg_catalog.max(pg_catalog.to_jsonb(b) -> 'held' -> 'fill' ->> 'batches') FILTER (WHERE done IS NULL)"
            " FROM dw_migration.batch b WHERE source = %s GROUP BY 1, 2",
            source,
        )
        if not rows:
            return None
        revision, direction, done, *filled = rows[0]
        return Interrupted(revision, direction, done, None if None in filled else (int(filled[0]), int(filled[1])))

    # --- backups ------------------------------------------------------------------------------------------------------

    def backed_up(self, source: str, revision: str, direction: str, made: Mapping[str, Any], actor: Actor) -> None:
        """Note that a dump was made before this way of the revision: its `file`, `sha256`, and what else there is."""
        self.record(source, _BACKED_UP, actor, revision, direction=direction, **made)

    def set_backup_aside(self, source: str, revision: str, file: str, actor: Actor) -> None:
        """Note that the revision begins without a backup, and that this one of a former try is older."""
        self.record(source, _SET_ASIDE, actor, revision, file=file)

    def backup_restored(self, source: str, revision: str, file: str, actor: Actor) -> None:
        """Note that the dump was restored into a scratch database."""
        self.record(source, _RESTORED, actor, revision, file=file)

    def backup(self, source: str, revision: str, direction: str = "up") -> Backup | None:
        """The last one that was made before this way of the revision."""
        events = [each for each in self.history(source) if each.revision == revision]
        made = [e for e in events if e.what == _BACKED_UP and e.details.get("direction") == direction]
        if not made:
            return None
        last = made[-1]
        is_late = any(each.what == _SET_ASIDE and each.number > last.number for each in events)
        file = str(last.details["file"])
        is_restored = any((each.what, each.details.get("file")) == (_RESTORED, file) for each in events)
        return Backup(file, str(last.details["sha256"]), is_late, last.at, last.by, is_restored)

    # --- rehearsals ---------------------------------------------------------------------------------------------------

    def rehearsed(self, source: str, revision: str, found: Mapping[str, Any], actor: Actor) -> None:
        """Note that the revision was rehearsed: whether it is `ok`, its `sha256`, and what else there is."""
        self.record(source, _REHEARSED, actor, revision, **found)

    def rehearsal(self, source: str, revision: str, sha256: str) -> Event | None:
        """The last rehearsal of exactly these statements, or None."""
        events = [each for each in self.history(source) if (each.revision, each.what) == (revision, _REHEARSED)]
        return next((each for each in events[::-1] if each.details.get("sha256") == sha256), None)

    # --- history ------------------------------------------------------------------------------------------------------

    def record(self, source: str, what: str, actor: Actor, revision: str | None = None, **details: object) -> None:
        """Append to the source's history; holds the source's row until the transaction ends, so it comes last."""
        with self._together():
            row = self._rows(
                "SELECT events + 1, last_hash, pg_catalog.clock_timestamp() FROM dw_migration.source WHERE name = %s"
                " FOR NO KEY UPDATE",
                source,
            )
            if not row:
                raise BadConfig(f"the source {one_line(source)} is not registered in this target's ledger")
            number, previous, at = row[0]
            told = json.dumps(details, sort_keys=True, default=str)
            fields = (source, number, at, revision, what, actor.by, actor.run, told, previous)
            chained = _hash(fields)
            self._run(
                "INSERT INTO dw_migration.event (source, number, at, revision, what, by, run, details, previous, hash)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                *fields,
                chained,
            )
            self._run(
                "UPDATE dw_migration.source SET events = %s, last_hash = %s WHERE name = %s", number, chained, source
            )

    def history(self, source: str | None = None) -> tuple[Event, ...]:
        """All events, oldest first, by source."""
        rows = self._rows(
            "SELECT source, number, at, revision, what, by, run, details, previous, hash FROM dw_migration.event"
            " WHERE %s::text IS NULL OR source = %s ORDER BY source, number",
            source,
            source,
        )
        return tuple(
            Event(name, number, at, revision, what, by, run, json.loads(details), previous, chained)
            for name, number, at, revision, what, by, run, details, previous, chained in rows
        )

    def check_history(self, source: str | None = None) -> None:
        """Nothing, if no row of the history was changed, added or taken away. Raises: BrokenHistory."""
        rows = self._rows(
            "SELECT name, events, last_hash FROM dw_migration.source WHERE %s::text IS NULL OR name = %s",
            source,
            source,
        )
        for name, count, last in rows:
            found = self._rows(
                "SELECT source, number, at, revision, what, by, run, details, previous, hash FROM dw_migration.event"
                " WHERE source = %s ORDER BY number",
                name,
            )
            _check_chain(name, found, count, last)

    # --- the connection -----------------------------------------------------------------------------------------------

    def _rows(self, query: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        with translated("target", self.connection):
            return self.connection.execute(query, values).fetchall()

    def _value(self, query: LiteralString, *values: object) -> Any:
        rows = self._rows(query, *values)
        return rows[0][0] if rows else None

    def _run(self, query: LiteralString, *values: object) -> None:
        with translated("target", self.connection):
            self.connection.execute(query, values)

    @contextmanager
    def _together(self) -> Iterator[None]:
        """What happens in the block is kept wholly or not at all."""
        with translated("target", self.connection), self.connection.transaction():
            yield


# --- rows and texts ---------------------------------------------------------------------------------------------------


def _entry(row: tuple[Any, ...]) -> Entry:
    id_, parent, source, message, version, severity, created, starts_from, up, down, sha256, loses, *rest = row
    hand_written, proofs, down_proofs, retired, *rest = rest
    revision = Revision(
        id_,
        parent,
        source,
        message,
        version,
        Severity[severity.upper()],
        created.astimezone(UTC),
        starts_from,
        batches_of(up),
        batches_of(down),
        sha256,
        tuple(json.loads(loses)),
        hand_written,
        proofs_from(proofs),
        proofs_from(down_proofs),
        retired_of(json.loads(retired)),
    )
    return Entry(revision, *rest)


def _in_order(entries: Sequence[Entry]) -> Iterator[Entry]:
    """The chain from base; the table's unique index lets each have one successor."""
    behind = {entry.revision.parent: entry for entry in entries}
    entry = behind.get(None)
    while entry is not None:
        yield entry
        entry = behind.get(entry.id)


def _lines(catalog: Catalog) -> tuple[str, dict[str, str]]:
    """The first line of the catalog's JSON, and the others by address."""
    head, *lines = catalog.lines()
    return head, dict(zip(map(json.dumps, sorted(catalog.objects)), lines, strict=True))


def _catalog(head: str, lines: Sequence[str]) -> Catalog:
    return Catalog.from_json("\n".join([head, *lines]))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _hash(fields: tuple[Any, ...]) -> str:
    source, number, at, *rest = fields
    return _sha256(json.dumps([source, number, at.astimezone(UTC).isoformat(), *rest]))


def _check_chain(source: str, rows: Sequence[tuple[Any, ...]], count: int, last: str) -> None:
    previous = ""
    for expected, (*fields, chained) in enumerate(rows, 1):
        if fields[1] != expected or fields[8] != previous or _hash(tuple(fields)) != chained:
            raise BrokenHistory(
                f"{source}: the history was tampered with at event {expected}: restore dw_migration.event from a "
                f"backup, or accept it by hand; what follows cannot be trusted"
            )
        previous = chained
    if (len(rows), previous) != (count, last):
        raise BrokenHistory(
            f"{source}: the history was tampered with: it has {len(rows)} events, and {count} were written: restore "
            f"dw_migration.event from a backup"
        )


# --- migration --------------------------------------------------------------------------------------------------------


def _migrate(connection: Connection) -> None:
    """Bring the ledger's tables to the last version, under a lock, in one transaction."""
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 - costs 0.3 s, and is seldom needed
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    from dw_migration.live.borrowed import borrowed  # noqa: PLC0415

    scripts = ScriptDirectory(str(Path(__file__).parent / "ledger_versions"), version_locations=[_versions()])
    with borrowed(connection) as lent:
        # SET LOCAL, since another run may be making the ledger just now
        connection.execute("SET LOCAL lock_timeout = '1min'")
        connection.execute("SELECT pg_catalog.pg_advisory_xact_lock(%s, %s)", MIGRATION_LOCK)
        connection.execute("CREATE SCHEMA IF NOT EXISTS dw_migration")
        context = MigrationContext.configure(
            lent,
            opts={
                "version_table": VERSION_TABLE,
                "version_table_schema": SCHEMA,
                "fn": lambda heads, _: scripts._upgrade_revs(VERSIONS[-1], heads),  # as alembic.command does
            },
        )
        context.run_migrations(connection=connection)
        lent.commit()
    if Ledger(connection).version() != VERSIONS[-1]:
        raise Locked("another run migrates the ledger just now: try again")


def _versions() -> str:
    return str(Path(__file__).parent / "ledger_versions")
