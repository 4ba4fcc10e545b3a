"""Roles may do more, or less."""

from collections.abc import Iterator

from dw_migration.around import Around
from dw_migration.changes import Alter, Change, Create, Drop
from dw_migration.kinds.default_privileges import DefaultPrivileges
from dw_migration.kinds.grant import Grant
from dw_migration.rule import Severity, Verdict

_Right = Grant | DefaultPrivileges


def changes_rights(change: Change, around: Around) -> Iterator[Verdict]:
    """Who loses a privilege fails where it is used; who gets one may see what was kept from it."""
    if isinstance(change, Drop):
        old, new = _rights(change.old), frozenset[str]()
    elif isinstance(change, Create):
        old, new = frozenset[str](), _rights(change.new)
    else:
        old, new = _rights(change.old), _rights(change.new)
    each = change.old if isinstance(change, Drop) else change.new
    if not isinstance(each, _Right) or around.is_made_again(change):
        return
    usual = frozenset(each.usual) if isinstance(each, Grant) else frozenset[str]()
    old, new = (old or usual, new) if isinstance(change, Create) else (old, new or usual)
    role, lost, got = each.grantee or "everybody", sorted(old - new), sorted(new - old)
    if lost:
        yield Verdict(
            Severity.BREAKING,
            f"takes {', '.join(lost)} from {role}: {change.kind} {change.address}",
            "make sure that the role does without, then approve the revision",
        )
    elif got:
        yield Verdict(
            Severity.TRANSFORMABLE,
            f"gives {', '.join(got)} to {role}: {change.kind} {change.address}",
            "make sure that the role may have it in the warehouse",
        )
    elif isinstance(change, Create | Drop | Alter):
        yield Verdict(Severity.TRANSFORMABLE, f"changes who may grant on: {change.kind} {change.address}")


def _rights(each: object) -> frozenset[str]:
    return frozenset(each.privileges) if isinstance(each, _Right) else frozenset()
