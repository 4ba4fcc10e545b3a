"""The settings of a project, made into definitions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
import yaml
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster_shared.serdes import serialize_value

from dw_migration.errors import BadConfig
from dw_migration.orchestration import SourceDatabases
from dw_migration.orchestration.partitions import add_missing, range_tags
from dw_migration.orchestration.resources import Sources, Target
from dw_migration.orchestration.runs import QUIET
from dw_migration_tests.orchestration.conftest import MakesProject, target_of

URL = "postgresql://dw@h/w"
NOTES = "CREATE TABLE notes (id integer PRIMARY KEY)"


def _context() -> dg.ComponentLoadContext:
    return dg.ComponentTree.for_test().load_context


def _defs(component: SourceDatabases) -> dg.Definitions:
    return component.build_defs(_context())


def _names(defs: dg.Definitions) -> set[str]:
    repository = defs.get_repository_def()
    jobs = {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")}
    ticking = {each.name for each in (*repository.sensor_defs, *repository.schedule_defs)}
    return jobs | ticking | set(repository.get_top_level_resources())


# --- names ------------------------------------------------------------------------------------------------------------


def test_the_name_is_that_of_group_and_partitions() -> None:
    specs = list(_defs(SourceDatabases(name="lake")).resolve_all_asset_specs())
    assert {spec.group_name for spec in specs} == {"lake"}
    assert {getattr(spec.partitions_def, "name", None) for spec in specs} == {"lake_sources", "lake_sql_modules"}


def test_any_other_name_than_warehouse_goes_before_all_names() -> None:
    plain, lake = _defs(SourceDatabases()), _defs(SourceDatabases(name="lake"))
    assert {f"lake_{name}" for name in _names(plain)} == _names(lake)
    keys = {spec.key for spec in plain.resolve_all_asset_specs()}
    assert {key.with_prefix("lake") for key in keys} == {spec.key for spec in lake.resolve_all_asset_specs()}


def test_a_name_that_dagster_could_not_take_is_refused() -> None:
    with pytest.raises(BadConfig, match="name: expected letters, digits and _"):
        SourceDatabases.resolve_from_yaml("name: my lake")


# --- where the settings stand -----------------------------------------------------------------------------------------


def test_the_config_is_found_from_the_projects_folder(tmp_path: Path) -> None:
    settings = SourceDatabases(config="etc/dw.yaml").settings(tmp_path)
    assert settings.file == tmp_path / "etc/dw.yaml"


def test_the_sections_of_a_config_file_are_attributes(tmp_path: Path) -> None:
    written = {"target": {"url": URL}, "sources": {"shop": {"url": URL}}, "workspace": "there"}
    config = SourceDatabases.resolve_from_yaml(yaml.safe_dump(written)).settings(tmp_path).load()
    assert list(config.sources) == ["shop"]
    assert config.workspace == tmp_path / "there"
    assert config.schedule == "0 5 * * *"


def test_they_may_be_given_in_python(tmp_path: Path) -> None:
    component = SourceDatabases(target={"url": URL}, schedule=None)
    assert component.settings(tmp_path).load().schedule is None


def test_a_file_and_sections_together_are_refused(tmp_path: Path) -> None:
    component = SourceDatabases.resolve_from_yaml(f"target: {{url: '{URL}'}}\nconfig: dw.yaml\n")
    with pytest.raises(BadConfig, match=r"<string>:2: config: stands beside target"):
        component.settings(tmp_path)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("schedule: null", []),
        ("schedule: '30 1 * * *'", ["30 1 * * *"]),
        ("workspace: there", ["0 5 * * *"]),
    ],
)
def test_the_schedule_is_the_one_written_the_default_or_none(written: str, told: list[str]) -> None:
    component = SourceDatabases.resolve_from_yaml(f"target: {{url: '{URL}'}}\n{written}\n")
    found = _defs(component).get_repository_def().schedule_defs
    assert [each.cron_schedule for each in found if each.name == "daily_sync"] == told


# --- what is wrong with them ------------------------------------------------------------------------------------------


def test_an_unknown_attribute_is_told_with_its_line_and_the_nearest() -> None:
    with pytest.raises(BadConfig, match=r'<string>:2: trget: unknown attribute; did you mean "target"\?'):
        SourceDatabases.resolve_from_yaml("name: warehouse\ntrget: {url: x}\n")


def test_a_fault_in_a_section_is_told_when_definitions_load_as_in_a_file() -> None:
    component = SourceDatabases.resolve_from_yaml(f"target:\n  url: {URL}\n  passwrd: hunter2\n")
    with pytest.raises(BadConfig) as caught:
        _defs(component)
    assert str(caught.value) == '<string>:3: target.passwrd: unknown key; did you mean "password"?'


@pytest.mark.parametrize("written", ["target: 'postgresql://dw:hunter2@h/w'", "target: [hunter2]", "sources: hunter2"])
def test_a_section_of_another_type_is_told_without_what_stands_there(written: str) -> None:
    with pytest.raises(BadConfig, match="expected a mapping of settings") as caught:
        _defs(SourceDatabases.resolve_from_yaml(written))
    assert "hunter2" not in str(caught.value)


def test_a_number_is_no_password() -> None:
    with pytest.raises(BadConfig, match=r"<string>:3: target.password: found a number .* put it in quotes"):
        SourceDatabases.resolve_from_yaml(f"target:\n  url: {URL}\n  password: 0123\n")


@pytest.mark.parametrize("attribute", ["at_once", "sources_per_run"])
def test_a_number_of_sources_is_at_least_one(attribute: str) -> None:
    with pytest.raises(BadConfig, match=f"<string>:1: {attribute}: found 0; expected at least 1"):
        SourceDatabases.resolve_from_yaml(f"{attribute}: 0")


def test_a_variable_that_is_not_set_yet_stops_no_definitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_YET", raising=False)
    target = {"url": URL, "password": "${NOT_YET}"}
    component = SourceDatabases(target=target, workspace="${NOT_YET}", policy={"notify": "${NOT_YET}"})
    _defs(component)
    with pytest.raises(BadConfig, match="workspace: the environment variable NOT_YET is not set"):
        component.settings(Path()).load()


# --- templates and secrets --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("password", ["1e5", "0123", "[1]", "a${X}b", "{{ env }}", " x "])
def test_a_password_from_a_template_stays_to_the_letter(password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", password)
    component = SourceDatabases.resolve_from_yaml(f"target: {{url: '{URL}', password: '{{{{ env.PASSWORD }}}}'}}")
    assert component.settings(Path()).load().target.login().keywords["password"] == password


def test_a_template_that_is_empty_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PASSWORD", raising=False)
    with pytest.raises(BadConfig, match=r"target\.password: the template is empty: set the variable"):
        SourceDatabases.resolve_from_yaml(f"target: {{url: '{URL}', password: '{{{{ env.PASSWORD }}}}'}}")


@pytest.mark.filterwarnings("ignore:Property .ScheduleDefinition.environment_vars")  # Dagster's own use of it
def test_no_secret_is_part_of_what_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD", "hunter2")
    secret = "{url: 'postgresql://dw@h/w', password: '{{ env.PASSWORD }}'}"
    component = SourceDatabases.resolve_from_yaml(f"target: {secret}\nsources: {{shop: {secret}}}\n")
    defs = _defs(component)
    repository = defs.get_repository_def()
    shown = [component, defs, defs.resources, repository.get_top_level_resources(), component.settings(Path())]
    assert "hunter2" not in repr(shown)
    assert "hunter2" not in serialize_value(RepositorySnap.from_def(repository))  # what Dagster's servers are sent
    assert component.settings(Path()).load().target.login().keywords["password"] == "hunter2"


def test_faults_of_python_arguments_quote_no_value() -> None:
    with pytest.raises(ValueError, match="trget") as caught:
        SourceDatabases(trget={"password": "hunter2"})  # type: ignore[call-arg]
    assert "hunter2" not in str(caught.value)


# --- overriding -------------------------------------------------------------------------------------------------------


class Ours(SourceDatabases):
    """A project's own keys, and something more to do before a run and after."""

    steward: str = "nobody"

    def get_asset_spec(self, spec: dg.AssetSpec) -> dg.AssetSpec:
        """Under a prefix, and `schema` in place of `target_schema`."""
        name = {"target_schema": "schema"}.get(spec.key.path[-1], spec.key.path[-1])
        return spec.replace_attributes(key=["bronze", name], tags={**spec.tags, "steward": self.steward})

    def execute(self, context: dg.AssetExecutionContext, sources: Sources, target: Target) -> Iterator[Any]:
        """Tells the log who is asked."""
        context.log.info(f"ask {self.steward}")
        yield from super().execute(context, sources, target)


def _run(defs: dg.Definitions, instance: dg.DagsterInstance, job: str) -> dg.ExecuteInProcessResult:
    warehouse = job.removesuffix("sync").removesuffix("_") or "warehouse"
    add_missing(instance, warehouse, ["a", "b"])
    return defs.resolve_job_def(job).execute_in_process(
        instance=instance, tags=range_tags("a", "b"), run_config=QUIET, raise_on_error=False
    )


def _made(result: dg.ExecuteInProcessResult) -> set[tuple[str, str]]:
    events = result.get_asset_materialization_events()
    made = [event.step_materialization_data.materialization for event in events]
    return {(each.asset_key.to_user_string(), str(each.partition)) for each in made}


def _schemas_in(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^dw__'")}


def test_a_subclass_gives_assets_their_keys_and_does_more(project: MakesProject, instance: dg.DagsterInstance) -> None:
    component = Ours(config=str(project({"a": NOTES, "b": NOTES})), steward="ada")
    defs = _defs(component)
    specs = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
    names = {"source_schema", "source_models", "target_ddl", "approval", "schema", "target_data", "data_analysis"}
    names |= {"sql_migrations"}
    assert set(specs) == {f"bronze/{name}" for name in names}
    assert {dep.asset_key.to_user_string() for dep in specs["bronze/target_ddl"].deps} == {"bronze/source_models"}
    assert {dep.asset_key.to_user_string() for dep in specs["bronze/target_data"].deps} == {"bronze/schema"}
    assert {spec.tags["steward"] for spec in specs.values()} == {"ada"}

    result = _run(defs, instance, "sync")
    assert result.success
    brought = {"bronze/source_models", "bronze/target_ddl", "bronze/schema"}
    assert _made(result) == {(asset, source) for asset in brought for source in "ab"}
    judged = {each.asset_key.to_user_string() for each in result.get_asset_check_evaluations()}
    assert judged == brought
    assert "ask ada" in {each.user_message for each in instance.all_logs(result.run_id)}


def test_two_warehouses_stand_side_by_side(tmp_path: Path, project: MakesProject, instance: dg.DagsterInstance) -> None:
    one = project({"a": NOTES, "b": NOTES}).rename(tmp_path / "one.yaml")
    other = yaml.safe_load(project({"a": NOTES, "b": NOTES}).read_text()) | {"workspace": str(tmp_path / "lake")}
    first, second = SourceDatabases(config=str(one)), SourceDatabases(name="lake", **other)
    both = dg.Definitions.merge(_defs(first), _defs(second))
    dg.Definitions.validate_loadable(both)
    brought = {"source_models", "target_ddl", "target_schema"}
    assert _made(_run(both, instance, "sync")) == {(asset, source) for asset in brought for source in "ab"}
    assert not _schemas_in(other["target"]["url"])
    assert _made(_run(both, instance, "lake_sync")) == {
        (f"lake/{asset}", source) for asset in brought for source in "ab"
    }
    assert len(_schemas_in(target_of(one))) == len(_schemas_in(other["target"]["url"])) == 2


def test_two_warehouses_in_one_project_share_no_workspace(tmp_path: Path) -> None:
    workspaces = {
        SourceDatabases(name=name, target={"url": URL}).settings(tmp_path).load().workspace
        for name in ("warehouse", "lake")
    }
    assert workspaces == {tmp_path / "migration_workspace", tmp_path / "lake_migration_workspace"}
