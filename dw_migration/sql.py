"""The only composer of SQL text: templates from this repository, everything else quoted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import LiteralString

# Every word that PostgreSQL 15 to 18 do not list as unreserved: quote_ident() quotes these.
KEYWORDS = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
    cast char character check coalesce collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user dec decimal default
    deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant
    greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join
    json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize
    json_table json_value lateral leading least left like limit localtime localtimestamp merge_action national
    natural nchar none normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay
    placing position precision primary real references returning right row select session_user setof similar
    smallint some substring symmetric system_user table tablesample then time timestamp to trailing treat trim true
    union unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
    xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
    """.split()
)

# As quote_ident() has it, which quotes a dollar sign: types are compared by the texts that PostgreSQL writes.
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_HOLE = re.compile(r"\{\}")


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL text that is safe to put into another."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, without its semicolon."""

    text: str
    transactional: bool = True
    """False: PostgreSQL runs it in no transaction block; it is a batch of its own."""
    alone: bool = False
    """Committed apart from what is not: a new label of an enum, which is used only then; what reads a table long."""

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=200_000)
def quoted(name: str) -> str:
    """The identifier as PostgreSQL needs it: bare where it may stand bare, otherwise in double quotes."""
    if _PLAIN.fullmatch(name) and name not in KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def quoted_literal(value: str) -> str:
    """The string as a literal, for standard_conforming_strings = on (every session of ours sets it)."""
    return "'" + value.replace("'", "''") + "'"


def dollar_quoted(text: str, tag: str) -> str:
    """The text between dollar quotes of a tag that does not stand in it: `$function$ ... $function$`."""
    while f"${tag}$" in text:
        tag += "x"
    return f"${tag}${text}${tag}$"


def identifier(*names: str) -> Sql:
    """A name, qualified by those before it."""
    return Sql(".".join(map(quoted, names)))


def deparsed(text: str) -> Sql:
    """Text that PostgreSQL itself wrote (pg_get_expr and its like), or a number: the one door for such text."""
    return Sql(text)


def joined(parts: Iterable[Sql], separator: LiteralString = ", ") -> Sql:
    """The parts in order, one after another."""
    return Sql(separator.join(part.text for part in parts))


def names(values: Iterable[str]) -> Sql:
    """A list of identifiers: `a, "B", c`."""
    return joined(identifier(value) for value in values)


def _filled(value: str | int | Sql) -> str:
    if isinstance(value, Sql):
        return value.text
    return str(value) if isinstance(value, int) else quoted_literal(value)


def sql(template: LiteralString, *values: str | int | Sql) -> Sql:
    """The template with its `{}` filled: a bare string becomes a quoted literal, so a forgotten identifier fails."""
    pieces = _HOLE.split(template)
    if len(pieces) != len(values) + 1:
        raise ValueError(f"{len(values)} values for {template!r}")
    out = [pieces[0]]
    for value, piece in zip(values, pieces[1:], strict=True):
        out += (_filled(value), piece)
    return Sql("".join(out))


def statement(
    template: LiteralString, *values: str | int | Sql, transactional: bool = True, alone: bool = False
) -> Statement:
    """One statement from a template; see `sql`."""
    return Statement(sql(template, *values).text, transactional, alone)
