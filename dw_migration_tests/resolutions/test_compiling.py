"""What is compiled is run: by PostgreSQL itself, between two real databases."""

from collections.abc import Callable

import psycopg
import pytest

from dw_migration.errors import BadConfig
from dw_migration.resolutions.casting import PORTABLE
from dw_migration.resolutions.comparison import ColumnPair, TablePair
from dw_migration.resolutions.compiled import KeyColumn
from dw_migration.resolutions.compiling import compile_table, unresolved
from dw_migration.resolutions.expression import parsed_expression
from dw_migration.resolutions.resolution import Action, LookupTable, Resolution, Resolutions
from dw_migration.resolutions.shape import ColumnShape, TableShape
from dw_migration_tests.conftest import MakesDatabase
from dw_migration_tests.resolutions.carrying import Carrying

Connect = Callable[[str], psycopg.Connection]


@pytest.fixture
def carrying(database: MakesDatabase, connect: Connect) -> Carrying:
    return Carrying(connect(database()), connect(database()))


def transform(old: str, new: str, **keys: object) -> Resolution:
    return Resolution(action=Action.TRANSFORM, old_column=old, new_column=new, **keys)


def expression(new: str, text: str) -> Resolution:
    return Resolution(action=Action.EXPRESSION, new_column=new, expression=text)


# --- columns ----------------------------------------------------------------------------------------------------------


def test_columns_go_where_they_belong_and_others_are_left_to_the_target(carrying: Carrying) -> None:
    carrying.make(
        "CREATE TABLE public.t (id int PRIMARY KEY, user_name text, gone text); "
        "INSERT INTO public.t VALUES (1, 'ada', 'x'), (2, NULL, 'y')",
        "CREATE TABLE public.t (id bigint PRIMARY KEY, username text, note text, made int DEFAULT 7, "
        "twice bigint GENERATED ALWAYS AS (id * 2) STORED)",
    )
    carrying.carry(carrying.plan("t"))
    assert carrying.rows("SELECT * FROM public.t ORDER BY id") == [(1, "ada", None, 7, 2), (2, None, None, 7, 4)]


def test_hostile_names_and_values_arrive_as_they_are(carrying: Carrying) -> None:
    name = """o"';%s {} \\ \n:x"""
    quoted = '"' + name.replace('"', '""') + '"'
    values = ["'", "\\", '"', "{}", "%s", "a,b", "", "NULL", "\n", "\\N", "''", "{\\", "é"]
    carrying.make(
        f"CREATE TABLE public.{quoted} (id int, {quoted} text)",
        f"CREATE TABLE public.{quoted} (id int, {quoted} text)",
    )
    carrying.old.cursor().executemany(
        f"INSERT INTO public.{quoted.replace('%', '%%')} VALUES (%s, %s)".encode(), list(enumerate(values))
    )
    mapping = {each: f"new {each}" for each in values}
    for size in (0, 60):
        many = mapping | {f"{n}": "" for n in range(size)}
        carrying.new.execute(f"TRUNCATE public.{quoted}".encode())
        carrying.carry(carrying.plan(name, transform(name, name, value_mapping=many)))
        found = carrying.rows(f"SELECT {quoted} FROM public.{quoted} ORDER BY id")
        assert [each for (each,) in found] == list(mapping.values())


def test_ignored_columns_are_left_out_on_either_side(carrying: Carrying) -> None:
    carrying.make(
        "CREATE TABLE public.t (a int, b int, c int)", "CREATE TABLE public.t (a int, b int DEFAULT 3, c int)"
    )
    plan = carrying.plan(
        "t", Resolution(action=Action.IGNORE, old_column="a"), Resolution(action=Action.IGNORE, new_column="b")
    )
    assert [each.name for each in plan.columns] == ["c"]


def test_a_rename_takes_the_old_column_from_where_it_was_guessed_to_go(carrying: Carrying) -> None:
    carrying.make("CREATE TABLE public.t (user_name text)", "CREATE TABLE public.t (username text, login text)")
    plan = carrying.plan("t", Resolution(action=Action.RENAME, old_column="user_name", new_column="login"))
    assert [each.name for each in plan.columns] == ["login"]


def test_a_default_stands_in_for_null_and_for_what_was_not_there(carrying: Carrying) -> None:
    carrying.make(
        "CREATE TABLE public.t (a int, b varchar(9)); INSERT INTO public.t VALUES (1, 'x'), (NULL, NULL)",
        "CREATE TABLE public.t (a int NOT NULL, b varchar(3) NOT NULL, due date NOT NULL)",
    )
    defaults = [
        Resolution(action=Action.DEFAULT, new_column=name, default_value=value)
        for name, value in (("a", "5"), ("b", "abc"), ("due", "2024-02-29"))
    ]
    carrying.carry(carrying.plan("t", *defaults))
    told = carrying.rows("SELECT a, b, due::text FROM public.t ORDER BY a")
    assert told == [(1, "x", "2024-02-29"), (5, "abc", "2024-02-29")]


# --- values -----------------------------------------------------------------------------------------------------------

STATUSES = "CREATE TABLE public.t (id int, s text); INSERT INTO public.t VALUES (1, 'on'), (2, 'off'), (3, NULL)"


@pytest.mark.parametrize("padding", [0, 60], ids=["as cases", "as a join"])
def test_values_are_mapped_and_null_stays_null(carrying: Carrying, padding: int) -> None:
    carrying.make(STATUSES, "CREATE TABLE public.t (id int, s smallint)")
    mapping = {"on": "1"} | {f"{n}": f"{n}" for n in range(padding)}
    carrying.carry(carrying.plan("t", transform("s", "s", value_mapping=mapping, null_values=("off",))))
    assert carrying.rows("SELECT s FROM public.t ORDER BY id") == [(1,), (None,), (None,)]


@pytest.mark.parametrize("padding", [0, 60], ids=["as cases", "as a join"])
@pytest.mark.parametrize(("type_", "third"), [("smallint", None), ("smallint NOT NULL", 9)])
def test_a_default_is_for_unmapped_values_and_for_null_where_null_cannot_be(
    carrying: Carrying, padding: int, type_: str, third: int | None
) -> None:
    carrying.make(STATUSES, f"CREATE TABLE public.t (id int, s {type_})")
    mapping = {"on": "1"} | {f"{n}": f"{n}" for n in range(padding)}
    carrying.carry(carrying.plan("t", transform("s", "s", value_mapping=mapping, default_value="9")))
    assert carrying.rows("SELECT s FROM public.t ORDER BY id") == [(1,), (9,), (third,)]


@pytest.mark.parametrize("type_", ["smallint", "text", "varchar(3)", "date", "public.mood", "jsonb", "int[]"])
@pytest.mark.parametrize("padding", [0, 60], ids=["as cases", "as a join"])
def test_an_unmapped_value_without_default_makes_its_row_fail_and_is_not_told(
    carrying: Carrying, type_: str, padding: int
) -> None:
    values = {"smallint": "1", "date": "2024-01-01", "jsonb": "{}", "int[]": "{1}"}
    carrying.make(STATUSES, f"CREATE TYPE public.mood AS ENUM ('x'); CREATE TABLE public.t (id int, s {type_})")
    mapping = dict.fromkeys(["on", *map(str, range(padding))], values.get(type_, "x"))
    plan = carrying.plan("t", transform("s", "s", value_mapping=mapping))
    with pytest.raises(psycopg.errors.InvalidTextRepresentation, match="there is no entry for this value"):
        carrying.carry(plan)
    carrying.old.execute("DELETE FROM public.t WHERE s = 'off'")
    carrying.carry(plan)
    assert carrying.rows("SELECT count(*), count(s) FROM public.t") == [(2, 1)]


def test_values_are_compared_byte_by_byte_whatever_the_column_s_type_thinks(carrying: Carrying) -> None:
    carrying.make(
        "CREATE TABLE public.t (id int, s char(4), b boolean, n numeric); "
        "INSERT INTO public.t VALUES (1, 'a', true, 1.0)",
        "CREATE TABLE public.t (id int, s text, b text, n text)",
    )
    plan = carrying.plan(
        "t",
        transform("s", "s", value_mapping={"a": "yes", "A": "no"}),
        transform("b", "b", value_mapping={"true": "yes"}),
        transform("n", "n", value_mapping={"1.0": "yes", "1": "no"}),
    )
    carrying.carry(plan)
    assert carrying.rows("SELECT s, b, n FROM public.t") == [("yes", "yes", "yes")]


def test_lookups_are_sent_along_or_left_to_the_target(carrying: Carrying) -> None:
    carrying.make(STATUSES, "CREATE TABLE public.t (id int, s int); CREATE TABLE public.kinds (name text, id int)")
    lookup = LookupTable(table="kinds", key_column="name", value_column="id")
    given = {lookup.located("public"): (("on", "1"), ("off", None))}
    resolution = transform("s", "s", lookup_table=lookup, default_value="7")
    carrying.carry(carrying.plan("t", resolution, lookups=given))
    assert carrying.rows("SELECT s FROM public.t ORDER BY id") == [(1,), (None,), (None,)]
    plan = carrying.plan("t", resolution)
    (staged,) = plan.staged
    assert (staged.column, staged.table, staged.key_column, staged.value_column) == (
        "s",
        ("public", "kinds"),
        "name",
        "id",
    )
    assert staged.default is not None
    assert staged.default.text == "'7'::integer"
    assert carrying.old.execute(plan.select().text.encode()).fetchall() == [(1, "on"), (2, "off"), (3, None)]


def test_a_lookup_that_would_make_several_rows_of_one_is_refused(carrying: Carrying) -> None:
    carrying.make(STATUSES, "CREATE TABLE public.t (id int, s int)")
    lookup = LookupTable(table="kinds", key_column="name", value_column="id", schema="public")
    with pytest.raises(BadConfig, match=r'lookup_table "public\.kinds": has an old value several times'):
        carrying.plan("t", transform("s", "s", lookup_table=lookup), lookups={lookup: (("on", "1"), ("on", "2"))})


# --- types ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "value", "expected"),
    [
        ("smallint", "integer", "5", "5"),
        ("integer", "bigint", "-7", "-7"),
        ("bigint", "numeric(20,1)", "7", "7.0"),
        ("integer", "text", "7", "7"),
        ("boolean", "text", "true", "true"),
        ("date", "timestamp", "2024-02-29", "2024-02-29 00:00:00"),
        ("timestamp", "timestamptz", "2024-02-29 01:00", "2024-02-29 01:00:00+00"),
        ("real", "double precision", "0.5", "0.5"),
        ("varchar(3)", "varchar(5)", "abc", "abc"),
        ("varchar(9)", "varchar(3)", "abc      ", "abc"),
        ("text", "char(5)", "ab ", "ab"),
        ("char(5)", "char(3)", "ab", "ab"),
        ("char(5)", "varchar(3)", "ab", "ab"),
        ("integer", "varchar(3)", "123", "123"),
        ("numeric", "numeric(4,1)", "12.34", "12.3"),
        ("numeric(10,2)", "numeric(12,4)", "1.25", "1.2500"),
        ("integer", "numeric(5,1)", "1234", "1234.0"),
        ("json", "jsonb", '{"b": 1,"a":2}', '{"a": 2, "b": 1}'),
        ("jsonb", "json", '{"a": 2}', '{"a": 2}'),
        ("json", "json", '{"a":  2}', '{"a":  2}'),
        ("text", "public.mood", "a b", "a b"),
        ("text", "public.price", "1.25", "1.3"),
        ("numeric(9,2)", "public.price", "1.25", "1.3"),
        ("varchar(9)", "public.short", "abc  ", "abc"),
        ("text[]", "varchar(3)[]", '{abc,NULL,"a,b"}', '{abc,NULL,"a,b"}'),
        ("integer[]", "bigint[]", "{1,NULL}", "{1,NULL}"),
        ("point", "point", "(1,2)", "(1,2)"),
        ("money", "money", "$1.50", "$1.50"),
        ("tsvector", "tsvector", "'a':1", "'a':1"),
        ("bit varying(9)", "bit varying(3)", "101", "101"),
        ("bytea", "bytea", "\\x00ff", "\\x00ff"),
        ("interval", "interval", "1 mon 2 days", "1 mon 2 days"),
        ("timestamptz", "timestamptz", "4713-01-01 00:00:00+00 BC", "4713-01-01 00:00:00+00 BC"),
        ("regclass", "regclass", "pg_catalog.pg_class", "pg_class"),
        ("int4range", "int4range", "[1,5)", "[1,5)"),
        ("text", "int4multirange", "{[1,5)}", "{[1,5)}"),
    ],
)
def test_types_meet(carrying: Carrying, old: str, new: str, value: str, expected: str) -> None:
    carrying.make(
        f"CREATE TABLE public.t (v {old})",
        "CREATE TYPE public.mood AS ENUM ('a b', 'c'); CREATE DOMAIN public.price AS numeric(6,1); "
        f"CREATE DOMAIN public.short AS varchar(3); CREATE TABLE public.t (v {new})",
    )
    carrying.old.execute(f"INSERT INTO public.t VALUES (CAST(%s AS {old})), (NULL)".encode(), [value])
    plan = carrying.plan("t", Resolution(action=Action.RENAME, old_column="v", new_column="v"))
    carrying.carry(plan)
    assert carrying.rows("SELECT v::text FROM public.t ORDER BY v IS NULL") == [(expected,), (None,)]
    (sent,) = plan.columns
    as_sent = carrying.old.execute(f"SELECT ({sent.expression.text})::text FROM public.t AS o LIMIT 1".encode())
    assert not sent.is_text or as_sent.fetchone() == (expected,)


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        ("varchar(9)", "varchar(3)", "abcd"),
        ("text", "char(3)", "abcd"),
        ("integer", "varchar(3)", "1234"),
        ("text[]", "varchar(3)[]", "{abcd}"),
        ("bit varying(9)", "bit varying(3)", "1010"),
        ("text", "public.short", "abcd"),
        ("numeric", "numeric(4,1)", "1234.5"),
        ("integer", "numeric(5,2)", "12345"),
        ("bigint", "integer", "3000000000"),
        ("text", "integer", "x"),
        ("text", "public.mood", "b"),
    ],
)
def test_what_does_not_fit_is_refused_and_never_cut(carrying: Carrying, old: str, new: str, value: str) -> None:
    carrying.make(
        f"CREATE TABLE public.t (v {old})",
        "CREATE TYPE public.mood AS ENUM ('a'); CREATE DOMAIN public.short AS varchar(3); "
        f"CREATE TABLE public.t (v {new})",
    )
    carrying.old.execute(f"INSERT INTO public.t VALUES (CAST(%s AS {old}))".encode(), [value])
    for resolution in (Resolution(action=Action.RENAME, old_column="v", new_column="v"), expression("v", "v")):
        with pytest.raises(psycopg.DataError):
            carrying.carry(carrying.plan("t", resolution))
    assert carrying.rows("SELECT * FROM public.t") == []


MADE_TYPES = """
CREATE TYPE public.mood AS ENUM ('a "b"', 'c'); CREATE DOMAIN public.code AS varchar(7);
CREATE TYPE public.pair AS (x int, y text);
CREATE TABLE public.t (a public.mood, b public.mood[], c public.code, d public.code[], e public.pair, f public.pair[]);
"""
MADE_VALUES = """
INSERT INTO public.t VALUES ('c', ARRAY['c', 'a "b"']::public.mood[], 'x', '{x,NULL}', '(1,"a,b")',
                             ARRAY[(1, '''')::public.pair])
"""


def test_values_of_types_that_users_made_are_sent_as_text(carrying: Carrying) -> None:
    carrying.make(MADE_TYPES + MADE_VALUES, "CREATE TABLE public.other (v int);" + MADE_TYPES)
    plan = carrying.plan("t")
    assert all(each.is_text for each in plan.columns)
    carrying.carry(plan)
    told = "SELECT t::text FROM public.t"
    assert carrying.rows(told) == carrying.old.execute(told.encode()).fetchall()
    assert len(carrying.rows(told)) == 1


@pytest.mark.parametrize("type_", sorted({*PORTABLE, "interval(3)", "timestamp(3) with time zone"}))
def test_portable_types_and_arrays_of_them_have_an_extended_hash(carrying: Carrying, type_: str) -> None:
    query = f"SELECT pg_catalog.hash_record_extended(ROW(NULL::{type_}, NULL::{type_}[]), 0)"
    assert carrying.rows(query)[0][0] is not None


# --- expressions ------------------------------------------------------------------------------------------------------


def test_an_expression_sees_the_old_row_whatever_is_joined(carrying: Carrying) -> None:
    carrying.make(
        'CREATE TABLE public.t (id int, k text, v text, "User" text, s text);'
        " INSERT INTO public.t VALUES (1, 'a', 'b', 'c', 'on')",
        "CREATE TABLE public.t (id int, k text, v text, name text, s int)",
    )
    plan = carrying.plan(
        "t",
        expression("name", """pg_catalog.concat(k, v, o."User", 'x;%s''{}')"""),
        expression("id", "CASE WHEN k IN ('a', 'b') THEN id + 1 END"),
        transform("s", "s", value_mapping={"on": "1"} | {f"{n}": "2" for n in range(60)}),
    )
    carrying.carry(plan)
    assert carrying.rows("SELECT id, name, s FROM public.t") == [(2, "abcx;%s'{}", 1)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a; DROP TABLE t", "found a semicolon; expected one expression"),
        ("a;", "found a semicolon; expected one expression"),
        ("", "found more than one expression, or a clause behind it"),
        ("a, b", "found more than one expression, or a clause behind it"),
        ("a FROM secret", "found more than one expression, or a clause behind it"),
        ("a UNION SELECT b", "found more than one expression, or a clause behind it"),
        ("a LIMIT 1", "found more than one expression, or a clause behind it"),
        ("a INTO x", "found more than one expression, or a clause behind it"),
        ("DISTINCT a", "found more than one expression, or a clause behind it"),
        ("a AS b", "found more than one expression, or a clause behind it"),
        ("a b", "found more than one expression, or a clause behind it"),
        ("a --", "is no SQL expression: syntax error"),
        ("a /*", "is no SQL expression: unterminated /* comment"),
        ("a) FROM secret --", "is no SQL expression: syntax error"),
        ("a) , (b", "is no SQL expression: syntax error"),
        ("'", "is no SQL expression: unterminated quoted string"),
        ("naem", 'found the column "naem"; expected "name"?'),
        ("o.zzz", 'found the column "zzz"; expected a column of the old table, alone or behind o.'),
        ("t.name", 'found the column "t.name"; expected'),
        ("*", "is no SQL expression: syntax error"),
        ("o.*", 'found the column "*"; expected'),
        ("(" * 50_000 + "a" + ")" * 49_000, "is "),
        ("1" + "+1" * 60_000, "has more than 100,000 characters"),
        ("1" + "+1" * 20_000, "is nested too deeply"),
    ],
)
def test_what_is_not_one_expression_is_refused(text: str, told: str) -> None:
    with pytest.raises(BadConfig) as raised:
        parsed_expression(text, ["a", "b", "name"])
    assert str(raised.value).startswith(told)


def test_an_expression_s_functions_and_foreign_operators_are_known() -> None:
    text = "pg_catalog.lower(a) || f(b OPERATOR(public.->) 'x', (SELECT max(y) FROM s.t)) || extract(day FROM c)::text"
    found = parsed_expression(text, ["a", "b", "c"])
    assert set(found.functions) == {("pg_catalog", "lower"), ("f",), ("max",), ("pg_catalog", "extract")}
    assert set(found.functions) - set(found.outermost) == {("max",)}
    assert found.operators == (("public", "->"),)


# --- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "columns"),
    [
        ("id int PRIMARY KEY", "id bigint PRIMARY KEY", ["id"]),
        ("id int PRIMARY KEY", "id bigint NOT NULL, UNIQUE (id)", ["id"]),
        ("id int PRIMARY KEY", "id bigint", []),
        ("id bigint PRIMARY KEY", "id int PRIMARY KEY", []),
        ("id int PRIMARY KEY", "id text PRIMARY KEY", []),
        ("id int PRIMARY KEY", "id numeric(12,2) PRIMARY KEY", ["id"]),
        ("id int PRIMARY KEY", "id numeric(9) PRIMARY KEY", []),
        ("id numeric(5,2) PRIMARY KEY", "id numeric(5,1) PRIMARY KEY", []),
        ("id date PRIMARY KEY", "id timestamptz PRIMARY KEY", ["id"]),
        ("id timestamp PRIMARY KEY", "id timestamp(0) PRIMARY KEY", []),
        ("id varchar(9) PRIMARY KEY", "id text PRIMARY KEY", ["id"]),
        ("id uuid PRIMARY KEY", "id uuid PRIMARY KEY", ["id"]),
        ("id int[] PRIMARY KEY", "id int[] PRIMARY KEY", []),
        ("id float8 PRIMARY KEY", "id float8 PRIMARY KEY", []),
        ("a int, b text, PRIMARY KEY (b, a)", "a int, b text, PRIMARY KEY (a, b)", ["b", "a"]),
        ("a int, b int, PRIMARY KEY (a, b)", "a int, b int, PRIMARY KEY (a)", []),
        ("id int", "id int PRIMARY KEY", []),
    ],
)
def test_the_key_is_what_orders_both_sides_alike(carrying: Carrying, old: str, new: str, columns: list[str]) -> None:
    carrying.make(f"CREATE TABLE public.t ({old})", f"CREATE TABLE public.t ({new})")
    assert [each.old for each in carrying.plan("t").key] == columns


def test_a_key_whose_values_a_person_makes_new_cuts_no_chunks(carrying: Carrying) -> None:
    carrying.make("CREATE TABLE public.t (id int PRIMARY KEY)", "CREATE TABLE public.t (id int PRIMARY KEY)")
    assert carrying.plan("t", expression("id", "-id")).key == ()
    rename = Resolution(action=Action.RENAME, old_column="id", new_column="id")
    assert carrying.plan("t", rename).key == (KeyColumn("id", "id", "integer", "integer"),)


def test_a_key_in_two_collations_is_ordered_byte_by_byte(carrying: Carrying) -> None:
    carrying.make(
        'CREATE TABLE public.t (a text COLLATE "C", b text, PRIMARY KEY (a, b))',
        "CREATE COLLATION public.other (provider = libc, locale = 'C.UTF-8'); "
        "CREATE TABLE public.t (a text COLLATE public.other, b text, PRIMARY KEY (a, b))",
    )
    assert [each.collation for each in carrying.plan("t").key] == ["C", ""]


def test_rows_of_partitions_are_copied_and_those_of_inheriting_tables_are_not(carrying: Carrying) -> None:
    tables = (
        "CREATE TABLE public.p (id int) PARTITION BY LIST (id); "
        "CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES IN (1); CREATE TABLE public.t (id int); "
    )
    carrying.make(
        tables + "CREATE TABLE public.child () INHERITS (public.t); INSERT INTO public.p VALUES (1); "
        "INSERT INTO public.t VALUES (1); INSERT INTO public.child VALUES (2)",
        tables,
    )
    for name in ("p", "t"):
        carrying.carry(carrying.plan(name))
        assert carrying.rows(f"SELECT id FROM public.{name}") == [(1,)]


# --- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resolution", "told"),
    [
        (transform("naem", "name", value_mapping={"a": "b"}), 'table "t" has no column "naem": did you mean "name"?'),
        (transform("name", "zzz", value_mapping={"a": "b"}), 'table "t" has no column "zzz": mend its name'),
        (transform("name", "name", value_mapping={"a": None}), 'column "name": its resolution is not complete'),
        (
            transform("name", "name", value_mapping={"a": "abcd"}),
            'column "name": a value of its resolution is too long',
        ),
        (expression("name", "f("), "is no SQL expression"),
        (expression("twice", "1"), 'column "twice": is generated by the new table'),
    ],
)
def test_a_decision_that_cannot_be_carried_out_is_refused(
    carrying: Carrying, resolution: Resolution, told: str
) -> None:
    carrying.make(
        "CREATE TABLE public.t (name text)",
        "CREATE TABLE public.t (name varchar(3), twice text GENERATED ALWAYS AS (upper(name)) STORED)",
    )
    with pytest.raises(BadConfig) as raised:
        carrying.plan("t", resolution)
    assert str(raised.value).startswith(told)


def test_breaking_changes_wait_for_a_decision_that_is_complete(carrying: Carrying) -> None:
    carrying.make(
        "CREATE TABLE public.t (id int PRIMARY KEY, gone text, s text, n text); CREATE TABLE public.old (a int)",
        "CREATE TABLE public.t (id int PRIMARY KEY, s int NOT NULL, due date NOT NULL, n int)",
    )
    comparison = carrying.compared()

    def undecided(**decided: tuple[Resolution, ...]) -> list[str]:
        found = unresolved(comparison, Resolutions(resolutions=decided))
        return sorted({f"{each.table}.{each.new_column or each.old_column}" for each in found})

    every = ["old.None", "t.due", "t.gone", "t.n", "t.s"]
    assert undecided() == every
    left_out = Resolution(action=Action.IGNORE, new_column="s")  # but it must have a value
    half = Resolution(action=Action.DEFAULT, new_column="due")
    assert undecided(t=(left_out, half)) == every
    dropped = Resolution(action=Action.DROP_TABLE)
    assert undecided(old=(dropped,), t=(dropped,)) == []
    decided = (
        Resolution(action=Action.IGNORE, old_column="gone"),
        Resolution(action=Action.IGNORE, old_column="n"),
        Resolution(action=Action.DEFAULT, new_column="due", default_value="2024-01-01"),
        transform("s", "s", value_mapping={"a": "1"}, default_value="0"),
    )
    assert undecided(old=(dropped,), t=decided) == []


def test_a_table_that_stays_the_same_is_read_as_it_is() -> None:
    columns = (
        ColumnShape("x", "character varying(5)", 1),
        ColumnShape("Y", "shop.price", 2, kind="d", base_type="numeric(5,1)"),
    )
    old, new = TableShape("a", "t", columns), TableShape("b", "t", columns)
    plan = compile_table(TablePair(old, new, (ColumnPair("x", "x"), ColumnPair("Y", "Y"))))
    assert plan.select().text == 'SELECT o.x AS x, o."Y"::numeric(5,1) AS "Y" FROM ONLY a.t AS o'
    assert [(each.type, each.is_text) for each in plan.columns] == [
        ("character varying(5)", False),
        ("numeric(5,1)", True),
    ]
