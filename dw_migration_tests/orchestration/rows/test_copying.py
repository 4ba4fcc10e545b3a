"""Runs of the op `copy_rows`, and how they tell what became of rows."""

import os
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster_shared.serdes import serialize_value

from dw_migration.errors import BadConfig, ServerError
from dw_migration.migrate import Stop
from dw_migration.migrate.rows.asked import Asked, CopyOptions
from dw_migration.migrate.rows.outcome import CopyOutcome, TableOutcome, Underway
from dw_migration.orchestration.rows.copying import CopyConfig
from dw_migration.orchestration.rows.progress import Progress
from dw_migration.resolutions.comparison import RowChange, What
from dw_migration.rule import Severity
from dw_migration_tests.orchestration.rows.conftest import SECRET, MakesShop, Told, threads

ORDERS = TableOutcome("orders", "dw.orders", "copied", rows=900, skipped=100, bytes=60_000, chunks=9, seconds=1.5)
LINES = TableOutcome("lines", "dw.lines", "rejected", rows=93, rejected=7, bytes=9_000, seconds=0.5)
COPIED = CopyOutcome(
    "shop", live=True, status="copied", tables=(ORDERS,), snapshots=("00000003-1", "00000005-1"), seconds=2.0,
    paths={"result": Path("/results/shop_migration_result_live_1.json")},
)  # fmt: skip
REJECTED = replace(
    COPIED, status="rejected", tables=(ORDERS, LINES), next_command="dw-migration data rejects --prefix shop"
)
CHECKED = CopyOutcome(
    "shop", live=False, status="checked", seconds=0.2,
    tables=(
        TableOutcome("orders", "dw.orders", "checked", rows=1000, bytes=60_000),
        TableOutcome("states", "dw.states", "checked", rows=3, faults=(f"unmapped: {SECRET} (2 rows)", "1 orphan")),
    ),
)  # fmt: skip
DROPPED = RowChange(
    What.COLUMN_REMOVED, Severity.BREAKING, "orders", "note is no more, and 12 rows have a value", "decide"
)
HELD = CopyOutcome("shop", live=False, status="held", unresolved=(DROPPED,), exit_code=4)
FAULTY = CopyOutcome(
    "shop", live=False, status="failed", faults=(f"file:3: {SECRET} has no value",), exit_code=2,
    error="the resolutions cannot be carried out: 1 fault", next_command="dw-migration data validate --prefix shop",
)  # fmt: skip
FAILED = replace(
    COPIED, status="failed", tables=(ORDERS, replace(LINES, status="failed", error="lock timeout [55P03]"))
)  # fmt: skip


# --- rows that came ---------------------------------------------------------------------------------------------------


def test_rows_that_came_are_a_materialization_with_numbers(shop: MakesShop) -> None:
    ran = shop(Told({"shop": REJECTED})).run("copy_data", "shop", config={"live": True})
    assert ran.success
    told = ran.told("shop", "target_data")
    assert told["status"] == "rejected"
    assert told["dagster/row_count"] == 1093
    assert (told["rows copied"], told["rows removed"], told["rejects"], told["bytes"]) == (993, 0, 7, 69_000)
    assert told["rows a second"] == 496.5
    assert told["snapshots"] == [{"snapshot": "00000003-1"}, {"snapshot": "00000005-1"}]
    assert told["result file"] == "/results/shop_migration_result_live_1.json"
    assert told["next command"] == "dw-migration data rejects --prefix shop"
    assert [(row["table"], row["status"], row["rows"]) for row in told["tables"]] == [
        ("lines", "rejected", 93),
        ("orders", "copied", 900),
    ]


def test_a_rate_is_told_only_where_rows_came(shop: MakesShop) -> None:
    unchanged = replace(COPIED, tables=(replace(ORDERS, status="unchanged", rows=0, skipped=1000),))
    told = shop(Told({"shop": unchanged})).run("copy_data", "shop", config={"live": True}).told("shop", "target_data")
    assert told["dagster/row_count"] == 1000
    assert "rows a second" not in told


def test_what_a_person_said_reaches_the_copy(shop: MakesShop) -> None:
    rows = Told({"shop": COPIED})
    said = {"live": True, "mode": "upsert", "tables": ["o*"], "exclude": ["old"], "workers": 3, "batch_size": 7}
    ran = shop(rows).run("copy_data", "shop", config=said | {"strict": True, "catch_up": True})
    asked = Asked("shop", from_="sources.shop", to="target", tables=("o*",), exclude=("old",))
    options = CopyOptions(
        live=True, mode="upsert", workers=3, batch_size=7, strict=True, catch_up=True, by="dagster",
        run_id=ran.result.run_id,
    )  # fmt: skip
    assert rows.asked == [("copy", asked, options)]
    assert ran.told("shop", "target_data")["config"] == said | {"strict": True, "catch_up": True}


def test_what_nobody_said_is_as_in_the_command_line(shop: MakesShop) -> None:
    rows = Told({"shop": CHECKED})
    ran = shop(rows).run("copy_data", "shop")
    ((_, asked, options),) = rows.asked
    assert asked == Asked("shop", from_="sources.shop", to="target")
    assert options == CopyOptions(by="dagster", run_id=ran.result.run_id)


def test_every_field_of_the_launchpad_is_described() -> None:
    fields = CopyConfig.to_fields_dict()
    assert set(fields) == {"live", "mode", "tables", "exclude", "workers", "batch_size", "strict", "catch_up"}
    assert all(each.description for each in fields.values())


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"batch_size": 0}])
def test_a_number_that_makes_no_sense_is_refused_before_anything_begins(shop: MakesShop, wrong: dict[str, int]) -> None:
    rows = Told({"shop": CHECKED})
    assert not shop(rows).run("copy_data", "shop", config=wrong).success
    assert rows.asked == []


def test_a_mode_that_there_is_not_cannot_be_started(shop: MakesShop) -> None:
    with pytest.raises(dg.DagsterInvalidConfigError, match="mode"):
        shop(Told({"shop": CHECKED})).run("copy_data", "shop", config={"mode": "overwrite"})


# --- a dry run --------------------------------------------------------------------------------------------------------


def test_a_dry_run_is_an_observation_and_does_not_look_like_rows(shop: MakesShop) -> None:
    site = shop(Told({"shop": CHECKED}))
    ran = site.run("copy_data", "shop")
    assert ran.success
    assert ran.made == {}
    assert ran.checked == {}, "nothing can be said of rows that nobody copied"
    told = ran.observed["shop", "target_data"]
    assert (told["status"], told["rows to copy"], told["findings"]) == ("checked", 1003, 2)
    assert told.keys().isdisjoint({"dagster/row_count", "rows copied", "rows a second", "bytes", "rejects"})
    assert site.instance.get_materialized_partitions(dg.AssetKey("target_data")) == set()


def test_a_dry_run_says_how_to_do_the_same_live(shop: MakesShop) -> None:
    rows = Told({"shop": CHECKED})
    site = shop(rows)
    told = site.run("copy_data", "shop", config={"tables": ["orders"], "workers": 4}).observed["shop", "target_data"]
    fence, *lines, end = str(told["launchpad"]).split("\n")
    assert (fence, end, told["next job"]) == ("```yaml", "```", "copy_data")
    config = yaml.safe_load("\n".join(lines))["ops"]["copy_rows"]["config"]
    assert config == {"tables": ["orders"], "workers": 4, "live": True}
    site.run("copy_data", "shop", config=config)
    (_, rehearsed, dry), (_, asked, live) = rows.asked
    assert (rehearsed, dry.live if dry else None) == (asked, False)
    assert live
    assert live.live


# --- what went wrong --------------------------------------------------------------------------------------------------


def test_a_source_that_waits_for_decisions_has_failed_and_says_what_to_do(shop: MakesShop) -> None:
    ran = shop(Told({"shop": HELD})).run("copy_data", "shop", config={"live": True})
    assert not ran.success
    assert (ran.made, ran.observed, ran.checked) == ({}, {}, {})
    assert ran.failure["shop"] == (
        "1 breaking change waits for a decision, nothing was copied: dw-migration data resolve --prefix shop"
    )
    assert ran.failure["changes of shop"] == [
        {"table": "orders", "what": "column removed", "found": DROPPED.found, "action": "decide"}
    ]


def test_decisions_that_cannot_be_carried_out_are_not_quoted(shop: MakesShop) -> None:
    ran = shop(Told({"shop": FAULTY})).run("copy_data", "shop")
    assert ran.failure == {
        "shop": "the resolutions cannot be carried out: 1 fault: dw-migration data validate --prefix shop"
    }


def test_a_table_that_failed_is_named_and_the_source_is_not_materialized(shop: MakesShop) -> None:
    ran = shop(Told({"shop": FAILED})).run("copy_data", "shop", config={"live": True})
    assert (ran.success, ran.made, ran.checked) == (False, {}, {})
    assert ran.failure["shop"] == "1 of 2 tables failed: lines"
    (row,) = ran.failure["tables of shop"]
    assert (row["table"], row["note"]) == ("lines", "lock timeout [55P03]")


def test_one_bad_source_does_not_stop_the_others(shop: MakesShop) -> None:
    rows = Told({"a": ServerError("no such column"), "b": replace(COPIED, prefix="b"), "c": HELD})
    site = shop(rows)
    ran = site.run("copy_data", "a", "b", "c", config={"live": True})
    assert ran.assets == {"b": {"target_data"}}
    assert ran.failure["a"] == "no such column"
    assert [asked.prefix for _, asked, _ in rows.asked] == ["a", "b", "c"], "one after the other, each once"
    (failed,) = [each for each in ran.result.all_events if each.is_step_failure]
    assert "2 of 3 sources failed: a, c" in str(failed.step_failure_data.error)


def test_a_partition_that_is_no_source_is_named(shop: MakesShop) -> None:
    ran = shop(Told({"shop": COPIED})).run("copy_data", "retired")
    assert not ran.success
    assert "retired" in str(ran.failure["retired"])


def test_a_faulty_argument_is_told_as_it_is(shop: MakesShop) -> None:
    ran = shop(Told({"shop": BadConfig("tables: no table matches x*")})).run("copy_data", "shop")
    assert ran.failure == {"shop": "tables: no table matches x*"}


def test_a_crash_is_told_by_its_kind_and_place(shop: MakesShop) -> None:
    def crash(_: Stop) -> None:
        raise RuntimeError(SECRET)

    site = shop(Told({"shop": COPIED}, meanwhile=crash))
    ran = site.run("copy_data", "shop", config={"live": True})
    assert str(ran.failure["shop"]).startswith("RuntimeError at test_copying.py:")
    assert SECRET not in _all(site.instance, ran.result.run_id)


@pytest.mark.parametrize("outcome", [COPIED, REJECTED, CHECKED, HELD, FAULTY, FAILED])
def test_no_value_of_a_row_is_in_any_event(shop: MakesShop, outcome: CopyOutcome) -> None:
    site = shop(Told({"shop": outcome}))
    ran = site.run("copy_data", "shop", config={"live": outcome.live})
    assert SECRET not in _all(site.instance, ran.result.run_id)


def _all(instance: dg.DagsterInstance, run_id: str) -> str:
    return "\n".join(serialize_value(each) for each in instance.all_logs(run_id))


# --- the check --------------------------------------------------------------------------------------------------------


def test_a_copy_proves_that_rows_match(shop: MakesShop) -> None:
    ran = shop(Told({"shop": COPIED})).run("copy_data", "shop", config={"live": True})
    assert ran.passed("shop") == {"rows_match": True}
    assert "in the transaction that brought them" in ran.verdict("shop", "rows_match")["compared"]


def test_rows_that_the_target_refused_do_not_match(shop: MakesShop) -> None:
    ran = shop(Told({"shop": REJECTED})).run("copy_data", "shop", config={"live": True})
    assert ran.passed("shop") == {"rows_match": False}
    told = ran.verdict("shop", "rows_match")
    assert told["differences"] == [{"difference": "lines: dw.lines refused 7 rows"}]
    assert told["next command"] == "dw-migration data rejects --prefix shop"


def test_alone_it_looks_at_both_sides_and_copies_nothing(shop: MakesShop) -> None:
    equal = replace(COPIED, status="equal", tables=(replace(ORDERS, status="equal"),))
    apart = replace(equal, status="different", tables=(replace(ORDERS, status="different", faults=(SECRET,)),))
    rows = Told({"a": equal, "b": apart, "c": ServerError("gone")})
    site = shop(rows)
    ran = site.run_checks("a", "b", "c", of=["target_data"])
    assert [command for command, *_ in rows.asked] == ["verify"] * 3
    assert (ran.made, ran.observed) == ({}, {})
    assert {source: ran.passed(source) for source in "abc"} == {
        "a": {"rows_match": True},
        "b": {"rows_match": False},
        "c": {},
    }
    assert ran.verdict("b", "rows_match")["differences"] == [{"difference": "orders: its rows differ in dw.orders"}]
    assert set(ran.failure) == {"c"}
    assert SECRET not in _all(site.instance, ran.result.run_id)


# --- log, tags, and the end -------------------------------------------------------------------------------------------


def test_the_log_has_the_progress_and_a_line_a_source(shop: MakesShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dw_migration.orchestration.rows.copying.Progress", partial(Progress, every=0.0))
    underway = (Underway("orders", 450, 30_000, 900, 1.0),)
    assert _lines(shop, Told({"shop": COPIED}, underway), live=True) == [
        "shop: 450 rows, 0 tables done: orders 50 % of about 900 rows, 450 a second, about 1 s left",
        "shop: copied: 900 rows of 1 table in 2.0 s",
    ]


def test_findings_and_refused_rows_are_warnings(shop: MakesShop) -> None:
    assert _lines(shop, Told({"shop": REJECTED}), live=True) == [
        "shop: rejected: 993 rows of 2 tables in 2.0 s, 7 refused; dw-migration data rejects --prefix shop"
    ]
    assert _lines(shop, Told({"shop": CHECKED}), live=False) == [
        "shop: checked, nothing was written: 1,003 rows of 2 tables in 0.2 s, 2 findings"
    ]


def _lines(shop: MakesShop, rows: Told, *, live: bool) -> list[str]:
    site = shop(rows)
    entries = site.instance.all_logs(site.run("copy_data", "shop", config={"live": live}).result.run_id)
    return [each.user_message for each in entries if not each.is_dagster_event]


def test_runs_can_be_searched_by_what_became_of_them(shop: MakesShop) -> None:
    site = shop(Told({"a": HELD, "b": COPIED}))
    one = site.run("copy_data", "b", config={"live": True})
    both = site.run("copy_data", "b", "a")
    assert _tags(site.instance, one.result.run_id) == {
        "sources": "1", "held": "0", "failed": "0", "source": "b", "live": "true",
    }  # fmt: skip
    assert _tags(site.instance, both.result.run_id) == {"sources": "2", "held": "1", "failed": "1", "live": "false"}


def _tags(instance: dg.DagsterInstance, run_id: str) -> dict[str, str]:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    prefix = "dw_migration/"
    return {key.removeprefix(prefix): text for key, text in run.tags.items() if key.startswith(prefix)}


def test_whoever_stops_a_run_stops_the_copy(shop: MakesShop) -> None:
    """As "Terminate" does: the run's process gets a signal while rows are on their way."""
    asked = []

    def stopped(stop: Stop) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        asked.append(stop.asked.wait(60))

    site = shop(Told({"shop": COPIED, "waiting": COPIED}, meanwhile=stopped))
    ran = site.run("copy_data", "shop", "waiting", config={"live": True})
    assert not ran.success
    assert ran.made == {}
    for thread in threads():
        thread.join()
    assert asked == [True], "the second source did not begin"
