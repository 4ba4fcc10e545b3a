"""A plan becomes text and comes back to the letter, whatever names and literals are in it."""

import ast
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dw_migration.changes import Alter, Create, Drop, Rename, Retired
from dw_migration.changes.retire import SCHEMA
from dw_migration.errors import BrokenHistory
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds import KIND_OF
from dw_migration.plan import Batch, JudgedChange, Plan, Proof, Transformation
from dw_migration.revision import (
    Revision,
    ddl_text,
    escaped,
    id_of,
    message_of,
    next_version,
    parse_script,
    revision_of,
    script_text,
    sha256_of,
    statement_lines,
)
from dw_migration.rule import Finding, Severity

HOSTILE = [
    "\"\"\"'''",
    "{{}} ${} {x!r} %s %(x)s :name \\:x",
    "back\\slash \\n \\x00",
    "two\nlines\r\nand\rmore\n",
    "\n",
    "",
    "tab\tvertical\vform\f",
    "\ud800 lone",
    "\u2028\u2029\x85\u202e\u200b\ufeff",
    "'''; __import__('os').system('id') #",
    "-- comment\n; DROP TABLE x; --",
    "$$ $x$ ${x} <% import os %>",
]
CREATED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def schema(name: str) -> DatabaseObject:
    return KIND_OF["schema"](name)  # type: ignore[call-arg]


def judged(change: Create | Drop | Alter | Rename, *findings: Finding) -> JudgedChange:
    return JudgedChange(change, findings, ())


def plan_of(*statements: str, changes: tuple[JudgedChange, ...] = ()) -> Plan:
    batches = (Batch(statements), Batch(statements[:1], transactional=False), Batch(()))
    return Plan(changes, batches, (Batch(statements[::-1]),), ("a.b",))


def revision(plan: Plan, message: str | None = "a message") -> Revision:
    return revision_of(
        plan,
        source="shop",
        parent="0123456789ab",
        previous_version="1.2.3",
        starts_from="3fa2c91b04de",
        created=CREATED,
        message=message,
    )


def assert_comes_back(plan: Plan, message: str = "a message") -> None:
    made = revision(plan, message)
    text = script_text(made)
    assert parse_script(text) == made
    # and Python itself reads the same
    values: dict[str, object] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign):
            assert isinstance(node.targets[0], ast.Name)
            values[node.targets[0].id] = ast.literal_eval(node.value)
    assert values["UP"] == [(batch.transactional, list(batch.statements)) for batch in plan.up]
    assert text.isascii() or text.encode()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_come_back(text: str) -> None:
    assert_comes_back(plan_of(text, "SELECT 1", f"x{text}y{text}"), text)


@given(st.lists(st.text(st.characters()), max_size=4), st.text(st.characters()))
def test_any_text_comes_back(statements: list[str], message: str) -> None:
    assert_comes_back(plan_of(*statements), message)


@given(st.lists(st.text(st.characters()), min_size=1, max_size=4), st.text(st.characters()))
def test_nothing_breaks_out_of_the_ddl_files_comments(statements: list[str], hostile: str) -> None:
    finding = Finding("a_rule", Severity.SAFE, hostile, hostile, hostile)
    change = judged(Create(schema(hostile)), finding)
    plan = replace(
        plan_of(*statements, changes=(change,)), transformations=(Transformation(hostile, "x", hostile, "y"),)
    )
    made = revision(plan, hostile)
    text, lines = ddl_text(made, plan)
    head = text[: text.index("\n-- batch 1")]
    assert all(line.startswith("--") for line in head.splitlines())
    at = text.split("\n")
    every = [statement for batch in plan.up for statement in batch.statements]
    assert [at[line - 1] for line in lines] == [f"{statement};".split("\n")[0] for statement in every]
    assert statement_lines(text, plan.up) == lines


def test_every_statement_stands_in_the_ddl_file_to_the_letter() -> None:
    plan = Plan(
        (), (Batch(("CREATE TABLE a (\n    b int\n)", "SELECT 1")), Batch(("VACUUM",), transactional=False)), ()
    )
    text, lines = ddl_text(revision(plan))
    assert (
        text
        == f"""\
-- a message
--
-- source      shop
-- revision    {revision(plan).id}
-- parent      0123456789ab
-- version     1.3.0
-- severity    safe
-- starts from 3fa2c91b04de
-- sha256      {sha256_of(plan.up)} (of the statements and their batches)

-- batch 1 of 2, committed together

CREATE TABLE a (
    b int
);
SELECT 1;

-- batch 2 of 2, in no transaction

VACUUM;
"""
    )
    assert lines == (13, 16, 20)


def test_the_same_plan_has_the_same_id() -> None:
    plan = plan_of("SELECT 1")
    assert revision(plan).id == revision(plan, "another").id
    others = {
        id_of("shop", "0123456789ab", plan.up, ()),
        id_of("shop", None, plan.up, plan.down),
        id_of("other", "0123456789ab", plan.up, plan.down),
        id_of("shop", "0123456789ab", plan.down, plan.up),
    }
    assert revision(plan).id not in others
    assert len(others) == 4


def test_an_edited_file_is_seen() -> None:
    text = script_text(revision(plan_of("SELECT 1")))
    with pytest.raises(BrokenHistory, match=r"shop\.py: was edited: its UP has the sha256"):
        parse_script(text.replace("SELECT 1", "SELECT 2", 1), "shop.py")
    with pytest.raises(BrokenHistory, match="was edited: source, parent, UP and DOWN make the id"):
        parse_script(text.replace("0123456789ab", "ab0123456789"))
    with pytest.raises(BrokenHistory, match="holds no VERSION"):
        parse_script(text.replace("VERSION = ", "VERSION = 1 and "))
    with pytest.raises(BrokenHistory, match="is not Python"):
        parse_script(text + "\n)")
    with pytest.raises(BrokenHistory, match="is no revision of ours any more"):
        parse_script(text.replace("SEVERITY = 'safe'", "SEVERITY = 'harmless'"))


def test_an_edited_judgement_is_seen() -> None:
    """A new ledger takes over from the file what is held, what is asked of the rows, and what a purge drops."""
    proof = Proof("SELECT 0", "rows hold NULL", ("lower",), 1)
    aside = Retired(Address("table", "s", name="t"), Address("table", SCHEMA, name="t_3fa2c91b"))
    down = replace(proof, query="SELECT 3")
    plan = replace(plan_of("SELECT 1"), proofs=(proof,), down_proofs=(down,), retired=(aside,))
    made = replace(revision(plan), severity=Severity.BREAKING)
    text = script_text(made)
    assert parse_script(text) == made
    edits = (("SEVERITY = 'breaking'", "SEVERITY = 'safe'"), ("'SELECT 0'", "'SELECT 1-1'"),
             ("'SELECT 3'", "'SELECT 0'"), ("t_3fa2c91b", "t_other"),
             ("['lower'], 1)", "['lower'])"), ("['a.b']", "[]"))  # fmt: skip
    for old, new in edits:
        assert old in text
        with pytest.raises(BrokenHistory, match="was edited: SEVERITY, PROOFS, DOWN_PROOFS, LOSES_ROWS and RETIRED"):
            parse_script(text.replace(old, new))


def test_a_file_whose_judgement_nothing_vouches_for_is_breaking() -> None:
    text = script_text(revision(plan_of("SELECT 1")))
    older = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("JUDGED"))
    assert (parse_script(text).severity, parse_script(older).severity) == (Severity.SAFE, Severity.BREAKING)


def test_what_is_put_aside_is_called_as_such() -> None:
    """A purge drops what it says."""
    there = Retired(Address("table", "s", name="t"), Address("table", "s", name="u"))
    text = script_text(revision(replace(plan_of("SELECT 1"), retired=(there,))))
    with pytest.raises(BrokenHistory, match=r"RETIRED says s\.u, which is no name of what is put aside"):
        parse_script(text)


def test_a_file_is_never_run() -> None:
    text = script_text(revision(plan_of("SELECT 1"))) + "\nraise SystemExit\n"
    assert parse_script(text).sha256


def test_a_hand_written_file_is_known_as_one() -> None:
    text = '"""my view\n\nCreate Date: 2026-01-02 03:04:05+00:00\n"""\nrevision: str = "abc"\ndown_revision = None\n'
    made = parse_script(text)
    assert (made.id, made.parent, made.message, made.hand_written) == ("abc", None, "my view", True)
    assert made.created == CREATED
    with pytest.raises(BrokenHistory, match="merges a, b"):
        parse_script('revision = "c"\ndown_revision = ("a", "b")\n')


def test_a_message_names_few_changes_and_counts_many() -> None:
    one, two = schema("one"), schema("two")
    assert message_of([judged(Create(one))]) == "add schema one"
    assert message_of([judged(Rename(one, two)), judged(Drop(one))]) == "rename schema one to two, drop schema one"
    assert message_of([judged(Create(one)), judged(Drop(two, again=True))]) == "add schema one"
    many = [judged(Create(one))] * 3 + [judged(Drop(two))]
    assert message_of(many) == "add 3 schemas, drop 1 schema"
    assert message_of([]) == "nothing"


def test_a_message_is_one_harmless_short_line() -> None:
    message = message_of([judged(Create(schema("a\nb\u202ec" + "d" * 200)))])
    assert message.startswith("add schema a\\nb\\u202ec")
    assert len(message) == 100
    assert escaped("\ud800") == "\\ud800"
    assert revision(plan_of("x"), "Ärger: Über-Table!").stem == f"20260102_rger_ber_table_{revision(plan_of('x')).id}"
    assert revision(plan_of("x"), "表").slug == "revision"


def test_versions_say_how_much_changed() -> None:
    structural = Plan((judged(Create(schema("a"))),), (), ())
    breaking = Plan((judged(Drop(schema("a")), Finding("r", Severity.BREAKING, "m")),), (), ())
    comment = KIND_OF["comment"]
    assert next_version(None, breaking) == "1.0.0"
    assert next_version("1.2.3", breaking) == "2.0.0"
    assert next_version("1.2.3", structural) == "1.3.0"
    one = comment(*[""] * len(fields(comment)))
    assert next_version("1.2.3", Plan((judged(Create(one)),), (), ())) == "1.2.4"
