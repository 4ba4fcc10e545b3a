"""What gets another name within the target, and that nothing else of its name gets it too."""

import pytest

from dw_migration.kind import Address
from dw_migration.naming import ARGUMENTS, QUERY, RESULT, ROUTINE, RULE, TRIGGER
from dw_migration.target_names import renamer

INDEX = "CREATE INDEX ON x USING {}"
KINDS = {
    "relation": Address("table", "s", name="x"),
    "sequence": Address("sequence", "s", name="x"),
    "type": Address("domain", "s", name="x"),
    "collation": Address("collation", "s", name="x"),
    "dictionary": Address("text search dictionary", "s", name="x"),
    "configuration": Address("text search configuration", "s", name="x"),
    "statistics": Address("statistics", "s", name="x"),
}
"""Besides routines."""
SPACES = [*KINDS, "routine"]
TEXTS = [
    ("SELECT ({})", "((a COLLATE {collation}) > {routine}(b, NULL::{type}))"),
    ("SELECT ({})", "nextval('{relation}'::regclass) + ('{type}'::regtype)::oid + ('{collation}'::regcollation)::oid"),
    ("SELECT ({})", "to_tsvector('{configuration}'::regconfig, (ts_lexize('{dictionary}'::regdictionary, a))[1])"),
    ("SELECT ({})", "('{routine}'::regproc)::oid = ('{routine}({type}, {type}[])'::regprocedure)::oid"),
    ("SELECT ({})", "(EXISTS ( SELECT 1 FROM {relation} WHERE ((NULL::{type})[1] = {routine}(1))))"),
    ("SELECT ({})", "XMLSERIALIZE(CONTENT a AS {type})"),
    (INDEX, "gin (a COLLATE {collation} s.x, ((b)::{type}) s.x) WHERE {routine}(a)"),
    (
        QUERY,
        "SELECT a.b, {relation_alone}.c, {relation_alone}.* FROM {relation}, {routine}(1) a(b {type}), {relation} d"
        " JOIN ONLY {relation} e ON (d.c = (e.c COLLATE {collation}))",
    ),
    (QUERY, "WITH w AS (SELECT 1 FROM {relation}) SELECT * FROM w UNION SELECT (ROW(1)::{type}).a FROM {relation}"),
    (RULE, " ON INSERT TO {relation} DO INSTEAD INSERT INTO {relation} (a) VALUES (new.a) RETURNING a"),
    (RULE, " ON DELETE TO {relation} DO (UPDATE {relation} SET a = 1; DELETE FROM {relation} USING {relation} y)"),
    (TRIGGER, " AFTER UPDATE OF a ON {relation} FOR EACH ROW EXECUTE FUNCTION {routine}()"),
    (TRIGGER, " AFTER INSERT ON {relation} REFERENCING NEW TABLE AS n EXECUTE FUNCTION {routine}()"),
    (ARGUMENTS, "{type}, VARIADIC a {type}[] DEFAULT NULL::{type}[]"),
    (RESULT, "SETOF {type}"),
    (RESULT, "TABLE(a {type}, b {type}[])"),
    (
        ROUTINE,
        "(a {type})\n RETURNS {type}\n LANGUAGE sql\n SUPPORT {routine}\nBEGIN ATOMIC\n"
        " MERGE INTO {relation} USING {relation} y ON true WHEN MATCHED THEN DO NOTHING;\n SELECT {routine}(a);\nEND",
    ),
]
"""Wrappers and texts; what stands in braces tells which of all those that are called `s.x`."""


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize(("wrapper", "text"), TEXTS)
def test_a_new_name_is_given_only_to_its_own(space: str, wrapper: str, text: str) -> None:
    names = renamer(
        {KINDS[space]: "y_"} if space in KINDS else {}, routines={("s", "x"): "y_"} if space == "routine" else {}
    )
    new = {each: "s.y_" if each == space else "s.x" for each in SPACES}
    new["relation"] = "s.y_" if space in {"relation", "sequence"} else "s.x"
    new["type"] = "s.y_" if space in {"relation", "type"} else "s.x"
    old = dict.fromkeys(SPACES, "s.x")
    before = text.format(**old, relation_alone="x")
    expected = text.format(**new, relation_alone=new["relation"][2:])
    assert names.expression(before, schema="s", relation="t", wrapper=wrapper) == expected
