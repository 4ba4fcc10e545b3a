"""Which relations the statements of files name, and which they make: so that a name of nothing is told before a run."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from dw_migration.sqlfiles.file import Script, Step
from dw_migration.sqlfiles.judging import object_type, parsed

_NAMING = re.compile(
    r"\b(?:from|join|into|update|table|only|on|references|copy|truncate|lock|merge|like|inherits|view|drop)\b",
    re.IGNORECASE,
)
"""Words of which one is in every statement that names a relation to read, write or change."""
_MADE = {
    "create_stmt": "relation",
    "create_foreign_table_stmt": "base_stmt.relation",
    "view_stmt": "view",
    "create_seq_stmt": "sequence",
    "create_table_as_stmt": "into.rel",
    "composite_type_stmt": "typevar",
    "select_stmt": "into_clause.rel",
}
_OF_NOTHING_YET = frozenset({"rule_stmt", "do_stmt", "create_function_stmt", "create_extension_stmt"})
"""Which name what is not a relation (NEW, OLD), or make some that nobody can see."""
_DROPPED = frozenset(f"OBJECT_{each}" for each in ("TABLE", "FOREIGN_TABLE", "VIEW", "MATVIEW", "SEQUENCE", "INDEX"))
_PATH = re.compile(r"\bsearch_path\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation as a statement names it."""

    schema: str
    """Empty: on the search_path."""
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


@dataclass(frozen=True, slots=True)
class Mention:
    """A relation that is named before any statement of a run makes it."""

    file: str
    line: int
    relation: Relation


def mentions(scripts: Iterable[tuple[Script, str]]) -> Iterator[Mention]:
    """The relations that must be there before, of scripts that run in this order, each with its own schema; once a
    script. A name is on nobody's account that some code might make: a DO block, a function, an extension.
    """
    made: set[Relation] = set()
    unseen: list[str] = []
    for script, schema in scripts:
        told: set[Relation] = set()
        keeps_path = not any(_PATH.search(step.text) for step in script.steps)
        for step in script.steps:
            if not (_NAMING.search(step.text) or step.text[:6].lower() == "create"):
                continue
            named, makes, hides = _of(step)
            for each in named:
                full = Relation(each.schema or schema, each.name)
                if full in told or not (each.schema or keeps_path):
                    continue
                told.add(full)
                if not _is_made(full, made, unseen):
                    yield Mention(script.file, step.place.line, each)
            made.update(Relation(each.schema or schema, each.name) for each in makes)
            if hides:
                unseen.append(step.text)


def _is_made(relation: Relation, made: set[Relation], unseen: list[str]) -> bool:
    """By a statement, along with another (a sequence of a column, an index of a key), or maybe by code."""
    along = (each for each in made if each.schema == relation.schema and relation.name.startswith(f"{each.name}_"))
    return relation in made or any(along) or any(_may_make(text, relation) for text in unseen)


def _may_make(text: str, relation: Relation) -> bool:
    return relation.name in text or text[:16].lower() == "create extension"


def _of(step: Step) -> tuple[list[Relation], list[Relation], bool]:
    """What the statement names, what it makes, and whether it may make what cannot be seen."""
    found = parsed(step.text)
    if found is None:
        return [], [], True
    kind, node = found
    if kind in _OF_NOTHING_YET:
        return [], [], kind != "rule_stmt"
    makes = list(_made(kind, node))
    if kind == "create_schema_stmt":  # which makes what stands in it
        elements = (each for element in node.schema_elts for each in _relations(element))
        return [], [*makes, *(Relation(node.schemaname, each.name) for each in elements)], False
    named = [] if getattr(node, "missing_ok", False) else [*_relations(node), *_dropped(kind, node)]
    return [each for each in named if each not in makes], makes, False


def _relations(tree: Any) -> list[Relation]:
    """All that are named anywhere in it but for its own queries' names."""
    found, queries = [], set()
    for _, node in import_module("postgast").walk(tree):
        match node.DESCRIPTOR.name:
            case "RangeVar":
                found.append(_relation(node))
            case "CommonTableExpr":
                queries.add(node.ctename)
    return [each for each in found if each.schema or each.name not in queries]


def _dropped(kind: str, node: Any) -> Iterator[Relation]:
    if kind == "drop_stmt" and object_type(node.remove_type) in _DROPPED:
        for each in node.objects:
            names = [part.string.sval for part in each.list.items]
            yield Relation(names[-2] if len(names) > 1 else "", names[-1])


def schemas_of(script: Script, schema: str | None) -> frozenset[str]:
    """The schemas of all that the statements name, make or drop, where the names alone show it; the module's is one."""
    found = {schema} if schema is not None else set()
    for step in script.steps:
        kind, node = parsed(step.text) or ("", None)
        if node is None:
            continue
        if kind == "drop_stmt" and object_type(node.remove_type) == "OBJECT_SCHEMA":
            found.update(each.string.sval for each in node.objects)
        else:
            found.update(each.schema for each in (*_relations(node), *_dropped(kind, node)) if each.schema)
    return frozenset(found)


def _made(kind: str, node: Any) -> Iterator[Relation]:
    if kind in _MADE:
        for part in _MADE[kind].split("."):
            node = getattr(node, part)
        if node.relname:
            yield _relation(node)
    elif kind == "index_stmt" and node.idxname:
        yield Relation(node.relation.schemaname, node.idxname)
    elif kind == "rename_stmt" and node.HasField("relation"):
        yield Relation(node.relation.schemaname, node.newname)
    elif kind == "alter_object_schema_stmt" and node.HasField("relation"):
        yield Relation(node.newschema, node.relation.relname)


def _relation(node: Any) -> Relation:
    return Relation(node.schemaname, node.relname)
