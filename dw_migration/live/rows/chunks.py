"""Tables in chunks: cut by key, noted in the ledger before the first is copied, and taken one by one."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, LiteralString

from dw_migration.errors import StalePlan
from dw_migration.live.ledger import Actor
from dw_migration.live.rows.hashes import Digest, RowHash
from dw_migration.live.rows.side import Side
from dw_migration.resolutions.compiled import OLD, Range, TablePlan, ordered
from dw_migration.sql import Sql, identifier, joined, sql

BATCH = 100_000
"""Rows a chunk: its transaction, hashes and ledger entry then cost a few percent of the copy."""
_MOST_UNINDEXED = 16
"""Chunks of a table whose key no index has in the order that both sides share: each of them reads all of it."""


class Mode(StrEnum):
    """What becomes of rows that the new table has already."""

    NONE = "none"
    """There must be none."""
    APPEND = "append"
    UPSERT = "upsert"
    """Those with a copied key are overwritten."""
    TRUNCATE = "truncate"

    @property
    def starts_empty(self) -> bool:
        """Whether all rows of the new table are the copy's."""
        return self in {Mode.NONE, Mode.TRUNCATE}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that are copied in one transaction."""

    number: int
    range: Range
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """One old table's way to a new one, as the ledger has it."""

    id: int
    mode: Mode
    state: str
    """copying, copied."""
    specification: str


@dataclass(frozen=True, slots=True)
class Totals:
    """What the chunks of a copy have written, and which rows were refused."""

    rows: int
    bytes: int
    copied: int
    """Of so many `chunks`."""
    chunks: int
    duration: timedelta
    """Of the chunks, one after another."""
    rejects: int


# --- where a table is cut -------------------------------------------------------------------------------------------


def ranges(source: Side, plan: TablePlan, *, batch: int = BATCH, rows: int = 0) -> Iterator[Range]:
    """Ranges of about `batch` rows that together cover every key there can be; one without ends where there is no key.

    `rows` is about how many there are. Reads the key's index once, in many short queries; where it is in another order
    than the two sides share, it sorts.
    """
    lower = None
    for upper in _boundaries(source, plan, batch, rows) if plan.key else ():
        yield Range(lower, upper)
        lower = upper
    yield Range(lower, None)


def _boundaries(source: Side, plan: TablePlan, batch: int, rows: int) -> Iterator[tuple[str, ...]]:
    if any(each.collation for each in plan.key):
        yield from _sorted_boundaries(source, plan, max(batch, rows // _MOST_UNINDEXED))
        return
    last: Range | None = None
    while found := keys(source, plan, last, skipped=batch - 1):
        yield found[0]
        last = Range(lower=found[0])


def _sorted_boundaries(source: Side, plan: TablePlan, batch: int) -> Iterator[tuple[str, ...]]:
    numbered = sql(
        "SELECT pg_catalog.row_number() OVER (ORDER BY {}) AS n, ARRAY[{}] AS k FROM {}",
        _in_order(plan),
        _texts(plan),
        plan.old_rows,
    )
    for (key,) in source.rows(sql("SELECT k FROM ({}) AS s WHERE n % {} = 0 ORDER BY n", numbered, batch)):
        yield tuple(key)


def keys(
    source: Side, plan: TablePlan, chunk: Range | None, *, skipped: int = 0, limit: int = 1
) -> list[tuple[str, ...]]:
    """The keys of these rows of the old table as texts, in order."""
    rows = sql(
        "SELECT {} FROM {}{} ORDER BY {} OFFSET {} LIMIT {}",
        *(joined(_columns(plan)), plan.old_rows, plan.where(chunk), _in_order(plan), skipped, limit),
    )
    names = [identifier(f"k{number}") for number, _ in enumerate(plan.key)]
    texts = joined(sql("{}::pg_catalog.text", each) for each in names)
    return source.rows(sql("SELECT {} FROM ({}) AS s ({})", texts, rows, joined(names)))  # none of what is skipped


def _columns(plan: TablePlan) -> list[Sql]:
    return [sql("{}.{}", OLD, identifier(each.old)) for each in plan.key]


def _texts(plan: TablePlan) -> Sql:
    return joined(sql("{}::pg_catalog.text", column) for column in _columns(plan))


def _in_order(plan: TablePlan) -> Sql:
    return joined(ordered(column, each.collation) for column, each in zip(_columns(plan), plan.key, strict=True))


# --- what the ledger has --------------------------------------------------------------------------------------------

_ADDRESS: LiteralString = (
    " place = %(place)s AND old_schema = %(old_schema)s AND old_table = %(old_table)s"
    " AND new_schema = %(new_schema)s AND new_table = %(new_table)s AND state <> 'superseded'"
)
_THIS: LiteralString = _ADDRESS + " AND specification = %(specification)s"
_SUPERSEDED: LiteralString = (
    "UPDATE dw_migration.copy SET state = 'superseded' WHERE" + _ADDRESS  # noqa: S608 - constants
)
_TOTALS: LiteralString = """
SELECT coalesce(pg_catalog.sum(rows), 0)::int8, coalesce(pg_catalog.sum(bytes), 0)::int8,
       pg_catalog.count(copied_at), pg_catalog.count(*), coalesce(pg_catalog.sum(duration), '0'),
       (SELECT pg_catalog.count(*) FROM dw_migration.reject WHERE copy = %(copy)s AND state = 'rejected')
  FROM dw_migration.chunk WHERE copy = %(copy)s
"""


class Copies:
    """The ledger's notes of copies and chunks, inside the caller's transaction or each by itself."""

    def __init__(self, target: Side) -> None:
        self.target = target

    def find(self, place: str, plan: TablePlan) -> Copy | None:
        """The copy of this old table to this new one that counts, if it was made by the plan's own specification."""
        query: LiteralString = "SELECT id, mode, state, specification FROM dw_migration.copy WHERE" + _THIS  # noqa: S608
        found = self._rows(query, specification=plan.specification, **_address(place, plan))
        return Copy(found[0][0], Mode(found[0][1]), *found[0][2:]) if found else None

    def begin(
        self, place: str, plan: TablePlan, mode: Mode, ranges: Sequence[Range], *, snapshot: str, actor: Actor
    ) -> Copy:
        """Note a new copy with its chunks; one before it no longer counts."""
        address = _address(place, plan)
        self._run(_SUPERSEDED, **address)
        ((id_,),) = self._rows(
            "INSERT INTO dw_migration.copy"
            " (place, old_schema, old_table, new_schema, new_table, specification, mode, snapshot, run, by)"
            " VALUES (%(place)s, %(old_schema)s, %(old_table)s, %(new_schema)s, %(new_table)s, %(specification)s,"
            " %(mode)s, %(snapshot)s, %(run)s, %(by)s) RETURNING id",
            **address,
            specification=plan.specification,
            mode=mode,
            snapshot=snapshot,
            run=actor.run,
            by=actor.by,
        )
        self._run(
            "INSERT INTO dw_migration.chunk (copy, number, lower, upper)"
            " SELECT %(copy)s, n, l, u FROM unnest(%(lowers)s::text[], %(uppers)s::text[])"
            " WITH ORDINALITY AS r (l, u, n)",
            copy=id_,
            lowers=[_json(each.lower) for each in ranges],
            uppers=[_json(each.upper) for each in ranges],
        )
        return Copy(id_, mode, "copying", plan.specification)

    def chunks(self, copy: Copy) -> tuple[Chunk, ...]:
        """All of the copy's chunks, in the order of their keys."""
        query: LiteralString = (
            "SELECT number, lower, upper, copied_at IS NOT NULL FROM dw_migration.chunk"
            " WHERE copy = %(copy)s ORDER BY number"
        )
        rows = self._rows(query, copy=copy.id)
        return tuple(Chunk(number, Range(_key(lower), _key(upper)), copied) for number, lower, upper, copied in rows)

    def claim(self, copy: Copy, chunk: Chunk) -> bool:
        """Whether it is ours to copy until this transaction ends; False: it is copied.

        Who waits here for another's transaction, say one whose COMMIT was never answered, learns how it ended.
        Raises: StalePlan if another run began this copy anew.
        """
        query: LiteralString = (
            "SELECT c.copied_at IS NULL FROM dw_migration.chunk c JOIN dw_migration.copy p ON p.id = c.copy"
            " WHERE c.copy = %(copy)s AND c.number = %(number)s AND p.state <> 'superseded'"
            " FOR UPDATE OF c FOR SHARE OF p"
        )
        found = self._rows(query, copy=copy.id, number=chunk.number)
        if not found:
            raise StalePlan(
                f"{self.target.where}: another run began this copy anew: nothing more is written: look there"
            )
        return bool(found[0][0])

    def note_copied(
        self,
        copy: Copy,
        chunk: Chunk,
        digest: Digest,
        *,
        size: int,
        hashed_as: RowHash | None,
        snapshot: str,
        duration: timedelta,
    ) -> None:
        """Note, in the transaction that writes its rows, that the chunk is copied."""
        self._run(
            "UPDATE dw_migration.chunk SET rows = %(rows)s, bytes = %(size)s, hash = %(hash)s,"
            " hashed_as = %(hashed_as)s, snapshot = %(snapshot)s, duration = %(duration)s,"
            " copied_at = pg_catalog.clock_timestamp() WHERE copy = %(copy)s AND number = %(number)s",
            copy=copy.id,
            number=chunk.number,
            rows=digest.rows,
            size=size,
            hash=digest.hash if hashed_as else None,
            hashed_as=hashed_as,
            snapshot=snapshot,
            duration=duration,
        )

    def add(self, copy: Copy, number: int, digest: Digest) -> None:
        """Note that more of a chunk's rows were written, in the transaction that writes them."""
        self._run(
            "UPDATE dw_migration.chunk SET rows = rows + %(rows)s, hash = hash + %(hash)s"
            " WHERE copy = %(copy)s AND number = %(number)s",
            copy=copy.id,
            number=number,
            rows=digest.rows,
            hash=digest.hash,
        )

    def note_seen(self, copy: Copy, snapshot: str) -> None:
        """Note that all rows of the copy are as they are in this snapshot."""
        self._run(
            "UPDATE dw_migration.chunk SET snapshot = %(snapshot)s WHERE copy = %(copy)s AND copied_at IS NOT NULL",
            copy=copy.id,
            snapshot=snapshot,
        )

    def rejected_keys(self, copy: Copy) -> frozenset[tuple[str, ...]]:
        """The rows that were refused and are not there yet, by their keys in the old table."""
        query: LiteralString = "SELECT key FROM dw_migration.reject WHERE copy = %(copy)s AND state = 'rejected'"
        return frozenset(tuple(json.loads(key)) for (key,) in self._rows(query, copy=copy.id))

    def forget_rejects(self, copy: Copy, chunk: Chunk) -> None:
        """Forget what was refused of the chunk: it is about to be loaded again."""
        self._run(
            "DELETE FROM dw_migration.reject WHERE copy = %(copy)s AND chunk = %(number)s",
            copy=copy.id,
            number=chunk.number,
        )

    def totals(self, copy: Copy) -> Totals:
        """What the copy's chunks have written so far."""
        return Totals(*self._rows(_TOTALS, copy=copy.id)[0])

    def finish(self, copy: Copy) -> None:
        """Note that every chunk is copied."""
        self._run(
            "UPDATE dw_migration.copy c SET state = 'copied', finished = pg_catalog.clock_timestamp(),"
            " rows = t.rows, bytes = t.bytes FROM (SELECT pg_catalog.sum(rows)::int8 AS rows,"
            " pg_catalog.sum(bytes)::int8 AS bytes, pg_catalog.bool_and(copied_at IS NOT NULL) AS whole"
            " FROM dw_migration.chunk WHERE copy = %(copy)s) t WHERE c.id = %(copy)s AND t.whole",
            copy=copy.id,
        )

    def _rows(self, query: LiteralString, **values: Any) -> list[tuple[Any, ...]]:
        with self.target.told():
            return self.target.session.execute(query, values).fetchall()

    def _run(self, query: LiteralString, **values: Any) -> None:
        with self.target.told():
            self.target.session.execute(query, values)


def _address(place: str, plan: TablePlan) -> dict[str, str]:
    names = ("old_schema", "old_table", "new_schema", "new_table")
    return {"place": place} | dict(zip(names, (*plan.old, *plan.new), strict=True))


def _json(key: tuple[str, ...] | None) -> str | None:
    return None if key is None else json.dumps(key)


def _key(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(json.loads(text))
