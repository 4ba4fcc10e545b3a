"""Backups by pg_dump before something runs: taken, checked, and never with a password where others could read it."""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from dw_migration.errors import BadConfig, ServerError
from dw_migration.live.embedded import found_binaries
from dw_migration.revision import one_line

_MAJOR = 10_000
_NOT_TAKEN = frozenset({"password", "passfile", "hostaddr", "options"})
_SHOWN = 500
_MOST_TABLES = 500
"""So many names fit well into an argument list."""


@dataclass(frozen=True, slots=True)
class Dumper:
    """pg_dump and pg_restore that can read a server."""

    pg_dump: Path
    pg_restore: Path


def dumper(connection: psycopg.Connection[Any]) -> Dumper:
    """The programs for this server: the first found of its own major version, else the first that are newer.

    What newer ones write may hold settings that the server does not know, so that only newer servers restore it.
    Raises: BadConfig where there are none, with what was found.
    """
    wanted = connection.info.server_version // _MAJOR
    seen, newer = [], None
    for pg_dump in _candidates():
        pg_restore = pg_dump.with_name("pg_restore")
        major = _major(pg_dump)
        if major == wanted and pg_restore.exists():
            return Dumper(pg_dump, pg_restore)
        if major is not None and major > wanted and pg_restore.exists():
            newer = newer or Dumper(pg_dump, pg_restore)
        seen.append(f"{pg_dump} ({major or 'does not run'})")
    if newer:
        return newer
    raise BadConfig(
        f"--backup: no pg_dump of PostgreSQL {wanted} or newer: found {', '.join(seen) or 'none'}: install "
        f"PostgreSQL's client programs of that version (its bin folder on the PATH), or run without --backup"
    )


def _candidates() -> Iterator[Path]:
    known = [shutil.which("pg_dump"), *(str(each.tool("pg_dump")) for each in found_binaries())]
    yield from dict.fromkeys(Path(each) for each in known if each and Path(each).exists())


def _major(program: Path) -> int | None:
    with contextlib.suppress(OSError, subprocess.SubprocessError, ValueError, IndexError):
        command = [str(program), "--version"]
        told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)  # noqa: S603
        return int(told.stdout.split()[2].partition(".")[0])
    return None


def back_up(
    connection: psycopg.Connection[Any],
    programs: Dumper,
    folder: Path,
    name: str,
    schemas: Collection[str] | None,
    *,
    tables: Collection[tuple[str, str]] = (),
    lock_wait: str = "1min",
) -> Path | None:
    """The path of a dump in pg_restore's custom format, `<name>_<UTC>.dump`, that only its owner can read and that
    pg_restore has listed; of these schemas (that are there; None where there are none), or of the whole database.
    tables: of the schemas only these (schema and name, all of them there); too many to name are saved with all else.

    Locks: ACCESS SHARE on what is dumped, for which it waits as long as `lock_wait`. Raises: ServerError with
    pg_dump's own words; nothing is left then, nor where it is interrupted.
    """
    if schemas is not None and not schemas:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")  # rows are not for a repository
    safe = "".join(each if each.isalnum() or each in "-_." else "_" for each in name)
    path = folder / f"{safe}_{datetime.now(UTC):%Y%m%dT%H%M%S_%f}.dump"
    chosen = [f"--schema={_pattern(each)}" for each in sorted(schemas)] if schemas is not None else []
    if schemas is not None and 0 < len(tables) <= _MOST_TABLES:
        chosen = [f"--table={_pattern(schema)}.{_pattern(name)}" for schema, name in sorted(tables)]
    with tempfile.TemporaryDirectory(prefix=".dump-", dir=folder) as scratch:
        unfinished, passfile = Path(scratch) / "dump", Path(scratch) / "pgpass"
        environment = _environment(connection, passfile)
        place = _place(connection)
        wait = f"--lock-wait-timeout={lock_wait}"
        _run(
            [programs.pg_dump, "--format=custom", "--no-password", wait, *chosen, f"--file={unfinished}", place],
            environment,
        )
        unfinished.chmod(0o600)
        _run([programs.pg_restore, "--list", unfinished], environment)
        unfinished.rename(path)
    return path


def restore(connection: psycopg.Connection[Any], programs: Dumper, dump: Path, *, only_rows: bool) -> None:
    """Restore the dump into the connection's database, wholly: its rows into tables that are there, or all of it.

    Owners, privileges and comments are left out. Raises: ServerError with what pg_restore says, but for values of rows.
    """
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=dump.parent) as scratch:
        options = ["--no-owner", "--no-privileges", "--no-comments", "--exit-on-error", "--single-transaction", "-w"]
        chosen = ["--data-only"] if only_rows else []
        command = [programs.pg_restore, *options, *chosen, f"--dbname={_place(connection)}", dump]
        done = _done(command, _environment(connection, Path(scratch) / "pgpass"))
    if done.returncode:
        raise ServerError(f"--backup: {dump} cannot be restored: {_without_rows(done.stderr)}: nothing was run")


def _without_rows(told: bytes) -> str:
    """What pg_restore says of the first error; of rows that are refused it says only whose they are."""
    line = next((each for each in told.decode(errors="replace").splitlines() if "error:" in each), "it failed")
    copying = re.match(r'pg_restore: error: COPY failed for table "(?:[^"]|"")*"', line)
    return one_line(copying[0] if copying else line, _SHOWN)


def rows_in(programs: Dumper, dump: Path, table: tuple[str, str]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Of each block of the table's rows in the dump the names of its columns, as SQL, and its lines, as COPY reads.

    A block's lines are used up before the next. Raises: ServerError with pg_restore's own words.
    """
    schema, name = table
    command: list[Any] = [programs.pg_restore, "--data-only", f"--schema={schema}", f"--table={name}", "--file=-", dump]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:  # noqa: S603 - as above
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        for line in process.stdout:
            if line.startswith(b"COPY ") and line.endswith(b") FROM stdin;\n"):
                columns = line.decode().partition(" (")[2].removesuffix(") FROM stdin;\n")
                yield columns, iter(process.stdout.readline, b"\\.\n")
        told = process.stderr.read() if process.stderr else b""
    if process.returncode:
        raise ServerError(f"--restore: {one_line(told.decode(errors='replace'), _SHOWN)}", sqlstate=None)


def columns_in(programs: Dumper, dump: Path, table: tuple[str, str]) -> frozenset[str] | None:
    """The names of the columns of which the dump has the table's values; None where it has none of the table's rows.

    Raises: ServerError with pg_restore's own words.
    """
    blocks = rows_in(programs, dump, table)
    with contextlib.closing(blocks):  # type: ignore[type-var]
        for columns, _ in blocks:
            names = re.findall(r'"(?:[^"]|"")*"|[^", ]+', columns)
            return frozenset(each[1:-1].replace('""', '"') if each.startswith('"') else each for each in names)
    return None


def sha256_of_file(path: Path) -> str:
    """Of its bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pattern(name: str) -> str:
    """That matches this name alone."""
    return '"' + name.replace('"', '""') + '"'


def _place(connection: psycopg.Connection[Any]) -> str:
    """How to get there, as this connection did; without its secrets."""
    info = connection.info
    known = {key: value for key, value in info.get_parameters().items() if key not in _NOT_TAKEN}
    place = {"host": info.host, "port": str(info.port), "dbname": info.dbname, "application_name": "dw/backup"}
    return make_conninfo(**{**known, **place})


def _environment(connection: psycopg.Connection[Any], passfile: Path) -> dict[str, str]:
    environment = {key: value for key, value in os.environ.items() if key != "PGPASSWORD"}
    if password := connection.info.password:
        escaped = password.replace("\\", "\\\\").replace(":", "\\:")
        passfile.touch(0o600)
        passfile.write_text(f"*:*:*:*:{escaped}\n", encoding="utf-8")
        environment["PGPASSFILE"] = str(passfile)
    return environment


def _run(command: list[Any], environment: dict[str, str]) -> None:
    done = _done(command, environment)
    if done.returncode:
        told = one_line(done.stderr.decode(errors="replace"), _SHOWN)
        raise ServerError(f"--backup: {Path(command[0]).name}: {told}: nothing was run", sqlstate=None)


def _done(command: list[Any], environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 - a program that was found, and no text of others
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
