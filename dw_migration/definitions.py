"""Where Dagster comes in: all that stands under defs/, run source by source in one process."""

from pathlib import Path

import dagster as dg


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions of this project; reads no config and opens no connection."""
    return dg.Definitions.merge(
        dg.load_from_defs_folder(path_within_project=Path(__file__).parent),
        # a process a step costs four times the work itself
        dg.Definitions(executor=dg.in_process_executor),
    )
