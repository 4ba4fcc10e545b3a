"""Where Dagster comes in: all that stands under defs/, run source by source in one process."""

import warnings
from importlib import import_module
from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of this project; opens no connection."""
    # a process a step costs four times the work itself
    return dg.Definitions.merge(_loaded(), dg.Definitions(executor=dg.in_process_executor))


def _loaded() -> dg.Definitions:
    """As `load_from_defs_folder` does, which would take an installed package for the project in whose venv it is."""
    tree = dg.ComponentTree.from_module(import_module("dw_migration.defs"), _project())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # Dagster's own, about code references to defs.yaml
        return tree.build_defs()


def _project() -> Path:
    """The folder from which paths in defs.yaml start: this project's, or for an installed package the present one."""
    folder = Path(__file__).parents[1]
    return folder if (folder / "pyproject.toml").exists() else Path.cwd()
