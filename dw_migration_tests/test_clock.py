"""A clock that jumps by a day in the midst of a run changes nothing: order goes by numbers, and locks are sessions'.

Where a moment counts, both that are compared are the target's: policy.retire_for, and what stands in the ledger.
"""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.errors import Locked
from dw_migration.live import batches
from dw_migration.live.connections import connect_target
from dw_migration.live.embedded import Server
from dw_migration.live.ledger import Ledger
from dw_migration.live.locks import lock
from dw_migration_tests.outside import Shop, opened_shop

Jump = Callable[[int], None]
Known = tuple[Config, Source]


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    with opened_shop(server, tmp_path, "clock_shop") as made:
        yield made


@pytest.fixture
def known(shop: Shop) -> Known:
    """What is dropped is put aside for 12 hours: less than the clock jumps by."""
    config = load_config(shop.config(policy={"drops": "retire", "retire_for": "12h"}))
    return config, config.sources["shop"]


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Jump:
    """Sets this process's clock so many days off, wherever the product reads it; the monotonic one goes on."""
    off, real = [0], time.time

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(real() + 86400 * off[0], tz)

    for name, module in list(sys.modules.items()):
        if name.startswith("dw_migration.") and getattr(module, "datetime", None) is datetime:
            monkeypatch.setattr(module, "datetime", Shifted)
    monkeypatch.setattr(time, "time", lambda: real() + 86400 * off[0])

    def set_off(days: int) -> None:
        off[0] = days

    return set_off


def in_their_midst(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Before each statement of a revision this happens."""
    real = batches.execute

    def execute(*given: Any) -> None:
        act()
        real(*given)

    monkeypatch.setattr(batches, "execute", execute)


def history(shop: Shop) -> list[tuple[str, str | None]]:
    """What happened, in order; the chain of hashes is whole."""
    with connect_target(load_config(shop.folder / "dw_migration.yaml").target, application_name="tests") as target:
        ledger = Ledger(target)
        ledger.check_history("shop")
        return [(each.what, each.revision) for each in ledger.history("shop")]


@pytest.mark.parametrize("days", [1, -1])
def test_what_happened_is_told_in_its_order(
    shop: Shop, known: Known, jump: Jump, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """Each run sees another day than the one before, and each statement another than the run: up, down and up again."""
    made, at = [], [0]

    def onwards() -> None:
        at[0] += days
        jump(at[0])

    in_their_midst(monkeypatch, onwards)
    for column in ("one", "two", "three"):
        shop.on(shop.source, f"ALTER TABLE orders ADD {column} int")
        outcome = migrate.sync(*known)
        assert outcome.status == "in_sync"
        made.append(outcome.revision)
        onwards()
    before = history(shop)
    assert [revision for what, revision in before if what == "applied"] == made
    assert migrate.rollback(*known, "-2", allow_breaking=True).status == "rolled_back"
    assert migrate.apply(*known).applied == tuple(made[1:])
    done = [*before, *(("rolled back", each) for each in made[:0:-1]), *(("applied", each) for each in made[1:])]
    assert history(shop) == done
    assert migrate.verify(*known).status == "in_sync"


@pytest.mark.parametrize("days", [1, -1])
def test_a_locks_holder_is_judged_by_its_session(known: Known, jump: Jump, days: int) -> None:
    """However old it looks, nobody takes it from him; and once he is gone it is free, however young it looks."""
    migrate.sync(*known)
    with connect_target(known[0].target, application_name="dw/holder") as holder, lock(holder, "shop"):
        jump(days)
        with pytest.raises(Locked, match=r"another run works on it: pid \d+ \(dw/holder\)"):
            migrate.sync(*known)
    assert migrate.sync(*known).status == "in_sync"


@pytest.mark.parametrize("days", [1, -1])
def test_what_is_retired_stays_for_its_time(shop: Shop, known: Known, jump: Jump, days: int) -> None:
    """By the target's clock: what was put aside a moment ago is not purged, and what was a day ago is."""
    migrate.sync(*known)
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    migrate.sync(*known)
    jump(days)
    assert "nothing was retired long enough" in (migrate.purge(*known).message or "")
    assert not migrate.sync(*known, unasked=True).warnings
    shop.on(shop.target, "UPDATE dw_migration.retired SET at = at - interval '1 day'")
    assert "gone for good: column" in (migrate.purge(*known).message or "")


@pytest.mark.parametrize("days", [1, -1])
def test_consent_holds_for_its_statements_at_any_time(shop: Shop, known: Known, jump: Jump, days: int) -> None:
    shop.on(shop.source, "CREATE VIEW v AS SELECT id FROM orders")
    migrate.sync(*known)
    shop.on(shop.source, "DROP VIEW v")
    held = migrate.sync(*known)
    assert (held.status, held.revision is None) == ("held", False)
    migrate.approve(*known, str(held.revision), by="ann")
    jump(days)
    assert migrate.sync(*known).applied == (held.revision,)


def test_the_clock_is_read_where_this_test_shifts_it(jump: Jump) -> None:
    jump(1)
    shifted = sys.modules["dw_migration.migrate.planned"].datetime.now(UTC)
    assert shifted - datetime.now(UTC) > timedelta(hours=23)
