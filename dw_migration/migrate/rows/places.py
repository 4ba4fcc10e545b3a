"""Places of the config by name: sources, the target, and further `databases:`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from dw_migration.config import Config, Connection, Source
from dw_migration.errors import BadConfig
from dw_migration.live.connections import Session, connect_source, translated
from dw_migration.live.rows.side import Side
from dw_migration.live.selection import nearest
from dw_migration.live.source import opened_source
from dw_migration.migrate.many import source_named

TARGET = "target"
_LIMIT = timedelta(minutes=5)
"""For one statement, which may look at every row of a table."""


def place_of(config: Config, name: str) -> Connection:
    """The place of this name: a source, one of `databases:`, `target`; or as errors tell it, `sources.shop`.

    Raises: BadConfig for a name that none has, with the nearest, or more than one; NoConnection for a server that has
    to be asked which databases it has.
    """
    section, _, rest = name.partition(".")
    if section == "databases" and rest in config.databases:
        return config.databases[rest]
    if section == "sources" and rest:
        return source_named(config, rest)
    if name == TARGET:
        return config.target
    is_source = any(name == each or name.startswith(f"{each}.") for each in config.sources)
    if name in config.databases and is_source:
        raise BadConfig(f"{name!r} is a source and one of databases: write sources.{name} or databases.{name}")
    if name in config.databases:
        return config.databases[name]
    if is_source:
        return source_named(config, name)
    known = (TARGET, *config.sources, *config.databases)
    raise BadConfig(f"no source, no entry of databases, and not target: {name!r}{nearest(name, known)}")


@contextmanager
def opened_pair(
    config: Config, old: Connection, new: Connection, *, application_name: str
) -> Iterator[tuple[Side, Side]]:
    """Read-only sessions on the old database and the new one, for the block. Raises: as `opened`."""
    with (
        opened(config, old, application_name=application_name) as source,
        opened(config, new, application_name=application_name) as target,
    ):
        yield Side(source, old.where), Side(target, new.where)


@contextmanager
def opened(config: Config, place: Connection, *, application_name: str) -> Iterator[Session]:
    """A read-only session on the place for the block, with errors made ours.

    Raises: NoConnection, NotAllowed, BadConfig for what connecting finds wrong with the config.
    """
    if isinstance(place, Source):
        with opened_source(config, place, application_name=application_name, limit=_LIMIT) as session:
            yield session
        return
    strict = config.policy.strict_tls
    opening = connect_source(place, application_name=application_name, statement_timeout=_LIMIT, strict_tls=strict)
    with opening as session, translated(place.where, session):
        yield session
