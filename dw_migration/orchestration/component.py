"""The component `SourceDatabases`: the settings of a project, as defs.yaml gives them, made into definitions."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import dagster as dg
import pydantic

from dw_migration.orchestration.assets import (
    AT_THE_END,
    asset_specs,
    at_the_end,
    migrate_sources,
    migration_assets,
)
from dw_migration.orchestration.attributes import Attributes
from dw_migration.orchestration.checks import recently_checked
from dw_migration.orchestration.jobs import jobs
from dw_migration.orchestration.names import DEFAULT, Names
from dw_migration.orchestration.partitions import SOURCES_PER_RUN
from dw_migration.orchestration.requests import MADE
from dw_migration.orchestration.resources import Settings, Sources, Target
from dw_migration.orchestration.rows.assets import asset_specs as rows_specs
from dw_migration.orchestration.rows.assets import rows_assets
from dw_migration.orchestration.rows.jobs import copy_data, nightly_copy
from dw_migration.orchestration.rows.resource import Rows
from dw_migration.orchestration.scaffolder import SourceDatabasesScaffolder
from dw_migration.orchestration.schedules import schedules
from dw_migration.orchestration.sensors import sensors
from dw_migration.orchestration.sqlfiles.assets import files_asset, files_spec, run_sql_files

SECTIONS = ("target", "sources", "naming", "objects", "policy", "workspace", "schedule", "databases", "sql")
"""Attributes that are sections of the config file, under the same names."""


def _own(description: str) -> dg.Resolver:
    resolver: dg.Resolver = dg.Resolver.default(description=description)
    return resolver


def _section(description: str) -> dg.Resolver:
    """Of any type, and left as it is written: what is wrong with it we tell ourselves, and quote no password."""
    resolver: dg.Resolver = dg.Resolver.passthrough(description=description)
    return resolver


@dg.scaffold_with(SourceDatabasesScaffolder)
class SourceDatabases(dg.Component, dg.Model, dg.Resolvable):
    """Keeps the schemas of one warehouse in step with those of many source databases.

    The settings stand in a config file, or here: `target`, `sources` and its other sections are attributes too.
    `${NAME}` in them is read when a connection is opened, `{{ env.NAME }}` when definitions load.
    """

    model_config = pydantic.ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, _own("Of the warehouse: its asset group. Any but `warehouse` goes before all names.")] = (
        DEFAULT
    )
    config: Annotated[str | None, _own("The config file; default: where the command line looks for it.")] = None
    target: Annotated[Any, _section("The one database that is written.")] = None
    sources: Annotated[Any, _section("The databases that are read, by name.")] = None
    naming: Annotated[Any, _section("How source names become target names.")] = None
    objects: Annotated[Any, _section("Which kinds of objects are carried over.")] = None
    policy: Annotated[Any, _section("What may happen without asking.")] = None
    workspace: Annotated[Any, _section("A folder for models, revisions and DDL.")] = None
    schedule: Annotated[Any, _section("The daily sweep, as cron; null: none.")] = None
    databases: Annotated[Any, _section("More connections, by name.")] = None
    sql: Annotated[Any, _section("Hand-written SQL files.")] = None
    at_once: Annotated[int, _own("Sources that one run works on at the same time.")] = 4
    sources_per_run: Annotated[int, _own("How many sources one run takes at most.")] = SOURCES_PER_RUN
    owners: Annotated[list[str], _own("Of the assets: `team:data`, or an address.")] = []  # noqa: RUF012 - pydantic copies it

    _attributes: Attributes = pydantic.PrivateAttr(default_factory=Attributes)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Assets, checks, jobs, sensors, schedules and their resources; no connection is opened."""
        settings, names = self.settings(context.project_root), self.names()
        made = jobs(names)
        external = [spec for plain, spec in self._specs() if not plain.skippable]
        return dg.Definitions(
            assets=[*external, self.assets(), *self.rows(), self.files()],
            asset_checks=[recently_checked(names)],
            jobs=[*made, copy_data(names), run_sql_files(names)],
            sensors=sensors(names, made),
            schedules=[*schedules(names, settings), nightly_copy(names)],
            resources=self.resources(settings),
        )

    def settings(self, folder: Path) -> Settings:
        """Where the settings stand, seen from the project's folder. Raises: BadConfig, if they stand in two places."""
        given = self._given()
        if given and self.config:
            beside = ", ".join(given)
            raise self._attributes.fault({("config",): f"stands beside {beside}: keep the file, or what stands here"})
        return Settings(folder / self.config if self.config else None, given, folder, self._attributes.written)

    def _given(self) -> dict[str, Any]:
        """The sections that stand here; where there are several warehouses, no two of them share a workspace."""
        given = {name: getattr(self, name) for name in SECTIONS if name in self.model_fields_set}
        apart = {"workspace": Names(self.name).of("migration_workspace")} if given and self.name != DEFAULT else {}
        return {**apart, **given}

    def names(self) -> Names:
        """What the definitions are called."""
        return Names(self.name, {plain.key.path[-1]: spec.key for plain, spec in self._specs()})

    def assets(self) -> dg.AssetsDefinition:
        """The partitioned assets, with their checks."""
        specs = self._shown(*MADE)
        return migration_assets(self.names(), specs=specs, sources_per_run=self.sources_per_run, execute=self.execute)

    def rows(self) -> list[dg.AssetsDefinition]:
        """The assets of rows, likewise."""
        return rows_assets(self.names(), *self._shown("target_data", "data_analysis"))

    def files(self) -> dg.AssetsDefinition:
        """The asset of hand-written SQL files, likewise."""
        return files_asset(self.names(), *self._shown("sql_migrations"))

    def resources(self, settings: Settings) -> dict[str, object]:
        """The resources by name."""
        names = self.names()
        return {
            names.of("sources"): Sources(settings, self.at_once, self.sources_per_run),
            names.of("target"): Target(names),
            names.of("rows"): Rows(),
            names.of(AT_THE_END): at_the_end,
        }

    def _specs(self) -> list[tuple[dg.AssetSpec, dg.AssetSpec]]:
        """Each asset plain, and as it is shown; what stands on a renamed one follows it."""
        names = Names(self.name)
        plain = [*asset_specs(names), *rows_specs(names), files_spec(names)]
        shown = [self.get_asset_spec(each) for each in plain]
        keys = {old.key: new.key for old, new in zip(plain, shown, strict=True)}
        return [(old, _following(new, keys)) for old, new in zip(plain, shown, strict=True)]

    def _shown(self, *assets: str) -> list[dg.AssetSpec]:
        """Those with these names of ours, in our order."""
        return [spec for plain, spec in self._specs() if plain.key.path[-1] in assets]

    # --- to override --------------------------------------------------------------------------------------------------

    def get_asset_spec(self, spec: dg.AssetSpec) -> dg.AssetSpec:
        """An asset as it is shown: override it to change its key, group, tags, owners or metadata."""
        return spec.replace_attributes(owners=self.owners) if self.owners else spec

    def execute(self, context: dg.AssetExecutionContext, sources: Sources, target: Target) -> Iterator[Any]:
        """What a run does with its partitions: override it to do more before or after."""
        yield from migrate_sources(context, sources, target)

    # --- as it is written ---------------------------------------------------------------------------------------------

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """What may be shown: the sections may hold passwords."""
        yield from ((name, value) for name, value in super().__repr_args__() if name not in SECTIONS)

    @pydantic.field_validator("name")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_]+", value):
            raise ValueError("expected letters, digits and _, for it is a part of names in Dagster")
        return value

    @pydantic.field_validator("at_once", "sources_per_run")
    @classmethod
    def _is_a_number(cls, value: int) -> int:
        if value < 1:
            raise ValueError(f"found {value}; expected at least 1")
        return value

    @classmethod
    def model(cls) -> type[pydantic.BaseModel]:
        """What the attributes are read into: unknown ones too, since we tell the nearest known one."""
        strict = super().model()
        return type(strict.__name__, (strict,), {"model_config": pydantic.ConfigDict(extra="allow")})

    @classmethod
    def resolve_from_model(cls, context: dg.ResolutionContext, model: pydantic.BaseModel) -> Self:
        """The component that the attributes describe. Raises: BadConfig, with the place of each fault."""
        attributes = Attributes(context)
        attributes.check_known(model.model_extra or {}, cls.model_fields)
        try:
            component: Self = super().resolve_from_model(context, model)
        except pydantic.ValidationError as error:
            raise attributes.refused(error) from None
        for name in component.model_fields_set.intersection(SECTIONS):
            setattr(component, name, attributes.filled(getattr(component, name), name))
        component._attributes = attributes
        return component


def _following(spec: dg.AssetSpec, keys: Mapping[dg.AssetKey, dg.AssetKey]) -> dg.AssetSpec:
    deps = [dg.AssetDep(keys.get(d.asset_key, d.asset_key), partition_mapping=d.partition_mapping) for d in spec.deps]
    return spec.replace_attributes(deps=deps)
