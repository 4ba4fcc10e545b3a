"""The semantic version of a source's schema is told by SQL and Python, now and at any time before."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import current_version, migrate, record_version
from dw_migration.config import load_config
from dw_migration.errors import BadConfig
from dw_migration.live.embedded import Server
from dw_migration_tests.outside import Shop, opened_shop


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source and an empty target."""
    with opened_shop(server, tmp_path, "version_shop") as made:
        yield made


@pytest.fixture
def target(shop: Shop) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(shop.target, autocommit=True) as connection:
        yield connection


def now(target: psycopg.Connection[Any]) -> datetime:
    found: datetime = target.execute("SELECT clock_timestamp()").fetchone()[0]  # type: ignore[index]
    return found


def test_versions_are_told_now_and_then(shop: Shop, target: psycopg.Connection[Any]) -> None:
    """The first is 1.0.0, before it 0.0.0; structural is minor, breaking major; a rollback adds a row."""
    config = load_config(shop.config(policy={"breaking": "allow"}))
    known, told = (config, config.sources["shop"]), [(now(target), current_version(target, "shop"))]
    steps = (
        lambda: migrate.sync(*known),
        lambda: (shop.on(shop.source, "ALTER TABLE orders ADD a int"), migrate.sync(*known)),
        lambda: (shop.on(shop.source, "ALTER TABLE orders DROP note"), migrate.sync(*known)),
        lambda: (shop.on(shop.source, "COMMENT ON TABLE orders IS 'o'"), migrate.sync(*known)),
        lambda: migrate.rollback(*known, "-2"),
        lambda: record_version(target, "shop", "7.1.0", "views of our own"),
        lambda: migrate.rollback(*known, "base"),
    )
    for step in steps:
        step()
        told.append((now(target), current_version(target, "shop")))
    versions = ["0.0.0", "1.0.0", "1.1.0", "2.0.0", "2.0.1", "1.1.0", "7.1.0", "0.0.0"]
    assert [version for _, version in told] == versions
    assert [current_version(target, "shop", at=at) for at, _ in told] == versions
    query = "SELECT version FROM dw_migration.schema_version WHERE source = 'shop' ORDER BY number"
    by_sql = [version for (version,) in target.execute(query).fetchall()]
    assert by_sql == ["1.0.0", "1.1.0", "2.0.0", "2.0.1", "2.0.0", "1.1.0", "7.1.0", "1.0.0", "0.0.0"]


def test_what_is_no_version_is_refused(shop: Shop, target: psycopg.Connection[Any]) -> None:
    config = load_config(shop.config())
    migrate.sync(config, config.sources["shop"])
    for version in ("1.0", "v1.0.0", "01.0.0", "1.0.0\n", ""):
        with pytest.raises(BadConfig, match=r"expected three numbers, as 2\.0\.1"):
            record_version(target, "shop", version)
    with pytest.raises(BadConfig, match="nobody is not registered"):
        record_version(target, "nobody", "1.0.0")
    with pytest.raises(BadConfig, match="has no time zone"):
        current_version(target, "shop", at=datetime(2026, 1, 1))
    assert current_version(target, "shop") == "1.0.0"
    assert current_version(target, "shop", at=datetime(2000, 1, 1, tzinfo=UTC)) == "0.0.0"
