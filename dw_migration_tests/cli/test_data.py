"""`data analyze`, as a person runs it: a report, or one document."""

import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from dw_migration_tests.cli.conftest import Run
from dw_migration_tests.conftest import MakesDatabase

BREAKING = "CREATE TABLE t (a int, b text)", "CREATE TABLE t (a bigint)"
TRANSFORMABLE = "CREATE TABLE t (a int)", "CREATE TABLE t (a bigint)"
SAME = "CREATE TABLE t (a int)", "CREATE TABLE t (a int)"
MOVE = ("data", "analyze", "--from", "old", "--to", "new", "--prefix", "move")

Makes = Callable[[tuple[str, str]], None]


@pytest.fixture
def makes(folder: Path, database: MakesDatabase, connect: Callable[[str], psycopg.Connection]) -> Makes:
    """Makes two databases with one table each, and a config that names them."""

    def make(tables: tuple[str, str]) -> None:
        urls = [database() for _ in tables]
        for url, table in zip(urls, tables, strict=True):
            connect(url).execute(table.encode())
        places = {name: {"url": url} for name, url in zip(("old", "new"), urls, strict=True)}
        (folder / "dw_migration.yaml").write_text(json.dumps({"target": {"url": urls[1]}, "databases": places}))

    return make


def test_the_report_is_shown_with_its_files_and_what_to_do_next(run: Run, makes: Makes, folder: Path) -> None:
    makes(BREAKING)
    ran = run(*MOVE)
    report = folder / "migration_workspace" / "results" / "move_migration_report.txt"
    assert ran.code == 0
    assert ran.out.startswith(report.read_text())
    assert ran.out.endswith("next: dw-migration data resolve --prefix move\n")
    assert f"report: {report}" in ran.out


@pytest.mark.parametrize(("tables", "code"), [(BREAKING, 4), (TRANSFORMABLE, 3), (SAME, 0)])
def test_with_check_the_exit_code_says_what_was_found(
    run: Run, makes: Makes, tables: tuple[str, str], code: int
) -> None:
    makes(tables)
    ran = run(*MOVE, "--check", "--format", "json")
    assert (ran.code, ran.document["exit_code"]) == (code, code)
    assert run(*MOVE, "--format", "json").code == 0


def test_the_document_is_what_the_changes_file_says(run: Run, makes: Makes) -> None:
    makes(BREAKING)
    document = run(*MOVE, "--format", "json").document
    written = json.loads(Path(document["paths"]["changes"]).read_text())
    assert {key: document[key] for key in written} == written
    assert document["totals"] == {"safe": 0, "transformable": 1, "breaking": 1}


def test_filters_come_with_commas_or_one_by_one(run: Run, makes: Makes) -> None:
    makes(("CREATE TABLE a (); CREATE TABLE b (); CREATE TABLE c ()",) * 2)
    for filters in (("--tables", "a, b"), ("--tables", "a", "--tables", "b"), ("--exclude", "c")):
        copied = run(*MOVE, *filters, "--format", "json").document["copied"]
        assert [each["old"][1] for each in copied] == ["a", "b"]


def test_bad_usage_exits_with_2_and_names_it(run: Run, makes: Makes) -> None:
    makes(SAME)
    ran = run(*MOVE, "--tables", "x")
    assert ran.code == 2
    assert "tables: no table fits 'x'" in ran.err
    assert run(*MOVE[:-2]).code == 2
    assert run("data", "analyze", "--from", "old", "--to", "nwe", "--prefix", "p").code == 2
