"""The files of deploy/ agree with the project, with one another, and with Dagster."""

import re
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._core.instance.ref import InstanceRef
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
DEPLOYMENTS = ("celery", "docker", "kubernetes")
LAUNCHERS = {"celery": "dagster_celery", "docker": "dagster_docker", "kubernetes": "dagster_k8s"}
CELERY_URLS = {"CELERY_BROKER_URL": "redis://broker/0", "CELERY_RESULT_BACKEND": "redis://broker/1"}


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def settings(deployment: str) -> dict[str, Any]:
    """Its dagster.yaml; that of Kubernetes is made by the chart, from values.yaml."""
    if deployment == "kubernetes":
        return of_chart(loaded(DEPLOY / "kubernetes" / "values.yaml"))
    return dict(loaded(DEPLOY / deployment / "dagster.yaml"))


def of_chart(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the chart's template makes of the values, as far as they are given."""
    daemon, database = values["dagsterDaemon"], values["postgresql"]
    launcher = values["runLauncher"]["config"]["k8sRunLauncher"]
    storage = {
        "hostname": database["postgresqlHost"],
        "port": database["service"]["port"],
        "username": database["postgresqlUsername"],
        "password": {"env": "DAGSTER_PG_PASSWORD"},
        "db_name": database["postgresqlDatabase"],
        "scheme": database["postgresqlScheme"],
    }
    return {
        "storage": {"postgres": {"postgres_db": storage}},
        "telemetry": values["telemetry"],
        "concurrency": snake({key: values["concurrency"][key] for key in ("runs", "pools")}),
        **{key: snake(daemon[key]) for key in ("sensors", "schedules", "backfills")},
        "run_monitoring": snake(daemon["runMonitoring"]),
        "run_retries": snake(daemon["runRetries"]),
        "retention": snake({key: values["retention"][key] for key in ("sensor", "schedule")}),
        "run_launcher": {
            "module": "dagster_k8s",
            "class": "K8sRunLauncher",
            "config": {
                "service_account_name": "dagster",
                "dagster_home": "/opt/dagster/dagster_home",
                "instance_config_map": "dagster-instance",
                "postgres_password_secret": values["global"]["postgresqlSecretName"],
                **snake(launcher),
            },
        },
        **values["additionalInstanceConfig"],
    }


def snake(value: Any) -> Any:
    """With the keys that Dagster has for the chart's; a tag's limit it spells in the same way itself."""
    if isinstance(value, list):
        return [snake(each) for each in value]
    if not isinstance(value, dict) or "applyLimitPerUniqueValue" in value:
        return value
    return {re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower(): snake(each) for key, each in value.items()}


def texts() -> Iterator[tuple[Path, str]]:
    return ((path, path.read_text(encoding="utf-8")) for path in sorted(DEPLOY.rglob("*")) if path.is_file())


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], InstanceRef]:
    """Gives a deployment's instance as Dagster reads it, where its variables are set."""
    for key in ("HOST", "USER", "PASSWORD", "DATABASE"):
        monkeypatch.setenv(f"DAGSTER_PG_{key}", "x")
    monkeypatch.setenv("DAGSTER_PG_PORT", "5432")
    for key, value in CELERY_URLS.items():
        monkeypatch.setenv(key, value)

    def read(deployment: str) -> InstanceRef:
        (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(settings(deployment)))
        return InstanceRef.from_dir(str(tmp_path))

    return read


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_its_settings_are_those_of_the_project(deployment: str) -> None:
    project, here = loaded(ROOT / "dagster.yaml"), settings(deployment)
    where = here.pop("storage")["postgres"]["postgres_db"]
    assert where["scheme"] == project["storage"]["postgres"]["postgres_db"]["scheme"]
    assert where["password"] == {"env": "DAGSTER_PG_PASSWORD"}
    assert {key: here.get(key) for key in project if key != "storage"} == {
        key: value for key, value in project.items() if key != "storage"
    }
    assert set(here) - set(project) <= {"run_launcher", "compute_logs"}


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_dagster_takes_its_settings(deployment: str, instance: Callable[[str], InstanceRef]) -> None:
    ref = instance(deployment)
    assert ref.settings["concurrency"]["runs"]["max_concurrent_runs"] == 4
    assert ref.run_launcher_data is not None


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_its_launcher_takes_its_settings(deployment: str, instance: Callable[[str], InstanceRef]) -> None:
    if not find_spec(LAUNCHERS[deployment]):
        pytest.skip(f"{LAUNCHERS[deployment]} is not installed: it comes with an extra of pyproject.toml")
    if deployment == "kubernetes":
        from dagster._config import process_config, resolve_to_config_type  # noqa: PLC0415
        from dagster_k8s import K8sRunLauncher  # noqa: PLC0415

        # made, it would look for the cluster that it runs in
        given = settings(deployment)["run_launcher"]["config"]
        assert process_config(resolve_to_config_type(K8sRunLauncher.config_type()), given).success
    else:
        assert type(instance(deployment).run_launcher).__name__ == settings(deployment)["run_launcher"]["class"]


def test_no_file_holds_a_password() -> None:
    for path, text in texts():
        for user, password in re.findall(r"://([^\s:/@]*):([^\s@]+)@", text):
            assert password == "PASSWORD", f"{path}: {user}"  # an example's
        if path.suffix == ".yaml":
            assert list(plain_secrets(loaded(path))) == [], path


def plain_secrets(value: Any) -> Iterator[str]:
    """Keys that look like a secret's, with a text that is no reference and no name of a file or secret."""
    if isinstance(value, list):
        for each in value:
            yield from plain_secrets(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if isinstance(each, str) and re.search(r"(?i)(password|token|secret)$", key):
                yield key
            yield from plain_secrets(each)


def test_the_workspaces_name_the_code_location_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    for deployment in ("celery", "docker"):
        (entry,) = loaded(DEPLOY / deployment / "workspace.yaml")["load_from"]
        assert entry["grpc_server"]["location_name"] == project["code_location_name"]


def test_every_variable_of_the_compose_file_is_explained() -> None:
    used = set(re.findall(r"\$\{(\w+)", (DEPLOY / "docker" / "compose.yaml").read_text()))
    told = set(re.findall(r"(?m)^(\w+)=", (DEPLOY / "docker" / "environment.example").read_text()))
    assert used == told


def test_a_run_in_docker_has_what_the_compose_file_made() -> None:
    """The network, the volumes and the variables of a run's container are those of the daemon's."""
    compose = loaded(DEPLOY / "docker" / "compose.yaml")
    run = settings("docker")["run_launcher"]["config"]
    assert set(run["networks"]) == {each["name"] for each in compose["networks"].values()}
    mounted = {each.partition(":")[0] for each in run["container_kwargs"]["volumes"]}
    assert mounted == {each["name"] for each in compose["volumes"].values() if each}
    assert set(run["env_vars"]) <= set(compose["services"]["daemon"]["environment"])


def test_the_image_holds_what_the_project_and_its_extras_ask_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = pinned(DEPLOY / "requirements.lock")
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    for wanted in map(Requirement, [*project["dependencies"], *extras]):
        assert wanted.specifier.contains(pins[canonical(wanted.name)]), wanted


def test_the_image_holds_the_versions_that_are_tested() -> None:
    tested = pinned(ROOT / "requirements.lock")
    differing = {
        name: (version, tested[name])
        for name, version in pinned(DEPLOY / "requirements.lock").items()
        if tested.get(name, version) != version
    }
    assert differing == {}


def pinned(lock: Path) -> dict[str, str]:
    pins = re.findall(r"(?m)^([\w.\[\]-]+)==([^\s;]+)", lock.read_text())
    return {canonical(re.sub(r"\[.*", "", name)): version for name, version in pins}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_script_that_starts_everything_can_be_run() -> None:
    assert (DEPLOY / "run").stat().st_mode & stat.S_IXUSR
