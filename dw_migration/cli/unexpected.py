"""What is said of an exception that nobody raised on purpose: type and place, and never a value."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dw_migration.errors import DwMigrationError

# Their messages are made of names in the code. Others quote values: psycopg a password, PostgreSQL a row.
_WITHOUT_VALUES = (
    DwMigrationError,
    AttributeError,
    ImportError,
    NameError,
    NotImplementedError,
    RecursionError,
    TypeError,
)


def described(error: Exception, *, verbose: bool) -> str:
    """One line: type, place and a hint."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    hint = "please report it with the lines above" if verbose else "run it again with --verbose for the traceback"
    return f"unexpected {_named(error)}{place}: nothing was concluded; {hint}"


def traced(error: BaseException) -> str:
    """The traceback of the error and of what caused it: frames and types, without values."""
    return "\n".join(line for each in _chain(error) for line in _traced(each))


def _traced(error: BaseException) -> Iterator[str]:
    yield f"{_named(error)}, at (most recent call last):"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"


def _chain(error: BaseException | None) -> list[BaseException]:
    """The causes first, the error last."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.insert(0, error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _named(error: BaseException) -> str:
    """The type's name; with the message where that cannot hold a secret or a row."""
    name = type(error).__qualname__
    if isinstance(error, OSError) and error.strerror and type(error).__module__ == "builtins":
        return f"{name} ({error.strerror}{f': {error.filename}' if error.filename else ''})"
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return f"{name} (sqlstate {state})"
    return f"{name} ({error})" if isinstance(error, _WITHOUT_VALUES) and str(error) else name


class _Telling(logging.Handler):
    """Tells the exceptions that are logged, and nothing else of what is logged."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.DEBUG)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self._say(traced(record.exc_info[1]))


@contextmanager
def telling(say: Callable[[str], None]) -> Iterator[None]:
    """In the block, exceptions of sources are told that are logged while the others go on; by the last `say` alone."""
    log, handler = logging.getLogger("dw_migration.migrate"), _Telling(say)
    level, log.handlers = log.level, [each for each in log.handlers if not isinstance(each, _Telling)]
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
