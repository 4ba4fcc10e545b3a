"""Whatever is wrong is told clearly, with what to do; the exit code is the documented one, and nothing was changed."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration.live.connections import connect_target
from dw_migration.live.embedded import Server, found_binaries, newest
from dw_migration.live.ledger import VERSIONS
from dw_migration.live.locks import acquire
from dw_migration_tests.conftest import running
from dw_migration_tests.outside import TABLES, CommandLine, Ran, Shop, ended, opened_shop, started

Refused = Callable[..., Ran]


@pytest.fixture(scope="module")
def shop(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """In sync, as every test leaves it."""
    with opened_shop(server, tmp_path_factory.mktemp("bad"), "bad_shop") as made:
        assert ended(started(made.config(), "sync")).code == 0
        yield made


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(capsys)


@pytest.fixture
def refused(shop: Shop, run: CommandLine) -> Refused:
    """Runs a command that ends with this code, tells all of these words, and changes nothing."""

    def act(code: int, *words: str, command: tuple[str, ...] = ("sync",), **changes: Any) -> Ran:
        before = shop.state()
        ran = run(shop.config("bad.yaml", **changes), *command)
        assert ran.code == code, ran.told
        assert [word for word in words if word not in ran.told] == [], ran.told
        assert "Traceback" not in ran.told
        assert shop.state() == before
        return ran

    return act


def source_at(url: str, **more: Any) -> dict[str, Any]:
    return {"sources": {"shop": {"url": url, **more}}}


# --- servers ----------------------------------------------------------------------------------------------------------


def test_a_source_that_is_down(refused: Refused) -> None:
    refused(
        1,
        "sources.shop: cannot reach 127.0.0.1:9/x as u: connection refused. Is the server running there, on that port",
        **source_at("postgresql://u@127.0.0.1:9/x"),
    )


def test_a_target_that_is_down(refused: Refused) -> None:
    refused(1, "target: cannot reach 127.0.0.1:9/x as u: connection refused.", target={"host": "127.0.0.1", "port": 9,
            "user": "u", "database": "x"})  # fmt: skip


def test_a_host_that_nobody_knows(refused: Refused) -> None:
    refused(
        1,
        "sources.shop: cannot reach nowhere.invalid:5432/x as u: the host is unknown. Check its spelling in",
        **source_at("postgresql://u@nowhere.invalid/x"),
    )


@contextmanager
def without_tls() -> Iterator[int]:
    """The port of a server that says no to TLS."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(8)
                connection.sendall(b"N")
                connection.recv(1)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def test_a_server_without_tls_where_the_config_asks_for_it(refused: Refused) -> None:
    with without_tls() as port:
        refused(
            1,
            "the server offers no TLS, but sslmode asks for it. Set ssl = on at the server, or another sslmode in "
            "sources.shop",
            **source_at(f"postgresql://u@127.0.0.1:{port}/x", sslmode="require"),
        )


def test_another_host_without_tls_is_refused_where_the_policy_is_strict(refused: Refused) -> None:
    refused(
        2,
        "sources.shop: another host is reached without required TLS, which policy.strict_tls forbids: set "
        "sources.shop.sslmode to verify-full",
        policy={"strict_tls": True},
        **source_at("postgresql://u@example.com/x"),
    )


def test_a_wrong_password(shop: Shop, refused: Refused) -> None:
    url = shop.server.url(shop.name, user=shop.make_role())
    ran = refused(
        1, "the user or the password is wrong. Check user and password in", **source_at(url, password="wr0ng%")
    )
    assert "wr0ng" not in ran.told


def test_a_standby_is_no_target(shop: Shop, refused: Refused) -> None:
    with running(newest(found_binaries())) as standby:
        with psycopg.connect(standby.url()) as connection:
            folder = Path(*connection.execute("SHOW data_directory").fetchone() or ())
        standby.stop()
        (folder / "standby.signal").touch()
        standby.start()
        refused(1, "is a standby, which cannot be written: mend target to name", target={"url": standby.url()})
        ran = refused(0, "standby", command=("doctor",), **source_at(standby.url()))
        assert f"target: reachable: {shop.name}_dw" in ran.told


# --- what the config names --------------------------------------------------------------------------------------------


def test_a_database_that_is_not_there(shop: Shop, refused: Refused) -> None:
    refused(
        1,
        f'/bad_shopp as postgres: there is no such database: did you mean "{shop.name}"?',
        **source_at(shop.server.url("bad_shopp")),
    )


def test_schemas_and_tables_that_are_not_there_are_all_told(shop: Shop, refused: Refused) -> None:
    schemas = ("sources.shop.schemas: no schema 'pubic'; did you mean \"public\"?", "no schema 'nix'; there are:")
    refused(2, *schemas, **source_at(shop.source, schemas=["pubic", "nix"]))
    tables = ("sources.shop.tables: no table 'order'; did you mean \"orders\"?", "no table 'USERS'; did you mean")
    refused(2, *tables, **source_at(shop.source, tables=["order", "USERS"]))


def test_a_source_that_is_not_in_the_config(refused: Refused) -> None:
    refused(2, "no source 'shpo' in the config; did you mean \"shop\"?", command=("sync", "shpo"))


def test_an_unknown_key(shop: Shop, refused: Refused) -> None:
    refused(
        2, 'bad.yaml:1: sources.shop.shemas: unknown key; did you mean "schemas"?', **source_at(shop.source, shemas=1)
    )


def test_a_variable_that_is_not_set_stops_its_own_source_alone(shop: Shop, run: CommandLine) -> None:
    sources = {"other": {"url": "postgresql://u@h/x", "password": "${NOT_SET_ANYWHERE}"}, "shop": {"url": shop.source}}
    ran = run(shop.config("bad.yaml", sources=sources), "diff", "--format", "json")
    assert ran.code == 2
    assert "sources.other.password: the environment variable NOT_SET_ANYWHERE is not set: set it where this" in ran.err
    assert [each["status"] for each in ran.document["sources"]] == ["failed", "in_sync"]


def test_a_config_that_is_not_there(shop: Shop, run: CommandLine) -> None:
    ran = run(shop.folder / "none.yaml", "sync")
    assert ran.code == 2
    assert "none.yaml: cannot be read: No such file or directory: mend --config" in ran.told


# --- privileges -------------------------------------------------------------------------------------------------------


def test_a_source_that_lets_us_not_connect(shop: Shop, refused: Refused) -> None:
    reader = shop.make_role()
    url = shop.make_database("bad_closed")
    shop.on(url, "REVOKE CONNECT ON DATABASE bad_closed FROM PUBLIC")
    refused(
        1,
        f"Have its owner run: GRANT CONNECT ON DATABASE bad_closed TO {reader}",
        **source_at(shop.server.url("bad_closed", user=reader)),
    )


def test_a_source_is_read_with_connect_alone(shop: Shop, run: CommandLine) -> None:
    shop.on(shop.source, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
    config = shop.config("bad.yaml", **source_at(shop.server.url(shop.name, user=shop.make_role())))
    assert run(config, "verify").code == 0


def test_a_target_where_we_may_not_create(shop: Shop, run: CommandLine) -> None:
    writer = shop.make_role()
    shop.make_database("bad_target")
    config = shop.config("bad.yaml", target={"url": shop.server.url("bad_target", user=writer)})
    for command in ("sync", "doctor"):
        ran = run(config, command)
        assert ran.code == 1
        assert f"GRANT CREATE ON DATABASE bad_target TO {writer}" in ran.told
    assert shop.on(shop.server.url("bad_target"), "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'dw%'") == []


def test_a_source_role_that_could_write_is_refused_where_the_policy_is_strict(refused: Refused) -> None:
    words = ("could write there (it is a superuser), which policy.strict_roles forbids: name a role in sources.shop",)
    for command in ("sync", "diff", "drift"):
        refused(2, *words, command=(command,), policy={"strict_roles": True})
    ran = refused(1, command=("doctor", "--format", "json"), policy={"strict_roles": True})
    (told,) = [each for each in ran.document["checks"] if not each["ok"]]
    assert (told["subject"], told["check"], told["severity"]) == ("sources.shop", "role", "error")


# --- names ------------------------------------------------------------------------------------------------------------


def test_names_that_become_one_are_told_with_what_settles_them(shop: Shop, refused: Refused) -> None:
    url = shop.make_database("bad_twins", 'CREATE TABLE users ("A" int, a int); CREATE TABLE "Users" (); ')
    refused(
        2,
        "would be called users in dw__bad_twins__public, but so is bad_twins.public.users: naming.overrides: "
        '{"bad_twins.public.Users": users_2}',
        "column bad_twins.public.users.A would be called a in dw__bad_twins__public.users, but so is",
        **source_at(url),
    )


def test_a_name_that_does_not_fit(shop: Shop, refused: Refused) -> None:
    name = f"bad_{'x' * 50}"
    refused(2, "it has 66 bytes, of which 63 fit: naming.overrides:", **source_at(shop.make_database(name)))


def test_two_sources_that_would_share_a_schema_are_both_refused_before_any_ddl(shop: Shop, run: CommandLine) -> None:
    url, target = shop.make_database("bad_same", TABLES), shop.make_database("bad_same_dw")
    sources: dict[str, Any] = {"one": {"url": url}, "two": {"url": url}}
    ran = run(shop.config("bad.yaml", sources=sources, target={"url": target}), "sync")
    words = (
        "the target schema dw__bad_same__public would be that of one (bad_same.public) and two (bad_same.public): "
        'give one of them names of its own: sources.two.naming: {schema: "dw__{source}__{schema}"}'
    )
    assert ran.code == 2
    assert f"one: {words}" in ran.told
    assert f"two: {words}" in ran.told
    assert shop.on(target, "SELECT FROM pg_namespace WHERE nspname LIKE 'dw\\_\\_%'") == []
    sources["two"]["naming"] = {"schema": "dw__{source}__{schema}"}
    assert run(shop.config("bad.yaml", sources=sources, target={"url": target}), "sync").code == 0


# --- what the target cannot have --------------------------------------------------------------------------------------


@pytest.fixture
def other(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A shop for one test, not yet in sync."""
    with opened_shop(server, tmp_path, "bad_other", "CREATE TABLE t (id int PRIMARY KEY)") as made:
        yield made


def there(shop: Shop) -> set[str]:
    """Columns of tables, views and indexes, and functions, of the target's schema."""
    query = """
        SELECT relname || '.' || attname FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0
        WHERE relnamespace = '{0}'::regnamespace AND NOT attisdropped
        UNION SELECT proname FROM pg_proc WHERE pronamespace = '{0}'::regnamespace
    """
    return {name for (name,) in shop.on(shop.target, query.format(shop.schema))}


def test_an_extension_that_the_target_cannot_have(other: Shop, run: CommandLine) -> None:
    """What stands on it waits until it is there; all else comes."""
    other.on(other.source, "CREATE EXTENSION citext; ALTER TABLE t ADD a citext; CREATE TABLE u (b int)")
    rename = "SET allow_system_table_mods = on; UPDATE pg_extension SET extname = '{}' WHERE extname = '{}'"
    other.on(other.source, rename.format("nowhere", "citext"))
    words = ("the server cannot have the extension nowhere", "install its package there, or leave out the tables")
    for command, code in (("diff", 3), ("sync", 0), ("doctor", 1)):
        ran = run(other.config(), command)
        assert ran.code == code, ran.told
        assert [word for word in words if word not in ran.told] == [], ran.told
    assert there(other) == {"t.id", "t_pkey.id", "u.b"}
    assert run(other.config("without.yaml", **source_at(other.source, exclude=["t"])), "doctor").code == 0
    other.on(other.source, rename.format("citext", "nowhere"))
    assert run(other.config(), "sync").code == 0
    assert "t.a" in there(other)


def test_an_extension_that_only_a_superuser_may_create(shop: Shop, run: CommandLine) -> None:
    tables = "CREATE EXTENSION cube; CREATE EXTENSION earthdistance; CREATE TABLE t (a earth)"
    source, writer = shop.make_database("bad_untrusted", tables), shop.make_role()
    target = shop.make_database("bad_untrusted_dw")
    shop.on(target, f"GRANT CREATE ON DATABASE bad_untrusted_dw TO {writer}")
    target_of_writer = {"url": shop.server.url("bad_untrusted_dw", user=writer)}
    config = shop.config("bad.yaml", target=target_of_writer, workspace="workspace_untrusted", **source_at(source))
    for command, code in (("sync", 0), ("doctor", 1)):
        ran = run(config, command)
        assert ran.code == code
        assert "only a superuser may create it" in ran.told
        assert "have one run there: CREATE EXTENSION earthdistance;" in ran.told


def test_a_function_in_a_language_that_the_target_lacks(other: Shop, run: CommandLine) -> None:
    """The default that calls it is left out with it, and comes when the language is there."""
    language = (
        "CREATE LANGUAGE own HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator"
    )
    function = "CREATE FUNCTION one() RETURNS int LANGUAGE own AS 'BEGIN RETURN 1; END'"
    other.on(other.source, f"{language}; {function}; ALTER TABLE t ADD a int DEFAULT one()")
    config = other.config(objects={"languages": ["sql", "own"]})
    ran = run(config, "sync")
    assert ran.code == 0
    assert (
        "function public.one(): the target does not have the language own: have a superuser install it there, as by "
        "CREATE EXTENSION own, or take it out of objects.languages"
    ) in ran.told
    assert there(other) == {"t.id", "t.a", "t_pkey.id"}
    other.on(other.target, language)
    assert run(config, "sync").code == 0
    assert "one" in there(other)


def test_what_cannot_be_carried_over_any_more_stays_as_it_is(other: Shop, run: CommandLine) -> None:
    """A table of an access method that the target lacks, and a column of such a type, keep their rows."""
    other.on(
        other.source, "ALTER TABLE t ADD a text, ADD b int; CREATE TABLE u (b int); CREATE VIEW v AS SELECT b FROM u"
    )
    assert run(other.config(), "sync").code == 0
    other.on(other.target, f"INSERT INTO {other.schema}.t VALUES (1, 'x', 2); INSERT INTO {other.schema}.u VALUES (3)")
    changes = """
        CREATE EXTENSION citext; ALTER TABLE t ALTER a TYPE citext, ALTER b TYPE bigint, ADD c int;
        SET allow_system_table_mods = on; UPDATE pg_extension SET extname = 'nowhere' WHERE extname = 'citext';
        CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler;
        DROP VIEW v; ALTER TABLE u SET ACCESS METHOD other; ALTER TABLE u ALTER b TYPE bigint;
        CREATE VIEW v AS SELECT b FROM u"""
    for each in changes.split(";"):
        other.on(other.source, each)
    for _ in range(2):
        ran = run(other.config(), "sync")
        assert ran.code == 0, ran.told
        told = "since what the source has instead cannot be carried over: column {0}.t.a, table {0}.u, view {0}.v"
        assert told.format(other.schema) in ran.told, ran.told
    assert run(other.config(), "verify").code == 0
    assert there(other) == {"t.id", "t.a", "t.b", "t.c", "t_pkey.id", "u.b", "v.b"}
    assert other.on(other.target, f"SELECT * FROM {other.schema}.t, {other.schema}.v") == [(1, "x", 2, None, 3)]
    assert run(other.config(), "diff").code == 0
    chosen = other.config("chosen.yaml", **source_at(other.source, tables=["t", "u", "v"], exclude=["u", "v"]))
    assert run(chosen, "sync", "--allow-breaking").code == 0
    assert there(other) == {"t.id", "t.a", "t.b", "t.c", "t_pkey.id"}, "what nobody wants any more goes"


def test_a_view_that_cannot_be_renamed(other: Shop, run: CommandLine) -> None:
    views = "CREATE VIEW v AS SELECT * FROM t JOIN u USING (id); CREATE VIEW w AS SELECT id FROM v; "
    other.on(other.source, f"CREATE TABLE u (id int); {views} CREATE VIEW x AS SELECT id FROM t")
    ran = run(other.config(naming={"overrides": {"bad_other.public.t.id": "number"}}), "sync", "--verbose")
    assert ran.code == 0
    assert "left out, with what stands on it: view public.v: cannot rename the names in an expression" in ran.told
    assert "USING (id) joins by a column that gets another name: write it otherwise in the source" in ran.told
    assert "stands on view public.v" in ran.told
    assert there(other) == {"t.number", "t_pkey.number", "u.id", "x.id"}


def test_views_that_stand_on_themselves(other: Shop, run: CommandLine) -> None:
    """PostgreSQL lets them be made, and nobody can read them: they are told, and all else is carried over."""
    other.on(
        other.source,
        """CREATE VIEW alone AS SELECT 1 AS n; CREATE OR REPLACE VIEW alone AS SELECT n FROM alone;
           CREATE VIEW one AS SELECT 1 AS n; CREATE VIEW two AS SELECT n FROM one;
           CREATE OR REPLACE VIEW one AS SELECT n FROM two; CREATE VIEW above AS SELECT n FROM one;
           CREATE VIEW fine AS SELECT 1 AS n""",
    )
    ran = run(other.config(), "sync", "--verbose")
    assert ran.code == 0
    assert "public.alone → view left out: stands on a view that is made of itself: nobody can read it" in ran.told
    for name in ("one", "two", "above"):
        assert f"public.{name} → view left out: stands on" in ran.told
    assert there(other) == {"t.id", "t_pkey.id", "fine.n"}


def test_a_dictionary_whose_files_the_target_lacks(other: Shop, run: CommandLine) -> None:
    """As of a collation, the server is asked."""
    made = (
        "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple); CREATE TEXT SEARCH CONFIGURATION c (COPY = english); "
        "ALTER TEXT SEARCH CONFIGURATION c ALTER MAPPING FOR word WITH d; ALTER TABLE t ADD a text; "
        "CREATE INDEX i ON t USING gin (to_tsvector('c', a))"
    )
    other.on(other.source, made)
    other.on(other.source, "UPDATE pg_ts_dict SET dictinitoption = $$stopwords = 'nowhere'$$ WHERE dictname = 'd'")
    ran = run(other.config(), "sync")
    assert ran.code == 0
    assert "text search dictionary public.d: the target's server refuses it: could not open stop-word file" in ran.told
    assert "put its files into the folder tsearch_data of the server" in ran.told
    assert there(other) == {"t.id", "t.a", "t_pkey.id"}


# --- files ------------------------------------------------------------------------------------------------------------


def revision_file(shop: Shop) -> Path:
    (path,) = (shop.workspace / "shop" / "alembic" / "versions").glob("*.py")
    return path


@contextmanager
def changed(path: Path, text: str) -> Iterator[None]:
    before = path.read_text() if path.exists() else None
    path.write_text(text)
    try:
        yield
    finally:
        path.unlink() if before is None else path.write_text(before)


def test_a_revision_that_was_edited_by_hand(shop: Shop, refused: Refused) -> None:
    path = revision_file(shop)
    with changed(path, path.read_text().replace("CREATE TABLE", "CREATE UNLOGGED TABLE")):
        for command in ("sync", "plan", "apply"):
            refused(
                1,
                f"{path}: was edited: it has the sha256",
                "delete the file, it is restored from the",
                command=(command,),
            )


def test_two_heads(shop: Shop, refused: Refused) -> None:
    path = revision_file(shop)
    other = path.with_name("0123456789ab_of_mine.py")
    with changed(other, "revision = '0123456789ab'\ndown_revision = None\ndef upgrade(): pass\n"):
        refused(1, "shop: expected one head, found", str(path), str(other), "delete all of them but one")


def test_a_workspace_that_cannot_be_written(shop: Shop, refused: Refused) -> None:
    (shop.folder / "a_file").write_text("")
    refused(2, "a_file", "mend its permissions, or name another folder under workspace", workspace="a_file")
    words = ("a_file/w cannot be written, because of", "name another folder under workspace (or in $WORK_DIR)")
    refused(1, *words, command=("doctor",), workspace="a_file/w")


# --- others -----------------------------------------------------------------------------------------------------------


def test_a_second_run_at_the_same_time(shop: Shop, refused: Refused, run: CommandLine) -> None:
    from dw_migration.config import load_config  # noqa: PLC0415 - what a second process would do

    with connect_target(load_config(shop.config()).target, application_name="dw/other run") as session:
        acquire(session, "shop")
        shop.on(shop.source, "ALTER TABLE orders ADD waits int")
        refused(1, "shop: another run works on it: pid", "(dw/other run)", "try again later")
    shop.on(shop.source, "ALTER TABLE orders DROP waits")
    assert run(shop.config(), "sync").code == 0


def test_a_schema_of_somebody_else(shop: Shop, run: CommandLine) -> None:
    source, owner = shop.make_database("bad_taken", TABLES), shop.make_role()
    target = shop.make_database("bad_taken_dw")
    shop.on(target, f"CREATE SCHEMA dw__bad_taken__public AUTHORIZATION {owner}")
    shop.on(
        target,
        "CREATE TABLE dw__bad_taken__public.orders (id int); INSERT INTO dw__bad_taken__public.orders VALUES (1)",
    )
    config = shop.config("bad.yaml", target={"url": target}, workspace="workspace_taken", **source_at(source))
    ran = run(config, "sync")
    assert ran.code == 4, ran.told
    assert "schema dw__bad_taken__public is in the target already and not in the ledger: it is somebody" in ran.told
    assert "`apply --adopt`" in ran.told
    told = run(config, "doctor").told
    assert f"the schema dw__bad_taken__public is in the target already, is owned by {owner}, and not ours" in told
    assert shop.on(target, "TABLE dw__bad_taken__public.orders") == [(1,)]


def test_a_view_of_somebody_else_is_not_dropped(server: Server, tmp_path: Path, run: CommandLine) -> None:
    with opened_shop(server, tmp_path, "bad_view") as shop:
        assert run(shop.config(), "sync").code == 0
        analyst = shop.make_role()
        view = f"CREATE SCHEMA reports; CREATE VIEW reports.sums AS SELECT total, note FROM {shop.schema}.orders;"
        shop.on(shop.target, f"{view} ALTER VIEW reports.sums OWNER TO {analyst}")
        before = shop.state()
        for change in (
            "ALTER TABLE orders ALTER total TYPE bigint",
            "ALTER TABLE orders DROP note",
            "DROP TABLE orders",
        ):
            shop.on(shop.source, change)
            ran = run(shop.config(), "sync", "--allow-breaking")
            assert ran.code == 4, ran.told
            assert f"view reports.sums (owner {analyst}): not ours, and stands on what has to be dropped" in ran.told
            assert "nothing is dropped by CASCADE: ask the owner to drop or change it, then run this" in ran.told
            assert shop.state() == before
        shop.on(shop.target, "DROP VIEW reports.sums")
        assert run(shop.config(), "sync", "--allow-breaking").code == 0


def test_a_ledger_that_is_newer_than_we(shop: Shop, refused: Refused) -> None:
    version = "UPDATE dw_migration.alembic_version_ledger SET version_num = '{}'"
    shop.on(shop.target, version.format("0999"))
    try:
        for command in ("sync", "diff", "status", "doctor"):
            refused(1, "ledger is of version 0999", "upgrade this one", command=(command,))
    finally:
        shop.on(shop.target, version.format(VERSIONS[-1]))


def test_a_ledger_that_was_tampered_with(shop: Shop, refused: Refused) -> None:
    trigger = "ALTER TABLE dw_migration.event {} TRIGGER append_only"
    edit = "UPDATE dw_migration.event SET by = '{}' WHERE number = 2"
    (by,) = shop.on(shop.target, "SELECT by FROM dw_migration.event WHERE number = 2")[0]
    shop.on(shop.target, f"{trigger.format('DISABLE')}; {edit.format('mallory')}; {trigger.format('ENABLE')}")
    try:
        for command in ("history", "doctor"):
            refused(
                1, "shop: the history was tampered with at event 2", "restore dw_migration.event", command=(command,)
            )
    finally:
        shop.on(shop.target, f"{trigger.format('DISABLE')}; {edit.format(by)}; {trigger.format('ENABLE')}")


def test_all_is_told_at_once_and_one_bad_source_hides_no_other(shop: Shop, run: CommandLine) -> None:
    sources = {
        "down": {"url": "postgresql://u@127.0.0.1:9/x"},
        "shop": {"url": shop.source},
        "typo": {"url": shop.source, "schemas": ["pubic"]},
        "unset": {"url": shop.source, "password": "${NOT_SET_ANYWHERE}"},
    }
    ran = run(shop.config("bad.yaml", sources=sources), "doctor", "--format", "json")
    wrong = {(each["subject"], each["check"]): each for each in ran.document["checks"] if not each["ok"]}
    assert ran.code == 1
    assert [key for key, each in wrong.items() if each["severity"] == "error"] == [
        ("sources.down", "reachable"),
        ("sources.typo", "objects"),
        ("sources.unset", "reachable"),
    ]
    assert all(each["remedy"] for each in wrong.values())
    assert json.dumps(wrong["sources.typo", "objects"]["remedy"]) == '"did you mean \\"public\\"?"'


def test_doctor_writes_nothing(server: Server, tmp_path: Path, run: CommandLine) -> None:
    with opened_shop(server, tmp_path, "bad_fresh") as shop:
        before = shop.state()
        assert run(shop.config(), "doctor").code == 0
        assert shop.state() == before
        assert not shop.workspace.exists()


def test_a_server_of_many_databases_that_is_down_stops_no_other_source(shop: Shop, run: CommandLine) -> None:
    down = {"server": "postgresql://u@127.0.0.1:9", "databases": "tenant_*"}
    config = shop.config("bad.yaml", sources={"tenants": down, "shop": {"url": shop.source}})
    ran = run(config, "sync", "--format", "json")
    assert ran.code == 1
    assert {each["source"]: each["status"] for each in ran.document["sources"]} == {
        "tenants": "failed",
        "shop": "in_sync",
    }
    assert "tenants: cannot reach 127.0.0.1:9/postgres as u: connection refused" in ran.err
    told = run(config, "doctor").told
    assert "fail sources.tenants: reachable: cannot reach 127.0.0.1:9/postgres as u: connection refused" in told
    assert "ok sources.shop: reachable" in told
