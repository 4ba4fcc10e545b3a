"""The subprocess that writes models.py: `python -m dw_migration.models`, fed by `start_models`."""

from dw_migration.models import main

main()
