"""Functions and procedures; what a body names beyond what PostgreSQL knows is its author's word."""

import re
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, Called, Renamer
from dw_migration.naming import ARGUMENTS, BODY, PROCEDURE, RESULT, ROUTINE, Space
from dw_migration.sql import Sql, Statement, deparsed, dollar_quoted, identifier, joined, quoted_literal, sql, statement

_READ = frozenset({"sql", "plpgsql"})
"""Languages in whose bodies names are rewritten."""
_PATH = re.compile(r"(?<= SET search_path TO )'(?:[^']|'')*'(?:, '(?:[^']|'')*')*")


@dataclass(frozen=True, slots=True)
class Function(Called):
    """A function or procedure. Source: https://www.postgresql.org/docs/current/sql-createfunction.html."""

    kind: ClassVar[str] = "function"
    catalog: ClassVar[str] = "pg_proc"
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_proc where oid >= 16384)"
    # A body that is a string stands at the end of the definition, between dollar quotes.
    query: ClassVar[str] = """
        select p.oid, 0, 0, n.nspname as schema, p.proname as name,
               array(select pg_catalog.format_type(u.type, null)
                     from pg_catalog.unnest(p.proargtypes::oid[]) with ordinality u(type, at) order by at) as types,
               p.prokind = 'p' as is_procedure,
               case when pg_catalog.starts_with(d.whole, d.prefix)
                    then pg_catalog.substr(d.whole, pg_catalog.length(d.prefix) + 1,
                                           pg_catalog.length(d.whole) - pg_catalog.length(d.prefix) - d.tail) end
                    as head,
               case when d.is_text then p.prosrc else '' end as body, d.is_text,
               pg_catalog.pg_get_function_identity_arguments(p.oid) as identity,
               coalesce(pg_catalog.pg_get_function_result(p.oid), '') as result, p.pronargdefaults::int as defaults,
               l.lanname as language, p.prosecdef as security_definer,
               coalesce(pg_catalog.obj_description(p.oid, 'pg_proc'), '') as comment
        from pg_catalog.pg_proc p
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        join pg_catalog.pg_language l on l.oid = p.prolang
        cross join lateral (
            select pg_catalog.pg_get_functiondef(p.oid) as whole,
                   pg_catalog.format('CREATE OR REPLACE %%s %%I.%%I',
                                     case p.prokind when 'p' then 'PROCEDURE' else 'FUNCTION' end,
                                     n.nspname, p.proname) as prefix,
                   p.prosqlbody is null as is_text,
                   case when p.prosqlbody is null
                        then pg_catalog.length(p.prosrc) + 1 + 2 * pg_catalog.length(pg_catalog.substring(
                                 pg_catalog.pg_get_functiondef(p.oid), '(\\$(?:function|procedure)x*\\$)\\n\\Z'))
                        else 1 end as tail
            offset 0
        ) d
        where p.prokind in ('f', 'p', 'w') and p.pronamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend x
                          where x.classid = 1255 and x.objid = p.oid and x.deptype in ('e', 'i'))
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(p.oid, p.xmin), 0))
        from pg_catalog.pg_proc p where p.pronamespace = any(%(schemas)s::oid[])
    """

    schema: str
    name: str
    types: tuple[str, ...]
    """Of what it takes: they tell it from others of its name."""
    is_procedure: bool
    head: str
    """What pg_get_functiondef writes from the arguments on to the body; the body too where it is SQL."""
    body: str
    """The body where it is a string: as its author wrote it."""
    has_text: bool
    identity: str = field(compare=False)
    result: str = field(compare=False)
    defaults: int = field(compare=False)
    """What a replacement must keep, or may only add to."""
    language: str = field(compare=False)
    security_definer: bool = field(compare=False)
    comment: str
    """Part of it, since nothing else has an address with types in it."""
    unproven: tuple[str, ...] = field(default=(), compare=False)
    """What the body names, and nothing proves what is meant."""
    proven: int = field(default=0, compare=False)
    """How many names in the body are certain."""

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, name=f"{self.name}({', '.join(self.types)})")

    @property
    def disturbed_by(self) -> frozenset[str]:
        """It stands on columns only where its body is SQL, and PostgreSQL retypes none that such a body reads."""
        return frozenset({"swap"} if self.has_text else {"swap", "type"})

    @property
    def _what(self) -> Sql:
        return sql("PROCEDURE") if self.is_procedure else sql("FUNCTION")

    @property
    def _signature(self) -> Sql:
        return sql("{}({})", identifier(self.schema, self.name), joined(map(deparsed, self.types)))

    def renamed(self, names: Renamer) -> Self:
        wrapper = (PROCEDURE if self.is_procedure else ROUTINE) + (BODY if self.has_text else "")
        head = names.expression(self.head, schema=self.schema, relation=self.name, wrapper=wrapper)
        body, proven, unproven = names.code(self.body, self.schema, has_path=bool(_PATH.search(self.head)))
        return replace(
            self,
            schema=names.schema(self.schema),
            name=names.name(self.schema, self.name, Space.ROUTINE),
            types=tuple(map(names.type, self.types)),
            identity=names.expression(self.identity, schema=self.schema, wrapper=ARGUMENTS),
            result=self.result and names.expression(self.result, schema=self.schema, wrapper=RESULT),
            head=_PATH.sub(lambda found: _path(found[0], names), head),
            body=body if self.language in _READ else self.body,
            unproven=unproven,
            proven=proven,
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return (self._created(sql("CREATE")),)

    def _created(self, verb: Sql) -> Statement:
        tag = "procedure" if self.is_procedure else "function"
        body = deparsed(dollar_quoted(self.body, tag) if self.has_text else "")
        place = identifier(self.schema, self.name)
        return statement("{} {} {}{}{}", verb, self._what, place, deparsed(self.head), body)

    @property
    def described(self) -> Sql:
        return sql("{} {}", self._what, self._signature)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return (statement("ALTER {} {} RENAME TO {}", self._what, self._signature, identifier(new.name)),)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        """PostgreSQL keeps the names of what it takes, what it returns, and what has a default."""
        kept = (self.identity, self.result, self.is_procedure) == (old.identity, old.result, old.is_procedure)
        if not kept or self.defaults < old.defaults:
            return None
        replaced = () if replace(self, comment=old.comment) == old else (self._created(sql("CREATE OR REPLACE")),)
        return (*replaced, *((self.commented(),) if self.comment != old.comment else ()))


def _path(literals: str, names: Renamer) -> str:
    schemas = [each.replace("''", "'") for each in re.findall(r"'((?:[^']|'')*)'", literals)]
    return ", ".join(map(quoted_literal, names.path(schemas)))
