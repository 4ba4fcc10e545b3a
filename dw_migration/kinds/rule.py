"""Rules, other than the one that makes a view."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer, switched
from dw_migration.naming import RULE, Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, statement


@dataclass(frozen=True, slots=True)
class Rule(DatabaseObject):
    """A rewrite rule. Source: https://www.postgresql.org/docs/current/sql-createrule.html."""

    kind: ClassVar[str] = "rule"
    catalog: ClassVar[str] = "pg_rewrite"
    found_where: ClassVar[str] = (
        "exists (select from pg_catalog.pg_rewrite where oid > 16383 and rulename <> '_RETURN')"
    )
    query: ClassVar[str] = """
        select r.oid, 0, 0, n.nspname as schema, c.relname as table, r.rulename as name,
               case when pg_catalog.starts_with(d.whole, d.prefix)
                    then pg_catalog.rtrim(pg_catalog.substr(d.whole, pg_catalog.length(d.prefix) + 1), ';') end
                    as definition,
               r.ev_enabled::text as state, case c.relkind when 'v' then 'view' else 'table' end as of
        from pg_catalog.pg_rewrite r
        join pg_catalog.pg_class c on c.oid = r.ev_class
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        cross join lateral (
            select pg_catalog.pg_get_ruledef(r.oid) as whole,
                   pg_catalog.format('CREATE RULE %%I AS', r.rulename) as prefix
            offset 0
        ) d
        where r.rulename <> '_RETURN' and c.relkind in ('r', 'p', 'v') and c.relnamespace = any(%(schemas)s::oid[])
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(r.oid, r.xmin), 0))
        from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class
        where r.rulename <> '_RETURN' and c.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    table: str
    name: str
    definition: str
    """What pg_get_ruledef writes behind AS."""
    state: str
    """As in pg_rewrite.ev_enabled."""
    of: str
    """The kind of what it is on."""

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, self.table, self.name)

    @property
    def parent(self) -> Address:
        return Address(self.of, self.schema, name=self.table)

    @property
    def disturbed_by(self) -> frozenset[str]:
        return frozenset({"type", "swap"})

    def needs(self) -> tuple[Address, ...]:
        return (self.parent,)

    def renamed(self, names: Renamer) -> Self:
        return replace(
            self,
            schema=names.schema(self.schema),
            table=names.name(self.schema, self.table, Space.RELATION),
            name=names.trigger(self.schema, self.table, self.name),
            definition=names.expression(self.definition, schema=self.schema, relation=self.table, wrapper=RULE),
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return self._created(Sql("CREATE"))

    def _created(self, verb: Sql) -> tuple[Statement, ...]:
        return (statement("{} RULE {} AS{}", verb, identifier(self.name), deparsed(self.definition)),)

    def finish(self) -> tuple[Statement, ...]:
        return () if self.state == "O" else (self._switched(),)

    def _switched(self) -> Statement:
        return switched(Sql("RULE"), identifier(self.schema, self.table), self.name, self.state)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP RULE {} ON {}", identifier(self.name), identifier(self.schema, self.table)),)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        replaced = () if replace(self, state=old.state) == old else self._created(Sql("CREATE OR REPLACE"))
        return (*replaced, *((self._switched(),) if self.state != old.state else ()))
