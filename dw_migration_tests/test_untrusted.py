"""What a source could run in the warehouse, or tell of its own secrets, is not copied; all of it is told."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dw_migration.live.embedded import Server
from dw_migration_tests.outside import CommandLine, Shop, dumped, opened_shop

SECRET = "h1ddenW0rd"
UNTRUSTED = f"""
    CREATE FUNCTION definer() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
    CREATE PROCEDURE p() LANGUAGE sql SECURITY DEFINER AS '';
    CREATE FUNCTION in_c(internal, internal, internal, internal) RETURNS internal
        LANGUAGE c STRICT AS '$libdir/dict_snowball', 'dsnowball_lexize';
    CREATE FUNCTION internal(int, int) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS 'int4pl';
    CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END';
    CREATE FUNCTION watches() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE EVENT TRIGGER event ON ddl_command_end EXECUTE FUNCTION watches();
    CREATE TYPE mood AS ENUM ('sad', 'happy');
    CREATE FUNCTION level(mood) RETURNS int LANGUAGE internal IMMUTABLE AS 'int4recv';
    CREATE CAST (mood AS int) WITH FUNCTION level(mood) AS IMPLICIT;
    CREATE CAST (int AS point) WITH INOUT AS IMPLICIT;
    CREATE OPERATOR #+ (FUNCTION = internal, LEFTARG = int, RIGHTARG = int);
    CREATE AGGREGATE total(int) (SFUNC = internal, STYPE = int);
    CREATE TABLE t (id int PRIMARY KEY, a int DEFAULT definer(), b int CHECK (b #+ 1 > 0), c mood);
    CREATE TRIGGER trigger BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fired();
    CREATE VIEW by_operator AS SELECT id #+ 1 AS n FROM t;
    CREATE VIEW by_cast AS SELECT c::int AS n FROM t;
    CREATE VIEW by_definer AS SELECT definer() AS n;
    CREATE RULE rule AS ON INSERT TO t DO ALSO SELECT definer();
    CREATE POLICY policy ON t USING (definer() = 1);
    CREATE INDEX by_internal ON t (internal(id, 1));
    CREATE FOREIGN DATA WRAPPER wrapper OPTIONS (secret '{SECRET}');
    CREATE SERVER server FOREIGN DATA WRAPPER wrapper OPTIONS (password '{SECRET}');
    CREATE USER MAPPING FOR PUBLIC SERVER server OPTIONS (password '{SECRET}');
    CREATE FOREIGN TABLE f (a int OPTIONS (secret '{SECRET}')) SERVER server OPTIONS (password '{SECRET}');
    CREATE VIEW by_foreign AS SELECT a FROM f;
    CREATE SUBSCRIPTION untrusted CONNECTION 'host=h password={SECRET}' PUBLICATION p WITH (connect = false);
"""
NOT_COPIED = {
    *(("function", f"public.{name}") for name in ("definer()", "p()", "fired()", "internal(integer, integer)")),
    ("function", "public.in_c(internal, internal, internal, internal)"),
    ("function", "public.level(public.mood)"),
    *(("view", f"public.{name}") for name in ("by_operator", "by_cast", "by_definer", "by_foreign")),
    ("operator", "public.#+(integer, integer)"),
    ("aggregate", "public.total(integer)"),
    ("cast", "public.(public.mood AS integer)"),
    ("cast", "(integer AS pg_catalog.point)"),
    ("default", "public.t.a"),
    ("constraint", "public.t.t_b_check"),
    ("trigger", "public.t.trigger"),
    ("rule", "public.t.rule"),
    ("policy", "public.t.policy"),
    ("index", "public.t.by_internal"),
    ("event trigger", "event"),
    ("foreign-data wrapper", "wrapper"),
    ("foreign server", "server"),
    ("user mapping", "public on server server"),
    ("foreign table", "public.f"),
    ("subscription", "untrusted"),
}
"""Kind and address of all that is left out."""
FOUND = """
    SELECT proname FROM pg_proc p JOIN pg_language l ON l.oid = prolang JOIN pg_namespace n ON n.oid = pronamespace
    WHERE prokind <> 'a' AND nspname LIKE 'dw\\_\\_%' AND (prosecdef OR lanname NOT IN ('sql', 'plpgsql'))
    UNION ALL SELECT evtname FROM pg_event_trigger
    UNION ALL SELECT fdwname FROM pg_foreign_data_wrapper
    UNION ALL SELECT srvname FROM pg_foreign_server
    UNION ALL SELECT srvname FROM pg_user_mappings
    UNION ALL SELECT castsource::regtype::name FROM pg_cast WHERE oid >= 16384
    UNION ALL SELECT subname FROM pg_subscription s JOIN pg_database d ON d.oid = subdbid
    WHERE datname = current_database()
"""
"""What is in the target and should not be."""


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    with opened_shop(server, tmp_path, "untrusted", UNTRUSTED) as made:
        yield made
        for end in ("DISABLE", "SET (slot_name = NONE)"):
            made.on(made.source, f"ALTER SUBSCRIPTION untrusted {end}")
        made.on(made.source, "DROP SUBSCRIPTION untrusted")  # which does not go with its database


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Callable[..., Any]:
    """Runs a command that ends well; neither its output nor a log holds the secret. Gives its JSON."""
    line = CommandLine(capsys)

    def act(config: Path, *arguments: str, code: int = 0) -> Any:
        ran = line(config, *arguments, "--format", "json", "--verbose")
        assert ran.code == code, ran.told
        assert SECRET not in ran.out + ran.err + caplog.text
        return ran.document

    return act


def test_what_a_source_could_run_or_tell_is_left_out_by_its_address(shop: Shop, run: Callable[..., Any]) -> None:
    everything = dict.fromkeys(("functions", "views", "triggers", "rules", "policies"), "keep")
    config = shop.config(objects=everything)
    (read,) = run(config, "read")["sources"]
    told = {(each["kind"], each["address"]): each["reason"] for each in read["catalog"]["left_out"]}
    assert set(told) == NOT_COPIED
    assert told["function", "public.definer()"] == "SECURITY DEFINER, and objects.security_definer is false"
    assert told["function", "public.in_c(internal, internal, internal, internal)"] == (
        "language c, which objects.languages does not name"
    )
    assert all(told.values())

    run(config, "diff", code=3)
    run(config, "plan")
    (synced,) = run(config, "sync")["sources"]
    assert sum(synced["left_out"].values()) == len(NOT_COPIED)
    assert shop.on(shop.target, FOUND) == []
    run(config, "verify")
    run(config, "doctor")
    run(config, "history")


def test_no_artefact_holds_a_password_of_the_source(shop: Shop, run: Callable[..., Any]) -> None:
    run(shop.config(), "sync")
    texts = {str(path): path.read_bytes() for path in shop.workspace.rglob("*") if path.is_file()}
    texts["the target with the ledger"] = dumped(shop.server, f"{shop.name}_dw").encode()
    assert len(texts) > 5
    assert [name for name, text in texts.items() if SECRET.encode() in text] == []


def test_what_the_config_names_is_copied(shop: Shop, run: Callable[..., Any]) -> None:
    """Not even then what may hold passwords, or belongs to the whole database."""
    languages = ["sql", "plpgsql", "internal"]
    run(shop.config(objects={"functions": "keep", "security_definer": True, "languages": languages}), "sync")
    code = {"definer", "p", "fired", "internal", "level"}
    assert {name for (name,) in shop.on(shop.target, FOUND)} == {*code, f"{shop.schema}.mood"}
