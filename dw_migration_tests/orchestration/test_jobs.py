"""What a person starts: plan, consent, apply, and the way back."""

from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
import yaml

from dw_migration.orchestration.jobs import ApproveOptions, PurgeOptions, RollbackOptions, jobs
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.options import Options
from dw_migration_tests.orchestration.conftest import MakesSite, Ran, Site, alter, target_of, url_of

ORDERS = """
CREATE TABLE public."Orders" ("Id" integer PRIMARY KEY, "State" text, "Note" text);
INSERT INTO public."Orders" VALUES (1);
"""
DROP_STATE = 'ALTER TABLE public."Orders" DROP COLUMN "State"'
DROP_NOTE = 'ALTER TABLE public."Orders" DROP COLUMN "Note"'


def columns(site: Site) -> set[str]:
    """Of the source's tables in the target."""
    with psycopg.connect(target_of(site.config)) as connection:
        query = "SELECT column_name FROM information_schema.columns WHERE table_schema LIKE 'dw\\_\\_%'"
        return {name for (name,) in connection.execute(query)}


def with_policy(config: Path, **policy: Any) -> None:
    """Put this into the config file."""
    content = yaml.safe_load(config.read_text())
    config.write_text(yaml.safe_dump({**content, "policy": {**content.get("policy", {}), **policy}}))


def consent_in(ran: Ran, source: str = "shop") -> dict[str, Any]:
    """The config of the job `approve`, as the launchpad's metadata has it, signed."""
    lines = str(ran.told(source, "target_ddl")["launchpad"]).split("\n")[1:-1]
    config: dict[str, Any] = yaml.safe_load("\n".join(lines))["ops"]["approve"]["config"]
    return config | {"by": "ana"}


def held(site: MakesSite) -> tuple[Site, Ran]:
    """A shop whose source lost a column."""
    shop = site({"shop": ORDERS})
    shop.run("sync", "shop")
    alter(url_of(shop.config, "shop"), DROP_STATE)
    planned = shop.run("plan", "shop")
    assert planned.success, planned.failure
    return shop, planned


def approvals(site: Site) -> list[tuple[Any, ...]]:
    with psycopg.connect(target_of(site.config)) as connection:
        return connection.execute("SELECT revision, sha256, by, note FROM dw_migration.approval").fetchall()


def test_there_are_six_jobs_and_each_says_what_it_does() -> None:
    assert [job.name for job in jobs(Names())] == ["sync", "plan", "apply", "rollback", "approve", "purge"]
    assert all(job.description for job in jobs(Names()))
    assert all(job.tags["dw_migration/target"] == "warehouse" for job in jobs(Names()))


def test_another_warehouse_has_jobs_of_its_own() -> None:
    assert [job.name for job in jobs(Names("lake"))][:2] == ["lake_sync", "lake_plan"]


@pytest.mark.parametrize("options", [Options, RollbackOptions, ApproveOptions, PurgeOptions])
def test_every_field_of_the_launchpad_is_described(options: type[dg.Config]) -> None:
    for name, field in options.to_fields_dict().items():
        assert field.description, name


def test_no_job_starts_a_process_a_step(site: MakesSite) -> None:
    definitions = site({}).definitions
    for job in jobs(Names()):
        assert definitions.resolve_job_def(job.name).executor_def is dg.in_process_executor


def test_consent_and_apply_bring_what_was_held(site: MakesSite) -> None:
    shop, planned = held(site)
    refused = shop.run("apply", "shop")
    assert refused.told("shop", "target_schema")["status"] == "held"
    assert columns(shop) == {"id", "state", "note"}
    config = consent_in(planned) | {"note": "unused since May"}
    approved = shop.run("approve", "shop", config=config)
    assert approved.success, approved.failure
    assert approvals(shop) == [(config["revision"], config["sha256"], "ana", "unused since May")]
    told = approved.told("shop", "approval")
    assert (told["revision"], told["sha256 of the DDL"]) == (config["revision"], config["sha256"])
    assert (told["by"], told["note"], told["next job"]) == ("ana", "unused since May", "apply")
    assert columns(shop) == {"id", "state", "note"}, "consent alone applies nothing"
    applied = shop.run("apply", "shop")
    assert applied.told("shop", "target_schema")["status"] == "in_sync"
    assert columns(shop) == {"id", "note"}


def test_consent_to_ddl_that_was_planned_anew_is_refused(site: MakesSite) -> None:
    shop, planned = held(site)
    old = consent_in(planned)
    alter(url_of(shop.config, "shop"), DROP_NOTE)
    anew = consent_in(shop.run("plan", "shop"))
    assert anew["sha256"] != old["sha256"]
    for replayed in (old, {**old, "revision": ""}, {**old, "revision": anew["revision"]}):
        assert not shop.run("approve", "shop", config=replayed).success
    assert approvals(shop) == []
    assert shop.run("apply", "shop").told("shop", "target_schema")["status"] == "held"
    assert shop.run("approve", "shop", config={**anew, "revision": ""}).success, "the one that waits is found"


def test_consent_says_who_and_to_what(site: MakesSite) -> None:
    shop, planned = held(site)
    for wrong, said in (
        ({"sha256": ""}, "look at the DDL file again"),
        ({"sha256": "0" * 64}, "look at the DDL file again"),
        ({"by": "  "}, "name who consents"),
        ({"revision": "77b0aa1c9d3e"}, "77b0aa1c9d3e"),
    ):
        ran = shop.run("approve", "shop", config=consent_in(planned) | wrong)
        assert not ran.success
        assert said in str(ran.failure["shop"])
    assert approvals(shop) == []


@pytest.mark.parametrize("missing", ["sha256", "by"])
def test_consent_cannot_be_started_without(site: MakesSite, missing: str) -> None:
    shop = site({"shop": ORDERS})
    config = {"sha256": "0" * 64, "by": "ana"}
    del config[missing]
    with pytest.raises(dg.DagsterInvalidConfigError, match=missing):
        shop.run("approve", "shop", config=config)


def test_without_a_revision_that_waits_there_is_nothing_to_approve(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    assert "no revision waits" in str(
        shop.run("approve", "shop", config={"sha256": "0" * 64, "by": "ana"}).failure["shop"]
    )


def test_rollback_tells_what_stands_then_and_asks_before_rows_are_lost(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    first = shop.run("sync", "shop")
    alter(url_of(shop.config, "shop"), 'ALTER TABLE public."Orders" ADD COLUMN "Email" text')
    shop.run("sync", "shop")
    alter(target_of(shop.config), f"INSERT INTO {_orders(shop)} VALUES (1)")
    refused = shop.run("rollback", "shop", config={"to": "-1"})
    assert not refused.success
    assert "loses the rows" in str(refused.failure["shop"])
    assert "email" in columns(shop)
    ran = shop.run("rollback", "shop", config={"to": "-1", "allow_breaking": True, "by": "ana"})
    assert ran.assets == {"shop": {"target_schema"}}
    told = ran.told("shop", "target_schema")
    assert (told["status"], told["next job"]) == ("rolled_back", "apply")
    assert told["revision"] == first.told("shop", "target_schema")["revision"]
    tags = [each.made["shop", "target_schema"].tags or {} for each in (first, ran)]
    assert tags[0]["dagster/data_version"] == tags[1]["dagster/data_version"]
    assert "email" not in columns(shop)
    with psycopg.connect(target_of(shop.config)) as connection:
        last = "SELECT by FROM dw_migration.event WHERE what = 'rolled back' ORDER BY number DESC LIMIT 1"
        assert connection.execute(last).fetchone() == ("ana",)


def test_rollback_fills_again_what_the_backup_has(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    shop.run("sync", "shop")
    alter(target_of(shop.config), f"INSERT INTO {_orders(shop)} VALUES (1, 'paid')")
    alter(url_of(shop.config, "shop"), DROP_STATE)
    planned = shop.run("plan", "shop")
    assert shop.run("approve", "shop", config=consent_in(planned)).success
    applied = shop.run("apply", "shop", config={"backup": "affected"})
    assert applied.told("shop", "target_schema")["status"] == "in_sync"
    assert len(list((shop.config.parent / "workspace" / "shop" / "backups").glob("*.dump"))) == 1
    back = shop.run("rollback", "shop", config={"to": "-1", "restore": True, "backup": "affected"})
    assert back.success, back.failure
    with psycopg.connect(target_of(shop.config)) as connection:
        assert connection.execute(f"SELECT id, state FROM {_orders(shop)}").fetchall() == [(1, "paid")]


def test_what_needs_no_consent_goes_ahead(site: MakesSite) -> None:
    shop, _ = held(site)
    alter(url_of(shop.config, "shop"), 'ALTER TABLE public."Orders" ADD COLUMN "Email" text')
    ran = shop.run("apply", "shop", config={"safe_part": True})
    assert ran.success, ran.failure
    told = ran.told("shop", "target_schema")
    assert (told["status"], told["applied"] != "nothing") == ("held", True)
    assert columns(shop) == {"id", "state", "note", "email"}


def test_rows_get_what_was_said(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    shop.run("sync", "shop")
    alter(target_of(shop.config), f"INSERT INTO {_orders(shop)} VALUES (1, 'paid')")
    alter(url_of(shop.config, "shop"), 'TRUNCATE public."Orders"; ALTER TABLE public."Orders" ADD c text NOT NULL')
    assert shop.run("sync", "shop").told("shop", "target_schema")["status"] == "held"
    filled = shop.run("sync", "shop", config={"fill": ["orders.c='CHF'"]})
    assert filled.told("shop", "target_schema")["status"] == "in_sync"
    with psycopg.connect(target_of(shop.config)) as connection:
        assert connection.execute(f"SELECT c FROM {_orders(shop)}").fetchall() == [("CHF",)]


def test_a_revision_is_rehearsed_before_it_is_applied(site: MakesSite) -> None:
    shop, _ = held(site)
    planned = shop.run("plan", "shop", config={"rehearse": "none"})
    assert planned.success, planned.failure
    assert planned.told("shop", "target_ddl")["rehearsal"].startswith("went through on ")
    assert shop.run("approve", "shop", config=consent_in(planned)).success
    applied = shop.run("apply", "shop", config={"rehearse": "sampled"})
    assert applied.told("shop", "target_schema")["rehearsal"].startswith("went through on ")


@pytest.mark.parametrize(
    ("job", "config", "said"),
    [
        ("sync", {"to": "+1"}, "start the job apply"),
        ("sync", {"safe_part": True}, "start the job apply"),
        ("plan", {"backup": "affected"}, "start the job apply"),
        ("sync", {"rehearse": "sampled"}, "start the job plan or apply"),
        ("apply", {"fill": ["orders.currency='CHF'"]}, "`fill` is for a plan"),
    ],
)
def test_what_is_for_other_assets_is_refused(site: MakesSite, job: str, config: dict[str, Any], said: str) -> None:
    ran = site({"shop": ORDERS}).run(job, "shop", config=config)
    failures = [event.step_failure_data for event in ran.result.all_events if event.is_step_failure]
    assert [said in str(each.error) for each in failures] == [True]
    assert not ran.made


def _orders(site: Site) -> str:
    return f'"dw__{url_of(site.config, "shop").rsplit("/", 1)[1].partition("?")[0]}__public".orders'


def test_purge_drops_what_was_retired_and_tells_it(site: MakesSite) -> None:
    shop = site({"shop": ORDERS})
    with_policy(shop.config, drops="retire")
    shop.run("sync", "shop")
    alter(url_of(shop.config, "shop"), DROP_STATE)
    shop.run("sync", "shop")
    hidden = columns(shop) - {"id", "note"}
    assert len(hidden) == 1
    bad = shop.run("purge", "shop", config={"older_than": "soon"})
    assert "older_than" in str(bad.failure["shop"])
    for config in ({}, {"older_than": "0s", "dry_run": True}):
        assert shop.run("purge", "shop", config=config).success
        assert columns(shop) == {"id", "note"} | hidden
    ran = shop.run("purge", "shop", config={"older_than": "0s"})
    assert columns(shop) == {"id", "note"}
    (observed,) = [e for e in ran.result.all_events if e.event_type_value == "ASSET_OBSERVATION"]
    told = observed.asset_observation_data.asset_observation
    assert (told.partition, "gone for good: column" in str(told.metadata["purged"].value)) == ("shop", True)


@pytest.mark.parametrize("job", ["rollback", "approve"])
def test_a_partition_that_is_no_source_is_named(site: MakesSite, job: str) -> None:
    config = {"to": "-1"} if job == "rollback" else {"sha256": "0" * 64, "by": "ana"}
    ran = site({"shop": ORDERS}).run(job, "retired", config=config)
    assert not ran.success
    assert "retired" in str(ran.failure["retired"])


def test_a_run_of_some_that_fail_and_some_that_wait_keeps_the_rest(site: MakesSite) -> None:
    shop = site({"a": ORDERS, "b": ORDERS, "c": ORDERS})
    shop.run("sync", "a", "b", "c")
    alter(url_of(shop.config, "a"), DROP_STATE)
    alter(url_of(shop.config, "b"), 'CREATE TABLE public.x(); CREATE TABLE public."X"()')
    ran = shop.run("sync", "a", "b", "c")
    assert not ran.success
    assert set(ran.failure) == {"b"}
    everything = {"source_models", "target_ddl", "target_schema"}
    assert ran.assets == {"a": everything, "c": everything}
    assert ran.told("a", "target_schema")["status"] == "held"
    assert ran.told("c", "target_schema")["status"] == "in_sync"
