"""`data validate`: whether a person's decisions settle the changes, and can be carried out by both databases."""

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from dw_migration.config import Config
from dw_migration.errors import BadConfig, ServerError
from dw_migration.live.rows.expressions import refused_calls
from dw_migration.live.rows.rehearsal import rows_of
from dw_migration.live.rows.side import Side
from dw_migration.live.rows.values import (
    columns_of,
    duplicate_keys,
    has_unfit_entries,
    nulls_of,
    unfit_values,
    unmapped_values,
    unmatched_values,
)
from dw_migration.migrate.rows.analyze import analyzed
from dw_migration.migrate.rows.asked import Asked
from dw_migration.migrate.rows.resolve import changes_path, opened_scope, read_file, resolutions_path
from dw_migration.resolutions.comparison import Comparison, TablePair, What
from dw_migration.resolutions.compiling import compile_table, is_dropped, resolves
from dw_migration.resolutions.document import Place, shown
from dw_migration.resolutions.expression import parsed_expression
from dw_migration.resolutions.resolution import Action, Fault, LookupTable, Resolution, ResolutionsFile, keys_of
from dw_migration.resolutions.shape import ColumnShape, TableName, TableShape
from dw_migration.resolutions.template import Distinct
from dw_migration.rule import Severity
from dw_migration.sql import sql

_MOST_TOLD = 50
"""Values of a column that are told one by one; of others only how many there are."""


def validate(config: Config, asked: Asked) -> tuple[Fault, ...]:
    """What keeps the resolutions from being carried out, all of it, each with its place in the file; writes nothing.

    Reads all rows of columns that are mapped. Raises: BadConfig for a file that is missing although changes need it, or
    none at all; StalePlan, NoConnection, NotAllowed.
    """
    comparison, scope = analyzed(config, changes_path(config, asked))
    path = resolutions_path(config, asked)
    file = read_file(path)
    if file is None and comparison.of(Severity.BREAKING):
        raise BadConfig(f"{path}: is not there, and breaking changes need it: run `dw-migration data resolve` first")
    if file is None:
        return ()
    with opened_scope(config, scope) as (source, target):
        return faults_of(file, comparison, source, target)


def faults_of(file: ResolutionsFile, comparison: Comparison, source: Side, target: Side) -> tuple[Fault, ...]:
    """As `validate`, over sessions that are open. Raises: as `Side.rows`."""
    tables, decided = comparison.old.tables, file.content.by_table(comparison.old.tables)
    keys, pairs = keys_of(tables), {each.old.address: each for each in comparison.pairs}
    filled = frozenset(each.new.address for each in pairs.values() if not is_dropped(decided[each.old.address]))
    found = [*file.faults(tables), *_undecided(file, comparison, keys)]
    gone = {each.old_table for each in comparison.changes if each.what is What.TABLE_REMOVED}
    for name in (each for each in tables if each in pairs or each in gone):  # the others are not asked for
        for number, each in enumerate(decided[name]):
            place = (keys[name], number)
            found += _Entry(file, place, each, tables[name], pairs.get(name), filled, source, target).faults()
    told = {each.place.partition("[")[0] for each in found}
    for name, pair in pairs.items():
        if file.fault((keys[name],), "").place not in told and not is_dropped(decided[name]):
            found += (file.fault((keys[name],), message) for message in _of_table(pair, decided[name], source))
    return tuple(sorted(dict.fromkeys(found), key=lambda each: (each.line, each.place)))


def _undecided(file: ResolutionsFile, comparison: Comparison, keys: Mapping[TableName, str]) -> Iterator[Fault]:
    """Breaking changes that no entry is about; of those that are only begun, `ResolutionsFile.faults` tells."""
    for change in comparison.of(Severity.BREAKING):
        key = keys[change.old_table] if change.old_table else change.table
        if not any(resolves(each, change, comparison) for each in file.content.resolutions.get(key, ())):
            yield file.fault((key,), f"{change.found}; expected an entry for it: {change.action}")


def _of_table(pair: TablePair, decided: Iterable[Resolution], source: Side) -> Iterator[str]:
    """What only shows in the whole table: new columns that get no value, types that do not meet."""
    plan = compile_table(pair, decided)
    written = {each.name for each in plan.columns}
    for each in pair.new.columns:
        if each.is_required and each.name not in written:
            yield f"column {shown(each.name)} is NOT NULL and gets no value; expected an entry"
    try:
        source.rows(sql("{} LIMIT 0", plan.select()))
    except ServerError as error:
        yield f"the old database refuses the copy of this table: {error}"


# --- one entry --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    file: ResolutionsFile
    place: Place
    resolution: Resolution
    table: TableShape
    pair: TablePair | None
    filled: Collection[TableName]
    """New tables that this copy fills: what they will hold nobody can know yet."""
    source: Side
    target: Side

    def faults(self) -> list[Fault]:
        """All of them; where a column is not there, only that."""
        return [*self.of_names()] or [*self.of_values()]

    def fault(self, *key: str, message: str) -> Fault:
        return self.file.fault((*self.place, *key), message)

    @property
    def old(self) -> ColumnShape | None:
        return self.table.column(self.resolution.old_column or "")

    @property
    def new(self) -> ColumnShape | None:
        return self.pair.new.column(self.resolution.new_column or "") if self.pair else None

    def of_names(self) -> Iterator[Fault]:
        old, new = self.resolution.old_column, self.resolution.new_column
        if old is not None and self.old is None:
            yield self.fault("old_column", message=_no_column(old, self.table.columns, "old"))
        if new is not None and self.pair is None:
            yield self.fault("new_column", message="this table goes to no new one; expected the action drop_table")
        elif new is not None and self.pair is not None and self.new is None:
            yield self.fault("new_column", message=_no_column(new, self.pair.new.columns, "new"))
        if self.new is not None and self.new.generated and self.resolution.action is not Action.IGNORE:
            yield self.fault("new_column", message="is generated by the new table; expected the action ignore")

    def of_values(self) -> Iterator[Fault]:
        if self.pair is None or self.new is None:
            return
        action = self.resolution.action
        if action in {Action.TRANSFORM, Action.DEFAULT}:
            yield from self.of_given_values(self.new)
        if action is Action.TRANSFORM and self.old is not None:
            yield from self.of_old_values(self.pair, self.old)
        if action in {Action.TRANSFORM, Action.RENAME} and self.old is not None:
            yield from self.of_nulls(self.old, self.new)
        told = [*self.of_expression()] if action is Action.EXPRESSION else []
        yield from told
        if action in {Action.RENAME, Action.EXPRESSION} and self.resolution.is_decided and not told:
            yield from self.of_types(self.pair)

    def of_given_values(self, new: ColumnShape) -> Iterator[Fault]:
        """Values of the file that the new column refuses."""
        mapping, default = self.resolution.value_mapping or {}, self.resolution.default_value
        given = {value for value in (*mapping.values(), default) if value is not None}
        unfit = set(unfit_values(self.target, new, sorted(given)))
        for old, value in mapping.items():
            if value in unfit:
                yield self.fault("value_mapping", old, message=_unfit(value, new))
        if default in unfit:
            yield self.fault("default_value", message=_unfit(default, new))
        if self.resolution.null_values and new.not_null:
            yield self.fault("null_values", message=f"{shown(new.name)} is NOT NULL; expected a value for each")

    def of_old_values(self, pair: TablePair, old: ColumnShape) -> Iterator[Fault]:
        """Values of the old column that have no entry, and no default."""
        has_default, lookup = self.resolution.default_value is not None, self.resolution.lookup_table
        if lookup is not None:
            yield from self.of_lookup(lookup.located(pair.new.schema), old, has_default=has_default)
        elif not has_default and (self.resolution.value_mapping or self.resolution.null_values):
            known = {**(self.resolution.value_mapping or {}), **self.resolution.mapping}
            found = unmapped_values(self.source, self.table, old.name, known, most=_MOST_TOLD)
            yield from self.without_entry("value_mapping", found)

    def of_lookup(self, lookup: LookupTable, old: ColumnShape, *, has_default: bool) -> Iterator[Fault]:
        missing = [*self.of_lookup_names(lookup)]
        if missing or lookup.address in self.filled or self.new is None:
            yield from missing
            return
        twice = duplicate_keys(self.target, lookup, most=_MOST_TOLD)
        for value, count in twice.values:
            message = f"has {shown(value)} {count:,} times; expected each old value once"
            yield self.fault("lookup_table", "key_column", message=message)
        if twice.more:
            yield self.fault("lookup_table", "key_column", message=f"has {twice.more:,} more values several times")
        if has_unfit_entries(self.target, lookup, self.new):
            message = f"holds values that {self.new.type} refuses"
            yield self.fault("lookup_table", "value_column", message=message)
        if not has_default:
            found = unmatched_values(self.source, self.target, self.table, old.name, lookup, most=_MOST_TOLD)
            yield from self.without_entry("lookup_table", found)

    def of_lookup_names(self, lookup: LookupTable) -> Iterator[Fault]:
        columns = columns_of(self.target, lookup)
        if not columns:
            message = f"found {shown('.'.join(lookup.address))}; expected a table of the new database"
            yield self.fault("lookup_table", "table", message=message)
            return
        for key, name in (("key_column", lookup.key_column), ("value_column", lookup.value_column)):
            if name not in columns:
                yield self.fault("lookup_table", key, message=_unknown(name, columns, "a column of the lookup table"))

    def without_entry(self, key: str, found: Distinct) -> Iterator[Fault]:
        for value, count in found.values:
            message = f"has no entry for {shown(value)} ({rows_of(count)}); expected one, or a default_value"
            yield self.fault(key, message=message)
        if found.more:
            yield self.fault(key, message=f"has no entry for {found.more:,} more values")

    def of_nulls(self, old: ColumnShape, new: ColumnShape) -> Iterator[Fault]:
        is_given = old.not_null or not new.not_null or self.resolution.default_value is not None
        count = 0 if is_given else nulls_of(self.source, self.table, old.name)
        if count:
            message = (
                f"{shown(old.name)} is NULL in {rows_of(count)}, and {shown(new.name)} is NOT NULL; expected "
                f"{'a default_value' if self.resolution.action is Action.TRANSFORM else 'the action default'}"
            )
            yield self.fault("default_value", message=message)

    def of_expression(self) -> Iterator[Fault]:
        """What the expression is, by PostgreSQL's parser, and what it calls, by the old database's word."""
        if not self.resolution.expression:
            return
        try:
            parsed = parsed_expression(self.resolution.expression, [each.name for each in self.table.columns])
        except BadConfig as fault:
            yield self.fault("expression", message=str(fault))
            return
        for reason in refused_calls(self.source, parsed):
            yield self.fault("expression", message=f"{reason}; expected another expression")

    def of_types(self, pair: TablePair) -> Iterator[Fault]:
        """Whether the old database can make the value; it runs the expression over no row, in a read-only session."""
        plan = compile_table(replace(pair, columns=()), (self.resolution,))
        try:
            self.source.rows(sql("{} LIMIT 0", plan.select()))
        except ServerError as error:
            key = "expression" if self.resolution.action is Action.EXPRESSION else "new_column"
            yield self.fault(key, message=f"the old database refuses it: {error}")


def _no_column(name: str, columns: Iterable[ColumnShape], which: str) -> str:
    return _unknown(name, [each.name for each in columns], f"a column of the {which} table")


def _unknown(name: str, there: Collection[str], what: str) -> str:
    near = difflib.get_close_matches(name, there, n=1)
    return f"found {shown(name)}; expected {f'{shown(near[0])}?' if near else what}"


def _unfit(value: str | None, new: ColumnShape) -> str:
    return f"found {shown(value)}; expected a value of {new.type}"
