"""Indexes other than those of constraints."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer, by_name
from dw_migration.naming import Space
from dw_migration.sql import Statement, deparsed, identifier, sql, statement


@dataclass(frozen=True, slots=True)
class Index(DatabaseObject):
    """An index of a table. Source: https://www.postgresql.org/docs/current/sql-createindex.html."""

    kind: ClassVar[str] = "index"
    catalog: ClassVar[str] = "pg_class"
    namespaces: ClassVar[tuple[Space, ...]] = (Space.RELATION,)
    # pg_get_indexdef shows the newest state whatever the snapshot: where its names are not those of the snapshot, the
    # definition is NULL, which means: read again.
    query: ClassVar[str] = """
        select c.oid, 0, 0, n.nspname as schema, r.relname as table, c.relname as name, i.indisunique as unique,
               case when pg_catalog.starts_with(d.whole, d.prefix)
                    then pg_catalog.substr(d.whole, pg_catalog.length(d.prefix) + 1) end as definition,
               array(select pg_catalog.concat(a.attnum, '=', a.attstattarget) from pg_catalog.pg_attribute a
                     where i.indexprs is not null and a.attrelid = c.oid and a.attstattarget >= 0
                     order by a.attnum) as statistics,
               case r.relkind when 'm' then 'materialized view' else 'table' end as of,
               coalesce(wn.nspname, '') as whole_schema, coalesce(wr.relname, '') as whole_table,
               coalesce(wc.relname, '') as whole_name, not i.indisvalid as only
        from pg_catalog.pg_index i
        join pg_catalog.pg_class c on c.oid = i.indexrelid
        join pg_catalog.pg_class r on r.oid = i.indrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        cross join lateral (
            select pg_catalog.pg_get_indexdef(c.oid) as whole,
                   pg_catalog.format('CREATE %%sINDEX %%I ON %%s%%I.%%I USING ',
                                     case when i.indisunique then 'UNIQUE ' else '' end,
                                     c.relname, case when c.relkind = 'I' then 'ONLY ' else '' end,
                                     n.nspname, r.relname) as prefix
            offset 0  -- or each use of `whole` and `prefix` would call again
        ) d
        left join (
            pg_catalog.pg_inherits h join pg_catalog.pg_index wi on wi.indexrelid = h.inhparent
            join pg_catalog.pg_class wc on wc.oid = wi.indexrelid
            join pg_catalog.pg_class wr on wr.oid = wi.indrelid
            join pg_catalog.pg_namespace wn on wn.oid = wr.relnamespace
        ) on h.inhrelid = c.oid
        where r.relkind in ('r', 'p', 'm') and (i.indisvalid or c.relkind = 'I')
          and c.relnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_constraint k
                          where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(
                 c.oid, c.relname, c.relam, c.reloptions, i.indrelid, i.indisunique, i.indisprimary, i.indisexclusion,
                 i.indimmediate, i.indisvalid, i.indislive, i.indkey::text, i.indcollation, i.indclass,
                 i.indoption::text, i.indexprs::text, i.indpred::text, i.indnkeyatts,
                 (select pg_catalog.array_agg(a.attstattarget order by a.attnum) from pg_catalog.pg_attribute a
                  where a.attrelid = c.oid and i.indexprs is not null)), 0))
        from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
        where c.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    table: str
    name: str
    unique: bool
    definition: str
    """What pg_get_indexdef writes from the method's name on."""
    statistics: tuple[str, ...] = ()
    """Numbers of columns that are expressions, and their statistics targets: `1=500`. Older ledgers have none."""
    of: str = "table"
    """The kind of what it indexes."""
    whole_schema: str = field(default="", compare=False)
    whole_table: str = field(default="", compare=False)
    whole_name: str = field(default="", compare=False)
    """Of a partition's the one of the whole table that has taken it in."""
    only: bool = False
    """Of a partitioned table alone: it waits for those of the partitions, and is not valid until it has them all."""

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, self.table, self.name)

    @property
    def parent(self) -> Address:
        return Address(self.of, self.schema, name=self.table)

    @property
    def whole(self) -> Address | None:
        if not self.whole_name:
            return None
        return Address(self.kind, self.whole_schema, self.whole_table, self.whole_name)

    @property
    def disturbed_by(self) -> frozenset[str]:
        return frozenset({"family"})

    def occupies(self) -> tuple[tuple[str, str, str], ...]:
        return tuple((each, self.schema, self.name) for each in self.namespaces)

    def needs(self) -> tuple[Address, ...]:
        return (self.parent,)

    def renamed(self, names: Renamer) -> Self:
        return replace(
            self,
            schema=names.schema(self.schema),
            table=names.name(self.schema, self.table, Space.RELATION),
            name=names.name(self.schema, self.name, Space.RELATION),
            definition=names.expression(
                self.definition, schema=self.schema, relation=self.table, wrapper="CREATE INDEX ON x USING {}"
            ),
            whole_schema=self.whole_schema and names.schema(self.whole_schema),
            whole_table=self.whole_table and names.name(self.whole_schema, self.whole_table, Space.RELATION),
            whole_name=self.whole_name and names.name(self.whole_schema, self.whole_name, Space.RELATION),
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        unique = sql("UNIQUE ") if self.unique else sql("")
        table, only = identifier(self.schema, self.table), sql("ONLY ") if self.only else sql("")
        name, definition = identifier(self.name), deparsed(self.definition)
        return (statement("CREATE {}INDEX {} ON {}{} USING {}", unique, name, only, table, definition),)

    def built_concurrently(self, name: str) -> Statement:
        """What builds it under this name while the table is written."""
        unique, table = sql("UNIQUE ") if self.unique else sql(""), identifier(self.schema, self.table)
        return statement(
            "CREATE {}INDEX CONCURRENTLY {} ON {} USING {}",
            *(unique, identifier(name), table, deparsed(self.definition)),
            transactional=False,
        )

    def finish(self) -> tuple[Statement, ...]:
        return self._targeted(())

    def _targeted(self, old: tuple[str, ...]) -> tuple[Statement, ...]:
        index, now, was = identifier(self.schema, self.name), by_name(self.statistics), by_name(old)
        targets = {int(number): int(now.get(number, -1)) for number in {**was, **now}}
        return tuple(
            statement("ALTER INDEX {} ALTER COLUMN {} SET STATISTICS {}", index, number, target)
            for number, target in sorted(targets.items())
            if was.get(str(number)) != str(target)
        )

    def drop(self) -> tuple[Statement, ...]:
        if self.whole_name:
            return ()
        return (statement("DROP INDEX {}", identifier(self.schema, self.name)),)

    def dropped_concurrently(self) -> Statement:
        """What drops it while the table is read and written."""
        return statement("DROP INDEX CONCURRENTLY {}", identifier(self.schema, self.name), transactional=False)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return (statement("ALTER INDEX {} RENAME TO {}", identifier(self.schema, self.name), identifier(new.name)),)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        return self._targeted(old.statistics) if replace(old, statistics=self.statistics) == self else None
