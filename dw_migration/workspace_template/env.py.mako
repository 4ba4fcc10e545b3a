"""What Alembic runs in this folder; written by dw_migration, and written anew when it is missing.

Connections and secrets come from the config file that alembic.ini names, when they are used.
"""

from logging.config import fileConfig
from pathlib import Path

from alembic import context

from dw_migration.live.environment import Environment
from dw_migration.models.checking import beyond_alembic, compare_type

config = context.config
if config.config_file_name and config.attributes.get("configure_logging", True):
    fileConfig(config.config_file_name, disable_existing_loggers=False)

environment = Environment(context, folder=Path(__file__).parent.parent, not_compared=beyond_alembic)


def run_migrations_offline() -> None:
    """`--sql`: prints the statements of ddl/<revision>.sql, and what Alembic writes about itself."""
    context.configure(**environment.options, dialect_name="postgresql", literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online() -> None:
    """Each revision is a transaction of its own, and its row of the ledger is in it."""
    with environment.connection() as connection:
        context.configure(
            **environment.options,
            connection=connection,
            target_metadata=environment.target_metadata(),
            transaction_per_migration=True,
            compare_type=compare_type,
            compare_server_default=True,
            include_schemas=True,
            include_name=environment.include_name,
            include_object=environment.include_object,
            on_version_apply=environment.on_version_apply,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
