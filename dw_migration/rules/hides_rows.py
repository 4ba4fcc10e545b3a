"""Who sees which rows changes: row-level security and its policies."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Alter, Change, Create, Drop
from dw_migration.kinds.policy import Policy
from dw_migration.kinds.row_security import RowSecurity
from dw_migration.rule import Severity, Verdict

_REMEDY = "look at the table as each role that reads it, then approve the revision"


def hides_rows(change: Change, around: Around) -> Iterator[Verdict]:
    """Readers lose rows without an error where row-level security begins, or a policy that shows them goes."""
    security, policy = _security(change), _policy(change)
    if around.is_made_again(change) or (isinstance(change, Drop) and around.comes_back(change)):
        return
    if security and around.is_new(security.schema, security.table):
        yield Verdict(Severity.SAFE, f"row-level security of {change.address}: its table is new")
    elif security:
        begins = not isinstance(change, Drop) and (security.enabled or security.forced)
        yield Verdict(
            Severity.BREAKING if begins else Severity.TRANSFORMABLE,
            f"row-level security of {change.address} "
            + ("begins: who is let through by no policy sees no rows" if begins else "ends: everybody sees all rows"),
            _REMEDY if begins else "revoke what should not be read by all",
        )
    elif policy and around.is_new(policy.schema, policy.table):
        yield Verdict(Severity.SAFE, f"policy {change.address}: its table is new")
    elif policy:
        hides = isinstance(change, Drop) == policy.permissive or isinstance(change, Alter)
        verb = {"create": "adds", "drop": "drops", "alter": "changes", "rename": "renames"}[change.action]
        yield Verdict(
            Severity.BREAKING if hides else Severity.TRANSFORMABLE,
            f"{verb} policy {change.address}: "
            + ("readers may see fewer rows" if hides else "readers may see more rows"),
            _REMEDY,
        )


def _security(change: Change) -> RowSecurity | None:
    each = change.old if isinstance(change, Drop) else change.new
    return each if isinstance(each, RowSecurity) else None


def _policy(change: Change) -> Policy | None:
    each = change.old if isinstance(change, Drop) else change.new
    return each if isinstance(each, Policy) and isinstance(change, Create | Alter | Drop) else None
