"""What the functions and operators of a person's expression do, by the word of the server that would run them."""

from collections.abc import Iterable

from dw_migration.live.rows.side import Side
from dw_migration.resolutions.compiling import array_literal
from dw_migration.resolutions.expression import Expression, QualifiedName
from dw_migration.sql import Sql, sql

_VOLATILE = Sql("p.provolatile = 'v'")
_MAKES_ROWS = Sql("p.proretset OR p.prokind IN ('a', 'w')")


def refused_calls(source: Side, expression: Expression) -> tuple[str, ...]:
    """What the expression calls and no copy may, each with the reason. Raises: as `Side.rows`.

    What is volatile could write, if only through a connection of its own, and gives another value when rows are
    verified. Aggregates and functions that return sets make other rows than there are.
    """
    volatile = _functions(source, expression.functions, _VOLATILE) | _volatile_operators(source, expression.operators)
    makes_rows = _functions(source, expression.outermost, _MAKES_ROWS) - volatile
    told = [f"{each}, which is volatile: it could write, or give another value later" for each in sorted(volatile)]
    told += [f"{each}, which makes more or fewer rows of those there are" for each in sorted(makes_rows)]
    return tuple(f"calls {each}" for each in told)


def _functions(source: Side, names: Iterable[QualifiedName], which: Sql) -> set[str]:
    """Those of the names that some function has of which this is true."""
    query = sql(
        "SELECT p.proname FROM {} JOIN pg_catalog.pg_proc p ON p.pronamespace = n.oid AND p.proname = named.name"
        " WHERE {}",
        *(_named(names), which),
    )
    return {name for (name,) in source.rows(query)}


def _volatile_operators(source: Side, names: Iterable[QualifiedName]) -> set[str]:
    query = sql(
        "SELECT o.oprname FROM {} JOIN pg_catalog.pg_operator o ON o.oprnamespace = n.oid AND o.oprname = named.name"
        " JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode WHERE {}",
        *(_named(names), _VOLATILE),
    )
    return {name for (name,) in source.rows(query)}


def _named(names: Iterable[QualifiedName]) -> Sql:
    """The names with their schemas, as `named` and `n`; a bare one is PostgreSQL's own, as the search_path is empty."""
    qualified = [("pg_catalog", *each)[-2:] for each in names]
    schemas, bare = (array_literal(each[at] for each in qualified) for at in (0, 1))
    return sql(
        "ROWS FROM (pg_catalog.unnest({}::text[]), pg_catalog.unnest({}::text[])) AS named (schema, name)"
        " JOIN pg_catalog.pg_namespace n ON n.nspname = named.schema",
        *(schemas, bare),
    )
