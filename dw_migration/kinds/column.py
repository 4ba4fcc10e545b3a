"""Columns of tables: type, nullability, identity, generation, storage, statistics; their defaults stand apart."""

import re
from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer, must_restart, options_changed, sequence_options
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, deparsed, identifier, joined, sql, statement

_STORAGE = {"p": "PLAIN", "e": "EXTERNAL", "x": "EXTENDED", "m": "MAIN"}
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"})
_TEXTS = frozenset({"text", "character varying", "character", "name"})
_FAMILIES = (_NUMBERS, _TEXTS, frozenset({"date", "timestamp without time zone", "timestamp with time zone"}))
_DIRECT = (
    _TEXTS,
    _NUMBERS | {"money"},
    frozenset({"integer", "bigint", "bit", "bit varying"}),
    frozenset({"integer", "boolean"}),
    frozenset({"time without time zone", "time with time zone"}),
    frozenset({"time without time zone", "interval"}),
    frozenset({"json", "jsonb"}),
    frozenset({"inet", "cidr"}),
    frozenset({"macaddr", "macaddr8"}),
    frozenset({"point", "lseg", "path", "box", "polygon", "circle"}),
    frozenset({"integer", "oid", "regclass", "regtype"}),
)
"""Between the types of each, PostgreSQL has casts; others convert through text alone."""


@dataclass(frozen=True, slots=True)
class Column(DatabaseObject):
    """A column. Source: https://www.postgresql.org/docs/current/sql-altertable.html."""

    kind: ClassVar[str] = "column"
    catalog: ClassVar[str] = "pg_class"
    locks: ClassVar[int] = 1
    folds: ClassVar[bool] = True
    query: ClassVar[str] = """
        select c.oid, a.attnum, 0, n.nspname as schema, c.relname as table, a.attname as name,
               pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
               coalesce(cn.nspname, '') as collation_schema, coalesce(co.collname, '') as collation,
               coalesce(h.attnotnull, a.attnotnull) as not_null,
               case when h.relname is null or nn.conislocal then coalesce(nn.conname, '') else '' end as not_null_name,
               a.attidentity::text as identity, coalesce(s.nspname, '') as sequence_schema,
               coalesce(s.relname, '') as sequence,
               case when s.seqrelid is null then '{}'
                    else array[s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle::int] end
                    as sequence_options,
               a.attgenerated::text as generated,
               case when a.attgenerated <> '' then pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) else '' end
                    as expression,
               case when coalesce(h.attstorage, a.attstorage) <> t.typstorage
                    then coalesce(h.attstorage, a.attstorage)::text else '' end as storage,
               coalesce(h.attcompression, a.attcompression)::text as compression,
               a.attnum as position, coalesce(a.attstattarget, -1)::int as statistics,
               coalesce(a.attoptions, '{}') as options,
               coalesce(h.nspname, '') as whole_schema, coalesce(h.relname, '') as whole_table, a.attislocal as local,
               c.reloftype <> 0 as typed, t.typstorage::text as own_storage
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_class c on c.oid = a.attrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        join pg_catalog.pg_type t on t.oid = a.atttypid
        left join pg_catalog.pg_collation co on co.oid = a.attcollation and a.attcollation <> t.typcollation
        left join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace
        left join pg_catalog.pg_attrdef ad on ad.adrelid = a.attrelid and ad.adnum = a.attnum and a.attgenerated <> ''
        left join pg_catalog.pg_constraint nn on nn.contype = 'n' and nn.conrelid = a.attrelid
                                             and nn.conkey = array[a.attnum]
        left join (
            select d.refobjid, d.refobjsubid, sn.nspname, sc.relname, s.*
            from pg_catalog.pg_sequence s
            join pg_catalog.pg_depend d on d.classid = 1259 and d.objid = s.seqrelid and d.deptype = 'i'
            join pg_catalog.pg_class sc on sc.oid = s.seqrelid
            join pg_catalog.pg_namespace sn on sn.oid = sc.relnamespace
        ) s on s.refobjid = a.attrelid and s.refobjsubid = a.attnum and a.attidentity <> ''
        left join lateral (
            select pn.nspname, p.relname, pg_catalog.bool_or(w.attnotnull) over () as attnotnull,
                   w.attstorage, w.attcompression
            from pg_catalog.pg_inherits i
            join pg_catalog.pg_class p on p.oid = i.inhparent
            join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace
            join pg_catalog.pg_attribute w on w.attrelid = p.oid and w.attname = a.attname
            where a.attinhcount > 0 and i.inhrelid = a.attrelid
            order by i.inhseqno limit 1
        ) h on true
        where a.attnum > 0 and not a.attisdropped
          and c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = any(%(schemas)s::oid[])
    """
    # The sequences of identity columns are watched with all the others.
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(a.attrelid, a.attnum, a.xmin), 0))
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_class c on c.oid = a.attrelid
        where a.attnum > 0 and c.relkind not in ('i', 'I', 't', 'S')
          and c.relnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    table: str
    name: str
    type: str
    collation_schema: str
    collation: str
    """Empty where it is the type's own."""
    not_null: bool
    not_null_name: str = field(compare=False)
    """PostgreSQL 18 on: the constraint's name, for creation alone; versions before have none."""
    identity: str
    """`a` for ALWAYS, `d` for BY DEFAULT, or empty."""
    sequence_schema: str
    sequence: str
    sequence_options: tuple[int, ...]
    """Start, increment, minimum, maximum, cache, cycle."""
    generated: str
    """`s` for STORED, `v` for VIRTUAL, or empty."""
    expression: str
    storage: str
    """As in pg_attribute.attstorage; empty where it is the type's own."""
    compression: str
    position: int = field(compare=False)
    """Order within the table; nothing in PostgreSQL changes it."""
    statistics: int = -1
    """The statistics target; -1 for the server's own. What older ledgers hold has neither this nor the next."""
    options: tuple[str, ...] = ()
    """As in pg_attribute: `n_distinct=-0.5`."""
    whole_schema: str = field(default="", compare=False)
    whole_table: str = field(default="", compare=False)
    """The table that it is inherited from: what is said of the column there reaches this one."""
    local: bool = field(default=True, compare=False)
    """Whether the table has it by its own definition, too."""
    typed: bool = field(default=False, compare=False)
    """Whether its table is OF a type: it gets another name with that one's attribute."""
    own_storage: str = field(default="x", compare=False)
    """The type's own storage, as in pg_type.typstorage."""

    @property
    def address(self) -> Address:
        return Address(self.kind, self.schema, self.table, self.name)

    @property
    def holds_data(self) -> bool:  # type: ignore[override]
        return not self.generated

    @property
    def parent(self) -> Address:
        return Address("table", self.schema, name=self.table)

    def needs(self) -> tuple[Address, ...]:
        return (self.parent,)

    def occupies(self) -> tuple[tuple[str, str, str], ...]:
        return ((Space.RELATION, self.sequence_schema, self.sequence),) if self.sequence else ()

    @property
    def disturbed_by(self) -> frozenset[str]:
        return frozenset({"type"}) if self.generated else frozenset()

    def renamed(self, names: Renamer) -> Self:
        collation_schema, collation = self.collation_schema, self.collation
        if collation:
            collation_schema, collation = names.qualified(collation_schema, collation, Space.COLLATION)
        return replace(
            self,
            schema=names.schema(self.schema),
            table=names.name(self.schema, self.table, Space.RELATION),
            name=names.member(self.schema, self.table, self.name),
            type=names.type(self.type),
            collation_schema=collation_schema,
            collation=collation,
            not_null_name=self.not_null_name and names.constraint(self.schema, self.table, self.not_null_name),
            sequence_schema=self.sequence_schema and names.schema(self.sequence_schema),
            sequence=self.sequence and names.name(self.sequence_schema, self.sequence, Space.RELATION),
            expression=self.expression and names.expression(self.expression, schema=self.schema, relation=self.table),
            whole_schema=self.whole_schema and names.schema(self.whole_schema),
            whole_table=self.whole_table and names.name(self.whole_schema, self.whole_table, Space.RELATION),
        )

    # -- creation -----------------------------------------------------------------------------------------------------

    @property
    def place(self) -> tuple[int, str]:
        return (self.position, "")

    def folded(self, parts: tuple[str, ...] = ()) -> str:
        return self.defined(parts)

    def defined(self, parts: tuple[str, ...] = (), *, by_name: bool = False) -> str:
        """The text of its definition; `by_name`: also with the name that PostgreSQL would choose for its NOT NULL."""
        if not self.local:
            return ""
        words = [f"{identifier(self.name)} {self.type}"]
        if self.collation:
            words.append(f"COLLATE {_collation(self)}")
        if self.generated:
            words.append(f"GENERATED ALWAYS AS ({self.expression}) {'STORED' if self.generated == 's' else 'VIRTUAL'}")
        if self.identity:
            words.append(self._identity().text)
        words += parts
        if self.not_null and (self.not_null_name or not self.whole_table):
            words.append(f"{self._not_null_named(by_name=by_name)}NOT NULL")
        return " ".join(words)

    def _not_null_named(self, *, by_name: bool) -> str:
        chosen = "" if by_name else _chosen(self.table, self.name, "not_null")
        if self.not_null_name in {"", chosen}:
            return ""
        return f"CONSTRAINT {identifier(self.not_null_name)} "

    def _identity(self) -> Sql:
        options = self._identity_options()
        spaced = sql(" ({})", joined(options, " ")) if options else sql("")
        return sql("GENERATED {} AS IDENTITY{}", self._when(), spaced)

    def _when(self) -> Sql:
        return sql("ALWAYS") if self.identity == "a" else sql("BY DEFAULT")

    def _identity_options(self) -> tuple[Sql, ...]:
        start, increment, minimum, maximum, cache, cycle = self.sequence_options
        options = sequence_options(
            self.type,
            start=start,
            increment=increment,
            minimum=minimum,
            maximum=maximum,
            cache=cache,
            cycle=bool(cycle),
        )
        if (self.sequence_schema, self.sequence) == (self.schema, _chosen(self.table, self.name, "seq")):
            return options
        return (sql("SEQUENCE NAME {}", identifier(self.sequence_schema, self.sequence)), *options)

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:
        if not self.local:
            return ()
        # A column that is still there may have the name of this one's NOT NULL: PostgreSQL finds one that is free.
        text = replace(self, not_null_name="").folded(parts)
        return (statement("ALTER TABLE {} ADD COLUMN {}", self._table, deparsed(text)),)

    def finish(self) -> tuple[Statement, ...]:
        # A definition cannot say it before PostgreSQL 16, or 14; the last two are not inherited.
        storage = (*self._storage(""), *self._compression("")) if self.local else self._said_again()
        return (*storage, *self._statistics(-1), *self._options(()))

    def _said_again(self) -> tuple[Statement, ...]:
        """What an inherited column has by itself: NOT NULL, whatever becomes of that above it, and identity."""
        says_not_null = self.not_null and self.not_null_name
        return (*((self.set_not_null(),) if says_not_null else ()), *self._identity_here(""))

    # -- change -------------------------------------------------------------------------------------------------------

    @property
    def _table(self) -> Sql:
        return identifier(self.schema, self.table)

    def _set(self, what: Sql) -> Statement:
        return statement("ALTER TABLE {} ALTER COLUMN {} {}", self._table, identifier(self.name), what)

    def _set_here(self, what: Sql) -> Statement:
        """The same for this table alone, whatever inherits the column."""
        return statement("ALTER TABLE ONLY {} ALTER COLUMN {} {}", self._table, identifier(self.name), what)

    def drop(self) -> tuple[Statement, ...]:
        if not self.local:
            return ()
        return (statement("ALTER TABLE {} DROP COLUMN {}", self._table, identifier(self.name)),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        if self.whole_table or self.typed:
            return ()
        return (
            statement(
                "ALTER TABLE {} RENAME COLUMN {} TO {}", self._table, identifier(self.name), identifier(new.name)
            ),
        )

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        if self.whole_table and old.whole_table:
            identity = (*self._identity_gone(old), *self._identity_here(old.identity), *self._identity_reworked(old))
            return (*identity, *self._statistics(old.statistics), *self._options(old.options))
        if self.comes_otherwise(old):
            return None
        if self._is_generated_otherwise(old):
            return None
        return (
            *((self._set(sql("DROP EXPRESSION")),) if old.generated and not self.generated else ()),
            *self._identity_gone(old),
            *self._retyped(old),
            *self._nullability(old),
            *self._identity_changed(old),
            # Another type brings its own.
            *self._storage("" if self._retyped(old) else old.storage),
            *self._compression("" if self._retyped(old) else old.compression),
            *self._statistics(old.statistics),
            *self._options(old.options),
        )

    def comes_otherwise(self, old: Self) -> bool:
        """Whether it came or comes with a column of another table, and with that alone."""
        return bool(self.whole_table) != bool(old.whole_table) and not (self.local and old.local)

    def _is_generated_otherwise(self, old: Self) -> bool:
        """Also where it was not generated at all; only what was stored can stay when nothing generates it any more."""
        if old.generated == "s" and not self.generated:
            return False
        return (self.generated, self.expression) != (old.generated, old.expression)

    def disturbs(self, old: Self) -> frozenset[str]:
        if not self._retyped(old):
            return frozenset()
        return frozenset({"type"} if _family(self.type) == _family(old.type) else {"type", "family"})

    def _retyped(self, old: Self) -> tuple[Statement, ...]:
        if (self.type, self.collation_schema, self.collation) == (old.type, old.collation_schema, old.collation):
            return ()
        collate = sql(" COLLATE {}", _collation(self)) if self.collation else sql("")
        using = sql("") if self._assignable(old) else sql(" USING {}", self._cast(old))
        return (self._set(sql("TYPE {}{}{}", deparsed(self.type), collate, using)),)

    def _assignable(self, old: Self) -> bool:
        """Whether PostgreSQL converts by itself: then no USING, which could force a rewrite of the table."""
        return _family(self.type) == _family(old.type) or _family(self.type) == _TEXTS

    def _cast(self, old: Self) -> Sql:
        """The values as those of the new type: by way of a third one, where PostgreSQL has no cast between the two."""
        name, array = identifier(self.name), "[]" if self.type.endswith("[]") and old.type.endswith("[]") else ""
        through = _bridge(old.type.removesuffix(array), self.type.removesuffix(array))
        return sql("{}{}::{}", name, deparsed(f"::{through}{array}" if through else ""), deparsed(self.type))

    def converted(self, old: Self, through: str = "") -> Sql:
        """The values of `old`, of another table, as those of this one; by way of a type that both know."""
        if through:
            return self._by_way_of(through)
        return identifier(old.name) if self._assignable(old) else self._cast(old)

    def continued(self, old: Self) -> tuple[Statement, ...]:
        """What lets its numbers go on where those of `old`, of another table, are."""
        here, there = (identifier(each.sequence_schema, each.sequence) for each in (self, old))
        if here == there or not (self.identity and old.identity):
            return ()
        if must_restart(old._limits(), self._limits(), same_type=self.type == old.type):
            return ()
        return (statement("SELECT pg_catalog.setval({}, last_value, is_called) FROM {}", here.text, there),)

    def recast(self, through: str) -> tuple[Statement, ...]:
        if self.whole_table:
            return ()
        if not through:
            collation = _collation(self)
            return (self._set(sql("TYPE {} COLLATE {}", deparsed(self.type), collation)),)
        return (self._set(sql("TYPE {} USING {}", deparsed(self.type), self._by_way_of(through))),)

    def _by_way_of(self, through: str) -> Sql:
        via = through + ("[]" if self.type.endswith("[]") else "")
        return sql("{}::{}::{}", identifier(self.name), deparsed(via), deparsed(self.type))

    def _nullability(self, old: Self) -> tuple[Statement, ...]:
        if self.not_null == old.not_null:
            return ()
        return (self.set_not_null() if self.not_null else self.may_be_null(),)

    def may_be_null(self, *, here: bool = False) -> Statement:
        """What accepts NULL from now on; `here`: and leaves alone what inherits it."""
        return (self._set_here if here else self._set)(sql("DROP NOT NULL"))

    def set_not_null(self) -> Statement:
        """What refuses NULL from now on: it reads the whole table, unless a valid check says as much."""
        return self._set(sql("SET NOT NULL"))

    def created_with(self, value: str) -> tuple[Statement, ...]:
        """What creates it where rows are: all of them have the one value, and those to come must bring their own."""
        default = sql("DEFAULT ({})", deparsed(value)).text
        return (*self.create((default,)), self._set(sql("DROP DEFAULT")))

    def filled(self, value: str) -> Statement:
        """What gives the rows a value that have none; locks ROW EXCLUSIVE."""
        name = identifier(self.name)
        return statement("UPDATE {} SET {} = {} WHERE {} IS NULL", self._table, name, deparsed(value), name)

    def checked(self, name: str) -> Statement:
        """What adds such a check; the rows that are there are not looked at."""
        column = identifier(self.name)
        text = sql("ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID", identifier(name), column)
        return statement("ALTER TABLE {} {}", self._table, text)

    def check_validated(self, name: str) -> Statement:
        """What looks at the rows that were there, while others read and write them."""
        return statement("ALTER TABLE {} VALIDATE CONSTRAINT {}", self._table, identifier(name))

    def check_gone(self, name: str) -> Statement:
        """What takes the check away."""
        return statement("ALTER TABLE {} DROP CONSTRAINT {}", self._table, identifier(name))

    def _identity_gone(self, old: Self) -> tuple[Statement, ...]:
        if old.identity and not self.identity:
            return (self._set(sql("DROP IDENTITY")),)
        return ()

    def _identity_here(self, was: str) -> tuple[Statement, ...]:
        """What an inherited column gets, since identity is not inherited: only what is NOT NULL can have one."""
        if was or not self.identity:
            return ()
        return (self.set_not_null(), self._identity_added()) if not self.not_null else (self._identity_added(),)

    def _identity_added(self) -> Statement:
        return self._set(sql("ADD {}", self._identity()))

    def _identity_changed(self, old: Self) -> tuple[Statement, ...]:
        if self.identity and not old.identity:
            return (self._identity_added(),)
        return self._identity_reworked(old)

    def _identity_reworked(self, old: Self) -> tuple[Statement, ...]:
        """What makes the one that is there another."""
        if not (self.identity and old.identity):
            return ()
        changes = []
        if self.identity != old.identity:
            changes.append(self._set(sql("SET GENERATED {}", self._when())))
        if self.sequence_options and self.sequence_options != old.sequence_options:
            changes.append(self._set(self._identity_reset(old)))
        if self.sequence != old.sequence:
            was = identifier(old.sequence_schema, old.sequence)
            changes.append(statement("ALTER SEQUENCE {} RENAME TO {}", was, identifier(self.sequence)))
        return tuple(changes)

    def _limits(self) -> tuple[int, int, int]:
        start, _, minimum, maximum, *_ = self.sequence_options
        return start, minimum, maximum

    def _identity_reset(self, old: Self) -> Sql:
        start, increment, minimum, maximum, cache, cycle = self.sequence_options
        restarts = must_restart(old._limits(), self._limits(), same_type=self.type == old.type)
        return sql(
            "SET INCREMENT BY {} SET MINVALUE {} SET MAXVALUE {} SET START WITH {} SET CACHE {} SET {}{}",
            increment,
            minimum,
            maximum,
            start,
            cache,
            sql("CYCLE") if cycle else sql("NO CYCLE"),
            sql(" RESTART") if restarts else sql(""),
        )

    def _storage(self, was: str) -> tuple[Statement, ...]:
        if self.storage == was:
            return ()
        return (self._set(sql("SET STORAGE {}", Sql(_STORAGE[self.storage or self.own_storage]))),)

    def _compression(self, was: str) -> tuple[Statement, ...]:
        if self.compression == was:
            return ()
        method = {"p": "pglz", "l": "lz4"}.get(self.compression, "DEFAULT")
        return (self._set(sql("SET COMPRESSION {}", Sql(method))),)

    def _statistics(self, was: int) -> tuple[Statement, ...]:
        if self.statistics == was:
            return ()
        return (self._set_here(sql("SET STATISTICS {}", self.statistics)),)

    def _options(self, was: tuple[str, ...]) -> tuple[Statement, ...]:
        return tuple(map(self._set_here, options_changed(was, self.options)))


def _collation(column: Column) -> Sql:
    if column.collation_schema == "pg_catalog":
        return identifier(column.collation)
    return identifier(column.collation_schema, column.collation)


def _base(type_: str) -> str:
    """The type without its limits: `time(3) with time zone` is `time with time zone`."""
    return re.sub(r"\([\d,-]+\)", "", type_).strip()


def _bridge(old: str, new: str) -> str:
    """The type between the two that both convert to and from; empty where they convert into one another."""
    before, after = _base(old), _base(new)
    if before == after or before in _TEXTS or after in _TEXTS or any({before, after} <= each for each in _DIRECT):
        return ""
    return "integer" if "boolean" in {before, after} and {before, after} & _NUMBERS else "text"


def _family(type_: str) -> frozenset[str]:
    """The types that convert into one another by assignment, as far as this one is concerned."""
    base = _base(type_)
    if type_.endswith("[]"):
        return frozenset({type_.split("(", maxsplit=1)[0] + "[]"})
    return next((family for family in _FAMILIES if base in family), frozenset({base}))


def _chosen(table: str, column: str, label: str) -> str:
    """The name that PostgreSQL makes for a column's sequence or constraint. Source: makeObjectName(), indexcmds.c."""
    room = 63 - len(label) - 2
    first, second = table.encode(), column.encode()
    while len(first) + len(second) > room:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    return f"{first.decode(errors='ignore')}_{second.decode(errors='ignore')}_{label}"
