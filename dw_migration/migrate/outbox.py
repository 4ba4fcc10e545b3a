"""What is to be told of sources: only what is news, and only when the work is over and no lock is held."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import ParamSpec

from dw_migration.config import Config
from dw_migration.live.ledger import SourceState
from dw_migration.migrate.notice import Notice, send
from dw_migration.migrate.outcome import Outcome

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())  # the outcome tells it: nothing is to be printed where nobody listens
P = ParamSpec("P")


@dataclass(slots=True)
class Outbox:
    """Notices that wait until the work is over: the last one of each source."""

    waiting: dict[str, tuple[Config, Notice]] = field(default_factory=dict)
    unsent: list[str] = field(default_factory=list)
    """Why some could not be sent."""

    def complete(self, outcome: Outcome) -> None:
        """Have the notice of this source, where one waits, tell what the command found."""
        if outcome.source in self.waiting:
            config, notice = self.waiting[outcome.source]
            self.waiting[outcome.source] = config, notice.about(outcome)

    def empty(self) -> None:
        """Send all."""
        for config, notice in self.waiting.values():
            trouble = send(config, notice)
            if trouble:
                log.warning("%s: %s", notice.source, trouble)
                self.unsent.append(trouble)


_open: ContextVar[Outbox | None] = ContextVar("_open", default=None)


@contextmanager
def outbox() -> Iterator[Outbox]:
    """What is posted in the block is sent at its end, or at the end of the block around it."""
    box = _open.get()
    if box is not None:
        yield box
        return
    box = Outbox()
    token = _open.set(box)
    try:
        yield box
    finally:
        _open.reset(token)
        box.empty()


def post(config: Config, notice: Notice) -> None:
    """Have it sent, in place of what was posted of the source before."""
    with outbox() as box:
        box.waiting[notice.source] = config, notice


def withdraw(source: str) -> None:
    """Have nothing sent of the source: what was posted has passed."""
    with outbox() as box:
        box.waiting.pop(source, None)


def telling(act: Callable[P, Outcome]) -> Callable[P, Outcome]:
    """The act; its notices are sent at its end, and what could not be sent becomes a warning of its outcome."""

    @wraps(act)
    def acting(*args: P.args, **kwargs: P.kwargs) -> Outcome:
        with outbox() as box:
            outcome = act(*args, **kwargs)
            box.complete(outcome)
        return replace(outcome, warnings=(*outcome.warnings, *box.unsent))

    return acting


# --- news -------------------------------------------------------------------------------------------------------------


def is_news(before: SourceState | None, status: str, reason: str) -> bool:
    """Whether the source did not stand so before; None: the ledger did not know it.

    Numbers in a failure's text, such as pids and seconds, do not make it another one.
    """
    if before is None or before.status != status:
        return True
    if status == "failed":
        return _without_numbers(before.reason) != _without_numbers(reason)
    return before.reason != reason


def _without_numbers(text: str) -> str:
    return re.sub(r"\b\d+\b", "", text)


_told: set[str] = set()
"""Failures told by this process where no ledger could remember them: those of the target, the same for each source."""


def is_first(reason: str) -> bool:
    """Whether no such failure was told since a ledger answered; from now on it was."""
    known = _without_numbers(reason) in _told
    _told.add(_without_numbers(reason))
    return not known


def ledger_answered() -> None:
    """A failure of the target is news again from now on."""
    _told.clear()
