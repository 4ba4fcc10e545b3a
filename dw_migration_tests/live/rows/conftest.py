"""What the tests of copying stand on."""

from collections.abc import Iterator

import pytest

from dw_migration.live.embedded import Server
from dw_migration_tests.conftest import MakesDatabase
from dw_migration_tests.live.rows.ground import Ground


@pytest.fixture
def ground(database: MakesDatabase) -> Iterator[Ground]:
    """Two databases of the newest server."""
    made = Ground.over(database(), database())
    yield made
    made.close()


@pytest.fixture(params=["newest", "older"])
def from_any(request: pytest.FixtureRequest, database: MakesDatabase) -> Iterator[Ground]:
    """A database of each version in turn, and one of the newest to copy to."""
    source: Server = request.getfixturevalue("server" if request.param == "newest" else "older_server")
    made = Ground.over(database(server=source), database())
    yield made
    made.close()
