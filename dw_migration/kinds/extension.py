"""Extensions that carried objects stand on."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.sql import Statement, identifier, statement


@dataclass(frozen=True, slots=True)
class Extension(DatabaseObject):
    """An extension: it belongs to the whole database, so it is made where missing and never dropped."""

    kind: ClassVar[str] = "extension"
    catalog: ClassVar[str] = "pg_extension"
    shared: ClassVar[bool] = True
    query: ClassVar[str] = """
        select e.oid, 0, 0, e.extname as name, n.nspname as schema
        from pg_catalog.pg_extension e
        join pg_catalog.pg_namespace n on n.oid = e.extnamespace
        where e.extname <> 'plpgsql'
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(e.oid, e.xmin), 0)) from pg_catalog.pg_extension e
    """

    name: str
    schema: str = field(compare=False)
    """Where its members stand: another place in the target is no difference, expressions name the right one."""

    @property
    def address(self) -> Address:
        return Address(self.kind, name=self.name)

    def renamed(self, names: Renamer) -> Self:  # noqa: ARG002 - the planner puts it where the target has it
        return self

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return (
            statement("CREATE EXTENSION IF NOT EXISTS {} SCHEMA {}", identifier(self.name), identifier(self.schema)),
        )

    def drop(self) -> tuple[Statement, ...]:
        return ()
