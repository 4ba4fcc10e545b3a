"""Relations that files name and that are not there: told before a run, each with what to write in its place."""

from collections.abc import Collection, Mapping, Sequence

from dw_migration.live.sqlfiles.asking import Logic, Query
from dw_migration.live.sqlfiles.session import Place
from dw_migration.rule import Finding, Severity
from dw_migration.sql import identifier
from dw_migration.sqlfiles.file import Script
from dw_migration.sqlfiles.relations import Mention, mentions

RULE = "names_unknown_relation"
_RELATIONS = """
SELECT c.relname, n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relname = ANY (%s) ORDER BY 1, 2
"""
_EVERYWHERE = ("pg_catalog",)


def unknown_relations(work: Sequence[tuple[Place, Script]]) -> Logic[dict[str, tuple[Finding, ...]]]:
    """By file, what is named that is not there and that no statement before makes; scripts in the order in which they
    run. No error of theirs comes of it: the server has the last word.
    """
    places = {script.file: place for place, script in work}
    named = list(mentions((script, place.names.schema or "") for place, script in work))
    homes = yield from _homes({each.relation.name for each in named})
    found: dict[str, tuple[Finding, ...]] = {}
    for each in named:
        place = places[each.file]
        where = homes.get(each.relation.name, ())
        if not _is_there(each, place, where):
            found[each.file] = (*found.get(each.file, ()), _finding(each, place, where))
    return found


def templates(place: Place, name: str) -> Logic[str]:
    """What to write for a relation of this name that is not on the path, if it is somewhere; else empty."""
    return _remedy(place, name, (yield from _homes({name})).get(name, ()))


def _homes(names: Collection[str]) -> Logic[dict[str, tuple[str, ...]]]:
    """The schemas in which relations of these names are."""
    homes: dict[str, tuple[str, ...]] = {}
    if names:
        for name, schema in (yield Query(_RELATIONS, (list(names),))):
            homes[name] = (*homes.get(name, ()), schema)
    return homes


def _is_there(mention: Mention, place: Place, homes: Collection[str]) -> bool:
    if mention.relation.schema:
        return mention.relation.schema in homes or mention.relation.schema == "pg_temp"
    if place.path is None:  # the session's own, which nobody asks for here
        return bool(homes)
    return any(each in homes for each in (*place.path, *_EVERYWHERE))


def _finding(mention: Mention, place: Place, homes: Sequence[str]) -> Finding:
    message = f"{mention.file}:{mention.line}: there is no relation {mention.relation}"
    remedy = _remedy(place, mention.relation.name, homes) or "make it before, or mend its name"
    return Finding(RULE, Severity.TRANSFORMABLE, message, remedy)


def _remedy(place: Place, name: str, homes: Sequence[str]) -> str:
    known = _templates(place)
    written = [f"{known[schema]}.{identifier(name)}" for schema in homes if schema in known]
    if place.names.schema in homes:
        written.insert(0, f"{{{{tables.{name}}}}}")
    return f"write {' or '.join(written)}" if written else ""


def _templates(place: Place) -> Mapping[str, str]:
    """By the name that a source's schema has in the target, what stands for it in a file."""
    return {
        target: f"{{{{source.{source}.{schema}}}}}"
        for source, schemas in place.names.sources.items()
        for schema, target in schemas.items()
    }
