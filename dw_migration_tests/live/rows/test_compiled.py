"""What was compiled from a person's decisions is copied, hashed on both sides, and found equal."""

import pytest

from dw_migration.live.rows.shapes import read_shape
from dw_migration.resolutions.comparing import compare
from dw_migration.resolutions.compiled import TablePlan
from dw_migration.resolutions.compiling import Entries, compile_table
from dw_migration.resolutions.resolution import Action, LookupTable, Resolution
from dw_migration_tests.live.rows.ground import Ground

OLD = """
CREATE TYPE public.mood AS ENUM ('sad', 'a "b"');
CREATE TABLE public.t (
    id int PRIMARY KEY, cut varchar(9), filled varchar(9), "short%s" text, money_ numeric, price numeric(9,2),
    mood public.mood, moods public.mood[], j json, p point, b bit varying(9), status text, kind text, far text,
    at timestamp, flag boolean, list int[]);
INSERT INTO public.t
SELECT n, 'ab  ' || repeat(' ', n % 3), 'ab ', 'it''s' || n, n / 3.0, n / 4.0, 'a "b"', '{sad,NULL}',
       '{"b": 1,"a":2}', point(n, 1), '101', CASE WHEN n % 3 > 0 THEN 's' || n % 3 END, 'k' || n % 5, 'f' || n % 7,
       '2024-02-29 01:02:03.456789', n % 2 = 0, ARRAY[n, NULL]
  FROM generate_series(1, 500) n;
INSERT INTO public.t (id) VALUES (501);
"""
NEW = """
CREATE TYPE public.mood AS ENUM ('a "b"', 'sad');
CREATE DOMAIN public.price AS numeric(8,1); CREATE DOMAIN public.short AS varchar(9);
CREATE TABLE public.far (name text, id int);
INSERT INTO public.far SELECT 'f' || n, n FROM generate_series(0, 6) n;
CREATE TABLE public.t (
    id bigint PRIMARY KEY, cut varchar(4), filled char(5), "short%s" public.short, money_ numeric(7,2),
    price public.price, mood public.mood, moods public.mood[], j jsonb, p point, b bit varying(3), status smallint,
    kind varchar(3), far int, at timestamptz, flag text, list bigint[], made text NOT NULL, due date NOT NULL);
"""
SHOWN = """
SELECT cut, filled, "short%s", money_::text, price::text, mood, moods::text, j::text, b::text, status, kind, far,
       at::timestamp::text, flag, list::text, made, due::text
  FROM public.t WHERE id = 8
"""
FAR = LookupTable(table="far", key_column="name", value_column="id")


def rename(name: str) -> Resolution:
    return Resolution(action=Action.RENAME, old_column=name, new_column=name)


def plan(ground: Ground, kinds: int) -> TablePlan:
    sides = [(ground.source, "sources.shop"), (ground.target, "target")]
    old, new = (read_shape(session, where, ["public"]) for session, where in sides)
    (pair,) = compare(old, new, tables=["t"]).pairs
    mapping = {f"k{n}": f"K{n}" for n in range(kinds)}
    resolutions = (
        *map(rename, ("cut", "filled", "short%s", "money_", "price", "b", "j")),
        Resolution(
            action=Action.TRANSFORM, old_column="status", new_column="status", value_mapping={"s1": "1", "s2": "2"}
        ),
        Resolution(action=Action.TRANSFORM, old_column="kind", new_column="kind", value_mapping=mapping),
        Resolution(action=Action.TRANSFORM, old_column="far", new_column="far", lookup_table=FAR),
        Resolution(action=Action.EXPRESSION, new_column="made", expression="pg_catalog.concat(o.id, '%', status)"),
        Resolution(action=Action.DEFAULT, new_column="due", default_value="2024-02-29"),
    )
    entries: Entries = tuple((f"f{n}", str(n)) for n in range(7))
    return compile_table(pair, resolutions, lookups={FAR.located("public"): entries} if kinds > 5 else {})


@pytest.mark.parametrize("kinds", [5, 60], ids=["cases, staged lookup", "joins"])
def test_rows_arrive_as_they_were_decided(from_any: Ground, kinds: int) -> None:
    for session, text in ((from_any.source, OLD), (from_any.target, NEW)):
        session.execute(text.encode())
        session.execute("SET search_path = ''")
    compiled = plan(from_any, kinds)
    assert [each.new for each in compiled.key] == ["id"]
    copied = from_any.copy(compiled, batch=100)
    assert copied.error is None
    shown = (
        'SELECT cut, filled, "short%s", money_::text, price::text, mood, moods::text, j::text, b::text, status, kind'
    )
    (row,) = from_any.rows(
        f"{shown}, far, at::timestamp::text, flag, list::text, made, due::text FROM public.t WHERE id = 8"
    )
    assert row == (
        *("ab  ", "ab   ", "it's8", "2.67", "2.0", 'a "b"', "{sad,NULL}", '{"a": 2, "b": 1}', "101", 2, "K3", 1),
        *("2024-02-29 01:02:03.456789", "true", "{8,NULL}", "8%s2", "2024-02-29"),
    )
    assert from_any.rows("SELECT count(*), count(status), count(far) FROM public.t") == [(501, 334, 500)]


def test_a_value_that_is_cut_nowhere_is_a_reject(ground: Ground) -> None:
    for session, text in ((ground.source, OLD), (ground.target, NEW)):
        session.execute(text.encode())
        session.execute("SET search_path = ''")
    ground.source.execute("UPDATE public.t SET cut = 'abcde' WHERE id = 7")
    ground.source.execute("UPDATE public.t SET kind = 'new' WHERE id = 8")
    copied = ground.copy(plan(ground, 5), batch=100)
    assert copied.error is None
    assert ground.rows("SELECT count(*) FROM public.t") == [(499,)]
    assert ground.rows("SELECT key, column_name, sqlstate FROM dw_migration.reject ORDER BY key") == [
        ('["7"]', "cut", "22001"),
        ('["8"]', None, "22P02"),
    ]
