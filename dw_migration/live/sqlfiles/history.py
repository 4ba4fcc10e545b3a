"""What ran: a row a file, and a chain of events; in the ledger, or in a module's own schema."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from dw_migration.errors import BrokenHistory, NotOurs
from dw_migration.live.ledger import Actor
from dw_migration.live.ledger_versions.v0004_sql_files import TABLES
from dw_migration.live.sqlfiles.asking import Logic, Query, Write, server_time
from dw_migration.sql import Sql, identifier, joined, sql
from dw_migration.sqlfiles.file import Script, SqlFile
from dw_migration.sqlfiles.filename import Kind, Version


class State(StrEnum):
    """How a file stands, by its history and its text."""

    APPLIED = "applied"
    PENDING = "pending"
    CHANGED = "changed"
    """It was applied, and its text is another one now."""
    MISSING = "missing"
    """It was applied, and is not there any more."""
    FAILED = "failed"
    """Its last run ended with an error; nothing of it is there, or as many statements as are noted."""
    INTERRUPTED = "interrupted"
    """A run of it never told its end."""


@dataclass(frozen=True, slots=True)
class Record:
    """A file's row."""

    module: str
    version: Version
    filename: str
    kind: Kind
    description: str
    checksum: str
    rollback: str | None
    origin: str
    state: str
    ran: str | None
    steps: tuple[str, ...]
    done: int
    begun: bool
    error: str
    number: int
    applied_at: datetime | None
    duration: timedelta | None
    by: str
    run: str

    @property
    def is_applied(self) -> bool:
        """Whether it ran to its end, and was not taken back."""
        return self.state in {"applied", "gone"}


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the history; `hash` is over all other fields, `previous` is the hash of the one before."""

    module: str
    number: int
    at: datetime
    version: str | None
    what: str
    """applied, failed, rolled back, repaired, baselined, imported."""
    by: str
    run: str
    details: dict[str, Any]
    previous: str
    hash: str


_RECORD = Sql(
    "module, version, filename, kind, description, checksum, rollback_sql, origin, state, ran, steps, done,"
    " begun, error, number, applied_at, duration, by, run"
)


@dataclass(frozen=True, slots=True)
class History:
    """The two tables, of one ledger or of one schema."""

    migrations: Sql
    events: Sql
    schema: str | None
    """In which they stand; None: where the search_path makes tables."""
    tails: dict[str, tuple[int, str]] = field(default_factory=dict, compare=False, repr=False)
    """Number and hash of each module's last event, where they are known."""

    @classmethod
    def in_ledger(cls) -> "History":
        """Those of the target's ledger."""
        return cls(identifier("dw_migration", "sql_migration"), identifier("dw_migration", "sql_event"), "dw_migration")

    @classmethod
    def in_schema(cls, schema: str | None) -> "History":
        """Those of a module's own schema, so that no right elsewhere is needed, and a dump carries them."""
        parts = () if schema is None else (schema,)
        return cls(identifier(*parts, "schema_migrations"), identifier(*parts, "schema_migrations_event"), schema)

    @property
    def is_ledger(self) -> bool:
        """Whether they are those of the ledger."""
        return self.schema == "dw_migration"

    # the tables

    def exists(self) -> Logic[bool]:
        """Whether they are there. Raises: NotOurs where another tool's table has the name."""
        ((found, is_ours),) = yield Query(
            "SELECT t.oid IS NOT NULL, EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.oid"
            " AND a.attname = 'checksum') FROM (SELECT pg_catalog.to_regclass(%s)::oid AS oid) AS t",
            (self.migrations.text,),
        )
        if found and not is_ours:
            raise NotOurs(
                f"the table {self.migrations} belongs to another tool: give the module a schema of its own "
                f"(sql.modules.<name>.schema; in Python schema=), and take the history over with sql import"
            )
        return bool(found)

    def make(self) -> Logic[None]:
        """Make them where they are not there, inside the caller's transaction; the ledger's own are made with it."""
        if self.is_ledger or (yield from self.exists()):
            return
        yield Query(TABLES.format(migrations=self.migrations, events=self.events).encode())

    # reading

    def records(self, module: str) -> Logic[dict[Version, Record]]:
        """What is known of the module's files, in the order of their versions."""
        if not (yield from self.exists()):
            return {}
        rows = yield _query(sql("SELECT {} FROM {} WHERE module = {}", _RECORD, self.migrations, module))
        found = [_record(row) for row in rows]
        return {each.version: each for each in sorted(found, key=lambda each: each.version)}

    def text(self, record: Record) -> Logic[str]:
        """The file as it was written when it was run."""
        query = _query(
            sql(
                "SELECT text FROM {} WHERE module = {} AND version = {}",
                self.migrations,
                record.module,
                record.version.label,
            )
        )
        ((text,),) = yield query
        return str(text)

    def chain(self, module: str) -> Logic[tuple[Event, ...]]:
        """The module's events, oldest first. Raises: BrokenHistory if one was changed, added or taken away."""
        if not (yield from self.exists()):
            return ()
        rows = yield _query(
            sql(
                "SELECT module, number, at, version, what, by, run, details, previous, hash FROM {} WHERE module = {}"
                " ORDER BY number",
                self.events,
                module,
            )
        )
        records = yield from self.records(module)
        _check_chain(module, rows, max((each.number for each in records.values()), default=0))
        _check_records(module, rows, records)
        self.tails[module] = (rows[-1][1], rows[-1][9]) if rows else (0, "")
        return tuple(
            Event(name, number, at, version, what, by, run, json.loads(details), previous, chained)
            for name, number, at, version, what, by, run, details, previous, chained in rows
        )

    # writing, inside the caller's transaction

    def note(
        self,
        module: str,
        version: Version | None,
        what: str,
        actor: Actor,
        at: datetime | None = None,
        **details: object,
    ) -> Logic[int]:
        """The number of the event that is added to the module's history with the next query; `at`: default now."""
        number, previous = yield from self._tail(module)
        if at is None:
            at = yield from server_time()
        label = None if version is None else version.label
        told = json.dumps(details, sort_keys=True, default=str)
        fields = (module, number + 1, at, label, what, actor.by, actor.run, told, previous)
        chained = _hash(fields)
        self.tails[module] = (number + 1, chained)
        yield Write(sql("INSERT INTO {} VALUES ({})", self.events, joined(map(_literal, (*fields, chained)))))
        return number + 1

    def _tail(self, module: str) -> Logic[tuple[int, str]]:
        """Number and hash of the last event; known once it was read, for the module is ours."""
        if module not in self.tails:
            rows = yield _query(
                sql("SELECT number, hash FROM {} WHERE module = {} ORDER BY number DESC LIMIT 1", self.events, module)
            )
            self.tails[module] = rows[0] if rows else (0, "")
        return self.tails[module]

    def forget(self, module: str) -> None:
        """What was written last was rolled back."""
        self.tails.pop(module, None)

    def write(self, file: SqlFile, script: Script | None, actor: Actor, number: int, **fields: Any) -> Logic[None]:
        """The file's row, with these fields."""
        values = {
            "module": file.module,
            "version": file.version.label,
            "filename": file.name.name,
            "kind": file.kind.value,
            "description": file.description,
            "checksum": file.checksum,
            "text": file.text,
            "rollback_sql": file.way_back,
            "ran": script.sha256 if script else None,
            "steps": json.dumps([step.sha256 for step in script.steps] if script else []),
            "number": number,
            "by": actor.by,
            "run": actor.run,
            **fields,
        }
        columns = joined(identifier(column) for column in values)
        updates = joined(sql("{} = EXCLUDED.{}", identifier(column), identifier(column)) for column in values)
        yield Write(
            sql(
                "INSERT INTO {} ({}) VALUES ({}) ON CONFLICT (module, version) DO UPDATE SET {}",
                self.migrations,
                columns,
                joined(map(_literal, values.values())),
                updates,
            )
        )

    def write_version(self, file: SqlFile) -> Logic[None]:
        """The version that the file says its module has now, among those of the sources, as `sql/<module>`."""
        if file.header.version and self.is_ledger:
            fields = (f"sql/{file.module}", file.version.label, file.header.version, file.description)
            yield Write(
                sql(
                    "INSERT INTO dw_migration.schema_version (source, revision, version, description) VALUES ({})",
                    joined(map(_literal, fields)),
                )
            )

    def write_version_back(self, record: Record) -> Logic[None]:
        """Where the file had said a version: the last one before, of a file that is still applied; 0.0.0 for none."""
        if not self.is_ledger:
            return
        source = f"sql/{record.module}"
        known = sql(
            "FROM dw_migration.schema_version v WHERE v.source = {} AND v.revision IN (SELECT m.version FROM {} m"
            " WHERE m.module = {} AND m.state IN ('applied', 'gone')) ORDER BY v.number DESC LIMIT 1",
            source,
            self.migrations,
            record.module,
        )
        told = f"{record.version.label} was taken back"
        yield Write(
            sql(
                "INSERT INTO dw_migration.schema_version (source, revision, version, description)"
                " SELECT {}, coalesce((SELECT v.revision {}), ''), coalesce((SELECT v.version {}), '0.0.0'), {}"
                " WHERE EXISTS (SELECT FROM dw_migration.schema_version v WHERE v.source = {} AND v.revision = {})",
                source,
                known,
                known,
                told,
                source,
                record.version.label,
            )
        )

    def update(self, record: Record, **fields: Any) -> Logic[None]:
        """Change these fields of the row."""
        sets = joined(sql("{} = {}", identifier(column), _literal(value)) for column, value in fields.items())
        of = (record.module, record.version.label)
        yield Write(sql("UPDATE {} SET {} WHERE module = {} AND version = {}", self.migrations, sets, *of))


def _literal(value: Any) -> Sql:
    """The value, ready for SQL."""
    match value:
        case None:
            return Sql("NULL")
        case bool():
            return Sql("true" if value else "false")
        case datetime():
            return sql("{}::pg_catalog.timestamptz", value.isoformat())
        case timedelta():
            return sql("{}::pg_catalog.interval", f"{value // timedelta(microseconds=1)} microseconds")
    if isinstance(value, str) and "\\" in value:  # whatever the session takes a backslash in plain quotes for
        return Sql("E'" + value.replace("\\", "\\\\").replace("'", "''") + "'")
    return sql("{}", value)


def _query(text: Sql) -> Query:
    return Query(text.text.encode())


def _record(row: Sequence[Any]) -> Record:
    module, version, filename, kind, *rest = row
    fields = [*rest]
    fields[6] = tuple(json.loads(fields[6]))
    return Record(module, Version(version), filename, Kind(kind), *fields)


def _hash(fields: Sequence[Any]) -> str:
    module, number, at, *rest = fields
    told = json.dumps([module, number, at.astimezone(UTC).isoformat(), *rest])
    return hashlib.sha256(told.encode()).hexdigest()


def _check_records(module: str, rows: Sequence[Sequence[Any]], records: Mapping[Version, Record]) -> None:
    """Nothing, if each file stands as the events say. Raises: BrokenHistory."""
    known: dict[Version, tuple[bool, str | None]] = {}
    for row in rows:
        if row[3] is None:
            continue
        version, what, details = Version(row[3]), row[4], json.loads(row[7])
        if what in {"applied", "baselined", "imported"}:
            known[version] = (True, details.get("checksum"))
        elif what == "repaired" and details.get("after"):
            known[version] = (known.get(version, (False, None))[0], details["after"])
        elif what == "rolled back":
            known[version] = (False, None)
    for version, (is_applied, checksum) in known.items():
        record = records.get(version)
        is_so = record is not None and (record.state != "applied" or record.checksum == checksum)
        if is_applied and not is_so:
            raise BrokenHistory(
                f"{module}: the history of its files was tampered with: {version} is not as its events say: restore it "
                f"from a backup"
            )


def _check_chain(module: str, rows: Sequence[Sequence[Any]], last: int) -> None:
    previous = ""
    for expected, (*fields, chained) in enumerate(rows, 1):
        if fields[1] != expected or fields[8] != previous or _hash(fields) != chained:
            raise BrokenHistory(
                f"{module}: the history of its files was tampered with at event {expected}: restore it from a backup, "
                f"or accept it by hand; what follows cannot be trusted"
            )
        previous = chained
    if len(rows) < last:
        raise BrokenHistory(
            f"{module}: the history of its files was tampered with: it has {len(rows)} events, and there were {last}: "
            f"restore it from a backup"
        )
