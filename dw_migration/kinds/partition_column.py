"""What an inherited column, as a partition's, has otherwise than that it is from: NOT NULL, storage, statistics."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer, options_changed
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, identifier, sql, statement

_STORAGE = {"p": "PLAIN", "e": "EXTERNAL", "x": "EXTENDED", "m": "MAIN"}
_COMPRESSION = {"": "DEFAULT", "p": "pglz", "l": "lz4"}


@dataclass(frozen=True, slots=True)
class PartitionColumn(DatabaseObject):
    """A column of a partition that is not as its whole table has it, or one that a table inherits from another."""

    kind: ClassVar[str] = "partition column"
    catalog: ClassVar[str] = ""
    locks: ClassVar[int] = 1
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_inherits)"
    query: ClassVar[str] = """
        select 0, 0, 0, n.nspname as schema, c.relname as table, a.attname as name,
               pn.nspname as whole_schema, p.relname as whole_table,
               a.attnotnull as not_null, a.attstorage::text as storage, a.attcompression::text as compression,
               o.not_null as whole_not_null, w.attstorage::text as whole_storage,
               x.compression as whole_compression, x.statistics, x.options
        from pg_catalog.pg_inherits i
        join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relkind in ('r', 'p')
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_class p on p.oid = i.inhparent
        join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        join pg_catalog.pg_attribute w on w.attrelid = p.oid and w.attname = a.attname
        cross join lateral (
            select w.attnotnull or not c.relispartition and exists (
                select from pg_catalog.pg_inherits j
                join pg_catalog.pg_attribute b on b.attrelid = j.inhparent and b.attname = a.attname
                where j.inhrelid = c.oid and b.attnotnull) as not_null
            offset 0
        ) o
        cross join lateral (  -- those of a table that is no partition are its column's; compression an heir comes with
            select case when c.relispartition then '' else w.attcompression::text end as compression,
                   case when c.relispartition then coalesce(a.attstattarget, -1)::int else -1 end as statistics,
                   case when c.relispartition then coalesce(a.attoptions, '{}') else '{}' end as options
        ) x
        where c.relpersistence <> 't' and c.relnamespace = any(%(schemas)s::oid[])
          and a.attinhcount > 0 and (c.relispartition or not exists (
              select from pg_catalog.pg_inherits j
              join pg_catalog.pg_attribute b on b.attrelid = j.inhparent and b.attname = a.attname
              where j.inhrelid = c.oid and j.inhseqno < i.inhseqno))
          and (a.attnotnull, a.attstorage, a.attcompression, x.statistics, x.options)
              <> (o.not_null, w.attstorage, x.compression::"char", -1, '{}'::text[])
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(i.inhrelid, i.inhparent), 0))
        from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
        where c.relkind in ('r', 'p') and c.relnamespace = any(%(schemas)s::oid[])
    """  # the columns themselves are watched with all others

    schema: str
    table: str
    name: str
    whole_schema: str
    whole_table: str
    not_null: bool
    storage: str
    """As in pg_attribute.attstorage, as the compression in attcompression."""
    compression: str
    whole_not_null: bool = field(compare=False)
    whole_storage: str = field(compare=False)
    whole_compression: str = field(compare=False)
    statistics: int = -1
    """The statistics target; -1 for the server's own. What older ledgers hold has neither this nor the next."""
    options: tuple[str, ...] = ()
    """As in pg_attribute: `n_distinct=-0.5`."""

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, self.table, self.name)

    @property
    def parent(self) -> Address:
        return Address("table", self.schema, name=self.table)

    @property
    def overrides(self) -> Address:
        return Address("column", self.whole_schema, self.whole_table, self.name)

    def needs(self) -> tuple[Address, ...]:
        return (self.parent,)

    def renamed(self, names: Renamer) -> Self:
        return replace(
            self,
            schema=names.schema(self.schema),
            table=names.name(self.schema, self.table, Space.RELATION),
            name=names.member(self.schema, self.table, self.name),
            whole_schema=names.schema(self.whole_schema),
            whole_table=names.name(self.whole_schema, self.whole_table, Space.RELATION),
        )

    def _of_whole(self) -> Self:
        """As attaching, or inheriting, makes it."""
        return replace(
            self,
            not_null=self.whole_not_null,
            storage=self.whole_storage,
            compression=self.whole_compression,
            statistics=-1,
            options=(),
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return self._from(self._of_whole())

    def drop(self) -> tuple[Statement, ...]:
        return self._of_whole()._from(self)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        return self._from(old)

    def _from(self, old: Self) -> tuple[Statement, ...]:
        changes = []
        # What is NOT NULL above is so here too, and what that was once is not when that is not.
        comes_down = self.not_null == self.whole_not_null and old.not_null == old.whole_not_null
        if self.not_null != old.not_null and not comes_down:
            changes.append(self._set(sql("SET NOT NULL")) if self.not_null else self.may_be_null())
        if self.storage != old.storage:
            changes.append(self._set(sql("SET STORAGE {}", Sql(_STORAGE[self.storage]))))
        if self.compression != old.compression:
            changes.append(self._set(sql("SET COMPRESSION {}", Sql(_COMPRESSION[self.compression]))))
        if self.statistics != old.statistics:
            changes.append(self._set_here(sql("SET STATISTICS {}", self.statistics)))
        return (*changes, *map(self._set_here, options_changed(old.options, self.options)))

    def may_be_null(self, *, here: bool = False) -> Statement:
        """What accepts NULL from now on; `here`: and leaves alone what inherits it."""
        return (self._set_here if here else self._set)(sql("DROP NOT NULL"))

    def _set(self, what: Sql) -> Statement:
        place = identifier(self.schema, self.table), identifier(self.name)
        return statement("ALTER TABLE {} ALTER COLUMN {} {}", *place, what)

    def _set_here(self, what: Sql) -> Statement:
        """The same for this partition alone, whatever parts it has itself."""
        place = identifier(self.schema, self.table), identifier(self.name)
        return statement("ALTER TABLE ONLY {} ALTER COLUMN {} {}", *place, what)
