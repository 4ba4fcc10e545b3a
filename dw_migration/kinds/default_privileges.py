"""Default privileges: what is granted by itself on what a role makes in a schema from now on."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from dw_migration.kind import Address, DatabaseObject, Renamer, regranted
from dw_migration.sql import Sql, Statement, identifier, quoted, sql

_OBJECTS = {"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS", "T": "TYPES"}


@dataclass(frozen=True, slots=True)
class DefaultPrivileges(DatabaseObject):
    """Of one role for another. Source: https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html."""

    kind: ClassVar[str] = "default privileges"
    catalog: ClassVar[str] = ""
    is_right: ClassVar[bool] = True
    locks: ClassVar[int] = 1
    found_where: ClassVar[str] = "exists (select from pg_catalog.pg_default_acl)"
    query: ClassVar[str] = """
        select 0, 0, 0, n.nspname as schema, m.rolname as role, d.defaclobjtype::text as objects,
               coalesce(r.rolname::text, '') as grantee, e.privileges, e.grantable
        from pg_catalog.pg_default_acl d
        join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
        join pg_catalog.pg_roles m on m.oid = d.defaclrole
        cross join lateral (
            select g.grantee,
                   pg_catalog.array_agg(distinct g.privilege_type order by g.privilege_type) as privileges,
                   coalesce(pg_catalog.array_agg(distinct g.privilege_type order by g.privilege_type)
                            filter (where g.is_grantable), '{}') as grantable
            from pg_catalog.aclexplode(d.defaclacl) g group by g.grantee
        ) e
        left join pg_catalog.pg_roles r on r.oid = e.grantee
        where d.defaclobjtype in ('r', 'S', 'f', 'T') and (e.grantee = 0 or r.oid is not null)
          and n.oid = any(%(schemas)s::oid[])
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(d.oid, d.xmin), 0))
        from pg_catalog.pg_default_acl d where d.defaclnamespace = any(%(schemas)s::oid[])
    """

    schema: str
    role: str
    """Of what it makes, others get these privileges."""
    objects: str
    """As in pg_default_acl.defaclobjtype."""
    grantee: str
    """Empty for PUBLIC."""
    privileges: tuple[str, ...]
    grantable: tuple[str, ...]
    """Those of them that the grantee may give to others."""

    @property
    def address(self) -> Address:
        to = quoted(self.grantee) if self.grantee else "PUBLIC"
        return Address(self.kind, self.schema, name=f"{_OBJECTS[self.objects]} of {quoted(self.role)} to {to}")

    @property
    def parent(self) -> Address:
        return Address("schema", self.schema)

    def needs(self) -> tuple[Address, ...]:
        return (self.parent,)

    def renamed(self, names: Renamer) -> Self:
        return replace(self, schema=names.schema(self.schema))

    def _rights(self) -> dict[str, bool]:
        return {each: each in self.grantable for each in self.privileges}

    def _from(self, old: dict[str, bool], new: dict[str, bool]) -> tuple[Statement, ...]:
        of = sql("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {} ", identifier(self.role), identifier(self.schema))
        return tuple(regranted(Sql(_OBJECTS[self.objects]), self.grantee, old, new, before=of))

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        return self._from({}, self._rights())

    def drop(self) -> tuple[Statement, ...]:
        return self._from(self._rights(), {})

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        return self._from(old._rights(), self._rights())
