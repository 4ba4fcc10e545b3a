"""Passwords and values of rows stand nowhere: not in files, output, ledger, logs, errors or argument lists."""

import logging
import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from dw_migration import migrate
from dw_migration.config import load_config
from dw_migration.errors import DwMigrationError
from dw_migration.live.embedded import Server
from dw_migration_tests.outside import CommandLine, Ran, Shop, dumped, opened_shop, started

CORE = "h1ddenW0rd"
SECRET = f"{CORE}%@:/#?' ${CORE}"
CARD = "CARD4111"


@pytest.fixture(scope="module")
def shop(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Source and target are reached as roles with the secret for their password; in sync."""
    with opened_shop(server, tmp_path_factory.mktemp("secret"), "secret_shop") as made:
        set_passwords(made)
        with written_for_all():
            assert watched(started(private(made), "sync", "--verbose")).code == 0
        yield made


def set_passwords(shop: Shop) -> None:
    """Roles `reader` and `writer`, which may do what they need."""
    with psycopg.connect(shop.server.url(), autocommit=True) as connection:
        for name in (shop.make_role(), shop.make_role()):
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), SECRET))
    shop.on(shop.server.url(), f"GRANT CREATE ON DATABASE {shop.name}_dw TO {shop.roles[1]}")


def private(shop: Shop, name: str = "dw_migration.yaml", **changes: Any) -> Path:
    """A config with the secret in it, in the url and as a password."""
    reader, writer = shop.roles
    folded = shop.server.url(shop.name, user=reader).replace(f"{reader}@", f"{reader}:{quote(SECRET, safe='')}@")
    target = {"url": shop.server.url(f"{shop.name}_dw", user=writer), "password": SECRET}
    return shop.config(name, **{"target": target, "sources": {"shop": {"url": folded}}} | changes)


@contextmanager
def written_for_all() -> Iterator[None]:
    """In the block, files that care for no mode are open to all."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def watched(process: "subprocess.Popen[str]") -> Ran:
    """What the process did; while it ran, neither it nor its children had the secret where others can read it."""
    seen: set[str] = set()
    while process.poll() is None:
        for pid in {str(process.pid), *children(process.pid)}:
            told = read_of(pid, "cmdline") + read_of(pid, "environ")
            assert CORE.encode() not in told
            seen.add(pid)
    out, err = process.communicate()
    assert seen
    return shown(Ran(process.returncode, out, err))


def children(pid: int) -> list[str]:
    """All below, whichever thread started them, by the kernel's word."""
    below = [each for thread in threads(pid) for each in read_of(f"{pid}/task/{thread}", "children").decode().split()]
    return below + [further for each in below for further in children(int(each))]


def threads(pid: int) -> list[str]:
    """None, where it has ended meanwhile."""
    try:
        return [each.name for each in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []


def read_of(pid: str, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def shown(ran: Ran, *secrets: str) -> Ran:
    """What was run; nothing of it holds a secret."""
    for secret in secrets or (CORE,):
        assert secret not in ran.out
        assert secret not in ran.err
    return ran


def assert_nowhere(shop: Shop, *secrets: str) -> None:
    """No file of the workspace and no row of the ledger holds it."""
    texts = {str(path): path.read_bytes() for path in shop.workspace.rglob("*") if path.is_file()}
    texts["the ledger"] = dumped(shop.server, f"{shop.name}_dw", "--data-only", "--schema=dw_migration").encode()
    assert texts
    assert [name for name, text in texts.items() for secret in secrets if secret.encode() in text] == []


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Callable[..., Ran]:
    """Runs a command; neither output nor any log record holds a secret."""
    caplog.set_level(logging.DEBUG)
    line = CommandLine(capsys)

    def act(config: Path, *arguments: str) -> Ran:
        ran = shown(line(config, *arguments), CORE, CARD)
        told = [f"{record.getMessage()} {record.exc_info} {record.args}" for record in caplog.records]
        assert [text for text in (*told, caplog.text) if CORE in text or CARD in text] == []
        return ran

    return act


def test_a_whole_life_leaves_no_trace_of_a_password(shop: Shop, run: Callable[..., Ran]) -> None:
    config = private(shop)
    shop.on(shop.source, "ALTER TABLE orders ADD more int; COMMENT ON TABLE orders IS 'what people buy'")
    shop.on(shop.source, f"GRANT SELECT ON orders TO {shop.roles[0]}")
    for command in ("doctor", "diff", "plan", "sync", "verify", "drift", "status", "history"):
        for form in ("text", "json"):
            assert run(config, command, "--format", form, "--verbose").code == (3 if command == "diff" else 0)
    assert run(config, "rollback", "shop", "-1", "--verbose").code == 0
    assert run(config, "sync", "--verbose").code == 0
    assert_nowhere(shop, CORE, quote(SECRET, safe=""))


def wrong(shop: Shop) -> Iterator[dict[str, Any]]:
    """Configs with which nothing works, each with the secret in it."""
    reader = shop.roles[0]
    password, encoded = f"{SECRET}!", quote(SECRET, safe="")
    yield {"sources": {"shop": {"url": shop.server.url(shop.name, user=reader), "password": password}}}
    yield {"target": {"url": shop.target.replace("postgres@", f"nobody:{encoded}@")}}
    yield {"sources": {"shop": {"url": f"postgresql://u:{encoded}@127.0.0.1:9/x"}}}
    yield {"sources": {"shop": {"url": f"postgresql://u:{encoded}@nowhere.invalid/x"}}}
    yield {"sources": {"shop": {"url": shop.server.url("nix", user=reader), "password": SECRET}}}
    yield {"sources": {"shop": {"url": f"postgresql://u:{CORE}%zz@h/x"}}}
    yield {"sources": {"shop": {"url": f"postgresql://u:{SECRET}@h/x"}}}
    yield {"sources": {"shop": {"url": f"postgresql://u@h/x?password={CORE}%zz"}}}
    yield {"sources": {"shop": {"url": f"postgresql://u@h/x?{CORE}=1"}}}
    yield {"sources": {"shop": {"host": "h", "database": "x", "passwort": SECRET}}}
    yield {"sources": {"shop": {"host": "h", "database": "x", "password": [SECRET]}}}
    yield {"target": f"postgresql://u:{SECRET}@h/x"}
    yield {"policy": {"notify": f"https://hooks/{CORE}", "breaking": "perhaps"}}


def test_no_failure_tells_a_password(shop: Shop, run: Callable[..., Ran]) -> None:
    for changes in wrong(shop):
        config = private(shop, "bad.yaml", **changes)
        for command in (("sync", "--verbose"), ("doctor", "--format", "json")):
            assert run(config, *command).code in (1, 2)
    assert_nowhere(shop, CORE)


def test_no_error_holds_a_password_wherever_one_looks(shop: Shop) -> None:
    for changes in wrong(shop):
        with pytest.raises(DwMigrationError) as caught:
            synced(private(shop, "bad.yaml", **changes))
        assert [text for text in chained(caught.value) if CORE in text] == []


def synced(path: Path) -> None:
    config = load_config(path)
    assert CORE not in repr(config) + config.model_dump_json()
    migrate.sync(config, *migrate.sources_named(config))


def chained(error: BaseException | None) -> Iterator[str]:
    """Texts of the error and of all that hangs on it, suppressed or not."""
    while error is not None:
        yield f"{error} {error!r} {error.args} {vars(error)}"
        error = error.__cause__ or error.__context__


def test_values_of_rows_stand_in_no_message_and_no_ledger(shop: Shop, run: Callable[..., Ran]) -> None:
    config = private(shop)
    for _ in range(2):
        shop.on(shop.target, f"INSERT INTO {shop.schema}.users (email) VALUES ('{CARD}')")
    changes = {
        'ALTER TABLE "Users" ALTER "Email" TYPE int USING 0': 'ALTER TABLE "Users" ALTER "Email" TYPE text',
        'ALTER TABLE "Users" ADD CONSTRAINT c CHECK ("Email" < \'C\')': 'ALTER TABLE "Users" DROP CONSTRAINT c',
        'ALTER TABLE "Users" ADD CONSTRAINT u UNIQUE ("Email")': 'ALTER TABLE "Users" DROP CONSTRAINT u',
    }
    for number, (change, back) in enumerate(changes.items(), 1):
        shop.on(shop.source, change)
        for form in ("text", "json"):
            ran = run(config, "sync", "--allow-breaking", "--verbose", "--format", form)
            assert ran.code == 1
            assert ("[22P02]", "[23514]", "[23505]")[number - 1] in ran.err
        shop.on(shop.source, back)
        if number == 2:  # the constraint is there, NOT VALID
            assert run(config, "rollback", "shop", "-1").code == 0
        assert run(config, "sync", "--allow-breaking").code == 0
    assert_nowhere(shop, CARD)


def test_files_are_closed_to_others_whatever_the_umask(shop: Shop) -> None:
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (shop.workspace, *shop.workspace.rglob("*"))}
    compiled = {path for path in modes if "__pycache__" in path.parts}
    assert {oct(mode) for path, mode in modes.items() if path.is_dir() and path not in compiled} == {"0o750"}
    assert {oct(mode) for path, mode in modes.items() if path.is_file() and path not in compiled} == {"0o640"}
