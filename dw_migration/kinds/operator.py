"""Operators: which functions they call, and what the planner may make of them."""

import re
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from dw_migration.errors import Unsupported
from dw_migration.kind import Address, Called, Renamer
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, joined, sql, statement

_SYMBOL = re.compile(r"[-+*/<>=~!@#%^&|`?]+")


@dataclass(frozen=True, slots=True)
class Operator(Called):
    """An operator. Source: https://www.postgresql.org/docs/current/sql-createoperator.html."""

    kind: ClassVar[str] = "operator"
    catalog: ClassVar[str] = "pg_operator"
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_operator where oid >= 16384)"
    # One without a function is a mere name for another's commutator or negator.
    query: ClassVar[str] = """
        select o.oid, 0, 0, n.nspname as schema, o.oprname as name,
               case when o.oprleft = 0 then '' else pg_catalog.format_type(o.oprleft, null) end as left,
               pg_catalog.format_type(o.oprright, null) as right,
               fn.nspname as function_schema, f.proname as function,
               coalesce(cn.nspname, '') as commutator_schema, coalesce(c.oprname, '') as commutator,
               coalesce(nn.nspname, '') as negator_schema, coalesce(ng.oprname, '') as negator,
               coalesce(rn.nspname, '') as restrict_schema, coalesce(r.proname, '') as restrict,
               coalesce(jn.nspname, '') as join_schema, coalesce(j.proname, '') as join,
               o.oprcanhash as hashes, o.oprcanmerge as merges,
               coalesce(pg_catalog.obj_description(o.oid, 'pg_operator'), '') as comment,
               coalesce(bn.nspname, '') as negates_schema, coalesce(b.oprname, '') as negates,
               coalesce(an.nspname, '') as commutes_schema, coalesce(a.oprname, '') as commutes
        from pg_catalog.pg_operator o
        join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
        join pg_catalog.pg_proc f on f.oid = o.oprcode
        join pg_catalog.pg_namespace fn on fn.oid = f.pronamespace
        left join pg_catalog.pg_operator c on c.oid = o.oprcom
        left join pg_catalog.pg_namespace cn on cn.oid = c.oprnamespace
        left join pg_catalog.pg_operator ng on ng.oid = o.oprnegate
        left join pg_catalog.pg_namespace nn on nn.oid = ng.oprnamespace
        left join pg_catalog.pg_proc r on r.oid = o.oprrest
        left join pg_catalog.pg_namespace rn on rn.oid = r.pronamespace
        left join pg_catalog.pg_proc j on j.oid = o.oprjoin
        left join pg_catalog.pg_namespace jn on jn.oid = j.pronamespace
        left join pg_catalog.pg_operator b on b.oid = (
            select min(x.oid) from pg_catalog.pg_operator x
            where x.oprnegate = o.oid and x.oid <> o.oid and x.oprcode <> 0 and o.oprnegate = 0)
        left join pg_catalog.pg_namespace bn on bn.oid = b.oprnamespace
        left join pg_catalog.pg_operator a on a.oid = (
            select min(x.oid) from pg_catalog.pg_operator x
            where x.oprcom = o.oid and x.oid <> o.oid and x.oprcode <> 0 and o.oprcom = 0)
        left join pg_catalog.pg_namespace an on an.oid = a.oprnamespace
        where o.oprnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 2617 and d.objid = o.oid and d.deptype = 'e')
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(o.oid, o.xmin), 0))
        from pg_catalog.pg_operator o where o.oprnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    name: str
    left: str
    """The type of what stands before it; empty where nothing does."""
    right: str
    function_schema: str
    function: str
    commutator_schema: str
    commutator: str
    negator_schema: str
    negator: str
    """Other operators, which may come later; empty for none."""
    restrict_schema: str
    restrict: str
    join_schema: str
    join: str
    """What estimates how many rows it finds; empty for none."""
    hashes: bool
    merges: bool
    comment: str
    """Part of it, since nothing else has an address with types in it."""
    negates_schema: str = field(default="", compare=False)
    negates: str = field(default="", compare=False)
    """Whose negator it is without having one itself: it comes later, or PostgreSQL would tie both."""
    commutes_schema: str = field(default="", compare=False)
    commutes: str = field(default="", compare=False)

    @property
    def address(self) -> Address:
        return self._address(self.schema, self.name, self.left, self.right)

    def _address(self, schema: str, symbol: str, left: str, right: str) -> Address:
        types = (left, right) if left else (right,)
        return Address(self.kind, schema, name=f"{symbol}({', '.join(types)})")

    def needs(self) -> tuple[Address, ...]:
        first = Called.needs(self)
        if self.negates:
            first += (self._address(self.negates_schema, self.negates, self.left, self.right),)
        if self.commutes:
            first += (self._address(self.commutes_schema, self.commutes, self.right, self.left),)
        return first

    def renamed(self, names: Renamer) -> Self:
        for symbol in filter(None, (self.name, self.commutator, self.negator, self.negates, self.commutes)):
            if not _SYMBOL.fullmatch(symbol):
                raise Unsupported(f"operator {self.address}: {symbol!r} is no operator")

        def place(schema: str, symbol: str) -> str:
            return schema and names.qualified(schema, symbol, Space.OTHER)[0]

        def called(schema: str, name: str) -> tuple[str, str]:
            return names.qualified(schema, name, Space.ROUTINE) if name else (schema, name)

        function_schema, function = called(self.function_schema, self.function)
        restrict_schema, restrict = called(self.restrict_schema, self.restrict)
        join_schema, join = called(self.join_schema, self.join)
        return replace(
            self,
            schema=names.schema(self.schema),
            left=self.left and names.type(self.left),
            right=names.type(self.right),
            function_schema=function_schema,
            function=function,
            commutator_schema=place(self.commutator_schema, self.commutator),
            negator_schema=place(self.negator_schema, self.negator),
            negates_schema=place(self.negates_schema, self.negates),
            commutes_schema=place(self.commutes_schema, self.commutes),
            restrict_schema=restrict_schema,
            restrict=restrict,
            join_schema=join_schema,
            join=join,
        )

    @property
    def _place(self) -> Sql:
        return sql("{}.{}", identifier(self.schema), deparsed(self.name))

    @property
    def _signature(self) -> Sql:
        return sql("{} ({}, {})", self._place, deparsed(self.left or "NONE"), deparsed(self.right))

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        options = (
            (True, sql("FUNCTION = {}", identifier(self.function_schema, self.function))),
            (self.left, sql("LEFTARG = {}", deparsed(self.left))),
            (True, sql("RIGHTARG = {}", deparsed(self.right))),
            (self.commutator, sql("COMMUTATOR = {}", _other(self.commutator_schema, self.commutator))),
            (self.negator, sql("NEGATOR = {}", _other(self.negator_schema, self.negator))),
            (self.restrict, sql("RESTRICT = {}", identifier(self.restrict_schema, self.restrict))),
            (self.join, sql("JOIN = {}", identifier(self.join_schema, self.join))),
            (self.hashes, sql("HASHES")),
            (self.merges, sql("MERGES")),
        )
        told = joined(text for is_told, text in options if is_told)
        return (statement("CREATE OPERATOR {} ({})", self._place, told),)

    @property
    def described(self) -> Sql:
        return sql("OPERATOR {}", self._signature)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        """Who estimates, and its comment; before PostgreSQL 17 nothing else. A partner that is dropped it forgets."""
        kept = replace(
            self,
            commutator_schema=self.commutator_schema if self.commutator else old.commutator_schema,
            commutator=self.commutator or old.commutator,
            negator_schema=self.negator_schema if self.negator else old.negator_schema,
            negator=self.negator or old.negator,
            restrict_schema=old.restrict_schema,
            restrict=old.restrict,
            join_schema=old.join_schema,
            join=old.join,
            comment=old.comment,
        )
        if kept != old:
            return None
        changes = (
            *_estimator(Sql("RESTRICT"), (old.restrict_schema, old.restrict), (self.restrict_schema, self.restrict)),
            *_estimator(Sql("JOIN"), (old.join_schema, old.join), (self.join_schema, self.join)),
        )
        return (
            *((statement("ALTER OPERATOR {} SET ({})", self._signature, joined(changes)),) if changes else ()),
            *((self.commented(),) if self.comment != old.comment else ()),
        )


def _other(schema: str, symbol: str) -> Sql:
    return sql("OPERATOR({}.{})", identifier(schema), deparsed(symbol))


def _estimator(word: Sql, old: tuple[str, str], new: tuple[str, str]) -> tuple[Sql, ...]:
    if old == new:
        return ()
    return (sql("{} = {}", word, identifier(*new) if new[1] else sql("NONE")),)
