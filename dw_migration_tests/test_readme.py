"""The README tells the truth: its commands run, in its order, and say what it says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dw_migration.live.embedded import Server
from dw_migration_tests.outside import CommandLine, opened_shop

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def console_lines() -> list[tuple[str, int, list[str]]]:
    """Each command of the console blocks, its exit code, and the lines that it must print."""
    found: list[tuple[str, int, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                command, _, comment = line[2:].partition("  #")
                code = re.search(r"exit (\d)", comment)
                found.append((command.strip(), int(code[1]) if code else 0, []))
            else:
                found[-1][2].append(line.strip())
    return found


@pytest.fixture
def kept_server(tmp_path: Path) -> Iterator[None]:
    """Stops what `demo --keep` leaves running."""
    yield
    Server(tmp_path / "shop" / "postgres").stop()


@pytest.mark.usefixtures("kept_server")
def test_every_command_of_the_readme_runs_and_says_what_the_readme_says(tmp_path: Path) -> None:
    """In the README's order, in one folder, as a reader would type them."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "dw-migration").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dw_migration "$@"\n')
    (tools / "alembic").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m alembic "$@"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    where = tmp_path
    for command, code, expected in console_lines():
        if command.startswith("cd "):
            where = where / command[3:]
            continue
        typed = ["/bin/sh", "-c", command]
        ran = subprocess.run(typed, cwd=where, env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == code, f"{command}\n{ran.stdout}\n{ran.stderr}"
        for line in expected:
            assert line in ran.stdout, f"{command}\n{ran.stdout}"


BEFORE = """
CREATE SCHEMA dbo; DROP SCHEMA public;
CREATE TABLE dbo."Orders" ("Id" int PRIMARY KEY, "Status" varchar(20) NOT NULL, "Placed" date, "Note" text);
"""
AFTER = """
ALTER TABLE dbo."Orders" RENAME "Placed" TO "PlacedOn";
ALTER TABLE dbo."Orders" ADD "CustomerId" int, DROP "Note";
CREATE INDEX "IX_Orders" ON dbo."Orders" (lower("Status")) WHERE "PlacedOn" IS NOT NULL;
"""


def test_the_plan_of_the_readme_is_what_is_told(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To the letter: what `diff` prints, and the statements of the DDL file."""
    run = CommandLine(capsys)
    with opened_shop(server, tmp_path, "ShopDB", BEFORE) as shop:
        assert run(shop.config(), "sync").code == 0
        shop.on(shop.source, AFTER)
        shown = run(shop.config(), "diff", "shop").out.replace(f" --config {shop.config()}", "").strip()
        assert f"```text\n$ dw-migration diff shop\n{shown}\n```" in README
        run(shop.config(), "plan")
        ddl = max(shop.workspace.glob("shop/ddl/*.sql"), key=lambda path: path.stat().st_mtime_ns).read_text()
        assert f"```sql\n{ddl.partition('together')[2].strip()}\n```" in README


def test_every_command_is_in_the_readme() -> None:
    """Whoever reads the README knows what there is."""
    shown = subprocess.run(
        [sys.executable, "-m", "dw_migration", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    commands = set(re.findall(r"^[^\w-]*([a-z]+)  ", shown, re.MULTILINE))
    assert {"sync", "diff", "demo"} <= commands
    assert commands <= set(re.findall(r"[a-z]+", README))


def test_the_make_targets_of_the_readme_exist() -> None:
    """`make demo` and its like."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z]+)\b", README):
        if target not in {"nothing"}:
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
