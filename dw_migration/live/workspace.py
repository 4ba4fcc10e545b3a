"""A source's folder: a real Alembic environment made for git, restored from the ledger wherever it is missing."""

import ast
import errno
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from dw_migration.catalog import Catalog
from dw_migration.errors import BadConfig, BrokenHistory, DwMigrationError, NotOurs
from dw_migration.live.ledger import Entry
from dw_migration.revision import Revision, one_line, parse_script

FILE_MODE = 0o640
FOLDER_MODE = 0o750
CATALOG = "catalog.jsonl"
_ABANDONED = 3600
"""Seconds after which nobody writes a temporary file any more."""
_SAFE_NAME = re.compile(r"[a-z0-9_]{1,150}")
_TEMPLATES = {"alembic.ini": "alembic.ini.mako", "alembic/env.py": "env.py.mako"}
_COPIED = {"alembic/script.py.mako": "script.py.mako"}


@dataclass(frozen=True, slots=True)
class RevisionFile:
    """A file of `alembic/versions`, as far as its place in the history goes."""

    id: str
    parent: str | None
    path: Path
    text: str

    def parsed(self) -> Revision:
        """The revision in it. Raises: BrokenHistory."""
        return parse_script(self.text, str(self.path))


@dataclass(frozen=True, slots=True)
class Restored:
    """What `Workspace.restore` did and found."""

    written: tuple[Path, ...]
    removed: tuple[Path, ...]
    unknown: tuple[RevisionFile, ...]
    """Files that the ledger does not know: hand-written and not yet seen, or the ledger is new."""
    deleted: tuple[str, ...] = ()
    """Revisions that wait, and whose files are gone from among the others, which took their place."""


class Workspace:
    """One source's folder."""

    def __init__(self, folder: Path, source: str) -> None:
        self.folder = folder
        self.source = source

    @property
    def versions(self) -> Path:
        """Where Alembic looks for revisions."""
        return self.folder / "alembic" / "versions"

    @property
    def ini(self) -> Path:
        """What `alembic` is started with."""
        return self.folder / "alembic.ini"

    # --- the folder itself --------------------------------------------------------------------------------------------

    def prepare(self, config: Path | None = None) -> None:
        """Make the folder and what Alembic needs in it, as far as it is missing; `config` is the config file.

        Raises: BadConfig, NotOurs or DwMigrationError if it cannot be written, before anything is.
        """
        for folder in (self.folder, self.versions.parent, self.versions, self.folder / "ddl"):
            _make_folder(folder)
        for folder in (self.folder, self.versions, self.folder / "ddl"):
            _probe(folder)
        values = {"source": self.source, "config": _relative(config, self.folder)}
        for name, template in (_TEMPLATES | _COPIED).items():
            if not (self.folder / name).exists():
                text = _template(template)
                write(self.folder / name, _filled(text, values) if name in _TEMPLATES else text)

    def config_file(self) -> Path | None:
        """The config file that alembic.ini names, absolute; None: none is named, the environment is used."""
        found = re.search(r"^config =[ \t]*(\S.*)$", read(self.ini), re.MULTILINE)
        return Path(os.path.normpath(self.folder / found[1].strip().replace("%%", "%"))) if found else None

    # --- revisions ----------------------------------------------------------------------------------------------------

    def write(self, revision: Revision, script: str, ddl: str) -> Path:
        """Write a revision and its DDL file; the revision's path."""
        path = self.path(revision)
        write(self._ddl(revision.id), ddl)
        write(path, script)
        return path

    def path(self, revision: Revision) -> Path:
        """Where the revision's file is written. Raises: BrokenHistory for a name that could lead elsewhere."""
        return self.versions / f"{_safe(revision.stem)}.py"

    def file_of(self, revision: Revision) -> Path:
        """The revision's file; what somebody wrote may be called anything."""
        found = self.revision_files().get(revision.id) if revision.hand_written else None
        return found.path if found else self.path(revision)

    def to_read(self, revision: Revision) -> Path:
        """What a person reads who consents to it: its DDL file, or the code that somebody wrote."""
        return self.file_of(revision) if revision.hand_written else self._ddl(revision.id)

    def _ddl(self, revision: str) -> Path:
        return self.folder / "ddl" / f"{_safe(revision)}.sql"

    def revision_files(self) -> dict[str, RevisionFile]:
        """The files of `alembic/versions` by revision. Raises: BrokenHistory if two hold the same one."""
        found: dict[str, RevisionFile] = {}
        for path in sorted(self.versions.glob("*.py")) if self.versions.is_dir() else ():
            each = _revision_file(path)
            if each.id in found:
                raise BrokenHistory(
                    f"{found[each.id].path} and {path} both hold the revision {each.id}: delete one of them"
                )
            found[each.id] = each
        return found

    def head(self) -> str | None:
        """The one revision that no other follows; None where there is none.

        Raises: BrokenHistory for more than one, or for one whose parent is not there, naming the files.
        """
        found = self.revision_files()
        parents = {each.parent for each in found.values()}
        for each in found.values():
            if each.parent is not None and each.parent not in found:
                raise BrokenHistory(
                    f"{each.path}: stands behind the revision {one_line(each.parent)}, which no file holds: run apply, "
                    f"which restores it from the ledger, or delete this file"
                )
        heads = [each for each in found.values() if each.id not in parents]
        if len(heads) != 1 and found:
            named = ", ".join(str(each.path) for each in heads) or "none of the files"
            raise BrokenHistory(
                f"{self.source}: expected one head, found {named}: delete all of them but one, and plan again "
                f"(`alembic revision` for steps of your own)"
            )
        return heads[0].id if heads else None

    def chain(self) -> tuple[RevisionFile, ...]:
        """The files from the first revision to the head. Raises: BrokenHistory, see `head`."""
        found, at = self.revision_files(), self.head()
        way: list[RevisionFile] = []
        while at is not None:
            way.append(found[at])
            at = found[at].parent
        return tuple(reversed(way))

    def ddl(self, revision: str) -> str:
        """The revision's DDL file; nothing where it is missing."""
        path = self._ddl(revision)
        return read(path) if path.exists() else ""

    def restore(self, entries: Sequence[Entry]) -> Restored:
        """Bring the folder to what the ledger tells (all of `Ledger.revisions(superseded=True)`).

        Raises: BrokenHistory, naming the file and both hashes, if a file was edited.
        """
        found = self.revision_files()
        gone = {each.id for each in entries if each.state == "superseded" and not each.revision.hand_written}
        known = {each.id: each for each in entries if each.state != "superseded"}
        removed = tuple(self._remove(found.pop(id_)) for id_ in sorted(gone & found.keys()))
        deleted = list(_deleted(list(known.values()), found)) if found else []
        kept = [each for id_, each in known.items() if id_ not in deleted]
        written = [path for each in kept for path in self._restored(each, found.get(each.id))]
        unknown = tuple(each for id_, each in found.items() if id_ not in known)
        return Restored(tuple(written), removed, unknown, tuple(deleted))

    def _restored(self, entry: Entry, there: RevisionFile | None) -> Iterator[Path]:
        if there is None:
            write(self.path(entry.revision), entry.script)
            yield self.path(entry.revision)
        elif not is_open(entry):
            compare_texts(there.path, there.text, entry.script)
        if entry.revision.hand_written:
            return
        ddl = self._ddl(entry.id)
        if ddl.exists():
            compare_texts(ddl, read(ddl), entry.ddl)
        else:
            write(ddl, entry.ddl)
            yield ddl

    def remove(self, revisions: Collection[str]) -> tuple[Path, ...]:
        """Take the files of these revisions away: they are superseded."""
        found = self.revision_files()
        return tuple(self._remove(found[each]) for each in revisions if each in found)

    def _remove(self, file: RevisionFile) -> Path:
        with _told(file.path):
            file.path.unlink(missing_ok=True)
            self._ddl(file.id).unlink(missing_ok=True)
        return file.path

    # --- the catalog --------------------------------------------------------------------------------------------------

    @property
    def has_catalog(self) -> bool:
        """Whether the head's desired catalog is there."""
        return (self.folder / CATALOG).exists()

    def write_catalog(self, revision: str | None, desired: Catalog) -> None:
        """Write the head's desired catalog, one object a line, so that git shows what a revision changes."""
        first = json.dumps({"source": self.source, "revision": revision})
        write(self.folder / CATALOG, "\n".join([first, *desired.lines()]) + "\n")

    def catalog(self) -> tuple[str | None, Catalog] | None:
        """The revision and its desired catalog, or None where the file is missing. Raises: BrokenHistory."""
        path = self.folder / CATALOG
        if not path.exists():
            return None
        first, _, rest = read(path).rstrip("\n").partition("\n")
        try:
            return json.loads(first)["revision"], Catalog.from_json(rest)
        except (ValueError, KeyError, TypeError) as fault:
            raise BrokenHistory(
                f"{path}: is no catalog ({type(fault).__name__}): delete it, it is written anew"
            ) from None


def is_open(entry: Entry) -> bool:
    """Whether somebody wrote it, and may still write it otherwise."""
    return entry.revision.hand_written and entry.state != "applied"


def _deleted(entries: Sequence[Entry], found: Mapping[str, RevisionFile]) -> Iterator[str]:
    """What waits and has no file, where the folder goes on otherwise: behind another target."""
    behind, gone = {each.parent for each in found.values()}, set[str]()
    for each in entries:
        waits = each.state != "applied" and each.id not in found
        if waits and (each.revision.parent in behind or each.revision.parent in gone):
            gone.add(each.id)
            yield each.id


# --- files ------------------------------------------------------------------------------------------------------------


def write(path: Path, text: str, *, mode: int = FILE_MODE) -> None:
    """The text in the file, wholly or not at all, readable as `mode` says whatever the umask; by owner and group."""
    _refuse_links(path)
    content = text.encode("utf-8", "surrogatepass")
    with _told(path):
        if path.is_file() and path.read_bytes() == content:
            return
        temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.tmp")
        try:
            _write_new(temporary, content, mode)
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        _sync(path.parent)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path) -> str:
    """The file's text. Raises: NotOurs for a link, BrokenHistory for what is no text."""
    _refuse_links(path)
    with _told(path):
        content = path.read_bytes()
    try:
        return content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise BrokenHistory(f"{path}: is not UTF-8: delete the file, it is restored from the ledger") from None


def _refuse_links(path: Path) -> None:
    for each in (path, path.parent, path.parent.parent):
        if each.is_symlink() and (each == path or each.name in {"alembic", "versions", "ddl"}):
            raise NotOurs(f"{each}: is a symbolic link, and could lead anywhere: replace it by the file or folder")


def _make_folder(folder: Path) -> None:
    if folder.is_symlink():
        raise NotOurs(f"{folder}: is a symbolic link, and could lead anywhere: replace it by a folder")
    with _told(folder):
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir(FOLDER_MODE, exist_ok=True)
            each.chmod(FOLDER_MODE)


def _probe(folder: Path) -> None:
    """Nothing, if a file can be made there; what killed writers left behind is removed."""
    path = folder / f".{secrets.token_hex(4)}.tmp"
    with _told(folder):
        for left in folder.glob(".*.tmp"):
            with suppress(FileNotFoundError):  # the probe of another run, which waits for the lock
                if time.time() - left.stat().st_mtime > _ABANDONED:
                    left.unlink()
        _write_new(path, b"?", FILE_MODE)
        path.unlink()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """In the block, the system's errors become ours."""
    try:
        yield
    except OSError as fault:
        reason = f"{path}: cannot be read or written: {fault.strerror}"
        if fault.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}:
            raise BadConfig(f"{reason}: mend its permissions, or name another folder under workspace") from None
        raise DwMigrationError(f"{reason}: nothing was changed; run it again once that is mended") from None


def _safe(name: str) -> str:
    if not _SAFE_NAME.fullmatch(name):
        raise BrokenHistory(f"{one_line(name)!r} is no name of a revision's file: the ledger was tampered with")
    return name


def compare_texts(path: Path, found: str, expected: str) -> None:
    """Nothing, if the file is as the ledger has it. Raises: BrokenHistory, with both hashes."""
    if found != expected:
        raise BrokenHistory(
            f"{path}: was edited: it has the sha256 {_sha256(found)}, and the ledger has {_sha256(expected)}: delete "
            f"the file, it is restored from the ledger; a step of your own is a revision of its own"
        )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# --- templates and headers --------------------------------------------------------------------------------------------


def _template(name: str) -> str:
    return (files("dw_migration") / "workspace_template" / name).read_text("utf-8")


def _filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\$\{(source|config)\}", lambda match: values[match[1]], text)


def _relative(config: Path | None, folder: Path) -> str:
    """The path of the config file as alembic.ini holds it."""
    if config is None:
        return ""
    path = os.path.relpath(config.absolute(), folder.absolute())
    if not path.isprintable():
        raise BadConfig(f"{one_line(path)}: the config file's path holds characters that alembic.ini cannot")
    return path.replace("%", "%%")


_OURS = re.compile(r"^revision = '([0-9a-f]{12})'\ndown_revision = (?:None|'([^'\\\n]*)')$", re.MULTILINE)


def _revision_file(path: Path) -> RevisionFile:
    """Ours by two lines, since parsing megabytes of SQL takes long; others by parsing. Raises: BrokenHistory."""
    text = read(path)
    ours = _OURS.search(text)
    if ours and "\nSHA256 = " in text:
        return RevisionFile(ours[1], ours[2], path, text)
    values = _header(text, path)
    parent = values.get("down_revision")
    if not isinstance(values.get("revision"), str) or not isinstance(parent, str | None):
        raise BrokenHistory(
            f"{path}: names no revision, or more than one parent: a source has one history: mend or delete the file"
        )
    return RevisionFile(str(values["revision"]), parent, path, text)


def _header(text: str, path: Path) -> dict[str, object]:
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise BrokenHistory(f"{path}: is not Python: {one_line(str(fault))}: mend or delete the file") from None
    values: dict[str, object] = {}
    for node in module.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=key)], value=value)
                | ast.AnnAssign(target=ast.Name(id=key), value=ast.expr() as value)
            ) if key in {"revision", "down_revision"}:
                with suppress(ValueError, TypeError):
                    values[key] = ast.literal_eval(value)
    return values
