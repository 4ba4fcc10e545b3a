"""What is put aside with its rows: whether there is room for it, what hides it, and when it goes for good."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg

from dw_migration.catalog import Catalog
from dw_migration.changes.retire import SCHEMA, hidden_in
from dw_migration.changes.transition import transition
from dw_migration.errors import BrokenHistory, NotOurs, ServerError
from dw_migration.kind import Address
from dw_migration.kinds.table import Table
from dw_migration.live.connections import translated
from dw_migration.live.ledger import MIGRATION_LOCK, Actor, Kept, Ledger
from dw_migration.live.reader import read_target
from dw_migration.plan import Batch
from dw_migration.revision import Revision
from dw_migration.sql import Statement, identifier, sql

Connection = psycopg.Connection[tuple[Any, ...]]

_STANDING = """
    select c.relname from pg_catalog.pg_class c
    where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = %s)
      and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
      and not exists (select from pg_catalog.pg_depend d
                      where d.classid = 1259 and d.objid = c.oid and d.refclassid = 1259 and d.deptype in ('a', 'i'))
    union all
    select t.typname from pg_catalog.pg_type t
    where t.typnamespace = (select oid from pg_catalog.pg_namespace where nspname = %s) and t.typtype in ('d', 'e', 'r')
    union all
    select p.proname from pg_catalog.pg_proc p
    where p.pronamespace = (select oid from pg_catalog.pg_namespace where nspname = %s)
"""

_NAMES = """
    select c.relname, false from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = any(%s)
    union all
    select a.attname, true from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any(%s) and a.attnum > 0 and not a.attisdropped
"""


def without_retired(catalog: Catalog, ledger: Ledger, source: str) -> Catalog:
    """The target's catalog without retired columns, and what is theirs: nobody asks for them."""
    names = {each.kept.name for each in ledger.retired(source) if each.kept.kind == "column"}
    hidden = hidden_in(catalog, names)
    return catalog.only(catalog.objects.keys() - hidden) if hidden else catalog


def columns_of_table(connection: Connection, schema: str, table: str) -> set[str]:
    """The names of its columns, hidden ones too."""
    query = (
        "select a.attname from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid"
        " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = %s and c.relname = %s and a.attnum > 0 and not a.attisdropped"
    )
    return {name for (name,) in connection.execute(query, (schema, table)).fetchall()}


def make_room(connection: Connection, revision: Revision) -> None:
    """Make `dw_retired` where the revision needs it and it is not there; the caller commits.

    Raises: NotOurs, naming what stands in it and is not in the ledger, or has the name of what comes.
    """
    coming = {each.kept.name for each in revision.retired if each.kept.schema == SCHEMA}
    if not coming:
        return
    ledger = Ledger(connection)
    kept = [*(each.kept for each in ledger.retired()), *(each.kept for each in ledger.retiring())]
    ours = {each.name for each in kept if each.schema == SCHEMA}
    with translated("target", connection):
        found = {name for (name,) in connection.execute(_STANDING, [SCHEMA] * 3).fetchall()}
    if foreign := sorted(found - ours):
        raise NotOurs(
            f"{revision.source}: the schema {SCHEMA} holds {', '.join(foreign[:5])}, which dw_migration did not put "
            f"there: move it elsewhere, then run this again; nothing was changed"
        )
    if taken := sorted(coming & found):
        raise NotOurs(
            f"{revision.source}: {SCHEMA} has {', '.join(taken[:5])} already, retired before: run dw-migration purge, "
            "or plan again; nothing was changed"
        )
    with translated("target", connection):
        connection.execute("select pg_catalog.pg_advisory_xact_lock(%s, %s)", MIGRATION_LOCK)  # two would make it
        connection.execute(sql("create schema if not exists {}", identifier(SCHEMA)).text.encode())


def gone_for_good(ledger: Ledger, revision: Revision) -> list[str]:
    """What the revision had put aside and was purged since, as `table dw__shop__public.users`."""
    if not revision.retired:
        return []
    found = (each for each in ledger.retired(revision.source) if each.revision == revision.id and each.purged)
    return [f"{each.was.kind} {each.was}" for each in found]


def make_anew(connection: Connection, revision: Revision) -> None:
    """Make what was purged anew, without rows, so that the way down finds it; the caller commits."""
    ledger = Ledger(connection)
    lacking = [
        each for each in ledger.retired(revision.source) if each.revision == revision.id and each.shell is not None
    ]
    if not lacking:
        return
    with translated("target", connection), connection.transaction():
        for text in (text for each in lacking for text in json.loads(each.shell or "[]")):
            connection.execute(text.encode(), binary=True)
        ledger.made_anew(lacking)


def check_there(connection: Connection, revision: Revision, left: Sequence[Batch]) -> None:
    """Nothing, if all is there that these batches of the way down bring back.

    Raises: BrokenHistory, naming what is not.
    """
    texts = [text for batch in left for text in batch.statements]
    schemas = [*Ledger(connection).schemas(revision.source), SCHEMA]
    with translated("target", connection):
        found = connection.execute(_NAMES, (schemas, schemas)).fetchall()
    there = {("column" if is_column else "table", name) for name, is_column in found}
    lacking = [
        f"{each.was.kind} {each.was} ({each.kept})"
        for each in revision.retired
        if each.kept.kind in {"table", "column"}
        and (each.kept.kind, each.kept.name) not in there
        and any(identifier(each.kept.name).text in text for text in texts)
    ]
    if lacking:
        raise BrokenHistory(
            f"{revision.source}: the way down of {revision.id} brings back {', '.join(lacking[:5])}, and somebody "
            "dropped it: restore it from a backup, under that name; nothing was changed"
        )


def expired(ledger: Ledger, source: str, age: timedelta) -> dict[str, list[Kept]]:
    """By revision, what was put aside so long ago and is still there; a revision as a whole, the last first.

    Both moments are the target's: another clock may go wrong, or jump.
    """
    before = ledger.now() - age
    found: dict[str, list[Kept]] = {}
    for each in ledger.retired(source):
        if each.purged is None and each.at < before:
            found.setdefault(each.revision, []).append(each)
    return dict(reversed(found.items()))


def purge(connection: Connection, source: str, kept: list[Kept], actor: Actor) -> None:
    """Drop what one revision put aside, and note how it is made anew without rows.

    Takes ACCESS EXCLUSIVE on each. The connection is in autocommit. Raises: NotOurs where something of somebody else
    stands on it: nothing is dropped by CASCADE.
    """
    ledger = Ledger(connection)
    now = read_target(connection, {SCHEMA, *ledger.schemas(source)})
    going = _with_parts(now, _found(now, kept))
    rest = now.only(now.objects.keys() - going)
    gone = [text.text for each in transition(now, rest, ours=going) for text in each.statements]
    there, back = _moves(now, kept)
    anew = [text for each in transition(rest, now, ours=()) for text in each.statements]
    shell = [text.text for text in (*there, *anew, *back)]
    try:
        with translated("target", connection), connection.transaction():
            for text in gone:
                connection.execute(text.encode(), binary=True)
            ledger.purged(kept, shell, actor)
    except ServerError as error:
        if error.sqlstate != "2BP01":
            raise
        raise NotOurs(
            f"{source}: {error}: it stands on what is retired: nothing is dropped by CASCADE: ask the owner to drop or "
            "change it, then run purge again"
        ) from None


def _found(now: Catalog, kept: Iterable[Kept]) -> set[Address]:
    """Where they are; of a column by its name alone."""
    names = {each.kept.name for each in kept if each.kept.kind == "column"}
    columns = {address for address in now.objects if address.kind == "column" and address.name in names}
    return columns | {each.kept for each in kept if each.kept.kind != "column" and each.kept in now.objects}


def _moves(now: Catalog, kept: Iterable[Kept]) -> tuple[list[Statement], list[Statement]]:
    """What gives tables of columns, when their revision is taken back, the names that they have now, and back again.

    Two tables may have put a column of one name aside: where both have other names now, nobody knows which is which.
    """
    columns = [each.kept for each in kept if each.kept.kind == "column"]
    found = [each for each in now.objects if each.kind == "column" and each.name in {kept.name for kept in columns}]
    there: list[Statement] = []
    back: list[Statement] = []
    for name in sorted({each.name for each in columns}):
        since = [each for each in found if each.name == name and each not in columns]
        was = [each for each in columns if each.name == name and each not in found]
        if (len(since), len(was)) != (1, 1):
            continue
        table = now.objects.get(Address("table", since[0].schema, name=since[0].owner))
        if isinstance(table, Table):
            then = replace(table, schema=was[0].schema, name=was[0].owner)
            there += then.rename(table)
            back += table.rename(then)
    return list(dict.fromkeys(there)), list(dict.fromkeys(back))


def _with_parts(now: Catalog, addresses: Collection[Address]) -> set[Address]:
    """With all that goes with them: parts, and parts of parts."""
    found = set(addresses)
    while True:
        more = {address for address, each in now.objects.items() if address not in found and each.parent in found}
        if not more:
            return found
        found |= more
