"""Text search dictionaries; their templates are written in C, and the server's or an extension's."""

import re
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from dw_migration.errors import Unsupported
from dw_migration.kind import Named, Renamer, moved
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, joined, sql, statement

_ONE = r"""(?:"(?:[^"]|"")+"|\w+) = (?:E?'(?:[^'\\]|''|\\.)*'|[-\w.]+)"""
_OPTION = re.compile(_ONE, re.DOTALL)
_OPTIONS = re.compile(f"(?:{_ONE}(?:, {_ONE})*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TextSearchDictionary(Named):
    """A dictionary. Source: https://www.postgresql.org/docs/current/sql-createtsdictionary.html."""

    kind: ClassVar[str] = "text search dictionary"
    catalog: ClassVar[str] = "pg_ts_dict"
    namespaces: ClassVar[tuple[Space, ...]] = (Space.DICTIONARY,)
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_ts_dict where oid >= 16384)"
    query: ClassVar[str] = """
        select d.oid, 0, 0, n.nspname as schema, d.dictname as name, tn.nspname as template_schema,
               t.tmplname as template,
               array(select m[1]
                     from pg_catalog.regexp_matches(
                              d.dictinitoption,
                              '((?:"(?:[^"]|"")+"|\\w+) = (?:E?''(?:[^''\\\\]|''''|\\\\.)*''|[-\\w.]+))(?:, |$)', 'g'
                          ) m
                     order by m[1] collate pg_catalog."C") as options,
               coalesce(d.dictinitoption, '') as told
        from pg_catalog.pg_ts_dict d
        join pg_catalog.pg_namespace n on n.oid = d.dictnamespace
        join pg_catalog.pg_ts_template t on t.oid = d.dicttemplate
        join pg_catalog.pg_namespace tn on tn.oid = t.tmplnamespace
        where d.dictnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend x
                          where x.classid = 3600 and x.objid = d.oid and x.deptype = 'e')
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(d.oid, d.xmin), 0))
        from pg_catalog.pg_ts_dict d where d.dictnamespace = any(%(schemas)s::oid[])
    """

    template_schema: str
    template: str
    options: tuple[str, ...]
    """By name, since ALTER changes their order: `stopwords = 'english'`."""
    told: str = field(compare=False)
    """The same as they were said: pg_ts_dict.dictinitoption, for creation alone."""

    def renamed(self, names: Renamer) -> Self:
        if not _OPTIONS.fullmatch(self.told) or not all(map(_OPTION.fullmatch, self.options)):
            raise Unsupported(f"{self.kind} {self.address}: {self.told!r} are no options")
        template_schema, template = names.qualified(self.template_schema, self.template, Space.OTHER)
        return replace(
            self,
            schema=names.schema(self.schema),
            name=names.name(self.schema, self.name, Space.DICTIONARY),
            template_schema=template_schema,
            template=template,
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        template = sql("TEMPLATE = {}", identifier(self.template_schema, self.template))
        told = joined((template, *((deparsed(self.told),) if self.told else ())))
        return (statement("CREATE TEXT SEARCH DICTIONARY {} ({})", self.identifier, told),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP TEXT SEARCH DICTIONARY {}", self.identifier),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return moved(Sql("TEXT SEARCH DICTIONARY"), self, new)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        """Options that are new or others, and the names alone of those that are gone."""
        if replace(self, options=old.options) != old:
            return None
        now, was = ({each.split(" = ", 1)[0] for each in options} for options in (self.options, old.options))
        changes = (*sorted(was - now), *(each for each in _OPTION.findall(self.told) if each not in old.options))
        return (statement("ALTER TEXT SEARCH DICTIONARY {} ({})", self.identifier, joined(map(deparsed, changes))),)
