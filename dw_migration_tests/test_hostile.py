"""Whatever the names and texts of a source hold comes over as it is, or is refused by name; nothing of it runs."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from dw_migration.errors import BadNames, DwMigrationError, SourceChanging
from dw_migration.live.connections import connect_source
from dw_migration.live.embedded import Server
from dw_migration.live.reader import Snapshot, read
from dw_migration.sql import quoted, quoted_literal
from dw_migration_tests.life import Stage

PAYLOADS = {
    "single quote": "a'b",
    "double quote": 'a"b',
    "both quotes": "'\"'\"",
    "statement": "'; DROP TABLE loot; --",
    "identifier statement": '"; DROP TABLE loot; --',
    "bracket": "x); DROP TABLE loot; --",
    "block comment": "/* x */ y",
    "open comment": "/*",
    "line comment": "-- x",
    "percent": "a%b",
    "percent s": "%s",
    "percent name": "%(x)s",
    "percent percent": "%%",
    "colon": ":name",
    "cast": "x::int",
    "backslash colon": "\\:x",
    "braces": "{}",
    "brace name": "{x}",
    "attribute of format": "{0.__class__}",
    "jinja": "{{ 7*7 }}",
    "jinja statement": "{% raw %}",
    "mako": "${7*7}",
    "mako block": "<% x %>",
    "newline": "a\nb",
    "carriage return": "a\rb",
    "both ends of line": "a\r\nb",
    "tab": "a\tb",
    "vertical tab": "a\vb",
    "escape": "a\x1b[31mb",
    "bell": "a\ab",
    "backslash": "a\\b",
    "backslash at end": "a\\",
    "backslash quote": "\\'",
    "dollar": "$$",
    "dollar tag": "$x$ y $x$",
    "parameter": "$1",
    "dot": "a.b",
    "dots": "..",
    "space": "a b",
    "spaces around": " a ",
    "keyword": "select",
    "reserved": "table",
    "type name": "int",
    "call": "a(b)",
    "array": "a[]",
    "digit first": "1a",
    "capitals": "CamelCase",
    "umlauts": "größe",
    "sharp s in capitals": "GRÖẞE",
    "dotted i": "İX",
    "decomposed": "a\u0308",
    "composed": "ä",
    "cyrillic": "таблица",
    "han": "表",
    "emoji": "😀",
    "right to left": "a\u202eb",
    "zero width": "a\u200bb",
    "line separator": "a\u2028b",
    "byte order mark": "\ufeffa",
    "no-break space": "a\u00a0b",
    "python": "x:0\n\"\"\"'''",
    "python call": "''';__import__('os').system('id');dict(#",
    "system column like": "ctid_",
    "our own aside": "t__dropped",
    "63 bytes": "a" * 63,
    "63 bytes of two": "é" * 31 + "a",
    "63 bytes of four": "😀" * 15 + "abc",
    "double underscore": "a__b",
    "regclass": "x'::regclass",
    "unicode escape": "U&'\\0061'",
    "csv": 'a,b"c',
    "xml": "<a href='x'>&amp;</a>",
}


LONG = 50
"""Bytes with which `dw__app__` before it no longer fits: that may be refused, by name."""


@pytest.fixture(scope="module")
def every_stage(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One pair of databases for all of these tests."""
    stage = Stage(server, server, tmp_path_factory.mktemp("hostile"))
    with stage.opened:
        stage.set_up()
        yield stage


@pytest.fixture
def stage(every_stage: Stage) -> Stage:
    """The pair, empty."""
    every_stage.reset()
    return every_stage


def everywhere(payload: str) -> list[str]:
    """Statements that put it into every name and every text there is."""
    name, text, other = quoted(payload), quoted_literal(payload), quoted_literal(payload + "!")
    of = f"{name}.{name}"
    return [
        f"CREATE SCHEMA {name}",
        f"CREATE TYPE {name}.e AS ENUM ({text}, 'other')",
        f"CREATE DOMAIN {name}.d AS text DEFAULT {text} CONSTRAINT {name} CHECK (VALUE <> {other})",
        f"CREATE SEQUENCE {name}.s",
        f"CREATE TABLE {of} ({name} text DEFAULT {text}, n int GENERATED ALWAYS AS IDENTITY, d {name}.d,"
        f" e {name}.e DEFAULT {text}, g text GENERATED ALWAYS AS ({name} || {text}) STORED,"
        f" q int DEFAULT nextval({regclass(payload, 's')}),"
        f" CONSTRAINT k PRIMARY KEY (n), CONSTRAINT {name} CHECK ({name} <> {other}))",
        f"CREATE TABLE {name}.r (r int REFERENCES {of} (n), {name} {name}.e[])",
        f"CREATE INDEX i ON {of} ({name}, (lower({name}))) WHERE {name} <> {text}",
        f"CREATE TABLE {name}.j (x int)",
        f"CREATE INDEX {quoted(payload[:1] + 'j')} ON {name}.j (x)",
        f"CREATE TYPE {quoted(payload[:1] + 'y')} AS ENUM ({text})",
        f"CREATE DOMAIN {quoted(payload[:1] + 'z')} AS {quoted(payload[:1] + 'y')} DEFAULT {text}",
        f"CREATE TABLE t (a {quoted(payload[:1] + 'z')})",
        f"COMMENT ON TABLE {of} IS {text}",
        f"COMMENT ON COLUMN {of}.{name} IS {text}",
        f"COMMENT ON CONSTRAINT {name} ON {of} IS {text}",
        f"COMMENT ON SCHEMA {name} IS {text}",
        f"COMMENT ON TYPE {name}.e IS {text}",
        f"COMMENT ON INDEX {name}.i IS {text}",
    ]


def regclass(schema: str, name: str) -> str:
    return quoted_literal(f"{quoted(schema)}.{quoted(name)}")


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_whatever_a_source_says_comes_over_as_it_is_or_is_refused_by_name(stage: Stage, payload: str) -> None:
    for statement in everywhere(payload):
        stage.app.execute(statement.encode())
    try:
        stage.forward()
    except BadNames:
        if len(payload.lower().encode()) > LONG:
            return
        raise
    schema = f"dw__app__{payload.lower()}"
    place = f"{quoted(schema)}.{quoted(payload.lower())}"
    stage.target.execute(f"INSERT INTO {place} DEFAULT VALUES".encode())
    stage.target.execute(
        f"INSERT INTO {quoted(schema)}.r VALUES (1, ARRAY[{quoted_literal(payload)}::{quoted(schema)}.e])".encode()
    )
    row = stage.target.execute(
        f"SELECT {quoted(payload.lower())}, n, d, e::text, g, q FROM {place}".encode()
    ).fetchone()
    assert row == (payload, 1, payload, payload, payload + payload, 1)
    described = stage.target.execute(
        "SELECT DISTINCT description FROM pg_description WHERE objoid >= 16384 AND description <> ''"
    )
    assert (payload,) in described.fetchall()


def in_code(payload: str) -> list[str]:
    """Statements that put it into views, types with parts, partitions, functions and what stands on those."""
    name, text, other = quoted(payload), quoted_literal(payload), quoted_literal(payload + "!")
    of, body = f"{name}.{name}", f"SELECT max({name}) || {text} FROM {name}.{name}"
    code = f"BEGIN NEW.{name} := {text} || TG_ARGV[0]; RETURN NEW; END"
    return [
        f"CREATE SCHEMA {name}",
        f'CREATE TYPE {name}.c AS ({name} text COLLATE "C", b int)',
        f"CREATE TYPE {name}.rng AS RANGE (subtype = float8, multirange_type_name = {name}.many)",
        f"CREATE TABLE {of} ({name} text, n int, c {name}.c, r {name}.rng, PRIMARY KEY ({name}))",
        f"CREATE TABLE {name}.child (more text DEFAULT {text}) INHERITS ({of})",
        f"CREATE TABLE {name}.p ({name} text, n int) PARTITION BY LIST ({name})",
        f"CREATE TABLE {name}.p1 PARTITION OF {name}.p FOR VALUES IN ({text})",
        f"CREATE STATISTICS {name}.st ON {name}, n, ({name} || {text}) FROM {of}",
        f"CREATE VIEW {name}.v WITH (security_barrier) AS"
        f" SELECT {name}, {text}::text AS b, (c).{name} AS d FROM {of} AS {name} WHERE {name} <> {other}",
        f"CREATE MATERIALIZED VIEW {name}.m AS WITH {name} AS (SELECT * FROM {name}.v) SELECT {name} FROM {name}",
        f"CREATE UNIQUE INDEX im ON {name}.m ({name}) WHERE {name} <> {text}",
        f"CREATE FUNCTION {of}({name} text DEFAULT {text}) RETURNS text LANGUAGE sql AS {quoted_literal(body)}",
        f"CREATE FUNCTION {name}.g(x {name}.c) RETURNS text LANGUAGE sql"
        f" BEGIN ATOMIC SELECT {text} || (x).{name} || {of}({text}); END",
        f"CREATE FUNCTION {name}.tf() RETURNS trigger LANGUAGE plpgsql AS {quoted_literal(code)}",
        f"CREATE AGGREGATE {name}.{quoted(payload[:1] + 'agg')} (text)"
        f" (sfunc = textcat, stype = text, initcond = {text})",
        f"CREATE TRIGGER {name} BEFORE INSERT ON {of} FOR EACH ROW WHEN (NEW.{name} = {text})"
        f" EXECUTE FUNCTION {name}.tf({text}, {other})",
        f"CREATE RULE {name} AS ON UPDATE TO {of} WHERE OLD.{name} = {text} DO INSTEAD NOTHING",
        f"CREATE POLICY {name} ON {of} USING ({name} <> {other})",
        f"ALTER TABLE {of} ENABLE ROW LEVEL SECURITY",
        f"COMMENT ON COLUMN {name}.c.{name} IS {text}",
        f"COMMENT ON VIEW {name}.v IS {text}",
        f"COMMENT ON COLUMN {name}.v.{name} IS {text}",
        f"COMMENT ON FUNCTION {name}.tf() IS {text}",
        f"COMMENT ON TRIGGER {name} ON {of} IS {text}",
        f"COMMENT ON RULE {name} ON {of} IS {text}",
        f"COMMENT ON POLICY {name} ON {of} IS {text}",
        f"COMMENT ON STATISTICS {name}.st IS {text}",
    ]


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_code_and_parts_come_over_as_they_are_or_are_refused_by_name(stage: Stage, payload: str) -> None:
    for statement in in_code(payload):
        stage.app.execute(statement.encode())
    stage.shape()
    try:
        step = stage.forward()
    except BadNames:
        if len(payload.lower().encode()) > LONG:
            return
        raise
    assert not step.desired.catalog.left_out
    assert stage.dump_of_target() == stage.dump_of_source(step.desired)
    new, schema = payload.lower(), f"dw__app__{payload.lower()}"
    name = quoted(new)
    stage.target.execute(f"INSERT INTO {quoted(schema)}.{name} VALUES ({quoted_literal(payload)})".encode())
    row = stage.target.execute(f"SELECT {name}, b FROM {quoted(schema)}.v".encode()).fetchone()
    assert row == (payload + payload, payload)
    (called,) = stage.target.execute(f"SELECT {quoted(schema)}.{name}()".encode()).fetchone() or ("",)
    assert called == payload + payload + payload
    stage.run(step.plan.down)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_what_gets_a_hostile_name_is_changed_under_it_and_back(stage: Stage, payload: str) -> None:
    stage.run_app("CREATE TABLE one (c text, d int); CREATE INDEX i ON one (c); CREATE TYPE e AS ENUM ('x')")
    stage.run_app("CREATE TABLE two (id int); CREATE TABLE three (id int)")
    stage.forward()
    before = stage.base
    name, text = quoted(payload), quoted_literal(payload)
    for statement in (
        f"ALTER TABLE one RENAME c TO {name}",
        f"ALTER TABLE one ALTER {name} SET DEFAULT {text}",
        f"ALTER TABLE one ADD CONSTRAINT {name} CHECK ({name} <> {quoted_literal(payload + '!')})",
        f"ALTER TABLE one RENAME TO {name}",
        f"ALTER TYPE e ADD VALUE {text}",
        f"COMMENT ON COLUMN {name}.{name} IS {text}",
        f"ALTER TABLE {name} ALTER d TYPE bigint",
    ):
        stage.app.execute(statement.encode())
    step = stage.forward()
    assert {each.action for each in step.difference.changes if each.kind in {"table", "column"}} == {"rename", "alter"}
    stage.run(step.plan.down)
    assert set(stage.given().objects) == set(before.given.objects)


@pytest.mark.parametrize(
    "names",
    [("Order", "order"), ("a" * 62 + "B", "a" * 62 + "b"), ("STRASSE", "strasse"), ("Ä", "ä")],
    ids=["case", "63 bytes", "capitals", "umlaut"],
)
def test_names_that_become_one_are_refused_with_the_override_that_settles_it(
    stage: Stage, names: tuple[str, str]
) -> None:
    for name in names:
        stage.app.execute(f"CREATE TABLE {quoted(name)} (id int)".encode())
    with pytest.raises(BadNames, match=r"naming\.overrides"):
        stage.look()


def test_columns_that_become_one_are_refused(stage: Stage) -> None:
    stage.run_app('CREATE TABLE t ("Id" int, id int)')
    with pytest.raises(BadNames, match=r"naming\.overrides"):
        stage.look()


# --- Nothing of theirs runs -------------------------------------------------------------------------------------------

MALLORY = """
CREATE TABLE public.loot (what text);
CREATE FUNCTION public.spy(what text) RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO public.loot VALUES (what || ' as ' || current_user); RETURN true; END $$;
CREATE FUNCTION public.same(a name, b name) RETURNS boolean LANGUAGE sql AS $$ SELECT public.spy('=') $$;
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = name, FUNCTION = public.same);
CREATE FUNCTION public.same(a oid, b oid) RETURNS boolean LANGUAGE sql AS $$ SELECT public.spy('=') $$;
CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = public.same);
CREATE FUNCTION public.same(a "char", b "char") RETURNS boolean LANGUAGE sql AS $$ SELECT public.spy('=') $$;
CREATE OPERATOR public.= (LEFTARG = "char", RIGHTARG = "char", FUNCTION = public.same);
CREATE OPERATOR public.<> (LEFTARG = "char", RIGHTARG = "char", FUNCTION = public.same);
CREATE FUNCTION public.format_type(a oid, b int) RETURNS text LANGUAGE sql AS $$ SELECT public.spy('type')::text $$;
CREATE FUNCTION public.pg_get_expr(a pg_node_tree, b oid) RETURNS text
    LANGUAGE sql AS $$ SELECT public.spy('expr')::text $$;
CREATE FUNCTION public.pg_get_indexdef(a oid) RETURNS text LANGUAGE sql AS $$ SELECT public.spy('indexdef')::text $$;
CREATE FUNCTION public.lower(a name) RETURNS text LANGUAGE sql AS $$ SELECT public.spy('lower')::text $$;
CREATE FUNCTION public.now() RETURNS timestamptz
    LANGUAGE sql AS $$ SELECT CASE WHEN public.spy('now') THEN null END::timestamptz $$;
CREATE FUNCTION public.nextval(a text) RETURNS bigint LANGUAGE sql AS $$ SELECT public.spy('nextval')::int::bigint $$;
CREATE TYPE public.int4 AS ENUM ('mine');
CREATE TABLE public.pg_class (oid oid, relname name);
CREATE TABLE public.pg_namespace (oid oid, nspname name);
"""


def test_nothing_of_mallory_runs_while_we_read_and_apply(stage: Stage) -> None:
    """Her overloads wait in `public` of both sides, where a search_path would find them; we are superuser there."""
    stage.app.execute(MALLORY.encode())
    stage.target.execute(MALLORY.encode())
    stage.app.execute(
        "CREATE SCHEMA shop; CREATE TABLE shop.t (id serial PRIMARY KEY, n int4 DEFAULT 1,"
        " at timestamptz DEFAULT pg_catalog.now(), s varchar(9) CHECK (s IN ('x', 'y')));"
        " CREATE INDEX ON shop.t (pg_catalog.lower(s))"
    )
    stage.forward()
    stage.app.execute("ALTER TABLE shop.t RENAME n TO m; ALTER TABLE shop.t ALTER m TYPE bigint")
    stage.forward()
    for connection in (stage.app, stage.target):
        assert connection.execute("SELECT what FROM public.loot").fetchall() == []


# --- A source in motion -----------------------------------------------------------------------------------------------


@contextmanager
def storm(url: str, seed: int) -> Iterator[list[Exception]]:
    """DDL goes on in the source: state number k says so in ten places at once. Yields what went wrong with it."""
    stop, faults = threading.Event(), list[Exception]()

    def blow() -> None:
        rng = random.Random(seed)  # noqa: S311 - repeatable
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET lock_timeout TO '20s'")
            for k in range(1, 1_000_000):
                if stop.is_set():
                    return
                for text in steps(k):
                    connection.execute(text.encode())
                time.sleep(rng.choice([0, 0, 0.002, 0.03, 0.08]))

    def watched() -> None:
        try:
            blow()
        except Exception as fault:
            faults.append(fault)

    thread = threading.Thread(target=watched)
    thread.start()
    try:
        yield faults
    finally:
        stop.set()
        thread.join()


CALM = """
CREATE TABLE t (c0 int CONSTRAINT k0 CHECK (c0 > 0), s text DEFAULT '0');
CREATE INDEX i0 ON t (c0) WHERE s <> '0';
COMMENT ON TABLE t IS '0';
CREATE TYPE e0 AS ENUM ('0');
CREATE SEQUENCE s0;
CREATE TABLE u0 (x int);
"""


def steps(k: int) -> Iterator[str]:
    """One transaction from the state before to state k."""
    j = k - 1
    yield (
        f"BEGIN; ALTER TABLE t RENAME c{j} TO c{k}; ALTER TABLE t RENAME CONSTRAINT k{j} TO k{k};"
        f" ALTER TABLE t ALTER s SET DEFAULT '{k}'; DROP INDEX i{j}; CREATE INDEX i{k} ON t (c{k}) WHERE s <> '{k}';"
        f" COMMENT ON TABLE t IS '{k}'; ALTER TYPE e{j} RENAME TO e{k}; ALTER TYPE e{k} RENAME VALUE '{j}' TO '{k}';"
        f" ALTER SEQUENCE s{j} RENAME TO s{k}; DROP TABLE u{j}; CREATE TABLE u{k} (x int); COMMIT"
    )


def numbers(snapshot: Snapshot) -> set[str]:
    """The numbers of all states that can be seen in it."""
    found = set()
    for address, each in snapshot.catalog.objects.items():
        texts = [address.name if address.kind != "table" or address.name != "t" else ""]
        texts += [str(getattr(each, field, "")) for field in ("expression", "definition", "text", "labels")]
        for text in texts:
            found |= {digits for digits in _NUMBER(text) if digits}
    return found


def _NUMBER(text: str) -> Iterator[str]:  # noqa: N802 - stands for a pattern
    """Numbers of states: those behind a letter of ours, or in quotes."""
    for word in text.replace("'", " ").replace("(", " ").replace(")", " ").replace(",", " ").replace(":", " ").split():
        digits = word[1:] if word[0] in "cikesu" else word
        if digits.isdigit() and word not in {"0", "1"}:
            yield digits


def accepted(stage: Stage, seed: int, wanted: int, attempts: int) -> list[Snapshot]:
    """Snapshots that the reader takes for one real state, in a storm."""
    stage.run_app(CALM)
    found: list[Snapshot] = []
    with (
        connect_source(stage.config.sources["app"], application_name="tests") as session,
        storm(stage.source_server.url("app"), seed) as faults,
    ):
        for _ in range(attempts):
            try:
                found.append(read(session, ["public"], patience=0))
            except SourceChanging:
                continue
            if len(found) == wanted:
                break
    assert faults == [], "a reader is in nobody's way"
    return found


def check_real(snapshots: list[Snapshot]) -> None:
    for snapshot in snapshots:
        assert len(numbers(snapshot)) == 1, numbers(snapshot)
        assert len(snapshot.catalog.objects) == 12, sorted(snapshot.catalog.objects)


def test_every_snapshot_of_a_source_in_motion_is_one_real_state(stage: Stage) -> None:
    snapshots = accepted(stage, 1, wanted=15, attempts=400)
    check_real(snapshots or accepted(stage, 2, wanted=1, attempts=40_000))  # where the machine is busy


@pytest.mark.soak
def test_a_thousand_snapshots_of_a_source_in_motion_are_real_states(stage: Stage) -> None:
    snapshots = accepted(stage, 2, wanted=1000, attempts=20_000)
    check_real(snapshots)
    assert len(snapshots) == 1000


def test_what_is_never_at_rest_is_told_to_be_changing(
    stage: Stage, connect: Callable[[str], psycopg.Connection]
) -> None:
    """And not read in a mixture."""
    stage.run_app(CALM)
    other = connect(stage.source_server.url("app"))
    other.execute("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE; ALTER TABLE t ADD y int")
    with (
        connect_source(stage.config.sources["app"], application_name="tests") as session,
        pytest.raises(DwMigrationError, match="run again when the migration"),
    ):
        read(session, ["public"], patience=0.5)
    other.execute("ROLLBACK")
