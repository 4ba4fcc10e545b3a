"""The Dagster shell: what a person sees and starts in Dagster, around the functions of `migrate`."""

from dw_migration.orchestration.component import SourceDatabases

__all__ = ["SourceDatabases"]
