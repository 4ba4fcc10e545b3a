"""Code of the source runs when rows are written: a trigger or a rewrite rule."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Alter, Change, Create, Drop
from dw_migration.kinds.rule import Rule
from dw_migration.kinds.trigger import Trigger
from dw_migration.rule import Severity, Verdict


def runs_code(change: Change, around: Around) -> Iterator[Verdict]:
    """It acts on each row that is written, also when rows are copied: what it writes comes twice."""
    if around.is_made_again(change) or (isinstance(change, Drop) and around.comes_back(change)):
        return
    each = change.old if isinstance(change, Drop) else change.new
    if isinstance(change, Create | Alter | Drop) and isinstance(each, Rule | Trigger):
        verb = {"create": "adds", "drop": "drops", "alter": "changes"}[change.action]
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"{verb} {change.kind} {change.address}: rows that are written to {each.schema}.{each.table} are treated "
            "otherwise",
            "objects.triggers and objects.rules: skip leaves them behind, where rows come from the source as they are",
        )
