"""Tests of SQL files in Dagster."""
