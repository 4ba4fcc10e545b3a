"""Whether two texts of one object mean the same: by their tokens, else by the word of the target's own server."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from typing import Any

import psycopg

from dw_migration.catalog import Catalog
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.column import Column
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.default import Default
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.index import Index
from dw_migration.kinds.materialized_view import MaterializedView
from dw_migration.kinds.policy import Policy
from dw_migration.kinds.rule import Rule
from dw_migration.kinds.statistics import Statistics
from dw_migration.kinds.trigger import Trigger
from dw_migration.kinds.view import View
from dw_migration.sql import Sql, deparsed, identifier, names, quoted_literal, sql

Connection = psycopg.Connection[tuple[Any, ...]]
Pair = tuple[DatabaseObject, DatabaseObject]

TEXTS_OF: Mapping[type[DatabaseObject], tuple[str, ...]] = {
    Column: ("expression",),
    Constraint: ("expression",),
    Default: ("expression",),
    Domain: ("default",),
    Index: ("definition",),
    MaterializedView: ("definition",),
    View: ("definition",),
    Statistics: ("definition",),
    Rule: ("definition",),
    Trigger: ("definition",),
    Policy: ("using", "check"),
}
"""The fields that hold text which PostgreSQL wrote."""


@dataclass(slots=True)
class Comparison:
    """What differs between the desired catalog and the target as it was read."""

    missing: list[Address] = field(default_factory=list)
    different: list[Pair] = field(default_factory=list)
    """(current, desired)."""
    settled: list[Address] = field(default_factory=list)
    """Spelt otherwise, and found equal by the server."""

    def apart_from(self, known: Collection[Address]) -> "Comparison":
        """The comparison without these objects, of which is known that they differ."""
        missing = [address for address in self.missing if address not in known]
        return Comparison(missing, [pair for pair in self.different if pair[1].address not in known], self.settled)

    @property
    def equal(self) -> bool:
        """Whether nothing is left to do."""
        return not self.missing and not self.different

    def told(self) -> list[str]:
        """Each difference in words."""
        lines = [f"missing {address.kind} {address}" for address in sorted(self.missing)]
        return lines + [f"different {new.kind} {new.address}: {_fields(old, new)}" for old, new in self.different]


def _fields(old: DatabaseObject, new: DatabaseObject) -> str:
    names = type(new).__dataclass_fields__  # type: ignore[attr-defined]
    pairs = ((name, getattr(old, name), getattr(new, name)) for name in names if names[name].compare)
    return "; ".join(f"{name} is {was!r}, expected {now!r}" for name, was, now in pairs if was != now)


def compare(connection: Connection, current: Catalog, desired: Catalog) -> Comparison:
    """What the target lacks of desired; texts that differ are settled as `settled` does."""
    found = Comparison()
    doubtful = []
    for address, new in desired.objects.items():
        now = current.objects.get(address)
        if now is None:
            found.missing.append(address)
        elif now != new:
            doubtful.append((now, new))
    equal = settled(connection, doubtful)
    found.settled = sorted(equal)
    found.different = [(old, new) for old, new in doubtful if new.address not in equal]
    return found


def settled(connection: Connection, pairs: Iterable[Pair]) -> set[Address]:
    """Addresses of the pairs whose objects mean the same.

    Tokens are compared first. What still differs is made twice over copies of its table in a scratch schema, and
    what the server writes of the two is compared: in a transaction that is rolled back, with ACCESS SHARE on the
    real tables.
    """
    texts = [(old, new) for old, new in pairs if _differ_in_text_alone(old, new)]
    same = {new.address for old, new in texts if _tokens(old) == _tokens(new)}
    rest = [(old, new) for old, new in texts if new.address not in same]
    if not rest:
        return same
    with connection.transaction(force_rollback=True):
        connection.execute("create schema dw_migration_scratch")
        return same | {new.address for old, new in rest if _same_on_server(connection, old, new)}


def _differ_in_text_alone(old: DatabaseObject, new: DatabaseObject) -> bool:
    """Whether fields with PostgreSQL's text are all that differs, and where they do, both have some."""
    names = TEXTS_OF.get(type(new), ())
    differing = [name for name in names if getattr(old, name) != getattr(new, name)]
    if not all(getattr(old, name) and getattr(new, name) for name in differing):
        return False
    return _without(old, names) == _without(new, names)


def _without(each: DatabaseObject, names: Iterable[str]) -> DatabaseObject:
    return replace(each, **dict.fromkeys(names, ""))  # type: ignore[type-var]


@cache
def _scan() -> Callable[[str], Any]:
    return import_module("postgast.scan").scan  # type: ignore[no-any-return]


def _tokens(each: DatabaseObject) -> list[list[bytes]]:
    found = []
    for text in (getattr(each, name) for name in TEXTS_OF[type(each)]):
        encoded = text.encode()
        found.append([encoded[token.start : token.end] for token in _scan()(text).tokens])
    return found


def _same_on_server(connection: Connection, old: DatabaseObject, new: DatabaseObject) -> bool:
    """Whether the server writes the same of both; a text that it does not take is another."""
    try:
        with connection.transaction():
            return _rewritten(connection, old) == _rewritten(connection, new)
    except psycopg.errors.Error:
        return False


def _rewritten(connection: Connection, each: DatabaseObject) -> str:
    """What the server writes of the object when it is made anew; nothing of it stays."""
    make, told = _RECIPES[type(each)]
    with connection.transaction(force_rollback=True):
        for statement in make(each):
            connection.execute(statement.text.encode())
        row = connection.execute(told.encode()).fetchone()
        return str(row[0]) if row else ""


def _copied(schema: str, table: str) -> Sql:
    return sql("create table dw_migration_scratch.copy (like {})", identifier(schema, table))


def _default(each: Any) -> list[Sql]:
    copy = _copied(each.schema, each.table)
    default = deparsed(each.expression)
    return [
        copy,
        sql("alter table dw_migration_scratch.copy alter {} set default {}", identifier(each.column), default),
    ]


def _column(each: Any) -> list[Sql]:
    copy = _copied(each.schema, each.table)
    form = sql("{} generated always as ({}) stored", deparsed(each.type), deparsed(each.expression))
    return [copy, sql("alter table dw_migration_scratch.copy add column dw_migration_new {}", form)]


def _constraint(each: Any) -> list[Sql]:
    if each.on_domain:
        base = sql("create domain dw_migration_scratch.copy as {}", identifier(each.schema, each.owner))
        return [base, sql("alter domain dw_migration_scratch.copy add constraint a {}", each.definition)]
    copy = _copied(each.schema, each.owner)
    return [copy, sql("alter table dw_migration_scratch.copy add constraint a {}", each.definition)]


def _index(each: Any) -> list[Sql]:
    copy = _copied(each.schema, each.table)
    return [copy, sql("create index a on dw_migration_scratch.copy using {}", deparsed(each.definition))]


def _statistics(each: Any) -> list[Sql]:
    copy = _copied(each.table_schema, each.table)
    there = sql("dw_migration_scratch.copy")
    return [copy, sql("create statistics dw_migration_scratch.a on {} from {}", deparsed(each.definition), there)]


def _domain(each: Any) -> list[Sql]:
    form = sql("{} default {}", deparsed(each.type), deparsed(each.default))
    return [sql("create domain dw_migration_scratch.copy as {}", form)]


def _view(each: Any) -> list[Sql]:
    columns = sql(" ({})", names(each.columns)) if each.columns else sql("")
    return [sql("create view dw_migration_scratch.copy{} as {}", columns, deparsed(each.definition))]


def _policy(each: Any) -> list[Sql]:
    here = replace(each, schema="dw_migration_scratch", table="copy", name="a")
    return [_copied(each.schema, each.table), *(Sql(one.text) for one in here.create())]


def _on_table(each: Any) -> list[Sql]:
    """A rule or trigger, whose text names its table first."""
    place = identifier(each.schema, each.table).text
    here = replace(each, name="a", definition=each.definition.replace(place, "dw_migration_scratch.copy", 1))
    return [_copied(each.schema, each.table), *(Sql(one.text) for one in here.create())]


_SCRATCH = "(select oid from pg_catalog.pg_namespace where nspname = 'dw_migration_scratch')"
_ATTRDEF = (
    "select pg_catalog.pg_get_expr(d.adbin, d.adrelid) from pg_catalog.pg_attrdef d join pg_catalog.pg_class c "
    f"on c.oid = d.adrelid where c.relnamespace = {_SCRATCH}"
)
_RECIPES: Mapping[type[DatabaseObject], tuple[Callable[[Any], list[Sql]], str]] = {
    Default: (_default, _ATTRDEF),
    Column: (_column, _ATTRDEF),
    Constraint: (
        _constraint,
        f"select pg_catalog.pg_get_constraintdef(oid) from pg_catalog.pg_constraint where connamespace = {_SCRATCH}"
        f" and conname = {quoted_literal('a')}",
    ),
    Index: (
        _index,
        "select pg_catalog.pg_get_indexdef(oid) from pg_catalog.pg_class where relname = 'a' and relkind = 'i'"
        f" and relnamespace = {_SCRATCH}",
    ),
    View: (_view, f"select pg_catalog.pg_get_viewdef(oid) from pg_catalog.pg_class where relnamespace = {_SCRATCH}"),
    MaterializedView: (
        _view,
        f"select pg_catalog.pg_get_viewdef(oid) from pg_catalog.pg_class where relnamespace = {_SCRATCH}",
    ),
    Statistics: (
        _statistics,
        "select pg_catalog.pg_get_statisticsobjdef(oid) from pg_catalog.pg_statistic_ext"
        f" where stxnamespace = {_SCRATCH}",
    ),
    Rule: (
        _on_table,
        "select pg_catalog.pg_get_ruledef(r.oid) from pg_catalog.pg_rewrite r join pg_catalog.pg_class c"
        f" on c.oid = r.ev_class where c.relnamespace = {_SCRATCH}",
    ),
    Trigger: (
        _on_table,
        "select pg_catalog.pg_get_triggerdef(t.oid) from pg_catalog.pg_trigger t join pg_catalog.pg_class c"
        f" on c.oid = t.tgrelid where c.relnamespace = {_SCRATCH}",
    ),
    Policy: (
        _policy,
        "select row(pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))"
        " from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid"
        f" where c.relnamespace = {_SCRATCH}",
    ),
    Domain: (
        _domain,
        "select pg_catalog.pg_get_expr(typdefaultbin, 0) from pg_catalog.pg_type where typtype = 'd'"
        f" and typnamespace = {_SCRATCH}",
    ),
}
