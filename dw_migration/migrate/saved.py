"""Backups of what a revision touches, and rows put back from them."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
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
from dw_migration.live.backup import Dumper, back_up, columns_in, dumper, rows_in, sha256_of_file
from dw_migration.live.connections import translated
from dw_migration.live.reader import read_target
from dw_migration.live.stop import stoppable
from dw_migration.migrate.run import Run
from dw_migration.sql import Sql, deparsed, identifier, joined, sql

Scope = Literal["affected", "database"]
Place = tuple[str, str]
Rows = Callable[[Place], Iterator[tuple[str, Iterator[bytes]]]]
"""`rows_in` one backup."""


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

    It is in the ledger with its sha256. Where this way has stopped half-way, the one that was made before it began is
    kept, and no other made. Raises: ServerError with pg_dump's own words, BadConfig where it was begun without; nothing
    was run then.
    """
    if (kept := _made_before(run, revision, direction)) is not None:
        return kept
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
            made = {"file": path.name, "sha256": sha256_of_file(path), "tables": len(tables)}
            run.ledger.backed_up(run.name, revision, direction, made, run.actor)
            run.note(f"backup: {path}")
            if direction == "up":
                _note_not_null(run, revision)
    return path


def _made_before(run: Run, revision: str, direction: str) -> Path | None:
    """The backup from before this way began, where it has stopped half-way; what is gone since is in no later one."""
    half_way = run.ledger.interrupted(run.name)
    if half_way is None or (half_way.revision, half_way.direction) != (revision, direction):
        return None
    found = run.ledger.backup(run.name, revision, direction)
    if found is None or found.is_late:
        raise BadConfig(
            f"{run.name}: --backup: {revision} has stopped half-way {direction}, and was begun without: what is gone "
            "since can no longer be saved: run it without --backup"
        )
    path = run.workspace.folder / "backups" / found.file
    run.note(f"backup: {path}, made before {revision} began")
    return path


def _note_not_null(run: Run, revision: str) -> None:
    """Warn of columns that the way down cannot add to a table with rows, so that nothing is put back into them."""
    before, _ = _sides(run, revision, "up")
    catalog = before or Catalog()
    columns = [catalog.objects[Address("column", *place, name)] for place, name in loss_of(run, revision).columns]
    stuck = [
        f"column {each.address}"
        for each in columns
        if isinstance(each, Column)
        and (each.not_null and not each.identity)
        and each.address._replace(kind="default") not in catalog.objects
    ]
    if stuck:
        run.note(
            f"{', '.join(stuck[:5])}: NOT NULL and without a default: rollback --restore cannot put it back while the "
            "table has rows"
        )


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


def backups_for(run: Run, programs: Dumper, way: Sequence[str]) -> dict[str, Path]:
    """By revision the backup that has the rows which its way up dropped; none for one that dropped none.

    Raises: BadConfig where there is none, it is older than the apply, or a column cannot be put back; BrokenHistory
    where the file is another now, or lacks what was dropped.
    """
    found = {}
    for revision in way:
        loss = loss_of(run, revision)
        if loss:
            _check_keys(run, revision, loss)
            found[revision] = _backup_of(run, revision, loss)
            _check_whole(run, programs, revision, found[revision])
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
    made = run.ledger.backup(run.name, revision)
    if made is None:
        raise BadConfig(
            f"{run.name}: --restore: {revision} dropped {named}, and was applied without --backup: run rollback "
            "without --restore, which brings them back empty"
        )
    path = run.workspace.folder / "backups" / made.file
    if made.is_late:
        raise BadConfig(
            f"{run.name}: --restore: {revision} dropped {named}, and was applied without --backup: {path} was made "
            "before a former try, and rows that came since are not in it: run rollback without --restore, and look "
            "with pg_restore at what is in it"
        )
    if not path.exists():
        raise BadConfig(f"{run.name}: --restore: {path} is not there: put it back, or run rollback without --restore")
    if sha256_of_file(path) != made.sha256:
        raise BrokenHistory(f"{run.name}: --restore: {path} is not the file that was written: nothing was changed")
    return path


def _check_whole(run: Run, programs: Dumper, revision: str, backup: Path) -> None:
    """Nothing, if all that was dropped is in the backup. Raises: BrokenHistory, naming what is not."""
    before, _ = _sides(run, revision, "up")
    loss, lacking = loss_of(run, revision), []
    for place in loss.tables:
        if columns_in(programs, backup, place) is None:
            lacking.append(".".join(place))
    for place, column in loss.columns:
        for leaf in _leaves(before or Catalog(), place):
            if column not in (columns_in(programs, backup, leaf) or ()):
                lacking.append(f"{'.'.join(leaf)}.{column}")
    if lacking:
        raise BrokenHistory(
            f"{run.name}: --restore: {backup} lacks {', '.join(lacking[:5])}, which {revision} dropped: run rollback "
            "without --restore, which brings them back empty; nothing was changed"
        )


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

    In the transaction that is open; counts are noted. Values of rows that came since stay as they are, and rows that
    are gone since do not come back for the sake of a column. Raises: ServerError, and then neither is kept.
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
            with _identities_open(run, catalog, place, columns):
                key = _key_of(catalog, place)
                count = sum(_updated(run, rows, leaf, columns, key) for leaf in _leaves(catalog, place))
            told.append(f"{', '.join(columns)} of {count} rows of table {'.'.join(place)}")
    run.ledger.record(run.name, "rows put back", run.actor, revision, file=backup.name, rows=told)
    run.note(f"put back from {backup.name}: {'; '.join(told)}")


@contextmanager
def _identities_open(run: Run, catalog: Catalog, place: Place, columns: Sequence[str]) -> Iterator[None]:
    """In the block, identities of these columns that are ALWAYS generated may be updated."""
    found = (catalog.objects.get(Address("column", *place, each)) for each in columns)
    always = [identifier(each.name) for each in found if isinstance(each, Column) and each.identity == "a"]
    for each in always:
        opening = sql("ALTER TABLE {} ALTER COLUMN {} SET GENERATED BY DEFAULT", identifier(*place), each)
        run.target.execute(opening.text.encode())
    yield
    if always:
        run.target.execute("SET CONSTRAINTS ALL IMMEDIATE")  # pending ones would forbid the next
    for each in always:
        closing = sql("ALTER TABLE {} ALTER COLUMN {} SET GENERATED ALWAYS", identifier(*place), each)
        run.target.execute(closing.text.encode())


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
