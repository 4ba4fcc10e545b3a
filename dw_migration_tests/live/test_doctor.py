"""`doctor` tells everything that is wrong at once, each with what to do."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.config import config_of, load_config
from dw_migration.errors import DwMigrationError
from dw_migration.live.connections import connect_source
from dw_migration.live.doctor import Doctored, _in_threads, doctor, of_target
from dw_migration.live.doctor.checks import apart
from dw_migration.live.doctor.of_receiver import receiver_checks
from dw_migration.live.doctor.of_source import Seen
from dw_migration.live.embedded import Server, found_binaries, newest
from dw_migration.live.extensions import obstacles
from dw_migration.live.roles import powers
from dw_migration_tests.outside import Shop, opened_shop, password_of


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    with opened_shop(server, tmp_path, "ill_shop") as made:
        yield made


def told(shop: Shop, **changes: Any) -> dict[tuple[str, str], Doctored]:
    """What is not as it should be, by subject and check."""
    config = load_config(shop.config(**changes))
    return {(each.subject, each.check): each for each in doctor(config, config.sources.values()) if not each.ok}


def test_a_reader_with_connect_alone_and_a_fresh_target_are_well(shop: Shop) -> None:
    shop.on(shop.source, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
    assert told(shop, sources={"shop": {"url": shop.server.url(shop.name, user=shop.make_role())}}) == {}


def test_every_power_to_write_is_told_with_what_takes_it_away(shop: Shop) -> None:
    writer = shop.make_role()
    shop.on(
        shop.source,
        f"""
        ALTER ROLE {writer} BYPASSRLS CREATEDB CREATEROLE REPLICATION;
        GRANT pg_write_server_files TO {writer};
        GRANT CREATE ON DATABASE {shop.name} TO {writer};
        GRANT CREATE ON SCHEMA public TO {writer};
        GRANT INSERT ON orders TO {writer};
        GRANT UPDATE ("Email") ON "Users" TO {writer}
        """,
    )
    with psycopg.connect(shop.server.url(shop.name, user=writer), autocommit=True) as session:
        found = powers(session)
    assert [each.what for each in found] == [
        "it has BYPASSRLS",
        "it has CREATEDB",
        "it has CREATEROLE",
        "it has REPLICATION",
        "it is a member of pg_write_server_files",
        "it may create schemas",
        "it may create in the schema public",
        'it may write to 2 tables (public."Users", public.orders)',
    ]
    shop.on(shop.source, "; ".join(each.remedy for each in found))
    shop.on(shop.source, f'REVOKE UPDATE ("Email") ON "Users" FROM {writer}')
    with psycopg.connect(shop.server.url(shop.name, user=writer), autocommit=True) as session:
        assert powers(session) == ()


def test_a_role_that_could_write_is_a_warning_or_by_policy_an_error(shop: Shop) -> None:
    found = told(shop)["sources.shop", "role"]
    assert (found.severity, found.found) == ("warning", "it could write, although we never do: it is a superuser")
    assert found.remedy.endswith(f"GRANT CONNECT ON DATABASE {shop.name} TO dw_reader")
    assert told(shop, policy={"strict_roles": True})["sources.shop", "role"].severity == "error"


def test_what_the_target_role_lacks_is_granted_by_the_remedies(shop: Shop) -> None:
    writer = shop.make_role()
    shop.on(shop.target, f"REVOKE ALL ON DATABASE {shop.name}_dw FROM PUBLIC")
    shop.on(shop.target, f"GRANT CONNECT ON DATABASE {shop.name}_dw TO {writer}")
    target = {"url": shop.server.url(f"{shop.name}_dw", user=writer)}
    found = told(shop, target=target)["target", "privileges"]
    assert found.remedy == (
        f"have the database's owner run: GRANT CREATE, TEMPORARY ON DATABASE {shop.name}_dw TO {writer};"
    )
    shop.on(shop.target, found.remedy.partition("run: ")[2])
    assert ("target", "privileges") not in told(shop, target=target)


def test_names_extensions_and_clashes_of_all_sources_are_told_at_once(shop: Shop) -> None:
    twins = shop.make_database("ill_twins", 'CREATE TABLE users (); CREATE TABLE "Users" ()')
    strange = shop.make_database("ill_strange", "CREATE EXTENSION citext; CREATE TABLE t (a citext)")
    shop.on(
        strange,
        "SET allow_system_table_mods = on; UPDATE pg_extension SET extname = 'postgis2' WHERE extname = 'citext'",
    )
    shop.on(shop.target, "CREATE SCHEMA dw__ill_twins__public")
    sources = {"a": {"url": shop.source}, "b": {"url": shop.source}, "twins": {"url": twins}, "odd": {"url": strange}}
    found = told(shop, sources=sources)
    errors = {key: each for key, each in found.items() if each.severity == "error"}
    assert list(errors) == [
        ("target", "extensions"),
        ("sources.a", "names"),
        ("sources.b", "names"),
        ("sources.twins", "free names"),
        ("sources.twins", "names"),
    ]
    assert all(each.remedy for each in found.values())
    assert errors["sources.a", "names"].found == (
        "the target schema dw__ill_shop__public would be that of a (ill_shop.public) and b (ill_shop.public)"
    )
    assert errors["sources.twins", "names"].remedy == 'naming.overrides: {"ill_twins.public.Users": users_2}'
    assert "dw-migration apply twins --adopt" in errors["sources.twins", "free names"].remedy


def test_ambiguous_schemas_of_two_databases_clash(shop: Shop) -> None:
    one = shop.make_database("ill", "CREATE SCHEMA a__b")
    other = shop.make_database("ill__a", "CREATE SCHEMA b")
    found = told(shop, sources={"one": {"url": one, "schemas": ["a__b"]}, "other": {"url": other, "schemas": ["b"]}})
    assert "dw__ill__a__b would be that of one (ill.a__b) and other (ill__a.b)" in found["sources.one", "names"].found


def test_a_lock_table_that_is_too_small_is_told_with_the_setting(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.on(shop.source, "; ".join(f"CREATE TABLE t{number} ()" for number in range(40)))
    monkeypatch.setattr(of_target, "_LOCK_TABLE", "SELECT 60, 64")
    found = told(shop)["target", "lock table"]
    assert found.severity == "warning"
    assert found.remedy == "ALTER SYSTEM SET max_locks_per_transaction = 128, and restart the server"


def test_extensions_are_judged_by_the_role(shop: Shop) -> None:
    writer = shop.make_role()
    shop.on(shop.target, f"GRANT CREATE ON DATABASE {shop.name}_dw TO {writer}")
    with psycopg.connect(shop.server.url(f"{shop.name}_dw", user=writer), autocommit=True) as session:
        found = {each.name: each.remedy for each in obstacles(session, ["citext", "bloom", "nowhere", "vectorscale"])}
        session.execute("CREATE EXTENSION citext")
    assert found["bloom"] == "have one run there: CREATE EXTENSION bloom;"
    assert "install its package there" in found["nowhere"]
    assert "citext" not in found
    with psycopg.connect(shop.target, autocommit=True) as session:
        assert [each.name for each in obstacles(session, ["citext", "bloom"])] == []


def test_the_way_to_another_host_is_to_be_protected(tmp_path: Path) -> None:
    with Server(tmp_path / "server", newest(found_binaries()), settings={"fsync": "off"}, tcp=True) as server:
        password = password_of(server)
        place = {"host": "0.0.0.0", "port": server.port, "user": "postgres", "database": "postgres"}  # noqa: S104
        sources = {"near": {"url": server.url()}, "far": {**place, "password": password}}
        sources["said"] = {**sources["far"], "sslmode": "prefer"}
        shop = Shop(server, tmp_path, "postgres")
        found = told(shop, sources=sources, target={"url": server.url()})
    warned = {key: each for key, each in found.items() if key[1] == "transport"}
    assert list(warned) == [("sources.far", "transport")]
    assert warned["sources.far", "transport"].severity == "warning"
    assert warned["sources.far", "transport"].remedy.startswith("set sources.far.sslmode to verify-full")


def test_a_source_that_hangs_is_left_behind(shop: Shop) -> None:
    config = load_config(shop.config(sources={"hangs": {"url": shop.source}, "shop": {"url": shop.source}}))
    over = threading.Event()

    def examine(source: Any) -> Seen:
        if source.name == "hangs":
            over.wait()
        return Seen(source, ())

    hanging, seen = _in_threads(examine, tuple(config.sources.values()), patience=1)
    over.set()
    assert [each.found for each in hanging.checks] == ["no answer within 1 s"]
    assert seen.checks == ()


def test_the_remedy_is_told_apart_from_what_was_found(shop: Shop) -> None:
    refused = load_config(shop.config(sources={"shop": {"url": shop.source.replace("ill_shop", "ill_shp")}}))
    with pytest.raises(DwMigrationError) as caught:
        connect_source(refused.sources["shop"], application_name="a")
    found, remedy = apart(str(caught.value))
    assert found.endswith("as postgres: there is no such database")
    assert remedy.startswith('did you mean "ill_shop"?')
    assert apart("target: x as u: refused. Is the server running there: or not?") == (
        "target: x as u: refused",
        "Is the server running there: or not?",
    )
    assert apart("no table 'a'; there are: b, c") == ("no table 'a'", "there are: b, c")


def test_a_target_with_tables_of_ours_is_well(shop: Shop) -> None:
    config = load_config(shop.config())
    assert migrate.sync(config, *migrate.sources_named(config)).status == "in_sync"
    assert [key for key, each in told(shop).items() if each.severity == "error"] == []


@pytest.mark.parametrize(
    ("notify", "severity", "found"),
    [
        ("https://hooks.example.com/h1dden", None, "a url at hooks.example.com"),
        ("http://127.0.0.1:9/h1dden", None, "a url at 127.0.0.1"),
        ("http://[::1]/h1dden", None, "a url at ::1"),
        ("http://hooks.example.com/h1dden", "warning", "notices go to hooks.example.com by http"),
        ("sh h1dden", None, "/sh"),
        ("./hook.sh h1dden", None, "/hook.sh"),
        ("./nothing.sh h1dden", "error", "the command of policy.notify is not there"),
        ("nothing-of-that-name h1dden", "error", "the command of policy.notify is not there"),
        ("https://${NOWHERE_SET}/h1dden", "error", "the environment variable NOWHERE_SET is not set"),
    ],
)
def test_whether_notices_could_be_sent_is_told_without_sending_one(
    tmp_path: Path, notify: str, severity: str | None, found: str
) -> None:
    (tmp_path / "hook.sh").write_text("touch was_run")
    (tmp_path / "hook.sh").chmod(0o755)
    config = config_of({"target": {"host": "h", "database": "d"}, "policy": {"notify": notify}}, tmp_path)
    (check,) = receiver_checks(config)
    assert (check.subject, check.check, None if check.ok else check.severity) == ("config", "notify", severity)
    assert found in check.found
    assert bool(check.remedy) == (severity is not None)
    assert "h1dden" not in f"{check}"
    assert not (tmp_path / "was_run").exists()


def test_what_strict_tls_forbids_is_an_error_of_the_receiver_too(tmp_path: Path) -> None:
    policy = {"notify": "http://hooks.example.com", "strict_tls": True}
    config = config_of({"target": {"host": "h", "database": "d"}, "policy": policy}, tmp_path)
    (check,) = receiver_checks(config)
    assert (check.severity, check.remedy) == ("error", "use https://")
