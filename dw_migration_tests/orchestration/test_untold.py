"""What Dagster keeps of runs: neither passwords nor values of rows, whether they succeed or fail."""

import logging
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dagster as dg
import pytest

from dw_migration.config import load_config
from dw_migration.demo.serving import CODE_SERVER, DAEMON, WEB_SERVER
from dw_migration.live.connections import connect_target
from dw_migration.live.embedded import Server
from dw_migration.live.locks import lock
from dw_migration_tests.orchestration.conftest import Site
from dw_migration_tests.orchestration.processes import Deployment, deployed
from dw_migration_tests.outside import Shop, dumped, opened_shop
from dw_migration_tests.test_secrets import CARD, CORE, SECRET, children, private, read_of, set_passwords


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """Source and target are reached as roles with the secret for their password."""
    with opened_shop(server, tmp_path, "untold_shop") as made:
        set_passwords(made)
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where an instance keeps all that it is told, in files."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    return folder


def wrong(shop: Shop) -> Iterator[dict[str, Any]]:
    """Sections of the config with which nothing works, each with the secret in it."""
    reader, writer = shop.roles
    yield {"sources": {"shop": {"url": shop.server.url(shop.name, user=reader), "password": f"{SECRET}!"}}}
    yield {"target": {"url": shop.target.replace("postgres@", f"nobody:{quote(SECRET, safe='')}@")}}
    yield {"target": {"url": shop.server.url("no_such", user=writer), "password": SECRET}}
    yield {"sources": {"shop": {"url": f"postgresql://u:{SECRET}@/x"}}}
    yield {"sources": {"shop": {"url": f"postgresql://u:{CORE}%zz@/x"}}}


def kept(home: Path, *words: str) -> list[str]:
    """Files of the instance that hold one of the words."""
    files = [path for path in home.rglob("*") if path.is_file()]
    assert len(files) > 3
    return [path.name for path in files if any(word.encode() in path.read_bytes() for word in words)]


def test_no_password_is_kept(
    shop: Shop, home: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        site = Site(private(shop), instance)
        assert site.run("sync", "shop").success
        shop.on(shop.source, "ALTER TABLE orders DROP note")
        assert site.run("plan", "shop").success
        assert site.run_checks("shop").success
        assert site.run("rollback", "shop", config={"to": "base", "allow_breaking": True}).success
        for sections in wrong(shop):
            private(shop, **sections)
            assert not site.run("sync", "shop").success
        assert not site.run_checks("shop").success
        assert not site.run("approve", "shop", config={"sha256": "0" * 64, "by": "ana"}).success
    secrets = (CORE, quote(SECRET, safe=""))
    assert kept(home, *secrets) == []
    out, err = capfd.readouterr()
    assert [text for text in (out, err, caplog.text) for secret in secrets if secret in text] == []
    assert kept(home, "untold_shop"), "it is kept as plain text, else this would prove nothing"


def test_no_value_of_a_row_is_kept(shop: Shop, home: Path, caplog: pytest.LogCaptureFixture) -> None:
    """PostgreSQL's own error quotes the row that is in the way."""
    caplog.set_level(logging.DEBUG)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        site = Site(shop.config(policy={"breaking": "allow"}), instance)
        assert site.run("sync", "shop").success
        shop.on(shop.target, f"INSERT INTO {shop.schema}.orders (id, note) VALUES (1, '{CARD}'), (2, '{CARD}')")
        for change in (
            "ADD CONSTRAINT c CHECK (length(note) < 3)",
            "DROP CONSTRAINT c, ADD CONSTRAINT d UNIQUE (note)",
        ):
            shop.on(shop.source, f"ALTER TABLE orders {change}")
            ran = site.run("sync", "shop")
            assert not ran.success
            assert "ALTER TABLE" in str(ran.failure) or "UNIQUE" in str(ran.failure), ran.failure
            site.run("rollback", "shop", config={"to": "-1"})  # the constraint is there, NOT VALID
    assert kept(home, CARD) == []
    assert CARD not in caplog.text


def test_no_password_is_kept_or_shown_where_it_is_deployed(shop: Shop, server: Server, tmp_path: Path) -> None:
    """In Dagster's database, in logs and files, and in the arguments and environments of all processes."""
    report = {"policy": {"on_drift": "report"}, "schedule": None}
    config = private(shop, **report)
    with deployed(server, config, tmp_path / "deployed", running=["new_sources", "source_drift"]) as dagster:
        ui = dagster.ui
        ui.until(lambda: ui.partitions() == ["shop"])
        with (
            connect_target(load_config(config).target, application_name="dw/other") as session,
            lock(session, "shop"),
        ):
            run = ui.launched("sync", {"dagster/partition": "shop"})
            ui.until(lambda: ui.runs(ids=[run])[0].status == "STARTED")
            processes = shown(dagster)
        assert [each.status for each in ui.ended([run])] == ["SUCCESS"]
        refused, *_, unreadable = wrong(shop)
        for sections in (refused, unreadable):
            private(shop, **report | sections)
            ui.next_tick("source_drift", time.time())
        assert [each.status for each in ui.ended([ui.launched("sync", {"dagster/partition": "shop"})])] == ["FAILURE"]
        storage = [dumped(server, dagster.storage_name).encode(), *snapshots(shop, dagster)]
        logs = kept(dagster.home, CORE, quote(SECRET, safe=""))
    assert [name for name, text in processes.items() if CORE.encode() in text] == []
    assert len(processes) > 3, "the run's own is among them"
    assert not any(secret.encode() in text for text in storage for secret in (CORE, quote(SECRET, safe="")))
    assert logs == []
    assert any(b"untold_shop" in text for text in storage), "it is kept as plain text, else this would prove nothing"


def shown(dagster: Deployment) -> dict[str, bytes]:
    """By its number, what others can read of each process of the deployment; of a run that is under way too."""
    own = [str(dagster.processes.pid(name)) for name in (CODE_SERVER, WEB_SERVER, DAEMON)]
    below = [each for pid in own for each in children(int(pid))]
    found = {pid: read_of(pid, "cmdline") + read_of(pid, "environ") for pid in (*own, *below)}
    return {pid: text for pid, text in found.items() if text}


def snapshots(shop: Shop, dagster: Deployment) -> list[bytes]:
    """What stands compressed in Dagster's database: the definitions of the jobs that were run."""
    rows = shop.on(dagster.storage, "SELECT snapshot_body FROM snapshots")
    assert rows
    return [zlib.decompress(body) for (body,) in rows]
