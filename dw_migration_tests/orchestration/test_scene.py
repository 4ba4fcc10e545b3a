"""What sensors and the schedule have before them, also where somebody does not answer."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from dw_migration.config import Source
from dw_migration.live.connections import find_sources
from dw_migration.migrate import many
from dw_migration_tests.migrate.test_watch import LETS_US_IN, Listener
from dw_migration_tests.orchestration.ticks import Project


def test_a_pattern_whose_server_hangs_takes_its_share_of_a_tick_and_is_told(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[timedelta | None] = []

    def noted(source: Source, *, limit: timedelta | None = None, **settings: Any) -> tuple[Source, ...]:
        limits.append(limit)
        return find_sources(source, limit=limit, **settings)

    monkeypatch.setattr(many, "find_sources", noted)
    monkeypatch.setenv("DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS", "3")
    hangs = Listener(LETS_US_IN)
    try:
        config = tmp_path / "dw_migration.yaml"
        pattern = {"server": hangs.place["url"].replace("/d?", "?"), "databases": "tenant_*"}
        config.write_text(yaml.safe_dump({"target": {"host": "h"}, "sources": {"tenants": pattern}}))
        tick = Project(config, instance).tick("new_sources")
    finally:
        hangs.close()
    assert limits == [timedelta(seconds=0.5)]
    assert tick.skip_message == "0 sources: 1 patterns whose server does not answer: tenants"
