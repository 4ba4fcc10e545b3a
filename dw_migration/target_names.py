"""Names within the target: what a rename, or a place for the meantime, changes in all that names it."""

from collections.abc import Mapping

from dw_migration.kind import Address, DatabaseObject
from dw_migration.kinds import KIND_OF
from dw_migration.naming import Code, Names, NamingRules, Space, relabelled, source_path

NewNames = Mapping[Address, str]
Routines = Mapping[tuple[str, str], str]
"""By schema and name of functions and aggregates: what they are called now, all of that name."""
Labels = Mapping[tuple[str, str], Mapping[str, str]]
"""By schema and name of an enum: old labels to new ones."""
Roots = Mapping[tuple[str, ...], tuple[str, str]]
NUMBERED = frozenset({"column", "attribute"})
"""Kinds whose objects have numbers within their owners."""


class _NewNames(Names):
    """Names within the target."""

    def __init__(self, new_names: NewNames, roots: Roots, labels: Labels, routines: Routines) -> None:
        overrides = {
            source_path("", *filter(None, (each.schema, each.owner, each.name))): name
            for each, name in new_names.items()
            if each.kind == "schema" or each.kind in NUMBERED
        }
        rules = NamingRules(schema="{schema}", case="preserve", overrides=overrides)
        super().__init__(rules, source="", database="", roots=roots)
        self._names = {(Space.ROUTINE, *place): name for place, name in routines.items()} | {
            (space, each.schema, each.name): name
            for each, name in new_names.items()
            for space in KIND_OF[each.kind].namespaces
        }
        self._constraints = {each[1:4]: name for each, name in new_names.items() if each.kind == "constraint"}
        self._fields = {each.name: name for each, name in new_names.items() if each.kind == "attribute"}
        self._labels = labels

    def expression(self, text: str, *, schema: str = "", relation: str = "", wrapper: str = "SELECT ({})") -> str:
        text = super().expression(text, schema=schema, relation=relation, wrapper=wrapper)
        return relabelled(text, self._labels) if self._labels and "::" in text else text

    def code(self, text: str, schema: str, *, has_path: bool) -> Code:  # noqa: ARG002
        return Code(text, 0, ())  # PostgreSQL leaves it as it is too

    def name(self, schema: str, name: str, space: Space) -> str:
        return self._names.get((space, schema, name), name)

    def constraint(self, schema: str, owner: str, name: str) -> str:
        return self._constraints.get((schema, owner, name), name)

    def trigger(self, schema: str, owner: str, name: str) -> str:  # noqa: ARG002
        return name  # a constraint of the same name may get another

    def label(self, schema: str, name: str, label: str) -> str:
        return self._labels.get((schema, name), {}).get(label, label)

    def field(self, name: str) -> str:
        return self._fields.get(name, name)


def renamer(
    new_names: NewNames, roots: Roots | None = None, labels: Labels | None = None, routines: Routines | None = None
) -> Names:
    """Old names within the target to new ones; what is not named keeps its name. `roots`: as of naming.Names."""
    return _NewNames(new_names, roots or {}, labels or {}, routines or {})


def aside_name(name: str, why: str) -> str:
    """A name for the meantime."""
    return f"{name.encode()[:50].decode(errors='ignore')}__{why}"


def set_aside(each: DatabaseObject) -> DatabaseObject:
    """The same type under names for the meantime, while its rows move to the new one."""
    names = {Address(each.kind, schema, name=name): aside_name(name, "before") for _, schema, name in each.occupies()}
    return each.renamed(renamer(names))
