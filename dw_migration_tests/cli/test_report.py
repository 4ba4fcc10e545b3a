import json
from dataclasses import replace
from pathlib import Path

from dw_migration.changes import Create, Drop, Rename
from dw_migration.cli import report
from dw_migration.cli.lines import View
from dw_migration.kinds.comment import Comment
from dw_migration.live.trial import Untried
from dw_migration.migrate import Doctored, HistoryEntry, Outcome
from dw_migration.plan import Transformation
from dw_migration.rule import Finding, Severity
from dw_migration_tests.cli.outcomes import CHANGES, HOSTILE, VISIBLE, column, judged, outcome, table

PLANNED = outcome(
    status="held",
    revision="3fa2c91b04de",
    version="2.0.0",
    severity=Severity.BREAKING,
    changes=CHANGES,
    unmanaged=tuple(f"index dw__shop__public.i{number}" for number in range(10)),
    drift=("table dw__shop__public.users",),
    left_out={"view": 3, "policy": 2, "index": 1},
    names_in_code={"proven": 1200, "left": 3},
    warnings=("two\nlines",),
    message="orders come",
    ddl="CREATE TABLE ...",
    paths={"ddl": Path("w/ddl/3fa2c91b04de.sql"), "models": Path("w/models.py")},
    next_command="dw-migration approve shop 3fa2c91b04de",
)


def plan_lines(told: Outcome, **view: bool) -> list[str]:
    return [each.plain for each in report.told_plan(told, View(**view))]


def done_lines(told: Outcome) -> list[str]:
    return [each.plain for each in report.told_done(told, View())]


def test_a_plan_can_be_read() -> None:
    assert plan_lines(PLANNED) == [
        "shop → dw__shop__public  held  breaking  revision 3fa2c91b04de (orders come)  version 2.0.0",
        "  + table dw__shop__public.orders",
        "  - column dw__shop__public.users.email",
        "      breaking drops_column: 1,204 values go",
        "        evidence: 1204 rows not null",
        "        remedy: approve it",
        "  ~ column dw__shop__public.users.name",
        "  → rename column dw__shop__public.users.a to b",
        "  ddl: w/ddl/3fa2c91b04de.sql",
        "  warning: two",
        "      lines",
        "  changed by hand in the target: table dw__shop__public.users",
        "  unmanaged, left alone: "
        + ", ".join(f"index dw__shop__public.i{number}" for number in range(8))
        + " and 2 more (--verbose shows all)",
        "  left out: 1 index, 2 policies, 3 views",
        "  1,200 of 1,203 names in bodies of functions are proven",
        "  next: dw-migration approve shop 3fa2c91b04de",
    ]


def test_verbose_shows_all_there_is() -> None:
    told = replace(
        PLANNED,
        durations={"read": 0.5, "diff": 0.25},
        transformations=(Transformation("public.Users", "dw__shop__public.users", "create table", "folded"),),
    )
    lines = plan_lines(told, verbose=True)
    assert "      CREATE TABLE dw__shop__public.orders ()" in lines
    assert any("i9" in each for each in lines)
    assert "  public.Users → dw__shop__public.users  create table: folded" in lines
    assert "  took: read 0.50 s, diff 0.25 s" in lines


def test_what_was_done_is_told_in_the_past() -> None:
    told = outcome(changes=CHANGES, applied=("3fa2c91b04de",), verified=True)
    assert done_lines(told) == [
        "shop → dw__shop__public  in sync  safe",
        "added table dw__shop__public.orders",
        "dropped column dw__shop__public.users.email",
        "      breaking drops_column: 1,204 values go",
        "        evidence: 1204 rows not null",
        "        remedy: approve it",
        "changed column dw__shop__public.users.name",
        "renamed column dw__shop__public.users.a to b",
        "  verified: the target is what the source is",
    ]


def test_what_is_held_is_not_told_as_done() -> None:
    assert done_lines(PLANNED)[1] == "  + table dw__shop__public.orders"


def test_what_went_ahead_and_what_waits_stand_under_their_headings() -> None:
    ahead = judged(Create(column("age")))
    told = outcome(status="held", applied=("aaaaaaaaaaaa",), went_ahead=(ahead,), changes=(judged(Drop(table("old"))),))
    assert done_lines(told)[1:5] == [
        "  went ahead as revision aaaaaaaaaaaa:",
        "    added column dw__shop__public.users.age",
        "  waits:",
        "    - table dw__shop__public.old",
    ]


def test_revisions_stand_for_changes_that_are_not_told() -> None:
    assert done_lines(outcome(applied=("a1", "b2")))[1:] == ["applied revision a1", "applied revision b2"]
    assert done_lines(outcome(status="rolled_back", applied=("b2",)))[1:] == ["took back revision b2"]
    assert done_lines(outcome(status="rolled_back"))[1:] == ["  nothing to take back"]


def test_what_was_verified_is_told_exactly() -> None:
    assert plan_lines(outcome(verified=True))[1:] == ["  verified: the target is what the source is"]
    assert plan_lines(outcome(verified=False))[1:] == ["  not verified: the target is not what the source is"]
    assert plan_lines(outcome(status="pending", verified=True))[1:] == [
        "  verified: the target is what its revision says"
    ]


def test_a_diff_has_no_revision_yet() -> None:
    told = outcome(status="changed", changes=CHANGES[:1], revision="3fa2", version="1.0.0", message="the last one")
    assert plan_lines(told)[0] == "shop → dw__shop__public  changes pending  safe  at revision 3fa2  version 1.0.0"


def test_a_rename_into_another_schema_tells_all_of_the_new_name() -> None:
    told = outcome(changes=(judged(Rename(table("a"), table("b", "dw__shop__sales"))),))
    assert plan_lines(told)[1] == "  → rename table dw__shop__public.a to dw__shop__sales.b"


def test_a_comment_tells_what_it_is_about() -> None:
    comment = Comment(**dict.fromkeys(Comment.__slots__, ""))
    comment = replace(comment, schema="s", owner="t", name="c", of="column")
    assert plan_lines(outcome(changes=(judged(Create(comment)),)))[1] == f"  + comment on column {comment.address}"


def test_what_only_had_to_step_aside_is_told_once() -> None:
    changes = (judged(Drop(column("v"), again=True)), judged(Create(column("v"), again=True)))
    assert plan_lines(outcome(changes=changes))[1:] == [
        "  ~ column dw__shop__public.users.v (dropped and made again)",
    ]
    assert done_lines(outcome(changes=changes, applied=("a1",)))[1:] == ["made again column dw__shop__public.users.v"]


def test_on_a_terminal_a_long_plan_is_cut_but_for_what_was_found_something_about() -> None:
    harmless = tuple(judged(Create(table(f"t{number}"))) for number in range(300))
    lines = plan_lines(outcome(changes=(*harmless, CHANGES[1])), cuts=True)
    assert lines[-5] == "  - column dw__shop__public.users.email"
    assert lines[-1] == "  and 100 more: 100 tables (--verbose shows all)"
    assert len(plan_lines(outcome(changes=harmless))) == 301


def test_what_differs_stands_on_lines_of_its_own() -> None:
    told = outcome(status="drifted", drift=("table a is missing", "table b differs"))
    assert [each.plain for each in report.told_found(told, View())][1:] == [
        "  ! table a is missing",
        "  ! table b differs",
    ]


def test_ddl_is_indented_so_that_it_cannot_pass_for_ours() -> None:
    told = outcome(status="pending", ddl="COMMENT ON TABLE a IS 'x\nshop  in sync\x1b[2J';\n")
    assert [each.plain for each in report.told_dry_run(told, View())] == [
        "-- shop → dw__shop__public  pending",
        "    COMMENT ON TABLE a IS 'x",
        r"    shop  in sync\x1b[2J';",
    ]


HOSTILE_FINDING = Finding("rule", Severity.BREAKING, HOSTILE, HOSTILE, HOSTILE)
HOSTILE_OUTCOME = outcome(
    status="held",
    changes=(judged(Create(table(HOSTILE)), HOSTILE_FINDING, statements=(HOSTILE,)),),
    unmanaged=(HOSTILE,),
    drift=(HOSTILE,),
    warnings=(HOSTILE,),
    message=HOSTILE,
    left_out={HOSTILE: 1},
    transformations=(Transformation(HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
    applied=(HOSTILE,),
    ddl=HOSTILE,
    since=HOSTILE,
    next_command=HOSTILE,
)


def test_hostile_text_is_inert_wherever_it_stands() -> None:
    view = View(verbose=True)
    entry = HistoryEntry(*([HOSTILE] * 11), 1.0)  # type: ignore[arg-type] - each field is a text
    check = Doctored(HOSTILE, HOSTILE, ok=False, found=HOSTILE, remedy=HOSTILE)
    told = (report.told_plan, report.told_done, report.told_found, report.told_dry_run, report.told_models)
    lines = [
        *(each for tell in told for each in tell(HOSTILE_OUTCOME, view)),
        *report.told_statuses([HOSTILE_OUTCOME]),
        *report.summary([HOSTILE_OUTCOME, HOSTILE_OUTCOME]),
        *report.told_history([entry]),
        *report.told_check(check),
    ]
    assert all(each.plain.isprintable() for each in lines)
    assert not any(each.plain.startswith("shop  in sync") for each in lines)
    assert any(VISIBLE in each.plain for each in lines)


def test_several_sources_end_in_a_table() -> None:
    told = [
        outcome("shop", "changed", changes=CHANGES, revision="3fa2c91b04de", version="2.0.0", verified=True),
        Outcome("crm", "failed", error="no connection", exit_code=1),
    ]
    assert [each.plain for each in report.summary(told)] == [
        "",
        "source  status   schemas  tables  changes  revision      version  verified",
        "shop    changed  1        3       4        3fa2c91b04de  2.0.0    yes",
        "crm     failed   0        0       0        -             -        -",
    ]


def test_history_without_revisions_says_so() -> None:
    assert [each.plain for each in report.told_history([])] == ["no revisions yet"]


def test_a_check_that_fails_comes_with_its_remedy() -> None:
    check = Doctored(
        "sources.shop", "may read", ok=False, found="no USAGE", remedy="GRANT USAGE ...", severity="warning"
    )
    assert [each.plain for each in report.told_check(check)] == [
        "warn  sources.shop: may read: no USAGE",
        "      remedy: GRANT USAGE ...",
    ]
    assert [each.plain for each in report.told_check(replace(check, ok=True, found=""))] == [
        "ok    sources.shop: may read"
    ]


CONTRACT = ("source", "status", "revision", "version", "severity", "changes", "unmanaged", "left_out", "error")


def test_the_json_of_a_source_begins_with_the_keys_of_the_contract() -> None:
    told = report.outcome_json(PLANNED)
    assert tuple(told)[: len(CONTRACT)] == CONTRACT
    assert (told["severity"], told["left_out"], told["error"]) == (
        "breaking",
        {"view": 3, "policy": 2, "index": 1},
        None,
    )
    assert told["paths"] == {"ddl": "w/ddl/3fa2c91b04de.sql", "models": "w/models.py"}


def test_the_json_of_a_change() -> None:
    assert report.change_json(CHANGES[1]) == {
        "kind": "column",
        "address": "dw__shop__public.users.email",
        "action": "drop",
        "severity": "breaking",
        "statements": [],
        "effects": [],
        "findings": [
            {
                "rule": "drops_column",
                "severity": "breaking",
                "message": "1,204 values go",
                "evidence": "1204 rows not null",
                "remedy": "approve it",
                "query": "",
            }
        ],
    }
    assert report.change_json(CHANGES[3])["old_address"] == "dw__shop__public.users.a"


def test_a_document_is_plain_json() -> None:
    told = report.document([PLANNED, HOSTILE_OUTCOME], 4, ("ddl",))
    assert json.loads(json.dumps(told)) == told
    assert [each["ddl"] for each in told["sources"]] == [PLANNED.ddl, HOSTILE]


def test_a_dry_run_says_what_it_tried_and_what_not() -> None:
    left = Untried("ddl/a1.sql:7", f"VACUUM {HOSTILE}", f"it runs in no transaction {HOSTILE}")
    told = outcome(status="pending", tried=1, untried=(left,))
    lines = [each.plain for each in report.told_dry_run(told, View())]
    assert lines[1] == "--   tried and rolled back: 1 statement"
    assert lines[2].startswith("--   not tried: ddl/a1.sql:7: it runs in no transaction ")
    assert report.outcome_json(told, ("untried",))["untried"] == [
        {"place": "ddl/a1.sql:7", "statement": left.statement, "why": left.why}
    ]
