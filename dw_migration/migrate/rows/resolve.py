"""`data resolve`: a file for a person's decisions, with the values that are really there."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from dw_migration.config import Config
from dw_migration.errors import BadConfig
from dw_migration.live.rows.side import Side
from dw_migration.live.rows.values import distinct_values
from dw_migration.live.workspace import write
from dw_migration.migrate.rows.analyze import analyzed
from dw_migration.migrate.rows.asked import Asked
from dw_migration.migrate.rows.places import opened_pair, place_of
from dw_migration.migrate.rows.results import make_folder, results
from dw_migration.resolutions.report import Scope
from dw_migration.resolutions.resolution import SCHEMA_FILE, Fault, ResolutionsFile, read_resolutions, schema_text
from dw_migration.resolutions.template import columns_to_map, template

APPLICATION = "dw/resolve"
_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Resolved:
    """The file that was written."""

    path: Path
    entries: int
    """One a breaking change; none: there is nothing to decide."""
    faults: tuple[Fault, ...]
    """What a person has yet to say in it."""


def resolve(config: Config, asked: Asked, *, force: bool = False) -> Resolved:
    """The template of decisions, written beside the changes; it holds values of rows, and is its owner's alone.

    force: write it in place of one that is there already, which is kept as `.bak`.
    Raises: BadConfig where one is there, or the changes are missing; StalePlan, NoConnection, NotAllowed, NotOurs.
    """
    path = asked.resolutions or results(config, asked.prefix, asked.out).folder / f"{asked.prefix}{_ENDS[0]}"
    if path.suffix != ".json":
        raise BadConfig(f"{path}: expected a name that ends with .json, which is what is written")
    comparison, scope = analyzed(config, changes_path(config, asked))
    with opened_scope(config, scope) as (source, _):
        distinct = {
            (table, column): distinct_values(source, comparison.old.tables[table], column)
            for table, column in columns_to_map(comparison)
        }
    text = json.dumps(template(comparison, distinct), indent=2, ensure_ascii=False) + "\n"
    file = read_resolutions(text.encode(), str(path))
    _write_template(path, text, force=force)
    entries = sum(len(each) for each in file.content.resolutions.values())
    return Resolved(path, entries, tuple(file.faults(comparison.old.tables)))


def opened_scope(config: Config, scope: Scope) -> AbstractContextManager[tuple[Side, Side]]:
    """Read-only sessions on the old database and the new one. Raises: NoConnection, NotAllowed, BadConfig."""
    old, new = place_of(config, scope.old), place_of(config, scope.new)
    return opened_pair(config, old, new, application_name=APPLICATION)


# --- the files --------------------------------------------------------------------------------------------------------

_ENDS = tuple(f"_manual_resolutions.{end}" for end in ("json", "yaml", "yml"))


def resolutions_path(config: Config, asked: Asked) -> Path:
    """Where the resolutions are looked for: the JSON, or YAML where only that is there."""
    if asked.resolutions is not None:
        return asked.resolutions
    files = results(config, asked.prefix, asked.out)
    paths = [files.folder / f"{files.prefix}{end}" for end in _ENDS]
    return next((each for each in paths if each.exists()), paths[0])


def changes_path(config: Config, asked: Asked) -> Path:
    """Where the changes are looked for."""
    return asked.changes or results(config, asked.prefix, asked.out).changes


def read_file(path: Path) -> ResolutionsFile | None:
    """What the file says; None where there is none. Raises: BadConfig with every fault of its shape."""
    try:
        written = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise BadConfig(f"{path}: cannot be read: {fault.strerror}") from None
    return read_resolutions(written, str(path))


def _write_template(path: Path, text: str, *, force: bool) -> None:
    make_folder(path.parent)
    if path.is_file() and not path.is_symlink() and path.read_bytes() != text.encode():
        if not force:
            raise BadConfig(
                f"{path}: is there already, and may hold decisions: check it with `dw-migration data validate`, or "
                f"write it anew with --force, which keeps this one as {path.name}.bak"
            )
        path.chmod(_MODE)
        path.replace(path.with_name(f"{path.name}.bak"))
    write(path, text, mode=_MODE)
    write(path.with_name(SCHEMA_FILE), schema_text())
