"""What a person does and sees in Dagster's web interface, through the GraphQL that its pages use."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

Found = TypeVar("Found")
ASSETS = ("source_models", "target_ddl", "target_schema")
REPOSITORY = {"repositoryName": "__repository__", "repositoryLocationName": "dw_migration"}
DONE = {"COMPLETED", "COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED"}
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
_METADATA = """
fragment metadata on MetadataEntry {
  label __typename
  ... on TextMetadataEntry { text }
  ... on MarkdownMetadataEntry { mdStr }
  ... on IntMetadataEntry { intValue }
  ... on FloatMetadataEntry { floatValue }
  ... on BoolMetadataEntry { boolValue }
  ... on PathMetadataEntry { path }
  ... on UrlMetadataEntry { url }
  ... on JsonMetadataEntry { jsonString }
  ... on TimestampMetadataEntry { timestamp }
  ... on TableMetadataEntry { table { records } }
}
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a backfill is with one asset."""

    targeted: int
    materialized: int
    failed: int
    in_progress: int


@dataclass(frozen=True, slots=True)
class Backfill:
    """A backfill as its page shows it."""

    id: str
    status: str
    counts: Mapping[str, Counts]
    """By asset."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the list of runs shows it."""

    id: str
    status: str
    job: str
    tags: Mapping[str, str]
    started: float
    ended: float
    """0 where it is not there yet."""


@dataclass(frozen=True, slots=True)
class Materialization:
    """One event of an asset."""

    asset: str
    partition: str
    run_id: str
    at: int
    """Milliseconds."""
    told: Mapping[str, Any]
    """Its metadata as plain values; a table is a list of mappings."""


@dataclass(frozen=True, slots=True)
class Check:
    """One evaluation of an asset check."""

    name: str
    partition: str | None
    passed: bool
    severity: str
    told: Mapping[str, Any]
    run_id: str


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick of a sensor."""

    id: str
    status: str
    at: float
    ended: float | None
    run_ids: tuple[str, ...]
    run_keys: tuple[str, ...]
    said: str
    """Why there was no run, or the error."""


@dataclass(frozen=True, slots=True)
class Ui:
    """The web server at a URL."""

    url: str
    patience: float = 600.0
    """Seconds for whatever a daemon does when it comes round to it."""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})

    def ask(self, query: str, **variables: Any) -> Any:
        """What the query gives."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, dict(self.headers))  # noqa: S310 - a URL of our own
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - the same
            given = json.load(answer)
        if given.get("errors"):
            raise AssertionError(given["errors"])
        return given["data"]

    # --- the code location --------------------------------------------------------------------------------------------

    def loaded(self) -> bool:
        """Whether the definitions are there. An error in them is raised."""
        asked = self.ask(
            "{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError { __typename"
            " ... on PythonError { message } } } } } }"
        )
        found = [each["locationOrLoadError"] for each in asked["workspaceOrError"]["locationEntries"]]
        if errors := [each["message"] for each in found if each and each["__typename"] == "PythonError"]:
            raise AssertionError("\n".join(errors))
        return bool(found) and all(found)

    def daemon_is_up(self) -> bool:
        """Whether each part of the daemon gave a sign of life, in this run of it or shortly before."""
        asked = self.ask("{ instance { daemonHealth { allDaemonStatuses { required healthy } } } }")
        statuses = asked["instance"]["daemonHealth"]["allDaemonStatuses"]
        return all(each["healthy"] for each in statuses if each["required"])

    def partitions(self, asset: str = "target_schema") -> list[str]:
        """The keys, in the order of their adding."""
        return list(self._asset(asset, "partitionKeys"))

    def statuses(self, asset: str = "target_schema") -> dict[str, list[str]]:
        """Materialized, failed, missing: which partitions."""
        kinds = ("materialized", "failed", "unmaterialized")
        query = " ".join(f"{kind}Partitions" for kind in kinds)
        found = self._asset(asset, f"assetPartitionStatuses {{ ... on DefaultPartitionStatuses {{ {query} }} }}")
        return {kind: sorted(found[f"{kind}Partitions"]) for kind in kinds}

    def _asset(self, asset: str, query: str, declared: str = "", **variables: Any) -> Any:
        asked = self.ask(
            f"query($key: AssetKeyInput!{declared}) {{ assetNodeOrError(assetKey: $key) {{ __typename"
            f" ... on AssetNode {{ found: {query} }} }} }} {_METADATA if '...metadata' in query else ''}",
            key=_key(asset),
            **variables,
        )
        return asked["assetNodeOrError"]["found"]

    # --- backfills ----------------------------------------------------------------------------------------------------

    def backfill(self, partitions: Sequence[str], assets: Iterable[str] = ASSETS) -> str:
        """The id of a new backfill."""
        params = {"assetSelection": [_key(each) for each in assets], "partitionNames": list(partitions)}
        return self._launched(
            self.ask(
                "mutation($params: LaunchBackfillParams!) { launched: launchPartitionBackfill(backfillParams: $params)"
                " { __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }",
                params=params,
            )
        )

    def reexecuted(self, backfill: str) -> str:
        """The id of the backfill that takes up what failed in this one."""
        return self._launched(
            self.ask(
                "mutation($params: ReexecutionParams!) { launched: reexecutePartitionBackfill(reexecutionParams:"
                " $params) { __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }",
                params={"parentRunId": backfill, "strategy": "FROM_FAILURE"},
            )
        )

    def _launched(self, asked: Any) -> str:
        if "backfillId" not in asked["launched"]:
            raise AssertionError(asked["launched"])
        return str(asked["launched"]["backfillId"])

    def backfill_now(self, backfill: str) -> Backfill:
        """How far it is."""
        asked = self.ask(
            "query($id: String!) { found: partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill {"
            " status error { message } assetBackfillData { assetBackfillStatuses { ... on AssetPartitionsStatusCounts {"
            " assetKey { path } numPartitionsTargeted numPartitionsMaterialized numPartitionsFailed"
            " numPartitionsInProgress } } } } } }",
            id=backfill,
        )["found"]
        if asked["error"]:
            raise AssertionError(asked["error"]["message"])
        data = asked["assetBackfillData"] or {"assetBackfillStatuses": []}
        return Backfill(
            backfill, asked["status"], {_name(each): _counts(each) for each in data["assetBackfillStatuses"]}
        )

    def finished(self, backfill: str) -> Backfill:
        """The backfill when nothing of it is left to do."""
        self.until(lambda: self.backfill_now(backfill).status in DONE)
        return self.backfill_now(backfill)

    # --- runs ---------------------------------------------------------------------------------------------------------

    def runs(self, tags: Mapping[str, str] | None = None, ids: Iterable[str] = ()) -> tuple[Run, ...]:
        """Those with these tags, or these, the newest first; with nothing given, all."""
        wanted: dict[str, Any] = {"tags": [{"key": key, "value": value} for key, value in (tags or {}).items()]}
        if ids := list(ids):
            wanted["runIds"] = ids
        asked = self.ask(
            "query($filter: RunsFilter) { found: runsOrError(filter: $filter) { ... on Runs { results { runId status"
            " jobName startTime endTime tags { key value } } } } }",
            filter=wanted,
        )
        return tuple(_run(each) for each in asked["found"]["results"])

    def launched(self, job: str, tags: Mapping[str, str], config: Mapping[str, Any] | None = None) -> str:
        """The id of a new run of a job, as the launchpad starts it."""
        selector = REPOSITORY | {"jobName": job}
        metadata = {"tags": [{"key": key, "value": value} for key, value in tags.items()]}
        asked = self.ask(
            "mutation($params: ExecutionParams!) { launched: launchRun(executionParams: $params) { __typename"
            " ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }"
            " ... on RunConfigValidationInvalid { errors { message } } } }",
            params={"selector": selector, "executionMetadata": metadata, "runConfigData": dict(config or {})},
        )["launched"]
        if "run" not in asked:
            raise AssertionError(asked)
        return str(asked["run"]["runId"])

    def ended(self, ids: Iterable[str]) -> tuple[Run, ...]:
        """These runs, when all of them have ended."""
        chosen = list(ids)
        self.until(lambda: all(each.status in ENDED for each in self.runs(ids=chosen)))
        return self.runs(ids=chosen)

    def events(self, run: str, kind: str | None = None) -> list[dict[str, Any]]:
        """The run's events, or those of one type, with metadata as `told`."""
        asked = self.ask(
            "query($run: ID!) { found: logsForRun(runId: $run) { ... on EventConnection { events { __typename"
            " ... on MessageEvent { message level eventType }"
            " ... on ExecutionStepFailureEvent { failureMetadata { metadataEntries { ...metadata } } }"
            " ... on MaterializationEvent { partition assetKey { path } metadataEntries { ...metadata } }"
            " } } } }" + _METADATA,
            run=run,
        )
        found = [each for each in asked["found"]["events"] if kind in (None, each["__typename"])]
        return [each | {"told": _told(each)} for each in found]

    def failure(self, run: str) -> dict[str, Any]:
        """Why the run's step failed: the metadata of its failure."""
        (event,) = self.events(run, "ExecutionStepFailureEvent")
        return dict(event["told"])

    # --- events of assets and checks ----------------------------------------------------------------------------------

    def materializations(self, asset: str, partition: str, *, limit: int = 100) -> list[Materialization]:
        """The newest first."""
        found = self._asset(
            asset,
            "assetMaterializations(partitions: $partitions, limit: $limit)"
            " { runId timestamp partition metadataEntries { ...metadata } }",
            ", $partitions: [String!], $limit: Int",
            partitions=[partition],
            limit=limit,
        )
        return [
            Materialization(asset, each["partition"], each["runId"], int(each["timestamp"]), _told(each))
            for each in found
        ]

    def checks(self, asset: str, check: str, partition: str) -> list[Check]:
        """The evaluations for a partition, the newest first."""
        asked = self.ask(
            "query($key: AssetKeyInput!, $check: String!, $partition: String) { found: assetCheckExecutions(assetKey:"
            " $key, checkName: $check, partition: $partition, limit: 50) { runId evaluation { success severity"
            " partition metadataEntries { ...metadata } } } }" + _METADATA,
            key=_key(asset),
            check=check,
            partition=partition,
        )
        given = [(each["runId"], each["evaluation"]) for each in asked["found"] if each["evaluation"]]
        return [
            Check(check, each["partition"], each["success"], each["severity"], _told(each), run) for run, each in given
        ]

    # --- sensors ------------------------------------------------------------------------------------------------------

    def sensors(self) -> dict[str, str]:
        """By name, whether each is RUNNING or STOPPED."""
        asked = self.ask(
            "query($repository: RepositorySelector!) { found: sensorsOrError(repositorySelector: $repository)"
            " { ... on Sensors { results { name sensorState { status } } } } }",
            repository=REPOSITORY,
        )
        return {each["name"]: each["sensorState"]["status"] for each in asked["found"]["results"]}

    def start_sensor(self, name: str) -> None:
        """As its switch does."""
        self.ask(
            "mutation($sensor: SensorSelector!) { startSensor(sensorSelector: $sensor) { __typename } }",
            sensor=REPOSITORY | {"sensorName": name},
        )

    def stop_sensor(self, name: str) -> None:
        """As its switch does."""
        state = self._sensor(name, "id selectorId")
        stopped = self.ask("mutation($id: String!) { stopped: stopSensor(id: $id) { __typename } }", id=state["id"])[
            "stopped"
        ]["__typename"]
        if stopped != "StopSensorMutationResult":
            raise AssertionError(stopped)

    def ticks(self, name: str) -> list[Tick]:
        """The newest first."""
        asked = self._sensor(
            name,
            "ticks(limit: 50) { tickId status timestamp endTimestamp runIds runKeys skipReason"
            " error { message errorChain { error { message } } } }",
        )
        return [_tick(each) for each in asked["ticks"]]

    def next_tick(self, name: str, after: float) -> Tick:
        """The first that began after this time, when it has ended."""

        def those() -> list[Tick]:
            return [each for each in self.ticks(name) if each.at > after and each.status != "STARTED"]

        self.until(lambda: bool(those()))
        return those()[-1]

    def _sensor(self, name: str, query: str) -> Any:
        asked = self.ask(
            "query($sensor: SensorSelector!) { found: sensorOrError(sensorSelector: $sensor)"
            f" {{ ... on Sensor {{ sensorState {{ {query} }} }} }} }}",
            sensor=REPOSITORY | {"sensorName": name},
        )
        return asked["found"]["sensorState"]

    # --- waiting ------------------------------------------------------------------------------------------------------

    def until(self, claim: Callable[[], bool]) -> None:
        """Wait till the claim holds."""
        deadline = time.monotonic() + self.patience
        while not claim():
            if time.monotonic() > deadline:
                raise AssertionError("it has not come about in time")
            time.sleep(0.5)


def _key(asset: str) -> dict[str, list[str]]:
    return {"path": asset.split("/")}


def _name(counts: Mapping[str, Any]) -> str:
    return "/".join(counts["assetKey"]["path"])


def _counts(given: Mapping[str, Any]) -> Counts:
    return Counts(*(given[f"numPartitions{each}"] for each in ("Targeted", "Materialized", "Failed", "InProgress")))


def _run(given: Mapping[str, Any]) -> Run:
    tags = {each["key"]: each["value"] for each in given["tags"]}
    times = (given["startTime"] or 0.0, given["endTime"] or 0.0)
    return Run(given["runId"], given["status"], given["jobName"], tags, *times)


def _tick(given: Mapping[str, Any]) -> Tick:
    said = _chain(given["error"]) if given["error"] else given["skipReason"] or ""
    runs, keys = tuple(given["runIds"]), tuple(given["runKeys"])
    return Tick(given["tickId"], given["status"], given["timestamp"], given["endTimestamp"], runs, keys, said)


def _chain(error: Mapping[str, Any]) -> str:
    return "".join([error["message"], *(each["error"]["message"] for each in error["errorChain"])])


def _told(event: Mapping[str, Any]) -> dict[str, Any]:
    entries = event.get("metadataEntries") or (event.get("failureMetadata") or {}).get("metadataEntries") or []
    return {each["label"]: _value(each) for each in entries}


def _value(entry: Mapping[str, Any]) -> Any:
    if entry["__typename"] == "TableMetadataEntry":
        return [json.loads(record) for record in entry["table"]["records"]]
    if entry["__typename"] == "JsonMetadataEntry":
        return json.loads(entry["jsonString"])
    return next((value for key, value in entry.items() if key not in ("label", "__typename")), None)
