"""Policies of row-level security."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, joined, sql, statement

_COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}


@dataclass(frozen=True, slots=True)
class Policy(DatabaseObject):
    """A policy. Source: https://www.postgresql.org/docs/current/sql-createpolicy.html."""

    kind: ClassVar[str] = "policy"
    catalog: ClassVar[str] = "pg_policy"
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_policy)"
    query: ClassVar[str] = """
        select p.oid, 0, 0, n.nspname as schema, c.relname as table, p.polname as name, p.polcmd::text as command,
               p.polpermissive as permissive,
               array(select coalesce(r.rolname::text, '') from pg_catalog.unnest(p.polroles) u(role)
                     left join pg_catalog.pg_roles r on r.oid = u.role order by 1) as roles,
               coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '') as using,
               coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '') as check
        from pg_catalog.pg_policy p
        join pg_catalog.pg_class c on c.oid = p.polrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relnamespace = any(%(schemas)s::oid[])
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(p.oid, p.xmin), 0))
        from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
        where c.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    table: str
    name: str
    command: str
    """As in pg_policy.polcmd; `*` for all."""
    permissive: bool
    roles: tuple[str, ...]
    """Empty text for PUBLIC."""
    using: str
    check: str

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, self.table, self.name)

    @property
    def parent(self) -> Address:
        return Address("table", self.schema, name=self.table)

    @property
    def disturbed_by(self) -> frozenset[str]:
        return frozenset({"type", "swap"})

    def needs(self) -> tuple[Address, ...]:
        return (self.parent,)

    def renamed(self, names: Renamer) -> Self:
        def expression(text: str) -> str:
            return text and names.expression(text, schema=self.schema, relation=self.table)

        return replace(
            self,
            schema=names.schema(self.schema),
            table=names.name(self.schema, self.table, Space.RELATION),
            name=names.trigger(self.schema, self.table, self.name),
            using=expression(self.using),
            check=expression(self.check),
        )

    @property
    def _place(self) -> Sql:
        return sql("{} ON {}", identifier(self.name), identifier(self.schema, self.table))

    @property
    def _to(self) -> Sql:
        return joined(identifier(each) if each else sql("PUBLIC") for each in self.roles)

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        kind = sql("") if self.permissive else sql(" AS RESTRICTIVE")
        using = sql(" USING ({})", deparsed(self.using)) if self.using else sql("")
        check = sql(" WITH CHECK ({})", deparsed(self.check)) if self.check else sql("")
        what = Sql(_COMMANDS[self.command])
        return (statement("CREATE POLICY {}{} FOR {} TO {}{}{}", self._place, kind, what, self._to, using, check),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP POLICY {}", self._place),)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        """PostgreSQL changes roles and conditions, and takes no condition away."""
        kept = (self.command, self.permissive, bool(self.using), bool(self.check))
        if kept != (old.command, old.permissive, bool(old.using), bool(old.check)):
            return None
        to = sql(" TO {}", self._to) if self.roles != old.roles else sql("")
        using = sql(" USING ({})", deparsed(self.using)) if self.using != old.using else sql("")
        check = sql(" WITH CHECK ({})", deparsed(self.check)) if self.check != old.check else sql("")
        return (statement("ALTER POLICY {}{}{}{}", self._place, to, using, check),)
