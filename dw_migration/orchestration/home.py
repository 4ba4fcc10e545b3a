"""The instance of Dagster, opened by its folder; what is wrong with it becomes an error of ours."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import yaml
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import SQLAlchemyError

from dw_migration.errors import BadConfig, NoConnection
from dw_migration.orchestration.metadata import inert

VARIABLE, SETTINGS = "DAGSTER_HOME", "dagster.yaml"
_UNSET = re.compile(r'environment variable "(\w+)" which is not set')


@contextmanager
def instance_at(home: Path | None = None) -> Iterator[dg.DagsterInstance]:
    """The instance whose dagster.yaml stands in the folder, or in $DAGSTER_HOME, for the block.

    Raises: BadConfig, if there is none or its settings are faulty; NoConnection, if its storage does not answer, also
    in the block.
    """
    folder = _folder(home)
    try:
        with _retries_untold(), dg.DagsterInstance.from_config(str(folder)) as instance:
            yield instance
    except (dg.DagsterInvalidConfigError, yaml.YAMLError) as error:
        raise BadConfig(f"{folder / SETTINGS} is faulty: {_fault(error)}") from None
    except (DagsterPostgresException, SQLAlchemyError) as error:
        raise NoConnection(
            f"Dagster's storage does not answer: {_reason(error)}: start its server, or mend `storage` in "
            f"{folder / SETTINGS}; nothing was changed"
        ) from None


def _folder(home: Path | None) -> Path:
    """The folder. Dagster itself would go on without settings, with a storage that nobody else reads."""
    named = home or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if named is None:
        raise BadConfig(
            f"${VARIABLE} is not set: set it to the folder of {SETTINGS} that Dagster's web server and daemon use, "
            "or name the folder with --home"
        )
    folder = named.expanduser().absolute()
    if not (folder / SETTINGS).is_file():
        raise BadConfig(f"there is no {SETTINGS} in {folder}: mend ${VARIABLE} or --home")
    return folder


@contextmanager
def _retries_untold() -> Iterator[None]:
    """dagster-postgres logs each of its attempts at length; what is worth telling stands in the last one's error."""

    def told(record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("Retrying failed database")

    root = logging.getLogger()
    root.addFilter(told)
    try:
        yield
    finally:
        root.removeFilter(told)


def _fault(error: Exception) -> str:
    """What to mend. Dagster's own text quotes values, and one of them could be a password."""
    unset = _UNSET.search(str(error))
    if unset:
        return f"the environment variable {unset[1]} is not set: set it where this runs"
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1} is not YAML" if mark else "`dagster instance info` says what Dagster expects"


def _reason(error: Exception) -> str:
    """The first line of libpq, which names the server and never the password."""
    cause = error.__cause__ if isinstance(error, DagsterPostgresException) else error
    told = getattr(cause, "orig", None) or cause or error
    return inert(str(told).strip().split("\n")[0])
