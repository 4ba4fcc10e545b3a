# Written by dw_migration for the source ${source}; written anew when it is missing. No secret belongs here.

[alembic]
script_location = %(here)s/alembic
file_template = %%(year)d%%(month).2d%%(day).2d_%%(slug)s_%%(rev)s
truncate_slug_length = 40
timezone = UTC
path_separator = newline

[dw_migration]
source = ${source}
# The config file, seen from this folder; $DW_MIGRATION_CONFIG wins over it.
config = ${config}

[loggers]
keys = root, sqlalchemy, alembic

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARNING
handlers = console
qualname =

[logger_sqlalchemy]
level = WARNING
handlers =
qualname = sqlalchemy.engine

[logger_alembic]
level = INFO
handlers =
qualname = alembic

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(levelname)-5.5s [%(name)s] %(message)s
