"""Schemas."""

from dataclasses import dataclass
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.sql import Statement, identifier, statement


@dataclass(frozen=True, slots=True)
class Schema(DatabaseObject):
    """A schema: the namespace that every other object of ours stands in."""

    kind: ClassVar[str] = "schema"
    catalog: ClassVar[str] = "pg_namespace"
    query: ClassVar[str] = """
        select n.oid, 0, 0, n.nspname as name
        from pg_catalog.pg_namespace n
        where n.oid = any(%(schemas)s::oid[])
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(n.oid, n.nspname, n.xmin), 0))
        from pg_catalog.pg_namespace n
        where n.oid = any(%(schemas)s::oid[])
    """

    name: str

    @property
    def address(self) -> Address:
        return Address(self.kind, self.name)

    def renamed(self, names: Renamer) -> Self:
        return type(self)(names.schema(self.name))

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        # Whether one that is there already is ours says the ledger's registry: one of ours outlives a rollback.
        return (statement("CREATE SCHEMA IF NOT EXISTS {}", identifier(self.name)),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP SCHEMA {}", identifier(self.name)),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return (statement("ALTER SCHEMA {} RENAME TO {}", identifier(self.name), identifier(new.name)),)
