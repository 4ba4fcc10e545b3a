"""From what a materialization was made: the tags by which Dagster says what is fresh, and what is stale."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from dw_migration.orchestration.names import Names

DATA_VERSION, CODE_VERSION = "dagster/data_version", "dagster/code_version"
"""Dagster adds its tags by itself only to results that speak for the whole range of a run."""
INPUT_VERSION, INPUT_EVENT = "dagster/input_data_version", "dagster/input_event_pointer"
NEVER_TOLD = "INITIAL"
"""Dagster's word for the data version of an asset that nothing was told of."""
BEFORE_ALL = 1
"""The number of an event, none of an asset: every event of an input is newer. Without a number Dagster takes none for
newer, and a first change would not be seen."""
OURS = ("source_schema", "source_models", "target_ddl", "approval", "target_schema")

Last = Callable[[dg.AssetKey], dg.EventLogRecord | None]
"""The last materialization of an asset for one source."""


def last_materialization(instance: dg.DagsterInstance, source: str, asset: dg.AssetKey) -> dg.EventLogRecord | None:
    """The newest of the source; one that was yielded is stored before what follows it is made."""
    chosen = dg.AssetRecordsFilter(asset_key=asset, asset_partitions=[source])
    return next(iter(instance.fetch_materializations(chosen, limit=1).records), None)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What one run makes its assets from. Asked of the storage once, as it begins: what comes later is newer."""

    names: Names
    specs: Mapping[dg.AssetKey, dg.AssetSpec]
    """Of the assets that it makes."""
    until: int
    """The number of the last event that was there."""
    versions: Mapping[dg.AssetKey, Mapping[str, str]]
    """Of the inputs that it does not make, the data version by source."""

    @classmethod
    def of(cls, context: dg.AssetExecutionContext, names: Names, assets: Iterable[dg.AssetKey]) -> "Provenance":
        """As the run begins."""
        specs = {key: context.assets_def.specs_by_key[key] for key in assets}
        inputs = dict.fromkeys(dep for spec in specs.values() for dep in _inputs(spec) if dep not in specs)
        until = context.instance.event_log_storage.get_maximum_record_id() if inputs else None
        versions = {each: _versions(context.instance, each, names, context.partition_keys) for each in inputs}
        return cls(names, specs, until or BEFORE_ALL, versions)

    def tags(self, asset: dg.AssetKey, source: str, version: str, last: Last, *, is_behind: bool) -> dict[str, str]:
        """Of a materialization with this data version, after those of its inputs that the run makes too.

        `is_behind`: something else stands in the target than `target_ddl` says, so that this is newer.
        """
        spec = self.specs[asset]
        inputs = {dep: self._input(dep, source, last) for dep in _inputs(spec)}
        if is_behind:
            inputs[self.names.key("target_ddl")] = (version, BEFORE_ALL)
        return tags_of(version, spec.code_version or "", inputs)

    def _input(self, dep: dg.AssetKey, source: str, last: Last) -> tuple[str, int]:
        if dep not in self.specs:
            return self.versions[dep].get(source, NEVER_TOLD), self.until
        made = last(dep)
        return (_version(made), made.storage_id) if made else (NEVER_TOLD, BEFORE_ALL)


def tags_of(version: str, code: str, inputs: Mapping[dg.AssetKey, tuple[str, int]]) -> dict[str, str]:
    """The tags; of each input the data version, and the number of an event up to which what it told was used."""
    tags = {CODE_VERSION: code, **({DATA_VERSION: version} if version else {})}
    for key, (input_version, event) in inputs.items():
        tags |= {f"{INPUT_VERSION}/{key.to_user_string()}": input_version}
        tags |= {f"{INPUT_EVENT}/{key.to_user_string()}": str(event)}
    return tags


def behind(names: Names, version: str, code: str) -> dict[str, str]:
    """The tags of a `target_schema` that was taken back: whatever `target_ddl` says, and was consented to, is newer."""
    return tags_of(version, code, {names.key(each): (NEVER_TOLD, BEFORE_ALL) for each in ("target_ddl", "approval")})


def _inputs(spec: dg.AssetSpec) -> Iterator[dg.AssetKey]:
    return (dep.asset_key for dep in spec.deps)


def _versions(instance: dg.DagsterInstance, dep: dg.AssetKey, names: Names, sources: Sequence[str]) -> dict[str, str]:
    """By source; an input that a project gave to an asset may have no partitions, and is the same for all."""
    if dep not in map(names.key, OURS):
        told = instance.get_latest_data_version_record(dep)
        return dict.fromkeys(sources, _version(told)) if told else {}
    tags = instance.event_log_storage.get_latest_tags_by_partition(
        dep, dg.DagsterEventType.ASSET_MATERIALIZATION, [DATA_VERSION], asset_partitions=list(sources)
    )
    return {source: each[DATA_VERSION] for source, each in tags.items()}


def _version(told: dg.EventLogRecord) -> str:
    return (told.event_log_entry.tags or {}).get(DATA_VERSION, NEVER_TOLD)
