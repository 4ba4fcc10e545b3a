"""A random application: the source as it stands, and DDL that it may run next, of every kind."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg

from dw_migration.catalog import Catalog, Ring
from dw_migration.errors import DwMigrationError, Unsupported
from dw_migration.kinds import column
from dw_migration_tests.life import Outcome, Stage, check_same, go_back

_Any = TypeVar("_Any")

# --- What there is ----------------------------------------------------------------------------------------------------

NAMES = (
    *("a", "b", "item", "value", "n1", "user_id"),
    *(
        '"Order"',
        '"MiXed"',
        '"select"',
        '"user"',
        '"a.b"',
        '"it""s"',
        '"it\'s"',
        '"two words"',
        '"Ünï"',
        '"1st"',
        '"$x"',
    ),
    '"' + "Long" * 15 + 'x"',
)
"""As SQL; no two of them are one in lower case."""
TYPES = ("mood", '"Kind"', '"it\'s ""type"""', "form")
"""Names of types, which no relation but a sequence has."""
SCHEMAS = ("public", '"Sales"')
LABELS = ("'sad'", "'ok'", "'Happy'", "'it''s'", "'two words'", "'a,b'", "'{'", "'zz'")
VALUES: Mapping[str, tuple[str, ...]] = {
    "integer": ("0", "1", "-7"),
    "bigint": ("2", "3000000000"),
    "smallint": ("3",),
    "text": ("'x'", "'it''s'", "'a.b'"),
    "character varying(20)": ("'y'", "'public.a'"),
    "character(3)": ("'abc'",),
    "numeric(10,2)": ("3.50", "0"),
    "double precision": ("0.1", "1e300"),
    "boolean": ("true", "false"),
    "date": ("'2020-02-29'", "CURRENT_DATE"),
    "timestamp with time zone": ("now()", "'2020-01-01 12:00+02'"),
    "timestamp(3) without time zone": ("'2020-01-01 12:00'", "LOCALTIMESTAMP"),
    "interval": ("'1 day 02:03'",),
    "uuid": ("gen_random_uuid()",),
    "jsonb": ("'{}'", """'{"a": [1]}'"""),
    "bytea": (r"'\x00ff'",),
    "integer[]": ("'{1,2}'", "ARRAY[1]"),
    "text[]": ("'{a,\"b c\"}'",),
    "int4range": ("'[1,5)'",),
    "inet": ("'10.0.0.1'",),
    "bit(3)": ("B'101'",),
}
"""Types, with values of them."""


@dataclass(frozen=True)
class Column:
    """A column of a relation, or an attribute of a composite type."""

    name: str
    type: str


@dataclass(frozen=True)
class Relation:
    """A relation; also a composite type."""

    name: str
    kind: str
    """As in pg_class.relkind."""
    strategy: str
    """Of a partitioned table: r, l or h."""
    key: str
    """Of a partitioned table: the type of its key's only column, or empty."""
    is_part: bool
    has_heirs: bool
    """Other tables inherit it, which are not its partitions."""
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Owned:
    """What belongs to a relation or domain: a constraint, trigger, rule or policy."""

    name: str
    owner: str
    type: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scene:
    """The source as it stands; all names are SQL."""

    relations: tuple[Relation, ...] = ()
    constraints: tuple[Owned, ...] = ()
    triggers: tuple[Owned, ...] = ()
    rules: tuple[Owned, ...] = ()
    policies: tuple[Owned, ...] = ()
    indexes: tuple[Owned, ...] = ()
    statistics: tuple[str, ...] = ()
    sequences: tuple[str, ...] = ()
    domains: tuple[tuple[str, str], ...] = ()
    """(name, base type)."""
    ranges: tuple[str, ...] = ()
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    functions: tuple[tuple[str, str], ...] = ()
    """(signature, prokind)."""
    extensions: tuple[str, ...] = ()
    operators: tuple[tuple[str, str, str, str], ...] = ()
    """(schema, symbol, left type or NONE, right type)."""
    casts: tuple[tuple[str, str], ...] = ()
    """(source, target)."""
    collations: tuple[str, ...] = ()
    dictionaries: tuple[str, ...] = ()
    configurations: tuple[str, ...] = ()

    def of(self, kinds: str) -> list[Relation]:
        """The relations of these kinds."""
        return [each for each in self.relations if each.kind in kinds]


_HERE = "n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'"
_SCENE = f"""
select
 (select jsonb_agg(jsonb_build_object(
    'name', format('%I.%I', n.nspname, c.relname), 'kind', c.relkind, 'is_part', c.relispartition,
    'has_heirs', c.relkind = 'r' and exists (select from pg_inherits where inhparent = c.oid),
    'strategy', coalesce((select partstrat from pg_partitioned_table where partrelid = c.oid), ''),
    'key', coalesce((select format_type(k.atttypid, k.atttypmod) from pg_partitioned_table p
                     join pg_attribute k on k.attrelid = c.oid and k.attnum = p.partattrs[0]
                     where p.partrelid = c.oid and p.partnatts = 1), ''),
    'columns', coalesce((select jsonb_agg(jsonb_build_array(
        quote_ident(attname), format_type(atttypid, atttypmod)) order by attnum)
      from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped), '[]'))
    order by c.relname, n.nspname)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'c') and {_HERE}),
 (select jsonb_agg(jsonb_build_array(quote_ident(conname), coalesce(
    (select format('%I.%I', n.nspname, c.relname) where c.relname is not null),
    (select format('%I.%I', n.nspname, typname) from pg_type t where t.oid = contypid)), contype,
    array(select quote_ident(attname) from unnest(conkey) k join pg_attribute on attrelid = conrelid and attnum = k))
    order by conname, c.relname)
  from pg_constraint join pg_namespace n on n.oid = connamespace left join pg_class c on c.oid = conrelid
  where {_HERE} and contype <> 'n' and contype <> 't'),
 (select jsonb_agg(jsonb_build_array(quote_ident(tgname), format('%I.%I', n.nspname, c.relname))
                   order by tgname, relname)
  from pg_trigger join pg_class c on c.oid = tgrelid join pg_namespace n on n.oid = relnamespace
  where {_HERE} and not tgisinternal and tgparentid = 0),
 (select jsonb_agg(jsonb_build_array(quote_ident(rulename), format('%I.%I', n.nspname, c.relname))
                   order by rulename, relname)
  from pg_rewrite join pg_class c on c.oid = ev_class join pg_namespace n on n.oid = relnamespace
  where {_HERE} and rulename <> '_RETURN'),
 (select jsonb_agg(jsonb_build_array(quote_ident(polname), format('%I.%I', n.nspname, c.relname))
                   order by polname, relname)
  from pg_policy join pg_class c on c.oid = polrelid join pg_namespace n on n.oid = relnamespace where {_HERE}),
 (select jsonb_agg(jsonb_build_array(format('%I.%I', n.nspname, i.relname), format('%I.%I', tn.nspname, c.relname))
                   order by i.relname)
  from pg_index x join pg_class i on i.oid = indexrelid join pg_class c on c.oid = indrelid
  join pg_namespace n on n.oid = i.relnamespace join pg_namespace tn on tn.oid = c.relnamespace where {_HERE}),
 (select jsonb_agg(format('%I.%I', n.nspname, stxname) order by stxname) from pg_statistic_ext
  join pg_namespace n on n.oid = stxnamespace where {_HERE}),
 (select jsonb_agg(format('%I.%I', n.nspname, relname) order by relname) from pg_class
  join pg_namespace n on n.oid = relnamespace where {_HERE} and relkind = 'S'
  and not exists (select from pg_depend d where d.objid = pg_class.oid and d.deptype = 'i')),
 (select jsonb_agg(jsonb_build_array(format('%I.%I', n.nspname, typname), format_type(typbasetype, typtypmod))
                   order by typname)
  from pg_type join pg_namespace n on n.oid = typnamespace where {_HERE} and typtype = 'd'),
 (select jsonb_agg(format('%I.%I', n.nspname, typname) order by typname)
  from pg_type join pg_namespace n on n.oid = typnamespace where {_HERE} and typtype = 'r'),
 (select jsonb_object_agg(format('%I.%I', n.nspname, typname),
    (select jsonb_agg(quote_literal(enumlabel) order by enumsortorder) from pg_enum where enumtypid = t.oid))
  from pg_type t join pg_namespace n on n.oid = typnamespace where {_HERE} and typtype = 'e'),
 (select jsonb_agg(jsonb_build_array(
    format('%I.%I(%s)', n.nspname, proname, pg_get_function_identity_arguments(p.oid)), prokind)
                   order by proname, p.oid)
  from pg_proc p join pg_namespace n on n.oid = pronamespace
  where {_HERE} and not exists (select from pg_depend d where d.objid = p.oid and d.deptype in ('i', 'e'))),
 (select jsonb_agg(extname) from pg_extension where extname <> 'plpgsql'),
 (select jsonb_agg(jsonb_build_array(
    quote_ident(n.nspname), oprname, coalesce(format_type(nullif(oprleft, 0), null), 'NONE'),
    format_type(oprright, null)) order by oprname, nspname, o.oid)
  from pg_operator o join pg_namespace n on n.oid = oprnamespace where {_HERE} and oprcode <> 0
  and not exists (select from pg_depend d where d.objid = o.oid and d.deptype = 'e')),
 (select jsonb_agg(jsonb_build_array(format_type(castsource, null), format_type(casttarget, null)) order by oid)
  from pg_cast where oid >= 16384 and not exists (select from pg_depend d where d.objid = pg_cast.oid
                                                  and d.classid = 2605 and d.deptype = 'e')),
 (select jsonb_agg(format('%I.%I', n.nspname, collname) order by collname)
  from pg_collation join pg_namespace n on n.oid = collnamespace where {_HERE}),
 (select jsonb_agg(format('%I.%I', n.nspname, dictname) order by dictname)
  from pg_ts_dict join pg_namespace n on n.oid = dictnamespace where {_HERE}),
 (select jsonb_agg(format('%I.%I', n.nspname, cfgname) order by cfgname)
  from pg_ts_config join pg_namespace n on n.oid = cfgnamespace where {_HERE})
"""


def scene_of(connection: psycopg.Connection[Any]) -> Scene:
    """The source as it stands now."""
    row = connection.execute(_SCENE).fetchone()
    assert row is not None
    relations, *owned, statistics, sequences, domains, ranges, enums, functions, extensions = row[:13]
    operators, casts, *named = row[13:]
    return Scene(
        tuple(
            Relation(**{**each, "columns": tuple(Column(*one) for one in each["columns"])}) for each in relations or ()
        ),
        *(tuple(Owned(*each) for each in those or ()) for those in owned),
        *(tuple(each) for each in (statistics or (), sequences or ())),
        tuple((name, base) for name, base in domains or ()),
        tuple(ranges or ()),
        {name: tuple(labels or ()) for name, labels in sorted((enums or {}).items())},
        tuple((signature, kind) for signature, kind in functions or ()),
        tuple(extensions or ()),
        *(tuple(tuple(each) for each in those or ()) for those in (operators, casts)),
        *(tuple(those or ()) for those in named),
    )


# --- What may come next -----------------------------------------------------------------------------------------------

RULES: Mapping[str, tuple[str, ...]] = {
    "schema": ('CREATE SCHEMA "Sales"', 'DROP SCHEMA "Sales" CASCADE'),
    "extension": ("CREATE EXTENSION IF NOT EXISTS citext", "ALTER TABLE {table} ADD {name} citext{default}"),
    "enum": (
        "CREATE TYPE {schema}.{called} AS ENUM ({label}, {label2})",
        "ALTER TYPE {enum} ADD VALUE {label}",
        "ALTER TYPE {enum} ADD VALUE {label} BEFORE {known}",
        "ALTER TYPE {enum} RENAME VALUE {known} TO {label}",
        "ALTER TYPE {enum} RENAME TO {called}",
        "ALTER TYPE {enum} SET SCHEMA {schema}",
        "ALTER TABLE {table} ADD {name} {enum} DEFAULT {known}",
        "DROP TYPE {enum} CASCADE",
    ),
    "composite": (
        "CREATE TYPE {new} AS ({name} {type}, {name2} {type2})",
        "ALTER TYPE {composite} RENAME TO {name}",
        "ALTER TABLE {table} ADD {name} {composite}{array}",
        "DROP TYPE {composite} CASCADE",
    ),
    "attribute": (
        "ALTER TYPE {composite} ADD ATTRIBUTE {name} {type} CASCADE",
        "ALTER TYPE {composite} DROP ATTRIBUTE {column} CASCADE",
        "ALTER TYPE {composite} RENAME ATTRIBUTE {column} TO {name} CASCADE",
        "ALTER TYPE {composite} ALTER ATTRIBUTE {column} TYPE {type} CASCADE",
    ),
    "range type": (
        "CREATE TYPE {schema}.{called} AS RANGE (SUBTYPE = {ordered})",
        "ALTER TYPE {range} RENAME TO {called}",
        "ALTER TABLE {table} ADD {name} {range}",
        "DROP TYPE {range} CASCADE",
    ),
    "domain": (
        "CREATE DOMAIN {schema}.{called} AS {type}{default}{not_null}",
        "CREATE DOMAIN {schema}.{called} AS integer CONSTRAINT {name} CHECK (VALUE > {number})",
        "ALTER DOMAIN {domain} ADD CONSTRAINT {name} CHECK (VALUE IS DISTINCT FROM {value}){not_valid}",
        "ALTER DOMAIN {domain} SET DEFAULT {value}",
        "ALTER DOMAIN {domain} DROP DEFAULT",
        "ALTER DOMAIN {domain} SET NOT NULL",
        "ALTER DOMAIN {domain} DROP NOT NULL",
        "ALTER DOMAIN {domain} RENAME TO {called}",
        "ALTER DOMAIN {check} RENAME CONSTRAINT {constraint} TO {name}",
        "ALTER DOMAIN {check} DROP CONSTRAINT {constraint}",
        "ALTER TABLE {table} ADD {name} {domain}{array}",
        "DROP DOMAIN {domain} CASCADE",
    ),
    "sequence": (
        "CREATE SEQUENCE {schema}.{shared} AS {integer} START {number} INCREMENT {number} CACHE {number}",
        "CREATE SEQUENCE {schema}.{shared} INCREMENT -2 MINVALUE -99 MAXVALUE 5 CYCLE",
        "ALTER SEQUENCE {sequence} INCREMENT {number} CYCLE",
        "ALTER SEQUENCE {sequence} MAXVALUE 9{number}{number}",
        "ALTER SEQUENCE {sequence} AS {integer}",
        "ALTER SEQUENCE {sequence} RENAME TO {shared}",
        "ALTER SEQUENCE {sequence} SET SCHEMA {schema}",
        "DROP SEQUENCE {sequence} CASCADE",
    ),
    "ownership": (
        # Of no partition: pg_dump tells the defaults of one apart where their sequences are its own.
        "ALTER SEQUENCE {sequence} OWNED BY {plain}.{column}",
        "ALTER SEQUENCE {sequence} OWNED BY NONE",
        "ALTER TABLE {table} ADD {name} {serial}",
    ),
    "function": (
        "CREATE FUNCTION {new}(x integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN x + {number}",
        "CREATE OR REPLACE FUNCTION {new}({name} integer DEFAULT {number}) RETURNS integer LANGUAGE sql IMMUTABLE"
        " AS $$ SELECT $1 + {number} $$",
        "CREATE FUNCTION {new}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "CREATE FUNCTION {new}() RETURNS SETOF {relation} LANGUAGE sql BEGIN ATOMIC SELECT * FROM {relation}; END",
        "CREATE FUNCTION {new}() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count({column}) FROM {relation}; END",
        "CREATE FUNCTION {new}(x {type}) RETURNS {type} LANGUAGE plpgsql AS $$ BEGIN RETURN x; END $$",
        "CREATE PROCEDURE {new}(x {type}) LANGUAGE plpgsql AS $$ BEGIN NULL; END $$",
        "ALTER FUNCTION {function} {volatile}",
        "ALTER FUNCTION {function} RENAME TO {name}",
        "ALTER FUNCTION {function} COST {number}{number}",
        "DROP FUNCTION {function} CASCADE",
        "ALTER TABLE {table} ADD {name} integer DEFAULT {call}",
        "ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({call} > 0)",
    ),
    "operator": (
        "CREATE OPERATOR {schema}.{symbol} (FUNCTION = {of_number}, RIGHTARG = integer)",
        "CREATE OPERATOR {schema}.{symbol} (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer,"
        " COMMUTATOR = OPERATOR({schema}.{symbol}), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES)",
        "CREATE OPERATOR {schema}.{symbol} (FUNCTION = int4lt, LEFTARG = integer, RIGHTARG = integer,"
        # Of operators that are there: a mere name, which PostgreSQL would make here, is not carried over.
        " NEGATOR = {of_integers})",
        "CREATE OPERATOR {schema}.{symbol} (FUNCTION = int4gt, LEFTARG = integer, RIGHTARG = integer,"
        " COMMUTATOR = {of_integers})",
        "CREATE OPERATOR {schema}.{symbol} (FUNCTION = int4gt, LEFTARG = integer, RIGHTARG = integer)",
        "CREATE OPERATOR {schema}.{symbol} (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text)",
        "ALTER OPERATOR {operator} SET (RESTRICT = {estimator}, JOIN = NONE)",
        "ALTER OPERATOR {operator} SET SCHEMA {schema}",
        "ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (({operated}) IS NOT NULL)",
        "ALTER TABLE {table} ADD {name} text DEFAULT ({operated})::text",
        "CREATE INDEX ON {table} (({operated}))",
        "CREATE VIEW {new} AS SELECT {column}, {operated} AS {name} FROM {relation}",
        "DROP OPERATOR {operator} CASCADE",
    ),
    "cast": (
        "CREATE FUNCTION {new}({name} {own}) RETURNS {integer} LANGUAGE plpgsql IMMUTABLE"
        " AS $$ BEGIN RETURN {number}; END $$",
        "CREATE FUNCTION {new}({name} {own}) RETURNS integer LANGUAGE sql IMMUTABLE RETURN {number}",
        "CREATE CAST ({castable} AS {integer}) WITH FUNCTION {casting}{context}",
        "CREATE CAST ({castable} AS {integer}) WITH FUNCTION {casting}{context}",
        "CREATE CAST ({own} AS {castless}) WITH INOUT{context}",
        "CREATE CAST ({castless} AS {own}) WITH INOUT{context}",
        "ALTER TABLE {table} ADD {name} {aim} DEFAULT NULL::{origin}::{aim}",
        "ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (NULL::{origin}::{aim} IS NULL)",
        "CREATE VIEW {new} AS SELECT {column}, NULL::{origin}::{aim} AS {name} FROM {relation}",
        "COMMENT ON CAST ({origin} AS {aim}) IS {text}",
        "DROP CAST ({origin} AS {aim}) CASCADE",
    ),
    "collation": (
        "CREATE COLLATION {schema}.{shared} (LOCALE = {collation})",
        'CREATE COLLATION {schema}.{shared} FROM "C"',
        "CREATE COLLATION {schema}.{shared} (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = {boolean})",
        "ALTER COLLATION {own_collation} RENAME TO {shared}",
        "ALTER COLLATION {own_collation} SET SCHEMA {schema}",
        "ALTER TABLE {table} ADD {name} {texts} COLLATE {own_collation}",
        "ALTER TABLE {table} ALTER {column} TYPE {texts} COLLATE {own_collation}",
        "CREATE DOMAIN {schema}.{called} AS {texts} COLLATE {own_collation}",
        "CREATE INDEX {name} ON {table} ({column} COLLATE {own_collation})",
        "CREATE VIEW {new} AS SELECT {column} FROM {relation} ORDER BY {column}::text COLLATE {own_collation}",
        "COMMENT ON COLLATION {own_collation} IS {text}",
        "DROP COLLATION {own_collation} CASCADE",
    ),
    "text search dictionary": (
        "CREATE TEXT SEARCH DICTIONARY {schema}.{shared} (TEMPLATE = simple, STOPWORDS = {language},"
        " ACCEPT = {boolean})",
        "CREATE TEXT SEARCH DICTIONARY {schema}.{shared} (TEMPLATE = snowball, LANGUAGE = {language})",
        "ALTER TEXT SEARCH DICTIONARY {dictionary} (STOPWORDS = {language})",
        "ALTER TEXT SEARCH DICTIONARY {dictionary} (STOPWORDS)",
        "ALTER TEXT SEARCH DICTIONARY {dictionary} RENAME TO {shared}",
        "ALTER TEXT SEARCH DICTIONARY {dictionary} SET SCHEMA {schema}",
        "COMMENT ON TEXT SEARCH DICTIONARY {dictionary} IS {text}",
        "DROP TEXT SEARCH DICTIONARY {dictionary} CASCADE",
    ),
    "text search configuration": (
        "CREATE TEXT SEARCH CONFIGURATION {schema}.{shared} (COPY = pg_catalog.{language})",
        "CREATE TEXT SEARCH CONFIGURATION {schema}.{shared} (PARSER = default)",
        "ALTER TEXT SEARCH CONFIGURATION {configuration} ADD MAPPING FOR {words} WITH {dictionary}, simple",
        "ALTER TEXT SEARCH CONFIGURATION {configuration} ALTER MAPPING FOR {words} WITH {dictionary}",
        "ALTER TEXT SEARCH CONFIGURATION {configuration} ALTER MAPPING REPLACE {language}_stem WITH {dictionary}",
        "ALTER TEXT SEARCH CONFIGURATION {configuration} DROP MAPPING IF EXISTS FOR {words}",
        "ALTER TEXT SEARCH CONFIGURATION {configuration} RENAME TO {shared}",
        "ALTER TEXT SEARCH CONFIGURATION {configuration} SET SCHEMA {schema}",
        "ALTER TABLE {table} ADD {name} tsvector GENERATED ALWAYS AS (to_tsvector({configured}, {column})) STORED",
        "CREATE INDEX ON {table} USING gin (to_tsvector({configured}, {column}))",
        "CREATE VIEW {new} AS SELECT to_tsvector({configured}, {column}::text) AS {name} FROM {relation}",
        "COMMENT ON TEXT SEARCH CONFIGURATION {configuration} IS {text}",
        "DROP TEXT SEARCH CONFIGURATION {configuration} CASCADE",
    ),
    "aggregate": (
        "CREATE AGGREGATE {new}(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '{number}')",
        "CREATE AGGREGATE {new}(text) (SFUNC = textcat, STYPE = text)",
        "DROP AGGREGATE {aggregate} CASCADE",
    ),
    "table": (
        "CREATE TABLE {new} (id integer PRIMARY KEY, {name} {type}{default}{not_null}, {name2} {type2})",
        "CREATE TABLE {new} ({name} {type}{not_null}, {name2} {type2} UNIQUE)",
        "CREATE TABLE {new} (id bigint GENERATED {when} AS IDENTITY, {name} {type}{default})",
        "CREATE UNLOGGED TABLE {new} ({name} {type}) WITH (fillfactor = 5{number})",
        "ALTER TABLE {table} RENAME TO {name}",
        # The table goes and comes, and what inherits it has its columns as its own by then.
        "ALTER TABLE {heirless} SET SCHEMA {schema}",
        "ALTER TABLE {table} SET (autovacuum_enabled = {boolean}, fillfactor = 8{number})",
        "ALTER TABLE {table} RESET (fillfactor)",
        "ALTER TABLE {table} SET {logged}",
        "DROP TABLE {table} CASCADE",
    ),
    "column": (
        "ALTER TABLE {table} ADD {name} {type}{default}{not_null}",
        "ALTER TABLE {table} ADD {name} {type}{array}",
        "ALTER TABLE {table} ADD {name} {texts} COLLATE {collation}",
        "ALTER TABLE {table} ADD {name} {type} GENERATED ALWAYS AS ({expression}) STORED",
        "ALTER TABLE {table} ADD {name} text GENERATED ALWAYS AS ({expression}) {generated}",
        "ALTER TABLE {table} ADD {name} {integer} GENERATED {when} AS IDENTITY (START {number} INCREMENT {number})",
        "ALTER TABLE {table} ALTER {column} ADD GENERATED {when} AS IDENTITY",
        "ALTER TABLE {table} ALTER {column} SET GENERATED {when} SET INCREMENT {number}",
        "ALTER TABLE {table} ALTER {column} DROP IDENTITY IF EXISTS",
        "ALTER TABLE {table} ALTER {column} DROP EXPRESSION",
        "ALTER TABLE {table} ALTER {column} SET EXPRESSION AS ({expression})",
        "ALTER TABLE {table} ALTER {column} TYPE {type} USING {column}::text::{type}",
        "ALTER TABLE {table} ALTER {column} TYPE {type}",
        "ALTER TABLE {table} ALTER {column} TYPE {texts} COLLATE {collation}",
        "ALTER TABLE {table} ALTER {column} SET NOT NULL",
        "ALTER TABLE {table} ALTER {column} DROP NOT NULL",
        "ALTER TABLE {table} ALTER {column} SET STORAGE {storage}",
        "ALTER TABLE {table} ALTER {column} SET STATISTICS {number}{number}",
        "ALTER TABLE {table} ALTER {column} SET COMPRESSION {compression}",
        "ALTER TABLE {table} ALTER {column} SET (n_distinct = {number})",
        "ALTER TABLE {table} RENAME {column} TO {name}",
        "ALTER TABLE {table} DROP {column} CASCADE",
    ),
    "default": (
        "ALTER TABLE {table} ALTER {column} SET DEFAULT {value}",
        "ALTER TABLE {table} ALTER {column} DROP DEFAULT",
        "ALTER TABLE {table} ALTER {column} SET DEFAULT nextval('{sequence}')",
    ),
    "constraint": (
        "ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition}){not_valid}",
        "ALTER TABLE {table} ADD CHECK ({condition})",
        "ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition}) NOT ENFORCED",
        "ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({column}, {column2}){deferrable}",
        "ALTER TABLE {table} ADD UNIQUE NULLS NOT DISTINCT ({column})",
        "ALTER TABLE {table} ADD PRIMARY KEY ({column})",
        "ALTER TABLE {table} ADD CONSTRAINT {name} PRIMARY KEY ({column}) INCLUDE ({column2})",
        "ALTER TABLE {table} ADD {name} {key_type} REFERENCES {keyed} ({key}) ON DELETE {action}",
        "ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({alike}) REFERENCES {keyed} ({key}){deferrable}",
        "ALTER TABLE {table} ADD FOREIGN KEY ({alike}) REFERENCES {keyed} ({key}) ON UPDATE {action} NOT VALID",
        "ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING btree ({column} WITH =) WHERE ({condition})",
        "ALTER TABLE {table} ADD CONSTRAINT {plain_name} NOT NULL {column}",
        "ALTER TABLE {bound_by} RENAME CONSTRAINT {constraint} TO {name}",
        "ALTER TABLE {bound_by} DROP CONSTRAINT {constraint} CASCADE",
        "ALTER TABLE {bound_by} VALIDATE CONSTRAINT {constraint}",
        "ALTER TABLE {bound_by} ALTER CONSTRAINT {constraint}{deferrable}",
    ),
    "index": (
        "CREATE INDEX ON {table} ({column})",
        "CREATE INDEX {name} ON {table} ({column} DESC, {column2}) WHERE {condition}",
        "CREATE UNIQUE INDEX {name} ON {table} ({column}) INCLUDE ({column2})",
        "CREATE INDEX {name} ON {table} USING hash ({column})",
        "CREATE INDEX {name} ON {table} (({expression})) WITH (fillfactor = 7{number})",
        "ALTER INDEX {index} RENAME TO {name}",
        "ALTER INDEX {index} SET (fillfactor = 6{number})",
        "ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {own_index}",
        "DROP INDEX {index}",
    ),
    "view": (
        "CREATE VIEW {new} AS {query}",
        "CREATE VIEW {new} AS {query}",
        "CREATE OR REPLACE VIEW {view} AS {query}",
        "CREATE VIEW {new} WITH (security_barrier) AS SELECT * FROM {relation} WHERE {condition} WITH CHECK OPTION",
        "CREATE RECURSIVE VIEW {new} (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM {new} WHERE n < {number}",
        "ALTER VIEW {view} RENAME TO {name}",
        "ALTER VIEW {view} RENAME {column} TO {name}",
        "ALTER VIEW {view} SET SCHEMA {schema}",
        "ALTER VIEW {view} SET (security_invoker = {boolean})",
        "DROP VIEW {view} CASCADE",
    ),
    "materialized view": (
        "CREATE MATERIALIZED VIEW {new} AS {query}",
        "CREATE MATERIALIZED VIEW {new} AS {query} WITH NO DATA",
        "CREATE INDEX ON {materialized} ({column})",
        "ALTER MATERIALIZED VIEW {materialized} RENAME TO {name}",
        "ALTER MATERIALIZED VIEW {materialized} RENAME {column} TO {name}",
        "DROP MATERIALIZED VIEW {materialized} CASCADE",
    ),
    "statistics": (
        "CREATE STATISTICS {schema}.{called} (ndistinct) ON {column}, {column2} FROM {plain}",
        "CREATE STATISTICS {schema}.{called} ON ({expression}) FROM {plain}",
        "ALTER STATISTICS {statistics} SET STATISTICS {number}{number}",
        "ALTER STATISTICS {statistics} RENAME TO {called}",
        "DROP STATISTICS {statistics}",
    ),
    "inheritance": (
        "CREATE TABLE {new} ({name} {type}) INHERITS ({plain})",
        "CREATE TABLE {new} () INHERITS ({plain})",
        "ALTER TABLE {plain} INHERIT {plain2}",
        "ALTER TABLE {plain} NO INHERIT {plain2}",
    ),
    "typed table": (
        "CREATE TABLE {new} OF {composite}",
        "CREATE TABLE {new} OF {composite} ({column} WITH OPTIONS NOT NULL)",
        "ALTER TABLE {plain} OF {composite}",
        "ALTER TABLE {plain} NOT OF",
    ),
    "partition": (
        "CREATE TABLE {new} (id integer{not_null}, {name} {ordered}) PARTITION BY {strategy} ({name})",
        "CREATE TABLE {new} (id integer, {name} {type}) PARTITION BY RANGE (id)",
        "CREATE TABLE {new} PARTITION OF {partitioned} {bound}",
        "CREATE TABLE {new} PARTITION OF {partitioned} {bound}",
        "CREATE TABLE {new} PARTITION OF {partitioned} {bound} PARTITION BY {strategy} ({column})",
        "ALTER TABLE {partitioned} ATTACH PARTITION {plain} {bound}",
        "ALTER TABLE {whole} DETACH PARTITION {part}",
        "DROP TABLE {partition}",
    ),
    "partition column": (
        "ALTER TABLE {partition} ALTER {column} SET NOT NULL",
        "ALTER TABLE {partition} ALTER {column} SET DEFAULT {value}",
        "ALTER TABLE {partition} ALTER {column} DROP DEFAULT",
        "ALTER TABLE {partition} ALTER {column} SET STORAGE {storage}",
    ),
    "clustering": ("ALTER TABLE {table} CLUSTER ON {own_index_name}", "ALTER TABLE {table} SET WITHOUT CLUSTER"),
    "replica identity": (
        "ALTER TABLE {table} REPLICA IDENTITY {identity}",
        "ALTER TABLE {table} REPLICA IDENTITY USING INDEX {own_index_name}",
    ),
    "rule": (
        "CREATE RULE {name} AS ON {event} TO {relation} DO INSTEAD NOTHING",
        "CREATE RULE {name} AS ON INSERT TO {relation} WHERE NEW.{column} IS NULL DO ALSO NOTIFY x",
        "CREATE RULE {name} AS ON UPDATE TO {relation} DO ALSO DELETE FROM {table} WHERE {condition}",
        "ALTER RULE {rule} ON {ruled} RENAME TO {name}",
        "ALTER TABLE {ruled} {enable} RULE {rule}",
        "DROP RULE {rule} ON {ruled}",
    ),
    "trigger": (
        "CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {trigger_function}",
        "CREATE TRIGGER {name} AFTER UPDATE OF {column} ON {table} FOR EACH ROW WHEN (NEW.{column2} IS NOT NULL)"
        " EXECUTE FUNCTION {trigger_function}",
        "CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON {table}{deferrable} FOR EACH ROW"
        " EXECUTE FUNCTION {trigger_function}",
        "CREATE TRIGGER {name} INSTEAD OF {event} ON {view} FOR EACH ROW EXECUTE FUNCTION {trigger_function}",
        "ALTER TRIGGER {trigger} ON {triggered} RENAME TO {name}",
        "ALTER TABLE {triggered} {enable} TRIGGER {trigger}",
        "DROP TRIGGER {trigger} ON {triggered}",
    ),
    "policy": (
        "CREATE POLICY {name} ON {table} USING ({condition})",
        "CREATE POLICY {name} ON {table} AS RESTRICTIVE FOR UPDATE USING ({condition}) WITH CHECK ({condition})",
        "ALTER POLICY {policy} ON {guarded} USING ({condition})",
        "ALTER POLICY {policy} ON {guarded} RENAME TO {name}",
        "DROP POLICY {policy} ON {guarded}",
    ),
    "grant": (
        "GRANT {privilege} ON {relation} TO {role}{option}",
        "GRANT {privilege} ({column}) ON {relation} TO {role}{option}",
        "REVOKE {privilege} ON {relation} FROM {role} CASCADE",
        "REVOKE ALL ({column}) ON {relation} FROM {role} CASCADE",
        "GRANT USAGE ON SEQUENCE {sequence} TO {role}{option}",
        "GRANT EXECUTE ON FUNCTION {function} TO {role}{option}",
        "REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC",
        "GRANT USAGE ON TYPE {own} TO {role}{option}",
        "REVOKE USAGE ON TYPE {own} FROM PUBLIC",
        "GRANT USAGE ON SCHEMA {schema} TO {user}",
        "REVOKE USAGE ON SCHEMA {schema} FROM {user}",
    ),
    "default privileges": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE {maker} IN SCHEMA {schema} GRANT {privilege} ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {maker} IN SCHEMA {schema} REVOKE {privilege} ON TABLES FROM {role}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {maker} IN SCHEMA {schema} GRANT USAGE ON {makes} TO {role}{option}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {maker} IN SCHEMA {schema} REVOKE ALL ON {makes} FROM {role}",
    ),
    "row security": ("ALTER TABLE {table} {security} ROW LEVEL SECURITY",),
    "comment": (
        "COMMENT ON TABLE {table} IS {text}",
        "COMMENT ON COLUMN {relation}.{column} IS {text}",
        "COMMENT ON VIEW {view} IS {text}",
        "COMMENT ON INDEX {index} IS {text}",
        "COMMENT ON CONSTRAINT {constraint} ON {bound_by} IS {text}",
        "COMMENT ON TYPE {enum} IS {text}",
        "COMMENT ON SEQUENCE {sequence} IS {text}",
        "COMMENT ON FUNCTION {function} IS {text}",
        "COMMENT ON TRIGGER {trigger} ON {triggered} IS {text}",
        "COMMENT ON POLICY {policy} ON {guarded} IS {text}",
        "COMMENT ON RULE {rule} ON {ruled} IS {text}",
        "COMMENT ON DOMAIN {domain} IS {text}",
        "COMMENT ON STATISTICS {statistics} IS {text}",
        "COMMENT ON SCHEMA {schema} IS {text}",
    ),
}
"""For each kind, what an application runs; what stands in braces is drawn, once for each name."""

WORDS: Mapping[str, tuple[str, ...]] = {
    "action": ("CASCADE", "SET NULL", "RESTRICT", "SET DEFAULT"),
    "array": ("", "", "[]"),
    "boolean": ("true", "false"),
    "called": TYPES,
    "collation": ('"C"', '"POSIX"'),
    "compression": ("pglz", "default"),
    "castless": ("text", "integer", "jsonb"),
    "context": ("", " AS ASSIGNMENT", " AS IMPLICIT"),
    "deferrable": ("", " DEFERRABLE", " DEFERRABLE INITIALLY DEFERRED"),
    "enable": ("DISABLE", "ENABLE", "ENABLE ALWAYS", "ENABLE REPLICA"),
    "estimator": ("eqsel", "neqsel", "NONE"),
    "event": ("INSERT", "UPDATE", "DELETE"),
    "generated": ("STORED", "VIRTUAL"),
    "identity": ("FULL", "NOTHING", "DEFAULT"),
    "integer": ("integer", "bigint", "smallint"),
    "label": LABELS,
    "language": ("english", "german"),
    "logged": ("LOGGED", "UNLOGGED"),
    "maker": ("case_writer",),
    "makes": ("TYPES", "SEQUENCES"),
    "name": NAMES,
    "not_null": ("", "", " NOT NULL"),
    "not_valid": ("", "", " NOT VALID"),
    "number": tuple("123456789"),
    "option": ("", "", " WITH GRANT OPTION"),
    "ordered": ("integer", "date", "text", "bigint"),
    "plain_name": NAMES[:6],  # pg_dump 18 writes no quotes around that of a NOT NULL constraint
    "privilege": ("SELECT", "INSERT", "UPDATE", "REFERENCES", "ALL", "SELECT, UPDATE"),
    "role": ("case_reader", "case_writer", "PUBLIC"),
    "schema": SCHEMAS,
    "security": ("ENABLE", "DISABLE", "FORCE", "NO FORCE"),
    "serial": ("serial", "bigserial"),
    "shared": (*TYPES, *NAMES[:4], '"a.b"', '"two words"'),
    "storage": ("EXTERNAL", "MAIN", "PLAIN", "EXTENDED"),
    "symbol": ("=~", "!!", "<->", "@#@", "==="),
    "strategy": ("RANGE", "LIST", "HASH"),
    "text": ("'x'", "'it''s'", "NULL", "'two\nlines'"),
    "texts": ("text", "character varying(9)"),
    "user": ("case_reader", "case_writer"),  # what PUBLIC may in `public` pg_dump leaves to initdb
    "when": ("ALWAYS", "BY DEFAULT"),
    "words": ("word", "asciiword, hword", "email", "word, numword"),
    "volatile": ("VOLATILE", "STABLE", "IMMUTABLE STRICT", "PARALLEL SAFE"),
}


class _Nothing(Exception):  # noqa: N818 - no error
    """There is nothing to choose from."""


class Slots(dict[str, str]):
    """What stands for each name in braces; names with a number are drawn as those without."""

    def __init__(self, rng: random.Random, scene: Scene) -> None:
        super().__init__()
        self.rng, self.scene = rng, scene
        self.relation: Relation | None = None
        """Whose columns are drawn: the last one."""
        self.partitioned: Relation | None = None
        self.type = "integer"
        """Of what values are drawn: the last one."""

    def _one(self, those: Sequence[_Any]) -> _Any:
        if not those:
            raise _Nothing
        return self.rng.choice(those)

    def __missing__(self, slot: str) -> str:
        word = slot.rstrip("0123456789")
        drawn = self[slot] = self._one(WORDS[word]) if word in WORDS else self._drawn(word)
        return drawn

    def _drawn(self, word: str) -> str:
        draw: Callable[[], str] | None = getattr(self, f"_{word}", None)
        return draw() if draw else self._owned(word)

    # -- what is there

    def _of(self, relations: list[Relation]) -> str:
        self.relation = self._one(relations)
        return self.relation.name

    def _table(self) -> str:
        return self._of(self.scene.of("rp"))

    def _heirless(self) -> str:
        return self._of([each for each in self.scene.of("rp") if not each.has_heirs])

    def _relation(self) -> str:
        """For a view that is there already a table: a view made of itself nobody can read, nor is it carried over."""
        return self._of(self.scene.of("rp" if "view" in self else "rpvm"))

    def _plain(self) -> str:
        return self._of([each for each in self.scene.of("r") if not each.is_part])

    def _partitioned(self) -> str:
        name = self._of(self.scene.of("p"))
        self.partitioned = self.relation
        return name

    def _partition(self) -> str:
        return self._of([each for each in self.scene.of("rp") if each.is_part])

    _part = _partition

    def _whole(self) -> str:
        return self._one(self.scene.of("p")).name

    def _view(self) -> str:
        return self._of(self.scene.of("v"))

    def _materialized(self) -> str:
        return self._of(self.scene.of("m"))

    def _composite(self) -> str:
        self.type = self._of(self.scene.of("c"))
        return self.type

    def _column(self) -> str:
        assert self.relation is not None
        column = self._one(self.relation.columns)
        self.type = column.type
        return column.name

    def _new(self) -> str:
        return f"{self._one(SCHEMAS)}.{self._one(NAMES)}"

    def _enum(self) -> str:
        self.type = self._one(list(self.scene.enums))
        return self.type

    def _known(self) -> str:
        return self._one(self.scene.enums[self.type])

    def _domain(self) -> str:
        name, self.type = self._one(self.scene.domains)
        return name

    def _range(self) -> str:
        return self._one(self.scene.ranges)

    def _sequence(self) -> str:
        return self._one(self.scene.sequences)

    def _statistics(self) -> str:
        return self._one(self.scene.statistics)

    def _index(self) -> str:
        return self._one(self.scene.indexes).name

    def _own_index(self) -> str:
        """Of the table, by its name alone."""
        assert self.relation is not None
        own = [each.name for each in self.scene.indexes if each.owner == self.relation.name]
        return self._one(own).split(".", 1)[1]

    _own_index_name = _own_index

    def _owned(self, word: str) -> str:
        """`triggered` or such, with what it is that it has: the trigger."""
        what, those = {
            "bound_by": ("constraint", [each for each in self.scene.constraints if self._is_relation(each.owner)]),
            "check": ("constraint", [each for each in self.scene.constraints if not self._is_relation(each.owner)]),
            "triggered": ("trigger", list(self.scene.triggers)),
            "ruled": ("rule", list(self.scene.rules)),
            "guarded": ("policy", list(self.scene.policies)),
        }[_OWNERS.get(word, word)]
        owned = self._one(those)
        self.relation = next((each for each in self.scene.relations if each.name == owned.owner), None)
        self[what] = owned.name
        self[_OWNERS.get(word, word)] = owned.owner
        return self[word]

    def _is_relation(self, name: str) -> bool:
        return any(each.name == name and each.kind != "c" for each in self.scene.relations)

    def _keyed(self) -> str:
        """A table with a key of one column, and that."""
        tables = {each.name: each for each in self.scene.of("rp")}
        keys = [each for each in self.scene.constraints if each.type in "pu" and len(each.columns) == 1]
        key = self._one(keys)
        (self["key"],) = key.columns
        self["key_type"] = next(each.type for each in tables[key.owner].columns if each.name == self["key"])
        return key.owner

    def _key_type(self) -> str:
        self["keyed"] = self._keyed()
        return self["key_type"]

    def _alike(self) -> str:
        """A column of the table that may refer to the key."""
        self["keyed"] = self._keyed()
        assert self.relation is not None
        return self._one([each.name for each in self.relation.columns if each.type == self["key_type"]])

    def _function(self) -> str:
        return self._one([signature for signature, kind in self.scene.functions if kind == "f"])

    def _aggregate(self) -> str:
        return self._one([signature for signature, kind in self.scene.functions if kind == "a"])

    def _trigger_function(self) -> str:
        return self._one([name for name, kind in self.scene.functions if kind == "f" and name.endswith("()")])

    def _of_number(self) -> str:
        """A function of one integer, without what it takes."""
        takes = [name for name, kind in self.scene.functions if kind == "f" and name.endswith(" integer)")]
        return self._one(takes).rsplit("(", 1)[0]

    def _call(self) -> str:
        return f"{self._of_number()}({self['number']})"

    def _of_integers(self) -> str:
        schema, symbol, *_ = self._one([each for each in self.scene.operators if each[2:] == ("integer", "integer")])
        return f"OPERATOR({schema}.{symbol})"

    def _operator(self) -> str:
        schema, symbol, left, right = self._one(self.scene.operators)
        return f"{schema}.{symbol} ({left}, {right})"

    def _operated(self) -> str:
        """An operator between columns and values."""
        schema, symbol, left, right = self._one(self.scene.operators)
        sides = ["" if each == "NONE" else self._value_of(each) for each in (left, right)]
        return f"{sides[0]} OPERATOR({schema}.{symbol}) {sides[1]}"

    def _value_of(self, type_: str) -> str:
        """A column of the relation of this type, or a value."""
        columns = [each.name for each in self.relation.columns if each.type == type_] if self.relation else []
        # PostgreSQL shows -7::integer as (- 7), which it reads as another expression.
        return self._one([*columns, *columns, f"({self._one(VALUES[type_])})::{type_}"])

    def _castable(self) -> str:
        """One of the source's own types, and a function of it."""
        takes = [
            (own, name)
            for own in self._own_types()
            for name, kind in self.scene.functions
            if kind == "f" and name.endswith(f" {own})")
        ]
        own, self["casting"] = self._one(takes)
        return own

    def _origin(self) -> str:
        """What a cast is from."""
        origin, self["aim"] = self._one(self.scene.casts)
        return origin

    def _aim(self) -> str:
        self["origin"] = self._origin()
        return self["aim"]

    def _own_collation(self) -> str:
        return self._one(self.scene.collations)

    def _dictionary(self) -> str:
        return self._one(self.scene.dictionaries)

    def _configuration(self) -> str:
        return self._one(self.scene.configurations)

    def _configured(self) -> str:
        """A configuration as a literal."""
        return "'" + self._configuration().replace("'", "''") + "'"

    # -- types and values

    def _own_types(self) -> list[str]:
        scene = self.scene
        domains, composites = (name for name, _ in scene.domains), (each.name for each in scene.of("c"))
        return [*scene.enums, *domains, *composites, *scene.ranges]

    def _own(self) -> str:
        self.type = self._one(self._own_types())
        return self.type

    def _type(self) -> str:
        own = self._own_types()
        self.type = self._one(own if own and self.rng.randrange(3) == 0 else list(VALUES))
        return self.type

    def _value(self) -> str:
        base = dict(self.scene.domains).get(self.type, self.type)
        if base in self.scene.enums:
            return f"{self._one(self.scene.enums[base])}"
        return self._one(VALUES.get(base, ("NULL",)))

    def value_for(self, column: Column) -> str:
        """A value of the column's type."""
        self.type = column.type
        return str(self.rng.randrange(99)) if column.type in WORDS["integer"] else self._value()

    def _default(self) -> str:
        return f" DEFAULT {self._value()}" if self.rng.randrange(2) else ""

    def _condition(self) -> str:
        """About the columns of the relation."""
        column = self._column()
        unspelt = "::text" if self.type.startswith("character varying") else ""  # the cast comes back spelt otherwise
        return self._one(
            (
                f"{column} IS NOT NULL",
                f"{column} IS DISTINCT FROM {self._value()}",
                f"{column}{unspelt} IN ({self._value()}, {self._value()})",
                f"length({column}::text) < 9{self['number']} OR {self._column()} IS NULL",
            )
        )

    def _expression(self) -> str:
        """Over a column, immutable as a rule."""
        column = self._column()
        if self.type in {"integer", "bigint", "smallint"}:
            return self._one((f"{column} + 1", f"-{column}", f"{column} * 2"))
        if self.type in {"text", "character varying(20)"}:
            return self._one(
                (f"upper({column})", f"{column} || 'x'", f"CASE WHEN {column}::text IN ('a', 'b') THEN 'y' END")
            )
        return f"{column} IS NULL" if self.rng.randrange(2) else f"coalesce({column}, {column})"

    def _query(self) -> str:
        """A query over one or two relations."""
        one, columns = self._relation(), ", ".join(dict.fromkeys(self._column() for _ in range(2)))
        where, column = self._condition(), self._column()
        form = self.rng.randrange(9)
        if form < 5:
            return (
                f"SELECT {columns} FROM {one}",
                f"SELECT {columns} FROM {one} WHERE {where}",
                f"SELECT {column} AS {self['name']}, count(*) FROM {one} GROUP BY {column} HAVING count(*) > 1",
                f"WITH {self['name']} AS (SELECT {columns} FROM {one}) SELECT * FROM {self['name']}",
                f"SELECT x.*, row_number() OVER (ORDER BY {column}) AS rank FROM {one} x",
            )[form]
        two = self._relation()
        other, condition = self._column(), self._condition()
        return (
            f"SELECT x.{column} AS one, y.{other} AS {self['name']} FROM {one} x"
            f" LEFT JOIN {two} y ON x.{column}::text = y.{other}::text",
            f"SELECT {column}::text AS {self['name']} FROM {one} UNION ALL SELECT {other}::text FROM {two}",
            f"SELECT {columns} FROM {one} WHERE EXISTS (SELECT 1 FROM {two} WHERE {condition})",
            f"SELECT {columns}, (SELECT max({other}::text) FROM {two}) AS most FROM {one}",
        )[form - 5]

    def _bound(self) -> str:
        """What a partition of the table may hold."""
        assert self.partitioned is not None
        if self.partitioned.strategy == "h":
            return f"FOR VALUES WITH (MODULUS 2, REMAINDER {self.rng.randrange(2)})"
        if self.rng.randrange(5) == 0:
            return "DEFAULT"
        n = self.rng.randrange(8)
        low, high = {
            "date": (f"'202{n}-01-01'", f"'202{n + 1}-01-01'"),
            "text": (f"'{n}'", f"'{n + 1}'"),
        }.get(self.partitioned.key, (str(10 * n), str(10 * n + 10)))
        if self.partitioned.strategy == "l":
            return f"FOR VALUES IN ({low}, NULL)" if n == 0 else f"FOR VALUES IN ({low})"
        return f"FOR VALUES FROM ({low if n else 'MINVALUE'}) TO ({high})"


_OWNERS = {"constraint": "bound_by", "trigger": "triggered", "rule": "ruled", "policy": "guarded"}
"""What is owned, and the name of its owner."""


_RELATION = re.compile(r"\{((?:table|heirless|relation|plain|partition|partitioned|view|materialized|composite)2?)\}")


def drawn(rng: random.Random, scene: Scene) -> str | None:
    """DDL of any kind that may come next; None where the scene has nothing that it is about."""
    kind = rng.choice(list(RULES))
    rule = rng.choice(RULES[kind])
    slots = Slots(rng, scene)
    try:
        for slot in _RELATION.findall(rule):  # what else is drawn is about these
            slots[slot]
        return rule.format_map(slots)
    except _Nothing:
        return None


def wander(stage: Stage, rng: random.Random, count: int) -> Iterator[str]:
    """As many statements as the source takes, run."""
    scene = scene_of(stage.app)
    for _ in range(6 * count):
        statement = drawn(rng, scene)
        if statement is not None and takes(stage, statement):
            yield statement
            count -= 1
            scene = scene_of(stage.app)
        if not count:
            return


def filled(stage: Stage, rng: random.Random) -> Iterator[str]:
    """Rows for the source's tables, as many as it takes."""
    scene = scene_of(stage.app)
    for table in scene.of("rp"):
        for _ in range(rng.randrange(4)):
            columns = [each for each in table.columns if rng.randrange(4)]
            values = [Slots(rng, scene).value_for(each) for each in columns]
            into = f"INSERT INTO {table.name} ({', '.join(each.name for each in columns)}) OVERRIDING SYSTEM VALUE"
            statement = f"{into} VALUES ({', '.join(values)})"
            if columns and takes(stage, statement):
                yield statement


_SETS_NOT_NULL = re.compile(r"ALTER TABLE (.+?) ALTER (.+) SET NOT NULL")
_IS_SO_FROM_ABOVE = """
    SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.oid = to_regclass(%s) AND NOT c.relispartition
      AND a.attname = (parse_ident(%s))[1] AND a.attnotnull AND a.attinhcount > 0
"""


def takes(stage: Stage, statement: str) -> bool:
    """Whether the source has run it; not what PostgreSQL cannot take back: an inherited NOT NULL, said once more."""
    said = _SETS_NOT_NULL.fullmatch(statement)
    if said and stage.app.execute(_IS_SO_FROM_ABOVE, said.groups()).fetchone() is not None:
        return False
    try:
        stage.app.execute(statement.encode())
    except psycopg.Error:
        return False
    return True


# --- Its life ---------------------------------------------------------------------------------------------------------

Rounds = Sequence[Sequence[str]]
"""What the application ran before the first sync, before the second ..."""
ROLES = ("CREATE ROLE case_reader", "CREATE ROLE case_writer")
REBUILT = ('DROP SCHEMA IF EXISTS "Sales" CASCADE', "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


def wandered(
    stage: Stage, rng: random.Random, *, is_rebuilt: bool, has_rows: bool, length: int = 12
) -> Iterator[list[str]]:
    """Three rounds, as they are run; before the second all may be built anew, as from a dump: oids are others then.

    Rows come at the end of the first.
    """
    first = [*(each for each in ROLES if takes(stage, each)), *wander(stage, rng, length)]
    first += filled(stage, rng) if has_rows else ()
    yield first
    anew = [each for each in (*REBUILT, *first) if takes(stage, each)] if is_rebuilt else []
    yield [*anew, *wander(stage, rng, length)]
    yield list(wander(stage, rng, length))


def again(stage: Stage, rounds: Rounds) -> Iterator[list[str]]:
    """The rounds, run as far as the source takes them."""
    for statements in rounds:
        yield [each for each in statements if takes(stage, each)]


def led(stage: Stage, rounds: Iterable[list[str]], ran: list[list[str]]) -> bool:
    """Sync after each round, then roll back to each state; `ran` gets the rounds.

    The rows of the first round are in the target, too, from then on: False if they are in the way of a change, which
    ends it there. Whatever does not hold is an AssertionError.
    """
    stage.reset()
    stage.shape(grants="keep")
    passed = []
    for each in rounds:
        ran.append(each)
        before, dumped, rows = stage.base, stage.dump_of_target(), rows_of(stage)
        try:
            step = stage.forward()
        except FORBIDDEN as error:
            return forbidden(stage, rows, error)
        except Unsupported as error:
            return unplanned(error)
        found, expected = stage.dump_of_target(), stage.dump_of_source(step.desired)
        if has_own_columns(stage, step.desired.catalog):
            found, expected = map(without_heirs, (found, expected))
        check_same(found, expected, "after the way up")
        check_kept(rows, rows_of(stage), "after the way up")
        if not passed:
            stage.copy_rows()
        passed.append((step, before, dumped))
    is_alike = True
    for step, before, dumped in reversed(passed):
        # Columns that INHERIT finds there become the table's own, too: PostgreSQL has no way back from that.
        is_alike &= not any(_INHERITS.search(each) for batch in step.plan.down for each in batch.statements)
        stage.there = frozenset(before.given.objects)
        outcome, rows = Outcome(), rows_of(stage)
        try:
            go_back(stage, step, before, outcome, dumped if is_alike else None)
        except FORBIDDEN as error:
            return forbidden(stage, rows, error)
        # A label stays; an attribute comes back at the end, under a typed table with rows in the order of its columns.
        # An operator forgets a partner that is dropped, though that was a mere name before, too.
        # A sequence follows a table that gets logged or unlogged, and so it does back, though it was the one or other.
        kinds = ("enum ", "composite ", "operator ", "sequence ")
        assert all(each.startswith(kinds) for each in outcome.keeps), outcome.keeps
        check_kept(rows, rows_of(stage), "after the way down")
    return True


def has_own_columns(stage: Stage, desired: Catalog) -> bool:
    """Whether a table has columns by itself that the source's, made anew as an heir of its name, only inherits."""
    given = stage.given().objects
    inherited = (each for each in desired.objects.values() if isinstance(each, column.Column) and not each.local)
    return any(isinstance(now := given[each.address], column.Column) and now.local for each in inherited)


def without_heirs(dump: Counter[str]) -> Counter[str]:
    """The dump without the definitions of tables that inherit, of which defaults of inherited columns are no part."""
    return Counter({line: count for line, count in dump.items() if not _HEIR.match(line)})


_HEIR = re.compile(
    r"create (unlogged )?table .*\) inherits \(|alter table only .* alter column .* set default", re.DOTALL
)
_INHERITS = re.compile(r"\AALTER TABLE .*(?<! NO) INHERIT ", re.DOTALL)


FORBIDDEN = (
    *(psycopg.errors.IntegrityError, psycopg.errors.DataError),
    *(psycopg.errors.FeatureNotSupported, psycopg.errors.DatatypeMismatch),
)
"""What rows may make of a change: some have no value for a new column, or none that the new type knows.

Of a domain whose values are in arrays PostgreSQL adds no constraint, as the way back from its end would. An attribute
that came back stands behind the others: a table that was of the type before may have its columns in another order.
"""
_REFUSED = re.compile(r"cannot alter type .* because column .* uses it|table has column .* where type requires")


@dataclass(frozen=True)
class Held:
    """The rows of a table in the target."""

    name: str
    count: int
    values: Mapping[tuple[int, ...], list[str]]
    """By number, type and length of each column that nothing generates, in order of the values."""


_COLUMNS = """
    select c.oid, format('%I.%I', n.nspname, c.relname), coalesce(jsonb_agg(jsonb_build_array(
        a.attnum, a.atttypid::bigint, a.atttypmod, quote_ident(a.attname))) filter (where t.oid is not null), '[]')
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    left join pg_type t on t.oid = a.atttypid and t.typnamespace = 'pg_catalog'::regnamespace
    where c.relkind = 'r' and n.nspname like 'dw\\_\\_%' group by c.oid, n.nspname, c.relname
"""


def rows_of(stage: Stage) -> dict[int, Held]:
    """The rows of the target's tables by their oids; values of PostgreSQL's own types alone."""
    found = {}
    for oid, name, columns in stage.target.execute(_COLUMNS).fetchall():
        texts = ", ".join(f"{column}::text" for *_, column in columns)
        rows = stage.target.execute(f"SELECT ARRAY[{texts}]::text[] FROM ONLY {name}").fetchall()
        values = {tuple(key): sorted(map(str, (row[at] for (row,) in rows))) for at, (*key, _) in enumerate(columns)}
        found[oid] = Held(name, len(rows), values)
    return found


def check_kept(before: Mapping[int, Held], after: Mapping[int, Held], when: str) -> None:
    """That no table that is there, or was made anew, has lost rows, and no column that is as it was its values."""
    anew = {each.name: each for oid, each in after.items() if oid not in before}
    for oid, was in before.items():
        now = after.get(oid) or anew.get(was.name)
        if now:
            assert now.count == was.count, f"{when}: {was.name} had {was.count} rows, and {now.count} are left"
        if oid in after:
            for column in was.values.keys() & after[oid].values.keys():
                then, since = was.values[column], after[oid].values[column]
                assert then == since, f"{when}: column {column[0]} of {was.name} had {then}, and has {since}"


def forbidden(stage: Stage, rows: Mapping[int, Held], error: psycopg.Error) -> bool:
    """False: rows are in the way of a change, and all of them are still there; without any, nothing may be."""
    is_refused = bool(_REFUSED.match(str(error)))
    if not isinstance(error, FORBIDDEN[:2]) and not is_refused:
        raise error
    if not (is_refused or any(each.count for each in rows.values())):
        raise error
    check_kept(rows, rows_of(stage), "after a change that rows forbid")
    return False


def unplanned(error: Unsupported) -> bool:
    """False: what is refused before anything runs, with the remedy.

    Attributes of a type in use got another order; or a range type in use gave way to one that has its multirange
    type's name, of which the constructors would clash.
    """
    told = str(error)
    if told.startswith("composite ") and "can only be dropped and created" in told:
        return False
    if isinstance(error, Ring) and "create range type" in told and "drop range type" in told:
        return False
    raise error


FAILURES = (AssertionError, DwMigrationError, psycopg.Error)


def failure(stage: Stage, rounds: Rounds) -> tuple[Exception | None, Rounds]:
    """What does not hold for these rounds, and those that were run until then."""
    ran: list[list[str]] = []
    try:
        led(stage, again(stage, rounds), ran)
    except FAILURES as error:
        return error, ran
    return None, ran


def reduced(stage: Stage, rounds: Rounds, error: Exception, *, tries: int = 80) -> Rounds:
    """The shortest rounds found that fail alike, in so many tries."""
    size = max(map(len, rounds)) // 2
    while size:
        for at in reversed(range(len(rounds))):
            start = 0
            while start < len(rounds[at]) and tries:
                less = [*rounds[at][:start], *rounds[at][start + size :]]
                found, ran = failure(stage, [*rounds[:at], less, *rounds[at + 1 :]])
                tries -= 1
                if type(found) is type(error) and str(found)[:20] == str(error)[:20]:
                    rounds = ran
                else:
                    start += size
        size //= 2
    return rounds


def as_case(rounds: Rounds) -> str:
    """The rounds as a case file: the last one is what changes."""
    before = [each for statements in rounds[:-1] for each in statements]
    sections = (("before", before), ("after", rounds[-1]))
    told = (f"-- {name}\n" + "".join(f"{each};\n" for each in those) for name, those in sections)
    return "\n".join(("-- grants kept\n", *told))
