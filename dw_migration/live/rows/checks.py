"""Whether both servers are as a table's plan expects, before its first row."""

from dataclasses import dataclass
from typing import LiteralString

from dw_migration.errors import BadConfig, NotAllowed, StalePlan
from dw_migration.live.rows.side import Side
from dw_migration.live.stop import stoppable
from dw_migration.resolutions.compiled import CompiledColumn, TablePlan
from dw_migration.revision import one_line
from dw_migration.sql import Sql, identifier, sql

_TABLE: LiteralString = """
SELECT c.relkind = 'p', pg_catalog.row_security_active(c.oid)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'p')
"""
# A row's description knows no domains: it tells the type under them.
_COLUMNS: LiteralString = """
WITH RECURSIVE base AS (
    SELECT a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, a.atttypid AS id,
           a.atttypmod AS mod
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE n.nspname = %s AND c.relname = %s
    UNION ALL
    SELECT b.name, b.type, t.typbasetype, t.typtypmod
      FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.id AND t.typtype = 'd'
)
SELECT b.name, b.type, pg_catalog.format_type(b.id, b.mod)
  FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.id AND t.typtype <> 'd'
"""
_NAMED: LiteralString = """
SELECT pg_catalog.format_type(d.id, d.mod)
  FROM unnest(%s::oid[], %s::int4[]) WITH ORDINALITY AS d (id, mod, number) ORDER BY d.number
"""


@dataclass(frozen=True, slots=True)
class NewTable:
    """What a copy must know of the table that it writes."""

    address: Sql
    partitioned: bool

    @property
    def rows(self) -> Sql:
        """What stands behind FROM: the rows that a copy can have written; the table is `n` there."""
        return sql("{}{} AS n", Sql("") if self.partitioned else Sql("ONLY "), self.address)

    def is_empty(self, target: Side) -> bool:
        """Whether it has no row, nor a table that inherits from it."""
        ((found,),) = target.rows(sql("SELECT EXISTS (SELECT FROM {})", self.address))
        return not found


def checked(source: Side, target: Side, plan: TablePlan) -> NewTable:
    """The new table. In the binary form a value of another type of the same width would be taken without an error, so
    that types are compared, whatever the plan says.

    Raises: StalePlan, NotAllowed, BadConfig, ServerError.
    """
    address = identifier(*plan.new)
    if not plan.columns:
        raise BadConfig(f"{one_line(address.text)}: no column of it gets a value: leave the table out of the copy")
    with target.told():
        found = target.session.execute(_TABLE, plan.new).fetchone()
    if found is None:
        raise StalePlan(f"{target.where}: there is no table {one_line(address.text)}: make it first, and plan again")
    partitioned, hides_rows = found
    if hides_rows:
        raise NotAllowed(
            f"{target.where}: row security applies to us on {one_line(address.text)}, which could hide or refuse rows: "
            f"have its owner run the copy, or an administrator give our role BYPASSRLS"
        )
    _check_types(source, target, plan)
    return NewTable(address, partitioned)


def _check_types(source: Side, target: Side, plan: TablePlan) -> None:
    types = _column_types(target, plan)
    looked_up = {each.column for each in plan.staged}
    for column, given in zip(plan.columns, _described(source, plan), strict=True):
        expected = types.get(column.name)
        if column.name in looked_up:
            fits = expected is not None and given == "text"
        else:
            fits = expected is not None and (column.is_text or expected == (column.type, given))
        if not fits:
            raise StalePlan(_differing(plan, column, given, expected[0] if expected else "no such column"))


def _differing(plan: TablePlan, column: CompiledColumn, given: str, expected: str) -> str:
    name = one_line(identifier(*plan.new, column.name).text)
    return (
        f"{name}: planned as {one_line(column.type)}; the source gives {one_line(given)}, and the target expects "
        f"{one_line(expected)}: one of them was changed since: plan again"
    )


def _column_types(target: Side, plan: TablePlan) -> dict[str, tuple[str, str]]:
    """By the column's name its type, and the one under its domain."""
    with target.told():
        return {name: (type_, base) for name, type_, base in target.session.execute(_COLUMNS, plan.new)}


def _described(source: Side, plan: TablePlan) -> list[str]:
    """The types that the source gives, by its own word."""
    with source.told(), stoppable(source.session):
        result = source.session.execute(sql("{} LIMIT 0", plan.select()).text.encode()).pgresult
        assert result is not None  # noqa: S101 - it was executed
        columns = range(result.nfields)
        types = [result.ftype(each) for each in columns], [result.fmod(each) for each in columns]
        return [name for (name,) in source.session.execute(_NAMED, types)]
