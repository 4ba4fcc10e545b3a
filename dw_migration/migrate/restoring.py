"""The statements that put back what somebody changed by hand in the target."""

from collections.abc import Collection
from dataclasses import replace

from dw_migration.catalog import Catalog
from dw_migration.changes import Base
from dw_migration.changes import diff as difference_of
from dw_migration.errors import DwMigrationError
from dw_migration.kind import Address
from dw_migration.live.settle import Comparison


def restoring(base: Base, current: Catalog, drift: Collection[Address]) -> tuple[str, ...]:
    """What makes these managed objects of the target what the applied revision wants; the source is not asked.

    What was renamed by hand, and is still the same object by its oid, gets its name back. Empty where nothing of it
    differs, or what somebody else made is in the way: then only a person can say.
    """
    if not set(drift) & base.desired.objects.keys():
        return ()
    proofs = {proof: a for a, proof in current.identity.items() if a not in base.desired.objects}
    missing = {a: proof for a, proof in base.given.identity.items() if a not in current.objects and proof in proofs}
    ours = current.only(base.desired.objects.keys() | {proofs[proof] for proof in missing.values()})
    here = {a: proof for a, proof in current.identity.items() if a in base.desired.objects}
    same = base.desired.objects.keys() - set(drift)
    try:
        wanted = replace(base.desired, identity=here | missing)
        registered = {address.schema for address in base.desired.objects}
        found = difference_of(Base(ours, ours), current, wanted, settled=same, registered=registered)
    except DwMigrationError:
        return ()
    return tuple(each.text for change in found.changes for each in change.statements)


def drifted_in(found: Comparison) -> tuple[Address, ...]:
    """The addresses of what differs."""
    return (*found.missing, *(new.address for _, new in found.different))
