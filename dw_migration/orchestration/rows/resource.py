"""The resource `rows`: what runs do with the rows of a source."""

from dw_migration.config import Config
from dw_migration.migrate import Stop
from dw_migration.migrate.rows.analyze import Analysis, analyze
from dw_migration.migrate.rows.asked import Asked, CopyOptions
from dw_migration.migrate.rows.copy import copy
from dw_migration.migrate.rows.outcome import CopyOutcome, Watching
from dw_migration.migrate.rows.places import TARGET
from dw_migration.migrate.rows.verify import verify


def place(source: str) -> str:
    """What the source is called among all places of the config: it may have the name of another one."""
    return f"sources.{source}"


class Rows:
    """The commands of `dw-migration data` that runs need; a project may put a subclass in its place."""

    def analyze(self, config: Config, source: str) -> Analysis:
        """The source compared with its schemas in the target. Raises: DwMigrationError."""
        return analyze(config, from_=place(source), to=TARGET, prefix=source)

    def copy(
        self, config: Config, asked: Asked, options: CopyOptions, *, watching: Watching, stop: Stop
    ) -> CopyOutcome:
        """What was copied; of a dry run, what would be. Raises: DwMigrationError."""
        return copy(config, asked, options, watching=watching, stop=stop)

    def verify(self, config: Config, asked: Asked, *, watching: Watching) -> CopyOutcome:
        """Whether both sides have the same rows now. Raises: DwMigrationError."""
        return verify(config, asked, watching=watching)
