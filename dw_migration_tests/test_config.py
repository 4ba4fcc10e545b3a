"""What a config says is what is meant, and every fault is told with its place and its remedy, but no secret."""

import copy
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from dw_migration.config import (
    Config,
    Connection,
    Naming,
    Objects,
    Policy,
    Receiver,
    Source,
    Sql,
    load_config,
    starter_config,
    valid_source_name,
)
from dw_migration.errors import BadConfig

SECRET = "h1dd%en@:/#?' $\"\\{x}"
TARGET = "target: {url: 'postgresql://dw@h/w'}\n"

Load = Callable[..., Config]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads text as a file, in the environment given."""

    def load_text(text: str | bytes, **environ: str) -> Config:
        path = tmp_path / "dw_migration.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_config(path, environ=environ)

    return load_text


def fault_of(load: Load, text: str | bytes, **environ: str) -> str:
    """The message of the BadConfig, with the file's name alone."""
    with pytest.raises(BadConfig) as caught:
        load(text, **environ)
    return re.sub(r"\S*/dw_migration\.yaml", "dw_migration.yaml", str(caught.value))


# --- what is meant ---


def test_starter_config_is_valid_and_shows_the_defaults(load: Load) -> None:
    config = load(starter_config())
    assert (config.naming, config.objects, config.policy) == (Naming(), Objects(), Policy())
    assert config.schedule == "0 5 * * *"
    assert list(config.sources) == ["shop"]
    assert config.sources["shop"].where == "sources.shop"


@pytest.mark.parametrize("section", [Config, Connection, Source, Naming, Objects, Policy, Sql])
def test_starter_config_explains_every_key(section: type) -> None:
    keys = getattr(section, "model_fields", None) or section.__pydantic_fields__  # type: ignore[attr-defined]
    assert [key for key in keys if not re.search(rf"^[ #]*{key}:", starter_config(), re.MULTILINE)] == []


def test_starter_config_is_valid_with_its_examples_uncommented(load: Load) -> None:
    text = re.sub(r"^(  )?(  )# (\w+:|  \w+:)", r"\1\2\3", starter_config(), flags=re.MULTILINE)
    config = load(text.replace("password_file:", "# password_file:"))
    assert list(config.sources) == ["shop", "tenants"]
    assert config.sources["tenants"].is_pattern
    assert config.target.sslmode == "verify-full"
    assert config.naming_of(config.sources["shop"]).schema == "dw__shop__{schema}"


def test_every_value_of_a_full_config_arrives(load: Load, tmp_path: Path) -> None:
    config = load(
        """
        target: {host: h, port: 5433, user: u, database: w, sslmode: verify-full, connect_timeout: 7s}
        sources:
          shop: {url: "postgres://h/ShopDB", schemas: [public, "App"], tables: "orders, order_*", exclude: [tmp_*]}
          no: {service: old, naming: {schema: "raw_{schema}"}}
          tenants: {server: "postgresql://r@t", databases: "tenant_*"}
        naming: {case: snake, replace: [{pattern: "^tbl", with: ""}], overrides: {"ShopDB.public.Order": orders}}
        objects: {views: skip, security_definer: true, languages: [sql]}
        policy: {breaking: allow, drops: retire, lock_timeout: 250ms, lock_budget: 1h30m, window: "22:00-05:30",
                 notify: "https://${HOST}/x", strict_tls: yes}
        workspace: ./w
        schedule: null
        databases: {old: {url: "postgresql://h/old"}}
        sql: {path: ../sql}
        """,
        HOST="hooks",
    )
    assert config.target.port == "5433"
    assert config.target.connect_timeout == timedelta(seconds=7)
    shop, no, tenants = config.sources.values()
    assert (shop.schemas, shop.tables, shop.exclude) == (("public", "App"), ("orders", "order_*"), ("tmp_*",))
    assert (no.name, no.schemas, no.tables, no.is_pattern) == ("no", "all", "all", False)
    assert (tenants.databases, tenants.is_pattern) == (("tenant_*",), True)
    assert config.naming_of(no).schema == "raw_{schema}"
    assert config.naming_of(shop).schema == "dw__{database}__{schema}"
    assert (config.naming.replace[0].pattern, config.naming.replace[0].with_) == ("^tbl", "")
    assert config.naming.overrides == {"ShopDB.public.Order": "orders"}
    assert (config.objects.security_definer, config.objects.languages) == (True, ("sql",))
    assert config.policy.lock_timeout == timedelta(milliseconds=250)
    assert config.policy.lock_budget == timedelta(minutes=90)
    assert config.receiver() == Receiver("https://hooks/x")
    assert config.policy.window is not None
    assert config.policy.window.holds(datetime(2026, 1, 1, 23, 0, tzinfo=UTC))
    assert not config.policy.window.holds(datetime(2026, 1, 1, 5, 30, tzinfo=UTC))
    assert config.schedule is None
    assert config.databases["old"].where == "databases.old"
    assert (config.workspace, config.sql.path) == (tmp_path / "w", tmp_path.parent / "sql")
    assert config.path == tmp_path / "dw_migration.yaml"


def test_what_is_left_out_or_empty_has_its_default(load: Load, tmp_path: Path) -> None:
    config = load(TARGET + "policy:\nobjects: {views: }\nsources:\nworkspace:\n")
    assert (config.policy, config.objects, config.sources) == (Policy(), Objects(), {})
    assert config.workspace == tmp_path / "migration_workspace"
    assert config.sql.path == tmp_path / "migrations"


@pytest.mark.parametrize(
    ("written", "duration"),
    [("100ms", {"milliseconds": 100}), ("1s", {"seconds": 1}), ("2m", {"minutes": 2}), ("30d", {"days": 30})],
)
def test_a_duration_is_read_and_written_back(load: Load, written: str, duration: dict[str, int]) -> None:
    config = load(f"{TARGET}policy: {{retire_for: {written}}}")
    assert config.policy.retire_for == timedelta(**duration)
    assert json.loads(config.model_dump_json())["policy"]["retire_for"] == written


def test_a_scalar_is_the_text_that_was_written(load: Load) -> None:
    """YAML would make an octal number, a sexagesimal one, a date and booleans of these."""
    config = load(TARGET + "sources: {on: {host: h, password: 0123}, 2024-01-01: {host: h, password: 1:30, user: yes}}")
    assert list(config.sources) == ["on", "2024-01-01"]
    assert [dict(s.login().keywords)["password"] for s in config.sources.values()] == ["0123", "1:30"]


def test_merge_keys_and_anchors_work(load: Load) -> None:
    config = load(TARGET + "sources: {a: &a {host: h, user: r, port: 1}, b: {<<: *a, port: 2}}")
    assert (config.sources["b"].user, config.sources["b"].port) == ("r", "2")


# --- where it is read from ---


def test_the_file_is_the_argument_else_the_variable_else_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("argument.yaml", "variable.yaml", "dw_migration.yaml"):
        (tmp_path / name).write_text(TARGET)
    variable = {"DW_MIGRATION_CONFIG": "variable.yaml", "TARGET_PG_DATABASE": "w", "SOURCE_PG_DATABASE": "s"}
    assert load_config(Path("argument.yaml"), environ=variable).path == tmp_path / "argument.yaml"
    assert load_config(environ=variable).path == tmp_path / "variable.yaml"
    assert load_config(environ={}).path == tmp_path / "dw_migration.yaml"


def test_the_environment_alone_describes_one_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pair = {"HOST": "h", "PORT": "5433", "USER": "u", "PASSWORD": SECRET + "${HOME}"}
    environ = {f"{side}_PG_{key}": value for side in ("SOURCE", "TARGET") for key, value in pair.items()}
    environ |= {"SOURCE_PG_DATABASE": "Shop DB", "TARGET_PG_DATABASE": "warehouse", "SOURCE_PG_SCHEMA": "public"}
    config = load_config(environ=environ | {"TABLES": "orders,order_*", "WORK_DIR": "${x}/w"})
    source = config.sources["shop_db"]
    expected = {"host": "h", "port": "5433", "user": "u", "password": SECRET + "${HOME}"}
    assert source.login().keywords == expected | {"dbname": "Shop DB"}
    assert config.target.login().keywords == expected | {"dbname": "warehouse"}
    assert (source.schemas, source.tables) == (("public",), ("orders", "order_*"))
    assert (config.workspace, config.path) == (tmp_path / "${x}/w", None)


def test_work_dir_is_the_workspace_that_the_file_does_not_name(load: Load, tmp_path: Path) -> None:
    assert load(TARGET, WORK_DIR="elsewhere").workspace == tmp_path / "elsewhere"
    assert load(TARGET + "workspace: here", WORK_DIR="elsewhere").workspace == tmp_path / "here"


def test_nothing_at_all_is_told_with_every_place_that_was_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadConfig) as caught:
        load_config(environ={})
    for word in ("--config", "$DW_MIGRATION_CONFIG", "dw_migration.yaml", "SOURCE_PG_HOST", "TARGET_PG_HOST", "TABLES"):
        assert word in str(caught.value)
    assert "`dw-migration init`" in str(caught.value)
    with pytest.raises(BadConfig, match="half a configuration: set TARGET_PG_DATABASE too"):
        load_config(environ={"SOURCE_PG_DATABASE": "s"})


@pytest.mark.parametrize("name", ["absent.yaml", "."])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadConfig, match=r"cannot be read: .*: mend --config or"):
        load_config(tmp_path / name, environ={})


# --- ${NAME} ---


def test_variables_of_a_connection_are_read_at_use(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    text = TARGET + "sources: {a: {host: '${AT_USE}', password: 'x${AT_USE}$${AT_USE}'}, b: {host: h}}"
    loaded = load(text, AT_USE="given")
    assert loaded.sources["a"].login().keywords == {"host": "given", "password": "xgiven${AT_USE}"}
    loaded = load(text)
    assert loaded.sources["b"].login().keywords == {"host": "h"}
    with pytest.raises(BadConfig, match=r"^sources\.a\.host: the environment variable AT_USE is not set: set it"):
        loaded.sources["a"].login()
    monkeypatch.setenv("AT_USE", "later")
    assert load_config(loaded.path).sources["a"].login().keywords["host"] == "later"


def test_a_variables_value_is_not_looked_at_again(load: Load) -> None:
    config = load(TARGET + "sources: {a: {host: h, password: '${A}'}}", A="${B}$${C}")
    assert config.sources["a"].login().keywords["password"] == "${B}$${C}"


def test_other_variables_are_read_at_load_in_lists_too(load: Load) -> None:
    text = TARGET + "sources: {a: {host: h, schemas: ['${S}', 'x$${S}']}}\nworkspace: /w/${S}"
    config = load(text, S="public")
    assert (config.sources["a"].schemas, config.workspace) == (("public", "x${S}"), Path("/w/public"))
    assert fault_of(load, text) == "\n".join(
        f"dw_migration.yaml:{line}: {key}: the environment variable S is not set: set it where this runs "
        "(or write $${S} if the characters themselves are meant)"
        for line, key in [(2, "sources.a.schemas.0"), (3, "workspace")]
    )


@pytest.mark.parametrize("written", ["${}", "${A B}", "${A:-x}", "${A", "a${"])
@pytest.mark.parametrize("key", ["password", "schemas"])
def test_a_malformed_variable_is_a_fault_at_load_and_not_repeated(load: Load, key: str, written: str) -> None:
    fault = fault_of(
        load, f"{TARGET}sources: {{a: {{host: h, {key}: '{SECRET.replace(chr(39), '')}{written}'}}}}", A="x"
    )
    assert f"sources.a.{key}: ${{ is not followed by NAME}}: write ${{NAME}}, or $${{" in fault
    assert "h1dd" not in fault


# --- passwords ---


@pytest.mark.parametrize("where", ["password", "variable", "password_file", "url"])
def test_a_password_holds_any_character_wherever_it_stands(load: Load, tmp_path: Path, where: str) -> None:
    (tmp_path / "secret").write_text(SECRET + "\r\n")
    written = {
        "password": f"host: h, password: {json.dumps(SECRET)}",
        "variable": "host: h, password: '${SECRET}'",
        "password_file": "host: h, password_file: secret",
        "url": "url: 'postgresql://u:${SECRET}@h/d'",
    }[where]
    login = load(f"{TARGET}sources: {{a: {{{written}}}}}", SECRET=SECRET).sources["a"].login()
    if where == "url":
        assert login.url == "postgresql://u:h1dd%25en%40%3A%2F%23%3F%27%20%24%22%5C%7Bx%7D@h/d"
    else:
        assert login.keywords["password"] == SECRET
    assert "h1dd" not in repr(login)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, "cannot read"),
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff", "is not UTF-8"),
        (b"a\0", "is empty or b"),
    ],
)
def test_a_password_file_is_told_of_by_its_key(load: Load, tmp_path: Path, content: bytes | None, found: str) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    source = load(TARGET + "sources: {a: {host: h, password_file: secret}}").sources["a"]
    with pytest.raises(BadConfig, match=rf"^sources\.a\.password_file: .*{found}"):
        source.login()


def test_secrets_show_nowhere(load: Load) -> None:
    config = load(
        f"target: {{url: 'postgresql://u:{SECRET[:4]}word@h/w'}}\npolicy: {{notify: h1ddhook}}\n"
        f"sources: {{a: {{host: h, password: {json.dumps(SECRET)}}}, "
        "b: {server: 'postgres://u:h1dd@h', databases: x}}"
    )
    for text in (repr(config), str(config), config.model_dump_json(), str(config.model_dump()), f"{config.target!r}"):
        assert "h1dd" not in text


@pytest.mark.parametrize(
    "text",
    [
        "target: {host: h, pasword: h1dden}",
        "target: {host: h, password: [h1dden]}",
        "target: {host: h, password: {h1dden: x}}",
        "target: {host: h, password: h1dden, password_file: x}",
        "target: {url: 'h1dden'}",
        "target: {url: ['h1dden']}",
        "target: {url: 'postgresql://u:p@h1dden@h/d'}",
        "target: {url: 'postgresql://u:p/h1dden@h/d'}",
        "target: {url: 'postgresql://u:h1dden%zz@h/d'}",
        "target: {server: 'postgresql://u:h1dden@h/d'}",
        "target:\n  password: *h1dden",
        "target:\n  password: &h1dden",
        "target:\n  password: &h1dden x\n  user: &h1dden x",
        "target:\n  password: !h1dden!x y",
        "target:\n  password: !h1dden y",
        "target:\n  password: @h1dden",
        "target:\n  password: h1dden: x",
        "target:\n  password: 'h1dden",
        'target:\n  password: "h1dden\\q"',
        "target:\n  password: h1dden\n\thost: h",
        "target:\n  password: h1dd\x07en",
        "policy: {notify: [h1dden]}",
    ],
)
@pytest.mark.parametrize("loader", ["CSafeLoader", "SafeLoader"])
def test_no_fault_tells_a_secret(load: Load, text: str, loader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "CSafeLoader", getattr(yaml, loader), raising=False)
    assert "h1dd" not in fault_of(load, text)


@pytest.mark.parametrize("value", ["postgresql://u:a@h1dd@h/d", "mysql://h1dd", "postgresql://h/%zzh1dd"])
def test_a_url_from_a_variable_is_checked_at_use(load: Load, value: str) -> None:
    with pytest.raises(BadConfig, match=r"^target\.url: ") as caught:
        load("target: {url: '${URL}'}", URL=value).target.login()
    assert "h1dd" not in str(caught.value)


# --- faults ---

FAULTS = {
    "target.prot: 1": 'target.prot: unknown key; did you mean "port"?',
    "sources.shop.schmeas: [a]": 'sources.shop.schmeas: unknown key; did you mean "schemas"?',
    "sources.shop.naming: {shema: x, schema: x}": 'sources.shop.naming.shema: unknown key; did you mean "schema"?',
    "naming.Schema: x": 'naming.Schema: unknown key; did you mean "schema"?',
    "naming.replace: [{pattern: a, wiht: b, with: c}]": 'naming.replace.0.wiht: unknown key; did you mean "with"?',
    "policy.zzz: null": "policy.zzz: unknown key; expected one of breaking, drops, target_drift, lock_timeout, ",
    "polcy: {}": 'polcy: unknown key; did you mean "policy"?',
    "path: x": "path: unknown key; expected one of target, sources, ",
    "policy.lock_timeout: 5": 'policy.lock_timeout: found "5"; expected a duration such as 100ms, 1s, 2m, 1h30m or 30d',
    "policy.lock_budget: 0s": "policy.lock_budget: found 0; expected more, since the server takes 0 for no limit",
    "policy.retire_for: 99999999999999d": 'policy.retire_for: found "99999999999999d"; expected a duration below',
    "policy.retire_for: [1d]": "policy.retire_for: found ",
    "policy.breaking: maybe": "policy.breaking: found \"maybe\"; expected 'hold' or 'allow'",
    "policy.strict_tls: perhaps": 'policy.strict_tls: found "perhaps"; expected true or false',
    "policy.window: 25": 'policy.window: found "25"; expected hours in UTC, as "22:00-05:30"',
    "policy: [a]": "policy: found a list; expected a mapping of settings",
    "objects.views: [keep]": "objects.views: found a list; expected 'keep', 'needed' or 'skip'",
    "objects.languages: {a: b}": "objects.languages: found a mapping; expected a list",
    "naming.schema: '{database.__class__}'": 'naming.schema: found "{database.__class__}"; expected a name with {data',
    "naming.schema: '{database!r}'": "naming.schema: found ",
    "naming.schema: '{0}'": "naming.schema: found ",
    "naming.schema: 'dw_{'": "naming.schema: found ",
    "naming.schema: ''": "naming.schema: found ",
    "naming.replace: [{pattern: '(', with: ''}]": 'naming.replace.0.pattern: found "(", not a regular expression: ',
    "naming.replace: [{pattern: 'a', with: '\\1'}]": 'naming.replace.0: with: found "\\1", which does not fit the pat',
    "naming.overrides: [a]": "naming.overrides: found a list; expected a mapping of settings",
    "schedule: hourly": 'schedule: found "hourly"; expected five cron fields, as "0 5 * * *", or null for none',
    "target.port: 99999": "target.port: expected a port from 1 to 65535",
    "target.sslmode: on": 'target.sslmode: found "on"; expected disable, allow, prefer, require, verify-ca or verify-f',
    "target.url: postgresql+psycopg2://h/d": "target.url: found postgresql+psycopg2://, which is SQLAlchemy's; expect",
    "databases.x: {user: u}": "databases.x: does not say where the database is; expected url, or host and database, or",
    "sources.shop.password_file: x\nsources.shop.password: y": "sources.shop: found password and password_file; expect",
    "sources.t: {server: 'postgres://h'}": "sources.t: found server without databases; expected databases: ",
    "sources.t: null": "sources.t: found nothing; expected a mapping of settings",
    "sources.shop.schemas: []": "sources.shop.schemas: found an empty list; expected all, or at least one name",
    "sources.shop.tables: {a: b}": "sources.shop.tables: found a mapping; expected all, or a list of names and globs",
    "sources.shop.tables: [[a]]": "sources.shop.tables: found a list; expected all, or a list of names and globs",
    "sources.shop.tables: [null]": "sources.shop.tables: found a list; expected all, or a list of names and globs",
    "workspace: [a]": "workspace: found a list; expected a path",
    "sql.path: ''": "sql.path: found text; expected a path",
    "sources.p: {server: 'postgres://h', databases: x}\nsources.'p.x': {host: h}": "the source p.x could be a ",
}


def nested(lines: str) -> str:
    """A config with each dotted key's value in its place."""
    content: dict[str, dict[str, str] | str] = {"target": {"host": "h"}, "sources": {}}
    shop = {"host": "h"}
    for line in lines.splitlines():
        path, value = re.split(r":(?= )", line, maxsplit=1)
        match path.split(".", 2):
            case ["sources", "shop", key]:
                shop[key] = value
            case [section, key, *rest]:
                content.setdefault(section, {})[".".join([key, *rest])] = value  # type: ignore[index]
            case [key]:
                content[key] = value
    content["sources"]["shop"] = f"{{{', '.join(f'{k}: {v}' for k, v in shop.items())}}}"  # type: ignore[index]
    flow = {
        k: v if isinstance(v, str) else f"{{{', '.join(f'{a}: {b}' for a, b in v.items())}}}"
        for k, v in content.items()
    }
    return "\n".join(f"{k}: {v}" for k, v in flow.items())


@pytest.mark.parametrize(("lines", "expected"), FAULTS.items(), ids=FAULTS)
def test_a_fault_names_its_key_what_was_found_and_what_is_expected(load: Load, lines: str, expected: str) -> None:
    fault = fault_of(load, nested(lines))
    assert re.sub(r"^dw_migration\.yaml:\d+: ", "", fault).startswith(expected)
    assert "\n" not in fault


def test_all_faults_are_told_at_once_by_line(load: Load) -> None:
    text = "sources:\n  shop:\n    host: h\n    schmeas: [a]\n    port: x\n  Bad Name:\n    host: h\npolcy: {}\n"
    assert fault_of(load, text).splitlines() == [
        "dw_migration.yaml:1: target: is missing: `dw-migration init` writes a starter config that explains every key",
        'dw_migration.yaml:4: sources.shop.schmeas: unknown key; did you mean "schemas"?',
        "dw_migration.yaml:5: sources.shop.port: expected a port from 1 to 65535",
        'dw_migration.yaml:6: sources."Bad Name": found the name "Bad Name"; expected lower-case letters, digits, _ . '
        "and - (no ..., neither . nor - first, no . last, at most 100), for it is a partition key and a folder: "
        "for example bad_name",
        'dw_migration.yaml:8: polcy: unknown key; did you mean "policy"?',
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "dw_migration.yaml: is empty: `dw-migration init` writes one"),
        (b"# only this\n", "dw_migration.yaml: is empty"),
        (b"- a\n", "dw_migration.yaml:1: expected a mapping (target: ..., sources: ...)"),
        (b"just text", "dw_migration.yaml:1: expected a mapping"),
        (b"a: 1\nb: \xff\n", "dw_migration.yaml:2: is not UTF-8: save it as UTF-8"),
        ("a: 1".encode("utf-16"), "dw_migration.yaml:1: is not UTF-8"),
        (b"a:\n\tb: 1\n", "dw_migration.yaml:2: is indented with a tab: YAML wants spaces"),
        (b"a: 1\n  \tb: 1\n", "dw_migration.yaml:2: is indented with a tab"),
        (b"a: 1\nb: \0\n", "dw_migration.yaml:2: holds the character U+0000, which YAML forbids"),
        (b"a: 1\nb: [1\n", "dw_migration.yaml:3: is not YAML: while parsing a flow sequence"),
        (b"a: @x\n", "dw_migration.yaml:1: is not YAML: "),
        (b"a: " + b"[" * 100_000, "dw_migration.yaml:1: is nested too deeply to be read"),
        (b"- " * 100_000, "dw_migration.yaml:1: is nested too deeply to be read"),
        (b"a: 1\n---\nb: 1\n", "dw_migration.yaml:2: is not YAML: expected a single document in the stream"),
        (b"a: 1\nb: 2\na: 3\n", 'dw_migration.yaml:3: the key "a" stands here a second time: remove one'),
        (b"a: {b: 1, 'b': 2}\n", 'dw_migration.yaml:1: the key "b" stands here a second time'),
        (b"a: !!python/object/apply:os.system [x]\n", "dw_migration.yaml:1: holds a !tag; expected plain values"),
        (b"a: !!binary eA==\n", "dw_migration.yaml:1: holds a !tag"),
        (b"{a}: 1\n", "dw_migration.yaml:1: a key is a list or a mapping"),
        (b"a: &a [*a]\n", "dw_migration.yaml:1: unfolds without end"),
        (b"a: {<<: [1]}\n", "dw_migration.yaml:1: << expects a mapping"),
        (b"a: " + b"[" * 5000, "dw_migration.yaml"),
    ],
)
def test_a_file_that_is_no_config_is_told_with_its_line(load: Load, text: bytes, expected: str) -> None:
    assert fault_of(load, text).startswith(expected)


def test_a_file_that_unfolds_to_millions_of_values_is_refused(load: Load) -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"] + [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "unfolds without end" in fault_of(load, "\n".join(lines))


def test_a_byte_order_mark_is_no_fault(load: Load) -> None:
    assert load(b"\xef\xbb\xbf" + TARGET.encode()).sources == {}


# --- names ---


@pytest.mark.parametrize("name", ["shop", "0", "_x", "a.b-c_d", "northwind-eu", "a..b", "x" * 100])
def test_a_source_name_is_a_partition_key_and_a_folder_of_its_own(load: Load, name: str) -> None:
    config = load(f"{TARGET}sources: {{'{name}': {{host: h}}}}")
    assert config.sources[name].name == name
    assert config.folder(name).parent == config.workspace


@pytest.mark.parametrize(
    "name",
    ["", "..", ".", "../x", "a/b", "a\\b", "/etc", "A", "a b", "a,b", "a...b", "-a", "a.", "é", "a\n", "x" * 101],
)
def test_a_source_name_that_leads_elsewhere_is_refused(load: Load, name: str) -> None:
    fault = fault_of(load, f"{TARGET}sources: {{{json.dumps(name)}: {{host: h}}}}")
    assert "found the name" in fault
    assert "\n" not in fault
    suggested = fault.rpartition("for example ")[2]
    assert load(f"{TARGET}sources: {{'{suggested}': {{host: h}}}}").sources[suggested]
    if len(name) <= 100:
        with pytest.raises(BadConfig, match="is no source's name"):
            load(TARGET).folder(name)


@pytest.mark.parametrize(
    ("database", "name"),
    [
        ("tenant_1", r"tenants\.tenant_1"),
        ("Tenant_1", r"tenants\.tenant_1-[0-9a-f]{8}"),
        ("../../etc", r"tenants\._\._\._etc-[0-9a-f]{8}|tenants\._[._]+etc-[0-9a-f]{8}"),
        ("${HOME}", r"tenants\.__home_-[0-9a-f]{8}|tenants\._home_-[0-9a-f]{8}"),
        ("日本", r"tenants\._-[0-9a-f]{8}"),
    ],
)
def test_a_found_database_is_a_source_of_its_own(load: Load, database: str, name: str) -> None:
    tenants = load(TARGET + "sources: {tenants: {server: 'postgres://r@h', databases: ['*']}}").sources["tenants"]
    found = tenants.of_database(database)
    assert re.fullmatch(name, found.name)
    assert load(TARGET).folder(found.name).parent == load(TARGET).workspace
    assert (found.where, found.is_pattern) == (f"sources.{found.name}", False)
    assert (found.login().url, found.login().keywords) == ("postgres://r@h", {"dbname": database})
    assert tenants.name == "tenants"


@pytest.mark.parametrize("text", ["ShopDB", "My Shop", "", ".x", "-x", "a...b", "...", "x" * 200, "日本", "x."])
def test_any_text_makes_a_valid_source_name(load: Load, text: str) -> None:
    name = valid_source_name(text)
    assert list(load(f"{TARGET}sources: {{'{name}': {{host: h}}}}").sources) == [name]


# --- the object ---


def test_a_config_can_be_copied_and_pickled(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(starter_config())
    config = load_config(tmp_path / "c.yaml", environ=os.environ)
    for same in (copy.deepcopy(config), pickle.loads(pickle.dumps(config))):  # noqa: S301
        assert same == config
        assert (same.path, same.sources["shop"].where) == (config.path, "sources.shop")


def test_a_config_cannot_be_changed(load: Load) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load(TARGET).workspace = Path("/")


def test_importing_the_config_imports_no_framework() -> None:
    heavy = {"yaml", "dagster", "sqlalchemy", "psycopg", "alembic"}
    code = f"import sys, dw_migration.config; print({heavy!r} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


# --- whoever is told ---


@pytest.mark.parametrize(
    ("notify", "receiver"),
    [
        ("https://h/x?y=1", Receiver("https://h/x?y=1")),
        (" HTTP://h:81 ", Receiver("HTTP://h:81")),
        ("notify-team --channel 'a b'", Receiver(command=("notify-team", "--channel", "a b"))),
        ("${HOOK}", Receiver("https://h/x")),
        ("${LINE}", Receiver(command=("tell", "a b"))),
        ("https://h/${TOKEN}", Receiver("https://h/o'x")),
        ('tell --token ${TOKEN} "${LINE}"', Receiver(command=("tell", "--token", "o'x", "tell 'a b'"))),
        ("tell $${HOME}", Receiver(command=("tell", "${HOME}"))),
    ],
)
def test_a_receiver_is_a_url_or_the_words_of_a_command(load: Load, notify: str, receiver: Receiver) -> None:
    environ = {"HOOK": "https://h/x\n", "LINE": "tell 'a b'", "TOKEN": "o'x"}
    assert load(f"{TARGET}policy: {{notify: {json.dumps(notify)}}}", **environ).receiver() == receiver


def test_a_receiver_is_read_at_use(load: Load) -> None:
    config = load(f"{TARGET}policy: {{notify: '${{HOOK}}'}}")
    with pytest.raises(BadConfig, match=r"^policy\.notify: the environment variable HOOK is not set"):
        config.receiver()
    assert load(TARGET).receiver() is None


@pytest.mark.parametrize(
    ("notify", "found"),
    [
        ("ftp://h1dd", "expected https://host/path"),
        ("https:///h1dd", "expected https://host/path"),
        ("https://h:h1dd/x", "expected https://host/path"),
        ("https://u:h1dd@h/x", "holds a login before its @"),
        ("https://h/h1dd x", "holds a blank"),
        ("https://h/h1dd\u00e9", "holds a blank"),
        ("tell 'h1dd", "has a quotation mark"),
        ("TOKEN=h1dd tell", "begins with NAME=value"),
        ("'' h1dd", "expected https://host/path, or a command"),
        ("", "expected https://host/path, or a command"),
    ],
)
def test_what_is_no_receiver_is_refused_without_quoting_it(load: Load, notify: str, found: str) -> None:
    """At once where it stands in the file, at use where a variable holds it."""
    told = fault_of(load, f"{TARGET}policy: {{notify: {json.dumps(notify)}}}")
    with pytest.raises(BadConfig, match=r"^policy\.notify: ") as caught:
        load(f"{TARGET}policy: {{notify: '${{HOOK}}'}}", HOOK=notify).receiver()
    for text in (told, str(caught.value)):
        assert f"policy.notify: {found}" in text
        assert "h1dd" not in text


@pytest.mark.parametrize(
    ("window", "is_open", "is_closed"),
    [
        ("fri-mon 22:00-05:30", ["05T22:00", "06T05:29", "03T23:00", "03T05:00"], ["05T21:59", "02T05:00", "06T22:30"]),
        ("sat,Sun 08:00-12:00", ["03T08:00", "04T11:59"], ["02T09:00", "03T12:00", "05T08:00"]),
        ("22:00-05:30", ["01T22:00", "02T00:00"], ["01T12:00"]),
    ],
)
def test_a_window_belongs_to_the_day_on_which_it_opens(window: str, is_open: list[str], is_closed: list[str]) -> None:
    """2026-01-03 is a Saturday."""
    policy = Policy.model_validate({"window": window})
    assert policy.window is not None
    for days, expected in ((is_open, True), (is_closed, False)):
        for day in days:
            assert policy.window.holds(datetime.fromisoformat(f"2026-01-{day}+00:00")) is expected, day
    assert Policy.model_validate({"window": policy.model_dump()["window"]}).window == policy.window
