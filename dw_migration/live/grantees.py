"""Grants of a source, as far as the target has the roles and the privileges that they name."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import psycopg

from dw_migration.catalog import Catalog, LeftOut
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.default_privileges import DefaultPrivileges
from dw_migration.kinds.grant import Grant
from dw_migration.sql import quoted

Connection = psycopg.Connection[tuple[Any, ...]]
Right = Grant | DefaultPrivileges
_SINCE_17 = "MAINTAIN"
_17 = 17_00_00
_ROLES = "select rolname, pg_catalog.pg_has_role(oid, 'USAGE') from pg_catalog.pg_roles where rolname = any(%s)"


def grantable(target: Connection, catalog: Catalog) -> Catalog:
    """The catalog with what can be granted in the target; each role that stands in the way is told once."""
    rights = {address: each for address, each in catalog.objects.items() if isinstance(each, Right)}
    if not rights:
        return catalog
    named = sorted({role for each in rights.values() for role in roles_of(each)})
    ours: dict[str, bool] = dict(target.execute(_ROLES, [named]).fetchall())
    lost = {address: why for address, each in rights.items() if (why := _hindrance(each, ours, target.info.user))}
    told = [LeftOut("role", role, reason) for role, reason in sorted(set(lost.values()))]
    objects = {address: each for address, each in catalog.objects.items() if address not in lost}
    if target.info.server_version < _17:
        known = dict(_without_new(objects))
        if known:
            older = f"PostgreSQL 17 brought it, and the target is older: {len(known)} grants go without"
            told.append(LeftOut("privilege", _SINCE_17, older))
        objects = {address: each for address, each in (objects | known).items() if each is not None}
    return replace(catalog.replacing(objects), left_out=(*catalog.left_out, *told))


def roles_of(right: Right) -> Iterator[str]:
    """The roles that it names."""
    if isinstance(right, DefaultPrivileges):
        yield right.role
    if right.grantee:
        yield right.grantee


def _hindrance(right: Right, ours: Mapping[str, bool], user: str) -> tuple[str, str] | None:
    """The role because of which it cannot be granted, and what to do; `ours`: of roles, whether we may act for them."""
    for role in roles_of(right):
        if role not in ours:
            return role, f"the target has no role {role}: CREATE ROLE {quoted(role)} there, then dw-migration plan"
    if isinstance(right, DefaultPrivileges) and not ours[right.role]:
        what = f"default privileges of {right.role} are not {user}'s to alter"
        return right.role, f"{what}: GRANT {quoted(right.role)} TO {quoted(user)} in the target, then dw-migration plan"
    return None


def _without_new(objects: Mapping[Address, DatabaseObject]) -> Iterator[tuple[Address, Right | None]]:
    """Without the privilege that only a newer server knows; None where nothing is left."""
    for address, each in objects.items():
        if isinstance(each, Right) and _SINCE_17 in each.privileges:
            privileges, grantable = (
                tuple(name for name in names if name != _SINCE_17) for names in (each.privileges, each.grantable)
            )
            yield address, replace(each, privileges=privileges, grantable=grantable) if privileges else None
