"""The subprocess that imports models.py and has Alembic compare it with the target; it reads a request from stdin."""

import importlib
import json
import re
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic.ddl.postgresql import PostgresqlImpl
from sqlalchemy.dialects import postgresql

# What SQLAlchemy reads back for types that the models take by name.
_READ_BACK: Mapping[str, type[sa.types.TypeEngine[Any]]] = {
    "citext": postgresql.CITEXT,
    "hstore": postgresql.HSTORE,
    "name": sa.String,
    '"char"': sa.String,
}


_UNREAD = re.compile(r"\(|\bcollate\b|_ops\b", re.IGNORECASE)


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


class ComparesByText(PostgresqlImpl):
    """PostgreSQL as Alembic sees it, but for one thing: to compare two defaults it would run them on the server."""

    __dialect__ = "postgresql"  # from now on, Alembic takes this one

    def compare_server_default(
        self,
        inspector_column: object,  # noqa: ARG002 - Alembic's signature
        metadata_column: sa.Column[Any],
        rendered_metadata_default: str | None,
        rendered_inspector_default: str | None,
    ) -> bool:
        """Whether the texts differ.

        Alembic does not show the default of a serial column, and shows that of a domain as the column's own.
        """
        if rendered_metadata_default is None and isinstance(metadata_column.type, postgresql.DOMAIN):
            return False
        if rendered_inspector_default is None:
            return rendered_metadata_default is not None and "nextval(" not in rendered_metadata_default
        return _spaceless(rendered_inspector_default) != _spaceless(rendered_metadata_default or "")


def _spaceless(text: str) -> str:
    return "".join(text.split()).replace("%%", "%")  # a driver's escape, which the one text has and the other not


def filters(metadata: sa.MetaData) -> dict[str, Any]:
    """Options for Alembic's MigrationContext: only what the models have is compared.

    What only the target has is unmanaged. Foreign keys to a name with a dot in it are left out too: Alembic itself
    takes that dot for the one between names.
    """
    schemas = {table.schema for table in metadata.tables.values()}
    keys = (key for table in metadata.tables.values() for key in table.foreign_key_constraints)
    dotted = {(key.table.schema, key.table.name, key.name) for key in keys if _has_dot(key)}

    def include_name(name: str | None, kind: str, parents: Mapping[str, str | None]) -> bool:
        if kind == "foreign_key_constraint":
            return (parents.get("schema_name"), parents.get("table_name"), name) not in dotted
        return kind != "schema" or name in schemas

    def include_object(what: Any, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:  # noqa: FBT001 - Alembic's
        if kind == "foreign_key_constraint" and (what.table.schema, what.table.name, name) in dotted:
            return False
        if kind == "index" and beyond_alembic(compare_to if reflected else what):
            return False
        return not (reflected and compare_to is None)

    return {
        "include_schemas": True,
        "include_name": include_name,
        "include_object": include_object,
        "compare_type": compare_type,
        "compare_server_default": True,
    }


def beyond_alembic(index: object) -> bool:
    """Whether an element has a collation, an operator class or parentheses: they are read back otherwise, or not."""
    expressions = index.expressions if isinstance(index, sa.Index) else ()
    return any(isinstance(each, sa.TextClause) and _UNREAD.search(each.text) for each in expressions)


def _has_dot(key: sa.ForeignKeyConstraint) -> bool:
    return any("." in name for name in (key.referred_table.name, *(element.column.name for element in key.elements)))


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
    engine = sa.create_engine("postgresql+psycopg://", creator=lambda: _reader(conninfo), poolclass=sa.pool.NullPool)
    with warnings.catch_warnings(), engine.connect() as connection:
        # Types that SQLAlchemy has no class for are told by warnings, and compared by nobody.
        warnings.simplefilter("ignore")
        context = MigrationContext.configure(connection, opts=filters(metadata))
        return [repr(each) for each in compare_metadata(context, metadata) if not _of_domain(each, metadata)]


def _of_domain(difference: Any, metadata: sa.MetaData) -> bool:
    """Whether it is the NOT NULL of a column's domain, which SQLAlchemy reads back as the column's own."""
    if not isinstance(difference, list):
        return False
    kinds = {(what, schema, table, column) for what, schema, table, column, *_ in difference}
    return all(
        what == "modify_nullable" and getattr(metadata.tables[f"{schema}.{table}"].c[column].type, "not_null", False)
        for what, schema, table, column in kinds
    )


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
