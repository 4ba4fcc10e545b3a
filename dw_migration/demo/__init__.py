"""The main job on a PostgreSQL server of its own, and Dagster's web interface on it."""

from dw_migration.demo.development import run_dev
from dw_migration.demo.story import run_demo

__all__ = ["run_demo", "run_dev"]
