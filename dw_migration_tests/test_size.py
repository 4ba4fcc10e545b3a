"""Many objects: memory and queries grow no faster than they do, from an empty target to one that is in step."""

import json
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest

from dw_migration.config import load_config
from dw_migration.live.source import read_source
from dw_migration.migrate import story
from dw_migration_tests.conftest import MakesDatabase

MAIN = "import sys; from dw_migration_tests.test_size import synced; synced(sys.argv[1])"
GIB = 2**30
TABLES = """
    do $$ begin
        for i in {first}..{last} loop
            execute format('create table t%1$s (id bigint primary key, of_t bigint, note text default ''x'')', i);
            execute format('create index on t%1$s (note)', i);
            if i > 1 then
                execute format('alter table t%1$s add foreign key (of_t) references t%2$s', i, i - 1);
            end if;
            if i % 4 = 0 then
                execute format('create view v%1$s as select id, note from t%1$s', i);
            end if;
        end loop;
    end $$
"""
A_TIME = 200
"""Tables made in one transaction: a server's lock table is no larger."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What the process of one sync took."""

    objects: int
    reading: int
    """Queries that read the source."""
    queries: int
    """All of a sync."""
    before: int
    """Bytes of memory at the most, when a source of one table had been synced."""
    peak: int
    """Bytes of memory at the most, in the end."""

    @property
    def grown(self) -> int:
        """Bytes."""
        return self.peak - self.before


def synced(path: str) -> None:
    """Sync `tiny` and then `large`, count what is asked of the servers, and print the cost as JSON."""
    config, asked = load_config(Path(path)), 0
    execute = psycopg.Cursor.execute

    def counted(*args: Any, **options: Any) -> Any:
        nonlocal asked
        asked += 1
        return execute(*args, **options)

    story.sync(config, config.sources["tiny"])
    before = _peak()
    with patch.object(psycopg.Cursor, "execute", counted):
        outcome = story.sync(config, config.sources["large"])
        queries, asked = asked, 0
        catalog = read_source(config, config.sources["large"], application_name="dw/tests").catalog
    if outcome.status != "in_sync" or not outcome.verified:
        raise SystemExit(f"{outcome.status}: {outcome.error}")
    sys.stdout.write(json.dumps([len(catalog), asked, queries, before, _peak()]))


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def cost(folder: Path, database: MakesDatabase, tables: int) -> Cost:
    """Of a source with so many tables, and what they have."""
    sources = {"tiny": database(), "large": database()}
    for name, count in (("tiny", 1), ("large", tables)):
        with psycopg.connect(sources[name], autocommit=True) as connection:
            for first in range(1, count + 1, A_TIME):
                connection.execute(TABLES.format(first=first, last=min(first + A_TIME - 1, count)))
    path = folder / f"{tables}.yaml"
    settings = {
        "target": {"url": database()},
        "sources": {name: {"url": url} for name, url in sources.items()},
        "workspace": str(folder / str(tables)),
    }
    path.write_text(json.dumps(settings))
    command = [sys.executable, "-c", MAIN, str(path)]
    home = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=home, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return Cost(*json.loads(done.stdout.splitlines()[-1]))


def assert_grows_no_faster_than_objects(small: Cost, large: Cost) -> None:
    """Where there are so many times more objects, there are no more times more queries and bytes."""
    times = large.objects / small.objects
    assert large.reading == small.reading
    assert large.queries <= small.queries * times
    # Memory comes in steps, of which the smaller one has few.
    assert large.grown <= small.grown * times * 1.25


def test_memory_and_queries_grow_no_faster_than_the_objects(tmp_path: Path, database: MakesDatabase) -> None:
    small, large = (cost(tmp_path, database, tables) for tables in (50, 200))
    assert_grows_no_faster_than_objects(small, large)


@pytest.mark.soak
def test_twenty_thousand_objects_are_read_planned_and_applied_in_less_than_a_gib(
    tmp_path: Path, database: MakesDatabase
) -> None:
    small, large = (cost(tmp_path, database, tables) for tables in (500, 3000))
    assert large.objects >= 20_000
    assert large.peak < GIB
    assert_grows_no_faster_than_objects(small, large)
