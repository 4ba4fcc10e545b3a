"""Enumerated types."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import ClassVar, Self

from dw_migration.kind import Named, Renamer, moved
from dw_migration.naming import Space
from dw_migration.sql import Sql, Statement, deparsed, joined, quoted_literal, sql, statement


@dataclass(frozen=True, slots=True)
class Enum(Named):
    """An enum type with its labels in order. Source: https://www.postgresql.org/docs/current/datatype-enum.html."""

    kind: ClassVar[str] = "enum"
    catalog: ClassVar[str] = "pg_type"
    namespaces: ClassVar[tuple[Space, ...]] = (Space.TYPE,)
    query: ClassVar[str] = """
        select t.oid, 0, 0, n.nspname as schema, t.typname as name, coalesce(l.labels, '{}') as labels,
               coalesce(l.numbers, '{}') as numbers
        from pg_catalog.pg_type t
        join pg_catalog.pg_namespace n on n.oid = t.typnamespace
        left join (
            select enumtypid, pg_catalog.array_agg(enumlabel::text order by enumsortorder) as labels,
                   pg_catalog.array_agg(oid::bigint order by enumsortorder) as numbers
            from pg_catalog.pg_enum group by enumtypid
        ) l on l.enumtypid = t.oid
        where t.typtype = 'e' and t.typnamespace = any(%(schemas)s::oid[])
          and not exists (select from pg_catalog.pg_depend d
                          where d.classid = 1247 and d.objid = t.oid and d.deptype = 'e')
    """
    watched: ClassVar[str] = """
        select sum(pg_catalog.hash_record_extended(row(t.oid, t.xmin, e.oid, e.xmin), 0))
        from pg_catalog.pg_type t left join pg_catalog.pg_enum e on e.enumtypid = t.oid
        where t.typtype = 'e' and t.typnamespace = any(%(schemas)s::oid[])
    """

    labels: tuple[str, ...]
    numbers: tuple[int, ...] = field(default=(), compare=False)
    """Oids of the labels, which keep them when they are renamed."""

    def renamed(self, names: Renamer) -> Self:
        labels = tuple(names.label(self.schema, self.name, label) for label in self.labels)
        return replace(
            self, schema=names.schema(self.schema), name=names.name(self.schema, self.name, Space.TYPE), labels=labels
        )

    def create(self, parts: tuple[str, ...] = ()) -> tuple[Statement, ...]:  # noqa: ARG002 - nothing folds into it
        labels = joined([deparsed(quoted_literal(label)) for label in self.labels or ()])
        return (statement("CREATE TYPE {} AS ENUM ({})", self.identifier, labels),)

    def drop(self) -> tuple[Statement, ...]:
        return (statement("DROP TYPE {}", self.identifier),)

    def rename(self, new: Self) -> tuple[Statement, ...]:
        return (*moved(Sql("TYPE"), self, new), *self._relabelled(new))

    def _relabelled(self, new: Self) -> Iterator[Statement]:
        """One label after another, each to one that is free by then; a ring goes by way of one that nobody has."""
        waiting = {old: label for old, label in zip(self.labels, new.labels, strict=True) if old != label}
        while waiting:
            free = [old for old, label in waiting.items() if label not in waiting]
            for old in free:
                yield statement("ALTER TYPE {} RENAME VALUE {} TO {}", new.identifier, old, waiting.pop(old))
            if not free:
                old, aside = next(iter(waiting)), _other_than({*self.labels, *new.labels})
                yield statement("ALTER TYPE {} RENAME VALUE {} TO {}", new.identifier, old, aside)
                waiting[aside] = waiting.pop(old)

    def alter(self, old: Self) -> tuple[Statement, ...] | None:
        # PostgreSQL can neither remove nor reorder labels.
        if [label for label in self.labels if label in set(old.labels)] != list(old.labels):
            return None
        return tuple(self._additions(old))

    def _additions(self, old: Self) -> list[Statement]:
        there, added = set(old.labels), []
        for at, label in enumerate(self.labels):
            if label in there:
                continue
            place = self._place(at, old)
            # A label may be added in a transaction but not used in it.
            added.append(
                statement("ALTER TYPE {} ADD VALUE IF NOT EXISTS {}{}", self.identifier, label, place, alone=True)
            )
        return added

    def _place(self, at: int, old: Self) -> Sql:
        """Behind the label before it, which stands already or was added just now; the first before all old ones."""
        if at:
            return sql(" AFTER {}", self.labels[at - 1])
        return sql(" BEFORE {}", old.labels[0]) if old.labels else sql("")

    def through(self, old: Self) -> str | None:  # noqa: ARG002 - whatever the labels are
        return "text"


def _other_than(labels: set[str]) -> str:
    """A label that is none of these."""
    return next(label for label in (f"moving {at}" for at in count()) if label not in labels)
