"""OWNED BY of sequences: the last step, since sequence and column each come first otherwise."""

from dataclasses import dataclass
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.naming import Space
from dw_migration.sql import Statement, identifier, statement


@dataclass(frozen=True, slots=True)
class Ownership(DatabaseObject):
    """Which column a sequence belongs to: it goes when the column goes."""

    kind: ClassVar[str] = "ownership"
    catalog: ClassVar[str] = ""
    query: ClassVar[str] = """
        select 0, 0, 0, n.nspname as schema, s.relname as sequence,
               tn.nspname as table_schema, t.relname as table, a.attname as column
        from pg_catalog.pg_depend d
        join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
        join pg_catalog.pg_namespace n on n.oid = s.relnamespace
        join pg_catalog.pg_class t on t.oid = d.refobjid
        join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
        join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
        where d.deptype = 'a' and d.classid = 1259 and d.refclassid = 1259
          and s.relnamespace = any(%(schemas)s::oid[])
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(d.objid, d.refobjid, d.refobjsubid), 0))
        from pg_catalog.pg_depend d join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
        where d.deptype = 'a' and d.classid = 1259 and s.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    sequence: str
    table_schema: str
    table: str
    column: str

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, name=self.sequence)

    def needs(self) -> tuple[Address, ...]:
        return (
            Address("sequence", self.schema, name=self.sequence),
            Address("column", self.table_schema, self.table, self.column),
        )

    def renamed(self, names: Renamer) -> Self:
        return type(self)(
            names.schema(self.schema),
            names.name(self.schema, self.sequence, Space.RELATION),
            names.schema(self.table_schema),
            names.name(self.table_schema, self.table, Space.RELATION),
            names.member(self.table_schema, self.table, self.column),
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        sequence = identifier(self.schema, self.sequence)
        return (
            statement(
                "ALTER SEQUENCE {} OWNED BY {}", sequence, identifier(self.table_schema, self.table, self.column)
            ),
        )

    def drop(self) -> tuple[Statement, ...]:
        return (statement("ALTER SEQUENCE {} OWNED BY NONE", identifier(self.schema, self.sequence)),)
