"""Create, Drop, Alter, Rename: what leads from one catalog to another, in an order that PostgreSQL accepts."""

from dw_migration.changes.change import Alter, Change, Create, Drop, Fill, Rename
from dw_migration.changes.difference import Difference, Drops, diff
from dw_migration.changes.held_back import held_back, under_former_names
from dw_migration.changes.renames import Base, Told, has_lineage
from dw_migration.changes.retire import Retired

__all__ = [
    "Alter",
    "Base",
    "Change",
    "Create",
    "Difference",
    "Drop",
    "Drops",
    "Fill",
    "Rename",
    "Retired",
    "Told",
    "diff",
    "has_lineage",
    "held_back",
    "under_former_names",
]
