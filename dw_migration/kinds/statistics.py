"""Extended statistics: what the planner shall know of several columns at once, or of expressions."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, Named, Renamer
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, joined, sql, statement

_KINDS = {"d": "ndistinct", "f": "dependencies", "m": "mcv"}


@dataclass(frozen=True, slots=True)
class Statistics(Named):
    """A statistics object. Source: https://www.postgresql.org/docs/current/sql-createstatistics.html."""

    kind: ClassVar[str] = "statistics"
    catalog: ClassVar[str] = "pg_statistic_ext"
    namespaces: ClassVar[tuple[Space, ...]] = (Space.STATISTICS,)
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_statistic_ext)"
    # As of indexes: where the names are not those of the snapshot, the definition is NULL, which means: read again.
    query: ClassVar[str] = """
        select s.oid, 0, 0, n.nspname as schema, s.stxname as name, rn.nspname as table_schema, r.relname as table,
               array(select k::text from pg_catalog.unnest(s.stxkind) u(k) where k <> 'e' order by k) as kinds,
               case when pg_catalog.starts_with(d.whole, d.prefix)
                     and pg_catalog.right(d.whole, pg_catalog.length(d.suffix)) = d.suffix
                    then pg_catalog.regexp_replace(
                           pg_catalog.substr(d.whole, pg_catalog.length(d.prefix) + 1,
                                             pg_catalog.length(d.whole) - pg_catalog.length(d.prefix)
                                             - pg_catalog.length(d.suffix)),
                           '^( \\([a-z, ]+\\))? ON ', '') end as definition,
               coalesce(s.stxstattarget, -1)::int as target,
               case r.relkind when 'm' then 'materialized view' else 'table' end as of
        from pg_catalog.pg_statistic_ext s
        join pg_catalog.pg_namespace n on n.oid = s.stxnamespace
        join pg_catalog.pg_class r on r.oid = s.stxrelid and r.relkind in ('r', 'p', 'm')
        join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace
        cross join lateral (
            select pg_catalog.pg_get_statisticsobjdef(s.oid) as whole,
                   pg_catalog.format('CREATE STATISTICS %%I.%%I', n.nspname, s.stxname) as prefix,
                   pg_catalog.format(' FROM %%I.%%I', rn.nspname, r.relname) as suffix
            offset 0
        ) d
        where s.stxnamespace = any(%(schemas)s::oid[])
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(s.oid, s.xmin), 0))
        from pg_catalog.pg_statistic_ext s where s.stxnamespace = any(%(schemas)s::oid[])
    """

    table_schema: str
    table: str
    kinds: tuple[str, ...]
    """As in pg_statistic_ext.stxkind: d, f, m."""
    definition: str
    """The columns and expressions, as pg_get_statisticsobjdef writes them."""
    target: int
    """-1 where it is that of the columns."""
    of: str = "table"
    """The kind of what it is about; older ledgers have none."""

    @property
    def parent(self) -> Address:
        return Address(self.of, self.table_schema, name=self.table)

    @property
    def disturbed_by(self) -> frozenset[str]:
        return frozenset({"family"})

    def needs(self) -> tuple[Address, ...]:
        return (Address("schema", self.schema), self.parent)

    def renamed(self, names: Renamer) -> Self:
        return replace(
            self,
            schema=names.schema(self.schema),
            name=names.name(self.schema, self.name, Space.STATISTICS),
            table_schema=names.schema(self.table_schema),
            table=names.name(self.table_schema, self.table, Space.RELATION),
            definition=names.expression(
                self.definition,
                schema=self.table_schema,
                relation=self.table,
                wrapper="CREATE STATISTICS x ON {} FROM y",
            ),
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        # Of a single expression there is one kind, which must not be said.
        some = self.kinds and len(self.kinds) < len(_KINDS)
        kinds = sql(" ({})", joined(Sql(_KINDS[each]) for each in self.kinds)) if some else sql("")
        table = identifier(self.table_schema, self.table)
        return (
            statement("CREATE STATISTICS {}{} ON {} FROM {}", self.identifier, kinds, deparsed(self.definition), table),
        )

    def finish(self) -> tuple[Statement, ...]:
        return self._targeted() if self.target >= 0 else ()

    def _targeted(self) -> tuple[Statement, ...]:
        return (statement("ALTER STATISTICS {} SET STATISTICS {}", self.identifier, self.target),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP STATISTICS {}", self.identifier),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return (statement("ALTER STATISTICS {} RENAME TO {}", self.identifier, identifier(new.name)),)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        return self._targeted() if replace(old, target=self.target) == self else None
