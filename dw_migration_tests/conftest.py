"""Throwaway servers and databases: nothing here mocks PostgreSQL."""

import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from psycopg import sql

from dw_migration.live.embedded import Binaries, Server, found_binaries, newest

FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
OLDEST_SUPPORTED = 13  # DROP DATABASE ... WITH (FORCE)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--accept` writes the plans of the cases into their files: the diff is the review."""
    parser.addoption("--accept", action="store_true", help="write each case's plan into its file")
    parser.addoption("--cases", type=int, default=20, help="how many cases each pair of major versions lives through")
    parser.addoption("--minutes", type=int, default=60, help="how long the random walks of the soak tests go on")
    parser.addoption(
        "--first-seed", type=int, default=1000, help="the first seed of the random walks of the soak tests"
    )
    parser.addoption("--screenshots", action="store_true", help="write the pictures of Dagster into docs/")
    parser.addoption(
        "--part",
        metavar="N/M",
        default="1/1",
        help="every m-th module, and of modules with hundreds of tests every m-th test",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`--part=1/2` and `--part=2/2`, on two machines or with two Pythons, are all tests."""
    at, of = map(int, config.getoption("part").split("/"))
    many = [each for each in items if each.path.name in {"test_cases.py", "test_hostile.py"}]
    modules = sorted({each.path for each in items} - {each.path for each in many})
    mine = {*modules[at - 1 :: of], *many[at - 1 :: of]}
    kept = [each for each in items if each in mine or each.path in mine]
    config.hook.pytest_deselected(items=[each for each in items if each not in kept])
    items[:] = kept


class MakesDatabase(Protocol):
    """What the fixture `database` gives: a fresh database's URL."""

    def __call__(self, name: str | None = None, server: Server | None = None) -> str:
        """Make it from template0, under a unique name if none is given; on the newest server if none is given."""


class MakesRole(Protocol):
    """What the fixture `role` gives: the name of a fresh role, for `Server.url(user=...)`."""

    def __call__(self, attributes: str = "LOGIN", server: Server | None = None) -> str:
        """Make it with a password that the server's passfile knows."""


@contextmanager
def running(binaries: Binaries) -> Iterator[Server]:
    """A server that lives as long as the block; also for tests that need one for themselves."""
    with tempfile.TemporaryDirectory(prefix="dw-tests-") as folder:
        server = Server(Path(folder) / "server", binaries, settings=FAST)
        try:
            server.start()
            yield server
        finally:
            server.remove()


def older_binaries() -> Binaries | None:
    """The oldest major version that is installed beside the newest."""
    found = found_binaries()
    older = [one for one in found if OLDEST_SUPPORTED <= one.version[0] < newest(found).version[0]]
    return min(older, key=lambda one: one.version, default=None)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The newest version there is; one server a worker, for all of its tests."""
    with running(newest(found_binaries())) as started:
        yield started


@pytest.fixture(scope="session")
def older_server() -> Iterator[Server]:
    """A server of an older major version, or a skip."""
    binaries = older_binaries()
    if binaries is None:
        pytest.skip(
            f"only PostgreSQL {newest(found_binaries()).version[0]} is installed: no older major version beside it"
        )
    with running(binaries) as started:
        yield started


@pytest.fixture(scope="session", params=["newest", "older"])
def any_server(request: pytest.FixtureRequest) -> Server:
    """Each version in turn."""
    chosen: Server = request.getfixturevalue("server" if request.param == "newest" else "older_server")
    return chosen


@pytest.fixture
def role(request: pytest.FixtureRequest) -> Iterator[MakesRole]:
    """Makes roles, dropped at the end of the test, after its databases."""
    made: list[tuple[Server, str]] = []

    def make(attributes: str = "LOGIN", server: Server | None = None) -> str:
        where = server or request.getfixturevalue("server")
        name, password = f"role_{secrets.token_hex(4)}", secrets.token_hex(16)
        _run(where, sql.SQL("CREATE ROLE {} PASSWORD {} " + attributes).format(sql.Identifier(name), password))
        made.append((where, name))
        where.add_password(name, password)
        return name

    yield make
    for where, name in reversed(made):
        _run(where, sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


@pytest.fixture
def database(request: pytest.FixtureRequest, role: MakesRole) -> Iterator[MakesDatabase]:  # noqa: ARG001 - ends after us
    """Makes databases, dropped at the end of the test."""
    made: list[tuple[Server, str]] = []

    def make(name: str | None = None, server: Server | None = None) -> str:
        where = server or request.getfixturevalue("server")
        chosen = name or f"test_{secrets.token_hex(4)}"
        _run(where, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(chosen)))
        made.append((where, chosen))
        return str(where.url(chosen))

    yield make
    for where, name in reversed(made):
        _run(where, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def connect() -> Iterator[Callable[[str], psycopg.Connection]]:
    """Opens autocommit connections, closed at the end of the test."""
    opened: list[psycopg.Connection] = []

    def open_one(url: str) -> psycopg.Connection:
        opened.append(psycopg.connect(url, autocommit=True))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


def _run(server: Server, statement: sql.Composed) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(statement)
