"""The files of one migration of rows: their names, and where they lie."""

import re
from dataclasses import dataclass
from pathlib import Path

from dw_migration.config import Config
from dw_migration.errors import BadConfig, DwMigrationError
from dw_migration.live.workspace import FOLDER_MODE

_FOLDER = "results"
_PREFIX = re.compile(r"\w[\w.-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Results:
    """The folder, and what the names of the files in it begin with."""

    folder: Path
    prefix: str

    @property
    def report(self) -> Path:
        """The report, for people."""
        return self.folder / f"{self.prefix}_migration_report.txt"

    @property
    def changes(self) -> Path:
        """The changes, for later commands."""
        return self.folder / f"{self.prefix}_migration_changes.json"


def results(config: Config, prefix: str, out: Path | None = None) -> Results:
    """The files of this prefix in `out`, by default the workspace's results. Raises: BadConfig for no such prefix."""
    if not _PREFIX.fullmatch(prefix):
        raise BadConfig(
            f"found the prefix {prefix!r}; expected letters, digits, _ . and -, neither . nor - first, at most 100: "
            "it begins the names of files"
        )
    return Results(out or config.workspace / _FOLDER, prefix)


def make_folder(folder: Path) -> None:
    """The folder is there. Raises: BadConfig, or DwMigrationError for a disk that is full or broken."""
    try:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir(FOLDER_MODE, exist_ok=True)
    except (PermissionError, NotADirectoryError, FileExistsError) as fault:
        raise BadConfig(
            f"{folder}: cannot be made: {fault.strerror}: mend its permissions, or name another --out"
        ) from None
    except OSError as fault:
        raise DwMigrationError(f"{folder}: cannot be made: {fault.strerror}: nothing was written") from None
