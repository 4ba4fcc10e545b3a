"""Backups by pg_dump, on a real server."""

import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from dw_migration.errors import BadConfig, ServerError
from dw_migration.live import backup
from dw_migration.live.backup import back_up, dumper
from dw_migration.live.embedded import Server
from dw_migration_tests.conftest import MakesDatabase, MakesRole

ODD = 'we"ird.Näme *?'


def filled(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection to a database with a table in two schemas."""
    connection = psycopg.connect(url, autocommit=True)
    quoted = '"' + ODD.replace('"', '""') + '"'
    connection.execute(
        f"CREATE SCHEMA {quoted} CREATE TABLE t (id integer); INSERT INTO {quoted}.t VALUES (7)".encode()
    )
    connection.execute("CREATE TABLE public.other ()")
    return connection


def listed(path: Path, connection: psycopg.Connection[tuple[object, ...]]) -> str:
    """What pg_restore says is in it."""
    program = dumper(connection).pg_restore
    return subprocess.run([program, "--list", path], capture_output=True, text=True, check=True).stdout


def test_a_schema_is_saved_whatever_its_name(database: MakesDatabase, tmp_path: Path) -> None:
    with filled(database()) as connection:
        path = back_up(connection, dumper(connection), tmp_path / "backups", "a/b", {ODD})
        assert path is not None
        assert (path.name.startswith("a_b_"), path.stat().st_mode & 0o777) == (True, 0o600)
        told = listed(path, connection)
        assert (f"TABLE DATA {ODD} t" in told, "other" in told) == (True, False)
    assert sorted(each.name for each in path.parent.iterdir()) == [".gitignore", path.name]


def test_it_holds_the_rows(database: MakesDatabase, tmp_path: Path, server: Server) -> None:
    other = database()
    with filled(database()) as connection:
        path = back_up(connection, dumper(connection), tmp_path, "all", None)
        assert path is not None
        programs = dumper(connection)
    environment = {"PGPASSFILE": str(server.passfile)}
    command = [str(programs.pg_restore), f"--dbname={other}", str(path)]
    subprocess.run(command, check=True, env=environment)
    with psycopg.connect(other) as restored:
        assert restored.execute('SELECT id FROM "we""ird.Näme *?".t').fetchall() == [(7,)]
        assert restored.execute("SELECT to_regclass('public.other')::text").fetchall() == [("other",)]


def test_nothing_is_saved_of_no_schema(database: MakesDatabase, tmp_path: Path) -> None:
    with filled(database()) as connection:
        assert back_up(connection, dumper(connection), tmp_path, "none", set()) is None
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_in_no_argument_and_in_no_file_afterwards(
    database: MakesDatabase, role: MakesRole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, name, password = database(), role(), "p:a\\ss*wörd"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"ALTER ROLE {name} PASSWORD '{password}'".encode())
        admin.execute(f"CREATE SCHEMA own AUTHORIZATION {name} CREATE TABLE t ()".encode())
    place = {key: value for key, value in conninfo_to_dict(url).items() if key != "passfile"}
    seen: list[list[str]] = []
    run = subprocess.run

    def looked_at(command: list[object], **options: object) -> object:
        seen.append([str(each) for each in command])
        return run(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", looked_at)
    monkeypatch.setenv("PGPASSFILE", "/nowhere")
    with psycopg.connect(make_conninfo(**{**place, "user": name, "password": password})) as connection:
        path = back_up(connection, dumper(connection), tmp_path, "own", {"own"})
    assert path is not None
    assert len(seen) >= 3
    assert not any(password in each for command in seen for each in command)
    assert sorted(each.name for each in tmp_path.iterdir()) == [".gitignore", path.name]


def test_what_may_not_be_read_is_told_and_nothing_is_left(
    database: MakesDatabase, role: MakesRole, tmp_path: Path
) -> None:
    url, name = database(), role()
    filled(url).close()
    with psycopg.connect(url.replace("postgres@", f"{name}@")) as connection:
        programs = dumper(connection)
        with pytest.raises(ServerError, match=r"--backup: pg_dump: .*permission denied.*: nothing was run"):
            back_up(connection, programs, tmp_path, "all", None)
    assert [each.name for each in tmp_path.iterdir()] == [".gitignore"]


def test_an_older_pg_dump_is_told(database: MakesDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pg_dump", "pg_restore"):
        (tmp_path / name).write_text('#!/bin/sh\necho "pg_dump (PostgreSQL) 9.6.24"\n')
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(backup, "found_binaries", lambda: ())
    with (
        psycopg.connect(database()) as connection,
        pytest.raises(BadConfig, match=r"newer: found .*pg_dump \(9\): ins"),
    ):
        dumper(connection)


def test_programs_of_the_servers_own_version_come_before_newer_ones(
    database: MakesDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which write settings that an older server does not know."""
    with psycopg.connect(database()) as connection:
        own = connection.info.server_version // 10_000
        versions = (own - 1, own + 2, own + 1, own)
        for each in versions:
            (tmp_path / str(each)).mkdir()
            (tmp_path / str(each) / "pg_restore").touch()
        monkeypatch.setattr(backup, "_major", lambda path: int(path.parent.name))
        for there, chosen in ((versions, own), (versions[:-1], own + 2)):
            monkeypatch.setattr(backup, "_candidates", lambda there=there: (tmp_path / f"{v}/pg_dump" for v in there))
            assert dumper(connection).pg_dump == tmp_path / str(chosen) / "pg_dump"
