"""Names in double braces are filled in wherever they stand, and a fault is told with its place in the file."""

import pytest

from dw_migration.sqlfiles.fault import Place, SqlFault
from dw_migration.sqlfiles.template import Names, fill

NAMES = Names(
    "auth",
    {"role": "reader", "many": "1;\nSELECT 2"},
    {"shop": {"public": "dw__shop__public"}, "tenants.a": {"public": 'dw__"a'}},
)


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("SELECT * FROM {{tables.users}}", 'SELECT * FROM "auth"."users"'),
        ('{{ tables.Us"er }}', '"auth"."Us""er"'),
        ("'{{tables.users}}'::regclass", '\'"auth"."users"\'::regclass'),
        ("$$ {{tables.users}} $$ -- {{schema}}", '$$ "auth"."users" $$ -- "auth"'),
        ("{{source.shop.public}}.orders", '"dw__shop__public".orders'),
        ("{{source.tenants.a.public}}.orders", '"dw__""a".orders'),
        ("GRANT SELECT TO {{var.role}}", "GRANT SELECT TO reader"),
        ("'{{{{x}}'", "'{{x}}'"),
        ('\'{"a": {"b": 1}}\'', '\'{"a": {"b": 1}}\''),
    ],
)
def test_names_are_filled_in(written: str, filled: str) -> None:
    assert fill(written, NAMES).text == filled


def test_a_module_without_a_schema_has_bare_names() -> None:
    assert fill("{{tables.users}}", Names()).text == '"users"'


def test_the_data_of_copy_stays() -> None:
    written = "copy {{tables.t}} from stdin;\n{{tables.t}} {{\n\\.\nselect '{{schema}}'"
    assert fill(written, NAMES).text == 'copy "auth"."t" from stdin;\n{{tables.t}} {{\n\\.\nselect \'"auth"\''


@pytest.mark.parametrize(
    ("written", "place", "message"),
    [
        ("SELECT {{", "1:8", "these braces do not end"),
        ("SELECT 1;\n  {{tabels.x}}", "2:3", "expected tables.NAME"),
        ("{{var.rol}}", "1:1", r"set sql.vars.rol: did you mean role\?"),
        ("\n\n{{source.shp.public}}", "3:1", r"did you mean shop\.public\?"),
        ("{{source.shop.sales}}", "1:1", "is no schema of a source that the target has"),
        ("{{}}", "1:1", "is unknown"),
    ],
)
def test_an_unknown_name_is_told_with_its_place(written: str, place: str, message: str) -> None:
    with pytest.raises(SqlFault, match=message) as caught:
        fill(written, NAMES)
    assert str(Place.of(written, caught.value.offset)) == place


def test_a_module_without_a_schema_cannot_name_it() -> None:
    with pytest.raises(SqlFault, match="the module has no schema"):
        fill("{{schema}}", Names())


def test_statements_know_where_they_stand_in_the_file() -> None:
    written = "SELECT {{var.many}};\n-- x\nSELECT '{{tables.a_long_name}}'; SELECT 3;\n"
    filled = fill(written, NAMES)
    places = [str(Place.of(written, filled.origin(each.offset))) for each in filled.statements()]
    assert places == ["1:1", "1:8", "3:1", "3:34"]
