"""A text is cut where psql would cut it, and PostgreSQL's own parser agrees."""

import re

import postgast
import pytest

from dw_migration.sqlfiles.fault import SqlFault
from dw_migration.sqlfiles.statements import sections, split, unwrapped

TRICKY = r"""
create rule r as on insert to t do also (insert into a values (1); insert into b values (2));
create function f() returns int language sql begin atomic select 1; select case when true then 2 end; end;
CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC insert into x values (';'); END;
create function g() returns int language plpgsql as $body$ begin return 1; end $body$;
create function h() returns text language sql as 'select ''a;b''; select 1';
/* a; /* nested; */ still; */ select ';', $$ ; $$, $tag$ ; $$ ; $tag$, e'\';\\', U&"a;b", "quo""ted;", E'x''y;';
-- a comment; with a semicolon
select a$b$c from t; select 1 as "begin"; begin; select 2; end;
insert into t select begin, "end" from x;
select $1; select '' , ''''; ;;
do $$ begin perform 1; commit; end $$;
select 3
"""


def test_statements_end_where_postgresql_ends_them() -> None:
    mine = [each.text for each in split(TRICKY)]
    theirs = postgast.split(TRICKY, method="parser")
    assert [_bare(each) for each in mine] == [_bare(each) for each in theirs]


def _bare(text: str) -> str:
    return re.sub(r"\A(\s|--[^\n]*|/\*.*\*/)*", "", text).strip()


def test_the_data_of_copy_is_cut_out() -> None:
    text = "COPY t (a, b) FROM stdin WITH (FORMAT csv);\n1,'x;\n--2\n\\N,$$\n\\.\nselect 1;"
    copy, other = split(text)
    assert copy.text == "COPY t (a, b) FROM stdin WITH (FORMAT csv)"
    assert copy.data == "1,'x;\n--2\n\\N,$$\n"
    assert (other.text, other.data) == ("select 1", None)


def test_windows_line_ends_are_as_good() -> None:
    copy, other = split("COPY t FROM stdin;\r\n1\r\n\\.\r\nselect 1;\r\n")
    assert (copy.data, other.text) == ("1\r\n", "select 1")


def test_what_pg_dump_writes_for_psql_is_passed_over() -> None:
    assert [each.text for each in split("\\restrict aBc\n\nSELECT 1;\n\n\\unrestrict aBc\n")] == ["SELECT 1"]


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("select 'abc''", 7, "this quote does not end"),
        ("select 1;\nselect $a$ x $$", 17, r"close it with \$a\$"),
        (" /* /* */", 1, "this comment does not end"),
        ('select "x', 7, "this quote does not end"),
        ("select e'a\\'", 7, "this quote does not end"),
        ("\\! rm -rf /", 0, r"\\! is a command of psql"),
        ("select 1; \\copy t from program 'x'", 10, r"\\copy is a command of psql"),
        ("copy t from stdin;\n1\n2", 18, "the data of this COPY does not end"),
        ("copy t from stdin; select 1;\n\\.\n", 18, "begin them on the next line"),
    ],
)
def test_what_does_not_end_and_what_is_psqls_is_told(text: str, offset: int, message: str) -> None:
    with pytest.raises(SqlFault, match=message) as caught:
        split(text)
    assert caught.value.offset == offset


def test_sections_are_comments_and_not_what_looks_like_them() -> None:
    text = "-- Migrate:UP transaction:false\nselect '\n-- migrate:down\n';\n-- migrate:down\nselect 2;\n"
    up, down = sections(text)
    assert (up.way, up.transactional, text[up.start : up.end].strip()) == ("up", False, "select '\n-- migrate:down\n';")
    assert (down.way, down.transactional, text[down.start : down.end].strip()) == ("down", True, "select 2;")


def test_a_section_ends_a_statement_without_its_semicolon() -> None:
    assert [each.text for each in split("select 1\n-- migrate:down\nselect 2")] == ["select 1", "select 2"]


@pytest.mark.parametrize(
    ("text", "count", "is_wrapped"),
    [
        ("BEGIN; select 1; select 2; COMMIT;", 2, True),
        ("start transaction; select 1; end", 1, True),
        ("BEGIN; COMMIT", 0, True),
        ("BEGIN; select 1;", 2, False),
        ("BEGIN; select 1; COMMIT AND CHAIN", 3, False),
        ("BEGIN; select 1; COMMIT PREPARED 'x'", 3, False),
        ("select 1; select 2", 2, False),
    ],
)
def test_a_begin_and_commit_around_everything_are_left_out(text: str, count: int, is_wrapped: bool) -> None:  # noqa: FBT001
    statements, found = unwrapped(split(text))
    assert (len(statements), found) == (count, is_wrapped)


@pytest.mark.parametrize(
    "text",
    [
        *("BEGIN", "commit", "ROLLBACK TO s", "savepoint s", "release s", "START TRANSACTION", "end", "abort"),
        *(
            "PREPARE TRANSACTION 'x'",
            "set transaction read only",
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        ),
    ],
)
def test_what_is_about_the_transaction_is_known(text: str) -> None:
    assert split(text)[0].is_control


@pytest.mark.parametrize(
    "text", ["prepare p as select 1", "set search_path = x", "set session foo.bar = 1", "select 1"]
)
def test_what_is_not_is_not(text: str) -> None:
    assert not split(text)[0].is_control


def test_many_statements_are_cut_in_one_pass() -> None:
    assert len(split("insert into t values (1, 'a', $$b$$);\n" * 20_000)) == 20_000
