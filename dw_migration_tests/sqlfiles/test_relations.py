"""Relations that statements name before they are made."""

import pytest

from dw_migration.sqlfiles.fault import Place
from dw_migration.sqlfiles.file import Script, Step
from dw_migration.sqlfiles.relations import mentions
from dw_migration.sqlfiles.statements import split


def named(*texts: str) -> list[str]:
    """What scripts of a module `m` name, that none of them makes before."""
    scripts = [
        (Script(str(number), tuple(Step(each.text, Place(1, 1)) for each in split(text)), True, None), "m")
        for number, text in enumerate(texts)
    ]
    return [str(each.relation) for each in mentions(scripts)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT FROM a, ONLY s.b JOIN c ON EXISTS (SELECT FROM d)", ["a", "s.b", "c", "d"]),
        ("WITH a AS (SELECT FROM x) SELECT FROM a", ["x"]),
        ("WITH RECURSIVE a AS (SELECT FROM a) SELECT FROM a", []),
        ("CREATE TABLE a (b integer REFERENCES c, LIKE d) INHERITS (e)", ["c", "d", "e"]),
        ("CREATE TABLE a PARTITION OF b DEFAULT", ["b"]),
        ("ALTER TABLE IF EXISTS a ADD b integer; DROP TABLE IF EXISTS c", []),
        ("INSERT INTO a SELECT FROM b; UPDATE c SET d = 1 FROM e; DELETE FROM f USING g", [*"abcefg"]),
        ("MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE; TRUNCATE c; LOCK TABLE d", [*"abcd"]),
        ("CREATE INDEX ON a (b); CREATE VIEW c AS SELECT FROM d; COPY e FROM '/f'", ["a", "d", "e"]),
        ("CREATE TABLE a (); INSERT INTO a SELECT FROM m.a; SELECT FROM n.a", ["n.a"]),
        ("CREATE TABLE a (b serial PRIMARY KEY); ALTER INDEX a_pkey RENAME TO c; ALTER INDEX c RENAME TO d", []),
        ("CREATE TEMPORARY TABLE a (); SELECT INTO b FROM a; SELECT FROM b", []),
        ("ALTER TABLE a RENAME TO b; SELECT FROM b", ["a"]),
        ("CREATE SCHEMA s CREATE TABLE a (b integer REFERENCES c); SELECT FROM s.a", []),
        ("CREATE RULE a AS ON INSERT TO b DO ALSO INSERT INTO c VALUES (NEW.d)", []),
        ("DO $$ BEGIN CREATE TABLE a (); END $$; SELECT FROM a, b", ["b"]),
        ("CREATE EXTENSION postgis; SELECT FROM spatial_ref_sys", []),
        ("SET search_path = elsewhere; SELECT FROM a, b.c", ["b.c"]),
        ("SELECT FROM a; SELECT FROM a", ["a"]),
        ("SELECT '{\"from\": 1}'; this is from no statement", []),
    ],
)
def test_what_must_be_there_before(text: str, expected: list[str]) -> None:
    assert named(text) == expected


def test_what_one_file_makes_the_next_may_name() -> None:
    assert named("CREATE TABLE a ()", "SELECT FROM a, b", "CREATE TABLE b (); SELECT FROM b") == ["b"]
