"""SQLAlchemy models of a target's schemas: written beside the work of the server, and checked in a process apart.

Neither SQLAlchemy nor sqlacodegen is imported before it is used; a generated module is never imported here.
"""

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from io import StringIO
from pathlib import Path
from textwrap import wrap
from typing import IO, Any

from dw_migration.catalog import Catalog
from dw_migration.errors import DwMigrationError, Unsupported
from dw_migration.kind import Address
from dw_migration.models.allowed import check_module
from dw_migration.models.facts import EXPRESSED, Facts
from dw_migration.models.files import EXTRA, FILE, Header, Written, made_from, with_digest, write_models

__all__ = ["EXTRA", "FILE", "Header", "ModelsFailed", "Writing", "Written", "check_models", "made_from",
           "models_text", "start_models", "write_models"]  # fmt: skip


class ModelsFailed(DwMigrationError):  # noqa: N818 - the family's names say what happened
    """models.py could not be written or imported: the message says why."""


def models_text(desired: Catalog, *, originals: Mapping[Address, str], header: Header) -> str:
    """The text of models.py for a catalog under target names.

    `originals` are the source's names of tables and columns, by address in the target. Raises: Unsupported, where the
    text would hold anything but imports, classes, assignments and calls of known names.
    """
    from dw_migration.models.render import rendered  # noqa: PLC0415 - it imports SQLAlchemy and sqlacodegen: 0.5 s

    # Rows of partitions are reached through the whole table; Alembic would take each for a table of its own.
    body = rendered(Facts(desired.without_partitions(), originals))
    check_module(body)
    return with_digest(_header(desired, header) + "\n" + body)


def _header(desired: Catalog, header: Header) -> str:
    """Comment lines; names stand in them as repr writes them, so that none can end its line."""
    tables = sorted(a for a in desired.objects if a.kind == "table" and (a.schema, a.name) not in desired.whole_of)
    lines = [
        "Written by dw-migration: an edit is kept as a .bak when the file is written again.",
        f"Keys, columns and relationships of your own belong in {EXTRA}, which is never written.",
        f"Generated: {header.when.isoformat(timespec='seconds')}",
        f"Source: {header.source!r}, database {header.database!r}",
        f"Target: database {header.target!r}, {_counted(table.schema for table in tables)}",
        f"Catalog: {desired.digest}",
        *_wrapped(f"Tables: {', '.join(_shown(table) for table in tables) or 'none'}"),
        *(line for reason in not_expressed(desired) for line in _wrapped(f"Not expressed here: {reason}")),
    ]
    return "".join(f"# {line}\n" for line in lines)


def _counted(schemas: Iterable[str]) -> str:
    counts = Counter(schemas)
    return (
        ", ".join(f"schema {schema!r} with {count} tables" for schema, count in sorted(counts.items())) or "no tables"
    )


def _shown(table: Address) -> str:
    shown = str(table)
    return shown if shown.isprintable() else repr(shown)


def _wrapped(text: str) -> list[str]:
    return wrap(text, 110, subsequent_indent="    ", break_on_hyphens=False)


def not_expressed(desired: Catalog) -> list[str]:
    """What the target has and the models do not make, a line for each sort of it."""
    counts = Counter(desired.left_behind)
    counts.update(address.kind for address in desired.objects if address.kind not in EXPRESSED)
    return [f"{count} of kind {kind}" for kind, count in sorted(counts.items())]


# --- Writing, beside the server's work -------------------------------------------------------------------------------


class Writing:
    """A models.py that is being written by a process of its own."""

    def __init__(self, process: "subprocess.Popen[bytes]", answer: IO[bytes], errors: IO[bytes]) -> None:
        self._process = process
        self._answer = answer
        self._errors = errors

    def result(self, timeout: float | None = None) -> Written:
        """What became of the file; waits for it. Raises: Unsupported, or ModelsFailed with what went wrong."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.stop()
            raise ModelsFailed(f"models.py was not written within {timeout} s") from None
        answer = _answer(self._process, self._answer, self._errors)
        return Written.of(answer["written"])

    def stop(self) -> None:
        """The process ended; models.py stays as it was, or is written wholly."""
        self._process.kill()
        self._process.wait()


def start_models(
    folder: Path, desired: Catalog, originals: Mapping[Address, str], header: Header, *, now: datetime | None = None
) -> Writing:
    """A process that writes models.py into the folder while others work."""
    head = {
        "folder": str(folder),
        "header": {**asdict(header), "when": header.when.isoformat()},
        "originals": [[list(address), name] for address, name in originals.items()],
        "now": (now or header.when).isoformat(),
    }
    request = "\n".join([json.dumps(head), desired.to_json()])
    return Writing(*_started("dw_migration.models", request))


def _started(module: str, request: str, *options: str) -> "tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]":
    """A process that has the request as its input: files, since a pipe would make one of us wait for the other."""
    answer, errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - they live as long as it does
    with tempfile.TemporaryFile() as stdin:
        stdin.write(request.encode("utf-8", "surrogatepass"))
        stdin.seek(0)
        command = [sys.executable, "-P", *options, "-m", module]
        process = subprocess.Popen(  # noqa: S603 - our own modules
            command, stdin=stdin, stdout=answer, stderr=errors, env=_environment(), cwd=tempfile.gettempdir()
        )
    return process, answer, errors


def _environment() -> dict[str, str]:
    """Where Python finds its modules, and nothing else: passwords in our environment are none of its business."""
    kept = {
        name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ
    }
    path = os.pathsep.join(str(Path(place).resolve()) for place in sys.path if place)
    return {**kept, "PYTHONPATH": path, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _answer(process: "subprocess.Popen[bytes]", answer: IO[bytes], errors: IO[bytes]) -> dict[str, Any]:
    with answer, errors:
        answer.seek(0)
        errors.seek(0)
        text, complaint = answer.read().decode(), errors.read().decode(errors="replace")
    if process.returncode or not text:
        raise ModelsFailed(f"the process for models.py ended with {process.returncode}: {complaint.strip()[-2000:]}")
    found: dict[str, Any] = json.loads(text)
    if "unsupported" in found:
        raise Unsupported(found["unsupported"])
    if "error" in found:
        raise ModelsFailed(found["error"])
    return found


def main() -> None:
    """Writes what `start_models` asked for on stdin; answers in JSON."""
    head, _, catalog = sys.stdin.buffer.read().decode("utf-8", "surrogatepass").partition("\n")
    try:
        answer: dict[str, Any] = {"written": _write(json.loads(head), Catalog.from_json(catalog)).values()}
    except Unsupported as error:
        answer = {"unsupported": str(error)}
    except Exception as error:
        told = StringIO()
        traceback.print_exc(file=told)
        answer = {"error": f"models.py was not written: {type(error).__name__}: {error}"}
        sys.stderr.write(told.getvalue())
    json.dump(answer, sys.stdout)


def _write(head: dict[str, Any], desired: Catalog) -> Written:
    header = Header(**{**head["header"], "when": datetime.fromisoformat(head["header"]["when"])})
    originals = {Address(*address): name for address, name in head["originals"]}
    text = models_text(desired, originals=originals, header=header)
    return write_models(Path(head["folder"]), text, now=datetime.fromisoformat(head["now"]))


# --- Checking --------------------------------------------------------------------------------------------------------


def check_models(folder: Path, conninfo: str | None = None, *, timeout: float | None = None) -> tuple[str, ...]:
    """What Alembic finds different between models.py and the target; nothing where they are the same.

    A process apart imports the module, with every warning an error; without a conninfo that is all. The conninfo goes
    there through its input. Raises: ModelsFailed, where the module cannot be imported or the target not be asked.
    """
    request = json.dumps({"folder": str(folder.resolve()), "conninfo": conninfo})
    process, answer, errors = _started("dw_migration.models.checking", request, "-W", "error")
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise ModelsFailed(f"models.py was not compared within {timeout} s") from None
    return tuple(_answer(process, answer, errors)["differences"])
