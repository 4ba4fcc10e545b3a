"""Hand-written SQL files in Dagster: an asset with a partition a module."""
