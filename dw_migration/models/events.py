"""What SQLAlchemy cannot say, as statements of our own that run behind its CREATE."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count

from dw_migration.kind import storage_parameters
from dw_migration.kinds.column import Column
from dw_migration.kinds.comment import Comment
from dw_migration.kinds.constraint import Constraint
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.statistics import Statistics
from dw_migration.kinds.table import Table
from dw_migration.models.facts import Facts
from dw_migration.sql import Statement, deparsed, identifier, sql, statement


def by_hand(constraint: Constraint) -> bool:
    """Whether SQLAlchemy cannot create the constraint as it is."""
    return (
        constraint.type == "x"
        or constraint.no_inherit
        or constraint.period
        or not constraint.enforced
        or not constraint.validated  # in a CREATE TABLE, NOT VALID is taken for valid
    )


def inline_check(domain: Domain, checks: list[Constraint]) -> Constraint | None:
    """The one check that SQLAlchemy's DOMAIN can make."""
    return checks[0] if checks and not needs_statement(domain, checks) else None


def needs_statement(domain: Domain, checks: list[Constraint]) -> bool:
    """Whether DOMAIN cannot say it all: it takes one check, and with NOT NULL gives the check's name to that."""
    return len(checks) > 1 or bool(checks and domain.not_null) or any(map(by_hand, checks))


def domain_made(domain: Domain, checks: list[Constraint]) -> Statement:
    """The domain with its checks made, unless it is there: once a column has it, they can no longer be added."""
    folded = tuple(check.folded() for check in checks if check.folds)
    rest = [made for check in checks if not check.folds for made in check.create()]
    return unless_there((*domain.create(folded), *rest))


def unless_there(made: Iterable[Statement]) -> Statement:
    """The statements that make a type, in one that does nothing where it is there."""
    body = "; ".join(each.text for each in made)
    tag = next(tag for at in count() if (tag := f"$made{at}$") not in body)
    block = sql(" BEGIN {}; EXCEPTION WHEN duplicate_object THEN NULL; END ", deparsed(body))
    return statement("DO {}{}{}", deparsed(tag), block, deparsed(tag))


def after_table(facts: Facts, table: Table) -> Iterator[Statement]:
    """What is run once the table has been made, and only then."""
    place = (table.schema, table.name)
    yield from table.alter(replace(table, options=())) or ()
    for constraint in facts.constraints.get(place, ()):
        yield from _constraint(constraint)
    for column in facts.columns.get(place, ()):
        yield from column.finish()
        yield from _identity(column)
    for index in facts.indexes.get(place, ()):
        yield from index.finish()
    for attached in facts.attached.get(place, ()):
        yield from attached.create()


def _constraint(constraint: Constraint) -> Iterator[Statement]:
    if by_hand(constraint) and constraint.type != "f":
        yield from constraint.create()
    elif constraint.options:
        index = identifier(constraint.schema, constraint.name)
        yield statement("ALTER INDEX {} SET ({})", index, storage_parameters(constraint.options))


def _identity(column: Column) -> Iterator[Statement]:
    """The identity made anew where its sequence has a name of its own."""
    plain = replace(column, identity="")
    added = column.alter(plain) or ()
    if any("(SEQUENCE NAME " in each.text for each in added):
        yield from plain.alter(column) or ()
        yield from added


def after_metadata(facts: Facts) -> Iterator[Statement]:
    """What is run at the end, each time that create_all is: it does no harm to what is there already."""
    for table in facts.tables:
        for constraint in facts.constraints.get((table.schema, table.name), ()):
            if constraint.type == "f" and by_hand(constraint):
                yield from _anew(constraint)
    for sequence in facts.sequences:
        if sequence.unlogged:
            yield statement("ALTER SEQUENCE {} SET UNLOGGED", sequence.identifier)
    for statistics in facts.every(Statistics):
        made, *targeted = (*statistics.create(), *statistics.finish())
        yield unless_there([made])
        yield from targeted
    for comment in facts.every(Comment):
        if comment.of not in ("table", "column"):
            yield from comment.create()


def _anew(constraint: Constraint) -> Iterator[Statement]:
    table = identifier(constraint.schema, constraint.owner)
    yield statement("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}", table, identifier(constraint.name))
    yield from constraint.create()
