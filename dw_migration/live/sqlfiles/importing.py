"""What Flyway, dbmate or Alembic ran is noted as applied, so that nothing of it runs again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from dw_migration.errors import BadConfig, HistoryChanged
from dw_migration.live.sqlfiles.amending import in_turn, note_applied, noted
from dw_migration.live.sqlfiles.asking import Logic, Query
from dw_migration.live.sqlfiles.running import Ran
from dw_migration.live.sqlfiles.session import Place, Terms, in_transaction, locked, ready, unlocked
from dw_migration.sql import Sql, identifier
from dw_migration.sqlfiles.file import SqlFile
from dw_migration.sqlfiles.filename import Version

_FIND = """
SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = %s AND c.relkind IN ('r', 'p')
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'rollback_sql')
   AND (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = c.oid AND a.attname = ANY (%s)) = pg_catalog.cardinality(%s::text[])
 ORDER BY n.nspname
"""


@dataclass(frozen=True, slots=True)
class _Tool:
    """How another tool keeps its history."""

    table: str
    columns: tuple[str, ...]
    """By which its table is known, among others of that name."""
    query: Sql
    """Version, file (or null) and time (or null) of what it ran."""


TOOLS: Mapping[str, _Tool] = {
    "flyway": _Tool(
        "flyway_schema_history",
        ("installed_rank", "version", "type", "script", "installed_on", "success"),
        Sql(
            "SELECT version::text, script::text, extract(epoch FROM installed_on)::int8 FROM {} f"
            " WHERE success AND type NOT LIKE 'UNDO%' AND type NOT IN ('DELETE', 'SCHEMA')"
            " AND NOT EXISTS (SELECT FROM {} u WHERE u.version = f.version AND u.type LIKE 'UNDO%' AND u.success"
            " AND u.installed_rank > f.installed_rank) ORDER BY installed_rank"
        ),
    ),
    "dbmate": _Tool("schema_migrations", ("version",), Sql("SELECT version::text, NULL, NULL FROM {} ORDER BY 1")),
    "alembic": _Tool("alembic_version", ("version_num",), Sql("SELECT version_num::text, NULL, NULL FROM {}")),
}


@dataclass(frozen=True, slots=True)
class Imported:
    """What was noted, and what the other tool ran of which there is no file."""

    ran: tuple[Ran, ...]
    without_file: tuple[str, ...]


def import_history(place: Place, tool: str, terms: Terms) -> Logic[Imported]:
    """Note the files that the tool ran as applied; of Alembic all up to the one that its version names.

    The tool's own table is left alone. Raises: BadConfig, HistoryChanged where the module has a history already.
    """
    name = place.module.name
    locks = yield from locked((name,), terms)
    try:
        runs = yield from _runs(name, tool)
        chosen = _files(place, tool, runs)
        yield from ready(place)
        if any(record.state != "rolled back" for record in (yield from place.history.records(name)).values()):
            raise HistoryChanged(f"{name}: has a history already: an import is for a module without one")
        notes = (note_applied(place, file, "import", terms, run.at) for file, run in chosen)
        yield from in_transaction(in_turn(notes))
        found = {run.called for _, run in chosen}
        return Imported(
            tuple(noted(file, "imported") for file, _ in chosen),
            tuple(run.called for run in runs if run.called not in found),
        )
    finally:
        yield from unlocked(locks)


@dataclass(frozen=True, slots=True)
class _Run:
    """What the other tool ran."""

    called: str
    """Its version, or its file where it has none."""
    version: str | None
    at: datetime | None


def _runs(module: str, tool: str) -> Logic[tuple[_Run, ...]]:
    described = TOOLS[tool]
    columns = list(described.columns)
    schemas = [schema for (schema,) in (yield Query(_FIND, (described.table, columns, columns)))]
    if len(schemas) != 1:
        told = f"in {', '.join(schemas)}" if schemas else "in no schema"
        raise BadConfig(
            f"{module}: {tool}'s table {described.table} is {told}; expected it in one: nothing is imported"
        )
    table = identifier(schemas[0], described.table)
    rows = yield Query(described.query.text.replace("{}", table.text).encode())
    return tuple(
        _Run(
            (script or "").rpartition("/")[2] if version is None else version,
            version,
            None if at is None else datetime.fromtimestamp(at, UTC),
        )
        for version, script, at in rows
    )


def _files(place: Place, tool: str, runs: tuple[_Run, ...]) -> tuple[tuple[SqlFile, _Run], ...]:
    """The files that ran, in order."""
    if tool == "alembic":
        return _up_to_head(place, runs)
    by_version = {file.version: file for file in place.module.versioned}
    by_name = {file.name.name: file for file in place.module.files}
    found = (
        (by_name.get(run.called) if run.version is None else by_version.get(Version(run.version)), run) for run in runs
    )
    return tuple((file, run) for file, run in found if file is not None)


def _up_to_head(place: Place, heads: tuple[_Run, ...]) -> tuple[tuple[SqlFile, _Run], ...]:
    """The files up to the last one whose name holds a revision of Alembic."""
    versioned = place.module.versioned
    for number in reversed(range(len(versioned))):
        for head in heads:
            if head.called in versioned[number].name.name:
                return tuple((file, head) for file in versioned[: number + 1])
    return ()
