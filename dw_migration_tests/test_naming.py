"""New names: what becomes of each, also inside expressions; a server that renames is the judge."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from textwrap import dedent

import postgast
import psycopg
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql

from dw_migration.errors import Unsupported
from dw_migration.live.embedded import Server
from dw_migration.naming import (
    QUERY,
    SYSTEM_COLUMNS,
    Names,
    NamingRules,
    Place,
    Renaming,
    Replacement,
    Space,
    name_faults,
    source_path,
)
from dw_migration.sql import quoted, quoted_literal
from dw_migration_tests.conftest import MakesDatabase

INDEX = "CREATE INDEX ON x {}"
CONSTRAINT = "ALTER TABLE x ADD {}"
DOMAIN = "ALTER DOMAIN x ADD {}"
KEY = "CREATE TABLE x (y int) PARTITION BY {}"
BOUND = "CREATE TABLE x PARTITION OF y {}"
STATISTICS = "CREATE STATISTICS x ON {} FROM y"
TRIGGER = "CREATE TRIGGER x AFTER UPDATE ON y FOR EACH ROW WHEN ({}) EXECUTE FUNCTION z()"


def names_of(rules: NamingRules | None = None, **known: object) -> Names:
    return Names(rules or NamingRules(), source="shop", database="ShopDB", **known)


# --- Names -----------------------------------------------------------------------------------------------------------


def test_a_schema_is_called_after_its_database() -> None:
    names = Names(NamingRules(), source="so", database="StackOverflow2010")
    assert names.schema("dbo") == "dw__stackoverflow2010__dbo"


def test_the_template_stands_as_written_around_source_database_and_schema() -> None:
    assert names_of(NamingRules("DW {source}.{schema}", case="preserve")).schema("Public") == "DW shop.Public"


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("HTTPServerID", "http_server_id"),
        ("userName", "user_name"),
        ("USER_DATA", "user_data"),
        ("Order Details", "order_details"),
        ("ISO8601Date", "iso8601_date"),
        ("__a__1b$", "__a__1b$"),
        ("GrößeÄndern", "größe_ändern"),
    ],
)
def test_snake_case_parts_words_at_their_capitals(name: str, snake: str) -> None:
    assert names_of(NamingRules(case="snake")).name("dbo", name, Space.RELATION) == snake


@settings(deadline=None)
@given(st.from_regex(r"[a-z_][a-z0-9_$]*", fullmatch=True))
def test_no_case_changes_a_name_that_needs_no_quotes(name: str) -> None:
    assert {NamingRules(case=case).renamed(name) for case in ("lower", "snake", "preserve")} == {name}


def test_replacements_come_in_order_and_before_the_case() -> None:
    prefixes = (Replacement("^tbl", ""), Replacement("^(PK|FK)_tbl", r"\1_"))
    names = names_of(NamingRules(case="snake", replace=prefixes))
    assert names.name("dbo", "tblUSER_DATA", Space.RELATION) == "user_data"
    assert names.member("dbo", "tblUSER_DATA", "PK_tblUSER_DATA") == "pk_user_data"
    assert names.schema("tblSales") == "dw__shop_db__sales"


def test_an_override_is_taken_as_it_is() -> None:
    overrides = {"ShopDB.public": "Shop", "ShopDB.public.Order": "Orders", 'ShopDB.public."a.b"."C""d"': "C"}
    names = names_of(NamingRules(overrides=overrides))
    assert names.qualified("public", "Order", Space.RELATION) == ("Shop", "Orders")
    assert names.member("public", "a.b", 'C"d') == "C"
    assert names.member("public", "Order", "Id") == "id"


def test_a_path_is_never_two_things() -> None:
    assert source_path("D", "s", "a.b") != source_path("D", "s", "a", "b")


def test_what_postgresql_or_an_extension_owns_keeps_its_name() -> None:
    names = names_of(foreign={(Space.TYPE, "public", "MyType"): "extensions"})
    assert names.qualified("public", "MyType", Space.TYPE) == ("extensions", "MyType")
    assert names.qualified("pg_catalog", "X", Space.TYPE) == ("pg_catalog", "X")
    assert names.qualified("Public", "MyType", Space.TYPE) == ("dw__shopdb__public", "mytype")


def test_system_columns_keep_their_names() -> None:
    names = names_of(NamingRules(replace=(Replacement("^", "x"),)))
    assert {names.member("public", "Order", column) for column in SYSTEM_COLUMNS} == SYSTEM_COLUMNS


# --- Types -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ('public."Status"[]', "dw__shopdb__public.status[]"),
        ("public.citext", "ext.citext"),
        ("public.geometry(Point,4326)", "ext.geometry(Point,4326)"),
        ('"My.Schema"."a(b)"(3)[]', '"dw__shopdb__my.schema"."a(b)"(3)[]'),
        ('public."a"".b\n"', 'dw__shopdb__public."a"".b\n"'),
        ("numeric(10,2)", "numeric(10,2)"),
        ("character varying(20)[]", "character varying(20)[]"),
        ("timestamp(3) without time zone", "timestamp(3) without time zone"),
        ('"char"', '"char"'),
        ("information_schema.sql_identifier", "information_schema.sql_identifier"),
    ],
)
def test_a_type_is_renamed_with_its_modifiers_kept(text: str, target: str) -> None:
    names = names_of(
        foreign=dict.fromkeys([(Space.TYPE, "public", "citext"), (Space.TYPE, "public", "geometry")], "ext")
    )
    assert names.type(text) == target


@pytest.mark.parametrize("text", ['"Status"', "public.Status", "a.b.c.", 'public."Status'])
def test_a_type_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(Unsupported, match="not a type as format_type"):
        names_of().type(text)


# --- Expressions -----------------------------------------------------------------------------------------------------

REWRITTEN = """
SELECT ({})
    ("UserId" > 0)
    (userid > 0)

    ((("é" IS NOT NULL) AND (length(("Näme")::text) > 3)) OR ("ö"."é" = '"é"'::text))
    ((("é" IS NOT NULL) AND (length(("näme")::text) > 3)) OR ("ö"."é" = '"é"'::text))

    (public.f("ö".*) AND (("A")."B"."C" = ANY (ARRAY['"X".y'::public."Status", ("A"[1])."B"])))
    (dw__shopdb__public.f("ö".*) AND ((a).b.c = ANY (ARRAY['"X".y'::dw__shopdb__public.status, (a[1]).b])))

    nextval('public."Users_Id_seq"'::regclass)
    nextval('dw__shopdb__public.users_id_seq'::regclass)

    nextval(('public."Users_Id_seq"'::text)::regclass)
    nextval(('dw__shopdb__public.users_id_seq'::text)::regclass)

    nextval(('users_id_seq'::text)::regclass)
    nextval(('dw__shopdb__public.users_id_seq'::text)::regclass)

    'public."It''s"'::regclass
    'dw__shopdb__public."it''s"'::regclass

    'public."F"(public."Status"[],integer,"char",ext.citext)'::regprocedure
    'dw__shopdb__public.f(dw__shopdb__public.status[],integer,"char",ext.citext)'::regprocedure

    'dbo.@@(public."Status",integer)'::regoperator
    'dw__shopdb__dbo.@@(dw__shopdb__public.status,integer)'::regoperator

    ('"MySchema"'::regnamespace = 'pg_catalog'::regnamespace)
    ('dw__shopdb__myschema'::regnamespace = 'pg_catalog'::regnamespace)

    to_tsvector('public."My"'::regconfig, "Body") || to_tsvector('english'::regconfig, 'public."My"'::text)
    to_tsvector('dw__shopdb__public.my'::regconfig, body) || to_tsvector('english'::regconfig, 'public."My"'::text)

    ('"Admin"'::regrole = 'pg_class'::regclass)
    ('"Admin"'::regrole = 'pg_class'::regclass)

    ("substring"("A", 'a''b.c"D"') || E'\\\\"X".y' || $$"A".b$$ || '%s :name {} \\:x' || "overlay"("left", "char"))
    ("substring"(a, 'a''b.c"D"') || E'\\\\"X".y' || $$"A".b$$ || '%s :name {} \\:x' || "overlay"("left", "char"))

    ((("A")::"char" COLLATE "C") < (("B" COLLATE public."MyColl") COLLATE pg_catalog."de_DE"))
    (((a)::"char" COLLATE "C") < ((b COLLATE dw__shopdb__public.mycoll) COLLATE pg_catalog."de_DE"))

    (("A" OPERATOR(public.=) "B") AND ("A" OPERATOR(public.*) "B") AND ("A" OPERATOR(pg_catalog.=) 1.5))
    ((a OPERATOR(ext.=) b) AND (a OPERATOR(dw__shopdb__public.*) b) AND (a OPERATOR(pg_catalog.=) 1.5))

    public."F"("Arg" => "A", VARIADIC "B")
    dw__shopdb__public.f("Arg" => a, VARIADIC b)

    XMLELEMENT(NAME "Foo", XMLATTRIBUTES("A" AS "B"), "C")
    XMLELEMENT(NAME "Foo", XMLATTRIBUTES(a AS "B"), c)

    (EXTRACT(year FROM "D") + ("D")[1:2] + CASE WHEN (tableoid = 0) THEN 0.5 ELSE "left" END)
    (EXTRACT(year FROM d) + (d)[1:2] + CASE WHEN (tableoid = 0) THEN 0.5 ELSE "left" END)

CREATE INDEX ON x {}
    USING btree ("Name" COLLATE "C" text_pattern_ops DESC NULLS LAST, lower(("X")::text), "a b", c) WHERE ("Z" > 0)
    USING btree (name COLLATE "C" text_pattern_ops DESC NULLS LAST, lower((x)::text), "a b", c) WHERE (z > 0)

    USING gin ("A" public.gin_trgm_ops (siglen='32'), "B" dbo."Ops") WITH (fastupdate='on') TABLESPACE "Big"
    USING gin (a ext.gin_trgm_ops (siglen='32'), b dw__shopdb__dbo.ops) WITH (fastupdate='on') TABLESPACE "Big"

    USING btree (public."F"("ö".*), (("A" || "B")), "C") INCLUDE ("D", e) NULLS NOT DISTINCT
    USING btree (dw__shopdb__public.f("ö".*), ((a || b)), c) INCLUDE (d, e) NULLS NOT DISTINCT

    USING btree (id) WHERE public."F"("A", b)
    USING btree (id) WHERE dw__shopdb__public.f(a, b)

ALTER TABLE x ADD {}
    EXCLUDE USING gist ("A" WITH =, "B" WITH OPERATOR(public.=), int4range("C", "D") WITH &&) INCLUDE ("E") WHERE ("F")
    EXCLUDE USING gist (a WITH =, b WITH OPERATOR(ext.=), int4range(c, d) WITH &&) INCLUDE (e) WHERE (f)

    CHECK ((("A")::numeric > 0.0)) NO INHERIT NOT VALID
    CHECK (((a)::numeric > 0.0)) NO INHERIT NOT VALID

    UNIQUE NULLS NOT DISTINCT ("A", b) INCLUDE ("C") DEFERRABLE INITIALLY DEFERRED
    UNIQUE NULLS NOT DISTINCT (a, b) INCLUDE (c) DEFERRABLE INITIALLY DEFERRED

    FOREIGN KEY ("A", b) REFERENCES public."B"("Id", c) MATCH FULL ON DELETE SET NULL ("A")
    FOREIGN KEY (a, b) REFERENCES dw__shopdb__public.b(id, c) MATCH FULL ON DELETE SET NULL (a)

    FOREIGN KEY ("A", PERIOD "B") REFERENCES public."B"("Id", PERIOD "C")
    FOREIGN KEY (a, PERIOD b) REFERENCES dw__shopdb__public.b(id, PERIOD c)

    NOT NULL "A"
    NOT NULL a

ALTER DOMAIN x ADD {}
    CHECK (((VALUE)::text ~ '^"X".public'::text))
    CHECK (((VALUE)::text ~ '^"X".public'::text))

CREATE TABLE x (y int) PARTITION BY {}
    RANGE ("Created", lower("B"), "C" COLLATE "C", d dbo."Ops")
    RANGE (created, lower(b), c COLLATE "C", d dw__shopdb__dbo.ops)

CREATE TABLE x PARTITION OF y {}
    FOR VALUES FROM (MINVALUE, '1."X"') TO (MAXVALUE, 2)
    FOR VALUES FROM (MINVALUE, '1."X"') TO (MAXVALUE, 2)

CREATE STATISTICS x ON {} FROM y
    "A", lower("B"), (("C" + d))
    a, lower(b), ((c + d))

CREATE TRIGGER x AFTER UPDATE ON y FOR EACH ROW WHEN ({}) EXECUTE FUNCTION z()
    ((old."A" IS DISTINCT FROM new."A") OR (old.* IS DISTINCT FROM new.*))
    ((old.a IS DISTINCT FROM new.a) OR (old.* IS DISTINCT FROM new.*))
"""


def rewritten() -> Iterator[tuple[str, str, str]]:
    """Wrapper, text and its rewriting, of each pair above."""
    wrapper = ""
    for block in REWRITTEN.strip().split("\n\n"):
        lines = block.splitlines()
        if not lines[0].startswith(" "):
            wrapper = lines.pop(0)
        before, after = map(str.strip, lines)
        yield wrapper, before, after


FOREIGN = dict.fromkeys(
    [(Space.OTHER, "public", "="), (Space.OTHER, "public", "gin_trgm_ops"), (Space.TYPE, "ext", "citext")], "ext"
)


@pytest.mark.parametrize(("wrapper", "text", "target"), list(rewritten()))
def test_names_in_expressions_are_renamed_and_nothing_else(wrapper: str, text: str, target: str) -> None:
    assert names_of(foreign=FOREIGN).expression(text, schema="public", relation="ö", wrapper=wrapper) == target


QUERIES = """
(EXISTS ( SELECT 1 FROM public."B" b WHERE ((b."Id" = "X") AND (b.k = ö."K"))))
(EXISTS ( SELECT 1 FROM dw__shopdb__public.b b WHERE ((b.id = x) AND (b.k = ö.k))))

("A" IN ( SELECT "B"."A" FROM public."B"))
(a IN ( SELECT b.a FROM dw__shopdb__public.b))
"""


@pytest.mark.parametrize("pair", QUERIES.strip().split("\n\n"))
def test_names_in_an_expression_with_a_query_are_renamed(pair: str) -> None:
    text, target = pair.splitlines()
    assert names_of().expression(text, schema="public", relation="ö") == target


OVERRIDES = {
    "ShopDB.public.Users.Id": "user_id",
    "ShopDB.public.Users": "people",
    "ShopDB.public.t.a": "b",
    "ShopDB.public.v.Id": "view_id",
}
OVERRIDDEN = """
 SELECT "Users"."Id", t.a FROM (public."Users" JOIN public.t ON ((t.a = "Users"."Id")))
 SELECT people.user_id AS id, t.b AS a FROM (S.people JOIN S.t ON ((t.b = people.user_id)))

 SELECT "Id" AS "X" FROM public."Users" u ORDER BY "Id"
 SELECT user_id AS x FROM S.people u ORDER BY user_id

 WITH q AS ( SELECT t.a FROM public.t) SELECT q.a FROM q UNION SELECT s.a FROM ( SELECT a FROM public.t) s
 WITH q AS ( SELECT t.b AS a FROM S.t) SELECT q.a FROM q UNION SELECT s.a FROM ( SELECT b AS a FROM S.t) s

 SELECT x."Id", (x.*)::public."Users" AS r FROM public."Users" x, public.v WHERE (v."Id" > 1)
 SELECT x.user_id AS id, (x.*)::S.people AS r FROM S.people x, S.v WHERE (v.view_id > 1)

 SELECT j."A" FROM (public.t t(x, y) JOIN ( SELECT 1 AS "A") j ON ((t.x = j."A")))
 SELECT j.a FROM (S.t t(x, y) JOIN ( SELECT 1 AS "A") j ON ((t.x = j.a)))

 SELECT relname FROM pg_class WHERE (relname = 'public."Users"'::regclass::text)
 SELECT relname FROM pg_class WHERE (relname = 'S.people'::regclass::text)
"""


@pytest.mark.parametrize("pair", OVERRIDDEN.strip("\n").split("\n\n"))
def test_columns_in_a_query_are_those_of_their_relations(pair: str) -> None:
    text, target = pair.splitlines()
    found = names_of(NamingRules(overrides=OVERRIDES)).expression(text, schema="public", wrapper=QUERY)
    assert found == target.replace("S.", "dw__shopdb__public.").replace('AS "A"', "AS a")


def test_a_column_that_joins_must_keep_one_name() -> None:
    text = " SELECT a FROM (public.t JOIN public.u USING (a))"
    assert names_of().expression(text, wrapper=QUERY) == text.replace("public", "dw__shopdb__public")
    with pytest.raises(Unsupported, match=r"USING \(a\) joins by a column that gets another name"):
        names_of(NamingRules(overrides=OVERRIDES)).expression(text, wrapper=QUERY)


def test_two_aliases_that_become_one_are_refused() -> None:
    with pytest.raises(Unsupported, match="get one name"):
        names_of().expression(' SELECT 1 FROM public.t "A", public.t a', wrapper=QUERY)


def test_a_query_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(Unsupported, match="nested too deeply"):
        names_of().expression(_nested(10_000), wrapper=QUERY)


def test_a_query_that_is_nested_deeply_is_renamed_or_refused() -> None:
    """Pythons differ in how deeply they nest: what the oldest refuses, the newest reads."""
    try:
        renamed = names_of().expression(_nested(900), wrapper=QUERY)
    except Unsupported as refused:
        renamed = str(refused).rpartition(": ")[2]
    assert renamed in {_nested(900).replace("public", "dw__shopdb__public"), "it is nested too deeply"}


def _nested(depth: int) -> str:
    return f" SELECT {'(' * depth}1{' + 1)' * depth} FROM public.t"


def test_bare_columns_are_told_from_functions_types_and_keywords() -> None:
    names = names_of(NamingRules(replace=(Replacement("^(date|lower|tbl|value)$", "x"), Replacement("^tbl", ""))))
    text = "((date(date) = lower(lower)) AND (tbla = 'tbla'::tbla) AND (value = ANY (ARRAY[1])) AND tbl.*)"
    renamed = "((date(x) = lower(x)) AND (a = 'tbla'::tbla) AND (x = ANY (ARRAY[1])) AND x.*)"
    assert names.expression(text, schema="public", relation="tbl") == renamed


def test_an_override_of_a_column_counts_for_its_relation_alone() -> None:
    overrides = {"ShopDB.public.a.id": "key", "ShopDB.public.b.id": "other", "ShopDB.public.b": "c"}
    names = names_of(NamingRules(overrides=overrides))
    assert names.expression("(id > 0)", schema="public", relation="a") == "(key > 0)"
    assert names.expression("(id > 0)", schema="public", relation="b") == "(other > 0)"
    key = "FOREIGN KEY (id) REFERENCES public.b(id)"
    renamed = "FOREIGN KEY (key) REFERENCES dw__shopdb__public.c(other)"
    assert names.expression(key, schema="public", relation="a", wrapper=CONSTRAINT) == renamed


def test_a_text_without_a_name_that_could_change_is_not_parsed() -> None:
    rules = NamingRules(replace=(Replacement("^tbl", ""),))
    unreadable = "not SQL at all ("
    assert names_of().expression(unreadable) == unreadable
    known = names_of(rules, columns={("public", "a"): ["id", "tblUpper"], ("public", "b"): ["tblid"]})
    assert known.expression(unreadable, schema="public", relation="a") == unreadable
    with pytest.raises(Unsupported):
        known.expression(unreadable, schema="public", relation="b")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('("A', "unterminated"),
        ('"A" +', "syntax error"),
        ('"A"); DROP TABLE x; SELECT (1', "more than one expression"),
        ('"A"), ("B"', "more than one expression"),
        ('"A" -- ', "syntax error"),
        ('other."A"', "other is not the relation"),
        ('a.b."C"(1)', "a.b.C has too many parts"),
        ("'{public.a,public.b}'::regclass[]", "names in"),
        ("E'public.\"A\\\\\"'::regclass", "names in"),
        ('U&"A"', "not where they are said to be"),
    ],
)
def test_a_text_that_cannot_be_told_apart_is_refused_by_name(text: str, reason: str) -> None:
    with pytest.raises(Unsupported, match=reason) as refusal:
        names_of().expression(text, schema="public", relation="Order")
    assert "ShopDB.public.Order" in str(refusal.value)
    assert repr(text) in str(refusal.value)


def test_a_column_of_no_relation_is_refused() -> None:
    with pytest.raises(Unsupported, match="no relation"):
        names_of().expression('("A" > 0)')
    with pytest.raises(Unsupported, match="no schema"):
        names_of().expression("nextval(('a_seq'::text)::regclass)")


def test_deep_nesting_is_read() -> None:
    text = "(" * 400 + '"A"' + ' || "B")' * 400
    assert names_of().expression(text, schema="public", relation="x") == text.replace('"', "").lower()


def test_threads_read_at_once() -> None:
    texts = [f'("Column {number}" > {number})' for number in range(2_000)]
    names = names_of()

    def read(text: str) -> str:
        return names.expression(text, schema="public", relation="x")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, texts)) == [text.lower() for text in texts]


def test_the_parser_is_not_loaded_before_it_is_needed() -> None:
    program = """
        import sys
        from dw_migration.naming import Names, NamingRules
        Names(NamingRules(), source="a", database="b").expression("(a > 0)", schema="c", relation="d")
        sys.exit("postgast" in sys.modules)
    """
    subprocess.run([sys.executable, "-c", dedent(program)], check=True)


# --- Hostile names ---------------------------------------------------------------------------------------------------

HOSTILE = [
    *('"', '""', "'", "a.b", "a b", "%", "%s", "%(x)s", ":x", "$1", "$$", "$a$", "\\", "\\'", "\n", "\r", "\t", ";"),
    *("--", "/*", "*/", "{}", "{x}", "${x}", "select", "Select", "value", "VALUE", "old", "new", "date", "user", "é"),
    *("É", "e\u0301", "E\u0301", "😀", "\u202e", "\u200b", "\u2028", "İ", "ß", "ẞ", "pg_X", "tableoid", "Ctid"),
    *("tbl", "tblX", "A" * 63, "Ä" * 31, "U&", "E'", ")", "(", "[", ",", "=>", "VALUE OF", "nextval", "__", "1"),
]
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
NAMES = st.sampled_from(HOSTILE) | st.text(LETTERS, min_size=1, max_size=15)
LITERALS = st.lists(st.sampled_from(HOSTILE) | st.text(LETTERS), max_size=4).map(" ".join).map(quoted_literal)
RULES = st.sampled_from(
    [NamingRules(case=case, replace=some) for case in ("lower", "snake", "preserve")
     for some in ((), (Replacement("^tbl", "x"),))]
)  # fmt: skip


def meaning(text: str) -> list[str]:
    """The tokens, with names as they are meant and all else as it is written."""
    encoded = text.encode()
    tokens = [encoded[token.start : token.end].decode() for token in postgast.scan(text).tokens]
    return [token[1:-1].replace('""', '"') if token[0] == '"' else token for token in tokens]


@settings(deadline=None, max_examples=300)
@given(rules=RULES, drawn=st.tuples(*[NAMES] * 5), literals=st.tuples(LITERALS, LITERALS))
def test_hostile_names_and_literals_survive(
    rules: NamingRules, drawn: tuple[str, ...], literals: tuple[str, str]
) -> None:
    """An expression is built twice, from old and from new names; the new one is what the old one is rewritten to."""
    schema, relation, column, other, function = drawn
    names = names_of(rules)

    def built(own: Callable[[str], str], row: str, home: str, call: str) -> str:
        inside = quoted_literal(f"{home}.{call}")
        return (
            f"(({own(column)} > {literals[0]}) AND {home}.{call}({own(other)}, {inside}::regclass, {row}.*)"
            f" AND ({literals[1]} = ANY (ARRAY[{own(column)}, {row}.{own(other)}]))"
            f" AND (({own(column)})::{home}.{call} OPERATOR({home}.=) {literals[0]}::{home}.{call}))"
        )

    def new(name: str) -> str:
        return quoted(names.member(schema, relation, name))

    text = built(quoted, quoted(relation), quoted(schema), quoted(function))
    homes = tuple(map(quoted, names.qualified(schema, function, Space.ROUTINE)))
    expected = built(new, quoted(names.name(schema, relation, Space.RELATION)), *homes)
    actual = names.expression(text, schema=schema, relation=relation)
    assert meaning(actual) == meaning(expected)
    index = f"USING btree ({quoted(column)}, (({text}))) INCLUDE ({quoted(other)}) WHERE {text}"
    renamed = f"USING btree ({new(column)}, (({expected}))) INCLUDE ({new(other)}) WHERE {expected}"
    assert meaning(names.expression(index, schema=schema, relation=relation, wrapper=INDEX)) == meaning(renamed)


@settings(deadline=None)
@given(rules=RULES, schema=NAMES, name=NAMES)
def test_hostile_types_survive(rules: NamingRules, schema: str, name: str) -> None:
    names = names_of(rules)
    target = ".".join(map(quoted, names.qualified(schema, name, Space.TYPE)))
    assert names.type(f"{quoted(schema)}.{quoted(name)}(3)[]") == f"{target}(3)[]"


# --- Faults ----------------------------------------------------------------------------------------------------------

TABLES = ("relation", "dw__shopdb__public")


def table(name: str, target: str) -> Renaming:
    return Renaming("table", TABLES, source_path("ShopDB", "public", name), target)


def test_two_names_that_become_one_are_a_fault_with_its_remedy() -> None:
    (fault,) = name_faults([table("Order", "order"), table("ORDER", "order"), table("orders", "orders")])
    assert fault == (
        "table ShopDB.public.ORDER would be called order in dw__shopdb__public, but so is ShopDB.public.Order:"
        ' naming.overrides: {"ShopDB.public.ORDER": order_2}'
    )


def test_the_same_name_elsewhere_is_no_fault() -> None:
    columns = [Renaming("column", ("column", "s", table), f"d.s.{table}.Id", "id") for table in "ab"]
    assert name_faults([table("Id", "id"), *columns, Renaming("enum", ("type", "s"), "d.s.Id", "id")]) == ()


def test_a_proposed_name_is_free_and_one_remedy_serves_a_table_and_its_row_type() -> None:
    clash = [table("Order", "order"), table("ORDER", "order"), table("oRDER", "order"), table("order_2", "order_2")]
    types = [Renaming("type", ("type", "s"), each.source_path, each.target) for each in clash]
    faults = name_faults([*clash, *types, Renaming("enum", ("type", "s"), "ShopDB.public.Order_3", "order_3")])
    assert [fault.rpartition(": ")[2] for fault in faults] == ["order_4}", "order_5}"]


def test_equal_to_the_eye_is_not_equal() -> None:
    assert name_faults([table("É", "é"), table("E\u0301", "e\u0301")]) == ()


def test_names_that_cannot_be_are_faults() -> None:
    cannot = [
        table("x", "ä" * 32),
        table("tbl", ""),
        Renaming("schema", ("schema",), "ShopDB.Pg_x", "pg_x"),
        Renaming("schema", ("schema",), "ShopDB.DW_Migration", "dw_migration"),
        Renaming("column", ("column", "s", "t"), "ShopDB.s.t.CTID", "ctid"),
    ]
    assert [fault.partition(", but ")[2] for fault in name_faults(cannot)] == [
        'PostgreSQL gives every table one of that name: naming.overrides: {"ShopDB.s.t.CTID": source_ctid}',
        'a name cannot be empty: naming.overrides: {"ShopDB.public.tbl": "table"}',
        f'it has 64 bytes, of which 63 fit: naming.overrides: {{"ShopDB.public.x": "{"ä" * 31}"}}',
        'it is reserved: naming.overrides: {"ShopDB.DW_Migration": dw__dw_migration}',
        'it is reserved: naming.overrides: {"ShopDB.Pg_x": dw__pg_x}',
    ]


def test_sixty_three_bytes_fit() -> None:
    assert name_faults([table("x", "ä" * 31 + "a")]) == ()


@settings(deadline=None)
@given(st.sets(NAMES | st.sampled_from(["X" * 63, "x" * 63, "Ä" * 31 + "X", "ä" * 31 + "x"]), min_size=1), RULES)
def test_the_remedies_of_all_faults_settle_them(sources: set[str], rules: NamingRules) -> None:
    """Also: whatever the names hold, each remedy is one line of YAML."""
    faults = name_faults(renamings(sources, rules))
    overrides: dict[str, str] = {}
    for fault in faults:
        assert fault.isprintable()
        overrides |= yaml.safe_load(fault.partition("naming.overrides: ")[2])
    settled = NamingRules(case=rules.case, replace=rules.replace, overrides=overrides)
    assert name_faults(renamings(sources, settled)) == ()
    assert len(overrides) == len(faults)


def renamings(sources: set[str], rules: NamingRules) -> list[Renaming]:
    names = names_of(rules)
    return [
        Renaming("table", TABLES, source_path("ShopDB", "s", name), names.name("s", name, Space.RELATION))
        for name in sources
    ]


@settings(deadline=None)
@given(st.permutations([table("Order", "order"), table("ORDER", "order"), table("oRDER", "order"), table("x", "")]))
def test_faults_come_in_one_order(shuffled: list[Renaming]) -> None:
    assert name_faults(shuffled) == name_faults(reversed(shuffled))


# --- The judge: a server that renames --------------------------------------------------------------------------------

# Every text of a database, as PostgreSQL writes it: what it is, whose columns it names, its wrapper.
TEXTS = """
WITH own AS (SELECT c.*, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
             WHERE nspname !~ '^(pg_|information_schema)')
SELECT 'default ' || d.oid, nspname, relname, 'SELECT ({})', pg_get_expr(adbin, adrelid)
FROM pg_attrdef d JOIN own ON own.oid = adrelid
UNION ALL SELECT 'constraint ' || k.oid, nspname, relname, 'ALTER TABLE x ADD {}', pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN own ON own.oid = conrelid WHERE contype NOT IN ('t', 'n')
UNION ALL SELECT 'domain constraint ' || k.oid, '', '', 'ALTER DOMAIN x ADD {}', pg_get_constraintdef(k.oid)
FROM pg_constraint k WHERE contypid <> 0 AND contype = 'c' AND k.oid >= 16384
UNION ALL SELECT 'index ' || i.indexrelid, nspname, relname, 'CREATE INDEX ON x {}',
    substring(pg_get_indexdef(indexrelid) FROM ' (USING .*)')
FROM pg_index i JOIN own ON own.oid = indrelid
UNION ALL SELECT 'partition key ' || p.partrelid, nspname, relname, 'CREATE TABLE x (y int) PARTITION BY {}',
    pg_get_partkeydef(partrelid)
FROM pg_partitioned_table p JOIN own ON own.oid = partrelid
UNION ALL SELECT 'bound ' || oid, nspname, relname, 'CREATE TABLE x PARTITION OF y {}', pg_get_expr(relpartbound, oid)
FROM own WHERE relispartition AND relkind <> 'i' AND relkind <> 'I'
UNION ALL SELECT 'statistics ' || s.oid, nspname, relname, 'CREATE STATISTICS x ON {} FROM y',
    pg_get_statisticsobjdef_columns(s.oid)
FROM pg_statistic_ext s JOIN own ON own.oid = stxrelid
UNION ALL SELECT 'argument default ' || p.oid, '', '', 'SELECT {}', pg_get_expr(proargdefaults, 0)
FROM pg_proc p WHERE proargdefaults IS NOT NULL AND p.oid >= 16384
UNION ALL SELECT 'type ' || own.oid || ' ' || attnum, '', '', '', format_type(atttypid, atttypmod)
FROM pg_attribute a JOIN own ON own.oid = attrelid WHERE attnum > 0 AND NOT attisdropped
"""

# Every name of a database: what ALTER calls the object, the path of its name, and its identity where a path is none.
NAMED = """
WITH spaces AS (SELECT * FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'),
     members AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
     own AS (SELECT c.*, nspname FROM pg_class c JOIN spaces n ON n.oid = relnamespace
             WHERE ('pg_class'::regclass::oid, c.oid) NOT IN (SELECT * FROM members) AND relkind <> 't')
SELECT CASE relkind WHEN 'c' THEN 'TYPE ATTRIBUTE' ELSE 'TABLE COLUMN' END, ARRAY[nspname, relname, attname], ''
FROM own JOIN pg_attribute a ON attrelid = own.oid
WHERE attnum > 0 AND NOT attisdropped AND attinhcount = 0 AND relkind NOT IN ('i', 'I', 'S')
UNION ALL SELECT CASE relkind WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END, ARRAY[nspname, relname], '' FROM own
UNION ALL SELECT 'TYPE', ARRAY[nspname, typname], '' FROM pg_type t JOIN spaces n ON n.oid = typnamespace
WHERE typtype IN ('e', 'd', 'r') AND ('pg_type'::regclass::oid, t.oid) NOT IN (SELECT * FROM members)
UNION ALL SELECT 'COLLATION', ARRAY[nspname, collname], '' FROM pg_collation c JOIN spaces n ON n.oid = collnamespace
UNION ALL SELECT 'TEXT SEARCH CONFIGURATION', ARRAY[nspname, cfgname], '' FROM pg_ts_config c
JOIN spaces n ON n.oid = cfgnamespace
UNION ALL SELECT 'ROUTINE', ARRAY[nspname, proname], p.oid::regprocedure::text
FROM pg_proc p JOIN spaces n ON n.oid = pronamespace
WHERE ('pg_proc'::regclass::oid, p.oid) NOT IN (SELECT * FROM members)
ORDER BY 1, 2 DESC
"""

MIXED = r'''
CREATE SCHEMA "My Schema"; CREATE SCHEMA ext; CREATE EXTENSION IF NOT EXISTS btree_gist SCHEMA ext;
CREATE TYPE "My Schema"."Status" AS ENUM ('New', 'My "Old".one');
CREATE TYPE "My Schema"."Address" AS ("Street" text, zip text);
CREATE DOMAIN "My Schema"."Code" AS text CHECK (VALUE ~ '^[A-Z]."Code"');
CREATE COLLATION "My Schema"."Coll" (provider = libc, locale = 'C');
CREATE TEXT SEARCH CONFIGURATION "My Schema"."Cfg" (COPY = pg_catalog.simple);
CREATE SEQUENCE "My Schema"."It's ""Seq"".1";
CREATE FUNCTION "My Schema"."Twice"("Arg" int DEFAULT 1, s "My Schema"."Status" DEFAULT 'New') RETURNS int
    LANGUAGE sql IMMUTABLE AS 'SELECT 2 * $1';
CREATE FUNCTION "My Schema"."Same"("My Schema"."Status", "My Schema"."Status") RETURNS bool
    LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE OPERATOR "My Schema".=== (leftarg = "My Schema"."Status", rightarg = "My Schema"."Status",
    function = "My Schema"."Same");
CREATE TABLE "My Schema"."Order"(
    "Id" int DEFAULT nextval('"My Schema"."It''s ""Seq"".1"') PRIMARY KEY,
    "Näme ""ö""" varchar(20) COLLATE "My Schema"."Coll" NOT NULL UNIQUE,
    "left" text DEFAULT 'public."Order" :x %s {} \', date date DEFAULT '2000-01-01', "VALUES" int, value int,
    "Status" "My Schema"."Status" DEFAULT 'My "Old".one', "All" "My Schema"."Status"[], "Home" "My Schema"."Address",
    "Code" "My Schema"."Code",
    "Class" regclass DEFAULT '"My Schema"."Order"',
    "Proc" regprocedure DEFAULT '"My Schema"."Twice"(int, "My Schema"."Status")',
    "Op" regoperator DEFAULT '"My Schema".===("My Schema"."Status", "My Schema"."Status")',
    "Type" regtype DEFAULT '"My Schema"."Address"[]', "Space" regnamespace DEFAULT '"My Schema"',
    "Cfg" regconfig DEFAULT '"My Schema"."Cfg"', "Role" regrole,
    "Sum" int GENERATED ALWAYS AS ("My Schema"."Twice"("VALUES") + value) STORED,
    CHECK (date(date) = date AND "VALUES" > 0),
    CHECK ("Näme ""ö""" ~ '"VALUES"' AND substring("left" from 1 for 2) <> 'a.b'),
    CHECK ("Status" OPERATOR("My Schema".===) 'New' AND "My Schema"."Twice"("Arg" => "VALUES") > 0),
    CHECK (("Home")."Street" <> '' AND "All"[1] = 'New' AND "Order".* IS NOT NULL AND tableoid <> 0),
    CHECK (CASE "VALUES" WHEN 1 THEN extract(year from date) > 0 ELSE "left" COLLATE "My Schema"."Coll" < 'b' END),
    EXCLUDE USING gist ("Id" WITH =, int4range("VALUES", value) WITH &&) WHERE ("VALUES" > 0));
CREATE INDEX "IX Order" ON "My Schema"."Order"
    ("VALUES" DESC, lower("left" COLLATE "C"), ("Id" + value), "left" text_pattern_ops)
    INCLUDE ("Id", date) WHERE "Status" = 'New';
CREATE INDEX ON "My Schema"."Order" USING gist ("Id" ext.gist_int4_ops);
CREATE INDEX ON "My Schema"."Order" USING gin (to_tsvector('"My Schema"."Cfg"', "left")) WITH (fastupdate = off);
CREATE STATISTICS "My Schema"."Stat" ON "Id", "VALUES", (value + "Id") FROM "My Schema"."Order";
CREATE TABLE "My Schema"."Line"
    ("Order" int REFERENCES "My Schema"."Order" ("Id") ON DELETE SET NULL, "At" date, "X" int)
    PARTITION BY RANGE ("At", ("X" + 1));
CREATE TABLE "My Schema"."Line 1" PARTITION OF "My Schema"."Line"
    FOR VALUES FROM (MINVALUE, MINVALUE) TO ('2000-01-01', 1);
'''


def texts(connection: psycopg.Connection) -> dict[str, tuple[str, str, str, str]]:
    """Whose columns, wrapper and text, by what it is."""
    connection.execute("SET search_path = ''")
    return {row[0]: row[1:] for row in connection.execute(TEXTS) if row[4] is not None}


def rename_in_place(connection: psycopg.Connection, names: Names) -> None:
    """Gives every object its new name, as ALTER does it."""
    connection.execute("SET search_path = ''")
    named = connection.execute(NAMED).fetchall()
    for kind, path, routine in sorted(named, key=lambda row: (-len(row[1]), row[0] != "ROUTINE")):
        target = names.member(*path) if len(path) == 3 else names.name(*path, Space.RELATION)
        if target == path[-1]:
            continue
        thing, _, part = kind.partition(" ") if len(path) == 3 else (kind, "", "")
        place = sql.SQL(routine) if routine else sql.Identifier(*path[:2])
        member = sql.SQL(part) + sql.SQL(" ") + sql.Identifier(path[2]) if part else sql.SQL("")
        alter = sql.SQL("ALTER {} {} RENAME {} TO {}")
        connection.execute(alter.format(sql.SQL(thing), place, member, sql.Identifier(target)))
    rename_schemas(connection, names)


def rename_schemas(connection: psycopg.Connection, names: Names) -> None:
    query = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|ext$)'"
    for (schema,) in connection.execute(query).fetchall():
        target = sql.Identifier(names.schema(schema))
        connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(schema), target))


def members(connection: psycopg.Connection) -> dict[Place, str]:
    """The operator classes, functions, operators and types of extensions, which stay where they are."""
    query = """
        SELECT space, nspname, name FROM (
            SELECT 'other' AS space, opcname AS name, opcnamespace AS oid FROM pg_opclass
            UNION SELECT 'routine', proname, pronamespace FROM pg_proc
            UNION SELECT 'type', typname, typnamespace FROM pg_type
        ) m JOIN pg_namespace USING (oid) WHERE nspname = 'ext'
    """
    return {(Space(space), schema, name): schema for space, schema, name in connection.execute(query).fetchall()}


RENAMING = [
    NamingRules(),
    NamingRules(case="snake", replace=(Replacement("^(date|value|Stat)$", r"\1_1"),)),
    NamingRules(case="preserve", overrides={"ShopDB.My Schema.Order.VALUES": "Val ue", "ShopDB.My Schema.Twice": 't"'}),
]


@pytest.mark.parametrize("rules", RENAMING, ids=["lower", "snake", "overrides"])
def test_texts_become_what_the_server_writes_after_renaming(
    rules: NamingRules,
    any_server: Server,
    database: MakesDatabase,
    connect: Callable[[str], psycopg.Connection],
) -> None:
    """Byte for byte: PostgreSQL renames the objects in place, and writes its texts again."""
    connection = connect(database(server=any_server))
    connection.execute(MIXED)
    names = names_of(rules, foreign=members(connection))
    before = texts(connection)
    rename_in_place(connection, names)
    after = {what: row[3] for what, row in texts(connection).items()}
    assert {what: renamed(names, row) for what, row in before.items()} == after


def renamed(names: Names, row: tuple[str, str, str, str]) -> str:
    schema, relation, wrapper, text = row
    return names.expression(text, schema=schema, relation=relation, wrapper=wrapper) if wrapper else names.type(text)


def test_columns_of_a_partition_are_named_as_those_of_the_whole() -> None:
    """Its constraints have names of their own."""
    rules = NamingRules(overrides={"shop.public.orders.At": "ordered_at", "shop.public.part.At": "own"})
    names = Names(rules, source="shop", database="shop", roots={("public", "part"): ("public", "orders")})
    assert names.member("public", "part", "At") == "ordered_at"
    assert names.constraint("public", "part", "At") == "own"
    assert names.expression('("At" > 0)', schema="public", relation="part") == "(ordered_at > 0)"


def test_bounds_and_keys_of_partitions_are_rewritten() -> None:
    names = Names(NamingRules(), source="shop", database="shop")
    of_whole = {"schema": "public", "relation": "Orders"}
    key = names.expression(
        'RANGE ("At", lower("Name") COLLATE public."My", (("Id" % 10)))',
        **of_whole,
        wrapper="CREATE TABLE x (y int) PARTITION BY {}",
    )
    assert key == "RANGE (at, lower(name) COLLATE dw__shop__public.my, ((id % 10)))"
    bound = "FOR VALUES FROM ('2024-01-01', MINVALUE, 'A\"b') TO (MAXVALUE, MAXVALUE, MAXVALUE)"
    assert names.expression(bound, **of_whole, wrapper="CREATE TABLE x PARTITION OF y {}") == bound
