"""What a command about rows was asked for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Mode = Literal["empty", "append", "upsert", "truncate"]
"""What is done with rows that the target has already; `empty`: it must have none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which two databases, and where the files about them lie."""

    prefix: str
    """Of all files' names."""
    from_: str | None = None
    """Place of the old database: a source, `target`, or one of `databases:`. None: as the changes file says."""
    to: str | None = None
    schemas: tuple[str, ...] = ()
    """Pairs `old:new`, or one name for both."""
    tables: tuple[str, ...] = ()
    """Names and globs of old tables; none means all."""
    exclude: tuple[str, ...] = ()
    changes: Path | None = None
    """The changes file; None: `<prefix>_migration_changes.json` among the results."""
    resolutions: Path | None = None
    """None: `<prefix>_manual_resolutions.json` among the results, if it is there."""
    out: Path | None = None
    """The folder of results; None: `results` in the workspace."""


@dataclass(frozen=True, slots=True)
class CopyOptions:
    """How rows are copied."""

    live: bool = False
    """False: a dry run, which writes nothing but its result file."""
    mode: Mode = "empty"
    workers: int = 2
    batch_size: int = 100_000
    """Rows a chunk."""
    limit_rate: int | None = None
    """Bytes a second, of all workers together."""
    strict: bool = False
    """The first row that the target refuses fails its table."""
    catch_up: bool = False
    """Chunks that were copied before are hashed again; those that differ are loaded again, what is gone is removed."""
    retry_rejects: bool = False
    keep_values: bool = False
    """Rejects are kept with the refused value, not only its hash."""
    by: str = ""
    run_id: str = ""
