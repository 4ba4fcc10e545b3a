"""Constraints of tables and domains: primary key, unique, foreign key, check, exclusion."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer, storage_parameters
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, names, sql, statement

_ACTIONS = {"r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
_EXCLUDE = "ALTER TABLE x ADD {}"


@dataclass(frozen=True, slots=True)
class Constraint(DatabaseObject):
    """A constraint. Source: https://www.postgresql.org/docs/current/catalog-pg-constraint.html."""

    kind: ClassVar[str] = "constraint"
    catalog: ClassVar[str] = "pg_constraint"
    locks: ClassVar[int] = 4
    query: ClassVar[str] = """
        select k.oid, 0, 0, coalesce(hn.nspname, n.nspname) as schema, coalesce(here.relname, t.typname) as owner,
               k.conname as name, k.contype::text as type, k.contypid <> 0 as on_domain,
               array(select a.attname::text
                     from pg_catalog.unnest(k.conkey[1:coalesce(i.indnkeyatts, 32767)]) with ordinality u(num, at)
                     join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num
                     where u.num <> 0 order by u.at) as columns, -- 0: an expression of an exclusion constraint
               array(select a.attname::text
                     from pg_catalog.unnest((i.indkey::int2[])[i.indnkeyatts:]) with ordinality u(num, at)
                     join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num
                     order by u.at) as include,
               case k.contype when 'c' then pg_catalog.pg_get_expr(k.conbin, k.conrelid)
                              when 'x' then pg_catalog.pg_get_constraintdef(k.oid) else '' end as expression,
               coalesce(tn.nspname, '') as foreign_schema, coalesce(there.relname, '') as foreign_table,
               array(select a.attname::text from pg_catalog.unnest(k.confkey) with ordinality u(num, at)
                     join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.num
                     order by u.at) as foreign_columns,
               case when k.contype = 'f' then nullif(k.confmatchtype::text, 's') end is not null as match_full,
               case when k.contype = 'f' then k.confupdtype::text else '' end as on_update,
               case when k.contype = 'f' then k.confdeltype::text else '' end as on_delete,
               array(select a.attname::text
                     from pg_catalog.unnest({{15: k.confdelsetcols | null::int2[]}}) with ordinality u(num, at)
                     join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.num
                     order by u.at) as delete_columns,
               k.condeferrable and k.contype <> 'x' as deferrable, k.condeferred and k.contype <> 'x' as deferred,
               k.convalidated as validated, k.connoinherit and k.contype = 'c' as no_inherit,
               {{15: coalesce(i.indnullsnotdistinct, false) | false}} as nulls_not_distinct,
               {{18: k.conenforced | true}} as enforced, {{18: k.conperiod | false}} as period,
               coalesce(ic.reloptions, '{}') as options,
               coalesce(wn.nspname, '') as whole_schema, coalesce(whole.relname, '') as whole_table,
               coalesce(wk.conname, '') as whole_name, coalesce(not i.indisvalid, false) as only,
               coalesce(wx.relname, '') as whole_index
        from pg_catalog.pg_constraint k
        left join pg_catalog.pg_class here on here.oid = k.conrelid and here.relkind in ('r', 'p')
        left join pg_catalog.pg_namespace hn on hn.oid = here.relnamespace
        left join pg_catalog.pg_class there on there.oid = k.confrelid
        left join pg_catalog.pg_namespace tn on tn.oid = there.relnamespace
        left join pg_catalog.pg_type t on t.oid = k.contypid
        left join pg_catalog.pg_namespace n on n.oid = t.typnamespace
        left join pg_catalog.pg_index i on i.indexrelid = k.conindid and k.contype in ('p', 'u')
        left join pg_catalog.pg_class ic on ic.oid = i.indexrelid
        left join lateral (
            select w.oid from pg_catalog.pg_inherits h
            join pg_catalog.pg_constraint w on w.conrelid = h.inhparent and w.conname = k.conname and w.contype = 'c'
            where k.contype = 'c' and not k.conislocal and k.coninhcount > 0 and h.inhrelid = k.conrelid
            order by h.inhseqno limit 1
        ) inherited on true
        left join pg_catalog.pg_constraint wk on k.contype <> 'f' and wk.oid = coalesce(inherited.oid, k.conparentid)
        left join (
            pg_catalog.pg_inherits h join pg_catalog.pg_class wx on wx.oid = h.inhparent
            join pg_catalog.pg_index wi on wi.indexrelid = wx.oid
        ) on h.inhrelid = k.conindid and k.contype in ('p', 'u', 'x') and k.conparentid = 0
        left join pg_catalog.pg_class whole on whole.oid = coalesce(wk.conrelid, wi.indrelid)
        left join pg_catalog.pg_namespace wn on wn.oid = whole.relnamespace
        where k.contype in ('p', 'u', 'f', 'c', 'x') and k.connamespace = any(%(schemas)s::oid[])
          and (k.contypid <> 0 or here.oid is not null) and (k.conparentid = 0 or wk.oid is not null)
          and not (k.contype = 'c' and here.relispartition and k.coninhcount > 0)
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(k.oid, k.xmin), 0))
        from pg_catalog.pg_constraint k where k.connamespace = any(%(schemas)s::oid[])
    """

    schema: str
    owner: str
    name: str
    type: str
    """As in pg_constraint.contype: p, u, f, c, x."""
    on_domain: bool
    columns: tuple[str, ...]
    include: tuple[str, ...]
    expression: str
    """Of a check the condition, of an exclusion constraint the whole definition."""
    foreign_schema: str
    foreign_table: str
    foreign_columns: tuple[str, ...]
    match_full: bool
    on_update: str
    on_delete: str
    delete_columns: tuple[str, ...]
    deferrable: bool
    deferred: bool
    validated: bool
    no_inherit: bool
    nulls_not_distinct: bool
    enforced: bool
    period: bool
    """PostgreSQL 18 on: WITHOUT OVERLAPS of a key, PERIOD of a foreign key."""
    options: tuple[str, ...]
    whole_schema: str = field(default="", compare=False)
    whole_table: str = field(default="", compare=False)
    whole_name: str = field(default="", compare=False)
    """Of a partition's key that of the whole, which has taken it in; of a check the one that it is inherited from."""
    only: bool = False
    """As of an index: a key of a partitioned table alone."""
    whole_index: str = field(default="", compare=False)
    """Of a partition's key the index of the whole, itself of no key, that has taken in the key's index."""

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, self.owner, self.name)

    @property
    def parent(self) -> Address:
        return Address("domain" if self.on_domain else "table", self.schema, name=self.owner)

    @property
    def whole(self) -> Address | None:
        if not self.whole_name:
            return None
        return Address(self.kind, self.whole_schema, self.whole_table, self.whole_name)

    @property
    def taken_in_by(self) -> Address | None:
        if not self.whole_index:
            return self.whole
        return Address("index", self.whole_schema, self.whole_table, self.whole_index)

    @property
    def disturbed_by(self) -> frozenset[str]:
        # Both sides of a foreign key must be of one type all the time.
        return frozenset({"family", "swap"} if self.type == "f" else {"family"})

    def needs(self) -> tuple[Address, ...]:
        column = [Address("column", self.schema, self.owner, name) for name in (*self.columns, *self.include)]
        if self.on_domain:
            return (self.parent,)
        if self.type != "f":
            return (self.parent, *column)
        there = [Address("column", self.foreign_schema, self.foreign_table, name) for name in self.foreign_columns]
        return (self.parent, Address("table", self.foreign_schema, name=self.foreign_table), *column, *there)

    def renamed(self, names: Renamer) -> Self:
        def members(columns: tuple[str, ...], schema: str = self.schema, table: str = self.owner) -> tuple[str, ...]:
            return tuple(names.member(schema, table, column) for column in columns)

        foreign_schema, foreign_table = self.foreign_schema, self.foreign_table
        return replace(
            self,
            schema=names.schema(self.schema),
            owner=names.name(self.schema, self.owner, Space.TYPE if self.on_domain else Space.RELATION),
            name=names.constraint(self.schema, self.owner, self.name),
            columns=members(self.columns),
            include=members(self.include),
            expression=self._renamed_expression(names),
            foreign_schema=foreign_schema and names.schema(foreign_schema),
            foreign_table=foreign_table and names.name(foreign_schema, foreign_table, Space.RELATION),
            foreign_columns=members(self.foreign_columns, foreign_schema, foreign_table),
            delete_columns=members(self.delete_columns),
            whole_schema=self.whole_schema and names.schema(self.whole_schema),
            whole_table=self.whole_table and names.name(self.whole_schema, self.whole_table, Space.RELATION),
            whole_name=self.whole_name and names.constraint(self.whole_schema, self.whole_table, self.whole_name),
            whole_index=self.whole_index and names.name(self.whole_schema, self.whole_index, Space.RELATION),
        )

    def _renamed_expression(self, names: Renamer) -> str:
        if self.type == "x":
            return names.expression(self.expression, schema=self.schema, relation=self.owner, wrapper=_EXCLUDE)
        return self.expression and names.expression(self.expression, schema=self.schema, relation=self.owner)

    # -- SQL ----------------------------------------------------------------------------------------------------------

    @property
    def _owner(self) -> Sql:
        what = sql("DOMAIN") if self.on_domain else sql("TABLE")
        return sql("{} {}", what, identifier(self.schema, self.owner))

    @property
    def folds(self) -> bool:  # type: ignore[override]
        # A check that CREATE TABLE makes is valid at once; a foreign key waits for the other table.
        return self.type != "f" and self.validated and self.enforced and not self.only

    @property
    def place(self) -> tuple[int, str]:
        return (10_000 + "pucx".index(self.type), self.name)

    def alike(self) -> object:
        # Source: transformIndexConstraints() in parse_utilcmd.c removes keys that it takes for redundant.
        key = (self.columns, self.include, self.nulls_not_distinct, self.deferrable, self.deferred)
        return key if self.type in "pu" else None

    def occupies(self) -> tuple[tuple[str, str, str], ...]:
        return ((Space.RELATION, self.schema, self.name),) if self.type in "pux" else ()

    @property
    def _is_inherited(self) -> bool:
        """Whether it comes, changes and goes with that of another table."""
        return self.type == "c" and bool(self.whole_name)

    def folded(self, parts: tuple[str, ...] = ()) -> str:  # noqa: ARG002 - nothing folds into it
        if self._is_inherited:
            return ""
        return sql("CONSTRAINT {} {}", identifier(self.name), self.definition).text

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        if self._is_inherited:
            return ()
        owner = sql("TABLE ONLY {}", identifier(self.schema, self.owner)) if self.only else self._owner
        return (statement("ALTER {} ADD {}", owner, deparsed(self.folded())),)

    def drop(self) -> tuple[Statement, ...]:
        if self.whole_name:
            return ()
        return (statement("ALTER {} DROP CONSTRAINT {}", self._owner, identifier(self.name)),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        if self._is_inherited:
            return ()
        return (
            statement("ALTER {} RENAME CONSTRAINT {} TO {}", self._owner, identifier(self.name), identifier(new.name)),
        )

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        if self._is_inherited and old._is_inherited:
            return ()
        if replace(old, validated=True) == self:
            return self.validate()
        if self.type == "f" and replace(old, deferrable=self.deferrable, deferred=self.deferred) == self:
            when = deparsed(self._deferral() or " NOT DEFERRABLE")
            return (statement("ALTER {} ALTER CONSTRAINT {}{}", self._owner, identifier(self.name), when),)
        return None

    def validate(self) -> tuple[Statement, ...]:
        """What has all rows looked at, where those that were there before never were."""
        return (statement("ALTER {} VALIDATE CONSTRAINT {}", self._owner, identifier(self.name)),)

    # -- by way of an index that was built before ----------------------------------------------------------------------

    def built_concurrently(self, name: str) -> Statement:
        """Of keys: what builds the index under this name while the table is written."""
        table, (columns, include, distinct, options) = identifier(self.schema, self.owner), self._of_key()
        return statement(
            "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} USING btree ({}){}{}{}",
            *(identifier(name), table, columns, include, distinct, options),
            transactional=False,
        )

    def create_using(self, index: str) -> Statement:
        """Of keys: what makes it from such an index, which gets its name."""
        word, name = self._word(), identifier(self.name)
        deferral = deparsed(self._deferral())
        return statement(
            "ALTER {} ADD CONSTRAINT {} {} USING INDEX {}{}", self._owner, name, word, identifier(index), deferral
        )

    @property
    def definition(self) -> Sql:
        """What stands behind the constraint's name."""
        body = {"p": self._key, "u": self._key, "f": self._foreign, "c": self._check, "x": self._exclusion}[self.type]()
        unenforced = "" if self.enforced else " NOT ENFORCED"
        invalid = "" if self.validated or not self.enforced else " NOT VALID"
        return Sql(f"{body}{self._deferral()}{unenforced}{invalid}")

    def _deferral(self) -> str:
        return (" DEFERRABLE" if self.deferrable else "") + (" INITIALLY DEFERRED" if self.deferred else "")

    def _key(self) -> Sql:
        columns, include, distinct, options = self._of_key()
        overlaps = sql(" WITHOUT OVERLAPS") if self.period else sql("")
        return sql("{}{} ({}{}){}{}", self._word(), distinct, columns, overlaps, include, options)

    def _word(self) -> Sql:
        return sql("PRIMARY KEY") if self.type == "p" else sql("UNIQUE")

    def _of_key(self) -> tuple[Sql, Sql, Sql, Sql]:
        """Columns, and what stands behind them: in an index in this order, in a constraint in another."""
        include = sql(" INCLUDE ({})", names(self.include)) if self.include else sql("")
        distinct = sql(" NULLS NOT DISTINCT") if self.nulls_not_distinct else sql("")
        options = sql(" WITH ({})", storage_parameters(self.options)) if self.options else sql("")
        return names(self.columns), include, distinct, options

    def _check(self) -> Sql:
        no_inherit = sql(" NO INHERIT") if self.no_inherit else sql("")
        return sql("CHECK ({}){}", deparsed(self.expression), no_inherit)

    def _exclusion(self) -> Sql:
        return deparsed(self.expression)

    def _foreign(self) -> Sql:
        here = self._keys(self.columns)
        there = sql("{} ({})", identifier(self.foreign_schema, self.foreign_table), self._keys(self.foreign_columns))
        match = " MATCH FULL" if self.match_full else ""
        update = f" ON UPDATE {_ACTIONS[self.on_update]}" if self.on_update in _ACTIONS else ""
        delete = f" ON DELETE {_ACTIONS[self.on_delete]}" if self.on_delete in _ACTIONS else ""
        if self.delete_columns:
            delete += f" ({names(self.delete_columns)})"
        return sql("FOREIGN KEY ({}) REFERENCES {}{}", here, there, Sql(match + update + delete))

    def _keys(self, columns: tuple[str, ...]) -> Sql:
        if not self.period:
            return names(columns)
        return sql("{}, PERIOD {}", names(columns[:-1]), identifier(columns[-1]))
