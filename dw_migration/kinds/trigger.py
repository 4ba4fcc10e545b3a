"""Triggers; those of constraints fold into the constraint, those of partitions into their parent's."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer, switched
from dw_migration.naming import CONSTRAINT_TRIGGER, TRIGGER, Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, sql, statement


@dataclass(frozen=True, slots=True)
class Trigger(DatabaseObject):
    """A trigger. Source: https://www.postgresql.org/docs/current/sql-createtrigger.html."""

    kind: ClassVar[str] = "trigger"
    catalog: ClassVar[str] = "pg_trigger"
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_trigger where not tgisinternal)"
    query: ClassVar[str] = """
        select t.oid, 0, 0, n.nspname as schema, c.relname as table, t.tgname as name,
               case when pg_catalog.starts_with(d.whole, d.prefix)
                    then pg_catalog.substr(d.whole, pg_catalog.length(d.prefix) + 1) end as definition,
               t.tgconstraint <> 0 as is_constraint, t.tgenabled::text as state,
               case c.relkind when 'v' then 'view' else 'table' end as of
        from pg_catalog.pg_trigger t
        join pg_catalog.pg_class c on c.oid = t.tgrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        cross join lateral (
            select pg_catalog.pg_get_triggerdef(t.oid) as whole,
                   pg_catalog.format('CREATE %%sTRIGGER %%I',
                                     case when t.tgconstraint <> 0 then 'CONSTRAINT ' else '' end, t.tgname) as prefix
            offset 0
        ) d
        where not t.tgisinternal and t.tgparentid = 0 and c.relkind in ('r', 'p', 'v')
          and c.relnamespace = any(%(schemas)s::oid[])
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(t.oid, t.xmin), 0))
        from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
        where not t.tgisinternal and c.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    table: str
    name: str
    definition: str
    """What pg_get_triggerdef writes behind the name."""
    is_constraint: bool
    state: str
    """As in pg_trigger.tgenabled: `O` for on, `D` for off, `R` and `A` for what replication does."""
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
        wrapper = CONSTRAINT_TRIGGER if self.is_constraint else TRIGGER
        return replace(
            self,
            schema=names.schema(self.schema),
            table=names.name(self.schema, self.table, Space.RELATION),
            name=names.trigger(self.schema, self.table, self.name),
            definition=names.expression(self.definition, schema=self.schema, relation=self.table, wrapper=wrapper),
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        constraint = sql("CONSTRAINT ") if self.is_constraint else sql("")
        name = identifier(self.name)
        return (statement("CREATE {}TRIGGER {}{}", constraint, name, deparsed(self.definition)),)

    def finish(self) -> tuple[Statement, ...]:
        return () if self.state == "O" else (self._switched(),)

    def _switched(self) -> Statement:
        return switched(Sql("TRIGGER"), identifier(self.schema, self.table), self.name, self.state)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP TRIGGER {} ON {}", identifier(self.name), identifier(self.schema, self.table)),)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        return (self._switched(),) if replace(self, state=old.state) == old else None
