"""SQLAlchemy and Alembic over a psycopg connection that is ours and stays open."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    import sqlalchemy

Connection = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def transactional(connection: Connection) -> Iterator[None]:
    """In the block, the connection opens transactions by itself; whatever is left open is rolled back."""
    was = connection.autocommit
    connection.autocommit = False
    try:
        yield
    finally:
        if not connection.closed:
            connection.rollback()
            connection.autocommit = was


@contextmanager
def borrowed(connection: Connection) -> Iterator["sqlalchemy.Connection"]:
    """The connection as one of SQLAlchemy, in transactions; afterwards it is as it was."""
    import sqlalchemy  # noqa: PLC0415 - costs 0.2 s, and is seldom needed
    from sqlalchemy.pool import StaticPool  # noqa: PLC0415

    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://",
        creator=lambda: connection,
        poolclass=StaticPool,
        pool_reset_on_return=None,
        use_native_hstore=False,
    )
    with transactional(connection), engine.connect() as lent:
        yield lent
