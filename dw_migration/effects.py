"""What a statement of a change does to tables that are there: the locks that it takes, whether it reads or writes all.

As measured, and as `dw_migration_tests/test_effects.py` measures again. Source:
https://www.postgresql.org/docs/current/explicit-locking.html.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any, NamedTuple

from dw_migration.catalog import Catalog
from dw_migration.changes import Alter, Change, Create, Drop
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.column import Column
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.index import Index


class Mode(StrEnum):
    """A lock on a table; those that are in nobody's way but an ACCESS EXCLUSIVE one's are not told.

    ROW EXCLUSIVE, which who builds an index waits for, is told of an UPDATE alone.
    """

    RE = "ROW EXCLUSIVE"
    SUE = "SHARE UPDATE EXCLUSIVE"
    SHARE = "SHARE"
    SRE = "SHARE ROW EXCLUSIVE"
    AE = "ACCESS EXCLUSIVE"

    @property
    def blocks(self) -> str:
        """Who waits while it is held."""
        return {"RE": "", "SUE": "", "AE": "readers and writers"}.get(self.name, "writers")


class Place(NamedTuple):
    """A table, by schema and name as the statement has them."""

    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What one statement does."""

    locks: tuple[tuple[Place, Mode], ...] = ()
    """On tables and materialized views; what inherits from them is locked likewise."""
    rewrites: bool = False
    """Writes the whole table, and its indexes, anew."""
    scans: bool = False
    """Reads the whole table."""
    form: str = ""
    """What takes the longer, the larger the table is: `VALIDATE CONSTRAINT`; empty where nothing does."""

    @property
    def blocks(self) -> str:
        """Who waits for it: readers and writers, writers, or nobody."""
        modes = [mode for _, mode in self.locks]
        return next((mode.blocks for mode in (Mode.AE, Mode.SRE, Mode.SHARE) if mode in modes), "")


def effect_of(text: str, change: Change | None = None, *catalogs: Catalog) -> Effect:
    """What the statement does. catalogs: the target before the plan and after it: what stands on what, and domains.

    Without the change it is told from the text alone, which does not say what type a column had: then the worst holds.
    """
    try:
        node, sort = _parsed(text)
    except ValueError:
        return Effect()
    return _READERS.get(sort, _none)(_Statement(node, change, catalogs))


def statement_of(text: str) -> Any:
    """The one statement as PostgreSQL's own parser reads it; None where it is none."""
    postgast: Any = import_module("postgast")  # 0.1 s, and mypy cannot read its stubs
    try:
        return postgast.parse(text).stmts[0].stmt
    except (postgast.PgQueryError, IndexError):
        return None


def _parsed(text: str) -> tuple[Any, str]:
    statement = statement_of(text)
    if statement is None:
        raise ValueError(text)
    sort = str(statement.WhichOneof("node"))
    return getattr(statement, sort), sort


def grammar_name(enumeration: str, value: int) -> str:
    """What the grammar calls the value: `OBJECT_TABLE`."""
    grammar: Any = import_module("postgast.pg_query_pb2")
    return str(getattr(grammar, enumeration).Name(value))


class _Statement(NamedTuple):
    node: Any
    change: Change | None
    catalogs: tuple[Catalog, ...]

    def standing_on(self, address: Address) -> Iterator[DatabaseObject]:
        """What stands on it before the plan."""
        for catalog in self.catalogs[:1]:
            for each in catalog.dependents.get(address, ()):
                yield catalog.objects[each]

    @property
    def relation(self) -> Place:
        return _place(self.node.relation)

    @property
    def objects(self) -> tuple[DatabaseObject, ...]:
        """What the change is about, the old before the new."""
        if isinstance(self.change, Drop):
            return (self.change.old, *self.change.parts)
        if isinstance(self.change, Create):
            return (self.change.new,)
        return () if self.change is None else (self.change.old, self.change.new)


def _place(relation: Any) -> Place:
    return Place(relation.schemaname, relation.relname)


def _words(names: Any) -> tuple[str, ...]:
    return tuple(item.string.sval for item in names)


# --- ALTER TABLE ------------------------------------------------------------------------------------------------------

_LIGHT = frozenset(
    {
        *("AT_SetStatistics", "AT_SetOptions", "AT_ResetOptions", "AT_ClusterOn", "AT_DropCluster"),
        *("AT_SetRelOptions", "AT_ResetRelOptions"),
    }
)
_TRIGGERS = frozenset(
    f"AT_{verb}Trig{which}" for verb in ("Enable", "EnableAlways", "EnableReplica", "Disable") for which in ("", "All")
)
_TABLES = frozenset({"OBJECT_TABLE", "OBJECT_MATVIEW"})


def _alter_table(it: _Statement) -> Effect:
    if grammar_name("ObjectType", it.node.objtype) not in _TABLES:
        return Effect()  # of indexes, views and sequences
    found = Effect()
    for item in it.node.cmds:
        command = item.alter_table_cmd
        found = _both(found, _command(it, command, grammar_name("AlterTableType", command.subtype)))
    return found


def _command(it: _Statement, command: Any, sort: str) -> Effect:
    if sort in _LIGHT:
        return Effect(((it.relation, Mode.SUE),))
    if sort in _TRIGGERS:
        return Effect(((it.relation, Mode.SRE),))
    return _COMMANDS.get(sort, _locked)(it, command)


def _locked(it: _Statement, _: Any) -> Effect:
    return Effect(((it.relation, Mode.AE),))


def _working(it: _Statement, form: str, *, rewrites: bool = False, scans: bool = True) -> Effect:
    """What locks the table for as long as it works on all of it; for a moment, where it needs to do neither."""
    scans = scans or rewrites
    return Effect(((it.relation, Mode.AE),), rewrites, scans, form if scans else "")


def _validated(it: _Statement, _: Any) -> Effect:
    return Effect(((it.relation, Mode.SUE),), scans=True, form="VALIDATE CONSTRAINT")


def _constraint_added(it: _Statement, command: Any) -> Effect:
    added = _definition(command).constraint
    sort = grammar_name("ConstrType", added.contype)
    looks = not (added.skip_validation or added.indexname)
    if sort == "CONSTR_FOREIGN":
        both = ((it.relation, Mode.SRE), (_place(added.pktable), Mode.SRE))
        return Effect(both, scans=looks, form="ADD FOREIGN KEY" if looks else "")
    return _working(it, "ADD CHECK" if sort in {"CONSTR_CHECK", "CONSTR_NOTNULL"} else "ADD KEY", scans=looks)


def _column_added(it: _Statement, command: Any) -> Effect:
    anew = _is_filled_anew(it, _definition(command).column_def)
    return _working(it, "ADD COLUMN", rewrites=anew, scans=anew)


def _not_null_set(it: _Statement, _: Any) -> Effect:
    return _working(it, "SET NOT NULL", scans=not _is_checked(it))


def _constraint_dropped(it: _Statement, command: Any) -> Effect:
    return _both(_locked(it, command), Effect(tuple((place, Mode.AE) for place in _referred(it))))


def _attached(it: _Statement, command: Any) -> Effect:
    part = _place(_definition(command).partition_cmd.name)
    return Effect(((it.relation, Mode.SUE), (part, Mode.AE)), scans=True, form="ATTACH PARTITION")


def _detached(it: _Statement, command: Any) -> Effect:
    return Effect(((it.relation, Mode.AE), (_place(_definition(command).partition_cmd.name), Mode.AE)))


def _inherited(it: _Statement, command: Any) -> Effect:
    return Effect(((it.relation, Mode.AE), (_place(_definition(command).range_var), Mode.SUE)))


def _definition(command: Any) -> Any:
    return getattr(command, "def")


def _referred(it: _Statement) -> Iterator[Place]:
    """The other tables of the foreign keys that the change is about."""
    for each in it.objects:
        if isinstance(each, Constraint) and each.type == "f":
            yield Place(each.foreign_schema, each.foreign_table)


def _is_checked(it: _Statement) -> bool:
    """Whether the change has validated a check before, which says that there is no NULL."""
    statements = it.change.statements if it.change else ()
    return any(" VALIDATE CONSTRAINT " in each.text for each in statements)


# --- what writes a table anew -----------------------------------------------------------------------------------------

_VOLATILE = frozenset(
    {
        *("random", "random_normal", "gen_random_uuid", "uuidv4", "uuidv7", "clock_timestamp", "timeofday"),
        *("nextval", "setval", "currval", "lastval", "pg_sleep", "txid_current", "pg_current_xact_id"),
    }
)


def _is_filled_anew(it: _Statement, column: Any) -> bool:
    """Whether each row gets a value of its own, which has to be written."""
    for item in column.constraints:
        sort = grammar_name("ConstrType", item.constraint.contype)
        if sort == "CONSTR_IDENTITY":
            return True
        if sort == "CONSTR_GENERATED":
            return str(item.constraint.generated_kind) != "v"
        if sort == "CONSTR_DEFAULT" and any(map(is_volatile, functions_called(item.constraint.raw_expr))):
            return True
    return any(_is_constrained(_words(column.type_name.names), catalog) for catalog in it.catalogs)


def functions_called(node: Any) -> Iterator[tuple[str, ...]]:
    """The functions that an expression calls."""
    for field, value in node.ListFields():
        if field.message_type is None:
            continue
        if field.name == "func_call":
            yield _words(value.funcname)
        for each in value if field.is_repeated else (value,):
            yield from functions_called(each)


def is_volatile(function: tuple[str, ...]) -> bool:
    """Whether it may be. A function of our schemas may: only PostgreSQL's own are known, and stand without theirs."""
    return function[-1] in _VOLATILE or function[:-1] not in {(), ("pg_catalog",)}


def _is_constrained(type_: tuple[str, ...], catalog: Catalog) -> bool:
    """Whether it is a domain that a NULL must be held against."""
    if len(type_) != 2:  # noqa: PLR2004 - a schema and a name
        return False
    schema, name = type_
    domain = catalog.objects.get(Address("domain", schema, name=name))
    if not isinstance(domain, Domain):
        return False
    return domain.not_null or any(
        isinstance(each, Constraint) and each.parent == domain.address for each in catalog.objects.values()
    )


def _retyped(it: _Statement, command: Any) -> Effect:
    change, has_using = it.change, _definition(command).column_def.HasField("raw_default")
    if isinstance(change, Alter) and isinstance(change.old, Column) and isinstance(change.new, Column):
        old, new = change.old, change.new
        anew = has_using or not keeps_its_file(old.type, new.type)
        collated = (old.collation_schema, old.collation) != (new.collation_schema, new.collation)
        own = _working(it, "ALTER TYPE", rewrites=anew, scans=collated)  # then its indexes are built again
        return own if "family" in new.disturbs(old) else _both(own, _of_keys_on(it, old))
    return _working(it, "ALTER TYPE", rewrites=has_using or change is None)  # else its collation becomes another


def _of_keys_on(it: _Statement, column: Column) -> Effect:
    """Foreign keys that the column is on are made again, which locks both of their tables."""
    keys = [each for each in it.standing_on(column.address) if isinstance(each, Constraint) and each.type == "f"]
    places = [Place(each.schema, each.owner) for each in keys]
    places += [Place(each.foreign_schema, each.foreign_table) for each in keys]
    return Effect(tuple((place, Mode.AE) for place in dict.fromkeys(places)))


_TYPE = re.compile(r"([^(]*)(?:\(([\d,-]+)\))?(.*)", re.DOTALL)
_LONGER = frozenset({"character varying", "bit varying"})
_FINER = frozenset(
    {
        *("timestamp without time zone", "timestamp with time zone", "interval"),
        *("time without time zone", "time with time zone"),
    }
)
_ALIKE = frozenset(
    {
        ("character varying", "text"),
        ("text", "character varying"),
        ("cidr", "inet"),
        ("timestamp without time zone", "timestamp with time zone"),  # our sessions are in UTC
        ("timestamp with time zone", "timestamp without time zone"),
        ("integer", "oid"),
        ("oid", "integer"),
        ("bit", "bit varying"),
        ("xml", "text"),
        ("xml", "character varying"),
    }
)


def keeps_its_file(old: str, new: str) -> bool:
    """Whether a column gets from one type to the other without a new file: types as format_type() writes them."""
    before, had = _base(old)
    after, has = _base(new)
    if before.endswith("[]") or after.endswith("[]"):
        return old == new
    if before == after:
        return _is_wider(before, had, has)
    return (before, after) in _ALIKE and (not has or (after in _FINER and has == (6,)))  # 6 is as fine as they are


def _base(type_: str) -> tuple[str, tuple[int, ...]]:
    """The type without its limits, and those: `time(3) with time zone` is `time with time zone` and 3."""
    found = _TYPE.fullmatch(type_)
    if found is None:
        return type_, ()
    name, limits, rest = found.groups()
    return f"{name.strip()}{rest}", tuple(map(int, limits.split(","))) if limits else ()


def _is_wider(base: str, had: tuple[int, ...], has: tuple[int, ...]) -> bool:
    if had == has:
        return True
    if not has:
        return base in {*_LONGER, *_FINER, "numeric"}
    if base in _LONGER:
        return bool(had) and has >= had
    if base in _FINER:
        return has >= (had or (6,))
    return base == "numeric" and bool(had) and has[0] >= had[0] and has[1:] == had[1:]


_COMMANDS: dict[str, Callable[[_Statement, Any], Effect]] = {
    "AT_ValidateConstraint": _validated,
    "AT_AddConstraint": _constraint_added,
    "AT_AddColumn": _column_added,
    "AT_AlterColumnType": _retyped,
    "AT_SetNotNull": _not_null_set,
    "AT_DropConstraint": _constraint_dropped,
    "AT_AttachPartition": _attached,
    "AT_DetachPartition": _detached,
    "AT_AddInherit": _inherited,
    "AT_SetLogged": lambda it, _: _working(it, "SET LOGGED", rewrites=True),
    "AT_SetUnLogged": lambda it, _: _working(it, "SET UNLOGGED", rewrites=True),
    "AT_SetAccessMethod": lambda it, _: _working(it, "SET ACCESS METHOD", rewrites=True),
}


# --- the others -------------------------------------------------------------------------------------------------------


def _create_index(it: _Statement) -> Effect:
    concurrent = it.node.concurrent
    form = "CREATE INDEX CONCURRENTLY" if concurrent else "CREATE INDEX"
    return Effect(((it.relation, Mode.SUE if concurrent else Mode.SHARE),), scans=True, form=form)


def _create_table(it: _Statement) -> Effect:
    mode = Mode.AE if it.node.HasField("partbound") else Mode.SUE
    return Effect(tuple((_place(item.range_var), mode) for item in it.node.inh_relations))


def _drop(it: _Statement) -> Effect:
    sort = grammar_name("ObjectType", it.node.remove_type)
    names = [_words(item.list.items) for item in it.node.objects]
    if sort == "OBJECT_INDEX":
        mode = Mode.SUE if it.node.concurrent else Mode.AE
        return Effect(tuple((Place(each.schema, each.table), mode) for each in it.objects if isinstance(each, Index)))
    if sort == "OBJECT_STATISTIC_EXT":
        parents = (each.parent for each in it.objects if each.kind == "statistics" and each.parent)
        return Effect(tuple((Place(each.schema, each.name), Mode.SUE) for each in parents))
    if sort in _TABLES:
        return Effect((*((Place(*name), Mode.AE) for name in names), *((each, Mode.AE) for each in _referred(it))))
    if sort in {"OBJECT_TRIGGER", "OBJECT_RULE", "OBJECT_POLICY"}:
        return Effect(tuple((Place(*name[:2]), Mode.AE) for name in names))
    return Effect()


def _comment(it: _Statement) -> Effect:
    names, sort = _words(it.node.object.list.items), grammar_name("ObjectType", it.node.objtype)
    if sort in _TABLES or sort == "OBJECT_COLUMN":
        return Effect(((Place(*names[:2]), Mode.SUE),))
    return Effect()


def _rename(it: _Statement) -> Effect:
    sort, of = (grammar_name("ObjectType", each) for each in (it.node.rename_type, it.node.relation_type))
    parts = {"OBJECT_TABCONSTRAINT", "OBJECT_TRIGGER", "OBJECT_RULE", "OBJECT_POLICY"}
    if sort in _TABLES or sort in parts or (sort == "OBJECT_COLUMN" and of in _TABLES):
        return Effect(((it.relation, Mode.AE),))
    return Effect()


def _move(it: _Statement) -> Effect:
    is_table = grammar_name("ObjectType", it.node.object_type) in _TABLES
    return Effect(((it.relation, Mode.AE),)) if is_table else Effect()


def _alter_domain(it: _Statement) -> Effect:
    """A domain that begins to refuse values looks at all columns of it."""
    if it.node.subtype not in {"C", "O", "V"}:
        return Effect()
    schema, name = _words(it.node.type_name)
    columns = [each for each in it.standing_on(Address("domain", schema, name=name)) if isinstance(each, Column)]
    looks = it.node.subtype != "C" or not _definition(it.node).constraint.skip_validation
    places = dict.fromkeys(Place(each.schema, each.table) for each in columns) if looks else {}
    locks = tuple((each, Mode.SHARE) for each in places)
    return Effect(locks, scans=bool(places), form="ALTER DOMAIN" if places else "")


def _none(_: _Statement) -> Effect:
    return Effect()


_READERS: dict[str, Callable[[_Statement], Effect]] = {
    "alter_table_stmt": _alter_table,
    "index_stmt": _create_index,
    "create_stmt": _create_table,
    "drop_stmt": _drop,
    "comment_stmt": _comment,
    "rename_stmt": _rename,
    "alter_object_schema_stmt": _move,
    "alter_domain_stmt": _alter_domain,
    "create_trig_stmt": lambda it: Effect(((it.relation, Mode.SRE),)),
    "rule_stmt": lambda it: Effect(((it.relation, Mode.AE),)),
    "create_policy_stmt": lambda it: Effect(((_place(it.node.table), Mode.AE),)),
    "alter_policy_stmt": lambda it: Effect(((_place(it.node.table), Mode.AE),)),
    "create_stats_stmt": lambda it: Effect(tuple((_place(each.range_var), Mode.SUE) for each in it.node.relations)),
    "update_stmt": lambda it: Effect(((it.relation, Mode.RE),), scans=True, form="UPDATE"),
    "refresh_mat_view_stmt": lambda it: _working(it, "REFRESH MATERIALIZED VIEW", rewrites=True),
}


def _both(one: Effect, other: Effect) -> Effect:
    """What two commands of one statement do together."""
    return Effect(
        (*one.locks, *other.locks), one.rewrites or other.rewrites, one.scans or other.scans, one.form or other.form
    )
