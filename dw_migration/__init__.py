"""Keeps one PostgreSQL warehouse in step with many source PostgreSQL databases."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dw_migration.live.schema_versions import current_version, record_version
    from dw_migration.live.sqlfiles.library import AsyncSqlMigrations, SqlMigrations
    from dw_migration.orchestration.component import SourceDatabases

__all__ = ["AsyncSqlMigrations", "SourceDatabases", "SqlMigrations", "current_version", "record_version"]


def __getattr__(name: str) -> Any:
    """What others import from here, when they do: nothing else needs Dagster, and importing it takes seconds."""
    if name == "SourceDatabases":
        from dw_migration.orchestration.component import SourceDatabases  # noqa: PLC0415

        return SourceDatabases
    if name in {"AsyncSqlMigrations", "SqlMigrations"}:
        from dw_migration.live.sqlfiles import library  # noqa: PLC0415

        return getattr(library, name)
    if name in {"current_version", "record_version"}:
        from dw_migration.live import schema_versions  # noqa: PLC0415

        return getattr(schema_versions, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The names that are there, the component's among them: so Dagster finds it."""
    return [*globals(), *__all__]
