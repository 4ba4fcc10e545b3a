"""Where lineage is lost: what goes and what comes that could be one under another name, and what people said of it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dw_migration.catalog import Catalog
from dw_migration.changes import Base, Told, has_lineage
from dw_migration.kind import Address
from dw_migration.kinds.column import Column
from dw_migration.live.ledger import Alike, Ledger
from dw_migration.resolutions.comparison import Known, Score
from dw_migration.resolutions.pairing import Sides, pair_of, table_matches
from dw_migration.resolutions.shape import ColumnShape, TableName, TableShape
from dw_migration.sql import quoted


@dataclass(frozen=True, slots=True)
class Similar:
    """What looks alike between the base and what is desired."""

    told: Told = ()
    """The renames that somebody has said."""
    open: Mapping[Address, tuple[Alike, str]] = field(default_factory=dict)
    """Of what goes, what it could be and why, as far as nobody has said."""
    answered: tuple[Alike, ...] = ()
    """What somebody has said something of, and may say otherwise."""


def similar(ledger: Ledger, base: Base, desired: Catalog) -> Similar:
    """What looks alike; nothing where lineage tells what is what. Columns are asked about once their table is known."""
    if not base.desired.objects or has_lineage(base.desired, desired):
        return Similar()
    before, after = _shapes(base.desired), _shapes(desired)
    ways = tuple((schema, schema) for schema in {each[0] for each in before})
    sides, said = Sides(before, after, ways, Known(), Known(), None), ledger.said()
    tables, columns, asked = dict[Address, str](), dict[Address, str](), dict[Address, tuple[Alike, str]]()
    found: list[Alike] = []
    for old, (new, score) in table_matches(sides).items():
        if score is not None:
            alike = Alike("table", old[1], new[1], _shape(before[old], after[new]))
            found.append(alike)
            address = Address("table", old[0], name=old[1])
            if not _noted(said.get(alike), address, alike, (tables, asked), score):
                continue
        for one, other, of_column in _columns(sides, old, new):
            names = f"{old[1]}.{one}", f"{new[1]}.{other}"
            alike = Alike("column", *names, _shape(before[old], after[new]))
            found.append(alike)
            _noted(said.get(alike), Address("column", *new, one), alike, (columns, asked), of_column)
    open_ = {alike for alike, _ in asked.values()}
    return Similar((tables, columns), asked, tuple(each for each in found if each not in open_))


def _noted(
    same: bool | None,  # noqa: FBT001 - what was said: yes, no, nothing
    address: Address,
    alike: Alike,
    into: tuple[dict[Address, str], dict[Address, tuple[Alike, str]]],
    score: Score,
) -> bool:
    """Whether somebody has said that the two are one; it is put where it belongs."""
    told, asked = into
    if same:
        told[address] = alike.new.rpartition(".")[2] if alike.kind == "column" else alike.new
    elif same is None:
        asked[address] = alike, f"{alike.kind} {alike.new} under another name: {score.reason} ({score.value:.0%})"
    return bool(same)


def _columns(sides: Sides, old: TableName, new: TableName) -> Iterator[tuple[str, str, Score]]:
    for each in pair_of(sides, old, new, None).columns:
        if each.score is not None:
            yield each.old, each.new, each.score


def _shapes(catalog: Catalog) -> dict[TableName, TableShape]:
    """The tables, their types without the schema, which each source has another of."""
    columns: dict[TableName, list[Column]] = {}
    for each in catalog.objects.values():
        if isinstance(each, Column) and not each.whole_table:
            columns.setdefault((each.schema, each.table), []).append(each)
    return {
        (address.schema, address.name): TableShape(
            address.schema,
            address.name,
            tuple(map(_column, sorted(columns.get((address.schema, address.name), ()), key=lambda c: c.position))),
        )
        for address in catalog.objects
        if address.kind == "table" and (address.schema, address.name) not in catalog.roots
    }


def _column(column: Column) -> ColumnShape:
    type_ = column.type.replace(f"{quoted(column.schema)}.", "")
    return ColumnShape(column.name, type_, column.position, not_null=column.not_null, generated=column.generated)


def _shape(old: TableShape, new: TableShape) -> str:
    told = [[(each.name, each.type) for each in table.columns] for table in (old, new)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
