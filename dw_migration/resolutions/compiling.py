"""A pair of tables and what a person decided of it, compiled to the one SELECT that makes the new rows."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dw_migration.errors import BadConfig
from dw_migration.resolutions.casting import (
    Carried,
    carried,
    carried_expression,
    carried_text,
    keeps_order,
    literal,
    overflows,
    refusing,
)
from dw_migration.resolutions.comparison import Comparison, RowChange, TablePair, What
from dw_migration.resolutions.compiled import OLD, CompiledColumn, KeyColumn, StagedLookup, TablePlan
from dw_migration.resolutions.document import shown
from dw_migration.resolutions.expression import parsed_expression
from dw_migration.resolutions.resolution import Action, LookupTable, Resolution, Resolutions
from dw_migration.resolutions.shape import ColumnShape
from dw_migration.rule import Severity
from dw_migration.sql import Sql, deparsed, identifier, joined, sql

Entries = tuple[tuple[str, str | None], ...]
"""Old value and new one, both as text."""

MOST_CASES = 50
"""Entries of a CASE; more meet the rows in a join."""
MOST_JOINED = 50_000
"""Entries of a join with literals; more are looked up in the target."""
_KEY, _VALUE = "dw_migration key", "dw_migration value"
"""Names that an expression over bare columns of the old table does not mean by accident."""


def unresolved(comparison: Comparison, resolutions: Resolutions) -> tuple[RowChange, ...]:
    """The breaking changes of which nobody decided what becomes of the rows, or only half."""
    decided = resolutions.by_table(comparison.old.tables)

    def is_resolved(change: RowChange) -> bool:
        those = decided[change.old_table] if change.old_table else ()
        return any(each.is_decided and resolves(each, change, comparison) for each in those)

    return tuple(each for each in comparison.of(Severity.BREAKING) if not is_resolved(each))


def resolves(resolution: Resolution, change: RowChange, comparison: Comparison) -> bool:
    """Whether the decision, one of the change's table, says what becomes of its rows."""
    if resolution.action is Action.DROP_TABLE or change.what is What.TABLE_REMOVED:
        return resolution.action is Action.DROP_TABLE
    if change.what is What.COLUMN_REMOVED and resolution.old_column is not None:
        return resolution.old_column == change.old_column
    if resolution.action is Action.IGNORE and change.new_column is not None:
        return _is_left_out(resolution, change) and not _needs_value(change, comparison)
    if change.new_column is not None:
        return resolution.new_column == change.new_column
    return (resolution.old_column, resolution.new_column) == (change.old_column, None)


def _is_left_out(resolution: Resolution, change: RowChange) -> bool:
    if resolution.new_column is None:
        return resolution.old_column == change.old_column is not None
    return resolution.new_column == change.new_column


def _needs_value(change: RowChange, comparison: Comparison) -> bool:
    table = comparison.new.tables[change.new_table] if change.new_table else None
    new = table.column(change.new_column) if table and change.new_column else None
    return new is None or new.is_required


def compile_table(
    pair: TablePair,
    resolutions: Iterable[Resolution] = (),
    *,
    lookups: Mapping[LookupTable, Entries] | None = None,
) -> TablePlan:
    """How the pair's rows are carried over.

    `lookups` has the entries of lookup tables (located, so with a schema) that are small enough to be sent; all others
    are met in the target, as they are when the rows arrive. A value of a transform that has no entry, and no default,
    makes its row fail; NULL stays NULL, unless the new column is NOT NULL and there is a default.

    Raises: BadConfig for a column that is not there, a decision that is not complete, or an expression that is none.
    """
    return _Compiler(pair, tuple(resolutions), lookups or {}).plan()


def lookups_of(pair: TablePair, resolutions: Iterable[Resolution]) -> tuple[LookupTable, ...]:
    """The lookup tables that the pair's new values come from, each with its schema."""
    found = [each.lookup_table.located(pair.new.schema) for each in resolutions if each.lookup_table]
    return tuple(dict.fromkeys(found))


def is_dropped(resolutions: Iterable[Resolution]) -> bool:
    """Whether a person said that the table's rows stay behind."""
    return any(each.action is Action.DROP_TABLE for each in resolutions)


@dataclass(frozen=True, slots=True)
class _Compiler:
    pair: TablePair
    resolutions: tuple[Resolution, ...]
    lookups: Mapping[LookupTable, Entries]
    joins: list[Sql] = field(default_factory=list)
    staged: list[StagedLookup] = field(default_factory=list)

    def plan(self) -> TablePlan:
        columns = tuple(self.columns())
        return TablePlan(
            old=self.pair.old.address,
            new=self.pair.new.address,
            columns=columns,
            joins=tuple(self.joins),
            staged=tuple(self.staged),
            key=self.key(),
            only=not self.pair.old.partitioned,
        )

    def columns(self) -> Iterator[CompiledColumn]:
        decided, sources = self.decided(), self.sources()
        for new in self.pair.new.columns:
            resolution, old = decided.get(new.name), sources.get(new.name)
            if new.generated or (resolution is None and old is None):
                continue
            made = self.made(resolution, old, new) if resolution else _plain(self.old(str(old)), new)
            if made is not None:
                yield CompiledColumn(new.name, made.type, made.expression, made.is_text)

    def sources(self) -> dict[str, str]:
        """New column to the old one that it is paired with, unless that is ignored, or was renamed to another."""
        ignored = {each.old_column for each in self.resolutions if each.action is Action.IGNORE}
        renamed = {each.old_column: each.new_column for each in self.resolutions if each.action is Action.RENAME}
        return {
            each.new: each.old
            for each in self.pair.columns
            if each.old not in ignored and (each.old == each.new or renamed.get(each.old, each.new) == each.new)
        }

    def decided(self) -> dict[str, Resolution]:
        """The decisions by new column. Raises: BadConfig."""
        found = {each.new_column: each for each in self.resolutions if each.new_column is not None}
        for name, each in found.items():
            new = _column(self.pair.new.columns, name, self.pair.new.name)
            if new.generated and each.action is not Action.IGNORE:
                raise BadConfig(
                    f"column {shown(name)}: is generated by the new table: remove its resolution, or ignore it"
                )
            if not each.is_decided:
                raise BadConfig(
                    f"column {shown(name)}: its resolution is not complete: `dw-migration data validate` says why"
                )
        return found

    def old(self, name: str) -> ColumnShape:
        return _column(self.pair.old.columns, name, self.pair.old.name)

    def made(self, resolution: Resolution, paired: str | None, new: ColumnShape) -> Carried | None:
        """The new column's value; None: it is left to the target."""
        name = resolution.old_column or paired
        match resolution.action:
            case Action.RENAME:
                return _plain(self.old(str(name)), new)
            case Action.EXPRESSION:
                return self.expression(str(resolution.expression), new)
            case Action.DEFAULT:
                return self.default(None if name is None else self.old(name), resolution.default_value, new)
            case Action.TRANSFORM:
                return self.transform(self.old(str(name)), resolution, new)
        return None

    def expression(self, text: str, new: ColumnShape) -> Carried:
        parsed_expression(text, [each.name for each in self.pair.old.columns])
        return carried_expression(deparsed(text), new)  # one expression, as was just seen

    def default(self, old: ColumnShape | None, default: str | None, new: ColumnShape) -> Carried:
        value = _literal(default, new)
        if old is None:
            return value
        kept = _plain(old, new)
        return Carried(sql("COALESCE({}, {})", kept.expression, value.expression), kept.type, kept.is_text)

    def transform(self, old: ColumnShape, resolution: Resolution, new: ColumnShape) -> Carried:
        if resolution.lookup_table is None:
            entries = tuple(resolution.mapping.items())
            if len(entries) > MOST_CASES:
                return self.joined(old, entries, resolution, new)
            return self.cases(old, entries, resolution, new)
        lookup = resolution.lookup_table.located(self.pair.new.schema)
        if lookup in self.lookups:
            return self.joined(old, _unique(lookup, self.lookups[lookup]), resolution, new)
        return self.in_target(old, lookup, resolution, new)

    def cases(self, old: ColumnShape, entries: Entries, resolution: Resolution, new: ColumnShape) -> Carried:
        whens = [sql("WHEN {} THEN {}", before, _literal(after, new).expression) for before, after in entries]
        otherwise = _otherwise(old, resolution, new)
        cased = sql("CASE {} {} ELSE {} END", compared(old.name), joined(whens, " "), otherwise.expression)
        return Carried(cased, otherwise.type, otherwise.is_text)

    def joined(self, old: ColumnShape, entries: Entries, resolution: Resolution, new: ColumnShape) -> Carried:
        alias = f"m{len(self.joins) + 1}"
        key, value = identifier(alias, _KEY), identifier(alias, _VALUE)
        keys, values = array_literal(each for each, _ in entries), array_literal(each for _, each in entries)
        # DISTINCT tells the planner that keys are unique: it hashes the entries, and the rows keep their order
        self.joins.append(
            sql(
                'LEFT JOIN (SELECT DISTINCT ON (1) k COLLATE pg_catalog."C", v FROM'
                " ROWS FROM (pg_catalog.unnest({}::text[]), pg_catalog.unnest({}::text[])) AS u (k, v)) AS {} ({}, {})"
                " ON {} = {}",
                *(keys, values, identifier(alias), identifier(_KEY), identifier(_VALUE), key, compared(old.name)),
            )
        )
        found, otherwise = carried_text(value, new), _otherwise(old, resolution, new)
        cased = sql("CASE WHEN {} IS NOT NULL THEN {} ELSE {} END", key, found.expression, otherwise.expression)
        return Carried(cased, found.type, found.is_text)

    def in_target(self, old: ColumnShape, lookup: LookupTable, resolution: Resolution, new: ColumnShape) -> Carried:
        default = resolution.default_value
        written = None if default is None else sql("{}::{}", _checked(default, new), deparsed(new.type))
        self.staged.append(
            StagedLookup(
                new.name,
                lookup.address,
                lookup.key_column,
                lookup.value_column,
                default=written,
                for_null=written if new.not_null else None,
            )
        )
        return Carried(sql("{}.{}::text", OLD, identifier(old.name)), "text")

    def key(self) -> tuple[KeyColumn, ...]:
        """The old key, if all of it arrives in an order that both sides share and is a key of the new table too."""
        decided = self.decided()
        plain = {new: old for new, old in self.sources().items() if new not in decided}
        plain |= {new: str(each.old_column) for new, each in decided.items() if each.action is Action.RENAME}
        became = {old: new for new, old in reversed(plain.items())}
        found = tuple(filter(None, (_key_column(self.pair, name, became.get(name, "")) for name in self.pair.old.key)))
        keys = [set(self.pair.new.key), *map(set, self.pair.new.uniques)]
        is_whole = len(found) == len(self.pair.old.key)
        return found if is_whole and {each.new for each in found} in keys else ()


def _key_column(pair: TablePair, name: str, became: str) -> KeyColumn | None:
    old, new = pair.old.column(name), pair.new.column(became)
    if old is None or new is None or not keeps_order(old, new):
        return None
    collation = "C" if old.collation != new.collation else ""
    return KeyColumn(old.name, new.name, old.type, new.type, collation)


def _unique(lookup: LookupTable, entries: Entries) -> Entries:
    """The entries. Raises: BadConfig where a row would meet several of them, and so become several."""
    if len({old for old, _ in entries}) < len(entries):
        table = shown(".".join(lookup.address))
        raise BadConfig(
            f"lookup_table {table}: has an old value several times: `dw-migration data validate` says which"
        )
    return entries


def compared(column: str) -> Sql:
    """An old column's value, as entries of maps and lookups are compared with it."""
    return sql('({}.{}::text COLLATE pg_catalog."C")', OLD, identifier(column))


def array_literal(values: Iterable[str | None]) -> str:
    """The text of a text[]."""
    return "{" + ",".join("NULL" if each is None else _quoted_element(each) for each in values) + "}"


def _quoted_element(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain(old: ColumnShape, new: ColumnShape) -> Carried:
    return carried(sql("{}.{}", OLD, identifier(old.name)), old, new)


def _otherwise(old: ColumnShape, resolution: Resolution, new: ColumnShape) -> Carried:
    """The value for what has no entry."""
    value, default = sql("{}.{}", OLD, identifier(old.name)), resolution.default_value
    given = _literal(default, new)
    if default is None:
        return Carried(refusing(value, new), given.type, given.is_text)
    if new.not_null:
        return given
    missing = sql("CASE WHEN {} IS NOT NULL THEN {} END", value, given.expression)
    return Carried(missing, given.type, given.is_text)


def _literal(text: str | None, new: ColumnShape) -> Carried:
    return literal(text if text is None else _checked(text, new), new)


def _checked(text: str, new: ColumnShape) -> str:
    if overflows(text, new):
        raise BadConfig(f"column {shown(new.name)}: a value of its resolution is too long for {new.type}: shorten it")
    return text


def _column(columns: Collection[ColumnShape], name: str, table: str) -> ColumnShape:
    found = {each.name: each for each in columns}
    if name not in found:
        near = difflib.get_close_matches(name, found, n=1)
        hint = f"did you mean {shown(near[0])}?" if near else "mend its name"
        raise BadConfig(f"table {shown(table)} has no column {shown(name)}: {hint}")
    return found[name]
