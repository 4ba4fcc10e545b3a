"""Sessions are set as promised, refusals are told with their remedy, and no error holds a secret or a row's value."""

import os
import re
import signal
import socket
import struct
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from dw_migration.config import Config, Connection, Source, load_config
from dw_migration.errors import BadConfig, DwMigrationError, NoConnection, NotAllowed, ServerError
from dw_migration.live.connections import (
    Identity,
    connect_source,
    connect_target,
    find_sources,
    identity,
    translated,
)
from dw_migration.live.embedded import Server, found_binaries, newest
from dw_migration_tests.conftest import MakesDatabase, MakesRole, running
from dw_migration_tests.outside import password_of

SECRET = "h1dd%en@:/#?' $\"\\{x}"

Open = Callable[[str], psycopg.Connection]


def source(**keys: Any) -> Source:
    """The source `shop` with these keys, as a config gives it."""
    return configured(**keys)[0]


def configured(**keys: Any) -> tuple[Source, Connection]:
    target = {key: value for key, value in keys.items() if key not in ("databases", "server")} or {"host": "h"}
    config = Config.model_validate({"target": target, "sources": {"shop": keys}})
    return config.sources["shop"], config.target


def refusal_of(place: Connection, **arguments: Any) -> DwMigrationError:
    """The error that connecting ends in; its whole trace is free of the secret."""
    with pytest.raises(DwMigrationError) as caught:
        connect_source(place, application_name="dw/test", **arguments).close()
    assert_hidden("h1dd", caught.value)
    return caught.value


def assert_hidden(secret: str, error: BaseException) -> None:
    """Neither the error nor what hangs on it, suppressed or not, holds the secret."""
    seen: BaseException | None = error
    while seen is not None:
        assert secret not in "".join(traceback.format_exception(seen))
        assert secret not in repr(seen.args)
        seen = seen.__cause__ or seen.__context__


# --- sessions ---


def test_a_source_session_reads_only_and_reads_alike_everywhere(any_server: Server, database: MakesDatabase) -> None:
    url = database(server=any_server)
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in (
            "quote_all_identifiers = on",
            "DateStyle = 'SQL, DMY'",
            "search_path = public",
            "TimeZone = 'Asia/Tokyo'",
        ):
            connection.execute(f"ALTER DATABASE {connection.info.dbname} SET {setting}")
        connection.execute("CREATE SEQUENCE s")
    with connect_source(
        source(url=url), application_name="dw/run 1", statement_timeout=timedelta(seconds=7)
    ) as session:
        names = "search_path, row_security, TimeZone, DateStyle, IntervalStyle, quote_all_identifiers, client_encoding"
        assert shown(session, names) == ["", "off", "UTC", "ISO, MDY", "postgres", "off", "UTF8"]
        names = "default_transaction_read_only, statement_timeout, lock_timeout, idle_in_transaction_session_timeout"
        assert shown(session, names) == ["on", "7s", "100ms", "1min"]
        names = "client_connection_check_interval, application_name, extra_float_digits, standard_conforming_strings"
        assert shown(session, names) == ["1s", "dw/run 1", "3", "on"]
        assert session.autocommit
        for write in ("CREATE TABLE public.t ()", "SELECT nextval('public.s')", "CREATE TEMP TABLE t ()"):
            with pytest.raises(ServerError, match="this session may only read") as caught, translated("x", session):
                session.execute(write)
            assert caught.value.sqlstate == "25006"


def shown(session: psycopg.Connection, names: str) -> list[str]:
    return [session.execute(f"SHOW {name}").fetchone()[0] for name in names.split(", ")]  # type: ignore[index]


def test_a_target_session_writes_unless_told_not_to(database: MakesDatabase) -> None:
    target = configured(url=database())[1]
    with connect_target(target, application_name="dw/1", lock_timeout=timedelta(milliseconds=300)) as session:
        session.execute("CREATE TABLE public.t ()")
        assert shown(session, "lock_timeout, statement_timeout, search_path") == ["300ms", "0", ""]
    with connect_target(target, application_name="dw/1", read_only=True) as session:
        assert shown(session, "default_transaction_read_only") == ["on"]


def test_nobody_elses_function_runs_while_a_session_is_set_up(database: MakesDatabase) -> None:
    url = database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """
            CREATE SCHEMA evil;
            CREATE SEQUENCE evil.called;
            CREATE FUNCTION evil.ran(int, int) RETURNS bool LANGUAGE sql AS 'SELECT nextval(''evil.called'') > 0';
            CREATE OPERATOR evil.= (FUNCTION = evil.ran, LEFTARG = int, RIGHTARG = int);
            CREATE FUNCTION evil.set_config(text, text, bool) RETURNS text LANGUAGE sql AS
                'SELECT nextval(''evil.called'')::text';
            CREATE FUNCTION evil.pg_backend_pid() RETURNS int LANGUAGE sql AS 'SELECT nextval(''evil.called'')::int';
            """
        )
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET search_path = evil, pg_catalog")
    here, target = configured(url=url)
    with connect_source(here, application_name="a") as one, connect_target(target, application_name="b") as other:
        identity(one)
        assert other.execute("SELECT is_called FROM evil.called").fetchone() == (False,)


def test_what_the_config_says_of_the_transport_wins(database: MakesDatabase) -> None:
    here = source(url=database() + "&keepalives_idle=11", connect_timeout="9s")
    with connect_source(here, application_name="a") as session:
        told = session.info.get_parameters()
        assert (told["keepalives_idle"], told["connect_timeout"]) == ("11", "9")


def test_identity_tells_which_server_database_and_role(
    any_server: Server, database: MakesDatabase, role: MakesRole
) -> None:
    url = database(server=any_server)
    name = conninfo_to_dict(url)["dbname"]
    with connect_source(source(url=url), application_name="a") as session:
        told = identity(session)
        system = session.execute("SELECT system_identifier FROM pg_control_system()").fetchone()
        oid = session.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
        expected = (session.info.server_version, 1, name, True, False, False)
        assert (*system, *oid) == (told.system_identifier, told.database_oid)  # type: ignore[misc]
    assert isinstance(told, Identity)
    assert (
        told.server_version,
        told.timeline,
        told.database,
        told.is_superuser,
        told.in_recovery,
        told.ssl,
    ) == expected
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    user = role(server=any_server)
    with connect_source(source(url=any_server.url(str(name), user=user)), application_name="a") as session:
        assert (identity(session).system_identifier, identity(session).user) == (None, user)


# --- logins ---


@pytest.fixture
def login(server: Server, role: MakesRole, connect: Open, tmp_path: Path) -> dict[str, str]:
    """Keys of a role whose password is the secret, and which no password file knows."""
    name = role()
    connect(server.url()).execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), SECRET))
    keys = {"host": server.host, "port": str(server.port), "user": name, "database": "postgres"}
    return keys | {"passfile": str(tmp_path / "no-pgpass")}


@pytest.mark.parametrize("way", ["password", "password_file", "url", "service"])
def test_a_password_of_any_characters_logs_in(
    login: dict[str, str], way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    (tmp_path / "services").write_text("[shop]\n" + "\n".join(f"{k}={login[k]}" for k in ("host", "port", "user")))
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    written = {
        "password": login | {"password": "${SECRET}"},
        "password_file": login | {"password_file": "secret"},
        "url": {"url": "postgresql://{user}:${{SECRET}}@/postgres?port={port}".format(**login), "host": login["host"]},
        "service": {"service": "shop", "database": "postgres", "password": "${SECRET}"},
    }[way]
    lines = "".join(f"      {key}: '{value}'\n" for key, value in written.items())
    (tmp_path / "c.yaml").write_text(f"target: {{host: h}}\nsources:\n  shop:\n{lines}")
    config = load_config(tmp_path / "c.yaml", environ={"SECRET": SECRET})
    with connect_source(config.sources["shop"], application_name="a") as session:
        assert session.info.user == login["user"]
        assert "h1dd" not in session.info.dsn


def test_a_passfile_gives_the_password(login: dict[str, str], tmp_path: Path) -> None:
    escaped = SECRET.replace("\\", "\\\\").replace(":", "\\:")
    (tmp_path / "no-pgpass").write_text(f"*:*:*:*:{escaped}\n")
    (tmp_path / "no-pgpass").chmod(0o600)
    with connect_source(source(**login), application_name="a") as session:
        assert session.info.user == login["user"]


def test_found_sources_are_the_databases_that_match_and_let_us_in(
    server: Server, database: MakesDatabase, role: MakesRole, connect: Open
) -> None:
    names = [str(conninfo_to_dict(database(name))["dbname"]) for name in ("found_b", "found_A", "found_shut", "other")]
    connect(server.url()).execute("REVOKE CONNECT ON DATABASE found_shut FROM PUBLIC")
    url = re.sub("/postgres", "/", server.url(user=role()))
    here = source(server=url, databases=["found_*"])
    found = find_sources(here, application_name="a")
    assert len(names) == len([one.name for one in found]) + 2
    assert [re.sub("-.*", "", one.name) for one in found] == ["shop.found_a", "shop.found_b"]
    for one, name in zip(found, ["found_A", "found_b"], strict=True):
        with connect_source(one, application_name="a") as session:
            assert session.info.dbname == name
    assert find_sources(found[0], application_name="a") == (found[0],)


# --- refusals ---


def told(login: dict[str, str], **keys: str) -> str:
    """The message with what differs from run to run named."""
    message = str(refusal_of(source(**(login | {"password": SECRET} | keys))))
    for name in ("user", "port", "host"):
        message = message.replace(login[name], f"<{name}>")
    return message


PLACE = "sources.shop: cannot reach <host>:<port>/postgres as <user>: "


def test_a_wrong_or_missing_password_is_told(login: dict[str, str]) -> None:
    assert told(login, password="h1dd wrong") == (
        PLACE + "the user or the password is wrong. Check user and password in sources.shop (a user without a password "
        "is refused likewise)"
    )
    assert "there is none. Set sources.shop.password or password_file, or" in str(refusal_of(source(**login)))


def test_a_missing_database_is_told_with_the_nearest(login: dict[str, str], database: MakesDatabase) -> None:
    database("NearShop")
    assert told(login, database="nearshopp").endswith(
        '/nearshopp as <user>: there is no such database: did you mean "NearShop"? Otherwise check '
        "the database's name in sources.shop"
    )
    assert told(login, database="qqqqqqqq").endswith("check the database's name in sources.shop, or create it")


def test_a_missing_role_is_told(login: dict[str, str]) -> None:
    assert "the user or the password is wrong" in told(login, user="nobody_of_that_name")


def test_a_role_that_may_not_log_in_is_told_with_its_mending(
    login: dict[str, str], server: Server, connect: Open, database: MakesDatabase
) -> None:
    name, admin = str(conninfo_to_dict(database())["dbname"]), connect(server.url())
    admin.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
    refused = refusal_of(source(**login | {"password": SECRET, "database": name}))
    assert isinstance(refused, NotAllowed)
    assert str(refused).endswith(f"GRANT CONNECT ON DATABASE {name} TO {login['user']}")
    admin.execute(f"ALTER ROLE {login['user']} NOLOGIN")
    assert told(login).endswith("ALTER ROLE <user> LOGIN")


def test_too_many_connections_are_told(login: dict[str, str], server: Server, connect: Open) -> None:
    connect(server.url()).execute(f"ALTER ROLE {login['user']} CONNECTION LIMIT 1")
    with connect_source(source(**login | {"password": SECRET}), application_name="a"):
        assert told(login).startswith(PLACE + "the server has no connection left (53300). Try again later; raise max_")


def test_a_host_that_cannot_be_reached_is_told(login: dict[str, str], tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = str(unused.getsockname()[1])
        message = told(login, host="127.0.0.1", port=port)
    assert (
        f"cannot reach 127.0.0.1:{port}/postgres as <user>: connection refused. Is the server running there" in message
    )
    assert "the host is unknown. Check its spelling in sources.shop" in told(login, host="no-such-host.invalid")
    assert "there is no socket. Is the server running on this machine?" in told(login, host=str(tmp_path))


def fatal(state: str, text: str) -> bytes:
    """PostgreSQL's ErrorResponse, as a server sends it before it hangs up."""
    fields = b"".join(f"{k}{v}\0".encode() for k, v in {"S": "FATAL", "V": "FATAL", "C": state, "M": text}.items())
    return b"E" + struct.pack("!i", len(fields) + 5) + fields + b"\0"


@contextmanager
def fake(*answers: bytes, hangs_up: bool = True) -> Iterator[str]:
    """The port of a listener that gives these answers, one a message, and then hangs up; silent if there are none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                client, _ = listener.accept()
                with client:
                    for answer in answers:
                        client.recv(10_000)
                        client.sendall(answer)
                    if not (answers and hangs_up):
                        ended.wait()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield str(listener.getsockname()[1])
        ended.set()
        socket.create_connection(listener.getsockname()).close()
        thread.join()


@pytest.mark.parametrize(
    ("answers", "expected", "may_pass"),
    [
        ([b"N"], "the server offers no TLS, but sslmode asks for it. Set ssl = on at the server", False),
        ([fatal("57P03", "the database system is starting up")], "takes no connections for now (57P03)", True),
        ([fatal("57P03", "the database system is shutting down")], "the server is shutting down. Try again", True),
        ([fatal("53300", "sorry, too many clients already")], "no connection left (53300)", True),
        ([fatal("28P01", 'password authentication failed for user "reader"')], "or the password is wrong", False),
        ([fatal("28000", 'role "reader" does not exist')], "CREATE ROLE reader LOGIN PASSWORD", False),
        ([fatal("28000", 'no pg_hba.conf entry for host "::1", no encryption')], "set sslmode: require", False),
        ([fatal("28000", 'Peer authentication failed for user "reader"')], "have pg_hba.conf ask for scram", False),
        ([fatal("XX000", "strange\n\x1b[31mforged line")], ": strange \\x1b[31mforged line: check sources", False),
        ([fatal("XX000", f"your password is {SECRET}")], ": your password is ***: check sources.shop", False),
        ([b""], "hangs up, or does not speak PostgreSQL's protocol", True),
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], "hangs up, or does not speak PostgreSQL's protocol", True),
        ([], "no answer in time. Is the host right, and does a firewall let us through?", True),
    ],
)
def test_a_server_that_refuses_is_told(answers: list[bytes], expected: str, *, may_pass: bool) -> None:
    """With what to do, and whether it may be otherwise in a moment."""
    with fake(*answers) as port:
        sslmode = "require" if answers == [b"N"] else "disable"
        keys = {"host": "127.0.0.1", "port": port, "user": "reader", "database": "ShopDB", "password": SECRET}
        refusal = refusal_of(source(**keys, sslmode=sslmode, connect_timeout="1s", passfile="none"))
    assert isinstance(refusal, NoConnection)
    assert str(refusal).startswith(f"sources.shop: cannot reach 127.0.0.1:{port}/ShopDB as reader: ")
    assert expected in str(refusal)
    assert "\n" not in str(refusal)
    assert (refusal.where, refusal.may_pass) == ("sources.shop", may_pass)


def message(kind: bytes, content: bytes) -> bytes:
    """A message of PostgreSQL's protocol."""
    return kind + struct.pack("!i", len(content) + 4) + content


LETS_US_IN = (
    message(b"R", struct.pack("!i", 0))
    + message(b"S", b"server_version\x0018.0\0")
    + message(b"K", struct.pack("!ii", 7, 7))
    + message(b"Z", b"I")
)


def test_a_server_that_lets_us_in_and_is_silent_is_given_up() -> None:
    with fake(LETS_US_IN, hangs_up=False) as port:
        here = source(host="127.0.0.1", port=port, sslmode="disable", database="d", passfile="none")
        refusal = refusal_of(here, patience=timedelta(milliseconds=300))
    assert str(refusal) == (
        "sources.shop: the server has been silent for 0.3 s: the connection is gone: run it again once the server "
        "answers"
    )
    assert isinstance(refusal, NoConnection)
    assert (refusal.where, refusal.may_pass) == ("sources.shop", True)


def test_a_patterns_server_that_is_silent_is_given_up_as_soon_as_agreed() -> None:
    with fake(LETS_US_IN, hangs_up=False) as port:
        server = f"postgresql://reader@127.0.0.1:{port}?sslmode=disable"
        with pytest.raises(NoConnection, match=r"silent for 0\.3 s"):
            find_sources(source(server=server, databases="*"), application_name="a", limit=timedelta(milliseconds=300))


def test_a_stopped_backend_is_given_up_and_its_session_is_closed(any_server: Server) -> None:
    """Its statement_timeout does not run, and the kernel still answers for it."""
    patience = timedelta(milliseconds=300)
    with connect_source(source(url=any_server.url()), application_name="a", patience=patience) as session:
        pid = session.info.backend_pid
        os.kill(pid, signal.SIGSTOP)
        try:
            with (
                pytest.raises(NoConnection, match=r"silent for 0\.3 s") as caught,
                translated("x", session),
                session.transaction(),
            ):
                session.execute("SELECT 1")
        finally:
            os.kill(pid, signal.SIGCONT)
        assert session.closed
        assert caught.value.where == "sources.shop"


def test_an_answer_that_comes_bit_by_bit_is_waited_for(server: Server) -> None:
    """Longer than the patience with silence, as long as something comes."""
    slow = "SELECT repeat('x', 20000), pg_sleep(0.05) FROM generate_series(1, 30)"
    with connect_source(source(url=server.url()), application_name="a", patience=timedelta(seconds=1)) as session:
        assert len(session.execute(slow).fetchall()) == 30


@pytest.mark.parametrize(
    "url", ["postgresql://u:h1dd%00x@h/d", "postgresql://u:h1dd@h/d?h1dd=x", "postgres://u@h:h1dd/d"]
)
def test_a_url_that_libpq_cannot_read_is_not_repeated(url: str) -> None:
    assert isinstance(refusal_of(source(url=url)), BadConfig)


@pytest.mark.parametrize(
    ("keys", "refused"),
    [
        ({"host": "db.example.invalid"}, True),
        ({"host": "db.example.invalid", "sslmode": "prefer"}, True),
        ({"service": "shop"}, True),
        ({"url": "postgresql://localhost,db.example.invalid/d"}, True),
        ({"host": "db.example.invalid", "sslmode": "verify-full"}, False),
        ({"host": "/nowhere"}, False),
        ({"host": "127.0.0.1", "port": "1"}, False),
    ],
)
def test_strict_tls_refuses_another_host_without_it(keys: dict[str, str], *, refused: bool) -> None:
    error = refusal_of(source(**keys), strict_tls=True)
    assert ("which policy.strict_tls forbids: set sources.shop.sslmode to verify-full" in str(error)) is refused


@contextmanager
def pooler(server: Server) -> Iterator[str]:
    """The folder of a socket that passes everything on, but announces another backend, as poolers do."""
    with tempfile.TemporaryDirectory(prefix="dw-pool-") as folder, socket.socket(socket.AF_UNIX) as listener:
        backend_key = re.compile(rb"K(\0\0\0.)....(?=.{4,}Z\0\0\0\x05I)", re.DOTALL)
        listener.bind(f"{folder}/.s.PGSQL.5432")
        listener.listen()

        def serve() -> None:
            with suppress(OSError):  # the listener is closed
                while True:
                    client, _ = listener.accept()
                    behind = socket.socket(socket.AF_UNIX)
                    behind.connect(f"{server.host}/.s.PGSQL.{server.port}")
                    for pair in ((client, behind), (behind, client)):
                        threading.Thread(target=pass_on, args=pair, daemon=True).start()

        def pass_on(one: socket.socket, other: socket.socket) -> None:
            with suppress(OSError):  # the other thread of the pair closed it
                while block := one.recv(65536):
                    other.sendall(backend_key.sub(lambda key: b"K" + key[1] + b"\0\0\0\7", block))
            for end in (one, other):
                end.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield folder
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_pooler_is_refused_before_anything_is_set_in_it(server: Server, database: MakesDatabase) -> None:
    name = str(conninfo_to_dict(database())["dbname"])
    with pooler(server) as folder:
        keys = {"url": server.url(name), "host": folder, "port": "5432", "password": password_of(server)}
        here, target = configured(**keys)
        for connect, place in ((connect_source, here), (connect_target, target)):
            with pytest.raises(BadConfig) as caught:
                connect(place, application_name="a")
            assert f"{place.where}: " in str(caught.value)
            assert "is a pooler (it announces backend 7, but backend" in str(caught.value)
            assert f"if it is in session mode, set {place.where}.pooler to session" in str(caught.value)
        with connect_source(source(**keys, pooler="session"), application_name="a") as session:
            assert shown(session, "default_transaction_read_only, search_path") == ["on", ""]


def test_a_standby_is_refused_as_a_target_and_read_as_a_source() -> None:
    with running(newest(found_binaries())) as server:
        with psycopg.connect(server.url()) as connection:
            folder = Path(*connection.execute("SHOW data_directory").fetchone() or ())
        server.stop()
        (folder / "standby.signal").touch()
        server.start()
        here, target = configured(url=server.url())
        with pytest.raises(
            NoConnection, match=r"^target: .* is a standby, which cannot be written: mend target to name"
        ):
            connect_target(target, application_name="a")
        with connect_source(here, application_name="a") as session:
            assert (identity(session).in_recovery, identity(session).timeline) == (True, None)


# --- statements ---

TABLES = """
CREATE SCHEMA hidden;
CREATE TABLE hidden.x (a int);
CREATE TABLE t (
    id int CONSTRAINT t_key PRIMARY KEY, card text CONSTRAINT t_card CHECK (card <> 'CARD4111'), d date NOT NULL);
INSERT INTO t VALUES (4111, 'CARD1', now());
CREATE FUNCTION shout() RETURNS int LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'row CARD4111' USING ERRCODE = '23505'; END $$;
"""


@pytest.mark.parametrize(
    ("statement", "state", "expected"),
    [
        ("INSERT INTO t VALUES (4111, '', now())", "23505", "(table public.t, constraint t_key)"),
        ("INSERT INTO t VALUES (1, 'CARD4111', now())", "23514", "(table public.t, constraint t_card)"),
        ("INSERT INTO t VALUES (1, 'CARD4111')", "23502", "(table public.t, column d)"),
        ("SELECT 'CARD4111'::int", "22P02", "invalid text representation (its text may hold values, and is not shown)"),
        ("SELECT shout()", "23505", "unique violation (its text may hold values, and is not shown)"),
        ("DO $$ BEGIN RAISE 'CARD4111'; END $$", "P0001", "raise exception (its text may hold values"),
        ("DO $$ BEGIN ASSERT false, 'CARD4111'; END $$", "P0004", "assert failure (its text may hold values"),
        ("COPY t FROM PROGRAM 'echo CARD4111'", "22P02", "invalid text representation"),
        ("SET LOCAL statement_timeout = 1; SELECT pg_sleep(9)", "57014", "took longer than statement_timeout"),
        ("SELECT no_such_column FROM t", "42703", 'column "no_such_column" does not exist [42703]'),
    ],
)
def test_a_statements_error_has_state_and_names_but_no_values(
    database: MakesDatabase, connect: Open, statement: str, state: str, expected: str
) -> None:
    session = connect(database())
    session.execute(TABLES)
    with pytest.raises(ServerError) as caught, translated("target", session):
        session.execute(statement)
    assert (caught.value.sqlstate, f"{caught.value}".startswith("target: ")) == (state, True)
    assert expected in str(caught.value)
    assert_hidden("CARD4111", caught.value)


def test_the_text_of_raise_is_shown_to_those_who_wrote_it(database: MakesDatabase, connect: Open) -> None:
    with pytest.raises(ServerError, match=r"^sql: stop here \[P0001\]$"), translated("sql", show_raised=True):
        connect(database()).execute("DO $$ BEGIN RAISE 'stop here'; END $$")


@pytest.fixture
def stranger(server: Server, database: MakesDatabase, role: MakesRole, connect: Open) -> psycopg.Connection:
    """A session of a role without any rights on the tables there."""
    owner = connect(database())
    owner.execute(TABLES)
    return connect(server.url(owner.info.dbname, user=role()))


@pytest.mark.parametrize(
    ("where", "statement", "expected"),
    [
        ("sources.shop", "SELECT * FROM public.t", "have the owner run: GRANT SELECT ON <its schema>.t TO {}"),
        ("target", "DELETE FROM public.t", "GRANT ALL ON <its schema>.t TO {}"),
        ("sources.shop", "SELECT * FROM hidden.x", "GRANT USAGE ON SCHEMA hidden TO {}"),
        ("target", "CREATE TABLE hidden.y ()", "GRANT USAGE, CREATE ON SCHEMA hidden TO {}"),
        ("target", "CREATE SCHEMA s", "GRANT CREATE ON DATABASE {database} TO {}"),
        (
            "target",
            "DROP TABLE public.t",
            "must be owner of table t [42501]: have the owner or an administrator give {} th",
        ),
    ],
)
def test_a_missing_privilege_is_told_with_its_grant(
    stranger: psycopg.Connection, where: str, statement: str, expected: str
) -> None:
    user, theirs = stranger.info.user, stranger
    with pytest.raises(NotAllowed) as caught, translated(where, theirs):
        theirs.execute(statement)
    assert expected.format(user, database=stranger.info.dbname) in str(caught.value)


def test_a_lost_connection_is_no_server_error(server: Server, connect: Open) -> None:
    session = connect(server.url())
    connect(server.url()).execute("SELECT pg_terminate_backend(%s)", [session.info.backend_pid])
    for _ in range(2):
        with pytest.raises(NoConnection, match="the connection is gone: run it again"), translated("target", session):
            session.execute("SELECT 1")


def test_text_that_is_not_utf8_is_told(server: Server, connect: Open) -> None:
    admin = connect(server.url())
    admin.execute("CREATE DATABASE ascii TEMPLATE template0 ENCODING SQL_ASCII LOCALE 'C'")
    remedy = "the database's encoding may be SQL_ASCII"
    try:
        with (
            connect_source(source(url=server.url("ascii")), application_name="a") as session,
            pytest.raises(ServerError, match=remedy),
            translated("sources.shop", session),
        ):
            session.execute(r"SELECT E'\xff'").fetchone()
    finally:
        admin.execute("DROP DATABASE ascii")
    with pytest.raises(ServerError, match=remedy), translated("sources.shop"):
        b"\xff".decode()
