"""Who `policy.notify` names is told of what is held, failed or drifted: once, inertly, and never at a run's cost."""

import json
import logging
import os
import select
import shlex
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dw_migration import migrate
from dw_migration.config import Config, Source, config_of, load_config
from dw_migration.errors import DwMigrationError, Locked
from dw_migration.live.embedded import Server
from dw_migration.live.locks import lock
from dw_migration.migrate import Outcome, many
from dw_migration.migrate.notice import Notice, of_drift, send
from dw_migration.rule import Severity
from dw_migration_tests.outside import CommandLine, Shop, dumped, opened_shop
from dw_migration_tests.test_hostile import PAYLOADS

SECRET = "h1ddenW0rd"
CARD = "CARD4111"
DROP = "ALTER TABLE orders DROP note"
NOTHING_LISTENS = "http://127.0.0.1:9"


@dataclass
class Hook:
    """A web server that takes notices."""

    address: str = ""
    answer: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str | None, bytes]] = field(default_factory=list)
    on_request: Callable[[], object] = lambda: None

    @property
    def url(self) -> str:
        """Where it takes them; it holds the secret twice."""
        return f"{self.address}/{SECRET}?token={SECRET}"

    @property
    def told(self) -> list[dict[str, Any]]:
        """What was sent since this was asked last, in order."""
        taken, self.requests = self.requests, []
        return [json.loads(body) for _, _, body in taken]

    def take(self, request: BaseHTTPRequestHandler) -> None:
        """Keep what came, and answer."""
        body = request.rfile.read(int(request.headers["Content-Length"] or 0))
        self.on_request()
        self.requests.append((request.command, request.headers["Content-Type"], body))
        request.send_response(self.answer)
        for name, value in self.headers.items():
            request.send_header(name, value)
        request.end_headers()


@contextmanager
def listening() -> Iterator[Hook]:
    """A hook that listens as long as the block."""
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.take(self)

        def do_GET(self) -> None:
            hook.take(self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        hook.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield hook
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening() as made:
        yield made


@pytest.fixture
def shop(server: Server, tmp_path: Path) -> Iterator[Shop]:
    with opened_shop(server, tmp_path, "notice_shop") as made:
        yield made


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "_FIRST_PAUSE", 0.01)


@pytest.fixture(autouse=True)
def _nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ran with `--verbose` in this process has left a handler whose output is closed by now."""
    monkeypatch.setattr(logging.getLogger("dw_migration.migrate"), "handlers", [])


def known(shop: Shop, notify: str, **changes: Any) -> tuple[Config, Source]:
    """What the functions of `migrate` take, with somebody to tell."""
    config = load_config(shop.config(**{"policy": {"notify": notify}} | changes))
    return config, config.sources["shop"]


def telling(folder: Path, notify: str) -> Config:
    """A config in this folder with somebody to tell, and no database."""
    policy, place = {"notify": notify}, {"host": "h", "database": "d"}
    return config_of({"target": place, "sources": {}, "policy": policy}, folder)


def synced(known: tuple[Config, Source], **more: Any) -> Outcome:
    """What became of the source, a failure too."""
    config, source = known
    return migrate.attempted(lambda each: migrate.sync(config, each, **more), source)


def planned(known: tuple[Config, Source], act: Callable[..., Outcome] = migrate.plan, **more: Any) -> Outcome:
    """As `synced`, and without the models, whose making takes longer than all else."""
    config, source = known
    return migrate.attempted(lambda each: act(config, each, **more), source)


def brought(known: tuple[Config, Source]) -> None:
    """Bring the source over for the first time."""
    assert planned(known).status == "pending"
    assert planned(known, migrate.apply).status == "in_sync"


def away(shop: Shop) -> None:
    """Take the source's database away."""
    shop.on(shop.server.url(), f"ALTER DATABASE {shop.name} RENAME TO {shop.name}_away")


def back(shop: Shop) -> None:
    shop.on(shop.server.url(), f"ALTER DATABASE {shop.name}_away RENAME TO {shop.name}")


def reason_of(notices: list[dict[str, Any]]) -> str:
    """The reason of the only one."""
    (notice,) = notices
    return str(notice["reason"])


# --- what is told, and when ---


def test_a_held_plan_is_told_once_and_another_one_again(shop: Shop, hook: Hook) -> None:
    source = known(shop, hook.url)
    brought(source)
    assert hook.told == []
    shop.on(shop.source, DROP + ", ADD later int")
    held = synced(source, run_id="run-1")
    assert [(method, kind) for method, kind, _ in hook.requests] == [("POST", "application/json")]
    (notice,) = hook.told
    at = notice.pop("at")
    assert at.endswith("+00:00")
    assert notice == {
        "event": "held",
        "source": "shop",
        "target_schemas": [shop.schema],
        "puts_back": [],
        "revision": held.revision,
        "version": "2.0.0",
        "severity": "breaking",
        "message": held.message,
        "reason": f"the revision {held.revision} is breaking and waits for consent",
        "changes": {"number": 2, "breaking": 1, "transformable": 0, "safe": 1},
        "next_command": f"dw-migration approve shop {held.revision}",
        "run_id": "run-1",
    }
    assert synced(source).status == planned(source).status == planned(source, migrate.apply).status == "held"
    assert hook.told == []
    shop.on(shop.source, "ALTER TABLE orders DROP total")
    assert f"the revision {planned(source).revision} is" in reason_of(hook.told)
    assert planned(source, migrate.apply, allow_breaking=True).status == "in_sync"
    assert hook.told == []


def test_a_source_that_fails_is_told_once_until_it_has_recovered(shop: Shop, hook: Hook) -> None:
    source = known(shop, hook.url)
    brought(source)
    for _ in range(2):
        away(shop)
        failed = synced(source)
        (notice,) = hook.told
        assert (notice["event"], notice["severity"], notice["version"]) == ("failed", None, "1.0.0")
        assert notice["reason"] == failed.error
        assert planned(source).error == failed.error
        back(shop)
        assert planned(source).status == "in_sync"
        assert hook.told == []


def test_a_source_that_never_was_in_the_ledger_is_told_each_time(shop: Shop, hook: Hook) -> None:
    source = known(shop, hook.url)
    away(shop)
    assert [synced(source).status for _ in range(2)] == ["failed"] * 2
    assert [(each["event"], each["target_schemas"]) for each in hook.told] == [("failed", [])] * 2
    back(shop)


def test_a_failure_that_passes_while_it_is_tried_again_is_not_told(shop: Shop, hook: Hook) -> None:
    """And one that stays is told once, however often it was tried."""
    config, source = known(shop, hook.url)
    away(shop)
    tries: list[str] = []

    def act(each: Source) -> Outcome:
        tries.append(each.name)
        if len(tries) == 2:
            back(shop)
        try:
            return migrate.plan(config, each)
        except DwMigrationError as error:
            error.may_pass = True
            raise

    assert migrate.persistently(act, source).status == "pending"
    assert (len(tries), hook.told) == (2, [])
    away(shop)
    assert migrate.persistently(act, source).status == "failed"
    assert (len(tries), len(hook.told)) == (5, 1)
    back(shop)


def test_what_somebody_changed_by_hand_is_told_once_and_something_else_again(shop: Shop, hook: Hook) -> None:
    source = known(shop, hook.url)
    brought(source)
    shop.on(shop.target, f"ALTER TABLE {shop.schema}.orders ALTER note TYPE text")
    assert [synced(source).status, planned(source).status] == ["drifted"] * 2
    (notice,) = hook.told
    assert (notice["event"], notice["severity"]) == ("drifted", None)
    assert notice["reason"] == f"1 objects of the target were changed by hand: column {shop.schema}.orders.note"
    assert notice["next_command"] == "dw-migration diff shop"
    assert notice["puts_back"] == [f"ALTER TABLE {shop.schema}.orders ALTER COLUMN note TYPE character varying(80)"]
    shop.on(shop.target, f"ALTER TABLE {shop.schema}.orders ALTER total TYPE bigint")
    assert planned(source).status == "drifted"
    assert reason_of(hook.told).startswith("2 objects")


def test_a_crash_is_told_by_its_kind_and_place(shop: Shop, hook: Hook) -> None:
    def crash(_source: str, _chapter: str) -> None:
        raise ZeroDivisionError(CARD)

    outcome = synced(known(shop, hook.url), progress=crash)
    assert outcome.error == reason_of(hook.told)
    assert outcome.error.startswith("ZeroDivisionError at test_notice.py:")


def test_another_run_on_the_source_is_no_failure(shop: Shop, hook: Hook) -> None:
    source = known(shop, hook.url)
    with psycopg.connect(shop.target, autocommit=True) as other, lock(other, "shop"):
        with pytest.raises(Locked):
            migrate.sync(*source)
        assert hook.told == []


def test_a_target_that_is_down_is_told_once_for_all_sources(shop: Shop, hook: Hook) -> None:
    """Until it answered again: there is no ledger to remember it."""
    sources = {name: {"url": shop.source} for name in ("one", "two", "three")}
    place = shop.server.url("notice_nowhere")
    down = load_config(shop.config(target={"url": place}, sources=sources, policy={"notify": hook.url}))
    for _ in range(2):
        outcomes = migrate.together(lambda each: migrate.sync(down, each), down.sources.values(), workers=3)
        assert {each.error for each in outcomes} == {reason_of(hook.told)}
        migrate.together(lambda each: migrate.sync(down, each), down.sources.values())
        assert hook.told == []
        assert planned(known(shop, hook.url)).status == "pending"


def test_two_sources_at_once_are_told_each_by_itself(shop: Shop, hook: Hook) -> None:
    other = shop.make_database("notice_other", "CREATE TABLE t (a int, b int)")
    sources = {"shop": {"url": shop.source}, "other": {"url": other}}
    config, _ = known(shop, hook.url, sources=sources)
    for source in config.sources.values():
        brought((config, source))
    shop.on(shop.source, DROP)
    shop.on(other, "ALTER TABLE t DROP b")
    outcomes = migrate.together(lambda each: migrate.plan(config, each), config.sources.values())
    told = {each["source"]: (each["revision"], each["message"]) for each in hook.told}
    assert told == {each.source: (each.revision, each.message) for each in outcomes}
    assert {message for _, message in told.values()} == {"drop column orders.note", "drop column t.b"}


def test_no_lock_is_held_while_somebody_is_told(shop: Shop, hook: Hook) -> None:
    source = known(shop, hook.url)
    brought(source)
    shop.on(shop.source, DROP)
    seen: list[list[tuple[Any, ...]]] = []
    ours = "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'dw/%'"
    hook.on_request = lambda: seen.append(shop.on(shop.target, ours))
    planned(source)
    assert seen == [[]]


def test_a_drift_that_a_look_found_is_told_with_its_changes(shop: Shop) -> None:
    source = known(shop, NOTHING_LISTENS)
    brought(source)
    shop.on(shop.source, DROP)
    told = of_drift(migrate.diff(*source)).document()
    assert (told["event"], told["severity"], told["reason"]) == ("drifted", "breaking", "the source changed: 1 changes")
    assert told["next_command"] == "dw-migration sync shop"
    by_hand = of_drift(Outcome("shop", "drifted", drift=("a", "b", "c", "d")))
    assert by_hand.reason == "4 objects of the target were changed by hand: a, b, c and 1 more"


# --- to whom ---


def test_a_command_reads_it_from_its_input_with_no_password_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts in the config's folder, with its own words alone, and with our environment but for the passwords."""
    script = "import json, os, sys; json.dump([json.load(sys.stdin), sys.argv, dict(os.environ)], open('told', 'w'))"
    (tmp_path / "tell.py").write_text(script)
    for name in ("SHOP_PASSWORD", "SHOP_LOGIN", "PGPASSWORD", "TOKEN"):
        monkeypatch.setenv(name, f"{SECRET} of {name}")
    place = {"url": "postgresql://reader:${SHOP_LOGIN}@h/d"}
    target = {"host": "h", "database": "d", "password": "${SHOP_PASSWORD}"}
    policy = {"notify": f"{shlex.quote(sys.executable)} tell.py --channel 'a b' ${{TOKEN}}"}
    config = config_of({"target": target, "sources": {"shop": place}, "policy": policy}, tmp_path)
    assert send(config, Notice("held", "shop", "a reason")) is None
    notice, argv, environment = json.loads((tmp_path / "told").read_text())
    assert (notice["event"], notice["source"]) == ("held", "shop")
    assert argv == ["tell.py", "--channel", "a b", f"{SECRET} of TOKEN"]
    assert not {"SHOP_PASSWORD", "SHOP_LOGIN", "PGPASSWORD"} & environment.keys()
    assert environment.keys() - os.environ.keys() <= {"LC_CTYPE"}  # Python's own
    assert {"TOKEN", "PATH"} <= environment.keys()


def test_a_variable_alone_holds_a_url_or_a_whole_command(
    tmp_path: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = telling(tmp_path, "${NOTICE_HOOK}")
    notice = Notice("held", "shop", "a reason")
    monkeypatch.setenv("NOTICE_HOOK", f"{hook.url}\n")
    assert send(config, notice) is None
    assert reason_of(hook.told) == "a reason"
    monkeypatch.setenv("NOTICE_HOOK", "tee 'a file'")
    assert send(config, notice) is None
    assert json.loads((tmp_path / "a file").read_text())["reason"] == "a reason"


BROKEN = {
    "missing": (f"./no-such-{SECRET} --token {SECRET}", "the command cannot be run: No such file or directory"),
    "fails": (f"sh -c 'exit 3' {SECRET}", "the command exited with 3"),
    "killed": (f"sh -c 'kill -9 $$' {SECRET}", "the command exited with -9"),
    "deaf": (f"true {SECRET}", ""),
    "refused": (f"{NOTHING_LISTENS}/{SECRET}", "Connection refused"),
    "unknown": (f"http://nowhere.invalid/{SECRET}", ""),
    "unset": (f"https://h/{SECRET}/${{NOTICE_UNSET}}", "policy.notify: the environment variable NOTICE_UNSET is not"),
    "not http": ("${NOTICE_BAD}", "policy.notify: expected https://host/path, or a command with its arguments"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_receiver_that_does_not_work_is_a_warning_without_its_secret(
    shop: Shop, kind: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The run's result is as without anybody to tell."""
    monkeypatch.setenv("NOTICE_BAD", f"ftp://{SECRET}")
    caplog.set_level(logging.DEBUG)
    notify, expected = BROKEN[kind]
    source = known(shop, notify)
    brought(source)
    shop.on(shop.source, DROP)
    outcome = migrate.plan(*source)
    assert (outcome.status, outcome.exit_code, outcome.error is None) == ("held", 0, False)
    if kind == "deaf":
        assert outcome.warnings == ()
        return
    (warning,) = outcome.warnings
    assert warning.startswith(f"the notice (held) was not sent: {expected}")
    assert f"shop: {warning}" in caplog.messages
    assert SECRET not in warning + caplog.text + repr(source) + repr(outcome)


@pytest.mark.parametrize("answer", [400, 404, 500, 302, 307, 308])
def test_an_answer_that_is_no_success_is_told_by_its_number(tmp_path: Path, hook: Hook, answer: int) -> None:
    """A redirection is followed nowhere."""
    with listening() as elsewhere:
        hook.answer, hook.headers = answer, {"Location": elsewhere.url}
        config = telling(tmp_path, hook.url)
        told = send(config, Notice("failed", "shop", "a reason"))
        assert told is not None
        assert f"was not sent: the receiver answered {answer}: " in told
        assert (len(hook.told), elsewhere.requests) == (1, [])


@contextmanager
def odd_server(answer: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """A server that reads nothing and answers so, as long as the block."""
    over, threads = threading.Event(), list[threading.Thread]()

    def serve() -> None:
        while not over.is_set():
            with listener.accept()[0] as taken:
                answer(taken, over)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        threads.append(threading.Thread(target=serve))
        threads[0].start()
        try:
            yield f"http://127.0.0.1:{port}/{SECRET}"
        finally:
            over.set()
            socket.create_connection(("127.0.0.1", port)).close()
            threads[0].join()


def silent(_taken: socket.socket, over: threading.Event) -> None:
    over.wait()


def dripping(taken: socket.socket, over: threading.Event) -> None:
    """Each byte comes before anybody has waited long for it."""
    taken.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not over.wait(0.02):
        taken.sendall(b"x")


def babbling(taken: socket.socket, _over: threading.Event) -> None:
    taken.sendall(f"SSH-2.0 {SECRET}\r\n\r\n".encode())


def mute(_taken: socket.socket, _over: threading.Event) -> None:
    """The connection is closed at once."""


@pytest.mark.parametrize("answer", [silent, dripping, babbling, mute])
def test_whoever_does_not_answer_is_left_in_time(
    tmp_path: Path, answer: Callable[[socket.socket, threading.Event], None]
) -> None:
    with odd_server(answer) as url:
        config = telling(tmp_path, url)
        told = send(config, Notice("failed", "shop", "a reason"), seconds=0.3)
    assert told is not None
    assert SECRET not in told
    assert ("no answer within 0.3 s" in told) == (answer in (silent, dripping))


def test_a_command_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    """The pipe that all of them hold is closed."""
    os.mkfifo(tmp_path / "held")
    (tmp_path / "hang.sh").write_text("exec 3> held; sleep 600 & wait\n")
    pipe = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    try:
        config = telling(tmp_path, f"sh hang.sh {SECRET}")
        told = send(config, Notice("failed", "shop", "a reason"), seconds=3)
        assert select.select([pipe], [], [], 60)[0] == [pipe]
        assert os.read(pipe, 1) == b""
    finally:
        os.close(pipe)
    assert told is not None
    assert told.startswith("the notice (failed) was not sent: the command did not end within 3 s: ")
    assert SECRET not in told


# --- what it says ---


@pytest.mark.parametrize("payload", [*PAYLOADS.values(), "😀" * 9_000, '"' * 20_000, "\u202e" * 9_000])
def test_whatever_a_text_holds_it_arrives_inert_and_small(tmp_path: Path, payload: str) -> None:
    config = telling(tmp_path, "tee told")
    notice = Notice(
        "held", payload, payload, (payload,) * 500, payload, payload, Severity.SAFE, payload, (payload,) * 9
    )
    assert send(config, notice) is None
    body = (tmp_path / "told").read_bytes()
    assert len(body) <= 16_384
    texts = json.loads(body)
    assert all(text.isprintable() for text in (*filter(None, map(str, texts.values())), *texts["target_schemas"]))


def test_hostile_names_of_a_source_arrive_inert(shop: Shop, hook: Hook) -> None:
    shop.on(shop.source, 'CREATE TABLE "a\x1b[31m\nb\u202e" (x int, "`<!channel>\rx" int)')
    source = known(shop, hook.url)
    brought(source)
    shop.on(shop.source, 'ALTER TABLE "a\x1b[31m\nb\u202e" DROP "`<!channel>\rx"')
    assert planned(source).status == "held"
    ((_, _, body),) = hook.requests
    (notice,) = hook.told
    assert notice["message"] == r"drop column a\x1b[31m\nb\u202e.`<!channel>\rx"
    assert body.isascii()
    assert body.decode().isprintable()


def test_no_value_of_a_row_is_told(shop: Shop, hook: Hook) -> None:
    source = known(shop, hook.url, policy={"notify": hook.url, "breaking": "allow"})
    brought(source)
    shop.on(shop.target, f"INSERT INTO {shop.schema}.orders (id, note) VALUES (1, '{CARD}')")
    shop.on(shop.source, "ALTER TABLE orders ADD CONSTRAINT short CHECK (note < 'C')")
    assert planned(source).status == "pending"
    outcome = planned(source, migrate.apply)
    ((_, _, body),) = hook.requests
    assert outcome.status == "failed"
    assert b"[23514]" in body
    assert CARD.encode() not in body


def test_the_secret_of_the_url_stands_nowhere(
    shop: Shop, hook: Hook, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Not in output, logs, workspace or ledger, whether the notice is taken or not."""
    caplog.set_level(logging.DEBUG)
    config = shop.config(policy={"notify": hook.url})
    assert SECRET not in repr(load_config(config)) + load_config(config).model_dump_json()
    run = CommandLine(capsys)
    said = [run(config, *each.split()) for each in ("plan", "apply", "doctor --verbose", "doctor --format json")]
    assert [each.code for each in said] == [0, 0, 0, 0]
    assert "a url at 127.0.0.1" in said[2].told
    for column, answer, form in (("note", 500, "text"), ("total", 500, "json"), ("buyer", 204, "json")):
        hook.answer = answer
        shop.on(shop.source, f"ALTER TABLE orders DROP {column}")
        said.append(run(config, "plan", "--verbose", "--format", form))
        assert "held" in said[-1].out
        assert ("the notice (held) was not sent: the receiver answered 500" in said[-1].told) == (answer == 500)
    assert len(hook.told) == 3
    files = b"".join(path.read_bytes() for path in shop.workspace.rglob("*") if path.is_file())
    ledger = dumped(shop.server, f"{shop.name}_dw", "--data-only", "--schema=dw_migration")
    assert SECRET not in "".join(each.out + each.err for each in said) + caplog.text + ledger
    assert SECRET.encode() not in files
