"""What is known for certain of what a source's tables are called in the target."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dw_migration.catalog import Catalog
from dw_migration.config import Config, Source
from dw_migration.kind import Address
from dw_migration.live.ledger import Ledger
from dw_migration.live.selection import naming_rules
from dw_migration.naming import Names, Space
from dw_migration.resolutions.comparison import Known
from dw_migration.resolutions.lineage import lineage
from dw_migration.resolutions.shape import ColumnShape, Shape, TableName, TableShape


@dataclass(frozen=True, slots=True)
class Relation:
    """A source and its target: where its schemas live there, and what it was when it was last carried over."""

    names: Names
    schemas: Mapping[str, str]
    """Source schema to target schema, as the ledger knows them."""
    base: Catalog
    """Under target names, with the oids of the source."""

    @classmethod
    def of(cls, config: Config, source: Source, database: str, ledger: Ledger) -> "Relation":
        """The relation, as config and ledger tell it; a target without a ledger has none of the schemas."""
        names = Names(naming_rules(config.naming_of(source)), source=source.name, database=database)
        if not ledger.exists():
            return cls(names, {}, Catalog())
        schemas = {ours: theirs for theirs, ours in ledger.schemas(source.name).items()}
        return cls(names, schemas, ledger.desired(source.name))

    def schema(self, schema: str) -> str:
        """The target schema of this source schema."""
        return self.schemas.get(schema) or self.names.schema(schema)

    def known(self, shape: Shape) -> Known:
        """What became of each table and column of the source, by naming; what it renamed since, by lineage."""
        named = self._named(shape)
        now = {address: self._renamed(table) for address, table in shape.tables.items()}
        before = lineage(replace(shape, tables={each.address: each for each in now.values()}), shape_of(self.base))
        tables = {address: was for address, new in now.items() if (was := self._moved(before, new.address))}
        columns = {
            (address, column.name): earlier
            for address, new in now.items()
            if address in tables or before.tables.get(new.address) == new.address
            for column, renamed in zip(shape.tables[address].columns, new.columns, strict=True)
            if (earlier := before.columns.get((new.address, renamed.name), renamed.name)) != renamed.name
        }
        moved = frozenset([*((address, "") for address in tables), *columns])
        return Known({**named.tables, **tables}, {**named.columns, **columns}, moved)

    def _moved(self, before: Known, new: TableName) -> TableName | None:
        """What the table was called in the target; None: the same, or two have exchanged names, where the name wins."""
        was = before.tables.get(new, new)
        is_taken = Address("table", new[0], name=new[1]) in self.base.objects
        return None if was == new or is_taken else was

    def _named(self, shape: Shape) -> Known:
        """By naming alone."""
        tables = {
            address: (self.schema(address[0]), self.names.name(*address, Space.RELATION)) for address in shape.tables
        }
        columns = {
            (address, each.name): self.names.member(*address, each.name)
            for address, table in shape.tables.items()
            for each in table.columns
        }
        return Known(tables, columns)

    def _renamed(self, table: TableShape) -> TableShape:
        """The table under the names that it would have in the target."""
        columns = [replace(each, name=self.names.member(*table.address, each.name)) for each in table.columns]
        name = self.names.name(*table.address, Space.RELATION)
        return replace(table, schema=self.schema(table.schema), name=name, columns=tuple(columns))


def shape_of(base: Catalog) -> Shape:
    """The tables of a catalog with their oids and attnums, as far as lineage needs them."""
    columns: dict[TableName, list[ColumnShape]] = {}
    for address, proof in base.identity.items():
        if address.kind == "column":
            known = columns.setdefault((address.schema, address.owner), [])
            known.append(ColumnShape(address.name, "", proof[1]))
    tables = {
        (address.schema, address.name): TableShape(
            address.schema,
            address.name,
            tuple(columns.get((address.schema, address.name), ())),
            oid=proof[0],
            row_type=proof[2],
        )
        for address, proof in base.identity.items()
        if address.kind == "table"
    }
    return Shape("ledger", "", base.version, None, tables)
