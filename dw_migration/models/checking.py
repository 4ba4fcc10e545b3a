"""The subprocess that imports models.py and has Alembic compare it with the target; it reads a request from stdin."""

import importlib
import json
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# What SQLAlchemy reads back for types that the models take by name.
_READ_BACK: Mapping[str, type[sa.types.TypeEngine[Any]]] = {
    "citext": postgresql.CITEXT,
    "hstore": postgresql.HSTORE,
    "name": sa.String,
    '"char"': sa.String,
}


def compare_type(
    context: object,  # noqa: ARG001 - Alembic's signature
    inspected_column: object,  # noqa: ARG001
    metadata_column: object,  # noqa: ARG001
    inspected_type: sa.types.TypeEngine[Any],
    metadata_type: sa.types.TypeEngine[Any],
) -> bool | None:
    """False where a type taken by name is what SQLAlchemy reads back for it; None: Alembic decides."""
    if not isinstance(metadata_type, sa.types.UserDefinedType):
        return None
    expected = _READ_BACK.get(str(metadata_type.get_col_spec()).rpartition(".")[2])
    return False if expected and isinstance(inspected_type, expected) else None


def include_object(
    what: object,  # noqa: ARG001 - Alembic's signature
    name: str | None,  # noqa: ARG001
    kind: str,  # noqa: ARG001
    reflected: bool,  # noqa: FBT001
    compare_to: object,
) -> bool:
    """Whether the object is ours to compare: what only the target has is unmanaged."""
    return not (reflected and compare_to is None)


def imported(folder: Path) -> ModuleType:
    """The module models.py; every warning on the way is an error."""
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        module = importlib.import_module("models")
        sa.orm.configure_mappers()
    return module


def differences(module: ModuleType, conninfo: str) -> list[str]:
    """What Alembic would change in the target to make it what the models say."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - only where there is a target
    from alembic.migration import MigrationContext  # noqa: PLC0415

    metadata = module.Base.metadata
    schemas = {table.schema for table in metadata.tables.values()}

    def include_name(name: str | None, kind: str, parents: Mapping[str, str | None]) -> bool:  # noqa: ARG001
        return kind != "schema" or name in schemas

    options = {
        "include_schemas": True,
        "include_name": include_name,
        "include_object": include_object,
        "compare_type": compare_type,
    }
    engine = sa.create_engine("postgresql+psycopg://", creator=lambda: _reader(conninfo), poolclass=sa.pool.NullPool)
    with warnings.catch_warnings(), engine.connect() as connection:
        # Types that SQLAlchemy has no class for are told by warnings, and compared by nobody.
        warnings.simplefilter("ignore")
        return [repr(each) for each in compare_metadata(MigrationContext.configure(connection, opts=options), metadata)]


def _reader(conninfo: str) -> psycopg.Connection:
    """A read-only connection for which no schema is the default one: every name that comes back is whole."""
    connection = psycopg.connect(conninfo, autocommit=True)
    connection.execute("set default_transaction_read_only to on")
    connection.execute("set search_path to ''")
    connection.autocommit = False
    return connection


def main() -> None:
    """Answers one request: JSON with a folder, and a conninfo or null; JSON with the differences, or an error."""
    request = json.load(sys.stdin)
    try:
        module = imported(Path(request["folder"]))
        found = differences(module, request["conninfo"]) if request["conninfo"] else []
    except Exception as error:
        answer: dict[str, Any] = {"error": _told(error)}
    else:
        answer = {"differences": found}
    json.dump(answer, sys.stdout)


def _told(error: Exception) -> str:
    # A driver's message may repeat the conninfo, and with it the password.
    if isinstance(error, psycopg.OperationalError | sa.exc.DBAPIError):
        return f"the target could not be asked: {type(error).__name__}"
    return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    main()
