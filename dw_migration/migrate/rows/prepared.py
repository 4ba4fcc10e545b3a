"""What a copy starts from: the changes, a person's decisions on them, and how every table is copied."""

from dataclasses import dataclass, replace
from pathlib import Path

from dw_migration.config import Config
from dw_migration.errors import BadConfig
from dw_migration.live.rows.side import Side
from dw_migration.migrate.rows.analyze import analyze, analyzed
from dw_migration.migrate.rows.asked import Asked
from dw_migration.migrate.rows.plans import Plans, plans_of
from dw_migration.migrate.rows.resolve import changes_path, read_file, resolutions_path
from dw_migration.migrate.rows.validate import faults_of
from dw_migration.resolutions.comparing import check_filters, is_wanted
from dw_migration.resolutions.comparison import Comparison, RowChange
from dw_migration.resolutions.compiling import unresolved
from dw_migration.resolutions.report import Scope
from dw_migration.resolutions.resolution import Fault, Resolutions, ResolutionsFile


@dataclass(frozen=True, slots=True)
class Prepared:
    """What lies between the two schemas, and what was decided."""

    comparison: Comparison
    """Of the tables that are asked for."""
    scope: Scope
    file: ResolutionsFile | None
    paths: dict[str, Path]

    @property
    def resolutions(self) -> Resolutions:
        """A person's decisions."""
        return self.file.content if self.file else Resolutions()

    @property
    def unresolved(self) -> tuple[RowChange, ...]:
        """The breaking changes of which nobody decided."""
        return unresolved(self.comparison, self.resolutions)

    def faults(self, source: Side, target: Side) -> tuple[Fault, ...]:
        """What keeps the decisions from being carried out; reads all rows of columns that are mapped."""
        return faults_of(self.file, self.comparison, source, target) if self.file else ()

    def plans(self, target: Side) -> Plans:
        """How each table is copied, in order."""
        return plans_of(self.comparison, self.resolutions, target)


def prepare(config: Config, asked: Asked) -> Prepared:
    """What is known before a row is read.

    With both places named the schemas are compared now; else as the changes file says, if they are still so.
    Raises: BadConfig, StalePlan, NoConnection, NotAllowed, SourceChanging.
    """
    changes = changes_path(config, asked)
    comparison, scope = _compared(config, asked, changes)
    path = resolutions_path(config, asked)
    file = read_file(path)
    if file is None and asked.resolutions is not None:
        raise BadConfig(f"{path}: is not there: `dw-migration data resolve` writes one")
    paths = {"changes": changes} | ({"resolutions": path} if file else {})
    return Prepared(_chosen(comparison, asked), scope, file, paths)


def _compared(config: Config, asked: Asked, changes: Path) -> tuple[Comparison, Scope]:
    if asked.from_ is None or asked.to is None:
        return analyzed(config, changes)
    found = analyze(
        config,
        from_=asked.from_,
        to=asked.to,
        prefix=asked.prefix,
        schemas=asked.schemas,
        out=asked.out,
        counts=False,
    )
    return found.comparison, found.scope


def _chosen(comparison: Comparison, asked: Asked) -> Comparison:
    """Only what is about the tables that are asked for. Raises: BadConfig for a filter that fits none."""
    if not asked.tables and not asked.exclude:
        return comparison
    check_filters(comparison.old.tables, tables=asked.tables, exclude=asked.exclude)
    wanted = {each for each in comparison.old.tables if is_wanted(each, tables=asked.tables, exclude=asked.exclude)}
    return replace(
        comparison,
        pairs=tuple(each for each in comparison.pairs if each.old.address in wanted),
        changes=tuple(each for each in comparison.changes if each.old_table in wanted),
    )
