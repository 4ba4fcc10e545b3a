"""What Dagster keeps of runs: neither passwords nor values of rows, whether they succeed or fail."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dagster as dg
import pytest

from dw_migration.live.embedded import Server
from dw_migration_tests.orchestration.conftest import Site
from dw_migration_tests.outside import Shop, opened_shop
from dw_migration_tests.test_secrets import CARD, CORE, SECRET, private, set_passwords


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
        site = Site(shop.config(), instance)
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
    assert kept(home, CARD) == []
    assert CARD not in caplog.text
