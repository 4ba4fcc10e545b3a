"""Backups of what a revision touches, and rows put back from them."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from dw_migration.catalog import Catalog
from dw_migration.errors import BadConfig, BrokenHistory
from dw_migration.kind import Address
from dw_migration.kinds.column import Column
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.table import Table
from dw_migration.live.backup import Dumper, back_up, dumper, rows_in, sha256_of_file
from dw_migration.live.connections import translated
from dw_migration.live.reader import read_target
from dw_migration.live.stop import stoppable
from dw_migration.migrate.run import Run
from dw_migration.sql import Sql, deparsed, identifier, joined, sql

Scope = Literal["affected", "database"]
Place = tuple[str, str]
Rows = Callable[[Place], Iterator[tuple[str, Iterator[bytes]]]]
"""`rows_in` one backup."""
BACKED_UP = "backed up"
"""The word for it in the history."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What the way up of a revision dropped for good, and the way down brings back without rows."""

    tables: tuple[Place, ...] = ()
    """Each behind those that it references."""
    columns: tuple[tuple[Place, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tables or self.columns)


# --- saving -----------------------------------------------------------------------------------------------------------


def check_dumper(run: Run, scope: Scope | None) -> Dumper | None:
    """The programs, where a backup is asked for. Raises: BadConfig where there are none that fit."""
    return dumper(run.target) if scope else None


def save(run: Run, programs: Dumper, scope: Scope, revision: str, direction: str) -> Path | None:
    """The backup before this way of the revision, in the source's folder; None where it touches no table that is there.

    It is in the ledger with its sha256. Raises: ServerError with pg_dump's own words; nothing was run then.
    """
    with run.chapter("backup"):
        now = read_target(run.target, run.ledger.schemas(run.name))
        places = {(each.schema, each.name) for each in now.objects.values() if isinstance(each, Table)}
        tables = places & affected(*_sides(run, revision, direction)) if scope == "affected" else places
        if scope == "affected" and not tables:
            return None
        schemas = None if scope == "database" else {schema for schema, _ in tables}
        folder = run.workspace.folder / "backups"
        path = back_up(run.target, programs, folder, revision, schemas, tables=tables)
        if path is not None:
            run.ledger.record(
                run.name,
                BACKED_UP,
                run.actor,
                revision,
                file=path.name,
                sha256=sha256_of_file(path),
                direction=direction,
                tables=len(tables),
            )
            run.note(f"backup: {path}")
    return path


def _sides(run: Run, revision: str, direction: str) -> tuple[Catalog | None, Catalog | None]:
    """What is wanted before and after this way of the revision; None where nobody knows."""
    entry = run.ledger.revision(run.name, revision)
    own = None if entry.revision.hand_written else run.ledger.desired_of(run.name, entry.id)
    parent = entry.revision.parent
    before = Catalog() if parent is None else run.ledger.desired_of(run.name, parent)
    return (before, own) if direction == "up" else (own, before)


def affected(old: Catalog | None, new: Catalog | None) -> set[Place]:
    """The tables of the old state of which anything changes, with their partitions; all, where one is not known."""
    if old is None or new is None:
        either = old or new or Catalog()
        return {(address.schema, address.name) for address in either.objects if address.kind == "table"}
    changed = {a for a, each in old.objects.items() if new.objects.get(a) != each}
    changed |= {a for a in new.objects if a not in old.objects}
    touched = {(address.schema, address.owner or address.name) for address in changed}
    tables = {(address.schema, address.name) for address in old.objects if address.kind == "table"}
    return {each for each in tables if each in touched or touched & set(old.wholes(each))}


# --- putting back -----------------------------------------------------------------------------------------------------


def backups_for(run: Run, way: Sequence[str]) -> dict[str, Path]:
    """By revision the backup that has the rows which its way up dropped; none for one that dropped none.

    Raises: BadConfig where there is none, or a column cannot be put back; BrokenHistory where the file is another now.
    """
    found = {}
    for revision in way:
        loss = loss_of(run, revision)
        if loss:
            _check_keys(run, revision, loss)
            found[revision] = _backup_of(run, revision, loss)
    return found


def loss_of(run: Run, revision: str) -> Loss:
    """What the way up of this revision dropped, and did not put aside."""
    before, after = _sides(run, revision, "up")
    if before is None or after is None:
        return Loss()
    retired = {each.was for each in run.ledger.revision(run.name, revision).revision.retired}
    gone = [
        each for each in before.in_creation_order() if each.address not in after.objects and each.address not in retired
    ]
    tables = [each for each in gone if isinstance(each, Table)]
    places = {(each.schema, each.name) for each in tables}
    columns = [
        ((each.schema, each.table), each.name)
        for each in gone
        if isinstance(each, Column) and each.holds_data and not each.whole_table
    ]
    return Loss(_by_references(before, tables), tuple(each for each in columns if each[0] not in places))


def _by_references(catalog: Catalog, tables: Sequence[Table]) -> tuple[Place, ...]:
    """The tables that hold rows themselves, each behind those that it references, as far as that goes."""
    left = {(each.schema, each.name) for each in tables if not each.partition_by}
    needs: dict[Place, set[Place]] = {each: set() for each in left}
    for each in catalog.objects.values():
        if isinstance(each, Constraint) and each.type == "f" and (each.schema, each.owner) in left:
            needs[each.schema, each.owner].add((each.foreign_schema, each.foreign_table))
    order: list[Place] = []
    while left:
        free = sorted(each for each in left if not needs[each] & (left - {each})) or sorted(left)
        order += free
        left -= set(free)
    return tuple(order)


def _backup_of(run: Run, revision: str, loss: Loss) -> Path:
    named = ", ".join([*(".".join(each) for each in loss.tables), *(f"{'.'.join(t)}.{c}" for t, c in loss.columns)][:5])
    events = [
        each
        for each in run.ledger.history(run.name)
        if (each.what, each.revision, each.details.get("direction")) == (BACKED_UP, revision, "up")
    ]
    if not events:
        raise BadConfig(
            f"{run.name}: --restore: {revision} dropped {named}, and was applied without --backup: run rollback "
            "without --restore, which brings them back empty"
        )
    path = run.workspace.folder / "backups" / str(events[-1].details["file"])
    if not path.exists():
        raise BadConfig(f"{run.name}: --restore: {path} is not there: put it back, or run rollback without --restore")
    if sha256_of_file(path) != events[-1].details["sha256"]:
        raise BrokenHistory(f"{run.name}: --restore: {path} is not the file that was written: nothing was changed")
    return path


def _check_keys(run: Run, revision: str, loss: Loss) -> None:
    before, _ = _sides(run, revision, "up")
    lacking = sorted({".".join(place) for place, _ in loss.columns if not _key_of(before or Catalog(), place)})
    if lacking:
        raise BadConfig(
            f"{run.name}: --restore: columns of {', '.join(lacking[:5])} cannot be put back, since the table has no "
            "primary key that tells whose values they are: run rollback without --restore"
        )


def _key_of(catalog: Catalog, place: Place) -> tuple[str, ...]:
    """The columns of the table's primary key; empty where it has none."""
    keys = (each for each in catalog.objects.values() if isinstance(each, Constraint) and each.type == "p")
    return next((each.columns for each in keys if (each.schema, each.owner) == place), ())


def put_back(run: Run, programs: Dumper, revision: str, backup: Path) -> None:
    """Fill what this revision's way down has just brought back empty: tables by COPY, columns by the primary key.

    In one transaction; counts are noted. Values of rows that came since stay as they are, and rows that are gone since
    do not come back for the sake of a column. Raises: ServerError, and then nothing was put back.
    """
    before, _ = _sides(run, revision, "up")
    catalog, loss = before or Catalog(), loss_of(run, revision)
    rows = partial(rows_in, programs, backup)
    by_table: dict[Place, list[str]] = {}
    for place, column in loss.columns:
        by_table.setdefault(place, []).append(column)
    told = []
    with run.chapter("restore"), translated("target", run.target), run.target.transaction():
        for place in loss.tables:
            told.append(f"{_copied(run, rows, place, identifier(*place))} rows of table {'.'.join(place)}")
        for place, columns in by_table.items():
            count = sum(_updated(run, rows, leaf, columns, _key_of(catalog, place)) for leaf in _leaves(catalog, place))
            told.append(f"{', '.join(columns)} of {count} rows of table {'.'.join(place)}")
    run.ledger.record(run.name, "rows put back", run.actor, revision, file=backup.name, rows=told)
    run.note(f"put back from {backup.name}: {'; '.join(told)}")


def _leaves(catalog: Catalog, place: Place) -> list[Place]:
    """The tables that hold its rows: itself, or its partitions on the lowest level."""
    below = [each for each in catalog.whole_of if place in catalog.wholes(each)]
    return [each for each in (place, *below) if not _is_partitioned(catalog, each)]


def _is_partitioned(catalog: Catalog, place: Place) -> bool:
    table = catalog.objects.get(Address("table", place[0], name=place[1]))
    return isinstance(table, Table) and bool(table.partition_by)


def _copied(run: Run, rows: Rows, place: Place, into: Sql) -> int:
    """How many rows of the table in the backup were copied."""
    count = 0
    for columns, lines in rows(place):
        copying = sql("COPY {} ({}) FROM STDIN", into, deparsed(columns)).text.encode()
        with stoppable(run.target), run.target.cursor() as cursor:
            with cursor.copy(copying) as copy:
                for line in lines:
                    copy.write(line)
            count += cursor.rowcount
    return count


def _updated(run: Run, rows: Rows, place: Place, columns: Sequence[str], key: Collection[str]) -> int:
    """In how many rows the columns have their former values again."""
    scratch, table = identifier("pg_temp", "dw_restored"), identifier(*place)
    values = joined(sql("{} = r.{}", identifier(each), identifier(each)) for each in columns)
    same = joined((sql("t.{} = r.{}", identifier(each), identifier(each)) for each in key), " AND ")
    # Of one that is LIKE the table, the NOT NULLs of generated columns would refuse the rows.
    run.target.execute(sql("CREATE TEMPORARY TABLE dw_restored AS SELECT * FROM {} LIMIT 0", table).text.encode())
    _copied(run, rows, place, scratch)
    update = sql("UPDATE ONLY {} t SET {} FROM {} r WHERE {}", table, values, scratch, same)
    with stoppable(run.target):
        done = run.target.execute(update.text.encode())
    run.target.execute(sql("DROP TABLE {}", scratch).text.encode())
    return done.rowcount
