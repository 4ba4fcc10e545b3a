"""What is missing before anything can run: config, connections, privileges, names, each with its remedy."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from dw_migration.config import Config, Source
from dw_migration.live.doctor.checks import Doctored, right, wrong
from dw_migration.live.doctor.of_receiver import receiver_checks
from dw_migration.live.doctor.of_source import Seen, examined
from dw_migration.live.doctor.of_target import target_checks

__all__ = ["Doctored", "doctor"]

_THREADS = 16
_PATIENCE = 30.0
"""Seconds that each round of threads gets: connecting, reading, and nothing that hangs."""


def doctor(config: Config, sources: Iterable[Source]) -> tuple[Doctored, ...]:
    """Config, connections, versions, privileges on both sides, extensions, free names: each with its remedy.

    All that is wrong at once, nothing is written, and no source's trouble hides another's: each is looked at in a
    thread of its own, for a limited time.
    """
    seen = _in_threads(lambda source: examined(config, source), tuple(sources), patience=_PATIENCE)
    found = [*_config(config), *target_checks(config, seen), *(check for each in seen for check in each.checks)]
    subjects = ["config", "target", *(each.source.where for each in seen)]
    return tuple(sorted(found, key=lambda check: subjects.index(check.subject)))


def _in_threads(examine: Callable[[Source], Seen], sources: tuple[Source, ...], *, patience: float) -> tuple[Seen, ...]:
    """What was seen, in the order given; a source that does not end in time is told as such, and left behind."""
    waiting: SimpleQueue[Source] = SimpleQueue()
    found: dict[str, Seen] = {}
    for each in sources:
        waiting.put(each)

    def work() -> None:
        with suppress(Empty):
            while True:
                source = waiting.get_nowait()
                found[source.name] = _survived(examine, source)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(_THREADS, len(sources)))]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + patience * -(-len(sources) // _THREADS)
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return tuple(found.get(each.name) or _hanging(each, patience) for each in sources)


def _survived(examine: Callable[[Source], Seen], source: Source) -> Seen:
    try:
        return examine(source)
    except Exception as error:  # one source's trouble never hides the others
        found = f"the check itself failed: {type(error).__name__}"
        return Seen(source, (wrong(source.where, "reachable", found, "please report it"),))


def _hanging(source: Source, patience: float) -> Seen:
    found = f"no answer within {patience:.0f} s"
    return Seen(source, (wrong(source.where, "reachable", found, "look at the server, and at the way there"),))


# --- config ---


def _config(config: Config) -> Iterator[Doctored]:
    yield right("config", "readable", str(config.path or "from the environment"))
    yield from receiver_checks(config)
    folder = _nearest_folder(config.workspace)
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        yield right("config", "workspace", str(config.workspace))
        return
    what = f"{config.workspace} cannot be written" + ("" if folder == config.workspace else f", because of {folder}")
    remedy = f"mend the permissions of {folder}, or name another folder under workspace (or in $WORK_DIR)"
    yield wrong("config", "workspace", what, remedy)


def _nearest_folder(path: Path) -> Path:
    """The path, or what is there of it."""
    return next(each for each in (path, *path.parents) if each.exists() or each.is_symlink())
