"""The two sides of a comparison: read, and put beside one another."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from dw_migration.config import Config, Connection, Source
from dw_migration.errors import BadConfig
from dw_migration.live.connections import Session, identity
from dw_migration.live.ledger import Ledger
from dw_migration.live.reader import schemas_of
from dw_migration.live.rows.overlaps import overlaps
from dw_migration.live.rows.shapes import read_shape
from dw_migration.live.selection import chosen_schemas, nearest
from dw_migration.migrate.rows.places import opened_pair, place_of
from dw_migration.migrate.rows.related import Relation
from dw_migration.resolutions.comparing import compare, default_ways, is_wanted
from dw_migration.resolutions.comparison import Comparison, Known
from dw_migration.resolutions.report import Scope
from dw_migration.resolutions.shape import Shape

APPLICATION = "dw/analyze"
Ways = tuple[tuple[str, str], ...]
"""Old and new schemas that belong together."""
_NOTHING = Known()


@dataclass(frozen=True, slots=True)
class Sides:
    """Two places of the config, each with a session that may only read."""

    config: Config
    old: Connection
    new: Connection
    old_session: Session
    new_session: Session

    def ways(self, given: Sequence[str]) -> Ways:
        """Old and new schemas that belong together, as far as that is known before tables are read.

        Raises: BadConfig for those that are not there.
        """
        before, after = schemas_of(self.old_session), schemas_of(self.new_session)
        ways = tuple(_way(each) for each in given)
        sides = ((self.old, before, [each for each, _ in ways]), (self.new, after, [each for _, each in ways]))
        faults = [
            f"--schema: {place.where} has no schema {name!r}{nearest(name, there)}"
            for place, there, names in sides
            for name in names
            if name not in there
        ]
        if faults:
            raise BadConfig("\n".join(faults))
        return ways or self._known_ways(before, after)

    def _known_ways(self, before: Mapping[str, int], after: Mapping[str, int]) -> Ways:
        """Where a source's schemas are in its target; nothing between other places."""
        relation = self._relation()
        if relation is None or not isinstance(self.old, Source):
            return ()
        ways = tuple((each, relation.schema(each)) for each in chosen_schemas(self.old, before))
        found = tuple(each for each in ways if each[1] in after)
        if not found:
            expected = ", ".join(each for _, each in ways) or "none"
            raise BadConfig(
                f"{self.old.where}: the target has none of its schemas ({expected}): run `dw-migration sync "
                f"{self.old.name}` first, or say which belong together by --schema OLD:NEW"
            )
        return found

    def _relation(self) -> Relation | None:
        if not isinstance(self.old, Source) or self.new is not self.config.target:
            return None
        database = identity(self.old_session).database
        return Relation.of(self.config, self.old, database, Ledger(self.new_session))

    def compared(
        self,
        ways: Ways,
        tables: Sequence[str],
        exclude: Sequence[str],
        *,
        renames: Known = _NOTHING,
        values: bool = False,
    ) -> tuple[Comparison, Scope]:
        """Both sides read, and what lies between; without ways, schemas of one name belong together."""
        old = _selected(self.old, read_shape(self.old_session, self.old.where, self._names(0, ways)))
        new = _selected(self.new, read_shape(self.new_session, self.new.where, self._names(1, ways)))
        relation = self._relation()
        chosen = ways or default_ways(
            old, new, empty_old=schemas_of(self.old_session), empty_new=schemas_of(self.new_session)
        )
        comparison = compare(
            old,
            new,
            schemas=chosen,
            tables=tables,
            exclude=exclude,
            known=_together(relation.known(old) if relation else _NOTHING, renames),
            overlaps=overlaps(self.old_session, self.new_session) if values else None,
        )
        notes = (*comparison.notes, *_unpaired(self._wanted_schemas(old), chosen))
        scope = Scope(self.old.where, self.new.where, chosen, tuple(tables), tuple(exclude))
        return replace(comparison, notes=notes), scope

    def _wanted_schemas(self, old: Shape) -> Collection[str]:
        if isinstance(self.old, Source):
            return chosen_schemas(self.old, schemas_of(self.old_session))
        return {schema for schema, _ in old.tables}

    def _names(self, side: int, ways: Ways) -> Collection[str]:
        session = (self.old_session, self.new_session)[side]
        return {each[side] for each in ways} or schemas_of(session)


@contextmanager
def opened_sides(config: Config, from_: str, to: str) -> Iterator[Sides]:
    """Both places, by their names, for the block. Raises: BadConfig, NoConnection, NotAllowed."""
    old, new = place_of(config, from_), place_of(config, to)
    with opened_pair(config, old, new, application_name=APPLICATION) as (source, target):
        yield Sides(config, old, new, source.session, target.session)


def _way(given: str) -> tuple[str, str]:
    old, colon, new = given.partition(":")
    return (old, new) if colon else (given, given)


def _selected(place: Connection, shape: Shape) -> Shape:
    """Without tables that the config leaves out of a source."""
    if not isinstance(place, Source):
        return shape
    wanted = () if place.tables == "all" else place.tables
    kept = {each: shape.tables[each] for each in shape.tables if is_wanted(each, tables=wanted, exclude=place.exclude)}
    return replace(shape, tables=kept)


def _together(known: Known, more: Known) -> Known:
    """Both; the second wins."""
    tables, columns = {**known.tables, **more.tables}, {**known.columns, **more.columns}
    return Known(tables, columns, known.renamed | more.renamed)


def _unpaired(schemas: Iterable[str], ways: Ways) -> Iterator[str]:
    left = sorted(set(schemas) - {schema for schema, _ in ways})
    if left:
        yield f"schemas that have none beside them in the new database were not looked at: {', '.join(left)}"
