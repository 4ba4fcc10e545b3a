"""What the watch notes of a source is kept as it was found, and never over what came in meanwhile."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from dw_migration.live.ledger import Ledger
from dw_migration.live.standings import Look, Standing, looked, note_looks, recovered, standings
from dw_migration_tests.conftest import MakesDatabase


@pytest.fixture
def ledger(database: MakesDatabase, connect: Callable[[str], psycopg.Connection[Any]]) -> Ledger:
    made = Ledger(connect(database()))
    made.ensure()
    made.register("shop", {}, {"dw__shop__public": "public"})
    return made


def noted(ledger: Ledger, *looks: Look, began: datetime | None = None) -> Standing:
    note_looks(ledger, looks, began=began)
    return standings(ledger, ["shop"])["shop"]


def test_a_source_is_noted_before_it_is_registered(ledger: Ledger) -> None:
    since = note_looks(ledger, [Look("b", "absent", fingerprint="f"), Look("a", "unreachable", answered=False)])
    found = standings(ledger, ["a", "b", "nobody"])
    assert {name: each.verdict for name, each in found.items()} == {"a": "unreachable", "b": "absent", "nobody": None}
    assert found["b"].since == since["b"]
    assert set(looked(ledger)) == {"b"}


def test_a_verdict_keeps_its_time_until_it_changes(ledger: Ledger) -> None:
    first = noted(ledger, Look("shop", "drifted", fingerprint="f"))
    second = noted(ledger, Look("shop", "drifted", fingerprint="g"))
    busy = noted(ledger, Look("shop", None))
    third = noted(ledger, Look("shop", "in_sync", fingerprint="h"))
    assert first.since == second.since == busy.since
    assert (busy.verdict, busy.judged_fingerprint) == ("drifted", "g")
    assert third.since is not None
    assert first.since is not None
    assert third.since > first.since


def test_a_note_does_not_go_over_what_came_in_meanwhile(ledger: Ledger) -> None:
    began = standings(ledger, ["shop"])["shop"].at
    ledger.record_fingerprints("shop", "s", "t")
    assert noted(ledger, Look("shop", "drifted", fingerprint="old"), began=began).verdict == "in_sync"
    assert noted(ledger, Look("shop", "drifted", fingerprint="new")).verdict == "drifted"


def test_a_look_that_could_say_nothing_keeps_no_verdict_out(ledger: Ledger) -> None:
    began = standings(ledger, ["shop"])["shop"].at
    noted(ledger, Look("shop", None), began=began)
    assert noted(ledger, Look("shop", "drifted", fingerprint="f", judged=True), began=began).verdict == "drifted"


def test_errors_are_kept_on_one_line(ledger: Ledger) -> None:
    found = noted(ledger, Look("shop", "failed", error="one\ntwo\x1b\0" + "x" * 5_000))
    assert found.error is not None
    assert found.error.startswith("one; two\\x1b\\x00xxx")
    assert len(found.error) == 2_000


def test_who_is_in_sync_after_a_run_is_back_and_nobody_is_told(ledger: Ledger) -> None:
    noted(ledger, Look("shop", "unreachable", answered=False))
    noted(ledger, Look("shop", "in_sync", fingerprint="f"))
    assert [each.source for each in recovered(ledger, timedelta(days=1))] == ["shop"]
    ledger.record_fingerprints("shop", "s", "t", by_watch=True)
    assert [each.source for each in recovered(ledger, timedelta(days=1))] == ["shop"]
    ledger.record_fingerprints("shop", target_fingerprint="t")
    assert [each.source for each in recovered(ledger, timedelta(days=1))] == ["shop"]
    ledger.record_fingerprints("shop", "s", "t")
    assert recovered(ledger, timedelta(days=1)) == ()
