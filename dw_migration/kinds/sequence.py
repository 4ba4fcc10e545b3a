"""Sequences that stand by themselves or serve a default; those of identity columns fold into the column."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Named, Renamer, moved, must_restart, sequence_options
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, joined, sql, statement


@dataclass(frozen=True, slots=True)
class Sequence(Named):
    """A sequence without its position. Source: https://www.postgresql.org/docs/current/sql-createsequence.html."""

    kind: ClassVar[str] = "sequence"
    catalog: ClassVar[str] = "pg_class"
    namespaces: ClassVar[tuple[Space, ...]] = (Space.RELATION,)
    query: ClassVar[str] = """
        select c.oid, 0, 0, n.nspname as schema, c.relname as name, pg_catalog.format_type(s.seqtypid, null) as type,
               s.seqstart as start, s.seqincrement as increment, s.seqmin as minimum, s.seqmax as maximum,
               s.seqcache as cache, s.seqcycle as cycle, c.relpersistence = 'u' as unlogged
        from pg_catalog.pg_sequence s
        join pg_catalog.pg_class c on c.oid = s.seqrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 1259 and d.objid = c.oid and d.deptype in ('e', 'i'))
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(c.oid, c.relname, c.relpersistence, s.xmin), 0))
        from pg_catalog.pg_sequence s join pg_catalog.pg_class c on c.oid = s.seqrelid
        where c.relnamespace = any(%(schemas)s::oid[])
    """

    type: str
    start: int
    increment: int
    minimum: int
    maximum: int
    cache: int
    cycle: bool
    unlogged: bool

    def renamed(self, names: Renamer) -> Self:
        return replace(self, schema=names.schema(self.schema), name=names.name(self.schema, self.name, Space.RELATION))

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        unlogged = sql("UNLOGGED ") if self.unlogged else sql("")
        as_type = sql(" AS {}", Sql(self.type)) if self.type != "bigint" else sql("")
        options = sequence_options(
            self.type,
            start=self.start,
            increment=self.increment,
            minimum=self.minimum,
            maximum=self.maximum,
            cache=self.cache,
            cycle=self.cycle,
        )
        spaced = joined((sql(" {}", option) for option in options), "")
        return (statement("CREATE {}SEQUENCE {}{}{}", unlogged, self.identifier, as_type, spaced),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP SEQUENCE {}", self.identifier),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return moved(Sql("SEQUENCE"), self, new)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        changes = []
        if self.unlogged != old.unlogged:
            persistence = sql("UNLOGGED") if self.unlogged else sql("LOGGED")
            changes.append(statement("ALTER SEQUENCE {} SET {}", self.identifier, persistence))
        if replace(self, unlogged=old.unlogged) != old:
            changes.append(self._alter_options(old))
        return tuple(changes)

    def _limits(self) -> tuple[int, int, int]:
        return self.start, self.minimum, self.maximum

    def _alter_options(self, old: Self) -> Statement:
        restarts = must_restart(old._limits(), self._limits(), same_type=self.type == old.type)
        return statement(
            "ALTER SEQUENCE {} AS {} INCREMENT BY {} MINVALUE {} MAXVALUE {} START WITH {} CACHE {} {}{}",
            self.identifier,
            Sql(self.type),
            self.increment,
            self.minimum,
            self.maximum,
            self.start,
            self.cache,
            sql("CYCLE") if self.cycle else sql("NO CYCLE"),
            sql(" RESTART") if restarts else sql(""),
        )
