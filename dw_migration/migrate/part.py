"""The part of a plan that needs no consent, nor anything that does."""

from collections.abc import Iterator
from dataclasses import replace

from dw_migration.catalog import Catalog
from dw_migration.changes import Change, Drop, Rename, held_back, under_former_names
from dw_migration.kind import Address
from dw_migration.migrate.run import Run
from dw_migration.migrate.seen import Seen, seen_between
from dw_migration.rule import Severity


def safe_part(run: Run, seen: Seen, *, adopt: bool = False) -> Seen | None:
    """The same source and target, with the source as if it had only changed in ways that need no consent.

    What needs a breaking change waits with it, and so does what could be one under another name, with what it could be:
    the question stays open. Renames go ahead, unless one of them takes the name of what waits: then
    all of them wait. None where nothing is left. Reads the target, and asks its rows, as `look_at` does.
    """
    desired, waiting, part = seen.desired.catalog, set[Address](), seen
    while part.plan and part.plan.severity is Severity.BREAKING:
        breaking = [each.change for each in part.plan.changes if each.severity is Severity.BREAKING]
        if any(isinstance(each, Rename) or _is_moved_aside(each, part) for each in breaking):
            former = under_former_names(seen.base, seen.current, desired, seen.said)
            if former is None or former.objects.keys() == desired.objects.keys():
                return None
            desired, waiting = former, set()
        else:
            more = {each for change in breaking for each in _waiting_for(change, seen.base.desired, desired)}
            more |= {each for old, (new, _) in part.difference.alike.items() for each in (old, new)}
            if more <= waiting:
                return None
            waiting |= more
        left = held_back(seen.base, seen.current, desired, waiting, seen.said)
        if seen.difference.alike:
            left = replace(left, identity={})  # else it would be the base that proves what is nobody's answer yet
        part = seen_between(
            run,
            seen.reading,
            replace(seen.desired, catalog=left),
            adopt=adopt,
            put_back=run.config.policy.target_drift == "restore",
        )
    return part if part.plan else None


def _is_moved_aside(change: Change, part: Seen) -> bool:
    """Whether it goes under a name for the meantime, since a rename takes its own."""
    return (
        isinstance(change, Drop) and change.came_from is not None and change.address in part.difference.before.objects
    )


def _waiting_for(change: Change, was: Catalog, desired: Catalog) -> Iterator[Address]:
    """What waits with a breaking change; where a table has taken another's name, all that is its own."""
    if isinstance(change, Drop):
        yield change.came_from or change.address
        return
    yield change.address
    if change.came_from is not None:
        for catalog in (was, desired):
            yield from (a for a, each in catalog.objects.items() if each.parent == change.address)
