"""Aggregates: what their functions are called, in which state they gather."""

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.errors import Unsupported
from dw_migration.kind import Address, Called, Renamer
from dw_migration.naming import AGGREGATE, Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, joined, sql, statement

_OPTIONS = ("SFUNC", "FINALFUNC", "COMBINEFUNC", "SERIALFUNC", "DESERIALFUNC", "MSFUNC", "MINVFUNC", "MFINALFUNC")
_OPERATOR = re.compile(r"[-+*/<>=~!@#%^&|`?]+")
_READ_ONLY = {"r": "READ_ONLY", "s": "SHAREABLE", "w": "READ_WRITE"}
_PARALLEL = {"s": "SAFE", "r": "RESTRICTED"}


@dataclass(frozen=True, slots=True)
class Aggregate(Called):
    """An aggregate function. Source: https://www.postgresql.org/docs/current/sql-createaggregate.html."""

    kind: ClassVar[str] = "aggregate"
    catalog: ClassVar[str] = "pg_proc"
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_proc where oid >= 16384 and prokind = 'a')"
    query: ClassVar[str] = """
        select p.oid, 0, 0, n.nspname as schema, p.proname as name,
               array(select pg_catalog.format_type(u.type, null)
                     from pg_catalog.unnest(p.proargtypes::oid[]) with ordinality u(type, at) order by at) as types,
               pg_catalog.pg_get_function_arguments(p.oid) as arguments,
               array(select unnest(array[coalesce(fn.nspname::text, ''), coalesce(f.proname::text, '')])
                     from pg_catalog.unnest(array[
                              a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
                              a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn
                          ]::oid[]) with ordinality u(function, at)
                     left join pg_catalog.pg_proc f on f.oid = u.function
                     left join pg_catalog.pg_namespace fn on fn.oid = f.pronamespace
                     order by u.at) as functions,
               pg_catalog.format_type(a.aggtranstype, null) as state,
               case when a.aggmtranstype = 0 then '' else pg_catalog.format_type(a.aggmtranstype, null) end
                    as moving_state,
               coalesce(on_.nspname, '') as sort_schema, coalesce(o.oprname, '') as sort_operator,
               a.aggkind::text as sort, a.aggtransspace as space, a.aggmtransspace as moving_space,
               a.aggfinalextra as final_extra, a.aggmfinalextra as moving_final_extra,
               a.aggfinalmodify::text as final_modify, a.aggmfinalmodify::text as moving_final_modify,
               a.agginitval is not null as has_initial, coalesce(a.agginitval, '') as initial,
               a.aggminitval is not null as has_moving_initial, coalesce(a.aggminitval, '') as moving_initial,
               p.proparallel::text as parallel, coalesce(pg_catalog.obj_description(p.oid, 'pg_proc'), '') as comment
        from pg_catalog.pg_aggregate a
        join pg_catalog.pg_proc p on p.oid = a.aggfnoid
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        left join pg_catalog.pg_operator o on o.oid = a.aggsortop
        left join pg_catalog.pg_namespace on_ on on_.oid = o.oprnamespace
        where p.pronamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 1255 and d.objid = p.oid and d.deptype = 'e')
    """
    # They are watched with all functions.
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(a.aggfnoid, a.xmin), 0))
        from pg_catalog.pg_aggregate a join pg_catalog.pg_proc p on p.oid = a.aggfnoid
        where p.pronamespace = any(%(schemas)s::oid[])
    """

    schema: str
    name: str
    types: tuple[str, ...]
    arguments: str
    functions: tuple[str, ...]
    """Schema and name of each, in the order of the options, one behind the other; empty for none."""
    state: str
    moving_state: str
    sort_schema: str
    sort_operator: str
    sort: str
    """As in pg_aggregate.aggkind: `n` plain, `o` of an ordered set, `h` of a hypothetical one."""
    space: int
    moving_space: int
    final_extra: bool
    moving_final_extra: bool
    final_modify: str
    moving_final_modify: str
    has_initial: bool
    initial: str
    has_moving_initial: bool
    moving_initial: str
    parallel: str
    comment: str

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, name=f"{self.name}({', '.join(self.types)})")

    def renamed(self, names: Renamer) -> Self:
        if self.sort_operator and not _OPERATOR.fullmatch(self.sort_operator):
            raise Unsupported(f"aggregate {self.address}: {self.sort_operator!r} is no operator")
        pairs = zip(self.functions[::2], self.functions[1::2], strict=True)
        functions = [each for pair in pairs for each in (names.qualified(*pair, Space.ROUTINE) if pair[1] else pair)]
        sort_schema = self.sort_schema and names.qualified(self.sort_schema, self.sort_operator, Space.OTHER)[0]
        arguments = self.arguments and names.expression(self.arguments, schema=self.schema, wrapper=AGGREGATE)
        return replace(
            self,
            schema=names.schema(self.schema),
            name=names.name(self.schema, self.name, Space.ROUTINE),
            types=tuple(map(names.type, self.types)),
            arguments=arguments,
            functions=tuple(functions),
            state=names.type(self.state),
            moving_state=self.moving_state and names.type(self.moving_state),
            sort_schema=sort_schema,
        )

    @property
    def _functions(self) -> list[tuple[str, str, str]]:
        """Option, schema and name of those that it has."""
        found = zip(_OPTIONS, self.functions[::2], self.functions[1::2], strict=True)
        return [each for each in found if each[2]]

    @property
    def _signature(self) -> Sql:
        return sql("{}({})", identifier(self.schema, self.name), deparsed(self.arguments or "*"))

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        options = [sql("{} = {}", Sql(option), identifier(schema, name)) for option, schema, name in self._functions]
        options += [sql("STYPE = {}", deparsed(self.state)), *self._state_options(), *self._moving_options()]
        if self.sort_operator:
            operator = sql("OPERATOR({}.{})", identifier(self.sort_schema), deparsed(self.sort_operator))
            options.append(sql("SORTOP = {}", operator))
        if self.parallel in _PARALLEL:
            options.append(sql("PARALLEL = {}", Sql(_PARALLEL[self.parallel])))
        if self.sort == "h":
            options.append(sql("HYPOTHETICAL"))
        listed = joined((sql("\n    {}", each) for each in options), ",")
        return (statement("CREATE AGGREGATE {} ({}\n)", self._signature, listed),)

    def _state_options(self) -> list[Sql]:
        return _options(
            "",
            self.space,
            self.final_modify,
            self.sort,
            extra=self.final_extra,
            initial=(self.has_initial, self.initial),
        )

    def _moving_options(self) -> list[Sql]:
        if not self.moving_state:
            return []
        initial = (self.has_moving_initial, self.moving_initial)
        options = _options(
            "M",
            self.moving_space,
            self.moving_final_modify,
            self.sort,
            extra=self.moving_final_extra,
            initial=initial,
        )
        return [sql("MSTYPE = {}", deparsed(self.moving_state)), *options]

    @property
    def described(self) -> Sql:
        return sql("AGGREGATE {}", self._signature)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return (statement("ALTER AGGREGATE {} RENAME TO {}", self._signature, identifier(new.name)),)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        """PostgreSQL changes nothing of one but its name; its comment is part of it here."""
        return (self.commented(),) if replace(self, comment=old.comment) == old else None


def _options(prefix: str, space: int, modify: str, sort: str, *, extra: bool, initial: tuple[bool, str]) -> list[Sql]:
    options = []
    if space:
        options.append(sql("{}SSPACE = {}", Sql(prefix), space))
    if extra:
        options.append(sql("{}FINALFUNC_EXTRA", Sql(prefix)))
    if modify != ("r" if sort == "n" else "w"):
        options.append(sql("{}FINALFUNC_MODIFY = {}", Sql(prefix), Sql(_READ_ONLY[modify])))
    if initial[0]:
        options.append(sql("{}INITCOND = {}", Sql(prefix), initial[1]))
    return options
