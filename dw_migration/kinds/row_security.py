"""Whether a table's policies are in force, and for its owner too."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, identifier, statement


@dataclass(frozen=True, slots=True)
class RowSecurity(DatabaseObject):
    """A table's row-level security. Source: https://www.postgresql.org/docs/current/ddl-rowsecurity.html."""

    kind: ClassVar[str] = "row security"
    catalog: ClassVar[str] = ""
    query: ClassVar[str] = """
        select 0, 0, 0, n.nspname as schema, c.relname as table, c.relrowsecurity as enabled,
               c.relforcerowsecurity as forced
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where (c.relrowsecurity or c.relforcerowsecurity) and c.relkind in ('r', 'p')
          and c.relnamespace = any(%(schemas)s::oid[])
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(c.oid, c.relrowsecurity, c.relforcerowsecurity), 0))
        from pg_catalog.pg_class c
        where (c.relrowsecurity or c.relforcerowsecurity) and c.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    table: str
    enabled: bool
    forced: bool

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, name=self.table)

    @property
    def parent(self) -> Address:
        return Address("table", self.schema, name=self.table)

    def needs(self) -> tuple[Address, ...]:
        return (self.parent,)

    def renamed(self, names: Renamer) -> Self:
        return replace(
            self, schema=names.schema(self.schema), table=names.name(self.schema, self.table, Space.RELATION)
        )

    def _set(self, *, enabled: bool | None, forced: bool | None) -> tuple[Statement, ...]:
        words = {(0, True): "ENABLE", (0, False): "DISABLE", (1, True): "FORCE", (1, False): "NO FORCE"}
        table = identifier(self.schema, self.table)
        return tuple(
            statement("ALTER TABLE {} {} ROW LEVEL SECURITY", table, Sql(words[at, value]))
            for at, value in enumerate((enabled, forced))
            if value is not None
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return self._set(enabled=self.enabled or None, forced=self.forced or None)

    def drop(self) -> tuple[Statement, ...]:
        return self._set(enabled=False if self.enabled else None, forced=False if self.forced else None)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        return self._set(
            enabled=self.enabled if self.enabled != old.enabled else None,
            forced=self.forced if self.forced != old.forced else None,
        )
