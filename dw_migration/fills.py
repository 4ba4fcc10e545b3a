"""What the rows that are there get in a column that is NOT NULL from now on: said by a person, and never invented."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any, NamedTuple

from dw_migration.changes import Alter, Change, Create, Difference, Fill
from dw_migration.changes.origins import Located, located, made_in
from dw_migration.effects import functions_called, grammar_name, is_volatile, statement_of
from dw_migration.errors import BadConfig
from dw_migration.hand_written import unknown_functions
from dw_migration.kind import Address
from dw_migration.kinds.column import Column
from dw_migration.kinds.default import Default
from dw_migration.online import Sizes
from dw_migration.sql import Statement, quoted

Fills = Mapping[Address, Fill]
"""By column, under the names of the target."""

_NAME = r'(?:"(?:[^"]|"")+"|[^".=\s]+)'
_SAID = re.compile(rf"\s*(?:({_NAME})\.)?({_NAME})\.({_NAME})\s*=\s*(.*\S)\s*", re.DOTALL)
_LONGEST = 10_000


class Said(NamedTuple):
    """`--fill orders.note=EXPR`."""

    schema: str
    """Empty where it is not said."""
    table: str
    column: str
    expression: str

    @property
    def is_default(self) -> bool:
        """Whether it is what the source says."""
        return self.expression.upper() == "DEFAULT"

    @property
    def place(self) -> str:
        """`orders.note`, as it was said."""
        return ".".join(map(quoted, filter(None, self[:3])))


def said(text: str) -> Said:
    """The one value for one column. Raises: BadConfig where it is not `TABLE.COLUMN=EXPR`, or EXPR no plain value.

    `DEFAULT` is one: that of the column.
    """
    found = _SAID.fullmatch(text)
    if found is None:
        raise BadConfig(f"--fill: found {text!r}; expected TABLE.COLUMN=EXPR or SCHEMA.TABLE.COLUMN=EXPR")
    schema, table, column = (_meant(each or "") for each in found.groups()[:3])
    made = Said(schema, table, column, found[4])
    if not made.is_default and (why_not := _why_no_value(made.expression)):
        raise BadConfig(
            f"--fill {made.place}: {why_not}; expected one value for a row: an expression without subquery, aggregate, "
            f"window, parameter and comment"
        )
    return made


def _meant(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def fill_of(expression: str) -> Fill:
    """What is known of an expression that `said` has taken."""
    node = _value_in(f"SELECT ({expression}\n)")
    if node is None:
        raise BadConfig(f"no value that a row could get: {expression}")
    functions = set(functions_called(node))
    calls = tuple(sorted(set(unknown_functions(node))))
    is_one = not (columns_in(expression) or calls or any(map(is_volatile, functions)) or _has_operator_of(node))
    return Fill(expression, is_one, calls)


def columns_in(expression: str) -> frozenset[tuple[str, ...]]:
    """The columns that it names, each with what stands before it."""
    node = _value_in(f"SELECT ({expression}\n)")
    return frozenset(_columns(node)) if node is not None else frozenset()


def functions_in(expression: str) -> frozenset[tuple[str, ...]]:
    """The functions that it calls, each with its schema where that is said."""
    node = _value_in(f"SELECT ({expression}\n)")
    return frozenset(functions_called(node)) if node is not None else frozenset()


# --- one value, and nothing else --------------------------------------------------------------------------------------

_STRANGE = {
    "sub_link": "holds a subquery",
    "grouping_func": "holds an aggregate",
    "over": "holds a window",
    "agg_star": "holds an aggregate",
    "agg_distinct": "holds an aggregate",
    "agg_order": "holds an aggregate",
    "agg_filter": "holds an aggregate",
    "agg_within_group": "holds an aggregate",
    "param_ref": "holds a parameter",
    "set_to_default": "holds DEFAULT",
    "a_star": "holds a star",
    "json_array_agg": "holds an aggregate",
    "json_object_agg": "holds an aggregate",
}
"""Parts of a statement's tree that no value of one row has."""


def _why_no_value(expression: str) -> str:
    """Why it is none; empty where it is one."""
    postgast: Any = import_module("postgast")
    if len(expression) > _LONGEST or "\0" in expression:
        return f"has more than {_LONGEST:,} characters, or a zero"
    # Alone and in parentheses, as it is run: what is no more than a part of either is no value.
    node, alone = _value_in(f"SELECT ({expression}\n)"), _value_in(f"SELECT {expression}\n")
    if node is None or alone is None:
        return "is no expression of PostgreSQL"
    if any(grammar_name("Token", token.token) in _COMMENTS for token in postgast.scan(expression).tokens):
        return "holds a comment"
    return next((_STRANGE[each] for each in _parts(node) if each in _STRANGE), "")


_COMMENTS = frozenset({"SQL_COMMENT", "C_COMMENT"})


def _value_in(query: str) -> Any:
    """What the query selects, if that is one value without a name, and it is and does nothing else; else None."""
    postgast: Any = import_module("postgast")
    try:
        (parsed,) = postgast.parse(query).stmts
    except (postgast.PgQueryError, ValueError):
        return None
    if parsed.stmt.WhichOneof("node") != "select_stmt":
        return None
    select = parsed.stmt.select_stmt
    told = {field.name for field, _ in select.ListFields()}
    if told - {"target_list", "limit_option", "op"} or len(select.target_list) != 1:
        return None
    target = select.target_list[0].res_target
    return None if target.name or target.indirection else target.val


def _parts(node: Any) -> Iterator[str]:
    """The names of all fields below."""
    for field, value in node.ListFields():
        yield field.name
        if field.message_type is not None:
            for each in value if field.is_repeated else (value,):
                yield from _parts(each)


def _columns(node: Any) -> Iterator[tuple[str, ...]]:
    for field, value in node.ListFields():
        if field.message_type is None:
            continue
        if field.name == "column_ref":
            yield tuple(each.string.sval for each in value.fields)
            continue
        for each in value if field.is_repeated else (value,):
            yield from _columns(each)


def _has_operator_of(node: Any) -> bool:
    """Whether an operator of somebody's schema is in it, which may call anything."""
    for field, value in node.ListFields():
        if field.message_type is None:
            continue
        if field.name == "a_expr" and len(value.name) > 1 and value.name[0].string.sval != "pg_catalog":
            return True
        if any(map(_has_operator_of, value if field.is_repeated else (value,))):
            return True
    return False


# --- the changes ------------------------------------------------------------------------------------------------------


def filled(difference: Difference, fills: Fills, sizes: Sizes, *, always: bool = False) -> Difference:
    """The same difference, in which NOT NULL columns of tables that have rows are filled, as far as that is said.

    A new column that has one value in all rows comes with it as its default for a moment, and no row is written; else
    the rows are updated between its beginning and its NOT NULL. always: also of empty tables.
    """
    if not fills:
        return difference
    has_rows = _with_rows(difference, sizes, always=always)

    def turned(here: Located) -> Change:
        change = here.change
        if not isinstance(change, Create | Alter) or not isinstance(change.new, Column) or not becomes_not_null(change):
            return change
        fill = fills.get(_of_whole(change.new))
        if fill is None or not has_rows(here, change.new):
            return change
        return replace(change, statements=tuple(_filling(change, change.new, fill)), fill=fill)

    return replace(difference, changes=tuple(map(turned, located(difference.changes))))


def defaulted(difference: Difference, sizes: Sizes, *, always: bool = False) -> Difference:
    """The same difference, in which a new NOT NULL column whose default gives each row another value is filled by it.

    In one statement PostgreSQL would write the whole table anew, while all others wait.
    """
    has_rows = _with_rows(difference, sizes, always=always)

    def turned(here: Located) -> Change:
        change = here.change
        if not isinstance(change, Create) or not isinstance(change.new, Column) or not change.statements:
            return change
        new, (_, *finish) = change.new, change.statements
        default = next((each for each in change.parts if isinstance(each, Default)), None)
        if default is None or not (new.not_null and _is_new_each_time(default.expression) and has_rows(here, new)):
            return change
        made = (*replace(new, not_null=False).create(), *default.create(), *finish)
        return replace(change, statements=(*made, new.filled("DEFAULT"), new.set_not_null()))

    return replace(difference, changes=tuple(map(turned, located(difference.changes))))


def _is_new_each_time(expression: str) -> bool:
    node = _value_in(f"SELECT ({expression}\n)")
    return node is not None and any(map(is_volatile, functions_called(node)))


def _with_rows(difference: Difference, sizes: Sizes, *, always: bool) -> Callable[[Located, Column], bool]:
    """What tells whether the column's table is there and has rows."""
    made = made_in(difference.changes)

    def has_rows(here: Located, column: Column) -> bool:
        table = Address("table", column.schema, name=column.table)
        size = sizes.get(here.origin(table))
        return table not in made and size is not None and (always or size.bytes > 0)

    return has_rows


def becomes_not_null(change: Create | Alter) -> bool:
    """Whether its column refuses NULL from now on, and rows that are there may have no value for it."""
    new = change.new
    if not isinstance(new, Column) or not new.not_null:
        return False
    if isinstance(change, Create):
        return not (change.parts or new.identity or new.generated)
    return isinstance(change.old, Column) and not change.old.not_null


def _of_whole(column: Column) -> Address:
    """The address of the column that it is inherited from, or its own: what is said of that reaches all heirs."""
    if column.whole_table and not column.local:
        return column.address._replace(schema=column.whole_schema, owner=column.whole_table)
    return column.address


def _filling(change: Create | Alter, new: Column, fill: Fill) -> Iterator[Statement]:
    if isinstance(change, Create) and change.statements:
        _, *finish = change.statements
        if fill.is_one:
            yield from new.created_with(fill.expression)
            yield from finish
            return
        yield from replace(new, not_null=False).create()
        yield from finish
        yield new.filled(fill.expression)
        yield new.set_not_null()
        return
    for each in change.statements:
        if each == new.set_not_null():
            yield new.filled(fill.expression)
        yield each


# --- the statement ----------------------------------------------------------------------------------------------------


class Filling(NamedTuple):
    """What an UPDATE fills."""

    schema: str
    table: str
    column: str

    @property
    def place(self) -> tuple[str, str]:
        """Of the table."""
        return self.schema, self.table


def filling_of(text: str) -> Filling | None:
    """Of a statement that fills a column where it is NULL, as `Column.filled` makes it; None of any other."""
    node = statement_of(text) if text.startswith("UPDATE ") else None
    if node is None or node.WhichOneof("node") != "update_stmt":
        return None
    update = node.update_stmt
    test = update.where_clause.null_test
    names = [each.string.sval for each in test.arg.column_ref.fields]
    column = update.target_list[0].res_target.name
    is_null = grammar_name("NullTestType", test.nulltesttype) == "IS_NULL"
    if not is_null or names != [column] or len(update.target_list) != 1:
        return None
    return Filling(update.relation.schemaname, update.relation.relname, column)
