"""The very revisions that ran on one target run on others, from one workspace; each ledger is its own."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from dw_migration import migrate
from dw_migration.config import Config, Source, load_config
from dw_migration.errors import StalePlan
from dw_migration.live.embedded import Server
from dw_migration.live.ledger import Ledger
from dw_migration_tests.outside import CommandLine, Shop, dumped, hash_of, opened_shop

Known = tuple[Config, Source]
OTHERS = ("production", "tenant_a", "tenant_b", "tenant_c")


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    """Staging: a source in step, by four revisions, the third of them hand-written."""
    with opened_shop(server, tmp_path, "promo") as made:
        for each in OTHERS:
            made.make_database(f"promo_{each}")
        known = at(made)
        migrate.sync(*known)
        made.on(made.source, "ALTER TABLE orders ADD one int; CREATE INDEX ON orders (total)")
        migrate.sync(*known)
        own = migrate.revision(*known, "a view").paths["revision"]
        text = own.read_text().replace("pass", 'batches.execute("CREATE VIEW own AS SELECT 1 AS a")', 1)
        own.write_text(text.replace("pass", 'batches.execute("DROP VIEW own")'))
        migrate.sync(*known)
        made.on(
            made.source, "ALTER TABLE orders DROP note, ALTER total TYPE bigint; ALTER TABLE orders RENAME one TO uno"
        )
        migrate.sync(*known, allow_breaking=True)
        assert len(ids(known)) == 4
        yield made


def at(shop: Shop, target: str = "") -> Known:
    """What the functions of `migrate` take, for one of the targets."""
    url = shop.server.url(f"promo_{target}" if target else "promo_dw")
    config = load_config(shop.config(f"{target or 'staging'}.yaml", target={"url": url}))
    return config, config.sources["shop"]


def ids(known: Known) -> list[tuple[str, str]]:
    return [(each.revision, each.status) for each in migrate.history(*known)]


def scripts(shop: Shop, target: str) -> list[tuple[str, str, str]]:
    with psycopg.connect(shop.server.url(f"promo_{target}"), autocommit=True) as connection:
        return [(e.id, e.revision.sha256, e.script) for e in Ledger(connection).revisions("shop")]


def schema_of(shop: Shop, target: str) -> str:
    return dumped(shop.server, f"promo_{target}", "--schema-only", f"--schema={shop.schema}")


def test_from_staging_to_production_and_three_tenants(shop: Shop, run: CommandLine) -> None:
    folder = shop.workspace / "shop" / "alembic"
    before, wanted, schema = hash_of(folder), scripts(shop, "dw"), schema_of(shop, "dw")
    for target in OTHERS:
        known = at(shop, target)
        path = known[0].path
        assert path
        held = run(path, "apply", "shop")
        assert (held.code, "waits for consent" in held.told) == (4, True)  # consent of one target is not another's
        assert len([each for each in ids(known) if each[1] == "applied"]) == 3
        assert run(path, "approve", "shop", wanted[-1][0], "--sha256", wanted[-1][1]).code == 0
        assert run(path, "apply", "shop").code == 0
        assert scripts(shop, target) == wanted
        assert schema_of(shop, target) == schema
        assert run(path, "verify", "shop").code == 0
        assert run(path, "sync", "shop").code == 0
    for target in ("dw", *OTHERS):
        assert len(scripts(shop, target)) == 4
    assert hash_of(folder) == before


def test_each_goes_back_and_forth_by_itself(shop: Shop) -> None:
    known, schema = at(shop, "production"), schema_of(shop, "dw")
    migrate.apply(*known, allow_breaking=True)
    for to in ("-1", "-3", "base"):
        migrate.rollback(*known, to, allow_breaking=True)
        migrate.apply(*known, allow_breaking=True)
        assert schema_of(shop, "production") == schema
    assert migrate.sync(*known).status == "in_sync"
    assert migrate.verify(*at(shop)).status == "in_sync"
    assert [status for _, status in ids(at(shop))] == ["applied"] * 4


def test_as_far_as_one_wants_and_the_other_targets_know_nothing_of_it(shop: Shop) -> None:
    """Also a target that stands half-way does not tell the next one less than staging did."""
    production, tenant = at(shop, "production"), at(shop, "tenant_a")
    migrate.apply(*production, to="+2")
    assert migrate.diff(*production).status == "changed"
    migrate.apply(*tenant, allow_breaking=True)
    assert migrate.sync(*tenant).status == "in_sync"
    migrate.apply(*production, allow_breaking=True)
    assert migrate.sync(*production).status == "in_sync"
    assert schema_of(shop, "production") == schema_of(shop, "tenant_a") == schema_of(shop, "dw")


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_target_that_does_not_fit_says_what_differs(shop: Shop, steps: int) -> None:
    known = at(shop, "production")
    migrate.apply(*known, to=f"+{steps}")
    url = shop.server.url("promo_production")
    shop.on(url, f"ALTER TABLE {shop.schema}.orders ALTER total SET DEFAULT 7, DROP COLUMN buyer")
    before = schema_of(shop, "production")
    if steps == 2:  # a hand-written one starts anywhere
        assert any("buyer" in each for each in migrate.apply(*known, to="+1").drift)
        return
    with pytest.raises(StalePlan) as refused:
        migrate.apply(*known, allow_breaking=True)
    assert "buyer" in str(refused.value)
    assert schema_of(shop, "production") == before


def test_the_database_is_named_by_the_environment(
    shop: Shop, run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = {**conninfo_to_dict(shop.target), "database": "${TARGET_PG_DATABASE}"}
    monkeypatch.setenv("PGPASSFILE", str(place.pop("passfile")))
    del place["dbname"]
    path = shop.config("any.yaml", target=place)
    for target in ("production", "tenant_b"):
        monkeypatch.setenv("TARGET_PG_DATABASE", f"promo_{target}")
        assert run(path, "apply", "shop", "--allow-breaking").code == 0
        assert scripts(shop, target) == scripts(shop, "dw")


def test_what_staging_planned_anew_is_given_up_elsewhere(shop: Shop) -> None:
    """A revision that waits on another target, and was never applied there, goes the way of its file."""
    shop.on(shop.source, "ALTER TABLE orders ADD two int")
    first = migrate.plan(*at(shop)).revision
    production = at(shop, "production")
    migrate.apply(*production, to="+3")
    assert (first, "planned") in ids(production)
    shop.on(shop.source, "ALTER TABLE orders ADD three int")
    second = migrate.plan(*at(shop)).revision
    applied = migrate.apply(*production, allow_breaking=True).applied
    assert applied[-1] == second
    assert (first, "superseded") in ids(production)
    assert migrate.sync(*at(shop)).applied == (second,)
    assert schema_of(shop, "production") == schema_of(shop, "dw")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line."""
    return CommandLine(capsys)
