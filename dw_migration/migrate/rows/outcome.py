"""What copying rows did, or found, as values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dw_migration.resolutions.comparison import RowChange

Watching = Callable[["Underway"], None]
"""Called every now and then while rows are on their way, from any thread."""


@dataclass(frozen=True, slots=True)
class Underway:
    """How far one table is."""

    table: str
    rows: int
    bytes: int
    expected: int
    """Rows, as the source estimates; -1 where it cannot."""
    seconds: float
    """Since this table began."""
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class TableOutcome:
    """What became of the rows of one table."""

    table: str
    """The old one's name, as a person writes it."""
    into: str
    """The new one's, with its schema."""
    status: str
    """copied, checked (dry run), unchanged (all chunks were there), rejected (some rows), failed, left out."""
    rows: int = 0
    """Copied now; in a dry run: what would be."""
    skipped: int = 0
    """Rows of chunks that an earlier run copied."""
    removed: int = 0
    """By a catch-up: rows of the target that the source has no more."""
    rejected: int = 0
    bytes: int = 0
    chunks: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    """Copied whole for want of a key, columns left to the target, ..."""
    faults: tuple[str, ...] = ()
    """What a dry run found: unmapped values, orphans, texts that are too long; each with its number."""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class CopyOutcome:
    """What one `data copy`, or `data verify`, did or found."""

    prefix: str
    live: bool
    status: str
    """copied, unchanged (all of it was there), checked (dry run), equal, different, held (unresolved changes), rejected
    (some rows), failed."""
    tables: tuple[TableOutcome, ...] = ()
    unresolved: tuple[RowChange, ...] = ()
    faults: tuple[str, ...] = ()
    """Of the resolutions file, each with its place."""
    notes: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
    """Those that the rows are from; more than one after a resume."""
    seconds: float = 0.0
    paths: Mapping[str, Path] = field(default_factory=dict)
    """`changes`, `resolutions`, `result`: the files read and written."""
    error: str | None = None
    exit_code: int = 0
    next_command: str = ""

    @property
    def rows(self) -> int:
        """Copied now."""
        return sum(each.rows for each in self.tables)

    @property
    def bytes(self) -> int:
        """On the wire."""
        return sum(each.bytes for each in self.tables)

    @property
    def rejected(self) -> int:
        """Rows that the target refused."""
        return sum(each.rejected for each in self.tables)
