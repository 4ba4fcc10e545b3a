"""Collations that somebody made; whether the target's server can have one, only that server tells."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Named, Renamer, moved
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, joined, sql, statement

_PROVIDERS = {"b": "builtin", "c": "libc", "d": "default", "i": "icu"}


@dataclass(frozen=True, slots=True)
class Collation(Named):
    """A collation. Source: https://www.postgresql.org/docs/current/sql-createcollation.html."""

    kind: ClassVar[str] = "collation"
    catalog: ClassVar[str] = "pg_collation"
    namespaces: ClassVar[tuple[Space, ...]] = (Space.COLLATION,)
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_collation where oid >= 16384)"
    # The column of the locale is another one in PostgreSQL 15 and in 17; rules came with 16.
    query: ClassVar[str] = """
        select c.oid, 0, 0, n.nspname as schema, c.collname as name, c.collprovider::text as provider,
               coalesce(j.row ->> 'colllocale', j.row ->> 'colliculocale', c.collcollate, '') as locale,
               case when c.collprovider = 'c' then coalesce(c.collctype, '') else '' end as character_type,
               c.collisdeterministic as deterministic, coalesce(j.row ->> 'collicurules', '') as rules
        from pg_catalog.pg_collation c
        join pg_catalog.pg_namespace n on n.oid = c.collnamespace
        cross join lateral pg_catalog.to_jsonb(c) j(row)
        where c.collnamespace = any(%(schemas)s::oid[])
          and c.collencoding in (-1, (select encoding from pg_catalog.pg_database
                                      where datname = pg_catalog.current_database()))
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 3456 and d.objid = c.oid and d.deptype = 'e')
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(c.oid, c.xmin), 0))
        from pg_catalog.pg_collation c where c.collnamespace = any(%(schemas)s::oid[])
    """

    provider: str
    """As in pg_collation.collprovider."""
    locale: str
    character_type: str
    """LC_CTYPE, of libc alone."""
    deterministic: bool
    rules: str
    """What changes the locale's order, of ICU alone."""

    @property
    def provided_by(self) -> str:
        """The provider's name."""
        return _PROVIDERS[self.provider]

    def renamed(self, names: Renamer) -> Self:
        return replace(self, schema=names.schema(self.schema), name=names.name(self.schema, self.name, Space.COLLATION))

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        one_locale = self.provider != "c" or self.locale == self.character_type
        options = (
            (True, sql("PROVIDER = {}", Sql(self.provided_by))),
            (not self.deterministic, sql("DETERMINISTIC = false")),
            (one_locale, sql("LOCALE = {}", self.locale)),
            (not one_locale, sql("LC_COLLATE = {}, LC_CTYPE = {}", self.locale, self.character_type)),
            (self.rules, sql("RULES = {}", self.rules)),
        )
        told = joined(text for is_told, text in options if is_told)
        return (statement("CREATE COLLATION {} ({})", self.identifier, told),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP COLLATION {}", self.identifier),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return moved(Sql("COLLATION"), self, new)

    def through(self, old: Self) -> str:  # noqa: ARG002 - rows keep their type
        return ""
