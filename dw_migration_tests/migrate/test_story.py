"""The story from config to ledger, on both versions of PostgreSQL, with the source and the disk taken away in turn."""

import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.demo import databases
from dw_migration.errors import ConsentNeeded, NotOurs
from dw_migration.live.embedded import Server
from dw_migration_tests.outside import Shop, dumped, opened_shop

Known = tuple[Config, Source]


@pytest.fixture
def shop(any_server: Server, tmp_path: Path) -> Iterator[Shop]:
    """A source with two tables, and an empty target."""
    with opened_shop(any_server, tmp_path, "story_shop") as made:
        yield made


@pytest.fixture
def known(shop: Shop) -> Known:
    """What the functions of `migrate` take."""
    config = load_config(shop.config())
    return config, config.sources["shop"]


def structure(shop: Shop) -> str:
    """The source's schema in the target, as pg_dump tells it."""
    return dumped(shop.server, f"{shop.name}_dw", "--schema-only", "--schema", shop.schema)


def revisions(known: Known) -> list[tuple[str, str]]:
    """Message and state of each revision, oldest first."""
    return [(each.message, each.status) for each in reversed(migrate.history(*known))]


def test_a_second_sync_makes_no_revision(shop: Shop, known: Known) -> None:
    """What is in sync stays as it is: target, ledger and folder."""
    first = migrate.sync(*known)
    before = shop.state()
    second = migrate.sync(*known)
    assert (first.status, first.verified, second.status, second.changes) == ("in_sync", True, "in_sync", ())
    assert shop.state() == before
    assert len(revisions(known)) == 1


def test_a_change_is_a_revision_that_says_what_changes(shop: Shop, known: Known) -> None:
    """The message, the file's slug, the version and the DDL file are of the change alone."""
    migrate.sync(*known)
    shop.on(shop.source, 'ALTER TABLE "Users" ADD "Phone" varchar(20)')
    outcome = migrate.sync(*known)
    assert (outcome.message, outcome.version) == ("add column users.phone", "1.1.0")
    assert outcome.paths["revision"].name.endswith(f"_add_column_users_phone_{outcome.revision}.py")
    assert outcome.ddl.endswith(f"ALTER TABLE {shop.schema}.users ADD COLUMN phone character varying(20);\n")
    assert outcome.paths["ddl"].read_text() == outcome.ddl
    assert [(each.source, each.target) for each in outcome.transformations] == [
        (f"{shop.name}.public.Users.Phone", f"{shop.schema}.users.phone")
    ]


def test_every_revision_goes_up_down_and_up_again(shop: Shop, known: Known) -> None:
    """Each state comes back to the letter of pg_dump."""
    changes = (
        'ALTER TABLE "Users" ADD "Phone" varchar(20)',
        'ALTER TABLE "Users" RENAME "Phone" TO "Telephone"; ALTER TABLE orders ALTER total TYPE bigint',
        "CREATE TYPE mood AS ENUM ('sad', 'ok'); ALTER TABLE orders ADD mood mood DEFAULT 'ok'",
        "DROP INDEX orders_buyer_idx; CREATE INDEX i ON orders (lower(note)) WHERE total > 0",
    )
    migrate.sync(*known)
    states = [structure(shop)]
    for change in changes:
        shop.on(shop.source, change)
        migrate.sync(*known)
        states.append(structure(shop))
    for state in reversed(states[:-1]):
        assert migrate.rollback(*known, "-1").status == "rolled_back"
        assert structure(shop) == state
    for state in states[1:]:
        assert migrate.apply(*known, to="+1").applied
        assert structure(shop) == state
    assert migrate.verify(*known).status == "in_sync"


def test_a_breaking_change_waits_for_consent_to_the_letter(shop: Shop, known: Known) -> None:
    """Held, approved, applied; a plan made anew needs its own consent."""
    migrate.sync(*known)
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    held = migrate.sync(*known)
    assert (held.status, held.exit_code) == ("held", 4)
    assert held.revision
    migrate.approve(*known, held.revision, by="ann", note="agreed")
    shop.on(shop.source, "ALTER TABLE orders DROP total")
    again = migrate.sync(*known)
    assert again.status == "in_sync" or again.revision != held.revision
    final = migrate.sync(*known)
    assert (final.status, final.message) == ("held", "drop column orders.total")
    assert migrate.sync(*known, allow_breaking=True, by="bob").status == "in_sync"
    approved = shop.on(shop.target, "SELECT by, note FROM dw_migration.approval ORDER BY at")
    assert approved == [("ann", "agreed"), ("bob", "--allow-breaking")]


def test_the_workspace_alone_is_enough(shop: Shop, known: Known) -> None:
    """With the target dropped and made again, `apply` runs the chain from base and rebuilds the ledger."""
    migrate.sync(*known)
    shop.on(shop.source, 'ALTER TABLE "Users" ADD "Phone" varchar(20)')
    migrate.sync(*known)
    state, told = structure(shop), revisions(known)
    _made_again(shop)
    assert len(migrate.apply(*known).applied) == 2
    assert (structure(shop), revisions(known)) == (state, told)
    assert migrate.sync(*known).changes == ()


def _made_again(shop: Shop) -> None:
    with psycopg.connect(shop.server.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {shop.name}_dw WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {shop.name}_dw TEMPLATE template0")


def test_the_ledger_alone_is_enough(known: Known) -> None:
    """An empty disk is restored from it, to the letter."""
    outcome = migrate.sync(*known)
    folder = outcome.paths["workspace"]
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    shutil.rmtree(folder)
    assert migrate.sync(*known).changes == ()
    restored = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    models = Path("models.py")
    assert {k: v for k, v in restored.items() if k != models} == {k: v for k, v in files.items() if k != models}
    assert models in restored


def test_the_target_needs_nothing_of_the_source_once_it_is_planned(shop: Shop, known: Known) -> None:
    """Names hide in literals: with the source's database gone, the plan still applies."""
    shop.on(shop.source, 'CREATE TABLE serial ("Id" serial); CREATE SCHEMA other; CREATE TABLE other.t (i int)')
    planned = migrate.plan(*known)
    with psycopg.connect(shop.server.url(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {shop.name} WITH (FORCE)")
    assert migrate.apply(*known).applied == (planned.revision,)


def test_drift_of_the_target_is_told_and_put_back_by_policy_alone(shop: Shop, known: Known) -> None:
    """A managed column changed by hand stays so, through further syncs too, until the policy says otherwise."""
    migrate.sync(*known)
    shop.on(shop.target, f"ALTER TABLE {shop.schema}.orders ALTER note TYPE text")
    assert migrate.drift(*known).exit_code == 3
    shop.on(shop.source, 'ALTER TABLE "Users" ADD "Phone" varchar(20)')
    outcome = migrate.sync(*known)
    assert (outcome.status, outcome.drift) == ("drifted", (f"column {shop.schema}.orders.note",))
    assert migrate.sync(*known).status == "drifted"
    config = load_config(shop.config(policy={"target_drift": "restore", "breaking": "allow"}))
    assert migrate.sync(config, config.sources["shop"]).status == "in_sync"
    assert migrate.verify(*known).status == "in_sync"


@pytest.mark.parametrize(
    "by_hand",
    [
        "ALTER TABLE {}.orders ALTER note TYPE text",
        "ALTER TABLE {}.orders DROP note",
        "DROP INDEX {}.orders_buyer_idx",
        "ALTER TABLE {}.orders DROP CONSTRAINT orders_buyer_fkey, ADD own int",
        "DROP TABLE {}.orders",
        "ALTER TABLE {}.users RENAME TO people; ALTER TABLE {}.orders RENAME note TO remark",
        "ALTER TABLE {}.orders DROP note, DROP total; ALTER TABLE {}.orders ADD note varchar(80)",
        "ALTER TABLE {}.users ALTER email DROP NOT NULL; CREATE VIEW {}.own AS SELECT email FROM {}.users",
    ],
)
def test_drift_is_told_with_the_statements_that_put_it_back(shop: Shop, known: Known, by_hand: str) -> None:
    """Run as they are told they do; what the source asks for besides, and what others made, is not in them."""
    migrate.sync(*known)
    shop.on(shop.target, by_hand.replace("{}", shop.schema))
    shop.on(shop.source, "CREATE TABLE more (i int)")
    told = migrate.diff(*known).puts_back
    assert told
    assert not any("more" in each for each in told)
    assert migrate.drift(*known).puts_back == migrate.verify(*known).puts_back == told
    (seen,) = migrate.watch_target(known[0], [known[1]])
    assert seen.outcome
    assert seen.outcome.puts_back == told
    assert migrate.sync(*known).puts_back == told
    shop.on(shop.target, "; ".join(told))
    assert migrate.diff(*known).drift == ()
    assert migrate.verify(*known).status == "in_sync"


def test_what_others_made_in_our_schema_is_left_alone_and_told(shop: Shop, known: Known) -> None:
    """An index and a table of the warehouse's team survive a change of what they stand beside."""
    migrate.sync(*known)
    shop.on(shop.target, f"CREATE INDEX theirs ON {shop.schema}.orders (note); CREATE TABLE {shop.schema}.own (i int)")
    shop.on(shop.source, "ALTER TABLE orders ADD later int")
    outcome = migrate.sync(*known)
    assert f"index {shop.schema}.orders.theirs" in outcome.unmanaged
    assert f"table {shop.schema}.own" in outcome.unmanaged
    assert outcome.status == "in_sync"


def test_a_schema_that_is_not_ours_is_not_touched_unless_it_is_adopted(shop: Shop, known: Known) -> None:
    """Refused by name; with `--adopt`, what is equal becomes ours as it is."""
    shop.on(shop.target, f"CREATE SCHEMA {shop.schema}")
    with pytest.raises(NotOurs, match=r"apply --adopt"):
        migrate.sync(*known)
    assert migrate.apply(*known, adopt=True).status == "in_sync"
    assert migrate.verify(*known).status == "in_sync"


def test_going_back_does_not_lose_rows_without_consent(shop: Shop, known: Known) -> None:
    """With rows in the table it is refused before the first step; --drop-schema leaves nothing of ours."""
    migrate.sync(*known)
    shop.on(shop.target, f"INSERT INTO {shop.schema}.orders (id) VALUES (1)")
    with pytest.raises(ConsentNeeded, match=rf"table {shop.schema}\.orders"):
        migrate.rollback(*known)
    migrate.rollback(*known, allow_breaking=True, drop_schema=True)
    assert shop.on(shop.target, "SELECT FROM pg_namespace WHERE nspname LIKE 'dw\\_\\_%'") == []
    assert migrate.sync(*known).status == "in_sync"


def test_an_edit_of_models_is_kept_and_told(shop: Shop, known: Known) -> None:
    """The edited file stands beside the new one, and the warning holds the difference."""
    path = migrate.sync(*known).paths["models"]
    path.write_text(path.read_text() + "MINE = 1\n")
    extra = path.with_name("models_extra.py")
    extra.write_text("# mine\n")
    shop.on(shop.source, "ALTER TABLE orders ADD later int")
    outcome = migrate.sync(*known)
    assert "MINE = 1" in "".join(outcome.warnings)
    assert any("MINE = 1" in each.read_text() for each in path.parent.glob("models_*.py.bak"))
    assert "MINE" not in path.read_text()
    assert extra.read_text() == "# mine\n"


def test_tables_of_the_config_carry_what_they_need(shop: Shop, known: Known) -> None:
    """A foreign key to a table that is left out is left out too, and said to be."""
    del known
    config = load_config(shop.config(sources={"shop": {"url": shop.source, "tables": ["orders"]}}))
    outcome = migrate.sync(config, config.sources["shop"])
    assert outcome.tables == 1
    told = [(each.source, each.what) for each in outcome.transformations if "left out" in each.what]
    assert told == [("public.orders.orders_buyer_fkey", "constraint left out")]
    assert outcome.left_out["constraint"] == 1


@pytest.mark.parametrize("name", ["stackoverflow2010", "harbour", "library"])
def test_a_source_arrives_whole(any_server: Server, tmp_path: Path, name: str) -> None:
    """Enums, domains, sequences, generated columns, partial indexes, several schemas: pg_dump tells of the same."""
    text = (Path(databases.__file__).parent / f"{name}.sql").read_text()
    with opened_shop(any_server, tmp_path, "Arriving", text) as shop:
        config = load_config(shop.config())
        outcome = migrate.sync(config, config.sources["shop"])
        names = {f'"{there}"': f'"{here}"' for here, there in outcome.schemas.items()}
        assert told(shop, f"{shop.name}_dw", {}, *outcome.schemas) == told(shop, shop.name, names, *names)


STANDARD = "standard public schema"
IDENTIFIER_OR_LITERAL = re.compile(r"""'(?:[^']|'')*'(?:::"regclass")?|"(?:[^"]|"")*"|--[^\n]*""")


def told(shop: Shop, database: str, names: Mapping[str, str], *schemas: str) -> list[str]:
    """The statements of pg_dump, sorted, with identifiers in lower case and these in place of those."""

    def put(match: re.Match[str]) -> str:
        text = match[0]
        if text.startswith("--"):
            return ""
        if text.endswith('::"regclass"'):
            return IDENTIFIER_OR_LITERAL.sub(put, text[1:-13]) + text[-13:]
        if not text.startswith('"'):
            return text
        is_schema = match.string[match.end() :][:1] == "." or match.string[: match.start()].endswith("SCHEMA ")
        return names.get(text, text.lower()) if is_schema else text.lower()

    chosen = [part for name in schemas for part in ("--schema", name)]
    options = ("--schema-only", "--quote-all-identifiers", "--no-owner", "--no-privileges")
    dump = IDENTIFIER_OR_LITERAL.sub(put, dumped(shop.server, database, *options, *chosen))
    statements = (each.strip() for each in dump.split(";\n"))
    unsaid = ("SET ", "SELECT ")
    return sorted(each for each in statements if each and not each.startswith(unsaid) and STANDARD not in each)


def test_a_waiting_breaking_revision_goes_where_the_policy_allows_it(shop: Shop, known: Known) -> None:
    """What was held is applied by the next sync, and the consent that the policy is stands in the ledger."""
    migrate.sync(*known)
    shop.on(shop.source, "ALTER TABLE orders DROP note")
    assert migrate.sync(*known).status == "held"
    config = load_config(shop.config(policy={"breaking": "allow"}))
    assert migrate.sync(config, config.sources["shop"]).status == "in_sync"
    assert shop.on(shop.target, "SELECT note FROM dw_migration.approval") == [("policy.breaking: allow",)]


def test_what_a_generated_column_is_made_of_goes_with_it(shop: Shop, known: Known) -> None:
    """The expression of a column of ours is nobody else's, though it stands on what is dropped or changed."""
    shop.on(
        shop.source,
        "CREATE TABLE prices (net int, gross int GENERATED ALWAYS AS (net * 2) STORED);"
        "CREATE TABLE names (name text, small text GENERATED ALWAYS AS (lower(name)) STORED)",
    )
    migrate.sync(*known)
    for change in (
        "ALTER TABLE prices DROP gross; ALTER TABLE prices ALTER net TYPE bigint",
        "ALTER TABLE prices ADD gross bigint GENERATED ALWAYS AS (net * 3) STORED",
        "ALTER TABLE prices DROP net CASCADE",
        "DROP TABLE names",
    ):
        shop.on(shop.source, change)
        assert migrate.sync(*known, allow_breaking=True).status == "in_sync", change


def test_nothing_is_applied_while_the_window_is_closed(shop: Shop, known: Known) -> None:
    """The revision is written and waits, also where a person applies; once the window is open it goes."""
    migrate.sync(*known)
    before = structure(shop)
    shop.on(shop.source, "ALTER TABLE orders ADD later int")
    opens = datetime.now(UTC) + timedelta(hours=4)
    window = f"{opens:%H:%M}-{opens + timedelta(hours=1):%H:%M}"
    config = load_config(shop.config(policy={"window": window}))
    closed = config, config.sources["shop"]
    for act in (migrate.sync, migrate.sync, migrate.apply):
        outcome = act(*closed)
        assert (outcome.status, outcome.exit_code) == ("pending", 0)
        assert any(f"policy.window is {window} (UTC)" in each for each in outcome.warnings)
    assert structure(shop) == before
    assert migrate.status(*closed).status == "pending"
    assert migrate.apply(*known).status == "in_sync"
    assert structure(shop) != before
