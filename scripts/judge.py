"""What the runs over real input share: loading as psql does, the independent oracle, and the server."""

import importlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import ExecStatus

from dw_migration.live.embedded import Binaries, Server, found_binaries
from dw_migration.plan import JudgedChange

postgast: Any = importlib.import_module("postgast")  # mypy cannot read its stubs
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
}
EVERYTHING = {
    "views": "keep",
    "functions": "keep",
    "triggers": "keep",
    "rules": "keep",
    "policies": "keep",
    "security_definer": True,
    "languages": ["sql", "plpgsql", "internal", "c"],
}
"""The setting `objects` that carries over all that the oracle judges."""
NOT_CARRIED = ("FUNCTION ", "PROCEDURE ", "AGGREGATE ", "TRIGGER ", "RULE ", "POLICY ")
"""Whose comments the oracle counts among the comments, whether or not it judges the objects themselves."""
ROLES_AT_ONCE = 8
"""Tries of a load: roles are the whole server's, and another load may make the same one at the same time."""
SAME_ROLE = (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation)
MISSING_ROLE = re.compile(r'ERROR:  role "(.+)" does not exist')


class LoadError(Exception):
    """Psql itself does not take the input: nothing can be said of it."""


# --- Servers and databases --------------------------------------------------------------------------------------------


def by_version() -> tuple[Binaries, ...]:
    """One installation a major version, the newest first."""
    found = {each.version[0]: each for each in sorted(found_binaries(), key=lambda each: each.version)}
    return tuple(found[version] for version in sorted(found, reverse=True))


@contextmanager
def place() -> Iterator[Path]:
    """A folder that is gone after the block, in memory where the system has such; the server's user may go through."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    with tempfile.TemporaryDirectory(prefix="dw-", dir=memory if os.access(memory, os.W_OK) else None) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@contextmanager
def running(binaries: Binaries, folder: Path) -> Iterator[Server]:
    """A server that lives as long as the block, and would lose everything in a crash of the machine."""
    server = Server(folder / f"server-{binaries.version[0]}", binaries, settings=FAST)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def extensions_of(server: Server) -> frozenset[str]:
    """Names of the extensions that the server could make."""
    with psycopg.connect(server.url()) as connection:
        return frozenset(name for (name,) in connection.execute("SELECT name FROM pg_available_extensions"))


def make(server: Server, database: str, *, oid: int | None = None) -> int:
    """The oid of a fresh database from template0, in place of the one that had this name.

    With `oid` the new one is, to whoever looks from outside, the old one whose schemas were dropped and made again.
    """
    options = sql.SQL("OID = {}").format(sql.Literal(oid)) if oid else sql.SQL("")
    drop(server, database)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        name = sql.Identifier(database)
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 {}").format(name, options))
        row = connection.execute("SELECT oid::bigint FROM pg_database WHERE datname = %s", [database]).fetchone()
    return int(row[0]) if row else 0


def drop(server: Server, database: str) -> None:
    """Have no such database; whoever is in it is thrown out, and its subscriptions go before."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        query = "SELECT subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE datname = %s"
        subscriptions = [name for (name,) in connection.execute(query, [database])]
        _unsubscribe(server, database, subscriptions)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def _unsubscribe(server: Server, database: str, subscriptions: Sequence[str]) -> None:
    for name in map(sql.Identifier, subscriptions):
        with psycopg.connect(server.url(database), autocommit=True) as connection:
            for text in ("ALTER {} DISABLE", "ALTER {} SET (slot_name = NONE)", "DROP {}"):
                connection.execute(sql.SQL(text.replace("{}", "SUBSCRIPTION {}")).format(name))


def schemas_of(server: Server, database: str) -> dict[str, str]:
    """Schemas of a source database, to what they are called in the target."""
    query = r"SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1"
    with psycopg.connect(server.url(database)) as connection:
        names = [name for (name,) in connection.execute(query)]
    return {name: f"dw__{database.lower()}__{name.lower()}" for name in names}


def enums_of(server: Server, database: str) -> dict[tuple[str, str], list[str]]:
    """The enums by schema and name, and their labels in order."""
    query = """
        SELECT n.nspname, t.typname,
               ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'e'
    """
    with psycopg.connect(server.url(database)) as connection:
        return {(schema, name): labels for schema, name, labels in connection.execute(query)}


def add_labels(server: Server, database: str, labels: Iterable[tuple[tuple[str, str], str, str | None]]) -> None:
    """Add labels to enums, each before another, or at the end."""
    with psycopg.connect(server.url(database), autocommit=True) as connection:
        for enum, label, behind in labels:
            place = sql.SQL(" BEFORE {}").format(sql.Literal(behind)) if behind else sql.SQL("")
            added = sql.SQL("ALTER TYPE {} ADD VALUE {}{}").format(sql.Identifier(*enum), sql.Literal(label), place)
            connection.execute(added)


# --- Loading ----------------------------------------------------------------------------------------------------------


def load(server: Server, database: str, text: str, *, oid: int | None = None) -> int:
    """The oid of the database that was made anew, and holds what the text makes.

    One round trip where the text runs as one transaction, and psql, statement by statement, where not.
    Raises: LoadError with psql's own words.
    """
    made = make(server, database, oid=oid)
    try:
        with psycopg.connect(server.url(database), autocommit=True) as connection:
            connection.execute(_without_known_roles(connection, text).encode())
    except psycopg.Error:
        return _load_by_psql(server, database, text, made)
    return made


def _load_by_psql(server: Server, database: str, text: str, oid: int) -> int:
    """The same by psql, with the roles that a dump takes for granted; where roles were in the way it is tried again."""
    for _ in range(ROLES_AT_ONCE):
        made = make(server, database, oid=oid)
        with psycopg.connect(server.url(), autocommit=True) as connection:
            known = _without_known_roles(connection, text)
        done = psql(server, database, known)
        if not done.returncode:
            return made
        if missing := MISSING_ROLE.search(done.stderr):
            _make_role(server, missing[1])
        elif not any(word in done.stderr for word in ("role ", "pg_authid", "concurrently")):
            break
    raise LoadError(done.stderr.strip().removeprefix("psql:").split("\n")[0])


def _make_role(server: Server, name: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection, suppress(*SAME_ROLE):
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))


def psql(server: Server, database: str, text: str) -> subprocess.CompletedProcess[str]:
    """What psql says to the text, at whose first error it stops."""
    command = [str(server.binaries.tool("psql")), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", server.url(database)]
    return subprocess.run([*command, "-f", "-"], input=text, capture_output=True, text=True, check=False)


def _without_known_roles(connection: psycopg.Connection[Any], text: str) -> str:
    """The text without the `CREATE ROLE`s of roles that the server has already, from another load."""
    if "create" not in text.lower() or not any(word in text.lower() for word in (" role ", " user ", " group ")):
        return text
    known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    return ";".join(each for each in _statements(text) if _role_made(each) not in known)


def _statements(text: str) -> list[str]:
    """The parts between the semicolons that are tokens; joined with semicolons they are the text again."""
    encoded = text.encode()
    try:
        ends = [token.start for token in postgast.scan(text).tokens if encoded[token.start : token.end] == b";"]
    except postgast.PgQueryError:  # such as commands of psql: the text goes as it is
        return [text]
    parts = zip([0, *(end + 1 for end in ends)], [*ends, len(encoded)], strict=True)
    return [encoded[start:end].decode() for start, end in parts]


def _role_made(statement: str) -> str | None:
    """The role that the statement makes, if it makes one."""
    words = [statement.encode()[token.start : token.end].decode() for token in postgast.scan(statement).tokens]
    words = [word for word in words if not word.startswith(("--", "/*"))]
    if len(words) < 3 or words[0].lower() != "create" or words[1].lower() not in {"role", "user", "group"}:
        return None
    return words[2][1:-1].replace('""', '"') if words[2].startswith('"') else words[2].lower()


def told(judged: JudgedChange) -> str:
    """A planned change in a few words."""
    return f"{judged.change.action} {judged.change.kind} {judged.change.address}"


# --- The oracle -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What the oracle says of two databases."""

    equal: bool
    differs: tuple[str, ...]
    """One line each: what is wrong, kind, object."""
    kinds: Mapping[str, tuple[int, int]]
    """By kind, how many are as they should be, of how many (with those that should not be there)."""
    groups: tuple[str, ...] = ()
    """The kinds that differ, in the oracle's order."""


@dataclass
class Oracle:
    """The oracle of a folder, asked in this process, with catalogs read over libpq and not by a psql each."""

    folder: Path
    kinds: Sequence[str] | None = None
    module: ModuleType = field(init=False)

    def __post_init__(self) -> None:
        """Import it."""
        self.module = imported(self.folder / "oracle.py")
        self.module.Db = _quick(self.module.Db)  # type: ignore[attr-defined]

    def ask(self, server: Server) -> None:
        """From now on, by this server's own psql and pg_dump."""
        os.environ["PGBIN"] = str(server.binaries.folder)

    def side(self, server: Server, database: str, mapping: Mapping[str, str]) -> Any:
        """What the source is like now, to judge targets by later; its catalog counts are taken along."""
        self.ask(server)
        found = self.module.load(server.url(database), dict(mapping))
        self.module.catalog(found[0], found[2])
        return found

    def judge(
        self, side: Any, server: Server, target: str, mapping: Mapping[str, str], *, empty_stay: bool = False
    ) -> Verdict:
        """Whether the target is what the source was like; a schema of ours that is nobody's any more differs too.

        `empty_stay`: unless it is empty.
        """
        self.ask(server)
        result = self.module.run("", server.url(target), dict(mapping), self.kinds, source_side=side)
        if self.kinds is not None and "functions" not in self.kinds:
            _forget_comments(result)
        return _verdict(result, _left_over(server, target, mapping, empty_stay=empty_stay))


def imported(path: Path) -> ModuleType:
    """The module of a file, which its neighbours may import by its name."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def _quick(kind: Any) -> Any:
    """The oracle's own class of databases, over libpq; an answer is kept, so that it tells of the moment of asking."""

    class Quick(kind):  # type: ignore[misc]
        def __init__(self, dsn: str) -> None:
            super().__init__(dsn)
            self.answers: dict[str, str] = {}

        def sql(self, query: str) -> str:
            if query not in self.answers:
                self.answers[query] = _answer(self.dsn, query)
            return self.answers[query]

    return Quick


def _answer(dsn: str, query: str) -> str:
    with psycopg.connect(dsn, autocommit=True) as connection:
        result = connection.pgconn.exec_(f"set search_path=''; {query}".encode())
        if result.status != ExecStatus.TUPLES_OK:
            raise RuntimeError(f"psql: {result.error_message.decode(errors='replace').strip()}")
        values = (result.get_value(row, 0) for row in range(result.ntuples))
        return "\n".join((value or b"").decode() for value in values)


def _left_over(server: Server, target: str, mapping: Mapping[str, str], *, empty_stay: bool) -> tuple[str, ...]:
    prefix = next(iter(mapping.values())).rsplit("__", 1)[0] if mapping else ""
    query = """
        SELECT nspname FROM pg_namespace n WHERE starts_with(nspname, %s) AND (NOT %s
            OR EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid)
            OR EXISTS (SELECT FROM pg_type WHERE typnamespace = n.oid)
            OR EXISTS (SELECT FROM pg_proc WHERE pronamespace = n.oid))
    """
    with psycopg.connect(server.url(target)) as connection:
        found = connection.execute(query, [f"{prefix}__", empty_stay])
        return tuple(sorted({name for (name,) in found} - set(mapping.values())))


def _forget_comments(result: dict[str, Any]) -> None:
    """Take comments on what is not carried over out of the result."""
    gone = [each for each in result["diffs"] if each["kind"] == "comments" and each["object"].startswith(NOT_CARRIED)]
    result["diffs"] = [each for each in result["diffs"] if each not in gone]
    for each in gone:
        result["kinds"]["comments"][each["what"]] -= 1
    result["catalog"]["differs"].pop("comments on functions", None)


def _verdict(result: Mapping[str, Any], left_over: Sequence[str]) -> Verdict:
    differs = [f"{each['what']} {each['kind']} {each['object']}{_told(each)}" for each in result["diffs"]]
    differs += [f"missing schema {name}" for name in result["missing_schemas"]["target"]]
    differs += [f"extra schema {name}" for name in left_over]
    counts = result["catalog"]["differs"]
    if not result["diffs"]:
        differs += [f"count of {name}: {there} in the source, {here}" for name, (there, here) in counts.items()]
    differs += [f"not in lower case: {name}" for name in result["not_lowercase"]]
    kinds = {kind: _of(each) for kind, each in result["kinds"].items() if each["fidelity"] is not None}
    groups = tuple(dict.fromkeys(f"{each['what']} {each['kind']}" for each in result["diffs"]))
    return Verdict(not differs and not counts, tuple(differs), kinds, groups or tuple(differs[:1]))


def _of(counted: Mapping[str, Any]) -> tuple[int, int]:
    return counted["matched"], sum(counted[word] for word in ("matched", "changed", "missing", "extra"))


def _told(each: Mapping[str, Any]) -> str:
    """Both sides of what changed, cut to a line."""
    if each["what"] != "changed":
        return ""
    return f": {str(each['source'])[:140]} -> {str(each['target'])[:140]}"
