"""One op that takes every source from end to end, on real databases."""

from pathlib import Path

import dagster as dg
import psycopg
import pytest
import yaml

from dw_migration.kinds import KINDS
from dw_migration.migrate import Outcome
from dw_migration.orchestration import SourceDatabases
from dw_migration.orchestration.assets import AT_THE_END, asset_specs
from dw_migration.orchestration.names import Names
from dw_migration.orchestration.partitions import add_missing, known_sources
from dw_migration.orchestration.resources import Settings
from dw_migration.orchestration.runs import QUIET
from dw_migration.orchestration.work import Done
from dw_migration_tests.orchestration.conftest import MakesSite, Site, alter, target_of, url_of, with_source

SHOP = """
CREATE TABLE public."Orders" ("Id" integer PRIMARY KEY, "State" text NOT NULL DEFAULT 'new');
COMMENT ON TABLE public."Orders" IS '</script><img onerror=x> ``` # headline';
INSERT INTO public."Orders" VALUES (1);
"""
DROP = 'ALTER TABLE public."Orders" DROP COLUMN "State"'
ADD = 'ALTER TABLE public."Orders" ADD COLUMN "Note" text'
ALL = {"source_models", "target_ddl", "target_schema"}


# --- what there is ----------------------------------------------------------------------------------------------------


def test_five_assets_make_one_line_from_source_to_target() -> None:
    specs = {spec.key.to_user_string(): spec for spec in asset_specs(Names())}
    deps = {name: {dep.asset_key.to_user_string() for dep in spec.deps} for name, spec in specs.items()}
    assert deps == {
        "source_schema": set(),
        "source_models": {"source_schema"},
        "target_ddl": {"source_models"},
        "approval": {"target_ddl"},
        "target_schema": {"target_ddl", "approval"},
    }
    assert {name for name, spec in specs.items() if spec.skippable} == ALL
    assert {spec.partitions_def for spec in specs.values()} == {
        dg.DynamicPartitionsDefinition(name="warehouse_sources")
    }


def test_every_asset_says_what_it_is() -> None:
    for spec in asset_specs(Names()):
        assert spec.description
        assert spec.kinds
        assert spec.group_name == "warehouse"
        assert spec.tags["dw_migration/target"] == "warehouse"


def test_another_kind_is_another_code_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def versions() -> set[str | None]:
        return {spec.code_version for spec in asset_specs(Names()) if spec.skippable}

    (before,) = versions()
    monkeypatch.setattr("dw_migration.orchestration.assets.KINDS", KINDS[:-1])
    assert before
    assert before not in versions()


# --- what a run does --------------------------------------------------------------------------------------------------


def test_a_person_can_read_what_was_done(site: MakesSite) -> None:
    ran = site({"shop": SHOP}).run("sync", "shop")
    ddl, schema = ran.told("shop", "target_ddl"), ran.told("shop", "target_schema")
    assert str(ddl["DDL"]).startswith("````sql\n")
    assert "CREATE TABLE" in str(ddl["DDL"])
    assert {"action": "create", "kind": "table"}.items() <= _row(ddl["changes"], "table").items()
    assert len(str(ddl["sha256 of the DDL"])) == 64
    assert schema["status"] == "in_sync"
    assert schema["verified"] is True
    assert schema["revision"] == ddl["revision"] == schema["applied"]
    assert schema["version"] == "1.0.0"
    assert schema["tables"] == 1
    (of_schema,) = schema["schemas"]
    assert of_schema["schema in the source"] == "public"
    assert (of_schema["number of tables"], of_schema["tables"]) == (1, "orders")
    assert Path(str(ran.told("shop", "source_models")["models.py"])).is_file()


def _row(table: object, kind: str) -> dict[str, object]:
    assert isinstance(table, list)
    found: dict[str, object] = next(row for row in table if row["kind"] == kind)
    return found


def test_files_can_be_opened_from_what_is_told(site: MakesSite) -> None:
    ran = site({"shop": SHOP}).run("sync", "shop")
    names = {"source_models": {"models.py"}, "target_ddl": {"DDL file", "revision file"}}
    for asset, labels in names.items():
        found = ran.made["shop", asset].metadata["dagster/code_references"]
        assert isinstance(found, dg.CodeReferencesMetadataValue)
        assert {each.label for each in found.code_references} == labels
        assert all(Path(getattr(each, "file_path", "")).is_file() for each in found.code_references)


def test_columns_are_told_when_something_changed_and_not_again(site: MakesSite) -> None:
    shop = site({"shop": SHOP})
    columns = shop.run("sync", "shop").told("shop", "target_schema")["dagster/column_schema"].columns
    found = {each.name.partition(".")[2]: (each.type, each.constraints.nullable) for each in columns}
    assert found == {"orders.id": ("integer", False), "orders.state": ("text", False)}
    assert "dagster/column_schema" not in shop.run("sync", "shop").told("shop", "target_schema")


def test_one_broken_source_does_not_stop_the_others(site: MakesSite) -> None:
    shop = site({"a": SHOP, "b": SHOP})
    with_source(shop.config, "broken", url=url_of(shop.config, "a").replace("@/", "@/no_such_"))
    with_source(shop.config, "c", url=url_of(shop.config, "b"), naming={"schema": "dw__c__{schema}"})
    ran = shop.run("sync", "a", "b", "broken", "c")
    assert not ran.success
    assert ran.assets == {"a": ALL, "b": ALL, "c": ALL}
    assert set(ran.failure) == {"broken"}
    assert "no_such_" in str(ran.failure["broken"])
    assert not ran.passed("broken")


def test_the_run_names_the_failed_and_is_not_tried_again(site: MakesSite) -> None:
    shop = site({"a": SHOP})
    add_missing(shop.instance, "warehouse", ["a", "retired"])
    with pytest.raises(dg.Failure, match="1 of 2 sources failed: retired") as failure:
        _materialize(shop, {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "retired"})
    assert failure.value.allow_retries is False
    assert "retired" in str(failure.value.metadata["retired"].value)


def test_a_run_for_no_source_says_that_one_must_be_chosen(site: MakesSite) -> None:
    with pytest.raises(dg.Failure, match="no source is chosen"):
        _materialize(site({"a": SHOP}), {})


def _materialize(site: Site, tags: dict[str, str]) -> None:
    component = SourceDatabases()
    dg.materialize(
        [component.assets()],
        resources=component.resources(Settings(site.config)),
        instance=site.instance,
        run_config=QUIET,
        tags=tags,
    )


def test_a_run_can_be_searched_for_by_its_tags(site: MakesSite) -> None:
    shop = site({"a": SHOP, "b": SHOP})
    with_source(shop.config, "broken", url=url_of(shop.config, "a").replace("@/", "@/no_such_"))
    one = shop.run("sync", "a")
    assert _tags(shop, one.result.run_id) == {
        "source": "a", "sources": "1", "revision": one.told("a", "target_ddl")["revision"],
        "severity": "safe", "held": "0", "failed": "0", "unchecked": "0", "target": "warehouse",
    }  # fmt: skip
    alter(url_of(shop.config, "a"), DROP)
    several = shop.run("sync", "a", "b", "broken")
    assert not several.success
    assert _tags(shop, several.result.run_id) == {
        "sources": "3", "severity": "breaking", "held": "1", "failed": "1", "unchecked": "0", "target": "warehouse",
    }  # fmt: skip


def _tags(site: Site, run_id: str) -> dict[str, str]:
    run = site.instance.get_run_by_id(run_id)
    assert run is not None
    prefix = "dw_migration/"
    return {key.removeprefix(prefix): text for key, text in run.tags.items() if key.startswith(prefix)}


def test_the_data_version_is_the_fingerprint(site: MakesSite) -> None:
    shop = site({"a": SHOP})

    def versions() -> set[str]:
        return {(each.tags or {})["dagster/data_version"] for each in shop.run("sync", "a").made.values()}

    first = versions()
    assert len(first) == 1
    assert versions() == first
    alter(url_of(shop.config, "a"), ADD)
    assert versions().isdisjoint(first)


# --- what waits -------------------------------------------------------------------------------------------------------


def test_a_held_source_has_its_ddl_and_what_stood_before(site: MakesSite) -> None:
    shop = site({"a": SHOP, "b": SHOP})
    before = shop.run("sync", "a", "b")
    alter(url_of(shop.config, "a"), DROP)
    ran = shop.run("sync", "a", "b")
    assert ran.success
    assert ran.assets == {"a": ALL, "b": ALL}
    ddl, schema = ran.told("a", "target_ddl"), ran.told("a", "target_schema")
    assert (ddl["status"], ddl["severity"]) == ("held", "breaking")
    assert "waits for consent" in str(ddl["reason"])
    assert (schema["status"], schema["waits for consent"]) == ("held", ddl["revision"])
    assert (schema["revision"], schema["version"]) == (before.told("a", "target_schema")["revision"], "1.0.0")
    assert schema["since"]
    assert _version(ran, "a", "target_schema") == _version(before, "a", "target_schema")
    assert _version(ran, "a", "target_schema") != _version(ran, "a", "target_ddl")
    assert _columns(shop, "a") == {"id", "state"}


def _version(ran: object, source: str, asset: str) -> str:
    return str(ran.made[source, asset].tags["dagster/data_version"])  # type: ignore[attr-defined]


def _columns(site: Site, source: str) -> set[str]:
    """Of the table in the target."""
    database = url_of(site.config, source).rsplit("/", 1)[1].partition("?")[0]
    with psycopg.connect(target_of(site.config)) as connection:
        query = "SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = 'orders'"
        return {name for (name,) in connection.execute(query, (f"dw__{database}__public",))}


def test_consent_is_told_as_command_and_as_the_jobs_config(site: MakesSite) -> None:
    shop = site({"a": SHOP})
    shop.run("sync", "a")
    alter(url_of(shop.config, "a"), DROP)
    for told in (shop.run("sync", "a").told("a", asset) for asset in ("target_ddl", "target_schema")):
        assert told["next job"] == "approve"
        fence, *lines, end = told["launchpad"].split("\n")
        assert (fence, end) == ("```yaml", "```")
        config = yaml.safe_load("\n".join(lines))["ops"]["approve"]["config"]
        assert told["next command"] == f"dw-migration approve a {config['revision']}"
        assert set(config) == {"revision", "sha256", "by", "note"}


def test_what_a_person_has_to_clear_is_a_failure(site: MakesSite) -> None:
    """A schema of the target that is not ours stands where the source's would."""
    shop = site({"a": SHOP})
    database = url_of(shop.config, "a").rsplit("/", 1)[1].partition("?")[0]
    alter(target_of(shop.config), f'CREATE SCHEMA "dw__{database}__public"; CREATE TABLE "dw__{database}__public".t ()')
    ran = shop.run("sync", "a")
    assert not ran.success
    assert not ran.made
    assert f"dw__{database}__public" in str(ran.failure["a"])


def test_a_held_source_of_which_nothing_stands_has_failed() -> None:
    held = Outcome("a", "held", revision="3fa2c91b04de", exit_code=4)
    stands = Outcome("a", "applied", revision="77b0aa1c9d3e")
    assert Done(held, {"target_schema": held}).has_failed
    assert not Done(held, {"target_schema": held}, stands).has_failed
    assert not Done(held, {"target_ddl": held}).has_failed


# --- some of the assets -----------------------------------------------------------------------------------------------


def test_planning_alone_leaves_the_target_as_it_is(site: MakesSite) -> None:
    shop = site({"a": SHOP})
    planned = shop.run("plan", "a")
    assert planned.assets == {"a": {"source_models", "target_ddl"}}
    assert planned.told("a", "target_ddl")["status"] == "pending"
    assert planned.told("a", "target_ddl")["next job"] == "apply"
    assert _columns(shop, "a") == set()
    applied = shop.run("apply", "a")
    assert applied.assets == {"a": {"target_schema"}}
    assert applied.told("a", "target_schema")["status"] == "in_sync"
    assert _version(applied, "a", "target_schema") == _version(planned, "a", "target_ddl")


@pytest.mark.parametrize("assets", [["source_models"], ["source_models", "target_schema"], ["target_ddl"]])
def test_any_of_the_assets_can_be_made(site: MakesSite, assets: list[str]) -> None:
    shop = site({"a": SHOP})
    shop.run("sync", "a")
    alter(url_of(shop.config, "a"), ADD)
    ran = shop.run("sync", "a", asset_selection=[dg.AssetKey(each) for each in assets])
    assert ran.assets == {"a": set(assets)}
    assert _columns(shop, "a") == {"id", "state"}
    models = Path(shop.config.parent / "workspace" / "a" / "models.py").read_text()
    assert ("'note'" in models) is ("source_models" in assets)


def test_a_message_goes_into_the_revision(site: MakesSite) -> None:
    shop = site({"a": SHOP})
    assert shop.run("plan", "a", config={"message": "first"}).told("a", "target_ddl")["message"] == "first"


def test_one_can_apply_up_to_a_revision(site: MakesSite) -> None:
    shop = site({"a": SHOP})
    shop.run("plan", "a")
    assert shop.run("apply", "a", config={"to": "+0"}).told("a", "target_schema")["applied"] == "nothing"
    assert shop.run("apply", "a", config={"to": "+1"}).told("a", "target_schema")["status"] == "in_sync"


def test_the_log_names_what_was_done_and_is_silent_where_nothing_was(site: MakesSite) -> None:
    shop = site({"a": SHOP})

    def lines(run_id: str) -> list[str]:
        entries = shop.instance.all_logs(run_id)
        return [each.user_message for each in entries if not each.is_dagster_event]

    (first,) = lines(shop.run("sync", "a").result.run_id)
    assert first.startswith("a: add schema")
    assert lines(shop.run("sync", "a").result.run_id) == []


def test_what_ends_a_run_is_a_resource_of_the_definitions(site: MakesSite) -> None:
    shop = site({"a": SHOP})
    assert AT_THE_END in shop.definitions.resources
    assert known_sources(shop.instance, "warehouse") == ()
