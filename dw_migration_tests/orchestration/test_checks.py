"""Each check both ways, with the run that made the assets and alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dw_migration import migrate
from dw_migration.errors import NotAllowed
from dw_migration.live.embedded import Server
from dw_migration.orchestration.checks import CHECKS, SEEN_WITHIN, Verdict, _checked_recently, check_specs
from dw_migration.orchestration.metadata import MOST_DIFFERENCES, PUTS_BACK
from dw_migration.orchestration.names import Names
from dw_migration_tests.orchestration.conftest import MakesSite, Ran, Site, alter, target_of, url_of
from dw_migration_tests.outside import dumped, hash_of

ORDERS = """
CREATE TABLE public."Orders" ("Id" integer PRIMARY KEY, "State" text NOT NULL DEFAULT 'new');
INSERT INTO public."Orders" VALUES (1);
"""
ALL = {"models_equal_target", "single_head", "breaking_changes_approved", "target_equals_source", "no_target_drift"}
HOSTILE = "</script><img onerror=x> `t`\x1b[31m\u202e\n| [a](javascript:b)"


def schema_of(site: Site, source: str) -> str:
    """Of the target, as it is written in SQL."""
    return f'"dw__{database_of(url_of(site.config, source))}__public"'


def database_of(url: str) -> str:
    return url.rsplit("/", 1)[1].partition("?")[0]


def folder_of(site: Site, source: str) -> Path:
    return site.config.parent / "workspace" / source


def differences(told: dict[str, Any]) -> list[str]:
    return [row["difference"] for row in told.get("differences", [])]


def failed(passed: dict[str, bool]) -> set[str]:
    return {check for check, good in passed.items() if not good}


def test_every_check_says_what_it_claims_and_belongs_to_the_partitions() -> None:
    specs = check_specs(Names())
    assert {spec.name for spec in specs} == ALL == {each.name for each in CHECKS}
    assert all(spec.description for spec in specs)
    assert {spec.partitions_def for spec in specs} == {dg.DynamicPartitionsDefinition(name="warehouse_sources")}


# --- with the run that made the assets --------------------------------------------------------------------------------


def test_all_pass_where_all_is_in_step(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    first, second = shop.run("sync", "shop"), shop.run("sync", "shop")
    assert first.passed("shop") == second.passed("shop") == dict.fromkeys(ALL, True)
    assert "by Alembic" in first.verdict("shop", "models_equal_target")["compared"]
    assert "as it was written" in second.verdict("shop", "models_equal_target")["compared"]
    assert "read in this run" in first.verdict("shop", "target_equals_source")["compared"]
    assert "the fingerprints" in second.verdict("shop", "target_equals_source")["compared"]


def test_in_a_run_over_a_range_dagster_shows_each_verdict_with_its_partition(site: MakesSite) -> None:
    shop = site({"a": ORDERS, "b": ORDERS})
    ran = shop.run("sync", "a", "b")
    found = shop.instance.event_log_storage.get_asset_check_partition_info([spec.key for spec in check_specs(Names())])
    assert {(each.partition_key, each.check_key.name) for each in found} == {
        (key, name) for key in "ab" for name in ALL
    }
    assert all(each.is_current for each in found)
    assert {each.latest_planned_run_id for each in found} == {ran.result.run_id}


def test_a_change_that_waits_for_consent_is_a_warning(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    shop.run("sync", "shop")
    alter(url_of(shop.config, "shop"), 'ALTER TABLE public."Orders" DROP COLUMN "State"')
    ran = shop.run("sync", "shop")
    assert failed(ran.passed("shop")) == {"breaking_changes_approved", "target_equals_source"}
    assert {ran.checked["shop", name].severity for name in failed(ran.passed("shop"))} == {dg.AssetCheckSeverity.WARN}
    assert "models_equal_target" not in ran.passed("shop"), "models.py tells of what the target shall become"
    told = ran.verdict("shop", "breaking_changes_approved")
    waits, dropped = differences(told)
    assert ran.told("shop", "target_ddl")["sha256 of the DDL"] in waits
    assert dropped == f"drop column {schema_of(shop, 'shop')[1:-1]}.orders.state"
    assert told["next job"] == "approve"
    alone = shop.run_checks("shop", of=["target_ddl"])
    assert failed(alone.passed("shop")) == {"breaking_changes_approved"}
    assert alone.verdict("shop", "breaking_changes_approved")["next command"] == told["next command"]


def test_a_target_that_was_changed_by_hand_is_an_error(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    shop.run("sync", "shop")
    alter(target_of(shop.config), f"ALTER TABLE {schema_of(shop, 'shop')}.orders ALTER COLUMN state DROP DEFAULT")
    for ran in (shop.run("sync", "shop"), shop.run_checks("shop", of=["target_schema"])):
        assert failed(ran.passed("shop")) == {"target_equals_source", "no_target_drift"}
        assert ran.checked["shop", "no_target_drift"].severity is dg.AssetCheckSeverity.ERROR
        assert "orders.state" in str(differences(ran.verdict("shop", "no_target_drift")))
        assert "SET DEFAULT 'new'" in str(ran.checked["shop", "no_target_drift"].metadata[PUTS_BACK].value)


def test_two_heads_are_an_error_that_names_the_files(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    shop.run("sync", "shop")
    versions = folder_of(shop, "shop") / "alembic" / "versions"
    (head,) = versions.glob("*.py")
    for name in ("one", "two"):
        (versions / f"z_{name}.py").write_text(f"revision = '{name}'\ndown_revision = '{head.stem[-12:]}'\n")
    for ran in (shop.run("sync", "shop"), shop.run_checks("shop", of=["target_ddl"])):
        assert ran.passed("shop")["single_head"] is False
        assert "z_one.py" in str(differences(ran.verdict("shop", "single_head")))
    assert failed(shop.run("sync", "shop").passed("shop")) == {"single_head"}, "the others cannot be judged"


def test_a_history_that_was_tampered_with_is_an_error(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    shop.run("sync", "shop")
    forged = "UPDATE dw_migration.event SET by = 'somebody' WHERE number = 1"
    alter(target_of(shop.config), f"ALTER TABLE dw_migration.event DISABLE TRIGGER ALL; {forged}")
    ran = shop.run_checks("shop", of=["target_ddl"])
    assert "tampered with" in str(differences(ran.verdict("shop", "single_head")))


def test_an_edited_models_py_is_compared_and_not_believed(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    shop.run("sync", "shop")
    models = folder_of(shop, "shop") / "models.py"
    written = models.read_text()
    models.write_text(written.replace("'state'", "'estate'"))
    assert models.read_text() != written
    for ran in (shop.run("sync", "shop"), shop.run_checks("shop", of=["source_models"])):
        assert failed(ran.passed("shop")) == {"models_equal_target"}
        assert "estate" in str(differences(ran.verdict("shop", "models_equal_target")))
    models.write_text(f"{written}\nraise RuntimeError('no module')\n")
    ran = shop.run_checks("shop", of=["source_models"])
    assert "RuntimeError: no module" in str(differences(ran.verdict("shop", "models_equal_target")))
    models.unlink()
    ran = shop.run_checks("shop", of=["source_models"])
    assert "there is no models.py" in str(differences(ran.verdict("shop", "models_equal_target")))
    models.write_text(f"# a note of our own\n{written}")
    assert shop.run_checks("shop", of=["source_models"]).passed("shop") == {"models_equal_target": True}


def test_of_a_source_that_failed_nothing_is_claimed(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    shop.run("sync", "shop")
    alter(url_of(shop.config, "shop"), 'CREATE TABLE public.a(); CREATE TABLE public."A"()')
    ran = shop.run("sync", "shop")
    assert not ran.success
    assert ran.passed("shop") == {}


def test_a_check_that_crashes_has_failed_and_the_others_are_judged(
    site: MakesSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the run that makes the assets, and alone; the text of the error could hold values, and is not told."""
    shop = site({"shop": ORDERS})

    def crash(*_: object) -> None:
        raise ZeroDivisionError("CARD4111")

    monkeypatch.setattr(migrate, "models_differences", crash)
    synced, alone = shop.run("sync", "shop"), shop.run_checks("shop")
    for ran in (synced, alone):
        assert ran.success
        assert ran.passed("shop") == dict.fromkeys(ALL, True) | {"models_equal_target": False}
        (told,) = differences(ran.verdict("shop", "models_equal_target"))
        assert told.startswith("not known: ZeroDivisionError at test_checks.py:")
        assert tags_of(shop, ran)["dw_migration/unchecked"] == "1"
        logged = [each.user_message for each in shop.instance.all_logs(ran.result.run_id)]
        assert any("not everything was checked: models_equal_target: ZeroDivisionError" in each for each in logged)
        assert "CARD4111" not in str(logged)


def test_a_check_that_cannot_be_had_leaves_the_others(site: MakesSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the way of one is told; it is neither passed nor failed."""
    shop = site({"shop": ORDERS})
    shop.run("sync", "shop")

    def refused(*_: object) -> None:
        raise NotAllowed("target: no right to read it")

    monkeypatch.setattr(migrate, "one_head", refused)
    ran = shop.run_checks("shop")
    assert ran.passed("shop") == dict.fromkeys(ALL - {"single_head"}, True)
    assert not ran.success
    assert ran.failure == {"shop": "target: no right to read it"}
    assert tags_of(shop, ran)["dw_migration/unchecked"] == "1"


def tags_of(site: Site, ran: Ran) -> dict[str, str]:
    run = site.instance.get_run_by_id(ran.result.run_id)
    assert run is not None
    return dict(run.tags)


def test_after_apply_the_source_is_looked_at_too(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    shop.run("plan", "shop")
    alter(url_of(shop.config, "shop"), 'ALTER TABLE public."Orders" ADD COLUMN "Note" text')
    ran = shop.run("apply", "shop")
    assert ran.passed("shop") == {"target_equals_source": False, "no_target_drift": True}
    assert "orders.note" in str(differences(ran.verdict("shop", "target_equals_source")))


# --- alone ------------------------------------------------------------------------------------------------------------


def test_checks_alone_read_both_sides_and_write_nothing(site: MakesSite, server: Server) -> None:
    shop = site({"shop": ORDERS})
    shop.run("sync", "shop")
    databases = [database_of(url) for url in (url_of(shop.config, "shop"), target_of(shop.config))]

    def state() -> tuple[str, ...]:
        return (*(dumped(server, each) for each in databases), hash_of(folder_of(shop, "shop")))

    alter(url_of(shop.config, "shop"), 'ALTER TABLE public."Orders" ADD COLUMN "Note" text')
    before = state()
    ran = shop.run_checks("shop")
    assert ran.success
    assert not ran.made
    assert ran.passed("shop") == dict.fromkeys(ALL, True) | {"target_equals_source": False}
    assert ran.verdict("shop", "target_equals_source")["next job"] == "sync"
    assert state() == before


def test_checks_alone_fail_where_nobody_answers(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    config = shop.config.read_text()
    shop.config.write_text(config.replace(database_of(url_of(shop.config, "shop")), "no_such"))
    ran = shop.run_checks("shop", of=["target_schema"])
    assert not ran.success
    assert ran.passed("shop") == {}
    assert "no_such" in str(ran.failure["shop"])


def test_one_check_can_be_run_without_the_others(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    shop.run("sync", "shop")
    ran = shop.run_checks("shop", only="no_target_drift", of=["target_schema"])
    assert ran.passed("shop") == {"no_target_drift": True}


def test_hostile_names_are_told_and_do_nothing(site: MakesSite) -> None:
    name = HOSTILE.replace('"', '""')
    shop = site({"shop": f'{ORDERS} CREATE TABLE public."{name}" (id integer)'})
    ran = shop.run("sync", "shop")
    assert ran.success, ran.failure
    alter(target_of(shop.config), f'DROP TABLE {schema_of(shop, "shop")}."{name.lower()}"')
    synced, alone = shop.run("sync", "shop"), shop.run_checks("shop", of=["target_schema"])
    for told in (synced.verdict("shop", "no_target_drift"), alone.verdict("shop", "target_equals_source")):
        assert any("onerror" in each for each in differences(told))
        assert all(each.isprintable() for each in differences(told))


def test_no_more_differences_are_told_than_a_person_reads(site: MakesSite) -> None:
    shop = site({"shop": "CREATE TABLE public.a (" + ", ".join(f"c{number} int" for number in range(100)) + ")"})
    ran = shop.run_checks("shop", of=["target_schema"])
    found = differences(ran.verdict("shop", "target_equals_source"))
    assert len(found) == MOST_DIFFERENCES + 1
    assert found[-1].startswith("and ")


# --- whether anybody looks --------------------------------------------------------------------------------------------


def test_a_source_that_was_worked_on_was_looked_at(site: MakesSite) -> None:
    shop = site({"shop": ORDERS, "other": ORDERS})
    shop.run("sync", "shop")
    ran = shop.run_checks("shop", "other", of=["source_schema"])
    assert ran.success
    assert ran.passed("shop") == {"checked_recently": True}
    assert ran.passed("other") == {"checked_recently": False}
    (difference,) = differences(ran.verdict("other", "checked_recently"))
    assert "never" in difference


@pytest.mark.parametrize(("ago", "passed"), [(SEEN_WITHIN / 2, True), (SEEN_WITHIN * 2, False)])
def test_a_look_is_recent_for_a_day_and_a_little(ago: timedelta, passed: bool) -> None:  # noqa: FBT001
    now = datetime.now(UTC)
    verdict: Verdict = _checked_recently("shop", now - ago, now)
    assert verdict.passed is passed
    assert f"{now - ago:%Y-%m-%d %H:%M}" in verdict.compared
