"""The component `SourceDatabases`: the settings of this project, as defs.yaml gives them, made into definitions."""

import dagster as dg

from dw_migration.orchestration.assets import migration_assets
from dw_migration.orchestration.resources import Sources, Target


class SourceDatabases(dg.Component, dg.Model, dg.Resolvable):
    """Keeps the schemas of one warehouse in step with those of many source databases."""

    target: str = "warehouse"
    """Names the asset group and the partitions."""
    config: str | None = None
    """Path of the config file, from the project's folder; None: where the command line looks for it."""
    at_once: int = 4
    """Sources that one run works on at the same time."""
    sources_per_run: int = 50
    """How many sources one run of a backfill takes."""

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The assets and their resources; the config itself is read by runs."""
        config = str(context.project_root / self.config) if self.config else ""
        return dg.Definitions(assets=[self.assets()], resources=self.resources(config))

    def assets(self) -> dg.AssetsDefinition:
        """The partitioned assets."""
        return migration_assets(self.target, sources_per_run=self.sources_per_run)

    def resources(self, config: str) -> dict[str, object]:
        """The resources by name, for the config file at this path."""
        return {"sources": Sources(config=config, at_once=self.at_once), "target": Target()}
