"""Text search configurations: which dictionaries see the words of each sort."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Named, Renamer, moved
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, identifier, joined, statement
from dw_migration.sql import names as listed

_Dictionaries = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TextSearchConfiguration(Named):
    """A configuration. Source: https://www.postgresql.org/docs/current/sql-createtsconfig.html."""

    kind: ClassVar[str] = "text search configuration"
    catalog: ClassVar[str] = "pg_ts_config"
    namespaces: ClassVar[tuple[Space, ...]] = (Space.CONFIGURATION,)
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_ts_config where oid >= 16384)"
    query: ClassVar[str] = """
        select c.oid, 0, 0, n.nspname as schema, c.cfgname as name, pn.nspname as parser_schema,
               p.prsname as parser,
               array(select u.name
                     from pg_catalog.pg_ts_config_map m
                     join pg_catalog.ts_token_type(c.cfgparser) t on t.tokid = m.maptokentype
                     join pg_catalog.pg_ts_dict d on d.oid = m.mapdict
                     join pg_catalog.pg_namespace dn on dn.oid = d.dictnamespace
                     cross join lateral (values (1, t.alias), (2, dn.nspname::text), (3, d.dictname::text)) u (at, name)
                     where m.mapcfg = c.oid order by m.maptokentype, m.mapseqno, u.at) as mappings
        from pg_catalog.pg_ts_config c
        join pg_catalog.pg_namespace n on n.oid = c.cfgnamespace
        join pg_catalog.pg_ts_parser p on p.oid = c.cfgparser
        join pg_catalog.pg_namespace pn on pn.oid = p.prsnamespace
        where c.cfgnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend x
                          where x.classid = 3602 and x.objid = c.oid and x.deptype = 'e')
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(c.oid, c.xmin, m.maptokentype, m.mapseqno, m.xmin), 0))
        from pg_catalog.pg_ts_config c left join pg_catalog.pg_ts_config_map m on m.mapcfg = c.oid
        where c.cfgnamespace = any(%(schemas)s::oid[])
    """

    parser_schema: str
    parser: str
    mappings: tuple[str, ...]
    """Sort of word, schema and name of the dictionary, one behind the other: in the order in which they are asked."""

    def _mapped(self) -> Iterator[tuple[str, str, str]]:
        return zip(self.mappings[::3], self.mappings[1::3], self.mappings[2::3], strict=True)

    @property
    def _dictionaries(self) -> dict[str, _Dictionaries]:
        """Of each sort of word, in order."""
        found: dict[str, _Dictionaries] = {}
        for word, schema, name in self._mapped():
            found[word] = (*found.get(word, ()), (schema, name))
        return found

    def renamed(self, names: Renamer) -> Self:
        parser_schema, parser = names.qualified(self.parser_schema, self.parser, Space.OTHER)
        return replace(
            self,
            schema=names.schema(self.schema),
            name=names.name(self.schema, self.name, Space.CONFIGURATION),
            parser_schema=parser_schema,
            parser=parser,
            mappings=tuple(
                new
                for word, schema, name in self._mapped()
                for new in (word, *names.qualified(schema, name, Space.DICTIONARY))
            ),
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        parser = identifier(self.parser_schema, self.parser)
        created = statement("CREATE TEXT SEARCH CONFIGURATION {} (PARSER = {})", self.identifier, parser)
        return (created, *self._mapping(Sql("ADD"), self._dictionaries))

    def _mapping(self, verb: Sql, wanted: dict[str, _Dictionaries]) -> Iterator[Statement]:
        """A statement for all sorts of words that the same dictionaries see."""
        for dictionaries in dict.fromkeys(wanted.values()):
            words = listed(word for word, those in wanted.items() if those == dictionaries)
            those = joined(identifier(*each) for each in dictionaries)
            yield statement(
                "ALTER TEXT SEARCH CONFIGURATION {} {} MAPPING FOR {} WITH {}", self.identifier, verb, words, those
            )

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP TEXT SEARCH CONFIGURATION {}", self.identifier),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return moved(Sql("TEXT SEARCH CONFIGURATION"), self, new)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        if replace(self, mappings=old.mappings) != old:
            return None
        now, was = self._dictionaries, old._dictionaries
        gone = [word for word in was if word not in now]
        dropped = statement("ALTER TEXT SEARCH CONFIGURATION {} DROP MAPPING FOR {}", self.identifier, listed(gone))
        return (
            *((dropped,) if gone else ()),
            *self._mapping(Sql("ALTER"), {word: now[word] for word in now if was.get(word, now[word]) != now[word]}),
            *self._mapping(Sql("ADD"), {word: now[word] for word in now if word not in was}),
        )
