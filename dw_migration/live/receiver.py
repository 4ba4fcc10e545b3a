"""Whoever `policy.notify` names: gets a text within a limited time, and nothing that may be secret is told of it."""

import os
import shutil
import signal
import ssl
import subprocess
import threading
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from dw_migration.config import Config, Receiver

_URL_SECONDS, _COMMAND_SECONDS = 10.0, 30.0


def refusal(config: Config, receiver: Receiver, body: bytes, *, seconds: float | None = None) -> str | None:
    """None where the receiver took it; else why not. A url gets at most 10 seconds, a command 30."""
    limit = _URL_SECONDS if receiver.url else _COMMAND_SECONDS
    limit = limit if seconds is None else min(seconds, limit)
    return _in_time(receiver.url, body, limit) if receiver.url else _run(config, receiver.command, body, limit)


# --- a url ------------------------------------------------------------------------------------------------------------


class _Unmoved(HTTPRedirectHandler):
    """Goes nowhere else: what is said is for the url of the config alone."""

    def redirect_request(self, *_: Any) -> None:
        """Nothing to follow."""


def _in_time(url: str, body: bytes, seconds: float) -> str | None:
    answer: SimpleQueue[str | None] = SimpleQueue()
    # a slow name server, or an answer that comes byte by byte, is limited by nothing else
    threading.Thread(target=lambda: answer.put(_posted(url, body, seconds)), daemon=True).start()
    try:
        return answer.get(timeout=seconds)
    except Empty:
        return _late(seconds)


def _posted(url: str, body: bytes, seconds: float) -> str | None:
    headers = {"Content-Type": "application/json", "User-Agent": "dw-migration"}
    request = Request(url, body, headers, method="POST")  # noqa: S310 - the config lets nothing through but http and https
    try:
        with build_opener(_Unmoved).open(request, timeout=seconds):
            return None
    except HTTPError as error:
        with error:
            return f"the receiver answered {error.code}"
    except Exception as error:  # whatever it is: its text may repeat the url
        return _trouble(error.reason if isinstance(error, URLError) else error, seconds)


def _trouble(error: object, seconds: float) -> str:
    """What went wrong on the way, in words that are neither the receiver's nor the config's."""
    if isinstance(error, TimeoutError):
        return _late(seconds)
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {error.verify_message}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "the answer is not HTTP" if isinstance(error, HTTPException) else type(error).__name__


def _late(seconds: float) -> str:
    return f"no answer within {seconds:g} s"


# --- a command --------------------------------------------------------------------------------------------------------


def program(config: Config, receiver: Receiver) -> str | None:
    """The file that would be run, if there is one; relative paths start from the config's folder."""
    name = receiver.command[0]
    return shutil.which(str(config.base / name) if "/" in name else name)


def _run(config: Config, command: Sequence[str], body: bytes, seconds: float) -> str | None:
    """It and what it started are ended when its time is over; of our environment it gets all but the passwords."""
    hidden = {*config.secret_variables, "PGPASSWORD"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    try:
        process = _started(command, config.base, environment)
    except OSError as error:
        return f"the command cannot be run: {error.strerror}"
    with process:
        try:
            process.communicate(body, timeout=seconds)
        except subprocess.TimeoutExpired:
            return f"the command did not end within {seconds:g} s"
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
    return f"the command exited with {process.returncode}" if process.returncode else None


def _started(command: Sequence[str], folder: Path, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """In a session of its own, so that it can be ended with all that it starts."""
    return subprocess.Popen(  # noqa: S603 - the config's own command, and no shell
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
