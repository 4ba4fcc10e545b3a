"""`objects.collations`: which collations of a source stay, and what becomes of the objects that have the others."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import psycopg

from dw_migration.catalog import Catalog, LeftOut
from dw_migration.errors import Unsupported
from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds.column import Column
from dw_migration.kinds.composite import Composite
from dw_migration.kinds.domain import Domain
from dw_migration.kinds.range_type import RangeType

Connection = psycopg.Connection[tuple[Any, ...]]
Setting = Literal["keep", "strip_unknown", "strip"]
Place = tuple[str, str]
"""Schema and name."""

_TEXTS = ("expression", "definition", "default", "head", "using", "check", "partition_by", "bound")
"""Fields that hold text which PostgreSQL wrote."""
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_NAME = r'("(?:[^"]|"")+"|\w+)'
_NAMED = re.compile(rf"\bCOLLATE {_NAME}(?:\.{_NAME})?")


def collated(
    target: Connection,
    catalog: Catalog,
    setting: Setting,
    refused: Mapping[Address, str],
    members: Collection[Place] = (),
) -> Catalog:
    """The catalog with the collations that the setting lets stay; what does not is told as left out.

    refused: collations that the target cannot make, and why. members: those of extensions. Columns, domains and
    types go on without; what names such a collation in its text is left out. Raises: Unsupported where all are to be
    kept.
    """
    own = {(a.schema, a.name): refused.get(a, "") for a in catalog.objects if a.kind == "collation"}
    had = {place for each in catalog.objects.values() for place in _had_by(each)}
    named = {address: places for address, each in catalog.objects.items() if (places := set(_named_in(each)))}
    there = {*_known(target, had.union(*named.values())), *members}
    sorts = _Sorts(setting, own, there)
    if setting == "keep":
        _check_all_stay(sorts, had.union(own, *named.values()))
    if all(sorts.stays(place) for place in (*had, *own)) and all(map(sorts.is_there, set().union(*named.values()))):
        return catalog
    objects, told = dict(catalog.objects), list(catalog.left_out)
    for address, each in catalog.objects.items():
        objects[address], gone = _stripped(each, sorts)
        told += [LeftOut("collation", str(address), sorts.why(place)) for place in gone]
    unwanted = {Address("collation", schema, name=name): sorts.why((schema, name)) for schema, name in own
                if not sorts.stays((schema, name))}  # fmt: skip
    lost = unwanted.keys()
    stands_on = {address: those - lost for address, those in catalog.stands_on.items()}
    unwanted |= {
        address: f"names the collation {place[1]}: {sorts.why(place)}"
        for address, places in named.items()
        for place in places
        if not sorts.is_there(place)
    }
    rest = replace(catalog, objects=objects, stands_on=stands_on, left_out=tuple(told))
    return rest.without(unwanted) if setting == "strip" else rest.unable(unwanted)


@dataclass(frozen=True, slots=True)
class _Sorts:
    """Which collations the target will have."""

    setting: Setting
    own: Mapping[Place, str]
    """Those that the source has made, and why the target cannot make them."""
    there: Collection[Place]

    def is_there(self, place: Place) -> bool:
        """Whether a text may name it."""
        if place in self.own:
            return self.setting != "strip" and not self.own[place]
        return place in self.there

    def stays(self, place: Place) -> bool:
        """Whether columns and types keep it."""
        return self.setting != "strip" and self.is_there(place)

    def why(self, place: Place) -> str:
        """Why it does not stay."""
        if self.setting == "strip" and (place in self.own or place in self.there):
            return f"objects.collations: strip {place[1]}"
        return self.own.get(place) or f"the target does not have {place[1]}"


def _check_all_stay(sorts: _Sorts, places: Iterable[Place]) -> None:
    if gone := sorted(place for place in places if not sorts.stays(place)):
        told = "; ".join(f"{name} ({reason})" if (reason := sorts.own.get((schema, name))) else name
                         for schema, name in gone)  # fmt: skip
        raise Unsupported(f"the target does not have the collation {told}: set objects.collations: strip_unknown")


def _had_by(each: DatabaseObject) -> Iterator[Place]:
    if isinstance(each, (Column, Domain, RangeType)) and each.collation:
        yield each.collation_schema, each.collation
    elif isinstance(each, Composite):
        yield from (place for place in zip(each.collation_schemas, each.collations, strict=True) if place[1])


def _stripped(each: DatabaseObject, sorts: _Sorts) -> tuple[DatabaseObject, list[Place]]:
    """The object without the collations that do not stay, and which they are."""
    gone = [place for place in _had_by(each) if not sorts.stays(place)]
    if gone and isinstance(each, (Column, Domain, RangeType)):
        return replace(each, collation="", collation_schema=""), gone
    if gone and isinstance(each, Composite):
        pairs = zip(each.collation_schemas, each.collations, strict=True)
        schemas, names = zip(*(("", "") if pair in gone else pair for pair in pairs), strict=True)
        return replace(each, collation_schemas=schemas, collations=names), gone
    return each, gone


def _named_in(each: DatabaseObject) -> Iterator[Place]:
    """Collations that the object's text names, but for PostgreSQL's own words."""
    for field in _TEXTS:
        text = getattr(each, field, "")
        if isinstance(text, str) and "COLLATE " in text:
            for first, second in _NAMED.findall(_LITERAL.sub("''", text)):
                yield (_meant(first), _meant(second)) if second else ("pg_catalog", _meant(first))


def _meant(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _known(target: Connection, places: Iterable[Place]) -> set[Place]:
    """Those of PostgreSQL's own that the target has for its encoding."""
    query = (
        "select collname from pg_catalog.pg_collation where collnamespace = 11 and collname = any(%s)"
        " and collencoding in (-1, (select encoding from pg_catalog.pg_database"
        " where datname = pg_catalog.current_database()))"
    )
    names = [name for schema, name in places if schema == "pg_catalog"]
    return {("pg_catalog", name) for (name,) in target.execute(query, [names]).fetchall()} if names else set()
