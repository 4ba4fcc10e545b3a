"""What a revision touches is saved first where that is asked for, and fills again what its way up dropped."""

import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.errors import BadConfig, BrokenHistory
from dw_migration.live import backup, batches
from dw_migration.live.embedded import Server
from dw_migration.migrate import back
from dw_migration.migrate.run import Run
from dw_migration_tests.outside import CommandLine, Shop, dumped, opened_shop

Known = tuple[Config, Source]

TABLES = """
    CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);
    CREATE TABLE orders (id int PRIMARY KEY, buyer int REFERENCES users, note text, twice int
                         GENERATED ALWAYS AS (id * 2) STORED);
    CREATE TABLE days (day date, id int, note text, PRIMARY KEY (day, id)) PARTITION BY RANGE (day);
    CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE keyless (a int, note text);
    CREATE TABLE quiet (id int PRIMARY KEY);
"""
DROPS = "ALTER TABLE orders DROP buyer, DROP note; DROP TABLE users; ALTER TABLE days DROP note"


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source with tables, and a target with rows in them."""
    with opened_shop(server, tmp_path, "saved_shop", TABLES) as made:
        yield made


@pytest.fixture
def known(shop: Shop) -> Known:
    """What the functions of `migrate` take; in sync, with rows."""
    config = load_config(shop.config(policy={"breaking": "allow"}))
    known = config, config.sources["shop"]
    assert migrate.sync(*known).status == "in_sync"
    values = r"'a' || chr(9) || '\N' || chr(10) || '\.' || n"
    shop.on(
        shop.target,
        f"SET search_path TO {shop.schema};"
        f"INSERT INTO users SELECT n, {values} FROM generate_series(1, 50) n;"
        f"INSERT INTO orders SELECT n, nullif(n % 50, 0), {values} FROM generate_series(1, 200) n;"
        f"INSERT INTO days SELECT '2024-06-01'::date + n, n, {values} FROM generate_series(1, 300) n;"
        "INSERT INTO keyless SELECT n, 'x' FROM generate_series(1, 5) n",
    )
    return known


def rows(shop: Shop) -> dict[str, tuple[Any, ...]]:
    """By table, how many rows it has and one hash of them, in whatever order their columns are; but 1 and 777."""
    query = (
        "SELECT count(*), md5(string_agg(r::text, ',' ORDER BY r::text)) FROM (SELECT to_jsonb(t) AS r FROM {}.{} t) x"
        " WHERE coalesce(r ->> 'id', '') NOT IN ('1', '777')"
    )
    tables = ("users", "orders", "days", "keyless", "quiet")
    return {table: shop.on(shop.target, query.format(shop.schema, table))[0] for table in tables}


def backups(shop: Shop) -> list[Path]:
    return sorted((shop.workspace / "shop" / "backups").glob("*.dump"))


def _listed(shop: Shop, dump: Path) -> str:
    command = [shop.server.binaries.tool("pg_restore"), "--list", dump]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_what_went_for_good_is_filled_again(shop: Shop, known: Known, capsys: pytest.CaptureFixture[str]) -> None:
    """Tables in the order of their references, columns by the primary key, partitions each; nothing else is touched."""
    run, config, before = CommandLine(capsys), shop.folder / "dw_migration.yaml", rows(shop)
    shop.on(shop.source, DROPS)
    assert migrate.plan(*known).status == "pending"
    done = run(config, "apply", "shop", "--backup")
    assert done.code == 0
    (saved,) = backups(shop)
    assert f"backup: {saved}" in done.told
    revision = migrate.status(*known).revision
    assert saved.name.startswith(f"{revision}_")
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    listed = _listed(shop, saved)
    assert all(f"TABLE DATA {shop.schema} {each} " in listed for each in ("users", "orders", "days_1", "days_2"))
    assert f" {shop.schema} keyless " not in listed
    shop.on(
        shop.target, f"DELETE FROM {shop.schema}.orders WHERE id = 1; INSERT INTO {shop.schema}.orders VALUES (777)"
    )
    undone = run(config, "rollback", "shop", "-1", "--restore", "--yes")
    assert (undone.code, "50 rows of table" in undone.told) == (0, True)
    ids = shop.on(shop.target, f"SELECT id FROM {shop.schema}.orders WHERE id IN (1, 777)")
    assert ids == [(777,)]
    assert rows(shop) == before


def test_the_whole_database_can_be_saved_and_so_can_the_way_back(
    shop: Shop, known: Known, capsys: pytest.CaptureFixture[str]
) -> None:
    run, config = CommandLine(capsys), shop.folder / "dw_migration.yaml"
    shop.on(shop.source, "ALTER TABLE quiet ADD a int")
    assert migrate.plan(*known).status == "pending"
    assert run(config, "apply", "shop", "--backup=database").code == 0
    assert run(config, "rollback", "shop", "-1", "--backup", "--allow-breaking").code == 0
    of_all, of_quiet = sorted(backups(shop), key=lambda each: each.stat().st_mtime)
    command = [shop.server.binaries.tool("pg_restore"), "--list"]
    listed = [
        subprocess.run([*command, each], capture_output=True, text=True, check=True).stdout
        for each in (of_all, of_quiet)
    ]
    assert ["TABLE dw_migration revision " in each for each in listed] == [True, False]
    assert [f"TABLE {shop.schema} keyless " in each for each in listed] == [True, False]


@pytest.mark.parametrize("command", [("apply", "shop", "--backup"), ("rollback", "shop", "-1", "--backup")])
def test_without_a_pg_dump_that_fits_nothing_runs(
    shop: Shop,
    known: Known,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    shop.on(shop.source, "ALTER TABLE quiet ADD a int")
    (migrate.plan if command[0] == "apply" else migrate.sync)(*known)
    before = dumped(shop.server, f"{shop.name}_dw", f"--schema={shop.schema}")
    monkeypatch.setattr(backup, "_candidates", lambda: iter([Path("/opt/old/pg_dump")]))
    monkeypatch.setattr(backup, "_major", lambda _: 9)
    done = CommandLine(capsys)(shop.folder / "dw_migration.yaml", *command, "--allow-breaking")
    assert done.code == 2
    assert "no pg_dump of PostgreSQL" in done.told
    assert "(9)" in done.told
    assert dumped(shop.server, f"{shop.name}_dw", f"--schema={shop.schema}") == before


def test_what_cannot_be_put_back_is_said_before_anything_runs(shop: Shop, known: Known) -> None:
    """No backup, no key, a backup that is gone, and one that is another by now."""
    shop.on(shop.source, DROPS)
    migrate.sync(*known)
    with pytest.raises(BadConfig, match="was applied without --backup"):
        migrate.rollback(*known, "-1", restore=True)
    migrate.rollback(*known, "-1")
    migrate.apply(*known, backup="affected")
    (saved,) = backups(shop)
    whole = saved.read_bytes()
    saved.write_bytes(whole + b"!")
    with pytest.raises(BrokenHistory, match="is not the file that was written"):
        migrate.rollback(*known, "-1", restore=True)
    saved.unlink()
    with pytest.raises(BadConfig, match="is not there: put it back"):
        migrate.rollback(*known, "-1", restore=True)
    saved.write_bytes(whole)
    shop.on(shop.source, "ALTER TABLE keyless DROP note")
    migrate.plan(*known)
    migrate.apply(*known, backup="affected")
    before = dumped(shop.server, f"{shop.name}_dw", f"--schema={shop.schema}")
    with pytest.raises(BadConfig, match="keyless cannot be put back, since the table has no primary key"):
        migrate.rollback(*known, "-2", restore=True)
    assert dumped(shop.server, f"{shop.name}_dw", f"--schema={shop.schema}") == before


class KilledError(Exception):
    """What ends a run."""


def _killed(*_: object, **__: object) -> None:
    raise KilledError


def test_a_second_try_keeps_the_backup_of_the_first(shop: Shop, known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed behind the drops, applied again with --backup: what was dropped is in the first one alone."""
    before = rows(shop)
    shop.on(shop.source, f"{DROPS}; CREATE INDEX later ON orders (id)")
    migrate.plan(*known)
    with monkeypatch.context() as patched:
        patched.setattr(batches, "_in_none", _killed)
        with pytest.raises(KilledError):
            migrate.apply(*known, backup="affected")
    done = migrate.apply(*known, backup="affected")
    (saved,) = backups(shop)
    assert any(each.startswith(f"backup: {saved}, made before") for each in done.warnings)
    with monkeypatch.context() as patched:
        patched.setattr(back, "put_back", _killed)
        with pytest.raises(KilledError):
            migrate.rollback(*known, "-1", restore=True)
    migrate.rollback(*known, "-1", restore=True)
    assert rows(shop) == before


def test_a_backup_of_a_try_that_did_not_begin_is_not_put_back(
    shop: Shop, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows came between it and the apply, which was without: it says so, and changes nothing."""
    shop.on(shop.source, DROPS)
    migrate.plan(*known)
    with monkeypatch.context() as patched:
        patched.setattr(Run, "up", _killed)
        with pytest.raises(KilledError):
            migrate.apply(*known, backup="affected")
    shop.on(shop.target, f"INSERT INTO {shop.schema}.users VALUES (51, 'new')")
    migrate.apply(*known)
    with pytest.raises(BadConfig, match="rows that came since are not in it"):
        migrate.rollback(*known, "-1", restore=True)
    assert migrate.status(*known).status == "in_sync"


def test_an_identity_has_its_values_again(shop: Shop, known: Known) -> None:
    """Which only PostgreSQL may write: in the transaction of the way down it may be written, and then no longer."""
    shop.on(shop.source, "ALTER TABLE quiet ADD n int GENERATED ALWAYS AS IDENTITY")
    migrate.sync(*known)
    shop.on(
        shop.target, f"INSERT INTO {shop.schema}.quiet (id, n) OVERRIDING SYSTEM VALUE VALUES (1, 70), (2, 60), (3, 50)"
    )
    before = dumped(shop.server, f"{shop.name}_dw", f"--schema={shop.schema}", "--schema-only")
    shop.on(shop.source, "ALTER TABLE quiet DROP n, ADD required int")
    migrate.plan(*known)
    migrate.apply(*known, backup="affected")
    migrate.rollback(*known, "-1", restore=True, allow_breaking=True)
    assert shop.on(shop.target, f"SELECT id, n FROM {shop.schema}.quiet ORDER BY id") == [(1, 70), (2, 60), (3, 50)]
    assert dumped(shop.server, f"{shop.name}_dw", f"--schema={shop.schema}", "--schema-only") == before


def test_what_cannot_be_added_to_rows_is_said_when_it_is_saved(shop: Shop, known: Known) -> None:
    shop.on(shop.source, "ALTER TABLE quiet ADD a int NOT NULL DEFAULT 1, ADD b int NOT NULL")
    migrate.sync(*known)
    shop.on(shop.source, "ALTER TABLE quiet DROP a, DROP b")
    migrate.plan(*known)
    (_, warning) = migrate.apply(*known, backup="affected").warnings
    assert warning.startswith(f"column {shop.schema}.quiet.b: NOT NULL and without a default")
