"""models.py on the disk: its header, its backups, and what a person edited in it."""

import difflib
import hashlib
import os
import re
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

FILE = "models.py"
EXTRA = "models_extra.py"
_MODE = 0o640
_OWN_LINES = re.compile(r"^# (?:Generated|Digest): .*\n", re.MULTILINE)
_DIGEST = re.compile(r"^# Digest: ([0-9a-f]{64})$", re.MULTILINE)
_CATALOG = re.compile(r"^# Catalog: ([0-9a-f]{12})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Header:
    """What the first lines of the file say; no secrets belong in here."""

    source: str
    """The source's name."""
    database: str
    """The source database's name."""
    target: str
    """The target database's name."""
    when: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """What became of models.py."""

    path: Path
    changed: bool
    """Whether the file was written."""
    backup: Path | None
    """What was there before."""
    edited: bool
    """Whether a person had changed what was there before."""
    diff: str
    """From what was there to what is there now, where a person had changed it."""

    def values(self) -> dict[str, Any]:
        """The fields as JSON takes them."""
        return {**asdict(self), "path": str(self.path), "backup": str(self.backup) if self.backup else None}

    @classmethod
    def of(cls, values: dict[str, Any]) -> "Written":
        """What `values` gave."""
        backup = values["backup"]
        return cls(**{**values, "path": Path(values["path"]), "backup": Path(backup) if backup else None})


def with_digest(text: str) -> str:
    """The text with a line that tells whether it is still as we wrote it; it holds a line `# Generated: ...`."""
    line = f"# Digest: {_digest(text)}\n"
    return _OWN_LINES.sub(lambda match: match[0] + line, text, count=1)


def _digest(text: str) -> str:
    return hashlib.sha256(_lasting(text).encode()).hexdigest()


def _lasting(text: str) -> str:
    """The text without the lines that say when it was written and what it was then."""
    head, separator, rest = text.partition("\n\n")
    return _OWN_LINES.sub("", head + "\n") + separator + rest


def write_models(folder: Path, text: str, *, now: datetime) -> Written:
    """The text in models.py, unless only its time differs; what was there before is kept beside it.

    models_extra.py is never touched: it belongs to those who work in the folder.
    """
    path = folder / FILE
    old = path.read_bytes().decode(errors="surrogateescape") if path.exists() else None
    if old is not None and _lasting(old) == _lasting(text):
        return Written(path, changed=False, backup=None, edited=False, diff="")
    edited = old is not None and not _is_ours(old)
    backup = _kept(path, now) if old is not None else None
    _replace(path, text)
    diff = _diff(old or "", text, backup) if edited and backup else ""
    return Written(path, changed=True, backup=backup, edited=edited, diff=diff)


def _is_ours(text: str) -> bool:
    found = _DIGEST.search(text.partition("\n\n")[0])
    return found is not None and found[1] == hashlib.sha256(_lasting(text).encode(errors="surrogateescape")).hexdigest()


def made_from(folder: Path) -> str | None:
    """Digest of the catalog that models.py tells of; None where it is missing, or is not as we wrote it."""
    path = folder / FILE
    text = path.read_bytes().decode(errors="surrogateescape") if path.exists() else ""
    found = _CATALOG.search(text.partition("\n\n")[0])
    return found[1] if found and _is_ours(text) else None


def _kept(path: Path, now: datetime) -> Path:
    """A second name for the file as it is, which none has yet."""
    for again in range(1000):
        suffix = f"_{again}" if again else ""
        backup = path.with_name(f"models_{now:%Y%m%d_%H%M%S}{suffix}.py.bak")
        try:
            _create(backup, path.read_bytes())
        except FileExistsError:
            continue
        return backup
    raise FileExistsError(f"no free name for a backup beside {path.name}")


def _create(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as file:
        os.fchmod(file.fileno(), _MODE)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, text: str) -> None:
    """The file wholly written or left as it was."""
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=".models", suffix=".tmp", delete=False) as file:
        try:
            os.fchmod(file.fileno(), _MODE)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _diff(old: str, new: str, backup: Path) -> str:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), backup.name, FILE, lineterm="")
    return "\n".join(lines)
