"""Sequences behind copied rows: the next value is one that no row has."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import LiteralString

from dw_migration.live.rows.side import Side
from dw_migration.resolutions.compiled import OLD, TablePlan
from dw_migration.resolutions.shape import TableName
from dw_migration.sql import Sql, identifier, sql

_OWNED: LiteralString = """
SELECT a.attname, n.nspname, s.relname, q.seqincrement, q.seqmin, q.seqmax, l.last_value
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace AND cn.nspname = %s
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid
   AND d.refobjsubid = a.attnum AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
  JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
  JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
  JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid
  LEFT JOIN pg_catalog.pg_sequences l ON l.schemaname = n.nspname AND l.sequencename = s.relname
 WHERE c.relname = %s
 ORDER BY a.attnum, s.relname
"""


@dataclass(frozen=True, slots=True)
class _Sequence:
    column: str
    schema: str
    name: str
    increment: int
    least: int
    most: int
    last: int | None
    """None: it gave no value yet, or our role may not know."""

    @property
    def address(self) -> Sql:
        return identifier(self.schema, self.name)

    def furthest(self, values: Iterable[int | None]) -> int:
        known = [value for value in values if value is not None]
        return max(known) if self.increment > 0 else min(known)


def advance(source: Side, target: Side, plan: TablePlan) -> tuple[str, ...]:
    """The sequences that were moved: each identity or owned one of the new table now stands past its rows, and past
    where the source's stands.

    Never back: others may draw from it meanwhile. Takes ACCESS SHARE on the table.
    Raises: NotAllowed, ServerError.
    """
    given = {each.column: each.last for each in _owned(source, plan.old)}
    return tuple(
        each.address.text
        for each in _owned(target, plan.new)
        if _advanced(target, plan, each, given.get(_old_name(plan, each.column, given)))
    )


def _owned(side: Side, table: TableName) -> list[_Sequence]:
    with side.told():
        return [_Sequence(*row) for row in side.session.execute(_OWNED, table)]


def _old_name(plan: TablePlan, column: str, names: Iterable[str]) -> str:
    """Which of these old columns the new one has its values from, cast at most; nothing where they are computed."""
    expression = next((each.expression.text for each in plan.columns if each.name == column), "")
    plain = {sql("{}.{}", OLD, identifier(name)).text: name for name in names}
    return plain.get(expression.partition("::")[0], "")


def _advanced(target: Side, plan: TablePlan, sequence: _Sequence, given: int | None) -> bool:
    now = _now(target, sequence)
    end = sequence.furthest((now, given, _end(target, plan, sequence)))
    if end == now:
        return False
    end = min(max(end, sequence.least), sequence.most)
    target.rows(sql("SELECT pg_catalog.setval({}, {})", sequence.address.text, end))
    return True


def _now(target: Side, sequence: _Sequence) -> int:
    """Its last value; of one that gave none yet, the value before its first."""
    ((last, called),) = target.rows(sql("SELECT last_value, is_called FROM {}", sequence.address))
    return int(last) if called else int(last) - sequence.increment


def _end(target: Side, plan: TablePlan, sequence: _Sequence) -> int | None:
    column = identifier(sequence.column)
    furthest = sql("pg_catalog.max({})", column) if sequence.increment > 0 else sql("pg_catalog.min({})", column)
    ((value,),) = target.rows(sql("SELECT {} FROM {}", furthest, identifier(*plan.new)))
    return None if value is None else int(value)
