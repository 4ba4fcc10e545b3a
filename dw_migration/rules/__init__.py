"""Every rule; each looks at one change, and the worst of its findings is the change's severity."""

from dw_migration.changes import Change
from dw_migration.rule import Finding, Rule, found
from dw_migration.rules.changes_type import changes_type
from dw_migration.rules.drops_column import drops_column
from dw_migration.rules.drops_table import drops_table
from dw_migration.rules.keeps_rows_by_name import keeps_rows_by_name
from dw_migration.rules.leaves_names_in_code import leaves_names_in_code
from dw_migration.rules.rebuilds_table import rebuilds_table
from dw_migration.rules.removes_label import removes_label
from dw_migration.rules.renames import renames
from dw_migration.rules.renames_label import renames_label
from dw_migration.rules.requires_value import requires_value

RULES: tuple[Rule, ...] = (
    drops_table,
    drops_column,
    keeps_rows_by_name,
    rebuilds_table,
    changes_type,
    requires_value,
    removes_label,
    renames,
    renames_label,
    leaves_names_in_code,
)


def judge(change: Change) -> tuple[Finding, ...]:
    """What all rules find in the change."""
    return tuple(finding for rule in RULES for finding in found(rule, change))
