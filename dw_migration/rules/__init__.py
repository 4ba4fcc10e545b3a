"""Every rule; each looks at one change in its plan, and the worst of its findings is the change's severity."""

import sys
from collections.abc import Iterator
from difflib import get_close_matches
from inspect import cleandoc
from typing import NamedTuple

from dw_migration.around import Around
from dw_migration.changes import Change
from dw_migration.errors import BadConfig
from dw_migration.rule import Finding, Rule, found
from dw_migration.rules.adds import adds
from dw_migration.rules.adds_check import adds_check
from dw_migration.rules.adds_exclusion import adds_exclusion
from dw_migration.rules.adds_foreign_key import adds_foreign_key
from dw_migration.rules.adds_key import adds_key
from dw_migration.rules.allows_null import allows_null
from dw_migration.rules.alters import alters
from dw_migration.rules.attaches_partition import attaches_partition
from dw_migration.rules.becomes_unlogged import becomes_unlogged
from dw_migration.rules.changes_collation import changes_collation
from dw_migration.rules.changes_function import changes_function
from dw_migration.rules.changes_rights import changes_rights
from dw_migration.rules.changes_type import changes_type
from dw_migration.rules.changes_view import changes_view
from dw_migration.rules.detaches_partition import detaches_partition
from dw_migration.rules.drops import drops
from dw_migration.rules.drops_column import drops_column
from dw_migration.rules.drops_constraint import drops_constraint
from dw_migration.rules.drops_function import drops_function
from dw_migration.rules.drops_index import drops_index
from dw_migration.rules.drops_table import drops_table
from dw_migration.rules.drops_type import drops_type
from dw_migration.rules.drops_view import drops_view
from dw_migration.rules.hides_rows import hides_rows
from dw_migration.rules.keeps_rows_by_name import keeps_rows_by_name
from dw_migration.rules.leaves_names_in_code import leaves_names_in_code
from dw_migration.rules.makes_again import makes_again
from dw_migration.rules.may_be_renamed import may_be_renamed
from dw_migration.rules.rebuilds_table import rebuilds_table
from dw_migration.rules.removes_label import removes_label
from dw_migration.rules.renames import renames
from dw_migration.rules.renames_label import renames_label
from dw_migration.rules.requires_value import requires_value
from dw_migration.rules.restarts_sequence import restarts_sequence
from dw_migration.rules.runs_code import runs_code
from dw_migration.rules.volatile_default import volatile_default

RULES: tuple[Rule, ...] = (
    drops_table,
    drops_column,
    keeps_rows_by_name,
    rebuilds_table,
    changes_type,
    changes_collation,
    requires_value,
    allows_null,
    adds_key,
    adds_check,
    adds_foreign_key,
    adds_exclusion,
    removes_label,
    drops_view,
    drops_function,
    drops_type,
    drops_constraint,
    drops_index,
    detaches_partition,
    attaches_partition,
    changes_view,
    changes_function,
    volatile_default,
    becomes_unlogged,
    restarts_sequence,
    hides_rows,
    changes_rights,
    runs_code,
    renames,
    renames_label,
    leaves_names_in_code,
    makes_again,
    may_be_renamed,
    adds,
    drops,
    alters,
)
"""The last of them say why what no other rule warns of harms nobody."""


def judge(change: Change, around: Around) -> tuple[Finding, ...]:
    """What all rules find in the change; at least one says something of each.

    Of a table that is made anew with the rows of another, they judge what becomes of its columns, and its checks, too.
    """
    inside = (finding for each in around.inside(change) for finding in _found(each, around))
    return (*_found(change, around), *(finding for finding in inside if finding.severity or finding.probe))


def _found(change: Change, around: Around) -> Iterator[Finding]:
    return (finding for rule in RULES for finding in found(rule, change, around))


class Described(NamedTuple):
    """What a rule looks for, and why."""

    rule: str
    looks_for: str
    why: str


def described(name: str | None = None) -> tuple[Described, ...]:
    """The rule of this name, or all of them. Raises: BadConfig where there is none."""
    known = {rule.__name__: rule for rule in RULES}
    if name is not None and name not in known:
        near = get_close_matches(name, known, 1) or ["one that `dw-migration rules` lists"]
        raise BadConfig(f"found no rule {name!r}: expected {near[0]}")
    return tuple(_described(rule) for rule in RULES if name in {None, rule.__name__})


def _described(rule: Rule) -> Described:
    module = sys.modules[rule.__module__].__doc__ or ""
    return Described(rule.__name__, cleandoc(module), cleandoc(rule.__doc__ or ""))
