"""What a file says of itself, and what it may not hold."""

from datetime import timedelta

import pytest

from dw_migration.errors import BadSqlFiles
from dw_migration.sqlfiles.file import Script, SqlFile, checksum
from dw_migration.sqlfiles.filename import Version, read_name
from dw_migration.sqlfiles.template import Names


def file(text: str, name: str = "001_x.sql", down: SqlFile | None = None) -> SqlFile:
    """A file of the module auth."""
    found = read_name(name)
    assert found is not None
    return SqlFile("auth", found, text, down)


def script(text: str) -> Script:
    """Its way up."""
    return file(text).script(Names("auth"))


def faults(text: str) -> str:
    """What is told of it."""
    with pytest.raises(BadSqlFiles) as caught:
        script(text)
    return str(caught.value)


def test_the_header_is_read_whatever_the_case_of_its_keys() -> None:
    header = file(
        "\n-- Migration: Users get a name\n-- VERSION: 1.2.0\n-- Author: Ana\n-- Date: 2024-01-26\n--\n"
        "-- requires: billing/003, 7\n-- Transaction: none\n-- timeout: 5min\n\nSELECT 1; -- author: Bob\n-- date: 9\n"
    ).header
    assert (header.description, header.version, header.author) == ("Users get a name", "1.2.0", "Ana")
    assert (header.date, header.timeout, header.transactional) == ("2024-01-26", timedelta(minutes=5), False)
    assert header.requires == (("billing", Version("3")), ("", Version("7")))


def test_without_a_header_the_name_describes_it() -> None:
    found = file("SELECT 1;")
    assert (found.description, found.header.transactional, found.header.requires) == ("x", True, ())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("-- transaction: maybe", "auth/001_x.sql:2:1: -- transaction: found maybe; expected none, or nothing"),
        ("-- timeout: soon", "auth/001_x.sql:2:1: -- timeout: found soon; expected a duration"),
        ("-- version: one", "auth/001_x.sql:2:1: -- version: found one; expected numbers with dots"),
        ("-- requires: a/b/c", "auth/001_x.sql:2:1: -- requires: found a/b/c; expected module/version"),
    ],
)
def test_a_wrong_header_is_told(line: str, message: str) -> None:
    assert message in faults(f"-- a comment\n{line}\nSELECT 1;")


def test_line_ends_and_a_byte_order_mark_do_not_count_and_blanks_do() -> None:
    assert checksum("a\r\nb\r") == checksum("\ufeffa\nb\n") == checksum("a\nb\n")
    assert checksum("a \nb\n") != checksum("a\nb\n")


def test_the_ways_up_and_back() -> None:
    found = file("-- description: y\nCREATE TABLE t ();\n-- migrate:down\nDROP TABLE t;")
    up, down = found.script(Names()), found.down_script(Names())
    assert down is not None
    assert [[step.text for step in each.steps] for each in (up, down)] == [["CREATE TABLE t ()"], ["DROP TABLE t"]]
    assert (up.place(0), down.place(0)) == ("auth/001_x.sql:2: statement 1 of 1", "auth/001_x.sql:4: statement 1 of 1")
    assert found.way_back == "\nDROP TABLE t;"


def test_a_way_back_in_a_file_of_its_own() -> None:
    found = file("SELECT 1;", down=file("SELECT 2;", "001_x.down.sql"))
    script_back = found.down_script(Names())
    assert script_back is not None
    assert (script_back.file, found.way_back) == ("auth/001_x.down.sql", "SELECT 2;")


def test_a_file_without_a_way_back() -> None:
    assert file("SELECT 1;").down_script(Names()) is None


def test_two_ways_back_are_told() -> None:
    both = file("SELECT 1;\n-- migrate:down\nSELECT 2;", down=file("SELECT 2;", "001_x.down.sql"))
    with pytest.raises(BadSqlFiles, match="keep one of them"):
        both.script(Names())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1;\nCOMMIT;\nSELECT 2;", "auth/001_x.sql:2:1: COMMIT is about the transaction"),
        ("BEGIN; SELECT 1; COMMIT; SELECT 2;", "auth/001_x.sql:1:1: BEGIN is about the transaction"),
        ("SELECT 1;\n  SAVEPOINT s;", "auth/001_x.sql:2:3: SAVEPOINT is about the transaction"),
        ("-- transaction: none\nCREATE UNIQUE INDEX CONCURRENTLY ON t (a);", ":2:1: give this index a name"),
        ("SELECT 1;\nCREATE INDEX CONCURRENTLY i ON t (a);", ":2:1: PostgreSQL refuses this inside of a transaction"),
        ("/* x */ vacuum t;", "say -- transaction: none"),
        ("-- transaction: none\nBEGIN;\nSELECT 1;\nCOMMIT;", "BEGIN and COMMIT stand around all of it"),
        ("SELECT 1;\n-- migrate:up\nSELECT 2;", ":1:1: this stands before -- migrate:up"),
        ("-- migrate:up\nSELECT 1;\n-- migrate:up\nSELECT 2;", ":3:1: a second -- migrate:up"),
        ("COPY t TO STDOUT;", "gives its rows to nobody"),
        ("SELECT 'x", ":1:8: this quote does not end"),
        ("\\! ls", r"\! is a command of psql"),
        ("SELECT {{tabels.x}}", ":1:8: {{tabels.x}} is unknown"),
    ],
)
def test_what_cannot_be_run_is_told_with_its_place(text: str, message: str) -> None:
    assert message in faults(text)


def test_a_file_in_one_begin_and_commit_is_transactional() -> None:
    found = script("BEGIN;\nSELECT 1;\nCOMMIT;\n")
    assert ([step.text for step in found.steps], found.transactional) == (["SELECT 1"], True)


@pytest.mark.parametrize(
    ("text", "alone", "may_commit"),
    [
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", True, True),
        ("-- c\nVACUUM", True, True),
        ("ALTER SYSTEM SET x = 1", True, True),
        ("REINDEX TABLE CONCURRENTLY t", True, True),
        ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", True, True),
        ("CREATE DATABASE d", True, True),
        ("CALL p()", False, True),
        ("DO $$ BEGIN COMMIT; END $$", False, True),
        ("DO $$ BEGIN PERFORM 1; END $$", False, False),
        ("CREATE INDEX i ON t (a)", False, False),
        ("REINDEX TABLE t", False, False),
    ],
)
def test_what_runs_in_no_transaction_is_known(text: str, alone: bool, may_commit: bool) -> None:  # noqa: FBT001
    (step,) = script(f"-- transaction: none\n{text};").steps
    assert (step.runs_alone, step.may_commit) == (alone, may_commit)


def test_an_empty_file_has_nothing_to_run() -> None:
    assert script("").steps == script("-- only a comment\n;\n").steps == ()
