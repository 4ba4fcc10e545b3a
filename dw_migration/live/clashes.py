"""Two sources, one target schema: seen from the config and both sources, before any DDL."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import psycopg

from dw_migration.config import Config, Source
from dw_migration.errors import BadNames, DwMigrationError
from dw_migration.live.connections import connect_source, database_of, find_sources, translated
from dw_migration.live.ledger import Ledger
from dw_migration.live.reader import schemas_of
from dw_migration.live.selection import chosen_schemas, naming_rules
from dw_migration.naming import Names, source_path

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Home:
    """The target schemas that one source would use."""

    source: str
    database: str
    schemas: Mapping[str, str]
    """Target schema to source schema."""


def schema_clashes(config: Config, homes: Iterable[Home]) -> dict[str, tuple[str, ...]]:
    """By source, one message for each target schema that another one would use too, with what settles it."""
    takers: dict[str, list[Home]] = {}
    order = list(config.sources)
    for home in sorted(homes, key=lambda each: (order.index(_entry(config, each.source)), each.source)):
        for schema in home.schemas:
            takers.setdefault(schema, []).append(home)
    found: dict[str, list[str]] = {}
    for schema, those in sorted(takers.items()):
        for one in those if len(those) > 1 else ():
            found.setdefault(one.source, []).append(_message(config, schema, those))
    return {source: tuple(messages) for source, messages in found.items()}


def check_no_clash(config: Config, home: Home, target: Connection) -> None:
    """Nothing, if no other source of the config would use a target schema of this one, as long as it is not ours yet.

    Other sources are asked for their schemas only where their database's name, or their naming, makes it possible; one
    that cannot be asked is passed over: the ledger's registry is the last word. Raises: BadNames.
    """
    ledger = Ledger(target)
    if ledger.exists() and home.schemas.keys() <= ledger.schemas(home.source).keys():
        return
    faults = schema_clashes(config, [home, *_rivals(config, home)]).get(home.source)
    if faults:
        raise BadNames(faults)


def _message(config: Config, schema: str, those: list[Home]) -> str:
    takers = " and ".join(f"{each.source} ({source_path(each.database, each.schemas[schema])})" for each in those)
    entry = _entry(config, those[-1].source)
    return (
        f"the target schema {schema} would be that of {takers}: give one of them names of its own: "
        f'sources.{entry}.naming: {{schema: "dw__{{source}}__{{schema}}"}}'
    )


def _entry(config: Config, source: str) -> str:
    """The config's entry of a source; a found database's is that of its pattern."""
    if source in config.sources:
        return source
    return next(name for name, each in config.sources.items() if each.is_pattern and source.startswith(f"{name}."))


# --- who else ---------------------------------------------------------------------------------------------------------


def _rivals(config: Config, home: Home) -> Iterator[Home]:
    mine = _frame(config, config.sources[_entry(config, home.source)], home.source, home.database)
    for entry in config.sources.values():
        for other in _databases(config, entry, home):
            database = _database(other)
            if other.name != home.source and database and _frame(config, other, other.name, database) == mine:
                yield from _home_of(config, other, database)


def _frame(config: Config, source: Source, name: str, database: str) -> str:
    """The name of its target schemas without the part that comes from the schema."""
    rules = naming_rules(config.naming_of(source))
    return rules.schema.format(source=rules.cased(name), database=rules.cased(database), schema="\0")


def _databases(config: Config, entry: Source, home: Home) -> Iterator[Source]:
    """The entry's sources, as far as one of them can be a rival."""
    if not entry.is_pattern:
        yield entry
    elif any(fnmatchcase(home.database.lower(), glob.lower()) for glob in entry.databases):
        try:
            yield from find_sources(entry, application_name=_NAME, strict_tls=config.policy.strict_tls)
        except DwMigrationError:
            return


def _database(source: Source) -> str | None:
    try:
        return database_of(source)
    except DwMigrationError:  # its own trouble, told when its turn comes
        return None


def _home_of(config: Config, source: Source, database: str) -> Iterator[Home]:
    try:
        session = connect_source(source, application_name=_NAME, strict_tls=config.policy.strict_tls)
        with session, translated(source.where, session):
            chosen = chosen_schemas(source, schemas_of(session))
    except DwMigrationError:
        return
    names = Names(naming_rules(config.naming_of(source)), source=source.name, database=database)
    yield Home(source.name, database, {names.schema(each): each for each in chosen})


_NAME = "dw/clashes"
