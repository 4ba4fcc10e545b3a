"""What becomes of values whose column gets another type."""

import pytest

from dw_migration.resolutions.comparison import What
from dw_migration.resolutions.conversions import conversion, conversion_of, limit_of
from dw_migration.resolutions.shape import ColumnShape
from dw_migration.rule import Severity

TRANSFORMABLE = {
    "smallint": ["integer", "bigint", "numeric", "real", "double precision", "text", "numeric(5,0)"],
    "integer": ["bigint", "numeric", "real", "double precision", "text", "numeric(12,2)"],
    "bigint": ["numeric", "text"],
    "real": ["double precision", "numeric", "text"],
    "character varying": ["text"],
    "character varying(20)": ["text", "character varying", "character varying(21)"],
    "date": ["timestamp without time zone", "timestamp with time zone", "text"],
    "boolean": ["text"],
    "numeric(10,2)": ["numeric", "numeric(12,2)", "numeric(12,4)"],
    "timestamp(3) without time zone": ["timestamp without time zone", "timestamp(6) without time zone"],
    "integer[]": ["bigint[]", "text[]"],
    "character varying(20)[]": ["text[]", "character varying(30)[]"],
}
BREAKING = {
    "integer": ["smallint", "boolean", "character varying(20)", "numeric(10,2)", "date", "uuid", "bigint[]"],
    "bigint": ["integer", "real", "double precision"],
    "double precision": ["real", "numeric", "text"],
    "real": ["integer", "numeric(10,2)"],
    "text": ["integer", "character varying(20)", "jsonb"],
    "character varying(20)": ["character varying(19)", "integer"],
    "character varying": ["character varying(20)"],
    "character(5)": ["text", "character varying(5)", "character(6)"],
    "numeric(10,2)": ["numeric(9,2)", "numeric(10,3)", "integer"],
    "numeric": ["numeric(10,2)"],
    "timestamp without time zone": ["date", "timestamp with time zone", "timestamp(3) without time zone"],
    "boolean": ["integer"],
    "json": ["jsonb"],
    "bit(3)": ["bit(4)"],
    "shop.mood": ["text"],
}


@pytest.mark.parametrize(("old", "new"), [(old, new) for old, those in TRANSFORMABLE.items() for new in those])
def test_types_whose_values_fit_are_converted(old: str, new: str) -> None:
    found = conversion(old, new)
    assert found
    assert found.severity is Severity.TRANSFORMABLE
    assert found.found == f"{old} becomes {new}"


@pytest.mark.parametrize(("old", "new"), [(old, new) for old, those in BREAKING.items() for new in those])
def test_of_all_others_a_person_decides(old: str, new: str) -> None:
    found = conversion(old, new)
    assert found
    assert found.severity is Severity.BREAKING


@pytest.mark.parametrize("same", sorted({*TRANSFORMABLE, *BREAKING, 'shop."My Type"[]'}))
def test_the_same_type_is_no_change(same: str) -> None:
    assert conversion(same, same) is None


def test_digits_may_be_lost_where_the_rows_decide() -> None:
    types = ("smallint", "integer", "bigint", "real", "double precision", "numeric", "text")
    loses = [(old, new) for old in types for new in types if (found := conversion(old, new)) and found.loses_digits]
    assert loses == [("integer", "real"), ("real", "numeric")]


def test_a_length_is_another_change_than_a_type() -> None:
    found = [conversion("character varying(20)", each) for each in ("character varying(9)", "text")]
    assert [each and each.what for each in found] == [What.LENGTH_CHANGED, What.TYPE_CHANGED]
    assert [limit_of(each) for each in ("character varying(9)", "character varying", "text", "numeric(3,1)")] == [
        9,
        None,
        None,
        None,
    ]


def enum(type_: str, *labels: str) -> ColumnShape:
    return ColumnShape("a", type_, 1, kind="e", labels=labels)


def test_an_enum_is_what_its_labels_are() -> None:
    old = enum("public.mood", "sad", "ok")
    assert conversion_of(old, enum("dw__shop__public.mood", "ok", "sad")) is None
    assert conversion_of(old, enum("public.feeling", "sad", "ok")) is None
    wider = conversion_of(old, enum("public.feeling", "sad", "ok", "glad"))
    assert wider
    assert wider.severity is Severity.TRANSFORMABLE
    narrower = conversion_of(old, enum("public.mood", "ok"))
    assert narrower
    assert (narrower.severity, narrower.found) == (
        Severity.BREAKING,
        "public.mood becomes public.mood, which lacks the labels sad",
    )


def domain(type_: str, base: str) -> ColumnShape:
    return ColumnShape("a", type_, 1, kind="d", base_type=base)


def test_a_domain_is_what_lies_under_it() -> None:
    old = domain("public.code", "character varying(7)")
    assert conversion_of(old, domain('dw__shop__public."Code"', "character varying(7)")) is None
    plain = conversion_of(old, ColumnShape("a", "character varying(7)", 1))
    assert plain
    assert plain.severity is Severity.TRANSFORMABLE
    narrower = conversion_of(old, domain("public.code", "character varying(6)"))
    assert narrower
    assert narrower.severity is Severity.BREAKING


def test_types_that_users_made_are_the_same_in_any_schema() -> None:
    for old, new in (("public.hstore", "ext.hstore"), ("public.mood[]", 'dw."Mood"[]')):
        assert conversion_of(ColumnShape("a", old, 1), ColumnShape("a", new, 1)) is None
    assert conversion_of(ColumnShape("a", "public.hstore", 1), ColumnShape("a", "public.citext", 1))
