"""One op that takes every source from end to end, on real databases."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import dagster as dg
import pytest

from dw_migration.migrate import Outcome
from dw_migration.orchestration.assets import as_finished
from dw_migration.orchestration.component import SourceDatabases
from dw_migration.orchestration.partitions import add_missing
from dw_migration.orchestration.runs import QUIET, Run, materialize_all
from dw_migration_tests.orchestration.conftest import MakesProject, alter, url_of, with_source

SHOP = """
CREATE TABLE public."Orders" ("Id" integer PRIMARY KEY, "State" text NOT NULL DEFAULT 'new');
COMMENT ON TABLE public."Orders" IS '</script><img onerror=x> ``` # headline';
"""
ALL = {"source_models", "target_ddl", "target_schema"}


def _by_source(runs: Iterable[Run]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for run in runs:
        for each in run.materialized:
            found[each.source].add(each.asset)
    return dict(found)


def _told(runs: Iterable[Run], source: str, asset: str) -> dict[str, object]:
    (found,) = [each.told for run in runs for each in run.materialized if (each.source, each.asset) == (source, asset)]
    return dict(found)


def test_all_sources_are_brought_in_one_run(project: MakesProject, instance: dg.DagsterInstance) -> None:
    config = project({"a": SHOP, "b": SHOP})
    runs = materialize_all(config, instance=instance)
    assert [run.success for run in runs] == [True]
    assert _by_source(runs) == {"a": ALL, "b": ALL}


def test_a_person_can_read_what_was_done(project: MakesProject, instance: dg.DagsterInstance) -> None:
    config = project({"shop": SHOP})
    runs = materialize_all(config, instance=instance)
    ddl, schema = _told(runs, "shop", "target_ddl"), _told(runs, "shop", "target_schema")
    assert str(ddl["DDL"]).startswith("````sql\n")
    assert "CREATE TABLE" in str(ddl["DDL"])
    assert {"action": "create", "kind": "table"}.items() <= _row(ddl["changes"], "table").items()
    assert schema["status"] == "in_sync"
    assert schema["verified"] is True
    assert schema["revision"] == ddl["revision"] == schema["applied"]
    assert schema["version"] == "1.0.0"
    assert schema["tables"] == 1
    assert Path(str(_told(runs, "shop", "source_models")["models.py"])).is_file()


def _row(table: object, kind: str) -> dict[str, object]:
    assert isinstance(table, list)
    found: dict[str, object] = next(row for row in table if row["kind"] == kind)
    return found


def test_one_broken_source_does_not_stop_the_others(project: MakesProject, instance: dg.DagsterInstance) -> None:
    config = project({"a": SHOP, "b": SHOP})
    with_source(config, "broken", url=url_of(config, "a").replace("@/", "@/no_such_"))
    with_source(config, "c", url=url_of(config, "b"), naming={"schema": "dw__c__{schema}"})
    (run,) = materialize_all(config, instance=instance)
    assert not run.success
    assert _by_source([run]) == {"a": ALL, "b": ALL, "c": ALL}
    assert set(run.errors) == {"broken"}
    assert "no_such_" in str(run.errors["broken"])


def test_the_run_names_the_failed_and_is_not_tried_again(project: MakesProject, instance: dg.DagsterInstance) -> None:
    config = project({"a": SHOP})
    add_missing(instance, "warehouse", ["a", "retired"])
    with pytest.raises(dg.Failure, match="1 of 2 sources failed: retired") as failure:
        _materialize(config, instance, ["a", "retired"], raise_on_error=True)
    assert failure.value.allow_retries is False


def test_a_held_source_has_its_ddl_and_no_schema(project: MakesProject, instance: dg.DagsterInstance) -> None:
    config = project({"a": SHOP, "b": SHOP})
    materialize_all(config, instance=instance)
    alter(url_of(config, "a"), 'ALTER TABLE public."Orders" DROP COLUMN "State"')
    (run,) = materialize_all(config, instance=instance)
    assert run.success
    assert _by_source([run]) == {"a": ALL - {"target_schema"}, "b": ALL}
    ddl = _told([run], "a", "target_ddl")
    assert ddl["status"] == "held"
    assert "waits for consent" in str(ddl["reason"])
    assert ddl["next command"] == f"dw-migration approve a {ddl['revision']}"
    assert ddl["severity"] == "breaking"


def test_planning_alone_leaves_the_target_as_it_is(project: MakesProject, instance: dg.DagsterInstance) -> None:
    config = project({"a": SHOP})
    add_missing(instance, "warehouse", ["a"])
    planned = _materialize(config, instance, ["a"], ["source_models", "target_ddl"])
    assert _statuses(planned) == {"source_models": "pending", "target_ddl": "pending"}
    applied = _materialize(config, instance, ["a"], ["target_schema"])
    assert _statuses(applied) == {"target_schema": "in_sync"}


def test_the_data_version_is_the_fingerprint(project: MakesProject, instance: dg.DagsterInstance) -> None:
    config = project({"a": SHOP})

    def versions() -> set[str]:
        add_missing(instance, "warehouse", ["a"])
        events = _materialize(config, instance, ["a"]).get_asset_materialization_events()
        tags = [each.step_materialization_data.materialization.tags or {} for each in events]
        return {each["dagster/data_version"] for each in tags}

    first = versions()
    assert len(first) == 1
    assert versions() == first
    alter(url_of(config, "a"), 'ALTER TABLE public."Orders" ADD COLUMN "Note" text')
    assert versions().isdisjoint(first)


def test_progress_is_told_to_who_watches(project: MakesProject, instance: dg.DagsterInstance) -> None:
    told: list[tuple[str, str]] = []
    materialize_all(project({"a": SHOP}), instance=instance, progress=lambda *each: told.append(each))
    assert ("a", "read") in told
    assert told[-1] == ("a", "done")


def test_no_more_sources_are_worked_on_than_asked_for() -> None:
    running: set[str] = set()
    most = []

    def act(name: str) -> Outcome:
        running.add(name)
        most.append(len(running))
        running.discard(name)
        return Outcome(name, "in_sync")

    names = [str(number) for number in range(20)]
    assert {each.source for each in as_finished(act, names, 1)} == set(names)
    assert max(most) == 1


def test_who_stops_listening_stops_what_has_not_begun() -> None:
    begun: list[str] = []

    def act(name: str) -> Outcome:
        begun.append(name)
        return Outcome(name, "in_sync")

    outcomes = as_finished(act, [str(number) for number in range(1000)], 1)
    next(outcomes)
    outcomes.close()
    assert len(begun) < 1000


def _materialize(
    config: Path,
    instance: dg.DagsterInstance,
    sources: Sequence[str],
    assets: Sequence[str] | None = None,
    *,
    raise_on_error: bool = False,
) -> dg.ExecuteInProcessResult:
    component = SourceDatabases()
    ends = {"start": sources[0], "end": sources[-1]}
    return dg.materialize(
        [component.assets()],
        resources=component.resources(str(config)),
        instance=instance,
        selection=assets,
        run_config=QUIET,
        tags={f"dagster/asset_partition_range_{end}": source for end, source in ends.items()},
        raise_on_error=raise_on_error,
    )


def _statuses(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    made = [each.step_materialization_data.materialization for each in result.get_asset_materialization_events()]
    return {each.asset_key.to_user_string(): each.metadata["status"].value for each in made}
