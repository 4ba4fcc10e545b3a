"""Source and target at one moment, and what lies between them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from dw_migration.catalog import Catalog, uncollected
from dw_migration.changes import Alter, Base, Change, Create, Difference, Drop, Drops, Told, held_back
from dw_migration.changes import diff as difference_of
from dw_migration.changes.origins import tables_in
from dw_migration.changes.retire import TIES
from dw_migration.costs import costs_of
from dw_migration.errors import NotOurs
from dw_migration.fills import defaulted, fill_of, filled
from dw_migration.kind import Address
from dw_migration.kinds import KINDS
from dw_migration.live.bystanders import standing_on
from dw_migration.live.locks import lock_room
from dw_migration.live.probes import probed
from dw_migration.live.retired import columns_of_table
from dw_migration.live.settle import settled
from dw_migration.live.sizes import read_sizes
from dw_migration.live.source import Desired, Reading, desired_of, read_source
from dw_migration.live.source import told as evidence_of
from dw_migration.migrate.alike import Similar, similar
from dw_migration.migrate.apart import read_managed
from dw_migration.migrate.run import Run, application
from dw_migration.online import Sizes, online
from dw_migration.plan import Plan, plan_of, transformations_of

Connection = psycopg.Connection[tuple[Any, ...]]


KINDS_KNOWN = tuple(kind.kind for kind in KINDS)
"""A version that knows more kinds reads again, whatever the fingerprints say."""
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """Source and target at one moment, and what lies between them."""

    reading: Reading
    desired: Desired
    base: Base
    current: Catalog
    difference: Difference
    plan: Plan
    said: Told = ()
    """The renames that a person has said."""


def read_desired(run: Run) -> tuple[Reading, Desired]:
    """The source as it is, and what the target shall hold for it."""
    with run.chapter("read"):
        reading = read_source(run.config, run.source, application_name=application(run.source))
        desired = desired_for(run, reading)
        for each in desired.catalog.left_out:
            if each.kind == "role":
                run.note(each.reason)
        for lack in desired.lacks:
            run.note(lack)
        return reading, desired


def desired_for(run: Run, reading: Reading) -> Desired:
    """What the target shall hold for this reading; what cannot be carried over any more stays as it was carried over.

    So does what cannot change while that stays: it is told.
    """
    desired, base = desired_of(run.config, run.source, reading, run.target), base_of(run)
    if not (lacking := desired.lacking & base.desired.objects.keys()):
        return desired
    kept = held_back(base, base.given, desired.catalog, lacking)
    stays = {a: each for a, each in kept.objects.items() if desired.catalog.objects.get(a) != each}
    wholes = sorted(a for a, each in stays.items() if each.parent not in stays and not each.is_right)
    for why, those in (
        ("what the source has instead cannot be carried over", [a for a in wholes if a in lacking]),
        ("it needs what cannot be carried over any more", [a for a in wholes if a not in lacking]),
    ):
        if those:
            named = ", ".join(f"{each.kind} {each}" for each in those[:_MOST_NAMED])
            more = f", and {len(those) - _MOST_NAMED} more" if len(those) > _MOST_NAMED else ""
            run.note(f"left in the target as it is, since {why}: {named}{more}")
    return replace(desired, catalog=kept)


def known_schemas(run: Run) -> dict[str, str]:
    """Target schemas that the ledger says are this source's, each with its source schema."""
    return run.ledger.schemas(run.name) if run.ledger.exists() else {}


def base_of(run: Run) -> Base:
    """What the applied head wanted, and how the target spelt it; empty before the first revision."""
    return (run.ledger.base(run.name) if run.ledger.exists() else None) or Base()


def check_schemas_free(run: Run, desired: Desired) -> None:
    """Raises NotOurs where another source holds one of the target schemas."""
    for name in desired.schemas if run.ledger.exists() else ():
        holder = run.ledger.holder(name)
        if holder not in {None, run.name}:
            raise NotOurs(
                f"the target schema {name} belongs to the source {holder}: give one of the two another name "
                f"(sources.{run.name}.naming.schema)"
            )


def _check_same_database(run: Run, reading: Reading, base: Base, desired: Desired) -> None:
    """Raises NotOurs where the source's name now stands for another database, which would take the first one's place.

    A database that was moved or restored has other oids too, but the tables that it had.
    """
    tables = {address for address in base.desired.objects if address.kind == "table"}
    there = len(tables & desired.catalog.objects.keys())
    if 2 * there >= len(tables):
        return
    state = run.ledger.source(run.name)
    known, now = dict(state.identity) if state else {}, evidence_of(reading.identity)
    if any(known.get(each) not in {None, now[each]} for each in ("system_identifier", "database_oid")):
        raise NotOurs(
            f"{run.name}: {now['database']} is another database than {known.get('database')}, from which the target "
            f"was made, and has {there} of its {len(tables)} tables: give it a name of its own in the config; if it is "
            "meant to take the other's place, run apply with --adopt"
        )


def look_at(run: Run, *, adopt: bool = False) -> Seen:
    """Read both sides, and say what lies between. Raises: NotOurs, BadNames, Unsupported, and what reading raises."""
    reading, desired = read_desired(run)
    return seen_between(run, reading, desired, adopt=adopt, put_back=run.config.policy.target_drift == "restore")


def seen_between(run: Run, reading: Reading, desired: Desired, *, adopt: bool = False, put_back: bool = False) -> Seen:
    """Read the target, and say what lies between it and what is desired of this reading; raises as `look_at`."""
    check_schemas_free(run, desired)
    with run.chapter("diff"), uncollected():
        base, known = base_of(run), known_schemas(run)
        if not adopt:
            _check_same_database(run, reading, base, desired)
        current = read_managed(run, {*known, *desired.schemas})
        drops = Drops(run.config.policy.drops, _head(run))
        alike = similar(run.ledger, base, desired.catalog)

        def compared(same: Iterable[Address] = ()) -> Difference:
            return difference_of(
                base,
                current,
                desired.catalog,
                settled=set(same),
                registered=set(known),
                adopt=adopt,
                put_back=put_back,
                drops=drops,
                told=alike.told,
            )

        difference = compared()
        same = settled(run.target, difference.doubtful)
        difference = compared(same) if same else difference
        difference = replace(difference, alike=_sides_of(alike))
        sizes = read_sizes(run.target, tables_in(difference))
        difference = _online(run, _filled(run, difference, sizes), sizes)
        told = transformations_of(difference, desired.transformations, desired.catalog.left_out)
        rates = run.ledger.rates() if run.ledger.exists() else {}
        costs = costs_of(difference, current, desired.catalog, sizes, rates)
        plan_ = plan_of(difference, told, locks=lock_room(run.target), costs=costs)
        _check_bystanders(run, current, difference)
        _check_retired(run, difference)
    with run.chapter("probe"):
        plan_ = probed(run.target, plan_, run.config.policy.probe_timeout)
    return Seen(reading, desired, base, current, difference, plan_, alike.told)


def _sides_of(alike: Similar) -> dict[Address, tuple[Address, str]]:
    """Of what goes, what it could be: the address of what comes, and why."""
    return {old: (each.address(old.schema), why) for old, (each, why) in alike.open.items()}


def _head(run: Run) -> str:
    """The id of the applied revision, as part of names; empty at base."""
    return (run.ledger.head(run.name) or "") if run.ledger.exists() else ""


def _filled(run: Run, difference: Difference, sizes: Sizes) -> Difference:
    """The difference, where the rows get what a person has said."""
    fills = {each.address: fill_of(each.expression) for each in run.ledger.fills(run.name)}
    return filled(difference, fills, sizes, always=run.config.policy.online == "always")


def _online(run: Run, difference: Difference, sizes: Sizes) -> Difference:
    """The difference as the policy wants it: by default it makes nobody wait for a table that has rows."""
    policy = run.config.policy.online
    if policy == "never":
        return difference
    difference = defaulted(difference, sizes, always=policy == "always")
    return online(difference, sizes, version=run.target.info.server_version, always=policy == "always")


def _check_retired(run: Run, difference: Difference) -> None:
    """Raises NotOurs where a table with a retired column is made anew, or must have just the columns of another."""
    names = {each.kept.name for each in run.ledger.retired(run.name) if each.kept.kind == "column"}
    for each in difference.changes if names else ():
        for table in _in_need_of_columns(each):
            found = names & columns_of_table(run.target, table.schema, table.name)
            if found:
                raise NotOurs(
                    f"{run.name}: held: table {table} holds the retired columns {', '.join(sorted(found))}, which "
                    f"{each.action} {each.kind} {each.address} does not allow: run dw-migration purge {run.name} "
                    "--older-than 0s if they are no longer wanted, or go back first"
                )


def _in_need_of_columns(change: Change) -> list[Address]:
    """The tables that the change finds in its way where they have columns which nobody knows of."""
    if isinstance(change, Drop) and change.successor:
        return [change.came_from or change.address]
    if isinstance(change, Create) and change.kind in TIES and change.statements:
        may_have_more = change.new.parent if change.kind == "inheritance" else None
        return [needed for needed in change.new.needs() if needed.kind == "table" and needed != may_have_more]
    return []


def _check_bystanders(run: Run, current: Catalog, difference: Difference) -> None:
    """Raises NotOurs where an object of somebody else stands on what has to go or change."""
    in_question = [
        each.old.address
        for each in difference.changes
        if isinstance(each, Drop) or (isinstance(each, Alter) and each.new.disturbs(each.old))
    ]
    parts = [part.address for each in difference.changes if isinstance(each, Drop) for part in each.parts]
    found = standing_on(run.target, current, [*in_question, *parts])
    if found:
        named = "; ".join(map(str, found[:10]))
        raise NotOurs(
            f"{run.name}: held: {named}: not ours, and stands on what has to be dropped or changed: nothing is "
            "dropped by CASCADE: ask the owner to drop or change it, then run this again"
        )
