import getpass
import io
import json
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dw_migration import migrate
from dw_migration.config import load_config
from dw_migration.errors import ConsentNeeded, NoConnection
from dw_migration.migrate import Doctored, HistoryEntry, Outcome
from dw_migration_tests.cli.conftest import Run
from dw_migration_tests.cli.outcomes import CHANGES, CONFIG, HOSTILE, Told, outcome

ON_SOURCES = ("status", "diff", "drift", "verify", "models", "plan", "apply", "sync")


@pytest.mark.parametrize("command", ON_SOURCES)
def test_without_a_name_all_sources_are_meant(run: Run, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    with Told().by(monkeypatch, command) as told:
        assert run(command).code == 0
        assert sorted(name for name, _ in told.calls) == ["crm", "shop"]
        told.calls.clear()
        assert run(command, "crm").code == 0
        assert [name for name, _ in told.calls] == ["crm"]


@pytest.mark.parametrize("command", ON_SOURCES)
def test_each_command_has_one_document_of_the_same_shape(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def answer(name: str) -> Outcome:
        print("a library says something")  # noqa: T201 - it must not get into the document
        return outcome(name, changes=CHANGES)

    with Told().by(monkeypatch, command, answer):
        ran = run(command, "shop", "--format", "json")
    assert [each["source"] for each in ran.document["sources"]] == ["shop"]
    assert [each["action"] for each in ran.document["sources"][0]["changes"]] == ["create", "drop", "alter", "rename"]
    assert "a library says something" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--format", "json", "diff", "shop"),
        ("diff", "--format", "json", "shop"),
        ("diff", "shop", "--format=json"),
        ("--format", "text", "diff", "shop", "--format", "json"),
    ],
)
def test_global_options_are_taken_before_and_after_the_command(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    with Told().by(monkeypatch, "diff"):
        assert run(*arguments).document["sources"][0]["source"] == "shop"


@pytest.mark.parametrize("after", [True, False])
def test_the_config_is_named_before_or_after(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, *, after: bool
) -> None:
    (folder / "my other.yaml").write_text(CONFIG.replace("crm", "hr"))
    option = ("--config", "my other.yaml")
    with Told().by(monkeypatch, "diff", lambda name: outcome(name, next_command=f"dw-migration sync {name}")):
        ran = run("diff", "hr", *option) if after else run(*option, "diff", "hr")
    assert "next: dw-migration sync hr --config 'my other.yaml'" in ran.out


@pytest.mark.parametrize(("codes", "worst"), [((0, 0), 0), ((0, 3), 3), ((3, 4), 4), ((4, 1), 1), ((1, 3), 1)])
def test_the_worst_of_all_sources_is_the_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, codes: tuple[int, int], worst: int
) -> None:
    found = dict(zip(("shop", "crm"), codes, strict=True))
    with Told().by(monkeypatch, "diff", lambda name: outcome(name, exit_code=found[name])):
        ran = run("diff", "--format", "json")
    assert (ran.code, ran.document["exit_code"]) == (worst, worst)


@pytest.mark.parametrize("command", ["plan", "status"])
@pytest.mark.parametrize(
    ("status", "checked"), [("in_sync", 0), ("pending", 3), ("drifted", 3), ("absent", 3), ("held", 4), ("failed", 1)]
)
def test_only_with_check_is_what_was_found_an_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, status: str, checked: int
) -> None:
    with Told().by(monkeypatch, command, lambda name: outcome(name, status, exit_code=4 if status == "held" else 0)):
        assert run(command).code == 0
        ran = run(command, "--check", "--format", "json")
    assert ran.code == checked
    assert {each["exit_code"] for each in ran.document["sources"]} == {checked}


@pytest.mark.parametrize("command", ["plan", "status"])
def test_a_crash_is_never_no_changes(run: Run, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    def answer(name: str) -> Outcome:
        raise NoConnection(f"{name} cannot be reached")

    with Told().by(monkeypatch, command, answer):
        ran = run(command, "shop")
    assert ran.code == 1
    assert "shop: shop cannot be reached" in ran.err


def test_one_bad_source_never_stops_the_others(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(name: str) -> Outcome:
        if name == "shop":
            raise ConsentNeeded("held:\nforged line")
        return outcome(name)

    with Told().by(monkeypatch, "sync", answer):
        ran = run("sync")
        document = run("sync", "--format", "json").document
    assert ran.code == 4
    assert "crm → dw__crm__public  in sync" in ran.out
    assert ran.err == "shop: held:\n    forged line\n"
    assert [(each["source"], each["status"], each["error"]) for each in document["sources"]] == [
        ("shop", "held", "held:\nforged line"),
        ("crm", "in_sync", None),
    ]


def test_an_unknown_source_names_the_nearest(run: Run) -> None:
    ran = run("diff", "shpo", "--format", "json")
    assert ran.code == 2
    assert ran.document["error"]["type"] == "BadConfig"
    assert ran.document["sources"] == []
    assert "shop" in ran.err


def test_every_line_of_a_bad_config_is_told(run: Run, folder: Path) -> None:
    (folder / "dw_migration.yaml").write_text("target: {hots: a}\nsources: {shop: {}}\n")
    ran = run("diff")
    assert ran.code == 2
    assert ran.out == ""
    assert "did you mean" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [("dif",), ("diff", "--nope"), ("diff", "--format", "xml"), ("approve", "shop"), ("sync", "--workers", "0")],
)
def test_bad_usage_is_two(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "--help` says more" in ran.err


def test_bad_usage_is_a_document_where_one_was_asked_for(run: Run) -> None:
    ran = run("diff", "--nope", "--format", "json")
    assert (ran.code, ran.document["error"]["type"], ran.document["sources"]) == (2, "BadUsage", [])


def test_hostile_usage_is_shown(run: Run) -> None:
    assert "\x1b" not in run("diff", "--\x1b[2J").err


def test_an_interrupt_says_what_state_things_are_in(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_name: str) -> Outcome:
        raise KeyboardInterrupt

    with Told().by(monkeypatch, "sync", answer):
        ran = run("sync", "shop", "--format", "json")
    assert ran.code == 130
    assert ran.err == "interrupted: what was committed stays, and nothing else; run the same command again\n"
    assert ran.document["error"]["type"] == "Interrupted"


SECRET = "p%@:/#?' $w"


def test_an_unexpected_error_tells_type_and_place_and_never_a_value(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def sources_named(*_: Any, **__: Any) -> None:
        row = SECRET
        try:
            raise ValueError(row)
        except ValueError as error:
            raise KeyError(row) from error

    monkeypatch.setattr(migrate, "sources_named", sources_named)
    short, long = run("diff"), run("diff", "--verbose")
    assert (short.code, long.code) == (1, 1)
    assert short.err.startswith("unexpected KeyError at test_commands.py:")
    assert "--verbose" in short.err
    assert len(short.err.splitlines()) == 1
    assert "in sources_named: raise ValueError(row)" in long.err
    assert SECRET not in short.err + long.err + short.out + long.out


def test_verbose_tells_the_traceback_of_a_source_that_crashed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_name: str) -> Outcome:
        secret = SECRET
        raise ValueError(secret)

    with Told().by(monkeypatch, "diff", answer):
        ran = run("diff", "shop", "--verbose")
    assert ran.code == 1
    assert "raise ValueError(secret)" in ran.err
    assert SECRET not in ran.err + ran.out


def test_what_listens_to_crashes_ends_with_its_command(run: Run) -> None:
    """Whoever calls `main` in a process that goes on is told nothing afterwards, and not of others' errors."""
    log = logging.getLogger("dw_migration.migrate")
    before = (list(log.handlers), log.level)
    run("diff", "shop", "--verbose")
    assert (list(log.handlers), log.level) == before


def test_what_is_missing_in_the_code_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "sources_named", lambda *_, **__: migrate.nowhere)  # type: ignore[attr-defined]
    assert "has no attribute 'nowhere'" in run("diff").err


# --- options reach the story ------------------------------------------------------------------------------------------


APPLIED: dict[str, object] = {"to": None, "backup": None, "rehearsal": None, "fills": ()} | dict.fromkeys(
    ("dry_run", "in_part", "allow_breaking", "adopt"), False
)
"""What `apply` hands over by itself."""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("sync", "shop"), {"message": None, "fills": (), "allow_breaking": False, "adopt": False}),
        (
            ("sync", "shop", "--allow-breaking", "-m", "x"),
            {"message": "x", "fills": (), "allow_breaking": True, "adopt": False},
        ),
        (("plan", "shop", "--message", "x"), {"message": "x", "fills": (), "rehearsal": None}),
        (("plan", "shop", "--rehearse"), {"message": None, "fills": (), "rehearsal": "sampled"}),
        (("plan", "--rehearse=none", "shop"), {"message": None, "fills": (), "rehearsal": "none"}),
        (("apply", "shop", "--to", "+1", "--adopt"), APPLIED | {"to": "+1", "adopt": True}),
        (
            ("apply", "shop", "--to", "3fa2", "--dry-run", "--allow-breaking"),
            APPLIED | {"to": "3fa2", "dry_run": True, "allow_breaking": True},
        ),
        (("apply", "shop", "--safe-part"), APPLIED | {"in_part": True}),
        (("apply", "shop", "--rehearse"), APPLIED | {"rehearsal": "sampled"}),
        (
            ("rollback", "shop", "-1"),
            {"first": "-1", "drop_schema": False, "allow_breaking": False, "backup": None, "restore": False},
        ),
        (
            ("rollback", "shop", "-12", "--allow-breaking"),
            {"first": "-12", "drop_schema": False, "allow_breaking": True, "backup": None, "restore": False},
        ),
        (
            ("rollback", "shop", "-1", "--restore", "--backup"),
            {"first": "-1", "drop_schema": False, "allow_breaking": False, "backup": "affected", "restore": True},
        ),
        (
            ("rollback", "--yes", "shop"),
            {"first": "base", "drop_schema": False, "allow_breaking": False, "backup": None, "restore": False},
        ),
        (
            ("rollback", "shop", "3fa2", "-y", "--drop-schema"),
            {"first": "3fa2", "drop_schema": True, "allow_breaking": False, "backup": None, "restore": False},
        ),
    ],
)
def test_options_reach_the_story(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], expected: dict[str, Any]
) -> None:
    with Told().by(monkeypatch, arguments[0]) as told:
        assert run(*arguments).code == 0
    assert told.calls == [("shop", {**expected, "by": getpass.getuser()})]


def test_consent_names_who_gives_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with Told().by(monkeypatch, "approve") as told:
        assert run("approve", "shop", "3fa2").code == 0
        assert run("approve", "shop", "3fa2", "--by", "ana", "--note", "unused", "--sha256", "9f2c").code == 0
        assert run("approve", "shop", "3fa2", "--by", " ").code == 2
    assert told.calls == [
        ("shop", {"first": "3fa2", "sha256": None, "by": getpass.getuser(), "note": ""}),
        ("shop", {"first": "3fa2", "sha256": "9f2c", "by": "ana", "note": "unused"}),
    ]


def test_workers_reach_the_story(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def together(_act: object, sources: Any, *, workers: int) -> tuple[Outcome, ...]:
        seen.append(workers)
        return tuple(outcome(source.name) for source in sources)

    monkeypatch.setattr(migrate, "together", together)
    for command in ON_SOURCES:
        assert run(command, "--workers", "7").code == 0
    assert seen == [7] * len(ON_SOURCES)


@pytest.mark.parametrize("arguments", [("shop",), ("shop", "base"), ("shop", "-1", "--drop-schema")])
def test_a_way_back_that_takes_all_is_asked_first(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    with Told().by(monkeypatch, "rollback") as told:
        ran = run("rollback", *arguments)
    assert ran.code == 2
    assert "add --yes" in ran.err
    assert told.calls == []


class Terminal(io.StringIO):
    """Where a person types."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@pytest.mark.parametrize(("answer", "code", "calls"), [(True, 0, 1), (False, 1, 0)])
def test_the_answer_of_the_person_counts(
    run: Run, monkeypatch: pytest.MonkeyPatch, *, answer: bool, code: int, calls: int
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("typer.confirm", lambda *_, **__: answer)
    with Told().by(monkeypatch, "rollback") as told:
        ran = run("rollback", "shop")
    assert (ran.code, len(told.calls)) == (code, calls)


@pytest.mark.parametrize("arguments", [("shop", "--drop-shema"), ("shop", "--yess"), ("-x", "shop"), ("-1", "shop")])
def test_a_mistyped_option_of_rollback_is_no_revision(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    with Told().by(monkeypatch, "rollback") as told:
        assert run("rollback", *arguments).code == 2
    assert told.calls == []


# --- commands with documents of their own -----------------------------------------------------------------------------


def test_init_writes_a_config_that_can_be_read_and_overwrites_none(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_PG_PASSWORD", "a")
    ran = run("init", "new.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith("next: dw-migration doctor --config new.yaml\n")
    assert "shop" in load_config(folder / "new.yaml").sources
    (folder / "new.yaml").write_text("mine")
    assert run("init", "new.yaml").code == 2
    assert (folder / "new.yaml").read_text() == "mine"
    assert run("init", "new.yaml", "--force", "--format", "json").document["written"] == "new.yaml"
    assert (folder / "new.yaml").read_text() != "mine"


def test_init_without_a_name_writes_where_it_is_looked_for(run: Run, folder: Path) -> None:
    assert run("init").code == 2
    (folder / "dw_migration.yaml").unlink()
    assert run("init").out.endswith("next: dw-migration doctor\n")
    assert (folder / "dw_migration.yaml").exists()
    assert run("init", "no/such/folder.yaml").code == 2


ENTRY = HistoryEntry("shop", "3fa2", None, "1.0.0", "safe", HOSTILE, "applied", "t0", "t1", "ana", "", 0.5)


def test_history_is_told_newest_first(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(name: str) -> tuple[HistoryEntry, ...]:
        if name == "crm":
            raise NoConnection("no")
        return (ENTRY, replace(ENTRY, revision="11aa", duration=None))

    with Told().by(monkeypatch, "history", answer):
        ran, as_json = run("history"), run("history", "--format", "json")
    assert (ran.code, as_json.code) == (1, 1)
    assert [each["revision"] for each in as_json.document["history"]] == ["3fa2", "11aa"]
    assert as_json.document["errors"] == {"crm": "no"}
    assert [each.split()[:3] for each in ran.out.splitlines()[1:]] == [
        ["shop", "3fa2", "1.0.0"],
        ["shop", "11aa", "1.0.0"],
    ]
    assert "\x1b" not in ran.out


@pytest.mark.parametrize("arguments", [(), ("--format", "json")])
def test_read_is_json_in_any_case(run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    with Told().by(monkeypatch, "catalog_json", lambda name: {"tables": [name]}):
        assert run("read", "shop", *arguments).document == {
            "sources": [{"source": "shop", "catalog": {"tables": ["shop"]}, "error": None}],
            "exit_code": 0,
        }


@pytest.mark.parametrize(("severity", "code"), [("error", 1), ("warning", 0)])
def test_doctor_fails_by_errors_and_not_by_warnings(
    run: Run, monkeypatch: pytest.MonkeyPatch, severity: str, code: int
) -> None:
    check = Doctored("target", "may create", ok=False, found="no CREATE", remedy="GRANT CREATE", severity=severity)
    monkeypatch.setattr(migrate, "doctor", lambda *_: (check,), raising=False)
    ran, as_json = run("doctor"), run("doctor", "--format", "json")
    assert (ran.code, as_json.code) == (code, code)
    assert "      remedy: GRANT CREATE\n" in ran.out
    assert as_json.document["checks"][0]["remedy"] == "GRANT CREATE"


def test_doctor_takes_a_bad_config_for_a_finding(run: Run, folder: Path) -> None:
    (folder / "dw_migration.yaml").write_text("target: 3\n")
    ran = run("doctor", "--format", "json")
    assert ran.code == 2
    assert [(each["subject"], each["ok"]) for each in ran.document["checks"]] == [("config", False)]


def test_a_dry_run_prints_the_ddl(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with Told().by(monkeypatch, "apply", lambda name: outcome(name, "pending", ddl="CREATE SCHEMA a;")):
        assert "    CREATE SCHEMA a;\n" in run("apply", "shop", "--dry-run").out
        assert run("apply", "shop", "--dry-run", "--format", "json").document["sources"][0]["ddl"] == "CREATE SCHEMA a;"


def test_without_sources_that_is_said(run: Run, folder: Path) -> None:
    (folder / "dw_migration.yaml").write_text('target: {url: "postgresql://dw@localhost:1/w"}\n')
    ran = run("sync")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("no sources: ")


# --- help, terminals, processes ---------------------------------------------------------------------------------------

COMMANDS = (*ON_SOURCES, "init", "doctor", "read", "approve", "rollback", "history", "demo", "dev")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_helps_with_examples_and_exit_codes(run: Run, command: str, flag: str) -> None:
    ran = run(command, flag)
    assert ran.code == 0
    assert f"dw-migration {command}" in ran.out.partition("Examples:")[2]
    assert "4 held" in " ".join(ran.out.split())
    assert "--format" in ran.out


def test_the_help_lists_every_command(run: Run) -> None:
    ran = run("--help")
    assert all(f"│ {command} " in ran.out for command in COMMANDS)


def test_arguments_have_their_help(run: Run) -> None:
    assert "Names of sources; none means all." in run("diff", "--help").out


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").out.startswith("dw-migration 0.")


def ran_apart(folder: Path, script: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        capture_output=True,
        check=False,
    )


def test_the_start_imports_nothing_heavy(folder: Path) -> None:
    script = "import dw_migration.cli, sys; print([m for m in sys.modules if '.' not in m])"
    loaded = ran_apart(folder, script).stdout.decode()
    assert not any(
        f"'{heavy}'" in loaded for heavy in ("sqlalchemy", "alembic", "dagster", "psycopg", "rich", "pydantic")
    )


LONG = "dw__" + "x" * 120
COLOURED = f"""
import sys
from dw_migration import migrate
from dw_migration.cli import main
from dw_migration_tests.cli.outcomes import outcome, CHANGES
from dataclasses import replace
migrate.diff = lambda *_, **__: replace(outcome(changes=CHANGES), schemas={{"{LONG}": "a", "b{LONG}": "b"}})
sys.exit(main(["diff", "shop"]))
"""


def test_what_is_no_terminal_gets_plain_lines_of_any_length(folder: Path) -> None:
    ran = ran_apart(folder, COLOURED, COLUMNS="20")
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert f"shop → {LONG}, b{LONG}  in sync" in ran.stdout.decode()
    assert b"\x1b" not in ran.stdout


def test_no_color_is_respected_where_colour_is_forced(folder: Path) -> None:
    assert b"\x1b[31m" in ran_apart(folder, COLOURED, FORCE_COLOR="1", TERM="xterm").stdout
    assert b"\x1b[31m" not in ran_apart(folder, COLOURED, FORCE_COLOR="1", TERM="xterm", NO_COLOR="1").stdout


def test_a_stream_that_knows_no_arrow_gets_its_escape(folder: Path) -> None:
    ran = ran_apart(folder, COLOURED, PYTHONIOENCODING="ascii")
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert rb"shop \u2192 dw__" in ran.stdout


def test_the_module_is_the_command(folder: Path) -> None:
    script = (
        "import runpy, sys; sys.argv = ['x', 'diff', 'nobody', '--format', 'json']; "
        "runpy.run_module('dw_migration', run_name='__main__')"
    )
    ran = ran_apart(folder, script)
    assert ran.returncode == 2
    assert json.loads(ran.stdout)["error"]["type"] == "BadConfig"


def test_a_reader_that_goes_away_is_no_traceback(folder: Path) -> None:
    script = COLOURED.replace("CHANGES)", "CHANGES * 20000)")
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1
